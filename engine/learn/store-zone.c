/*
 * store-zone - the zone table: a model to a row and back.
 *
 * Called by save.c, batches, store-log.c and `tare zones`.  One row of
 * columns[] per column: name, type, where it is in the model, and its range.
 * The statements are built from that table, so a column is added in one place
 * (and in schema.c).
 *
 * A zone's codes are read with it (store-code.c) and written by themselves:
 * they change with mail, not with the zone's state.
 *
 * A row may have been edited by hand: every number read is forced into its
 * range, unknown words are NEW, and nothing read can make a zone count that
 * never enrolled.
 */
#include "config.h"

#include "learn/store-priv.h"

#include <stddef.h>

#include "base/buf.h"
#include "base/mem.h"

enum type { REAL, UINT, BYTE, INT, BOOL, WIDE, STATE, REASON, TEXT };

struct column {
	const char *name;
	enum type type;
	size_t at;
	double lo, hi;		/* numbers */
};

#define AT(member) offsetof(struct zone_model, member)
#define YEAR9999 253402300800.0
#define TIME(name, member) { name, REAL, AT(member), 0, YEAR9999 }

static const struct column columns[] = {
	{ "kind", BYTE, AT(kind), 0, ZONE_KIND_HASH },
	{ "direction", BOOL, AT(allow), 0, 1 },
	{ "w_operator", REAL, AT(w_operator), 0, 1 },
	{ "state", STATE, AT(state), 0, 0 },
	{ "reason", REASON, AT(reason), 0, 0 },
	TIME("state_since", since),
	{ "detail", TEXT, AT(detail), 0, ZONE_DETAIL },
	{ "dwell_s", REAL, AT(dwell), 600, 21600 },
	{ "requarantines_24h", UINT, AT(requarantines), 0, 1000 },
	TIME("quarantined_at", quarantined_at),
	TIME("incident_since", incident_since),
	{ "before_suspect", STATE, AT(before_suspect), 0, 0 },
	{ "before_down", STATE, AT(before_down), 0, 0 },
	TIME("settled", settled),
	{ "dirty", UINT, AT(dirty), 0, 1000 },
	{ "dirty_bogus", BOOL, AT(dirty_bogus), 0, 1 },
	{ "hint", BOOL, AT(hint), 0, 1 },
	TIME("dirty_at", dirty_at),
	{ "backoff_s", REAL, AT(backoff), 0, 21600 },
	{ "pin", STATE, AT(pin), 0, 0 },
	TIME("pin_until", pin_until),
	{ "pin_weight", REAL, AT(pin_weight), 0, 1 },
	{ "enrolled", BOOL, AT(enrolled), 0, 1 },
	{ "must_not", INT, AT(must_not), -1, 1 },
	{ "must_list", INT, AT(must_list), -1, 1 },
	{ "must_not6", INT, AT(must_not6), -1, 1 },
	{ "must_list6", INT, AT(must_list6), -1, 1 },
	TIME("seen6", seen6),
	{ "pools", BYTE, AT(pools), 0, 255 },
	{ "lookups_learning", WIDE, AT(lookups_learning), 0, 1e15 },
	TIME("learning_since", learning_since),
	{ "p0", REAL, AT(stat.base.p0), 0, 0.9 },
	{ "g", REAL, AT(stat.base.g), 0, 0.9 },
	{ "p0_n", REAL, AT(stat.base.n), 0, 1e9 },
	{ "g_n", REAL, AT(stat.base.n_anchor), 0, 1e9 },
	{ "s_all", REAL, AT(stat.s_all), 0, 100 },
	{ "s_part", REAL, AT(stat.s_part), 0, 100 },
	{ "s_anchor", REAL, AT(stat.s_anchor), 0, 100 },
	{ "s_low", REAL, AT(stat.s_low), 0, 100 },
	TIME("panel_at", stat.panel_at),
	TIME("low_at", stat.low_at),
	TIME("episode_at", stat.episode_at),
	{ "episode_sum", REAL, AT(stat.episode_sum), 0, 100 },
	{ "episode_asked", UINT, AT(stat.episode_asked), 0, 1000 },
	{ "panel_again", BOOL, AT(stat.again), 0, 1 },
	{ "panel_calm", UINT, AT(stat.calm), 0, 4 },
	{ "panel_rang", UINT, AT(stat.rang), 0, 15 },
	{ "panel_turn", WIDE, AT(stat.turn), 0, 1.8e19 },
	TIME("panel_next", panel_next),
	{ "healthy_panels", UINT, AT(healthy_panels), 0, 1000 },
	{ "watch_s", REAL, AT(watch), 3600, 86400 },
	{ "ns_set", TEXT, AT(apex.ns), 0, APEX_TEXT },
	{ "ns_domain", TEXT, AT(apex.domain_ns), 0, APEX_TEXT },
	{ "soa_known", BOOL, AT(apex.serial_known), 0, 1 },
	{ "soa_serial", UINT, AT(apex.serial), 0, 4294967295.0 },
	TIME("soa_seen", apex.soa_seen),
	{ "soa_usual_s", REAL, AT(apex.usual), 0, 1e9 },
	TIME("last_clean_control", last_clean),
	{ "p95_ms", REAL, AT(p95), 0, 60000 },
	{ "epoch", WIDE, AT(epoch), 0, 1e15 },
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* ---- the statements ---- */

static const char *
load_sql(struct store *s)
{
	const char **slot = &s->zone_sql[0];
	struct buf b;

	if (*slot != NULL) {
		return *slot;
	}
	buf_init(&b, s->arena);
	buf_adds(&b, "SELECT name");
	for (size_t i = 0; i < COLUMNS; i++) {
		buf_addf(&b, ", %s", columns[i].name);
	}
	buf_adds(&b, " FROM zone WHERE name = ?1 OR ?1 IS NULL ORDER BY name");
	return *slot = buf_cstr(&b);
}

static const char *
save_sql(struct store *s)
{
	const char **slot = &s->zone_sql[1];
	struct buf b;

	if (*slot != NULL) {
		return *slot;
	}
	buf_init(&b, s->arena);
	buf_adds(&b, "INSERT INTO zone(name");
	for (size_t i = 0; i < COLUMNS; i++) {
		buf_addf(&b, ", %s", columns[i].name);
	}
	buf_adds(&b, ") VALUES(?");
	for (size_t i = 0; i < COLUMNS; i++) {
		buf_adds(&b, ",?");
	}
	buf_adds(&b, ") ON CONFLICT(name) DO UPDATE SET ");
	for (size_t i = 0; i < COLUMNS; i++) {
		buf_addf(&b, "%s%s=excluded.%s", i > 0 ? ", " : "",
		    columns[i].name, columns[i].name);
	}
	return *slot = buf_cstr(&b);
}

/* ---- a member of the model as an argument, a column as a member ---- */

static struct store_arg
number(double d)
{
	return (struct store_arg)ARG_D(d);
}

static struct store_arg
member_arg(const struct column *c, const struct zone_model *z)
{
	const void *p = (const char *)z + c->at;

	switch (c->type) {
	case REAL:
		return number(*(const double *)p);
	case UINT:
		return number(*(const unsigned *)p);
	case BYTE:
		return number(*(const uint8_t *)p);
	case INT:
		return number(*(const int *)p);
	case BOOL:
		return number(*(const bool *)p);
	case WIDE:
		return number((double)*(const uint64_t *)p);
	case STATE:
		return (struct store_arg)ARG_S(
		    zone_state_name(*(const enum zone_state *)p));
	case REASON:
		return (struct store_arg)ARG_S(
		    zone_reason_name(*(const enum zone_reason *)p));
	case TEXT:
		return (struct store_arg)ARG_S((const char *)p);
	}
	DIE("column %s", c->name);
}

static double
within(double x, double lo, double hi)
{
	return x >= lo ? (x <= hi ? x : hi) : lo;	/* NaN: lo */
}

static void
member_set(const struct column *c, struct zone_model *z,
    struct store_row *row, int i)
{
	void *p = (char *)z + c->at;
	double d = within(row_real(row, i), c->lo, c->hi);
	struct slice word = slice_cstr(row_text(row, i));
	int n;

	switch (c->type) {
	case REAL:
		*(double *)p = d;
		break;
	case UINT:
		*(unsigned *)p = (unsigned)d;
		break;
	case BYTE:
		*(uint8_t *)p = (uint8_t)d;
		break;
	case INT:
		*(int *)p = (int)d;
		break;
	case BOOL:
		*(bool *)p = d != 0;
		break;
	case WIDE:
		*(uint64_t *)p = (uint64_t)d;
		break;
	case STATE:
		n = zone_state_parse(word);
		*(enum zone_state *)p = n < 0 ? ZONE_NEW : (enum zone_state)n;
		break;
	case REASON:
		n = zone_reason_parse(word);
		*(enum zone_reason *)p = n < 0 ? REASON_NONE :
		    (enum zone_reason)n;
		break;
	case TEXT:
		record_text(p, (size_t)c->hi, word);
		break;
	}
}

static bool
is_pin(enum zone_state s)
{
	return s == ZONE_PINNED_ON || s == ZONE_PINNED_OFF;
}

/* What no machine would have written. */
static void
repair(struct zone_model *z)
{
	if (is_pin(z->state) || (!z->enrolled && z->state != ZONE_BLOCKED &&
	    z->state != ZONE_DOWN)) {
		z->state = ZONE_NEW;
	}
	if (is_pin(z->before_suspect)) {
		z->before_suspect = ZONE_NEW;
	}
	if (is_pin(z->before_down)) {
		z->before_down = ZONE_NEW;
	}
	if (!is_pin(z->pin)) {
		z->pin = ZONE_NEW;
	}
	if (!z->enrolled || z->pools == 0) {
		z->pools = zone_default_pools(z->kind);
	}
}

/* ---- the interface ---- */

int
store_zone_save(struct store *s, const struct zone_model *z)
{
	struct store_arg args[1 + COLUMNS] = { ARG_S(z->name) };

	for (size_t i = 0; i < COLUMNS; i++) {
		args[1 + i] = member_arg(&columns[i], z);
	}
	return store_run(s, save_sql(s), args);
}

struct sink {
	struct store *store;
	store_zone_fn *fn;
	void *arg;
	int rc;
};

static void
zone_row(struct store_row *row, void *arg)
{
	struct sink *sink = arg;
	struct zone_model z;

	zone_model_init(&z, row_text(row, 0), ZONE_KIND_IP, 0);
	for (size_t i = 0; i < COLUMNS; i++) {
		member_set(&columns[i], &z, row, (int)i + 1);
	}
	repair(&z);
	if (store_codes_load(sink->store, &z) != 0) {
		sink->rc = -1;
	}
	sink->fn(&z, sink->arg);
}

int
store_zones(struct store *s, store_zone_fn *fn, void *arg)
{
	struct sink sink = { s, fn, arg, 0 };
	struct store_arg args[] = { ARG_S(NULL) };

	return store_each(s, zone_row, &sink, load_sql(s), args) != 0 ? -1 :
	    sink.rc;
}

struct found {
	struct zone_model *z;
	bool yes;
};

static void
zone_found(const struct zone_model *z, void *arg)
{
	struct found *f = arg;

	*f->z = *z;
	f->yes = true;
}

int
store_zone_load(struct store *s, struct zone_model *z)
{
	struct found f = { z, false };
	struct sink sink = { s, zone_found, &f, 0 };
	struct store_arg args[] = { ARG_S(z->name) };

	if (store_each(s, zone_row, &sink, load_sql(s), args) != 0 ||
	    sink.rc != 0) {
		return -1;
	}
	return f.yes ? 0 : 1;
}

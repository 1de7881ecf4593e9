/*
 * zones_table.c - tare zones and tare zones show: what is believed now.
 *
 * The table fits 80 columns; the sentence that says why stands below the row,
 * or behind it where the terminal is wide.  Zones that need attention come
 * first, then all by name.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/vec.h"
#include "cmd/zones.h"
#include "learn/fleet.h"

/* Columns beyond which the sentence fits behind the row. */
#define WIDE 130u
#define PROBES_SHOWN 10u
#define PEERS_SECONDS 86400.0

struct row {
	struct zone_model model;
	struct store_hour_sum hour;
	char words[600];
};

struct table {
	struct zones *z;
	VEC_OF(struct row *) rows;
};

static void
take_zone(const struct zone_model *m, void *arg)
{
	struct table *t = arg;
	struct zones *z = t->z;
	struct row *r;

	if (z->zone != NULL ? strcmp(z->zone, m->name) != 0 :
	    z->asked != NULL && !map_has(z->asked, slice_cstr(m->name)))
		return;		/* one that no rule asks any more */
	r = arena_alloc(z->o->arena, sizeof(*r));
	r->model = *m;
	zone_model_words(m, z->now, r->words, sizeof(r->words));
	*VEC_PUSH(z->o->arena, &t->rows) = r;
}

static int
by_need(const void *pa, const void *pb)
{
	const struct row *a = *(struct row *const *)pa;
	const struct row *b = *(struct row *const *)pb;
	int fine = zone_is_fine(&a->model) - zone_is_fine(&b->model);

	return fine != 0 ? fine : strcmp(a->model.name, b->model.name);
}

static int
load(struct table *t)
{
	struct zones *z = t->z;
	int rc = zones_open(z);

	if (rc != 0)
		return rc;
	rc = store_zones(z->store, take_zone, t);
	for (size_t i = 0; rc == 0 && i < t->rows.n; i++)
		rc = store_sums(z->store, t->rows.v[i]->model.name,
		    z->now - 3600, &t->rows.v[i]->hour);
	if (t->rows.n > 1)
		qsort(t->rows.v, t->rows.n, sizeof(*t->rows.v), by_need);
	return rc;
}

/* ---- JSON ---- */

static void
add_sums(struct buf *b, const char *name, const struct store_hour_sum *s)
{
	buf_addf(b, ",\"%s\":{\"lookups\":%.0f,\"listed\":%.0f,"
	    "\"clean\":%.0f,\"bogus\":%.0f,\"blocked\":%.0f,"
	    "\"unmapped\":%.0f,\"unknown\":%.0f,", name, s->lookups,
	    s->listed, s->clean, s->bogus, s->blocked, s->unmapped,
	    s->unknown);
	buf_addf(b, "\"controls\":%.0f,\"controls_dirty\":%.0f,"
	    "\"voided\":%.0f,\"subjects\":%.0f,\"subjects_listed\":%.0f,"
	    "\"anchors\":%.0f,\"anchors_listed\":%.0f}", s->controls,
	    s->controls_dirty, s->voided, s->subjects, s->subjects_listed,
	    s->anchors, s->anchors_listed);
}

static void
print_json(const struct row *r)
{
	const struct zone_model *m = &r->model;
	struct buf b;

	buf_init(&b, NULL);
	buf_adds(&b, "{\"zone\":");
	buf_add_json(&b, slice_cstr(m->name));
	buf_addf(&b, ",\"state\":\"%s\",\"automatic\":\"%s\","
	    "\"reason\":\"%s\",\"weight\":%.3g,\"since\":%.3f",
	    zone_state_name(zone_model_state(m)), zone_state_name(m->state),
	    zone_reason_name(m->reason), zone_model_weight(m), m->since);
	buf_addf(&b, ",\"pin_until\":%.0f,\"baseline\":%.4g,"
	    "\"must_list\":%d,\"must_not\":%d,\"pools\":%u,"
	    "\"dwell\":%.0f,\"requarantines\":%u,\"p95_ms\":%.1f",
	    m->pin != ZONE_NEW ? m->pin_until : 0, m->stat.base.p0,
	    m->must_list, m->must_not, m->pools, m->dwell, m->requarantines,
	    m->p95 * 1000);
	add_sums(&b, "hour", &r->hour);
	zones_codes_json(&b, &m->codes);
	buf_adds(&b, ",\"why\":");
	buf_add_json(&b, slice_cstr(r->words));
	buf_addc(&b, '}');
	puts(buf_cstr(&b));
	buf_free(&b);
}

/* ---- the table ---- */

static const char *
pair(double part, double whole, char dst[24])
{
	if (whole <= 0)
		return "-";
	snprintf(dst, 24, "%.0f/%.0f", part, whole);
	return dst;
}

static const char *
milliseconds(double seconds, char dst[24])
{
	if (seconds <= 0)
		return "-";
	snprintf(dst, 24, "%.0f ms", seconds * 1000);
	return dst;
}

/* Columns of everything behind the name. */
#define NUMBERS 55u

/* The names' column: what there is, what fits. */
static unsigned
name_width(const struct table *t)
{
	size_t n = 24, most = t->z->width >= WIDE ? t->z->width / 3 :
	    t->z->width - NUMBERS;

	for (size_t i = 0; i < t->rows.n; i++) {
		size_t k = strlen(t->rows.v[i]->model.name);

		if (k > n)
			n = k;
	}
	return (unsigned)(n < most ? n : most);
}

/* It is not as it should be, or a code of it is worth less than it claims. */
static bool
has_news(const struct zone_model *m)
{
	char worth[300];

	codes_worst_words(&m->codes, worth, sizeof(worth));
	return !zone_is_fine(m) || worth[0] != '\0';
}

static void
print_row(const struct zones *z, const struct row *r, unsigned names)
{
	const struct zone_model *m = &r->model;
	double part, whole;
	char now[12], usual[12], anchors[24], dirty[24], p95[24];
	bool wide = z->width >= WIDE;

	zones_hour_share(&r->hour, &part, &whole);
	printf("%-*s", (int)names, m->name);
	if (strlen(m->name) > names)
		printf("\n%*s", (int)names, "");
	printf(" %-11s %4.2f %7s %7s %7s %6s %6s",
	    zone_state_name(zone_model_state(m)), zone_model_weight(m),
	    zones_share(part, whole, now), zones_share(m->stat.base.p0,
	    m->stat.base.p0 > 0, usual),
	    pair(r->hour.anchors_listed, r->hour.anchors, anchors),
	    pair(r->hour.controls_dirty, r->hour.controls, dirty),
	    milliseconds(m->p95, p95));
	if (wide) {
		printf("  ");
		zones_wrap(r->words, names + NUMBERS + 2, z->width);
		return;
	}
	putchar('\n');
	if (has_news(m)) {
		printf("    ");
		zones_wrap(r->words, 4, z->width);
	}
}

int
zones_list(struct zones *z)
{
	struct table t = { .z = z };
	int rc = load(&t);
	unsigned names;

	if (z->store == NULL)
		return rc;
	names = name_width(&t);
	if (!z->o->json && t.rows.n > 0)
		printf("%-*s %-11s %4s %7s %7s %7s %6s %6s%s\n", (int)names,
		    "ZONE", "STATE", "WGHT", "LISTED", "USUALLY", "ANCHORS",
		    "DIRTY", "P95", z->width >= WIDE ? "  WHY" : "");
	for (size_t i = 0; i < t.rows.n; i++) {
		if (z->o->json)
			print_json(t.rows.v[i]);
		else
			print_row(z, t.rows.v[i], names);
	}
	if (rc == 0 && t.rows.n == 0)
		cmd_warn("no zone is known yet: is tared running with rules "
		    "that ask DNS lists?");
	return zones_close(z, rc);
}

/* ---- one zone ---- */

static void
print_peer(const struct store_peer_row *r, void *arg)
{
	char at[32], share[12];
	double part, whole;

	zones_hour_share(&r->day, &part, &whole);
	clock_iso(r->at, at, sizeof(at));
	printf("node        %s: %s%s%s at %s, %s listed of %.0f in a day\n",
	    r->node, r->state, strcmp(r->reason, "none") != 0 ? ": " : "",
	    strcmp(r->reason, "none") != 0 ? r->reason : "", at,
	    zones_share(part, whole, share), whole);
}

static void
print_probe(const struct store_probe_row *r, void *arg)
{
	char at[32];

	clock_iso(r->at, at, sizeof(at));
	printf("probe       %s %-9s %-8s %s -> %s", at, r->kind, r->verdict,
	    r->qname, r->answer);
	if (r->rtt_ms > 0)
		printf(" (%.0f ms)", r->rtt_ms);
	putchar('\n');
}

static void
print_sums(const struct row *r)
{
	const struct store_hour_sum *s = &r->hour;
	double part, whole;
	char share[12], usual[12];

	zones_hour_share(s, &part, &whole);
	printf("listed      %s of %.0f in the last hour, usually %s\n",
	    zones_share(part, whole, share), whole,
	    zones_share(r->model.stat.base.p0, r->model.stat.base.p0 > 0,
	    usual));
	printf("lookups     %.0f: %.0f listed, %.0f clean, %.0f bogus, "
	    "%.0f refusals, %.0f unmapped, %.0f unanswered\n", s->lookups,
	    s->listed, s->clean, s->bogus, s->blocked, s->unmapped,
	    s->unknown);
	printf("anchors     %.0f of %.0f known-good senders listed\n",
	    s->anchors_listed, s->anchors);
	printf("controls    %.0f, of these %.0f dirty; %.0f listings void\n",
	    s->controls, s->controls_dirty, s->voided);
}

static void
print_pools(uint8_t pools)
{
	static const struct { unsigned bit; const char *name; } names[] = {
		{ POOL_BENCH, "198.18.0.0/15" },
		{ POOL_CLASS_E, "240.0.0.0/4" },
		{ POOL_SHARED, "100.64.0.0/10" },
		{ POOL_TESTNET, "TEST-NET" },
		{ POOL_DOC6, "2001:db8::/32" },
		{ POOL_NAME, "random names" },
	};
	const char *comma = "";

	printf("controls in ");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if ((pools & names[i].bit) != 0) {
			printf("%s%s", comma, names[i].name);
			comma = ", ";
		}
	}
	putchar('\n');
}

static void
print_details(const struct zones *z, const struct row *r)
{
	static const char *const support[] = { "unknown", "unsupported",
		"supported" };
	const struct zone_model *m = &r->model;
	char since[32];

	clock_iso(m->since, since, sizeof(since));
	printf("zone        %s\nstate       %s", m->name,
	    zone_state_name(zone_model_state(m)));
	if (m->pin != ZONE_NEW)
		printf(" (by itself it would be %s)",
		    zone_state_name(m->state));
	else if (m->reason != REASON_NONE)
		printf(" (%s)", zone_reason_name(m->reason));
	printf("\nweight      %.2f\nsince       %s\nwhy         ",
	    zone_model_weight(m), since);
	zones_wrap(r->words, 12, z->width);
	print_sums(r);
	zones_codes_print(z, &m->codes);
	print_pools(m->pools);
	printf("must-list   %s\nmust-not    %s\n",
	    support[m->must_list + 1], support[m->must_not + 1]);
	printf("answers in  %.0f ms (95 of 100)\n", m->p95 * 1000);
	printf("dwell       %.0f s, doubled %u times in 24 h\n", m->dwell,
	    m->requarantines);
}

int
zones_show(struct zones *z)
{
	struct table t = { .z = z };
	int rc = load(&t);

	if (z->store == NULL)
		return rc;
	if (rc == 0 && t.rows.n == 0) {
		zones_close(z, 0);
		return zones_unknown(z);
	}
	if (z->o->json && rc == 0) {
		print_json(t.rows.v[0]);
	} else if (rc == 0) {
		print_details(z, t.rows.v[0]);
		rc = store_peers(z->store, z->zone, z->now - PEERS_SECONDS,
		    print_peer, z);
		if (rc == 0)
			rc = store_probes(z->store, z->zone, PROBES_SHOWN,
			    print_probe, z);
	}
	return zones_close(z, rc);
}

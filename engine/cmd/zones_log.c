/*
 * zones_log.c - tare zones history and exposure: what happened, and to which
 * messages.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "cmd/zones.h"

#define DAY 86400.0

/* ---- history ---- */

struct sight {
	struct arena *arena;
	struct slice kind, verdict, what;
};

static bool
take_sight(struct slice key, const struct json_value *v, void *arg)
{
	struct sight *s = arg;
	struct slice text;

	if (json_string(s->arena, v, &text) != 0)
		return true;
	if (slice_eq_cstr(key, "kind"))
		s->kind = text;
	else if (slice_eq_cstr(key, "verdict"))
		s->verdict = text;
	else if (slice_eq_cstr(key, "what"))
		s->what = text;
	return true;
}

static bool
print_sight(struct slice key, const struct json_value *v, void *arg)
{
	struct zones *z = arg;
	struct sight s = { .arena = z->o->arena };

	if (json_each(v->raw, take_sight, &s) == 0)
		printf("    %.*s: %.*s (%.*s)\n", SLICE_FMT(s.kind),
		    SLICE_FMT(s.what), SLICE_FMT(s.verdict));
	return true;
}

static bool
print_evidence(struct slice key, const struct json_value *v, void *arg)
{
	struct zones *z = arg;
	struct slice text;

	if (slice_eq_cstr(key, "seen"))
		json_each(v->raw, print_sight, arg);
	else if (slice_eq_cstr(key, "detail") &&
	    json_string(z->o->arena, v, &text) == 0)
		printf("    %.*s\n", SLICE_FMT(text));
	return true;
}

static void
history_json(const struct store_history_row *r)
{
	struct buf b;

	buf_init(&b, NULL);
	buf_addf(&b, "{\"at\":%.3f,\"zone\":", r->at);
	buf_add_json(&b, slice_cstr(r->zone));
	buf_addf(&b, ",\"from\":\"%s\",\"to\":\"%s\",\"reason\":\"%s\","
	    "\"source\":\"%s\",\"evidence\":%s}", r->from_state, r->to_state,
	    r->reason, r->source, r->evidence[0] ? r->evidence : "null");
	puts(buf_cstr(&b));
	buf_free(&b);
}

static void
print_history(const struct store_history_row *r, void *arg)
{
	struct zones *z = arg;
	double since = 0;
	char at[32];

	if (z->since != NULL)
		cmd_parse_time("since", z->since, z->now, -1, &since);
	if (r->at < since)
		return;
	z->shown++;
	if (z->o->json) {
		history_json(r);
		return;
	}
	clock_iso(r->at, at, sizeof(at));
	printf("%s %s: %s -> %s", at, r->zone, r->from_state, r->to_state);
	if (strcmp(r->reason, "none") != 0)
		printf(" (%s)", r->reason);
	if (strcmp(r->source, "local") != 0)
		printf(" by %s", r->source);
	putchar('\n');
	json_each(slice_cstr(r->evidence), print_evidence, z);
}

/* Is the zone in the database at all? */
static void
find_zone(const struct zone_model *m, void *arg)
{
	struct zones *z = arg;

	if (z->zone != NULL && strcmp(m->name, z->zone) == 0)
		z->shown++;
}

static int
known(struct zones *z, int *rc_r)
{
	size_t before = z->shown;

	if (z->zone == NULL || *rc_r != 0)
		return true;
	*rc_r = store_zones(z->store, find_zone, z);
	return z->shown > before || *rc_r != 0;
}

int
zones_history(struct zones *z)
{
	double since;
	int rc = zones_open(z);

	if (rc != 0)
		return rc;
	if (z->since != NULL && cmd_parse_time("since", z->since, z->now, -1,
	    &since) != 0) {
		store_close(&z->store);
		return ERR_USAGE;
	}
	rc = store_history(z->store, z->zone, print_history, z);
	if (z->shown == 0 && !known(z, &rc)) {
		zones_close(z, 0);
		return zones_unknown(z);
	}
	return zones_close(z, rc);
}

/* ---- exposure ---- */

struct exposure {
	struct zones *z;
	size_t touched, changed, voided;
};

static void
exposure_json(const struct store_exposure_row *r)
{
	struct buf b;

	buf_init(&b, NULL);
	buf_addf(&b, "{\"at\":%.3f,\"zone\":", r->at);
	buf_add_json(&b, slice_cstr(r->zone));
	buf_adds(&b, ",\"message_id\":");
	buf_add_json(&b, slice_cstr(r->msg_id));
	buf_adds(&b, ",\"queue_id\":");
	buf_add_json(&b, slice_cstr(r->queue_id));
	buf_adds(&b, ",\"rule\":");
	buf_add_json(&b, slice_cstr(r->rule));
	buf_addf(&b, ",\"code\":\"%s\",\"points\":%.4g,\"score\":%.4g,"
	    "\"required\":%.4g,\"spam\":%s,\"spam_without\":%s,\"void\":%s}",
	    r->code, r->points, r->score, r->required,
	    r->spam_with ? "true" : "false",
	    r->spam_without ? "true" : "false", r->voided ? "true" : "false");
	puts(buf_cstr(&b));
	buf_free(&b);
}

/* Names come from mail: what a terminal must not see becomes '?'. */
static void
print_name(const char *name)
{
	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;

		putchar(c > 0x20 && c < 0x7f ? c : '?');
	}
}

static void
exposure_row(const struct store_exposure_row *r)
{
	bool changes = r->spam_with != r->spam_without;
	char at[32];

	clock_iso(r->at, at, sizeof(at));
	printf("%s  %-4s %5.1f  %-4s %5.1f %c %+5.1f  ", at,
	    r->spam_with ? "spam" : "ham", r->score,
	    r->spam_without ? "spam" : "ham", r->score - r->points,
	    changes ? '*' : ' ', r->points);
	print_name(r->queue_id[0] != '\0' ? r->queue_id : "-");
	putchar(' ');
	print_name(r->msg_id[0] != '\0' ? r->msg_id : "-");
	putchar('\n');
}

static void
print_exposure(const struct store_exposure_row *r, void *arg)
{
	struct exposure *x = arg;
	bool changes = r->spam_with != r->spam_without;

	if (r->voided) {
		x->voided++;
		if (x->z->o->json && !x->z->changed)
			exposure_json(r);
		return;
	}
	x->touched++;
	x->changed += changes;
	if (x->z->changed && !changes)
		return;
	if (x->z->o->json) {
		exposure_json(r);
		return;
	}
	if (x->z->shown++ == 0)
		printf("%-20s  %-10s  %-10s   %6s  %s\n", "WHEN", "VERDICT",
		    "WITHOUT IT", "POINTS", "QUEUE ID, MESSAGE-ID");
	exposure_row(r);
}

static void
print_summary(const struct exposure *x, double since)
{
	const struct zones *z = x->z;
	char at[32];

	clock_iso(since, at, sizeof(at));
	if (z->shown > 0)
		putchar('\n');
	zones_wrap(arena_printf(z->o->arena, "Messages that got points "
	    "from %s since %s: %zu; with another verdict without it (*): "
	    "%zu; listed by it while that was void: %zu.", z->zone, at,
	    x->touched, x->changed, x->voided), 0, z->width);
}

int
zones_exposure(struct zones *z)
{
	struct exposure x = { .z = z };
	double since;
	int rc = zones_open(z);

	if (rc != 0)
		return rc;
	since = z->now - DAY;
	if (z->since != NULL && cmd_parse_time("since", z->since, z->now, -1,
	    &since) != 0) {
		store_close(&z->store);
		return ERR_USAGE;
	}
	if (!known(z, &rc)) {
		zones_close(z, 0);
		return zones_unknown(z);
	}
	z->shown = 0;
	if (rc == 0)
		rc = store_exposures(z->store, z->zone, since,
		    print_exposure, &x);
	if (rc == 0 && !z->o->json)
		print_summary(&x, since);
	return zones_close(z, rc);
}

/*
 * store-code - what listings are worth, and whether the resolver lies.
 *
 * Called by batches (writing) and by store-zone.c (a zone's codes are read
 * with it).  A zone's rows are replaced as a whole: there are at most
 * ZONE_CODES of them, and one that was forgotten must not come back.
 */
#include "config.h"

#include "learn/store-priv.h"

#include <arpa/inet.h>
#include <math.h>
#include <string.h>

#define ANY "*"

static int
write_code(struct store *s, const struct zone_model *z,
    const struct zone_code *v, const char *code)
{
	const struct zone_codes *c = &z->codes;
	struct store_arg args[] = { ARG_S(code), ARG_D(v->first_seen),
	    ARG_D(v->last_seen), ARG_D(codes_weight(c, v)), ARG_D(v->hs),
	    ARG_D(c->ns), ARG_D(v->hh), ARG_D(c->nh), ARG_D(c->decayed_at),
	    ARG_I(v->allow), ARG_S(z->name) };

	return store_run(s, "INSERT INTO zone_code(zone, code, first_seen,"
	    " last_seen, w_precision, hs, ns, hh, nh, decayed_at, allow)"
	    " SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM zone"
	    " WHERE name = ?", args);
}

int
store_codes(struct store *s, const struct zone_model *z)
{
	struct store_arg name[] = { ARG_S(z->name) };
	char text[INET_ADDRSTRLEN];

	if (store_run(s, "DELETE FROM zone_code WHERE zone ="
	    " (SELECT id FROM zone WHERE name = ?)", name) != 0 ||
	    write_code(s, z, &z->codes.any, ANY) != 0) {
		return -1;
	}
	for (unsigned i = 0; i < z->codes.n; i++) {
		inet_ntop(AF_INET, &(struct in_addr){ z->codes.v[i].code },
		    text, sizeof(text));
		if (write_code(s, z, &z->codes.v[i], text) != 0) {
			return -1;
		}
	}
	return 0;
}

/* A row may have been edited: no count is below 0, none above its whole. */
static double
count(struct store_row *row, int column, double most)
{
	double n = row_real(row, column);

	return n > 0 ? fmin(n, most) : 0;
}

static void
code_row(struct store_row *row, void *arg)
{
	struct zone_codes *c = arg;
	const char *text = row_text(row, 0);
	struct zone_code *v = &c->any;
	struct in_addr code = { 0 };

	if (strcmp(text, ANY) != 0) {
		if (c->n == ZONE_CODES ||
		    inet_pton(AF_INET, text, &code) != 1) {
			return;
		}
		v = &c->v[c->n++];
	} else {
		c->ns = count(row, 5, 1e12);
		c->nh = count(row, 6, 1e12);
		c->decayed_at = count(row, 7, 1e12);
	}
	*v = (struct zone_code){ .code = code.s_addr,
	    .first_seen = row_real(row, 1), .last_seen = row_real(row, 2),
	    .hs = count(row, 3, count(row, 5, 1e12)),
	    .hh = count(row, 4, count(row, 6, 1e12)),
	    .allow = row_int(row, 8) != 0 };
}

int
store_codes_load(struct store *s, struct zone_model *z)
{
	struct store_arg args[] = { ARG_S(z->name) };

	memset(&z->codes, 0, sizeof(z->codes));
	if (store_each(s, code_row, &z->codes, "SELECT code, first_seen,"
	    " last_seen, hs, hh, ns, nh, decayed_at, allow FROM zone_code"
	    " WHERE zone = (SELECT id FROM zone WHERE name = ?)"
	    " ORDER BY code", args) != 0) {
		return -1;
	}
	z->codes.any.published = codes_weight(&z->codes, &z->codes.any);
	for (unsigned i = 0; i < z->codes.n; i++) {
		z->codes.v[i].published = codes_weight(&z->codes,
		    &z->codes.v[i]);
	}
	return 0;
}

/* ---- the resolver ---- */

int
store_resolver_save(struct store *s, const struct store_resolver *r)
{
	struct store_arg args[] = { ARG_I(r->bad), ARG_D(r->bad_at),
	    ARG_D(r->hold), ARG_D(r->hold_until) };

	return store_run(s, "INSERT OR REPLACE INTO resolver(id, bad, bad_at,"
	    " hold_s, hold_until) VALUES(1, ?, ?, ?, ?)", args);
}

static void
resolver_row(struct store_row *row, void *arg)
{
	struct store_resolver *r = arg;

	r->bad = row_int(row, 0) != 0;
	r->bad_at = row_real(row, 1);
	r->hold = row_real(row, 2);
	r->hold_until = row_real(row, 3);
}

int
store_resolver_load(struct store *s, struct store_resolver *r_r)
{
	memset(r_r, 0, sizeof(*r_r));
	return store_each_n(s, resolver_row, r_r, "SELECT bad, bad_at,"
	    " hold_s, hold_until FROM resolver WHERE id = 1", NULL, 0);
}

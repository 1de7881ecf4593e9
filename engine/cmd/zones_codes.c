/*
 * zones_codes.c - tare zones show: what a list's listings are worth, code by
 * code.
 *
 * Slow precision (reliability reference c.6) as the keeper wrote it last: of
 * the messages whose class was known without any list, how many of either kind
 * this code named, decayed with a half-life of 30 days, and the weight that
 * follows.
 */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/clock.h"
#include "cmd/zones.h"

static const char *
name_of(const struct zone_code *v, char dst[INET_ADDRSTRLEN])
{
	return inet_ntop(AF_INET, &(struct in_addr){ v->code }, dst,
	    INET_ADDRSTRLEN);
}

static void
print_one(const struct zones *z, const struct zone_codes *c,
    const struct zone_code *v, const char *name)
{
	char words[200], line[300], seen[32];

	codes_words(c, v, words, sizeof(words));
	clock_iso(v->last_seen, seen, sizeof(seen));
	snprintf(line, sizeof(line), "%s: %s; last seen %s", name, words,
	    v->last_seen > 0 ? seen : "never");
	printf("code        ");
	zones_wrap(line, 12, z->width);
}

void
zones_codes_print(const struct zones *z, const struct zone_codes *c)
{
	char name[INET_ADDRSTRLEN];

	for (unsigned i = 0; i < c->n; i++)
		print_one(z, c, &c->v[i], name_of(&c->v[i], name));
	if (c->n > 1)
		print_one(z, c, &c->any, "any");
}

static void
add_one(struct buf *b, const struct zone_codes *c, const struct zone_code *v)
{
	char name[INET_ADDRSTRLEN];

	buf_addf(b, "{\"code\":\"%s\",\"allow\":%s,\"weight\":%.3g,"
	    "\"spam_listed\":%.1f,\"spam\":%.1f,\"ham_listed\":%.1f,"
	    "\"ham\":%.1f,\"first_seen\":%.0f,\"last_seen\":%.0f}",
	    v == &c->any ? "any" : name_of(v, name),
	    v->allow ? "true" : "false", codes_weight(c, v), v->hs, c->ns,
	    v->hh, c->nh, v->first_seen, v->last_seen);
}

void
zones_codes_json(struct buf *b, const struct zone_codes *c)
{
	buf_adds(b, ",\"codes\":[");
	for (unsigned i = 0; i < c->n; i++) {
		add_one(b, c, &c->v[i]);
		buf_addc(b, ',');
	}
	add_one(b, c, &c->any);
	buf_addc(b, ']');
}

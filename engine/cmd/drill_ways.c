/*
 * drill_ways.c - how a list answers in a drill: healthy, or ill in some way.
 *
 * One row of ways[] per behaviour: what is shown for it, and a function that
 * answers for names of the zone under drill, or, where the resolver itself is
 * at fault, for every name.  Test points of all other zones are answered as a
 * healthy list would, everything else does not exist.
 */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/map.h"
#include "cmd/drill.h"

#define TTL_DAY 86400
#define RCODE_SERVFAIL 2
#define RCODE_NXDOMAIN 3

/* ---- what the names are ---- */

/* The part of name before ".zone"; false if it is another zone's. */
static bool
key_of(const char *name, const char *zone, struct slice *key_r)
{
	size_t n = strlen(name), z = strlen(zone);

	if (n <= z + 1 || name[n - z - 1] != '.' ||
	    strcasecmp(name + n - z, zone) != 0)
		return false;
	*key_r = slice_make(name, n - z - 1);
	return true;
}

static bool
is_entry(const struct drill_list *l, struct slice key)
{
	return slice_eq_nocase(key, slice_cstr(l->zone->must_list));
}

static bool
is_must_not(struct slice key)
{
	return slice_eq_cstr(key, "1.0.0.127") ||
	    slice_eq_nocase(key, SLICE("invalid"));
}

/* The first two octets of a reversed address; -1: it is none. */
static long
network(struct slice key)
{
	ptrdiff_t last = slice_rchr(key, '.'), before;
	long a, b;

	before = last < 0 ? -1 : slice_rchr(slice_sub(key, 0, (size_t)last),
	    '.');
	if (before < 0 || slice_to_long(slice_sub(key, (size_t)last + 1,
	    key.n), &a) != 0 || slice_to_long(slice_sub(key,
	    (size_t)before + 1, (size_t)last), &b) != 0)
		return -1;
	return a * 256 + b;
}

/* 198.18.0.0/15 and 240.0.0.0/4 */
static bool
is_bogon(struct slice key)
{
	long net = network(key);

	return net / 2 == (198 * 256 + 18) / 2 || net / 256 >= 240;
}

/* ---- ways to answer ---- */

typedef void way_fn(struct drill_list *l, struct slice key,
    struct drill_reply *r);

static void
list_it(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	r->addr = l->zone->code.s_addr;
}

static void
healthy(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	if (is_entry(l, key) || drill_mail_is_listed(key, l->zone->kind))
		list_it(l, key, r);
}

static void
parked(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	r->addr = inet_addr("91.195.240.87");
	r->no_text = true;
}

static void
world_long(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	list_it(l, key, r);
	r->ttl = TTL_DAY;
}

static void
world_sly(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	if (!is_must_not(key))
		list_it(l, key, r);
}

/* By a hash of the name: always the same senders. */
static void
list_share(struct drill_list *l, struct slice key, struct drill_reply *r,
    unsigned percent)
{
	healthy(l, key, r);
	if (r->addr == 0 && drill_mail_is_sender(key, l->zone->kind) &&
	    hash_stable(key.p, key.n, 1) % 100 < percent)
		list_it(l, key, r);
}

static void
third_listed(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	list_share(l, key, r, 33);
}

static void
tenth_listed(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	list_share(l, key, r, 10);
}

static void
silent(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	r->drop = true;
}

static void
servfail(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	r->rcode = RCODE_SERVFAIL;
}

static void
slow(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	healthy(l, key, r);
	r->delay = 3;
}

static void
refusing(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	r->addr = inet_addr("127.255.255.254");
}

/*
 * One server of so many answers this question.  Drawn, not in turn: a turn
 * could give every listing one server and its control the other.
 */
static bool
one_of(const struct drill_list *l, unsigned servers)
{
	return hash_stable(&l->asked, sizeof(l->asked), 2) % servers == 0;
}

static void
third_refused(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	healthy(l, key, r);
	if (one_of(l, 3))
		r->addr = inet_addr("127.255.255.255");
}

static void
trusts_all(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	r->addr = inet_addr("127.0.10.3");
}

static void
loopback(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	r->addr = htonl(INADDR_LOOPBACK);
}

static void
nothing(struct drill_list *l, struct slice key, struct drill_reply *r)
{
}

static void
split(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	if (one_of(l, 2))
		list_it(l, key, r);
	else
		healthy(l, key, r);
}

static void
rewriting(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	healthy(l, key, r);
	if (r->addr == 0)
		r->addr = inet_addr("203.0.113.9");
	r->no_text = true;
}

static void
stripping(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	r->rcode = 0;			/* NODATA */
}

/* All that is asked, but for mail and the test points. */
static void
no_controls(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	healthy(l, key, r);
	r->drop = !drill_mail_is_sender(key, l->zone->kind) &&
	    !is_entry(l, key) && !is_must_not(key);
}

static void
bogons(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	healthy(l, key, r);
	if (l->zone->kind == ZONE_KIND_IP && is_bogon(key))
		list_it(l, key, r);
}

static void
no_entry(struct drill_list *l, struct slice key, struct drill_reply *r)
{
	if (!is_entry(l, key))
		healthy(l, key, r);
}

static const struct way {
	const char *words;
	way_fn *answer;
	bool everywhere;		/* for names of no zone, too */
} ways[DRILL_WAYS] = {
	[DRILL_HEALTHY] = { "healthy", healthy, false },
	[DRILL_PARKED] = { "all names -> 91.195.240.87", parked, false },
	[DRILL_WORLD] = { "all names listed", list_it, false },
	[DRILL_WORLD_LONG] = { "all names listed, for a day", world_long,
	    false },
	[DRILL_WORLD_SLY] = { "all but 127.0.0.1 listed", world_sly, false },
	[DRILL_THIRD_LISTED] = { "a third of senders listed", third_listed,
	    false },
	[DRILL_TENTH_LISTED] = { "a tenth of senders listed", tenth_listed,
	    false },
	[DRILL_SILENT] = { "no answer", silent, false },
	[DRILL_SERVFAIL] = { "SERVFAIL", servfail, false },
	[DRILL_SLOW] = { "healthy, after 3 seconds", slow, false },
	[DRILL_REFUSING] = { "all names -> 127.255.255.254", refusing,
	    false },
	[DRILL_THIRD_REFUSED] = { "a third -> 127.255.255.255",
	    third_refused, false },
	[DRILL_TRUSTS_ALL] = { "all names -> 127.0.10.3", trusts_all, false },
	[DRILL_LOOPBACK] = { "all names -> 127.0.0.1", loopback, false },
	[DRILL_EMPTIED] = { "nothing listed", nothing, false },
	[DRILL_SPLIT] = { "half of all answers listed", split, false },
	[DRILL_REWRITING] = { "unknown names -> 203.0.113.9", rewriting,
	    true },
	[DRILL_STRIPPING] = { "no answer in 127/8 comes", stripping, true },
	[DRILL_NO_CONTROLS] = { "no answer to controls", no_controls, false },
	[DRILL_BOGONS] = { "reserved networks listed", bogons, false },
	[DRILL_NO_ENTRY] = { "healthy, no test entry", no_entry, false },
};

const char *
drill_way_words(enum drill_way way)
{
	return ways[way].words;
}

struct drill_reply
drill_way_answer(struct drill_list *l, const char *name)
{
	struct drill_reply r = { .rcode = RCODE_NXDOMAIN, .ttl = l->ttl };
	const struct way *way = &ways[l->way];
	struct slice key;

	if (key_of(name, l->zone->name, &key)) {
		l->asked++;
		way->answer(l, key, &r);
		return r;
	}
	key = slice_cstr(name);
	if (way->everywhere)
		way->answer(l, SLICE(""), &r);
	else if (slice_starts(key, SLICE("2.0.0.127.")) ||
	    slice_starts_nocase(key, SLICE("test.")))
		r.addr = htonl(0x7f000002);
	return r;
}

/*
 * known - answers that are still good, so that nobody need ask again.
 *
 * libunbound has a cache, too, but what it finds there makes the way of a
 * question through it, and of ten questions of a message eight are answered so.
 * Here is kept what lists mostly say: no, or an address.  Texts, names and
 * failures are not.
 *
 * An answer is good for as long as its packet says and no longer than it would
 * be in libunbound's cache (reference c.7).  Only one that came over the wire
 * is put here, so no time is counted twice.  known_forget belongs to a new
 * resolver context: an outage must leave nothing behind (F14).
 *
 * Used by flight.c.  Limits: LIMIT_ANSWERS_KNOWN; the oldest goes first.  What
 * is over goes when a new one comes.
 */
#include "config.h"

#include <arpa/nameser.h>
#include <string.h>

#include "ask/ask-priv.h"
#include "base/clock.h"
#include "base/mem.h"

#define BUCKETS		(LIMIT_ANSWERS_KNOWN / 2)

struct said {
	struct said *hash_next;
	const struct ask_zone *zone;
	double until;			/* clock_mono */
	uint64_t hash;
	struct in_addr addr[LIMIT_ANSWER_ADDRS];
	uint8_t rcode, n_addr;
	char qname[];
};

struct known {
	struct said *table[BUCKETS];
	struct said *ring[LIMIT_ANSWERS_KNOWN];	/* oldest first */
	size_t first, next;		/* counters; the place is modulo */
};

struct known *
known_new(void)
{
	return mem_alloc(sizeof(struct known));
}

static struct said **
bucket(struct known *k, uint64_t hash)
{
	return &k->table[hash % BUCKETS];
}

static void
drop_oldest(struct known *k)
{
	struct said **place = &k->ring[k->first++ % LIMIT_ANSWERS_KNOWN];
	struct said *gone = *place, **at = bucket(k, gone->hash);

	while (*at != gone)
		at = &(*at)->hash_next;
	*at = gone->hash_next;
	*place = NULL;
	mem_free(gone);
}

void
known_forget(struct known *k)
{
	while (k->first != k->next)
		drop_oldest(k);
}

void
known_free(struct known **kp)
{
	if (*kp == NULL)
		return;
	known_forget(*kp);
	mem_free(*kp);
	*kp = NULL;
}

bool
known_get(struct known *k, const struct flight *f, struct ask_answer *ans)
{
	struct said *s = *bucket(k, f->hash);
	double now = clock_mono();

	if (f->type != ns_t_a)
		return false;
	while (s != NULL && (s->hash != f->hash || s->zone != f->zone ||
	    strcmp(s->qname, f->qname) != 0))
		s = s->hash_next;
	if (s == NULL || s->until <= now)
		return false;
	memset(ans, 0, sizeof(*ans));
	ans->rcode = s->rcode;
	ans->n_addr = s->n_addr;
	memcpy(ans->addr, s->addr, sizeof(ans->addr));
	ans->ttl = (uint32_t)(s->until - now);
	return true;
}

/* ---- a new one ---- */

/* How long it is good, seconds; 0: it is not for keeping. */
static double
good_for(const struct flight *f)
{
	const struct ask_answer *ans = &f->ans;
	uint32_t most = ans->n_addr > 0 ? KEEP_MAX : KEEP_MAX_NO;

	if (f->type != ns_t_a || f->control || f->cached ||
	    ans->n_addr > LIMIT_ANSWER_ADDRS ||
	    (ans->rcode != ns_r_noerror && ans->rcode != ns_r_nxdomain))
		return 0;
	return ans->ttl < most ? ans->ttl : most;
}

/* What is over, up to the first that is not; room for one more. */
static void
make_room(struct known *k, double now)
{
	while (k->first != k->next && (k->next - k->first ==
	    LIMIT_ANSWERS_KNOWN ||
	    k->ring[k->first % LIMIT_ANSWERS_KNOWN]->until <= now))
		drop_oldest(k);
}

void
known_put(struct known *k, const struct flight *f)
{
	size_t n = strlen(f->qname) + 1;
	double keep = good_for(f), now = clock_mono();
	struct said *s, **head = bucket(k, f->hash);

	if (!(keep > 0))
		return;
	make_room(k, now);
	s = mem_bytes(sizeof(*s) + n);
	*s = (struct said){ .hash_next = *head, .zone = f->zone,
		.until = now + keep, .hash = f->hash,
		.rcode = (uint8_t)f->ans.rcode,
		.n_addr = (uint8_t)f->ans.n_addr };
	memcpy(s->addr, f->ans.addr, sizeof(s->addr));
	memcpy(s->qname, f->qname, n);
	*head = s;
	k->ring[k->next++ % LIMIT_ANSWERS_KNOWN] = s;
}

/*
 * panel - who is known to be good, and who is asked about this time.
 *
 * Called by pick.c with the senders known to be good.  Pure, but for the
 * arena.  A panel must be many independent opinions: one sender per network
 * (/16, v6 /32) and per organisational domain, so that one provider that is
 * rightly listed is one vote.  Rows stand in a fixed order of hashes, and each
 * panel goes on where the last one stopped: members take turns, and a row that
 * comes or goes disturbs nobody else's.
 */
#include "config.h"

#include "learn/stat.h"

#include <stdlib.h>

#include "base/map.h"

#define DAY		86400.0
#define HAM_MIN		20u
#define DAYS_MIN	14u
#define SPAM_FREE	(30 * DAY)
/* Addresses change hands: who has been silent for long may be someone else. */
#define HEARD		(60 * DAY)
#define BASIS		0x70616e656c2d6d65u

bool
panel_known_good(const struct panel_row *r, double now)
{
	if (r->by_operator) {
		return true;
	}
	return r->ham >= HAM_MIN && r->days >= DAYS_MIN &&
	    now - r->last_ham < HEARD &&
	    (r->last_spam <= 0 || now - r->last_spam >= SPAM_FREE);
}

struct turn {
	uint64_t hash;
	size_t row;
};

static int
by_hash(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) :
	    x->row < y->row ? -1 : x->row > y->row;
}

/* The known-good rows in their fixed order. */
static size_t
in_order(const struct panel_row *rows, size_t n, double now,
    struct turn *order)
{
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		if (panel_known_good(&rows[i], now)) {
			order[m].hash = hash_stable(rows[i].subject.p,
			    rows[i].subject.n, BASIS);
			order[m++].row = i;
		}
	}
	qsort(order, m, sizeof(*order), by_hash);
	return m;
}

/* A set of hashes: open addressing, at most half full. */
struct set {
	uint64_t *slots;
	size_t mask;
};

static struct set
set_new(struct arena *a, size_t n)
{
	size_t size = 4;

	while (size < 4 * n) {
		size *= 2;
	}
	return (struct set){ arena_alloc_array(a, size, sizeof(uint64_t)),
	    size - 1 };
}

static uint64_t *
set_slot(struct set *set, uint64_t h)
{
	size_t i = (size_t)(h ^ h >> 32) & set->mask;

	while (set->slots[i] != 0 && set->slots[i] != h) {
		i = (i + 1) & set->mask;
	}
	return &set->slots[i];
}

/* The first row of each net and org stays; returns how many. */
static size_t
independent(struct arena *a, const struct panel_row *rows, size_t n,
    struct turn *order)
{
	struct set set = set_new(a, n);
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		const struct panel_row *r = &rows[order[i].row];
		uint64_t *net = set_slot(&set, r->net);
		uint64_t *org = set_slot(&set, r->org);

		if ((r->net != 0 && *net != 0) || (r->org != 0 && *org != 0)) {
			continue;
		}
		*net = r->net;
		/* the same slot when both hashes wanted it: look again */
		*set_slot(&set, r->org) = r->org;
		order[m++] = order[i];
	}
	return m;
}

void
panel_pick(struct arena *a, const struct panel_row *rows, size_t n,
    uint64_t turn, double now, struct panel *panel_r)
{
	struct turn *order = arena_alloc_array(a, n + 1, sizeof(*order));
	size_t m = independent(a, rows, in_order(rows, n, now, order), order);
	size_t from = 0;

	while (from < m && order[from].hash <= turn) {
		from++;
	}
	*panel_r = (struct panel){ .eligible = m };
	while (panel_r->n < m && panel_r->n < PANEL_MEMBERS) {
		const struct turn *t = &order[(from + panel_r->n) % m];
		struct panel_member *member = &panel_r->member[panel_r->n++];

		member->row = t->row;
		member->turn = t->hash;
	}
}

/*
 * automaton_states.c - the states of an automaton, each worked out once.
 *
 * A state is the set of instructions ("threads") that the programs have
 * reached behind the bytes so far.  As programs may begin anywhere, what the
 * last byte alone leads to is always among them, and stands in the state as
 * that byte's class; often there is nothing else.  next[state][byte class]
 * names the state behind the next byte, or 0: not yet known.  Then the set is
 * stepped, looked up among the known ones, and kept.  Ordinary text visits few
 * states again and again; the loop is one table look-up a byte.
 *
 * Their rows are more than the nearest cache holds, so a few texts are scanned
 * side by side, and the processor waits for several rows at once.
 *
 * When STATES_MOST is reached all states are forgotten; a message that makes
 * this happen FLUSHES times is not looked at any more: its rules count as
 * seen.  So the worst text costs a bounded number of steps.
 *
 * OP_BEGIN… and OP_END let a thread pass only there.  A state knows whether it
 * is behind a newline, and what it accepts at the end of the text.
 *
 * Called by run.c.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "match/automaton-priv.h"

enum {
	STATES_MOST = 6000,
	THREADS_MOST = 400000,	/* of all states */
	FLUSHES = 3,
	STREAMS = 4,		/* texts scanned side by side */
	ACCEPTS = 0x8000,	/* in next[]: the state accepts something */
	NO_ROOM = 0xffff,
};

struct state {
	uint8_t last;			/* class of the byte before */
	uint32_t at, n;			/* threads of longer standing */
	uint64_t accept;		/* here, whatever follows */
	uint64_t end[2];		/* at the end; before a last newline */
	bool end_known[2];
};

struct automaton_states {
	const struct automaton *m;
	struct state *v;
	size_t n, cap;
	uint16_t *next;			/* n_classes a state */
	uint32_t *threads;
	size_t n_threads, threads_cap;
	uint16_t *hash;			/* 2 * STATES_MOST: state + 1 */
	struct set closure, stepped;
	unsigned flushes;
};

/* ---- states ---- */

static int
by_number(const void *pa, const void *pb)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	return a < b ? -1 : a > b;
}

/* Few, as a rule, and nearly in order. */
static void
sort_numbers(uint32_t *v, size_t n)
{
	if (n > 50) {
		qsort(v, n, sizeof(*v), by_number);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		uint32_t x = v[i];
		size_t k = i;

		for (; k > 0 && v[k - 1] > x; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
}

static void
flush(struct automaton_states *s)
{
	s->n = 1;			/* 0: the beginning */
	s->n_threads = 0;
	memset(s->hash, 0, 2 * STATES_MOST * sizeof(*s->hash));
	memset(s->next, 0, s->m->n_classes * sizeof(*s->next));
}

static void
reserve(struct automaton_states *s, size_t n)
{
	size_t row = s->m->n_classes * sizeof(*s->next);

	if (s->n == s->cap) {
		s->cap = s->cap * 2 > STATES_MOST ? STATES_MOST : s->cap * 2;
		s->v = mem_realloc(s->v, mem_mul(s->cap, sizeof(*s->v)));
		s->next = mem_realloc(s->next, mem_mul(s->cap, row));
	}
	while (s->n_threads + n > s->threads_cap) {
		s->threads_cap *= 2;
		s->threads = mem_realloc(s->threads,
		    mem_mul(s->threads_cap, sizeof(*s->threads)));
	}
}

/* Where the state of that byte and these threads is or belongs. */
static uint16_t *
find(struct automaton_states *s, unsigned char last, const struct set *t)
{
	uint64_t h = hash_bytes(t->v, t->n * sizeof(*t->v)) + last * 0x9e37u;

	for (;; h++) {
		uint16_t *slot = &s->hash[h % (2 * STATES_MOST)];
		const struct state *st = &s->v[*slot - (*slot > 0)];

		if (*slot == 0 || (st->last == last && st->n == t->n &&
		    memcmp(s->threads + st->at, t->v,
		    t->n * sizeof(*t->v)) == 0))
			return slot;
	}
}

/* Its threads and what they reach, into s->closure. */
static uint64_t
state_closure(struct automaton_states *s, const struct state *st,
    unsigned where)
{
	if (st->last == s->m->newline)
		where |= AT_LINE;
	set_clear(&s->closure);
	for (uint32_t k = 0; k < st->n; k++)
		set_add(&s->closure, s->threads[st->at + k]);
	return set_close(s->m->code, &s->closure, where);
}

static struct threads
closed(const struct automaton_states *s)
{
	return (struct threads){ s->closure.v, s->closure.n };
}

static uint16_t
state_new(struct automaton_states *s, unsigned char last)
{
	const struct set *t = &s->stepped;
	struct state *st;

	reserve(s, t->n);
	st = &s->v[s->n];
	*st = (struct state){ .last = last, .at = (uint32_t)s->n_threads,
		.n = (uint32_t)t->n };
	memset(s->next + s->n * s->m->n_classes, 0,
	    s->m->n_classes * sizeof(*s->next));
	if (t->n > 0)
		memcpy(s->threads + st->at, t->v, t->n * sizeof(*t->v));
	s->n_threads += t->n;
	st->accept = state_closure(s, st, 0);
	return (uint16_t)s->n++;
}

/* The state of that byte and the threads in s->stepped, or NO_ROOM. */
static uint16_t
intern(struct automaton_states *s, unsigned char last)
{
	struct set *t = &s->stepped;
	uint16_t *slot, at;

	sort_numbers(t->v, t->n);
	slot = find(s, last, t);
	if (*slot != 0)
		return (uint16_t)(*slot - 1);
	if (s->n == STATES_MOST || s->n_threads + t->n > THREADS_MOST)
		return NO_ROOM;
	at = state_new(s, last);
	*slot = (uint16_t)(at + 1);
	return at;
}

/*
 * Fill next[] of state `at` for a byte of class c.  -1: there was no room; all
 * states are forgotten.
 */
static int
step_state(struct automaton_states *s, uint16_t at, unsigned char c)
{
	const struct automaton *m = s->m;
	const struct state *st = &s->v[at];
	uint16_t to;

	set_clear(&s->stepped);
	if (at == 0 || st->last == m->newline)
		set_step(m, m->first[at != 0], c, &s->stepped);
	if (at != 0) {
		set_step(m, m->start[st->last], c, &s->stepped);
		(void)state_closure(s, st, 0);
		set_step(m, closed(s), c, &s->stepped);
	}
	to = intern(s, c);
	if (to == NO_ROOM) {
		flush(s);
		s->flushes++;
		return -1;
	}
	s->next[at * m->n_classes + c] = (uint16_t)((to + 1) |
	    (s->v[to].accept != 0 ? ACCEPTS : 0));
	return 0;
}

/*
 * What state `at` accepts at the end of the text, or before a last newline.
 * start[] need not be looked at: one byte and a newline are too short for any
 * program (AUTOMATON_SHORTEST).
 */
static uint64_t
accept_end(struct automaton_states *s, uint16_t at, bool newline)
{
	const struct automaton *m = s->m;
	struct state *st = &s->v[at];

	if (at == 0 || st->end_known[newline])
		return at == 0 ? 0 : st->end[newline];
	st->end[newline] = state_closure(s, st, AT_END);
	if (newline) {
		set_clear(&s->stepped);
		set_step(m, closed(s), m->class_of['\n'], &s->stepped);
		st->end[newline] |= set_close(m->code, &s->stepped,
		    AT_END | AT_LINE);
	}
	st->end_known[newline] = true;
	return st->end[newline];
}

/* ---- life ---- */

struct automaton_states *
automaton_states_new(const struct automaton *m)
{
	struct automaton_states *s = mem_alloc(sizeof(*s));

	s->m = m;
	s->cap = 64;
	s->v = mem_alloc_array(s->cap, sizeof(*s->v));
	s->next = mem_alloc_array(s->cap, m->n_classes * sizeof(*s->next));
	s->threads_cap = 1024;
	s->threads = mem_alloc_array(s->threads_cap, sizeof(*s->threads));
	s->hash = mem_alloc_array(2 * STATES_MOST, sizeof(*s->hash));
	set_init(&s->closure, m->n_code);
	set_init(&s->stepped, m->n_code);
	flush(s);
	return s;
}

void
automaton_states_free(struct automaton_states **sp)
{
	struct automaton_states *s = *sp;

	if (s == NULL)
		return;
	set_free(&s->closure);
	set_free(&s->stepped);
	mem_free(s->v);
	mem_free(s->next);
	mem_free(s->threads);
	mem_free(s->hash);
	mem_free(s);
	*sp = NULL;
}

void
automaton_begin(struct automaton_states *s)
{
	s->flushes = 0;
}

/* ---- scanning ---- */

/* A text on its way. */
struct stream {
	const unsigned char *p;
	size_t left;			/* before its last byte */
	size_t text;			/* its index */
	uint64_t seen;
	uint16_t at;
};

/* False: all states are forgotten, those of other streams, too. */
static inline bool
step(struct automaton_states *s, struct stream *t, unsigned char byte)
{
	const struct automaton *m = s->m;
	unsigned char c = m->class_of[byte];
	uint16_t next = s->next[t->at * m->n_classes + c];

	if (next == 0) {
		if (step_state(s, t->at, c) != 0)
			return false;
		next = s->next[t->at * m->n_classes + c];
	}
	t->at = (uint16_t)((next & ~ACCEPTS) - 1);
	if (next & ACCEPTS)
		t->seen |= s->v[t->at].accept;
	return true;
}

/* As far as the shortest of them goes. */
static bool
step_streams(struct automaton_states *s, struct stream *t, size_t n)
{
	size_t bytes = t[0].left;

	for (size_t k = 1; k < n; k++)
		bytes = t[k].left < bytes ? t[k].left : bytes;
	for (size_t i = 0; i < bytes; i++) {
		for (size_t k = 0; k < n; k++) {
			if (!step(s, &t[k], t[k].p[i]))
				return false;
		}
	}
	for (size_t k = 0; k < n; k++) {
		t[k].p += bytes;
		t[k].left -= bytes;
	}
	return true;
}

/* The last byte. */
static bool
finish(struct automaton_states *s, struct stream *t)
{
	if (*t->p == '\n')
		t->seen |= accept_end(s, t->at, true);
	if (!step(s, t, *t->p))
		return false;
	t->seen |= accept_end(s, t->at, false);
	return true;
}

/* Those that have come to their last byte; returns how many are left. */
static size_t
finish_some(struct automaton_states *s, struct stream *t, size_t n,
    uint64_t *seen_r)
{
	for (size_t k = n; k-- > 0;) {
		if (t[k].left > 0)
			continue;
		if (!finish(s, &t[k]))
			return SIZE_MAX;
		seen_r[t[k].text] = t[k].seen;
		t[k] = t[--n];
	}
	return n;
}

void
automaton_scan(struct automaton_states *s, const struct slice *v, size_t n,
    uint64_t *seen_r)
{
	struct stream t[STREAMS];
	size_t taken = 0, live = 0;

	while (live > 0 || taken < n) {
		while (live < STREAMS && taken < n) {
			seen_r[taken] = s->flushes >= FLUSHES ? s->m->all : 0;
			if (v[taken].n > 0 && seen_r[taken] == 0)
				t[live++] = (struct stream){ .text = taken,
				    .p = (const unsigned char *)v[taken].p,
				    .left = v[taken].n - 1 };
			taken++;
		}
		if (live > 0 && step_streams(s, t, live)) {
			size_t still = finish_some(s, t, live, seen_r);

			if (still != SIZE_MAX) {
				live = still;
				continue;
			}
		}
		for (; live > 0; live--)
			seen_r[t[live - 1].text] = s->m->all;
	}
}

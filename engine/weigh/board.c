/*
 * board - see board.h; one page of atomics for all workers.
 *
 * Format.  LINES lines, found by the hash of the zone's name, next free one
 * taken; a line is never given back, since the rules name few zones.  A line:
 *
 *	tag	hash of the name; 0: free
 *	due	the budget, microseconds: see control_line_take
 *	next	number of the next control, from 1
 *	ring	the last CONTROLS of them, by number: when they left (seconds
 *		times 1000), and a word of number, shape and fate
 *
 * The word is stored after the time, with release order, so who sees a number
 * sees its time.  A slot whose word has another number was not written yet or
 * has been used again.
 *
 * The budget is one number, so that taking a token is one compare-and-swap:
 * the time at which the bucket would be full again is moved on by one token,
 * and may not be further away than the whole bucket.  The bucket is a third
 * of the cap and is filled by the other two thirds a minute: no minute has
 * more than the cap in it.
 *
 * Limit: beyond LINES zones a line is private to its process.
 */
#include "config.h"

#include "weigh/board.h"

#include <sys/mman.h>

#include <stdatomic.h>
#include <string.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"

#define LINES		(2u * LIMIT_ZONES)
#define CONTROLS	16u
/* No control takes longer than its question's deadline, 4 s. */
#define LOST_SECONDS	5.0
#define MICRO		1e6

struct control {
	_Atomic uint64_t left_ms;
	_Atomic uint64_t word;		/* number << 16 | shape << 8 | fate */
};

struct control_line {
	_Atomic uint64_t tag, due, next;
	struct control ring[CONTROLS];
};

struct control_board {
	struct control_line *lines;
	bool shared;
	struct private_line {
		struct private_line *next;
		uint64_t tag;
		struct control_line line;
	} *private;
};

#define FATE_FLYING	0u
#define FATE_DONE	0x10u		/* and the result */

struct control_board *
control_board_new(bool shared, struct err *e)
{
	struct control_board *b = mem_alloc(sizeof(*b));

	b->shared = shared;
	b->lines = mmap(NULL, LINES * sizeof(*b->lines), PROT_READ |
	    PROT_WRITE, (shared ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS,
	    -1, 0);
	if (b->lines == MAP_FAILED) {
		mem_free(b);
		err_errno(e, ERR_OS, "cannot map the board of controls");
		return NULL;
	}
	return b;
}

void
control_board_free(struct control_board **bp)
{
	struct control_board *b = *bp;

	if (b == NULL) {
		return;
	}
	while (b->private != NULL) {
		struct private_line *p = b->private;

		b->private = p->next;
		mem_free(p);
	}
	munmap(b->lines, LINES * sizeof(*b->lines));
	mem_free(b);
	*bp = NULL;
}

bool
control_board_shared(const struct control_board *b)
{
	return b->shared;
}

static struct control_line *
private_line(struct control_board *b, uint64_t tag)
{
	struct private_line *p = b->private;

	while (p != NULL && p->tag != tag) {
		p = p->next;
	}
	if (p == NULL) {
		p = mem_alloc(sizeof(*p));
		p->tag = tag;
		p->next = b->private;
		b->private = p;
	}
	return &p->line;
}

struct control_line *
control_board_line(struct control_board *b, const char *zone)
{
	uint64_t tag = hash_stable(zone, strlen(zone), 1) | 1;

	for (unsigned i = 0; i < LINES; i++) {
		struct control_line *l = &b->lines[(tag + i) % LINES];
		uint64_t was = 0;

		if (atomic_load(&l->tag) == tag ||
		    atomic_compare_exchange_strong(&l->tag, &was, tag) ||
		    was == tag) {
			return l;
		}
	}
	return private_line(b, tag);
}

/* ---- the budget ---- */

static uint64_t
bucket_size(unsigned cap)
{
	return cap >= 3 ? cap / 3 : 1;
}

/* Microseconds from one token to the next. */
static uint64_t
interval(unsigned cap)
{
	uint64_t per_minute = cap > 1 ? cap - bucket_size(cap) : 1;

	return (uint64_t)(60 * MICRO) / per_minute;
}

bool
control_line_take(struct control_line *l, unsigned cap, double now,
    double *wait_r)
{
	uint64_t t = (uint64_t)(now * MICRO), step = interval(cap);
	uint64_t most = t + bucket_size(cap) * step;
	uint64_t due = atomic_load(&l->due), after;

	do {
		after = (due > t ? due : t) + step;
		if (after > most) {
			*wait_r = (double)(after - most) / MICRO;
			return false;
		}
	} while (!atomic_compare_exchange_weak(&l->due, &due, after));
	return true;
}

void
control_line_give_back(struct control_line *l, unsigned cap)
{
	atomic_fetch_sub(&l->due, interval(cap));
}

/* ---- the controls ---- */

static uint64_t
word_of(uint64_t number, unsigned shape, unsigned fate)
{
	return number << 16 | (uint64_t)(shape & 0xff) << 8 | fate;
}

uint64_t
control_line_next(const struct control_line *l)
{
	return atomic_load(&l->next) + 1;
}

uint64_t
control_line_launch(struct control_line *l, unsigned shape, double now)
{
	uint64_t number = atomic_fetch_add(&l->next, 1) + 1;
	struct control *c = &l->ring[number % CONTROLS];

	atomic_store(&c->left_ms, (uint64_t)(now * 1000));
	atomic_store_explicit(&c->word, word_of(number, shape, FATE_FLYING),
	    memory_order_release);
	return number;
}

void
control_line_result(struct control_line *l, uint64_t number, unsigned result)
{
	struct control *c = &l->ring[number % CONTROLS];
	uint64_t word = atomic_load(&c->word);

	/* nobody looks any more when its place has been used again */
	if (word >> 16 == number) {
		atomic_compare_exchange_strong(&c->word, &word, word |
		    FATE_DONE | (result & 0xf));
	}
}

struct control_sight
control_line_look(const struct control_line *l, uint64_t number, double now)
{
	const struct control *c = &l->ring[number % CONTROLS];
	uint64_t word = atomic_load_explicit(&c->word, memory_order_acquire);
	struct control_sight s = { .fate = CONTROL_LOST };

	if (word >> 16 != number) {
		return s;
	}
	s.shape = (unsigned)(word >> 8) & 0xff;
	if (word & FATE_DONE) {
		s.fate = CONTROL_DONE;
		s.result = (unsigned)word & 0xf;
	} else if (now - (double)atomic_load(&c->left_ms) / 1000 <
	    LOST_SECONDS) {
		s.fate = CONTROL_FLYING;
	}
	return s;
}

unsigned
control_line_flying(const struct control_line *l, double now)
{
	uint64_t next = control_line_next(l);
	unsigned n = 0;

	for (unsigned i = 1; i <= CONTROLS && i < next; i++) {
		n += control_line_look(l, next - i, now).fate ==
		    CONTROL_FLYING;
	}
	return n;
}

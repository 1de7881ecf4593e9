/*
 * program.c - from regex to program (program.h).
 *
 * The instructions of a piece are contiguous and jumps relative, so that
 * pieces join by being put behind each other.  An algebra for parse.c, called
 * by build.c for the rules that neither literals nor chains keep away.
 *
 * Invariant: the program accepts at least what the regex matches.
 */
#include "config.h"

#include "match/program.h"

#include <limits.h>
#include <string.h>

#include "base/map.h"
#include "base/vec.h"
#include "match/literal-class.h"
#include "match/parse.h"

enum {
	INSTRS_MOST = 60000,	/* of a piece; SpamAssassin's largest: 20,000 */
	SETS_MOST = 60000,
	OPTIONAL_COPIES = 4,	/* x{0,9} is x*, x{0,3} is itself … */
	OPTIONAL_INSTRS = 40,	/* … unless it is larger than that */
	WIDE_COPIES = 32,	/* the same for a class that is WIDE */
};

/*
 * A class with so much of mail in it that a thread in x* would wait there to
 * the end of the line, and double the automaton's states; it ends the program
 * instead.
 */
#define WIDE 0.9

struct code {
	struct instr *v;
	size_t n, cap;
	size_t last;		/* where its last alternative begins */
	size_t shortest;	/* bytes until its end */
	size_t give;		/* bytes until its first OP_GIVE */
};

struct program_work {
	struct arena *arena;
	VEC_OF(struct byteset) sets;
	struct map *set_ids;	/* 32 bytes -> id + 1 */
	struct code once;
	const char *why;
};

static struct instr *
push(struct program_work *w, struct code *c, size_t n)
{
	if (c->n + n > INSTRS_MOST) {
		w->why = "too large for an automaton";
		c->n = 0;
	}
	while (c->cap < c->n + n) {
		size_t cap = c->cap ? c->cap * 2 : 8;
		struct instr *v = arena_alloc_array(w->arena, cap,
		    sizeof(*v));

		if (c->n > 0)
			memcpy(v, c->v, c->n * sizeof(*v));
		c->v = v;
		c->cap = cap;
	}
	c->n += n;
	return &c->v[c->n - n];
}

static void
push_instr(struct program_work *w, struct code *c, enum program_op op,
    int32_t x)
{
	*push(w, c, 1) = (struct instr){ .op = (uint8_t)op, .x = x };
}

static void
push_code(struct program_work *w, struct code *c, const struct code *from)
{
	if (from->n > 0)
		memcpy(push(w, c, from->n), from->v,
		    from->n * sizeof(*from->v));
}

static uint16_t
set_id(struct program_work *w, const struct byteset *s)
{
	struct slice key = { (const char *)s, sizeof(*s) };
	uintptr_t id = (uintptr_t)map_get(w->set_ids, key);

	if (id == 0) {
		if (w->sets.n >= SETS_MOST) {
			w->why = "too many classes for an automaton";
			return 0;
		}
		*VEC_PUSH(w->arena, &w->sets) = *s;
		id = w->sets.n;
		map_put(w->set_ids, key, (void *)id);
	}
	return (uint16_t)(id - 1);
}

static void
only_set(struct program_work *w, struct code *c, const struct byteset *s)
{
	struct instr *i;

	c->n = c->last = 0;
	i = push(w, c, 1);
	*i = (struct instr){ .op = OP_SET, .set = set_id(w, s) };
	c->shortest = 1;
	c->give = SIZE_MAX;
}

/* ---- the algebra ---- */

static void
alg_empty(void *work, void *piece)
{
	struct code *c = piece;

	(void)work;
	c->n = c->last = 0;
	c->shortest = 0;
	c->give = SIZE_MAX;
}

static void
give(struct program_work *w, struct code *c)
{
	alg_empty(w, c);
	push_instr(w, c, OP_GIVE, 0);
	c->give = 0;
}

static bool
is_wide(const struct program_work *w, const struct code *c)
{
	return c->n == 1 && c->v[0].op == OP_SET &&
	    byteset_share(&w->sets.v[c->v[0].set]) > WIDE;
}

/* c any number of times. */
static void
make_star(struct program_work *w, struct code *c)
{
	if (is_wide(w, c)) {
		give(w, c);
		return;
	}
	push_instr(w, c, OP_JUMP, -(int32_t)c->n - 1);
	push(w, c, 1);
	memmove(c->v + 1, c->v, (c->n - 1) * sizeof(*c->v));
	c->v[0] = (struct instr){ .op = OP_SPLIT, .x = (int32_t)c->n };
	c->last = 0;
	c->shortest = 0;
}

static void
alg_any(void *work, void *piece)
{
	give(work, piece);
}

static void
alg_begin(void *work, void *piece, bool multiline)
{
	alg_empty(work, piece);
	push_instr(work, piece, multiline ? OP_BEGIN_LINE : OP_BEGIN, 0);
}

static void
alg_end(void *work, void *piece)
{
	alg_empty(work, piece);
	push_instr(work, piece, OP_END, 0);
}

static void
alg_byte(void *work, void *piece, unsigned char c, bool fold)
{
	struct byteset s = { { 0 } };

	byteset_add(&s, c);
	if (fold)
		byteset_add(&s, literal_other_case(c));
	only_set(work, piece, &s);
}

static void
alg_class(void *work, void *piece, const bool member[256])
{
	struct byteset s = { { 0 } };

	for (unsigned c = 0; c < 256; c++) {
		if (member[c])
			byteset_add(&s, (unsigned char)c);
	}
	only_set(work, piece, &s);
}

static void
alg_copy(void *work, void *to_, const void *from_)
{
	struct code *to = to_;
	const struct code *from = from_;

	to->n = 0;
	push_code(work, to, from);
	to->last = from->last;
	to->shortest = from->shortest;
	to->give = from->give;
}

static void
alg_concat(void *work, void *acc_, const void *next_)
{
	struct code *acc = acc_;
	const struct code *next = next_;

	push_code(work, acc, next);
	acc->last = 0;
	if (next->give < SIZE_MAX - acc->shortest &&
	    acc->shortest + next->give < acc->give)
		acc->give = acc->shortest + next->give;
	acc->shortest += next->shortest;
}

/* A piece that is classes only, the first of bytes that are not ASCII. */
static bool
is_high_letter(const struct program_work *w, const struct instr *v, size_t n)
{
	const struct byteset *s = &w->sets.v[v[0].set];

	for (size_t i = 0; i < n; i++) {
		if (v[i].op != OP_SET)
			return false;
	}
	return (s->w[0] | s->w[1]) == 0;
}

/*
 * Replace tags spell a letter's forms as \xc3[\xa8-\xab]|\xc4[\x92\x93]|…,
 * dozens of them; one [\xc3\xc4…][\x92-\xab…] will do.
 */
static bool
overlay(struct program_work *w, struct code *acc, const struct code *next)
{
	struct instr *v = acc->v + acc->last;
	size_t n = acc->n - acc->last;

	if (n != next->n || n < 2 || !is_high_letter(w, v, n) ||
	    !is_high_letter(w, next->v, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct byteset s = w->sets.v[v[i].set];

		byteset_or(&s, &w->sets.v[next->v[i].set]);
		v[i].set = set_id(w, &s);
	}
	return true;
}

/* split acc jump next */
static void
alg_alt(void *work, void *acc_, const void *next_)
{
	struct code *acc = acc_;
	const struct code *next = next_;

	if (overlay(work, acc, next))
		return;
	push_instr(work, acc, OP_JUMP, (int32_t)next->n + 1);
	push(work, acc, 1);
	memmove(acc->v + 1, acc->v, (acc->n - 1) * sizeof(*acc->v));
	acc->v[0] = (struct instr){ .op = OP_SPLIT, .x = (int32_t)acc->n };
	acc->last = acc->n;
	push_code(work, acc, next);
	if (next->shortest < acc->shortest)
		acc->shortest = next->shortest;
	if (next->give < acc->give)
		acc->give = next->give;
}

/* Behind c: once, up to n times.  Each copy is asked for by the one before, so
 * that a text is in one of them only. */
static void
push_copies(struct program_work *w, struct code *c, const struct code *once,
    unsigned n)
{
	for (; n > 0 && w->why == NULL; n--) {
		push_instr(w, c, OP_SPLIT, (int32_t)(n * (once->n + 1)));
		push_code(w, c, once);
	}
}

/* Behind c: once, up to n times; n UINT_MAX: any number of times. */
static void
repeat_optional(struct program_work *w, struct code *c,
    const struct code *once, unsigned n)
{
	unsigned most = is_wide(w, once) ? WIDE_COPIES : OPTIONAL_COPIES;
	struct code star = { 0 };

	c->last = 0;
	if (n == 1 || (n <= most && n * once->n <= OPTIONAL_INSTRS)) {
		push_copies(w, c, once, n);
		return;
	}
	alg_copy(w, &star, once);
	make_star(w, &star);
	if (star.give == 0 && c->shortest < c->give)
		c->give = c->shortest;
	push_code(w, c, &star);
}

static void
alg_repeat(void *work, void *piece, unsigned min, unsigned max)
{
	struct program_work *w = work;
	struct code *c = piece;

	if (min == 1 && max == 1)
		return;
	alg_copy(w, &w->once, c);
	alg_empty(w, c);
	for (unsigned k = 0; k < min && w->why == NULL && w->once.n > 0; k++)
		alg_concat(w, c, &w->once);
	if (max > min && w->once.n > 0)
		repeat_optional(w, c, &w->once,
		    max == UINT_MAX ? UINT_MAX : max - min);
}

static const struct algebra program_algebra = {
	sizeof(struct code), alg_empty, alg_any, alg_begin,
	alg_end, alg_byte,
	alg_class, alg_copy, alg_concat, alg_alt, alg_repeat,
};

const struct program *
program_read(struct arena *a, const struct rule_regex *re,
    const char **why_r)
{
	struct program_work work = { .arena = arena_new() };
	struct code code = { 0 };
	struct program *p = NULL;

	work.set_ids = map_new(work.arena, false);
	*why_r = parse_regex(&program_algebra, &work, re, &code);
	if (*why_r == NULL)
		*why_r = work.why;
	if (*why_r == NULL) {
		p = arena_alloc(a, sizeof(*p));
		p->v = arena_copy(a, code.v, code.n * sizeof(*code.v));
		p->n = code.n;
		p->sets = arena_copy(a, work.sets.v,
		    work.sets.n * sizeof(*work.sets.v));
		p->n_sets = work.sets.n;
		p->shortest = code.give < code.shortest ? code.give :
		    code.shortest;
	}
	arena_free(&work.arena);
	return p;
}

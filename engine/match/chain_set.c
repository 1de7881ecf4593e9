/*
 * chain_set.c - what chains (chain.h) every text of a piece of regex
 * contains, and how pieces join.
 *
 * A piece is known by up to CHAIN_SET chains, one of which each of its texts
 * follows from beginning to end: bytes of gap[0], a byte of step[0], bytes of
 * gap[1] … bytes of gap[n].  Optional pieces become part of a gap; when
 * alternatives or their products are too many, chains are merged into one
 * that admits the texts of both.
 *
 * Chains remember a final $: "(?:a|b$){2}" is aa, ab; nothing but a newline
 * comes behind b.
 *
 * Called by parse.c for chain.c.  Invariant: never claims too much.  Costs
 * are bounded by CHAIN_SET² * CHAIN_STEPS² for each atom.
 */
#include "config.h"

#include "match/chain.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "match/literal-class.h"
#include "match/parse.h"

/* ---- sets of bytes ---- */

void
byteset_or(struct byteset *to, const struct byteset *from)
{
	for (unsigned i = 0; i < 4; i++)
		to->w[i] |= from->w[i];
}

static struct byteset
byteset_union(const struct byteset *a, const struct byteset *b)
{
	struct byteset both = *a;

	byteset_or(&both, b);
	return both;
}

static unsigned
byteset_count(const struct byteset *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 4; i++)
		n += (unsigned)__builtin_popcountll(s->w[i]);
	return n;
}

/* Of 10,000 bytes of body text; what is rare there is not so everywhere. */
static const uint16_t share_of[128] = {
	[0 ... 9] = 4, ['\n'] = 60, [11 ... 31] = 4, [' '] = 1370, ['!'] = 12, ['"'] = 29,
	['#'] = 8, ['$'] = 6, ['%'] = 4, ['&'] = 4, ['\''] = 22, ['('] = 12,
	[')'] = 13, ['*'] = 16, ['+'] = 9, [','] = 71, ['-'] = 160,
	['.'] = 132, ['/'] = 82, ['0'] = 89, ['1'] = 54, ['2'] = 54,
	['3' ... '9'] = 32, [':'] = 40, [';'] = 6, ['<'] = 13, ['='] = 54,
	['>'] = 43, ['?'] = 7, ['@'] = 7, ['A' ... 'Z'] = 27, ['['] = 8,
	['\\'] = 4, [']'] = 8, ['^'] = 4, ['_'] = 60, ['`'] = 4, ['a'] = 528,
	['b'] = 110, ['c'] = 232, ['d'] = 240, ['e'] = 762, ['f'] = 139,
	['g'] = 139, ['h'] = 265, ['i'] = 459, ['j'] = 18, ['k'] = 63,
	['l'] = 279, ['m'] = 188, ['n'] = 432, ['o'] = 504, ['p'] = 157,
	['q'] = 8, ['r'] = 405, ['s'] = 425, ['t'] = 576, ['u'] = 192,
	['v'] = 76, ['w'] = 119, ['x'] = 31, ['y'] = 122, ['z'] = 15,
	['{'] = 4, ['|'] = 4, ['}'] = 4, ['~'] = 4, [127] = 1,
};
enum { SHARE_ALL = 10000, SHARE_HIGH = 3 };

double
byteset_share(const struct byteset *s)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < 2; i++) {
		for (uint64_t w = s->w[i]; w != 0; w &= w - 1)
			sum += share_of[i * 64 +
			    (unsigned)__builtin_ctzll(w)];
	}
	sum += SHARE_HIGH * (unsigned)(__builtin_popcountll(s->w[2]) +
	    __builtin_popcountll(s->w[3]));
	return sum >= SHARE_ALL ? 1 : (double)sum / SHARE_ALL;
}

/* ---- one chain ---- */

static const struct byteset byteset_none;
static const struct byteset byteset_all = {
	{ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX }
};

/* Any number of bytes of gap. */
static void
chain_gap(struct chain *c, const struct byteset *gap)
{
	c->n = 0;
	c->end = false;
	c->gap[0] = *gap;
}

static void
chain_copy(struct chain *to, const struct chain *from)
{
	to->n = from->n;
	to->end = from->end;
	memcpy(to->step, from->step, from->n * sizeof(*to->step));
	memcpy(to->gap, from->gap, (from->n + 1) * sizeof(*to->gap));
}

static void
chain_step(struct chain *c, const struct byteset *step)
{
	if (c->n == CHAIN_STEPS) {
		byteset_or(&c->gap[c->n], step);
		return;
	}
	c->step[c->n++] = *step;
	c->gap[c->n] = byteset_none;
}

/* Can its text be empty, or one newline? */
static bool
chain_ends_well(const struct chain *c)
{
	return c->n == 0 || (c->n == 1 && byteset_has(&c->step[0], '\n'));
}

/* False: no text is one and then the other. */
static bool
chain_append(struct chain *to, const struct chain *next)
{
	if (to->end && !chain_ends_well(next))
		return false;
	byteset_or(&to->gap[to->n], &next->gap[0]);
	for (unsigned i = 0; i < next->n; i++) {
		chain_step(to, &next->step[i]);
		byteset_or(&to->gap[to->n], &next->gap[i + 1]);
	}
	to->end = to->end || next->end;
	return true;
}

static void
chain_alphabet(const struct chain *c, struct byteset *to)
{
	byteset_or(to, &c->gap[0]);
	for (unsigned i = 0; i < c->n; i++) {
		byteset_or(to, &c->step[i]);
		byteset_or(to, &c->gap[i + 1]);
	}
}

/* ---- two chains into one ---- */

struct pairing {
	float best[CHAIN_STEPS + 1][CHAIN_STEPS + 1];
};

/* What a step that is either of two is worth, in bits. */
static float
pair_value(const struct byteset *a, const struct byteset *b)
{
	struct byteset both = byteset_union(a, b);

	return -log2f((float)byteset_share(&both) + 1e-6f);
}

/* best[i][j]: of the first i steps of a and j of b. */
static void
pair_steps(const struct chain *a, const struct chain *b, struct pairing *p)
{
	for (unsigned i = 0; i <= a->n; i++) {
		for (unsigned j = 0; j <= b->n; j++) {
			float v = 0;

			if (i > 0 && j > 0)
				v = p->best[i - 1][j - 1] + pair_value(
				    &a->step[i - 1], &b->step[j - 1]);
			if (i > 0 && p->best[i - 1][j] > v)
				v = p->best[i - 1][j];
			if (j > 0 && p->best[i][j - 1] > v)
				v = p->best[i][j - 1];
			p->best[i][j] = v;
		}
	}
}

/* Step i (from 1) and the gap before it become part of the gap behind. */
static unsigned
drop_step(const struct chain *c, unsigned i, struct byteset *gap)
{
	byteset_or(gap, &c->step[i - 1]);
	byteset_or(gap, &c->gap[i - 1]);
	return i - 1;
}

/* The steps of the best pairing, last first, and what is between them. */
static void
pair_read(const struct chain *a, const struct chain *b,
    const struct pairing *p, struct chain *reverse)
{
	unsigned i = a->n, j = b->n;
	struct byteset gap = byteset_union(&a->gap[i], &b->gap[j]);

	reverse->n = 0;
	while (i > 0 || j > 0) {
		if (i > 0 && p->best[i][j] == p->best[i - 1][j]) {
			i = drop_step(a, i, &gap);
		} else if (j > 0 && p->best[i][j] == p->best[i][j - 1]) {
			j = drop_step(b, j, &gap);
		} else {
			reverse->gap[reverse->n] = gap;
			reverse->step[reverse->n++] = byteset_union(
			    &a->step[i - 1], &b->step[j - 1]);
			i--;
			j--;
			gap = byteset_union(&a->gap[i], &b->gap[j]);
		}
	}
	reverse->gap[reverse->n] = gap;
}

/* a becomes a chain that every text of a or of b follows. */
static void
chain_merge(struct chain *a, const struct chain *b)
{
	struct pairing p;
	struct chain reverse;

	pair_steps(a, b, &p);
	pair_read(a, b, &p, &reverse);
	a->n = reverse.n;
	a->end = a->end && b->end;
	for (unsigned i = 0; i < a->n; i++)
		a->step[i] = reverse.step[a->n - 1 - i];
	for (unsigned i = 0; i <= a->n; i++)
		a->gap[i] = reverse.gap[a->n - i];
}

/* As chain_merge for chains of the same length. */
static void
chain_overlay(struct chain *a, const struct chain *b)
{
	byteset_or(&a->gap[0], &b->gap[0]);
	for (unsigned i = 0; i < a->n; i++) {
		byteset_or(&a->step[i], &b->step[i]);
		byteset_or(&a->gap[i + 1], &b->gap[i + 1]);
	}
	a->end = a->end && b->end;
}

/* ---- sets of chains ---- */

static struct chain *
info_push(struct chain_work *w, struct chain_info *i)
{
	if (i->v[i->n] == NULL)
		i->v[i->n] = arena_alloc(w->arena, sizeof(**i->v));
	return i->v[i->n++];
}

static void
info_drop(struct chain_info *i, size_t k)
{
	struct chain *c = i->v[k];

	i->n--;
	i->v[k] = i->v[i->n];
	i->v[i->n] = c;
}

/* What is lost when two chains become one; smaller is better. */
static unsigned
merge_loss(const struct chain *a, const struct chain *b)
{
	unsigned loss = a->end != b->end ? 1u << 20 : 0;

	if (a->n != b->n)
		return loss + (1u << 16) + (a->n > b->n ? a->n - b->n :
		    b->n - a->n);
	for (unsigned i = 0; i < a->n; i++) {
		struct byteset both = byteset_union(&a->step[i], &b->step[i]);

		loss += 2 * byteset_count(&both) - byteset_count(&a->step[i]) -
		    byteset_count(&b->step[i]);
	}
	return loss;
}

static void
info_merge_best(struct chain_info *i)
{
	unsigned least = UINT_MAX;
	size_t a = 0, b = 1;

	for (size_t x = 0; x < i->n; x++) {
		for (size_t y = x + 1; y < i->n; y++) {
			unsigned loss = merge_loss(i->v[x], i->v[y]);

			if (loss < least) {
				least = loss;
				a = x;
				b = y;
			}
		}
	}
	if (i->v[a]->n == i->v[b]->n)
		chain_overlay(i->v[a], i->v[b]);
	else
		chain_merge(i->v[a], i->v[b]);
	info_drop(i, b);
}

void
chain_info_reduce(struct chain_work *w, struct chain_info *i, size_t n)
{
	(void)w;
	while (i->n > n)
		info_merge_best(i);
}

/* A chain that differs from one in the set in one step only says no less
 * when the two are one: "a|b" is "[ab]". */
static bool
info_absorb(struct chain_info *i, const struct chain *c)
{
	for (size_t k = 0; k < i->n; k++) {
		struct chain *had = i->v[k];
		unsigned differ = 0;

		if (had->n != c->n || had->end != c->end ||
		    memcmp(had->gap, c->gap,
		    (c->n + 1) * sizeof(*c->gap)) != 0)
			continue;
		for (unsigned s = 0; s < c->n && differ < 2; s++)
			differ += memcmp(&had->step[s], &c->step[s],
			    sizeof(*c->step)) != 0;
		if (differ < 2) {
			chain_overlay(had, c);
			return true;
		}
	}
	return false;
}

static void
info_add(struct chain_work *w, struct chain_info *i, const struct chain *c)
{
	if (info_absorb(i, c))
		return;
	if (i->n == CHAIN_SET)
		info_merge_best(i);
	chain_copy(info_push(w, i), c);
}

static struct byteset
info_alphabet(const struct chain_info *i)
{
	struct byteset all = byteset_none;

	for (size_t k = 0; k < i->n; k++)
		chain_alphabet(i->v[k], &all);
	return all;
}

/* ---- the algebra ---- */

static void
set_gap(struct chain_work *w, struct chain_info *i, const struct byteset *gap)
{
	i->n = 0;
	chain_gap(info_push(w, i), gap);
}

static void
alg_empty(void *work, void *piece)
{
	set_gap(work, piece, &byteset_none);
}

static void
alg_any(void *work, void *piece)
{
	set_gap(work, piece, &byteset_all);
}

static void
alg_begin(void *work, void *piece, bool multiline)
{
	alg_empty(work, piece);
}

static void
alg_end(void *work, void *piece)
{
	struct chain_info *i = piece;

	set_gap(work, piece, &byteset_none);
	i->v[0]->end = true;
}

static void
set_step(struct chain_work *w, struct chain_info *i,
    const struct byteset *step)
{
	set_gap(w, i, &byteset_none);
	chain_step(i->v[0], step);
}

static void
alg_byte(void *work, void *piece, unsigned char c, bool fold)
{
	struct byteset s = byteset_none;

	byteset_add(&s, c);
	if (fold)
		byteset_add(&s, literal_other_case(c));
	set_step(work, piece, &s);
}

static void
alg_class(void *work, void *piece, const bool member[256])
{
	struct byteset s = byteset_none;

	for (unsigned c = 0; c < 256; c++) {
		if (member[c])
			byteset_add(&s, (unsigned char)c);
	}
	set_step(work, piece, &s);
}

static void
alg_copy(void *work, void *to_, const void *from_)
{
	struct chain_info *to = to_;
	const struct chain_info *from = from_;

	to->n = 0;
	for (size_t k = 0; k < from->n; k++)
		chain_copy(info_push(work, to), from->v[k]);
}

/* acc's chains each followed by c, if they can be. */
static void
concat_one(struct chain_info *acc, const struct chain *c)
{
	for (size_t k = 0; k < acc->n;) {
		if (chain_append(acc->v[k], c))
			k++;
		else
			info_drop(acc, k);
	}
}

static void
concat_product(struct chain_work *w, struct chain_info *acc,
    const struct chain_info *next)
{
	struct chain_info *p = &w->product, swap;

	p->n = 0;
	for (size_t i = 0; i < acc->n; i++) {
		for (size_t j = 0; j < next->n; j++) {
			chain_copy(info_push(w, p), acc->v[i]);
			if (!chain_append(p->v[p->n - 1], next->v[j]))
				p->n--;
		}
	}
	swap = *acc;
	*acc = *p;
	*p = swap;
}

/* How many pairs can follow each other. */
static size_t
product_size(const struct chain_info *a, const struct chain_info *b)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		for (size_t j = 0; j < b->n; j++)
			n += !a->v[i]->end || chain_ends_well(b->v[j]);
	}
	return n;
}

static void
alg_concat(void *work, void *acc_, const void *next_)
{
	struct chain_work *w = work;
	struct chain_info *acc = acc_;
	const struct chain_info *next = next_;

	if (next->n == 1) {
		concat_one(acc, next->v[0]);
		return;
	}
	while (product_size(acc, next) > CHAIN_SET) {
		if (acc->n >= next->n) {
			info_merge_best(acc);
			continue;
		}
		if (next != &w->other)
			alg_copy(w, &w->other, next);
		info_merge_best(&w->other);
		next = &w->other;
	}
	concat_product(w, acc, next);
}

static void
alg_alt(void *work, void *acc, const void *next_)
{
	const struct chain_info *next = next_;

	for (size_t k = 0; k < next->n; k++)
		info_add(work, acc, next->v[k]);
}

static unsigned
info_least_steps(const struct chain_info *i)
{
	unsigned least = CHAIN_STEPS;

	for (size_t k = 0; k < i->n; k++) {
		if (i->v[k]->n < least)
			least = i->v[k]->n;
	}
	return least;
}

static void
alg_repeat(void *work, void *piece, unsigned min, unsigned max)
{
	struct chain_work *w = work;
	struct chain_info *i = piece;
	struct byteset all = info_alphabet(i);
	unsigned k;

	if (max == 0) {
		alg_empty(work, piece);
		return;
	}
	if (min == 0) {
		set_gap(w, i, &all);
		return;
	}
	alg_copy(w, &w->once, i);
	for (k = 1; k < min && k < CHAIN_STEPS && i->n > 0 &&
	    info_least_steps(i) < CHAIN_STEPS; k++)
		alg_concat(w, i, &w->once);
	if (max <= k)
		return;
	for (size_t c = 0; c < i->n; c++)
		byteset_or(&i->v[c]->gap[i->v[c]->n], &all);
}

const struct algebra chain_algebra = {
	sizeof(struct chain_info), alg_empty, alg_any, alg_begin,
	alg_end, alg_byte,
	alg_class, alg_copy, alg_concat, alg_alt, alg_repeat,
};

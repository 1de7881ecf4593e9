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
 * Called by parse.c for chain.c; chain_merge.c has the single chains.
 * Invariant: never claims too much.  Costs are bounded by
 * CHAIN_SET² * CHAIN_STEPS² for each atom.
 */
#include "config.h"

#include "match/chain-priv.h"

#include <limits.h>
#include <string.h>

#include "match/literal-class.h"
#include "match/parse.h"

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

/* What is lost when two chains become one, as far as it is less than most;
 * smaller is better. */
static unsigned
merge_loss(const struct chain *a, const struct chain *b, unsigned most)
{
	unsigned loss = a->end != b->end ? 1u << 20 : 0;

	if (a->n != b->n)
		return loss + (1u << 16) + (a->n > b->n ? a->n - b->n :
		    b->n - a->n);
	for (unsigned i = 0; i < a->n && loss < most; i++)
		loss += byteset_distance(&a->step[i], &b->step[i]);
	return loss;
}

static void
info_merge_best(struct chain_info *i)
{
	unsigned least = UINT_MAX;
	size_t a = 0, b = 1;

	for (size_t x = 0; x < i->n; x++) {
		for (size_t y = x + 1; y < i->n; y++) {
			unsigned loss = merge_loss(i->v[x], i->v[y],
			    least);

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

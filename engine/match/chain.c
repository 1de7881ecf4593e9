/*
 * chain.c - the chains (chain.h) worth looking for before a regex is tried.
 *
 * Called by build.c.  parse.c reads the regex, chain_set.c joins what is known
 * of its pieces; here the result is weighed, and of each chain the part
 * chosen that is rarest in mail and short.
 *
 * Weights are guesses from how often bytes occur; only speed hangs on them.
 */
#include "config.h"

#include "match/chain.h"

#include <math.h>
#include <string.h>

#include "match/parse.h"

#define ENOUGH 22.0		/* bits: a rarer chain is no better */
#define GAP_MOST 6.0		/* bits: a gap that reaches across a line */
#define STEP_NOISE 0.25		/* of a step's bits: neighbours are no chance */
#define USELESS 0x1p-6		/* as weight: found in most lines */
#define BIT_COST 0x1p-24	/* of a step, in the unit of weight */

/* What it says that a byte is of the class. */
static double
step_bits(const struct byteset *s)
{
	double bits = -log2(byteset_share(s) + 1e-6);

	return bits > 0 ? bits * (1 - STEP_NOISE) : 0;
}

/* What is lost because the next step may come further on. */
static double
gap_bits(const struct byteset *s)
{
	double share = byteset_share(s);

	return share > 0.98 ? GAP_MOST : -log2(1 - share);
}

struct window {
	unsigned from, n;
	double bits;
};

/* The best part that begins at step `from`. */
static struct window
window_at(const struct chain *c, unsigned from)
{
	struct window best = { from, 0, 0 };
	double bits = 0;

	for (unsigned i = from; i < c->n && best.bits < ENOUGH; i++) {
		if (i > from)
			bits -= gap_bits(&c->gap[i]);
		bits += step_bits(&c->step[i]);
		if (bits > best.bits)
			best = (struct window){ from, i - from + 1, bits };
	}
	return best;
}

/* Rare enough and short; else the rarest. */
static bool
window_better(const struct window *a, const struct window *b)
{
	bool a_enough = a->bits >= ENOUGH, b_enough = b->bits >= ENOUGH;

	if (a_enough && b_enough)
		return a->n < b->n;
	return a->bits > b->bits;
}

static struct window
chain_window(const struct chain *c)
{
	struct window best = { 0, 0, 0 };

	for (unsigned i = 0; i < c->n; i++) {
		struct window w = window_at(c, i);

		if (window_better(&w, &best))
			best = w;
	}
	return best;
}

static double
info_weight(const struct chain_info *info)
{
	double sum = 0;

	for (size_t i = 0; i < info->n; i++) {
		struct window w = chain_window(info->v[i]);

		sum += exp2(-w.bits) + w.n * BIT_COST;
	}
	return sum;
}

static const struct chain *
cut_out(struct arena *a, const struct chain *c, struct window w)
{
	struct chain *r = arena_alloc(a, sizeof(*r));

	r->n = w.n;
	memcpy(r->step, c->step + w.from, w.n * sizeof(*r->step));
	memcpy(r->gap, c->gap + w.from, w.n * sizeof(*r->gap));
	return r;
}

/* One chain where that says nearly as much as many. */
static void
simplify(struct chain_work *w, struct chain_info *info)
{
	struct chain_info one = { 0 };

	if (info->n < 2)
		return;
	chain_algebra.copy(w, &one, info);
	chain_info_reduce(w, &one, 1);
	if (info_weight(&one) < 2 * info_weight(info))
		*info = one;
}

static void
take(struct arena *a, const struct chain_info *info, struct chain_set *set_r)
{
	set_r->weight = info_weight(info);
	if (info->n == 0 || set_r->weight > USELESS) {
		set_r->why = "nothing that is rare and in every match";
		return;
	}
	for (size_t i = 0; i < info->n; i++)
		set_r->v[set_r->n++] = cut_out(a, info->v[i],
		    chain_window(info->v[i]));
}

void
chain_analyse(struct arena *a, const struct rule_regex *re,
    struct chain_set *set_r)
{
	struct chain_work work = { .arena = arena_new() };
	struct chain_info info = { 0 };

	memset(set_r, 0, sizeof(*set_r));
	set_r->weight = 1;
	set_r->why = parse_regex(&chain_algebra, &work, re, &info);
	if (set_r->why == NULL) {
		simplify(&work, &info);
		take(a, &info, set_r);
	}
	arena_free(&work.arena);
}

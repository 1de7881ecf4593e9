/*
 * chain_merge.c - sets of bytes, single chains, and two chains made one.
 *
 * Merging keeps what both chains have in the same order: steps are paired so
 * that the pairs' unions are as rare as can be (a longest common subsequence,
 * weighed), and what is in one chain only becomes part of a gap.
 *
 * Called by chain_set.c and chain.c.  Invariant: a merged chain occurs in
 * every text in which one of the two does.
 */
#include "config.h"

#include "match/chain-priv.h"

#include <math.h>
#include <string.h>

/* ---- sets of bytes ---- */

void
byteset_or(struct byteset *to, const struct byteset *from)
{
	for (unsigned i = 0; i < 4; i++)
		to->w[i] |= from->w[i];
}

struct byteset
byteset_union(const struct byteset *a, const struct byteset *b)
{
	struct byteset both = *a;

	byteset_or(&both, b);
	return both;
}

/* Bits of w; the processor's own instruction is not on every x86-64. */
static unsigned
count_bits(uint64_t w)
{
	w -= w >> 1 & 0x5555555555555555u;
	w = (w & 0x3333333333333333u) + (w >> 2 & 0x3333333333333333u);
	w = (w + (w >> 4)) & 0x0f0f0f0f0f0f0f0fu;
	return (unsigned)(w * 0x0101010101010101u >> 56);
}

unsigned
byteset_distance(const struct byteset *a, const struct byteset *b)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 4; i++)
		n += count_bits(a->w[i] ^ b->w[i]);
	return n;
}

/* Of 10,000 bytes of body text; what is rare there is not so everywhere. */
static const uint16_t share_of[128] = {
	[0 ... 9] = 4, ['\n'] = 60, [11 ... 31] = 4, [' '] = 1370,
	['!'] = 12, ['"'] = 29, ['#'] = 8, ['$'] = 6, ['%'] = 4, ['&'] = 4,
	['\''] = 22, ['('] = 12, [')'] = 13, ['*'] = 16, ['+'] = 9,
	[','] = 71, ['-'] = 160,
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
	sum += SHARE_HIGH * (count_bits(s->w[2]) + count_bits(s->w[3]));
	return sum >= SHARE_ALL ? 1 : (double)sum / SHARE_ALL;
}

const struct byteset byteset_none;
const struct byteset byteset_all = {
	{ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX }
};

/* ---- one chain ---- */

void
chain_gap(struct chain *c, const struct byteset *gap)
{
	c->n = 0;
	c->end = false;
	c->gap[0] = *gap;
}

void
chain_copy(struct chain *to, const struct chain *from)
{
	to->n = from->n;
	to->end = from->end;
	memcpy(to->step, from->step, from->n * sizeof(*to->step));
	memcpy(to->gap, from->gap, (from->n + 1) * sizeof(*to->gap));
}

void
chain_step(struct chain *c, const struct byteset *step)
{
	if (c->n == CHAIN_STEPS) {
		byteset_or(&c->gap[c->n], step);
		return;
	}
	c->step[c->n++] = *step;
	c->gap[c->n] = byteset_none;
}

bool
chain_ends_well(const struct chain *c)
{
	return c->n == 0 || (c->n == 1 && byteset_has(&c->step[0], '\n'));
}

bool
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

void
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

/* What a step is worth, in bits. */
static float
step_value(const struct byteset *s)
{
	return -log2f((float)byteset_share(s) + 1e-6f);
}

static void
steps_value(const struct chain *c, float *v)
{
	for (unsigned i = 0; i < c->n; i++)
		v[i] = step_value(&c->step[i]);
}

static float
larger(float a, float b)
{
	return a > b ? a : b;
}

/* best[i][j]: of the first i steps of a and j of b.  A pair is worth no more
 * than each of the two, which mostly is too little to look closer. */
static void
pair_steps(const struct chain *a, const struct chain *b, struct pairing *p)
{
	float of_a[CHAIN_STEPS], of_b[CHAIN_STEPS];

	steps_value(a, of_a);
	steps_value(b, of_b);
	for (unsigned i = 0; i <= a->n; i++)
		p->best[i][0] = 0;
	for (unsigned j = 0; j <= b->n; j++)
		p->best[0][j] = 0;
	for (unsigned i = 1; i <= a->n; i++) {
		for (unsigned j = 1; j <= b->n; j++) {
			float before = p->best[i - 1][j - 1];
			float most = larger(p->best[i - 1][j],
			    p->best[i][j - 1]);
			struct byteset both;

			if (before + of_a[i - 1] > most &&
			    before + of_b[j - 1] > most) {
				both = byteset_union(&a->step[i - 1],
				    &b->step[j - 1]);
				most = larger(most,
				    before + step_value(&both));
			}
			p->best[i][j] = most;
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

void
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

void
chain_overlay(struct chain *a, const struct chain *b)
{
	byteset_or(&a->gap[0], &b->gap[0]);
	for (unsigned i = 0; i < a->n; i++) {
		byteset_or(&a->step[i], &b->step[i]);
		byteset_or(&a->gap[i + 1], &b->gap[i + 1]);
	}
	a->end = a->end && b->end;
}

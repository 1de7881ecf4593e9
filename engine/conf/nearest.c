/*
 * nearest.c - edit distance with a bound.
 *
 * Distance: insertions, deletions, replacements and swaps of neighbours
 * ("haeder"), letters folded.  A word may be wrong in one character of four,
 * at most three: beyond that a suggestion misleads.
 *
 * Called for unknown directives, settings and rule names, so it must be cheap
 * for files full of garbage: words over NEAREST_MAX are never compared, and
 * lengths that differ by more than the bound are refused first.
 */
#include "config.h"

#include "conf/nearest.h"

#include <string.h>

#define NEAREST_MAX 64

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Three rows of the usual matrix; a and b are at most NEAREST_MAX long. */
static unsigned
edit_distance(struct slice a, struct slice b)
{
	unsigned rows[3][NEAREST_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *cur = rows[2], *t;

	for (size_t j = 0; j <= b.n; j++)
		last[j] = (unsigned)j;
	memset(before, 0, sizeof(rows[0]));
	for (size_t i = 1; i <= a.n; i++) {
		cur[0] = (unsigned)i;
		for (size_t j = 1; j <= b.n; j++) {
			int x = ascii_lower((unsigned char)a.p[i - 1]);
			int y = ascii_lower((unsigned char)b.p[j - 1]);

			cur[j] = min3(last[j] + 1, cur[j - 1] + 1,
			    last[j - 1] + (x != y));
			if (i > 1 && j > 1 &&
			    x == ascii_lower((unsigned char)b.p[j - 2]) &&
			    y == ascii_lower((unsigned char)a.p[i - 2]) &&
			    before[j - 2] + 1 < cur[j])
				cur[j] = before[j - 2] + 1;
		}
		t = before;
		before = last;
		last = cur;
		cur = t;
	}
	return last[b.n];
}

void
nearest_start(struct nearest *n, struct slice word)
{
	size_t allowed = word.n / 4 + 1;

	n->word = word;
	n->best = (struct slice){ 0 };
	n->distance = (unsigned)(allowed > 3 ? 3 : allowed) + 1;
	if (word.n < 3 || word.n > NEAREST_MAX)
		n->distance = 0;
}

void
nearest_try(struct nearest *n, struct slice name)
{
	size_t diff = name.n > n->word.n ? name.n - n->word.n
	    : n->word.n - name.n;
	unsigned d;

	if (diff >= n->distance || name.n > NEAREST_MAX)
		return;
	d = edit_distance(n->word, name);
	if (d < n->distance) {
		n->distance = d;
		n->best = name;
	}
}

/*
 * nearest.c - edit distance with a bound.
 *
 * Distance: insertions, deletions, replacements and swaps of neighbours
 * ("haeder"), letters folded.  A word may be wrong in one character of four,
 * at most three: beyond that a suggestion misleads.
 *
 * Called for unknown directives, settings and rule names, so it must be cheap
 * for files full of garbage: words over NEAREST_MAX are never compared, and
 * lengths or sets of letters that differ by more than the bound are refused
 * first.
 */
#include "config.h"

#include "conf/nearest.h"

#define NEAREST_MAX 64

/* Which characters are in s, as the last five bits of each: letters folded. */
static uint32_t
letters(struct slice s)
{
	uint32_t set = 0;

	for (size_t i = 0; i < s.n; i++)
		set |= (uint32_t)1 << ((unsigned char)s.p[i] & 31);
	return set;
}

/* Are there as many letters in a that b lacks?  Each costs an edit. */
static bool
lacks(uint32_t a, uint32_t b, unsigned bound)
{
	unsigned n = 0;

	for (a &= ~b; a != 0 && n < bound; a &= a - 1)
		n++;
	return n >= bound;
}

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Lower case; the empty word still gives defined bytes. */
static void
fold(struct slice s, unsigned char dst[NEAREST_MAX])
{
	dst[0] = 0;
	for (size_t i = 0; i < s.n; i++)
		dst[i] = (unsigned char)ascii_lower((unsigned char)s.p[i]);
}

/* One row of the usual matrix, from the two before it; its least value. */
static unsigned
next_row(const unsigned *before, const unsigned *last, unsigned *cur,
    const unsigned char *a, const unsigned char *y, size_t n)
{
	unsigned least = cur[0];

	for (size_t j = 1; j <= n; j++) {
		cur[j] = min3(last[j] + 1, cur[j - 1] + 1,
		    last[j - 1] + (a[0] != y[j - 1]));
		if (before != NULL && j > 1 && a[0] == y[j - 2] &&
		    a[-1] == y[j - 1] && before[j - 2] + 1 < cur[j])
			cur[j] = before[j - 2] + 1;
		if (cur[j] < least)
			least = cur[j];
	}
	return least;
}

/* At least bound when they differ that much; both at most NEAREST_MAX long. */
static unsigned
edit_distance(struct slice a, struct slice b, unsigned bound)
{
	unsigned char x[NEAREST_MAX], y[NEAREST_MAX];
	unsigned rows[3][NEAREST_MAX + 1], least[2] = { 0, 0 };

	fold(a, x);
	fold(b, y);
	for (size_t j = 0; j <= b.n; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a.n; i++) {
		rows[i % 3][0] = (unsigned)i;
		least[i % 2] = next_row(i > 1 ? rows[(i - 2) % 3] : NULL,
		    rows[(i - 1) % 3], rows[i % 3], x + i - 1, y, b.n);
		if (least[0] >= bound && least[1] >= bound)
			return bound;
	}
	return rows[a.n % 3][b.n];
}

void
nearest_start(struct nearest *n, struct slice word)
{
	size_t allowed = word.n / 4 + 1;

	n->word = word;
	n->letters = letters(word);
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
	uint32_t other;
	unsigned d;

	if (diff >= n->distance || name.n > NEAREST_MAX)
		return;
	other = letters(name);
	if (lacks(n->letters, other, n->distance) ||
	    lacks(other, n->letters, n->distance))
		return;
	d = edit_distance(n->word, name, n->distance);
	if (d < n->distance) {
		n->distance = d;
		n->best = name;
	}
}

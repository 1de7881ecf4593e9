/*
 * sieve.c - many chains at once, a bit for each step.
 *
 * A chain's steps are neighbouring bits of a 64-bit word.  Bit i of the state
 * is set when steps 0 to i have been seen and all bytes since belong to the
 * gap behind step i.  With each byte the state moves on:
 *
 *	state = ((state << 1 | first) & step[byte]) | (state & stay[byte])
 *
 * where step[byte] has the steps whose class holds the byte, stay[byte] the
 * steps whose gap does, and first the chains' first bits, which may begin
 * anywhere.  A chain has occurred when its last bit was ever set.  A shift
 * that leaves a chain reaches the first bit of the next, which is set anyway.
 *
 * Four words make a block, scanned over the whole text before the next block:
 * its state stays in registers.
 * Bytes that no chain tells apart share a row.
 *
 * Called by build.c and run.c.  Time: bytes of text times blocks.
 */
#include "config.h"

#include "match/sieve.h"

#include <string.h>

enum { WORD = 64, LANES = 2, PAIR = LANES * WORD, BLOCK = 2 * PAIR };

typedef uint64_t lanes __attribute__((vector_size(LANES * 8)));

/* Two of them: gcc would keep one of 256 bits in memory. */
struct pair {
	lanes a, b;
};

struct row {
	struct pair step, stay;
};

struct block {
	struct pair first, last;
};

struct sieve {
	size_t n_blocks, n_rows;
	uint8_t row_of[256];
	const struct block *blocks;
	const struct row *rows;		/* n_rows for each block */
	const unsigned *ids;		/* by block and bit */
};

/* ---- building ---- */

/* Where each chain's first bit is; the return value is the words used. */
static size_t
place(const struct sieve_chain *v, size_t n, size_t *at)
{
	size_t word = 0;
	unsigned used = 0;

	for (size_t i = 0; i < n; i++) {
		if (used + v[i].chain->n > WORD) {
			word++;
			used = 0;
		}
		at[i] = word * WORD + used;
		used += v[i].chain->n;
	}
	return word + 1;
}

static void
set_bit(struct pair *p, size_t bit)
{
	lanes *l = bit % BLOCK < PAIR ? &p->a : &p->b;

	(*l)[bit % PAIR / WORD] |= (uint64_t)1 << (bit % WORD);
}

/* The rows of all 256 bytes: those of byte c begin at c * n_blocks. */
static struct row *
all_rows(struct arena *a, const struct sieve_chain *v, size_t n,
    const size_t *at, size_t n_blocks)
{
	struct row *all = arena_alloc_array(a, 256 * n_blocks, sizeof(*all));

	for (size_t i = 0; i < n; i++) {
		const struct chain *c = v[i].chain;
		struct row *rows = all + at[i] / BLOCK;

		for (unsigned s = 0; s < c->n; s++) {
			for (unsigned x = 0; x < 256; x++) {
				struct row *row = &rows[x * n_blocks];

				if (byteset_has(&c->step[s],
				    (unsigned char)x))
					set_bit(&row->step, at[i] + s);
				if (s + 1 < c->n && byteset_has(
				    &c->gap[s + 1], (unsigned char)x))
					set_bit(&row->stay, at[i] + s);
			}
		}
	}
	return all;
}

/* Keep one of the bytes' equal rows, in the order in which scanning goes. */
static void
share_rows(struct sieve *s, struct arena *a, const struct row *all)
{
	size_t bytes = s->n_blocks * sizeof(*all);
	unsigned char first[256];
	struct row *rows;

	for (unsigned c = 0; c < 256; c++) {
		size_t r = 0;

		while (r < s->n_rows && memcmp(all + first[r] * s->n_blocks,
		    all + c * s->n_blocks, bytes) != 0)
			r++;
		if (r == s->n_rows)
			first[s->n_rows++] = (unsigned char)c;
		s->row_of[c] = (uint8_t)r;
	}
	rows = arena_alloc_array(a, s->n_blocks * s->n_rows, sizeof(*rows));
	for (size_t b = 0; b < s->n_blocks; b++) {
		for (size_t r = 0; r < s->n_rows; r++)
			rows[b * s->n_rows + r] =
			    all[first[r] * s->n_blocks + b];
	}
	s->rows = rows;
}

struct sieve *
sieve_new(struct arena *a, const struct sieve_chain *v, size_t n)
{
	struct arena *scratch = arena_new();
	size_t *at = arena_alloc_array(scratch, n, sizeof(*at));
	struct sieve *s = arena_alloc(a, sizeof(*s));
	struct block *blocks;
	unsigned *ids;

	s->n_blocks = (place(v, n, at) * WORD + BLOCK - 1) / BLOCK;
	s->blocks = blocks = arena_alloc_array(a, s->n_blocks,
	    sizeof(*blocks));
	s->ids = ids = arena_alloc_array(a, s->n_blocks * BLOCK,
	    sizeof(*ids));
	for (size_t i = 0; i < n; i++) {
		size_t last = at[i] + v[i].chain->n - 1;

		set_bit(&blocks[at[i] / BLOCK].first, at[i]);
		set_bit(&blocks[last / BLOCK].last, last);
		ids[last] = v[i].id;
	}
	share_rows(s, a, all_rows(scratch, v, n, at, s->n_blocks));
	arena_free(&scratch);
	return s;
}

/* ---- on disk ---- */

void
sieve_pack(const struct sieve *s, struct buf *b)
{
	pack_array(b, s->row_of, sizeof(s->row_of), 1);
	pack_number(b, s->n_rows);
	pack_array(b, s->blocks, s->n_blocks, sizeof(*s->blocks));
	pack_array(b, s->rows, s->n_blocks * s->n_rows, sizeof(*s->rows));
	pack_array(b, s->ids, s->n_blocks * BLOCK, sizeof(*s->ids));
}

struct sieve *
sieve_unpack(struct arena *a, struct unpack *u, size_t n_ids)
{
	struct sieve *s = arena_alloc(a, sizeof(*s));
	const void *row_of = unpack_exactly(u, sizeof(s->row_of), 1);

	if (!u->bad)
		memcpy(s->row_of, row_of, sizeof(s->row_of));
	s->n_rows = unpack_count(u, 256);
	s->blocks = unpack_array(u, sizeof(*s->blocks), &s->n_blocks);
	s->rows = unpack_exactly(u, s->n_blocks * s->n_rows,
	    sizeof(*s->rows));
	s->ids = unpack_exactly(u, s->n_blocks * BLOCK, sizeof(*s->ids));
	for (unsigned c = 0; c < 256; c++)
		u->bad |= s->row_of[c] >= s->n_rows;
	for (size_t i = 0; !u->bad && i < s->n_blocks * BLOCK; i++)
		u->bad |= s->ids[i] >= n_ids;
	return s;
}

/* ---- scanning ---- */

static void
report(const unsigned *ids, lanes done, sieve_hit *hit, void *arg)
{
	for (unsigned i = 0; i < LANES; i++) {
		for (uint64_t w = done[i]; w != 0; w &= w - 1)
			hit(ids[i * WORD + (unsigned)__builtin_ctzll(w)],
			    arg);
	}
}

static struct pair
scan_block(const struct sieve *s, size_t b, struct slice text)
{
	const struct row *rows = &s->rows[b * s->n_rows];
	const lanes first_a = s->blocks[b].first.a;
	const lanes first_b = s->blocks[b].first.b;
	lanes state_a = { 0 }, state_b = { 0 };
	lanes seen_a = { 0 }, seen_b = { 0 };

	for (size_t i = 0; i < text.n; i++) {
		const struct row *row =
		    &rows[s->row_of[(unsigned char)text.p[i]]];

		state_a = ((state_a << 1 | first_a) & row->step.a) |
		    (state_a & row->stay.a);
		state_b = ((state_b << 1 | first_b) & row->step.b) |
		    (state_b & row->stay.b);
		seen_a |= state_a;
		seen_b |= state_b;
	}
	return (struct pair){ seen_a & s->blocks[b].last.a,
		seen_b & s->blocks[b].last.b };
}

void
sieve_scan(const struct sieve *s, struct slice text, sieve_hit *hit,
    void *arg)
{
	for (size_t b = 0; b < s->n_blocks; b++) {
		struct pair done = scan_block(s, b, text);

		report(s->ids + b * BLOCK, done.a, hit, arg);
		report(s->ids + b * BLOCK + PAIR, done.b, hit, arg);
	}
}

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
 * Eight words make a block, scanned over the whole text before the next block:
 * its state stays in registers.  Processors with AVX2 do a block in one go,
 * others a half at a time.  Blocks of chains that are looked for on demand
 * are passed over where nobody asks.  Bytes that no chain tells apart share a
 * row.
 *
 * Called by build.c and run.c.  Time: bytes of text times blocks.
 */
#include "config.h"

#include "match/sieve.h"

#include <string.h>

enum { WORD = 64, WORDS = 8, BLOCK = WORDS * WORD };

struct words {
	_Alignas(16) uint64_t w[WORDS];
};

struct row {
	struct words step, stay;
};

struct block {
	struct words first, last;
};

/* Where the chains of an id are. */
struct range {
	uint32_t first, end;
};

struct sieve {
	size_t n_blocks, n_rows, n_ids;
	uint8_t row_of[256];
	const struct block *blocks;
	const struct row *rows;		/* n_rows for each block */
	const unsigned *ids;		/* by block and bit */
	const bool *on_demand;		/* by block */
	const struct range *ranges;	/* by id */
	bool wide;			/* the processor has AVX2 */
};

/* ---- building ---- */

static bool
has_avx2(void)
{
#ifdef __x86_64__
	return __builtin_cpu_supports("avx2");
#else
	return false;
#endif
}

/* Where each chain's first bit is; the return value is the words used.  No
 * block has both chains that are always looked for and others. */
static size_t
place(const struct sieve_chain *v, size_t n, size_t *at)
{
	size_t word = 0;
	unsigned used = 0;

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && v[i].on_demand != v[i - 1].on_demand) {
			word = (word / WORDS + 1) * WORDS;
			used = 0;
		} else if (used + v[i].chain->n > WORD) {
			word++;
			used = 0;
		}
		at[i] = word * WORD + used;
		used += v[i].chain->n;
	}
	return word + 1;
}

static void
set_bit(struct words *p, size_t bit)
{
	p->w[bit % BLOCK / WORD] |= (uint64_t)1 << (bit % WORD);
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

/* From the blocks' last bits: also of a sieve that was on disk. */
static void
find_ranges(struct sieve *s, struct arena *a)
{
	struct range *ranges = arena_alloc_array(a, s->n_ids + 1,
	    sizeof(*ranges));

	for (uint32_t b = 0; b < s->n_blocks; b++) {
		for (size_t bit = 0; bit < BLOCK; bit++) {
			struct range *r = &ranges[s->ids[b * BLOCK + bit]];

			if ((s->blocks[b].last.w[bit / WORD] >>
			    (bit % WORD) & 1) == 0)
				continue;
			if (r->end == 0)
				r->first = b;
			r->end = b + 1;
		}
	}
	s->ranges = ranges;
}

struct sieve *
sieve_new(struct arena *a, const struct sieve_chain *v, size_t n)
{
	struct arena *scratch = arena_new();
	size_t *at = arena_alloc_array(scratch, n, sizeof(*at));
	struct sieve *s = arena_alloc(a, sizeof(*s));
	struct block *blocks;
	bool *on_demand;
	unsigned *ids;

	s->wide = has_avx2();
	s->n_blocks = (place(v, n, at) * WORD + BLOCK - 1) / BLOCK;
	s->blocks = blocks = arena_alloc_array(a, s->n_blocks,
	    sizeof(*blocks));
	s->ids = ids = arena_alloc_array(a, s->n_blocks * BLOCK,
	    sizeof(*ids));
	s->on_demand = on_demand = arena_alloc_array(a, s->n_blocks,
	    sizeof(*on_demand));
	for (size_t i = 0; i < n; i++) {
		size_t last = at[i] + v[i].chain->n - 1;

		set_bit(&blocks[at[i] / BLOCK].first, at[i]);
		set_bit(&blocks[last / BLOCK].last, last);
		ids[last] = v[i].id;
		on_demand[at[i] / BLOCK] = v[i].on_demand;
		if (v[i].id >= s->n_ids)
			s->n_ids = (size_t)v[i].id + 1;
	}
	find_ranges(s, a);
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
	pack_array(b, s->on_demand, s->n_blocks, sizeof(*s->on_demand));
}

struct sieve *
sieve_unpack(struct arena *a, struct unpack *u, size_t n_ids)
{
	struct sieve *s = arena_alloc(a, sizeof(*s));
	const void *row_of = unpack_exactly(u, sizeof(s->row_of), 1);
	const uint8_t *bytes;
	bool *on_demand;

	s->wide = has_avx2();
	if (!u->bad)
		memcpy(s->row_of, row_of, sizeof(s->row_of));
	s->n_rows = unpack_count(u, 256);
	s->blocks = unpack_array(u, sizeof(*s->blocks), &s->n_blocks);
	s->rows = unpack_exactly(u, s->n_blocks * s->n_rows,
	    sizeof(*s->rows));
	s->ids = unpack_exactly(u, s->n_blocks * BLOCK, sizeof(*s->ids));
	s->n_ids = n_ids;
	on_demand = arena_alloc_array(a, s->n_blocks, sizeof(*on_demand));
	bytes = unpack_exactly(u, s->n_blocks, sizeof(*bytes));
	for (size_t b = 0; !u->bad && b < s->n_blocks; b++)
		on_demand[b] = bytes[b] != 0;
	s->on_demand = on_demand;
	for (unsigned c = 0; c < 256; c++)
		u->bad |= s->row_of[c] >= s->n_rows;
	for (size_t i = 0; !u->bad && i < s->n_blocks * BLOCK; i++)
		u->bad |= s->ids[i] >= n_ids;
	if (!u->bad)
		find_ranges(s, a);
	return s;
}

/* ---- scanning ---- */

void
sieve_narrow(struct sieve *s)
{
	s->wide = false;
}

size_t
sieve_blocks(const struct sieve *s)
{
	return s->n_blocks;
}

void
sieve_want(const struct sieve *s, unsigned id, bool *wanted)
{
	for (size_t b = s->ranges[id].first; b < s->ranges[id].end; b++)
		wanted[b] = true;
}

/*
 * What the text sets of the words from `at` on, two vectors of them: gcc keeps
 * these in registers, but not one that is larger than the processor's.
 */
#define DEFINE_SCAN(name, vector, attribute)				\
attribute static void							\
name(const struct sieve *s, size_t b, size_t at, struct slice text,	\
    struct words *seen_r)						\
{									\
	enum { N = sizeof(vector) / sizeof(uint64_t) };			\
	const struct row *rows = &s->rows[b * s->n_rows];		\
	const uint64_t *first = s->blocks[b].first.w + at;		\
	const vector first_a = *(const vector *)first;			\
	const vector first_b = *(const vector *)(first + N);		\
	vector a = { 0 }, b_ = { 0 }, seen_a = { 0 }, seen_b = { 0 };	\
									\
	for (size_t i = 0; i < text.n; i++) {				\
		const struct row *row =					\
		    &rows[s->row_of[(unsigned char)text.p[i]]];		\
		const uint64_t *step = row->step.w + at;		\
		const uint64_t *stay = row->stay.w + at;		\
									\
		a = ((a << 1 | first_a) & *(const vector *)step) |	\
		    (a & *(const vector *)stay);			\
		b_ = ((b_ << 1 | first_b) &				\
		    *(const vector *)(step + N)) |			\
		    (b_ & *(const vector *)(stay + N));			\
		seen_a |= a;						\
		seen_b |= b_;						\
	}								\
	*(vector *)(seen_r->w + at) = seen_a;				\
	*(vector *)(seen_r->w + at + N) = seen_b;			\
}

typedef uint64_t vector_16 __attribute__((vector_size(16), may_alias));
DEFINE_SCAN(scan_half, vector_16, )

#ifdef __x86_64__
typedef uint64_t vector_32 __attribute__((vector_size(32), aligned(16),
    may_alias));
DEFINE_SCAN(scan_whole, vector_32, __attribute__((target("avx2"))))

#else
#define scan_whole scan_half
#endif

static struct words
scan_block(const struct sieve *s, size_t b, struct slice text)
{
	struct words seen;

	if (s->wide) {
		scan_whole(s, b, 0, text, &seen);
	} else {
		scan_half(s, b, 0, text, &seen);
		scan_half(s, b, WORDS / 2, text, &seen);
	}
	return seen;
}

void
sieve_scan(const struct sieve *s, struct slice text, const bool *wanted,
    sieve_hit *hit, void *arg)
{
	for (size_t b = 0; b < s->n_blocks; b++) {
		const unsigned *ids = s->ids + b * BLOCK;
		struct words seen;

		if (s->on_demand[b] && !wanted[b])
			continue;
		seen = scan_block(s, b, text);
		for (unsigned i = 0; i < WORDS; i++) {
			uint64_t w = seen.w[i] & s->blocks[b].last.w[i];

			for (; w != 0; w &= w - 1)
				hit(ids[i * WORD +
				    (unsigned)__builtin_ctzll(w)], arg);
		}
	}
}

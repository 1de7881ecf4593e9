/*
 * map.c - open addressing over an ordered list of entries.
 *
 * The hash is SipHash-like in purpose only: words are multiplied with numbers
 * that are chosen by chance once per process, both halves of the product kept,
 * enough that mail cannot aim at one bucket chain without knowing them.
 * Inherited by fork, so all workers agree.
 */
#include "config.h"

#include "base/map.h"

#include <string.h>
#include <sys/random.h>

#include "base/mem.h"
#include "base/vec.h"

#define FNV_BASIS 0xcbf29ce484222325ull
#define FNV_PRIME 0x100000001b3ull
#define ODD 0x9e3779b97f4a7c15ull	/* of the golden ratio */
#define EACH(c) ((uint64_t)(c) * 0x0101010101010101ull)	/* byte of a word */

struct map {
	struct arena *arena;
	bool nocase;
	VEC_OF(struct map_entry) entries;
	uint32_t *slots;	/* entry index + 1; 0 empty */
	size_t n_slots;		/* a power of two */
};

uint64_t
hash_stable(const void *p, size_t n, uint64_t basis)
{
	const unsigned char *c = p;
	uint64_t h = basis ? basis : FNV_BASIS;

	for (size_t i = 0; i < n; i++)
		h = (h ^ c[i]) * FNV_PRIME;
	return h;
}

static uint64_t
fold(uint64_t h, uint64_t word)
{
	h = (h ^ word) * ODD;
	return h ^ h >> 29;
}

/* Four words at a time: each waits for its own multiplication only. */
uint64_t
hash_bulk(const void *p, size_t n, uint64_t basis)
{
	uint64_t h[4] = { basis, basis + 1, basis + 2, basis + 3 }, w[4];
	const char *c = p;
	uint64_t sum = n;

	for (; n >= sizeof(w); c += sizeof(w), n -= sizeof(w)) {
		memcpy(w, c, sizeof(w));
		for (unsigned i = 0; i < 4; i++)
			h[i] = fold(h[i], w[i]);
	}
	memset(w, 0, sizeof(w));
	if (n > 0)
		memcpy(w, c, n);
	for (unsigned i = 0; i < 4; i++)
		sum = fold(sum, fold(h[i], w[i]));
	return fold(sum, basis);
}

/* Chosen once per process; the only state of this file. */
static const uint64_t *
seeds(void)
{
	static uint64_t v[2];

	while (v[0] == 0 || v[1] == 0) {
		if (getrandom(v, sizeof(v), 0) != sizeof(v))
			fatal("no random numbers from the kernel");
	}
	return v;
}

/* The halves of the product, folded: every bit of both words counts. */
static uint64_t
multiply(uint64_t a, uint64_t b)
{
	uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
	uint64_t low = al * bl, x = ah * bl + (low >> 32);
	uint64_t y = al * bh + (uint32_t)x;

	return a * b ^ (ah * bh + (x >> 32) + (y >> 32));
}

/* The n <= 8 bytes at p. */
static uint64_t
word_at(const char *p, size_t n)
{
	uint64_t w = 0;

	if (n == sizeof(w))
		memcpy(&w, p, sizeof(w));
	else
		for (size_t i = 0; i < n; i++)
			w = w << 8 | (unsigned char)p[i];
	return w;
}

/* The ASCII letters in w as small ones: bit 7 of each byte says which are
 * capitals, and a quarter of that is what they differ by. */
static uint64_t
lower_word(uint64_t w)
{
	uint64_t low = w & EACH(0x7f);
	uint64_t from_a = low + EACH(0x80 - 'A');
	uint64_t behind_z = low + EACH(0x7f - 'Z');

	return w | (~w & (from_a ^ behind_z) & EACH(0x80)) >> 2;
}

/* All words of the key, the last one overlapping the one before it. */
static inline uint64_t
hash_slice(struct slice key, bool nocase)
{
	const uint64_t *seed = seeds();
	uint64_t h = seed[0] ^ key.n, w;

	for (size_t at = 0; at < key.n; at += sizeof(w)) {
		size_t n = key.n < sizeof(w) ? key.n : sizeof(w);

		w = word_at(key.p + (key.n - at < n ? key.n - n : at), n);
		if (nocase)
			w = lower_word(w);
		h = multiply(h ^ ODD, w ^ seed[1]);
	}
	return h;
}

uint64_t
hash_bytes(const void *p, size_t n)
{
	return hash_slice(slice_make(p, n), false);
}

static uint64_t
hash_key(const struct map *m, struct slice key)
{
	return m->nocase ? hash_slice(key, true) : hash_slice(key, false);
}

static bool
key_eq(const struct map *m, struct slice a, struct slice b)
{
	return m->nocase ? slice_eq_nocase(a, b) : slice_eq(a, b);
}

struct map *
map_new(struct arena *a, bool nocase)
{
	struct map *m = arena_alloc(a, sizeof(*m));

	m->arena = a;
	m->nocase = nocase;
	m->n_slots = 16;
	m->slots = arena_alloc_array(a, m->n_slots, sizeof(*m->slots));
	return m;
}

/* The slot of a key of that hash: where it is, or the empty one where it
 * would be. */
static size_t
find_slot(const struct map *m, struct slice key, uint64_t hash)
{
	size_t i = hash & (m->n_slots - 1);

	while (m->slots[i] != 0 &&
	    !key_eq(m, m->entries.v[m->slots[i] - 1].key, key))
		i = (i + 1) & (m->n_slots - 1);
	return i;
}

/* The entries are distinct: they need not be compared. */
static void
grow(struct map *m)
{
	m->n_slots *= 2;
	m->slots = arena_alloc_array(m->arena, m->n_slots, sizeof(*m->slots));
	for (size_t k = 0; k < m->entries.n; k++) {
		size_t i = hash_key(m, m->entries.v[k].key) &
		    (m->n_slots - 1);

		while (m->slots[i] != 0)
			i = (i + 1) & (m->n_slots - 1);
		m->slots[i] = (uint32_t)k + 1;
	}
}

static struct map_entry *
lookup(const struct map *m, struct slice key)
{
	size_t slot;

	if (m->entries.n == 0)
		return NULL;
	slot = find_slot(m, key, hash_key(m, key));
	return m->slots[slot] ? &m->entries.v[m->slots[slot] - 1] : NULL;
}

void *
map_get(const struct map *m, struct slice key)
{
	struct map_entry *e = lookup(m, key);

	return e ? e->value : NULL;
}

bool
map_has(const struct map *m, struct slice key)
{
	return lookup(m, key) != NULL;
}

void **
map_place(struct map *m, struct slice key)
{
	uint64_t hash = hash_key(m, key);
	size_t slot = find_slot(m, key, hash);
	struct map_entry *e;

	if (m->slots[slot] != 0)
		return &m->entries.v[m->slots[slot] - 1].value;
	if ((m->entries.n + 1) * 2 > m->n_slots) {
		grow(m);
		slot = find_slot(m, key, hash);
	}
	m->slots[slot] = (uint32_t)m->entries.n + 1;
	e = VEC_PUSH(m->arena, &m->entries);
	e->key = arena_slice(m->arena, key);
	return &e->value;
}

void *
map_put(struct map *m, struct slice key, void *value)
{
	void **place = map_place(m, key), *before = *place;

	*place = value;
	return before;
}

size_t
map_count(const struct map *m)
{
	return m->entries.n;
}

struct map_entry *
map_at(const struct map *m, size_t i)
{
	return i < m->entries.n ? &m->entries.v[i] : NULL;
}

/*
 * map.c - open addressing over an ordered list of entries.
 *
 * The hash is SipHash-like in purpose only: FNV-1a with a random basis per
 * process and a final mix, enough that mail cannot aim at one bucket chain
 * without knowing the basis.  Inherited by fork, so all workers agree.
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

static uint64_t
mix(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdull;
	h ^= h >> 33;
	return h;
}

/* Chosen once per process; the only state of this file. */
static uint64_t
seed(void)
{
	static uint64_t value;

	while (value == 0) {
		if (getrandom(&value, sizeof(value), 0) != sizeof(value))
			fatal("no random numbers from the kernel");
	}
	return value;
}

uint64_t
hash_bytes(const void *p, size_t n)
{
	return mix(hash_stable(p, n, seed()));
}

static uint64_t
hash_key(const struct map *m, struct slice key)
{
	uint64_t h = seed();

	if (!m->nocase)
		return hash_bytes(key.p, key.n);
	for (size_t i = 0; i < key.n; i++) {
		h ^= (unsigned char)ascii_lower((unsigned char)key.p[i]);
		h *= FNV_PRIME;
	}
	return mix(h);
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

void *
map_put(struct map *m, struct slice key, void *value)
{
	uint64_t hash = hash_key(m, key);
	size_t slot = find_slot(m, key, hash);
	struct map_entry *e;
	void *before;

	if (m->slots[slot] != 0) {
		e = &m->entries.v[m->slots[slot] - 1];
		before = e->value;
		e->value = value;
		return before;
	}
	if ((m->entries.n + 1) * 2 > m->n_slots) {
		grow(m);
		slot = find_slot(m, key, hash);
	}
	m->slots[slot] = (uint32_t)m->entries.n + 1;
	e = VEC_PUSH(m->arena, &m->entries);
	e->key = arena_slice(m->arena, key);
	e->value = value;
	return NULL;
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

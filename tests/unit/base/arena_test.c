/*
 * arena_test - memory that goes at once, and what stands on it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"
#include "tests/tap/tap.h"

static int order[4], n_order;

static void
note(void *p)
{
	order[n_order++] = *(int *)p;
}

static bool
all_zero(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != 0)
			return false;
	}
	return true;
}

static void
test_alloc(void)
{
	struct arena *a = arena_new();
	bool zero = true, aligned = true;

	for (size_t n = 0; n < 5000; n += 7) {
		char *p = arena_alloc(a, n);

		zero = zero && all_zero(p, n);
		aligned = aligned && (uintptr_t)p % 16 == 0;
		memset(p, 0xff, n);
	}
	ok(zero, "fresh memory is zero");
	ok(aligned, "and aligned to 16");
	ok(arena_held(a) < 3 * arena_used(a), "little is wasted");
	arena_reset(a);
	ok(all_zero(arena_alloc(a, 15000), 15000), "zero again after reset");
	is_int(arena_used(a), 15008, "used counts from the reset");
	arena_free(&a);
	ok(a == NULL, "freed arena is null");
	arena_free(&a);
}

/* What was there before is not cleared, so the test puts it there. */
static void
test_dirty(void)
{
	struct arena *a = arena_new();

	memset(arena_bytes(a, 12000), 0xff, 12000);
	arena_reset(a);
	memset(arena_bytes(a, 1000), 0xff, 1000);
	ok(all_zero(arena_alloc(a, 10000), 10000), "used before, and zero");
	is_cstr(arena_slice(a, SLICE("abc")), "abc", "a string ends");
	memset(arena_bytes(a, 3000), 0xff, 3000);
	ok(all_zero(arena_alloc(a, 2 << 20), 2 << 20), "a block of its own");
	ok(all_zero(arena_alloc(a, 100000), 100000), "one for many");
	arena_free(&a);
}

/* What an ordinary message needs stays; a large one gives its memory back. */
static void
test_kept(void)
{
	struct arena *a = arena_new();
	struct arena_mark m = arena_mark(a);
	size_t held;

	for (int i = 0; i < 10; i++)
		memset(arena_bytes(a, 20000), 0xff, 20000);
	held = arena_held(a);
	arena_reset(a);
	is_int(arena_held(a), held, "reset keeps 200 KB");
	for (int i = 0; i < 10; i++)
		ok(all_zero(arena_alloc(a, 20000), 20000), "zero again");
	is_int(arena_held(a), held, "used again instead of new ones");
	arena_rewind(a, m);
	is_int(arena_held(a), held, "rewind keeps them, too");
	ok(all_zero(arena_alloc(a, 100000), 100000), "one for many");
	is_int(arena_held(a), held, "of what was kept");
	memset(arena_bytes(a, 3 << 20), 0xff, 3 << 20);
	ok(arena_held(a) > 3 << 20, "a large one");
	arena_reset(a);
	ok(arena_held(a) <= 1 << 20, "goes back: %zu", arena_held(a));
	arena_free(&a);
}

static void
test_extend(void)
{
	struct arena *a = arena_new();
	char *p = arena_bytes(a, 20), *q;

	ok(arena_extend(a, p, 20, 40), "the newest is made longer");
	is_int(arena_used(a), 48, "and counted");
	q = arena_alloc(a, 8);
	ok(q >= p + 40, "the next one is behind it");
	ok(!arena_extend(a, p, 40, 41), "another is not");
	ok(arena_extend(a, q, 8, 16), "into what was rounded up");
	ok(!arena_extend(a, q, 16, 1 << 20), "the block is full");
	ok(!arena_extend(a, q + 16, 0, 16), "nothing cannot grow");
	ok(!arena_extend(a, NULL, 0, 16), "nor what is not there");
	ok(all_zero(arena_alloc(a, 64), 64), "and all goes on");
	arena_free(&a);
}

static void
test_marks(void)
{
	struct arena *a = arena_new();
	int one = 1, two = 2, three = 3;
	struct arena_mark m;
	size_t used;

	arena_defer(a, note, &one);
	m = arena_mark(a);
	used = arena_used(a);
	arena_defer(a, note, &two);
	arena_defer(a, note, &three);
	memset(arena_alloc(a, 3 << 20), 1, 3 << 20);
	arena_rewind(a, m);
	is_int(n_order, 2, "rewind ran the younger clean-ups only");
	ok(order[0] == 3 && order[1] == 2, "last first");
	is_int(arena_used(a), used, "rewound size");
	ok(all_zero(arena_alloc(a, 4000), 4000), "rewound memory is zero");
	arena_free(&a);
	ok(n_order == 3 && order[2] == 1, "free runs the rest");
}

static void
test_text(void)
{
	struct arena *a = arena_new();
	struct slice parts[] = { SLICE("a"), SLICE(""), SLICE("c") };

	is_str(arena_printf(a, "%d-%s", 42, "x"), "42-x", "printf");
	is_cstr(arena_lower(a, SLICE("MiXeD\xc9")), "mixed\xc9", "lower is "
	    "ASCII only");
	is_cstr(arena_join(a, parts, 3, SLICE(", ")), "a, , c", "join");
	is_cstr(arena_join(a, parts, 0, SLICE(",")), "", "join of nothing");
	arena_free(&a);
}

static void
test_buf(void)
{
	struct arena *a = arena_new();
	struct buf b;

	for (int heap = 0; heap < 2; heap++) {
		buf_init(&b, heap ? NULL : a);
		for (int i = 0; i < 1000; i++)
			buf_addf(&b, "%d,", i);
		is_int(b.n, 3890, "all bytes are there");
		ok(memcmp(b.p + b.n - 4, "999,", 4) == 0, "in order");
		buf_clear(&b);
		buf_add_json(&b, slice_make("a\"\\\n\x01\xff\xc3\xa9", 8));
		is_cstr(buf_slice(&b),
		    "\"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\xc3\xa9\"",
		    "JSON is always valid UTF-8");
		buf_free(&b);
	}
	arena_free(&a);
}

static void
test_map(void)
{
	struct arena *a = arena_new();
	struct map *m = map_new(a, true);
	static int value[3000];
	bool good = true;

	for (int i = 0; i < 3000; i++)
		map_put(m, slice_cstr(arena_printf(a, "Key%d", i)),
		    &value[i]);
	for (int i = 0; i < 3000; i++)
		good = good && map_get(m, slice_cstr(arena_printf(a,
		    "kEY%d", i))) == &value[i];
	ok(good, "3000 keys are found, case folded");
	is_int(map_count(m), 3000, "counted");
	ok(map_get(m, SLICE("key3000")) == NULL, "an absent key");
	ok(map_put(m, SLICE("key7"), NULL) == &value[7], "put returns the "
	    "old value");
	ok(map_has(m, SLICE("KEY7")) && !map_get(m, SLICE("key7")),
	    "a key may hold NULL");
	is_cstr(map_at(m, 2999)->key, "Key2999", "order of insertion");
	ok(map_at(m, 3000) == NULL, "no entry past the end");
	arena_free(&a);
}

static struct slice
key_of(struct arena *a, const uint64_t *h)
{
	return arena_slice(a, (struct slice){ (const char *)h, sizeof(*h) });
}

/* Every bit, every length and the basis count; where the bytes are does not. */
static void
test_hash_bulk(void)
{
	enum { BYTES = 100 };
	struct arena *a = arena_new();
	struct map *seen = map_new(a, false);
	char text[BYTES + 1] = { 0 }, moved[BYTES + 9];
	bool same = true;
	unsigned n = 0;
	uint64_t h;

	for (size_t bytes = 0; bytes <= BYTES; bytes++, n++) {
		h = hash_bulk(text, bytes, 0);
		map_put(seen, key_of(a, &h), text);
	}
	for (size_t bit = 0; bit < BYTES * 8; bit++, n++) {
		text[bit / 8] ^= (char)(1 << bit % 8);
		h = hash_bulk(text, BYTES, 0);
		map_put(seen, key_of(a, &h), text);
		for (size_t off = 1; off < 9; off++) {
			memcpy(moved + off, text, BYTES);
			same = same && hash_bulk(moved + off, BYTES, 0) == h;
		}
		text[bit / 8] ^= (char)(1 << bit % 8);
	}
	h = hash_bulk(text, BYTES, 1);
	map_put(seen, key_of(a, &h), text);
	is_int(map_count(seen), n + 1, "sums that all differ");
	ok(same, "wherever the bytes are");
	arena_free(&a);
}

static void
test_vec(void)
{
	struct arena *a = arena_new();
	VEC_OF(size_t) v = { 0 };
	bool good = true;

	for (size_t i = 0; i < 1000; i++)
		*VEC_PUSH(a, &v) = i * i;
	for (size_t i = 0; i < 1000; i++)
		good = good && v.v[i] == i * i;
	ok(good && v.n == 1000, "1000 elements survive growing");
	arena_free(&a);
}

int
main(void)
{
	test_alloc();
	test_dirty();
	test_kept();
	test_extend();
	test_marks();
	test_text();
	test_buf();
	test_map();
	test_hash_bulk();
	test_vec();
	return tap_done();
}

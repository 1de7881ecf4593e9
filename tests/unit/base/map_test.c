/*
 * map_test - keys of every length and letter, and places that stay theirs.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "tests/tap/tap.h"

#define MANY 5000

/* A hash reads eight bytes at a time, the last ones twice: each length has
 * other bytes that are read so, and each byte must count. */
static void
test_lengths(void)
{
	struct arena *a = arena_new();
	char key[33];
	unsigned found = 0, wrong = 0, tried = 0;

	memset(key, 'k', sizeof(key));
	for (size_t n = 0; n <= 32; n++) {
		struct map *m = map_new(a, false);

		map_put(m, slice_make(key, n), key);
		found += map_get(m, slice_make(key, n)) == key;
		for (size_t i = 0; i < n; i++, tried++) {
			key[i] = 'j';
			wrong += map_has(m, slice_make(key, n));
			key[i] = 'k';
		}
		wrong += map_has(m, slice_make(key, n + 1 > 32 ? 0 : n + 1));
	}
	is_int(found, 33, "a key of each length to 32 is found");
	ok(wrong == 0, "none of %u that differ in one byte", tried);
	arena_free(&a);
}

static void
test_nothing(void)
{
	struct arena *a = arena_new();
	struct map *m = map_new(a, true);
	struct slice none = { NULL, 0 };

	ok(!map_has(m, none), "no bytes: absent");
	map_put(m, SLICE(""), a);
	ok(map_get(m, none) == a, "they are the empty key");
	is_int(map_count(m), 1, "one entry");
	arena_free(&a);
}

/* Only A to Z fold: not what stands beside them, not bytes over 0x7f. */
static void
test_case(void)
{
	struct arena *a = arena_new();
	unsigned wrong = 0;
	char one[10], two[10];

	for (unsigned c = 0; c < 256; c++) {
		unsigned small = c >= 'A' && c <= 'Z' ? c + 32 : c;

		for (unsigned d = 0; d < 256; d++) {
			struct map *m;
			unsigned d_small = d >= 'A' && d <= 'Z' ? d + 32 : d;

			if ((c ^ d) != 32 && (c + d) % 61 != 0)
				continue;
			m = map_new(a, true);
			memset(one, (int)c, sizeof(one));
			memset(two, (int)d, sizeof(two));
			map_put(m, slice_make(one, sizeof(one)), one);
			wrong += map_has(m, slice_make(two, sizeof(two))) !=
			    (small == d_small);
		}
	}
	is_int(wrong, 0, "letters fold, nothing else does");
	arena_free(&a);
}

static void
test_places(void)
{
	struct arena *a = arena_new();
	struct map *m = map_new(a, true);
	unsigned wrong = 0;
	static int values[MANY];
	char key[16];

	for (int i = 0; i < MANY; i++) {
		void **place;

		snprintf(key, sizeof(key), "Key-%d", i);
		place = map_place(m, slice_cstr(key));
		wrong += *place != NULL;
		*place = &values[i];
		wrong += map_place(m, slice_cstr(key)) != place;
	}
	for (int i = 0; i < MANY; i++) {
		snprintf(key, sizeof(key), "kEY-%d", i);
		wrong += map_get(m, slice_cstr(key)) != &values[i];
		wrong += map_at(m, (size_t)i)->value != &values[i];
		wrong += map_put(m, slice_cstr(key), key) != &values[i];
	}
	ok(wrong == 0, "%d places, found again in any case, in order", MANY);
	is_int(map_count(m), MANY, "none twice");
	arena_free(&a);
}

int
main(void)
{
	test_lengths();
	test_nothing();
	test_case();
	test_places();
	return tap_done();
}

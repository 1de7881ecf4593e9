/*
 * chars - classes and conversions, with bytes that are no UTF-8 among them.
 */
#include "config.h"

#include "tests/tap/tap.h"
#include "view/chars.h"

static void
test_classes(void)
{
	static const struct {
		uint32_t c;
		bool space, wide_space, word, wide_word;
	} cases[] = {
		{ ' ', true, true, false, false },
		{ '\x0b', true, true, false, false },
		{ '_', false, false, true, true },
		{ '-', false, false, false, false },
		{ 0x85, false, true, false, false },
		{ 0xA0, false, true, false, false },
		{ 0xE9, false, false, false, true },
		{ 0xD7, false, false, false, false },
		{ 0x2003, false, true, false, false },
		{ 0x200B, false, false, false, false },
		{ 0x3000, false, true, false, false },
		{ 0x3042, false, false, false, true },
		{ 0x20AC, false, false, false, false },
		{ 0x10FFFF, false, false, false, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t c = cases[i].c;

		ok(view_chars_space(c, false) == cases[i].space &&
		    view_chars_space(c, true) == cases[i].wide_space,
		    "U+%04X space", (unsigned)c);
		ok(view_chars_word(c, false) == cases[i].word &&
		    view_chars_word(c, true) == cases[i].wide_word,
		    "U+%04X word", (unsigned)c);
	}
}

static void
test_count(void)
{
	struct slice s = SLICE("a\xc3\xa9\xe2\x82\xac" "b");

	is_int(view_chars_count(s), 4, "count");
	is_int(view_chars_count(SLICE("")), 0, "count of nothing");
	is_int(view_chars_offset(s, 0), 0, "offset 0");
	is_int(view_chars_offset(s, 2), 3, "offset 2");
	is_int(view_chars_offset(s, 4), 7, "offset at the end");
	is_int(view_chars_offset(s, 99), 7, "offset beyond");
}

static void
test_last(void)
{
	static const struct {
		struct slice s;
		size_t len;
		uint32_t c;
	} cases[] = {
		{ { "", 0 }, 0, 0 },
		{ { "a", 1 }, 1, 'a' },
		{ { "a\xe2\x82\xac", 4 }, 3, 0x20AC },
		{ { "\xf0\x9f\x98\x80", 4 }, 4, 0x1F600 },
		{ { "a\x80", 2 }, 1, 0xFFFD },
		{ { "\x80\x80\x80\x80\x80", 5 }, 1, 0xFFFD },
		{ { "a\xe2\x82", 3 }, 1, 0xFFFD },
		{ { "\0", 1 }, 1, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t c = 0;

		is_int(view_chars_last(cases[i].s, &c), cases[i].len,
		    "length of the last");
		is_int(c, cases[i].c, "the last");
	}
}

static void
test_trim(void)
{
	struct chars c = { SLICE(" \n\xc2\xa0x y\xe3\x80\x80\t"), true };

	is_cstr(view_chars_trim(c), "x y", "Unicode blanks go");
	c.wide = false;
	is_cstr(view_chars_trim(c), "x y\xe3\x80\x80",
	    "but without the flag only ASCII and U+00A0");
	c.s = SLICE(" \xc2\xa0 ");
	is_int(view_chars_trim(c).n, 0, "nothing but blanks");
	c.s = SLICE("\xc2");
	is_int(view_chars_trim(c).n, 1, "a broken character stays");
}

static void
test_bytes(void)
{
	struct arena *a = arena_new();
	struct chars c = { SLICE("a\xc3\xa9\xc2\xa0"), false };

	is_cstr(view_chars_bytes(a, c), "a\xe9\xa0", "to Latin-1");
	c.wide = true;
	is_cstr(view_chars_bytes(a, c), "a\xc3\xa9\xc2\xa0", "wide: as is");
	c.s = SLICE("abc");
	c.wide = false;
	ok(view_chars_bytes(a, c).p == c.s.p, "ASCII is not copied");
	is_cstr(view_chars_upgrade(a, SLICE("a\xe9\xff")),
	    "a\xc3\xa9\xc3\xbf", "from Latin-1");
	ok(view_chars_upgrade(a, c.s).p == c.s.p, "nor here");
	arena_free(&a);
}

int
main(void)
{
	test_classes();
	test_count();
	test_last();
	test_trim();
	test_bytes();
	return tap_done();
}

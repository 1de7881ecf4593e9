/*
 * text_test - slices, numbers and UTF-8.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "tests/tap/tap.h"

static void
test_search(void)
{
	struct slice s = SLICE("one, Two, three");

	is_int(slice_find(s, SLICE("two"), 0), -1, "find minds case");
	is_int(slice_find_nocase(s, SLICE("tWO"), 0), 5, "nocase does not");
	is_int(slice_find_nocase(s, SLICE("threes"), 0), -1, "past the end");
	is_int(slice_find(s, SLICE(""), 3), 3, "the empty string is anywhere");
	is_int(slice_find(s, SLICE(""), 99), -1, "but not outside");
	is_int(slice_chr(s, ',', 4), 8, "second comma");
	is_int(slice_rchr(s, ','), 8, "last comma");
	is_int(slice_chr((struct slice){ NULL, 0 }, 'x', 0), -1, "null slice");
	ok(slice_starts_nocase(s, SLICE("ONE")), "starts");
	ok(!slice_starts(SLICE("on"), SLICE("one")), "too short to start so");
	ok(slice_ends(s, SLICE("three")), "ends");
	ok(slice_cmp(SLICE("a"), SLICE("ab")) < 0 &&
	    slice_cmp(SLICE("b"), SLICE("ab")) > 0, "byte order");
}

static void
test_cut(void)
{
	struct slice rest = SLICE("  a\tbb \n"), word, line;

	ok(slice_word(&rest, &word), "a word");
	is_cstr(word, "a", "without blanks");
	slice_word(&rest, &word);
	is_cstr(word, "bb", "the next");
	ok(!slice_word(&rest, &word), "and no more");
	rest = SLICE("x\r\n\ny");
	slice_line(&rest, &line);
	is_cstr(line, "x\r\n", "a line keeps its end");
	slice_line(&rest, &line);
	is_cstr(line, "\n", "an empty line");
	slice_line(&rest, &line);
	is_cstr(line, "y", "the last without newline");
	ok(!slice_line(&rest, &line), "end");
	is_cstr(slice_sub(SLICE("abc"), 2, 99), "c", "sub is clamped");
	is_cstr(slice_sub(SLICE("abc"), 5, 2), "", "and never negative");
}

static void
test_numbers(void)
{
	static const struct { const char *text; bool good; double value; }
	    cases[] = {
		{ "5", true, 5 }, { " -2.5 ", true, -2.5 }, { "1e3", true,
		1000 }, { "", false, 0 }, { "5x", false, 0 }, { "nan", false,
		0 }, { "inf", false, 0 }, { "0x10", false, 0 }, { "1e999",
		false, 0 }, { "--1", false, 0 },
	};
	double d;
	long l;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int rc = slice_to_double(slice_cstr(cases[i].text), &d);

		ok((rc == 0) == cases[i].good && (rc != 0 ||
		    d == cases[i].value), "number '%s'", cases[i].text);
	}
	ok(slice_to_long(SLICE("99999999999999999999"), &l) != 0,
	    "a long that does not fit");
	ok(slice_to_long(slice_make("1\0002", 3), &l) != 0, "NUL inside");
	ok(slice_to_long(SLICE("-12"), &l) == 0 && l == -12, "a long");
}

static void
test_utf8(void)
{
	static const struct { const char *text; bool good; } cases[] = {
		{ "plain", true }, { "\xc3\xa9", true }, { "\xc0\x80", false },
		{ "\xed\xa0\x80", false }, { "\xf4\x90\x80\x80", false },
		{ "\xf0\x9f\x98\x80", true }, { "\xe2\x82", false },
		{ "\x80", false }, { "\xe0\x9f\xbf", false },
		{ "\xf0\x8f\xbf\xbf", false },
	};
	char out[4];
	uint32_t cp;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ok(utf8_valid(slice_cstr(cases[i].text)) == cases[i].good,
		    "utf8 case %zu", i);
	for (cp = 0; cp < 0x110000; cp += 97) {
		size_t n = utf8_encode(cp, out);
		uint32_t back;

		if (cp >= 0xd800 && cp <= 0xdfff)
			continue;
		if (utf8_decode(slice_make(out, n), &back) != n || back != cp)
			break;
	}
	ok(cp >= 0x110000, "encode and decode are inverse");
	is_int(utf8_decode(SLICE("\xff"), &cp), 1, "a bad byte is skipped");
	is_int(cp, 0xfffd, "as U+FFFD");
}

static void
test_clock(void)
{
	char text[32];
	double a = clock_mono();

	clock_iso(1612086000, text, sizeof(text));
	is_str(text, "2021-01-31T09:40:00Z", "ISO time");
	ok(clock_mono() >= a && clock_wall() > 1.6e9, "clocks run");
}

/* What can be a name in DNS. */
static void
test_domains(void)
{
	static const struct { const char *text; bool good; } cases[] = {
		{ "example.org", true }, { "bl", true }, { "a-b._c.9d", true },
		{ "1.2.3.4.example", true }, { "4af9bcd2", true },
		{ "48393420", true }, { "2.0.0.127", false },
		{ "300.1.1.1", false }, { "example.123", false },
		{ "", false }, { ".", false }, { "example.org.", false },
		{ ".example", false }, { "bad..zone", false },
		{ "a b", false }, { "a/b", false }, { "a\xe9" "b", false },
		{ "::1", false }, { "a*", false },
	};
	char label[64 + 4] = { 0 }, name[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ok(slice_is_domain(slice_cstr(cases[i].text)) ==
		    cases[i].good, "domain: '%s'", cases[i].text);
	memset(label, 'a', 63);
	ok(slice_is_domain(slice_cstr(label)), "a label of 63 bytes");
	label[63] = 'a';
	ok(!slice_is_domain(slice_cstr(label)), "not of 64");
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 4 == 3 ? '.' : 'x';
	ok(slice_is_domain(slice_make(name, 253)), "a name of 253 bytes");
	ok(!slice_is_domain(slice_make(name, 254)), "not of 254");
}

int
main(void)
{
	test_search();
	test_cut();
	test_domains();
	test_numbers();
	test_utf8();
	test_clock();
	return tap_done();
}

/*
 * charset_test.c - bytes of declared, wrong and unknown charsets to UTF-8.
 */
#include "config.h"

#include "base/utf8.h"
#include "mail/mail.h"
#include "tests/tap/tap.h"

static const struct {
	struct slice in;
	const char *charset;
	struct slice out;
	bool unicode, bad;
} cases[] = {
	{ SLICE("abc"), "us-ascii", SLICE("abc"), false, false },
	{ SLICE("abc"), "", SLICE("abc"), false, false },
	{ SLICE("abc"), "iso-8859-1", SLICE("abc"), false, false },
	{ SLICE("abc"), "windows-874", SLICE("abc"), true, false },
	{ SLICE("abc"), "x-none", SLICE("abc"), false, true },
	/* valid UTF-8 is that, whatever is declared */
	{ SLICE("\xc3\xa9"), "koi8-r", SLICE("\xc3\xa9"), true, false },
	{ SLICE("\xc3\xa9"), "", SLICE("\xc3\xa9"), true, false },
	{ SLICE("\xe9"), "iso-8859-1", SLICE("\xc3\xa9"), true, false },
	{ SLICE("\x93"), "ISO-8859-1", SLICE("\xe2\x80\x9c"), true, false },
	{ SLICE("\x93"), "iso_8859-1", SLICE("\xc2\x93"), true, false },
	{ SLICE("\xe9"), "iso-8859-2", SLICE("\xc3\xa9"), true, false },
	{ SLICE("\xb1"), "latin2", SLICE("\xc4\x85"), true, false },
	{ SLICE("\xc1"), "KOI8-R", SLICE("\xd0\xb0"), true, false },
	{ SLICE("\xe0"), "cp1251", SLICE("\xd0\xb0"), true, false },
	{ SLICE("\xd6\xd0"), "gb2312", SLICE("\xe4\xb8\xad"), true, false },
	{ SLICE("\xd6\xd0"), "GB18030", SLICE("\xe4\xb8\xad"), true, false },
	{ SLICE("\xa4\xa4"), "big5", SLICE("\xe4\xb8\xad"), true, false },
	{ SLICE("\x82\xa0"), "x-sjis", SLICE("\xe3\x81\x82"), true, false },
	{ SLICE("\x82\xa0~\\"), "shift_jis", SLICE("\xe3\x81\x82~\\"),
	    true, false },
	{ SLICE("\xa4\xa2"), "euc-jp", SLICE("\xe3\x81\x82"), true, false },
	{ SLICE("\x1b$B$\"\x1b(B"), "iso-2022-jp", SLICE("\xe3\x81\x82"),
	    true, false },
	{ SLICE("a\x1b(I1\x1b(Jb"), "iso-2022-jp", SLICE("a\xef\xbd\xb1" "b"),
	    true, false },
	/* damaged, it is cut or escaped, never refused */
	{ SLICE("a\x1b$B$\"\xe9$\""), "iso-2022-jp",
	    SLICE("a\xe3\x81\x82"), true, false },
	{ SLICE("a\x1b$Xb"), "iso-2022-jp", SLICE("a"), true, false },
	{ SLICE("\x1b$B$\x1b(Bx"), "iso-2022-jp", SLICE("\\xA4x"), true,
	    false },
	{ SLICE("\xb0\xa1"), "ks_c_5601-1987", SLICE("\xea\xb0\x80"), true,
	    false },
	/* half a character at the end is dropped */
	{ SLICE("a\xd6"), "gb2312", SLICE("a"), true, false },
	/* what does not fit is Windows-1252 */
	{ SLICE("\xe9"), "utf-8", SLICE("\xc3\xa9"), true, true },
	{ SLICE("\xe9\x81"), "us-ascii", SLICE("\xc3\xa9\xef\xbf\xbd"), true,
	    true },
	{ SLICE("\xe9\xe9\xe9"), "windows-none", SLICE("\xc3\xa9\xc3\xa9"
	    "\xc3\xa9"), true, true },
	/* UTF-16 without a BOM is recognised, with one it is not (14a) */
	{ SLICE("\0\xe9\0 "), "utf-16", SLICE("\xc3\xa9 "), true, false },
	{ SLICE("\xe9\0 \0a\0"), "utf-16", SLICE("\xc3\xa9 a"), true, false },
	{ SLICE("\xff\xfe\xe9\0"), "utf-16",
	    SLICE("\xc3\xbf\xc3\xbe\xc3\xa9\0"), true, true },
	{ SLICE("\xdb\xd7"), "utf-16", SLICE("\xc3\x9b\xc3\x97"), true, true },
	/* non-characters are no UTF-8 */
	{ SLICE("\xef\xbf\xbf"), "utf-8", SLICE("\xc3\xaf\xc2\xbf\xc2\xbf"),
	    true, true },
	{ SLICE(""), "utf-8", SLICE(""), false, false },
	{ SLICE("\xe9"), "a-name-that-is-much-too-long-to-be-a-charset-but-"
	    "is-declared-anyway", SLICE("\xc3\xa9"), true, true },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		bool unicode = !cases[i].unicode, bad = !cases[i].bad;

		is_slice(mail_to_utf8(a, cases[i].in,
		    slice_cstr(cases[i].charset), &unicode, &bad),
		    cases[i].out, cases[i].charset);
		ok(unicode == cases[i].unicode, "  characters: %d", unicode);
		ok(bad == cases[i].bad, "  bad: %d", bad);
		arena_free(&a);
	}
}

/* Whatever the bytes and the charset, UTF-8 comes out. */
static void
test_always_utf8(void)
{
	static const char *const charsets[] = {
		"utf-8", "us-ascii", "utf-16", "euc-jp", "big5", "gbk",
		"iso-2022-jp", "utf-7", "cp949", "iso-8859-8", "none",
	};
	struct arena *a = arena_new();
	size_t wrong = 0;

	for (unsigned i = 0; i < 65536; i++) {
		char two[2] = { (char)(i >> 8), (char)(i & 0xff) };
		bool unicode, bad;

		wrong += !utf8_valid(mail_to_utf8(a, slice_make(two, 2),
		    slice_cstr(charsets[i % 11]), &unicode, &bad));
	}
	is_int(wrong, 0, "every pair of bytes becomes valid UTF-8");
	arena_free(&a);
}

/* More charsets in turn than the cache of descriptors holds. */
static void
test_cache_turnover(void)
{
	struct arena *a = arena_new();
	size_t good = 0;

	for (unsigned i = 0; i < 200; i++) {
		char *name = arena_printf(a, "iso-8859-%u", 2 + i % 15);
		bool unicode, bad;

		mail_to_utf8(a, SLICE("\xe0"), slice_cstr(name), &unicode,
		    &bad);
		name = arena_printf(a, "cp125%u", i % 9);
		mail_to_utf8(a, SLICE("\xe0"), slice_cstr(name), &unicode,
		    &bad);
		good += slice_eq_cstr(mail_to_utf8(a, SLICE("\xc1"),
		    SLICE("koi8-r"), &unicode, &bad), "\xd0\xb0");
	}
	is_int(good, 200, "descriptors come and go");
	arena_free(&a);
}

/* NUL ends patterns, not names: a name that goes on behind it fits none. */
static void
test_nul_in_name(void)
{
	static const struct slice names[] = { SLICE("utf-8\0"),
		SLICE("utf-8\0x"), SLICE("us-ascii\0\0\0\0"), SLICE("\0"),
		SLICE("iso-8859-1\0us-ascii"), SLICE("big5\0") };
	struct arena *a = arena_new();
	bool unicode, bad;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		mail_to_utf8(a, SLICE("\xe9"), names[i], &unicode, &bad);
		ok(bad, "charset name %zu with NUL is unknown", i);
	}
	arena_free(&a);
}

int
main(void)
{
	test_cases();
	test_nul_in_name();
	test_always_utf8();
	test_cache_turnover();
	return tap_done();
}

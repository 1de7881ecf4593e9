/*
 * wrap_test - lines broken as SpamAssassin breaks them; the expectations were
 * made with its own function (but the last: it never ends there).
 */
#include "config.h"

#include "tests/unit/report/fixture.h"

static const struct {
	const char *name, *text, *first, *prefix;
	size_t width;
	bool overflow, after_comma;
	const char *lines;
} t[] = {
	{ "nothing", "", "", "> ", 10, false, false, "" },
	{ "a prefix alone", "", "- ", "> ", 10, false, false, "- " },
	{ "what fits", "aa bb", "- ", "> ", 10, false, false, "- aa bb" },
	{ "a blank at the end stays", "aa ", "", "> ", 10, false, false,
	    "aa " },
	{ "broken at a blank", "aaaa bbbb cccc", "", "> ", 10, false, false,
	    "aaaa bbbb\n> cccc" },
	{ "a blank comes after a full line", "aaaa bbbbb cccc", "", "> ", 10,
	    false, false, "aaaa bbbbb\n>  cccc" },
	{ "a word too long", "aaaaaaaaaaaaa b", "", "> ", 10, false, false,
	    "aaaaaaaaaaaaa\n>  b" },
	{ "two words too long", "aaaaaaaaaaaaa bbbbbbbbbbbbbb", "- ", "> ",
	    10, false, false, "- aaaaaaaaaaaaa\n>\n> bbbbbbbbbbbbbb" },
	{ "several blanks", "aa   bb", "", "> ", 4, false, false,
	    "aa\n>\n> bb" },
	{ "overflow", "aaaa bbbbbbbbbbbb cccc", "", "> ", 10, true, false,
	    "aaaa bbbbbbbbbbbb\n>  cccc" },
	{ "behind commas", "a,b,c,dddd,e f", "", "\t", 12, false, true,
	    "a,b,c,dddd,\n\te f" },
	{ "a first piece too long", "aaaaaaaaaaaaaaa,bb", "", "\t", 12, false,
	    true, "aaaaaaaaaaaaaaa,\n\tbb" },
	{ "a prefix wider than the line", "aa bb cc", "", "        ", 4,
	    false, false, "aa\n        bb\n\n        cc" },
};

int
main(void)
{
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct wrap w = { slice_cstr(t[i].first),
			slice_cstr(t[i].prefix), t[i].width, t[i].overflow,
			t[i].after_comma };
		struct buf b;

		buf_init(&b, a);
		report_wrap(&b, slice_cstr(t[i].text), &w);
		is_cstr(buf_slice(&b), t[i].lines, t[i].name);
	}
	arena_free(&a);
	return tap_done();
}

/*
 * regex_test - delimiters and modifiers; captures, tags, size; eval calls.
 */
#include "config.h"

#include "tests/unit/rule/rules.h"

static void
test_parse(void)
{
	static const struct {
		const char *text, *want;	/* want NULL: refused */
		unsigned flags;
	} t[] = {
		{ "/abc/", "abc", 0 }, { "/abc/i", "abc", RE_I },
		{ "  /a b/imsx ", "a b", RE_I | RE_M | RE_S | RE_X },
		{ "m{a{2}/}i", "a{2}/", RE_I }, { "m(a(b)c)", "a(b)c", 0 },
		{ "m[a[b]c]s", "a[b]c", RE_S }, { "m<abc>", "abc", 0 },
		{ "qr/abc/", "abc", 0 }, { "qr{x}m", "x", RE_M },
		{ "m,a/b,", "a/b", 0 }, { "m!a\\!b!", "a\\!b", 0 },
		{ "m'it', 's'x", NULL, 0 }, { "m;a;g", "a", RE_G },
		{ "/a\\/b/", "a\\/b", 0 }, { "/a\\\\/", "a\\\\", 0 },
		{ "//", "", 0 }, { "m~\xe4~", "\xe4", 0 },
		{ "abc", NULL, 0 }, { "", NULL, 0 }, { "/", NULL, 0 },
		{ "/abc", NULL, 0 }, { "m", NULL, 0 }, { "qr", NULL, 0 },
		{ "m{abc", NULL, 0 }, { "mabcm", NULL, 0 },
		{ "m\\a\\", NULL, 0 }, { "/a/b/", NULL, 0 },
		{ "/a\\\\/b/", NULL, 0 }, { "m<a>b>", NULL, 0 },
		{ "/abc/e", NULL, 0 }, { "/abc/q", NULL, 0 },
		{ "/abc/ i", NULL, 0 }, { "/abc/I", NULL, 0 },
		{ "/a(?{print})/", NULL, 0 }, { "/a(??{b})/", NULL, 0 },
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct rule_regex re = { 0 };
		struct err e = { 0 };
		int rc = rule_regex_parse(a, slice_cstr(t[i].text), &re, &e);

		is_int(rc, t[i].want ? 0 : -1, t[i].text);
		if (t[i].want == NULL) {
			ok(e.text[0] != '\0', "and says why");
			continue;
		}
		is_cstr(re.text, t[i].want, "text");
		is_int(re.flags, t[i].flags, "modifiers");
	}
	arena_free(&a);
}

static void
test_questions(void)
{
	static const struct {
		const char *text;
		bool captures, tags, always;
	} t[] = {
		{ "abc", false, false, false },
		{ "(?<NAME>a)", true, false, false },
		{ "x(?P<A_B>a)", true, false, false },
		{ "(?'N'a)", true, false, false },
		{ "(?<name>a)(?<!A)(?<=B)(?:C)", false, false, false },
		{ "%{NAME}", false, true, false },
		{ "a%{A_B2}b", false, true, false },
		{ "%{HEADER(From:addr)}", false, true, false },
		{ "\\%{NAME}%{name}%{NA-ME}%{NAME", false, false, false },
		{ "%{A(", false, false, false },
		{ "%{}%{", false, false, false },
		{ "", false, false, true }, { "a||b", false, false, true },
		{ "|a", false, false, true }, { "a|", false, false, true },
		{ "a\\|\\|b", false, false, false },
		{ "a\\|", false, false, false },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct slice s = slice_cstr(t[i].text);

		ok(regex_has_captures(s) == t[i].captures, "captures: %s",
		    t[i].text);
		ok(regex_needs_tags(s) == t[i].tags, "tags: %s", t[i].text);
		ok((regex_always_matches(s) != NULL) == t[i].always,
		    "always: %s", t[i].text);
	}
}

static size_t
whole_estimate(struct slice text)
{
	return regex_estimate(text, SIZE_MAX);
}

/* Counted far enough to say whether it is more than that. */
static void
test_estimate_most(void)
{
	struct slice s = SLICE("((([abc])[abc]){3}x[abc])");
	size_t whole = whole_estimate(s);

	for (size_t most = 0; most < whole + 3; most++)
		ok((regex_estimate(s, most) > most) == (whole > most),
		    "more than %zu", most);
}

static void
test_estimate(void)
{
	size_t one = whole_estimate(SLICE("[abc]")), n = 1000000;
	char *big = mem_alloc(n);

	ok(one > whole_estimate(SLICE("[a]")), "a class is large");
	ok(whole_estimate(SLICE("[\\xe9]")) == whole_estimate(SLICE("a")),
	    "a class of one is not");
	ok(whole_estimate(SLICE("(?:[abc]){1,9}")) > 9 * one,
	    "groups are written once for each repetition");
	ok(whole_estimate(SLICE("[abc]{1,9}")) < 2 * one, "classes are not");
	memset(big, '(', n);
	whole_estimate(slice_make(big, n));
	memset(big, '[', n);
	whole_estimate(slice_make(big, n));
	for (size_t i = 0; i < n; i++)
		big[i] = "(a){99999}"[i % 10];
	ok(whole_estimate(slice_make(big, n)) > n, "a megabyte of groups");
	ok(regex_estimate(slice_make(big, n), 100) > 100 &&
	    regex_estimate(slice_make(big, n), 100) <
	    whole_estimate(slice_make(big, n)),
	    "counted no further than asked");
	mem_free(big);
}

static void
test_evals(void)
{
	static const struct {
		const char *text;
		size_t n;		/* SIZE_MAX: refused */
		const char *args[3];
	} t[] = {
		{ "f()", 0, { 0 } }, { "f( )", 0, { 0 } },
		{ "f('a', \"b\")", 2, { "a", "b" } },
		{ "f(1.2,a-b , ::1)", 3, { "1.2", "a-b", "::1" } },
		{ "f('it's')", 1, { "it's" } },
		{ "f('a,b')", 1, { "a,b" } }, { "f('')", 1, { "" } },
		{ "f('a',)", 1, { "a" } },
		{ "f('\\)')", 1, { "\\)" } },
		{ "f(a_b)", SIZE_MAX, { 0 } }, { "f('a", SIZE_MAX, { 0 } },
		{ "f('a)", SIZE_MAX, { 0 } }, { "f", SIZE_MAX, { 0 } },
		{ "f('a' 'b')", 1, { "a' 'b" } },
		{ "()", SIZE_MAX, { 0 } }, { "a b()", SIZE_MAX, { 0 } },
		{ "f(,)", SIZE_MAX, { 0 } }, { "", SIZE_MAX, { 0 } },
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct slice name = { 0 };
		struct rule r = { 0 };
		struct err e = { 0 };
		int rc = eval_parse(a, slice_cstr(t[i].text), &name, &r, &e);

		is_int(rc, t[i].n == SIZE_MAX ? -1 : 0, t[i].text);
		if (rc != 0)
			continue;
		is_cstr(name, "f", "function");
		is_int(r.args.n, t[i].n, "number of arguments");
		for (size_t k = 0; k < t[i].n && k < r.args.n; k++)
			is_cstr(r.args.v[k], t[i].args[k], "argument");
	}
	arena_free(&a);
}

int
main(void)
{
	test_parse();
	test_questions();
	test_estimate();
	test_estimate_most();
	test_evals();
	return tap_done();
}

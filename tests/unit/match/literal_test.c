/*
 * literal_test - what the analysis of a regex finds, and that it never
 * claims too much: for random regexes and subjects, a subject that PCRE2
 * matches contains one of the literals.
 */
#include "config.h"

#include "match/match.h"

#include "base/buf.h"
#include "tests/tap/tap.h"
#include "tests/unit/match/claim.h"

/* The set as text: a|b, with ~ before what folds; "-" for none. */
static struct slice
found(struct arena *a, struct slice text, unsigned flags, struct slice defines)
{
	struct rule_regex re = { text, flags, defines };
	struct literal_set set;
	struct buf b;

	buf_init(&b, a);
	literal_analyse(a, &re, (struct slice){ NULL, 0 }, &set);
	for (size_t i = 0; i < set.n; i++) {
		if (i > 0)
			buf_addc(&b, '|');
		if (set.nocase[i])
			buf_addc(&b, '~');
		buf_add_slice(&b, set.v[i]);
	}
	if (set.n == 0)
		buf_addc(&b, '-');
	return buf_slice(&b);
}

static void
test_table(void)
{
	static const struct {
		const char *re;
		unsigned flags;
		const char *want;
	} cases[] = {
		{ "viagra", 0, "viagra" },
		{ "ViAgra", RE_I, "~viagra" },
		{ "(?:cheap|low) pills", 0, "cheap pills|low pills" },
		{ "foo.*barbaz", 0, "barbaz" },
		{ "foo|bar", 0, "foo|bar" },
		{ "foo|", 0, "-" },
		{ "", 0, "-" },
		{ "x", 0, "-" },
		{ "\\bxyz\\b", 0, "xyz" },
		{ "^Subject: xx$", 0, "Subject: xx" },
		{ "ab+cq", 0, "bcq" },
		{ "abx*cdz", 0, "cdz" },
		{ "qu?iz", 0, "quiz|qiz" },
		{ "(?:ab){3}", 0, "ababab" },
		{ "q{2,}z", 0, "qqz" },
		{ "[Vv][Ii]agra", 0, "~viagra" },
		{ "[xyz]q[^a]", 0, "xq|yq|zq" },
		{ "\\x41\\x{42}\\x43", 0, "ABC" },
		{ "a\\Q.*\\Eb", 0, "a.*b" },
		{ "(?i)abc(?-i)def", 0, "~abcdef" },
		{ "(?i:kk)zz", 0, "~kkzz" },
		{ "(?x) ab c # no", 0, "abc" },
		{ "ab c # no\n z+", RE_X, "abcz" },
		{ "foo(?=bar)", 0, "foo" },
		{ "foo(?!barbar)q", 0, "fooq" },
		{ "(?<=xx)foo", 0, "foo" },
		{ "(foo|bar)\\1", 0, "foo|bar" },
		{ "(?<N>zig)(?P<M>zag)", 0, "zigzag" },
		{ "(?>zig)(?#comment)zag", 0, "zigzag" },
		{ "ab(?#x)*cdz", 0, "cdz" },
		{ "ab\\E*cdz", 0, "cdz" },
		{ "(*ACCEPT)foo", 0, "-" },
		{ "\\101bcd", 0, "bcd" },
		{ "(a)\\1000qqq", 0, "qqq" },
		{ "a{,3}bcd", 0, "-" },
		{ "a{x}bcd", 0, "a{x}bcd" },
		{ "\xe9t\xe9", RE_I,
		    "~\xe9t\xe9|~\xe9t\xc9|~\xc9t\xe9|~\xc9t\xc9" },
		{ "\xf7\xd7", RE_I, "\xf7\xd7" },
		{ "foo(?(?=a)b|c)", 0, "-" },
		{ "foo(?(1)b|c)bar", 0, "foo" },
		{ "[[:alpha:]]wq[[:^digit:]]", 0, "wq" },
		{ "[]a]qq", 0, "]qq|aqq" },
		{ "[a-c-e]qq", 0, "-qq|aqq|bqq|cqq|eqq" },
		{ "(?|(ab)|(cd))z", 0, "abz|cdz" },
		{ "((((((zz))))))", 0, "zz" },
		{ "final\\snotice\\sof", 0, "notice" },
		{ "foo)", 0, "-" },
		{ "(foo", 0, "-" },
		{ "[foo", 0, "-" },
		{ "foo\\", 0, "-" },
		{ "\\Qfoo", 0, "foo" },
		{ "foo\\Q", 0, "foo" },
		{ "(?&nobody)foo", 0, "foo" },
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_cstr(found(a, slice_cstr(cases[i].re), cases[i].flags,
		    SLICE("")), cases[i].want, arena_printf(a, "regex %zu", i));
	arena_free(&a);
}

static void
test_defines(void)
{
	struct arena *a = arena_new();

	is_cstr(found(a, SLICE("a(?&t_A)c"), 0,
	    SLICE("(?(DEFINE)(?<t_A>x|y(?&t_B))(?<t_B>z))")),
	    "axc|ayzc", "groups may call groups defined further on");
	is_cstr(found(a, SLICE("a(?&t_A)c"), 0,
	    SLICE("(?(DEFINE)(?<t_A>x|y(?&t_A)))")),
	    "ax|ayx|ayyx|ayyyx|ayyyyx|ayyyyyx|ayyyyyy",
	    "a group that calls itself ends");
	is_cstr(found(a, SLICE("a(?&t_A)c"), 0,
	    SLICE("(?(DEFINE)(?<t_B>z))(?(DEFINE)(?<t_A>x|y(?&t_B)))")),
	    "axc|ayzc", "calls of defined groups are their strings");
	is_cstr(found(a, SLICE("(?(DEFINE)(?<Q>foofoo))barbar"), 0,
	    SLICE("")), "barbar", "DEFINE consumes nothing");
	arena_free(&a);
}

static void
test_caps(void)
{
	struct arena *a = arena_new();
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < 100000; i++)
		buf_addc(&b, '(');
	is_cstr(found(a, buf_slice(&b), 0, SLICE("")), "-", "deep nesting");
	buf_clear(&b);
	for (size_t i = 0; i < 300; i++)
		buf_addf(&b, "%sword%zu", i ? "|" : "", i);
	is_cstr(found(a, buf_slice(&b), 0, SLICE("")), "word",
	    "too many alternatives are cut until they are few");
	buf_clear(&b);
	for (unsigned i = 0; i < 300; i++)
		buf_addf(&b, "%s%c%c%u", i ? "|" : "", 'a' + i % 26,
		    'a' + i / 26, i);
	is_cstr(found(a, buf_slice(&b), 0, SLICE("")), "-",
	    "or say nothing");
	buf_clear(&b);
	for (size_t i = 0; i < 200; i++)
		buf_adds(&b, "[ab][cd](?:e|ff)*");
	ok(found(a, buf_slice(&b), 0, SLICE("")).n > 2, "a long product ends");
	arena_free(&a);
}

/* ---- the property ---- */

static bool
has_literal(const void *found, struct slice subject)
{
	const struct literal_set *set = found;

	for (size_t i = 0; i < set->n; i++) {
		if ((set->nocase[i] ?
		    slice_find_nocase(subject, set->v[i], 0) :
		    slice_find(subject, set->v[i], 0)) >= 0)
			return true;
	}
	return false;
}

static void *
analyse(struct arena *a, const struct rule_regex *re)
{
	struct literal_set *set = arena_alloc(a, sizeof(*set));

	literal_analyse(a, re, (struct slice){ NULL, 0 }, set);
	return set->n > 0 ? set : NULL;
}

static void
test_property(void)
{
	struct random r = { 20240229 };
	struct tally t = try_regexes(&r, analyse, has_literal);

	printf("# %u compiled, %u with literals, %u hits\n", t.compiled,
	    t.claims, t.hits);
	ok(t.compiled > REGEXES / 4, "most random regexes compile");
	ok(t.claims > REGEXES / 30, "enough of them have literals");
	ok(t.hits > REGEXES / 4, "enough of them match");
	is_int(t.lost, 0, "every match contains a literal");
}

int
main(void)
{
	test_table();
	test_defines();
	test_caps();
	test_property();
	return tap_done();
}

/*
 * regex_test - one regex at a time: Perl's meaning on bytes, positions,
 * groups, //g, and that hostile patterns and subjects end within limits.
 */
#include "config.h"

#include "match/match-priv.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "tests/tap/tap.h"

static int
search(struct slice text, unsigned flags, struct slice subject)
{
	struct arena *a = arena_new();
	struct rule_regex re = { text, flags, { NULL, 0 } };
	struct err e = { 0 };
	struct regex *r = regex_compile(a, &re, &e);
	int rc = r != NULL ? regex_search(r, subject, 0, NULL, 0) : -99;

	arena_free(&a);
	return rc;
}

static void
test_perl_semantics(void)
{
	static const struct {
		const char *name;
		struct slice re;
		unsigned flags;
		struct slice subject;
		int want;
	} cases[] = {
#define S(lit) { lit, sizeof(lit) - 1 }
		{ "plain", S("b+"), 0, S("abc"), 1 },
		{ "miss", S("x"), 0, S("abc"), 0 },
		{ "empty subject", S("^$"), 0, S(""), 1 },
		{ "null subject", S("^"), 0, { NULL, 0 }, 1 },
		{ "$ before a final newline", S("a$"), 0, S("a\n"), 1 },
		{ "\\z not before it", S("a\\z"), 0, S("a\n"), 0 },
		{ "$ not before an inner one", S("a$"), 0, S("a\nb"), 0 },
		{ "$ with m", S("a$"), RE_M, S("a\nb"), 1 },
		{ ". is no newline", S("a.b"), 0, S("a\nb"), 0 },
		{ ". is CR", S("a.b"), 0, S("a\rb"), 1 },
		{ ". with s", S("a.b"), RE_S, S("a\nb"), 1 },
		{ "x ignores blanks", S("a b # c\n c"), RE_X, S("abc"), 1 },
		{ "case", S("ABC"), 0, S("abc"), 0 },
		{ "i", S("ABC"), RE_I, S("abc"), 1 },
		{ "i folds Latin-1", S("\xe9"), RE_I, S("\xc9"), 1 },
		{ "i folds it in classes", S("[\xe0-\xe5]"), RE_I,
		    S("\xc1"), 1 },
		{ "i folds escapes", S("\\xfe"), RE_I, S("\xde"), 1 },
		{ "the times sign has no case", S("\xd7"), RE_I, S("\xf7"),
		    0 },
		{ "nor has sharp s", S("\xdf"), RE_I, S("\xff"), 0 },
		{ "no fold without i", S("\xe9"), 0, S("\xc9"), 0 },
		{ "backreference folds", S("(\xe9)\\1"), RE_I, S("\xe9\xc9"),
		    1 },
		{ "\\w is ASCII", S("\\w"), 0, S("\xe9"), 0 },
		{ "\\b is ASCII", S("\xe9\\ba"), 0, S("\xe9""a"), 1 },
		{ "\\s has VT", S("a\\sb"), 0, S("a\013b"), 1 },
		{ "\\s has no NBSP", S("\\s"), 0, S("\xa0"), 0 },
		{ "POSIX is ASCII", S("[[:alpha:]]"), RE_I, S("\xe9"), 0 },
		{ "NUL in both", S("a\0b"), 0, S("xa\0bx"), 1 },
		{ "bytes, not UTF-8", S("^..$"), 0, S("\xc3\xa9"), 1 },
		{ "unknown escape", S("\\y"), 0, S("y"), 1 },
		{ "(*UTF) is refused", S("(*UTF)a"), 0, S("a"), -99 },
		{ "syntax error", S("(a"), 0, S("a"), -99 },
		{ "code is refused", S("(?{1})"), 0, S("a"), -99 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(search(cases[i].re, cases[i].flags, cases[i].subject),
		    cases[i].want, cases[i].name);
}

static void
test_spans(void)
{
	struct arena *a = arena_new();
	struct rule_regex re = { SLICE("(a)|(?<NAME>b)(c)?"), 0, SLICE("") };
	struct regex *r = regex_compile(a, &re, NULL);
	struct regex_span sp[6];
	unsigned number = 0;

	is_int(regex_search(r, SLICE("xxbz"), 0, sp, 6), REGEX_HIT, "hit");
	ok(sp[0].start == 2 && sp[0].end == 3, "group 0");
	ok(sp[1].start == SIZE_MAX, "group 1 is unset");
	ok(sp[2].start == 2 && sp[2].end == 3, "group 2");
	ok(sp[3].start == SIZE_MAX, "group 3 is unset");
	ok(sp[5].start == SIZE_MAX, "a group that does not exist is unset");
	is_str(regex_group_name(r, 0, &number), "NAME", "the name");
	is_int(number, 2, "its number");
	ok(regex_group_name(r, 1, &number) == NULL, "no more names");
	is_int((double)regex_groups(r), 4, "groups with group 0");
	is_int(regex_search(r, SLICE("xxbz"), 3, sp, 6), REGEX_MISS,
	    "from an offset");
	is_int(regex_search(r, SLICE("ab"), 3, sp, 6), REGEX_MISS,
	    "from behind the end");
	arena_free(&a);
}

static void
test_many_groups(void)
{
	struct arena *a = arena_new();
	struct rule_regex re = { 0 };
	struct regex_span sp[41];
	struct regex *r;
	struct buf b;

	buf_init(&b, a);
	for (unsigned i = 0; i < 40; i++)
		buf_adds(&b, "(a)");
	re.text = buf_slice(&b);
	r = regex_compile(a, &re, NULL);
	buf_clear(&b);
	for (unsigned i = 0; i < 40; i++)
		buf_addc(&b, 'a');
	is_int(regex_search(r, buf_slice(&b), 0, sp, 41), REGEX_HIT,
	    "40 groups");
	ok(sp[40].start == 39 && sp[40].end == 40, "the last one's span");
	arena_free(&a);
}

/* What Perl counts for while ($s =~ /re/g). */
static void
test_all_matches(void)
{
	static const struct {
		struct slice re, subject;
		unsigned want;
	} cases[] = {
		{ S("a"), S("banana"), 3 },
		{ S("ana"), S("banana"), 1 },
		{ S(""), S("abc"), 4 },
		{ S("a*"), S("baac"), 4 },
		{ S("\\b"), S("ab cd"), 4 },
		{ S("$"), S("a\n"), 2 },
		{ S("(?=a)"), S("aa"), 2 },
		{ S("^"), S("a\nb"), 1 },
		{ S("x*?"), S("xx"), 5 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		struct rule_regex re = { cases[i].re, 0, SLICE("") };
		struct regex *r = regex_compile(a, &re, NULL);
		struct regex_span sp;
		unsigned n = 0;
		int rc = regex_search(r, cases[i].subject, 0, &sp, 1);

		for (; rc == REGEX_HIT && n < 100; n++)
			rc = regex_next(r, cases[i].subject, &sp, 1);
		is_int(n, cases[i].want, arena_printf(a, "all of case %zu",
		    i));
		arena_free(&a);
	}
}

static void
test_defines(void)
{
	struct arena *a = arena_new();
	struct rule_regex re = { SLICE("(x)(?&t_A)\\1|q # end"),
		RE_I | RE_X, SLICE("(?(DEFINE)(?<t_A>(?:y|z)+))") };
	struct regex *r = regex_compile(a, &re, NULL);

	ok(r != NULL, "a regex with tag groups compiles");
	is_int(regex_search(r, SLICE("-xYzx-"), 0, NULL, 0), REGEX_HIT,
	    "its numbered groups are its own");
	is_int(regex_search(r, SLICE("Q"), 0, NULL, 0), REGEX_HIT,
	    "an alternative ends before the groups");
	is_int(regex_search(r, SLICE("xyy"), 0, NULL, 0), REGEX_MISS,
	    "and it can miss");
	arena_free(&a);
}

static struct slice
repeated(struct arena *a, const char *s, size_t times)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < times; i++)
		buf_adds(&b, s);
	return buf_slice(&b);
}

static void
test_catastrophes(void)
{
	static const struct {
		const char *re, *subject;
		size_t times;
		int want;
	} cases[] = {
		{ "(a+)+$", "a", 3000, REGEX_HIT },
		{ "(a+)+b", "a", 3000, REGEX_MISS },	/* needs a b */
		{ "(a+)+[bc]", "a", 3000, REGEX_LIMIT },
		{ "(a|aa)+[bc]", "a", 200000, REGEX_LIMIT },
		{ "(?:a*)*[bc]", "a", 100000, REGEX_LIMIT },
		{ "(?:.|..)*[bc]", "a", 5000, REGEX_LIMIT },
		{ "(x+x+)+[yz]", "x", 5000, REGEX_LIMIT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		struct rule_regex re = { slice_cstr(cases[i].re), 0,
			SLICE("") };
		struct regex *jit = regex_compile(a, &re, NULL);
		struct regex *plain = regex_compile_once(a, &re, NULL);
		struct slice s = repeated(a, cases[i].subject,
		    cases[i].times);
		double began = clock_cpu();

		is_int(regex_search(jit, s, 0, NULL, 0), cases[i].want,
		    cases[i].re);
		ok(regex_search(plain, s, 0, NULL, 0) != REGEX_HIT ||
		    cases[i].want == REGEX_HIT, "not a hit without JIT");
		ok(clock_cpu() - began < LIMIT_REGEX_BUDGET_SEC,
		    "ends in time");
		arena_free(&a);
	}
}

/* What is anchored is looked for once, not in each piece of a long subject. */
static void
test_anchored(struct arena *a)
{
	static const struct {
		const char *text;
		unsigned flags;
		size_t from;
		int want;
	} rows[] = {
		{ "\\Aa", 0, 0, REGEX_HIT }, { "\\Aa", 0, 9000, REGEX_MISS },
		{ "\\A.+z\\z", RE_S, 0, REGEX_HIT },
		{ "\\A.+z\\z", 0, 0, REGEX_MISS },
		{ ".*z", RE_S, 0, REGEX_HIT }, { ".*z", RE_S, 9000, REGEX_HIT },
		{ ".*y", RE_S, 0, REGEX_MISS }, { ".*z", 0, 0, REGEX_HIT },
		{ "^z", RE_M, 0, REGEX_HIT }, { "^z", 0, 0, REGEX_MISS },
		{ "^a|z", 0, 1, REGEX_HIT }, { "^a|^z", 0, 1, REGEX_MISS },
	};
	char *p = arena_str(a, repeated(a, "ab", 9000));
	struct slice s = slice_make(p, 18000);

	p[s.n - 2] = '\n';
	p[s.n - 1] = 'z';
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rule_regex re = { slice_cstr(rows[i].text),
			rows[i].flags, SLICE("") };

		is_int(regex_search(regex_compile(a, &re, NULL), s,
		    rows[i].from, NULL, 0), rows[i].want, rows[i].text);
	}
}

/* Long subjects are searched in pieces; no piece border may show. */
static void
test_pieces(void)
{
	struct arena *a = arena_new();
	struct rule_regex words = { SLICE("(?<=x)needle(?=y)"), 0, SLICE("") };
	struct rule_regex anchor = { SLICE("\\Ga+b"), 0, SLICE("") };
	struct rule_regex start = { SLICE("^b"), 0, SLICE("") };
	struct regex *r = regex_compile(a, &words, NULL);
	struct slice s;
	char *p;
	unsigned wrong = 0;

	for (size_t at = 4090; at < 4110; at++) {
		struct regex_span sp;

		p = arena_alloc(a, 20000);
		memset(p, '.', 20000);
		memcpy(p + at - 1, "xneedley", 8);
		s = slice_make(p, 20000);
		if (regex_search(r, s, 0, &sp, 1) != REGEX_HIT ||
		    sp.start != at)
			wrong++;
	}
	is_int(wrong, 0, "a match at each offset around a border");
	s = repeated(a, "ab", 9000);
	p = arena_str(a, s);
	p[0] = 'c';
	s = slice_make(p, s.n);
	is_int(regex_search(regex_compile(a, &anchor, NULL), s, 0, NULL, 0),
	    REGEX_MISS, "\\G is the start only");
	is_int(regex_search(regex_compile(a, &start, NULL), s, 0, NULL, 0),
	    REGEX_MISS, "^ is the start only");
	test_anchored(a);
	arena_free(&a);
}

int
main(void)
{
	test_perl_semantics();
	test_spans();
	test_many_groups();
	test_all_matches();
	test_defines();
	test_catastrophes();
	test_pieces();
	return tap_done();
}

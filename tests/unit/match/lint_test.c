/*
 * lint_test.c - regexes that match anything, backtrack, or have no literal,
 * and their harmless neighbours.
 */
#include "config.h"

#include <string.h>

#include "tests/tap/tap.h"

#include "base/mem.h"
#include "match/lint.h"
#include "match/match-priv.h"
#include "match/pump.h"

static size_t
count(const struct ruleset *rs, const char *code)
{
	size_t n = 0;

	for (size_t i = 0; i < rs->findings.n; i++)
		n += strcmp(rs->findings.v[i].code, code) == 0;
	return n;
}

/* How many findings of that code the lines give. */
static size_t
lint(const char *lines, const char *code)
{
	struct arena *a = arena_new();
	struct rule_source src = { .text = slice_cstr(lines),
		.label = "t.cf" };
	struct match_options opt = { .all = true };
	struct conf *conf = conf_new(a);
	struct ruleset *rs;
	struct matcher *m;
	struct err e = { 0 };
	size_t n;

	if (rule_load(a, conf, &src, 1, NULL, &rs, &e) != 0 ||
	    match_build(a, rs, &opt, &m, &e) != 0)
		DIE("%s", e.text);
	match_lint(rs, m);
	n = count(rs, code);
	for (size_t i = 0; i < rs->findings.n; i++)
		printf("# [%s] %s\n", rs->findings.v[i].code,
		    rs->findings.v[i].text);
	arena_free(&a);
	return n;
}

struct row {
	const char *regex;
	size_t n;
};

static void
run_rows(const char *code, const struct row *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char line[400];

		snprintf(line, sizeof(line), "header T_X Subject =~ %s\n",
		    t[i].regex);
		ok(lint(line, code) == t[i].n, "%s %s: %zu", code, t[i].regex,
		    t[i].n);
	}
}

static void
test_always(void)
{
	static const struct row t[] = {
		{ "/a?/", 1 }, { "/(?:foo)*/", 1 }, { "/^\\s*/", 1 },
		{ "/\\s*$/", 1 }, { "/^/", 1 }, { "/foo|b*/", 1 },
		{ "/(a*)(?:b?|c)/", 1 }, { "/|a/", 1 },	/* not twice */
		{ "/./", 0 }, { "/a+/", 0 }, { "/^\\s*$/", 0 },
		{ "/\\b/", 0 }, { "/(?!a)/", 0 }, { "/(?<TAG>.*)/", 0 },
		{ "/a{0,3}b/", 0 }, { "/[a]{0}/", 1 }, { "/(?i)/", 1 },
		{ "/\\Qa\\E*/", 1 }, { "/\\Qa*\\E/", 0 },
		{ "/\\Q|\\E/", 0 }, { "/\\Qab\\E?/", 0 },
		{ "/(a)?(?(1)b*|c*)/", 1 }, { "/(a)?(?(1)b|c*)/", 0 },
		{ "/(a)?(?(1)b*)/", 1 }, { "/(?(?=a)b*|c*)/", 0 },
		{ "/(?(DEFINE)(?<n>abc))x*/", 1 },
		{ "/(?(DEFINE)(?<n>a*))x/", 0 },
		{ "/(*atomic:a*)/", 1 }, { "/(*pla:a)b*/", 0 },
		{ "/(?:(*PRUNE)x|y*)/", 0 }, { "/a*(*COMMIT)/", 0 },
	};

	run_rows("always-matches", t, sizeof(t) / sizeof(t[0]));
}

static void
test_catastrophic(void)
{
	static const struct row t[] = {
		{ "/^(a+)+$/", 1 }, { "/^(?:a|a)*$/", 1 },
		{ "/^(?:\\w+\\s?)+$/", 1 }, { "/(?:a*)*b\\d/", 1 },
		{ "/x(?:[a-z]|\\w)+!/", 1 }, { "/^(?:.*,){8}x/", 1 },
		{ "/(?=(a+)+$)\\w/", 1 }, { "/^(?:\\s*\\S*)*z$/", 1 },
		{ "/^(?:a++)+$/", 0 }, { "/^(?>a+)+$/", 0 },
		{ "/^(?:a+b)+$/", 0 }, { "/a+b+c+/", 0 },
		{ "/^(?:foo|bar)+$/", 0 }, { "/^[^@]+@(?:\\w+\\.)+\\w+$/", 0 },
		{ "/(?:a{1,5}){1,5}z/", 0 },
		{ "/^\\Q(\\E(a+)+\\Q$\\E/", 1 }, { "/^(\\Qa+\\E)+$/", 0 },
		{ "/^(x)(?(1)(?:a+)+$|b)/", 1 },
		{ "/^(?(?=x)y|(?:b+)+$)/", 1 },
		{ "/(*NO_START_OPT)^(?:a+)+$/", 1 },
		{ "/^(*atomic:a+)+$/", 0 }, { "/^(*atomic:(?:a+)+\\d)z/", 1 },
	};

	run_rows("catastrophic-regex", t, sizeof(t) / sizeof(t[0]));
}

static void
test_slow(void)
{
	static const struct row t[] = {
		{ "/.*.*.*.*!x/s", 1 }, { "/\\s+\\s+\\s+z/", 1 },
		{ "/foo.*bar/", 0 }, { "/a+b/", 0 }, { "/^(a+)+$/", 0 },
	};

	run_rows("slow-regex", t, sizeof(t) / sizeof(t[0]));
}

static void
test_no_literal(void)
{
	is_int(lint("body A /[a-z]{3}/\nuri B /\\w\\w/\n"
	    "full C /./\nrawbody D /e/\n", "no-literal"), 4, "each kind");
	is_int(lint("body A /[a-z]{3}\\d{3}/\nrawbody D /x/\n", "no-literal"),
	    0, "a chain will do");
	is_int(lint("body A /viagra/\nheader B Subject =~ /\\d/\n"
	    "header C exists:X\nbody D /%{FOO}/\n", "no-literal"), 0,
	    "a literal, headers, templates");
}

/* The text in a proof does what is said of it. */
static void
test_proof(void)
{
	struct arena *a = arena_new();
	struct rule_regex re = { .text = SLICE("id=(?:[0-9]+-?)+;") };
	struct err e = { 0 };
	struct regex *compiled = regex_compile(a, &re, &e);
	struct shape *x = shape_parse(a, &re);
	struct pump p;

	ok(compiled != NULL && x != NULL, "compiled and parsed");
	ok(pump_explodes(a, compiled, x, &p), "found");
	ok(slice_starts(p.text, SLICE("id=")), "it leads up to the loop");
	ok(p.text.n < 300, "%zu bytes", p.text.n);
	is_int(regex_search(compiled, p.text, 0, NULL, 0), REGEX_LIMIT,
	    "PCRE2 gives up on it");
	is_int((long)p.where->from, 3, "the loop's place");
	is_int((long)p.where->to, 16, "and its end");
	arena_free(&a);
}

/* What the reader does not follow must give no tree, never a wrong one. */
static void
test_shape_refuses(void)
{
	static const struct {
		const char *text;
		bool tree;
	} t[] = {
		{ "", true }, { "a", true }, { "(", false }, { ")", false },
		{ "(?", false }, { "(?<", false }, { "[", false },
		{ "\\", false }, { "a\\Qb\\E", true }, { "\\Q(", true },
		{ "\\Qa|)*\\E*", true }, { "\\Qa\\", true },
		{ "a\\Q\\E*", true }, { "(\\Qb)\\E", false },
		{ "(*COMMIT)a", true }, { "(*MARK:x)a", true },
		{ "(*COMMIT", false }, { "(*", false }, { "(*:", false },
		{ "(*pla:a)", true }, { "(*pla:a", false },
		{ "(?(1)a|b)", true }, { "(?(1)a)", true },
		{ "(?(1)a|b|c)", false }, { "(?(<n>)a|b)", true },
		{ "(?(?=a)b|c)", true }, { "(?(*pla:a)b)", true },
		{ "(?(DEFINE)(?<n>a*))b", true }, { "(?(1)", false },
		{ "(?(", false }, { "(?(?=a)", false }, { "(?(1", false },
		{ "a{2,3}?", true }, { "a{,3}", true }, { "a{x}", true },
		{ "(?#c)a", true },
		{ "(?x) a # c", true }, { "(?i:a(?-i)b)", true },
		{ "(?&foo)(?1)(?R)", true }, { "(?P<n>a)\\g{n}", true },
		{ "a|(b|)", true }, { "\\x{41}\\o", false },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct arena *a = arena_new();
		struct rule_regex re = { .text = slice_cstr(t[i].text) };

		ok((shape_parse(a, &re) != NULL) == t[i].tree, "'%s'",
		    t[i].text);
		arena_free(&a);
	}
}

static void
test_deep(void)
{
	struct arena *a = arena_new();
	char *text = arena_alloc(a, 20001);
	struct rule_regex re = { .text = { text, 20000 } };

	memset(text, '(', 10000);
	memset(text + 10000, ')', 10000);
	ok(shape_parse(a, &re) == NULL, "10000 groups are too deep");
	memset(text, '\0', 20000);
	ok(shape_parse(a, &re) != NULL, "20000 NUL bytes are not");
	arena_free(&a);
}

int
main(void)
{
	test_always();
	test_catastrophic();
	test_slow();
	test_no_literal();
	test_proof();
	test_shape_refuses();
	test_deep();
	return tap_done();
}

/*
 * automaton_test - regexes as one automaton: what it accepts of what, that a
 * subject PCRE2 matches is always accepted, and that text made to need many
 * states costs no more than a bounded number of them.
 */
#include "config.h"

#include "match/automaton.h"
#include "match/match.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "tests/tap/tap.h"
#include "tests/unit/match/random-regex.h"

enum { ROUNDS = 1500, TOGETHER = 12, SUBJECTS = 40 };

static uint64_t
scan_one(struct automaton_states *s, struct slice text)
{
	uint64_t seen;

	automaton_scan(s, &text, 1, &seen);
	return seen;
}

/* Accepted?  -1: the regex cannot be in an automaton. */
static int
accepts(const char *text, unsigned flags, struct slice subject)
{
	struct arena *a = arena_new();
	struct rule_regex re = { slice_cstr(text), flags, SLICE("") };
	const char *why;
	const struct program *p = program_read(a, &re, &why);
	int rc = -1;

	if (p != NULL && p->shortest >= AUTOMATON_SHORTEST) {
		struct automaton_states *s =
		    automaton_states_new(automaton_new(a, &p, 1));

		automaton_begin(s);
		rc = scan_one(s, subject) != 0;
		automaton_states_free(&s);
	}
	arena_free(&a);
	return rc;
}

static void
test_table(void)
{
	static const struct {
		const char *re;
		unsigned flags;
		const char *text;
		int want;
	} cases[] = {
		{ "abc", 0, "xxabcx", 1 },
		{ "abc", 0, "xxabx", 0 },
		{ "abc", 0, "ABC", 0 },
		{ "abc", RE_I, "xABC", 1 },
		{ "\xe9t\xe9", RE_I, "\xc9T\xc9", 1 },
		{ "a(?:b|cd)e", 0, "abe", 1 },
		{ "a(?:b|cd)e", 0, "xacde", 1 },
		{ "a(?:b|cd)e", 0, "abcde", 0 },
		{ "a[bc]{2,3}d", 0, "abcd", 1 },
		{ "a[bc]{2,3}d", 0, "abcbcd", 0 },
		{ "a[bc]{2,3}d", 0, "abd", 0 },
		{ "a(?:bc)*d.", 0, "abcbcbcbcdx", 1 },
		{ "a(?:bc)*d.", 0, "abcbcbcbdx", 0 },
		{ "a(?:bc)+d", 0, "xad", 0 },
		{ "ab?c?d", 0, "acd", -1 },
		{ "zab?c?d", 0, "zacd", 1 },
		{ "zab?c?d", 0, "zacbd", 0 },
		{ "abc$", 0, "abc", 1 },
		{ "abc$", 0, "abc\n", 1 },
		{ "abc$", 0, "abc\n\n", 0 },
		{ "abc$", 0, "abcd", 0 },
		{ "abc$\\n", 0, "abc\n", 1 },
		{ "abc$", RE_M, "abc\nd", 1 },
		{ "abc\\z", 0, "abc\n", 1 },	/* read as $ */
		{ "(?:abc$|abd){2}", 0, "abcabd", 0 },
		{ "(?:abc$|abd){2}", 0, "abdabc", 1 },
		{ "^abc", 0, "abc", 1 },
		{ "^abc", 0, "xabc", 0 },
		{ "^abc", 0, "\nabc", 0 },
		{ "^abc", RE_M, "x\nabc", 1 },
		{ "x\n^abc", RE_M, "x\nabc", 1 },
		{ "\\Aabc", RE_M, "x\nabc", 0 },
		{ "abc(?=x)", 0, "abc", 1 },	/* not looked at */
		{ "abc.*x", 0, "abc", 1 },
		{ "a[\\w ]{0,20}bcd", 0, "axxxx xxx bcd", 1 },
		{ "a[\\w ]{0,20}bcd", 0, "axxxx xx- bcd", 0 },
		{ "(abc)\\1", 0, "abcx", 1 },	/* nor that */
		{ "(*ACCEPT)abc", 0, "abc", -1 },
		{ "ab", 0, "ab", -1 },
		{ "ab|", 0, "ab", -1 },
		{ ".*abc", 0, "abc", -1 },
		{ "(?:\\w{200}){200}", 0, "abc", 0 },
		{ "(?:\\w{300}){300}", 0, "abc", -1 },
		{ "xa(?:\xc3[\xa0-\xa5]|\xc4[\x80-\x85]|e)b", 0,
		    "xa\xc4\x80""b", 1 },
		{ "xa(?:\xc3[\xa0-\xa5]|\xc4[\x80-\x85]|e)b", 0,
		    "xa\xc4\xa0""b", 1 },	/* the forms are merged */
		{ "xa(?:\xc3[\xa0-\xa5]|\xc4[\x80-\x85]|e)b", 0,
		    "xa\xc4z""b", 0 },
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(accepts(cases[i].re, cases[i].flags,
		    slice_cstr(cases[i].text)), cases[i].want,
		    arena_printf(a, "%zu: %s on %s", i, cases[i].re,
		    cases[i].text));
	arena_free(&a);
}

static void
test_defines(void)
{
	struct arena *a = arena_new();
	struct rule_regex re = { SLICE("x(?&A)z"), 0, SLICE("(?(DEFINE)"
	    "(?<A>(?&B)|q)(?<B>(?&C))(?<C>(?&D)(?&D))(?<D>r))") };
	const char *why;
	const struct program *p = program_read(a, &re, &why);
	struct automaton_states *s =
	    automaton_states_new(automaton_new(a, &p, 1));

	ok(scan_one(s, SLICE("xrrz")) != 0, "groups far ahead");
	ok(scan_one(s, SLICE("xrz")) == 0, "are known in the end");
	automaton_states_free(&s);
	arena_free(&a);
}

/* ---- many states ---- */

/* Several side by side when the states run out: none with many is spared. */
static void
test_flush(struct automaton_states *s, struct slice one, struct slice two)
{
	const struct slice v[] = { two, one, SLICE("x"), one, two, one };
	uint64_t seen[6] = { 0 };

	automaton_scan(s, v, 6, seen);
	for (unsigned i = 0; i < 6; i++)
		ok(seen[i] != 0 || v[i].n <= 1000,
		    "text %u of %zu bytes, beside others", i, v[i].n);
}

static void
test_states(void)
{
	struct arena *a = arena_new();
	struct rule_regex re = { SLICE("a[ab]{14}c"), 0, SLICE("") };
	const char *why;
	const struct program *p = program_read(a, &re, &why);
	struct automaton_states *s;
	struct random r = { 5 };
	size_t n = 4000000;
	char *text = arena_alloc(a, n);
	double began;

	s = automaton_states_new(automaton_new(a, &p, 1));
	for (size_t i = 0; i < n; i++)
		text[i] = "ab"[pick(&r, 2)];
	automaton_begin(s);
	ok(scan_one(s, slice_make(text, 1000)) == 0, "a few states");
	began = clock_cpu();
	for (unsigned i = 0; i < 10; i++)
		ok(scan_one(s, slice_make(text, n)) != 0,
		    "too many count as a hit");
	ok(clock_cpu() - began < 5, "in good time");
	automaton_begin(s);
	ok(scan_one(s, slice_make(text, 1000)) == 0,
	    "the next message starts afresh");
	ok(scan_one(s, SLICE("xxaabababababababc")) != 0, "a hit");
	automaton_begin(s);
	test_flush(s, slice_make(text, n), slice_make(text, 1000));
	automaton_begin(s);
	test_flush(s, slice_make(text, 1000), slice_make(text, n));
	automaton_states_free(&s);
	arena_free(&a);
}

/* ---- PCRE2's hits ---- */

struct candidate {
	struct regex *regex;
	struct slice text;
	unsigned flags;
};

struct tally {
	unsigned regexes, hits, lost, spared;
};

/* Random regexes that PCRE2 compiles and an automaton takes. */
static size_t
candidates(struct random *r, struct arena *a, struct candidate *c,
    const struct program **v)
{
	size_t n = 0;

	for (unsigned tries = 0; tries < 60 && n < TOGETHER; tries++) {
		struct rule_regex re = { .flags = pick(r, 16) };
		const struct program *p;
		const char *why;
		struct buf b;

		buf_init(&b, a);
		random_regex(r, &b, 0);
		re.text = buf_slice(&b);
		p = program_read(a, &re, &why);
		if (p == NULL || p->shortest < AUTOMATON_SHORTEST)
			continue;
		c[n].regex = regex_compile(a, &re, NULL);
		c[n].text = re.text;
		c[n].flags = re.flags;
		v[n] = p;
		n += c[n].regex != NULL;
	}
	return n;
}

static void
compare(const struct candidate *c, size_t n, struct slice subject,
    uint64_t accepted, struct tally *t)
{
	for (size_t i = 0; i < n; i++) {
		bool hit = regex_search(c[i].regex, subject, 0, NULL, 0) ==
		    REGEX_HIT;

		t->hits += hit;
		t->spared += !(accepted >> i & 1);
		if (!hit || (accepted >> i & 1))
			continue;
		t->lost++;
		tap_show("regex", c[i].text.p, c[i].text.n);
		tap_show("subject", subject.p, subject.n);
		printf("#   flags %u\n", c[i].flags);
	}
}

static void
test_property(void)
{
	struct random r = { 20260401 };
	struct tally t = { 0 };
	unsigned differ = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct arena *a = arena_new();
		struct candidate c[TOGETHER];
		const struct program *v[TOGETHER];
		size_t n = candidates(&r, a, c, v);
		struct automaton_states *s;
		struct slice subjects[SUBJECTS];
		uint64_t alone[SUBJECTS], beside[SUBJECTS];
		char bytes[30];

		if (n == 0) {
			arena_free(&a);
			continue;
		}
		s = automaton_states_new(automaton_new(a, v, n));
		for (unsigned k = 0; k < SUBJECTS; k++) {
			struct slice subject = random_subject(&r, bytes,
			    sizeof(bytes));

			subjects[k] = arena_slice(a, subject);
			alone[k] = scan_one(s, subject);
			compare(c, n, subject, alone[k], &t);
		}
		automaton_scan(s, subjects, SUBJECTS, beside);
		differ += memcmp(alone, beside, sizeof(alone)) != 0;
		t.regexes += (unsigned)n;
		automaton_states_free(&s);
		arena_free(&a);
	}
	printf("# %u regexes, %u hits, %u spared\n", t.regexes, t.hits,
	    t.spared);
	ok(t.regexes > ROUNDS * 4, "many random regexes are taken");
	ok(t.hits > t.regexes / 4, "enough of them match");
	ok(t.spared > t.regexes * SUBJECTS / 2, "most subjects are spared");
	is_int(t.lost, 0, "every match is accepted");
	is_int(differ, 0, "side by side, texts are accepted as alone");
}

int
main(void)
{
	test_table();
	test_defines();
	test_states();
	test_property();
	return tap_done();
}

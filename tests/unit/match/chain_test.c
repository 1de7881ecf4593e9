/*
 * chain_test - chains of byte classes: what the analysis of a regex finds,
 * that it never claims too much (a subject that PCRE2 matches contains one of
 * the chains), and that the sieve finds exactly the chains that occur.
 */
#include "config.h"

#include "match/match.h"
#include "match/sieve.h"

#include <string.h>

#include "base/buf.h"
#include "tests/tap/tap.h"
#include "tests/unit/match/claim.h"

enum { SIEVES = 300, CHAINS = 40 };

/* ---- what is found ---- */

static void
add_set(struct buf *b, const struct byteset *s)
{
	bool all = true;

	for (unsigned i = 0; i < 4; i++)
		all = all && s->w[i] == UINT64_MAX;
	if (all) {
		buf_addc(b, '.');
		return;
	}
	for (unsigned c = 0; c < 256; c++) {
		if (byteset_has(s, (unsigned char)c))
			buf_addc(b, (char)c);
	}
}

/* vV{ _}iI: v or V, then blanks or underscores, then i or I; "-" for none. */
static struct slice
found(struct arena *a, const char *text, unsigned flags)
{
	struct rule_regex re = { slice_cstr(text), flags, SLICE("") };
	struct chain_set set;
	struct buf b;

	buf_init(&b, a);
	chain_analyse(a, &re, &set);
	if (set.n == 0)
		buf_addc(&b, '-');
	for (size_t i = 0; i < set.n; i++) {
		const struct chain *c = set.v[i];

		for (unsigned s = 0; s < c->n; s++) {
			if (s > 0) {
				buf_addc(&b, '{');
				add_set(&b, &c->gap[s]);
				buf_addc(&b, '}');
			}
			add_set(&b, &c->step[s]);
		}
		if (i + 1 < set.n)
			buf_addc(&b, '|');
	}
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
		{ "zqx", 0, "z{}q{}x" },
		{ "zqx", RE_I, "Zz{}Qq{}Xx" },
		{ "z[-_]*q[-_]{0,3}x", 0, "z{-_}q{-_}x" },
		{ "z.?q.*x", 0, "z{.}q{.}x" },
		{ "[zZ](?:q|Q)x", 0, "Zz{}Qq{}x" },
		{ "z(?:q|\\^[\xa0-\xa1])x", 0, "z{}^q{\xa0\xa1}x" },
		{ "(?:zz){2}", 0, "z{}z{}z{}z" },
		{ "z{2,}q", 0, "z{}z{z}q" },
		{ "zq+x", 0, "z{}q{q}x" },
		{ "z(?=qqqq)(?!qqx)Q", 0, "z{}Q" },
		{ "(?:zqx$|zqy){2}", 0, "z{}q{}y{}z" },
		{ "(?:zqx$|zqy){2}", RE_M, "z{}q{}xy{}z" },
		{ "zqx\\z", 0, "z{}q{}x" },
		{ "zqx$z", 0, "-" },
		{ "zqx$\\n", 0, "z{}q{}x{}\n" },
		{ "\xe9", RE_I, "\xc9\xe9" },
		{ "\xe9\xe9", RE_I, "\xc9\xe9{}\xc9\xe9" },
		{ "(z)\\1QQ", 0, "z{.}Q{}Q" },
		{ "", 0, "-" },
		{ "e", 0, "-" },
		{ ".*", 0, "-" },
		{ "zqx|", 0, "-" },
		{ "(*ACCEPT)zqx", 0, "-" },
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_cstr(found(a, cases[i].re, cases[i].flags), cases[i].want,
		    arena_printf(a, "regex %zu: %s", i, cases[i].re));
	arena_free(&a);
}

static void
test_caps(void)
{
	struct arena *a = arena_new();
	struct buf b;

	buf_init(&b, a);
	for (unsigned i = 0; i < 300; i++)
		buf_adds(&b, "[a-z]");
	ok(found(a, arena_str(a, buf_slice(&b)), 0).n >
	    (CHAIN_STEPS - 1) * 26, "more steps than a chain has");
	buf_clear(&b);
	for (unsigned i = 0; i < 200; i++)
		buf_addf(&b, "%sz%cq%cx", i ? "|" : "", 'a' + i % 26,
		    'a' + i / 26);
	ok(found(a, arena_str(a, buf_slice(&b)), 0).n > 8,
	    "more alternatives than a set has are merged");
	buf_clear(&b);
	for (unsigned i = 0; i < 100; i++)
		buf_adds(&b, "(?:z|qq|xxx|vvvv)");
	ok(found(a, arena_str(a, buf_slice(&b)), 0).n > 8,
	    "a long product ends");
	ok(found(a, "(?:zq|(?:x?){60000}){60000}", 0).n > 0,
	    "so does a long repetition");
	arena_free(&a);
}

/* ---- a slow look for a chain ---- */

/* Does step s, and all behind it, occur from here on? */
static bool
follows(const struct chain *c, unsigned s, struct slice t, size_t at)
{
	if (s == c->n)
		return true;
	for (; at < t.n; at++) {
		unsigned char x = (unsigned char)t.p[at];

		if (byteset_has(&c->step[s], x) &&
		    follows(c, s + 1, t, at + 1))
			return true;
		if (s > 0 && !byteset_has(&c->gap[s], x))
			return false;
	}
	return false;
}

static bool
has_chain(const void *found, struct slice subject)
{
	const struct chain_set *set = found;

	for (size_t i = 0; i < set->n; i++) {
		if (follows(set->v[i], 0, subject, 0))
			return true;
	}
	return false;
}

/* ---- PCRE2's hits ---- */

static void *
analyse(struct arena *a, const struct rule_regex *re)
{
	struct chain_set *set = arena_alloc(a, sizeof(*set));

	chain_analyse(a, re, set);
	return set->n > 0 ? set : NULL;
}

static void
test_property(void)
{
	struct random r = { 20260301 };
	struct tally t = try_regexes(&r, analyse, has_chain);

	printf("# %u compiled, %u with chains, %u hits\n", t.compiled,
	    t.claims, t.hits);
	ok(t.claims > REGEXES / 30, "enough of them have chains");
	ok(t.hits > REGEXES / 8, "enough of them match");
	is_int(t.lost, 0, "every match contains a chain");
}

/* ---- the sieve ---- */

static struct byteset
random_set(struct random *r)
{
	static const char bytes[] = "aabbcABC\xe9\xc9 1.]#x\n";
	struct byteset s = { { 0 } };

	for (unsigned n = pick(r, 3) + 1; n > 0; n--)
		byteset_add(&s, (unsigned char)bytes[pick(r,
		    sizeof(bytes) - 1)]);
	return s;
}

static struct chain *
random_chain(struct random *r, struct arena *a)
{
	struct chain *c = arena_alloc(a, sizeof(*c));

	c->n = 1 + pick(r, pick(r, 8) == 0 ? CHAIN_STEPS : 5);
	for (unsigned s = 0; s < c->n; s++) {
		c->step[s] = random_set(r);
		if (pick(r, 2) == 0)
			c->gap[s] = random_set(r);
	}
	return c;
}

static void
note_chain(unsigned id, void *arg)
{
	bool *seen = arg;

	seen[id] = true;
}

/* Chains that are not wanted may go unnamed, no others. */
static unsigned
compare(const struct sieve *s, const struct sieve_chain *v, unsigned n,
    struct slice text, const bool *want)
{
	bool seen[CHAINS] = { false }, wanted[CHAINS] = { false };
	unsigned wrong = 0;

	for (unsigned i = 0; i < n; i++) {
		if (want[i])
			sieve_want(s, v[i].id, wanted);
	}
	sieve_scan(s, text, wanted, note_chain, seen);
	for (unsigned i = 0; i < n; i++) {
		bool there = follows(v[i].chain, 0, text, 0);

		wrong += seen[v[i].id] ? !there :
		    there && (want[i] || !v[i].on_demand);
	}
	return wrong;
}

/* Its blocks are fewer than CHAINS, as each chain fits into one. */
static void
test_sieve(bool narrow)
{
	struct random r = { 7 };
	unsigned wrong = 0;

	for (unsigned k = 0; k < SIEVES; k++) {
		struct arena *a = arena_new();
		struct sieve_chain v[CHAINS];
		unsigned n = 1 + pick(&r, CHAINS), some = pick(&r, n + 1);
		struct sieve *s;
		char bytes[200];

		for (unsigned i = 0; i < n; i++)
			v[i] = (struct sieve_chain){ random_chain(&r, a), i,
				i >= some };
		s = sieve_new(a, v, n);
		if (narrow)
			sieve_narrow(s);
		for (unsigned i = 0; i < 20; i++) {
			bool want[CHAINS];

			for (unsigned c = 0; c < n; c++)
				want[c] = pick(&r, 3) == 0;
			wrong += compare(s, v, n, random_subject(&r, bytes,
			    sizeof(bytes)), want);
		}
		arena_free(&a);
	}
	ok(wrong == 0, "the sieve names the chains that occur, no others%s",
	    narrow ? ", without AVX2" : "");
}

int
main(void)
{
	test_table();
	test_caps();
	test_property();
	test_sieve(false);
	test_sieve(true);
	return tap_done();
}

/*
 * claim - what an analysis says of every match of a regex, held against PCRE2's
 * own matches of random regexes in random subjects.
 */
#ifndef TESTS_MATCH_CLAIM_H
#define TESTS_MATCH_CLAIM_H

#include "match/match.h"
#include "tests/tap/tap.h"
#include "tests/unit/match/random-regex.h"

enum { REGEXES = 6000, SUBJECTS = 40 };

/* What an analysis claims of a regex, NULL if nothing; and whether a subject is
 * as claimed. */
typedef void *analyse_fn(struct arena *a, const struct rule_regex *re);
typedef bool claim_fn(const void *claim, struct slice subject);

struct tally {
	unsigned compiled, claims, hits, lost;
};

static inline void
try_regex(struct random *r, analyse_fn *analyse, claim_fn *holds,
    struct tally *t)
{
	struct arena *a = arena_new();
	struct rule_regex re = { .flags = pick(r, 16) };
	struct regex *regex;
	struct buf b;
	void *claim;
	char bytes[24];

	buf_init(&b, a);
	random_regex(r, &b, 0);
	re.text = buf_slice(&b);
	claim = analyse(a, &re);
	regex = regex_compile(a, &re, NULL);
	t->compiled += regex != NULL;
	t->claims += regex != NULL && claim != NULL;
	for (unsigned i = 0; regex != NULL && claim != NULL && i < SUBJECTS;
	    i++) {
		struct slice s = random_subject(r, bytes, sizeof(bytes));

		if (regex_search(regex, s, 0, NULL, 0) != REGEX_HIT)
			continue;
		t->hits++;
		if (holds(claim, s))
			continue;
		t->lost++;
		tap_show("regex", re.text.p, re.text.n);
		tap_show("subject", s.p, s.n);
		printf("#   flags %u\n", re.flags);
	}
	arena_free(&a);
}

/* Does every subject that PCRE2 matches hold what was claimed of the regex? */
static inline struct tally
try_regexes(struct random *r, analyse_fn *analyse, claim_fn *holds)
{
	struct tally t = { 0 };

	for (unsigned i = 0; i < REGEXES; i++)
		try_regex(r, analyse, holds, &t);
	return t;
}

#endif

/*
 * warm - a matcher's analysis and filters, kept in the cache (cache.h); for
 * build.c only.
 *
 * What is kept is what takes long to work out: per rule whether PCRE2 takes
 * its regex and what keeps it away, per group its three filters.  The key is
 * made of everything that decides these: the program, PCRE2, the prefilter's
 * library and the processor, and all that groups and analysis read of the
 * rules.  Scores, descriptions and the names of files are not among it.
 */
#ifndef MATCH_WARM_H
#define MATCH_WARM_H

#include "match/cache.h"
#include "match/match-priv.h"

/* What is kept of a rule. */
struct warm_rule {
	uint32_t broken;	/* PCRE2 refuses it */
	uint32_t gates;
	uint32_t n_literals, n_chains;
	uint32_t why;		/* none: 0; else an index + 1 of texts */
	uint32_t spare;
};

/* The rules wanted, in the order in which they are added. */
struct warm_rules {
	const struct rule *const *v;
	size_t n;
};
/* False: there is no key, as the program does not know which it is. */
bool warm_key(struct warm_rules rules, struct cache_key *key_r);

struct warm;
/* NULL: nothing is kept for the key, or it does not fit n rules. */
struct warm *warm_load(struct arena *a, const char *dir,
    const struct cache_key *key, size_t n);
/* Of the i-th of the rules. */
const struct warm_rule *warm_rule(const struct warm *w, size_t i);
const char *warm_why(const struct warm *w, const struct warm_rule *r);
/* The filters of the next group, whose rules are all there; -1: they do not
 * fit these. */
int warm_group(struct warm *w, struct arena *a, struct match_group *g);

void warm_save(const char *dir, const struct cache_key *key,
    struct warm_rules rules, const struct matcher *m);

#endif

/*
 * gates - what keeps a group's rules from PCRE2; for build.c only.
 */
#ifndef MATCH_GATES_H
#define MATCH_GATES_H

#include "match/chain.h"
#include "match/match-priv.h"

/* What analysis finds of a rule with a regex. */
struct analysed {
	struct match_rule *rule;
	struct rule_regex regex;	/* tags in it may be any text */
	struct literal_set literals;
	struct chain_set chains;
	const struct program *program;	/* NULL: not in the automaton */
};

/* A group in the making. */
struct group {
	struct match_group *g;
	VEC_OF(struct analysed *) rules;	/* that may get gates */
};

/* Into one of the group's lists, by its gates. */
void gates_file(struct arena *a, struct match_group *g,
    struct match_rule *mr);
/*
 * Analyse the group's rules, give each its gates, file it, and build the
 * filters that open these.  -1: a filter cannot be built (e).
 */
int gates_build(struct arena *a, struct group *group, struct err *e);
/* None has a gate: all are always tried. */
void gates_none(struct arena *a, struct group *group);

#endif

/*
 * match-priv - the inside of a matcher; for the files of this room only.
 *
 * build.c sorts the rules into groups: a group is the rules that look at the
 * same text (all body rules; all rules on From:addr).  run.c gives each
 * group its text, piece by piece ("subjects"), and asks PCRE2 about the
 * rules that the group's prefilter did not exclude.
 */
#ifndef MATCH_MATCH_PRIV_H
#define MATCH_MATCH_PRIV_H

#include "base/buf.h"
#include "base/vec.h"
#include "match/automaton.h"
#include "match/match.h"
#include "match/prefilter.h"
#include "match/sieve.h"

/* ---- regex.c ---- */
/* As regex_compile, but without JIT: for a regex made during a scan, when
 * asking for executable memory may be forbidden and does not pay. */
struct regex *regex_compile_once(struct arena *a, const struct rule_regex *re,
    struct err *e);
/* As regex_check, for one that is known to be good: compiled when first
 * searched; until then re must stay. */
struct regex *regex_defer(struct arena *a, const struct rule_regex *re);
/* Add what decides how a regex is compiled: PCRE2's version. */
void regex_identity(struct buf *b);
/*
 * The next match behind the one in spans[0], as Perl's //g finds it.
 * n_spans >= 1; returns as regex_search.
 */
int regex_next(const struct regex *re, struct slice subject,
    struct regex_span *spans, size_t n_spans);
/* Number of groups, with group 0. */
size_t regex_groups(const struct regex *re);

/* ---- groups ---- */
struct match_rule {
	const struct rule *rule;
	unsigned slot;			/* dense, over the matcher's rules */
	const struct regex *re;		/* NULL: exists, or made from tags */
	unsigned most;			/* stop counting at this many hits */
	unsigned gates;			/* what must be found before it runs */
	size_t n_literals, n_chains;
	const char *why;		/* why there is no gate */
	/* Of the rule, which lies where no cache of the processor is: */
	bool captures;
	bool one_subject;		/* the first that hits ends it */
	bool no_subject;		/* not on the body's first line */
	bool loud;			/* may hit where nothing is found */
};
enum { GATE_LITERAL = 1, GATE_CHAIN = 2, GATE_AUTOMATON = 4 };

struct match_group {
	enum rule_kind kind;
	struct view_header_req request;	/* RULE_HEADER */
	struct slice field;		/* RULE_MIMEHEADER: name, then … */
	bool raw;			/* … :raw */
	unsigned first_part, last_part;	/* 0: none given */
	bool concat;			/* all parts as one subject */
	bool has_if_unset;
	struct slice if_unset;
	VEC_OF(struct match_rule *) always;	/* no gates */
	VEC_OF(struct match_rule *) filtered;
	VEC_OF(struct match_rule *) loud;	/* of both, or of neither */
	struct prefilter *prefilter;	/* NULL: no rule has GATE_LITERAL */
	struct sieve *sieve;		/* NULL: no rule has GATE_CHAIN */
	struct automaton *automaton;	/* NULL: no rule has GATE_AUTOMATON */
	unsigned *automaton_ids;	/* its regexes' indexes in filtered */
	size_t number;			/* of the group */
};

struct matcher {
	/* Those whose rules capture tags come first (2.7). */
	VEC_OF(struct match_group *) groups;
	VEC_OF(struct match_rule *) rules;	/* by slot */
	VEC_OF(unsigned) ids;		/* theirs, and of refused regexes */
	struct match_rule **by_id;
	size_t n_ids;
	bool warm;			/* filters came from the cache */
};

/* ---- what a group looks at (subjects.c) ---- */
struct subjects {
	const struct slice *v;
	size_t n;
	size_t first;			/* those before are not looked at */
	bool present;			/* the header field is there */
};
struct subjects subjects_get(const struct match_group *g, struct view *v);

/* ---- templates and captures (capture.c) ---- */
/* Named groups of a match become tags of the message. */
void capture_save(struct view *v, const struct regex *re,
    struct slice subject, const struct regex_span *spans, size_t n);

/* The last regex made from one rule's template; kept while its tags stay. */
struct template {
	struct arena *arena;		/* NULL: none yet */
	struct slice text;
	const struct regex *re;		/* NULL: text is no regex */
};
enum { TEMPLATE_READY, TEMPLATE_UNSET, TEMPLATE_BAD };
/*
 * The rule's regex with the message's tags put in.  UNSET: a tag has no
 * value, so the rule cannot hit; BAD: too long, or no regex.
 */
int template_regex(struct template *t, const struct rule_regex *re,
    struct view *v, const struct regex **re_r);
void template_free(struct template *t);
/* For analysis: the regex with any text for each tag.  Lives in a. */
struct rule_regex template_any(struct arena *a, const struct rule_regex *re);
/* A tag put in for each name: is the rest a regex? */
int template_check(const struct rule_regex *re, struct err *e);

#endif

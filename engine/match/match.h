/*
 * match - every regex of the rule set, over the views of one message.
 *
 * Perl semantics are the contract and PCRE2 decides every hit.  Speed comes
 * from not asking it: literals that any match must contain are looked for
 * first, all rules of a view in one pass (Hyperscan, or our Aho-Corasick with
 * --without-hyperscan), and only rules whose literal appeared run.
 *
 * The matcher is built before fork and read-only afterwards; struct
 * match_worker holds a process's scratch.
 */
#ifndef MATCH_MATCH_H
#define MATCH_MATCH_H

#include "rule/rule.h"
#include "view/view.h"

/* ---- one regex (regex.c, the only file with pcre2.h) ---- */
struct regex;
/*
 * Perl's qr/…/aa on bytes: ASCII \w\d\s\b, Latin-1 case folding (trap 2),
 * $ before a final newline.  Lives in the arena (freed with it).
 */
struct regex *regex_compile(struct arena *a, const struct rule_regex *re,
    struct err *e);
/* The same, with JIT when it has been searched often: where few messages
 * follow. */
struct regex *regex_check(struct arena *a, const struct rule_regex *re,
    struct err *e);
struct regex_span {
	size_t start, end;
};
enum { REGEX_MISS = 0, REGEX_HIT = 1, REGEX_LIMIT = -1 };
/*
 * Search from offset.  spans (may be NULL, n 0) get group 0, 1, …; unset
 * groups have start == SIZE_MAX.  REGEX_LIMIT: gave up, count it unknown.
 */
int regex_search(const struct regex *re, struct slice subject, size_t from,
    struct regex_span *spans, size_t n_spans);
/* Named groups: i-th name and its number; NULL at the end. */
const char *regex_group_name(const struct regex *re, size_t i,
    unsigned *number_r);

/* ---- literals (literal.c) ---- */
/*
 * A set of literals one of which every match must contain (lower-cased where
 * folded).  n 0: none found; why says so for lint.
 */
struct literal_set {
	struct slice *v;
	bool *nocase;
	size_t n;
	double weight;		/* how often one begins at a byte of mail */
	const char *why;
};
/* common: literals in it are of no use, since every text has them; or empty. */
void literal_analyse(struct arena *a, const struct rule_regex *re,
    struct slice common, struct literal_set *set_r);

/* ---- the whole rule set ---- */
struct matcher;

struct match_options {
	bool no_prefilter;	/* every regex on every line: the oracle */
	unsigned score_set;	/* rules not needed in it are left out */
	bool all;		/* keep rules nobody needs too (tests) */
	const bool *only;	/* by rule id: leave out the others; or NULL */
	const char *cache_dir;	/* keeps what was worked out; NULL: nowhere */
	bool few;		/* few messages follow: compile when needed */
};

/* Bad regexes become findings in rs; -1 only on our own failure. */
int match_build(struct arena *a, struct ruleset *rs,
    const struct match_options *opt, struct matcher **m_r, struct err *e);

struct match_worker;
struct match_worker *match_worker_new(const struct matcher *m);
void match_worker_free(struct match_worker **w);

/*
 * Run all regex rules over the message; fills results[rule id].  Rules
 * that hit a limit are RESULT_UNKNOWN and set DEFECT_REGEX_LIMIT.  *cpu: the
 * seconds that other matchers took for this message, and this one is added.
 */
void match_run(const struct matcher *m, struct match_worker *w,
    struct view *v, struct rule_result *results, double *cpu);

/* How rule id is matched. */
struct match_info {
	bool prefiltered;
	size_t n_literals, n_chains;
	const char *why;	/* why not prefiltered */
};
struct match_info match_info(const struct matcher *m, unsigned rule_id);

#endif

/*
 * rule - the .cf language: text to a table of rules with dense ids.
 *
 * rule_load reads files in order (last wins), evaluates conditionals, and
 * leaves a struct ruleset that nothing changes afterwards: it is built before
 * the fork and shared by all workers.  Problems are findings with
 * file:line:column, collected, never printed here.  The language is that of
 * SpamAssassin 4.0.1 (reference/sa-compat.md 1 and 2).
 *
 * Who does what: this room knows rules, scores, conditionals and metas.  Site
 * settings go to conf/.  Directives that belong to plugins (urirhssub,
 * freemail_domains, …) go to rule_host.directive.
 */
#ifndef RULE_RULE_H
#define RULE_RULE_H

#include <limits.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/slice.h"
#include "base/vec.h"
#include "conf/conf.h"
#include "rule/result.h"

enum rule_kind {
	RULE_EMPTY,		/* name known, nothing to run (reuse) */
	RULE_HEADER,		/* header N Name =~ /re/, !~, exists: */
	RULE_BODY,
	RULE_RAWBODY,
	RULE_FULL,
	RULE_URI,
	RULE_MIMEHEADER,
	RULE_EVAL,		/* any kind with eval:f(); see .text */
	RULE_META,
	RULE_PLUGIN,		/* defined by a plugin's directive (askdns) */
	RULE_KINDS
};

/* What an eval is declared on. */
enum rule_text { TEXT_HEADER, TEXT_BODY, TEXT_RAWBODY, TEXT_FULL, TEXT_URI };

enum rule_tflag {
	TF_NET = 1u << 0, TF_NICE = 1u << 1, TF_LEARN = 1u << 2,
	TF_USERCONF = 1u << 3, TF_NOAUTOLEARN = 1u << 4,
	TF_MULTIPLE = 1u << 5, TF_NOSUBJECT = 1u << 6, TF_NOTRIM = 1u << 7,
	TF_DOMAINS_ONLY = 1u << 8, TF_IPS_ONLY = 1u << 9, TF_A = 1u << 10,
	TF_NS = 1u << 11, TF_PUBLISH = 1u << 12,
	TF_AUTOLEARN_FORCE = 1u << 13, TF_AUTOLEARN_BODY = 1u << 14,
	TF_AUTOLEARN_HEADER = 1u << 15, TF_NOAWL = 1u << 16,
	TF_NOLOG = 1u << 17,
};

/* Regex modifiers, as written after the delimiter. */
enum rule_reflag { RE_I = 1, RE_M = 2, RE_S = 4, RE_X = 8, RE_G = 16 };

struct rule_regex {
	struct slice text;	/* between the delimiters, after replace tags
				 * when tag_defines is empty */
	unsigned flags;
	/* With replace tags too large for PCRE2: "(?(DEFINE)…)" groups to put
	 * in front of text (trap 1); empty otherwise. */
	struct slice defines;
};

struct rule_test {		/* test NAME ok|fail STRING */
	bool ok;
	struct slice text;
	struct origin origin;
};

/* Does a hit end the scan, and as what? (shortcircuit) */
enum rule_ending { ENDING_NONE, ENDING_BY_SCORE, ENDING_HAM, ENDING_SPAM };

struct rule {
	unsigned id;		/* dense, definition order */
	struct slice name;
	enum rule_kind kind;
	enum rule_text text;	/* RULE_EVAL and RULE_PLUGIN */
	bool subrule;		/* name starts with __ */
	bool defined;		/* false: only score/describe/… named it */

	struct slice header;	/* RULE_HEADER, RULE_MIMEHEADER: "From:addr" */
	bool exists;		/* header N exists:H */
	bool negate;		/* !~ */
	bool always;		/* a hit whatever the regex finds */
	bool has_if_unset;
	struct slice if_unset;
	struct rule_regex regex;
	bool has_captures;	/* named groups that set tags (2.7) */
	bool needs_tags;	/* contains %{NAME} */

	struct slice function;	/* RULE_EVAL */
	VEC_OF(struct slice) args;	/* unquoted */

	struct rule_meta *meta;	/* RULE_META */

	double score[4];
	struct origin score_origin;	/* line 0: default */
	uint32_t tflags;
	unsigned maxhits;	/* 0: no maxhits= */
	/* RULE_MIMEHEADER: which parts it looks at, the message itself is 1;
	 * and whether at all of their fields as one text. */
	unsigned first_part, last_part;	/* 0: none given */
	bool concat;
	int priority;
	enum rule_ending ending;
	struct slice describe;
	struct slice subjprefix;
	struct origin origin;
	/* For lint: the definition that this one took the place of (line 0:
	 * none), and the first line but a score that says something of the
	 * rule, with its directive (NULL: none). */
	struct origin replaced, mention;
	const char *mentioned_by;
	VEC_OF(struct rule_test) tests;

	void *plugin_data;	/* what prepare left for its eval */
	const void *eval;	/* plug/'s row for function, set at bind */
};

/*
 * Codes.  Errors (the line has no effect): bad-value bad-name missing-value
 * bad-regex bad-expression bad-eval bad-header meta-cycle include-failed
 * too-deep if-unclosed if-unmatched require-version line-too-long binary
 * replace-failed too-many-findings plugin-failed.
 * Warnings: unknown-directive unknown-rule unknown-tflag always-matches
 * long-name replace-unused untrusted-network.  Information: ignored-setting
 * plugin-missing score-without-rule skipped-rule breaks-signature.  What takes
 * longer to find out is in rule/lint.h and match/lint.h.
 */
enum finding_level { FINDING_ERROR, FINDING_WARNING, FINDING_INFO };

struct finding {
	enum finding_level level;
	struct origin origin;
	const char *code;	/* stable word, see below */
	char *text;		/* what, why, what to do */
};

/* What conditionals skip because nothing stands for a plugin. */
struct rule_skipped {
	size_t lines;
	struct origin first;	/* of these lines */
	bool loadable;		/* something would after a loadplugin line */
};

/* A definition in a block that is skipped. */
struct rule_left_out {
	struct slice plugin;	/* that is missing; empty: another reason */
	bool loadable;		/* something stands for it, if loaded */
	struct origin origin;
	bool scored;		/* by a line that is skipped, too */
	double score[4];
};

/* How a scan ends early, if a plugin brought that. */
struct rule_endings {
	struct rule *mark;	/* counts as a hit then; NULL: none does */
	double ham, spam;	/* its points */
	/* A sum of points below or above ends a scan, too. */
	bool bounded;
	double below, above;
};

struct ruleset {
	struct arena *arena;
	VEC_OF(struct rule *) rules;	/* by id */
	struct map *by_name;
	VEC_OF(struct finding) findings;
	size_t n_errors;
	unsigned *meta_order;	/* metas, dependencies first */
	size_t n_metas;
	uint64_t fingerprint;	/* of everything read: cache and table key */
	VEC_OF(struct slice) plugins_wanted;	/* loadplugin names */
	struct map *skipped;	/* ifplugin name -> struct rule_skipped */
	struct map *left_out;	/* rule name -> struct rule_left_out */
	struct map *left_out_uses;	/* words of metas that are skipped */
	VEC_OF(struct slice) redirector_patterns;
	struct rule_endings endings;
	size_t n_files, n_lines;
	/* Numbers of "# UPDATE version N" lines, by file name, with commas. */
	struct slice update_versions;
	uint8_t *needed;	/* by id; bit s: needed in score set s */
	size_t n_needed;	/* ids it covers: those known when all was
				 * read; 0 until then */
};

/*
 * How the parser asks the rest of the engine.  Any member may be NULL.
 * "Mail::SpamAssassin::Plugin::" in front of a plugin's name is cut off
 * first, so hosts see "DNSEval" and "URIDNSBL::has_tflags_domains_only".
 */
struct rule_host {
	void *arg;
	/* ifplugin / plugin(X): does something stand for X now? */
	bool (*has_plugin)(void *arg, struct slice name);
	/* can(X::f), has(X::f) beyond what rule/ itself knows */
	bool (*can)(void *arg, struct slice name);
	/* a directive that rule/ has no row for; asked before conf/, so that a
	 * plugin may take over a setting that has no effect otherwise.
	 * 1: not mine; 0: taken; -1: bad, e filled */
	int (*directive)(void *arg, struct ruleset *rs, struct slice key,
	    struct slice value, const struct origin *origin, struct err *e);
	/* loadplugin X: from here on has_plugin(X), if anything stands for it;
	 * -1: that cannot be loaded, e filled */
	int (*load_plugin)(void *arg, struct ruleset *rs, struct slice name,
	    struct err *e);
	/* would loadplugin X make has_plugin(X) true? */
	bool (*loadable)(void *arg, struct slice name);
};

/* One source of lines. Exactly one of path and text is used. */
struct rule_source {
	const char *path;	/* file; or directory: its *.cf in byte order;
				 * the *.pre of all directories come first */
	struct slice text;	/* --cf LINE */
	const char *label;	/* shown as file name for text */
};

/*
 * Load everything.  The ruleset lives in arena.  -1 only when a source could
 * not be read (e); bad lines are findings and the line has no effect.
 * The last step (finish.c) resolves what needs all files: default scores,
 * replace tags, meta order, priorities, unknown names.
 */
int rule_load(struct arena *a, struct conf *conf,
    const struct rule_source *sources, size_t n,
    const struct rule_host *host, struct ruleset **rs_r, struct err *e);

/* The definition of that name that is skipped, or NULL. */
const struct rule_left_out *rule_left_out(const struct ruleset *rs,
    struct slice name);
struct rule *rule_find(const struct ruleset *rs, struct slice name);
/* Find or make (undefined) the rule of that name; NULL if the name is bad. */
struct rule *rule_intern(struct ruleset *rs, struct slice name);
void rule_finding(struct ruleset *rs, enum finding_level level,
    const struct origin *origin, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
const char *rule_kind_name(enum rule_kind k);
/* Score set: bit 0 network tests on, bit 1 statistics on. */
double rule_score(const struct rule *r, unsigned set);
/*
 * Must run for a verdict: its score in set is not 0 (a rule with score 0
 * counts as 0 in metas, trap 6), and, for a regex subrule that sets no tag,
 * a meta that runs names it.  While rules are read, and for names that came
 * later, nobody can know yet: true.
 */
bool rule_needed(const struct ruleset *rs, unsigned id, unsigned set);
/* From now on subrules that no meta names are needed, too. */
void rule_need_subrules(struct ruleset *rs);

/*
 * A hit of the rule ends the scan.  HAM and SPAM give it priority -200 where
 * it has none (0), and flags as SpamAssassin does.  NULL: the name is bad.
 */
struct rule *rule_end_at(struct ruleset *rs, struct slice name,
    enum rule_ending ending);

/* ---- the order of rules (order.c) ---- */
enum rule_class { CLASS_HEADER, CLASS_HEADER_EVAL, CLASS_BODY, CLASS_URI,
	CLASS_BODY_EVAL, CLASS_RAWBODY, CLASS_RAWBODY_EVAL, CLASS_FULL,
	CLASS_FULL_EVAL, CLASS_META };
struct rule_place {
	int priority;
	enum rule_class cls;
};
/* Of a rule that is no meta: these are ready, not placed. */
struct rule_place rule_place(const struct rule *r);
int rule_place_cmp(struct rule_place a, struct rule_place b);
/*
 * By id: the priority at the end of which a meta is decided, which is that of
 * the last rule it rests on; of other rules their priority.
 */
#define RULE_READY_LAST INT_MAX	/* when nothing else is left to run */
const int *rule_ready(const struct ruleset *rs, unsigned set);

/* /re/i, m{re}x … as a value. 0 or -1 with why (4.1). */
int rule_regex_parse(struct arena *a, struct slice text,
    struct rule_regex *re_r, struct err *e);

/* ---- metas (meta.c) ---- */
/*
 * Compile an expression; names are interned into rs.  0 or -1 (e).
 */
int rule_meta_compile(struct ruleset *rs, struct slice text,
    struct rule_meta **meta_r, struct err *e);
/*
 * Evaluate over the results so far.  Sets value, state and weight of *out_r:
 * unknown operands make the meta unknown unless the known ones decide it;
 * weights: && minimum, || maximum of its true sides, arithmetic and
 * comparisons the minimum over the operands that hit (design 1.2), traps 6, 7.
 */
void rule_meta_eval(const struct ruleset *rs, const struct rule *r,
    const struct rule_result *results, unsigned score_set,
    struct rule_result *out_r);
/*
 * All metas that are needed (by id), at the cost of those with an operand that
 * hit or is not known (quiet.c).  The plan lives in a.
 */
struct rule_quiet;
const struct rule_quiet *rule_quiet_new(struct arena *a,
    const struct ruleset *rs, unsigned set, const bool *needed);
/* As rule_meta_eval on each in order, whatever results had for them; returns
 * how many were evaluated.  scratch is as before when it returns. */
size_t rule_quiet_run(const struct rule_quiet *q, struct arena *scratch,
    struct rule_result *results);
/* The rules changed[0] to changed[n - 1], no metas of the plan, have become
 * something else since rule_quiet_run: evaluate what rests on them. */
size_t rule_quiet_change(const struct rule_quiet *q, struct arena *scratch,
    const unsigned *changed, size_t n, struct rule_result *results);
/* Rule ids the meta names. */
const unsigned *rule_meta_deps(const struct rule_meta *m, size_t *n_r);

#endif

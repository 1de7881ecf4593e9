/*
 * rule-priv - what the files of this room share while a rule set is built.
 */
#ifndef RULE_RULE_PRIV_H
#define RULE_RULE_PRIV_H

#include "base/limits.h"
#include "conf/nearest.h"
#include "rule/expr.h"
#include "rule/lex.h"
#include "rule/rule.h"

/* Findings kept; the rest are only counted, so that a file of garbage cannot
 * fill memory with complaints. */
#define FINDINGS_MAX 10000

struct cond_level {
	bool skip_before;		/* skipping when the if was met */
	bool seen_else;
	struct slice plugin;		/* that the condition misses, if any */
	unsigned line;
};

/* One file being read. */
struct file_frame {
	const struct file_frame *outer;	/* the file that includes this one */
	const char *name;
	bool skip;			/* lines have no effect now */
	struct cond_level levels[LIMIT_IF_DEPTH];
	size_t n_levels;
	size_t too_deep;		/* levels beyond LIMIT_IF_DEPTH */
};

struct replace_tables {
	struct map *tag, *inter, *pre, *post;	/* name -> struct slice * */
	struct map *rules;			/* name -> struct origin * */
	struct slice start, end;		/* < and > */
};

struct rule_update {
	const char *path;
	struct slice version;
};

/* Everything that lives only while loading. */
struct loader {
	struct arena *arena;
	struct arena *texts;		/* of the files being read */
	struct ruleset *rs;
	struct conf *conf;
	const struct rule_host *host;
	struct map *compat;		/* enable_compat names */
	struct map *told;		/* settings said to be ignored */
	struct replace_tables replace;
	struct slice locale;		/* for lang lines: "pt_BR" */
	struct file_frame *frame;
	struct origin origin;		/* of the line in hand */
	unsigned value_col;		/* where its value begins */
	const char *directive;		/* of the line in hand */
	size_t suggestions;		/* did-you-mean searches done */
	VEC_OF(struct rule_update) updates;
};

struct rule_meta {
	struct expr expr;
	VEC_OF(unsigned) deps;		/* rule ids, each once */
	struct slice text;		/* as written */
};

/* meta.c: rule_meta_eval of one that runs (trap 6). */
void meta_value(const struct ruleset *rs, const struct expr *x,
    const struct rule_result *results, unsigned set,
    struct rule_result *out_r);

/* What metas say when no rule hits; for watch.c. */
struct meta_quiet {
	const struct ruleset *rs;
	const struct rule_result *results;	/* by rule id */
	const unsigned *hits;		/* of metas, by rule id: see below */
};
struct meta_watch {
	bool all;			/* ids are all operands */
	VEC_OF(unsigned) ids;		/* nothing changes while these miss */
	unsigned hits;			/* of 1000 messages, a guess */
};
/* watch.c: w_r lives in a, but what it has of r is r's. */
void meta_watch(struct arena *a, const struct rule *r,
    const struct meta_quiet *q, struct meta_watch *w_r);

/* load.c: read one file or text; used by include. */
int load_file(struct loader *l, const char *path, struct err *e);

/* directive.c: one line that is not a conditional; does its own findings. */
void directive_run(struct loader *l, struct slice key, struct slice value);

/* define.c: one function per kind of definition, as directive rows call
 * them.  0, or -1 with e and an error code in *code_r. */
int define_header(struct loader *l, struct slice value, const char **code_r,
    struct err *e);
int define_body(struct loader *l, struct slice value, const char **code_r,
    struct err *e);
int define_rawbody(struct loader *l, struct slice value, const char **code_r,
    struct err *e);
int define_full(struct loader *l, struct slice value, const char **code_r,
    struct err *e);
int define_uri(struct loader *l, struct slice value, const char **code_r,
    struct err *e);
int define_mimeheader(struct loader *l, struct slice value,
    const char **code_r, struct err *e);
int define_meta(struct loader *l, struct slice value, const char **code_r,
    struct err *e);
int define_reuse(struct loader *l, struct slice value, const char **code_r,
    struct err *e);

/* attribute.c: lines that say something about a rule by name. */
int attribute_score(struct loader *l, struct slice value, const char **code_r,
    struct err *e);
int attribute_describe(struct loader *l, struct slice value,
    const char **code_r, struct err *e);
int attribute_tflags(struct loader *l, struct slice value,
    const char **code_r, struct err *e);
int attribute_priority(struct loader *l, struct slice value,
    const char **code_r, struct err *e);
int attribute_test(struct loader *l, struct slice value, const char **code_r,
    struct err *e);
int attribute_subjprefix(struct loader *l, struct slice value,
    const char **code_r, struct err *e);

/* args.c: function('a', 1.2.3.4) of an eval. */
int eval_parse(struct arena *a, struct slice text, struct slice *function_r,
    struct rule *r, struct err *e);

/* cond.c: conditionals.  True: the line was one. */
bool cond_line(struct loader *l, struct slice key, struct slice value);
void cond_end_of_file(struct loader *l);
/* "Mail::SpamAssassin::Plugin::X" and old names -> the name hosts know. */
struct slice cond_plugin_name(struct slice name);
bool cond_has_plugin(const struct loader *l, struct slice name);
/* It is not there, and would be after a loadplugin line. */
bool cond_loadable(const struct loader *l, struct slice name);

/* skipped.c: one line that is skipped. */
void skipped_line(struct loader *l, struct slice key, struct slice value);
/* "; did you mean X?", or that the definition is skipped; or "". */
const char *skipped_or_nearest(struct loader *l, struct slice name);

/* owner.c: which SpamAssassin plugin reads a directive; NULL if none. */
const char *rule_owner(struct slice directive);
void rule_owner_nearest(struct nearest *n);
/* directive.c: names of the table, for did-you-mean. */
void directive_nearest(struct nearest *n);

/* meta.c */
void meta_expand_globs(struct ruleset *rs, struct rule *r);
void meta_make_constant(struct rule *r);

/* replace.c: put replace tags into all rules that ask for it. */
void replace_init(struct arena *a, struct replace_tables *t);
void replace_apply(struct loader *l);

/* regex.c: does the text name capture groups that become tags; does it use
 * %{TAG} (reference 2.7). */
bool regex_has_captures(struct slice text);
bool regex_needs_tags(struct slice text);
/* Why it matches everything, or NULL (SpamAssassin's lint refuses it). */
const char *regex_always_matches(struct slice text);
/* From '[' at i: the place of the ']' that closes it, or the end. */
size_t regex_skip_class(struct slice text, size_t i);
/* About how many bytes PCRE2 will need for it (trap 1); where that is more than
 * most, anything above it. */
size_t regex_estimate(struct slice text, size_t most);

/* networks.c: our own relays must be trusted ones. */
void networks_check(struct loader *l);

/* finish.c */
void rule_finish(struct loader *l);

/* table.c */
bool rule_name_valid(struct slice name);
const char *rule_nearest(const struct ruleset *rs, struct slice name);

#endif

/*
 * cond.c - if, ifplugin, else, endif (reference/sa-compat.md 1.2, 1.3).
 *
 * load.c offers every line to cond_line first.  Conditionals belong to one
 * file: what is open at its end is reported and forgotten, and an included
 * file starts afresh.  A condition that cannot be read is false, and its
 * block is skipped, so that its endif still fits.
 *
 * What rule/ knows by itself: version, perl_version, local_tests_only and the
 * features of Mail::SpamAssassin::Conf.  Plugins are the host's business.
 */
#include "config.h"

#include "rule/rule-priv.h"

/* The language level we implement, and the Perl it pretends to run on. */
#define SA_VERSION 4.000001
#define PERL_VERSION 5.036000

static const char *const features[] = {
	"feature_originating_ip_headers",
	"feature_dns_local_ports_permit_avoid",
	"feature_bayes_auto_learn_on_error", "feature_uri_host_listed",
	"feature_yesno_takes_args", "feature_bug6558_free", "feature_edns",
	"feature_dns_query_restriction", "feature_registryboundaries",
	"feature_dns_block_rule", "feature_compile_regexp",
	"feature_meta_rules_matching", "feature_subjprefix",
	"feature_bayes_stopwords", "feature_get_host",
	"feature_blocklist_welcomelist", "feature_welcomelist_blocklist",
	"feature_header_address_parser", "feature_local_tests_only",
	"feature_header_first_last", "feature_header_match_many",
	"feature_capture_rules", "has_tflags_nosubject", "has_tflags_nolog",
	"perl_min_version_5010000",
};

/* Plugins that were renamed, and one that is always there (it was removed
 * upstream, and its blocks hold rules that need nothing). */
static const struct {
	const char *old, *name;
} renamed[] = {
	{ "Dmarc", "DMARC" }, { "WhiteListSubject", "WelcomeListSubject" },
};
#define ALWAYS_THERE "RaciallyCharged"

static struct slice
cut_prefix(struct slice s, struct slice prefix)
{
	return slice_starts(s, prefix) ? slice_sub(s, prefix.n, s.n) : s;
}

struct slice
cond_plugin_name(struct slice name)
{
	name = cut_prefix(name, SLICE("Mail::SpamAssassin::Plugin::"));
	for (size_t i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++) {
		if (slice_eq_cstr(name, renamed[i].old))
			return slice_cstr(renamed[i].name);
	}
	return name;
}

bool
cond_has_plugin(const struct loader *l, struct slice name)
{
	if (slice_eq_cstr(name, ALWAYS_THERE))
		return true;
	return l->host->has_plugin != NULL &&
	    l->host->has_plugin(l->host->arg, name);
}

bool
cond_loadable(const struct loader *l, struct slice name)
{
	return l->host->loadable != NULL && !cond_has_plugin(l, name) &&
	    l->host->loadable(l->host->arg, name);
}

static bool
conf_can(const struct loader *l, struct slice feature)
{
	struct slice compat = SLICE("compat_");

	if (slice_starts(feature, compat))
		return map_has(l->compat, cut_prefix(feature, compat));
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		if (slice_eq_cstr(feature, features[i]))
			return true;
	}
	return false;
}

static bool
can(const struct loader *l, struct slice name)
{
	struct slice conf = SLICE("Mail::SpamAssassin::Conf::");

	if (slice_starts(name, conf))
		return conf_can(l, cut_prefix(name, conf));
	name = cut_prefix(name, SLICE("Mail::SpamAssassin::Plugin::"));
	return l->host->can != NULL && l->host->can(l->host->arg, name);
}

/* What one condition learned while its names were looked up. */
struct condition {
	struct loader *l;
	struct slice missing;	/* first plugin that is not there */
};

static int
cond_function(struct condition *c, struct slice name, struct slice argument,
    struct expr_op *op, struct err *e)
{
	if (!slice_eq_cstr(name, "plugin")) {
		if (slice_find(argument, SLICE("::"), 0) < 0)
			return err_set(e, ERR_CONFIG, "write %.*s(Package::"
			    "name)", SLICE_FMT(name));
		op->number = can(c->l, argument);
		return 0;
	}
	argument = cond_plugin_name(argument);
	op->number = cond_has_plugin(c->l, argument);
	if (op->number == 0 && c->missing.p == NULL)
		c->missing = argument;
	return 0;
}

static int
cond_name(void *arg, struct slice name, struct slice argument,
    struct expr_op *op, struct err *e)
{
	struct condition *c = arg;

	op->code = EXPR_NUMBER;
	if (argument.p != NULL)
		return cond_function(c, name, argument, op, e);
	if (slice_eq_cstr(name, "version")) {
		op->number = SA_VERSION;
	} else if (slice_eq_cstr(name, "perl_version")) {
		op->number = PERL_VERSION;
	} else if (slice_eq_cstr(name, "local_tests_only")) {
		op->number = slice_eq_cstr(conf_text(c->l->conf,
		    "dns_available"), "no");
	} else {
		return err_set(e, ERR_CONFIG, "'%.*s' means nothing in a "
		    "condition: there are version, perl_version, "
		    "local_tests_only, plugin(), can() and has()",
		    SLICE_FMT(name));
	}
	return 0;
}

/* False, too, for a condition that cannot be read. */
static bool
evaluate(struct loader *l, struct slice text, struct slice *missing_r)
{
	static const char *const functions[] = { "plugin", "can", "has",
		NULL };
	struct condition c = { .l = l };
	struct expr_language lang = { functions, cond_name, &c };
	struct origin at = l->origin;
	struct expr x;
	struct err e;
	size_t offset;

	if (expr_compile(l->arena, text, &lang, &x, &offset, &e) != 0) {
		at.col = l->value_col + (unsigned)offset;
		rule_finding(l->rs, FINDING_ERROR, &at, "bad-expression",
		    "condition: %s; its block is skipped", e.text);
		return false;
	}
	*missing_r = c.missing;
	return expr_eval(&x, NULL, NULL).number != 0;
}

static void
push_level(struct loader *l, bool true_, struct slice missing)
{
	struct file_frame *f = l->frame;
	struct cond_level *level;

	if (f->n_levels == LIMIT_IF_DEPTH) {
		if (f->too_deep++ == 0)
			rule_finding(l->rs, FINDING_ERROR, &l->origin,
			    "too-deep", "more than %d conditionals inside "
			    "each other: what follows is skipped",
			    LIMIT_IF_DEPTH);
		return;
	}
	level = &f->levels[f->n_levels++];
	*level = (struct cond_level){ .skip_before = f->skip,
	    .line = l->origin.line };
	if (!true_) {
		f->skip = true;
		level->plugin = missing;
	}
}

static void
line_if(struct loader *l, struct slice value)
{
	struct slice missing = { 0 };
	bool yes = evaluate(l, value, &missing);

	push_level(l, yes, missing);
}

static void
line_ifplugin(struct loader *l, struct slice value)
{
	struct slice name = cond_plugin_name(value);
	bool yes = cond_has_plugin(l, name);

	push_level(l, yes, yes ? (struct slice){ 0 } : name);
}

/* Is the block that holds the innermost conditional skipped? */
static bool
outer_skipped(const struct file_frame *f)
{
	for (size_t i = 0; i < f->n_levels; i++) {
		if (f->levels[i].skip_before)
			return true;
	}
	return false;
}

static void
line_else(struct loader *l, struct slice value)
{
	struct file_frame *f = l->frame;
	struct cond_level *level;

	if (f->too_deep > 0)
		return;
	if (f->n_levels == 0) {
		rule_finding(l->rs, FINDING_ERROR, &l->origin,
		    "if-unmatched", "else without an if before it");
		return;
	}
	level = &f->levels[f->n_levels - 1];
	if (level->seen_else)
		rule_finding(l->rs, FINDING_ERROR, &l->origin,
		    "if-unmatched", "a second else for the if of line %u: "
		    "remove one", level->line);
	level->seen_else = true;
	level->plugin = (struct slice){ 0 };
	f->skip = outer_skipped(f) || !f->skip;
}

static void
line_endif(struct loader *l, struct slice value)
{
	struct file_frame *f = l->frame;

	if (f->too_deep > 0) {
		f->too_deep--;
	} else if (f->n_levels == 0) {
		rule_finding(l->rs, FINDING_ERROR, &l->origin,
		    "if-unmatched", "endif without an if before it");
	} else {
		f->skip = f->levels[--f->n_levels].skip_before;
	}
}

static const struct {
	const char *word;
	bool takes_value;
	void (*run)(struct loader *l, struct slice value);
} words[] = {
	{ "ifplugin", true, line_ifplugin }, { "if", true, line_if },
	{ "else", false, line_else }, { "endif", false, line_endif },
};

bool
cond_line(struct loader *l, struct slice key, struct slice value)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!slice_eq_cstr(key, words[i].word))
			continue;
		if (words[i].takes_value && value.n == 0)
			rule_finding(l->rs, FINDING_ERROR, &l->origin,
			    "missing-value", "%s needs a condition; its block "
			    "is skipped", words[i].word);
		if (!words[i].takes_value && value.n > 0) {
			rule_finding(l->rs, FINDING_ERROR, &l->origin,
			    "bad-value", "%s must stand alone",
			    words[i].word);
			return true;
		}
		if (words[i].takes_value && value.n == 0)
			push_level(l, false, (struct slice){ 0 });
		else
			words[i].run(l, value);
		return true;
	}
	return false;
}

void
cond_end_of_file(struct loader *l)
{
	struct file_frame *f = l->frame;

	for (size_t i = 0; i < f->n_levels; i++) {
		struct origin at = { f->name, f->levels[i].line, 1 };

		rule_finding(l->rs, FINDING_ERROR, &at, "if-unclosed",
		    "this conditional has no endif before the end of the "
		    "file");
	}
}

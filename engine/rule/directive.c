/*
 * directive.c - the table of directives, and what happens to a line.
 *
 * A line is looked for here, then offered to the host (plugins), then to
 * conf/ as a setting.  What nobody knows is a warning with a suggestion: new
 * releases of the rules bring new words, and the rest of the file is good.
 *
 * To add a directive: one row, and its function beside its like.
 */
#include "config.h"

#include "rule/rule-priv.h"

/* A search looks at every known word; garbage must not make thousands. */
#define SUGGESTIONS_MAX 200

typedef int directive_fn(struct loader *l, struct slice value,
    const char **code_r, struct err *e);

static int
line_include(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	const char *name = l->frame->name;
	ptrdiff_t slash = slice_rchr(slice_cstr(name), '/');
	char *path;

	*code_r = "missing-value";
	if (value.n == 0)
		return err_set(e, ERR_CONFIG, "include needs a file name");
	*code_r = "include-failed";
	path = value.p[0] == '/' || slash < 0 ? arena_str(l->arena, value)
	    : arena_printf(l->arena, "%.*s/%.*s", (int)slash, name,
	    SLICE_FMT(value));
	return load_file(l, path, e);
}

/* The exact version, or what releases put in its place by mistake. */
static int
line_require_version(struct loader *l, struct slice value,
    const char **code_r, struct err *e)
{
	*code_r = "missing-value";
	if (value.n == 0)
		return err_set(e, ERR_CONFIG, "require_version needs a "
		    "version");
	if (slice_eq_cstr(value, "@@VERSION@@") ||
	    slice_eq_cstr(value, "4.000001"))
		return 0;
	*code_r = "require-version";
	l->frame->skip = true;
	return err_set(e, ERR_CONFIG, "this file is for SpamAssassin %.*s, "
	    "and tare speaks the language of 4.000001: the rest of the file "
	    "is skipped", SLICE_FMT(value));
}

/* loadplugin Mail::SpamAssassin::Plugin::X [path]: noted; what stands for X
 * is there anyway, or from this line on. */
static int
want_plugin(struct loader *l, struct slice value, bool tell,
    const char **code_r, struct err *e)
{
	struct slice word, name;

	*code_r = "missing-value";
	if (!slice_word(&value, &word))
		return err_set(e, ERR_CONFIG, "the name of the plugin is "
		    "missing");
	name = cond_plugin_name(word);
	*VEC_PUSH(l->arena, &l->rs->plugins_wanted) =
	    arena_slice(l->arena, name);
	*code_r = "plugin-failed";
	if (l->host->load_plugin != NULL && l->host->load_plugin(
	    l->host->arg, l->rs, name, e) != 0)
		return -1;
	if (tell && !cond_has_plugin(l, name))
		rule_finding(l->rs, FINDING_INFO, &l->origin,
		    "plugin-missing", "nothing here stands for the plugin "
		    "%.*s: blocks in 'ifplugin %.*s' are skipped",
		    SLICE_FMT(name), SLICE_FMT(word));
	return 0;
}

static int
line_loadplugin(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	return want_plugin(l, value, true, code_r, e);
}

static int
line_tryplugin(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	return want_plugin(l, value, false, code_r, e);
}

static int
line_enable_compat(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	for (size_t i = 0; i < value.n; i++) {
		if (!ascii_isword((unsigned char)value.p[i]))
			value.n = 0;
	}
	if (value.n == 0 || value.n > 128)
		return err_set(e, ERR_CONFIG, "enable_compat takes one name "
		    "of letters, digits and '_'");
	map_put(l->compat, value, l);
	return 0;
}

static int
line_redirector(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	struct rule_regex re;

	*code_r = "bad-regex";
	if (rule_regex_parse(l->arena, value, &re, e) != 0)
		return -1;
	*VEC_PUSH(l->arena, &l->rs->redirector_patterns) =
	    arena_slice(l->arena, value);
	return 0;
}

/* The table of registered domains, if the host keeps one. */
static int
line_util_rb(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	return 0;
}

/* SpamAssassin's "t [t_min] [zone]": the first number is the limit, and
 * zones have deadlines of their own. */
static int
line_rbl_timeout(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	struct slice word, more;

	if (!slice_word(&value, &word))
		word = (struct slice){ 0 };
	slice_word(&value, &more);
	if (slice_word(&value, &more)) {
		rule_finding(l->rs, FINDING_INFO, &l->origin,
		    "ignored-setting", "rbl_timeout for one zone: each zone "
		    "has a deadline of its own, learned from its answers");
		return 0;
	}
	return conf_set(l->conf, SLICE("rbl_timeout"), word, &l->origin, e);
}

static int
line_rewrite_header(struct loader *l, struct slice value,
    const char **code_r, struct err *e)
{
	struct slice rest = value, field;

	if (slice_word(&rest, &field) && rest.n > 0 &&
	    !slice_eq_nocase(field, SLICE("subject")))
		rule_finding(l->rs, FINDING_INFO, &l->origin,
		    "breaks-signature", "rewrite_header %.*s changes a field "
		    "that DKIM signs: with report_safe 0 the signature of "
		    "spam does not fit any more", SLICE_FMT(field));
	return conf_set(l->conf, SLICE("rewrite_header"), value, &l->origin,
	    e);
}

/* ---- replace tags ---- */

static int
put_tag(struct loader *l, struct map *m, struct slice value,
    const char **code_r, struct err *e)
{
	struct slice name, *text;

	*code_r = "missing-value";
	if (!slice_word(&value, &name) || slice_trim(value).n == 0)
		return err_set(e, ERR_CONFIG, "write a name and its text");
	text = arena_alloc(l->arena, sizeof(*text));
	*text = arena_slice(l->arena, slice_trim(value));
	map_put(m, name, text);
	return 0;
}

static int
line_replace_tag(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	return put_tag(l, l->replace.tag, value, code_r, e);
}

static int
line_replace_inter(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	return put_tag(l, l->replace.inter, value, code_r, e);
}

static int
line_replace_pre(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	return put_tag(l, l->replace.pre, value, code_r, e);
}

static int
line_replace_post(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	return put_tag(l, l->replace.post, value, code_r, e);
}

static int
line_replace_rules(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	struct slice word;

	*code_r = "missing-value";
	if (value.n == 0)
		return err_set(e, ERR_CONFIG, "the names of rules are "
		    "missing");
	while (slice_word(&value, &word)) {
		struct origin *o = arena_alloc(l->arena, sizeof(*o));

		*o = l->origin;
		map_put(l->replace.rules, word, o);
	}
	return 0;
}

static int
line_replace_start(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	l->replace.start = value.n ? arena_slice(l->arena, value)
	    : SLICE("<");
	return 0;
}

static int
line_replace_end(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	l->replace.end = value.n ? arena_slice(l->arena, value) : SLICE(">");
	return 0;
}

/* host_first: a plugin may take the line, and then fn is not called. */
static const struct directive {
	const char *name;
	directive_fn *fn;
	bool host_first;
} directives[] = {
	{ "describe", attribute_describe, false },
	{ "meta", define_meta, false },
	{ "header", define_header, false },
	{ "body", define_body, false },
	{ "score", attribute_score, false },
	{ "tflags", attribute_tflags, false },
	{ "uri", define_uri, false },
	{ "rawbody", define_rawbody, false },
	{ "full", define_full, false },
	{ "mimeheader", define_mimeheader, false },
	{ "reuse", define_reuse, false },
	{ "priority", attribute_priority, false },
	{ "test", attribute_test, false },
	{ "subjprefix", attribute_subjprefix, false },
	{ "redirector_pattern", line_redirector, false },
	{ "replace_tag", line_replace_tag, false },
	{ "replace_inter", line_replace_inter, false },
	{ "replace_pre", line_replace_pre, false },
	{ "replace_post", line_replace_post, false },
	{ "replace_rules", line_replace_rules, false },
	{ "replace_start", line_replace_start, false },
	{ "replace_end", line_replace_end, false },
	{ "util_rb_tld", line_util_rb, true },
	{ "util_rb_2tld", line_util_rb, true },
	{ "util_rb_3tld", line_util_rb, true },
	{ "clear_util_rb", line_util_rb, true },
	{ "rbl_timeout", line_rbl_timeout, false },
	{ "rewrite_header", line_rewrite_header, false },
	{ "include", line_include, false },
	{ "require_version", line_require_version, false },
	{ "loadplugin", line_loadplugin, false },
	{ "tryplugin", line_tryplugin, false },
	{ "enable_compat", line_enable_compat, false },
};

void
directive_nearest(struct nearest *n)
{
	for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]);
	    i++)
		nearest_try(n, slice_cstr(directives[i].name));
}

static const struct directive *
find(struct slice key)
{
	for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]);
	    i++) {
		if (slice_eq_cstr(key, directives[i].name))
			return &directives[i];
	}
	return NULL;
}

static void
report(struct loader *l, const char *code, const struct err *e)
{
	struct origin at = l->origin;

	at.col = l->value_col;
	rule_finding(l->rs, FINDING_ERROR, &at, code, "%s", e->text);
}

/* 1: nobody took it. */
static int
ask_host(struct loader *l, struct slice key, struct slice value)
{
	struct err e = { 0 };
	int rc;

	if (l->host->directive == NULL)
		return 1;
	rc = l->host->directive(l->host->arg, l->rs, key, value, &l->origin,
	    &e);
	if (rc < 0)
		report(l, "bad-value", &e);
	return rc > 0 ? 1 : 0;
}

/* Say once for each that it has no effect, and why. */
static void
tell_ignored(struct loader *l, const struct setting *row)
{
	struct slice name = slice_cstr(row->name);

	if (map_has(l->told, name))
		return;
	map_put(l->told, name, l);
	rule_finding(l->rs, FINDING_INFO, &l->origin, "ignored-setting",
	    "%s has no effect: %s", row->name,
	    row->def != NULL ? row->def : row->help);
}

static int
ask_conf(struct loader *l, struct slice key, struct slice value)
{
	const struct setting *row = conf_find(l->conf, key);
	struct err e;

	if (row == NULL)
		return 1;
	if (row->type == SETTING_IGNORED)
		tell_ignored(l, row);
	if (conf_set(l->conf, key, value, &l->origin, &e) < 0)
		report(l, "bad-value", &e);
	return 0;
}

static struct slice
suggest(struct loader *l, struct slice key)
{
	struct nearest n;
	const char *setting;

	if (l->suggestions++ >= SUGGESTIONS_MAX)
		return (struct slice){ 0 };
	nearest_start(&n, key);
	directive_nearest(&n);
	setting = conf_nearest(l->conf, key);
	if (setting != NULL)
		nearest_try(&n, slice_cstr(setting));
	rule_owner_nearest(&n);
	return n.best;
}

static void
unknown(struct loader *l, struct slice key)
{
	const char *plugin = rule_owner(key);
	struct slice best;

	if (plugin != NULL && map_put(l->told, key, l) != NULL)
		return;		/* said once for each directive */
	if (plugin != NULL && cond_has_plugin(l, slice_cstr(plugin))) {
		rule_finding(l->rs, FINDING_INFO, &l->origin,
		    "ignored-setting", "%.*s has no effect: what stands for "
		    "the plugin %s here does not read it", SLICE_FMT(key),
		    plugin);
		return;
	}
	if (plugin != NULL && cond_loadable(l, slice_cstr(plugin))) {
		rule_finding(l->rs, FINDING_WARNING, &l->origin,
		    "unknown-directive", "%.*s belongs to the plugin %s: put "
		    "'loadplugin Mail::SpamAssassin::Plugin::%s' before it",
		    SLICE_FMT(key), plugin, plugin);
		return;
	}
	if (plugin != NULL) {
		rule_finding(l->rs, FINDING_WARNING, &l->origin,
		    "unknown-directive", "%.*s belongs to the plugin %s, and "
		    "nothing here stands for it: put the line in 'ifplugin "
		    "Mail::SpamAssassin::Plugin::%s'", SLICE_FMT(key), plugin,
		    plugin);
		return;
	}
	best = suggest(l, key);
	rule_finding(l->rs, FINDING_WARNING, &l->origin, "unknown-directive",
	    "'%.*s' is not a directive%s%.*s%s",
	    key.n > 60 ? 60 : (int)key.n, key.p,
	    best.n ? "; did you mean '" : "", SLICE_FMT(best),
	    best.n ? "'?" : "");
}

void
directive_run(struct loader *l, struct slice key, struct slice value)
{
	const struct directive *d = find(key);
	const char *code = "bad-value";
	struct err e = { 0 };

	if (d != NULL) {
		l->directive = d->name;
		if (d->host_first && ask_host(l, key, value) == 0)
			return;
		if (d->fn(l, value, &code, &e) != 0)
			report(l, code, &e);
		return;
	}
	if (ask_host(l, key, value) != 0 && ask_conf(l, key, value) != 0)
		unknown(l, key);
}

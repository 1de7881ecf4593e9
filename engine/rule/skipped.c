/*
 * skipped.c - what conditionals leave out: lines by missing plugin, and the
 * names that would have been defined.
 *
 * load.c hands over every line that is skipped.  Who looks for a rule that
 * is not defined can then be told that it is, behind an ifplugin, instead of
 * being offered a name that looks alike; and lint can say what a missing
 * plugin costs.
 */
#include "config.h"

#include "rule/rule-priv.h"

/* A search looks at every known rule; garbage must not make thousands. */
#define SUGGESTIONS_MAX 200

/* Directives whose first word is the name of the rule they define. */
static const char *const definitions[] = {
	"header", "body", "rawbody", "full", "uri", "mimeheader", "meta",
	"askdns", "uri_detail",
};

static bool
is_definition(struct slice key)
{
	for (size_t i = 0; i < sizeof(definitions) / sizeof(definitions[0]);
	    i++) {
		if (slice_eq_cstr(key, definitions[i]))
			return true;
	}
	return false;
}

/* The plugin that is missing here, or an empty slice. */
static struct slice
missing_plugin(const struct file_frame *f)
{
	for (size_t i = 0; i < f->n_levels; i++) {
		if (f->levels[i].plugin.p != NULL)
			return f->levels[i].plugin;
	}
	return (struct slice){ 0 };
}

static struct rule_left_out *
left_out_intern(struct loader *l, struct slice name)
{
	struct rule_left_out *out = map_get(l->rs->left_out, name);

	if (out == NULL) {
		out = arena_alloc(l->arena, sizeof(*out));
		map_put(l->rs->left_out, name, out);
	}
	return out;
}

static void
take_score(struct rule_left_out *out, struct slice value)
{
	struct slice word;
	size_t n = 0;

	while (n < 4 && slice_word(&value, &word) &&
	    slice_to_double(word, &out->score[n]) == 0)
		n++;
	out->scored = n == 1 || n == 4;
	for (size_t i = 1; n == 1 && i < 4; i++)
		out->score[i] = out->score[0];
}

static void
count_line(struct loader *l, struct slice plugin)
{
	struct rule_skipped *s = map_get(l->rs->skipped, plugin);

	if (s == NULL) {
		s = arena_alloc(l->arena, sizeof(*s));
		s->first = l->origin;
		s->loadable = cond_loadable(l, plugin);
		map_put(l->rs->skipped, plugin, s);
	}
	s->lines++;
}

/* Whoever is named there is used, if the block is ever read. */
static void
take_words(struct loader *l, struct slice expression)
{
	for (size_t i = 0; i < expression.n;) {
		size_t from = i;

		while (i < expression.n &&
		    ascii_isword((unsigned char)expression.p[i]))
			i++;
		if (i > from)
			map_put(l->rs->left_out_uses,
			    slice_sub(expression, from, i), l->rs);
		else
			i++;
	}
}

void
skipped_line(struct loader *l, struct slice key, struct slice value)
{
	struct slice plugin = missing_plugin(l->frame), name;
	bool defines = is_definition(key);
	struct rule_left_out *out;

	if (plugin.p != NULL)
		count_line(l, plugin);
	if ((!defines && !slice_eq_cstr(key, "score")) ||
	    !slice_word(&value, &name) || !rule_name_valid(name))
		return;
	if (slice_eq_cstr(key, "meta"))
		take_words(l, value);
	out = left_out_intern(l, name);
	if (!defines) {
		take_score(out, value);
	} else if (out->origin.line == 0 || out->plugin.p == NULL) {
		out->origin = l->origin;
		out->plugin = plugin.p ? arena_slice(l->arena, plugin)
		    : plugin;
		out->loadable = plugin.p && cond_loadable(l, plugin);
	}
}

const struct rule_left_out *
rule_left_out(const struct ruleset *rs, struct slice name)
{
	const struct rule_left_out *out = map_get(rs->left_out, name);

	return out != NULL && out->origin.line != 0 ? out : NULL;
}

const char *
skipped_or_nearest(struct loader *l, struct slice name)
{
	const struct rule_left_out *out = rule_left_out(l->rs, name);
	const char *near;

	if (out != NULL && out->plugin.p != NULL)
		return arena_printf(l->arena, "; %s:%u defines it, in a block "
		    "that is skipped because %s the plugin %.*s",
		    out->origin.file, out->origin.line, out->loadable ?
		    "no loadplugin line names" : "nothing stands for",
		    SLICE_FMT(out->plugin));
	if (out != NULL)
		return arena_printf(l->arena, "; %s:%u defines it, in a block "
		    "whose condition is false", out->origin.file,
		    out->origin.line);
	if (l->suggestions++ >= SUGGESTIONS_MAX)
		return "";
	near = rule_nearest(l->rs, name);
	return near == NULL ? "" :
	    arena_printf(l->arena, "; did you mean %s?", near);
}

/*
 * lint.c - checks of a loaded rule set that need only the rule table.
 *
 * A check looks at one rule and returns why it is worth a look, or NULL;
 * rule_lint runs every check on every rule.  To add one: a function, a row,
 * and its code in lint.h.  What a check claims must hold whatever mail
 * comes: a finding that is not true costs the trust in all others.
 *
 * Called by cmd/ once, after rule_load; not before the fork of a daemon.
 */
#include "config.h"

#include "rule/lint.h"

#include <string.h>

#include "rule/rule-priv.h"

struct lint {
	struct ruleset *rs;
	unsigned set;
	/* by id: a meta that names the rule and runs in some score set, and
	 * one that names it at all; NULL: none */
	const struct rule **user, **namer;
	bool *dead;			/* by id: can never hit */
	unsigned suggestions;
};

typedef const char *check_fn(struct lint *l, const struct rule *r,
    struct origin *at);

static bool
scores_nothing(const struct rule *r)
{
	return r->score[0] == 0 && r->score[1] == 0 && r->score[2] == 0 &&
	    r->score[3] == 0;
}

static bool
runs(const struct ruleset *rs, const struct rule *r)
{
	for (unsigned set = 0; set < 4; set++) {
		if (rule_needed(rs, r->id, set))
			return true;
	}
	return false;
}

static bool
is_regex(const struct rule *r)
{
	return r->kind == RULE_HEADER || r->kind == RULE_BODY ||
	    r->kind == RULE_RAWBODY || r->kind == RULE_FULL ||
	    r->kind == RULE_URI || r->kind == RULE_MIMEHEADER;
}

/* "file:line", or that nobody set it. */
static const char *
place(struct lint *l, const struct origin *o)
{
	return o->line == 0 ? "by default" :
	    arena_printf(l->rs->arena, "%s:%u", o->file, o->line);
}

/* ---- names ---- */

/* Searches are quadratic in the number of names. */
enum { LINT_SUGGESTIONS = 200 };

/* describe, tflags, priority, test or subjprefix of a rule nobody defines. */
static const char *
check_unknown(struct lint *l, const struct rule *r, struct origin *at)
{
	const char *near = NULL;

	if (r->defined || r->mentioned_by == NULL ||
	    rule_left_out(l->rs, r->name) != NULL)
		return NULL;
	*at = r->mention;
	if (l->suggestions++ < LINT_SUGGESTIONS)
		near = rule_nearest(l->rs, r->name);
	return arena_printf(l->rs->arena, "%s of %.*s, which no line "
	    "defines%s%s%s", r->mentioned_by, SLICE_FMT(r->name),
	    near ? "; did you mean " : "", near ? near : "",
	    near ? "?" : "");
}

static bool
same_file(const struct origin *a, const struct origin *b)
{
	return strcmp(a->file, b->file) == 0;
}

static const char *
check_defined_twice(struct lint *l, const struct rule *r, struct origin *at)
{
	if (r->replaced.line == 0 || !same_file(&r->replaced, &r->origin))
		return NULL;
	return arena_printf(l->rs->arena, "%.*s is defined a second time: "
	    "line %u has no effect", SLICE_FMT(r->name), r->replaced.line);
}

/* A site that changes a shipped rule means to. */
static const char *
check_replaced(struct lint *l, const struct rule *r, struct origin *at)
{
	if (r->replaced.line == 0 || same_file(&r->replaced, &r->origin))
		return NULL;
	return arena_printf(l->rs->arena, "%.*s takes the place of the "
	    "definition at %s", SLICE_FMT(r->name), place(l, &r->replaced));
}

/* ---- rules that never run ---- */

static const char *
check_disabled(struct lint *l, const struct rule *r, struct origin *at)
{
	const struct rule *namer = l->namer[r->id];

	if (!r->defined || r->kind == RULE_EMPTY || !scores_nothing(r))
		return NULL;
	*at = r->score_origin;
	return arena_printf(l->rs->arena, "the score of %.*s (%s:%u) is 0, so "
	    "it never runs%s%.*s%s", SLICE_FMT(r->name), r->origin.file,
	    r->origin.line, namer ? "; in the meta " : "",
	    namer ? (int)namer->name.n : 0, namer ? namer->name.p : "",
	    namer ? " it counts as 0" : "");
}

/* Evals may work for others (check_rbl_sub), captures for templates. */
static const char *
check_unused(struct lint *l, const struct rule *r, struct origin *at)
{
	const struct rule *namer = l->namer[r->id];

	if (!r->defined || !r->subrule || scores_nothing(r) ||
	    r->has_captures || (!is_regex(r) && r->kind != RULE_META) ||
	    l->user[r->id] != NULL || map_has(l->rs->left_out_uses, r->name))
		return NULL;
	if (namer == NULL)
		return arena_printf(l->rs->arena, "no meta names the subrule "
		    "%.*s, and by itself it scores nothing",
		    SLICE_FMT(r->name));
	return arena_printf(l->rs->arena, "the subrule %.*s serves only metas "
	    "that never run, such as %.*s", SLICE_FMT(r->name),
	    SLICE_FMT(namer->name));
}

/* Names rules, and none of them can hit, so it is 0 on every message. */
static const char *
check_dead_meta(struct lint *l, const struct rule *r, struct origin *at)
{
	if (!r->defined || r->kind != RULE_META || !l->dead[r->id] ||
	    r->meta->deps.n == 0 || scores_nothing(r))
		return NULL;
	return arena_printf(l->rs->arena, "%.*s can never hit: no rule that "
	    "it names can", SLICE_FMT(r->name));
}

/* ---- what belongs to a rule ---- */

static const char *
check_description(struct lint *l, const struct rule *r, struct origin *at)
{
	if (!r->defined || r->subrule || r->kind == RULE_EMPTY ||
	    r->describe.n > 0 || scores_nothing(r))
		return NULL;
	return arena_printf(l->rs->arena, "%.*s scores and has no describe "
	    "line: reports cannot say what it means", SLICE_FMT(r->name));
}

static const char *
useless_flag(const struct rule *r)
{
	if (r->maxhits > 0 && !(r->tflags & TF_MULTIPLE))
		return "maxhits= without multiple";
	if ((r->tflags & TF_MULTIPLE) && r->kind == RULE_META)
		return "multiple on a meta";
	if ((r->tflags & TF_MULTIPLE) && r->exists)
		return "multiple on exists:";
	if ((r->tflags & TF_MULTIPLE) && r->negate)
		return "multiple on !~";
	if ((r->tflags & TF_NOSUBJECT) && is_regex(r) && r->kind != RULE_BODY)
		return "nosubject on a rule that is not a body rule";
	return NULL;
}

static const char *
check_tflags(struct lint *l, const struct rule *r, struct origin *at)
{
	const char *what = r->defined ? useless_flag(r) : NULL;

	return what == NULL ? NULL : arena_printf(l->rs->arena,
	    "%s has no effect (%.*s)", what, SLICE_FMT(r->name));
}

static const char *
check_nice_adds(struct lint *l, const struct rule *r, struct origin *at)
{
	if (!r->defined || r->subrule || !(r->tflags & TF_NICE) ||
	    rule_score(r, l->set) <= 0)
		return NULL;
	*at = r->score_origin.line ? r->score_origin : r->origin;
	return arena_printf(l->rs->arena, "%.*s has tflags nice, for rules "
	    "that speak for a message, but adds %g points",
	    SLICE_FMT(r->name), rule_score(r, l->set));
}

static const char *
check_negative(struct lint *l, const struct rule *r, struct origin *at)
{
	if (!r->defined || r->subrule || (r->tflags & TF_NICE) ||
	    rule_score(r, l->set) >= 0)
		return NULL;
	*at = r->score_origin;
	return arena_printf(l->rs->arena, "%.*s takes %g points away without "
	    "tflags nice", SLICE_FMT(r->name), -rule_score(r, l->set));
}

static const struct {
	const char *code;
	enum finding_level level;
	check_fn *run;
} checks[] = {
	{ "unknown-rule", FINDING_WARNING, check_unknown },
	{ "defined-twice", FINDING_WARNING, check_defined_twice },
	{ "replaced-rule", FINDING_INFO, check_replaced },
	{ "disabled-rule", FINDING_INFO, check_disabled },
	{ "unused-subrule", FINDING_INFO, check_unused },
	{ "dead-meta", FINDING_INFO, check_dead_meta },
	{ "no-description", FINDING_INFO, check_description },
	{ "tflag-without-effect", FINDING_INFO, check_tflags },
	{ "nice-adds", FINDING_INFO, check_nice_adds },
	{ "negative-not-nice", FINDING_INFO, check_negative },
};

/* ---- what the checks look up ---- */

static void
find_users(struct lint *l)
{
	const struct ruleset *rs = l->rs;

	for (size_t i = 0; i < rs->n_metas; i++) {
		const struct rule *meta = rs->rules.v[rs->meta_order[i]];
		bool lives = runs(rs, meta);

		for (size_t d = 0; d < meta->meta->deps.n; d++) {
			unsigned id = meta->meta->deps.v[d];

			l->namer[id] = meta;
			if (lives)
				l->user[id] = meta;
		}
	}
}

/* Of rules that are no metas; metas follow in their order. */
static bool
cannot_hit(const struct rule *r)
{
	return !r->defined || scores_nothing(r);
}

/* The value of a meta when nothing hits; network and not. */
static bool
zero_without_hits(const struct lint *l, const struct rule *r,
    const struct rule_result *nothing)
{
	for (unsigned set = 0; set < 4; set++) {
		struct rule_result res;

		rule_meta_eval(l->rs, r, nothing, set, &res);
		if (res.state == RESULT_HIT || res.state == RESULT_UNKNOWN)
			return false;
	}
	return true;
}

static void
find_dead(struct lint *l)
{
	const struct ruleset *rs = l->rs;
	struct rule_result *nothing = arena_alloc_array(rs->arena,
	    rs->rules.n + 1, sizeof(*nothing));

	for (size_t i = 0; i < rs->rules.n; i++) {
		nothing[i].state = RESULT_MISS;
		l->dead[i] = cannot_hit(rs->rules.v[i]);
	}
	for (size_t i = 0; i < rs->n_metas; i++) {
		const struct rule *r = rs->rules.v[rs->meta_order[i]];
		bool all = true;

		for (size_t d = 0; d < r->meta->deps.n; d++)
			all &= l->dead[r->meta->deps.v[d]];
		/* "meta X ()": a plugin may make it hit */
		if (all && r->meta->expr.ops.n > 0 &&
		    zero_without_hits(l, r, nothing))
			l->dead[r->id] = true;
	}
}

/* ---- what missing plugins cost ---- */

/* What a rule that is left out would score. */
static double
lost_score(const struct lint *l, struct slice name,
    const struct rule_left_out *out)
{
	const struct rule *r = rule_find(l->rs, name);

	if (slice_starts(name, SLICE("__")))
		return 0;
	if (r != NULL && r->score_origin.line != 0)
		return rule_score(r, l->set);
	if (out->scored)
		return out->score[l->set & 3];
	return slice_starts(name, SLICE("T_")) ? 0.01 : 1;
}

static void
report_skipped(struct lint *l, struct slice plugin,
    const struct rule_skipped *s)
{
	size_t rules = 0, subrules = 0;
	double up = 0, down = 0;

	for (size_t i = 0; i < map_count(l->rs->left_out); i++) {
		const struct map_entry *e = map_at(l->rs->left_out, i);
		const struct rule_left_out *out = e->value;
		const struct rule *r = rule_find(l->rs, e->key);
		double score = lost_score(l, e->key, out);

		if (out->origin.line == 0 || !slice_eq(out->plugin, plugin) ||
		    (r != NULL && r->defined))
			continue;
		rules++;
		subrules += slice_starts(e->key, SLICE("__"));
		*(score < 0 ? &down : &up) += score;
	}
	rule_finding(l->rs, FINDING_INFO, &s->first, "plugin-skipped",
	    "%s the plugin %.*s: %zu lines are skipped, and "
	    "with them %zu rules that nothing else defines (%zu subrules), "
	    "worth %+.4g and %+.4g points", s->loadable ? "no loadplugin "
	    "line names" : "nothing stands for", SLICE_FMT(plugin), s->lines,
	    rules, subrules, up, down);
}

void
rule_lint(struct ruleset *rs, unsigned set)
{
	struct lint l = { .rs = rs, .set = set };
	size_t n = rs->rules.n;

	l.user = arena_alloc_array(rs->arena, n + 1, sizeof(*l.user));
	l.namer = arena_alloc_array(rs->arena, n + 1, sizeof(*l.namer));
	l.dead = arena_alloc_array(rs->arena, n + 1, sizeof(*l.dead));
	find_users(&l);
	find_dead(&l);
	for (size_t i = 0; i < n; i++) {
		const struct rule *r = rs->rules.v[i];

		for (size_t c = 0; c < sizeof(checks) / sizeof(checks[0]);
		    c++) {
			struct origin at = r->origin;
			const char *why = checks[c].run(&l, r, &at);

			if (why != NULL)
				rule_finding(rs, checks[c].level, &at,
				    checks[c].code, "%s", why);
		}
	}
	for (size_t i = 0; i < map_count(rs->skipped); i++)
		report_skipped(&l, map_at(rs->skipped, i)->key,
		    map_at(rs->skipped, i)->value);
}

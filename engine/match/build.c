/*
 * build.c - from a rule set to a matcher: compile every regex, sort the
 * rules into groups that look at the same text, build each group's prefilter.
 *
 * Called once per rule-set generation, before the fork.  Rules whose regex is
 * refused become findings and never hit; they do not stop the build.
 *
 * Invariant: groups whose rules set tags precede all others (2.7).
 */
#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "match/match-priv.h"

/* A prefilter for fewer rules costs more than asking PCRE2. */
enum { PREFILTER_RULES = 6 };

struct builder {
	struct arena *arena;
	struct ruleset *rs;
	const struct match_options *opt;
	struct matcher *m;
	struct map *groups;		/* what a group looks at -> it */
};

static bool
is_regex_kind(enum rule_kind k)
{
	return k == RULE_HEADER || k == RULE_BODY || k == RULE_RAWBODY ||
	    k == RULE_FULL || k == RULE_URI || k == RULE_MIMEHEADER;
}

static bool
wanted(const struct builder *b, const struct rule *r)
{
	if (!r->defined || !is_regex_kind(r->kind))
		return false;
	/* a capture may serve a template that no meta mentions */
	return b->opt->all || r->has_captures ||
	    rule_needed(b->rs, r->id, b->opt->score_set);
}

/* ---- groups ---- */

/* What the rule looks at, as a key. */
static struct slice
group_key(struct builder *b, const struct rule *r)
{
	return slice_cstr(arena_printf(b->arena, "%d %d %.*s %d %.*s",
	    !r->has_captures, (int)r->kind, SLICE_FMT(r->header),
	    r->has_if_unset, SLICE_FMT(r->if_unset)));
}

static int
group_request(struct builder *b, struct match_group *g, const struct rule *r,
    struct err *e)
{
	struct slice raw = SLICE(":raw");

	g->kind = r->kind;
	g->has_if_unset = r->has_if_unset;
	g->if_unset = r->if_unset;
	if (r->kind == RULE_HEADER)
		return view_header_req_parse(b->arena, r->header,
		    &g->request, e);
	g->raw = slice_ends(r->header, raw);
	g->field = slice_sub(r->header, 0,
	    r->header.n - (g->raw ? raw.n : 0));
	return 0;
}

static struct match_group *
group_for(struct builder *b, const struct rule *r, struct err *e)
{
	struct slice key = group_key(b, r);
	struct match_group *g = map_get(b->groups, key);

	if (g != NULL)
		return g;
	g = arena_alloc(b->arena, sizeof(*g));
	if (group_request(b, g, r, e) != 0)
		return NULL;
	map_put(b->groups, key, g);
	*VEC_PUSH(b->arena, &b->m->groups) = g;
	return g;
}

/* ---- rules ---- */

static unsigned
most_hits(const struct rule *r)
{
	if (!(r->tflags & TF_MULTIPLE) || r->negate)
		return 1;
	if (r->maxhits > 0 && r->maxhits < LIMIT_MULTIPLE_HITS)
		return r->maxhits;
	return LIMIT_MULTIPLE_HITS;
}

static int
rule_compile(struct builder *b, struct match_rule *mr, struct err *e)
{
	const struct rule *r = mr->rule;

	if (r->exists) {
		mr->why = "only asks whether the field is there";
		return 0;
	}
	if (r->needs_tags) {
		mr->why = "its regex is made of tags, per message";
		return template_check(&r->regex, e);
	}
	mr->re = regex_compile(b->arena, &r->regex, e);
	if (mr->re == NULL)
		return -1;
	if (b->opt->no_prefilter) {
		mr->why = "the prefilter is off";
		return 0;
	}
	literal_analyse(b->arena, &r->regex, &mr->literals);
	mr->n_literals = mr->literals.n;
	mr->why = mr->literals.why;
	return 0;
}

static void
rule_broken(struct builder *b, const struct rule *r, const struct err *e)
{
	rule_finding(b->rs, FINDING_ERROR, &r->origin,
	    r->kind == RULE_HEADER && r->regex.text.n == 0 ? "bad-header" :
	    "bad-regex", "%s %.*s: %s; the rule will not hit",
	    rule_kind_name(r->kind), SLICE_FMT(r->name), e->text);
	*VEC_PUSH(b->arena, &b->m->broken) = r->id;
}

static void
rule_add(struct builder *b, const struct rule *r)
{
	struct match_rule *mr = arena_alloc(b->arena, sizeof(*mr));
	struct match_group *g;
	struct err e = { 0 };

	mr->rule = r;
	mr->most = most_hits(r);
	g = group_for(b, r, &e);
	if (g == NULL || rule_compile(b, mr, &e) != 0) {
		rule_broken(b, r, &e);
		return;
	}
	mr->slot = (unsigned)b->m->rules.n;
	*VEC_PUSH(b->arena, &b->m->rules) = mr;
	b->m->by_id[r->id] = mr;
	if (mr->n_literals > 0)
		*VEC_PUSH(b->arena, &g->filtered) = mr;
	else
		*VEC_PUSH(b->arena, &g->always) = mr;
}

/* ---- prefilters ---- */

static void
filter_none(struct builder *b, struct match_group *g)
{
	for (size_t i = 0; i < g->filtered.n; i++) {
		g->filtered.v[i]->n_literals = 0;
		g->filtered.v[i]->why = "too few rules look at this text";
		*VEC_PUSH(b->arena, &g->always) = g->filtered.v[i];
	}
	g->filtered.n = 0;
}

static int
filter_build(struct builder *b, struct match_group *g, struct err *e)
{
	VEC_OF(struct prefilter_literal) all = { 0 };
	struct arena *scratch;

	if (g->filtered.n < PREFILTER_RULES) {
		filter_none(b, g);
		return 0;
	}
	scratch = arena_new();
	for (size_t i = 0; i < g->filtered.n; i++) {
		const struct literal_set *set = &g->filtered.v[i]->literals;

		for (size_t j = 0; j < set->n; j++)
			*VEC_PUSH(scratch, &all) = (struct prefilter_literal){
				set->v[j], set->nocase[j], (unsigned)i };
	}
	g->prefilter = prefilter_new(b->arena, all.v, all.n, e);
	arena_free(&scratch);
	return g->prefilter != NULL ? 0 : -1;
}

/* ---- the whole ---- */

static void
add_rules(struct builder *b, bool captures)
{
	for (size_t i = 0; i < b->rs->rules.n; i++) {
		const struct rule *r = b->rs->rules.v[i];

		if (r->has_captures == captures && wanted(b, r))
			rule_add(b, r);
	}
}

int
match_build(struct arena *a, struct ruleset *rs,
    const struct match_options *opt, struct matcher **m_r, struct err *e)
{
	struct builder b = { .arena = a, .rs = rs, .opt = opt };

	b.groups = map_new(a, false);
	b.m = arena_alloc(a, sizeof(*b.m));
	b.m->arena = a;
	b.m->n_ids = rs->rules.n;
	b.m->by_id = arena_alloc_array(a, rs->rules.n,
	    sizeof(*b.m->by_id));
	add_rules(&b, true);
	add_rules(&b, false);
	for (size_t i = 0; i < b.m->groups.n; i++) {
		if (filter_build(&b, b.m->groups.v[i], e) != 0)
			return -1;
	}
	*m_r = b.m;
	return 0;
}

struct match_info
match_info(const struct matcher *m, unsigned rule_id)
{
	const struct match_rule *mr =
	    rule_id < m->n_ids ? m->by_id[rule_id] : NULL;

	if (mr == NULL)
		return (struct match_info){ .why = "not run" };
	return (struct match_info){ mr->n_literals > 0, mr->n_literals,
		mr->why };
}

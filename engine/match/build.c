/*
 * build.c - from a rule set to a matcher: compile every regex, sort the
 * rules into groups that look at the same text, which gates.c gives filters.
 *
 * Called once per rule-set generation, before the fork.  Rules whose regex is
 * refused become findings and never hit; they do not stop the build.
 *
 * Where the cache knows these rules, it has what analysis found of them and
 * the groups' filters, and only the regexes are compiled, if at all.
 *
 * Invariant: groups whose rules set tags precede all others (2.7).
 */
#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "match/gates.h"
#include "match/match-priv.h"
#include "match/warm.h"

struct builder {
	struct arena *arena;
	struct warm *warm;		/* NULL: work it out */
	VEC_OF(const struct rule *) wanted;	/* in order */
	struct arena *scratch;		/* until match_build returns */
	struct ruleset *rs;
	const struct match_options *opt;
	struct matcher *m;
	struct map *by_key;		/* what a group looks at -> it */
	struct buf key;			/* of the rule in hand */
	VEC_OF(struct group *) groups;
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
	if (b->opt->only != NULL && !b->opt->only[r->id])
		return false;
	/* made of an eval there, and these need the network for that flag */
	if (r->kind == RULE_MIMEHEADER && (r->tflags & TF_NET) &&
	    (b->opt->score_set & 1) == 0)
		return b->opt->all;
	/* a capture may serve a template that no meta mentions */
	return b->opt->all || r->has_captures ||
	    rule_needed(b->rs, r->id, b->opt->score_set);
}

/* ---- groups ---- */

/* What the rule looks at, as a key: until the next one. */
static struct slice
group_key(struct builder *b, const struct rule *r)
{
	bool parts = r->kind == RULE_MIMEHEADER;
	const unsigned facts[] = { !r->has_captures, r->kind,
		parts ? r->first_part : 0, parts ? r->last_part : 0,
		parts && r->concat, r->has_if_unset, (unsigned)r->header.n };

	buf_clear(&b->key);
	buf_add(&b->key, facts, sizeof(facts));
	buf_add_slice(&b->key, r->header);
	buf_add_slice(&b->key, r->if_unset);
	return buf_slice(&b->key);
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
	g->first_part = r->first_part;
	g->last_part = r->last_part;
	g->concat = r->concat;
	g->raw = slice_ends(r->header, raw);
	g->field = slice_sub(r->header, 0,
	    r->header.n - (g->raw ? raw.n : 0));
	return 0;
}

static struct group *
group_for(struct builder *b, const struct rule *r, struct err *e)
{
	struct slice key = group_key(b, r);
	struct group *group = map_get(b->by_key, key);

	if (group != NULL)
		return group;
	group = arena_alloc(b->scratch, sizeof(*group));
	group->g = arena_alloc(b->arena, sizeof(*group->g));
	if (group_request(b, group->g, r, e) != 0)
		return NULL;
	map_put(b->by_key, key, group);
	*VEC_PUSH(b->scratch, &b->groups) = group;
	group->g->number = b->m->groups.n;
	*VEC_PUSH(b->arena, &b->m->groups) = group->g;
	return group;
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

static void
rule_describe(struct match_rule *mr, const struct rule *r)
{
	mr->rule = r;
	mr->most = most_hits(r);
	mr->captures = r->has_captures;
	/* mimeheader: the first part that hits ends the search */
	mr->one_subject = r->kind == RULE_MIMEHEADER;
	mr->no_subject = r->kind == RULE_BODY && (r->tflags & TF_NOSUBJECT);
	mr->loud = r->exists || r->always || r->negate;
}

/* known: NULL, or what the cache has of the rule. */
static int
rule_compile(struct builder *b, struct match_rule *mr,
    const struct warm_rule *known, struct err *e)
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
	if (b->opt->few && known != NULL && !known->broken)
		mr->re = regex_defer(b->arena, &r->regex);
	else if (b->opt->few)
		mr->re = regex_check(b->arena, &r->regex, e);
	else
		mr->re = regex_compile(b->arena, &r->regex, e);
	return mr->re != NULL ? 0 : -1;
}

static void
rule_broken(struct builder *b, const struct rule *r, const struct err *e)
{
	rule_finding(b->rs, FINDING_ERROR, &r->origin,
	    r->kind == RULE_HEADER && r->regex.text.n == 0 ? "bad-header" :
	    "bad-regex", "%s %.*s: %s; the rule will not hit",
	    rule_kind_name(r->kind), SLICE_FMT(r->name), e->text);
	*VEC_PUSH(b->arena, &b->m->ids) = r->id;
}

static void
rule_analyse_later(struct builder *b, struct group *group,
    struct match_rule *mr)
{
	struct analysed *x = arena_alloc(b->scratch, sizeof(*x));

	x->rule = mr;
	x->regex = mr->rule->needs_tags ? template_any(b->scratch,
	    &mr->rule->regex) : mr->rule->regex;
	*VEC_PUSH(b->scratch, &group->rules) = x;
}

static void
rule_take(struct builder *b, struct match_group *g, struct match_rule *mr,
    const struct warm_rule *known)
{
	mr->gates = known->gates;
	mr->n_literals = known->n_literals;
	mr->n_chains = known->n_chains;
	mr->why = warm_why(b->warm, known);
	gates_file(b->arena, g, mr);
}

/* The i-th of those that are wanted. */
static void
rule_add(struct builder *b, size_t i)
{
	const struct rule *r = b->wanted.v[i];
	const struct warm_rule *known = b->warm != NULL ?
	    warm_rule(b->warm, i) : NULL;
	struct match_rule *mr = arena_alloc(b->arena, sizeof(*mr));
	struct group *group;
	struct err e = { 0 };

	rule_describe(mr, r);
	group = group_for(b, r, &e);
	if (group == NULL || rule_compile(b, mr, known, &e) != 0) {
		rule_broken(b, r, &e);
		return;
	}
	mr->slot = (unsigned)b->m->rules.n;
	*VEC_PUSH(b->arena, &b->m->rules) = mr;
	*VEC_PUSH(b->arena, &b->m->ids) = r->id;
	b->m->by_id[r->id] = mr;
	if (r->exists || (r->needs_tags && mr->loud))
		gates_file(b->arena, group->g, mr);
	else if (known != NULL)
		rule_take(b, group->g, mr, known);
	else
		rule_analyse_later(b, group, mr);
}

/* ---- the whole ---- */

static void
find_wanted(struct builder *b, bool captures)
{
	for (size_t i = 0; i < b->rs->rules.n; i++) {
		const struct rule *r = b->rs->rules.v[i];

		if (r->has_captures == captures && wanted(b, r))
			*VEC_PUSH(b->scratch, &b->wanted) = r;
	}
}

static void
matcher_begin(struct builder *b)
{
	b->by_key = map_new(b->scratch, false);
	buf_init(&b->key, b->scratch);
	b->groups.n = 0;
	b->m = arena_alloc(b->arena, sizeof(*b->m));
	b->m->n_ids = b->rs->rules.n;
	b->m->by_id = arena_alloc_array(b->arena, b->rs->rules.n,
	    sizeof(*b->m->by_id));
	for (size_t i = 0; i < b->wanted.n; i++)
		rule_add(b, i);
}

static int
group_finish(struct builder *b, struct group *group, struct err *e)
{
	if (!b->opt->no_prefilter)
		return gates_build(b->arena, group, e);
	gates_none(b->arena, group);
	return 0;
}

static int
build_cold(struct builder *b, struct err *e)
{
	int rc = 0;

	matcher_begin(b);
	for (size_t i = 0; i < b->groups.n && rc == 0; i++)
		rc = group_finish(b, b->groups.v[i], e);
	return rc;
}

/* -1: what is kept does not fit; its findings are taken back. */
static int
build_warm(struct builder *b)
{
	size_t findings = b->rs->findings.n, errors = b->rs->n_errors;
	int rc = 0;

	matcher_begin(b);
	for (size_t i = 0; i < b->groups.n && rc == 0; i++)
		rc = warm_group(b->warm, b->arena, b->groups.v[i]->g);
	if (rc != 0) {
		b->rs->findings.n = findings;
		b->rs->n_errors = errors;
		b->warm = NULL;
	}
	b->m->warm = rc == 0;
	return rc;
}

static int
build_cached(struct builder *b, struct err *e)
{
	const struct warm_rules rules = { b->wanted.v, b->wanted.n };
	const char *dir = b->opt->cache_dir;
	struct cache_key key;

	if (dir == NULL || b->opt->no_prefilter || !warm_key(rules, &key))
		return build_cold(b, e);
	b->warm = warm_load(b->arena, dir, &key, rules.n);
	if (b->warm != NULL && build_warm(b) == 0)
		return 0;
	if (build_cold(b, e) != 0)
		return -1;
	warm_save(dir, &key, rules, b->m);
	return 0;
}

int
match_build(struct arena *a, struct ruleset *rs,
    const struct match_options *opt, struct matcher **m_r, struct err *e)
{
	struct builder b = { .arena = a, .rs = rs, .opt = opt,
		.scratch = arena_new() };
	int rc;

	find_wanted(&b, true);
	find_wanted(&b, false);
	rc = build_cached(&b, e);
	arena_free(&b.scratch);
	*m_r = b.m;
	return rc;
}

struct match_info
match_info(const struct matcher *m, unsigned rule_id)
{
	const struct match_rule *mr =
	    rule_id < m->n_ids ? m->by_id[rule_id] : NULL;

	if (mr == NULL)
		return (struct match_info){ .why = "not run" };
	return (struct match_info){ mr->gates != 0, mr->n_literals,
		mr->n_chains, mr->why };
}

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

/* A literal database for fewer rules costs more than chains and PCRE2. */
enum { PREFILTER_RULES = 40 };
/* Instructions of a program; smaller regexes are quick in PCRE2. */
enum { PROGRAM_WORTH = 400 };
/* Literals as frequent as this need a chain to back them. */
#define LITERAL_FREQUENT 0x1p-14

/* What analysis found of a rule with a regex; see filter_choose. */
struct analysed {
	struct match_rule *rule;
	struct literal_set literals;
	struct chain_set chains;
	const struct program *program;	/* NULL: not in the automaton */
};

/* A group in the making. */
struct group {
	struct match_group *g;
	VEC_OF(struct analysed *) rules;	/* that may get gates */
};

struct builder {
	struct arena *arena;
	struct arena *scratch;		/* until match_build returns */
	struct ruleset *rs;
	const struct match_options *opt;
	struct matcher *m;
	struct map *by_key;		/* what a group looks at -> it */
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

/* What the rule looks at, as a key. */
static struct slice
group_key(struct builder *b, const struct rule *r)
{
	bool parts = r->kind == RULE_MIMEHEADER;

	return slice_cstr(arena_printf(b->scratch, "%d %d %.*s %u %u %d %d "
	    "%.*s", !r->has_captures, (int)r->kind, SLICE_FMT(r->header),
	    parts ? r->first_part : 0, parts ? r->last_part : 0,
	    parts && r->concat, r->has_if_unset, SLICE_FMT(r->if_unset)));
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
	return mr->re != NULL ? 0 : -1;
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
	struct group *group;
	struct err e = { 0 };

	mr->rule = r;
	mr->most = most_hits(r);
	group = group_for(b, r, &e);
	if (group == NULL || rule_compile(b, mr, &e) != 0) {
		rule_broken(b, r, &e);
		return;
	}
	mr->slot = (unsigned)b->m->rules.n;
	*VEC_PUSH(b->arena, &b->m->rules) = mr;
	b->m->by_id[r->id] = mr;
	if (mr->re == NULL) {
		*VEC_PUSH(b->arena, &group->g->always) = mr;
	} else {
		struct analysed *x = arena_alloc(b->scratch, sizeof(*x));

		x->rule = mr;
		*VEC_PUSH(b->scratch, &group->rules) = x;
	}
}

/* ---- gates ---- */

static void
analyse_literals(struct builder *b, struct group *group)
{
	size_t n = 0;

	for (size_t i = 0; i < group->rules.n; i++) {
		struct analysed *x = group->rules.v[i];

		literal_analyse(b->scratch, &x->rule->rule->regex,
		    &x->literals);
		n += x->literals.n > 0;
	}
	if (n >= PREFILTER_RULES)
		return;
	for (size_t i = 0; i < group->rules.n; i++)
		group->rules.v[i]->literals.n = 0;
}

/* Chains for rules that literals do not keep away. */
static void
analyse_chains(struct builder *b, struct group *group)
{
	for (size_t i = 0; i < group->rules.n; i++) {
		struct analysed *x = group->rules.v[i];

		if (x->literals.n > 0 &&
		    x->literals.weight < LITERAL_FREQUENT)
			continue;
		chain_analyse(b->scratch, &x->rule->rule->regex, &x->chains);
	}
}

/* Is a rule tried often, and on long texts? */
static bool
wants_program(const struct group *group, const struct analysed *x)
{
	if (group->g->kind != RULE_BODY && group->g->kind != RULE_RAWBODY)
		return false;
	return x->chains.n == 0 && (x->literals.n == 0 ||
	    x->literals.weight >= LITERAL_FREQUENT);
}

static void
analyse_programs(struct builder *b, struct group *group)
{
	size_t rules = 0, instrs = 0, sets = 0;

	for (size_t i = 0; i < group->rules.n; i++) {
		struct analysed *x = group->rules.v[i];
		const struct program *p = NULL;
		const char *why;

		if (rules < AUTOMATON_RULES && wants_program(group, x))
			p = program_read(b->scratch, &x->rule->rule->regex,
			    &why);
		if (p == NULL || p->n < PROGRAM_WORTH ||
		    p->shortest < AUTOMATON_SHORTEST ||
		    instrs + p->n > AUTOMATON_INSTRS ||
		    sets + p->n_sets > AUTOMATON_SETS)
			continue;
		x->program = p;
		x->literals.n = 0;
		rules++;
		instrs += p->n;
		sets += p->n_sets;
	}
}

static void
set_gates(struct builder *b, struct match_group *g, struct analysed *x)
{
	struct match_rule *mr = x->rule;

	mr->n_literals = x->literals.n;
	mr->n_chains = x->chains.n;
	mr->gates = (mr->n_literals > 0 ? GATE_LITERAL : 0) |
	    (mr->n_chains > 0 ? GATE_CHAIN : 0) |
	    (x->program != NULL ? GATE_AUTOMATON : 0);
	if (mr->gates != 0) {
		*VEC_PUSH(b->arena, &g->filtered) = mr;
	} else {
		mr->why = x->literals.why != NULL ? x->literals.why :
		    x->chains.why;
		*VEC_PUSH(b->arena, &g->always) = mr;
	}
}

static int
build_prefilter(struct builder *b, struct group *group, struct err *e)
{
	VEC_OF(struct prefilter_literal) all = { 0 };
	unsigned id = 0;

	for (size_t i = 0; i < group->rules.n; i++) {
		const struct analysed *x = group->rules.v[i];

		for (size_t j = 0; j < x->literals.n; j++)
			*VEC_PUSH(b->scratch, &all) =
			    (struct prefilter_literal){ x->literals.v[j],
				x->literals.nocase[j], id };
		id += x->rule->gates != 0;
	}
	if (all.n == 0)
		return 0;
	group->g->prefilter = prefilter_new(b->arena, all.v, all.n, e);
	return group->g->prefilter != NULL ? 0 : -1;
}

static void
build_sieve(struct builder *b, struct group *group)
{
	VEC_OF(struct sieve_chain) all = { 0 };
	unsigned id = 0;

	for (size_t i = 0; i < group->rules.n; i++) {
		const struct analysed *x = group->rules.v[i];

		for (size_t j = 0; j < x->chains.n; j++)
			*VEC_PUSH(b->scratch, &all) =
			    (struct sieve_chain){ x->chains.v[j], id };
		id += x->rule->gates != 0;
	}
	if (all.n > 0)
		group->g->sieve = sieve_new(b->arena, all.v, all.n);
}

static void
build_automaton(struct builder *b, struct group *group)
{
	const struct program *v[AUTOMATON_RULES];
	struct match_group *g = group->g;
	unsigned id = 0;
	size_t n = 0;

	g->automaton_ids = arena_alloc_array(b->arena, AUTOMATON_RULES,
	    sizeof(*g->automaton_ids));
	for (size_t i = 0; i < group->rules.n; i++) {
		const struct analysed *x = group->rules.v[i];

		if (x->program != NULL) {
			g->automaton_ids[n] = id;
			v[n++] = x->program;
		}
		id += x->rule->gates != 0;
	}
	if (n > 0)
		g->automaton = automaton_new(b->arena, v, n);
}

static int
group_finish(struct builder *b, struct group *group, struct err *e)
{
	if (b->opt->no_prefilter) {
		for (size_t i = 0; i < group->rules.n; i++) {
			group->rules.v[i]->rule->why = "the prefilter is off";
			*VEC_PUSH(b->arena, &group->g->always) =
			    group->rules.v[i]->rule;
		}
		return 0;
	}
	analyse_literals(b, group);
	analyse_chains(b, group);
	analyse_programs(b, group);
	for (size_t i = 0; i < group->rules.n; i++)
		set_gates(b, group->g, group->rules.v[i]);
	build_sieve(b, group);
	build_automaton(b, group);
	return build_prefilter(b, group, e);
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

	int rc = 0;

	b.scratch = arena_new();
	b.by_key = map_new(b.scratch, false);
	b.m = arena_alloc(a, sizeof(*b.m));
	b.m->arena = a;
	b.m->n_ids = rs->rules.n;
	b.m->by_id = arena_alloc_array(a, rs->rules.n,
	    sizeof(*b.m->by_id));
	add_rules(&b, true);
	add_rules(&b, false);
	for (size_t i = 0; i < b.groups.n && rc == 0; i++)
		rc = group_finish(&b, b.groups.v[i], e);
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

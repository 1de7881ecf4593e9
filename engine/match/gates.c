/*
 * gates.c - which of a group's rules need not be tried on a text.
 *
 * A rule has up to two gates: literals of which every match contains one, and
 * chains (chain.h) where literals are missing or frequent, which are then
 * looked for only behind one of these; or, if it is large and has neither, a
 * place in the group's automaton.  run.c asks PCRE2 only when all of them are
 * open.  Small groups get no literals: a database for a few rules costs more
 * than their chains.
 *
 * Called by build.c for each group, unless the cache has the group's filters.
 */
#include "config.h"

#include "match/gates.h"

#include <stdlib.h>

/* A literal database for fewer rules costs more than chains and PCRE2. */
enum { PREFILTER_RULES = 40 };
/* Instructions of a program; smaller regexes are quick in PCRE2. */
enum { PROGRAM_WORTH = 400 };
/* Literals as frequent as this need a chain to back them. */
#define LITERAL_FREQUENT 0x1p-16

/* What every text of a group contains, or most of them: of X-Spam-Relays-…
 * the words before the values, with those that are empty, as a rule. */
static struct slice
common_text(const struct match_group *g)
{
	if (g->kind == RULE_HEADER && slice_starts_nocase(g->request.name,
	    SLICE("X-Spam-Relays-")))
		return SLICE("[ ip= rdns= helo= by= ident= envfrom= intl= "
		    "id= auth= msa= ] ");
	if (g->kind == RULE_URI)
		return SLICE("https://www. http://www. mailto:");
	return (struct slice){ NULL, 0 };
}

static void
analyse_literals(struct arena *scratch, struct group *group)
{
	struct slice common = common_text(group->g);
	size_t n = 0;

	for (size_t i = 0; i < group->rules.n; i++) {
		struct analysed *x = group->rules.v[i];

		literal_analyse(scratch, &x->regex, common,
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
analyse_chains(struct arena *scratch, struct group *group)
{
	for (size_t i = 0; i < group->rules.n; i++) {
		struct analysed *x = group->rules.v[i];

		if (x->literals.n > 0 &&
		    x->literals.weight < LITERAL_FREQUENT)
			continue;
		chain_analyse(scratch, &x->regex, &x->chains);
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
analyse_programs(struct arena *scratch, struct group *group)
{
	size_t rules = 0, instrs = 0, sets = 0;

	for (size_t i = 0; i < group->rules.n; i++) {
		struct analysed *x = group->rules.v[i];
		const struct program *p = NULL;
		const char *why;

		if (rules < AUTOMATON_RULES && wants_program(group, x))
			p = program_read(scratch, &x->regex,
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
set_gates(struct arena *a, struct match_group *g, struct analysed *x)
{
	struct match_rule *mr = x->rule;

	mr->n_literals = x->literals.n;
	mr->n_chains = x->chains.n;
	mr->gates = (mr->n_literals > 0 ? GATE_LITERAL : 0) |
	    (mr->n_chains > 0 ? GATE_CHAIN : 0) |
	    (x->program != NULL ? GATE_AUTOMATON : 0);
	if (mr->gates == 0 && mr->why == NULL)
		mr->why = x->literals.why != NULL ? x->literals.why :
		    x->chains.why;
	gates_file(a, g, mr);
}

static int
build_prefilter(struct arena *a, struct arena *scratch, struct group *group,
    struct err *e)
{
	VEC_OF(struct prefilter_literal) all = { 0 };
	unsigned id = 0;

	for (size_t i = 0; i < group->rules.n; i++) {
		const struct analysed *x = group->rules.v[i];

		for (size_t j = 0; j < x->literals.n; j++)
			*VEC_PUSH(scratch, &all) =
			    (struct prefilter_literal){ x->literals.v[j],
				x->literals.nocase[j], id };
		id += x->rule->gates != 0;
	}
	if (all.n == 0)
		return 0;
	group->g->prefilter = prefilter_new(a, all.v, all.n, e);
	return group->g->prefilter != NULL ? 0 : -1;
}

/* A rule's chains, to be put in order. */
struct placed {
	const struct analysed *x;
	unsigned id;
};

/* Those without literals, then by how often their literals are found. */
static int
by_demand(const void *pa, const void *pb)
{
	const struct placed *a = pa, *b = pb;
	double x = a->x->literals.n > 0 ? a->x->literals.weight : 2;
	double y = b->x->literals.n > 0 ? b->x->literals.weight : 2;

	if (x > y || x < y)
		return x > y ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static void
build_sieve(struct arena *a, struct arena *scratch, struct group *group)
{
	struct placed *placed = arena_alloc_array(scratch,
	    group->rules.n + 1, sizeof(*placed));
	VEC_OF(struct sieve_chain) all = { 0 };
	unsigned id = 0;
	size_t n = 0;

	for (size_t i = 0; i < group->rules.n; i++) {
		const struct analysed *x = group->rules.v[i];

		if (x->chains.n > 0)
			placed[n++] = (struct placed){ x, id };
		id += x->rule->gates != 0;
	}
	if (n == 0)
		return;
	qsort(placed, n, sizeof(*placed), by_demand);
	for (size_t i = 0; i < n; i++) {
		const struct analysed *x = placed[i].x;

		for (size_t j = 0; j < x->chains.n; j++)
			*VEC_PUSH(scratch, &all) = (struct sieve_chain){
				x->chains.v[j], placed[i].id,
				x->literals.n > 0 };
	}
	group->g->sieve = sieve_new(a, all.v, all.n);
}

static void
build_automaton(struct arena *a, struct group *group)
{
	const struct program *v[AUTOMATON_RULES];
	struct match_group *g = group->g;
	unsigned id = 0;
	size_t n = 0;

	g->automaton_ids = arena_alloc_array(a, AUTOMATON_RULES,
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
		g->automaton = automaton_new(a, v, n);
}

void
gates_file(struct arena *a, struct match_group *g, struct match_rule *mr)
{
	if (mr->loud)
		*VEC_PUSH(a, &g->loud) = mr;
	if (mr->gates != 0)
		*VEC_PUSH(a, &g->filtered) = mr;
	else if (!mr->rule->exists)
		*VEC_PUSH(a, &g->always) = mr;
}

int
gates_build(struct arena *a, struct group *group, struct err *e)
{
	struct arena *scratch = arena_new();
	int rc;

	analyse_literals(scratch, group);
	analyse_chains(scratch, group);
	analyse_programs(scratch, group);
	for (size_t i = 0; i < group->rules.n; i++)
		set_gates(a, group->g, group->rules.v[i]);
	build_sieve(a, scratch, group);
	build_automaton(a, group);
	rc = build_prefilter(a, scratch, group, e);
	arena_free(&scratch);
	return rc;
}

void
gates_none(struct arena *a, struct group *group)
{
	for (size_t i = 0; i < group->rules.n; i++) {
		struct match_rule *mr = group->rules.v[i]->rule;

		mr->why = "the prefilter is off";
		gates_file(a, group->g, mr);
	}
}

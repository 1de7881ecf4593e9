/*
 * quiet.c - the metas of a message, evaluated only where an operand stirs.
 *
 * Of thousands of rules a message hits dozens, so most metas look at nothing
 * but misses, and say what they always say then.  That is worked out once, in
 * dependency order, when rules are loaded.  For a message, the rules that hit
 * or are not known name the metas that rest on them; these are evaluated, and
 * where one says something else than when all is quiet, so are those that rest
 * on it.  The same goes for a change after that: what if the lists had said
 * nothing?
 *
 * Called by scan/: the plan before the fork, the rest for each message.
 *
 * Invariant: the results are those of rule_meta_eval on every meta in order
 * (a test compares them).  It needs results that a step in the middle of a
 * scan does not have, where metas may not be ready: these are not run here.
 */
#include "config.h"

#include "rule/rule-priv.h"

#include <string.h>

struct rule_quiet {
	const struct ruleset *rs;
	unsigned set;
	unsigned *order;		/* rule ids, dependencies first */
	struct rule_result *result;	/* when quiet; by place in order */
	size_t n;
	/* users[from[id]] up to from[id + 1]: places in order of the metas
	 * that name rule id. */
	uint32_t *from, *users;
	bool *runs;			/* by rule id: is in order */
};

static void
find_users(struct rule_quiet *q, struct arena *a)
{
	size_t n_rules = q->rs->rules.n, total = 0, n;
	const unsigned *deps;
	uint32_t *fill;

	q->from = arena_alloc_array(a, n_rules + 2, sizeof(*q->from));
	for (size_t i = 0; i < q->n; i++) {
		deps = rule_meta_deps(q->rs->rules.v[q->order[i]]->meta, &n);
		for (size_t k = 0; k < n; k++)
			q->from[deps[k] + 1]++;
		total += n;
	}
	for (size_t id = 0; id < n_rules; id++)
		q->from[id + 1] += q->from[id];
	fill = arena_copy(a, q->from, (n_rules + 1) * sizeof(*fill));
	q->users = arena_alloc_array(a, total + 1, sizeof(*q->users));
	for (size_t i = 0; i < q->n; i++) {
		deps = rule_meta_deps(q->rs->rules.v[q->order[i]]->meta, &n);
		for (size_t k = 0; k < n; k++)
			q->users[fill[deps[k]]++] = (uint32_t)i;
	}
}

static void
find_results(struct rule_quiet *q, struct arena *a)
{
	struct arena *scratch = arena_new();
	struct rule_result *all = arena_alloc_array(scratch,
	    q->rs->rules.n + 1, sizeof(*all));

	q->result = arena_alloc_array(a, q->n + 1, sizeof(*q->result));
	for (size_t i = 0; i < q->n; i++) {
		unsigned id = q->order[i];

		rule_meta_eval(q->rs, q->rs->rules.v[id], all, q->set,
		    &q->result[i]);
		all[id] = q->result[i];
	}
	arena_free(&scratch);
}

const struct rule_quiet *
rule_quiet_new(struct arena *a, const struct ruleset *rs, unsigned set,
    const bool *needed)
{
	struct rule_quiet *q = arena_alloc(a, sizeof(*q));

	q->rs = rs;
	q->set = set;
	q->order = arena_alloc_array(a, rs->n_metas + 1, sizeof(*q->order));
	q->runs = arena_alloc_array(a, rs->rules.n + 1, sizeof(*q->runs));
	for (size_t i = 0; i < rs->n_metas; i++) {
		unsigned id = rs->meta_order[i];

		if (!needed[id])
			continue;
		q->order[q->n++] = id;
		q->runs[id] = true;
	}
	find_users(q, a);
	find_results(q, a);
	return q;
}

static void
stir(const struct rule_quiet *q, unsigned id, bool *stirred)
{
	for (uint32_t k = q->from[id]; k < q->from[id + 1]; k++)
		stirred[q->users[k]] = true;
}

static bool
is_same(const struct rule_result *res, const struct rule_result *old)
{
	return res->state == old->state && res->value == old->value &&
	    res->weight == old->weight && res->zone == old->zone &&
	    res->why == old->why;
}

/* Evaluate what is stirred, and what rests on it where it has become something
 * else. */
static size_t
settle(const struct rule_quiet *q, bool *stirred, struct rule_result *results)
{
	size_t evaluated = 0;

	for (size_t i = 0; i < q->n; i++) {
		unsigned id = q->order[i];
		struct rule_result old;

		if (!stirred[i])
			continue;
		evaluated++;
		old = results[id];
		rule_meta_eval(q->rs, q->rs->rules.v[id], results, q->set,
		    &results[id]);
		if (!is_same(&results[id], &old))
			stir(q, id, stirred);
	}
	return evaluated;
}

static bool *
nothing_stirred(const struct rule_quiet *q, struct arena *scratch)
{
	return arena_alloc_array(scratch, q->n + 1, sizeof(bool));
}

size_t
rule_quiet_run(const struct rule_quiet *q, struct arena *scratch,
    struct rule_result *results)
{
	struct arena_mark mark = arena_mark(scratch);
	bool *stirred = nothing_stirred(q, scratch);
	size_t evaluated;

	for (size_t i = 0; i < q->n; i++)
		results[q->order[i]] = q->result[i];
	for (unsigned id = 0; id < q->rs->rules.n; id++) {
		if (results[id].state > RESULT_MISS && !q->runs[id])
			stir(q, id, stirred);
	}
	evaluated = settle(q, stirred, results);
	arena_rewind(scratch, mark);
	return evaluated;
}

size_t
rule_quiet_change(const struct rule_quiet *q, struct arena *scratch,
    const unsigned *changed, size_t n, struct rule_result *results)
{
	struct arena_mark mark = arena_mark(scratch);
	bool *stirred = nothing_stirred(q, scratch);
	size_t evaluated;

	for (size_t i = 0; i < n; i++)
		stir(q, changed[i], stirred);
	evaluated = settle(q, stirred, results);
	arena_rewind(scratch, mark);
	return evaluated;
}

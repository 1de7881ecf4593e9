/*
 * quiet.c - the metas of a message, evaluated only where an operand stirs.
 *
 * Of thousands of rules a message hits dozens, so most metas look at nothing
 * but misses, and say what they always say then.  That is worked out once, in
 * dependency order, when rules are loaded, and which rules have to stir first
 * (watch.c).  For a message, the rules that hit or are not known name the metas
 * that watch them; these are evaluated, and where one says something else than
 * when all is quiet, so are those that watch it.
 *
 * The same goes for a change after that: what if the lists had said nothing?
 * But then all metas that name a rule are looked at.
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

/* users.v[from[id]] up to from[id + 1]: places in order of the metas that
 * look at rule id. */
struct users {
	uint32_t *from, *v;
};

struct rule_quiet {
	const struct ruleset *rs;
	unsigned set;
	unsigned *order;		/* rule ids, dependencies first */
	const struct expr **expr;	/* theirs; by place in order … */
	struct rule_result *result;	/* … and when quiet */
	size_t n;
	struct users watching;		/* for a change from the quiet */
	struct users naming;		/* for any other */
	bool *runs;			/* by rule id: is in order */
};

/* ---- the plan ---- */

/* Those that a meta has to be told of: by place in order. */
static void
find_users(struct rule_quiet *q, struct arena *a,
    const struct meta_watch *told, struct users *u)
{
	size_t n_rules = q->rs->rules.n, total = 0;
	uint32_t *fill;

	u->from = arena_alloc_array(a, n_rules + 2, sizeof(*u->from));
	for (size_t i = 0; i < q->n; i++) {
		for (size_t k = 0; k < told[i].ids.n; k++)
			u->from[told[i].ids.v[k] + 1]++;
		total += told[i].ids.n;
	}
	for (size_t id = 0; id < n_rules; id++)
		u->from[id + 1] += u->from[id];
	fill = arena_copy(a, u->from, (n_rules + 1) * sizeof(*fill));
	u->v = arena_alloc_array(a, total + 1, sizeof(*u->v));
	for (size_t i = 0; i < q->n; i++) {
		for (size_t k = 0; k < told[i].ids.n; k++)
			u->v[fill[told[i].ids.v[k]]++] = (uint32_t)i;
	}
}

static void
find_naming(struct rule_quiet *q, struct arena *a, struct arena *scratch)
{
	struct meta_watch *all = arena_alloc_array(scratch, q->n + 1,
	    sizeof(*all));

	for (size_t i = 0; i < q->n; i++) {
		const struct rule_meta *m =
		    q->rs->rules.v[q->order[i]]->meta;

		/* Whether one never runs does not hang on the message. */
		if (q->result[i].state == RESULT_NOT_RUN)
			continue;
		all[i].ids.v = m->deps.v;
		all[i].ids.n = m->deps.n;
	}
	find_users(q, a, all, &q->naming);
}

/* What metas say when quiet, and which rules each is to be looked at for. */
static void
find_watching(struct rule_quiet *q, struct arena *a, struct arena *scratch)
{
	size_t n = q->rs->rules.n;
	struct rule_result *all = arena_alloc_array(scratch, n + 1,
	    sizeof(*all));
	unsigned *hits = arena_alloc_array(scratch, n + 1, sizeof(*hits));
	struct meta_watch *watch = arena_alloc_array(scratch, q->n + 1,
	    sizeof(*watch));
	struct meta_quiet quiet = { q->rs, all, hits };

	for (size_t i = 0; i < q->n; i++) {
		unsigned id = q->order[i];
		const struct rule *r = q->rs->rules.v[id];

		rule_meta_eval(q->rs, r, all, q->set, &q->result[i]);
		q->expr[i] = &r->meta->expr;
		all[id] = q->result[i];
		if (all[id].state == RESULT_NOT_RUN)
			continue;
		meta_watch(scratch, r, &quiet, &watch[i]);
		hits[id] = watch[i].hits;
	}
	find_users(q, a, watch, &q->watching);
}

const struct rule_quiet *
rule_quiet_new(struct arena *a, const struct ruleset *rs, unsigned set,
    const bool *needed)
{
	struct rule_quiet *q = arena_alloc(a, sizeof(*q));
	struct arena *scratch = arena_new();

	q->rs = rs;
	q->set = set;
	q->order = arena_alloc_array(a, rs->n_metas + 1, sizeof(*q->order));
	q->expr = arena_alloc_array(a, rs->n_metas + 1, sizeof(*q->expr));
	q->result = arena_alloc_array(a, rs->n_metas + 1,
	    sizeof(*q->result));
	q->runs = arena_alloc_array(a, rs->rules.n + 1, sizeof(*q->runs));
	for (size_t i = 0; i < rs->n_metas; i++) {
		unsigned id = rs->meta_order[i];

		if (!needed[id])
			continue;
		q->order[q->n++] = id;
		q->runs[id] = true;
	}
	find_watching(q, a, scratch);
	find_naming(q, a, scratch);
	arena_free(&scratch);
	return q;
}

/* ---- a message ---- */

static void
stir(const struct users *u, unsigned id, bool *stirred)
{
	for (uint32_t k = u->from[id]; k < u->from[id + 1]; k++)
		stirred[u->v[k]] = true;
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
settle(const struct rule_quiet *q, const struct users *u, bool *stirred,
    struct rule_result *results)
{
	size_t evaluated = 0;

	for (size_t i = 0; i < q->n; i++) {
		unsigned id = q->order[i];
		struct rule_result old;

		if (!stirred[i])
			continue;
		evaluated++;
		old = results[id];
		meta_value(q->rs, q->expr[i], results, q->set, &results[id]);
		if (!is_same(&results[id], &old))
			stir(u, id, stirred);
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
			stir(&q->watching, id, stirred);
	}
	evaluated = settle(q, &q->watching, stirred, results);
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
		stir(&q->naming, changed[i], stirred);
	evaluated = settle(q, &q->naming, stirred, results);
	arena_rewind(scratch, mark);
	return evaluated;
}

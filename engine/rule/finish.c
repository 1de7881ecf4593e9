/*
 * finish.c - what needs all files: the last step of rule_load.
 *
 * In order: replace tags; rules_matching; meta order and cycles; default
 * scores; inherited `net`; priorities; which rules are needed; names that mean
 * nothing; networks.  Reference/sa-compat.md 1.2 (end), 2.6, 2.8.
 */
#include "config.h"

#include "rule/rule-priv.h"

#include <stdlib.h>

#include "base/mem.h"

#define PRIORITY_NET (-100)

static bool
is_meta(const struct rule *r)
{
	return r->defined && r->kind == RULE_META;
}

static void
default_scores(struct ruleset *rs)
{
	for (size_t i = 0; i < rs->rules.n; i++) {
		struct rule *r = rs->rules.v[i];
		double score = slice_starts(r->name, SLICE("T_")) ? 0.01 : 1;

		if (!r->defined || r->score_origin.line != 0)
			continue;
		if (r->tflags & TF_NICE)
			score = -score;
		for (int s = 0; s < 4; s++)
			r->score[s] = score;
	}
}

/* ---- order of metas ---- */

/* Kahn's algorithm: count what each meta still waits for; those that wait
 * for nothing go next. */
struct ordering {
	struct ruleset *rs;
	unsigned *waits;		/* by id: metas it depends on */
	unsigned *first, *next;		/* lists of dependents: edge + 1 */
	unsigned *target;		/* by edge: the dependent meta */
	size_t edges;
	unsigned *order;
	size_t n, done;
};

static void
add_edge(struct ordering *o, unsigned dep, unsigned meta)
{
	o->target[o->edges] = meta;
	o->next[o->edges] = o->first[dep];
	o->first[dep] = (unsigned)++o->edges;
	o->waits[meta]++;
}

static size_t
count_edges(const struct ruleset *rs)
{
	size_t n = 0;

	for (size_t i = 0; i < rs->rules.n; i++) {
		if (is_meta(rs->rules.v[i]))
			n += rs->rules.v[i]->meta->deps.n;
	}
	return n;
}

static void
ordering_start(struct ordering *o, struct ruleset *rs)
{
	size_t edges = count_edges(rs) + 1, rules = rs->rules.n + 1;

	*o = (struct ordering){ .rs = rs };
	o->order = arena_alloc_array(rs->arena, rules, sizeof(unsigned));
	o->waits = mem_alloc_array(rules, sizeof(unsigned));
	o->first = mem_alloc_array(rules, sizeof(unsigned));
	o->next = mem_alloc_array(edges, sizeof(unsigned));
	o->target = mem_alloc_array(edges, sizeof(unsigned));
	for (size_t i = 0; i < rs->rules.n; i++) {
		const struct rule *r = rs->rules.v[i];

		for (size_t d = 0; is_meta(r) && d < r->meta->deps.n; d++) {
			if (is_meta(rs->rules.v[r->meta->deps.v[d]]))
				add_edge(o, r->meta->deps.v[d], r->id);
		}
	}
}

static void
ordering_end(struct ordering *o)
{
	mem_free(o->waits);
	mem_free(o->first);
	mem_free(o->next);
	mem_free(o->target);
}

static void
release(struct ordering *o, unsigned id)
{
	for (unsigned e = o->first[id]; e != 0; e = o->next[e - 1]) {
		if (--o->waits[o->target[e - 1]] == 0)
			o->order[o->n++] = o->target[e - 1];
	}
}

/* A meta in a cycle, or on one, never hits (as SpamAssassin has it). */
static void
report_cycle(struct ordering *o, struct rule *r)
{
	struct ruleset *rs = o->rs;
	struct slice dep = r->name;

	for (size_t d = 0; d < r->meta->deps.n; d++) {
		if (o->waits[r->meta->deps.v[d]] > 0)
			dep = rs->rules.v[r->meta->deps.v[d]]->name;
	}
	rule_finding(rs, FINDING_ERROR, &r->origin, "meta-cycle",
	    "%.*s needs %.*s, which in the end needs itself: neither can hit "
	    "until the circle is broken", SLICE_FMT(r->name), SLICE_FMT(dep));
}

static void
break_cycles(struct ordering *o)
{
	struct ruleset *rs = o->rs;

	for (size_t i = 0; i < rs->rules.n; i++) {
		struct rule *r = rs->rules.v[i];

		if (is_meta(r) && o->waits[i] > 0) {
			report_cycle(o, r);
			o->order[o->n++] = r->id;
		}
	}
	for (size_t i = o->done; i < o->n; i++)
		meta_make_constant(rs->rules.v[o->order[i]]);
}

static void
order_metas(struct ruleset *rs)
{
	struct ordering o;

	ordering_start(&o, rs);
	for (size_t i = 0; i < rs->rules.n; i++) {
		if (is_meta(rs->rules.v[i]) && o.waits[i] == 0)
			o.order[o.n++] = (unsigned)i;
	}
	while (o.done < o.n)
		release(&o, o.order[o.done++]);
	break_cycles(&o);
	rs->meta_order = o.order;
	rs->n_metas = o.n;
	ordering_end(&o);
}

/* ---- flags and priorities ---- */

/* A meta over a network rule is one; in dependency order, so it is handed
 * on. */
static void
inherit_net(struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n_metas; i++) {
		struct rule *r = rs->rules.v[rs->meta_order[i]];

		for (size_t d = 0; d < r->meta->deps.n; d++)
			r->tflags |= rs->rules.v[r->meta->deps.v[d]]->tflags &
			    TF_NET;
	}
}

struct by_priority {
	int priority;
	unsigned id;
};

static int
compare_priority(const void *a, const void *b)
{
	const struct by_priority *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* What a meta needs must not run after it. */
static void
lower_deps(struct ruleset *rs, const struct rule *meta)
{
	for (size_t d = 0; d < meta->meta->deps.n; d++) {
		struct rule *r = rs->rules.v[meta->meta->deps.v[d]];

		if (!r->defined || r->priority <= meta->priority)
			continue;
		r->priority = meta->priority < PRIORITY_NET &&
		    (r->tflags & TF_NET) ? PRIORITY_NET : meta->priority;
	}
}

/* Lowest metas first, so that what one lowers, the next one passes on. */
static void
fix_priorities(struct ruleset *rs)
{
	struct by_priority *v = mem_alloc_array(rs->n_metas + 1, sizeof(*v));

	for (size_t i = 0; i < rs->n_metas; i++) {
		v[i].id = rs->meta_order[i];
		v[i].priority = rs->rules.v[v[i].id]->priority;
	}
	qsort(v, rs->n_metas, sizeof(*v), compare_priority);
	for (size_t i = 0; i < rs->n_metas; i++)
		lower_deps(rs, rs->rules.v[v[i].id]);
	mem_free(v);
	for (size_t i = 0; i < rs->rules.n; i++) {
		struct rule *r = rs->rules.v[i];

		if ((r->tflags & TF_NET) && r->priority == 0)
			r->priority = PRIORITY_NET;
	}
}

/* ---- rules that are not what they seem ---- */

/*
 * "mimeheader X Y !~ /z/": SpamAssassin 4.0.1 leaves its search at the first
 * match without taking note of it, so that such a rule always hits.
 */
static void
fix_mimeheaders(struct loader *l)
{
	bool compat = conf_bool(l->conf, "compat");

	for (size_t i = 0; i < l->rs->rules.n; i++) {
		struct rule *r = l->rs->rules.v[i];

		if (r->defined && r->kind != RULE_MIMEHEADER &&
		    (r->concat || r->first_part || r->last_part))
			rule_finding(l->rs, FINDING_WARNING, &r->origin,
			    "unknown-tflag", "tflags range= and concat have "
			    "no effect on %.*s: they are for mimeheader "
			    "rules", SLICE_FMT(r->name));
		if (!compat || r->kind != RULE_MIMEHEADER || !r->negate)
			continue;
		r->always = true;
		rule_finding(l->rs, FINDING_WARNING, &r->origin,
		    "always-matches", "%.*s always hits: !~ in a mimeheader "
		    "rule does in SpamAssassin 4.0.1; with 'compat 0' it hits "
		    "when no part has a match", SLICE_FMT(r->name));
	}
}

/* ---- which rules must run ---- */

/* Wanted for itself: it scores, or running it does something more. */
static bool
is_root(const struct rule *r)
{
	return !r->subrule || r->has_captures || r->subjprefix.n > 0 ||
	    r->kind == RULE_EVAL || r->kind == RULE_PLUGIN;
}

/* Dependents come after their dependencies in meta_order, so one walk from
 * its end marks everything. */
static void
mark_needed(struct ruleset *rs, unsigned set)
{
	uint8_t bit = (uint8_t)(1u << set);

	for (size_t i = 0; i < rs->rules.n; i++) {
		const struct rule *r = rs->rules.v[i];

		if (r->defined && r->score[set] != 0 && is_root(r))
			rs->needed[i] |= bit;
	}
	for (size_t i = rs->n_metas; i-- > 0;) {
		const struct rule *meta = rs->rules.v[rs->meta_order[i]];

		if (!(rs->needed[meta->id] & bit))
			continue;
		for (size_t d = 0; d < meta->meta->deps.n; d++) {
			const struct rule *r =
			    rs->rules.v[meta->meta->deps.v[d]];

			if (r->defined && r->score[set] != 0)
				rs->needed[r->id] |= bit;
		}
	}
}

/* ---- names that mean nothing ---- */

static void
undefined_dep(struct loader *l, const struct rule *meta,
    const struct rule *r)
{
	bool left_out = rule_left_out(l->rs, r->name) != NULL;

	rule_finding(l->rs, left_out ? FINDING_INFO : FINDING_WARNING,
	    &meta->origin, left_out ? "skipped-rule" : "unknown-rule",
	    "%.*s names %.*s, which is not defined and counts as 0%s",
	    SLICE_FMT(meta->name), SLICE_FMT(r->name),
	    skipped_or_nearest(l, r->name));
}

static void
undefined_scored(struct loader *l, const struct rule *r)
{
	if (rule_left_out(l->rs, r->name) != NULL)
		return;		/* lint counts what a missing plugin costs */
	rule_finding(l->rs, FINDING_INFO, &r->score_origin,
	    "score-without-rule", "%.*s has a score and no definition%s",
	    SLICE_FMT(r->name), skipped_or_nearest(l, r->name));
}

static void
report_undefined(struct loader *l)
{
	struct ruleset *rs = l->rs;

	for (size_t i = 0; i < rs->rules.n; i++) {
		const struct rule *r = rs->rules.v[i];

		if (!r->defined && r->score_origin.line != 0)
			undefined_scored(l, r);
		for (size_t d = 0; is_meta(r) && d < r->meta->deps.n; d++) {
			const struct rule *dep =
			    rs->rules.v[r->meta->deps.v[d]];

			if (!dep->defined)
				undefined_dep(l, r, dep);
		}
	}
}

void
rule_finish(struct loader *l)
{
	struct ruleset *rs = l->rs;

	replace_apply(l);
	fix_mimeheaders(l);
	for (size_t i = 0; i < rs->rules.n; i++) {
		if (is_meta(rs->rules.v[i]))
			meta_expand_globs(rs, rs->rules.v[i]);
	}
	order_metas(rs);
	default_scores(rs);
	inherit_net(rs);
	fix_priorities(rs);
	rs->needed = arena_alloc(rs->arena, rs->rules.n + 1);
	rs->n_needed = rs->rules.n;
	for (unsigned set = 0; set < 4; set++)
		mark_needed(rs, set);
	report_undefined(l);
	networks_check(l);
}

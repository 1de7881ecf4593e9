/*
 * plan.c - which rules run in which step of a scan.
 *
 * One step, everything at once, unless rules may end a scan early
 * (shortcircuit): then a step ends behind each place where one of these is
 * (rule/order.c), so that what comes later has not run when it hits.  With
 * bounds on the sum every place is one.  Questions to DNS leave with the
 * first step that reaches priority -100, as in SpamAssassin, and no later
 * step: the CPU works while they are under way.
 *
 * Called by engine.c once, before the fork.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "scan/scan-priv.h"

#define PRIORITY_ASKS (-100)

struct planning {
	struct engine *eng;
	const struct match_options *match;
	VEC_OF(struct rule_place) ends;
	bool *only;			/* scratch: the rules of one step … */
	const struct rule **evals;	/* … and its evals of one kind */
};

static int
by_place(const void *a, const void *b)
{
	return rule_place_cmp(*(const struct rule_place *)a,
	    *(const struct rule_place *)b);
}

static int
by_priority(const void *pa, const void *pb)
{
	const struct rule *a = *(const struct rule *const *)pa;
	const struct rule *b = *(const struct rule *const *)pb;

	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static bool
is_eval(const struct rule *r)
{
	return r->kind == RULE_EVAL || r->kind == RULE_PLUGIN;
}

/* ---- where steps end ---- */

/* Metas have run when the rules they rest on have. */
static struct rule_place
place_of(const struct engine *eng, const struct rule *r)
{
	return r->kind == RULE_META ?
	    (struct rule_place){ eng->ready[r->id], CLASS_META } :
	    rule_place(r);
}

static void
find_ends(struct planning *p)
{
	const struct engine *eng = p->eng;
	const struct ruleset *rs = eng->rs;
	bool before_dns = false;

	for (size_t i = 0; i < rs->rules.n; i++) {
		const struct rule *r = rs->rules.v[i];
		struct rule_place at = place_of(eng, r);

		if (!eng->needed[i] || at.priority == RULE_READY_LAST ||
		    (!rs->endings.bounded && r->ending == ENDING_NONE))
			continue;
		*VEC_PUSH(eng->arena, &p->ends) = at;
		before_dns |= at.priority < PRIORITY_ASKS;
	}
	/* Nobody is asked about a message that ends before. */
	if (before_dns)
		*VEC_PUSH(eng->arena, &p->ends) = (struct rule_place){
			PRIORITY_ASKS - 1, CLASS_META };
}

static void
sort_ends(struct planning *p)
{
	size_t kept = 0;

	*VEC_PUSH(p->eng->arena, &p->ends) = (struct rule_place){
		RULE_READY_LAST, CLASS_META };
	qsort(p->ends.v, p->ends.n, sizeof(*p->ends.v), by_place);
	for (size_t i = 0; i < p->ends.n; i++) {
		if (kept == 0 || rule_place_cmp(p->ends.v[i],
		    p->ends.v[kept - 1]) != 0)
			p->ends.v[kept++] = p->ends.v[i];
	}
	p->ends.n = kept;
}

/* ---- the steps ---- */

static bool
is_in(const struct engine_step *s, const struct engine_step *before,
    const struct rule *r)
{
	struct rule_place at = rule_place(r);

	return rule_place_cmp(at, s->last) <= 0 &&
	    (before == NULL || rule_place_cmp(at, before->last) > 0);
}

/* Those that ask go with the questions, whatever their priority. */
static bool
takes_eval(const struct engine_step *s, enum plug_when when, bool in)
{
	return when == PLUG_ASKS ? s->asks : in;
}

/* What cannot run in this score set is no hit and no doubt. */
static bool
eval_runs(const struct engine *eng, const struct rule *r)
{
	return eng->needed[r->id] && is_eval(r) &&
	    ((r->tflags & TF_LEARN) == 0 || (eng->score_set & 2) != 0);
}

static void
fill_evals(struct planning *p, struct engine_step *s)
{
	struct engine *eng = p->eng;
	const struct ruleset *rs = eng->rs;

	for (unsigned when = 0; when < PLUG_WHENS; when++) {
		const struct rule **v = p->evals;
		size_t n = 0;

		for (size_t i = 0; i < rs->rules.n; i++) {
			const struct rule *r = rs->rules.v[i];

			if (eval_runs(eng, r) && plug_eval_when(r) == when &&
			    takes_eval(s, when, p->only[i]))
				v[n++] = r;
		}
		if (n > 1)
			qsort(v, n, sizeof(*v), by_priority);
		s->evals[when].v = arena_copy(eng->arena, v,
		    n * sizeof(*v));
		s->evals[when].n = n;
	}
}

static int
fill_step(struct planning *p, struct engine_step *s,
    const struct engine_step *before, struct err *e)
{
	struct engine *eng = p->eng;
	const struct ruleset *rs = eng->rs;
	struct match_options mo = *p->match;

	for (size_t i = 0; i < rs->rules.n; i++)
		p->only[i] = is_in(s, before, rs->rules.v[i]);
	fill_evals(p, s);
	mo.only = eng->n_steps > 1 ? p->only : NULL;
	return match_build(eng->arena, eng->rs, &mo, &s->matcher, e);
}

static int
make_steps(struct planning *p, struct err *e)
{
	struct engine *eng = p->eng;
	bool asked = false;

	eng->n_steps = p->ends.n;
	eng->steps = arena_alloc_array(eng->arena, eng->n_steps,
	    sizeof(*eng->steps));
	for (size_t i = 0; i < eng->n_steps; i++) {
		struct engine_step *s = &eng->steps[i];

		s->last = p->ends.v[i];
		s->asks = !asked && s->last.priority >= PRIORITY_ASKS;
		asked |= s->asks;
		if (fill_step(p, s, i > 0 ? s - 1 : NULL, e) != 0)
			return -1;
	}
	return 0;
}

int
plan_make(struct engine *eng, const struct match_options *mo, struct err *e)
{
	const struct ruleset *rs = eng->rs;
	struct planning p = { .eng = eng, .match = mo };

	eng->needed = arena_alloc_array(eng->arena, rs->rules.n + 1,
	    sizeof(*eng->needed));
	for (size_t i = 0; i < rs->rules.n; i++)
		eng->needed[i] = rs->rules.v[i]->defined &&
		    rule_needed(rs, (unsigned)i, eng->score_set);
	eng->ready = rule_ready(rs, eng->score_set);
	eng->metas = rule_quiet_new(eng->arena, rs, eng->score_set,
	    eng->needed);
	p.only = arena_alloc_array(eng->arena, rs->rules.n + 1,
	    sizeof(*p.only));
	p.evals = arena_alloc_array(eng->arena, rs->rules.n + 1,
	    sizeof(*p.evals));
	/* Lint and `tare test` want every rule, as SpamAssassin's lint. */
	eng->to_the_end = mo->all;
	if (rs->endings.mark != NULL && !eng->to_the_end)
		find_ends(&p);
	sort_ends(&p);
	return make_steps(&p, e);
}

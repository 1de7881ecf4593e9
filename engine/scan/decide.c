/*
 * decide.c - results to score to verdict, and what open questions could
 * still change.
 *
 * What is still possible is worked out on a copy of the results; metas are
 * evaluated in dependency order each time.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "scan/scan-priv.h"

void
decide_metas(struct scan *sc, struct rule_result *results)
{
	const struct engine *eng = sc->scanner->eng;
	const struct ruleset *rs = eng->rs;

	if (!sc->ending.partial) {
		(void)rule_quiet_run(eng->metas, sc->arena, results);
		return;
	}
	for (size_t i = 0; i < rs->n_metas; i++) {
		unsigned id = rs->meta_order[i];

		if (!eng->needed[id])
			continue;
		if (ending_meta_ready(sc, results, id))
			rule_meta_eval(rs, rs->rules.v[id], results,
			    eng->score_set, &results[id]);
		else
			results[id].state = RESULT_NOT_RUN;
	}
}

unsigned
decide_times(const struct rule *r, const struct rule_result *res)
{
	if ((r->tflags & TF_MULTIPLE) == 0 || r->kind == RULE_META ||
	    res->value < 1)
		return 1;
	return (unsigned)res->value;
}

/* The rule's score; of the mark, what the ending that brought it has. */
static double
score_of(const struct scan *sc, const struct rule *r,
    const struct rule_result *results)
{
	const struct engine *eng = sc->scanner->eng;
	const struct rule *by = sc->ending.rule;

	if (r != eng->rs->endings.mark || !sc->ending.ended)
		return rule_score(r, eng->score_set);
	return by == NULL || results[by->id].state == RESULT_HIT ?
	    sc->ending.points : 0;
}

double
decide_points(const struct scan *sc, const struct rule *r,
    const struct rule_result *results)
{
	const struct rule_result *res = &results[r->id];

	if (res->state != RESULT_HIT || r->subrule)
		return 0;
	return weigh_points(score_of(sc, r, results) * decide_times(r, res),
	    res->weight);
}

double
decide_score(const struct scan *sc, const struct rule_result *results)
{
	const struct ruleset *rs = sc->scanner->eng->rs;
	double sum = 0;

	for (size_t i = 0; i < rs->rules.n; i++) {
		/* Few hit, and the others' rules are in no cache. */
		if (results[i].state == RESULT_HIT)
			sum += decide_points(sc, rs->rules.v[i], results);
	}
	return weigh_round(sum);
}

/*
 * Which rules may still change: those that wait, and metas whose value hangs
 * on one.  v holds the results with metas evaluated, where waiting is unknown.
 */
static const bool *
find_open(const struct scan *sc, const struct rule_result *v)
{
	const struct ruleset *rs = sc->scanner->eng->rs;
	bool *open = arena_alloc_array(sc->arena, rs->rules.n + 1,
	    sizeof(*open));

	for (size_t i = 0; i < rs->rules.n; i++)
		open[i] = v[i].state == RESULT_WAIT;
	for (size_t i = 0; i < rs->n_metas; i++) {
		unsigned id = rs->meta_order[i];
		size_t n;
		const unsigned *deps = rule_meta_deps(rs->rules.v[id]->meta,
		    &n);

		for (size_t k = 0; k < n &&
		    v[id].state == RESULT_UNKNOWN; k++)
			open[id] |= open[deps[k]];
	}
	return open;
}

/*
 * The lowest and highest score that open questions still allow.  A meta may
 * go up with one answer and down with another ("__ALLOWED && !LISTED"), so
 * trying them all true and all false would not do.
 */
static void
score_range(struct scan *sc, double *low_r, double *high_r)
{
	const struct engine *eng = sc->scanner->eng;
	size_t n = eng->rs->rules.n;
	struct arena_mark mark = arena_mark(sc->arena);
	struct rule_result *v = arena_copy(sc->arena, sc->results,
	    n * sizeof(*v));
	const bool *open;

	decide_metas(sc, v);
	open = find_open(sc, v);
	*low_r = *high_r = decide_score(sc, v);
	for (size_t i = 0; i < n; i++) {
		const struct rule *r = eng->rs->rules.v[i];
		double s = rule_score(r, eng->score_set);

		if (!open[i] || r->subrule)
			continue;
		if (s < 0)
			*low_r += s;
		else
			*high_r += s;
	}
	arena_rewind(sc->arena, mark);
}

bool
decide_spam_anyway(struct scan *sc)
{
	double low, high;

	score_range(sc, &low, &high);
	return low >= sc->scanner->eng->required;
}

bool
decide_settled(struct scan *sc)
{
	double low, high;

	score_range(sc, &low, &high);
	return low >= sc->scanner->eng->required ||
	    high < sc->scanner->eng->required;
}

static int
by_rule_name(const void *pa, const void *pb)
{
	const struct rule *const *a = pa, *const *b = pb;

	return slice_cmp((*a)->name, (*b)->name);
}

static int
by_voided_name(const void *pa, const void *pb)
{
	const struct verdict_hit *a = pa, *b = pb;

	return slice_cmp(a->rule->name, b->rule->name);
}

/* Once nothing will change any more. */
static void
find_spoke(struct scan *sc)
{
	size_t n = sc->scanner->eng->rs->rules.n;

	for (unsigned i = 0; i < n; i++) {
		if (sc->results[i].state > RESULT_MISS)
			*VEC_PUSH(sc->arena, &sc->spoke) = i;
	}
}

static double
sum_points(const struct scan *sc)
{
	const struct ruleset *rs = sc->scanner->eng->rs;
	double sum = 0;

	for (size_t i = 0; i < sc->spoke.n; i++)
		sum += decide_points(sc, rs->rules.v[sc->spoke.v[i]],
		    sc->results);
	return weigh_round(sum);
}

static void
fill_hit(const struct scan *sc, const struct rule *r, struct verdict_hit *h)
{
	const struct rule_result *res = &sc->results[r->id];

	h->rule = r;
	h->count = decide_times(r, res);
	h->score = score_of(sc, r, sc->results) * h->count;
	h->weight = res->weight;
	h->points = decide_points(sc, r, sc->results);
	h->zone = res->zone == RESULT_NO_ZONE ? -1 : res->zone;
}

/* Those that hit, in the order of their names; the unknown are counted.
 * Pointers, because qsort takes memory for more than a kilobyte. */
static const struct rule **
sort_hits(const struct scan *sc, struct verdict *v, size_t *n_r)
{
	const struct ruleset *rs = sc->scanner->eng->rs;
	const struct rule **hits = arena_alloc_array(sc->arena,
	    sc->spoke.n + 1, sizeof(*hits));
	size_t n = 0;

	for (size_t i = 0; i < sc->spoke.n; i++) {
		const struct rule *r = rs->rules.v[sc->spoke.v[i]];
		uint8_t state = sc->results[r->id].state;

		v->unknown += state == RESULT_UNKNOWN;
		if (state == RESULT_HIT)
			hits[n++] = r;
	}
	qsort(hits, n, sizeof(*hits), by_rule_name);
	*n_r = n;
	return hits;
}

static void
fill_hits(struct scan *sc, struct verdict *v)
{
	size_t n;
	const struct rule **hits = sort_hits(sc, v, &n);

	v->hits = arena_alloc_array(sc->arena, n + 1, sizeof(*v->hits));
	v->subrules = arena_alloc_array(sc->arena, n + 1,
	    sizeof(*v->subrules));
	v->subrule_hits = arena_alloc_array(sc->arena, n + 1,
	    sizeof(*v->subrule_hits));
	for (size_t i = 0; i < n; i++) {
		const struct rule *r = hits[i];

		if (!r->subrule) {
			fill_hit(sc, r, &v->hits[v->n_hits++]);
			continue;
		}
		v->subrules[v->n_subrules] = r->name;
		v->subrule_hits[v->n_subrules++] = decide_times(r,
		    &sc->results[r->id]);
	}
}

static void
add_void(struct scan *sc, struct verdict *v, unsigned rule, int zone,
    const char *why)
{
	const struct engine *eng = sc->scanner->eng;
	const struct rule *r = eng->rs->rules.v[rule];
	double score = rule_score(r, eng->score_set);

	if (r->subrule || score == 0 ||
	    sc->results[rule].state == RESULT_HIT)
		return;
	for (size_t i = 0; i < v->n_voided; i++) {
		if (v->voided[i].rule == r)
			return;
	}
	v->voided[v->n_voided++] = (struct verdict_hit){ .rule = r,
		.score = score, .count = 1, .zone = zone, .why = why };
}

/* Never a silent skip: rules whose answer was void or not even asked for. */
static void
fill_voided(struct scan *sc, struct verdict *v)
{
	size_t n;
	const struct plug_zone *const *zones =
	    plug_zones(sc->scanner->eng->plug, &n);
	size_t room = sc->positives.n;

	for (size_t i = 0; i < n; i++)
		room += zones[i]->rules.n;
	v->voided = arena_alloc_array(sc->arena, room + 1, sizeof(*v->voided));
	for (size_t i = 0; i < sc->positives.n; i++) {
		const struct positive *p = sc->positives.v[i];

		if (p->state == POSITIVE_VOID)
			add_void(sc, v, p->rule, p->zone, p->why);
	}
	for (size_t i = 0; i < n; i++) {
		if (sc->zone_use[i] != ZONE_WITHHELD)
			continue;
		for (size_t k = 0; k < zones[i]->rules.n; k++) {
			unsigned id = zones[i]->rules.v[k];

			if (sc->results[id].state == RESULT_UNKNOWN)
				add_void(sc, v, id, (int)i, confirm_why(
				    sc->arena, &sc->zones->entries[i]));
		}
	}
	qsort(v->voided, v->n_voided, sizeof(*v->voided), by_voided_name);
}

static void
fill_answers(struct scan *sc, uint16_t zone, struct verdict_zone *z)
{
	VEC_OF(struct slice) answers = { 0 };

	for (size_t i = 0; i < sc->said.n; i++)
		if (sc->said.v[i].zone == zone)
			*VEC_PUSH(sc->arena, &answers) = sc->said.v[i].text;
	z->answers = answers.v;
	z->n_answers = answers.n;
}

static void
fill_zones(struct scan *sc, struct verdict *v)
{
	v->zones = arena_alloc_array(sc->arena, sc->zones->n + 1,
	    sizeof(*v->zones));
	/* verdict_hit.zone indexes this list, so every zone is in it; report/
	 * shows those that were used. */
	for (size_t i = 0; i < sc->zones->n; i++) {
		const struct zone_entry *z = &sc->zones->entries[i];

		v->zones[i] = (struct verdict_zone){
			.name = slice_cstr(z->name),
			.state = (enum zone_state)z->state,
			.reason = (enum zone_reason)z->reason,
			.weight = (double)z->weight,
			.used = sc->zone_use[i] != ZONE_UNUSED,
		};
		fill_answers(sc, (uint16_t)i, &v->zones[i]);
	}
	v->n_zones = sc->zones->n;
}

void
decide_verdict(struct scan *sc)
{
	const struct engine *eng = sc->scanner->eng;
	struct verdict *v = &sc->verdict;

	for (size_t i = 0; i < eng->rs->rules.n; i++) {
		struct rule_result *r = &sc->results[i];

		if (r->state == RESULT_WAIT && !sc->ending.ended) {
			r->state = RESULT_UNKNOWN;
			r->why = "no answer before the deadline";
		}
	}
	ending_close(sc);
	v->ended_as = sc->ending.ended ? sc->ending.type : NULL;
	v->ended_by = sc->ending.rule;
	v->required = eng->required;
	find_spoke(sc);
	v->score = sum_points(sc);
	v->spam = v->score >= v->required;
	fill_hits(sc, v);
	fill_voided(sc, v);
	fill_zones(sc, v);
	v->defects = sc->mail->defects;
	v->partial = (v->defects & (DEFECT_TIME | DEFECT_OVERSIZE)) != 0;
	v->bytes = sc->raw.n;
	v->ms = (clock_mono() - sc->t0) * 1000;
	v->cpu_ms = (clock_cpu() - sc->cpu0) * 1000;
}

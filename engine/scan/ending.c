/*
 * ending.c - rules that end a scan early (shortcircuit).
 *
 * Called behind each step, when a DNS answer has settled a rule, and with the
 * verdict.  The first hit that ends the scan does so for good: rules behind
 * its place in the order are as if they had never run, and of the metas only
 * those count that were ready by then.  The mark (SHORTCIRCUIT) is a hit, too,
 * with the points that the ending has.
 *
 * With bounds on the sum it is the next hit behind the one that crossed the
 * bound that ends the scan: SpamAssassin looks before it adds.  Within one
 * place rules hit in the order of their definition; there it is any.
 *
 * A hit that rests on a list which is not fully trusted ends nothing: evidence
 * that may be wrong must not keep all other rules from speaking.
 */
#include "config.h"

#include "scan/scan-priv.h"

/* What the mark adds where the score of the rule itself counts. */
#define POINTS_BY_SCORE 0.0001
#define POINTS_BY_SUM 0.001

static const struct rule_endings *
endings(const struct scan *sc)
{
	return &sc->scanner->eng->rs->endings;
}

static bool
may_end(const struct scan *sc)
{
	return endings(sc)->mark != NULL && !sc->scanner->eng->to_the_end;
}

/* ---- metas ---- */

bool
ending_meta_ready(const struct scan *sc, const struct rule_result *results,
    unsigned id)
{
	const struct engine *eng = sc->scanner->eng;
	const struct rule *meta = eng->rs->rules.v[id];
	size_t n;
	const unsigned *deps = rule_meta_deps(meta->meta, &n);

	if (!sc->ending.partial)
		return true;
	if (eng->ready[id] > sc->ending.metas_upto)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (results[deps[i]].state == RESULT_NOT_RUN ||
		    results[deps[i]].state == RESULT_WAIT)
			return false;
	}
	return true;
}

/* ---- hits ---- */

static void
end_by_sum(struct scan *sc)
{
	struct scan_ending *end = &sc->ending;

	end->ended = true;
	end->type = end->sum < 0 ? "ham" : "spam";
	end->points = end->sum < 0 ? -POINTS_BY_SUM : POINTS_BY_SUM;
}

static void
end_by_rule(struct scan *sc, const struct rule *r)
{
	struct scan_ending *end = &sc->ending;
	double score = rule_score(r, sc->scanner->eng->score_set);
	bool ham = r->ending == ENDING_BY_SCORE ? score < 0 :
	    r->ending == ENDING_HAM;

	end->rule = r;
	end->type = ham ? "ham" : "spam";
	if (end->ended)
		return;		/* by the sum, at this very hit */
	end->ended = true;
	if (r->ending == ENDING_BY_SCORE)
		end->points = ham ? -POINTS_BY_SCORE : POINTS_BY_SCORE;
	else
		end->points = ham ? endings(sc)->ham : endings(sc)->spam;
}

static bool
is_beyond(const struct scan *sc)
{
	const struct rule_endings *e = endings(sc);

	return e->bounded &&
	    (sc->ending.sum < e->below || sc->ending.sum > e->above);
}

/* A new hit: once for each time it counts. */
static void
take_hit(struct scan *sc, const struct rule *r)
{
	struct scan_ending *end = &sc->ending;
	const struct rule_result *res = &sc->results[r->id];
	unsigned n = decide_times(r, res);

	for (unsigned i = 0; i < n && !end->ended; i++) {
		if (is_beyond(sc))
			end_by_sum(sc);
		if (r->ending != ENDING_NONE && res->weight >= 1)
			end_by_rule(sc, r);
		end->sum += decide_points(sc, r, sc->results) / n;
	}
}

/* Hits that were not there at the last look, in the order of rules. */
static void
take_hits(struct scan *sc)
{
	const struct ruleset *rs = sc->scanner->eng->rs;
	struct scan_ending *end = &sc->ending;

	if (end->seen == NULL)
		end->seen = arena_alloc(sc->arena, rs->rules.n + 1);
	for (size_t i = 0; i < rs->rules.n && !end->ended; i++) {
		const struct rule *r = rs->rules.v[i];

		if (end->seen[i] || sc->results[i].state != RESULT_HIT ||
		    (!endings(sc)->bounded && r->ending == ENDING_NONE))
			continue;
		end->seen[i] = true;
		take_hit(sc, r);
	}
}

/* ---- the three occasions ---- */

bool
ending_after_step(struct scan *sc, const struct engine_step *step)
{
	struct scan_ending *end = &sc->ending;
	bool metas = step->last.cls == CLASS_META;

	if (!may_end(sc) || end->ended)
		return end->ended;
	end->partial = true;
	end->place = step->last;
	end->metas_upto = metas || step->last.priority == INT_MIN ?
	    step->last.priority : step->last.priority - 1;
	decide_metas(sc, sc->results);
	take_hits(sc);
	end->partial = end->ended;
	return end->ended;
}

bool
ending_by_answer(struct scan *sc)
{
	if (!may_end(sc) || sc->ending.ended)
		return sc->ending.ended;
	sc->ending.place = (struct rule_place){ RULE_READY_LAST, CLASS_META };
	sc->ending.metas_upto = RULE_READY_LAST - 1;
	take_hits(sc);
	sc->ending.partial = sc->ending.ended;
	return sc->ending.ended;
}

/* What ran along because it asks DNS, and what is still asked. */
static void
forget_later(struct scan *sc)
{
	const struct ruleset *rs = sc->scanner->eng->rs;

	for (size_t i = 0; i < rs->rules.n; i++) {
		struct rule_result *res = &sc->results[i];

		if (res->state == RESULT_WAIT || (rs->rules.v[i]->kind !=
		    RULE_META && rule_place_cmp(rule_place(rs->rules.v[i]),
		    sc->ending.place) > 0))
			*res = (struct rule_result){ .zone = RESULT_NO_ZONE,
				.weight = 1 };
	}
}

/* SpamAssassin's tags; there are none without the plugin. */
static void
set_tags(struct scan *sc)
{
	const struct scan_ending *end = &sc->ending;
	struct slice type = slice_cstr(end->ended ? end->type : "no");
	struct slice rule = end->rule ? end->rule->name : SLICE("none");

	view_tag_add(sc->view, SLICE("SC"), end->rule == NULL ? SLICE("no") :
	    slice_cstr(arena_printf(sc->arena, "%.*s (%s)", SLICE_FMT(rule),
	    end->type)));
	view_tag_add(sc->view, SLICE("SCRULE"), rule);
	view_tag_add(sc->view, SLICE("SCTYPE"), type);
}

void
ending_close(struct scan *sc)
{
	struct scan_ending *end = &sc->ending;
	struct rule_result *mark;

	if (end->ended)
		forget_later(sc);
	decide_metas(sc, sc->results);
	if (!may_end(sc))
		return;
	take_hits(sc);		/* metas that rest on the last answers */
	set_tags(sc);
	mark = &sc->results[endings(sc)->mark->id];
	*mark = (struct rule_result){ .zone = RESULT_NO_ZONE, .weight = 1,
		.state = end->ended ? RESULT_HIT : RESULT_MISS,
		.value = end->ended };
}

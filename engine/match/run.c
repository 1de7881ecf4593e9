/*
 * run.c - all regex rules over the views of one message.
 *
 * For each group of rules: fetch its text as a list of subjects (subjects.c);
 * on each subject ask the prefilter which rules may match, and PCRE2 about
 * those and about the rules without literals.  What counts as a hit, and how
 * often, is reference/sa-compat 2.2 and 2.3.
 *
 * Called by scan/ once per message.
 *
 * Time: a message has LIMIT_REGEX_BUDGET_SEC of CPU.  The clock is read every
 * few searches of short texts, and before each of a long one.  When the time is
 * spent, rules that still had something to look at become unknown.  A rule that
 * runs into PCRE2's limits is unknown too, unless it hits elsewhere; after
 * STRIKES such subjects it is not asked again, so that mail made to be slow for
 * one rule cannot spend the budget of all.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "match/match-priv.h"

enum {
	STRIKES = 4,
	LOOK_SEARCHES = 8,	/* that end well may go without a look; … */
	LOOK_BYTES = 512,	/* … a longer text counts as several */
};

static const char SPENT[] = "the message's time was spent";

/* One rule's progress through one message; zero for those not yet seen. */
struct progress {
	unsigned hits;
	uint8_t strikes;
	bool touched;			/* in the worker's list of these */
	bool unknown;
	bool void_template;		/* a tag is not set: cannot hit */
	unsigned open;			/* gates open for … */
	size_t seen;			/* … the last subject with one */
	const char *why;
	const struct regex *re;
};

struct match_worker {
	const struct matcher *m;
	struct prefilter_scratch *scratch;
	struct progress *progress;	/* by slot */
	struct template *templates;	/* by slot */
	struct automaton_states **states;	/* by group; NULL: none */
	struct match_rule **todo;	/* what the prefilter named */
	size_t n_todo;
	bool *wanted;			/* of the sieve's blocks */
	struct match_rule **touched;	/* of the group: with progress */
	size_t n_touched;
	double cpu_began, next_look;
	unsigned unlooked;		/* searches since the last look */
	bool spent;
};

/* The run over one message. */
struct run {
	struct match_worker *w;
	struct view *v;
	struct rule_result *results;
	const struct match_group *group;
	bool present;			/* the group's field is there */
	struct slice subject;
	size_t line;			/* subject's index in its view */
	const uint64_t *accepted;	/* by the automaton; by line */
};

/* ---- the worker's memory ---- */

static size_t
most_blocks(const struct matcher *m)
{
	size_t most = 0;

	for (size_t i = 0; i < m->groups.n; i++) {
		const struct sieve *s = m->groups.v[i]->sieve;

		if (s != NULL && sieve_blocks(s) > most)
			most = sieve_blocks(s);
	}
	return most;
}

struct match_worker *
match_worker_new(const struct matcher *m)
{
	struct match_worker *w = mem_alloc(sizeof(*w));
	size_t n = m->rules.n;

	w->m = m;
	w->progress = mem_alloc_array(n, sizeof(*w->progress));
	w->templates = mem_alloc_array(n, sizeof(*w->templates));
	w->todo = mem_alloc_array(n, sizeof(struct match_rule *));
	w->touched = mem_alloc_array(n, sizeof(struct match_rule *));
	w->states = mem_alloc_array(m->groups.n,
	    sizeof(struct automaton_states *));
	w->wanted = mem_alloc_array(most_blocks(m) + 1, sizeof(bool));
	for (size_t i = 0; i < m->groups.n; i++) {
		if (m->groups.v[i]->prefilter != NULL &&
		    prefilter_scratch_fit(&w->scratch,
		    m->groups.v[i]->prefilter) != 0)
			fatal("no memory for the prefilter");
		if (m->groups.v[i]->automaton != NULL)
			w->states[i] = automaton_states_new(
			    m->groups.v[i]->automaton);
	}
	return w;
}

void
match_worker_free(struct match_worker **wp)
{
	struct match_worker *w = *wp;

	if (w == NULL)
		return;
	for (size_t i = 0; i < w->m->rules.n; i++)
		template_free(&w->templates[i]);
	for (size_t i = 0; i < w->m->groups.n; i++)
		automaton_states_free(&w->states[i]);
	prefilter_scratch_free(&w->scratch);
	mem_free(w->states);
	mem_free(w->progress);
	mem_free(w->templates);
	mem_free(w->todo);
	mem_free(w->wanted);
	mem_free(w->touched);
	mem_free(w);
	*wp = NULL;
}

/* ---- one rule on one subject ---- */

/* The CPU clock is a system call; the monotonic one is not, but no gift. */
static bool
budget_spent(struct run *r)
{
	struct match_worker *w = r->w;
	size_t cost = 1 + r->subject.n / LOOK_BYTES;
	double now;

	if (w->spent)
		return true;
	if (w->unlooked > cost) {
		w->unlooked -= (unsigned)cost;
		return false;
	}
	w->unlooked = LOOK_SEARCHES;
	now = clock_mono();
	if (now < w->next_look)
		return false;
	w->next_look = now + LIMIT_REGEX_LOOK_SEC;
	w->spent = clock_cpu() - w->cpu_began > LIMIT_REGEX_BUDGET_SEC;
	if (w->spent)
		view_mail(r->v)->defects |= DEFECT_TIME;
	return w->spent;
}

static void
mark_unknown(struct progress *p, const char *why)
{
	p->unknown = true;
	p->why = why;
}

/* False: the rule is settled, or has nothing to do with this subject. */
static bool
rule_open(const struct run *r, const struct match_rule *mr,
    const struct progress *p)
{
	if (p->hits >= mr->most || p->strikes >= STRIKES || p->void_template)
		return false;
	if (mr->one_subject && p->hits > 0)
		return false;
	return r->line > 0 || !mr->no_subject;
}

/* The rule's regex; for a template, made once per message. */
static const struct regex *
rule_regex_get(struct run *r, const struct match_rule *mr,
    struct progress *p)
{
	if (mr->re != NULL || p->re != NULL)
		return mr->re != NULL ? mr->re : p->re;
	switch (template_regex(&r->w->templates[mr->slot],
	    &mr->rule->regex, r->v, &p->re)) {
	case TEMPLATE_READY:
		return p->re;
	case TEMPLATE_UNSET:
		p->void_template = true;
		return NULL;
	default:
		p->strikes = STRIKES;
		mark_unknown(p, "tags make no usable regex");
		view_mail(r->v)->defects |= DEFECT_REGEX_LIMIT;
		return NULL;
	}
}

static void
note_hit(struct run *r, const struct match_rule *mr, struct progress *p,
    const struct regex_span *at)
{
	struct rule_result *out = &r->results[mr->rule->id];

	if (p->hits++ > 0)
		return;
	out->line = (uint32_t)r->line;
	out->start = (uint32_t)at->start;
	out->length = (uint32_t)(at->end - at->start);
}

static void
rule_search(struct run *r, const struct match_rule *mr, struct progress *p,
    const struct regex *re)
{
	struct regex_span one, *spans = &one;
	size_t n = 1;
	int rc;

	if (mr->captures) {
		n = regex_groups(re);
		spans = arena_alloc_array(view_arena(r->v), n,
		    sizeof(*spans));
	}
	rc = regex_search(re, r->subject, 0, spans, n);
	while (rc == REGEX_HIT) {
		note_hit(r, mr, p, spans);
		if (mr->captures)
			capture_save(r->v, re, r->subject, spans, n);
		if (p->hits >= mr->most)
			return;
		if (budget_spent(r)) {
			mark_unknown(p, SPENT);
			return;
		}
		rc = regex_next(re, r->subject, spans, n);
	}
	if (rc == REGEX_LIMIT) {
		p->strikes++;
		r->w->unlooked = 1;
		mark_unknown(p, "the regex ran into its limits");
		view_mail(r->v)->defects |= DEFECT_REGEX_LIMIT;
	}
}

/* The rule's progress, which is not what it was any more. */
static struct progress *
touch(struct run *r, struct match_rule *mr)
{
	struct progress *p = &r->w->progress[mr->slot];

	if (!p->touched) {
		p->touched = true;
		r->w->touched[r->w->n_touched++] = mr;
	}
	return p;
}

static void
rule_try(struct run *r, struct match_rule *mr)
{
	struct progress *p = touch(r, mr);
	const struct regex *re;

	if (!rule_open(r, mr, p))
		return;
	if (budget_spent(r)) {
		mark_unknown(p, SPENT);
		return;
	}
	re = rule_regex_get(r, mr, p);
	if (re != NULL)
		rule_search(r, mr, p, re);
}

/* ---- one group ---- */

/* Once its last gate is open, the rule is tried. */
static void
gate_opens(struct run *r, unsigned id, unsigned gate)
{
	struct match_rule *mr = r->group->filtered.v[id];
	struct progress *p = touch(r, mr);

	if (p->seen != r->line + 1) {
		p->seen = r->line + 1;
		p->open = 0;
	}
	if (p->open & gate)
		return;
	p->open |= gate;
	if (p->open == mr->gates)
		r->w->todo[r->w->n_todo++] = mr;
	else if (mr->gates & GATE_CHAIN & ~p->open)
		sieve_want(r->group->sieve, id, r->w->wanted);
}

static void
literal_seen(unsigned id, void *arg)
{
	gate_opens(arg, id, GATE_LITERAL);
}

static void
chain_seen(unsigned id, void *arg)
{
	gate_opens(arg, id, GATE_CHAIN);
}

static void
automaton_seen(struct run *r, uint64_t mask)
{
	for (; mask != 0; mask &= mask - 1)
		gate_opens(r, r->group->automaton_ids[__builtin_ctzll(mask)],
		    GATE_AUTOMATON);
}

/* The prefilter gave up: any literal may have occurred. */
static void
all_literals_seen(struct run *r)
{
	for (unsigned i = 0; i < r->group->filtered.n; i++) {
		if (r->group->filtered.v[i]->gates & GATE_LITERAL)
			gate_opens(r, i, GATE_LITERAL);
	}
}

static void
subject_try(struct run *r)
{
	const struct match_group *g = r->group;

	for (size_t i = 0; i < g->always.n; i++)
		rule_try(r, g->always.v[i]);
	if (r->subject.n == 0)
		return;			/* no gate opens */
	r->w->n_todo = 0;
	if (g->prefilter != NULL && prefilter_scan(g->prefilter,
	    r->w->scratch, r->subject, literal_seen, r) != 0)
		all_literals_seen(r);
	if (g->sieve != NULL) {
		sieve_scan(g->sieve, r->subject, r->w->wanted, chain_seen, r);
		memset(r->w->wanted, 0, sieve_blocks(g->sieve));
	}
	if (g->automaton != NULL)
		automaton_seen(r, r->accepted[r->line]);
	for (size_t i = 0; i < r->w->n_todo; i++)
		rule_try(r, r->w->todo[i]);
}

/* From progress to result. */
static void
rule_settle(struct run *r, const struct match_rule *mr)
{
	const struct progress *p = &r->w->progress[mr->slot];
	struct rule_result *out = &r->results[mr->rule->id];
	bool hit = mr->rule->exists ? r->present : p->hits > 0;

	if (!hit && p->unknown) {
		out->state = RESULT_UNKNOWN;
		out->why = p->why;
	} else if (mr->rule->always) {
		out->state = RESULT_HIT;
		out->value = 1;
	} else if (!p->void_template && hit != mr->rule->negate) {
		out->state = RESULT_HIT;
		out->value = p->hits > 0 ? p->hits : 1;
	}
}

/* Rules that nothing was found of miss, but for those that then hit. */
static void
group_settle(struct run *r)
{
	struct match_worker *w = r->w;

	for (size_t i = 0; i < r->group->loud.n; i++)
		rule_settle(r, r->group->loud.v[i]);
	for (size_t i = 0; i < w->n_touched; i++) {
		struct match_rule *mr = w->touched[i];

		if (!mr->loud)
			rule_settle(r, mr);
		w->progress[mr->slot] = (struct progress){ 0 };
	}
	w->n_touched = 0;
}

/* By line, which of its regexes the group's automaton accepts. */
static const uint64_t *
ask_automaton(struct run *r, const struct subjects *s)
{
	struct automaton_states *states = r->w->states[r->group->number];
	uint64_t *accepted = arena_alloc_array(view_arena(r->v), s->n + 1,
	    sizeof(*accepted));

	automaton_begin(states);
	automaton_scan(states, s->v + s->first, s->n - s->first,
	    accepted + s->first);
	return accepted;
}

static void
group_run(struct run *r, const struct match_group *g)
{
	struct subjects s;

	r->group = g;
	s = subjects_get(g, r->v);
	r->present = s.present;
	if (g->automaton != NULL)
		r->accepted = ask_automaton(r, &s);
	for (r->line = s.first; r->line < s.n; r->line++) {
		r->subject = s.v[r->line];
		subject_try(r);
	}
	group_settle(r);
}

/* Until something is found, a rule misses. */
static void
results_clear(const struct matcher *m, struct rule_result *results)
{
	static const struct rule_result miss = { .state = RESULT_MISS,
		.zone = RESULT_NO_ZONE, .weight = 1 };

	for (size_t i = 0; i < m->ids.n; i++)
		results[m->ids.v[i]] = miss;
}

void
match_run(const struct matcher *m, struct match_worker *w, struct view *v,
    struct rule_result *results, double *cpu)
{
	struct run r = { .w = w, .v = v, .results = results };

	results_clear(m, results);
	w->cpu_began = clock_cpu() - *cpu;
	w->next_look = 0;
	w->unlooked = 1;
	w->spent = false;
	for (size_t i = 0; i < m->groups.n; i++)
		group_run(&r, m->groups.v[i]);
	*cpu = clock_cpu() - w->cpu_began;
}

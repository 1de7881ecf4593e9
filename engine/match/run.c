/*
 * run.c - all regex rules over the views of one message.
 *
 * For each group of rules: fetch its text as a list of subjects (body lines,
 * chunks, URIs, one header value, one field per part); on each subject ask
 * the prefilter which rules may match, and PCRE2 about those and about the
 * rules without literals.  What counts as a hit, and how often, is
 * reference/sa-compat 2.2 and 2.3.
 *
 * Called by scan/ once per message.
 *
 * Time: a message has LIMIT_REGEX_BUDGET_SEC of CPU.  When it is spent, rules
 * that still had something to look at become unknown.  A rule that runs into
 * PCRE2's limits is unknown too, unless it hits elsewhere; after STRIKES such
 * subjects it is not asked again, so that mail made to be slow for one rule
 * cannot spend the budget of all.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "match/match-priv.h"

enum { STRIKES = 4 };

/* One rule's progress through one message. */
struct progress {
	unsigned hits;
	unsigned strikes;
	bool unknown;
	bool void_template;		/* a tag is not set: cannot hit */
	const char *why;
	const struct regex *re;
	size_t seen;			/* last subject with a gate open */
	unsigned open;			/* gates open for it */
};

struct match_worker {
	const struct matcher *m;
	struct prefilter_scratch *scratch;
	struct progress *progress;	/* by slot */
	struct template *templates;	/* by slot */
	struct automaton_states **states;	/* by group; NULL: none */
	struct match_rule **todo;	/* what the prefilter named */
	size_t n_todo;
	double cpu_began, next_look;
	bool spent;
};

/* The run over one message. */
struct run {
	struct match_worker *w;
	struct view *v;
	struct rule_result *results;
	const struct match_group *group;
	bool present;			/* the header field is there */
	struct slice subject;
	size_t line;			/* subject's index in its view */
};

struct subjects {
	const struct slice *v;
	size_t n;
	size_t first;			/* those before are not looked at */
};

/* ---- the worker's memory ---- */

struct match_worker *
match_worker_new(const struct matcher *m)
{
	struct match_worker *w = mem_alloc(sizeof(*w));
	size_t n = m->rules.n;

	w->m = m;
	w->progress = mem_alloc_array(n, sizeof(*w->progress));
	w->templates = mem_alloc_array(n, sizeof(*w->templates));
	w->todo = mem_alloc_array(n, sizeof(struct match_rule *));
	w->states = mem_alloc_array(m->groups.n,
	    sizeof(struct automaton_states *));
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
	mem_free(w);
	*wp = NULL;
}

/* ---- subjects: what the rules of a kind look at ---- */

static struct subjects
one_subject(struct run *r, struct slice s)
{
	struct slice *copy = arena_copy(view_arena(r->v), &s, sizeof(s));

	return (struct subjects){ copy, 1, 0 };
}

static struct subjects
lines_subjects(const struct view_lines *lines)
{
	return (struct subjects){ lines->v, lines->n, 0 };
}

/* An absent field is matched as the empty string, so !~ hits (trap 5). */
static struct subjects
header_subjects(struct run *r)
{
	const struct match_group *g = r->group;
	struct slice value = { NULL, 0 };

	r->present = view_header(r->v, &g->request, &value);
	if (!r->present) {
		value = g->if_unset;
		r->present = g->has_if_unset;
	}
	return one_subject(r, value);
}

static struct subjects
body_subjects(struct run *r)
{
	return lines_subjects(view_body(r->v));
}

static struct subjects
rawbody_subjects(struct run *r)
{
	return lines_subjects(view_rawbody(r->v));
}

static struct subjects
full_subjects(struct run *r)
{
	return one_subject(r, view_full(r->v));
}

static struct subjects
uri_subjects(struct run *r)
{
	return lines_subjects(view_uri_lines(r->v));
}

/* Each with a newline at its end, as one text. */
static struct subjects
joined(struct run *r, const struct subjects *s)
{
	struct buf b;

	buf_init(&b, view_arena(r->v));
	for (size_t i = s->first; i < s->n; i++) {
		buf_add_slice(&b, s->v[i]);
		if (!slice_ends(s->v[i], SLICE("\n")))
			buf_addc(&b, '\n');
	}
	return one_subject(r, buf_slice(&b));
}

/* The field of every part, in tree order; missing: if-unset, or empty. */
static struct subjects
mimeheader_subjects(struct run *r)
{
	const struct match_group *g = r->group;
	const struct mail *m = view_mail(r->v);
	struct subjects s = { .n = m->parts.n,
		.first = g->first_part > 0 ? g->first_part - 1 : 0 };
	struct slice *v = arena_alloc_array(view_arena(r->v), m->parts.n,
	    sizeof(*v));

	if (g->last_part > 0 && g->last_part < s.n)
		s.n = g->last_part;
	for (size_t i = s.first; i < s.n; i++) {
		v[i] = view_mime_header(r->v, m->parts.v[i], g->field,
		    g->raw);
		if (v[i].n == 0 && g->has_if_unset)
			v[i] = g->if_unset;
	}
	s.v = v;
	return g->concat ? joined(r, &s) : s;
}

static struct subjects (*const subjects_of[RULE_KINDS])(struct run *) = {
	[RULE_HEADER] = header_subjects,
	[RULE_BODY] = body_subjects,
	[RULE_RAWBODY] = rawbody_subjects,
	[RULE_FULL] = full_subjects,
	[RULE_URI] = uri_subjects,
	[RULE_MIMEHEADER] = mimeheader_subjects,
};

/* ---- one rule on one subject ---- */

/* The CPU clock is a system call; the monotonic one is not. */
static bool
budget_spent(struct run *r)
{
	struct match_worker *w = r->w;
	double now = clock_mono();

	if (w->spent || now < w->next_look)
		return w->spent;
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
	if (p->hits >= mr->most || p->strikes >= STRIKES ||
	    p->void_template || mr->rule->exists)
		return false;
	/* mimeheader: the first part that hits ends the search */
	if (mr->rule->kind == RULE_MIMEHEADER && p->hits > 0)
		return false;
	return mr->rule->kind != RULE_BODY || r->line > 0 ||
	    !(mr->rule->tflags & TF_NOSUBJECT);
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

	if (mr->rule->has_captures) {
		n = regex_groups(re);
		spans = arena_alloc_array(view_arena(r->v), n,
		    sizeof(*spans));
	}
	rc = regex_search(re, r->subject, 0, spans, n);
	while (rc == REGEX_HIT) {
		note_hit(r, mr, p, spans);
		if (mr->rule->has_captures)
			capture_save(r->v, re, r->subject, spans, n);
		if (p->hits >= mr->most)
			return;
		rc = regex_next(re, r->subject, spans, n);
	}
	if (rc == REGEX_LIMIT) {
		p->strikes++;
		mark_unknown(p, "the regex ran into its limits");
		view_mail(r->v)->defects |= DEFECT_REGEX_LIMIT;
	}
}

static void
rule_try(struct run *r, const struct match_rule *mr)
{
	struct progress *p = &r->w->progress[mr->slot];
	const struct regex *re;

	if (!rule_open(r, mr, p))
		return;
	if (budget_spent(r)) {
		mark_unknown(p, "the message's time was spent");
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
	struct progress *p = &r->w->progress[mr->slot];

	if (p->seen != r->line + 1) {
		p->seen = r->line + 1;
		p->open = 0;
	}
	if (p->open & gate)
		return;
	p->open |= gate;
	if (p->open == mr->gates)
		r->w->todo[r->w->n_todo++] = mr;
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
	if (g->sieve != NULL)
		sieve_scan(g->sieve, r->subject, chain_seen, r);
	if (g->automaton != NULL)
		automaton_seen(r, automaton_scan(r->w->states[g->number],
		    r->subject));
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

	out->weight = 1;
	out->zone = RESULT_NO_ZONE;
	if (!hit && p->unknown) {
		out->state = RESULT_UNKNOWN;
		out->why = p->why;
	} else if (mr->rule->always) {
		out->state = RESULT_HIT;
		out->value = 1;
	} else if (p->void_template || hit == mr->rule->negate) {
		out->state = RESULT_MISS;
	} else {
		out->state = RESULT_HIT;
		out->value = p->hits > 0 ? p->hits : 1;
	}
}

static void
group_run(struct run *r, const struct match_group *g)
{
	struct subjects s;

	r->group = g;
	if (g->automaton != NULL)
		automaton_begin(r->w->states[g->number]);
	s = subjects_of[g->kind](r);
	for (r->line = s.first; r->line < s.n; r->line++) {
		r->subject = s.v[r->line];
		subject_try(r);
	}
	for (size_t i = 0; i < g->always.n; i++)
		rule_settle(r, g->always.v[i]);
	for (size_t i = 0; i < g->filtered.n; i++)
		rule_settle(r, g->filtered.v[i]);
}

static void
result_clear(struct rule_result *out)
{
	memset(out, 0, sizeof(*out));
	out->state = RESULT_MISS;
	out->zone = RESULT_NO_ZONE;
	out->weight = 1;
}

void
match_run(const struct matcher *m, struct match_worker *w, struct view *v,
    struct rule_result *results, double *cpu)
{
	struct run r = { .w = w, .v = v, .results = results };

	if (m->rules.n > 0)
		memset(w->progress, 0, m->rules.n * sizeof(*w->progress));
	for (size_t i = 0; i < m->rules.n; i++)
		result_clear(&results[m->rules.v[i]->rule->id]);
	for (size_t i = 0; i < m->broken.n; i++)
		result_clear(&results[m->broken.v[i]]);
	w->cpu_began = clock_cpu() - *cpu;
	w->next_look = 0;
	w->spent = false;
	for (size_t i = 0; i < m->groups.n; i++)
		group_run(&r, m->groups.v[i]);
	*cpu = clock_cpu() - w->cpu_began;
}

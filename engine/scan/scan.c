/*
 * scan.c - one message through the stages; see the story in scan.h.
 *
 * The stages table is the order of everything, and step_stages that of the
 * rules.  All of it runs to completion when the message arrives; `await` is
 * the only one that waits.
 * Only this file frees a scan; callbacks reach it through scan_progress.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "scan/scan-priv.h"

/* A slow list is not waited for once the verdict stands, but quick answers
 * are worth having in the report: seconds. */
#define PATIENCE 0.5

/* ---- hooks for plug/ ---- */

static void
hook_pending(void *arg, int delta)
{
	struct scan *sc = arg;

	sc->pending += delta;
	if (delta < 0)
		scan_progress(sc);
}

static void
hook_positive(void *arg, unsigned rule, uint16_t zone, struct in_addr code,
    const char *qname)
{
	confirm_positive(arg, rule, zone, code, qname);
}

static void
hook_asked(void *arg, uint16_t zone)
{
	struct scan *sc = arg;

	if (sc->zone_use[zone] != ZONE_ANSWERED)
		sc->zone_use[zone] = ZONE_ASKED;
}

static int
by_code(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct in_addr));
}

/* A resolver turns the order of an answer's addresses. */
static struct slice
said_text(struct arena *a, const struct ask_answer *ans)
{
	struct in_addr codes[LIMIT_ANSWER_ADDRS];
	struct buf b;

	memcpy(codes, ans->addr, ans->n_addr * sizeof(codes[0]));
	qsort(codes, ans->n_addr, sizeof(codes[0]), by_code);
	buf_init(&b, a);
	buf_addf(&b, "%s ->", ans->qname);
	for (unsigned i = 0; i < ans->n_addr; i++) {
		const uint8_t *c = (const uint8_t *)&codes[i];

		buf_addf(&b, "%s %u.%u.%u.%u", i > 0 ? "," : "", c[0], c[1],
		    c[2], c[3]);
	}
	return buf_slice(&b);
}

static void
hook_answered(void *arg, uint16_t zone, const struct ask_answer *ans)
{
	struct scan *sc = arg;
	struct slice text;

	sc->zone_use[zone] = ZONE_ANSWERED;
	if (ans->cls != ASK_LISTED || ans->n_addr == 0)
		return;
	text = said_text(sc->arena, ans);
	/* several plugins may ask the same */
	for (size_t i = 0; i < sc->said.n; i++)
		if (slice_eq(sc->said.v[i].text, text))
			return;
	*VEC_PUSH(sc->arena, &sc->said) = (struct said){ zone, text };
}

static void
hook_withheld(void *arg, uint16_t zone)
{
	struct scan *sc = arg;

	if (sc->zone_use[zone] == ZONE_UNUSED)
		sc->zone_use[zone] = ZONE_WITHHELD;
}

/* ---- the stages ---- */

static void
stage_parse(struct scan *sc)
{
	const struct engine *eng = sc->scanner->eng;
	size_t n = eng->rs->rules.n, n_zones;

	sc->mail = mail_parse(sc->arena, sc->raw);
	sc->view = view_new(sc->arena, sc->mail, &eng->view_conf);
	sc->results = arena_alloc_array(sc->arena, n + 1,
	    sizeof(*sc->results));
	for (size_t i = 0; i < n; i++) {
		sc->results[i].zone = RESULT_NO_ZONE;
		sc->results[i].weight = 1;
	}
	sc->zones = zones_current(sc->scanner);
	plug_zones(eng->plug, &n_zones);
	sc->zone_use = arena_alloc(sc->arena, n_zones + 1);
}

static void
stage_open(struct scan *sc)
{
	struct plug_scan ps = {
		.plug = sc->scanner->eng->plug, .rs = sc->scanner->eng->rs,
		.view = sc->view, .results = sc->results,
		.ask = sc->scanner->ask, .zones = sc->zones->entries,
		.domains = sc->scanner->eng->view_conf.domains,
		.scan = sc, .pending = hook_pending,
		.positive = hook_positive, .asked = hook_asked,
		.answered = hook_answered, .withheld = hook_withheld,
	};

	sc->msg = plug_msg_new(&ps);
	plug_msg_begin(sc->msg);
}

/* ---- the stages of a step ---- */

static void
run_evals(struct scan *sc, const struct engine_step *step, enum plug_when when)
{
	bool net = sc->scanner->ask != NULL;

	for (size_t i = 0; i < step->evals[when].n; i++) {
		const struct rule *r = step->evals[when].v[i];

		/* As those that plan.c left out: no hit and no doubt. */
		if (net || (r->tflags & TF_NET) == 0)
			plug_eval(sc->msg, r);
	}
}

static void
step_ask(struct scan *sc, const struct engine_step *step)
{
	if (step->asks && sc->scanner->ask != NULL)
		run_evals(sc, step, PLUG_ASKS);
}

/* What regexes must see: freemail strikes addresses out (trap 3). */
static void
step_edit(struct scan *sc, const struct engine_step *step)
{
	run_evals(sc, step, PLUG_EDITS);
}

static void
step_match(struct scan *sc, const struct engine_step *step)
{
	size_t i = (size_t)(step - sc->scanner->eng->steps);

	match_run(step->matcher, sc->scanner->match[i], sc->view, sc->results,
	    &sc->match_cpu);
}

static void
step_eval(struct scan *sc, const struct engine_step *step)
{
	run_evals(sc, step, PLUG_JUDGES);
}

static void (*const step_stages[])(struct scan *,
    const struct engine_step *) = { step_ask, step_edit, step_match,
	step_eval };

static void
stage_steps(struct scan *sc)
{
	const struct engine *eng = sc->scanner->eng;

	for (size_t i = 0; i < eng->n_steps; i++) {
		for (size_t k = 0;
		    k < sizeof(step_stages) / sizeof(*step_stages); k++)
			step_stages[k](sc, &eng->steps[i]);
		if (ending_after_step(sc, &eng->steps[i]))
			return;
	}
}

static void (*const stages[])(struct scan *) = {
	stage_parse, stage_open, stage_steps,
};

/* ---- await and the end ---- */

static void
finish(struct scan *sc)
{
	sc->finished = true;
	if (sc->timer != NULL)
		event_del(sc->timer);
	/* No callback of a plugin or control comes after these two. */
	plug_msg_end(sc->msg);
	confirm_cancel(sc);
	decide_verdict(sc);
	exposure_send(sc);
	label_send(sc);
	sc->done(sc, &sc->verdict, sc->arg);	/* may free sc */
}

static void
arm(struct scan *sc, double seconds)
{
	struct timeval tv;

	if (seconds < 0.001)
		seconds = 0.001;
	tv.tv_sec = (time_t)seconds;
	tv.tv_usec = (suseconds_t)((seconds - (double)tv.tv_sec) * 1e6);
	event_add(sc->timer, &tv);
}

/*
 * For how long answers are waited for that the verdict may not need.  Time in
 * which the loop could bring none, because the CPU was busy with this message
 * or with others, is not waiting.
 */
static double
patience_left(const struct scan *sc, double now)
{
	if (sc->opt.complete)
		return sc->deadline - now;
	return sc->listens_since == 0 ? PATIENCE :
	    PATIENCE - (now - sc->listens_since);
}

/*
 * The end is decided from the loop, never inside a plugin's callback or
 * scan_start: the timer is the only caller of finish.
 */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct scan *sc = arg;
	double now = clock_mono(), left;

	if (sc->listens_since == 0)
		sc->listens_since = now;
	left = patience_left(sc, now);
	if (sc->pending == 0 || now >= sc->deadline || sc->ending.ended ||
	    (left <= 0 && decide_settled(sc))) {
		finish(sc);
		return;
	}
	arm(sc, left > 0 && now + left < sc->deadline ? left :
	    sc->deadline - now);
}

void
scan_progress(struct scan *sc)
{
	if (!sc->cpu_done || sc->finished || sc->timer == NULL)
		return;
	if (sc->pending == 0 || ending_by_answer(sc) ||
	    patience_left(sc, clock_mono()) <= 0)
		event_active(sc->timer, EV_TIMEOUT, 1);
}

static void
await(struct scan *sc)
{
	sc->cpu_done = true;
	sc->timer = evtimer_new(sc->scanner->opt.base, on_timer, sc);
	if (sc->timer == NULL)
		fatal("no timer: out of memory");
	arm(sc, 0);			/* the loop's first turn */
	scan_progress(sc);
}

/* ---- life ---- */

static struct arena *
take_arena(struct scanner *s)
{
	struct arena *a;

	if (s->n_spares == 0)
		return arena_new();
	a = s->spares[--s->n_spares];
	s->spare_bytes -= arena_held(a);
	return a;
}

/* Hundreds end at once when their list answers; what a busy worker does not
 * need for its next messages goes back. */
static void
give_arena(struct scanner *s, struct arena *a)
{
	arena_reset(a);
	if (s->n_spares == SPARES ||
	    s->spare_bytes + arena_held(a) > SPARE_BYTES) {
		arena_free(&a);
		return;
	}
	s->spare_bytes += arena_held(a);
	s->spares[s->n_spares++] = a;
}

struct scan *
scan_start(struct scanner *s, struct slice raw, const struct scan_options *opt,
    scan_done_fn *done, void *arg)
{
	struct arena *a = take_arena(s);
	struct scan *sc = arena_alloc(a, sizeof(*sc));

	*sc = (struct scan){ .scanner = s, .arena = a, .raw = raw,
		.done = done, .arg = arg, .t0 = clock_mono(),
		.cpu0 = clock_cpu() };
	if (opt != NULL)
		sc->opt = *opt;
	sc->deadline = sc->t0 + fmin(s->eng->dns_deadline,
	    s->eng->scan_deadline);
	s->open_scans++;
	for (size_t i = 0; i < sizeof(stages) / sizeof(*stages); i++)
		stages[i](sc);
	await(sc);
	return sc;
}

void
scan_free(struct scan **scp)
{
	struct scan *sc = *scp;
	struct scanner *s;
	struct arena *a;

	if (sc == NULL)
		return;
	*scp = NULL;
	s = sc->scanner;
	a = sc->arena;
	if (!sc->finished) {
		sc->finished = true;
		plug_msg_end(sc->msg);
		confirm_cancel(sc);
	}
	if (sc->timer != NULL)
		event_free(sc->timer);
	zones_release(&sc->zones);
	s->open_scans--;
	give_arena(s, a);
}

struct view *
scan_view(struct scan *sc)
{
	return sc->view;
}

struct arena *
scan_arena(struct scan *sc)
{
	return sc->arena;
}

const struct rule_result *
scan_results(const struct scan *sc)
{
	return sc->results;
}

void
scanner_loop_once(struct scanner *s)
{
	if (event_base_loop(s->opt.base, EVLOOP_ONCE) != 0)
		DIE("the loop ended while a scan waited");
}

static void
note_done(struct scan *sc, const struct verdict *v, void *arg)
{
	*(const struct verdict **)arg = v;
}

const struct verdict *
scan_run(struct scanner *s, struct slice raw, const struct scan_options *opt,
    struct scan **sc_r)
{
	const struct verdict *v = NULL;

	*sc_r = scan_start(s, raw, opt, note_done, &v);
	while (v == NULL)
		scanner_loop_once(s);
	return v;
}

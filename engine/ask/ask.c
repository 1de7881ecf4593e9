/*
 * ask - the public face: make, ask, flush, free, and the zones.
 *
 * Called by scan/ (through plugins), by learn's owner in the keeper for probe
 * rounds, and by `tare` for drills.  One per process, made after the fork,
 * because a libunbound context does not survive one.
 *
 * Zones live as long as the ask object: their number is bounded by the rules
 * (LIMIT_ZONES), so nothing removes one.
 */
#include "config.h"

#include <stdio.h>

#include "ask/ask-priv.h"
#include "base/clock.h"
#include "base/mem.h"

#define TIMEOUT_DEFAULT 2.0
#define CONTROLS_DEFAULT 30
/* All reserved pools, until the keeper knows better (enrolment). */
#define POOLS_DEFAULT (POOL_BENCH | POOL_CLASS_E | POOL_SHARED | POOL_NAME)

double
ask_zone_time(const struct ask *a)
{
	return clock_mono() * a->conf.clock_scale;
}

/* ---- life ---- */

static void
copy_conf(struct ask *a, const struct ask_conf *conf)
{
	struct ask_conf *c = &a->conf;

	*c = *conf;
	a->servers = arena_alloc_array(a->arena, c->n_servers + 1,
	    sizeof(*a->servers));
	for (size_t i = 0; i < c->n_servers; i++)
		a->servers[i] = arena_str(a->arena,
		    slice_cstr(conf->servers[i]));
	c->servers = (const char *const *)a->servers;
	if (!(c->timeout > 0))
		c->timeout = TIMEOUT_DEFAULT;
	if (!(c->clock_scale > 0))
		c->clock_scale = 1;
	if (c->controls_per_minute == 0)
		c->controls_per_minute = CONTROLS_DEFAULT;
	if (c->max_inflight == 0 || c->max_inflight > LIMIT_QUESTIONS_INFLIGHT)
		c->max_inflight = LIMIT_QUESTIONS_INFLIGHT;
}

int
ask_new(struct event_base *base, const struct ask_conf *conf,
    ask_evidence_fn *sink, void *sink_arg, struct ask **ask_r, struct err *e)
{
	struct ask *a = mem_alloc(sizeof(*a));

	a->base = base;
	a->sink = sink;
	a->sink_arg = sink_arg;
	a->arena = arena_new();
	a->zones = map_new(a->arena, true);
	a->landed_tail = &a->landed_head;
	a->deliver = ask_timer_new(base, flight_deliver, a);
	a->deadlines = deadlines_new(base);
	a->known = known_new();
	copy_conf(a, conf);
	*ask_r = a;
	a->own_board = conf->board == NULL;
	a->board = a->own_board ? control_board_new(false, e) : conf->board;
	if (a->board == NULL ||
	    resolver_new(base, &a->conf, &a->resolver, e) == -1) {
		ask_free(ask_r);
		return -1;
	}
	return 0;
}

void
ask_free(struct ask **ap)
{
	struct ask *a = *ap;

	if (a == NULL)
		return;
	if (a->delivering)
		DIE("ask_free from a callback");
	resolver_free(&a->resolver);
	flight_drop_all(a);
	for (size_t i = 0; i < map_count(a->zones); i++) {
		struct ask_zone *z = map_at(a->zones, i)->value;

		control_free(z);
	}
	ask_timer_free(&a->deliver);
	deadlines_free(&a->deadlines);
	known_free(&a->known);
	if (a->own_board)
		control_board_free(&a->board);
	arena_free(&a->arena);
	mem_free(a);
	*ap = NULL;
}

int
ask_flush(struct ask *a, struct err *e)
{
	struct resolver *fresh;

	if (resolver_new(a->base, &a->conf, &fresh, e) == -1)
		return -1;
	resolver_free(&a->resolver);
	a->resolver = fresh;
	known_forget(a->known);
	flight_resend_all(a);
	return 0;
}

void
ask_report(struct ask *a)
{
	for (size_t i = 0; i < map_count(a->zones); i++)
		evidence_flush(map_at(a->zones, i)->value);
}

/* ---- zones ---- */

struct ask_zone *
ask_zone_add(struct ask *a, const struct ask_zone_conf *c)
{
	struct slice name = slice_cstr(c->name);
	struct ask_zone *z = map_get(a->zones, name);

	if (z != NULL)
		return z;
	z = arena_alloc(a->arena, sizeof(*z));
	z->ask = a;
	z->conf = *c;
	z->conf.name = arena_str(a->arena, arena_lower(a->arena, name));
	z->name_hash = record_name_hash(name);
	z->timeout = a->conf.timeout;
	z->pools = POOLS_DEFAULT;
	control_init(z);
	evidence_reset(z);
	map_put(a->zones, name, z);
	return z;
}

struct ask_zone *
ask_zone_find(struct ask *a, struct slice name)
{
	return map_get(a->zones, name);
}

void
ask_zone_must_list(const struct ask_zone *z, char dst[128])
{
	if (z->conf.must_list != NULL)
		snprintf(dst, 128, "%s", z->conf.must_list);
	else
		ask_canary(CANARY_MUST_LIST, z->conf.kind, dst);
}

void
ask_zone_tune(struct ask_zone *z, double timeout, unsigned pools)
{
	if (timeout > 0)
		z->timeout = timeout;
	if (pools != 0)
		z->pools = pools;
}

void
ask_zone_voided(struct ask_zone *z, unsigned n)
{
	z->counts.voided += n;
}

/* ---- questions ---- */

static void
on_deadline(void *arg)
{
	struct ask_query *q = arg;
	struct ask_answer ans = { .cls = ASK_UNKNOWN, .rcode = -1 };
	struct flight *f = q->flight;

	if (f->landed)
		return;			/* the answer is being delivered */
	ans.qname = f->qname;
	ans.rtt = clock_mono() - f->sent;
	query_answer(q, &ans);
}

struct ask_query *
ask_question(struct ask *a, const struct question *what, double deadline,
    ask_answer_fn *fn, void *arg)
{
	struct flight *f = flight_join(a, what);
	struct ask_query *q;

	if (f == NULL)
		return NULL;
	q = query_new(a, &f->askers, f->landed ? 0 : deadline, on_deadline,
	    arg);
	q->flight = f;
	q->fn = fn;
	return q;
}

struct ask_query *
ask_list(struct ask *a, struct ask_zone *z, const char *key, int type,
    double deadline, ask_answer_fn *fn, void *arg)
{
	return ask_question(a, &(struct question){ z, key, type, false },
	    deadline > 0 ? deadline : z->timeout, fn, arg);
}

struct ask_query *
ask_name(struct ask *a, const char *name, int type, double deadline,
    ask_answer_fn *fn, void *arg)
{
	return ask_question(a, &(struct question){ NULL, name, type, false },
	    deadline > 0 ? deadline : a->conf.timeout, fn, arg);
}

/*
 * machine - the state machine of one zone (reliability reference c.3).
 *
 * zone_model_event takes one event, with its time, and returns wishes.  Pure:
 * it touches nothing but the model, so a day of a zone's life is a test of a
 * few milliseconds.  Called by learn.c and by simulations.
 *
 * on_event[] has a handler per event.  The rest is in files of one job each:
 * enter.c changes the state and opens rounds, verdict.c judges the end of a
 * round by state, suspect.c doubts, enroll.c admits, breaker.c counts failures,
 * schedule.c says when, state.c what a state means.
 *
 * Invariants:
 *
 *	NEW is left for a weight above 0 only by a clean enrollment.
 *	Every way into QUARANTINED passes the end of a probe round that also
 *	    asked the global canary: when the resolver lies about every name,
 *	    the owner hears it (ZEV_RESOLVER_BAD) before any zone is blamed.
 *	At most one round is open; what is wanted meanwhile waits in `want`.
 *	While the resolver is bad no answer changes a state.
 *	A pin covers the automatic state and never stops it.
 *
 * Alarms are no answers: alarm.c turns them into doubt and asks panels.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <math.h>
#include <string.h>

/* The quantile tracker: a step per sample, as a share of the estimate. */
#define P95_STEP	0.1
#define P95_FLOOR	0.005

typedef unsigned handler(struct zone_model *z, const struct zone_event *ev);

static void
set_detail(struct zone_model *z, const char *detail)
{
	if (detail != NULL && detail[0] != '\0') {
		record_text(z->detail, sizeof(z->detail), slice_cstr(detail));
	}
}

static unsigned
go_down(struct zone_model *z, double now)
{
	if (z->state == ZONE_DOWN || z->state == ZONE_QUARANTINED ||
	    z->state == ZONE_BLOCKED) {
		return 0;
	}
	return zone_enter(z, ZONE_DOWN, breaker_reason(z), now);
}

static void
learn_speed(struct zone_model *z, double rtt)
{
	double step = P95_STEP * fmax(z->p95, P95_FLOOR);

	if (!(rtt > 0)) {
		return;
	}
	if (z->p95 <= 0) {
		z->p95 = rtt;
	} else {
		z->p95 += rtt > z->p95 ? step * 0.95 : -step * 0.05;
	}
}

static unsigned
on_lookups(struct zone_model *z, const struct zone_event *ev)
{
	unsigned failures = ev->failures < ev->n ? ev->failures : ev->n;

	if (ev->rcode != 0) {
		z->fail_rcode = ev->rcode;
	}
	z->lookups_round += ev->n;
	z->lookups_learning += ev->n - failures;
	learn_speed(z, ev->number);
	/* traffic after an idle hour: do not wait for the idle round */
	if (ev->n > 0 && zone_state_weight(z->state) > 0 &&
	    z->state != ZONE_EMPTY) {
		z->next_probe = fmin(z->next_probe, fmax(ev->now,
		    z->round_done + 1.2 * ROUND_BUSY));
	}
	return breaker_feed(z, ev->n, failures, ev->now) ?
	    go_down(z, ev->now) : 0;
}

/* An IPv6 address, and the zone is not probed with such: can it be? */
static unsigned
saw_v6(struct zone_model *z, double now)
{
	z->seen6 = now;
	if (z->kind != ZONE_KIND_IP || (z->pools & POOL_DOC6) ||
	    now - z->tried6 < DAY || !alarm_possible(z)) {
		return 0;
	}
	z->tried6 = now;
	return zone_open_round(z, WISH_ENROLL, now);
}

static unsigned
on_subject(struct zone_model *z, const struct zone_event *ev)
{
	unsigned wishes = 0;

	if (z->resolver_bad || ev->subject == NULL) {
		return 0;
	}
	if (ev->n == 6) {
		wishes = saw_v6(z, ev->now);
	}
	return wishes | alarm_subject(z, ev->subject, ev->now);
}

static unsigned
on_apex(struct zone_model *z, const struct zone_event *ev)
{
	return ev->apex == NULL ? 0 : apex_judge(z, ev->apex, ev->now);
}

static unsigned
on_panel(struct zone_model *z, const struct zone_event *ev)
{
	return ev->panel == NULL ? 0 : alarm_panel(z, ev->panel, ev->now);
}

static unsigned
on_failure(struct zone_model *z, const struct zone_event *ev)
{
	z->lookups_round++;
	z->fail_rcode = ev->rcode;
	return breaker_feed(z, 1, 1, ev->now) ? go_down(z, ev->now) : 0;
}

static unsigned
on_success(struct zone_model *z, const struct zone_event *ev)
{
	z->lookups_round++;
	z->lookups_learning++;
	learn_speed(z, ev->number);
	breaker_feed(z, 1, 0, ev->now);
	return 0;
}

static bool
canaries_held(const struct zone_model *z, double now)
{
	return z->canaries_at > 0 && now - z->canaries_at < CANARY_HOLD;
}

static unsigned
on_answer_bogus(struct zone_model *z, const struct zone_event *ev)
{
	if (z->resolver_bad || !suspect_possible(z)) {
		return 0;
	}
	set_detail(z, ev->detail);
	z->hint = true;
	z->dirty_bogus = true;
	if (z->state == ZONE_SUSPECT) {
		/* seen, or watched with three controls per positive: a sender
		 * who can cause odd answers must not hold the zone at 0 */
		if (z->settled <= 0 || canaries_held(z, ev->now)) {
			return 0;
		}
		return zone_open_round(z, WISH_CANARIES, ev->now);
	}
	return suspect_begin(z, REASON_BOGUS, ev->now);
}

/* A block code voids itself; whether we are blocked, canaries tell. */
static unsigned
on_answer_blocked(struct zone_model *z, const struct zone_event *ev)
{
	if (z->resolver_bad || !suspect_possible(z) ||
	    canaries_held(z, ev->now) || (z->round.kind & WISH_CANARIES)) {
		return 0;
	}
	set_detail(z, ev->detail);
	return zone_open_round(z, WISH_CANARIES, ev->now);
}

static unsigned
on_control(struct zone_model *z, const struct zone_event *ev)
{
	if (z->resolver_bad || !suspect_possible(z)) {
		return 0;
	}
	if (ev->value == ASK_CLEAN) {
		return zone_note_clean(z, ev->now);
	}
	if (ev->value == ASK_BLOCKED) {
		return on_answer_blocked(z, ev);
	}
	if (!class_dirty(ev->value)) {
		return 0;
	}
	set_detail(z, ev->detail);
	z->dirty++;
	z->dirty_bogus |= ev->value == ASK_BOGUS;
	return suspect_begin(z, ev->value == ASK_BOGUS ? REASON_BOGUS :
	    REASON_CONTROL, ev->now);
}

static unsigned
on_canary(struct zone_model *z, const struct zone_event *ev)
{
	bool failed = ev->value == ASK_UNKNOWN;

	if (z->round.kind == 0) {
		return 0;		/* of a round given up */
	}
	round_add(&z->round, ev->probe, ev->value);
	if (ev->probe == CANARY_PANEL) {
		alarm_answer(z, ev);
	}
	if (canary_pool((enum canary)ev->probe) != 0 &&
	    (class_dirty(ev->value) || ev->value == ASK_BLOCKED)) {
		set_detail(z, ev->detail);
	}
	if (failed) {
		z->fail_rcode = ev->rcode;
	} else {
		learn_speed(z, ev->number);
	}
	/* With traffic, the lookups themselves are the better witness. */
	if (z->lookups_round > 0 || ev->probe == CANARY_INVALID) {
		return 0;
	}
	return breaker_feed(z, 1, failed, ev->now) ? go_down(z, ev->now) : 0;
}

static unsigned
on_round_end(struct zone_model *z, const struct zone_event *ev)
{
	unsigned kind = z->round.kind, wishes = 0, want;
	bool judge = (kind & WISH_ENROLL) && (z->state == ZONE_NEW ||
	    z->state == ZONE_QUARANTINED);
	struct round_sum s = round_sum(&z->round, judge ?
	    zone_default_pools(z->kind) : z->pools);

	if (kind == 0) {
		return 0;
	}
	if ((kind & WISH_ENROLL) && !judge) {
		enroll_v6(z, &s);	/* saw_v6() wanted to know */
	}
	z->round.kind = 0;
	z->rounds++;
	z->round_done = ev->now;
	if (!z->resolver_bad) {
		wishes = kind & WISH_PANEL ?
		    alarm_round_end(z, &z->round, ev->now) :
		    verdict_round(z, &s, ev->now);
	}
	z->next_probe = schedule_next(z, ev->now);
	z->lookups_round = 0;
	want = z->want;
	z->want = 0;
	if (z->round.kind != 0) {
		z->want |= want;	/* a panel goes on */
		return wishes;
	}
	if (want != 0 && !z->resolver_bad) {
		/* zone_enter() cleared what an older state had wanted */
		wishes |= zone_open_round(z,
		    want & WISH_CANARIES ? WISH_CANARIES :
		    want & WISH_PANEL ? WISH_PANEL :
		    want & WISH_ENROLL ? WISH_ENROLL : zone_due_kind(z),
		    ev->now);
	}
	return wishes;
}

static unsigned
unpin(struct zone_model *z)
{
	z->pin = ZONE_NEW;
	z->pin_until = 0;
	z->pin_weight = 1;
	return WISH_PUBLISH | WISH_NOTE;
}

static unsigned
on_tick(struct zone_model *z, const struct zone_event *ev)
{
	double now = ev->now;
	unsigned wishes = 0;

	if (z->pin != ZONE_NEW && z->pin_until > 0 && now >= z->pin_until) {
		wishes |= unpin(z);
	}
	if (z->resolver_bad) {
		return wishes;
	}
	if (z->round.kind != 0 && now - z->round.at >= ROUND_LOST) {
		if (z->round.kind & WISH_PANEL) {
			alarm_drop(z);
		}
		z->round.kind = 0;
		z->want = 0;
		z->next_probe = now;
	}
	if (z->state == ZONE_LEARNING && zone_learning_done(z, now)) {
		wishes |= zone_enter(z, ZONE_TRUSTED, REASON_NONE, now);
	}
	if (z->state == ZONE_SUSPECT && z->settled > 0 &&
	    now - z->settled >= z->watch) {
		wishes |= suspect_end(z, z->before_suspect, REASON_NONE,
		    now);
	}
	if (alarm_panel_due(z) && now >= z->panel_next &&
	    z->round.kind == 0) {
		wishes |= zone_open_round(z, WISH_PANEL, now);
	}
	if (now >= z->next_probe && z->round.kind == 0) {
		wishes |= zone_open_round(z, zone_due_kind(z), now);
	}
	if (apex_due(z, now)) {
		z->apex.next = schedule_apex(z, now);
		wishes |= WISH_APEX;
	}
	return wishes;
}

static unsigned
on_pin(struct zone_model *z, const struct zone_event *ev)
{
	if (ev->value != ZONE_PINNED_ON && ev->value != ZONE_PINNED_OFF) {
		return 0;
	}
	z->pin = (enum zone_state)ev->value;
	z->pin_weight = ev->value == ZONE_PINNED_OFF ? 0 :
	    fmin(fmax(ev->number, 0), 1);
	z->pin_until = ev->until;
	return WISH_PUBLISH | WISH_NOTE;
}

static unsigned
on_unpin(struct zone_model *z, const struct zone_event *ev)
{
	(void)ev;
	return z->pin == ZONE_NEW ? 0 : unpin(z);
}

/*
 * Whatever was seen lately was the resolver, not the zone: an undecided
 * suspicion is taken back, and no answer is believed until it is over.
 */
static unsigned
on_resolver_bad(struct zone_model *z, const struct zone_event *ev)
{
	unsigned wishes = WISH_PUBLISH;

	if (z->resolver_bad) {
		return 0;
	}
	z->resolver_bad = true;
	z->round.kind = 0;
	z->want = 0;
	alarm_drop(z);
	if (z->state == ZONE_SUSPECT && z->settled <= 0) {
		wishes |= suspect_end(z, z->before_suspect, REASON_RESOLVER,
		    ev->now);
	}
	return wishes;
}

static unsigned
on_resolver_ok(struct zone_model *z, const struct zone_event *ev)
{
	if (!z->resolver_bad) {
		return 0;
	}
	z->resolver_bad = false;
	if (z->reason == REASON_RESOLVER) {
		z->reason = REASON_NONE;
		z->detail[0] = '\0';
	}
	breaker_reset(z);
	z->next_probe = ev->now;
	return WISH_PUBLISH;
}

static unsigned
on_probe(struct zone_model *z, const struct zone_event *ev)
{
	return z->resolver_bad ? 0 :
	    zone_open_round(z, zone_due_kind(z), ev->now);
}

/*
 * Evidence is shared, verdicts are local (c.10): a peer's word takes the
 * weight away for one round trip and asks for a round of our own.  Only where
 * that round cannot be had do enough peers decide (verdict.c).
 */
static unsigned
on_peer(struct zone_model *z, const struct zone_event *ev)
{
	unsigned wishes;

	if (z->resolver_bad || !suspect_possible(z)) {
		return 0;
	}
	if (ev->value != 0) {
		z->peers_until = ev->now + PEERS_TIME;
	}
	if (z->state == ZONE_SUSPECT) {
		return z->settled > 0 ? alarm_rung(z, ev->now) : 0;
	}
	set_detail(z, ev->detail);
	wishes = suspect_begin(z, REASON_PEER, ev->now);
	/* what the peer saw may be no wildcard */
	z->panel_due = true;
	return wishes;
}

/* A peer in doubt takes no weight: like an alarm, it costs us questions. */
static unsigned
on_peer_doubts(struct zone_model *z, const struct zone_event *ev)
{
	return z->resolver_bad || !alarm_possible(z) ? 0 :
	    alarm_rung(z, ev->now);
}

/*
 * The state holds, with its dwell.  Everything is probed at once, a zone
 * quarantined long ago above all: it may have recovered while we were away.
 * Only a fresh quarantine keeps its pace, so that a daemon that crashes in a
 * loop does not hammer a zone in trouble.
 */
static unsigned
on_restart(struct zone_model *z, const struct zone_event *ev)
{
	double now = ev->now;

	memset(&z->round, 0, sizeof(z->round));
	z->want = 0;
	z->since = fmin(z->since, now);		/* the clock may have jumped */
	z->quarantined_at = fmin(z->quarantined_at, now);
	z->incident_since = fmin(z->incident_since, now);
	z->learning_since = fmin(z->learning_since, now);
	z->last_clean = fmin(z->last_clean, now);
	z->dirty_at = fmin(z->dirty_at, now);
	z->settled = fmin(z->settled, now);
	z->canaries_at = 0;
	z->clean_rounds = 0;
	z->panel_next = fmin(z->panel_next, now + PANEL_REST);
	z->apex.next = now + APEX_FIRST;
	z->apex.soa_seen = fmin(z->apex.soa_seen, now);
	alarm_drop(z);
	/* a doubt that a crash interrupted is doubted anew */
	z->panel_due = z->state == ZONE_SUSPECT && z->settled <= 0;
	breaker_reset(z);
	z->next_probe = now;
	if (z->state == ZONE_QUARANTINED &&
	    now - z->quarantined_at < STALE_QUARANTINE) {
		z->next_probe = schedule_next(z, now);
	}
	if (z->state == ZONE_BLOCKED) {
		z->backoff = fmax(z->backoff, BLOCK_FIRST);
	}
	return WISH_PUBLISH;
}

static handler *const on_event[ZEV_TYPES] = {
	[ZEV_LOOKUPS] = on_lookups,
	[ZEV_SUBJECT] = on_subject,
	[ZEV_APEX] = on_apex,
	[ZEV_PANEL] = on_panel,
	[ZEV_ANSWER_BOGUS] = on_answer_bogus,
	[ZEV_ANSWER_BLOCKED] = on_answer_blocked,
	[ZEV_FAILURE] = on_failure,
	[ZEV_SUCCESS] = on_success,
	[ZEV_CONTROL] = on_control,
	[ZEV_CANARY] = on_canary,
	[ZEV_ROUND_END] = on_round_end,
	[ZEV_TICK] = on_tick,
	[ZEV_PIN] = on_pin,
	[ZEV_UNPIN] = on_unpin,
	[ZEV_RESOLVER_BAD] = on_resolver_bad,
	[ZEV_RESOLVER_OK] = on_resolver_ok,
	[ZEV_PROBE] = on_probe,
	[ZEV_PEER] = on_peer,
	[ZEV_PEER_DOUBTS] = on_peer_doubts,
	[ZEV_RESTART] = on_restart,
};

unsigned
zone_model_event(struct zone_model *z, const struct zone_event *ev)
{
	if ((unsigned)ev->type >= ZEV_TYPES) {
		return 0;
	}
	return on_event[ev->type](z, ev);
}

/*
 * tick - what is due because time has passed, and when to look again.
 *
 * Called by the owner of the brain, when learn_tick said or earlier.  A brain
 * to which nothing happens is left asleep and writes nothing.  Whatever is told
 * to it must be written, and the tick that does so also sees what it changed of
 * what is due: so one question, whether something waits, is asked of all that
 * comes in.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <math.h>
#include <stdio.h>

/* With half a second in the workers: nothing older than one is lost. */
#define FLUSH_SECONDS	0.5
#define FLUSH_RECORDS	500u
#define TICK_MIN	0.05
/* What nobody waits for: reminders, quotas, a lookup too many for learning. */
#define TICK_MAX	MINUTE
/* A clock that is set back by less delays nothing that matters. */
#define STEP_BACK	MINUTE
/* Zones without a working must-list before the resolver is blamed (F10). */
#define STRIPPED_ZONES	3u

/*
 * Lists whose test entry nobody sees are one thing, all of them at once
 * another: a resolver that strips answers in 127/8 (rebind protection).
 */
static void
check_stripped(struct learn *l)
{
	size_t without = 0, with = 0;

	for (size_t i = 0; i < l->n_zones; i++) {
		const struct zone_model *z = &l->zones[i]->model;

		if (!z->enrolled) {
			continue;
		}
		if (zone_has_entry(z) && z->state != ZONE_EMPTY) {
			with++;
		} else {
			without++;
		}
	}
	if (with > 0 || without < STRIPPED_ZONES) {
		l->stripped_told = false;
		return;
	}
	if (!l->stripped_told) {
		l->stripped_told = true;
		learn_notice(l, "no DNS list answers for its test entry: the "
		    "resolver seems to strip answers in 127.0.0.0/8 (DNS "
		    "rebinding protection); exempt the list zones there, or "
		    "let tare ask the roots itself");
	}
}

/* When something of this zone is due: what on_tick of machine.c does. */
static double
zone_due(const struct zone_model *z)
{
	double due = INFINITY;

	if (z->pin != ZONE_NEW && z->pin_until > 0) {
		due = z->pin_until;
	}
	if (z->resolver_bad) {
		return due;
	}
	if (z->round.kind != 0) {
		due = fmin(due, z->round.at + ROUND_LOST);
	} else {
		due = fmin(due, z->next_probe);
		if (alarm_panel_due(z)) {
			due = fmin(due, z->panel_next);
		}
	}
	if (z->state == ZONE_SUSPECT && z->settled > 0) {
		due = fmin(due, z->settled + z->watch);
	}
	return fmin(due, apex_next(z));
}

static void
tick_resolver(struct learn *l, double now)
{
	if (now < l->resolver.next || l->n_zones == 0) {
		return;
	}
	/* a probe that is lost must not be the last one */
	l->resolver.next = now + (l->resolver.bad ? 10.0 : 5 * MINUTE);
	if (l->hooks.probe != NULL) {
		l->hooks.probe(l->hooks.arg, NULL, WISH_RESOLVER);
	}
}

/*
 * What is due at times that now lie ahead again would come hours late, and a
 * list stay in quarantine for as long.  As after a restart, states and dwells
 * hold, and everything is looked at now.
 */
static void
clock_set_back(struct learn *l, double now)
{
	char text[100];

	snprintf(text, sizeof(text), "the clock was set back by %.0f seconds: "
	    "the resolver and all lists are probed now", l->ticked - now);
	learn_notice(l, text);
	l->resolver.next = now;
	l->resolver.hold_until = fmin(l->resolver.hold_until,
	    now + l->resolver.hold);
	l->quota_checked = fmin(l->quota_checked, now);
	l->expired = fmin(l->expired, now);
	learn_apply_all(l, ZEV_RESTART, now);
}

/* ---- when to look again ---- */

static double
next_due(const struct learn *l, double now)
{
	double due = fmin(now + TICK_MAX, l->waiting_since + FLUSH_SECONDS);

	due = fmin(due, save_expire_due(l));
	if (l->n_zones > 0) {
		due = fmin(due, l->resolver.next);
	}
	for (size_t i = 0; i < l->n_zones; i++) {
		due = fmin(due, zone_due(&l->zones[i]->model));
	}
	return fmax(due, now + TICK_MIN);
}

static void
wake(struct learn *l, double at)
{
	if (at < l->due && l->hooks.wake != NULL) {
		l->due = at;
		l->hooks.wake(l->hooks.arg, at);
	}
}

void
tick_unsaved(struct learn *l, double now)
{
	/* a clock that was set back must not hold it up */
	if (l->waiting_since > now) {
		l->waiting_since = now;
	}
	wake(l, l->records >= FLUSH_RECORDS ? now :
	    l->waiting_since + FLUSH_SECONDS);
}

double
learn_tick(struct learn *l, double now)
{
	l->due = -INFINITY;		/* what comes up now is seen below */
	if (now < l->ticked - STEP_BACK) {
		clock_set_back(l, now);
	}
	l->ticked = now;
	tick_resolver(l, now);
	learn_apply_all(l, ZEV_TICK, now);
	check_stripped(l);
	remind_zones(l, now);
	quota_check(l, now);
	if (l->table_changed) {
		learn_publish(l);
	}
	if (now - l->waiting_since >= FLUSH_SECONDS ||
	    l->records >= FLUSH_RECORDS || now >= save_expire_due(l)) {
		learn_flush_store(l, now);
	}
	return l->due = next_due(l, now);
}

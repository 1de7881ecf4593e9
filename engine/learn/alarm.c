/*
 * alarm - what a zone's statistics say, and the panels that answer them.
 *
 * Used by the machine.  Pure.  Subjects go into the sequential tests of
 * stat.h.  An alarm never condemns a zone: a spam outbreak rings just like a
 * broken list, and a list of most senders rings by chance, some ten times a
 * day.  So it costs questions and nothing else: canaries first, which see a
 * zone that lists the world (then it is SUSPECT), then a panel of senders known
 * to be good, which sees one that lists a third of it.  The panel's verdict:
 *
 *	in good states,	broken: QUARANTINED(partial), degraded: DEGRADED,
 *	PROBATION	healthy: nothing happened.  A panel that left doubts is
 *			followed by another ten minutes later
 *	SUSPECT		the same, but healthy ends the first phase of doubt
 *	DEGRADED	if good senders are left who were not asked, a panel
 *			goes on with them at once; then one every ten minutes:
 *			three healthy ones in a row end it, a broken one is a
 *			quarantine
 *	QUARANTINED	after partial a healthy one is needed to leave, since
 *			canaries never saw anything wrong
 *
 * A panel asks as many at once as would acquit the zone if all were clean, so
 * mostly it is one round, and goes on until its test is decided.  A zone with
 * nobody to ask about is believed when its canaries are clean: statistics alone
 * prove nothing.
 *
 * With an hour of three controls after each false alarm, controls would be
 * 17 % of all lookups at a zone that lists 60 % of mail, instead of 6 %
 * (tests/sim, "healthy").  Against a partial break they are of no use: a
 * reserved name is as clean as ever.
 *
 * "Listing rate collapsed" asks the test entry at once (F7).
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <stdio.h>

bool
alarm_possible(const struct zone_model *z)
{
	return suspect_possible(z) && z->state != ZONE_EMPTY &&
	    !(z->state == ZONE_SUSPECT && z->settled <= 0);
}

void
alarm_drop(struct zone_model *z)
{
	stat_panel_drop(&z->stat);
	z->panel_batches = 0;
	z->panel_due = false;
}

bool
alarm_panel_due(const struct zone_model *z)
{
	return z->state == ZONE_DEGRADED ||
	    (alarm_possible(z) && stat_panel_again(&z->stat));
}

/* ---- alarms ---- */

unsigned
alarm_rung(struct zone_model *z, double now)
{
	/* DEGRADED is asked every ten minutes as it is */
	if (z->state == ZONE_DEGRADED) {
		return 0;
	}
	if (z->state == ZONE_PROBATION) {
		return zone_open_round(z, WISH_PANEL, now);
	}
	z->panel_due = true;
	return zone_open_round(z, WISH_CANARIES, now);
}

/* The table says whether unanswered controls are forgiven. */
static unsigned
publish_unease(struct zone_model *z)
{
	bool uneasy = stat_uneasy(&z->stat);

	if (uneasy == z->published_uneasy) {
		return 0;
	}
	z->published_uneasy = uneasy;
	return WISH_PUBLISH;
}

unsigned
alarm_subject(struct zone_model *z, const struct subject *j, double now)
{
	bool learn = z->state == ZONE_TRUSTED || z->state == ZONE_LEARNING;
	unsigned alarms, wishes = 0;

	if (!alarm_possible(z)) {
		return 0;
	}
	alarms = stat_subject(&z->stat, j, learn, now);
	if ((alarms & ALARM_COLLAPSE) && zone_has_entry(z)) {
		/* not out of the cache: the entry was there a minute ago */
		wishes |= zone_open_round(z, WISH_ROUND, now) | WISH_FLUSH;
	}
	if (alarms & ALARM_PANEL) {
		wishes |= alarm_rung(z, now);
	}
	return wishes | publish_unease(z);
}

/* ---- the panel ---- */

unsigned
alarm_panel(struct zone_model *z, const struct panel *p, double now)
{
	z->panel_next = now + PANEL_REST;
	z->panel_members = (unsigned)p->n;
	z->panel_said = stat_panel_begin(&z->stat, p, now);
	return 0;
}

/*
 * An answer outside 127/8 is no listing and no acquittal; it is counted as
 * the live answer it would be.
 */
void
alarm_answer(struct zone_model *z, const struct zone_event *ev)
{
	if (ev->value == ASK_BOGUS) {
		z->hint = true;
		z->dirty_bogus = true;
		return;
	}
	if (z->panel_said == PANEL_OPEN && ev->value != ASK_UNKNOWN &&
	    ev->value != ASK_BLOCKED) {
		z->panel_said = stat_panel_answer(&z->stat, ev->turn,
		    ev->value != ASK_CLEAN);
	}
}

/* What it came to, for the history and `tare zones`. */
static void
describe_panel(struct zone_model *z, enum panel_verdict v)
{
	if (v == PANEL_BROKEN || v == PANEL_DEGRADED) {
		snprintf(z->detail, sizeof(z->detail), "%u of %u senders "
		    "known to be good are listed", z->stat.panel.listed,
		    z->stat.panel.probes);
	}
}

/* Nobody could be asked: then nothing speaks against the zone.  To be asked
 * and not to answer is no acquittal. */
static bool
acquitted(const struct zone_model *z, enum panel_verdict v)
{
	return v == PANEL_HEALTHY || z->panel_members == 0;
}

/* Where a zone goes whose panel speaks against it; ZONE_NEW: it does not. */
static enum zone_state
sentence(enum panel_verdict v)
{
	return v == PANEL_BROKEN ? ZONE_QUARANTINED :
	    v == PANEL_DEGRADED ? ZONE_DEGRADED : ZONE_NEW;
}

/*
 * A panel was cut off undecided, and others can be asked: that is not put off,
 * since half a weight for ten minutes is half of the harm.
 */
static void
ask_on(struct zone_model *z, double now)
{
	if (z->state == ZONE_DEGRADED &&
	    z->panel_members >= z->stat.panel.probes + MEMBERS_FRESH) {
		z->panel_next = now;
	}
}

static unsigned
judged_suspect(struct zone_model *z, enum panel_verdict v, double now)
{
	enum zone_state to = sentence(v);
	unsigned wishes;

	if (to == ZONE_NEW) {
		return suspect_settle(z, now);
	}
	wishes = suspect_end(z, to, REASON_PARTIAL, now);
	ask_on(z, now);
	return wishes;
}

static unsigned
judged_degraded(struct zone_model *z, enum panel_verdict v, double now)
{
	if (v == PANEL_BROKEN) {
		return zone_enter(z, ZONE_QUARANTINED, REASON_PARTIAL, now);
	}
	if (v == PANEL_DEGRADED) {
		z->healthy_panels = 0;
		return 0;
	}
	/* the one that was asked at once is the end of the first */
	if (!acquitted(z, v) || now - z->since < PANEL_REST) {
		return 0;
	}
	return ++z->healthy_panels >= HEALTHY_PANELS ?
	    zone_enter_good(z, now) : 0;
}

static unsigned
judged_quarantined(struct zone_model *z, enum panel_verdict v, double now)
{
	if (acquitted(z, v)) {
		return leave_quarantine(z, now);
	}
	z->clean_rounds = 0;
	return 0;
}

static unsigned
judged_counting(struct zone_model *z, enum panel_verdict v, double now)
{
	enum zone_state to = sentence(v);
	unsigned wishes;

	if (to == ZONE_NEW) {
		return 0;
	}
	wishes = zone_enter(z, to, REASON_PARTIAL, now);
	ask_on(z, now);
	return wishes;
}

static unsigned (*const judged[ZONE_STATES])(struct zone_model *,
    enum panel_verdict, double) = {
	[ZONE_SUSPECT] = judged_suspect,
	[ZONE_DEGRADED] = judged_degraded,
	[ZONE_QUARANTINED] = judged_quarantined,
	[ZONE_LEARNING] = judged_counting,
	[ZONE_TRUSTED] = judged_counting,
	[ZONE_STALE] = judged_counting,
	[ZONE_PROBATION] = judged_counting,
};

unsigned
alarm_round_end(struct zone_model *z, const struct zone_round *r, double now)
{
	unsigned asked = 0;
	enum panel_verdict v = z->panel_said;

	for (int cls = 0; cls < ASK_CLASSES; cls++) {
		asked += r->tally[CANARY_PANEL][cls];
	}
	z->panel_batches++;
	if (v == PANEL_OPEN && asked > 0 && z->panel_batches < PANEL_BATCHES) {
		return zone_open_round(z, WISH_PANEL, now);
	}
	if (v == PANEL_OPEN) {
		v = stat_panel_end(&z->stat);
	}
	alarm_drop(z);
	describe_panel(z, v);
	return judged[z->state] != NULL ? judged[z->state](z, v, now) : 0;
}

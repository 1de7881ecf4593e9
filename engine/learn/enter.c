/*
 * enter - the one place where a zone's state changes and a round is opened.
 *
 * Used by the machine's other files.  Pure.  zone_enter() moves a zone to a
 * state, resets what belongs to the old one, does what begins with the new one
 * (dwell, back-off, a new resolver context) and says when to probe next.
 *
 * The dwell of a quarantine doubles with each one that follows the last
 * within a day; an incident lasts from the first quarantine until the zone
 * has full weight again, relapses included.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <math.h>

/* Zones that count nothing also find out whether the resolver is to blame. */
unsigned
zone_open_round(struct zone_model *z, unsigned kind, double now)
{
	if (z->round.kind != 0) {
		z->want |= kind;
		return 0;
	}
	round_open(&z->round, kind, now);
	if (kind == WISH_CANARIES) {
		z->canaries_at = now;
	}
	if (kind == WISH_PANEL && z->panel_batches == 0) {
		/* senders were asked about before: not from the cache */
		return kind | WISH_RESOLVER | WISH_FLUSH;
	}
	return kind == WISH_ROUND && zone_state_weight(z->state) > 0 ? kind :
	    kind | WISH_RESOLVER;
}

unsigned
zone_due_kind(const struct zone_model *z)
{
	if (z->state == ZONE_NEW || (z->state == ZONE_QUARANTINED &&
	    z->mixed)) {
		return WISH_ENROLL;
	}
	if (z->state == ZONE_DOWN ||
	    (z->state == ZONE_SUSPECT && z->settled <= 0)) {
		return WISH_CANARIES;
	}
	return WISH_ROUND;
}

/* One that peers imposed is no relapse, and no reason for one. */
static void
set_dwell(struct zone_model *z, double now)
{
	z->dwell = DWELL_FIRST;
	if (z->reason == REASON_PEER) {
		return;
	}
	if (z->quarantined_at > 0 && now - z->quarantined_at < RELAPSE) {
		z->requarantines++;
	} else {
		z->requarantines = 0;
	}
	for (unsigned i = 0; i < z->requarantines && z->dwell < DWELL_MAX;
	    i++) {
		z->dwell *= 2;
	}
	z->dwell = fmin(z->dwell, DWELL_MAX);
}

static unsigned
begin_quarantine(struct zone_model *z, double now)
{
	set_dwell(z, now);
	z->quarantined_at = now;
	if (z->incident_since <= 0) {
		z->incident_since = now;
	}
	z->epoch++;
	return WISH_FLUSH;
}

static unsigned
begin(struct zone_model *z, enum zone_state from, double now)
{
	switch (z->state) {
	case ZONE_QUARANTINED:
		return begin_quarantine(z, now);
	case ZONE_BLOCKED:
		z->backoff = BLOCK_FIRST;
		return 0;
	case ZONE_DOWN:
		z->before_down = from;
		return 0;
	case ZONE_DEGRADED:
		z->healthy_panels = 0;
		z->panel_next = now + PANEL_REST;
		return 0;
	case ZONE_PROBATION:
		/* positives cached during the incident (F14) */
		z->epoch++;
		return WISH_FLUSH;
	case ZONE_LEARNING:
	case ZONE_TRUSTED:
		z->incident_since = 0;
		return 0;
	default:
		return 0;
	}
}

unsigned
zone_enter(struct zone_model *z, enum zone_state to, enum zone_reason why,
    double now)
{
	enum zone_state from = z->state;
	unsigned wishes;

	z->state = to;
	z->reason = why;
	z->since = now;
	z->clean_rounds = 0;
	z->must_list_missing = 0;
	z->settled = 0;
	z->mixed = false;
	z->want = 0;
	z->watch = SUSPECT_WATCH;
	alarm_drop(z);
	if (!suspect_possible(z) || to == ZONE_EMPTY) {
		/* it stops counting, or begins to: old sums tell nothing */
		stat_forget(&z->stat);
	}
	breaker_reset(z);
	if (why == REASON_NONE) {
		z->detail[0] = '\0';
	}
	wishes = begin(z, from, now);
	z->next_probe = schedule_next(z, now);
	return wishes | WISH_PUBLISH | WISH_NOTE;
}

bool
zone_learning_done(const struct zone_model *z, double now)
{
	return z->lookups_learning >= LEARN_LOOKUPS &&
	    now - z->learning_since >= LEARN_TIME;
}

/* Full weight again: TRUSTED, or LEARNING if that was never finished. */
unsigned
zone_enter_good(struct zone_model *z, double now)
{
	return zone_enter(z, zone_learning_done(z, now) ? ZONE_TRUSTED :
	    ZONE_LEARNING, REASON_NONE, now);
}

unsigned
zone_note_clean(struct zone_model *z, double now)
{
	z->last_clean = now;
	if (now - z->published_clean < MINUTE) {
		return 0;
	}
	z->published_clean = now;
	return WISH_PUBLISH;
}


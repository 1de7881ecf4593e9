/*
 * suspect - doubt about a zone, and what ends it (reliability c.2).
 *
 * Used by the machine's other files.  Pure.  One dirty answer takes all weight
 * at once and asks for three canaries.  Then either there are two dirty ones
 * and the zone is guilty, or it counts again, with three controls per
 * positive for an hour.
 *
 * What a peer reports is no answer of ours: it takes the weight away until our
 * own canaries are back, and if they are clean nothing is left of it.
 *
 * A listed must-not point and a live answer outside 127/8 are hints: together
 * they count as one dirty answer and never condemn alone, since a sender can
 * cause the second and the first may be an operator's whim.
 */
#include "config.h"

#include "learn/learn-priv.h"

/* States that a dirty answer throws into doubt. */
bool
suspect_possible(const struct zone_model *z)
{
	return z->state != ZONE_NEW && z->state != ZONE_QUARANTINED &&
	    z->state != ZONE_BLOCKED && z->state != ZONE_DOWN;
}

/*
 * Weight 0 at once, and canaries that will tell.  The counts have been added
 * to the model already.
 */
unsigned
suspect_begin(struct zone_model *z, enum zone_reason why, double now)
{
	enum zone_state from = z->state;
	unsigned wishes = 0;

	z->dirty_at = now;
	if (from != ZONE_SUSPECT) {
		wishes = zone_enter(z, ZONE_SUSPECT, why, now);
		z->before_suspect = from;
	} else if (z->settled > 0) {
		z->settled = 0;
		z->reason = why;
		z->next_probe = schedule_next(z, now);
		wishes = WISH_PUBLISH | WISH_NOTE;
	}
	if (!(z->round.kind & WISH_CANARIES)) {
		wishes |= zone_open_round(z, WISH_CANARIES, now);
	}
	return wishes;
}

void
suspect_forget(struct zone_model *z)
{
	z->dirty = 0;
	z->dirty_bogus = false;
	z->hint = false;
}

unsigned
suspect_end(struct zone_model *z, enum zone_state to, enum zone_reason why,
    double now)
{
	suspect_forget(z);
	return zone_enter(z, to, why, now);
}

/*
 * Two dirty answers of which at least one is to a reserved name; on probation
 * one is enough.
 */
bool
suspect_guilty(const struct zone_model *z)
{
	if (z->before_suspect == ZONE_PROBATION) {
		return z->dirty >= 1;
	}
	return z->dirty >= 1 && z->dirty + z->hint >= 2;
}

unsigned
suspect_settle(struct zone_model *z, double now)
{
	if (z->before_suspect == ZONE_PROBATION) {
		return suspect_end(z, ZONE_PROBATION, REASON_CONTROL, now);
	}
	if (z->settled > 0) {
		return 0;
	}
	/* only a peer spoke against it, and our own round does not */
	if (z->reason == REASON_PEER && z->dirty == 0 && !z->hint) {
		return suspect_end(z, z->before_suspect, REASON_NONE, now);
	}
	z->settled = now;
	/* listings cached while it was broken must not outlive that (F14) */
	z->epoch++;
	return WISH_PUBLISH | WISH_NOTE | WISH_FLUSH;
}


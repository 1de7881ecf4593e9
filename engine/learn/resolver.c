/*
 * resolver - is it the resolver that lies, and not the zones? (trap F9)
 *
 * Called by intake.c.  Pure.  Two signs: a name under .invalid, which cannot
 * exist, has an address; or three zones and at least half of all, healthy
 * until then, answer with the same address outside 127/8 within a minute.
 *
 * While it lasts no list counts and no zone changes its state.  It is over
 * after three clean global probes in a row.  The second sign may come from a
 * resolver that rewrites list names only and leaves .invalid alone; then clean
 * probes prove little, so each return within an hour doubles the time before
 * it is believed again (1 min to 1 h).
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <math.h>

#define PROBE_GOOD	(5 * MINUTE)
#define PROBE_BAD	10.0
#define CLEAN_NEEDED	3u
#define TOGETHER	MINUTE
#define ZONES_NEEDED	3u
#define HOLD_FIRST	MINUTE
#define HOLD_MAX	HOUR

static void
turn_bad(struct resolver *r, double now)
{
	r->bad = true;
	r->clean = 0;
	r->bad_at = now;
	r->next = now + PROBE_BAD;
	r->n_turned = 0;
}

bool
resolver_probed(struct resolver *r, int cls, double now)
{
	r->next = now + (r->bad ? PROBE_BAD : PROBE_GOOD);
	if (cls == ASK_UNKNOWN) {
		return false;
	}
	if (cls != ASK_CLEAN) {
		r->clean = 0;
		if (r->bad) {
			return false;
		}
		turn_bad(r, now);
		return true;
	}
	if (!r->bad || ++r->clean < CLEAN_NEEDED || now < r->hold_until) {
		return false;
	}
	r->bad = false;
	r->next = now + PROBE_GOOD;
	return true;
}

static bool
first_of_zone(const struct resolver *r, unsigned i)
{
	for (unsigned k = 0; k < i; k++) {
		if (r->turned[k].zone == r->turned[i].zone) {
			return false;
		}
	}
	return true;
}

/* Different zones that answered addr within the last minute. */
static unsigned
alike(const struct resolver *r, uint32_t addr, double now)
{
	unsigned n = r->n_turned < TURNED_KEPT ? r->n_turned : TURNED_KEPT;
	unsigned zones = 0;

	for (unsigned i = 0; i < n; i++) {
		if (r->turned[i].addr == addr &&
		    now - r->turned[i].at <= TOGETHER) {
			zones += first_of_zone(r, i);
		}
	}
	return zones;
}

bool
resolver_turned(struct resolver *r, size_t zone, uint32_t addr, size_t zones,
    double now)
{
	unsigned at = r->n_turned++ % TURNED_KEPT;
	unsigned n;

	r->turned[at].zone = zone;
	r->turned[at].addr = addr;
	r->turned[at].at = now;
	n = alike(r, addr, now);
	if (r->bad || n < ZONES_NEEDED || 2 * (size_t)n < zones) {
		return false;
	}
	r->hold = r->hold > 0 && now - r->bad_at < HOUR ?
	    fmin(2 * r->hold, HOLD_MAX) : HOLD_FIRST;
	r->hold_until = now + r->hold;
	turn_bad(r, now);
	return true;
}

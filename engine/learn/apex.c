/*
 * apex - the name servers and the serial of a zone, watched.
 *
 * Used by the machine at ZEV_APEX: every six hours the owner asks for the NS
 * and SOA records of the zone and for the NS records of the registered domain
 * it is in.  Pure.  Two things are worth knowing early:
 *
 *	all name servers are others than last time: the domain expired and was
 *	bought (F1), or the list moved.  The zone is looked into like after an
 *	alarm and then watched for a day, three controls to a listing
 *	the serial has not moved for seven days, nor for twenty times as long as
 *	it usually takes: the list is abandoned (F7).  STALE counts in full,
 *	since old data are not wrong data, and is told to people
 *
 * A set of servers of which one is known from last time is a change of
 * servers, no change of hands; it is remembered as it is now.  Answers that
 * did not come, and sets too long to keep, change nothing.
 *
 * Limit: a serial that moved and moved back between two looks is not seen.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What is usual is a mean of the last few changes. */
#define USUAL_SHARE	0.25
#define USUAL_TIMES	20.0

/* Names are in one form: lower case, no final dot, one space between. */
static bool
has_word(struct slice set, struct slice word)
{
	struct slice w;

	while (slice_word(&set, &w)) {
		if (slice_eq(w, word)) {
			return true;
		}
	}
	return false;
}

/* Both are known, and have nothing in common. */
static bool
replaced(const char *before, const char *now)
{
	struct slice old = slice_cstr(before), rest = slice_cstr(now), w;

	if (old.n == 0 || rest.n == 0) {
		return false;
	}
	while (slice_word(&rest, &w)) {
		if (has_word(old, w)) {
			return false;
		}
	}
	return true;
}

/* True: all are others now; what is known is renewed in any case. */
static bool
renew(char known[APEX_TEXT], const char *seen, char *dst, size_t size)
{
	bool other = replaced(known, seen);

	if (other) {
		snprintf(dst, size, "name servers: %.80s -> %.80s", known,
		    seen);
	}
	if (seen[0] != '\0') {
		record_text(known, APEX_TEXT, slice_cstr(seen));
	}
	return other;
}

/* ---- the serial ---- */

static void
serial_moved(struct zone_apex *a, uint32_t serial, double now)
{
	double took = now - a->soa_seen;

	if (a->serial_known && took > 0) {
		a->usual = a->usual > 0 ? (1 - USUAL_SHARE) * a->usual +
		    USUAL_SHARE * took : took;
	}
	a->serial_known = true;
	a->serial = serial;
	a->soa_seen = now;
}

static bool
is_stale(const struct zone_model *z, double now)
{
	const struct zone_apex *a = &z->apex;

	return z->stale_after > 0 && now - a->soa_seen >
	    fmax(z->stale_after, USUAL_TIMES * a->usual);
}

static unsigned
judge_serial(struct zone_model *z, const struct apex_seen *seen, double now)
{
	struct zone_apex *a = &z->apex;

	if (!seen->serial_known) {
		return 0;
	}
	if (!a->serial_known || seen->serial != a->serial) {
		serial_moved(a, seen->serial, now);
		return z->state == ZONE_STALE ? zone_enter_good(z, now) : 0;
	}
	if ((z->state != ZONE_TRUSTED && z->state != ZONE_LEARNING) ||
	    !is_stale(z, now)) {
		return 0;
	}
	snprintf(z->detail, sizeof(z->detail), "serial %lu for %.0f days, "
	    "usually %.1f", (unsigned long)a->serial,
	    (now - a->soa_seen) / DAY, a->usual / DAY);
	return zone_enter(z, ZONE_STALE, REASON_STALE, now);
}

/* ---- the interface ---- */

/* States in which something of it counts, and could count wrongly. */
static bool
watched(const struct zone_model *z)
{
	return alarm_possible(z) && z->enrolled && !z->resolver_bad;
}

bool
apex_due(const struct zone_model *z, double now)
{
	return watched(z) && now >= z->apex.next;
}

double
apex_next(const struct zone_model *z)
{
	return watched(z) ? z->apex.next : INFINITY;
}

unsigned
apex_judge(struct zone_model *z, const struct apex_seen *seen, double now)
{
	char what[ZONE_DETAIL];
	bool other;

	if (!watched(z)) {
		return 0;
	}
	other = renew(z->apex.ns, seen->ns, what, sizeof(what));
	other |= renew(z->apex.domain_ns, seen->domain_ns, what,
	    sizeof(what));
	/* on probation it is watched closely as it is */
	if (other && z->state != ZONE_PROBATION) {
		unsigned wishes = suspect_begin(z, REASON_NAMESERVERS, now);

		record_text(z->detail, sizeof(z->detail), slice_cstr(what));
		z->panel_due = true;
		z->watch = NS_WATCH;
		return wishes;
	}
	return judge_serial(z, seen, now);
}

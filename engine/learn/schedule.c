/*
 * schedule - when a zone is probed next, by state.
 *
 * Called by the machine when a round ended or a state began.  Pure: the jitter
 * of background rounds (+-20 %, so that the zones of one start do not stay in
 * step) comes from a hash of the zone's name and its round number.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <math.h>

#include "base/map.h"

/* 0.8 … 1.2, another one each round */
static double
jitter(const struct zone_model *z)
{
	uint64_t h = hash_stable(z->name, sizeof(z->name), z->rounds);

	return 0.8 + 0.4 * (double)((h ^ h >> 32) % 1000) / 1000;
}

static double
background(const struct zone_model *z, double now)
{
	if (z->must_list_missing > 0) {
		return now + EMPTY_PACE;	/* two more rounds will tell */
	}
	if ((z->must_list < 0 || z->must_not < 0) &&
	    z->rounds < FIRST_ROUNDS) {
		return now + EMPTY_PACE;	/* an answer was lost */
	}
	return now + jitter(z) *
	    (z->lookups_round > 0 ? ROUND_BUSY : ROUND_IDLE);
}

/*
 * Every minute in the first hour, then every 5 minutes, after a day hourly;
 * a clean round brings the minute back, until only the dwell is left.
 */
static double
quarantine(const struct zone_model *z, double now)
{
	double age = now - z->incident_since;
	double left = z->quarantined_at + z->dwell - now;

	if (z->clean_rounds >= CLEAN_ROUNDS && left > 5 * MINUTE) {
		return now + 5 * MINUTE;
	}
	if (z->clean_rounds > 0 || age < HOUR) {
		return now + MINUTE;
	}
	return now + (age < DAY ? 5 * MINUTE : HOUR);
}

/*
 * A list that did not answer at all was perhaps not to be reached yet: at boot
 * tared may be up before the network is.  A broken one is so for hours.
 */
static double
retry_new(const struct zone_model *z, double now)
{
	if (z->reason == REASON_NONE) {
		return now;
	}
	return now + (z->reason == REASON_BROKEN ? RETRY_NEW :
	    fmin(fmax(now - z->since, RETRY_SILENT), RETRY_NEW));
}

double
schedule_apex(const struct zone_model *z, double now)
{
	return now + jitter(z) * APEX_PACE;
}

double
schedule_next(const struct zone_model *z, double now)
{
	switch (z->state) {
	case ZONE_NEW:
		return retry_new(z, now);
	case ZONE_SUSPECT:
		return z->settled > 0 ? background(z, now) :
		    now + RETRY_SUSPECT;
	case ZONE_QUARANTINED:
		return quarantine(z, now);
	case ZONE_BLOCKED:
		return now + (z->clean_rounds > 0 ? MINUTE : z->backoff);
	case ZONE_DOWN:
		return now + breaker_backoff(now - z->since);
	case ZONE_EMPTY:
		return now + ROUND_IDLE;
	case ZONE_PROBATION:
		return now + MINUTE;
	default:
		return background(z, now);
	}
}

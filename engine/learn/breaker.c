/*
 * breaker - when a zone that does not answer is DOWN, and when to try again.
 *
 * Called by the machine.  Pure.  A zone is down after 10 failures in a row that
 * span at least 3 seconds, or when for 3 seconds 8 of the last 10 failed.  A
 * burst of questions that died together is one event, not ten; and where
 * every answer takes 3 seconds, a burst of questions has failed before the
 * first of its answers is there.
 *
 * Workers report sums ("20 lookups, 10 failed"), not sequences; failures are
 * taken as evenly spread, so that half failing does not look like ten in a
 * row.
 *
 * The back-off before a half-open probe grows with the outage, a tenth of it
 * so far, from 30 s to 15 min.  Plain doubling would find the repair of a
 * ten-minute outage five minutes late; this finds it within a minute, and
 * after some hours costs as little.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <math.h>

#define WINDOW		10u
#define WINDOW_MASK	((1u << WINDOW) - 1)
#define RUN_LIMIT	10u
#define WINDOW_LIMIT	8u
#define SPAN		3.0
/* More questions of one report than this say nothing new. */
#define STEPS		40u

static void
feed_one(struct zone_model *z, bool failed, double now)
{
	if (failed && z->fail_run == 0) {
		z->fail_since = now;
	}
	z->fail_run = failed ? z->fail_run + 1 : 0;
	z->last10 = (uint16_t)(((unsigned)z->last10 << 1 | failed) &
	    WINDOW_MASK);
	if (z->n_last10 < WINDOW) {
		z->n_last10++;
	}
	if (z->n_last10 < WINDOW ||
	    (unsigned)__builtin_popcount(z->last10) < WINDOW_LIMIT) {
		z->mostly_since = 0;
	} else if (z->mostly_since <= 0) {
		z->mostly_since = now;
	}
}

bool
breaker_feed(struct zone_model *z, unsigned n, unsigned failures, double now)
{
	unsigned steps = n < STEPS ? n : STEPS;

	if (failures > n) {
		failures = n;
	}
	for (unsigned i = 0; i < steps; i++) {
		uint64_t before = (uint64_t)i * failures / n;
		uint64_t after = ((uint64_t)i + 1) * failures / n;

		feed_one(z, after > before, now);
	}
	if (failures == 0) {
		return false;
	}
	return (z->fail_run >= RUN_LIMIT && now - z->fail_since >= SPAN) ||
	    (z->mostly_since > 0 && now - z->mostly_since >= SPAN);
}

void
breaker_reset(struct zone_model *z)
{
	z->fail_run = 0;
	z->last10 = 0;
	z->n_last10 = 0;
	z->fail_since = 0;
	z->mostly_since = 0;
}

enum zone_reason
breaker_reason(const struct zone_model *z)
{
	if (z->fail_rcode == 2) {
		return REASON_SERVFAIL;
	}
	return z->fail_rcode == 5 ? REASON_REFUSED : REASON_TIMEOUT;
}

double
breaker_backoff(double down_for)
{
	return fmin(fmax(down_for / 10, DOWN_FIRST), DOWN_MAX);
}

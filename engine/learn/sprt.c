/*
 * sprt - are known-good senders listed more than they should be?
 *
 * Called by stat.c, once per panel.  Pure.  Wald's sequential probability ratio
 * test (1945) of "a share g0 of good senders is listed" against "g1", with
 * alpha = 1e-4 (a healthy zone condemned) and beta = .01 (a broken one
 * acquitted): each answer adds its log likelihood ratio, the test ends at
 * ln((1-beta)/alpha) = 9.20, ln(beta/(1-alpha)) = -4.61, or 40 probes.  At
 * g0 = .02, g1 = .20 an answer adds +2.30 or -0.20: five listed of few prove a
 * break, 23 clean in a row acquit.
 *
 * Cut off at 40, a positive sum is "more than chance, less than proof":
 * PANEL_DEGRADED.  A panel of fewer than 8 members never says more than that,
 * whatever the sum: two oddly listed friends are no evidence.
 */
#include "config.h"

#include "learn/stat.h"

#include <math.h>
#include <string.h>

#define ALPHA		1e-4
#define BETA		0.01
#define PROBES_MAX	40u
#define MEMBERS_MIN	8u
#define DOUBTFUL	2u		/* listed ones: not the usual noise */

void
sprt_begin(struct sprt *t, struct shift shift, unsigned members,
    double carried)
{
	memset(t, 0, sizeof(*t));
	t->shift = shift;
	t->members = members;
	t->sum = carried;
}

/* The limits: broken at or above the first, healthy at or below the second. */
static double
limit_broken(void)
{
	return log((1 - BETA) / ALPHA);
}

static double
limit_healthy(void)
{
	return log(BETA / (1 - ALPHA));
}

static double
weight_listed(const struct sprt *t)
{
	return log(t->shift.p1 / t->shift.p0);
}

static double
weight_clean(const struct sprt *t)
{
	return log1p(-t->shift.p1) - log1p(-t->shift.p0);
}

static unsigned
probes_max(const struct sprt *t)
{
	return t->members < PROBES_MAX ? t->members : PROBES_MAX;
}

static enum panel_verdict
verdict(const struct sprt *t, bool over)
{
	if (t->sum >= limit_broken()) {
		return t->members < MEMBERS_MIN ? PANEL_DEGRADED : PANEL_BROKEN;
	}
	if (t->sum <= limit_healthy()) {
		return PANEL_HEALTHY;
	}
	if (!over) {
		return PANEL_OPEN;
	}
	return t->sum > 0 ? PANEL_DEGRADED : PANEL_HEALTHY;
}

enum panel_verdict
sprt_feed(struct sprt *t, bool listed)
{
	if (t->members == 0) {
		return PANEL_LOST;
	}
	t->probes++;
	t->listed += listed;
	t->sum += listed ? weight_listed(t) : weight_clean(t);
	return verdict(t, t->probes >= probes_max(t));
}

/* Half of what was asked, or eight, must have answered: silence of a zone in
 * trouble is no acquittal. */
enum panel_verdict
sprt_end(const struct sprt *t)
{
	if (t->probes == 0 ||
	    (t->probes < MEMBERS_MIN && 2 * t->probes < probes_max(t))) {
		return PANEL_LOST;
	}
	return verdict(t, true);
}

bool
sprt_undecided(const struct sprt *t)
{
	return t->listed >= DOUBTFUL && t->sum > limit_healthy() &&
	    t->sum < limit_broken();
}

unsigned
sprt_wanted(const struct sprt *t)
{
	unsigned left = probes_max(t) - t->probes;
	double clean;

	if (t->members == 0 || t->probes >= probes_max(t)) {
		return 0;
	}
	clean = ceil((limit_healthy() - t->sum) / weight_clean(t));
	return clean < 1 ? 1 : clean < left ? (unsigned)clean : left;
}

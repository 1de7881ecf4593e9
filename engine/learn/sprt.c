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

static const char *const names[] = {
	[PANEL_OPEN] = "open",
	[PANEL_HEALTHY] = "healthy",
	[PANEL_DEGRADED] = "degraded",
	[PANEL_BROKEN] = "broken",
	[PANEL_LOST] = "lost",
};

const char *
panel_verdict_name(enum panel_verdict v)
{
	return (unsigned)v < sizeof(names) / sizeof(names[0]) ? names[v] :
	    "unknown";
}

void
sprt_begin(struct sprt *t, struct shift shift, unsigned members,
    double carried)
{
	memset(t, 0, sizeof(*t));
	t->shift = shift;
	t->members = members;
	t->sum = carried;
}

static enum panel_verdict
verdict(const struct sprt *t, bool over)
{
	if (t->sum >= log((1 - BETA) / ALPHA)) {
		return t->members < MEMBERS_MIN ? PANEL_DEGRADED : PANEL_BROKEN;
	}
	if (t->sum <= log(BETA / (1 - ALPHA))) {
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
	double p0 = t->shift.p0, p1 = t->shift.p1;

	if (t->members == 0) {
		return PANEL_LOST;
	}
	t->probes++;
	t->listed += listed;
	t->sum += listed ? log(p1 / p0) : log1p(-p1) - log1p(-p0);
	return verdict(t, t->probes >= PROBES_MAX || t->probes >= t->members);
}

/* Half of what was asked, or eight, must have answered: silence of a zone in
 * trouble is no acquittal. */
enum panel_verdict
sprt_end(const struct sprt *t)
{
	unsigned asked = t->members < PROBES_MAX ? t->members : PROBES_MAX;

	if (t->probes == 0 ||
	    (t->probes < MEMBERS_MIN && 2 * t->probes < asked)) {
		return PANEL_LOST;
	}
	return verdict(t, true);
}

/*
 * baseline - how much of the mail a list names when all is well.
 *
 * Called by stat.c and cusum.c.  Pure.  A CUSUM needs to know what is normal:
 * p0, the share of subjects that the zone lists, and g, its share of
 * known-good senders.  Real lists have p0 from 1 to 60 % (NBER 2005, reference
 * section b), so both are learned per zone, as EWMAs (Roberts 1959) with a
 * half-life of 5000; before there are that many, as plain means.
 *
 * Two cautions.  Young means are drawn towards "lists a little" by PRIOR_*
 * pretended subjects: an estimate of 0 after 200 subjects would ring at the
 * second listing.  And the last BATCH subjects are kept aside: if an alarm
 * comes of them they are dropped, so that a break does not teach the zone's
 * normal to include its own beginning.
 *
 * Limit: a change too slow or small to alarm (below about +10 %) becomes the
 * new normal within some thousand subjects; precision.c weighs that.
 */
#include "config.h"

#include "learn/stat.h"

#include <math.h>

#define HALF_LIFE	5000.0
#define WINDOW		(HALF_LIFE / M_LN2)
#define BATCH		200.0		/* subjects kept aside */
#define BATCH_ANCHORS	25.0
#define PRIOR_N		4.0
#define PRIOR_LISTED	2.0
#define PRIOR_ANCHORS	50.0		/* as in precision.c: half a listing */
#define PRIOR_G		0.5
#define P0_MIN		0.005
#define P0_MAX		0.9
#define G_MIN		0.0005
#define G_MAX		0.9

/* Shift of a wild, partly wild and collapsed zone (reference c.4). */
#define WILD		0.97
#define PARTIAL		0.3
#define COLLAPSE	10.0
#define ANCHOR_FLOOR	0.02
#define ANCHOR_SHIFT	0.28
#define PANEL_SHIFT	0.18
#define SHIFT_MAX	0.98		/* p1 stays a probability */

/* Mean of up to WINDOW subjects, then EWMA; n counts what is behind it. */
static void
merge(double *share, double *n, double prior, double prior_n, double got,
    double got_n)
{
	double keep, old = *share;

	if (got_n <= 0) {
		return;
	}
	if (*n <= 0) {
		*n = 0;
		old = prior / prior_n;
	}
	keep = fmin(*n + prior_n, WINDOW * exp2(-got_n / HALF_LIFE));
	*share = (keep * old + got) / (keep + got_n);
	*n = fmin(*n + got_n, WINDOW);
}

void
baseline_forget(struct baseline *b)
{
	b->aside_n = b->aside_listed = 0;
	b->aside_anchors = b->aside_anchors_listed = 0;
}

void
baseline_add(struct baseline *b, const struct subject *j)
{
	b->aside_n += j->all;
	b->aside_listed += j->all && j->listed;
	b->aside_anchors += j->anchor;
	b->aside_anchors_listed += j->anchor && j->listed;
	if (b->aside_n >= BATCH) {
		merge(&b->p0, &b->n, PRIOR_LISTED, PRIOR_N, b->aside_listed,
		    b->aside_n);
		b->p0 = fmin(fmax(b->p0, P0_MIN), P0_MAX);
		b->aside_n = b->aside_listed = 0;
	}
	if (b->aside_anchors >= BATCH_ANCHORS) {
		merge(&b->g, &b->n_anchor, PRIOR_G, PRIOR_ANCHORS,
		    b->aside_anchors_listed, b->aside_anchors);
		b->g = fmin(fmax(b->g, G_MIN), G_MAX);
		b->aside_anchors = b->aside_anchors_listed = 0;
	}
}

/* p1 above p0 by so much, both possible. */
static struct shift
shift_up(double p0, double by)
{
	p0 = fmin(p0, SHIFT_MAX - by);
	return (struct shift){ p0, p0 + by };
}

struct shift
baseline_wildcard(const struct baseline *b)
{
	return (struct shift){ b->p0,
	    fmax(WILD, b->p0 + PARTIAL * (1 - b->p0)) };
}

struct shift
baseline_partial(const struct baseline *b)
{
	return (struct shift){ b->p0, b->p0 + PARTIAL * (1 - b->p0) };
}

struct shift
baseline_collapse(const struct baseline *b)
{
	return (struct shift){ b->p0, b->p0 / COLLAPSE };
}

struct shift
baseline_anchors(const struct baseline *b)
{
	return shift_up(fmax(ANCHOR_FLOOR, 2 * b->g), ANCHOR_SHIFT);
}

/* "If g is measured above .02": the panel is one sender a net, so the
 * estimate is of the same kind. */
struct shift
baseline_panel(const struct baseline *b)
{
	return shift_up(b->g > ANCHOR_FLOOR ? 2 * b->g : ANCHOR_FLOOR,
	    PANEL_SHIFT);
}

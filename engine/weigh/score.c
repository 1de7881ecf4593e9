/*
 * score - the arithmetic of weighted scores.
 *
 * Called by scan/ (sum of hits) and report/ (what is shown).  Pure: no state,
 * no I/O.  A listing counts its zone's weight times its code's (reliability
 * reference c.6).
 *
 * Rounding is done by printf on purpose: SpamAssassin rounds its sum with
 * "%.3f", which rounds the binary value exactly.  Multiplying by 1000 and
 * rounding that gives another last digit for some sums (1.0005 is stored as
 * 1.000499…, yet 1.0005 * 1000 is 1000.5).
 */
#include "config.h"

#include "weigh/weigh.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* "-1." + 309 digits + "." + 3 + NUL */
#define DOUBLE_TEXT 330

/* -0.0 + 0.0 is 0.0 in the default rounding mode. */
static double
positive_zero(double x)
{
	return x + 0.0;
}

double
weigh_points(double score, double weight)
{
	if (!(weight > 0)) {		/* also NaN */
		return 0;
	}
	return positive_zero(score * (weight < 1 ? weight : 1));
}

double
zone_entry_weight(const struct zone_entry *e, uint32_t code)
{
	double w = (double)e->weight;

	if (e->n_codes == 0) {
		return w;
	}
	for (unsigned i = 0; i < e->n_codes && i < ZONE_CODES; i++) {
		if (e->code[i].code == code) {
			return w * (double)e->code[i].weight;
		}
	}
	return w * (double)e->other_codes;
}

double
weigh_round(double sum)
{
	char text[DOUBLE_TEXT];

	if (!isfinite(sum)) {
		return sum;
	}
	snprintf(text, sizeof(text), "%.3f", sum);
	return positive_zero(strtod(text, NULL));
}

/* x to one decimal. */
static double
tenth(double x)
{
	char text[DOUBLE_TEXT];

	snprintf(text, sizeof(text), "%.1f", x);
	return positive_zero(strtod(text, NULL));
}

void
weigh_show(double score, double required, char dst[32])
{
	double shown = tenth(score);

	/* A ham must not look like a spam (sa-compat reference 5.10). */
	if (score < required && shown >= tenth(required)) {
		shown = tenth(tenth(required) - 0.1);
	}
	/* %g from where tenths no longer exist: dst holds any double. */
	snprintf(dst, 32, fabs(shown) < 1e15 ? "%.1f" : "%g", shown);
}

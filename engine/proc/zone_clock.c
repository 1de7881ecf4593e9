/*
 * zone_clock.c - zone time: real time, or faster where a test or a drill says.
 *
 * Used by whoever owns a brain: keeper.c, standalone.c and what they start.
 * Pure but for the wall clock.  What zone time is, proc-priv.h says.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <math.h>

#include "base/clock.h"

#define WAIT_MIN	0.02
#define WAIT_MAX	60.0

struct zone_clock
zone_clock_begin(const struct conf *c, double wall)
{
	double scale = conf_num(c, "zone_clock_scale");
	double zone = conf_num(c, "zone_clock_start");

	/* The start for which start + (wall - start) * scale is zone. */
	if (zone > 0 && scale > 1) {
		return (struct zone_clock){ (wall * scale - zone) /
			(scale - 1), scale };
	}
	return (struct zone_clock){ wall, scale };
}

double
zone_clock_now(const struct zone_clock *c)
{
	return c->start + (clock_wall() - c->start) * c->scale;
}

double
zone_clock_wait(const struct zone_clock *c, double until)
{
	double left = (until - zone_clock_now(c)) / c->scale;

	return fmin(fmax(left, WAIT_MIN), WAIT_MAX);
}

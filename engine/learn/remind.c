/*
 * remind - once a day, what is still wrong with a zone.
 *
 * Called by tick.c and, at a transition, by learn.c, which tells of it; a
 * zone that stays out of use is told of again for each full day since, so that
 * a log that is read daily shows it, and never more often, not even after a
 * restart.  The same for a resolver that keeps lying.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <math.h>

bool
zone_is_fine(const struct zone_model *z)
{
	enum zone_state s = zone_model_state(z);

	return s == ZONE_TRUSTED || s == ZONE_LEARNING ||
	    (s == ZONE_NEW && z->reason == REASON_NONE);
}

static double
days(const struct zone_model *z, double now)
{
	return fmax(floor((now - z->since) / DAY), 0);
}

void
remind_begin(struct zone_slot *slot, double now)
{
	slot->days_told = days(&slot->model, now);
}

void
remind_zones(struct learn *l, double now)
{
	for (size_t i = 0; i < l->n_zones; i++) {
		struct zone_slot *slot = l->zones[i];
		double n = days(&slot->model, now);

		if (n > slot->days_told && !zone_is_fine(&slot->model) &&
		    l->hooks.remind != NULL) {
			l->hooks.remind(l->hooks.arg, &slot->model);
		}
		slot->days_told = n;
	}
}

/*
 * quota - does a list's operator allow so many questions?
 *
 * Called by tick.c; looks once an hour.  Many lists answer a
 * number of questions a day for free and refuse, or bill, who asks more.  The
 * number is stated by zone_quota; the sums of the last 24 hours are in the
 * store.  Above it a notice says so, once a day: what to do about it (a
 * contract, a mirror of one's own, one list less) is the operator's choice, so
 * nothing is switched off here.  Controls are not saved either: without them a
 * refusal coded as a listing would count.  A list that does refuse is BLOCKED
 * by what it answers, and asked on the back-off schedule.
 *
 * Limit: probes of the background are not counted; a zone has at most 900 a
 * day.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <stdio.h>

static void
check(struct learn *l, struct zone_slot *slot, double now)
{
	const char *name = slot->model.name;
	struct store_hour_sum sum;
	char text[400];

	if (slot->quota <= 0 || now - slot->quota_told < DAY ||
	    store_sums(l->store, name, now - DAY, &sum) != 0 ||
	    sum.lookups + sum.controls <= slot->quota) {
		return;
	}
	slot->quota_told = now;
	snprintf(text, sizeof(text), "%s was asked %.0f times in 24 hours, "
	    "and zone_quota says that its operator allows %.0f: get a "
	    "contract (zone_ask), run a mirror of your own, or switch its "
	    "rules off", name, sum.lookups + sum.controls, slot->quota);
	l->hooks.notice(l->hooks.arg, text);
}

void
quota_check(struct learn *l, double now)
{
	if (l->store == NULL || l->store_failing || l->hooks.notice == NULL ||
	    now - l->quota_checked < HOUR) {
		return;
	}
	l->quota_checked = now;
	for (size_t i = 0; i < l->n_zones; i++) {
		check(l, l->zones[i], now);
	}
}

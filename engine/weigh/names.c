/*
 * names - the words for zone states and reasons, both ways.
 *
 * The words are stable: they stand in the database, in JSON, in headers and
 * in `tare zones`.  One table each, in the order of the enums; a new state or
 * reason is one enum line and one row here.
 */
#include "config.h"

#include "weigh/weigh.h"

static const char *const states[ZONE_STATES] = {
	[ZONE_NEW] = "new",
	[ZONE_LEARNING] = "learning",
	[ZONE_TRUSTED] = "trusted",
	[ZONE_SUSPECT] = "suspect",
	[ZONE_DEGRADED] = "degraded",
	[ZONE_QUARANTINED] = "quarantined",
	[ZONE_BLOCKED] = "blocked",
	[ZONE_DOWN] = "down",
	[ZONE_EMPTY] = "empty",
	[ZONE_STALE] = "stale",
	[ZONE_PROBATION] = "probation",
	[ZONE_PINNED_ON] = "pinned-on",
	[ZONE_PINNED_OFF] = "pinned-off",
};

static const char *const reasons[REASONS] = {
	[REASON_NONE] = "none",
	[REASON_BOGUS] = "bogus",
	[REASON_WILDCARD] = "wildcard",
	[REASON_PARTIAL] = "partial",
	[REASON_BLOCKED] = "blocked",
	[REASON_BROKEN] = "broken",
	[REASON_TIMEOUT] = "timeout",
	[REASON_SERVFAIL] = "servfail",
	[REASON_REFUSED] = "refused",
	[REASON_CONTROL] = "control",
	[REASON_RESOLVER] = "resolver",
	[REASON_PEER] = "peer",
	[REASON_OPERATOR] = "operator",
	[REASON_NOT_A_LIST] = "not-a-list",
	[REASON_EMPTY] = "empty",
	[REASON_STALE] = "stale",
	[REASON_NAMESERVERS] = "nameservers",
};

static int
lookup(const char *const *names, int n, struct slice s)
{
	for (int i = 0; i < n; i++) {
		if (slice_eq_nocase(s, slice_cstr(names[i]))) {
			return i;
		}
	}
	return -1;
}

const char *
zone_state_name(enum zone_state s)
{
	return (unsigned)s < ZONE_STATES ? states[s] : "unknown";
}

const char *
zone_reason_name(enum zone_reason r)
{
	return (unsigned)r < REASONS ? reasons[r] : "unknown";
}

int
zone_state_parse(struct slice s)
{
	return lookup(states, ZONE_STATES, s);
}

int
zone_reason_parse(struct slice s)
{
	return lookup(reasons, REASONS, s);
}

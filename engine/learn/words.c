/*
 * words - a zone's state in a sentence that an operator can act on.
 *
 * Used by the log, by `tare zones` and by mail notices.  Pure.  A sentence
 * has up to four parts: state and reason with the time it began, what was
 * seen, the evidence (question -> answer), and what happens next or what to
 * do.  The texts are rows of two tables, by reason and by state.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <stdio.h>

#include "base/clock.h"

static const char *const seen[REASONS] = {
	[REASON_BOGUS] = "it answers with addresses outside 127/8, as a "
	    "parked or expired domain does",
	[REASON_WILDCARD] = "it lists addresses that nobody can have: "
	    "it lists everything",
	[REASON_PARTIAL] = "it lists many senders known to be good",
	[REASON_BLOCKED] = "it refuses this resolver (over quota, not "
	    "registered, or a public resolver); ask its operator, or query "
	    "it directly",
	[REASON_BROKEN] = "its test points do not answer as a DNS list's do; "
	    "check the name, or whether the list still exists",
	[REASON_TIMEOUT] = "it does not answer",
	[REASON_SERVFAIL] = "its servers fail (SERVFAIL)",
	[REASON_REFUSED] = "its servers refuse to answer (REFUSED); it may "
	    "want this client to register",
	[REASON_CONTROL] = "a name that cannot be listed came back listed",
	[REASON_RESOLVER] = "the resolver answers for names that do not "
	    "exist; no list can be trusted through it",
	[REASON_PEER] = "another node reported it",
	[REASON_OPERATOR] = "set by the operator",
	[REASON_NOT_A_LIST] = "it never behaved as a DNS list",
	[REASON_EMPTY] = "its test entry is gone: it lists nothing any more; "
	    "think of removing it",
	[REASON_STALE] = "its data has not changed for a long time",
	[REASON_NAMESERVERS] = "all its name servers were replaced: a new "
	    "owner, or a move",
};

static const char *const next[ZONE_STATES] = {
	[ZONE_NEW] = "not counted until its test points are clean",
	[ZONE_LEARNING] = "counted, with three controls per listing",
	[ZONE_SUSPECT] = "not counted until its probes are back",
	[ZONE_DEGRADED] = "counted half, with three controls per listing, "
	    "until three panels of good senders are clean",
	[ZONE_QUARANTINED] = "not counted and not asked",
	[ZONE_BLOCKED] = "not counted and not asked; probed now and then",
	[ZONE_DOWN] = "not asked; probed until it answers",
	[ZONE_EMPTY] = "not asked; probed hourly",
	[ZONE_PROBATION] = "counted half until 10 minutes are clean",
	[ZONE_PINNED_ON] = "counted whatever it answers",
	[ZONE_PINNED_OFF] = "not counted and not asked",
};

/* "not counted …; back after 3 more clean rounds and 7 more minutes, and a
 * clean panel of good senders" */
static void
quarantine(const struct zone_model *z, double left, char *dst, size_t size)
{
	char wait[40] = ", dwell over";

	if (left > 0) {
		snprintf(wait, sizeof(wait), " and %.0f more minutes",
		    left / MINUTE + 0.5);
	}
	snprintf(dst, size, "%s; back after %u more clean rounds%s%s",
	    next[ZONE_QUARANTINED], z->clean_rounds < CLEAN_ROUNDS ?
	    CLEAN_ROUNDS - z->clean_rounds : 0, wait,
	    z->reason == REASON_PARTIAL ?
	    ", and a clean panel of good senders" : "");
}

/* What happens next, with the numbers of this zone where they matter. */
static const char *
outlook(const struct zone_model *z, double now, char *dst, size_t size)
{
	enum zone_state s = zone_model_state(z);
	double left = z->quarantined_at + z->dwell - now;

	if (s == ZONE_SUSPECT && z->settled > 0) {
		return "counted, with three controls per listing for an hour";
	}
	if (s == ZONE_QUARANTINED) {
		quarantine(z, left, dst, size);
		return dst;
	}
	return next[s];
}

static enum zone_reason
reason(const struct zone_model *z)
{
	if (z->pin != ZONE_NEW) {
		return REASON_OPERATOR;
	}
	return z->resolver_bad ? REASON_RESOLVER : z->reason;
}

void
zone_model_words(const struct zone_model *z, double now, char *dst,
    size_t size)
{
	enum zone_reason why = reason(z);
	char since[32], until[32], number[128];
	const char *then = outlook(z, now, number, sizeof(number));
	char worth[300];
	int n;

	clock_iso(z->since, since, sizeof(since));
	n = snprintf(dst, size, "%s", zone_state_name(zone_model_state(z)));
#define ADD(...)							\
	do {								\
		if (n >= 0 && (size_t)n < size) {			\
			n += snprintf(dst + n, size - (size_t)n,	\
			    __VA_ARGS__);				\
		}							\
	} while (0)
	if (why != REASON_NONE) {
		ADD(": %s", zone_reason_name(why));
	}
	if (z->pin == ZONE_NEW) {
		ADD(" since %s", since);
	}
	if (z->pin != ZONE_NEW && z->pin_until > 0) {
		clock_iso(z->pin_until, until, sizeof(until));
		ADD(" until %s", until);
	}
	if (seen[why] != NULL) {
		ADD(": %s", seen[why]);
	}
	if (z->detail[0] != '\0' && why == z->reason) {
		ADD(" (%s)", z->detail);
	}
	if (then != NULL) {
		ADD("; %s", then);
	}
	codes_worst_words(&z->codes, worth, sizeof(worth));
	if (worth[0] != '\0' && z->pin == ZONE_NEW) {
		ADD("; %s", worth);
	}
#undef ADD
}

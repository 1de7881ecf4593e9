/*
 * state - what each zone state means for a listing, one row a state.
 *
 * Called by the machine, by learn.c to build the shared table, and by
 * `tare zones`.  Pure.  The numbers are those of reliability reference c.3.
 *
 * SUSPECT has two phases: weight 0 until the canaries (and the panel, if an
 * alarm rang) are back, then the weight it had before with three controls per
 * positive; the table holds the first, zone_model_weight knows both.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <math.h>
#include <string.h>

/* Deadline of a question before its zone's speed is known, and its range. */
#define TIMEOUT_MIN	0.5
#define TIMEOUT_MAX	2.0

static const struct {
	double weight;
	unsigned controls;
	bool asks;
} states[ZONE_STATES] = {
	[ZONE_NEW] = { 0, 3, true },
	[ZONE_LEARNING] = { 1, 3, true },
	[ZONE_TRUSTED] = { 1, 1, true },
	[ZONE_SUSPECT] = { 0, 3, true },
	[ZONE_DEGRADED] = { 0.5, 3, true },
	[ZONE_QUARANTINED] = { 0, 3, false },
	[ZONE_BLOCKED] = { 0, 3, false },
	[ZONE_DOWN] = { 0, 3, false },
	[ZONE_EMPTY] = { 1, 3, false },
	[ZONE_STALE] = { 1, 1, true },
	[ZONE_PROBATION] = { 0.5, 3, true },
	[ZONE_PINNED_ON] = { 1, 0, true },
	[ZONE_PINNED_OFF] = { 0, 0, false },
};

double
zone_state_weight(enum zone_state s)
{
	return (unsigned)s < ZONE_STATES ? states[s].weight : 0;
}

unsigned
zone_state_controls(enum zone_state s)
{
	return (unsigned)s < ZONE_STATES ? states[s].controls : 3;
}

bool
zone_state_asks(enum zone_state s)
{
	return (unsigned)s < ZONE_STATES && states[s].asks;
}

/*
 * IPv6 documentation space is not a default: it is a pool of zones that were
 * seen to serve IPv6 (enroll.c).  A v6 positive gets a v6 control in any case
 * (ask/control.c).
 */
uint8_t
zone_default_pools(uint8_t kind)
{
	return kind == ZONE_KIND_IP ?
	    POOL_BENCH | POOL_CLASS_E | POOL_SHARED | POOL_TESTNET : POOL_NAME;
}

void
zone_model_init(struct zone_model *z, const char *name, uint8_t kind,
    double now)
{
	memset(z, 0, sizeof(*z));
	record_text(z->name, sizeof(z->name), slice_cstr(name));
	z->kind = kind;
	z->w_operator = 1;
	z->state = ZONE_NEW;
	z->since = now;
	z->before_down = ZONE_NEW;
	z->before_suspect = ZONE_NEW;
	z->pools = zone_default_pools(kind);
	z->must_not = z->must_list = z->must_not6 = z->must_list6 = -1;
	z->dwell = DWELL_FIRST;
	z->watch = SUSPECT_WATCH;
	z->codes.any.published = 1;
	z->apex.next = now + APEX_FIRST;
	z->stale_after = STALE_AFTER;
	z->next_probe = now;
	z->pin = ZONE_NEW;
	z->pin_weight = 1;
}

enum zone_state
zone_model_state(const struct zone_model *z)
{
	return z->pin != ZONE_NEW ? z->pin : z->state;
}

double
zone_model_weight(const struct zone_model *z)
{
	if (z->pin == ZONE_PINNED_ON) {
		return z->pin_weight;
	}
	if (z->pin == ZONE_PINNED_OFF || z->resolver_bad) {
		return 0;
	}
	/* settled: as before the doubt, with more controls */
	return z->w_operator * zone_state_weight(z->state == ZONE_SUSPECT &&
	    z->settled > 0 ? z->before_suspect : z->state);
}

/*
 * A NEW zone that showed itself broken is not asked; one that is only silent
 * is, so that the breaker sees the failures.
 */
static bool
asks(const struct zone_model *z)
{
	if (z->pin != ZONE_NEW) {
		return zone_state_asks(z->pin);
	}
	if (z->resolver_bad ||
	    (z->state == ZONE_NEW && z->reason == REASON_BROKEN)) {
		return false;
	}
	return zone_state_asks(z->state);
}

static double
timeout(const struct zone_model *z)
{
	if (z->p95 <= 0) {
		return TIMEOUT_MAX;
	}
	return fmin(fmax(3 * z->p95, TIMEOUT_MIN), TIMEOUT_MAX);
}

void
zone_model_entry(const struct zone_model *z, struct zone_entry *e_r)
{
	enum zone_state s = zone_model_state(z);
	enum zone_reason why = z->reason;

	if (z->pin != ZONE_NEW) {
		why = REASON_OPERATOR;
	} else if (z->resolver_bad) {
		why = REASON_RESOLVER;
	}
	memset(e_r, 0, sizeof(*e_r));
	memcpy(e_r->name, z->name, sizeof(e_r->name));
	e_r->state = (uint8_t)s;
	e_r->reason = (uint8_t)why;
	e_r->kind = z->kind;
	e_r->controls = (uint8_t)zone_state_controls(s);
	e_r->ask = asks(z);
	e_r->pools = z->pools;
	e_r->epoch = (uint8_t)z->epoch;
	e_r->uneasy = stat_uneasy(&z->stat);
	if (z->pin == ZONE_NEW) {
		codes_entry(&z->codes, e_r);
	}
	e_r->weight = (float)zone_model_weight(z);
	e_r->timeout = (float)timeout(z);
	e_r->since = z->since;
	e_r->last_clean = z->last_clean;
}

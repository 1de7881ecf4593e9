/*
 * enroll - is this a DNS list at all, and which probes does it support?
 *
 * Called by verdict.c at the end of an enrollment: must-not, must-list and
 * three random names out of every default pool of the zone's kind.  Pure.
 *
 * Real lists disagree with RFC 5782 in three harmless ways, which must be told
 * from being broken (trap F16):
 *
 *	it lists some reserved space on purpose (bogons): those pools are
 *	    dropped, if must-not is clean, at least as many pools are clean as
 *	    are not, no answer lies outside 127/8, and at most one pool is
 *	    listed in part (more of that is a server of many gone wild, F12)
 *	it has no test entry: must_list unsupported, EMPTY is never concluded
 *	it answers for 127.0.0.1 by design: must_not unsupported, but only if
 *	    every reserved name of every pool came back clean
 *
 * Everything else that is listed without reason is broken, and the zone
 * stays NEW: it never counts before it was seen healthy once (F17).
 *
 * IPv6 is apart: it has a single reserved pool, 2001:db8::/32.  That is used
 * for a zone that lists the IPv6 test point or was asked about an IPv6 address,
 * if its names are clean.  A zone that lists them is broken if it serves
 * nothing but IPv6; otherwise the pool is not used, and controls of IPv6
 * listings, which need it, come back dirty: they count nothing.
 *
 * Limit: a list of all four reserved pools looks like one that lists the
 * world; it stays NEW(broken) and needs a pin.
 */
#include "config.h"

#include "learn/learn-priv.h"

/* Fewer clean answers prove nothing. */
#define CLEAN_MIN 2u

static unsigned
bits(unsigned x)
{
	return (unsigned)__builtin_popcount(x);
}

bool
entry_listed(enum ask_class cls)
{
	return cls == ASK_LISTED || cls == ASK_UNMAPPED;
}

bool
zone_has_entry(const struct zone_model *z)
{
	return z->must_list == 1 || z->must_list6 == 1;
}

/* Are the dirty pools ones that the zone lists on purpose? */
static bool
droppable(const struct round_sum *s)
{
	return s->must_not == ASK_CLEAN && s->pools_bogus == 0 &&
	    bits(s->pools_mixed) <= 1 &&
	    bits(s->pools_clean) >= bits(s->pools_dirty);
}

static bool
broken(const struct zone_model *z, const struct round_sum *s)
{
	if (s->must_list == ASK_BOGUS || s->must_not == ASK_BOGUS) {
		return true;
	}
	/* It serves IPv6 alone, and lists all of that. */
	if (s->dirty6 >= CLEAN_MIN && s->clean6 == 0 &&
	    entry_listed(s->must_list6) && !entry_listed(s->must_list)) {
		return true;
	}
	if (s->dirty > 0) {
		return !droppable(s);
	}
	/* No name of any pool is listed, so must-not is by design. */
	return class_dirty(s->must_not) &&
	    s->pools_clean != zone_default_pools(z->kind);
}

static void
learn_must_not(const struct zone_model *z, enum ask_class said, int *known)
{
	if (z->must_not_off) {
		*known = 0;
	} else if (said == ASK_CLEAN) {
		*known = 1;
	} else if (said != ASK_UNKNOWN) {
		*known = 0;		/* listed, or a block code, by design */
	}
}

static void
learn_must_list(enum ask_class said, int *known)
{
	if (entry_listed(said)) {
		*known = 1;
	} else if (said == ASK_CLEAN) {
		*known = 0;
	}
}

void
enroll_v6(struct zone_model *z, const struct round_sum *s)
{
	bool serves;

	if (z->kind != ZONE_KIND_IP) {
		return;
	}
	learn_must_not(z, s->must_not6, &z->must_not6);
	learn_must_list(s->must_list6, &z->must_list6);
	serves = z->must_list6 == 1 || z->seen6 > 0;
	if (serves && s->dirty6 == 0 && s->clean6 >= CLEAN_MIN) {
		z->pools |= POOL_DOC6;
	} else if (s->dirty6 > 0) {
		z->pools &= (uint8_t)~POOL_DOC6;
	}
}

/*
 * A lost answer to a test point is no reason to refuse a list, so later rounds
 * learn what it would have told.  For a list without some pools an answer for
 * must-not is no design but a riddle, and stays one.
 */
void
enroll_late(struct zone_model *z, const struct round_sum *s)
{
	if (s->clean < CLEAN_MIN || s->dirty > 0 || s->blocked > 0) {
		return;
	}
	if (z->must_list < 0) {
		learn_must_list(s->must_list, &z->must_list);
	}
	if (z->must_not < 0 && (s->must_not == ASK_CLEAN ||
	    (z->pools & zone_default_pools(z->kind)) ==
	    zone_default_pools(z->kind))) {
		learn_must_not(z, s->must_not, &z->must_not);
	}
}

enum enroll_verdict
enroll_judge(struct zone_model *z, const struct round_sum *s)
{
	if (s->answered == 0) {
		return ENROLL_SILENT;
	}
	if (s->blocked >= 2 && s->blocked * 3 >= s->answered * 2) {
		return ENROLL_BLOCKED;
	}
	/* Bogons or broken?  Only must-not could have told. */
	if (s->dirty > 0 && s->must_not == ASK_UNKNOWN && s->clean > 0) {
		return ENROLL_SILENT;
	}
	if (broken(z, s)) {
		return ENROLL_BROKEN;
	}
	if (s->clean < CLEAN_MIN) {
		return ENROLL_SILENT;
	}
	z->pools = (uint8_t)((zone_default_pools(z->kind) & ~s->pools_dirty) |
	    (z->pools & POOL_DOC6));
	learn_must_not(z, s->must_not, &z->must_not);
	learn_must_list(s->must_list, &z->must_list);
	enroll_v6(z, s);
	z->enrolled = true;
	return ENROLL_CLEAN;
}

/*
 * round - the answers of one probe round, counted and added up.
 *
 * Called by the machine only.  A round keeps a tally of answer classes per
 * kind of canary; sums are made at its end.  Order of answers never matters.
 *
 * An answer inside 127/8 that no rule maps is as dirty as a mapped one: a
 * name in reserved space has no business being listed at all.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <string.h>

static const uint8_t pools[CANARY_KINDS] = {
	[CANARY_BENCH] = POOL_BENCH,
	[CANARY_CLASS_E] = POOL_CLASS_E,
	[CANARY_SHARED] = POOL_SHARED,
	[CANARY_TESTNET] = POOL_TESTNET,
	[CANARY_DOC6] = POOL_DOC6,
	[CANARY_NAME] = POOL_NAME,
};

uint8_t
canary_pool(enum canary c)
{
	return (unsigned)c < CANARY_KINDS ? pools[c] : 0;
}

bool
class_dirty(int cls)
{
	return cls == ASK_LISTED || cls == ASK_UNMAPPED || cls == ASK_BOGUS;
}

void
round_open(struct zone_round *r, unsigned kind, double now)
{
	memset(r, 0, sizeof(*r));
	r->kind = (uint8_t)kind;
	r->at = now;
}

void
round_add(struct zone_round *r, int probe, int cls)
{
	uint8_t *count;

	if (probe < 0 || probe >= CANARY_KINDS || cls < 0 ||
	    cls >= ASK_CLASSES) {
		return;
	}
	count = &r->tally[probe][cls];
	if (*count < UINT8_MAX) {
		++*count;
	}
}

/* The one answer of a fixed test point; a definite one wins over none. */
static enum ask_class
single(const uint8_t tally[ASK_CLASSES])
{
	for (int cls = 0; cls < ASK_UNKNOWN; cls++) {
		if (tally[cls] > 0) {
			return (enum ask_class)cls;
		}
	}
	return ASK_UNKNOWN;
}

struct round_sum
round_sum(const struct zone_round *r, uint8_t wanted)
{
	struct round_sum s = { 0 };

	for (int c = 0; c < CANARY_KINDS; c++) {
		const uint8_t *t = r->tally[c];
		unsigned dirty = 0u + t[ASK_LISTED] + t[ASK_UNMAPPED] +
		    t[ASK_BOGUS];

		if (pools[c] == POOL_DOC6) {
			s.clean6 = t[ASK_CLEAN];
			s.dirty6 = dirty;
		}
		if (!(pools[c] & wanted)) {
			continue;
		}
		s.clean += t[ASK_CLEAN];
		s.dirty += dirty;
		s.bogus += t[ASK_BOGUS];
		s.blocked += t[ASK_BLOCKED];
		s.unknown += t[ASK_UNKNOWN];
		if (t[ASK_BOGUS] > 0) {
			s.pools_bogus |= pools[c];
		}
		if (dirty > 0) {
			s.pools_dirty |= pools[c];
			s.pools_mixed |= t[ASK_CLEAN] > 0 ? pools[c] : 0;
		} else if (t[ASK_CLEAN] > 0 && t[ASK_BLOCKED] == 0) {
			s.pools_clean |= pools[c];
		}
	}
	s.answered = s.clean + s.dirty + s.blocked;
	s.must_not = single(r->tally[CANARY_MUST_NOT]);
	s.must_list = single(r->tally[CANARY_MUST_LIST]);
	s.must_not6 = single(r->tally[CANARY_MUST_NOT6]);
	s.must_list6 = single(r->tally[CANARY_MUST_LIST6]);
	return s;
}

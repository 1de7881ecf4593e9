/*
 * seen - each subject counts once an hour, in bounded memory.
 *
 * Called by tally.c before a subject is told.  Pure, but for the arena.  A
 * table of sets of four slots; a slot is a 32-bit tag and the second it was
 * last counted.  A full set loses its oldest slot.  A tag collides in one of a
 * billion pairs of a set, which loses one count.
 *
 * The answer is part of the tag: a sender that was clean and is now listed
 * counts again.  Without this a list that breaks at ten past is seen only in
 * those who had not written before (see doc/reliability.md).
 */
#include "config.h"

#include "learn/stat.h"

#define WAYS	4u
#define HOUR	3600u

struct slot {
	uint32_t tag;
	uint32_t at;		/* 0: empty */
};

struct seen {
	uint64_t salt;
	size_t mask;		/* sets - 1 */
	struct slot slots[];
};

struct seen *
seen_new(struct arena *a, size_t slots, uint64_t salt)
{
	size_t sets = 1;
	struct seen *s;

	while (sets * WAYS < slots && sets < (SIZE_MAX >> 8)) {
		sets *= 2;
	}
	s = arena_alloc(a, sizeof(*s) + sets * WAYS * sizeof(s->slots[0]));
	s->salt = salt;
	s->mask = sets - 1;
	return s;
}

/* The finisher of MurmurHash3: every bit of h reaches every bit. */
static uint64_t
mix(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdu;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53u;
	return h ^ h >> 33;
}

/* Seen within the hour; if not, it is now. */
static bool
seen_before(struct seen *s, uint64_t h, uint32_t now)
{
	struct slot *set = &s->slots[((size_t)h & s->mask) * WAYS];
	struct slot *oldest = set;
	uint32_t tag = (uint32_t)(h >> 32);

	for (unsigned i = 0; i < WAYS; i++) {
		struct slot *slot = &set[i];

		if (slot->at != 0 && slot->tag == tag) {
			/* a clock set back must not silence it for ever */
			if (now >= slot->at && now - slot->at < HOUR) {
				return true;
			}
			oldest = slot;
			break;
		}
		if (slot->at < oldest->at) {
			oldest = slot;
		}
	}
	oldest->tag = tag;
	oldest->at = now;
	return false;
}

bool
seen_first(struct seen *s, uint32_t zone, struct subject *j, double now)
{
	uint32_t at = now < 1 ? 1 : now < UINT32_MAX ? (uint32_t)now :
	    UINT32_MAX;
	uint64_t where = mix(s->salt ^ ((uint64_t)zone << 2 | j->listed));

	if (j->all && seen_before(s, mix(where ^ j->key), at)) {
		j->all = false;
	}
	if (j->anchor && seen_before(s, mix(where + 2 + j->net), at)) {
		j->anchor = false;
	}
	return j->all || j->anchor;
}

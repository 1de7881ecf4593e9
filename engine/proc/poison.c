/*
 * poison.c - messages that were being scanned when a worker crashed.
 *
 * The master writes down the fingerprints that a dead worker left in its
 * slot: the one the CPU was working on if there is one, else all of them.  A
 * message seen in two crashes is not parsed a third time: workers answer it
 * with an error line.  A table of fixed size; the oldest entry makes room; an
 * entry is forgotten after an hour, since rules and programs get repaired.
 *
 * The table is shared memory that the master alone writes; a worker that
 * could write it could only make mail of its own choice be refused.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <sys/mman.h>

/* A worker can leave so many, and nobody knows which it was. */
#define ENTRIES		(2 * LIMIT_SCANS_INFLIGHT)
#define FORGET_MS	(3600u * 1000)
#define CRASHES		2

struct entry {
	_Atomic uint64_t fingerprint;
	_Atomic uint64_t at_ms;
	_Atomic uint32_t crashes;
};

struct poison {
	_Atomic uint32_t used;	/* of v, so that all is well costs nothing */
	struct entry v[ENTRIES];
};

uint64_t
fingerprint_make(uint64_t hash)
{
	hash &= ~(uint64_t)FINGERPRINT_BUSY;
	return hash != 0 ? hash : 2;
}

struct poison *
poison_new(struct err *e)
{
	void *map = mmap(NULL, sizeof(struct poison), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED) {
		err_errno(e, ERR_OS, "cannot map the poison table");
		return NULL;
	}
	return map;
}

static struct entry *
find(struct poison *p, uint64_t fingerprint)
{
	struct entry *oldest = &p->v[0];

	for (size_t i = 0; i < p->used; i++) {
		if (p->v[i].fingerprint == fingerprint) {
			return &p->v[i];
		}
		if (p->v[i].at_ms < oldest->at_ms) {
			oldest = &p->v[i];
		}
	}
	if (p->used < ENTRIES) {
		oldest = &p->v[p->used];
	}
	oldest->crashes = 0;
	oldest->fingerprint = fingerprint;
	if (oldest == &p->v[p->used]) {
		p->used++;	/* workers look at it from now on */
	}
	return oldest;
}

static void
note(struct poison *p, uint64_t fingerprint)
{
	struct entry *en = find(p, fingerprint);
	uint64_t now = slots_now_ms();

	if (now - en->at_ms > FORGET_MS) {
		en->crashes = 0;
	}
	en->at_ms = now;
	en->crashes++;
}

void
poison_crashed(struct poison *p, const struct worker_slot *slot)
{
	bool suspect = false;

	for (size_t i = 0; i < LIMIT_SCANS_INFLIGHT; i++) {
		uint64_t f = slot->fingerprint[i];

		if ((f & FINGERPRINT_BUSY) != 0) {
			note(p, f & ~(uint64_t)FINGERPRINT_BUSY);
			suspect = true;
		}
	}
	for (size_t i = 0; !suspect && i < LIMIT_SCANS_INFLIGHT; i++) {
		if (slot->fingerprint[i] != 0) {
			note(p, slot->fingerprint[i]);
		}
	}
}

bool
poison_has(const struct poison *p, uint64_t fingerprint)
{
	for (size_t i = 0; i < p->used; i++) {
		const struct entry *en = &p->v[i];

		if (en->fingerprint == fingerprint) {
			return en->crashes >= CRASHES &&
			    slots_now_ms() - en->at_ms <= FORGET_MS;
		}
	}
	return false;
}

/*
 * place.c - the places for scans in a worker, as its slot shows them.
 *
 * A place is an entry of slot->fingerprint: which message is being scanned
 * there, and whether the CPU works on it just now.  The master reads them
 * when the worker has crashed (poison.c).
 */
#include "config.h"

#include "proc/worker-priv.h"

#include "base/mem.h"

unsigned
place_take(struct worker *w, uint64_t fingerprint)
{
	for (unsigned n = 0; n < w->max_scans; n++) {
		unsigned i = w->next_place;

		w->next_place = (i + 1) % w->max_scans;
		if (w->slot->fingerprint[i] == 0) {
			w->slot->fingerprint[i] = fingerprint;
			w->n_scans++;
			w->slot->inflight = w->n_scans;
			return i;
		}
	}
	DIE("no place for scan %u", w->n_scans);
}

void
place_busy(struct worker *w, unsigned place, bool busy)
{
	_Atomic uint64_t *f = &w->slot->fingerprint[place];

	if (busy) {
		*f |= FINGERPRINT_BUSY;
	} else {
		*f &= ~(uint64_t)FINGERPRINT_BUSY;
	}
}

void
place_leave(struct worker *w, unsigned place)
{
	w->slot->fingerprint[place] = 0;
	w->n_scans--;
	w->slot->inflight = w->n_scans;
}

/*
 * slots.c - shared memory per worker: heartbeat, counters, fingerprints.
 * One more is the keeper's, which only says there when it is ready.
 *
 * Whole pages each, so that a child can unmap all but its own: a worker that
 * mail has taken over cannot forge its neighbours' heartbeats.  The master
 * reads them all; a slot is reused when its process is gone and its counters
 * were added to the totals.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <sys/mman.h>

#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define SLOTS	(LIMIT_WORKERS + 1)

struct slots {
	char *map;
	size_t page;		/* bytes per slot */
};

struct slots *
slots_new(struct err *e)
{
	struct slots *s = mem_alloc(sizeof(*s));
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	s->page = (sizeof(struct worker_slot) + page - 1) / page * page;
	s->map = mmap(NULL, s->page * SLOTS, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->map == MAP_FAILED) {
		mem_free(s);
		err_errno(e, ERR_OS, "cannot map the worker slots");
		return NULL;
	}
	return s;
}

void
slots_free(struct slots **s)
{
	if (*s != NULL) {
		munmap((*s)->map, (*s)->page * SLOTS);
		mem_free(*s);
		*s = NULL;
	}
}

struct worker_slot *
slots_at(struct slots *s, unsigned i)
{
	if (i >= SLOTS) {
		DIE("slot %u", i);
	}
	return (struct worker_slot *)(void *)(s->map + i * s->page);
}

void
slots_keep(struct slots *s, unsigned i)
{
	size_t before = i * s->page, all = SLOTS * s->page;

	if (before > 0) {
		munmap(s->map, before);
	}
	if (before + s->page < all) {
		munmap(s->map + before + s->page, all - before - s->page);
	}
}

uint64_t
slots_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void
slot_add_totals(const struct worker_slot *slot, struct totals *t)
{
	t->scans += slot->scans;
	t->spam += slot->spam;
	t->ham += slot->ham;
	t->errors += slot->errors;
	t->bytes += slot->bytes;
	t->dropped_records += slot->dropped_records;
}

void
slot_reset(struct worker_slot *slot)
{
	slot->scans = slot->spam = slot->ham = slot->errors = 0;
	slot->bytes = slot->dropped_records = 0;
	slot->inflight = 0;
	for (size_t i = 0; i < LIMIT_SCANS_INFLIGHT; i++) {
		slot->fingerprint[i] = 0;
	}
	slot->heartbeat_ms = slots_now_ms();
	slot->state = SLOT_FREE;
}

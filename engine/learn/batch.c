/*
 * batch - what waits to be written, and keeps when it cannot be.
 *
 * Called by intake.c, learn.c and save.c.  Transitions are written at once when
 * the store works; probes, exposed messages and the zones' sums wait for the
 * next flush.  When the store fails (or there is none yet) everything stays
 * here, up to a limit per kind; beyond it the newest is counted as lost.  Sums
 * have no limit: they add up in place.
 *
 * Invariant: an item leaves a queue only after the commit that holds it.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <string.h>

#include "base/mem.h"

/* A day of trouble at a busy site; together below 3 MB. */
#define EVENTS_MAX	256
#define PROBES_MAX	2000
#define EXPOSURES_MAX	2000
#define QUEUE_FIRST	32

/* Fixed-size items on the heap, in order of arrival. */
struct queue {
	char *items;
	size_t size, n, cap, max;
};

struct event {
	struct zone_model model;
	double at;
	enum zone_state from;
	char *evidence;			/* heap, may be NULL */
	const char *source;		/* static */
};

struct probe {
	double at, rtt_ms;
	int rcode;
	char zone[LIMIT_ZONE_NAME];
	char qname[256], answer[64], kind[16], verdict[16];
};

struct batch {
	struct queue events, probes, exposures;
	uint64_t lost;
};

static void *
queue_push(struct batch *b, struct queue *q)
{
	if (q->n == q->max) {
		b->lost++;
		return NULL;
	}
	if (q->n == q->cap) {
		q->cap = q->cap > 0 ? 2 * q->cap : QUEUE_FIRST;
		q->cap = q->cap < q->max ? q->cap : q->max;
		q->items = mem_realloc(q->items, mem_mul(q->cap, q->size));
	}
	return memset(q->items + q->n++ * q->size, 0, q->size);
}

static void *
queue_at(const struct queue *q, size_t i)
{
	return q->items + i * q->size;
}

/* Forget the first n. */
static void
queue_drop(struct queue *q, size_t n)
{
	q->n -= n;
	if (q->n > 0) {
		memmove(q->items, q->items + n * q->size, q->n * q->size);
	}
}

static void
events_drop(struct queue *q, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		mem_free(((struct event *)queue_at(q, i))->evidence);
	}
	queue_drop(q, n);
}

static void
batch_free(void *ptr)
{
	struct batch *b = ptr;

	events_drop(&b->events, b->events.n);
	mem_free(b->events.items);
	mem_free(b->probes.items);
	mem_free(b->exposures.items);
}

struct batch *
batch_new(struct arena *a)
{
	struct batch *b = arena_alloc(a, sizeof(*b));

	b->events.size = sizeof(struct event);
	b->events.max = EVENTS_MAX;
	b->probes.size = sizeof(struct probe);
	b->probes.max = PROBES_MAX;
	b->exposures.size = sizeof(struct record_exposure);
	b->exposures.max = EXPOSURES_MAX;
	arena_defer(a, batch_free, b);
	return b;
}

void
batch_event(struct batch *b, const struct zone_model *z, double at,
    enum zone_state from, const char *evidence, const char *source)
{
	struct event *ev = queue_push(b, &b->events);

	if (ev == NULL) {
		return;
	}
	ev->model = *z;
	ev->at = at;
	ev->from = from;
	ev->evidence = evidence != NULL ? mem_strdup(evidence) : NULL;
	ev->source = source;
}

void
batch_probe(struct batch *b, const struct store_probe_row *p)
{
	struct probe *q = queue_push(b, &b->probes);

	if (q == NULL) {
		return;
	}
	q->at = p->at;
	q->rtt_ms = p->rtt_ms;
	q->rcode = p->rcode;
	record_text(q->zone, sizeof(q->zone), slice_cstr(p->zone));
	record_text(q->qname, sizeof(q->qname), slice_cstr(p->qname));
	record_text(q->answer, sizeof(q->answer), slice_cstr(p->answer));
	record_text(q->kind, sizeof(q->kind), slice_cstr(p->kind));
	record_text(q->verdict, sizeof(q->verdict), slice_cstr(p->verdict));
}

void
batch_exposure(struct batch *b, const struct record_exposure *x)
{
	struct record_exposure *q = queue_push(b, &b->exposures);

	if (q != NULL) {
		*q = *x;
	}
}

uint64_t
batch_lost(struct batch *b)
{
	uint64_t lost = b->lost;

	b->lost = 0;
	return lost;
}

int
batch_write_events(struct batch *b, struct store *s)
{
	size_t done = 0;

	while (done < b->events.n) {
		const struct event *ev = queue_at(&b->events, done);

		if (store_event(s, &ev->model, ev->at, ev->from,
		    ev->evidence, ev->source) != 0) {
			break;
		}
		done++;
	}
	events_drop(&b->events, done);
	return b->events.n == 0 ? 0 : -1;
}

static int
write_slot(struct store *s, struct zone_slot *slot)
{
	const struct record_counts *c = &slot->counts;

	if (slot->unsaved && store_zone_save(s, &slot->model) != 0) {
		return -1;
	}
	if (slot->codes_unsaved && store_codes(s, &slot->model) != 0) {
		return -1;
	}
	return (c->lookups | c->controls | c->voided | c->subjects |
	    c->anchors) == 0 ? 0 : store_counts(s, c);
}

static int
write_slots(struct store *s, struct zone_slot **slots, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (write_slot(s, slots[i]) != 0) {
			return -1;
		}
	}
	return 0;
}

static int
write_goods(struct store *s, const struct good *g)
{
	const struct good_row *rows;
	size_t n = good_rows(g, &rows);

	for (size_t i = 0; i < n; i++) {
		if (rows[i].unsaved && store_good(s, &rows[i]) != 0) {
			return -1;
		}
	}
	return 0;
}

static int
write_probes(struct batch *b, struct store *s)
{
	for (size_t i = 0; i < b->probes.n; i++) {
		const struct probe *p = queue_at(&b->probes, i);
		struct store_probe_row row = { .at = p->at, .zone = p->zone,
		    .kind = p->kind, .qname = p->qname, .answer = p->answer,
		    .verdict = p->verdict, .rcode = p->rcode,
		    .rtt_ms = p->rtt_ms };

		if (store_probe(s, &row) != 0) {
			return -1;
		}
	}
	return 0;
}

static int
write_exposures(struct batch *b, struct store *s)
{
	for (size_t i = 0; i < b->exposures.n; i++) {
		if (store_exposure(s, queue_at(&b->exposures, i)) != 0) {
			return -1;
		}
	}
	return 0;
}

int
batch_write(struct batch *b, struct learn *l)
{
	struct store *s = l->store;
	struct zone_slot **slots = l->zones;
	size_t n = l->n_zones;

	if (batch_write_events(b, s) != 0 || store_begin(s) != 0) {
		return -1;
	}
	if (write_slots(s, slots, n) != 0 || write_goods(s, l->good) != 0 ||
	    write_probes(b, s) != 0 || write_exposures(b, s) != 0) {
		store_rollback(s);
		return -1;
	}
	if (store_commit(s) != 0) {
		return -1;
	}
	queue_drop(&b->probes, b->probes.n);
	queue_drop(&b->exposures, b->exposures.n);
	good_saved(l->good);
	for (size_t i = 0; i < n; i++) {
		slots[i]->unsaved = slots[i]->codes_unsaved = false;
		slots[i]->restored = true;
		memset(&slots[i]->counts, 0, sizeof(slots[i]->counts));
	}
	return 0;
}

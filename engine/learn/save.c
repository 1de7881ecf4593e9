/*
 * save - what the brain writes, and how it takes up what was written.
 *
 * Called by learn.c, and by the owner through learn.h.  Nothing is written
 * while a message or an answer is looked at, but transitions: the rest waits
 * in batch.c and in the slots for the next flush.
 *
 * Without a store, or with one that fails, everything waits in memory and is
 * tried again at each flush; the notice hook hears of it once, and once more
 * when it is over.  A damaged one is not tried again: it is let go.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <math.h>
#include <stdio.h>

#define EXPIRE_SECONDS	HOUR

/* ---- writing ---- */

void
save_result(struct learn *l, int rc)
{
	char text[400];
	uint64_t lost;

	if (rc != 0) {
		if (!l->store_failing) {
			learn_notice(l, store_error(l->store));
		}
		l->store_failing = true;
		if (store_damaged(l->store)) {
			l->store = NULL;
		}
	} else if (l->store_failing) {
		l->store_failing = false;
		lost = batch_lost(l->batch);
		snprintf(text, sizeof(text), "the zone database is written "
		    "again; %llu records did not fit in memory meanwhile",
		    (unsigned long long)lost);
		learn_notice(l, text);
	}
}

void
save_resolver(struct learn *l, double now)
{
	const struct store_resolver row = { l->resolver.bad,
	    l->resolver.bad_at, l->resolver.hold, l->resolver.hold_until };

	l->resolver_unsaved = l->store != NULL &&
	    store_resolver_save(l->store, &row) != 0;
	if (l->resolver_unsaved) {
		tick_unsaved(l, now);
	}
}

double
save_expire_due(const struct learn *l)
{
	return l->store != NULL ? l->expired + EXPIRE_SECONDS : INFINITY;
}

void
learn_flush_store(struct learn *l, double now)
{
	int rc;

	l->waiting_since = INFINITY;
	l->records = 0;
	if (l->store == NULL) {
		return;
	}
	if (l->resolver_unsaved) {
		save_resolver(l, now);
	}
	rc = batch_write(l->batch, l);
	if (rc == 0 && now >= save_expire_due(l)) {
		l->expired = now;
		rc = store_expire(l->store, now);
	}
	if (rc != 0) {
		tick_unsaved(l, now);
	}
	save_result(l, rc);
}

/* ---- taking up ---- */

/* A liar is one until three probes say otherwise: they are due now. */
static void
restore_resolver(struct learn *l, double now)
{
	struct resolver *r = &l->resolver;
	struct store_resolver row;

	if (l->store == NULL || r->bad ||
	    store_resolver_load(l->store, &row) != 0 || !row.bad) {
		return;
	}
	r->bad = true;
	r->clean = 0;
	r->next = now;
	r->bad_at = fmin(row.bad_at, now);
	r->hold = fmin(fmax(row.hold, 0), HOUR);
	r->hold_until = fmin(row.hold_until, now + r->hold);
	learn_apply_all(l, ZEV_RESOLVER_BAD, now);
	learn_notice(l, "the resolver was found to answer for names that do "
	    "not exist before the restart: no DNS list counts until it is "
	    "seen not to");
}

struct goods {
	struct good *good;
	double now;
};

static void
restore_good(const struct good_row *r, void *arg)
{
	const struct goods *to = arg;

	good_restore(to->good, r, to->now);
}

void
save_restore_all(struct learn *l, double now)
{
	struct goods to = { l->good, now };

	if (l->store == NULL || l->restored) {
		return;
	}
	l->restored = true;
	if (store_goods(l->store, restore_good, &to) != 0) {
		save_result(l, -1);
	}
	restore_resolver(l, now);
}

void
save_restore_zone(struct learn *l, struct zone_slot *slot, double now)
{
	struct zone_event ev = { .type = ZEV_RESTART, .now = now };
	struct zone_model z = slot->model;
	int rc;

	if (l->store == NULL) {
		return;
	}
	rc = store_zone_load(l->store, &z);
	if (rc < 0) {
		save_result(l, rc);
		return;
	}
	if (rc > 0 || z.kind != slot->model.kind) {
		return;
	}
	/* what the operator says is known already when the store comes late */
	z.allow = slot->model.allow;
	z.w_operator = slot->model.w_operator;
	z.stale_after = slot->model.stale_after;
	z.must_not_off = slot->model.must_not_off;
	z.must_not = z.must_not_off ? 0 : z.must_not;
	slot->model = z;
	slot->restored = true;
	learn_apply(l, slot, &ev);
}

static void
restore_late(struct learn *l, double now)
{
	save_restore_all(l, now);
	for (size_t i = 0; i < l->n_zones; i++) {
		/* what we saw since the start is newer than what it has */
		if (!l->zones[i]->restored &&
		    l->zones[i]->model.state == ZONE_NEW) {
			save_restore_zone(l, l->zones[i], now);
		}
		l->zones[i]->unsaved = true;
	}
}

uint64_t
learn_set_store(struct learn *l, struct store *s, double now)
{
	l->store = s;
	l->store_failing = false;
	restore_late(l, now);
	save_resolver(l, now);
	learn_flush_store(l, now);
	return l->store_failing ? 0 : batch_lost(l->batch);
}

int
learn_recall(struct learn *l, const char *path, double now)
{
	struct store *s;
	struct err e;

	if (store_open(path, true, &s, &e) != 0) {
		return -1;
	}
	l->store = s;
	l->store_failing = true;	/* nothing is written, nothing said */
	restore_late(l, now);
	l->store = NULL;
	l->store_failing = false;
	store_close(&s);
	return 0;
}

bool
learn_has_store(const struct learn *l)
{
	return l->store != NULL;
}

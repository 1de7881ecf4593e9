/*
 * learn - the brain: records and probe answers in, a zone table out.
 *
 * Called by the keeper, by the standalone programs and by tests, all from one
 * thread.  intake.c turns records and answers into events for the machine;
 * here what the machine wishes is done through the hooks, and the store is
 * kept up to date.
 *
 * Order of wishes: publish first (a weight that falls must fall in every
 * worker before anything else), then the history and the log, then a new
 * resolver context, then probes, whose hook may report back at once.
 *
 * Without a store, or with one that fails, the brain goes on in memory and
 * tries again at each flush; the notice hook hears of it once, and once more
 * when it is over.
 *
 * Limits: LIMIT_ZONES zones; records of other zones are ignored.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"

/* With half a second in the workers: nothing older than one is lost. */
#define FLUSH_SECONDS	0.5
#define FLUSH_RECORDS	500u
#define EXPIRE_SECONDS	HOUR
#define TICK_MIN	0.05
#define TICK_MAX	10.0
/* Zones without a working must-list before the resolver is blamed (F10). */
#define STRIPPED_ZONES	3u
/* A busy hour of some lists at a large site: 512 KB. */
#define SEEN_SLOTS	65536u

struct zone_slot *
learn_find(const struct learn *l, const char *name)
{
	return name != NULL ? map_get(l->by_name, slice_cstr(name)) : NULL;
}

static void
notice(struct learn *l, const char *text)
{
	if (l->hooks.notice != NULL) {
		l->hooks.notice(l->hooks.arg, text);
	}
}

/* ---- the store ---- */

static void
store_result(struct learn *l, int rc)
{
	char text[400];
	uint64_t lost;

	if (rc != 0 && !l->store_failing) {
		l->store_failing = true;
		notice(l, store_error(l->store));
	} else if (rc == 0 && l->store_failing) {
		l->store_failing = false;
		lost = batch_lost(l->batch);
		snprintf(text, sizeof(text), "the zone database is written "
		    "again; %llu records did not fit in memory meanwhile",
		    (unsigned long long)lost);
		notice(l, text);
	}
}

static void
save_resolver(struct learn *l)
{
	const struct store_resolver row = { l->resolver.bad,
	    l->resolver.bad_at, l->resolver.hold, l->resolver.hold_until };

	l->resolver_unsaved = l->store != NULL &&
	    store_resolver_save(l->store, &row) != 0;
}

void
learn_flush_store(struct learn *l, double now)
{
	int rc;

	l->flushed = now;
	l->records = 0;
	if (l->store == NULL) {
		return;
	}
	if (l->resolver_unsaved) {
		save_resolver(l);
	}
	rc = batch_write(l->batch, l);
	if (rc == 0 && now - l->expired >= EXPIRE_SECONDS) {
		l->expired = now;
		rc = store_expire(l->store, now);
	}
	store_result(l, rc);
}

/* ---- wishes ---- */

static void
publish(struct learn *l)
{
	struct zone_entry e[LIMIT_ZONES];

	l->table_changed = false;
	if (l->hooks.publish == NULL) {
		return;
	}
	for (size_t i = 0; i < l->n_zones; i++) {
		zone_model_entry(&l->zones[i]->model, &e[i]);
	}
	l->hooks.publish(l->hooks.arg, e, l->n_zones);
}

static void
note(struct learn *l, struct zone_slot *slot, enum zone_state from,
    const char *source, double now)
{
	struct arena *scratch = arena_new();
	const char *json = proof_json(&slot->proof, &slot->model, from, now,
	    scratch);

	slot->unsaved = true;
	remind_begin(slot, now);
	batch_event(l->batch, &slot->model, now, from, json, source);
	if (l->store != NULL && !l->store_failing) {
		store_result(l, batch_write_events(l->batch, l->store));
	}
	if (l->hooks.transition != NULL) {
		l->hooks.transition(l->hooks.arg, &slot->model, from, json);
	}
	arena_free(&scratch);
}

/* Whose doing a transition is, in the history. */
static const char *
source_of(enum zone_event_type type)
{
	switch (type) {
	case ZEV_PIN:
	case ZEV_UNPIN:
		return "operator";
	case ZEV_PEER:
		return "peer";
	default:
		return "local";
	}
}

void
learn_apply(struct learn *l, struct zone_slot *slot,
    const struct zone_event *ev)
{
	enum zone_state from = zone_model_state(&slot->model);
	unsigned wishes = zone_model_event(&slot->model, ev);

	/* sums and baselines change without a wish */
	slot->unsaved |= wishes != 0 || ev->type != ZEV_TICK;
	if (wishes & WISH_PUBLISH) {
		l->table_changed = true;
	}
	if (wishes & WISH_NOTE) {
		publish(l);
		note(l, slot, from, source_of(ev->type), ev->now);
	}
	if ((wishes & WISH_APEX) && l->hooks.probe != NULL) {
		l->hooks.probe(l->hooks.arg, &slot->model, WISH_APEX);
	}
	if ((wishes & WISH_PANEL) && !pick_panel(l, slot, ev->now)) {
		learn_round_end(l, slot->model.name, ev->now);
		return;			/* nobody to ask */
	}
	if ((wishes & WISH_FLUSH) && l->hooks.flush != NULL) {
		l->hooks.flush(l->hooks.arg);
	}
	if ((wishes & WISH_PROBES) && l->hooks.probe != NULL) {
		l->hooks.probe(l->hooks.arg, &slot->model,
		    wishes & (WISH_PROBES | WISH_RESOLVER));
	}
}

static void
apply_all(struct learn *l, enum zone_event_type type, double now)
{
	struct zone_event ev = { .type = type, .now = now };

	for (size_t i = 0; i < l->n_zones; i++) {
		learn_apply(l, l->zones[i], &ev);
	}
}

/* ---- the resolver ---- */

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
	apply_all(l, ZEV_RESOLVER_BAD, now);
	notice(l, "the resolver was found to answer for names that do not "
	    "exist before the restart: no DNS list counts until it is seen "
	    "not to");
}

void
learn_resolver_changed(struct learn *l, const char *what, double now)
{
	char text[400];

	if (l->resolver.bad) {
		snprintf(text, sizeof(text), "the resolver answers for names "
		    "that do not exist (%s): no DNS list counts until it "
		    "stops; let tare ask the roots itself, or a resolver "
		    "that does not rewrite answers", what);
		notice(l, text);
		apply_all(l, ZEV_RESOLVER_BAD, now);
	} else {
		notice(l, "the resolver is honest again: DNS lists count as "
		    "their own states say");
		apply_all(l, ZEV_RESOLVER_OK, now);
	}
	publish(l);
	save_resolver(l);
}

/*
 * Lists whose test entry nobody sees are one thing, all of them at once
 * another: a resolver that strips answers in 127/8 (rebind protection).
 */
static void
check_stripped(struct learn *l)
{
	size_t without = 0, with = 0;

	for (size_t i = 0; i < l->n_zones; i++) {
		const struct zone_model *z = &l->zones[i]->model;

		if (!z->enrolled) {
			continue;
		}
		if (zone_has_entry(z) && z->state != ZONE_EMPTY) {
			with++;
		} else {
			without++;
		}
	}
	if (with > 0 || without < STRIPPED_ZONES) {
		l->stripped_told = false;
		return;
	}
	if (!l->stripped_told) {
		l->stripped_told = true;
		notice(l, "no DNS list answers for its test entry: the "
		    "resolver seems to strip answers in 127.0.0.0/8 (DNS "
		    "rebinding protection); exempt the list zones there, or "
		    "let tare ask the roots itself");
	}
}

/* ---- zones ---- */

struct learn *
learn_new(struct arena *a, struct store *s, const struct learn_hooks *h)
{
	struct learn *l = arena_alloc(a, sizeof(*l));

	l->arena = a;
	l->store = s;
	if (h != NULL) {
		l->hooks = *h;
	}
	l->by_name = map_new(a, true);
	l->by_hash = map_new(a, false);
	l->good = good_new(a);
	/* the seed of hash_bytes is this process's own secret */
	l->seen = seen_new(a, SEEN_SLOTS, hash_bytes("seen", 4));
	l->batch = batch_new(a);
	return l;
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

/* What belongs to no single zone. */
static void
restore_all(struct learn *l, double now)
{
	struct goods to = { l->good, now };

	if (l->store == NULL || l->restored) {
		return;
	}
	l->restored = true;
	if (store_goods(l->store, restore_good, &to) != 0) {
		store_result(l, -1);
	}
	restore_resolver(l, now);
}

/* Take the zone's life up where the store has it. */
static bool
restore(struct learn *l, struct zone_slot *slot, double now)
{
	struct zone_event ev = { .type = ZEV_RESTART, .now = now };
	struct zone_model z = slot->model;
	int rc;

	if (l->store == NULL) {
		return false;
	}
	rc = store_zone_load(l->store, &z);
	if (rc < 0) {
		store_result(l, rc);
		return false;
	}
	if (rc > 0 || z.kind != slot->model.kind) {
		return false;
	}
	z.allow = slot->model.allow;
	slot->model = z;
	slot->restored = true;
	learn_apply(l, slot, &ev);
	return true;
}

int
learn_zone_add(struct learn *l, const char *name, uint8_t kind, bool allow,
    double now)
{
	struct slice key = slice_cstr(name);
	struct zone_event bad = { .type = ZEV_RESOLVER_BAD, .now = now };
	struct zone_slot *slot;
	uint64_t hash;

	if (map_has(l->by_name, key)) {
		return 0;
	}
	if (key.n == 0 || key.n >= LIMIT_ZONE_NAME ||
	    l->n_zones == LIMIT_ZONES) {
		return -1;
	}
	restore_all(l, now);
	slot = arena_alloc(l->arena, sizeof(*slot));
	zone_model_init(&slot->model, arena_lower(l->arena, key).p, kind, now);
	slot->model.allow = allow;
	slot->unsaved = true;
	slot->number = (uint32_t)l->n_zones;
	hash = record_name_hash(key);
	map_put(l->by_name, key, slot);
	map_put(l->by_hash, slice_make((const char *)&hash, sizeof(hash)),
	    slot);
	l->zones[l->n_zones++] = slot;
	l->table_changed = true;
	restore(l, slot, now);
	remind_begin(slot, now);
	if (l->resolver.bad) {
		learn_apply(l, slot, &bad);
	}
	return 0;
}

void
learn_zone_policy(struct learn *l, const char *name,
    const struct zone_policy *p)
{
	struct zone_slot *slot = map_get(l->by_name, slice_cstr(name));

	if (slot == NULL) {
		return;
	}
	slot->quota = p->quota;
	slot->model.w_operator = p->weight;
	slot->model.must_not_off = p->must_not_off;
	if (p->must_not_off) {
		slot->model.must_not = 0;
	}
	slot->unsaved = true;
	l->table_changed = true;
}

void
learn_set_store(struct learn *l, struct store *s, double now)
{
	l->store = s;
	l->store_failing = false;
	if (s == NULL) {
		return;
	}
	restore_all(l, now);
	save_resolver(l);
	for (size_t i = 0; i < l->n_zones; i++) {
		/* what we saw since the start is newer than what it has */
		if (!l->zones[i]->restored &&
		    l->zones[i]->model.state == ZONE_NEW) {
			restore(l, l->zones[i], now);
		}
		l->zones[i]->unsaved = true;
	}
	learn_flush_store(l, now);
}

size_t
learn_zones(const struct learn *l)
{
	return l->n_zones;
}

const struct zone_model *
learn_zone(const struct learn *l, size_t i)
{
	return i < l->n_zones ? &l->zones[i]->model : NULL;
}

const struct zone_model *
learn_zone_find(const struct learn *l, const char *name)
{
	const struct zone_slot *slot = learn_find(l, name);

	return slot != NULL ? &slot->model : NULL;
}

bool
learn_resolver_bad(const struct learn *l)
{
	return l->resolver.bad;
}

void
learn_stale_after(struct learn *l, double seconds)
{
	for (size_t i = 0; i < l->n_zones; i++) {
		l->zones[i]->model.stale_after = seconds;
	}
}

int
learn_known_good(struct learn *l, const char *subject, double now)
{
	struct good_row row;

	if (good_row_of(slice_cstr(subject), slice_make(NULL, 0), &row) != 0) {
		return -1;
	}
	good_by_operator(l->good, &row, now);
	return 0;
}

/* ---- operators ---- */

int
learn_pin(struct learn *l, const char *zone, enum zone_state pin,
    double weight, double until, double now)
{
	struct zone_slot *slot = learn_find(l, zone);
	struct zone_event ev = { .type = pin == ZONE_NEW ? ZEV_UNPIN : ZEV_PIN,
	    .now = now, .value = (int)pin, .number = weight, .until = until };

	if (slot == NULL || !(weight >= 0 && weight <= 1) ||
	    !(until >= 0) || (pin != ZONE_NEW && pin != ZONE_PINNED_ON &&
	    pin != ZONE_PINNED_OFF)) {
		return -1;
	}
	learn_apply(l, slot, &ev);
	return 0;
}

int
learn_probe(struct learn *l, const char *zone, double now)
{
	struct zone_slot *slot = learn_find(l, zone);
	struct zone_event ev = { .type = ZEV_PROBE, .now = now };

	if (slot == NULL) {
		return -1;
	}
	learn_apply(l, slot, &ev);
	return 0;
}

/* ---- time ---- */

/* When something of this zone is due. */
static double
zone_due(const struct zone_model *z)
{
	double due = INFINITY;

	if (z->round.kind == 0 && !z->resolver_bad) {
		due = z->next_probe;
		if (alarm_panel_due(z)) {
			due = fmin(due, z->panel_next);
		}
	}
	due = fmin(due, apex_next(z));
	if (z->pin != ZONE_NEW && z->pin_until > 0) {
		due = fmin(due, z->pin_until);
	}
	return due;
}

static void
tick_resolver(struct learn *l, double now)
{
	if (now < l->resolver.next || l->n_zones == 0) {
		return;
	}
	/* a probe that is lost must not be the last one */
	l->resolver.next = now + (l->resolver.bad ? 10.0 : 5 * MINUTE);
	if (l->hooks.probe != NULL) {
		l->hooks.probe(l->hooks.arg, NULL, WISH_RESOLVER);
	}
}

double
learn_tick(struct learn *l, double now)
{
	double due = now + TICK_MAX;

	tick_resolver(l, now);
	apply_all(l, ZEV_TICK, now);
	check_stripped(l);
	remind_zones(l, now);
	quota_check(l, now);
	if (l->table_changed) {
		publish(l);
	}
	if (now - l->flushed >= FLUSH_SECONDS || now < l->flushed ||
	    l->records >= FLUSH_RECORDS) {
		learn_flush_store(l, now);
	}
	due = fmin(due, fmin(l->resolver.next, l->flushed + FLUSH_SECONDS));
	for (size_t i = 0; i < l->n_zones; i++) {
		due = fmin(due, zone_due(&l->zones[i]->model));
	}
	return fmax(due, now + TICK_MIN);
}

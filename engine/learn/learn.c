/*
 * learn - the brain: records and probe answers in, a zone table out.
 *
 * Called by the keeper, by the standalone programs and by tests, all from one
 * thread.  intake.c turns records and answers into events for the machine;
 * here what the machine wishes is done through the hooks.  save.c keeps the
 * store up to date, tick.c looks at the clock.
 *
 * Order of wishes: publish first (a weight that falls must fall in every
 * worker before anything else), then the history and the log, then a new
 * resolver context, then probes, whose hook may report back at once.
 *
 * Limits: LIMIT_ZONES zones; records of other zones are ignored.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <math.h>
#include <stdio.h>

#include "base/map.h"

/* A busy hour of some lists at a large site: 512 KB. */
#define SEEN_SLOTS	65536u

struct zone_slot *
learn_find(const struct learn *l, const char *name)
{
	return name != NULL ? map_get(l->by_name, slice_cstr(name)) : NULL;
}

void
learn_notice(struct learn *l, const char *text)
{
	if (l->hooks.notice != NULL) {
		l->hooks.notice(l->hooks.arg, text);
	}
}

/* ---- wishes ---- */

void
learn_publish(struct learn *l)
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
		save_result(l, batch_write_events(l->batch, l->store));
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
	case ZEV_PEER_DOUBTS:
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
	if (wishes != 0 || ev->type != ZEV_TICK) {
		slot->unsaved = true;
		tick_unsaved(l, ev->now);
	}
	if (wishes & WISH_PUBLISH) {
		l->table_changed = true;
	}
	if (wishes & WISH_NOTE) {
		learn_publish(l);
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

void
learn_apply_all(struct learn *l, enum zone_event_type type, double now)
{
	struct zone_event ev = { .type = type, .now = now };

	for (size_t i = 0; i < l->n_zones; i++) {
		learn_apply(l, l->zones[i], &ev);
	}
}

/* ---- the resolver ---- */

void
learn_resolver_changed(struct learn *l, const char *what, double now)
{
	char text[400];

	if (l->resolver.bad) {
		snprintf(text, sizeof(text), "the resolver answers for names "
		    "that do not exist (%s): no DNS list counts until it "
		    "stops; let tare ask the roots itself, or a resolver "
		    "that does not rewrite answers", what);
		learn_notice(l, text);
		learn_apply_all(l, ZEV_RESOLVER_BAD, now);
	} else {
		learn_notice(l, "the resolver is honest again: DNS lists "
		    "count as their own states say");
		learn_apply_all(l, ZEV_RESOLVER_OK, now);
	}
	learn_publish(l);
	save_resolver(l, now);
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
	l->waiting_since = INFINITY;
	return l;
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
	save_restore_all(l, now);
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
	save_restore_zone(l, slot, now);
	remind_begin(slot, now);
	tick_unsaved(l, now);
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
	tick_unsaved(l, now);
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

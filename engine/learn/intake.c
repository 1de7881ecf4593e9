/*
 * intake - records of workers and answers to probes, made into events.
 *
 * Called by the keeper through learn.h.  Each answer that matters is
 * described once ("question -> answer"), remembered as proof, queued for the
 * probe ring, shown to the resolver's watch, and then told to the machine.
 *
 * The order is an invariant: the resolver's watch comes before the machine, so
 * that a lie told by the resolver is known as one before a zone is judged.
 *
 * Failures of live lookups come as records of their own, in their place among
 * the counts of what was answered; the counters of failures are only summed.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

_Static_assert(offsetof(struct record_counts, zone) ==
    offsetof(struct record_answer, zone) &&
    offsetof(struct record_counts, zone) ==
    offsetof(struct record_exposure, zone), "one place for the zone's name");

/* Until now healthy, or never seen: only such a zone can turn bad. */
static bool
can_turn(const struct zone_model *z)
{
	return suspect_possible(z) ||
	    (z->state == ZONE_NEW && z->reason == REASON_NONE);
}

static void
zone_turned(struct learn *l, struct zone_slot *slot, uint32_t addr,
    const char *what, double now)
{
	size_t i = 0;

	if (!can_turn(&slot->model)) {
		return;
	}
	while (i < l->n_zones && l->zones[i] != slot) {
		i++;
	}
	if (resolver_turned(&l->resolver, i, addr, l->n_zones, now)) {
		learn_resolver_changed(l, what, now);
	}
}

/* ---- records from the workers ---- */

static void
add_counts(struct record_counts *sum, const struct record_counts *c)
{
	sum->lookups += c->lookups;
	sum->listed += c->listed;
	sum->clean += c->clean;
	sum->bogus += c->bogus;
	sum->blocked += c->blocked;
	sum->unmapped += c->unmapped;
	sum->unknown += c->unknown;
	sum->controls += c->controls;
	sum->controls_dirty += c->controls_dirty;
	sum->voided += c->voided;
}

void
intake_hour(struct learn *l, struct zone_slot *slot, double now)
{
	if (slot->counts.head.at > 0 &&
	    floor(slot->counts.head.at / HOUR) != floor(now / HOUR)) {
		learn_flush_store(l, now);
	}
	if (slot->counts.head.at <= 0) {
		record_text(slot->counts.zone, sizeof(slot->counts.zone),
		    slice_cstr(slot->model.name));
		slot->counts.head.at = now;
	}
}

static void
on_counts(struct learn *l, struct zone_slot *slot,
    const struct record_counts *c, double now)
{
	struct zone_event lookups = { .type = ZEV_LOOKUPS, .now = now,
	    .n = c->listed + c->clean + c->unmapped + c->bogus + c->blocked,
	    .number = c->rtt_ms_max / 1000.0 };

	intake_hour(l, slot, now);
	add_counts(&slot->counts, c);
	learn_apply(l, slot, &lookups);
}

static void
probe_row(struct learn *l, const struct zone_slot *slot,
    const struct sighting *s, const struct store_probe_row *more)
{
	struct store_probe_row row = *more;
	const char *arrow = strstr(s->what, " -> ");

	row.at = s->at;
	row.zone = slot->model.name;
	row.kind = s->kind;
	row.verdict = proof_class(s->cls);
	row.answer = arrow != NULL ? arrow + 4 : "";
	batch_probe(l->batch, &row);
	if (l->hooks.seen != NULL) {
		l->hooks.seen(l->hooks.arg, &row);
	}
}

/* A test entry that is listed is no evidence against anybody. */
static bool
as_it_must(const char *kind, int cls)
{
	return (cls == ASK_LISTED || cls == ASK_UNMAPPED) &&
	    (strcmp(kind, proof_kind(CANARY_MUST_LIST)) == 0 ||
	    strcmp(kind, proof_kind(CANARY_MUST_LIST6)) == 0);
}

/* Describe, remember and queue one answer; dst gets "qname -> answer". */
static void
witness(struct learn *l, struct zone_slot *slot, const char *kind,
    const struct proof_answer *a, const struct store_probe_row *more,
    double now, char dst[ZONE_DETAIL])
{
	struct sighting s = { .at = now, .kind = kind, .cls = a->cls };

	proof_describe(a, s.what);
	memcpy(dst, s.what, ZONE_DETAIL);
	if (a->cls != ASK_CLEAN && !as_it_must(kind, a->cls)) {
		proof_add(&slot->proof, now, kind, a->cls, s.what);
	}
	probe_row(l, slot, &s, more);
}

static int
rcode_of(const struct record_answer *r)
{
	return r->rcode == 255 ? -1 : r->rcode;
}

/*
 * A control of a shape that the zone is not probed with: IPv6 where that pool
 * does not work, an address in a list of domains.  Dirty, it voids the listing
 * it was asked for, which is the worker's to do; of what the zone otherwise
 * says it tells nothing.
 */
static bool
of_foreign_shape(const struct zone_model *z, const struct record_answer *r)
{
	struct slice key = slice_cstr(r->qname);
	size_t zone = strlen(z->name) + 1;
	struct ip ip;

	if (!r->is_control || z->kind == ZONE_KIND_HASH || key.n <= zone ||
	    ip_parse_reversed(slice_sub(key, 0, key.n - zone), &ip) != 0) {
		return false;
	}
	return z->kind == ZONE_KIND_DOMAIN ||
	    (!ip.v4 && !(z->pools & POOL_DOC6));
}

static void
on_answer(struct learn *l, struct zone_slot *slot,
    const struct record_answer *r, double now)
{
	struct in_addr addr[LIMIT_ANSWER_ADDRS];
	struct proof_answer a = { .qname = r->qname, .addr = addr,
	    .n_addr = r->n_addr, .rcode = rcode_of(r), .cls = r->cls };
	struct store_probe_row more = { .qname = r->qname,
	    .rcode = a.rcode, .rtt_ms = r->rtt_ms };
	struct zone_event ev = { .now = now, .value = r->cls };
	char detail[ZONE_DETAIL];

	if (r->cls == ASK_UNKNOWN && !r->is_control) {
		ev.type = ZEV_FAILURE;
		ev.rcode = a.rcode;
		learn_apply(l, slot, &ev);
		return;
	}
	for (unsigned i = 0; i < r->n_addr; i++) {
		addr[i].s_addr = r->addr[i];
	}
	ev.detail = detail;
	if (r->is_control && r->cls == ASK_CLEAN) {
		proof_describe(&a, detail);	/* too many for the ring */
	} else {
		witness(l, slot, r->is_control ? "control" : "answer", &a,
		    &more, now, detail);
	}
	if (r->cls == ASK_BOGUS && r->n_addr > 0) {
		zone_turned(l, slot, r->addr[0], detail, now);
	}
	if (r->is_control && (r->cls == ASK_LISTED ||
	    r->cls == ASK_UNMAPPED) && of_foreign_shape(&slot->model, r)) {
		return;
	}
	if (r->is_control) {
		ev.type = ZEV_CONTROL;
	} else if (r->cls == ASK_BOGUS) {
		ev.type = ZEV_ANSWER_BOGUS;
	} else if (r->cls == ASK_BLOCKED) {
		ev.type = ZEV_ANSWER_BLOCKED;
	} else {
		return;
	}
	learn_apply(l, slot, &ev);
}

static void
on_zone_record(struct learn *l, const union record *r, double now)
{
	struct zone_slot *slot = learn_find(l, r->counts.zone);

	if (slot == NULL) {
		return;
	}
	switch (r->head.type) {
	case RECORD_COUNTS:
		on_counts(l, slot, &r->counts, now);
		break;
	case RECORD_ANSWER:
	case RECORD_CONTROL:
		on_answer(l, slot, &r->answer, now);
		break;
	case RECORD_EXPOSURE:
		batch_exposure(l->batch, &r->exposure);
		break;
	default:
		break;
	}
}

void
learn_record(struct learn *l, const union record *r, double now)
{
	switch (r->head.type) {
	case RECORD_SUBJECTS:
		tally_subjects(l, &r->subjects, now);
		break;
	case RECORD_MESSAGE:
		tally_message(l, &r->message, now);
		break;
	default:
		on_zone_record(l, r, now);
		break;
	}
	l->records++;
	tick_unsaved(l, now);
}

/* ---- probes ---- */

static void
on_global(struct learn *l, const struct ask_answer *ans, double now)
{
	struct proof_answer a = { .qname = ans->qname, .addr = ans->addr,
	    .n_addr = ans->n_addr, .rcode = ans->rcode,
	    .cls = (int)ans->cls };
	char what[ZONE_DETAIL];

	proof_describe(&a, what);
	if (resolver_probed(&l->resolver, (int)ans->cls, now)) {
		learn_resolver_changed(l, what, now);
	}
}

void
learn_canary(struct learn *l, const char *zone, enum canary probe,
    const struct ask_answer *ans, double now)
{
	struct zone_slot *slot = learn_find(l, zone);
	struct proof_answer a = { .qname = ans->qname, .addr = ans->addr,
	    .n_addr = ans->n_addr, .rcode = ans->rcode,
	    .cls = (int)ans->cls };
	struct store_probe_row more = { .qname = ans->qname,
	    .rcode = ans->rcode, .rtt_ms = ans->rtt * 1000 };
	char detail[ZONE_DETAIL];
	struct zone_event ev = { .type = ZEV_CANARY, .now = now,
	    .value = (int)ans->cls, .probe = (int)probe,
	    .rcode = ans->rcode, .number = ans->rtt, .detail = detail };

	if (probe == CANARY_INVALID) {
		on_global(l, ans, now);
		return;
	}
	if (slot == NULL || (probe == CANARY_PANEL &&
	    !pick_turn(slot, ans->qname, &ev.turn))) {
		return;
	}
	witness(l, slot, proof_kind(probe), &a, &more, now, detail);
	if (ans->cls == ASK_BOGUS && ans->n_addr > 0) {
		zone_turned(l, slot, ans->addr[0].s_addr, detail, now);
	}
	learn_apply(l, slot, &ev);
}

void
learn_apex(struct learn *l, const char *zone, const struct apex_seen *seen,
    double now)
{
	struct zone_slot *slot = learn_find(l, zone);
	struct zone_event ev = { .type = ZEV_APEX, .now = now,
	    .apex = seen };

	if (slot != NULL) {
		learn_apply(l, slot, &ev);
		slot->unsaved = true;
	}
}

void
learn_round_end(struct learn *l, const char *zone, double now)
{
	struct zone_slot *slot = learn_find(l, zone);
	struct zone_event ev = { .type = ZEV_ROUND_END, .now = now };

	if (slot != NULL) {
		learn_apply(l, slot, &ev);
	}
}

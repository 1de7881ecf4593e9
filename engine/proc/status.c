/*
 * status.c - what the master knows, as one JSON object.
 *
 * Totals are those of the workers that are gone plus those that run.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <unistd.h>

#include "base/clock.h"

static const char *
state_name(uint32_t state)
{
	static const char *const names[] = { [SLOT_FREE] = "free",
		[SLOT_STARTING] = "starting", [SLOT_READY] = "ready",
		[SLOT_DRAINING] = "draining" };

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "?";
}

static void
add_totals(struct buf *b, const struct totals *t)
{
	buf_addf(b, "\"scans\":%llu,\"spam\":%llu,\"ham\":%llu,"
	    "\"errors\":%llu,\"bytes\":%llu,\"dropped_records\":%llu",
	    (unsigned long long)t->scans, (unsigned long long)t->spam,
	    (unsigned long long)t->ham, (unsigned long long)t->errors,
	    (unsigned long long)t->bytes,
	    (unsigned long long)t->dropped_records);
}

static void
add_worker(struct buf *b, const struct daemon *d, const struct child *c)
{
	const struct worker_slot *ws = slots_at(d->slots, c->slot);
	struct totals t = { 0 };

	slot_add_totals(ws, &t);
	buf_addf(b, "{\"slot\":%u,\"pid\":%d,\"state\":\"%s\","
	    "\"generation\":\"%016llx\",\"inflight\":%u,"
	    "\"heartbeat_age_ms\":%llu,\"uptime\":%.0f,", c->slot,
	    (int)c->pid, state_name(ws->state),
	    (unsigned long long)c->generation, (unsigned)ws->inflight,
	    (unsigned long long)(slots_now_ms() - ws->heartbeat_ms),
	    clock_mono() - c->started);
	add_totals(b, &t);
	buf_addc(b, '}');
}

static void
add_workers(struct buf *b, const struct daemon *d, struct totals *sum)
{
	const char *comma = "";

	buf_adds(b, "\"workers\":[");
	for (unsigned i = 0; i < LIMIT_WORKERS; i++) {
		if (d->workers[i].pid == 0) {
			continue;
		}
		buf_adds(b, comma);
		add_worker(b, d, &d->workers[i]);
		slot_add_totals(slots_at(d->slots, i), sum);
		comma = ",";
	}
	buf_adds(b, "],");
}

static void
add_listeners(struct buf *b, const struct listeners *l)
{
	buf_adds(b, "\"listen\":[");
	for (size_t i = 0; i < l->n; i++) {
		buf_adds(b, i > 0 ? "," : "");
		buf_add_json(b, slice_cstr(l->v[i].name));
	}
	buf_adds(b, "],");
}

static void
add_reload(struct buf *b, const struct reload *r)
{
	static const char *const steps[] = { [RELOAD_IDLE] = "idle",
		[RELOAD_TRYING] = "trying", [RELOAD_STARTING] = "starting",
		[RELOAD_DRAINING] = "draining" };

	buf_addf(b, "\"reload\":{\"step\":\"%s\",\"last\":\"%s\",\"at\":%.0f,"
	    "\"why\":", steps[r->step], !r->happened ? "none" :
	    r->failed ? "failed" : "ok", r->at);
	buf_add_json(b, slice_cstr(r->why));
	buf_adds(b, "},");
}

struct slice
status_json(struct arena *a, const struct daemon *d)
{
	struct totals sum = d->totals;
	struct buf b;

	buf_init(&b, a);
	buf_addf(&b, "{\"version\":\"%s\",\"pid\":%d,\"uptime\":%.0f,"
	    "\"generation\":\"%016llx\",\"rules\":%zu,", PACKAGE_VERSION,
	    (int)getpid(), clock_wall() - d->started,
	    (unsigned long long)d->engine->generation,
	    d->engine->rs->rules.n);
	add_listeners(&b, &d->listeners);
	add_reload(&b, &d->reload);
	buf_addf(&b, "\"keeper\":{\"pid\":%d,\"restarts\":%u},",
	    (int)d->keeper.pid, d->keeper_restarts);
	add_workers(&b, d, &sum);
	buf_adds(&b, "\"totals\":{");
	add_totals(&b, &sum);
	buf_addf(&b, ",\"crashes\":%u}}", d->worker_crashes);
	return buf_slice(&b);
}

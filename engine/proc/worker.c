/*
 * worker.c - the process that scans: one loop, many scans in flight.
 *
 * It keeps the listening sockets, the sending end of the records, its slot
 * and a read-only mapping of the zone table; everything else is closed before
 * the first byte of mail arrives.  Which connections it takes: accept.c.
 *
 * SIGTERM (and the death of the master) drains: no more accepting, scans are
 * finished, then the process ends.
 *
 * Fatal: no memory, no event loop, no resolver.  The master starts another.
 */
#include "config.h"

#include "proc/worker-priv.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"

#define CROWD		64	/* connections at once */
#define CALM_SHARE	4	/* of it, or less, … */
#define CALM_TICKS	20	/* … for ten seconds: it is over */

void
worker_heartbeat(struct worker *w)
{
	w->slot->heartbeat_ms = slots_now_ms();
}

/* Tell the master to look at the slots now. */
static void
wake_master(struct worker *w)
{
	uint64_t one = 1;

	if (write(w->d->wake_fd, &one, sizeof(one)) < 0) {
		log_line(LOG_L_DEBUG, "event=wake why=\"%s\"",
		    strerror(errno));
	}
}

/* ---- draining ---- */

static void
drain(struct worker *w)
{
	if (w->draining) {
		return;
	}
	/* who is in the queue of a socket that is about to go is served */
	for (size_t i = 0; i < w->d->listeners.n; i++) {
		accept_some(w, &w->d->listeners.v[i]);
	}
	w->draining = true;
	accept_switch(w, false);
	sweep_drain(w);
	w->slot->state = SLOT_DRAINING;
	wake_master(w);
	worker_room(w);
}

void
worker_room(struct worker *w)
{
	unsigned max = w->d->opt.max_scans;

	if (max != 0 && w->scans_done >= max && !w->draining) {
		drain(w);
		return;
	}
	if (w->draining) {
		if (w->n_conns == 0) {
			event_base_loopbreak(w->base);
		}
		return;
	}
	accept_update(w);
}

static void
on_term(evutil_socket_t fd, short what, void *arg)
{
	drain(arg);
}

/*
 * When a list is slow hundreds of messages wait at once.  What they took lies
 * between what is still in use, and libc keeps it for good unless it is told.
 */
static void
give_back(struct worker *w)
{
	if (w->crowd < CROWD || w->n_conns >= w->crowd / CALM_SHARE) {
		w->calm = 0;
		return;
	}
	if (++w->calm >= CALM_TICKS) {
		w->crowd = w->calm = 0;
		mem_trim();
	}
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	struct ask *ask = scanner_ask(w->scanner);

	worker_heartbeat(w);
	sweep_tick(w);
	queue_tick(w);
	accept_tick(w);
	if (ask != NULL) {
		ask_report(ask);
	}
	give_back(w);
	worker_room(w);
}

/* ---- life ---- */

static void
on_evidence(const struct record_head *record, void *arg)
{
	struct worker *w = arg;

	/* learning may lose, scanning never waits */
	if (record_send(w->d->record_fd[1], record) != 0) {
		w->slot->dropped_records++;
	}
}

static void
drop_inherited(struct worker *w)
{
	struct daemon *d = w->d;

	slots_keep(d->slots, w->index);
	zone_table_close(&d->zones);
	close(d->record_fd[0]);
	close(d->keeper_fd[1]);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

/*
 * Deadlines count from when they are set, not from when the loop's turn began,
 * as libevent has it: a scan may have had the CPU for seconds by then, and the
 * client of its reply would be cut off.
 */
static struct event_base *
loop_new(void)
{
	struct event_config *ec = event_config_new();
	struct event_base *base = NULL;

	if (ec != NULL && event_config_set_flag(ec,
	    EVENT_BASE_FLAG_NO_CACHE_TIME) == 0) {
		base = event_base_new_with_config(ec);
	}
	if (ec != NULL) {
		event_config_free(ec);
	}
	return base;
}

static void
open_engine(struct worker *w)
{
	struct err e = { .code = ERR_NONE };
	struct scanner_options so = { .evidence = on_evidence,
		.evidence_arg = w, .worker = w->index,
		.clock_start = w->d->clock.start, .board = w->d->board };
	const struct engine *eng = w->d->engine;

	w->base = loop_new();
	w->zones = zone_table_open(w->d->zone_fd, &e);
	if (w->base == NULL || w->zones == NULL) {
		fatal("worker: %s", w->base == NULL ? "no event loop" :
		    e.text);
	}
	so.base = w->base;
	so.zones = w->zones;
	if (scanner_new(eng, &so, &w->scanner, &e) != 0) {
		fatal("worker: %s", e.text);
	}
	w->report = engine_report_conf(eng);
	w->message_limit = (size_t)conf_int(eng->conf, "max_message_size");
}

static void
open_events(struct worker *w)
{
	/* what is counted and not yet told goes with a killed worker */
	static const struct timeval half_second = { 0, 500000 };

	accept_open(w);
	w->tick = event_new(w->base, -1, EV_PERSIST, on_tick, w);
	w->term = evsignal_new(w->base, SIGTERM, on_term, w);
	if (w->tick == NULL || w->term == NULL) {
		fatal("no event: out of memory");
	}
	event_add(w->tick, &half_second);
	event_add(w->term, NULL);
}

static void
close_all(struct worker *w)
{
	if (scanner_ask(w->scanner) != NULL) {
		ask_report(scanner_ask(w->scanner));
	}
	scanner_free(&w->scanner);
	user_names_free(&w->names);
	accept_close(w);
	event_free(w->tick);
	event_free(w->term);
	event_base_free(w->base);
	zone_table_close(&w->zones);
}

void
worker_main(struct daemon *d, unsigned slot)
{
	struct worker w = { .d = d, .index = slot,
		.slot = slots_at(d->slots, slot),
		.max_scans = d->opt.max_inflight,
		.max_conns = accept_max_conns(d->opt.max_inflight),
		.names = user_names_load() };

	w.queue_end = &w.queue;
	drop_inherited(&w);
	open_engine(&w);
	open_events(&w);
	priv_restrict(ROLE_WORKER, d);
	worker_heartbeat(&w);
	w.slot->state = SLOT_READY;
	wake_master(&w);
	accept_switch(&w, true);
	event_base_dispatch(w.base);
	close_all(&w);
	exit(0);
}

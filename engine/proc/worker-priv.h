/*
 * worker-priv - the worker process and its connections.
 *
 * Story of one request.  The loop accepts; conn.c reads pieces into the wire
 * parser under a deadline that moves with progress.  When the request is
 * whole it waits for one of max_inflight places, then scan_start does the CPU
 * work and returns; other connections are served while DNS answers arrive;
 * the scan's callback makes the whole reply; conn.c writes it, half-closes,
 * reads on for a moment so that the reply is not lost to a reset, and closes.
 */
#ifndef PROC_WORKER_PRIV_H
#define PROC_WORKER_PRIV_H

#include <event2/event.h>

#include "proc/proc-priv.h"
#include "wire/wire.h"

struct conn;

struct worker {
	struct daemon *d;
	unsigned index;
	struct worker_slot *slot;
	struct event_base *base;
	struct zone_table *zones;
	struct scanner *scanner;
	struct report_conf report;
	struct event *accept[LISTEN_MAX], *tick, *term;
	struct conn *conns;		/* all, newest first */
	struct conn *queue, **queue_end; /* whole requests without a place */
	unsigned n_conns, n_scans, max_scans, max_conns;
	uint64_t scans_done;
	size_t message_limit;
	size_t held;			/* bytes received on open conns */
	bool accepting, draining;
};

/* conn.c.  Takes fd; all errors are its own affair. */
void conn_new(struct worker *w, int fd, const struct listener *l);
/* Once a second: scans whose client is gone are cancelled; silent
 * connections give way when there are too many. */
void conn_tick(struct worker *w);
/* Draining: those that have not begun to speak get little time. */
void conn_drain(struct worker *w);
/* worker.c: a connection or scan ended. */
void worker_room(struct worker *w);
void worker_heartbeat(struct worker *w);

/* place.c: which message is scanned where. */
unsigned place_take(struct worker *w, uint64_t fingerprint);
void place_busy(struct worker *w, unsigned place, bool busy);
void place_leave(struct worker *w, unsigned place);

/* ---- outcome.c: a verdict as a reply and as a log line ---- */
struct peer {
	char host[128], addr[128], port[128];
};
/* peer.c; listener: what a unix client has for a port. */
void peer_name(struct peer *p, int fd, const char *listener);
struct outcome {
	const struct wire_request *rq;
	const struct report_conf *report;
	const struct peer *peer;
	struct scan *scan;
	const struct verdict *verdict;
	double seconds;
};
struct slice outcome_reply(struct arena *a, const struct outcome *o);
void outcome_log(const struct outcome *o);

#endif

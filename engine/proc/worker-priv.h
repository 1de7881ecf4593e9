/*
 * worker-priv - the worker process and its connections.
 *
 * Story of one request.  The loop accepts (accept.c); conn.c reads pieces into
 * the wire parser under deadlines.  When the request is whole it waits for one
 * of max_inflight places (queue.c), then scan_start does the CPU work and
 * returns; other connections are served while DNS answers arrive; the scan's
 * callback makes the whole reply; conn.c writes it, half-closes, reads on for
 * a moment so that the reply is not lost to a reset, and closes.
 */
#ifndef PROC_WORKER_PRIV_H
#define PROC_WORKER_PRIV_H

#include <event2/event.h>

#include "proc/proc-priv.h"
#include "wire/wire.h"

struct peer {
	char host[128], addr[128], port[128];
	bool known;		/* a unix socket said who it is */
	uid_t uid;
};

enum conn_phase {
	CONN_READ, CONN_QUEUED, CONN_SCAN, CONN_WRITE, CONN_LINGER
};

struct conn {
	struct worker *w;
	struct conn *next, **prev;	/* in w->conns */
	struct conn *queue_next;
	int fd;
	enum conn_phase phase;
	struct arena *arena;		/* from the first byte on */
	struct wire_parser *parser;
	struct event *io, *timer;
	struct scan *scan;
	unsigned place;			/* index of our fingerprint */
	struct slice reply;		/* what is left to write */
	struct slice user;		/* whose mail it is, for the log */
	size_t received, lingered;
	double accepted;		/* monotonic */
	double since;			/* the present phase began */
	struct peer peer;
};

struct worker {
	struct daemon *d;
	unsigned index;
	struct worker_slot *slot;
	struct event_base *base;
	struct zone_table *zones;
	struct scanner *scanner;
	struct report_conf report;
	struct user_names *names;
	struct event *accept[LISTEN_MAX], *sample, *tick, *term;
	struct conn *conns;		/* all, newest first */
	struct conn *queue, **queue_end; /* whole requests without a place */
	unsigned n_conns, n_scans, n_queued, max_scans, max_conns;
	unsigned pressed;		/* see accept.c */
	/* most conns since memory was given back; ticks without many */
	unsigned crowd, calm;
	unsigned next_place;		/* where place_take looks first */
	/* since the last tick, for one log line each */
	unsigned n_busy, n_refused;
	char refused[64];
	uint64_t scans_done;
	size_t message_limit;
	size_t held;			/* bytes received on open conns */
	bool accepting, draining;
};

/* ---- accept.c ---- */
unsigned accept_max_conns(unsigned max_scans);
void accept_open(struct worker *w);
void accept_close(struct worker *w);
void accept_switch(struct worker *w, bool on);
/* On if there is a place. */
void accept_update(struct worker *w);
void accept_some(struct worker *w, const struct listener *l);
void accept_tick(struct worker *w);

/* ---- conn.c.  Takes fd; all errors are its own affair. ---- */
void conn_new(struct worker *w, int fd, const struct listener *l);
/* The same, but it is told "busy" without being read. */
void conn_turn_away(struct worker *w, int fd, const struct listener *l);
/* It has a place now. */
void conn_scan(struct conn *c);
/* It will not get one.  c may be gone afterwards. */
void conn_busy(struct conn *c);
/* Whatever it was doing; others may take its place, and end, too. */
void conn_free(struct conn *c);
#define CONN_DRAIN_SECONDS	5	/* draining: for silent clients */

/* ---- sweep.c ---- */
void sweep_tick(struct worker *w);
/* Draining: those that have not begun to speak get little time. */
void sweep_drain(struct worker *w);

/* ---- queue.c ---- */
bool queue_is_full(const struct worker *w);
void queue_add(struct worker *w, struct conn *c);
void queue_remove(struct worker *w, struct conn *c);
/* Whole requests take the places that became free. */
void queue_run(struct worker *w);
void queue_tick(struct worker *w);

/* ---- worker.c: a connection or scan ended ---- */
void worker_room(struct worker *w);
void worker_heartbeat(struct worker *w);

/* place.c: which message is scanned where. */
unsigned place_take(struct worker *w, uint64_t fingerprint);
void place_busy(struct worker *w, unsigned place, bool busy);
void place_leave(struct worker *w, unsigned place);

/* ---- peer.c; listener: what a unix client has for a port ---- */
void peer_name(struct peer *p, int fd, const char *listener);
/* Whose mail it is, when the request says `asked`. */
struct slice peer_user(struct arena *a, const struct worker *w,
    const struct peer *p, struct slice asked);

/* ---- outcome.c: a verdict as a reply and as a log line ---- */
struct outcome {
	const struct wire_request *rq;
	const struct report_conf *report;
	const struct peer *peer;
	struct slice user;
	struct scan *scan;
	const struct verdict *verdict;
	double seconds;
};
struct slice outcome_reply(struct arena *a, const struct outcome *o);
void outcome_log(const struct outcome *o);

#endif

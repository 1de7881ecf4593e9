/*
 * queue.c - whole requests of a worker that wait for a place.
 *
 * First come, first served.  A request that waits longer than QUEUE_SECONDS
 * is answered "busy": its client still has most of its patience (spamc 600 s,
 * an MTA 300 s, Dovecot 10 s) and can fall back or come again.
 *
 * Called by conn.c when a request is whole and when a place became free, and
 * by the tick.
 */
#include "config.h"

#include "proc/worker-priv.h"

#include "base/clock.h"

#define QUEUE_SECONDS	20
#define QUEUE_MAX	256	/* requests, if that is more than 4 a place */

bool
queue_is_full(const struct worker *w)
{
	return w->n_queued >= QUEUE_MAX && w->n_queued >= 4 * w->max_scans;
}

void
queue_add(struct worker *w, struct conn *c)
{
	c->phase = CONN_QUEUED;
	c->since = clock_mono();
	c->queue_next = NULL;
	*w->queue_end = c;
	w->queue_end = &c->queue_next;
	w->n_queued++;
}

void
queue_remove(struct worker *w, struct conn *c)
{
	for (struct conn **at = &w->queue; *at != NULL;
	    at = &(*at)->queue_next) {
		if (*at == c) {
			*at = c->queue_next;
			if (w->queue_end == &c->queue_next) {
				w->queue_end = at;
			}
			w->n_queued--;
			return;
		}
	}
}

void
queue_run(struct worker *w)
{
	while (w->queue != NULL && w->n_scans < w->max_scans) {
		struct conn *c = w->queue;

		queue_remove(w, c);
		conn_scan(c);
	}
}

void
queue_tick(struct worker *w)
{
	double now = clock_mono();

	while (w->queue != NULL && now - w->queue->since > QUEUE_SECONDS) {
		struct conn *c = w->queue;

		queue_remove(w, c);
		conn_busy(c);
	}
}

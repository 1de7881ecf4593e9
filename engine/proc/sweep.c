/*
 * sweep.c - connections that end before their time.
 *
 * Called by the worker's tick and when it begins to drain: scans whose client
 * is gone are cancelled; silent connections give way when no more can be
 * taken.
 */
#include "config.h"

#include "proc/worker-priv.h"

#include <poll.h>

#include "base/clock.h"
#include "base/log.h"

#define SILENT_SECONDS	2	/* when connections run out */

/* Its client hung up while we work for it? */
static bool
has_vanished(const struct conn *c)
{
	struct pollfd p = { .fd = c->fd };

	if (c->phase != CONN_SCAN && c->phase != CONN_QUEUED) {
		return false;
	}
	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR)) != 0;
}

/*
 * When all connections are taken, those that never said a word make room:
 * otherwise whoever opens some hundreds and waits stops the service.  All of
 * them at once: one place a second would serve nobody in a crowd.
 */
static bool
is_silent(const struct conn *c)
{
	return c->phase == CONN_READ && c->received == 0 &&
	    clock_mono() - c->accepted > SILENT_SECONDS;
}

void
sweep_tick(struct worker *w)
{
	bool full = w->n_conns >= w->max_conns;
	unsigned n_silent = 0;
	struct conn *next;

	for (struct conn *c = w->conns; c != NULL; c = next) {
		bool vanished = has_vanished(c), had_place = c->scan != NULL;

		next = c->next;
		if (!vanished && !(full && is_silent(c))) {
			continue;
		}
		if (vanished) {
			log_line(LOG_L_INFO, "event=vanished peer=%s "
			    "seconds=%.1f", c->peer.addr,
			    clock_mono() - c->accepted);
		}
		n_silent += !vanished;
		conn_free(c);
		if (had_place) {
			/* that may have started, and ended, others */
			next = w->conns;
		}
	}
	if (n_silent > 0) {
		log_line(LOG_L_WARN, "event=silent dropped=%u max=%u",
		    n_silent, w->max_conns);
	}
}

void
sweep_drain(struct worker *w)
{
	static const struct timeval little = { CONN_DRAIN_SECONDS, 0 };

	for (struct conn *c = w->conns; c != NULL; c = c->next) {
		if (c->phase == CONN_READ && c->received == 0) {
			event_add(c->timer, &little);
		}
	}
}

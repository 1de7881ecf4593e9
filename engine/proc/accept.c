/*
 * accept.c - which connections a worker takes, and when.
 *
 * A worker accepts while it has a place for a scan.  Whoever comes when all
 * places are taken waits in the kernel's queue, where another worker finds
 * him: so load spreads by itself.
 *
 * Story of an overload.  All workers are full, so the queue of the kernel
 * stays filled; each worker looks four times a second, and when it has seen
 * that for a second, takes what is there into a queue of its own, where a
 * request is answered "busy" after QUEUE_SECONDS (queue.c).  When that queue
 * is full, too, the answer comes at once, before the request is read: spamc
 * then passes the message on, or with -x says so, instead of waiting for
 * minutes.  If one worker had a place, the kernel's queue would be empty most
 * of the time, and nobody would be told to go.
 *
 * Connections that say nothing cost a descriptor and some hundred bytes; a
 * worker holds up to max_conns of them, and drops the silent ones when it
 * cannot take more (sweep.c).
 *
 * Peers that --allow does not name are closed without a word, as spamd does,
 * and counted in one log line a second.
 */
#include "config.h"

#include "proc/worker-priv.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define ACCEPTS		16	/* per wake-up and socket */
#define ACCEPTS_FULL	256	/* the same, four times a second, when full */
#define SAMPLE_MS	250
#define SAMPLES		4	/* the kernel's queue was filled so often */
#define CONNS_MAX	8192	/* each a descriptor and, silent, 1 KB */
#define FILES_OURS	512	/* descriptors kept for DNS and ourselves */

/* As many as descriptors allow. */
unsigned
accept_max_conns(unsigned max_scans)
{
	struct rlimit rl;
	size_t files = 1024;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0 &&
	    rl.rlim_cur != RLIM_INFINITY) {
		files = (size_t)rl.rlim_cur;
	}
	files = files > 2 * FILES_OURS ? files - FILES_OURS : files / 2;
	if (files > CONNS_MAX) {
		files = CONNS_MAX;
	}
	return files > max_scans ? (unsigned)files : max_scans;
}

static bool
has_room(const struct worker *w)
{
	return w->n_scans < w->max_scans && w->queue == NULL &&
	    w->n_conns < w->max_conns;
}

void
accept_switch(struct worker *w, bool on)
{
	if (on == w->accepting) {
		return;
	}
	w->accepting = on;
	for (size_t i = 0; i < w->d->listeners.n; i++) {
		if (on) {
			event_add(w->accept[i], NULL);
		} else {
			event_del(w->accept[i]);
		}
	}
}

void
accept_update(struct worker *w)
{
	accept_switch(w, has_room(w));
}

/* ---- who may ---- */

static bool
is_allowed(struct worker *w, const struct sockaddr_storage *sa)
{
	char text[sizeof(w->refused)];
	struct ip ip;

	if (sa->ss_family != AF_INET && sa->ss_family != AF_INET6) {
		return true;	/* the socket file's mode has decided */
	}
	/* as text, since that reads ::ffff:a.b.c.d as the IPv4 it is */
	if (getnameinfo((const struct sockaddr *)sa, sizeof(*sa), text,
	    sizeof(text), NULL, 0, NI_NUMERICHOST) == 0 &&
	    ip_parse(slice_cstr(text), &ip) == 0 &&
	    ip_set_has(&w->d->allow, &ip)) {
		return true;
	}
	w->n_refused++;
	snprintf(w->refused, sizeof(w->refused), "%s", text);
	return false;
}

/* ---- taking them ---- */

/* A connection to serve, or -1: none now. */
static int
accept_one(struct worker *w, const struct listener *l)
{
	for (;;) {
		struct sockaddr_storage sa = { .ss_family = AF_UNSPEC };
		socklen_t n = sizeof(sa);
		int fd = accept4(l->fd, (struct sockaddr *)&sa, &n,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && (errno == EMFILE || errno == ENFILE ||
		    errno == ENOMEM)) {
			/* the next tick tries again */
			log_line(LOG_L_WARN, "event=accept why=\"%s\"",
			    strerror(errno));
			accept_switch(w, false);
		}
		if (fd < 0 || is_allowed(w, &sa)) {
			return fd;
		}
		close(fd);
	}
}

void
accept_some(struct worker *w, const struct listener *l)
{
	for (unsigned i = 0; i < ACCEPTS && has_room(w); i++) {
		int fd = accept_one(w, l);

		if (fd < 0) {
			return;
		}
		conn_new(w, fd, l);
	}
	if (!has_room(w)) {
		accept_switch(w, false);
	}
}

static void
on_accept(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;

	for (size_t i = 0; i < w->d->listeners.n; i++) {
		if (w->d->listeners.v[i].fd == fd) {
			accept_some(w, &w->d->listeners.v[i]);
		}
	}
}

/* ---- overload ---- */

/* Does somebody wait in the kernel's queue? */
static bool
is_waited(const struct worker *w)
{
	struct pollfd p[LISTEN_MAX];

	for (size_t i = 0; i < w->d->listeners.n; i++) {
		p[i] = (struct pollfd){ w->d->listeners.v[i].fd, POLLIN, 0 };
	}
	return poll(p, w->d->listeners.n, 0) > 0;
}

static void
take_waiting(struct worker *w, const struct listener *l)
{
	for (unsigned i = 0; i < ACCEPTS_FULL && w->n_conns < w->max_conns;
	    i++) {
		bool full = queue_is_full(w);
		int fd = accept_one(w, l);

		if (fd < 0) {
			return;
		}
		if (full) {
			conn_turn_away(w, fd, l);
		} else {
			conn_new(w, fd, l);
		}
	}
}

static void
on_sample(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;

	if (w->accepting || w->draining || !is_waited(w)) {
		w->pressed = 0;
		return;
	}
	if (++w->pressed < SAMPLES) {
		return;
	}
	for (size_t i = 0; i < w->d->listeners.n; i++) {
		take_waiting(w, &w->d->listeners.v[i]);
	}
}

/* ---- life ---- */

void
accept_open(struct worker *w)
{
	static const struct timeval sample = { 0, SAMPLE_MS * 1000 };

	for (size_t i = 0; i < w->d->listeners.n; i++) {
		w->accept[i] = event_new(w->base, w->d->listeners.v[i].fd,
		    EV_READ | EV_PERSIST, on_accept, w);
		if (w->accept[i] == NULL) {
			fatal("no event: out of memory");
		}
	}
	w->sample = event_new(w->base, -1, EV_PERSIST, on_sample, w);
	if (w->sample == NULL) {
		fatal("no event: out of memory");
	}
	event_add(w->sample, &sample);
}

void
accept_close(struct worker *w)
{
	for (size_t i = 0; i < w->d->listeners.n; i++) {
		event_free(w->accept[i]);
	}
	event_free(w->sample);
}

void
accept_tick(struct worker *w)
{
	if (w->n_refused > 0) {
		log_line(LOG_L_WARN, "event=unauthorized peer=%s "
		    "connections=%u", w->refused, w->n_refused);
		w->n_refused = 0;
	}
	if (w->n_busy > 0) {
		log_line(LOG_L_WARN, "event=busy replies=%u scans=%u "
		    "queued=%u connections=%u", w->n_busy, w->n_scans,
		    w->n_queued, w->n_conns);
		w->n_busy = 0;
	}
}

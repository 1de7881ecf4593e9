/*
 * opensmtpd_scan.c - one exchange with tared, beside others on one loop.
 *
 * Called by opensmtpd_session.c.  The same protocol as tarec speaks, without
 * its retries: smtpd's client is waiting, and may come again.
 *
 * Limits: the whole exchange has one deadline.  No name is looked up: that
 * would hold up every session; so tared has an address.
 */
#include "config.h"

#include "cmd/opensmtpd.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/util.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"

#define TARED_PORT 783

struct exchange {
	struct bufferevent *bev;
	struct event *deadline;
	exchange_fn *fn;
	void *arg;
	char why[256];
};

/* ---- where tared is ---- */

static int
unix_where(struct opensmtpd *o, const char *path)
{
	struct sockaddr_un *sun = (struct sockaddr_un *)&o->where;

	if (strlen(path) >= sizeof(sun->sun_path))
		return -1;
	sun->sun_family = AF_UNIX;
	strcpy(sun->sun_path, path);
	o->where_size = sizeof(*sun);
	return 0;
}

int
exchange_where(struct opensmtpd *o, const char *where)
{
	struct sockaddr *sa = (struct sockaddr *)&o->where;
	in_port_t *port;

	o->where_size = sizeof(o->where);
	if (strchr(where, '/') != NULL)
		return unix_where(o, where);
	if (evutil_parse_sockaddr_port(where, sa, &o->where_size) != 0)
		return -1;
	port = sa->sa_family == AF_INET6 ?
	    &((struct sockaddr_in6 *)sa)->sin6_port :
	    &((struct sockaddr_in *)sa)->sin_port;
	if (*port == 0)
		*port = htons(TARED_PORT);
	return 0;
}

/* ---- the end, good or bad ---- */

static void
finish(struct exchange *x, const char *why)
{
	struct evbuffer *in = bufferevent_get_input(x->bev);
	struct wire_answer ans;
	struct err e = { 0 };
	struct slice bytes;

	if (why == NULL) {
		bytes = slice_make((char *)evbuffer_pullup(in, -1),
		    evbuffer_get_length(in));
		if (wire_answer_parse(bytes, &ans, &e) != 0)
			why = e.text;
		else if (ans.code != 0 || !ans.has_spam || !ans.has_length)
			why = "tared could not scan it";
	}
	x->fn(why == NULL ? &ans : NULL, why, x->arg);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct exchange *x = arg;

	finish(x, x->why[0] != '\0' ? x->why : "no answer in time");
}

/* Tell later, from the loop: the caller has not got x yet. */
static void
fail_soon(struct exchange *x, const char *why)
{
	snprintf(x->why, sizeof(x->why), "%s", why);
	event_add(x->deadline, &(struct timeval){ 0, 0 });
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	if (evbuffer_get_length(bufferevent_get_input(bev)) > LIMIT_REPLY_BYTES)
		finish(arg, "the answer is too long");
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	char why[256];

	if (what & BEV_EVENT_CONNECTED)
		return;
	if (what & BEV_EVENT_EOF) {
		finish(arg, NULL);
		return;
	}
	snprintf(why, sizeof(why), "tared does not answer: %s",
	    evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
	finish(arg, why);
}

/* ---- start ---- */

struct exchange *
exchange_start(struct opensmtpd *o, struct slice message, exchange_fn *fn,
    void *arg)
{
	struct exchange *x = mem_alloc(sizeof(*x));
	struct slice none = { NULL, 0 }, request;
	struct arena *a = arena_new();
	time_t seconds = (time_t)o->timeout;

	x->fn = fn;
	x->arg = arg;
	x->deadline = evtimer_new(o->base, on_deadline, x);
	x->bev = bufferevent_socket_new(o->base, -1, BEV_OPT_CLOSE_ON_FREE |
	    BEV_OPT_DEFER_CALLBACKS);
	if (x->deadline == NULL || x->bev == NULL)
		DIE("libevent: no memory");
	bufferevent_setcb(x->bev, on_read, NULL, on_event, x);
	event_add(x->deadline, &(struct timeval){ seconds,
	    (suseconds_t)((o->timeout - (double)seconds) * 1e6) });
	request = wire_request_bytes(a, WIRE_PROCESS, none, none, message);
	bufferevent_write(x->bev, request.p, request.n);
	if (bufferevent_socket_connect(x->bev, (struct sockaddr *)&o->where,
	    o->where_size) != 0)
		fail_soon(x, "tared cannot be reached");
	else
		bufferevent_enable(x->bev, EV_READ | EV_WRITE);
	arena_free(&a);
	return x;
}

void
exchange_free(struct exchange **xp)
{
	struct exchange *x = *xp;

	if (x == NULL)
		return;
	bufferevent_free(x->bev);
	event_free(x->deadline);
	mem_free(x);
	*xp = NULL;
}

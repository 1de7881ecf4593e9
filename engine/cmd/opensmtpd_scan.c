/*
 * opensmtpd_scan.c - one exchange with tared, beside others on one loop.
 *
 * Called by opensmtpd_session.c.  The same protocol as tarec speaks, without
 * its retries: smtpd's client is waiting, and may come again.
 *
 * Limits: the reply may be LIMIT_MESSAGE_BYTES and 16 MB more; the whole
 * exchange has one deadline.
 */
#include "config.h"

#include "cmd/opensmtpd.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/util.h>

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"

#define REPLY_MAX (LIMIT_MESSAGE_BYTES + 16u * 1024 * 1024)

struct exchange {
	struct bufferevent *bev;
	struct event *deadline;
	exchange_fn *fn;
	void *arg;
	char why[256];
};

/* ---- where tared is ---- */

static int
unix_address(const char *path, struct sockaddr_storage *sa_r, int *len_r)
{
	struct sockaddr_un *sun = (struct sockaddr_un *)sa_r;

	if (strlen(path) >= sizeof(sun->sun_path))
		return -1;
	sun->sun_family = AF_UNIX;
	strcpy(sun->sun_path, path);
	*len_r = sizeof(*sun);
	return 0;
}

/* "host:port", "[::1]:port": looked up each time, tared may move. */
static int
tcp_address(const char *where, struct sockaddr_storage *sa_r, int *len_r)
{
	struct evutil_addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct evutil_addrinfo *ai = NULL;
	struct slice s = slice_cstr(where);
	ptrdiff_t colon = slice_rchr(s, ':');
	char host[256], port[16];

	if (colon <= 0 || (size_t)colon >= sizeof(host))
		return -1;
	snprintf(port, sizeof(port), "%s", where + colon + 1);
	if (where[0] == '[' && where[colon - 1] == ']')
		snprintf(host, sizeof(host), "%.*s", (int)colon - 2, where + 1);
	else
		snprintf(host, sizeof(host), "%.*s", (int)colon, where);
	if (evutil_getaddrinfo(host, port, &hints, &ai) != 0 || ai == NULL)
		return -1;
	memcpy(sa_r, ai->ai_addr, ai->ai_addrlen);
	*len_r = (int)ai->ai_addrlen;
	evutil_freeaddrinfo(ai);
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
	if (evbuffer_get_length(bufferevent_get_input(bev)) > REPLY_MAX)
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

static void
connect_to(struct exchange *x, const char *where)
{
	struct sockaddr_storage sa = { 0 };
	int len;

	if ((strchr(where, '/') != NULL ? unix_address(where, &sa, &len) :
	    tcp_address(where, &sa, &len)) != 0) {
		fail_soon(x, "tared cannot be found");
		return;
	}
	if (bufferevent_socket_connect(x->bev, (struct sockaddr *)&sa,
	    len) != 0) {
		fail_soon(x, "tared cannot be reached");
		return;
	}
	bufferevent_enable(x->bev, EV_READ | EV_WRITE);
}

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
	connect_to(x, o->where);
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

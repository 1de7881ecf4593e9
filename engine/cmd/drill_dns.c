/*
 * drill_dns.c - the drill's resolver: libevent's DNS server in a child.
 *
 * What it says is in drill_ways.c; here is how it is said, and when.  It
 * listens on a loopback port that the kernel chose and ends with its parent's
 * pipe, through which the parent says the way, one byte each time.
 */
#include "config.h"

#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/event.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/drill.h"

#define TTL 60.0		/* of zone time, as most lists have */
#define TYPE_TXT 16

struct server {
	struct event_base *base;
	struct drill_list list;
};

static void
add_text(struct evdns_server_request *rq, const char *name, int ttl)
{
	static const char text[] = "\x0flisted in drill";

	evdns_server_request_add_reply(rq, EVDNS_ANSWER_SECTION, name,
	    TYPE_TXT, 1, ttl, (int)sizeof(text) - 1, 0, text);
}

static void
respond(struct evdns_server_request *rq, const struct drill_reply *r)
{
	const struct evdns_server_question *q = rq->questions[0];

	if (r->addr != 0 && q->type == EVDNS_TYPE_A)
		evdns_server_request_add_a_reply(rq, q->name, 1, &r->addr,
		    r->ttl);
	else if (r->addr != 0 && q->type == TYPE_TXT && !r->no_text)
		add_text(rq, q->name, r->ttl);
	evdns_server_request_set_flags(rq, EVDNS_FLAGS_AA | EVDNS_FLAGS_RD);
	evdns_server_request_respond(rq, r->addr != 0 ? 0 : r->rcode);
}

struct late {
	struct evdns_server_request *rq;
	struct drill_reply reply;
};

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	struct late *l = arg;

	respond(l->rq, &l->reply);
	mem_free(l);
}

static void
on_request(struct evdns_server_request *rq, void *arg)
{
	struct server *s = arg;
	struct drill_reply r;
	struct timeval tv;
	struct late *l;

	if (rq->nquestions != 1) {
		evdns_server_request_drop(rq);
		return;
	}
	r = drill_way_answer(&s->list, rq->questions[0]->name);
	if (r.drop) {
		evdns_server_request_drop(rq);
		return;
	}
	if (r.delay <= 0) {
		respond(rq, &r);
		return;
	}
	l = mem_alloc(sizeof(*l));
	*l = (struct late){ rq, r };
	tv = (struct timeval){ (time_t)r.delay, 0 };
	event_base_once(s->base, -1, EV_TIMEOUT, on_late, l, &tv);
}

static void
on_pipe(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	unsigned char way;

	if (read(fd, &way, 1) != 1)
		event_base_loopbreak(s->base);	/* the parent is gone */
	else if (way < DRILL_WAYS)
		s->list.way = (enum drill_way)way;
}

_Noreturn static void
serve(const struct drill_zone *z, double speed, int sock, int pipe_fd)
{
	struct server s = { .base = event_base_new(), .list = { .zone = z,
		.ttl = speed < TTL ? (int)(TTL / speed) : 1 } };
	struct evdns_server_port *port;
	struct event *ev;

	signal(SIGINT, SIG_IGN);	/* the parent stops us */
	evutil_make_socket_nonblocking(sock);
	port = evdns_add_server_port_with_base(s.base, sock, 0, on_request,
	    &s);
	ev = event_new(s.base, pipe_fd, EV_READ | EV_PERSIST, on_pipe, &s);
	if (port == NULL || ev == NULL || event_add(ev, NULL) != 0)
		_exit(1);
	event_base_dispatch(s.base);
	_exit(0);
}

static int
bound_socket(unsigned *port_r, struct err *e)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sin);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0 ||
	    getsockname(fd, (struct sockaddr *)&sin, &n) != 0) {
		err_errno(e, ERR_OS, "no UDP port on 127.0.0.1 for the "
		    "drill's resolver");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	*port_r = ntohs(sin.sin_port);
	return fd;
}

int
drill_dns_start(const struct drill_zone *z, double speed,
    struct drill_dns *dns_r, struct err *e)
{
	int fds[2], sock = bound_socket(&dns_r->port, e);

	if (sock < 0)
		return -1;
	/* the drill's tared must not hold it: its end is our end */
	if (pipe2(fds, O_CLOEXEC) != 0) {
		close(sock);
		return err_errno(e, ERR_OS, "pipe");
	}
	dns_r->pid = fork();
	if (dns_r->pid == 0) {
		close(fds[1]);
		serve(z, speed, sock, fds[0]);
	}
	close(sock);
	close(fds[0]);
	if (dns_r->pid < 0) {
		close(fds[1]);
		return err_errno(e, ERR_OS, "fork");
	}
	dns_r->pipe = fds[1];
	return 0;
}

void
drill_dns_way(struct drill_dns *dns, enum drill_way way)
{
	unsigned char byte = (unsigned char)way;

	if (write(dns->pipe, &byte, 1) != 1)
		cmd_warn("the drill's resolver has gone");
}

void
drill_dns_stop(struct drill_dns *dns)
{
	if (dns->pid <= 0)
		return;
	close(dns->pipe);	/* it ends when the pipe does */
	while (waitpid(dns->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	dns->pid = 0;
}

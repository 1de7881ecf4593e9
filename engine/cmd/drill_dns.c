/*
 * drill_dns.c - the drill's resolver: libevent's DNS server in a child.
 *
 * It answers every name: the zone under drill by phase, the test points of
 * all other zones as a healthy list would, and the rest with NXDOMAIN.  It
 * listens on a loopback port that the kernel chose and ends with its parent's
 * pipe.
 */
#include "config.h"

#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/event.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/drill.h"

#define TTL 60

struct server {
	const struct drill_zone *zone;
	enum drill_phase phase;
	struct event_base *base;
};

/* The part of name before ".zone"; false if it is another zone's. */
static bool
key_of(const char *name, const char *zone, struct slice *key_r)
{
	size_t n = strlen(name), z = strlen(zone);

	if (n <= z + 1 || name[n - z - 1] != '.' ||
	    strcasecmp(name + n - z, zone) != 0)
		return false;
	*key_r = slice_make(name, n - z - 1);
	return true;
}

static bool
is_test_point(struct slice key)
{
	return slice_eq_cstr(key, "2.0.0.127") ||
	    slice_eq_nocase(key, SLICE("test"));
}

/* The address to answer with; 0: the name does not exist. */
static in_addr_t
answer(const struct server *s, const char *name)
{
	static const char parking[] = "91.195.240.87";
	struct slice key;

	if (!key_of(name, s->zone->name, &key)) {
		key = slice_cstr(name);
		return slice_starts(key, SLICE("2.0.0.127.")) ||
		    slice_starts_nocase(key, SLICE("test.")) ?
		    htonl(0x7f000002) : 0;
	}
	switch (s->phase) {
	case DRILL_PARKED:
		return inet_addr(parking);
	case DRILL_WORLD:
		return s->zone->code.s_addr;
	default:
		return is_test_point(key) ||
		    drill_mail_is_listed(key, s->zone->kind) ?
		    s->zone->code.s_addr : 0;
	}
}

static void
add_text(struct evdns_server_request *rq, const char *name)
{
	static const char text[] = "\x0flisted in drill";

	evdns_server_request_add_reply(rq, EVDNS_ANSWER_SECTION, name, 16, 1,
	    TTL, (int)sizeof(text) - 1, 0, text);
}

static void
on_request(struct evdns_server_request *rq, void *arg)
{
	const struct server *s = arg;
	bool found = false;

	for (int i = 0; i < rq->nquestions; i++) {
		const struct evdns_server_question *q = rq->questions[i];
		in_addr_t addr = answer(s, q->name);

		if (addr == 0)
			continue;
		found = true;
		if (q->type == EVDNS_TYPE_A)
			evdns_server_request_add_a_reply(rq, q->name, 1,
			    &addr, TTL);
		else if (q->type == 16 && s->phase != DRILL_PARKED)
			add_text(rq, q->name);
	}
	evdns_server_request_set_flags(rq, EVDNS_FLAGS_AA | EVDNS_FLAGS_RD);
	evdns_server_request_respond(rq, found ? 0 : DNS_ERR_NOTEXIST);
}

static void
on_pipe(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	unsigned char phase;

	if (read(fd, &phase, 1) != 1)
		event_base_loopbreak(s->base);	/* the parent is gone */
	else if (phase < DRILL_PHASES)
		s->phase = (enum drill_phase)phase;
}

_Noreturn static void
serve(const struct drill_zone *z, int sock, int pipe_fd)
{
	struct server s = { .zone = z, .base = event_base_new() };
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
drill_dns_start(const struct drill_zone *z, struct drill_dns *dns_r,
    struct err *e)
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
		serve(z, sock, fds[0]);
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
drill_dns_phase(struct drill_dns *dns, enum drill_phase p)
{
	unsigned char byte = (unsigned char)p;

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

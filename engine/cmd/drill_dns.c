/*
 * drill_dns.c - the drill's resolver: libevent's DNS server in a child.
 *
 * One row of ways[] per behaviour: what is shown for it, and a function that
 * answers for names of the zone under drill, or, where the resolver itself is
 * at fault, for every name.  Test points of all other zones are answered as a
 * healthy list would, everything else does not exist.
 *
 * It listens on a loopback port that the kernel chose and ends with its
 * parent's pipe, through which the parent says the way, one byte each time.
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

#include "base/map.h"
#include "base/mem.h"
#include "cmd/drill.h"

#define TTL 60.0		/* of zone time, as most lists have */
#define TTL_DAY 86400
#define RCODE_SERVFAIL 2
#define RCODE_NXDOMAIN 3
#define TYPE_TXT 16

struct server {
	const struct drill_zone *zone;
	enum drill_way way;
	struct event_base *base;
	int ttl;
	unsigned asked;			/* of the zone: some ways draw lots */
};

/* One answer; addr 0: there is no such name. */
struct reply {
	in_addr_t addr;
	int rcode;			/* where addr is 0 */
	bool drop;
	double delay;			/* seconds */
	int ttl;
	bool no_text;
};

/* ---- what the names are ---- */

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
is_entry(const struct server *s, struct slice key)
{
	return slice_eq_nocase(key, slice_cstr(s->zone->must_list));
}

static bool
is_must_not(struct slice key)
{
	return slice_eq_cstr(key, "1.0.0.127") ||
	    slice_eq_nocase(key, SLICE("invalid"));
}

/* The first two octets of a reversed address; -1: it is none. */
static long
network(struct slice key)
{
	ptrdiff_t last = slice_rchr(key, '.'), before;
	long a, b;

	before = last < 0 ? -1 : slice_rchr(slice_sub(key, 0, (size_t)last),
	    '.');
	if (before < 0 || slice_to_long(slice_sub(key, (size_t)last + 1,
	    key.n), &a) != 0 || slice_to_long(slice_sub(key,
	    (size_t)before + 1, (size_t)last), &b) != 0)
		return -1;
	return a * 256 + b;
}

/* 198.18.0.0/15 and 240.0.0.0/4 */
static bool
is_bogon(struct slice key)
{
	long net = network(key);

	return net / 2 == (198 * 256 + 18) / 2 || net / 256 >= 240;
}

/* ---- ways to answer ---- */

typedef void way_fn(struct server *s, struct slice key, struct reply *r);

static void
list_it(struct server *s, struct slice key, struct reply *r)
{
	(void)key;
	r->addr = s->zone->code.s_addr;
}

static void
healthy(struct server *s, struct slice key, struct reply *r)
{
	if (is_entry(s, key) || drill_mail_is_listed(key, s->zone->kind))
		list_it(s, key, r);
}

static void
parked(struct server *s, struct slice key, struct reply *r)
{
	r->addr = inet_addr("91.195.240.87");
	r->no_text = true;
}

static void
world_long(struct server *s, struct slice key, struct reply *r)
{
	list_it(s, key, r);
	r->ttl = TTL_DAY;
}

static void
world_sly(struct server *s, struct slice key, struct reply *r)
{
	if (!is_must_not(key))
		list_it(s, key, r);
}

/* By a hash of the name: always the same senders. */
static void
list_share(struct server *s, struct slice key, struct reply *r,
    unsigned percent)
{
	healthy(s, key, r);
	if (r->addr == 0 && drill_mail_is_sender(key, s->zone->kind) &&
	    hash_stable(key.p, key.n, 1) % 100 < percent)
		list_it(s, key, r);
}

static void
third_listed(struct server *s, struct slice key, struct reply *r)
{
	list_share(s, key, r, 33);
}

static void
tenth_listed(struct server *s, struct slice key, struct reply *r)
{
	list_share(s, key, r, 10);
}

static void
silent(struct server *s, struct slice key, struct reply *r)
{
	r->drop = true;
}

static void
servfail(struct server *s, struct slice key, struct reply *r)
{
	r->rcode = RCODE_SERVFAIL;
}

static void
slow(struct server *s, struct slice key, struct reply *r)
{
	healthy(s, key, r);
	r->delay = 3;
}

static void
refusing(struct server *s, struct slice key, struct reply *r)
{
	r->addr = inet_addr("127.255.255.254");
}

/*
 * One server of so many answers this question.  Drawn, not in turn: a turn
 * could give every listing one server and its control the other.
 */
static bool
one_of(const struct server *s, unsigned servers)
{
	return hash_stable(&s->asked, sizeof(s->asked), 2) % servers == 0;
}

static void
third_refused(struct server *s, struct slice key, struct reply *r)
{
	healthy(s, key, r);
	if (one_of(s, 3))
		r->addr = inet_addr("127.255.255.255");
}

static void
trusts_all(struct server *s, struct slice key, struct reply *r)
{
	r->addr = inet_addr("127.0.10.3");
}

static void
loopback(struct server *s, struct slice key, struct reply *r)
{
	r->addr = htonl(INADDR_LOOPBACK);
}

static void
nothing(struct server *s, struct slice key, struct reply *r)
{
}

static void
split(struct server *s, struct slice key, struct reply *r)
{
	if (one_of(s, 2))
		list_it(s, key, r);
	else
		healthy(s, key, r);
}

static void
rewriting(struct server *s, struct slice key, struct reply *r)
{
	healthy(s, key, r);
	if (r->addr == 0)
		r->addr = inet_addr("203.0.113.9");
	r->no_text = true;
}

static void
stripping(struct server *s, struct slice key, struct reply *r)
{
	r->rcode = 0;			/* NODATA */
}

/* All that is asked, but for mail and the test points. */
static void
no_controls(struct server *s, struct slice key, struct reply *r)
{
	healthy(s, key, r);
	r->drop = !drill_mail_is_sender(key, s->zone->kind) &&
	    !is_entry(s, key) && !is_must_not(key);
}

static void
bogons(struct server *s, struct slice key, struct reply *r)
{
	healthy(s, key, r);
	if (s->zone->kind == ZONE_KIND_IP && is_bogon(key))
		list_it(s, key, r);
}

static void
no_entry(struct server *s, struct slice key, struct reply *r)
{
	if (!is_entry(s, key))
		healthy(s, key, r);
}

static const struct way {
	const char *words;
	way_fn *answer;
	bool everywhere;		/* for names of no zone, too */
} ways[DRILL_WAYS] = {
	[DRILL_HEALTHY] = { "healthy", healthy, false },
	[DRILL_PARKED] = { "all names -> 91.195.240.87", parked, false },
	[DRILL_WORLD] = { "all names listed", list_it, false },
	[DRILL_WORLD_LONG] = { "all names listed, for a day", world_long,
	    false },
	[DRILL_WORLD_SLY] = { "all but 127.0.0.1 listed", world_sly, false },
	[DRILL_THIRD_LISTED] = { "a third of senders listed", third_listed,
	    false },
	[DRILL_TENTH_LISTED] = { "a tenth of senders listed", tenth_listed,
	    false },
	[DRILL_SILENT] = { "no answer", silent, false },
	[DRILL_SERVFAIL] = { "SERVFAIL", servfail, false },
	[DRILL_SLOW] = { "healthy, after 3 seconds", slow, false },
	[DRILL_REFUSING] = { "all names -> 127.255.255.254", refusing,
	    false },
	[DRILL_THIRD_REFUSED] = { "a third -> 127.255.255.255",
	    third_refused, false },
	[DRILL_TRUSTS_ALL] = { "all names -> 127.0.10.3", trusts_all, false },
	[DRILL_LOOPBACK] = { "all names -> 127.0.0.1", loopback, false },
	[DRILL_EMPTIED] = { "nothing listed", nothing, false },
	[DRILL_SPLIT] = { "half of all answers listed", split, false },
	[DRILL_REWRITING] = { "unknown names -> 203.0.113.9", rewriting,
	    true },
	[DRILL_STRIPPING] = { "no answer in 127/8 comes", stripping, true },
	[DRILL_NO_CONTROLS] = { "no answer to controls", no_controls, false },
	[DRILL_BOGONS] = { "reserved networks listed", bogons, false },
	[DRILL_NO_ENTRY] = { "healthy, no test entry", no_entry, false },
};

const char *
drill_way_words(enum drill_way way)
{
	return ways[way].words;
}

/* ---- the server ---- */

static struct reply
answer(struct server *s, const char *name)
{
	struct reply r = { .rcode = RCODE_NXDOMAIN, .ttl = s->ttl };
	const struct way *way = &ways[s->way];
	struct slice key;

	if (key_of(name, s->zone->name, &key)) {
		s->asked++;
		way->answer(s, key, &r);
		return r;
	}
	key = slice_cstr(name);
	if (way->everywhere)
		way->answer(s, SLICE(""), &r);
	else if (slice_starts(key, SLICE("2.0.0.127.")) ||
	    slice_starts_nocase(key, SLICE("test.")))
		r.addr = htonl(0x7f000002);
	return r;
}

static void
add_text(struct evdns_server_request *rq, const char *name, int ttl)
{
	static const char text[] = "\x0flisted in drill";

	evdns_server_request_add_reply(rq, EVDNS_ANSWER_SECTION, name,
	    TYPE_TXT, 1, ttl, (int)sizeof(text) - 1, 0, text);
}

static void
respond(struct evdns_server_request *rq, const struct reply *r)
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
	struct reply reply;
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
	struct reply r;
	struct timeval tv;
	struct late *l;

	if (rq->nquestions != 1) {
		evdns_server_request_drop(rq);
		return;
	}
	r = answer(s, rq->questions[0]->name);
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
		s->way = (enum drill_way)way;
}

_Noreturn static void
serve(const struct drill_zone *z, double speed, int sock, int pipe_fd)
{
	struct server s = { .zone = z, .base = event_base_new(),
		.ttl = speed < TTL ? (int)(TTL / speed) : 1 };
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

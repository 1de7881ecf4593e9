/*
 * stub - a DNS server inside the test's own event loop.
 *
 * The test's function decides each answer: records, rcode, a delay, silence.
 * So a test can say "the second control is dirty" or "this answer comes after
 * the deadline" without a second process.  Real servers are in servers.h.
 */
#ifndef TESTS_ASK_STUB_H
#define TESTS_ASK_STUB_H

#include <arpa/inet.h>
#include <event2/event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STUB_A 1
#define STUB_NS 2
#define STUB_TXT 16

struct stub_reply {
	int rcode;
	bool drop;
	double delay;
	unsigned n_addr;
	uint32_t addr[16];		/* host order */
	const char *txt[3];		/* strings of one record */
	const char *ns;
	const char *cname;		/* before the addresses */
	uint32_t ttl;
};
typedef void stub_fn(const char *qname, int type, struct stub_reply *r,
    void *arg);

struct stub {
	struct event_base *base;
	struct event *ev;
	int fd;
	char server[32];		/* for ask_conf.servers */
	unsigned asked;
	uint16_t from;			/* the port of who asked last */
	stub_fn *fn;
	void *arg;
	struct stub_late *late;
};

struct stub_late {
	struct stub *stub;
	struct stub_late *next, **self;
	struct event *ev;
	struct sockaddr_in to;
	size_t n;
	unsigned char packet[1024];
};

static size_t
stub_put(unsigned char *p, size_t n, uint32_t v, unsigned bytes)
{
	while (bytes-- > 0)
		p[n++] = (unsigned char)(v >> 8 * bytes);
	return n;
}

static size_t
stub_put_name(unsigned char *p, size_t n, const char *name)
{
	while (*name != '\0') {
		size_t len = strcspn(name, ".");

		p[n++] = (unsigned char)len;
		memcpy(p + n, name, len);
		n += len;
		name += len + (name[len] == '.');
	}
	p[n++] = 0;
	return n;
}

/* Fixed fields of a record whose owner is the name at offset owner. */
static size_t
stub_put_rr(unsigned char *p, size_t n, size_t owner, int type, uint32_t ttl)
{
	n = stub_put(p, n, 0xc000u | (uint32_t)owner, 2);
	n = stub_put(p, n, (uint32_t)type, 2);
	n = stub_put(p, n, 1, 2);
	return stub_put(p, n, ttl, 4);
}

static size_t
stub_put_txt(unsigned char *p, size_t n, const struct stub_reply *r)
{
	size_t at = n + 10 + 2;

	n = stub_put_rr(p, n, 12, STUB_TXT, r->ttl);
	n += 2;
	for (size_t i = 0; i < 3 && r->txt[i] != NULL; i++) {
		size_t len = strlen(r->txt[i]);

		p[n++] = (unsigned char)len;
		memcpy(p + n, r->txt[i], len);
		n += len;
	}
	stub_put(p, at - 2, (uint32_t)(n - at), 2);
	return n;
}

/* Question in p (n bytes, question ends at q_end): make it the answer. */
static size_t
stub_answer(unsigned char *p, size_t q_end, int type,
    const struct stub_reply *r)
{
	size_t n = q_end, owner = 12, count = 0;

	p[2] |= 0x84;			/* QR, AA */
	p[3] = (unsigned char)(0x80 | r->rcode);
	if (r->cname != NULL) {
		n = stub_put_rr(p, n, 12, 5, r->ttl);
		owner = n + 2;
		n = stub_put_name(p, owner, r->cname);
		stub_put(p, owner - 2, (uint32_t)(n - owner), 2);
		count++;
	}
	for (unsigned i = 0; type == STUB_A && i < r->n_addr; i++, count++) {
		n = stub_put_rr(p, n, owner, STUB_A, r->ttl);
		n = stub_put(p, n, 4, 2);
		n = stub_put(p, n, r->addr[i], 4);
	}
	if (type == STUB_TXT && r->txt[0] != NULL) {
		n = stub_put_txt(p, n, r);
		count++;
	}
	if (type == STUB_NS && r->ns != NULL) {
		size_t at = stub_put_rr(p, n, 12, STUB_NS, r->ttl) + 2;

		n = stub_put_name(p, at, r->ns);
		stub_put(p, at - 2, (uint32_t)(n - at), 2);
		count++;
	}
	stub_put(p, 6, (uint32_t)count, 2);
	stub_put(p, 8, 0, 4);
	return n;
}

static void
stub_late_free(struct stub_late *l)
{
	*l->self = l->next;
	if (l->next != NULL)
		l->next->self = l->self;
	event_free(l->ev);
	free(l);
}

static void
stub_send_late(evutil_socket_t fd, short what, void *arg)
{
	struct stub_late *l = arg;

	(void)fd;
	(void)what;
	sendto(l->stub->fd, l->packet, l->n, 0, (struct sockaddr *)&l->to,
	    sizeof(l->to));
	stub_late_free(l);
}

static void
stub_send(struct stub *s, const unsigned char *p, size_t n,
    const struct sockaddr_in *to, double delay)
{
	struct stub_late *l;
	struct timeval tv = { (time_t)delay,
		(suseconds_t)((delay - (double)(time_t)delay) * 1e6) };

	if (delay <= 0) {
		sendto(s->fd, p, n, 0, (const struct sockaddr *)to,
		    sizeof(*to));
		return;
	}
	l = calloc(1, sizeof(*l));
	l->stub = s;
	l->next = s->late;
	l->self = &s->late;
	if (l->next != NULL)
		l->next->self = &l->next;
	s->late = l;
	l->to = *to;
	l->n = n;
	memcpy(l->packet, p, n);
	l->ev = event_new(s->base, -1, 0, stub_send_late, l);
	event_add(l->ev, &tv);
}

static void
stub_read(evutil_socket_t fd, short what, void *arg)
{
	struct stub *s = arg;
	unsigned char p[1024];
	struct sockaddr_in from;
	socklen_t from_n = sizeof(from);
	ssize_t got;

	(void)what;
	while ((got = recvfrom(fd, p, 512, MSG_DONTWAIT,
	    (struct sockaddr *)&from, &from_n)) > 16) {
		struct stub_reply r = { .ttl = 60 };
		char name[256] = "";
		size_t at = 12, n = 0;
		int type;

		while (p[at] != 0 && at + p[at] + 6u < (size_t)got) {
			memcpy(name + n, p + at + 1, p[at]);
			n += p[at];
			name[n++] = '.';
			at += p[at] + 1u;
		}
		name[n > 0 ? n - 1 : 0] = '\0';
		type = p[at + 1] << 8 | p[at + 2];
		s->asked++;
		s->from = ntohs(from.sin_port);
		s->fn(name, type, &r, s->arg);
		if (!r.drop)
			stub_send(s, p, stub_answer(p, at + 5, type, &r),
			    &from, r.delay);
	}
}

static void
stub_start(struct stub *s, struct event_base *base, stub_fn *fn, void *arg)
{
	struct sockaddr_in me = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof(me);
	int size = 1 << 21;

	memset(s, 0, sizeof(*s));
	s->base = base;
	s->fn = fn;
	s->arg = arg;
	s->fd = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(s->fd, (struct sockaddr *)&me, n) == -1 ||
	    getsockname(s->fd, (struct sockaddr *)&me, &n) == -1) {
		printf("Bail out! no loopback socket\n");
		exit(1);
	}
	snprintf(s->server, sizeof(s->server), "127.0.0.1:%u",
	    ntohs(me.sin_port));
	s->ev = event_new(base, s->fd, EV_READ | EV_PERSIST, stub_read, s);
	event_add(s->ev, NULL);
}

static void
stub_stop(struct stub *s)
{
	while (s->late != NULL)
		stub_late_free(s->late);
	event_free(s->ev);
	close(s->fd);
}

#endif

/*
 * delay.c - lists whose every answer takes its time.
 *
 *	delay MILLISECONDS ZONE ...
 *
 * The name server of the DNS part of `make bench`.  It serves the zones that
 * tare's rules ask, each with the test points by which tare knows a healthy
 * list and nothing else, as rbldnsd would: LISTED names have an address and a
 * text, all others do not exist.  Names outside the zones do not exist either.
 * An answer leaves so many milliseconds after its question came.
 *
 * In one process and with few system calls (recvmmsg, sendmmsg), because it
 * shares the machine with what is measured: a server with a relay before it
 * took as much as the worker that asked.
 *
 * Its port is the first line of output.  After that each line of input is
 * answered by one: the number of questions so far, and how many of them found
 * the ring full and were lost.  It ends with its input.
 *
 * Answers wait in a ring in the order their questions came, which is also the
 * order in which they are due.
 *
 * Fatal: no socket, no memory.  A packet that is no question is dropped.
 */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define RING	16384		/* a power of two */
#define BATCH	64		/* packets of one system call */
#define PACKET	512		/* a question is far shorter */
#define HEADER	12
#define ANSWER	64		/* what is added to a question, at most */
#define NAME	255
#define SOCKBUF	(8 << 20)
#define TTL	300
#define TTL_NO	60

enum { TYPE_A = 1, TYPE_SOA = 6, TYPE_TXT = 16, TYPE_OPT = 41 };
enum { FOUND = 0, NO_NAME = 3 };	/* RFC 1035 4.1.1 */

/* RFC 5782 5 and what lists of domains have; ::FFFF:7F00:2 reversed. */
static const char *const listed[] = {
	"2.0.0.127", "test", "dbltest.com",
	"surbl-org-permanent-test-point.com",
	"2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0",
};

struct answer {
	struct sockaddr_in to;
	double due;
	size_t n;
	unsigned char bytes[PACKET + ANSWER];
};

struct server {
	int fd;
	double delay;
	char **zones;
	size_t n_zones;
	struct answer *ring;
	size_t first, last;	/* counters; the place is modulo RING */
	size_t asked, lost;
};

/* One question, and where in its packet the zone's name begins. */
struct question {
	char name[NAME + 1];	/* dotted, no dot at the end */
	size_t key;		/* length of what is before the zone */
	size_t zone_at;
	size_t end;		/* of the question in the packet */
	unsigned type;
	bool edns;
};

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- what is asked ---- */

/* The name in dots; its length in the packet, 0: none. */
static size_t
name_read(char name[NAME + 1], const unsigned char *p, size_t n)
{
	size_t at = 0, len = 0;

	while (at < n && p[at] != 0) {
		size_t label = p[at++];

		if (label > 63 || at + label > n || len + label + 1 > NAME) {
			return 0;
		}
		if (len > 0) {
			name[len++] = '.';
		}
		memcpy(name + len, p + at, label);
		len += label;
		at += label;
	}
	name[len] = '\0';
	return at < n ? at + 1 : 0;
}

static bool
question_read(struct question *q, const unsigned char *p, size_t n)
{
	size_t len;

	if (n < HEADER || (p[2] & 0x80) != 0 || p[4] != 0 || p[5] != 1) {
		return false;
	}
	len = name_read(q->name, p + HEADER, n - HEADER);
	if (len == 0 || HEADER + len + 4 > n) {
		return false;
	}
	q->type = (unsigned)p[HEADER + len] << 8 | p[HEADER + len + 1];
	q->key = strlen(q->name);
	q->zone_at = HEADER + len - 1;
	q->end = HEADER + len + 4;
	q->edns = p[11] != 0;
	return true;
}

/* Is it in one of the zones?  If not, its zone is the root. */
static bool
zone_find(const struct server *s, struct question *q)
{
	size_t n = strlen(q->name);

	for (size_t i = 0; i < s->n_zones; i++) {
		size_t z = strlen(s->zones[i]);

		if (n >= z && (n == z || q->name[n - z - 1] == '.') &&
		    strcasecmp(q->name + n - z, s->zones[i]) == 0) {
			q->zone_at = HEADER + n - z;
			q->key = n > z ? n - z - 1 : 0;
			return true;
		}
	}
	return false;
}

static bool
is_listed(const struct question *q)
{
	for (size_t i = 0; i < sizeof(listed) / sizeof(listed[0]); i++) {
		if (strlen(listed[i]) == q->key &&
		    strncasecmp(q->name, listed[i], q->key) == 0) {
			return true;
		}
	}
	return false;
}

/* ---- what is said ---- */

static void
put16(struct answer *a, unsigned v)
{
	a->bytes[a->n++] = (unsigned char)(v >> 8);
	a->bytes[a->n++] = (unsigned char)v;
}

static const struct record {
	unsigned type, ttl, count_at;	/* where the packet counts it */
	size_t n;
	const char *data;
} records[] = {
	{ TYPE_A, TTL, 7, 4, "\177\0\0\2" },
	{ TYPE_TXT, TTL, 7, 7, "\6Listed" },
	/* two names, serial, refresh, retry, expire, minimum */
	{ TYPE_SOA, TTL_NO, 9, 22, "\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\0\74" },
};

/* For the name that stands at that place of the packet. */
static void
put_record(struct answer *a, size_t at, const struct record *r)
{
	put16(a, 0xc000u | (unsigned)at);
	put16(a, r->type);
	put16(a, 1);
	put16(a, 0);
	put16(a, r->ttl);
	put16(a, (unsigned)r->n);
	memcpy(a->bytes + a->n, r->data, r->n);
	a->n += r->n;
	a->bytes[r->count_at] = 1;
}

/* The packet of the question becomes that of the answer. */
static bool
answer_make(const struct server *s, struct answer *a)
{
	static const unsigned char opt[11] = { 0, 0, TYPE_OPT, 4, 208 };
	struct question q;
	bool ours, found;

	if (!question_read(&q, a->bytes, a->n)) {
		return false;
	}
	ours = zone_find(s, &q);
	found = ours && is_listed(&q);
	memset(a->bytes + 6, 0, 6);
	a->bytes[2] |= 0x84;		/* an answer, with authority */
	a->bytes[3] = found || (ours && q.key == 0) ? FOUND : NO_NAME;
	a->n = q.end;
	if (found && q.type == TYPE_A) {
		put_record(a, HEADER, &records[0]);
	} else if (found && q.type == TYPE_TXT) {
		put_record(a, HEADER, &records[1]);
	} else {
		put_record(a, q.zone_at, &records[2]);
	}
	if (q.edns) {
		memcpy(a->bytes + a->n, opt, sizeof(opt));
		a->n += sizeof(opt);
		a->bytes[11] = 1;
	}
	return true;
}

/* ---- packets in and out ---- */

struct batch {
	struct mmsghdr h[BATCH];
	struct iovec v[BATCH];
};

static void
batch_set(struct batch *b, size_t i, struct answer *a, size_t n)
{
	b->v[i] = (struct iovec){ a->bytes, n };
	b->h[i].msg_hdr = (struct msghdr){ .msg_name = &a->to,
		.msg_namelen = sizeof(a->to), .msg_iov = &b->v[i],
		.msg_iovlen = 1 };
}

/* Into the free places of the ring that lie side by side, one at least. */
static size_t
batch_room(const struct server *s)
{
	size_t room = RING - (s->last - s->first);
	size_t row = RING - s->last % RING;

	room = room < row ? room : row;
	return room < BATCH ? room : BATCH;
}

/* A place that does not hold a good question is filled by the next one. */
static void
keep(struct server *s, struct answer *from, size_t n, double due)
{
	struct answer *a = &s->ring[s->last % RING];

	from->n = n;
	if (!answer_make(s, from)) {
		return;
	}
	s->asked++;
	from->due = due;
	if (a != from) {
		*a = *from;
	}
	s->last++;
}

static bool
take_questions(struct server *s, struct batch *b)
{
	struct answer *places = &s->ring[s->last % RING];
	size_t room = batch_room(s);
	char waste;
	double due;
	int n;

	if (room == 0) {
		s->lost += recv(s->fd, &waste, 1, 0) >= 0;
		return false;
	}
	for (size_t i = 0; i < room; i++) {
		batch_set(b, i, &places[i], PACKET);
	}
	n = recvmmsg(s->fd, b->h, (unsigned)room, 0, NULL);
	due = now() + s->delay;
	for (int i = 0; i < n; i++) {
		keep(s, &places[i], b->h[i].msg_len, due);
	}
	return n == (int)room;
}

static void
send_answers(struct server *s, struct batch *b)
{
	double t = now();

	for (;;) {
		unsigned n = 0;
		int sent;

		while (n < BATCH && s->first + n != s->last) {
			struct answer *a = &s->ring[(s->first + n) % RING];

			if (a->due > t) {
				break;
			}
			batch_set(b, n++, a, a->n);
		}
		if (n == 0) {
			return;
		}
		sent = sendmmsg(s->fd, b->h, n, 0);
		/* what cannot be sent is lost, as on any network */
		s->lost += sent < 1;
		s->first += sent < 1 ? 1 : (size_t)sent;
	}
}

/* ---- the loop ---- */

static int
open_socket(struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), size = SOCKBUF;
	socklen_t n = sizeof(*at);

	if (fd < 0 || bind(fd, (struct sockaddr *)at, n) != 0 ||
	    getsockname(fd, (struct sockaddr *)at, &n) != 0) {
		err(1, "no socket");
	}
	/* root may have more than the limit; others have what they get */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
	    sizeof(size)) != 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	}
	return fd;
}

/* Milliseconds until the next answer is due. */
static int
patience(const struct server *s)
{
	double left;

	if (s->first == s->last) {
		return -1;
	}
	left = s->ring[s->first % RING].due - now();
	return left > 0 ? (int)(left * 1000) + 1 : 0;
}

/* false at the end of input. */
static bool
take_command(const struct server *s)
{
	char line[64];

	if (fgets(line, sizeof(line), stdin) == NULL) {
		return false;
	}
	printf("%zu %zu\n", s->asked, s->lost);
	fflush(stdout);
	return true;
}

static void
run(struct server *s)
{
	struct pollfd p[] = { { s->fd, POLLIN, 0 },
		{ STDIN_FILENO, POLLIN, 0 } };
	struct batch b = { 0 };

	for (;;) {
		if (poll(p, 2, patience(s)) < 0 && errno != EINTR) {
			err(1, "poll");
		}
		while (take_questions(s, &b)) {
			continue;
		}
		send_answers(s, &b);
		if (p[1].revents != 0 && !take_command(s)) {
			return;
		}
	}
}

int
main(int argc, char **argv)
{
	struct sockaddr_in here = { .sin_family = AF_INET };
	struct server s = { .zones = argv + 2 };

	if (argc < 3) {
		fprintf(stderr, "usage: delay MILLISECONDS ZONE ...\n");
		return 64;
	}
	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s.n_zones = (size_t)argc - 2;
	s.delay = atof(argv[1]) / 1000;
	s.fd = open_socket(&here);
	s.ring = calloc(RING, sizeof(*s.ring));
	if (s.ring == NULL) {
		err(1, "memory");
	}
	printf("%u\n", (unsigned)ntohs(here.sin_port));
	fflush(stdout);
	run(&s);
	return 0;
}

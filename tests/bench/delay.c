/*
 * delay.c - a UDP relay to a name server, which takes its time.
 *
 *	delay MILLISECONDS PORT
 *
 * Stands between tared and a list server on loopback in the DNS part of `make
 * bench`: every question is held for so long and then passed on; the answer
 * goes back at once.  In C, because tests/zones/relay.py, which can do more,
 * passes on less than a worker asks.
 *
 * Its own port is the first line of output.  After that each line of input is
 * answered by one: the number of questions so far.  It ends with its input.
 *
 * Questions wait in a ring in the order they came, which is also the order in
 * which they are due.  An answer finds its asker by the identifier that the
 * question was given here; 65536 of them may be under way.
 *
 * Fatal: no sockets.  A question that finds the ring full is lost, as on any
 * network; the count of those is the second number of each line.
 */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RING	65536		/* a power of two; identifiers are 16 bits */
#define PACKET	512		/* a question is far shorter */
#define SOCKBUF	(8 << 20)

struct question {
	struct sockaddr_in from;
	double due;
	size_t n;
	unsigned char bytes[PACKET];
};

struct asker {
	struct sockaddr_in from;
	unsigned char id[2];
};

struct relay {
	int front, back;
	double delay;
	struct question *ring;
	size_t first, last;	/* counters; the place is modulo RING */
	struct asker *askers;
	uint16_t serial;
	size_t asked, lost;
};

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
open_socket(struct sockaddr_in *at, int server)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), size = SOCKBUF;
	socklen_t n = sizeof(*at);

	if (fd < 0 || (server ? bind(fd, (struct sockaddr *)at, n) :
	    connect(fd, (struct sockaddr *)at, n)) != 0) {
		err(1, "no socket");
	}
	/* root may have more than the limit; others have what they get */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
	    sizeof(size)) != 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	}
	if (server && getsockname(fd, (struct sockaddr *)at, &n) != 0) {
		err(1, "no port");
	}
	return fd;
}

/* ---- questions in, and on when they are due ---- */

static void
take_questions(struct relay *r)
{
	for (;;) {
		struct question *q = &r->ring[r->last % RING];
		unsigned char waste[PACKET];
		int full = r->last - r->first == RING;
		socklen_t len = sizeof(q->from);
		ssize_t n = full ? recv(r->front, waste, PACKET, 0) :
		    recvfrom(r->front, q->bytes, PACKET, 0,
		    (struct sockaddr *)&q->from, &len);

		if (n < 12) {
			if (n < 0) {
				return;
			}
			continue;
		}
		r->asked++;
		if (full) {
			r->lost++;
			continue;
		}
		q->n = (size_t)n;
		q->due = now() + r->delay;
		r->last++;
	}
}

static void
pass_on(struct relay *r)
{
	double t = now();

	while (r->first != r->last && r->ring[r->first % RING].due <= t) {
		struct question *q = &r->ring[r->first++ % RING];
		struct asker *a = &r->askers[++r->serial];

		a->from = q->from;
		memcpy(a->id, q->bytes, 2);
		q->bytes[0] = (unsigned char)(r->serial >> 8);
		q->bytes[1] = (unsigned char)r->serial;
		if (send(r->back, q->bytes, q->n, 0) < 0) {
			r->lost++;
		}
	}
}

/* ---- answers back ---- */

static void
take_answers(struct relay *r)
{
	unsigned char packet[4096];
	ssize_t n;

	while ((n = recv(r->back, packet, sizeof(packet), 0)) >= 12) {
		struct asker *a = &r->askers[packet[0] << 8 | packet[1]];

		memcpy(packet, a->id, 2);
		if (sendto(r->front, packet, (size_t)n, 0,
		    (struct sockaddr *)&a->from, sizeof(a->from)) < 0) {
			r->lost++;
		}
	}
}

/* ---- the loop ---- */

/* Milliseconds until the next question is due. */
static int
patience(const struct relay *r)
{
	double left;

	if (r->first == r->last) {
		return -1;
	}
	left = r->ring[r->first % RING].due - now();
	return left > 0 ? (int)(left * 1000) + 1 : 0;
}

/* 0 at the end of input. */
static int
take_command(const struct relay *r)
{
	char line[64];

	if (fgets(line, sizeof(line), stdin) == NULL) {
		return 0;
	}
	printf("%zu %zu\n", r->asked, r->lost);
	fflush(stdout);
	return 1;
}

static void
run(struct relay *r)
{
	struct pollfd p[] = { { r->front, POLLIN, 0 }, { r->back, POLLIN, 0 },
		{ STDIN_FILENO, POLLIN, 0 } };

	for (;;) {
		if (poll(p, 3, patience(r)) < 0 && errno != EINTR) {
			err(1, "poll");
		}
		take_questions(r);
		pass_on(r);
		take_answers(r);
		if (p[2].revents != 0 && !take_command(r)) {
			return;
		}
	}
}

int
main(int argc, char **argv)
{
	struct sockaddr_in here = { .sin_family = AF_INET }, there;
	struct relay r = { .asked = 0 };

	if (argc != 3) {
		fprintf(stderr, "usage: delay MILLISECONDS PORT\n");
		return 64;
	}
	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	there = here;
	there.sin_port = htons((uint16_t)atoi(argv[2]));
	r.delay = atof(argv[1]) / 1000;
	r.front = open_socket(&here, 1);
	r.back = open_socket(&there, 0);
	r.ring = calloc(RING, sizeof(*r.ring));
	r.askers = calloc(RING, sizeof(*r.askers));
	if (r.ring == NULL || r.askers == NULL) {
		err(1, "memory");
	}
	printf("%u\n", (unsigned)ntohs(here.sin_port));
	fflush(stdout);
	run(&r);
	return 0;
}

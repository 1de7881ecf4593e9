/*
 * load.c - send mails to a scanner, and say how long each took.
 *
 *	load [-h] [-c CONNECTIONS] [-r RATE] [-n COUNT] [-t SECONDS]
 *	    ADDRESS:PORT <NAMES
 *
 * The client of `make bench` (tests/bench/bench.py calls it): one process, one
 * epoll loop, all mails read before the clock starts, so that what is measured
 * is the scanner.  NAMES are files, one a line; they are sent in that order,
 * again from the first, until COUNT (each once) were sent.  -h: HTTP as rspamd
 * wants it, else the spamd protocol with a half-close, as spamc.
 *
 * Closed loop: CONNECTIONS mails are always under way.  With -r RATE mails
 * begin at even distances, whatever is still under way, and a mail's time
 * counts from when it should have begun: a scanner that falls behind cannot
 * hide it.
 *
 * A mail is over when the scanner has closed; it failed when the reply does
 * not begin as a good one, or after SECONDS.
 *
 * Output, one JSON object: messages, failed, seconds, cpu (of this process,
 * while mails were sent), steady (mails a second while all connections were in
 * use: from the end of mail number CONNECTIONS to the beginning of the last; 0
 * if there was no such time), us (microseconds of each good one, in order of
 * their ends) and mail (the number of its file).
 *
 * Fatal: files that cannot be read, sockets that cannot be made.
 */
#include "config.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EVENTS		64
#define GREETING	16	/* of the reply, to tell good from bad */
#define CONNS_MAX	4096

struct request {
	char *bytes;
	size_t n;
};

struct conn {
	int fd;			/* -1: free */
	const struct request *rq;
	size_t sent, got;
	double began;
	char head[GREETING];
};

struct load {
	struct sockaddr_in to;
	bool http;
	unsigned connections;
	double rate, patience;
	size_t count;		/* to send */
	struct request *requests;
	size_t n_requests;
	struct conn *conns;
	size_t begun, over, failed, n_open;
	double start;
	double full, last;	/* when all were in use, until when */
	size_t over_at_last;
	int epoll, timer;
	uint32_t *us;		/* of the good ones */
	uint32_t *mail;
};

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double
cpu(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	    (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
}

static void *
must(void *p)
{
	if (p == NULL) {
		err(1, "memory");
	}
	return p;
}

/* ---- requests ---- */

static struct request
request_read(const char *name, bool http)
{
	const char *before = http ? "POST /checkv2 HTTP/1.1\r\n"
	    "Host: localhost\r\nConnection: close\r\n" :
	    "SYMBOLS SPAMC/1.5\r\n";
	struct request rq;
	char head[128];
	FILE *f = fopen(name, "rb");
	long size;
	int n;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0) {
		err(1, "%s", name);
	}
	rewind(f);
	n = snprintf(head, sizeof(head), "%sContent-Length: %ld\r\n\r\n",
	    before, size);
	rq.n = (size_t)n + (size_t)size;
	rq.bytes = must(malloc(rq.n));
	memcpy(rq.bytes, head, (size_t)n);
	if (fread(rq.bytes + n, 1, (size_t)size, f) != (size_t)size) {
		err(1, "%s", name);
	}
	fclose(f);
	return rq;
}

static void
requests_read(struct load *l)
{
	char *line = NULL;
	size_t room = 0, size = 0;
	ssize_t n;

	while ((n = getline(&line, &room, stdin)) > 0) {
		if (line[n - 1] == '\n') {
			line[n - 1] = '\0';
		}
		if (l->n_requests == size) {
			size = 2 * size + 64;
			l->requests = must(realloc(l->requests,
			    size * sizeof(*l->requests)));
		}
		l->requests[l->n_requests++] = request_read(line, l->http);
	}
	free(line);
	if (l->n_requests == 0) {
		errx(64, "no names of mails on standard input");
	}
}

/* ---- one mail ---- */

static void
conn_close(struct load *l, struct conn *c, bool complete)
{
	const char *want = l->http ? "HTTP/1.1 200" : "SPAMD/1.1 0 EX";

	if (complete && c->got >= GREETING &&
	    memcmp(c->head, want, strlen(want)) == 0) {
		size_t i = l->over - l->failed;

		l->us[i] = (uint32_t)((now() - c->began) * 1e6);
		l->mail[i] = (uint32_t)(c->rq - l->requests);
	} else {
		l->failed++;
	}
	if (++l->over == l->connections) {
		l->full = now();
	}
	l->n_open--;
	close(c->fd);
	c->fd = -1;
}

static void
conn_write(struct load *l, struct conn *c)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };

	while (c->sent < c->rq->n) {
		ssize_t n = send(c->fd, c->rq->bytes + c->sent,
		    c->rq->n - c->sent, MSG_NOSIGNAL);

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			return;
		}
		if (n < 0) {
			conn_close(l, c, false);
			return;
		}
		c->sent += (size_t)n;
	}
	if (!l->http) {
		shutdown(c->fd, SHUT_WR);
	}
	epoll_ctl(l->epoll, EPOLL_CTL_MOD, c->fd, &ev);
}

static void
conn_read(struct load *l, struct conn *c)
{
	char piece[16384];

	for (;;) {
		ssize_t n = recv(c->fd, piece, sizeof(piece), 0);

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			return;
		}
		if (n <= 0) {
			conn_close(l, c, n == 0);
			return;
		}
		if (c->got < GREETING) {
			size_t room = GREETING - c->got;

			memcpy(c->head + c->got, piece,
			    (size_t)n < room ? (size_t)n : room);
		}
		c->got += (size_t)n;
	}
}

static struct conn *
conn_free_one(struct load *l)
{
	for (unsigned i = 0; i < l->connections; i++) {
		if (l->conns[i].fd == -1) {
			return &l->conns[i];
		}
	}
	return NULL;
}

static void
conn_begin(struct load *l, struct conn *c, double due)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT,
		.data.ptr = c };

	c->rq = &l->requests[l->begun++ % l->n_requests];
	c->sent = c->got = 0;
	c->began = due;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (c->fd < 0 || (connect(c->fd, (struct sockaddr *)&l->to,
	    sizeof(l->to)) != 0 && errno != EINPROGRESS) ||
	    epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &ev) != 0) {
		err(1, "cannot connect");
	}
	l->n_open++;
	if (l->begun == l->count) {
		l->last = now();
		l->over_at_last = l->over;
	}
}

static double
steady_rate(const struct load *l)
{
	return l->over_at_last <= l->connections || l->last <= l->full ? 0 :
	    (double)(l->over_at_last - l->connections) / (l->last - l->full);
}

/* ---- all of them ---- */

/* When mail number n should begin. */
static double
due_at(const struct load *l, size_t n)
{
	return l->rate > 0 ? l->start + (double)n / l->rate : now();
}

static void
begin_due(struct load *l)
{
	while (l->begun < l->count && l->n_open < l->connections) {
		double due = due_at(l, l->begun);

		if (due > now()) {
			return;
		}
		conn_begin(l, conn_free_one(l), due);
	}
}

static void
give_up_old(struct load *l)
{
	double limit = now() - l->patience;

	for (unsigned i = 0; i < l->connections; i++) {
		if (l->conns[i].fd != -1 && l->conns[i].began < limit) {
			conn_close(l, &l->conns[i], false);
		}
	}
}

/* Wake up when the next mail is due, or in a second. */
static void
set_timer(struct load *l)
{
	struct itimerspec at = { .it_value = { 0, 0 } };
	double t = now() + 1;

	if (l->rate > 0 && l->begun < l->count &&
	    l->n_open < l->connections && due_at(l, l->begun) < t) {
		t = due_at(l, l->begun);
	}
	at.it_value.tv_sec = (time_t)t;
	at.it_value.tv_nsec = (long)((t - (double)at.it_value.tv_sec) * 1e9);
	timerfd_settime(l->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static void
run(struct load *l)
{
	struct epoll_event ev[EVENTS];

	while (l->over < l->count) {
		int n;

		begin_due(l);
		set_timer(l);
		n = epoll_wait(l->epoll, ev, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			struct conn *c = ev[i].data.ptr;

			if (c == NULL) {
				give_up_old(l);
			} else if (c->fd == -1) {
				continue;
			} else if (c->sent < c->rq->n) {
				conn_write(l, c);
			} else {
				conn_read(l, c);
			}
		}
	}
}

static void
open_loop(struct load *l)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = NULL };

	l->conns = must(calloc(l->connections, sizeof(*l->conns)));
	for (unsigned i = 0; i < l->connections; i++) {
		l->conns[i].fd = -1;
	}
	l->us = must(calloc(l->count, sizeof(*l->us)));
	l->mail = must(calloc(l->count, sizeof(*l->mail)));
	l->epoll = epoll_create1(0);
	l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	if (l->epoll < 0 || l->timer < 0 ||
	    epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->timer, &ev) != 0) {
		err(1, "no event loop");
	}
}

static void
print_array(const char *name, const uint32_t *v, size_t n)
{
	printf(", \"%s\": [", name);
	for (size_t i = 0; i < n; i++) {
		printf("%s%u", i > 0 ? "," : "", (unsigned)v[i]);
	}
	putchar(']');
}

static int
parse_address(struct load *l, char *text)
{
	char *port = strrchr(text, ':');

	if (port == NULL) {
		return -1;
	}
	*port = '\0';
	l->to.sin_family = AF_INET;
	l->to.sin_port = htons((uint16_t)atoi(port + 1));
	return inet_pton(AF_INET, text, &l->to.sin_addr) == 1 ? 0 : -1;
}

static int
parse(struct load *l, int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv, "hc:r:n:t:")) != -1) {
		switch (o) {
		case 'h':
			l->http = true;
			break;
		case 'c':
			l->connections = (unsigned)atoi(optarg);
			break;
		case 'r':
			l->rate = atof(optarg);
			break;
		case 'n':
			l->count = (size_t)atol(optarg);
			break;
		case 't':
			l->patience = atof(optarg);
			break;
		default:
			return -1;
		}
	}
	return argc - optind == 1 && l->connections >= 1 &&
	    l->connections <= CONNS_MAX ? parse_address(l, argv[optind]) : -1;
}

int
main(int argc, char **argv)
{
	struct load l = { .connections = 4, .patience = 120 };
	double before, seconds;

	if (parse(&l, argc, argv) != 0) {
		fprintf(stderr, "usage: load [-h] [-c CONNECTIONS] [-r RATE] "
		    "[-n COUNT] [-t SECONDS] ADDRESS:PORT <NAMES\n");
		return 64;
	}
	requests_read(&l);
	if (l.count == 0) {
		l.count = l.n_requests;
	}
	open_loop(&l);
	before = cpu();
	l.start = now();
	run(&l);
	seconds = now() - l.start;
	printf("{\"messages\": %zu, \"failed\": %zu, \"seconds\": %.6f, "
	    "\"cpu\": %.6f, \"steady\": %.3f", l.over, l.failed, seconds,
	    cpu() - before, steady_rate(&l));
	print_array("us", l.us, l.over - l.failed);
	print_array("mail", l.mail, l.over - l.failed);
	printf("}\n");
	return 0;
}

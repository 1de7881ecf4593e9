/*
 * keeper_control.c - what operators ask about zones.
 *
 * The master passes the line and the operator's own connection
 * (SCM_RIGHTS); the answer goes straight there.  A peer that does not read
 * costs at most SEND_SECONDS.
 *
 *	zones				JSON of all zones
 *	pin ZONE on|off|WEIGHT SECONDS	0 seconds: until unpin
 *	unpin ZONE
 *	probe ZONE			a round now; its verdicts, a line of
 *					JSON each, when it is over (watch.c)
 *	peer JSON			a line of another node, checked by who
 *					hands it over; "ok RESULT"
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "learn/fleet.h"

#define SEND_SECONDS	2

int
keeper_control_send(int to, const char *line, int fd)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} room = { .space = { 0 } };
	struct iovec iov = { (void *)(uintptr_t)line, strlen(line) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = room.space,
		.msg_controllen = sizeof(room.space) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(to, &m, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -1 : 0;
}

int
keeper_control_receive(int from, char *line, size_t size, int *fd_r)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} room = { .space = { 0 } };
	struct iovec iov = { line, size - 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = room.space,
		.msg_controllen = sizeof(room.space) };
	struct cmsghdr *c;
	ssize_t n = recvmsg(from, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0) {
		return -1;
	}
	line[n] = '\0';
	*fd_r = -1;
	c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_type == SCM_RIGHTS) {
		memcpy(fd_r, CMSG_DATA(c), sizeof(*fd_r));
	}
	return *fd_r >= 0 ? 0 : -1;
}

/* ---- zones ---- */

void
keeper_zone_json(struct buf *b, const struct zone_model *z, double now)
{
	struct zone_entry en;
	char words[600];

	zone_model_entry(z, &en);
	zone_model_words(z, now, words, sizeof(words));
	buf_adds(b, "{\"zone\":");
	buf_add_json(b, slice_cstr(z->name));
	buf_addf(b, ",\"state\":\"%s\",\"automatic\":\"%s\","
	    "\"reason\":\"%s\",\"weight\":%g,\"controls\":%u,\"ask\":%s,"
	    "\"since\":%.3f,\"last_clean\":%.3f,\"timeout\":%.2f,"
	    "\"words\":", zone_state_name(zone_model_state(z)),
	    zone_state_name(z->state), zone_reason_name(z->reason),
	    (double)en.weight, en.controls, en.ask ? "true" : "false",
	    en.since, en.last_clean, (double)en.timeout);
	buf_add_json(b, slice_cstr(words));
	buf_addc(b, '}');
}

/* ---- commands ---- */

/* One operator's line; answered by what is in out, or by nobody yet. */
struct talk {
	const struct keeper_parts *k;
	struct slice rest;		/* after the command's word */
	struct buf out;
	int fd;				/* -1: handed on */
};

static void
no_zone(struct talk *t, const char *name)
{
	buf_addf(&t->out, "error no rule names the zone %s\n", name);
}

/* The rest of the line is a zone. */
static void
take_zone(struct talk *t, char name[LIMIT_ZONE_NAME])
{
	snprintf(name, LIMIT_ZONE_NAME, "%.*s",
	    SLICE_FMT(slice_trim(t->rest)));
}

static void
do_zones(struct talk *t)
{
	const struct learn *l = t->k->learn;

	buf_addf(&t->out, "{\"now\":%.3f,\"resolver_bad\":%s,\"zones\":[",
	    t->k->now, learn_resolver_bad(l) ? "true" : "false");
	for (size_t i = 0; i < learn_zones(l); i++) {
		buf_adds(&t->out, i > 0 ? "," : "");
		keeper_zone_json(&t->out, learn_zone(l, i), t->k->now);
	}
	buf_adds(&t->out, "]}\n");
}

/* "on", "off", or how much a listing may count. */
static int
parse_weight(struct slice word, enum zone_state *pin_r, double *weight_r)
{
	*pin_r = ZONE_PINNED_ON;
	*weight_r = 1;
	if (slice_eq_cstr(word, "on")) {
		return 0;
	}
	if (slice_eq_cstr(word, "off")) {
		*pin_r = ZONE_PINNED_OFF;
		*weight_r = 0;
		return 0;
	}
	if (slice_to_double(word, weight_r) != 0 ||
	    !(*weight_r >= 0 && *weight_r <= 1)) {
		return -1;
	}
	return 0;
}

static void
do_pin(struct talk *t)
{
	struct slice zone, how, seconds;
	enum zone_state pin;
	double weight, length;
	char name[LIMIT_ZONE_NAME];

	if (!slice_word(&t->rest, &zone) || !slice_word(&t->rest, &how) ||
	    !slice_word(&t->rest, &seconds) ||
	    parse_weight(how, &pin, &weight) != 0 ||
	    slice_to_double(seconds, &length) != 0 || !(length >= 0)) {
		buf_adds(&t->out, "error say: pin ZONE on|off|WEIGHT "
		    "SECONDS\n");
		return;
	}
	snprintf(name, sizeof(name), "%.*s", SLICE_FMT(zone));
	if (learn_pin(t->k->learn, name, pin, weight, length > 0 ?
	    t->k->now + length : 0, t->k->now) != 0) {
		no_zone(t, name);
		return;
	}
	buf_addf(&t->out, "ok %s pinned, weight %g\n", name, weight);
}

static void
do_unpin(struct talk *t)
{
	char name[LIMIT_ZONE_NAME];

	take_zone(t, name);
	if (learn_pin(t->k->learn, name, ZONE_NEW, 1, 0, t->k->now) != 0) {
		no_zone(t, name);
		return;
	}
	buf_addf(&t->out, "ok %s unpinned\n", name);
}

/* The watch is set first: a round may be over before learn_probe returns. */
static void
do_probe(struct talk *t)
{
	const struct keeper_parts *k = t->k;
	char name[LIMIT_ZONE_NAME];

	take_zone(t, name);
	if (learn_zone_find(k->learn, name) == NULL) {
		no_zone(t, name);
		return;
	}
	if (watch_add(k->watch, name, t->fd,
	    prober_busy(k->prober, name)) != 0) {
		buf_adds(&t->out, "error too many wait for probes: try "
		    "again\n");
		return;
	}
	learn_probe(k->learn, name, k->now);
	if (watch_waits(k->watch, t->fd) && !prober_busy(k->prober, name)) {
		watch_drop(k->watch, t->fd);
		buf_adds(&t->out, "error the resolver answers for names that "
		    "do not exist: nothing is probed until it stops\n");
		return;
	}
	t->fd = -1;
}

static void
do_peer(struct talk *t)
{
	struct fleet_line line;
	struct err e;

	if (fleet_line_parse(slice_trim(t->rest), &line, &e) != 0) {
		buf_addf(&t->out, "error %s\n", e.text);
		return;
	}
	buf_addf(&t->out, "ok %s\n", fleet_result_name(
	    learn_peer(t->k->learn, &line, t->k->now)));
}

static const struct {
	const char *word;
	void (*run)(struct talk *);
} commands[] = {
	{ "zones", do_zones },
	{ "pin", do_pin },
	{ "unpin", do_unpin },
	{ "probe", do_probe },
	{ "peer", do_peer },
};

void
keeper_reply(int fd, struct slice text)
{
	static const struct timeval limit = { SEND_SECONDS, 0 };

	fcntl(fd, F_SETFL, 0);		/* blocking, but not for long */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	/* an operator who went away is no error */
	(void)!fd_write_all(fd, text.p, text.n);
	close(fd);
}

void
keeper_control(const struct keeper_parts *k, int fd, struct slice line)
{
	struct arena *a = arena_new();
	struct talk t = { .k = k, .rest = line, .fd = fd };
	struct slice word = { NULL, 0 };
	size_t i = 0, n = sizeof(commands) / sizeof(commands[0]);

	buf_init(&t.out, a);
	slice_word(&t.rest, &word);
	while (i < n && !slice_eq_cstr(word, commands[i].word)) {
		i++;
	}
	if (i < n) {
		commands[i].run(&t);
	} else {
		buf_adds(&t.out, "error the keeper does not know this\n");
	}
	if (t.fd >= 0) {
		keeper_reply(t.fd, buf_slice(&t.out));
	}
	arena_free(&a);
}

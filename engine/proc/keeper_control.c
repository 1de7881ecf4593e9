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
 *	probe ZONE			a round now
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

static void
add_zone(struct buf *b, const struct zone_model *z, double now)
{
	struct zone_entry en;
	char words[600];

	zone_model_entry(z, &en);
	zone_model_words(z, now, words, sizeof(words));
	buf_adds(b, "{\"zone\":");
	buf_add_json(b, slice_cstr(z->name));
	buf_addf(b, ",\"state\":\"%s\",\"automatic\":\"%s\","
	    "\"reason\":\"%s\",\"weight\":%g,\"controls\":%u,\"ask\":%s,"
	    "\"since\":%.0f,\"last_clean\":%.0f,\"timeout\":%.2f,"
	    "\"words\":", zone_state_name(zone_model_state(z)),
	    zone_state_name(z->state), zone_reason_name(z->reason),
	    (double)en.weight, en.controls, en.ask ? "true" : "false",
	    en.since, en.last_clean, (double)en.timeout);
	buf_add_json(b, slice_cstr(words));
	buf_addc(b, '}');
}

static void
do_zones(struct learn *l, double now, struct slice rest, struct buf *out)
{
	buf_addf(out, "{\"now\":%.0f,\"resolver_bad\":%s,\"zones\":[", now,
	    learn_resolver_bad(l) ? "true" : "false");
	for (size_t i = 0; i < learn_zones(l); i++) {
		buf_adds(out, i > 0 ? "," : "");
		add_zone(out, learn_zone(l, i), now);
	}
	buf_adds(out, "]}\n");
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
do_pin(struct learn *l, double now, struct slice rest, struct buf *out)
{
	struct slice zone, how, seconds;
	enum zone_state pin;
	double weight, length;
	char name[LIMIT_ZONE_NAME];

	if (!slice_word(&rest, &zone) || !slice_word(&rest, &how) ||
	    !slice_word(&rest, &seconds) ||
	    parse_weight(how, &pin, &weight) != 0 ||
	    slice_to_double(seconds, &length) != 0 || !(length >= 0)) {
		buf_adds(out, "error say: pin ZONE on|off|WEIGHT SECONDS\n");
		return;
	}
	snprintf(name, sizeof(name), "%.*s", SLICE_FMT(zone));
	if (learn_pin(l, name, pin, weight, length > 0 ? now + length : 0,
	    now) != 0) {
		buf_addf(out, "error no rule names the zone %s\n", name);
		return;
	}
	buf_addf(out, "ok %s pinned, weight %g\n", name, weight);
}

static void
do_unpin(struct learn *l, double now, struct slice rest, struct buf *out)
{
	char name[LIMIT_ZONE_NAME];

	snprintf(name, sizeof(name), "%.*s", SLICE_FMT(slice_trim(rest)));
	if (learn_pin(l, name, ZONE_NEW, 1, 0, now) != 0) {
		buf_addf(out, "error no rule names the zone %s\n", name);
		return;
	}
	buf_addf(out, "ok %s unpinned\n", name);
}

static void
do_probe(struct learn *l, double now, struct slice rest, struct buf *out)
{
	char name[LIMIT_ZONE_NAME];

	snprintf(name, sizeof(name), "%.*s", SLICE_FMT(slice_trim(rest)));
	if (learn_probe(l, name, now) != 0) {
		buf_addf(out, "error no rule names the zone %s\n", name);
		return;
	}
	buf_addf(out, "ok %s is being probed\n", name);
}

static const struct {
	const char *word;
	void (*run)(struct learn *, double, struct slice, struct buf *);
} commands[] = {
	{ "zones", do_zones },
	{ "pin", do_pin },
	{ "unpin", do_unpin },
	{ "probe", do_probe },
};

void
keeper_control(struct learn *l, double now, int fd, struct slice line)
{
	static const struct timeval limit = { SEND_SECONDS, 0 };
	struct arena *a = arena_new();
	struct slice rest = line, word;
	struct buf out;

	buf_init(&out, a);
	for (size_t i = 0; slice_word(&rest, &word) &&
	    i < sizeof(commands) / sizeof(commands[0]); i++, rest = line) {
		if (slice_eq_cstr(word, commands[i].word)) {
			commands[i].run(l, now, rest, &out);
			break;
		}
	}
	if (out.n == 0) {
		buf_adds(&out, "error the keeper does not know this\n");
	}
	fcntl(fd, F_SETFL, 0);		/* blocking, but not for long */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	/* an operator who went away is no error */
	(void)!fd_write_all(fd, out.p, out.n);
	close(fd);
	arena_free(&a);
}

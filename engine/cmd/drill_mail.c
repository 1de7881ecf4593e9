/*
 * drill_mail.c - small messages over the spamd protocol, to see whether the
 * zone's rules give points.
 *
 * Senders and links are made up; they are only ever asked of the drill's own
 * resolver.  They stay out of reserved space, where the controls come from.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/fdio.h"
#include "cmd/drill.h"
#include "wire/wire.h"

/* 5.6.7.N is listed, 9.10.N.N is not; drillspamN.com, drillhamN.com. */
#define LISTED_TAIL "7.6.5"

bool
drill_mail_is_listed(struct slice key, uint8_t kind)
{
	if (kind == ZONE_KIND_IP)
		return slice_ends(key, SLICE("." LISTED_TAIL));
	return slice_starts_nocase(key, SLICE("drillspam")) ||
	    slice_find_nocase(key, SLICE(".drillspam"), 0) >= 0;
}

static struct slice
compose(struct arena *a, bool listed)
{
	static unsigned serial;		/* every message is another sender's */
	unsigned n = serial++;
	char ip[32], date[64];
	time_t now = time(NULL);
	struct tm tm;
	const char *kind = listed ? "spam" : "ham";

	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	if (listed)
		snprintf(ip, sizeof(ip), "5.6.7.%u", n % 250 + 1);
	else
		snprintf(ip, sizeof(ip), "9.10.%u.%u", n / 250 % 250,
		    n % 250 + 1);
	return slice_cstr(arena_printf(a,
	    "Received: from mail.drill%s%u.com (mail.drill%s%u.com [%s])\n"
	    "\tby mx.example.org (Postfix) with ESMTP id D%08X\n"
	    "\tfor <you@example.org>; %s\n"
	    "From: Some One <some.one@drill%s%u.com>\n"
	    "To: You <you@example.org>\n"
	    "Subject: minutes of the meeting, part %u\n"
	    "Date: %s\n"
	    "Message-ID: <drill.%u@drill%s%u.com>\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=us-ascii\n"
	    "\n"
	    "Hello,\n\nthe minutes are at http://www.drill%s%u.com/minutes\n"
	    "as we said on Monday.\n\nSome One\n",
	    kind, n, kind, n, ip, n, date, kind, n, n, date, n, kind, n,
	    kind, n));
}

static int
exchange(struct arena *a, const char *path, struct slice request,
    struct slice *reply_r, struct err *e)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct timeval tv = { 30, 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), rc = -1;

	memcpy(sun.sun_path, path, strlen(path) + 1);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0 ||
	    fd_write_all(fd, request.p, request.n) != 0 ||
	    shutdown(fd, SHUT_WR) != 0)
		err_errno(e, ERR_IO, "the drill's tared");
	else
		rc = fd_read_all(fd, a, 1 << 20, reply_r, e);
	close(fd);
	return rc;
}

/* Does one of the rules of the zone stand in A,B,C? */
static bool
names_zone_rule(struct slice tests, const struct drill_zone *z,
    const struct engine *eng)
{
	size_t n;
	const struct plug_zone *const *zones = plug_zones(eng->plug, &n);
	struct slice rest = tests;

	while (rest.n > 0) {
		ptrdiff_t comma = slice_chr(rest, ',', 0);
		struct slice name = slice_trim(comma < 0 ? rest :
		    slice_sub(rest, 0, (size_t)comma));
		const struct rule *r = rule_find(eng->rs, name);

		rest = comma < 0 ? (struct slice){ NULL, 0 } :
		    slice_sub(rest, (size_t)comma + 1, rest.n);
		for (size_t i = 0; r != NULL && i < n; i++) {
			if (strcmp(zones[i]->conf.name, z->name) != 0)
				continue;
			for (size_t k = 0; k < zones[i]->rules.n; k++) {
				if (zones[i]->rules.v[k] == r->id)
					return true;
			}
		}
	}
	return false;
}

int
drill_mail_send(struct arena *a, const struct drill_daemon *d,
    const struct drill_zone *z, const struct engine *eng, bool listed,
    bool *hit_r, struct err *e)
{
	struct slice rq = wire_request_bytes(a, WIRE_SYMBOLS,
	    SLICE("drill"), (struct slice){ NULL, 0 }, compose(a, listed));
	struct slice reply;
	struct wire_answer ans;

	if (exchange(a, d->socket, rq, &reply, e) != 0 ||
	    wire_answer_parse(reply, &ans, e) != 0)
		return -1;
	if (ans.code != 0)
		return err_set(e, ERR_UNAVAILABLE, "the drill's tared "
		    "answered: %.*s", SLICE_FMT(slice_trim(reply)));
	*hit_r = names_zone_rule(ans.body, z, eng);
	return 0;
}

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

/* Who sends: 5.x.y.7 or drillspamN.com, rightly listed; 9.x.y.7 or
 * drillhamN.com; and 23.k.0.7 or drillgoodk.com, known to be good. */
#define LISTED_NET 5
#define HAM_NET 9
#define KNOWN_NET 23
/* Two of ten unlisted messages come from one who is known.  More would be
 * counted once an hour only, and change what share of senders is listed. */
#define IS_KNOWN(n) ((n) % 10 < 2)

void
drill_mail_known(uint8_t kind, unsigned i, char dst[40])
{
	if (kind == ZONE_KIND_IP)
		snprintf(dst, 40, "%d.%u.0.7", KNOWN_NET, i % DRILL_KNOWN);
	else
		snprintf(dst, 40, "drillgood%u.com", i % DRILL_KNOWN);
}

/* The first octet of a reversed address; 0: it is none. */
static long
first_octet(struct slice key)
{
	long a;

	return slice_to_long(slice_sub(key, (size_t)(slice_rchr(key, '.') + 1),
	    key.n), &a) == 0 ? a : 0;
}

static bool
has_name(struct slice key, struct slice name)
{
	ptrdiff_t at = slice_find_nocase(key, name, 0);

	return at == 0 || (at > 0 && key.p[at - 1] == '.');
}

bool
drill_mail_is_listed(struct slice key, uint8_t kind)
{
	return kind == ZONE_KIND_IP ? first_octet(key) == LISTED_NET :
	    has_name(key, SLICE("drillspam"));
}

bool
drill_mail_is_sender(struct slice key, uint8_t kind)
{
	long net = first_octet(key);

	return kind == ZONE_KIND_IP ? net == LISTED_NET || net == HAM_NET ||
	    net == KNOWN_NET : has_name(key, SLICE("drill"));
}

struct sender {
	char ip[40], domain[40];
};

static struct sender
sender(bool listed, unsigned n)
{
	struct sender s;

	if (!listed && IS_KNOWN(n)) {
		drill_mail_known(ZONE_KIND_IP, n * 7, s.ip);
		drill_mail_known(ZONE_KIND_DOMAIN, n * 7, s.domain);
		return s;
	}
	snprintf(s.ip, sizeof(s.ip), "%d.%u.%u.7", listed ? LISTED_NET :
	    HAM_NET, n / 250 % 250, n % 250);
	snprintf(s.domain, sizeof(s.domain), "drill%s%u.com", listed ?
	    "spam" : "ham", n);
	return s;
}

static struct slice
compose(struct arena *a, bool listed, unsigned n)
{
	struct sender s = sender(listed, n);
	char date[64];
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	return slice_cstr(arena_printf(a,
	    "Received: from mail.%s (mail.%s [%s])\n"
	    "\tby mx.example.org (Postfix) with ESMTP id D%08X\n"
	    "\tfor <you@example.org>; %s\n"
	    "From: Some One <some.one@%s>\n"
	    "To: You <you@example.org>\n"
	    "Subject: minutes of the meeting, part %u\n"
	    "Date: %s\n"
	    "Message-ID: <drill.%u@%s>\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=us-ascii\n"
	    "\n"
	    "Hello,\n\nthe minutes are at http://www.%s/minutes\n"
	    "as we said on Monday.\n\nSome One\n",
	    s.domain, s.domain, s.ip, n, date, s.domain, n, date, n,
	    s.domain, s.domain));
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
    unsigned n, bool *hit_r, struct err *e)
{
	struct slice rq = wire_request_bytes(a, WIRE_SYMBOLS, SLICE("drill"),
	    (struct slice){ NULL, 0 }, compose(a, listed, n));
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

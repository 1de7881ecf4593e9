/*
 * unbound - the resolver: a libunbound context on our event loop.
 *
 * The only file that knows libunbound.  Options come from the reliability
 * reference (c.7); each row says what breaks without it.  With servers every
 * question is forwarded to them; without, libunbound recurses from the root
 * and never reads /etc/resolv.conf.
 *
 * What libunbound does that a reader would not expect:
 *   - ub_resolve_event calls back before it returns when it knows the answer;
 *   - on SERVFAIL the packet length it passes may be that of another packet,
 *     so a packet is handed on only with rcode 0 or 3;
 *   - ub_ctx_delete calls back what is in flight, with SERVFAIL;
 *   - ub_cancel writes to a pipe that nobody reads in event mode, so questions
 *     are never cancelled here: the owner forgets them and they end by
 *     themselves, or go with the context;
 *   - it answers invalid. from a zone of its own, which would hide a
 *     resolver that invents answers (F9): that zone is removed;
 *   - a cache cannot be emptied: a new context is made (F14);
 *   - while a question is on its way it has a socket, its own if its port is;
 *     when outgoing-range of them are open the next question waits.
 */
#include "config.h"

#include <sys/random.h>

#include <stdio.h>
#include <string.h>
#include <unbound.h>
#include <unbound-event.h>

#include "ask/ask-priv.h"
#include "base/endpoint.h"
#include "base/mem.h"

/* A DNS message; anything longer is not a length. */
#define PACKET_MAX 65535
#define PACKET_HEADER 12
/* Of a forwarding context; a socket's buffer holds some 280 answers. */
#define SOCKETS 64
#define DNS_PORT 53u
#define TEXT_OF(number) TEXT(number)
#define TEXT(word) #word

struct resolver {
	struct ub_ctx *ctx;
	bool closing;			/* what it says now is no answer */
};

static const struct option {
	const char *name, *value;
	bool needed;			/* false: older libraries lack it */
} always[] = {
	/* nothing is validated (there is no trust anchor), but the validator
	 * refuses and logs answers that it finds odd */
	{ "module-config:", "iterator", true },
	/* rbldnsd denies empty non-terminals: minimised names miss (F11) */
	{ "qname-minimisation:", "no", true },
	/* a canary must reach the server, not be inferred from NSEC */
	{ "aggressive-nsec:", "no", true },
	{ "harden-below-nxdomain:", "no", true },
	/* an answer after its time is a wrong answer (F14) */
	{ "serve-expired:", "no", true },
	{ "prefetch:", "no", true },
	{ "cache-max-ttl:", TEXT_OF(KEEP_MAX), true },
	{ "cache-max-negative-ttl:", TEXT_OF(KEEP_MAX_NO), true },
	/* tests and sites run rbldnsd on loopback */
	{ "do-not-query-localhost:", "no", true },
	/* a name server that was down must be seen again within seconds, not
	 * after 15 minutes: keep asking, with waits of at most 7 s */
	{ "infra-keep-probing:", "yes", false },
	{ "infra-cache-max-rtt:", "7000", false },
	{ "infra-host-ttl:", "300", true },
	{ "outbound-msg-retry:", "3", false },
	/* the library's own 16 sockets would queue 2000 questions */
	{ "outgoing-range:", "256", true },
	{ "num-queries-per-thread:", "4096", true },
	{ "msg-cache-size:", "4m", true },
	{ "rrset-cache-size:", "4m", true },
};

/*
 * A forwarder is one server that may need seconds for one zone while it
 * answers others in a millisecond.  libunbound would resend after 50 ms, miss
 * the answer to the first packet, then double its waits and in the end ask
 * only one question at a time.  So it remembers nothing of the server beyond
 * the second, waits longer than any asker (a question is one packet), and
 * holds no server for dead because one answer took three seconds.
 */
static const struct option forwarding[] = {
	{ "infra-host-ttl:", "0", true },
	{ "infra-cache-max-rtt:", "120000", false },
	{ "unknown-server-time-limit:", "3500", true },
	/* questions share sockets; see share_ports */
	{ "udp-connect:", "no", false },
	{ "outgoing-port-avoid:", "0-65535", true },
};

static int
set_options(struct ub_ctx *ctx, const struct option *o, size_t n,
    struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		int code = ub_ctx_set_option(ctx, o[i].name, o[i].value);

		if (code != 0 && o[i].needed)
			return err_set(e, ERR_UNAVAILABLE,
			    "libunbound refuses option %s %s: %s",
			    o[i].name, o[i].value, ub_strerror(code));
	}
	return 0;
}

/*
 * A question on a socket of its own costs eight system calls to open and close
 * that one, and 256 of them are 1280 questions a second when an answer takes
 * 200 ms: less than one busy worker asks.  A socket is shared when its port is
 * drawn again, so a forwarding context draws from SOCKETS ports only.  They are
 * chosen by lot, so that port and identifier have to be guessed (RFC 5452).  As
 * they stay the same for the life of a context, nobody but the forwarder should
 * be able to try them: it belongs on loopback or in a trusted network.
 */
static int
share_ports(struct ub_ctx *ctx, struct err *e)
{
	uint16_t lot[SOCKETS];
	char text[8];

	if (getrandom(lot, sizeof(lot), 0) != (ssize_t)sizeof(lot))
		return err_errno(e, ERR_OS, "no random ports");
	for (size_t i = 0; i < SOCKETS; i++) {
		struct option o = { "outgoing-port-permit:", text, true };

		/* where the kernel, too, takes ports for clients */
		snprintf(text, sizeof(text), "%u", lot[i] | 0x8000u);
		if (set_options(ctx, &o, 1, e) == -1)
			return -1;
	}
	return 0;
}

/* A server as libunbound writes it: address@port. */
static int
server_text(const char *server, char *dst, size_t size, struct err *e)
{
	struct endpoint at;
	int n;

	if (endpoint_parse_address(slice_cstr(server), &at) != 0)
		return err_set(e, ERR_CONFIG,
		    "dns_server %s: address or address:port is wanted",
		    server);
	n = snprintf(dst, size, "%.*s@%u", SLICE_FMT(at.host),
	    at.port != 0 ? (unsigned)at.port : DNS_PORT);
	if (n >= (int)size)
		return err_set(e, ERR_CONFIG, "dns_server %s: too long",
		    server);
	return 0;
}

static int
set_servers(struct ub_ctx *ctx, const struct ask_conf *conf, struct err *e)
{
	char text[128];
	int code;

	if (conf->n_servers > 0 && (set_options(ctx, forwarding,
	    sizeof(forwarding) / sizeof(forwarding[0]), e) == -1 ||
	    share_ports(ctx, e) == -1))
		return -1;
	for (size_t i = 0; i < conf->n_servers; i++) {
		if (server_text(conf->servers[i], text, sizeof(text), e) == -1)
			return -1;
		if ((code = ub_ctx_set_fwd(ctx, text)) != 0)
			return err_set(e, ERR_CONFIG,
			    "dns_server %s: %s (address or address:port is "
			    "wanted)",
			    conf->servers[i], ub_strerror(code));
	}
	return 0;
}

int
resolver_new(struct event_base *base, const struct ask_conf *conf,
    struct resolver **r_r, struct err *e)
{
	struct ub_ctx *ctx = ub_ctx_create_event(base);
	int code;

	*r_r = NULL;
	if (ctx == NULL)
		return err_set(e, ERR_UNAVAILABLE,
		    "libunbound makes no event context");
	ub_ctx_debugout(ctx, NULL);	/* a library does not log */
	if (set_options(ctx, always, sizeof(always) / sizeof(always[0]),
	    e) == -1 || set_servers(ctx, conf, e) == -1)
		goto fail;
	if ((code = ub_ctx_zone_remove(ctx, "invalid.")) != 0) {
		err_set(e, ERR_UNAVAILABLE, "libunbound: %s",
		    ub_strerror(code));
		goto fail;
	}
	*r_r = mem_alloc(sizeof(**r_r));
	(*r_r)->ctx = ctx;
	return 0;
fail:
	ub_ctx_delete(ctx);
	return -1;
}

void
resolver_free(struct resolver **r)
{
	if (*r == NULL)
		return;
	(*r)->closing = true;
	ub_ctx_delete((*r)->ctx);
	mem_free(*r);
	*r = NULL;
}

/* libunbound is on the stack: flight_landed only takes notes. */
static void
on_answer(void *arg, int rcode, void *packet, int len, int sec,
    char *why_bogus, int was_ratelimited)
{
	struct flight *f = arg;
	bool readable = packet != NULL && len >= PACKET_HEADER &&
	    len <= PACKET_MAX && (rcode == 0 || rcode == 3);

	(void)why_bogus;
	(void)was_ratelimited;
	if (f->ask->resolver->closing)
		return;
	flight_landed(f, rcode, readable ? packet : NULL,
	    readable ? (size_t)len : 0, sec == 1);
}

int
resolver_send(struct resolver *r, const char *name, int type,
    struct flight *f)
{
	return ub_resolve_event(r->ctx, name, type, 1 /* IN */, f, on_answer,
	    NULL) == 0 ? 0 : -1;
}

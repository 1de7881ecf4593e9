/*
 * relay_test - trusted, internal and MSA networks, logins, fetches, lines
 * that say nothing, and the X-Spam-Relays-* strings.
 */
#include "config.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "view/view.h"

#include "tests/tap/tap.h"

/* Four hops of a message: ours, a relay we know, a stranger, its client. */
#define HOP(ip) "Received: from h (r.example.com [" ip "]) by mx (Postfix) " \
	"with ESMTP id ABC\n"
#define LOGIN(ip) "Received: from h (r.example.com [" ip "]) " \
	"(Authenticated sender: jo) by mx (Postfix) with ESMTP id ABC\n"
#define SILENT "Received: by mx (Postfix, from userid 1) id B\n"
#define ODD "Received: from who knows\n"
#define FETCH "Received: from h [127.0.0.1] (x) by mx with IMAP (f) for j\n"

struct site {
	const char *trusted, *internal, *msa;	/* NULL: not configured */
};

struct set_up {
	struct ip_set trusted, internal, msa;
	struct view_conf conf;
};

static void
fill_set(struct arena *a, struct ip_set *set, const char *text)
{
	struct slice rest = slice_cstr(text), word;
	struct ip_net net;

	while (slice_word(&rest, &word)) {
		if (ip_net_parse(word, &net, NULL) == 0) {
			ip_set_add(a, set, net);
		}
	}
}

static struct view *
view_of(struct arena *a, const struct site *site, const char *text)
{
	struct set_up *s = arena_alloc(a, sizeof(*s));

	fill_set(a, &s->trusted, site->trusted);
	fill_set(a, &s->internal, site->internal);
	fill_set(a, &s->msa, site->msa);
	s->conf = (struct view_conf){ .trusted = &s->trusted,
		.internal = &s->internal, .msa = &s->msa,
		.trusted_set = site->trusted, .internal_set = site->internal };
	return view_new(a, mail_parse(a, slice_cstr(text)), &s->conf);
}

/* "T" trusted, "I" trusted and internal, "-" neither; "m": in msa_networks;
 * then the indexes of the last trusted and internal header. */
static struct slice
trust_text(struct arena *a, const struct view_relays *r)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < r->n; i++) {
		buf_adds(&b, r->all[i].internal ? "I" :
		    r->all[i].trusted ? "T" : "-");
		buf_adds(&b, r->all[i].msa ? "m" : "");
	}
	buf_addf(&b, " %d %d", r->last_trusted_header,
	    r->last_internal_header);
	return buf_slice(&b);
}

static void
test_trust(void)
{
	static const struct {
		const char *name;
		struct site site;
		const char *header, *want;
	} cases[] = {
		{ "nothing configured: private is ours", { 0 },
		    HOP("10.0.0.1") HOP("192.0.2.1") HOP("10.0.0.2"),
		    "I-- 0 0" },
		{ "nothing configured: a login is ours", { 0 },
		    LOGIN("192.0.2.1") HOP("10.0.0.2"), "II 1 1" },
		{ "no relays", { 0 }, "Subject: x\n", " -1 -1" },
		{ "trusted stands for internal", { "192.0.2.", NULL, NULL },
		    HOP("192.0.2.1") HOP("10.0.0.1"), "I- 0 0" },
		{ "internal stands for trusted", { NULL, "192.0.2.", NULL },
		    HOP("192.0.2.1") HOP("10.0.0.1"), "I- 0 0" },
		{ "trusted beyond internal", { "192.0.2. 10.", "10.", NULL },
		    HOP("10.0.0.1") HOP("192.0.2.1") HOP("10.0.0.1")
		    HOP("8.8.8.8"), "ITT- 2 0" },
		{ "loopback is always ours", { "192.0.2.", "192.0.2.", NULL },
		    HOP("127.0.0.1") HOP("192.0.2.1") HOP("IPv6:::1"),
		    "III 2 2" },
		{ "an exception", { "!192.0.2.9 192.0.2.", NULL, NULL },
		    HOP("192.0.2.8") HOP("192.0.2.9"), "I- 0 0" },
		{ "an MSA keeps the state", { "10.", "10.", "10.9." },
		    HOP("10.0.0.1") HOP("10.9.0.1") HOP("8.8.8.8")
		    HOP("9.9.9.9"), "IImII 3 3" },
		{ "an MSA outside internal", { "10. 11.", "10.", "11." },
		    HOP("10.0.0.1") HOP("11.0.0.1") HOP("8.8.8.8"),
		    "ITmT 2 0" },
		{ "an MSA beyond trust is none", { "10.", NULL, "11." },
		    HOP("8.8.8.8") HOP("11.0.0.1"), "-- -1 -1" },
		{ "a login with configuration", { "10.", "10.", NULL },
		    HOP("10.0.0.1") LOGIN("8.8.8.8") HOP("8.8.4.4"),
		    "II- 1 1" },
		{ "silent and odd lines count", { "10.", NULL, NULL },
		    SILENT HOP("10.0.0.1") ODD HOP("8.8.8.8") SILENT ODD,
		    "I- 2 2" },
		{ "a fetch forgets", { "10.", NULL, NULL },
		    HOP("10.0.0.1") FETCH HOP("8.8.8.8"), "- 1 1" },
		{ "a fetch outside does not", { "10.", NULL, NULL },
		    HOP("8.8.8.8") FETCH HOP("8.8.4.4"), "-- -1 -1" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		struct view *v = view_of(a, &cases[i].site, arena_printf(a,
		    "%sTo: x\n\nbody\n", cases[i].header));

		is_cstr(trust_text(a, view_relays(v)), cases[i].want,
		    cases[i].name);
		arena_free(&a);
	}
}

static void
test_strings(void)
{
	static const struct site site = { "10.", NULL, NULL };
	struct arena *a = arena_new();
	struct view *v = view_of(a, &site, HOP("10.0.0.1")
	    "Received: from h2 (jo@r2.example.com [192.0.2.2]) by mx2 (8.9) "
	    "with ESMTPSA id CDE\n\t(envelope-from <jo@example.com>)\n\nx\n");
	const struct view_relays *r = view_relays(v);

	is_cstr(r->internal, "[ ip=10.0.0.1 rdns=r.example.com helo=h by=mx "
	    "ident= envfrom= intl=1 id=ABC auth= msa=0 ] [ ip=192.0.2.2 "
	    "rdns=r2.example.com helo=h2 by=mx2 ident=jo "
	    "envfrom=jo@example.com intl=1 id=CDE auth=ESMTPSA msa=0 ]",
	    "internal: the login is ours too");
	is_slice(r->trusted, r->internal, "trusted");
	is_cstr(r->external, "", "external");
	is_cstr(r->untrusted, "", "untrusted");
	ok(r->all[0].ip_private && !r->all[1].ip_private, "private");
	is_int(r->all[1].header_index, 1, "header index");
	ok(view_relays(v) == r, "the same again");
	arena_free(&a);
}

/* qmail-scanner describes the hop below it. */
static void
test_scanner(void)
{
	static const struct site site = { 0 };
	struct arena *a = arena_new();
	struct view *v = view_of(a, &site, "Received: from 1.2.3.4 by mx "
	    "(envelope-from <jo@example.com>, uid 5) with qmail-scanner-1 "
	    "(x)\n" HOP("192.0.2.1") HOP("192.0.2.2") "\nx\n");
	const struct view_relays *r = view_relays(v);

	is_int(r->n, 2, "two relays");
	is_cstr(r->all[0].envfrom, "jo@example.com", "sender of the next");
	ok(r->all[1].envfrom.p == NULL, "and of no other");
	arena_free(&a);
}

static void
test_originating(void)
{
	static const struct slice names[] = { { "X-Missing", 9 },
		{ "X-Originating-IP", 16 }, { "X-No-Address", 12 } };
	struct arena *a = arena_new();
	const struct view_conf conf = { .originating_ip_headers = names,
		.n_originating_ip_headers = 3 };
	struct view *v = view_new(a, mail_parse(a, slice_cstr(
	    "X-Originating-IP: 192.0.2.1\n" HOP("10.0.0.1")
	    "X-No-Address: 1.2.3\nX-Originating-IP: [10.1.2.3]\n\nx\n")),
	    &conf);
	const struct view_relays *r = view_relays(v);

	is_int(r->n, 2, "one made-up relay, last");
	is_cstr(r->all[1].ip_text, "10.1.2.3", "of the last such field");
	is_cstr(r->all[1].by, "", "by nobody");
	arena_free(&a);
}

static void
test_fifty_thousand(void)
{
	static const struct site site = { "10.", NULL, NULL };
	struct arena *a = arena_new();
	double start = clock_cpu();
	const struct view_relays *r;
	struct buf b;

	buf_init(&b, a);
	for (unsigned i = 0; i < 50000; i++) {
		buf_adds(&b, HOP("10.0.0.1"));
	}
	buf_adds(&b, "\nx\n");
	r = view_relays(view_of(a, &site, buf_cstr(&b)));
	ok(r->n > 0 && r->n <= LIMIT_RECEIVED, "%zu relays", r->n);
	ok(clock_cpu() - start < 5, "in %g s", clock_cpu() - start);
	arena_free(&a);
}

int
main(void)
{
	test_trust();
	test_strings();
	test_scanner();
	test_originating();
	test_fifty_thousand();
	return tap_done();
}

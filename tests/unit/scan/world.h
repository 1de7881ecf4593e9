/*
 * world - a real scanner over a stub of a list server, for tests of scan/.
 *
 *	begin(&w, "more lines of rules");
 *	spam = scan(&w, LISTED, "friend.example", "", "a body");
 *	end(&w);
 *
 * One list, bl.example.org, names 24.0.0.9 and is TRUSTED; what its controls
 * meet is in struct world.  Static functions, for each test program is one
 * file.
 */
#ifndef TESTS_SCAN_WORLD_H
#define TESTS_SCAN_WORLD_H

#include <string.h>

#include "tests/tap/tap.h"
#include "tests/unit/ask/stub.h"
#include "tests/unit/scan/loaded.h"

#define MESSAGES 8

struct world {
	struct loaded on;
	struct stub stub;
	struct record_message got[MESSAGES];
	unsigned n;
	bool silent;			/* the list does not answer */
	bool wild;			/* it lists reserved space, too */
	bool refuse, lose;		/* what becomes of controls */
	struct zone_entry *news;	/* published when a control comes */
	unsigned controls;		/* asked */
};

/* Names that no list should list. */
static bool
is_reserved(const char *qname)
{
	return strstr(qname, ".18.198.") || strstr(qname, ".19.198.") ||
	    strstr(qname, ".100.bl") || strstr(qname, "24") == NULL;
}

static void
serve_control(struct stub_reply *r, struct world *w)
{
	w->controls++;
	r->drop |= w->lose;
	if (w->news != NULL)
		zone_table_publish(w->on.table, w->news, 1);
	if (!w->refuse)
		return;
	r->rcode = 0;
	r->n_addr = 1;
	r->addr[0] = 0x7ffffffe;	/* 127.255.255.254 */
}

static void
serve(const char *qname, int type, struct stub_reply *r, void *arg)
{
	struct world *w = arg;
	bool reserved = is_reserved(qname);

	(void)type;
	r->rcode = 3;
	r->drop = w->silent;
	if (strncmp(qname, "9.0.0.24.", 9) == 0 ||
	    (w->wild && reserved)) {
		r->rcode = 0;
		r->n_addr = 2;
		r->addr[0] = 0x7f000002;
		r->addr[1] = 0x7f000004;
	}
	if (reserved)
		serve_control(r, w);
}

static void
take(const struct record_head *h, void *arg)
{
	const union record *r = (const union record *)h;
	struct world *w = arg;

	if (h->type == RECORD_MESSAGE && w->n < MESSAGES)
		w->got[w->n++] = r->message;
}

static void
write_rules(const struct world *w, const char *more)
{
	FILE *f = loaded_rules(&w->on);

	fprintf(f, "dns_server %s\nrbl_timeout 1\n"
	    "trusted_networks 192.0.2.0/24\ninternal_networks 192.0.2.0/24\n"
	    "known_good_authserv mx.example.org\n"
	    "header RCVD_A eval:check_rbl('a-lastexternal',"
	    " 'bl.example.org.', '127.0.0.2')\n"
	    "tflags RCVD_A net\nscore RCVD_A 4\n"
	    "header RCVD_W eval:check_rbl_sub('a-lastexternal', '127.0.0.4')\n"
	    "tflags RCVD_W net nice\nscore RCVD_W -0.1\n"
	    "meta BOTH RCVD_A && WORD\nscore BOTH 3\n"
	    "body WORD /offer/\nscore WORD 2\n"
	    "body SURE /viagra/\nscore SURE 6\n%s", w->stub.server, more);
	fclose(f);
}

static void
begin(struct world *w, const char *more)
{
	struct scanner_options so = { .evidence = take, .evidence_arg = w };
	struct zone_entry e = { .name = "bl.example.org",
		.state = ZONE_TRUSTED, .controls = 1, .ask = 1,
		.pools = POOL_BENCH, .weight = 1, .timeout = 0.5f };

	memset(w, 0, sizeof(*w));
	loaded_begin(&w->on);
	stub_start(&w->stub, w->on.base, serve, w);
	write_rules(w, more);
	zone_table_publish(w->on.table, &e, 1);
	loaded_start(&w->on, &so);
}

static void
end(struct world *w)
{
	stub_stop(&w->stub);
	loaded_end(&w->on);
}

/* One message of that host; auth: more header lines above its own. */
static bool
scan(struct world *w, const char *host, const char *from, const char *auth,
    const char *body)
{
	char mail[3000];
	struct scan *sc;
	bool spam;

	snprintf(mail, sizeof(mail), "Received: from %s\n"
	    "\tby mx.example.org (Postfix) with ESMTP id 4ABC;\n"
	    "\tMon, 1 Feb 2021 00:00:00 +0000 (UTC)\n%s"
	    "Received: from desk (desk.friend.example [10.1.2.3])\n"
	    "\tby mail.friend.example (Postfix) with ESMTP id 4DEF;\n"
	    "\tMon, 1 Feb 2021 00:00:00 +0000 (UTC)\n"
	    "Authentication-Results: mx.example.org; dkim=pass"
	    " header.d=forged.example\n"
	    "From: A <a@%s>\nTo: b@example.org\nSubject: x\n"
	    "Message-ID: <1@x>\nDate: Mon, 1 Feb 2021 00:00:00 +0000\n\n"
	    "%s\n", host, auth, from, body);
	w->n = 0;
	spam = scan_run(w->on.s, slice_cstr(mail), NULL, &sc)->spam;
	scan_free(&sc);
	return spam;
}

#define FRIEND "mail.friend.example (mail.friend.example [24.0.0.1])"
#define LISTED "mail.friend.example (mail.friend.example [24.0.0.9])"

#endif

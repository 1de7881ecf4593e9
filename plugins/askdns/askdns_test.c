/*
 * askdns_test - questions made of facts about a message, through the engine.
 */
#include "config.h"

#include "plugins/list_test.h"

#define LIST "list.example.org"
#define CODE(d) (0x7f000000u + (d))
#define NETWORKS "trusted_networks 10.0.0.0/8", \
	"internal_networks 10.0.0.0/8"

static const char mail[] =
	"Return-Path: <bounce@Sender.example.com>\n"
	"Received: from helo.example.net (helo.example.net [9.9.9.9])\n"
	"\tby mx.inside.example (x) with ESMTP id 1; "
	"Sat, 21 Nov 2026 10:00:00 +0000\n"
	"Received: from x (y [8.8.8.8]) by helo.example.net; "
	"Sat, 21 Nov 2026 10:00:00 +0000\n"
	"From: a@one.example.com, b@two.example.com\n"
	"X-Ticket: ticket.example.net\nSubject: x\n\nx\n";

static void
expect(const char *line, const struct dns *dns, const char *want,
    const char *asked)
{
	const char *cf[] = { NETWORKS, "score A 1", "tflags A net", line,
		NULL };
	struct list_test t = { .cf = cf, .dns = dns, .mail = mail };

	is_str(list_run(&t), want, line);
	if (asked != NULL)
		is_str(t.names, asked, "what was asked");
}

static void
test_templates(void)
{
	static const struct dns none[] = { { 0 } };

	expect("askdns A _SENDERDOMAIN_", none, "", "sender.example.com/1 ");
	expect("askdns A _LASTEXTERNALHELO_ A", none, "",
	    "helo.example.net/1 ");
	expect("askdns A _AUTHORDOMAIN_." LIST " A", none, "",
	    "one.example.com." LIST "/1 two.example.com." LIST "/1 ");
	expect("askdns A _AUTHORDOMAIN_.x._AUTHORDOMAIN_", none, "",
	    "one.example.com.x.one.example.com/1 "
	    "two.example.com.x.two.example.com/1 ");
	expect("askdns A _AUTHORDOMAIN_._SENDERDOMAIN_ TXT", none, "",
	    "one.example.com.sender.example.com/16 "
	    "two.example.com.sender.example.com/16 ");
	expect("askdns A _dmarc._HEADER(X-Ticket)_ TXT", none, "",
	    "_dmarc.ticket.example.net/16 ");
	expect("askdns A fixed.example.org", none, "", "fixed.example.org/1 ");
	expect("askdns A _DKIMDOMAIN_." LIST, none, "", "");
	expect("askdns A _NOSUCHTAG_." LIST, none, "", "");
	expect("askdns A _HEADER(X-None)_." LIST, none, "", "");
	/* No host names: asked for nothing, and no doubt about the rule. */
	expect("askdns A _HEADER(Subject)_", none, "", "");
	expect("askdns A _HEADER(From)_." LIST, none, "", "");
	expect("askdns A a..b.example.org", none, "", "");
	expect("askdns A x.a_b.org", none, "", "");
	expect("askdns A a_b.example.org", none, "", "a_b.example.org/1 ");
}

static const struct dns dns[] = {
	{ "two.example.com." LIST, STUB_A, CODE(0x0102), NULL },
	{ "sender.example.com", STUB_TXT, 1, "v=spf1 +all" },
	{ "sender.example.com", STUB_A, 0x09090909, NULL },
	{ "sender.example.com", STUB_NS, 1, "ns.example.com" },
	{ "helo.example.net", STUB_A, ~0u, NULL }, { 0 } };

static void
test_lists(void)
{
	expect("askdns A _AUTHORDOMAIN_." LIST, dns, "A", NULL);
	expect("askdns A _AUTHORDOMAIN_." LIST " A 127.0.1.2", dns, "A", NULL);
	expect("askdns A _AUTHORDOMAIN_." LIST " A 127.0.1.3", dns, "", NULL);
	expect("askdns A _AUTHORDOMAIN_." LIST " A 2", dns, "A", NULL);
	expect("askdns A _AUTHORDOMAIN_." LIST " A 1", dns, "", NULL);
	expect("askdns A _AUTHORDOMAIN_." LIST " A 127.0.1.0-127.0.1.9", dns,
	    "A", NULL);
	expect("askdns A _AUTHORDOMAIN_." LIST " A 0x100/0x100", dns, "A",
	    NULL);
	expect("askdns A _AUTHORDOMAIN_." LIST " A /^127\\.\\d+\\.1\\.2$/",
	    dns, "A", NULL);
	expect("askdns A _AUTHORDOMAIN_." LIST " A \"127.0.1.2\"", dns, "A",
	    NULL);
	expect("askdns A _AUTHORDOMAIN_." LIST " A '127.0.1.3'", dns, "",
	    NULL);
	expect("askdns A _AUTHORDOMAIN_." LIST " A [NXDOMAIN]", dns, "A",
	    NULL);
	expect("askdns A _SENDERDOMAIN_." LIST " A [0]", dns, "", NULL);
}

static void
test_names(void)
{
	expect("askdns A _SENDERDOMAIN_", dns, "A", NULL);
	expect("askdns A _SENDERDOMAIN_ A 9", dns, "", NULL);
	expect("askdns A _SENDERDOMAIN_ A 9.9.9.9", dns, "A", NULL);
	expect("askdns A _SENDERDOMAIN_ TXT /^v=spf1 \\+all$/", dns, "A",
	    NULL);
	expect("askdns A _SENDERDOMAIN_ TXT \"v=spf1 +all\"", dns, "A", NULL);
	expect("askdns A _SENDERDOMAIN_ TXT /-all/", dns, "", NULL);
	expect("askdns A _SENDERDOMAIN_ AAAA", dns, "", NULL);
	expect("askdns A _SENDERDOMAIN_ NS \"ns.example.com.\"", dns, "A",
	    NULL);
	expect("askdns A _SENDERDOMAIN_ AAAA,TXT /all/", dns, "A",
	    "sender.example.com/28 sender.example.com/16 ");
	expect("askdns A _LASTEXTERNALHELO_ A", dns, "?A", NULL);
	expect("askdns A _LASTEXTERNALHELO_ A [servfail]", dns, "A", NULL);
	expect("askdns A _AUTHORDOMAIN_ A [NXDOMAIN]", dns, "A", NULL);
}

/* A list that lists everything: its hits are void. */
static void
test_broken(void)
{
	static const char *const cf[] = { NETWORKS,
		"askdns A _AUTHORDOMAIN_." LIST, "score A 5", "tflags A net",
		NULL };
	struct list_test t = { .cf = cf, .dns = dns, .mail = mail,
		.broken = true };

	is_str(list_run(&t), "?A", "a positive of a broken list is void");
}

static void
test_bad_lines(void)
{
	static const struct dns none[] = { { 0 } };

	expect("askdns", none, "", NULL);
	expect("askdns A", none, "", NULL);
	expect("askdns 1A _SENDERDOMAIN_", none, "", NULL);
	expect("askdns A _SENDERDOMAIN_ NAPTR", none, "", NULL);
	expect("askdns A _A__B__C__D__E__F__G__H__I_", none, "", NULL);
	expect("askdns A _SENDERDOMAIN_ A /(/", none, "?A", NULL);
	expect("askdns A _SENDERDOMAIN_ A [NOSUCH]", none, "?A", NULL);
	expect("askdns A _SENDERDOMAIN_ A words", none, "?A", NULL);
}

int
main(void)
{
	test_templates();
	test_lists();
	test_names();
	test_broken();
	test_bad_lines();
	return tap_done();
}

/*
 * wlbleval_test - lists of senders, recipients, relays and hosts.
 */
#include "config.h"

#include "plugins/eval_test.h"

#define NETWORKS "trusted_networks 10.0.0.0/8", "internal_networks 10.0.0.0/8"
#define HOP(rdns, ip)							\
	"Received: from h.example (" rdns " [" ip "]) by "		\
	"mx.example.org (Postfix) with ESMTP id 1; x\n"
#define END "\nHello.\n"

static void
test_senders(void)
{
	static const char *const cf[] = {
		"welcomelist_from Friend@Good.example *@list?.example",
		"whitelist_from gone@good.example old@good.example",
		"unwelcomelist_from gone@good.example",
		"enlist_addrlist (welcomelist_from) named@good.example",
		"blocklist_from *@bad.example \"odd(one\"@x.example",
		"header W eval:check_from_in_welcomelist()",
		"header W2 eval:check_from_in_whitelist()",
		"header B eval:check_from_in_blocklist()",
		"header B2 eval:check_from_in_blacklist()",
		"header L eval:check_from_in_list('welcomelist_from')", NULL };
	static const struct eval_case cases[] = {
		{ "From: FRIEND@good.example\n" END, "W W2 L", "any case" },
		{ "From: xfriend@good.example\n" END, "", "from the start" },
		{ "From: friend@good.example.org\n" END, "", "to the end" },
		{ "From: a@list1.example\n" END, "W W2 L", "* and ?" },
		{ "From: a@list.example\n" END, "", "? is a character" },
		{ "From: old@good.example\n" END, "W W2 L", "older name" },
		{ "From: gone@good.example\n" END, "", "taken out" },
		{ "From: named@good.example\n" END, "W W2 L", "enlisted" },
		{ "From: a@b.org, x@bad.example\n" END, "B B2", "any address" },
		{ "From: friend@good.example\nX-Envelope-From: "
		    "x@bad.example\n" END, "W W2 B B2 L", "the envelope, too" },
		{ "From: x@bad.example\nResent-From: a@b.org\n" END, "",
		    "Resent-From instead" },
		{ "Subject: x\n" END, "", "no sender" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_recipients(void)
{
	static const char *const cf[] = { "blocklist_to trap@*",
		"welcomelist_to some@b.org", "more_spam_to more@b.org",
		"all_spam_to all@b.org",
		"header B eval:check_to_in_blocklist()",
		"header B2 eval:check_to_in_blacklist()",
		"header W eval:check_to_in_welcomelist()",
		"header W2 eval:check_to_in_whitelist()",
		"header M eval:check_to_in_more_spam()",
		"header A eval:check_to_in_all_spam()", NULL };
	static const struct eval_case cases[] = {
		{ "To: trap@x.org\n" END, "B B2", "blocklist_to" },
		{ "Cc: Some@B.org\n" END, "W W2", "welcomelist_to" },
		{ "Delivered-To: more@b.org\n" END, "M", "more_spam_to" },
		{ "To: x@b.org, all@b.org\n" END, "A", "all_spam_to" },
		{ "To: nobody@b.org\n" END, "", "none" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_named(void)
{
	static const char *const cf[] = {
		"enlist_addrlist (BANKS) *@bank.example service@pay.example",
		"enlist_addrlist (BANKS) Other@Bank2.example",
		"enlist_addrlist (BANKS2) *",
		"enlist_addrlist BANKS *",
		"enlist_addrlist (BANKS)*",
		"header F eval:check_from_in_list('BANKS')",
		"header T eval:check_to_in_list('BANKS')",
		"header R eval:check_replyto_in_list('BANKS')",
		"header N eval:check_from_in_list('NOBODYS')",
		"header X eval:check_to_in_list()", NULL };
	static const struct eval_case cases[] = {
		{ "From: a@bank.example\n" END, "F ?X", "from" },
		{ "To: other@bank2.example\n" END, "T ?X", "to" },
		{ "Reply-To: service@pay.example\n" END, "R ?X", "reply-to" },
		{ "Reply-To: a@b.org, service@pay.example\n" END, "?X",
		    "only the first reply-to" },
		{ "From: a@b.org\nTo: a@b.org\nReply-To: a@b.org\n" END, "?X",
		    "none" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_relays(void)
{
	static const char *const cf[] = { NETWORKS,
		"welcomelist_from_rcvd *@name.example Relay.Example",
		"welcomelist_from_rcvd *@ip.example [203.0.113.5]",
		"welcomelist_from_rcvd *@start.example [203.0.113]",
		"welcomelist_from_rcvd *@net.example [203.0.113.0/25]",
		"welcomelist_from_rcvd *@net2.example [203.0.113.0]/25",
		"welcomelist_from_rcvd *@six.example [2001:db8::]/32",
		"welcomelist_from_rcvd *@any.example [::/0]",
		"welcomelist_from_rcvd *@bad.example [203.0.113.0/99]",
		"welcomelist_from_rcvd *@three.example relay.example extra",
		"welcomelist_from_rcvd *@gone.example relay.example",
		"unwhitelist_from_rcvd *@gone.example",
		"header W eval:check_from_in_welcomelist()",
		"header F eval:check_forged_in_welcomelist()", NULL };
	static const struct eval_case cases[] = {
		{ HOP("a.relay.example", "198.51.100.1")
		    "From: a@name.example\n" END, "W", "a name" },
		{ HOP("relay.example", "198.51.100.1")
		    "From: a@name.example\n" END, "W", "the whole name" },
		{ HOP("xrelay.example", "198.51.100.1")
		    "From: a@name.example\n" END, "F", "another name" },
		{ HOP("x.org", "203.0.113.5") "From: a@ip.example\n" END,
		    "W", "an address" },
		{ HOP("x.org", "203.0.113.50") "From: a@ip.example\n" END,
		    "F", "another address" },
		{ HOP("x.org", "203.0.113.50") "From: a@start.example\n" END,
		    "W", "the start of an address" },
		{ HOP("x.org", "203.0.11.3") "From: a@start.example\n" END,
		    "F", "digits of another" },
		{ HOP("x.org", "203.0.113.127") "From: a@net.example\n" END,
		    "W", "a network" },
		{ HOP("x.org", "203.0.113.128") "From: a@net.example\n" END,
		    "F", "just outside" },
		{ HOP("x.org", "203.0.113.127") "From: a@net2.example\n" END,
		    "W", "the length behind the bracket" },
		{ HOP("x.org", "2001:db8:1::1") "From: a@six.example\n" END,
		    "W", "IPv6" },
		{ HOP("x.org", "2001:db9::1") "From: a@six.example\n" END,
		    "F", "IPv6 of another" },
		{ HOP("x.org", "198.51.100.1") "From: a@any.example\n" END,
		    "W", "::/0 has IPv4 in it" },
		{ HOP("x.org", "203.0.113.1") "From: a@bad.example\n" END,
		    "F", "a length that cannot be" },
		{ HOP("relay.example", "198.51.100.1")
		    "From: a@three.example\n" END, "", "a line of three" },
		{ HOP("relay.example", "198.51.100.1")
		    "From: a@gone.example\n" END, "", "taken out" },
		{ "From: a@name.example\n" END, "", "no relay at all" },
		{ HOP("a.relay.example", "10.0.0.1")
		    "From: a@name.example\n" END, "W", "a trusted relay" },
		{ HOP("a.relay.example", "10.0.0.1") HOP("x.org", "9.9.9.9")
		    "From: a@name.example\n" END, "F",
		    "an untrusted one goes before" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_forged(void)
{
	static const char *const cf[] = { NETWORKS,
		"welcomelist_from_rcvd *@both.example one.example",
		"def_welcomelist_from_rcvd *@both.example two.example",
		"def_whitelist_from_rcvd *@def.example two.example",
		"welcomelist_allows_relays free@*",
		"header W eval:check_from_in_welcomelist()",
		"header D eval:check_from_in_default_welcomelist()",
		"header D2 eval:check_from_in_default_whitelist()",
		"header F eval:check_forged_in_welcomelist()",
		"header F2 eval:check_forged_in_whitelist()",
		"header G eval:check_forged_in_default_welcomelist()",
		"header G2 eval:check_forged_in_default_whitelist()", NULL };
	static const struct eval_case cases[] = {
		{ HOP("one.example", "9.9.9.9") "From: a@both.example\n" END,
		    "W", "the other list does not call it forged" },
		{ HOP("two.example", "9.9.9.9") "From: a@both.example\n" END,
		    "D D2", "nor this one" },
		{ HOP("x.org", "9.9.9.9") "From: a@both.example\n" END, "",
		    "forged in both is forged in none" },
		{ HOP("two.example", "9.9.9.9") "From: a@def.example\n" END,
		    "D D2", "the shipped list" },
		{ HOP("x.org", "9.9.9.9") "From: a@def.example\n" END,
		    "G G2", "forged in the shipped list" },
		{ HOP("x.org", "9.9.9.9") "From: free@def.example\n" END, "",
		    "one that may use any relay" },
		{ HOP("two.example", "9.9.9.9") "From: x@both.example, "
		    "a@def.example\n" END, "D D2", "of several the welcome" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_matching_relay(void)
{
	static const char *const cf[] = { NETWORKS,
		"header M eval:check_mailfrom_matches_rcvd()", NULL };
	static const struct eval_case cases[] = {
		{ "Return-Path: <a@mail.b.co.uk>\n" HOP("x.B.co.uk", "9.9.9.9")
		    END, "M", "of one domain" },
		{ "Return-Path: <a@mail.b.co.uk>\n" HOP("c.co.uk", "9.9.9.9")
		    END, "", "of one registry" },
		{ "Return-Path: <a@b.org>\n" HOP("x.b.org", "9.9.9.9")
		    HOP("b.net", "9.9.9.8") END, "M", "the nearest counts" },
		{ "Return-Path: <a@b.net>\n" HOP("x.b.org", "9.9.9.9")
		    HOP("b.net", "9.9.9.8") END, "", "others do not" },
		{ "Return-Path: <a@b>\n" HOP("b", "9.9.9.9") END, "",
		    "no dot" },
		{ HOP("b.org", "9.9.9.9") "From: a@b.org\n" END, "",
		    "no envelope" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_hosts(void)
{
	static const char *const cf[] = {
		"enlist_uri_host (MINE) !ok.bad.com bad.com 203.0.113.9",
		"enlist_uri_host (MINE) Upper.COM gone.com com2.org info",
		"delist_uri_host (MINE) gone.com",
		"delist_uri_host !com2.org",
		"blacklist_uri_host evil.com !fine.evil.com",
		"welcomelist_uri_host nice.com",
		"header M eval:check_uri_host_listed('MINE')",
		"header N eval:check_uri_host_listed('NOBODYS')",
		"header X eval:check_uri_host_listed()",
		"body B eval:check_uri_host_in_blocklist()",
		"body B2 eval:check_uri_host_in_blacklist()",
		"body W eval:check_uri_host_in_welcomelist()",
		"body W2 eval:check_uri_host_in_whitelist()", NULL };
#define LINK(text) "Subject: x\n\nSee " text " now.\n"
	static const struct eval_case cases[] = {
		{ LINK("http://bad.com/x"), "M ?X", "the host" },
		{ LINK("http://a.b.bad.com/x"), "M ?X", "its parent" },
		{ LINK("http://ok.bad.com/x"), "?X", "an exception" },
		{ LINK("http://a.ok.bad.com/x"), "?X", "below an exception" },
		{ LINK("http://ok.bad.com/ http://bad.com/"), "M ?X",
		    "an exception excuses only itself" },
		{ LINK("http://notbad.com/x"), "?X", "whole labels" },
		{ LINK("http://203.0.113.9/x"), "M ?X", "an address" },
		{ LINK("http://1.203.0.113.9/x"), "?X", "no parent of one" },
		{ LINK("http://upper.com/"), "M ?X", "any case" },
		{ LINK("http://gone.com/"), "?X", "taken out of the list" },
		{ LINK("http://com2.org/"), "?X", "taken out of all lists" },
		{ LINK("http://x.info/"), "M ?X", "a whole TLD" },
		{ LINK("<mailto:a@bad.com>"), "?X", "not in addresses" },
		{ LINK("http://www.evil.com/"), "?X B B2", "blocked" },
		{ LINK("http://fine.evil.com/"), "?X", "not blocked" },
		{ LINK("http://nice.com/"), "?X W W2", "welcome" },
		{ LINK("http://a.b.c.d.e.f.g.h.i.j.k.l.m.bad.com/"), "M ?X",
		    "many labels" },
		{ LINK("nothing"), "?X", "no link" },
	};

	EVAL_TEST(cf, cases);
}

/* Enough entries that the tables grow some times. */
static void
test_many(void)
{
	enum { N = 3000 };
	static char line[2][N * 24];
	const char *cf[] = { line[0], line[1],
		"header B eval:check_from_in_blocklist()",
		"header H eval:check_uri_host_listed('L')", NULL };
	struct eval_test t;
	size_t n[2];
	bool all = true;

	n[0] = (size_t)sprintf(line[0], "blocklist_from");
	n[1] = (size_t)sprintf(line[1], "enlist_uri_host (L)");
	for (int i = 0; i < N; i++) {
		n[0] += (size_t)sprintf(line[0] + n[0], " u%d@b.org", i);
		n[1] += (size_t)sprintf(line[1] + n[1], " h%d.com", i);
	}
	eval_test_open(&t, cf);
	for (int i = 0; i < N; i += 97) {
		char mail[128];
		int m = snprintf(mail, sizeof(mail), "From: u%d@b.org\n\n"
		    "http://h%d.com/\n", i, i);

		all = all && strcmp(eval_test_hits(&t, mail, (size_t)m),
		    "B H") == 0;
	}
	ok(all, "every entry of a long list is found");
	is_str(eval_test_hits(&t, "From: u3000@b.org\n\nhttp://h3000.com/\n",
	    38), "", "and no other");
	eval_test_close(&t);
}

static void
test_hostile(void)
{
	static const char *const cf[] = { "blocklist_from *a*a*a*a*a*b@*.c.*d",
		"enlist_uri_host (L) x.org",
		"header B eval:check_from_in_blocklist()",
		"header H eval:check_uri_host_listed('L')",
		"header M eval:check_mailfrom_matches_rcvd()", NULL };
	static char mail[20000];
	struct eval_test t;
	size_t n = (size_t)snprintf(mail, sizeof(mail), "From: ");

	for (; n < 7000; n++)
		mail[n] = 'a';
	n += (size_t)snprintf(mail + n, sizeof(mail) - n,
	    "@b.c.\n\nhttp://");
	for (; n < 11000; n++)
		mail[n] = n % 3 ? '.' : 'x';
	eval_test_open(&t, cf);
	is_str(eval_test_hits(&t, mail, n), "", "a long address and host");
	is_str(eval_test_hits(&t, "From: \n\nhttp://[::1]/ http://./", 31),
	    "", "empty address, odd hosts");
	eval_test_close(&t);
}

int
main(void)
{
	test_senders();
	test_recipients();
	test_named();
	test_relays();
	test_forged();
	test_matching_relay();
	test_hosts();
	test_many();
	test_hostile();
	return tap_done();
}

/*
 * relayeval_test - Received lines that fit together, or do not.
 */
#include "config.h"

#include "plugins/eval_test.h"

#define NETWORKS "trusted_networks 10.0.0.0/8", "internal_networks 10.0.0.0/8"
#define HOP(helo, rdns, ip, by) "Received: from " helo " (" rdns " ["	\
	ip "]) by " by " (Postfix) with ESMTP id 1; x\n"
#define END "\nHello.\n"

static void
test_counts(void)
{
	static const char *const cf[] = { NETWORKS,
		"header ALL_T eval:check_all_trusted()",
		"header NONE eval:check_no_relays()",
		"header ODD eval:check_relays_unparseable()",
		"header NEVER eval:check_for_illegal_ip()", NULL };
	static const struct eval_case cases[] = {
		{ "From: a@b.org\n" END, "NONE", "no Received" },
		{ HOP("a.b", "a.b.org", "10.1.2.3", "mx.example.org") END,
		    "ALL_T", "one of ours" },
		{ HOP("a.b", "a.b.org", "192.0.2.1", "mx.example.org") END,
		    "", "one of others" },
		{ HOP("a.b", "a.b.org", "10.1.2.3", "mx.example.org")
		    "Received: from what is this\n" END, "ODD",
		    "ours, and a line that cannot be read" },
		{ "Received: from what is this\n" END, "ODD",
		    "a line that cannot be read" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_addresses(void)
{
	static const char *const cf[] = { NETWORKS,
		"header MISMATCH eval:helo_ip_mismatch()",
		"header NUMERIC eval:check_for_numeric_helo()",
		"header NAMED eval:check_for_sender_no_reverse()", NULL };
	static const struct eval_case cases[] = {
		{ HOP("203.0.113.1", "unknown", "198.51.100.1", "x.org") END,
		    "MISMATCH NUMERIC", "HELO of another network" },
		{ HOP("198.51.100.9", "unknown", "198.51.100.1", "x.org") END,
		    "NUMERIC", "HELO of the same network" },
		{ HOP("10.1.2.3", "unknown", "198.51.100.1", "x.org") END,
		    "NUMERIC", "a private HELO" },
		{ HOP("203.0.113.1", "unknown", "192.168.1.1", "x.org") END,
		    "NUMERIC", "from a private address" },
		{ HOP("203.0.113.256", "unknown", "198.51.100.1", "x.org")
		    END, "", "HELO is no address" },
		{ HOP("a.b", "a.example.net", "198.51.100.1", "x.org") END,
		    "NAMED", "a public relay with a name" },
		{ HOP("a.b", "a.example.net", "192.168.0.1", "x.org") END,
		    "", "a private relay with a name" },
		{ "From: a@b.org\n" END, "", "no relay" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_numeric_fixed(void)
{
	static const char *const cf[] = { NETWORKS, "compat 0",
		"header NUMERIC eval:check_for_numeric_helo()", NULL };
	static const struct eval_case cases[] = {
		{ HOP("10.1.2.3", "unknown", "198.51.100.1", "x.org") END, "",
		    "compat 0: a private HELO does not count" },
		{ HOP("8.1.2.3", "unknown", "198.51.100.1", "x.org") END,
		    "NUMERIC", "compat 0: a public one does" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_big_mailer(void)
{
	static const char *const cf[] = { NETWORKS,
		"header A eval:check_for_no_rdns_dotcom_helo()", NULL };
	static const struct eval_case cases[] = {
		{ HOP("mx.aol.com", "unknown", "198.51.100.1", "x.org") END,
		    "A", "AOL without a name" },
		{ HOP("AOL.COM", "unknown", "198.51.100.1", "x.org") END,
		    "A", "in capitals" },
		{ HOP("myaol.com", "unknown", "198.51.100.1", "x.org") END,
		    "", "not AOL" },
		{ HOP("mx.aol.com", "a.aol.com", "198.51.100.1", "x.org") END,
		    "", "with a name" },
		{ HOP("mx.aol.com", "unknown", "192.168.1.1", "x.org") END,
		    "", "private" },
		{ HOP("mx.aol.com", "unknown", "198.51.100.1", "x.org")
		    HOP("b.c", "b.example.net", "198.51.100.2", "y.org") END,
		    "", "the oldest decides: no" },
		{ HOP("b.c", "b.example.net", "198.51.100.2", "y.org")
		    HOP("mx.aol.com", "unknown", "198.51.100.1", "x.org") END,
		    "A", "the oldest decides: yes" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_trail(void)
{
	static const char *const cf[] = { NETWORKS,
		"header TRAIL eval:check_for_forged_received_trail()",
		"header IPS eval:check_for_forged_received_ip_helo()", NULL };
	static const struct eval_case cases[] = {
		{ HOP("h", "one.example.net", "198.51.100.1", "mx.us.org")
		    HOP("h", "two.example.net", "198.51.100.2", "a.false.com")
		    HOP("h", "three.a.org", "198.51.100.3", "b.wrong.com") END,
		    "TRAIL", "two that call themselves otherwise" },
		{ HOP("h", "one.example.net", "198.51.100.1", "mx.us.org")
		    HOP("h", "two.example.net", "198.51.100.2", "a.false.com")
		    HOP("h", "three.a.org", "198.51.100.3", "b.example.net")
		    END, "", "one is not enough" },
		{ HOP("h", "one.bbc.co.uk", "198.51.100.1", "mx.us.org")
		    HOP("h", "two.bbc.co.uk", "198.51.100.2", "a.bbc.co.uk")
		    HOP("h", "three.a.org", "198.51.100.3", "b.bbc.co.uk")
		    END, "", "three labels under a country" },
		{ HOP("h", "a.hotmail.com", "198.51.100.1", "mx.us.org")
		    HOP("h", "b.hotmail.com", "198.51.100.2", "a.msn.com")
		    HOP("h", "three.a.org", "198.51.100.3", "b.msn.com") END,
		    "", "Hotmail is MSN" },
		{ HOP("h", "one.example.net", "198.51.100.1", "mx.us.org")
		    HOP("h", "two.example.net", "198.51.100.2", "localhost")
		    HOP("h", "three.a.org", "198.51.100.3", "b.wrong.com") END,
		    "", "a name without a domain says nothing" },
		{ HOP("203.0.113.1", "x.org", "198.51.100.1", "mx.us.org")
		    END, "IPS", "HELO of another network" },
		{ HOP("198.51.7.7", "x.org", "198.51.100.1", "mx.us.org")
		    END, "", "HELO of the same /16" },
		{ HOP("10.0.0.1", "x.org", "198.51.100.1", "mx.us.org")
		    END, "", "a private HELO" },
		{ HOP("203.0.113.1", "x.org", "198.51.100.1", "mx") END, "",
		    "seen by nobody in particular" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_from_domain(void)
{
#define IN "check_for_from_domain_in_received_headers"
	static const char *const cf[] = { NETWORKS,
		"header IS eval:" IN "('example.net', 'true')",
		"header ISNT eval:" IN "('example.net', 'false')",
		"header BAD eval:" IN "('(', 'true')",
		"header FEW eval:" IN "('example.net')", NULL };
	static const struct eval_case cases[] = {
		{ HOP("h", "a.example.net", "198.51.100.1", "b.example.net")
		    "From: a@Example.net\n" END, "IS ?BAD ?FEW", "is" },
		{ HOP("h", "a.example.net", "198.51.100.1", "b.other.net")
		    "From: a@example.net\n" END, "ISNT ?BAD ?FEW", "is not" },
		{ HOP("h", "a.other.net", "198.51.100.1", "b.example.net")
		    "From: a@example.org\n" END, "?BAD ?FEW",
		    "From is of another domain" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_hostile(void)
{
	static const char *const cf[] = { NETWORKS,
		"header A eval:check_for_forged_received_trail()",
		"header B eval:check_for_numeric_helo()",
		"header C eval:helo_ip_mismatch()",
		"header D eval:check_for_no_rdns_dotcom_helo()", NULL };
	static char mail[60000];
	struct eval_test t;
	size_t n = 0;

	eval_test_open(&t, cf);
	while (n < sizeof(mail) - 200)
		n += (size_t)snprintf(mail + n, sizeof(mail) - n,
		    HOP("....", "..\xff..", "1.2.3.4", "-.-.-"));
	mail[n++] = '\n';
	ok(strchr(eval_test_hits(&t, mail, n), '?') == NULL,
	    "many lines of dots: %s", t.hits);
	eval_test_close(&t);
}

int
main(void)
{
	test_counts();
	test_addresses();
	test_numeric_fixed();
	test_big_mailer();
	test_trail();
	test_from_domain();
	test_hostile();
	return tap_done();
}

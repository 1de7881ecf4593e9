/*
 * dnsbl_test - relays and senders on lists, through the whole engine.
 */
#include "config.h"

#include "plugins/list_test.h"

#define BL "bl.example.org"
#define CODE(d) (0x7f000000u + (d))

/* Nearest first: internal, trusted relay, outside, its client. */
static const char mail[] =
	"Return-Path: <bob@sender.example.com>\r\n"
	"Received: from trusted.example.net (trusted.example.net [8.8.4.4])"
	    " by mx.example.org (Postfix) with ESMTP id 1\r\n"
	"Received: from out.example.com (out.example.com [9.9.9.9])"
	    " by trusted.example.net (Postfix) with ESMTP id 2\r\n"
	"Received: from home.example.com (home.example.com [7.7.7.7])"
	    " by out.example.com (Postfix) with ESMTP id 3\r\n"
	"From: Bob <bob@mail.sender.example.com>\r\n"
	"Reply-To: Eve <eve@reply.example.net>\r\n"
	"Accreditor: goodmail p=1, other x\r\n"
	"Subject: hello\r\n\r\nHello.\r\n";

#define NETWORKS "trusted_networks 8.8.4.4", "internal_networks 10.0.0.0/8"

static void
expect(const char *const *cf, const struct dns *dns, const char *want,
    const char *what)
{
	struct list_test t = { .cf = cf, .dns = dns, .mail = mail };

	if (!is_str(list_run(&t), want, what))
		printf("# asked: %s\n", t.names);
}

static void
test_which_relays(void)
{
	static const struct {
		const char *set, *listed;
		bool hit;
	} cases[] = {
		{ "x", "9.9.9.9", true }, { "x", "7.7.7.7", true },
		{ "x", "4.4.8.8", false },
		{ "x-lastexternal", "4.4.8.8", false },
		{ "x-lastexternal", "9.9.9.9", false },
		{ "x-notfirsthop", "9.9.9.9", true },
		{ "x-notfirsthop", "7.7.7.7", false },
		{ "x-firsttrusted", "9.9.9.9", true },
		{ "x-firsttrusted", "7.7.7.7", false },
		{ "x-untrusted", "7.7.7.7", true },
		{ "x-untrusted", "9.9.9.9", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char rule[128], name[64], what[128];
		const char *cf[] = { NETWORKS, rule, "tflags A net",
			"score A 3", NULL };
		struct dns dns[] = { { name, STUB_A, CODE(2), NULL }, { 0 } };

		snprintf(rule, sizeof(rule),
		    "header A eval:check_rbl('%s', '" BL ".')", cases[i].set);
		snprintf(name, sizeof(name), "%s." BL, cases[i].listed);
		snprintf(what, sizeof(what), "%s: %s%s", cases[i].set,
		    cases[i].listed, cases[i].hit ? "" : " not");
		expect(cf, dns, cases[i].hit ? "A" : "", what);
	}
}

/* -lastexternal finds a trusted relay, which only allow lists are asked. */
static void
test_nice(void)
{
	static const char *const cf[] = { NETWORKS,
		"header A eval:check_rbl('w-lastexternal', '" BL "')",
		"tflags A nice net", "score A -3", NULL };
	static const struct dns dns[] = {
		{ "4.4.8.8." BL, STUB_A, CODE(2), NULL }, { 0 } };

	expect(cf, dns, "A", "a trusted relay is asked of an allow list");
}

static void
test_subtests(void)
{
	static const char *const cf[] = { NETWORKS,
		"header __ANY eval:check_rbl('s', '" BL "')",
		"header TWO eval:check_rbl_sub('s', '127.0.0.2')",
		"header MASK eval:check_rbl_sub('s', '4')",
		"header RE eval:check_rbl_sub('s', '^127\\.0\\.0\\.[56]$')",
		"header OTHER eval:check_rbl_sub('other', '127.0.0.2')",
		"header OWN eval:check_rbl('s', '" BL "', '127.0.0.9')",
		"tflags __ANY net", "tflags TWO net", "tflags MASK net",
		"tflags RE net", "tflags OTHER net", "tflags OWN net",
		"score TWO 1", "score MASK 1", "score RE 1", "score OTHER 1",
		"score OWN 1", NULL };
	struct dns dns[] = { { "9.9.9.9." BL, STUB_A, CODE(2), NULL },
		{ "7.7.7.7." BL, STUB_A, CODE(5), NULL }, { 0 } };
	struct list_test t = { .cf = cf, .dns = dns, .mail = mail };

	is_str(list_run(&t), "__ANY TWO MASK RE",
	    "listeners are decided by all answers to their set");
	is_int(t.asked, 2, "one question an address serves all rules");
}

static void
test_failures(void)
{
	static const char *const cf[] = { NETWORKS,
		"header A eval:check_rbl('f', '" BL "')", "tflags A net",
		"header B eval:check_rbl_sub('f', '127.0.0.2')",
		"tflags B net", "score A 1", "score B 1", NULL };
	static const struct dns silent[] = {
		{ "9.9.9.9." BL, STUB_A, ~0u, NULL }, { 0 } };
	static const struct dns parked[] = {
		{ "9.9.9.9." BL, STUB_A, 0x5bc3f057, NULL }, { 0 } };
	static const struct dns refused[] = {
		{ "9.9.9.9." BL, STUB_A, 0x7ffffffe, NULL }, { 0 } };
	static const struct dns half[] = {
		{ "9.9.9.9." BL, STUB_A, ~0u, NULL },
		{ "7.7.7.7." BL, STUB_A, CODE(2), NULL }, { 0 } };
	static const struct dns none[] = { { 0 } };
	struct list_test t = { .cf = cf, .mail = mail, .broken = true,
		.dns = half };

	expect(cf, silent, "?A ?B", "SERVFAIL is unknown");
	expect(cf, parked, "?A ?B", "an address outside 127/8 is unknown");
	expect(cf, refused, "?A ?B", "a refusal is unknown");
	expect(cf, half, "A B", "one answer that fits is enough");
	expect(cf, none, "", "NXDOMAIN is a miss");
	ok(strchr(list_run(&t), 'A') == NULL || t.hits[0] == '!' ||
	    t.hits[0] == '?', "a zone that lists canaries counts nothing: %s",
	    t.hits);
}

static void
test_text(void)
{
	static const char *const cf[] = { NETWORKS,
		"header A eval:check_rbl_txt('t', '" BL "', '(?i:spamcop)')",
		"tflags A net", "score A 1", NULL };
	static const struct dns both[] = {
		{ "9.9.9.9." BL, STUB_A, CODE(2), NULL },
		{ "9.9.9.9." BL, STUB_TXT, 1, "Blocked, see SpamCop" },
		{ 0 } };
	static const struct dns other[] = {
		{ "9.9.9.9." BL, STUB_A, CODE(2), NULL },
		{ "9.9.9.9." BL, STUB_TXT, 1, "for sale" }, { 0 } };
	static const struct dns parked[] = {
		{ "9.9.9.9." BL, STUB_A, 0x5bc3f057, NULL },
		{ "9.9.9.9." BL, STUB_TXT, 1, "spamcop for sale" }, { 0 } };
	static const struct dns silent[] = {
		{ "9.9.9.9." BL, STUB_A, CODE(2), NULL },
		{ "9.9.9.9." BL, STUB_TXT, ~0u, NULL }, { 0 } };

	expect(cf, both, "A", "listed, and the text matches");
	expect(cf, other, "", "the text does not");
	expect(cf, parked, "?A", "a parked list's text decides nothing");
	expect(cf, silent, "?A", "no text: unknown");
}

static void
test_hosts(void)
{
	static const char *const cf[] = { NETWORKS,
		"header HOST eval:check_rbl_from_host('h', 'h.example.org')",
		"header DOM eval:check_rbl_from_domain('d', 'd.example.org')",
		"header ENV eval:check_rbl_envfrom('e', 'e.example.org')",
		"header HDR eval:check_rbl_headers('r', 'r.example.org')",
		"header RCVD eval:check_rbl_rcvd('v', 'v.example.org')",
		"header NS eval:check_rbl_ns_from('n', 'n.example.org')",
		"header ACC eval:check_rbl_accreditor('a', 'a.example.org',"
		    " '127.0.0.2', 'other')",
		"header NOACC eval:check_rbl_accreditor('b', 'b.example.org',"
		    " '127.0.0.2', 'nobody')",
		"score HOST 1", "score DOM 1", "score ENV 1", "score HDR 1",
		"score RCVD 1", "score NS 1", "score ACC 1", "score NOACC 1",
		"tflags HOST net", "tflags DOM net", "tflags ENV net",
		"tflags HDR net", "tflags RCVD net", "tflags NS net",
		"tflags ACC net", "tflags NOACC net", NULL };
	static const struct dns dns[] = {
		{ "mail.sender.example.com.h.example.org", STUB_A, CODE(2),
		    NULL },
		{ "example.com.d.example.org", STUB_A, CODE(2), NULL },
		{ "sender.example.com.e.example.org", STUB_A, CODE(2), NULL },
		{ "reply.example.net.r.example.org", STUB_A, CODE(2), NULL },
		{ "home.example.com.v.example.org", STUB_A, CODE(2), NULL },
		{ "sender.example.com", STUB_NS, 1, "ns.bad.example.com" },
		{ "ns.bad.example.com.n.example.org", STUB_A, CODE(2), NULL },
		{ "9.9.9.9.a.example.org", STUB_A, CODE(2), NULL },
		{ "9.9.9.9.b.example.org", STUB_A, CODE(2), NULL },
		{ 0 } };

	expect(cf, dns, "HOST DOM ENV HDR RCVD NS ACC",
	    "hosts of senders, headers, relays, name servers");
}

static void
test_sender_domain(void)
{
	static const char *const cf[] = { NETWORKS,
		"header A eval:check_dns_sender()", "tflags A net",
		"score A 1", "compat 0", NULL };
	static const char *const compat[] = { NETWORKS,
		"header A eval:check_dns_sender()", "tflags A net",
		"score A 1", NULL };
	static const struct dns none[] = { { 0 } };
	static const struct dns there[] = {
		{ "sender.example.com", STUB_A, 0x09090909, NULL }, { 0 } };

	expect(cf, none, "A", "neither address nor exchanger");
	expect(cf, there, "", "an address");
	expect(compat, none, "", "as SpamAssassin: never");
}

/* No argument, an unknown zone name, a bad regex: a finding, not a crash. */
static void
test_bad_rules(void)
{
	static const char *const cf[] = { NETWORKS,
		"header A eval:check_rbl('only-a-set')",
		"header B eval:check_rbl_sub('x', '(')",
		"header C eval:check_rbl('x', '" BL "', '(')",
		"header D eval:check_rbl_accreditor('x', '" BL "')",
		"header E eval:check_rbl()",
		"score A 1", "score B 1", "score C 1", "score D 1",
		"score E 1", NULL };
	static const struct dns none[] = { { 0 } };

	expect(cf, none, "?A ?B ?C ?D ?E", "such rules are unknown");
}

/* The verdict stands without the answer: the rule scores too little. */
static void
test_patience(void)
{
	static const char *const cf[] = { NETWORKS,
		"header A eval:check_rbl('x-notfirsthop', '" BL ".')",
		"tflags A net", "score A 1", NULL };
	static const struct dns dns[] = {
		{ "9.9.9.9." BL, STUB_A, CODE(2), NULL }, { 0 } };
	struct list_test t = { .cf = cf, .dns = dns, .mail = mail };

	t.delay = 0.9;
	is_str(list_run(&t), "?A", "a late answer is not waited for");
	t.complete = true;
	is_str(list_run(&t), "A", "unless the scan shall be complete");
	t.complete = false;
	t.delay = 0;
	t.busy = 0.9;
	is_str(list_run(&t), "A",
	    "an answer that is there counts, however busy we were");
}

int
main(void)
{
	test_which_relays();
	test_nice();
	test_subtests();
	test_failures();
	test_text();
	test_hosts();
	test_sender_domain();
	test_bad_rules();
	test_patience();
	return tap_done();
}

/*
 * ip_test - addresses, networks, DNS list names.
 */
#include "config.h"

#include <string.h>

#include "base/ip.h"
#include "tests/tap/tap.h"

static void
test_parse(void)
{
	static const struct { const char *text, *want; } cases[] = {
		{ "1.2.3.4", "1.2.3.4" }, { "[1.2.3.4]", "1.2.3.4" },
		{ "IPv6:2001:DB8::1", "2001:db8::1" },
		{ "::ffff:9.8.7.6", "9.8.7.6" }, { "fe80::1%eth0", "fe80::1" },
		{ "010.1.2.3", "10.1.2.3" }, { "1.2.3", NULL },
		{ "1.2.3.256", NULL }, { "1.2.3.4.5", NULL }, { "", NULL },
		{ ":::", NULL }, { "1.2.3.4x", NULL }, { "1..2.3", NULL },
		{ "0001.2.3.4", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[IP_TEXT_MAX] = "";
		struct ip ip;

		if (ip_parse(slice_cstr(cases[i].text), &ip) == 0)
			ip_text(&ip, text);
		is_str(text, cases[i].want ? cases[i].want : "",
		    cases[i].text);
	}
}

static void
test_private(void)
{
	static const struct { const char *text; bool is; } cases[] = {
		{ "10.0.0.1", true }, { "127.1.2.3", true },
		{ "172.16.0.1", true }, { "172.32.0.1", false },
		{ "192.168.9.9", true }, { "100.64.0.1", true },
		{ "100.128.0.1", false }, { "169.254.1.1", true },
		{ "8.8.8.8", false }, { "::1", true }, { "fe80::9", true },
		{ "fec0::9", false }, { "2001:db8::1", false },
		{ "::ffff:10.1.1.1", true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ip ip;

		ok(ip_parse(slice_cstr(cases[i].text), &ip) == 0 &&
		    ip_is_private(&ip) == cases[i].is, "%s", cases[i].text);
	}
}

static void
test_nets(void)
{
	static const struct { const char *nets, *ip; bool in; } cases[] = {
		{ "10/8", "10.255.0.1", true }, { "10/8", "11.0.0.1", false },
		{ "192.168.1.", "192.168.1.77", true },
		{ "192.168.1.", "192.168.2.77", false },
		{ "1.2.3.4", "1.2.3.4", true }, { "1.2.3.4", "1.2.3.5", false },
		{ "1.2.3.99/30", "1.2.3.96", true },
		{ "1.2.3.99/30", "1.2.3.100", false },
		{ "0.0.0.0/0", "8.8.8.8", true },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "!10.1/16 10/8", "10.1.2.3", false },
		{ "!10.1/16 10/8", "10.2.2.3", true },
	};
	static const char *const bad[] = { "10/33", "x", "1.2.3.4/",
		"1.2.3.4/x", "1.2.3.4.5", "300/8", "::1/129", "", "/8", "!" };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena *a = arena_new();
		struct slice rest = slice_cstr(cases[i].nets), word;
		struct ip_set set = { 0 };
		struct ip_net net;
		struct ip ip;
		int rc = 0;

		while (slice_word(&rest, &word)) {
			rc |= ip_net_parse(word, &net, NULL);
			ip_set_add(a, &set, net);
		}
		rc |= ip_parse(slice_cstr(cases[i].ip), &ip);
		ok(rc == 0 && ip_set_has(&set, &ip) == cases[i].in,
		    "%s in %s", cases[i].ip, cases[i].nets);
		arena_free(&a);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct ip_net net;
		struct err e = { 0 };

		ok(ip_net_parse(slice_cstr(bad[i]), &net, &e) == -1 &&
		    e.text[0] != '\0', "'%s' is refused: %s", bad[i], e.text);
	}
}

static void
test_reverse(void)
{
	char text[72];
	struct ip ip;
	size_t n;

	ip_parse(SLICE("1.2.3.40"), &ip);
	n = ip_reverse(&ip, text);
	is_int(n, strlen(text), "length");
	is_str(text, "40.3.2.1", "RFC 5782 2.1");
	ip_parse(SLICE("2001:db8::567:89ab"), &ip);
	is_int(ip_reverse(&ip, text), 63, "32 nibbles");
	is_str(text, "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	    "8.b.d.0.1.0.0.2", "RFC 5782 2.4");
}

static void
test_reverse_back(void)
{
	static const char *const good[] = { "1.2.3.40", "255.0.0.1",
	    "2001:db8::567:89ab", "::1" };
	static const char *const bad[] = { "", "1.2.3", "example.com",
	    "1.2.3.4.5", "256.1.1.1", "[1.2.3.4]", "IPv6:1.2.3.4",
	    "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.g",
	    "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0-0.2",
	};
	char name[72], text[IP_TEXT_MAX];
	struct ip ip, back;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		ip_parse(slice_cstr(good[i]), &ip);
		ip_reverse(&ip, name);
		ok(ip_parse_reversed(slice_cstr(name), &back) == 0 &&
		    back.v4 == ip.v4, "%s", name);
		ip_text(&back, text);
		is_str(text, good[i], "and back");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		is_int(ip_parse_reversed(slice_cstr(bad[i]), &back), -1,
		    *bad[i] != '\0' ? bad[i] : "nothing");
}

int
main(void)
{
	test_parse();
	test_private();
	test_nets();
	test_reverse();
	test_reverse_back();
	return tap_done();
}

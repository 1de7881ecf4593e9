/*
 * endpoint_test - where something listens, in all its spellings.
 */
#include "config.h"

#include <stdio.h>

#include "base/endpoint.h"
#include "tests/tap/tap.h"

static void
test_forms(void)
{
	/* want: host, a blank, port; NULL: refused */
	static const struct { const char *text, *want; } cases[] = {
		{ "192.0.2.1", "192.0.2.1 0" },
		{ "192.0.2.1:53", "192.0.2.1 53" },
		{ "[192.0.2.1]:53", "192.0.2.1 53" },
		{ "::1", "::1 0" }, { "::", ":: 0" },
		{ "2001:db8::53", "2001:db8::53 0" },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1 0" },
		{ "fe80::1%eth0", "fe80::1%eth0 0" },
		{ "[::1]", "::1 0" }, { "[::1]:783", "::1 783" },
		{ "[fe80::1%eth0]:53", "fe80::1%eth0 53" },
		{ "localhost", "localhost 0" },
		{ "mx.example.org:65535", "mx.example.org 65535" },
		{ " 127.0.0.1:5353\n", "127.0.0.1 5353" },
		{ "*:783", "* 783" }, { ":783", " 783" }, { "783", "783 0" },
		{ "localhost:0783", "localhost 783" },
		/* no port, or none that there is */
		{ "localhost:", NULL }, { "localhost:0", NULL },
		{ "localhost:65536", NULL }, { "localhost:-1", NULL },
		{ "localhost:+53", NULL }, { "localhost: 53", NULL },
		{ "localhost:53x", NULL }, { "localhost:smtp", NULL },
		{ "localhost:99999999999999999999", NULL },
		{ "[::1]:", NULL }, { "[::1]:65536", NULL },
		{ "[::1]53", NULL }, { "[::1]x:53", NULL },
		/* junk */
		{ "", NULL }, { " ", NULL }, { ":", NULL }, { "[", NULL },
		{ "[]", NULL }, { "[]:53", NULL }, { "[::1", NULL },
		{ "[localhost]:53", NULL }, { "[[::1]]:53", NULL },
		{ "[IPv6:::1]:53", NULL }, { "IPv6:::1", NULL },
		{ "a:b:c", NULL }, { "192.0.2.1:53:53", NULL },
		{ "1:2:3:4:5:6:7:8:9", NULL }, { ":::", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct endpoint at;
		char got[64] = "refused";

		if (endpoint_parse(slice_cstr(cases[i].text), &at) == 0)
			snprintf(got, sizeof(got), "%.*s %u",
			    SLICE_FMT(at.host), (unsigned)at.port);
		is_str(got, cases[i].want ? cases[i].want : "refused",
		    cases[i].text);
	}
}

/* Who is asked for names cannot be one. */
static void
test_addresses(void)
{
	static const struct { const char *text; bool good; } cases[] = {
		{ "192.0.2.1", true }, { "192.0.2.1:5353", true },
		{ "::1", true }, { "[::1]", true }, { "[::1]:5353", true },
		{ "[192.0.2.1]:53", true }, { "fe80::1%eth0", true },
		{ "resolver.example.org", false }, { "localhost:53", false },
		{ "300.1.1.1", false }, { "192.0.2.1:99999", false },
		{ "192.0.2", false }, { ":53", false }, { "*", false },
		{ "53", false }, { "", false }, { "abc", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct endpoint at;

		is_int(endpoint_parse_address(slice_cstr(cases[i].text),
		    &at), cases[i].good ? 0 : -1, cases[i].text);
	}
}

/* The bytes after a slice are not its own. */
static void
test_bounds(void)
{
	struct slice s = slice_sub(SLICE("[::1]:7839"), 0, 9);
	struct endpoint at;

	ok(endpoint_parse(s, &at) == 0 && at.port == 783, "a cut port");
	ok(endpoint_parse(slice_sub(s, 0, 5), &at) == 0 && at.port == 0,
	    "a cut bracket");
	ok(endpoint_parse(slice_make(NULL, 0), &at) == -1, "nothing at all");
}

int
main(void)
{
	test_forms();
	test_bounds();
	test_addresses();
	return tap_done();
}

/*
 * seen_test - who a lookup was about, and that it counts once an hour.
 */
#include "config.h"

#include "learn/stat.h"

#include "tests/tap/tap.h"

#define T0	1.6e9
#define HOUR	3600.0

static struct subject
of(const char *text)
{
	struct subject j;
	struct ip ip;

	if (ip_parse(slice_cstr(text), &ip) == 0) {
		subject_of_ip(&ip, &j);
	} else {
		subject_of_domain(slice_cstr(text), &j);
	}
	return j;
}

static void
test_keys(void)
{
	static const struct {
		const char *a, *b;
		bool key, net;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.200", true, true },
		{ "192.0.2.1", "192.0.3.1", false, true },
		{ "192.0.2.1", "192.1.2.1", false, false },
		{ "2001:db8:1::1", "2001:db8:1:ffff::1", true, true },
		{ "2001:db8:1::1", "2001:db8:2::1", false, true },
		{ "2001:db8:1::1", "2001:db9:1::1", false, false },
		{ "::ffff:192.0.2.1", "192.0.2.9", true, true },
		{ "example.org", "EXAMPLE.org", true, true },
		{ "example.org", "example.com", false, false },
		{ "", "example.com", false, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct subject a = of(rows[i].a), b = of(rows[i].b);

		ok((a.key == b.key) == rows[i].key, "%s and %s: one subject: "
		    "%d", rows[i].a, rows[i].b, rows[i].key);
		ok((a.net == b.net) == rows[i].net, "one net: %d",
		    rows[i].net);
		ok(a.key != 0 && a.net != 0 && a.all && !a.anchor &&
		    !a.listed, "filled");
	}
}

/* What is left to count: "a" all, "n" anchor, "" nothing. */
static const char *
left(struct seen *s, uint32_t zone, struct subject j, double now)
{
	bool any = seen_first(s, zone, &j, now);

	if (any != (j.all || j.anchor)) {
		return "contradiction";
	}
	return j.all ? (j.anchor ? "an" : "a") : (j.anchor ? "n" : "");
}

static struct subject
anchor(const char *text, bool listed)
{
	struct subject j = of(text);

	j.anchor = true;
	j.listed = listed;
	return j;
}

static void
test_once(struct arena *a)
{
	struct seen *s = seen_new(a, 4096, 42);

	is_str(left(s, 1, of("192.0.2.1"), T0), "a", "first");
	is_str(left(s, 1, of("192.0.2.99"), T0 + 1), "", "its neighbour");
	is_str(left(s, 2, of("192.0.2.1"), T0 + 1), "a", "another zone");
	is_str(left(s, 1, of("192.0.2.1"), T0 + HOUR - 1), "",
	    "within the hour");
	is_str(left(s, 1, of("192.0.2.1"), T0 + HOUR), "a", "an hour later");
	is_str(left(s, 1, anchor("192.0.2.1", false), T0 + HOUR), "n",
	    "as an anchor for the first time");
	is_str(left(s, 1, anchor("192.0.7.1", false), T0 + HOUR), "a",
	    "its /16 has spoken");
	is_str(left(s, 1, anchor("198.51.100.1", false), T0), "an",
	    "another anchor");
	is_str(left(s, 1, anchor("198.51.100.1", true), T0 + 5), "an",
	    "listed since: that is news");
	is_str(left(s, 1, anchor("198.51.100.1", true), T0 + 6), "",
	    "once");
	is_str(left(s, 1, of("192.0.2.1"), T0 - 1e6), "a",
	    "a clock set back does not silence it");
}

/* 300 000 senders an hour and a table for a tenth: counts are only ever too
 * many, never too few. */
static void
test_bounded(struct arena *a)
{
	struct seen *s = seen_new(a, 30000, 7);
	unsigned lost = 0;

	for (unsigned i = 0; i < 300000; i++) {
		struct subject j = { .key = i + 1, .net = i + 1,
		    .all = true };

		lost += !seen_first(s, 1, &j, T0 + i / 100);
	}
	ok(lost < 5, "%u of 300000 new ones taken for known", lost);
	lost = 0;
	s = seen_new(a, 400000, 7);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 100000; i++) {
			struct subject j = { .key = i + 1, .all = true };

			lost += seen_first(s, 1, &j, T0) && round == 1;
		}
	}
	ok(lost < 1000, "a quarter full: %u of 100000 counted twice", lost);
}

int
main(void)
{
	struct arena *a = arena_new();

	test_keys();
	test_once(a);
	test_bounded(a);
	arena_free(&a);
	return tap_done();
}

/*
 * subtest_test - which answers a list rule means, which codes a zone maps,
 * and what the operator's settings change.
 */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "plug/plug-priv.h"
#include "tests/tap/tap.h"

struct fixture {
	struct arena *a;
	struct conf *conf;
	struct plug *plug;
	struct ruleset rs;
	struct rule rule, notice;
	struct tare_zone *zone;
};

static void
setup(struct fixture *f)
{
	static const struct plug_options no_plugins;

	memset(f, 0, sizeof(*f));
	f->a = arena_new();
	f->conf = conf_new(f->a);
	f->rs.arena = f->a;
	if (plug_open(f->a, f->conf, &no_plugins, &f->plug, NULL) != 0)
		ok(false, "no plugins is no error");
	f->rule.name = SLICE("RCVD_IN_X");
	f->notice.name = SLICE("RCVD_IN_X_BLOCKED");
	f->notice.id = 1;
	*VEC_PUSH(f->a, &f->rs.rules) = &f->rule;
	*VEC_PUSH(f->a, &f->rs.rules) = &f->notice;
	f->plug->setup.rs = &f->rs;
	f->zone = plug_zone_open(f->plug, SLICE("BL.Example.org."),
	    ZONE_KIND_IP);
}

static struct in_addr
addr(const char *text)
{
	struct in_addr a = { 0 };

	inet_pton(AF_INET, text, &a);
	return a;
}

static void
test_forms(struct fixture *f)
{
	static const struct {
		enum tare_subtest_form form;
		const char *test, *code;
		bool match;
	} cases[] = {
		{ TARE_SUBTEST_RBL, "", "127.0.0.9", true },
		{ TARE_SUBTEST_RBL, "4", "127.0.0.6", true },
		{ TARE_SUBTEST_RBL, "4", "127.0.0.8", false },
		{ TARE_SUBTEST_RBL, "127.0.0.2", "127.0.0.2", true },
		{ TARE_SUBTEST_RBL, "127.0.0.2", "127.0.0.3", false },
		{ TARE_SUBTEST_RBL, "^127\\.0\\.0\\.[45]$", "127.0.0.5", true },
		{ TARE_SUBTEST_RBL, "^127\\.0\\.0\\.[45]$", "127.0.0.55",
		    false },
		{ TARE_SUBTEST_URIBL, "127.0.1.2-127.0.1.9", "127.0.1.4",
		    true },
		{ TARE_SUBTEST_URIBL, "127.0.1.2-127.0.1.9", "127.0.2.4",
		    false },
		{ TARE_SUBTEST_URIBL, "0x40", "127.0.0.66", true },
		{ TARE_SUBTEST_URIBL, "64", "127.0.0.32", false },
		{ TARE_SUBTEST_URIBL, "127.0.1.0/255.255.255.0", "127.0.1.77",
		    true },
		{ TARE_SUBTEST_URIBL, "127.0.1.0/255.255.255.0", "127.0.2.77",
		    false },
		{ TARE_SUBTEST_ASKDNS, "/^127\\.2/", "127.2.0.14", true },
		{ TARE_SUBTEST_ASKDNS, "127.2.0.14", "127.2.0.14", true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tare_err e = { "" };
		struct in_addr a = addr(cases[i].code), got;
		uint8_t cls = TARE_LIST_LISTED;
		struct tare_listing l = { .cls = TARE_LIST_LISTED,
			.n_addr = 1, .addr = &a, .addr_cls = &cls };
		struct tare_subtest *t = tare_subtest_new(&f->plug->setup,
		    NULL, 0, cases[i].form, cases[i].test, &e);

		ok(t != NULL && tare_subtest_match(t, &l, &got) ==
		    cases[i].match, "'%s' and %s %s", cases[i].test,
		    cases[i].code, e.text);
	}
}

static void
test_bad(struct fixture *f)
{
	static const struct {
		enum tare_subtest_form form;
		const char *test;
	} cases[] = {
		{ TARE_SUBTEST_RBL, "(" }, { TARE_SUBTEST_URIBL, "1.2.3.4.5" },
		{ TARE_SUBTEST_URIBL, "x" }, { TARE_SUBTEST_ASKDNS, "/(/" },
		{ TARE_SUBTEST_ASKDNS, "[NOSUCHCODE]" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tare_err e = { "" };

		ok(tare_subtest_new(&f->plug->setup, NULL, 0, cases[i].form,
		    cases[i].test, &e) == NULL && e.text[0] != '\0',
		    "'%s' is refused: %s", cases[i].test, e.text);
	}
}

/* Does a rule mean 127.0.0.1, which other lists say to refuse us? */
static void
test_exact(struct fixture *f)
{
	static const struct {
		const char *test;
		bool exact;
	} cases[] = {
		{ "127.0.0.1", true }, { "^127\\.0\\.0\\.1$", true },
		{ "^127\\.0\\.0\\.[12]$", true },
		{ "^127\\.0\\.0\\.(?:1|10)$", true },
		{ "^127\\.0\\.0\\.[2-9]$", false },
		{ "^127\\.0\\.\\d+\\.1$", false },
		{ "^127\\.", false }, { "127.0.0.2", false }, { "1", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tare_err e = { "" };
		struct tare_subtest *t = tare_subtest_new(&f->plug->setup,
		    NULL, 0, TARE_SUBTEST_RBL, cases[i].test, &e);

		ok(t != NULL && plug_subtest_is_exact(t, addr("127.0.0.1")) ==
		    cases[i].exact, "'%s' %s it", cases[i].test,
		    cases[i].exact ? "means" : "does not mean");
	}
}

/* A mask must never read a parking service's address (F1, scenario 15). */
static void
test_classes(struct fixture *f)
{
	struct in_addr a[2] = { addr("91.195.240.87"),
		addr("127.255.255.254") };
	uint8_t cls[2] = { TARE_LIST_BOGUS, TARE_LIST_BLOCKED };
	struct tare_listing l = { .cls = TARE_LIST_BOGUS, .n_addr = 2,
		.addr = a, .addr_cls = cls };
	struct tare_err e = { "" };
	struct tare_subtest *mask = tare_subtest_new(&f->plug->setup, f->zone,
	    0, TARE_SUBTEST_RBL, "1", &e);
	struct tare_subtest *notice = tare_subtest_new(&f->plug->setup,
	    f->zone, 1, TARE_SUBTEST_RBL, "^127\\.255\\.255\\.254$", &e);

	ok(!tare_subtest_match(mask, &l, NULL), "no bit of 0x57 counts");
	ok(tare_subtest_match(notice, &l, NULL), "a notice of refusal does");
	ok(!plug_zone_mapped_exactly(addr("127.255.255.254"), f->zone),
	    "and is no mapping of the code");
	ok(plug_zone_mapped(addr("127.0.0.3"), f->zone) &&
	    !plug_zone_mapped(addr("127.0.0.4"), f->zone),
	    "a code is mapped when some rule takes it");
	ok(plug_zone_blocks(f->zone, addr("127.255.255.254")) &&
	    !plug_zone_blocks(f->zone, addr("127.0.0.3")), "block codes");
}

static void
set(struct fixture *f, const char *name, const char *value)
{
	struct origin o = { "site.cf", 3, 1 };

	if (conf_set(f->conf, slice_cstr(name), slice_cstr(value), &o,
	    NULL) != 0)
		ok(false, "%s %s is a setting", name, value);
}

static void
test_settings(struct fixture *f)
{
	ok(plug_zone_open(f->plug, SLICE("bl.example.ORG"), ZONE_KIND_IP) ==
	    f->zone, "one zone however it is written");
	set(f, "zone_weight", "bl.example.org 0.5");
	set(f, "zone_must_not", "bl.example.org. off");
	set(f, "zone_codes", "bl.example.org 127.255.255.254");
	set(f, "zone_block_codes", "bl.example.org 127.0.0.3");
	set(f, "zone_must_list", "bl.example.org 127.0.0.99");
	set(f, "zone_ask", "bl.example.org K3y.bl.Example.net.");
	set(f, "zone_quota", "bl.example.org 100000");
	set(f, "zone_quota", "bl.example.org -1");
	set(f, "zone_weight", "nowhere.example 1");
	set(f, "zone_codes", "bl.example.org 8.8.8.8");
	plug_zone_settings(f->plug, &f->rs);
	is_num(f->zone->pub.weight, 0.5, "zone_weight");
	ok(f->zone->pub.must_not_off, "zone_must_not");
	ok(!plug_zone_blocks(f->zone, addr("127.255.255.254")),
	    "zone_codes overrides the block-code table");
	ok(plug_zone_blocks(f->zone, addr("127.0.0.3")),
	    "zone_block_codes adds to it");
	is_str(f->zone->pub.conf.must_list, "99.0.0.127", "zone_must_list");
	is_str(f->zone->pub.conf.ask_as, "k3y.bl.example.net", "zone_ask");
	is_num(f->zone->pub.quota, 100000, "zone_quota");
	is_int(f->rs.findings.n, 3, "a zone nobody asks, an address outside "
	    "127/8, a negative quota");
}

int
main(void)
{
	struct fixture f;

	setup(&f);
	test_forms(&f);
	test_bad(&f);
	test_exact(&f);
	test_classes(&f);
	test_settings(&f);
	arena_free(&f.a);
	return tap_done();
}

/*
 * classify_test - what an answer means (reliability reference c.1).
 */
#include "config.h"

#include <arpa/inet.h>

#include "ask/ask.h"
#include "tests/tap/tap.h"

#define BL "bl.example.org"

static struct in_addr
quad(const char *text)
{
	struct in_addr a;

	if (inet_pton(AF_INET, text, &a) != 1)
		printf("Bail out! %s\n", text);
	return a;
}

static bool
is_code(struct in_addr code, void *arg)
{
	return code.s_addr == quad(arg).s_addr;
}

static struct ask_zone_conf
zone(const char *name, const char *mapped, const char *exactly)
{
	return (struct ask_zone_conf){ .name = name,
		.mapped = mapped ? is_code : NULL,
		.mapped_exactly = exactly ? is_code : NULL,
		.arg = (void *)(uintptr_t)(mapped ? mapped : exactly) };
}

static enum ask_class
classify_one(const struct ask_zone_conf *z, const char *addr)
{
	struct ask_answer ans = { .n_addr = 1, .addr = { quad(addr) } };

	ask_classify(z, &ans);
	return ans.addr_cls[0] == ans.cls ? ans.cls : ASK_UNKNOWN;
}

static void
test_codes(void)
{
	static const struct {
		const char *zone, *addr;
		enum ask_class want;
	} cases[] = {
		{ BL, "127.0.0.2", ASK_LISTED },
		{ BL, "127.9.8.7", ASK_LISTED },
		{ BL, "126.255.255.255", ASK_BOGUS },
		{ BL, "128.0.0.0", ASK_BOGUS },
		{ BL, "91.195.240.87", ASK_BOGUS },
		{ BL, "0.0.0.0", ASK_BOGUS },
		{ BL, "127.255.255.252", ASK_BLOCKED },
		{ BL, "127.255.255.255", ASK_BLOCKED },
		{ BL, "127.255.254.255", ASK_LISTED },
		{ BL, "127.0.0.1", ASK_BLOCKED },
		{ BL, "127.0.1.255", ASK_BLOCKED },
		{ BL, "127.0.2.255", ASK_BLOCKED },
		{ BL, "127.0.0.255", ASK_LISTED },
		{ BL, "127.0.10.3", ASK_LISTED },
		{ "list.dnswl.org", "127.0.0.255", ASK_BLOCKED },
		{ "list.dnswl.org", "127.0.10.3", ASK_BLOCKED },
		{ "list.dnswl.org", "127.0.9.3", ASK_LISTED },
		{ "LIST.DNSWL.ORG", "127.0.10.0", ASK_BLOCKED },
		{ "notdnswl.org", "127.0.10.3", ASK_LISTED },
		{ "dnswl.org", "127.0.10.3", ASK_BLOCKED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ask_zone_conf z = zone(cases[i].zone, NULL, NULL);

		is_int(classify_one(&z, cases[i].addr), cases[i].want,
		    cases[i].addr);
	}
}

static void
test_mapping(void)
{
	struct ask_zone_conf z = zone(BL, "127.0.0.2", NULL);

	is_int(classify_one(&z, "127.0.0.2"), ASK_LISTED, "a rule knows it");
	is_int(classify_one(&z, "127.0.0.3"), ASK_UNMAPPED, "no rule does");
	is_int(classify_one(&z, "192.0.2.2"), ASK_BOGUS, "not 127/8");
}

static void
test_exact_rule(void)
{
	struct ask_zone_conf white = zone(BL, NULL, "127.0.0.1");
	struct ask_zone_conf vouched = zone(BL, NULL, "127.0.1.255");
	struct ask_zone_conf notice = zone(BL, NULL, "127.255.255.254");
	struct ask_zone_conf dbl = zone("dbl.spamhaus.org", NULL,
	    "127.0.1.255");
	struct ask_zone_conf wl = zone("list.dnswl.org", NULL, "127.0.10.3");

	is_int(classify_one(&white, "127.0.0.1"), ASK_LISTED,
	    "a rule names 127.0.0.1: a listing");
	is_int(classify_one(&vouched, "127.0.1.255"), ASK_LISTED,
	    "a rule names 127.0.1.255: a listing");
	is_int(classify_one(&notice, "127.255.255.254"), ASK_BLOCKED,
	    "a rule that reports the refusal does not make it a listing");
	is_int(classify_one(&dbl, "127.0.1.255"), ASK_BLOCKED,
	    "Spamhaus reserves its own codes");
	is_int(classify_one(&wl, "127.0.10.3"), ASK_BLOCKED,
	    "and so does DNSWL");
}

static void
test_worst_decides(void)
{
	struct ask_zone_conf z = zone(BL, NULL, NULL);
	struct ask_answer ans = { .n_addr = 3, .addr = { quad("127.0.0.2"),
	    quad("127.255.255.255"), quad("127.0.0.4") } };

	ask_classify(&z, &ans);
	is_int(ans.cls, ASK_BLOCKED, "a refusal beside listings: refused");
	is_int(ans.addr_cls[2], ASK_LISTED, "each address has its class");
	ans.addr[2] = quad("8.8.8.8");
	ask_classify(&z, &ans);
	is_int(ans.cls, ASK_BOGUS, "one address outside 127/8: bogus");
}

static void
test_too_many(void)
{
	struct ask_zone_conf z = zone(BL, NULL, NULL);
	struct ask_answer ans = { .n_addr = LIMIT_ANSWER_ADDRS };

	for (unsigned i = 0; i < LIMIT_ANSWER_ADDRS; i++)
		ans.addr[i] = quad("127.0.0.2");
	ask_classify(&z, &ans);
	is_int(ans.cls, ASK_LISTED, "eight addresses are a listing");
	ans.n_addr = LIMIT_ANSWER_ADDRS + 1;
	ask_classify(&z, &ans);
	is_int(ans.cls, ASK_BOGUS, "more are not");
	is_int(ans.n_addr, LIMIT_ANSWER_ADDRS, "and the count is cut");
}

static void
test_rcodes(void)
{
	struct ask_zone_conf z = zone(BL, NULL, NULL);

	for (int rcode = -1; rcode < 16; rcode++) {
		struct ask_answer none = { .rcode = rcode };
		struct ask_answer some = { .rcode = rcode, .n_addr = 1,
		    .addr = { quad("127.0.0.2") } };
		enum ask_class want = rcode == 0 || rcode == 3 ? ASK_CLEAN :
		    ASK_UNKNOWN;

		ask_classify(&z, &none);
		ask_classify(&z, &some);
		is_int(none.cls, want, "no data");
		is_int(some.cls, rcode == 0 ? ASK_LISTED : want, "data");
	}
}

static void
test_text(void)
{
	struct ask_zone_conf z = zone(BL, NULL, NULL);
	struct slice text = SLICE("listed");
	struct ask_answer ans = { .n_txt = 1, .txt = &text };

	ask_classify(&z, &ans);
	is_int(ans.cls, ASK_LISTED, "a text answer");
}

static void
test_table(void)
{
	ok(ask_is_block_code(BL, quad("127.255.255.7")), "everywhere");
	ok(!ask_is_block_code(BL, quad("127.0.10.3")), "not here");
	ok(ask_is_block_code("x.dnswl.org", quad("127.0.10.3")), "there");
	ok(!ask_is_block_code(BL, quad("127.0.0.2")), "an ordinary code");
}

int
main(void)
{
	test_codes();
	test_mapping();
	test_exact_rule();
	test_worst_decides();
	test_too_many();
	test_rcodes();
	test_text();
	test_table();
	return tap_done();
}

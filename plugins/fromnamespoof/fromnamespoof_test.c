/*
 * fromnamespoof_test - addresses in the display name of From.
 */
#include "config.h"

#include "plugins/eval_test.h"

#define LOAD "loadplugin Mail::SpamAssassin::Plugin::FromNameSpoof"
/* One letter an eval: in the order of their lines. */
#define RULES "header S eval:check_fromname_spoof()",			\
	"header A eval:check_fromname_different()",			\
	"header D eval:check_fromname_domain_differ()",			\
	"header O eval:check_fromname_owners_differ()",			\
	"header E eval:check_fromname_contains_email()",		\
	"header T eval:check_fromname_equals_to()",			\
	"header R eval:check_fromname_equals_replyto()"
#define FROM(name, address) "From: " name " <" address ">\n"
#define BODY "\nx\n"
#define FORTY "0123456789012345678901234567890123456789"

static void
test_from(void)
{
	static const char *const cf[] = { LOAD, RULES, NULL };
	static const struct eval_case cases[] = {
		{ FROM("\"a@b.com\"", "x@c.com") BODY, "S A D O E",
		    "another address" },
		{ FROM("\"A@B.com\"", "a@b.com") BODY, "E",
		    "the same, letters fold" },
		{ FROM("\"a@b.com\"", "x@b.com") BODY, "A E",
		    "another user" },
		{ FROM("\"a@b.com\"", "x@b.org") BODY, "A D E",
		    "another domain of one owner" },
		{ FROM("\"a@x.b.co.uk\"", "x@y.b.co.uk") BODY, "A E",
		    "one registered domain" },
		{ FROM("\"Joe (a@b.com) Doe\"", "x@c.com") BODY, "S A D O E",
		    "among words" },
		{ FROM("\"a@b.com.\"", "x@c.com") BODY, "",
		    "a dot behind it" },
		{ FROM("\"a@b.xyzzy\"", "x@c.com") BODY, "",
		    "no such domain" },
		{ FROM("\"a@b.com\"", "x@c.xyzzy") BODY, "",
		    "nor has the sender one" },
		{ FROM("\"a@b.com\"", "x@[1.2.3.4]") BODY, "",
		    "a literal is no domain" },
		{ FROM("\"a@1.2.3.4\"", "x@c.com") BODY, "S A D O E",
		    "but a bare address is one" },
		{ FROM("\"a@@b.com\"", "x@c.com") BODY, "", "two signs" },
		{ FROM("Joe", "x@c.com") BODY, "", "only a name" },
		{ "Subject: x\n" BODY, "", "no From" },
		{ FROM("\"a@b.com\"", "x@c.com") "To: a@b.com\n" BODY,
		    "S A D O E T", "the recipient's" },
		{ FROM("\"a@b.com\"", "x@c.com") "Reply-To: A@b.com\n" BODY,
		    "S A D O E R", "that of Reply-To" },
		{ FROM("\"a@b.com\"", "x@c.com")
		    "From: \"a@c.com\" <a@c.com>\n" BODY, "S A D O E",
		    "the first From counts" },
		{ FROM("\"a@b.com " FORTY "012345678\"", "x@c.com") BODY,
		    "E", "too much beside it" },
		{ FROM("\"a@b.com " FORTY "01234567\"", "x@c.com") BODY,
		    "S A D O E", "a blank counts twice" },
		{ "From: =?utf-8?q?a=40b=2Ecom?= <x@c.com>\n" BODY,
		    "S A D O E", "an encoded name" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_settings(void)
{
	static const char *const cf[] = { LOAD, RULES, "fns_check 2",
		"header N eval:check_fromname_spoof('0')",
		"header B eval:check_fromname_spoof('3')",
		"fns_extrachars 0", "fns_ignore_headers List-Id X-None",
		"fns_ignore_dkim b.com", NULL };
	static const struct eval_case cases[] = {
		{ FROM("\"a@b.com\"", "x@c.com") BODY, "S A D O E N B",
		    "all differ" },
		{ FROM("\"a@b.com\"", "x@b.com") BODY, "A E N",
		    "level 2 wants another domain, level 0 does not" },
		{ FROM("\"a@b.com!\"", "x@c.com") BODY, "E", "one too many" },
		{ FROM("\"a@b.com\"", "x@c.com") "list-id: x\n" BODY, "",
		    "a header to be ignored" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_owners(void)
{
	static const char *const cf[] = { LOAD, RULES,
		"fns_add_addrlist (Acme) *@b.com *@c.com a@d.com *@evil.com",
		"fns_add_addrlist (other) *@d.com z@c.com",
		"fns_remove_addrlist (acme) *@EVIL.com *@none.com",
		"fns_remove_addrlist (nobody) *@b.com", NULL };
	static const struct eval_case cases[] = {
		{ FROM("\"a@b.com\"", "x@c.com") BODY, "A D E", "one owner" },
		{ FROM("\"a@b.com\"", "x@d.com") BODY, "S A D O E",
		    "two owners" },
		{ FROM("\"a@b.com\"", "a@d.com") BODY, "A D E",
		    "of two lists the first" },
		{ FROM("\"a@b.com\"", "x@evil.com") BODY, "S A D O E",
		    "taken off the list" },
		{ FROM("\"a@b.com\"", "x@mail.c.com") BODY, "A D E",
		    "a host of a listed domain" },
		{ FROM("\"a@b.com\"", "acme@acme.com") BODY, "A D E",
		    "a domain that is the owner's name" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_bad_lines(void)
{
	static const char *const cf[] = { LOAD, "fns_add_addrlist a@b.com",
		"fns_add_addrlist (x)", "fns_remove_addrlist (x",
		"fns_check 3", NULL };
	struct eval_test t;

	eval_test_open(&t, cf);
	is_int(t.engine->rs->n_errors, 4, "four lines are refused");
	eval_test_close(&t);
}

static void
test_hostile(void)
{
	static const char *const cf[] = { LOAD, RULES, NULL };
	static const char *const pieces[] = { "a@", "a.", "@", "a@b.", "%",
		"\xff", "a@b.com " };
	static char mail[130000];
	struct eval_test t;

	eval_test_open(&t, cf);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		size_t n = (size_t)snprintf(mail, sizeof(mail), "From: \"");

		while (n < 60000)
			n += (size_t)snprintf(mail + n, sizeof(mail) - n, "%s",
			    pieces[i]);
		n += (size_t)snprintf(mail + n, sizeof(mail) - n, "\" <a@");
		while (n < 120000)
			n += (size_t)snprintf(mail + n, sizeof(mail) - n, "%s",
			    pieces[i]);
		n += (size_t)snprintf(mail + n, sizeof(mail) - n, ">\n\nx\n");
		ok(strchr(eval_test_hits(&t, mail, n), '?') == NULL,
		    "repeated %zu: %s", i, t.hits);
	}
	eval_test_close(&t);
}

int
main(void)
{
	test_from();
	test_settings();
	test_owners();
	test_bad_lines();
	test_hostile();
	return tap_done();
}

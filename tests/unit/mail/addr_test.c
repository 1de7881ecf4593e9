/*
 * addr_test.c - addresses of header values, as SpamAssassin reads them.
 */
#include "config.h"

#include "base/buf.h"
#include "mail/mail.h"
#include "tests/tap/tap.h"

/* found: "address|phrase" of each mailbox, each ended by a newline. */
static const struct {
	const char *value, *found;
} cases[] = {
	{ "", "" },
	{ "   \n", "" },
	{ "a@example.org", "a@example.org|\n" },
	{ " Ann <a@example.org>\n", "a@example.org|Ann \n" },
	{ "\"Ann \\\"X\\\" B\" <a@example.org>",
	    "a@example.org|Ann \"X\" B \n" },
	{ "a@example.org (Ann), b@example.org",
	    "a@example.org|Ann\nb@example.org|\n" },
	{ "Friends: a@example.org, b@example.org;",
	    "a@example.org|\nb@example.org|\n" },
	{ "undisclosed-recipients:;", "" },
	{ "<>", "|\n" },
	{ "Just A Name", "|Just A Name\n" },
	{ "\"a@example.org\" <b@example.org>",
	    "b@example.org|a@example.org \n" },
	{ "\"a@example.org\"", "a@example.org|\n" },
	{ "\"a@nodots\"", "|a@nodots\n" },
	{ "a@example.org <a@example.org>", "a@example.org|a@example.org \n" },
	{ "<a@example.org(comment)>", "a@example.org|\n" },
	{ "< a@example.org >", "a@example.org|\n" },
	{ "A <a@example.org> <a@example.org>", "a@example.org|A \n" },
	{ "<a@example.org>,<b@example.org>", "|\n" },
	{ "<a@example.org>, <b@example.org>",
	    "a@example.org|\nb@example.org|\n" },
	{ "a@example.org, , b@example.org",
	    "a@example.org|\n| \nb@example.org|\n" },
	{ "a@b@example.org", "a@b|\n" },
	{ "\"\"@example.org", "|\n" },
	{ "user@[192.0.2.1]", "user@[192.0.2.1]|\n" },
	{ "=?utf-8?Q?\"Ann\"?=<a@example.org>",
	    "a@example.org|=?utf-8?Q?Ann?=\n" },
	{ "\"Ann <a@example.org>", "a@example.org|\n" },
	{ "\"Foo\" (x \"y), a@example.org", "|Foo\na@example.org|\n" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		struct mail_addr *addrs;
		struct buf b;
		size_t n;

		buf_init(&b, a);
		mail_addrs_parse(a, slice_cstr(cases[i].value), &addrs, &n);
		for (size_t k = 0; k < n; k++)
			buf_addf(&b, "%.*s|%.*s\n", SLICE_FMT(addrs[k].addr),
			    SLICE_FMT(addrs[k].phrase));
		is_cstr(buf_slice(&b), cases[i].found,
		    arena_printf(a, "case %zu", i));
		arena_free(&a);
	}
}

/* What is too tangled to parse is still searched for <address>. */
static void
test_work_is_capped(void)
{
	struct arena *a = arena_new();
	struct mail_addr *addrs;
	struct buf b;
	size_t n;

	buf_init(&b, a);
	for (size_t i = 0; i < 20000; i++)
		buf_adds(&b, "<a@>");
	buf_adds(&b, "x <b@example.org> y");
	mail_addrs_parse(a, buf_slice(&b), &addrs, &n);
	ok(n == 1 && slice_eq_cstr(addrs[0].addr, "b@example.org"),
	    "the address after a tangle is found");
	arena_free(&a);
}

int
main(void)
{
	test_cases();
	test_work_is_capped();
	return tap_done();
}

/*
 * subjectlist_test - texts that Subject contains.
 */
#include "config.h"

#include "plugins/eval_test.h"

#define SUBJECT(text) "Subject: " text "\n\nHello.\n"

static void
test_lists(void)
{
	static const char *const cf[] = {
		"welcomelist_subject [My List]",
		"whitelist_subject in?oice * due",
		"blocklist_subject 100% free",
		"blacklist_subject $$$ (now)",
		"blocklist_subject  caf\xc3\xa9  ",
		"header W eval:check_subject_in_welcomelist()",
		"header W2 eval:check_subject_in_whitelist()",
		"header B eval:check_subject_in_blocklist()",
		"header B2 eval:check_subject_in_blacklist()", NULL };
	static const struct eval_case cases[] = {
		{ SUBJECT("Re: [my list] hello"), "W W2",
		    "anywhere, any case" },
		{ SUBJECT("my list"), "", "brackets are brackets" },
		{ SUBJECT("INVOICE 12 is due today"), "W W2", "wildcards" },
		{ SUBJECT("inoice is due"), "", "? is one character" },
		{ SUBJECT("invoice  due"), "W W2", "* may be none" },
		{ SUBJECT("Now 100% FREE!"), "B B2", "the other list" },
		{ SUBJECT("$$$ (NOW)"), "B B2", "signs are themselves" },
		{ SUBJECT("=?utf-8?Q?a_caf=C3=A9?="), "B B2", "decoded" },
		{ SUBJECT("[My List] 100% free"), "W W2 B B2", "both" },
		{ SUBJECT(""), "", "an empty subject" },
		{ "From: a@b.org\n\nHello.\n", "", "no subject" },
	};

	EVAL_TEST(cf, cases);
}

/* An empty line would be in every subject: it is refused. */
static void
test_empty(void)
{
	static const char *const cf[] = { "welcomelist_subject",
		"header W eval:check_subject_in_welcomelist()", NULL };
	static const struct eval_case cases[] = {
		{ SUBJECT("hello"), "", "no text" } };

	EVAL_TEST(cf, cases);
}

static void
test_hostile(void)
{
	static const char *const cf[] = { "blocklist_subject a*a*a*a*b",
		"header B eval:check_subject_in_blocklist()", NULL };
	static char mail[9000];
	struct eval_test t;
	size_t n = (size_t)snprintf(mail, sizeof(mail), "Subject: ");

	for (; n < 8000; n++)
		mail[n] = n % 100 == 0 ? '\0' : 'A';
	mail[n++] = '\n';
	mail[n++] = '\n';
	eval_test_open(&t, cf);
	is_str(eval_test_hits(&t, mail, n), "", "a long subject");
	eval_test_close(&t);
}

int
main(void)
{
	test_lists();
	test_empty();
	test_hostile();
	return tap_done();
}

/*
 * freemail_test - free addresses in headers and text, through the engine.
 */
#include "config.h"

#include "plugins/list_test.h"

#define DOMAINS "freemail_domains free.com gratis.org big?.net *.wild.com"
#define RULE(name, eval) "header " name " eval:" eval, "score " name " 1"

static void
expect(const char *const *cf, const char *mail, const char *want,
    const char *what)
{
	static const struct dns none[] = { { 0 } };
	struct list_test t = { .cf = cf, .dns = none, .mail = mail };

	is_str(list_run(&t), want, what);
}

static void
test_addresses(void)
{
	static const struct {
		const char *from, *hit, *what;
	} cases[] = {
		{ "a@free.com", "F", "a provider" },
		{ "A@FREE.com", "F", "letters fold" },
		{ "a@sub.free.com", "", "not below a provider" },
		{ "a@bigx.net", "F", "? is one character" },
		{ "a@big.net", "", "and not none" },
		{ "a@x.wild.com", "F", "* is a part of a label" },
		{ "a@x.y.wild.com", "", "and not two labels" },
		{ "abuse@free.com", "", "a role" },
		{ "abuser@free.com", "F", "not quite a role" },
		{ "a=b=c@free.com", "", "a forwarder" },
		{ "0123abcd.0123abcd@free.com", "", "a message number" },
		{ "friend@free.com", "", "a welcome address" },
		{ "a@gratis.org", "", "a welcome domain" },
		{ "partner@free.com", "", "imported" },
		{ "", "", "no address" },
	};
	static const char *const cf[] = { DOMAINS,
		RULE("F", "check_freemail_from()"),
		"freemail_welcomelist Friend@free.com gratis.org",
		"freemail_import_welcomelist_auth 1",
		"welcomelist_auth part*@free.com", NULL };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char mail[256];

		snprintf(mail, sizeof(mail), "From: <%s>\n\nx\n",
		    cases[i].from);
		expect(cf, mail, cases[i].hit, cases[i].what);
	}
}

static void
test_header(void)
{
	static const char *const cf[] = { DOMAINS,
		RULE("CC", "check_freemail_header('Cc')"),
		RULE("DIGIT", "check_freemail_header('Cc', '\\d@')"),
		RULE("TO", "check_freemail_header('To', '\\d@')"),
		RULE("NONE", "check_freemail_header('Sender')"), NULL };

	expect(cf, "To: a@free.com, b1@free.com\nCc: c@free.com\n\nx\n",
	    "CC TO", "each rule has its regex; all addresses count");
}

#define REPLY_RULES DOMAINS, \
	RULE("R", "check_freemail_replyto('reply')"), \
	RULE("RT", "check_freemail_replyto()")

static void
test_replyto(void)
{
	static const char *const cf[] = { REPLY_RULES, NULL };
	static const struct {
		const char *mail, *hit, *what;
	} cases[] = {
		{ "From: a@free.com\nReply-To: b@free.com\n\nx\n", "R RT",
		    "two addresses" },
		{ "From: a@free.com\nReply-To: A@free.com\n\nx\n", "",
		    "the same" },
		{ "Return-Path: <owner-x@l.org>\nFrom: a@free.com\n"
		    "Reply-To: b@free.com\n\nx\n", "", "a list" },
		{ "Return-Path: <donotreply@l.org>\nFrom: a@free.com\n"
		    "Reply-To: b@free.com\n\nx\n", "", "a machine" },
		{ "Return-Path: <norepl@l.org>\nFrom: a@free.com\n"
		    "Reply-To: b@free.com\n\nx\n", "R RT", "not a machine" },
		{ "From: a@free.com\n\nwrite to b@free.com\n", "R",
		    "another in the text" },
		{ "From: a@work.org\nReply-To: a@free.com\n\nb@free.com\n",
		    "RT", "another than Reply-To" },
		{ "From: a@free.com\n\nwrite to a@free.com\n", "",
		    "the same in the text" },
		{ "From: a@free.com\nReply-To: a@work.org\n\nb@free.com\n",
		    "", "an answer to no freemail address" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect(cf, cases[i].mail, cases[i].hit, cases[i].what);
}

static void
test_limits(void)
{
	static const char *const cf[] = { DOMAINS,
		RULE("B", "check_freemail_body()"), NULL };
	static const char *const more[] = { DOMAINS,
		RULE("B", "check_freemail_body()"),
		"freemail_skip_when_over_max 0", NULL };
	static const char free3[] = "From: a@b.com\n\na@free.com b@free.com "
	    "c@free.com\n";
	static const char all5[] = "From: a@b.com\n\na@free.com b@b.com "
	    "c@b.com d@b.com e@b.com\n";

	expect(cf, "From: a@b.com\n\na@free.com A@free.com b@free.com\n", "B",
	    "two different ones");
	expect(cf, free3, "", "three freemail addresses are too many");
	expect(cf, all5, "", "five addresses are too many");
	expect(more, free3, "B", "unless all count");
	expect(more, all5, "B", "also for those of others");
}

/* Which lines body rules see: sa-compat trap 3. */
static void
test_edits(void)
{
	static const char *const cf[] = { REPLY_RULES,
		"body LINK /http:.*@/", "body QUOTE /@free.com>/",
		"body WROTE /@free.com/", "body KEPT /keep@/",
		"rawbody RAW /@free.com>/", "score LINK 1", "score QUOTE 1",
		"score WROTE 1", "score KEPT 1", "score RAW 1", NULL };
	static const char text[] = "\n\nhttp://x.com/?m=a@free.com\n\n"
	    "<b@free.com> c@free.com wrote: d@free.com  Sagt:\n\n"
	    "keep@b.com fax:\n";
	char mail[512];

	snprintf(mail, sizeof(mail), "From: a@free.com%s", text);
	expect(cf, mail, "KEPT RAW", "links and quotations are struck out");
	snprintf(mail, sizeof(mail), "From: a@work.org%s", text);
	expect(cf, mail, "LINK QUOTE WROTE KEPT RAW",
	    "not where no header address is freemail");
}

static void
test_shapes(void)
{
	static const struct {
		const char *text, *hit;
	} cases[] = {
		{ "a@free.com", "B" }, { "(a@free.com)", "B" },
		{ "a@free.com.", "B" }, { "a@free.com.x", "" },
		{ "a@free.comx", "" }, { "a@free.com-", "" },
		{ "a@free.com_", "B" }, { "a..b@free.com", "B" },
		{ "a.@free.com", "" }, { "@free.com", "" },
		{ "a@@free.com", "" }, { "a@free", "" },
		{ "mailto:a@free.com>", "B" }, { "a@free.com>", "" },
		{ "a@free.com tel: 1", "B" }, { "a@free.com says: 1", "" },
		{ "\xe4@free.com", "" }, { "x\xe4y@free.com", "B" },
	};
	static const char *const cf[] = { DOMAINS,
		RULE("B", "check_freemail_body()"), NULL };
	char mail[1024], local[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(mail, sizeof(mail), "From: a@b.com\n\n%s\n",
		    cases[i].text);
		expect(cf, mail, cases[i].hit, cases[i].text);
	}
	for (int n = 64; n <= 65; n++) {
		memset(local, 'l', sizeof(local));
		snprintf(mail, sizeof(mail), "From: a@b.com\n\n%.*s@free.com\n",
		    n, local);
		expect(cf, mail, n == 64 ? "B" : "", "a long local part");
	}
	expect(cf, "From: a@b.com\nContent-Type: text/html\n\n"
	    "<a href=\"mailto:z@free.com?subject=x\">write</a>\n", "B",
	    "a link that the text does not show");
}

static void
test_bad_lines(void)
{
	static const char *const cf[] = { "freemail_domains free.com b@d",
		"freemail_welcomelist x", RULE("F", "check_freemail_from()"),
		RULE("H", "check_freemail_header()"),
		RULE("R", "check_freemail_replyto('all')"),
		RULE("X", "check_freemail_from('(')"), NULL };
	static const char *const none[] = {
		RULE("F", "check_freemail_from()"),
		RULE("B", "check_freemail_body()"), NULL };

	expect(cf, "From: a@free.com\n\nx\n", "F ?H ?R ?X",
	    "bad rules are unknown, good words count");
	expect(none, "From: a@free.com\n\na@free.com\n", "",
	    "without providers nothing is freemail");
}

int
main(void)
{
	test_addresses();
	test_header();
	test_replyto();
	test_limits();
	test_edits();
	test_shapes();
	test_bad_lines();
	return tap_done();
}

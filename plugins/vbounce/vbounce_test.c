/*
 * vbounce_test - our relays in bounces, through the whole engine.
 */
#include "config.h"

#include "plugins/eval_test.h"

#define RULES "body HAVE eval:have_any_bounce_relays()", \
	"body OURS eval:check_welcomelist_bounce_relays()"
#define RELAYS "welcomelist_bounce_relays Mail*.Example.com out?.example.org"

#define TEXT "Subject: x\n\n"
#define PARTS "Subject: x\nMIME-Version: 1.0\n" \
	"Content-Type: multipart/report; boundary=b\n\n--b\n\nReturned:\n" \
	"--b\nContent-Type: message/rfc822\n\n"
#define END "Subject: y\n\nz\n--b--\n"

static void
test_none(void)
{
	static const char *const cf[] = { RULES, NULL };
	static const struct eval_case cases[] = {
		{ TEXT "Received: by mail.example.com (x)\n", "",
		    "no relay is ours" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_text(void)
{
	static const char *const cf[] = { RELAYS, RULES, NULL };
	static const struct eval_case cases[] = {
		{ TEXT "x\n\nReceived: by mail3.example.com (x)\n",
		    "HAVE OURS", "a relay" },
		{ TEXT "x\n\n> > received: by MAIL.example.com (x)\n",
		    "HAVE OURS", "quoted, letters folded" },
		{ TEXT "Received: by out.example.org (x)\n", "HAVE",
		    "? is one character" },
		{ TEXT "Received: by out1.example.org (x)\n", "HAVE OURS",
		    "any character" },
		{ TEXT "Received: by xmail.example.com (x)\n", "HAVE",
		    "the whole name counts" },
		{ TEXT "Seen: by mail.example.com (x)\n", "HAVE",
		    "no Received line" },
		{ TEXT "x Received: by mail.example.com (x)\n", "HAVE",
		    "not at its start" },
		{ TEXT "Received: a.b mail.example.com (x)\n", "HAVE",
		    "a blank serves one word only" },
		{ TEXT "Received: a.b x mail.example.com (x)\n",
		    "HAVE OURS", "with a word between" },
		{ TEXT "Received: by mail.example.com\n", "HAVE OURS",
		    "the newline of the last paragraph is a blank" },
		{ "", "HAVE", "an empty mail" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_source(void)
{
	static const char *const cf[] = { RELAYS, RULES, NULL };
	static const struct eval_case cases[] = {
		{ PARTS "Received: from a by mail.example.com with x; y\n"
		    END, "HAVE OURS", "in an attached message" },
		{ PARTS "Received: from a\n\tby mail.example.com\n\tx\n" END,
		    "HAVE OURS", "in a folded header" },
		{ PARTS "Received: from a\nby mail.example.com x\n" END,
		    "HAVE", "not in a line of its own" },
		{ PARTS "Received: from mail.\n\texample.com x\n" END,
		    "HAVE", "a fold ends a word" },
		{ PARTS "Received: x\nTo: <a> mail.example.com x\n" END,
		    "HAVE", "not in another header" },
		{ PARTS "Received: by mail.example.com\n" END, "HAVE",
		    "nothing behind the word" },
		{ PARTS "Received: by mail.example.com\r\n" END, "HAVE OURS",
		    "a carriage return is behind it" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_stars(void)
{
	static const char *const cf[] = {
		"whitelist_bounce_relays *a*b*c.d ?",
		"body OLD eval:check_whitelist_bounce_relays()", NULL };
	static const struct eval_case cases[] = {
		{ TEXT "Received: xaxbxc.d x\n", "OLD", "three stars" },
		{ TEXT "Received: abc.d x\n", "OLD", "for nothing" },
		{ TEXT "Received: aabbc.dc.d x\n", "OLD",
		    "the last part may be there twice" },
		{ TEXT "Received: acb.d x\n", "", "in another order" },
		{ TEXT "Received: abc.de x\n", "", "something is left" },
		{ TEXT "Received: . .. x\n", "",
		    "a dot needs something around it" },
	};

	EVAL_TEST(cf, cases);
}

int
main(void)
{
	test_none();
	test_text();
	test_source();
	test_stars();
	return tap_done();
}

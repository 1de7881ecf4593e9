/*
 * headereval_test - times and words in headers, hostile headers, bad rules.
 */
#include "config.h"

#include <time.h>

#include "plugins/headereval/header_test.h"

static void
test_times(void)
{
#define OUTLOOK "check_outlook_message_id()"
#define SHIFT(min, max) "check_for_shifted_date('" #min "', '" #max "')"
#define DATE(text) RELAY "Date: " text "\n"
	static const char fetched[] =
	    "Received: from localhost (localhost [127.0.0.1]) by x (Postfix) "
	    "with ESMTP id 1; Mon, 1 Jul 2024 12:00:00 +0000\n"
	    "Received: from m.example.org [1.2.3.4] by localhost with IMAP "
	    "(fetchmail-5.9.0); Mon, 1 Jul 2024 12:00:00 +0000\n"
	    "Received: from a by b; Mon, 1 Jul 2024 2:00:00 +0000\n"
	    "Date: Mon, 1 Jul 2024 12:00:00 +0000\n";
	static const struct test_case cases[] = {
		{ SHIFT(undef, undef), "", true },
		{ SHIFT(-0.1, 0.1), "", true },
		{ SHIFT(3, 6), DATE("Mon, 1 Jul 2024 15:00:00 +0000"), true },
		{ SHIFT(3, 6), DATE("Mon, 1 Jul 2024 14:59:59 +0000"), false },
		{ SHIFT(3, 6), DATE("Mon, 1 Jul 2024 18:00:00 +0000"), false },
		{ SHIFT(-6, -3), DATE("Mon, 1 Jul 2024 8:00:00 +0000"), true },
		{ SHIFT(undef, -96), DATE("Mon, 1 Jan 2024 1:00:00 GMT"),
		    true },
		{ SHIFT(96, undef), DATE("Mon, 1 Jan 2029 1:00:00 GMT"),
		    true },
		{ SHIFT(-0.1, 0.1), DATE("rubbish"), true },
		{ SHIFT(3, 6), "Resent-Date: Mon, 1 Jul 2024 15:00:00 +0000\n"
		    DATE("Mon, 1 Jul 2024 12:00:00 +0000"), true },
		/* the nearest counts, but not an oldest that is Date's copy */
		{ SHIFT(-0.1, 0.1), DATE("Mon, 1 Jul 2024 15:00:00 +0000")
		    "Received: from x by y; Mon, 1 Jul 2024 15:00:00 +0000\n",
		    false },
		{ SHIFT(3, 6), "Received: from x by y; Mon, 1 Jul 2024 "
		    "20:00:00 +0000\n" DATE("Mon, 1 Jul 2024 15:00:00 +0000"),
		    true },
		{ SHIFT(9, 11), fetched, true },
		{ OUTLOOK, DATE("Mon, 1 Jul 2024 12:00:00 +0000")
		    "Message-ID: <000a01dacbac$01020304$05060708@pc>\n",
		    false },
		{ OUTLOOK, DATE("Mon, 1 Jul 2024 12:00:00 +0000")
		    "Message-ID: <000a01c2cbac$01020304$05060708@pc>\n",
		    true },
		{ OUTLOOK, DATE("Mon, 1 Jan 2001 12:00:00 +0000")
		    "Message-ID: <000a01dacbac$01020304$05060708@pc>\n",
		    false },
		{ OUTLOOK, "Message-ID: <000a01c2cbac$01020304$05060708@pc>\n",
		    true },
		{ OUTLOOK, DATE("Mon, 1 Jul 2024 12:00:00 +0000")
		    "Message-ID: <000A01C2CBAC$01020304$05060708@pc>\n",
		    false },
	};

	CHECK_ALL(cases);
}

static void
test_months(void)
{
	static const struct {
		const char *eval;
		bool hit;
	} cases[] = {
		{ "received_within_months('undef','6')", true },
		{ "received_within_months('0','1')", false },
		{ "received_within_months('3')", true },
		{ "received_within_months('5','undef')", false },
	};
	char header[256], date[64];
	time_t then = time(NULL) - 120 * 86400;
	struct tm tm;

	strftime(date, sizeof(date), "%d %b %Y %H:%M:%S +0000",
	    gmtime_r(&then, &tm));
	snprintf(header, sizeof(header), "Date: %s\nReceived: from x by y; "
	    "%s\n", date, date);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i].eval, header, "score A 1", cases[i].hit);
	check("received_within_months('600')", "From: a@b.org\n", "score A 1",
	    true);
}

static void
test_words(void)
{
#define ILLEGAL(header) "check_illegal_chars('" header "','0.00','2')"
#define CAPS "subject_is_all_caps()"
#define TEMPLATE "check_unresolved_template()"
#define COUNT(range) "check_header_count_range('X-A'," range ")"
	static const struct test_case cases[] = {
		{ ILLEGAL("Subject"), "Subject: caf\xe9 \xe8\n", true },
		{ ILLEGAL("Subject"), "Subject: caf\xe9\n", false },
		{ ILLEGAL("Subject"), "Subject: \xa3 caf\xe9\n", false },
		{ ILLEGAL("Subject:raw"), "Subject: \xa3 \xa3 5\n", true },
		{ ILLEGAL("Subject"), "Subject: \xc3\xa9\xe2\x82\xac\n",
		    false },
		{ ILLEGAL("Subject"), "Subject: \xc3\xa9\x01\n", true },
		{ ILLEGAL("Subject"), "Subject: \xc0\xaf\n", true },
		{ ILLEGAL("Subject"), "Subject: \xed\xa0\x80\n", true },
		{ ILLEGAL("Subject"), "Subject: \x01\x02\n", true },
		{ ILLEGAL("Subject"), "Subject: \t  \n", false },
		{ ILLEGAL("From"), "Subject: \xe9\xe8\n", false },
		{ ILLEGAL("ALL"), "Subject: x\nX-Y: \xe9\xe8\n", true },
		{ "check_illegal_chars('From','0.50','2')",
		    "From: \xe9\xe8 <a@b.org>\n", false },
		{ CAPS, "Subject: BUY THIS NOW\n", true },
		{ CAPS, "Subject: Re: FWD:aw:BUY THIS 4 YOU!\n", true },
		{ CAPS, "Subject: BUY THIs NOW\n", false },
		{ CAPS, "Subject: BUYTHISNOWNOW\n", false },
		{ CAPS, "Subject: BUY NOW !\n", false },
		{ CAPS, "Subject: 12345 67890\n", false },
		{ CAPS, "Subject: =?iso-8859-1?Q?BUY_THIS_NOW?=\n", true },
		{ CAPS, "Subject: =?koi8-r?Q?BUY_THIS_NOW?=\n", false },
		{ TEMPLATE, "X-Mailer: %MAILER\n", true },
		{ TEMPLATE, "X-Mailer: %A-\n", true },
		{ TEMPLATE, "X-Mailer: %A1 %mailer 5%\n", false },
		{ TEMPLATE, "subject: %MAILER\n", false },
		{ TEMPLATE, "Subject2: %MAILER\n", true },
		{ COUNT("'1','1'"), "X-A: 1\nx-a: 1\n", true },
		{ COUNT("'2','9'"), "X-A: 1\nX-A: 2\nX-A: 1\n", true },
		{ COUNT("'3','9'"), "X-A: 1\nX-A: 2\nX-A: 1\n", false },
		{ COUNT("'0','0'"), "X-B: 1\n", true },
		{ "check_for_unique_subject_id()", "Subject: x 1234\n",
		    false },
	};

	CHECK_ALL(cases);
}

static void
test_locales(void)
{
	static const char *const eval =
	    "check_for_faraway_charset_in_headers()";
	static const char russian[] = "Subject: =?us-ascii?Q?a?= "
	    "=?koi8-r?B?8NLJ18XU?=\n";

	check(eval, russian, "ok_locales en", true);
	check(eval, russian, "ok_locales en ru_RU", false);
	check(eval, russian, "ok_locales all", false);
	check(eval, "From: =?windows-1251?Q?a?= <a@b.org>\n", "ok_locales en",
	    false);
	check(eval, "From: =?GB2312?Q?a?= <a@b.org>\n", "ok_locales en",
	    true);
	check(eval, "From: =?GB2312?Q?a <a@b.org>\n", "ok_locales en", false);
}

/* Nothing in a message may make an eval stop or take long. */
static void
test_hostile(void)
{
	static const char *const cf[] = {
		"header A eval:check_for_forged_yahoo_received_headers()",
		"header B eval:check_for_forged_juno_received_headers()",
		"header C eval:check_for_no_hotmail_received_headers()",
		"header D eval:check_for_msn_groups_headers()",
		"header E eval:" OUTLOOK,
		"header F eval:check_for_shifted_date('3','6')",
		"header G eval:check_equal_from_domains()",
		"header H eval:check_ratware_envelope_from()",
		"header I eval:sorted_recipients()",
		"header J eval:check_for_to_in_subject('user')",
		"header K eval:" CAPS, "header L eval:" ILLEGAL("ALL"),
		"header M eval:check_ratware_name_id()",
		"header N eval:gated_through_received_hdr_remover()",
		"header O eval:check_for_faraway_charset_in_headers()",
		"ok_locales en", NULL };
	static const char *const headers[] = { "", "\n\n", "From: \n",
		"From: @\nTo: @\nSubject: @\nReturn-Path: <@>\n",
		"From: \x80@\xff\nTo: <\x01@\x02>\nSubject: \xff\xfe\n",
		("Received: \nReceived: from\nFrom: a@juno.com\n"
		    "X-Originating-IP: ::\nTo: a@b\n") };
	static const char *const pieces[] = { "=?", "from juno.com[", "\0",
		"<ABCDEFGHIJKLMNOPQRSTUVWXYZAB.", "a@b,", "re:",
		" 1 Jan 1 1:" };
	static char mail[40000];
	struct eval_test t;

	eval_test_open(&t, cf);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		ok(strchr(eval_test_hits(&t, headers[i], strlen(headers[i])),
		    '?') == NULL, "odd header %zu: %s", i, t.hits);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		size_t piece = strlen(pieces[i]) + (pieces[i][0] == '\0');
		size_t n = (size_t)snprintf(mail, sizeof(mail),
		    "From: a@juno.com\nX-Originating-IP: 1\n");

		for (size_t k = 0; k < 4; k++) {
			static const char *const names[] = { "Received: ",
				"Subject: ", "To: ", "Message-ID: " };

			n += (size_t)snprintf(mail + n, sizeof(mail) - n,
			    "%s", names[k]);
			for (size_t used = 0; used < 8000; used += piece) {
				memcpy(mail + n, pieces[i], piece);
				n += piece;
			}
			mail[n++] = '\n';
		}
		ok(strchr(eval_test_hits(&t, mail, n), '?') == NULL,
		    "repeated %zu: %s", i, t.hits);
	}
	eval_test_close(&t);
}

/* Arguments that are missing are findings; the rule is unknown. */
static void
test_bad_rules(void)
{
	static const char *const cf[] = {
		"header A eval:check_for_shifted_date('3')",
		"header B eval:check_for_to_in_subject()",
		"header C eval:check_header_count_range('To')",
		"header D eval:check_illegal_chars('To')", NULL };
	static const struct eval_case cases[] = {
		{ RELAY "\nx\n", "?A ?B ?C ?D", "missing arguments" } };

	EVAL_TEST(cf, cases);
}

int
main(void)
{
	test_times();
	test_months();
	test_words();
	test_locales();
	test_hostile();
	test_bad_rules();
	return tap_done();
}

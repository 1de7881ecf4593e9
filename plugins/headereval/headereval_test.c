/*
 * headereval_test - evals on headers, through the whole engine.
 *
 * A table per theme: a rule, the header of a mail, and whether it hits.
 */
#include "config.h"

#include <time.h>

#include "plugins/eval_test.h"

struct test_case {
	const char *eval, *header;
	bool hit;
};

static void
check(const char *eval, const char *header, const char *setting, bool hit)
{
	char rule[256], mail[4096];
	const char *cf[] = { rule, "score A 1", setting,
		"trusted_networks 10.0.0.0/8", "internal_networks 10.0.0.0/8",
		NULL };
	struct eval_test t;
	int n;

	snprintf(rule, sizeof(rule), "header A eval:%s", eval);
	n = snprintf(mail, sizeof(mail), "%s\nHello.\n", header);
	eval_test_open(&t, cf);
	if (!is_str(eval_test_hits(&t, mail, (size_t)n), hit ? "A" : "",
	    eval))
		printf("# %s\n", header);
	eval_test_close(&t);
}

static void
check_all(const struct test_case *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(c[i].eval, c[i].header, "score A 1", c[i].hit);
}

#define CHECK_ALL(cases) check_all(cases, sizeof(cases) / sizeof(cases[0]))

/* A relay that nobody has an interest in. */
#define RELAY "Received: from a.example.net (a.example.net [192.0.2.1])" \
	" by mx.example.org (Postfix) with ESMTP id 1;"			\
	" Mon, 1 Jul 2024 12:00:00 +0000\n"
#define FROM(address) RELAY "From: <" address ">\n"

static void
test_webmail(void)
{
#define YAHOO "check_for_forged_yahoo_received_headers()"
#define GMAIL "check_for_forged_gmail_received_headers()"
#define JUNO "check_for_forged_juno_received_headers()"
#define EUDORA "check_for_forged_eudoramail_received_headers()"
#define AOL "check_for_fake_aol_relay_in_rcvd()"
#define SIXTY "0123456789012345678901234567890123456789012345678901234567890"
	static const struct test_case cases[] = {
		{ AOL, "Received: from x (1.2.3.4) by\n rly-xw01.mx.aol.com "
		    "with QMQP; x\n", true },
		{ AOL, "Received: from x by rly-ip01.mx.aol.com "
		    "(8.8.8/8.8.8/AOL-5.0.0) with ESMTP id N; x\n", false },
		{ AOL, "Received: from rly-xj02.mx.aol.com by omr with ESMTP "
		    "id RELAYIN7; x\n", false },
		{ AOL, RELAY, false },
		{ YAHOO, FROM("bob@yahoo.com"), true },
		{ YAHOO, FROM("bob@my-yahoo.com"), true },
		{ YAHOO, FROM("bob@myyahoo.com"), false },
		{ YAHOO, "From: bob@yahoo.com\n", false },
		{ YAHOO, FROM("bob@yahoo.com") "Received: from [1.2.3.4] by "
		    "web12.mail.yahoo.com via HTTP; x\n", false },
		{ YAHOO, FROM("bob@yahoo.com") "Received: from [1.2.3.4] by\n"
		    "\tn1.groups.yahoo.com with NNFMP; x\n", false },
		{ YAHOO, FROM("bob@yahoo.com") "Received: from [1.2.3.400] by "
		    "n1.groups.yahoo.com with NNFMP; x\n", true },
		{ YAHOO, FROM("bob@yahoo.com") "Resent-From: a@b.org\n"
		    "Resent-To: c@d.org\nX-Received: by smtp12.mail.yahoo.com "
		    "with SMTP\n", false },
		{ YAHOO, FROM("a@reply.yahoo.com") "Received: from mailer1."
		    "bulk.scd.yahoo.com (x) by y; x\n", false },
		{ YAHOO, FROM("a@yahoo.com") "Received: from mailer1."
		    "bulk.scd.yahoo.com (x) by y; x\n", true },
		{ YAHOO, "Received: from m.yahoo.com (m.yahoo.com "
		    "[192.0.2.9]) by mx.example.org (Postfix) with ESMTP id 1;"
		    " x\nFrom: a@yahoo.com\n", false },
		{ GMAIL, FROM("a@gmail.com"), true },
		{ GMAIL, FROM("a@gmail.com") "X-Received: by 10.1.2.3 with "
		    "SMTP id x\n", false },
		{ GMAIL, FROM("a@gmail.com") "X-Received: by 2002:a05:6402:1 "
		    "with SMTP id x\n", false },
		{ GMAIL, FROM("a@gmail.com") "X-Gm-Message-State: " SIXTY
		    "\nX-Google-Smtp-Source: " SIXTY "\n", false },
		{ GMAIL, FROM("a@gmail.com") "X-Gm-Message-State: " SIXTY
		    "\nX-Google-Smtp-Source: short\n", true },
		{ JUNO, FROM("a@juno.com"), true },
		{ JUNO, FROM("a@juno.com") "X-Originating-IP: [1.2.3.4]\n"
		    "X-Mailer: Juno 5\nReceived: from m.juno.com (m.juno.com "
		    "[1.2.3.4]) by x; y\n", false },
		{ JUNO, FROM("a@juno.com") "X-Originating-IP: [1.2.3.4]\n"
		    "X-Mailer: Other\nReceived: from m.juno.com (m.juno.com "
		    "[1.2.3.4]) by x; y\n", true },
		{ JUNO, FROM("a@juno.com") "X-Originating-IP: [1.2.3.4]\n"
		    "X-Mailer: Juno 5\n", true },
		{ EUDORA, FROM("a@eudoramail.com"), true },
		{ EUDORA, FROM("a@eudoramail.com") "X-Sender-Ip: 1.2.3.4\n"
		    "Received: from x by shared1-mail.whowhere.com; x\n",
		    false },
		{ EUDORA, FROM("a@eudoramail.com") "X-Sender-Ip: none\n"
		    "Received: from x by shared1-mail.whowhere.com; x\n",
		    true },
	};

	CHECK_ALL(cases);
}

static void
test_hotmail(void)
{
#define FORGED "check_for_forged_hotmail_received_headers()"
#define ABSENT "check_for_no_hotmail_received_headers()"
#define GROUPS "check_for_msn_groups_headers()"
#define PICKUP "Received: from mail pickup service by p04.groups.msn.com "  \
	"with Microsoft SMTPSVC; x\n"
	static const char helo[] = "Received: from hotmail.com (x.example.net "
	    "[1.2.3.4]) by y with SMTP; z\n";
	static const char true_line[] = "Received: from hotmail.com "
	    "(f1.law8.hotmail.com [216.33.241.1]) by y with SMTP; z\n"
	    "X-Originating-IP: [1.2.3.4]\n";
	static const struct test_case cases[] = {
		{ FORGED, helo, true },
		{ ABSENT, helo, false },
		{ FORGED, true_line, false },
		{ FORGED, FROM("a@hotmail.com"), false },
		{ ABSENT, FROM("a@hotmail.com"), true },
		{ ABSENT, FROM("a@HotMail.com"), true },
		{ ABSENT, FROM("a@example.com"), false },
		{ ABSENT, "From: a@hotmail.com\n", false },
		{ ABSENT, FROM("a@hotmail.com") "Received: from mail pickup "
		    "service by hotmail.com with\n Microsoft SMTPSVC; x\n",
		    false },
		{ ABSENT, FROM("a@hotmail.com") "X-OriginatorOrg: hotmail.com"
		    "\nReceived: from V.eurprd04.prod.outlook.com "
		    "(2603:10a6:802:b::13) by x; y\n", false },
		{ ABSENT, FROM("a@hotmail.com") "X-OriginatorOrg: hotmail.com"
		    "\nReceived: from V.eurprd04.prod.outlook.com (2603:x) by "
		    "x; y\n", true },
		{ GROUPS, "Return-Path: <cats-bounce@groups.msn.com>\n" PICKUP
		    "To: <cats@groups.msn.com>\n"
		    "Message-Id: <cats-12@groups.msn.com>\n", true },
		{ GROUPS, "Return-Path: <dogs-bounce@groups.msn.com>\n" PICKUP
		    "To: <cats@groups.msn.com>\n"
		    "Message-Id: <cats-12@groups.msn.com>\n", false },
		{ GROUPS, "Return-Path: <.*-bounce@groups.msn.com>\n" PICKUP
		    "To: <.*@groups.msn.com>\n"
		    "Message-Id: <cats-12@groups.msn.com>\n", false },
		{ GROUPS, PICKUP "To: <notifications@groups.msn.com>\n"
		    "Message-Id: <X1@p04.groups.msn.com>\n", true },
		{ GROUPS, PICKUP "To: <notifications@groups.msn.com>\n"
		    "Message-Id: <X1@p05.groups.msn.com>\n", false },
		{ GROUPS, PICKUP "To: <cats@groups.msn.com>\n"
		    "Message-Id: <cats-@groups.msn.com>\n", false },
	};

	CHECK_ALL(cases);
}

static void
test_lists(void)
{
#define REMOVED "gated_through_received_hdr_remover()"
#define UNUSABLE "check_messageid_not_usable()"
#define GW05 "check_for_forged_gw05_received_headers()"
	static const char ezmlm[] =
	    "Mailing-List: contact cats-help@example.org; run by ezmlm\n"
	    "Delivered-To: mailing list cats@example.org\n"
	    "Received: (qmail 12 invoked from network); 1 Jul 2024 1:2:3 -0000"
	    "\n";
	static const struct test_case cases[] = {
		{ REMOVED, "From: a@b.org\n", true },
		{ REMOVED, RELAY, false },
		{ REMOVED, ezmlm, true },
		{ REMOVED, RELAY "Received: from groups.msn.com (x.msn.com "
		    "[1.2.3.4]) by y; z\n", true },
		{ UNUSABLE, RELAY, false },
		{ UNUSABLE, ezmlm, true },
		{ UNUSABLE, RELAY "List-Unsubscribe: "
		    "<mailto:leave-cats-1@example.org>\n", true },
		{ UNUSABLE, RELAY "List-Unsubscribe: "
		    "<mailto:cats-unsubscribe@example.org>, <http://x>\n",
		    false },
		{ UNUSABLE, RELAY "Received: by x (iPlanet Messaging Server "
		    "5.2) with ESMTP; y\n", true },
		{ GW05, RELAY "Received: from a.example.net by gw05 with "
		    "ESMTP; Thu, 21 Jun 2001 02:28:32 -0400\n", true },
		{ GW05, RELAY "Received: from a.example.net by gw.05 with "
		    "ESMTP; Thu, 21 Jun 2001 02:28:32 -0400\n", false },
		{ GW05, "Received: from a.example.net by gw05 with "
		    "ESMTP; Thu, 21 Jun 2001 02:28:32 -0400\n", false },
	};

	CHECK_ALL(cases);
}

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
test_people(void)
{
#define MATCH "check_for_matching_env_and_hdr_from()"
#define DIFFER "check_equal_from_domains()"
#define ENVELOPE(address) "Return-Path: <" address ">\n" RELAY
#define EFROM "check_ratware_envelope_from()"
#define NAME_ID "check_ratware_name_id()"
#define ID28 "Message-ID: <ABCDEFGHIJKLMNOPQRSTUVWXYZAB.bob@b.org>\n"
	static const struct test_case cases[] = {
		{ MATCH, ENVELOPE("Bob@B.org") "From: bob@b.org\n", true },
		{ MATCH, ENVELOPE("bob@b.org") "From: eve@b.org\n", false },
		{ MATCH, "", true },
		{ DIFFER, ENVELOPE("a@b.org") "From: a@c.org\n", true },
		{ DIFFER, ENVELOPE("a@x.b.org") "From: a@y.B.org\n", false },
		{ DIFFER, ENVELOPE("a@x.co.uk") "From: a@y.co.uk\n", false },
		{ DIFFER, ENVELOPE("a@b.x.co.uk") "From: a@b.y.co.uk\n",
		    false },
		{ DIFFER, ENVELOPE("a@b.org"), false },
		{ "check_for_missing_to_header()", RELAY, true },
		{ "check_for_missing_to_header()", "To:\n", false },
		{ "check_for_missing_to_header()", "Apparently-To: a@b.c\n",
		    false },
		{ EFROM, ENVELOPE("b.org-bob@c.org") "To: bob@b.org\n", true },
		{ EFROM, ENVELOPE("b.org=bob@c.org") "To: bob@x.b.org\n",
		    true },
		{ EFROM, ENVELOPE("SRS0=b.org=bob@c.org") "To: bob@b.org\n",
		    false },
		{ EFROM, ENVELOPE("xb.org=bob@c.org") "To: bob@b.org\n",
		    false },
		{ EFROM, ENVELOPE("b.org=bob@c.org") "To: eve@b.org\n",
		    false },
		{ EFROM, ENVELOPE("b.xyzzy=bob@c.org") "To: bob@b.xyzzy\n",
		    false },
		{ NAME_ID, ID28 "From: \"Bob\" <bob@b.org>\n", true },
		{ NAME_ID, ID28 "From: Bob <bob@b.org>\n", false },
		{ NAME_ID, ID28 "From: \"\" <bob@b.org>\n", false },
		{ NAME_ID, ID28 "From: \"Bob\" <bob@b.orgy>\n", false },
	};

	CHECK_ALL(cases);
}

static void
test_recipients(void)
{
#define SORTED "sorted_recipients()"
#define SIMILAR(min, max) "similar_recipients('" #min "','" #max "')"
	static const struct test_case cases[] = {
		{ SORTED, "To: a@x.org, b@x.org, c@x.org, d@x.org, e@x.org,\n"
		    " f@x.org, g@x.org\n", true },
		{ SORTED, "To: a@x.org, b@x.org, c@x.org, d@x.org, e@x.org\n"
		    "Cc: f@x.org, g@x.org\n", true },
		{ SORTED, "To: a@x.org, b@x.org, c@x.org, d@x.org, e@x.org,\n"
		    " f@x.org\n", false },
		{ SORTED, "To: a@x.org, b@x.org, c@x.org, d@x.org, e@x.org,\n"
		    " f@x.org, F@x.org\n", false },
		{ SORTED, "To: b@x.org, a@x.org, c@x.org, d@x.org, e@x.org,\n"
		    " f@x.org, g@x.org\n", false },
		{ SORTED, "To: a@x.org\nBcc: b@x.org, c@x.org, d@x.org,"
		    " e@x.org, f@x.org, g@x.org\n", true },
		{ SIMILAR(1, undef), "To: aa1@x.org, aa2@x.org, aa3@x.org,\n"
		    " aa4@x.org, aa5@x.org\n", true },
		{ SIMILAR(2, undef), "To: aa1@xx1.org, aa2@xx2.org,\n"
		    " aa3@xx3.org, aa4@xx4.org, aa5@xx5.org\n", true },
		{ SIMILAR(0.1, undef), "To: ab@x.org, bc@x.org, cd@x.org,\n"
		    " de@x.org, ef@x.org\n", false },
		{ SIMILAR(0.1, 0.2), "To: ab@x.org, ac@xy.org, cd@x.org,\n"
		    " ab2@zz.org, ef@x.org\n", true },
		{ SIMILAR(undef, 0.1), "To: aa@x.org\n", true },
	};

	CHECK_ALL(cases);
}

static void
test_to_in_subject(void)
{
#define USER "check_for_to_in_subject('user')"
#define ADDRESS "check_for_to_in_subject('address')"
#define SUBJECT(text) "To: Bob <bob@b.org>, eve@b.org\nSubject: " text "\n"
	static const struct test_case cases[] = {
		{ USER, SUBJECT("bob, read this"), true },
		{ USER, SUBJECT("Bob, read this"), false },
		{ USER, SUBJECT("bob - read this"), true },
		{ USER, SUBJECT("bob-read this"), false },
		{ USER, SUBJECT("BOB"), true },
		{ USER, SUBJECT("Re: Bob"), true },
		{ USER, SUBJECT("FW: hello  bob"), true },
		{ USER, SUBJECT("fw: hello you bob"), false },
		{ USER, SUBJECT(", Bob!"), true },
		{ USER, SUBJECT(", Bob"), false },
		{ USER, SUBJECT("eve, read this"), false },
		{ USER, "Subject: bob\n", false },
		{ ADDRESS, SUBJECT("for BOB@b.org only"), true },
		{ ADDRESS, SUBJECT("for xbob@b.org only"), false },
		{ ADDRESS, SUBJECT("for bob@b.orgy"), false },
		{ "check_for_to_in_subject('x')", SUBJECT("bob"), false },
	};

	CHECK_ALL(cases);
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
	static const char *const cf[] = { "header A eval:" YAHOO,
		"header B eval:" JUNO, "header C eval:" ABSENT,
		"header D eval:" GROUPS, "header E eval:" OUTLOOK,
		"header F eval:check_for_shifted_date('3','6')",
		"header G eval:" DIFFER, "header H eval:" EFROM,
		"header I eval:" SORTED, "header J eval:" USER,
		"header K eval:" CAPS, "header L eval:" ILLEGAL("ALL"),
		"header M eval:" NAME_ID, "header N eval:" REMOVED,
		"header O eval:check_for_faraway_charset_in_headers()",
		"ok_locales en", NULL };
	static const char *const headers[] = { "", "\n\n", "From: \n",
		"From: @\nTo: @\nSubject: @\nReturn-Path: <@>\n",
		"From: \x80@\xff\nTo: <\x01@\x02>\nSubject: \xff\xfe\n",
		"Received: \nReceived: from\nFrom: a@juno.com\n"
		    "X-Originating-IP: ::\nTo: a@b\n" };
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
	test_webmail();
	test_hotmail();
	test_lists();
	test_times();
	test_months();
	test_people();
	test_recipients();
	test_to_in_subject();
	test_words();
	test_locales();
	test_hostile();
	test_bad_rules();
	return tap_done();
}

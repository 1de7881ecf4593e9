/*
 * webmail_test - forged lines of the great mail services, and of lists.
 */
#include "config.h"

#include "plugins/headereval/header_test.h"

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

int
main(void)
{
	test_webmail();
	test_hotmail();
	test_lists();
	return tap_done();
}

/*
 * received_test - a sample line for each Received format and what comes of
 * it, logins, clean-up, hostile lines, and the pattern language.
 *
 * A format that an earlier one takes over (41, 45, 48, 49, 52, 56, 57, 66,
 * 67, 70) has its sample under the row that takes it.  Row 101 and 106 are
 * what is tried when no format fits.
 */
#include "config.h"

#include "view/received.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "tests/tap/tap.h"

/* ip|rdns|helo|by|ident|envelope sender (~: none)|id|auth|no rdns */
static struct slice
result_text(struct arena *a, enum received_result r,
    const struct view_relay *relay)
{
	const struct slice fields[] = { relay->ip_text, relay->rdns,
		relay->helo, relay->by, relay->ident,
		relay->envfrom.p ? relay->envfrom : SLICE("~"), relay->id,
		relay->auth, relay->no_reverse_dns ? SLICE("no rdns") :
		SLICE("") };

	switch (r) {
	case RECEIVED_RELAY:
		return arena_join(a, fields, 9, SLICE("|"));
	case RECEIVED_UNPARSEABLE:
		return SLICE("UNPARSEABLE");
	default:
		return SLICE("IGNORED");
	}
}

static struct slice
parse(struct arena *a, struct slice line)
{
	struct view_relay relay = { 0 };
	struct slice scanner = { 0 };
	enum received_result r = received_parse(a, received_cache_new(a),
	    line, &relay, &scanner);

	return result_text(a, r, &relay);
}

/* Which row takes the line (without its date)?  look: patterns may be refused
 * for what the line lacks. */
static int
row_of(struct arena *a, const char *line, bool look)
{
	struct received_line l = { .arena = a,
		.cache = received_cache_new(a) };
	struct slice s = slice_cstr(line);
	ptrdiff_t blank = slice_chr(s, ' ', 0), date = slice_rchr(s, ';');
	enum received_start start = s.n && s.p[0] == '(' ? START_FROM_PAREN :
	    s.n && s.p[0] == 'F' ? START_FROM_UPPER : START_FROM;

	if (date > 0) {
		s.n = (size_t)date;
	}
	l.text = slice_trim_left(slice_sub(s, (size_t)(blank + 1), s.n));
	for (size_t i = 0; i < RF_COUNT; i++) {
		l.field[i] = SLICE("");
	}
	if (look) {
		received_look_at(&l, l.text);
	}
	received_formats_try(&l, start);
	return l.row;
}

/* Row 0: decided before or after the formats. */
static const struct {
	int row;
	const char *line, *want;
} formats[] = {
	{ 0, "(qmail 27981 invoked by uid 225); 14 Mar 2003 07:24:34 -0000",
	    "IGNORED" },
	{ 0, "by mx.example.org (Postfix, from userid 1002) id DABB; Thu, 13 "
	    "Feb 2003 14:02:21 +0100 (CET)",
	    "IGNORED" },
	{ 0, "from h0.example.com by mx.example.org ; Thu, 20 Feb 2003 "
	    "23:32:58 +0100",
	    "IGNORED" },
	{ 0, "from jo by mx.example.org with local for <jo@example.org> id "
	    "1G; Tue, 22 Aug 2006 21:06:04 +0200",
	    "IGNORED" },
	{ 0, "from gibberish without anything at all",
	    "UNPARSEABLE" },
	{ 0, "",
	    "IGNORED" },
	{ 1, "from 192.0.2.1 (SquirrelMail authenticated user jo) by "
	    "web.example.org with HTTP; Tue, 4 Feb 2020 10:00:00 +0100",
	    "192.0.2.1|||web.example.org||~||HTTP|" },
	{ 1, "from 192.0.2.1 (proxy 198.51.100.7.) (NaSMail authenticated "
	    "user jo) by web.example.org with HTTP",
	    "192.0.2.1|||web.example.org||~||HTTP|" },
	{ 2, "from 192.0.2.2 by m1.sysops.aol.com (192.0.2.22) with HTTP "
	    "(WebMailUI)",
	    "192.0.2.2|||m1.sysops.aol.com||~||HTTP|" },
	{ 3, "from host3 ([192.0.2.3] unverified) by mx.example.org with "
	    "Microsoft SMTPSVC(6.0.1); Tue, 4 Feb 2020 10:00:00 +0100",
	    "192.0.2.3||host3|mx.example.org||~|||" },
	{ 4, "from mail pickup service by mx.example.org with Microsoft "
	    "SMTPSVC",
	    "IGNORED" },
	{ 5, "from a5.example.com ([fe80::5]) by b5.example.org "
	    "([fe80::6%6]) with mapi id 15.20.1.2",
	    "fe80::5||a5.example.com|b5.example.org||~|||" },
	{ 6, "from list.example.com (192.0.2.6:2398) by mx.example.org "
	    "(192.0.2.66:25) with [XMail 1.2 ESMTP Server] id <S6> for "
	    "<jo@example.org> from <bounce@example.com>",
	    "192.0.2.6||list.example.com|mx.example.org||bounce@example.com|S6"
	    "||" },
	{ 7, "from ([192.0.2.7:4961] helo=h7.example.com) by mx.example.org "
	    "(ecelerity 2.1 r(1)) with ESMTP id 52/92",
	    "192.0.2.7||h7.example.com|mx.example.org||~|52/92||" },
	{ 8, "from h8.example.com ([192.0.2.8:4961]) by mx.example.org "
	    "(ecelerity 2.1 r(1)) with ESMTP id 52/93",
	    "192.0.2.8|||mx.example.org||~|52/93||" },
	{ 9, "from jo (helo=localhost) by mx.example.org with local-bsmtp "
	    "(Exim 4.5) id 1GN-0",
	    "IGNORED" },
	{ 10, "from [192.0.2.10] (helo=h10 ident=joe) by mx.example.org with "
	    "smtp (Exim 4.5) id 1GN-0",
	    "192.0.2.10||h10|mx.example.org|joe|~|1GN-0||" },
	{ 11, "from h11.example.com ([192.0.2.11] helo=other ident=jo) by "
	    "mx.example.org with esmtp (Exim 4.5) id 1GN-0",
	    "192.0.2.11|h11.example.com|other|mx.example.org|jo|~|1GN-0||" },
	{ 11, "from h11.example.com ([192.0.2.11]:5231) by mx.example.org "
	    "with esmtps (Exim 4.5) id 1GN-0",
	    "192.0.2.11|h11.example.com|h11.example.com|mx.example.org||~|1GN-"
	    "0||" },
	{ 12, "from h12.example.com [192.0.2.12] by mx.example.org with "
	    "esmtp (Exim 4.5) id 1GN-0",
	    "192.0.2.12|h12.example.com|h12.example.com|mx.example.org||~|1GN-"
	    "0||" },
	{ 13, "from h13.example.com (helo13.example.com) [192.0.2.13.1321] "
	    "(mail) by mx.example.org with esmtp (Exim 4.5) id 1GN-0",
	    "192.0.2.13|h13.example.com|helo13.example.com|mx.example.org||~|1"
	    "GN-0||" },
	{ 14, "from h14 (r14.example.com [192.0.2.14]) by mx.example.org "
	    "(Postfix) with ESMTP id A9",
	    "192.0.2.14|r14.example.com|h14|mx.example.org||~|||" },
	{ 14, "from h14 (unknown [IPv6:2001:db8::14]) by mx.example.org "
	    "(Postfix) with ESMTP id A9",
	    "2001:db8::14||h14|mx.example.org||~|||no rdns" },
	{ 15, "from h15 (r15.example.com[192.0.2.15]) by mx.example.org "
	    "(Postfix) with SMTP id A10",
	    "192.0.2.15|r15.example.com|h15|mx.example.org||~|A10||" },
	{ 16, "from H16 ( 192.0.2.16) by mx.example.org (Scalix SMTP Relay "
	    "10.0) via ESMTP",
	    "192.0.2.16||H16|mx.example.org||~|||" },
	{ 17, "from h17 ([192.0.2.17]) by mx.example.org (Lotus Domino "
	    "Release 7) with ESMTP id 2020",
	    "192.0.2.17||h17|mx.example.org||~|2020||" },
	{ 18, "from 192.0.2.18 ([192.0.2.18]) by web.example.org (IMP) with "
	    "HTTP for <jo@example.org>",
	    "192.0.2.18|||web.example.org||~||HTTP|" },
	{ 19, "from h19 (IDENT:jo@r19.example.com [192.0.2.19] (may be "
	    "forged)) by mx.example.org (8.12/8.12) with ESMTP id h2F0",
	    "192.0.2.19|r19.example.com|h19|mx.example.org|jo|~|h2F0||" },
	{ 19, "from h19 (jo@r19.example.com [192.0.2.19]) (authenticated "
	    "bits=0) by mx.example.org (8.12/8.12) with ESMTP id h2F0",
	    "192.0.2.19|r19.example.com|h19|mx.example.org|jo|~|h2F0|"
	    "Sendmail|" },
	{ 19, "from h41 (r41.example.com [192.0.2.41]) (authenticated "
	    "bits=0) by mx.example.org (8.12) with ESMTP",
	    "192.0.2.41|r41.example.com|h41|mx.example.org||~||Sendmail|" },
	{ 20, "from h20 (r20.example.com [192.0.2.20]) by mx.example.org "
	    "with SMTP (Microsoft Exchange Internet Mail Service 5.5) id G69",
	    "192.0.2.20|r20.example.com|h20|mx.example.org||~|G69||" },
	{ 21, "from r21.example.com ([192.0.2.21] helo=h21) by "
	    "mx.example.org with smtp id 190K",
	    "192.0.2.21|r21.example.com|h21|mx.example.org||~|190K||" },
	{ 22, "from h22 (<unknown.domain>[192.0.2.22]) by mx.example.org "
	    "(mx) with SMTP id <2002>",
	    "192.0.2.22||h22|mx.example.org||~|2002||" },
	{ 23, "from h23 (r23.example.com[192.0.2.23]) by mx.example.org (mx) "
	    "with SMTP id <2003>",
	    "192.0.2.23|r23.example.com|h23|mx.example.org||~|2003||" },
	{ 24, "from h24 (jo@[192.0.2.24]) by mx.example.org (8.11/8.11) with "
	    "SMTP id h8",
	    "192.0.2.24||h24|mx.example.org|jo|~|||no rdns" },
	{ 25, "from 192.0.2.25 by w1.law1.hotmail.msn.com with HTTP",
	    "192.0.2.25|||w1.law1.hotmail.msn.com||~||HTTP|" },
	{ 26, "from r26.example.com (HELO h26) (192.0.2.26) by "
	    "mx.example.org (qpsmtpd/0.27) with ESMTP; Tue, 4 Feb 2020 "
	    "10:00:00 +0000",
	    "192.0.2.26|r26.example.com|h26|mx.example.org||~|||" },
	{ 27, "from r27.example.com (LHLO h27) (192.0.2.27) by "
	    "mx.example.org with LMTP",
	    "192.0.2.27|r27.example.com|h27|mx.example.org||~|||" },
	{ 28, "from r28.example.com (EHLO h28) [192.0.2.28] by mail.gmx.net "
	    "(mp010) with SMTP",
	    "192.0.2.28|r28.example.com|h28|mail.gmx.net||~||GMX (SMTP / "
	    "mail.gmx.net)|" },
	{ 29, "from h29.example.com ([192.0.2.29]) by mx.example.org via "
	    "smtpd (for [192.0.2.92]) with SMTP(1.0)",
	    "192.0.2.29||h29.example.com|mx.example.org||~|||" },
	{ 30, "from r30.example.com (HELO h30) (jo@192.0.2.30) by "
	    "mx.example.org with SMTP; 4 Feb 2020 10:00:00 -0000",
	    "192.0.2.30|r30.example.com|h30|mx.example.org|jo|~|||" },
	{ 30, "from unknown (HELO h30) (jo@[192.0.2.30]) (envelope-sender "
	    "<jo@example.com>) by mx.example.org (qmail-ldap-1.03) with SMTP "
	    "for <jo@example.org>; 4 Feb 2020 10:00:00 -0000",
	    "192.0.2.30||h30|mx.example.org|jo|jo@example.com|||" },
	{ 30, "from r30.example.com (jo@192.0.2.30) by mx.example.org with "
	    "RC4-SHA encrypted SMTP; 4 Feb 2020 10:00:00 -0000",
	    "192.0.2.30|r30.example.com|r30.example.com|mx.example.org|"
	    "jo|~|||" },
	{ 30, "from r30.example.com (192.0.2.30) by mx.example.org with "
	    "QMQP; 4 Feb 2020 10:00:00 -0000",
	    "192.0.2.30|r30.example.com|r30.example.com|mx.example.org||~|||" },
	{ 30, "from e30.example.com (192.0.2.30) by f30.example.com "
	    "(192.0.2.31) with Microsoft SMTP Server (version=TLS1_2, "
	    "cipher=X) id 15.1.2.3 via Frontend Transport; Tue, 4 Feb 2020 "
	    "10:00:00 +0000",
	    "192.0.2.30|e30.example.com|e30.example.com|f30.example.com||~|15."
	    "1.2.3||" },
	{ 31, "from [192.0.2.31] by web1.mail.example.com via HTTP",
	    "192.0.2.31|||web1.mail.example.com||~|||" },
	{ 32, "from 192.0.2.32 ( [192.0.2.33]) as user jo@localhost by "
	    "mx.example.org with WEB",
	    "192.0.2.33|||mx.example.org||~|||" },
	{ 33, "from (192.0.2.33 [192.0.2.34]) by mx.example.org with ESMTP "
	    "id BQB0 Tue, 4 Feb 2020 10:00:00 -0700 (PST)",
	    "192.0.2.34||192.0.2.33|mx.example.org||~|BQB0||" },
	{ 34, "from [192.0.2.34] by mx.example.org (MessageWall 1.1) with "
	    "SMTP",
	    "192.0.2.34|||mx.example.org||~|||" },
	{ 34, "from [192.0.2.45] by ws.example.org with http for "
	    "jo@example.com",
	    "192.0.2.45|||ws.example.org||~||http|" },
	{ 34, "from [192.0.2.48] by mx.example.org (Post.Office MTA) with "
	    "SMTP",
	    "192.0.2.48|||mx.example.org||~|||" },
	{ 35, "from  ([192.0.2.3]) by mx.example.org with Microsoft "
	    "SMTPSVC(6.0.1)",
	    "192.0.2.3|||mx.example.org||~|||" },
	{ 35, "from (192.0.2.35) by mx.example.org via smtp id 021b",
	    "192.0.2.35|||mx.example.org||~|021b||" },
	{ 35, "from ([192.0.2.56]) by mx.example.org with ESMTP",
	    "192.0.2.56|||mx.example.org||~|||" },
	{ 36, "from h36 [192.0.2.36] by mx.example.org [192.0.2.63] with "
	    "SMTP (MDaemon) for <jo@example.org>",
	    "192.0.2.36||h36|mx.example.org||~|||no rdns" },
	{ 37, "from h37.example.com [(192.0.2.37)] by mx.example.org "
	    "(192.0.2.73) (MDaemon PRO) with ESMTP id md5.msg",
	    "192.0.2.37||h37.example.com|mx.example.org||~|md5.msg||" },
	{ 38, "from h38.example.com ([192.0.2.38]) by mx.example.org "
	    "(8.11/8.11) with ESMTP id h2FH0",
	    "192.0.2.38||h38.example.com|mx.example.org||~|h2FH0||no rdns" },
	{ 39, "from h39 (r39.example.com [192.0.2.39]) via ESMTP by "
	    "mx.example.org with esmtp",
	    "192.0.2.39|r39.example.com|h39|mx.example.org||~|||" },
	{ 39, "from h39 (softdnserr [::ffff:192.0.2.39]) by mx.example.org "
	    "with esmtp",
	    "192.0.2.39||h39|mx.example.org||~|||" },
	{ 39, "from h67 (unverified [192.0.2.67]) by mx.example.org "
	    "<B001@mx.example.org>",
	    "192.0.2.67|unverified|h67|mx.example.org||~|||" },
	{ 39, "from h52 (r52.example.com [192.0.2.52]) by mx.example.org "
	    "with SMTP id 1",
	    "192.0.2.52|r52.example.com|h52|mx.example.org||~|||" },
	{ 40, "from h40.example.com ([192.0.2.40.63559]) by mx.example.org "
	    "with esmtp (v3) id 1GN",
	    "192.0.2.40||h40.example.com|mx.example.org||~|1GN||no rdns" },
	{ 42, "from pop.example.com (192.0.2.42) by mx.example.org with POP3",
	    "IGNORED" },
	{ 43, "from r43.example.com (HELO h 43) (jo@192.0.2.43) by "
	    "mx.example.org with TCP",
	    "192.0.2.43|r43.example.com|h!43|mx.example.org|jo|~|||" },
	{ 44, "from r44.example.com (jo@192.0.2.44) by mx.example.org with "
	    "TCP",
	    "192.0.2.44|r44.example.com|r44.example.com|mx.example.org|"
	    "jo|~|||" },
	{ 44, "from h57.example.com (192.0.2.57) by mx.example.org with X",
	    "192.0.2.57|h57.example.com|h57.example.com|mx.example.org||~|||" },
	{ 44, "from r70.example.com (jo@192.0.2.70) by mx.example.org with X",
	    "192.0.2.70|r70.example.com|r70.example.com|mx.example.org|"
	    "jo|~|||" },
	{ 46, "from r46.example.com(192.0.2.46) by mx.example.org via smap "
	    "(V1.3) id xma1",
	    "192.0.2.46|r46.example.com||mx.example.org||~|xma1||" },
	{ 47, "from r47.example.com(192.0.2.47, HELO h47) by mx.example.org "
	    "via smap (V1.3) id xma2",
	    "192.0.2.47|r47.example.com|h47|mx.example.org||~|xma2||" },
	{ 50, "from 192.0.2.50 by mx.example.org (InterScan E-Mail VirusWall "
	    "NT)",
	    "192.0.2.50|||mx.example.org||~|||" },
	{ 51, "from h51.example.com by mx.example.org with BSMTP (rsmtp 0.4) "
	    "for jo@example.org",
	    "IGNORED" },
	{ 53, "from r53.example.com (HELO h53) (jo@192.0.2.53 with plain) by "
	    "mx.example.org with TLS",
	    "192.0.2.53|r53.example.com|h53|mx.example.org|jo|~|||" },
	{ 54, "from [192.0.2.54] (account jo HELO [192.0.2.45]) by "
	    "mx.example.org (CommuniGate Pro SMTP 3.5) with ESMTP-TLS id 2088",
	    "192.0.2.54||!192.0.2.45!|mx.example.org||~|2088|Communigate|" },
	{ 55, "from r55.example.com ([192.0.2.55] verified) by "
	    "mx.example.org (CommuniGate Pro SMTP 5.1) with ESMTP id 97",
	    "192.0.2.55|r55.example.com|r55.example.com|mx.example.org||~|||" },
	{ 58, "from h58.example.com (h58.example.com) by mx.example.org "
	    "(Content Technologies SMTPRS 4.2) with ESMTP id <T6>",
	    "IGNORED" },
	{ 59, "from h59.example.com ([192.0.2.59] [h59]) by mx.example.org "
	    "with ESMTP",
	    "192.0.2.59||h59.example.com|mx.example.org||~|||" },
	{ 60, "from 192.0.2.60 by mx.example.org with ESMTP (Tumbleweed MMS)",
	    "192.0.2.60|||mx.example.org||~|||" },
	{ 61, "from h61 (r61[192.0.2.61]) by mx.example.org with SMTP id 1",
	    "192.0.2.61|r61|h61|mx.example.org||~|||" },
	{ 62, "from [192.0.2.62]:50999 (HELO h62) by mx ([192.0.2.26]:25) "
	    "(F-Secure) with SMTP",
	    "192.0.2.62||h62|mx||~|||" },
	{ 63, "from 192.0.2.63 (HELO h63) by mx.example.org (192.0.2.36) "
	    "with SMTP",
	    "192.0.2.63||h63|mx.example.org||~|||" },
	{ 64, "from h64 [192.0.2.64] by mx.example.org (SMTPD32-7.07) id A4",
	    "192.0.2.64||h64|mx.example.org||~|||" },
	{ 65, "from nodns(192.0.2.65) by mx.example.org via csmap (V4.1) id "
	    "src1",
	    "192.0.2.65|nodns||mx.example.org||~|src1||" },
	{ 68, "from 192.0.2.68 (proxying for client) by mx.example.org with "
	    "WAP",
	    "192.0.2.68|||mx.example.org||~|||" },
	{ 69, "from [192.0.2.69] (helo=h69 ident=jo) by mx.example.org with "
	    "ESMTP (Nemesis), id 0MK",
	    "192.0.2.69||h69|mx.example.org|jo|~|0MK||" },
	{ 71, "from r71.example.com(192.0.2.71), claiming to be "
	    "\"h71.example.com\" via SMTP by mx.example.org, id smtpd1",
	    "192.0.2.71|r71.example.com|h71.example.com|mx.example.org||~|smtp"
	    "d1||" },
	{ 71, "from UNKNOWN(192.0.2.71) via SMTP by mx.example.org, id smtpd2",
	    "192.0.2.71|||mx.example.org||~|smtpd2||" },
	{ 72, "from h72 (jo@192.0.2.72 with login) by smtp1.mail.yahoo.com "
	    "with SMTP",
	    "192.0.2.72||h72|smtp1.mail.yahoo.com||~|||" },
	{ 73, "from X-Originating-IP: 192.0.2.73",
	    "192.0.2.73|||||~|||" },
	{ 74, "from h74.example.com (jo@localhost) by mx.example.org "
	    "(8.9/8.8) with ESMTP id K",
	    "IGNORED" },
	{ 75, "from jo (helo=felix) by mx.example.org with local-esmtp "
	    "(Smail) id 1C",
	    "IGNORED" },
	{ 76, "from 127.0.0.1 (AVG SMTP 7.0.2 [265.6.8])",
	    "IGNORED" },
	{ 77, "from jo@example.com by alpha by uid 7791 with scanner (clean)",
	    "IGNORED" },
	{ 78, "from jo@example.com by mx.example.org (mail_out_v34.13.) id "
	    "7.53 (4394)",
	    "IGNORED" },
	{ 79, "from Unknown/Local ([?.?.?.?]) by mx.example.org",
	    "IGNORED" },
	{ 80, "from localhost (jo@localhost) (uid 500) handled",
	    "IGNORED" },
	{ 81, "from h81.example.com (127.0.0.1) to 127.0.0.1",
	    "IGNORED" },
	{ 82, "from h82.example.com (jo@casper [127.0.0.1]) h148verify=FAIL",
	    "IGNORED" },
	{ 83, "from (AUTH: e40a9cea) by mx.example.org with esmtp "
	    "(courier-0.40) for <jo@example.org>",
	    "IGNORED" },
	{ 84, "from localhost (localhost [[UNIX: localhost]]) by "
	    "mx.example.org (8.12/8.12/Submit) id iB",
	    "IGNORED" },
	{ 85, "from d1.amazon.com by d2.amazon.com with ESMTP (peer "
	    "crosscheck: d1.amazon.com)",
	    "IGNORED" },
	{ 86, "from GW MTA by mx.example.org with Novell_GroupWise",
	    "IGNORED" },
	{ 87, "from no.name.available by [192.0.2.87] via smtpd (for "
	    "[192.0.2.78]) with ESMTP",
	    "IGNORED" },
	{ 88, "from 192.0.2.88 by mx.example.org (envelope-from "
	    "<bounce@example.com>, uid 502) with qmail-scanner-1.24 (clean)",
	    "IGNORED" },
	{ 89, "from jo by mx.example.org with local (connectmail) id 18t",
	    "IGNORED" },
	{ 90, "from h90.example.com ([unix socket]) by mx.example.org (Cyrus "
	    "v2.3.14) with LMTPA",
	    "IGNORED" },
	{ 91, "from h91.example.com by mx.example.org (PMDF V4.3) id <01>",
	    "IGNORED" },
	{ 92, "from h92.example.com with LMTP by mx (3.0.2/sieved) for "
	    "<jo@example.org>",
	    "IGNORED" },
	{ 93, "from MjA3 (unknown) by ismtpd1.example.net (SG) with HTTPAPI "
	    "id aqHK",
	    "IGNORED" },
	{ 94, "from localhost (example.com [local]) by mx.example.org "
	    "(OpenSMTPD) with SMTPX id 5db",
	    "IGNORED" },
	{ 95, "from D95 (d95.example.com) by mx.example.org (LSMTP for "
	    "Windows NT v1.1b) with SMTP id <21>",
	    "IGNORED" },
	{ 96, "from ([127.0.0.1]) with MailEnable ESMTP",
	    "IGNORED" },
	{ 97, "from facebook.com (RrlQ 2401:db00::1) by facebook.com with "
	    "Thrift id 4237",
	    "IGNORED" },
	{ 98, "from 3848 named unknown by gmailapi.google.com with HTTPREST",
	    "IGNORED" },
	{ 99, "from h99.example.com id <B5b8>",
	    "IGNORED" },
	{ 100, "from [<41-2@be2.example.com>] ([<41-2@be2.example.com>] "
	    "helo=example.com) by mailer2 (envelope-from 41@be2.example.com) "
	    "(Jetsend MTA 0.0.1 with ESMTP",
	    "IGNORED" },
	{ 101, "from h101.example.com something [192.0.2.101] by "
	    "mx.example.org.",
	    "192.0.2.101||h101.example.com|mx.example.org.||~|||" },
	{ 102, "FROM h102.example.com (r102.example.com [192.0.2.102]) BY "
	    "mx.example.org ID 434B.1",
	    "192.0.2.102|r102.example.com|h102.example.com|mx.example.org||~|4"
	    "34B.1||" },
	{ 102, "FROM helo (unverified [192.0.2.102]) BY xx.example.org "
	    "(Rockliffe SMTPRA 10.3.0) WITH SMTP ID <B006@xx.example.org> FOR "
	    "<jo@example.org>",
	    "192.0.2.102||helo|xx.example.org||~|B006@xx.example.org||"
	    "no rdns" },
	{ 103, "(from localhost [192.0.2.103]) by mx.example.org (NAVGW "
	    "2.5.2.12) with SMTP id M2006 for <jo@example.org>",
	    "192.0.2.103||localhost|mx.example.org||~|M2006||" },
	{ 104, "(from jo@localhost) by mx.example.org (8.12/8.12/Submit) id "
	    "iB",
	    "IGNORED" },
	{ 105, "(from jo@example.com) by m06.example.net(jqueuemail) id "
	    "LRVB3JAJ",
	    "IGNORED" },
	{ 106, "From odd.example.com via [192.0.2.106] by mx.example.org",
	    "192.0.2.106|||mx.example.org||~|||" },
};

static void
test_formats(void)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct arena *a = arena_new();
		int row = formats[i].row;

		is_cstr(parse(a, slice_cstr(formats[i].line)),
		    formats[i].want, formats[i].line);
		if (row != 0 && row != 101 && row != 106) {
			is_int(row_of(a, formats[i].line, false), row,
			    "its row");
			is_int(row_of(a, formats[i].line, true), row,
			    "the same after a look at the line");
		}
		arena_free(&a);
	}
}

struct sample {
	const char *line, *want;
};

static void
check_samples(const struct sample *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct arena *a = arena_new();

		is_cstr(parse(a, slice_cstr(v[i].line)), v[i].want,
		    v[i].line);
		arena_free(&a);
	}
}

static void
test_logins(void)
{
	static const struct sample samples[] = {
	{ "from h ([192.0.2.1]) by mx.example.org with esmtpsa id 1",
	    "192.0.2.1||h|mx.example.org||~||esmtpsa|no rdns" },
	{ "from h ([192.0.2.1]) by mx.example.org with ESMTPB id 1",
	    "192.0.2.1||h|mx.example.org||~|||no rdns" },
	{ "from h.example.com (h.example.com. [192.0.2.1]) by mx.google.com "
	    "with ESMTPS id ab12sm345abc.12.2020.02.04.10.00.00 for "
	    "<jo@example.org> (version=TLSv1 cipher=RC4-MD5)",
	    "192.0.2.1|h.example.com|h.example.com|mx.google.com||~|ab12sm345a"
	    "bc.12.2020.02.04.10.00.00|"
	    "GMail - transport=TLSv1 cipher=RC4-MD5|" },
	{ "from h ([192.0.2.1]) (AUTH: PLAIN jo, TLS: x) by mx.example.org "
	    "with esmtp",
	    "192.0.2.1||h|mx.example.org||~||PLAIN|no rdns" },
	{ "from h (r.example.com [192.0.2.1]) (authenticated bits=0) by "
	    "mx.example.org (8.12) with ESMTP",
	    "192.0.2.1|r.example.com|h|mx.example.org||~||Sendmail|" },
	{ "from h.example.com (EHLO h) [192.0.2.1] by mail.gmx.net (mp01) "
	    "with SMTP",
	    "192.0.2.1|h.example.com|h|mail.gmx.net||~||GMX (SMTP / "
	    "mail.gmx.net)|" },
	{ "from h (r.example.com [192.0.2.1]) by mx.example.org (7.0.234.1) "
	    "(authenticated as jo) id 3E",
	    "192.0.2.1|r.example.com|h|mx.example.org||~||CriticalPath|" },
	{ "from h (r.example.com [192.0.2.1]) (Authenticated sender: jo) by "
	    "mx.example.org (Postfix) with ESMTP id A",
	    "192.0.2.1|r.example.com|h|mx.example.org||~||Postfix|" },
	{ "from h (r.example.com [192.0.2.1]) (Authenticated sender: jo) by "
	    "mx.example.org (Foo) with ESMTP id A",
	    "192.0.2.1|r.example.com|h|mx.example.org||~||Postfix (Foo)|" },
	{ "from [192.0.2.1] (account jo HELO [10.0.0.1]) by mx.example.org "
	    "(CommuniGate Pro SMTP 3.5) with ESMTP id 2",
	    "192.0.2.1||!10.0.0.1!|mx.example.org||~||Communigate|" },
	{ "from h ([192.0.2.1]) by mx.example.org with Microsoft Exchange "
	    "Server HTTP-DAV",
	    "192.0.2.1||h|mx.example.org||~||HTTP-DAV|no rdns" },
	{ "from h ([192.0.2.1]) by mx.example.org (via HTTP)",
	    "192.0.2.1||h|mx.example.org||~||HTTP|no rdns" },
	};

	check_samples(samples, sizeof(samples) / sizeof(samples[0]));
}

static void
test_clean_up(void)
{
	static const struct sample samples[] = {
	{ "from h ([IPv6:2001:db8::1]) by mx.example.org (x)",
	    "2001:db8::1||h|mx.example.org||~|||no rdns" },
	{ "from h ([::ffff:192.0.2.1]) by mx.example.org (x)",
	    "192.0.2.1||h|mx.example.org||~|||no rdns" },
	{ "from h<[1]> (Unknown [192.0.2.1]) by mx|1 (x)",
	    "192.0.2.1||h!!1!!|mx!1||~|||no rdns" },
	{ "from h (r.example.com... [192.0.2.1]) by mx.example.org; (x)",
	    "192.0.2.1|r.example.com|h|mx.example.org||~|||" },
	{ "from h (192.0.2.300 [192.0.2.1]) by mx (x) (envelope-from "
	    "<jo@example.com>)",
	    "192.0.2.1|192.0.2.300|h|mx||jo@example.com|||" },
	{ "from h ([010.1.2.3]) by mx (x)",
	    "UNPARSEABLE" },
	{ "from h ([1::2::3]) by mx (x)",
	    "UNPARSEABLE" },
	{ "from h ([1:2:3:4:5:6:7:8:9]) by mx (x)",
	    "UNPARSEABLE" },
	{ "from h ([1:2:3:4:5:6:192.0.2.1]) by mx (x)",
	    "1:2:3:4:5:6:192.0.2.1||h|mx||~|||no rdns" },
	{ "from h (r [192.0.2.1])by  mx (Postfix) with SMTP; Mon,  3 Feb "
	    "2020 1:02 X",
	    "192.0.2.1|r|h|mx||~|||" },
	{ "from h (r [192.0.2.1]) by mx (x) return-path: <a@b.c>; ;",
	    "192.0.2.1|r|h|mx||a@b.c|||" },
	};

	check_samples(samples, sizeof(samples) / sizeof(samples[0]));
}

/* The result of a fetch and of qmail-scanner matters to relay.c. */
static void
test_special_results(void)
{
	struct arena *a = arena_new();
	struct received_cache *c = received_cache_new(a);
	struct view_relay relay;
	struct slice scanner = { 0 };

	is_int(received_parse(a, c, SLICE("from h [192.0.2.1] (x) by mx with "
	    "IMAP (fetchmail-5)"), &relay, &scanner), RECEIVED_FETCHER,
	    "mail fetcher");
	ok(scanner.p == NULL, "no sender of a scanner");
	is_int(received_parse(a, c, SLICE("from h by mx (envelope-from "
	    "<jo@example.com>, uid 2) with qmail-scanner-1"), &relay,
	    &scanner), RECEIVED_IGNORED, "qmail-scanner");
	is_cstr(scanner, "jo@example.com", "its sender");
	arena_free(&a);
}

static void
test_ip_length(void)
{
	static const struct {
		const char *text;
		size_t want;
	} cases[] = {
		{ "1.2.3.4", 7 }, { "1.2.3.4.5", 7 }, { "1.2.3.256", 0 },
		{ "01.2.3.4", 0 }, { "1.2.3.4a", 0 }, { "1.2.3", 0 },
		{ "::", 2 }, { "::1", 3 }, { "1::", 3 }, { ":", 0 },
		{ "1:2:3:4:5:6:7:8", 15 }, { "1:2:3:4:5:6:7", 0 },
		{ "1:2:3:4:5:6:7::", 15 }, { "1:2:3:4:5:6:7:8::", 0 },
		{ "::ffff:1.2.3.4", 14 }, { "1:2:3:4:5:6:1.2.3.4", 19 },
		{ "IPv6:fe80::1]", 12 }, { "ipv6:", 0 }, { "12345::", 0 },
		{ "1:::2", 0 }, { "", 0 }, { "g::1", 0 }, { "1:2:", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_int(received_ip_length(slice_cstr(cases[i].text), 0),
		    cases[i].want, cases[i].text);
	}
	is_cstr(received_find_ip(SLICE("x1.2.3.4 [10.0.0.1] 2")), "10.0.0.1",
	    "the first address as a word");
	is_int(received_find_ip(SLICE("no address: 1.2.3")).n, 0, "none");
}

/* Every choice of the language, greedy and lazy, against hand-made texts. */
static void
test_patterns(void)
{
	static const struct {
		const char *pattern, *line;
		bool match;
		const char *helo;	/* NULL: not kept */
	} cases[] = {
		{ "a{b|c}d", "acd", true, NULL },
		{ "a{b|c}d", "aed", false, NULL },
		{ "a{b}?%$", "a", true, NULL },
		{ "a{b}?%$", "abb", false, NULL },
		{ "{ab}*%$", "ababab", true, NULL },
		{ "{ab}*%$", "ababa", false, NULL },
		{ "%(h%A*%)hx", "axbxc", true, "axb" },
		{ "%(h%A*?%)hx", "axbxc", true, "a" },
		{ "%A*?%h%$", "a bc", true, "bc" },
		{ "%h@", "a@b@c", true, "a@b" },
		{ "%h by", "aa by", true, "aa" },
		{ "%h by", "aa  by", false, NULL },
		{ "%(h%N#2-3#%)h", "12345", true, "123" },
		{ "%(h%N#2-3#%)h5", "12345", false, NULL },
		{ "%(h%N#2-3#%)h%N%$", "123", true, "12" },
		{ "%^AbC", "aBc", true, NULL },
		{ "AbC", "aBc", false, NULL },
		{ "%A*?%.b%.", "ab b", true, NULL },
		{ "a%!", "a id b", false, NULL },
		{ "a%%b", "a%b", true, NULL },
		{ "{{a|ab}{c|bcd}}%$", "abcd", true, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		struct received_captures caps;
		struct received_line l = { .arena = a,
			.cache = received_cache_new(a) };
		struct slice line = slice_cstr(cases[i].line);
		bool got = received_try(&l, cases[i].pattern, line, &caps);

		ok(got == cases[i].match, "%s on '%s'", cases[i].pattern,
		    cases[i].line);
		received_look_at(&l, line);
		ok(received_try(&l, cases[i].pattern, line, &caps) == got,
		    "and after a look at it");
		if (cases[i].helo) {
			is_cstr(caps.v[RF_HELO], cases[i].helo, "kept");
		}
		arena_free(&a);
	}
}

static struct slice
repeat(struct arena *a, struct slice head, struct slice what, size_t total)
{
	struct buf b;

	buf_init(&b, a);
	buf_add_slice(&b, head);
	while (b.n < total) {
		buf_add_slice(&b, what);
	}
	return buf_slice(&b);
}

/* Lines made to let a backtracking matcher run for ever. */
static void
test_hostile_lines(void)
{
	static const struct slice repeats[] = { { "(", 1 }, { " (x)", 4 },
		{ "a@", 2 }, { " by ", 4 }, { "[1.2.3.4]", 9 }, { "]) ", 3 },
		{ " with SMTP id ", 14 }, { "authenticated(", 14 },
		{ ";", 1 }, { " ", 1 }, { "::", 2 }, { "1:", 2 },
		{ " helo=", 6 }, { "envelope-from ", 14 }, { "\0", 1 },
		{ "\xff", 1 }, { ") by x (", 8 }, { "1.2.3.4 ", 8 } };
	double start = clock_cpu();

	for (size_t i = 0; i < sizeof(repeats) / sizeof(repeats[0]); i++) {
		struct arena *a = arena_new();

		parse(a, repeat(a, SLICE("from h ([1.2.3.4]) (HELO x) "
		    "(envelope-sender <x>) by mx "), repeats[i],
		    10 * LIMIT_FIELD_VALUE));
		ok(arena_used(a) < 512 * LIMIT_FIELD_VALUE,
		    "memory is bounded (%zu)", arena_used(a));
		arena_free(&a);
	}
	ok(clock_cpu() - start < 10, "and time: %g s", clock_cpu() - start);
}

static void
test_ten_megabytes(void)
{
	struct arena *a = arena_new();
	struct slice line = repeat(a, SLICE("from h ([1.2.3.4]) by mx (x) "),
	    SLICE("(x) "), 10u * 1024 * 1024);
	double start = clock_cpu();

	is_cstr(parse(a, line), "1.2.3.4||h|mx||~|||no rdns",
	    "a line of 10 MB");
	ok(clock_cpu() - start < 2, "takes no time: %g s",
	    clock_cpu() - start);
	arena_free(&a);
}

int
main(void)
{
	test_formats();
	test_logins();
	test_clean_up();
	test_special_results();
	test_ip_length();
	test_patterns();
	test_hostile_lines();
	test_ten_megabytes();
	return tap_done();
}

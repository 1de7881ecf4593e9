/*
 * people_test - senders and recipients, and how they relate.
 */
#include "config.h"

#include "plugins/headereval/header_test.h"

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

int
main(void)
{
	test_people();
	test_recipients();
	test_to_in_subject();
	return tap_done();
}

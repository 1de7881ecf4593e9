/*
 * date_test.c - dates, and the ways in which they are mended.
 */
#include "config.h"

#include "mail/mail.h"
#include "tests/tap/tap.h"

#define NONE (-1LL)

static const struct {
	const char *text;
	long long want;
} cases[] = {
	{ "Thu, 01 Jan 1970 00:00:00 +0000", 0 },
	{ "Sun, 31 Jan 2021 09:40:00 +0000", 1612086000 },
	{ "31 jan 2021 09:40 GMT", 1612086000 },
	{ "Sun,31 Jan 2021 10:40:00 +0100 (CET)", 1612086000 },
	{ "Sun, 31 Jan 2021 04:40:00 -0500", 1612086000 },
	{ "Sun, 31 Jan 2021 01:40:00 PST", 1612086000 },
	{ "by x with y id z; Sun, 31 Jan 2021 09:40:00 -0000", 1612086000 },
	/* ctime's form loses its time */
	{ "Sun Jan 31 09:40:00 2021", 1612051200 },
	{ "31 Jan 21 09:40:00 +0000", 1612086000 },
	{ "31 Jan 121 09:40:00 +0000", 1612086000 },
	{ "31 Jan 99 00:00 +0000", 917740800 },
	/* out of range: clamped, or the next month's first */
	{ "31 Jan 2021 25:61:61 +0000", 1612137599 },
	{ "31 Feb 2021 00:00 +0000", 1614556800 },
	{ "31 Dec 1969 00:00 +0000", 31449600 },
	{ "32 Dec 2036 00:00 +0000", 2114380800 },
	{ "1 Jan 2100 00:00 +0000", 2114380800 },
	{ "1 Jan 1970 00:00 +0100", 0 },
	{ "0 Jan 2021 00:00 +0000", NONE },
	/* 29 February stands in a leap year that is then clamped */
	{ "29 Feb 2040 00:00 +0000", NONE },
	/* only the first word in capitals can be the zone */
	{ "MON 31 Jan 2021 01:40:00 PST", 1612057200 },
	{ "31 Jan 2021 01:40:00 PST-DST", 1612057200 },
	{ "", NONE },
	{ "yesterday", NONE },
	{ "31 Foo 2021", NONE },
	{ "31 Jan", NONE },
	{ "99999999999999999999 Jan 2021 00:00", 1612137600 },
	{ "31 Jan 2021 09:40:00 +", 1612086000 },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		long long got = NONE;

		if (mail_date_parse(slice_cstr(cases[i].text), &got) != 0)
			got = NONE;
		is_int(got, cases[i].want, cases[i].text);
	}
}

int
main(void)
{
	test_cases();
	return tap_done();
}

/*
 * word_test.c - decoded header values: folds, raw 8-bit, RFC 2047 words.
 */
#include "config.h"

#include "mail/mail.h"
#include "tests/tap/tap.h"

static const struct {
	const char *name, *raw, *want;
} cases[] = {
	{ "Subject", " plain \n", "plain" },
	{ "Subject", "\n", "" },
	{ "Subject", " a\n\t b\n c\n", "a b c" },
	{ "Subject", " a\r\n b\r\n", "a\r b" },
	{ "Subject", " =?utf-8?Q?a=C3=A9_b?=\n", "a\xc3\xa9 b" },
	{ "Subject", " =?UTF-8*en?b?w6k=?=\n", "\xc3\xa9" },
	{ "Subject", " =?iso-8859-1?q?=E9=93?=\n", "\xc3\xa9\xe2\x80\x9c" },
	/* white space between words goes, elsewhere it stays */
	{ "Subject", "=?utf-8?q?a?= \n =?utf-8?q?b?= c", "ab c" },
	{ "Subject", "=?utf-8?q?a?=x=?utf-8?q?b?=", "axb" },
	/* a character split over two words */
	{ "Subject", "=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "\xc3\xa9" },
	{ "Subject", "=?utf-8?q?=C3?= =?iso-8859-1?q?=A9?=",
	    "\xef\xbf\xbd\xc2\xa9" },
	/* not words */
	{ "Subject", "=?utf-8?x?a?= =??q?a?= =?utf-8?q?a", "=?utf-8?x?a?= "
	    "=??q?a?= =?utf-8?q?a" },
	{ "Subject", "=?utf-8?q?a?", "=?utf-8?q?a?" },
	{ "Subject", "=?", "=?" },
	/* unknown charset: ASCII as is, else Windows-1252 */
	{ "Subject", "=?x-none?q?abc?=", "abc" },
	{ "Subject", "=?x-none?q?=E9?=", "\xc3\xa9" },
	{ "Subject", "=?us-ascii?q?a=E9b?=", "a\xef\xbf\xbd" "b" },
	/* raw 8-bit: UTF-8 stays, else Windows-1252 */
	{ "Subject", "\xc3\xa9", "\xc3\xa9" },
	{ "Subject", "\xe9\x81", "\xc3\xa9\xef\xbf\xbd" },
	/* some fields have no words */
	{ "Message-ID", "<=?utf-8?q?a?=@b>", "<=?utf-8?q?a?=@b>" },
	{ "LIST-Id", "=?utf-8?q?a?=", "=?utf-8?q?a?=" },
	{ "Listen", "=?utf-8?q?a?=", "a" },
	{ "Received", "\xe9", "\xc3\xa9" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		struct mail_field f = {
			.name = slice_cstr(cases[i].name),
			.raw = slice_cstr(cases[i].raw),
		};

		is_cstr(mail_field_decoded(a, &f), cases[i].want,
		    arena_printf(a, "%s, case %zu", cases[i].name, i));
		arena_free(&a);
	}
}

int
main(void)
{
	test_cases();
	return tap_done();
}

/*
 * ctype_test.c - Content-Type values, good and bad.
 */
#include "config.h"

#include "base/buf.h"
#include "mail/mail.h"
#include "tests/tap/tap.h"

/* want: type|boundary|charset|name, with ! in front if it was missing. */
static const struct {
	const char *value, *want;
} cases[] = {
	{ "", "!text/plain||us-ascii|" },
	{ "0", "!text/plain||us-ascii|" },
	{ "text/html; charset=\"utf-8\"", "text/html||utf-8|" },
	{ "TEXT/HTML;Charset=UTF-8", "text/html||UTF-8|" },
	{ "text/x-foo", "text/plain|||" },
	{ "text", "text/plain|||" },
	{ "text/calendar", "text/calendar|||" },
	{ "textual/x", "textual/x|||" },
	{ "; charset=x", "!text/plain||x|" },
	{ "a/b/c d", "a/b|||" },
	{ "\"image/(x)gif\"", "image/xgif|||" },
	{ "multipart/mixed; boundary=\"a b;c\"", "multipart/mixed|a b;c||" },
	{ "multipart/mixed; boundary=\"open", "multipart/mixed|open||" },
	{ "multipart/mixed; boundary = ab;x", "multipart/mixed|ab||" },
	{ "multipart/mixed; boundary=a\"b", "multipart/mixed|||" },
	{ "multipart/mixed; boundary=\"\"", "multipart/mixed|||" },
	{ "multipart/mixed; boundary=\"\"; boundary=c",
	    "multipart/mixed|c||" },
	{ "multipart/mixed; xboundary=c", "multipart/mixed|||" },
	{ "image/gif; name='a.gif'", "image/gif|||a.gif" },
	{ "image/gif; filename=a b.gif ; x", "image/gif|||a b.gif " },
	{ "image/gif; name*1=b; name*0=a; name*1=c", "image/gif|||ac" },
	{ "image/gif; name*1=b", "image/gif|||" },
	{ "text/plain; charset=us-ascii ; x", "text/plain||us-ascii |" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		struct mail_ctype ct;
		char *got;

		mail_ctype_parse(a, slice_cstr(cases[i].value), &ct);
		got = arena_printf(a, "%s%.*s|%.*s|%.*s|%.*s",
		    ct.missing ? "!" : "", SLICE_FMT(ct.type),
		    SLICE_FMT(ct.boundary), SLICE_FMT(ct.charset),
		    SLICE_FMT(ct.name));
		is_str(got, cases[i].want, cases[i].value);
		arena_free(&a);
	}
}

int
main(void)
{
	test_cases();
	return tap_done();
}

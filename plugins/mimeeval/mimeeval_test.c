/*
 * mimeeval_test - MIME structure, charsets and capitals, through the engine.
 */
#include "config.h"

#include "plugins/eval_test.h"

#define H "MIME-Version: 1.0\n"
#define TYPE(t) H "Content-Type: " t "\n"
#define QP "Content-Transfer-Encoding: quoted-printable\n\n"
#define BASE64 "Content-Transfer-Encoding: base64\n\n"
#define MULTI(sub) TYPE("multipart/" sub "; boundary=b") "\n"
#define P(t) "--b\nContent-Type: " t "\n\n"
#define END "--b--\n"
#define TEN "xxxxxxxxx "
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static void
test_facts(void)
{
	static const char *const cf[] = {
		"body ALT eval:check_for_mime('mime_multipart_alternative')",
		"body ATTACHED eval:check_for_mime('mime_attachment')",
		"body BAD_ISO eval:check_for_mime('mime_bad_iso_charset')",
		"body B64 eval:check_for_mime('mime_base64_count')",
		"body B64TEXT eval:check_for_mime('mime_base64_encoded_text')",
		"body HTMLS eval:check_for_mime('mime_body_html_count')",
		"body TEXTS eval:check_for_mime('mime_body_text_count')",
		"body NEVER eval:check_for_mime('mimepart_limit_exceeded')",
		NULL };
	static const struct eval_case cases[] = {
		{ "\nx\n", "TEXTS", "no header is a text" },
		{ TYPE("text/html") "\nx\n", "HTMLS", "HTML" },
		{ TYPE("multipart/alternative") "\nx\n", "ALT",
		    "a multipart without a boundary is still one" },
		{ MULTI("mixed") P("text/html") "a\n" P("image/png") "b\n"
		    END, "HTMLS", "an image is no text" },
		{ TYPE("text/plain") BASE64 "eA==\n", "B64 B64TEXT TEXTS",
		    "text in base64 without need" },
		{ TYPE("text/plain; charset=utf-8") BASE64 "eA==\n",
		    "B64 TEXTS", "UTF-8 needs it" },
		{ TYPE("text/plain; charset=\"US-ASCII\"") BASE64 "eA==\n",
		    "B64 B64TEXT TEXTS", "ASCII does not" },
		{ TYPE("text/plain") "Content-Disposition: Inline\n" BASE64
		    "eA==\n", "B64 TEXTS", "an attached one may" },
		{ TYPE("x/y") "Content-Disposition: x; ATTACHMENT\n\nx\n",
		    "ATTACHED", "attachment, anywhere, letters folded" },
		{ TYPE("text/plain; charset=iso-foo-1") "\nx\n",
		    "BAD_ISO TEXTS", "an iso charset that is none" },
		{ TYPE("text/plain; charset=ISO-8859-15") "\nx\n", "TEXTS",
		    "ISO-8859-15 is one" },
		{ TYPE("text/plain; charset=iso-8859-150") "\nx\n",
		    "BAD_ISO TEXTS", "ISO-8859-150 is not" },
		{ TYPE("text/plain; charset=iso-8859-1x") "\nx\n",
		    "BAD_ISO TEXTS", "nor ISO-8859-1x" },
		{ TYPE("text/plain; charset=iso-2022-jp") "\nx\n", "TEXTS",
		    "ISO-2022-JP is" },
		{ TYPE("multipart/mixed; charset=iso-a-b; boundary=b")
		    "\n--b\n\nx\n--b--\n", "BAD_ISO TEXTS",
		    "a container's charset counts" },
		{ "", "TEXTS", "an empty mail" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_quoted_printable(void)
{
	static const char *const cf[] = {
		"body QP eval:check_for_mime('mime_qp_count')",
		"body LONG eval:check_for_mime('mime_qp_long_line')",
		"body HALF eval:check_qp_ratio('0.12')", NULL };
	static const struct eval_case cases[] = {
		{ TYPE("text/plain") QP "x\n", "", "no code, no count" },
		{ TYPE("text/plain") QP "=41\n", "QP HALF", "a letter" },
		{ TYPE("text/plain") QP "=3D=7F=E4=4a\n", "",
		    "codes that are needed, or not in capitals" },
		{ TYPE("text/plain") QP "x=20=09 \n", "",
		    "blanks at the end of a line are" },
		{ TYPE("text/plain") QP "=20x\n", "QP HALF",
		    "elsewhere not" },
		{ TYPE("text/plain") QP "=41xxxxxxxxx\n", "QP",
		    "one code in 13 bytes" },
		{ TYPE("text/plain") QP "abcdefghi=41\n", "QP",
		    "the same at the end" },
		{ TYPE("text/plain") QP HUNDRED "\n", "LONG", "101 bytes" },
		{ TYPE("text/plain") QP "SPAM: =41" HUNDRED "\n", "QP",
		    "without lines to look at, parts are counted" },
		{ TYPE("multipart/x")
		    "Content-Transfer-Encoding: quoted-printable\n\nx\n",
		    "", "a leaf without a code again" },
		{ TYPE("multipart/mixed; boundary=b")
		    "Content-Transfer-Encoding: quoted-printable\n\n"
		    P("text/plain") "x\n" END, "QP",
		    "a container is only counted" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_html(void)
{
	static const char *const cf[] = {
		"body HTML eval:check_for_mime_html()",
		"body ONLY eval:check_for_mime_html_only()", NULL };
	static const struct eval_case cases[] = {
		{ TYPE("Text/HTML") "\nx\n", "HTML ONLY", "a page" },
		{ MULTI("mixed") P("text/html") "x\n" END, "HTML ONLY",
		    "in a part" },
		{ MULTI("mixed") P("text/html") "x\n" P("text/x") "x\n" END,
		    "HTML", "with another text" },
		{ TYPE("text/plain") "\n<html>\n", "", "without a type" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_ratio(void)
{
	static const char *const cf[] = {
		"body SMALL eval:check_mime_multipart_ratio('0', '0.5')",
		"body ONE eval:check_mime_multipart_ratio('1', '1.01')",
		"body MORE eval:check_mime_multipart_ratio('1.01', '99')",
		NULL };
	static const struct eval_case cases[] = {
		{ "\nx\n", "ONE", "1 without an alternative" },
		{ MULTI("mixed") P("text/plain") "x\n" P("text/html") "xxx\n"
		    END, "ONE", "and in another multipart" },
		{ MULTI("alternative") P("text/plain") "x\n" P("text/html")
		    "xxxxxxxxx\n" END, "SMALL", "little text" },
		{ MULTI("alternative") P("text/plain") "x\n" P("text/html")
		    "xxxxxxxxx\n" P("text/plain") HUNDRED "\n" END, "MORE",
		    "the last text counts" },
		{ MULTI("alternative") P("text/plain")
		    "x\n--b\nContent-Type: text/html\n"
		    "Content-Disposition: attachment\n\nxxxxxx\n" END, "ONE",
		    "an attached page does not" },
		{ MULTI("alternative") P("text/plain") "x\n" END, "ONE",
		    "no page at all" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_flags(void)
{
	static const char *const cf[] = {
		"body CUT eval:check_msg_parse_flags('truncated_header')",
		"header SEPARATOR "
		    "eval:check_msg_parse_flags('missing_head_body_separator')",
		"body PARTS eval:check_msg_parse_flags('missing_mime_headers')",
		"body PARTSEP eval:"
		    "check_msg_parse_flags('missing_mime_head_body_separator')",
		"body EPILOGUE eval:"
		    "check_msg_parse_flags('mime_epilogue_exists')",
		NULL };
	static const struct eval_case cases[] = {
		{ "Subject: x\n\nx\n", "", "a good mail" },
		{ "Subject: x\n", "SEPARATOR", "a header only" },
		{ MULTI("mixed") "--b\nno header\n\n" END,
		    "PARTS PARTSEP",
		    "no header of a part" },
		{ MULTI("mixed") P("text/plain") "x\n" END "more\n",
		    "EPILOGUE", "an epilogue" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_bytes(void)
{
	static const char *const cf[] = {
		"body ILLEGAL eval:check_for_ascii_text_illegal()", NULL };
	static const struct eval_case cases[] = {
		{ "\nx\n", "", "ASCII" },
		{ "\nx\xe4\n", "ILLEGAL", "8 bits without a charset" },
		{ "\nx\ry\n", "ILLEGAL", "a lone carriage return" },
		{ TYPE("text/plain; charset=us-ascii") "\n\xe4\n", "ILLEGAL",
		    "a lie" },
		{ TYPE("text/plain; charset=\"\"") "\n\xe4\n", "",
		    "an empty charset is one" },
		{ TYPE("text/plain; charset=utf-8") "\n\xe4\n", "", "UTF-8" },
		{ TYPE("text/html") "\n\xe4\n", "", "HTML" },
	};
	struct eval_test t;

	EVAL_TEST(cf, cases);
	eval_test_open(&t, cf);
	is_str(eval_test_hits(&t, "\nx\0y\n", 5), "ILLEGAL", "a NUL");
	eval_test_close(&t);
}

static void
test_entities(void)
{
	static const char *const cf[] = {
		"body SOME eval:check_abundant_unicode_ratio(0.5)",
		"body MANY eval:check_abundant_unicode_ratio('1.0')",
		"body BAD eval:check_abundant_unicode_ratio('1')", NULL };
	static const struct eval_case cases[] = {
		{ "\n&#x20AC;&#x20AC;\n", "SOME MANY ?BAD", "two for one" },
		{ "\nx&#x20AC;\n", "SOME ?BAD", "one for two" },
		{ "\n&#x20ac;&#x20A;&#x20AC\n", "?BAD",
		    "small letters, three, no end" },
		{ TYPE("text/plain") BASE64 "JiN4MjBBQzs=\n", "?BAD",
		    "only what is not encoded" },
		{ TYPE("text/html") "\n&#x20AC;&#x20AC;\n", "?BAD",
		    "only text" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_base64_lines(void)
{
	static const char *const cf[] = {
		"body FOUR eval:check_base64_length('5', '5')",
		"body OPEN eval:check_base64_length('5')", NULL };
	static const struct eval_case cases[] = {
		{ TYPE("a/b") BASE64 "eA==\n\n", "FOUR OPEN", "with newline" },
		{ TYPE("a/b") BASE64 "eHh4eHh4\n", "OPEN", "longer" },
		{ TYPE("a/b") BASE64 "eA==", "", "without newline" },
		{ TYPE("application/ics") BASE64 "eHh4eHh4\n", "",
		    "an invitation" },
		{ TYPE("a/b") "Content-Transfer-Encoding: base64x\n\n"
		    "eHh4eHh4\n", "", "something like base64" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_alternative(void)
{
	static const char *const cf[] = {
		"body ODD eval:check_ma_non_text()", NULL };
	static const struct eval_case cases[] = {
		{ MULTI("alternative") P("text/plain") "x\n" P("text/html")
		    "x\n" END, "", "as usual" },
		{ MULTI("alternative") P("text/plain") "x\n" P("image/png")
		    "x\n" END, "ODD", "an image" },
		{ MULTI("alternative") P("application/rtf") "x\n" END, "",
		    "rich text" },
		{ MULTI("alternative") P("multipart/related; boundary=c")
		    "--c\nContent-Type: image/png\n\nx\n--c--\n" END, "",
		    "an image deeper" },
		{ MULTI("mixed") P("image/png") "x\n" END, "",
		    "no alternative" },
	};

	EVAL_TEST(cf, cases);
}

#define FOREIGN "\xd0\xd0\xd0\xd0\xd0\xd0\xd0\xd0\xd0\xd0\xd0\xd0\n"

static void
test_faraway(void)
{
	static const char *const all[] = {
		"body FAR eval:check_for_faraway_charset()",
		"body PART eval:check_for_mime('mime_faraway_charset')",
		NULL };
	static const char *const some[] = { "ok_locales en ja_JP zh.big5",
		"body FAR eval:check_for_faraway_charset()",
		"body PART eval:check_for_mime('mime_faraway_charset')",
		NULL };
	static const struct eval_case none[] = {
		{ TYPE("text/plain; charset=koi8-r") "\n" FOREIGN, "",
		    "no charset is foreign to all" },
	};
	static const struct eval_case cases[] = {
		{ TYPE("text/plain; charset=koi8-r") "\n" FOREIGN, "FAR PART",
		    "Russian" },
		{ TYPE("text/plain; charset=koi8-r") "\nEnglish\n", "PART",
		    "a Russian charset, English text" },
		{ TYPE("text/plain; charset='KOI8-R'") "\n" FOREIGN,
		    "FAR PART", "in quotes" },
		{ TYPE("text/plain; charset=Shift-JIS") "\nx\n", "",
		    "Japanese" },
		{ TYPE("text/plain; charset=gb2312") "\nx\n", "",
		    "zh.big5 is all of Chinese" },
		{ TYPE("text/plain; charset=windows-1251") "\n" FOREIGN, "",
		    "Windows charsets are everybody's" },
		{ TYPE("text/plain; charset=3Dkoi8-r") "\nx\n", "PART",
		    "a broken quoted-printable" },
		{ TYPE("text/plain; charset=\"\"") "\n" FOREIGN, "FAR",
		    "the quotes of an empty one" },
	};

	EVAL_TEST(all, none);
	EVAL_TEST(some, cases);
}

#define SHOUT "BUY NOW OR "
#define SHOUTS SHOUT SHOUT SHOUT SHOUT SHOUT SHOUT SHOUT SHOUT SHOUT SHOUT
#define SHIFT "\033$BABCDEFGH\033(B"

static void
test_capitals(void)
{
	static const char *const cf[] = {
		"body SOME eval:check_for_uppercase('25', '75')",
		"body MOST eval:check_for_uppercase('75', '100')", NULL };
	static const struct eval_case cases[] = {
		{ "\n" SHOUTS SHOUTS "\n", "MOST", "capitals" },
		{ "\n" SHOUTS "\n", "", "too short to say" },
		{ "\n" SHOUTS HUNDRED "\n", "SOME", "half" },
		{ "\n1234567890 1234567890 1234567890 1234567890 " SHOUTS
		    SHOUTS "\n", "MOST", "digits are small letters" },
		{ TYPE("text/plain; charset=ISO-2022-JP") "\n" SHOUTS SHOUTS
		    "\n", "", "a charset of capitals" },
		{ H "Content-Type: charset=\"Windows-1251\"\n"
		    "Content-Type: text/plain\n\n" SHOUTS SHOUTS "\n", "",
		    "in a field that is not the part's, letters folded" },
		{ TYPE("multipart/mixed; boundary=b; charset=big5") "\n"
		    P("text/plain") SHOUTS SHOUTS "\n" END, "",
		    "in any part" },
		{ "\n" SHIFT " " SHIFT " " HUNDRED HUNDRED SHIFT "\n", "",
		    "too short without what is shifted" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_bad_names(void)
{
	static const char *const cf[] = {
		"body A eval:check_for_mime('mime_nonsense')",
		"body B eval:check_msg_parse_flags('nonsense')",
		"body C eval:check_for_mime()", NULL };
	static const struct eval_case cases[] = {
		{ "\nx\n", "?A ?B ?C", "unknown names make unknown rules" },
	};

	EVAL_TEST(cf, cases);
}

int
main(void)
{
	test_facts();
	test_quoted_printable();
	test_html();
	test_ratio();
	test_flags();
	test_bytes();
	test_entities();
	test_base64_lines();
	test_alternative();
	test_faraway();
	test_capitals();
	test_bad_names();
	return tap_done();
}

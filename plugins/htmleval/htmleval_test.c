/*
 * htmleval_test - measures of HTML parts, through the engine.
 */
#include "config.h"

#include "plugins/eval_test.h"

#define HTML(t) "Subject: abcde\nMIME-Version: 1.0\n" \
	"Content-Type: text/html; charset=utf-8\n\n" t
#define PLAIN "Subject: x\n\n<html><img src=x>\n"

static void
test_tags(void)
{
	static const char *const cf[] = {
		"body CENTER eval:html_tag_exists('center')",
		"body OPEN eval:html_tag_balance('b', '!= 0')",
		"body TWO eval:html_tag_balance('b', '>= 2')",
		"body EVEN eval:html_tag_balance('b', '== 0')",
		"body HTML eval:html_test('html')",
		"body EMBED eval:html_test('embeds')",
		"body NO eval:html_test('nonsense')", NULL };
	static const struct eval_case cases[] = {
		{ PLAIN, "", "no HTML part" },
		{ HTML("<center>"), "CENTER HTML", "a tag" },
		{ HTML("</CENTER>"), "CENTER HTML", "its end, in capitals" },
		{ HTML("<b><b>"), "OPEN TWO HTML", "open twice" },
		{ HTML("<b></b>"), "EVEN HTML", "closed" },
		{ HTML("</b>"), "EVEN HTML", "never below 0" },
		{ HTML("x<object>"), "HTML EMBED", "a flag" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_expressions(void)
{
	static const char *const cf[] = {
		"body A eval:html_eval('length', '< 10')",
		"body B eval:html_eval('length', '<= 9')",
		"body C eval:html_eval('length', '> 8 + 1')",
		"body D eval:html_eval('length', '- 9')",
		"body E eval:html_eval('length', '!= 011')",
		"body F eval:html_eval('nonsense', '== 0')", NULL };
	static const char *const bad[] = {
		"body A eval:html_eval('length', '< x')",
		"body B eval:html_eval('length', '<')",
		"body C eval:html_eval('length')",
		"body D eval:html_eval('length', '< 1 < 2')",
		"body E eval:html_tag_balance('b', '= 1')", NULL };
	static const struct eval_case cases[] = {
		{ HTML("12345678\n"), "A B", "9 characters" },
		{ HTML("123456789\n"), "C D E", "10 characters" },
		{ HTML("\xc3\xa4" "2345678\n"), "A B",
		    "9 characters, one of two bytes" },
	};
	static const struct eval_case unknown[] = {
		{ HTML("x"), "?A ?B ?C ?D ?E", "no comparison" },
	};

	EVAL_TEST(cf, cases);
	EVAL_TEST(bad, unknown);
}

static void
test_ranges(void)
{
	static const char *const cf[] = {
		"body EXACT eval:html_range('length', '8', '9')",
		"body ABOVE eval:html_range('length', '9', 'inf')",
		"body OPEN eval:html_range('length', '9')",
		"body RATIO eval:html_range('bad_tag_ratio', '0.4', '0.5')",
		NULL };
	static const struct eval_case cases[] = {
		{ HTML("12345678\n"), "EXACT", "max belongs to it" },
		{ HTML("1234567\n"), "", "min does not" },
		{ HTML("123456789\n"), "ABOVE OPEN", "no upper bound" },
		{ HTML("<b><q1>8\n"), "EXACT RATIO", "one bad tag of two" },
		{ PLAIN, "", "no HTML part" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_images(void)
{
	static const char *const cf[] = {
		"body ONLY eval:html_image_only('0000', '0040')",
		"body RATIO eval:html_image_ratio('0.01', '0.04')",
		"body FRAME eval:check_iframe_src()", NULL };
	static const struct eval_case cases[] = {
		{ PLAIN, "", "no HTML part" },
		{ HTML("<img src=x width=10 height=10>abcd"), "ONLY RATIO",
		    "4 characters on 100 pixels" },
		{ HTML("<img src=x width=10 height=10>abcdefgh"), "ONLY",
		    "8 characters" },
		{ HTML("<img src=x width=10 height=10>a b c d e"), "ONLY",
		    "5 characters, more than max in all" },
		{ HTML("abcd"), "", "no image" },
		{ HTML("<iframe src='http://example.com/'>"), "FRAME",
		    "a frame" },
		{ HTML("<iframe>"), "", "a frame that loads nothing" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_texts(void)
{
	static const char *const cf[] = {
		"body SHORT eval:html_text_match('comment', '<!(?!-).{0,6}>')",
		"body FIVE eval:html_text_match('title', '^.{5}$')",
		"body ACUTE eval:html_text_match('title', '\\xe9')",
		"body WORD eval:html_text_match('anchor', '\\w')",
		"body NOT eval:html_text_not_match('title', 'a')",
		"body LONGER eval:html_title_subject_ratio('0.8')", NULL };
	static const char *const bad[] = {
		"body A eval:html_text_match('comment', '(')",
		"body B eval:html_text_match('nonsense', 'a')",
		"body C eval:html_text_match('title')", NULL };
	static const struct eval_case cases[] = {
		{ HTML("<!x>"), "SHORT", "a short comment" },
		{ HTML("<!--x-->"), "", "a real one" },
		{ HTML("<title>abcde</title>"), "FIVE LONGER", "a title" },
		{ HTML("<title>abcd</title>"), "", "shorter" },
		{ HTML("<title>b</title>"), "NOT", "without an a" },
		{ HTML("<title>\xc3\xa9\xe4\xb8\xad" "cda</title>"),
		    "FIVE ACUTE LONGER", "five characters of 8 bytes" },
		{ HTML("<a href=x>y</a>"), "WORD", "the text of a link" },
		{ HTML("<a href=x>\xd0\xaf</a>"), "",
		    "only ASCII makes words" },
	};
	static const struct eval_case unknown[] = {
		{ HTML("x"), "?A ?B", "a bad regex, an unknown list" },
	};

	EVAL_TEST(cf, cases);
	EVAL_TEST(bad, unknown);
}

#define META(cs) "<meta http-equiv=Content-Type content='text/html; " \
	"charset=" cs "'>"

static void
test_charsets(void)
{
	static const char *const compat[] = { "ok_locales en",
		"body FAR eval:html_charset_faraway()", NULL };
	static const char *const cf[] = { "compat 0", "ok_locales en",
		"body FAR eval:html_charset_faraway()", NULL };
	static const char *const all[] = { "compat 0",
		"body FAR eval:html_charset_faraway()", NULL };
	static const struct eval_case never[] = {
		{ HTML(META("koi8-r")), "", "never" },
	};
	static const struct eval_case cases[] = {
		{ HTML(META("koi8-r")), "FAR", "a foreign charset" },
		{ HTML(META("utf-8")), "", "a common one" },
		{ HTML(META("utf-8") META("koi8-r")), "FAR", "one of two" },
		{ HTML("x"), "", "none" },
	};

	EVAL_TEST(compat, never);
	EVAL_TEST(cf, cases);
	EVAL_TEST(all, never);
}

int
main(void)
{
	test_tags();
	test_expressions();
	test_ranges();
	test_images();
	test_texts();
	test_charsets();
	return tap_done();
}

/*
 * bodyeval_test - lengths, lines and words of bodies, through the engine.
 */
#include "config.h"

#include "plugins/eval_test.h"

#define H "MIME-Version: 1.0\n"
#define MULTI(sub) H "Content-Type: multipart/" sub "; boundary=b\n\n"
#define P(t) "--b\nContent-Type: " t "\n\n"
#define TEXT(t) P("text/plain; charset=utf-8") t "\n"
#define HTML(t) P("text/html; charset=utf-8") t "\n"
#define END "--b--\n"

static void
test_difference(void)
{
	static const char *const cf[] = {
		"body ALL eval:multipart_alternative_difference('99', '100')",
		"body SOME eval:multipart_alternative_difference('1', '99')",
		"body ANY eval:multipart_alternative_difference('0', 'undef')",
		"body NONE eval:multipart_alternative_difference('0', '0')",
		NULL };
	static const struct eval_case cases[] = {
		{ "\nx\n", "ANY NONE", "no alternative" },
		{ MULTI("alternative") TEXT("a b c") HTML("<p>c <b>b a") END,
		    "ANY NONE", "the same words" },
		{ MULTI("mixed") TEXT("a") HTML("b") END, "ANY NONE",
		    "another multipart" },
		{ MULTI("alternative") TEXT("a") HTML("b c") END, "ALL ANY",
		    "no word in common" },
		{ MULTI("alternative") TEXT("a") HTML("a b") END, "SOME ANY",
		    "half" },
		{ MULTI("alternative") TEXT("a") HTML("a a") END, "ALL ANY",
		    "twice is more than once" },
		{ MULTI("alternative") TEXT("a a") HTML("a") END, "ANY NONE",
		    "once is not more than twice" },
		{ MULTI("alternative") TEXT("a") HTML("a &mdash; &bull; -")
		    END, "ANY NONE", "dashes are no words" },
		{ MULTI("alternative") TEXT("caf\xc3\xa9 \xd0\xaf") HTML(
		    "caf&eacute; &#1071;") END, "ANY NONE",
		    "entities are characters" },
		{ MULTI("alternative") TEXT("a\xc2\xa0" "b \xd0\xaf") HTML(
		    "a b &#1071;") END, "ANY NONE",
		    "a no-break space is space" },
		{ MULTI("alternative") TEXT("\xd0\xaf") HTML("&#1070;") END,
		    "ALL ANY", "letters of other scripts are words" },
		{ MULTI("alternative") TEXT("a") HTML("<img src=x>") END,
		    "ALL ANY", "an image alone" },
		{ MULTI("alternative") TEXT("a") HTML("<br>") END,
		    "ANY NONE", "nothing at all" },
		{ MULTI("alternative") TEXT("a") HTML("") HTML("<img src=x>")
		    END, "ALL ANY", "an image after an empty part" },
		{ MULTI("alternative") P("text/html") "x\n"
		    P("text/calendar") "y\n" END, "ANY NONE",
		    "an invitation" },
		{ MULTI("mixed") TEXT("x") P("multipart/alternative; "
		    "boundary=c") "--c\nContent-Type: text/html\n\nx\n--c--\n"
		    END, "ALL ANY", "the text outside does not help" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_difference_count(void)
{
	static const char *const cf[] = {
		"body MORE "
		    "eval:multipart_alternative_difference_count('3', '1')",
		NULL };
	static const struct eval_case cases[] = {
		{ MULTI("alternative") TEXT("a b c d e f g") HTML("x y") END,
		    "MORE", "7 for 2" },
		{ MULTI("alternative") TEXT("a b c d e f") HTML("x y") END,
		    "", "6 for 2" },
		{ MULTI("alternative") TEXT("a b c d e f g") HTML("x") END,
		    "", "one word is not enough" },
		{ MULTI("alternative") TEXT("a b c d e f g g") HTML("x y y")
		    END, "MORE", "distinct words" },
		{ "\nx\n", "", "no alternative" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_blank_lines(void)
{
	static const char *const cf[] = {
		"body HALF eval:check_blank_line_ratio('49', '50', '4')",
		"body LOW eval:check_blank_line_ratio('0', '10', '4')",
		"body ZERO eval:check_blank_line_ratio('-1', '0')", NULL };
	static const struct eval_case cases[] = {
		{ "\na\n\nb\n\t \n", "HALF", "two of four" },
		{ "\na\n\nb\n", "LOW", "too few lines are below 0" },
		{ "\na\nb\nc\nd\n", "LOW ZERO", "none" },
		{ "\n\n\n\n\n", "", "all" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_vertical_words(void)
{
	static const char *const cf[] = {
		"body LOW eval:tvd_vertical_words('0', '10')",
		"body MID eval:tvd_vertical_words('10', '100')",
		"body FULL eval:tvd_vertical_words('100', '100')",
		"body NONE eval:tvd_vertical_words('-1', '0')", NULL };
	static const struct eval_case cases[] = {
		{ "\nabc\n", "NONE", "no line is longer than 5" },
		{ "\nabcdefghijkl\n", "LOW", "one blank in 13" },
		{ "\na b c d\n", "MID FULL", "a blank behind each" },
		{ "Subject: a b c d\n\nabcdefghijkl\n", "MID",
		    "the Subject is a line" },
		{ "Subject: a               d\n\nx\n", "MID FULL",
		    "more blanks than letters" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_stock(void)
{
	static const char *const cf[] = {
		"body ANY eval:check_stock_info('0')",
		"body ONE eval:check_stock_info('1')",
		"body TWO eval:check_stock_info('2')", NULL };
	static const struct eval_case cases[] = {
		{ "\nhello\n", "ANY", "no label" },
		{ "\nSymbol: XYZ\n", "ANY ONE", "one" },
		{ "\nSymbol: X\n Our 5 day Target : $2\n", "ANY ONE TWO",
		    "two" },
		{ "\nSymbol: X\nsymbol: Y\n", "ANY ONE", "the same twice" },
		{ "\nS-t.o-c-k: X\nSTOCK: y\n", "ANY ONE",
		    "no matter how it is written" },
		{ "\nsxtxoxcxk: X\nCompany Name: y\n", "ANY ONE TWO",
		    "letters strewn in" },
		{ "\nSymbol of\nhope: X\n", "ANY", "not the end" },
		{ "\nSymbol:\n", "ANY", "nothing behind it" },
		{ "\nSymbol:\n\n x\n", "ANY ONE", "something further down" },
		{ "\nMy very very very very very long symbol: x\n", "ANY",
		    "a label of more than 30 bytes" },
		{ "\nTrade date: x\nNo trade date: y\n", "ANY ONE",
		    "a date is a whole label" },
		{ H "Content-Type: text/plain; charset=utf-8\n\n"
		    "\xe2\x80\x83Symbol\xc2\xa0: \xc3\xa9\n", "ANY ONE",
		    "Unicode spaces" },
		{ H "Content-Type: text/html\n\nSymbol: x\n", "ANY",
		    "only plain text" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_length(void)
{
	static const char *const cf[] = {
		"body SHORT eval:check_body_length('4')",
		"body NONE eval:check_body_length()", NULL };
	static const struct eval_case cases[] = {
		{ "A: b\n\nabc\n", "SHORT", "4 bytes" },
		{ "A: b\n\nabcd\n", "", "5 bytes" },
		{ "A: b\r\n\r\nabc\r\n", "", "line ends count as they came" },
		{ "A: b\n\n", "SHORT NONE", "no body" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_signature(void)
{
	static const char *const cf[] = {
		"body TEXT eval:plaintext_body_length('2', '2')",
		"body BELOW eval:plaintext_sig_length('5')",
		"body RATIO eval:plaintext_body_sig_ratio('0.4', '0.41')",
		"body MUCH eval:plaintext_body_sig_ratio('1000000')", NULL };
	static const struct eval_case cases[] = {
		/* Below: "\nxyz\n". */
		{ "\na\n-- \nxyz\n", "TEXT BELOW RATIO", "a signature" },
		{ "\na\n--\nxyz\n", "TEXT BELOW RATIO", "without a blank" },
		{ "\na\n--  \nxyz\n", "MUCH", "with two" },
		{ "\na\n---\nxyz\n", "MUCH", "three dashes" },
		{ "\na\n-- \nxy\n", "MUCH", "a decoy at the end" },
		{ "\na\n-- \nb\n-- \nxyz\n", "BELOW", "the last one counts" },
		{ "\na\n", "TEXT MUCH", "none" },
		{ H "Content-Type: text/html\n\na\n", "", "no plain text" },
	};

	EVAL_TEST(cf, cases);
}

int
main(void)
{
	test_difference();
	test_difference_count();
	test_blank_lines();
	test_vertical_words();
	test_stock();
	test_length();
	test_signature();
	return tap_done();
}

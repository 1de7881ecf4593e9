/*
 * urieval_test - links that are not what they show, through the engine.
 */
#include "config.h"

#include "plugins/eval_test.h"

#define HTML(t) "MIME-Version: 1.0\nContent-Type: text/html\n\n" t "\n"
#define LINK(to, text) HTML("<a href='" to "'>" text "</a>")
#define TWO(a, b) "MIME-Version: 1.0\n" \
	"Content-Type: multipart/mixed; boundary=b\n\n--b\n" \
	"Content-Type: text/html\n\n" a "\n--b\n" \
	"Content-Type: text/html\n\n" b "\n--b--\n"

static void
test_mismatch(void)
{
	static const char *const cf[] = {
		"body LIE eval:check_https_http_mismatch()",
		"body TWO eval:check_https_http_mismatch('2', '3')", NULL };
	static const struct eval_case cases[] = {
		{ LINK("http://evil.com/", "https://bank.com/"), "LIE",
		    "another domain" },
		{ LINK("http://click.bank.com/", "https://www.BANK.com."),
		    "", "another host of the domain" },
		{ LINK("http://evil.com/", "http://bank.com/"), "",
		    "http is no promise" },
		{ LINK("http://evil.com/", "see HTTPS://bank.com"), "LIE",
		    "inside a text, letters folded" },
		{ LINK("http://evil.com/", "https://1.2.3.4/"), "LIE",
		    "an address is not the domain" },
		{ LINK("http://1.2.3.4/", "https://bank.com/"), "",
		    "a link to an address is for another eval" },
		{ LINK("http://evil.nosuchtld/", "https://bank.com/"), "",
		    "a link to nowhere" },
		{ LINK("http://evil.com/", "https://bank.nosuchtld/"), "",
		    "nowhere is shown" },
		{ LINK("http://user@evil.com/", "https://bank.com/"), "LIE",
		    "with a user" },
		{ LINK("http://ev!l.com/", "https://bank.com/"), "",
		    "no host name" },
		{ LINK("ftp://evil.com/", "https://bank.com/"), "",
		    "another protocol" },
		{ LINK("http://evil.com/", "https://"), "", "no host" },
		{ HTML("<a href='http://evil.com/'>https://bank.com</a>"
		    "<a href='http://a.com/'>b</a>"), "LIE TWO",
		    "two links" },
		{ HTML("<a href='http://evil.com/'>https://bank.com</a>"
		    "<a href='http://a.com/'>b</a><a href='http://b.com/'>b"
		    "</a>"), "LIE", "three links" },
		{ TWO("<a href='http://evil.com/'>https://bank.com</a>",
		    "<a href='http://a.com/'>b</a>"), "LIE",
		    "the parts count apart" },
		{ "\nhttp://evil.com https://bank.com\n", "", "plain text" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_address(void)
{
	static const char *const cf[] = {
		"body HIDES eval:check_https_ip_mismatch()", NULL };
	static const struct eval_case cases[] = {
		{ LINK("http://1.2.3.4/", "https://bank.com/"), "HIDES",
		    "an address behind a name" },
		{ LINK("https://u@1.2.3.4/", "go to https:"), "HIDES",
		    "with a user" },
		{ LINK("http://1.2.3.4/", "https://5.6.7.8/"), "",
		    "an address is shown" },
		{ LINK("http://1.2.3.4/", "x https://5.6.7.8/"), "HIDES",
		    "but not at the start" },
		{ LINK("http://1.2.3.4/", "http://bank.com/"), "",
		    "http is no promise" },
		{ LINK("http://bank.com/", "https://bank.com/"), "",
		    "no address" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_redirector(void)
{
	static const char *const cf[] = {
		"uri REDIRECTS eval:check_for_http_redirector()",
		"body BODY eval:check_for_http_redirector()", NULL };
#define YES "REDIRECTS BODY"
	static const struct eval_case cases[] = {
		{ "\nhttp://a.com/?http://b.com/\n", YES, "in a query" },
		{ "\nhttp://a.com/r/https:/b.com/\n", YES, "in a path" },
		{ "\nhttp://a.com/r/http:b.com/\n", YES, "without slashes" },
		{ "\nhttp://www.a.com/http://x.a.com/\n", "",
		    "of the same domain" },
		{ "\nhttp://a.com/http://a.com/http://b.com/\n", YES,
		    "at the second step" },
		{ LINK("http://a.com./http://a.com/", "x"), YES,
		    "a dot at the end makes another name" },
		{ "\nhttp://a.com/http:///b.com/\n", "", "three slashes" },
		{ "\nhttp://a.com/http://\n", "", "nothing inside" },
		{ "\nhttp://a.com/x\n", "", "no redirector" },
		{ LINK("http://abhttp://a.com/", "x"), YES,
		    "right behind the host" },
		{ LINK("http://1.2.3.4/?http://1.2.3.4/", "x"), "",
		    "the same address" },
	};

	EVAL_TEST(cf, cases);
}

static void
test_truncated(void)
{
	static const char *const cf[] = {
		"body LONG eval:check_uri_truncated()", NULL };
	static const char head[] = "Content-Type: text/html\n\n"
	    "<a href='http://a.com/", tail[] = "'>x</a>\n";
	static const struct {
		size_t length;
		const char *hits;
	} cases[] = { { 8000, "" }, { 8192, "" }, { 8193, "LONG" },
		{ 100000, "LONG" } };
	struct eval_test t;

	eval_test_open(&t, cf);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t fill = cases[i].length - strlen("http://a.com/");
		size_t n = sizeof(head) - 1 + fill + sizeof(tail) - 1;
		char *mail = malloc(n);

		memcpy(mail, head, sizeof(head) - 1);
		memset(mail + sizeof(head) - 1, 'a', fill);
		memcpy(mail + n - (sizeof(tail) - 1), tail, sizeof(tail) - 1);
		is_str(eval_test_hits(&t, mail, n), cases[i].hits,
		    "length of an address");
		free(mail);
	}
	eval_test_close(&t);
}

int
main(void)
{
	test_mismatch();
	test_address();
	test_redirector();
	test_truncated();
	return tap_done();
}

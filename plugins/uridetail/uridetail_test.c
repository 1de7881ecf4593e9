/*
 * uridetail_test - rules on several properties of a link, through the engine.
 */
#include "config.h"

#include "plugins/list_test.h"

static const char mail[] =
	"From: a@example.com\nMIME-Version: 1.0\nContent-Type: text/html\n\n"
	"<a href=\"http://www.shop.com/%62uy\">https://bank.com</a>\n"
	"<img src=\"http://img.pictures.net/x.png\">\n"
	"<area href=\"http://map.org/\">\n"
	"www.bare.info\n";

static void
expect(const char *line, const char *want)
{
	static const struct dns none[] = { { 0 } };
	const char *cf[] = { line, "score A 1", NULL };
	struct list_test t = { .cf = cf, .dns = none, .mail = mail };

	is_str(list_run(&t), want, line);
}

static void
test_keys(void)
{
	expect("uri_detail A raw =~ /%62/", "A");
	expect("uri_detail A raw =~ /buy/", "");
	expect("uri_detail A cleaned =~ /buy/", "A");
	expect("uri_detail A text =~ /bank/", "A");
	expect("uri_detail A text =~ /shop/", "");
	expect("uri_detail A host =~ /^img\\./", "A");
	expect("uri_detail A domain =~ /^pictures\\.net$/", "A");
	expect("uri_detail A domain =~ /^img/", "");
	expect("uri_detail A type =~ /^a$/", "A");
	expect("uri_detail A type =~ /^form$/", "");
	expect("uri_detail A type =~ /^schemeless$/ host =~ /bare/", "A");
	expect("uri_detail A type =~ /^other$/ host =~ /map/", "A");
}

static void
test_together(void)
{
	expect("uri_detail A text =~ /bank/ host =~ /shop/", "A");
	expect("uri_detail A text =~ /bank/ host =~ /pictures/", "");
	expect("uri_detail A text =~ /https:/ cleaned !~ /https:/", "A");
	expect("uri_detail A text !~ /x/ host =~ /pictures/", "");
	expect("uri_detail A raw =~ m!HTTP://IMG!i", "A");
	expect("uri_detail A raw =~ /http:/x/img/", "");
	expect("uri_detail A raw=~/a b/ and cleaned   =~\t/buy/", "");
	expect("uri_detail A some words cleaned =~ /buy/ more", "A");
}

static void
test_second_line(void)
{
	static const char *const cf[] = { "uri_detail A host =~ /shop/",
		"uri_detail A host =~ /pictures/",
		"uri_detail A type =~ /img/", "score A 1",
		"body B eval:check_uri_detail()", "score B 1", NULL };
	static const struct dns none[] = { { 0 } };
	struct list_test t = { .cf = cf, .dns = none, .mail = mail };

	is_str(list_run(&t), "A ?B", "one key replaced, one added");
}

static void
test_bad_lines(void)
{
	expect("uri_detail", "");
	expect("uri_detail A", "");
	expect("uri_detail A nothing", "");
	expect("uri_detail A colour =~ /red/", "");
	expect("uri_detail A raw =~ /(/", "");
	expect("uri_detail A raw =~ /x", "");
	expect("uri_detail A raw =~ /x/q", "");
	expect("uri_detail A raw =~", "");
	expect("uri_detail A raw =~ m", "");
	expect("uri_detail 1A raw =~ /x/", "");
}

int
main(void)
{
	test_keys();
	test_together();
	test_second_line();
	test_bad_lines();
	return tap_done();
}

/*
 * uridnsbl_test - links on lists, through the whole engine.
 */
#include "config.h"

#include "plugins/list_test.h"

#define DBL "dbl.example.org"
#define IPBL "ip.example.org"
#define CODE(d) (0x7f000000u + (d))

static const char html_mail[] =
	"From: a@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
	"Content-Type: text/html\r\n\r\n"
	"<html><body>"
	"<a href=\"http://www.empty.com/\"></a>"
	"<img src=\"http://img.pictures.net/x.png\">"
	"<a href=\"http://www.SHOP.com/buy\">buy</a>"
	"<a href=\"http://9.9.9.9/\">number</a>"
	"<a href=\"http://192.168.1.1/\">inside</a>"
	"<a href=\"mailto:me@mailbox.net\">write</a>"
	"</body></html>\r\n";

#define RULE(name) "body " name " eval:check_uridnsbl('" name "')", \
	"tflags " name " net", "score " name " 1"
#define RULE_TFLAGS(name, flags) "body " name " eval:check_uridnsbl('" name \
	"')", "tflags " name " net " flags, "score " name " 1"

static void
expect(const char *const *cf, const struct dns *dns, const char *want,
    const char *what)
{
	struct list_test t = { .cf = cf, .dns = dns, .mail = html_mail };

	if (!is_str(list_run(&t), want, what))
		printf("# asked: %s\n", t.names);
}

static void
test_domains(void)
{
	static const char *const cf[] = {
		"urirhsbl ANY " DBL ". A", RULE("ANY"),
		"urirhssub TWO " DBL " A 127.0.0.2", RULE("TWO"),
		"urirhssub MASK " DBL " A 4", RULE("MASK"),
		"urirhssub RANGE " DBL " A 127.0.0.5-127.0.0.7",
		RULE("RANGE"), NULL };
	static const struct dns dns[] = {
		{ "shop.com." DBL, STUB_A, CODE(2), NULL },
		{ "pictures.net." DBL, STUB_A, CODE(6), NULL }, { 0 } };
	struct list_test t = { .cf = cf, .dns = dns, .mail = html_mail };

	is_str(list_run(&t), "ANY TWO MASK RANGE", "domains and sub-tests");
	is_int(t.asked, 4, "one question a domain for four rules");
	ok(strstr(t.names, "mailbox.net") == NULL, "not of mailto:");
	ok(strstr(t.names, "1.1.168.192") == NULL, "not of private addresses");
	ok(strstr(t.names, "9.9.9.9." DBL) != NULL, "of public ones");
}

static void
test_tflags(void)
{
	static const char *const cf[] = {
		"urirhsbl HOST " DBL " A", RULE_TFLAGS("HOST", "notrim"),
		"urirhsbl DOM dom.example.org A",
		RULE_TFLAGS("DOM", "domains_only"),
		"urirhsbl IPS ips.example.org A",
		RULE_TFLAGS("IPS", "ips_only"), NULL };
	static const struct dns dns[] = {
		{ "www.shop.com." DBL, STUB_A, CODE(2), NULL },
		{ "9.9.9.9.ips.example.org", STUB_A, CODE(2), NULL },
		{ "9.9.9.9.dom.example.org", STUB_A, CODE(2), NULL },
		{ 0 } };
	struct list_test t = { .cf = cf, .dns = dns, .mail = html_mail };

	is_str(list_run(&t), "HOST IPS", "notrim, domains_only, ips_only");
	ok(strstr(t.names, "9.9.9.9.dom.") == NULL, "domains only");
	ok(strstr(t.names, "shop.com.ips.") == NULL, "addresses only");
}

static const struct dns servers[] = {
	{ "shop.com", STUB_NS, 1, "ns1.hoster.net" },
	{ "www.shop.com", STUB_A, 0x01020304, NULL },
	{ "ns1.hoster.net", STUB_A, 0x05060708, NULL },
	{ "hoster.net." DBL, STUB_A, CODE(2), NULL },
	{ "ns1.hoster.net.full.example.org", STUB_A, CODE(2), NULL },
	{ "4.3.2.1." IPBL, STUB_A, CODE(2), NULL },
	{ "8.7.6.5." IPBL, STUB_A, CODE(3), NULL }, { 0 } };

#define SERVER_RULES \
	"urinsrhsbl NSDOM " DBL " A", RULE("NSDOM"), \
	"urifullnsrhsbl NSFULL full.example.org A", RULE("NSFULL"), \
	"uridnssub ADDR " IPBL " A 127.0.0.2", RULE_TFLAGS("ADDR", "a"), \
	"uridnssub ADDR3 " IPBL " A 127.0.0.3", RULE_TFLAGS("ADDR3", "a"), \
	"uridnssub NSADDR " IPBL " A 127.0.0.3", RULE("NSADDR")

static void
test_servers(void)
{
	static const char *const cf[] = { SERVER_RULES, NULL };
	static const char *const sane[] = { SERVER_RULES, "compat 0", NULL };

	expect(cf, servers, "NSDOM NSFULL ADDR ADDR3",
	    "as SpamAssassin: addresses of name servers go to tflags a");
	expect(sane, servers, "NSDOM NSFULL ADDR NSADDR",
	    "without compat: to tflags ns");
}

static void
test_skip(void)
{
	static const char *const cf[] = { "urirhsbl ANY " DBL " A",
		RULE("ANY"), "uridnsbl_skip_domain other.org SHOP.com", NULL };
	static const char *const cleared[] = { "urirhsbl ANY " DBL " A",
		RULE("ANY"), "uridnsbl_skip_domain shop.com x.com",
		"clear_uridnsbl_skip_domain shop.com", NULL };
	static const char *const all[] = { "urirhsbl ANY " DBL " A",
		RULE("ANY"), "uridnsbl_skip_domain shop.com",
		"clear_uridnsbl_skip_domain", NULL };
	static const struct dns dns[] = {
		{ "shop.com." DBL, STUB_A, CODE(2), NULL }, { 0 } };

	expect(cf, dns, "", "a skipped domain is not asked about");
	expect(cleared, dns, "ANY", "taken out of the list again");
	expect(all, dns, "ANY", "all taken out");
}

static void
test_max_domains(void)
{
	static const char *const cf[] = { "urirhsbl ANY " DBL " A",
		RULE_TFLAGS("ANY", "domains_only"), "uridnsbl_max_domains 1",
		NULL };
	static const struct dns none[] = { { 0 } };
	struct list_test t = { .cf = cf, .dns = none, .mail = html_mail };
	char first[sizeof(t.names)];

	list_run(&t);
	ok(t.asked <= 1, "at most one: %s", t.names);
	ok(strstr(t.names, "empty.com") == NULL &&
	    strstr(t.names, "pictures.net") == NULL,
	    "links with a text come first");
	strcpy(first, t.names);
	list_run(&t);
	is_str(t.names, first, "the same mail asks the same");
}

static void
test_failures(void)
{
	static const char *const cf[] = { "urirhsbl ANY " DBL " A",
		RULE("ANY"), "urirhssub MASK " DBL " A 87", RULE("MASK"),
		NULL };
	static const struct dns silent[] = {
		{ "shop.com." DBL, STUB_A, ~0u, NULL }, { 0 } };
	static const struct dns parked[] = {
		{ "shop.com." DBL, STUB_A, 0x5bc3f057, NULL }, { 0 } };
	static const struct dns dns[] = {
		{ "shop.com." DBL, STUB_A, CODE(0x57), NULL }, { 0 } };
	static const char *const off[] = { "urirhsbl ANY " DBL " A",
		RULE("ANY"), "skip_uribl_checks 1", NULL };

	expect(cf, silent, "?ANY ?MASK", "SERVFAIL is unknown");
	expect(cf, parked, "?ANY ?MASK", "a parked list sets no bit");
	expect(cf, dns, "ANY MASK", "a code does");
	expect(off, dns, "", "skip_uribl_checks");
}

static void
test_bad_lines(void)
{
	static const char *const cf[] = { "urirhsbl", "urirhssub A z.org A",
		"urirhsbl B z.org MX", "urirhssub C z.org A banana",
		"urirhsbl D z.org A extra", RULE("A"), RULE("B"), RULE("C"),
		RULE("D"), "urirhsbl E z.org A", RULE("E"), NULL };
	static const struct dns none[] = { { 0 } };

	expect(cf, none, "?A ?B ?C ?D", "their rules are unknown");
}

int
main(void)
{
	test_domains();
	test_tflags();
	test_servers();
	test_skip();
	test_max_domains();
	test_failures();
	test_bad_lines();
	return tap_done();
}

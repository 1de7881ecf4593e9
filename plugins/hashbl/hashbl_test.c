/*
 * hashbl_test - hashes of addresses, links and numbers, through the engine.
 */
#include "config.h"

#include "plugins/list_test.h"

#define LIST "h.example.org"
#define CODE(d) (0x7f000000u + (d))
#define NETWORKS "trusted_networks 10.0.0.0/8", \
	"internal_networks 10.0.0.0/8"

static const char mail[] =
	"Return-Path: <bob@sender.example.com>\n"
	"Received: from helo.example.net (helo.example.net [9.9.9.9])\n"
	"\tby mx.inside.example (x) with ESMTP id 1; "
	"Sat, 21 Nov 2026 10:00:00 +0000\n"
	"Delivered-To: me@own.example.com\n"
	"From: Bob <Bob@Sender.example.com>\n"
	"Reply-To: postmaster@example.net\n"
	"MIME-Version: 1.0\n"
	"Content-Type: multipart/mixed; boundary=b\n\n"
	"--b\nContent-Type: text/html\n\n"
	"pay 1BitcoinAddress or 1bitcoinaddress, or 12-345\n"
	"<a href=\"http://www.shop.com/Buy\">x</a>\n"
	"<a href=\"mailto:al.ice+tag@alias.com\">y</a>\n"
	"me@own.example.com &lt;quoted@x.com&gt; "
	"http://x.com/?m;inside@y.com\n"
	"--b\nContent-Type: application/octet-stream; name=\"a.bin\"\n\n"
	"attached bytes\n\n--b--\n";

static void
run_line(struct list_test *t, const char *const *line)
{
	const char *cf[12] = { NETWORKS, "score A 1", "tflags A net" };
	size_t n = 4;

	for (; *line != NULL && n < 11; line++)
		cf[n++] = *line;
	cf[n] = NULL;
	t->cf = cf;
	t->mail = mail;
	list_run(t);
}

/* The rule asks for key.LIST, and a listing of that is a hit. */
static void
asks(const char *const *line, const char *key)
{
	char name[128];
	const struct dns listed[] = { { name, STUB_A, CODE(2), NULL },
		{ 0 } };
	struct list_test t = { .dns = listed };

	snprintf(name, sizeof(name), "%s." LIST, key);
	run_line(&t, line);
	if (!is_str(t.hits, "A", key))
		printf("# %s asked: %s\n", line[0], t.names);
}

static void
asks_not(const char *const *line, const char *key)
{
	static const struct dns none[] = { { 0 } };
	struct list_test t = { .dns = none };
	char name[128];

	snprintf(name, sizeof(name), "%s." LIST, key);
	run_line(&t, line);
	ok(strstr(t.names, name) == NULL, "not asked: %s", key);
	is_str(t.hits, "", "a miss");
}

#define LINE(...) (const char *const[]){ __VA_ARGS__, NULL }
#define EMAILS(args) "header A eval:check_hashbl_emails('" LIST "', " args ")"
#define MATCHES(args) "body A eval:check_hashbl_bodyre('" LIST "', " args ")"
#define URIS(args) "header A eval:check_hashbl_uris('" LIST "', " args ")"
#define TAG(args) "header A eval:check_hashbl_tag('" LIST "', " args ")"
#define PARTS(args) "body A eval:check_hashbl_attachments('" LIST "', " \
	args ")"
#define BOB_SHA1 "1ab8fe3a612182fef68f553072492d7b6520d0fb"
#define BOB_MD5 "b36a410e60127d53192e196941d6da3f"
#define BOB_SHA256 "3ei3qaqnqhtplvwtkfkuy3nw2mqlcxeulut63e6r2lxlbyhggyxa"

static void
test_hashes(void)
{
	asks(LINE(EMAILS("''")), BOB_SHA1);
	asks(LINE(EMAILS("'md5'")), BOB_MD5);
	asks(LINE(EMAILS("'sha256'")), BOB_SHA256);
	asks(LINE(EMAILS("'sha1/case'")),
	    "bc0b9410c5978ea3af0a9083f75d075c14b79f0f");
	asks(LINE("header A eval:check_hashbl_emails('" LIST "')"), BOB_SHA1);
}

static void
test_emails(void)
{
	asks(LINE(EMAILS("'user', 'From:addr'")), "bob");
	asks(LINE(EMAILS("'host', 'ALLFROM'")), "sender.example.com");
	asks(LINE(EMAILS("'domain', 'From'")), "example.com");
	asks(LINE(EMAILS("'user', 'ALL'")), "bob");
	asks(LINE(EMAILS("'user/nodot/notag', 'body'")), "alice");
	asks(LINE(EMAILS("'host', 'body'"),
	    "hashbl_email_domain_alias main.org alias.com"), "main.org");
	asks(LINE(EMAILS("'user', 'body'")), "quoted");
	asks_not(LINE(EMAILS("'user/noquote', 'body'")), "quoted");
	asks(LINE(EMAILS("'user', 'body'")), "inside");
	asks_not(LINE(EMAILS("'user/nouri', 'body'")), "inside");
	asks_not(LINE(EMAILS("'host', 'body'")), "own.example.com");
	asks_not(LINE(EMAILS("'user', 'Reply-To'")), "postmaster");
	asks(LINE(EMAILS("'user', 'Reply-To'"),
	    "hashbl_email_welcomelist ^nobody@"), "postmaster");
	asks_not(LINE(EMAILS("'host', 'From'"),
	    "uridnsbl_skip_domain Example.com"), "sender.example.com");
	asks(LINE(EMAILS("'host', 'From'"), "uridnsbl_skip_domain example.com",
	    "clear_uridnsbl_skip_domain"), "sender.example.com");
	asks(LINE(EMAILS("'user', 'body'"),
	    "hashbl_email_regex in[a-z]+@y\\._TLDS_"), "inside");
	asks_not(LINE(EMAILS("'user', 'body'"),
	    "hashbl_email_regex in[a-z]+@y\\._TLDS_"), "quoted");
}

static void
test_acl(void)
{
	static const char acl[] = "hashbl_acl_some sender.example.com x.com";

	asks(LINE(EMAILS("'user', 'From', '', 'some'"), acl), "bob");
	asks_not(LINE(EMAILS("'user', 'body', '', 'some'"), acl), "inside");
	asks_not(LINE(EMAILS("'user', 'From', '', 'some'"), acl,
	    "hashbl_acl_some !sender.example.com"), "bob");
	asks(LINE(EMAILS("'user', 'From', '', 'all'")), "bob");
	/* An access list takes the place of the domains to skip. */
	asks(LINE(EMAILS("'user', 'From', '', 'all'"),
	    "uridnsbl_skip_domain example.com"), "bob");
}

static void
test_matches(void)
{
	asks(LINE(MATCHES("'sha1', '(1BitcoinAddress)'")),
	    "320b081f4071ffe833606885e540947aab18c6b9");
	asks(LINE(MATCHES("'raw', '(1bit[a-z]*)'")), "1bitcoinaddress");
	asks(LINE(MATCHES("'md5/num', '([\\d-]{4,})'")),
	    "827ccb0eea8a706c4c34a16891f84e7b");
	asks_not(LINE(MATCHES("'raw', '1bitcoin'")), "1bitcoin");
	asks_not(LINE(MATCHES("'raw', '()'")), "");
	asks_not(LINE(MATCHES("'raw', '(1Bitcoin\\w+)'"),
	    "hashbl_ignore 1BITCOINADDRESS"), "1bitcoinaddress");
	asks_not(LINE(MATCHES("'sha1', '(1Bitcoin\\w+)'"), "hashbl_ignore "
	    "320b081f4071ffe833606885e540947aab18c6b9"),
	    "320b081f4071ffe833606885e540947aab18c6b9");
}

static void
test_others(void)
{
	asks(LINE(URIS("'sha1'")),
	    "4f3dfdc6fefd5347d38965d13298c915f71fca66");
	asks(LINE(URIS("'sha1/case'")),
	    "118a0f378cb5e0eab1cba2c02b003f735d6400dd");
	asks_not(LINE(URIS("'sha1'"), "uridnsbl_skip_domain shop.com"),
	    "4f3dfdc6fefd5347d38965d13298c915f71fca66");
	asks(LINE(TAG("'raw', '_lastexternalhelo_'")), "helo.example.net");
	asks(LINE(TAG("'raw/trim', 'LASTEXTERNALHELO'")), "example.net");
	asks(LINE(TAG("'raw/ip/revip', 'LASTEXTERNALIP'")), "9.9.9.9");
	asks_not(LINE(TAG("'raw/ipv6', 'LASTEXTERNALIP'")), "9.9.9.9");
	asks_not(LINE(TAG("'raw/ip', 'LASTEXTERNALHELO'")), "helo");
	asks_not(LINE(TAG("'raw', 'NOTHING'")), "");
	asks(LINE(PARTS("'sha1'")), "dd062d5740c1ba3ef38fd9a88b66234f79957792");
	asks_not(LINE(PARTS("'md5'"), "hashbl_ignore A.BIN text/html"), "");
	asks_not(LINE(PARTS("'md5/minsize=10000'")), "");
	asks_not(LINE(PARTS("'md5/maxsize=10000'")), "");
	asks(LINE(PARTS("'sha1/maxsize=10000'"), "compat 0"),
	    "dd062d5740c1ba3ef38fd9a88b66234f79957792");
}

/* Two of many, and always the same two. */
static void
test_max(void)
{
	static const struct dns none[] = { { 0 } };
	struct list_test first = { .dns = none }, again = { .dns = none };

	run_line(&first, LINE(MATCHES("'raw/max=2', '(\\w{3,})'")));
	is_int(first.asked, 2, "max");
	is_str(first.names, "pay." LIST "/1 1bitcoinaddress." LIST "/1 ",
	    "in their order");
	run_line(&first, LINE(MATCHES("'raw/max=2/shuffle', '(\\w{3,})'")));
	run_line(&again, LINE(MATCHES("'raw/max=2/shuffle', '(\\w{3,})'")));
	is_int(first.asked, 2, "max, shuffled");
	is_str(again.names, first.names, "the same ones each time");
}

static void
test_subtest(void)
{
	static const struct dns listed[] = {
		{ "bob." LIST, STUB_A, CODE(4), NULL }, { 0 } };
	static const struct dns silent[] = {
		{ "bob." LIST, STUB_A, ~0u, NULL }, { 0 } };
	struct list_test t = { .dns = listed }, none = { .dns = silent };

	run_line(&t, LINE(EMAILS("'user', 'From', '\\.4$'")));
	is_str(t.hits, "A", "a regex on the answer");
	run_line(&t, LINE(EMAILS("'user', 'From', '\\.5$'")));
	is_str(t.hits, "", "another answer");
	run_line(&none, LINE(EMAILS("'user', 'From'")));
	is_str(none.hits, "?A", "an error is no answer");
}

static void
test_bad_lines(void)
{
	static const struct dns none[] = { { 0 } };
	static const char *const bad[] = {
		"header A eval:check_hashbl_emails()",
		MATCHES("'sha1'"), MATCHES("'sha1', '('"),
		MATCHES("'sha1', '(x)', '('"), URIS("'raw'"), PARTS("'raw'"),
		TAG("'sha1'"), EMAILS("'', '', '', 'nosuch'"),
		"full A eval:check_hashbl_bodyre('" LIST "', '', '(x)')",
	};
	struct list_test t = { .dns = none };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		run_line(&t, LINE(bad[i]));
		is_str(t.hits, "?A", bad[i]);
	}
	run_line(&t, LINE(EMAILS("'raw', 'From'"), "hashbl_acl_a-b x",
	    "hashbl_ignore", "hashbl_email_domain_alias x",
	    "hashbl_email_domain_alias a@b c"));
	is_str(t.hits, "", "an address is no host name: not asked raw");
}

int
main(void)
{
	test_hashes();
	test_emails();
	test_acl();
	test_matches();
	test_others();
	test_max();
	test_subtest();
	test_bad_lines();
	return tap_done();
}

/*
 * header - requests with modifiers, pseudo headers, MIME headers.
 */
#include "config.h"

#include "base/buf.h"
#include "base/limits.h"
#include "tests/tap/tap.h"
#include "view/view-priv.h"

static const char message[] =
    "Received: from a.example.net (a.example.net [192.0.2.1])\n"
    "\tby b.example.org (Postfix) with ESMTP id ABC123\n"
    "\tfor <u@example.org>; Mon, 1 Jan 2024 00:00:00 +0000\n"
    "X-Early: 1\n"
    "Received: from c.example.com (c.example.com [198.51.100.7])\n"
    "\tby a.example.net (Postfix) with ESMTP id DEF456;\n"
    "\tMon, 1 Jan 2024 00:00:00 +0000\n"
    "X-Spam-Status: No\n"
    "From: =?utf-8?q?J=C3=B6rg?= Doe <joe@Mail.Example.CO.UK>\n"
    "Subject: one\n"
    "subject: two\n"
    "To: a@example.org, \"B, C\" <b@example.org>\n"
    "Cc: c@example.org\n"
    "Message-ID: <1@x.example.com>\n"
    "Resent-Message-ID: <2@x.example.com>\n"
    "X-Folded: a\n\tb\n  c\n"
    "X-Empty:\n"
    "X-Quoted: 'A  B' <q@example.org>\n"
    "X-Ip: at 203.0.113.9. and [203.0.113.8] or x203.0.113.7\n"
    "\n"
    "body\n";

static struct arena *arena;
static struct view *view;

static struct view *
view_of(const char *raw)
{
	struct view_conf *conf = arena_alloc(arena, sizeof(*conf));

	conf->domains = view_domains_new(arena);
	return view_new(arena, mail_parse(arena, slice_cstr(raw)), conf);
}

/* The value of a request; "(none)" if undefined. */
static struct slice
get(struct view *v, const char *text)
{
	struct view_header_req req;
	struct slice value;
	struct err e;

	if (view_header_req_parse(arena, slice_cstr(text), &req, &e) != 0) {
		return slice_cstr("(bad)");
	}
	return view_header(v, &req, &value) ? value : slice_cstr("(none)");
}

static void
test_values(void)
{
	static const struct {
		const char *req, *want;
	} cases[] = {
		{ "Subject", "one\ntwo\n" },
		{ "SUBJECT", "one\ntwo\n" },
		{ "Subject:first", "one\n" },
		{ "Subject:last", "two\n" },
		{ "Subject:raw", " one\n two\n" },
		{ "X-Folded", "a b c\n" },
		{ "X-Folded:raw", " a\n\tb\n  c\n" },
		{ "X-Empty", "\n" },
		{ "X-None", "(none)" },
		{ "X-None:addr", "(none)" },
		{ "X-Spam-Status", "(none)" },
		{ "From", "J\xc3\xb6rg Doe <joe@Mail.Example.CO.UK>\n" },
		{ "From:addr", "joe@Mail.Example.CO.UK" },
		{ "From:name", "J\xc3\xb6rg Doe" },
		/* SpamAssassin keeps the blank before the bracket. */
		{ "From:name:raw", "=?utf-8?q?J=C3=B6rg?= Doe " },
		{ "From:raw:name", "=?utf-8?q?J=C3=B6rg?= Doe " },
		{ "From:addr:host", "Mail.Example.CO.UK" },
		{ "From:host", "Mail.Example.CO.UK" },
		{ "From:domain", "example.co.uk" },
		{ "To:addr", "a@example.org\nb@example.org" },
		{ "To:addr:last", "a@example.org\nb@example.org" },
		{ "To:name", "B, C" },
		{ "X-Quoted:name", "A B" },
		{ "ToCc:addr", "a@example.org\nb@example.org\nc@example.org" },
		{ "ToCc", "a@example.org, \"B, C\" <b@example.org>\n"
		    "c@example.org\n" },
		{ "MESSAGEID", "<2@x.example.com>\n<1@x.example.com>\n" },
		{ "messageid", "(none)" },
		{ "Message-Id:host", "x.example.com" },
		{ "X-Ip:ip", "203.0.113.8" },
		{ "X-Ip:revip", "8.113.0.203" },
		{ "Received:first:ip", "192.0.2.1" },
		{ "X-Early:host", "(none)" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_cstr(get(view, cases[i].req), cases[i].want,
		    cases[i].req);
	}
	is_cstr(get(view, "Subject"), "one\ntwo\n", "again, from the cache");
}

static void
test_all(void)
{
	struct slice all = get(view, "ALL"), raw = get(view, "ALL:raw");

	ok(slice_starts(all, SLICE("Received: from a.example.net (a.example."
	    "net [192.0.2.1]) by b.example.org")), "ALL is unfolded");
	ok(slice_find(all, SLICE("X-Folded: a b c\n"), 0) > 0,
	    "names and values");
	ok(slice_find(all, SLICE("X-Spam-"), 0) < 0, "without X-Spam (trap 9)");
	ok(slice_find(raw, SLICE("X-Spam-Status: No\n"), 0) > 0,
	    "ALL:raw has it");
	ok(slice_find(raw, SLICE("X-Folded: a\n\tb\n  c\n"), 0) > 0,
	    "and folds");
	is_cstr(get(view, "All"), "(none)", "ALL in capitals only");
}

/* Mail cut inside its header: raw fields end in a newline or are none. */
static void
test_all_cut(void)
{
	is_cstr(get(view_of("A: b\nSubject: cu"), "ALL:raw"), "A: b\n",
	    "a field without its newline is not in ALL:raw");
	is_cstr(get(view_of("A: b\nSubject: c\n u"), "ALL:raw"), "A: b\n",
	    "nor one whose fold has none");
	is_cstr(get(view_of("Subject: cu"), "ALL:raw"), "(none)",
	    "nor is anything else");
}

static void
test_ranges(void)
{
	struct slice external = get(view, "ALL-EXTERNAL");
	struct slice internal = get(view, "ALL-INTERNAL");

	ok(slice_starts(external, SLICE("Received: from a.example.net")),
	    "ALL-EXTERNAL starts at the first Received not ours");
	ok(slice_find(external, SLICE("Subject: one\n"), 0) > 0,
	    "and goes to the end");
	ok(slice_starts(internal, SLICE("Received: from a.example.net")) &&
	    slice_find(internal, SLICE("X-Early"), 0) < 0,
	    "ALL-INTERNAL ends with that Received");
	ok(slice_starts(get(view, "ALL-EXTERNAL:raw"),
	    SLICE("Received: from a.example.net (a.example.net [192.0.2.1])"
	    "\n\tby")), "raw lines keep their folds");
	ok(slice_find(get(view, "X-Spam-Relays-External"),
	    SLICE("ip=198.51.100.7"), 0) > 0, "relays");
	is_cstr(get(view, "X-Spam-Relays-Trusted"), "",
	    "no trusted relay is an empty value, not a missing one");
}

static bool
exists(const char *name)
{
	return !slice_eq(get(view, name), SLICE("(none)"));
}

static void
test_exists(void)
{
	ok(exists("subject"), "Subject exists");
	ok(exists("X-Empty"), "an empty one, too (trap 5)");
	ok(!exists("X-None"), "X-None does not");
	ok(!exists("X-Spam-Status"), "nor does X-Spam-Status");
	ok(exists("ALL"), "ALL exists");
	is_cstr(get(view, ""), "(bad)", "no name is no request");
}

static void
test_list(void)
{
	struct view_header_req req;
	const struct slice *v;
	size_t n;

	view_header_req_parse(arena, SLICE("Subject"), &req, NULL);
	v = view_header_values(view, &req, &n);
	if (is_int(n, 2, "two values")) {
		is_cstr(v[0], "one", "without its newline");
		is_cstr(v[1], "two", "in order");
	}
	view_header_req_parse(arena, SLICE("X-None"), &req, NULL);
	(void)view_header_values(view, &req, &n);
	is_int(n, 0, "none");
}

static void
test_bad_requests(void)
{
	static const char *const bad[] = {
		"", ":", ":addr", "From:", "From:foo", "From:ADDR",
		"From:addr:", "From::addr", " ",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct view_header_req req;
		struct err e = { 0 };

		ok(view_header_req_parse(arena, slice_cstr(bad[i]), &req,
		    &e) == -1 && e.code == ERR_CONFIG && e.text[0] != '\0',
		    "\"%s\" is refused", bad[i]);
	}
}

static void
test_mime(void)
{
	struct view *v = view_of("Subject: s\nX-Spam-X: 1\n"
	    "Content-Type: multipart/mixed; boundary=B\n\n--B\n"
	    "Content-Type: text/plain;\n\tname==?utf-8?q?=C3=A9?=\n"
	    "content-type: text/html\nX-Spam-Y: 2\n\nx\n--B--\n");
	struct mail *m = view_mail(v);
	struct mail_part *root = m->root, *part = m->parts.v[1];

	is_cstr(view_mime_header(v, root, SLICE("Content-Type"), false),
	    "multipart/mixed; boundary=B\n", "decoded");
	is_cstr(view_mime_header(v, root, SLICE("Content-Type"), true),
	    " multipart/mixed; boundary=B\n", "raw, of the message");
	is_cstr(view_mime_header(v, part, SLICE("Content-TYPE"), false),
	    "text/html\n", "the last of a name");
	is_cstr(view_mime_header(v, part, SLICE("Content-TYPE"), true),
	    "text/html\n", "raw, of a part");
	is_cstr(view_mime_header(v, part, SLICE("Content-Id"), false), "",
	    "a missing one is empty");
	is_cstr(view_mime_header(v, root, SLICE("X-Spam-X"), false), "",
	    "X-Spam- of the message is not there");
	is_cstr(view_mime_header(v, part, SLICE("X-Spam-Y"), false), "2\n",
	    "that of a part is");
	is_cstr(view_mime_header(v, part, SLICE("ALL"), false),
	    "Content-Type: text/plain; name=\xc3\xa9\n"
	    "content-type: text/html\nX-Spam-Y: 2\n", "ALL");
}

/* Everything at once may not take more than a message's worth of memory. */
static void
test_all_limit(void)
{
	struct slice all;
	struct buf b;

	buf_init(&b, arena);
	for (size_t i = 0; i < 400; i++) {
		buf_addf(&b, "X-A: =?utf-8?q?");
		for (size_t k = 0; k < 50; k++) {
			buf_adds(&b, "=80");
		}
		buf_addf(&b, "?=\n");
	}
	buf_adds(&b, "Subject: late\n\nx\n");
	all = get(view_of(buf_cstr(&b)), "ALL");
	ok(all.n <= LIMIT_HEADER_BYTES, "ALL is bounded (%zu)", all.n);
	ok(slice_starts(all, SLICE("X-A: ")), "and starts at the start");
}

int
main(void)
{
	arena = arena_new();
	view = view_of(message);
	test_values();
	test_all();
	test_all_cut();
	test_ranges();
	test_exists();
	test_list();
	test_bad_requests();
	test_mime();
	test_all_limit();
	arena_free(&arena);
	return tap_done();
}

/*
 * envelope_test - the envelope sender, the addresses a message claims, and
 * the tags made of them.
 */
#include "config.h"

#include "base/buf.h"
#include "view/view.h"

#include "tests/tap/tap.h"

#define RELAY(more) "Received: from h (r.example.com [192.0.2.1]) by mx " \
	"(8.9) with ESMTP id A" more "\n"

static const struct view_conf plain;

static struct view *
view_of(struct arena *a, const struct view_conf *c, const char *header)
{
	return view_new(a, mail_parse(a, slice_cstr(arena_printf(a,
	    "%s\nbody\n", header))), c);
}

static void
test_sender(void)
{
	static const struct {
		const char *name, *header, *want;	/* NULL: unknown */
	} cases[] = {
		{ "none", "To: x@y.com\n", NULL },
		{ "Return-Path", "Return-Path: <a@b.com>\n" RELAY(""),
		    "a@b.com" },
		{ "its first address", "Return-Path: a@b.com, c@d.com\n",
		    "a@b.com" },
		{ "below a Received", RELAY("") "Return-Path: <a@b.com>\n",
		    NULL },
		{ "above and below", "Return-Path: <a@b.com>\n" RELAY("")
		    "Return-Path: <c@d.com>\n", NULL },
		{ "an empty one", "Return-Path: <>\n" RELAY(""), NULL },
		{ "from the relay", "Return-Path: <a@b.com>\n"
		    RELAY(" (envelope-from <c@d.com>)"), "c@d.com" },
		{ "no address there", "Return-Path: <a@b.com>\n"
		    RELAY(" (envelope-from <root>)"), "a@b.com" },
		{ "X-Envelope-From first", "Return-Path: <a@b.com>\n"
		    "X-Envelope-From: <c@d.com>\n" RELAY(""), "c@d.com" },
		{ "X-Envelope-From below ends it", "Return-Path: <a@b.com>\n"
		    RELAY("") "X-Envelope-From: <c@d.com>\n", NULL },
		{ "Envelope-Sender below does not", "Return-Path: <a@b.com>\n"
		    RELAY("") "Envelope-Sender: <c@d.com>\n", "a@b.com" },
		{ "fetchmail's guess", "Return-Path: <a@b.com>\n"
		    "X-Sender: l@list.com\nReceived: from pop [10.0.0.1] (x) "
		    "by me with IMAP (fetchmail-5)\n", NULL },
		{ "X-Sender without fetchmail", "Return-Path: <a@b.com>\n"
		    "X-Sender: l@list.com\n", "a@b.com" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		struct view *v = view_of(a, &plain, cases[i].header);
		struct slice got;

		is_int(view_envelope_from(v, &got), cases[i].want != NULL,
		    cases[i].name);
		is_cstr(got, cases[i].want ? cases[i].want : "", "address");
		is_int(view_envelope_from(v, &got), cases[i].want != NULL,
		    "the same again");
		arena_free(&a);
	}
}

static void
test_sender_header(void)
{
	const struct view_conf conf = { .envelope_sender_header =
		SLICE("X-From-Line") };
	struct arena *a = arena_new();
	struct slice got;

	ok(view_envelope_from(view_of(a, &conf, "Return-Path: <a@b.com>\n"
	    RELAY("") "X-From-Line: <c@d.com>\n"), &got), "configured field");
	is_cstr(got, "c@d.com", "even below a Received");
	ok(!view_envelope_from(view_of(a, &conf, "Return-Path: <a@b.com>\n"),
	    &got), "nothing else is tried");
	arena_free(&a);
}

typedef const struct slice *all_fn(struct view *v, size_t *n_r);

static void
check_all(all_fn *all, const char *header, const char *want, const char *name)
{
	struct arena *a = arena_new();
	struct view *v = view_of(a, &plain, header);
	size_t n, again;
	const struct slice *addrs = all(v, &n);

	is_cstr(arena_join(a, addrs, n, SLICE(" ")), want, name);
	ok(all(v, &again) == addrs && again == n, "the same again");
	arena_free(&a);
}

static void
test_all_from(void)
{
	check_all(view_all_from, "To: x\n", "", "none");
	check_all(view_all_from, "From: A <a@b.com>\nFrom: c@d.com, e@f.com\n"
	    "Return-Path: <g@h.com>\nResent-Sender: a@b.com\n",
	    "a@b.com c@d.com e@f.com g@h.com", "each once");
	check_all(view_all_from, "From: a@b.com\nResent-From: c@d.com\n"
	    "Resent-From: e@f.com\n", "c@d.com", "Resent-From alone");
	check_all(view_all_from, "From: a@b..com\nX-Envelope-From: a@b.com\n",
	    "a@b.com", "dots squeezed");
}

static void
test_all_to(void)
{
	check_all(view_all_to, "From: x@y.com\n", "", "none");
	check_all(view_all_to, "Cc: c@d.com\nTo: A <a@b.com>, <c@d.com>\n"
	    "X-Rcpt-To: e@f.com\n", "a@b.com c@d.com e@f.com", "each once");
	check_all(view_all_to, "To: a@b.com\nResent-Cc: c@d.com\n",
	    "c@d.com", "resent");
	check_all(view_all_to, RELAY(" for <jo@x.example.com>; now")
	    RELAY(" for ann@y.example.com; now") RELAY(" for <bad@z>; now")
	    RELAY(" for <late@w.example.com>; now") "To: a@b.com\n",
	    "jo@x.example.com ann@y.example.com a@b.com",
	    "three Received lines");
	check_all(view_all_to, RELAY(" for you; x for <a@@b.com>; now"),
	    "a@@b.com", "the last at sign");
}

static void
check_tag(struct view *v, const char *name, const char *want)
{
	size_t n;
	const struct slice *values = view_tag(v, slice_cstr(name), &n);

	is_cstr(arena_join(view_arena(v), values, n, SLICE(" ")), want, name);
}

static void
test_tags(void)
{
	struct arena *a = arena_new();
	struct view *v = view_of(a, &plain, "Return-Path: <a@B\xc3\x9cro.com>\n"
	    "From: x@one.com, y@two.com, z@one.com\n"
	    "Received: from h0 (r0.example.com [10.0.0.1]) by m (8.9) id A\n"
	    RELAY("") RELAY(""));
	size_t n;

	check_tag(v, "SENDERDOMAIN", "xn--bro-hoa.com");
	check_tag(v, "AUTHORDOMAIN", "one.com two.com");
	check_tag(v, "authordomain", "one.com two.com");
	check_tag(v, "FIRSTTRUSTEDIP", "10.0.0.1");
	check_tag(v, "FIRSTTRUSTEDREVIP", "1.0.0.10");
	check_tag(v, "LASTEXTERNALIP", "192.0.2.1");
	check_tag(v, "LASTEXTERNALREVIP", "1.2.0.192");
	check_tag(v, "LASTEXTERNALRDNS", "r.example.com");
	check_tag(v, "LASTEXTERNALHELO", "h");
	is_slice(view_tag(v, SLICE("RELAYSTRUSTED"), &n)[0],
	    view_relays(v)->trusted, "relays");
	check_tag(v, "NONE", "");
	view_tag_add(v, SLICE("Mine"), SLICE("1"));
	view_tag_add(v, SLICE("MINE"), SLICE("2"));
	view_tag_add(v, SLICE("MINE"), SLICE(""));
	check_tag(v, "mine", "1 2");
	arena_free(&a);
}

static void
test_no_tags(void)
{
	struct arena *a = arena_new();
	struct view *v = view_of(a, &plain, "From: nobody\n");
	size_t n;

	view_tag(v, SLICE("AUTHORDOMAIN"), &n);
	is_int(n, 0, "no author");
	view_tag(v, SLICE("LASTEXTERNALIP"), &n);
	is_int(n, 0, "no relay");
	view_tag(v, SLICE("RELAYSEXTERNAL"), &n);
	is_int(n, 0, "an empty list is unset");
	arena_free(&a);
}

int
main(void)
{
	test_sender();
	test_sender_header();
	test_all_from();
	test_all_to();
	test_tags();
	test_no_tags();
	return tap_done();
}

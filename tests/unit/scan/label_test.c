/*
 * label_test - what a scan tells the keeper to learn from a message.
 *
 * A real scan over a stub of a list server: which records leave, with which
 * label, sender and votes; and who vouches for a domain.
 */
#include "config.h"

#include "tests/unit/scan/world.h"

static void
test_labels(void)
{
	struct world w;

	begin(&w, "");
	ok(!scan(&w, FRIEND, "friend.example", "", "hello"), "ham");
	is_int(w.n, 1, "one record");
	is_int(w.got[0].flags, MESSAGE_HAM, "labelled ham");
	is_int(w.got[0].family, 4, "the sender's address");
	ok(memcmp(w.got[0].ip + 12, "\30\0\0\1", 4) == 0, "24.0.0.1");
	is_str(w.got[0].host_org, "friend.example", "its name");
	is_int(w.got[0].n, 1, "the list has a vote");
	is_int(w.got[0].v[0].n, 0, "not listed");

	ok(scan(&w, FRIEND, "friend.example", "", "viagra"), "spam");
	is_int(w.got[0].flags, MESSAGE_SPAM, "labelled spam");

	ok(scan(&w, LISTED, "friend.example", "", "viagra"), "listed spam");
	is_int(w.got[0].flags, MESSAGE_SPAM, "spam without the list, too");
	is_int(w.got[0].v[0].n, 2, "its codes");
	is_int(w.got[0].v[0].code[0], inet_addr("127.0.0.2"), "one");
	is_int(w.got[0].v[0].code[1], inet_addr("127.0.0.4"), "and another");
	is_int(w.got[0].v[0].allow, 2, "the other speaks for the sender");

	ok(scan(&w, LISTED, "friend.example", "", "offer"),
	    "spam by the list and a meta on it");
	is_int(w.n, 1, "is told");
	is_int(w.got[0].flags, 0, "without a label: the list would prove "
	    "itself right");
	is_int(w.got[0].v[0].n, 2, "but a sender known to be good may prove "
	    "it wrong");

	ok(!scan(&w, LISTED, "friend.example", "", "hello"), "listed ham");
	is_int(w.got[0].flags, MESSAGE_HAM, "is ham");
	is_int(w.got[0].v[0].n, 2, "of which it is told that it is listed");
	end(&w);
}

static void
test_senders(void)
{
	struct world w;

	begin(&w, "");
	scan(&w, "x (unknown [24.0.0.1])", "friend.example", "", "hello");
	is_int(w.n, 1, "a host without a name");
	is_str(w.got[0].host_org, "", "has none");
	is_str(w.got[0].from_org, "", "and vouches for no domain");
	scan(&w, FRIEND, "lists.friend.example", "", "hello");
	is_str(w.got[0].from_org, "friend.example",
	    "a host vouches for its own domain");
	scan(&w, FRIEND, "other.example", "", "hello");
	is_str(w.got[0].from_org, "", "for no other");
	scan(&w, FRIEND, "other.example", "Authentication-Results: "
	    "mx.example.org 1; dkim=pass header.d=mail.other.example\n",
	    "hello");
	is_str(w.got[0].from_org, "other.example", "our server does");
	scan(&w, FRIEND, "forged.example", "", "hello");
	is_str(w.got[0].from_org, "", "what the sender wrote does not");
	scan(&w, "desk (desk [192.0.2.9])", "example.org", "", "hello");
	is_int(w.n, 0, "nor do our own hosts teach anything");
	end(&w);
}

static void
test_void_has_no_vote(void)
{
	struct world w;

	begin(&w, "");
	w.wild = true;
	ok(!scan(&w, LISTED, "friend.example", "", "hello"), "void");
	is_int(w.n, 1, "the sender is told");
	is_int(w.got[0].n, 0, "but the list has no vote");
	w.wild = false;
	w.silent = true;
	scan(&w, FRIEND, "friend.example", "", "hello");
	is_int(w.got[0].n, 0, "nor has one that did not answer");
	end(&w);
}

static void
test_code_weights(void)
{
	struct zone_entry e = { .name = "bl.example.org",
		.state = ZONE_TRUSTED, .controls = 1, .ask = 1,
		.pools = POOL_BENCH, .weight = 1, .timeout = 0.5f,
		.n_codes = 1, .other_codes = 1 };
	struct world w;

	begin(&w, "");
	ok(scan(&w, LISTED, "friend.example", "", "offer"), "4 + 3 + 2 - .1");
	e.code[0].code = inet_addr("127.0.0.2");
	e.code[0].weight = 0.25f;
	zone_table_publish(w.on.table, &e, 1);
	ok(!scan(&w, LISTED, "friend.example", "", "offer"),
	    "a code that is worth a quarter: 1 + .75 + 2 - .1");
	e.code[0].code = inet_addr("127.0.0.4");
	zone_table_publish(w.on.table, &e, 1);
	ok(scan(&w, LISTED, "friend.example", "", "offer"),
	    "another code of the same list is not touched");
	end(&w);
}

static void
test_authres(void)
{
	static const struct {
		const char *field;
		bool want;
	} cases[] = {
		{ "mx.example.org; dkim=pass header.d=a.example", true },
		{ "MX.Example.Org; DKIM=pass header.d=A.example", true },
		{ "mx.example.org 1; dkim=pass header.i=@mail.a.example",
		    true },
		{ "mx.example.org; dkim=pass (2048-bit key; secure) "
		    "header.d=a.example header.s=x", true },
		{ "mx.example.org;\n\tspf=pass\n\tsmtp.mailfrom=u@a.example",
		    true },
		{ "mx.example.org; spf=pass smtp.mailfrom=a.example", true },
		{ "mx.example.org; dmarc=pass (p=none) header.from=a.example",
		    true },
		{ "mx.example.org; spf=fail smtp.mailfrom=a.example; "
		    "dkim=pass header.d=a.example", true },
		{ "mx.example.org; dkim=pass header.d=\"a.example\"", true },
		{ "mx.example.org; dkim=fail header.d=a.example", false },
		{ "mx.example.org; dkim=pass header.d=b.example", false },
		{ "mx.example.org; dkim=pass header.d=xa.example", false },
		{ "mx.example.org; dkim=pass header.d=a.example.evil", false },
		{ "mx.example.org; spf=pass smtp.helo=a.example", false },
		{ "mx.example.org; iprev=pass policy.iprev=a.example", false },
		{ "mx.example.org; (dkim=pass header.d=a.example)", false },
		{ "mx.example.org; x=\"; dkim=pass header.d=a.example;\"",
		    false },
		{ "mx.example.org; dkim=none; header.d=a.example", false },
		{ "evil.example; dkim=pass header.d=a.example", false },
		{ "evil.example mx.example.org; dkim=pass header.d=a.example",
		    false },
		{ "mx.example.org", false }, { "", false }, { ";", false },
		{ "mx.example.org;", false }, { "((((", false },
		{ "mx.example.org; \\", false },
		{ "mx.example.org; dkim=pass header.d=", false },
	};
	struct arena *a = arena_new();
	const struct slice ids[] = { SLICE("mx.example.org") };
	struct authres_wish w = { .org = SLICE("a.example"), .ids = ids,
		.n_ids = 1, .domains = view_domains_new(a) };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ok(authres_vouches(a, slice_cstr(cases[i].field), &w) ==
		    cases[i].want, "%s: %s", cases[i].want ? "yes" : "no",
		    cases[i].field);
	w.n_ids = 0;
	ok(!authres_vouches(a, slice_cstr(cases[0].field), &w),
	    "nobody is believed unasked");
	arena_free(&a);
}

int
main(void)
{
	test_labels();
	test_senders();
	test_void_has_no_vote();
	test_code_weights();
	test_authres();
	return tap_done();
}

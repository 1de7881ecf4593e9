/*
 * tag_test - every tag of templates, how a tag is written, and that no value
 * of any tag makes a line of its own.
 */
#include "config.h"

#include "tests/unit/report/fixture.h"

static struct view *
simple(struct fixture *f)
{
	return fixture_view(f, SLICE(
	    "Return-Path: <env@sender.example>\n"
	    "Received: from h.example (r.example [192.0.2.7]) "
	    "by mx.example.org with ESMTP id q; "
	    "Mon, 1 Jan 2024 00:00:00 +0000\n"
	    "Subject: hi\nSubject: there\nFrom: A <a@author.example>\n\n"
	    "Some text,\nand more. ----------- Yes\n\n  Second\n"));
}

static struct slice
expand(struct fixture *f, struct view *v, const char *template)
{
	struct tag_context c = { f->a, &f->rc, &f->v, v, false };

	return tag_expand(&c, slice_cstr(template));
}

static const struct {
	const char *template, *text;
} plain[] = {
	/* how a tag is written */
	{ "_", "_" }, { "__", "__" }, { "_A", "_A" }, { "_SCORE", "_SCORE" },
	{ "_score_", "_score_" }, { "_NOSUCH_ _SCORE_", "_NOSUCH_ 6.0" },
	{ "_NO_SUCH_", "_NO_SUCH_" }, { "_A_SCORE_", "_A_SCORE_" },
	{ "__SCORE__", "_6.0_" }, { "_SCORE_SCORE_", "_SCORE_SCORE_" },
	{ "_SCORE_X", "6.0X" }, { "_SCORE_ SCORE_", "6.0 SCORE_" },
	{ "_SCORE_1", "6.01" }, { "_SCORE(_", "_SCORE(_" },
	{ "_SCORE()_", "6.0" }, { "_1SCORE_", "_1SCORE_" },
	{ "_YESNO(a)b,c)_", "a)b" }, { "_YESNO(a\nb)_", "_YESNO(a\nb)_" },
	{ "_SCORE__REQD_", "6.05.0" },
	/* the verdict */
	{ "_YESNO_ _YESNO()_ _YESNO(a)_ _YESNO(a,)_ _YESNO(,b)_ "
	    "_YESNO(a,b,c)_", "Yes Yes a a  a" },
	{ "_YESNOCAPS_ _YESNOCAPS(aa,b)_", "YES AA" },
	{ "_HITS_ _SCORE(0)_ _SCORE(00)_ [_SCORE( )_] _SCORE(x)_ _SCORE(0 )_",
	    "6.0 06.0 006.0 [ 6.0] 6.0 6.0" },
	{ "_REQD_", "5.0" },
	{ "_STARS_ _STARS(0)_ _STARS(+)_ _STARS(ab)_",
	    "****** ****** ++++++ abababababab" },
	{ "_TESTS_", "A_RULE,B_MULTI,B_MULTI,B_MULTI" },
	{ "_TESTS(0)_ _TESTS( )_", "A_RULE,B_MULTI,B_MULTI,B_MULTI "
	    "A_RULE B_MULTI B_MULTI B_MULTI" },
	{ "_TESTSSCORES(;)_", "A_RULE=4.5;B_MULTI=0.5;B_MULTI=0.5;"
	    "B_MULTI=0.5" },
	{ "_SUBTESTS_ _SUBTESTS(+)_", "__A,__A,__B __A+__A+__B" },
	{ "_SUBTESTSCOLLAPSED_ _SUBTESTSCOLLAPSED(+)_",
	    "__A(2),__B __A(2),__B" },
	{ "_AUTOLEARN_ _AUTOLEARNSCORE_", "no autolearn_force=no 6" },
	{ "_SUMMARY_", " 4.5 A_RULE                 First thing\n"
	    " 0.5 B_MULTI                BODY: [weight 0.50 of 3.00 points] "
	    "Counted thrice\n"
	    " 0.5 B_MULTI                BODY: [weight 0.50 of 3.00 points] "
	    "Counted thrice\n"
	    " 0.5 B_MULTI                BODY: [weight 0.50 of 3.00 points] "
	    "Counted thrice\n"
	    "\nLists that were not believed or not asked:\n"
	    "  RCVD_IN_X 0.00/2.50 (zone quarantined: wildcard)\n" },
	{ "_PREVIEW_", "Some text, and more. Yes Second " },
	{ "_SUBJPREFIX_", "[SUB] [B] " },
	{ "_ZONES_", "bl.example.org=quarantined (wildcard)" },
	/* program and host */
	{ "_VERSION_ _SUBVERSION_ _RULESVERSION_", "0.1.0 2026-11-21 17,4" },
	{ "_HOSTNAME_ _REMOTEHOSTNAME_ _REMOTEHOSTADDR_",
	    "mx.example.org localhost 127.0.0.1" },
	{ "_CONTACTADDRESS_", "the administrator of that system" },
	/* the message */
	{ "_HEADER(Subject)_|_HEADER(from:addr)_|_HEADER(Nope)_|_HEADER()_|"
	    "_HEADER(Subject:nope)_", "hi\nthere\n|a@author.example|||" },
	{ "_BAYES_ [_BAYESTC_] [_TOKENSUMMARY_] [_HAMMYTOKENS(2,short)_]",
	    "0.5 [] [] []" },
	{ "[_DCCB_] [_PYZOR_] [_RBL_] [_LANGUAGES_] [_ASN_] [_AWL_]",
	    "[] [] [] [] [] []" },
	{ "_RELAYCOUNTRY_ _TEXTCATRESULTS_", "_RELAYCOUNTRY_ "
	    "_TEXTCATRESULTS_" },
	{ "_AUTHORDOMAIN_ _SENDERDOMAIN_", "author.example sender.example" },
	{ "_LASTEXTERNALIP_ _LASTEXTERNALREVIP_ _LASTEXTERNALRDNS_ "
	    "_LASTEXTERNALHELO_ [_FIRSTTRUSTEDIP_] [_RELAYSTRUSTED_]",
	    "192.0.2.7 7.2.0.192 r.example h.example [] []" },
};

static void
test_plain(struct fixture *f)
{
	static unsigned sub_hits[] = { 2, 1 };
	static struct slice subs[] = { { "__A", 3 }, { "__B", 3 } };
	static struct rule sub;
	struct view *v = simple(f);

	sub.name = subs[1];
	sub.subjprefix = SLICE("[SUB]");
	f->rules[1].subjprefix = SLICE("[B]");
	f->rs.by_name = map_new(f->a, false);
	map_put(f->rs.by_name, sub.name, &sub);
	f->v.subrules = subs;
	f->v.subrule_hits = sub_hits;
	f->v.n_subrules = 2;
	f->rc.rules_version = SLICE("17,4");
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		is_cstr(expand(f, v, plain[i].template), plain[i].text,
		    plain[i].template);
	f->v.n_subrules = 0;
	f->v.subrule_hits = NULL;
	f->rules[1].subjprefix = (struct slice){ NULL, 0 };
}

static void
test_ham(struct fixture *f)
{
	struct view *v = simple(f);

	f->v.spam = false;
	f->v.score = -0.04;
	f->v.n_hits = 0;
	is_cstr(expand(f, v, "_YESNO_ _YESNO(a)_ _YESNO(a,b,c)_ _YESNOCAPS_ "
	    "[_YESNO(,)_]"), "No No b,c NO []", "of ham");
	is_cstr(expand(f, v, "_SCORE_ [_STARS_] _TESTS_ _TESTSSCORES_ "
	    "_SUBTESTS_"), "0.0 [] none none none", "nothing hit");
	f->v.score = 4.97;
	is_cstr(expand(f, v, "_SCORE_"), "4.9", "not rounded up to spam");
	f->v.score = 70000;
	is_int(expand(f, v, "_STARS_").n, 50, "at most 50 stars");
	f->v.score = 6;
	f->v.n_hits = 2;
	f->v.spam = true;
}

static void
test_date(struct fixture *f)
{
	struct slice d = expand(f, simple(f), "_DATE_");
	long long t;

	is_int(d.n, 31, "a date of RFC 5322");
	is_int(mail_date_parse(d, &t), 0, "that is one");
	ok(slice_starts(expand(f, simple(f), "_TIMING_"), SLICE("total 0 ms")),
	    "timing");
}

static void
test_metadata(struct fixture *f)
{
	struct view *v = simple(f);

	view_tag_add(v, SLICE("CAPTURED"), SLICE("one"));
	view_tag_add(v, SLICE("CAPTURED"), SLICE("two"));
	view_tag_add(v, SLICE("ASN"), SLICE("AS64500"));
	view_tag_add(v, SLICE("REMOTEHOSTADDR"), SLICE("192.0.2.9"));
	view_tag_add(v, SLICE("AUTOLEARN"), SLICE("ham"));
	is_cstr(expand(f, v, "_CAPTURED_ _ASN_ _REMOTEHOSTADDR_ _AUTOLEARN_"),
	    "one two AS64500 192.0.2.9 ham", "what plugins and rules set");
}

/* In reports the headers may be shown, in a header they may not. */
static void
test_added_header(struct fixture *f)
{
	struct view *v = simple(f);
	struct slice s = expand(f, v, "_ADDEDHEADERHAM_");

	ok(slice_starts(s, SLICE("X-Spam-Checker-Version: tare 0.1.0 on ")) &&
	    !has(s, "Flag"), "those of ham");
	ok(has(expand(f, v, "_ADDEDHEADER_"), "\nX-Spam-Flag: YES\n"),
	    "those of this message");
	fixture_set(f, "add_header", "all Self _ADDEDHEADER_");
	ok(has(report_headers(f->a, &f->rc, &f->v, v),
	    "\nX-Spam-Self: _ADDEDHEADER_\n"), "not in itself");
	fixture_set(f, "remove_header", "all Self");
}

/*
 * Whatever a value holds, an added header stays one field of printable ASCII,
 * a Subject one line, and a report has no controls.
 */
static const char hostile[] = "a\r\nX-Evil: 1\n\nX-Evil: 2\r\rX-Evil: 3\0"
    "X-Evil: 4\n\tX-Evil: 5\x7f\x1b[31m \xc2\x85X-Evil: 6 \n";

static bool
one_field(struct slice text, struct slice name)
{
	struct slice line;
	bool first = true;

	while (slice_line(&text, &line)) {
		bool good = slice_ends(line, SLICE("\n"));

		good = good && (first ? slice_starts(line, name) :
		    line.p[0] == '\t' && slice_trim(line).n > 0);
		for (size_t i = 0; i + 1 < line.n; i++)
			good = good && (line.p[i] == '\t' ||
			    (line.p[i] >= 0x20 && line.p[i] < 0x7f));
		if (!good)
			return false;
		first = false;
	}
	return !first;
}

static bool
no_controls(struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static void
check_hostile(struct fixture *f, struct view *v, const char *name,
    const char *folding)
{
	struct tag_context c = { f->a, &f->rc, &f->v, v, false };
	struct slice h, out;
	ptrdiff_t at, end;

	fixture_set(f, "fold_headers", folding);
	fixture_set(f, "add_header", arena_printf(f->a,
	    "all Hostile x _%s_ y _%s(9)_", name, name));
	h = report_headers(f->a, &f->rc, &f->v, v);
	at = slice_find(h, SLICE("X-Spam-Hostile: "), 0);
	end = slice_find(h, SLICE("\nX-Tare-Zones:"), 0);
	h = slice_sub(h, (size_t)at, (size_t)end + 1);
	if (!ok(at >= 0 && one_field(h, SLICE("X-Spam-Hostile: ")),
	    "a header with _%s_, folding %s", name, folding))
		tap_show("got", h.p, h.n);
	fixture_set(f, "rewrite_header", arena_printf(f->a, "subject _%s_",
	    name));
	fixture_set(f, "rewrite_header", arena_printf(f->a, "to _%s_", name));
	out = fixture_rewrite(f, SLICE("To: a@b.example\nSubject: s\n\nx\n"));
	fixture_set(f, "rewrite_header", "subject");
	fixture_set(f, "rewrite_header", "to");
	fixture_set(f, "report", arena_printf(f->a, "_%s_", name));
	out = report_text(f->a, &f->rc, &f->v, v);
	ok(no_controls(out) && no_controls(report_unsafe_text(&c)),
	    "a report with it");
	fixture_set(f, "clear_report_template", "");
}

static void
test_hostile(struct fixture *f)
{
	static const char *const set_by_others[] = { "CAPTURED", "RBL", "ASN",
		"REMOTEHOSTNAME", "REMOTEHOSTADDR", "AUTOLEARN", "BAYES",
		"LANGUAGES", "HAMMYTOKENS", "PYZOR", "RELAYSUNTRUSTED" };
	static const char *const others[] = { "SUMMARY", "REPORT", "PREVIEW",
		"TESTS", "HOSTNAME", "VERSION", "RULESVERSION",
		"CONTACTADDRESS", "SUBJPREFIX", "HEADER(Subject)",
		"HEADER(From:name)", "HEADER(ALL)", "HEADER(ALL:raw)",
		"SENDERDOMAIN", "AUTHORDOMAIN", "ZONES", "ADDEDHEADER" };
	/* the hit of the fixture keeps it after this function */
	static struct slice evil = { hostile, sizeof(hostile) - 1 };
	struct view *v = fixture_view(f, SLICE("Subject: =?utf-8?q?x=0D=0A"
	    "X-Evil:_1=00=0A?=\r y\nSubject: \0\x1bz\n"
	    "From: =?utf-8?b?Zg0KWC1FdmlsOiAxDQo=?= <a@b.example>\n"
	    "Return-Path: <x@y.\rexample>\n\nbody\r\r\x1b[1m\0 text\x7f\n"));

	f->hits[0].notes = &evil;
	f->hits[0].n_notes = 1;
	f->rules[0].describe = f->rules[0].subjprefix = evil;
	f->rc.hostname = f->rc.version = f->rc.rules_version = evil;
	for (size_t i = 0; i < sizeof(set_by_others) / sizeof(char *); i++) {
		view_tag_add(v, slice_cstr(set_by_others[i]), evil);
		check_hostile(f, v, set_by_others[i], "1");
		check_hostile(f, v, set_by_others[i], "0");
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(char *); i++) {
		check_hostile(f, v, others[i], "1");
		check_hostile(f, v, others[i], "0");
	}
	fixture_set(f, "fold_headers", "1");
}

/* The same values in rewritten fields and in the message around. */
static void
test_hostile_fields(struct fixture *f)
{
	struct slice raw = SLICE("From: a@b.example\nSubject: x\r\rX-Evil: 1"
	    "\0\n\rX-Evil: 2\n\n"), out, line, rest;
	bool good = true;

	fixture_set(f, "rewrite_header", "subject _SUBJPREFIX_ _VERSION_");
	fixture_set(f, "rewrite_header", "from _VERSION_");
	fixture_set(f, "report_safe", "0");
	out = fixture_rewrite(f, raw);
	is_slice(report_undo(f->a, out), raw, "undo");
	for (rest = out; slice_line(&rest, &line);)
		good = good && !slice_starts(line, SLICE("X-Evil"));
	ok(good, "no line of its own, in place");
	fixture_set(f, "report_safe", "1");
	out = fixture_rewrite(f, raw);
	is_slice(report_undo(f->a, out), raw, "undo");
	rest = slice_sub(out, 0, (size_t)slice_find(out, SLICE("\n\n"), 0));
	ok(no_controls(rest), "no control in a new header");
	for (good = true; slice_line(&rest, &line);)
		good = good && !slice_starts(line, SLICE("X-Evil"));
	ok(good, "no line of its own around the message");
}

int
main(void)
{
	struct fixture f;

	fixture_init(&f);
	test_plain(&f);
	test_ham(&f);
	test_date(&f);
	test_metadata(&f);
	test_added_header(&f);
	test_hostile(&f);
	test_hostile_fields(&f);
	arena_free(&f.a);
	return tap_done();
}

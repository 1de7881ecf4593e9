/*
 * report_test - verdicts as one line, JSON, report text and X-Spam- headers.
 */
#include "config.h"

#include "tests/unit/report/fixture.h"

static struct view *
simple(struct fixture *f)
{
	return fixture_view(f, SLICE("Subject: hi\nFrom: a@example.org\n\n"
	    "Some text\n"));
}

static void
test_lines(struct fixture *f)
{
	struct buf b;

	is_cstr(report_tests(f->a, &f->v), "A_RULE,B_MULTI,B_MULTI,B_MULTI",
	    "a multiple rule stands once per hit");
	buf_init(&b, f->a);
	report_line(&b, &f->v, SLICE("x\n.eml"));
	is_cstr(buf_slice(&b), "x .eml: Y 6.0/5.0 "
	    "tests=A_RULE,B_MULTI,B_MULTI,B_MULTI void=RCVD_IN_X 0.00/2.50 "
	    "(zone quarantined: wildcard) defects=nul", "one line");
	buf_clear(&b);
	report_json(&b, &f->v, SLICE("a\"b"));
	ok(slice_starts(buf_slice(&b), SLICE("{\"file\":\"a\\\"b\","
	    "\"spam\":true,\"score\":6,\"required\":5,\"hits\":[{\"rule\":"
	    "\"A_RULE\",\"score\":4.5,\"weight\":1,\"count\":1},")),
	    "JSON begins as documented");
	ok(has(buf_slice(&b), "\"zones\":[{\"zone\":"
	    "\"bl.example.org\",\"state\":\"quarantined\",\"reason\":"
	    "\"wildcard\",\"weight\":0,\"answer\":"), "and names the zone");
	ok(!has(buf_slice(&b), "\"answers\":"), "with one answer");
	f->zones[0].n_answers = 2;
	buf_clear(&b);
	report_json(&b, &f->v, SLICE("a"));
	ok(has(buf_slice(&b),
	    ",\"answer\":\"4.3.2.1.bl.example.org -> 127.0.0.2\","
	    "\"answers\":[\"4.3.2.1.bl.example.org -> 127.0.0.2\","
	    "\"4.3.2.2.bl.example.org -> 127.0.0.2\"]}"), "or all of them");
	f->zones[0].n_answers = 1;
}

static void
test_text(struct fixture *f)
{
	struct slice t = report_text(f->a, &f->rc, &f->v, simple(f));

	ok(has(t, "\n 4.5 A_RULE                 First thing\n"),
	    "the table of rules");
	ok(has(t, "RCVD_IN_X 0.00/2.50 (zone quarantined: wildcard)"),
	    "what was not believed");
	ok(has(t, "BODY: [weight 0.50 of 3.00 points]"),
	    "a reduced weight is said");
	ok(slice_ends(t, SLICE("wildcard)\n\n")), "one blank line at the end");
	fixture_set(f, "report", "score _SCORE_ of _REQD_ on _HOSTNAME_");
	fixture_set(f, "report", "\"  a  \"");
	is_cstr(report_text(f->a, &f->rc, &f->v, simple(f)),
	    "score 6.0 of 5.0 on mx.example.org\n  a  \n\n",
	    "a site's template");
	fixture_set(f, "clear_report_template", "");
}

/* Notes below a row: pieces of 30 to 48 bytes, as SpamAssassin cuts them. */
static void
test_notes(struct fixture *f)
{
	static const struct slice notes[] = {
		{ "192.0.2.1 listed in bl.example.org", 34 },
		{ "a text that is as long as it takes to be cut into pieces",
		    56 },
		{ "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n:",
		    55 },
	};
	static const char in_body[] =
	    " 4.5 A_RULE                 RBL: First thing\n"
	    "                            [192.0.2.1 listed in "
	    "bl.example.org]\n"
	    "                            [a text that is as long as it takes "
	    "to be cut]\n"
	    "                            [into pieces]\n"
	    "                     [xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxx :]\n";
	struct slice t;

	f->hits[0].area = "RBL: ";
	f->hits[0].notes = notes;
	f->hits[0].n_notes = 3;
	fixture_set(f, "report", "_SUMMARY_");
	t = report_text(f->a, &f->rc, &f->v, simple(f));
	is_cstr(slice_sub(t, 0, strlen(in_body)), in_body, "in the body");
	fixture_set(f, "clear_report_template", "");
	fixture_set(f, "add_header", "all Rep _REPORT_");
	t = report_headers(f->a, &f->rc, &f->v, simple(f));
	ok(has(t, "\nX-Spam-Rep: \n"
	    "\t*  4.5 A_RULE RBL: First thing\n"
	    "\t*      [192.0.2.1 listed in bl.example.org]\n"
	    "\t[a text that is as long as it takes to be cut]\n"
	    "\t[into pieces]\n"), "in the header");
	f->rules[0].tflags = TF_NOLOG;
	t = report_headers(f->a, &f->rc, &f->v, simple(f));
	ok(has(t, "\t*      [*REDACTED*]\n\t*  0.5 B_MULTI"),
	    "nolog hides them");
	f->rules[0].tflags = 0;
	f->hits[0].area = NULL;
	f->hits[0].n_notes = 0;
	f->hits[0].zone = 0;
	t = report_headers(f->a, &f->rc, &f->v, simple(f));
	ok(has(t, "\n\t*      [4.3.2.1.bl.example.org -> 127.0.0.2]\n"),
	    "a list's answer");
	f->hits[0].zone = -1;
	fixture_set(f, "remove_header", "all Rep");
}

static void
test_headers(struct fixture *f)
{
	struct slice h = report_headers(f->a, &f->rc, &f->v, simple(f));
	struct slice rest = h, line;
	bool good = true;

	ok(slice_starts(h, SLICE("X-Spam-Checker-Version: tare 0.1.0 on "
	    "mx.example.org\nX-Spam-Flag: YES\n")), "checker first, then "
	    "the flag");
	ok(has(h, "\nX-Spam-Level: ******\n"), "stars");
	ok(has(h, "\nX-Spam-Status: Yes, score=6.0 required=5.0 "
	    "tests=A_RULE,B_MULTI,"), "status");
	ok(has(h, "\nX-Tare-Zones: bl.example.org=quarantined (wildcard)\n"),
	    "distrusted zones");
	while (slice_line(&rest, &line))
		good = good && line.n <= 80;
	ok(good, "no line is longer than 79");
	h = report_headers(f->a, &f->rc, &f->v, fixture_view(f,
	    SLICE("Subject: a\r\n\r\nb\r\n")));
	rest = h;
	while (slice_line(&rest, &line))
		good = good && slice_ends(line, SLICE("\r\n"));
	ok(good, "CRLF mail gets CRLF lines");
	fixture_set(f, "report_safe", "0");
	h = report_headers(f->a, &f->rc, &f->v, simple(f));
	ok(has(h, "\nX-Spam-Report: \n\t*  4.5 A_RULE First thing\n"
	    "\t*  0.5 B_MULTI BODY: [weight 0.50 of 3.00 points] Counted "
	    "thrice\n"), "report_safe 0 adds the report");
	ok(has(h, "\n\t* void RCVD_IN_X 0.00/2.50"), "with what was void");
	f->v.spam = false;
	h = report_headers(f->a, &f->rc, &f->v, simple(f));
	ok(!has(h, "X-Spam-Report") && !has(h, "X-Spam-Flag"), "not of ham");
	f->v.spam = true;
	fixture_set(f, "remove_header", "spam Report");
	h = report_headers(f->a, &f->rc, &f->v, simple(f));
	ok(!has(h, "X-Spam-Report"), "and can be removed");
	fixture_set(f, "report_safe", "1");
}

/* X-Tare-Zones is there when a zone that was asked is not trusted. */
static void
test_zones_header(struct fixture *f)
{
	static const struct {
		enum zone_state state;
		enum zone_reason reason;
		bool used;
		const char *shown;	/* NULL: no header */
	} cases[] = {
		{ ZONE_TRUSTED, REASON_NONE, true, NULL },
		{ ZONE_LEARNING, REASON_NONE, true, NULL },
		{ ZONE_QUARANTINED, REASON_BOGUS, false, NULL },
		{ ZONE_QUARANTINED, REASON_BOGUS, true,
		    "quarantined (bogus)" },
		{ ZONE_TRUSTED, REASON_RESOLVER, true,
		    "trusted (resolver)" },
		{ ZONE_PINNED_ON, REASON_OPERATOR, true,
		    "pinned-on (operator)" },
		{ ZONE_PROBATION, REASON_NONE, true, "probation" },
		{ ZONE_DOWN, REASON_TIMEOUT, true, "down (timeout)" },
	};
	struct verdict_zone kept = f->zones[0];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct slice h, want;

		f->zones[0].state = cases[i].state;
		f->zones[0].reason = cases[i].reason;
		f->zones[0].used = cases[i].used;
		h = report_headers(f->a, &f->rc, &f->v, simple(f));
		if (cases[i].shown == NULL) {
			is_int(slice_find_nocase(h, SLICE("X-Tare"), 0), -1,
			    "no header");
			continue;
		}
		want = slice_cstr(arena_printf(f->a,
		    "\nX-Tare-Zones: bl.example.org=%s\n", cases[i].shown));
		ok(slice_find(h, want, 0) > 0, "%s", cases[i].shown);
	}
	f->zones[0] = kept;
}

/* Values that a template or message gives, and the whole field they make. */
static void
test_values(struct fixture *f)
{
	static const struct {
		const char *name, *template;
		const char *field;
	} t[] = {
		{ "an empty value", "all V _HEADER(None)_", "X-Spam-V: \n" },
		{ "line ends and TABs", "all V a\\n  b\\tc\\\\d\\qe\\",
		    "X-Spam-V: a\n\tb\tc\\de\\\n" },
		{ "blank lines", "all V a\\n \\n\\n b\\n\\n",
		    "X-Spam-V: a\n\tb\n" },
		{ "a blank line at the end", "all V a\\n \\n ",
		    "X-Spam-V: a\n" },
		{ "quotes keep blanks", "all V \"  a  \"",
		    "X-Spam-V:   a  \n" },
		{ "a long word", "all V aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b,c",
		    "X-Spam-V: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
		    "\tb,c\n" },
		{ "few letters that are not ASCII", "all V a h\303\251 b",
		    "X-Spam-V: a =?UTF-8?B?aMOp?= b\n" },
		{ "one in a long word", "all V abcdefghijklmnop\303\251 b",
		    "X-Spam-V: =?UTF-8?Q?abcdefghijklmnop=C3=A9?= b\n" },
		{ "many", "all V \303\251\303\251 x \303\251\303\251",
		    "X-Spam-V: =?UTF-8?B?w6nDqSB4IMOpw6k=?=\n" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct slice h;
		ptrdiff_t at;

		fixture_set(f, "add_header", t[i].template);
		h = report_headers(f->a, &f->rc, &f->v, simple(f));
		at = slice_find(h, SLICE("X-Spam-V:"), 0);
		h = slice_sub(h, (size_t)at, h.n);
		at = slice_find(h, SLICE("X-Tare-Zones:"), 0);
		is_cstr(slice_sub(h, 0, (size_t)at), t[i].field, t[i].name);
	}
	fixture_set(f, "fold_headers", "0");
	fixture_set(f, "add_header", "all V a\\nb   c");
	ok(has(report_headers(f->a, &f->rc, &f->v, simple(f)),
	    "\nX-Spam-V: a b   c\n"), "without folding all is one line");
	fixture_set(f, "fold_headers", "1");
	fixture_set(f, "remove_header", "all V");
}

int
main(void)
{
	struct fixture f;

	fixture_init(&f);
	test_lines(&f);
	test_text(&f);
	test_notes(&f);
	test_headers(&f);
	test_zones_header(&f);
	test_values(&f);
	arena_free(&f.a);
	return tap_done();
}

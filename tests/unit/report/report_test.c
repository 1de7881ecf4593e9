/*
 * report_test - verdicts as text, headers, JSON and rewritten mail; and that
 * undo gives the original bytes back.
 */
#include "config.h"

#include <string.h>

#include "report/report-priv.h"
#include "tests/tap/tap.h"

struct fixture {
	struct arena *a;
	struct conf *conf;
	struct ruleset rs;
	struct report_conf rc;
	struct view_conf vc;
	struct ip_set none;
	struct rule rules[3];
	struct verdict_hit hits[3], voided[1];
	struct verdict_zone zones[1];
	struct verdict v;
};

static void
setup(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->a = arena_new();
	f->conf = conf_new(f->a);
	f->rc = (struct report_conf){ f->conf, SLICE("mx.example.org"),
		SLICE("0.1.0"), &f->rs };
	f->vc = (struct view_conf){ .trusted = &f->none, .internal = &f->none,
		.msa = &f->none, .domains = view_domains_new(f->a) };
	f->rules[0].name = SLICE("A_RULE");
	f->rules[0].describe = SLICE("First thing");
	f->rules[1].name = SLICE("B_MULTI");
	f->rules[1].describe = SLICE("Counted thrice");
	f->rules[2].name = SLICE("RCVD_IN_X");
	f->hits[0] = (struct verdict_hit){ &f->rules[0], 4.5, 4.5, 1, 1, -1,
		NULL };
	f->hits[1] = (struct verdict_hit){ &f->rules[1], 3, 1.5, 0.5, 3, -1,
		NULL };
	f->voided[0] = (struct verdict_hit){ &f->rules[2], 2.5, 0, 0, 1, 0,
		"zone quarantined: wildcard" };
	f->zones[0] = (struct verdict_zone){ SLICE("bl.example.org"),
		ZONE_QUARANTINED, REASON_WILDCARD, 0, 0, true,
		SLICE("4.3.2.1.bl.example.org -> 127.0.0.2") };
	f->v = (struct verdict){ .spam = true, .score = 6, .required = 5,
		.hits = f->hits, .n_hits = 2, .voided = f->voided,
		.n_voided = 1, .zones = f->zones, .n_zones = 1,
		.defects = DEFECT_NUL };
}

static void
set(struct fixture *f, const char *name, const char *value)
{
	struct origin o = { "test", 1, 1 };
	struct err e = { 0 };

	if (conf_set(f->conf, slice_cstr(name), slice_cstr(value), &o,
	    &e) != 0)
		ok(false, "setting %s %s: %s", name, value, e.text);
}

static struct view *
view_of(struct fixture *f, struct slice raw)
{
	return view_new(f->a, mail_parse(f->a, raw), &f->vc);
}

static struct view *
simple(struct fixture *f)
{
	return view_of(f, SLICE("Subject: hi\nFrom: a@example.org\n\n"
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
	ok(slice_find(buf_slice(&b), SLICE("\"zones\":[{\"zone\":"
	    "\"bl.example.org\",\"state\":\"quarantined\",\"reason\":"
	    "\"wildcard\",\"weight\":0,\"answer\":"), 0) > 0,
	    "and names the zone");
}

static void
test_text(struct fixture *f)
{
	struct slice t = report_text(f->a, &f->rc, &f->v, simple(f));

	ok(slice_find(t, SLICE(" 4.5 A_RULE                 First thing\n"),
	    0) > 0, "the table of rules");
	ok(slice_find(t, SLICE("RCVD_IN_X 0.00/2.50 (zone quarantined: "
	    "wildcard)"), 0) > 0, "what was not believed");
	ok(slice_find(t, SLICE("[weight 0.50 of 3.00 points]"), 0) > 0,
	    "a reduced weight is said");
	set(f, "report", "score _SCORE_ of _REQD_ on _HOSTNAME_ _NOSUCH_");
	t = report_text(f->a, &f->rc, &f->v, simple(f));
	is_cstr(slice_trim(t), "score 6.0 of 5.0 on mx.example.org _NOSUCH_",
	    "a site's template");
	set(f, "clear_report_template", "");
}

static void
test_headers(struct fixture *f)
{
	struct slice h = report_headers(f->a, &f->rc, &f->v, simple(f));
	struct slice rest = h, line;
	bool short_lines = true;

	ok(slice_starts(h, SLICE("X-Spam-Checker-Version: tare 0.1.0 on "
	    "mx.example.org\nX-Spam-Flag: YES\n")), "checker first, then "
	    "the flag");
	ok(slice_find(h, SLICE("\nX-Spam-Level: ******\n"), 0) > 0, "stars");
	ok(slice_find(h, SLICE("\nX-Spam-Status: Yes, score=6.0 required=5.0 "
	    "tests=A_RULE,B_MULTI,"), 0) > 0, "status");
	ok(slice_find(h, SLICE("\nX-Tare-Zones: bl.example.org=quarantined "
	    "(wildcard)\n"), 0) > 0, "distrusted zones");
	while (slice_line(&rest, &line))
		short_lines = short_lines && line.n <= 80;
	ok(short_lines, "no line is longer than 79");
	h = report_headers(f->a, &f->rc, &f->v, view_of(f,
	    SLICE("Subject: a\r\n\r\nb\r\n")));
	rest = h;
	short_lines = true;
	while (slice_line(&rest, &line))
		short_lines = short_lines && slice_ends(line, SLICE("\r\n"));
	ok(short_lines, "CRLF mail gets CRLF lines");
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

/* Nothing a sender writes may become a header line of ours. */
static void
test_injection(struct fixture *f)
{
	struct view *v = view_of(f, SLICE("Subject: =?utf-8?q?x=0D=0AX-Evil:_1"
	    "=00?=\n\nbody\n"));
	struct slice h;

	set(f, "add_header", "all Subj _HEADER(Subject)_");
	h = report_headers(f->a, &f->rc, &f->v, v);
	ok(slice_find(h, SLICE("\nX-Spam-Subj: x X-Evil: 1\n"), 0) > 0,
	    "an encoded CR LF stays inside its line");
	is_int(slice_find(h, SLICE("\nX-Evil"), 0), -1, "no line of its own");
	set(f, "remove_header", "all Subj");
}

static const char *const originals[] = {
	"Subject: hi\nFrom: a@example.org\n\nSome text\n",
	"Subject: hi\nFrom: a@example.org\n\nno final newline",
	"Subject: hi\r\nFrom: a@example.org\r\n\r\nSome\r\ntext\r\n",
	"Subject: hi\r\n\r\nmixed\nline ends\r\n",
	("From x Mon Jan  1 00:00:00 2001\nReturn-Path: <a@b>\n"
	    "X-Other: 1\n folded\nSubject: re\n\nbody\n\n\n"),
	"\nno header at all\n",
	"Subject: only a header\n",
	"From: no subject <a@b.example>\n\nbody\n",
	"Subject: lone\rcr\n\na\rb\n",
	"Subject: a header that ends in mid-line",
};

static void
check_round_trip(struct fixture *f, struct slice raw, int safe, size_t i)
{
	struct slice out, back;

	out = report_rewrite(f->a, &f->rc, &f->v, view_of(f, raw));
	back = report_undo(f->a, out);
	if (!tap_check(slice_eq(back, raw), __FILE__, __LINE__,
	    "report_safe %d undoes original %zu", safe, i)) {
		tap_show("out ", out.p, out.n);
		tap_show("back", back.p, back.n);
	}
}

static void
test_round_trip(struct fixture *f)
{
	size_t n = sizeof(originals) / sizeof(*originals);

	for (int safe = 0; safe < 3; safe++) {
		set(f, "report_safe", safe == 0 ? "0" : safe == 1 ? "1" : "2");
		for (size_t i = 0; i < n; i++)
			check_round_trip(f, slice_cstr(originals[i]), safe,
			    i);
		check_round_trip(f, slice_make("Subject: x\n\na\0b\n\0", 17),
		    safe, 99);
	}
	set(f, "report_safe", "0");
	f->v.spam = false;
	for (size_t i = 0; i < n; i++)
		check_round_trip(f, slice_cstr(originals[i]), -1, i);
	f->v.spam = true;
}

static void
test_subject(struct fixture *f)
{
	struct slice raw = SLICE("Subject: buy\nFrom: a@b.example\n\nx\n");
	struct slice out;

	set(f, "report_safe", "0");
	set(f, "rewrite_header", "subject [SPAM _SCORE_]");
	out = report_rewrite(f->a, &f->rc, &f->v, view_of(f, raw));
	ok(slice_find(out, SLICE("\nSubject: [SPAM 6.0] buy\n"), 0) > 0,
	    "the subject is tagged");
	ok(slice_find(out, SLICE("\nX-Spam-Prev-Subject: buy\n"), 0) > 0,
	    "and the old one kept");
	is_slice(report_undo(f->a, out), raw, "undo puts it back");
	f->v.spam = false;
	out = report_rewrite(f->a, &f->rc, &f->v, view_of(f, raw));
	ok(slice_find(out, SLICE("\nSubject: buy\n"), 0) > 0,
	    "ham keeps its subject");
	f->v.spam = true;
}

static void
test_old_marks(struct fixture *f)
{
	struct slice out;

	set(f, "report_safe", "0");
	out = report_rewrite(f->a, &f->rc, &f->v, view_of(f,
	    SLICE("X-Spam-Status: No, forged\n\tfold\nX-Spammy: stays\n"
	    "X-Spam-Prev-Subject: stays\nSubject: x\n\nbody\n")));

	is_int(slice_find(out, SLICE("forged"), 0), -1, "a sender's verdict "
	    "goes, with its folds");
	is_int(slice_find(out, SLICE("\tfold\n"), 0), -1, "all of it");
	ok(slice_find(out, SLICE("\nX-Spammy: stays\n"), 0) > 0 &&
	    slice_find(out, SLICE("\nX-Spam-Prev-Subject: stays\n"), 0) > 0,
	    "what is not ours stays");
}

int
main(void)
{
	struct fixture f;

	setup(&f);
	test_lines(&f);
	test_text(&f);
	test_headers(&f);
	test_zones_header(&f);
	test_injection(&f);
	test_old_marks(&f);
	test_round_trip(&f);
	test_subject(&f);
	arena_free(&f.a);
	return tap_done();
}

/*
 * shortcircuit_test - scans that a rule ends, through the whole engine with a
 * DNS of its own.
 *
 * What SpamAssassin says of the same rules is in tests/parity/shortcircuit.t;
 * here are the lines, what is saved, and lists.
 */
#include "config.h"

#include "plugins/eval_test.h"
#include "plugins/list_test.h"

#define LOAD "loadplugin Mail::SpamAssassin::Plugin::Shortcircuit"
#define LATE "header LATE Subject =~ /./"
#define LISTED "header RBL eval:check_rbl('x', 'bl.example.org')",	\
	"tflags RBL net"

static const char mail[] =
	"Received: from out.example.com (out.example.com [9.9.9.9])"
	    " by mx.example.org (Postfix) with ESMTP id 1\r\n"
	"From: Bob <bob@example.com>\r\nSubject: hello\r\n\r\nHello.\r\n";

static const struct dns listed[] = {
	{ "9.9.9.9.bl.example.org", STUB_A, 0x7f000002, NULL }, { 0 } };
static const struct dns clean[] = { { 0 } };

static void
test_dns(void)
{
	static const struct {
		const char *cf[12];
		const struct dns *dns;
		const char *hits;
		unsigned asked;
		const char *what;
	} t[] = {
		{ { LOAD, LISTED, LATE, "header A From =~ /bob/",
		    "shortcircuit A spam" }, listed, "SHORTCIRCUIT A", 0,
		    "before priority -100 nobody is asked" },
		{ { LOAD, LISTED, LATE, "header A From =~ /bob/",
		    "priority A -50", "shortcircuit A on" }, listed,
		    "SHORTCIRCUIT A", ~0u, "behind it answers do not count" },
		{ { LOAD, LISTED, LATE, "header A From =~ /eve/",
		    "shortcircuit A spam" }, listed, "RBL LATE", 1,
		    "a miss ends nothing" },
		{ { LOAD, LISTED, LATE, "shortcircuit RBL spam",
		    "meta M RBL && LATE" }, listed, "SHORTCIRCUIT RBL LATE M",
		    1, "a list that ends it: what runs on the CPU has run" },
		{ { LOAD, LISTED, LATE, "shortcircuit RBL spam" }, clean,
		    "LATE", 1, "not listed" },
		{ { LOAD, LISTED, LATE, "shortcircuit M spam",
		    "meta M RBL && LATE" }, listed, "SHORTCIRCUIT RBL LATE M",
		    1, "a meta that is ready at the very end" },
		{ { LOAD, LISTED, LATE, "meta M RBL || LATE",
		    "shortcircuit N on", "meta N LATE", "priority N 5" },
		    listed, "SHORTCIRCUIT LATE N", ~0u,
		    "a meta that waits for an answer is not ready" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct list_test l = { .cf = t[i].cf, .dns = t[i].dns,
			.mail = mail };

		is_str(list_run(&l), t[i].hits, t[i].what);
		if (t[i].asked != ~0u)	/* else it ended first, or not */
			is_int(l.asked, t[i].asked, "questions");
	}
}

/* What a list that is not trusted says must not silence the others. */
static void
test_weight(void)
{
	static const char *const cf[] = { LOAD, LISTED, LATE,
		"shortcircuit RBL spam", NULL };
	struct list_test l = { .cf = cf, .dns = listed, .mail = mail,
		.weight = 0.5 };

	is_str(list_run(&l), "RBL LATE", "half a hit ends nothing");
	l.broken = true;
	is_str(list_run(&l), "?RBL LATE", "nor one that was void");
}

/* The verdict does not wait for what cannot count any more. */
static void
test_no_waiting(void)
{
	static const char *const cf[] = { LOAD, LISTED, LATE,
		"priority LATE -50", "shortcircuit LATE on", NULL };
	struct list_test l = { .cf = cf, .dns = listed, .mail = mail,
		.delay = 3, .complete = true };
	double t0 = clock_mono();

	is_str(list_run(&l), "SHORTCIRCUIT LATE", "ended on the CPU");
	ok(clock_mono() - t0 < 2.5, "though the answer takes 3 seconds");
}

static void
test_lines(void)
{
	static const char *const cf[] = { LOAD, "shortcircuit A",
		"shortcircuit A maybe", "shortcircuit A on B",
		"shortcircuit 1-2 on", "shortcircuit_spam_score x",
		"shortcircuit NONE on", NULL };
	static const char *const bare[] = { "shortcircuit A on",
		"body A /x/", NULL };
	static const char *const redefined[] = { LOAD,
		"header SHORTCIRCUIT eval:check_shortcircuit()",
		"body A /x/", "score SHORTCIRCUIT 0", "shortcircuit A ham",
		"priority A -7", "body B /x/", NULL };
	static const struct eval_case cases[] = {
		{ "Subject: x\n\nx\n", "SHORTCIRCUIT A",
		    "the rule may be defined, with a score of 0" } };
	struct eval_test t;
	bool told = false;

	eval_test_open(&t, cf);
	is_int(t.engine->rs->n_errors, 5, "lines that are wrong");
	eval_test_close(&t);
	eval_test_open(&t, bare);
	for (size_t i = 0; i < t.engine->rs->findings.n; i++)
		told |= strstr(t.engine->rs->findings.v[i].text,
		    "loadplugin Mail::SpamAssassin::Plugin::Shortcircuit") !=
		    NULL;
	ok(told, "without the plugin there is no such line");
	is_str(eval_test_hits(&t, "\nx\n", 3), "A", "and no end");
	is_int(t.engine->n_steps, 1, "one step");
	eval_test_close(&t);
	EVAL_TEST(redefined, cases);
	eval_test_open(&t, redefined);
	is_int(rule_find(t.engine->rs, SLICE("A"))->priority, -7,
	    "a priority stays");
	eval_test_close(&t);
}

/* A freemail sender strikes addresses out of the body; captures make tags:
 * both also where the scan is cut in steps. */
static void
test_steps(void)
{
	static const char *const cf[] = { LOAD,
		"header __TO To:addr =~ /^(?<WHO>\\w+)@/",
		"body NAMED /dear %{WHO}/", "body EARLY /never/",
		"priority EARLY -300", "shortcircuit EARLY on",
		"body MID /never/", "shortcircuit MID on",
		"util_rb_tld com", "freemail_domains free.com",
		"header FREE eval:check_freemail_replyto('replyto')",
		"body LINK /secret/", NULL };
	static const struct eval_case cases[] = {
		{ "From: a@free.com\nReply-To: a@free.com\nTo: bob@c.com\n"
		    "\ndear bob\nc@free.com\nhttp://x.com/?a@secret\n",
		    "__TO NAMED FREE", "three steps" },
		{ "From: a@b.com\nTo: bob@c.com\n\ndear bob\nnever "
		    "http://x.com/?a@secret\n", "SHORTCIRCUIT __TO EARLY",
		    "the first ends it" } };
	struct eval_test t;

	eval_test_open(&t, cf);
	ok(t.engine->n_steps > 2, "%zu steps", t.engine->n_steps);
	eval_test_close(&t);
	EVAL_TEST(cf, cases);
}

int
main(void)
{
	test_dns();
	test_weight();
	test_no_waiting();
	test_lines();
	test_steps();
	return tap_done();
}

/*
 * rewrite_test - marked messages, and that undo gives back every byte, of
 * messages that were marked before, too, and of nothing that a forged mark
 * would like it to give.
 */
#include "config.h"

#include "base/buf.h"
#include "tests/unit/report/fixture.h"

/* ---- in place ---- */

static void
test_subject(struct fixture *f)
{
	struct slice raw = SLICE("subject:  buy\n\tnow\nFrom: a@b.example\n"
	    "\nx\n");
	struct slice out;

	fixture_set(f, "report_safe", "0");
	fixture_set(f, "rewrite_header", "subject [SPAM _SCORE_]");
	out = fixture_rewrite(f, raw);
	ok(has(out, "\nsubject: [SPAM 6.0] buy\n\tnow\n"), "it is tagged");
	ok(has(out, "\nX-Spam-Prev-subject:  buy\n\tnow\n\nx\n"),
	    "and what it was is kept, with its folds, at the end");
	is_slice(report_undo(f->a, out), raw, "undo puts it back");
	ok(has(fixture_rewrite(f, SLICE("Subject: [spam 6.0] x\n\n")),
	    "\nSubject: [SPAM 6.0] x\n"), "not twice");
	out = fixture_rewrite(f, SLICE("From: a\n\nx"));
	ok(has(out, "From: a\nSubject: [SPAM 6.0] \n"
	    "X-Spam-Prev-Subject: (nonexistent)\n\nx"), "made if missing");
	out = fixture_rewrite(f, SLICE("Subject : a\nSubject: b\n\nx"));
	ok(has(out, "\nSubject : [SPAM 6.0] a\nSubject: [SPAM 6.0] b\n"),
	    "every one, also with a blank before the colon");
	f->v.spam = false;
	out = fixture_rewrite(f, raw);
	ok(has(out, "\nsubject:  buy\n") && !has(out, "Prev"),
	    "ham keeps its subject");
	f->v.spam = true;
	fixture_set(f, "rewrite_header", "subject");
}

static void
test_addresses(struct fixture *f)
{
	struct slice raw = SLICE("From: \"A\" <a@b.example>\nTo: c@d.example\n"
	    "Subject: )(\\\n\nx\n");
	struct slice out;

	fixture_set(f, "report_safe", "0");
	fixture_set(f, "rewrite_header",
	    "from SPAM (_SCORE_) _HEADER(Subject)_");
	fixture_set(f, "rewrite_header", "to [x]");
	out = fixture_rewrite(f, raw);
	ok(has(out, "\nFrom: (SPAM [6.0] ][/) \"A\" <a@b.example>\n"
	    "To: ([x]) c@d.example\n"), "a comment that cannot end early");
	is_slice(report_undo(f->a, out), raw, "undo puts them back");
	fixture_set(f, "report_safe", "1");
	out = fixture_rewrite(f, raw);
	ok(has(out, "\nFrom: \"A\" <a@b.example>\t(SPAM [6.0] ][/)\n"
	    "To: c@d.example\t([x])\n"), "behind the address in a copy");
	is_slice(report_undo(f->a, out), raw, "undo");
	fixture_set(f, "rewrite_header", "from");
	fixture_set(f, "rewrite_header", "to");
}

static void
test_prefix(struct fixture *f)
{
	struct slice raw = SLICE("Subject: hi\nFrom: a@b.example\n\nx\n"), out;

	fixture_set(f, "report_safe", "0");
	f->rules[0].subjprefix = SLICE("[A]");
	f->rules[1].subjprefix = SLICE("[B]");
	f->rules[0].priority = 5;
	ok(!has(fixture_rewrite(f, raw), "[A]"), "not without "
	    "rewrite_header subject");
	fixture_set(f, "rewrite_header", "subject TAG");
	fixture_set(f, "rewrite_header", "from TAG");
	out = fixture_rewrite(f, raw);
	ok(has(out, "\nSubject: TAG [B] [A] hi\n"), "by priority");
	ok(has(out, "\nFrom: (TAG) a@b"), "not in From");
	is_slice(report_undo(f->a, out), raw, "undo");
	f->v.spam = false;
	out = fixture_rewrite(f, raw);
	ok(has(out, "\nSubject: [B] [A] hi\n"), "ham's Subject gets them");
	is_slice(report_undo(f->a, out), raw, "undo");
	f->v.spam = true;
	f->rules[1].subjprefix = SLICE("A");
	ok(has(fixture_rewrite(f, raw), "TAG A [A] hi"), "each text");
	f->rules[0].priority = -1;
	ok(has(fixture_rewrite(f, raw), "TAG [A] hi"), "once");
	f->rules[0].subjprefix = f->rules[1].subjprefix =
	    (struct slice){ NULL, 0 };
	f->rules[0].priority = 0;
	fixture_set(f, "rewrite_header", "subject");
	fixture_set(f, "rewrite_header", "from");
}

static void
test_place(struct fixture *f)
{
	struct slice out;

	fixture_set(f, "report_safe", "0");
	out = fixture_rewrite(f, SLICE("From x Mon\nReturn-Path: <a@b>\n"
	    "\tfold\nX-A: 1\nReturn-Path: <c@d>\n\n"));
	ok(slice_starts(out, SLICE("From x Mon\nReturn-Path: <a@b>\n\tfold\n"
	    "X-Spam-Checker-Version:")), "after the mbox line and "
	    "Return-Path");
	ok(has(out, "\nX-A: 1\nReturn-Path: <c@d>\n\n"), "a later one stays");
	out = fixture_rewrite(f, SLICE(" stray: fold\nSubject: x\n\n"));
	ok(slice_starts(out, SLICE(" stray: fold\nX-Spam-Checker")),
	    "a fold of nothing continues no line of ours");
	out = fixture_rewrite(f, SLICE("From: a\r\nSubject: x\r\n\r\nb\n"));
	ok(has(out, "\r\nX-Spam-Flag: YES\r\n") && slice_ends(out,
	    SLICE("\r\n\r\nb\n")), "its own line ends; the body is as it was");
}

static void
test_old_marks(struct fixture *f)
{
	struct slice raw = SLICE("X-Spam-Status: No, forged\n\tfold\n"
	    "X-Spammy: stays\nX-Spam-Prev-Subject: stays\n"
	    "X-Tare-Zones: forged\n"
	    "Subject: x\nx-spam-flag : forged\n\nbody\n");
	struct slice out;

	fixture_set(f, "report_safe", "0");
	out = fixture_rewrite(f, raw);
	ok(!has(out, "forged") && !has(out, "\tfold\n"),
	    "a sender's verdict goes, with its folds");
	ok(has(out, "\nX-Spammy: stays\n") &&
	    has(out, "\nX-Spam-Prev-Subject: stays\n"),
	    "what is not ours stays");
	ok(has(out, "\nX-Tare-Kept: 1 WC1TcGFtLVN0YXR1czogTm8sIGZvcmdlZAoJZm"
	    "9sZAo=\nX-Spammy:"), "kept in its place");
	is_slice(report_undo(f->a, out), raw, "and restored");
}

/* ---- a message around it ---- */

static void
test_enclose(struct fixture *f)
{
	struct slice raw = SLICE("From x Mon\nReceived: from a\n\tby b\n"
	    "Received: from c\nSubject: first\n"
	    "Subject: la\n  st\n\t\nTo: \r t\n"
	    "X-List: 1\nX-List: 2\nContent-Type: text/html\n\nbody\n");
	struct slice out;

	fixture_set(f, "report_safe", "1");
	fixture_set(f, "report_safe_copy_headers", "x-list Received Subject");
	out = fixture_rewrite(f, raw);
	ok(slice_starts(out, SLICE("From x Mon\nReceived: from localhost by "
	    "mx.example.org\n\twith tare (0.1.0);\n\t")), "Received");
	ok(has(out, "\nReceived: from a\n\tby b\nReceived: from c\n"
	    "To:   t\nSubject: la\n  st\nX-Spam-Checker-Version:"),
	    "copied fields, the last of each name, with clean lines");
	ok(has(out, "\nx-list: 1\nx-list: 2\nMIME-Version: 1.0\n"
	    "Content-Type: multipart/mixed; boundary=\"----------=_"),
	    "all of others");
	ok(has(out, "\nContent-Type: message/rfc822; x-spam-type=original\n"),
	    "the original is a message");
	ok(has(out, "\nContent-Disposition: attachment\n") &&
	    has(out, "more than plain text"), "HTML is not shown at once");
	ok(slice_ends(out, SLICE("--\n\n")), "a blank line at the end");
	is_slice(report_undo(f->a, out), raw, "undo");
	fixture_set(f, "report_safe", "2");
	fixture_set(f, "unsafe_report", "careful, _HOSTNAME_");
	fixture_set(f, "report_charset", "x\ny");
	out = fixture_rewrite(f, raw);
	ok(has(out, "\nContent-Type: text/plain; x-spam-type=original\n"),
	    "or text");
	ok(has(out, "careful, mx.example.org\n\n\n--"), "unsafe_report");
	ok(has(out, "; charset=x y\n"), "no line of its own from a setting");
	out = fixture_rewrite(f, SLICE("Content-Type: TEXT/plain\n\nx"));
	ok(has(out, "\nContent-Disposition: inline\nContent-Transfer-Encoding:"
	    " 8bit\n\nContent-Type: TEXT/plain\n\nx\n---") &&
	    !has(out, "careful"), "plain text is shown at once");
	fixture_set(f, "report_charset", "UTF-8");
	fixture_set(f, "report_safe_copy_headers", "");
	fixture_set(f, "clear_unsafe_report_template", "");
}

/* Whoever knows how the boundary is made cannot put it into the message. */
static void
test_boundary(struct fixture *f)
{
	struct slice raw = SLICE("Subject: a\n\nx\n"), out, b;
	struct buf forged;

	fixture_set(f, "report_safe", "1");
	for (int round = 0; round < 3; round++) {
		out = fixture_rewrite(f, raw);
		b = fixture_view(f, out) ? view_mail(fixture_view(f,
		    out))->root->boundary : raw;
		buf_init(&forged, f->a);
		buf_addf(&forged, "Subject: a\n\nx\n\n--%.*s--\n\nlost?\n",
		    SLICE_FMT(b));
		raw = buf_slice(&forged);
		out = fixture_rewrite(f, raw);
		is_slice(report_undo(f->a, out), raw, "a boundary inside");
	}
}

/* ---- round trips ---- */

#define RAW(s) { (s), sizeof(s) - 1 }
static const struct slice originals[] = {
	RAW("Subject: hi\nFrom: a@example.org\n\nSome text\n"),
	RAW("Subject: hi\nFrom: a@example.org\n\nno final newline"),
	RAW("Subject: hi\r\nFrom: a@example.org\r\n\r\nSome\r\ntext\r\n"),
	RAW("Subject: hi\r\n\r\nmixed\nline ends\r\n"),
	RAW("Subject: hi\n\r\nmixed the other way\r\n"),
	RAW("Subject: hi\r\nFrom: a\n b\r\n\nmixed header\n"),
	RAW("Subject: hi\n\nlast line\r\n"),
	RAW("From x Mon Jan  1 00:00:00 2001\nReturn-Path: <a@b>\n"
	    "X-Other: 1\n folded\nSubject: re\n\nbody\n\n\n"),
	RAW("From x Mon Jan  1 00:00:00 2001\nSubject: re\r\n\r\nbody\n"),
	RAW("From x Mon Jan  1 00:00:00 2001"),
	RAW("From x Mon Jan  1 00:00:00 2001\n"),
	RAW("\nno header at all\n"),
	RAW("\r\nno header at all\r\n"),
	RAW("Subject: only a header\n"),
	RAW("Subject: only a header\r\n"),
	RAW("Subject: a header that ends in mid-line"),
	RAW("Subject: and in a CR\r"),
	RAW("Return-Path: <a@b>"),
	RAW("Return-Path: <a@b>\rSubject: all in CR\r\rbody\r"),
	RAW("X-Spam-Flag: in mid-line"),
	RAW("X-Spam-Flag: a\nSubject: b\nX-Spam-Flag: c\r"),
	RAW("From: no subject <a@b.example>\n\nbody\n"),
	RAW("From: no subject <a@b.example>"),
	RAW("Subject: lone\rcr\n\na\rb\n"),
	RAW("Subject: lone\rcr\r\rbody\r"),
	RAW("Subject: x\n\na\0b\n\0"),
	RAW("Subject: \0\0\n\t\0\n\0: x\n\nbody"),
	RAW(""),
	RAW("\n"),
	RAW("\r\n"),
	RAW("\r"),
	RAW("x"),
	RAW(" "),
	RAW(" fold\n\tfold\n\nbody\n"),
	RAW(" fold\nSubject: x\n\nbody\n"),
	RAW("one\ntwo\nthree\nfour\nno header\n"),
	RAW("X-Spam-a\nX-Spam-b\nX-Spam-c\nX-Spam-d: e\nno header\n"),
	RAW("--boundary first\nSubject: x\n"),
	RAW("Subject: no blank line\n--boundary\nX-Spam-Flag: x\n"),
	RAW("Subject: (nonexistent)\n\nbody\n"),
	RAW("Subject: x (nonexistent)\nSubject:\nsUbject:\t y\n\nbody\n"),
	RAW("Subject: fold\n ed\nTo: a,\n\tb\nFrom: c\n\n"),
	RAW("Subject:\n\tall in the fold\n\nbody\n"),
	RAW("Subject: [TAG 6.0] tagged before\nFrom: (TAG) x\n\nbody\n"),
	RAW("Subject: [tag 6.0]  tagged before\n\nbody\n"),
	RAW("X-Spam-Prev-Subject: mine\nSubject: x\n"
	    "X-Spam-Prev-Subject: too\nX-Spam-Prev-From: a\n\nbody\n"),
	RAW("X-Spam-Prev-Subject: (nonexistent)\nFrom: x\n\nbody\n"),
	RAW("X-Spam-Prev-Other: x\nX-Spam-Prev: y\n\nbody\n"),
	RAW("X-Spam-Status: a\n\tb\nReturn-Path: <x@y>\nX-Spam-Level: \n"
	    "Subject: z\nX-Tare-Zones: q\n\nbody\n"),
	RAW("X-Tare-Undo: previous=7 no-subject cut\nSubject: x\n\nbody\n"),
	RAW("X-Tare-Kept: 1 eA==\nX-Tare-Kept: 2 \n\t?\nX-Tare-Kept:\n"
	    "X-Tare-Kept: 9999 QQ==\nX-Tare-Kept: 01 QQ==\n\nbody\n"),
	RAW("Subject: CR LF in a header of LF\n\r\nSubject: x\r\nTo"),
	RAW("Subject: CR LF at the end\n\r\nSubject: x\r\n"),
	RAW("X-Spam-: x\nX-Tare-: y\nX-Spam-\303\244: z\nX-Spam : q\n\n"),
};
#define N_ORIGINALS (sizeof(originals) / sizeof(*originals))

static void
check_undo(struct fixture *f, struct slice out, struct slice raw, size_t i,
    const char *how)
{
	struct slice back = report_undo(f->a, out);

	if (!ok(slice_eq(back, raw), "original %zu, %s", i, how)) {
		tap_show("was ", raw.p, raw.n);
		tap_show("out ", out.p, out.n);
		tap_show("back", back.p, back.n);
	}
}

static void
test_round_trip(struct fixture *f)
{
	for (size_t k = 0; k < FIXTURE_MODES; k++) {
		fixture_mode(f, k);
		for (size_t i = 0; i < N_ORIGINALS; i++)
			check_undo(f, fixture_rewrite(f, originals[i]),
			    originals[i], i, fixture_modes[k].name);
	}
	fixture_mode(f, 0);
	f->v.spam = true;
}

/* Undo takes off the last marks only; twice, both. */
static void
test_twice(struct fixture *f)
{
	for (size_t k = 0; k < FIXTURE_MODES * FIXTURE_MODES; k++) {
		size_t bad = 0;

		for (size_t i = 0; i < N_ORIGINALS; i++) {
			struct slice one, two, back;

			fixture_mode(f, k / FIXTURE_MODES);
			one = fixture_rewrite(f, originals[i]);
			fixture_mode(f, k % FIXTURE_MODES);
			two = fixture_rewrite(f, one);
			back = report_undo(f->a, two);
			bad += !slice_eq(back, one) || !slice_eq(
			    report_undo(f->a, back), originals[i]);
			if (bad == 1) {
				tap_show("one ", one.p, one.n);
				tap_show("two ", two.p, two.n);
				tap_show("back", back.p, back.n);
			}
		}
		ok(bad == 0, "marked %s, then %s: %zu of %zu come back wrong",
		    fixture_modes[k / FIXTURE_MODES].name,
		    fixture_modes[k % FIXTURE_MODES].name, bad,
		    N_ORIGINALS);
	}
	fixture_mode(f, 0);
	f->v.spam = true;
}

/* A message in a mail loop: the sender's marks grow by what we add only. */
static void
test_loop(struct fixture *f)
{
	struct slice raw = SLICE("X-Spam-A: 1\nSubject: x\n\nbody\n");
	struct slice m = raw;
	size_t first = 0, last = 0;

	fixture_set(f, "report_safe", "0");
	for (int i = 0; i < 50; i++) {
		struct slice next = fixture_rewrite(f, m);

		last = next.n - m.n;
		first = i == 0 ? last : first;
		m = next;
	}
	ok(last < 2 * first, "each of 50 hops adds as much as the first "
	    "(%zu, %zu bytes)", first, last);
	for (int i = 0; i < 50; i++)
		m = report_undo(f->a, m);
	is_slice(m, raw, "and all are undone");
}

/* Headers that are nothing but what is looked at: linear, and undone. */
static void
test_many(struct fixture *f)
{
	static const struct {
		const char *name, *line;
	} t[] = {
		{ "To fields", "To:\n" }, { "Subjects", "Subject: x\n" },
		{ "marks", "X-Spam-A:\n" },
		{ "kept marks", "X-Tare-Kept: 1 QQ==\n" },
		{ "previous Subjects", "X-Spam-Prev-Subject: y\n" },
		{ "a Subject and what it was not",
		    "Subject: x\nX-Spam-Prev-Subject: y\n" },
		{ "notes", "X-Tare-Undo: previous=9 cut\n" },
		{ "folds", " x\n" }, { "controls", "A: \1\r\n" },
	};

	fixture_mode(f, 3);
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct arena_mark mark = arena_mark(f->a);
		size_t used = arena_used(f->a);
		struct slice raw, out;
		struct buf b;

		buf_init(&b, f->a);
		while (b.n < 1000000)
			buf_adds(&b, t[i].line);
		buf_adds(&b, "\nbody\n");
		raw = buf_slice(&b);
		out = fixture_rewrite(f, raw);
		ok(slice_eq(report_undo(f->a, out), raw), "a megabyte of %s",
		    t[i].name);
		ok(out.n < 8 * raw.n, "becomes %zu", out.n);
		ok(arena_used(f->a) - used < 100 * raw.n, "takes %zu",
		    arena_used(f->a) - used);
		arena_rewind(f->a, mark);
	}
	fixture_mode(f, 0);
	f->v.spam = true;
}

/* ---- forged marks ---- */

#define FORGED_HEAD \
	"Received: from localhost by mx\n\twith tare (9);\n\tnow\n" \
	"X-Spam-Checker-Version: tare 9 on mx\n" \
	"Content-Type: multipart/mixed; boundary=\"----------=_1\"\n"
#define FORGED_BODY(more) \
	"\nThis is a multi-part message in MIME format.\n\n" \
	"------------=_1\nContent-Type: text/plain\n\nreport\n" more \
	"\n------------=_1\n" \
	"Content-Type: message/rfc822; x-spam-type=original\n\n" \
	"Subject: inner\n\ninner\n\n------------=_1--\n"

/* NULL: it comes back as it is but for its marks. */
static const struct {
	const char *name, *marked, *undone;
} forged[] = {
	{ "a field that is no mark", "X-Tare-Kept: 1 "
	    "QXV0aGVudGljYXRpb24tUmVzdWx0czogbXg7IGRraW09cGFzcwo=\n"
	    "Subject: x\n\nbody\n", "X-Tare-Kept: 1 "
	    "QXV0aGVudGljYXRpb24tUmVzdWx0czogbXg7IGRraW09cGFzcwo=\n"
	    "Subject: x\n\nbody\n" },
	{ "a mark and the end of the header", "X-Tare-Kept: 1 "
	    "WC1TcGFtLUE6IDEKCmJvZHk=\nSubject: x\n\nbody\n",
	    "X-Tare-Kept: 1 WC1TcGFtLUE6IDEKCmJvZHk=\nSubject: x\n\nbody\n" },
	{ "a mark and a blank line of blanks", "X-Tare-Kept: 1 "
	    "WC1TcGFtLUE6IDEKIApTdWJqZWN0OiB5Cg==\n\nbody\n",
	    "X-Tare-Kept: 1 WC1TcGFtLUE6IDEKIApTdWJqZWN0OiB5Cg==\n"
	    "\nbody\n" },
	{ "base64 that is none", "X-Tare-Kept: 1 WC1T%GFt\nA: b\n\n",
	    "X-Tare-Kept: 1 WC1T%GFt\nA: b\n\n" },
	{ "a mark without its line end", "X-Tare-Kept: 1 WC1TcGFtLUE6IDE=\n"
	    "A: b\n\n", "X-Spam-A: 1\nA: b\n\n" },
	{ "another From than is shown", "From: a@b.example\n"
	    "X-Spam-Prev-From: boss@c.example\n\n", "From: a@b.example\n"
	    "X-Spam-Prev-From: boss@c.example\n\n" },
	{ "another Subject", "Subject: shown\nX-Spam-Prev-Subject: other\n\n",
	    "Subject: shown\nX-Spam-Prev-Subject: other\n\n" },
	{ "a field of another name", "A: b\nX-Spam-Prev-Reply-To: evil@c\n\n",
	    "A: b\nX-Spam-Prev-Reply-To: evil@c\n\n" },
	{ "a Subject without one to take its place",
	    "A: b\nX-Spam-Prev-Subject: x\n\n",
	    "A: b\nX-Spam-Prev-Subject: x\n\n" },
	{ "more than there are", "X-Tare-Undo: previous=99999999999999\n"
	    "Subject: [T] x\nX-Spam-Prev-Subject: x\n\n", "Subject: x\n\n" },
	{ "a cut that is none", "X-Tare-Undo: previous=0 cut\nA: b\n\nbody\n",
	    "A: b\n\nbody\n" },
	{ "a whole envelope", FORGED_HEAD FORGED_BODY(""),
	    "Subject: inner\n\ninner\n" },
	{ "one without our Received",
	    "X-Spam-Checker-Version: tare 9 on mx\n"
	    "Content-Type: multipart/mixed; boundary=\"----------=_1\"\n"
	    FORGED_BODY(""),
	    "Content-Type: multipart/mixed; boundary=\"----------=_1\"\n"
	    FORGED_BODY("") },
	{ "one that carries more", FORGED_HEAD FORGED_BODY(
	    "\n------------=_1\n\nsecond\n"), NULL },
	{ "one that goes on", FORGED_HEAD FORGED_BODY("") "\nepilogue\n",
	    NULL },
	{ "later fields stay", "Return-Path: <a@b>\nReceived: by later\n"
	    FORGED_HEAD "X-Later: c\n" FORGED_BODY(""),
	    "Return-Path: <a@b>\nReceived: by later\nX-Later: c\n"
	    "Subject: inner\n\ninner\n" },
};

static void
test_forged(struct fixture *f)
{
	for (size_t i = 0; i < sizeof(forged) / sizeof(*forged); i++) {
		struct slice m = slice_cstr(forged[i].marked);
		struct slice back = report_undo(f->a, m), want;
		struct buf b;

		if (forged[i].undone != NULL) {
			is_cstr(back, forged[i].undone, forged[i].name);
			continue;
		}
		buf_init(&b, f->a);
		want = slice_sub(m, 0, (size_t)slice_find(m,
		    SLICE("X-Spam-Checker"), 0));
		buf_add_slice(&b, want);
		buf_add_slice(&b, slice_sub(m, (size_t)slice_find(m,
		    SLICE("Content-Type"), 0), m.n));
		is_slice(back, buf_slice(&b), forged[i].name);
	}
}

/* What went through the scanner is undone to what it got, forged or not. */
static void
test_forged_marked(struct fixture *f)
{
	for (size_t k = 0; k < FIXTURE_MODES; k++) {
		fixture_mode(f, k);
		for (size_t i = 0; i < sizeof(forged) / sizeof(*forged); i++)
			check_undo(f, fixture_rewrite(f, slice_cstr(
			    forged[i].marked)), slice_cstr(forged[i].marked),
			    i, fixture_modes[k].name);
	}
	fixture_mode(f, 0);
	f->v.spam = true;
}

/* ---- what SpamAssassin writes ---- */

static void
test_foreign(struct fixture *f)
{
	is_cstr(report_undo(f->a, SLICE("X-Spam-Flag: YES\n"
	    "X-Spam-Status: Yes\n\tfold\nSubject: [S] [P] a\n\tfold\n"
	    "From: (S) b\nX-Spam-Prev-Subject:   a\nX-Spam-Prev-From: b\n"
	    "\nbody")), "Subject:   a\n\tfold\nFrom: b\n\nbody",
	    "it keeps the first line of a Subject, and undo the others");
	is_cstr(report_undo(f->a, SLICE("X-Spam-Flag: YES\nFrom: b\n"
	    "Subject: [S] \nX-Spam-Prev-Subject: (nonexistent)\n\nbody")),
	    "From: b\n\nbody", "a Subject it made goes");
	is_cstr(report_undo(f->a, SLICE("Received: from localhost by mx\n"
	    "\twith SpamAssassin (version 4.0.1);\n\tnow\nFrom: b\n"
	    "X-Spam-Checker-Version: SpamAssassin 4.0.1 on mx\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: multipart/mixed; boundary=\"----------=_1.2\"\n\n"
	    "This is a multi-part message in MIME format.\n\n"
	    "------------=_1.2\n\nreport\n\n------------=_1.2\n"
	    "Content-Type: text/plain; x-spam-type=original\n"
	    "Content-Description: x\n\nA: b\n\nx\n"
	    "------------=_1.2--\n\n")), "A: b\n\nx", "its envelope");
}

/* Not scanned: what looks like a verdict goes, too. */
static void
test_unscanned(struct fixture *f)
{
	struct slice raw = SLICE("From x Mon\nX-Spam-Status: No\nA: b\r\n\nx");
	struct slice out = report_unscanned(f->a, raw, "no\nrules");

	is_cstr(out, "From x Mon\nX-Tare-Error: not scanned: no rules\n"
	    "X-Tare-Kept: 1 WC1TcGFtLVN0YXR1czogTm8K\nA: b\r\n\nx",
	    "one line and no verdict");
	is_slice(report_undo(f->a, out), raw, "undo");
	is_slice(report_undo(f->a, report_unscanned(f->a, SLICE("From x"),
	    "")), SLICE("From x"), "an mbox line");
}

int
main(void)
{
	struct fixture f;

	fixture_init(&f);
	test_subject(&f);
	test_addresses(&f);
	test_prefix(&f);
	test_place(&f);
	test_old_marks(&f);
	test_enclose(&f);
	test_boundary(&f);
	test_round_trip(&f);
	test_twice(&f);
	test_loop(&f);
	test_many(&f);
	test_forged(&f);
	test_forged_marked(&f);
	test_foreign(&f);
	test_unscanned(&f);
	arena_free(&f.a);
	return tap_done();
}

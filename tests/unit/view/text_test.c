/*
 * text - body lines, rawbody chunks and full of whole messages.
 */
#include "config.h"

#include "base/buf.h"
#include "base/limits.h"
#include "tests/tap/tap.h"
#include "view/view-priv.h"

static struct view *
view_of(struct arena *a, struct slice raw)
{
	static const struct view_conf conf = {
		.body_part_scan = 50000,
		.rawbody_part_scan = 500000,
	};

	return view_new(a, mail_parse(a, raw), &conf);
}

/* Lines as one string, each ended by a bar. */
static struct slice
bars(struct arena *a, const struct view_lines *l)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < l->n; i++) {
		buf_add_slice(&b, l->v[i]);
		buf_addc(&b, '|');
	}
	return buf_slice(&b);
}

#define PLAIN "Content-Type: text/plain\n"
#define HTML "Content-Type: text/html\n"
#define UTF8 "; charset=utf-8\n"

static void
test_body(void)
{
	static const struct {
		const char *name, *in, *out;
	} cases[] = {
		{ "empty", "", "\n|" },
		{ "no subject", PLAIN "\nhello\n", "\n|hello |" },
		{ "no body", "Subject: s\n\n", "s\n|" },
		{ "last subject", "Subject: a\nSubject: b\n\nx\n",
		    "b\n|x |" },
		{ "folded subject", "Subject: a\n\tb\n\nx", "a b\n|x|" },
		{ "encoded subject", "Subject: =?utf-8?q?=C3=A9?=\n\nx",
		    "\xc3\xa9\n|x|" },
		{ "subject is not collapsed", "Subject: a  b\n\nx",
		    "a  b\n|x|" },
		{ "one newline is a space", "Subject: s\n\na\nb\n",
		    "s\n|a b |" },
		{ "two are a paragraph", "Subject: s\n\na\n\nb\n",
		    "s\n|a\n|b |" },
		{ "blanks between", "Subject: s\n\na \n \t\n b\n",
		    "s\n|a \n| b |" },
		{ "many newlines", "Subject: s\n\na\n\n\n\n\nb",
		    "s\n|a\n|b|" },
		{ "leading newlines", "Subject: s\n\n\n\na",
		    "s\n|\n|a|" },
		{ "vertical tab", "Subject: s\n\na\x0b\fb", "s\n|a b|" },
		{ "html", "Subject: s\n" HTML "\n<p>a<p>b<br>c",
		    "s\n|\n|a\n|b c|" },
		{ "latin-1 of references (trap 10)",
		    "Subject: s\n" HTML "\n&eacute;&#160;x",
		    "s\n|\xe9\xa0x|" },
		{ "wide references make all UTF-8",
		    "Subject: s\n" HTML "\n&eacute;&#160;&euro;",
		    "s\n|\xc3\xa9 \xe2\x82\xac|" },
		{ "utf-8", "Subject: s\nContent-Type: text/plain" UTF8
		    "\n\xc3\xa9\xc2\xa0\xe3\x80\x80x", "s\n|\xc3\xa9 x|" },
		{ "an image is no text", "Subject: s\n"
		    "Content-Type: image/png\n\nxx", "s\n|" },
		{ "html by name", "Subject: s\nContent-Type: "
		    "application/octet-stream; name=\"a.htm\"\n\n<b>x</b>",
		    "s\n|x|" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		struct view *v = view_of(a, slice_cstr(cases[i].in));

		is_cstr(bars(a, view_body(v)), cases[i].out, cases[i].name);
		ok(view_body(v) == view_body(v), "cached");
		arena_free(&a);
	}
}

static void
test_nul(void)
{
	struct arena *a = arena_new();
	struct view *v = view_of(a, SLICE("Subject: s\n\na\0b\0\n"));

	is_cstr(bars(a, view_body(v)), "s\n|a\n|b\n| |",
	    "a NUL breaks the line (trap 14a)");
	arena_free(&a);
}

static const char multipart[] =
    "Subject: s\nContent-Type: multipart/mixed; boundary=B\n\npreamble\n"
    "--B\nContent-Type: text/plain\n\none\n"
    "--B\nContent-Type: image/gif\n\nGIF\n"
    "--B\nContent-Type: text/html\n\n<b>&eacute;</b>\n"
    "--B\nContent-Type: text/plain; charset=utf-8\n\n\xe2\x82\xac\n"
    "--B\nContent-Type: text/calendar\n\ncal\n"
    "--B--\n";

static void
test_multipart(void)
{
	struct arena *a = arena_new();
	struct view *v = view_of(a, slice_cstr(multipart));
	struct view_html *const *htmls;
	size_t n;

	is_cstr(bars(a, view_body(v)),
	    "s\n|one\n|\xc3\xa9 \xe2\x82\xac |",
	    "parts meet; one Unicode part makes all UTF-8");
	is_cstr(bars(a, view_rawbody(v)),
	    "one|<b>&eacute;</b>|\xe2\x82\xac|",
	    "rawbody: text parts as they came, no calendar");
	htmls = view_htmls(v, &n);
	if (is_int(n, 1, "one HTML part")) {
		is_cstr(htmls[0]->text, "\xe9", "in bytes for itself");
		ok(htmls[0]->part->id == 4, "and which part it is");
		is_num(htmls[0]->ratio, 14.0 / 15, "ratio of raw bytes");
	}
	is_cstr(view_full(v), multipart, "full is the message");
	arena_free(&a);
}

static void
test_part_text(void)
{
	struct arena *a = arena_new();
	struct view *v = view_of(a, slice_cstr(multipart));
	static const char *const want[] = {
		"", "one", "", "\xe9", "\xe2\x82\xac", ""
	};
	struct mail *m = view_mail(v);

	if (is_int(m->parts.n, 6, "parts")) {
		for (size_t i = 0; i < m->parts.n; i++) {
			is_cstr(view_part_text(v, m->parts.v[i]), want[i],
			    "part text");
		}
	}
	arena_free(&a);
}

/* head and then n times unit, as a message. */
static struct view *
repeated(struct arena *a, const char *head, const char *unit, size_t n,
    const char *tail)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, head);
	for (size_t i = 0; i < n; i++) {
		buf_adds(&b, unit);
	}
	buf_adds(&b, tail);
	return view_of(a, buf_slice(&b));
}

static void
test_long_lines(void)
{
	struct arena *a = arena_new();
	const struct view_lines *l;

	l = view_body(repeated(a, "\n", "x", 5000, ""));
	if (is_int(l->n, 4, "subject and three pieces")) {
		is_int(l->v[1].n, 2048, "cut at 2048");
		is_int(l->v[3].n, 904, "the rest");
	}
	l = view_body(repeated(a, "\n", "123456789 ", 500, ""));
	is_int(l->v[1].n, 2040, "cut after a space");
	l = view_body(repeated(a, "\n", "x", 2048, " y"));
	is_int(l->v[1].n, 2049, "a space just behind counts");
	l = view_body(repeated(a, "\n", "x", 2048, ""));
	is_int(l->n, 2, "2048 fit");
	arena_free(&a);
}

static size_t
total(const struct view_lines *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		n += l->v[i].n;
	}
	return n;
}

static void
test_scan_size(void)
{
	struct arena *a = arena_new();
	struct view *v = repeated(a, "\n", "x", 60000, "");

	is_int(total(view_body(v)), 50001, "body is cut hard at 50000");
	ok(view_mail(v)->defects & DEFECT_BODY_CUT, "and flagged");
	v = repeated(a, "\n", "x", 50500, " yyy\nzz");
	is_int(total(view_body(v)), 50506, "or after a newline close by");
	v = repeated(a, "\n", "x", 50500, " yyy");
	is_int(total(view_body(v)), 50502, "or after a space");
	v = repeated(a, "\n", "x", 51025, " y");
	is_int(total(view_body(v)), 50001, "but not farther than 1024");
	v = repeated(a, "Content-Type: text/plain" UTF8 "\n", "\xc3\xa9",
	    50001, "");
	is_int(total(view_body(v)), 100001, "characters are counted");
	v = repeated(a, "\n", "x", 50000, "");
	is_int(total(view_body(v)), 50001, "50000 fit");
	ok(!(view_mail(v)->defects & DEFECT_BODY_CUT), "without a flag");
	v = repeated(a, "\n", "x", 600000, "");
	is_int(total(view_rawbody(v)), 500000, "rawbody is cut at 500000");
	v = repeated(a, "\n", "x", 500100, "> >\ny");
	is_int(total(view_rawbody(v)), 500104, "after a newline first");
	v = repeated(a, "\n", "x", 500100, " >y");
	is_int(total(view_rawbody(v)), 500102, "then after a >");
	arena_free(&a);
}

static void
test_chunks(void)
{
	struct arena *a = arena_new();
	const struct view_lines *l;

	l = view_rawbody(repeated(a, "\n", "x", 4096, ""));
	is_int(l->n, 1, "4096 are one chunk");
	l = view_rawbody(repeated(a, "\n", "x", 4097, ""));
	is_int(l->n, 2, "4097 are two");
	is_int(l->v[0].n, 2049, "cut hard");
	l = view_rawbody(repeated(a, "\n", "123456789 ", 500, ""));
	is_int(l->v[0].n, 2050, "after a space from byte 2048 on");
	l = view_rawbody(repeated(a, "\n", "12345 <b> ", 500, ""));
	is_int(l->v[0].n, 2049, "after a > first");
	l = view_rawbody(repeated(a, "\n", "1234 <b> \n", 500, ""));
	is_int(l->v[0].n, 2050, "after a newline before all");
	l = view_rawbody(view_of(a, SLICE("Subject: s\n\n")));
	is_int(l->n, 1, "an empty body is one chunk");
	is_int(l->v[0].n, 0, "of nothing");
	arena_free(&a);
}

static void
test_full(void)
{
	static const char crlf[] = "Subject: s\r\n\r\na\r\nb\r\n";
	static const char mbox[] = "From x Mon Jan  1\nSubject: s\n\na\n";
	struct arena *a = arena_new();

	is_cstr(view_full(view_of(a, slice_cstr(crlf))), crlf,
	    "full keeps CRLF (trap 14)");
	is_cstr(bars(a, view_rawbody(view_of(a, slice_cstr(crlf)))),
	    "a\nb\n|", "rawbody does not");
	is_cstr(view_full(view_of(a, slice_cstr(mbox))), mbox + 18,
	    "the mbox line is not in full");
	arena_free(&a);
}

/* freemail strikes addresses out of what later rules see (trap 3). */
static void
test_replace(void)
{
	struct arena *a = arena_new();
	struct view *v = view_of(a, SLICE("Subject: s\n\na\n\nb\n"));

	view_body_replace(v, 1, SLICE("other\n"));
	view_body_replace(v, 99, SLICE("nowhere"));
	is_cstr(bars(a, view_body(v)), "s\n|other\n|b |",
	    "one line, and none beyond the last");
	is_cstr(bars(a, view_rawbody(v)), "a\n\nb\n|",
	    "rawbody stays as it is");
	arena_free(&a);
}

int
main(void)
{
	test_body();
	test_replace();
	test_nul();
	test_multipart();
	test_part_text();
	test_long_lines();
	test_scan_size();
	test_chunks();
	test_full();
	return tap_done();
}

/*
 * origin - a place in body or rawbody is found again in its part.
 *
 * The property: whatever character stands in the body, the same stands where
 * its origin says, and every character of every text is somebody's origin.
 */
#include "config.h"

#include <string.h>

#include "base/utf8.h"
#include "tests/tap/tap.h"
#include "view/chars.h"
#include "view/view-priv.h"

static struct view *
view_of(struct arena *a, struct slice raw)
{
	static const struct view_conf conf = {
		.body_part_scan = 200,
		.rawbody_part_scan = 500000,
	};

	return view_new(a, mail_parse(a, raw), &conf);
}

static uint32_t
at(struct slice s, size_t i, bool utf8)
{
	uint32_t c = i < s.n ? (unsigned char)s.p[i] : 0;

	if (utf8 && c >= 0x80)
		utf8_decode(slice_sub(s, i, s.n), &c);
	return c;
}

#define MULTI "Content-Type: multipart/mixed; boundary=b\n\n"
#define PLAIN(more) "--b\nContent-Type: text/plain" more "\n\n"
#define HTML(more) "--b\nContent-Type: text/html" more "\n\n"

static const struct {
	const char *name, *in;
	size_t n;		/* 0: strlen */
} mails[] = {
	{ "one part", "Subject: the subject\n\nhello  world\n\n\nand  more\n",
	    0 },
	{ "no subject", "Content-Type: text/plain\n\n a b\tc \n", 0 },
	{ "long subject", "Subject: a b  c\n d e\n\nx y\n", 0 },
	{ "two parts", "Subject: s\n" MULTI PLAIN("") "one  two\n\nthree\n"
	    HTML("") "<p>four &amp; <b>five</b>\n six</p>\n--b--\n", 0 },
	{ "Latin-1 beside UTF-8", "Subject: s\n" MULTI
	    HTML("") "<p>&eacute;&#160;x&ntilde; y</p>\n"
	    PLAIN("; charset=utf-8") "\xc3\xa9\xc2\xa0\xe3\x80\x80z\n--b--\n",
	    0 },
	{ "an image between", "Subject: s\n" MULTI PLAIN("") "a\n"
	    "--b\nContent-Type: image/png\n\nnothing\n" PLAIN("") "b c\n--b--",
	    0 },
	{ "NUL", "Subject: s\n\na\0b c\n", 19 },
	{ "cut at its limit", "Subject: s\n" MULTI PLAIN("")
	    "0123456789 0123456789 0123456789 0123456789 0123456789\n"
	    "0123456789 0123456789 0123456789 0123456789 0123456789\n"
	    "0123456789 0123456789 0123456789 0123456789 0123456789\n"
	    "0123456789 0123456789 0123456789 0123456789 0123456789\n"
	    "0123456789 0123456789 0123456789 0123456789 0123456789\n"
	    PLAIN("") "after the cut\n--b--\n", 0 },
};

/* Characters of the body that are not what stands at their origin. */
static size_t
wrong_in(struct view *v, size_t line, bool wide, size_t *seen)
{
	struct slice text = view_body(v)->v[line];
	size_t wrong = 0;

	for (size_t i = 0; i < text.n; i++) {
		struct view_origin o = { NULL, 0 };
		uint32_t c = at(text, i, wide);

		if ((wide && ((unsigned char)text.p[i] & 0xc0) == 0x80) ||
		    view_chars_space(c, wide))
			continue;
		(*seen)++;
		if (!view_body_origin(v, line, i, &o) ||
		    (o.part == NULL) != (line == 0) ||
		    (o.part != NULL && at(view_part_text(v,
		    (struct mail_part *)o.part), o.offset,
		    v->parts[o.part->id - 1].text_unicode) != c))
			wrong++;
	}
	return wrong;
}

static void
test_body(void)
{
	for (size_t i = 0; i < sizeof(mails) / sizeof(mails[0]); i++) {
		struct arena *a = arena_new();
		struct view *v = view_of(a, slice_make(mails[i].in,
		    mails[i].n ? mails[i].n : strlen(mails[i].in)));
		size_t wrong = 0, seen = 0;
		bool wide = false;

		view_body(v);
		for (size_t k = 0; k < v->mail->parts.n; k++)
			wide = wide || v->parts[k].text_unicode;
		for (size_t k = 0; k < view_body(v)->n; k++)
			wrong += wrong_in(v, k, wide, &seen);
		ok(seen > 2 && wrong == 0, "%s: %zu characters, %zu wrong",
		    mails[i].name, seen, wrong);
		arena_free(&a);
	}
}

static void
test_places(void)
{
	struct arena *a = arena_new();
	struct view *v = view_of(a, SLICE("Subject: s\n" MULTI PLAIN("")
	    "one\n" HTML("") "<p>two pills</p>\n--b--\n"));
	struct view_origin o;
	ptrdiff_t where;
	size_t line = 0;

	while (slice_find(view_body(v)->v[line], SLICE("pills"), 0) < 0)
		line++;
	where = slice_find(view_body(v)->v[line], SLICE("pills"), 0);
	ok(view_body_origin(v, line, (size_t)where, &o), "known");
	is_slice(o.part->effective_type, SLICE("text/html"), "the HTML part");
	ok(slice_starts(slice_sub(view_part_text(v, (struct mail_part *)o.part),
	    o.offset, 1000), SLICE("pills")), "at the word");
	ok(view_rawbody_origin(v, 1, 7, &o), "rawbody: known");
	is_int((long)o.offset, 7, "offset in the decoded bytes");
	is_slice(o.part->effective_type, SLICE("text/html"),
	    "of the HTML part");
	ok(!view_body_origin(v, 99, 0, &o) && !view_rawbody_origin(v, 99, 0,
	    &o), "no such line");
	view_body_replace(v, 1, SLICE("changed"));
	ok(!view_body_origin(v, line, 0, &o), "a changed body has no origin");
	arena_free(&a);
}

int
main(void)
{
	test_body();
	test_places();
	return tap_done();
}

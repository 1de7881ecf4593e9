/*
 * origin - where in the message a place in body or rawbody comes from.
 *
 * Called by `tare explain`.  body is the Subject and all parts' texts joined,
 * with white space collapsed; all that this changes is white space.  So a
 * place has the same number of other characters before it in the body as in
 * the parts, and is found again by counting; nothing is recorded while mail is
 * scanned.  A rawbody chunk is a slice of its part's bytes.
 *
 * Limits: one pass over the texts.  A body that an eval has changed
 * (view_body_replace) cannot be counted: no origin.
 */
#include "config.h"

#include "base/utf8.h"
#include "view/chars.h"
#include "view/view-priv.h"

/* A text, how its characters are written, and how the body has them. */
struct reading {
	struct slice text;
	bool utf8;			/* else each byte is a character */
	bool wide;			/* the body is UTF-8 */
};

/* Is the character at *i, which moves on, no white space?  NUL becomes a
 * newline in the body. */
static bool
next_dark(const struct reading *r, size_t *i)
{
	uint32_t c = (unsigned char)r->text.p[*i];
	size_t len = 1;

	if (r->utf8 && c >= 0x80)
		len = utf8_decode(slice_sub(r->text, *i, r->text.n), &c);
	*i += len > 0 ? len : 1;
	return c != 0 && !view_chars_space(c, r->wide);
}

static size_t
count_dark(const struct reading *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->text.n;)
		n += next_dark(r, &i);
	return n;
}

/* Where the character is that has `before` dark ones before it. */
static size_t
find_dark(const struct reading *r, size_t before)
{
	for (size_t i = 0; i < r->text.n;) {
		size_t at = i;

		if (next_dark(r, &i) && before-- == 0)
			return at;
	}
	return r->text.n;
}

static bool
any_unicode(const struct view *v)
{
	for (size_t i = 0; i < v->mail->parts.n; i++) {
		if (v->parts[i].text_unicode)
			return true;
	}
	return false;
}

/* Dark characters of the body before byte `at` of a line, the Subject's not
 * counted; false: it is in the Subject. */
static bool
dark_before(struct view *v, size_t line, size_t at, bool wide, size_t *n_r)
{
	const struct mail_field *subject = mail_field_last(
	    &v->mail->root->header, SLICE("subject"));
	struct reading r = { { NULL, 0 }, wide, wide };
	size_t skip, n = 0;

	if (subject != NULL)
		r.text = mail_field_decoded(v->arena, subject);
	skip = count_dark(&r);
	for (size_t i = 0; i < line; i++) {
		r.text = v->body.v[i];
		n += count_dark(&r);
	}
	r.text = slice_sub(v->body.v[line], 0, at);
	n += count_dark(&r);
	*n_r = n - skip;
	return line > 0 && n >= skip;
}

bool
view_body_origin(struct view *v, size_t line, size_t at,
    struct view_origin *o_r)
{
	const struct view_lines *body = view_body(v);
	bool wide;
	size_t n;

	if (line >= body->n || at > body->v[line].n || v->body_changed)
		return false;
	*o_r = (struct view_origin){ NULL, at };
	wide = any_unicode(v);
	if (!dark_before(v, line, at, wide, &n))
		return true;		/* in the Subject */
	for (size_t i = 0; i < v->mail->parts.n; i++) {
		struct mail_part *p = v->mail->parts.v[i];
		struct reading r = { { NULL, 0 },
			v->parts[p->id - 1].text_unicode, wide };
		size_t dark;

		if (p->leaf)
			r.text = view_body_part(v, p);
		dark = count_dark(&r);
		if (n < dark) {
			*o_r = (struct view_origin){ p, find_dark(&r, n) };
			return true;
		}
		n -= dark;
	}
	return false;			/* white space at the very end */
}

bool
view_rawbody_origin(struct view *v, size_t chunk, size_t at,
    struct view_origin *o_r)
{
	const struct view_lines *chunks = view_rawbody(v);
	const char *byte;

	if (chunk >= chunks->n || at > chunks->v[chunk].n)
		return false;
	byte = chunks->v[chunk].p + at;
	for (size_t i = 0; i < v->mail->parts.n; i++) {
		struct mail_part *p = v->mail->parts.v[i];
		struct slice bytes;

		if (!p->leaf)
			continue;
		bytes = mail_part_decoded(v->mail, p);
		if (byte >= bytes.p && byte <= bytes.p + bytes.n &&
		    bytes.n > 0) {
			*o_r = (struct view_origin){ p,
				(size_t)(byte - bytes.p) };
			return true;
		}
	}
	return false;
}

/*
 * text - what body, rawbody and full rules match.
 *
 * view_body: the Subject, then all text and HTML parts rendered, joined and
 * with their white space collapsed, one paragraph a line.  view_rawbody: the
 * decoded bytes of text parts in chunks.  view_full: the message as received.
 * view_part_text and view_htmls give the parts before joining.
 * reference/sa-compat.md 5.4 and 5.5 say exactly how; the rules were written
 * against that.
 *
 * Called by match/ and, through plug/, by evals.  Everything is computed
 * once and lives in the message's arena.
 *
 * Invariant: a part's cached text is UTF-8 when text_unicode, else bytes
 * (ASCII, or Latin-1 from character references: trap 10).
 */
#include "config.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "view/chars.h"
#include "view/view-priv.h"

/* A cut looks this far for a better place. */
#define CUT_WINDOW 1024

/* ---- parts ---- */

static bool
is_rendered(const struct mail_part *p)
{
	return p->leaf && (slice_eq(p->effective_type, SLICE("text/plain")) ||
	    slice_eq(p->effective_type, SLICE("text/html")));
}

static struct view_html *
render_html(struct view *v, struct mail_part *p, struct chars source,
    size_t raw_length)
{
	struct view_html *h = view_html_parse(v->arena, source.s,
	    source.wide);

	h->part = p;
	h->ratio = ((double)raw_length - (double)h->html_length) /
	    (double)raw_length;
	if (h->cut) {
		v->mail->defects |= DEFECT_HTML_CUT;
	}
	if (h->uri_cut) {
		v->mail->defects |= DEFECT_URI_CUT;
	}
	return h;
}

static struct view_part_cache *
part_cache(struct view *v, struct mail_part *p)
{
	struct view_part_cache *c = &v->parts[p->id - 1];
	struct slice bytes, charset = p->charset;
	struct chars text;
	bool bad = false;

	if (c->text_done) {
		return c;
	}
	c->text_done = true;
	if (!is_rendered(p)) {
		return c;
	}
	bytes = mail_part_decoded(v->mail, p);
	if (charset.n == 0) {
		charset = SLICE("us-ascii");
	}
	text.wide = false;
	text.s = mail_to_utf8(v->arena, bytes, charset, &text.wide, &bad);
	if (bad) {
		v->mail->defects |= DEFECT_CHARSET;
	}
	if (bytes.n > 0 &&
	    slice_eq(p->effective_type, SLICE("text/html"))) {
		c->html = render_html(v, p, text, bytes.n);
		text.s = c->html->text;
		text.wide = c->html->unicode;
	}
	c->text = text.s;
	c->text_unicode = text.wide;
	return c;
}

struct slice
view_part_text(struct view *v, struct mail_part *p)
{
	return part_cache(v, p)->text;
}

struct view_html *const *
view_htmls(struct view *v, size_t *n_r)
{
	if (!v->htmls_done) {
		v->htmls_done = true;
		for (size_t i = 0; i < v->mail->parts.n; i++) {
			struct view_html *h =
			    part_cache(v, v->mail->parts.v[i])->html;

			if (h != NULL) {
				*VEC_PUSH(v->arena, &v->htmls) = h;
			}
		}
	}
	*n_r = v->htmls.n;
	return v->htmls.v;
}

/* ---- cutting ---- */

/*
 * Where to cut text at about byte `at`: after the first of the characters in
 * `marks`, in their order of preference, that is found in the window.
 */
static size_t
cut_place(struct slice text, size_t at, size_t window, const char *marks)
{
	struct slice s = slice_sub(text, at, at + window + 1);

	for (; *marks != '\0'; marks++) {
		ptrdiff_t i = slice_chr(s, *marks, 0);

		if (i >= 0) {
			return at + (size_t)i + 1;
		}
	}
	return at;
}

/* text cut near its limit-th character; 0: no limit. */
static struct slice
cut_rendered(struct view *v, struct slice text, bool unicode, size_t limit)
{
	size_t at, end;

	if (limit == 0 || text.n <= limit) {
		return text;
	}
	at = unicode ? view_chars_offset(text, limit) : limit;
	if (at >= text.n) {
		return text;
	}
	v->mail->defects |= DEFECT_BODY_CUT;
	/* The window counts characters, too. */
	end = unicode ? view_chars_offset(slice_sub(text, at, text.n),
	    CUT_WINDOW) : CUT_WINDOW;
	return slice_sub(text, 0, cut_place(text, at, end, "\n "));
}

/* ---- body ---- */

/* One run of white space: paragraphs meet where it holds two newlines.  What
 * it becomes is not longer; returns where that ends. */
static char *
put_break(char *to, struct slice run)
{
	ptrdiff_t first = slice_chr(run, '\n', 0), last = slice_rchr(run, '\n');

	if (first == last) {		/* none, or one */
		*to++ = ' ';
		return to;
	}
	if (first > 0) {
		*to++ = ' ';
	}
	*to++ = '\n';
	if ((size_t)last + 1 < run.n) {
		*to++ = ' ';
	}
	return to;
}

/* Length of the white space that text has from i on. */
static size_t
space_length(struct slice text, size_t i, bool unicode)
{
	size_t from = i;
	uint32_t c;

	while (i < text.n) {
		size_t len = 1;

		c = (unsigned char)text.p[i];
		if (unicode && c >= 0x80) {
			len = utf8_decode(slice_sub(text, i, text.n), &c);
		}
		if (!view_chars_space(c, unicode)) {
			break;
		}
		i += len;
	}
	return i - from;
}

/* Can no white space begin with it? */
static inline bool
is_plain(unsigned char c, bool unicode)
{
	return (c > ' ' && c < 0x80) || (c >= 0x80 && !unicode);
}

/*
 * White space to single spaces, paragraph breaks to newlines.  SpamAssassin
 * holds the break as a NUL meanwhile, so NULs in the text become newlines.
 */
static struct slice
collapse(struct arena *a, struct slice text, bool unicode)
{
	char *start = arena_bytes(a, text.n), *to = start;
	size_t i = 0;

	while (i < text.n) {
		unsigned char c = (unsigned char)text.p[i];
		size_t n;

		/* words, and single spaces between them */
		if (is_plain(c, unicode) || (c == ' ' && i + 1 < text.n &&
		    is_plain((unsigned char)text.p[i + 1], unicode))) {
			*to++ = (char)c;
			i++;
			continue;
		}
		n = space_length(text, i, unicode);
		if (n > 0) {
			to = put_break(to, slice_sub(text, i, i + n));
			i += n;
		} else {
			*to++ = c == '\0' ? '\n' : (char)c;
			i++;
		}
	}
	return slice_make(start, (size_t)(to - start));
}

/* Lines with their newlines; long ones are cut after a space. */
static void
add_lines(struct arena *a, struct view_lines *lines, struct slice text)
{
	VEC_OF(struct slice) v = { 0 };
	struct slice line;

	while (slice_line(&text, &line)) {
		while (line.n > LIMIT_BODY_LINE) {
			ptrdiff_t space = slice_rchr(
			    slice_sub(line, 0, LIMIT_BODY_LINE + 1), ' ');
			size_t n = space < 0 ? LIMIT_BODY_LINE :
			    (size_t)space + 1;

			*VEC_PUSH(a, &v) = slice_sub(line, 0, n);
			line = slice_sub(line, n, line.n);
		}
		*VEC_PUSH(a, &v) = line;
	}
	lines->v = v.v;
	lines->n = v.n;
}

struct slice
view_body_part(struct view *v, struct mail_part *p)
{
	struct view_part_cache *c = part_cache(v, p);

	return cut_rendered(v, c->text, c->text_unicode,
	    v->conf->body_part_scan);
}

/* All parts' texts, one newline between leaves; *unicode_r if any is. */
static struct slice
join_parts(struct view *v, bool *unicode_r)
{
	struct mail *m = v->mail;
	struct buf b;

	*unicode_r = false;
	for (size_t i = 0; i < m->parts.n; i++) {
		*unicode_r = *unicode_r ||
		    part_cache(v, m->parts.v[i])->text_unicode;
	}
	buf_init(&b, v->arena);
	for (size_t i = 0; i < m->parts.n; i++) {
		struct view_part_cache *c = part_cache(v, m->parts.v[i]);
		struct slice text = view_body_part(v, m->parts.v[i]);

		if (!m->parts.v[i]->leaf) {
			continue;
		}
		if (b.n > 0) {
			buf_addc(&b, '\n');
		}
		if (*unicode_r && !c->text_unicode) {
			text = view_chars_upgrade(v->arena, text);
		}
		buf_add_slice(&b, text);
	}
	return buf_slice(&b);
}

static bool
has_leaf(const struct mail *m)
{
	for (size_t i = 0; i < m->parts.n; i++) {
		if (m->parts.v[i]->leaf) {
			return true;
		}
	}
	return false;
}

const struct view_lines *
view_body(struct view *v)
{
	const struct mail_field *subject;
	bool unicode;
	struct slice text, all[3] = { { 0 }, { "\n", 1 }, { 0 } };

	if (v->body_done) {
		return &v->body;
	}
	v->body_done = true;
	if (!has_leaf(v->mail)) {
		return &v->body;
	}
	text = join_parts(v, &unicode);
	subject = mail_field_last(&v->mail->root->header, SLICE("subject"));
	if (subject != NULL) {
		all[0] = mail_field_decoded(v->arena, subject);
	}
	all[2] = collapse(v->arena, text, unicode);
	add_lines(v->arena, &v->body,
	    arena_join(v->arena, all, 3, SLICE("")));
	return &v->body;
}

/* An eval of SpamAssassin changes what later rules see (trap 3). */
void
view_body_replace(struct view *v, size_t i, struct slice text)
{
	if (i < view_body(v)->n) {
		v->body.v[i] = text;
		v->body_changed = true;
	}
}

/* ---- rawbody ---- */

/* `text/…` or `message/…`, not a calendar, which nobody sees as text. */
static bool
is_raw_text(const struct mail_part *p)
{
	struct slice t = p->effective_type;
	size_t n = slice_starts(t, SLICE("text")) ? 4 :
	    slice_starts(t, SLICE("message")) ? 7 : 0;

	return p->leaf && n > 0 &&
	    (t.n == n || !ascii_isword((unsigned char)t.p[n])) &&
	    !slice_eq(p->type, SLICE("text/calendar"));
}

/*
 * Chunks of one to two times LIMIT_BODY_LINE, cut after a newline, else `>`,
 * else space, else just there.
 */
static void
add_chunks(struct arena *a, struct view_lines *lines, size_t *cap,
    struct slice text)
{
	bool more = true;

	while (more) {
		size_t n = text.n;

		/* A text of one line's length is never cut. */
		if (n > 2 * LIMIT_BODY_LINE) {
			n = cut_place(text, LIMIT_BODY_LINE,
			    LIMIT_BODY_LINE - 1, "\n> ");
			n = n == LIMIT_BODY_LINE ? n + 1 : n;
		}
		more = n < text.n;
		lines->v = vec_grow(a, lines->v, lines->n, cap,
		    sizeof(*lines->v));
		lines->v[lines->n++] = slice_sub(text, 0, n);
		text = slice_sub(text, n, text.n);
	}
}

const struct view_lines *
view_rawbody(struct view *v)
{
	size_t limit = v->conf->rawbody_part_scan, cap = 0;

	if (v->rawbody_done) {
		return &v->rawbody;
	}
	v->rawbody_done = true;
	for (size_t i = 0; i < v->mail->parts.n; i++) {
		struct mail_part *p = v->mail->parts.v[i];
		struct slice text;

		if (!is_raw_text(p)) {
			continue;
		}
		text = mail_part_decoded(v->mail, p);
		if (limit != 0 && text.n > limit) {
			text = slice_sub(text, 0,
			    cut_place(text, limit, CUT_WINDOW, "\n> "));
			v->mail->defects |= DEFECT_BODY_CUT;
		}
		add_chunks(v->arena, &v->rawbody, &cap, text);
	}
	return &v->rawbody;
}

/* ---- full ---- */

struct slice
view_full(struct view *v)
{
	struct slice both[2] = {
		v->mail->pristine_header, v->mail->pristine_body
	};

	if (!v->full_done) {
		v->full_done = true;
		if (both[0].p != NULL && both[0].p + both[0].n == both[1].p) {
			v->full = slice_make(both[0].p,
			    both[0].n + both[1].n);
		} else {
			v->full = arena_join(v->arena, both, 2, SLICE(""));
		}
	}
	return v->full;
}

/*
 * rewrite.c - the message as it is handed on.
 *
 * Ham, and spam with report_safe 0: the same bytes, but for the header: old
 * X-Spam-* lines go (not X-Spam-Prev-*), ours come after a leading mbox line
 * and Return-Path; spam's first Subject gets the site's tag.  report_safe 1
 * and 2: a new message around the old one, which stays inside byte for byte
 * (undo.c takes it out again).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "report/report-priv.h"

static bool
is_ours(struct slice line)
{
	return (slice_starts_nocase(line, SLICE("X-Spam-")) &&
	    !slice_starts_nocase(line, SLICE("X-Spam-Prev-"))) ||
	    slice_starts_nocase(line, SLICE("X-Tare-"));
}

static bool
is_fold(struct slice line)
{
	return line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t');
}

/* One field with its folds off *rest. */
static bool
next_field(struct slice *rest, struct slice *field_r)
{
	struct slice line, peek;

	if (!slice_line(rest, &line))
		return false;
	*field_r = line;
	for (;;) {
		peek = *rest;
		if (!slice_line(&peek, &line) || !is_fold(line))
			return true;
		field_r->n += line.n;
		*rest = peek;
	}
}

/* rewrite_header's text for a field ("Subject"), expanded; empty if none. */
static struct slice
rewrite_text(const struct tag_context *c, const char *field)
{
	size_t n;
	const struct slice *v = conf_list(c->conf->conf, "rewrite_header", &n);
	struct slice found = { NULL, 0 };

	for (size_t i = 0; i < n; i++) {
		struct slice rest = v[i], word;

		if (slice_word(&rest, &word) &&
		    slice_eq_nocase(word, slice_cstr(field)))
			found = slice_trim(rest);
	}
	return found.n ? report_clean(c->arena, tag_expand(c, found)) : found;
}

static struct slice
field_value(struct slice field)
{
	ptrdiff_t colon = slice_chr(field, ':', 0);

	return slice_sub(field, (size_t)colon + 1, field.n);
}

/* "Subject:" of spam with the site's tag in front (once). */
static void
add_subject(struct buf *b, struct slice field, struct slice tag)
{
	struct slice value = slice_trim_left(field_value(field));

	buf_adds(b, "Subject: ");
	if (!slice_starts(value, tag)) {
		buf_add_slice(b, tag);
		buf_addc(b, ' ');
	}
	buf_add_slice(b, value);
}

struct rewriting {
	struct slice subject_tag;	/* empty: leave it */
	bool subject_seen;
	struct slice subject_before;	/* its value as it came */
};

static void
add_field(struct buf *b, struct rewriting *rw, struct slice field)
{
	if (rw->subject_tag.n > 0 && !rw->subject_seen &&
	    slice_starts_nocase(field, SLICE("Subject:"))) {
		rw->subject_before = slice_trim(field_value(field));
		rw->subject_seen = true;
		add_subject(b, field, rw->subject_tag);
		return;
	}
	buf_add_slice(b, field);
}

/* After an mbox line or a header that ends in mid-line. */
static void
end_line(struct buf *b, const char *eol)
{
	if (b->n > 0 && b->p[b->n - 1] != '\n')
		buf_adds(b, eol);
}

/* What undo needs to put the old Subject back. */
static void
add_previous(struct buf *b, const struct rewriting *rw, const char *eol)
{
	if (rw->subject_tag.n == 0)
		return;
	end_line(b, eol);
	if (!rw->subject_seen) {
		buf_addf(b, "Subject: %.*s%s", SLICE_FMT(rw->subject_tag),
		    eol);
		buf_addf(b, "X-Spam-Prev-Subject: (nonexistent)%s", eol);
		return;
	}
	buf_addf(b, "X-Spam-Prev-Subject: %.*s%s",
	    SLICE_FMT(rw->subject_before), eol);
}

static struct slice
rewrite_in_place(const struct tag_context *c)
{
	const struct mail *m = view_mail(c->view);
	const char *eol = report_eol(m);
	struct slice head = slice_sub(m->raw, m->envelope_length,
	    m->envelope_length + m->header_length);
	struct slice rest = head, field;
	struct rewriting rw = { 0 };
	bool placed = false;
	struct buf b;

	buf_init(&b, c->arena);
	buf_reserve(&b, m->raw.n + 4096);
	if (c->verdict->spam)
		rw.subject_tag = rewrite_text(c, "subject");
	buf_add(&b, m->raw.p, m->envelope_length);
	while (next_field(&rest, &field)) {
		/* a stray fold at the start must not continue our last */
		if (!placed && !is_fold(field) && !slice_starts_nocase(field,
		    SLICE("Return-Path:"))) {
			buf_add_slice(&b, report_headers(c->arena, c->conf,
			    c->verdict, c->view));
			placed = true;
		}
		if (!is_ours(field))
			add_field(&b, &rw, field);
	}
	if (!placed) {
		end_line(&b, eol);
		buf_add_slice(&b, report_headers(c->arena, c->conf,
		    c->verdict, c->view));
	}
	add_previous(&b, &rw, eol);
	/* The blank line and the body: not one byte of them changes. */
	buf_add_slice(&b, slice_sub(m->raw, m->envelope_length +
	    m->header_length, m->raw.n));
	return buf_slice(&b);
}

/* A boundary that does not occur in the message. */
static const char *
make_boundary(struct arena *a, const struct mail *m)
{
	uint64_t h = m->fingerprint;

	for (;;) {
		const char *text = arena_printf(a,
		    "----------=_%08X.%08X", (unsigned)(h >> 32), (unsigned)h);

		if (slice_find(m->raw, slice_cstr(text), 0) < 0)
			return text;
		h = hash_stable(&h, sizeof(h), h);
	}
}

static void
copy_fields(struct buf *b, const struct tag_context *c, const char *eol)
{
	static const char *const always[] = { "From", "To", "Cc", "Subject",
		"Date", "Message-ID" };
	const struct mail *m = view_mail(c->view);
	struct slice tag = rewrite_text(c, "subject");
	size_t n;
	const struct slice *more = conf_list(c->conf->conf,
	    "report_safe_copy_headers", &n);

	for (size_t i = 0; i < sizeof(always) / sizeof(*always) + n; i++) {
		struct slice name = i < 6 ? slice_cstr(always[i]) :
		    more[i - 6];
		const struct mail_field *f = mail_field_nth(&m->root->header,
		    name, 0);
		struct slice value;

		if (f == NULL)
			continue;
		value = report_clean(c->arena, slice_trim(f->raw));
		buf_addf(b, "%.*s: ", SLICE_FMT(f->name));
		if (i == 3 && tag.n > 0)
			buf_addf(b, "%.*s ", SLICE_FMT(tag));
		buf_add_slice(b, value);
		buf_adds(b, eol);
	}
}

static void
add_text(struct buf *b, struct slice text, const char *eol)
{
	struct slice line;

	while (slice_line(&text, &line)) {
		if (slice_ends(line, SLICE("\n")))
			line.n--;
		buf_add_slice(b, line);
		buf_adds(b, eol);
	}
}

static struct slice
wrap(const struct tag_context *c, bool as_text)
{
	const struct mail *m = view_mail(c->view);
	const char *eol = report_eol(m);
	const char *boundary = make_boundary(c->arena, m);
	struct slice charset = conf_text(c->conf->conf, "report_charset");
	struct slice body = slice_sub(m->raw, m->envelope_length, m->raw.n);
	struct buf b;

	buf_init(&b, c->arena);
	buf_reserve(&b, m->raw.n + 8192);
	buf_add(&b, m->raw.p, m->envelope_length);
	end_line(&b, eol);
	buf_addf(&b, "Received: from localhost by %.*s%s\twith tare (%.*s);"
	    "%s\t%.*s%s", SLICE_FMT(c->conf->hostname), eol,
	    SLICE_FMT(c->conf->version), eol,
	    SLICE_FMT(tag_expand(c, SLICE("_DATE_"))), eol);
	copy_fields(&b, c, eol);
	buf_add_slice(&b, report_headers(c->arena, c->conf, c->verdict,
	    c->view));
	buf_addf(&b, "MIME-Version: 1.0%sContent-Type: multipart/mixed; "
	    "boundary=\"%s\"%s%s", eol, boundary, eol, eol);
	buf_addf(&b, "This is a multi-part message in MIME format.%s%s--%s%s"
	    "Content-Type: text/plain; charset=%.*s%sContent-Disposition: "
	    "inline%sContent-Transfer-Encoding: 8bit%s%s", eol, eol, boundary,
	    eol, SLICE_FMT(charset), eol, eol, eol, eol);
	add_text(&b, report_text(c->arena, c->conf, c->verdict, c->view), eol);
	buf_addf(&b, "%s--%s%sContent-Type: %s; x-spam-type=original%s"
	    "Content-Description: the message as it came%s"
	    "Content-Disposition: attachment%s"
	    "Content-Transfer-Encoding: 8bit%s%s", eol, boundary, eol,
	    as_text ? "text/plain" : "message/rfc822", eol, eol, eol, eol,
	    eol);
	buf_add_slice(&b, body);
	buf_addf(&b, "%s--%s--%s", eol, boundary, eol);
	return buf_slice(&b);
}

struct slice
report_rewrite(struct arena *a, const struct report_conf *rc,
    const struct verdict *v, struct view *view)
{
	struct tag_context c = { a, rc, v, view };
	long safe = conf_int(rc->conf, "report_safe");

	if (v->spam && safe > 0)
		return wrap(&c, safe == 2);
	return rewrite_in_place(&c);
}

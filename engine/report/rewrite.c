/*
 * rewrite.c - the message as it is handed on, marked in place.
 *
 * Ham, and spam with report_safe 0: the same bytes, but for the header.  Our
 * block comes after a leading mbox line and Return-Path; marks that came with
 * the message are put out of sight (kept.c); Subject, From and To get the
 * site's tags, and what they were stands at the end of the header, as
 * X-Spam-Prev-Subject and so on.  Spam with report_safe 1 or 2 becomes part
 * of a new message (enclose.c).
 *
 * undo.c takes it all off again.  Most messages need no word for that; where
 * one does (it had an X-Spam-Prev- field of its own, its last line had no
 * end), an X-Tare-Undo line says so.  Whether it is needed is tried, not
 * guessed: the header made without it is undone and compared.
 */
#include "config.h"

#include "base/limits.h"
#include "report/report-priv.h"

/* The header while it is rewritten. */
struct header {
	const char *eol;
	bool whole;			/* no body, not even a blank line */
	struct rewriting rewriting;
	struct buf top;			/* what stays before our block */
	struct buf rest;		/* what comes after it */
	struct buf previous;		/* X-Spam-Prev- lines */
	struct undo_note note;
	size_t seen[REWRITE_FIELDS];	/* Subject, From and To fields */
};

static void
add_previous(struct header *h, struct slice field)
{
	buf_adds(&h->previous, "X-Spam-Prev-");
	buf_add_slice(&h->previous, field);
	field_end_line(&h->previous, h->eol);
	h->note.n_previous++;
}

static void
add_field(struct header *h, struct buf *b, struct slice field)
{
	int which = rewrite_which(field);

	if (field_is_mark(field)) {
		kept_add(b, field, h->eol);
	} else if (which >= 0 && h->seen[which]++ < LIMIT_REWRITTEN &&
	    rewrite_wanted(&h->rewriting, which)) {
		rewrite_in_place(b, &h->rewriting, which, field);
		add_previous(h, field);
	} else {
		buf_add_slice(b, field);
	}
}

/* Tagged all the same: mail programs show an empty Subject. */
static void
make_subject(struct header *h)
{
	if (h->seen[REWRITE_SUBJECT] > 0 ||
	    !rewrite_wanted(&h->rewriting, REWRITE_SUBJECT))
		return;
	field_end_line(&h->rest, h->eol);
	rewrite_in_place(&h->rest, &h->rewriting, REWRITE_SUBJECT,
	    SLICE("Subject:"));
	field_end_line(&h->rest, h->eol);
	add_previous(h, SLICE("Subject: (nonexistent)"));
	h->note.made_subject = true;
}

static bool
is_fold(struct slice line)
{
	return line.p[0] == ' ' || line.p[0] == '\t';
}

static bool
has_return_path(struct slice head)
{
	struct slice field;

	while (field_next(&head, &field)) {
		if (!is_fold(field) && !field_is_mark(field))
			return field_is(field, SLICE("Return-Path"));
	}
	return false;
}

/*
 * Before our block: Return-Path, if it is the first field, with marks of
 * others in front of it; and folds of nothing, which must not continue a
 * line of ours.
 */
static void
split(struct header *h, struct slice head)
{
	bool path = has_return_path(head), top = true;
	struct slice field;

	while (field_next(&head, &field)) {
		if (top && !is_fold(field)) {
			top = path;
			/* the last of them is Return-Path itself */
			path = path && field_is_mark(field);
		}
		add_field(h, top ? &h->top : &h->rest, field);
	}
	make_subject(h);
}

/*
 * The header's bytes; note NULL: no X-Tare-Undo.
 *
 * Where there is no body the note is the last line, with the first one's line
 * end: whether CRLF alone is a blank line depends on the message's first and
 * last line (mail/part.c), and what was a Subject may end in CRLF.
 */
static struct slice
assemble(struct header *h, struct slice block, const struct undo_note *note)
{
	struct buf b;

	buf_init(&b, h->top.arena);
	buf_add_slice(&b, buf_slice(&h->top));
	field_end_line(&b, h->eol);
	buf_add_slice(&b, block);
	if (note != NULL && !h->whole)
		undo_note_add(&b, note, h->eol);
	buf_add_slice(&b, buf_slice(&h->rest));
	if (h->previous.n > 0 || (note != NULL && h->whole))
		field_end_line(&b, h->eol);
	buf_add_slice(&b, buf_slice(&h->previous));
	if (note != NULL && h->whole)
		undo_note_add(&b, note, h->eol);
	return buf_slice(&b);
}

static bool
is_whole(const struct mail *m)
{
	return m->envelope_length + m->header_length == m->raw.n;
}

/* The header and nothing else, not even the end of its last line. */
static bool
is_cut(const struct mail *m)
{
	return m->raw.n > 0 && m->raw.p[m->raw.n - 1] != '\n' && is_whole(m);
}

/* It would be read with CRLF as line end, and was not. */
static bool
becomes_crlf(const struct mail *m, struct slice marked)
{
	return is_whole(m) && !m->crlf && slice_ends(marked, SLICE("\r\n"));
}

static struct slice
mark_header(struct arena *a, const struct mail *m, struct header *h,
    struct slice block)
{
	struct slice plain, original = slice_sub(m->raw, m->envelope_length,
	    m->envelope_length + m->header_length);

	buf_init(&h->top, a);
	buf_init(&h->rest, a);
	buf_init(&h->previous, a);
	split(h, original);
	plain = assemble(h, block, NULL);
	if (slice_eq(undo_header(a, plain, is_cut(m)), original) &&
	    (original.n > 0 || !is_cut(m)) && !becomes_crlf(m, plain))
		return plain;
	h->note.counted = true;
	h->note.cut = is_cut(m);
	return assemble(h, block, &h->note);
}

static struct slice
mark_in_place(struct arena *a, const struct mail *m,
    const struct rewriting *rw, struct slice block)
{
	size_t end = m->envelope_length + m->header_length;
	struct header h = { .eol = report_eol(m), .whole = is_whole(m),
	    .rewriting = *rw };
	struct buf b;

	buf_init(&b, a);
	buf_reserve(&b, m->raw.n + block.n + 4096);
	buf_add(&b, m->raw.p, m->envelope_length);
	field_end_line(&b, h.eol);
	buf_add_slice(&b, mark_header(a, m, &h, block));
	/* The blank line and the body: not one byte of them changes. */
	buf_add_slice(&b, slice_sub(m->raw, end, m->raw.n));
	return buf_slice(&b);
}

struct slice
report_rewrite(struct arena *a, const struct report_conf *rc,
    const struct verdict *v, struct view *view)
{
	struct tag_context c = { a, rc, v, view, false };
	struct slice block = report_headers(a, rc, v, view);
	struct rewriting rw;

	if (v->spam && conf_int(rc->conf, "report_safe") > 0 &&
	    !rc->in_place)
		return report_enclose(&c, block);
	rewrite_prepare(&c, &rw);
	return mark_in_place(a, view_mail(view), &rw, block);
}

struct slice
report_unscanned(struct arena *a, struct slice raw, const char *why)
{
	static const struct rewriting none;
	struct mail *m = mail_parse(a, raw);
	const char *line = arena_printf(a, "X-Tare-Error: not scanned: %.*s%s",
	    SLICE_FMT(report_clean(a, slice_cstr(why))), report_eol(m));

	return mark_in_place(a, m, &none, slice_cstr(line));
}

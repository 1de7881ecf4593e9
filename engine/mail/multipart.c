/*
 * multipart.c - cut one multipart body at its boundary lines.
 *
 * part.c calls it for each multipart in the queue.  The lines it draws are
 * SpamAssassin's (reference 5.1 points 9, 10 and 14), among them: the last
 * header line of a part that has no body is lost; a part that declares its
 * parent's boundary hides the boundary lines up to a closing one; the last
 * line of the body belongs to the open part, even among its headers.
 *
 * One pass over the text; a part's body is a slice of it unless it has lines
 * over LIMIT_PART_LINE.
 */
#include "config.h"

#include "base/limits.h"
#include "mail/mail-priv.h"

enum boundary_kind { NO_BOUNDARY, OPENING, CLOSING };

/* A region of the text; unset while from is SIZE_MAX. */
struct span {
	size_t from, to;
};

struct splitter {
	struct mail_builder *builder;
	struct mail_item item;
	struct slice text;
	bool nested;		/* hide boundary lines up to a closing one */
	bool in_body;
	bool long_lines;
	size_t part_start;
	struct span field;	/* header field being collected */
	struct span body;
	struct mail_header header;
};

static enum boundary_kind
boundary_kind(struct slice line, struct slice boundary)
{
	struct slice rest;

	if (!slice_starts(line, SLICE("--")))
		return NO_BOUNDARY;
	rest = slice_sub(line, 2, line.n);
	if (!slice_starts(rest, boundary))
		return NO_BOUNDARY;
	rest = slice_sub(rest, boundary.n, rest.n);
	if (slice_trim_left(rest).n == 0)
		return OPENING;
	if (slice_starts(rest, SLICE("--")) &&
	    slice_trim_left(slice_sub(rest, 2, rest.n)).n == 0)
		return CLOSING;
	return NO_BOUNDARY;
}

/* The line after an opening boundary should be a header field. */
static void
check_first_line(struct splitter *s, size_t at)
{
	struct slice rest = slice_sub(s->text, at, s->text.n);

	if (rest.n > 0 && !mail_field_line(rest, false))
		s->builder->mail->defects |= DEFECT_MIME_HEADERS;
}

/* Offset after the first opening boundary line; 0 if there is none. */
static size_t
skip_preamble(struct splitter *s)
{
	struct slice rest = s->text, line;

	while (slice_line(&rest, &line)) {
		if (boundary_kind(line, s->item.boundary) == OPENING) {
			check_first_line(s, s->text.n - rest.n);
			return s->text.n - rest.n;
		}
	}
	return 0;
}

static void
reset_part(struct splitter *s, size_t start)
{
	s->in_body = false;
	s->long_lines = false;
	s->part_start = start;
	s->field = s->body = (struct span){ SIZE_MAX, 0 };
	s->header = (struct mail_header){ { 0 } };
}

static size_t
to_raw(struct splitter *s, size_t offset)
{
	const struct mail_item *it = &s->item;

	return it->traced ?
	    mail_doc_text_offset(it->doc, it->offset + offset) :
	    it->part->body_offset;
}

static void
flush_field(struct splitter *s)
{
	struct mail *m = s->builder->mail;
	struct mail_field *f;
	size_t from = s->field.from;

	if (from == SIZE_MAX)
		return;
	s->field.from = SIZE_MAX;
	if (s->builder->fields_left == 0) {
		m->defects |= DEFECT_TOO_MANY_FIELDS;
		return;
	}
	s->builder->fields_left--;
	mail_block_add_part_field(m->arena, &s->header,
	    slice_sub(s->text, from, s->field.to));
	f = &s->header.fields.v[s->header.fields.n - 1];
	f->offset = to_raw(s, from);
	f->length = to_raw(s, s->field.to) - f->offset;
}

/* SpamAssassin's bug 7358: only when Content-Type is the last field. */
static void
check_nested(struct splitter *s)
{
	struct arena *a = s->builder->mail->arena;
	const struct mail_field *f;
	struct mail_ctype ct;

	if (s->header.fields.n == 0)
		return;
	f = &s->header.fields.v[s->header.fields.n - 1];
	if (!slice_eq_nocase(f->name, SLICE("content-type")))
		return;
	mail_ctype_parse(a, mail_field_decoded(a, f), &ct);
	if (ct.boundary.n > 0 && slice_eq(ct.boundary, s->item.boundary))
		s->nested = true;
}

static void
body_line(struct splitter *s, size_t from, size_t to)
{
	if (s->body.from == SIZE_MAX)
		s->body.from = from;
	s->body.to = to;
	s->long_lines |= to - from > LIMIT_PART_LINE;
}

/* text[from, to) is no boundary and not the last line. */
static void
part_line(struct splitter *s, size_t from, size_t to)
{
	struct slice line = slice_sub(s->text, from, to);

	if (!s->in_body) {
		bool open = s->field.from != SIZE_MAX;

		if (mail_field_line(line, true)) {
			flush_field(s);
			s->field = (struct span){ from, to };
			return;
		}
		if (open && (line.p[0] == ' ' || line.p[0] == '\t')) {
			s->field.to = to;
			return;
		}
		flush_field(s);
		if (open)
			check_nested(s);
		s->in_body = true;
		if (slice_eq(line, SLICE("\n")) ||
		    slice_eq(line, SLICE("\r\n")))
			return;
		s->builder->mail->defects |= DEFECT_MIME_SEPARATOR;
	}
	body_line(s, from, to);
}

static struct mail_ctype
part_ctype(struct splitter *s, struct mail_part *p)
{
	struct arena *a = s->builder->mail->arena;
	const struct mail_field *f =
	    mail_field_last(&p->header, SLICE("content-type"));
	struct mail_ctype ct;

	mail_ctype_parse(a, f ? mail_field_decoded(a, f) : SLICE(""), &ct);
	p->type = ct.type;
	if (ct.missing && slice_eq_cstr(s->item.part->type, "multipart/digest"))
		p->type = SLICE("message/rfc822");
	return ct;
}

/* The open part ends; `end` is where its boundary line, if any, begins. */
static void
finish_part(struct splitter *s, size_t end)
{
	struct mail_part *p = mail_part_add(s->builder, s->item.part);
	struct mail_item it = { .part = p, .doc = s->item.doc };

	if (s->body.from == SIZE_MAX)
		s->body = (struct span){ end, end };
	p->header = s->header;
	p->header_offset = to_raw(s, s->part_start);
	p->body_offset = to_raw(s, s->body.from);
	p->body_length = to_raw(s, s->body.to) - p->body_offset;
	it.ctype = part_ctype(s, p);
	it.boundary = it.ctype.boundary.n > 0 &&
	    !slice_eq(it.ctype.boundary, SLICE("0")) ?
	    it.ctype.boundary : s->item.boundary;
	it.text = slice_sub(s->text, s->body.from, s->body.to);
	it.offset = s->item.offset + s->body.from;
	it.traced = s->item.traced;
	it.levels = s->item.levels - 1;
	if (s->long_lines && mail_copy_charge(s->builder, it.text.n)) {
		it.text = mail_text_broken(s->builder->mail->arena, it.text);
		it.traced = false;
	}
	*VEC_PUSH(s->builder->mail->arena, &s->builder->queue) = it;
}

static void
check_epilogue(struct splitter *s, size_t at)
{
	for (; at < s->text.n; at++) {
		char c = s->text.p[at];

		if (c != '.' && !ascii_isspace((unsigned char)c)) {
			s->builder->mail->defects |= DEFECT_MIME_EPILOGUE;
			return;
		}
	}
}

/*
 * A boundary line at text[from, to), or the last line.  False: stop here.
 */
static bool
boundary_line(struct splitter *s, enum boundary_kind kind, bool hidden,
    struct span line)
{
	if (hidden || kind == NO_BOUNDARY)
		body_line(s, line.from, line.to);
	else if (s->body.from != SIZE_MAX &&
	    s->text.p[s->body.to - 1] == '\n')
		s->body.to--;	/* the newline belongs to the boundary */
	finish_part(s, line.from);
	if (kind == CLOSING) {
		check_epilogue(s, line.to);
		return false;
	}
	check_first_line(s, line.to);
	if (s->builder->n_parts >= LIMIT_MIME_PARTS) {
		s->builder->mail->defects |= DEFECT_MIME_PARTS;
		return false;
	}
	reset_part(s, line.to);
	return true;
}

void
mail_multipart_parse(struct mail_builder *b, struct mail_item it)
{
	struct splitter s = { .builder = b, .item = it, .text = it.text };
	struct slice rest, line;
	size_t start = skip_preamble(&s);

	reset_part(&s, start);
	/* A blank line put before a text without boundary ends the header. */
	s.in_body = it.blank_first && start == 0;
	rest = slice_sub(s.text, start, s.text.n);
	while (slice_line(&rest, &line)) {
		enum boundary_kind kind = boundary_kind(line, it.boundary);
		struct span at = { s.text.n - rest.n - line.n,
		    s.text.n - rest.n };
		bool hidden = s.nested && kind != NO_BOUNDARY;

		if (hidden && kind == CLOSING)
			s.nested = false;
		if (rest.n > 0 && (kind == NO_BOUNDARY || hidden))
			part_line(&s, at.from, at.to);
		else if (!boundary_line(&s, kind, hidden, at))
			break;
	}
}

/*
 * part.c - the MIME tree of a message.
 *
 * mail_tree_build puts the message on a queue and takes items off it until
 * none is left: a multipart is split (multipart.c), a leaf gets its name and
 * type, a message/rfc822 leaf is decoded and opened as a message of its own.
 * That is SpamAssassin's order (reference 5.1 points 8 to 13), and it needs
 * no recursion.
 *
 * Invariants: offsets in parts point into mail->raw; those of parts that
 * exist only after decoding name the place of the encoded part around them.
 *
 * Limits: LIMIT_MIME_DEPTH levels, beyond which a multipart or message stays
 * a leaf; LIMIT_MIME_PARTS parts in all, beyond which a multipart's rest is
 * dropped; LIMIT_FIELDS fields in the message's header and as many again in
 * everything inside it; MAIL_COPIES_MAX for copies.
 */
#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "mail/mail-priv.h"

size_t
mail_doc_bytes_offset(struct mail_doc *d, size_t offset)
{
	while (d->parent != NULL) {
		if (!d->traced)
			return d->holder->body_offset;
		offset = d->parent->body +
		    mail_text_source(&d->parent->text, d->base + offset);
		d = d->parent;
	}
	return offset;
}

size_t
mail_doc_text_offset(struct mail_doc *d, size_t offset)
{
	return mail_doc_bytes_offset(d,
	    d->body + mail_text_source(&d->text, offset));
}

struct mail_part *
mail_part_add(struct mail_builder *b, struct mail_part *parent)
{
	struct mail_part *p = arena_alloc(b->mail->arena, sizeof(*p));

	p->parent = parent;
	if (parent == NULL)
		return p;
	b->n_parts++;
	p->depth = parent->depth + 1;
	if (parent->last_child != NULL)
		parent->last_child->next = p;
	else
		parent->child = p;
	parent->last_child = p;
	return p;
}

/* "?9-AAA-9999 99:99:99": ? is a blank or digit, A a letter, 9 a digit. */
static bool
fits_mask(struct slice s, const char *mask)
{
	for (size_t i = 0; mask[i] != '\0'; i++) {
		unsigned char c = i < s.n ? (unsigned char)s.p[i] : 0;

		if (mask[i] == '9' ? !ascii_isdigit(c) :
		    mask[i] == 'A' ? !ascii_isalpha(c) :
		    mask[i] == ' ' ? !ascii_isspace(c) :
		    mask[i] == '?' ? !ascii_isdigit(c) && !ascii_isspace(c) :
		    c != (unsigned char)mask[i])
			return false;
	}
	return true;
}

/* The separator of mbx files: date,size;flags-uid */
static bool
is_mbx_line(struct slice line)
{
	ptrdiff_t comma, semicolon;
	size_t i;

	line = slice_trim_right(line);
	comma = slice_rchr(line, ',');
	semicolon = slice_rchr(line, ';');
	if (!fits_mask(line, "?9-AAA-9999 99:99:99") || comma < 20 ||
	    semicolon <= comma + 1 || line.n - (size_t)semicolon != 22)
		return false;
	for (i = (size_t)comma + 1; i < (size_t)semicolon; i++) {
		if (!ascii_isdigit((unsigned char)line.p[i]))
			return false;
	}
	for (i++; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];
		size_t at = i - (size_t)semicolon;

		if (at == 13 ? c != '-' : at < 13 ?
		    ascii_hex(c) < 0 || (c >= 'A' && c <= 'F') :
		    !ascii_isword(c))
			return false;
	}
	return true;
}

/* "From " and no colon after the white space: an mbox line. */
static bool
is_mbox_line(struct slice line)
{
	size_t i = 4;

	if (!slice_starts(line, SLICE("From")))
		return false;
	while (i < line.n && ascii_isspace((unsigned char)line.p[i]))
		i++;
	return i > 4 && (i > 5 || i == line.n || line.p[i] != ':');
}

static size_t
envelope_length(struct slice bytes)
{
	struct slice line;

	if (!slice_line(&bytes, &line))
		return 0;
	return is_mbox_line(line) || is_mbx_line(line) ? line.n : 0;
}

/* SpamAssassin looks at the first and the last line only (5.1 point 2). */
static bool
is_crlf(struct slice bytes)
{
	ptrdiff_t first = slice_chr(bytes, '\n', 0);

	if (first > 0 && bytes.p[first - 1] == '\r')
		return true;
	return slice_ends(bytes, SLICE("\r\n"));
}

static struct slice
last_decoded(struct arena *a, const struct mail_part *p, struct slice name)
{
	const struct mail_field *f = mail_field_last(&p->header, name);

	return f ? mail_field_decoded(a, f) : SLICE("");
}

/* A blank line goes before a multipart's text when it starts otherwise. */
static bool
wants_blank_line(const struct mail_item *it)
{
	struct slice rest = it->text, line, dashes;

	if (!slice_starts(it->ctype.type, SLICE("multipart/")) ||
	    !slice_line(&rest, &line) || rest.n == 0 ||
	    slice_trim_left(line).n == 0)
		return false;
	dashes = slice_sub(line, 2, line.n);
	return it->boundary.n == 0 || !slice_starts(line, SLICE("--")) ||
	    !slice_starts(dashes, it->boundary);
}

/*
 * Open d->bytes, after its envelope line, as a message: parse the header into
 * p and put the body on the queue.
 */
static void
open_message(struct mail_builder *b, struct mail_doc *d, struct mail_part *p,
    size_t start, unsigned levels)
{
	struct arena *a = b->mail->arena;
	struct slice bytes = slice_sub(d->bytes, start, d->bytes.n);
	struct mail_item it = { .part = p, .doc = d, .levels = levels,
	    .traced = true };
	struct mail_block block;
	bool crlf = is_crlf(bytes);

	mail_block_parse(a, bytes, crlf, b->fields_left, &block);
	d->body = start + block.body;
	mail_text_make(a, slice_sub(bytes, block.body, bytes.n), crlf,
	    &d->text);
	p->header = block.header;
	for (size_t i = 0; i < p->header.fields.n; i++) {
		struct mail_field *f = &p->header.fields.v[i];
		size_t from = start + f->offset, to = from + f->length;

		f->offset = mail_doc_bytes_offset(d, from);
		f->length = mail_doc_bytes_offset(d, to) - f->offset;
	}
	p->header_offset = mail_doc_bytes_offset(d, start);
	p->body_offset = mail_doc_bytes_offset(d, d->body);
	p->body_length = mail_doc_bytes_offset(d, d->bytes.n) -
	    p->body_offset;
	mail_ctype_parse(a, last_decoded(a, p, SLICE("content-type")),
	    &it.ctype);
	p->type = it.ctype.type;
	it.boundary = it.ctype.boundary;
	it.text = d->text.bytes;
	it.blank_first = wants_blank_line(&it);
	*VEC_PUSH(a, &b->queue) = it;
	b->fields_left -= block.header.fields.n;
	if (p->parent == NULL) {
		b->fields_left = LIMIT_FIELDS;
		b->mail->crlf = crlf;
		b->mail->header_length = block.length;
		b->mail->body_offset = d->body;
		b->mail->defects |= block.defects;
	}
}

/* name= of Content-Disposition: to the next quote or semicolon. */
static struct slice
disposition_name(struct slice s)
{
	size_t from = 0;
	ptrdiff_t hit;

	while ((hit = slice_find_nocase(s, SLICE("name="), from)) >= 0) {
		size_t blank = (size_t)hit + 5, i = blank, end;

		while (i < s.n && ascii_isspace((unsigned char)s.p[i]))
			i++;
		blank = i > blank ? i - 1 : SIZE_MAX;
		if (i < s.n && s.p[i] == '"')
			i++;
		for (end = i; end < s.n && s.p[end] != '"' &&
		    s.p[end] != ';'; end++)
			;
		if (end > i)
			return slice_sub(s, i, end);
		/* SpamAssassin's regex then gives back one blank. */
		if (blank != SIZE_MAX)
			return slice_sub(s, blank, blank + 1);
		from = (size_t)hit + 1;
	}
	return (struct slice){ 0 };
}

/* Ends in .htm, .html, .shtm or .shtml. */
static bool
is_html_name(struct slice name)
{
	static const char *const ends[] = {
		".htm", ".html", ".shtm", ".shtml",
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (slice_ends_nocase(name, slice_cstr(ends[i])))
			return true;
	}
	return false;
}

static struct slice
with_blank_line(struct arena *a, struct slice text)
{
	char *p = arena_alloc(a, text.n + 1);

	p[0] = '\n';
	if (text.n > 0)
		memcpy(p + 1, text.p, text.n);
	return slice_make(p, text.n + 1);
}

static void
make_leaf(struct mail_builder *b, struct mail_item *it)
{
	struct arena *a = b->mail->arena;
	struct mail_part *p = it->part;
	const struct mail_field *f;
	bool multipart = slice_starts(it->ctype.type, SLICE("multipart/"));

	if (!it->ctype.missing)
		p->type = multipart && it->boundary.n == 0 ?
		    SLICE("text/plain") : it->ctype.type;
	if (multipart)
		b->mail->defects |= it->boundary.n == 0 ?
		    DEFECT_NO_BOUNDARY : DEFECT_MIME_DEPTH;
	if (it->blank_first) {
		it->text = with_blank_line(a, it->text);
		it->traced = false;
	}
	p->leaf = true;
	p->raw = it->text;
	p->charset = it->ctype.charset;
	f = mail_field_last(&p->header, SLICE("content-disposition"));
	if (f != NULL) {
		p->disposition = f->raw;
		p->name = disposition_name(mail_field_decoded(a, f));
	}
	if (p->name.n == 0)
		p->name = it->ctype.name;
	p->cte = arena_lower(a,
	    last_decoded(a, p, SLICE("content-transfer-encoding")));
}

bool
mail_copy_charge(struct mail_builder *b, size_t n)
{
	if (n > b->copy_left)
		return false;
	b->copy_left -= n;
	return true;
}

static bool
is_encoded(const struct mail_part *p)
{
	return slice_eq_cstr(p->cte, "quoted-printable") ||
	    slice_eq_cstr(p->cte, "base64");
}

/* message/rfc822 and message/global become messages inside the tree. */
static void
open_inner(struct mail_builder *b, const struct mail_item *it)
{
	struct mail_part *p = it->part;
	struct mail_doc *d;
	struct slice bytes;

	if (!slice_eq_cstr(p->type, "message/rfc822") &&
	    !slice_eq_cstr(p->type, "message/global"))
		return;
	if (it->levels == 0 || (is_encoded(p) &&
	    !mail_copy_charge(b, p->raw.n))) {
		b->mail->defects |= DEFECT_MIME_DEPTH;
		return;
	}
	bytes = mail_part_decoded(b->mail, p);
	if (bytes.n == 0 || (is_crlf(bytes) &&
	    !mail_copy_charge(b, bytes.n)))
		return;
	d = arena_alloc(b->mail->arena, sizeof(*d));
	*d = (struct mail_doc){ .bytes = bytes, .parent = it->doc,
	    .base = it->offset, .holder = p,
	    .traced = it->traced && bytes.p == it->text.p };
	p->leaf = false;
	p->is_message = true;
	open_message(b, d, mail_part_add(b, p), envelope_length(bytes),
	    it->levels - 1);
}

static void
take_item(struct mail_builder *b, struct mail_item it)
{
	it.part->boundary = it.boundary;
	if (slice_starts(it.part->type, SLICE("multipart/")) &&
	    it.boundary.n > 0 && it.levels > 0) {
		mail_multipart_parse(b, it);
		return;
	}
	make_leaf(b, &it);
	open_inner(b, &it);
}

/* Parts in tree order, numbered from 1. */
static void
list_parts(struct mail *m)
{
	struct mail_part *p = m->root;

	while (p != NULL) {
		*VEC_PUSH(m->arena, &m->parts) = p;
		p->id = (unsigned)m->parts.n;
		p->effective_type = is_html_name(p->name) ?
		    SLICE("text/html") : p->type;
		if (p->child != NULL) {
			p = p->child;
			continue;
		}
		while (p != NULL && p->next == NULL)
			p = p->parent;
		if (p != NULL)
			p = p->next;
	}
}

void
mail_tree_build(struct mail *m)
{
	struct mail_builder b = { .mail = m, .fields_left = LIMIT_FIELDS };
	struct mail_doc *d = arena_alloc(m->arena, sizeof(*d));

	b.copy_left = mem_add(mem_mul(m->raw.n, MAIL_COPIES_MAX),
	    MAIL_COPIES_FREE);
	/* SpamAssassin reads nothing as one blank line. */
	d->bytes = m->raw.n > 0 ? m->raw : SLICE("\n");
	m->envelope_length = envelope_length(m->raw);
	m->root = mail_part_add(&b, NULL);
	open_message(&b, d, m->root, m->envelope_length, LIMIT_MIME_DEPTH);
	for (size_t i = 0; i < b.queue.n; i++)
		take_item(&b, b.queue.v[i]);
	list_parts(m);
	m->pristine_body = slice_sub(d->bytes, d->body, d->bytes.n);
	m->pristine_header = slice_sub(d->bytes, m->envelope_length, d->body);
	if (m->raw.n == 0)
		m->body_offset = m->root->body_offset = 0;
}

/* CRLF to LF also where the type says text (5.1 point 13). */
static bool
is_textual(struct slice type)
{
	static const struct slice starts[] = {
		{ "text", 4 }, { "message", 7 },
	};

	for (size_t i = 0; i < 2; i++) {
		size_t n = starts[i].n;

		if (slice_starts_nocase(type, starts[i]) && (type.n == n ||
		    !ascii_isword((unsigned char)type.p[n])))
			return true;
	}
	return false;
}

struct slice
mail_part_decoded(struct mail *m, struct mail_part *p)
{
	struct slice s = p->raw;
	bool bad = false;

	if (p->decoded_done || !p->leaf)
		return p->decoded;
	if (slice_eq_cstr(p->cte, "quoted-printable")) {
		s = mail_text_unix(m->arena,
		    mail_decode_qp(m->arena, s, &bad));
		m->defects |= bad ? DEFECT_QP : 0;
	} else if (slice_eq_cstr(p->cte, "base64")) {
		s = mail_decode_base64(m->arena, s, &bad);
		m->defects |= bad ? DEFECT_BASE64 : 0;
		if (is_textual(p->type))
			s = mail_text_unix(m->arena, s);
	}
	p->decoded = s;
	p->decoded_done = true;
	return s;
}

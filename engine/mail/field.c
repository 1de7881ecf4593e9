/*
 * field.c - header blocks and the values of their fields.
 *
 * mail_block_parse cuts a message's header section into fields; multipart.c
 * hands over the fields of parts one by one.  Where a section ends and what
 * counts as a field follows SpamAssassin 4.0.1 (reference 5.1 points 3 and
 * 4), because flags and rules depend on it: a message may have no blank line
 * at all, and up to three lines that are no fields.
 *
 * Limits: the caller's number of fields, LIMIT_FIELD_NAME and
 * LIMIT_FIELD_VALUE bytes; what is beyond stays in the pristine header only.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "mail/mail-priv.h"

/* Lines that are no fields, before the section is taken to be over. */
#define BAD_LINES_SWALLOWED 3

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_name_char(char c)
{
	return c >= 33 && c <= 126 && c != ':';
}

bool
mail_field_line(struct slice line, bool blanks)
{
	size_t i = 0;

	while (i < line.n && is_name_char(line.p[i]))
		i++;
	if (i == 0)
		return false;
	while (blanks && i < line.n && is_blank(line.p[i]))
		i++;
	return i < line.n && line.p[i] == ':';
}

static struct slice
cut(struct slice s, size_t max, uint32_t *defects)
{
	if (s.n <= max)
		return s;
	*defects |= DEFECT_HEADER_CUT;
	return slice_sub(s, 0, max);
}

struct scanner {
	struct arena *arena;
	struct slice in;
	size_t max_fields;
	struct mail_block *block;
};

/* in[from, to) is one field with its folds; without a colon it is none. */
static void
add_field(struct scanner *k, size_t from, size_t to)
{
	struct mail_block *b = k->block;
	struct slice text = slice_sub(k->in, from, to), name;
	ptrdiff_t colon = slice_chr(text, ':', 0);
	struct mail_field *f;

	if (colon < 0)
		return;
	if (b->header.fields.n >= k->max_fields) {
		b->defects |= DEFECT_TOO_MANY_FIELDS;
		return;
	}
	name = slice_sub(text, 0, (size_t)colon);
	while (name.n > 0 && is_blank(name.p[name.n - 1]))
		name.n--;
	f = VEC_PUSH(k->arena, &b->header.fields);
	f->name = cut(name, LIMIT_FIELD_NAME, &b->defects);
	f->raw = slice_sub(text, (size_t)colon + 1, text.n);
	f->offset = from;
	f->length = text.n;
}

/* Values are kept with LF; the limit counts after that. */
static void
finish_values(struct arena *a, bool crlf, struct mail_block *b)
{
	for (size_t i = 0; i < b->header.fields.n; i++) {
		struct mail_field *f = &b->header.fields.v[i];

		/* No more than this can survive the cut below. */
		if (crlf) {
			f->name = mail_text_crlf(a, f->name);
			f->raw = mail_text_unix(a,
			    slice_sub(f->raw, 0, 2 * LIMIT_FIELD_VALUE + 2));
		}
		f->raw = cut(f->raw, LIMIT_FIELD_VALUE, &b->defects);
	}
}

static bool
ends_section(struct slice line, bool crlf)
{
	return slice_eq(line, SLICE("\n")) ||
	    (crlf && slice_eq(line, SLICE("\r\n")));
}

void
mail_block_parse(struct arena *a, struct slice in, bool crlf,
    size_t max_fields, struct mail_block *b_r)
{
	struct scanner k = { a, in, max_fields, b_r };
	size_t at = 0, start = 0, bad_lines = 0;
	bool open = false;
	struct slice rest = in, line;

	*b_r = (struct mail_block){ .defects = DEFECT_NO_SEPARATOR };
	for (; slice_line(&rest, &line); at += line.n) {
		if (is_blank(line.p[0])) {
			if (!open)
				start = at;
			open = true;
			continue;
		}
		if (open)
			add_field(&k, start, at);
		open = false;
		if (ends_section(line, crlf)) {
			b_r->defects &= ~(uint32_t)DEFECT_NO_SEPARATOR;
			b_r->length = at;
			at += line.n;
			goto done;
		}
		if (slice_starts(line, SLICE("--")))
			break;
		if (!mail_field_line(line, true) &&
		    ++bad_lines > BAD_LINES_SWALLOWED)
			break;
		open = true;
		start = at;
	}
	if (open)
		add_field(&k, start, at);
	b_r->length = at;
done:
	b_r->body = at;
	finish_values(a, crlf, b_r);
}

/*
 * Part fields keep blanks before the colon in the name, so that
 * "Content-Type : x" is not Content-Type, and lose all white space after it.
 */
void
mail_block_add_part_field(struct arena *a, struct mail_header *h,
    struct slice text)
{
	ptrdiff_t colon = slice_chr(text, ':', 0);
	struct mail_field *f = VEC_PUSH(a, &h->fields);

	f->name = slice_sub(text, 0, (size_t)colon);
	f->raw = slice_trim_left(slice_sub(text, (size_t)colon + 1, text.n));
	f->length = text.n;
}

const struct mail_field *
mail_field_nth(const struct mail_header *h, struct slice name, size_t n)
{
	for (size_t i = 0; i < h->fields.n; i++) {
		const struct mail_field *f = &h->fields.v[i];

		if (slice_eq_nocase(f->name, name) && n-- == 0)
			return f;
	}
	return NULL;
}

const struct mail_field *
mail_field_last(const struct mail_header *h, struct slice name)
{
	for (size_t i = h->fields.n; i-- > 0;) {
		const struct mail_field *f = &h->fields.v[i];

		if (slice_eq_nocase(f->name, name))
			return f;
	}
	return NULL;
}

/* Fields whose value is never searched for RFC 2047 words (5.2 point 3). */
static bool
is_wordless(struct slice name)
{
	static const char *const names[] = {
		"received", "message-id", "date", "resent-message-id",
		"resent-date", "mime-version", "references", "in-reply-to",
	};

	if (slice_starts_nocase(name, SLICE("list-")))
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (slice_eq_nocase(name, slice_cstr(names[i])))
			return true;
	}
	return false;
}

/* Each fold, newline and blanks, becomes one space. */
static struct slice
unfold(struct arena *a, struct slice raw)
{
	struct buf b;
	size_t i = 0;

	if (slice_chr(raw, '\n', 0) < 0)
		return slice_trim(raw);
	buf_init(&b, a);
	buf_reserve(&b, raw.n);
	while (i < raw.n) {
		ptrdiff_t lf = slice_chr(raw, '\n', i);
		size_t end = lf < 0 ? raw.n : (size_t)lf, next = end + 1;

		buf_add(&b, raw.p + i, end - i);
		while (next < raw.n && is_blank(raw.p[next]))
			next++;
		if (next > end + 1)
			buf_addc(&b, ' ');
		else if (lf >= 0)
			buf_addc(&b, '\n');
		i = next;
	}
	return slice_trim(buf_slice(&b));
}

struct slice
mail_field_decoded(struct arena *a, const struct mail_field *f)
{
	struct slice s = unfold(a, f->raw);

	return is_wordless(f->name) ? mail_word_plain(a, s) :
	    mail_words_decode(a, s);
}

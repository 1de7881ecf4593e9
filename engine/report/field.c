/*
 * field.c - a header block as bytes, field by field.
 *
 * Rewriting and undoing copy fields as they stand, with odd line ends, NULs
 * and lines that are no fields, so they cannot use mail/'s values.  Both
 * look at a block through these functions and so see the same fields.
 *
 * A line is a mark only if it is a field by RFC 5322: taking other lines out
 * could move the end of the header (mail/field.c counts bad lines).
 */
#include "config.h"

#include "report/report-priv.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool
field_next(struct slice *rest, struct slice *field_r)
{
	struct slice line, peek;

	if (!slice_line(rest, &line))
		return false;
	*field_r = line;
	for (;;) {
		peek = *rest;
		if (!slice_line(&peek, &line) || !is_blank(line.p[0]))
			return true;
		field_r->n += line.n;
		*rest = peek;
	}
}

/* Length of the name, and where the colon is; 0: no field. */
static size_t
name_length(struct slice field, size_t *colon_r)
{
	size_t n = 0, at;

	while (n < field.n && field.p[n] > ' ' && field.p[n] < 0x7f &&
	    field.p[n] != ':')
		n++;
	at = n;
	while (at < field.n && is_blank(field.p[at]))
		at++;
	*colon_r = at;
	return at < field.n && field.p[at] == ':' ? n : 0;
}

bool
field_is(struct slice field, struct slice name)
{
	size_t colon;

	return name_length(field, &colon) == name.n &&
	    slice_starts_nocase(field, name);
}

bool
field_is_mark(struct slice field)
{
	size_t colon;

	if (name_length(field, &colon) == 0)
		return false;
	return slice_starts_nocase(field, SLICE("X-Tare-")) ||
	    (slice_starts_nocase(field, SLICE("X-Spam-")) &&
	    !slice_starts_nocase(field, SLICE("X-Spam-Prev-")));
}

size_t
field_value_at(struct slice field)
{
	size_t at;

	if (name_length(field, &at) == 0)
		return 0;
	do {
		at++;
	} while (at < field.n && is_blank(field.p[at]));
	return at;
}

struct slice
field_value(struct slice field)
{
	return slice_sub(field, field_value_at(field), field.n);
}

void
field_end_line(struct buf *b, const char *eol)
{
	if (b->n > 0 && b->p[b->n - 1] != '\n')
		buf_adds(b, eol);
}

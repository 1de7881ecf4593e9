/*
 * unwrap.c - the original out of a message that was made around it.
 *
 * A sender can write a message that looks like one of ours.  Taken for one it
 * would shed what stands outside its inner message.  So the whole form that
 * enclose.c writes is asked for: a Received field of a scanner's, below it
 * X-Spam-Checker-Version and then the Content-Type; in the body nothing but
 * two parts, the second marked as the original, and nothing behind them.
 * A message that went through the scanner afterwards is never taken for one:
 * its own X-Spam- fields are out of sight then (kept.c), and the scanner's
 * stand above that Received field.  So undo takes off one layer, the last.
 *
 * Fields that others put before or behind ours, such as Received of later
 * hosts, are not ours to drop: the caller writes them in front of the
 * original.
 */
#include "config.h"

#include "report/report-priv.h"

/* "Received: from localhost by HOST with tare (…" or "… SpamAssassin (…" */
static bool
is_ours(struct slice field)
{
	return field_is(field, SLICE("Received")) &&
	    slice_starts(field_value(field), SLICE("from localhost by ")) &&
	    (slice_find(field, SLICE("\twith tare ("), 0) > 0 ||
	    slice_find(field, SLICE("\twith SpamAssassin ("), 0) > 0);
}

/* Where our fields begin and end in the header; false: not one of ours. */
static bool
find_fields(struct slice head, struct unwrapped *u_r)
{
	struct slice rest = head, field;
	bool begun = false, marked = false, typed = false;

	while (field_next(&rest, &field)) {
		size_t from = (size_t)(field.p - head.p);

		if (!begun && is_ours(field)) {
			begun = true;
			u_r->before = slice_sub(head, 0, from);
		} else if (begun && field_is(field,
		    SLICE("X-Spam-Checker-Version"))) {
			marked = true;
		} else if (begun && marked && field_is(field,
		    SLICE("Content-Type"))) {
			/* the last counts for mail_parse, too */
			typed = true;
			u_r->behind = slice_sub(head, from + field.n, head.n);
		}
	}
	return typed;
}

/* Where the blank line of a part's header ends; 0: nowhere. */
static size_t
after_blank(struct slice part)
{
	struct slice rest = part, line;

	while (slice_line(&rest, &line)) {
		if (slice_eq(line, SLICE("\n")) ||
		    slice_eq(line, SLICE("\r\n")))
			return (size_t)(rest.p - part.p);
	}
	return 0;
}

static bool
says_original(struct slice head)
{
	struct slice field, value;

	while (field_next(&head, &field)) {
		if (!field_is(field, SLICE("Content-Type")))
			continue;
		value = field_value(field);
		return (slice_starts_nocase(value, SLICE("message/rfc822;")) ||
		    slice_starts_nocase(value, SLICE("text/plain;"))) &&
		    slice_find_nocase(value, SLICE("x-spam-type=original"),
		    0) > 0;
	}
	return false;
}

/* The three delimiter lines; false if there are more or less. */
static bool
find_delimiters(struct slice body, struct slice delimiter,
    size_t at_r[3])
{
	ptrdiff_t at = -1;

	for (int i = 0; i < 3; i++) {
		at = slice_find(body, delimiter, (size_t)(at + 1));
		if (at < 0)
			return false;
		at_r[i] = (size_t)at;
	}
	return slice_find(body, delimiter, (size_t)at + 1) < 0;
}

bool
undo_unwrap(struct arena *a, const struct mail *m, struct unwrapped *u_r)
{
	struct slice body = slice_sub(m->raw, m->envelope_length +
	    m->header_length, m->raw.n), delimiter, part, tail;
	size_t at[3], from;

	*u_r = (struct unwrapped){ { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
	if (!slice_starts(m->root->boundary, SLICE("----------=_")) ||
	    !find_fields(slice_sub(m->raw, m->envelope_length,
	    m->envelope_length + m->header_length), u_r))
		return false;
	delimiter = slice_cstr(arena_printf(a, "\n--%.*s",
	    SLICE_FMT(m->root->boundary)));
	if (!find_delimiters(body, delimiter, at) ||
	    !slice_eq(slice_trim(slice_sub(body, 0, at[0])),
	    SLICE("This is a multi-part message in MIME format.")))
		return false;
	tail = slice_sub(body, at[2] + delimiter.n, body.n);
	if (!slice_eq(slice_trim(tail), SLICE("--")))
		return false;
	part = slice_sub(body, at[1] + delimiter.n, at[2]);
	part = slice_sub(part, (size_t)(slice_chr(part, '\n', 0) + 1),
	    part.n);
	from = after_blank(part);
	if (from == 0 || !says_original(slice_sub(part, 0, from)))
		return false;
	/* the delimiter's line end has a CR where the part's have one */
	if (part.n > from && part.p[part.n - 1] == '\r' &&
	    part.p[from - 2] == '\r')
		part.n--;
	u_r->original = slice_sub(part, from, part.n);
	return true;
}

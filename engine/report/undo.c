/*
 * undo.c - the original out of a rewritten message.
 *
 * A wrapped message carries the original between its second part's blank
 * line and the newline before the closing boundary.  A message marked in
 * place loses our lines and gets its first Subject back.
 *
 * Limit: lines named X-Spam- that the original had are gone, and its Subject
 * comes back with one blank after the colon.
 */
#include "config.h"

#include <string.h>

#include "report/report-priv.h"

/* Where the blank line of a part's header ends; SIZE_MAX: nowhere. */
static size_t
after_blank(struct slice part)
{
	ptrdiff_t lf = slice_find(part, SLICE("\n\n"), 0);
	ptrdiff_t crlf = slice_find(part, SLICE("\r\n\r\n"), 0);

	if (crlf >= 0 && (lf < 0 || crlf < lf))
		return (size_t)crlf + 4;
	return lf >= 0 ? (size_t)lf + 2 : SIZE_MAX;
}

/*
 * The bytes of the part marked x-spam-type=original; false if none.  Only the
 * message's own Content-Type says what the boundary is: a Subject or text of
 * the sender's may look like anything.
 */
static bool
unwrap(struct arena *a, const struct mail *m, struct slice *original_r)
{
	struct slice s = m->raw, delimiter, part;
	ptrdiff_t first, second, last;
	size_t from;

	if (!slice_starts(m->root->boundary, SLICE("----------=_")))
		return false;
	delimiter = slice_cstr(arena_printf(a, "\n--%.*s",
	    SLICE_FMT(m->root->boundary)));
	first = slice_find(s, delimiter, 0);
	second = first < 0 ? -1 : slice_find(s, delimiter, (size_t)first + 1);
	last = second < 0 ? -1 : slice_find(s, delimiter, (size_t)second + 1);
	if (last < 0)
		return false;
	part = slice_sub(s, (size_t)second, (size_t)last);
	from = after_blank(part);
	if (from == SIZE_MAX || slice_find(slice_sub(part, 0, from),
	    SLICE("; x-spam-type=original"), 0) < 0)
		return false;
	if (part.n > from && part.p[part.n - 1] == '\r' &&
	    part.p[from - 2] == '\r')
		part.n--;
	*original_r = slice_sub(part, from, part.n);
	return true;
}

static bool
is_fold(struct slice line)
{
	return line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t');
}

/* Header of a message marked in place, without what we added. */
static void
strip_header(struct buf *b, struct slice head, struct slice previous,
    const char *eol)
{
	struct slice line;
	bool skipping = false, restored = previous.n == 0;

	while (slice_line(&head, &line)) {
		if (is_fold(line)) {
			if (!skipping)
				buf_add_slice(b, line);
			continue;
		}
		skipping = slice_starts_nocase(line, SLICE("X-Spam-")) ||
		    slice_starts_nocase(line, SLICE("X-Tare-"));
		if (!skipping && !restored &&
		    slice_starts_nocase(line, SLICE("Subject:"))) {
			skipping = restored = true;
			if (!slice_eq_cstr(previous, "(nonexistent)"))
				buf_addf(b, "Subject: %.*s%s",
				    SLICE_FMT(previous), eol);
		}
		if (!skipping)
			buf_add_slice(b, line);
	}
}

struct slice
report_undo(struct arena *a, struct slice message)
{
	struct mail *m = mail_parse(a, message);
	const struct mail_field *prev;
	struct slice original, previous = { NULL, 0 };
	struct buf b;

	buf_init(&b, a);
	buf_add(&b, message.p, m->envelope_length);
	if (unwrap(a, m, &original)) {
		buf_add_slice(&b, original);
		return buf_slice(&b);
	}
	prev = mail_field_last(&m->root->header, SLICE("X-Spam-Prev-Subject"));
	if (prev != NULL)
		previous = slice_trim(prev->raw);
	strip_header(&b, slice_sub(message, m->envelope_length,
	    m->envelope_length + m->header_length), previous, report_eol(m));
	buf_add_slice(&b, slice_sub(message,
	    m->envelope_length + m->header_length, message.n));
	return buf_slice(&b);
}

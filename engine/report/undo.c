/*
 * undo.c - the original out of a rewritten message.
 *
 * A wrapped message carries the original between its second part's blank
 * line and the newline before the closing boundary.  A message marked in
 * place loses our lines and gets its Subject back.
 */
#include "config.h"

#include <string.h>

#include "report/report-priv.h"

/* The bytes of the part marked x-spam-type=original; false if none. */
static bool
unwrap(struct slice s, struct slice *original_r)
{
	ptrdiff_t mark = slice_find(s, SLICE("; x-spam-type=original"), 0);
	ptrdiff_t bound, end, from, tail;
	struct slice boundary, head;

	if (mark < 0)
		return false;
	head = slice_sub(s, 0, (size_t)mark);
	bound = slice_find(head, SLICE("boundary=\"----------=_"), 0);
	if (bound < 0)
		return false;
	bound += (ptrdiff_t)sizeof("boundary=\"") - 1;
	end = slice_chr(s, '"', (size_t)bound);
	if (end < 0)
		return false;
	boundary = slice_sub(s, (size_t)bound, (size_t)end);
	from = slice_find(s, SLICE("\n\n"), (size_t)mark);
	tail = slice_find(s, SLICE("\r\n\r\n"), (size_t)mark);
	if (tail >= 0 && (from < 0 || tail < from))
		from = tail + 4;
	else if (from >= 0)
		from += 2;
	else
		return false;
	for (tail = from - 1;;) {
		tail = slice_find(s, boundary, (size_t)tail + 1);
		if (tail < 3)
			return false;
		if (s.p[tail - 1] == '-' && s.p[tail - 2] == '-' &&
		    s.p[tail - 3] == '\n')
			break;
	}
	tail -= 3;
	if (tail > from && s.p[tail - 1] == '\r' && s.p[from - 2] == '\r')
		tail--;
	*original_r = slice_sub(s, (size_t)from, (size_t)tail);
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
	bool skipping = false;

	while (slice_line(&head, &line)) {
		if (is_fold(line)) {
			if (!skipping)
				buf_add_slice(b, line);
			continue;
		}
		skipping = slice_starts_nocase(line, SLICE("X-Spam-")) ||
		    slice_starts_nocase(line, SLICE("X-Tare-"));
		if (!skipping && previous.n > 0 &&
		    slice_starts_nocase(line, SLICE("Subject:"))) {
			skipping = true;
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
	if (unwrap(message, &original)) {
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

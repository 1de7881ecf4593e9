/*
 * kept.c - the sender's own X-Spam- lines, out of sight but not lost.
 *
 * A scanner's marks that came with a message may be forged: nobody after us
 * may read them.  Yet undo must give back the message as it came.  So each
 * such field becomes, in its place,
 *
 *	X-Tare-Kept: 1 WC1TcGFtLVN0YXR1czogTm8sIHNjb3JlPS05CSBmb3JnZWQK
 *		...
 *
 * where the base64 is the field with its folds and line end.  Base64, for a
 * filter that looks for "X-Spam-Status: No" anywhere in a line must not find
 * it.  The number says how many times the message was marked since: a field
 * of this form that comes in is not encoded again (that would grow with each
 * hop of a mail loop), its number goes up.  Undo takes one off, and decodes
 * at 1.
 *
 * Undo restores nothing but whole X-Spam- and X-Tare- fields.  Were it to
 * decode anything, a sender could carry in a field that mail servers take out
 * of incoming mail (Authentication-Results), or move the end of the header.
 * What does not decode to such fields stays as it is.
 */
#include "config.h"

#include "report/report-priv.h"

#define KEPT_TIMES_MAX 9999

static const struct slice kept_name = { "X-Tare-Kept", 11 };

/*
 * "1 base64": the number and where it ends in the field.  0 if the field is
 * not exactly of the form that kept_add writes.
 */
static unsigned
times_of(struct slice field, size_t *end_r)
{
	size_t at = field_value_at(field), i = at;
	unsigned n = 0;

	if (!field_is(field, kept_name))
		return 0;
	while (i < field.n && i < at + 4 &&
	    ascii_isdigit((unsigned char)field.p[i]))
		n = n * 10 + (unsigned)(field.p[i++] - '0');
	if (i == at || field.p[at] == '0' || i >= field.n ||
	    field.p[i] != ' ')
		return 0;
	*end_r = i;
	return n;
}

/* Bytes that fill a line: 56 digits behind the name, then 64. */
#define FIRST_LINE 42
#define LATER_LINE 48

static void
encode(struct buf *b, struct slice field, const char *eol)
{
	buf_adds(b, "X-Tare-Kept: 1 ");
	for (size_t room = FIRST_LINE; field.n > room; room = LATER_LINE) {
		report_base64(b, slice_sub(field, 0, room));
		buf_addf(b, "%s\t", eol);
		field = slice_sub(field, room, field.n);
	}
	report_base64(b, field);
	buf_adds(b, eol);
}

/* field with another number in it; the rest as it is. */
static void
renumber(struct buf *b, struct slice field, unsigned n, size_t end)
{
	buf_add_slice(b, slice_sub(field, 0, field_value_at(field)));
	buf_addf(b, "%u", n);
	buf_add_slice(b, slice_sub(field, end, field.n));
}

void
kept_add(struct buf *b, struct slice field, const char *eol)
{
	size_t end = 0;
	unsigned n = times_of(field, &end);

	if (n == 0 || n >= KEPT_TIMES_MAX || !slice_ends(field, SLICE("\n")))
		encode(b, field, eol);
	else
		renumber(b, field, n + 1, end);
}

/* ---- undo ---- */

static int
digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Base64 with white space in it; false for anything else. */
static bool
decode(struct buf *b, struct slice text)
{
	uint32_t bits = 0;
	unsigned digits = 0, padding = 0;

	for (size_t i = 0; i < text.n; i++) {
		int v = digit_value(text.p[i]);

		if (ascii_isspace((unsigned char)text.p[i]))
			continue;
		if (text.p[i] == '=' && ++padding <= 2)
			continue;
		if (v < 0 || padding > 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
		if (++digits % 4 == 0) {
			buf_addc(b, (char)(bits >> 16 & 0xff));
			buf_addc(b, (char)(bits >> 8 & 0xff));
			buf_addc(b, (char)(bits & 0xff));
		}
	}
	if ((digits + padding) % 4 != 0)
		return false;
	if (digits % 4 == 2)
		buf_addc(b, (char)(bits >> 4 & 0xff));
	if (digits % 4 == 3) {
		buf_addc(b, (char)(bits >> 10 & 0xff));
		buf_addc(b, (char)(bits >> 2 & 0xff));
	}
	return digits > 0;
}

static bool
only_marks(struct slice text)
{
	struct slice field;

	while (field_next(&text, &field)) {
		if (!field_is_mark(field))
			return false;
	}
	return true;
}

bool
kept_restore(struct buf *b, struct slice field)
{
	size_t end = 0, from = b->n;
	unsigned n = times_of(field, &end);

	if (n == 0)
		return false;
	if (n > 1) {
		renumber(b, field, n - 1, end);
		return true;
	}
	if (decode(b, slice_sub(field, end, field.n)) &&
	    only_marks(slice_make(b->p + from, b->n - from)))
		return true;
	b->n = from;
	return false;
}

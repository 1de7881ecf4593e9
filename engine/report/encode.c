/*
 * encode.c - a header line in ASCII (RFC 2047).
 *
 * From the word with the first byte that is not printable ASCII to the word
 * with the last one becomes one encoded word: quoted-printable where that is
 * not longer than base64.  This is how SpamAssassin does it, for the X-Spam-
 * lines only; an encoded word may be longer than the 75 columns of the RFC,
 * for lines are folded before.
 *
 * Caller: headers.c.
 */
#include "config.h"

#include "report/report-priv.h"

static bool
is_plain(char c)
{
	return c == '\t' || (c >= 0x20 && c <= 0x7e);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* [*from_r, *to_r): whole words around everything that is not plain. */
static bool
find_foreign(struct slice s, size_t *from_r, size_t *to_r)
{
	size_t from = 0, to = s.n;

	while (from < s.n && is_plain(s.p[from]))
		from++;
	if (from == s.n)
		return false;
	while (is_plain(s.p[to - 1]))
		to--;
	while (from > 0 && !is_blank(s.p[from - 1]))
		from--;
	while (to < s.n && !is_blank(s.p[to]))
		to++;
	*from_r = from;
	*to_r = to;
	return true;
}

/* Must be written as =XX. */
static bool
is_special(char c)
{
	return !is_plain(c) || c == '\t' || c == '=' || c == '?' || c == '_';
}

static void
add_quoted(struct buf *b, struct slice s)
{
	buf_adds(b, "=?UTF-8?Q?");
	for (size_t i = 0; i < s.n; i++) {
		if (is_special(s.p[i]))
			buf_addf(b, "=%02X", (unsigned char)s.p[i]);
		else
			buf_addc(b, s.p[i] == ' ' ? '_' : s.p[i]);
	}
	buf_adds(b, "?=");
}

void
report_base64(struct buf *b, struct slice s)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < s.n; i += 3) {
		uint32_t bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (i + k < s.n ?
			    (unsigned char)s.p[i + k] : 0u);
		for (size_t k = 0; k < 4; k++)
			buf_addc(b, i + k > s.n ? '=' :
			    digits[bits >> (18 - 6 * k) & 63]);
	}
}

void
report_encode(struct buf *b, struct slice line)
{
	struct slice word;
	size_t from, to, specials = 0;

	if (!find_foreign(line, &from, &to)) {
		buf_add_slice(b, line);
		return;
	}
	word = slice_sub(line, from, to);
	for (size_t i = 0; i < word.n; i++)
		specials += is_special(word.p[i]) ? 1 : 0;
	buf_add_slice(b, slice_sub(line, 0, from));
	if (3 * (word.n + 2 * specials) <= 4 * (word.n + 2)) {
		add_quoted(b, word);
	} else {
		buf_adds(b, "=?UTF-8?B?");
		report_base64(b, word);
		buf_adds(b, "?=");
	}
	buf_add_slice(b, slice_sub(line, to, line.n));
}

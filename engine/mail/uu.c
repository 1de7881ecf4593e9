/*
 * uu.c - uuencoded blocks inside text.
 *
 * SpamAssassin does not decode them, so they never change what rules see of
 * the text; who wants the file inside asks for it (tare show parts).  A block
 * is a line "begin MODE NAME" (POSIX uuencode) followed by at least one line
 * whose length character fits its length.  It ends at "end", or where the
 * lines stop fitting: a cut block is still a block.
 *
 * Linear: a line is decoded only inside a block, and a false "begin" costs
 * one look at the next line.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "mail/mail-priv.h"

#define LINE_BYTES_MAX 45	/* what encoders put on one line */

/* "begin 644 NAME": the name, which may contain blanks. */
static bool
begin_line(struct slice line, struct slice *name_r)
{
	size_t i, digits = 0;

	line = slice_trim_right(line);
	if (!slice_starts(line, SLICE("begin ")))
		return false;
	for (i = 6; i < line.n && line.p[i] >= '0' && line.p[i] <= '7'; i++)
		digits++;
	if (digits < 3 || digits > 4 || i >= line.n || line.p[i] != ' ')
		return false;
	*name_r = slice_trim(slice_sub(line, i, line.n));
	return name_r->n > 0;
}

static bool
is_digit(char c)
{
	return c >= ' ' && c <= '`';
}

/*
 * Bytes encoded on this line, or -1.  Encoders may strip blanks at the end,
 * which stand for zero bits, so a line may be shorter than its count says;
 * a few more digits (a checksum) are allowed too.
 */
static int
data_line(struct slice line)
{
	int count;
	size_t digits;

	line = slice_trim_right(line);
	if (line.n == 0 || !is_digit(line.p[0]))
		return -1;
	count = (line.p[0] - ' ') & 63;
	digits = ((size_t)count + 2) / 3 * 4;
	if (count > LINE_BYTES_MAX || line.n - 1 > digits + 2 ||
	    (count > 0 && line.n == 1))
		return -1;
	for (size_t i = 1; i < line.n; i++) {
		if (!is_digit(line.p[i]))
			return -1;
	}
	return count;
}

static unsigned
digit(struct slice line, size_t i)
{
	return i < line.n ? (unsigned)(line.p[i] - ' ') & 63 : 0;
}

static void
decode_line(struct slice line, int count, struct buf *out)
{
	line = slice_trim_right(line);
	for (size_t i = 1; count > 0; i += 4, count -= 3) {
		unsigned v = digit(line, i) << 18 | digit(line, i + 1) << 12 |
		    digit(line, i + 2) << 6 | digit(line, i + 3);

		buf_addc(out, (char)(v >> 16 & 0xff));
		if (count > 1)
			buf_addc(out, (char)(v >> 8 & 0xff));
		if (count > 2)
			buf_addc(out, (char)(v & 0xff));
	}
}

/* Cut the data lines and "end" off *rest.  False if there are none. */
static bool
block_body(struct slice *rest, struct buf *out)
{
	struct slice peek = *rest, line;
	bool any = false, over = false;

	while (slice_line(&peek, &line)) {
		bool end = slice_eq(slice_trim_right(line), SLICE("end"));
		int count = over ? -1 : data_line(line);

		if (any && end) {
			*rest = peek;
			break;
		}
		if (count < 0)
			break;
		over = count == 0;
		if (!any && over)
			break;
		decode_line(line, count, out);
		any = true;
		*rest = peek;
	}
	return any;
}

/* Cut everything up to the end of the next block off *rest. */
static bool
next_block(struct slice *rest, struct slice *name_r, struct buf *out)
{
	struct slice line;

	while (slice_line(rest, &line)) {
		if (begin_line(line, name_r) && block_body(rest, out))
			return true;
	}
	return false;
}

bool
mail_decode_uu(struct arena *a, struct slice in, struct slice *name_r,
    struct slice *bytes_r, size_t *end_r)
{
	struct slice rest = in;
	struct buf out;

	buf_init(&out, a);
	if (!next_block(&rest, name_r, &out))
		return false;
	*bytes_r = buf_slice(&out);
	*end_r = in.n - rest.n;
	return true;
}

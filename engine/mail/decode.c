/*
 * decode.c - base64 and quoted-printable, as lenient as SpamAssassin.
 *
 * Damage is reported, never fatal; what comes out of damaged input follows
 * SpamAssassin 4.0.1 (reference 5.1 point 13) since rules look at it.  Used
 * for bodies (part.c) and encoded words (word.c).  Both are linear and
 * allocate at most the input's size.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "mail/mail-priv.h"

#define B64_NONE 255u		/* not in the alphabet */
#define B64_PAD 64u		/* = */

/* Of the bytes 20 to 7F. */
static const unsigned char base64_values[] = {
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 62,
	255, 255, 255, 63, 52, 53, 54, 55, 56, 57, 58, 59,
	60, 61, 255, 255, 255, 64, 255, 255, 255, 0, 1, 2,
	3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 255,
	255, 255, 255, 255, 255, 26, 27, 28, 29, 30, 31, 32,
	33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44,
	45, 46, 47, 48, 49, 50, 51, 255, 255, 255, 255, 255,
};

static inline unsigned
base64_value(unsigned char c)
{
	return c >= 0x20 && c < 0x80 ? base64_values[c - 0x20] : B64_NONE;
}

/* What the input is made of: decides how `=` in the middle reads. */
struct base64_shape {
	size_t digits;		/* alphabet and = */
	size_t until_pad;	/* digits before the = at the end */
	bool strange;		/* other characters than white space */
	bool inner_pad;
};

static struct base64_shape
base64_look(struct slice in)
{
	struct base64_shape s = { 0 };
	bool after_pad = false;

	for (size_t i = 0; i < in.n; i++) {
		unsigned v = base64_value((unsigned char)in.p[i]);

		if (v == B64_NONE) {
			s.strange |= !ascii_isspace((unsigned char)in.p[i]);
			continue;
		}
		s.digits++;
		if (v == B64_PAD) {
			after_pad = true;
			continue;
		}
		s.inner_pad |= after_pad;
		after_pad = false;
		s.until_pad = s.digits;
	}
	return s;
}

/*
 * Clean input (a multiple of four digits and nothing strange): `=` in the
 * middle counts as A.  Damaged input: it counts as `/`, and a single digit
 * left over at the end is dropped.
 */
struct slice
mail_decode_base64(struct arena *a, struct slice in, bool *bad_r)
{
	struct base64_shape s = base64_look(in);
	bool clean = !s.strange && s.digits % 4 == 0;
	unsigned pad = clean ? 0 : 63, bits = 0, have = 0;
	size_t left = s.until_pad;
	struct buf b;

	*bad_r = !clean || s.inner_pad;
	buf_init(&b, a);
	buf_reserve(&b, left / 4 * 3 + 3);
	for (size_t i = 0; i < in.n && left > 0; i++) {
		unsigned v = base64_value((unsigned char)in.p[i]);

		if (v == B64_NONE)
			continue;
		left--;
		bits = bits << 6 | (v == B64_PAD ? pad : v);
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf_addc(&b, (char)(bits >> have & 0xff));
			bits &= (1u << have) - 1;
		}
	}
	return buf_slice(&b);
}

/* Length of the newline, LF or CRLF, at in[i]; 0 if there is none. */
static size_t
newline_at(struct slice in, size_t i)
{
	if (i < in.n && in.p[i] == '\n')
		return 1;
	if (i + 1 < in.n && in.p[i] == '\r' && in.p[i + 1] == '\n')
		return 2;
	return 0;
}

/* Copy of in without the blanks before newlines (RFC 2045 section 6.7). */
static struct slice
qp_strip_blanks(struct arena *a, struct slice in)
{
	struct slice line;
	struct buf b;

	buf_init(&b, a);
	buf_reserve(&b, in.n);
	while (slice_line(&in, &line)) {
		size_t nl = slice_ends(line, SLICE("\r\n")) ? 2 :
		    slice_ends(line, SLICE("\n"));
		size_t text = line.n - nl;

		while (nl > 0 && text > 0 && (line.p[text - 1] == ' ' ||
		    line.p[text - 1] == '\t'))
			text--;
		buf_add(&b, line.p, text);
		buf_add(&b, line.p + line.n - nl, nl);
	}
	return buf_slice(&b);
}

/* Move what p has from *from up to the next =, or to n, down to out: returns
 * the end of it.  *from: at the =, or n. */
static size_t
qp_plain(char *p, size_t out, size_t *from, size_t n)
{
	const char *hit = memchr(p + *from, '=', n - *from);
	size_t len = (hit != NULL ? (size_t)(hit - p) : n) - *from;

	memmove(p + out, p + *from, len);
	*from += len;
	return out + len;
}

/* Take soft line breaks out of p[0, n); returns what is left. */
static size_t
qp_join_lines(char *p, size_t n)
{
	struct slice in = slice_make(p, n);
	size_t out = 0, i = 0;

	while (i < n) {
		size_t nl;

		out = qp_plain(p, out, &i, n);
		nl = i < n ? newline_at(in, i + 1) : 0;
		if (nl > 0)
			i += 1 + nl;
		else if (i < n)
			p[out++] = p[i++];
	}
	return out;
}

/* The value of two hexadecimal digits at p[i], or -1. */
static int
qp_value(const char *p, size_t i, size_t n)
{
	int high = i + 1 < n ? ascii_hex((unsigned char)p[i]) : -1;
	int low = high >= 0 ? ascii_hex((unsigned char)p[i + 1]) : -1;

	return low < 0 ? -1 : high << 4 | low;
}

static size_t
qp_unescape(char *p, size_t n, bool *bad_r)
{
	size_t out = 0, i = 0;

	while (i < n) {
		int v;

		out = qp_plain(p, out, &i, n);
		if (i == n)
			break;
		v = qp_value(p, i + 1, n);
		*bad_r |= v < 0;
		p[out++] = v < 0 ? '=' : (char)v;
		i += v < 0 ? 1 : 3;
	}
	return out;
}

/*
 * Three passes, as SpamAssassin does it, because each can make work for the
 * next: blanks gone, "= " is a soft break; a soft break gone, the "=" before
 * it and the "41" after it make an A.
 */
struct slice
mail_decode_qp(struct arena *a, struct slice in, bool *bad_r)
{
	struct slice s = qp_strip_blanks(a, in);
	char *p = (char *)(uintptr_t)s.p;	/* ours: just made */

	*bad_r = false;
	s.n = qp_join_lines(p, s.n);
	s.n = qp_unescape(p, s.n, bad_r);
	return s;
}

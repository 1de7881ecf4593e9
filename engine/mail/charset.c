/*
 * charset.c - any bytes to UTF-8.
 *
 * SpamAssassin's procedure (reference 5.4 step 2): ASCII stays; valid UTF-8
 * is UTF-8 whatever is declared; else the declared charset if the bytes fit
 * it; else Windows-1252.  For RFC 2047 words the declaration is insisted on
 * and what does not fit becomes U+FFFD.  The only file with iconv.h.
 *
 * Windows-1252, UTF-8 and ASCII are done here, everything else by iconv.
 * Descriptors are kept for the life of the process in a small table: opening
 * one reads files, and a scanner opens none per message.  The processes have
 * one thread.
 */
#include "config.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "mail/mail-priv.h"

#define ICONV_CACHED 16
#define ICONV_NAME 32

/* State of iconv's making, cached per process as said above. */
static struct cached {
	char name[ICONV_NAME];
	iconv_t cd;		/* (iconv_t)-1: the name is unknown */
	unsigned long used;
} cache[ICONV_CACHED];
static unsigned long cache_clock;

/* U+ for bytes 80..9F of Windows-1252; 0: no character. */
static const uint16_t cp1252[32] = {
	0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
	0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
	0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
};

/* What becomes of a byte that does not fit; STRICT: give up. */
enum misfit { MISFIT_STRICT, MISFIT_REPLACE, MISFIT_ESCAPE };

/* The decoders return false if strict and something did not fit. */
static bool
decode_ascii(struct slice in, bool strict, struct buf *out)
{
	for (size_t i = 0; i < in.n; i++) {
		unsigned char c = (unsigned char)in.p[i];

		if (c >= 0x80 && strict)
			return false;
		buf_add_utf8(out, c < 0x80 ? c : UTF8_REPLACEMENT);
	}
	return true;
}

static bool
decode_cp1252(struct slice in, bool strict, struct buf *out)
{
	for (size_t i = 0; i < in.n; i++) {
		struct slice rest = slice_sub(in, i, in.n);
		size_t plain = utf8_ascii_length(rest);
		uint32_t c;

		buf_add(out, rest.p, plain);
		i += plain;
		if (i == in.n)
			break;
		c = (unsigned char)in.p[i];
		if (c < 0xa0)
			c = cp1252[c - 0x80];
		if (c == 0 && strict)
			return false;
		buf_add_utf8(out, c == 0 ? UTF8_REPLACEMENT : c);
	}
	return true;
}

/* Perl refuses non-characters too. */
static bool
is_noncharacter(uint32_t c)
{
	return (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
}

/* Length that a lead byte announces, in the old scheme of up to 13. */
static size_t
announced(unsigned char c)
{
	return c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf8 ? 4 :
	    c < 0xfc ? 5 : c < 0xfe ? 6 : c < 0xff ? 7 : 13;
}

/* Malformed bytes that Perl turns into one U+FFFD. */
static size_t
malformed_length(struct slice s)
{
	size_t max = announced((unsigned char)s.p[0]), n = 1;

	while (n < max && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* Length of the good character at the start of s, or 0. */
static size_t
strict_length(struct slice s)
{
	uint32_t c;
	size_t n = utf8_decode(s, &c);

	if (n == 1)
		return (unsigned char)s.p[0] < 0x80 ? 1 : 0;
	return is_noncharacter(c) ? 0 : n;
}

static bool
is_strict_utf8(struct slice s)
{
	size_t n;

	for (; s.n > 0; s = slice_sub(s, n, s.n)) {
		n = strict_length(s);
		if (n == 0)
			return false;
	}
	return true;
}

static bool
decode_utf8(struct slice in, bool strict, struct buf *out)
{
	if (strict && !is_strict_utf8(in))
		return false;
	while (in.n > 0) {
		size_t n = strict_length(in);

		if (n > 0) {
			buf_add(out, in.p, n);
		} else {
			n = malformed_length(in);
			buf_add_utf8(out, UTF8_REPLACEMENT);
		}
		in = slice_sub(in, n, in.n);
	}
	return true;
}

/* Perl's EUC-JP is nearly this one, which not every iconv has. */
#define EUC_JP "EUC-JISX0213"

static iconv_t
open_iconv(const char *name)
{
	iconv_t cd = iconv_open("UTF-8", name);

	if (cd == (iconv_t)-1 && strcmp(name, EUC_JP) == 0)
		cd = iconv_open("UTF-8", "EUC-JP");
	return cd;
}

/* The descriptor for name, opened now or before; the oldest one gives way. */
static iconv_t
cached_iconv(const char *name)
{
	struct cached *c = &cache[0];

	for (size_t i = 0; i < ICONV_CACHED; i++) {
		if (cache[i].used && strcmp(cache[i].name, name) == 0) {
			cache[i].used = ++cache_clock;
			return cache[i].cd;
		}
		if (cache[i].used < c->used)
			c = &cache[i];
	}
	if (strlen(name) >= sizeof(c->name))
		return (iconv_t)-1;
	if (c->used && c->cd != (iconv_t)-1)
		iconv_close(c->cd);
	strcpy(c->name, name);
	c->cd = open_iconv(name);
	c->used = ++cache_clock;
	return c->cd;
}

/*
 * glibc lets bytes 80..9F of the EUC charsets through as control characters;
 * no text has them and Perl refuses them.
 */
static bool
has_control(struct slice utf8)
{
	ptrdiff_t at = -1;

	while ((at = slice_chr(utf8, '\xc2', (size_t)(at + 1))) >= 0) {
		if ((size_t)at + 1 < utf8.n &&
		    (unsigned char)utf8.p[at + 1] < 0xa0)
			return true;
	}
	return false;
}

/* Write out what iconv still holds back, and forget its state. */
static void
flush_iconv(iconv_t cd, struct buf *out)
{
	char *to;
	size_t room;

	buf_reserve(out, 16);
	to = out->p + out->n;
	room = out->cap - out->n;
	iconv(cd, NULL, NULL, &to, &room);
	out->n = (size_t)(to - out->p);
}

/*
 * iconv reads 5C and 7E of Shift_JIS as yen and overline, Perl as the
 * backslash and tilde that URLs mean by them.  out[from, end) is mended.
 */
static void
mend_shift_jis(struct buf *out, size_t from)
{
	struct slice s = buf_slice(out), rest;
	size_t n = from;

	while (from < s.n) {
		rest = slice_sub(s, from, s.n);
		if (slice_starts(rest, SLICE("\xc2\xa5"))) {
			out->p[n++] = '\\';
			from += 2;
		} else if (slice_starts(rest, SLICE("\xe2\x80\xbe"))) {
			out->p[n++] = '~';
			from += 3;
		} else {
			out->p[n++] = out->p[from++];
		}
	}
	out->n = n;
}

/*
 * Each input byte is converted once; after a byte that does not fit (not
 * strict) iconv goes on behind it.  Half a character at the end is dropped
 * without a trace, as Perl does except in UTF-16.
 */
static bool
decode_iconv(const char *name, struct slice in, enum misfit misfit,
    struct buf *out)
{
	iconv_t cd = cached_iconv(name);
	char *from = (char *)(uintptr_t)in.p;	/* iconv writes nothing there */
	size_t left = in.n, start = out->n;

	if (cd == (iconv_t)-1)
		return false;
	iconv(cd, NULL, NULL, NULL, NULL);
	while (left > 0) {
		char *to;
		size_t room, rc;

		buf_reserve(out, left + 16);
		to = out->p + out->n;
		room = out->cap - out->n;
		rc = iconv(cd, &from, &left, &to, &room);
		out->n = (size_t)(to - out->p);
		if (rc != (size_t)-1 || errno == E2BIG)
			continue;
		if (errno == EINVAL && strncmp(name, "UTF-16", 6) != 0)
			break;
		if (misfit == MISFIT_STRICT)
			return false;
		if (misfit == MISFIT_ESCAPE)
			buf_addf(out, "\\x%02X", (unsigned char)*from);
		else
			buf_add_utf8(out, UTF8_REPLACEMENT);
		from++;
		left--;
	}
	flush_iconv(cd, out);
	if (strcmp(name, "SHIFT_JIS") == 0)
		mend_shift_jis(out, start);
	return misfit != MISFIT_STRICT || strncmp(name, "EUC", 3) != 0 ||
	    !has_control(buf_slice(out));
}

/*
 * Which UTF-16 it is, by counting (SpamAssassin's detect_utf16): spaces in
 * either order, and which half of the pairs has the smaller digits.  NULL:
 * cannot tell, or a BOM, which is not decoded as UTF-16 (trap 14a).
 */
static const char *
utf16_kind(struct slice in)
{
	unsigned long even = 0, odd = 0, little = 0, big = 0;

	if (slice_starts(in, SLICE("\xff\xfe")) ||
	    slice_starts(in, SLICE("\xfe\xff")))
		return NULL;
	for (size_t i = 0; i < in.n; i += 2) {
		unsigned char a = (unsigned char)in.p[i];
		unsigned char b = i + 1 < in.n ? (unsigned char)in.p[i + 1] : 0;

		even += (a >> 4) + (a & 15u);
		odd += (b >> 4) + (b & 15u);
		little += a == 0x20 && b == 0;
		big += a == 0 && b == 0x20;
	}
	little += even > odd * 4;
	big += odd * 4 > even;		/* its slip: the factor again here */
	return little > big ? "UTF-16LE" : big > little ? "UTF-16BE" : NULL;
}

/* Always strict: an odd byte at the end or a non-character spoils it. */
static bool
decode_utf16(struct slice in, struct buf *out)
{
	const char *kind = utf16_kind(in);

	return kind != NULL && in.n % 2 == 0 &&
	    decode_iconv(kind, in, MISFIT_STRICT, out) &&
	    is_strict_utf8(buf_slice(out));
}

static bool
decode_declared(struct slice in, struct slice charset, bool strict,
    struct buf *out)
{
	char name[ICONV_NAME];

	switch (mail_charset_find(charset, name, sizeof(name))) {
	case CHARSET_ASCII:
		return decode_ascii(in, strict, out);
	case CHARSET_UTF8:
		return decode_utf8(in, strict, out);
	case CHARSET_CP1252:
		return decode_cp1252(in, strict, out);
	case CHARSET_UTF16:
		return decode_utf16(in, out);
	case CHARSET_JIS:
		return decode_iconv(EUC_JP, mail_jis_to_euc(out->arena, in),
		    MISFIT_ESCAPE, out);
	case CHARSET_ICONV:
		return decode_iconv(name, in,
		    strict ? MISFIT_STRICT : MISFIT_REPLACE, out);
	case CHARSET_UNKNOWN:
		break;
	}
	return false;
}

/* SpamAssassin forgets to convert encoded words in UTF-16. */
static bool
is_utf16(struct slice charset)
{
	char name[ICONV_NAME];

	return mail_charset_find(charset, name, sizeof(name)) ==
	    CHARSET_UTF16;
}

static struct slice
guess(struct slice in, struct buf *out)
{
	buf_clear(out);
	decode_cp1252(in, false, out);
	return buf_slice(out);
}

struct slice
mail_charset_decode(struct arena *a, struct slice in, struct slice charset,
    bool insist, bool *unicode_r, bool *bad_r)
{
	bool ascii = utf8_is_ascii(in);
	struct buf out;

	*unicode_r = *bad_r = false;
	if (ascii && mail_charset_over_ascii(charset))
		return in;
	buf_init(&out, a);
	*unicode_r = true;
	if (!ascii && !insist && is_strict_utf8(in))
		return in;
	if (decode_declared(in, charset, !insist, &out))
		return insist && is_utf16(charset) ? in : buf_slice(&out);
	*bad_r = true;
	if (ascii) {
		*unicode_r = false;
		return in;
	}
	return guess(in, &out);
}

struct slice
mail_to_utf8(struct arena *a, struct slice in, struct slice charset,
    bool *unicode_r, bool *bad_r)
{
	if (charset.n == 0)
		charset = SLICE("us-ascii");
	return mail_charset_decode(a, in, charset, false, unicode_r, bad_r);
}

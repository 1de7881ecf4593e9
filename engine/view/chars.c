/*
 * chars - character classes and conversions that follow Perl's.
 *
 * Used by the HTML files and text.c.  All functions are linear and accept
 * any bytes: what is not UTF-8 counts as one character a byte.
 *
 * Limit: \w outside ASCII is decided by ranges of punctuation and symbols
 * (below), not by the Unicode tables; it only feeds backhair_count.
 */
#include "config.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "view/chars.h"

struct range {
	uint32_t from, to;
};

/* White_Space beyond ASCII (Unicode PropList). */
static const struct range spaces[] = {
	{ 0x85, 0x85 }, { 0xA0, 0xA0 }, { 0x1680, 0x1680 },
	{ 0x2000, 0x200A }, { 0x2028, 0x2029 }, { 0x202F, 0x202F },
	{ 0x205F, 0x205F }, { 0x3000, 0x3000 },
};

/* Blocks that hold no letters, digits or marks, or nearly none. */
static const struct range not_words[] = {
	{ 0x80, 0xA9 }, { 0xAB, 0xB4 }, { 0xB6, 0xB9 }, { 0xBB, 0xBF },
	{ 0xD7, 0xD7 }, { 0xF7, 0xF7 }, { 0x2C2, 0x2C5 }, { 0x2D2, 0x2DF },
	{ 0x1680, 0x1680 }, { 0x2000, 0x200B }, { 0x200E, 0x203E },
	{ 0x2041, 0x2053 }, { 0x2055, 0x2070 }, { 0x207A, 0x207E },
	{ 0x208A, 0x208E }, { 0x20A0, 0x20CF }, { 0x2100, 0x2101 },
	{ 0x2103, 0x2106 }, { 0x2108, 0x2109 }, { 0x2116, 0x2118 },
	{ 0x211E, 0x2123 }, { 0x2190, 0x24B5 }, { 0x24EA, 0x2BFF },
	{ 0x3000, 0x3004 }, { 0x3008, 0x3020 }, { 0x3030, 0x3030 },
	{ 0xD800, 0xF8FF }, { 0xFE10, 0xFE1F }, { 0xFE30, 0xFE32 },
	{ 0xFE35, 0xFE4C }, { 0xFE50, 0xFE6F }, { 0xFEFF, 0xFF0F },
	{ 0xFF1A, 0xFF20 }, { 0xFF3B, 0xFF3E }, { 0xFF40, 0xFF40 },
	{ 0xFF5B, 0xFF65 }, { 0xFFE0, 0xFFFF }, { 0x1F000, 0x1F12F },
	{ 0x1F18A, 0x1FBEF }, { 0x323B0, 0xE00FF }, { 0xE01F0, 0x10FFFF },
};

static bool
in_ranges(const struct range *r, size_t n, uint32_t c)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c > r[mid].to) {
			lo = mid + 1;
		} else if (c < r[mid].from) {
			hi = mid;
		} else {
			return true;
		}
	}
	return false;
}

bool
view_chars_space(uint32_t c, bool wide)
{
	if (c < 0x80) {
		return ascii_isspace((unsigned char)c);
	}
	return wide &&
	    in_ranges(spaces, sizeof(spaces) / sizeof(spaces[0]), c);
}

bool
view_chars_word(uint32_t c, bool wide)
{
	if (c < 0x80) {
		return ascii_isword((unsigned char)c);
	}
	return wide && !in_ranges(not_words,
	    sizeof(not_words) / sizeof(not_words[0]), c);
}

size_t
view_chars_count(struct slice utf8)
{
	size_t n = 0;

	for (size_t i = 0; i < utf8.n; i++) {
		n += ((unsigned char)utf8.p[i] & 0xC0) != 0x80;
	}
	return n;
}

size_t
view_chars_offset(struct slice utf8, size_t n)
{
	if (utf8.n <= n) {
		return utf8.n;
	}
	for (size_t i = 0; i < utf8.n; i++) {
		if (((unsigned char)utf8.p[i] & 0xC0) != 0x80 && n-- == 0) {
			return i;
		}
	}
	return utf8.n;
}

size_t
view_chars_last(struct slice utf8, uint32_t *c_r)
{
	size_t len = 1;

	if (utf8.n == 0) {
		return 0;
	}
	while (len < 4 && len < utf8.n &&
	    ((unsigned char)utf8.p[utf8.n - len] & 0xC0) == 0x80) {
		len++;
	}
	if (utf8_decode(slice_sub(utf8, utf8.n - len, utf8.n), c_r) != len) {
		*c_r = UTF8_REPLACEMENT;
		return 1;
	}
	return len;
}

static bool
trims(uint32_t c, bool wide)
{
	return c == 0xA0 || view_chars_space(c, wide);
}

struct slice
view_chars_trim(struct chars c)
{
	struct slice s = c.s;
	uint32_t cp;
	size_t len;

	while (s.n > 0 && (len = utf8_decode(s, &cp)) > 0 &&
	    trims(cp, c.wide)) {
		s = slice_sub(s, len, s.n);
	}
	while ((len = view_chars_last(s, &cp)) > 0 && trims(cp, c.wide)) {
		s.n -= len;
	}
	return s;
}

struct slice
view_chars_bytes(struct arena *a, struct chars c)
{
	struct buf b;

	if (c.wide || utf8_is_ascii(c.s)) {
		return c.s;
	}
	buf_init(&b, a);
	buf_reserve(&b, c.s.n);
	while (c.s.n > 0) {
		size_t plain = utf8_ascii_length(c.s);
		uint32_t cp;

		buf_add(&b, c.s.p, plain);
		c.s = slice_sub(c.s, plain, c.s.n);
		if (c.s.n > 0) {
			c.s = slice_sub(c.s, utf8_decode(c.s, &cp), c.s.n);
			buf_addc(&b, (char)(cp <= 0xFF ? cp : '?'));
		}
	}
	return buf_slice(&b);
}

struct slice
view_chars_upgrade(struct arena *a, struct slice latin1)
{
	struct buf b;

	if (utf8_is_ascii(latin1)) {
		return latin1;
	}
	buf_init(&b, a);
	buf_reserve(&b, latin1.n + latin1.n / 2);
	while (latin1.n > 0) {
		size_t plain = utf8_ascii_length(latin1);

		buf_add(&b, latin1.p, plain);
		if (plain < latin1.n) {
			buf_add_utf8(&b, (unsigned char)latin1.p[plain++]);
		}
		latin1 = slice_sub(latin1, plain, latin1.n);
	}
	return buf_slice(&b);
}

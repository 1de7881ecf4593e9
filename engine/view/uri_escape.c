/*
 * uri_escape - percent escapes and HTML entities inside URIs.
 *
 * Called by uri_canon.c and uri_clean.c.  Each is undone once and not again:
 * "%2541" is "%41", which a later look at the variant would not decode either.
 * Linear.
 */
#include "config.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "view/uri.h"

/* ---- escapes (step 4) ---- */

/* Value of a %XX at s[i], or -1. */
static int
escape_at(struct slice s, size_t i)
{
	int high, low;

	if (i + 2 >= s.n || s.p[i] != '%') {
		return -1;
	}
	high = ascii_hex((unsigned char)s.p[i + 1]);
	low = ascii_hex((unsigned char)s.p[i + 2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool
uri_has_escape(struct slice s)
{
	for (ptrdiff_t i = slice_chr(s, '%', 0); i >= 0;
	    i = slice_chr(s, '%', (size_t)i + 1)) {
		if (escape_at(s, (size_t)i) >= 0) {
			return true;
		}
	}
	return false;
}

/* A character that must not stand raw in a URI. */
static bool
must_escape(uint32_t c)
{
	return c <= 0x20 || (c >= 0x7f && c <= 0xff) || c == '"' || c == '%' ||
	    c == '<' || c == '>';
}

struct slice
uri_url_encode(struct arena *a, struct slice s, bool chars)
{
	struct buf b;
	size_t i = 0;

	buf_init(&b, a);
	while (i < s.n) {
		int v = escape_at(s, i);
		uint32_t c = (unsigned char)s.p[i];
		size_t n = 1;

		if (v > 0x20 && v < 0x7f) {
			buf_addc(&b, (char)v);
			n = 3;
		} else if (v >= 0) {
			buf_add(&b, s.p + i, 3);
			n = 3;
		} else {
			if (chars && c >= 0x80) {
				n = utf8_decode(slice_sub(s, i, s.n), &c);
			}
			if (must_escape(c)) {
				buf_addf(&b, "%%%02x", (unsigned)c);
			} else {
				buf_add(&b, s.p + i, n);
			}
		}
		i += n;
	}
	return buf_slice(&b);
}

/* ---- entities (step 6) ---- */

/* Decimal or hexadecimal number of a printable character behind "&#" or
 * "&#x"; its length with the ";", 0 if it is none. */
static size_t
entity_length(struct slice s, bool hex, char *c_r)
{
	size_t n = 2 + hex, digits;
	unsigned v = 0;

	if (!slice_starts(s, hex ? SLICE("&#x") : SLICE("&#"))) {
		return 0;
	}
	while (n < s.n && s.p[n] == '0') {
		n++;
	}
	for (digits = 0; n < s.n && digits < 3; digits++, n++) {
		int d = ascii_hex((unsigned char)s.p[n]);

		if (d < 0 || (!hex && d > 9)) {
			break;
		}
		v = v * (hex ? 16 : 10) + (unsigned)d;
	}
	if (n >= s.n || s.p[n] != ';' || v < 0x21 || v > 0x7e) {
		return 0;
	}
	*c_r = (char)v;
	return n + 1;
}

/* The full stops of other scripts, written as entities. */
static size_t
dot_entity_length(struct slice s, bool hex, char *c_r)
{
	static const char *const dots[] = { "&#x2e;", "&#12290;", "&#x3002;",
		"&#65294;", "&#xff0e;", "&#65377;", "&#xff61;" };

	*c_r = '.';
	for (size_t i = 0; i < sizeof(dots) / sizeof(dots[0]); i++) {
		struct slice dot = slice_cstr(dots[i]);

		if (slice_starts_nocase(s, dot)) {
			return dot.n;
		}
	}
	return 0;
}

static struct slice
replace_entities(struct arena *a, struct slice s, bool hex,
    size_t (*length)(struct slice, bool, char *))
{
	struct buf b;
	size_t i = 0;

	if (slice_find(s, SLICE("&#"), 0) < 0) {
		return s;
	}
	buf_init(&b, a);
	while (i < s.n) {
		char c = s.p[i];
		size_t n = c == '&' ? length(slice_sub(s, i, s.n), hex, &c) :
		    0;

		buf_addc(&b, n ? c : s.p[i]);
		i += n ? n : 1;
	}
	return buf_slice(&b);
}

struct slice
uri_decode_entities(struct arena *a, struct slice s)
{
	s = replace_entities(a, s, false, entity_length);
	s = replace_entities(a, s, true, entity_length);
	return replace_entities(a, s, false, dot_entity_length);
}

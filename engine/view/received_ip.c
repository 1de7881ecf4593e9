/*
 * received_ip - IP addresses as SpamAssassin recognises them in text.
 *
 * Called by received_match.c (%I in a format), relay.c and uri.c.  Stricter
 * than ip_parse: no leading zeros, not inside a longer word, so that a version
 * number or a host name with digits is not taken for an address.  Which of
 * "1.2.3.4.5" is found, and that "12345::" is none, decides what relays a
 * forged line has.
 */
#include "config.h"

#include "view/received.h"

static bool
is_hex_or_colon(struct slice s, size_t pos)
{
	return pos < s.n && (s.p[pos] == ':' ||
	    ascii_hex((unsigned char)s.p[pos]) >= 0);
}

/* Dotted quad at pos, no leading zeros; its length or 0. */
static size_t
quad_length(struct slice s, size_t pos)
{
	size_t i = pos;

	for (unsigned k = 0; k < 4; k++) {
		size_t start = i;
		unsigned v = 0;

		while (i < s.n && i - start < 4 &&
		    ascii_isdigit((unsigned char)s.p[i])) {
			v = v * 10 + (unsigned)(s.p[i++] - '0');
		}
		if (i == start || v > 255 ||
		    (s.p[start] == '0' && i - start > 1)) {
			return 0;
		}
		if (k < 3 && (i >= s.n || s.p[i++] != '.')) {
			return 0;
		}
	}
	return i - pos;
}

static size_t
v4_length(struct slice s, size_t pos)
{
	size_t n;

	if (pos > 0 && (s.p[pos - 1] == ':' ||
	    ascii_isword((unsigned char)s.p[pos - 1]))) {
		return 0;
	}
	n = quad_length(s, pos);
	return n && !(pos + n < s.n &&
	    ascii_isword((unsigned char)s.p[pos + n])) ? n : 0;
}

static size_t
hex_digits(struct slice s, size_t pos)
{
	size_t n = 0;

	while (pos + n < s.n && n < 5 &&
	    ascii_hex((unsigned char)s.p[pos + n]) >= 0) {
		n++;
	}
	return n;
}

/* RFC 4291 2.2 text forms: eight groups, or fewer around one "::"; the last
 * two may be a dotted quad. */
static size_t
v6_length(struct slice s, size_t pos)
{
	size_t i = pos, groups = 0, n;
	bool gap = false, need_group = true;

	if (slice_starts(slice_sub(s, i, s.n), SLICE("::"))) {
		gap = true;
		need_group = false;
		i += 2;
	}
	while ((n = hex_digits(s, i)) > 0 && n <= 4 && groups < 8) {
		size_t quad = quad_length(s, i);

		if (quad && (gap ? groups <= 5 : groups == 6) &&
		    !is_hex_or_colon(s, i + quad)) {
			return i + quad - pos;
		}
		groups++;
		i += n;
		need_group = false;
		if (i >= s.n || s.p[i] != ':') {
			break;
		}
		i++;
		need_group = true;
		if (i < s.n && s.p[i] == ':' && !gap) {
			gap = true;
			need_group = false;
			i++;
		}
	}
	if (need_group || is_hex_or_colon(s, i) ||
	    (gap ? groups > 7 : groups != 8)) {
		return 0;
	}
	return i - pos;
}

size_t
received_ip_length(struct slice line, size_t pos)
{
	static const struct slice prefix = { "IPv6:", 5 };
	size_t n;

	if (pos >= line.n) {
		return 0;
	}
	if (ascii_isdigit((unsigned char)line.p[pos])) {
		n = v4_length(line, pos);
		if (n) {
			return n;
		}
	}
	if (slice_starts_nocase(slice_sub(line, pos, line.n), prefix)) {
		n = v6_length(line, pos + prefix.n);
		return n ? n + prefix.n : 0;
	}
	if (pos > 0 && is_hex_or_colon(line, pos - 1)) {
		return 0;
	}
	return is_hex_or_colon(line, pos) ? v6_length(line, pos) : 0;
}

struct slice
received_find_ip(struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		size_t n = received_ip_length(text, i);

		if (n) {
			return slice_sub(text, i, i + n);
		}
	}
	return SLICE("");
}

/*
 * slice.c - searching and cutting of slices; see slice.h.
 *
 * Every function is linear in the slice (find uses memmem) and treats the
 * bytes as ASCII, whatever the locale.
 */
#include "config.h"

#include "base/slice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
ascii_hex(unsigned char c)
{
	if (ascii_isdigit(c))
		return c - '0';
	c = (unsigned char)ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
slice_eq_nocase_long(struct slice a, struct slice b)
{
	for (size_t i = 1; i < a.n; i++) {
		if (ascii_lower((unsigned char)a.p[i]) !=
		    ascii_lower((unsigned char)b.p[i]))
			return false;
	}
	return true;
}

int
slice_cmp(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	if (c != 0)
		return c;
	return a.n < b.n ? -1 : a.n > b.n;
}

bool
slice_ends(struct slice s, struct slice suffix)
{
	return s.n >= suffix.n &&
	    slice_eq(slice_sub(s, s.n - suffix.n, s.n), suffix);
}

bool
slice_ends_nocase(struct slice s, struct slice suffix)
{
	return s.n >= suffix.n &&
	    slice_eq_nocase(slice_sub(s, s.n - suffix.n, s.n), suffix);
}

struct slice
slice_trim_left(struct slice s)
{
	while (s.n > 0 && ascii_isspace((unsigned char)*s.p)) {
		s.p++;
		s.n--;
	}
	return s;
}

struct slice
slice_trim_right(struct slice s)
{
	while (s.n > 0 && ascii_isspace((unsigned char)s.p[s.n - 1]))
		s.n--;
	return s;
}

struct slice
slice_trim(struct slice s)
{
	return slice_trim_left(slice_trim_right(s));
}

ptrdiff_t
slice_chr(struct slice s, char c, size_t from)
{
	const char *hit;

	if (from >= s.n)
		return -1;
	hit = memchr(s.p + from, c, s.n - from);
	return hit ? hit - s.p : -1;
}

ptrdiff_t
slice_rchr(struct slice s, char c)
{
	const char *hit = s.n ? memrchr(s.p, c, s.n) : NULL;

	return hit ? hit - s.p : -1;
}

ptrdiff_t
slice_find(struct slice s, struct slice what, size_t from)
{
	const char *hit, *first;

	if (from > s.n || what.n > s.n - from)
		return -1;
	if (what.n == 0)
		return (ptrdiff_t)from;
	/* memmem prepares itself for long texts; most have not even that */
	first = memchr(s.p + from, what.p[0], s.n - from);
	if (first == NULL)
		return -1;
	hit = memmem(first, (size_t)(s.p + s.n - first), what.p, what.n);
	return hit ? hit - s.p : -1;
}

ptrdiff_t
slice_find_nocase(struct slice s, struct slice what, size_t from)
{
	int lo;

	if (from > s.n || what.n > s.n - from)
		return -1;
	if (what.n == 0)
		return (ptrdiff_t)from;
	lo = ascii_lower((unsigned char)what.p[0]);
	for (size_t i = from; i + what.n <= s.n; i++) {
		if (ascii_lower((unsigned char)s.p[i]) == lo &&
		    slice_eq_nocase(slice_sub(s, i, i + what.n), what))
			return (ptrdiff_t)i;
	}
	return -1;
}

bool
slice_word(struct slice *rest, struct slice *word_r)
{
	struct slice s = slice_trim_left(*rest);
	size_t n = 0;

	while (n < s.n && !ascii_isspace((unsigned char)s.p[n]))
		n++;
	*word_r = slice_sub(s, 0, n);
	*rest = slice_sub(s, n, s.n);
	return n > 0;
}

bool
slice_line(struct slice *rest, struct slice *line_r)
{
	ptrdiff_t nl;
	size_t n;

	if (rest->n == 0)
		return false;
	nl = slice_chr(*rest, '\n', 0);
	n = nl < 0 ? rest->n : (size_t)nl + 1;
	*line_r = slice_sub(*rest, 0, n);
	*rest = slice_sub(*rest, n, rest->n);
	return true;
}

bool
slice_is_domain(struct slice s)
{
	size_t label = 0, digits = 0;
	bool dotted = false;

	if (s.n == 0 || s.n > 253)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '.' ? label == 0 : ++label > 63 ||
		    (!ascii_isword(c) && c != '-'))
			return false;
		digits += c != '.' && ascii_isdigit(c);
		if (c == '.') {
			label = digits = 0;
			dotted = true;
		}
	}
	return label > 0 && !(dotted && digits == label);
}

/* A short copy with a NUL for the strto functions; false if too long. */
static bool
number_text(struct slice s, char dst[64])
{
	s = slice_trim(s);
	if (s.n == 0 || s.n >= 64 || memchr(s.p, '\0', s.n) != NULL)
		return false;
	memcpy(dst, s.p, s.n);
	dst[s.n] = '\0';
	return true;
}

int
slice_to_long(struct slice s, long *value_r)
{
	char text[64], *end;
	long v;

	if (!number_text(s, text))
		return -1;
	errno = 0;
	v = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0')
		return -1;
	*value_r = v;
	return 0;
}

int
slice_to_double(struct slice s, double *value_r)
{
	char text[64], *end;
	double v;

	if (!number_text(s, text))
		return -1;
	/* strtod knows "nan", "inf" and hex: none is a number in mail. */
	if (text[strspn(text, "+-0123456789.eE")] != '\0')
		return -1;
	errno = 0;
	v = strtod(text, &end);
	if (errno != 0 || *end != '\0')
		return -1;
	*value_r = v;
	return 0;
}

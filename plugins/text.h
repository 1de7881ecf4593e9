/*
 * text - slices and ASCII for the plugins of this tree; not installed.
 *
 * plugin.h stands alone and has no string functions.  These few are what
 * evals on header text need again and again.  ASCII only: mail is never read
 * in a locale.
 */
#ifndef PLUGINS_TEXT_H
#define PLUGINS_TEXT_H

#include <string.h>
#include <strings.h>

#include "plugins/plugin.h"

static inline bool
text_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool
text_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
text_is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool
text_is_letter(char c)
{
	return text_is_upper(c) || (c >= 'a' && c <= 'z');
}

/* What \w matches. */
static inline bool
text_is_word(char c)
{
	return text_is_letter(c) || text_is_digit(c) || c == '_';
}

static inline char
text_lower(char c)
{
	return text_is_upper(c) ? (char)(c + 32) : c;
}

static inline struct tare_slice
text_of(const char *s)
{
	return (struct tare_slice){ s, strlen(s) };
}

/* s[from, to); both within s. */
static inline struct tare_slice
text_sub(struct tare_slice s, size_t from, size_t to)
{
	return (struct tare_slice){ from == 0 ? s.p : s.p + from, to - from };
}

static inline int
text_compare(struct tare_slice a, struct tare_slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

static inline bool
text_same(struct tare_slice a, struct tare_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
text_same_nocase(struct tare_slice a, struct tare_slice b)
{
	size_t i = 0;

	while (a.n == b.n && i < a.n && text_lower(a.p[i]) ==
	    text_lower(b.p[i]))
		i++;
	return a.n == b.n && i == a.n;
}

static inline bool
text_starts(struct tare_slice s, struct tare_slice prefix)
{
	return s.n >= prefix.n && text_same(text_sub(s, 0, prefix.n), prefix);
}

static inline bool
text_starts_nocase(struct tare_slice s, struct tare_slice prefix)
{
	return s.n >= prefix.n &&
	    text_same_nocase(text_sub(s, 0, prefix.n), prefix);
}

static inline bool
text_ends_nocase(struct tare_slice s, struct tare_slice suffix)
{
	return s.n >= suffix.n &&
	    text_same_nocase(text_sub(s, s.n - suffix.n, s.n), suffix);
}

/* Offset of the first c, or s.n. */
static inline size_t
text_find(struct tare_slice s, char c)
{
	const char *at = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return at != NULL ? (size_t)(at - s.p) : s.n;
}

/* Offset behind the last c, or 0. */
static inline size_t
text_behind_last(struct tare_slice s, char c)
{
	size_t i = s.n;

	while (i > 0 && s.p[i - 1] != c)
		i--;
	return i;
}

static inline struct tare_slice
text_trim(struct tare_slice s)
{
	size_t from = 0, to = s.n;

	while (from < to && text_is_space(s.p[from]))
		from++;
	while (to > from && text_is_space(s.p[to - 1]))
		to--;
	return text_sub(s, from, to);
}

/* Cut the first run of non-space off *rest; false when none is left. */
static inline bool
text_word(struct tare_slice *rest, struct tare_slice *word_r)
{
	size_t from = 0, to;

	while (from < rest->n && text_is_space(rest->p[from]))
		from++;
	for (to = from; to < rest->n && !text_is_space(rest->p[to]);)
		to++;
	*word_r = text_sub(*rest, from, to);
	*rest = text_sub(*rest, to, rest->n);
	return to > from;
}

#endif

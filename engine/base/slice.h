/*
 * slice - a pointer and a length; the only string type inside the engine.
 *
 * A slice does not own its bytes and is not NUL-terminated.  It lives as
 * long as what it points into: the message, an arena, or a literal.  The
 * empty slice may have a null pointer; no function dereferences it then.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *p;
	size_t n;
};

/* A slice of a string literal (not of a pointer: sizeof is used). */
#define SLICE(lit) ((struct slice){ (lit), sizeof(lit) - 1 })

/* printf("%.*s", SLICE_FMT(s)); evaluates s twice. */
#define SLICE_FMT(s) (int)(s).n, (s).p ? (s).p : ""

/*
 * What is asked for each byte of a message is inline: a call would cost more
 * than the answer.
 */

/* The ASCII-only character classes mail is written in (never the locale). */
static inline bool
ascii_isspace(unsigned char c)		/* SP TAB LF CR FF VT */
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool
ascii_isdigit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_isalpha(unsigned char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static inline bool
ascii_isalnum(unsigned char c)
{
	return ascii_isalpha(c) || ascii_isdigit(c);
}

static inline bool
ascii_isword(unsigned char c)		/* [A-Za-z0-9_] */
{
	return ascii_isalnum(c) || c == '_';
}

static inline int
ascii_lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static inline int
ascii_upper(unsigned char c)
{
	return c >= 'a' && c <= 'z' ? c - 32 : c;
}

int ascii_hex(unsigned char c);		/* 0..15, or -1 */

static inline struct slice
slice_make(const char *p, size_t n)
{
	return (struct slice){ p, n };
}

static inline struct slice
slice_cstr(const char *s)		/* NULL gives empty */
{
	return (struct slice){ s, s != NULL ? strlen(s) : 0 };
}

/* s[from, to), both clamped to the slice */
static inline struct slice
slice_sub(struct slice s, size_t from, size_t to)
{
	if (to > s.n)
		to = s.n;
	if (from > to)
		from = to;
	return (struct slice){ s.p != NULL ? s.p + from : NULL, to - from };
}

static inline bool
slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* In a table of words nearly always another one: its length is not needed. */
static inline bool
slice_eq_cstr(struct slice a, const char *b)
{
	if (b == NULL || a.n == 0)
		return a.n == 0 && (b == NULL || *b == '\0');
	return a.p[0] == b[0] && slice_eq(a, slice_cstr(b));
}

static inline bool
slice_starts(struct slice s, struct slice prefix)
{
	return s.n >= prefix.n && slice_eq(slice_make(s.p, prefix.n), prefix);
}

/* What slice_eq_nocase does when length and first byte agree. */
bool slice_eq_nocase_long(struct slice a, struct slice b);

static inline bool
slice_eq_nocase(struct slice a, struct slice b)		/* ASCII folding */
{
	return a.n == b.n && (a.n == 0 ||
	    (ascii_lower((unsigned char)a.p[0]) ==
	    ascii_lower((unsigned char)b.p[0]) &&
	    slice_eq_nocase_long(a, b)));
}

static inline bool
slice_starts_nocase(struct slice s, struct slice prefix)
{
	return s.n >= prefix.n &&
	    slice_eq_nocase(slice_make(s.p, prefix.n), prefix);
}

int slice_cmp(struct slice a, struct slice b);		/* bytewise */
bool slice_ends(struct slice s, struct slice suffix);
bool slice_ends_nocase(struct slice s, struct slice suffix);
struct slice slice_trim(struct slice s);	/* white space, both ends */
struct slice slice_trim_left(struct slice s);
struct slice slice_trim_right(struct slice s);
/* Offset of the first match at or after from, or -1.  Linear time. */
ptrdiff_t slice_chr(struct slice s, char c, size_t from);
ptrdiff_t slice_rchr(struct slice s, char c);
ptrdiff_t slice_find(struct slice s, struct slice what, size_t from);
ptrdiff_t slice_find_nocase(struct slice s, struct slice what, size_t from);

/*
 * Cut the first word (run of non-space) off *rest; false when none is left.
 */
bool slice_word(struct slice *rest, struct slice *word_r);
/*
 * Cut the first line off *rest.  The line keeps its newline.  False at end.
 */
bool slice_line(struct slice *rest, struct slice *line_r);

/*
 * Can s be a name in DNS (RFC 1035 2.3.4)?  Labels of 1 to 63 letters, digits,
 * '-' and '_' (RFC 2181 11 allows any byte; nobody's list has others), at most
 * 253 bytes, no dot at the end; not an address or part of one: no top-level
 * domain is all digits (RFC 3696 2).  A single label may be (a digest).
 */
bool slice_is_domain(struct slice s);

/*
 * Numbers: whole slice must be a number (outer blanks allowed).  0 or -1.
 */
int slice_to_long(struct slice s, long *value_r);
int slice_to_double(struct slice s, double *value_r);

#endif

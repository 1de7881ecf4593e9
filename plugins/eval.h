/*
 * eval - what plugins of evals share: arguments and texts as Perl reads them.
 *
 * Rules written for SpamAssassin count on Perl: '0400' is 400, 'abc' is 0, a
 * bound may be missing.  Its regexes and lengths see a Unicode text as
 * characters, while tare has UTF-8; eval_octets brings it to one byte a
 * character.  Everything is linear and static inline: a plugin includes
 * nothing but headers.
 */
#ifndef PLUGINS_EVAL_H
#define PLUGINS_EVAL_H

#include <stdlib.h>
#include <string.h>

#include "plugins/text.h"

/* Stands for a character above U+00FF: matches no letter, in no case. */
#define EVAL_OTHER_CHAR '\xd7'

static inline int
eval_need_args(const struct tare_call *call, size_t n, struct tare_err *e)
{
	if (call->nargs >= n)
		return 0;
	tare_fail(e, "%zu arguments are wanted, there are %zu", n,
	    call->nargs);
	return -1;
}

/* The word text, letters folded, at s[at]. */
static inline bool
eval_word_at(struct tare_slice s, size_t at, const char *text)
{
	return at <= s.n &&
	    text_starts_nocase(text_sub(s, at, s.n), text_of(text));
}

static inline bool
eval_equals(struct tare_slice s, const char *text)
{
	return text_same(s, text_of(text));
}

/* Offset of text in s, or -1. */
static inline ptrdiff_t
eval_find(struct tare_slice s, const char *text)
{
	const char *hit = s.n == 0 ? NULL :
	    memmem(s.p, s.n, text, strlen(text));

	return hit == NULL ? -1 : hit - s.p;
}

/* s in lower case; lives as long as the message. */
static inline struct tare_slice
eval_lower(struct tare_msg *m, struct tare_slice s)
{
	char *p = tare_alloc(m, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = text_lower(s.p[i]);
	return (struct tare_slice){ p, s.n };
}

/* The next line with its newline; false at the end. */
static inline bool
eval_line(struct tare_slice *rest, struct tare_slice *line_r)
{
	size_t n = text_find(*rest, '\n');

	if (rest->n == 0)
		return false;
	n += n < rest->n;
	*line_r = text_sub(*rest, 0, n);
	*rest = text_sub(*rest, n, rest->n);
	return true;
}

/* ---- arguments ---- */

/* A number as Perl reads a string: decimal, what follows is ignored. */
static inline double
eval_number(const char *text)
{
	const char *p = text;

	while (text_is_space(*p))
		p++;
	if (*p == '-' || *p == '+')
		p++;
	/* strtod alone would read hexadecimal. */
	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		return 0;
	return strtod(text, NULL);
}

/* Argument i; an absent one is empty, as Perl's undef is. */
static inline const char *
eval_text(const struct tare_call *call, size_t i)
{
	return i < call->nargs ? call->args[i] : "";
}

static inline double
eval_arg(const struct tare_call *call, size_t i, double absent)
{
	return i < call->nargs ? eval_number(call->args[i]) : absent;
}

/* Two bounds, the second of which may be missing. */
struct eval_range {
	double min, max;
	bool open;
};

/* From argument i; a second bound that reads open_word is none. */
static inline struct eval_range
eval_range_arg(const struct tare_call *call, size_t i, const char *open_word)
{
	return (struct eval_range){
		.min = eval_arg(call, i, 0), .max = eval_arg(call, i + 1, 0),
		.open = i + 1 >= call->nargs ||
		    (open_word != NULL &&
		    strcmp(call->args[i + 1], open_word) == 0) };
}

static inline enum tare_answer
eval_answer(bool hit)
{
	return hit ? TARE_HIT : TARE_MISS;
}

/* ---- characters ---- */

/*
 * The character at s[*i], which moves past it; -1 if the bytes are not UTF-8
 * (RFC 3629: no overlong forms, no surrogates).
 */
static inline int32_t
eval_utf8(struct tare_slice s, size_t *i)
{
	static const int32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	unsigned char c = (unsigned char)s.p[*i];
	unsigned more = c < 0x80 ? 0 : c < 0xc2 ? 9 : c < 0xe0 ? 1 :
	    c < 0xf0 ? 2 : c < 0xf5 ? 3 : 9;
	int32_t v = more == 0 ? c : c & (0x3f >> more);

	if (more == 9 || s.n - *i <= more)
		return -1;
	for (unsigned k = 1; k <= more; k++) {
		c = (unsigned char)s.p[*i + k];
		if ((c & 0xc0) != 0x80)
			return -1;
		v = v << 6 | (c & 0x3f);
	}
	if (v < least[more] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return -1;
	*i += more + 1;
	return v;
}

/*
 * Is s characters, that is UTF-8 with at least one above 7 bits?  A part's
 * text is UTF-8 when SpamAssassin holds it as characters and Latin-1 bytes
 * otherwise (reference trap 10), and such bytes are hardly ever UTF-8.
 */
static inline bool
eval_is_wide(struct tare_slice s)
{
	bool wide = false;

	for (size_t i = 0; i < s.n;) {
		int32_t c = eval_utf8(s, &i);

		if (c < 0)
			return false;
		wide = wide || c >= 0x80;
	}
	return wide;
}

/* White space to Perl's \s, beyond ASCII. */
static inline bool
eval_is_wide_space(int32_t c)
{
	return c == 0x85 || c == 0xa0 || c == 0x1680 ||
	    (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
	    c == 0x202f || c == 0x205f || c == 0x3000;
}

/*
 * s with one byte for each character: Latin-1 where it can be, else
 * EVAL_OTHER_CHAR; *wide_r (may be NULL): s was characters.
 */
static inline struct tare_slice
eval_octets(struct tare_msg *m, struct tare_slice s, bool *wide_r)
{
	bool wide = eval_is_wide(s);
	size_t n = 0;
	char *p;

	if (wide_r != NULL)
		*wide_r = wide;
	if (!wide)
		return s;
	p = tare_alloc(m, s.n);
	for (size_t i = 0; i < s.n;) {
		int32_t c = eval_utf8(s, &i);

		p[n++] = c < 0x100 ? (char)c : EVAL_OTHER_CHAR;
	}
	return (struct tare_slice){ p, n };
}

#endif

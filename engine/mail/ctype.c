/*
 * ctype.c - the Content-Type field.
 *
 * Not an RFC 2045 parser: it finds what SpamAssassin 4.0.1 finds (reference
 * 5.1 point 8), in malformed fields too, because the MIME tree and many rules
 * hang on it.  Parameters are searched, not parsed, so `boundary=` inside
 * another parameter's quotes counts.
 *
 * Linear in the value: every search goes on where the last one failed.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mail/mail-priv.h"

static bool
is_word_start(struct slice s, size_t i)
{
	return i == 0 || !ascii_isword((unsigned char)s.p[i - 1]);
}

static size_t
skip_space(struct slice s, size_t i)
{
	while (i < s.n && ascii_isspace((unsigned char)s.p[i]))
		i++;
	return i;
}

/* After `name`, a word of its own, and `=` and white space; 0 if none. */
static size_t
find_param(struct slice s, struct slice name, size_t from)
{
	ptrdiff_t hit;

	while ((hit = slice_find_nocase(s, name, from)) >= 0) {
		size_t i = skip_space(s, (size_t)hit + name.n);

		if (is_word_start(s, (size_t)hit) && i < s.n && s.p[i] == '=')
			return skip_space(s, i + 1);
		from = (size_t)hit + 1;
	}
	return 0;
}

/* Value at i: an optional quote, up to `;` or the end, without one quote. */
static struct slice
param_value(struct slice s, size_t i, size_t *end_r)
{
	ptrdiff_t semicolon;
	struct slice v;

	if (i < s.n && (s.p[i] == '"' || s.p[i] == '\''))
		i++;
	semicolon = slice_chr(s, ';', i);
	*end_r = semicolon < 0 ? s.n : (size_t)semicolon;
	v = slice_sub(s, i, *end_r);
	if (v.n > 0 && (v.p[v.n - 1] == '"' || v.p[v.n - 1] == '\''))
		v.n--;
	return v;
}

/* One opening quote is enough; without, it must end at white space or `;`. */
static struct slice
find_boundary(struct arena *a, struct slice s)
{
	size_t from = 0, i, end;

	while ((i = find_param(s, SLICE("boundary"), from)) > 0) {
		bool quoted = i < s.n && s.p[i] == '"';

		from = i;
		if (quoted)
			i++;
		for (end = i; end < s.n && s.p[end] != '"'; end++) {
			if (!quoted && (s.p[end] == ';' ||
			    ascii_isspace((unsigned char)s.p[end])))
				break;
		}
		if (end == i || (!quoted && end < s.n && s.p[end] == '"'))
			continue;
		return arena_slice(a, slice_sub(s, i, end));
	}
	return (struct slice){ 0 };
}

static bool
is_false(struct slice s)
{
	return s.n == 0 || slice_eq(s, SLICE("0"));
}

/* name= or filename=, whichever comes first. */
static struct slice
find_name(struct slice s)
{
	size_t name = find_param(s, SLICE("name"), 0);
	size_t filename = find_param(s, SLICE("filename"), 0), end;

	if (filename > 0 && (name == 0 || filename < name))
		name = filename;
	return name > 0 ? param_value(s, name, &end) : (struct slice){ 0 };
}

struct piece {
	unsigned long index;
	size_t order;
	struct slice value;
};

static int
piece_cmp(const void *x, const void *y)
{
	const struct piece *a = x, *b = y;

	if (a->index != b->index)
		return a->index < b->index ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* "name*" or "filename*" at s[i]: index of what follows, or 0. */
static size_t
name_star(struct slice s, size_t i)
{
	struct slice rest = slice_sub(s, i, s.n);

	if (!is_word_start(s, i))
		return 0;
	if (slice_starts_nocase(rest, SLICE("name*")))
		return i + 5;
	return slice_starts_nocase(rest, SLICE("filename*")) ? i + 9 : 0;
}

/* `N = value` at s[*i], moving *i past it. */
static bool
read_piece(struct slice s, size_t *i, struct piece *p_r)
{
	size_t at = *i;

	p_r->index = 0;
	while (at < s.n && ascii_isdigit((unsigned char)s.p[at])) {
		if (p_r->index < 1000000)
			p_r->index = p_r->index * 10 +
			    (unsigned long)(s.p[at] - '0');
		at++;
	}
	if (at == *i)
		return false;
	at = skip_space(s, at);
	if (at >= s.n || s.p[at] != '=')
		return false;
	p_r->value = param_value(s, skip_space(s, at + 1), i);
	return true;
}

/* Is there a first piece?  It may stand inside another one's value. */
static bool
has_first_piece(struct slice s)
{
	ptrdiff_t hit = -1;

	while ((hit = slice_find_nocase(s, SLICE("name*0"),
	    (size_t)(hit + 1))) >= 0) {
		size_t i = skip_space(s, (size_t)hit + 6);
		size_t file = hit >= 4 ? (size_t)hit - 4 : 0;

		if (i < s.n && s.p[i] == '=' &&
		    (is_word_start(s, (size_t)hit) ||
		    name_star(s, file) == (size_t)hit + 5))
			return true;
	}
	return false;
}

/* RFC 2231 section 3: name*0=, name*1=, … in order of their numbers. */
static struct slice
find_name_pieces(struct arena *a, struct slice s)
{
	VEC_OF(struct piece) pieces = { 0 };
	struct piece p;
	struct buf b;
	size_t i = 0;

	buf_init(&b, a);
	while (i < s.n) {
		size_t at = name_star(s, i);

		if (at == 0 || !read_piece(s, &at, &p)) {
			i++;
			continue;
		}
		p.order = pieces.n;
		*VEC_PUSH(a, &pieces) = p;
		i = at;
	}
	if (pieces.n == 0)
		return (struct slice){ 0 };
	qsort(pieces.v, pieces.n, sizeof(pieces.v[0]), piece_cmp);
	for (i = 0; i < pieces.n; i++) {	/* of equal numbers the last */
		if (i + 1 == pieces.n ||
		    pieces.v[i].index != pieces.v[i + 1].index)
			buf_add_slice(&b, pieces.v[i].value);
	}
	return buf_slice(&b);
}

/* Characters that SpamAssassin takes out of a type. */
static bool
is_odd(unsigned char c)
{
	return c <= 32 || c >= 127 || memchr("\"(),:;<=>?@[\\]", c, 14) != NULL;
}

/* text/anything else reads as text/plain (its bugs 4298 and 5399). */
static bool
is_other_text(struct slice type)
{
	if (!slice_starts(type, SLICE("text")) ||
	    (type.n > 4 && ascii_isword((unsigned char)type.p[4])))
		return false;
	return !slice_eq_cstr(type, "text/html") &&
	    !slice_eq_cstr(type, "text/calendar") &&
	    !slice_eq_cstr(type, "text/x-vcard");
}

/* Up to `;`, then word/word, lower case. */
static struct slice
cut_type(struct arena *a, struct slice s)
{
	ptrdiff_t end, slash;

	s = slice_trim_left(s);
	end = slice_chr(s, ';', 0);
	if (end >= 0)
		s = slice_sub(s, 0, (size_t)end);
	slash = slice_chr(s, '/', 0);
	if (slash > 0) {
		size_t i = (size_t)slash + 1;

		while (i < s.n && s.p[i] != '/' &&
		    !ascii_isspace((unsigned char)s.p[i]))
			i++;
		s = slice_sub(s, 0, i);
	}
	return arena_lower(a, s);
}

static struct slice
clean_type(struct arena *a, struct slice type)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < type.n; i++) {
		if (!is_odd((unsigned char)type.p[i]))
			buf_addc(&b, type.p[i]);
	}
	return buf_slice(&b);
}

void
mail_ctype_parse(struct arena *a, struct slice value, struct mail_ctype *ct_r)
{
	size_t charset, end;

	*ct_r = (struct mail_ctype){ .missing = is_false(value) };
	if (ct_r->missing)
		value = SLICE("text/plain; charset=us-ascii");
	ct_r->boundary = find_boundary(a, value);
	charset = find_param(value, SLICE("charset"), 0);
	if (charset > 0)
		ct_r->charset = param_value(value, charset, &end);
	ct_r->name = find_name(value);
	if (is_false(ct_r->name) && has_first_piece(value))
		ct_r->name = find_name_pieces(a, value);
	ct_r->type = cut_type(a, value);
	if (is_false(ct_r->type))
		ct_r->missing = true;
	if (is_false(ct_r->type) || is_other_text(ct_r->type))
		ct_r->type = SLICE("text/plain");
	else
		ct_r->type = clean_type(a, ct_r->type);
}

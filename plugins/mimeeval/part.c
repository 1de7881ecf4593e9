/*
 * part - the header of one MIME part, and what its charset's name tells.
 *
 * Content-Type is searched as SpamAssassin does (reference 5.1 point 8).  The
 * parser in the engine did that, too, but what it found is kept only for
 * leaves and corrected there, while these evals count containers as well and
 * take fields at their word.
 */
#include "config.h"

#include "plugins/mimeeval/mimeeval.h"

/* ---- fields ---- */

/* The last field of that name, in lower case, without its newline. */
static bool
field(struct tare_msg *m, const struct tare_part *p, const char *name,
    struct tare_slice *value_r)
{
	struct tare_slice v = { NULL, 0 };
	bool found = tare_part_header(m, p->id, name, false, &v);

	if (v.n > 0 && v.p[v.n - 1] == '\n')
		v.n--;
	*value_r = eval_lower(m, v);
	return found;
}

/* ---- Content-Type ---- */

/* charset = value, up to a semicolon, without the quotes around it. */
static bool
find_charset(struct tare_slice v, struct tare_slice *charset_r)
{
	ptrdiff_t hit;

	for (size_t from = 0; (hit = eval_find(text_sub(v, from, v.n),
	    "charset")) >= 0; from += (size_t)hit + 1) {
		size_t start = from + (size_t)hit, i = start + 7, end;

		while (i < v.n && text_is_space(v.p[i]))
			i++;
		if (i >= v.n || v.p[i] != '=' ||
		    (start > 0 && text_is_word(v.p[start - 1])))
			continue;
		for (i++; i < v.n && text_is_space(v.p[i]);)
			i++;
		if (i < v.n && (v.p[i] == '"' || v.p[i] == '\''))
			i++;
		end = i + text_find(text_sub(v, i, v.n), ';');
		if (end > i && (v.p[end - 1] == '"' || v.p[end - 1] == '\''))
			end--;
		*charset_r = text_sub(v, i, end);
		return true;
	}
	return false;
}

/* Up to a semicolon, then word/word. */
static struct tare_slice
cut_type(struct tare_slice v)
{
	size_t slash, i;

	while (v.n > 0 && text_is_space(v.p[0]))
		v = text_sub(v, 1, v.n);
	v.n = text_find(v, ';');
	slash = text_find(v, '/');
	if (slash == 0 || slash == v.n)
		return v;
	for (i = slash + 1; i < v.n && v.p[i] != '/' &&
	    !text_is_space(v.p[i]);)
		i++;
	return text_sub(v, 0, i);
}

static bool
is_plain_text(struct tare_slice type)
{
	if (type.n == 0 || eval_equals(type, "0"))
		return true;
	if (!text_starts(type, text_of("text")) ||
	    (type.n > 4 && text_is_word(type.p[4])))
		return false;
	return !eval_equals(type, "text/html") &&
	    !eval_equals(type, "text/calendar") &&
	    !eval_equals(type, "text/x-vcard");
}

/* Without the characters that have no place in a type. */
static struct tare_slice
clean_type(struct tare_msg *m, struct tare_slice type)
{
	char *p = tare_alloc(m, type.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < type.n; i++) {
		unsigned char c = (unsigned char)type.p[i];

		if (c > ' ' && c < 127 && strchr("\"(),:;<=>?@[\\]", c) ==
		    NULL)
			p[n++] = (char)c;
	}
	return (struct tare_slice){ p, n };
}

void
mime_head_read(struct tare_msg *m, const struct tare_part *p,
    struct mime_head *h)
{
	struct tare_slice v;

	*h = (struct mime_head){ 0 };
	if (!field(m, p, "Content-Type", &v))
		v = text_of("text/plain; charset=us-ascii");
	h->type = cut_type(v);
	h->type = is_plain_text(h->type) ? text_of("text/plain") :
	    clean_type(m, h->type);
	h->has_charset = find_charset(v, &h->charset);
	field(m, p, "Content-Transfer-Encoding", &h->cte);
	field(m, p, "Content-Disposition", &h->disposition);
}

/* ---- charsets ---- */

/* Letters folded: a charset may come from a field as it was written. */
static bool
has_any(struct tare_slice s, const char *const *words)
{
	for (; *words != NULL; words++) {
		for (size_t i = 0; i < s.n; i++) {
			if (eval_word_at(s, i, *words))
				return true;
		}
	}
	return false;
}

bool
mime_charset_has_ascii(struct tare_slice charset)
{
	static const char *const names[] = { "us", "ascii", "ansi_x3.4-1968",
		"ansi_x3.4-1986", "iso-ir-6", "iso_646.irv:1991", "ibm367",
		"cp367", NULL };

	return has_any(charset, names);
}

bool
mime_charset_has_capitals(struct tare_slice charset)
{
	static const char *const names[] = { "koi", "jp", "jis", "euc", "gb",
		"big5", "isoir", "cp1251", "windows-1251", "georgianps",
		"pt154", "tis", NULL };

	for (size_t i = 0; i < charset.n; i++) {
		if (charset.p[i] != '-' && !text_is_word(charset.p[i]))
			return false;
	}
	return has_any(charset, names);
}

/* A number of one or two digits, jp or kr, and nothing more of a word. */
static bool
is_known_iso(struct tare_slice s)
{
	size_t n = 0;

	if (eval_word_at(s, 0, "iso-2022-jp") ||
	    eval_word_at(s, 0, "iso-2022-kr")) {
		n = 11;
	} else if (eval_word_at(s, 0, "iso-8859-")) {
		for (n = 9; n < s.n && n < 11 && text_is_digit(s.p[n]);)
			n++;
		if (n == 9)
			return false;
	}
	return n > 0 && (n == s.n || !text_is_word(s.p[n]));
}

/* "iso-", something, "-" and a word, without a blank. */
static bool
is_iso_like(struct tare_slice s)
{
	size_t n = 0, dash;

	while (n < s.n && !text_is_space(s.p[n]))
		n++;
	s.n = n;
	if (!eval_word_at(s, 0, "iso-") || n < 7)
		return false;
	dash = 5 + text_find(text_sub(s, 5, n), '-');
	for (size_t i = dash + 1; i < n; i++) {
		if (text_is_word(s.p[i]))
			return true;
	}
	return false;
}

bool
mime_charset_is_bad_iso(struct tare_slice charset)
{
	bool like = false;

	for (size_t i = 0; i < charset.n; i++) {
		struct tare_slice rest = text_sub(charset, i, charset.n);

		if (is_known_iso(rest))
			return false;
		like = like || is_iso_like(rest);
	}
	return like;
}

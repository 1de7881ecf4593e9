/*
 * word.c - RFC 2047 encoded words in header values.
 *
 * Follows SpamAssassin 4.0.1 (reference 5.2): white space between two words
 * goes, each word is un-B'd or un-Q'd, neighbours of the same charset are
 * joined, and only then converted, so a character split over two words comes
 * out whole (against RFC 2047 section 5, but common).
 *
 * Linear: a word has no `?` in it but its own four, so no byte is looked at
 * from more than two possible beginnings.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "mail/mail-priv.h"

struct word {
	struct slice charset;
	struct slice text;
	bool base64;
	size_t length;
};

static bool
is_charset_char(unsigned char c)
{
	return ascii_isalnum(c) || c == '*' || c == '_' || c == '-';
}

/* An encoded word at the start of s. */
static bool
word_at(struct slice s, struct word *w_r)
{
	size_t i = 2;
	ptrdiff_t end;

	if (!slice_starts(s, SLICE("=?")))
		return false;
	while (i < s.n && is_charset_char((unsigned char)s.p[i]))
		i++;
	if (i == 2 || i + 3 > s.n || s.p[i] != '?' || s.p[i + 2] != '?' ||
	    memchr("bBqQ", s.p[i + 1], 4) == NULL)
		return false;
	end = slice_chr(s, '?', i + 3);
	if (end < 0 || (size_t)end + 1 >= s.n || s.p[end + 1] != '=')
		return false;
	w_r->charset = slice_sub(s, 2, i);
	w_r->base64 = ascii_lower((unsigned char)s.p[i + 1]) == 'b';
	w_r->text = slice_sub(s, i + 3, (size_t)end);
	w_r->length = (size_t)end + 2;
	return true;
}

/* Copy of s without the white space between adjacent words. */
static struct slice
close_up(struct arena *a, struct slice s)
{
	struct buf b;
	struct word w;
	size_t i = 0;

	buf_init(&b, a);
	buf_reserve(&b, s.n);
	while (i < s.n) {
		struct slice rest = slice_sub(s, i, s.n), after;

		if (s.p[i] != '=' || !word_at(rest, &w)) {
			buf_addc(&b, s.p[i++]);
			continue;
		}
		rest = slice_sub(rest, w.length, rest.n);
		after = slice_trim_left(rest);
		if (after.n == rest.n || !word_at(after, &(struct word){ 0 })) {
			buf_addc(&b, s.p[i++]);
			continue;
		}
		buf_add(&b, s.p + i, w.length);
		i = s.n - after.n;
	}
	return buf_slice(&b);
}

/* `_` stands for a space, also in what looks like the middle of an escape. */
static struct slice
decode_q(struct arena *a, struct slice in)
{
	struct buf b;
	bool bad;

	buf_init(&b, a);
	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '_')
			buf_adds(&b, "=20");
		else
			buf_addc(&b, in.p[i]);
	}
	return mail_decode_qp(a, buf_slice(&b), &bad);
}

static struct slice
decode_text(struct arena *a, const struct word *w)
{
	bool bad;

	return w->base64 ? mail_decode_base64(a, w->text, &bad) :
	    decode_q(a, w->text);
}

/* Words of one charset, waiting for the first thing that is none. */
struct section {
	struct slice charset;
	struct buf bytes;
};

static void
section_flush(struct arena *a, struct section *sec, struct buf *out)
{
	struct slice bytes = buf_slice(&sec->bytes), charset = sec->charset;
	ptrdiff_t star = slice_chr(charset, '*', 0);
	bool unicode, bad;

	if (star >= 0)		/* RFC 2231 section 5: the language */
		charset = slice_sub(charset, 0, (size_t)star);
	if (charset.n > 0 && bytes.n > 0)
		bytes = mail_charset_decode(a, bytes, charset, true, &unicode,
		    &bad);
	buf_add_slice(out, bytes);
	buf_init(&sec->bytes, a);
	sec->charset = (struct slice){ 0 };
}

static struct slice
decode_words(struct arena *a, struct slice s)
{
	struct section sec = { 0 };
	struct buf out;
	struct word w;
	size_t i = 0;

	s = close_up(a, s);
	buf_init(&out, a);
	buf_init(&sec.bytes, a);
	while (i < s.n) {
		if (s.p[i] != '=' || !word_at(slice_sub(s, i, s.n), &w)) {
			section_flush(a, &sec, &out);
			buf_addc(&out, s.p[i++]);
			continue;
		}
		if (!slice_eq_nocase(w.charset, sec.charset))
			section_flush(a, &sec, &out);
		sec.charset = w.charset;
		buf_add_slice(&sec.bytes, decode_text(a, &w));
		i += w.length;
	}
	section_flush(a, &sec, &out);
	return buf_slice(&out);
}

/* Newlines go, with a CR before them; a tab after one becomes a space. */
static struct slice
join_lines(struct arena *a, struct slice s)
{
	struct buf b;

	if (slice_chr(s, '\n', 0) < 0)
		return s;
	buf_init(&b, a);
	buf_reserve(&b, s.n);
	for (size_t i = 0; i < s.n; i++) {
		bool last = i + 1 == s.n;

		if (s.p[i] == '\n' && !last && s.p[i + 1] == '\t') {
			buf_addc(&b, ' ');
			i++;
		} else if (s.p[i] != '\n' &&
		    !(s.p[i] == '\r' && !last && s.p[i + 1] == '\n')) {
			buf_addc(&b, s.p[i]);
		}
	}
	return buf_slice(&b);
}

struct slice
mail_word_plain(struct arena *a, struct slice text)
{
	bool unicode, bad;

	text = join_lines(a, text);
	if (utf8_is_ascii(text))
		return text;
	return mail_charset_decode(a, text, SLICE("UTF-8"), false, &unicode,
	    &bad);
}

struct slice
mail_words_decode(struct arena *a, struct slice text)
{
	text = mail_word_plain(a, text);
	return slice_find(text, SLICE("=?"), 0) < 0 ? text :
	    decode_words(a, text);
}

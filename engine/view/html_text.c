/*
 * html_text - put the rendered text together, piece by piece.
 *
 * Every text event and every break that a tag makes is one piece.  White
 * space inside a text piece becomes one space (a pair of the characters C2
 * A0, a doubly encoded no-break space, too); at a break the blanks around
 * it go.  Text that cannot be seen is kept: rules match it (trap 12).
 *
 * Also counts words that tags cut in two, because that happens between two
 * pieces.
 *
 * Called by html.c.  The pieces are not kept, only where the last one starts
 * in `all`; memory is three times the text at most.
 */
#include "config.h"

#include "base/utf8.h"
#include "view/html-priv.h"

/* Words looked at for backhair are this long at most. */
#define WORD_MAX 7

void
html_text_init(struct html_text *t, struct arena *a)
{
	*t = (struct html_text){ .wide = false };
	buf_init(&t->all, a);
	buf_init(&t->visible, a);
	buf_init(&t->invisible, a);
}

/* C2 A0 as two characters, in UTF-8. */
static inline bool
is_double_nbsp(struct slice s, size_t i)
{
	return s.p[i] == '\xc3' && slice_starts(slice_sub(s, i, s.n),
	    SLICE("\xc3\x82\xc2\xa0"));
}

bool
html_text_blank(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (is_double_nbsp(s, i)) {
			i += 3;
		} else if (!ascii_isspace((unsigned char)s.p[i])) {
			return false;
		}
	}
	return true;
}

static void
start_piece(struct html_text *t, bool wide, bool space, bool invisible)
{
	t->any = true;
	t->last = t->all.n;
	t->last_wide = wide;
	t->last_space = space;
	t->last_invisible = invisible;
	t->wide = t->wide || wide;
}

void
html_text_space(struct html_text *t, struct slice space)
{
	if (t->any && !t->last_space && !t->last_invisible &&
	    t->all.n > t->last && t->all.p[t->all.n - 1] == ' ') {
		t->all.n--;
		t->visible.n--;
	}
	start_piece(t, false, true, false);
	buf_add_slice(&t->all, space);
	buf_add_slice(&t->visible, space);
}

/* s with its white space collapsed, to where there is room for all of it;
 * returns the end.  trim: none at the start. */
static char *
put_text(char *to, struct slice s, bool trim)
{
	size_t i = 0;

	while (i < s.n) {
		size_t from = i;

		if (is_double_nbsp(s, i)) {
			i += 4;
		} else if (ascii_isspace((unsigned char)s.p[i])) {
			while (i < s.n &&
			    ascii_isspace((unsigned char)s.p[i])) {
				i++;
			}
		} else {
			*to++ = s.p[i++];
			continue;
		}
		if (from > 0 || !trim) {
			*to++ = ' ';
		}
	}
	return to;
}

void
html_text_add(struct html_text *t, struct chars text, bool invisible)
{
	bool trim = t->any && t->last_space && !invisible;
	struct slice piece;

	start_piece(t, text.wide, false, invisible);
	buf_reserve(&t->all, text.s.n);
	t->all.n = (size_t)(put_text(t->all.p + t->all.n, text.s, trim) -
	    t->all.p);
	piece = slice_sub(buf_slice(&t->all), t->last, t->all.n);
	buf_add_slice(invisible ? &t->invisible : &t->visible, piece);
}

/* ---- words that a tag cuts ---- */

/* SpamAssassin's idea: everything but white space and ASCII punctuation. */
static bool
in_word(uint32_t c, bool wide)
{
	if (c < 0x80 && c > 0x20 && c != 0x7f) {
		return ascii_isalnum((unsigned char)c);
	}
	return !view_chars_space(c, wide);
}

/*
 * Length of the word that s starts with, at most WORD_MAX, ending at a word
 * boundary; 0 if there is none.
 */
static unsigned
word_at_start(struct slice s, bool wide)
{
	uint32_t c = 0;
	unsigned best = 0;
	bool before = false;

	for (unsigned n = 0; n <= WORD_MAX; n++) {
		size_t len = s.n > 0 ? utf8_decode(s, &c) : 0;
		bool word = len > 0 && view_chars_word(c, wide);

		if (n > 0 && word != before) {
			best = n;
		}
		if (len == 0 || !in_word(c, wide)) {
			break;
		}
		before = word;
		s = slice_sub(s, len, s.n);
	}
	return best;
}

/* As word_at_start, for the end of s and a boundary before the word. */
static unsigned
word_at_end(struct slice s, bool wide)
{
	uint32_t c = 0;
	unsigned best = 0;
	bool after = false;

	for (unsigned n = 0; n <= WORD_MAX; n++) {
		size_t len = view_chars_last(s, &c);
		bool word = len > 0 && view_chars_word(c, wide);

		if (n > 0 && word != after) {
			best = n;
		}
		if (len == 0 || !in_word(c, wide)) {
			break;
		}
		after = word;
		s.n -= len;
	}
	return best;
}

void
html_text_join(struct html_text *t, struct chars text)
{
	struct slice last = slice_sub(buf_slice(&t->all), t->last, t->all.n);
	uint32_t left, right;
	unsigned n, m;

	if (!t->any || last.n == 0 || text.s.n == 0) {
		return;
	}
	(void)view_chars_last(last, &left);
	(void)utf8_decode(text.s, &right);
	if (in_word(left, t->last_wide) && in_word(right, text.wide)) {
		t->obfuscations++;
	}
	n = word_at_end(last, t->last_wide);
	m = n > 0 ? word_at_start(text.s, text.wide) : 0;
	if (m > 0) {
		t->backhair |= 1ull << ((n - 1) * WORD_MAX + m - 1);
	}
}

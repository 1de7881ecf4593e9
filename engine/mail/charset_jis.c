/*
 * charset_jis.c - ISO-2022-JP to EUC-JP, which charset.c then decodes.
 *
 * Perl, and so SpamAssassin, never refuses this charset: text from the first
 * 8-bit byte on is dropped, so is text from an escape it does not know on,
 * and pairs that are no characters become "\\xHH".  iconv refuses all that;
 * damaged Japanese mail is common, and its text decides rules, so the escapes
 * are read here.
 *
 * Linear; out is at most half as long again as the input.
 */
#include "config.h"

#include "base/buf.h"
#include "mail/mail-priv.h"

enum set { SET_ASCII, SET_KANJI, SET_KANJI_MORE, SET_KANA, SET_NONE };

static const struct escape {
	struct slice text;
	enum set set;
} escapes[] = {
	{ { "\033$(D", 4 }, SET_KANJI_MORE },		/* JIS X 0212 */
	{ { "\033$@", 3 }, SET_KANJI },
	{ { "\033$B", 3 }, SET_KANJI },
	{ { "\033&@\033$B", 6 }, SET_KANJI },
	{ { "\033(B", 3 }, SET_ASCII },
	{ { "\033(J", 3 }, SET_ASCII },
	{ { "\033(I", 3 }, SET_KANA },
};

/* Cut the escape off *rest; SET_NONE if it is not one of ours. */
static enum set
take_escape(struct slice *rest)
{
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		if (slice_starts(*rest, escapes[i].text)) {
			*rest = slice_sub(*rest, escapes[i].text.n, rest->n);
			return escapes[i].set;
		}
	}
	return SET_NONE;
}

static bool
is_printable(char c)
{
	return c > 0x20 && c < 0x7f;
}

static void
add_chunk(struct buf *b, struct slice chunk, enum set set)
{
	for (size_t i = 0; i < chunk.n; i++) {
		char c = chunk.p[i];
		bool pair = i + 1 < chunk.n && is_printable(c) &&
		    is_printable(chunk.p[i + 1]);

		if (set == SET_ASCII || !is_printable(c)) {
			buf_addc(b, c);
			continue;
		}
		if (set == SET_KANA && c < 0x60)
			buf_addc(b, '\x8e');
		else if (set == SET_KANJI_MORE && pair)
			buf_addc(b, '\x8f');
		buf_addc(b, (char)(c | 0x80));
		if (set == SET_KANJI_MORE && pair)
			buf_addc(b, (char)(chunk.p[++i] | 0x80));
	}
}

struct slice
mail_jis_to_euc(struct arena *a, struct slice in)
{
	enum set set = SET_ASCII;
	struct slice rest = in;
	struct buf b;

	for (size_t i = 0; i < rest.n; i++) {
		if ((unsigned char)rest.p[i] >= 0x80)
			rest.n = i;
	}
	buf_init(&b, a);
	while (rest.n > 0 && set != SET_NONE) {
		ptrdiff_t escape = slice_chr(rest, '\033', 0);
		size_t n = escape < 0 ? rest.n : (size_t)escape;

		add_chunk(&b, slice_sub(rest, 0, n), set);
		rest = slice_sub(rest, n, rest.n);
		if (rest.n > 0)
			set = take_escape(&rest);
	}
	return buf_slice(&b);
}

/*
 * charset_name.c - what a charset's name in a mail means.
 *
 * Names are matched loosely, as Perl's Encode does for SpamAssassin, and
 * charsets that it does not know are unknown here too, even if iconv has
 * them: an unknown one is guessed (charset.c), which gives other text.
 *
 * Patterns: `_` is `-` or `_`; `.` the same, or nothing; `#` digits,
 * copied into the iconv name; `9` one digit; `@` one letter; `*` anything; a
 * leading `~` lets the pattern begin at any word, otherwise at the start of
 * the name; a leading `=` refuses names with blanks, which are otherwise
 * taken out first.  A pattern reaches to the end of the name.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "mail/mail-priv.h"

#define NAME_MAX_BYTES 63	/* longer names are no charsets */
#define DIGITS_MAX 4

static const struct name {
	const char *pattern;
	enum mail_charset kind;
	const char *iconv;	/* with # for the digits */
} names[] = {
	/* SpamAssassin's own cases go before Encode's */
	{ "=iso8859-1", CHARSET_CP1252, NULL },
	{ "=iso-8859-1", CHARSET_CP1252, NULL },
	{ "=windows-1252", CHARSET_CP1252, NULL },
	{ "=cp1252", CHARSET_CP1252, NULL },
	{ "utf16*", CHARSET_UTF16, NULL },
	{ "utf-16*", CHARSET_UTF16, NULL },
	{ "utf8", CHARSET_UTF8, NULL },
	/* Unicode and ASCII */
	{ "~utf_8", CHARSET_UTF8, NULL },
	{ "utf-8-strict", CHARSET_UTF8, NULL },
	{ "usascii", CHARSET_ASCII, NULL },
	{ "us_ascii", CHARSET_ASCII, NULL },
	{ "ascii", CHARSET_ASCII, NULL },
	{ "c", CHARSET_ASCII, NULL },
	{ "~646", CHARSET_ASCII, NULL },
	{ "~646.us", CHARSET_ASCII, NULL },
	{ "~iso.646", CHARSET_ASCII, NULL },
	{ "~iso.646.us", CHARSET_ASCII, NULL },
	{ "~ansi.x3.4.1968", CHARSET_ASCII, NULL },
	{ "utf7", CHARSET_ICONV, "UTF-7" },
	{ "utf_7", CHARSET_ICONV, "UTF-7" },
	{ "unicode-1-1-utf.7", CHARSET_ICONV, "UTF-7" },
	{ "ucs.2.le", CHARSET_ICONV, "UCS-2LE" },
	{ "ucs.2.be", CHARSET_ICONV, "UCS-2BE" },
	{ "ucs.2", CHARSET_ICONV, "UCS-2BE" },
	{ "iso_10646_1", CHARSET_ICONV, "UCS-2BE" },
	{ "utf.32.le", CHARSET_ICONV, "UTF-32LE" },
	{ "utf.32.be", CHARSET_ICONV, "UTF-32BE" },
	{ "ucs.4.le", CHARSET_ICONV, "UTF-32LE" },
	{ "ucs.4.be", CHARSET_ICONV, "UTF-32BE" },
	/* Latin, Cyrillic, Greek, … */
	{ "~iso.8859_#", CHARSET_ICONV, "ISO-8859-#" },
	{ "~iso8859#", CHARSET_ICONV, "ISO-8859-#" },
	{ "~iso.latin.1", CHARSET_ICONV, "ISO-8859-1" },
	{ "~latin.1", CHARSET_ICONV, "ISO-8859-1" },
	{ "~latin.2", CHARSET_ICONV, "ISO-8859-2" },
	{ "~latin.3", CHARSET_ICONV, "ISO-8859-3" },
	{ "~latin.4", CHARSET_ICONV, "ISO-8859-4" },
	{ "~latin.5", CHARSET_ICONV, "ISO-8859-9" },
	{ "~latin.6", CHARSET_ICONV, "ISO-8859-10" },
	{ "~latin.7", CHARSET_ICONV, "ISO-8859-13" },
	{ "~latin.8", CHARSET_ICONV, "ISO-8859-14" },
	{ "~latin.9", CHARSET_ICONV, "ISO-8859-15" },
	{ "~latin.10", CHARSET_ICONV, "ISO-8859-16" },
	{ "cyrillic", CHARSET_ICONV, "ISO-8859-5" },
	{ "arabic", CHARSET_ICONV, "ISO-8859-6" },
	{ "greek", CHARSET_ICONV, "ISO-8859-7" },
	{ "hebrew", CHARSET_ICONV, "ISO-8859-8" },
	{ "thai", CHARSET_ICONV, "ISO-8859-11" },
	{ "~tis.620", CHARSET_ICONV, "ISO-8859-11" },
	{ "~windows_31j", CHARSET_ICONV, "CP932" },
	{ "~cp.#", CHARSET_ICONV, "CP#" },
	{ "~ibm.#", CHARSET_ICONV, "CP#" },
	{ "~ms.#", CHARSET_ICONV, "CP#" },
	{ "~windows.#", CHARSET_ICONV, "CP#" },
	{ "macintosh", CHARSET_ICONV, "MACINTOSH" },
	{ "macroman", CHARSET_ICONV, "MACINTOSH" },
	{ "mac_roman", CHARSET_ICONV, "MACINTOSH" },
	{ "x_mac_roman", CHARSET_ICONV, "MACINTOSH" },
	{ "maccyrillic", CHARSET_ICONV, "MAC-CYRILLIC" },
	{ "x_mac_cyrillic", CHARSET_ICONV, "MAC-CYRILLIC" },
	{ "macce", CHARSET_ICONV, "MAC-CENTRALEUROPE" },
	{ "hp_roman8", CHARSET_ICONV, "HP-ROMAN8" },
	{ "viscii", CHARSET_ICONV, "VISCII" },
	{ "~koi8.r", CHARSET_ICONV, "KOI8-R" },
	{ "~koi8.u", CHARSET_ICONV, "KOI8-U" },
	/* Chinese, Japanese, Korean */
	{ "gbk", CHARSET_ICONV, "CP936" },
	{ "gb18030", CHARSET_ICONV, "CP936" },
	{ "gb-18030", CHARSET_ICONV, "CP936" },
	{ "gb18030-2099", CHARSET_ICONV, "CP936" },
	{ "gb-18030-2099", CHARSET_ICONV, "CP936" },
	{ "~gb.2312*", CHARSET_ICONV, "EUC-CN" },
	{ "~euc*cn", CHARSET_ICONV, "EUC-CN" },
	{ "~cn*euc", CHARSET_ICONV, "EUC-CN" },
	{ "hz", CHARSET_ICONV, "HZ" },
	{ "~jis", CHARSET_JIS, NULL },
	{ "7bit_jis", CHARSET_JIS, NULL },
	{ "iso_2022_jp", CHARSET_JIS, NULL },
	{ "iso_2022_jp_1", CHARSET_JIS, NULL },
	{ "~euc*jp", CHARSET_ICONV, "EUC-JISX0213" },
	{ "~jp*euc", CHARSET_ICONV, "EUC-JISX0213" },
	{ "~ujis", CHARSET_ICONV, "EUC-JISX0213" },
	{ "~shift*jis", CHARSET_ICONV, "SHIFT_JIS" },
	{ "~sjis", CHARSET_ICONV, "SHIFT_JIS" },
	{ "iso_2022_kr", CHARSET_ICONV, "ISO-2022-KR" },
	{ "~euc*kr", CHARSET_ICONV, "EUC-KR" },
	{ "~kr*euc", CHARSET_ICONV, "EUC-KR" },
	{ "~ks_c_5601_1987", CHARSET_ICONV, "CP949" },
	{ "~uhc", CHARSET_ICONV, "CP949" },
	{ "johab", CHARSET_ICONV, "JOHAB" },
	{ "~big.5", CHARSET_ICONV, "BIG5" },
	{ "~big5.et", CHARSET_ICONV, "BIG5" },
	{ "~big5.eten", CHARSET_ICONV, "BIG5" },
	{ "~tca.big5", CHARSET_ICONV, "BIG5" },
	{ "~big5.hk", CHARSET_ICONV, "BIG5-HKSCS" },
	{ "~big5.hkscs", CHARSET_ICONV, "BIG5-HKSCS" },
	{ "~hk.big5", CHARSET_ICONV, "BIG5-HKSCS" },
	{ "~hkscs.big5", CHARSET_ICONV, "BIG5-HKSCS" },
};

struct digits {
	char p[DIGITS_MAX + 1];
};

static bool
is_separator(char c)
{
	return c == '-' || c == '_';
}

/* c is a character of a pattern. */
static bool
fits_char(char c, char got)
{
	if (c == '_')
		return is_separator(got);
	if (c == '9')
		return ascii_isdigit((unsigned char)got);
	if (c == '@')
		return ascii_isalpha((unsigned char)got);
	return c == ascii_lower((unsigned char)got);
}

static size_t
take_digits(struct slice s, struct digits *d_r)
{
	size_t n = 0;

	while (n < s.n && n < DIGITS_MAX &&
	    ascii_isdigit((unsigned char)s.p[n])) {
		d_r->p[n] = s.p[n];
		n++;
	}
	d_r->p[n] = '\0';
	return n;
}

/* `*` appears once a pattern at most, so one step back is enough. */
static bool
fits(const char *pattern, struct slice s, struct digits *d_r)
{
	const char *star = NULL;
	size_t i = 0, retry = 0, n;

	for (;;) {
		char c = *pattern;

		if (c == '*') {
			star = ++pattern;
			retry = i;
			continue;
		}
		if (c == '\0' && i == s.n)
			return true;
		if (c == '.') {
			if (i < s.n && is_separator(s.p[i]))
				i++;
			pattern++;
			continue;
		}
		if (c == '#' &&
		    (n = take_digits(slice_sub(s, i, s.n), d_r)) > 0) {
			i += n;
			pattern++;
			continue;
		}
		if (c != '\0' && i < s.n && fits_char(c, s.p[i])) {
			i++;
			pattern++;
			continue;
		}
		if (star == NULL || retry >= s.n)
			return false;
		pattern = star;
		i = ++retry;
	}
}

static bool
fits_somewhere(const char *pattern, struct slice name, struct digits *d_r)
{
	if (*pattern != '~')
		return fits(pattern + (*pattern == '='), name, d_r);
	for (size_t i = 0; i < name.n; i++) {
		if (i > 0 && ascii_isword((unsigned char)name.p[i - 1]))
			continue;
		if (fits(pattern + 1, slice_sub(name, i, name.n), d_r))
			return true;
	}
	return false;
}

/* Put the digits in place of the #. */
static void
put_name(const char *iconv, const struct digits *d, char *buf, size_t size)
{
	size_t n = strcspn(iconv, "#");

	snprintf(buf, size, "%.*s%s", (int)n, iconv,
	    iconv[n] == '#' ? d->p : "");
}

enum mail_charset
mail_charset_find(struct slice name, char *buf, size_t size)
{
	struct digits d = { "" };
	char packed[NAME_MAX_BYTES];
	struct slice s = { packed, 0 };

	if (name.n > NAME_MAX_BYTES)
		return CHARSET_UNKNOWN;
	for (size_t i = 0; i < name.n; i++) {
		if (!ascii_isspace((unsigned char)name.p[i]))
			packed[s.n++] = name.p[i];
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!fits_somewhere(names[i].pattern, s, &d) ||
		    (*names[i].pattern == '=' && s.n != name.n))
			continue;
		if (names[i].kind == CHARSET_ICONV)
			put_name(names[i].iconv, &d, buf, size);
		return names[i].kind;
	}
	return CHARSET_UNKNOWN;
}

bool
mail_charset_over_ascii(struct slice name)
{
	/* SpamAssassin's own list, stricter about `-` than Encode's. */
	static const char *const patterns[] = {
		"us-ascii", "ascii", "iso646-us", "ansi_x3.4-1968",
		"ansi_x3.4-1986", "ansix3.4-1968", "ansix3.4-1986",
		"iso8859", "iso-8859", "iso 8859", "iso8859-9", "iso-8859-9",
		"iso 8859-9", "iso8859-99", "iso-8859-99", "iso 8859-99",
		"windows-9999", "utf8", "utf-8", "koi8-@", "koi8-@@",
		"euc-@", "euc-@@", "big5", "gbk", "gb18030", "gb-18030",
		"gb 18030", "gb18030-2099", "gb-18030-2099",
	};
	struct digits d;

	if (name.n > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		if (fits(patterns[i], name, &d))
			return true;
	}
	return false;
}

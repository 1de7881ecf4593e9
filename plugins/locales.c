/*
 * locales - charsets that the readers named by ok_locales can read.
 *
 * For the evals on foreign charsets, of mimeeval and htmleval.  The table has
 * the charsets of the locales that have any of their own; names are compared
 * by their letters and digits.  Unlike SpamAssassin the environment of the
 * daemon adds no locale.
 */
#include "config.h"

#include "plugins/eval.h"
#include "plugins/locales.h"

/* A charset's name is cut here; no known one is that long. */
#define NAME_MAX_BYTES 64

#define CYRILLIC " KOI8R KOI8U KOI8T ISOIR111 CP1251 GEORGIANPS PT154 CP866 "

static const struct {
	char locale[3];
	const char *charsets;	/* each with a blank on both sides */
} table[] = {
	{ "ja", " EUCJP JISX020119760 JISX020819830 JISX020819900"
	    " JISX020819970 JISX021219900 JISX021320001 JISX021320002"
	    " SHIFTJIS ISO2022JP SJIS JIS7 JISX0201 JISX0208 JISX0212 " },
	{ "ko", " EUCKR KSC56011987 " },
	{ "ru", CYRILLIC }, { "ka", CYRILLIC }, { "tg", CYRILLIC },
	{ "be", CYRILLIC }, { "uk", CYRILLIC }, { "bg", CYRILLIC },
	{ "th", " TIS620 " },
	{ "zh", " GB1988 GB2312 GB231219800 GB18030 GBK BIG5HKSCS BIG5"
	    " EUCTW ISO2022CN " },
};

static const char *const always[] = { "ISO8859", "ISO10646", "UTF", "UCS",
	"CP125", "WINDOWS", "UNICODE11UTF7", "UNICODE11UTF8" };
/* The whole name: ISO is "iso 8859-15" cut at its blank. */
static const char *const always_whole[] = { "USASCII", "ASCII", "IBM852",
	"XUNKNOWN", "ISO" };

bool
locales_all(struct tare_msg *m)
{
	struct tare_slice rest = tare_conf_text(m, "ok_locales"), word;

	while (text_word(&rest, &word)) {
		if (eval_equals(word, "all"))
			return true;
	}
	return false;
}

/* Its letters and digits in capitals, with a blank on both sides. */
static void
plain_name(struct tare_slice charset, char dst[NAME_MAX_BYTES + 3])
{
	size_t n = 1;

	dst[0] = ' ';
	for (size_t i = 0; i < charset.n && n <= NAME_MAX_BYTES; i++) {
		char c = charset.p[i];

		if (text_is_letter(c))
			dst[n++] = text_is_upper(c) ? c : (char)(c - 32);
		else if (text_is_digit(c))
			dst[n++] = c;
	}
	/* What is left of a quoted-printable "=". */
	if (n > 2 && dst[1] == '3' && dst[2] == 'D') {
		memmove(dst + 1, dst + 3, n - 3);
		n -= 2;
	}
	dst[n++] = ' ';
	dst[n] = '\0';
}

/* name as plain_name made it. */
static bool
is_universal(const char *name)
{
	size_t n = strlen(name) - 2;

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		if (strncmp(name + 1, always[i], strlen(always[i])) == 0)
			return true;
	}
	for (size_t i = 0; i < sizeof(always_whole) /
	    sizeof(always_whole[0]); i++) {
		if (strlen(always_whole[i]) == n &&
		    strncmp(name + 1, always_whole[i], n) == 0)
			return true;
	}
	return false;
}

bool
locales_charset_ok(struct tare_msg *m, struct tare_slice charset)
{
	struct tare_slice rest = tare_conf_text(m, "ok_locales"), word;
	char name[NAME_MAX_BYTES + 3];

	plain_name(charset, name);
	if (is_universal(name))
		return true;
	while (text_word(&rest, &word)) {
		for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
			/* zh_TW and zh.big5 are zh. */
			if (word.n >= 2 &&
			    memcmp(table[i].locale, word.p, 2) == 0 &&
			    strstr(table[i].charsets, name) != NULL)
				return true;
		}
	}
	return false;
}

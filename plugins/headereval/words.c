/*
 * words.c - the characters and words of a header.
 */
#include "config.h"

#include "plugins/headereval/headereval.h"
#include "plugins/locales.h"

/* ---- characters that may not be there ---- */

/* A control character but tab, newline and carriage return. */
static bool
is_control(unsigned char c)
{
	return c < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

/*
 * Length of the UTF-8 character at s[0], RFC 3629 strictly; 0 if it is none.
 * n: bytes that are there.
 */
static size_t
utf8_length(const unsigned char *s, size_t n)
{
	static const struct {
		unsigned char first, last;	/* of the first byte */
		unsigned char low, high;	/* of the second */
		size_t length;
	} forms[] = {
		{ 0x00, 0x7f, 0, 0, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (s[0] < forms[i].first || s[0] > forms[i].last)
			continue;
		if (forms[i].length > n || (forms[i].length > 1 &&
		    (s[1] < forms[i].low || s[1] > forms[i].high)))
			return 0;
		for (size_t k = 2; k < forms[i].length; k++) {
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		}
		return forms[i].length;
	}
	return 0;
}

/* Eight bytes at a time: nearly every header is. */
static bool
is_ascii(struct tare_slice text)
{
	uint64_t word, high = 0;
	size_t i = 0;

	for (; i + sizeof(word) <= text.n; i += sizeof(word)) {
		memcpy(&word, text.p + i, sizeof(word));
		high |= word;
	}
	for (; i < text.n; i++)
		high |= (unsigned char)text.p[i];
	return (high & 0x8080808080808080u) == 0;
}

/* Text in UTF-8, not ASCII alone, without control characters. */
static bool
is_clean_utf8(struct tare_slice text)
{
	const unsigned char *s = (const unsigned char *)text.p;
	size_t length;

	if (is_ascii(text))
		return false;
	for (size_t i = 0; i < text.n; i += length) {
		length = utf8_length(s + i, text.n - i);
		if (length == 0 || is_control(s[i]))
			return false;
	}
	return true;
}

/*
 * One sign that a subject may have unencoded: a cent, a pound or a registered
 * trademark.  Two of them are two too many.
 */
static bool
has_one_sign(struct tare_slice text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		n += c == 0xa2 || c == 0xa3 || c == 0xae;
	}
	return n == 1;
}

static struct tare_slice
raw_header(struct tare_msg *m, const char *name)
{
	struct tare_slice request = text_of(name);
	size_t n = request.n;
	char *raw = tare_alloc(m, n + sizeof(":raw"));

	memcpy(raw, name, n);
	if (n < 4 || strcmp(name + n - 4, ":raw") != 0)
		memcpy(raw + n, ":raw", sizeof(":raw"));
	return header_text(m, raw);
}

enum tare_answer
check_illegal_chars(struct tare_msg *m, const struct tare_call *call)
{
	const struct header_range *r = call->prepared;
	struct tare_slice text = raw_header(m, r->header);
	struct tare_slice name = text_of(r->header);
	size_t n = 0;

	if (text_trim(text).n == 0 || is_clean_utf8(text))
		return TARE_MISS;
	for (size_t i = 0; i < text.n; i++)
		n += is_control((unsigned char)text.p[i]) ||
		    (unsigned char)text.p[i] >= 0x7f;
	if (n > 0 && (text_same_nocase(name, text_of("subject")) ||
	    text_same_nocase(name, text_of("subject:raw"))))
		n -= has_one_sign(text);
	return eval_answer((double)n / (double)text.n >= r->min &&
	    (double)n >= r->max);
}

/* ---- Subject ---- */

/* Bytes of the "Re:", in some language, that s begins with. */
static size_t
prefix_length(struct tare_slice s)
{
	static const char *const words[] = { "Re:", "Fwd:", "Fw:", "Aw:",
		"Antwort:", "WG:", "SV:", "VB:", "VS:", "VL:" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (text_starts_nocase(s, text_of(words[i])))
			return strlen(words[i]);
	}
	return 0;
}

static struct tare_slice
without_prefixes(struct tare_slice s)
{
	size_t n;

	while ((n = prefix_length(s)) > 0) {
		while (n < s.n && text_is_space(s.p[n]))
			n++;
		s = text_sub(s, n, s.n);
	}
	return s;
}

enum tare_answer
subject_is_all_caps(struct tare_msg *m, const struct tare_call *call)
{
	struct tare_slice s = without_prefixes(text_trim(
	    header_text(m, "Subject")));
	bool spaces = false, capitals = false;

	if (s.n < 10)		/* too short to say anything */
		return TARE_MISS;
	for (size_t i = 0; i < s.n; i++) {
		if (text_is_letter(s.p[i]) && !text_is_upper(s.p[i]))
			return TARE_MISS;
		capitals = capitals || text_is_upper(s.p[i]);
		spaces = spaces || text_is_space(s.p[i]);
	}
	return eval_answer(spaces && capitals && !header_matches(m, call,
	    CAPITALS_CHARSET, header_text(m, "Subject:raw")));
}

enum tare_answer
check_for_unique_subject_id(struct tare_msg *m, const struct tare_call *call)
{
	return TARE_MISS;
}

/* ---- any header ---- */

/* %VARIABLE or %A_ or %A- */
static bool
has_variable(struct tare_slice line)
{
	for (size_t i = 0; i + 2 < line.n; i++) {
		if (line.p[i] == '%' && text_is_upper(line.p[i + 1]) &&
		    (text_is_upper(line.p[i + 2]) || line.p[i + 2] == '_' ||
		    line.p[i + 2] == '-'))
			return true;
	}
	return false;
}

/* Headers with opaque or human text, in which a variable proves nothing. */
static bool
is_free_text(struct tare_slice line)
{
	static const char *const names[] = { "X-VMS-To", "X-UIDL", "X-Face",
		"To", "Cc", "From", "Subject", "References", "In-Reply-To",
		"Message-Id", "X-Message-Id", "Resent-Message-Id",
		"X-Original-Message-Id" };
	struct tare_slice name = text_sub(line, 0, text_find(line, ':'));

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (name.n < line.n && text_same_nocase(name,
		    text_of(names[i])))
			return true;
	}
	return false;
}

enum tare_answer
check_unresolved_template(struct tare_msg *m, const struct tare_call *call)
{
	struct tare_slice all = header_text(m, "ALL");

	while (all.n > 0) {
		size_t end = text_find(all, '\n');
		struct tare_slice line = text_sub(all, 0, end);

		if (has_variable(line) && !is_free_text(line))
			return TARE_HIT;
		all = text_sub(all, end + (end < all.n), all.n);
	}
	return TARE_MISS;
}

static int
compare(const void *a, const void *b)
{
	return text_compare(*(const struct tare_slice *)a,
	    *(const struct tare_slice *)b);
}

static size_t
count_distinct(struct tare_msg *m, const struct tare_slice *v, size_t n)
{
	struct tare_slice *sorted = tare_alloc(m, (n + 1) * sizeof(*sorted));
	size_t distinct = 0;

	if (n > 0)
		memcpy(sorted, v, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare);
	for (size_t i = 0; i < n; i++)
		distinct += i == 0 || !text_same(sorted[i - 1], sorted[i]);
	return distinct;
}

enum tare_answer
check_header_count_range(struct tare_msg *m, const struct tare_call *call)
{
	const struct header_range *r = call->prepared;
	size_t n;
	const struct tare_slice *v = tare_header_all(m, r->header, &n);
	double distinct = (double)count_distinct(m, v, n);

	return eval_answer(distinct >= r->min && distinct <= r->max);
}

/* ---- charsets ---- */

/* Some encoded word of the text is in a charset that ok_locales leaves out. */
static bool
has_faraway_word(struct tare_msg *m, const struct header_context *c,
    struct tare_slice text)
{
	size_t from = 0, span[4];

	while (tare_regex_match(m, c->re[ENCODED_WORD], text, from, span,
	    2)) {
		if (!locales_charset_ok(m, text_sub(text, span[2], span[3])))
			return true;
		from = span[1];
	}
	return false;
}

enum tare_answer
check_for_faraway_charset_in_headers(struct tare_msg *m,
    const struct tare_call *call)
{
	static const char *const headers[] = { "From:raw", "Subject:raw" };

	if (locales_all(m))
		return TARE_MISS;
	for (size_t k = 0; k < 2; k++) {
		size_t n;
		const struct tare_slice *v = tare_header_all(m, headers[k],
		    &n);

		for (size_t i = 0; i < n; i++) {
			if (has_faraway_word(m, call->plugin, v[i]))
				return TARE_HIT;
		}
	}
	return TARE_MISS;
}

/*
 * literal_class.c - which bytes an escape or a character class stands for.
 *
 * Called by parse.c.  ASCII classes as under Perl's /aa; /i adds the
 * other cases of Latin-1 (trap 2) before a negation, as PCRE2 does.  What
 * PCRE2 and Perl might read differently is refused, never guessed.
 */
#include "config.h"

#include "match/literal-class.h"

#include <string.h>

unsigned char
literal_other_case(unsigned char c)
{
	if (ascii_isalpha(c) ||
	    (c >= 0xc0 && c != 0xd7 && c != 0xdf && c != 0xf7 && c != 0xff))
		return c ^ 0x20;
	return c;
}

static int
byte_at(struct slice s, size_t at)
{
	return at < s.n ? (unsigned char)s.p[at] : -1;
}

/* ---- single bytes ---- */

/* \x, \xH, \xHH, \x{H…}. */
static int
escape_hex(struct slice s, size_t *at)
{
	size_t k = *at + 2;
	bool brace = byte_at(s, k) == '{';
	size_t most = brace ? 8 : 2, digits = 0;
	int value = 0;

	if (brace)
		k++;
	while (digits < most && byte_at(s, k) >= 0 &&
	    ascii_hex((unsigned char)s.p[k]) >= 0 && value < 0x100) {
		value = value * 16 + ascii_hex((unsigned char)s.p[k++]);
		digits++;
	}
	if (brace && (digits == 0 || byte_at(s, k++) != '}'))
		return ESCAPE_UNKNOWN;
	if (value > 0xff)
		return ESCAPE_UNKNOWN;
	*at = k;
	return value;
}

/* \0, \0o, \0oo; in a class also \1 … \377. */
static int
escape_octal(struct slice s, size_t *at)
{
	size_t k = *at + 1;
	int value = 0;

	for (unsigned i = 0; i < 3 && byte_at(s, k) >= '0' &&
	    byte_at(s, k) <= '7'; i++)
		value = value * 8 + (byte_at(s, k++) - '0');
	if (value > 0xff)
		return ESCAPE_UNKNOWN;
	*at = k;
	return value;
}

int
literal_escape(struct slice s, size_t *at, bool in_class)
{
	static const struct slice names = { "aefnrt", 6 };
	static const char values[] = "\a\033\f\n\r\t";
	int c = byte_at(s, *at + 1);
	const char *name;

	if (c < 0)
		return ESCAPE_UNKNOWN;
	if (c == 'x')
		return escape_hex(s, at);
	if (c == '0' || (in_class && c >= '1' && c <= '7'))
		return escape_octal(s, at);
	name = memchr(names.p, c, names.n);
	if (name != NULL || (in_class && c == 'b')) {
		*at += 2;
		return name != NULL ? values[name - names.p] : '\b';
	}
	if (!ascii_isalnum((unsigned char)c)) {
		*at += 2;
		return c;
	}
	/* \N, \R and \X take no argument; references are skipped by parse */
	if (!in_class && (ascii_isdigit((unsigned char)c) ||
	    strchr("NRXgk", c) != NULL))
		return ESCAPE_OTHER;
	return ESCAPE_UNKNOWN;
}

/* ---- sets of bytes ---- */

static bool
in_space(unsigned char c)
{
	return ascii_isspace(c);
}

static bool
in_blank(unsigned char c)
{
	return c == ' ' || c == '\t';
}

/* \h on bytes: Latin-1's no-break space too. */
static bool
in_horizontal(unsigned char c)
{
	return in_blank(c) || c == 0xa0;
}

static bool
in_vertical(unsigned char c)
{
	return (c >= '\n' && c <= '\r') || c == 0x85;
}

static bool
in_cntrl(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

static bool
in_graph(unsigned char c)
{
	return c > 0x20 && c < 0x7f;
}

static bool
in_print(unsigned char c)
{
	return c >= 0x20 && c < 0x7f;
}

static bool
in_punct(unsigned char c)
{
	return in_graph(c) && !ascii_isalnum(c);
}

static bool
in_upper(unsigned char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
in_lower(unsigned char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
in_xdigit(unsigned char c)
{
	return ascii_hex(c) >= 0;
}

static bool
in_ascii(unsigned char c)
{
	return c < 0x80;
}

static const struct {
	char letter;		/* of the escape, or 0 */
	const char *posix;	/* or NULL */
	bool (*in)(unsigned char c);
} sets[] = {
	{ 'd', "digit", ascii_isdigit },
	{ 's', "space", in_space },
	{ 'w', "word", ascii_isword },
	{ 'h', NULL, in_horizontal },
	{ 'v', NULL, in_vertical },
	{ 0, "alpha", ascii_isalpha },
	{ 0, "alnum", ascii_isalnum },
	{ 0, "upper", in_upper },
	{ 0, "lower", in_lower },
	{ 0, "blank", in_blank },
	{ 0, "cntrl", in_cntrl },
	{ 0, "graph", in_graph },
	{ 0, "print", in_print },
	{ 0, "punct", in_punct },
	{ 0, "xdigit", in_xdigit },
	{ 0, "ascii", in_ascii },
};

static void
add_set(bool member[256], bool (*in)(unsigned char), bool negate)
{
	for (unsigned c = 0; c < 256; c++) {
		if (in((unsigned char)c) != negate)
			member[c] = true;
	}
}

bool
literal_class_escape(struct slice s, size_t *at, bool member[256])
{
	int c = byte_at(s, *at + 1);

	if (c < 0)
		return false;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		if (sets[i].letter == 0 ||
		    ascii_lower((unsigned char)c) != sets[i].letter)
			continue;
		add_set(member, sets[i].in, c != sets[i].letter);
		*at += 2;
		return true;
	}
	return false;
}

/* [:name:] and [:^name:]; false: not one. */
static bool
class_posix(struct slice s, size_t *at, bool member[256])
{
	size_t k = *at + 2;
	bool negate = byte_at(s, k) == '^';
	struct slice rest;

	if (byte_at(s, *at) != '[' || byte_at(s, *at + 1) != ':')
		return false;
	rest = slice_sub(s, negate ? k + 1 : k, s.n);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		struct slice name = slice_cstr(sets[i].posix);

		if (name.n == 0 || !slice_starts(rest, name) ||
		    !slice_starts(slice_sub(rest, name.n, rest.n),
		    SLICE(":]")))
			continue;
		add_set(member, sets[i].in, negate);
		*at = (size_t)(rest.p - s.p) + name.n + 2;
		return true;
	}
	return false;
}

/* One byte of a class, plain or escaped; negative: no byte. */
static int
class_byte(struct slice s, size_t *at)
{
	int c = byte_at(s, *at);

	if (c == '\\')
		return literal_escape(s, at, true);
	/* [. and [= and an unknown [: are errors to PCRE2 */
	if (c == '[' && byte_at(s, *at + 1) >= 0 &&
	    strchr(":.=", byte_at(s, *at + 1)) != NULL)
		return ESCAPE_UNKNOWN;
	if (c >= 0)
		++*at;
	return c;
}

/* One item: a set, a byte or a range. */
static bool
class_item(struct slice s, size_t *at, bool member[256])
{
	size_t k;
	int from, to;

	if (byte_at(s, *at) == '[' && class_posix(s, at, member))
		return true;
	if (byte_at(s, *at) == '\\' && literal_class_escape(s, at, member))
		return true;
	from = to = class_byte(s, at);
	if (from < 0)
		return false;
	k = *at + 1;
	if (byte_at(s, *at) == '-' && byte_at(s, k) != ']') {
		bool ignored[256];

		/* [a-\d]: the hyphen is literal, and comes next */
		if (byte_at(s, k) == '\\' &&
		    literal_class_escape(s, &k, ignored)) {
			member[from] = true;
			return true;
		}
		to = class_byte(s, &k);
		if (to < from)
			return false;
		*at = k;
	}
	for (; from <= to; from++)
		member[from] = true;
	return true;
}

static void
class_fold(bool member[256])
{
	for (unsigned c = 0; c < 256; c++) {
		if (member[c])
			member[literal_other_case((unsigned char)c)] = true;
	}
}

bool
literal_class(struct slice s, size_t *at, unsigned how, bool member[256])
{
	size_t k = *at + 1;
	bool negate = byte_at(s, k) == '^';
	bool first = true;

	memset(member, 0, 256 * sizeof(bool));
	if (negate)
		k++;
	for (; byte_at(s, k) != ']' || first; first = false) {
		/* blanks under /xx, and \Q inside a class: not followed */
		if ((how & CLASS_SKIP_BLANKS) ||
		    (byte_at(s, k) == '\\' &&
		    (byte_at(s, k + 1) == 'Q' || byte_at(s, k + 1) == 'E')))
			return false;
		if (!class_item(s, &k, member))
			return false;
	}
	*at = k + 1;
	if (how & CLASS_FOLD)
		class_fold(member);
	for (size_t c = 0; negate && c < 256; c++)
		member[c] = !member[c];
	return true;
}

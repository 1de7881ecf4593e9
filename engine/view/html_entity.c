/*
 * html_entity - character references in text and attribute values.
 *
 * Follows HTML::Entities 3.81, which SpamAssassin decodes with: the 253
 * names of HTML 4, decimal and hexadecimal numbers, UTF-16 surrogate pairs
 * written as two references.  What is not a known reference stays as it is.
 *
 * The final `;` may be missing after a number and after a name that Latin-1
 * browsers knew (HTML 3.2); the other 152 names need it.  In text, but not
 * in attribute values, the longest known beginning of a word counts too.
 *
 * Called by html_token.c.  Linear: a name is looked up once for each of its
 * first NAME_MAX_LEN characters at most.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "view/html-priv.h"

#define NAME_MAX_LEN	8		/* thetasym */

struct entity {
	const char *name;
	uint16_t code;
	bool strict;			/* only with its semicolon */
};

/* Sorted by byte, for bsearch. */
static const struct entity entities[] = {
	{ "AElig", 198, 0 }, { "Aacute", 193, 0 }, { "Acirc", 194, 0 },
	{ "Agrave", 192, 0 }, { "Alpha", 913, 1 }, { "Aring", 197, 0 },
	{ "Atilde", 195, 0 }, { "Auml", 196, 0 }, { "Beta", 914, 1 },
	{ "Ccedil", 199, 0 }, { "Chi", 935, 1 }, { "Dagger", 8225, 1 },
	{ "Delta", 916, 1 }, { "ETH", 208, 0 }, { "Eacute", 201, 0 },
	{ "Ecirc", 202, 0 }, { "Egrave", 200, 0 }, { "Epsilon", 917, 1 },
	{ "Eta", 919, 1 }, { "Euml", 203, 0 }, { "Gamma", 915, 1 },
	{ "Iacute", 205, 0 }, { "Icirc", 206, 0 }, { "Igrave", 204, 0 },
	{ "Iota", 921, 1 }, { "Iuml", 207, 0 }, { "Kappa", 922, 1 },
	{ "Lambda", 923, 1 }, { "Mu", 924, 1 }, { "Ntilde", 209, 0 },
	{ "Nu", 925, 1 }, { "OElig", 338, 1 }, { "Oacute", 211, 0 },
	{ "Ocirc", 212, 0 }, { "Ograve", 210, 0 }, { "Omega", 937, 1 },
	{ "Omicron", 927, 1 }, { "Oslash", 216, 0 }, { "Otilde", 213, 0 },
	{ "Ouml", 214, 0 }, { "Phi", 934, 1 }, { "Pi", 928, 1 },
	{ "Prime", 8243, 1 }, { "Psi", 936, 1 }, { "Rho", 929, 1 },
	{ "Scaron", 352, 1 }, { "Sigma", 931, 1 }, { "THORN", 222, 0 },
	{ "Tau", 932, 1 }, { "Theta", 920, 1 }, { "Uacute", 218, 0 },
	{ "Ucirc", 219, 0 }, { "Ugrave", 217, 0 }, { "Upsilon", 933, 1 },
	{ "Uuml", 220, 0 }, { "Xi", 926, 1 }, { "Yacute", 221, 0 },
	{ "Yuml", 376, 1 }, { "Zeta", 918, 1 }, { "aacute", 225, 0 },
	{ "acirc", 226, 0 }, { "acute", 180, 0 }, { "aelig", 230, 0 },
	{ "agrave", 224, 0 }, { "alefsym", 8501, 1 }, { "alpha", 945, 1 },
	{ "amp", 38, 0 }, { "and", 8743, 1 }, { "ang", 8736, 1 },
	{ "apos", 39, 0 }, { "aring", 229, 0 }, { "asymp", 8776, 1 },
	{ "atilde", 227, 0 }, { "auml", 228, 0 }, { "bdquo", 8222, 1 },
	{ "beta", 946, 1 }, { "brvbar", 166, 0 }, { "bull", 8226, 1 },
	{ "cap", 8745, 1 }, { "ccedil", 231, 0 }, { "cedil", 184, 0 },
	{ "cent", 162, 0 }, { "chi", 967, 1 }, { "circ", 710, 1 },
	{ "clubs", 9827, 1 }, { "cong", 8773, 1 }, { "copy", 169, 0 },
	{ "crarr", 8629, 1 }, { "cup", 8746, 1 }, { "curren", 164, 0 },
	{ "dArr", 8659, 1 }, { "dagger", 8224, 1 }, { "darr", 8595, 1 },
	{ "deg", 176, 0 }, { "delta", 948, 1 }, { "diams", 9830, 1 },
	{ "divide", 247, 0 }, { "eacute", 233, 0 }, { "ecirc", 234, 0 },
	{ "egrave", 232, 0 }, { "empty", 8709, 1 }, { "emsp", 8195, 1 },
	{ "ensp", 8194, 1 }, { "epsilon", 949, 1 }, { "equiv", 8801, 1 },
	{ "eta", 951, 1 }, { "eth", 240, 0 }, { "euml", 235, 0 },
	{ "euro", 8364, 1 }, { "exist", 8707, 1 }, { "fnof", 402, 1 },
	{ "forall", 8704, 1 }, { "frac12", 189, 0 }, { "frac14", 188, 0 },
	{ "frac34", 190, 0 }, { "frasl", 8260, 1 }, { "gamma", 947, 1 },
	{ "ge", 8805, 1 }, { "gt", 62, 0 }, { "hArr", 8660, 1 },
	{ "harr", 8596, 1 }, { "hearts", 9829, 1 }, { "hellip", 8230, 1 },
	{ "iacute", 237, 0 }, { "icirc", 238, 0 }, { "iexcl", 161, 0 },
	{ "igrave", 236, 0 }, { "image", 8465, 1 }, { "infin", 8734, 1 },
	{ "int", 8747, 1 }, { "iota", 953, 1 }, { "iquest", 191, 0 },
	{ "isin", 8712, 1 }, { "iuml", 239, 0 }, { "kappa", 954, 1 },
	{ "lArr", 8656, 1 }, { "lambda", 955, 1 }, { "lang", 9001, 1 },
	{ "laquo", 171, 0 }, { "larr", 8592, 1 }, { "lceil", 8968, 1 },
	{ "ldquo", 8220, 1 }, { "le", 8804, 1 }, { "lfloor", 8970, 1 },
	{ "lowast", 8727, 1 }, { "loz", 9674, 1 }, { "lrm", 8206, 1 },
	{ "lsaquo", 8249, 1 }, { "lsquo", 8216, 1 }, { "lt", 60, 0 },
	{ "macr", 175, 0 }, { "mdash", 8212, 1 }, { "micro", 181, 0 },
	{ "middot", 183, 0 }, { "minus", 8722, 1 }, { "mu", 956, 1 },
	{ "nabla", 8711, 1 }, { "nbsp", 160, 0 }, { "ndash", 8211, 1 },
	{ "ne", 8800, 1 }, { "ni", 8715, 1 }, { "not", 172, 0 },
	{ "notin", 8713, 1 }, { "nsub", 8836, 1 }, { "ntilde", 241, 0 },
	{ "nu", 957, 1 }, { "oacute", 243, 0 }, { "ocirc", 244, 0 },
	{ "oelig", 339, 1 }, { "ograve", 242, 0 }, { "oline", 8254, 1 },
	{ "omega", 969, 1 }, { "omicron", 959, 1 }, { "oplus", 8853, 1 },
	{ "or", 8744, 1 }, { "ordf", 170, 0 }, { "ordm", 186, 0 },
	{ "oslash", 248, 0 }, { "otilde", 245, 0 }, { "otimes", 8855, 1 },
	{ "ouml", 246, 0 }, { "para", 182, 0 }, { "part", 8706, 1 },
	{ "permil", 8240, 1 }, { "perp", 8869, 1 }, { "phi", 966, 1 },
	{ "pi", 960, 1 }, { "piv", 982, 1 }, { "plusmn", 177, 0 },
	{ "pound", 163, 0 }, { "prime", 8242, 1 }, { "prod", 8719, 1 },
	{ "prop", 8733, 1 }, { "psi", 968, 1 }, { "quot", 34, 0 },
	{ "rArr", 8658, 1 }, { "radic", 8730, 1 }, { "rang", 9002, 1 },
	{ "raquo", 187, 0 }, { "rarr", 8594, 1 }, { "rceil", 8969, 1 },
	{ "rdquo", 8221, 1 }, { "real", 8476, 1 }, { "reg", 174, 0 },
	{ "rfloor", 8971, 1 }, { "rho", 961, 1 }, { "rlm", 8207, 1 },
	{ "rsaquo", 8250, 1 }, { "rsquo", 8217, 1 }, { "sbquo", 8218, 1 },
	{ "scaron", 353, 1 }, { "sdot", 8901, 1 }, { "sect", 167, 0 },
	{ "shy", 173, 0 }, { "sigma", 963, 1 }, { "sigmaf", 962, 1 },
	{ "sim", 8764, 1 }, { "spades", 9824, 1 }, { "sub", 8834, 1 },
	{ "sube", 8838, 1 }, { "sum", 8721, 1 }, { "sup", 8835, 1 },
	{ "sup1", 185, 0 }, { "sup2", 178, 0 }, { "sup3", 179, 0 },
	{ "supe", 8839, 1 }, { "szlig", 223, 0 }, { "tau", 964, 1 },
	{ "there4", 8756, 1 }, { "theta", 952, 1 }, { "thetasym", 977, 1 },
	{ "thinsp", 8201, 1 }, { "thorn", 254, 0 }, { "tilde", 732, 1 },
	{ "times", 215, 0 }, { "trade", 8482, 1 }, { "uArr", 8657, 1 },
	{ "uacute", 250, 0 }, { "uarr", 8593, 1 }, { "ucirc", 251, 0 },
	{ "ugrave", 249, 0 }, { "uml", 168, 0 }, { "upsih", 978, 1 },
	{ "upsilon", 965, 1 }, { "uuml", 252, 0 }, { "weierp", 8472, 1 },
	{ "xi", 958, 1 }, { "yacute", 253, 0 }, { "yen", 165, 0 },
	{ "yuml", 255, 0 }, { "zeta", 950, 1 }, { "zwj", 8205, 1 },
	{ "zwnj", 8204, 1 },
};

struct reference {
	uint32_t code;			/* 0: not a reference */
	size_t length;			/* of the text after '&' */
	bool numeric;
};

static int
entity_compare(const void *key, const void *row)
{
	const struct slice *name = key;
	const struct entity *e = row;

	return slice_cmp(*name, slice_cstr(e->name));
}

static const struct entity *
entity_find(struct slice name)
{
	if (name.n > NAME_MAX_LEN) {
		return NULL;
	}
	return bsearch(&name, entities,
	    sizeof(entities) / sizeof(entities[0]), sizeof(entities[0]),
	    entity_compare);
}

/* s starts after "&#". */
static struct reference
number_read(struct slice s)
{
	struct reference r = { .numeric = true, .length = 1 };
	bool hex = s.n > 0 && (s.p[0] == 'x' || s.p[0] == 'X');
	size_t i = hex;
	uint32_t code = 0;

	for (; i < s.n; i++) {
		int digit = ascii_hex((unsigned char)s.p[i]);

		if (hex && s.p[i] == '\0') {
			digit = 0;	/* strchr() in HTML::Parser finds it */
		}
		if (digit < 0 || (!hex && digit > 9)) {
			break;
		}
		code = code * (hex ? 16 : 10) + (uint32_t)digit;
		if (code > 0x10FFFF) {
			code = 0;	/* no reference at all */
			break;
		}
	}
	r.length += i;
	r.code = code;
	return r;
}

static struct reference
name_read(struct slice s, bool prefix)
{
	struct reference r = { 0 };
	const struct entity *e;
	size_t n = 0;

	while (n < s.n && ascii_isword((unsigned char)s.p[n])) {
		n++;
	}
	r.length = n;
	e = entity_find(slice_sub(s, 0, n));
	if (e != NULL && (!e->strict || (n < s.n && s.p[n] == ';'))) {
		r.code = e->code;
		return r;
	}
	if (!prefix || n == 0) {
		return r;
	}
	n = n - 1 < NAME_MAX_LEN ? n - 1 : NAME_MAX_LEN;
	for (; n > 0; n--) {
		e = entity_find(slice_sub(s, 0, n));
		if (e != NULL && !e->strict) {
			r.code = e->code;
			r.length = n;
			break;
		}
	}
	return r;
}

/*
 * The character that a number stands for: surrogates join with the one
 * directly before, what no text may hold becomes U+FFFD.  *high is the
 * pending high surrogate; its U+FFFD is already in b.
 */
static uint32_t
number_character(struct buf *b, uint32_t code, uint32_t *high)
{
	if ((code & 0xFFFFFC00u) == 0xDC00) {
		if (*high == 0) {
			return UTF8_REPLACEMENT;
		}
		b->n -= 3;
		code = ((*high - 0xD800) << 10) + (code - 0xDC00) + 0x10000;
		*high = 0;
		return code;
	}
	if ((code & 0xFFFFFC00u) == 0xD800) {
		*high = code;
		return UTF8_REPLACEMENT;
	}
	*high = 0;
	if ((code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE) {
		return UTF8_REPLACEMENT;
	}
	return code;
}

/* One reference, s starts after '&'; returns how much of s it took. */
static size_t
reference_decode(struct buf *b, struct slice s, bool prefix, bool *wide,
    uint32_t *high)
{
	struct reference r;

	if (s.n > 0 && s.p[0] == '#') {
		r = number_read(slice_sub(s, 1, s.n));
	} else {
		r = name_read(s, prefix);
		*high = 0;
	}
	if (r.code == 0 || r.code == 0xFFFE || r.code == 0xFFFF) {
		buf_addc(b, '&');
		buf_add_slice(b, slice_sub(s, 0, r.length));
		return r.length;
	}
	if (r.code > 0xFF) {
		*wide = true;
	}
	if (r.numeric && r.code > 0xFF) {
		r.code = number_character(b, r.code, high);
	}
	buf_add_utf8(b, r.code);
	if (r.length < s.n && s.p[r.length] == ';') {
		r.length++;
	}
	if (r.length >= s.n || s.p[r.length] != '&') {
		*high = 0;
	}
	return r.length;
}

struct chars
html_entity_decode(struct arena *a, struct chars c, bool prefix)
{
	struct slice in = c.s;
	ptrdiff_t amp = slice_chr(in, '&', 0);
	size_t done = 0;
	uint32_t high = 0;
	struct buf b;

	if (amp < 0) {
		return c;
	}
	buf_init(&b, a);
	buf_reserve(&b, in.n);
	while (amp >= 0) {
		size_t at = (size_t)amp;

		buf_add_slice(&b, slice_sub(in, done, at));
		done = at + 1 + reference_decode(&b,
		    slice_sub(in, at + 1, in.n), prefix, &c.wide, &high);
		amp = slice_chr(in, '&', done);
	}
	buf_add_slice(&b, slice_sub(in, done, in.n));
	c.s = buf_slice(&b);
	return c;
}

/*
 * html_color - colours as SpamAssassin 4.0.1 reads them, not as CSS does.
 *
 * A colour is a CSS3 name, `#` with hexadecimal digits (anything else among
 * them is dropped; more than six are cut to six, four or five to three,
 * fewer than three filled with 0; three are doubled) or rgb(n,n,n) in
 * numbers or percent.  Digits without `#` are invalid.
 *
 * Called by html_style.c.  Values are at most an attribute long; each is
 * walked a fixed number of times.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/html-priv.h"

struct color {
	const char *name;
	uint32_t rgb;
};

/* CSS Color Module Level 3, 4.1 and 4.3; sorted for bsearch. */
static const struct color colors[] = {
	{ "aliceblue", 0xf0f8ff }, { "antiquewhite", 0xfaebd7 },
	{ "aqua", 0x00ffff }, { "aquamarine", 0x7fffd4 },
	{ "azure", 0xf0ffff }, { "beige", 0xf5f5dc }, { "bisque", 0xffe4c4 },
	{ "black", 0x000000 }, { "blanchedalmond", 0xffebcd },
	{ "blue", 0x0000ff }, { "blueviolet", 0x8a2be2 },
	{ "brown", 0xa52a2a }, { "burlywood", 0xdeb887 },
	{ "cadetblue", 0x5f9ea0 }, { "chartreuse", 0x7fff00 },
	{ "chocolate", 0xd2691e }, { "coral", 0xff7f50 },
	{ "cornflowerblue", 0x6495ed }, { "cornsilk", 0xfff8dc },
	{ "crimson", 0xdc143c }, { "cyan", 0x00ffff },
	{ "darkblue", 0x00008b }, { "darkcyan", 0x008b8b },
	{ "darkgoldenrod", 0xb8860b }, { "darkgray", 0xa9a9a9 },
	{ "darkgreen", 0x006400 }, { "darkgrey", 0xa9a9a9 },
	{ "darkkhaki", 0xbdb76b }, { "darkmagenta", 0x8b008b },
	{ "darkolivegreen", 0x556b2f }, { "darkorange", 0xff8c00 },
	{ "darkorchid", 0x9932cc }, { "darkred", 0x8b0000 },
	{ "darksalmon", 0xe9967a }, { "darkseagreen", 0x8fbc8f },
	{ "darkslateblue", 0x483d8b }, { "darkslategray", 0x2f4f4f },
	{ "darkslategrey", 0x2f4f4f }, { "darkturquoise", 0x00ced1 },
	{ "darkviolet", 0x9400d3 }, { "deeppink", 0xff1493 },
	{ "deepskyblue", 0x00bfff }, { "dimgray", 0x696969 },
	{ "dimgrey", 0x696969 }, { "dodgerblue", 0x1e90ff },
	{ "firebrick", 0xb22222 }, { "floralwhite", 0xfffaf0 },
	{ "forestgreen", 0x228b22 }, { "fuchsia", 0xff00ff },
	{ "gainsboro", 0xdcdcdc }, { "ghostwhite", 0xf8f8ff },
	{ "gold", 0xffd700 }, { "goldenrod", 0xdaa520 }, { "gray", 0x808080 },
	{ "green", 0x008000 }, { "greenyellow", 0xadff2f },
	{ "grey", 0x808080 }, { "honeydew", 0xf0fff0 },
	{ "hotpink", 0xff69b4 }, { "indianred", 0xcd5c5c },
	{ "indigo", 0x4b0082 }, { "ivory", 0xfffff0 }, { "khaki", 0xf0e68c },
	{ "lavender", 0xe6e6fa }, { "lavenderblush", 0xfff0f5 },
	{ "lawngreen", 0x7cfc00 }, { "lemonchiffon", 0xfffacd },
	{ "lightblue", 0xadd8e6 }, { "lightcoral", 0xf08080 },
	{ "lightcyan", 0xe0ffff }, { "lightgoldenrodyellow", 0xfafad2 },
	{ "lightgray", 0xd3d3d3 }, { "lightgreen", 0x90ee90 },
	{ "lightgrey", 0xd3d3d3 }, { "lightpink", 0xffb6c1 },
	{ "lightsalmon", 0xffa07a }, { "lightseagreen", 0x20b2aa },
	{ "lightskyblue", 0x87cefa }, { "lightslategray", 0x778899 },
	{ "lightslategrey", 0x778899 }, { "lightsteelblue", 0xb0c4de },
	{ "lightyellow", 0xffffe0 }, { "lime", 0x00ff00 },
	{ "limegreen", 0x32cd32 }, { "linen", 0xfaf0e6 },
	{ "magenta", 0xff00ff }, { "maroon", 0x800000 },
	{ "mediumaquamarine", 0x66cdaa }, { "mediumblue", 0x0000cd },
	{ "mediumorchid", 0xba55d3 }, { "mediumpurple", 0x9370db },
	{ "mediumseagreen", 0x3cb371 }, { "mediumslateblue", 0x7b68ee },
	{ "mediumspringgreen", 0x00fa9a }, { "mediumturquoise", 0x48d1cc },
	{ "mediumvioletred", 0xc71585 }, { "midnightblue", 0x191970 },
	{ "mintcream", 0xf5fffa }, { "mistyrose", 0xffe4e1 },
	{ "moccasin", 0xffe4b5 }, { "navajowhite", 0xffdead },
	{ "navy", 0x000080 }, { "oldlace", 0xfdf5e6 }, { "olive", 0x808000 },
	{ "olivedrab", 0x6b8e23 }, { "orange", 0xffa500 },
	{ "orangered", 0xff4500 }, { "orchid", 0xda70d6 },
	{ "palegoldenrod", 0xeee8aa }, { "palegreen", 0x98fb98 },
	{ "paleturquoise", 0xafeeee }, { "palevioletred", 0xdb7093 },
	{ "papayawhip", 0xffefd5 }, { "peachpuff", 0xffdab9 },
	{ "peru", 0xcd853f }, { "pink", 0xffc0cb }, { "plum", 0xdda0dd },
	{ "powderblue", 0xb0e0e6 }, { "purple", 0x800080 },
	{ "red", 0xff0000 }, { "rosybrown", 0xbc8f8f },
	{ "royalblue", 0x4169e1 }, { "saddlebrown", 0x8b4513 },
	{ "salmon", 0xfa8072 }, { "sandybrown", 0xf4a460 },
	{ "seagreen", 0x2e8b57 }, { "seashell", 0xfff5ee },
	{ "sienna", 0xa0522d }, { "silver", 0xc0c0c0 },
	{ "skyblue", 0x87ceeb }, { "slateblue", 0x6a5acd },
	{ "slategray", 0x708090 }, { "slategrey", 0x708090 },
	{ "snow", 0xfffafa }, { "springgreen", 0x00ff7f },
	{ "steelblue", 0x4682b4 }, { "tan", 0xd2b48c }, { "teal", 0x008080 },
	{ "thistle", 0xd8bfd8 }, { "tomato", 0xff6347 },
	{ "turquoise", 0x40e0d0 }, { "violet", 0xee82ee },
	{ "wheat", 0xf5deb3 }, { "white", 0xffffff },
	{ "whitesmoke", 0xf5f5f5 }, { "yellow", 0xffff00 },
	{ "yellowgreen", 0x9acd32 },
};

/* Longer than any colour that parses: names, and rgb() with blanks. */
#define COLOR_TEXT_MAX 256

static int
color_compare(const void *key, const void *row)
{
	const struct slice *name = key;
	const struct color *c = row;

	return slice_cmp(*name, slice_cstr(c->name));
}

/* The hexadecimal digits of s, by SpamAssassin's rules. */
static uint32_t
hex_color(struct slice s)
{
	unsigned char d[6] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < 6; i++) {
		int digit = ascii_hex((unsigned char)s.p[i]);

		if (digit >= 0) {
			d[n++] = (unsigned char)digit;
		}
	}
	if (n == 0) {
		return HTML_COLOR_EMPTY;
	}
	if (n < 6) {
		d[5] = d[4] = d[2];
		d[3] = d[2] = d[1];
		d[1] = d[0];
	}
	return (uint32_t)d[0] << 20 | (uint32_t)d[1] << 16 |
	    (uint32_t)d[2] << 12 | (uint32_t)d[3] << 8 |
	    (uint32_t)d[4] << 4 | d[5];
}

/* Digits at *i as a number, of any length; false if there are none. */
static bool
read_number(struct slice s, size_t *i, double *n_r)
{
	size_t beg = *i;

	*n_r = 0;
	while (*i < s.n && ascii_isdigit((unsigned char)s.p[*i])) {
		*n_r = *n_r * 10 + (s.p[(*i)++] - '0');
	}
	return *i > beg;
}

/* `n,n,n)` or with percent signs, after the bracket at i. */
static bool
read_triple(struct slice s, size_t i, bool percent, double v[3])
{
	for (size_t k = 0; k < 3; k++) {
		if (!read_number(s, &i, &v[k])) {
			return false;
		}
		if (percent && (i >= s.n || s.p[i++] != '%')) {
			return false;
		}
		if (k < 2) {
			if (i >= s.n || s.p[i++] != ',') {
				return false;
			}
		}
		while (i < s.n && ascii_isspace((unsigned char)s.p[i])) {
			i++;
		}
	}
	return i < s.n && s.p[i] == ')';
}

/* rgb(…) anywhere in s, percent first, as a colour. */
static bool
find_rgb(struct slice s, uint32_t *color_r)
{
	char hex[64];
	int n = 0;

	for (int percent = 1; percent >= 0; percent--) {
		ptrdiff_t at = -1;
		double v[3];

		while ((at = slice_find(s, SLICE("rgb("),
		    (size_t)(at + 1))) >= 0) {
			if (read_triple(s, (size_t)at + 4, percent, v)) {
				break;
			}
		}
		if (at < 0) {
			continue;
		}
		for (size_t k = 0; k < 3; k++) {
			double x = percent ? floor(v[k] / 100 * 255) : v[k];

			/* Too large a number makes too many digits, and
			 * those are cut: rgb(300,0,0) is #12c000. */
			x = x < 1e15 ? x : 1e15;
			n += snprintf(hex + n, sizeof(hex) - (size_t)n,
			    "%02llx", (unsigned long long)x);
		}
		*color_r = hex_color(slice_make(hex, (size_t)n));
		return true;
	}
	return false;
}

uint32_t
html_color_parse(struct chars text)
{
	struct slice s = view_chars_trim(text);
	char low[COLOR_TEXT_MAX];
	const struct color *c;
	uint32_t color;

	if (s.n > sizeof(low)) {
		s.n = sizeof(low);
	}
	for (size_t i = 0; i < s.n; i++) {
		low[i] = (char)ascii_lower((unsigned char)s.p[i]);
	}
	s.p = low;
	c = bsearch(&s, colors, sizeof(colors) / sizeof(colors[0]),
	    sizeof(colors[0]), color_compare);
	if (c != NULL) {
		return c->rgb;
	}
	if (find_rgb(s, &color)) {
		return color;
	}
	if (s.n == 0 || s.p[0] != '#') {
		return HTML_COLOR_INVALID;
	}
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] != '#' && ascii_hex((unsigned char)s.p[i]) < 0) {
			return HTML_COLOR_INVALID;
		}
	}
	return hex_color(s);
}

/*
 * Every rgb… function of CSS: its digits and commas, each number cut to 255,
 * missing ones 0.
 */
static uint32_t
css_rgb(struct slice s)
{
	unsigned v[3] = { 0 };
	size_t k = 0;

	for (size_t i = 0; i < s.n && k < 3; i++) {
		if (s.p[i] == ',') {
			k++;
		} else if (ascii_isdigit((unsigned char)s.p[i])) {
			v[k] = v[k] * 10 + (unsigned)(s.p[i] - '0');
			v[k] = v[k] > 255 ? 255 : v[k];
		}
	}
	return v[0] << 16 | v[1] << 8 | v[2];
}

bool
html_color_css(struct chars value, uint32_t *color_r)
{
	struct slice s = slice_trim(value.s), rest;

	if (slice_ends_nocase(s, SLICE("important"))) {
		rest = slice_trim(slice_sub(s, 0, s.n - 9));
		if (slice_ends(rest, SLICE("!"))) {
			s = slice_trim(slice_sub(rest, 0, rest.n - 1));
		}
	}
	if (slice_find_nocase(s, SLICE("rgb"), 0) >= 0) {
		*color_r = css_rgb(s);
	} else if (slice_eq_nocase(s, SLICE("inherit"))) {
		return false;
	} else if (slice_eq_nocase(s, SLICE("transparent"))) {
		*color_r = HTML_COLOR_TRANSPARENT;
	} else {
		value.s = s;
		*color_r = html_color_parse(value);
	}
	return true;
}

/*
 * The last layer of a background value: after the last comma that is
 * outside brackets and quotes and has something behind it.
 */
static struct slice
last_layer(struct slice s)
{
	size_t beg = 0, before = 0;
	bool bracket = false;
	char quote = '\0';

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (quote != '\0') {
			quote = c == quote ? '\0' : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (bracket) {
			bracket = c != ')';
		} else if (c == '(') {
			bracket = true;
		} else if (c == ',') {
			before = beg;
			beg = i + 1;
		}
	}
	for (size_t i = beg; i < s.n; i++) {
		if (s.p[i] != ' ') {
			return slice_sub(s, beg, s.n);
		}
	}
	return slice_sub(s, before, beg > 0 ? beg - 1 : s.n);
}

/* Cut the first value off *layer: words, with f(…) as the end of one. */
static struct slice
next_value(struct slice *layer)
{
	struct slice s = *layer = slice_trim_left(*layer);
	size_t i = 0;
	char quote = '\0';
	bool bracket = false;

	for (; i < s.n; i++) {
		char c = s.p[i];

		if (quote != '\0') {
			quote = c == quote ? '\0' : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (bracket && c == ')') {
			i++;
			break;
		} else if (c == '(') {
			bracket = true;
		} else if (!bracket && c == ' ') {
			break;
		}
	}
	*layer = slice_sub(s, i, s.n);
	return slice_sub(s, 0, i);
}

bool
html_color_background(struct chars value, uint32_t *color_r)
{
	struct slice layer = last_layer(value.s);

	while (layer.n > 0) {
		struct chars token = { next_value(&layer), value.wide };

		*color_r = html_color_parse(token);
		if (*color_r != HTML_COLOR_INVALID) {
			return true;
		}
	}
	return false;
}

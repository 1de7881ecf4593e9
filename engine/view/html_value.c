/*
 * html_value - attribute values that html.c judges: font faces, image sizes.
 *
 * Each function walks its value once.
 */
#include "config.h"

#include "view/html-priv.h"

/* A letter or blank, then letters, blanks, hyphens, then a letter. */
static bool
face_name(struct slice s, size_t *i, bool blank_before)
{
	size_t beg = *i, first;

	while (*i < s.n && (ascii_isalpha((unsigned char)s.p[*i]) ||
	    s.p[*i] == ' ' || s.p[*i] == '-')) {
		++*i;
	}
	first = blank_before ? beg - 1 : beg;
	if (*i - first < 2 || s.p[first] == '-' ||
	    !ascii_isalpha((unsigned char)s.p[*i - 1])) {
		return false;
	}
	if (*i < s.n && ascii_isdigit((unsigned char)s.p[*i])) {
		++*i;
	}
	if (*i < s.n && (s.p[*i] == '"' || s.p[*i] == '\'')) {
		++*i;
	}
	return true;
}

/* A comma list of plain font names, each perhaps in quotes. */
bool
html_face_good(struct slice s)
{
	size_t i = 0;

	for (bool first = true;; first = false) {
		bool quote, blank;

		while (i < s.n && ascii_isspace((unsigned char)s.p[i])) {
			i++;
		}
		quote = i < s.n && (s.p[i] == '"' || s.p[i] == '\'' ||
		    (first && s.p[i] == '.'));
		i += quote;
		/* Only the first name may start with a blank. */
		blank = first && !quote && i > 0 && s.p[i - 1] == ' ';
		if (!first && i < s.n && s.p[i] == ' ') {
			return false;
		}
		if (!face_name(s, &i, blank)) {
			return false;
		}
		if (i == s.n || s.p[i] != ',') {
			break;
		}
		i++;
	}
	i += i < s.n && s.p[i] == ';';
	return i == s.n || (i + 1 == s.n && s.p[i] == '\n');
}

/* `100` or `50%` of a screen of 100 * per_cent; 200 when it says nothing. */
double
html_image_side(struct slice s, double per_cent)
{
	double n = 0;
	size_t i = 0;

	if (slice_ends(s, SLICE("\n"))) {
		s.n--;
	}
	while (i < s.n && ascii_isdigit((unsigned char)s.p[i])) {
		n = n * 10 + (s.p[i++] - '0');
	}
	if (i > 0 && i + 1 == s.n && s.p[i] == '%') {
		n *= per_cent;
		i++;
	}
	return i > 0 && i == s.n && n > 0 ? n : 200;
}

/*
 * glob - patterns of addresses and names in rule files; not installed.
 *
 * `*` is any run of characters but newlines, `?` any one.  SpamAssassin makes
 * regexes of the entries, and writes _ for what it does not trust in them.
 */
#ifndef PLUGINS_GLOB_H
#define PLUGINS_GLOB_H

#include "plugins/text.h"

static inline bool
glob_fits(char pattern, char c)
{
	if (pattern == '?')
		return c != '\n';
	if (pattern == '(' || pattern == '\\' || pattern == '\0')
		return c == '_';
	return pattern == text_lower(c);
}

/*
 * Does text end with what is behind the last star?  A look from the end
 * refuses nearly every "*@example.com", without a step for each byte of text.
 */
static inline bool
glob_ends(struct tare_slice glob, struct tare_slice text)
{
	while (glob.n > 0 && glob.p[glob.n - 1] != '*') {
		if (text.n == 0 ||
		    !glob_fits(glob.p[glob.n - 1], text.p[text.n - 1]))
			return false;
		glob.n--;
		text.n--;
	}
	return true;
}

/*
 * Is all of text, its letters folded, what glob (in lower case) describes?
 * On a mismatch only the last star takes one more: at most text * glob steps.
 */
static inline bool
glob_match(struct tare_slice glob, struct tare_slice text)
{
	size_t g = 0, t = 0, star = glob.n, behind = 0;

	if (!glob_ends(glob, text))
		return false;
	while (t < text.n) {
		if (g < glob.n && glob.p[g] == '*') {
			star = g++;
			behind = t;
		} else if (g < glob.n && glob_fits(glob.p[g], text.p[t])) {
			g++;
			t++;
		} else if (star < glob.n && text.p[behind] != '\n') {
			g = star + 1;
			t = ++behind;
		} else {
			return false;
		}
	}
	while (g < glob.n && glob.p[g] == '*')
		g++;
	return g == glob.n;
}

#endif

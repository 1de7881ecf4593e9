/*
 * clean.c - the one place where foreign text is made safe for a line.
 *
 * A run of controls becomes one blank.  Text of several lines keeps its line
 * ends (a CR before LF goes) and TABs: whoever writes it into a header puts a
 * TAB in front of each line after the first.
 */
#include "config.h"

#include "report/report-priv.h"

static bool
is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

struct slice
report_clean(struct arena *a, struct slice s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;
	bool gap = false;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (is_control(c)) {
			gap = true;
			continue;
		}
		if (gap)
			p[n++] = ' ';
		gap = false;
		p[n++] = (char)c;
	}
	return (struct slice){ p, n };
}

struct slice
report_clean_lines(struct arena *a, struct slice s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool again = n > 0 && p[n - 1] == ' ' && i > 0 &&
		    is_control((unsigned char)s.p[i - 1]);

		if (c == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
			continue;
		if (c == '\n' || c == '\t' || !is_control(c))
			p[n++] = (char)c;
		else if (!again)
			p[n++] = ' ';
	}
	return (struct slice){ p, n };
}

/*
 * clean.c - the one place where foreign text is made safe for a line.
 */
#include "config.h"

#include "report/report-priv.h"

struct slice
report_clean(struct arena *a, struct slice s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;
	bool gap = false;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c == 0x7f) {
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

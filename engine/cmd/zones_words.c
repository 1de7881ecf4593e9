/*
 * zones_words.c - how tare zones writes text and numbers.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/zones.h"

#define WIDTH_DEFAULT 80u
#define WIDTH_MIN 40u

unsigned
zones_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize ws;
	long n;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		return ws.ws_col < WIDTH_MIN ? WIDTH_MIN : ws.ws_col;
	if (columns != NULL && slice_to_long(slice_cstr(columns), &n) == 0 &&
	    n >= WIDTH_MIN && n <= 1000)
		return (unsigned)n;
	return WIDTH_DEFAULT;
}

/* How much of text goes on a line of so many bytes. */
static size_t
line_of(const char *text, size_t room)
{
	size_t n = strlen(text), cut;

	if (n <= room)
		return n;
	for (cut = room; cut > 0 && text[cut] != ' '; cut--)
		continue;
	/* a word longer than the line (an IPv6 name has 70 bytes) is cut */
	return cut > 0 ? cut : room;
}

void
zones_wrap(const char *text, unsigned indent, unsigned width)
{
	size_t room = width > indent + 20 ? width - indent : 20;
	unsigned before = 0;

	do {
		size_t n = line_of(text, room);

		printf("%*s%.*s\n", (int)before, "", (int)n, text);
		text += n;
		text += strspn(text, " ");
		before = indent;
	} while (*text != '\0');
}

const char *
zones_share(double part, double whole, char dst[12])
{
	double percent = whole > 0 ? 100 * part / whole : 0;

	if (!(whole > 0))
		return "-";
	snprintf(dst, 12, percent >= 99.95 ? "%.0f %%" : percent >= 1 ||
	    percent <= 0 ? "%.1f %%" : "%.2f %%", percent < 1000 ? percent :
	    999);
	return dst;
}

void
zones_hour_share(const struct store_hour_sum *s, double *part_r,
    double *whole_r)
{
	*part_r = s->subjects > 0 ? s->subjects_listed : s->listed;
	*whole_r = s->subjects > 0 ? s->subjects : s->lookups;
}

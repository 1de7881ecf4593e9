/*
 * time_arg.c - times that people type: how long, or when.
 *
 *	90, 90s, 30m, 6h, 2d, 1w, 1h30m		how long
 *	2026-10-01, 2026-10-01T12:00[:30][Z]	when; without Z local time
 *	12:00					when, today
 */
#include "config.h"

#include <string.h>
#include <time.h>

#include "cmd/cmd.h"

static double
unit(int c)
{
	static const char units[] = "smhdw";
	static const double seconds[] = { 1, 60, 3600, 86400, 604800 };
	const char *at = c != '\0' ? strchr(units, c) : NULL;

	return at != NULL ? seconds[at - units] : 0;
}

int
cmd_parse_duration(const char *text, double *seconds_r)
{
	struct slice rest = slice_cstr(text);
	double sum = 0, v;

	while (rest.n > 0) {
		size_t n = strspn(rest.p, "0123456789.");

		if (n == 0 || slice_to_double(slice_make(rest.p, n), &v) != 0)
			return -1;
		rest = slice_sub(rest, n, rest.n);
		if (rest.n == 0) {	/* seconds, if it stands alone */
			sum += v;
			break;
		}
		if (unit(rest.p[0]) == 0)
			return -1;
		sum += v * unit(rest.p[0]);
		rest = slice_sub(rest, 1, rest.n);
	}
	*seconds_r = sum;
	return sum > 0 ? 0 : -1;
}

static int
parse_clock(const char *text, double now, double *time_r)
{
	static const struct { const char *form; bool utc, today; } forms[] = {
		{ "%Y-%m-%dT%H:%M:%SZ", true, false },
		{ "%Y-%m-%dT%H:%MZ", true, false },
		{ "%Y-%m-%dT%H:%M:%S", false, false },
		{ "%Y-%m-%dT%H:%M", false, false },
		{ "%Y-%m-%d %H:%M:%S", false, false },
		{ "%Y-%m-%d %H:%M", false, false },
		{ "%Y-%m-%d", false, false },
		{ "%H:%M", false, true },
	};
	time_t t = (time_t)now;

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct tm tm = { .tm_isdst = -1 };
		const char *end;

		if (forms[i].today) {
			localtime_r(&t, &tm);
			tm.tm_sec = 0;
			tm.tm_isdst = -1;
		}
		end = strptime(text, forms[i].form, &tm);
		if (end == NULL || *end != '\0')
			continue;
		*time_r = (double)(forms[i].utc ? timegm(&tm) : mktime(&tm));
		return 0;
	}
	return -1;
}

int
cmd_parse_time(const char *option, const char *text, double now, int sign,
    double *time_r)
{
	double seconds;

	if (cmd_parse_duration(text, &seconds) == 0) {
		*time_r = now + sign * seconds;
		return 0;
	}
	if (parse_clock(text, now, time_r) == 0)
		return 0;
	cmd_warn("--%s %s is no time: write how long (90s, 30m, 6h, 2d) or "
	    "when (2026-10-01T12:00Z, 2026-10-01, 12:00)", option, text);
	return -1;
}

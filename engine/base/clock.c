/*
 * clock.c - the three clocks.
 */
#include "config.h"

#include "base/clock.h"

#include <time.h>

static double
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

double
clock_mono(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

double
clock_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}

double
clock_cpu(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

void
clock_iso(double wall, char *dst, size_t size)
{
	time_t t = (time_t)wall;
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(dst, size, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

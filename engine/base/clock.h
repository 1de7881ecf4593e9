/*
 * clock - time in seconds as double.
 *
 * clock_mono never jumps; clock_wall is Unix time.  Pure rooms (learn, weigh)
 * get their time as an argument and never call these.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>

double clock_mono(void);
double clock_wall(void);
double clock_cpu(void);			/* CPU seconds of this thread */
/* 2021-01-31T09:40:00Z into dst (at least 21 bytes). */
void clock_iso(double wall, char *dst, size_t size);

#endif

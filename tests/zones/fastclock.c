/*
 * fastclock - a process whose clock runs faster (LD_PRELOAD).
 *
 * For scenario 36 alone: the health checks of a packaged scanner take hours.
 * FASTCLOCK="FACTOR REAL MONOTONIC" gives the factor and the clock readings
 * (seconds) at which it began; children go on with the same.  Waiting is
 * shortened by the factor.  The kernel is asked directly, so that an allocator
 * may ask the time before libraries are set up (libfaketime cannot then).
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static struct {
	double factor, began[2];
} clock_of;

static int
known(clockid_t id)
{
	return id == CLOCK_REALTIME || id == CLOCK_MONOTONIC ||
	    id == CLOCK_REALTIME_COARSE || id == CLOCK_MONOTONIC_COARSE;
}

static double
factor(void)
{
	const char *text;

	if (clock_of.factor > 0)
		return clock_of.factor;
	text = getenv("FASTCLOCK");
	if (text == NULL || sscanf(text, "%lf %lf %lf", &clock_of.factor,
	    &clock_of.began[0], &clock_of.began[1]) != 3)
		clock_of.factor = 1;
	return clock_of.factor;
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, id, ts);
	double f, began, now;

	if (rc != 0 || !known(id) || (f = factor()) == 1)
		return rc;
	began = clock_of.began[id == CLOCK_MONOTONIC ||
	    id == CLOCK_MONOTONIC_COARSE];
	now = began + f * ((double)(ts->tv_sec - (time_t)began) +
	    (double)ts->tv_nsec / 1e9 - (began - (double)(time_t)began));
	ts->tv_sec = (time_t)now;
	ts->tv_nsec = (long)((now - (double)ts->tv_sec) * 1e9);
	return 0;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
		return -1;
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *t)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (t != NULL)
		*t = ts.tv_sec;
	return ts.tv_sec;
}

/* Rounded up: 0 would be a busy loop. */
static int
shorter(int ms)
{
	return ms <= 0 ? ms : 1 + (int)((double)ms / factor());
}

int
epoll_pwait(int fd, struct epoll_event *events, int n, int ms,
    const sigset_t *mask)
{
	return (int)syscall(SYS_epoll_pwait, fd, events, n, shorter(ms), mask,
	    (NSIG - 1) / 8);
}

int
epoll_wait(int fd, struct epoll_event *events, int n, int ms)
{
	return epoll_pwait(fd, events, n, ms, NULL);
}

int
poll(struct pollfd *fds, nfds_t n, int ms)
{
	struct timespec ts;

	ms = shorter(ms);
	ts = (struct timespec){ ms / 1000, ms % 1000 * 1000000L };
	return (int)syscall(SYS_ppoll, fds, n, ms < 0 ? NULL : &ts, NULL,
	    (NSIG - 1) / 8);
}

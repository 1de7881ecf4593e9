/*
 * notify.c - tell systemd what we are doing, without its library.
 *
 * One datagram to the unix socket named by NOTIFY_SOCKET ('@': abstract).
 * Not being told is never an error.
 *
 * The watchdog (WatchdogSec= in the unit): the master says that it lives, at
 * half the interval.  It says so of itself alone; workers that stand still it
 * finds and replaces itself.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

double
notify_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid =
	    getenv("WATCHDOG_PID");
	long n;

	if (usec == NULL || slice_to_long(slice_cstr(usec), &n) != 0 ||
	    n <= 0 || (pid != NULL && strtol(pid, NULL, 10) !=
	    (long)getpid())) {
		return 0;
	}
	return (double)n / 2e6;
}

void
notify_systemd(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t n = path != NULL ? strlen(path) : 0;
	int fd;

	if (n == 0 || n >= sizeof(sun.sun_path)) {
		return;
	}
	memcpy(sun.sun_path, path, n);
	if (path[0] == '@') {
		sun.sun_path[0] = '\0';
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return;
	}
	sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	    (const struct sockaddr *)&sun,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

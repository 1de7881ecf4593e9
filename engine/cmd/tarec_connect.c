/*
 * tarec_connect.c - a connected socket, over unix or TCP, with retries.
 *
 * TCP: every address of every host in order (or shuffled), then a pause, up
 * to --connect-retries rounds.  The exit statuses are spamc's, with one
 * change: a unix socket that is not there or refuses is a daemon that is
 * being restarted, so it is temporary (75), not spamc's 70.
 */
#include "config.h"

#include "cmd/tarec.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <math.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"

#define ADDRESSES_MAX 64

double
tarec_deadline(double seconds)
{
	return seconds > 0 ? clock_mono() + seconds : 0;
}

int
tarec_wait(int fd, short events, double deadline)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int ms = -1, n;

		if (deadline > 0) {
			double left = deadline - clock_mono();

			if (left <= 0) {
				return 0;
			}
			ms = left > 1e6 ? 1000000000 :
			    (int)ceil(left * 1000);
		}
		n = poll(&p, 1, ms);
		if (n > 0) {
			return p.revents;
		}
		if (n < 0 && errno != EINTR) {
			return -1;
		}
	}
}

static void
pause_for(double seconds)
{
	struct timespec ts = { (time_t)seconds,
	    (long)(fmod(seconds, 1) * 1e9) };

	nanosleep(&ts, NULL);
}

/* Non-blocking connect with a deadline; a socket, or -1 with errno. */
static int
connect_address(const struct sockaddr *sa, socklen_t len, double deadline)
{
	int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = 0;
	socklen_t size = sizeof(error);

	if (fd < 0) {
		return -1;
	}
	if (fd_nonblock(fd) != 0) {
		error = errno;
	} else if (connect(fd, sa, len) != 0) {
		error = errno;
		if (error == EINPROGRESS || error == EINTR) {
			if (tarec_wait(fd, POLLOUT, deadline) == 0) {
				error = ETIMEDOUT;
			} else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error,
			    &size) != 0) {
				error = errno;
			}
		}
	}
	if (error != 0) {
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static int
connect_unix(const struct tarec_options *opt, struct err *e)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(opt->socket) >= sizeof(sun.sun_path)) {
		return err_set(e, ERR_USAGE, "socket path %s is too long",
		    opt->socket);
	}
	strcpy(sun.sun_path, opt->socket);
	fd = connect_address((const struct sockaddr *)&sun, sizeof(sun),
	    tarec_deadline(opt->connect_timeout));
	if (fd < 0) {
		return err_errno(e, ERR_TEMP, "cannot connect to %s",
		    opt->socket);
	}
	return fd;
}

/* ---- TCP ---- */

struct addresses {
	struct {
		struct sockaddr_storage sa;
		socklen_t len;
	} v[ADDRESSES_MAX];
	size_t n;
};

static void
add_host(struct addresses *as, const char *host,
    const struct tarec_options *opt, int *gai_r)
{
	struct addrinfo hints = { .ai_family = opt->family,
		.ai_socktype = SOCK_STREAM }, *list, *ai;
	int rc = getaddrinfo(host, opt->port, &hints, &list);

	if (rc != 0) {
		*gai_r = rc;
		return;
	}
	for (ai = list; ai != NULL && as->n < ADDRESSES_MAX;
	    ai = ai->ai_next) {
		memcpy(&as->v[as->n].sa, ai->ai_addr, ai->ai_addrlen);
		as->v[as->n++].len = ai->ai_addrlen;
	}
	freeaddrinfo(list);
}

static void
shuffle(struct addresses *as)
{
	unsigned seed = (unsigned)(clock_mono() * 1e6) ^ (unsigned)getpid();

	for (size_t i = as->n; i > 1; i--) {
		size_t j = (size_t)rand_r(&seed) % i;
		struct sockaddr_storage sa = as->v[j].sa;
		socklen_t len = as->v[j].len;

		as->v[j] = as->v[i - 1];
		as->v[i - 1].sa = sa;
		as->v[i - 1].len = len;
	}
}

static int
resolve(const struct tarec_options *opt, struct addresses *as, struct err *e)
{
	struct slice rest = slice_cstr(opt->hosts);
	struct arena *a = arena_new();
	int gai = 0;

	as->n = 0;
	while (rest.n > 0) {
		ptrdiff_t comma = slice_chr(rest, ',', 0);
		size_t end = comma < 0 ? rest.n : (size_t)comma;

		if (end > 0) {
			add_host(as, arena_str(a, slice_sub(rest, 0, end)),
			    opt, &gai);
		}
		rest = slice_sub(rest, end + 1, rest.n);
	}
	arena_free(&a);
	if (as->n == 0) {
		return err_set(e, gai == EAI_AGAIN ? ERR_TEMP :
		    (enum err_code)TAREC_NOHOST, "no address for %s: %s",
		    opt->hosts, gai_strerror(gai));
	}
	if (opt->shuffle) {
		shuffle(as);
	}
	return 0;
}

static int
connect_tcp(const struct tarec_options *opt, struct err *e)
{
	struct addresses as;
	int saved = 0;

	if (resolve(opt, &as, e) != 0) {
		return -1;
	}
	for (unsigned round = 0; round == 0 || round < opt->connect_retries;
	    round++) {
		if (round > 0) {
			pause_for(opt->connect_sleep);
		}
		for (size_t i = 0; i < as.n; i++) {
			int fd = connect_address(
			    (const struct sockaddr *)&as.v[i].sa, as.v[i].len,
			    tarec_deadline(opt->connect_timeout));

			if (fd >= 0) {
				return fd;
			}
			saved = errno;
		}
	}
	errno = saved;
	return err_errno(e, ERR_UNAVAILABLE, "cannot connect to %s port %s",
	    opt->hosts, opt->port);
}

int
tarec_connect(const struct tarec_options *opt, struct err *e)
{
	return opt->socket != NULL ? connect_unix(opt, e) :
	    connect_tcp(opt, e);
}

/*
 * listen.c - the sockets clients connect to.
 *
 * A name is a unix path (it contains a '/'), "host:port", "[v6]:port", or a
 * port or host alone.  Sockets that systemd passed (LISTEN_FDS) replace all
 * names.  Without names: 127.0.0.1:783 and [::1]:783, as spamd, so that an
 * unconfigured spamc works; there, a machine without IPv6 is no error.
 *
 * A unix socket file left by a dead daemon is found by connecting to it:
 * refused means stale, and it is replaced; accepted means another daemon
 * runs, and that is an error.  Anything that is not a socket is left alone.
 *
 * The workers of a daemon whose master was killed hold its sockets until they
 * have noticed: a daemon that is started again at once waits for that.
 *
 * Called by daemon.c as root, before any fork.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/endpoint.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/mem.h"

#define BACKLOG		512
#define DEFAULT_PORT	"783"
#define SYSTEMD_FIRST	3		/* sd_listen_fds(3) */
#define ORPHAN_SECONDS	5.0		/* for workers without a master */
#define ORPHAN_LOOK	50000		/* microseconds */

static void
add(struct listeners *l, int fd, const char *name, const char *path)
{
	l->v[l->n++] = (struct listener){ .fd = fd, .name = mem_strdup(name),
		.path = path != NULL ? mem_strdup(path) : NULL };
}

/* Whether to try again; *give_up is 0 the first time. */
static bool
wait_for_orphans(double *give_up)
{
	double now = clock_mono();

	if (*give_up == 0) {
		*give_up = now + ORPHAN_SECONDS;
	}
	if (now >= *give_up) {
		return false;
	}
	usleep(ORPHAN_LOOK);
	return true;
}

/* ---- unix ---- */

/* 1: somebody accepts there; 0: nobody; -1: error. */
static int
is_served(const struct sockaddr_un *sun, struct err *e)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool served;

	if (fd < 0) {
		return err_errno(e, ERR_OS, "socket");
	}
	served = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 ||
	    errno == EAGAIN;
	close(fd);
	return served;
}

/* 0: the path is free now; -1: it is not ours to take. */
static int
clear_stale(const char *path, const struct sockaddr_un *sun, struct err *e)
{
	double give_up = 0;
	struct stat st;
	int rc;

	if (lstat(path, &st) != 0) {
		return errno == ENOENT ? 0 : err_errno(e, ERR_OS, "%s", path);
	}
	if (!S_ISSOCK(st.st_mode)) {
		return err_set(e, ERR_CONFIG,
		    "%s exists and is not a socket", path);
	}
	do {
		rc = is_served(sun, e);
	} while (rc > 0 && wait_for_orphans(&give_up));
	if (rc != 0) {
		return rc < 0 ? -1 : err_set(e, ERR_UNAVAILABLE,
		    "%s: another daemon listens there", path);
	}
	if (unlink(path) != 0 && errno != ENOENT) {
		return err_errno(e, ERR_OS, "cannot remove stale %s", path);
	}
	return 0;
}

static int
check_path(const char *path, struct err *e)
{
	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
		return err_set(e, ERR_CONFIG, "socket path %s is too long",
		    path);
	}
	return 0;
}

int
listen_unix(const char *path, mode_t mode, struct err *e)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, rc;

	if (check_path(path, e) != 0) {
		return -1;
	}
	strcpy(sun.sun_path, path);
	if (clear_stale(path, &sun, e) != 0) {
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		return err_errno(e, ERR_OS, "socket");
	}
	/* made with its final mode: no moment in which others may connect */
	mask = umask(0777 & ~mode);
	rc = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(mask);
	if (rc != 0 || listen(fd, BACKLOG) != 0) {
		rc = errno;
		err_errno(e, ERR_OS, "cannot listen on %s", path);
		close(fd);
		errno = rc;
		return -1;
	}
	return fd;
}

/* ---- TCP ---- */

static int
listen_address(const struct addrinfo *ai)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	int on = 1, saved;

	if (fd < 0) {
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	}
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

/* Into two strings for getaddrinfo; host NULL: every address. */
static int
split(struct arena *a, const char *name, const char **host_r,
    const char **port_r, struct err *e)
{
	struct endpoint at;

	if (name[0] != '\0' && strspn(name, "0123456789") == strlen(name)) {
		name = arena_printf(a, "127.0.0.1:%s", name);
	}
	if (endpoint_parse(slice_cstr(name), &at) != 0) {
		return err_set(e, ERR_CONFIG, "cannot listen on %s: a unix "
		    "path, host:port, [v6]:port, a port or a host is wanted",
		    name);
	}
	*host_r = at.host.n == 0 || slice_eq_cstr(at.host, "*") ? NULL :
	    arena_str(a, at.host);
	*port_r = at.port == 0 ? DEFAULT_PORT : arena_printf(a, "%u", at.port);
	return 0;
}

static void
add_address(struct listeners *l, int fd, const struct addrinfo *ai)
{
	char host[128] = "?", port[32] = "?", name[200];

	getnameinfo(ai->ai_addr, ai->ai_addrlen, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(name, sizeof(name), strchr(host, ':') ? "[%s]:%s" : "%s:%s",
	    host, port);
	add(l, fd, name, NULL);
}

static int
open_tcp(struct arena *a, struct listeners *l, const char *name,
    struct err *e)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	struct addrinfo *list, *ai;
	const char *host, *port;
	double give_up = 0;
	int rc;

	if (split(a, name, &host, &port, e) != 0) {
		return -1;
	}
	rc = getaddrinfo(host, port, &hints, &list);
	if (rc != 0) {
		return err_set(e, ERR_CONFIG, "cannot listen on %s: %s", name,
		    gai_strerror(rc));
	}
	for (ai = list; ai != NULL && l->n < LISTEN_MAX; ai = ai->ai_next) {
		int fd;

		do {
			fd = listen_address(ai);
		} while (fd < 0 && errno == EADDRINUSE &&
		    wait_for_orphans(&give_up));
		if (fd < 0) {
			err_errno(e, errno == EADDRINUSE ? ERR_UNAVAILABLE :
			    ERR_OS, "cannot listen on %s", name);
			freeaddrinfo(list);
			return -1;
		}
		add_address(l, fd, ai);
	}
	freeaddrinfo(list);
	return 0;
}

/* ---- systemd ---- */

/* For the log, and for clients of a unix socket: where it listens. */
static void
name_inherited(int fd, char *name, size_t size)
{
	struct sockaddr_storage sa;
	const struct sockaddr_un *sun = (const struct sockaddr_un *)(const
	    void *)&sa;
	socklen_t n = sizeof(sa);
	char host[128], port[32];

	memset(&sa, 0, sizeof(sa));
	snprintf(name, size, "systemd:%d", fd);
	if (getsockname(fd, (struct sockaddr *)&sa, &n) != 0) {
		return;
	}
	if (sa.ss_family == AF_UNIX && sun->sun_path[0] != '\0') {
		snprintf(name, size, "%.*s", (int)sizeof(sun->sun_path),
		    sun->sun_path);
	} else if (getnameinfo((const struct sockaddr *)&sa, n, host,
	    sizeof(host), port, sizeof(port), NI_NUMERICHOST |
	    NI_NUMERICSERV) == 0 && sa.ss_family != AF_UNIX) {
		snprintf(name, size, sa.ss_family == AF_INET6 ? "[%s]:%s" :
		    "%s:%s", host, port);
	}
}

static bool
is_listening(int fd)
{
	int type = 0, on = 0;
	socklen_t n = sizeof(type), k = sizeof(on);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 &&
	    type == SOCK_STREAM && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN,
	    &on, &k) == 0 && on != 0;
}

/* 0: those that systemd passed, if any, are in l. */
static int
open_inherited(struct listeners *l, struct err *e)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	char name[200];
	long n;

	if (pid == NULL || fds == NULL ||
	    strtol(pid, NULL, 10) != (long)getpid()) {
		return 0;
	}
	n = strtol(fds, NULL, 10);
	for (long i = 0; i < n && l->n < LISTEN_MAX; i++) {
		int fd = SYSTEMD_FIRST + (int)i;

		if (!is_listening(fd)) {
			return err_set(e, ERR_CONFIG, "descriptor %d, passed "
			    "by systemd, is not a listening stream socket "
			    "(Accept=no, ListenStream=)", fd);
		}
		fd_nonblock(fd);
		fd_cloexec(fd);
		name_inherited(fd, name, sizeof(name));
		add(l, fd, name, NULL);
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	return 0;
}

/* ---- who may connect ---- */

static int
allow_some(struct arena *a, struct ip_set *set, struct slice list,
    struct err *e)
{
	while (list.n > 0) {
		ptrdiff_t comma = slice_chr(list, ',', 0);
		size_t end = comma < 0 ? list.n : (size_t)comma;
		struct slice word = slice_trim(slice_sub(list, 0, end));
		struct ip_net net;

		if (word.n > 0) {
			if (ip_net_parse(word, &net, e) != 0) {
				return -1;
			}
			ip_set_add(a, set, net);
		}
		list = slice_sub(list, end + 1, list.n);
	}
	return 0;
}

int
listen_allow(struct arena *a, struct ip_set *set, const char *const *names,
    size_t n, struct err *e)
{
	if (n == 0) {
		return allow_some(a, set, SLICE("127.0.0.0/8,::1"), e);
	}
	for (size_t i = 0; i < n; i++) {
		struct err why = { .code = ERR_NONE };

		if (allow_some(a, set, slice_cstr(names[i]), &why) != 0) {
			return err_set(e, ERR_CONFIG, "--allow: %s",
			    why.text);
		}
	}
	return 0;
}

/* ---- all of them ---- */

static int
open_one(struct arena *a, struct listeners *l, const char *name,
    struct err *e)
{
	if (l->n == LISTEN_MAX) {
		return err_set(e, ERR_CONFIG, "more than %d sockets to "
		    "listen on", LISTEN_MAX);
	}
	if (strchr(name, '/') != NULL) {
		int fd = listen_unix(name, l->mode, e);

		if (fd < 0) {
			return -1;
		}
		add(l, fd, name, name);
		return 0;
	}
	return open_tcp(a, l, name, e);
}

static int
open_defaults(struct arena *a, struct listeners *l, struct err *e)
{
	struct err no_v6;

	if (open_one(a, l, "127.0.0.1:" DEFAULT_PORT, e) != 0) {
		return -1;
	}
	if (open_one(a, l, "[::1]:" DEFAULT_PORT, &no_v6) != 0) {
		log_line(LOG_L_WARN, "event=listen why=\"%s\"", no_v6.text);
	}
	return 0;
}

int
listen_open(struct listeners *l, const char *const *names, size_t n,
    struct err *e)
{
	struct arena *a = arena_new();
	int rc;

	l->n = 0;
	rc = open_inherited(l, e);
	if (rc == 0 && l->n == 0) {
		for (size_t i = 0; rc == 0 && i < n; i++) {
			rc = open_one(a, l, names[i], e);
		}
		if (n == 0) {
			rc = open_defaults(a, l, e);
		}
	}
	if (rc != 0) {
		listen_unlink(l);
		listen_close(l);
	}
	arena_free(&a);
	return rc;
}

int
listen_check(const char *const *names, size_t n, struct err *e)
{
	struct arena *a = arena_new();
	const char *host, *port;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = strchr(names[i], '/') != NULL ? check_path(names[i], e) :
		    split(a, names[i], &host, &port, e);
	}
	arena_free(&a);
	return rc;
}

void
listen_chown(const struct listeners *l, uid_t uid, gid_t gid)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->v[i].path != NULL &&
		    chown(l->v[i].path, uid, gid) != 0) {
			log_line(LOG_L_WARN, "event=listen socket=%s "
			    "why=\"cannot give it away: %s\"", l->v[i].path,
			    strerror(errno));
		}
	}
}

void
listen_unlink(struct listeners *l)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->v[i].path != NULL) {
			unlink(l->v[i].path);
			mem_free(l->v[i].path);
			l->v[i].path = NULL;
		}
	}
}

void
listen_close(struct listeners *l)
{
	for (size_t i = 0; i < l->n; i++) {
		close(l->v[i].fd);
		mem_free(l->v[i].name);
		mem_free(l->v[i].path);
	}
	l->n = 0;
}

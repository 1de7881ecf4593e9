/*
 * control.c - the operators' socket, in the master.
 *
 * One connection, one line, one answer, close.  An answer that begins with
 * "error" is one.  Lines: `status`, `reload` (answered when it is decided),
 * and those about zones, which the keeper answers: the line and the
 * connection itself go to it over a socketpair, so a slow operator or a dead
 * keeper never makes the master wait.
 *
 * The socket has mode 0600, and the peer's credentials must be root's or our
 * own.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

#define LINE_SECONDS	10

struct client {
	int fd;			/* -1: free */
	char line[LIMIT_CONTROL_LINE];
	size_t n;
	double until;
	unsigned waits;		/* for the end of the reload that runs (1),
				 * or of the next one (2): it may have read
				 * the files before they were changed */
};

struct control {
	struct client v[CONTROL_CLIENTS];
};

struct control *
control_new(void)
{
	struct control *c = mem_alloc(sizeof(*c));

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		c->v[i].fd = -1;
	}
	return c;
}

static void
drop(struct client *cl)
{
	close(cl->fd);
	cl->fd = -1;
}

void
control_close(struct daemon *d)
{
	for (size_t i = 0; d->control != NULL && i < CONTROL_CLIENTS; i++) {
		if (d->control->v[i].fd >= 0) {
			drop(&d->control->v[i]);
		}
	}
	if (d->control_fd >= 0) {
		close(d->control_fd);
		d->control_fd = -1;
	}
}

static void
answer(struct client *cl, struct slice text)
{
	/* It fits the socket's buffer, or the operator gets a part. */
	if (send(cl->fd, text.p, text.n, MSG_NOSIGNAL | MSG_DONTWAIT) !=
	    (ssize_t)text.n) {
		log_line(LOG_L_WARN, "event=control why=\"answer cut: %s\"",
		    strerror(errno));
	}
	drop(cl);
}

/* ---- commands ---- */

static void
do_status(struct daemon *d, struct client *cl)
{
	struct arena *a = arena_new();
	struct slice parts[] = { status_json(a, d), SLICE("\n") };

	answer(cl, arena_join(a, parts, 2, slice_cstr("")));
	arena_free(&a);
}

static void
do_reload(struct daemon *d, struct client *cl)
{
	cl->waits = d->reload.step == RELOAD_IDLE ? 1 : 2;
	reload_begin(d);
}

static void
do_forward(struct daemon *d, struct client *cl)
{
	if (keeper_control_send(d->keeper_fd[0], cl->line, cl->fd) != 0) {
		answer(cl, SLICE("error the keeper is too busy\n"));
		return;
	}
	drop(cl);
}

static const struct {
	const char *word;
	void (*run)(struct daemon *, struct client *);
} commands[] = {
	{ "status", do_status },
	{ "reload", do_reload },
	{ "zones", do_forward },
	{ "pin", do_forward },
	{ "unpin", do_forward },
	{ "probe", do_forward },
	{ "peer", do_forward },
};

static void
run_line(struct daemon *d, struct client *cl)
{
	struct slice rest = slice_cstr(cl->line), word;

	if (!slice_word(&rest, &word)) {
		answer(cl, SLICE("error no command\n"));
		return;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (slice_eq_cstr(word, commands[i].word)) {
			commands[i].run(d, cl);
			return;
		}
	}
	answer(cl, SLICE("error unknown command; there are status, reload, "
	    "zones, pin ZONE on|off|WEIGHT SECONDS, unpin ZONE, probe "
	    "ZONE, peer LINE\n"));
}

/* ---- connections ---- */

static bool
is_allowed(const struct daemon *d, int fd)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) == 0 &&
	    (cred.uid == 0 || cred.uid == d->user.uid ||
	    cred.uid == getuid());
}

static void
take_connection(struct daemon *d)
{
	int fd = accept4(d->control_fd, NULL, NULL, SOCK_NONBLOCK |
	    SOCK_CLOEXEC);
	struct client *cl = NULL;

	if (fd < 0) {
		return;
	}
	for (size_t i = 0; i < CONTROL_CLIENTS && cl == NULL; i++) {
		if (d->control->v[i].fd < 0) {
			cl = &d->control->v[i];
		}
	}
	if (cl == NULL || !is_allowed(d, fd)) {
		log_line(LOG_L_WARN, "event=control why=\"%s\"", cl == NULL ?
		    "too many connections" : "peer is neither root nor us");
		close(fd);
		return;
	}
	*cl = (struct client){ .fd = fd,
		.until = clock_mono() + LINE_SECONDS };
}

static void
read_line(struct daemon *d, struct client *cl)
{
	ssize_t n = read(cl->fd, cl->line + cl->n, sizeof(cl->line) - 1 -
	    cl->n);
	char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return;
	}
	if (n < 0) {
		drop(cl);
		return;
	}
	cl->n += (size_t)n;
	cl->line[cl->n] = '\0';
	end = memchr(cl->line, '\n', cl->n);
	if (end != NULL) {
		*end = '\0';
	} else if (n > 0 && cl->n < sizeof(cl->line) - 1) {
		return;			/* more to come */
	}
	run_line(d, cl);
}

size_t
control_poll_fill(struct daemon *d, struct pollfd *p)
{
	struct control *c = d->control;
	size_t n = 0;

	p[n++] = (struct pollfd){ d->control_fd, POLLIN, 0 };
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		if (c->v[i].fd >= 0 && c->v[i].waits == 0) {
			p[n++] = (struct pollfd){ c->v[i].fd, POLLIN, 0 };
		}
	}
	return n;
}

static struct client *
client_of(struct control *c, int fd)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		if (c->v[i].fd == fd && c->v[i].waits == 0) {
			return &c->v[i];
		}
	}
	return NULL;
}

void
control_poll_done(struct daemon *d, const struct pollfd *p, size_t n)
{
	struct control *c = d->control;

	for (size_t i = 1; i < n; i++) {
		struct client *cl = client_of(c, p[i].fd);

		if (cl != NULL && p[i].revents != 0) {
			read_line(d, cl);
		} else if (cl != NULL && clock_mono() > cl->until) {
			drop(cl);
		}
	}
	if (p[0].revents != 0) {
		take_connection(d);
	}
}

void
control_reloaded(struct daemon *d, const char *text)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *cl = &d->control->v[i];

		if (cl->fd >= 0 && cl->waits == 1) {
			answer(cl, slice_cstr(text));
		} else if (cl->waits == 2) {
			cl->waits = 1;
		}
	}
}

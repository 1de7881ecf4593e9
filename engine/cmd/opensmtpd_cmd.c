/*
 * opensmtpd_cmd.c - tare opensmtpd: a filter program for OpenSMTPD.
 *
 * smtpd starts it, writes a line for each thing that happens, and reads our
 * decisions; the protocol is opensmtpd_session.c.  Runs until smtpd closes its
 * end, whatever a message says.  A line that is not the protocol ends it, with
 * the line on standard error: smtpd stops, too, rather than send mail past it.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/opensmtpd.h"

#define WHERE "127.0.0.1:783"
#define TIMEOUT 240.0		/* an SMTP client waits 600 s (RFC 5321) */

struct reader {
	struct opensmtpd o;
	struct event *ev;
	struct buf in;
	int status;
};

/* Whole lines of what was read; the rest stays. */
static int
take_lines(struct reader *r)
{
	struct slice rest = buf_slice(&r->in);
	ptrdiff_t end;

	while ((end = slice_chr(rest, '\n', 0)) >= 0) {
		struct slice line = slice_sub(rest, 0, (size_t)end);

		if (opensmtpd_line(&r->o, line) != 0) {
			cmd_warn("smtpd sent what is not its filter protocol "
			    "(0.5 or later): %.*s", SLICE_FMT(line));
			return -1;
		}
		rest = slice_sub(rest, (size_t)end + 1, rest.n);
	}
	memmove(r->in.p, rest.p, rest.n);
	r->in.n = rest.n;
	return rest.n > LIMIT_SMTPD_LINE ? -1 : 0;
}

static void
on_stdin(evutil_socket_t fd, short what, void *arg)
{
	struct reader *r = arg;
	ssize_t n;

	buf_reserve(&r->in, 65536);
	n = read(fd, r->in.p + r->in.n, 65536);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0) {
		r->in.n += (size_t)n;
		if (take_lines(r) == 0)
			return;
		r->status = ERR_DATA;
	}
	event_base_loopbreak(r->o.base);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	opensmtpd_flush(arg);
}

static void
run_loop(struct reader *r)
{
	struct opensmtpd *o = &r->o;

	fd_nonblock(STDIN_FILENO);
	fd_nonblock(STDOUT_FILENO);
	buf_init(&r->in, NULL);
	buf_init(&o->out, NULL);
	o->base = event_base_new();
	if (o->base == NULL)
		DIE("libevent does not work");
	r->ev = event_new(o->base, STDIN_FILENO, EV_READ | EV_PERSIST,
	    on_stdin, r);
	o->writable = event_new(o->base, STDOUT_FILENO, EV_WRITE,
	    on_writable, o);
	if (r->ev == NULL || o->writable == NULL || event_add(r->ev, NULL) != 0)
		DIE("libevent does not work");
	event_base_dispatch(o->base);
	opensmtpd_end(o);
	event_free(r->ev);
	event_free(o->writable);
	event_base_free(o->base);
	buf_free(&r->in);
}

static int
take_number(const char *name, const char *text, double *n_r)
{
	if (text == NULL)
		return 0;
	if (slice_to_double(slice_cstr(text), n_r) != 0 || !(*n_r > 0)) {
		cmd_warn("--%s: \"%s\" is not a number above 0", name, text);
		return -1;
	}
	return 0;
}

static int
run_opensmtpd(struct cmd_options *co, int argc, char **argv)
{
	const char *where = WHERE, *reject = NULL, *timeout = NULL;
	const char *passthrough = NULL;
	const struct cmd_own own[] = {
		{ "connect", "WHERE", &where,
		    "tared: unix path or address:port [" WHERE "]" },
		{ "reject", "SCORE", &reject,
		    "refuse mail of this score and above [never]" },
		{ "passthrough", NULL, &passthrough,
		    "let mail pass that could not be scanned [refuse: 451]" },
		{ "timeout", "SECONDS", &timeout, "for one scan [240]" },
		{ NULL, NULL, NULL, NULL }
	};
	struct reader r = { .o = { .timeout = TIMEOUT } };
	int rc = cmd_parse(co, &cmd_opensmtpd, own, argc, argv);

	if (rc != 0)
		return rc < 0 ? ERR_USAGE : 0;
	if (take_number("reject", reject, &r.o.reject) != 0 ||
	    take_number("timeout", timeout, &r.o.timeout) != 0)
		return ERR_USAGE;
	if (exchange_where(&r.o, where) != 0) {
		cmd_warn("--connect: \"%s\" is not a unix path or "
		    "address:port", where);
		return ERR_USAGE;
	}
	r.o.passthrough = passthrough != NULL;
	signal(SIGPIPE, SIG_IGN);
	run_loop(&r);
	return r.status;
}

const struct subcommand cmd_opensmtpd = { "opensmtpd", "[OPTION…]",
	"be a filter of OpenSMTPD (smtpd starts it)", run_opensmtpd };

/*
 * tarec_output.c - write what spamc would write, once, and choose the status.
 *
 * All output of a run goes through one sink: stdout, or the command of -e.
 * A write that fails is a message that was not delivered: 75, whatever else
 * happened, so that no pipe believes a cut message (protocol.md 6.1).  The
 * command of -e is started when its whole input is in a file: spamc starts it
 * first, and a sendmail takes what it has got for a message when spamc dies.
 */
#include "config.h"

#include "cmd/tarec.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fdio.h"

struct sink {
	int fd;
	char **command;		/* NULL: stdout */
	bool failed;
};

/* A command's input is a file: it never sees the first part of a message. */
static void
sink_open(struct sink *s, const struct tarec_options *opt)
{
	FILE *spool;

	*s = (struct sink){ .fd = STDOUT_FILENO, .command = opt->command };
	if (opt->command == NULL) {
		return;
	}
	spool = tmpfile();
	s->failed = spool == NULL;
	s->fd = s->failed ? -1 : fileno(spool);
}

static void
sink_write(struct sink *s, struct slice bytes)
{
	if (!s->failed && fd_write_all(s->fd, bytes.p, bytes.n) != 0) {
		s->failed = true;
	}
}

/* Copy what stdin still holds of a message that is too big to keep. */
static void
sink_copy_stdin(struct sink *s)
{
	char piece[65536];
	ssize_t n;

	while ((n = read(STDIN_FILENO, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			s->failed = true;
			return;
		}
		sink_write(s, slice_make(piece, (size_t)n));
	}
}

/* Become the command, which reads what was written; returns if it cannot. */
static int
run_command(const struct sink *s)
{
	if (lseek(s->fd, 0, SEEK_SET) != 0 ||
	    dup2(s->fd, STDIN_FILENO) < 0 || close(s->fd) != 0) {
		return ERR_TEMP;
	}
	signal(SIGPIPE, SIG_DFL);
	execvp(s->command[0], s->command);
	return ERR_OS;
}

/* The final status: 75 for lost output, a command's own, else status. */
static int
sink_close(struct sink *s, int status)
{
	if (s->failed) {
		return ERR_TEMP;
	}
	if (s->command != NULL) {
		return run_command(s);
	}
	/* some file systems report a full disk only now */
	return close(s->fd) != 0 && errno != EBADF ? ERR_TEMP : status;
}

static void
write_message(struct arena *a, struct sink *s,
    const struct tarec_options *opt, const struct tarec_input *in,
    struct slice message)
{
	sink_write(s, in->pre);
	sink_write(s, opt->bsmtp ? tarec_dot_stuff(a, message) : message);
	sink_write(s, in->post);
}

static void
write_filtered(struct arena *a, struct sink *s,
    const struct tarec_options *opt, const struct tarec_input *in,
    const struct wire_answer *ans)
{
	struct slice parts[2] = { ans->body, { NULL, 0 } };

	if (opt->mode == TAREC_HEADERS) {
		parts[1] = slice_sub(in->message,
		    tarec_header_length(in->message), in->message.n);
	}
	if (in->part != NULL) {
		parts[0] = tarec_add_header(a, parts[0], "X-Tare-Partial",
		    in->part);
	}
	write_message(a, s, opt, in,
	    arena_join(a, parts, 2, slice_make(NULL, 0)));
}

/* As numbers again: a server may send "-0.0" or two decimals. */
static struct slice
score_line(struct arena *a, const struct wire_answer *ans)
{
	double score = fabs(ans->score) < 0.05 ? 0.0 : ans->score;

	return slice_cstr(arena_printf(a, "%.1f/%.1f\n", score,
	    ans->required));
}

static struct slice
told(const struct tarec_options *opt, const struct wire_answer *ans)
{
	const struct wire_targets *t = opt->tell->removes ?
	    &ans->did_remove : &ans->did_set;
	bool did = opt->mode == TAREC_LEARN ? t->local : t->remote;

	if (opt->mode == TAREC_LEARN) {
		return did ? SLICE("Message successfully un/learned\n") :
		    SLICE("Message was already un/learned\n");
	}
	return did ? SLICE("Message successfully reported/revoked\n") :
	    SLICE("Unable to report/revoke message\n");
}

int
tarec_output_answer(struct arena *a, const struct tarec_options *opt,
    const struct tarec_input *in, const struct wire_answer *ans)
{
	int spam = ans->spam ? TAREC_SPAM : 0;
	int status = opt->exit_code ? spam : 0;
	struct sink s;

	sink_open(&s, opt);
	switch (opt->mode) {
	case TAREC_CHECK:
		sink_write(&s, score_line(a, ans));
		status = spam;
		break;
	case TAREC_REPORT:
		sink_write(&s, score_line(a, ans));
		sink_write(&s, ans->body);
		break;
	case TAREC_TESTS:
		sink_write(&s, ans->body);
		break;
	case TAREC_REPORT_IFSPAM:
		/* spamc does not take "Yes" for spam: always 0 (5.1) */
		sink_write(&s, ans->body);
		status = 0;
		break;
	case TAREC_PING:
		sink_write(&s, slice_cstr(arena_printf(a, "SPAMD/%.1f %d\n",
		    ans->version, ans->code)));
		status = 0;
		break;
	case TAREC_LEARN:
	case TAREC_COLLAB:
		sink_write(&s, told(opt, ans));
		status = 0;
		break;
	default:
		write_filtered(a, &s, opt, in, ans);
		break;
	}
	return sink_close(&s, status);
}

/* Does this failure end the run without the message? */
static bool
is_final(const struct tarec_options *opt, int status)
{
	if (opt->mode == TAREC_LEARN || opt->mode == TAREC_PING) {
		return true;
	}
	return (opt->no_fallback || opt->tempfail) && status != TAREC_TOOBIG;
}

/* The message as it came; with --mark, it says why. */
static void
write_unscanned(struct arena *a, struct sink *s,
    const struct tarec_options *opt, const struct tarec_input *in,
    const char *why)
{
	struct slice envelope = slice_sub(in->raw, 0, in->pre.n);
	struct slice rest = slice_sub(in->raw, in->pre.n, in->raw.n);

	sink_write(s, envelope);
	sink_write(s, opt->mark && rest.n > 0 ? tarec_add_header(a, rest,
	    "X-Tare-Error", arena_printf(a, "not scanned: %s", why)) : rest);
	if (in->cut) {
		sink_copy_stdin(s);
	}
}

int
tarec_output_failure(struct arena *a, const struct tarec_options *opt,
    const struct tarec_input *in, int status, const char *why)
{
	bool final = is_final(opt, status);
	struct sink s;

	/* no command is started for a message it will not get */
	if (final && opt->command != NULL) {
		return status;
	}
	sink_open(&s, opt);
	switch (opt->mode) {
	case TAREC_CHECK:
	case TAREC_REPORT:
	case TAREC_REPORT_IFSPAM:
		sink_write(&s, SLICE("0/0\n"));
		break;
	case TAREC_TESTS:
		sink_write(&s, SLICE("\n"));
		break;
	default:
		if (!final) {
			write_unscanned(a, &s, opt, in, why);
		}
		break;
	}
	return sink_close(&s, final ? status : 0);
}

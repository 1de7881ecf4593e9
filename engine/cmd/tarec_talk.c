/*
 * tarec_talk.c - one exchange with the daemon: send all, read all, parse.
 *
 * Sending and receiving overlap: a server that refuses a large message
 * answers before it was read, and its answer must not be lost in a broken
 * pipe.  The reply is read to end of file under one deadline, then parsed;
 * what spamc demands of a reply is demanded here (protocol.md 5.2): a length,
 * exactly that many bytes, and a verdict.
 */
#include "config.h"

#include "cmd/tarec.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"

static const enum wire_verb verb_of[] = {
	[TAREC_FILTER] = WIRE_PROCESS,
	[TAREC_CHECK] = WIRE_CHECK,
	[TAREC_TESTS] = WIRE_SYMBOLS,
	[TAREC_REPORT] = WIRE_REPORT,
	[TAREC_REPORT_IFSPAM] = WIRE_REPORT_IFSPAM,
	[TAREC_HEADERS] = WIRE_HEADERS,
	[TAREC_PING] = WIRE_PING,
	[TAREC_LEARN] = WIRE_TELL,
	[TAREC_COLLAB] = WIRE_TELL,
};

static struct slice
make_request(struct arena *a, const struct tarec_options *opt,
    struct slice message)
{
	const char *tell = opt->tell != NULL ? opt->tell->headers : "";
	enum wire_verb verb = verb_of[opt->mode];
	struct slice none = { NULL, 0 };

	if (verb == WIRE_PING) {
		return wire_request_bytes(a, verb, none, none, none);
	}
	if (opt->compress) {
		message = wire_pack(a, message);
	}
	return wire_request_bytes(a, verb, slice_cstr(opt->user),
	    slice_cstr(arena_printf(a, "%s%s", tell,
	    opt->compress ? "Compress: zlib\r\n" : "")), message);
}

/* 1: all sent (or the server will not take more), 0: more later. */
static int
send_some(int fd, struct slice *out)
{
	while (out->n > 0) {
		ssize_t n = send(fd, out->p, out->n, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			return 0;
		}
		if (n < 0) {
			out->n = 0;
			break;
		}
		*out = slice_sub(*out, (size_t)n, out->n);
	}
	shutdown(fd, SHUT_WR);
	return 1;
}

/* 1: end of file, 0: more later, -1: errno. */
static int
receive_some(int fd, struct buf *in)
{
	char piece[16384];

	for (;;) {
		ssize_t n = recv(fd, piece, sizeof(piece), 0);

		if (n == 0) {
			return 1;
		}
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return errno == EAGAIN || errno == EWOULDBLOCK ? 0 :
			    -1;
		}
		if (in->n + (size_t)n > LIMIT_REPLY_BYTES) {
			errno = EFBIG;
			return -1;
		}
		buf_add(in, piece, (size_t)n);
	}
}

static int
exchange(int fd, struct slice request, double timeout, struct buf *in,
    struct err *e)
{
	double deadline = tarec_deadline(timeout);
	bool sent = false;

	for (;;) {
		int events, rc;

		if (!sent) {
			sent = send_some(fd, &request) == 1;
		}
		events = tarec_wait(fd, sent ? POLLIN : POLLIN | POLLOUT,
		    deadline);
		if (events == 0) {
			return err_set(e, ERR_IO,
			    "no whole reply within %.0f seconds", timeout);
		}
		rc = events < 0 ? -1 : receive_some(fd, in);
		if (rc > 0) {
			return 0;
		}
		/* a reset after the whole reply is the reply */
		if (rc < 0 && errno == ECONNRESET && in->n > 0) {
			return 0;
		}
		if (rc < 0) {
			return err_errno(e, ERR_IO, "cannot read the reply");
		}
	}
}

/* What this mode needs besides a reply that parses. */
static int
check_answer(const struct tarec_options *opt, const struct wire_answer *ans,
    struct err *e)
{
	enum wire_verb verb = verb_of[opt->mode];

	if (ans->pong != (verb == WIRE_PING)) {
		return err_set(e, ERR_IO, "the server said: %d %.*s",
		    ans->code, SLICE_FMT(ans->text));
	}
	if (verb == WIRE_PING || verb == WIRE_TELL) {
		return 0;
	}
	if (!ans->has_spam) {
		return err_set(e, ERR_PROTOCOL, "reply without a verdict");
	}
	if (verb != WIRE_CHECK && !ans->has_length) {
		return err_set(e, ERR_PROTOCOL, "reply without a length");
	}
	return 0;
}

static int
attempt(struct arena *a, const struct tarec_options *opt,
    struct slice request, struct wire_answer *ans_r, struct err *e)
{
	struct buf in;
	int fd = tarec_connect(opt, e);
	int rc;

	if (fd < 0) {
		return -1;
	}
	buf_init(&in, a);
	rc = exchange(fd, request, opt->timeout, &in, e);
	close(fd);
	if (rc != 0) {
		return -1;
	}
	if (wire_answer_parse(buf_slice(&in), ans_r, e) != 0) {
		return -1;
	}
	return check_answer(opt, ans_r, e);
}

int
tarec_talk(struct arena *a, const struct tarec_options *opt,
    struct slice message, struct wire_answer *ans_r, struct err *e)
{
	struct slice request = make_request(a, opt, message);
	struct timespec nap = { (time_t)opt->filter_sleep, 0 };
	int rc;

	for (unsigned i = 0;; i++) {
		rc = attempt(a, opt, request, ans_r, e);
		if (rc == 0 || i + 1 >= opt->filter_retries) {
			return rc;
		}
		nanosleep(&nap, NULL);
	}
}

/*
 * tarec - the client: spamc's options, outputs and exit statuses.
 *
 * One run: options -> input (stdin whole, or too big) -> talk (connect, send,
 * receive all, parse) -> output.  Nothing is written before the reply is
 * complete, so a failure anywhere leaves the message untouched: it is passed
 * through ("safe fallback"), or with -x not at all and the status says why,
 * or with --tempfail the status is 75 (reference/protocol.md 5).
 */
#ifndef CMD_TAREC_H
#define CMD_TAREC_H

#include "base/arena.h"
#include "base/err.h"
#include "wire/wire.h"

enum {			/* exit statuses that enum err_code lacks */
	TAREC_SPAM = 1,
	TAREC_NOHOST = 68,
	TAREC_TOOBIG = 98,
};

/* When several are asked for, the first of this list wins, as in spamc. */
enum tarec_mode {
	TAREC_HELP, TAREC_VERSION, TAREC_LEARN, TAREC_COLLAB, TAREC_CHECK,
	TAREC_REPORT_IFSPAM, TAREC_REPORT, TAREC_TESTS, TAREC_PING,
	TAREC_HEADERS, TAREC_FILTER,
};

/* What -L and -C ask for. */
struct tarec_tell {
	enum tarec_mode mode;
	const char *word, *headers;
	bool removes;		/* done when DidRemove says so, else DidSet */
};

struct tarec_options {
	enum tarec_mode mode;
	const char *hosts;		/* "a,b" */
	const char *port;
	const char *socket;		/* -U, or NULL */
	const char *user;
	const struct tarec_tell *tell;	/* -L and -C, or NULL */
	const char *config;		/* -F */
	char **command;			/* -e, or NULL */
	size_t max_size;
	double timeout, connect_timeout;	/* 0: none */
	unsigned connect_retries, filter_retries;
	double connect_sleep, filter_sleep;
	int family;			/* AF_UNSPEC, AF_INET, AF_INET6 */
	bool shuffle, bsmtp, compress, exit_code, no_fallback,
	    unavailable_tempfail, tempfail, log_stderr, mark, scan_part;
};

/* tarec_options.c: 0, or -1 with ERR_USAGE or ERR_CONFIG in e. */
int tarec_options_parse(struct arena *a, int argc, char **argv,
    struct tarec_options *opt_r, struct err *e);
void tarec_usage(void);

/* What stdin held.  pre and post are the BSMTP envelope, else empty. */
struct tarec_input {
	struct slice raw;		/* all that was read */
	struct slice pre, message, post;
	bool too_big;			/* more than -s */
	bool cut;			/* stdin may hold more than raw */
	const char *part;		/* what of it was scanned, or NULL */
};
/* tarec_input.c */
int tarec_input_read(struct arena *a, const struct tarec_options *opt,
    struct tarec_input *in_r, struct err *e);
/* Double a leading dot, end with a newline: back into a BSMTP envelope. */
struct slice tarec_dot_stuff(struct arena *a, struct slice message);

/* tarec_part.c: one line more, in the message's own line-end style. */
struct slice tarec_add_header(struct arena *a, struct slice message,
    const char *name, const char *value);
/* Head and tail of a message over the limit; what_r says so. */
struct slice tarec_sample(struct arena *a, const struct tarec_options *opt,
    struct slice message, const char **what_r);
/* Up to and with the blank line; all of it when there is none. */
size_t tarec_header_length(struct slice message);
/*
 * Is that still the header of this message?  A server with report_safe 1
 * answers HEADERS with that of another one, which its body does not fit.
 */
bool tarec_header_fits(struct slice header, struct slice message);

/* tarec_connect.c: a connected socket, or -1; e->code is the exit status. */
int tarec_connect(const struct tarec_options *opt, struct err *e);
/* Monotonic time when something that may take `seconds` is over; 0: never. */
double tarec_deadline(double seconds);
/* poll(2) until events or the deadline: revents, 0 when over, -1 errno. */
int tarec_wait(int fd, short events, double deadline);

/* tarec_talk.c: one exchange with retries; 0, or -1 with the exit status. */
int tarec_talk(struct arena *a, const struct tarec_options *opt,
    struct slice message, struct wire_answer *ans_r, struct err *e);

/* tarec_output.c: both write what spamc would and return the exit status. */
int tarec_output_answer(struct arena *a, const struct tarec_options *opt,
    const struct tarec_input *in, const struct wire_answer *ans);
int tarec_output_failure(struct arena *a, const struct tarec_options *opt,
    const struct tarec_input *in, int status, const char *why);

#endif

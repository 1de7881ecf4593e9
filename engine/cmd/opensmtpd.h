/*
 * opensmtpd - what the files of `tare opensmtpd` tell each other.
 *
 * opensmtpd_cmd.c reads lines from smtpd and hands them to
 * opensmtpd_session.c, which holds a message until it is complete and gives it
 * to opensmtpd_scan.c; the scan calls back with the marked message.
 */
#ifndef CMD_OPENSMTPD_H
#define CMD_OPENSMTPD_H

#include <event2/event.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "wire/wire.h"

struct opensmtpd {
	struct event_base *base;
	struct sockaddr_storage where;	/* tared */
	int where_size;
	double timeout;			/* seconds for a whole scan */
	double reject;			/* this score and above; <= 0: none */
	bool passthrough;		/* not scanned: let it pass */
	struct session *sessions;
	struct buf out;			/* lines for smtpd */
	size_t written;			/* of out */
	struct event *writable;		/* when smtpd reads again */
};

/* ---- opensmtpd_session.c ---- */
/* One line of smtpd, without its newline.  -1: not the protocol we know. */
int opensmtpd_line(struct opensmtpd *o, struct slice line);
void opensmtpd_end(struct opensmtpd *o);	/* forget all sessions */
/* Write out to smtpd; what it does not take now goes later. */
void opensmtpd_flush(struct opensmtpd *o);

/* ---- opensmtpd_scan.c ---- */
struct exchange;
/* tared is at this unix path (with a '/'), address, address:port or
 * [v6]:port.  -1: it is none of these. */
int exchange_where(struct opensmtpd *o, const char *where);
/* ans NULL: no answer, and why. */
typedef void exchange_fn(const struct wire_answer *ans, const char *why,
    void *arg);
/*
 * Have a message scanned (PROCESS).  fn is called once, from the loop and
 * never before this returns, unless exchange_free comes first.
 */
struct exchange *exchange_start(struct opensmtpd *o, struct slice message,
    exchange_fn *fn, void *arg);
void exchange_free(struct exchange **x);

#endif

/*
 * reply.c - verdict to the exact bytes of spamd's replies.
 *
 * Clients parse these replies with fixed line numbers, single blanks and
 * fixed letter case (reference/protocol.md 1.2, 2.1 and 7), so nothing may be
 * added before version 1.3, and nothing before "Spam:" ever.  The rows of
 * that table are three shapes, chosen by verb and version:
 *
 *   CHECK                 status, Spam, blank
 *   text verbs  < 1.3     status, Spam, blank, text (SYMBOLS ends in CRLF)
 *              >= 1.3     status, Content-length, Spam, blank, text
 *   messages    < 1.2     "SPAMD/1.0 0 EX_OK" and the message at once
 *               < 1.3     status, Content-length, blank, message
 *              >= 1.3     status, Content-length, Spam, blank, message
 *
 * Called by proc/worker once a verdict is complete: the whole reply is made
 * before its first byte is sent.  wire_request_bytes is the other direction,
 * for tarec.
 */
#include "config.h"

#include "wire/wire-priv.h"

#include <math.h>

#include "base/limits.h"

#define ERROR_TEXT_MAX	300

static const char status_ok[] = "SPAMD/1.1 0 EX_OK\r\n";

/* "-0.0" can come out of rounding; no client expects it. */
static double
without_minus_zero(double v)
{
	return fabs(v) < 0.05 ? 0.0 : v;
}

static void
add_spam_line(struct buf *b, const struct wire_request *rq,
    const struct wire_reply *rp)
{
	/* REPORT_IFSPAM says Yes and No; spamc and others rely on it */
	bool ifspam = rq->verb == WIRE_REPORT_IFSPAM;
	const char *word = rp->spam ? (ifspam ? "Yes" : "True") :
	    (ifspam ? "No" : "False");

	buf_addf(b, "Spam: %s ; %.1f / %.1f\r\n", word,
	    without_minus_zero(rp->score), without_minus_zero(rp->required));
}

/* Up to and with the first blank line, in the message's own line ends. */
static struct slice
header_part(struct slice message)
{
	struct slice rest = message, line;

	while (slice_line(&rest, &line)) {
		if (slice_eq(line, SLICE("\n")) ||
		    slice_eq(line, SLICE("\r\n"))) {
			return slice_sub(message, 0,
			    (size_t)(line.p - message.p) + line.n);
		}
	}
	return message;
}

static void
add_message(struct buf *b, const struct wire_request *rq,
    const struct wire_reply *rp)
{
	struct slice message = rq->verb == WIRE_HEADERS ?
	    header_part(rp->body) : rp->body;

	if (rq->version < 1.2) {
		buf_adds(b, "SPAMD/1.0 0 EX_OK\r\n");
		buf_add_slice(b, message);
		return;
	}
	buf_adds(b, status_ok);
	buf_addf(b, "Content-length: %zu\r\n", message.n);
	if (rq->version >= 1.3) {
		add_spam_line(b, rq, rp);
	}
	buf_adds(b, "\r\n");
	buf_add_slice(b, message);
}

static void
add_text(struct buf *b, const struct wire_request *rq,
    const struct wire_reply *rp)
{
	struct slice text = rp->body;
	bool old = rq->version < 1.3;

	if (rq->verb == WIRE_REPORT_IFSPAM && !rp->spam) {
		text.n = 0;
	}
	if (rq->verb != WIRE_SYMBOLS && text.n > LIMIT_REPORT_BYTES) {
		text.n = LIMIT_REPORT_BYTES;
	}
	buf_adds(b, status_ok);
	if (!old) {
		buf_addf(b, "Content-length: %zu\r\n", text.n);
	}
	add_spam_line(b, rq, rp);
	buf_adds(b, "\r\n");
	buf_add_slice(b, text);
	if (old && rq->verb == WIRE_SYMBOLS) {
		buf_adds(b, "\r\n");
	}
}

struct slice
wire_reply_bytes(struct arena *a, const struct wire_request *rq,
    const struct wire_reply *rp)
{
	struct buf b;

	buf_init(&b, a);
	switch (rq->verb) {
	case WIRE_PROCESS:
	case WIRE_HEADERS:
		buf_reserve(&b, rp->body.n + 200);
		add_message(&b, rq, rp);
		break;
	case WIRE_PING:
		buf_adds(&b, "SPAMD/1.5 0 PONG\r\n");
		break;
	case WIRE_SKIP:
		break;
	case WIRE_CHECK:
		buf_adds(&b, status_ok);
		add_spam_line(&b, rq, rp);
		buf_adds(&b, "\r\n");
		break;
	default:
		add_text(&b, rq, rp);
		break;
	}
	return buf_slice(&b);
}

struct slice
wire_reply_error(struct arena *a, int code, const char *text)
{
	struct buf b;

	buf_init(&b, a);
	buf_addf(&b, "SPAMD/1.0 %d ", code);
	/* The text may quote the client: it must stay one line, for readers
	 * that take U+2028 or NEL for a line's end, too. */
	for (size_t i = 0; text[i] != '\0' && i < ERROR_TEXT_MAX; i++) {
		unsigned char c = (unsigned char)text[i];

		buf_addc(&b, c < 0x20 || c >= 0x7f ? '?' : (char)c);
	}
	buf_adds(&b, "\r\n");
	return buf_slice(&b);
}

static void
add_targets(struct buf *b, const char *name, struct wire_targets t)
{
	if (t.local || t.remote) {
		buf_addf(b, "%s: %s%s%s\r\n", name, t.local ? "local" : "",
		    t.local && t.remote ? "," : "", t.remote ? "remote" : "");
	}
}

struct slice
wire_reply_tell(struct arena *a, struct wire_targets did_set,
    struct wire_targets did_remove)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, status_ok);
	add_targets(&b, "DidSet", did_set);
	add_targets(&b, "DidRemove", did_remove);
	/* one blank line more than expected, as spamd (2.1) */
	buf_adds(&b, "\r\n\r\n");
	return buf_slice(&b);
}

struct slice
wire_request_bytes(struct arena *a, enum wire_verb verb, struct slice user,
    struct slice extra_headers, struct slice body)
{
	struct buf b;

	buf_init(&b, a);
	buf_reserve(&b, body.n + extra_headers.n + user.n + 100);
	buf_addf(&b, "%s SPAMC/1.5\r\n", wire_verb_name(verb));
	if (user.n > 0) {
		buf_addf(&b, "User: %.*s\r\n", SLICE_FMT(user));
	}
	buf_add_slice(&b, extra_headers);
	if (verb != WIRE_PING && verb != WIRE_SKIP) {
		buf_addf(&b, "Content-length: %zu\r\n", body.n);
	}
	buf_adds(&b, "\r\n");
	buf_add_slice(&b, body);
	return buf_slice(&b);
}

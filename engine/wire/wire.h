/*
 * wire - the spamd protocol, bytes to request and reply to bytes; no sockets.
 *
 * Push parser: feed what arrived, in any pieces.  reference/protocol.md
 * section 1 and 2 are the specification; a client's quirk that is accepted,
 * and spamd's laxness that is not, is named where it is decided.
 */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum wire_verb {
	WIRE_CHECK, WIRE_SYMBOLS, WIRE_REPORT, WIRE_REPORT_IFSPAM,
	WIRE_PROCESS, WIRE_HEADERS, WIRE_TELL, WIRE_PING, WIRE_SKIP,
	WIRE_VERBS
};
const char *wire_verb_name(enum wire_verb v);

/* Whom a TELL is for: our own statistics, or services elsewhere. */
struct wire_targets {
	bool local, remote;
};

struct wire_request {
	enum wire_verb verb;
	double version;			/* 1.5; garbage counts as 1.0 */
	bool has_length;
	size_t length;			/* Content-length: bytes as sent */
	bool zlib;
	struct slice user;		/* untrusted label, or empty */
	struct slice message_class;	/* TELL */
	struct wire_targets set, remove;	/* TELL */
	struct slice body;		/* inflated; valid once complete */
};

enum wire_state { WIRE_MORE, WIRE_DONE, WIRE_FAILED };

struct wire_parser;
/*
 * limit: largest body taken (inflated, too).  tell: TELL is understood; else
 * it is refused after its headers, as spamd without --allow-tell does.
 */
struct wire_parser *wire_parser_new(struct arena *a, size_t limit, bool tell);
/*
 * n == 0 means end of file.  WIRE_DONE: the request is complete;
 * WIRE_FAILED: wire_error() is the whole reply to send.
 */
enum wire_state wire_feed(struct wire_parser *p, const void *bytes, size_t n);
const struct wire_request *wire_request(const struct wire_parser *p);
struct slice wire_error(const struct wire_parser *p);
/* Has the header part been read (for per-phase deadlines)? */
bool wire_in_body(const struct wire_parser *p);

/* What a reply says; body is the report, symbols, or message. */
struct wire_reply {
	bool spam;
	double score, required;
	struct slice body;
};
/* The exact bytes for that request's verb and version (2.1). */
struct slice wire_reply_bytes(struct arena *a, const struct wire_request *rq,
    const struct wire_reply *rp);
/* "SPAMD/1.0 CODE text\r\n" */
struct slice wire_reply_error(struct arena *a, int code, const char *text);
struct slice wire_reply_tell(struct arena *a, struct wire_targets did_set,
    struct wire_targets did_remove);

/* ---- the client side, for tarec ---- */
/* extra_headers: whole lines with CRLF, or empty. */
struct slice wire_request_bytes(struct arena *a, enum wire_verb verb,
    struct slice user, struct slice extra_headers, struct slice body);
/* The body as a zlib stream, for a request with "Compress: zlib". */
struct slice wire_pack(struct arena *a, struct slice body);
struct wire_answer {
	double version;
	int code;
	struct slice text;
	bool has_spam, spam;
	double score, required;
	struct slice header;		/* all header lines */
	bool has_length;
	struct slice body;
	struct wire_targets did_set, did_remove;	/* TELL */
	bool pong;			/* PING's, which has no blank line */
};
/*
 * The complete reply as read to EOF; slices point into it.
 * 0, or -1: ERR_PROTOCOL (not spamd's protocol, or not all of it), ERR_IO
 * (nothing, or an error line only).  What was read stays in *ans_r.
 */
int wire_answer_parse(struct slice bytes, struct wire_answer *ans_r,
    struct err *e);

#endif

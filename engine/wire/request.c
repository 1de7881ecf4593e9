/*
 * request.c - a push parser for what a client sends.
 *
 * A request is one line "VERB SPAMC/version", header lines and a blank line
 * (not before version 1.1), and a body that ends after Content-length bytes,
 * at the end of its zlib stream, or at end of file.  Pieces may be of any
 * size; the parser copies, so the caller's buffer may go.
 *
 * Called by proc/ (a connection) and by the fuzzer.  reference/protocol.md
 * section 1 is the specification.  Where tare differs from spamd on purpose:
 *   - the first line is anchored: "XXCHECK SPAMC/1.5" is an error;
 *   - lines may end in LF alone;
 *   - exactly N body bytes are taken, not lines until N is reached;
 *   - a zlib body ends where its stream ends, and has caps.
 *
 * Invariants: after DONE or FAILED further bytes are ignored.  A body shorter
 * than its Content-length is FAILED, never a short message.  Memory grows
 * with the bytes that arrived, not with what Content-length promises.
 */
#include "config.h"

#include "wire/wire-priv.h"

#include <math.h>
#include <string.h>

#include "base/limits.h"

#define VERSION_MAX	8	/* digits of a version; "1.5" is all there is */

enum phase { PHASE_VERB, PHASE_HEADERS, PHASE_BODY };

struct wire_parser {
	struct arena *arena;
	size_t limit;
	bool tell;
	enum phase phase;
	enum wire_state state;
	struct buf line;		/* heap: the line so far */
	struct buf body;		/* heap: the message so far */
	size_t taken;			/* body bytes as sent */
	unsigned n_headers;
	struct inflater *inflater;
	struct wire_request rq;
	struct slice error;
};

static const struct {
	const char *name;
	bool has_body;
} verbs[WIRE_VERBS] = {
	[WIRE_CHECK] = { "CHECK", true },
	[WIRE_SYMBOLS] = { "SYMBOLS", true },
	[WIRE_REPORT] = { "REPORT", true },
	[WIRE_REPORT_IFSPAM] = { "REPORT_IFSPAM", true },
	[WIRE_PROCESS] = { "PROCESS", true },
	[WIRE_HEADERS] = { "HEADERS", true },
	[WIRE_TELL] = { "TELL", true },
	[WIRE_PING] = { "PING", false },
	[WIRE_SKIP] = { "SKIP", false },
};

const char *
wire_verb_name(enum wire_verb v)
{
	return (unsigned)v < WIRE_VERBS ? verbs[v].name : "?";
}

static void
free_buffers(void *arg)
{
	struct wire_parser *p = arg;

	buf_free(&p->line);
	buf_free(&p->body);
}

struct wire_parser *
wire_parser_new(struct arena *a, size_t limit, bool tell)
{
	struct wire_parser *p = arena_alloc(a, sizeof(*p));

	p->arena = a;
	p->limit = limit;
	p->tell = tell;
	p->state = WIRE_MORE;
	p->rq.version = 1.0;
	buf_init(&p->line, NULL);
	buf_init(&p->body, NULL);
	arena_defer(a, free_buffers, p);
	return p;
}

const struct wire_request *
wire_request(const struct wire_parser *p)
{
	return &p->rq;
}

struct slice
wire_error(const struct wire_parser *p)
{
	return p->error;
}

bool
wire_in_body(const struct wire_parser *p)
{
	return p->phase == PHASE_BODY;
}

static enum wire_state
fail(struct wire_parser *p, int code, const char *prefix, const char *why)
{
	p->error = wire_reply_error(p->arena, code,
	    arena_printf(p->arena, "%s%s", prefix, why));
	return p->state = WIRE_FAILED;
}

static enum wire_state
fail_protocol(struct wire_parser *p, const char *why)
{
	return fail(p, WIRE_EX_PROTOCOL, "Bad header line: ", why);
}

static enum wire_state
fail_unavailable(struct wire_parser *p, const char *why)
{
	return fail(p, WIRE_EX_UNAVAILABLE, "Service Unavailable: ", why);
}

static enum wire_state
fail_too_big(struct wire_parser *p)
{
	return fail_unavailable(p, arena_printf(p->arena,
	    "message is larger than the limit of %zu bytes", p->limit));
}

static enum wire_state
fail_no_end(struct wire_parser *p)
{
	return fail_unavailable(p, "zlib: failed to find end of zlib stream");
}

static enum wire_state
complete(struct wire_parser *p)
{
	p->rq.body = buf_slice(&p->body);
	return p->state = WIRE_DONE;
}

/* ---- the first line ---- */

/*
 * spamd compares the version as a number: what follows the digits does not
 * count (a Java client sends a blank there), and what begins with none is
 * less than 1.0.
 */
static double
version_number(struct slice s)
{
	size_t n = 0, dots = 0;
	double v;

	s = slice_trim_left(s);
	while (n < s.n && (ascii_isdigit((unsigned char)s.p[n]) ||
	    (s.p[n] == '.' && dots++ == 0))) {
		n++;
	}
	s = slice_sub(s, 0, n);
	if (n == 0 || n > VERSION_MAX || slice_to_double(s, &v) != 0 ||
	    !isfinite(v) || v < 1.0) {
		return 1.0;
	}
	return v;
}

static bool
verb_find(struct slice word, enum wire_verb *verb_r)
{
	for (unsigned i = 0; i < WIRE_VERBS; i++) {
		if (slice_eq_cstr(word, verbs[i].name)) {
			*verb_r = (enum wire_verb)i;
			return true;
		}
	}
	return false;
}

/* Headers are there from 1.1; TELL always has them; PING from 1.5. */
static bool
has_headers(const struct wire_request *rq)
{
	switch (rq->verb) {
	case WIRE_SKIP:
	case WIRE_PING:
		return rq->version >= 1.5;
	case WIRE_TELL:
		return true;
	default:
		return rq->version > 1.0;
	}
}

static enum wire_state
body_begin(struct wire_parser *p)
{
	if (!verbs[p->rq.verb].has_body) {
		return complete(p);
	}
	p->phase = PHASE_BODY;
	if (p->rq.has_length && p->rq.length > p->limit) {
		return fail_too_big(p);
	}
	if (p->rq.zlib) {
		p->inflater = inflater_new(p->arena, p->limit);
	}
	if (p->rq.has_length && p->rq.length == 0) {
		return p->rq.zlib ? fail_no_end(p) : complete(p);
	}
	return WIRE_MORE;
}

static enum wire_state
first_line(struct wire_parser *p, struct slice line)
{
	static const struct slice protocol = { "SPAMC/", 6 };
	ptrdiff_t blank = slice_chr(line, ' ', 0);
	struct slice rest;

	if (blank < 0 || !verb_find(slice_sub(line, 0, (size_t)blank),
	    &p->rq.verb)) {
		return fail_protocol(p, arena_str(p->arena, line));
	}
	rest = slice_sub(line, (size_t)blank + 1, line.n);
	if (!slice_starts(rest, protocol)) {
		return fail_protocol(p, arena_str(p->arena, line));
	}
	p->rq.version = version_number(slice_sub(rest, protocol.n, rest.n));
	if (has_headers(&p->rq)) {
		p->phase = PHASE_HEADERS;
		return WIRE_MORE;
	}
	return body_begin(p);
}

/* ---- header lines ---- */

static enum wire_state
headers_end(struct wire_parser *p)
{
	const char *why = NULL;

	if (p->rq.verb == WIRE_TELL && !p->tell) {
		return fail_unavailable(p, "TELL commands are not enabled: "
		    "there are no statistics to teach");
	}
	why = header_check(&p->rq);
	return why != NULL ? fail_protocol(p, why) : body_begin(p);
}

/* A whole line without its line end. */
static enum wire_state
take_line(struct wire_parser *p, struct slice line)
{
	const char *why;

	if (p->phase == PHASE_VERB) {
		return first_line(p, line);
	}
	if (line.n == 0) {
		return headers_end(p);
	}
	why = header_take(p->arena, &p->rq, line);
	if (why == NULL && ++p->n_headers == LIMIT_WIRE_HEADERS) {
		why = "(too many headers)";
	}
	return why != NULL ? fail_protocol(p, why) : WIRE_MORE;
}

static size_t
feed_line(struct wire_parser *p, const char *bytes, size_t n)
{
	const char *end = memchr(bytes, '\n', n);
	size_t len = end != NULL ? (size_t)(end - bytes) : n;
	struct slice line;

	if (p->line.n + len > LIMIT_WIRE_LINE) {
		fail_protocol(p, "(line too long)");
		return n;
	}
	buf_add(&p->line, bytes, len);
	if (end == NULL) {
		return n;
	}
	line = buf_slice(&p->line);
	if (line.n > 0 && line.p[line.n - 1] == '\r') {
		line.n--;
	}
	p->state = take_line(p, line);
	buf_clear(&p->line);
	return len + 1;
}

/* ---- the body ---- */

static size_t
feed_zlib(struct wire_parser *p, const char *bytes, size_t n)
{
	switch (inflater_feed(p->inflater, bytes, n, &p->body)) {
	case INFLATE_END:
		complete(p);
		break;
	case INFLATE_TOO_BIG:
		fail_unavailable(p, "zlib: stream unpacks to too much");
		break;
	case INFLATE_DAMAGED:
		fail_no_end(p);
		break;
	case INFLATE_MORE:
		if (p->rq.has_length && p->taken == p->rq.length) {
			fail_no_end(p);
		}
		break;
	}
	return n;
}

static size_t
feed_body(struct wire_parser *p, const char *bytes, size_t n)
{
	if (p->rq.has_length && n > p->rq.length - p->taken) {
		n = p->rq.length - p->taken;
	}
	p->taken += n;
	if (p->rq.zlib) {
		return feed_zlib(p, bytes, n);
	}
	if (p->taken > p->limit) {
		fail_too_big(p);
		return n;
	}
	buf_add(&p->body, bytes, n);
	if (p->rq.has_length && p->taken == p->rq.length) {
		complete(p);
	}
	return n;
}

static enum wire_state
end_of_file(struct wire_parser *p)
{
	if (p->phase == PHASE_VERB && p->line.n == 0) {
		return fail_protocol(p, "(closed before headers)");
	}
	if (p->phase == PHASE_VERB) {
		/* "PING SPAMC/1.2" and a half-close: spamd answers that */
		feed_line(p, "\n", 1);
		if (p->state != WIRE_MORE) {
			return p->state;
		}
	}
	if (p->phase != PHASE_BODY) {
		return fail_protocol(p, "(EOF during headers)");
	}
	if (p->rq.zlib) {
		return fail_no_end(p);
	}
	if (p->rq.has_length) {
		return fail_protocol(p, arena_printf(p->arena,
		    "(Content-Length mismatch: Expected %zu bytes, "
		    "got %zu bytes)", p->rq.length, p->taken));
	}
	return complete(p);
}

enum wire_state
wire_feed(struct wire_parser *p, const void *bytes, size_t n)
{
	const char *at = bytes;

	if (p->state != WIRE_MORE) {
		return p->state;
	}
	if (n == 0) {
		return end_of_file(p);
	}
	while (n > 0 && p->state == WIRE_MORE) {
		size_t used = p->phase == PHASE_BODY ?
		    feed_body(p, at, n) : feed_line(p, at, n);

		at += used;
		n -= used;
	}
	return p->state;
}

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
 *   - header names in any letter case (spamd ignores "Content-Length" and
 *     then waits for an end of file that never comes);
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

enum phase { PHASE_VERB, PHASE_HEADERS, PHASE_BODY };

struct wire_parser {
	struct arena *arena;
	size_t limit;
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
wire_parser_new(struct arena *a, size_t limit)
{
	struct wire_parser *p = arena_alloc(a, sizeof(*p));

	p->arena = a;
	p->limit = limit;
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
complete(struct wire_parser *p)
{
	p->rq.body = buf_slice(&p->body);
	return p->state = WIRE_DONE;
}

/* ---- the first line ---- */

/*
 * spamd compares the version as a number, and takes what is not one for less
 * than 1.0; a Java client sends a blank behind it.
 */
static double
version_number(struct slice s)
{
	double v;

	s = slice_trim(s);
	if (s.n == 0 || s.n > 8 || !ascii_isdigit((unsigned char)s.p[0]) ||
	    slice_to_double(s, &v) != 0 || !isfinite(v) || v < 1.0) {
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
	if (p->rq.has_length && p->rq.length == 0 && !p->rq.zlib) {
		return complete(p);
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
header_length(struct wire_parser *p, struct slice value)
{
	size_t n = 0;

	value = slice_trim_right(value);
	if (value.n == 0) {
		return fail_protocol(p,
		    "(Content-Length contains non-numeric bytes)");
	}
	for (size_t i = 0; i < value.n; i++) {
		if (!ascii_isdigit((unsigned char)value.p[i])) {
			return fail_protocol(p,
			    "(Content-Length contains non-numeric bytes)");
		}
		/* saturate: 20 digits are too big, not wrapped */
		if (n < SIZE_MAX / 100) {
			n = n * 10 + (size_t)(value.p[i] - '0');
		}
	}
	p->rq.has_length = true;
	p->rq.length = n;
	return WIRE_MORE;
}

static enum wire_state
header_user(struct wire_parser *p, struct slice value)
{
	for (size_t i = 0; i < value.n; i++) {
		if ((unsigned char)value.p[i] < 0x20) {
			return fail_protocol(p,
			    "(User header contains control chars)");
		}
	}
	p->rq.user = arena_slice(p->arena, value);
	return WIRE_MORE;
}

static enum wire_state
header_compress(struct wire_parser *p, struct slice value)
{
	if (slice_find_nocase(value, SLICE("zlib"), 0) < 0) {
		return fail_protocol(p, arena_printf(p->arena,
		    "(compression type not supported: %.*s)",
		    SLICE_FMT(slice_sub(value, 0, 100))));
	}
	p->rq.zlib = true;
	return WIRE_MORE;
}

static enum wire_state
header_class(struct wire_parser *p, struct slice value)
{
	p->rq.message_class = arena_lower(p->arena, slice_trim(value));
	return WIRE_MORE;
}

/* "local, remote", by token: "nonlocal" is neither. */
static void
targets(struct slice value, bool *local_r, bool *remote_r)
{
	*local_r = *remote_r = false;
	for (size_t i = 0; i < value.n;) {
		size_t from = i;

		while (i < value.n && ascii_isalnum((unsigned char)value.p[i])) {
			i++;
		}
		if (slice_eq_nocase(slice_sub(value, from, i),
		    SLICE("local"))) {
			*local_r = true;
		} else if (slice_eq_nocase(slice_sub(value, from, i),
		    SLICE("remote"))) {
			*remote_r = true;
		}
		if (i == from) {
			i++;
		}
	}
}

static enum wire_state
header_set(struct wire_parser *p, struct slice value)
{
	targets(value, &p->rq.set_local, &p->rq.set_remote);
	return WIRE_MORE;
}

static enum wire_state
header_remove(struct wire_parser *p, struct slice value)
{
	targets(value, &p->rq.remove_local, &p->rq.remove_remote);
	return WIRE_MORE;
}

static const struct {
	const char *name;
	enum wire_state (*take)(struct wire_parser *, struct slice);
} headers[] = {
	{ "Content-length", header_length },
	{ "User", header_user },
	{ "Compress", header_compress },
	{ "Message-class", header_class },
	{ "Set", header_set },
	{ "Remove", header_remove },
};

static enum wire_state
header_line(struct wire_parser *p, struct slice line)
{
	ptrdiff_t colon = slice_chr(line, ':', 0);
	struct slice name, value;

	if (colon < 0) {
		return fail_protocol(p,
		    "(header not in 'Name: value' format)");
	}
	name = slice_sub(line, 0, (size_t)colon);
	value = slice_trim_left(slice_sub(line, (size_t)colon + 1, line.n));
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (slice_eq_nocase(name, slice_cstr(headers[i].name))) {
			return headers[i].take(p, value);
		}
	}
	return WIRE_MORE;
}

/*
 * spamd learns a missing or unknown class as ham, which poisons statistics
 * (protocol.md 1.3); here only "forget" may go without one.
 */
static enum wire_state
check_tell(struct wire_parser *p)
{
	const struct wire_request *rq = &p->rq;
	bool known = slice_eq_cstr(rq->message_class, "spam") ||
	    slice_eq_cstr(rq->message_class, "ham");

	if (rq->set_local && rq->remove_local) {
		return fail_protocol(p, "Unable to set local and remove "
		    "local in the same operation.");
	}
	if (rq->set_remote && rq->remove_remote) {
		return fail_protocol(p, "Unable to set remote and remove "
		    "remote in the same operation.");
	}
	if (!known && (rq->message_class.n > 0 || rq->set_local)) {
		return fail_protocol(p,
		    "(Message-class header contains invalid class)");
	}
	return WIRE_MORE;
}

static enum wire_state
headers_end(struct wire_parser *p)
{
	if (p->rq.verb == WIRE_TELL && check_tell(p) != WIRE_MORE) {
		return p->state;
	}
	return body_begin(p);
}

/* A whole line without its line end. */
static enum wire_state
take_line(struct wire_parser *p, struct slice line)
{
	if (p->phase == PHASE_VERB) {
		return first_line(p, line);
	}
	if (line.n == 0) {
		return headers_end(p);
	}
	if (++p->n_headers > LIMIT_WIRE_HEADERS) {
		return fail_protocol(p, "(too many headers)");
	}
	return header_line(p, line);
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
		fail_unavailable(p,
		    "zlib: failed to find end of zlib stream");
		break;
	case INFLATE_MORE:
		if (p->rq.has_length && p->taken == p->rq.length) {
			fail_unavailable(p,
			    "zlib: failed to find end of zlib stream");
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
	if (p->rq.has_length) {
		return fail_protocol(p, arena_printf(p->arena,
		    "(Content-Length mismatch: Expected %zu bytes, "
		    "got %zu bytes)", p->rq.length, p->taken));
	}
	if (p->rq.zlib) {
		return fail_unavailable(p,
		    "zlib: failed to find end of zlib stream");
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

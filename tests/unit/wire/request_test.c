/*
 * request_test - what the parser makes of requests, whole and in 1-byte
 * pieces, and what it refuses (reference/protocol.md 1 and 9.1-9.6).
 */
#include "config.h"

#include "tests/tap/tap.h"
#include "wire/wire.h"

#include <stdlib.h>

#define LIMIT	100000

struct got {
	enum wire_state state;
	struct wire_request rq;
	struct slice error;
};

/* Feed bytes in steps of step; then end of file when eof is set. */
static struct got
feed(struct arena *a, struct slice bytes, size_t step, bool eof)
{
	struct wire_parser *p = wire_parser_new(a, LIMIT, true);
	enum wire_state state = WIRE_MORE;

	for (size_t i = 0; i < bytes.n; i += step) {
		size_t n = bytes.n - i < step ? bytes.n - i : step;
		/* a heap copy of the exact size: ASan sees one byte too far */
		char *copy = malloc(n);

		memcpy(copy, bytes.p + i, n);
		state = wire_feed(p, copy, n);
		free(copy);
	}
	if (eof) {
		state = wire_feed(p, "", 0);
	}
	return (struct got){ state, *wire_request(p), wire_error(p) };
}

static const size_t steps[] = { 1, 2, 7, 4096, 1u << 20 };
#define N_STEPS (sizeof(steps) / sizeof(steps[0]))

struct good {
	const char *name, *bytes;
	enum wire_verb verb;
	double version;
	bool eof;
	const char *user, *body;
};

static const struct good good[] = {
	{ "check 1.5 with length", "CHECK SPAMC/1.5\r\nUser: joe\r\n"
	    "Content-length: 5\r\n\r\nabcd\n", WIRE_CHECK, 1.5, false, "joe",
	    "abcd\n" },
	{ "no final newline, no half-close", "REPORT SPAMC/1.5\r\n"
	    "Content-length: 3\r\n\r\nabc", WIRE_REPORT, 1.5, false, "",
	    "abc" },
	{ "bytes after the body are ignored", "CHECK SPAMC/1.5\r\n"
	    "Content-length: 3\r\n\r\nabc\r\nCHECK SPAMC/1.5\r\n",
	    WIRE_CHECK, 1.5, false, "", "abc" },
	{ "no length: to end of file", "SYMBOLS SPAMC/1.2\r\n\r\nabc\n",
	    WIRE_SYMBOLS, 1.2, true, "", "abc\n" },
	{ "LF only", "CHECK SPAMC/1.5\nContent-length: 2\n\nab", WIRE_CHECK,
	    1.5, false, "", "ab" },
	{ "lower-case header name", "CHECK SPAMC/1.5\r\n"
	    "content-length:2\r\n\r\nab", WIRE_CHECK, 1.5, false, "", "ab" },
	{ "title-case header name", "CHECK SPAMC/1.5\r\n"
	    "Content-Length:    2\r\n\r\nab", WIRE_CHECK, 1.5, false, "",
	    "ab" },
	{ "upper-case header name", "CHECK SPAMC/1.5\r\n"
	    "CONTENT-LENGTH: 2 \r\n\r\nab", WIRE_CHECK, 1.5, false, "",
	    "ab" },
	{ "a misspelt length is no length", "CHECK SPAMC/1.5\r\n"
	    "Content-lenght: 2\r\n\r\nabc", WIRE_CHECK, 1.5, true, "",
	    "abc" },
	{ "blank behind the version", "CHECK SPAMC/1.1 \r\n\r\nabc",
	    WIRE_CHECK, 1.1, true, "", "abc" },
	{ "version 1.0 has no headers", "PROCESS SPAMC/1.0\r\nUser: x\r\n\r\n",
	    WIRE_PROCESS, 1.0, true, "", "User: x\r\n\r\n" },
	{ "a version that is no number is 1.0",
	    "PROCESS SPAMC/xyz\r\nUser: x\r\n\r\n", WIRE_PROCESS, 1.0, true,
	    "", "User: x\r\n\r\n" },
	{ "what follows the version does not count",
	    "CHECK SPAMC/1.5x.9\r\nContent-length: 2\r\n\r\nab",
	    WIRE_CHECK, 1.5, false, "", "ab" },
	{ "a second dot ends the version", "CHECK SPAMC/1.1.9\r\n\r\nab",
	    WIRE_CHECK, 1.1, true, "", "ab" },
	{ "an empty version is 1.0", "CHECK SPAMC/\r\nabc", WIRE_CHECK, 1.0,
	    true, "", "abc" },
	{ "a long version is 1.0", "CHECK SPAMC/1.55555555555555\r\nabc",
	    WIRE_CHECK, 1.0, true, "", "abc" },
	{ "version 2.0", "CHECK SPAMC/2.0\r\nContent-length: 1\r\n\r\na",
	    WIRE_CHECK, 2.0, false, "", "a" },
	{ "length 0", "CHECK SPAMC/1.5\r\nContent-length: 0\r\n\r\n",
	    WIRE_CHECK, 1.5, false, "", "" },
	{ "unknown headers are ignored", "CHECK SPAMC/1.5\r\nX-Y: z\r\n"
	    "Connection: close\r\nContent-length: 1\r\n\r\na", WIRE_CHECK,
	    1.5, false, "", "a" },
	{ "user with high bytes and at", "CHECK SPAMC/1.5\r\n"
	    "User: a\xe9@b c\r\nContent-length: 1\r\n\r\na", WIRE_CHECK, 1.5,
	    false, "a\xe9@b c", "a" },
	{ "ping below 1.5 needs no blank line", "PING SPAMC/1.2\r\n",
	    WIRE_PING, 1.2, false, "", "" },
	{ "ping and half-close without newline", "PING SPAMC/1.2", WIRE_PING,
	    1.2, true, "", "" },
	{ "ping 1.5", "PING SPAMC/1.5\r\n\r\n", WIRE_PING, 1.5, false, "",
	    "" },
	{ "skip", "SKIP SPAMC/1.0\r\n", WIRE_SKIP, 1.0, false, "", "" },
	{ "headers verb", "HEADERS SPAMC/1.4\r\n\r\nA: b\r\n\r\n",
	    WIRE_HEADERS, 1.4, true, "", "A: b\r\n\r\n" },
	{ "ifspam verb", "REPORT_IFSPAM SPAMC/1.3\r\n\r\n", WIRE_REPORT_IFSPAM,
	    1.3, true, "", "" },
};

static void
test_good(void)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const struct good *t = &good[i];

		for (size_t s = 0; s < N_STEPS; s++) {
			struct arena *a = arena_new();
			struct got g = feed(a, slice_cstr(t->bytes), steps[s],
			    t->eof);

			ok(g.state == WIRE_DONE && g.rq.verb == t->verb &&
			    g.rq.version == t->version, "%s, step %zu",
			    t->name, steps[s]);
			is_cstr(g.rq.body, t->body, "  its body");
			is_cstr(g.rq.user, t->user, "  its user");
			arena_free(&a);
		}
	}
}

struct bad {
	const char *name, *bytes;
	bool eof;
	const char *error;
};

#define LINE76 "SPAMD/1.0 76 Bad header line: "

static const struct bad bad[] = {
	{ "empty connection", "", true, LINE76 "(closed before headers)\r\n" },
	{ "lower-case verb", "check SPAMC/1.5\r\n", false,
	    LINE76 "check SPAMC/1.5\r\n" },
	{ "verb is anchored", "XXCHECK SPAMC/1.5\r\n", false,
	    LINE76 "XXCHECK SPAMC/1.5\r\n" },
	{ "leading blank line", "\r\nCHECK SPAMC/1.5\r\n", false,
	    LINE76 "\r\n" },
	{ "another protocol", "GET / HTTP/1.0\r\n\r\n", false,
	    LINE76 "GET / HTTP/1.0\r\n" },
	{ "rspamd's name", "CHECK RSPAMC/1.3\r\n", false,
	    LINE76 "CHECK RSPAMC/1.3\r\n" },
	{ "controls are not echoed", "\x1b[2J\x01\r\n", false,
	    LINE76 "?[2J?\r\n" },
	{ "ping 1.5 without blank line", "PING SPAMC/1.5\r\n", true,
	    LINE76 "(EOF during headers)\r\n" },
	{ "end in the headers", "CHECK SPAMC/1.5\r\nUser: j", true,
	    LINE76 "(EOF during headers)\r\n" },
	{ "no colon", "CHECK SPAMC/1.5\r\nnonsense\r\n", false,
	    LINE76 "(header not in 'Name: value' format)\r\n" },
	{ "length is no number", "CHECK SPAMC/1.5\r\nContent-length: x\r\n",
	    false, LINE76 "(Content-Length contains non-numeric bytes)\r\n" },
	{ "negative length", "CHECK SPAMC/1.5\r\nContent-length: -1\r\n",
	    false, LINE76 "(Content-Length contains non-numeric bytes)\r\n" },
	{ "empty length", "CHECK SPAMC/1.5\r\nContent-length:\r\n", false,
	    LINE76 "(Content-Length contains non-numeric bytes)\r\n" },
	{ "user with a control byte", "CHECK SPAMC/1.5\r\nUser: a\tb\r\n",
	    false, LINE76 "(User header contains control chars)\r\n" },
	{ "unknown compression", "CHECK SPAMC/1.5\r\nCompress: lzma\r\n",
	    false, LINE76 "(compression type not supported: lzma)\r\n" },
	{ "shorter than its length", "CHECK SPAMC/1.5\r\n"
	    "Content-length: 5\r\n\r\nabcd", true, LINE76 "(Content-Length "
	    "mismatch: Expected 5 bytes, got 4 bytes)\r\n" },
	{ "larger than the limit", "CHECK SPAMC/1.5\r\n"
	    "Content-length: 100001\r\n\r\n", false, "SPAMD/1.0 69 Service "
	    "Unavailable: message is larger than the limit of 100000 "
	    "bytes\r\n" },
	{ "20 digits", "CHECK SPAMC/1.5\r\n"
	    "Content-length: 99999999999999999999\r\n\r\n", false,
	    "SPAMD/1.0 69 Service Unavailable: message is larger than the "
	    "limit of 100000 bytes\r\n" },
	{ "set and remove local", "TELL SPAMC/1.5\r\nMessage-class: spam\r\n"
	    "Set: local\r\nRemove: local, remote\r\n\r\n", false,
	    LINE76 "Unable to set local and remove local in the same "
	    "operation.\r\n" },
	{ "set and remove remote", "TELL SPAMC/1.5\r\nSet: remote\r\n"
	    "Remove: remote\r\n\r\n", false, LINE76 "Unable to set remote and "
	    "remove remote in the same operation.\r\n" },
	{ "learn without class", "TELL SPAMC/1.5\r\nSet: local\r\n\r\n", false,
	    LINE76 "(Message-class header contains invalid class)\r\n" },
	{ "learn with a wrong class", "TELL SPAMC/1.5\r\nSet: local\r\n"
	    "Message-class: eggs\r\n\r\n", false,
	    LINE76 "(Message-class header contains invalid class)\r\n" },
};

static void
test_bad(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct bad *t = &bad[i];

		for (size_t s = 0; s < N_STEPS; s++) {
			struct arena *a = arena_new();
			struct got g = feed(a, slice_cstr(t->bytes), steps[s],
			    t->eof);

			ok(g.state == WIRE_FAILED, "%s, step %zu", t->name,
			    steps[s]);
			is_cstr(g.error, t->error, "  its reply");
			arena_free(&a);
		}
	}
}

static void
test_header_count(void)
{
	for (unsigned n = 254; n <= 257; n++) {
		struct arena *a = arena_new();
		struct buf b;
		struct got g;

		buf_init(&b, a);
		buf_adds(&b, "CHECK SPAMC/1.5\r\nContent-length: 1\r\n");
		for (unsigned i = 1; i < n; i++) {
			buf_adds(&b, "X: y\r\n");
		}
		buf_adds(&b, "\r\na");
		g = feed(a, buf_slice(&b), 1000, false);
		ok(g.state == (n <= 255 ? WIRE_DONE : WIRE_FAILED),
		    "%u header lines", n);
		arena_free(&a);
	}
}

static void
test_line_length(void)
{
	for (size_t n = 8190; n <= 8194; n++) {
		struct arena *a = arena_new();
		struct buf b;
		struct got g;

		buf_init(&b, a);
		buf_adds(&b, "CHECK SPAMC/1.5\n");
		for (size_t i = 0; i < n; i++) {
			buf_addc(&b, i == 1 ? ':' : 'x');
		}
		buf_adds(&b, "\nContent-length: 1\n\na");
		g = feed(a, buf_slice(&b), 100, false);
		ok(g.state == (n <= 8192 ? WIRE_DONE : WIRE_FAILED),
		    "a line of %zu bytes", n);
		arena_free(&a);
	}
}

/* Without a length the cap is on what arrives. */
static void
test_endless_body(void)
{
	struct arena *a = arena_new();
	struct wire_parser *p = wire_parser_new(a, LIMIT, true);
	char piece[1000];
	size_t sent = 0;

	memset(piece, 'x', sizeof(piece));
	wire_feed(p, "CHECK SPAMC/1.0\r\n", 17);
	while (sent < 10 * LIMIT && wire_feed(p, piece, sizeof(piece)) ==
	    WIRE_MORE) {
		sent += sizeof(piece);
	}
	is_int(sent, LIMIT, "taken up to the limit, then refused");
	ok(wire_feed(p, "", 0) == WIRE_FAILED, "and stays refused");
	arena_free(&a);
}

static void
test_phases(void)
{
	struct arena *a = arena_new();
	struct wire_parser *p = wire_parser_new(a, LIMIT, true);

	wire_feed(p, "CHECK SPAMC/1.5\r\nContent-length: 3\r\n", 36);
	ok(!wire_in_body(p), "still in the headers");
	wire_feed(p, "\r\n", 2);
	ok(wire_in_body(p), "in the body after the blank line");
	arena_free(&a);
}

/* Refused after its headers, whatever they say, and before its body. */
static void
test_no_tell(void)
{
	static const char sent[] = "TELL SPAMC/1.5\r\nSet: local\r\n"
	    "Remove: local\r\nContent-length: 9\r\n\r\n";
	struct arena *a = arena_new();
	struct wire_parser *p = wire_parser_new(a, LIMIT, false);

	ok(wire_feed(p, sent, sizeof(sent) - 3) == WIRE_MORE,
	    "headers are read");
	ok(wire_feed(p, "\r\n", 2) == WIRE_FAILED, "TELL is refused");
	ok(slice_starts(wire_error(p), SLICE("SPAMD/1.0 69 Service "
	    "Unavailable: TELL commands are not enabled")), "in words");
	arena_free(&a);
}

static void
test_tell(void)
{
	struct arena *a = arena_new();
	struct got g = feed(a, slice_cstr("TELL SPAMC/1.0\r\n"
	    "Message-class: SPAM\r\nSet: local, Remote\r\n"
	    "Content-length: 1\r\n\r\na"), 3, false);

	ok(g.state == WIRE_DONE && g.rq.verb == WIRE_TELL,
	    "TELL has headers at 1.0");
	ok(g.rq.set.local && g.rq.set.remote && !g.rq.remove.local,
	    "targets by token, any case");
	is_cstr(g.rq.message_class, "spam", "class in lower case");
	g = feed(a, slice_cstr("TELL SPAMC/1.5\r\nRemove: local\r\n"
	    "Content-length: 1\r\n\r\na"), 3, false);
	ok(g.state == WIRE_DONE && g.rq.remove.local,
	    "forget needs no class");
	g = feed(a, slice_cstr("TELL SPAMC/1.5\r\nRemove: nonlocal\r\n"
	    "Content-length: 1\r\n\r\na"), 3, false);
	ok(g.state == WIRE_DONE && !g.rq.remove.local,
	    "part of a word is no target");
	arena_free(&a);
}

int
main(void)
{
	test_good();
	test_bad();
	test_header_count();
	test_line_length();
	test_endless_body();
	test_phases();
	test_no_tell();
	test_tell();
	return tap_done();
}

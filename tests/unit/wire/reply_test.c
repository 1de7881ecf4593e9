/*
 * reply_test - the exact bytes of every reply of reference/protocol.md 2.1 at
 * versions 1.0 to 2.0.
 */
#include "config.h"

#include "tests/tap/tap.h"
#include "wire/wire.h"

#include <stdlib.h>

#define OK "SPAMD/1.1 0 EX_OK\r\n"
#define SPAM "Spam: True ; 7.3 / 5.0\r\n"
#define HAM "Spam: False ; -1.2 / 5.0\r\n"
#define MAIL "X-Spam-Flag: YES\nA: b\n\nbody\n\nmore\n"
#define HEAD "X-Spam-Flag: YES\nA: b\n\n"

struct row {
	enum wire_verb verb;
	double from, to;	/* versions, both inclusive */
	bool spam;
	const char *body, *want;
};

static const double versions[] = { 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 2.0 };

static const struct row rows[] = {
	{ WIRE_CHECK, 1.0, 2.0, true, "", OK SPAM "\r\n" },
	{ WIRE_CHECK, 1.0, 2.0, false, "", OK HAM "\r\n" },
	{ WIRE_SYMBOLS, 1.0, 1.2, true, "A,B,C", OK SPAM "\r\nA,B,C\r\n" },
	{ WIRE_SYMBOLS, 1.3, 2.0, true, "A,B,C",
	    OK "Content-length: 5\r\n" SPAM "\r\nA,B,C" },
	{ WIRE_SYMBOLS, 1.0, 1.2, false, "", OK HAM "\r\n\r\n" },
	{ WIRE_SYMBOLS, 1.3, 2.0, false, "",
	    OK "Content-length: 0\r\n" HAM "\r\n" },
	{ WIRE_REPORT, 1.0, 1.2, true, "why\nso\n", OK SPAM "\r\nwhy\nso\n" },
	{ WIRE_REPORT, 1.3, 2.0, true, "why\nso\n",
	    OK "Content-length: 7\r\n" SPAM "\r\nwhy\nso\n" },
	{ WIRE_REPORT, 1.3, 2.0, false, "why\n",
	    OK "Content-length: 4\r\n" HAM "\r\nwhy\n" },
	{ WIRE_REPORT_IFSPAM, 1.0, 1.2, true, "why\n",
	    OK "Spam: Yes ; 7.3 / 5.0\r\n\r\nwhy\n" },
	{ WIRE_REPORT_IFSPAM, 1.3, 2.0, true, "why\n", OK
	    "Content-length: 4\r\nSpam: Yes ; 7.3 / 5.0\r\n\r\nwhy\n" },
	{ WIRE_REPORT_IFSPAM, 1.3, 2.0, false, "why\n", OK
	    "Content-length: 0\r\nSpam: No ; -1.2 / 5.0\r\n\r\n" },
	{ WIRE_PROCESS, 1.0, 1.1, true, MAIL, "SPAMD/1.0 0 EX_OK\r\n" MAIL },
	{ WIRE_PROCESS, 1.2, 1.2, true, MAIL,
	    OK "Content-length: 34\r\n\r\n" MAIL },
	{ WIRE_PROCESS, 1.3, 2.0, true, MAIL,
	    OK "Content-length: 34\r\n" SPAM "\r\n" MAIL },
	{ WIRE_HEADERS, 1.0, 1.1, true, MAIL, "SPAMD/1.0 0 EX_OK\r\n" HEAD },
	{ WIRE_HEADERS, 1.2, 1.2, true, MAIL,
	    OK "Content-length: 23\r\n\r\n" HEAD },
	{ WIRE_HEADERS, 1.3, 2.0, true, MAIL,
	    OK "Content-length: 23\r\n" SPAM "\r\n" HEAD },
	{ WIRE_HEADERS, 1.3, 2.0, true, "A: b\r\n\r\nx",
	    OK "Content-length: 8\r\n" SPAM "\r\nA: b\r\n\r\n" },
	{ WIRE_HEADERS, 1.3, 2.0, true, "A: b\r\n",
	    OK "Content-length: 6\r\n" SPAM "\r\nA: b\r\n" },
	{ WIRE_PING, 1.0, 2.0, false, "", "SPAMD/1.5 0 PONG\r\n" },
	{ WIRE_SKIP, 1.0, 2.0, false, "", "" },
};

static void
test_rows(struct arena *a)
{
	char name[100];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *t = &rows[i];

		for (size_t v = 0; v < 7; v++) {
			struct wire_request rq = { .verb = t->verb,
			    .version = versions[v] };
			struct wire_reply rp = { .spam = t->spam,
			    .score = t->spam ? 7.3 : -1.2, .required = 5.0,
			    .body = slice_cstr(t->body) };

			if (versions[v] < t->from || versions[v] > t->to) {
				continue;
			}
			snprintf(name, sizeof(name), "%s %.1f %s",
			    wire_verb_name(t->verb), versions[v],
			    t->spam ? "spam" : "ham");
			is_cstr(wire_reply_bytes(a, &rq, &rp), t->want, name);
		}
	}
}

static void
test_numbers(struct arena *a)
{
	static const struct {
		double score;
		const char *want;
	} t[] = {
		{ -0.04, OK "Spam: False ; 0.0 / 5.0\r\n\r\n" },
		{ -0.0, OK "Spam: False ; 0.0 / 5.0\r\n\r\n" },
		{ 1000, OK "Spam: False ; 1000.0 / 5.0\r\n\r\n" },
		{ -0.06, OK "Spam: False ; -0.1 / 5.0\r\n\r\n" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct wire_request rq = { .verb = WIRE_CHECK,
		    .version = 1.5 };
		struct wire_reply rp = { .score = t[i].score, .required = 5 };

		is_cstr(wire_reply_bytes(a, &rq, &rp), t[i].want, "number");
	}
}

/* Exim's reply buffer holds 32.6 kB. */
static void
test_report_cap(struct arena *a)
{
	char *text = malloc(100000);
	struct wire_request rq = { .verb = WIRE_REPORT, .version = 1.2 };
	struct wire_reply rp = { .spam = true, .score = 7.3, .required = 5,
	    .body = slice_make(text, 100000) };
	struct slice got;

	memset(text, 'x', 100000);
	got = wire_reply_bytes(a, &rq, &rp);
	ok(got.n < 32600, "a long report fits Exim's buffer (%zu)", got.n);
	free(text);
}

static void
test_errors(struct arena *a)
{
	is_cstr(wire_reply_error(a, 70, "could not scan"),
	    "SPAMD/1.0 70 could not scan\r\n", "one line, no blank line");
	is_cstr(wire_reply_error(a, 76, "a\r\nSpam: True ; 9 / 5\x7f"),
	    "SPAMD/1.0 76 a??Spam: True ; 9 / 5?\r\n", "no second line");
}

static void
test_tell(struct arena *a)
{
	static const struct wire_targets none, local = { true, false },
	    both = { true, true };

	is_cstr(wire_reply_tell(a, both, none),
	    OK "DidSet: local,remote\r\n\r\n\r\n", "set both");
	is_cstr(wire_reply_tell(a, none, local),
	    OK "DidRemove: local\r\n\r\n\r\n", "forget");
	is_cstr(wire_reply_tell(a, none, none),
	    OK "\r\n\r\n", "already learned");
}

static void
test_request(struct arena *a)
{
	is_cstr(wire_request_bytes(a, WIRE_CHECK, slice_cstr("joe"),
	    slice_cstr("Compress: zlib\r\n"), slice_cstr("abc")),
	    "CHECK SPAMC/1.5\r\nUser: joe\r\nCompress: zlib\r\n"
	    "Content-length: 3\r\n\r\nabc", "client's request");
	is_cstr(wire_request_bytes(a, WIRE_PING, slice_cstr(""),
	    slice_cstr(""), slice_cstr("")), "PING SPAMC/1.5\r\n\r\n",
	    "client's ping");
}

int
main(void)
{
	struct arena *a = arena_new();

	test_rows(a);
	test_numbers(a);
	test_report_cap(a);
	test_errors(a);
	test_tell(a);
	test_request(a);
	arena_free(&a);
	return tap_done();
}

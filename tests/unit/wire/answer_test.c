/*
 * answer_test - what tarec believes of a reply, and what it refuses
 * (reference/protocol.md 5.2, 2.2).
 */
#include "config.h"

#include "tests/tap/tap.h"
#include "wire/wire.h"

#include <stdlib.h>

#define OK "SPAMD/1.1 0 EX_OK\r\n"

/* Every prefix lies in its own allocation, so ASan sees a read too far. */
static int
parse(struct arena *a, const char *bytes, size_t n, struct wire_answer *ans_r,
    struct err *e)
{
	return wire_answer_parse(slice_make(arena_copy(a, bytes, n), n), ans_r,
	    e);
}

static void
test_good(struct arena *a)
{
	struct wire_answer ans;
	struct err e;
	static const char full[] = OK "Content-length: 4\r\n"
	    "Spam: True ; 7.3 / 5.0\r\n\r\nabc\n";
	static const char loose[] = "SPAMD/1.5 0 OK\ncontent-length: 0\n"
	    "spam: No;-1.0/5\n\n";

	ok(parse(a, full, sizeof(full) - 1, &ans, &e) == 0, "a whole reply");
	ok(ans.has_spam && ans.spam && ans.has_length, "its facts");
	is_num(ans.version, 1.1, "its version");
	is_num(ans.score, 7.3, "its score");
	is_num(ans.required, 5, "its threshold");
	is_cstr(ans.body, "abc\n", "its body");
	is_cstr(ans.header, "Content-length: 4\r\nSpam: True ; 7.3 / 5.0\r\n",
	    "its header lines");
	ok(parse(a, loose, sizeof(loose) - 1, &ans, &e) == 0,
	    "LF, other case, no blanks");
	ok(ans.has_spam && !ans.spam, "No is not spam");
	is_num(ans.score, -1, "negative score");
}

static void
test_special(struct arena *a)
{
	static const char pong[] = "SPAMD/1.5 0 PONG\r\n";
	static const char tell[] = OK "DidSet: local\r\n\r\n\r\n";
	struct wire_answer ans;
	struct err e;

	ok(parse(a, pong, sizeof(pong) - 1, &ans, &e) == 0 && ans.pong,
	    "PONG");
	is_cstr(ans.text, "PONG", "its text");
	ok(parse(a, tell, sizeof(tell) - 1, &ans, &e) == 0, "TELL's reply");
	ok(ans.did_set.local && !ans.did_set.remote &&
	    !ans.did_remove.local, "DidSet");
}

static void
test_bad(struct arena *a)
{
	static const struct {
		const char *name, *bytes;
		enum err_code code;
	} t[] = {
		{ "nothing", "", ERR_IO },
		{ "an error line", "SPAMD/1.0 76 Bad header line: x\r\n",
		    ERR_IO },
		{ "an error with blank line", "SPAMD/1.0 76 Bad\r\n\r\n",
		    ERR_PROTOCOL },
		{ "headers cut", OK "Spam: True ; 1 / 2\r\n", ERR_IO },
		{ "body cut", OK "Content-length: 4\r\n\r\nabc",
		    ERR_PROTOCOL },
		{ "body too long", OK "Content-length: 4\r\n\r\nabcde",
		    ERR_PROTOCOL },
		{ "another protocol", "HTTP/1.0 200 OK\r\n\r\n",
		    ERR_PROTOCOL },
		{ "old version", "SPAMD/0.9 0 OK\r\n\r\n", ERR_PROTOCOL },
		{ "no code", "SPAMD/1.1\r\n\r\n", ERR_PROTOCOL },
		{ "bad length", OK "Content-length: x\r\n\r\n",
		    ERR_PROTOCOL },
		{ "negative length", OK "Content-length: -3\r\n\r\nabc",
		    ERR_PROTOCOL },
		{ "bad score", OK "Spam: True ; x / 5.0\r\n\r\n",
		    ERR_PROTOCOL },
		{ "slash before semicolon", OK "Spam: / True ; 5\r\n\r\n",
		    ERR_PROTOCOL },
		{ "no colon", OK "hello\r\n\r\n", ERR_PROTOCOL },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct wire_answer ans;
		struct err e = { 0 };

		ok(parse(a, t[i].bytes, strlen(t[i].bytes), &ans, &e) == -1,
		    "%s", t[i].name);
		is_int(e.code, t[i].code, "  its code");
	}
}

/* No prefix of a reply with a length is taken for a whole one. */
static void
test_prefixes(struct arena *a)
{
	static const char full[] = OK "Content-length: 4\r\n"
	    "Spam: True ; 7.3 / 5.0\r\n\r\nabc\n";
	struct wire_answer ans;
	struct err e;
	unsigned taken = 0;

	for (size_t n = 0; n < sizeof(full) - 1; n++) {
		taken += parse(a, full, n, &ans, &e) == 0;
	}
	is_int(taken, 0, "prefixes taken for whole replies");
}

int
main(void)
{
	struct arena *a = arena_new();

	test_good(a);
	test_special(a);
	test_bad(a);
	test_prefixes(a);
	arena_free(&a);
	return tap_done();
}

/*
 * inflate_test - packed bodies: good, cut, damaged, bombs, wrong lengths
 * (reference/protocol.md 9.5).
 */
#include "config.h"

#include "tests/tap/tap.h"
#include "wire/wire.h"

#include <stdlib.h>
#include <zlib.h>

#define LIMIT	(8u * 1024 * 1024)

static struct slice
packed(struct arena *a, struct slice plain)
{
	uLongf n = compressBound((uLong)plain.n);
	Bytef *p = arena_alloc(a, n);

	compress2(p, &n, (const Bytef *)plain.p, (uLong)plain.n, 9);
	return slice_make((const char *)p, n);
}

static struct slice
repeated(struct arena *a, char c, size_t n)
{
	char *p = arena_alloc(a, n);

	memset(p, c, n);
	return slice_make(p, n);
}

/* length < 0: no Content-length header. */
static struct wire_parser *
send_packed(struct arena *a, struct slice body, long length, size_t step,
    enum wire_state *state_r)
{
	struct wire_parser *p = wire_parser_new(a, LIMIT, true);
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "CHECK SPAMC/1.5\r\nCompress: ZLIB\r\n");
	if (length >= 0) {
		buf_addf(&b, "Content-length: %ld\r\n", length);
	}
	buf_adds(&b, "\r\n");
	buf_add_slice(&b, body);
	*state_r = WIRE_MORE;
	for (size_t i = 0; i < b.n && *state_r == WIRE_MORE; i += step) {
		size_t n = b.n - i < step ? b.n - i : step;

		*state_r = wire_feed(p, b.p + i, n);
	}
	return p;
}

static void
test_good(void)
{
	static const size_t steps[] = { 1, 3, 100, 1u << 20 };

	for (size_t s = 0; s < 4; s++) {
		struct arena *a = arena_new();
		struct slice plain = slice_cstr("Subject: x\n\nhello hello\n");
		struct slice z = packed(a, plain);
		enum wire_state state;
		struct wire_parser *p = send_packed(a, z, (long)z.n, steps[s],
		    &state);

		ok(state == WIRE_DONE, "packed body, step %zu", steps[s]);
		is_slice(wire_request(p)->body, plain, "  unpacked");
		arena_free(&a);
	}
}

/* A PHP client sends the length of the unpacked message and waits. */
static void
test_wrong_length(void)
{
	struct arena *a = arena_new();
	struct slice plain = repeated(a, 'a', 3000);
	struct slice z = packed(a, plain);
	enum wire_state state;

	send_packed(a, z, (long)plain.n, 10, &state);
	ok(state == WIRE_DONE, "done at the end of the stream");
	send_packed(a, z, -1, 10, &state);
	ok(state == WIRE_DONE, "no length: done at the end of the stream");
	send_packed(a, z, (long)z.n - 4, 10, &state);
	ok(state == WIRE_FAILED, "length ends before the stream");
	arena_free(&a);
}

static void
test_trailing(void)
{
	struct arena *a = arena_new();
	struct slice plain = slice_cstr("abc");
	struct slice both[] = { packed(a, plain), slice_cstr("\r\ngarbage") };
	struct slice body = arena_join(a, both, 2, slice_cstr(""));
	enum wire_state state;
	struct wire_parser *p = send_packed(a, body, (long)body.n, 1u << 20,
	    &state);

	ok(state == WIRE_DONE, "bytes after the stream are ignored");
	is_slice(wire_request(p)->body, plain, "  and not in the message");
	arena_free(&a);
}

static void
test_damaged(void)
{
	static const char want[] = "SPAMD/1.0 69 Service Unavailable: "
	    "zlib: failed to find end of zlib stream\r\n";
	struct arena *a = arena_new();
	struct slice z = packed(a, slice_cstr("hello hello hello"));
	enum wire_state state;
	struct wire_parser *p;

	p = send_packed(a, slice_cstr("this is no stream"), 17, 5, &state);
	ok(state == WIRE_FAILED, "garbage");
	is_cstr(wire_error(p), want, "  said so");
	p = send_packed(a, slice_sub(z, 0, z.n - 6), -1, 5, &state);
	ok(state == WIRE_MORE, "a cut stream waits for more");
	ok(wire_feed(p, "", 0) == WIRE_FAILED, "  and fails at end of file");
	is_cstr(wire_error(p), want, "  said so");
	p = send_packed(a, slice_cstr(""), 0, 5, &state);
	ok(state != WIRE_DONE, "length 0 is no stream");
	arena_free(&a);
}

static void
test_bombs(void)
{
	struct arena *a = arena_new();
	struct slice small = packed(a, repeated(a, 0, 900u * 1024));
	struct slice ratio = packed(a, repeated(a, 0, 4u * 1024 * 1024));
	struct slice noise = repeated(a, 0, LIMIT + 1);
	enum wire_state state;

	send_packed(a, small, (long)small.n, 1000, &state);
	ok(state == WIRE_DONE, "below 1 MB any ratio is taken");
	send_packed(a, ratio, (long)ratio.n, 1000, &state);
	ok(state == WIRE_FAILED, "1:1000 above 1 MB is refused");
	srand(1);
	for (size_t i = 0; i < noise.n; i++) {
		((char *)(uintptr_t)noise.p)[i] = (char)(rand() & 3);
	}
	noise = packed(a, noise);
	send_packed(a, noise, (long)noise.n, 65536, &state);
	ok(state == WIRE_FAILED, "more than the message limit is refused");
	arena_free(&a);
}

int
main(void)
{
	test_good();
	test_wrong_length();
	test_trailing();
	test_damaged();
	test_bombs();
	return tap_done();
}

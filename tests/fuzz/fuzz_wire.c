/*
 * fuzz_wire - the request parser and the reply reader on any bytes.  The
 * first byte is the size of the pieces the request arrives in.
 */
#include "config.h"

#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new();
	struct wire_parser *p = wire_parser_new(a, 1u << 20, true);
	struct wire_reply rp = { .spam = true, .score = 5, .required = 5 };
	struct wire_answer ans;
	size_t step = n > 0 ? data[0] + 1u : 1;

	wire_answer_parse(slice_make((const char *)data, n), &ans, NULL);
	for (size_t i = 1; i < n; i += step) {
		wire_feed(p, data + i, n - i < step ? n - i : step);
	}
	if (wire_feed(p, "", 0) == WIRE_DONE) {
		rp.body = wire_request(p)->body;
		wire_reply_bytes(a, wire_request(p), &rp);
	}
	arena_free(&a);
	return 0;
}

/*
 * fuzz_dns - DNS answers of hostile bytes.
 *
 * First byte: the type asked for; second: the rcode.  Whatever comes out
 * stays within the limits, and bytes that are no packet are never CLEAN.
 */
#include "config.h"

#include <stdlib.h>

#include "ask/ask-priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int types[] = { 1, 2, 5, 6, 12, 15, 16, 28 };
	struct ask_zone_conf zone = { .name = "bl.example.org" };
	struct arena *a = arena_new();
	struct ask_answer ans;

	if (size >= 2) {
		answer_parse(a, data + 2, size - 2, data[1] & 15,
		    types[data[0] % 8], &ans);
		ask_classify(&zone, &ans);
		if (ans.n_addr > LIMIT_ANSWER_ADDRS ||
		    ans.n_txt > LIMIT_ANSWER_NAMES ||
		    (size < 14 && ans.cls == ASK_CLEAN))
			abort();
	}
	arena_free(&a);
	return 0;
}

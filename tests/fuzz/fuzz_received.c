/*
 * fuzz_received - any bytes as a Received value and as a header, through the
 * formats, the trust line, the envelope and the tags.
 */
#include "config.h"

#include "view/received.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct view_conf conf = { 0 };
	struct arena *a = arena_new();
	const struct slice parts[] = { SLICE("Received: from "),
		slice_make((const char *)data, size) };
	struct slice scanner = { 0 }, sender;
	struct view_relay relay;
	struct view *v;
	size_t n;

	received_parse(a, received_cache_new(a), parts[1], &relay, &scanner);
	v = view_new(a, mail_parse(a, arena_join(a, parts, 2, SLICE(""))),
	    &conf);
	view_relays(v);
	view_envelope_from(v, &sender);
	view_all_from(v, &n);
	view_all_to(v, &n);
	view_tag(v, SLICE("LASTEXTERNALIP"), &n);
	arena_free(&a);
	return 0;
}

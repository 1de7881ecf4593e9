/*
 * fuzz_uri - any bytes as a message whose body is full of URIs: found in
 * text and HTML, canonicalised, split into hosts and domains.
 */
#include "config.h"

#include "view/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct view_conf conf = { .body_part_scan = 50000,
		.rawbody_part_scan = 500000, .parse_dkim_uris = true };
	static const char *const heads[] = { "Subject: x\n\n",
		"Content-Type: text/html; charset=utf-8\n\n<a href=\"",
		"DKIM-Signature: d=" };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct arena *a = arena_new();
		const struct slice parts[] = { slice_cstr(heads[i]),
			slice_make((const char *)data, size) };
		struct view *v = view_new(a, mail_parse(a,
		    arena_join(a, parts, 2, SLICE(""))), &conf);

		view_uri_lines(v);
		arena_free(&a);
	}
	return 0;
}

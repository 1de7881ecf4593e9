/*
 * fuzz_html - HTML of any bytes.  First byte: Unicode or not.
 *
 * Whatever comes in, the counters stay in proportion and the texts are no
 * longer than the source can make them.
 */
#include "config.h"

#include <stdlib.h>

#include "base/limits.h"
#include "view/html.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a;
	struct view_html *h;

	if (size == 0) {
		return 0;
	}
	a = arena_new();
	h = view_html_parse(a, slice_make((const char *)data + 1, size - 1),
	    data[0] & 1);
	if (h->elements > h->tags || h->tags > LIMIT_HTML_TAGS + 2 ||
	    h->non_space_len > h->html_length || h->text.n > 3 * size ||
	    h->visible.n + h->invisible.n != h->text.n) {
		abort();
	}
	arena_free(&a);
	return 0;
}

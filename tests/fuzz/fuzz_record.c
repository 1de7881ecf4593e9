/*
 * fuzz_record - what a taken-over worker may send to the keeper.
 *
 * Bytes that pass record_check go into a brain without a store; nothing they
 * say may crash it or push a weight out of [0,1].
 */
#include "config.h"

#include "learn/learn.h"

#include <string.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct learn *l = learn_new(a, NULL, NULL);
	double now = 1.6e9, w;
	union record r;

	learn_zone_add(l, "bl.example.org", ZONE_KIND_IP, false, now);
	for (size_t used = 0; used < size; used += r.head.length) {
		memset(&r, 0, sizeof(r));
		memcpy(&r, data + used, size - used < sizeof(r) ?
		    size - used : sizeof(r));
		if (size - used < sizeof(r.head) ||
		    r.head.length > size - used ||
		    record_check(&r, r.head.length) != 0) {
			break;
		}
		learn_record(l, &r, now += 1);
		learn_tick(l, now);
		w = zone_model_weight(learn_zone(l, 0));
		if (!(w >= 0 && w <= 1)) {
			DIE("weight %g", w);
		}
	}
	arena_free(&a);
	return 0;
}

/*
 * vec.c - the growing behind VEC_PUSH.
 */
#include "config.h"

#include "base/vec.h"

#include <string.h>

#include "base/mem.h"

void *
vec_grow(struct arena *a, void *p, size_t n, size_t *cap, size_t size)
{
	size_t had = *cap * size, want;
	void *q;

	if (n < *cap)
		return p;
	*cap = *cap ? mem_mul(*cap, 2) : 8;
	want = mem_mul(*cap, size);
	q = arena_extend(a, p, had, want) ? p : arena_bytes(a, want);
	if (n > 0 && q != p)
		memcpy(q, p, n * size);
	memset((char *)q + n * size, 0, want - n * size);
	return q;
}

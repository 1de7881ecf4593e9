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
	void *q;

	if (n < *cap)
		return p;
	*cap = *cap ? mem_mul(*cap, 2) : 8;
	q = arena_alloc_array(a, *cap, size);
	if (n > 0)
		memcpy(q, p, n * size);
	return q;
}

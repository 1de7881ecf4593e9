/*
 * vec - growing arrays in an arena.
 *
 *	struct { VEC(struct part) } parts = {0};   or a member  VEC_OF(T) v;
 *	*VEC_PUSH(arena, &v) = x;   for (i = 0; i < v.n; i++) v.v[i]
 *
 * Elements move when the array grows: keep indexes, or push pointers.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/arena.h"

#define VEC_OF(T) struct { T *v; size_t n, cap; }

/* Pointer to a new zeroed last element; evaluates vec several times. */
#define VEC_PUSH(arena, vec)						\
	((vec)->v = vec_grow((arena), (vec)->v, (vec)->n, &(vec)->cap,	\
	    sizeof(*(vec)->v)), &(vec)->v[(vec)->n++])

void *vec_grow(struct arena *a, void *p, size_t n, size_t *cap, size_t size);

#endif

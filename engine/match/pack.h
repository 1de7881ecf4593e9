/*
 * pack - structs as bytes and back, for cache.h; for the files of this room
 * only.
 *
 * Only for the machine that wrote them: numbers are as they lie in memory.
 * Every item begins at a multiple of PACK_ALIGN, so that arrays are used where
 * they are.
 */
#ifndef MATCH_PACK_H
#define MATCH_PACK_H

#include "base/buf.h"

enum { PACK_ALIGN = 16 };

void pack_number(struct buf *b, uint64_t n);
/* n * size bytes, with their count. */
void pack_array(struct buf *b, const void *v, size_t n, size_t size);

/*
 * What was packed, item by item.  Once something is not as the reader expects
 * it, bad is set and all further numbers are 0, all arrays empty.
 */
struct unpack {
	struct slice bytes;
	size_t at;
	bool bad;
};
uint64_t unpack_number(struct unpack *u);
/* A number of at most `most`. */
size_t unpack_count(struct unpack *u, size_t most);
/* In the packed bytes: not NULL, and writable by nobody. */
const void *unpack_array(struct unpack *u, size_t size, size_t *n_r);
/* An array of exactly n elements. */
const void *unpack_exactly(struct unpack *u, size_t n, size_t size);

#endif

/*
 * pack.c - items of bytes behind each other, each aligned.
 *
 * An item is its count in a uint64_t, padding, and its bytes.  Called by the
 * files that can be kept in the cache.  unpack trusts no count: what reaches
 * beyond the bytes is bad.
 */
#include "config.h"

#include "match/pack.h"

#include <string.h>

#include "base/mem.h"

static size_t
padding(size_t n)
{
	return (PACK_ALIGN - n % PACK_ALIGN) % PACK_ALIGN;
}

static void
align(struct buf *b)
{
	static const char zeros[PACK_ALIGN];

	buf_add(b, zeros, padding(b->n));
}

void
pack_number(struct buf *b, uint64_t n)
{
	buf_add(b, &n, sizeof(n));
	align(b);
}

void
pack_array(struct buf *b, const void *v, size_t n, size_t size)
{
	pack_number(b, n);
	if (n > 0)
		buf_add(b, v, mem_mul(n, size));
	align(b);
}

/* n bytes and what is behind them up to the next item. */
static const char *
take(struct unpack *u, size_t n)
{
	const char *p = u->bytes.p + u->at;
	size_t left = u->bytes.n - u->at;

	if (u->bad || n > left || padding(n) > left - n) {
		u->bad = true;
		return u->bytes.p;
	}
	u->at += n + padding(n);
	return p;
}

uint64_t
unpack_number(struct unpack *u)
{
	uint64_t n;
	const char *p = take(u, sizeof(n));

	if (u->bad)
		return 0;
	memcpy(&n, p, sizeof(n));
	return n;
}

size_t
unpack_count(struct unpack *u, size_t most)
{
	uint64_t n = unpack_number(u);

	if (n > most)
		u->bad = true;
	return u->bad ? 0 : (size_t)n;
}

const void *
unpack_array(struct unpack *u, size_t size, size_t *n_r)
{
	const char *p;

	*n_r = unpack_count(u, u->bytes.n / size);
	p = take(u, *n_r * size);
	if (u->bad)
		*n_r = 0;
	return p;
}

const void *
unpack_exactly(struct unpack *u, size_t n, size_t size)
{
	size_t had;
	const void *p = unpack_array(u, size, &had);

	if (had != n)
		u->bad = true;
	return p;
}

/*
 * buf - a growing byte buffer, in an arena or on the heap.
 *
 * struct buf b; buf_init(&b, arena_or_NULL); buf_add…; buf_slice(&b).
 * The bytes move when the buffer grows: take the slice when done.
 * A heap buffer is released by buf_free; an arena one needs no free.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>

#include "base/arena.h"
#include "base/slice.h"

struct buf {
	char *p;
	size_t n;		/* bytes in use */
	size_t cap;
	struct arena *arena;	/* NULL: heap */
};

void buf_init(struct buf *b, struct arena *a);
void buf_free(struct buf *b);
void buf_clear(struct buf *b);				/* keeps memory */
void buf_reserve(struct buf *b, size_t more);

static inline void
buf_addc(struct buf *b, char c)
{
	if (b->cap - b->n < 2)			/* it, and a NUL */
		buf_reserve(b, 1);
	b->p[b->n++] = c;
}

static inline void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	if (b->cap - b->n <= n)			/* them, and a NUL */
		buf_reserve(b, n);
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static inline void
buf_add_slice(struct buf *b, struct slice s)
{
	buf_add(b, s.p, s.n);
}

void buf_adds(struct buf *b, const char *s);
void buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
void buf_add_utf8(struct buf *b, uint32_t codepoint);
/* JSON string with quotes; bytes that are not UTF-8 become U+FFFD. */
void buf_add_json(struct buf *b, struct slice s);
struct slice buf_slice(const struct buf *b);
char *buf_cstr(struct buf *b);				/* adds a NUL */

#endif

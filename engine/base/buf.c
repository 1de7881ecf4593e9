/*
 * buf.c - growing byte buffers; see buf.h.
 */
#include "config.h"

#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

void
buf_init(struct buf *b, struct arena *a)
{
	*b = (struct buf){ .arena = a };
}

void
buf_free(struct buf *b)
{
	if (b->arena == NULL)
		mem_free(b->p);
	*b = (struct buf){ .arena = b->arena };
}

void
buf_clear(struct buf *b)
{
	b->n = 0;
}

void
buf_reserve(struct buf *b, size_t more)
{
	size_t want, cap = b->cap;

	if (more < cap - b->n)
		return;
	want = mem_add(mem_add(b->n, more), 1);
	cap = cap ? mem_mul(cap, 2) : 256;
	if (cap < want)
		cap = want;
	if (b->arena == NULL) {
		b->p = mem_realloc(b->p, cap);
	} else if (!arena_extend(b->arena, b->p, b->cap, cap)) {
		char *p = arena_bytes(b->arena, cap);

		if (b->n > 0)
			memcpy(p, b->p, b->n);
		b->p = p;
	}
	b->cap = cap;
}

void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		DIE("bad format %s", fmt);
	buf_reserve(b, (size_t)n);
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
	va_end(again);
	b->n += (size_t)n;
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(b, fmt, ap);
	va_end(ap);
}

void
buf_add_utf8(struct buf *b, uint32_t codepoint)
{
	char c[4];

	buf_add(b, c, utf8_encode(codepoint, c));
}

static void
add_json_char(struct buf *b, uint32_t cp)
{
	switch (cp) {
	case '"':
		buf_adds(b, "\\\"");
		break;
	case '\\':
		buf_adds(b, "\\\\");
		break;
	case '\n':
		buf_adds(b, "\\n");
		break;
	case '\r':
		buf_adds(b, "\\r");
		break;
	case '\t':
		buf_adds(b, "\\t");
		break;
	default:
		if (cp < 0x20 || cp == 0x7f)
			buf_addf(b, "\\u%04x", (unsigned)cp);
		else
			buf_add_utf8(b, cp);
	}
}

void
buf_add_json(struct buf *b, struct slice s)
{
	buf_addc(b, '"');
	while (s.n > 0) {
		uint32_t cp;
		size_t n = utf8_decode(s, &cp);

		add_json_char(b, cp);
		s = slice_sub(s, n, s.n);
	}
	buf_addc(b, '"');
}

struct slice
buf_slice(const struct buf *b)
{
	return (struct slice){ b->p, b->n };
}

char *
buf_cstr(struct buf *b)
{
	buf_reserve(b, 1);
	b->p[b->n] = '\0';
	return b->p;
}

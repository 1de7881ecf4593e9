/*
 * mem.c - allocation that cannot fail, and the two ends of a process.
 *
 * fatal() exits 75: whoever waits for this process sees a temporary failure.
 * Running out of memory is the main caller; the master starts a new worker.
 */
#include "config.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdlib.h>
#include <string.h>

static void say(const char *kind, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
say(const char *kind, const char *fmt, va_list ap)
{
	fprintf(stderr, "tare: %s: ", kind);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	fflush(stderr);
}

void
die_at(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "tare: %s:%d: ", file, line);
	va_start(ap, fmt);
	say("bug", fmt, ap);
	va_end(ap);
	abort();
}

void
fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("fatal", fmt, ap);
	va_end(ap);
	exit(75);
}

void
mem_trim(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

void
mem_keep(void)
{
#ifdef __GLIBC__
	/* All that a run frees; a block of an arena is not mapped singly, which
	 * is what setting the others would come to (mallopt(3)). */
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	mallopt(M_TOP_PAD, 1 << 20);
	mallopt(M_MMAP_THRESHOLD, 4 << 20);
#endif
}

size_t
mem_mul(size_t a, size_t b)
{
	size_t r;

	if (__builtin_mul_overflow(a, b, &r))
		fatal("size overflow: %zu * %zu", a, b);
	return r;
}

size_t
mem_add(size_t a, size_t b)
{
	size_t r;

	if (__builtin_add_overflow(a, b, &r))
		fatal("size overflow: %zu + %zu", a, b);
	return r;
}

void *
mem_alloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	if (p == NULL)
		fatal("out of memory: %zu bytes wanted", n);
	return p;
}

void *
mem_bytes(size_t n)
{
	return mem_realloc(NULL, n);
}

void *
mem_alloc_array(size_t n, size_t size)
{
	return mem_alloc(mem_mul(n, size));
}

void *
mem_realloc(void *p, size_t n)
{
	void *q = realloc(p, n ? n : 1);

	if (q == NULL)
		fatal("out of memory: %zu bytes wanted", n);
	return q;
}

char *
mem_strdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(mem_alloc(n), s, n);
}

void
mem_free(void *p)
{
	free(p);
}

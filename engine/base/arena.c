/*
 * arena.c - block lists with a deferred clean-up list.
 *
 * Blocks double from 16 KB to 1 MB; a larger request gets a block of its own,
 * or a kept one in which it fits.  reset and rewind keep some blocks, so that a
 * worker's next message starts warm.  malloc would join each with its
 * neighbours and cut it again; with hundreds of scans under way that was a
 * tenth of what DNS costs.
 *
 * What is handed out is cleared then and not when its block is made: a scan
 * uses two thirds of its blocks, and with hundreds of scans waiting for DNS the
 * rest would be memory that no cache holds, written for nothing.  Only a block
 * made for one request comes zeroed from libc, which knows fresh pages.
 */
#include "config.h"

#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

#define BLOCK_FIRST (16u * 1024)
#define BLOCK_MAX (1024u * 1024)
#define KEPT_MAX (512u * 1024)	/* what an ordinary message needs */
#define ALIGN 16u

struct block {
	struct block *prev;
	size_t size;		/* of data */
	size_t used;
	_Alignas(ALIGN) char data[];
};

struct defer {
	struct defer *prev;
	void (*fn)(void *);
	void *ptr;
};

struct arena {
	struct block *block;	/* newest */
	struct block *kept;	/* emptied, the one to be used first on top */
	size_t kept_size;
	struct defer *defers;	/* newest */
	size_t total;		/* handed out */
	size_t held;
};

/* b, of which nothing is handed out, becomes the newest. */
static void
block_push(struct arena *a, struct block *b)
{
	b->used = 0;
	b->prev = a->block;
	a->block = b;
}

/* One from malloc. */
static void
block_add(struct arena *a, struct block *b, size_t size)
{
	b->size = size;
	a->held += size;
	POISON(b->data, size);
	block_push(a, b);
}

static size_t
block_bytes(size_t size)
{
	return mem_add(sizeof(struct block), size);
}

/* The first kept one in which `need` fits; NULL: none. */
static struct block *
kept_take(struct arena *a, size_t need)
{
	struct block **at = &a->kept, *b;

	while (*at != NULL && (*at)->size < need)
		at = &(*at)->prev;
	b = *at;
	if (b != NULL) {
		*at = b->prev;
		a->kept_size -= b->size;
	}
	return b;
}

static void
block_free(struct arena *a, struct block *b)
{
	a->held -= b->size;
	UNPOISON(b->data, b->size);
	mem_free(b);
}

/* The newest block goes, or is kept for later. */
static void
block_drop(struct arena *a)
{
	struct block *b = a->block;

	a->block = b->prev;
	if (b->size > KEPT_MAX - a->kept_size) {
		block_free(a, b);
		return;
	}
	POISON(b->data, b->size);
	b->prev = a->kept;
	a->kept = b;
	a->kept_size += b->size;
}

/* Give back everything of b after `used`. */
static void
block_cut(struct block *b, size_t used)
{
	b->used = used;
	POISON(b->data + used, b->size - used);
}

struct arena *
arena_new(void)
{
	struct arena *a = mem_alloc(sizeof(*a));

	block_add(a, mem_bytes(block_bytes(BLOCK_FIRST)), BLOCK_FIRST);
	return a;
}

static void
run_defers(struct arena *a, const struct defer *until)
{
	while (a->defers != until) {
		struct defer *d = a->defers;

		a->defers = d->prev;
		d->fn(d->ptr);
	}
}

void
arena_free(struct arena **ap)
{
	struct arena *a = *ap;

	if (a == NULL)
		return;
	run_defers(a, NULL);
	while (a->block != NULL)
		block_drop(a);
	while (a->kept != NULL)
		block_free(a, kept_take(a, 0));
	mem_free(a);
	*ap = NULL;
}

void
arena_reset(struct arena *a)
{
	run_defers(a, NULL);
	while (a->block->prev != NULL)
		block_drop(a);
	block_cut(a->block, 0);
	a->total = 0;
}

static size_t
round_up(size_t n)
{
	size_t need = mem_add(n, ALIGN - 1) & ~(size_t)(ALIGN - 1);

	return need > 0 ? need : ALIGN;
}

/* The size of a block in which `need` fits. */
static size_t
next_size(const struct arena *a, size_t need)
{
	size_t size = a->block->size * 2;

	if (size > BLOCK_MAX)
		size = BLOCK_MAX;
	return size > need ? size : need;
}

/* A newest block in which `need` fits. */
static void
block_new(struct arena *a, size_t need)
{
	size_t size = next_size(a, need);
	struct block *b = kept_take(a, need);

	if (b != NULL)
		block_push(a, b);
	else
		block_add(a, mem_bytes(block_bytes(size)), size);
}

/* The next `need` bytes of the newest block, which has them. */
static void *
hand_out(struct arena *a, size_t need, size_t n)
{
	struct block *b = a->block;
	void *p = b->data + b->used;

	b->used += need;
	a->total += need;
	UNPOISON(p, n ? n : 1);
	return p;
}

static bool
has_room(const struct arena *a, size_t need)
{
	return a->block->size - a->block->used >= need;
}

void *
arena_bytes(struct arena *a, size_t n)
{
	size_t need = round_up(n);

	if (!has_room(a, need))
		block_new(a, need);
	return hand_out(a, need, n);
}

void *
arena_alloc(struct arena *a, size_t n)
{
	size_t need = round_up(n);
	struct block *b;

	if (has_room(a, need) || next_size(a, need) > need)
		return memset(arena_bytes(a, n), 0, n ? n : 1);
	b = kept_take(a, need);
	if (b != NULL) {
		block_push(a, b);
		return memset(hand_out(a, need, n), 0, n);
	}
	block_add(a, mem_alloc(block_bytes(need)), need);
	return hand_out(a, need, n);
}

bool
arena_extend(struct arena *a, const void *p, size_t from, size_t to)
{
	struct block *b = a->block;
	size_t had = round_up(from), more = round_up(to) - had;

	if (p == NULL || from == 0 ||
	    (const char *)p + had != b->data + b->used ||
	    b->size - b->used < more)
		return false;
	b->used += more;
	a->total += more;
	UNPOISON(p, to);
	return true;
}

void *
arena_alloc_array(struct arena *a, size_t n, size_t size)
{
	return arena_alloc(a, mem_mul(n, size));
}

void *
arena_copy(struct arena *a, const void *p, size_t n)
{
	void *q = arena_bytes(a, n);

	if (n > 0)
		memcpy(q, p, n);
	return q;
}

char *
arena_str(struct arena *a, struct slice s)
{
	char *p = arena_bytes(a, mem_add(s.n, 1));

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

struct slice
arena_slice(struct arena *a, struct slice s)
{
	return (struct slice){ arena_str(a, s), s.n };
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		DIE("bad format %s", fmt);
	p = arena_bytes(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

struct slice
arena_lower(struct arena *a, struct slice s)
{
	char *p = arena_bytes(a, mem_add(s.n, 1));

	for (size_t i = 0; i < s.n; i++)
		p[i] = (char)ascii_lower((unsigned char)s.p[i]);
	p[s.n] = '\0';
	return (struct slice){ p, s.n };
}

struct slice
arena_join(struct arena *a, const struct slice *v, size_t n, struct slice sep)
{
	size_t total = 0;
	char *p, *q;

	for (size_t i = 0; i < n; i++)
		total = mem_add(total, mem_add(v[i].n, i ? sep.n : 0));
	p = q = arena_bytes(a, mem_add(total, 1));
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && sep.n > 0)
			q = mempcpy(q, sep.p, sep.n);
		if (v[i].n > 0)
			q = mempcpy(q, v[i].p, v[i].n);
	}
	*q = '\0';
	return (struct slice){ p, total };
}

void
arena_defer(struct arena *a, void (*fn)(void *), void *ptr)
{
	struct defer *d = arena_alloc(a, sizeof(*d));

	d->fn = fn;
	d->ptr = ptr;
	d->prev = a->defers;
	a->defers = d;
}

struct arena_mark
arena_mark(struct arena *a)
{
	return (struct arena_mark){ a->block, a->block->used, a->total,
		a->defers };
}

void
arena_rewind(struct arena *a, struct arena_mark m)
{
	run_defers(a, m.defers);
	while (a->block != m.block)
		block_drop(a);
	block_cut(a->block, m.used);
	a->total = m.total;
}

size_t
arena_used(const struct arena *a)
{
	return a->total;
}

size_t
arena_held(const struct arena *a)
{
	return a->held;
}

/*
 * arena - memory that is freed all at once.
 *
 * One arena per message (scan), one per rule-set generation, one per
 * request.  Nothing in an arena is freed singly.  Memory is zeroed, but for
 * arena_bytes.
 * Running out of memory is fatal for the process (see mem.h), so no
 * function here fails.  A freed arena is poisoned under ASan.
 *
 * Lacks, on purpose: threads, alignment above 16.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct arena;

struct arena_mark {
	void *block;
	size_t used;
	size_t total;
	void *defers;
};

struct arena *arena_new(void);
/* Run deferred clean-ups (last first), free everything; *a becomes NULL. */
void arena_free(struct arena **a);
/* As free + new, but keeps some blocks for reuse. */
void arena_reset(struct arena *a);

void *arena_alloc(struct arena *a, size_t n);		/* zeroed, 16-aligned */
/* Not zeroed: for bytes that are written at once. */
void *arena_bytes(struct arena *a, size_t n);
/*
 * Make p, which was handed out with `from` bytes, `to` bytes long where it is;
 * the new ones are not zeroed.  false: nothing was done, because something else
 * was handed out since, or the block is full.
 */
bool arena_extend(struct arena *a, const void *p, size_t from, size_t to);
/* n * size, overflow is fatal */
void *arena_alloc_array(struct arena *a, size_t n, size_t size);
void *arena_copy(struct arena *a, const void *p, size_t n);
/* A NUL-terminated copy (the NUL is not counted in the slice). */
struct slice arena_slice(struct arena *a, struct slice s);
char *arena_str(struct arena *a, struct slice s);
char *arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
struct slice arena_lower(struct arena *a, struct slice s);	/* ASCII */
struct slice arena_join(struct arena *a, const struct slice *v, size_t n,
    struct slice sep);

/* Call fn(ptr) when the arena is freed, reset or rewound past this point. */
void arena_defer(struct arena *a, void (*fn)(void *), void *ptr);

/* Scratch space: everything allocated after the mark goes at rewind, which
 * keeps some blocks for reuse, too. */
struct arena_mark arena_mark(struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark m);

/* Bytes handed out / bytes held from malloc. */
size_t arena_used(const struct arena *a);
size_t arena_held(const struct arena *a);

#endif

/*
 * mem - heap memory that either is there or ends the process, and the two
 * ways a process of ours ends on purpose.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t n);				/* zeroed */
void *mem_bytes(size_t n);				/* not zeroed */
void *mem_alloc_array(size_t n, size_t size);		/* zeroed, checked */
void *mem_realloc(void *p, size_t n);
char *mem_strdup(const char *s);
void mem_free(void *p);					/* NULL is fine */

/* Give back to the system what is free: after much of it was needed once, and
 * before a fork, whose children would have it, too. */
void mem_trim(void);
/* For a process that ends soon: what is freed is kept for what comes, instead
 * of page after page given back and asked for again. */
void mem_keep(void);

/* a*b and a+b; overflow is fatal. */
size_t mem_mul(size_t a, size_t b);
size_t mem_add(size_t a, size_t b);

/* Our bug: print file:line and text, abort. */
#define DIE(...) die_at(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void die_at(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The environment (memory, descriptors): print, exit 75 so that the client
 * sees a temporary failure and the master starts another one. */
_Noreturn void fatal(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

#endif

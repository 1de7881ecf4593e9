/*
 * prefilter - which of many literals occur in a text, in one pass.
 *
 * Two implementations, chosen by configure: hyper.c (Hyperscan) and ac.c
 * (Aho-Corasick, --without-hyperscan).  Both report every id that has an
 * occurring literal at least once, in any order; ids may repeat.
 *
 * A prefilter is built before the fork and read-only; a scratch belongs to
 * one process.
 */
#ifndef MATCH_PREFILTER_H
#define MATCH_PREFILTER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "match/pack.h"

struct prefilter;
struct prefilter_scratch;

struct prefilter_literal {
	struct slice text;	/* not empty; lower case if nocase */
	bool nocase;		/* ASCII letters only */
	unsigned id;		/* several literals may share one */
};

/* Lives in the arena.  NULL: could not be built (e). */
struct prefilter *prefilter_new(struct arena *a,
    const struct prefilter_literal *v, size_t n, struct err *e);
size_t prefilter_size(const struct prefilter *p);	/* bytes */

/* On disk, for the library, its version and the processor that
 * prefilter_identity adds to what it is kept under. */
void prefilter_identity(struct buf *b);
/* False: cannot be. */
bool prefilter_pack(const struct prefilter *p, struct buf *b);
/* As it was packed, with ids below n_ids; useless if u is bad then. */
struct prefilter *prefilter_unpack(struct arena *a, struct unpack *u,
    size_t n_ids);

/* Make *s fit for scanning with p too (start with NULL).  0 or -1. */
int prefilter_scratch_fit(struct prefilter_scratch **s,
    const struct prefilter *p);
void prefilter_scratch_free(struct prefilter_scratch **s);

typedef void prefilter_hit(unsigned id, void *arg);
/* Calls hit before it returns.  -1: gave up, any id may have occurred. */
int prefilter_scan(const struct prefilter *p, struct prefilter_scratch *s,
    struct slice text, prefilter_hit *hit, void *arg);

#endif

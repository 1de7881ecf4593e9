/*
 * sieve - which of many chains (chain.h) occur in a text, in one pass.
 *
 * Built before the fork and read-only; needs no scratch.
 */
#ifndef MATCH_SIEVE_H
#define MATCH_SIEVE_H

#include "base/arena.h"
#include "base/slice.h"
#include "match/chain.h"
#include "match/pack.h"

struct sieve;

struct sieve_chain {
	const struct chain *chain;	/* not needed after sieve_new */
	unsigned id;			/* several chains may share one */
};

/* Lives in the arena. */
struct sieve *sieve_new(struct arena *a, const struct sieve_chain *v,
    size_t n);

void sieve_pack(const struct sieve *s, struct buf *b);
/* As it was packed, with ids below n_ids; useless if u is bad then. */
struct sieve *sieve_unpack(struct arena *a, struct unpack *u, size_t n_ids);

typedef void sieve_hit(unsigned id, void *arg);
/* Calls hit, before it returns, for every chain that occurs. */
void sieve_scan(const struct sieve *s, struct slice text, sieve_hit *hit,
    void *arg);

#endif

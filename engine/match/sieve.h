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
	bool on_demand;			/* looked for when wanted only */
};

/* Lives in the arena.  Best with those on demand behind the others, chains of
 * the same id together, and of ids that are wanted together. */
struct sieve *sieve_new(struct arena *a, const struct sieve_chain *v,
    size_t n);

void sieve_pack(const struct sieve *s, struct buf *b);
/* As it was packed, with ids below n_ids; useless if u is bad then. */
struct sieve *sieve_unpack(struct arena *a, struct unpack *u, size_t n_ids);

/* As on a processor without AVX2: for tests. */
void sieve_narrow(struct sieve *s);

/* The wishes of one text: sieve_blocks() of them, false at first. */
size_t sieve_blocks(const struct sieve *s);
/* The chains of id are to be looked for. */
void sieve_want(const struct sieve *s, unsigned id, bool *wanted);

typedef void sieve_hit(unsigned id, void *arg);
/*
 * Calls hit, before it returns, for every chain that occurs, but for those on
 * demand that nobody wanted: of these some.  wanted may be NULL if none is on
 * demand.
 */
void sieve_scan(const struct sieve *s, struct slice text, const bool *wanted,
    sieve_hit *hit, void *arg);

#endif

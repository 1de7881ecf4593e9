/*
 * chain - sequences of byte classes that every match of a regex contains.
 *
 * What literals cannot say: F<any o><any r>, letters with signs strewn
 * between them, "six long words in a row".  A chain of n steps occurs in a
 * text when it has a byte of step[0], behind it any number of bytes of gap[1]
 * and then a byte of step[1], and so on up to step[n - 1].  Where gap[i] is
 * empty the bytes adjoin.
 *
 * sieve.h looks for many chains in one pass.  For the files of this room only.
 */
#ifndef MATCH_CHAIN_H
#define MATCH_CHAIN_H

#include "base/arena.h"
#include "rule/rule.h"

enum {
	CHAIN_STEPS = 40,	/* of a chain; a sieve's word has 64 */
	CHAIN_SET = 8,		/* chains kept for one regex */
};

struct byteset {
	uint64_t w[4];
};

struct chain {
	unsigned n;
	bool end;		/* chain_set.c: only a newline may follow */
	struct byteset step[CHAIN_STEPS];
	struct byteset gap[CHAIN_STEPS + 1];	/* [i] before step i */
};

/* One of which every match contains. */
struct chain_set {
	const struct chain *v[CHAIN_SET];
	size_t n;		/* 0: none worth looking for, see why */
	double weight;		/* how often one begins at a byte of mail */
	const char *why;
};

/* The set lives in a. */
void chain_analyse(struct arena *a, const struct rule_regex *re,
    struct chain_set *set_r);

/* ---- sets of bytes (chain_set.c) ---- */
void byteset_or(struct byteset *to, const struct byteset *from);
/* How much of mail text is made of them: [0,1]. */
double byteset_share(const struct byteset *s);

static inline bool
byteset_has(const struct byteset *s, unsigned char c)
{
	return s->w[c / 64] >> (c % 64) & 1;
}

static inline void
byteset_add(struct byteset *s, unsigned char c)
{
	s->w[c / 64] |= (uint64_t)1 << (c % 64);
}

/* ---- the analysis (chain_set.c, for chain.c only) ---- */
struct chain_info {
	size_t n;		/* 0: nothing matches */
	struct chain *v[CHAIN_SET];	/* allocated as far as ever used */
};
struct chain_work {
	struct arena *arena;
	struct chain_info product, other, once;
};
extern const struct algebra chain_algebra;
/* Fewer chains, each saying less. */
void chain_info_reduce(struct chain_work *w, struct chain_info *i, size_t n);

#endif

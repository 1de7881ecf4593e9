/*
 * chain-priv - single chains (chain_merge.c), for chain_set.c.
 */
#ifndef MATCH_CHAIN_PRIV_H
#define MATCH_CHAIN_PRIV_H

#include "match/chain.h"

extern const struct byteset byteset_none, byteset_all;

struct byteset byteset_union(const struct byteset *a,
    const struct byteset *b);
/* How many bytes are in one of them and not in the other. */
unsigned byteset_distance(const struct byteset *a, const struct byteset *b);

/* Any number of bytes of gap. */
void chain_gap(struct chain *c, const struct byteset *gap);
/* One byte of step. */
void chain_step(struct chain *c, const struct byteset *step);
void chain_copy(struct chain *to, const struct chain *from);
/* Can its text be empty, or one newline? */
bool chain_ends_well(const struct chain *c);
/* False: no text is one and then the other. */
bool chain_append(struct chain *to, const struct chain *next);
/* Add all bytes that its texts can have. */
void chain_alphabet(const struct chain *c, struct byteset *to);
/* a becomes a chain that every text of a or of b follows. */
void chain_merge(struct chain *a, const struct chain *b);
/* As chain_merge for chains of the same length. */
void chain_overlay(struct chain *a, const struct chain *b);

#endif

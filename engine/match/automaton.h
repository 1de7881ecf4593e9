/*
 * automaton - which of some regexes may match a text, in one pass.
 *
 * For the few large regexes that no literal and no chain keeps away: forms to
 * fill in, sentences spelt with replace tags.  A deterministic automaton of
 * all their programs (program.h), whose states are made when a text first
 * needs them.
 *
 * struct automaton is built before the fork and read-only; the states belong
 * to one process.
 */
#ifndef MATCH_AUTOMATON_H
#define MATCH_AUTOMATON_H

#include "base/arena.h"
#include "match/pack.h"
#include "match/program.h"

enum {
	AUTOMATON_RULES = 64,	/* a bit each */
	AUTOMATON_SHORTEST = 3,	/* bytes of what a program accepts */
	AUTOMATON_INSTRS = 400000,	/* of all programs */
	AUTOMATON_SETS = 60000,
};

struct automaton;
struct automaton_states;

/* At most AUTOMATON_RULES, none of which accepts less than
 * AUTOMATON_SHORTEST bytes. */
struct automaton *automaton_new(struct arena *a,
    const struct program *const *v, size_t n);
void automaton_pack(const struct automaton *m, struct buf *b);
/* As it was packed, with n programs; useless if u is bad then. */
struct automaton *automaton_unpack(struct arena *a, struct unpack *u,
    size_t n);

struct automaton_states *automaton_states_new(const struct automaton *m);
void automaton_states_free(struct automaton_states **s);
/* A new message: it may make as many states as any other. */
void automaton_begin(struct automaton_states *s);
/*
 * For each of n texts, bit i: v[i] of automaton_new may match.  All of them,
 * once a message needs too many states.
 */
void automaton_scan(struct automaton_states *s, const struct slice *v,
    size_t n, uint64_t *seen_r);

#endif

/*
 * automaton-priv - the inside of an automaton, for its two files: automaton.c
 * builds it before the fork, automaton_states.c runs it.
 */
#ifndef MATCH_AUTOMATON_PRIV_H
#define MATCH_AUTOMATON_PRIV_H

#include "match/automaton.h"

struct threads {
	const uint32_t *v;
	size_t n;
};

struct automaton {
	struct arena *arena;
	const struct instr *code;	/* jumps are relative */
	size_t n_code;
	const struct byteset *sets;	/* of byte classes */
	size_t n_sets;
	uint8_t class_of[256];
	size_t n_classes;
	struct threads *start;		/* by class: OP_SETs behind it as a
					 * program's first byte, anywhere */
	struct threads first[2];	/* OP_SETs besides, at the beginning of
					 * text and behind a newline */
	uint8_t newline;		/* its class */
	uint64_t all;			/* a bit for each program */
};

/* ---- sets of instructions (automaton.c) ---- */

/* A set of instructions, cleared by its own list. */
struct set {
	uint64_t *bits;
	uint32_t *v;
	size_t n;
};
void set_init(struct set *s, size_t n);
void set_free(struct set *s);
void set_clear(struct set *s);

static inline bool
set_has(const struct set *s, uint32_t i)
{
	return s->bits[i / 64] >> (i % 64) & 1;
}

static inline bool
set_add(struct set *s, uint32_t i)
{
	uint64_t bit = (uint64_t)1 << (i % 64);

	if (s->bits[i / 64] & bit)
		return false;
	s->bits[i / 64] |= bit;
	s->v[s->n++] = i;
	return true;
}

/* Where in the text an instruction is asked. */
enum { AT_BEGIN = 1, AT_LINE = 2, AT_END = 4 };
/* Add what they reach without a byte; returns what that accepts. */
uint64_t set_close(const struct instr *code, struct set *s, unsigned where);
/* Behind one byte of class c: where those of v that take it go on. */
void set_step(const struct automaton *m, struct threads from,
    unsigned char c, struct set *to);

#endif

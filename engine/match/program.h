/*
 * program - a regex as a small program, for automaton.h; for the files of
 * this room only.
 *
 * Reads what is regular in a regex.  What looks around (\b, lookaheads) counts
 * as "", what depends on other text (backreferences, conditions) as any
 * text, large counts as any count, and behind much of anything at all (.*,
 * [\w\s]{0,30}) it reads no further: the program accepts every text that
 * contains a match, and others.
 */
#ifndef MATCH_PROGRAM_H
#define MATCH_PROGRAM_H

#include "base/arena.h"
#include "match/chain.h"
#include "rule/rule.h"

enum program_op {
	OP_SET,			/* a byte of sets[set], then the next one */
	OP_SPLIT,		/* the next one, or that at x */
	OP_JUMP,		/* that at x */
	OP_BEGIN,		/* at the beginning of the text; the next one */
	OP_BEGIN_LINE,		/* there or behind a newline; the next one */
	OP_END,			/* only a newline may follow; the next one */
	OP_GIVE,		/* what follows is not looked at: it matches */
	OP_MATCH,		/* of regex number set */
};

struct instr {
	uint8_t op;
	uint16_t set;
	int32_t x;		/* relative to this one */
};

struct program {
	const struct instr *v;	/* falls off its end when it has matched */
	size_t n;
	const struct byteset *sets;
	size_t n_sets;
	size_t shortest;	/* bytes of the shortest text it accepts */
};

/* Lives in a.  NULL: too large, or not followed (why_r says which). */
const struct program *program_read(struct arena *a,
    const struct rule_regex *re, const char **why_r);

#endif

/*
 * lex - the lines of a .cf file (reference/sa-compat.md 1.2).
 */
#ifndef RULE_LEX_H
#define RULE_LEX_H

#include "base/arena.h"
#include "base/slice.h"

struct lex {
	struct slice rest;
	unsigned line;		/* of the line last returned */
	struct slice update;	/* N of the last "# UPDATE version N" before
				 * it: what an update of rules says it is */
};

enum lex_state { LEX_END, LEX_LINE, LEX_TOO_LONG, LEX_BINARY };

struct lex_line {
	struct slice key;	/* lower case, '-' is '_' */
	struct slice value;	/* trimmed */
	unsigned key_col, value_col;	/* from 1 */
};

void lex_start(struct lex *x, struct slice text);
/*
 * Next line that is not empty or all comment.  Slices point into the text or
 * into the arena.  LEX_TOO_LONG, LEX_BINARY: a line that has to be skipped.
 */
enum lex_state lex_next(struct lex *x, struct arena *a, struct lex_line *l_r);
/* Split "word rest" as a line is split; for lang lines. */
void lex_split(struct arena *a, struct slice text, struct lex_line *l_r);

#endif

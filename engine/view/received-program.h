/*
 * received-program - a compiled Received pattern: what received_pattern.c
 * makes and received_match.c runs.
 */
#ifndef VIEW_RECEIVED_PROGRAM_H
#define VIEW_RECEIVED_PROGRAM_H

#include "view/received.h"

/* Choices in a pattern: bits of a word of received_match.c. */
#define RECEIVED_CHOICES 32

enum received_op { OP_BYTE, OP_CLASS, OP_RUN, OP_RANGE, OP_SPLIT, OP_JUMP,
	OP_SAVE, OP_IP, OP_LOCALHOST, OP_BOUNDARY, OP_LINE_END, OP_NOT_ID,
	OP_DONE };

struct received_inst {
	unsigned char op;		/* enum received_op */
	unsigned char arg;	/* byte, class, slot or number of the choice */
	unsigned char min, max;	/* OP_RUN, OP_RANGE; max 0: no limit */
	unsigned char x, y;	/* where to go: first choice, second */
};

struct received_program {
	bool nocase;
	struct slice literal;	/* no match without it; or empty */
	struct received_inst v[];
};

/* Sets of bytes by their letter in the language; the last has no function.
 * The first is the word class. */
struct received_class {
	char letter;
	bool (*has)(unsigned char c);
};
extern const struct received_class received_classes[];

#endif

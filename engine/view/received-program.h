/*
 * received-program - a compiled Received pattern: what received_pattern.c
 * makes and received_match.c runs.
 */
#ifndef VIEW_RECEIVED_PROGRAM_H
#define VIEW_RECEIVED_PROGRAM_H

#include "view/received.h"

/* Choices in a pattern: bits of a word of received_match.c. */
#define RECEIVED_CHOICES 32

enum received_op { OP_BYTE, OP_CLASS, OP_RUN, OP_RANGE, OP_LOOP, OP_SPLIT,
	OP_JUMP, OP_SAVE, OP_IP, OP_LOCALHOST, OP_BOUNDARY, OP_LINE_END,
	OP_NOT_ID, OP_DONE };

struct received_inst {
	unsigned char op;		/* enum received_op */
	unsigned char arg;	/* byte, class, slot or number of the choice */
	unsigned char min, max;	/* OP_RUN, OP_RANGE; max 0: no limit */
	unsigned char x, y;	/* where to go: first choice, second;
				 * OP_LOOP: x is the number of the choice */
};

struct received_program {
	bool nocase;
	bool search;		/* begins with SEARCH, which is left out */
	struct slice first;	/* what a match begins with, behind %. */
	struct received_pairs need;
	struct received_inst v[];
};

/* Sets of bytes by their letter in the language; the last has no function.
 * The first is the word class. */
struct received_class {
	char letter;
	bool (*has)(unsigned char c);
};
#define RECEIVED_CLASSES 19
extern const struct received_class received_classes[RECEIVED_CLASSES + 1];

/* text: see the language in received_pattern.c; a bug in it is fatal. */
struct received_program *received_compile(struct arena *a, const char *text);

#endif

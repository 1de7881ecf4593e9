/*
 * shape-priv - the reader of shapes; for shape.c and shape_group.c only.
 */
#ifndef MATCH_SHAPE_PRIV_H
#define MATCH_SHAPE_PRIV_H

#include "match/shape.h"

struct shape_reader {
	struct arena *arena;
	struct slice s;
	size_t at;
	bool lost;			/* something is not followed */
	bool quoting;			/* behind \Q */
	bool verbs;
};

/* The byte k ahead, or -1 behind the end. */
int shape_peek(const struct shape_reader *r, size_t k);
/* Step over what if it is there. */
bool shape_skip(struct shape_reader *r, struct slice what);
/* Step behind the next c, or be lost. */
void shape_skip_past(struct shape_reader *r, char c);

/* A part that begins here. */
struct shape *shape_make(struct shape_reader *r, enum shape_kind kind);
/* A kid has one parent, the last it was added to. */
void shape_add(struct shape_reader *r, struct shape *to, struct shape *kid);

/* Alternatives up to the closing parenthesis (not eaten) or the end. */
struct shape *shape_choice(struct shape_reader *r, unsigned depth,
    unsigned flags);
/* A group at its "(".  Flags that are set without a group change *flags. */
struct shape *shape_group(struct shape_reader *r, unsigned depth,
    unsigned *flags);

#endif

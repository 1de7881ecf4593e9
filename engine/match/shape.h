/*
 * shape - a regex as a tree, for lint: what repeats what.
 *
 * Literal analysis reads a regex without keeping anything; who asks where a
 * regex can backtrack needs the tree.  It is an approximation and claims
 * nothing: back references and calls of groups are SHAPE_OTHER, and what the
 * reader does not follow gives no tree at all.
 */
#ifndef MATCH_SHAPE_H
#define MATCH_SHAPE_H

#include <limits.h>

#include "rule/rule.h"

enum shape_kind {
	SHAPE_SET,		/* one byte of member */
	SHAPE_SEQUENCE,		/* kids one after another; none: nothing */
	SHAPE_CHOICE,		/* one of kids */
	SHAPE_CONDITION,	/* one of kids; a condition says which */
	SHAPE_REPEAT,		/* kids[0], min to max times */
	SHAPE_START,		/* ^ \A: consumes nothing */
	SHAPE_END,		/* $ \z \Z */
	SHAPE_LOOK,		/* lookaround over kids[0]; consumes nothing */
	SHAPE_OTHER,		/* \b, a reference, a call, a verb: who knows */
};

struct shape {
	enum shape_kind kind;
	struct shape *parent;
	VEC_OF(struct shape *) kids;
	size_t index;			/* among the parent's kids */
	size_t from, to;		/* in the regex's text */
	unsigned min, max;		/* UINT_MAX: no end */
	bool possessive;
	bool *member;			/* SHAPE_SET: 256 */
	bool verbs;			/* of the whole: it has (*VERB)s, which
					 * may forbid any way to match */
};

/* NULL: not followed. */
struct shape *shape_parse(struct arena *a, const struct rule_regex *re);

#endif

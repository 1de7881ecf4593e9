/*
 * literal-priv - sets of strings and what is known of a piece of a regex;
 * for the files literal*.c only.
 *
 * A struct lit_info says about every text that a piece of regex can consume:
 *
 *	exact	it is one of the strings in head (tail and best unused)
 *	else	it begins with one of head, ends with one of tail and
 *		contains one of best
 *
 * Saying less is always safe: {""} is the set that says nothing.  parse.c
 * reads the regex and joins infos; it never builds a tree.
 */
#ifndef MATCH_LITERAL_PRIV_H
#define MATCH_LITERAL_PRIV_H

#include "base/arena.h"
#include "base/slice.h"
#include "rule/rule.h"

enum {
	LIT_BYTES = 30,		/* of a literal; more filter no better */
	LIT_CROSS = 64,		/* strings a concatenation may multiply to */
	LIT_SET = 256,		/* alternatives kept of a set */
	LIT_SHORT = 4,		/* what they are cut to when there are more */
	LIT_USEFUL = 2,		/* shorter literals are in every line */
};

/* With nocase, b is lower case and stands for both cases (ASCII only).  What is
 * behind the n bytes is 0, so that equal ones are equal as a whole. */
struct lit {
	uint8_t n;
	bool nocase;
	char b[LIT_BYTES];
};

/* Never empty once initialised. */
struct lit_set {
	struct lit *v;
	size_t n, cap;
	uint64_t seen[4];	/* a bit of each that is in it, perhaps more */
};

struct lit_info {
	bool exact;
	struct lit_set head, tail, best;
};

/* Scratch of one analysis; freed as a whole. */
struct lit_work {
	struct arena *arena;
	struct lit_set tmp;
	struct lit_info repeat;
	struct slice common;	/* what is in it is in every text */
};

/* literal_set.c */
void lit_set_only(struct lit_work *w, struct lit_set *s, const struct lit *l);
void lit_set_add(struct lit_work *w, struct lit_set *s, const struct lit *l);
/* How often one of them is found in mail by chance, roughly, plus what it
 * costs to look for them; 1 or more: useless. */
double lit_set_weight(const struct lit_work *w, const struct lit_set *s);

void lit_info_empty(struct lit_work *w, struct lit_info *i);	/* exactly "" */
void lit_info_any(struct lit_work *w, struct lit_info *i);
void lit_info_byte(struct lit_work *w, struct lit_info *i, unsigned char c,
    bool fold);
/* One byte of a class; any if it has too many members to enumerate. */
void lit_info_class(struct lit_work *w, struct lit_info *i,
    const bool member[256]);
void lit_info_copy(struct lit_work *w, struct lit_info *to,
    const struct lit_info *from);
/* acc = acc next */
void lit_info_concat(struct lit_work *w, struct lit_info *acc,
    const struct lit_info *next);
/* acc = acc | next */
void lit_info_alt(struct lit_work *w, struct lit_info *acc,
    const struct lit_info *next);
/* i = i{min,max}; max UINT_MAX: no end */
void lit_info_repeat(struct lit_work *w, struct lit_info *i, unsigned min,
    unsigned max);
/* The lightest set the info knows. */
const struct lit_set *lit_info_best(const struct lit_work *w,
    const struct lit_info *i);

#endif

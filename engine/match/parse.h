/*
 * parse - one reading of a regex, for analyses of what every text it matches
 * must contain.
 *
 * parse.c and parse_group.c read; an analysis is a struct algebra, which says
 * what is known of a byte, of two pieces in a row, of alternatives.  What it
 * knows of a piece is opaque here.  Saying less is always safe.
 */
#ifndef MATCH_PARSE_H
#define MATCH_PARSE_H

#include "base/map.h"
#include "rule/rule.h"

enum {
	NEST_MAX = 250,			/* PCRE2's own limit */
	FLAG_XX = 1 << 8,		/* (?xx), beside enum rule_reflag */
};

/*
 * How an analysis joins what it knows.  work is its own; piece, acc and next
 * point to `size` bytes, zero before the first use.
 */
struct algebra {
	size_t size;
	void (*empty)(void *work, void *piece);		/* exactly "" */
	void (*any)(void *work, void *piece);		/* any text */
	/* Nothing may come before: \A, ^; multiline: but a newline. */
	void (*begin)(void *work, void *piece, bool multiline);
	/* Nothing but a newline may come behind: $, \z, \Z. */
	void (*end)(void *work, void *piece);
	/* fold: either case, Latin-1 letters too (trap 2) */
	void (*byte)(void *work, void *piece, unsigned char c, bool fold);
	void (*class)(void *work, void *piece, const bool member[256]);
	void (*copy)(void *work, void *to, const void *from);
	void (*concat)(void *work, void *acc, const void *next);
	void (*alt)(void *work, void *acc, const void *next);
	/* max UINT_MAX: without end */
	void (*repeat)(void *work, void *piece, unsigned min, unsigned max);
};

/*
 * What alg knows of a whole regex: NULL, and piece_r filled, or why the
 * reading was given up.
 */
const char *parse_regex(const struct algebra *alg, void *work,
    const struct rule_regex *re, void *piece_r);

/* ---- for parse.c and parse_group.c only ---- */

/* One level of nesting; its pieces are reused by the next group there. */
struct frame {
	void *seq, *atom;
};

struct parse {
	const struct algebra *alg;
	void *work;
	struct arena *arena;
	struct slice s;
	size_t at;
	const char *why;		/* set: given up */
	struct frame frames[NEST_MAX];
	struct map *groups;		/* of the DEFINE part, by name */
	bool defining;
	bool unresolved;		/* a call of a group not quite known */
};

/* ---- the place in the pattern (parse.c) ---- */
/* End the analysis; nothing is read after that. */
void parse_give_up(struct parse *p, const char *why);
/* The byte k ahead, or -1 behind the end. */
int parse_peek(const struct parse *p, size_t k);
bool parse_digit(const struct parse *p, size_t k);
bool parse_looking_at(const struct parse *p, struct slice what);
/* Step over what if it is there. */
bool parse_skip(struct parse *p, struct slice what);
/* Step behind the next c, or give up; returns what was before it. */
struct slice parse_skip_past(struct parse *p, char c);

/* Up to the closing parenthesis (not eaten) or the end. */
void parse_alternatives(struct parse *p, unsigned depth, unsigned flags,
    void *out);
/* A group at its "(".  True: only the flags changed, and there is no atom. */
bool parse_group(struct parse *p, unsigned depth, unsigned *flags,
    void *out);

#endif

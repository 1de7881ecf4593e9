/*
 * literal-parse - the reading of one regex by literal analysis; for
 * literal_parse.c and literal_group.c only.
 */
#ifndef MATCH_LITERAL_PARSE_H
#define MATCH_LITERAL_PARSE_H

#include "base/map.h"
#include "match/literal-priv.h"

enum {
	NEST_MAX = 250,			/* PCRE2's own limit */
	FLAG_XX = 1 << 8,		/* (?xx), beside enum rule_reflag */
};

/* One level of nesting; its sets are reused by the next group there. */
struct frame {
	struct lit_info seq, atom;
};

struct parse {
	struct lit_work *w;
	struct slice s;
	size_t at;
	const char *why;		/* set: given up */
	struct frame *frames[NEST_MAX];
	struct map *groups;		/* of the DEFINE part, by name */
	bool defining;
	bool unresolved;		/* a call of a group not seen yet */
};

/* ---- the place in the pattern (literal_parse.c) ---- */
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
    struct lit_info *out);
/* A group at its "(".  True: only the flags changed, and there is no atom. */
bool parse_group(struct parse *p, unsigned depth, unsigned *flags,
    struct lit_info *out);

#endif

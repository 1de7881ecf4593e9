/*
 * explain - what the files of `tare explain` share: one verdict, and where
 * each hit came from.
 */
#ifndef CMD_EXPLAIN_H
#define CMD_EXPLAIN_H

#include "base/buf.h"
#include "base/map.h"
#include "cmd/cmd.h"

/* One message being explained. */
struct explaining {
	const struct cmd_options *o;
	const struct engine *eng;
	struct arena *arena;
	const char *file;
	struct view *view;
	const struct verdict *verdict;
	const struct rule_result *results;
	struct map *sources;		/* path -> struct slice *, files read */
	bool *shown;			/* by id: told in full already */
};

/* Where a regex rule hit. */
struct place {
	const char *view;		/* "body", "header" … */
	const char *where;		/* "line 3", "From:addr", "part 2" */
	size_t line, start, length;
	unsigned part;			/* MIME part, 0: none or not known */
	size_t offset;			/* in that part's text or bytes */
	struct slice bytes;		/* what matched */
	bool found;			/* false: exists: or !~, no bytes */
};

/* False: not a rule with a place (eval, meta). */
bool explain_place(struct explaining *x, const struct rule *r,
    struct place *p_r);
/* The line that defines the rule, as written; made up when the file is not
 * there any more. */
struct slice explain_source(struct explaining *x, const struct rule *r);
/* The operands of a meta that hit, by id; n 0 for other rules. */
const struct rule **explain_operands(struct explaining *x,
    const struct rule *r, size_t *n_r);
/* The zone a result rests on, or NULL. */
const struct verdict_zone *explain_zone(const struct explaining *x,
    const struct rule *r);
/* Rules with a score that stayed unknown, grouped by reason. */
struct doubt {
	const char *why;
	VEC_OF(const struct rule *) rules;
};
struct doubt **explain_doubts(struct explaining *x, size_t *n_r);

/* One object, no newline. */
void explain_json(struct explaining *x, struct buf *b);

#endif

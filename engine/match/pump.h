/*
 * pump - texts made to be slow for one regex; for lint only.
 *
 * A regex that can read the same text in many ways tries them all before it
 * gives up.  Its shape says where that may be; a text that repeats what is
 * read in many ways ("pumps" it) and then does not fit shows whether it is.
 */
#ifndef MATCH_PUMP_H
#define MATCH_PUMP_H

#include "match/match.h"
#include "match/shape.h"

struct pump {
	const struct shape *where;	/* the repetition that does it */
	struct slice text;
	struct slice word;		/* what the text repeats … */
	size_t times;
};

/*
 * A short text (some hundred bytes) that makes the regex run into its match
 * limit.  False: none found.  x is the regex's shape.
 */
bool pump_explodes(struct arena *a, const struct regex *re,
    const struct shape *x, struct pump *p_r);
/* A text of at most `bytes` that makes it run into the limits. */
bool pump_drags(struct arena *a, const struct regex *re,
    const struct shape *x, size_t bytes, struct pump *p_r);

#endif

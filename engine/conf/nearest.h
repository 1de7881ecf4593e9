/*
 * nearest - did-you-mean: the known word closest to one that is not known.
 *
 *	struct nearest n;
 *	nearest_start(&n, word);
 *	for each known name: nearest_try(&n, name);
 *	n.best is the winner, or empty when nothing is close
 */
#ifndef CONF_NEAREST_H
#define CONF_NEAREST_H

#include "base/slice.h"

struct nearest {
	struct slice word, best;
	uint32_t letters;	/* of word */
	unsigned distance;	/* of best, or one more than is allowed */
};

void nearest_start(struct nearest *n, struct slice word);
/* name must live as long as n.best is used.  The first of equals stays. */
void nearest_try(struct nearest *n, struct slice name);

#endif

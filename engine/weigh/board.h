/*
 * board - the controls of all workers on one list, shared.
 *
 * A control costs the list a question, and a list may be asked only so many a
 * minute by the whole site, however many workers scan.  So the workers share a
 * page: how many controls may leave now, and what became of those that left.
 * A positive of one worker may rest on the control of another if that control
 * left after the positive arrived; nothing else about it matters.
 *
 * Story.  A positive arrives in worker A: it remembers control_line_next().
 * A is given a token, so it calls control_line_launch (number 7) and asks.
 * Another positive arrives in worker B; no token is left.  B looks at the line
 * now and then.  A's answer comes: control_line_result(7, clean).  A's positive
 * counts; B's does not (7 left before it came) and waits for number 8, which
 * whoever is given the next token launches for all who wait.
 *
 * The page is made before any fork and writable by every worker.  One that
 * hostile mail has taken over could write "clean" there; it could as well tell
 * the keeper that every list is broken.  Neither reaches another message's
 * bytes, and the states of zones stay the keeper's alone.
 *
 * Times are passed in.  No call blocks; a worker killed between two stores
 * leaves a control that never ends and is forgotten after CONTROL_LOST.
 */
#ifndef WEIGH_BOARD_H
#define WEIGH_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct control_board;
struct control_line;

/* shared: with the children of this process; else for this one alone. */
struct control_board *control_board_new(bool shared, struct err *e);
void control_board_free(struct control_board **b);
/* Do others see it?  Then it is worth looking at again and again. */
bool control_board_shared(const struct control_board *b);
/* The zone's line, by name, made at first use; it lives as long as the
 * board. */
struct control_line *control_board_line(struct control_board *b,
    const char *zone);

/*
 * Take one of the cap's controls, now in seconds of any clock that all
 * processes share.  Never more than cap in any 60 seconds.  False: *wait_r is
 * when to come again, in seconds.
 */
bool control_line_take(struct control_line *l, unsigned cap, double now,
    double *wait_r);
/* It was not used after all. */
void control_line_give_back(struct control_line *l, unsigned cap);

/* The number that the next control of this line will have. */
uint64_t control_line_next(const struct control_line *l);
/* A control leaves: its number.  now: monotonic seconds. */
uint64_t control_line_launch(struct control_line *l, unsigned shape,
    double now);
/* result: a small number of the caller's, below 16. */
void control_line_result(struct control_line *l, uint64_t number,
    unsigned result);

enum control_fate { CONTROL_FLYING, CONTROL_DONE, CONTROL_LOST };
struct control_sight {
	enum control_fate fate;
	unsigned shape, result;		/* result when DONE */
};
/* What became of number, which must be below control_line_next. */
struct control_sight control_line_look(const struct control_line *l,
    uint64_t number, double now);
/* How many are under way, of any shape. */
unsigned control_line_flying(const struct control_line *l, double now);

#endif

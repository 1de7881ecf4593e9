/*
 * zones - the verbs of tare zones: one function each, rows of zones_cmd.c.
 */
#ifndef CMD_ZONES_H
#define CMD_ZONES_H

#include "cmd/cmd.h"
#include "learn/learn.h"

/* What the verbs share. */
struct zones {
	struct cmd_options *o;
	const char *zone;		/* operand, lower case; NULL: none */
	const char *since, *until;	/* options as given; NULL: not */
	const char *key, *node;
	bool changed;
	struct store *store;		/* zones_open */
	double now;			/* zone time */
	struct map *asked;		/* zones that the daemon's rules ask;
					 * NULL: no daemon to say so */
	unsigned width;			/* columns to write on */
	size_t shown;
};

/* All return an exit status, having told the user what is wrong. */
int zones_list(struct zones *z);
int zones_show(struct zones *z);
int zones_history(struct zones *z);
int zones_exposure(struct zones *z);
int zones_probe(struct zones *z);
int zones_pin(struct zones *z);
int zones_unpin(struct zones *z);
int zones_export(struct zones *z);
int zones_import(struct zones *z);

/* The database, read-only; sets store and now.  0 or an exit status. */
int zones_open(struct zones *z);
/* Close it; rc: of the last store function. */
int zones_close(struct zones *z, int rc);
/* No zone of that name: tells it. */
int zones_unknown(const struct zones *z);
/*
 * Zone time (now): the daemon's, which in drills and tests is not the clock's,
 * or the clock's where none runs; and which zones its rules ask.
 */
void zones_ask_daemon(struct zones *z);
/* One line to the daemon, its whole answer.  An answer that is an error is
 * told here. */
int zones_tell(struct zones *z, const char *line, struct slice *answer_r);

/* ---- precision by code (zones_codes.c) ---- */
/* A line for each code that was seen, and for any of them if there are more. */
void zones_codes_print(const struct zones *z, const struct zone_codes *c);
/* The member "codes": an array, its last the sums of any code. */
void zones_codes_json(struct buf *b, const struct zone_codes *c);

/* ---- words and numbers (zones_words.c) ---- */
/* Columns of the terminal, or $COLUMNS, or 80. */
unsigned zones_width(void);
/* Text broken at blanks; the cursor stands at the column where each further
 * line is to begin. */
void zones_wrap(const char *text, unsigned indent, unsigned width);
/* "12.3 %", "0.02 %", or "-" when nothing was asked. */
const char *zones_share(double part, double whole, char dst[12]);
/* A share of subjects, or of lookups where no subject was counted. */
void zones_hour_share(const struct store_hour_sum *s, double *part_r,
    double *whole_r);

#endif

/*
 * report-priv - shared inside the room: template tags, folding, line ends.
 */
#ifndef REPORT_REPORT_PRIV_H
#define REPORT_REPORT_PRIV_H

#include "report/report.h"

struct tag_context {
	struct arena *arena;
	const struct report_conf *conf;
	const struct verdict *verdict;
	struct view *view;
};

/* Expand _TAG_ and _TAG(args)_ in a template; unknown ones stay. */
struct slice tag_expand(const struct tag_context *c, struct slice text);

/* The rule table of a report: points, name, description; and what was void. */
void report_summary(struct buf *b, const struct tag_context *c);
/* A few readable lines of the message. */
struct slice report_preview(const struct tag_context *c);

/* The message's own line end: "\r\n" or "\n". */
const char *report_eol(const struct mail *m);
/*
 * "Name: value" as header lines: broken before column 79 at blanks and commas
 * with a TAB, line ends as given.
 */
void report_fold(struct buf *b, struct slice name, struct slice value,
    const char *eol, bool fold);
/* "zone bl.example.org quarantined: wildcard": for one voided rule. */
void report_void(struct buf *b, const struct verdict_hit *h);

#endif

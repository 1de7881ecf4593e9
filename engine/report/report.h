/*
 * report - a verdict in every form it is shown in.
 *
 * All forms come from the same struct verdict, which scan/ fills.  Text from
 * mail or DNS that goes into a header or line is stripped of CR, LF, NUL and
 * controls by one function (report_clean), so nothing can inject a line.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/buf.h"
#include "mail/mail.h"
#include "rule/rule.h"
#include "view/view.h"
#include "weigh/weigh.h"

struct verdict_hit {
	const struct rule *rule;
	double score;		/* what the rule's score says (all counts) */
	double points;		/* what it added: score * weight */
	double weight;
	unsigned count;		/* 1, or hits of a `multiple` rule */
	int zone;		/* index into zones, or -1 */
	const char *why;	/* if void: "zone quarantined: wildcard" */
	/* What the rule's plugin says of it: "RBL: " in front of its
	 * description (NULL: by the rule's kind), and lines below that. */
	const char *area;
	const struct slice *notes;
	size_t n_notes;
};
struct verdict_zone {
	struct slice name;
	enum zone_state state;
	enum zone_reason reason;
	double weight;
	bool used;		/* asked, or withheld, for this message */
	/* "4.3.2.1.bl… -> 127.0.0.2, 127.0.0.4": questions it said listed to,
	 * as the answers came */
	const struct slice *answers;
	size_t n_answers;
};
struct verdict {
	bool spam;
	double score;		/* rounded to 3 decimals */
	double required;
	struct verdict_hit *hits;	/* by name; counted ones */
	size_t n_hits;
	struct verdict_hit *voided;	/* would have hit or been asked, but
					 * weigh 0 now; by name */
	size_t n_voided;
	struct slice *subrules;		/* hit __NAMES, by name */
	unsigned *subrule_hits;		/* how often each; NULL: once */
	size_t n_subrules;
	struct verdict_zone *zones;	/* all; report those with .used */
	size_t n_zones;
	uint32_t defects;
	double ms;		/* wall time of the scan */
	double cpu_ms;
	size_t bytes;
	bool partial;		/* time or byte budget ended the scan early */
	/* A rule ended it: "ham" or "spam"; by is NULL if the sum did. */
	const char *ended_as;
	const struct rule *ended_by;
	unsigned unknown;	/* rules left unknown */
};

/* What headers and texts need besides the verdict. */
struct report_conf {
	const struct conf *conf;
	struct slice hostname, version;
	struct slice released;		/* date of the program's release */
	struct slice rules_version;
	unsigned score_set;
	const struct ruleset *rs;
	bool in_place;		/* never wrap: the client keeps its body */
};

/* Remove CR LF NUL and other controls; controls become one space. */
struct slice report_clean(struct arena *a, struct slice s);

/* "SYMBOLS": A,B,C (empty for none). */
struct slice report_tests(struct arena *a, const struct verdict *v);
/* The text report (REPORT verb, report_safe body), LF line ends. */
struct slice report_text(struct arena *a, const struct report_conf *c,
    const struct verdict *v, struct view *view);
/* The block of X-Spam- lines to add, with the message's line ends. */
struct slice report_headers(struct arena *a, const struct report_conf *c,
    const struct verdict *v, struct view *view);
/*
 * The whole rewritten message.  In place: marks of other scanners are put out
 * of sight (X-Tare-Kept), ours come after a leading mbox line and Return-Path,
 * rewrite_header changes Subject, From and To; body bytes are unchanged.
 * report_safe 1 and 2 put spam into a new message.
 */
struct slice report_rewrite(struct arena *a, const struct report_conf *c,
    const struct verdict *v, struct view *view);
/* A message that could not be scanned, with one X-Tare-Error line that says
 * why; whatever looks like a verdict in it is put out of sight. */
struct slice report_unscanned(struct arena *a, struct slice raw,
    const char *why);
/*
 * Undo the last rewriting: the bytes that were rewritten.  Marks that a sender
 * forged give back nothing but what undo.c says.
 */
struct slice report_undo(struct arena *a, struct slice message);
/* One JSON object, no newline (design 8); file may be empty. */
void report_json(struct buf *b, const struct verdict *v, struct slice file);
/* Members of an object: ,"answer":"…" and, if there are several,
 * ,"answers":[…]; nothing without one. */
void report_answers(struct buf *b, const struct verdict_zone *z);
/* "FILE: Y 7.3/5.0 tests=A,B void=…" */
void report_line(struct buf *b, const struct verdict *v, struct slice file);

#endif

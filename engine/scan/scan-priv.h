/*
 * scan-priv - the inside of struct scanner and struct scan.
 */
#ifndef SCAN_SCAN_PRIV_H
#define SCAN_SCAN_PRIV_H

#include <event2/event.h>

#include "base/vec.h"
#include "scan/scan.h"

/* Arenas of scans that are over; bytes of all of them. */
#define SPARES		64
#define SPARE_BYTES	(1024u * 1024)

/*
 * The zones as one snapshot of the shared table says, by plug_zone index.
 * Scans hold the one they began with, so a verdict is consistent.
 */
struct zone_view {
	unsigned refs;
	uint64_t generation;
	size_t n;
	struct zone_entry entries[];
};

struct scanner {
	const struct engine *eng;
	struct scanner_options opt;
	struct arena *arena;
	struct ask *ask;		/* NULL: no network */
	struct match_worker **match;	/* by step */
	struct zone_view *zones;	/* newest */
	double clock_scale;
	/* warm ones for the next messages, the one used last on top */
	struct arena *spares[SPARES];
	size_t n_spares;
	size_t spare_bytes;		/* held by them */
	unsigned open_scans;
};

/* One list answer that a rule rests on. */
struct positive {
	struct scan *scan;
	unsigned rule;
	uint16_t zone;
	struct in_addr code;
	struct ask_query *control;
	enum { POSITIVE_OPEN, POSITIVE_COUNTED, POSITIVE_VOID } state;
	const char *why;
};

/* "QNAME -> CODE, CODE" */
struct said {
	uint16_t zone;
	struct slice text;
};

/* The end of a scan before all rules have run (ending.c). */
struct scan_ending {
	bool ended;
	const struct rule *rule;	/* whose hit it was; NULL: the sum */
	const char *type;		/* "ham", "spam" */
	double points;			/* of the mark */
	struct rule_place place;	/* rules behind it do not count */
	bool partial;			/* only metas that are ready … */
	int metas_upto;			/* … at this priority are evaluated */
	double sum;			/* of the hits seen so far */
	bool *seen;			/* by rule id */
};

/* ANSWERED: by something that is clean or listed. */
enum zone_use { ZONE_UNUSED, ZONE_ASKED, ZONE_WITHHELD, ZONE_ANSWERED };

struct scan {
	struct scanner *scanner;
	struct arena *arena;
	struct slice raw;
	struct scan_options opt;
	scan_done_fn *done;
	void *arg;
	struct mail *mail;
	struct view *view;
	struct rule_result *results;
	struct tare_msg *msg;
	struct zone_view *zones;
	uint8_t *zone_use;		/* enum zone_use by zone index */
	VEC_OF(struct positive *) positives;
	VEC_OF(struct said) said;	/* what lists said, as it came */
	int pending;			/* questions and controls open */
	bool cpu_done;			/* the stages before await have run */
	bool finished;
	struct event *timer;
	double t0, cpu0, deadline;
	double match_cpu;		/* seconds that regexes took */
	struct scan_ending ending;
	/* With the verdict: ids of the rules that hit or are not known. */
	VEC_OF(unsigned) spoke;
	double listens_since;		/* first turn of the loop; 0: none */
	struct verdict verdict;
};

/* zones.c */
struct zone_view *zones_current(struct scanner *s);
void zones_release(struct zone_view **z);
/* What the table says of a zone (plug_zone index) at this moment. */
struct zone_entry zones_latest(struct scanner *s, uint16_t zone);
/* Zone time: what the entries' `since` and `last_clean` are in. */
double zones_now(const struct scanner *s);

/* confirm.c */
void confirm_positive(struct scan *sc, unsigned rule, uint16_t zone,
    struct in_addr code, const char *qname);
void confirm_cancel(struct scan *sc);
/* "zone quarantined: wildcard": why a zone's rules weigh nothing. */
const char *confirm_why(struct arena *a, const struct zone_entry *z);

/* decide.c */
/* Evaluate all metas, or those ready where the scan ended, over results. */
void decide_metas(struct scan *sc, struct rule_result *results);
/* How often a hit counts: a `multiple` rule once per hit (trap 8). */
unsigned decide_times(const struct rule *r, const struct rule_result *res);
/* What the rule adds, with its weight. */
double decide_points(const struct scan *sc, const struct rule *r,
    const struct rule_result *results);
double decide_score(const struct scan *sc, const struct rule_result *results);
/* The message is spam whatever the open list answers turn out to be. */
bool decide_spam_anyway(struct scan *sc);
/* No open question can move the score across the threshold. */
bool decide_settled(struct scan *sc);
void decide_verdict(struct scan *sc);

/* plan.c */
int plan_make(struct engine *eng, const struct match_options *mo,
    struct err *e);

/* ending.c */
/* Did the step end the scan? Then nothing later is to run. */
bool ending_after_step(struct scan *sc, const struct engine_step *step);
/* Did an answer of DNS, of which results tell? */
bool ending_by_answer(struct scan *sc);
/* May the meta be evaluated, where the scan ended? */
bool ending_meta_ready(const struct scan *sc,
    const struct rule_result *results, unsigned id);
/* All that will ever be known is: metas, and the mark. */
void ending_close(struct scan *sc);

/* exposure.c: after the verdict */
void exposure_send(struct scan *sc);

/* label.c: after the verdict */
void label_send(struct scan *sc);

/* authres.c */
struct authres_wish {
	struct slice org;		/* the domain to be vouched for */
	const struct slice *ids;	/* names of our own servers */
	size_t n_ids;
	const struct view_domains *domains;
};
/* Does this field, of one of ours, vouch for the domain? */
bool authres_vouches(struct arena *a, struct slice field,
    const struct authres_wish *w);

/* scan.c: something was decided; finish when nothing is left to wait for */
void scan_progress(struct scan *sc);

#endif

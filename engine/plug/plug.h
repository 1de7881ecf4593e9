/*
 * plug - plugins: find, check, load, and the functions of plugin.h.
 *
 * plug_open loads every NAME.so of the plugin directories (byte order; the
 * first of a name wins), checks the ABI, registers settings and directives; an
 * optional plugin's only when a loadplugin line of the rules names it.
 * Then rule_load runs with plug_host(); plug_prepare binds eval rules.
 */
#ifndef PLUG_PLUG_H
#define PLUG_PLUG_H

#include "ask/ask.h"
#include "match/match.h"
#include "rule/rule.h"
#include "view/view.h"
#include "weigh/weigh.h"
#include "plugins/plugin.h"

struct plug;

/* The zones that rules named, with everything ask/ needs to know of them. */
struct plug_zone {
	struct ask_zone_conf conf;
	uint16_t index;			/* dense */
	VEC_OF(unsigned) rules;		/* rule ids resting on it */
	double weight;			/* zone_weight: the operator's trust */
	bool must_not_off;		/* zone_must_not ZONE off */
	double quota;			/* zone_quota: a day; 0: any number */
};

struct plug_options {
	const char *const *dirs;
	size_t n_dirs;
	bool few;		/* as in struct match_options */
};

int plug_open(struct arena *a, struct conf *conf,
    const struct plug_options *opt, struct plug **p_r, struct err *e);
/* dlclose is left to process exit: evals may still be referenced. */
struct rule_host plug_host(struct plug *p);
/* Bind every eval rule to its function and run prepare; unknown functions
 * become findings and the rule is UNKNOWN on every message. */
int plug_prepare(struct plug *p, struct ruleset *rs, unsigned score_set,
    struct err *e);
int plug_start(struct plug *p, struct err *e);
void plug_stop(struct plug *p);
const struct plug_zone *const *plug_zones(const struct plug *p, size_t *n_r);

/* ---- per message, called by scan/ only ---- */
/* What the API functions need from the scan, filled by scan/. */
struct plug_scan {
	struct plug *plug;
	struct ruleset *rs;
	struct view *view;
	struct rule_result *results;
	struct ask *ask;			/* NULL: network off */
	const struct zone_entry *zones;		/* by plug_zone index */
	const struct view_domains *domains;
	void *scan;				/* scan's own, for the hooks */
	/* a question began or ended */
	void (*pending)(void *scan, int delta);
	/* a positive rests on a zone: scan confirms it */
	void (*positive)(void *scan, unsigned rule, uint16_t zone,
	    struct in_addr code, const char *qname);
	/* a question went to this zone */
	void (*asked)(void *scan, uint16_t zone);
	/* it said clean or listed */
	void (*answered)(void *scan, uint16_t zone,
	    const struct ask_answer *ans);
	/* a question to this zone was not asked because of its state */
	void (*withheld)(void *scan, uint16_t zone);
};
struct tare_msg *plug_msg_new(const struct plug_scan *s);
/* Cancel what is still asked: no callback after this. */
void plug_msg_end(struct tare_msg *m);
void plug_msg_begin(struct tare_msg *m);	/* message hooks */
/* Run one eval rule; sets results[rule]. */
void plug_eval(struct tare_msg *m, const struct rule *r);
/* When in a message an eval runs; the stages of scan/ in their order. */
enum plug_when { PLUG_ASKS, PLUG_EDITS, PLUG_JUDGES, PLUG_WHENS };
enum plug_when plug_eval_when(const struct rule *r);

#endif

/*
 * scan - the pipeline: the only place that knows the order.
 *
 * struct engine is everything read-only: settings, rules, matcher, plugins;
 * built once, before fork.  struct scanner is a process's part: event base,
 * DNS, zone snapshot, scratch.  struct scan is one message.
 *
 * Story: scan_start parses, asks DNS (net evals), runs evals that edit the
 * body, matches, runs the other evals, all at once on the CPU; or, with rules
 * that may end a scan, in steps until one of these hits.  If questions
 * are open the scan waits in the loop; each answer may settle rules; a
 * positive that could change the verdict is confirmed (confirm.c).  When
 * nothing is pending, or nothing pending can change the verdict, or the
 * deadline is over, metas are evaluated, the score is weighed, and
 * done(scan, verdict) is called - always from the loop, never before
 * scan_start has returned, exactly once.  done may free the scan.
 */
#ifndef SCAN_SCAN_H
#define SCAN_SCAN_H

#include "ask/ask.h"
#include "match/match.h"
#include "plug/plug.h"
#include "report/report.h"
#include "rule/rule.h"

struct event_base;

struct engine_options {
	const char *const *rules_dirs;	/* --rules; n 0: shipped */
	size_t n_rules_dirs;
	const char *site_dir;		/* --site; NULL: SITEDIR */
	const char *const *cf;		/* --cf lines */
	size_t n_cf;
	const char *const *plugin_dirs;	/* --plugins; n 0: installed */
	size_t n_plugin_dirs;
	bool local;			/* --local: no DNS at all */
	bool no_prefilter;
	bool subrules;			/* run those that nothing names, too */
	bool lint;			/* keep all rules, tell all findings */
	const char *cache_dir;		/* of compiled rules; NULL: none */
	bool few;			/* few messages follow */
};

/*
 * A part of the rules that runs at once.  One step unless rules may end a
 * scan early; see plan.c.
 */
struct engine_step {
	struct rule_place last;		/* and what is behind the step before */
	bool asks;			/* begins with the questions to DNS */
	struct matcher *matcher;
	struct {
		const struct rule **v;	/* in order of priority */
		size_t n;
	} evals[PLUG_WHENS];		/* by enum plug_when */
};

struct engine {
	struct arena *arena;
	struct conf *conf;
	struct ruleset *rs;
	struct engine_step *steps;
	size_t n_steps;
	struct plug *plug;
	struct view_conf view_conf;
	double required;
	unsigned score_set;
	bool net;			/* DNS may be asked */
	bool to_the_end;		/* lint: no rule ends a scan */
	bool confirm;			/* zone_control */
	double dns_deadline;		/* rbl_timeout */
	double scan_deadline;		/* time_limit */
	uint64_t generation;		/* ruleset fingerprint */
	bool *needed;			/* by rule id */
	const int *ready;		/* by rule id: rule_ready() */
	const struct rule_quiet *metas;
};

/* -1: configuration unusable, e says why; findings are in rs when made. */
int engine_load(const struct engine_options *opt, struct engine **eng_r,
    struct err *e);
void engine_free(struct engine **eng);
/* Does a rule that counts rest on the zone?  One that is switched off (score
 * 0) asks nothing, and neither may probes. */
bool engine_wants_zone(const struct engine *eng, const struct plug_zone *z);

struct scanner;
struct scanner_options {
	struct event_base *base;
	const struct zone_table *zones;	/* NULL: every zone counts as NEW */
	struct control_board *board;	/* NULL: shared with nobody */
	ask_evidence_fn *evidence;
	void *evidence_arg;
	uint32_t worker;
	double clock_start;		/* Unix time at which zone time, which
					 * runs zone_clock_scale times faster,
					 * was the same; 0: now */
};
int scanner_new(const struct engine *eng, const struct scanner_options *opt,
    struct scanner **s_r, struct err *e);
void scanner_free(struct scanner **s);
struct ask *scanner_ask(struct scanner *s);
/* Wait for and serve one round of events; for programs without a loop. */
void scanner_loop_once(struct scanner *s);

struct scan;
typedef void scan_done_fn(struct scan *sc, const struct verdict *v, void *arg);
struct scan_options {
	bool complete;			/* wait for every answer until the
					 * deadline, verdict or not */
};
/* raw must stay until scan_free; opt NULL: none of them. */
struct scan *scan_start(struct scanner *s, struct slice raw,
    const struct scan_options *opt, scan_done_fn *done, void *arg);
/* Also cancels an unfinished one (client gone). */
void scan_free(struct scan **sc);
struct view *scan_view(struct scan *sc);
struct arena *scan_arena(struct scan *sc);
const struct rule_result *scan_results(const struct scan *sc);
/* Convenience for programs without a daemon: run the loop until done. */
const struct verdict *scan_run(struct scanner *s, struct slice raw,
    const struct scan_options *opt, struct scan **sc_r);
struct report_conf engine_report_conf(const struct engine *eng);

#endif

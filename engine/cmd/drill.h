/*
 * drill - the parts of tare drill: a resolver of its own, a daemon of its own,
 * mail that tells whether the zone's points reach it, and what must come of it.
 *
 *	drill_cmd.c	options, the zone, the list of scenarios
 *	drill_plan.c	the scenarios: one row each
 *	drill_play.c	plays one: steps, rows, what was seen
 *	drill_judge.c	what a step demands, and whether it was so
 *	drill_ways.c	how a list answers: one row per behaviour
 *	drill_dns.c	the resolver
 *	drill_daemon.c	tared with the site's rules
 *	drill_mail.c	messages
 */
#ifndef CMD_DRILL_H
#define CMD_DRILL_H

#include <netinet/in.h>
#include <sys/types.h>

#include "cmd/cmd.h"
#include "learn/learn.h"

/* ---- scenarios (drill_plan.c) ---- */

/* How the drill's resolver answers; rows of drill_ways.c. */
enum drill_way {
	DRILL_HEALTHY, DRILL_PARKED, DRILL_WORLD, DRILL_WORLD_LONG,
	DRILL_WORLD_SLY, DRILL_THIRD_LISTED, DRILL_TENTH_LISTED,
	DRILL_SILENT, DRILL_SERVFAIL, DRILL_SLOW, DRILL_REFUSING,
	DRILL_THIRD_REFUSED, DRILL_TRUSTS_ALL, DRILL_LOOPBACK,
	DRILL_EMPTIED, DRILL_SPLIT, DRILL_REWRITING, DRILL_STRIPPING,
	DRILL_NO_CONTROLS, DRILL_BOGONS, DRILL_NO_ENTRY, DRILL_WAYS
};
/* Done at the beginning of a step. */
enum drill_act { DRILL_NOTHING, DRILL_PIN_ON, DRILL_LIE, DRILL_CRASH };
/* What a step demands besides states. */
enum {
	DRILL_HARMLESS = 1,	/* nobody who is not listed gets points */
	DRILL_COUNTS = 2,	/* whoever is listed does, sooner or later */
	DRILL_DECEIVED = 4,	/* even who is not listed gets points: a pin */
	DRILL_RECOVERS = 8,	/* it ends when the zone counts in full */
	DRILL_AGAIN = 16,	/* the senders of the step before once more */
};
#define DRILL_STATE(s) (1u << (s))

struct drill_step {
	enum drill_way way;
	double minutes;			/* of zone time */
	unsigned demands;
	unsigned reach;			/* one of these states, if any */
	unsigned avoid;			/* none of these */
	unsigned harm;			/* so many without DRILL_HARMLESS */
	enum drill_act act;
	unsigned listed;		/* listed senders for one that is not;
					 * 0: 1 */
	double every;			/* minutes between messages; 0: none */
};
#define DRILL_STEPS 8

struct drill_scenario {
	unsigned number;		/* 0: the one without a number */
	const char *title;
	const char *why_not;		/* not NULL: no drill can play it */
	bool fresh;			/* begins with a zone never seen */
	struct drill_step steps[DRILL_STEPS];	/* end with 0 minutes */
};
/* By number; NULL: there is none. */
const struct drill_scenario *drill_scenario(unsigned number);
/* i-th in order, NULL beyond the last. */
const struct drill_scenario *drill_scenario_at(size_t i);
/* ---- the zone, and who is on it ---- */
struct drill_zone {
	const char *name;
	uint8_t kind;			/* enum zone_kind */
	struct in_addr code;		/* an answer its rules take as listed */
	const char *must_list;		/* its test entry as it is asked */
};

/* drill_ways.c */
struct drill_list {
	const struct drill_zone *zone;
	enum drill_way way;
	int ttl;
	unsigned asked;			/* so far: some ways draw lots */
};
/* One answer; addr 0: there is no such name. */
struct drill_reply {
	in_addr_t addr;
	int rcode;			/* where addr is 0 */
	bool drop;
	double delay;			/* seconds */
	int ttl;
	bool no_text;
};
struct drill_reply drill_way_answer(struct drill_list *l, const char *name);
/* "all names -> 91.195.240.87" */
const char *drill_way_words(enum drill_way way);

/* drill_dns.c: a child process with a DNS server on a loopback UDP port */
struct drill_dns {
	pid_t pid;
	int pipe;			/* one byte: the way */
	unsigned port;
};
int drill_dns_start(const struct drill_zone *z, double speed,
    struct drill_dns *dns_r, struct err *e);
void drill_dns_way(struct drill_dns *dns, enum drill_way way);
void drill_dns_stop(struct drill_dns *dns);

/* drill_daemon.c: tared with the site's rules, on a private socket */
struct drill_daemon {
	pid_t pid;
	const char *dir;		/* temporary; removed at the end */
	const char *socket;
	unsigned dns_port;
	uint8_t kind;			/* of the zone: who is known good */
	double scale;			/* of zone time */
	double zone, mono;		/* when it began, by both clocks */
};
/* The directory; then start and end it as often as is wanted. */
int drill_daemon_make(struct arena *a, struct drill_daemon *d, struct err *e);
/* zone: zone time at which it begins; 0: now. */
int drill_daemon_start(const struct cmd_options *o, struct drill_daemon *d,
    double scale, double zone, struct err *e);
/* One line to its control socket. */
int drill_daemon_tell(struct arena *a, const struct drill_daemon *d,
    const char *line, struct slice *answer_r, struct err *e);
/* Zone time now, by our own clock. */
double drill_daemon_time(const struct drill_daemon *d);
void drill_daemon_end(struct drill_daemon *d);
/* SIGKILL to the keeper, as a crash would; the master starts another. */
int drill_daemon_crash(struct arena *a, const struct drill_daemon *d,
    struct err *e);
void drill_daemon_remove(struct drill_daemon *d);

/* drill_mail.c: messages whose sender (or link) the zone lists or not */
#define DRILL_KNOWN 48		/* senders known to be good */
/* "23.7.0.7" or "drillgood7.com", for known_good_host */
void drill_mail_known(uint8_t kind, unsigned i, char dst[40]);
/* Sends number n; *hit_r: a rule that rests on the zone gave points. */
int drill_mail_send(struct arena *a, const struct drill_daemon *d,
    const struct drill_zone *z, const struct engine *eng, bool listed,
    unsigned n, bool *hit_r, struct err *e);
/* Is this list name (without the zone) one of the drill's senders; of those
 * that the list has a reason to list? */
bool drill_mail_is_sender(struct slice key, uint8_t kind);
bool drill_mail_is_listed(struct slice key, uint8_t kind);

/* ---- one drill ---- */
struct drill_counts {
	unsigned sent, scored;
};
/* What was seen in a step; counts by listed or not. */
struct drill_seen {
	struct drill_counts mail[2];
	unsigned reached;		/* states, at its beginning too */
	double first[ZONE_STATES];	/* minutes into it; -1: never */
	bool recovered;
};
struct drill {
	struct cmd_options *o;
	struct engine *eng;
	const struct drill_scenario *plan;
	struct drill_zone zone;
	struct drill_dns dns;
	struct drill_daemon daemon;
	double speed;
	double began;			/* zone time of the first step */
	unsigned number, again;		/* of the next message; AGAIN's first */
	struct drill_counts row[2];	/* [listed]: since the last row */
	struct drill_seen seen[DRILL_STEPS];
	struct zone_model model;	/* as the keeper last stored it */
	unsigned step;			/* the one being played */
	double step_began;		/* zone time */
};

/* drill_play.c: 0, or -1 after having told what is wrong */
int drill_play(struct drill *d);
bool drill_interrupted(void);
double drill_weight(const struct drill *d);
/* drill_judge.c: say what was demanded and what came; 0 or 1 */
int drill_judge(const struct drill *d);

#endif

/*
 * stat - the sequential tests behind a zone's state and weight (pure).
 *
 * Reliability reference c.4 (alarms), c.5 (panels) and c.6 (precision).  No
 * I/O and no clock: time is passed in, in seconds, and never read.  All state
 * is in plain structs that live inside the owner's and are saved as they are.
 *
 * Story of a broken feed.  A list begins to list 30 % of the world.  Each
 * lookup of a message becomes one struct subject; seen_first() lets each
 * sender pass once an hour; stat_subject() adds it to four CUSUM sums.  About
 * forty messages later one of them crosses its limit: stat_subject returns
 * ALARM_ANCHOR.  An alarm proves nothing (a spam outbreak raises it too): the
 * owner asks the zone about senders known to be good.  panel_pick() says
 * whom, stat_panel_begin() opens the test, each answer goes through
 * stat_panel_answer() until it says something else than PANEL_OPEN:
 * PANEL_BROKEN after some twenty probes, and the zone is quarantined.
 *
 * Story of an outbreak.  Spam rises from 30 to 90 %; the sums cross their
 * limits just the same, a panel is asked, the good senders are not listed:
 * PANEL_HEALTHY, nothing changes; the next alarm is ten minutes away.
 *
 * Meanwhile, slowly, struct precision counts per answer code how much more
 * often a list names spam than ham; that is its weight (precision_weight).
 */
#ifndef LEARN_STAT_H
#define LEARN_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/ip.h"
#include "base/slice.h"

/* ---- subject.c: who a lookup was about ---- */

/*
 * One answered lookup, void ones (bogus, blocked, unknown, dirty control) left
 * out.  Keys are hashes that are stable across runs, 0 only for "none".
 */
struct subject {
	uint64_t key;		/* IP /24, v6 /48, or the domain */
	uint64_t net;		/* IP /16, v6 /32, or the domain: anchors */
	bool all;		/* counts among all subjects */
	bool anchor;		/* counts among known-good senders */
	bool listed;
};
/* Fill key and net and set all; the rest is zeroed. */
void subject_of_ip(const struct ip *ip, struct subject *j_r);
/* org: the organisational domain ("example.co.uk"); case does not matter. */
void subject_of_domain(struct slice org, struct subject *j_r);

/* ---- seen.c: each subject once an hour ---- */

/*
 * A bounded memory of subjects, one for all zones.  When it is full the
 * oldest are forgotten first, which counts a sender twice in an hour and
 * harms nothing else.
 */
struct seen;
/* slots: rounded up to a power of two, 8 bytes each.  salt: random, so that
 * senders cannot choose collisions. */
struct seen *seen_new(struct arena *a, size_t slots, uint64_t salt);
/*
 * Clears j->all if its key, and j->anchor if its net, was seen with the same
 * answer in the same zone within the hour, and remembers both.  Returns
 * whether anything is left to count.  zone: any number that tells zones apart.
 * A sender whose answer changed passes again: a list that breaks in mid-hour
 * shows at once.
 */
bool seen_first(struct seen *s, uint32_t zone, struct subject *j, double now);

/* ---- baseline.c: what is normal for the zone ---- */

/*
 * Shares of subjects and of anchors that are listed in good times: means at
 * first, then EWMAs with a half-life of 5000.  What was learned last is kept
 * aside (a batch of 200) until no sum has reached its limit, so that an
 * incident does not teach its own beginning; what a panel acquitted is the
 * new normal, and is learned.
 */
struct baseline {
	double p0, g;		/* in use; 0: not known yet */
	double n, n_anchor;	/* subjects behind each: columns p0_n, g_n */
	/* aside; need not survive a restart */
	double aside_n, aside_listed, aside_anchors, aside_anchors_listed;
};
/* A change that a test looks for: from p0 to p1. */
struct shift {
	double p0, p1;
};
/* Only what was seen while the zone was TRUSTED or LEARNING. */
void baseline_add(struct baseline *b, const struct subject *j);
/* Forget what is aside: an alarm, or the zone stopped counting. */
void baseline_forget(struct baseline *b);
struct shift baseline_wildcard(const struct baseline *b);
struct shift baseline_partial(const struct baseline *b);
struct shift baseline_collapse(const struct baseline *b);
struct shift baseline_anchors(const struct baseline *b);
struct shift baseline_panel(const struct baseline *b);	/* g0, g1 */

/* ---- sprt.c: the panel's verdict ---- */

enum panel_verdict {
	PANEL_OPEN,		/* ask on */
	PANEL_HEALTHY,
	PANEL_DEGRADED,		/* more than chance, less than proof */
	PANEL_BROKEN,
	PANEL_LOST,		/* nobody to ask, or too few answers */
};

struct sprt {
	struct shift shift;
	double sum;		/* log likelihood ratio, broken : healthy */
	unsigned members;	/* who can be asked; 0: no test is open */
	unsigned probes, listed;
};
/* carried: the sum left by earlier panels of the episode, else 0. */
void sprt_begin(struct sprt *t, struct shift shift, unsigned members,
    double carried);
/* One member's answer (unknown ones are not fed). */
enum panel_verdict sprt_feed(struct sprt *t, bool listed);
/* No more answers will come: decides an open test. */
enum panel_verdict sprt_end(const struct sprt *t);
/* A test that was cut off: no limit was crossed, and more than one listed. */
bool sprt_undecided(const struct sprt *t);
/* How many to ask at once: as many clean answers as would end the test, no
 * more than there are members and probes left. */
unsigned sprt_wanted(const struct sprt *t);

/* ---- panel.c: who is known to be good ---- */

#define PANEL_MEMBERS	64	/* of one panel at most */
#define MEMBERS_FRESH	8u	/* not asked yet: enough to go on with */

/* A row of good_subject.  Only mail with aligned DKIM or SPF counts as ham. */
struct panel_row {
	struct slice subject;		/* what to ask: address or domain */
	uint64_t net;			/* subject.net: one of each */
	uint64_t org;			/* hash of the organisational domain,
					 * 0: not known */
	unsigned ham, days;		/* deliveries; days that had one */
	double last_ham, last_spam;	/* Unix time, 0: never */
	bool by_operator;		/* own MX, partner: no record needed */
};
/* >= 20 ham on >= 14 days, heard of in 60 days, no spam in 30. */
bool panel_known_good(const struct panel_row *r, double now);
struct panel {
	size_t n;
	size_t eligible;	/* independent known-good senders in all */
	struct panel_member {
		size_t row;	/* index of rows */
		uint64_t turn;	/* for stat_panel_answer */
	} member[PANEL_MEMBERS];
};
/*
 * Choose up to PANEL_MEMBERS of the known-good rows, one per net and per org,
 * going on in a fixed order of hashes from turn (zone_stat.turn), so that
 * panels take turns.
 */
void panel_pick(struct arena *a, const struct panel_row *rows, size_t n,
    uint64_t turn, double now, struct panel *panel_r);

/* ---- cusum.c and stat.c: a zone's tests together ---- */

enum stat_alarm {
	ALARM_WILDCARD = 1,	/* nearly everything is listed */
	ALARM_PARTIAL = 2,	/* much more than usual */
	ALARM_ANCHOR = 4,	/* known-good senders */
	ALARM_COLLAPSE = 8,	/* much less than usual: ask must-list */
};
#define ALARM_PANEL (ALARM_WILDCARD | ALARM_PARTIAL | ALARM_ANCHOR)

/* Embedded in the zone's model.  All zero is a zone just begun. */
struct zone_stat {
	struct baseline base;
	/* the sums of c.4; columns s_all, s_part, s_anchor, s_low */
	double s_all, s_part, s_anchor, s_low;
	double panel_at, low_at;	/* last alarm of each kind: hold-off */
	unsigned calm;			/* panels in a row that acquitted */
	unsigned rang;			/* enum stat_alarm of panel_at */
	/* panels of one suspicion (6 h): their sum, and how many senders are
	 * behind it, since none may speak twice */
	double episode_at, episode_sum;
	unsigned episode_asked;
	bool again;			/* the last panel left doubts */
	uint64_t turn;			/* member who spoke last */
	struct sprt panel;		/* the open one */
};

/*
 * One subject that passed seen_first.  learn: the zone is TRUSTED or LEARNING,
 * so its answers teach what is normal.  Returns enum stat_alarm bits.  An
 * alarm resets the sums that it answers; the next panel is held off for 10
 * minutes, the next must-list probe too; meanwhile sums stop at their limits,
 * so that what goes on rings again.  From the second on, panels that acquit
 * double the hold-off, up to an hour, for all alarms but those of known-good
 * senders.
 */
unsigned stat_subject(struct zone_stat *s, const struct subject *j, bool learn,
    double now);
/* Only the CUSUM part of it; stat_subject is what callers want. */
unsigned cusum_feed(struct zone_stat *s, const struct subject *j, double now);
/* A panel said that the mail has changed, not the list. */
void cusum_acquitted(struct zone_stat *s);
/* No alarm is held off that might be the list's: learn what is normal. */
bool cusum_teaches(const struct zone_stat *s, double now);
/* A sum is above half its limit: an unconfirmed listing is not believed. */
bool stat_uneasy(const struct zone_stat *s);
/* The zone stopped counting, or returned from that: sums and what is aside
 * are forgotten; baselines stay. */
void stat_forget(struct zone_stat *s);

/*
 * A panel begins, for an alarm or for the machine's own reasons; p comes from
 * panel_pick.  PANEL_LOST when it has no member; then nothing is open.
 */
enum panel_verdict stat_panel_begin(struct zone_stat *s,
    const struct panel *p, double now);
/*
 * One definite answer; turn is the member's.  Members are asked in order, a
 * few at once.  Anything but PANEL_OPEN closes the test: ask no more, later
 * answers are ignored (PANEL_LOST).
 */
enum panel_verdict stat_panel_answer(struct zone_stat *s, uint64_t turn,
    bool listed);
/* All answers are in or lost; PANEL_LOST if no test was open. */
enum panel_verdict stat_panel_end(struct zone_stat *s);
bool stat_panel_open(const struct zone_stat *s);
/* The panel is given up: no verdict. */
void stat_panel_drop(struct zone_stat *s);
/* Members to ask at once; 0: no test is open. */
unsigned stat_panel_wanted(const struct zone_stat *s);
/*
 * Ask another panel after the hold-off, without an alarm: the last one was cut
 * off at 40 with more than one sender listed, whatever its verdict, or it was
 * the first that known-good senders had rung for.
 */
bool stat_panel_again(const struct zone_stat *s);

/* ---- precision.c: what a listing is worth ---- */

enum stat_label {
	LABEL_NONE,		/* unsure: not counted */
	LABEL_SPAM,
	LABEL_HAM,
};
/* What is known of a message without asking any list. */
struct stat_message {
	double score_without_lists, reject_limit;
	bool reported_spam, rescued_ham;	/* by a user, a trap */
	bool anchor;				/* known-good, or a reply */
};
/* A contradiction is LABEL_NONE, but users win over scores and anchors. */
enum stat_label stat_label_of(const struct stat_message *m);

/*
 * Per (zone, code): confident spam and ham that had a valid answer while the
 * zone was TRUSTED or LEARNING, and how many of each were listed with the
 * code.  Decays with a half-life of 30 days.
 */
struct precision {
	double hs, ns, hh, nh;
	double decayed_at;	/* 0: never counted */
};
void precision_decay(struct precision *p, double now);
/* How much likelier spam is listed than ham (allow: ham than spam). */
double precision_ratio(const struct precision *p, bool allow);
/* w_precision in [0,1]; 1 without evidence. */
double precision_weight(const struct precision *p, bool allow);
/* "weight 0.07: lists 10.0 % of spam (1000 seen) and 10.1 % of ham (998
 * seen), 1.0 times as likely"; why, for `tare zones`. */
void precision_words(const struct precision *p, bool allow, char *dst,
    size_t size);

#endif

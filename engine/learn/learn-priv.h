/*
 * learn-priv - what the files of this room tell each other.
 */
#ifndef LEARN_PRIV_H
#define LEARN_PRIV_H

#include "base/map.h"
#include "learn/learn.h"

/* Times of reliability reference c.2 and c.3, in seconds. */
#define MINUTE		60.0
#define HOUR		3600.0
#define DAY		86400.0
#define ROUND_BUSY	(10 * MINUTE)	/* background, +-20 % */
#define ROUND_IDLE	HOUR
#define ROUND_LOST	(10 * MINUTE)	/* the owner never ended it */
#define RETRY_NEW	MINUTE
#define RETRY_SILENT	5.0		/* at first: it, or we, just started */
#define FIRST_ROUNDS	5u		/* that learn what enrollment missed */
#define RETRY_SUSPECT	10.0
#define SUSPECT_WATCH	HOUR
#define NS_WATCH	DAY		/* after all name servers changed */
#define STALE_AFTER	(7 * DAY)	/* a serial that does not move */
#define APEX_PACE	(6 * HOUR)
#define APEX_FIRST	MINUTE		/* not before its life is settled */
#define CANARY_HOLD	MINUTE		/* between canaries for live answers */
#define DWELL_FIRST	(10 * MINUTE)
#define DWELL_MAX	(6 * HOUR)
#define RELAPSE		DAY
#define PROBATION_TIME	(10 * MINUTE)
#define CLEAN_ROUNDS	5u
#define BLOCK_FIRST	(5 * MINUTE)
#define BLOCK_MAX	(6 * HOUR)
#define BLOCK_CLEAN	3u
#define DOWN_FIRST	30.0
#define DOWN_MAX	(15 * MINUTE)
#define EMPTY_ROUNDS	3u
#define EMPTY_PACE	MINUTE		/* once the test entry was missed */
#define PANEL_REST	(10 * MINUTE)	/* between panels nobody rang for */
#define PANEL_BATCHES	5u		/* more than its 40 probes need */
#define HEALTHY_PANELS	3u		/* DEGRADED is over after so many */
#define LEARN_LOOKUPS	500u
#define LEARN_TIME	DAY
#define PEERS_TIME	(10 * MINUTE)	/* how long peers' word holds */
#define STALE_QUARANTINE HOUR		/* at restart: probe before use */

/* ---- enter.c ---- */
/* All return wishes. */
unsigned zone_enter(struct zone_model *z, enum zone_state to,
    enum zone_reason why, double now);
/* Full weight again: TRUSTED, or LEARNING if that was never finished. */
unsigned zone_enter_good(struct zone_model *z, double now);
bool zone_learning_done(const struct zone_model *z, double now);
/* A clean control or canary of this moment. */
unsigned zone_note_clean(struct zone_model *z, double now);
/* The kind of round that the state needs, and opening one (now, or when the
 * open one ends). */
unsigned zone_due_kind(const struct zone_model *z);
unsigned zone_open_round(struct zone_model *z, unsigned kind, double now);

/* ---- suspect.c ---- */
/* Can a dirty answer throw this state into doubt? */
bool suspect_possible(const struct zone_model *z);
/* The dirty answer has been counted in z already. */
unsigned suspect_begin(struct zone_model *z, enum zone_reason why,
    double now);
bool suspect_guilty(const struct zone_model *z);
unsigned suspect_settle(struct zone_model *z, double now);
/* Forget the dirt and go to another state. */
unsigned suspect_end(struct zone_model *z, enum zone_state to,
    enum zone_reason why, double now);
void suspect_forget(struct zone_model *z);

/* ---- alarm.c: what statistics say, and the panels they call for ---- */
/* Do subjects count in this state? */
bool alarm_possible(const struct zone_model *z);
unsigned alarm_subject(struct zone_model *z, const struct subject *j,
    double now);
/* Canaries, and if they are clean a panel: statistics, or a peer, say that
 * something is wrong.  alarm_possible. */
unsigned alarm_rung(struct zone_model *z, double now);
/* A panel's members, its answers, the end of a round of it. */
unsigned alarm_panel(struct zone_model *z, const struct panel *p, double now);
void alarm_answer(struct zone_model *z, const struct zone_event *ev);
unsigned alarm_round_end(struct zone_model *z, const struct zone_round *r,
    double now);
/* The open panel, if any, is given up. */
void alarm_drop(struct zone_model *z);
/* A panel without an alarm, at panel_next: DEGRADED, or the last one left
 * doubts. */
bool alarm_panel_due(const struct zone_model *z);

/* ---- round.c: one round, added up ---- */
struct round_sum {
	unsigned clean, dirty, bogus, blocked, unknown;	/* reserved names */
	unsigned answered;		/* reserved names, not unknown */
	enum ask_class must_not, must_list;	/* ASK_UNKNOWN: not asked */
	enum ask_class must_not6, must_list6;
	unsigned clean6, dirty6;	/* of POOL_DOC6, wanted or not */
	/* enum zone_pools; mixed: some of its names dirty, some clean */
	uint8_t pools_clean, pools_dirty, pools_mixed, pools_bogus;
};
void round_open(struct zone_round *r, unsigned kind, double now);
void round_add(struct zone_round *r, int probe, int cls);
/* Over the names of the wanted pools (enum zone_pools). */
struct round_sum round_sum(const struct zone_round *r, uint8_t wanted);
/* The pool a canary is drawn from; 0: must-not, must-list, global. */
uint8_t canary_pool(enum canary c);
/* Listed in any way: 127/8 known or not, or outside it. */
bool class_dirty(int cls);

/* ---- enroll.c ---- */
enum enroll_verdict { ENROLL_CLEAN, ENROLL_BROKEN, ENROLL_BLOCKED,
	ENROLL_SILENT };
/* Does the zone list this fixed point? */
bool entry_listed(enum ask_class cls);
bool zone_has_entry(const struct zone_model *z);
/* What an enrollment in any state tells of the zone's IPv6 side. */
void enroll_v6(struct zone_model *z, const struct round_sum *s);
/* What the enrollment was not told of must-not and must-list. */
void enroll_late(struct zone_model *z, const struct round_sum *s);
/* Sets pools, must_not and must_list of z when clean. */
enum enroll_verdict enroll_judge(struct zone_model *z,
    const struct round_sum *s);

/* ---- breaker.c ---- */
/* n questions of which some failed, in unknown order; true: it trips. */
bool breaker_feed(struct zone_model *z, unsigned n, unsigned failures,
    double now);
void breaker_reset(struct zone_model *z);
/* How the last failure failed. */
enum zone_reason breaker_reason(const struct zone_model *z);
/* Seconds to the next half-open probe. */
double breaker_backoff(double down_for);

/* ---- verdict.c ---- */
unsigned verdict_round(struct zone_model *z, const struct round_sum *s,
    double now);
/* Recovery rule met: PROBATION, or back to enrolment. */
unsigned leave_quarantine(struct zone_model *z, double now);

/* ---- apex.c: its name servers and serial ---- */
bool apex_due(const struct zone_model *z, double now);
double apex_next(const struct zone_model *z);	/* INFINITY: not now */
unsigned apex_judge(struct zone_model *z, const struct apex_seen *seen,
    double now);

/* ---- schedule.c: when to probe next ---- */
double schedule_next(const struct zone_model *z, double now);
double schedule_apex(const struct zone_model *z, double now);

/* ---- proof.c: what was seen of a zone lately, and saying it ---- */
#define PROOF_KEPT 8
struct sighting {
	double at;
	const char *kind;		/* static: "control", "bench" … */
	int cls;			/* enum ask_class */
	char what[ZONE_DETAIL];		/* "qname -> answer" */
};
struct proof {
	struct sighting ring[PROOF_KEPT];
	unsigned n;
};
const char *proof_kind(enum canary c);
const char *proof_class(int cls);
/* "qname -> 127.0.0.2", "qname -> NXDOMAIN", "qname -> no answer" */
struct proof_answer {
	const char *qname;
	const struct in_addr *addr;
	unsigned n_addr;
	int rcode, cls;
};
void proof_describe(const struct proof_answer *a, char dst[ZONE_DETAIL]);
void proof_add(struct proof *p, double at, const char *kind, int cls,
    const char *what);
/* One JSON object, in the arena. */
const char *proof_json(const struct proof *p, const struct zone_model *z,
    enum zone_state from, double now, struct arena *a);

/* ---- resolver.c: does the resolver itself lie? (F9) ---- */
#define TURNED_KEPT 32
struct resolver {
	bool bad;
	unsigned clean;			/* global probes in a row, while bad */
	double next;			/* global probe due */
	double hold, hold_until;	/* not good again before */
	double bad_at;
	struct {
		size_t zone;
		uint32_t addr;
		double at;
	} turned[TURNED_KEPT];		/* zones that turned bad lately */
	unsigned n_turned;
};
/* An answer to <random>.invalid; true: bad changed. */
bool resolver_probed(struct resolver *r, int cls, double now);
/* A healthy zone answered outside 127/8; true: bad changed. */
bool resolver_turned(struct resolver *r, size_t zone, uint32_t addr,
    size_t zones, double now);

/* ---- good.c: senders known to be good ---- */
struct good;
struct good_row {
	uint64_t key, net, org;		/* hashes; org 0: not known */
	uint8_t kind;			/* ZONE_KIND_IP or _DOMAIN */
	uint8_t family;			/* of an address: 4, 6 */
	bool by_operator, unsaved, kept;
	unsigned ham, days;
	double last_ham, last_spam;
	char subject[LIMIT_ZONE_NAME], org_text[LIMIT_ZONE_NAME];
};
struct good *good_new(struct arena *a);
uint64_t good_key_ip(const uint8_t ip[16]);
uint64_t good_key_domain(struct slice name);
/* A row without history for an address or domain; org: of the host's name.
 * -1: it is neither. */
int good_row_of(struct slice subject, struct slice org, struct good_row *r_r);
bool good_known(const struct good *g, uint64_t key, double now);
/* All rows, until the next call that adds one. */
size_t good_rows(const struct good *g, const struct good_row **rows_r);
struct panel_row good_panel_row(const struct good_row *r);
void good_ham(struct good *g, const struct good_row *who, double now);
void good_spam(struct good *g, uint64_t key, double now);
void good_by_operator(struct good *g, const struct good_row *who, double now);
void good_restore(struct good *g, const struct good_row *row, double now);
/* What was unsaved is written. */
void good_saved(struct good *g);
/* The table good_subject (store-good.c). */
int store_good(struct store *s, const struct good_row *r);
typedef void store_good_fn(const struct good_row *r, void *arg);
int store_goods(struct store *s, store_good_fn *fn, void *arg);

/* ---- codes.c ---- */
void codes_entry(const struct zone_codes *c, struct zone_entry *e_r);

/* ---- batch.c: what waits to be written ---- */
struct batch;
struct picked;
struct batch *batch_new(struct arena *a);
struct zone_slot {
	struct zone_model model;
	struct proof proof;
	struct record_counts counts;	/* not yet written */
	uint32_t number;		/* among the brain's zones */
	struct picked *picked;		/* of the last panel; NULL: none yet */
	bool unsaved;			/* model not yet written */
	bool codes_unsaved;
	bool restored;			/* came from the store, or is in it */
	double days_told;		/* remind.c: full days in this state */
	double quota, quota_told;	/* quota.c: questions a day; 0: any */
};
void batch_event(struct batch *b, const struct zone_model *z, double at,
    enum zone_state from, const char *evidence, const char *source);
void batch_probe(struct batch *b, const struct store_probe_row *p);
void batch_exposure(struct batch *b, const struct record_exposure *x);
struct learn;
/* Transitions only, each on disk when this returns 0. */
int batch_write_events(struct batch *b, struct store *s);
/* Everything, the slots' sums and models and the good senders included.
 * -1: kept for later. */
int batch_write(struct batch *b, struct learn *l);
/* Things thrown away since the last call, because too much waited. */
uint64_t batch_lost(struct batch *b);

/* ---- remind.c ---- */
/* What has been told already needs no reminder: a zone added or changed. */
void remind_begin(struct zone_slot *slot, double now);
void remind_zones(struct learn *l, double now);

/* ---- pick.c: the members of a panel ---- */
struct picked {
	size_t n, next;			/* members, and those asked so far */
	size_t until;			/* in this round */
	struct {
		uint64_t turn;
		char key[LEARN_KEY];
	} v[PANEL_MEMBERS];
};
/* Before a round of a panel; the machine is told whom a new one has.  False:
 * nobody is left. */
bool pick_panel(struct learn *l, struct zone_slot *slot, double now);
bool pick_turn(const struct zone_slot *slot, const char *qname,
    uint64_t *turn_r);

/* ---- tally.c: subjects and labelled messages ---- */
void tally_subjects(struct learn *l, const struct record_subjects *r,
    double now);
void tally_message(struct learn *l, const struct record_message *m,
    double now);

/* ---- intake.c, for tally.c ---- */
/* Before anything is added to slot->counts: sums are per hour. */
void intake_hour(struct learn *l, struct zone_slot *slot, double now);

/* ---- quota.c ---- */
void quota_check(struct learn *l, double now);

/* ---- learn.c, for the other files ---- */
struct learn {
	struct arena *arena;		/* of the brain's own life */
	struct store *store;
	struct learn_hooks hooks;
	struct map *by_name, *by_hash;	/* record_name_hash() */
	struct good *good;
	struct seen *seen;
	struct zone_slot *zones[LIMIT_ZONES];
	size_t n_zones;
	struct resolver resolver;
	struct batch *batch;
	struct fleet *fleet;		/* fleet.c; NULL: no peer was heard */
	unsigned records;		/* since the last flush */
	double waiting_since;		/* INFINITY: nothing is to be written */
	double expired, quota_checked;
	double due;			/* when the owner looks again */
	double ticked;			/* when it looked last */
	bool table_changed;
	bool store_failing, stripped_told, resolver_unsaved;
	bool restored;			/* what belongs to no zone, too */
};

struct zone_slot *learn_find(const struct learn *l, const char *name);
/* Tell the machine, do what it wishes. */
void learn_apply(struct learn *l, struct zone_slot *slot,
    const struct zone_event *ev);
void learn_apply_all(struct learn *l, enum zone_event_type type, double now);
/* l->resolver.bad changed; what: the answer that showed it. */
void learn_resolver_changed(struct learn *l, const char *what, double now);
void learn_publish(struct learn *l);
void learn_notice(struct learn *l, const char *text);

/* ---- tick.c ---- */
/* Something must be written (or published) within half a second. */
void tick_unsaved(struct learn *l, double now);

/* ---- save.c: the store's side of it ---- */
/* What became of a write: says when the store begins or ends to fail. */
void save_result(struct learn *l, int rc);
void save_resolver(struct learn *l, double now);
/* Rows that are too old are deleted at so many seconds; INFINITY: never. */
double save_expire_due(const struct learn *l);
/* What belongs to no single zone: once. */
void save_restore_all(struct learn *l, double now);
/* Take the zone's life up where the store has it, if it does. */
void save_restore_zone(struct learn *l, struct zone_slot *slot, double now);

#endif

/*
 * learn - the keeper's brain: what we believe of each zone, and why.
 *
 * Three files with one job each: machine.c is the pure state machine
 * (reliability reference c.3): events and time in, state changes and wishes
 * (probe rounds, context flushes) out; store.c is the only file with
 * sqlite3.h; learn.c joins the two.  No clock, no socket: the keeper (or a
 * test, or a simulation) passes time in and carries wishes out.
 */
#ifndef LEARN_LEARN_H
#define LEARN_LEARN_H

#include "ask/ask.h"
#include "base/arena.h"
#include "base/err.h"
#include "record/record.h"
#include "weigh/weigh.h"

/* ---- the state of one zone (pure) ---- */
struct zone_model {
	char name[LIMIT_ZONE_NAME];
	uint8_t kind;			/* enum zone_kind */
	bool allow;
	double w_operator;
	enum zone_state state;
	enum zone_reason reason;
	double since;
	enum zone_state before_down;	/* what DOWN returns to */
	uint8_t pools;			/* enum zone_pools that work */
	int must_not, must_list;	/* -1 unknown, 0 unsupported, 1 ok */
	double dwell;			/* seconds; doubles, cap 6 h */
	unsigned requarantines;		/* within 24 h */
	double quarantined_at;		/* of the last entry */
	double incident_since;
	unsigned clean_rounds, must_list_missing;
	unsigned fail_run;		/* consecutive failures */
	uint8_t last10, n_last10;	/* bits: 1 = failure */
	double fail_since;
	double next_probe;		/* when the next round is due */
	double backoff;
	uint64_t lookups_learning;	/* since LEARNING began */
	double learning_since;
	double last_clean;		/* last clean control */
	double dirty_at;		/* last dirty one */
	unsigned canary_clean, canary_dirty, canary_blocked; /* of a round */
	bool round_open;
	double p95, p0;
	enum zone_state pin;		/* ZONE_PINNED_* or ZONE_NEW: none */
	double pin_until, pin_weight;
	uint64_t epoch;			/* resolver contexts used up */
};

/* What happened to a zone. */
enum zone_event_type {
	ZEV_LOOKUPS,		/* counts: n lookups, failures among them */
	ZEV_ANSWER_BOGUS,	/* a live answer outside 127/8 */
	ZEV_ANSWER_BLOCKED,
	ZEV_FAILURE, ZEV_SUCCESS, /* one question timed out / was answered */
	ZEV_CONTROL,		/* a worker's control: value = ask_class */
	ZEV_CANARY,		/* one probe of a round: value = ask_class,
				 * probe = enum canary */
	ZEV_ROUND_END,		/* all probes of the round are in */
	ZEV_TICK,		/* time passed */
	ZEV_PIN, ZEV_UNPIN,	/* operator */
	ZEV_RESOLVER_BAD, ZEV_RESOLVER_OK,
	ZEV_RESTART,		/* restored from the store */
};
struct zone_event {
	enum zone_event_type type;
	double now;
	int value, probe;
	unsigned n, failures;
	double number, until;
	const char *detail;	/* "qname -> answer", for the history */
};
/* What the machine wants done; bits. */
enum zone_wish {
	WISH_ROUND = 1,		/* must-not, must-list, 3 reserved */
	WISH_ENROLL = 2,	/* must-not, must-list, 3 of every pool */
	WISH_CANARIES = 4,	/* 3 reserved, now */
	WISH_FLUSH = 8,		/* new resolver context */
	WISH_PUBLISH = 16,	/* table entry changed */
	WISH_NOTE = 32,		/* state changed: store, log */
};
/* Name must be set; the rest is initialised. */
void zone_model_init(struct zone_model *z, const char *name, uint8_t kind,
    double now);
/* Returns wishes. Never touches anything but *z. */
unsigned zone_model_event(struct zone_model *z, const struct zone_event *ev);
double zone_state_weight(enum zone_state s);	/* w_state */
unsigned zone_state_controls(enum zone_state s);	/* k */
bool zone_state_asks(enum zone_state s);	/* real lookups go on */
void zone_model_entry(const struct zone_model *z, struct zone_entry *e_r);
/* "wildcard: random.bl… -> 127.0.0.2": why, in words. */
void zone_model_words(const struct zone_model *z, double now, char *dst,
    size_t size);

/* ---- the store (store.c) ---- */
struct store;
/* Opens or creates DIR/tare.sqlite (WAL).  path ":memory:" works.  Read-only
 * and missing: -1.  A damaged file is left alone and named in e. */
int store_open(const char *path, bool readonly, struct store **s_r,
    struct err *e);
void store_close(struct store **s);
int store_zone_load(struct store *s, struct zone_model *z);	/* 1: absent */
int store_zone_save(struct store *s, const struct zone_model *z);
int store_event(struct store *s, const struct zone_model *z, double at,
    enum zone_state from, const char *evidence_json, const char *source);
int store_probe(struct store *s, const char *zone, double at,
    const char *kind, const char *qname, int rcode, const char *answer,
    double rtt_ms, const char *verdict);
int store_counts(struct store *s, const struct record_counts *c);
int store_exposure(struct store *s, const struct record_exposure *x);
int store_begin(struct store *s);
int store_commit(struct store *s);
int store_expire(struct store *s, double now);
const char *store_error(const struct store *s);
/* Reading for tare zones: calls fn per row. */
typedef void store_zone_fn(const struct zone_model *z, void *arg);
int store_zones(struct store *s, store_zone_fn *fn, void *arg);
struct store_history_row {
	double at;
	const char *zone, *from_state, *to_state, *reason, *evidence, *source;
};
typedef void store_history_fn(const struct store_history_row *r, void *arg);
int store_history(struct store *s, const char *zone, store_history_fn *fn,
    void *arg);
struct store_hour_sum {
	double lookups, listed, clean, bogus, blocked, unmapped, unknown,
	    controls, controls_dirty, voided;
};
/* Sums since a time. */
int store_sums(struct store *s, const char *zone, double since,
    struct store_hour_sum *sum_r);

/* ---- the brain (learn.c) ---- */
struct learn;
/* How wishes leave: the owner does them and reports back as events. */
struct learn_hooks {
	void *arg;
	/* start a probe round; results come back through learn_canary */
	void (*probe)(void *arg, const struct zone_model *z, unsigned wish);
	void (*flush)(void *arg);
	/* a transition: for the log; words as shown to operators */
	void (*transition)(void *arg, const struct zone_model *z,
	    enum zone_state from, const char *evidence);
	void (*publish)(void *arg, const struct zone_entry *e, size_t n);
};
struct learn *learn_new(struct arena *a, struct store *s /* may be NULL */,
    const struct learn_hooks *h);
int learn_zone_add(struct learn *l, const char *name, uint8_t kind,
    bool allow, double now);
void learn_record(struct learn *l, const union record *r, double now);
void learn_canary(struct learn *l, const char *zone, enum canary probe,
    const struct ask_answer *ans, double now);
void learn_round_end(struct learn *l, const char *zone, double now);
void learn_pin(struct learn *l, const char *zone, enum zone_state pin,
    double weight, double until, double now);
/* Let time pass: returns when to be called next at the latest. */
double learn_tick(struct learn *l, double now);
/* Write what is gathered (each 10 s or 500 messages, and at the end). */
void learn_flush_store(struct learn *l, double now);
const struct zone_model *learn_zone(const struct learn *l, size_t i);

#endif

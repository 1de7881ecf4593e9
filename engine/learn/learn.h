/*
 * learn - the keeper's brain: what we believe of each zone, and why.
 *
 * Three parts with one job each.  The machine (machine.c and the files it
 * names) is the pure state machine of reliability reference c.3: events and
 * time in, state changes and wishes out.  store.c is the only file with
 * sqlite3.h.  learn.c joins the two.  No clock, no socket: the keeper (or a
 * test, or a simulation) passes time in and carries wishes out.
 *
 * Story of a good day.  learn_zone_add makes a NEW zone: it counts nothing.
 * At the next learn_tick the machine wishes an enrollment; the probe hook
 * starts it; its answers come back through learn_canary, then
 * learn_round_end.  All clean: LEARNING, and the table is published.  From
 * then on a round every ten minutes shows that the zone still tells listed
 * from not listed; after 500 lookups and a day it is TRUSTED.
 *
 * Story of a bad one.  A worker's control comes back listed (learn_record).
 * The zone is SUSPECT at once: weight 0 in every worker before the next
 * message.  The machine wishes three canaries and one global probe; at
 * learn_round_end it knows: the resolver lies (RESOLVER_BAD, no zone is to
 * blame), the zone lists the world (QUARANTINED), or one server of many is
 * odd (SUSPECT, three controls per positive for an hour).  Quarantine ends
 * with five clean rounds in a row and a dwell time that doubles with each
 * relapse, then PROBATION at half weight.
 *
 * A hook may report back before it returns, from the loop later, or never
 * (a round without an end is given up after ten minutes).
 */
#ifndef LEARN_LEARN_H
#define LEARN_LEARN_H

#include "ask/ask.h"
#include "base/arena.h"
#include "base/err.h"
#include "learn/stat.h"
#include "record/record.h"
#include "weigh/weigh.h"

/* ---- the state of one zone (pure) ---- */

#define CANARY_KINDS	(CANARY_INVALID + 1)
#define ASK_CLASSES	(ASK_UNKNOWN + 1)
#define ZONE_DETAIL	200

/* The probes in flight: a round, an enrollment or canaries. */
struct zone_round {
	uint8_t kind;			/* enum zone_wish; 0: none open */
	double at;
	uint8_t tally[CANARY_KINDS][ASK_CLASSES];
};

/* What a listing of the zone is worth, by its code (codes.c). */
struct zone_code {
	uint32_t code;			/* network order */
	bool allow;			/* it speaks for the sender */
	double hs, hh;			/* spam, ham listed with it; decaying */
	double first_seen, last_seen;
	double published;		/* weight that the workers were told */
};
struct zone_codes {
	double ns, nh, decayed_at;	/* labelled messages of either kind */
	struct zone_code any;		/* listed with whatever code */
	unsigned n;
	struct zone_code v[ZONE_CODES];
};

/* Servers of a zone and of its domain; sets of names, lower case, one space
 * between, "": not known. */
#define APEX_TEXT 768
struct zone_apex {
	char ns[APEX_TEXT], domain_ns[APEX_TEXT];
	bool serial_known;
	unsigned serial;		/* of the SOA record */
	double soa_seen;		/* when it was first seen */
	double usual;			/* seconds a change; 0: unknown */
	double next;			/* when to look again */
};
struct apex_seen {
	char ns[APEX_TEXT], domain_ns[APEX_TEXT];
	bool serial_known;
	uint32_t serial;
};

struct zone_model {
	char name[LIMIT_ZONE_NAME];
	uint8_t kind;			/* enum zone_kind */
	bool allow;
	double w_operator;
	bool must_not_off;		/* the operator: it lists 127.0.0.1 */
	enum zone_state state;		/* the automatic one, below a pin */
	enum zone_reason reason;
	double since;
	char detail[ZONE_DETAIL];	/* "qname -> answer" that decided */

	/* what enrollment learned */
	bool enrolled;
	uint8_t pools;			/* enum zone_pools that work */
	int must_not, must_list;	/* -1 unknown, 0 unsupported, 1 ok */
	int must_not6, must_list6;	/* the same of the IPv6 points */
	double seen6, tried6;		/* last IPv6 subject, and when the zone
					 * was last enrolled for one */

	/* suspicion */
	enum zone_state before_suspect;	/* what SUSPECT returns to */
	double settled;			/* 0: undecided, weight 0; else since
					 * when it counts with 3 controls */
	unsigned dirty;			/* dirty controls and canaries */
	bool dirty_bogus;		/* one of them outside 127/8 */
	bool hint;			/* must-not listed, or a live bogus
					 * answer: counts as one, never alone */
	double dirty_at;		/* last dirty one */
	double canaries_at;		/* last time they were wished */
	double peers_until;		/* enough other nodes say that it is
					 * broken, so long */

	/* quarantine */
	double dwell;			/* seconds; doubles, cap 6 h */
	unsigned requarantines;		/* within 24 h */
	double quarantined_at;		/* of the last entry */
	double incident_since;
	unsigned clean_rounds, must_list_missing;
	bool mixed;			/* some pools listed, some clean: maybe
					 * a new bogon list, enroll again */
	uint64_t epoch;			/* resolver contexts used up */

	/* breaker */
	enum zone_state before_down;	/* what DOWN returns to */
	unsigned fail_run;		/* consecutive failures */
	uint16_t last10;		/* bits: 1 = failure */
	uint8_t n_last10;
	double fail_since;		/* first of the run */
	double mostly_since;		/* 8 of the last 10; 0: fewer */
	int fail_rcode;			/* of the last one; -1 timeout */

	/* probing */
	struct zone_round round;
	unsigned want;			/* wish to open when this one ends */
	unsigned rounds;		/* so far: spreads the jitter */
	double round_done;		/* end of the last one */
	double next_probe;		/* when the next round is due */
	double backoff;
	bool resolver_bad;

	uint64_t lookups_learning;	/* since LEARNING began */
	double learning_since;
	uint64_t lookups_round;		/* since the last round */
	double last_clean;		/* last clean control or canary */
	double published_clean;
	double p95;			/* seconds, 0: not known */

	/* statistics: alarms and the panels that answer them */
	struct zone_stat stat;
	bool published_uneasy;
	bool panel_due;			/* an alarm awaits its panel */
	unsigned panel_batches;		/* of the open panel so far */
	unsigned panel_members;		/* who can be asked in it */
	enum panel_verdict panel_said;	/* of the open panel */
	double panel_next;		/* no panel before, but for an alarm */
	unsigned healthy_panels;	/* in a row, DEGRADED */
	double watch;			/* seconds of SUSPECT once settled */
	struct zone_codes codes;
	struct zone_apex apex;
	double stale_after;		/* seconds without a new serial; 0:
					 * never mind */

	enum zone_state pin;		/* ZONE_PINNED_* or ZONE_NEW: none */
	double pin_until, pin_weight;	/* until 0: no end */
};

/* What happened to a zone; the members of zone_event that each one reads. */
enum zone_event_type {
	ZEV_LOOKUPS,		/* n lookups, failures among them; number:
				 * slowest answer in seconds; rcode: of a
				 * failure, 0 if none is known */
	ZEV_SUBJECT,		/* subject: one that passed seen_first; n: 6
				 * if it is an IPv6 address */
	ZEV_APEX,		/* apex: servers and serial, as seen now */
	ZEV_PANEL,		/* panel: whom a panel that begins can ask */
	ZEV_ANSWER_BOGUS,	/* a live answer outside 127/8; detail */
	ZEV_ANSWER_BLOCKED,	/* a live block code; detail */
	ZEV_FAILURE,		/* one question timed out; rcode */
	ZEV_SUCCESS,		/* one was answered; number: seconds */
	ZEV_CONTROL,		/* a worker's control: value = ask_class,
				 * detail */
	ZEV_CANARY,		/* one probe of a round: value = ask_class,
				 * probe = enum canary, rcode, detail, number;
				 * turn: of the member, CANARY_PANEL only */
	ZEV_ROUND_END,		/* all probes of the round are in */
	ZEV_TICK,		/* time passed */
	ZEV_PIN,		/* value = ZONE_PINNED_*, number = weight,
				 * until */
	ZEV_UNPIN,
	ZEV_RESOLVER_BAD, ZEV_RESOLVER_OK,
	ZEV_PROBE,		/* operator: a round now */
	ZEV_PEER,		/* another node quarantined it; value != 0:
				 * enough nodes did; detail */
	ZEV_PEER_DOUBTS,	/* another node degraded it: some of its
				 * known-good senders are listed; detail */
	ZEV_RESTART,		/* restored from the store */
	ZEV_TYPES
};
struct zone_event {
	enum zone_event_type type;
	double now;
	int value, probe, rcode;
	unsigned n, failures;
	double number, until;
	uint64_t turn;
	const char *detail;	/* "qname -> answer", for the history */
	const struct subject *subject;
	const struct panel *panel;
	const struct apex_seen *apex;
};
/* What the machine wants done; bits. */
enum zone_wish {
	WISH_ROUND = 1,		/* must-not, must-list, 3 reserved */
	WISH_ENROLL = 2,	/* must-not, must-list, 3 names of each of
				 * zone_default_pools(kind) */
	WISH_CANARIES = 4,	/* 3 reserved, now */
	WISH_FLUSH = 8,		/* new resolver context, before probing */
	WISH_PUBLISH = 16,	/* table entry changed */
	WISH_NOTE = 32,		/* state or weight changed: store, log */
	WISH_RESOLVER = 64,	/* and one CANARY_INVALID, in the same round */
	WISH_PANEL = 128,	/* stat_panel_wanted senders known to be good;
				 * when panel_batches is 0, ZEV_PANEL first */
	WISH_APEX = 256,	/* NS and SOA of the zone, NS of its domain; no
				 * round: ZEV_APEX when they are in */
};
#define WISH_PROBES (WISH_ROUND | WISH_ENROLL | WISH_CANARIES | WISH_PANEL)

/* The pools that an enrollment tries (enum zone_pools). */
uint8_t zone_default_pools(uint8_t kind);
/* Everything is set; the zone is NEW and enrolls at the first tick. */
void zone_model_init(struct zone_model *z, const char *name, uint8_t kind,
    double now);
/* Returns wishes. Never touches anything but *z. */
unsigned zone_model_event(struct zone_model *z, const struct zone_event *ev);
double zone_state_weight(enum zone_state s);	/* w_state */
unsigned zone_state_controls(enum zone_state s);	/* k */
bool zone_state_asks(enum zone_state s);	/* real lookups go on */
/* Count a labelled message; true: a weight moved enough to be published. */
bool codes_count(struct zone_codes *c, const struct record_vote *v,
    enum stat_label label, double now);
double codes_weight(const struct zone_codes *c, const struct zone_code *code);
/* "weight 0.07: lists 10 % of spam …" of one code; of the one that lost most
 * ("" when none lost anything worth a word). */
void codes_words(const struct zone_codes *c, const struct zone_code *code,
    char *dst, size_t size);
void codes_worst_words(const struct zone_codes *c, char *dst, size_t size);
/* State as operators see it: a pin covers the automatic one. */
enum zone_state zone_model_state(const struct zone_model *z);
/* What a listing counts now, w_operator included. */
double zone_model_weight(const struct zone_model *z);
/* Nothing to tell of it: it counts, or nobody has looked at it yet. */
bool zone_is_fine(const struct zone_model *z);
void zone_model_entry(const struct zone_model *z, struct zone_entry *e_r);
/* "quarantined: wildcard since 2021-01-31T09:41:07Z: it answers listed …
 * (9.9.18.198.bl.example.org -> 127.0.0.2)": what, why, what to do. */
void zone_model_words(const struct zone_model *z, double now, char *dst,
    size_t size);

/* ---- the store (store.c, store-open.c and the tables) ---- */
struct store;
/*
 * Open or create the database (WAL); a directory means DIR/tare.sqlite, and
 * ":memory:" works.  Read-only and missing: -1.  A damaged file, another
 * program's, or one of a newer tare is left alone, byte for byte, and e says
 * what to do.
 */
int store_open(const char *path, bool readonly, struct store **s_r,
    struct err *e);
void store_close(struct store **s);
/* Writing: 0, or -1 and store_error says what is wrong.  A failed write
 * leaves what was there; the caller keeps its data and tries again. */
int store_zone_load(struct store *s, struct zone_model *z);	/* 1: absent */
int store_zone_save(struct store *s, const struct zone_model *z);
int store_event(struct store *s, const struct zone_model *z, double at,
    enum zone_state from, const char *evidence_json, const char *source);
struct store_probe_row {
	double at;
	const char *zone, *kind, *qname, *answer, *verdict;
	int rcode;
	double rtt_ms;
};
int store_probe(struct store *s, const struct store_probe_row *p);
int store_counts(struct store *s, const struct record_counts *c);
int store_exposure(struct store *s, const struct record_exposure *x);
/* The zone's codes, all of them. */
int store_codes(struct store *s, const struct zone_model *z);
/* The resolver was bad when we ended: it is until it shows otherwise. */
struct store_resolver {
	bool bad;
	double bad_at, hold, hold_until;
};
int store_resolver_save(struct store *s, const struct store_resolver *r);
int store_resolver_load(struct store *s, struct store_resolver *r_r);
/* A batch; commit rolls back when it fails. */
int store_begin(struct store *s);
int store_commit(struct store *s);
void store_rollback(struct store *s);
/* Drop zone_hour older than 90 days and exposure older than 7. */
int store_expire(struct store *s, double now);
const char *store_error(const struct store *s);
/* The file itself was found to be damaged: nothing more is written to it, not
 * even when the store is closed. */
bool store_damaged(const struct store *s);
/* Whole-file integrity check: 0 when sound. */
int store_check(struct store *s);
/* The database may not grow beyond this (a cap of its own, LIMIT 1 GB). */
int store_max_bytes(struct store *s, uint64_t bytes);

/* Reading for tare zones: calls fn per row; rows live until fn returns. */
typedef void store_zone_fn(const struct zone_model *z, void *arg);
int store_zones(struct store *s, store_zone_fn *fn, void *arg);
struct store_history_row {
	double at;
	const char *zone, *from_state, *to_state, *reason, *evidence, *source;
};
typedef void store_history_fn(const struct store_history_row *r, void *arg);
/* zone NULL: all zones.  Oldest first. */
int store_history(struct store *s, const char *zone, store_history_fn *fn,
    void *arg);
typedef void store_probe_fn(const struct store_probe_row *r, void *arg);
/* The last n, newest first. */
int store_probes(struct store *s, const char *zone, unsigned n,
    store_probe_fn *fn, void *arg);
struct store_exposure_row {
	double at, points, score, required;	/* as in record_exposure */
	const char *zone, *msg_id, *queue_id, *rule, *code;
	bool spam_with, spam_without, voided;
};
typedef void store_exposure_fn(const struct store_exposure_row *r, void *arg);
/* zone NULL: all zones.  Oldest first. */
int store_exposures(struct store *s, const char *zone, double since,
    store_exposure_fn *fn, void *arg);
struct store_hour_sum {
	double lookups, listed, clean, bogus, blocked, unmapped, unknown,
	    controls, controls_dirty, voided, subjects, subjects_listed,
	    anchors, anchors_listed;
};
/* Sums since a time. */
int store_sums(struct store *s, const char *zone, double since,
    struct store_hour_sum *sum_r);

/* ---- the brain (learn.c) ---- */
struct learn;
/* How wishes leave: the owner does them and reports back as events.  Every
 * hook may be NULL. */
struct learn_hooks {
	void *arg;
	/*
	 * Start a probe round: exactly one of WISH_ROUND, WISH_ENROLL,
	 * WISH_CANARIES, WISH_PANEL, maybe with WISH_RESOLVER; or WISH_APEX
	 * alone, reported by learn_apex.  Results come back through
	 * learn_canary, then learn_round_end.  z NULL (with WISH_RESOLVER
	 * alone): one CANARY_INVALID, reported with zone NULL, no end.
	 */
	void (*probe)(void *arg, const struct zone_model *z, unsigned wish);
	/* throw this process's resolver cache away, before the next probe */
	void (*flush)(void *arg);
	/* a transition: for the log; words as shown to operators */
	void (*transition)(void *arg, const struct zone_model *z,
	    enum zone_state from, const char *evidence);
	/* a day later it is still not well; and each day from then on */
	void (*remind)(void *arg, const struct zone_model *z);
	/* something about no single zone: the resolver, the database */
	void (*notice)(void *arg, const char *text);
	void (*publish)(void *arg, const struct zone_entry *e, size_t n);
	/* Call learn_tick at that time: something has come up that is due
	 * before what it said last. */
	void (*wake)(void *arg, double at);
	/* an answer that matters, as it goes into the database: of a probe, or
	 * of kind "control" or "answer" when a worker saw it */
	void (*seen)(void *arg, const struct store_probe_row *row);
};
/* Lives in the arena; s is not owned and must outlive it. */
struct learn *learn_new(struct arena *a, struct store *s /* may be NULL */,
    const struct learn_hooks *h);
/* Restores the zone if the store knows it.  Known already: 0.  -1: more than
 * LIMIT_ZONES, or no usable name. */
int learn_zone_add(struct learn *l, const char *name, uint8_t kind,
    bool allow, double now);
struct zone_policy {
	double weight;		/* the operator's trust, 0 to 1 */
	bool must_not_off;	/* it lists its must-not by design */
	double quota;		/* questions a day it allows; 0: any number */
};
/* What the operator says of it; with learn_zone_add. */
void learn_zone_policy(struct learn *l, const char *name,
    const struct zone_policy *p);
/* r must have passed record_check; unknown zones are ignored. */
void learn_record(struct learn *l, const union record *r, double now);
void learn_canary(struct learn *l, const char *zone, enum canary probe,
    const struct ask_answer *ans, double now);
void learn_round_end(struct learn *l, const char *zone, double now);
void learn_apex(struct learn *l, const char *zone,
    const struct apex_seen *seen, double now);
/* All zones: STALE after so many seconds without a new serial; 0: never. */
void learn_stale_after(struct learn *l, double seconds);
/*
 * A panel's round: whom to ask next, as a name in the zone.  False: nobody is
 * left.  Ask stat_panel_wanted(&z->stat) of them as CANARY_PANEL.
 */
#define LEARN_KEY 160
bool learn_panel_next(struct learn *l, const char *zone, char key[LEARN_KEY]);
/* The operator knows this host (an address) or domain to be good.  -1: it is
 * neither. */
int learn_known_good(struct learn *l, const char *subject, double now);
/* Operator: pin ZONE_PINNED_ON or _OFF, or ZONE_NEW to take a pin off.
 * until 0: no end.  -1: no such zone, or a weight outside [0,1]. */
int learn_pin(struct learn *l, const char *zone, enum zone_state pin,
    double weight, double until, double now);
/* Operator: a round now.  -1: no such zone. */
int learn_probe(struct learn *l, const char *zone, double now);
/* Let time pass: returns when to be called next at the latest, unless the
 * wake hook is called meanwhile.  Where nothing happens that is a minute. */
double learn_tick(struct learn *l, double now);
/* Write what is gathered now (learn_tick does it half a second after the first
 * of it came, or after 500 records; the owner at the end).  What cannot be
 * written is kept, within limits. */
void learn_flush_store(struct learn *l, double now);
/* A store that could be opened at last; what was gathered goes into it.
 * Returns how many records there was no room for in memory meanwhile. */
uint64_t learn_set_store(struct learn *l, struct store *s, double now);
/* There is no store, but what the file at path holds may still be read: zones
 * that were added take up their lives.  -1: it cannot be. */
int learn_recall(struct learn *l, const char *path, double now);
/* Is there a store?  One that is found damaged is let go by itself, after a
 * notice: its owner closes it, and may set another one later. */
bool learn_has_store(const struct learn *l);
size_t learn_zones(const struct learn *l);
/* i-th zone, NULL beyond the last */
const struct zone_model *learn_zone(const struct learn *l, size_t i);
const struct zone_model *learn_zone_find(const struct learn *l,
    const char *name);
bool learn_resolver_bad(const struct learn *l);

#endif

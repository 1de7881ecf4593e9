/*
 * ask-priv - what the files of ask/ share.
 *
 *	ask_query	one asker: a callback, a deadline, maybe cancelled
 *	flight		one question on the wire; any number of askers wait
 *	ask_zone	a list: its conf, counters and controls
 *	resolver	a libunbound context (unbound.c)
 *
 * An answer travels: libunbound -> flight_landed (keeps the packet's data,
 * nothing else, because libunbound is on the stack) -> a timer of no seconds
 * -> flight_deliver -> evidence, then each asker's callback.  So callbacks
 * and the evidence sink run from the loop only, and may ask, cancel and flush.
 */
#ifndef ASK_ASK_PRIV_H
#define ASK_ASK_PRIV_H

#include "ask/ask.h"
#include "base/map.h"
#include "weigh/board.h"
#include "weigh/weigh.h"

/* Controls in flight per zone (reference c.2). */
#define CONTROL_SLOTS 2
#define FLIGHT_BUCKETS 4096
/* How long answers are kept, seconds (reference c.7): some, and "no". */
#define KEEP_MAX 300
#define KEEP_MAX_NO 60

/* ---- loop.c: one-shot timers, the only file with event2/ ---- */
struct ask_timer;
typedef void ask_timer_fn(void *arg);
struct ask_timer *ask_timer_new(struct event_base *base, ask_timer_fn *fn,
    void *arg);
/* Call fn once, seconds from this very moment; 0: on the next turn. */
void ask_timer_set(struct ask_timer *t, double seconds);
void ask_timer_free(struct ask_timer **t);

/* ---- deadline.c: for thousands at a time ---- */
struct ask_deadline {
	struct ask_deadline *next, **prev;	/* prev NULL: not set */
	uint64_t due;			/* in ticks */
	ask_timer_fn *fn;
	void *arg;
};
struct deadlines;
struct deadlines *deadlines_new(struct event_base *base);
/* Those that are set are forgotten. */
void deadlines_free(struct deadlines **w);
/* Call d->fn once, so many seconds from now or up to 5 ms later, from the loop.
 * d is its owner's, who stops it before d goes. */
void deadline_set(struct deadlines *w, struct ask_deadline *d, double seconds);
/* Nothing if it is not set. */
void deadline_stop(struct deadlines *w, struct ask_deadline *d);

/* ---- unbound.c: the only file with unbound.h ---- */
struct resolver;
struct flight;
int resolver_new(struct event_base *base, const struct ask_conf *conf,
    struct resolver **r_r, struct err *e);
/* No flight_landed from now on.  Not from inside flight_landed. */
void resolver_free(struct resolver **r);
/* 0: flight_landed comes once, perhaps before this returns.  -1: never. */
int resolver_send(struct resolver *r, const char *name, int type,
    struct flight *f);

/* ---- known.c: what need not be asked ---- */
struct known;
struct known *known_new(void);
void known_free(struct known **k);
/* Everything, as after an outage. */
void known_forget(struct known *k);
/* Was this question answered, and is the answer still good? */
bool known_get(struct known *k, const struct flight *f,
    struct ask_answer *ans);
/* f has landed, and was not classified. */
void known_put(struct known *k, const struct flight *f);

/* ---- answer.c: DNS packets ---- */
/*
 * Take the records of that type out of the answer section into ans: rcode,
 * addr, n_addr (LIMIT_ANSWER_ADDRS + 1: more), txt, ttl: how long this may be
 * remembered, of a "no", too (RFC 2308 5); 0: not at all.  A packet that
 * cannot be read gives rcode 2 (SERVFAIL): UNKNOWN, never CLEAN.
 */
void answer_parse(struct arena *a, const void *packet, size_t len, int rcode,
    int type, struct ask_answer *ans);
/* Is anything in its answer section?  If not, answer_parse takes no memory. */
bool answer_has_records(const void *packet, size_t len);

/* ---- askers ---- */
/* What the first labels of a name are; only the same shape tells of it. */
enum ask_shape { SHAPE_NAME, SHAPE_V4, SHAPE_V6 };

struct query_list {
	struct ask_query *head, *tail;
};

struct ask_query {
	struct ask_query *next, *prev;
	struct query_list *on;		/* the list it waits on */
	struct ask *ask;
	struct ask_deadline deadline;
	bool running;			/* its callback is on the stack */
	void *arg;
	/* a question */
	struct flight *flight;
	ask_answer_fn *fn;
	/* a control */
	ask_control_fn *control_fn;
	enum ask_shape shape;		/* of the positive's name */
	unsigned need, clean;		/* how many must be clean, are */
	unsigned flying;		/* it waits for */
	uint64_t first;			/* number of the first control that left
					 * after it, or later */
	uint32_t counted;		/* bits: first, first + 1 … are over */
	enum ask_control result;
};

/* deadline 0: none, because the answer is there already. */
struct ask_query *query_new(struct ask *a, struct query_list *on,
    double deadline, ask_timer_fn *expired, void *arg);
void query_move(struct ask_query *q, struct query_list *to);
/* Unlink, call back, free. */
void query_answer(struct ask_query *q, const struct ask_answer *ans);
void query_settle(struct ask_query *q, enum ask_control result);
void query_drop_all(struct query_list *on);

/* ---- questions on the wire ---- */
struct flight {
	struct flight *next, *prev;	/* all of them */
	struct flight *hash_next;
	struct flight *landed_next;
	struct ask *ask;
	struct ask_zone *zone;		/* NULL: not to a list */
	struct ask_deadline overdue;
	struct query_list askers;
	struct ask_answer ans;
	struct arena *arena;		/* of the answer's texts */
	double sent;			/* clock_mono */
	uint64_t hash;			/* of qname and type */
	size_t key_len;			/* of qname, before the zone */
	int type;
	bool control;			/* a canary */
	bool sending;			/* resolver_send is on the stack */
	bool placed;			/* it counts as in flight */
	bool cached;			/* nothing was sent for it */
	bool landed;
	bool failed;			/* overdue: counted as unknown */
	char qname[];
};

/* What to ask; the identical question in flight is joined. */
struct question {
	struct ask_zone *zone;
	const char *key;
	int type;
	bool control;
};
/* ---- name.c ---- */
struct asked_name {
	char text[LIMIT_DNS_NAME + 1];
	size_t n, key_len;		/* of all, and of the key */
	uint64_t hash;			/* of name and type */
};
/* false: it is no name that may be asked. */
bool name_make(const struct question *what, struct asked_name *name);

/* Join or send, with a deadline of its own; NULL as flight_join. */
struct ask_query *ask_question(struct ask *a, const struct question *what,
    double deadline, ask_answer_fn *fn, void *arg);
/* NULL: too many in flight, or no valid name. */
struct flight *flight_join(struct ask *a, const struct question *what);
/* From the resolver; packet NULL: nothing to read.  bogus: DNSSEC says so. */
void flight_landed(struct flight *f, int rcode, const void *packet,
    size_t len, bool bogus);
void flight_deliver(void *ask);		/* timer: landed ones */
void flight_resend_all(struct ask *a);
void flight_drop_all(struct ask *a);

/* ---- zones ---- */
struct control_slot {
	struct ask_zone *zone;
	struct ask_query *query;	/* NULL: free */
	uint64_t number;		/* on the board */
};

struct ask_zone {
	struct ask *ask;
	struct ask_zone_conf conf;	/* name is ours, lower case */
	double timeout;
	unsigned pools;
	unsigned inflight;
	struct record_counts counts;
	uint64_t name_hash;		/* in records */
	/* control.c */
	struct query_list wanting;	/* askers of controls */
	struct query_list settled;	/* decided, callback to be made */
	struct control_slot slots[CONTROL_SLOTS];
	struct ask_timer *kick;		/* look again, or a token is there */
	struct control_line *line;	/* shared by all workers */
};

void control_init(struct ask_zone *z);
void control_free(struct ask_zone *z);
/* One asker more, or less, or a question ended: launch what is due. */
void control_kick(void *zone);

/* ---- evidence.c ---- */
/* Before the callbacks of an answered question. */
void evidence_answer(const struct flight *f);
/* A question that nobody answered in time. */
void evidence_overdue(const struct flight *f);
void evidence_reset(struct ask_zone *z);
void evidence_flush(struct ask_zone *z);
/* What was gathered; nothing waits longer than a turn of the loop. */
void evidence_send_subjects(struct ask *a);

struct ask {
	struct event_base *base;
	struct ask_conf conf;
	char **servers;			/* copies; conf.servers points here */
	ask_evidence_fn *sink;
	void *sink_arg;
	struct resolver *resolver;
	struct known *known;
	struct control_board *board;
	bool own_board;
	struct arena *arena;		/* zones live as long as ask */
	struct map *zones;
	struct flight *flights;
	struct flight *table[FLIGHT_BUCKETS];
	struct flight *landed_head, **landed_tail;
	struct ask_timer *deliver;
	struct deadlines *deadlines;
	struct record_subjects subjects;	/* not yet sent */
	unsigned inflight;
	bool delivering;
};

/* Seconds that run clock_scale times faster than the clock. */
double ask_zone_time(const struct ask *a);

#endif

/*
 * ask - questions to DNS, and what the answers of a list zone are worth.
 *
 * Story of a normal question: scan/ (through a plugin) calls ask_list for
 * "4.3.2.1" in zone bl.example.org.  The same question in flight joins the
 * first one; otherwise unbound.c sends it.  Later, from the event loop and
 * never before ask_list returns, the callback gets an ask_answer that was
 * classified (classify.c, reliability reference c.1): CLEAN, LISTED, BOGUS …
 * The answer's memory lives until the callback returns.
 *
 * Story of a positive that would change a verdict: scan/ calls ask_control.
 * A control is a name that cannot be listed and cannot be cached (canary.c).
 * It must leave after the positive arrived; positives that wait at that moment
 * share one control, in all workers (at most 2 in flight per zone, at most
 * zone_controls_per_minute a minute).  The callback says CLEAN (count it),
 * DIRTY (void), BLOCKED (void), UNKNOWN (asked, not answered) or LATE (the
 * deadline came before enough of them could even be asked).
 *
 * Every answer feeds the evidence sink; nothing here decides a zone's state.
 * All callbacks come from the loop.  ask_cancel guarantees no callback.
 */
#ifndef ASK_ASK_H
#define ASK_ASK_H

#include <netinet/in.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "record/record.h"

struct control_board;
struct event_base;
struct ask;
struct ask_zone;
struct ask_query;

enum ask_class {
	ASK_CLEAN,		/* NXDOMAIN or NODATA */
	ASK_LISTED,		/* a 127/8 answer that some rule maps */
	ASK_UNMAPPED,		/* 127/8, but no rule knows the code */
	ASK_BOGUS,		/* outside 127/8, or more than 8 addresses */
	ASK_BLOCKED,		/* a block code: we are refused */
	ASK_UNKNOWN,		/* timeout, SERVFAIL, REFUSED, bogus DNSSEC */
};

struct ask_answer {
	enum ask_class cls;
	int rcode;			/* DNS rcode; -1 timeout */
	unsigned n_addr;
	struct in_addr addr[LIMIT_ANSWER_ADDRS];
	uint8_t addr_cls[LIMIT_ANSWER_ADDRS];	/* enum ask_class each */
	unsigned n_txt;
	/* strings of an RR joined; of types other than NS at most
	 * LIMIT_ANSWER_ADDRS */
	struct slice *txt;		/* NULL: none */
	uint32_t ttl;			/* seconds it may be kept; 0: not */
	double rtt;			/* seconds */
	const char *qname;
};
typedef void ask_answer_fn(const struct ask_answer *ans, void *arg);

enum ask_control { CONTROL_CLEAN, CONTROL_DIRTY, CONTROL_BLOCKED,
	CONTROL_UNKNOWN, CONTROL_LATE };
typedef void ask_control_fn(enum ask_control result, void *arg);

/* Where evidence goes: record_send to the keeper, or straight into learn/. */
typedef void ask_evidence_fn(const struct record_head *record, void *arg);

struct ask_conf {
	const char *const *servers;	/* "127.0.0.1:5353"; n 0: recurse from
					 * the root, /etc/resolv.conf unused */
	size_t n_servers;
	double timeout;			/* default per question, seconds */
	double clock_scale;		/* zone time runs this much faster */
	unsigned controls_per_minute;	/* per zone, of all who share board */
	struct control_board *board;	/* NULL: shared with nobody */
	unsigned max_inflight;
	uint32_t worker;
	uint64_t generation;
};

/*
 * One per process, after fork. -1: libunbound refused, e says why.  The
 * strings of conf are copied.  ask_free makes no callbacks, invalidates every
 * ask_query, and must not be called from a callback of this room.
 */
int ask_new(struct event_base *base, const struct ask_conf *conf,
    ask_evidence_fn *sink, void *sink_arg, struct ask **ask_r,
    struct err *e);
void ask_free(struct ask **a);
/*
 * A new resolver context: the only way to empty libunbound's cache (F14); what
 * is kept beside it is forgotten, too.
 * Questions in flight are sent again through the new one and keep their
 * deadlines.  -1: the old context goes on.  May be called from callbacks.
 */
int ask_flush(struct ask *a, struct err *e);

/* ---- zones: same name = same object; made at load or on first use ---- */
struct ask_zone_conf {
	const char *name;		/* "bl.example.org" */
	uint8_t kind;			/* enum zone_kind */
	bool allow;			/* an allow list: negative scores */
	const char *must_list;		/* zone_must_list: its test entry as it
					 * is asked for, an address reversed;
					 * NULL: the one of RFC 5782 */
	const char *ask_as;		/* zone_ask: the name that questions
					 * are sent to; NULL: its own.  It may
					 * hold a key, so it is never shown */
	/* does a rule map this code? NULL: everything in 127/8 is mapped */
	bool (*mapped)(struct in_addr code, void *arg);
	/* the operator maps it by name: overrides the block-code table */
	bool (*mapped_exactly)(struct in_addr code, void *arg);
	/* zone_codes and zone_block_codes: ASK_LISTED or ASK_BLOCKED when the
	 * operator says so of this address, else ASK_UNKNOWN. May be NULL. */
	enum ask_class (*operator_says)(struct in_addr code, void *arg);
	void *arg;
};
struct ask_zone *ask_zone_add(struct ask *a, const struct ask_zone_conf *c);
struct ask_zone *ask_zone_find(struct ask *a, struct slice name);
/* From the zone table: deadline, pools for canaries. */
void ask_zone_tune(struct ask_zone *z, double timeout, unsigned pools);

/*
 * key + "." + zone, type A or TXT (ns_t_a, ns_t_txt).  deadline: seconds from
 * now (0: the zone's).  NULL when over LIMIT or the name is not valid.
 */
struct ask_query *ask_list(struct ask *a, struct ask_zone *z, const char *key,
    int type, double deadline, ask_answer_fn *fn, void *arg);
/*
 * A question that is not to a list: A, TXT, MX, NS, SOA of any name.  Names in
 * the answer (NS, MX, PTR), IPv6 addresses and the serial of an SOA are in txt,
 * as text.  cls is
 * LISTED when there is data, CLEAN when there is none, or UNKNOWN.
 */
struct ask_query *ask_name(struct ask *a, const char *name, int type,
    double deadline, ask_answer_fn *fn, void *arg);
/*
 * Controls that leave after this call; the callback comes once.  They have the
 * shape of the positive's name (IPv4, IPv6, or a name): a list may be honest
 * about IPv4 addresses and list every IPv6 one.
 */
struct ask_control_wish {
	unsigned k;			/* how many must be clean; 0: one */
	double deadline;		/* seconds from now; 0: the zone's */
	const char *qname;		/* of the positive; NULL: any */
};
struct ask_query *ask_control(struct ask *a, struct ask_zone *z,
    const struct ask_control_wish *wish, ask_control_fn *fn, void *arg);
/*
 * No callback after this; *q becomes NULL. NULL is fine.  A query is gone when
 * its callback returned; cancelling it inside that callback is allowed.
 */
void ask_cancel(struct ask_query **q);
/* Count a positive that was voided, for the statistics. */
void ask_zone_voided(struct ask_zone *z, unsigned n);
/* Send the counters gathered so far to the sink (the owner does it twice a
 * second, and at the end). */
void ask_report(struct ask *a);

/* ---- canaries (canary.c): names that must not be listed ---- */
enum canary { CANARY_MUST_NOT, CANARY_MUST_LIST, CANARY_MUST_NOT6,
	CANARY_MUST_LIST6, CANARY_BENCH, CANARY_CLASS_E,
	CANARY_SHARED, CANARY_TESTNET, CANARY_DOC6, CANARY_NAME,
	CANARY_PANEL /* a sender known to be good: learn/ says whom */,
	CANARY_INVALID /* <random>.invalid. */ };
/* The key (without zone) in dst; random kinds never repeat.  A panel's name
 * is not made here: dst is empty then. */
void ask_canary(enum canary c, uint8_t zone_kind, char dst[128]);
/* The entry that this zone must list. */
void ask_zone_must_list(const struct ask_zone *z, char dst[128]);
/* A random reserved one out of pools (enum zone_pools). */
enum canary ask_canary_pick(unsigned pools, uint8_t zone_kind);

/* ---- pure classification, for tests ---- */
/*
 * Fill cls and addr_cls from rcode, addr, n_addr and n_txt.  An n_addr above
 * LIMIT_ANSWER_ADDRS means "more than we keep": BOGUS, and n_addr is cut.
 */
void ask_classify(const struct ask_zone_conf *z, struct ask_answer *ans);
/* Is this address in the built-in block-code table for that zone? */
bool ask_is_block_code(const char *zone, struct in_addr code);

#endif

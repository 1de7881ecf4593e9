/*
 * fleet - what nodes of one site tell each other about zones (c.10).
 *
 * Evidence is shared, verdicts are local.  A node writes one line per zone:
 * what it makes of the zone, since when, the answer that decided, and sums of
 * the last day.  Another node that reads "quarantined" doubts the zone for the
 * time of one round of its own, and believes what it sees itself.  Nothing a
 * peer says ever raises trust.
 *
 * Story.  mx1 sees a wildcard and quarantines the zone.  Its operator's timer
 * runs `tare zones export`: a line, signed with the key that all nodes have.
 * On mx2 `tare zones import` checks the signature and that the line is of the
 * last minutes and hands it to the keeper; learn_peer finds that it is news,
 * and the machine opens a round.  The canaries come back listed: mx2
 * quarantines the zone, too, for what it has seen.  Had they been clean, the
 * history would hold a doubt with source "peer" and a return, and mx1's next
 * word on that zone would be heard later.
 *
 * A line is one JSON object; "mac" is its last member:
 *
 *	{"tare":1,"node":"mx1","seq":1767225600123456,"at":1767225600.123,
 *	 "zone":"bl.example.org","state":"quarantined","reason":"wildcard",
 *	 "since":1767225500,"evidence":"9.9.18.198.bl.example.org -> 127.0.0.2",
 *	 "lookups":9,"listed":9,"controls":1,"controls_dirty":1,"subjects":5,
 *	 "subjects_listed":5,"mac":"64 hex digits"}
 *
 * The mac is HMAC-SHA256 (RFC 2104) over the bytes before `,"mac"`, so nothing
 * is parsed before it is known who wrote it.
 */
#ifndef LEARN_FLEET_H
#define LEARN_FLEET_H

#include "base/buf.h"
#include "learn/learn.h"

#define FLEET_NODE	64

struct fleet_line {
	char node[FLEET_NODE];
	uint64_t seq;			/* each line of a node has a higher one:
					 * microseconds of Unix time */
	double at;			/* Unix time of writing */
	char zone[LIMIT_ZONE_NAME];
	enum zone_state state;
	enum zone_reason reason;
	double since;			/* the writer's zone time */
	char evidence[ZONE_DETAIL];
	struct store_hour_sum day;	/* sums of the last 24 hours */
};

struct fleet_key {
	size_t n;
	uint8_t bytes[256];
};
/*
 * Read the shared key: 16 to 256 bytes, of a file that only its owner (and
 * perhaps a group) may read; white space around it does not count.
 */
int fleet_key_read(const char *path, struct fleet_key *key_r, struct err *e);
/* Letters, digits, '.', '-' and '_', 1 to 63. */
bool fleet_node_valid(struct slice name);
/*
 * May a node tell others that it sees the zone so?  What belongs to one
 * resolver (blocked, down), to one operator (pins), or came from peers may not.
 */
bool fleet_shares(enum zone_state state, enum zone_reason reason);
/* The line with its newline. */
void fleet_line_write(const struct fleet_line *l, const struct fleet_key *key,
    struct buf *out);
/* The same without signature and newline: for the daemon on this machine. */
void fleet_line_json(const struct fleet_line *l, struct buf *out);
/*
 * Check the signature, then read.  0, or -1 and e says what is wrong with the
 * line and what to do.
 */
int fleet_line_read(struct slice text, const struct fleet_key *key,
    struct fleet_line *l_r, struct err *e);
/* Read one that needs no signature. */
int fleet_line_parse(struct slice json, struct fleet_line *l_r, struct err *e);
/* Is it of the last minutes?  now: Unix time. */
int fleet_line_fresh(const struct fleet_line *l, double now, struct err *e);

/* ---- in the keeper ---- */
enum fleet_result {
	FLEET_NOTED,		/* nothing to do, kept as information */
	FLEET_KNOWN,		/* that quarantine was told before */
	FLEET_DOUBTED,		/* news: the zone is being looked into */
	FLEET_HELD,		/* news, but this node was wrong about the zone
				 * not long ago */
	FLEET_REPLAY,		/* not newer than its last line: refused */
	FLEET_NO_ZONE,		/* no rule here names it */
	FLEET_FULL,		/* more than LIMIT_PEERS nodes: refused */
	FLEET_RESULTS
};
const char *fleet_result_name(enum fleet_result r);
enum fleet_result learn_peer(struct learn *l, const struct fleet_line *line,
    double now);

/* ---- its tables (store-fleet.c) ---- */
/* The seq of the newest line; 0: never heard of it. */
int store_peer_seq(struct store *s, const char *node, uint64_t *seq_r);
/* That line. */
int store_peer_save(struct store *s, const struct fleet_line *l, double now);
struct store_peer_row {
	const char *node;
	double at;			/* when it was heard, zone time */
	double since;
	const char *state, *reason;
	struct store_hour_sum day;
};
typedef void store_peer_fn(const struct store_peer_row *r, void *arg);
/* What the nodes said last of a zone, since a time. */
int store_peers(struct store *s, const char *zone, double since,
    store_peer_fn *fn, void *arg);

#endif

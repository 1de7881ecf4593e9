/*
 * weigh - the shared zone table and the score arithmetic; no I/O, no clock.
 *
 * The table is one memfd: a header and two halves.  The keeper is the only
 * writer: it fills the idle half, then stores the generation counter with
 * release order; the half in use is generation & 1.  A reader copies a half
 * and re-reads the counter, and tries again if it moved.  A keeper killed in
 * mid-write leaves the other half whole: readers never spin on a dead writer.
 * The memfd is sealed F_SEAL_FUTURE_WRITE after the first mapping, so workers
 * can map it only read-only.
 *
 * Who maps what: the master calls zone_table_create before any fork.  The
 * keeper inherits that writable mapping, and a respawned keeper goes on with
 * it.  A worker closes the inherited one first (zone_table_close), then maps
 * fd read-only (zone_table_open).  A mapping lives until it is closed.
 */
#ifndef WEIGH_WEIGH_H
#define WEIGH_WEIGH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"

/* Zone states (reference/dnsbl-reliability.md c.3). */
enum zone_state {
	ZONE_NEW, ZONE_LEARNING, ZONE_TRUSTED, ZONE_SUSPECT, ZONE_DEGRADED,
	ZONE_QUARANTINED, ZONE_BLOCKED, ZONE_DOWN, ZONE_EMPTY, ZONE_STALE,
	ZONE_PROBATION, ZONE_PINNED_ON, ZONE_PINNED_OFF, ZONE_STATES
};
enum zone_reason {
	REASON_NONE, REASON_BOGUS, REASON_WILDCARD, REASON_PARTIAL,
	REASON_BLOCKED, REASON_BROKEN, REASON_TIMEOUT, REASON_SERVFAIL,
	REASON_REFUSED, REASON_CONTROL, REASON_RESOLVER, REASON_PEER,
	REASON_OPERATOR, REASON_NOT_A_LIST, REASON_EMPTY, REASON_STALE,
	REASON_NAMESERVERS, REASONS
};
/* "trusted", "quarantined" …; "bogus", "wildcard" … */
const char *zone_state_name(enum zone_state s);
const char *zone_reason_name(enum zone_reason r);
/* -1 if unknown */
int zone_state_parse(struct slice s);
int zone_reason_parse(struct slice s);

enum zone_kind { ZONE_KIND_IP, ZONE_KIND_DOMAIN, ZONE_KIND_HASH };
enum zone_pools {		/* canary pools that work for the zone */
	POOL_BENCH = 1,		/* 198.18.0.0/15 */
	POOL_CLASS_E = 2,	/* 240.0.0.0/4 */
	POOL_SHARED = 4,	/* 100.64.0.0/10 */
	POOL_TESTNET = 8,	/* TEST-NET-1/2/3 */
	POOL_DOC6 = 16,		/* 2001:db8::/32 */
	POOL_NAME = 32,		/* random names */
};

#define ZONE_CODES 16		/* codes of a zone that are told apart */

struct zone_entry {
	char name[LIMIT_ZONE_NAME];	/* NUL-padded, lower case */
	uint8_t state, reason, kind;
	uint8_t controls;	/* k: clean controls a positive needs */
	uint8_t ask;		/* 0: real lookups stop */
	uint8_t pools;		/* enum zone_pools */
	uint8_t epoch;		/* moved: the resolver's cache is not to be
				 * trusted for this zone, flush it (F14) */
	uint8_t uneasy;		/* statistics are half-way to an alarm: no
				 * listing counts without its control */
	float weight;		/* w_operator * w_state, [0,1] */
	float timeout;		/* seconds: clamp(3*p95, .5, 2) */
	double since;		/* Unix time of the state */
	double last_clean;	/* Unix time of last clean control */
	/* what a listing with a code is worth, [0,1]; of no code: n_codes 0 */
	struct {
		uint32_t code;	/* network order */
		float weight;
	} code[ZONE_CODES];
	float other_codes;	/* of codes that are not there */
	uint8_t n_codes;
	uint8_t reserved[3];
};

/* What a listing with this code (network order) counts, in all. */
double zone_entry_weight(const struct zone_entry *e, uint32_t code);

struct zone_table;		/* the shared mapping */

/* Make the memfd and map it writable; fd_r stays open for workers. */
struct zone_table *zone_table_create(int *fd_r, struct err *e);
/* Read-only mapping of the same; NULL if fd is not a zone table. */
struct zone_table *zone_table_open(int fd, struct err *e);
/* Unmap; *t becomes NULL, NULL is fine.  The descriptor stays open. */
void zone_table_close(struct zone_table **t);
/*
 * Keeper: replace the contents with n entries (beyond LIMIT_ZONES: cut).
 * On a read-only mapping this is our bug.
 */
void zone_table_publish(struct zone_table *t, const struct zone_entry *e,
    size_t n);
/*
 * Reader: copy all entries (at most LIMIT_ZONES); returns how many.
 * *generation_r moves on each publish: compare to skip the copy.
 */
size_t zone_table_snapshot(const struct zone_table *t,
    struct zone_entry *entries, uint64_t *generation_r);
uint64_t zone_table_generation(const struct zone_table *t);

/* ---- score arithmetic (score.c) ---- */
/* score * weight, with -0 turned into 0.  A weight outside [0,1] is clamped,
 * one that is no number counts as 0. */
double weigh_points(double score, double weight);
/* SpamAssassin's rounding: sum to 3 decimals, as printf rounds. */
double weigh_round(double sum);
/* One decimal; a ham score that would round up to required is shown as
 * required - 0.1 (reference 5.10).  "-0.0" never. */
void weigh_show(double score, double required, char dst[32]);

#endif

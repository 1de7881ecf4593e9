/*
 * record - fixed binary records between our own processes.
 *
 * A worker sends evidence to the keeper over one SOCK_SEQPACKET pair, without
 * blocking: learning may lose, scanning never waits.  Every record starts
 * with record_head; a stranger's magic or version is counted and dropped.
 * Times are Unix seconds; names are NUL-padded, the last byte always NUL.
 *
 *	struct record_counts c;
 *
 *	record_init(&c.head, RECORD_COUNTS, worker, generation, now);
 *	record_text(c.zone, sizeof(c.zone), zone_name);
 *	c.lookups = 3;
 *	record_send(fd, &c.head);
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/slice.h"

#define RECORD_MAGIC	0x74617265u	/* "tare" */
#define RECORD_VERSION	2

enum record_type {
	RECORD_COUNTS = 1,	/* what a worker saw of one zone since last */
	RECORD_ANSWER = 2,	/* one answer that matters at once */
	RECORD_CONTROL = 3,	/* one control and what it said */
	RECORD_EXPOSURE = 4,	/* a zone listed something of a message */
};

struct record_head {
	uint32_t magic;
	uint16_t version, type;
	uint32_t length;	/* whole record */
	uint32_t worker;	/* slot number */
	uint64_t generation;	/* rule-set fingerprint */
	double at;		/* Unix time */
};

/* Deltas; the keeper adds them up. */
struct record_counts {
	struct record_head head;
	char zone[LIMIT_ZONE_NAME];
	uint32_t lookups, listed, clean, bogus, blocked, unmapped, unknown;
	uint32_t controls, controls_dirty, voided, subjects, subjects_listed;
	uint32_t rtt_ms_sum, rtt_ms_max, rtt_n;
};

/* Both RECORD_ANSWER and RECORD_CONTROL. */
struct record_answer {
	struct record_head head;
	char zone[LIMIT_ZONE_NAME];
	char qname[256];
	uint8_t cls;		/* enum ask_class */
	uint8_t rcode;		/* 255: timeout */
	uint8_t n_addr;
	uint8_t is_control;	/* RECORD_CONTROL: 1 */
	uint32_t addr[LIMIT_ANSWER_ADDRS];	/* network order */
	uint32_t rtt_ms;
};

struct record_exposure {
	struct record_head head;
	char zone[LIMIT_ZONE_NAME];
	char msg_id[128];
	char queue_id[64];
	char rule[LIMIT_RULE_NAME + 1];
	uint32_t code;		/* network order address */
	float points;		/* what the zone did to the score, metas that
				 * rest on it included; 0 when void */
	float score, required;	/* of the verdict as it was given */
	uint8_t spam_with, spam_without, voided, reserved;
};

union record {
	struct record_head head;
	struct record_counts counts;
	struct record_answer answer;
	struct record_exposure exposure;
};

/*
 * First thing done to a record: zero all of it (the size follows from the
 * type, so h must be the head of a whole record of that type) and fill the
 * head.
 */
void record_init(struct record_head *h, enum record_type type,
    uint32_t worker, uint64_t generation, double at);
/* Copy s into a text member of size bytes; too long is cut. */
void record_text(char *dst, size_t size, struct slice s);
/* n bytes as received: 0 if a well-formed record of a known type, else -1. */
int record_check(const void *p, size_t n);
/* Non-blocking send; 0, or -1 when it was dropped. */
int record_send(int fd, const struct record_head *h);

/*
 * A worker's slot in shared memory: written by that worker only, read by the
 * master (watchdog, status).
 */
struct worker_slot {
	_Atomic uint32_t pid;
	_Atomic uint32_t state;		/* enum slot_state */
	_Atomic uint64_t heartbeat_ms;	/* CLOCK_MONOTONIC */
	_Atomic uint64_t generation;
	_Atomic uint64_t scans, spam, ham, errors, bytes, dropped_records;
	_Atomic uint32_t inflight;
	/* fingerprints of the messages being scanned: poison detection */
	_Atomic uint64_t fingerprint[64];
};
enum slot_state { SLOT_FREE, SLOT_STARTING, SLOT_READY, SLOT_DRAINING };

#endif

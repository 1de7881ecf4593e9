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
#define RECORD_VERSION	3

enum record_type {
	RECORD_COUNTS = 1,	/* what a worker saw of one zone since last */
	RECORD_ANSWER = 2,	/* one answer that matters at once */
	RECORD_CONTROL = 3,	/* one control and what it said */
	RECORD_EXPOSURE = 4,	/* a zone listed something of a message */
	RECORD_SUBJECTS = 5,	/* whom some answers were about */
	RECORD_MESSAGE = 6,	/* a sender, and what lists said of its mail */
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
	uint32_t controls, controls_dirty, voided;
	uint32_t rtt_ms_sum, rtt_ms_max, rtt_n;
	/* filled in by the keeper: who counted is its to say */
	uint32_t subjects, subjects_listed, anchors, anchors_listed;
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

/*
 * Zones and names are record_name_hash()es here: there may be a dozen to a
 * message, and both ends know the zones.
 */
#define RECORD_ITEMS 16

/* Definite answers (clean, listed, unmapped), each with its subject. */
struct record_subject {
	uint64_t zone;
	uint8_t who[16];	/* the address; or the hash of the name */
	uint32_t code;		/* the first, network order; 0: clean */
	uint8_t family;		/* 4, 6; 0: a name */
	uint8_t listed, reserved[2];
};
struct record_subjects {
	struct record_head head;
	uint32_t n, reserved;
	struct record_subject v[RECORD_ITEMS];
};

enum message_flag {
	MESSAGE_SPAM = 1,	/* spam without the points of any list */
	MESSAGE_HAM = 2,	/* ham with them and without */
	MESSAGE_MORE = 4,	/* its sender was in an earlier record */
};
/* What one zone said of a message; nothing of it was void. */
struct record_vote {
	uint64_t zone;
	uint32_t code[LIMIT_ANSWER_ADDRS];	/* listed with, network order */
	uint8_t n;		/* how many; 0: not listed */
	uint8_t allow;		/* bit i: code[i] speaks for the sender */
	uint8_t reserved[6];
};
struct record_message {
	struct record_head head;
	uint8_t ip[16];		/* who gave it to a trusted host */
	uint8_t family;		/* of ip: 4, 6; 0: not known */
	uint8_t flags;		/* enum message_flag; without SPAM and HAM only
				 * a sender known to be good gives a label */
	uint8_t n;		/* votes */
	uint8_t reserved[5];
	char host_org[LIMIT_ZONE_NAME];	/* registered domain of the host's
					 * name; empty: it has none */
	char from_org[LIMIT_ZONE_NAME];	/* registered domain of From if it is
					 * vouched for, else empty */
	struct record_vote v[RECORD_ITEMS];
};

union record {
	struct record_head head;
	struct record_counts counts;
	struct record_answer answer;
	struct record_exposure exposure;
	struct record_subjects subjects;
	struct record_message message;
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
/* Of a name in any case, for the members that say so; never 0. */
uint64_t record_name_hash(struct slice name);
/* n bytes as received: 0 if a well-formed record of a known type, else -1. */
int record_check(const void *p, size_t n);
/* Non-blocking send; 0, or -1 when it was dropped. */
int record_send(int fd, const struct record_head *h);

/*
 * A worker's slot in shared memory: written by that worker only, read by the
 * master (watchdog, status).
 */
struct worker_slot {
	_Atomic uint32_t state;		/* enum slot_state */
	_Atomic uint64_t heartbeat_ms;	/* CLOCK_MONOTONIC */
	_Atomic uint64_t scans, spam, ham, errors, bytes, dropped_records;
	_Atomic uint32_t inflight;
	/* fingerprints of the messages being scanned: poison detection */
	_Atomic uint64_t fingerprint[LIMIT_SCANS_INFLIGHT];
};
enum slot_state { SLOT_FREE, SLOT_STARTING, SLOT_READY, SLOT_DRAINING };

#endif

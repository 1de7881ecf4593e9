/*
 * result - what became of one rule on one message.
 *
 * Value: hit, miss or unknown (a DNS answer that never came is unknown, never
 * a miss, and teaches nothing).  Weight: how far the evidence can be
 * trusted now; a hit adds score * weight.
 */
#ifndef RULE_RESULT_H
#define RULE_RESULT_H

#include <stdint.h>

enum rule_state {
	RESULT_NOT_RUN,
	RESULT_MISS,
	RESULT_HIT,
	RESULT_UNKNOWN,
	RESULT_WAIT,		/* an eval that asked DNS; settles later */
};

#define RESULT_NO_ZONE 0xffffu

struct rule_result {
	uint8_t state;		/* enum rule_state */
	uint16_t zone;		/* index of the zone it rests on, or NO_ZONE */
	float weight;		/* [0,1] */
	double value;		/* hit count, eval's number, meta's value */
	/* first match, for explain: the text and place within its view */
	uint32_t line;		/* which line/chunk/uri/part */
	uint32_t start, length;
	const char *why;	/* why void or unknown; static or arena */
};

#endif

/*
 * questions - several questions that decide one rule; not installed.
 *
 * A hit when one answer fits; when all are in a miss, or unknown if one of
 * them told nothing (silence, a refusal, an answer that no list gives).
 */
#ifndef PLUGINS_QUESTIONS_H
#define PLUGINS_QUESTIONS_H

#include "plugins/plugin.h"

/* One rule on one message; zeroed but for rule. */
struct questions {
	unsigned rule;
	unsigned open;			/* answers that may still decide it */
	bool unknown, done;
	/* Its eval was not called (yet): answers to questions that other
	 * rules share are counted and decide nothing. */
	bool idle;
};

/* A question was asked, or could not be. */
static inline void
questions_count(struct questions *q, bool asked)
{
	if (asked)
		q->open++;
	else
		q->unknown = true;
}

/* What run returns when all are asked. */
static inline enum tare_answer
questions_answer(struct questions *q)
{
	if (q->open > 0)
		return TARE_WAIT;
	q->done = true;
	return q->unknown ? TARE_UNKNOWN : TARE_MISS;
}

/* Does the answer say anything about the name? */
static inline bool
questions_tells(const struct tare_listing *l)
{
	return l->cls == TARE_LIST_CLEAN || l->cls == TARE_LIST_LISTED ||
	    l->cls == TARE_LIST_UNMAPPED;
}

/*
 * Does the answer of a list fit?  Beside a refusal only the refusal counts:
 * for rules that report it.
 */
static inline bool
questions_fits(const struct tare_subtest *t, const struct tare_listing *l,
    struct in_addr *code_r)
{
	if (l->cls == TARE_LIST_BOGUS || !tare_subtest_match(t, l, code_r))
		return false;
	if (l->cls != TARE_LIST_BLOCKED)
		return true;
	for (unsigned i = 0; i < l->n_addr; i++) {
		if (l->addr[i].s_addr == code_r->s_addr)
			return l->addr_cls[i] == TARE_LIST_BLOCKED;
	}
	return false;
}

/* An answer of the list fits; the first one decides. */
static inline void
questions_hit(struct tare_msg *m, struct questions *q, struct tare_zone *zone,
    struct in_addr code, const char *qname)
{
	if (q->done || q->idle)
		return;
	q->done = true;
	tare_settle_zone(m, q->rule, zone, code, qname);
}

/* An answer is in: one that fitted, or not. */
static inline void
questions_conclude(struct tare_msg *m, struct questions *q, bool told)
{
	q->unknown = q->unknown || !told;
	if (--q->open > 0 || q->done || q->idle)
		return;
	q->done = true;
	tare_settle(m, q->rule, q->unknown ? TARE_UNKNOWN : TARE_MISS, 0);
}

#endif

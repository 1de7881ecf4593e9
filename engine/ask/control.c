/*
 * control - paired controls: is the zone honest at this moment?
 *
 * A positive that would change a verdict asks here.  It may rest only on
 * controls that leave after it arrived, so an asker never joins one that is
 * under way; it waits on zone->wanting until the next one is launched, and
 * every asker waiting then shares it.  None is launched before the next turn of
 * the loop: the rules that one answer made positive ask one after the other.
 *
 * At most CONTROL_SLOTS are in flight per zone.  controls_per_minute is a
 * hard bound on any 60 seconds of zone time: a bucket of a third of it, filled
 * with the other two thirds a minute.  Without a token askers wait; their
 * deadline makes them LATE, which is not UNKNOWN: that nobody asked says
 * nothing for the zone, however good it was a minute ago.
 *
 * IPv6 positives get canaries out of 2001:db8::/32, also where the keeper does
 * not probe with them; only askers of one shape share a control.
 *
 * Results: a dirty or blocked control decides all that share it at once,
 * whatever other controls they wait for.  UNKNOWN of one control is UNKNOWN
 * for the asker: k clean ones are wanted and one of them did not come.
 *
 * Decided askers move to zone->settled and are called back from there, one
 * at a time, so that a callback may cancel any other.
 */
#include "config.h"

#include <arpa/nameser.h>

#include "ask/ask-priv.h"

/* After a control could not be launched (too many questions in flight). */
#define RETRY_SECONDS 0.05

static enum ask_control
result_of(enum ask_class cls)
{
	switch (cls) {
	case ASK_CLEAN:
		return CONTROL_CLEAN;
	case ASK_BLOCKED:
		return CONTROL_BLOCKED;
	case ASK_UNKNOWN:
		return CONTROL_UNKNOWN;
	case ASK_LISTED:
	case ASK_UNMAPPED:	/* a name that nobody lists has an answer */
	case ASK_BOGUS:
		break;
	}
	return CONTROL_DIRTY;
}

/* ---- the cap ---- */

static double
bucket_size(const struct ask *a)
{
	unsigned cap = a->conf.controls_per_minute / 3;

	return cap > 0 ? cap : 1;
}

/* Tokens a second of zone time. */
static double
refill_rate(const struct ask *a)
{
	double per_minute = a->conf.controls_per_minute;

	if (per_minute > 1)
		per_minute -= bucket_size(a);
	return per_minute / 60;
}

/* Take a token; else set the timer for when there will be one. */
static bool
take_token(struct ask_zone *z)
{
	const struct ask *a = z->ask;
	double now = ask_zone_time(a), rate = refill_rate(a);

	z->tokens += (now - z->tokens_at) * rate;
	z->tokens_at = now;
	if (z->tokens > bucket_size(a))
		z->tokens = bucket_size(a);
	if (z->tokens >= 1) {
		z->tokens -= 1;
		return true;
	}
	if (rate > 0)
		ask_timer_set(z->kick,
		    (1 - z->tokens) / rate / a->conf.clock_scale + 0.001);
	return false;
}

/* ---- deciding ---- */

static void
settle(struct ask_query *q, struct ask_zone *z, enum ask_control result)
{
	q->result = result;
	query_move(q, &z->settled);
}

/* What the control in that slot said, for each asker who shares it. */
static void
apply(struct ask_zone *z, unsigned slot, enum ask_control result)
{
	struct ask_query *q, *next;

	for (q = z->wanting.head; q != NULL; q = next) {
		next = q->next;
		if (!(q->joined & 1u << slot))
			continue;
		q->joined &= ~(1u << slot);
		if (result != CONTROL_CLEAN)
			settle(q, z, result);
		else if (++q->clean >= q->need)
			settle(q, z, CONTROL_CLEAN);
	}
}

static void
call_back(struct ask_zone *z)
{
	while (z->settled.head != NULL)
		query_settle(z->settled.head, z->settled.head->result);
}

static void
on_control(const struct ask_answer *ans, void *arg)
{
	struct control_slot *slot = arg;
	struct ask_zone *z = slot->zone;

	slot->query = NULL;
	apply(z, (unsigned)(slot - z->slots), result_of(ans->cls));
	call_back(z);
	control_kick(z);
}

static void
on_deadline(void *arg)
{
	query_settle(arg, CONTROL_LATE);
}

/* ---- launching ---- */

static unsigned
bits(unsigned v)
{
	unsigned n = 0;

	for (; v != 0; v >>= 1)
		n += v & 1;
	return n;
}

static bool
wants_more(const struct ask_query *q)
{
	return q->clean + bits(q->joined) < q->need;
}

/* The first who needs another control; NULL: nobody. */
static const struct ask_query *
who_waits(const struct ask_zone *z)
{
	const struct ask_query *q = z->wanting.head;

	while (q != NULL && !wants_more(q))
		q = q->next;
	return q;
}

/* Send a canary.  Its answer comes from the loop, never from here. */
static bool
launch(struct ask_zone *z, unsigned slot, bool v6)
{
	struct ask *a = z->ask;
	char key[128];

	ask_canary(v6 ? CANARY_DOC6 : ask_canary_pick(z->pools &
	    ~(unsigned)POOL_DOC6, z->conf.kind), z->conf.kind, key);
	z->slots[slot].v6 = v6;
	z->slots[slot].query = ask_question(a, &(struct question){ z, key,
	    ns_t_a, true }, a->conf.timeout, on_control, &z->slots[slot]);
	return z->slots[slot].query != NULL;
}

static void
join_all(struct ask_zone *z, unsigned slot)
{
	for (struct ask_query *q = z->wanting.head; q != NULL; q = q->next) {
		if (wants_more(q) && q->v6 == z->slots[slot].v6)
			q->joined |= 1u << slot;
	}
}

void
control_kick(void *zone)
{
	struct ask_zone *z = zone;

	for (unsigned slot = 0; slot < CONTROL_SLOTS; slot++) {
		const struct ask_query *first;

		if (z->slots[slot].query != NULL)
			continue;
		first = who_waits(z);
		if (first == NULL || !take_token(z))
			return;
		if (!launch(z, slot, first->v6)) {
			z->tokens += 1;
			ask_timer_set(z->kick, RETRY_SECONDS);
			return;
		}
		join_all(z, slot);
	}
}

/* 32 nibbles before the zone's name (RFC 5782 2.4). */
static bool
is_v6(const struct ask_zone *z, const char *qname)
{
	unsigned nibbles = 0;

	if (z->conf.kind != ZONE_KIND_IP || qname == NULL)
		return false;
	while (ascii_hex((unsigned char)qname[0]) >= 0 && qname[1] == '.') {
		nibbles++;
		qname += 2;
	}
	return nibbles >= 32;
}

struct ask_query *
ask_control(struct ask *a, struct ask_zone *z,
    const struct ask_control_wish *wish, ask_control_fn *fn, void *arg)
{
	struct ask_query *q = query_new(a, &z->wanting, wish->deadline > 0 ?
	    wish->deadline : z->timeout, on_deadline, arg);

	q->control_fn = fn;
	q->need = wish->k > 0 ? wish->k : 1;
	q->v6 = is_v6(z, wish->qname);
	/* On the next turn: the other positives of this one share it. */
	ask_timer_set(z->kick, 0);
	return q;
}

void
control_init(struct ask_zone *z)
{
	for (unsigned i = 0; i < CONTROL_SLOTS; i++)
		z->slots[i].zone = z;
	z->kick = ask_timer_new(z->ask->base, control_kick, z);
	z->tokens = bucket_size(z->ask);
	z->tokens_at = ask_zone_time(z->ask);
}

/* The canaries in flight belong to their flights and go with these. */
void
control_free(struct ask_zone *z)
{
	query_drop_all(&z->wanting);
	query_drop_all(&z->settled);
	ask_timer_free(&z->kick);
}

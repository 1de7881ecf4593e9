/*
 * control - paired controls: is the zone honest at this moment?
 *
 * A positive that would change a verdict asks here.  It may rest only on
 * controls that leave after it arrived, of this process or of another worker
 * (weigh/board.h): it remembers the number that the next control will have.
 * It waits on zone->wanting until enough of them came back clean.  None is
 * launched before the next turn of the loop: the rules that one answer made
 * positive ask one after the other, and share one.
 *
 * At most CONTROL_SLOTS are in flight per zone.  controls_per_minute is a
 * hard bound on any 60 seconds of zone time, for all workers together.  Over
 * it a positive waits for the next control, whoever launches that; only its
 * deadline makes it LATE, which is not UNKNOWN: that nobody asked says nothing
 * for the zone, however good it was a minute ago.
 *
 * A control has the shape of the positive's name: a list may be honest about
 * IPv4 addresses and list every IPv6 one, and a list of domains that is asked
 * about an address in a link may answer addresses otherwise than names.
 *
 * Results: a dirty or blocked control decides all that share it at once,
 * whatever other controls they wait for.  UNKNOWN of one control is UNKNOWN
 * for the asker: k clean ones are wanted and one of them did not come.  A
 * control is waited for as long as any question to its zone, not longer: while
 * it is lost it keeps others from being asked.
 *
 * Decided askers move to zone->settled and are called back from there, one
 * at a time, so that a callback may cancel any other.
 */
#include "config.h"

#include <arpa/nameser.h>
#include <math.h>
#include <string.h>

#include "ask/ask-priv.h"
#include "base/clock.h"
#include "base/ip.h"

/* After a control could not be launched (too many questions in flight). */
#define RETRY_SECONDS 0.05
/* While positives wait: how often other workers' controls are looked at. */
#define LOOK_SECONDS 0.02
/* Numbers that an asker can keep count of; it waits for three. */
#define NUMBERS 32u

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

/* ---- deciding ---- */

static void
settle(struct ask_query *q, struct ask_zone *z, enum ask_control result)
{
	q->result = result;
	query_move(q, &z->settled);
}

/*
 * What the controls since its arrival say to one asker; those that still fly
 * are counted in q->flying.
 */
static void
tally(struct ask_query *q, struct ask_zone *z, double now)
{
	uint64_t next = control_line_next(z->line);

	q->flying = 0;
	for (uint64_t n = q->first; n < next && n - q->first < NUMBERS; n++) {
		uint32_t bit = 1u << (n - q->first);
		struct control_sight s;

		if (q->counted & bit)
			continue;
		s = control_line_look(z->line, n, now);
		if (s.fate == CONTROL_FLYING) {
			q->flying += s.shape == (unsigned)q->shape;
			continue;
		}
		q->counted |= bit;
		if (s.fate == CONTROL_LOST || s.shape != (unsigned)q->shape)
			continue;
		if (s.result != CONTROL_CLEAN || ++q->clean >= q->need) {
			settle(q, z, (enum ask_control)s.result);
			return;
		}
	}
	for (; q->counted & 1; q->counted >>= 1)
		q->first++;
}

static void
tally_all(struct ask_zone *z)
{
	double now = clock_mono();
	struct ask_query *q, *next;

	for (q = z->wanting.head; q != NULL; q = next) {
		next = q->next;
		tally(q, z, now);
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
	control_line_result(z->line, slot->number, (unsigned)result_of(
	    ans->cls));
	control_kick(z);
}

static void
on_deadline(void *arg)
{
	struct ask_query *q = arg;

	query_settle(q, q->flying > 0 ? CONTROL_UNKNOWN : CONTROL_LATE);
}

/* ---- launching ---- */

/* The first who needs another control; NULL: nobody. */
static const struct ask_query *
who_waits(const struct ask_zone *z)
{
	const struct ask_query *q = z->wanting.head;

	while (q != NULL && q->clean + q->flying >= q->need)
		q = q->next;
	return q;
}

static void
canary_for(const struct ask_zone *z, enum ask_shape shape, char key[128])
{
	unsigned v4 = z->pools & ~(unsigned)POOL_DOC6;

	switch (shape) {
	case SHAPE_V6:
		ask_canary(CANARY_DOC6, z->conf.kind, key);
		break;
	case SHAPE_V4:
		ask_canary(ask_canary_pick(v4, ZONE_KIND_IP), ZONE_KIND_IP,
		    key);
		break;
	case SHAPE_NAME:
		ask_canary(CANARY_NAME, z->conf.kind, key);
		break;
	}
}

/* Send a canary.  Its answer comes from the loop, never from here. */
static bool
launch(struct ask_zone *z, struct control_slot *slot, enum ask_shape shape)
{
	struct ask *a = z->ask;
	char key[128];

	canary_for(z, shape, key);
	slot->query = ask_question(a, &(struct question){ z, key, ns_t_a,
	    true }, fmin(z->timeout, a->conf.timeout), on_control, slot);
	if (slot->query == NULL)
		return false;
	slot->number = control_line_launch(z->line, (unsigned)shape,
	    clock_mono());
	return true;
}

/*
 * Launch what the first waiting asker needs; all of its shape share it.
 * Returns when to try again at the latest, or infinity: an answer will tell.
 */
static double
launch_due(struct ask_zone *z)
{
	struct ask *a = z->ask;
	unsigned cap = a->conf.controls_per_minute;

	for (unsigned i = 0; i < CONTROL_SLOTS; i++) {
		const struct ask_query *first = who_waits(z);
		struct control_slot *slot = &z->slots[i];
		double wait;

		if (first == NULL)
			return INFINITY;
		if (slot->query != NULL)
			continue;
		if (control_line_flying(z->line, clock_mono()) >=
		    CONTROL_SLOTS)
			return INFINITY;
		if (!control_line_take(z->line, cap, ask_zone_time(a), &wait))
			return wait / a->conf.clock_scale + 0.001;
		if (!launch(z, slot, first->shape)) {
			control_line_give_back(z->line, cap);
			return RETRY_SECONDS;
		}
		tally_all(z);
	}
	return INFINITY;
}

void
control_kick(void *zone)
{
	struct ask_zone *z = zone;
	double wait;

	tally_all(z);
	call_back(z);
	wait = launch_due(z);
	if (z->wanting.head == NULL)
		return;
	if (control_board_shared(z->ask->board))
		wait = fmin(wait, LOOK_SECONDS);
	if (wait < INFINITY)
		ask_timer_set(z->kick, wait);
}

static enum ask_shape
shape_of(const struct ask_zone *z, const char *qname)
{
	struct slice key = slice_cstr(qname);
	size_t zone = strlen(z->conf.name) + 1;
	struct ip ip;

	if (z->conf.kind == ZONE_KIND_HASH)
		return SHAPE_NAME;
	if (key.n > zone && ip_parse_reversed(slice_sub(key, 0, key.n - zone),
	    &ip) == 0)
		return ip.v4 ? SHAPE_V4 : SHAPE_V6;
	return z->conf.kind == ZONE_KIND_IP ? SHAPE_V4 : SHAPE_NAME;
}

struct ask_query *
ask_control(struct ask *a, struct ask_zone *z,
    const struct ask_control_wish *wish, ask_control_fn *fn, void *arg)
{
	struct ask_query *q = query_new(a, &z->wanting, wish->deadline > 0 ?
	    wish->deadline : z->timeout, on_deadline, arg);

	q->control_fn = fn;
	q->need = wish->k > 0 ? wish->k : 1;
	q->shape = shape_of(z, wish->qname);
	q->first = control_line_next(z->line);
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
	z->line = control_board_line(z->ask->board, z->conf.name);
}

/* The canaries in flight belong to their flights and go with these. */
void
control_free(struct ask_zone *z)
{
	query_drop_all(&z->wanting);
	query_drop_all(&z->settled);
	ask_timer_free(&z->kick);
}

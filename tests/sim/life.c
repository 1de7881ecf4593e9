/*
 * life - one zone with everything around it (life.h).
 */
#include "config.h"

#include "tests/sim/life.h"

#include <math.h>
#include <string.h>

#define T0	1.6e9
#define RTT	0.05

static unsigned tell(struct life *l, struct zone_event ev);

bool
life_wild(struct life *l)
{
	return l->manner.wild > 0 && sim_chance(l->sim, l->manner.wild);
}

static enum ask_class
wild_class(const struct life *l)
{
	return l->manner.class ? l->manner.class : ASK_LISTED;
}

static void
probe(struct life *l, enum canary c)
{
	enum ask_class cls = c == CANARY_MUST_LIST ? ASK_LISTED : ASK_CLEAN;

	if (c != CANARY_INVALID && life_wild(l)) {
		cls = wild_class(l);
	}
	l->probes++;
	tell(l, (struct zone_event){ .type = ZEV_CANARY, .probe = (int)c,
	    .value = (int)cls, .number = RTT });
}

/* The next members of the open panel, as many as the test wants. */
static void
do_panel(struct life *l)
{
	unsigned n;

	if (l->z.panel_batches == 0) {
		l->panels++;
		l->panel_next = 0;
		l->panel.n = 0;
		if (l->crowd != NULL) {
			crowd_panel(l->crowd, l->z.stat.turn, l->now,
			    &l->panel);
		}
		tell(l, (struct zone_event){ .type = ZEV_PANEL,
		    .panel = &l->panel });
	}
	n = stat_panel_wanted(&l->z.stat);
	for (; n > 0 && l->panel_next < l->panel.n; n--, l->panel_next++) {
		const struct panel_member *p = &l->panel.member[l->panel_next];
		bool listed = life_wild(l) ||
		    crowd_good_listed(l->crowd, (unsigned)p->row);

		l->panel_probes++;
		tell(l, (struct zone_event){ .type = ZEV_CANARY,
		    .probe = CANARY_PANEL, .turn = p->turn, .number = RTT,
		    .value = (int)(listed ? ASK_LISTED : ASK_CLEAN) });
	}
}

/* As proc/keeper does: so many of each kind. */
static void
do_round(struct life *l, unsigned wish)
{
	static const enum canary pool[] = { CANARY_BENCH, CANARY_CLASS_E,
	    CANARY_SHARED, CANARY_TESTNET };
	unsigned reserved = wish & WISH_ENROLL ? 12 : 3;

	if (wish & (WISH_ROUND | WISH_ENROLL)) {
		probe(l, CANARY_MUST_NOT);
		probe(l, CANARY_MUST_LIST);
	}
	if (wish & WISH_RESOLVER) {
		probe(l, CANARY_INVALID);
	}
	for (unsigned i = 0; i < reserved && !(wish & WISH_PANEL); i++) {
		probe(l, pool[i % 4]);
	}
	if (wish & WISH_PANEL) {
		do_panel(l);
	}
	l->lost += (1 - zone_model_weight(&l->z)) * RTT;
	l->now += RTT;
	tell(l, (struct zone_event){ .type = ZEV_ROUND_END });
}

static unsigned
tell(struct life *l, struct zone_event ev)
{
	enum zone_state from = l->z.state;
	double weight = zone_model_weight(&l->z);
	unsigned wishes;

	ev.now = l->now;
	wishes = zone_model_event(&l->z, &ev);
	l->entered[l->z.state] += l->z.state != from;
	l->raised += weight <= 0 && zone_model_weight(&l->z) > 0;
	l->dwell_max = fmax(l->dwell_max, l->z.dwell);
	if (wishes & WISH_PROBES) {
		do_round(l, wishes);
	}
	return wishes;
}

void
life_pass(struct life *l, double seconds)
{
	double end = l->now + seconds;

	while (l->now < end) {
		/* the machine's own time, or soon */
		double next = fmax(l->z.next_probe, l->now + RTT);
		double was = l->now;

		l->now = fmin(fmin(next, l->now + 15), end);
		l->lost += (1 - zone_model_weight(&l->z)) * (l->now - was);
		tell(l, (struct zone_event){ .type = ZEV_TICK });
	}
}

double
life_until(struct life *l, double w, double limit)
{
	double start = l->now;

	while (zone_model_weight(&l->z) < w && l->now - start < limit) {
		life_pass(l, 1);
	}
	return l->now - start;
}

void
life_begin(struct life *l, struct sim *s)
{
	memset(l, 0, sizeof(*l));
	l->sim = s;
	l->now = T0 + sim_between(s, 0, DAY);
	zone_model_init(&l->z, "bl.example.org", ZONE_KIND_IP, l->now);
	life_pass(l, 2);
	tell(l, (struct zone_event){ .type = ZEV_LOOKUPS, .n = 600,
	    .number = RTT });
	life_pass(l, DAY + sim_between(s, 0, HOUR));
	l->raised = l->probes = l->lookups = 0;
	l->lost = l->dwell_max = 0;
	memset(l->entered, 0, sizeof(l->entered));
}

static void
looked_up(struct life *l)
{
	l->lookups++;
	tell(l, (struct zone_event){ .type = ZEV_LOOKUPS, .n = 1,
	    .number = RTT });
}

bool
life_positive(struct life *l)
{
	struct zone_entry e;
	bool good = true;

	zone_model_entry(&l->z, &e);
	if (!e.ask) {
		return false;
	}
	looked_up(l);
	for (unsigned i = 0; i < e.controls; i++) {
		bool wild = life_wild(l);

		good &= !wild;
		l->controls++;
		tell(l, (struct zone_event){ .type = ZEV_CONTROL,
		    .value = (int)(wild ? wild_class(l) : ASK_CLEAN) });
	}
	/* the weight of when the message began */
	return good && e.weight > 0;
}

void
life_negative(struct life *l)
{
	if (zone_state_asks(l->z.state)) {
		looked_up(l);
	}
}

void
life_bogus(struct life *l)
{
	looked_up(l);
	tell(l, (struct zone_event){ .type = ZEV_ANSWER_BOGUS });
}

struct life_report
life_letter(struct life *l, const struct letter *m)
{
	struct life_report r = { .weight = zone_model_weight(&l->z) };
	struct subject j = m->subject;
	struct zone_entry e;

	zone_model_entry(&l->z, &e);
	r.asked = e.ask;
	if (!r.asked) {
		return r;
	}
	if (j.listed && (!m->spam || sim_chance(l->sim, LIFE_UNSURE))) {
		r.counted = life_positive(l);
	} else {
		life_negative(l);
		r.counted = j.listed && r.weight > 0;
	}
	if (l->seen == NULL || seen_first(l->seen, 1, &j, l->now)) {
		tell(l, (struct zone_event){ .type = ZEV_SUBJECT,
		    .subject = &j });
	}
	return r;
}

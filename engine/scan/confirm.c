/*
 * confirm.c - confirm before trust: a positive of a DNS list counts only when
 * a control question that left after it came back clean.
 *
 * Story: a plugin settles a rule on a zone.  A zone that weighs 0 voids it at
 * once.  A message that is spam whatever the lists say needs no control: its
 * positives count as they are, and so do those of a zone that the operator
 * pinned, whatever it does.  Otherwise ask_control is called; CLEAN counts
 * the hit with the weight of the zone and of the code it came with, DIRTY and
 * BLOCKED void it, and UNKNOWN counts it only for a TRUSTED zone whose last
 * clean control is younger than ten minutes and whose statistics are not on the
 * way to an alarm (reliability reference c.2).  LATE voids it: a busy minute
 * uses up the controls that may be asked, and then good memories alone would
 * count.
 *
 * When the control comes back others may have seen the zone break, so what the
 * table says now is looked at again: a weight of 0 voids the positive.
 *
 * A void positive never scores.  It is no miss either: the rule is unknown.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "scan/scan-priv.h"

/* An unanswered control is forgiven this long after a clean one (zone time). */
#define FORGIVE_SECONDS 600.0

const char *
confirm_why(struct arena *a, const struct zone_entry *z)
{
	char since[32];

	if (z->reason == REASON_NONE)
		return arena_printf(a, "zone %s",
		    zone_state_name((enum zone_state)z->state));
	if (z->since <= 0)
		return arena_printf(a, "zone %s: %s",
		    zone_state_name((enum zone_state)z->state),
		    zone_reason_name((enum zone_reason)z->reason));
	clock_iso(z->since, since, sizeof(since));
	return arena_printf(a, "zone %s: %s, since %s",
	    zone_state_name((enum zone_state)z->state),
	    zone_reason_name((enum zone_reason)z->reason), since);
}

static void
count(struct positive *p, double weight)
{
	struct rule_result *r = &p->scan->results[p->rule];

	p->state = POSITIVE_COUNTED;
	r->state = RESULT_HIT;
	r->value = 1;
	r->zone = p->zone;
	r->weight = weight;
}

static void
make_void(struct positive *p, const char *why)
{
	struct rule_result *r = &p->scan->results[p->rule];
	struct scanner *s = p->scan->scanner;
	struct ask_zone *az;

	p->state = POSITIVE_VOID;
	p->why = why;
	r->state = RESULT_UNKNOWN;
	r->zone = p->zone;
	r->weight = 0;
	r->why = why;
	az = ask_zone_find(s->ask,
	    slice_cstr(p->scan->zones->entries[p->zone].name));
	if (az != NULL)
		ask_zone_voided(az, 1);
}

static bool
forgiven(const struct positive *p, const struct zone_entry *now)
{
	return now->state == ZONE_TRUSTED && !now->uneasy &&
	    now->last_clean > 0 &&
	    zones_now(p->scan->scanner) - now->last_clean < FORGIVE_SECONDS;
}

/* Nothing speaks against it any more but, perhaps, the newest table. */
static void
count_unless_distrusted(struct positive *p, const struct zone_entry *now)
{
	const struct zone_entry *then = &p->scan->zones->entries[p->zone];

	if (now->weight <= 0)
		make_void(p, confirm_why(p->scan->arena, now));
	else
		count(p, fmin(zone_entry_weight(then, p->code.s_addr),
		    zone_entry_weight(now, p->code.s_addr)));
}

static void
controlled(enum ask_control result, void *arg)
{
	struct positive *p = arg;
	struct scan *sc = p->scan;
	struct zone_entry now = zones_latest(sc->scanner, p->zone);

	p->control = NULL;
	sc->pending--;
	switch (result) {
	case CONTROL_CLEAN:
		count_unless_distrusted(p, &now);
		break;
	case CONTROL_DIRTY:
		make_void(p, "zone suspect: a name that cannot be listed is "
		    "listed too");
		break;
	case CONTROL_BLOCKED:
		make_void(p, "zone blocked: it refuses our questions");
		break;
	case CONTROL_UNKNOWN:
		if (forgiven(p, &now))
			count_unless_distrusted(p, &now);
		else
			make_void(p, "zone suspect: the control was not "
			    "answered");
		break;
	case CONTROL_LATE:
		make_void(p, "no control could be asked in time");
		break;
	}
	scan_progress(sc);
}

void
confirm_positive(struct scan *sc, unsigned rule, uint16_t zone,
    struct in_addr code, const char *qname)
{
	const struct zone_entry *z = &sc->zones->entries[zone];
	struct positive *p = arena_alloc(sc->arena, sizeof(*p));
	struct ask_zone *az = ask_zone_find(sc->scanner->ask,
	    slice_cstr(z->name));
	struct ask_control_wish wish = { .k = z->controls, .qname = qname,
		.deadline = fmax(sc->deadline - clock_mono(), 0.001) };

	*p = (struct positive){ .scan = sc, .rule = rule, .zone = zone,
		.code = code };
	*VEC_PUSH(sc->arena, &sc->positives) = p;
	/* Until it is confirmed the rule waits, whoever settled it. */
	sc->results[rule].state = RESULT_WAIT;
	sc->results[rule].zone = zone;
	if (z->weight <= 0 || az == NULL) {
		make_void(p, confirm_why(sc->arena, z));
		return;
	}
	if (!sc->scanner->eng->confirm || z->controls == 0 ||
	    decide_spam_anyway(sc)) {
		count(p, zone_entry_weight(z, code.s_addr));
		return;
	}
	sc->pending++;
	p->control = ask_control(sc->scanner->ask, az, &wish, controlled, p);
}

void
confirm_cancel(struct scan *sc)
{
	for (size_t i = 0; i < sc->positives.n; i++) {
		struct positive *p = sc->positives.v[i];

		if (p->state != POSITIVE_OPEN)
			continue;
		if (p->control != NULL) {
			ask_cancel(&p->control);
			sc->pending--;
		}
		make_void(p, "the deadline came before its control");
	}
}

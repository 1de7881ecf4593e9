/*
 * cusum - the running sums that notice a change in what a zone lists.
 *
 * Called by stat.c.  Pure.  Bernoulli CUSUM (Page 1954; Reynolds and Stoumbos
 * 1999): each subject adds ln(p1/p0) if it is listed and ln((1-p1)/(1-p0)) if
 * not, a sum below 0 is 0, and a sum above its limit h is an alarm.  In good
 * times the sums drift down and hover near 0; after the change they climb, and
 * among all tests with as few false alarms none notices it sooner
 * (Moustakides 1986).
 *
 * Four sums, one row each: nearly everything is listed, 30 % more than usual,
 * known-good senders are listed, and the mirror image, a tenth of the usual.
 * h = 6.9 gives some hundred false alarms per million messages, each worth
 * some 25 probes.  For known-good senders the reference has h = 5.0 and
 * measures 32; 4.0 has 25 here, and is a fifth faster at a break of 10 %.
 * tests/sim measures all of it, doc/reliability.md has the tables.
 *
 * No normal, no alarm: a sum stands still until its baseline is measured.
 *
 * Invariants: 0 <= sum <= h.  An alarm resets all sums of its question: one
 * panel answers whatever three of them know.
 */
#include "config.h"

#include "learn/stat.h"

#include <math.h>

#define H_ALL		6.9
#define H_ANCHOR	4.0
#define HOLD		600.0		/* seconds between panels */
#define HOLD_MAX	3600.0
#define CALM_TIME	(6 * 3600.0)
#define CALM_MAX	4u		/* more would be above HOLD_MAX */

static const struct stream {
	enum stat_alarm alarm;
	size_t sum;			/* offset in struct zone_stat */
	double limit;
	bool anchors;			/* of known-good senders only */
	struct shift (*shift)(const struct baseline *b);
} streams[] = {
	{ ALARM_WILDCARD, offsetof(struct zone_stat, s_all), H_ALL, false,
	    baseline_wildcard },
	{ ALARM_PARTIAL, offsetof(struct zone_stat, s_part), H_ALL, false,
	    baseline_partial },
	{ ALARM_ANCHOR, offsetof(struct zone_stat, s_anchor), H_ANCHOR, true,
	    baseline_anchors },
	{ ALARM_COLLAPSE, offsetof(struct zone_stat, s_low), H_ALL, false,
	    baseline_collapse },
};
#define STREAMS (sizeof(streams) / sizeof(streams[0]))

static double *
sum_of(struct zone_stat *s, const struct stream *t)
{
	return (double *)((char *)s + t->sum);
}

static bool
concerns(const struct stream *t, const struct zone_stat *s,
    const struct subject *j)
{
	return t->anchors ? j->anchor && s->base.g > 0 :
	    j->all && s->base.p0 > 0;
}

/*
 * How long an alarm keeps another back.  Panels that acquitted the zone showed
 * that the mail has changed, not the list: from the second on, what all
 * subjects say is heard at longer intervals, known-good senders as before.
 */
static double
hold_of(const struct zone_stat *s, enum stat_alarm alarm)
{
	return alarm & (ALARM_WILDCARD | ALARM_PARTIAL) ?
	    fmin(HOLD * (s->calm > 1 ? 1u << (s->calm - 1) : 1),
	    HOLD_MAX) : HOLD;
}

static bool
held(const struct zone_stat *s, enum stat_alarm alarm, double now)
{
	double at = alarm & ALARM_PANEL ? s->panel_at : s->low_at;

	return at > 0 && now >= at && now - at < hold_of(s, alarm);
}

static bool
step(struct zone_stat *s, const struct stream *t, bool listed)
{
	struct shift p = t->shift(&s->base);
	double *sum = sum_of(s, t);

	*sum += listed ? log(p.p1 / p.p0) : log1p(-p.p1) - log1p(-p.p0);
	*sum = fmin(fmax(*sum, 0), t->limit);
	return *sum >= t->limit;
}

unsigned
cusum_feed(struct zone_stat *s, const struct subject *j, double now)
{
	unsigned alarms = 0;

	for (size_t i = 0; i < STREAMS; i++) {
		const struct stream *t = &streams[i];

		if (concerns(t, s, j) && step(s, t, j->listed) &&
		    !held(s, t->alarm, now)) {
			alarms |= t->alarm;
		}
	}
	if (alarms & ALARM_PANEL) {
		if (now - s->panel_at > CALM_TIME) {
			s->calm = 0;
		}
		s->s_all = s->s_part = s->s_anchor = 0;
		s->panel_at = now;
		s->rang = alarms & ALARM_PANEL;
	}
	if (alarms & ALARM_COLLAPSE) {
		s->s_low = 0;
		s->low_at = now;
	}
	return alarms;
}

/* The fullest sum as a share of its limit, 0 … 1; 1: an alarm is held off. */
static double
fill(const struct zone_stat *s, unsigned alarms)
{
	double most = 0;

	for (size_t i = 0; i < STREAMS; i++) {
		const double *sum = (const double *)((const char *)s +
		    streams[i].sum);

		if (streams[i].alarm & alarms) {
			most = fmax(most, *sum / streams[i].limit);
		}
	}
	return most;
}

bool
stat_uneasy(const struct zone_stat *s)
{
	return fill(s, ALARM_PANEL) > 0.5;
}

void
cusum_acquitted(struct zone_stat *s)
{
	s->calm += s->calm < CALM_MAX;
}

bool
cusum_teaches(const struct zone_stat *s, double now)
{
	bool calm = s->calm > 0 && held(s, ALARM_WILDCARD, now);

	return fill(s, calm ? ALARM_ANCHOR : ALARM_PANEL) < 1;
}

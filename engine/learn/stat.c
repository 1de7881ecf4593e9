/*
 * stat - one zone's sequential tests, joined.
 *
 * Called by the machine with subjects and panel answers.  Pure.  Baseline and
 * sums go together here (an alarm drops what the baseline kept aside), and so
 * do the panels of one suspicion.
 *
 * A panel that is cut off at 40 probes with more than one sender listed has
 * not finished: its sum goes into the next one, for 6 hours and as long as
 * there are senders who have not spoken yet.  At a break of +10 % this finds
 * six in seven zones broken by the sixth panel, instead of one in two (table
 * "panels-carried" in doc/reliability.md); a sender asked twice would be
 * counted twice, so an episode whose senders are used up begins anew.
 *
 * An acquittal is asked once more when known-good senders had rung: they seldom
 * do so falsely, and one panel in five misses a break of +10 %.
 */
#include "config.h"

#include "learn/stat.h"

#define EPISODE		(6 * 3600.0)

unsigned
stat_subject(struct zone_stat *s, const struct subject *j, bool learn,
    double now)
{
	unsigned alarms = cusum_feed(s, j, now);

	if ((alarms & ALARM_PANEL) || !cusum_teaches(s, now)) {
		baseline_forget(&s->base);
	} else if (learn && !s->again) {
		baseline_add(&s->base, j);
	}
	return alarms;
}

void
stat_forget(struct zone_stat *s)
{
	s->s_all = s->s_part = s->s_anchor = s->s_low = 0;
	baseline_forget(&s->base);
	stat_panel_drop(s);
}

static void
episode_clear(struct zone_stat *s)
{
	s->episode_at = s->episode_sum = 0;
	s->episode_asked = 0;
	s->again = false;
}

static bool
episode_goes_on(const struct zone_stat *s, size_t eligible, double now)
{
	return s->episode_at > 0 && now >= s->episode_at &&
	    now - s->episode_at < EPISODE &&
	    s->episode_asked + MEMBERS_FRESH <= eligible;
}

enum panel_verdict
stat_panel_begin(struct zone_stat *s, const struct panel *p, double now)
{
	size_t members = p->n;

	s->panel.members = 0;
	if (members == 0) {
		/* nothing will ever be known: what rang is the new normal */
		cusum_acquitted(s);
		return PANEL_LOST;
	}
	if (!episode_goes_on(s, p->eligible, now)) {
		episode_clear(s);
		s->episode_at = now;
	} else if (members > p->eligible - s->episode_asked) {
		members = p->eligible - s->episode_asked;
	}
	sprt_begin(&s->panel, baseline_panel(&s->base), (unsigned)members,
	    s->episode_sum);
	return PANEL_OPEN;
}

void
stat_panel_drop(struct zone_stat *s)
{
	if (stat_panel_open(s)) {
		s->episode_asked += s->panel.probes;
		s->panel.members = 0;
	}
}

/* What was cut off goes on in the next panel. */
static enum panel_verdict
closed(struct zone_stat *s, enum panel_verdict v)
{
	bool cut = v == PANEL_DEGRADED ||
	    (v == PANEL_HEALTHY && sprt_undecided(&s->panel));

	stat_panel_drop(s);
	if (cut) {
		s->episode_sum = s->panel.sum;
		s->again = true;
	} else if (v == PANEL_HEALTHY) {
		episode_clear(s);
		cusum_acquitted(s);
		s->again = (s->rang & ALARM_ANCHOR) != 0;
		s->rang = 0;
	} else if (v == PANEL_BROKEN) {
		episode_clear(s);
		s->calm = 0;
	}
	return v;
}

enum panel_verdict
stat_panel_answer(struct zone_stat *s, uint64_t turn, bool listed)
{
	enum panel_verdict v;

	if (!stat_panel_open(s)) {
		return PANEL_LOST;
	}
	s->turn = turn;
	v = sprt_feed(&s->panel, listed);
	return v == PANEL_OPEN ? v : closed(s, v);
}

enum panel_verdict
stat_panel_end(struct zone_stat *s)
{
	return stat_panel_open(s) ? closed(s, sprt_end(&s->panel)) :
	    PANEL_LOST;
}

bool
stat_panel_open(const struct zone_stat *s)
{
	return s->panel.members > 0;
}

unsigned
stat_panel_wanted(const struct zone_stat *s)
{
	return sprt_wanted(&s->panel);
}

bool
stat_panel_again(const struct zone_stat *s)
{
	return s->again;
}

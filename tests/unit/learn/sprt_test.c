/*
 * sprt_test - the panel's verdict, exactly.
 *
 * Wald 1945.  A test that stops at 40 probes has at most 41 x 41 states, so
 * the chance of each verdict is computed, not sampled: weight() walks the
 * states through the real sprt_feed().  The bounds are the table of
 * reliability reference c.5 (200 000 simulated runs each).
 */
#include "config.h"

#include "learn/stat.h"

#include "tests/tap/tap.h"

#define T0	1.6e9
#define PROBES	40

static const struct shift usual = { 0.02, 0.20 };

struct odds {
	double p[PANEL_LOST + 1], probes;
};

/* Chances of each verdict when a share g is listed. */
static struct odds
odds(struct shift shift, unsigned members, double g)
{
	double open[PROBES + 2] = { 1 };	/* by number listed so far */
	struct odds o = { { 0 }, 0 };

	for (unsigned n = 0; n < PROBES; n++) {
		double next[PROBES + 2] = { 0 };

		for (unsigned k = 0; k <= n; k++) {
			for (int listed = 0; listed < 2; listed++) {
				double p = open[k] * (listed ? g : 1 - g);
				struct sprt t;
				enum panel_verdict v = PANEL_OPEN;

				if (p <= 0) {
					continue;
				}
				sprt_begin(&t, shift, members, 0);
				t.probes = n;
				t.listed = k;
				t.sum = k * log(shift.p1 / shift.p0) +
				    (n - k) * log((1 - shift.p1) /
				    (1 - shift.p0));
				v = sprt_feed(&t, listed);
				if (v == PANEL_OPEN) {
					next[k + (unsigned)listed] += p;
				} else {
					o.p[v] += p;
					o.probes += p * (n + 1);
				}
			}
		}
		memcpy(open, next, sizeof(open));
	}
	return o;
}

/* Reference c.5: "P(broken)", "P(degraded)", "mean probes". */
static void
test_table(void)
{
	static const struct {
		double g, broken, degraded, probes;
	} rows[] = {
		{ 0.001, 0, 0, 23 }, { 0.005, 0, 3e-5, 25 },
		{ 0.01, 0, 8e-4, 26 }, { 0.02, 6e-5, .008, 28 },
		{ 0.03, 2.7e-4, .031, 31 }, { 0.05, .005, .13, 34 },
		{ 0.12, .21, .50, 36 }, { 0.20, .73, .24, 29 },
		{ 0.30, .981, .018, 18 }, { 0.50, 1, 0, 10 },
		{ 1.00, 1, 0, 4 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct odds o = odds(usual, 64, rows[i].g);
		double sum = o.p[PANEL_HEALTHY] + o.p[PANEL_DEGRADED] +
		    o.p[PANEL_BROKEN];

		/* a tenth and two sigma of the reference's runs, which
		 * were 200 000 only up to 5 % */
		double slack = rows[i].g > 0.05 ? 5e-3 : 2e-4;

		ok(fabs(o.p[PANEL_BROKEN] - rows[i].broken) <=
		    0.1 * rows[i].broken + slack, "g %.3f: broken %.2g, "
		    "reference %.2g", rows[i].g, o.p[PANEL_BROKEN],
		    rows[i].broken);
		ok(fabs(o.p[PANEL_DEGRADED] - rows[i].degraded) <=
		    0.1 * rows[i].degraded + slack, "g %.3f: degraded %.2g, "
		    "reference %.2g", rows[i].g, o.p[PANEL_DEGRADED],
		    rows[i].degraded);
		ok(fabs(o.probes - rows[i].probes) <= 1, "g %.3f: %.1f "
		    "probes, reference %.0f", rows[i].g, o.probes,
		    rows[i].probes);
		ok(fabs(sum - 1) < 1e-9, "and always a verdict");
	}
}

/* Wald: no more than alpha condemned at g0, no more than beta/(1-alpha)
 * acquitted by the lower limit at g1 (the cut at 40 is DEGRADED). */
static void
test_error_rates(void)
{
	static const double g[] = { 0.025, 0.05, 0.1, 0.2, 0.4 };

	ok(odds(usual, 64, 0.02).p[PANEL_BROKEN] <= 1.0e-4,
	    "alpha: 1e-4 at g0");
	ok(odds(usual, 64, 0.20).p[PANEL_HEALTHY] <= 0.05,
	    "acquitted at g1, the cut included: %.3f",
	    odds(usual, 64, 0.20).p[PANEL_HEALTHY]);
	for (size_t i = 0; i < sizeof(g) / sizeof(g[0]); i++) {
		struct baseline b = { .p0 = 0.5, .g = g[i] };
		struct odds o = odds(baseline_panel(&b), 64, g[i]);

		ok(o.p[PANEL_BROKEN] < 1e-4, "a list that always names %.1f "
		    "%% of the good is not condemned for it: %.1g",
		    100 * g[i], o.p[PANEL_BROKEN]);
	}
}

static void
test_few_members(void)
{
	struct sprt t;
	enum panel_verdict v = PANEL_OPEN;

	for (unsigned members = 1; members < 8; members++) {
		ok(odds(usual, members, 1).p[PANEL_BROKEN] == 0,
		    "%u members never prove a break", members);
	}
	is_num(odds(usual, 8, 1).p[PANEL_BROKEN], 1, "eight do");
	is_num(odds(usual, 7, 1).p[PANEL_DEGRADED], 1, "seven: degraded");
	is_num(odds(usual, 3, 0).p[PANEL_HEALTHY], 1,
	    "three clean ones: healthy as far as known");
	sprt_begin(&t, usual, 0, 0);
	is_int(sprt_feed(&t, true), PANEL_LOST, "nobody to ask");
	is_int(sprt_end(&t), PANEL_LOST, "nothing learned");

	sprt_begin(&t, usual, 30, 0);
	for (unsigned n = 0; n < 4; n++) {
		v = sprt_feed(&t, false);
	}
	is_int(v, PANEL_OPEN, "four clean answers of thirty");
	is_int(sprt_end(&t), PANEL_LOST, "the rest never came: no acquittal");
	for (unsigned n = 0; n < 4; n++) {
		sprt_feed(&t, false);
	}
	is_int(sprt_end(&t), PANEL_HEALTHY, "eight are enough");
	sprt_begin(&t, usual, 5, 0);
	sprt_feed(&t, true);
	sprt_feed(&t, true);
	sprt_feed(&t, false);
	is_int(sprt_end(&t), PANEL_DEGRADED, "three of five: they count");
}

/* ---- the panels of one suspicion ---- */

static struct panel
panel(size_t n, size_t eligible)
{
	struct panel p = { .n = n, .eligible = eligible };

	for (size_t i = 0; i < n; i++) {
		p.member[i].turn = 1000 + i;
	}
	return p;
}

/* Every tenth is listed. */
static enum panel_verdict
play(struct zone_stat *s, const struct panel *p, double now)
{
	enum panel_verdict v = stat_panel_begin(s, p, now);

	for (size_t i = 0; i < p->n && v == PANEL_OPEN; i++) {
		v = stat_panel_answer(s, p->member[i].turn, i % 10 == 3);
	}
	return v;
}

static void
test_episode(void)
{
	struct panel p = panel(64, 1000);
	struct zone_stat s = { 0 };
	double first;

	is_int(play(&s, &p, T0), PANEL_DEGRADED, "every tenth: degraded");
	ok(!stat_panel_open(&s), "and closed");
	is_int((double)s.turn, 1039, "the next goes on behind the last");
	first = s.episode_sum;
	ok(first > 0, "its sum is kept: %.2f", first);
	is_int(stat_panel_begin(&s, &p, T0 + 600), PANEL_OPEN, "another");
	is_num(s.panel.sum, first, "begins with it");
	is_int(stat_panel_end(&s), PANEL_LOST, "no answers");
	is_num(s.episode_sum, first, "a lost panel changes nothing");
	stat_panel_begin(&s, &p, T0 + 6 * 3600);
	is_num(s.panel.sum, 0, "not after 6 hours");
	is_int(stat_panel_answer(&s, 7, false), PANEL_OPEN, "open");
	stat_forget(&s);
	is_int(stat_panel_answer(&s, 8, true), PANEL_LOST,
	    "a late answer is ignored");
	is_int(stat_panel_end(&s), PANEL_LOST, "nothing open");
	is_int((double)s.turn, 7, "nor counted");
}

/* As many at once as would acquit, so that nothing is asked in vain. */
static void
test_wanted(void)
{
	struct panel p = panel(64, 1000), few = panel(10, 10);
	struct zone_stat s = { 0 };
	unsigned rounds = 0, asked = 0;

	is_int(stat_panel_wanted(&s), 0, "none when no test is open");
	stat_panel_begin(&s, &p, T0);
	is_int(stat_panel_wanted(&s), 23, "23 clean ones acquit");
	for (unsigned i = 0; i < 22; i++) {
		stat_panel_answer(&s, i, false);
	}
	is_int(stat_panel_wanted(&s), 1, "one is left");
	is_int(stat_panel_answer(&s, 22, true), PANEL_OPEN, "it is listed");
	is_int(stat_panel_wanted(&s), 13, "thirteen more");
	for (unsigned i = 0; i < 10; i++) {
		stat_panel_answer(&s, i, i == 3);
	}
	is_int(stat_panel_wanted(&s), 7, "no more than 40 in all");
	stat_panel_begin(&s, &few, T0);
	is_int(stat_panel_wanted(&s), 10, "nor than there are");
	stat_panel_begin(&s, &p, T0);
	while (stat_panel_open(&s)) {
		unsigned n = stat_panel_wanted(&s);

		rounds++;
		for (asked += n; n > 0; n--) {
			stat_panel_answer(&s, n, false);
		}
	}
	ok(rounds == 1 && asked == 23, "all clean: one round of 23");
}

/* Cut off with two listed, or three: healthy, but asked again. */
static void
test_again(void)
{
	struct panel p = panel(64, 1000);
	struct zone_stat s = { 0 };
	enum panel_verdict v = stat_panel_begin(&s, &p, T0);

	for (unsigned i = 0; v == PANEL_OPEN; i++) {
		v = stat_panel_answer(&s, i, i % 20 == 0);
	}
	is_int(v, PANEL_HEALTHY, "two of forty: healthy");
	ok(stat_panel_again(&s) && s.episode_sum < 0, "but not over");
	v = stat_panel_begin(&s, &p, T0 + 600);
	is_int(stat_panel_wanted(&s), 8, "eight clean ones would end it");
	for (unsigned i = 0; v == PANEL_OPEN; i++) {
		v = stat_panel_answer(&s, i, false);
	}
	is_int(v, PANEL_HEALTHY, "they do");
	ok(!stat_panel_again(&s), "now it is over");
	v = stat_panel_begin(&s, &p, T0 + 1200);
	for (unsigned i = 0; v == PANEL_OPEN; i++) {
		v = stat_panel_answer(&s, i, i == 5);
	}
	ok(v == PANEL_HEALTHY && !stat_panel_again(&s),
	    "one listed sender is nobody's doubt");
}

static struct subject
listed(bool anchor)
{
	return (struct subject){ .all = true, .anchor = anchor,
	    .listed = true };
}

/* Listed strangers, one a second, until an alarm; seconds waited. */
static unsigned
rings_after(struct zone_stat *s, bool anchors, double now)
{
	struct subject j = listed(anchors);
	unsigned n = 1;

	while (!(stat_subject(s, &j, false, now + n) & ALARM_PANEL) &&
	    n < 10000) {
		n++;
	}
	return n;
}

static double
acquit(struct zone_stat *s, double now)
{
	struct panel p = panel(64, 1000);

	stat_panel_begin(s, &p, now);
	while (stat_panel_answer(s, 1, false) == PANEL_OPEN) {
	}
	return now;
}

/* From the second on, an acquittal doubles the time to the next alarm of all
 * subjects, up to an hour; good senders are heard after ten minutes as ever. */
static void
test_calm(void)
{
	struct zone_stat s = { .base = { .p0 = 0.1, .g = 0.005 } };
	struct zone_stat anchors;
	double now = T0;
	unsigned n;

	now += rings_after(&s, false, now);
	acquit(&s, now);
	n = rings_after(&s, false, now);
	is_int(n, 600, "ten minutes after the first acquittal");
	acquit(&s, now += n);
	n = rings_after(&s, false, now);
	is_int(n, 1200, "twenty after the second");
	acquit(&s, now += n);
	n = rings_after(&s, false, now);
	is_int(n, 2400, "forty after the third");
	acquit(&s, now += n);
	n = rings_after(&s, false, now);
	is_int(n, 3600, "then an hour");
	acquit(&s, now += n);
	anchors = s;
	is_int(rings_after(&anchors, true, now), 600,
	    "good senders: ten minutes");
	n = rings_after(&s, false, now);
	is_int(n, 3600, "an hour at most");
	acquit(&s, now += n);
	now += 7 * 3600;
	now += rings_after(&s, false, now);
	acquit(&s, now);
	is_int(rings_after(&s, false, now), 600,
	    "after 6 quiet hours it begins anew");
}

/* Good senders rang and were found clean: once more, without an alarm. */
static void
test_once_more(void)
{
	struct zone_stat s = { .base = { .p0 = 0.1, .g = 0.005 } };
	double now = T0 + rings_after(&s, true, T0);

	acquit(&s, now);
	ok(stat_panel_again(&s), "acquitted, but asked again");
	acquit(&s, now + 600);
	ok(!stat_panel_again(&s), "once");
	now += 1200;
	now += rings_after(&s, false, now);
	acquit(&s, now);
	ok(!stat_panel_again(&s), "not for what all subjects say");
}

/* What a panel acquitted is the new normal. */
static void
test_new_normal(void)
{
	struct zone_stat s = { .base = { .p0 = 0.1, .g = 0.005, .n = 7000,
	    .n_anchor = 7000 } };
	unsigned panels = 0;

	for (unsigned i = 0; i < 30000; i++) {
		struct subject j = { .all = true, .listed = i % 2 };

		if (stat_subject(&s, &j, true, T0 + i) & ALARM_PANEL) {
			panels++;
			acquit(&s, T0 + i);
		}
	}
	ok(s.base.p0 > 0.4, "a list that now names half of the mail: p0 %.2f "
	    "after 8 hours", s.base.p0);
	ok(panels < 10, "%u panels on the way", panels);
	for (unsigned i = 0; i < 3600; i++) {
		struct subject j = { .all = true, .listed = i % 2 };

		panels += (stat_subject(&s, &j, true, T0 + 40000 + i) &
		    ALARM_PANEL) != 0;
	}
	ok(panels < 10, "and none any more: %u", panels);
}

/* Nobody speaks twice in one suspicion. */
static void
test_episode_members(void)
{
	struct panel p = panel(64, 64);
	struct zone_stat s = { 0 };

	play(&s, &p, T0);
	stat_panel_begin(&s, &p, T0 + 600);
	is_int(s.panel.members, 24, "only the 24 that were not asked");
	ok(s.panel.sum > 0, "go on");
	s = (struct zone_stat){ 0 };
	p = panel(45, 45);
	play(&s, &p, T0);
	stat_panel_begin(&s, &p, T0 + 600);
	is_int(s.panel.members, 45, "five are too few to go on with");
	is_num(s.panel.sum, 0, "so it begins anew");
	p.n = 0;
	is_int(stat_panel_begin(&s, &p, T0), PANEL_LOST, "no member");
	ok(!stat_panel_open(&s), "nothing is open");
}

/* A verdict ends the suspicion. */
static void
test_episode_end(void)
{
	struct panel p = panel(64, 1000);
	struct zone_stat s = { 0 };

	play(&s, &p, T0);
	stat_panel_begin(&s, &p, T0 + 600);
	while (stat_panel_answer(&s, 1, false) == PANEL_OPEN) {
	}
	is_num(s.episode_sum, 0, "acquitted: the past is forgotten");
	play(&s, &p, T0 + 1200);
	stat_panel_begin(&s, &p, T0 + 1800);
	is_int(stat_panel_answer(&s, 1, true), PANEL_OPEN, "one more");
	is_int(stat_panel_answer(&s, 2, true), PANEL_OPEN, "and one");
	is_int(stat_panel_answer(&s, 3, true), PANEL_OPEN, "and one");
	is_int(stat_panel_answer(&s, 4, true), PANEL_BROKEN,
	    "carried over the limit");
	is_num(s.episode_sum, 0, "condemned: begun anew");
}

int
main(void)
{
	test_table();
	test_error_rates();
	test_few_members();
	test_episode();
	test_wanted();
	test_again();
	test_calm();
	test_once_more();
	test_new_normal();
	test_episode_members();
	test_episode_end();
	return tap_done();
}

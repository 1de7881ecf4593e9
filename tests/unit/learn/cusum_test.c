/*
 * cusum_test - the alarms: steps, limits, hold-off, and how often they err.
 *
 * Steps and limits are those of reliability reference c.4 (Page 1954;
 * Reynolds and Stoumbos 1999).  Error rates on seeded synthetic streams: a
 * healthy zone may ring at most some hundred times per million subjects, a
 * broken one must within the given number.  Larger runs are in tests/sim.
 */
#include "config.h"

#include "learn/stat.h"

#include "tests/tap/tap.h"

#define T0	1.6e9
#define HOLD	600.0

static uint64_t seed;

static double
uniform(void)
{
	seed += 0x9e3779b97f4a7c15u;
	uint64_t z = seed;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

static struct zone_stat
zone(double p0, double g)
{
	return (struct zone_stat){ .base = { .p0 = p0, .g = g } };
}

static unsigned
feed(struct zone_stat *s, bool anchor, bool listed, double now)
{
	struct subject j = { .key = 1, .net = 1, .all = true,
	    .anchor = anchor, .listed = listed };

	return cusum_feed(s, &j, now);
}

/* "+2.71 / -0.34 at g0 = .02", and never below 0 */
static void
test_steps(void)
{
	struct zone_stat s = zone(0.2, 0.005);

	feed(&s, true, true, T0);
	ok(fabs(s.s_anchor - 2.7081) < 1e-4, "anchor listed: +2.71");
	ok(fabs(s.s_all - log(0.97 / 0.2)) < 1e-9, "wildcard: ln(.97/p0)");
	ok(fabs(s.s_part - log(0.44 / 0.2)) < 1e-9,
	    "partial: ln((p0+.3(1-p0))/p0)");
	is_num(s.s_low, 0, "a listing is no collapse");
	feed(&s, true, false, T0);
	ok(fabs(s.s_anchor - (2.7081 - 0.3365)) < 1e-4, "clean: -0.34");
	is_num(s.s_all, 0, "never below 0");
	ok(fabs(s.s_low - log(0.98 / 0.8)) < 1e-9, "collapse climbs");
	feed(&s, false, true, T0);
	ok(fabs(s.s_anchor - (2.7081 - 0.3365)) < 1e-4,
	    "others do not move the anchor sum");
}

/* g0 = max(.02, 2g); p1 stays a probability for lists of any appetite */
static void
test_shifts(void)
{
	static const double shares[] = { 0.005, 0.01, 0.05, 0.3, 0.6, 0.9 };

	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		struct baseline b = { .p0 = shares[i], .g = shares[i] };
		struct shift up[] = { baseline_wildcard(&b),
		    baseline_partial(&b), baseline_anchors(&b),
		    baseline_panel(&b) };
		struct shift low = baseline_collapse(&b);

		for (size_t k = 0; k < sizeof(up) / sizeof(up[0]); k++) {
			ok(up[k].p0 > 0 && up[k].p1 > up[k].p0 &&
			    up[k].p1 < 1, "share %.3f: %.3f < %.3f < 1",
			    shares[i], up[k].p0, up[k].p1);
		}
		ok(low.p1 > 0 && low.p1 < low.p0, "collapse of %.3f",
		    shares[i]);
	}
	struct baseline few = { .p0 = 0.1, .g = 0.002 };
	struct baseline many = { .p0 = 0.1, .g = 0.03 };

	is_num(baseline_anchors(&few).p0, 0.02, "g0 has a floor");
	is_num(baseline_anchors(&few).p1, 0.30, "g1 = g0 + .28");
	is_num(baseline_anchors(&many).p0, 0.06, "g0 = 2g");
	is_num(baseline_panel(&few).p1, 0.20, "panel: .02 against .20");
	is_num(baseline_panel(&many).p1, 0.24, "panel: g1 = g0 + .18");
	is_num(baseline_wildcard(&many).p1, 0.97, "wild is .97");
}

/* Two listed anchors ring; the sum begins anew. */
static void
test_alarm(void)
{
	struct zone_stat s = zone(0, 0.005);

	is_int(feed(&s, true, true, T0), 0, "one listed anchor");
	is_int(feed(&s, true, true, T0), ALARM_ANCHOR, "two ring");
	is_num(s.s_anchor, 0, "and are forgotten");
	is_num(s.s_all, 0, "no baseline, no other alarm");
	s = zone(0.01, 0);
	feed(&s, true, true, T0);
	is_num(s.s_anchor, 0, "nor one of anchors that nobody measured");

	s = zone(0.01, 0.005);
	is_int(feed(&s, false, true, T0), 0, "p0 1 %%: one");
	is_int(feed(&s, false, true, T0), ALARM_WILDCARD,
	    "p0 1 %%: two in a row");
}

static void
test_hold_off(void)
{
	struct zone_stat s = zone(0, 0.005);
	unsigned rung = 0;

	for (int i = 0; i < 3600; i++) {	/* one a second, all listed */
		rung += feed(&s, true, true, T0 + i) != 0;
	}
	is_int(rung, 6, "at most six panels an hour");
	s = zone(0, 0.005);
	feed(&s, true, true, T0);
	feed(&s, true, true, T0);
	feed(&s, true, true, T0 + 1);
	feed(&s, true, true, T0 + 2);
	is_int(feed(&s, true, true, T0 + HOLD - 1), 0, "held");
	is_int(feed(&s, true, false, T0 + HOLD + 1), 0,
	    "clean since: below the limit again");
	is_int(feed(&s, true, true, T0 + HOLD + 2), ALARM_ANCHOR,
	    "what goes on rings again");
	is_int(feed(&s, true, true, T0 - 1e6) |
	    feed(&s, true, true, T0 - 1e6), ALARM_ANCHOR,
	    "a clock set back does not silence it");
}

/* The mirrored sum, with a hold-off of its own (F7). */
static void
test_collapse(void)
{
	struct zone_stat s = zone(0.2, 0.005);
	unsigned n = 0, alarms = 0;

	while (alarms == 0 && n < 1000) {
		alarms = feed(&s, false, false, T0 + n++);
	}
	is_int(alarms, ALARM_COLLAPSE, "nobody is listed any more");
	is_int(n, ceil(6.9 / log(0.98 / 0.8)), "after h / step subjects");
	is_num(s.panel_at, 0, "no panel is held off by it");
	is_int(feed(&s, true, true, T0 + n) | feed(&s, true, true, T0 + n),
	    ALARM_ANCHOR, "which may ring at once");
}

/* Half a limit: an unconfirmed listing is no longer believed (c.2). */
static void
test_uneasy(void)
{
	struct zone_stat s = zone(0.05, 0.005);

	ok(!stat_uneasy(&s), "at ease");
	feed(&s, true, true, T0);
	ok(stat_uneasy(&s), "one listed anchor: 2.71 of 4");
	stat_forget(&s);
	ok(!stat_uneasy(&s) && s.base.p0 > 0, "forgotten, but the baseline");
	s.s_low = 6;
	ok(!stat_uneasy(&s), "a collapse gives no reason to doubt listings");
}

/* Subjects until the first alarm of the kinds in `of`. */
static unsigned
delay(struct zone_stat *s, double p, bool anchor, unsigned of)
{
	for (unsigned n = 1; n < 100000; n++) {
		if (feed(s, anchor, uniform() < p, T0 + n * HOLD) & of) {
			return n;
		}
	}
	return 100000;
}

struct stream_case {
	double p0, after;
	bool anchor;
	unsigned of;
	double rate_max;		/* false alarms per million */
	double delay_max;		/* mean subjects after the change */
};

/*
 * False alarms of 500 000 subjects and the mean delay of 500 breaks.  The
 * bounds are reference c.4's figures times 1.5.
 */
static void
test_error_rates(void)
{
	static const struct stream_case cases[] = {
		{ 0.01, 1.00, false, ALARM_WILDCARD, 200, 3 },
		{ 0.20, 1.00, false, ALARM_WILDCARD, 430, 7 },
		{ 0.60, 1.00, false, ALARM_WILDCARD, 340, 20 },
		{ 0.05, 0.335, false, ALARM_PARTIAL, 170, 24 },
		{ 0.40, 0.58, false, ALARM_PARTIAL, 100, 140 },
		/* per anchor: five times as many per million messages */
		{ 0.005, 1.00, true, ALARM_ANCHOR, 5 * 60, 3 },
		{ 0.005, 0.3035, true, ALARM_ANCHOR, 5 * 60, 12 },
		{ 0.20, 0.00, false, ALARM_COLLAPSE, 200, 45 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct stream_case *c = &cases[i];
		struct zone_stat s = c->anchor ? zone(0, c->p0) :
		    zone(c->p0, 0);
		unsigned rung = 0;
		double sum = 0;

		seed = 4711 + i;
		for (unsigned n = 0; n < 500000; n++) {
			rung += (feed(&s, c->anchor, uniform() < c->p0,
			    T0 + n * HOLD) & c->of) != 0;
		}
		ok(2 * rung <= c->rate_max, "p0 %.3f: %u false alarms per "
		    "million, allowed %.0f", c->p0, 2 * rung, c->rate_max);
		for (unsigned run = 0; run < 500; run++) {
			sum += delay(&s, c->after, c->anchor, c->of);
		}
		ok(sum / 500 <= c->delay_max, "p0 %.3f to %.3f: seen after "
		    "%.1f subjects, allowed %.0f", c->p0, c->after, sum / 500,
		    c->delay_max);
	}
}

/* Whatever comes, in whatever order, sums stay within their limits. */
static void
test_hostile(void)
{
	struct zone_stat s = { 0 };
	unsigned wrong = 0;

	seed = 99;
	for (unsigned n = 0; n < 200000; n++) {
		struct subject j = { .all = uniform() < 0.8,
		    .anchor = uniform() < 0.5, .listed = uniform() < 0.5 };

		stat_subject(&s, &j, uniform() < 0.7, T0 + 2e6 * uniform());
		if (n % 1000 == 0) {
			stat_forget(&s);
		}
		wrong += !(s.s_all >= 0 && s.s_all <= 6.9 && s.s_part >= 0 &&
		    s.s_part <= 6.9 && s.s_anchor >= 0 && s.s_anchor <= 4 &&
		    s.s_low >= 0 && s.s_low <= 6.9 && s.base.p0 >= 0 &&
		    s.base.p0 <= 0.9 && s.base.g >= 0 && s.base.g <= 0.9);
	}
	is_int(wrong, 0, "200000 random subjects: 0 <= S <= h");
}

int
main(void)
{
	test_steps();
	test_shifts();
	test_alarm();
	test_hold_off();
	test_collapse();
	test_uneasy();
	test_error_rates();
	test_hostile();
	return tap_done();
}

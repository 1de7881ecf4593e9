/*
 * baseline_test - what is normal is learned, and breaks are not.
 *
 * EWMA (Roberts 1959) with a half-life of 5000 subjects, as a plain mean
 * until then.  Reliability reference c.4: "learned only in TRUSTED, kept
 * aside during incidents".
 */
#include "config.h"

#include "learn/stat.h"

#include "tests/tap/tap.h"

#define T0	1.6e9

/* n subjects of which a share p is listed, evenly, every fifth an anchor of
 * which a share g is. */
static unsigned
feed(struct zone_stat *s, unsigned n, double p, double g)
{
	unsigned alarms = 0;

	for (unsigned i = 0; i < n; i++) {
		bool anchor = i % 5 == 0;
		double share = anchor ? g : p;
		double k = anchor ? i / 5 : i - i / 5 - 1;
		struct subject j = { .all = true, .anchor = anchor };

		j.listed = floor((k + 1) * share) > floor(k * share);
		alarms |= stat_subject(s, &j, true, T0 + i);
	}
	return alarms;
}

static void
test_learns(void)
{
	static const double shares[] = { 0.01, 0.1, 0.3, 0.6 };

	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		struct zone_stat s = { 0 };
		double want = 0.8 * shares[i] + 0.2 * 0.004;

		feed(&s, 199, shares[i], 0.004);
		ok(s.base.p0 <= 0, "199 subjects are too few");
		feed(&s, 1, shares[i], 0.004);
		ok(s.base.p0 > 0, "200 are enough");
		ok(fabs(s.base.p0 - want) < 0.02, "first guess %.4f of %.4f",
		    s.base.p0, want);
		feed(&s, 20000, shares[i], 0.004);
		ok(fabs(s.base.p0 - want) < 0.002, "p0 %.4f of %.4f",
		    s.base.p0, want);
		ok(fabs(s.base.g - 0.004) < 0.002, "g %.4f of .004",
		    s.base.g);
	}
}

/* An unlucky start must not ring at the next listing. */
static void
test_young(void)
{
	struct zone_stat s = { 0 };

	feed(&s, 200, 0, 0);
	ok(s.base.p0 >= 0.009 && s.base.p0 < 0.02,
	    "none of 200 listed: %.4f, not 0", s.base.p0);
	ok(s.base.g <= 0.01, "g begins low: %.4f", s.base.g);
	s = (struct zone_stat){ 0 };
	feed(&s, 20000, 0, 0);
	is_num(s.base.p0, 0.005, "clamped at .005");
	for (unsigned i = 0; i < 20000; i++) {
		struct subject j = { .all = true, .anchor = true,
		    .listed = true };

		baseline_add(&s.base, &j);
	}
	is_num(s.base.p0, 0.9, "clamped at .9");
	is_num(s.base.g, 0.9, "g too");
}

/*
 * Lists that name many good senders from the first day (a whole-ASN list,
 * f = 15 %) are like that: normal for them, and left to precision.c.
 */
static void
test_harsh_list(void)
{
	struct zone_stat s = { 0 };

	feed(&s, 5000, 0.4, 0.15);
	ok(fabs(s.base.g - 0.15) < 0.02, "g %.3f of .15 is learned",
	    s.base.g);
	is_int(feed(&s, 20000, 0.4, 0.15), 0, "and rings no more");
}

static void
test_half_life(void)
{
	struct baseline b = { .p0 = 0.4, .g = 0.1, .n = 1e9,
	    .n_anchor = 1e9 };
	struct subject clean = { .all = true, .anchor = true };

	for (unsigned i = 0; i < 5000; i++) {
		baseline_add(&b, &clean);
	}
	ok(fabs(b.p0 - 0.2) < 0.002, "half after 5000: %.4f", b.p0);
	ok(fabs(b.g - 0.05) < 0.001, "g too: %.4f", b.g);
	ok(b.n < 7300 && b.n > 7200, "as many as the window stand behind it");
}

/* What came before an alarm is not learned. */
static void
test_kept_aside(void)
{
	struct zone_stat s = { .base = { .p0 = 0.05, .g = 0.002, .n = 7000,
	    .n_anchor = 7000 } };
	double p0 = s.base.p0, g = s.base.g;

	ok(feed(&s, 150, 0.35, 0.3) & ALARM_PANEL, "a break alarms");
	ok(s.base.aside_n < 150, "what was aside is dropped");
	for (unsigned i = 0; i < 20; i++) {
		struct subject j = { .all = true, .listed = true };

		stat_subject(&s, &j, false, T0);
	}
	is_num(s.base.p0, p0, "p0 as before");
	is_num(s.base.g, g, "g as before");
	stat_forget(&s);
	is_num(s.base.aside_n, 0, "left: nothing is aside");
	is_num(s.base.p0, p0, "but the baseline stays");
}

/* A wild zone rings every ten minutes; its normal stays what it was. */
static void
test_break_not_learned(void)
{
	struct zone_stat s = { .base = { .p0 = 0.1, .g = 0.002, .n = 7000,
	    .n_anchor = 7000 } };

	feed(&s, 20000, 1, 1);
	is_num(s.base.p0, 0.1, "hours of 1 a second teach nothing");
	is_num(s.base.g, 0.002, "nor of anchors");
}

int
main(void)
{
	test_learns();
	test_young();
	test_harsh_list();
	test_half_life();
	test_kept_aside();
	test_break_not_learned();
	return tap_done();
}

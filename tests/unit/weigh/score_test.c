/*
 * score_test - weighted points, SpamAssassin's rounding, what is shown, and
 * the names of states and reasons.
 */
#include "config.h"

#include "weigh/weigh.h"

#include <stdlib.h>

#include "tests/tap/tap.h"

static void
test_points(void)
{
	static const struct {
		double score, weight, want;
	} cases[] = {
		{ 2.5, 1, 2.5 }, { 2.5, 0.5, 1.25 }, { 2.5, 0, 0 },
		{ -5, 0.5, -2.5 }, { -5, 0, 0 }, { 0, 1, 0 },
		{ 2.5, 7, 2.5 }, { 2.5, -1, 0 }, { 2.5, NAN, 0 },
		{ -0.0, 1, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double got = weigh_points(cases[i].score, cases[i].weight);

		ok(got == cases[i].want && !signbit(got) == !(got < 0),
		    "%g * %g = %g", cases[i].score, cases[i].weight, got);
	}
}

/* Wanted values from Perl: sprintf("%.3f", x) + 0 */
static void
test_round(void)
{
	static const struct {
		double sum, want;
	} cases[] = {
		{ 5.0004, 5 }, { 4.9995, 5 }, { 4.99949, 4.999 },
		{ 0.0005, 0.001 }, { 1.0005, 1 }, { 2.0005, 2.001 },
		{ -0.0001, 0 }, { -1.2345, -1.234 }, { 0.1 + 0.2, 0.3 },
		{ 1e300, 1e300 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double got = weigh_round(cases[i].sum);

		ok(got == cases[i].want, "round(%.17g) = %.17g", cases[i].sum,
		    got);
	}
	ok(!signbit(weigh_round(-0.0001)), "no negative zero");
	ok(isinf(weigh_round(INFINITY)), "infinity stays");
}

static void
test_show(void)
{
	static const struct {
		double score, required;
		const char *want;
	} cases[] = {
		{ 7.3, 5, "7.3" }, { 5, 5, "5.0" }, { 4.999, 5, "4.9" },
		{ 4.96, 5, "4.9" }, { 4.94, 5, "4.9" }, { 5.04, 5, "5.0" },
		{ -0.04, 5, "0.0" }, { -0.06, 5, "-0.1" }, { 0, 5, "0.0" },
		{ 0.049, 0.05, "0.0" }, { -0.001, 0, "-0.1" },
		{ 100.25, 5, "100.2" }, { 4.549, 4.55, "4.4" },
	};
	char text[32];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		weigh_show(cases[i].score, cases[i].required, text);
		is_str(text, cases[i].want, cases[i].want);
	}
	weigh_show(-1.7e308, 5, text);
	ok(strtod(text, NULL) < -1e308, "the lowest number fits: %s", text);
}

static void
test_a_ham_never_looks_like_spam(void)
{
	int bad = 0;
	char text[32];

	for (int i = -20000; i < 20000; i++) {
		double score = i / 1000.0;

		weigh_show(score, 5.0, text);
		bad += (strtod(text, NULL) >= 5.0) != (score >= 5.0);
	}
	is_int(bad, 0, "40000 scores around the limit");
}

static void
test_names(void)
{
	int bad = 0;

	for (int i = 0; i < ZONE_STATES; i++) {
		const char *n = zone_state_name((enum zone_state)i);

		bad += zone_state_parse(slice_cstr(n)) != i;
	}
	for (int i = 0; i < REASONS; i++) {
		const char *n = zone_reason_name((enum zone_reason)i);

		bad += zone_reason_parse(slice_cstr(n)) != i;
	}
	is_int(bad, 0, "each name leads back to its number");
	is_str(zone_state_name(ZONE_PINNED_OFF), "pinned-off", "last state");
	is_int(zone_state_parse(SLICE("Quarantined")), ZONE_QUARANTINED,
	    "case does not matter");
	is_int(zone_state_parse(SLICE("")), -1, "empty");
	is_int(zone_state_parse(SLICE("trust")), -1, "a prefix is not a name");
	is_int(zone_reason_parse(SLICE("wildcards")), -1, "nor more than it");
	is_str(zone_state_name((enum zone_state)99), "unknown",
	    "a number from a newer version");
}

int
main(void)
{
	test_points();
	test_round();
	test_show();
	test_a_ham_never_looks_like_spam();
	test_names();
	return tap_done();
}

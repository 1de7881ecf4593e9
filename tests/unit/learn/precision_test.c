/*
 * precision_test - what a listing is worth, and to whom it is told.
 *
 * Likelihood ratio with Beta-binomial shrinkage; figures of reliability
 * reference c.6.  Counts here are expectations (t nh and f nh), so they are
 * exact; tests/sim draws them.
 */
#include "config.h"

#include "learn/stat.h"

#include "tests/tap/tap.h"

#define T0	1.6e9
#define DAY	86400.0

/* n spam of which t are listed, n ham of which f are */
static struct precision
seen(double n, double t, double f)
{
	return (struct precision){ .hs = t * n, .ns = n, .hh = f * n,
	    .nh = n, .decayed_at = T0 };
}

static void
test_table(void)
{
	static const struct {
		const char *what;
		double t, f, w[4];
	} rows[] = {
		{ "good", 0.6, 0.002, { 1, 1, 1, 1 } },
		{ "small good", 0.05, 0.0005, { 1, .92, 1, 1 } },
		{ "aggressive", 0.7, 0.03, { 1, .99, 1, 1 } },
		{ "whole ASN", 0.5, 0.15, { 1, .68, .44, .41 } },
		{ "useless", 0.1, 0.1, { 1, .43, .07, .02 } },
		{ "inverted", 0.02, 0.2, { 1, .34, .05, 0 } },
	};
	static const double n[] = { 0, 100, 1000, 10000 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t k = 0; k < 4; k++) {
			struct precision p = seen(n[k], rows[i].t, rows[i].f);
			double w = precision_weight(&p, false);

			ok(fabs(w - rows[i].w[k]) <= 0.03,
			    "%s list, %.0f each: %.3f, reference %.2f",
			    rows[i].what, n[k], w, rows[i].w[k]);
			struct precision q = { .hs = p.hh, .ns = p.nh,
			    .hh = p.hs, .nh = p.ns };
			is_num(precision_weight(&q, true), w,
			    "an allow list is its mirror image");
		}
	}
}

/* Scenario 35: t = f = 10 % for 1000 anchors and 1000 spam. */
static void
test_scenario_35(void)
{
	struct precision p = seen(1000, 0.1, 0.1);
	char words[300];

	ok(precision_weight(&p, false) <= 0.15, "scenario 35: %.3f <= .15",
	    precision_weight(&p, false));
	precision_words(&p, false, words, sizeof(words));
	is_str(words, "weight 0.06: lists 10 % of spam (1000 seen) and 10 % "
	    "of ham (1000 seen), a spam is 1.05 times as likely to be listed",
	    "says why");
}

/* Nothing is lost by silence: no ham, no change; no spam, no change. */
static void
test_no_evidence(void)
{
	struct precision none = { 0 };
	struct precision spam = { .hs = 5000, .ns = 10000 };
	struct precision ham = { .nh = 1000 };
	char words[300], little[8];

	is_num(precision_weight(&none, false), 1, "new: the operator's weight");
	is_num(precision_weight(&none, true), 1, "new allow list");
	is_num(precision_weight(&spam, false), 1, "only spam seen");
	is_num(precision_weight(&ham, false), 1, "only ham, none listed");
	/* Allow lists: ham alone, some of it listed, proves no mistake. */
	ham.hh = 300;
	is_num(precision_weight(&ham, true), 1, "allow list, only ham seen");
	precision_words(&none, false, words, sizeof(words));
	is_str(words, "weight 1: no ham labelled yet", "says so");
	precision_words(&ham, true, words, sizeof(words));
	is_str(words, "weight 1: no spam labelled yet", "allow: says so");
	precision_words(&spam, false, little, sizeof(little));
	is_int(strlen(little), 7, "cut to fit");
}

/* What a day brings, as codes.c counts it. */
static void
add(struct precision *p, const struct precision *day, double now)
{
	precision_decay(p, now);
	p->hs += day->hs;
	p->ns += day->ns;
	p->hh += day->hh;
	p->nh += day->nh;
}

static void
test_decay(void)
{
	struct precision p = { 0 };
	struct precision day = { .hs = 60, .ns = 100, .hh = 1, .nh = 100 };

	add(&p, &day, T0);
	is_num(p.hs, 60, "added");
	is_num(p.decayed_at, T0, "from now on");
	precision_decay(&p, T0 + 30 * DAY);
	is_num(p.ns, 50, "half after 30 days");
	is_num(p.hh, 0.5, "all of it");
	add(&p, &day, T0 + 60 * DAY);
	is_num(p.nh, 125, "a quarter and the new");
	precision_decay(&p, T0);
	is_num(p.nh, 125, "time set back changes nothing");
	is_num(p.decayed_at, T0, "but is believed");
	precision_decay(&p, T0 + 100 * 365 * DAY);
	ok(p.nh < 1e-9, "forgiven in the end");
	is_num(precision_weight(&p, false), 1, "and as new");
}

/* A list that was bad and is good again regains its weight. */
static void
test_recovers(void)
{
	struct precision p = seen(10000, 0.5, 0.15);
	struct precision day = { .hs = 180, .ns = 300, .hh = 0.6,
	    .nh = 300 };
	unsigned days = 0;

	while (precision_weight(&p, false) < 0.9 && days < 365) {
		add(&p, &day, T0 + ++days * DAY);
	}
	ok(days > 10 && days < 100, "forgiven within %u days", days);
}

/* Labels never contain a list's vote, and users win. */
static void
test_labels(void)
{
	static const struct {
		const char *what;
		struct stat_message m;
		enum stat_label want;
	} rows[] = {
		{ "spam by content", { 9, 5, false, false, false },
		    LABEL_SPAM },
		{ "at the limit", { 5, 5, false, false, false }, LABEL_SPAM },
		{ "looks like ham, of a stranger", { 0, 5, false, false,
		    false }, LABEL_NONE },
		{ "known-good sender", { 1, 5, false, false, true },
		    LABEL_HAM },
		{ "known-good sender, full of spam", { 9, 5, false, false,
		    true }, LABEL_NONE },
		{ "reported", { 1, 5, true, false, false }, LABEL_SPAM },
		{ "reported, of a friend", { 1, 5, true, false, true },
		    LABEL_SPAM },
		{ "rescued", { 9, 5, false, true, false }, LABEL_HAM },
		{ "reported and rescued", { 9, 5, true, true, false },
		    LABEL_NONE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		is_int(stat_label_of(&rows[i].m), rows[i].want, rows[i].what);
	}
}

/* No counts, however odd, give a weight outside [0,1]. */
static void
test_hostile(void)
{
	static const double odd[] = { 0, 1e-300, 0.3, 7, 1e9, 1e300 };
	unsigned wrong = 0;

	for (unsigned i = 0; i < 6 * 6 * 6 * 6; i++) {
		struct precision p = { odd[i % 6], odd[i / 6 % 6],
		    odd[i / 36 % 6], odd[i / 216], T0 };

		for (int allow = 0; allow < 2; allow++) {
			double w = precision_weight(&p, allow);

			wrong += !(w >= 0 && w <= 1);
		}
	}
	is_int(wrong, 0, "1296 odd counts: 0 <= weight <= 1");
}

int
main(void)
{
	test_table();
	test_scenario_35();
	test_no_evidence();
	test_decay();
	test_recovers();
	test_labels();
	test_hostile();
	return tap_done();
}

/*
 * recovery - how long a repaired zone stays without its weight.
 *
 * Reliability reference c.3 and scenario 20.  A zone lists the world, is found
 * out by the first control, and is repaired at a random moment; what is
 * measured is the time from the repair to half and to full weight, and what
 * ten minutes of good and bad in turns do.
 */
#include "config.h"

#include "tests/sim/life.h"

#include <math.h>
#include <string.h>

struct outage {
	const char *what;
	double low, high;		/* how long */
	double half, half99;		/* reference, minutes; <0: none given */
};

static void
outages(struct sim *s, const struct outage *o)
{
	struct sample half = { 0 }, full = { 0 };
	unsigned runs = sim_runs(s, 5000, 200);

	for (unsigned i = 0; i < runs; i++) {
		struct life l;
		double h;

		life_begin(&l, s);
		l.manner.wild = 1;
		life_positive(&l);
		life_pass(&l, sim_between(s, o->low, o->high));
		l.manner.wild = 0;
		h = life_until(&l, 0.5, DAY);
		sample_add(&half, h / MINUTE);
		sample_add(&full, (h + life_until(&l, 1, DAY)) / MINUTE);
	}
	sim_row(s, "%s", o->what);
	sim_cell(s, o->half, sample_mean(&half), at_most(o->half * 1.1));
	sim_cell(s, o->half99, sample_quantile(&half, 0.99),
	    o->half99 < 0 ? anything() : at_most(o->half99 * 1.1));
	sim_cell(s, o->half + 10, sample_mean(&full),
	    near(o->half + 10, 0.1));
	sim_cell(s, NO_REFERENCE, sample_quantile(&full, 0.99), anything());
	sim_row_end(s);
	sample_free(&half);
	sample_free(&full);
}

/* Good and bad in turns for 6 hours, mail a hundred times a minute. */
static void
flapping(struct sim *s)
{
	static const char *const columns[] = { "ten minutes good, ten bad",
	    "re-activations", "good minutes given up", "bad answers counted",
	    "longest dwell, minutes", NULL };
	unsigned runs = sim_runs(s, 100, 5);
	struct sample raised = { 0 }, lost = { 0 }, dwell = { 0 };
	unsigned counted = 0;

	for (unsigned i = 0; i < runs; i++) {
		struct life l;
		double good = 0, end;

		life_begin(&l, s);
		end = l.now + 6 * HOUR;
		for (double turn = l.now; l.now < end;) {
			double wait = sim_wait(s, 100), before = l.lost;

			life_pass(&l, wait);
			good += l.manner.wild > 0 ? 0 : l.lost - before;
			if (l.now - turn >= 10 * MINUTE) {
				turn += 10 * MINUTE;
				l.manner.wild = l.manner.wild > 0 ? 0 : 1;
			}
			if (l.manner.wild > 0) {
				counted += life_positive(&l);
			} else if (sim_chance(s, 0.2)) {
				life_positive(&l);
			} else {
				life_negative(&l);
			}
		}
		sample_add(&raised, l.raised);
		sample_add(&lost, good / MINUTE);
		sample_add(&dwell, l.dwell_max / MINUTE);
	}
	sim_table(s, "Flapping for 6 h (c.3, scenario 20)", columns);
	sim_row(s, "mean");
	sim_cell(s, 4, sample_mean(&raised), at_most(5));
	sim_cell(s, 152, sample_mean(&lost), at_most(180));
	sim_cell(s, 0, counted, at_most(0));
	sim_cell(s, 80, sample_mean(&dwell), at_least(80));
	sim_row_end(s);
	sim_table_end(s);
	sample_free(&raised);
	sample_free(&lost);
	sample_free(&dwell);
}

void
recovery_after(struct sim *s)
{
	static const char *const columns[] = { "outage", "half weight: mean",
	    "p99", "full weight: mean", "p99", NULL };
	static const struct outage rows[] = {
		{ "20 to 60 min", 20 * MINUTE, HOUR, 4.5, -1 },
		{ "6.4 h", 6.4 * HOUR, 6.5 * HOUR, 6.5, 9.6 },
		{ "25 to 48 h", 25 * HOUR, 48 * HOUR, 35, 71 },
	};

	sim_table(s, "Minutes from repair to weight (c.3)", columns);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		outages(s, &rows[i]);
	}
	sim_table_end(s);
	flapping(s);
}

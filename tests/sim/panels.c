/*
 * panels - what a panel of known-good senders decides, and how often wrongly.
 *
 * Reliability reference c.5.  The first table draws each answer by itself, as
 * the reference did; the second gives a zone a fixed set of good senders, some
 * of them listed, and asks panel after panel through one suspicion of 6 hours.
 */
#include "config.h"

#include "tests/sim/sim.h"

#include <math.h>
#include <string.h>

#include "learn/stat.h"

#define T0	1.6e9
#define POOL	1000u

static const struct row {
	double g, broken, degraded, probes;
} rows[] = {
	{ 0.001, 0, 0, 23 }, { 0.005, 0, 3e-5, 25 }, { 0.01, 0, 8e-4, 26 },
	{ 0.02, 6e-5, .008, 28 }, { 0.03, 2.7e-4, .031, 31 },
	{ 0.05, .005, .13, 34 }, { 0.12, .21, .50, 36 },
	{ 0.20, .73, .24, 29 }, { 0.30, .981, .018, 18 },
	{ 0.50, 1, 0, 10 }, { 1.00, 1, 0, 4 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct panel full = { .n = PANEL_MEMBERS,
    .eligible = PANEL_MEMBERS };

/* The larger of a tenth and three sigma of the fewer of both runs. */
static struct limit
around(double p, double runs)
{
	double slack = fmax(0.1 * p, 3 * sqrt((p + 2 / runs) / runs));

	return (struct limit){ p - slack - 5e-4, p + slack + 5e-4 };
}

void
panels_once(struct sim *s)
{
	static const char *const columns[] = { "listed share of known-good",
	    "P(broken)", "P(degraded)", "mean probes", NULL };
	unsigned runs = sim_runs(s, 200000, 10000);

	sim_table(s, "Verdict of one panel (c.5)", columns);
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *r = &rows[i];
		/* the reference ran 200 000 up to 5 % */
		double fewer = fmin(runs, r->g > 0.05 ? 2000 : 200000);
		unsigned got[PANEL_LOST + 1] = { 0 };
		double probes = 0;

		for (unsigned n = 0; n < runs; n++) {
			struct zone_stat z = { 0 };
			enum panel_verdict v = stat_panel_begin(&z, &full,
			    T0);

			while (v == PANEL_OPEN) {
				v = stat_panel_answer(&z, 0,
				    sim_chance(s, r->g));
			}
			got[v]++;
			probes += z.panel.probes;
		}
		sim_row(s, "%.1f %%", 100 * r->g);
		sim_cell(s, r->broken, (double)got[PANEL_BROKEN] / runs,
		    around(r->broken, fewer));
		sim_cell(s, r->degraded, (double)got[PANEL_DEGRADED] / runs,
		    around(r->degraded, fewer));
		sim_cell(s, r->probes, probes / runs, near(r->probes, 0.05));
		sim_row_end(s);
	}
	sim_table_end(s);
}

/* So many panels of one suspicion; carry: as the engine does. */
struct suspicion {
	unsigned pool, panels;
	bool carry;
	double g;
};

/* Whether one of the panels says broken. */
static bool
condemned(struct sim *s, const struct suspicion *u, double *probes)
{
	static bool listed[POOL];
	struct zone_stat z = { 0 };
	unsigned at = 0;

	for (unsigned i = 0; i < u->pool; i++) {
		listed[i] = sim_chance(s, u->g);
	}
	for (unsigned n = 0; n < u->panels; n++) {
		struct panel p = { .eligible = u->pool,
		    .n = u->pool < PANEL_MEMBERS ? u->pool : PANEL_MEMBERS };
		enum panel_verdict v;

		if (!u->carry) {
			z.episode_at = 0;
		}
		v = stat_panel_begin(&z, &p, T0 + n * 600);
		while (v == PANEL_OPEN) {
			v = stat_panel_answer(&z, 0, listed[at++ % u->pool]);
		}
		*probes += z.panel.probes;
		if (v == PANEL_BROKEN) {
			return true;
		}
	}
	return false;
}

void
panels_carried(struct sim *s)
{
	static const char *const columns[] = { "listed share",
	    "64 senders: alone", "carried", "200: alone", "carried",
	    "1000: alone", "carried", "probes alone", "carried", NULL };
	static const double shares[] = { 0.005, 0.01, 0.02, 0.03, 0.05, 0.08,
	    0.105, 0.15, 0.2, 0.3 };
	static const unsigned pools[] = { 64, 200, POOL };
	unsigned runs = sim_runs(s, 50000, 2000);

	sim_table(s, "Found broken by one of six panels, ten minutes apart, of "
	    "the same good senders", columns);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		double probes[2] = { 0 };

		sim_row(s, "%.1f %%", 100 * shares[i]);
		for (unsigned k = 0; k < 6; k++) {
			struct suspicion u = { pools[k / 2], 6, k % 2,
			    shares[i] };
			unsigned n = 0;

			probes[k % 2] = 0;
			for (unsigned r = 0; r < runs; r++) {
				n += condemned(s, &u, &probes[k % 2]);
			}
			sim_cell(s, NO_REFERENCE, (double)n / runs,
			    shares[i] < 0.025 ? at_most(1e-3) : anything());
		}
		sim_cell(s, NO_REFERENCE, probes[0] / runs, anything());
		sim_cell(s, NO_REFERENCE, probes[1] / runs, anything());
		sim_row_end(s);
	}
	sim_table_end(s);
}

/*
 * precision - the weight that a list earns from labelled mail.
 *
 * Reliability reference c.6: lists by their share t of spam and f of ham
 * named, after so many labelled messages of each.  Counts are drawn, weights
 * are means.
 */
#include "config.h"

#include "tests/sim/sim.h"

#include <string.h>

#include "learn/stat.h"

static const struct row {
	const char *what;
	double t, f, w[4];
} rows[] = {
	{ "good, t = .6, f = .002", 0.6, 0.002, { 1, 1, 1, 1 } },
	{ "small good, t = .05, f = .0005", 0.05, 0.0005,
	    { 1, .92, 1, 1 } },
	{ "aggressive, t = .7, f = .03", 0.7, 0.03, { 1, .99, 1, 1 } },
	{ "whole ASN, t = .5, f = .15", 0.5, 0.15, { 1, .68, .44, .41 } },
	{ "useless, t = f = .1", 0.1, 0.1, { 1, .43, .07, .02 } },
	{ "inverted, t = .02, f = .2", 0.02, 0.2, { 1, .34, .05, 0 } },
};
static const unsigned lengths[] = { 0, 100, 1000, 10000 };

static double
weight(struct sim *s, const struct row *r, unsigned n)
{
	struct precision p = { .ns = n, .nh = n };

	for (unsigned i = 0; i < n; i++) {
		p.hs += sim_chance(s, r->t);
		p.hh += sim_chance(s, r->f);
	}
	return precision_weight(&p, false);
}

void
precision_lists(struct sim *s)
{
	static const char *const columns[] = { "list", "no evidence", "100",
	    "1000", "10000 of each", NULL };
	unsigned runs = sim_runs(s, 2000, 100);

	sim_table(s, "Mean precision weight (c.6)", columns);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sim_row(s, "%s", rows[i].what);
		for (size_t k = 0; k < 4; k++) {
			double sum = 0, w = rows[i].w[k];

			for (unsigned r = 0; r < runs; r++) {
				sum += weight(s, &rows[i], lengths[k]);
			}
			sim_cell(s, w, sum / runs,
			    (struct limit){ w - 0.03, w + 0.03 });
		}
		sim_row_end(s);
	}
	sim_table_end(s);
}

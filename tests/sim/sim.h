/*
 * sim - what the simulations share: chance, samples, and tables that hold
 * tare's figures against the reference's.
 *
 * An experiment is a function in a file of its own and a row of main.c.  It
 * draws from s->rng, which is seeded by the experiment's name, so that every
 * run of one gives the same figures; s->effort scales the number of runs.
 *
 *	sim_table(s, "c.4 delay", "p0", "wildcard mean", NULL);
 *	sim_row(s, "%d %%", 5);
 *	sim_cell(s, 2.9, mean, near(2.9, 0.15));
 *	sim_end(s);
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_CELLS 12

struct sim {
	uint64_t rng;
	double effort;			/* 1: the figures of the document */
	unsigned rows, failed;
	/* of the table being printed */
	const char *title;
	char label[96];
	char cells[SIM_CELLS][64];
	unsigned n_cells, n_columns, bad;
};

/* So many runs at this effort, but at least enough to mean something. */
unsigned sim_runs(const struct sim *s, unsigned full, unsigned least);
double sim_uniform(struct sim *s);			/* [0,1) */
bool sim_chance(struct sim *s, double p);
double sim_between(struct sim *s, double low, double high);
uint64_t sim_bits(struct sim *s);
/* Mail at a rate: seconds to the next one (exponential). */
double sim_wait(struct sim *s, double per_minute);

/* ---- samples ---- */

struct sample {
	double *v;
	size_t n, room;
	bool sorted;
};
void sample_add(struct sample *x, double v);
double sample_mean(const struct sample *x);
/* q of 0 … 1; the value that a share q does not exceed. */
double sample_quantile(struct sample *x, double q);
double sample_share_below(const struct sample *x, double limit);
void sample_free(struct sample *x);

/* ---- tables ---- */

/* Where a figure of tare's may lie. */
struct limit {
	double low, high;
};
struct limit near(double reference, double share);
struct limit at_most(double high);
struct limit at_least(double low);
struct limit anything(void);

/* The figure stands in no reference. */
#define NO_REFERENCE (-1.0)

void sim_table(struct sim *s, const char *title, const char *const *columns);
__attribute__((format(printf, 2, 3)))
void sim_row(struct sim *s, const char *fmt, ...);
/* A cell "reference / tare's"; out of its limit it fails the row. */
void sim_cell(struct sim *s, double reference, double got,
    struct limit limit);
/* Print the row, and whether all of it is within its limits. */
void sim_row_end(struct sim *s);
void sim_table_end(struct sim *s);
__attribute__((format(printf, 2, 3)))
void sim_say(struct sim *s, const char *fmt, ...);

/* ---- the experiments ---- */

typedef void experiment(struct sim *s);
experiment alarms_known, alarms_learned, alarms_senders, anchors_by_share,
    harm_paired, incidents_none, incidents_outbreak, incidents_partial,
    panels_once, panels_carried, precision_lists, recovery_after;

#endif

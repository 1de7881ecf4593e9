/*
 * sim - chance, samples and tables of the simulations.
 *
 * Tables are Markdown and go to the output as TAP comments; each row is a
 * test.  A cell is "reference / tare's", with a ! when out of its limit.
 */
#include "config.h"

#include "tests/sim/sim.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned
sim_runs(const struct sim *s, unsigned full, unsigned least)
{
	double n = full * s->effort;

	return n < least ? least : (unsigned)n;
}

/* splitmix64 (Steele, Lea and Flood 2014) */
uint64_t
sim_bits(struct sim *s)
{
	uint64_t z = s->rng += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

double
sim_uniform(struct sim *s)
{
	return (double)(sim_bits(s) >> 11) * 0x1p-53;
}

bool
sim_chance(struct sim *s, double p)
{
	return sim_uniform(s) < p;
}

double
sim_between(struct sim *s, double low, double high)
{
	return low + (high - low) * sim_uniform(s);
}

double
sim_wait(struct sim *s, double per_minute)
{
	return -log1p(-sim_uniform(s)) * 60 / per_minute;
}

void
sample_add(struct sample *x, double v)
{
	if (x->n == x->room) {
		x->room = x->room ? 2 * x->room : 256;
		x->v = realloc(x->v, x->room * sizeof(*x->v));
		if (x->v == NULL) {
			abort();
		}
	}
	x->v[x->n++] = v;
	x->sorted = false;
}

double
sample_mean(const struct sample *x)
{
	double sum = 0;

	for (size_t i = 0; i < x->n; i++) {
		sum += x->v[i];
	}
	return x->n ? sum / (double)x->n : NAN;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
sample_quantile(struct sample *x, double q)
{
	size_t i;

	if (x->n == 0) {
		return NAN;
	}
	if (!x->sorted) {
		qsort(x->v, x->n, sizeof(*x->v), ascending);
		x->sorted = true;
	}
	i = (size_t)ceil(q * (double)x->n);
	return x->v[i > 0 ? i - 1 : 0];
}

double
sample_share_below(const struct sample *x, double limit)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n; i++) {
		n += x->v[i] <= limit;
	}
	return x->n ? (double)n / (double)x->n : NAN;
}

void
sample_free(struct sample *x)
{
	free(x->v);
	memset(x, 0, sizeof(*x));
}

struct limit
near(double reference, double share)
{
	return (struct limit){ reference * (1 - share),
	    reference * (1 + share) };
}

struct limit
at_most(double high)
{
	return (struct limit){ -INFINITY, high };
}

struct limit
at_least(double low)
{
	return (struct limit){ low, INFINITY };
}

struct limit
anything(void)
{
	return (struct limit){ -INFINITY, INFINITY };
}

void
sim_table(struct sim *s, const char *title, const char *const *columns)
{
	s->title = title;
	s->n_columns = 0;
	printf("#\n# **%s**\n#\n# |", title);
	while (columns[s->n_columns] != NULL) {
		printf(" %s |", columns[s->n_columns++]);
	}
	printf("\n# |");
	for (unsigned i = 0; i < s->n_columns; i++) {
		printf("---|");
	}
	putchar('\n');
}

void
sim_row(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->label, sizeof(s->label), fmt, ap);
	va_end(ap);
	s->n_cells = s->bad = 0;
}

/* Three digits are more than a simulation knows. */
static void
figure(double v, char dst[24])
{
	if (v != 0 && fabs(v) < 1e-3) {
		snprintf(dst, 24, "%.1e", v);
	} else if (fabs(v) >= 1000) {
		snprintf(dst, 24, "%.0f", v);
	} else {
		snprintf(dst, 24, "%.3g", v);
	}
}

void
sim_cell(struct sim *s, double reference, double got, struct limit limit)
{
	bool good = got >= limit.low && got <= limit.high;
	char a[24], b[24], *cell;

	if (s->n_cells == SIM_CELLS) {
		abort();
	}
	cell = s->cells[s->n_cells++];
	figure(got, b);
	if (reference >= 0) {
		figure(reference, a);
		snprintf(cell, sizeof(s->cells[0]), "%s / %s%s", a, b,
		    good ? "" : " !");
	} else {
		snprintf(cell, sizeof(s->cells[0]), "%s%s", b,
		    good ? "" : " !");
	}
	if (!good) {
		s->bad++;
		printf("# out of limits: %s, %s, column %u: %s, allowed %.4g "
		    "to %.4g\n", s->title, s->label, s->n_cells, b, limit.low,
		    limit.high);
	}
}

void
sim_row_end(struct sim *s)
{
	printf("# | %s |", s->label);
	for (unsigned i = 0; i < s->n_cells; i++) {
		printf(" %s |", s->cells[i]);
	}
	putchar('\n');
	s->failed += s->bad > 0;
	printf("%s %u - %s: %s: within limits\n", s->bad ? "not ok" : "ok",
	    ++s->rows, s->title, s->label);
	fflush(stdout);
}

void
sim_table_end(struct sim *s)
{
	printf("#\n");
	s->title = NULL;
}

void
sim_say(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	(void)s;
	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

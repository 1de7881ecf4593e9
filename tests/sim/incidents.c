/*
 * incidents - whole incidents through the zone machine: mail, alarms, panels.
 *
 * Reliability reference c.4 "end to end", c.5 "outbreak test", scenarios 1 and
 * 6 to 10.  The zone has learned its baselines from a day's mail before
 * anything happens; then mail goes on at 100 a minute.
 */
#include "config.h"

#include "tests/sim/life.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATE		100.0
#define WARM_UP		6000u		/* messages */
#define SLOTS		65536u

struct site {
	struct life l;
	struct crowd c;
	struct arena *arena;
};

/* A letter a minute's hundredth later. */
static struct life_report
post(struct site *x, struct letter *m_r)
{
	life_pass(&x->l, sim_wait(x->l.sim, RATE));
	*m_r = crowd_letter(&x->c);
	return life_letter(&x->l, m_r);
}

static struct site *
site_open(struct sim *s, double p0, double spam, bool independent)
{
	struct site *x = calloc(1, sizeof(*x));
	struct letter m;

	if (x == NULL) {
		abort();
	}
	life_begin(&x->l, s);
	crowd_begin(&x->c, s, p0, spam);
	x->c.independent = independent;
	x->arena = arena_new();
	x->l.seen = seen_new(x->arena, SLOTS, sim_bits(s));
	x->l.crowd = &x->c;
	for (unsigned i = 0; i < WARM_UP; i++) {
		post(x, &m);
	}
	/* a false alarm of the warm-up is over */
	life_until(&x->l, 1, DAY);
	life_pass(&x->l, HOUR + MINUTE);
	x->l.panels = x->l.panel_probes = x->l.probes = 0;
	x->l.controls = x->l.lookups = 0;
	x->l.lost = 0;
	memset(x->l.entered, 0, sizeof(x->l.entered));
	return x;
}

static void
site_close(struct site **x)
{
	arena_free(&(*x)->arena);
	free(*x);
	*x = NULL;
}

/* ---- partial breaks: scenarios 6 and 7 ---- */

struct breakage {
	double p0, spam, broken;
	unsigned limit;			/* messages */
	bool independent;
};

/* What one break did; NAN: never. */
struct course {
	double panel, degraded, quarantined, ham;
};

static struct course
break_once(struct sim *s, const struct breakage *b)
{
	struct site *x = site_open(s, b->p0, b->spam,
	    b->independent);
	struct course o = { NAN, NAN, NAN, 0 };

	x->c.broken = b->broken;
	for (unsigned n = 1; n <= b->limit && isnan(o.quarantined); n++) {
		struct letter m;
		struct life_report r = post(x, &m);

		o.ham += !m.spam && m.wrong && r.counted;
		if (isnan(o.panel) && x->l.panels > 0) {
			o.panel = n;
		}
		if (isnan(o.degraded) && (x->l.entered[ZONE_DEGRADED] > 0 ||
		    x->l.entered[ZONE_QUARANTINED] > 0)) {
			o.degraded = n;
		}
		if (x->l.entered[ZONE_QUARANTINED] > 0) {
			o.quarantined = n;
		}
	}
	site_close(&x);
	return o;
}

struct courses {
	struct sample panel, degraded, quarantined, ham;
};

/* What never happened counts as 1e9 messages. */
static void
add_message(struct sample *x, double n)
{
	sample_add(x, isnan(n) ? 1e9 : n);
}

static struct courses
break_often(struct sim *s, const struct breakage *b, unsigned runs)
{
	struct courses all = { .ham = { 0 } };

	for (unsigned i = 0; i < runs; i++) {
		struct course o = break_once(s, b);

		add_message(&all.panel, o.panel);
		add_message(&all.degraded, o.degraded);
		add_message(&all.quarantined, o.quarantined);
		sample_add(&all.ham, o.ham);
	}
	return all;
}

static void
courses_free(struct courses *all)
{
	sample_free(&all->panel);
	sample_free(&all->degraded);
	sample_free(&all->quarantined);
	sample_free(&all->ham);
}

/* The reference's mail, and mail of senders that write again and again. */
static const char *const kinds[] = { "senders repeat", "each its own" };

/* A quantile of few runs: the fewer, the wider. */
static struct limit
quantile_limit(double reference, unsigned runs)
{
	return at_most(reference * (1.2 + 6 / sqrt(runs)) + 2);
}

/* A share that must be at least so much, three sigma of the runs allowed. */
static struct limit
share_limit(double share, unsigned runs)
{
	return at_least(share - 3 * sqrt(share * (1 - share) / runs) - 1e-9);
}

static void
breaks_30(struct sim *s)
{
	static const char *const columns[] = { "p0, senders",
	    "first panel: p99", "QUARANTINED: median", "p95",
	    "within 80 messages", "ham listed before: mean",
	    "caught within 3000", NULL };
	static const struct {
		double p0, spam, median, p95;
	} rows[] = { { 0.05, 0.5, 13, 35 }, { 0.2, 0.5, 22, 61 },
	    { 0.6, 0.7, 44, 145 } };

	sim_table(s, "+30 % of addresses listed, end to end (c.4, scenario "
	    "6): messages", columns);
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned runs = sim_runs(s, 500, 100);
		double median = rows[i / 2].median, p95 = rows[i / 2].p95;
		bool own = i % 2 == 0, scenario = i / 2 == 1;
		struct breakage b = { rows[i / 2].p0, rows[i / 2].spam, 0.3,
		    3000, own };
		struct courses o = break_often(s, &b, runs);

		sim_row(s, "%.0f %%, %s", 100 * b.p0, kinds[own]);
		sim_cell(s, scenario ? 100 : NO_REFERENCE,
		    sample_quantile(&o.panel, 0.99),
		    at_most(scenario && own ? 100 : 400));
		sim_cell(s, median, sample_quantile(&o.quarantined, 0.5),
		    quantile_limit(median, runs));
		sim_cell(s, p95, sample_quantile(&o.quarantined, 0.95),
		    own ? quantile_limit(p95, runs) : anything());
		sim_cell(s, scenario ? 0.95 : NO_REFERENCE,
		    sample_share_below(&o.quarantined, 80),
		    scenario ? share_limit(own ? 0.95 : 0.9, runs) :
		    anything());
		sim_cell(s, scenario ? 9 : 7, sample_mean(&o.ham),
		    at_most(own ? 9 : 14));
		sim_cell(s, 1, sample_share_below(&o.quarantined, 3000),
		    at_least(0.97));
		sim_row_end(s);
		courses_free(&o);
	}
	sim_table_end(s);
}

static void
breaks_10(struct sim *s)
{
	static const char *const columns[] = { "p0, senders",
	    "DEGRADED: median", "p90", "within 3000 messages",
	    "QUARANTINED within 10000", "ham listed before: mean", NULL };
	static const struct {
		double p0, spam, median, p90;
	} rows[] = { { 0.05, 0.5, 135, 2200 }, { 0.2, 0.5, 190, 2450 },
	    { 0.6, 0.7, 389, 2700 } };

	sim_table(s, "+10 % of addresses listed, end to end (c.4, scenario "
	    "7): messages", columns);
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned runs = sim_runs(s, 500, 100);
		double median = rows[i / 2].median, p90 = rows[i / 2].p90;
		bool own = i % 2 == 0, scenario = i / 2 == 1;
		struct breakage b = { rows[i / 2].p0, rows[i / 2].spam, 0.1,
		    10000, own };
		struct courses o = break_often(s, &b, runs);

		sim_row(s, "%.0f %%, %s", 100 * b.p0, kinds[own]);
		sim_cell(s, median, sample_quantile(&o.degraded, 0.5),
		    own ? quantile_limit(median, runs) : anything());
		sim_cell(s, p90, sample_quantile(&o.degraded, 0.9),
		    own ? quantile_limit(p90, runs) : anything());
		sim_cell(s, 0.9, sample_share_below(&o.degraded, 3000),
		    own || scenario ? share_limit(0.9, runs) : anything());
		sim_cell(s, 0.75, sample_share_below(&o.quarantined, 10000),
		    at_least(0.75));
		sim_cell(s, NO_REFERENCE, sample_mean(&o.ham), anything());
		sim_row_end(s);
		courses_free(&o);
	}
	sim_table_end(s);
}

void
incidents_partial(struct sim *s)
{
	breaks_30(s);
	breaks_10(s);
}

/* ---- a healthy zone while the mail changes: scenarios 8, 9, 10 ---- */

struct change {
	const char *what;
	double p0, before, after;	/* spam share */
	double t_after;			/* of spam listed then; <0: as before */
	double hijacked, hijacked_spam;
	double provider;
	unsigned messages;
};

struct upset {
	unsigned quarantined, degraded, alarms;
	double panels, probes, lost;
};

static void
change_once(struct sim *s, const struct change *c, struct upset *u)
{
	struct site *x = site_open(s, c->p0, c->before, false);
	struct letter m;

	x->c.spam = c->after;
	x->c.t = c->t_after < 0 ? x->c.t : c->t_after;
	x->c.hijacked = c->hijacked;
	x->c.hijacked_spam = c->hijacked_spam;
	x->c.provider = c->provider;
	for (unsigned i = 0; i < c->messages; i++) {
		post(x, &m);
	}
	u->quarantined += x->l.entered[ZONE_QUARANTINED] > 0;
	u->degraded += x->l.entered[ZONE_DEGRADED] > 0;
	u->alarms += x->l.panels > 0;
	u->panels += x->l.panels;
	u->probes = fmax(u->probes, x->l.panel_probes);
	u->lost += x->l.lost / MINUTE;
	site_close(&x);
}

void
incidents_outbreak(struct sim *s)
{
	static const char *const columns[] = { "change", "quarantined",
	    "degraded, of 100", "alarmed, of 100", "panels: mean",
	    "panel probes: most", "weighted minutes lost: mean", NULL };
	static const struct change rows[] = {
		{ "8: spam 30 to 90 %, p0 1 %", .01, .3, .9, -1, .005, .002,
		    0, 10000 },
		{ "8: p0 10 %", .1, .3, .9, -1, .005, .002, 0, 10000 },
		{ "8: p0 28 %", .28, .3, .9, -1, .005, .002, 0, 10000 },
		{ "9: all of the burst listed, p0 1 %", .01, .3, .9, 1, .005,
		    .002, 0, 10000 },
		{ "9: p0 10 %", .1, .3, .9, 1, .005, .002, 0, 10000 },
		{ "9: p0 28 %", .28, .3, .9, 1, .005, .002, 0, 10000 },
		{ "10: a provider of 15 % of good mail listed", .2, .5, .5,
		    -1, 0, 0, .15, 10000 },
	};

	sim_table(s, "A healthy zone while mail changes (c.5, scenarios 8, 9, "
	    "10): 10 000 messages", columns);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned runs = sim_runs(s, 100, 10);
		struct upset u = { 0 };

		for (unsigned n = 0; n < runs; n++) {
			change_once(s, &rows[i], &u);
		}
		sim_row(s, "%s", rows[i].what);
		sim_cell(s, 0, u.quarantined, at_most(0));
		/* 4 of 100: with few runs, one by chance */
		sim_cell(s, 4, 100.0 * u.degraded / runs,
		    at_most(fmax(4, 100.0 / runs)));
		sim_cell(s, i < 6 ? 100 : NO_REFERENCE,
		    100.0 * u.alarms / runs, anything());
		sim_cell(s, NO_REFERENCE, u.panels / runs, anything());
		sim_cell(s, 300, u.probes, at_most(300));
		sim_cell(s, NO_REFERENCE, u.lost / runs, anything());
		sim_row_end(s);
	}
	sim_table_end(s);
}

/* ---- a healthy day: scenario 1 ---- */

void
incidents_none(struct sim *s)
{
	static const char *const columns[] = { "p0, messages a minute",
	    "quarantined", "degraded", "panels a day", "extra questions, %",
	    "of these controls, %", "weighted minutes lost a day", NULL };
	static const struct {
		double p0, spam, rate;
	} rows[] = { { 0.01, 0.5, 100 }, { 0.1, 0.5, 100 }, { 0.4, 0.5, 100 },
	    { 0.6, 0.7, 100 } };

	sim_table(s, "A healthy day (scenario 1)", columns);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned runs = sim_runs(s, 10, 1);
		double extra = 0, controls = 0, panels = 0, lost = 0, n = 0;
		unsigned quarantined = 0, degraded = 0;

		for (unsigned r = 0; r < runs; r++) {
			struct site *x = site_open(s, rows[i].p0,
			    rows[i].spam, false);
			double end = x->l.now + DAY;
			struct letter m;

			while (x->l.now < end) {
				post(x, &m);
			}
			n += x->l.lookups;
			controls += x->l.controls;
			extra += x->l.controls + x->l.probes +
			    x->l.panel_probes;
			panels += x->l.panels;
			lost += x->l.lost / MINUTE;
			quarantined += x->l.entered[ZONE_QUARANTINED];
			degraded += x->l.entered[ZONE_DEGRADED];
			site_close(&x);
		}
		sim_row(s, "%.0f %%, %.0f", 100 * rows[i].p0, rows[i].rate);
		sim_cell(s, 0, quarantined, at_most(0));
		sim_cell(s, 0, degraded, at_most(0));
		sim_cell(s, NO_REFERENCE, panels / runs, anything());
		sim_cell(s, 7, 100 * extra / n, at_most(7));
		sim_cell(s, NO_REFERENCE, 100 * controls / n, anything());
		sim_cell(s, 0, lost / runs, at_most(1));
		sim_row_end(s);
	}
	sim_table_end(s);
}

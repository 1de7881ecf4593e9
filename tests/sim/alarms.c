/*
 * alarms - how soon a CUSUM rings after a break, and how often without one.
 *
 * Reliability reference c.4.  Mail: 50 % spam (70 % at p0 = .6), 40 % of ham
 * from known-good senders, of whom .5 % are listed; each message is a subject
 * of its own.  A break lists a further share x of all addresses.
 */
#include "config.h"

#include "tests/sim/sim.h"

#include <math.h>
#include <string.h>

#include "learn/stat.h"

#define T0		1.6e9
#define STEP		601.0		/* past any hold-off */
#define WARM_UP		300u
#define NEVER		100000u
#define HAM_LISTED	0.005

/* What mail is like, and the zone that it is looked up in. */
struct mail {
	double spam, anchors;		/* of all; of ham */
	double t, f;			/* listed: of spam, of ham */
	double broken;			/* x */
};

struct message {
	bool spam, wrong;		/* wrong: listed by the break alone */
	struct subject subject;
};

static struct mail
mail_of(double p0)
{
	struct mail m = { .spam = p0 < 0.6 ? 0.5 : 0.7, .anchors = 0.4,
	    .f = HAM_LISTED };

	m.t = (p0 - (1 - m.spam) * m.f) / m.spam;
	return m;
}

static struct message
draw(struct sim *s, const struct mail *m)
{
	struct message g = { .spam = sim_chance(s, m->spam) };
	bool listed = sim_chance(s, g.spam ? m->t : m->f);

	g.subject.all = true;
	g.subject.anchor = !g.spam && sim_chance(s, m->anchors);
	g.wrong = !listed && sim_chance(s, m->broken);
	g.subject.listed = listed || g.wrong;
	return g;
}

struct outcome {
	struct sample delay, ham;	/* messages; ham listed on the way */
};

static void
outcome_free(struct outcome *o)
{
	sample_free(&o->delay);
	sample_free(&o->ham);
}

/* Without the baseline of the streams that are not looked at. */
static struct zone_stat
only(struct zone_stat z, unsigned alarms)
{
	z.base.p0 = alarms & ALARM_ANCHOR ? 0 : z.base.p0;
	z.base.g = alarms & ALARM_ANCHOR ? z.base.g : 0;
	return z;
}

/* Messages from the break to the first alarm of these kinds, the others
 * silent. */
static void
one_break(struct sim *s, struct zone_stat z, struct mail m, unsigned alarms,
    struct outcome *o)
{
	double now = T0, broken = m.broken;
	unsigned n, ham = 0;

	z = only(z, alarms);
	m.broken = 0;
	for (n = 0; n < WARM_UP; n++, now += STEP) {
		struct message g = draw(s, &m);

		cusum_feed(&z, &g.subject, now);
	}
	m.broken = broken;
	for (n = 1; n < NEVER; n++, now += STEP) {
		struct message g = draw(s, &m);

		ham += !g.spam && g.wrong;
		if (cusum_feed(&z, &g.subject, now) & alarms) {
			break;
		}
	}
	sample_add(&o->delay, n);
	sample_add(&o->ham, ham);
}

static struct outcome
breaks(struct sim *s, const struct zone_stat *z, double p0, double broken,
    unsigned alarms)
{
	struct mail m = mail_of(p0);
	struct outcome o = { { 0 }, { 0 } };
	unsigned runs = sim_runs(s, 5000, 300);

	m.broken = broken;
	for (unsigned i = 0; i < runs; i++) {
		one_break(s, *z, m, alarms, &o);
	}
	return o;
}

/* Alarms per million messages of a healthy zone: wild, partial, anchor.  The
 * anchor stream runs by itself, lest others' alarms reset it. */
static void
false_alarms(struct sim *s, struct zone_stat z, double p0, unsigned n,
    double rate_r[3])
{
	struct zone_stat a = only(z, ALARM_ANCHOR);
	static const unsigned kinds[3] = { ALARM_WILDCARD, ALARM_PARTIAL,
	    ALARM_ANCHOR };
	struct mail m = mail_of(p0);
	unsigned rung[3] = { 0 };

	for (unsigned i = 0; i < n; i++) {
		struct message g = draw(s, &m);
		unsigned rang = cusum_feed(&z, &g.subject, T0 + i * STEP);

		rang &= ~(unsigned)ALARM_ANCHOR;
		rang |= cusum_feed(&a, &g.subject, T0 + i * STEP);
		for (unsigned k = 0; rang != 0 && k < 3; k++) {
			rung[k] += (rang & kinds[k]) != 0;
		}
	}
	for (unsigned k = 0; k < 3; k++) {
		rate_r[k] = rung[k] * 1e6 / n;
	}
}

/* Reference c.4, a row each. */
static const struct row {
	double p0;
	double wild, wild99, wild_ham, anchor, anchor99;
	double part, part99, a30, a30_99, a30_ham, a10;
	double false_wild, false_part, false_anchor;
} rows[] = {
	{ 0.01, 2.0, 2, 1.0, 10, 30, 10, 33, 39, 148, 6.0, 190,
	    119, 70, 32 },
	{ 0.05, 2.9, 3, 1.4, 10, 29, 16, 51, 40, 165, 6.1, 185,
	    120, 109, 32 },
	{ 0.10, 3.9, 4, 2.0, 10, 30, 24, 72, 41, 167, 6.3, 201,
	    99, 97, 32 },
	{ 0.20, 4.7, 5, 2.3, 10, 31, 41, 112, 41, 155, 6.1, 208,
	    288, 84, 32 },
	{ 0.40, 7.3, 8, 3.7, 10, 31, 93, 259, 40, 141, 6.1, 192,
	    398, 38, 32 },
	{ 0.60, 13.3, 15, 4.0, 16, 50, 187, 602, 65, 247, 6.0, 292,
	    223, 16, 50 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* A figure may be better than the reference's, and a sixth worse. */
#define WORSE 1.17

static void
not_worse(struct sim *s, double reference, double got)
{
	sim_cell(s, reference, got, at_most(reference * WORSE + 1));
}

/* A rate per million that was counted in n messages: three sigma more. */
static void
as_rare(struct sim *s, double reference, double got, double n)
{
	sim_cell(s, reference, got, at_most(reference * WORSE +
	    3 * sqrt(reference * 1e6 / n)));
}

static void
delays(struct sim *s, const struct row *r, const struct zone_stat *z)
{
	struct outcome o = breaks(s, z, r->p0, 1, ALARM_WILDCARD |
	    ALARM_PARTIAL);

	not_worse(s, r->wild, sample_mean(&o.delay));
	not_worse(s, r->wild99, sample_quantile(&o.delay, 0.99));
	not_worse(s, r->wild_ham, sample_mean(&o.ham));
	outcome_free(&o);
	o = breaks(s, z, r->p0, 1, ALARM_ANCHOR);
	not_worse(s, r->anchor, sample_mean(&o.delay));
	not_worse(s, r->anchor99, sample_quantile(&o.delay, 0.99));
	outcome_free(&o);
	o = breaks(s, z, r->p0, 0.3, ALARM_WILDCARD | ALARM_PARTIAL);
	not_worse(s, r->part, sample_mean(&o.delay));
	not_worse(s, r->part99, sample_quantile(&o.delay, 0.99));
	outcome_free(&o);
	o = breaks(s, z, r->p0, 0.3, ALARM_ANCHOR);
	not_worse(s, r->a30, sample_mean(&o.delay));
	not_worse(s, r->a30_99, sample_quantile(&o.delay, 0.99));
	not_worse(s, r->a30_ham, sample_mean(&o.ham));
	outcome_free(&o);
	o = breaks(s, z, r->p0, 0.1, ALARM_ANCHOR);
	/* here the reference rings a little sooner, and falsely three times as
	 * often (below) */
	sim_cell(s, r->a10, sample_mean(&o.delay), near(r->a10, 0.3));
	outcome_free(&o);
}

static const char *const delay_columns[] = { "p0", "all listed: mean", "p99",
    "ham", "by anchors: mean", "p99", "+30 %: mean", "p99",
    "by anchors: mean", "p99", "ham", "+10 % by anchors: mean", NULL };
static const char *const false_columns[] = { "p0", "wildcard", "partial",
    "anchor", NULL };

void
alarms_known(struct sim *s)
{
	unsigned n = sim_runs(s, 10000000, 300000);

	sim_table(s, "Messages from a break to the alarm (c.4), baselines "
	    "known", delay_columns);
	for (size_t i = 0; i < ROWS; i++) {
		struct zone_stat z = { .base = { .p0 = rows[i].p0,
		    .g = HAM_LISTED } };

		sim_row(s, "%.0f %%", 100 * rows[i].p0);
		delays(s, &rows[i], &z);
		sim_row_end(s);
	}
	sim_table_end(s);
	sim_table(s, "False alarms per million messages (c.4), baselines "
	    "known", false_columns);
	for (size_t i = 0; i < ROWS; i++) {
		struct zone_stat z = { .base = { .p0 = rows[i].p0,
		    .g = HAM_LISTED } };
		double rate[3];

		false_alarms(s, z, rows[i].p0, n, rate);
		sim_row(s, "%.0f %%", 100 * rows[i].p0);
		as_rare(s, rows[i].false_wild, rate[0], n);
		as_rare(s, rows[i].false_part, rate[1], n);
		as_rare(s, rows[i].false_anchor, rate[2], n);
		sim_row_end(s);
	}
	sim_table_end(s);
}

/* A zone that learned its baselines from so many messages. */
static struct zone_stat
learned(struct sim *s, double p0, unsigned messages)
{
	struct mail m = mail_of(p0);
	struct zone_stat z = { 0 };

	for (unsigned i = 0; i < messages; i++) {
		struct message g = draw(s, &m);

		stat_subject(&z, &g.subject, true, T0 + i * STEP);
	}
	return z;
}

/* Means of one cell of the second table. */
struct learning {
	struct outcome wild, part, anchor;
	double rate[3];
};

static void
learn_once(struct sim *s, double p0, unsigned messages, struct learning *l)
{
	struct zone_stat z = learned(s, p0, messages);
	struct mail m = mail_of(p0);
	double rate[3];

	m.broken = 1;
	one_break(s, z, m, ALARM_WILDCARD | ALARM_PARTIAL, &l->wild);
	m.broken = 0.3;
	one_break(s, z, m, ALARM_WILDCARD | ALARM_PARTIAL, &l->part);
	one_break(s, z, m, ALARM_ANCHOR, &l->anchor);
	false_alarms(s, z, p0, 30000, rate);
	for (unsigned c = 0; c < 3; c++) {
		l->rate[c] += rate[c];
	}
}

static void
learn_row(struct sim *s, const struct row *r, unsigned messages)
{
	unsigned runs = sim_runs(s, 100, 10);
	struct learning l = { .rate = { 0 } };

	for (unsigned i = 0; i < runs; i++) {
		learn_once(s, r->p0, messages, &l);
	}
	sim_row(s, "%.0f %%, %u messages", 100 * r->p0, messages);
	sim_cell(s, r->wild, sample_mean(&l.wild.delay),
	    at_most(1.3 * r->wild + 1));
	sim_cell(s, r->part, sample_mean(&l.part.delay),
	    at_most(1.3 * r->part + 5));
	sim_cell(s, r->a30, sample_mean(&l.anchor.delay),
	    at_most(1.5 * r->a30 * (1 + 2 / sqrt(runs))));
	/* young estimates ring more often; each alarm is some 25 probes */
	sim_cell(s, r->false_wild, l.rate[0] / runs, at_most(1000));
	sim_cell(s, r->false_part, l.rate[1] / runs, at_most(500));
	sim_cell(s, r->false_anchor, l.rate[2] / runs, at_most(100));
	sim_row_end(s);
	outcome_free(&l.wild);
	outcome_free(&l.part);
	outcome_free(&l.anchor);
}

/* "an estimated p0 costs some delay": how much, and what it costs in false
 * alarms, after the 500 lookups that LEARNING lasts and after many more. */
void
alarms_learned(struct sim *s)
{
	static const char *const columns[] = { "p0, learned from",
	    "all listed: mean", "+30 %: mean", "+30 % by anchors: mean",
	    "false: wildcard", "partial", "anchor", NULL };
	static const unsigned lengths[] = { 500, 5000, 50000 };

	sim_table(s, "The same with learned baselines", columns);
	for (size_t i = 0; i < ROWS; i++) {
		for (size_t k = 0; k < 3; k++) {
			learn_row(s, &rows[i], lengths[k]);
		}
	}
	sim_table_end(s);
}

/* Anchors alone, a fifth of all mail, listed with share g that the zone's
 * baseline knows. */
void
anchors_by_share(struct sim *s)
{
	static const char *const columns[] = { "g", "per million messages",
	    NULL };
	static const struct {
		double g, rate;
	} shares[] = { { 0.002, 18 }, { 0.005, 39 }, { 0.01, 88 },
	    { 0.02, 257 }, { 0.03, 510 } };

	sim_table(s, "False alarms of the anchor stream by share g of good "
	    "senders listed (c.4)", columns);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		struct zone_stat z = { .base = { .g = shares[i].g } };
		unsigned n = sim_runs(s, 20000000, 1000000), rung = 0;

		for (unsigned k = 0; k < n; k++) {
			struct subject j = { .anchor = true,
			    .listed = sim_chance(s, shares[i].g) };

			rung += cusum_feed(&z, &j, T0 + k * STEP) != 0;
		}
		sim_row(s, "%.1f %%", 100 * shares[i].g);
		sim_cell(s, shares[i].rate, rung * 0.2e6 / n,
		    at_most(shares[i].rate * WORSE));
		sim_row_end(s);
	}
	sim_table_end(s);
}

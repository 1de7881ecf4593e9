/*
 * harm - ham that a broken zone marks although each positive is controlled.
 *
 * Reliability reference c.4 (paired controls) and F12, scenario 21.  A zone
 * that lists everything is 0 by construction: the control sees what the
 * positive saw.  Split brain is the exception: one of several servers is wild,
 * a share q of all answers, and a control may meet a good one.  The harm is
 * counted until quarantine, or for a day.
 */
#include "config.h"

#include "tests/sim/life.h"

#include <math.h>
#include <string.h>

#define RATE		100.0		/* mail a minute */
#define SPAM		0.5
#define P0		0.2

struct incident {
	unsigned ham;			/* wrongly marked */
	unsigned positives;		/* to the first doubt */
	bool doubted, ended;
	double minutes;			/* to the quarantine */
};

/* One message: whether its listing was asked for a control, and counted. */
static void
message(struct life *l, struct incident *x)
{
	bool spam = sim_chance(l->sim, SPAM);
	bool wild = life_wild(l);
	bool listed = wild || (spam && sim_chance(l->sim, P0 / SPAM));

	if (!listed || !zone_state_asks(l->z.state) ||
	    (spam && !sim_chance(l->sim, LIFE_UNSURE))) {
		life_negative(l);
		return;
	}
	x->positives += !x->doubted;
	if (wild && l->manner.class == ASK_BOGUS) {
		life_bogus(l);		/* void by itself */
	} else if (life_positive(l) && wild && !spam) {
		x->ham++;
	}
	x->doubted |= l->z.state != ZONE_TRUSTED;
}

static struct incident
play(struct sim *s, double q, enum ask_class class)
{
	struct incident x = { 0 };
	struct life l;
	double start;

	life_begin(&l, s);
	start = l.now;
	l.manner = (struct manner){ q, class };
	while (l.now - start < DAY && l.z.state != ZONE_QUARANTINED) {
		life_pass(&l, sim_wait(s, RATE));
		message(&l, &x);
	}
	x.ended = l.z.state == ZONE_QUARANTINED;
	x.minutes = (l.now - start) / MINUTE;
	return x;
}

/* (1-q)^k / (1-(1-q)^k): positives counted before the first dirty control */
static double
closed_form(double q, unsigned k)
{
	double pass = pow(1 - q, k);

	return pass / (1 - pass);
}

static void
row(struct sim *s, double q, enum ask_class class, const char *name)
{
	struct sample ham = { 0 }, first = { 0 }, minutes = { 0 };
	unsigned runs = sim_runs(s, 2000, 100), ended = 0;

	for (unsigned i = 0; i < runs; i++) {
		struct incident x = play(s, q, class);

		sample_add(&ham, x.ham);
		sample_add(&first, x.positives);
		sample_add(&minutes, x.minutes);
		ended += x.ended;
	}
	sim_row(s, "%s, q = %.2f", name, q);
	sim_cell(s, closed_form(q, 1), sample_mean(&ham),
	    at_most(class == ASK_BOGUS ? 0 : closed_form(q, 1) * 1.2));
	sim_cell(s, NO_REFERENCE, sample_quantile(&ham, 0.99),
	    q >= 1 || class == ASK_BOGUS ? at_most(0) : anything());
	sim_cell(s, NO_REFERENCE, sample_quantile(&first, 0.99),
	    q >= 0.5 ? at_most(10) : anything());
	sim_cell(s, NO_REFERENCE, sample_mean(&minutes), anything());
	sim_cell(s, NO_REFERENCE, (double)ended / runs, at_least(1));
	sim_row_end(s);
	sample_free(&ham);
	sample_free(&first);
	sample_free(&minutes);
}

void
harm_paired(struct sim *s)
{
	static const char *const columns[] = { "answers", "ham marked: mean",
	    "p99", "positives to the first doubt: p99",
	    "minutes to quarantine: mean", "quarantined within a day", NULL };

	sim_table(s, "Ham marked in spite of paired controls (c.4, F12; "
	    "reference: (1-q)/q of listings, one control each)", columns);
	row(s, 1, ASK_LISTED, "wildcard");
	row(s, 1, ASK_BOGUS, "parked");
	row(s, 0.5, ASK_LISTED, "split brain");
	row(s, 0.33, ASK_LISTED, "split brain");
	row(s, 0.25, ASK_LISTED, "split brain");
	row(s, 0.1, ASK_LISTED, "split brain");
	row(s, 0.1, ASK_BOGUS, "parked on one server");
	sim_table_end(s);
}

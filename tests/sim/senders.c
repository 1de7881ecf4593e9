/*
 * senders - delays when the same senders write again and again.
 *
 * The reference's tables take each message for a subject of its own.  Real
 * senders repeat (a few write most of the mail), and each counts once an hour:
 * a list that breaks in mid-hour is looked up mostly for senders that have
 * counted already.  This experiment is why seen.c takes the answer into its
 * key, and compares both ways.
 */
#include "config.h"

#include "tests/sim/crowd.h"

#include "learn/stat.h"

#define T0		1.6e9
#define GOOD		400u		/* known-good senders, a /16 each */
#define STRANGERS	20000u		/* the rest */
#define NEVER		20000u

struct world {
	double cdf_good[GOOD], cdf_other[STRANGERS];
	double rate;			/* messages a minute */
	double broken;
	bool by_answer;			/* as seen.c does */
};

/* p0 = 20 %: a fifth of messages are of anchors, of strangers 25 % listed. */
static struct subject
draw(struct sim *s, const struct world *w, uint64_t salt, bool broken)
{
	struct subject j = { .all = true, .anchor = sim_chance(s, 0.2) };
	uint64_t id = j.anchor ? zipf_draw(s, w->cdf_good, GOOD) :
	    1000000 + zipf_draw(s, w->cdf_other,
	    STRANGERS);

	j.key = j.net = id + 1;
	j.listed = among(id, salt, j.anchor ? 0.005 : 0.25) ||
	    (broken && among(id, salt ^ 0x6272, w->broken));
	return j;
}

/* Mail of two hours and a half, a break at a random moment, mail until an
 * alarm: messages since the break. */
static double
one_break(struct sim *s, const struct world *w, unsigned alarms)
{
	struct arena *a = arena_new();
	struct seen *seen = seen_new(a, 65536, sim_bits(s));
	uint64_t salt = sim_bits(s);
	double now = T0, at = T0 + sim_between(s, 5400, 9000);
	struct zone_stat z = { .base = { .p0 = 0.2, .g = 0.005 } };
	unsigned n = 0;

	while (n < NEVER) {
		struct subject j, k;

		now += sim_wait(s, w->rate);
		j = draw(s, w, salt, now >= at);
		k = j;
		if (!w->by_answer) {
			k.listed = false;	/* what seen.c is told */
		}
		n += now >= at;
		if (!seen_first(seen, 1, &k, now)) {
			continue;
		}
		j.all = k.all;
		j.anchor = k.anchor;
		if ((cusum_feed(&z, &j, now) & alarms) && now >= at) {
			break;
		}
		if (now < at) {
			z.panel_at = 0;
		}
	}
	arena_free(&a);
	return n;
}

void
alarms_senders(struct sim *s)
{
	static const char *const columns[] = { "break, messages a minute",
	    "once an hour: mean", "p90", "once an hour and answer: mean",
	    "p90", NULL };
	static const struct {
		double broken, rate;
	} rows[] = { { 1, 100 }, { 1, 1000 }, { 0.3, 10 }, { 0.3, 100 },
	    { 0.3, 1000 }, { 0.1, 100 } };
	unsigned runs = sim_runs(s, 500, 20);
	static struct world w;

	zipf_fill(w.cdf_good, GOOD);
	zipf_fill(w.cdf_other, STRANGERS);
	sim_table(s, "Messages to the first alarm when senders repeat (Zipf)",
	    columns);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double mean[2];

		w.broken = rows[i].broken;
		w.rate = rows[i].rate;
		sim_row(s, "+%.0f %%, %.0f", 100 * w.broken, w.rate);
		for (int by = 0; by < 2; by++) {
			struct sample d = { 0 };

			w.by_answer = by;
			for (unsigned r = 0; r < runs; r++) {
				sample_add(&d, one_break(s, &w, ALARM_PANEL));
			}
			mean[by] = sample_mean(&d);
			sim_cell(s, NO_REFERENCE, mean[by], by ?
			    at_most(mean[0]) : anything());
			sim_cell(s, NO_REFERENCE, sample_quantile(&d, 0.9),
			    anything());
			sample_free(&d);
		}
		sim_row_end(s);
	}
	sim_table_end(s);
}

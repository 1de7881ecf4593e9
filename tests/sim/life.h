/*
 * life - one zone with everything around it: time, its answers, a keeper.
 *
 * The machine under test is the engine's (zone_model_event).  life_pass lets
 * time go by and carries its wishes out as the keeper does: probes are asked
 * of the simulated zone and answered after RTT.
 */
#ifndef TESTS_SIM_LIFE_H
#define TESTS_SIM_LIFE_H

#include "learn/learn.h"
#include "tests/sim/crowd.h"

#define MINUTE	60.0
#define HOUR	3600.0
#define DAY	86400.0
/* Spam that only lists can tell from ham. */
#define LIFE_UNSURE	0.1

/* How the zone answers now; change it between calls. */
struct manner {
	double wild;		/* share of answers that are wild, whatever was
				 * asked: 1 wildcard, less: split brain */
	enum ask_class class;	/* of wild answers; 0 reads as ASK_LISTED */
};

struct life {
	struct sim *sim;
	struct zone_model z;
	struct manner manner;
	struct crowd *crowd;	/* who is asked by panels; NULL: nobody */
	struct seen *seen;	/* NULL: every subject counts */
	struct panel panel;	/* the open one */
	size_t panel_next;	/* its member asked next */
	double now;
	unsigned entered[ZONE_STATES];
	unsigned raised;		/* times the weight rose from 0 */
	unsigned probes, panels, panel_probes, controls, lookups;
	double lost;			/* weight-seconds not given */
	double dwell_max;
};

/* A zone TRUSTED for a day. */
void life_begin(struct life *l, struct sim *s);
void life_pass(struct life *l, double seconds);
/* Until the weight is at least w, or the limit is over; seconds passed. */
double life_until(struct life *l, double w, double limit);
/* A worker's positive with its controls, k of them as the table says; true
 * if it counts.  The zone must be asked at all. */
bool life_positive(struct life *l);
/* A worker's lookup that came back clean. */
void life_negative(struct life *l);
struct life_report {
	bool asked, counted;
	double weight;		/* of the zone when the message came */
};
/* A message about a sender: lookup, controls if the listing could matter,
 * statistics.  Spam that is spam without lists needs no control. */
struct life_report life_letter(struct life *l, const struct letter *m);
/* A live answer outside 127/8: void by itself. */
void life_bogus(struct life *l);
/* A wild answer to anything asked now? */
bool life_wild(struct life *l);

#endif

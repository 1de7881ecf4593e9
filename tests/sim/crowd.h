/*
 * crowd - who writes to the simulated site, and whom a list names.
 *
 * A share of all mail is spam, each from a stranger of its own; of the ham a
 * share is from CROWD_GOOD senders known to be good (a network each; few
 * write most of it), the rest from strangers.  Whether a good sender is listed
 * is settled once, by a hash: who is listed now is listed tomorrow, and the
 * panel sees the same senders as the mail.
 */
#ifndef TESTS_SIM_CROWD_H
#define TESTS_SIM_CROWD_H

#include "learn/stat.h"
#include "tests/sim/sim.h"

#define CROWD_GOOD 400u

struct crowd {
	struct sim *sim;
	uint64_t salt;
	/* as in the reference's tables: each message has a sender of its own,
	 * and each answer of a panel is drawn by itself */
	bool independent;
	/* mail: shares of all, and of ham */
	double spam, anchors;
	/* the list: shares of spam, of ham, of good senders that it names */
	double t, f, g;
	/* what goes wrong */
	double broken;		/* so many more of all addresses are listed */
	double hijacked;	/* so many good senders are, and rightly */
	double hijacked_spam;	/* share of spam that those send */
	double provider;	/* share of the good senders' mail that is of
				 * good sender 0, who is listed */
	/* of good senders, by rank */
	double cdf[CROWD_GOOD];
	struct panel_row rows[CROWD_GOOD];
	char names[CROWD_GOOD][16];
	uint64_t strangers;
};

struct letter {
	bool spam;
	bool wrong;		/* listed by the break alone */
	struct subject subject;
};

/* A list that names a share p0 of mail, of which a share is spam. */
void crowd_begin(struct crowd *c, struct sim *s, double p0, double spam);
struct letter crowd_letter(struct crowd *c);
/* Is good sender i listed now? */
bool crowd_good_listed(const struct crowd *c, unsigned i);
void crowd_panel(struct crowd *c, uint64_t turn, double now,
    struct panel *panel_r);

/* The k-th of n writes in proportion to 1/k (Zipf); a draw from that. */
void zipf_fill(double *cdf, unsigned n);
unsigned zipf_draw(struct sim *s, const double *cdf, unsigned n);
/* A share p of all ids, the same ones each time. */
bool among(uint64_t id, uint64_t salt, double p);

#endif

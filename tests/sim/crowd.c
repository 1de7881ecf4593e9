/*
 * crowd - who writes to the simulated site, and whom a list names (crowd.h).
 */
#include "config.h"

#include "tests/sim/crowd.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FIRST_STRANGER	1000000u
#define BREAK		0x627265616bu
#define HIJACK		0x68696a61636bu

void
zipf_fill(double *cdf, unsigned n)
{
	double sum = 0;

	for (unsigned i = 0; i < n; i++) {
		cdf[i] = sum += 1.0 / (i + 1);
	}
	for (unsigned i = 0; i < n; i++) {
		cdf[i] /= sum;
	}
}

unsigned
zipf_draw(struct sim *s, const double *cdf, unsigned n)
{
	double u = sim_uniform(s);
	unsigned low = 0, high = n - 1;

	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (cdf[mid] < u) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low;
}

bool
among(uint64_t id, uint64_t salt, double p)
{
	struct sim draw = { .rng = salt ^ (id + 1) * 0x9e3779b97f4a7c15u };

	return p > 0 && sim_chance(&draw, p);
}

void
crowd_begin(struct crowd *c, struct sim *s, double p0, double spam)
{
	memset(c, 0, sizeof(*c));
	c->sim = s;
	c->salt = sim_bits(s);
	c->spam = spam;
	c->anchors = 0.4;
	c->f = c->g = 0.005;
	c->t = (p0 - (1 - spam) * c->f) / spam;
	c->strangers = FIRST_STRANGER;
	zipf_fill(c->cdf, CROWD_GOOD);
	for (unsigned i = 0; i < CROWD_GOOD; i++) {
		int n = snprintf(c->names[i], sizeof(c->names[i]), "g%u", i);

		c->rows[i] = (struct panel_row){
		    .subject = { c->names[i], (size_t)n }, .net = i + 1,
		    .by_operator = true };
	}
}

static bool
provider_listed(const struct crowd *c, unsigned i)
{
	return i == 0 && c->provider > 0;
}

static bool
good_rightly(const struct crowd *c, unsigned i)
{
	return among(i, c->salt, c->g) || provider_listed(c, i) ||
	    among(i, c->salt ^ HIJACK, c->hijacked);
}

bool
crowd_good_listed(const struct crowd *c, unsigned i)
{
	if (c->independent) {
		return sim_chance(c->sim, c->g) ||
		    sim_chance(c->sim, c->broken) ||
		    sim_chance(c->sim, c->hijacked);
	}
	return good_rightly(c, i) || among(i, c->salt ^ BREAK, c->broken);
}

/* One of the hijacked, or nobody. */
static unsigned
hijacked(const struct crowd *c)
{
	for (unsigned tries = 0; tries < 10000; tries++) {
		unsigned i = (unsigned)(sim_bits(c->sim) % CROWD_GOOD);

		if (among(i, c->salt ^ HIJACK, c->hijacked)) {
			return i;
		}
	}
	return CROWD_GOOD;
}

static unsigned
good_sender(const struct crowd *c, bool spam)
{
	if (spam) {
		return sim_chance(c->sim, c->hijacked_spam) ? hijacked(c) :
		    CROWD_GOOD;
	}
	if (!sim_chance(c->sim, c->anchors)) {
		return CROWD_GOOD;
	}
	if (sim_chance(c->sim, c->provider)) {
		return 0;
	}
	return zipf_draw(c->sim, c->cdf, CROWD_GOOD);
}

struct letter
crowd_letter(struct crowd *c)
{
	struct letter m = { .spam = sim_chance(c->sim, c->spam) };
	unsigned good = good_sender(c, m.spam);
	bool right, wild;

	m.subject.all = true;
	m.subject.anchor = good < CROWD_GOOD;
	if (m.subject.anchor && c->independent) {
		m.subject.key = m.subject.net = c->strangers++;
		right = sim_chance(c->sim, m.spam ? c->t : c->g);
		wild = sim_chance(c->sim, c->broken);
	} else if (m.subject.anchor) {
		m.subject.key = m.subject.net = good + 1;
		right = good_rightly(c, good);
		wild = among(good, c->salt ^ BREAK, c->broken);
	} else {
		m.subject.key = m.subject.net = c->strangers++;
		right = sim_chance(c->sim, m.spam ? c->t : c->f);
		wild = sim_chance(c->sim, c->broken);
	}
	m.wrong = wild && !right;
	m.subject.listed = right || wild;
	return m;
}

void
crowd_panel(struct crowd *c, uint64_t turn, double now, struct panel *panel_r)
{
	struct arena *a = arena_new();

	panel_pick(a, c->rows, CROWD_GOOD, turn, now, panel_r);
	arena_free(&a);
}

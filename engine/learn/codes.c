/*
 * codes - what a listing of one zone is worth, by the code it came with.
 *
 * Called by tally.c with labelled messages and by whoever shows or publishes a
 * zone.  Pure.  Reliability reference c.6: a list may have a code that hits
 * spam and nothing else, and another that names whole providers.  The counts of
 * messages are the zone's; those of listings are the code's.
 *
 * A zone could answer with millions of codes, so ZONE_CODES of them are kept:
 * a new one takes the place of the one with the least evidence, if that has
 * nearly none.  What is not kept counts by the listings of all codes together.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>

/* Less than one message of evidence: can be forgotten. */
#define FORGOTTEN	0.5
/* A change worth telling the workers, and one worth a word to people. */
#define STEP		0.02
#define WORTH_SAYING	0.95

static struct precision
counts_of(const struct zone_codes *c, const struct zone_code *code)
{
	return (struct precision){ .hs = code->hs, .ns = c->ns,
		.hh = code->hh, .nh = c->nh, .decayed_at = c->decayed_at };
}

double
codes_weight(const struct zone_codes *c, const struct zone_code *code)
{
	struct precision p = counts_of(c, code);

	return precision_weight(&p, code->allow);
}

static void
decay_code(struct zone_code *code, double keep)
{
	code->hs *= keep;
	code->hh *= keep;
}

static void
decay(struct zone_codes *c, double now)
{
	/* the half-life is precision.c's: let it decay a pretended message */
	struct precision one = { .ns = 1, .decayed_at = c->decayed_at };

	precision_decay(&one, now);
	c->decayed_at = now;
	c->ns *= one.ns;
	c->nh *= one.ns;
	decay_code(&c->any, one.ns);
	for (unsigned i = 0; i < c->n; i++) {
		decay_code(&c->v[i], one.ns);
	}
}

/* The code's row; NULL: no room for another. */
static struct zone_code *
row_of(struct zone_codes *c, uint32_t code, bool allow, double now)
{
	struct zone_code *least = NULL;

	for (unsigned i = 0; i < c->n; i++) {
		struct zone_code *v = &c->v[i];

		if (v->code == code) {
			v->allow = allow;
			return v;
		}
		if (least == NULL || v->hs + v->hh < least->hs + least->hh) {
			least = v;
		}
	}
	if (c->n < ZONE_CODES) {
		least = &c->v[c->n++];
	} else if (least->hs + least->hh >= FORGOTTEN) {
		return NULL;
	}
	*least = (struct zone_code){ .code = code, .allow = allow,
		.first_seen = now, .published = 1 };
	return least;
}

static void
hit(struct zone_code *code, enum stat_label label, double now)
{
	code->hs += label == LABEL_SPAM;
	code->hh += label == LABEL_HAM;
	code->last_seen = now;
}

static bool
moved(struct zone_codes *c, struct zone_code *code)
{
	double w = codes_weight(c, code);

	if (fabs(w - code->published) < STEP) {
		return false;
	}
	code->published = w;
	return true;
}

bool
codes_count(struct zone_codes *c, const struct record_vote *v,
    enum stat_label label, double now)
{
	bool news;

	decay(c, now);
	c->ns += label == LABEL_SPAM;
	c->nh += label == LABEL_HAM;
	if (v->n > 0) {
		c->any.allow = v->allow & 1;
		hit(&c->any, label, now);
	}
	for (unsigned i = 0; i < v->n; i++) {
		struct zone_code *code = row_of(c, v->code[i],
		    v->allow >> i & 1, now);

		if (code != NULL) {
			hit(code, label, now);
		}
	}
	news = moved(c, &c->any);
	for (unsigned i = 0; i < c->n; i++) {
		news |= moved(c, &c->v[i]);
	}
	return news;
}

void
codes_entry(const struct zone_codes *c, struct zone_entry *e_r)
{
	for (unsigned i = 0; i < c->n; i++) {
		e_r->code[i].code = c->v[i].code;
		e_r->code[i].weight = (float)codes_weight(c, &c->v[i]);
	}
	e_r->n_codes = (uint8_t)c->n;
	e_r->other_codes = c->n < ZONE_CODES ? 1 :
	    (float)codes_weight(c, &c->any);
}

void
codes_words(const struct zone_codes *c, const struct zone_code *code,
    char *dst, size_t size)
{
	struct precision p = counts_of(c, code);

	precision_words(&p, code->allow, dst, size);
}

/* The code that lost most, if that is worth a word: "" otherwise. */
void
codes_worst_words(const struct zone_codes *c, char *dst, size_t size)
{
	const struct zone_code *worst = NULL;
	char code[INET_ADDRSTRLEN], words[200];

	dst[0] = '\0';
	for (unsigned i = 0; i < c->n; i++) {
		if (worst == NULL || codes_weight(c, &c->v[i]) <
		    codes_weight(c, worst)) {
			worst = &c->v[i];
		}
	}
	if (worst == NULL || codes_weight(c, worst) > WORTH_SAYING) {
		return;
	}
	inet_ntop(AF_INET, &(struct in_addr){ worst->code }, code,
	    sizeof(code));
	codes_words(c, worst, words, sizeof(words));
	snprintf(dst, size, "code %s: %s", code, words);
}

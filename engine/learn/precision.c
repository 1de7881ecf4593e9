/*
 * precision - how much a listing says: the slow loop (reference c.6).
 *
 * Called by codes.c per (zone, code) with sums of labelled messages.  Pure.
 * The measure is the likelihood ratio of a listing, how much likelier spam has
 * one than ham; a list that names both alike says nothing, ln 1 = 0, whatever
 * it catches.  Twenty times as likely is full weight.
 *
 *	ratio  = ((hs+1)/(ns+5)) / ((hh+.5)/(nh+50))
 *	w_data = ln ratio / ln 20, kept in 0 ... 1
 *	weight = (50 + nh w_data) / (50 + nh)
 *
 * The pretended counts are Beta priors that think well of the list, so a new
 * zone has the operator's weight and loses it only to evidence, at the pace of
 * the ham seen: a mistake on ham is what costs.  For an allow list ham and spam
 * change places throughout, shrinkage included: its mistake is spam.
 *
 * Labels must not contain the list's own vote, or it would prove itself right;
 * stat_label_of takes the score without any DNS list.  Unsure mail is left out:
 * "ham-like" spam of an outbreak would count against the best lists.
 */
#include "config.h"

#include "learn/stat.h"

#include <math.h>
#include <stdio.h>

#define HALF_LIFE	(30 * 86400.0)
#define FULL_RATIO	20.0
#define SHRINK		50.0

enum stat_label
stat_label_of(const struct stat_message *m)
{
	bool spam = m->score_without_lists >= m->reject_limit;

	if (m->reported_spam != m->rescued_ham) {
		return m->reported_spam ? LABEL_SPAM : LABEL_HAM;
	}
	if (m->reported_spam || spam == m->anchor) {
		return LABEL_NONE;
	}
	return spam ? LABEL_SPAM : LABEL_HAM;
}

void
precision_decay(struct precision *p, double now)
{
	double keep;

	if (p->decayed_at > 0 && now > p->decayed_at) {
		keep = exp2(-(now - p->decayed_at) / HALF_LIFE);
		p->hs *= keep;
		p->ns *= keep;
		p->hh *= keep;
		p->nh *= keep;
	}
	p->decayed_at = now;
}

/* Those a list should name, and those it must not. */
struct side {
	double hit, n;
};

static struct side
wanted(const struct precision *p, bool allow)
{
	return allow ? (struct side){ p->hh, p->nh } :
	    (struct side){ p->hs, p->ns };
}

static struct side
wrong(const struct precision *p, bool allow)
{
	return wanted(p, !allow);
}

double
precision_ratio(const struct precision *p, bool allow)
{
	struct side yes = wanted(p, allow), no = wrong(p, allow);

	return ((yes.hit + 1) / (yes.n + 5)) / ((no.hit + 0.5) / (no.n + 50));
}

double
precision_weight(const struct precision *p, bool allow)
{
	double n = wrong(p, allow).n;
	double data = log(precision_ratio(p, allow)) / log(FULL_RATIO);

	return (SHRINK + n * fmin(fmax(data, 0), 1)) / (SHRINK + n);
}

static double
percent(struct side s)
{
	return s.n > 0 ? 100 * s.hit / s.n : 0;
}

void
precision_words(const struct precision *p, bool allow, char *dst, size_t size)
{
	struct side spam = { p->hs, p->ns }, ham = { p->hh, p->nh };

	if (wrong(p, allow).n < 0.5) {
		snprintf(dst, size, "weight 1: no %s labelled yet",
		    allow ? "spam" : "ham");
		return;
	}
	snprintf(dst, size, "weight %.2f: lists %.3g %% of spam (%.0f seen) "
	    "and %.3g %% of ham (%.0f seen), a %s is %.3g times as likely to "
	    "be listed", precision_weight(p, allow), percent(spam), spam.n,
	    percent(ham), ham.n, allow ? "ham" : "spam",
	    precision_ratio(p, allow));
}

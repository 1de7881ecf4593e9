/*
 * fleet - what peers say of our zones, and how far it is heeded.
 *
 * Called by the keeper (learn_peer), one line at a time, in its one thread.
 * Decides three things and leaves the rest to the machine (ZEV_PEER):
 *
 *	is it new?	a line not newer than the node's last one is a
 *			replay; a quarantine told before is no news
 *	is it heeded?	a node whose last word on a zone was refuted by a
 *			round of ours is not heeded on that zone for a while:
 *			10 minutes, doubling to 6 hours.  So a node that lies
 *			cannot keep a zone in doubt
 *	are they enough? two nodes, or a fifth of a large fleet, that say so
 *			within ten minutes
 *
 * Two kinds of lines are acted upon, all others are information: that a zone is
 * in quarantine for what it answered (it is in doubt here until we looked),
 * and that it is degraded, since good senders are listed (we ask about ours;
 * it counts meanwhile, and no number of such nodes decides anything).
 *
 * The newest seq of each node is in the store, so a line cannot be replayed
 * after a restart; votes are not: ten minutes later they would be gone anyway.
 *
 * Limits: LIMIT_PEERS nodes.
 */
#include "config.h"

#include "learn/fleet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "learn/learn-priv.h"

#define HOLD_FIRST	PEERS_TIME
#define HOLD_MAX	(6 * HOUR)
#define QUORUM_MIN	2.0
#define QUORUM_SHARE	0.2
/* A node not heard of so long is not counted as one of the fleet. */
#define GONE		DAY

/* What one node said last of one zone. */
struct vote {
	bool broken;		/* "quarantined" */
	bool doubtful;		/* "degraded" */
	double since;		/* by its own clock */
	double heard;		/* zone time */
	double heeded;		/* the last time it made us look */
	bool open;		/* and what we found is not yet counted */
	unsigned refuted;	/* times in a row that we found nothing */
};

struct peer {
	char node[FLEET_NODE];
	uint64_t seq;
	double heard;
	struct vote votes[LIMIT_ZONES];
};

struct fleet {
	struct peer *v[LIMIT_PEERS];
	size_t n;
};

const char *
fleet_result_name(enum fleet_result r)
{
	static const char *const names[FLEET_RESULTS] = {
		[FLEET_NOTED] = "noted",
		[FLEET_KNOWN] = "known",
		[FLEET_DOUBTED] = "doubted",
		[FLEET_HELD] = "held",
		[FLEET_REPLAY] = "replay",
		[FLEET_NO_ZONE] = "no-zone",
		[FLEET_FULL] = "full",
	};

	return (unsigned)r < FLEET_RESULTS ? names[r] : "unknown";
}

/* ---- nodes ---- */

static struct peer *
find_peer(const struct fleet *f, const char *node)
{
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->v[i]->node, node) == 0) {
			return f->v[i];
		}
	}
	return NULL;
}

/* NULL: too many. */
static struct peer *
get_peer(struct learn *l, const char *node)
{
	struct peer *p;

	if (l->fleet == NULL) {
		l->fleet = arena_alloc(l->arena, sizeof(*l->fleet));
	}
	p = find_peer(l->fleet, node);
	if (p != NULL || l->fleet->n == LIMIT_PEERS) {
		return p;
	}
	p = arena_alloc(l->arena, sizeof(*p));
	record_text(p->node, sizeof(p->node), slice_cstr(node));
	if (l->store != NULL && store_peer_seq(l->store, node, &p->seq) != 0) {
		p->seq = 0;
	}
	l->fleet->v[l->fleet->n++] = p;
	return p;
}

static size_t
index_of(const struct learn *l, const struct zone_slot *slot)
{
	size_t i = 0;

	while (l->zones[i] != slot) {
		i++;
	}
	return i;
}

/* ---- votes ---- */

/* Do enough nodes say just now that the zone is broken? */
static bool
enough(const struct fleet *f, size_t zone, double now)
{
	double votes = 0, nodes = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct vote *v = &f->v[i]->votes[zone];

		nodes += now - f->v[i]->heard <= GONE;
		votes += v->broken && now - v->heard <= PEERS_TIME;
	}
	return votes >= fmax(QUORUM_MIN, ceil(QUORUM_SHARE * nodes));
}

/* Did we find nothing when we looked because of this node? */
static void
settle_last_word(struct vote *v, const struct zone_model *z)
{
	if (!v->open) {
		return;
	}
	v->open = false;
	if (z->quarantined_at >= v->heeded ||
	    (z->state == ZONE_DEGRADED && z->since >= v->heeded)) {
		v->refuted = 0;
	} else if (v->refuted < 16) {
		v->refuted++;
	}
}

static bool
held(const struct vote *v, double now)
{
	double hold;

	if (v->refuted == 0) {
		return false;
	}
	hold = fmin(HOLD_FIRST * exp2(v->refuted - 1), HOLD_MAX);
	return now - v->heeded < hold;
}

static bool
says_broken(const struct fleet_line *line)
{
	return line->state == ZONE_QUARANTINED &&
	    fleet_shares(line->state, line->reason);
}

static bool
says_doubtful(const struct fleet_line *line)
{
	return line->state == ZONE_DEGRADED &&
	    fleet_shares(line->state, line->reason);
}

static void
tell_machine(struct learn *l, struct zone_slot *slot,
    const struct fleet_line *line, double now)
{
	char detail[ZONE_DETAIL];
	struct zone_event ev = { .now = now,
	    .type = says_broken(line) ? ZEV_PEER : ZEV_PEER_DOUBTS,
	    .value = enough(l->fleet, index_of(l, slot), now),
	    .detail = detail };

	snprintf(detail, sizeof(detail), "%s says %s: %.100s", line->node,
	    zone_reason_name(line->reason), line->evidence);
	proof_add(&slot->proof, now, "peer", -1, detail);
	learn_apply(l, slot, &ev);
}

/* An undecided doubt: a second voice may decide it. */
static bool
undecided(const struct zone_model *z)
{
	return z->state == ZONE_SUSPECT && z->settled <= 0;
}

static enum fleet_result
hear(struct learn *l, struct zone_slot *slot, struct vote *v,
    const struct fleet_line *line, double now)
{
	bool broken = says_broken(line), doubtful = says_doubtful(line);
	bool news = line->since > v->since || (broken && !v->broken) ||
	    (doubtful && !v->doubtful);

	v->broken = broken;
	v->doubtful = doubtful;
	v->since = line->since;
	v->heard = now;
	if (!broken && !doubtful) {
		return FLEET_NOTED;
	}
	if (!news) {
		if (broken && undecided(&slot->model)) {
			tell_machine(l, slot, line, now);
		}
		return FLEET_KNOWN;
	}
	settle_last_word(v, &slot->model);
	if (held(v, now)) {
		return FLEET_HELD;
	}
	v->heeded = now;
	v->open = true;
	tell_machine(l, slot, line, now);
	return FLEET_DOUBTED;
}

enum fleet_result
learn_peer(struct learn *l, const struct fleet_line *line, double now)
{
	struct zone_slot *slot = learn_find(l, line->zone);
	struct peer *p = get_peer(l, line->node);
	enum fleet_result result;

	if (p == NULL) {
		return FLEET_FULL;
	}
	if (line->seq <= p->seq) {
		return FLEET_REPLAY;
	}
	p->seq = line->seq;
	p->heard = now;
	if (slot == NULL) {
		return FLEET_NO_ZONE;
	}
	if (l->store != NULL && !l->store_failing) {
		store_peer_save(l->store, line, now);
	}
	result = hear(l, slot, &p->votes[index_of(l, slot)], line, now);
	return result;
}

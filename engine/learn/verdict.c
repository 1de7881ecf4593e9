/*
 * verdict - what the end of a probe round means, one function per state.
 *
 * Called by the machine at ZEV_ROUND_END.  Pure.  verdict_round() looks up the
 * state in a table; the functions above it are the "leaves when" column of
 * reliability reference c.3.
 *
 * Every way into QUARANTINED is here, at the end of a round that also asked
 * the global canary: the owner knows by then whether the resolver lies.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <math.h>

typedef unsigned ender(struct zone_model *z, const struct round_sum *s,
    double now);

/* Two canaries of three (reference c.3), of however many were asked. */
static bool
blocked(const struct round_sum *s)
{
	return s->blocked >= 2 && 3 * s->blocked >= 2 * s->answered;
}

static unsigned
enter_blocked(struct zone_model *z, double now)
{
	return suspect_end(z, ZONE_BLOCKED, REASON_BLOCKED, now);
}

/* must-not counts only where enrollment found that it works */
static bool
must_not_dirty(const struct zone_model *z, const struct round_sum *s)
{
	return (z->must_not == 1 && class_dirty(s->must_not)) ||
	    (z->must_not6 == 1 && class_dirty(s->must_not6));
}

static void
add_dirt(struct zone_model *z, const struct round_sum *s)
{
	z->dirty += s->dirty;
	z->dirty_bogus |= s->bogus > 0;
	z->hint |= must_not_dirty(z, s);
}

static bool
reserved_clean(const struct zone_model *z, const struct round_sum *s)
{
	return s->clean >= 2 && s->dirty == 0 && s->blocked == 0 &&
	    !must_not_dirty(z, s);
}

static bool
v6_alone(const struct zone_model *z)
{
	return z->must_list != 1 && z->must_list6 == 1;
}

/* The one of IPv6 where there is no other. */
static enum ask_class
test_entry(const struct zone_model *z, const struct round_sum *s)
{
	return v6_alone(z) ? s->must_list6 : s->must_list;
}

/* All that was asked came back as a healthy zone answers. */
static bool
round_clean(const struct zone_model *z, const struct round_sum *s)
{
	return reserved_clean(z, s) && (!zone_has_entry(z) ||
	    entry_listed(test_entry(z, s)));
}

/* Counts rounds in a row without the test entry (F7). */
static bool
emptied(struct zone_model *z, const struct round_sum *s)
{
	enum ask_class entry = test_entry(z, s);

	if (entry_listed(s->must_list)) {
		z->must_list = 1;
	}
	if (entry_listed(entry)) {
		z->must_list_missing = 0;
	} else if (entry == ASK_CLEAN && zone_has_entry(z)) {
		z->must_list_missing++;
	}
	return z->must_list_missing >= EMPTY_ROUNDS;
}

static unsigned
end_new(struct zone_model *z, const struct round_sum *s, double now)
{
	enum zone_reason why = REASON_BROKEN;

	switch (enroll_judge(z, s)) {
	case ENROLL_CLEAN:
		z->learning_since = now;
		z->lookups_learning = 0;
		return zone_enter(z, ZONE_LEARNING, REASON_NONE, now) |
		    zone_note_clean(z, now);
	case ENROLL_BLOCKED:
		return enter_blocked(z, now);
	case ENROLL_BROKEN:
		break;
	case ENROLL_SILENT:
		why = breaker_reason(z);
		break;
	}
	if (why == z->reason) {
		return 0;
	}
	z->reason = why;
	return WISH_PUBLISH | WISH_NOTE;
}

/* LEARNING, TRUSTED, DEGRADED, STALE */
static unsigned
end_good(struct zone_model *z, const struct round_sum *s, double now)
{
	if (blocked(s)) {
		return enter_blocked(z, now);
	}
	if (s->dirty > 0 || must_not_dirty(z, s)) {
		bool due = z->panel_due;
		unsigned wishes;

		add_dirt(z, s);
		wishes = suspect_begin(z, z->dirty_bogus ? REASON_BOGUS :
		    REASON_CONTROL, now);
		z->panel_due = due;
		return wishes;
	}
	enroll_late(z, s);
	if (emptied(z, s)) {
		return zone_enter(z, ZONE_EMPTY, REASON_EMPTY, now);
	}
	if (z->panel_due && s->clean >= 2) {
		/* canaries see nothing; senders known to be good may */
		return zone_open_round(z, WISH_PANEL, now) |
		    zone_note_clean(z, now);
	}
	return s->clean > 0 ? zone_note_clean(z, now) : 0;
}

static unsigned
end_suspect(struct zone_model *z, const struct round_sum *s, double now)
{
	if (blocked(s)) {
		return enter_blocked(z, now);
	}
	add_dirt(z, s);
	if (z->want & WISH_CANARIES) {
		return 0;	/* those asked the global canary too: wait */
	}
	if (suspect_guilty(z)) {
		return suspect_end(z, ZONE_QUARANTINED, z->dirty_bogus ?
		    REASON_BOGUS : REASON_WILDCARD, now);
	}
	if (s->clean < 2) {
		/* lost: enough peers decide, or again in a few seconds */
		return now < z->peers_until ? suspect_end(z,
		    ZONE_QUARANTINED, REASON_PEER, now) : 0;
	}
	if (z->panel_due) {
		/* canaries see nothing; senders known to be good may */
		return zone_open_round(z, WISH_PANEL, now);
	}
	return suspect_settle(z, now) | zone_note_clean(z, now);
}

/*
 * A zone that began to list some reserved space on purpose looks half wild
 * for ever.  An enrollment tells; what it drops stays dropped, and the rounds
 * that follow have to be clean without it.
 */
static bool
relearned(struct zone_model *z, const struct round_sum *s)
{
	z->mixed = false;
	return enroll_judge(z, s) == ENROLL_CLEAN;
}

/*
 * Put here on the word of peers, for a fixed time.  What we see ourselves
 * meanwhile makes it our own case.
 */
static void
see_ourselves(struct zone_model *z, const struct round_sum *s)
{
	if (z->reason == REASON_PEER && s->dirty >= 2) {
		z->reason = s->bogus > 0 ? REASON_BOGUS : REASON_WILDCARD;
	}
}

unsigned
leave_quarantine(struct zone_model *z, double now)
{
	return z->enrolled ? zone_enter(z, ZONE_PROBATION, REASON_NONE, now) :
	    zone_enter(z, ZONE_NEW, REASON_NONE, now);
}

/* Dwell over and rounds clean.  After partial, which they never saw, the
 * senders known to be good are asked. */
static unsigned
recovered(struct zone_model *z, double now)
{
	if (z->reason != REASON_PARTIAL) {
		return leave_quarantine(z, now);
	}
	return now < z->panel_next ? 0 : zone_open_round(z, WISH_PANEL, now);
}

static unsigned
end_quarantined(struct zone_model *z, const struct round_sum *s, double now)
{
	bool over = now >= z->quarantined_at + z->dwell;
	unsigned wishes = 0;

	see_ourselves(z, s);
	if (round_clean(z, s) || (z->mixed && relearned(z, s))) {
		z->clean_rounds++;
		z->must_list_missing = 0;
		wishes = zone_note_clean(z, now);
	} else if (s->dirty > 0 || s->blocked > 0 || must_not_dirty(z, s)) {
		z->clean_rounds = 0;
		z->must_list_missing = 0;
		/* of a list of IPv6, clean addresses of IPv4 say nothing */
		z->mixed = over && s->pools_clean != 0 && s->dirty > 0 &&
		    s->bogus == 0 && s->must_not == ASK_CLEAN &&
		    !(v6_alone(z) && s->dirty6 > 0);
		/* the fixed test names may be cached as listed (F14) */
		wishes = WISH_FLUSH;
	} else if (reserved_clean(z, s) && emptied(z, s) && over) {
		return zone_enter(z, ZONE_EMPTY, REASON_EMPTY, now);
	}
	if (over && (z->clean_rounds >= CLEAN_ROUNDS ||
	    (z->reason == REASON_PEER && s->dirty == 0))) {
		return wishes | recovered(z, now);
	}
	return wishes;
}

static unsigned
end_blocked(struct zone_model *z, const struct round_sum *s, double now)
{
	if (s->dirty >= 2) {
		return zone_enter(z, ZONE_QUARANTINED, s->bogus > 0 ?
		    REASON_BOGUS : REASON_WILDCARD, now);
	}
	if (!reserved_clean(z, s)) {
		z->clean_rounds = 0;
		z->backoff = fmin(2 * z->backoff, BLOCK_MAX);
		return WISH_FLUSH;
	}
	if (++z->clean_rounds < BLOCK_CLEAN) {
		return 0;
	}
	return leave_quarantine(z, now);
}

static unsigned
end_down(struct zone_model *z, const struct round_sum *s, double now)
{
	enum zone_state back = z->before_down;
	unsigned wishes;

	if (s->answered < 2) {
		return 0;
	}
	if (blocked(s)) {
		return enter_blocked(z, now);
	}
	if (!z->enrolled) {
		return zone_enter(z, ZONE_NEW, REASON_NONE, now);
	}
	if (s->dirty >= 2) {		/* back from the dead as F2, ORDB */
		return suspect_end(z, ZONE_QUARANTINED, s->bogus > 0 ?
		    REASON_BOGUS : REASON_WILDCARD, now);
	}
	if (back == ZONE_SUSPECT) {
		back = z->before_suspect;
	}
	wishes = suspect_end(z, back, REASON_NONE, now);
	if (s->dirty == 1) {
		add_dirt(z, s);
		return wishes | suspect_begin(z, REASON_CONTROL, now);
	}
	return wishes | zone_note_clean(z, now);
}

static unsigned
end_empty(struct zone_model *z, const struct round_sum *s, double now)
{
	if (blocked(s)) {
		return enter_blocked(z, now);
	}
	if (s->dirty > 0) {
		return end_good(z, s, now);
	}
	if (!entry_listed(test_entry(z, s))) {
		return 0;
	}
	z->learning_since = now;
	z->lookups_learning = 0;
	return zone_enter(z, ZONE_LEARNING, REASON_NONE, now) |
	    zone_note_clean(z, now);
}

static unsigned
end_probation(struct zone_model *z, const struct round_sum *s, double now)
{
	if (!round_clean(z, s)) {
		return end_good(z, s, now);
	}
	z->clean_rounds++;
	z->must_list_missing = 0;
	if (now - z->since >= PROBATION_TIME &&
	    z->clean_rounds >= CLEAN_ROUNDS) {
		return zone_enter_good(z, now) | zone_note_clean(z, now);
	}
	return zone_note_clean(z, now);
}

static ender *const on_end[ZONE_STATES] = {
	[ZONE_NEW] = end_new,
	[ZONE_LEARNING] = end_good,
	[ZONE_TRUSTED] = end_good,
	[ZONE_SUSPECT] = end_suspect,
	[ZONE_DEGRADED] = end_good,
	[ZONE_QUARANTINED] = end_quarantined,
	[ZONE_BLOCKED] = end_blocked,
	[ZONE_DOWN] = end_down,
	[ZONE_EMPTY] = end_empty,
	[ZONE_STALE] = end_good,
	[ZONE_PROBATION] = end_probation,
};

unsigned
verdict_round(struct zone_model *z, const struct round_sum *s, double now)
{
	return on_end[z->state] != NULL ? on_end[z->state](z, s, now) : 0;
}

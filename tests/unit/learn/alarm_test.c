/*
 * alarm_test - statistics, panels and what they do to a zone's state.
 *
 * A zone whose canaries are always clean, as one is that lists a third of the
 * world: only the share of known-good senders it lists differs.  ask() does
 * what the keeper does.  Stories of reliability reference c.3 to c.5.
 */
#include "config.h"

#include "learn/learn.h"

#include "tests/tap/tap.h"

#define MIN	60.0
#define HOUR	3600.0
#define DAY	86400.0
#define T0	1.6e9

struct zone {
	struct zone_model z;
	double now;
	enum ask_class canaries;	/* what reserved names are answered */
	bool must_list_gone;
	size_t members;
	double good_listed;		/* share of the members */
	bool panel_silent;
	unsigned rounds, panels, batches, probes, flushes, published;
	uint64_t seed, sender;
	unsigned listed_so_far;
};

static void tell(struct zone *s, struct zone_event ev);

static void
canary(struct zone *s, enum canary c, enum ask_class cls, uint64_t turn)
{
	tell(s, (struct zone_event){ .type = ZEV_CANARY, .probe = (int)c,
	    .value = (int)cls, .turn = turn, .rcode = 3, .number = 0.02,
	    .detail = "x.bl.example.org -> y" });
}

static void
begin_panel(struct zone *s)
{
	struct panel p = { .n = s->members < PANEL_MEMBERS ? s->members :
	    PANEL_MEMBERS, .eligible = s->members };

	s->panels++;
	s->probes = 0;
	tell(s, (struct zone_event){ .type = ZEV_PANEL, .panel = &p });
}

/* Listed ones evenly spread over the members, so that shares are exact. */
static bool
is_listed(const struct zone *s, unsigned i)
{
	return (unsigned)((i + 1) * s->good_listed + 1e-9) >
	    (unsigned)(i * s->good_listed + 1e-9);
}

static void
ask_panel(struct zone *s)
{
	size_t n = s->members < PANEL_MEMBERS ? s->members : PANEL_MEMBERS;

	s->batches++;
	for (unsigned k = stat_panel_wanted(&s->z.stat); k > 0 &&
	    s->probes < n; k--) {
		unsigned i = s->probes++;

		canary(s, CANARY_PANEL, s->panel_silent ? ASK_UNKNOWN :
		    is_listed(s, i) ? ASK_LISTED : ASK_CLEAN, i + 1);
	}
}

static void
ask(struct zone *s, unsigned wish)
{
	s->rounds++;
	s->now += 0.05;
	if (wish & WISH_PANEL) {
		ask_panel(s);
	} else {
		if (!(wish & WISH_CANARIES)) {
			canary(s, CANARY_MUST_NOT, ASK_CLEAN, 0);
			canary(s, CANARY_MUST_LIST, s->must_list_gone ?
			    ASK_CLEAN : ASK_LISTED, 0);
		}
		for (int i = 0; i < (wish & WISH_ENROLL ? 12 : 3); i++) {
			canary(s, CANARY_BENCH + i % 4, s->canaries, 0);
		}
	}
	tell(s, (struct zone_event){ .type = ZEV_ROUND_END });
}

static void
tell(struct zone *s, struct zone_event ev)
{
	unsigned wishes;

	ev.now = s->now;
	wishes = zone_model_event(&s->z, &ev);
	s->flushes += (wishes & WISH_FLUSH) != 0;
	s->published += (wishes & WISH_PUBLISH) != 0;
	if ((wishes & WISH_PANEL) && s->z.panel_batches == 0) {
		begin_panel(s);
	}
	if (wishes & WISH_PROBES) {
		ask(s, wishes);
	}
}

static void
pass(struct zone *s, double seconds)
{
	double end = s->now + seconds;

	while (s->now < end) {
		s->now += seconds > HOUR ? 10 : 1;
		tell(s, (struct zone_event){ .type = ZEV_TICK });
	}
}

static double
draw(struct zone *s)
{
	s->seed ^= s->seed << 13;
	s->seed ^= s->seed >> 7;
	s->seed ^= s->seed << 17;
	return (double)(s->seed >> 11) / 9007199254740992.0;
}

static void
subject(struct zone *s, bool listed, bool anchor)
{
	struct subject j = { .key = ++s->sender, .net = s->sender,
	    .all = true, .anchor = anchor, .listed = listed };

	s->listed_so_far += listed;
	tell(s, (struct zone_event){ .type = ZEV_SUBJECT, .subject = &j });
}

/* n senders a second apart, p of them listed; one in five is known good. */
static void
mail(struct zone *s, unsigned n, double p, double good_p)
{
	for (unsigned i = 0; i < n; i++) {
		bool anchor = s->sender % 5 == 0;

		s->now += 0.6;
		tell(s, (struct zone_event){ .type = ZEV_TICK });
		subject(s, draw(s) < (anchor ? good_p : p), anchor);
	}
}

/* TRUSTED, a baseline of 20 %, 40 members of whom none is listed. */
static struct zone
trusted(void)
{
	struct zone s = { .now = T0, .canaries = ASK_CLEAN, .members = 40,
	    .seed = 88172645463325252u };

	zone_model_init(&s.z, "bl.example.org", ZONE_KIND_IP, s.now);
	pass(&s, 2);
	tell(&s, (struct zone_event){ .type = ZEV_LOOKUPS, .n = 600,
	    .number = 0.03 });
	pass(&s, DAY + 60);
	mail(&s, 3000, 0.25, 0.004);
	pass(&s, HOUR);
	is_int(s.z.state, ZONE_TRUSTED, "trusted");
	s.panels = s.rounds = s.batches = s.published = 0;
	return s;
}

static double
weight(const struct zone *s)
{
	return zone_model_weight(&s->z);
}

static void
words(const struct zone *s, const char *want)
{
	char w[800];

	zone_model_words(&s->z, s->now, w, sizeof(w));
	ok(strstr(w, want) != NULL, "'%s' in: %s", want, w);
}

/* Spam from 20 to 90 % listed: rings, is looked into, changes nothing. */
static void
test_outbreak(void)
{
	struct zone s = trusted();
	struct zone_entry e;
	double began = s.now, since = s.z.since;

	while (s.panels == 0 && s.now - began < HOUR) {
		mail(&s, 1, 0.9, 0.004);
	}
	is_int(s.panels, 1, "an outbreak rings: one panel");
	is_int(s.batches, 1, "in one round");
	is_int(s.z.state, ZONE_TRUSTED, "which is healthy: trusted as before");
	is_num(weight(&s), 1, "it counts");
	zone_model_entry(&s.z, &e);
	is_int(e.controls, 1, "with one control, as before");
	mail(&s, 900, 0.9, 0.004);	/* nine minutes */
	is_int(s.panels, 1, "no other panel for ten minutes");
	mail(&s, 200, 0.9, 0.004);
	is_int(s.panels, 2, "then one again");
	mail(&s, 5000, 0.9, 0.004);
	ok(s.panels <= 4, "%u panels in an hour: ever less", s.panels);
	ok(s.z.stat.base.p0 > 0.4, "it is the new normal: %.2f",
	    s.z.stat.base.p0);
	is_num(s.z.since, since, "none of them changed its state");
}

static void
test_an_alarm_costs_questions_only(void)
{
	struct zone s = trusted();
	struct zone_event tick = { .type = ZEV_TICK };
	struct subject j = { .key = 1, .net = 1, .all = true, .anchor = true,
	    .listed = true };
	struct zone_event ev = { .type = ZEV_SUBJECT, .subject = &j };
	struct zone_entry e;
	unsigned wishes = 0;

	for (unsigned i = 0; i < 50 && !(wishes & WISH_CANARIES); i++) {
		ev.now = s.now += 1;
		wishes = zone_model_event(&s.z, &ev);
	}
	ok(wishes & WISH_CANARIES, "known-good senders are listed: canaries");
	ok(!(wishes & WISH_NOTE), "no change of state");
	is_num(weight(&s), 1, "full weight");
	for (int i = 0; i < 3; i++) {
		canary(&s, CANARY_BENCH, ASK_CLEAN, 0);
	}
	tick = (struct zone_event){ .type = ZEV_ROUND_END, .now = s.now };
	wishes = zone_model_event(&s.z, &tick);
	ok(wishes & WISH_PANEL, "clean canaries: now the panel");
	ok(wishes & WISH_FLUSH, "not out of the resolver's cache");
	ok(wishes & WISH_RESOLVER, "and the resolver is looked at, too");
	zone_model_entry(&s.z, &e);
	is_num(e.weight, 1, "full weight in the table");
	is_int(e.controls, 1, "and one control as before");
}

/* The canaries that an alarm asks may see what no control has seen yet. */
static void
test_alarm_and_a_dirty_canary(void)
{
	struct zone s = trusted();

	s.canaries = ASK_LISTED;
	s.good_listed = 1;
	for (unsigned i = 0; i < 50 && s.z.state == ZONE_TRUSTED; i++) {
		subject(&s, true, true);
		s.now += 1;
	}
	is_int(s.z.state, ZONE_QUARANTINED, "quarantined by its canaries");
	is_int(s.panels, 0, "no panel was needed");
}

/* +30 %, canaries clean (F4, scenario 6). */
static void
test_partial_break(void)
{
	struct zone s = trusted();
	unsigned listed;

	s.good_listed = 0.3;
	listed = s.listed_so_far;
	for (unsigned i = 0; i < 400 && s.z.state == ZONE_TRUSTED; i++) {
		mail(&s, 1, 0.2 + 0.8 * 0.3, 0.3);
	}
	is_int(s.z.state, ZONE_QUARANTINED, "quarantined");
	is_int(s.z.reason, REASON_PARTIAL, "partial");
	is_num(weight(&s), 0, "counts nothing");
	is_int(s.panels, 1, "one panel decided");
	is_int(s.batches, 1, "in one round");
	ok(s.listed_so_far - listed < 150, "after %u listed senders",
	    s.listed_so_far - listed);
	words(&s, "senders known to be good are listed)");
	words(&s, "a clean panel");
	ok(!zone_state_asks(s.z.state), "lookups stop");
}

static struct zone
quarantined(void)
{
	struct zone s = trusted();

	s.good_listed = 0.3;
	for (unsigned i = 0; i < 400 && s.z.state != ZONE_QUARANTINED; i++) {
		mail(&s, 1, 0.5, 0.3);
	}
	is_int(s.z.state, ZONE_QUARANTINED, "quarantined: partial");
	s.panels = 0;
	return s;
}

static void
test_partial_recovery(void)
{
	struct zone s = quarantined();
	double repaired;

	pass(&s, 3 * HOUR);
	is_int(s.z.state, ZONE_QUARANTINED, "clean canaries do not free it");
	ok(s.panels >= 6 && s.panels <= 18, "%u panels in three hours",
	    s.panels);
	s.good_listed = 0.01;
	repaired = s.now;
	while (s.z.state == ZONE_QUARANTINED && s.now - repaired < DAY) {
		pass(&s, 10);
	}
	is_int(s.z.state, ZONE_PROBATION, "a healthy panel does");
	ok(s.now - repaired <= 16 * MIN, "%.0f minutes after the repair",
	    (s.now - repaired) / MIN);
	pass(&s, 15 * MIN);
	is_num(weight(&s), 1, "then full weight");
}

static void
test_panel_that_is_not_answered(void)
{
	struct zone s = quarantined();

	s.panel_silent = true;
	pass(&s, 2 * HOUR);
	is_int(s.z.state, ZONE_QUARANTINED, "silence frees nobody");

	s = trusted();
	s.panel_silent = true;
	while (s.panels == 0) {
		mail(&s, 1, 0.9, 0.3);
	}
	is_int(s.z.state, ZONE_TRUSTED, "and condemns nobody");
	ok(s.batches <= 5, "%u rounds at most", s.batches);
}

static void
test_relapse_on_probation(void)
{
	struct zone s = quarantined();
	double dwell = s.z.dwell;

	s.good_listed = 0;
	while (s.z.state != ZONE_PROBATION) {
		pass(&s, 10);
	}
	s.good_listed = 0.5;
	for (unsigned i = 0; i < 600 && s.z.state == ZONE_PROBATION; i++) {
		mail(&s, 1, 0.6, 0.5);
	}
	is_int(s.z.state, ZONE_QUARANTINED, "broken again on probation");
	is_num(s.z.dwell, 2 * dwell, "the dwell doubles");
}

static struct zone
degraded_with(size_t members)
{
	struct zone s = trusted();

	s.members = members;
	s.good_listed = 0.1;		/* 4 of 40: more than chance */
	for (unsigned i = 0; i < 3000 && s.z.state != ZONE_DEGRADED; i++) {
		mail(&s, 1, 0.3, 0.1);
	}
	is_int(s.z.state, ZONE_DEGRADED, "+10 %%: degraded");
	s.panels = 0;
	return s;
}

/* All who can be asked have been. */
static struct zone
degraded(void)
{
	return degraded_with(40);
}

static void
test_degraded(void)
{
	struct zone s = degraded();
	struct zone_entry e;
	double began = s.now;

	is_num(weight(&s), 0.5, "counts half");
	zone_model_entry(&s.z, &e);
	is_int(e.controls, 3, "with three controls");
	words(&s, "degraded: partial");
	s.good_listed = 0;
	while (s.z.state == ZONE_DEGRADED && s.now - began < DAY) {
		pass(&s, 10);
	}
	is_int(s.z.state, ZONE_TRUSTED, "healthy panels end it");
	is_int(s.panels, 3, "three of them");
	ok(s.now - began >= 30 * MIN && s.now - began < 35 * MIN,
	    "ten minutes apart: %.0f", (s.now - began) / MIN);
	is_num(weight(&s), 1, "full weight");
}

static void
test_degraded_gets_worse(void)
{
	struct zone s = degraded();

	pass(&s, MIN);
	is_int(s.z.state, ZONE_DEGRADED, "still in doubt");
	s.good_listed = 0.5;
	pass(&s, 11 * MIN);
	is_int(s.z.state, ZONE_QUARANTINED, "a broken panel is a quarantine");
	is_int(s.z.reason, REASON_PARTIAL, "partial");
}

/* 40 senders could not decide; others are asked without a pause. */
static void
test_degraded_asks_on(void)
{
	struct zone s = degraded_with(200);

	s.good_listed = 0.5;
	pass(&s, 5);
	is_int(s.panels, 1, "a panel goes on with other senders");
	is_int(s.z.state, ZONE_QUARANTINED, "and decides at once");

	s = degraded_with(200);
	pass(&s, 9 * MIN);
	is_int(s.panels, 1, "but once, not again and again");
	pass(&s, 2 * MIN);
	is_int(s.panels, 2, "the next one is ten minutes away");
}

static void
test_degraded_and_doubted(void)
{
	struct zone s = degraded();

	tell(&s, (struct zone_event){ .type = ZEV_CONTROL,
	    .value = ASK_LISTED, .detail = "q -> a" });
	is_int(s.z.state, ZONE_SUSPECT, "a dirty control");
	is_num(weight(&s), 0.5, "settled: no more weight than before");
	s.good_listed = 0.1;
	pass(&s, HOUR + 60);
	is_int(s.z.state, ZONE_DEGRADED, "and back to where it was");
}

static void
test_few_members(void)
{
	struct zone s = trusted();

	s.members = 6;
	s.good_listed = 1;
	for (unsigned i = 0; i < 400 && s.panels == 0; i++) {
		mail(&s, 1, 0.6, 0.5);
	}
	is_int(s.z.state, ZONE_DEGRADED, "six friends cannot condemn");

	s = trusted();
	s.members = 0;
	for (unsigned i = 0; i < 400 && s.panels == 0; i++) {
		mail(&s, 1, 0.9, 0.004);
	}
	is_int(s.panels, 1, "nobody to ask: the alarm is heard");
	is_int(s.z.state, ZONE_TRUSTED, "and nothing is proved");
	mail(&s, 20000, 0.9, 0.004);
	ok(s.panels < 10, "what goes on is the new normal: %u panels",
	    s.panels);

	s = degraded();
	s.members = 0;
	pass(&s, 35 * MIN);
	is_int(s.z.state, ZONE_TRUSTED, "and nobody is degraded for ever");
}

/* Two of forty: healthy, but another is asked without an alarm, and the sum
 * of both decides. */
static void
test_doubts_are_asked_again(void)
{
	struct zone s = trusted();

	s.members = 200;
	s.good_listed = 0.075;		/* 3 of 40 */
	for (unsigned i = 0; i < 3000 && s.panels == 0; i++) {
		mail(&s, 1, 0.5, 0.004);
	}
	is_int(s.z.state, ZONE_TRUSTED, "three of forty: healthy");
	is_int(s.panels, 1, "one panel");
	pass(&s, 9 * MIN);
	is_int(s.panels, 1, "ten minutes of rest");
	s.good_listed = 0.3;
	pass(&s, 2 * MIN);
	is_int(s.panels, 2, "then another");
	is_int(s.z.state, ZONE_QUARANTINED, "which may condemn");

	s = trusted();
	s.members = 200;
	s.good_listed = 0.075;
	for (unsigned i = 0; i < 3000 && s.panels == 0; i++) {
		mail(&s, 1, 0.5, 0.004);
	}
	s.good_listed = 0;
	pass(&s, 11 * MIN);
	is_int(s.panels, 2, "or acquit");
	pass(&s, 5 * HOUR);
	is_int(s.panels, 2, "and then it is over");
	is_int(s.z.state, ZONE_TRUSTED, "trusted");
}

/* All listed: the canaries know before any panel. */
static void
test_wildcard_needs_no_panel(void)
{
	struct zone s = trusted();

	s.canaries = ASK_LISTED;
	s.good_listed = 1;
	for (unsigned i = 0; i < 100 && s.z.state == ZONE_TRUSTED; i++) {
		mail(&s, 1, 1, 1);
	}
	is_int(s.z.state, ZONE_QUARANTINED, "quarantined");
	is_int(s.z.reason, REASON_WILDCARD, "wildcard");
	is_int(s.panels, 0, "no panel");
}

/* Nothing is listed any more (F7, scenario 18). */
static void
test_collapse(void)
{
	struct zone s = trusted();
	double began = s.now;

	s.must_list_gone = true;
	while (s.z.state != ZONE_EMPTY && s.now - began < HOUR) {
		mail(&s, 1, 0, 0);
	}
	is_int(s.z.state, ZONE_EMPTY, "empty");
	ok(s.now - began < 6 * MIN, "%.1f minutes after: sooner than three "
	    "rounds", (s.now - began) / MIN);
	is_num(weight(&s), 1, "nothing to weigh");
	ok(!zone_state_asks(s.z.state), "lookups stop");
	s.rounds = 0;
	pass(&s, 10 * HOUR);
	ok(s.rounds <= 10, "%u rounds in ten hours", s.rounds);
	s.must_list_gone = false;
	pass(&s, HOUR + 60);
	is_int(s.z.state, ZONE_LEARNING, "its test entry is back: learning");

	s = trusted();
	s.flushes = 0;
	mail(&s, 400, 0, 0);
	ok(s.rounds > 0 && s.z.state == ZONE_TRUSTED,
	    "a quiet day with the test entry there changes nothing");
	ok(s.flushes > 0, "but it is asked afresh");
}

static void
test_unease(void)
{
	struct zone s = trusted();
	struct zone_entry e;
	unsigned n = 0;

	zone_model_entry(&s.z, &e);
	ok(!e.uneasy, "at ease");
	s.published = 0;
	while (!stat_uneasy(&s.z.stat) && n++ < 20) {
		subject(&s, true, true);
	}
	is_int(s.z.state, ZONE_TRUSTED, "half-way to an alarm");
	zone_model_entry(&s.z, &e);
	ok(e.uneasy, "the table says so");
	ok(s.published > 0, "and was published for it");
	mail(&s, 100, 0, 0);
	zone_model_entry(&s.z, &e);
	ok(!e.uneasy, "and takes it back");
}

static void
test_restart_in_doubt(void)
{
	struct zone s = trusted();

	s.z.state = ZONE_SUSPECT;
	s.z.before_suspect = ZONE_TRUSTED;
	s.z.settled = 0;
	s.z.reason = REASON_PEER;
	s.good_listed = 0.5;
	tell(&s, (struct zone_event){ .type = ZEV_RESTART });
	is_num(weight(&s), 0, "still nothing counts");
	pass(&s, 2);
	is_int(s.z.state, ZONE_QUARANTINED, "the panel is asked after all");
}

static void
test_resolver_in_mid_panel(void)
{
	struct zone s = trusted();
	struct subject j = { .key = 1, .net = 1, .all = true, .anchor = true,
	    .listed = true };
	struct zone_event ev = { .type = ZEV_SUBJECT, .subject = &j };

	for (unsigned i = 0; i < 50 && s.z.state == ZONE_TRUSTED; i++) {
		ev.now = s.now += 1;
		zone_model_event(&s.z, &ev);
	}
	ev = (struct zone_event){ .type = ZEV_RESOLVER_BAD, .now = s.now };
	zone_model_event(&s.z, &ev);
	is_int(s.z.state, ZONE_TRUSTED, "the resolver lied: no doubt");
	ok(!s.z.panel_due && !stat_panel_open(&s.z.stat), "no panel waits");
	for (unsigned i = 0; i < 50; i++) {
		subject(&s, true, true);
	}
	is_int(s.z.state, ZONE_TRUSTED, "and no subject counts");
}

static void
test_peer_saw_a_partial_break(void)
{
	struct zone s = trusted();

	s.good_listed = 0.5;
	tell(&s, (struct zone_event){ .type = ZEV_PEER, .detail = "mx1" });
	is_int(s.z.state, ZONE_QUARANTINED, "our own panel agrees");
	is_int(s.z.reason, REASON_PARTIAL, "and is the reason");
	s = trusted();
	tell(&s, (struct zone_event){ .type = ZEV_PEER, .detail = "mx1" });
	is_int(s.panels, 1, "a liar costs a panel");
	is_int(s.z.state, ZONE_TRUSTED, "and nothing else");
}

/* A node whose panel was cut off in doubt asks for ours, not for weight. */
static void
test_peer_is_in_doubt(void)
{
	struct zone s = trusted();
	double since = s.z.since;

	tell(&s, (struct zone_event){ .type = ZEV_PEER_DOUBTS,
	    .detail = "mx1" });
	is_int(s.panels, 1, "a healthy zone: a panel");
	is_int(s.z.state, ZONE_TRUSTED, "which acquits it");
	is_num(s.z.since, since, "it was trusted all the time");
	s.good_listed = 0.5;
	tell(&s, (struct zone_event){ .type = ZEV_PEER_DOUBTS,
	    .detail = "mx1" });
	is_int(s.z.state, ZONE_QUARANTINED, "a broken one: our panel says so");
	is_int(s.z.reason, REASON_PARTIAL, "and is the reason");
	s = trusted();
	s.canaries = ASK_LISTED;
	tell(&s, (struct zone_event){ .type = ZEV_PEER_DOUBTS,
	    .detail = "mx1" });
	is_int(s.z.reason, REASON_WILDCARD, "canaries see what they can see");
}

/* Settled after a doubt: canaries alone would not see what the peer saw. */
static void
test_peer_after_a_doubt(void)
{
	struct zone s = trusted();

	tell(&s, (struct zone_event){ .type = ZEV_CONTROL,
	    .value = ASK_LISTED, .detail = "x -> 127.0.0.2" });
	is_int(s.z.state, ZONE_SUSPECT, "one dirty control");
	ok(s.z.settled > 0, "settled");
	s.good_listed = 0.5;
	tell(&s, (struct zone_event){ .type = ZEV_PEER, .detail = "mx1" });
	is_int(s.z.state, ZONE_QUARANTINED, "a peer: our panel agrees");
	is_int(s.z.reason, REASON_PARTIAL, "and is the reason");
}

int
main(void)
{
	test_outbreak();
	test_an_alarm_costs_questions_only();
	test_alarm_and_a_dirty_canary();
	test_partial_break();
	test_partial_recovery();
	test_panel_that_is_not_answered();
	test_relapse_on_probation();
	test_degraded();
	test_degraded_gets_worse();
	test_degraded_asks_on();
	test_degraded_and_doubted();
	test_few_members();
	test_doubts_are_asked_again();
	test_wildcard_needs_no_panel();
	test_collapse();
	test_unease();
	test_restart_in_doubt();
	test_resolver_in_mid_panel();
	test_peer_saw_a_partial_break();
	test_peer_is_in_doubt();
	test_peer_after_a_doubt();
	return tap_done();
}

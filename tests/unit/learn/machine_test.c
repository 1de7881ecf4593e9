/*
 * machine_test - lives of zones, played in virtual time.
 *
 * A world says what each canary is answered at a given moment; step() lets
 * time pass and does what the machine wishes, as the keeper would.  Each test
 * is a story out of the reliability reference, section (d).
 */
#include "config.h"

#include "learn/learn.h"

#include "tests/tap/tap.h"

#define MIN	60.0
#define HOUR	3600.0
#define DAY	86400.0
#define T0	1.6e9

/* What a zone answers to one canary. */
typedef enum ask_class world(enum canary c, double now, unsigned nth);

struct sim {
	struct zone_model z;
	world *world;
	double now;
	unsigned nth;		/* questions so far */
	unsigned rounds, flushes, notes, resolver_probes;
	unsigned entered[ZONE_STATES];
	bool lose_rounds;	/* the owner never reports */
};

static enum ask_class
healthy(enum canary c, double now, unsigned nth)
{
	return c == CANARY_MUST_LIST ? ASK_LISTED : ASK_CLEAN;
}

static enum ask_class
bogus(enum canary c, double now, unsigned nth)
{
	return c == CANARY_INVALID ? ASK_CLEAN : ASK_BOGUS;
}

static enum ask_class
wildcard(enum canary c, double now, unsigned nth)
{
	return c == CANARY_INVALID ? ASK_CLEAN :
	    c == CANARY_MUST_NOT ? ASK_BLOCKED : ASK_LISTED;
}

/* 0.0.0.0/0 listed, 127.0.0.1 excluded (F3) */
static enum ask_class
sly(enum canary c, double now, unsigned nth)
{
	return c == CANARY_MUST_NOT || c == CANARY_INVALID ? ASK_CLEAN :
	    ASK_LISTED;
}

static enum ask_class
dead(enum canary c, double now, unsigned nth)
{
	return c == CANARY_INVALID ? ASK_CLEAN : ASK_UNKNOWN;
}

static enum ask_class
blocking(enum canary c, double now, unsigned nth)
{
	return c == CANARY_INVALID ? ASK_CLEAN : ASK_BLOCKED;
}

static enum ask_class
emptied(enum canary c, double now, unsigned nth)
{
	return ASK_CLEAN;
}

static void event(struct sim *s, struct zone_event ev);

static void
probe(struct sim *s, enum canary c)
{
	event(s, (struct zone_event){ .type = ZEV_CANARY, .probe = (int)c,
	    .value = (int)s->world(c, s->now, s->nth++), .rcode = 2,
	    .number = 0.02, .detail = "x.example.org -> y" });
}

static void
do_round(struct sim *s, unsigned wish)
{
	static const enum canary of[] = { CANARY_BENCH, CANARY_CLASS_E,
	    CANARY_SHARED, CANARY_TESTNET };
	bool ip = s->z.kind == ZONE_KIND_IP;
	unsigned asked = 0;

	s->rounds++;
	if (!(wish & WISH_CANARIES)) {
		probe(s, CANARY_MUST_NOT);
		probe(s, CANARY_MUST_LIST);
	}
	if (wish & WISH_RESOLVER) {
		s->resolver_probes++;
		probe(s, CANARY_INVALID);
	}
	for (unsigned i = 0; (wish & WISH_ENROLL) && i < (ip ? 12 : 3); i++) {
		probe(s, ip ? of[i % 4] : CANARY_NAME);
	}
	for (unsigned i = s->nth; !(wish & WISH_ENROLL) && asked < 3; i++) {
		static const uint8_t bit[] = { POOL_BENCH, POOL_CLASS_E,
		    POOL_SHARED, POOL_TESTNET };

		if (!ip || (s->z.pools & bit[i % 4])) {
			probe(s, ip ? of[i % 4] : CANARY_NAME);
			asked++;
		}
	}
	s->now += 0.05;
	event(s, (struct zone_event){ .type = ZEV_ROUND_END });
}

static void
event(struct sim *s, struct zone_event ev)
{
	static const struct panel nobody;
	enum zone_state from = s->z.state;
	unsigned wishes;

	ev.now = s->now;
	wishes = zone_model_event(&s->z, &ev);
	s->notes += (wishes & WISH_NOTE) != 0;
	s->flushes += (wishes & WISH_FLUSH) != 0;
	if (s->z.state != from) {
		s->entered[s->z.state]++;
	}
	if (wishes & WISH_PANEL) {
		/* no sender is known to be good: alarm_test has those */
		event(s, (struct zone_event){ .type = ZEV_PANEL,
		    .panel = &nobody });
		event(s, (struct zone_event){ .type = ZEV_ROUND_END });
	} else if ((wishes & WISH_PROBES) && !s->lose_rounds) {
		do_round(s, wishes);
	}
}

/* A tick each second for so long. */
static void
pass(struct sim *s, double seconds)
{
	double end = s->now + seconds;

	while (s->now < end) {
		s->now += seconds > HOUR ? 5 : 1;
		event(s, (struct zone_event){ .type = ZEV_TICK });
	}
}

/* Seconds until the state, or -1. */
static double
until(struct sim *s, enum zone_state state, double limit)
{
	double start = s->now;

	while (s->z.state != state) {
		if (s->now - start > limit) {
			return -1;
		}
		pass(s, 1);
	}
	return s->now - start;
}

static void
lookups(struct sim *s, unsigned n, unsigned failures)
{
	event(s, (struct zone_event){ .type = ZEV_LOOKUPS, .n = n,
	    .failures = failures, .number = 0.03 });
}

static void
control(struct sim *s, enum ask_class cls)
{
	event(s, (struct zone_event){ .type = ZEV_CONTROL, .value = (int)cls,
	    .detail = "9.9.18.198.bl.example.org -> 127.0.0.2" });
}

static void
live_bogus(struct sim *s)
{
	event(s, (struct zone_event){ .type = ZEV_ANSWER_BOGUS,
	    .detail = "4.3.2.1.bl.example.org -> 91.195.240.87" });
}

static struct sim
fresh(uint8_t kind, world *w)
{
	struct sim s = { .world = w, .now = T0 };

	zone_model_init(&s.z, "bl.example.org", kind, s.now);
	return s;
}

/* A zone that has been well for a day and 600 lookups. */
static struct sim
trusted(world *w)
{
	struct sim s = fresh(ZONE_KIND_IP, healthy);

	pass(&s, 2);
	lookups(&s, 600, 0);
	pass(&s, DAY + 60);
	s.world = w;
	return s;
}

static double
weight(const struct sim *s)
{
	return zone_model_weight(&s->z);
}

/* ---- stories ---- */

static void
test_healthy_day(void)
{
	struct sim s = fresh(ZONE_KIND_IP, healthy);
	struct zone_entry e;

	is_num(weight(&s), 0, "NEW counts nothing");
	pass(&s, 2);
	is_int(s.z.state, ZONE_LEARNING, "enrolled within two seconds");
	is_num(weight(&s), 1, "and counts");
	is_int(s.z.must_list, 1, "must-list works");
	is_int(s.z.must_not, 1, "must-not works");
	zone_model_entry(&s.z, &e);
	is_int(e.controls, 3, "three controls while learning");
	is_num(e.timeout, 0.5, "a fast zone gets the short deadline");
	for (int i = 0; i < 25 * 60; i++) {
		lookups(&s, 1, 0);
		pass(&s, MIN);
	}
	is_int(s.z.state, ZONE_TRUSTED, "500 lookups and a day: TRUSTED");
	zone_model_entry(&s.z, &e);
	is_int(e.controls, 1, "one control");
	ok(s.rounds >= 120 && s.rounds <= 190,
	    "a round each 10 min +-20%% in 25 h: %u", s.rounds);
	is_int(s.entered[ZONE_SUSPECT] + s.entered[ZONE_QUARANTINED], 0,
	    "never doubted");
}

static void
test_idle_zone_is_probed_hourly(void)
{
	struct sim s = trusted(healthy);
	unsigned before = s.rounds;

	pass(&s, 10 * HOUR);
	ok(s.rounds - before >= 8 && s.rounds - before <= 13,
	    "10 idle hours: %u rounds", s.rounds - before);
	lookups(&s, 1, 0);
	before = s.rounds;
	pass(&s, 13 * MIN);
	ok(s.rounds > before, "traffic brings the 10 minutes back");
}

static void
test_few_lookups_stay_learning(void)
{
	struct sim s = fresh(ZONE_KIND_IP, healthy);

	pass(&s, 2);
	lookups(&s, 499, 0);
	pass(&s, 2 * DAY);
	is_int(s.z.state, ZONE_LEARNING, "499 lookups are not enough");
	lookups(&s, 5, 4);
	pass(&s, 2);
	is_int(s.z.state, ZONE_TRUSTED, "the 500th that was answered is");
}

/* (d) 2: healthy, every name -> parking for 6.4 h, healthy */
static void
test_spamcop_day(void)
{
	struct sim s = trusted(bogus);
	double half, full;

	live_bogus(&s);
	is_int(s.z.state, ZONE_QUARANTINED,
	    "one live answer and one canary: QUARANTINED at once");
	is_int(s.z.reason, REASON_BOGUS, "bogus");
	is_num(weight(&s), 0, "counts nothing");
	ok(!zone_state_asks(s.z.state), "and is not asked");
	is_int(s.flushes, 1, "new resolver context on entry");
	ok(s.resolver_probes > 0, "the global canary was asked first");
	pass(&s, 6.4 * HOUR);
	is_int(s.z.state, ZONE_QUARANTINED, "for 6.4 h");
	s.world = healthy;
	half = until(&s, ZONE_PROBATION, DAY);
	ok(half > 0 && half <= 12 * MIN, "half weight after %.1f min",
	    half / MIN);
	is_num(weight(&s), 0.5, "half");
	full = half + until(&s, ZONE_TRUSTED, DAY);
	ok(full <= 25 * MIN && full > half + 9 * MIN,
	    "full weight after %.1f min", full / MIN);
	is_int(s.z.epoch, 2, "contexts replaced on entry and on exit");
}

/* healthy -> bogus -> wildcard -> healthy without a healthy hour between */
static void
test_bogus_turns_wildcard(void)
{
	struct sim s = trusted(bogus);

	live_bogus(&s);
	pass(&s, 2 * HOUR);
	s.world = wildcard;
	pass(&s, 2 * HOUR);
	is_int(s.z.state, ZONE_QUARANTINED, "still out");
	s.world = healthy;
	ok(until(&s, ZONE_TRUSTED, HOUR) > 0, "trusted again within the hour");
	is_int(s.entered[ZONE_QUARANTINED], 1, "one quarantine");
}

/* (d) 4, F3: the RFC points look right, every real address is listed */
static void
test_sly_wildcard(void)
{
	struct sim s = trusted(sly);

	control(&s, ASK_LISTED);
	is_int(s.z.state, ZONE_QUARANTINED, "one control and three canaries");
	is_int(s.z.reason, REASON_WILDCARD, "wildcard");
	s = trusted(sly);
	lookups(&s, 1, 0);
	pass(&s, 13 * MIN);
	is_int(s.z.state, ZONE_QUARANTINED, "found by a round alone");
}

static void
test_one_dirty_of_four(void)
{
	struct sim s = trusted(healthy);
	struct zone_entry e;

	control(&s, ASK_LISTED);
	is_int(s.z.state, ZONE_SUSPECT, "SUSPECT");
	zone_model_entry(&s.z, &e);
	is_num(e.weight, 1, "three clean canaries: counts again");
	is_int(e.controls, 3, "with three controls");
	pass(&s, HOUR - 60);
	is_int(s.z.state, ZONE_SUSPECT, "for an hour");
	pass(&s, 2 * MIN);
	is_int(s.z.state, ZONE_TRUSTED, "then TRUSTED");
	control(&s, ASK_LISTED);
	control(&s, ASK_LISTED);
	is_int(s.z.state, ZONE_QUARANTINED, "a second one within the hour");
}

static void
test_weight_is_0_before_the_canaries_are_back(void)
{
	struct sim s = trusted(healthy);

	s.lose_rounds = true;
	control(&s, ASK_UNMAPPED);
	is_int(s.z.state, ZONE_SUSPECT, "SUSPECT");
	is_num(weight(&s), 0, "weight 0 while nothing is known");
	control(&s, ASK_CLEAN);
	is_num(weight(&s), 0, "a clean control does not lift it");
}

/* (d) 26: control queries lost, lookups answered */
static void
test_lost_controls(void)
{
	struct sim s = trusted(dead);

	for (int i = 0; i < 600; i++) {
		lookups(&s, 2, 0);
		control(&s, ASK_UNKNOWN);
		pass(&s, 1);
	}
	is_int(s.z.state, ZONE_TRUSTED, "no one is blamed");
	control(&s, ASK_LISTED);
	pass(&s, 30);
	is_num(weight(&s), 0, "one dirty and no canary back: still 0");
	s.world = healthy;
	pass(&s, 15);
	is_num(weight(&s), 1, "decided as soon as they come back");
}

static void
test_live_bogus_once(void)
{
	struct sim s = trusted(healthy);
	unsigned before;

	live_bogus(&s);
	is_int(s.z.state, ZONE_SUSPECT, "one odd answer: watched");
	is_num(weight(&s), 1, "but canaries are clean: it counts");
	before = s.rounds;
	for (int i = 0; i < 100; i++) {
		live_bogus(&s);
		pass(&s, 1);
	}
	is_num(weight(&s), 1, "a sender cannot hold it at 0");
	ok(s.rounds - before <= 3, "nor make us probe: %u", s.rounds - before);
}

static enum ask_class
one_bogon(enum canary c, double now, unsigned nth)
{
	return c == CANARY_BENCH ? ASK_LISTED : healthy(c, now, nth);
}

static void
test_a_hint_and_one_canary(void)
{
	struct sim s = trusted(one_bogon);

	live_bogus(&s);
	is_int(s.z.state, ZONE_QUARANTINED,
	    "a live bogus answer and one dirty canary are two");
}

static void
test_doubt_while_watched(void)
{
	struct sim s = trusted(healthy);

	control(&s, ASK_LISTED);
	is_num(weight(&s), 1, "watched, counting");
	s.lose_rounds = true;
	control(&s, ASK_LISTED);
	is_int(s.z.state, ZONE_SUSPECT, "a second dirty control");
	is_num(weight(&s), 0, "takes the weight before canaries are back");
}

/* (d) 3: dead for an hour, then everything is listed */
static void
test_ordb_day(void)
{
	struct sim s = trusted(dead);
	unsigned asked = 0;

	while (zone_state_asks(s.z.state) && asked < 100) {
		lookups(&s, 1, 1);
		asked++;
		pass(&s, 0.6);
	}
	is_int(s.z.state, ZONE_DOWN, "DOWN");
	ok(asked <= 15, "within %u lookups", asked);
	pass(&s, HOUR);
	is_int(s.z.state, ZONE_DOWN, "for the hour");
	s.world = wildcard;
	ok(until(&s, ZONE_QUARANTINED, HOUR) > 0, "back, and QUARANTINED");
	is_int(s.z.reason, REASON_WILDCARD, "wildcard");
	is_int(s.entered[ZONE_TRUSTED], 1, "never counted between");
}

static void
test_ordb_seen_first_when_dead(void)
{
	struct sim s = fresh(ZONE_KIND_IP, dead);

	for (int i = 0; i < 200 && s.z.state == ZONE_NEW; i++) {
		lookups(&s, 1, 1);
		pass(&s, 1);
		is_num(weight(&s), 0, "never counts");
	}
	is_int(s.z.state, ZONE_DOWN, "DOWN without ever being enrolled");
	s.world = wildcard;
	pass(&s, HOUR);
	is_int(s.z.state, ZONE_NEW, "answers: enrolls, and is broken");
	is_int(s.z.reason, REASON_BROKEN, "broken");
	s.world = healthy;
	ok(until(&s, ZONE_LEARNING, 2 * MIN) > 0, "repaired: enrolled");
}

/* (d) 16: SERVFAIL for 10 minutes */
static void
test_servfail_ten_minutes(void)
{
	struct sim s = trusted(dead);
	double back;

	event(&s, (struct zone_event){ .type = ZEV_LOOKUPS, .rcode = 2 });
	for (int i = 0; i < 10; i++) {
		lookups(&s, 1, 1);
		pass(&s, 1);
	}
	is_int(s.z.state, ZONE_DOWN, "DOWN");
	is_int(s.z.reason, REASON_SERVFAIL, "servfail");
	pass(&s, 600);
	s.world = healthy;
	back = until(&s, ZONE_TRUSTED, HOUR);
	ok(back >= 0 && back <= 60, "back %.0f s after the repair", back);
}

static void
test_breaker_arithmetic(void)
{
	struct sim s = trusted(healthy);

	lookups(&s, 64, 64);
	is_int(s.z.state, ZONE_TRUSTED, "one burst is one event");
	lookups(&s, 1, 0);
	for (int i = 0; i < 100; i++) {
		lookups(&s, 20, 10);
		pass(&s, 1);
	}
	is_int(s.entered[ZONE_DOWN], 0, "half failing is not down");
	for (int i = 0; i < 10; i++) {
		lookups(&s, 20, 17);
		pass(&s, 1);
	}
	is_int(s.z.state, ZONE_DOWN, "8 of 10 is");
	s = trusted(healthy);
	for (int i = 0; i < 30; i++) {
		lookups(&s, 1, 1);	/* slow: it fails, then is answered */
		lookups(&s, 1, 0);
		pass(&s, 1);
	}
	for (int i = 0; i < 3; i++) {
		lookups(&s, 10, 10);	/* none of these had 3 s yet */
		pass(&s, i < 2 ? 1 : 0);
	}
	is_int(s.z.state, ZONE_TRUSTED,
	    "nor is a slow one when more is asked at once");
	s = trusted(healthy);
	for (int i = 0; i < 9; i++) {
		event(&s, (struct zone_event){ .type = ZEV_FAILURE,
		    .rcode = 5 });
		pass(&s, 1);
	}
	is_int(s.z.state, ZONE_TRUSTED, "9 in a row are not");
	event(&s, (struct zone_event){ .type = ZEV_FAILURE, .rcode = 5 });
	is_int(s.z.state, ZONE_DOWN, "10 are");
	is_int(s.z.reason, REASON_REFUSED, "refused");
	lookups(&s, 0xffffffffu, 0xffffffffu);
	is_int(s.z.state, ZONE_DOWN, "a count out of this world");
}

/* (d) 11 and 14 */
static void
test_blocked(void)
{
	struct sim s = trusted(blocking);
	unsigned before;
	double back;

	event(&s, (struct zone_event){ .type = ZEV_ANSWER_BLOCKED });
	is_int(s.z.state, ZONE_BLOCKED, "BLOCKED after three canaries");
	is_num(weight(&s), 0, "0");
	before = s.rounds;
	pass(&s, DAY);
	ok(s.rounds - before <= 10, "a day of back-off: %u rounds",
	    s.rounds - before);
	s.world = healthy;
	before = s.rounds;
	back = until(&s, ZONE_PROBATION, DAY);
	ok(back > 0 && back <= 6 * HOUR + 5 * MIN, "back");
	is_int(s.rounds - before, 3, "after 3 clean rounds");
	ok(until(&s, ZONE_TRUSTED, HOUR) > 0, "and trusted");
}

static void
test_blocked_from_the_start(void)
{
	struct sim s = fresh(ZONE_KIND_IP, blocking);

	pass(&s, 3);
	is_int(s.z.state, ZONE_BLOCKED, "a public resolver, first start");
	s.world = healthy;
	ok(until(&s, ZONE_LEARNING, HOUR) > 0, "enrolls when let in");
	is_int(s.entered[ZONE_PROBATION], 0, "not by way of probation");
	is_int(s.z.must_list, 1, "a block code was not taken for an entry");
}

static enum ask_class
third_blocked(enum canary c, double now, unsigned nth)
{
	return nth % 3 == 0 ? ASK_BLOCKED : healthy(c, now, nth);
}

/* (d) 12 */
static void
test_one_in_three_blocked(void)
{
	struct sim s = trusted(third_blocked);

	for (int i = 0; i < 50; i++) {
		event(&s, (struct zone_event){ .type = ZEV_ANSWER_BLOCKED });
		control(&s, ASK_BLOCKED);
		pass(&s, 10);
	}
	is_int(s.z.state, ZONE_TRUSTED, "others go on counting");
}

/* (d) 18, F7 */
static void
test_empty(void)
{
	struct sim s = trusted(emptied);
	unsigned before = s.rounds;

	for (int i = 0; i < 45 && s.z.state != ZONE_EMPTY; i++) {
		lookups(&s, 5, 0);
		pass(&s, MIN);
	}
	is_int(s.z.state, ZONE_EMPTY, "EMPTY");
	is_int(s.rounds - before, 3, "after three rounds");
	is_num(weight(&s), 1, "no change of scores");
	ok(!zone_state_asks(s.z.state), "lookups stop");
	before = s.rounds;
	pass(&s, 10 * HOUR);
	ok(s.rounds - before <= 10, "at most a round an hour");
	s.world = healthy;
	ok(until(&s, ZONE_LEARNING, 2 * HOUR) > 0, "entry back: LEARNING");
}

static void
test_quarantined_then_emptied(void)
{
	struct sim s = trusted(wildcard);

	control(&s, ASK_LISTED);
	is_int(s.z.state, ZONE_QUARANTINED, "listed the world");
	s.world = emptied;
	ok(until(&s, ZONE_EMPTY, HOUR) > 0, "then nothing: EMPTY");
	is_int(s.entered[ZONE_PROBATION], 0, "it never counted between");
}

/* (d) 20: 10 minutes good, 10 minutes bad, for 6 hours */
static enum ask_class
flapping(enum canary c, double now, unsigned nth)
{
	return (long)((now - T0) / 600) % 2 == 0 ? healthy(c, now, nth) :
	    wildcard(c, now, nth);
}

static void
test_flapping(void)
{
	struct sim s = trusted(flapping);
	double weighted_bad = 0, dwell = 0;
	unsigned before = s.entered[ZONE_PROBATION];

	for (int i = 0; i < 6 * 360; i++) {
		bool bad = flapping(CANARY_BENCH, s.now, 0) == ASK_LISTED;

		/* a positive that would count is confirmed by its control */
		if (zone_state_asks(s.z.state) && weight(&s) > 0) {
			lookups(&s, 1, 0);
			if (bad) {
				control(&s, ASK_LISTED);
			}
		}
		if (bad && weight(&s) > 0) {
			weighted_bad++;
		}
		pass(&s, 10);
		dwell = s.z.dwell > dwell ? s.z.dwell : dwell;
	}
	is_num(weighted_bad, 0, "no bad moment with weight, controls seen");
	ok(s.entered[ZONE_PROBATION] - before <= 5, "%u re-activations",
	    s.entered[ZONE_PROBATION] - before);
	ok(dwell >= 80 * MIN, "dwell grew to %.0f min", dwell / MIN);
}

static void
test_dwell_doubles_and_is_capped(void)
{
	struct sim s = trusted(healthy);
	double want = 600;

	for (int i = 0; i < 8; i++) {
		char name[32];

		s.world = wildcard;
		control(&s, ASK_LISTED);
		control(&s, ASK_LISTED);
		snprintf(name, sizeof(name), "dwell %.0f min", want / MIN);
		is_num(s.z.dwell, want, name);
		s.world = healthy;
		ok(until(&s, ZONE_PROBATION, DAY) >= want - 1, "not before");
		want = want * 2 < 6 * HOUR ? want * 2 : 6 * HOUR;
	}
	until(&s, ZONE_TRUSTED, HOUR);
	pass(&s, DAY + HOUR);
	s.world = wildcard;
	control(&s, ASK_LISTED);
	is_int(s.z.state, ZONE_QUARANTINED, "a day later");
	is_num(s.z.dwell, 600, "starts at 10 minutes again");
}

static void
test_probation_dirty(void)
{
	struct sim s = trusted(wildcard);

	control(&s, ASK_LISTED);
	s.world = healthy;
	until(&s, ZONE_PROBATION, HOUR);
	control(&s, ASK_LISTED);
	is_int(s.z.state, ZONE_QUARANTINED,
	    "one dirty control on probation is enough");
	is_num(s.z.dwell, 1200, "dwell doubled");
}

static void
test_long_incident_slows_down(void)
{
	struct sim s = trusted(wildcard);
	unsigned n1, n2, n3;

	control(&s, ASK_LISTED);
	n1 = s.rounds;
	pass(&s, HOUR);
	n1 = s.rounds - n1;
	n2 = s.rounds;
	pass(&s, 5 * HOUR);
	n2 = s.rounds - n2;
	pass(&s, DAY);
	n3 = s.rounds;
	pass(&s, 10 * HOUR);
	n3 = s.rounds - n3;
	ok(n1 >= 55 && n1 <= 61, "first hour: each minute (%u)", n1);
	ok(n2 >= 55 && n2 <= 62, "then each 5 min (%u in 5 h)", n2);
	ok(n3 >= 9 && n3 <= 11, "after a day hourly (%u in 10 h)", n3);
}

/* (d) 5 */
static void
test_starts_broken(void)
{
	static world *const worlds[] = { bogus, wildcard, sly };

	for (size_t i = 0; i < 3; i++) {
		struct sim s = fresh(ZONE_KIND_IP, worlds[i]);
		struct zone_entry e;
		double max = 0;

		for (int t = 0; t < 600; t++) {
			pass(&s, 1);
			max = weight(&s) > max ? weight(&s) : max;
		}
		is_int(s.z.state, ZONE_NEW, "stays NEW");
		is_int(s.z.reason, REASON_BROKEN, "broken");
		is_num(max, 0, "never had weight");
		zone_model_entry(&s.z, &e);
		ok(!e.ask, "nor is it asked");
		ok(s.rounds >= 9 && s.rounds <= 11, "retry each minute (%u)",
		    s.rounds);
		is_int(s.notes, 1, "one notice");
		s.world = healthy;
		ok(until(&s, ZONE_LEARNING, 61) > 0, "enrolled when mended");
	}
}

static enum ask_class
bogons(enum canary c, double now, unsigned nth)
{
	return c == CANARY_BENCH || c == CANARY_CLASS_E ? ASK_LISTED :
	    healthy(c, now, nth);
}

/* One name of each of two pools. */
static enum ask_class
partly(enum canary c, double now, unsigned nth)
{
	return (c == CANARY_BENCH || c == CANARY_CLASS_E) && nth < 8 ?
	    ASK_LISTED : healthy(c, now, nth);
}

static enum ask_class
bogus_bogon(enum canary c, double now, unsigned nth)
{
	return c == CANARY_BENCH ? ASK_BOGUS : healthy(c, now, nth);
}

static void
test_what_is_no_bogon_list(void)
{
	struct sim s = fresh(ZONE_KIND_IP, partly);

	pass(&s, 2);
	is_int(s.z.reason, REASON_BROKEN, "two pools listed in part");
	s = fresh(ZONE_KIND_IP, bogus_bogon);
	pass(&s, 2);
	is_int(s.z.reason, REASON_BROKEN, "a pool outside 127/8");
}

/* (d) 33 */
static void
test_lists_bogons(void)
{
	struct sim s = fresh(ZONE_KIND_IP, bogons);

	pass(&s, 2);
	is_int(s.z.state, ZONE_LEARNING, "enrolled");
	is_int(s.z.pools, POOL_SHARED | POOL_TESTNET, "without those pools");
	lookups(&s, 600, 0);
	pass(&s, DAY + HOUR);
	is_int(s.z.state, ZONE_TRUSTED, "reaches TRUSTED");
	is_int(s.entered[ZONE_SUSPECT], 0, "undoubted");
}

static void
test_begins_to_list_a_bogon(void)
{
	struct sim s = trusted(one_bogon);

	for (int i = 0; i < 40 && s.z.state != ZONE_QUARANTINED; i++) {
		control(&s, ASK_LISTED);
	}
	is_int(s.z.state, ZONE_QUARANTINED, "looks wild at first");
	ok(until(&s, ZONE_TRUSTED, 2 * HOUR) > 0,
	    "enrolled anew, trusted again");
	is_int(s.z.pools, POOL_CLASS_E | POOL_SHARED | POOL_TESTNET,
	    "without that pool");
}

static enum ask_class
split(enum canary c, double now, unsigned nth)
{
	uint32_t h = nth * 2654435761u;

	h = (h ^ h >> 15) * 2246822519u;
	return ((h ^ h >> 13) & 1) != 0 ? wildcard(c, now, nth) :
	    healthy(c, now, nth);
}

/* (d) 21, F12 */
static void
test_split_brain(void)
{
	struct sim s = trusted(split);
	struct zone_entry e;

	for (int i = 0; i < 10; i++) {
		control(&s, i % 2 == 0 ? ASK_LISTED : ASK_CLEAN);
	}
	zone_model_entry(&s.z, &e);
	ok(s.z.state == ZONE_QUARANTINED || e.controls == 3,
	    "QUARANTINED or k=3 within 10 positives");
	pass(&s, 6 * HOUR);
	is_int(s.entered[ZONE_PROBATION], 0, "no way back while split");
	s = fresh(ZONE_KIND_IP, split);
	pass(&s, 20 * MIN);
	is_int(s.z.state, ZONE_NEW, "cannot enroll like that");
}

static enum ask_class
no_entry(enum canary c, double now, unsigned nth)
{
	return ASK_CLEAN;
}

/* (d) 34 */
static void
test_no_test_entry(void)
{
	struct sim s = fresh(ZONE_KIND_IP, no_entry);

	pass(&s, 2);
	is_int(s.z.must_list, 0, "must_list unsupported");
	lookups(&s, 600, 0);
	for (int i = 0; i < 30 * 6; i++) {
		lookups(&s, 1, 0);
		pass(&s, 10 * MIN);
	}
	is_int(s.z.state, ZONE_TRUSTED, "reaches TRUSTED, never EMPTY");
	s.world = wildcard;
	control(&s, ASK_LISTED);
	s.world = no_entry;
	ok(until(&s, ZONE_TRUSTED, HOUR) > 0, "and recovers without one");
}

static enum ask_class
must_not_listed(enum canary c, double now, unsigned nth)
{
	return c == CANARY_MUST_NOT ? ASK_UNMAPPED : healthy(c, now, nth);
}

/* F16 */
static void
test_must_not_by_design(void)
{
	struct sim s = fresh(ZONE_KIND_IP, must_not_listed);

	pass(&s, 2);
	is_int(s.z.state, ZONE_LEARNING, "enrolled");
	is_int(s.z.must_not, 0, "must_not unsupported");
	lookups(&s, 600, 0);
	pass(&s, DAY + HOUR);
	is_int(s.z.state, ZONE_TRUSTED, "trusted");
	is_int(s.entered[ZONE_SUSPECT], 0, "undoubted");
}

static void
test_must_not_never_condemns_alone(void)
{
	struct sim s = trusted(must_not_listed);

	for (int i = 0; i < 24 * 6; i++) {
		lookups(&s, 1, 0);
		pass(&s, 10 * MIN);
	}
	is_int(s.entered[ZONE_QUARANTINED], 0,
	    "a day of a listed must-not, reserved space clean");
	ok(s.entered[ZONE_SUSPECT] > 0, "but it is noticed");
	is_num(weight(&s), 1, "and counts, with controls");
}

/* Nothing answers in the first three seconds. */
static enum ask_class
deaf_at_first(enum canary c, double now, unsigned nth)
{
	return now < T0 + 3 ? dead(c, now, nth) : healthy(c, now, nth);
}

/* The first round hears nothing of the test points. */
static enum ask_class
points_lost(enum canary c, double now, unsigned nth)
{
	return nth < 2 ? ASK_UNKNOWN : healthy(c, now, nth);
}

/* No round does. */
static enum ask_class
no_points(enum canary c, double now, unsigned nth)
{
	return c == CANARY_MUST_NOT || c == CANARY_MUST_LIST ? ASK_UNKNOWN :
	    ASK_CLEAN;
}

static void
test_silent_at_first(void)
{
	struct sim s = fresh(ZONE_KIND_IP, deaf_at_first);
	double found;

	found = until(&s, ZONE_LEARNING, HOUR);
	ok(found > 0 && found <= 8, "silent once: counts after %.0f s",
	    found);
	is_int(s.z.must_list, 1, "enrolled in full");
	s = fresh(ZONE_KIND_IP, dead);
	pass(&s, HOUR);
	ok(s.rounds <= 40, "a dead one is not pestered: %u rounds", s.rounds);
}

/* Only the answers to the test points are lost. */
static void
test_test_points_lost(void)
{
	struct sim s = fresh(ZONE_KIND_IP, points_lost);

	pass(&s, 2);
	is_int(s.z.state, ZONE_LEARNING, "reserved names answered: it counts");
	is_int(s.z.must_not, -1, "must-not is not known");
	is_int(s.z.must_list, -1, "nor must-list");
	pass(&s, 2 * MIN);
	is_int(s.z.must_not, 1, "a round later it is");
	is_int(s.z.must_list, 1, "and so is must-list");
	s.world = emptied;
	pass(&s, 3 * HOUR);
	is_int(s.z.state, ZONE_EMPTY, "what was learned late is used");
	s = fresh(ZONE_KIND_IP, points_lost);
	pass(&s, 2);
	s.world = must_not_listed;
	pass(&s, 2 * MIN);
	is_int(s.z.must_not, 0, "127.0.0.1 by design is learned late, too");
	is_int(s.z.state, ZONE_LEARNING, "and is no offence");
	s = fresh(ZONE_KIND_IP, no_points);
	pass(&s, 5 * HOUR);
	ok(s.rounds <= 12, "test points that never answer cost little: "
	    "%u rounds in 5 h", s.rounds);
}

static void
test_domain_zone(void)
{
	struct sim s = fresh(ZONE_KIND_DOMAIN, healthy);

	pass(&s, 2);
	is_int(s.z.state, ZONE_LEARNING, "enrolled with names");
	is_int(s.z.pools, POOL_NAME, "pool of names");
	s.world = bogus;
	live_bogus(&s);
	is_int(s.z.state, ZONE_QUARANTINED, "same rules");
	s = fresh(ZONE_KIND_DOMAIN, wildcard);
	pass(&s, 5 * MIN);
	is_int(s.z.state, ZONE_NEW, "starts broken");
}

/* (d) 27 and c.8 */
static void
test_restart_in_quarantine(void)
{
	struct sim s = trusted(wildcard);
	struct zone_model saved;
	unsigned before;

	control(&s, ASK_LISTED);
	pass(&s, 100);
	saved = s.z;
	s.now += 5;
	event(&s, (struct zone_event){ .type = ZEV_RESTART });
	is_int(s.z.state, ZONE_QUARANTINED, "still QUARANTINED");
	is_num(s.z.quarantined_at, saved.quarantined_at, "since then");
	is_num(s.z.dwell, saved.dwell, "same dwell");
	before = s.rounds;
	pass(&s, 3);
	is_int(s.rounds, before, "a fresh quarantine keeps its pace");
	s.now += 2 * HOUR;
	s.world = healthy;
	before = s.rounds;
	event(&s, (struct zone_event){ .type = ZEV_RESTART });
	pass(&s, 3);
	is_int(s.rounds, before + 1, "older than an hour: probed at once");
	is_num(weight(&s), 0, "and not used before");
	ok(until(&s, ZONE_PROBATION, 5 * MIN) > 0, "back in 5 rounds");
}

static void
test_restart_with_a_clock_set_back(void)
{
	struct sim s = trusted(healthy);

	s.now -= 10 * DAY;
	event(&s, (struct zone_event){ .type = ZEV_RESTART });
	ok(s.z.since <= s.now && s.z.last_clean <= s.now, "no future times");
	pass(&s, 3);
	is_int(s.z.state, ZONE_TRUSTED, "and goes on");
	pass(&s, 2 * HOUR);
	ok(s.z.last_clean > s.now - 2 * HOUR, "probing");
}

static void
test_restart_in_doubt(void)
{
	struct sim s = trusted(healthy);

	s.lose_rounds = true;
	control(&s, ASK_LISTED);
	event(&s, (struct zone_event){ .type = ZEV_RESTART });
	is_num(weight(&s), 0, "doubt survives the restart");
	s.lose_rounds = false;
	pass(&s, 3);
	is_num(weight(&s), 1, "and is settled at once");
}

/* (d) 29 */
static void
test_pins(void)
{
	struct sim s = trusted(wildcard);
	struct zone_entry e;

	control(&s, ASK_LISTED);
	event(&s, (struct zone_event){ .type = ZEV_PIN,
	    .value = ZONE_PINNED_ON, .number = 0.7, .until = s.now + HOUR });
	zone_model_entry(&s.z, &e);
	is_int(e.state, ZONE_PINNED_ON, "pinned on");
	is_num(e.weight, (double)0.7f, "with its weight");
	is_int(e.reason, REASON_OPERATOR, "by the operator");
	ok(e.ask && e.controls == 0, "asked, no controls");
	pass(&s, HOUR - 60);
	is_num(weight(&s), 0.7, "until the hour is over");
	is_int(s.z.state, ZONE_QUARANTINED, "the automatic state goes on");
	pass(&s, 2 * MIN);
	zone_model_entry(&s.z, &e);
	is_int(e.state, ZONE_QUARANTINED, "expired: automatic again");
	s = trusted(healthy);
	event(&s, (struct zone_event){ .type = ZEV_PIN,
	    .value = ZONE_PINNED_OFF, .number = 1 });
	pass(&s, 40 * DAY);
	is_num(weight(&s), 0, "pinned off without end");
	event(&s, (struct zone_event){ .type = ZEV_UNPIN });
	is_num(weight(&s), 1, "unpinned");
	event(&s, (struct zone_event){ .type = ZEV_PIN,
	    .value = ZONE_QUARANTINED, .number = 1 });
	is_int(s.z.pin, ZONE_NEW, "only on and off are pins");
}

/* (d) 23, F9 */
static void
test_resolver_bad(void)
{
	struct sim s = trusted(bogus);

	s.lose_rounds = true;
	live_bogus(&s);
	is_int(s.z.state, ZONE_SUSPECT, "doubted");
	event(&s, (struct zone_event){ .type = ZEV_RESOLVER_BAD });
	is_int(s.z.state, ZONE_TRUSTED, "it was the resolver");
	is_num(weight(&s), 0, "nothing counts");
	s.lose_rounds = false;
	for (int i = 0; i < 100; i++) {
		live_bogus(&s);
		control(&s, ASK_BOGUS);
		pass(&s, 10);
	}
	is_int(s.entered[ZONE_QUARANTINED], 0, "no zone is blamed");
	s.world = healthy;
	event(&s, (struct zone_event){ .type = ZEV_RESOLVER_OK });
	is_int(s.z.state, ZONE_TRUSTED, "state untouched");
	is_num(weight(&s), 1, "counts again");
	pass(&s, 2);
	ok(s.z.last_clean >= s.now - 2, "and was probed at once");
}

static void
test_lost_round_is_given_up(void)
{
	struct sim s = trusted(healthy);

	s.lose_rounds = true;
	lookups(&s, 1, 0);
	pass(&s, 13 * MIN);
	ok(s.z.round.kind != 0, "a round without an end");
	s.lose_rounds = false;
	pass(&s, 15 * MIN);
	ok(s.z.last_clean > s.now - 15 * MIN, "probing goes on");
}

static void
test_operator_probe(void)
{
	struct sim s = trusted(healthy);
	unsigned before = s.rounds;

	event(&s, (struct zone_event){ .type = ZEV_PROBE });
	is_int(s.rounds, before + 1, "a round now");
}

static void
peer(struct sim *s, bool enough)
{
	event(s, (struct zone_event){ .type = ZEV_PEER, .value = enough,
	    .detail = "mx2: quarantined, wildcard" });
}

/* Scenario 30: a peer forges a quarantine of a healthy zone. */
static void
test_peer_lies(void)
{
	struct sim s = trusted(healthy);
	unsigned before = s.rounds;

	for (int i = 0; i < 5; i++) {
		peer(&s, i > 0);
		is_int(s.z.state, ZONE_TRUSTED, "one clean round refutes it");
	}
	is_int(s.rounds, before + 5, "one round each");
	is_num(weight(&s), 1, "full weight");
	is_int(s.entered[ZONE_QUARANTINED], 0, "however many say it");
	s.lose_rounds = true;
	peer(&s, false);
	is_int(s.z.state, ZONE_SUSPECT, "until the round is back");
	is_num(weight(&s), 0, "it counts nothing");
}

static void
test_peer_is_right(void)
{
	struct sim s = trusted(sly);

	peer(&s, false);
	is_int(s.z.state, ZONE_QUARANTINED, "our own canaries decide");
	is_int(s.z.reason, REASON_WILDCARD, "and say why");
}

static void
test_peers_decide_where_we_cannot_look(void)
{
	struct sim s = trusted(dead);
	double since;

	lookups(&s, 5, 0);		/* the breaker has seen it alive */
	peer(&s, false);
	is_int(s.z.state, ZONE_SUSPECT, "one peer and no round: in doubt");
	is_num(weight(&s), 0, "counting nothing");
	peer(&s, true);
	pass(&s, 12);
	is_int(s.z.state, ZONE_QUARANTINED, "two peers and no round");
	is_int(s.z.reason, REASON_PEER, "for that reason");
	since = s.now;
	s.world = healthy;
	while (weight(&s) < 0.5 && s.now < since + HOUR) {
		pass(&s, 1);
	}
	ok(s.now - since > 9 * MIN && s.now - since < 12 * MIN,
	    "10 minutes later on probation: %.0f s", s.now - since);
	pass(&s, 15 * MIN);
	is_num(weight(&s), 1, "and in full again");
	is_int(s.z.requarantines, 0, "it is no relapse");
}

static void
test_peers_first_then_ourselves(void)
{
	struct sim s = trusted(dead);

	lookups(&s, 5, 0);
	peer(&s, true);
	pass(&s, 12);
	is_int(s.z.reason, REASON_PEER, "on the word of peers");
	s.world = wildcard;
	pass(&s, 2 * MIN);
	is_int(s.z.reason, REASON_WILDCARD, "now seen ourselves");
	pass(&s, HOUR);
	is_int(s.z.state, ZONE_QUARANTINED, "and not over after 10 minutes");
}

static void
test_words(void)
{
	struct sim s = trusted(sly);
	char w[500], tiny[10];

	control(&s, ASK_LISTED);
	zone_model_words(&s.z, s.now, w, sizeof(w));
	ok(strstr(w, "quarantined: wildcard since ") == w, "%s", w);
	ok(strstr(w, " -> ") != NULL, "has the evidence");
	zone_model_words(&s.z, s.now, tiny, sizeof(tiny));
	is_str(tiny, "quarantin", "cut, with its NUL");
	event(&s, (struct zone_event){ .type = ZEV_PIN,
	    .value = ZONE_PINNED_ON, .number = 1, .until = s.now + 60 });
	zone_model_words(&s.z, s.now, w, sizeof(w));
	ok(strstr(w, "pinned-on: operator until ") == w &&
	    strstr(w, " until ") != NULL, "%s", w);
	ok(strstr(w, " -> ") == NULL, "not with the zone's evidence");
	s = fresh(ZONE_KIND_IP, healthy);
	zone_model_words(&s.z, s.now, w, sizeof(w));
	ok(strstr(w, "new since ") == w, "%s", w);
}

/* Any order of any events must leave a model within its bounds. */
static void
test_storm(void)
{
	struct sim s = fresh(ZONE_KIND_IP, healthy);
	uint64_t r = 88172645463325252u;
	int bad = 0;

	s.lose_rounds = true;
	for (int i = 0; i < 300000; i++) {
		struct panel p = { .n = (size_t)(r >> 50 & 15),
		    .eligible = (size_t)(r >> 50 & 15) };
		struct subject j = { .key = r, .net = r >> 3,
		    .all = r >> 7 & 1, .anchor = r >> 9 & 1,
		    .listed = r >> 11 & 1 };
		struct zone_event ev = { .detail = "q -> a", .panel = &p,
		    .subject = &j, .turn = r };
		double w;

		r ^= r << 13;
		r ^= r >> 7;
		r ^= r << 17;
		ev.type = (enum zone_event_type)(r % (ZEV_TYPES + 1));
		ev.value = (int)(r >> 8 & 15) - 1;
		ev.probe = (int)(r >> 12 & 15) - 1;
		ev.n = (unsigned)(r >> 20 & 63);
		ev.failures = (unsigned)(r >> 26 & 63);
		ev.number = (double)(r >> 32 & 255) / 100;
		ev.until = s.now + 5;
		s.now += (double)(r >> 40 & 1023) / 10;
		event(&s, ev);
		w = weight(&s);
		bad += !(w >= 0 && w <= 1) || s.z.dwell > 6 * HOUR ||
		    (unsigned)s.z.state >= ZONE_PINNED_ON ||
		    s.z.state == ZONE_PINNED_OFF || !(s.z.stat.base.p0 <= 0.9);
	}
	is_int(bad, 0, "300000 random events");
}

int
main(void)
{
	test_healthy_day();
	test_idle_zone_is_probed_hourly();
	test_few_lookups_stay_learning();
	test_spamcop_day();
	test_bogus_turns_wildcard();
	test_sly_wildcard();
	test_one_dirty_of_four();
	test_weight_is_0_before_the_canaries_are_back();
	test_lost_controls();
	test_live_bogus_once();
	test_a_hint_and_one_canary();
	test_doubt_while_watched();
	test_ordb_day();
	test_ordb_seen_first_when_dead();
	test_servfail_ten_minutes();
	test_breaker_arithmetic();
	test_blocked();
	test_blocked_from_the_start();
	test_one_in_three_blocked();
	test_empty();
	test_quarantined_then_emptied();
	test_flapping();
	test_dwell_doubles_and_is_capped();
	test_probation_dirty();
	test_long_incident_slows_down();
	test_starts_broken();
	test_what_is_no_bogon_list();
	test_lists_bogons();
	test_begins_to_list_a_bogon();
	test_split_brain();
	test_no_test_entry();
	test_must_not_by_design();
	test_must_not_never_condemns_alone();
	test_silent_at_first();
	test_test_points_lost();
	test_domain_zone();
	test_restart_in_quarantine();
	test_restart_with_a_clock_set_back();
	test_restart_in_doubt();
	test_pins();
	test_resolver_bad();
	test_lost_round_is_given_up();
	test_operator_probe();
	test_peer_lies();
	test_peer_is_right();
	test_peers_decide_where_we_cannot_look();
	test_peers_first_then_ourselves();
	test_words();
	test_storm();
	return tap_done();
}

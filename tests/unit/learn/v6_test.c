/*
 * v6_test - zones that serve IPv6, alone or beside IPv4 (scenario 32).
 *
 * A world says what each shape of name is answered; the driver asks as
 * proc/probe.c does.
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
	enum ask_class v4, v6;		/* reserved names */
	enum ask_class entry4, entry6, not6;
	int refused4;			/* so many of IPv4 are refused */
	unsigned rounds, asked6;
};

static void tell(struct zone *s, struct zone_event ev);

static void
canary(struct zone *s, enum canary c, enum ask_class cls)
{
	tell(s, (struct zone_event){ .type = ZEV_CANARY, .probe = (int)c,
	    .value = (int)cls, .number = 0.02, .detail = "q -> a" });
}

static void
ask_v6(struct zone *s, unsigned wish, int n)
{
	if (wish & (WISH_ROUND | WISH_ENROLL)) {
		canary(s, CANARY_MUST_NOT6, s->not6);
		canary(s, CANARY_MUST_LIST6, s->entry6);
	}
	for (int i = 0; i < n; i++) {
		s->asked6++;
		canary(s, CANARY_DOC6, s->v6);
	}
}

static void
ask(struct zone *s, unsigned wish)
{
	s->rounds++;
	s->now += 0.05;
	if (!(wish & WISH_CANARIES)) {
		canary(s, CANARY_MUST_NOT, ASK_CLEAN);
		canary(s, CANARY_MUST_LIST, s->entry4);
	}
	for (int i = 0; i < (wish & WISH_ENROLL ? 12 : 3); i++) {
		canary(s, CANARY_BENCH + i % 4, i < s->refused4 ?
		    ASK_BLOCKED : s->v4);
	}
	if ((wish & WISH_ENROLL) || (s->z.pools & POOL_DOC6)) {
		ask_v6(s, wish, 3);
	}
	tell(s, (struct zone_event){ .type = ZEV_ROUND_END });
}

static void
tell(struct zone *s, struct zone_event ev)
{
	unsigned wishes;

	ev.now = s->now;
	wishes = zone_model_event(&s->z, &ev);
	if ((wishes & WISH_PROBES) && !(wishes & WISH_PANEL)) {
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

static struct zone
zone(enum ask_class entry4, enum ask_class entry6)
{
	struct zone s = { .now = T0, .v4 = ASK_CLEAN, .v6 = ASK_CLEAN,
	    .entry4 = entry4, .entry6 = entry6, .not6 = ASK_CLEAN };

	zone_model_init(&s.z, "bl.example.org", ZONE_KIND_IP, s.now);
	return s;
}

static void
subject6(struct zone *s)
{
	struct subject j = { .key = 1, .net = 1, .all = true };

	tell(s, (struct zone_event){ .type = ZEV_SUBJECT, .subject = &j,
	    .n = 6 });
}

static void
control(struct zone *s, enum ask_class cls)
{
	tell(s, (struct zone_event){ .type = ZEV_CONTROL, .value = (int)cls,
	    .detail = "q -> a" });
}

static void
test_v4_alone(void)
{
	struct zone s = zone(ASK_LISTED, ASK_CLEAN);

	pass(&s, 2);
	is_int(s.z.state, ZONE_LEARNING, "enrolled");
	ok(!(s.z.pools & POOL_DOC6), "not probed with IPv6 names");
	is_int(s.z.must_list, 1, "its test entry");
	is_int(s.z.must_list6, 0, "has none in IPv6");
	s.asked6 = 0;
	pass(&s, DAY);
	is_int(s.asked6, 0, "in a whole day");
	subject6(&s);
	ok(s.z.pools & POOL_DOC6, "an IPv6 sender: now it is");
	is_int(s.z.state, ZONE_LEARNING, "and nothing else happens");
}

static void
test_v6_alone(void)
{
	struct zone s = zone(ASK_CLEAN, ASK_LISTED);

	pass(&s, 2);
	is_int(s.z.state, ZONE_LEARNING, "enrolled");
	ok(s.z.pools & POOL_DOC6, "probed with IPv6 names");
	is_int(s.z.must_list, 0, "no IPv4 entry");
	is_int(s.z.must_list6, 1, "but one in IPv6");
	pass(&s, HOUR);
	is_int(s.z.state, ZONE_LEARNING, "whose absence in IPv4 is no lack");

	/* scenario 18 */
	s.entry6 = ASK_CLEAN;
	pass(&s, 2 * HOUR);
	is_int(s.z.state, ZONE_EMPTY, "the entry is gone: empty");
	s.entry6 = ASK_LISTED;
	pass(&s, HOUR + 60);
	is_int(s.z.state, ZONE_LEARNING, "and back");
}

/* Scenarios 2 and 4: ::/0 is listed, the test points are as they were. */
static void
test_v6_wildcard(void)
{
	struct zone s = zone(ASK_CLEAN, ASK_LISTED);
	double repaired;

	pass(&s, 60);
	s.v6 = ASK_LISTED;
	control(&s, ASK_LISTED);
	is_int(s.z.state, ZONE_QUARANTINED, "found by IPv6 canaries");
	is_int(s.z.reason, REASON_WILDCARD, "wildcard");
	pass(&s, 3 * HOUR);
	is_int(s.z.state, ZONE_QUARANTINED, "while IPv4 names are clean");
	is_num(s.z.dwell, 600, "nor was it out of it meanwhile");
	s.v6 = ASK_CLEAN;
	repaired = s.now;
	while (zone_model_weight(&s.z) < 1 && s.now - repaired < DAY) {
		pass(&s, 10);
	}
	ok(s.now - repaired < 40 * MIN, "back %.0f minutes after the repair",
	    (s.now - repaired) / MIN);

	s = zone(ASK_CLEAN, ASK_LISTED);
	pass(&s, 60);
	s.v6 = s.not6 = s.entry6 = ASK_BOGUS;
	control(&s, ASK_BOGUS);
	is_int(s.z.state, ZONE_QUARANTINED, "parked");
	is_int(s.z.reason, REASON_BOGUS, "bogus");

	s = zone(ASK_CLEAN, ASK_LISTED);
	pass(&s, 60);
	s.v4 = s.v6 = ASK_BLOCKED;
	control(&s, ASK_BLOCKED);
	is_int(s.z.state, ZONE_BLOCKED, "or refused");
}

/* Scenario 5. */
static void
test_v6_broken_from_the_start(void)
{
	struct zone s = zone(ASK_CLEAN, ASK_LISTED);

	s.v6 = ASK_LISTED;
	pass(&s, MIN);
	is_int(s.z.state, ZONE_NEW, "lists every IPv6 address: not enrolled");
	is_int(s.z.reason, REASON_BROKEN, "broken");
	s.v6 = ASK_CLEAN;
	pass(&s, 2 * MIN);
	is_int(s.z.state, ZONE_LEARNING, "until it does not");
}

static void
test_both(void)
{
	struct zone s = zone(ASK_LISTED, ASK_LISTED);

	pass(&s, 60);
	ok(s.z.pools & POOL_DOC6, "both families are probed");
	s.v6 = ASK_LISTED;
	control(&s, ASK_LISTED);
	is_int(s.z.state, ZONE_QUARANTINED, "a wild half is a broken zone");

	s = zone(ASK_LISTED, ASK_LISTED);
	s.v6 = ASK_LISTED;
	pass(&s, 60);
	is_int(s.z.state, ZONE_LEARNING, "a list of bogons enrolls");
	ok(!(s.z.pools & POOL_DOC6), "without the IPv6 pool");
	subject6(&s);
	is_int(s.z.state, ZONE_LEARNING, "IPv6 mail harms it not");
	ok(!(s.z.pools & POOL_DOC6), "and finds the pool as bad as before");
	is_int(s.z.dirty, 0, "no dirt is counted");
	s.rounds = 0;
	for (int i = 0; i < 100; i++) {
		subject6(&s);
	}
	is_int(s.rounds, 0, "and is tried once a day");
}

static void
test_must_not6_by_design(void)
{
	struct zone s = zone(ASK_CLEAN, ASK_LISTED);

	s.not6 = ASK_LISTED;
	pass(&s, 60);
	is_int(s.z.state, ZONE_LEARNING, "all other names are clean");
	is_int(s.z.must_not6, 0, "so the point proves nothing");
	pass(&s, HOUR);
	is_int(s.z.state, ZONE_LEARNING, "now or later");
	s = zone(ASK_CLEAN, ASK_LISTED);
	pass(&s, 60);
	s.not6 = ASK_LISTED;
	for (int i = 0; i < 100 && s.z.state == ZONE_LEARNING; i++) {
		pass(&s, MIN);
	}
	ok(s.z.state == ZONE_SUSPECT && s.z.settled > 0,
	    "where it was clean it is a hint, and no proof");
}

/* Scenario 12: two canaries of three make BLOCKED, not two of six. */
static void
test_some_refused(void)
{
	struct zone s = zone(ASK_LISTED, ASK_LISTED);

	pass(&s, 60);
	is_int(s.z.state, ZONE_LEARNING, "of both kinds");
	s.refused4 = 2;
	s.rounds = 0;
	tell(&s, (struct zone_event){ .type = ZEV_ANSWER_BLOCKED });
	is_int(s.rounds, 1, "a refusal is asked about");
	is_int(s.z.state, ZONE_LEARNING, "two of six: others go on counting");
	s.v6 = ASK_BLOCKED;
	pass(&s, 2 * MIN);
	tell(&s, (struct zone_event){ .type = ZEV_ANSWER_BLOCKED });
	is_int(s.z.state, ZONE_BLOCKED, "five of six");
}

int
main(void)
{
	test_v4_alone();
	test_v6_alone();
	test_some_refused();
	test_v6_wildcard();
	test_v6_broken_from_the_start();
	test_both();
	test_must_not6_by_design();
	return tap_done();
}

/*
 * learn_test - the brain with its hooks: records in, table and history out.
 *
 * A keeper of the tests answers probes from a small world of zones, at once
 * or when told, and keeps what was published, logged and noticed.
 */
#include "config.h"

#include "learn/learn.h"

#include <sys/stat.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/tap/tap.h"

#define MIN	60.0
#define HOUR	3600.0
#define DAY	86400.0
#define T0	1.6e9
#define ZONES	6

enum mood { HEALTHY, WILD, PARKED, SILENT, NO_ENTRY };

struct keeper {
	struct arena *arena;
	struct learn *l;
	double now;
	enum mood mood[ZONES];
	bool resolver_lies;
	bool lose;			/* probes are lost */
	struct zone_entry table[LIMIT_ZONES];
	size_t n_table;
	unsigned published, flushes, notices, rounds, reminders, wakes;
	double wake_at;
	char notice[500], evidence[2000];
	enum zone_state from;
};

static const char *const names[ZONES] = { "a.example.org", "b.example.org",
	"c.example.org", "d.example.org", "e.example.org", "f.example.org" };

static int
number(const char *zone)
{
	for (int i = 0; i < ZONES; i++) {
		if (strcmp(zone, names[i]) == 0) {
			return i;
		}
	}
	return -1;
}

static void
set(struct ask_answer *ans, enum ask_class cls, const char *addr)
{
	ans->cls = cls;
	ans->rcode = addr != NULL ? 0 : cls == ASK_UNKNOWN ? 2 : 3;
	if (addr != NULL) {
		ans->n_addr = 1;
		ans->addr[0].s_addr = inet_addr(addr);
	}
}

static void
answer(struct keeper *k, const char *zone, enum canary c)
{
	struct ask_answer ans = { .rtt = 0.02, .qname = "9.9.18.198.zone" };
	enum mood m = zone != NULL ? k->mood[number(zone)] : HEALTHY;

	if (k->resolver_lies) {
		set(&ans, ASK_BOGUS, "203.0.113.9");
	} else if (c == CANARY_INVALID) {
		set(&ans, ASK_CLEAN, NULL);
	} else if (m == SILENT) {
		set(&ans, ASK_UNKNOWN, NULL);
	} else if (m == PARKED) {
		set(&ans, ASK_BOGUS, "91.195.240.87");
	} else if (m == WILD || (c == CANARY_MUST_LIST && m == HEALTHY)) {
		set(&ans, ASK_LISTED, "127.0.0.2");
	} else {
		set(&ans, ASK_CLEAN, NULL);
	}
	learn_canary(k->l, zone, c, &ans, k->now);
}

static void
on_probe(void *arg, const struct zone_model *z, unsigned wish)
{
	static const enum canary pools[] = { CANARY_BENCH, CANARY_CLASS_E,
	    CANARY_SHARED, CANARY_TESTNET };
	struct keeper *k = arg;

	if (k->lose || (wish & WISH_APEX)) {
		return;
	}
	if (wish & WISH_RESOLVER) {
		answer(k, z != NULL ? z->name : NULL, CANARY_INVALID);
	}
	if (z == NULL) {
		return;
	}
	k->rounds++;
	if (!(wish & WISH_CANARIES)) {
		answer(k, z->name, CANARY_MUST_NOT);
		answer(k, z->name, CANARY_MUST_LIST);
	}
	for (int i = 0; i < (wish & WISH_ENROLL ? 12 : 3); i++) {
		answer(k, z->name, pools[i % 4]);
	}
	learn_round_end(k->l, z->name, k->now);
}

static void
on_flush(void *arg)
{
	((struct keeper *)arg)->flushes++;
}

static void
on_transition(void *arg, const struct zone_model *z, enum zone_state from,
    const char *evidence)
{
	struct keeper *k = arg;

	k->from = from;
	snprintf(k->evidence, sizeof(k->evidence), "%s", evidence);
}

static void
on_remind(void *arg, const struct zone_model *z)
{
	((struct keeper *)arg)->reminders++;
}

static void
on_notice(void *arg, const char *text)
{
	struct keeper *k = arg;

	k->notices++;
	snprintf(k->notice, sizeof(k->notice), "%s", text);
}

static void
on_publish(void *arg, const struct zone_entry *e, size_t n)
{
	struct keeper *k = arg;

	k->published++;
	k->n_table = n;
	memcpy(k->table, e, n * sizeof(*e));
}

static void
on_wake(void *arg, double at)
{
	struct keeper *k = arg;

	k->wakes++;
	k->wake_at = at;
}

static void
start(struct keeper *k, struct store *s, double now, size_t zones)
{
	struct learn_hooks h = { .arg = k, .probe = on_probe,
	    .flush = on_flush, .transition = on_transition,
	    .remind = on_remind, .notice = on_notice,
	    .publish = on_publish, .wake = on_wake };

	memset(k, 0, sizeof(*k));
	k->arena = arena_new();
	k->now = now;
	k->l = learn_new(k->arena, s, &h);
	for (size_t i = 0; i < zones; i++) {
		learn_zone_add(k->l, names[i], ZONE_KIND_IP, false, now);
	}
}

static void
stop(struct keeper *k)
{
	arena_free(&k->arena);
}

static void
pass(struct keeper *k, double seconds)
{
	double end = k->now + seconds;

	while (k->now < end) {
		double next = learn_tick(k->l, k->now);

		k->now = next < end ? next : end;
	}
	learn_tick(k->l, k->now);
}

static void
send_counts(struct keeper *k, const char *zone, unsigned n, unsigned failed)
{
	union record r;

	record_init(&r.head, RECORD_COUNTS, 0, 1, k->now);
	record_text(r.counts.zone, sizeof(r.counts.zone), slice_cstr(zone));
	r.counts.lookups = n;
	r.counts.unknown = failed;
	r.counts.clean = n - failed;
	r.counts.rtt_ms_max = 30;
	learn_record(k->l, &r, k->now);
}

static void
send_answer(struct keeper *k, const char *zone, enum record_type type,
    enum ask_class cls, const char *addr)
{
	union record r;

	record_init(&r.head, type, 0, 1, k->now);
	record_text(r.answer.zone, sizeof(r.answer.zone), slice_cstr(zone));
	record_text(r.answer.qname, sizeof(r.answer.qname),
	    SLICE("4.3.2.1.\"bl\x01"));
	r.answer.is_control = type == RECORD_CONTROL;
	r.answer.cls = (uint8_t)cls;
	if (addr != NULL) {
		r.answer.n_addr = 1;
		r.answer.addr[0] = inet_addr(addr);
	}
	learn_record(k->l, &r, k->now);
}

static enum zone_state
state(const struct keeper *k, size_t i)
{
	return (enum zone_state)k->table[i].state;
}

/* ---- the brain alone ---- */

static void
test_enrolls_and_publishes(void)
{
	struct keeper k;

	start(&k, NULL, T0, 3);
	k.mood[1] = WILD;
	pass(&k, 1);
	is_int(k.n_table, 3, "three zones in the table");
	is_str(k.table[0].name, "a.example.org", "by name");
	is_int(state(&k, 0), ZONE_LEARNING, "a healthy one");
	is_num(k.table[0].weight, 1, "counts");
	is_int(state(&k, 1), ZONE_NEW, "a broken one");
	is_num(k.table[1].weight, 0, "does not");
	is_int(k.table[1].ask, 0, "nor is it asked");
	is_int(k.table[1].reason, REASON_BROKEN, "and why");
	is_int(learn_zones(k.l), 3, "count");
	ok(learn_zone(k.l, 3) == NULL, "no fourth");
	stop(&k);
}

static void
test_names(void)
{
	struct keeper k;
	char name[32], longname[LIMIT_ZONE_NAME + 1];
	int rc = 0;

	start(&k, NULL, T0, 1);
	is_int(learn_zone_add(k.l, "A.Example.ORG", ZONE_KIND_IP, false, T0),
	    0, "known in any case");
	is_int(learn_zones(k.l), 1, "one zone");
	is_int(learn_zone_add(k.l, "", ZONE_KIND_IP, false, T0), -1, "empty");
	memset(longname, 'x', sizeof(longname) - 1);
	longname[LIMIT_ZONE_NAME] = '\0';
	is_int(learn_zone_add(k.l, longname, ZONE_KIND_IP, false, T0), -1,
	    "too long");
	k.lose = true;
	for (int i = 1; i < LIMIT_ZONES; i++) {
		snprintf(name, sizeof(name), "z%d.org", i);
		rc |= learn_zone_add(k.l, name, ZONE_KIND_IP, false, T0);
	}
	is_int(rc, 0, "LIMIT_ZONES fit");
	is_int(learn_zone_add(k.l, "more.org", ZONE_KIND_IP, false, T0), -1,
	    "one more does not");
	pass(&k, 1);
	is_int(k.n_table, LIMIT_ZONES, "all are published");
	send_counts(&k, "stranger.example.org", 5, 0);
	ok(learn_zone_find(k.l, "stranger.example.org") == NULL,
	    "a record makes no zone");
	stop(&k);
}

static void
test_dirty_control_publishes_before_anything(void)
{
	struct keeper k;
	unsigned before;

	start(&k, NULL, T0, 2);
	pass(&k, 1);
	k.lose = true;
	before = k.published;
	send_answer(&k, "a.example.org", RECORD_CONTROL, ASK_LISTED,
	    "127.0.0.2");
	ok(k.published > before, "published in the same call");
	is_num(k.table[0].weight, 0, "weight 0");
	is_num(k.table[1].weight, 1, "the other zone is untouched");
	is_int(k.from, ZONE_LEARNING, "logged from learning");
	ok(strstr(k.evidence, "-> 127.0.0.2") != NULL &&
	    strstr(k.evidence, "\\\"bl\\u0001") != NULL,
	    "evidence, quoted: %s", k.evidence);
	stop(&k);
}

static void
test_incident_from_records(void)
{
	struct keeper k;

	start(&k, NULL, T0, 6);
	pass(&k, 1);
	k.mood[2] = PARKED;
	send_answer(&k, names[2], RECORD_ANSWER, ASK_BOGUS, "91.195.240.87");
	is_int(state(&k, 2), ZONE_QUARANTINED, "one live answer");
	is_int(k.table[2].reason, REASON_BOGUS, "bogus");
	is_int(k.table[2].epoch, 1, "workers flush");
	is_int(k.flushes, 1, "and so do we");
	ok(strstr(k.evidence, "91.195.240.87") != NULL, "%s", k.evidence);
	is_int(k.notices, 0, "nothing is said of the resolver");
	k.mood[2] = HEALTHY;
	pass(&k, HOUR);
	is_int(state(&k, 2), ZONE_LEARNING, "back within the hour");
	is_int(k.table[2].epoch, 2, "workers flush again");
	stop(&k);
}

static void
test_breaker_counts_a_failure_once(void)
{
	struct keeper k;

	start(&k, NULL, T0, 1);
	pass(&k, 1);
	for (int i = 0; i < 9; i++) {
		send_answer(&k, names[0], RECORD_ANSWER, ASK_UNKNOWN, NULL);
		send_counts(&k, names[0], 1, 1);
		k.now += 1;
	}
	is_int(learn_zone(k.l, 0)->state, ZONE_LEARNING, "9 are 9");
	send_counts(&k, names[0], 1, 1);
	is_int(learn_zone(k.l, 0)->state, ZONE_LEARNING, "sums are not news");
	send_answer(&k, names[0], RECORD_ANSWER, ASK_UNKNOWN, NULL);
	is_int(learn_zone(k.l, 0)->state, ZONE_DOWN, "10");
	stop(&k);
}

/* Each question is answered late: it fails, then its answer is counted. */
static void
test_slow_is_not_down(void)
{
	struct keeper k;

	start(&k, NULL, T0, 1);
	pass(&k, 1);
	for (int i = 0; i < 60; i++) {
		send_answer(&k, names[0], RECORD_ANSWER, ASK_UNKNOWN, NULL);
		if (i >= 2) {
			send_counts(&k, names[0], 1, 0);
		}
		k.now += 1;
	}
	is_int(learn_zone(k.l, 0)->state, ZONE_LEARNING, "a slow zone");
	stop(&k);
}

static void
test_resolver_lies(void)
{
	struct keeper k;
	int quarantined = 0;

	start(&k, NULL, T0, 6);
	pass(&k, 1);
	k.resolver_lies = true;
	for (int i = 0; i < 6; i++) {
		send_answer(&k, names[i], RECORD_ANSWER, ASK_BOGUS,
		    "203.0.113.9");
	}
	ok(learn_resolver_bad(k.l), "known at the first answer");
	for (int i = 0; i < 6; i++) {
		quarantined += state(&k, (size_t)i) == ZONE_QUARANTINED;
		is_num(k.table[i].weight, 0, "no list counts");
		is_int(k.table[i].reason, REASON_RESOLVER, "and why");
	}
	is_int(quarantined, 0, "no zone is blamed");
	is_int(k.notices, 1, "one notice");
	ok(strstr(k.notice, "203.0.113.9") != NULL, "%s", k.notice);
	pass(&k, 10 * MIN);
	is_int(k.notices, 1, "no more while it lasts");
	k.resolver_lies = false;
	pass(&k, MIN);
	ok(!learn_resolver_bad(k.l), "over after three clean probes");
	is_int(k.notices, 2, "said once");
	is_int(state(&k, 0), ZONE_LEARNING, "states untouched");
	is_num(k.table[0].weight, 1, "counting");
	stop(&k);
}

/* .invalid is left alone, list names are not */
static void
test_resolver_rewrites_only_lists(void)
{
	struct keeper k;
	int quarantined = 0;

	start(&k, NULL, T0, 4);
	pass(&k, 1);
	k.lose = true;
	for (int i = 0; i < 4; i++) {
		send_answer(&k, names[i], RECORD_ANSWER, ASK_BOGUS,
		    "203.0.113.9");
	}
	ok(learn_resolver_bad(k.l), "three zones, one address, one minute");
	for (size_t i = 0; i < 4; i++) {
		quarantined += learn_zone(k.l, i)->state == ZONE_QUARANTINED;
	}
	is_int(quarantined, 0, "no zone is blamed");
	stop(&k);
	start(&k, NULL, T0, 4);
	pass(&k, 1);
	k.lose = true;
	send_answer(&k, names[0], RECORD_ANSWER, ASK_BOGUS, "203.0.113.1");
	send_answer(&k, names[1], RECORD_ANSWER, ASK_BOGUS, "203.0.113.2");
	send_answer(&k, names[2], RECORD_ANSWER, ASK_BOGUS, "203.0.113.3");
	ok(!learn_resolver_bad(k.l), "three addresses are three troubles");
	stop(&k);
	start(&k, NULL, T0, 4);
	pass(&k, 1);
	k.lose = true;
	for (int i = 0; i < 9; i++) {
		send_answer(&k, names[0], RECORD_ANSWER, ASK_BOGUS,
		    "203.0.113.1");
	}
	ok(!learn_resolver_bad(k.l), "nine answers of one zone are one");
	stop(&k);
}

/* (d) 24, F10 */
static void
test_resolver_strips(void)
{
	struct keeper k;

	start(&k, NULL, T0, 4);
	for (int i = 0; i < 4; i++) {
		k.mood[i] = NO_ENTRY;
	}
	pass(&k, MIN);
	is_int(k.notices, 1, "one notice");
	ok(strstr(k.notice, "127.0.0.0/8") != NULL, "%s", k.notice);
	is_num(k.table[0].weight, 1, "no zone is punished");
	pass(&k, HOUR);
	is_int(k.notices, 1, "not again");
	stop(&k);
}

static void
test_pins(void)
{
	struct keeper k;

	start(&k, NULL, T0, 1);
	pass(&k, 1);
	is_int(learn_pin(k.l, names[0], ZONE_PINNED_ON, 0.5, k.now + 60,
	    k.now), 0, "pin");
	is_num(k.table[0].weight, 0.5, "weight");
	is_int(learn_pin(k.l, names[0], ZONE_PINNED_ON, 1.5, 0, k.now), -1,
	    "weight above 1");
	is_int(learn_pin(k.l, names[0], ZONE_PINNED_ON, NAN, 0, k.now), -1,
	    "no number");
	is_int(learn_pin(k.l, names[0], ZONE_BLOCKED, 1, 0, k.now), -1,
	    "no pin");
	is_int(learn_pin(k.l, "x.org", ZONE_PINNED_ON, 1, 0, k.now), -1,
	    "no zone");
	pass(&k, 61);
	is_int(state(&k, 0), ZONE_LEARNING, "expired");
	is_int(learn_probe(k.l, names[0], k.now), 0, "a round now");
	is_int(learn_probe(k.l, "x.org", k.now), -1, "not of a stranger");
	stop(&k);
}

/* ---- with a store ---- */

static char dir[64];

static const char *
path(const char *name)
{
	static char p[128];

	snprintf(p, sizeof(p), "%s/%s", dir, name);
	return p;
}

static void
count_row(const struct store_history_row *r, void *arg)
{
	++*(int *)arg;
}

static void
count_probe_row(const struct store_probe_row *r, void *arg)
{
	++*(int *)arg;
}

static void
test_restart_in_quarantine(void)
{
	struct keeper k;
	struct store *s;
	double dwell, since;
	int rows = 0;

	is_int(store_open(path("q"), false, &s, NULL), 0, "store");
	start(&k, s, T0, 2);
	pass(&k, 1);
	k.mood[0] = WILD;
	send_answer(&k, names[0], RECORD_CONTROL, ASK_LISTED, "127.0.0.2");
	is_int(state(&k, 0), ZONE_QUARANTINED, "quarantined");
	dwell = learn_zone(k.l, 0)->dwell;
	since = learn_zone(k.l, 0)->quarantined_at;
	stop(&k);			/* a crash: nothing is flushed */
	store_close(&s);
	is_int(store_open(path("q"), false, &s, NULL), 0, "store again");
	start(&k, s, T0 + 30, 2);
	is_int(learn_zone(k.l, 0)->state, ZONE_QUARANTINED, "still");
	is_num(learn_zone(k.l, 0)->dwell, dwell, "its dwell");
	is_num(learn_zone(k.l, 0)->quarantined_at, since, "its begin");
	is_int(learn_zone(k.l, 1)->state, ZONE_LEARNING, "the other");
	pass(&k, 1);
	is_num(k.table[0].weight, 0, "published as such");
	stop(&k);
	start(&k, s, T0 + 2 * HOUR, 2);
	k.rounds = 0;
	pass(&k, 1);
	is_int(learn_zone(k.l, 0)->clean_rounds, 1,
	    "after two hours: probed at once");
	pass(&k, 5 * MIN);
	is_int(state(&k, 0), ZONE_PROBATION, "and on its way");
	store_history(s, names[0], count_row, &rows);
	is_int(rows, 4, "learning, suspect, quarantined, probation");
	stop(&k);
	store_close(&s);
}

static void
test_quota(void)
{
	struct zone_policy p = { .weight = 1, .quota = 1000 };
	struct store *s = NULL;
	struct keeper k;

	store_open(path("quota"), false, &s, NULL);
	start(&k, s, T0, 2);
	learn_zone_policy(k.l, names[0], &p);
	pass(&k, 2 * HOUR);
	for (int i = 0; i < 9; i++) {
		send_counts(&k, names[0], 100, 0);
		send_counts(&k, names[1], 1000, 0);
		pass(&k, HOUR);
	}
	is_int(k.notices, 0, "900 of 1000 a day");
	send_counts(&k, names[0], 200, 0);
	pass(&k, 2 * HOUR);
	is_int(k.notices, 1, "1100 are told");
	ok(strstr(k.notice, "a.example.org was asked 1100 times") != NULL,
	    "%s", k.notice);
	pass(&k, 10 * HOUR);
	is_int(k.notices, 1, "once");
	pass(&k, 2 * DAY);
	is_int(k.notices, 1, "and not of other days");
	stop(&k);
	store_close(&s);
}

/* Once a day and no oftener, however often the daemon restarts. */
static void
test_reminded_daily(void)
{
	struct store *s = NULL;
	struct keeper k;
	double now;

	store_open(path("r"), false, &s, NULL);
	start(&k, s, T0, 2);
	pass(&k, 5);
	k.mood[0] = WILD;
	send_answer(&k, names[0], RECORD_CONTROL, ASK_LISTED, "127.0.0.2");
	is_int(learn_zone(k.l, 0)->state, ZONE_QUARANTINED, "quarantined");
	pass(&k, 23 * HOUR);
	is_int(k.reminders, 0, "told when it happened, not again that day");
	pass(&k, 2 * HOUR);
	is_int(k.reminders, 1, "a day later it is told again");
	pass(&k, 47 * HOUR);
	is_int(k.reminders, 3, "and each day from then on");
	learn_flush_store(k.l, k.now);
	now = k.now;
	stop(&k);
	store_close(&s);
	for (int i = 0; i < 5; i++) {
		store_open(path("r"), false, &s, NULL);
		start(&k, s, now, 2);
		k.mood[0] = WILD;
		pass(&k, HOUR);
		now = k.now;
		is_int(k.reminders, 0, "not after a restart");
		stop(&k);
		store_close(&s);
	}
}

static void
test_sums_and_probes_are_written(void)
{
	const double hour = ceil(T0 / HOUR) * HOUR;
	struct store_hour_sum sum;
	struct keeper k;
	struct store *s;
	int rows = 0;

	is_int(store_open(path("s"), false, &s, NULL), 0, "store");
	start(&k, s, T0, 1);
	pass(&k, 1);
	for (int i = 0; i < 600; i++) {
		send_counts(&k, names[0], 3, 1);
	}
	pass(&k, 0.1);
	store_sums(s, names[0], 0, &sum);
	is_num(sum.lookups, 1800, "500 records are written at once");
	is_num(sum.unknown, 600, "each column");
	send_counts(&k, names[0], 3, 0);
	pass(&k, 11);
	store_sums(s, names[0], 0, &sum);
	is_num(sum.lookups, 1803, "or soon");
	k.now = hour - 1;
	send_counts(&k, names[0], 1, 0);
	k.now += 2;
	send_counts(&k, names[0], 1, 0);
	learn_flush_store(k.l, k.now);
	store_sums(s, names[0], hour, &sum);
	is_num(sum.lookups, 1, "each hour has its own");
	store_probes(s, names[0], 100, count_probe_row, &rows);
	ok(rows >= 14, "probes of the enrollment: %d", rows);
	stop(&k);
	store_close(&s);
}

static unsigned
ticks(struct keeper *k, double seconds)
{
	double end = k->now + seconds;
	unsigned n = 0;

	while (k->now < end) {
		k->now = learn_tick(k->l, k->now);
		n++;
	}
	return n;
}

/* Its owner sleeps, and the file is left alone: another writer may hold it. */
static void
test_idle(void)
{
	struct keeper k;
	struct store *s, *other;
	unsigned n;

	start(&k, NULL, T0, 0);
	n = ticks(&k, HOUR);
	ok(n <= 61, "no zones, no store: %u ticks in an hour", n);
	stop(&k);
	is_int(store_open(path("i"), false, &s, NULL), 0, "store");
	is_int(store_open(path("i"), false, &other, NULL), 0, "a second one");
	start(&k, s, T0, 1);
	pass(&k, 2 * MIN);
	k.rounds = 0;
	is_int(store_begin(other), 0, "a writer who keeps the lock");
	n = ticks(&k, 4 * MIN);
	is_int(k.rounds, 0, "no round was due");
	ok(n <= 6, "%u ticks in 4 minutes", n);
	is_int(k.notices, 0, "and nothing was to be written");
	is_int(store_commit(other), 0, "the lock is free");
	stop(&k);
	store_close(&s);
	store_close(&other);
}

static void
test_wakes_to_write(void)
{
	struct store_hour_sum sum;
	struct keeper k;
	struct store *s;

	is_int(store_open(path("w"), false, &s, NULL), 0, "store");
	start(&k, s, T0, 1);
	is_int(k.wakes, 0, "nobody sleeps before the first tick");
	pass(&k, 2 * MIN);
	k.wakes = 0;
	for (int i = 0; i < 400; i++) {
		send_counts(&k, names[0], 1, 0);
		k.now += 0.001;
	}
	is_int(k.wakes, 1, "the first record wakes the owner, once");
	ok(fabs(k.wake_at - (k.now - 0.4 + 0.5)) < 0.01, "in half a second");
	for (int i = 0; i < 100; i++) {
		send_counts(&k, names[0], 1, 0);
	}
	is_int(k.wakes, 2, "500 records do not wait for it");
	is_num(k.wake_at, k.now, "but are written now");
	learn_tick(k.l, k.wake_at);
	store_sums(s, names[0], 0, &sum);
	is_num(sum.lookups, 500, "all of them");
	is_int(learn_pin(k.l, names[0], ZONE_PINNED_OFF, 1, k.now + 5,
	    k.now), 0, "a pin for 5 seconds");
	is_int(k.wakes, 3, "wakes, too");
	is_num(learn_tick(k.l, k.wake_at), k.now + 5, "to look at its end");
	stop(&k);
	store_close(&s);
}

/* By hours, as when a machine's clock ran on local time until NTP came. */
static void
test_clock_set_back(void)
{
	struct keeper k;

	start(&k, NULL, T0, 2);
	pass(&k, 2 * MIN);
	k.mood[1] = WILD;
	send_answer(&k, names[1], RECORD_CONTROL, ASK_LISTED, "127.0.0.2");
	pass(&k, MIN);
	is_int(state(&k, 1), ZONE_QUARANTINED, "a list in quarantine");
	k.mood[1] = HEALTHY;
	k.now -= 12 * HOUR;
	k.notices = 0;
	pass(&k, MIN);
	is_int(k.notices, 1, "the clock is set back: it says so, once");
	is_int(state(&k, 1), ZONE_QUARANTINED, "the list stays there");
	is_int(state(&k, 0), ZONE_LEARNING, "the other as it was");
	pass(&k, HOUR);
	is_int(state(&k, 1), ZONE_LEARNING, "for its dwell, not for hours");
	k.resolver_lies = true;
	k.now -= 12 * HOUR;
	pass(&k, MIN);
	ok(learn_resolver_bad(k.l), "and the resolver is looked at");
	k.now -= 1;
	k.notices = 0;
	pass(&k, MIN);
	is_int(k.notices, 0, "a second is nothing");
	stop(&k);
}

static void
test_store_comes_late(void)
{
	struct store_hour_sum sum;
	struct keeper k;
	struct store *s;
	int rows = 0;

	start(&k, NULL, T0, 2);
	pass(&k, 1);
	k.mood[1] = WILD;
	send_counts(&k, names[0], 7, 0);
	send_answer(&k, names[1], RECORD_CONTROL, ASK_LISTED, "127.0.0.2");
	pass(&k, HOUR);
	is_int(state(&k, 1), ZONE_QUARANTINED, "learned in memory");
	is_int(store_open(path("l"), false, &s, NULL), 0, "a store at last");
	learn_set_store(k.l, s, k.now);
	store_sums(s, names[0], 0, &sum);
	is_num(sum.lookups, 7, "sums were kept");
	store_history(s, NULL, count_row, &rows);
	ok(rows >= 4, "and the history: %d", rows);
	stop(&k);
	store_close(&s);
}

static void
test_full_disk(void)
{
	struct store_hour_sum sum;
	struct keeper k;
	struct store *s;
	struct err e;
	unsigned sent = 7;

	is_int(store_open(path("f"), false, &s, &e), 0, "store");
	start(&k, s, T0, 1);
	pass(&k, 1);
	send_counts(&k, names[0], 7, 0);
	pass(&k, 11);
	store_max_bytes(s, 4096);
	for (int i = 0; i < 400; i++) {
		send_answer(&k, names[0], RECORD_ANSWER, ASK_BLOCKED,
		    "127.255.255.254");
		send_counts(&k, names[0], 2, 0);
		sent += 2;
		pass(&k, 30);
	}
	is_int(k.notices, 1, "one notice");
	ok(strstr(k.notice, "free some space") != NULL, "%s", k.notice);
	is_num(k.table[0].weight, 1, "the brain goes on");
	store_max_bytes(s, 1u << 30);
	pass(&k, 11);
	is_int(k.notices, 2, "and another when it is over");
	ok(strstr(k.notice, "written again") != NULL, "%s", k.notice);
	store_sums(s, names[0], 0, &sum);
	is_num(sum.lookups, sent, "no sum was lost");
	stop(&k);
	store_close(&s);
}

/* More than the cache of a connection holds: what is damaged is read again. */
static void
make_big(const char *file)
{
	static char json[1000];
	struct zone_model z;
	struct store *s;

	store_open(path(file), false, &s, NULL);
	zone_model_init(&z, names[0], ZONE_KIND_IP, T0);
	memset(json, 'x', sizeof(json) - 1);
	store_zone_save(s, &z);
	store_begin(s);
	for (int i = 0; i < 5000; i++) {
		store_event(s, &z, T0 + i, ZONE_NEW, json, "local");
	}
	store_commit(s);
	store_close(&s);
}

static unsigned long
sum_of(const char *file)
{
	unsigned long sum = 5381;
	FILE *f = fopen(path(file), "rb");
	int c;

	while (f != NULL && (c = getc(f)) != EOF) {
		sum = sum * 33 + (unsigned)c;
	}
	if (f != NULL) {
		fclose(f);
	}
	return sum;
}

static void
damage(const char *file)
{
	static char rubbish[4096];
	FILE *f = fopen(path(file), "r+b");

	memset(rubbish, 0xa5, sizeof(rubbish));
	for (int page = 1; page < 40; page++) {
		fseek(f, page * 4096l, SEEK_SET);
		fwrite(rubbish, sizeof(rubbish), 1, f);
	}
	fclose(f);
}

/* The file was sound when it was opened. */
static void
test_damaged_while_it_is_used(void)
{
	unsigned long before;
	struct keeper k;
	struct store *s;
	struct err e;

	make_big("r");
	is_int(store_open(path("r"), false, &s, &e), 0, "store");
	damage("r");
	before = sum_of("r");
	start(&k, s, T0, 2);
	pass(&k, 11);
	is_int(k.notices, 1, "one notice");
	ok(strstr(k.notice, "damaged") != NULL, "%s", k.notice);
	ok(!learn_has_store(k.l), "it is let go");
	send_counts(&k, names[0], 7, 0);
	pass(&k, HOUR);
	is_num(k.table[0].weight, 1, "the brain goes on");
	store_close(&s);
	ok(sum_of("r") == before, "nothing is written to it, nor at its end");
	is_int(learn_recall(k.l, path("r"), k.now), -1, "nor read");
	is_int(store_open(path("r2"), false, &s, &e), 0, "another one");
	is_num((double)learn_set_store(k.l, s, k.now), 0, "nothing is lost");
	ok(learn_has_store(k.l), "it is used");
	stop(&k);
	store_close(&s);
}

/* What cannot be written can be read. */
static void
test_recall(void)
{
	struct zone_policy policy = { .weight = 0.5, .must_not_off = true };
	int notices, rows = 0;
	struct keeper k;
	struct store *s;
	struct err e;

	is_int(store_open(path("c"), false, &s, &e), 0, "store");
	start(&k, s, T0, 2);
	pass(&k, 11);
	k.mood[1] = WILD;
	send_answer(&k, names[1], RECORD_CONTROL, ASK_LISTED, "127.0.0.2");
	pass(&k, 60);
	is_int(state(&k, 1), ZONE_QUARANTINED, "a list that is broken");
	learn_pin(k.l, names[0], ZONE_PINNED_OFF, 1, 0, k.now);
	store_history(s, NULL, count_row, &rows);
	stop(&k);
	store_close(&s);
	start(&k, NULL, T0 + 600, 2);
	learn_zone_policy(k.l, names[1], &policy);
	notices = k.notices;
	is_int(learn_recall(k.l, path("c"), k.now), 0, "is recalled");
	ok(!learn_has_store(k.l), "without a store");
	is_int(zone_model_state(learn_zone(k.l, 0)), ZONE_PINNED_OFF,
	    "pin and");
	is_int(zone_model_state(learn_zone(k.l, 1)), ZONE_QUARANTINED,
	    "quarantine are back");
	is_num(learn_zone(k.l, 1)->w_operator, 0.5, "under the weight of now");
	is_int(learn_zone(k.l, 1)->must_not, 0, "and the points of now");
	is_int(k.notices, notices, "and nothing is said");
	is_int(store_open(path("c"), true, &s, &e), 0, "read it");
	store_history(s, NULL, count_row, &notices);
	is_int(notices - k.notices, rows, "nothing was written");
	stop(&k);
	store_close(&s);
}

int
main(void)
{
	char cmd[100];

	snprintf(dir, sizeof(dir), "/tmp/tare-learn-XXXXXX");
	if (mkdtemp(dir) == NULL) {
		printf("Bail out! no scratch directory\n");
		return 1;
	}
	test_enrolls_and_publishes();
	test_names();
	test_dirty_control_publishes_before_anything();
	test_incident_from_records();
	test_breaker_counts_a_failure_once();
	test_slow_is_not_down();
	test_resolver_lies();
	test_resolver_rewrites_only_lists();
	test_resolver_strips();
	test_pins();
	test_restart_in_quarantine();
	test_quota();
	test_reminded_daily();
	test_sums_and_probes_are_written();
	test_idle();
	test_wakes_to_write();
	test_clock_set_back();
	test_store_comes_late();
	test_full_disk();
	test_damaged_while_it_is_used();
	test_recall();
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	if (system(cmd) != 0) {
		printf("# %s stays\n", dir);
	}
	return tap_done();
}

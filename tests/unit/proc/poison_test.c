/*
 * poison_test - which messages a crash is blamed on, and for how long; and
 * how long a child that dies early must wait.
 */
#include "config.h"

#include "proc/proc-priv.h"
#include "tests/tap/tap.h"

static void
test_two_crashes(struct slots *s)
{
	struct worker_slot *w = slots_at(s, 0);
	struct poison *p = poison_new(NULL);
	uint64_t f = fingerprint_make(0x1234);

	slot_reset(w);
	w->fingerprint[7] = f;
	ok(!poison_has(p, f), "unknown before any crash");
	poison_crashed(p, w);
	ok(!poison_has(p, f), "one crash may be anybody's");
	poison_crashed(p, w);
	ok(poison_has(p, f), "two are enough");
	ok(!poison_has(p, fingerprint_make(0x5678)), "others are not blamed");
}

static void
test_suspect(struct slots *s)
{
	struct worker_slot *w = slots_at(s, 1);
	struct poison *p = poison_new(NULL);
	uint64_t busy = fingerprint_make(10), waiting = fingerprint_make(20);

	slot_reset(w);
	w->fingerprint[0] = waiting;
	w->fingerprint[1] = busy | FINGERPRINT_BUSY;
	poison_crashed(p, w);
	poison_crashed(p, w);
	ok(poison_has(p, busy), "the one the CPU worked on is blamed");
	ok(!poison_has(p, waiting), "those that waited are not");
}

/* A crowd of later crashes pushes old entries out; nothing overflows. */
static void
test_many(struct slots *s)
{
	struct worker_slot *w = slots_at(s, 2);
	struct poison *p = poison_new(NULL);
	uint64_t last = 0;

	slot_reset(w);
	for (uint64_t i = 1; i <= 5000; i++) {
		last = fingerprint_make(i * 1000);
		w->fingerprint[0] = last;
		poison_crashed(p, w);
	}
	poison_crashed(p, w);
	ok(poison_has(p, last), "the newest is known after 5000 others");
}

/* All places taken and nobody knows which it was: each counts. */
static void
test_full(struct slots *s)
{
	struct worker_slot *w = slots_at(s, 3);
	struct poison *p = poison_new(NULL);
	unsigned known = 0;

	slot_reset(w);
	for (uint64_t i = 0; i < LIMIT_SCANS_INFLIGHT; i++) {
		w->fingerprint[i] = fingerprint_make((i + 1) * 1000);
	}
	poison_crashed(p, w);
	poison_crashed(p, w);
	for (uint64_t i = 0; i < LIMIT_SCANS_INFLIGHT; i++) {
		known += poison_has(p, fingerprint_make((i + 1) * 1000));
	}
	is_num(known, LIMIT_SCANS_INFLIGHT, "all places of a full worker");
}

static void
test_fingerprint(void)
{
	ok(fingerprint_make(0) != 0 && fingerprint_make(1) != 0,
	    "no message has the fingerprint of an empty place");
	ok((fingerprint_make(0xffff) & FINGERPRINT_BUSY) == 0,
	    "the lowest bit is free for the mark");
}

static void
test_throttle(void)
{
	static const double delays[] = { 2, 4, 8, 16, 32, 60, 60 };
	struct throttle t = { 0 };

	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		throttle_ended(&t, false, 100);
		is_num(t.until, 100 + delays[i], "dies before it is ready");
	}
	throttle_ended(&t, true, 200);
	ok(t.until <= 200, "one that was ready is started again at once");
	throttle_ended(&t, false, 300);
	is_num(t.until, 302, "and the delay begins anew");
}

int
main(void)
{
	struct slots *s = slots_new(NULL);

	test_two_crashes(s);
	test_suspect(s);
	test_many(s);
	test_full(s);
	test_fingerprint();
	test_throttle();
	slots_free(&s);
	return tap_done();
}

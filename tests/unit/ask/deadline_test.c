/*
 * deadline_test - deadlines come in order, never early, and not when stopped.
 */
#include "config.h"

#include <event2/event.h>

#include "ask/ask-priv.h"
#include "base/clock.h"
#include "tests/tap/tap.h"

#define MANY 500
#define TURN 5.12		/* of the wheel, in seconds */

struct mark {
	struct ask_deadline d;
	struct deadlines *all;
	struct ask_deadline *victim, *again;
	double at, came;
	unsigned times;
};

static unsigned n_came, n_early, n_disorder;
static uint64_t latest;		/* tick */

static void
on_mark(void *arg)
{
	struct mark *m = arg;

	m->came = clock_mono();
	m->times++;
	n_came++;
	n_early += m->came < m->at;
	n_disorder += m->d.due < latest;
	latest = m->d.due;
	if (m->victim != NULL) {
		deadline_stop(m->all, m->victim);
	}
	if (m->again != NULL) {
		deadline_set(m->all, m->again, 0.001);
		m->again = NULL;
	}
}

static void
set(struct deadlines *all, struct mark *m, double seconds)
{
	m->d.fn = on_mark;
	m->d.arg = m;
	m->all = all;
	m->at = clock_mono() + seconds;
	deadline_set(all, &m->d, seconds);
}

static void
run_until(struct event_base *base, const unsigned *what, unsigned n)
{
	double end = clock_mono() + 120;

	while (*what < n && clock_mono() < end) {
		event_base_loop(base, EVLOOP_ONCE);
	}
}

static void
begin(struct event_base **base_r, struct deadlines **all_r)
{
	*base_r = event_base_new();
	*all_r = deadlines_new(*base_r);
	n_came = n_early = n_disorder = 0;
	latest = 0;
}

static void
end(struct event_base *base, struct deadlines *all)
{
	deadlines_free(&all);
	event_base_free(base);
}

static void
test_many(void)
{
	static struct mark m[MANY];
	struct event_base *base;
	struct deadlines *all;
	unsigned stopped = 0;

	begin(&base, &all);
	for (unsigned i = 0; i < MANY; i++) {
		set(all, &m[i], (double)(i * 37 % 101) / 200);
	}
	for (unsigned i = 0; i < MANY; i += 3) {
		deadline_stop(all, &m[i].d);
		deadline_stop(all, &m[i].d);
		stopped++;
	}
	run_until(base, &n_came, MANY - stopped);
	is_int(n_came, MANY - stopped, "all come that were not stopped");
	is_int(m[0].times + m[3].times, 0, "and those not");
	is_int(n_early, 0, "none early");
	is_int(n_disorder, 0, "in their order");
	end(base, all);
}

static void
test_callbacks(void)
{
	struct mark m[4] = { 0 };
	struct event_base *base;
	struct deadlines *all;

	begin(&base, &all);
	m[0].victim = &m[1].d;
	m[0].again = &m[0].d;
	set(all, &m[0], 0.1);
	set(all, &m[1], 0.1);
	set(all, &m[2], 0.3);
	set(all, &m[3], 0.2);
	set(all, &m[3], 0.05);		/* instead */
	run_until(base, &m[0].times, 2);
	run_until(base, &m[2].times, 1);
	is_int(m[0].times, 2, "one sets itself again in its callback");
	is_int(m[1].times, 0, "it stopped another of its tick");
	is_int(m[3].times, 1, "set twice, it comes once");
	n_came = 0;
	set(all, &m[1], 0);
	run_until(base, &n_came, 1);
	is_int(m[1].times, 1, "after all had come another one comes");
	end(base, all);
}

/* Both fall into nearly the same slot. */
static void
test_turns(void)
{
	struct mark later = { 0 }, soon = { 0 };
	struct event_base *base;
	struct deadlines *all;

	begin(&base, &all);
	set(all, &later, TURN + 0.2);
	set(all, &soon, 0.4);
	run_until(base, &soon.times, 1);
	is_int(soon.times, 1, "a deadline of this turn comes");
	ok(later.times == 0 || clock_mono() >= later.at,
	    "one of the next turn waits for it");
	run_until(base, &later.times, 1);
	is_int(later.times, 1, "and comes");
	is_int(n_early, 0, "not early");
	end(base, all);
}

int
main(void)
{
	test_many();
	test_callbacks();
	test_turns();
	return tap_done();
}

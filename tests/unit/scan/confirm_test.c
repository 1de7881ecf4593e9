/*
 * confirm_test - what a listing counts after each outcome of its control.
 *
 * The message has 2 points of its own and 6.9 by the list, so it is spam if,
 * and only if, the listing counts.
 */
#include "config.h"

#include "base/clock.h"
#include "tests/unit/scan/world.h"

#define MORE "rbl_timeout 10\n"	/* a slow machine is not late */

static struct zone_entry
entry(enum zone_state state, double weight, double clean_age, bool uneasy)
{
	return (struct zone_entry){ .name = "bl.example.org",
		.state = (uint8_t)state, .controls = 1, .ask = 1,
		.pools = POOL_BENCH, .weight = (float)weight, .timeout = 2,
		.last_clean = clean_age < 0 ? 0 : clock_wall() - clean_age,
		.uneasy = uneasy };
}

static bool
counts(struct world *w)
{
	return scan(w, LISTED, "friend.example", "", "offer");
}

static void
test_outcomes(void)
{
	enum { CLEAN, DIRTY, REFUSED, LOST };
	static const struct {
		const char *name;
		enum zone_state state;
		double weight, clean_age;	/* < 0: never was */
		bool uneasy;
		int control;
		bool want;
	} t[] = {
		{ "clean", ZONE_TRUSTED, 1, 60, false, CLEAN, true },
		{ "clean, learning", ZONE_LEARNING, 1, -1, false, CLEAN,
		    true },
		{ "clean, no weight", ZONE_QUARANTINED, 0, 60, false, CLEAN,
		    false },
		{ "dirty", ZONE_TRUSTED, 1, 60, false, DIRTY, false },
		{ "refused", ZONE_TRUSTED, 1, 60, false, REFUSED, false },
		{ "lost", ZONE_TRUSTED, 1, 60, false, LOST, true },
		{ "lost, clean nearly ten minutes ago", ZONE_TRUSTED, 1, 560,
		    false, LOST, true },
		{ "lost, clean more than ten minutes ago", ZONE_TRUSTED, 1,
		    601, false, LOST, false },
		{ "lost, never clean", ZONE_TRUSTED, 1, -1, false, LOST,
		    false },
		{ "lost, learning", ZONE_LEARNING, 1, 60, false, LOST, false },
		{ "lost, stale", ZONE_STALE, 1, 60, false, LOST, false },
		{ "lost, half-way to an alarm", ZONE_TRUSTED, 1, 60, true,
		    LOST, false },
		{ "clean, half-way to an alarm", ZONE_TRUSTED, 1, 60, true,
		    CLEAN, true },
	};
	struct world w;

	begin(&w, MORE);
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct zone_entry e = entry(t[i].state, t[i].weight,
		    t[i].clean_age, t[i].uneasy);

		/* what is lost is waited for; what comes, comes at once, or
		 * as soon as a busy machine lets it */
		if (t[i].control == LOST)
			e.timeout = 1;
		zone_table_publish(w.on.table, &e, 1);
		w.wild = t[i].control == DIRTY;
		w.refuse = t[i].control == REFUSED;
		w.lose = t[i].control == LOST;
		ok(counts(&w) == t[i].want, "control %s: %s", t[i].name,
		    t[i].want ? "counts" : "void");
	}
	end(&w);
}

static void
test_no_control(void)
{
	struct zone_entry e = entry(ZONE_TRUSTED, 1, 60, false);
	struct world w;

	begin(&w, MORE);
	w.wild = true;
	scan(&w, LISTED, "friend.example", "", "viagra");
	is_int(w.controls, 0, "spam whatever the list says: none is asked");
	e.controls = 0;
	zone_table_publish(w.on.table, &e, 1);
	ok(counts(&w), "pinned: counts, whatever the list does");
	is_int(w.controls, 0, "and none is asked");
	end(&w);
}

/* Others saw the zone break while this control was on its way. */
static void
test_news(void)
{
	struct zone_entry gone = entry(ZONE_QUARANTINED, 0, 60, false);
	struct world w;

	begin(&w, MORE);
	w.news = &gone;
	ok(!counts(&w), "clean, but meanwhile in quarantine: void");
	ok(w.controls > 0, "it was asked");
	end(&w);
}

/* Nobody asked: a good memory is no answer. */
static void
test_over_the_cap(void)
{
	struct zone_entry e;
	struct world w;

	begin(&w, "rbl_timeout 3\nzone_controls_per_minute 1\n");
	e = entry(ZONE_TRUSTED, 1, 60, false);
	zone_table_publish(w.on.table, &e, 1);
	ok(counts(&w), "the only control of this minute");
	is_int(w.controls, 1, "is asked");
	ok(!counts(&w), "the next listing is void");
	is_int(w.controls, 1, "and is not asked about");
	end(&w);
}

int
main(void)
{
	test_outcomes();
	test_no_control();
	test_news();
	test_over_the_cap();
	return tap_done();
}

/*
 * zones_test - the zone table as a message sees it: right for every zone, and
 * what it costs with 200 of them.
 *
 * The figures are printed, not judged: `make measure-zones` shows them on a
 * machine that is not busy.  The requirement is below 5 us a message.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "tests/tap/tap.h"
#include "tests/unit/scan/loaded.h"

#define ZONES	200
#define ROUNDS	20000
#define TAKES	2000

static void
begin(struct loaded *l)
{
	const struct scanner_options so = { 0 };
	FILE *f;

	loaded_begin(l);
	f = loaded_rules(l);
	fprintf(f, "dns_server 127.0.0.1:9\n");
	for (int i = 0; i < ZONES; i++) {
		fprintf(f, "header IN_%d eval:check_rbl('z%d', "
		    "'z%d.example.org.')\ntflags IN_%d net\n", i, i, i, i);
	}
	fclose(f);
	loaded_start(l, &so);
}

/* Zone i weighs as i and seed say; backwards: not the order of the rules. */
static float
weight_of(int i, int seed)
{
	return (float)((i * 7 + seed) % 100) / 100;
}

static void
publish(struct loaded *l, int seed, bool backwards)
{
	struct zone_entry e[ZONES];

	memset(e, 0, sizeof(e));
	for (int i = 0; i < ZONES; i++) {
		struct zone_entry *at = &e[backwards ? ZONES - 1 - i : i];

		snprintf(at->name, sizeof(at->name), "z%d.example.org", i);
		at->weight = weight_of(i, seed);
		at->state = ZONE_TRUSTED;
		at->timeout = 0.5f;
		at->pools = POOL_BENCH;
	}
	zone_table_publish(l->table, e, ZONES);
}

static int
wrong(const struct zone_view *v, int seed)
{
	int bad = 0;

	for (size_t i = 0; i < v->n; i++) {
		int k = atoi(v->entries[i].name + 1);

		bad += v->entries[i].weight != weight_of(k, seed);
	}
	return bad;
}

static void
test_every_zone_is_right(struct loaded *l)
{
	struct zone_view *v, *same;

	for (int seed = 1; seed <= 4; seed++) {
		publish(l, seed, seed % 2 == 0);
		v = zones_current(l->s);
		is_int((long)v->n, ZONES, "all zones");
		is_int(wrong(v, seed), 0, "each has what was published");
		same = zones_current(l->s);
		ok(same == v, "nothing new: the same snapshot");
		zones_release(&same);
		publish(l, seed + 10, false);
		is_int(wrong(v, seed), 0, "a message keeps the one it has");
		zones_release(&v);
	}
}

static double
now_us(void)
{
	return clock_mono() * 1e6;
}

/* A message's part in it: get the snapshot, give it back. */
static double
messages(struct loaded *l, int n, int every)
{
	double spent = 0, t;

	for (int i = 0; i < n; i++) {
		struct zone_view *v;

		if (every > 0 && i % every == 0) {
			publish(l, i, false);
		}
		t = now_us();
		v = zones_current(l->s);
		zones_release(&v);
		spent += now_us() - t;
	}
	return spent / n;
}

static void
show_cost(struct loaded *l)
{
	double t = now_us(), clock;

	for (int i = 0; i < ROUNDS; i++) {
		now_us();
	}
	clock = (now_us() - t) / ROUNDS;
	printf("# %d zones, microseconds a message (the clock's own %.3f "
	    "taken off):\n", ZONES, clock);
	printf("#   nothing published since the last one  %8.3f\n",
	    messages(l, ROUNDS, 0) - clock);
	printf("#   published before every 100th          %8.3f\n",
	    messages(l, ROUNDS, 100) - clock);
	printf("#   published before every one            %8.3f\n",
	    messages(l, TAKES, 1) - clock);
}

int
main(void)
{
	struct loaded l = { 0 };

	begin(&l);
	test_every_zone_is_right(&l);
	show_cost(&l);
	loaded_end(&l);
	return tap_done();
}

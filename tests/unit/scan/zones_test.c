/*
 * zones_test - the zone table as a message sees it: right for every zone, and
 * what it costs with 200 of them.
 *
 * The figures are printed, not judged: `make measure-zones` shows them on a
 * machine that is not busy.  The requirement is below 5 us a message.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "scan/scan-priv.h"
#include "tests/tap/tap.h"

#define ZONES	200
#define ROUNDS	20000
#define TAKES	2000

struct world {
	char dir[32];
	struct event_base *base;
	struct engine *eng;
	struct zone_table *table;
	int fd;
	struct scanner *s;
};

static void
write_rules(const char *dir)
{
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/r.cf", dir);
	f = fopen(path, "w");
	for (int i = 0; i < ZONES; i++) {
		fprintf(f, "header IN_%d eval:check_rbl('z%d', "
		    "'z%d.example.org.')\ntflags IN_%d net\n", i, i, i, i);
	}
	fclose(f);
}

static void
begin(struct world *w)
{
	const char *rules[1], *plugins[1] = { getenv("TARE_PLUGINS") };
	const char *cf[] = { "dns_server 127.0.0.1:9" };
	struct engine_options o = { .rules_dirs = rules, .n_rules_dirs = 1,
		.plugin_dirs = plugins, .n_plugin_dirs = 1, .cf = cf,
		.n_cf = 1 };
	struct scanner_options so = { 0 };
	struct err why = { 0 };

	if (plugins[0] == NULL) {
		plugins[0] = "plugins/.libs";
	}
	snprintf(w->dir, sizeof(w->dir), "/tmp/tare-zones.XXXXXX");
	rules[0] = mkdtemp(w->dir);
	o.site_dir = w->dir;
	write_rules(w->dir);
	so.base = w->base = event_base_new();
	so.zones = w->table = zone_table_create(&w->fd, &why);
	if (engine_load(&o, &w->eng, &why) != 0 ||
	    scanner_new(w->eng, &so, &w->s, &why) != 0) {
		printf("Bail out! %s\n", why.text);
		exit(1);
	}
}

static void
end(struct world *w)
{
	char path[96];

	scanner_free(&w->s);
	engine_free(&w->eng);
	zone_table_close(&w->table);
	close(w->fd);
	event_base_free(w->base);
	snprintf(path, sizeof(path), "%s/r.cf", w->dir);
	unlink(path);
	rmdir(w->dir);
}

/* Zone i weighs as i and seed say; backwards: not the order of the rules. */
static float
weight_of(int i, int seed)
{
	return (float)((i * 7 + seed) % 100) / 100;
}

static void
publish(struct world *w, int seed, bool backwards)
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
	zone_table_publish(w->table, e, ZONES);
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
test_every_zone_is_right(struct world *w)
{
	struct zone_view *v, *same;

	for (int seed = 1; seed <= 4; seed++) {
		publish(w, seed, seed % 2 == 0);
		v = zones_current(w->s);
		is_int((long)v->n, ZONES, "all zones");
		is_int(wrong(v, seed), 0, "each has what was published");
		same = zones_current(w->s);
		ok(same == v, "nothing new: the same snapshot");
		zones_release(&same);
		publish(w, seed + 10, false);
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
messages(struct world *w, int n, int every)
{
	double spent = 0, t;

	for (int i = 0; i < n; i++) {
		struct zone_view *v;

		if (every > 0 && i % every == 0) {
			publish(w, i, false);
		}
		t = now_us();
		v = zones_current(w->s);
		zones_release(&v);
		spent += now_us() - t;
	}
	return spent / n;
}

static void
show_cost(struct world *w)
{
	double t = now_us(), clock;

	for (int i = 0; i < ROUNDS; i++) {
		now_us();
	}
	clock = (now_us() - t) / ROUNDS;
	printf("# %d zones, microseconds a message (the clock's own %.3f "
	    "taken off):\n", ZONES, clock);
	printf("#   nothing published since the last one  %8.3f\n",
	    messages(w, ROUNDS, 0) - clock);
	printf("#   published before every 100th          %8.3f\n",
	    messages(w, ROUNDS, 100) - clock);
	printf("#   published before every one            %8.3f\n",
	    messages(w, TAKES, 1) - clock);
}

int
main(void)
{
	struct world w = { 0 };

	begin(&w);
	test_every_zone_is_right(&w);
	show_cost(&w);
	end(&w);
	return tap_done();
}

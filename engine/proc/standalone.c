/*
 * standalone.c - the same engine in one process, for tare without a daemon.
 *
 * Without a state directory, zones are enrolled by a few probes and live in
 * memory.  With one, their state is read from and written to its database,
 * unless a daemon is running there: then the database is only read, and
 * nothing is learned, for there is one writer.
 *
 * Evidence goes straight into learn/, without a socket.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

struct standalone {
	struct arena *arena;
	const struct engine *engine;
	struct event_base *base;
	struct zone_clock clock;
	struct zone_table *zones;
	int zone_fd;
	struct store *store;
	struct err unstored;	/* why store is NULL */
	struct prober *prober;
	struct learn *learn;		/* NULL: read-only, or no DNS */
	struct scanner *scanner;
	struct event *tick, *warm;
};

static double
now_zone(const struct standalone *sa)
{
	return zone_clock_now(&sa->clock);
}

/* ---- learn's hooks ---- */

static void
on_probe(void *arg, const struct zone_model *z, unsigned wish)
{
	struct standalone *sa = arg;

	prober_probe(sa->prober, z, wish);
}

static void
on_flush(void *arg)
{
	struct standalone *sa = arg;

	prober_flush(sa->prober);
}

static void
on_publish(void *arg, const struct zone_entry *entries, size_t n)
{
	struct standalone *sa = arg;

	zone_table_publish(sa->zones, entries, n);
}

static void
on_evidence(const struct record_head *record, void *arg)
{
	struct standalone *sa = arg;
	union record r = { .head = *record };

	if (sa->learn != NULL && record->length <= sizeof(r)) {
		memcpy(&r, record, record->length);
		learn_record(sa->learn, &r, now_zone(sa));
	}
}

static void
on_wake(void *arg, double at)
{
	struct standalone *sa = arg;
	double wait = zone_clock_wait(&sa->clock, at);
	struct timeval tv = { (time_t)wait,
		(suseconds_t)((wait - (double)(time_t)wait) * 1e6) };

	event_add(sa->tick, &tv);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct standalone *sa = arg;

	on_wake(sa, learn_tick(sa->learn, now_zone(sa)));
}

/* ---- the database ---- */

static bool
daemon_runs(const char *state_dir)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int n = snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/control",
	    state_dir);
	int fd, rc;

	if (n < 0 || (size_t)n >= sizeof(sun.sun_path)) {
		return false;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return false;
	}
	rc = connect(fd, (const struct sockaddr *)&sun, sizeof(sun));
	close(fd);
	return rc == 0;
}

struct entries {
	struct zone_entry v[LIMIT_ZONES];
	size_t n;
};

static void
take_entry(const struct zone_model *z, void *arg)
{
	struct entries *es = arg;

	if (es->n < LIMIT_ZONES) {
		zone_model_entry(z, &es->v[es->n++]);
	}
}

/* The keeper's beliefs, as of its last write. */
static int
copy_zones(struct standalone *sa, const char *state_dir, struct err *e)
{
	struct entries *es = arena_alloc(sa->arena, sizeof(*es));

	if (store_open(state_dir, true, &sa->store, e) != 0) {
		return -1;
	}
	store_zones(sa->store, take_entry, es);
	zone_table_publish(sa->zones, es->v, es->n);
	return 0;
}

/* ---- life ---- */

static int
start_learning(struct standalone *sa, const char *state_dir, struct err *e)
{
	struct learn_hooks hooks = { .arg = sa, .probe = on_probe,
		.flush = on_flush, .publish = on_publish, .wake = on_wake };

	if (state_dir != NULL) {
		store_open(state_dir, false, &sa->store, &sa->unstored);
	}
	if (prober_new(sa->base, sa->engine, &sa->clock, &sa->prober, e) !=
	    0) {
		return -1;
	}
	sa->learn = learn_new(sa->arena, sa->store, &hooks);
	sa->tick = evtimer_new(sa->base, on_tick, sa);
	if (sa->tick == NULL) {
		fatal("no event: out of memory");
	}
	prober_enroll(sa->prober, sa->learn);
	if (state_dir != NULL && sa->store == NULL) {
		learn_recall(sa->learn, state_dir, now_zone(sa));
	}
	on_tick(-1, 0, sa);
	return 0;
}

static int
start_zones(struct standalone *sa, const char *state_dir, struct err *e)
{
	sa->zones = zone_table_create(&sa->zone_fd, e);
	if (sa->zones == NULL) {
		return -1;
	}
	if (!sa->engine->net) {
		return 0;
	}
	if (state_dir != NULL && daemon_runs(state_dir)) {
		return copy_zones(sa, state_dir, e);
	}
	return start_learning(sa, state_dir, e);
}

int
standalone_new(const struct engine *eng, const char *state_dir,
    struct standalone **sa_r, struct err *e)
{
	struct standalone *sa = mem_alloc(sizeof(*sa));
	struct scanner_options so = { .evidence = on_evidence,
		.evidence_arg = sa };

	sa->arena = arena_new();
	sa->engine = eng;
	sa->zone_fd = -1;
	sa->clock = zone_clock_begin(eng->conf, clock_wall());
	sa->base = event_base_new();
	if (sa->base == NULL) {
		fatal("no event loop");
	}
	so.base = sa->base;
	so.clock_start = sa->clock.start;
	if (start_zones(sa, state_dir, e) != 0) {
		standalone_free(&sa);
		return -1;
	}
	so.zones = sa->zones;
	if (scanner_new(eng, &so, &sa->scanner, e) != 0) {
		standalone_free(&sa);
		return -1;
	}
	*sa_r = sa;
	return 0;
}

const char *
standalone_unstored(const struct standalone *sa)
{
	return sa->unstored.code != ERR_NONE ? sa->unstored.text : NULL;
}

struct scanner *
standalone_scanner(struct standalone *sa)
{
	return sa->scanner;
}

static bool
all_enrolled(const struct standalone *sa)
{
	for (size_t i = 0; i < learn_zones(sa->learn); i++) {
		const struct zone_model *z = learn_zone(sa->learn, i);

		/* NEW with a reason is the result: it does not work */
		if (z->state == ZONE_NEW && z->reason == REASON_NONE) {
			return false;
		}
	}
	return true;
}

static void
on_warm(evutil_socket_t fd, short what, void *arg)
{
	/* only ends a wait of the loop */
}

void
standalone_warm(struct standalone *sa, double seconds)
{
	static const struct timeval step = { 0, 10000 };
	double until = clock_mono() + seconds;

	if (sa->learn == NULL) {
		return;
	}
	sa->warm = event_new(sa->base, -1, EV_PERSIST, on_warm, sa);
	if (sa->warm == NULL) {
		fatal("no event: out of memory");
	}
	event_add(sa->warm, &step);
	while (!all_enrolled(sa) && clock_mono() < until) {
		event_base_loop(sa->base, EVLOOP_ONCE);
	}
	event_free(sa->warm);
	sa->warm = NULL;
	/* the table is published by the next tick */
	learn_tick(sa->learn, now_zone(sa));
}

void
standalone_free(struct standalone **sap)
{
	struct standalone *sa = *sap;

	if (sa == NULL) {
		return;
	}
	*sap = NULL;
	if (sa->scanner != NULL && scanner_ask(sa->scanner) != NULL) {
		ask_report(scanner_ask(sa->scanner));
	}
	scanner_free(&sa->scanner);
	if (sa->learn != NULL) {
		learn_flush_store(sa->learn, now_zone(sa));
	}
	prober_free(&sa->prober);
	arena_free(&sa->arena);
	if (sa->store != NULL) {
		store_close(&sa->store);
	}
	if (sa->tick != NULL) {
		event_free(sa->tick);
	}
	event_base_free(sa->base);
	zone_table_close(&sa->zones);
	if (sa->zone_fd >= 0) {
		close(sa->zone_fd);
	}
	mem_free(sa);
}

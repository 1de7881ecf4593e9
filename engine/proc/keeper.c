/*
 * keeper.c - the process that remembers: the only one that writes SQLite.
 *
 * It reads what workers saw (records), asks the probes that learn/ wishes
 * (probe.c), publishes the zone table and answers operators about zones.  It
 * lives in a session of its own, so that stopping a terminal's process group
 * never interrupts a commit; SIGTERM makes it write what it has and end.
 *
 * A killed keeper loses what it had not written, at most half a second of
 * counters; the queue of records survives in the socketpair, whose ends the
 * master keeps; scans go on with the table as it was; the next keeper
 * restores every zone from the database.
 *
 * A database that cannot be opened, or turns out to be damaged, is said once
 * and tried again, each minute at last: zones are then learned in memory,
 * beginning with what it holds, if that can be read.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <sys/socket.h>

#include <event2/event.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define RECORDS		512	/* per wake-up: operators wait, too */
#define STORE_SECONDS	60.0	/* between attempts to open it, at last */
#define LINE_BYTES	2100	/* the master takes shorter ones */

struct keeper {
	struct daemon *d;
	struct event_base *base;
	struct arena *arena;
	struct prober *prober;
	struct learn *learn;
	struct store *store;
	struct watch *watch;
	struct event *records, *control, *tick, *term, *retry;
	double retry_after;	/* seconds */
	uint64_t strange;	/* records that were none */
};

static void
arm(struct event *ev, double seconds)
{
	struct timeval tv = { (time_t)seconds,
		(suseconds_t)((seconds - (double)(time_t)seconds) * 1e6) };

	event_add(ev, &tv);
}

static double
now_zone(const struct keeper *k)
{
	return zone_clock_now(&k->d->clock);
}

/* ---- what learn/ wishes, besides probes ---- */

static const char *
reason_name(const struct zone_model *z)
{
	return zone_reason_name(z->pin != ZONE_NEW ? REASON_OPERATOR :
	    z->reason);
}

/* What every line about a zone ends with; b is freed. */
static void
log_zone(struct keeper *k, enum log_level level, struct buf *b,
    const struct zone_model *z, const char *prefix)
{
	char words[600];
	struct buf why;

	zone_model_words(z, now_zone(k), words, sizeof(words));
	buf_init(&why, NULL);
	buf_addf(&why, "%s%s", prefix, words);
	buf_adds(b, " why=");
	buf_add_json(b, buf_slice(&why));
	log_line(level, "%s", buf_cstr(b));
	buf_free(&why);
	buf_free(b);
}

static void
on_transition(void *arg, const struct zone_model *z, enum zone_state from,
    const char *evidence)
{
	struct keeper *k = arg;
	bool healthy = from == ZONE_NEW || from == ZONE_LEARNING ||
	    from == ZONE_TRUSTED;
	bool fine = zone_is_fine(z);
	struct buf b;

	buf_init(&b, NULL);
	buf_addf(&b, "event=zone zone=%s from=%s to=%s reason=%s weight=%g "
	    "evidence=%s", z->name, zone_state_name(from),
	    zone_state_name(zone_model_state(z)), reason_name(z),
	    zone_model_weight(z),
	    evidence);		/* JSON of learn/'s own making */
	/* growing up is no news; falling ill and recovering are */
	log_zone(k, healthy && fine ? LOG_L_INFO : LOG_L_WARN, &b, z,
	    !healthy && fine ? "recovered: " : "");
}

static void
on_remind(void *arg, const struct zone_model *z)
{
	struct keeper *k = arg;
	struct buf b;

	buf_init(&b, NULL);
	buf_addf(&b, "event=zone-still zone=%s state=%s reason=%s weight=%g "
	    "days=%d", z->name, zone_state_name(zone_model_state(z)),
	    reason_name(z), zone_model_weight(z),
	    (int)((now_zone(k) - z->since) / 86400));
	log_zone(k, LOG_L_WARN, &b, z, "still ");
}

static void
on_notice(void *arg, const char *text)
{
	struct buf b;

	buf_init(&b, NULL);
	buf_add_json(&b, slice_cstr(text));
	log_line(LOG_L_WARN, "event=notice why=%s", buf_cstr(&b));
	buf_free(&b);
}

static void
on_publish(void *arg, const struct zone_entry *entries, size_t n)
{
	struct keeper *k = arg;

	zone_table_publish(k->d->zones, entries, n);
}

static void
on_probe(void *arg, const struct zone_model *z, unsigned wish)
{
	struct keeper *k = arg;

	prober_probe(k->prober, z, wish);
}

static void
on_flush(void *arg)
{
	struct keeper *k = arg;

	prober_flush(k->prober);
}

static void
on_wake(void *arg, double at)
{
	struct keeper *k = arg;

	arm(k->tick, zone_clock_wait(&k->d->clock, at));
}

static void
on_seen(void *arg, const struct store_probe_row *row)
{
	struct keeper *k = arg;

	watch_seen(k->watch, row);
}

static void
on_round_ended(void *arg, const char *zone)
{
	struct keeper *k = arg;
	const struct zone_model *z = learn_zone_find(k->learn, zone);

	if (z != NULL) {
		watch_ended(k->watch, z, now_zone(k),
		    prober_busy(k->prober, zone));
	}
}

/* ---- what comes in ---- */

static void
read_records(struct keeper *k, unsigned max)
{
	union record r;

	for (unsigned i = 0; i < max; i++) {
		ssize_t n = recv(k->d->record_fd[0], &r, sizeof(r),
		    MSG_DONTWAIT | MSG_TRUNC);

		if (n <= 0) {
			return;		/* 0: master and workers are gone */
		}
		if ((size_t)n > sizeof(r) ||
		    record_check(&r, (size_t)n) != 0) {
			k->strange++;
			continue;
		}
		learn_record(k->learn, &r, now_zone(k));
	}
}

static void
on_records(evutil_socket_t fd, short what, void *arg)
{
	read_records(arg, RECORDS);
}

static void
on_control(evutil_socket_t fd, short what, void *arg)
{
	struct keeper *k = arg;
	char line[LINE_BYTES];
	int peer;

	while (keeper_control_receive(fd, line, sizeof(line), &peer) == 0) {
		struct keeper_parts parts = { k->learn, k->prober, k->watch,
			now_zone(k) };

		keeper_control(&parts, peer, slice_cstr(line));
	}
}

/* The second and later attempts are further and further apart, also when the
 * last one succeeded: damage that shows only in use must not be met each
 * second. */
static void
retry_store(struct keeper *k)
{
	arm(k->retry, k->retry_after);
	k->retry_after = fmin(2 * k->retry_after, STORE_SECONDS);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct keeper *k = arg;

	if (k->store != NULL && !learn_has_store(k->learn)) {
		store_close(&k->store);		/* damaged, as was said */
		retry_store(k);
	}
	arm(k->tick, zone_clock_wait(&k->d->clock,
	    learn_tick(k->learn, now_zone(k))));
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct keeper *k = arg;
	struct err e;
	uint64_t lost;

	if (store_open(k->d->state_dir, false, &k->store, &e) != 0) {
		retry_store(k);
		return;
	}
	lost = learn_set_store(k->learn, k->store, now_zone(k));
	log_line(LOG_L_INFO, "event=store result=ok lost=%llu",
	    (unsigned long long)lost);
}

static void
on_term(evutil_socket_t fd, short what, void *arg)
{
	struct keeper *k = arg;

	event_base_loopbreak(k->base);
}

/* ---- life ---- */

static void
drop_inherited(struct daemon *d)
{
	slots_keep(d->slots, SLOT_KEEPER);
	control_board_free(&d->board);
	for (size_t i = 0; i < d->listeners.n; i++) {
		close(d->listeners.v[i].fd);
	}
	close(d->record_fd[1]);
	close(d->wake_fd);
	setsid();
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

static void
open_brain(struct keeper *k)
{
	struct learn_hooks hooks = { .arg = k, .probe = on_probe,
		.flush = on_flush, .transition = on_transition,
		.remind = on_remind,
		.notice = on_notice, .publish = on_publish,
		.seen = on_seen, .wake = on_wake };
	struct err e = { .code = ERR_NONE };

	k->base = event_base_new();
	if (k->base == NULL) {
		fatal("keeper: no event loop");
	}
	k->retry = evtimer_new(k->base, on_retry, k);
	if (store_open(k->d->state_dir, false, &k->store, &e) != 0) {
		log_line(LOG_L_ERROR, "event=store result=failed why=\"%s\" "
		    "then=\"zones are kept in memory\"", e.text);
		retry_store(k);
	}
	if (prober_new(k->base, k->d->engine, &k->d->clock, &k->prober,
	    &e) != 0) {
		fatal("keeper: %s", e.text);
	}
	k->watch = watch_new();
	prober_on_end(k->prober, on_round_ended, k);
	k->learn = learn_new(k->arena, k->store, &hooks);
	if (k->d->engine->net) {
		prober_enroll(k->prober, k->learn);
	}
	if (k->store == NULL) {
		learn_recall(k->learn, k->d->state_dir, now_zone(k));
	}
}

static struct event *
watch(struct keeper *k, int fd, short what, event_callback_fn fn)
{
	struct event *ev = event_new(k->base, fd, what, fn, k);

	if (ev == NULL) {
		fatal("no event: out of memory");
	}
	return ev;
}

static void
open_events(struct keeper *k)
{
	k->records = watch(k, k->d->record_fd[0], EV_READ | EV_PERSIST,
	    on_records);
	k->control = watch(k, k->d->keeper_fd[1], EV_READ | EV_PERSIST,
	    on_control);
	k->tick = watch(k, -1, 0, on_tick);
	k->term = watch(k, SIGTERM, EV_SIGNAL | EV_PERSIST, on_term);
	event_add(k->records, NULL);
	event_add(k->control, NULL);
	event_add(k->term, NULL);
	arm(k->tick, 0);
}

static void
close_all(struct keeper *k)
{
	/* what workers sent before they ended */
	read_records(k, UINT32_MAX);
	learn_flush_store(k->learn, now_zone(k));
	watch_free(&k->watch);
	prober_free(&k->prober);
	arena_free(&k->arena);
	if (k->store != NULL) {
		store_close(&k->store);
	}
	event_free(k->records);
	event_free(k->control);
	event_free(k->tick);
	event_free(k->term);
	event_free(k->retry);
	event_base_free(k->base);
	if (k->strange > 0) {
		log_line(LOG_L_WARN, "event=records strange=%llu",
		    (unsigned long long)k->strange);
	}
}

void
keeper_main(struct daemon *d)
{
	struct keeper k = { .d = d, .arena = arena_new(), .retry_after = 1 };

	drop_inherited(d);
	priv_restrict(ROLE_KEEPER, d);
	open_brain(&k);
	open_events(&k);
	slots_at(d->slots, SLOT_KEEPER)->state = SLOT_READY;
	event_base_dispatch(k.base);
	close_all(&k);
	exit(0);
}

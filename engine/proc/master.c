/*
 * master.c - supervise: the process that does nothing but look after others.
 *
 * It parses no mail, opens no database and asks no DNS; it waits in poll(2)
 * for signals (signalfd), for workers that changed their slot (eventfd) and
 * for operators (control.c), and once a second looks at everybody:
 *
 *   - a child that ended is started again (spawn.c says when);
 *   - a worker whose heartbeat is older than STUCK_SECONDS is killed;
 *   - what a crashed worker was scanning is remembered (poison.c);
 *   - a reload takes its next step (reload.c);
 *   - a worker that drains too long is killed.
 *
 * SIGTERM: workers finish their scans (at most DRAIN_SECONDS), then the
 * keeper, which gets their last records, commits and ends.  A killed master
 * takes its children along: they get SIGTERM from the kernel.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define STUCK_SECONDS	30	/* no heartbeat for so long: killed */
#define DRAIN_SECONDS	120	/* longest scan and write, with room */
#define KEEPER_SECONDS	30	/* its last commit */
#define TICK_MS		1000

bool
master_is_current(const struct daemon *d, const struct child *c)
{
	return c->pid != 0 && c->serial == d->serial && !c->draining;
}

void
master_start_drain(struct daemon *d, struct child *c)
{
	if (c->pid == 0 || c->draining) {
		return;
	}
	c->draining = true;
	c->drain_by = clock_mono() + DRAIN_SECONDS;
	kill(c->pid, SIGTERM);
}

/* ---- children that ended ---- */

static void
log_end(const struct child *c, int status)
{
	bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	log_line(clean ? LOG_L_INFO : LOG_L_WARN, "event=ended role=%s "
	    "slot=%u child=%d %s=%d ready=%d%s", c->keeper ? "keeper" :
	    "worker", c->slot, (int)c->pid, WIFSIGNALED(status) ? "signal" :
	    "status", WIFSIGNALED(status) ? WTERMSIG(status) :
	    WEXITSTATUS(status), c->ready, c->stuck ? " why=stuck" : "");
}

static void
worker_ended(struct daemon *d, struct child *c, int status)
{
	struct worker_slot *ws = slots_at(d->slots, c->slot);
	bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	c->ready = c->ready || ws->state == SLOT_READY ||
	    ws->state == SLOT_DRAINING;
	log_end(c, status);
	if (!clean && c->ready) {
		d->worker_crashes++;
		poison_crashed(d->poison, ws);
	}
	throttle_ended(&d->worker_throttle, c->ready, clock_mono());
	slot_add_totals(ws, &d->totals);
	slot_reset(ws);
	c->pid = 0;
}

static void
keeper_ended(struct daemon *d, int status)
{
	struct child *c = &d->keeper;

	c->ready = slots_at(d->slots, SLOT_KEEPER)->state == SLOT_READY;
	log_end(c, status);
	throttle_ended(&d->keeper_throttle, c->ready, clock_mono());
	d->keeper_restarts++;
	c->pid = 0;
}

static void
reap(struct daemon *d)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == d->reload.pid) {
			reload_ended(d, status);
		} else if (pid == d->keeper.pid) {
			keeper_ended(d, status);
		}
		for (unsigned i = 0; i < LIMIT_WORKERS; i++) {
			if (d->workers[i].pid == pid) {
				worker_ended(d, &d->workers[i], status);
			}
		}
	}
}

/* ---- once a second, or when somebody woke us ---- */

static void
watch(struct daemon *d, struct child *c, double now)
{
	struct worker_slot *ws = slots_at(d->slots, c->slot);
	uint64_t age = slots_now_ms() - ws->heartbeat_ms;

	if (ws->state == SLOT_READY && !c->ready) {
		c->ready = true;
		throttle_ended(&d->worker_throttle, true, now);
	}
	/* it retires by itself after max_scans: replace it early */
	if (ws->state == SLOT_DRAINING && !c->draining) {
		c->draining = true;
		c->drain_by = now + DRAIN_SECONDS;
	}
	if (c->stuck) {
		return;
	}
	if ((int64_t)age > STUCK_SECONDS * 1000 ||
	    (c->draining && now > c->drain_by)) {
		c->stuck = true;
		log_line(LOG_L_ERROR, "event=stuck slot=%u child=%d "
		    "heartbeat_age_ms=%llu draining=%d", c->slot,
		    (int)c->pid, (unsigned long long)age, c->draining);
		kill(c->pid, SIGKILL);
	}
}

/* As many workers of the rules in force as wanted, while slots last. */
static void
start_workers(struct daemon *d, double now)
{
	unsigned running = 0;

	for (unsigned i = 0; i < LIMIT_WORKERS; i++) {
		running += master_is_current(d, &d->workers[i]);
	}
	for (unsigned i = 0; i < LIMIT_WORKERS && running < d->n_workers;
	    i++) {
		if (now < d->worker_throttle.until) {
			return;
		}
		if (d->workers[i].pid == 0) {
			spawn_worker(d, i);
			running++;
		}
	}
}

static void
announce(struct daemon *d)
{
	unsigned ready = 0;

	for (unsigned i = 0; i < LIMIT_WORKERS; i++) {
		ready += d->workers[i].pid != 0 && d->workers[i].ready;
	}
	if (d->announced || ready < d->n_workers) {
		return;
	}
	d->announced = true;
	log_line(LOG_L_INFO, "event=ready workers=%u generation=%016llx",
	    ready, (unsigned long long)d->engine->generation);
	notify_systemd("READY=1");
	if (d->ready_fd >= 0) {
		if (write(d->ready_fd, "", 1) != 1) {
			log_line(LOG_L_DEBUG, "event=ready why=\"nobody "
			    "waits\"");
		}
		close(d->ready_fd);
		d->ready_fd = -1;
	}
}

static void
pat_watchdog(struct daemon *d, double now)
{
	if (d->watchdog > 0 && now >= d->watchdog_at) {
		d->watchdog_at = now + d->watchdog;
		notify_systemd("WATCHDOG=1");
	}
}

static void
tick(struct daemon *d)
{
	double now = clock_mono();

	pat_watchdog(d, now);
	for (unsigned i = 0; i < LIMIT_WORKERS; i++) {
		if (d->workers[i].pid != 0) {
			watch(d, &d->workers[i], now);
		}
	}
	if (d->stopping) {
		return;
	}
	start_workers(d, now);
	if (d->keeper.pid == 0 && now >= d->keeper_throttle.until) {
		spawn_keeper(d);
	}
	announce(d);
	reload_advance(d);
}

/* ---- stopping ---- */

static void
stop(struct daemon *d)
{
	if (d->stopping) {
		return;
	}
	d->stopping = true;
	log_line(LOG_L_INFO, "event=stopping");
	notify_systemd("STOPPING=1");
	/* Nobody new finds us; who is in the queue is taken by the workers. */
	listen_unlink(&d->listeners);
	for (unsigned i = 0; i < LIMIT_WORKERS; i++) {
		master_start_drain(d, &d->workers[i]);
	}
	if (d->reload.pid != 0) {
		kill(d->reload.pid, SIGKILL);
	}
}

/* True when everyone is gone. */
static bool
stopped(struct daemon *d)
{
	double now = clock_mono();

	for (unsigned i = 0; i < LIMIT_WORKERS; i++) {
		if (d->workers[i].pid != 0) {
			return false;
		}
	}
	if (d->keeper.pid == 0) {
		return true;
	}
	if (!d->keeper.draining) {
		d->keeper.draining = true;
		d->keeper.drain_by = now + KEEPER_SECONDS;
		kill(d->keeper.pid, SIGTERM);
	} else if (now > d->keeper.drain_by) {
		kill(d->keeper.pid, SIGKILL);
	}
	return false;
}

/* ---- the loop ---- */

static void
on_signals(struct daemon *d)
{
	struct signalfd_siginfo si;

	while (read(d->signal_fd, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		switch (si.ssi_signo) {
		case SIGTERM:
		case SIGINT:
			stop(d);
			break;
		case SIGHUP:
			reload_begin(d);
			break;
		case SIGUSR2: {
			struct arena *a = arena_new();
			struct slice s = status_json(a, d);

			log_line(LOG_L_INFO, "event=status %.*s",
			    SLICE_FMT(s));
			arena_free(&a);
			break;
		}
		default:		/* SIGCHLD: reap() looks anyway */
			break;
		}
	}
}

static int
open_signals(struct daemon *d)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void
drain_wake(int fd)
{
	uint64_t n;

	if (read(fd, &n, sizeof(n)) < 0 && errno != EAGAIN) {
		DIE("eventfd: %s", strerror(errno));
	}
}

int
master_run(struct daemon *d)
{
	enum { SIGNALS, WAKE, FIXED };
	struct pollfd p[FIXED + CONTROL_CLIENTS + 1];

	d->signal_fd = open_signals(d);
	if (d->signal_fd < 0) {
		log_line(LOG_L_ERROR, "event=signalfd why=\"%s\"",
		    strerror(errno));
		return ERR_OS;
	}
	d->control = control_new();
	d->watchdog = notify_watchdog();
	tick(d);
	while (!d->stopping || !stopped(d)) {
		size_t n;

		p[SIGNALS] = (struct pollfd){ d->signal_fd, POLLIN, 0 };
		p[WAKE] = (struct pollfd){ d->wake_fd, POLLIN, 0 };
		n = control_poll_fill(d, &p[FIXED]);
		if (poll(p, FIXED + n, TICK_MS) < 0 && errno != EINTR) {
			DIE("poll: %s", strerror(errno));
		}
		on_signals(d);
		drain_wake(d->wake_fd);
		reap(d);
		control_poll_done(d, &p[FIXED], n);
		tick(d);
	}
	log_line(LOG_L_INFO, "event=stopped");
	return 0;
}

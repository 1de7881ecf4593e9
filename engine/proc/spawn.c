/*
 * spawn.c - fork a role, with exactly the descriptors it may have.
 *
 * A child starts with default signals, knows that its master died (it gets
 * SIGTERM then), and closes everything that is the master's.  What else a
 * role does not need it closes itself, in its own file, where one can see it.
 *
 * When to start a child again is Dovecot's rule: at once, but children that
 * died before they were ready wait 2 s, doubling to 60 s.  Otherwise whoever
 * can crash a scan could stop the service by making us wait.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <sys/prctl.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define DELAY_FIRST	2.0
#define DELAY_MAX	60.0

void
throttle_ended(struct throttle *t, bool was_ready, double now)
{
	if (was_ready) {
		t->delay = 0;
		t->until = 0;
		return;
	}
	t->delay = t->delay == 0 ? DELAY_FIRST : t->delay * 2;
	if (t->delay > DELAY_MAX) {
		t->delay = DELAY_MAX;
	}
	t->until = now + t->delay;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0) {
		close(*fd);
		*fd = -1;
	}
}

static void
become_child(struct daemon *d, pid_t master, const char *role)
{
	sigset_t none;

	log_role(role);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != master) {
		_exit(0);		/* it died before we could say so */
	}
	control_close(d);
	close_fd(&d->signal_fd);
	close_fd(&d->ready_fd);
	close_fd(&d->reload.pipe);
	close_fd(&d->keeper_fd[0]);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

pid_t
spawn_fork(struct daemon *d, const char *role)
{
	pid_t master = getpid();
	pid_t pid = fork();

	if (pid == 0) {
		become_child(d, master, role);
	} else if (pid < 0) {
		log_line(LOG_L_ERROR, "event=fork role=%s why=\"%s\"", role,
		    strerror(errno));
	}
	return pid;
}

void
spawn_worker(struct daemon *d, unsigned slot)
{
	struct child *c = &d->workers[slot];
	struct worker_slot *ws = slots_at(d->slots, slot);
	char role[32];
	pid_t pid;

	snprintf(role, sizeof(role), "worker[%u]", slot);
	slot_reset(ws);
	ws->state = SLOT_STARTING;
	pid = spawn_fork(d, role);
	if (pid == 0) {
		worker_main(d, slot);
	}
	*c = (struct child){ .slot = slot, .serial = d->serial,
		.generation = d->engine->generation, .started = clock_mono() };
	if (pid < 0) {
		ws->state = SLOT_FREE;
		throttle_ended(&d->worker_throttle, false, c->started);
		return;
	}
	c->pid = pid;
	log_line(LOG_L_INFO, "event=started role=worker slot=%u child=%d",
	    slot, (int)pid);
}

void
spawn_keeper(struct daemon *d)
{
	pid_t pid;

	slot_reset(slots_at(d->slots, SLOT_KEEPER));
	pid = spawn_fork(d, "keeper");
	if (pid == 0) {
		keeper_main(d);
	}
	d->keeper = (struct child){ .keeper = true, .serial = d->serial,
		.generation = d->engine->generation, .started = clock_mono() };
	if (pid < 0) {
		throttle_ended(&d->keeper_throttle, false,
		    d->keeper.started);
		return;
	}
	d->keeper.pid = pid;
	log_line(LOG_L_INFO, "event=started role=keeper child=%d", (int)pid);
}

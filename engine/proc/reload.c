/*
 * reload.c - new rules without a lost scan.
 *
 * Step by step (struct reload):
 *   TRYING    a child loads the new set with every check.  Its exit status
 *             is the decision, its pipe says why, or which set it loaded.
 *             A set that crashes the compiler kills that child and nothing
 *             else.
 *   STARTING  the master has loaded the set, too (so that workers share its
 *             pages) and forks workers from it.  The old ones still scan.
 *             If files changed after the child read them, what the master
 *             has is not what was tried: it is dropped, and tried again.
 *   DRAINING  all new workers are ready: the old ones stop accepting.  Their
 *             listening sockets are the same ones, so no connection is lost.
 *   IDLE      the old ones no longer accept: whoever asked is answered.
 *
 * The keeper is replaced, too: it must know the new zones.  It commits and
 * ends; the next one restores everything from the database.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"

#define TRY_SECONDS	300

static void
finish(struct daemon *d, bool failed, const char *why)
{
	struct reload *r = &d->reload;
	struct arena *a = arena_new();
	struct buf b;

	r->step = RELOAD_IDLE;
	r->happened = true;
	r->failed = failed;
	r->at = clock_wall();
	snprintf(r->why, sizeof(r->why), "%s", why);
	buf_init(&b, a);
	buf_add_json(&b, slice_cstr(why));
	log_line(failed ? LOG_L_ERROR : LOG_L_INFO,
	    "event=reload result=%s generation=%016llx why=%s",
	    failed ? "failed" : "ok",
	    (unsigned long long)d->engine->generation, buf_cstr(&b));
	control_reloaded(d, arena_printf(a, failed ?
	    "error reload failed, the old rules stay in force: %s\n" :
	    "ok %s\n", why));
	arena_free(&a);
	notify_systemd("READY=1");
	if (r->again && !d->stopping) {
		r->again = false;
		reload_begin(d);
	}
}

/* ---- the child that tries ---- */

static const struct finding *
first_error(const struct ruleset *rs)
{
	for (size_t i = 0; i < rs->findings.n; i++) {
		if (rs->findings.v[i].level == FINDING_ERROR) {
			return &rs->findings.v[i];
		}
	}
	return NULL;
}

static _Noreturn void
try(struct daemon *d, int out)
{
	struct engine_options opt = d->opt.engine;
	const struct finding *f;
	struct engine *eng;
	struct err e = { .code = ERR_NONE };

	alarm(TRY_SECONDS);
	opt.lint = true;
	if (engine_load(&opt, &eng, &e) != 0) {
		fd_write_all(out, e.text, strlen(e.text));
		_exit(ERR_CONFIG);
	}
	f = first_error(eng->rs);
	if (f != NULL) {
		char text[480];
		int n = snprintf(text, sizeof(text), "%s:%u: %s [%s]; %zu "
		    "errors in all", f->origin.file ? f->origin.file : "-",
		    f->origin.line, f->text, f->code, eng->rs->n_errors);

		fd_write_all(out, text, (size_t)n < sizeof(text) ?
		    (size_t)n : sizeof(text) - 1);
		_exit(ERR_CONFIG);
	}
	fd_write_all(out, &eng->generation, sizeof(eng->generation));
	_exit(0);
}

void
reload_begin(struct daemon *d)
{
	struct reload *r = &d->reload;
	int fd[2];

	if (d->stopping) {
		return;
	}
	if (r->step != RELOAD_IDLE) {
		r->again = true;
		return;
	}
	notify_systemd("RELOADING=1");
	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK) != 0) {
		finish(d, true, strerror(errno));
		return;
	}
	r->pipe = fd[0];
	r->pid = spawn_fork(d, "reload");
	if (r->pid == 0) {
		try(d, fd[1]);
	}
	close(fd[1]);
	if (r->pid < 0) {
		close(r->pipe);
		r->pipe = -1;
		r->pid = 0;
		finish(d, true, "cannot fork");
		return;
	}
	r->step = RELOAD_TRYING;
	log_line(LOG_L_INFO, "event=reload result=trying child=%d",
	    (int)r->pid);
}

/* ---- back in the master ---- */

static void
switch_engine(struct daemon *d, uint64_t tried)
{
	struct engine *eng, *old = d->engine;
	struct err e = { .code = ERR_NONE };

	if (engine_load(&d->opt.engine, &eng, &e) != 0) {
		finish(d, true, e.text);
		return;
	}
	if (eng->generation != tried) {
		engine_free(&eng);
		d->reload.again = true;
		finish(d, true, "the rules changed while they were loaded");
		return;
	}
	d->engine = eng;
	d->serial++;
	d->reload.step = RELOAD_STARTING;
	/* the children that use it have their own copy */
	engine_free(&old);
	if (d->keeper.pid != 0) {
		kill(d->keeper.pid, SIGTERM);
	}
}

void
reload_ended(struct daemon *d, int status)
{
	struct reload *r = &d->reload;
	char why[480];
	uint64_t tried = 0;
	ssize_t n = read(r->pipe, why, sizeof(why) - 1);

	why[n > 0 ? n : 0] = '\0';
	close(r->pipe);
	r->pipe = -1;
	r->pid = 0;
	if (d->stopping) {
		finish(d, true, "stopping");
	} else if (WIFSIGNALED(status)) {
		snprintf(why, sizeof(why), "loading the rules was ended by "
		    "signal %d", WTERMSIG(status));
		finish(d, true, why);
	} else if (WEXITSTATUS(status) != 0) {
		finish(d, true, why[0] != '\0' ? why : "unknown reason");
	} else {
		if (n == (ssize_t)sizeof(tried)) {
			memcpy(&tried, why, sizeof(tried));
		}
		switch_engine(d, tried);
	}
}

static bool
new_ones_ready(const struct daemon *d)
{
	unsigned ready = 0;

	for (unsigned i = 0; i < LIMIT_WORKERS; i++) {
		ready += master_is_current(d, &d->workers[i]) &&
		    d->workers[i].ready;
	}
	return ready >= d->n_workers;
}

static bool
old_ones_accept(const struct daemon *d)
{
	for (unsigned i = 0; i < LIMIT_WORKERS; i++) {
		const struct child *c = &d->workers[i];

		if (c->pid != 0 && c->serial != d->serial &&
		    slots_at(d->slots, i)->state != SLOT_DRAINING) {
			return true;
		}
	}
	return false;
}

void
reload_advance(struct daemon *d)
{
	struct reload *r = &d->reload;
	char what[64];

	if (r->step == RELOAD_STARTING && new_ones_ready(d)) {
		for (unsigned i = 0; i < LIMIT_WORKERS; i++) {
			if (d->workers[i].serial != d->serial) {
				master_start_drain(d, &d->workers[i]);
			}
		}
		r->step = RELOAD_DRAINING;
	}
	if (r->step == RELOAD_DRAINING && !old_ones_accept(d)) {
		snprintf(what, sizeof(what), "generation %016llx",
		    (unsigned long long)d->engine->generation);
		finish(d, false, what);
	}
}

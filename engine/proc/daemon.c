/*
 * daemon.c - from options to a running master: everything made before forks.
 *
 * In this order, each step with a reason to come before the next:
 *   find the user; make the state directory; open the sockets clients and
 *   operators connect to; write the pid file (all as root, if we are);
 *   become that user; load the rules; make the shared memory and socketpairs;
 *   leave the terminal; supervise (master.c).
 *
 * Without --foreground the calling process waits until the workers are ready
 * and returns their fate as its exit status, so that a boot script knows.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
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
#include "base/mem.h"

/* Half of the slots: a reload runs two generations side by side. */
#define WORKERS_MAX	(LIMIT_WORKERS / 2)
#define INFLIGHT_DEFAULT	512
#define RECORD_BUFFER	(4 * 1024 * 1024)

static void
fill_defaults(struct daemon *d, const struct daemon_options *opt)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	d->opt = *opt;
	d->arena = arena_new();
	d->control_fd = d->signal_fd = d->ready_fd = d->reload.pipe = -1;
	d->n_workers = opt->workers != 0 ? opt->workers :
	    cores > 0 ? (unsigned)cores : 1;
	if (d->n_workers > WORKERS_MAX) {
		d->n_workers = WORKERS_MAX;
	}
	if (d->opt.max_inflight == 0) {
		d->opt.max_inflight = INFLIGHT_DEFAULT;
	}
	if (d->opt.max_inflight > LIMIT_SCANS_INFLIGHT) {
		d->opt.max_inflight = LIMIT_SCANS_INFLIGHT;
	}
	d->started = clock_wall();
}

static int
write_pid(struct daemon *d, struct err *e)
{
	FILE *f;

	if (d->opt.pid_file == NULL) {
		return 0;
	}
	f = fopen(d->opt.pid_file, "w");
	if (f == NULL) {
		return err_errno(e, ERR_CONFIG, "cannot write %s",
		    d->opt.pid_file);
	}
	d->pid_written = true;
	fprintf(f, "%d\n", (int)getpid());
	fclose(f);
	return 0;
}

/*
 * Where operators ask.  A disk that became read-only must not keep mail from
 * being scanned at the next start; the keeper says what that means for zones.
 */
static int
open_control(struct daemon *d, struct err *e)
{
	d->control_fd = listen_unix(d->control_path, 0600, e);
	if (d->control_fd < 0) {
		if (e->code != ERR_OS || (errno != EROFS &&
		    errno != EACCES && errno != ENOSPC && errno != EDQUOT)) {
			return -1;
		}
		log_line(LOG_L_ERROR, "event=control result=failed why=\"%s\" "
		    "then=\"tare status, zones and reload cannot ask this "
		    "tared: give it --control with a path that can be "
		    "written\"", e->text);
		return 0;
	}
	if (d->user.change &&
	    chown(d->control_path, d->user.uid, d->user.gid) != 0) {
		return err_errno(e, ERR_OS, "%s", d->control_path);
	}
	return 0;
}

/* What may need root. */
static int
open_outside(struct daemon *d, struct err *e)
{
	const struct daemon_options *o = &d->opt;
	char path[4200];

	if (user_find(o, &d->user, e) != 0 ||
	    user_trusted(o, d->trusted, &d->n_trusted, e) != 0 ||
	    listen_allow(d->arena, &d->allow, o->allow, o->n_allow, e) != 0) {
		return -1;
	}
	d->state_dir = mem_strdup(o->state_dir);
	d->listeners.mode = (mode_t)o->socket_mode;
	if (user_state_dir(&d->user, d->state_dir, e) != 0 ||
	    listen_open(&d->listeners, o->listen, o->n_listen, e) != 0) {
		return -1;
	}
	snprintf(path, sizeof(path), "%s/control", d->state_dir);
	d->control_path = mem_strdup(o->control_path != NULL ?
	    o->control_path : path);
	if (open_control(d, e) != 0) {
		return -1;
	}
	if (d->user.change) {
		listen_chown(&d->listeners, d->user.uid, d->user.gid);
	}
	return write_pid(d, e);
}

/* Shared memory and channels between our own processes. */
static int
open_inside(struct daemon *d, struct err *e)
{
	const int type = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;
	int size = RECORD_BUFFER;

	if (socketpair(AF_UNIX, type, 0, d->record_fd) != 0 ||
	    socketpair(AF_UNIX, type, 0, d->keeper_fd) != 0) {
		return err_errno(e, ERR_OS, "socketpair");
	}
	/* as much as the system grants */
	setsockopt(d->record_fd[1], SOL_SOCKET, SO_SNDBUF, &size,
	    sizeof(size));
	d->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (d->wake_fd < 0) {
		return err_errno(e, ERR_OS, "eventfd");
	}
	d->zones = zone_table_create(&d->zone_fd, e);
	if (d->zones == NULL) {
		return -1;
	}
	d->slots = slots_new(e);
	d->poison = poison_new(e);
	d->board = control_board_new(true, e);
	return d->slots != NULL && d->poison != NULL && d->board != NULL ?
	    0 : -1;
}

static void
log_findings(const struct ruleset *rs)
{
	for (size_t i = 0; i < rs->findings.n; i++) {
		const struct finding *f = &rs->findings.v[i];
		struct buf b;

		if (f->level != FINDING_ERROR) {
			continue;
		}
		buf_init(&b, NULL);
		buf_add_json(&b, slice_cstr(f->text));
		log_line(LOG_L_WARN, "event=rule file=%s line=%u code=%s "
		    "why=%s", f->origin.file ? f->origin.file : "-",
		    f->origin.line, f->code, buf_cstr(&b));
		buf_free(&b);
	}
}

static int
prepare(struct daemon *d, struct err *e)
{
	if (open_outside(d, e) != 0 || user_become(&d->user, e) != 0) {
		return -1;
	}
	if (engine_load(&d->opt.engine, &d->engine, e) != 0) {
		e->code = ERR_CONFIG;	/* whatever could not be read */
		return -1;
	}
	log_findings(d->engine->rs);
	d->clock = zone_clock_begin(d->engine->conf, d->started);
	return open_inside(d, e);
}

static void
raise_files(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0 &&
	    rl.rlim_cur < rl.rlim_max) {
		rl.rlim_cur = rl.rlim_max < 65536 ? rl.rlim_max : 65536;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
}

/* ---- leaving the terminal ---- */

/* The process that was called: wait for one byte, or for the end. */
static int
wait_ready(int fd, pid_t child)
{
	char c;
	int status;

	if (read(fd, &c, 1) == 1) {
		return 0;
	}
	if (waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	    WEXITSTATUS(status) != 0) {
		return WEXITSTATUS(status);
	}
	return ERR_SOFTWARE;
}

/* The directory stays: relative paths must mean the same at a reload. */
static void
leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	if (null < 0) {
		return;
	}
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
}

/* 0 in the process that goes on; else the caller returns *status_r. */
static int
detach(struct daemon *d, int *status_r)
{
	int fd[2];
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
		perror("tared: cannot start in the background");
		*status_r = ERR_OS;
		return 1;
	}
	if (pid > 0) {
		close(fd[1]);
		*status_r = wait_ready(fd[0], pid);
		close(fd[0]);
		return 1;
	}
	close(fd[0]);
	d->ready_fd = fd[1];
	return 0;
}

static void
remove_traces(struct daemon *d)
{
	listen_unlink(&d->listeners);
	listen_close(&d->listeners);
	if (d->control_fd >= 0) {
		close(d->control_fd);
		unlink(d->control_path);
	}
	/* where only root may, the file stays; its process is gone; one that we
	 * did not write is another daemon's */
	if (d->pid_written) {
		unlink(d->opt.pid_file);
	}
	engine_free(&d->engine);
	zone_table_close(&d->zones);
	control_board_free(&d->board);
	slots_free(&d->slots);
	mem_free(d->control);
	mem_free(d->state_dir);
	mem_free(d->control_path);
	arena_free(&d->arena);
	mem_free(d);
}

int
daemon_check(const struct daemon_options *opt, struct err *e)
{
	struct arena *a = arena_new();
	struct ip_set allow = { 0 };
	int rc = listen_check(opt->listen, opt->n_listen, e);

	if (rc == 0) {
		rc = listen_allow(a, &allow, opt->allow, opt->n_allow, e);
	}
	arena_free(&a);
	return rc;
}

int
daemon_run(const struct daemon_options *opt)
{
	struct daemon *d = mem_alloc(sizeof(*d));
	enum log_level level = opt->verbose ? LOG_L_DEBUG : LOG_L_INFO;
	struct err e = { .code = ERR_NONE };
	int status;

	fill_defaults(d, opt);
	if (!opt->foreground && detach(d, &status) != 0) {
		arena_free(&d->arena);
		mem_free(d);
		return status;
	}
	/* mistakes of the command line and rules go to the terminal */
	log_open("tared", true, level);
	raise_files();
	/* a limit to the size of files is a full disk, not our end */
	signal(SIGXFSZ, SIG_IGN);
	if (prepare(d, &e) != 0) {
		log_line(LOG_L_ERROR, "event=start why=\"%s\"", e.text);
		remove_traces(d);
		return e.code != ERR_NONE ? (int)e.code : ERR_OS;
	}
	if (!opt->foreground) {
		leave_terminal();
		log_open("tared", false, level);
	}
	log_role("master");
	status = master_run(d);
	remove_traces(d);
	return status;
}

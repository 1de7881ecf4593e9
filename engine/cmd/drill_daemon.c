/*
 * drill_daemon.c - a tared of the drill's own: the site's rules and settings,
 * the drill's resolver and clock, a private directory for socket and state.
 *
 * It may be ended and started again in the same directory: zone time goes on
 * where the caller says, so that a day of good service can pass quickly before
 * the drill begins at its own pace.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/json.h"
#include "cmd/drill.h"

#define START_SECONDS 60.0	/* a busy machine, and all rules compiled */

/* tared beside this program, or in ../sbin, or wherever $PATH says. */
static const char *
find_tared(struct arena *a)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;
	const char *path;

	if (n <= 0)
		return "tared";
	self[n] = '\0';
	slash = strrchr(self, '/');
	*slash = '\0';
	path = arena_printf(a, "%s/tared", self);
	if (access(path, X_OK) == 0)
		return path;
	path = arena_printf(a, "%s/../sbin/tared", self);
	return access(path, X_OK) == 0 ? path : "tared";
}

struct args {
	struct arena *a;
	VEC_OF(char *) v;
};

static void
add(struct args *args, const char *option, const char *value)
{
	*VEC_PUSH(args->a, &args->v) = arena_str(args->a, slice_cstr(option));
	if (value != NULL)
		*VEC_PUSH(args->a, &args->v) = arena_str(args->a,
		    slice_cstr(value));
}

static void
add_cf(struct args *args, const char *line)
{
	add(args, "--cf", line);
}

/* What makes it a drill: our resolver, our clock, our friends. */
static void
add_drill(struct args *args, const struct drill_daemon *d)
{
	char host[40];

	add_cf(args, "clear_dns_servers");
	add_cf(args, arena_printf(args->a, "dns_server 127.0.0.1:%u",
	    d->dns_port));
	add_cf(args, "skip_rbl_checks 0");
	add_cf(args, "dns_available yes");
	add_cf(args, arena_printf(args->a, "zone_clock_scale %g", d->scale));
	add_cf(args, arena_printf(args->a, "zone_clock_start %.0f", d->zone));
	for (unsigned i = 0; i < DRILL_KNOWN; i++) {
		drill_mail_known(d->kind, i, host);
		add_cf(args, arena_printf(args->a, "known_good_host %s",
		    host));
	}
	add(args, "--state", d->dir);
	add(args, "--listen", d->socket);
	add(args, "--workers", "2");
	/* It serves nobody but us, and must read what we can read. */
	if (geteuid() == 0)
		add(args, "--user", "root");
}

/* The running configuration, then what makes it a drill. */
static char **
arguments(const struct cmd_options *o, const struct drill_daemon *d)
{
	const struct engine_options *eo = &o->engine;
	struct args args = { .a = o->arena };

	add(&args, "tared", "-f");
	for (size_t i = 0; i < eo->n_rules_dirs; i++)
		add(&args, "--rules", eo->rules_dirs[i]);
	for (size_t i = 0; i < eo->n_plugin_dirs; i++)
		add(&args, "--plugins", eo->plugin_dirs[i]);
	if (eo->site_dir != NULL)
		add(&args, "--site", eo->site_dir);
	for (size_t i = 0; i < eo->n_cf; i++)
		add(&args, "--cf", eo->cf[i]);
	add_drill(&args, d);
	*VEC_PUSH(args.a, &args.v) = NULL;
	return args.v.v;
}

_Noreturn static void
become(const char *path, char **argv, const char *log)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	prctl(PR_SET_PDEATHSIG, SIGTERM);	/* also if we are killed */
	if (fd >= 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	execvp(path, argv);
	fprintf(stderr, "cannot run %s: %s\n", path, strerror(errno));
	_exit(127);
}

static bool
listens(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool good;

	memcpy(sun.sun_path, path, strlen(path) + 1);
	good = connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0;
	close(fd);
	return good;
}

/* The last line the daemon wrote, for the error message. */
static const char *
last_words(struct arena *a, const char *log)
{
	struct slice text, line, last = SLICE("it wrote nothing");

	if (file_read(log, a, 1 << 20, &text, NULL) != 0)
		return last.p;
	while (slice_line(&text, &line))
		last = slice_trim(line);
	return arena_str(a, last);
}

int
drill_daemon_make(struct arena *a, struct drill_daemon *d, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = arena_printf(a, "%s/tare-drill-XXXXXX",
	    tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp");

	if (strlen(dir) + sizeof("/control") > sizeof(((struct sockaddr_un *)
	    0)->sun_path))
		return err_set(e, ERR_USAGE, "TMPDIR is too long for a "
		    "socket's name: %s", tmp);
	if (mkdtemp(dir) == NULL)
		return err_errno(e, ERR_OS, "%s", dir);
	d->dir = dir;
	d->socket = arena_printf(a, "%s/s", dir);
	return 0;
}

static const char *
control_path(struct arena *a, const struct drill_daemon *d)
{
	return arena_printf(a, "%s/control", d->dir);
}

static int
wait_until_it_answers(struct arena *a, struct drill_daemon *d,
    const char *log, struct err *e)
{
	double give_up = clock_mono() + START_SECONDS;
	const char *control = control_path(a, d);

	/* it has the one a moment before the other */
	while (!listens(d->socket) || !listens(control)) {
		if (waitpid(d->pid, NULL, WNOHANG) == d->pid) {
			d->pid = 0;
			return err_set(e, ERR_UNAVAILABLE, "the drill's tared "
			    "ended: %s", last_words(a, log));
		}
		if (clock_mono() > give_up)
			return err_set(e, ERR_UNAVAILABLE, "the drill's tared "
			    "does not answer: %s", last_words(a, log));
		usleep(50000);
	}
	return 0;
}

int
drill_daemon_tell(struct arena *a, const struct drill_daemon *d,
    const char *line, struct slice *answer_r, struct err *e)
{
	struct cmd_options o = { .control = control_path(a, d) };

	return control_ask(a, &o, line, answer_r, e);
}

static bool
take_now(struct slice key, const struct json_value *v, void *arg)
{
	if (slice_eq_cstr(key, "now"))
		json_number(v, arg);
	return true;
}

/* Its zone time began when it was ready to, not when we forked. */
static int
set_clock(struct arena *a, struct drill_daemon *d, struct err *e)
{
	struct slice zones;

	if (drill_daemon_tell(a, d, "zones", &zones, e) != 0)
		return -1;
	json_each(zones, take_now, &d->zone);
	d->mono = clock_mono();
	return 0;
}

int
drill_daemon_start(const struct cmd_options *o, struct drill_daemon *d,
    double scale, double zone, struct err *e)
{
	const char *log = arena_printf(o->arena, "%s/log", d->dir);

	d->scale = scale;
	d->zone = zone > 0 ? zone : clock_wall();
	d->mono = clock_mono();
	d->pid = fork();
	if (d->pid == 0)
		become(find_tared(o->arena), arguments(o, d), log);
	if (d->pid < 0)
		return err_errno(e, ERR_OS, "fork");
	if (wait_until_it_answers(o->arena, d, log, e) != 0)
		return -1;
	return set_clock(o->arena, d, e);
}

double
drill_daemon_time(const struct drill_daemon *d)
{
	return d->zone + (clock_mono() - d->mono) * d->scale;
}

/* The pid of {"keeper":{"pid":N,…},…}. */
static bool
take_pid(struct slice key, const struct json_value *v, void *arg)
{
	if (slice_eq_cstr(key, "pid"))
		json_number(v, arg);
	return true;
}

static bool
take_keeper(struct slice key, const struct json_value *v, void *arg)
{
	if (slice_eq_cstr(key, "keeper"))
		json_each(v->raw, take_pid, arg);
	return true;
}

int
drill_daemon_crash(struct arena *a, const struct drill_daemon *d,
    struct err *e)
{
	struct slice status;
	double pid = 0;

	if (drill_daemon_tell(a, d, "status", &status, e) != 0)
		return -1;
	json_each(status, take_keeper, &pid);
	if (pid < 2 || kill((pid_t)pid, SIGKILL) != 0)
		return err_set(e, ERR_UNAVAILABLE, "the drill's tared has no "
		    "keeper");
	return 0;
}

void
drill_daemon_end(struct drill_daemon *d)
{
	if (d->pid <= 0)
		return;
	kill(d->pid, SIGTERM);
	while (waitpid(d->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	d->pid = 0;
}

/* What the drill made, with the daemon's cache in it. */
static void
remove_dir(const char *dir)
{
	struct arena *a = arena_new();
	char **names;
	size_t n;

	if (dir_list(dir, "", a, &names, &n, NULL) == 0) {
		for (size_t i = 0; i < n; i++) {
			if (unlink(names[i]) != 0 && errno == EISDIR)
				remove_dir(names[i]);
		}
	}
	rmdir(dir);
	arena_free(&a);
}

void
drill_daemon_remove(struct drill_daemon *d)
{
	drill_daemon_end(d);
	if (d->dir != NULL)
		remove_dir(d->dir);
	d->dir = NULL;
}

/*
 * drill_daemon.c - a tared of the drill's own: the site's rules and settings,
 * the drill's resolver, a private directory for socket and state.
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
#include "cmd/drill.h"

#define START_SECONDS 20.0

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

/* The running configuration, then what makes it a drill. */
static char **
arguments(const struct cmd_options *o, const struct drill_daemon *d,
    unsigned port, double speed)
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
	add(&args, "--cf", "clear_dns_servers");
	add(&args, "--cf", arena_printf(o->arena, "dns_server 127.0.0.1:%u",
	    port));
	add(&args, "--cf", "skip_rbl_checks 0");
	add(&args, "--cf", "dns_available yes");
	add(&args, "--cf", arena_printf(o->arena, "zone_clock_scale %g",
	    speed));
	add(&args, "--state", d->dir);
	add(&args, "--listen", d->socket);
	add(&args, "--workers", "2");
	/* It serves nobody but us, and must read what we can read. */
	if (geteuid() == 0)
		add(&args, "--user", "root");
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
answers(const char *path)
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
drill_daemon_start(const struct cmd_options *o, unsigned dns_port,
    double speed, struct drill_daemon *d_r, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = arena_printf(o->arena, "%s/tare-drill-XXXXXX",
	    tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp");
	const char *log;
	double give_up = clock_mono() + START_SECONDS;

	if (strlen(dir) + sizeof("/s") > sizeof(((struct sockaddr_un *)0)->
	    sun_path))
		return err_set(e, ERR_USAGE, "TMPDIR is too long for a "
		    "socket's name: %s", tmp);
	if (mkdtemp(dir) == NULL)
		return err_errno(e, ERR_OS, "%s", dir);
	d_r->dir = dir;
	d_r->socket = arena_printf(o->arena, "%s/s", dir);
	log = arena_printf(o->arena, "%s/log", dir);
	d_r->pid = fork();
	if (d_r->pid == 0)
		become(find_tared(o->arena), arguments(o, d_r, dns_port,
		    speed), log);
	if (d_r->pid < 0)
		return err_errno(e, ERR_OS, "fork");
	while (!answers(d_r->socket)) {
		if (waitpid(d_r->pid, NULL, WNOHANG) == d_r->pid) {
			d_r->pid = 0;
			return err_set(e, ERR_UNAVAILABLE, "the drill's tared "
			    "ended: %s", last_words(o->arena, log));
		}
		if (clock_mono() > give_up)
			return err_set(e, ERR_UNAVAILABLE, "the drill's tared "
			    "does not answer: %s", last_words(o->arena, log));
		usleep(50000);
	}
	return 0;
}

static void
remove_dir(const char *dir)
{
	struct arena *a = arena_new();
	char **names;
	size_t n;

	if (dir_list(dir, "", a, &names, &n, NULL) == 0) {
		for (size_t i = 0; i < n; i++)
			unlink(names[i]);
	}
	rmdir(dir);
	arena_free(&a);
}

void
drill_daemon_stop(struct drill_daemon *d)
{
	if (d->pid > 0) {
		kill(d->pid, SIGTERM);
		while (waitpid(d->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
		d->pid = 0;
	}
	if (d->dir != NULL)
		remove_dir(d->dir);
	d->dir = NULL;
}

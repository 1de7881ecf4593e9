/*
 * tared - the daemon: read options, then check (-t) or run.
 *
 * Exit: 0 done, 64 usage, 75 temporary, 78 configuration.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/vec.h"
#include "proc/proc.h"

#ifndef TARE_STATE_DIR
#define TARE_STATE_DIR "/var/lib/tare"
#endif

static const char usage_text[] =
"usage: tared [options]\n"
"  -f, --foreground      stay in the foreground, log to stderr\n"
"  -t, --test            check configuration and rules: exit 0 or 78\n"
"      --listen WHERE    unix path or host:port; repeatable\n"
"                        [127.0.0.1:783 and [::1]:783]\n"
"      --state DIR       state directory [" TARE_STATE_DIR "]\n"
"      --control PATH    control socket [STATE/control]\n"
"      --pid-file PATH   write the master's process id there\n"
"      --user NAME       run as, when started by root [tare]\n"
"      --group NAME      its group [that of the user]\n"
"      --workers N       processes that scan [number of cores]\n"
"      --max-inflight N  scans at a time per worker [64]\n"
"      --max-scans N     then a worker is replaced [0: never]\n"
"      --rules DIR       instead of the shipped rules; repeatable\n"
"      --site DIR        site configuration\n"
"      --cf LINE         one more line of configuration; repeatable\n"
"      --plugins DIR     instead of the installed plugins; repeatable\n"
"      --local           ask no DNS\n"
"  -v, --debug           log more\n"
"  -V, --version\n"
"  -h, --help\n";

struct tared {
	struct arena *arena;
	struct daemon_options opt;
	VEC_OF(const char *) listen, rules, cf, plugins;
	bool test;
};

enum { O_LISTEN = 256, O_STATE, O_CONTROL, O_PID, O_USER, O_GROUP, O_WORKERS,
	O_INFLIGHT, O_SCANS, O_RULES, O_SITE, O_CF, O_PLUGINS, O_LOCAL };

static const struct option longs[] = {
	{ "foreground", no_argument, NULL, 'f' },
	{ "test", no_argument, NULL, 't' },
	{ "listen", required_argument, NULL, O_LISTEN },
	{ "state", required_argument, NULL, O_STATE },
	{ "control", required_argument, NULL, O_CONTROL },
	{ "pid-file", required_argument, NULL, O_PID },
	{ "user", required_argument, NULL, O_USER },
	{ "group", required_argument, NULL, O_GROUP },
	{ "workers", required_argument, NULL, O_WORKERS },
	{ "max-inflight", required_argument, NULL, O_INFLIGHT },
	{ "max-scans", required_argument, NULL, O_SCANS },
	{ "rules", required_argument, NULL, O_RULES },
	{ "site", required_argument, NULL, O_SITE },
	{ "cf", required_argument, NULL, O_CF },
	{ "plugins", required_argument, NULL, O_PLUGINS },
	{ "local", no_argument, NULL, O_LOCAL },
	{ "debug", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

/* A count for --workers and the like; anything else is a usage error. */
static unsigned
count(const char *what)
{
	long n;

	if (slice_to_long(slice_cstr(optarg), &n) != 0 || n < 0 ||
	    n > 1000000000) {
		fprintf(stderr, "tared: --%s: \"%s\" is not a number\n", what,
		    optarg);
		exit(ERR_USAGE);
	}
	return (unsigned)n;
}

static void
take(struct tared *t, int key)
{
	struct daemon_options *o = &t->opt;

	switch (key) {
	case 'f': o->foreground = true; break;
	case 't': t->test = true; break;
	case 'v': o->verbose = true; break;
	case 'V': puts("tared " PACKAGE_VERSION); exit(0);
	case 'h': fputs(usage_text, stdout); exit(0);
	case O_LISTEN: *VEC_PUSH(t->arena, &t->listen) = optarg; break;
	case O_STATE: o->state_dir = optarg; break;
	case O_CONTROL: o->control_path = optarg; break;
	case O_PID: o->pid_file = optarg; break;
	case O_USER: o->user = optarg; break;
	case O_GROUP: o->group = optarg; break;
	case O_WORKERS: o->workers = count("workers"); break;
	case O_INFLIGHT: o->max_inflight = count("max-inflight"); break;
	case O_SCANS: o->max_scans = count("max-scans"); break;
	case O_RULES: *VEC_PUSH(t->arena, &t->rules) = optarg; break;
	case O_SITE: o->engine.site_dir = optarg; break;
	case O_CF: *VEC_PUSH(t->arena, &t->cf) = optarg; break;
	case O_PLUGINS: *VEC_PUSH(t->arena, &t->plugins) = optarg; break;
	case O_LOCAL: o->engine.local = true; break;
	default:
		fputs("tared: unknown option; tared -h lists them\n", stderr);
		exit(ERR_USAGE);
	}
}

/* -t: every finding on standard error; errors are 78. */
static int
check(struct engine_options opt)
{
	struct engine *eng;
	struct err e = { .code = ERR_NONE };
	size_t errors;

	opt.lint = true;
	if (engine_load(&opt, &eng, &e) != 0) {
		fprintf(stderr, "tared: %s\n", e.text);
		return ERR_CONFIG;
	}
	for (size_t i = 0; i < eng->rs->findings.n; i++) {
		const struct finding *f = &eng->rs->findings.v[i];
		static const char *const level[] = { "error", "warning" };

		if (f->level != FINDING_INFO) {
			fprintf(stderr, "%s:%u:%u: %s: %s [%s]\n",
			    f->origin.file ? f->origin.file : "-",
			    f->origin.line, f->origin.col, level[f->level],
			    f->text, f->code);
		}
	}
	errors = eng->rs->n_errors;
	engine_free(&eng);
	return errors > 0 ? ERR_CONFIG : 0;
}

int
main(int argc, char **argv)
{
	struct tared t = { .arena = arena_new(),
		.opt = { .state_dir = TARE_STATE_DIR } };
	struct engine_options *eo = &t.opt.engine;
	int key, status;

	while ((key = getopt_long(argc, argv, "ftvVh", longs, NULL)) != -1) {
		take(&t, key);
	}
	if (optind < argc) {
		fprintf(stderr, "tared: \"%s\" is not an option\n",
		    argv[optind]);
		return ERR_USAGE;
	}
	t.opt.listen = t.listen.v;
	t.opt.n_listen = t.listen.n;
	eo->rules_dirs = t.rules.v;
	eo->n_rules_dirs = t.rules.n;
	eo->cf = t.cf.v;
	eo->n_cf = t.cf.n;
	eo->plugin_dirs = t.plugins.v;
	eo->n_plugin_dirs = t.plugins.n;
	status = t.test ? check(*eo) : daemon_run(&t.opt);
	arena_free(&t.arena);
	return status;
}

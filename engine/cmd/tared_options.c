/*
 * tared_options.c - the daemon's command line.
 *
 * The common options are those of tare (options.c); the rest is about
 * processes and sockets.
 */
#include "config.h"

#include "cmd/tared.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/vec.h"

#ifndef TARE_STATE_DIR
#define TARE_STATE_DIR "/var/lib/tare"
#endif

static const char usage_text[] =
"usage: tared [options]\n"
"  -f, --foreground      stay in the foreground, log to stderr\n"
"  -t, --test            check configuration and rules: exit 0 or 78\n"
"      --listen WHERE    unix path or host:port; repeatable\n"
"                        [127.0.0.1:783 and [::1]:783]\n"
"  -A, --allow NET[,NET] networks that may connect; repeatable [loopback]\n"
"      --socket-mode MODE  mode of unix sockets, octal [660]\n"
"      --state DIR       state directory [" TARE_STATE_DIR "]\n"
"      --cache DIR       compiled rules; \"\": nowhere [STATE/cache]\n"
"      --control PATH    control socket [STATE/control]\n"
"      --pid-file PATH   write the master's process id there\n"
"      --user NAME       run as, when started by root [tare]\n"
"      --group NAME      its group [that of the user]\n"
"      --trust-user NAME whose User: counts on unix sockets; repeatable\n"
"      --workers N       processes that scan [number of cores]\n"
"      --max-inflight N  scans at a time per worker [512]\n"
"      --max-scans N     then a worker is replaced [0: never]\n"
"      --rules DIR       instead of the shipped rules; repeatable\n"
"      --site DIR        site configuration\n"
"      --cf LINE         one more line of configuration; repeatable\n"
"      --plugins DIR     instead of the installed plugins; repeatable\n"
"      --local           ask no DNS\n"
"  -v, --debug           log more\n"
"  -V, --version\n"
"  -h, --help\n";

struct parsing {
	struct arena *arena;
	struct daemon_options *opt;
	VEC_OF(const char *) listen, allow, trust, rules, cf, plugins;
	bool test;
	int status;		/* -1: go on */
};

enum { O_LISTEN = 256, O_STATE, O_CACHE, O_CONTROL, O_PID, O_USER, O_GROUP,
	O_WORKERS, O_INFLIGHT, O_SCANS, O_RULES, O_SITE, O_CF, O_PLUGINS,
	O_LOCAL, O_TRUST, O_MODE };

static const struct option longs[] = {
	{ "foreground", no_argument, NULL, 'f' },
	{ "test", no_argument, NULL, 't' },
	{ "listen", required_argument, NULL, O_LISTEN },
	{ "allow", required_argument, NULL, 'A' },
	{ "allowed-ips", required_argument, NULL, 'A' },
	{ "trust-user", required_argument, NULL, O_TRUST },
	{ "socket-mode", required_argument, NULL, O_MODE },
	{ "state", required_argument, NULL, O_STATE },
	{ "cache", required_argument, NULL, O_CACHE },
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

/* A count for --workers and the like. */
static void
take_count(struct parsing *p, const char *what, unsigned *n_r)
{
	long n;

	if (slice_to_long(slice_cstr(optarg), &n) != 0 || n < 0 ||
	    n > 1000000000) {
		fprintf(stderr, "tared: --%s: \"%s\" is not a number\n", what,
		    optarg);
		p->status = ERR_USAGE;
		return;
	}
	*n_r = (unsigned)n;
}

static void
take_mode(struct parsing *p)
{
	char *end;
	unsigned long mode = strtoul(optarg, &end, 8);

	if (*end != '\0' || end == optarg || mode > 0777) {
		fprintf(stderr, "tared: --socket-mode: \"%s\" is not an octal "
		    "mode such as 660\n", optarg);
		p->status = ERR_USAGE;
		return;
	}
	p->opt->socket_mode = (unsigned)mode;
}

static void
take(struct parsing *p, int key)
{
	struct daemon_options *o = p->opt;

	switch (key) {
	case 'f': o->foreground = true; break;
	case 't': p->test = true; break;
	case 'v': o->verbose = true; break;
	case 'V': puts("tared " PACKAGE_VERSION); p->status = 0; break;
	case 'h': fputs(usage_text, stdout); p->status = 0; break;
	case O_LISTEN: *VEC_PUSH(p->arena, &p->listen) = optarg; break;
	case 'A': *VEC_PUSH(p->arena, &p->allow) = optarg; break;
	case O_TRUST: *VEC_PUSH(p->arena, &p->trust) = optarg; break;
	case O_MODE: take_mode(p); break;
	case O_STATE: o->state_dir = optarg; break;
	case O_CACHE: o->engine.cache_dir = optarg; break;
	case O_CONTROL: o->control_path = optarg; break;
	case O_PID: o->pid_file = optarg; break;
	case O_USER: o->user = optarg; break;
	case O_GROUP: o->group = optarg; break;
	case O_WORKERS: take_count(p, "workers", &o->workers); break;
	case O_INFLIGHT:
		take_count(p, "max-inflight", &o->max_inflight);
		break;
	case O_SCANS: take_count(p, "max-scans", &o->max_scans); break;
	case O_RULES: *VEC_PUSH(p->arena, &p->rules) = optarg; break;
	case O_SITE: o->engine.site_dir = optarg; break;
	case O_CF: *VEC_PUSH(p->arena, &p->cf) = optarg; break;
	case O_PLUGINS: *VEC_PUSH(p->arena, &p->plugins) = optarg; break;
	case O_LOCAL: o->engine.local = true; break;
	default:
		fputs("tared: tared -h lists the options\n", stderr);
		p->status = ERR_USAGE;
	}
}

int
tared_options(struct arena *a, int argc, char **argv,
    struct daemon_options *opt_r, bool *test_r)
{
	struct parsing p = { .arena = a, .opt = opt_r, .status = -1 };
	struct engine_options *eo = &opt_r->engine;
	int key;

	*opt_r = (struct daemon_options){ .state_dir = TARE_STATE_DIR,
		.socket_mode = 0660 };
	while (p.status < 0 &&
	    (key = getopt_long(argc, argv, "A:ftvVh", longs, NULL)) != -1) {
		take(&p, key);
	}
	if (p.status < 0 && optind < argc) {
		fprintf(stderr, "tared: \"%s\" is not an option\n",
		    argv[optind]);
		p.status = ERR_USAGE;
	}
	opt_r->listen = p.listen.v;
	opt_r->n_listen = p.listen.n;
	opt_r->allow = p.allow.v;
	opt_r->n_allow = p.allow.n;
	opt_r->trust_users = p.trust.v;
	opt_r->n_trust_users = p.trust.n;
	eo->rules_dirs = p.rules.v;
	eo->n_rules_dirs = p.rules.n;
	eo->cf = p.cf.v;
	eo->n_cf = p.cf.n;
	eo->plugin_dirs = p.plugins.v;
	eo->n_plugin_dirs = p.plugins.n;
	if (eo->cache_dir == NULL)
		eo->cache_dir = arena_printf(a, "%s/cache",
		    opt_r->state_dir);
	else if (eo->cache_dir[0] == '\0')
		eo->cache_dir = NULL;
	*test_r = p.test;
	return p.status;
}

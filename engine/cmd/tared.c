/*
 * tared - the daemon: read options, then check (-t) or run.
 *
 * Exit: 0 done, 64 usage, 75 temporary, 78 configuration.
 */
#include "config.h"

#include <stdio.h>

#include "cmd/tared.h"

/* -t: every finding on standard error; errors are 78.  It writes nothing: a
 * state directory that root has put something into is no longer given to the
 * daemon's user (user_state_dir). */
static int
check(const struct daemon_options *run)
{
	struct engine_options opt = run->engine;
	struct engine *eng;
	struct err e = { .code = ERR_NONE };
	size_t errors;

	opt.lint = true;
	opt.cache_dir = NULL;
	if (daemon_check(run, &e) != 0 || engine_load(&opt, &eng, &e) != 0) {
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
	struct arena *a = arena_new();
	struct daemon_options opt;
	bool test;
	int status = tared_options(a, argc, argv, &opt, &test);

	if (status < 0) {
		status = test ? check(&opt) : daemon_run(&opt);
	}
	arena_free(&a);
	return status;
}

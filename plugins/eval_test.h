/*
 * eval_test - small mails through the whole engine, without DNS.
 *
 * For the tests of plugins that only read the message.  The rules are read
 * once for a table of cases; the plugins are the shared objects that were
 * built (TARE_PLUGINS).
 */
#ifndef PLUGINS_EVAL_TEST_H
#define PLUGINS_EVAL_TEST_H

#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "rule/result.h"
#include "scan/scan.h"
#include "tests/tap/tap.h"

struct eval_test {
	struct engine *engine;
	struct event_base *base;
	struct scanner *scanner;
	char hits[1024];		/* of the last mail: "A B ?UNKNOWN" */
};

struct eval_case {
	const char *mail, *hits, *what;
};

static void
eval_test_evidence(const struct record_head *h, void *arg)
{
	(void)h;
	(void)arg;
}

/* cf: lines; NULL at the end. */
static void
eval_test_open(struct eval_test *t, const char *const *cf)
{
	const char *dir = getenv("TARE_PLUGINS");
	char empty[] = "/tmp/tare-eval-XXXXXX";
	const char *rules[] = { mkdtemp(empty) };
	struct engine_options opt = { .rules_dirs = rules, .n_rules_dirs = 1,
		.site_dir = empty, .cf = cf, .plugin_dirs = &dir,
		.n_plugin_dirs = 1, .local = true };
	struct scanner_options so = { .evidence = eval_test_evidence };
	struct err e;

	if (dir == NULL)
		dir = "plugins/.libs";
	while (cf[opt.n_cf] != NULL)
		opt.n_cf++;
	t->base = so.base = event_base_new();
	if (engine_load(&opt, &t->engine, &e) != 0 ||
	    scanner_new(t->engine, &so, &t->scanner, &e) != 0) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	rmdir(empty);
}

static void
eval_test_close(struct eval_test *t)
{
	scanner_free(&t->scanner);
	engine_free(&t->engine);
	event_base_free(t->base);
}

/* The rules that hit, in the order of their lines. */
static const char *
eval_test_hits(struct eval_test *t, const char *mail, size_t length)
{
	struct scan *sc;
	const struct rule_result *r;
	const struct ruleset *rs = t->engine->rs;
	size_t n = 0;

	scan_run(t->scanner, slice_make(mail, length), NULL, &sc);
	r = scan_results(sc);
	t->hits[0] = '\0';
	for (size_t i = 0; i < rs->rules.n; i++) {
		const char *mark = r[i].state == RESULT_UNKNOWN ? "?" :
		    r[i].state == RESULT_HIT ? "" : NULL;

		if (mark != NULL && rs->rules.v[i]->defined)
			n += (size_t)snprintf(t->hits + n,
			    sizeof(t->hits) - n, "%s%s%.*s", n ? " " : "",
			    mark, SLICE_FMT(rs->rules.v[i]->name));
	}
	scan_free(&sc);
	return t->hits;
}

/* Each case against the same rules. */
static inline void
eval_test_cases(const char *const *cf, const struct eval_case *c, size_t n)
{
	struct eval_test t;

	eval_test_open(&t, cf);
	for (size_t i = 0; i < n; i++)
		is_str(eval_test_hits(&t, c[i].mail, strlen(c[i].mail)),
		    c[i].hits, c[i].what);
	eval_test_close(&t);
}

#define EVAL_TEST(cf, cases) \
	eval_test_cases(cf, cases, sizeof(cases) / sizeof((cases)[0]))

#endif

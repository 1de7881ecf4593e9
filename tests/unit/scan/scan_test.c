/*
 * scan_test - rules to verdicts without a network: sums, counts, metas,
 * limits, cancelled scans, many at once.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scan/scan-priv.h"
#include "tests/tap/tap.h"

static const char rules[] =
	"header A Subject =~ /buy/\nscore A 1.5\n"
	"body B /now/\ntflags B multiple maxhits=3\nscore B 0.5\n"
	"header __S Subject =~ /./\nmeta M A && __S\nscore M 1\n"
	"meta SUM B > 1\nscore SUM 0.25\n"
	"header Z Subject =~ /buy/\nscore Z 0\n"
	"meta DEAD Z\nscore DEAD 5\n"
	"header NICE From =~ /friend/\ntflags NICE nice\nscore NICE -2\n"
	"body LOST eval:no_such_function()\nscore LOST 3\n"
	"meta NEEDS_LOST LOST && A\nscore NEEDS_LOST 1\n"
	"meta DECIDED LOST && !A\nscore DECIDED 1\n"
	"header __GOOD Subject =~ /nobody/\nheader __BAD Subject =~ /nobody/\n"
	"meta SAVED __GOOD && !__BAD\nscore SAVED -1\n"
	"meta SUNK __GOOD && __BAD\nscore SUNK 5\n"
	"required_score 3\n";

struct fixture {
	char dir[64];
	struct engine *eng;
	struct event_base *base;
	struct scanner *s;
};

static void
setup(struct fixture *f)
{
	const char *dirs[1];
	struct engine_options o = { .rules_dirs = dirs, .n_rules_dirs = 1,
		.local = true };
	struct scanner_options so = { 0 };
	struct err e = { 0 };
	char path[96];
	FILE *file;

	snprintf(f->dir, sizeof(f->dir), "/tmp/tare-scan.XXXXXX");
	dirs[0] = mkdtemp(f->dir);
	snprintf(path, sizeof(path), "%s/r.cf", f->dir);
	file = fopen(path, "w");
	fputs(rules, file);
	fclose(file);
	o.site_dir = f->dir;		/* the same again: last wins, no harm */
	if (engine_load(&o, &f->eng, &e) != 0)
		ok(false, "%s", e.text);
	so.base = f->base = event_base_new();
	if (scanner_new(f->eng, &so, &f->s, &e) != 0)
		ok(false, "%s", e.text);
	unlink(path);
	rmdir(f->dir);
}

static void
teardown(struct fixture *f)
{
	scanner_free(&f->s);
	engine_free(&f->eng);
	event_base_free(f->base);
}

static void
check(struct fixture *f, const char *mail, const char *tests, double score)
{
	struct scan *sc;
	const struct verdict *v = scan_run(f->s, slice_cstr(mail), NULL, &sc);

	is_slice(report_tests(scan_arena(sc), v), slice_cstr(tests), tests);
	is_num(v->score, score, "score");
	ok(v->spam == (score >= 3), "verdict");
	scan_free(&sc);
}

static void
test_sums(struct fixture *f)
{
	check(f, "Subject: hello\n\nx\n", "", 0);
	check(f, "Subject: buy\n\nx\n", "A,M", 2.5);
	check(f, "Subject: buy\n\nnow now now now now\n",
	    "A,B,B,B,M,SUM", 1.5 + 1.5 + 1 + 0.25);
	check(f, "Subject: buy\nFrom: friend\n\nnow\n", "A,B,M,NICE", 1.0);
	check(f, "", "", 0);
}

static void
test_unknown(struct fixture *f)
{
	struct scan *sc;
	const struct verdict *v = scan_run(f->s,
	    SLICE("Subject: buy\n\nx\n"), NULL, &sc);
	const struct rule_result *r = scan_results(sc);
	const struct ruleset *rs = f->eng->rs;

	is_int(r[rule_find(rs, SLICE("LOST"))->id].state, RESULT_UNKNOWN,
	    "a rule whose eval is not there is unknown");
	is_int(r[rule_find(rs, SLICE("NEEDS_LOST"))->id].state,
	    RESULT_UNKNOWN, "so is a meta that cannot do without it");
	is_int(r[rule_find(rs, SLICE("DECIDED"))->id].state, RESULT_MISS,
	    "but not one that is decided anyway");
	is_int(v->unknown, 2, "and they are counted");
	scan_free(&sc);
}

/* SAVED needs one of two answers and not the other: neither all true nor all
 * false shows that the message may yet be ham. */
static void
test_open_answers(struct fixture *f)
{
	const struct ruleset *rs = f->eng->rs;
	unsigned good = rule_find(rs, SLICE("__GOOD"))->id;
	unsigned bad = rule_find(rs, SLICE("__BAD"))->id;
	struct scan *sc;

	scan_run(f->s, SLICE("Subject: buy\n\nnow\n"), NULL, &sc);
	ok(decide_spam_anyway(sc), "spam, and nothing is open");
	sc->results[good].state = RESULT_WAIT;
	ok(!decide_spam_anyway(sc), "SAVED may come and make it ham");
	ok(!decide_settled(sc), "so it is not settled either");
	sc->results[bad].state = RESULT_WAIT;
	ok(!decide_spam_anyway(sc), "also if SUNK may come instead");
	sc->results[bad].state = RESULT_HIT;
	ok(decide_spam_anyway(sc), "SAVED cannot come any more");
	scan_free(&sc);
}

static int finished;

static void
on_done(struct scan *sc, const struct verdict *v, void *arg)
{
	finished++;
	*(struct scan **)arg = NULL;
	scan_free(&sc);			/* allowed inside done */
}

static void
test_many(struct fixture *f)
{
	static struct scan *open[100];
	struct slice raw = SLICE("Subject: buy\n\nnow\n");

	for (int i = 0; i < 100; i++) {
		open[i] = scan_start(f->s, raw, NULL, on_done, &open[i]);
		if (finished != 0)
			ok(false, "done came before scan_start returned");
	}
	for (int i = 0; i < 100; i += 2)
		scan_free(&open[i]);	/* the client went away */
	for (int i = 0; i < 1000 && finished < 50; i++)
		scanner_loop_once(f->s);
	is_int(finished, 50, "the others are done, each once");
	is_int(f->s->open_scans, 0, "none is left open");
}

static void
test_order(struct fixture *f)
{
	struct err e = { 0 };
	struct engine_options o = { .local = true };
	const char *dirs[] = { "/nonexistent/rules" };
	struct engine *eng = NULL;

	o.rules_dirs = dirs;
	o.n_rules_dirs = 1;
	ok(engine_load(&o, &eng, &e) == -1 &&
	    strstr(e.text, "/nonexistent/rules") != NULL,
	    "a directory that is not there is an error with its name: %s",
	    e.text);
}

int
main(void)
{
	struct fixture f;

	setup(&f);
	test_sums(&f);
	test_unknown(&f);
	test_open_answers(&f);
	test_many(&f);
	test_order(&f);
	teardown(&f);
	return tap_done();
}

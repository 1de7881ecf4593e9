/*
 * list_test - one message through the whole engine, with a made-up DNS.
 *
 * For the tests of plugins that ask lists.  The plugin is the shared object
 * that was built (TARE_PLUGINS); names that the test does not list are
 * NXDOMAIN, so that controls come back clean; every zone is trusted.
 */
#ifndef PLUGINS_LIST_TEST_H
#define PLUGINS_LIST_TEST_H

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "rule/result.h"
#include "scan/scan.h"
#include "tests/tap/tap.h"
#include "tests/unit/ask/stub.h"
#include "weigh/weigh.h"

struct dns {			/* addr 0: NXDOMAIN, ~0: SERVFAIL */
	const char *name;
	int type;
	uint32_t addr;
	const char *text;	/* of a TXT or NS record */
};

struct list_test {
	const char *const *cf;		/* lines; NULL at the end */
	const struct dns *dns;		/* name NULL at the end */
	const char *mail;
	bool broken;			/* canaries are listed too */
	bool complete;			/* wait for every answer */
	double delay;			/* of every answer, seconds */
	double busy;			/* before the loop runs, seconds */
	double weight;			/* of every zone; 0: 1 */
	unsigned asked;			/* out: questions but canaries */
	char hits[512];			/* out: "A B ?C !D": unknown, void */
	char names[4096];		/* out: what was asked, in order */
};

static bool
is_canary(const char *name)
{
	unsigned a, b, c, d;

	if (sscanf(name, "%u.%u.%u.%u.", &a, &b, &c, &d) != 4)
		return strcspn(name, ".") >= 12 &&
		    strstr(name, ".com.") != NULL;
	return d >= 240 || (d == 198 && (c & 254) == 18) ||
	    (d == 100 && (c & 192) == 64);
}

static void
list_serve(const char *name, int type, struct stub_reply *r, void *arg)
{
	struct list_test *t = arg;
	const struct dns *d = t->dns;
	size_t n = strlen(t->names);

	if (is_canary(name)) {
		r->rcode = t->broken ? 0 : 3;
		r->n_addr = t->broken;
		r->addr[0] = 0x7f000002;
		return;
	}
	t->asked++;
	r->delay = t->delay;
	snprintf(t->names + n, sizeof(t->names) - n, "%s/%d ", name, type);
	r->rcode = 3;
	for (; d->name != NULL; d++) {
		if (strcmp(d->name, name) != 0)
			continue;
		r->rcode = d->addr == ~0u ? 2 : 0;
		if (d->type != type || d->addr == ~0u)
			continue;
		if (type == STUB_A)
			r->addr[r->n_addr++] = d->addr;
		else if (type == STUB_TXT)
			r->txt[0] = d->text;
		else
			r->ns = d->text;
	}
}

static void
list_done(struct scan *sc, const struct verdict *v, void *arg)
{
	*(bool *)arg = true;
}

static void
list_evidence(const struct record_head *h, void *arg)
{
	(void)h;
	(void)arg;
}

/* Every zone that the rules name, trusted. */
static struct zone_table *
list_zones(const struct engine *eng, double weight, int *fd_r)
{
	struct zone_entry v[LIMIT_ZONES];
	struct zone_table *table;
	struct err e;
	size_t n;
	const struct plug_zone *const *z = plug_zones(eng->plug, &n);

	memset(v, 0, sizeof(v));
	for (size_t i = 0; i < n; i++) {
		snprintf(v[i].name, sizeof(v[i].name), "%s",
		    z[i]->conf.name);
		v[i].state = ZONE_TRUSTED;
		v[i].kind = z[i]->conf.kind;
		v[i].controls = 1;
		v[i].ask = 1;
		v[i].weight = weight > 0 ? (float)weight : 1;
		v[i].timeout = 1;
	}
	table = zone_table_create(fd_r, &e);
	if (table == NULL) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	zone_table_publish(table, v, n);
	return table;
}

static void
list_hits(struct list_test *t, const struct engine *eng, struct scan *sc)
{
	const struct rule_result *r = scan_results(sc);
	size_t n = 0;

	for (size_t i = 0; i < eng->rs->rules.n; i++) {
		const char *mark = r[i].state == RESULT_UNKNOWN ? "?" :
		    r[i].state == RESULT_HIT ? r[i].weight > 0 ? "" : "!" :
		    NULL;

		if (mark != NULL && eng->rs->rules.v[i]->defined)
			n += (size_t)snprintf(t->hits + n, sizeof(t->hits) -
			    n, "%s%s%.*s", n ? " " : "", mark,
			    SLICE_FMT(eng->rs->rules.v[i]->name));
	}
}

static struct engine *
list_engine(struct list_test *t, const char *server, struct err *e)
{
	const char *dir = getenv("TARE_PLUGINS");
	char dns[64], empty[] = "/tmp/tare-list-XXXXXX";
	const char *lines[64], *rules[] = { mkdtemp(empty) };
	struct engine_options opt = { .rules_dirs = rules, .n_rules_dirs = 1,
		.site_dir = empty, .cf = lines, .n_cf = 1,
		.plugin_dirs = &dir, .n_plugin_dirs = 1 };
	struct engine *eng = NULL;

	if (dir == NULL)
		dir = "plugins/.libs";
	snprintf(dns, sizeof(dns), "dns_server %s", server);
	lines[0] = dns;
	for (; t->cf[opt.n_cf - 1] != NULL && opt.n_cf < 64; opt.n_cf++)
		lines[opt.n_cf] = t->cf[opt.n_cf - 1];
	if (engine_load(&opt, &eng, e) != 0) {
		printf("Bail out! engine: %s\n", e->text);
		exit(1);
	}
	rmdir(empty);
	for (size_t i = 0; i < eng->rs->findings.n; i++)
		printf("# %s\n", eng->rs->findings.v[i].text);
	return eng;
}

static const char *
list_run(struct list_test *t)
{
	struct event_base *base = event_base_new();
	struct scanner_options so = { .base = base,
		.evidence = list_evidence };
	struct scan_options sco = { .complete = t->complete };
	double stop = clock_mono() + 10;
	struct scanner *s;
	struct engine *eng;
	struct scan *sc;
	struct stub stub;
	struct err e;
	bool done = false;
	struct zone_table *table;
	int fd;

	t->hits[0] = t->names[0] = '\0';
	t->asked = 0;
	stub_start(&stub, base, list_serve, t);
	eng = list_engine(t, stub.server, &e);
	so.zones = table = list_zones(eng, t->weight, &fd);
	if (scanner_new(eng, &so, &s, &e) != 0) {
		printf("Bail out! scanner: %s\n", e.text);
		exit(1);
	}
	sc = scan_start(s, slice_cstr(t->mail), &sco, list_done, &done);
	usleep((useconds_t)(t->busy * 1e6));
	while (!done && clock_mono() < stop)
		event_base_loop(base, EVLOOP_ONCE);
	ok(done, "the scan ends");
	list_hits(t, eng, sc);
	scan_free(&sc);
	scanner_free(&s);
	stub_stop(&stub);
	zone_table_close(&table);
	close(fd);
	engine_free(&eng);
	event_base_free(base);
	return t->hits;
}

#endif

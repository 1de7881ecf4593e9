/*
 * store_test - the zone database on real files.
 *
 * What is proved: everything a model must remember comes back; a writer
 * killed at any moment leaves a sound file with whole batches; a file that
 * is damaged, foreign or from the future is not touched; a full disk is an
 * error with words, after which writing goes on.
 */
#include "config.h"

#include "learn/learn.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fdio.h"
#include "tests/tap/tap.h"

#define T0	1.6e9
#define KILLS	40

static char dir[64];

/* A path in the scratch directory; two may be in use at once. */
static const char *
path(const char *name)
{
	static char p[2][128];
	static unsigned n;

	n ^= 1;
	snprintf(p[n], sizeof(p[n]), "%s/%s", dir, name);
	return p[n];
}

static struct store *
opened(const char *name)
{
	struct store *s = NULL;
	struct err e = { 0 };

	if (store_open(path(name), false, &s, &e) != 0) {
		printf("# %s\n", e.text);
	}
	return s;
}

static struct zone_model
zone(const char *name)
{
	struct zone_model z;

	zone_model_init(&z, name, ZONE_KIND_IP, T0);
	return z;
}

static struct record_counts
counts(const char *name, double at, unsigned n)
{
	struct record_counts c;

	record_init(&c.head, RECORD_COUNTS, 0, 1, at);
	record_text(c.zone, sizeof(c.zone), slice_cstr(name));
	c.lookups = n;
	c.listed = n / 2;
	c.clean = n - n / 2;
	return c;
}

static void
test_zone_comes_back(void)
{
	struct store *s = opened("a.sqlite");
	struct zone_model z, got;

	memset(&z, 0, sizeof(z));
	zone_model_init(&z, "bl.example.org", ZONE_KIND_HASH, T0);
	z.allow = true;
	z.w_operator = 0.75;
	z.state = ZONE_QUARANTINED;
	z.reason = REASON_BOGUS;
	record_text(z.detail, sizeof(z.detail), SLICE("q -> 91.195.240.87"));
	z.enrolled = true;
	z.pools = POOL_SHARED;
	z.must_not = 0;
	z.must_list = 1;
	z.must_not6 = 1;
	z.must_list6 = 0;
	z.seen6 = T0 - 17;
	z.before_suspect = ZONE_TRUSTED;
	z.before_down = ZONE_PROBATION;
	z.settled = T0 + 1;
	z.dirty = 3;
	z.dirty_bogus = z.hint = true;
	z.dirty_at = T0 + 2;
	z.dwell = 2400;
	z.requarantines = 2;
	z.quarantined_at = T0 + 3.25;
	z.incident_since = T0 - 7;
	z.epoch = 9;
	z.backoff = 600;
	z.lookups_learning = 5000000000u;
	z.learning_since = T0 - 1e5;
	z.last_clean = T0 - 50;
	z.p95 = 0.125;
	z.stat.base = (struct baseline){ .p0 = 0.2, .g = 0.01, .n = 3000,
	    .n_anchor = 400 };
	z.stat.s_all = 1.5;
	z.stat.s_part = 2.5;
	z.stat.s_anchor = 3.5;
	z.stat.s_low = 4.5;
	z.stat.panel_at = T0 - 11;
	z.stat.low_at = T0 - 12;
	z.stat.episode_at = T0 - 13;
	z.stat.episode_sum = 5.5;
	z.stat.episode_asked = 17;
	z.stat.turn = 1ull << 63;
	z.stat.again = true;
	z.stat.calm = 2;
	z.stat.rang = ALARM_ANCHOR;
	record_text(z.apex.ns, sizeof(z.apex.ns), SLICE("a.example b.x"));
	record_text(z.apex.domain_ns, sizeof(z.apex.domain_ns), SLICE("c.x"));
	z.apex.serial_known = true;
	z.apex.serial = 4000000001u;
	z.apex.soa_seen = T0 - 16;
	z.apex.usual = 7200;
	z.panel_next = T0 + 14;
	z.healthy_panels = 2;
	z.watch = 86400;
	z.codes.ns = 1000;
	z.codes.nh = 900.5;
	z.codes.decayed_at = T0 - 15;
	z.codes.any = (struct zone_code){ .hs = 700, .hh = 2, .allow = true };
	z.codes.n = 2;
	z.codes.v[0] = (struct zone_code){ .code = inet_addr("127.0.0.2"),
	    .hs = 600, .hh = 1, .first_seen = T0 - 1e6, .last_seen = T0 };
	z.codes.v[1] = (struct zone_code){ .code = inet_addr("127.0.0.4"),
	    .hs = 100, .hh = 90, .first_seen = T0 - 1e5, .last_seen = T0,
	    .allow = true };
	z.codes.any.published = codes_weight(&z.codes, &z.codes.any);
	for (unsigned i = 0; i < 2; i++) {
		z.codes.v[i].published = codes_weight(&z.codes,
		    &z.codes.v[i]);
	}
	z.pin = ZONE_PINNED_ON;
	z.pin_until = T0 + 1000;
	z.pin_weight = 0.5;
	is_int(store_zone_save(s, &z), 0, "save");
	is_int(store_zone_save(s, &z), 0, "save again");
	is_int(store_codes(s, &z), 0, "save its codes");
	is_int(store_codes(s, &z), 0, "save them again");
	store_close(&s);
	ok(s == NULL, "closed");
	s = opened("a.sqlite");
	got = zone("bl.example.org");
	is_int(store_zone_load(s, &got), 0, "load");
	/* the members not remembered */
	z.next_probe = got.next_probe;
	z.apex.next = got.apex.next;
	ok(memcmp(&z, &got, sizeof(z)) == 0, "each byte of the model");
	got = zone("other.example.org");
	is_int(store_zone_load(s, &got), 1, "absent");
	store_close(&s);
	store_close(&s);
}

static void
count_zone(const struct zone_model *z, void *arg)
{
	++*(int *)arg;
}

static struct store_history_row last;
static char last_evidence[200];

static void
take_history(const struct store_history_row *r, void *arg)
{
	static char from[32], to[32], reason[32], source[32];

	++*(int *)arg;
	snprintf(from, sizeof(from), "%s", r->from_state);
	snprintf(to, sizeof(to), "%s", r->to_state);
	snprintf(reason, sizeof(reason), "%s", r->reason);
	snprintf(source, sizeof(source), "%s", r->source);
	snprintf(last_evidence, sizeof(last_evidence), "%s", r->evidence);
	last = (struct store_history_row){ .at = r->at, .from_state = from,
	    .to_state = to, .reason = reason, .source = source };
}

static void
test_history(void)
{
	struct store *s = opened("h.sqlite");
	struct zone_model a = zone("a.example.org"), b = zone("b.example.org");
	int n = 0;

	a.state = ZONE_QUARANTINED;
	a.reason = REASON_WILDCARD;
	is_int(store_event(s, &a, T0, ZONE_TRUSTED, "{\"x\":1}", "local"), 0,
	    "an event saves its zone too");
	b.pin = ZONE_PINNED_OFF;
	is_int(store_event(s, &b, T0 + 1, ZONE_NEW, NULL, "operator"), 0,
	    "no evidence");
	store_history(s, "a.example.org", take_history, &n);
	is_int(n, 1, "one of a");
	is_str(last.from_state, "trusted", "from");
	is_str(last.to_state, "quarantined", "to");
	is_str(last.reason, "wildcard", "reason");
	is_str(last_evidence, "{\"x\":1}", "evidence");
	is_num(last.at, T0, "when");
	n = 0;
	store_history(s, NULL, take_history, &n);
	is_int(n, 2, "two of all");
	is_str(last.to_state, "pinned-off", "a pin");
	is_str(last.reason, "operator", "by the operator");
	is_str(last.source, "operator", "source");
	n = 0;
	store_zones(s, count_zone, &n);
	is_int(n, 2, "two zones");
	store_close(&s);
}

static void
count_probe(const struct store_probe_row *r, void *arg)
{
	int *n = arg;

	if (*n == 0) {
		is_num(r->at, T0 + 2499, "newest first");
	}
	++*n;
}

static void
test_probe_ring(void)
{
	struct store *s = opened("p.sqlite");
	struct zone_model a = zone("a.example.org"), b = zone("b.example.org");
	struct store_probe_row p = { .kind = "bench", .qname = "q",
	    .answer = "127.0.0.2", .verdict = "listed", .rtt_ms = 3 };
	int n = 0;

	store_zone_save(s, &a);
	store_zone_save(s, &b);
	store_begin(s);
	for (int i = 0; i < 2500; i++) {
		p.at = T0 + i;
		p.zone = "a.example.org";
		store_probe(s, &p);
		if (i < 10) {
			p.zone = "b.example.org";
			p.at = T0 + 2499;
			store_probe(s, &p);
		}
	}
	is_int(store_commit(s), 0, "written");
	store_probes(s, "a.example.org", 100000, count_probe, &n);
	is_int(n, 2000, "a ring of 2000");
	n = 0;
	store_probes(s, "b.example.org", 100000, count_probe, &n);
	is_int(n, 10, "per zone");
	store_close(&s);
}

static void
test_sums_add_up_and_expire(void)
{
	struct store *s = opened("s.sqlite");
	struct zone_model z = zone("a.example.org");
	struct store_hour_sum sum;
	struct record_counts c;

	store_zone_save(s, &z);
	for (int i = 0; i < 5; i++) {
		c = counts("a.example.org", T0 + i * 3600, 10);
		is_int(store_counts(s, &c), 0, "counts");
		c = counts("a.example.org", T0 + i * 3600 + 1, 10);
		store_counts(s, &c);
	}
	store_sums(s, "a.example.org", 0, &sum);
	is_num(sum.lookups, 100, "sums add up");
	is_num(sum.listed, 50, "each column");
	store_sums(s, "a.example.org", T0 + 3 * 3600, &sum);
	is_num(sum.lookups, 40, "since a time");
	is_int(store_expire(s, T0 + 90 * 86400.0 + 2 * 3600), 0, "expire");
	store_sums(s, "a.example.org", 0, &sum);
	is_num(sum.lookups, 60, "90 days are kept");
	c = counts("unknown.example.org", T0, 10);
	is_int(store_counts(s, &c), 0, "an unknown zone is no error");
	c = counts("a.example.org", 1e300, 10);
	is_int(store_counts(s, &c), 0, "nor is a time out of this world");
	store_sums(s, "unknown.example.org", 0, &sum);
	is_num(sum.lookups, 0, "and has no sums");
	store_close(&s);
}

static void
take_exposure(const struct store_exposure_row *r, void *arg)
{
	++*(int *)arg;
	is_str(r->code, "127.0.0.4", "code");
	is_str(r->rule, "RCVD_IN_X", "rule");
	ok(r->spam_with && !r->spam_without && !r->voided, "actions");
	is_num(r->points, 2.5, "points");
	is_num(r->score, 7.25, "score");
	is_num(r->required, 5, "threshold");
}

static void
test_exposure(void)
{
	struct store *s = opened("x.sqlite");
	struct zone_model z = zone("a.example.org");
	struct record_exposure x;
	int n = 0;

	store_zone_save(s, &z);
	record_init(&x.head, RECORD_EXPOSURE, 0, 1, T0);
	record_text(x.zone, sizeof(x.zone), SLICE("a.example.org"));
	record_text(x.msg_id, sizeof(x.msg_id), SLICE("<1@\xff\x01'\">"));
	record_text(x.rule, sizeof(x.rule), SLICE("RCVD_IN_X"));
	x.code = inet_addr("127.0.0.4");
	x.points = 2.5f;
	x.score = 7.25f;
	x.required = 5;
	x.spam_with = 1;
	is_int(store_exposure(s, &x), 0, "written, hostile id and all");
	store_exposures(s, "a.example.org", T0 - 1, take_exposure, &n);
	is_int(n, 1, "found");
	store_exposures(s, "a.example.org", T0 + 1, take_exposure, &n);
	is_int(n, 1, "not before its time");
	store_expire(s, T0 + 8 * 86400.0);
	store_exposures(s, "a.example.org", 0, take_exposure, &n);
	is_int(n, 1, "gone after 7 days");
	store_close(&s);
}

/* ---- accidents ---- */

/* Says on ready after each batch that it has done one. */
static _Noreturn void
write_forever(int ready)
{
	struct store *s = opened("k.sqlite");

	for (unsigned i = 0; s != NULL; i++) {
		struct zone_model z = zone("a.example.org");
		struct record_counts c = counts("a.example.org", T0, 2);

		if (store_begin(s) != 0) {
			break;
		}
		for (int k = 0; k < 10; k++) {
			store_counts(s, &c);	/* 20 lookups a batch */
		}
		z.epoch = i;
		store_zone_save(s, &z);
		store_commit(s);
		store_event(s, &z, T0 + i, ZONE_NEW, "{}", "local");
		if (write(ready, "", 1) != 1) {
			break;
		}
	}
	_exit(1);
}

static void
test_killed_in_mid_write(void)
{
	struct zone_model z = zone("a.example.org");
	struct store *s = opened("k.sqlite");
	struct store_hour_sum sum;
	int unsound = 0, halves = 0, exited = 0, shrunk = 0;
	double before = 0;

	store_zone_save(s, &z);
	store_close(&s);
	for (int k = 0; k < KILLS; k++) {
		struct timespec t = { 0, (long)k * 797003 % 3000000 };
		int status, ready[2];
		char byte;
		pid_t pid;

		ok(pipe(ready) == 0, "kill %d", k);
		pid = fork();
		if (pid == 0) {
			write_forever(ready[1]);
		}
		for (int i = 0; i < 1 + k % 3; i++) {
			exited += read(ready[0], &byte, 1) != 1;
		}
		nanosleep(&t, NULL);	/* any place in the next batch */
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		exited += !WIFSIGNALED(status);
		close(ready[0]);
		close(ready[1]);
		s = opened("k.sqlite");
		unsound += s == NULL || store_check(s) != 0;
		store_sums(s, "a.example.org", 0, &sum);
		halves += fmod(sum.lookups, 20) != 0;
		/* acknowledged batches are kept */
		shrunk += sum.lookups < before + 20 * (1 + k % 3);
		before = sum.lookups;
		store_close(&s);
	}
	is_int(exited, 0, "all writers were killed at work");
	is_int(unsound, 0, "integrity_check ok after each of 40 kills");
	is_int(halves, 0, "no half batch");
	is_int(shrunk, 0, "what was committed before the kill is there");
}

static void
copy_of(const char *name, struct arena *a, struct slice *bytes_r)
{
	struct err e;

	if (file_read(path(name), a, 1u << 26, bytes_r, &e) != 0) {
		*bytes_r = SLICE("");
	}
}

static void
write_file(const char *name, struct slice bytes)
{
	int fd = open(path(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ok(fd >= 0 && fd_write_all(fd, bytes.p, bytes.n) == 0, "%s made",
	    name);
	close(fd);
}

/* Opening fails with words, and the file is the same afterwards. */
static void
refused(const char *name, const char *words)
{
	struct arena *a = arena_new();
	struct slice before, after;
	struct err e = { 0 };
	struct store *s;

	copy_of(name, a, &before);
	is_int(store_open(path(name), false, &s, &e), -1, name);
	ok(s == NULL && strstr(e.text, words) != NULL &&
	    strstr(e.text, name) != NULL, "%s", e.text);
	copy_of(name, a, &after);
	ok(before.n > 0 && slice_eq(before, after), "byte for byte the same");
	arena_free(&a);
}

/* A database with enough in it to have pages to damage. */
static void
make_big(const char *name)
{
	struct zone_model z = zone("a.example.org");
	struct store *s = opened(name);

	store_begin(s);
	for (int i = 0; i < 200; i++) {
		store_event(s, &z, T0 + i, ZONE_NEW, "0123456789012345678901"
		    "2345678901234567890123456789012345678901234567890",
		    "local");
	}
	store_commit(s);
	store_close(&s);
}

static void
test_damaged_files_are_left_alone(void)
{
	struct arena *a = arena_new();
	struct slice bytes;
	char *p;

	write_file("text.sqlite", SLICE("this is no database, but it is "
	    "somebody's text, and longer than a header would be. ........."
	    "............................................................"));
	refused("text.sqlite", "not a database");
	make_big("broken.sqlite");
	copy_of("broken.sqlite", a, &bytes);
	p = arena_copy(a, bytes.p, bytes.n);
	memset(p + bytes.n / 2, 0xee, bytes.n / 4);
	write_file("broken.sqlite", slice_make(p, bytes.n));
	refused("broken.sqlite", "damaged");
	write_file("cut.sqlite", slice_make(bytes.p, bytes.n / 2));
	refused("cut.sqlite", "damaged");
	arena_free(&a);
}

/* The two header fields, big-endian, of the SQLite file format 1.3. */
static void
patch_header(const char *name, size_t at, unsigned char value)
{
	int fd = open(path(name), O_WRONLY);

	ok(fd >= 0 && pwrite(fd, &value, 1, (off_t)at) == 1, "patched");
	close(fd);
}

static void
test_foreign_and_future_files(void)
{
	make_big("future.sqlite");
	patch_header("future.sqlite", 63, 99);
	refused("future.sqlite", "newer tare (version 99");
	make_big("foreign.sqlite");
	patch_header("foreign.sqlite", 68, 'X');
	refused("foreign.sqlite", "another program");
}

static void
test_paths(void)
{
	struct store *s;
	struct err e = { 0 };

	is_int(store_open(":memory:", false, &s, &e), 0, ":memory:");
	store_close(&s);
	is_int(store_open(dir, false, &s, &e), 0, "a directory");
	store_close(&s);
	ok(access(path("tare.sqlite"), F_OK) == 0, "means DIR/tare.sqlite");
	is_int(store_open(path("none/x.sqlite"), false, &s, &e), -1,
	    "no such directory");
	ok(strstr(e.text, "directory exists") != NULL, "%s", e.text);
	is_int(store_open(path("missing.sqlite"), true, &s, &e), -1,
	    "read-only and missing");
	ok(access(path("missing.sqlite"), F_OK) != 0, "is not created");
}

static void
test_readonly_handle(void)
{
	struct zone_model z = zone("a.example.org");
	struct store *w = opened("r.sqlite"), *r;
	struct err e = { 0 };
	int n = 0;

	store_zone_save(w, &z);
	is_int(store_open(path("r.sqlite"), true, &r, &e), 0,
	    "beside a writer");
	store_zones(r, count_zone, &n);
	is_int(n, 1, "reads");
	is_int(store_zone_save(r, &z), -1, "does not write");
	ok(strstr(store_error(r), "cannot be written") != NULL, "%s",
	    store_error(r));
	store_close(&r);
	store_close(&w);
}

/* As an ordinary user: root may write anywhere. */
static void
test_readonly_directory(void)
{
	struct zone_model z = zone("a.example.org");
	int status;
	pid_t pid;

	make_big("d.sqlite");
	chmod(path("d.sqlite"), 0444);
	chmod(dir, 0555);
	pid = fork();
	if (pid == 0) {
		struct store *s = NULL;
		struct err e = { 0 };

		if (geteuid() == 0 && (setgid(65534) || setuid(65534))) {
			_exit(99);
		}
		if (store_open(path("d.sqlite"), false, &s, &e) == 0 &&
		    store_zone_save(s, &z) == 0) {
			_exit(1);
		}
		if (s == NULL && strstr(e.text, "check") == NULL) {
			_exit(2);
		}
		printf("# %s\n", s == NULL ? e.text : store_error(s));
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	chmod(dir, 0755);
	is_int(WEXITSTATUS(status), 0, "an error with advice, no crash");
}

static void
test_full_database(void)
{
	struct zone_model z = zone("a.example.org");
	struct store *s = opened("f.sqlite");
	int rc = 0, written = 0;

	store_zone_save(s, &z);
	is_int(store_max_bytes(s, 200 * 1024), 0, "a cap of 200 kB");
	for (int i = 0; i < 5000 && rc == 0; i++) {
		rc = store_event(s, &z, T0, ZONE_NEW, "0123456789012345678901"
		    "2345678901234567890123456789012345678901234567890",
		    "local");
		written += rc == 0;
	}
	is_int(rc, -1, "full");
	ok(strstr(store_error(s), "free some space") != NULL, "%s",
	    store_error(s));
	is_int(store_check(s), 0, "and sound");
	is_int(store_begin(s), 0, "a batch begins");
	store_event(s, &z, T0, ZONE_NEW, "{}", "local");
	store_rollback(s);
	is_int(store_max_bytes(s, 1u << 30), 0, "space again");
	is_int(store_event(s, &z, T0, ZONE_NEW, "{}", "local"), 0,
	    "writing goes on");
	rc = 0;
	store_history(s, NULL, take_history, &rc);
	is_int(rc, written + 1, "what was written before is there");
	store_close(&s);
}

/* The file may not grow: what a full disk looks like to write(2). */
static void
test_file_size_limit(void)
{
	int status;
	pid_t pid;

	make_big("l.sqlite");
	pid = fork();
	if (pid == 0) {
		struct rlimit r = { 128 * 1024, 128 * 1024 };
		struct zone_model z = zone("a.example.org");
		struct store *s = opened("l.sqlite");
		int rc = 0;

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &r);
		for (int i = 0; i < 5000 && rc == 0; i++) {
			rc = store_event(s, &z, T0, ZONE_NEW, "{}", "local");
		}
		printf("# %s\n", store_error(s));
		fflush(stdout);
		_exit(rc == -1 && strstr(store_error(s), "full") != NULL ?
		    0 : 1);
	}
	waitpid(pid, &status, 0);
	is_int(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0,
	    "an error with words");
	struct store *s = opened("l.sqlite");
	is_int(s == NULL ? -1 : store_check(s), 0, "the file is sound");
	store_close(&s);
}

static void
test_hand_edited_row(void)
{
	struct store *s = opened("e.sqlite");
	struct zone_model z = zone("a.example.org"), got;

	z.state = ZONE_TRUSTED;		/* but never enrolled */
	z.w_operator = 50;
	z.dwell = -1;
	z.pin = ZONE_SUSPECT;
	z.must_list = 77;
	store_zone_save(s, &z);
	got = zone("a.example.org");
	store_zone_load(s, &got);
	is_int(got.state, ZONE_NEW, "no trust without enrollment");
	is_num(got.w_operator, 1, "weight within [0,1]");
	is_num(got.dwell, 600, "dwell within its range");
	is_int(got.pin, ZONE_NEW, "a state that is no pin");
	is_int(got.must_list, 1, "must_list within its range");
	store_close(&s);
}

static void
remove_all(void)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	if (system(cmd) != 0) {
		printf("# %s stays\n", dir);
	}
}

int
main(void)
{
	snprintf(dir, sizeof(dir), "/tmp/tare-store-XXXXXX");
	if (mkdtemp(dir) == NULL) {
		printf("Bail out! no scratch directory\n");
		return 1;
	}
	chmod(dir, 0755);
	test_zone_comes_back();
	test_history();
	test_probe_ring();
	test_sums_add_up_and_expire();
	test_exposure();
	test_killed_in_mid_write();
	test_damaged_files_are_left_alone();
	test_foreign_and_future_files();
	test_paths();
	test_readonly_handle();
	test_readonly_directory();
	test_full_database();
	test_file_size_limit();
	test_hand_edited_row();
	remove_all();
	return tap_done();
}

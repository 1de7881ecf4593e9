/*
 * migrate_test - a database of each older version opens and keeps its rows.
 *
 * The old files are made here with the steps of the schema that made them
 * then: a step that was released never changes (schema.c).
 */
#include "config.h"

#include "learn/store-priv.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/tap/tap.h"

static char dir[] = "/tmp/tare-migrate.XXXXXX";

static const char *
path(unsigned version)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s/v%u.sqlite", dir, version);
	return text;
}

static void
run(sqlite3 *db, const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) {
		ok(false, "%s: %s", sql, why);
	}
	sqlite3_free(why);
}

/* As a tare of that version left it. */
static void
make(unsigned version)
{
	char pragma[100];
	sqlite3 *db;

	if (sqlite3_open(path(version), &db) != SQLITE_OK) {
		ok(false, "cannot make %s", path(version));
		return;
	}
	for (unsigned v = 0; v < version; v++) {
		run(db, store_schema[v]);
	}
	snprintf(pragma, sizeof(pragma), "PRAGMA application_id=%d;"
	    "PRAGMA user_version=%u;PRAGMA journal_mode=WAL",
	    STORE_APPLICATION, version);
	run(db, pragma);
	run(db, "INSERT INTO zone(name, kind, state, reason, state_since,"
	    " enrolled, pools, dwell_s, p0, quarantined_at) VALUES("
	    " 'bl.example.org', 0, 'quarantined', 'wildcard', 1.6e9, 1, 3,"
	    " 2400, 0.2, 1.6e9)");
	run(db, "INSERT INTO zone_hour(zone, hour, lookups, listed)"
	    " VALUES(1, 444444, 100, 20)");
	run(db, "INSERT INTO zone_code(zone, code, hs, ns, hh, nh)"
	    " VALUES(1, '127.0.0.2', 10, 20, 1, 30)");
	run(db, "INSERT INTO good_subject(kind, subject, ham, days, last_ham)"
	    " VALUES(0, '192.0.2.1', 25, 15, 1.6e9)");
	run(db, "INSERT INTO zone_event(at, zone, from_state, to_state,"
	    " reason) VALUES(1.6e9, 1, 'trusted', 'quarantined',"
	    " 'wildcard')");
	sqlite3_close(db);
}

static void
count_event(const struct store_history_row *r, void *arg)
{
	++*(int *)arg;
}

static void
test_version(unsigned version)
{
	struct zone_model z;
	struct store_hour_sum sum;
	struct store_resolver r = { .bad = true, .bad_at = 1.6e9,
	    .hold = 60 };
	struct store *s;
	struct err e = { 0 };
	int events = 0;

	make(version);
	ok(store_open(path(version), false, &s, &e) == 0,
	    "version %u opens %s", version, e.text);
	if (s == NULL) {
		return;
	}
	zone_model_init(&z, "bl.example.org", ZONE_KIND_IP, 0);
	is_int(store_zone_load(s, &z), 0, "its zone is there");
	is_int(z.state, ZONE_QUARANTINED, "in its state");
	is_num(z.dwell, 2400, "with its dwell");
	is_num(z.stat.base.p0, 0.2, "and its baseline");
	is_num(z.stat.s_all, 0, "what is new is nothing");
	is_int(z.watch, 3600, "or what it is at first");
	is_int(z.codes.n, 1, "its code");
	is_num(z.codes.v[0].hs, 10, "with its hits");
	store_sums(s, "bl.example.org", 0, &sum);
	is_num(sum.lookups, 100, "its sums");
	store_history(s, NULL, count_event, &events);
	is_int(events, 1, "its history");
	is_int(store_zone_save(s, &z), 0, "it is written in the new form");
	is_int(store_codes(s, &z), 0, "its codes, too");
	is_int(store_resolver_save(s, &r), 0, "and what is new");
	memset(&r, 0, sizeof(r));
	is_int(store_resolver_load(s, &r), 0, "is read");
	ok(r.bad && r.hold == 60, "as it was");
	is_int(store_check(s), 0, "sound");
	store_close(&s);
	ok(store_open(path(version), true, &s, &e) == 0,
	    "a second time without work: %s", e.text);
	store_close(&s);
	unlink(path(version));
}

/* Of a newer tare: not touched. */
static void
test_newer(void)
{
	struct store *s;
	struct err e = { 0 };
	sqlite3 *db;

	make(STORE_VERSION);
	sqlite3_open(path(STORE_VERSION), &db);
	run(db, "PRAGMA user_version=99");
	sqlite3_close(db);
	ok(store_open(path(STORE_VERSION), false, &s, &e) != 0,
	    "refused: %s", e.text);
	unlink(path(STORE_VERSION));
}

int
main(void)
{
	if (mkdtemp(dir) == NULL) {
		printf("Bail out! no directory\n");
		return 1;
	}
	for (unsigned v = 1; v <= STORE_VERSION; v++) {
		test_version(v);
	}
	test_newer();
	if (rmdir(dir) != 0) {
		char rest[100];

		snprintf(rest, sizeof(rest), "rm -rf %s", dir);
		ok(system(rest) == 0, "left nothing behind");
	}
	return tap_done();
}

/*
 * store - the SQLite layer under what the brain remembers.
 *
 * The only file that includes sqlite3.h: connections, statements, transactions,
 * and words for what goes wrong.  Which file may become the database is for
 * store-open.c to say; the tables are in store-zone.c (zones) and store-log.c
 * (everything that is added to), their definition in schema.c.  Handles belong
 * to the keeper (writing) and to `tare zones` (read-only); one process writes.
 *
 * Damage that is met makes the handle useless: closing it then writes nothing,
 * not even what waits in the WAL.
 *
 * Durability: WAL with synchronous=NORMAL; batches of counters may be lost by
 * a power failure, never torn.  A transition (store_event, and the zone saved
 * with it) is written with synchronous=FULL when it is outside a batch: it is
 * on disk when the call returns.  Sums are additive upserts, so a batch that
 * failed can be tried again as a whole.
 *
 * A statement is prepared once and found again by the address of its text.
 *
 * Limits: the database may grow to MAX_BYTES; then writes fail as on a full
 * disk.  A handle must not cross a fork.
 */
#include "config.h"

#include "learn/store-priv.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* More would be a bug of ours or a flood; 256 zones need about 100 MB. */
#define MAX_BYTES	(1024ull * 1024 * 1024)
/* Nobody else writes; a reader's checkpoint may hold the lock shortly. */
#define BUSY_MS		250

/* ---- saying what is wrong ---- */

static const struct {
	int code;
	enum err_code err;
	const char *advice;
} advices[] = {
	{ SQLITE_FULL, ERR_IO, "the disk (or the quota) is full: free some "
	    "space; what is learned is kept in memory and written then" },
	{ SQLITE_READONLY, ERR_IO, "it cannot be written: check the owner "
	    "and the mode of the file and its directory" },
	{ SQLITE_PERM, ERR_IO, "check its owner and mode" },
	{ SQLITE_AUTH, ERR_IO, "check its owner and mode" },
	{ SQLITE_CANTOPEN, ERR_NOINPUT, "it cannot be opened: check that its "
	    "directory exists and may be written" },
	{ SQLITE_CORRUPT, ERR_DATA, "it is damaged and was left as it is: "
	    "move it away (zones are learned anew), or salvage it with "
	    "`sqlite3 FILE .recover`" },
	{ SQLITE_NOTADB, ERR_DATA, "it is not a database and was left as it "
	    "is: move it away or choose another state directory" },
	{ SQLITE_BUSY, ERR_TEMP, "another process is writing it: only one "
	    "tared may use a state directory" },
	{ SQLITE_LOCKED, ERR_TEMP, "another process is writing it" },
	/* to SQLite only ENOSPC is a full disk */
	{ SQLITE_IOERR, ERR_IO, "the disk reports errors, or a quota or a "
	    "limit to the size of files is full: look at the system log, free "
	    "some space, or raise the limit" },
};

static void
explain(struct store *s, int code)
{
	enum err_code err = ERR_IO;
	const char *advice = "no advice for this";

	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
		if (advices[i].code == (code & 0xff)) {
			advice = advices[i].advice;
			err = advices[i].err;
		}
	}
	err_set(&s->why, err, "%.250s: %s: %s", s->path,
	    sqlite3_errstr(code), advice);
}

static int
fail(struct store *s)
{
	explain(s, sqlite3_extended_errcode(s->db));
	return -1;
}

const char *
store_error(const struct store *s)
{
	return s->why.text;
}

/* ---- statements ---- */

static sqlite3_stmt *
prepare(struct store *s, const char *sql)
{
	struct store_statement *c;

	for (unsigned i = 0; i < STORE_STATEMENTS; i++) {
		if (s->cache[i].sql == sql) {
			return s->cache[i].stmt;
		}
	}
	c = &s->cache[s->next];
	s->next = (s->next + 1) % STORE_STATEMENTS;
	sqlite3_finalize(c->stmt);
	c->sql = NULL;
	c->stmt = NULL;
	if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
	    &c->stmt, NULL) != SQLITE_OK) {
		return NULL;
	}
	c->sql = sql;
	return c->stmt;
}

static int
bind_one(sqlite3_stmt *q, int i, const struct store_arg *a)
{
	switch (a->type) {
	case STORE_INT:
		return sqlite3_bind_int64(q, i, a->i);
	case STORE_REAL:
		return sqlite3_bind_double(q, i, a->d);
	case STORE_TEXT:
		return sqlite3_bind_text(q, i, a->s, -1, SQLITE_TRANSIENT);
	}
	return SQLITE_MISUSE;
}

/* Row is NULL for statements whose rows do not matter. */
int
store_each_n(struct store *s, store_row_fn *fn, void *arg, const char *sql,
    const struct store_arg *args, size_t n)
{
	sqlite3_stmt *q = prepare(s, sql);
	int rc = SQLITE_OK;

	if (q == NULL) {
		return fail(s);
	}
	for (size_t i = 0; i < n && rc == SQLITE_OK; i++) {
		rc = bind_one(q, (int)i + 1, &args[i]);
	}
	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		rc = sqlite3_step(q);
		if (rc == SQLITE_ROW && fn != NULL) {
			fn((struct store_row *)q, arg);
		}
	}
	if (rc != SQLITE_DONE) {
		fail(s);
	}
	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
	return rc == SQLITE_DONE ? 0 : -1;
}

int
store_run_n(struct store *s, const char *sql, const struct store_arg *args,
    size_t n)
{
	return store_each_n(s, NULL, NULL, sql, args, n);
}

const char *
row_text(struct store_row *row, int column)
{
	const unsigned char *t = sqlite3_column_text((sqlite3_stmt *)row,
	    column);

	return t != NULL ? (const char *)t : "";
}

double
row_real(struct store_row *row, int column)
{
	return sqlite3_column_double((sqlite3_stmt *)row, column);
}

int64_t
row_int(struct store_row *row, int column)
{
	return sqlite3_column_int64((sqlite3_stmt *)row, column);
}

int
store_exec(struct store *s, const char *sql)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 :
	    fail(s);
}

/* ---- what one cell says ---- */

static void
take_int(struct store_row *row, void *arg)
{
	*(int64_t *)arg = row_int(row, 0);
}

static void
take_ok(struct store_row *row, void *arg)
{
	*(bool *)arg = strcmp(row_text(row, 0), "ok") == 0;
}

int
store_number(struct store *s, const char *sql, int64_t *number_r)
{
	return store_each_n(s, take_int, number_r, sql, NULL, 0);
}

int
store_sound(struct store *s, const char *pragma)
{
	bool sound = false;

	if (store_each_n(s, take_ok, &sound, pragma, NULL, 0) != 0) {
		return -1;
	}
	if (!sound) {
		explain(s, SQLITE_CORRUPT);
	}
	return sound ? 0 : -1;
}

/* ---- the connection ---- */

int
store_connect(struct store *s, const char *name, enum store_access access)
{
	static const int flags[] = {
		[STORE_WRITING] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
		[STORE_READING] = SQLITE_OPEN_READONLY,
		[STORE_STILL] = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
	};
	int rc = sqlite3_open_v2(name, &s->db, flags[access], NULL);

	if (rc != SQLITE_OK) {
		explain(s, rc);
		return -1;
	}
	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	/* until store_own: not even a checkpoint */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	/* a database that somebody else prepared runs no functions of ours */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return 0;
}

int
store_own(struct store *s)
{
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	if (sqlite3_db_readonly(s->db, "main") == 1) {
		explain(s, SQLITE_READONLY);
		return -1;
	}
	if (store_exec(s, "PRAGMA journal_mode=WAL;"
	    "PRAGMA synchronous=NORMAL") != 0) {
		return -1;
	}
	return store_max_bytes(s, MAX_BYTES);
}

bool
store_damaged(const struct store *s)
{
	return s->why.code == ERR_DATA;
}

void
store_close(struct store **s)
{
	if (*s == NULL) {
		return;
	}
	if (store_damaged(*s) && (*s)->db != NULL) {
		sqlite3_db_config((*s)->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
		    1, NULL);
	}
	for (unsigned i = 0; i < STORE_STATEMENTS; i++) {
		sqlite3_finalize((*s)->cache[i].stmt);
	}
	sqlite3_close((*s)->db);
	arena_free(&(*s)->arena);
	mem_free(*s);
	*s = NULL;
}

int
store_max_bytes(struct store *s, uint64_t bytes)
{
	int64_t page = 4096;
	char pragma[64];

	if (store_number(s, "PRAGMA page_size", &page) != 0) {
		return -1;
	}
	snprintf(pragma, sizeof(pragma), "PRAGMA max_page_count=%llu",
	    (unsigned long long)(bytes / (uint64_t)page));
	return store_exec(s, pragma);
}

/* ---- transactions ---- */

int
store_begin(struct store *s)
{
	return store_run_n(s, "BEGIN IMMEDIATE", NULL, 0);
}

void
store_rollback(struct store *s)
{
	/* some errors (a full disk) have rolled back already */
	if (!sqlite3_get_autocommit(s->db)) {
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	}
}

int
store_commit(struct store *s)
{
	if (sqlite3_get_autocommit(s->db)) {
		err_set(&s->why, ERR_IO, "%.250s: nothing to commit: "
		    "an earlier write failed", s->path);
		return -1;
	}
	if (store_run_n(s, "COMMIT", NULL, 0) != 0) {
		store_rollback(s);
		return -1;
	}
	return 0;
}

bool
store_idle(const struct store *s)
{
	return sqlite3_get_autocommit(s->db) != 0;
}

void
store_sync_full(struct store *s, bool full)
{
	if (sqlite3_get_autocommit(s->db)) {
		sqlite3_exec(s->db, full ? "PRAGMA synchronous=FULL" :
		    "PRAGMA synchronous=NORMAL", NULL, NULL, NULL);
	}
}

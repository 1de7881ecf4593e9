/*
 * store - the SQLite layer under what the brain remembers.
 *
 * The only file that includes sqlite3.h: opening, statements, transactions,
 * and words for what goes wrong.  The tables are in store-zone.c (zones) and
 * store-log.c (everything that is added to), their definition in schema.c.
 * Handles belong to the keeper (writing) and to `tare zones` (read-only); one
 * process writes.
 *
 * Opening is careful: a file is read and checked before anything is written
 * to it.  What is not a database, is damaged, belongs to another program or
 * to a newer tare is left as it is, byte for byte, and the text says which of
 * these it is and what to do.  The owner then goes on in memory.  Damage that
 * is met later makes the handle useless: closing it then writes nothing, not
 * even what waits in the WAL.
 *
 * Reading needs no leave to write: where SQLite cannot make the files that it
 * shares with a writer, and there is no WAL that a writer would have left, the
 * database is read as a file that nobody changes.
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

#include <sys/stat.h>

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* More would be a bug of ours or a flood; 256 zones need about 100 MB. */
#define MAX_BYTES	(1024ull * 1024 * 1024)
/* Nobody else writes; a reader's checkpoint may hold the lock shortly. */
#define BUSY_MS		250
/* More than there are: a statement that runs is not to be replaced. */
#define STATEMENTS	64

struct statement {
	const char *sql;
	sqlite3_stmt *stmt;
};

struct store {
	sqlite3 *db;
	struct statement cache[STATEMENTS];
	unsigned next;			/* cache slot to reuse */
	struct arena *arena;
	const char *zone_sql[2];
	const char *path;
	struct err why;			/* of the last failure */
};

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
	struct statement *c;

	for (unsigned i = 0; i < STATEMENTS; i++) {
		if (s->cache[i].sql == sql) {
			return s->cache[i].stmt;
		}
	}
	c = &s->cache[s->next];
	s->next = (s->next + 1) % STATEMENTS;
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

static int
ask(struct store *s, const char *sql, store_row_fn *take, void *result)
{
	return store_each_n(s, take, result, sql, NULL, 0);
}

/* ---- opening ---- */

enum access { WRITING, READING, STILL };

static int
open_failed(struct store **s, struct err *e)
{
	err_set(e, (*s)->why.code, "%s", (*s)->why.text);
	store_close(s);
	return -1;
}

/* Reads only: is this ours, whole, and of a version that we know? */
static int
inspect(struct store *s, int64_t *version_r)
{
	int64_t app = 0, tables = 0;
	bool sound = false;

	if (ask(s, "SELECT count(*) FROM sqlite_master", take_int,
	    &tables) != 0 ||
	    ask(s, "PRAGMA application_id", take_int, &app) != 0 ||
	    ask(s, "PRAGMA user_version", take_int, version_r) != 0 ||
	    ask(s, "PRAGMA quick_check(1)", take_ok, &sound) != 0) {
		return -1;
	}
	if (!sound) {
		explain(s, SQLITE_CORRUPT);
		return -1;
	}
	if (tables > 0 && app != STORE_APPLICATION) {
		err_set(&s->why, ERR_DATA, "%.250s: this database "
		    "belongs to another program and was left as it is: "
		    "choose another state directory", s->path);
		return -1;
	}
	if (*version_r > STORE_VERSION) {
		err_set(&s->why, ERR_DATA, "%.250s: written by a newer "
		    "tare (version %lld, this one knows %d): use that one, "
		    "or another state directory", s->path,
		    (long long)*version_r, STORE_VERSION);
		return -1;
	}
	return 0;
}

/* Bring the tables up to date, all steps or none. */
static int
migrate(struct store *s, int64_t version)
{
	char pragma[100];

	if (version == STORE_VERSION) {
		return 0;
	}
	if (sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL)) {
		return fail(s);
	}
	for (int64_t v = version; v < STORE_VERSION; v++) {
		if (sqlite3_exec(s->db, store_schema[v], NULL, NULL, NULL)) {
			goto undo;
		}
	}
	snprintf(pragma, sizeof(pragma), "PRAGMA application_id=%d;"
	    "PRAGMA user_version=%d;COMMIT", STORE_APPLICATION,
	    STORE_VERSION);
	if (sqlite3_exec(s->db, pragma, NULL, NULL, NULL) == SQLITE_OK) {
		return 0;
	}
undo:
	fail(s);
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

/* A directory stands for DIR/tare.sqlite. */
static void
set_path(struct store *s, const char *path)
{
	struct stat st;
	bool dir = stat(path, &st) == 0 && S_ISDIR(st.st_mode);

	s->path = arena_printf(s->arena, "%s%s", path,
	    dir ? "/tare.sqlite" : "");
}

/* The path as a URI that says: nobody writes this file. */
static const char *
still_uri(struct store *s)
{
	struct buf b;

	buf_init(&b, s->arena);
	buf_adds(&b, "file:");
	for (const char *p = s->path; *p != '\0'; p++) {
		if (strchr("?#%", *p) != NULL) {
			buf_addf(&b, "%%%02X", (unsigned char)*p);
		} else {
			buf_addc(&b, *p);
		}
	}
	buf_adds(&b, "?immutable=1");
	return buf_cstr(&b);
}

static int
connect_file(struct store *s, enum access how)
{
	int flags = how == WRITING ? SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
	int rc = how == STILL ? sqlite3_open_v2(still_uri(s), &s->db,
	    flags | SQLITE_OPEN_URI, NULL) :
	    sqlite3_open_v2(s->path, &s->db, flags, NULL);

	if (rc != SQLITE_OK) {
		return rc;
	}
	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	/* until inspect() has found the file sound, not even a checkpoint */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	/* a database that somebody else prepared runs no functions of ours */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return SQLITE_OK;
}

static int
make_ready(struct store *s, int64_t version)
{
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	if (sqlite3_db_readonly(s->db, "main") == 1) {
		explain(s, SQLITE_READONLY);
		return -1;
	}
	if (sqlite3_exec(s->db, "PRAGMA journal_mode=WAL;"
	    "PRAGMA synchronous=NORMAL", NULL, NULL, NULL) != SQLITE_OK ||
	    store_max_bytes(s, MAX_BYTES) != 0) {
		return fail(s);
	}
	return migrate(s, version);
}

/* Only a directory that may not be written stops us from reading it, and no
 * writer has left anything beside it. */
static bool
is_still(const struct store *s)
{
	const char *wal = arena_printf(s->arena, "%s-wal", s->path);
	struct stat st;

	return s->why.code != ERR_DATA && stat(s->path, &st) == 0 &&
	    (stat(wal, &st) != 0 || st.st_size == 0);
}

static int
open_as(const char *path, enum access how, struct store **s_r, struct err *e)
{
	struct store *s = mem_alloc(sizeof(*s));
	bool readonly = how != WRITING;
	int64_t version = 0;
	int rc;

	*s_r = NULL;
	s->arena = arena_new();
	set_path(s, path);
	rc = connect_file(s, how);
	if (rc != SQLITE_OK) {
		explain(s, rc);
		return open_failed(&s, e);
	}
	if (inspect(s, &version) != 0) {
		if (how == READING && is_still(s)) {
			store_close(&s);
			return open_as(path, STILL, s_r, e);
		}
		return open_failed(&s, e);
	}
	if (readonly && version < STORE_VERSION) {
		err_set(&s->why, ERR_UNAVAILABLE, "%.250s: holds no zones of "
		    "this version yet: start tared once", s->path);
		return open_failed(&s, e);
	}
	if (!readonly && make_ready(s, version) != 0) {
		return open_failed(&s, e);
	}
	*s_r = s;
	return 0;
}

int
store_open(const char *path, bool readonly, struct store **s_r, struct err *e)
{
	return open_as(path, readonly ? READING : WRITING, s_r, e);
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
	for (unsigned i = 0; i < STATEMENTS; i++) {
		sqlite3_finalize((*s)->cache[i].stmt);
	}
	sqlite3_close((*s)->db);
	arena_free(&(*s)->arena);
	mem_free(*s);
	*s = NULL;
}

struct arena *
store_arena(struct store *s)
{
	return s->arena;
}

const char **
store_zone_sql(struct store *s)
{
	return s->zone_sql;
}

int
store_check(struct store *s)
{
	bool sound = false;

	if (ask(s, "PRAGMA integrity_check(1)", take_ok, &sound) != 0) {
		return -1;
	}
	if (!sound) {
		explain(s, SQLITE_CORRUPT);
		return -1;
	}
	return 0;
}

int
store_max_bytes(struct store *s, uint64_t bytes)
{
	int64_t page = 4096;
	char pragma[64];

	if (ask(s, "PRAGMA page_size", take_int, &page) != 0) {
		return -1;
	}
	snprintf(pragma, sizeof(pragma), "PRAGMA max_page_count=%llu",
	    (unsigned long long)(bytes / (uint64_t)page));
	return sqlite3_exec(s->db, pragma, NULL, NULL, NULL) == SQLITE_OK ?
	    0 : fail(s);
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

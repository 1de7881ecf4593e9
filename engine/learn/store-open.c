/*
 * store-open - which file becomes the database.
 *
 * A file is read and checked before anything is written to it.  What is not a
 * database, is damaged, belongs to another program or to a newer tare is left
 * as it is, byte for byte, and the text says which of these it is and what to
 * do.  The owner then goes on in memory.
 *
 * Reading needs no leave to write: where SQLite cannot make the files that it
 * shares with a writer, and there is no WAL that a writer would have left, the
 * database is read as a file that nobody changes.
 *
 * Tables of an older version are brought up to date by the writer alone, all
 * steps or none.
 */
#include "config.h"

#include "learn/store-priv.h"

#include <errno.h>
#include <sys/stat.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* A directory stands for DIR/tare.sqlite. */
static const char *
file_of(struct arena *a, const char *path)
{
	struct stat st;
	bool dir = stat(path, &st) == 0 && S_ISDIR(st.st_mode);

	return arena_printf(a, "%s%s", path, dir ? "/tare.sqlite" : "");
}

/* The path as a URI that says: nobody writes this file. */
static const char *
still_uri(const struct store *s)
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

/* Reads only: is this ours, whole, and of a version that we know? */
static int
inspect(struct store *s, int64_t *version_r)
{
	int64_t app = 0, tables = 0;

	if (store_number(s, "SELECT count(*) FROM sqlite_master",
	    &tables) != 0 ||
	    store_number(s, "PRAGMA application_id", &app) != 0 ||
	    store_number(s, "PRAGMA user_version", version_r) != 0 ||
	    store_sound(s, "PRAGMA quick_check(1)") != 0) {
		return -1;
	}
	if (tables > 0 && app != STORE_APPLICATION) {
		return err_set(&s->why, ERR_DATA, "%.250s: this database "
		    "belongs to another program and was left as it is: "
		    "choose another state directory", s->path);
	}
	if (*version_r > STORE_VERSION) {
		return err_set(&s->why, ERR_DATA, "%.250s: written by a newer "
		    "tare (version %lld, this one knows %d): use that one, "
		    "or another state directory", s->path,
		    (long long)*version_r, STORE_VERSION);
	}
	return 0;
}

static int
migrate(struct store *s, int64_t version)
{
	char pragma[100];

	if (version == STORE_VERSION) {
		return 0;
	}
	if (store_exec(s, "BEGIN IMMEDIATE") != 0) {
		return -1;
	}
	for (int64_t v = version; v < STORE_VERSION; v++) {
		if (store_exec(s, store_schema[v]) != 0) {
			goto undo;
		}
	}
	snprintf(pragma, sizeof(pragma), "PRAGMA application_id=%d;"
	    "PRAGMA user_version=%d;COMMIT", STORE_APPLICATION,
	    STORE_VERSION);
	if (store_exec(s, pragma) == 0) {
		return 0;
	}
undo:
	store_rollback(s);
	return -1;
}

/* Only a directory that may not be written stops us from reading it, and no
 * writer has left anything beside it. */
static bool
is_still(const struct store *s)
{
	const char *wal = arena_printf(s->arena, "%s-wal", s->path);
	struct stat st;

	return !store_damaged(s) && stat(s->path, &st) == 0 &&
	    (stat(wal, &st) != 0 || st.st_size == 0);
}

/* Before tared ran for the first time there is nothing to read. */
static bool
is_missing(const struct store *s)
{
	struct stat st;

	return stat(s->path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

static int
refuse(struct store **s, struct err *e)
{
	err_set(e, (*s)->why.code, "%s", (*s)->why.text);
	store_close(s);
	return -1;
}

static int
open_as(const char *path, enum store_access access, struct store **s_r,
    struct err *e)
{
	struct store *s = mem_alloc(sizeof(*s));
	bool writing = access == STORE_WRITING;
	int64_t version = 0;

	*s_r = NULL;
	s->arena = arena_new();
	s->path = file_of(s->arena, path);
	if (!writing && is_missing(s)) {
		err_set(&s->why, ERR_UNAVAILABLE, "%.250s: there is no "
		    "database yet: start tared once, or say with --state where "
		    "it keeps its own", s->path);
		return refuse(&s, e);
	}
	if (store_connect(s, access == STORE_STILL ? still_uri(s) : s->path,
	    access) != 0) {
		return refuse(&s, e);
	}
	if (inspect(s, &version) != 0) {
		if (access == STORE_READING && is_still(s)) {
			store_close(&s);
			return open_as(path, STORE_STILL, s_r, e);
		}
		return refuse(&s, e);
	}
	if (!writing && version < STORE_VERSION) {
		err_set(&s->why, ERR_UNAVAILABLE, "%.250s: holds no zones of "
		    "this version yet: start tared once", s->path);
		return refuse(&s, e);
	}
	if (writing && (store_own(s) != 0 || migrate(s, version) != 0)) {
		return refuse(&s, e);
	}
	*s_r = s;
	return 0;
}

int
store_open(const char *path, bool readonly, struct store **s_r, struct err *e)
{
	return open_as(path, readonly ? STORE_READING : STORE_WRITING, s_r, e);
}

int
store_check(struct store *s)
{
	return store_sound(s, "PRAGMA integrity_check(1)");
}

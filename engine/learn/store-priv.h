/*
 * store-priv - between the SQLite layer and the files on top of it.
 *
 * store.c alone knows sqlite3.h: it connects, runs statements and explains
 * failures.  store-open.c knows which files are ours, store-zone.c and
 * store-log.c know the tables; all speak through this header.
 */
#ifndef LEARN_STORE_PRIV_H
#define LEARN_STORE_PRIV_H

#include "learn/learn.h"

/* PRAGMA user_version of the newest schema */
#define STORE_VERSION 3
/* PRAGMA application_id: "tare" */
#define STORE_APPLICATION 0x74617265

extern const char *const store_schema[STORE_VERSION];

/* More than there are: a statement that runs is not to be replaced. */
#define STORE_STATEMENTS 64

/* db and the cache are for store.c only. */
struct store {
	struct sqlite3 *db;
	struct store_statement {
		const char *sql;
		struct sqlite3_stmt *stmt;
	} cache[STORE_STATEMENTS];
	unsigned next;			/* cache slot to reuse */
	struct arena *arena;		/* text for the store's lifetime */
	const char *zone_sql[2];	/* store-zone.c's own, NULL at first */
	const char *path;
	struct err why;			/* of the last failure */
};

/* ---- opening (store.c, for store-open.c) ---- */
enum store_access {
	STORE_WRITING,
	STORE_READING,
	STORE_STILL,	/* nobody changes the file; its name is a URI */
};
/* Nothing is written to the file before store_own, not even by closing; both:
 * 0, or -1 and s->why. */
int store_connect(struct store *s, const char *name,
    enum store_access access);
int store_own(struct store *s);
/* Several statements, not to be found again. */
int store_exec(struct store *s, const char *sql);
/* The first column of a statement's last row; no row leaves it alone. */
int store_number(struct store *s, const char *sql, int64_t *number_r);
/* 0: one of SQLite's checks says "ok"; -1: could not look, or damaged. */
int store_sound(struct store *s, const char *pragma);

/* One argument of a statement, in the order of its question marks. */
struct store_arg {
	enum { STORE_INT, STORE_REAL, STORE_TEXT } type;
	int64_t i;
	double d;
	const char *s;		/* NULL is NULL */
};
#define ARG_I(x) { .type = STORE_INT, .i = (int64_t)(x) }
#define ARG_D(x) { .type = STORE_REAL, .d = (x) }
#define ARG_S(x) { .type = STORE_TEXT, .s = (x) }

/*
 * Run a statement whose text stays at its address as long as the store: it is
 * prepared once.  args: an array, its length from its type.  0, or -1 and
 * store_error.
 */
int store_run_n(struct store *s, const char *sql,
    const struct store_arg *args, size_t n);
#define store_run(s, sql, args) \
	store_run_n((s), (sql), (args), sizeof(args) / sizeof((args)[0]))

/* The same for rows; a row lives until fn returns. */
struct store_row;
typedef void store_row_fn(struct store_row *row, void *arg);
int store_each_n(struct store *s, store_row_fn *fn, void *arg,
    const char *sql, const struct store_arg *args, size_t n);
#define store_each(s, fn, arg, sql, args) store_each_n((s), (fn), (arg), \
	(sql), (args), sizeof(args) / sizeof((args)[0]))
const char *row_text(struct store_row *row, int column);	/* not NULL */
double row_real(struct store_row *row, int column);
int64_t row_int(struct store_row *row, int column);

/* ---- store-code.c ---- */
int store_codes_load(struct store *s, struct zone_model *z);

/* No transaction is open. */
bool store_idle(const struct store *s);
/* Commits are on disk when they return (true) or survive a crash of the
 * process only (false).  Not within a transaction. */
void store_sync_full(struct store *s, bool full);

#endif

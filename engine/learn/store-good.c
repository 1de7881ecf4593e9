/*
 * store-good - the table of senders known to be good.
 *
 * Called by batches (writing) and by save.c when a store is opened.  A row is
 * written whole: the keeper is the only writer, and what it has in memory is
 * everything the row says.  Who the operator named is not stored: the settings
 * say it again.
 */
#include "config.h"

#include "learn/learn-priv.h"
#include "learn/store-priv.h"

#include <math.h>

int
store_good(struct store *s, const struct good_row *r)
{
	struct store_arg args[] = { ARG_I(r->kind), ARG_S(r->subject),
	    ARG_S(r->org_text), ARG_I(r->ham), ARG_I(r->days),
	    ARG_D(r->last_ham), ARG_D(r->last_spam) };

	if (r->ham == 0) {
		return 0;		/* named by the operator, no mail yet */
	}
	return store_run(s, "INSERT OR REPLACE INTO good_subject(kind,"
	    " subject, org, ham, days, last_ham, last_spam)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?)", args);
}

struct sink {
	store_good_fn *fn;
	void *arg;
};

static unsigned
number(struct store_row *row, int column)
{
	double n = row_real(row, column);

	return n > 0 ? (unsigned)fmin(n, 1e9) : 0;
}

/* What is no address and no name was not written by us. */
static void
good_row(struct store_row *row, void *arg)
{
	struct sink *sink = arg;
	struct good_row r;

	if (good_row_of(slice_cstr(row_text(row, 1)),
	    slice_cstr(row_text(row, 2)), &r) != 0 ||
	    r.kind != row_int(row, 0)) {
		return;
	}
	r.ham = number(row, 3);
	r.days = number(row, 4);
	r.last_ham = fmax(row_real(row, 5), 0);
	r.last_spam = fmax(row_real(row, 6), 0);
	sink->fn(&r, sink->arg);
}

int
store_goods(struct store *s, store_good_fn *fn, void *arg)
{
	struct sink sink = { fn, arg };

	return store_each_n(s, good_row, &sink, "SELECT kind, subject, org,"
	    " ham, days, last_ham, last_spam FROM good_subject"
	    " ORDER BY last_ham", NULL, 0);
}

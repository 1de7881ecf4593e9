/*
 * time.c - Date against the clocks of the relays.
 *
 * Dates are parsed as SpamAssassin does (tare_date).  A line without a date
 * that it can read is left out.
 */
#include "config.h"

#include <math.h>

#include "plugins/headereval/headereval.h"

/* Received lines looked at; as many as the engine reads relays of. */
#define HOPS 200
#define YEAR 31556952.0		/* seconds, leap days spread */

/* ---- reading ---- */

static bool
read_date(struct tare_slice text, double *when_r)
{
	long long unix_time;

	if (!tare_date(text, &unix_time))
		return false;
	*when_r = (double)unix_time;
	return true;
}

/* The first date that can be read; Resent-Date goes before Date. */
static void
read_date_header(struct tare_msg *m, struct header_times *t)
{
	static const char *const names[] = { "Resent-Date", "Date" };

	for (size_t k = 0; k < 2; k++) {
		size_t n;
		const struct tare_slice *v = tare_header_all(m, names[k], &n);

		for (size_t i = 0; i < n && !t->has_date; i++)
			t->has_date = read_date(v[i], &t->date);
	}
}

/* The time at the end of a Received line. */
static bool
read_hop(struct tare_msg *m, const struct tare_call *call,
    struct tare_slice hop, double *when_r)
{
	const struct header_context *c = call->plugin;
	size_t span[2];

	return tare_regex_match(m, c->re[TIME_STAMP], hop, 0, span, 1) &&
	    read_date(text_sub(hop, span[0], span[1]), when_r);
}

/* The lines of text that are not blank. */
static size_t
split(struct tare_slice text, struct tare_slice hops[HOPS])
{
	size_t n = 0;

	while (text.n > 0 && n < HOPS) {
		size_t end = text_find(text, '\n');

		hops[n] = text_sub(text, 0, end);
		n += text_trim(hops[n]).n > 0;
		text = text_sub(text, end + (end < text.n), text.n);
	}
	return n;
}

/*
 * How many of the nearest lines fetchmail caused on this machine: its own,
 * and the local delivery before it.  Their times say when it fetched.
 */
static size_t
count_fetchmail(struct tare_msg *m, const struct tare_call *call,
    const struct tare_slice *hops, size_t n)
{
	size_t local = n > 0 && header_matches(m, call, LOCAL_HOP, hops[0]);

	return local < n && header_matches(m, call, FETCHMAIL_HOP,
	    hops[local]) ? local + 1 : 0;
}

static void
read_fetchmail(struct tare_msg *m, const struct tare_call *call,
    const struct tare_slice *hops, size_t n, struct header_times *t)
{
	double now = tare_now(m), when;

	for (size_t i = 0; i < n; i++) {
		if (!read_hop(m, call, hops[i], &when) || when > now ||
		    (t->has_fetchmail && when <= t->fetchmail))
			continue;
		t->has_fetchmail = true;
		t->fetchmail = when;
	}
}

static void
read_received(struct tare_msg *m, const struct tare_call *call,
    struct header_times *t)
{
	struct tare_slice hops[HOPS];
	size_t n = split(header_text(m, "Received"), hops);
	size_t own = count_fetchmail(m, call, hops, n);

	read_fetchmail(m, call, hops, own, t);
	t->received = tare_alloc(m, (n + 1) * sizeof(*t->received));
	for (size_t i = own; i < n; i++)
		t->n_received += read_hop(m, call, hops[i],
		    &t->received[t->n_received]);
}

/*
 * The smallest difference between Date and a relay's time.  An oldest relay
 * with exactly the time of Date says nothing if there are others.
 */
static double
nearest_shift(const struct header_times *t)
{
	size_t n = t->n_received;
	double shift = 0;

	if (!t->has_date || n == 0)
		return 0;
	if (n > 1 && t->date == t->received[n - 1])
		n--;
	for (size_t i = 0; i < n; i++) {
		double diff = t->date - t->received[i];

		if (i == 0 || fabs(diff) < fabs(shift))
			shift = diff;
	}
	return shift;
}

static const struct header_times *
times_of(struct tare_msg *m, const struct tare_call *call)
{
	struct header_times *t = &header_state(m)->times;

	if (t->known)
		return t;
	t->known = true;
	read_date_header(m, t);
	read_received(m, call, t);
	t->shift = nearest_shift(t);
	return t;
}

/* ---- the evals ---- */

enum tare_answer
check_for_shifted_date(struct tare_msg *m, const struct tare_call *call)
{
	const struct header_range *r = call->prepared;
	double shift = times_of(m, call)->shift;

	return eval_answer((!r->has_min || shift >= 3600 * r->min) &&
	    (!r->has_max || shift < 3600 * r->max));
}

static void
insert(double sorted[4], size_t *n, double when)
{
	size_t i = (*n)++;

	for (; i > 0 && sorted[i - 1] < when; i--)
		sorted[i] = sorted[i - 1];
	sorted[i] = when;
}

/* When the mail came: the upper median of what may be true; 0 if nothing. */
static double
received_when(const struct header_times *t)
{
	double sorted[4];		/* newest first */
	size_t n = 0;

	if (t->has_date)
		insert(sorted, &n, t->date);
	if (t->n_received > 0)
		insert(sorted, &n, t->received[0]);
	if (t->has_fetchmail)
		insert(sorted, &n, t->fetchmail);
	if (t->has_date && t->n_received > 0)
		insert(sorted, &n, t->date - t->shift);
	return n > 0 ? sorted[(n - 1) / 2] : 0;
}

enum tare_answer
received_within_months(struct tare_msg *m, const struct tare_call *call)
{
	const struct header_range *r = call->prepared;
	double age = tare_now(m) - received_when(times_of(m, call));

	return eval_answer((!r->has_min || age >= YEAR * (r->min / 12)) &&
	    (!r->has_max || age < YEAR * (r->max / 12)));
}

/* ---- Outlook ---- */

/* The upper half of a Windows file time, as Outlook wrote it into IDs. */
static double
outlook_time(struct tare_slice text)
{
	double when = 0;

	read_date(text, &when);
	return trunc(when * 0.0023283064365387 + 27111902.8329849);
}

#define OUTLOOK_TOLERANCE 250	/* of 7.16 minutes each: thirty hours */

/*
 * Of the Received lines, too, the first date in the whole text counts: the
 * one that SpamAssassin picks out before has no effect.
 */
enum tare_answer
check_outlook_message_id(struct tare_msg *m, const struct tare_call *call)
{
	static const char *const clocks[] = { "Date", "Received" };
	const struct header_context *c = call->plugin;
	struct tare_slice id = header_text(m, "MESSAGEID");
	double token = 0;
	size_t span[4];

	if (!tare_regex_match(m, c->re[OUTLOOK_ID], id, 0, span, 2))
		return TARE_MISS;
	for (size_t i = span[2]; i < span[3]; i++)
		token = token * 16 + (text_is_digit(id.p[i]) ? id.p[i] - '0' :
		    id.p[i] - 'a' + 10);
	for (size_t i = 0; i < 2; i++) {
		if (fabs(token - outlook_time(header_text(m, clocks[i]))) <
		    OUTLOOK_TOLERANCE)
			return TARE_MISS;
	}
	return TARE_HIT;
}

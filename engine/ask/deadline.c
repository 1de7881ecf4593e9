/*
 * deadline - many deadlines on one timer.
 *
 * A worker has thousands of questions under way, each with a deadline of its
 * own and one for each asker, and nearly all of them are stopped before they
 * are over.  As timers of libevent each would be allocated, and sift through a
 * heap whose nodes no cache holds.  Here it is a member of what it belongs to,
 * in a wheel: setting and stopping it touches its neighbours in one slot.
 *
 * Time is cut into ticks.  A deadline lies in slot (tick % SLOTS), one of a
 * later turn of the wheel, too; it never comes early and at most a tick late,
 * beyond what the loop is late.  The timer is set for the earliest slot that
 * may hold something; when nothing is due there any more, it moves on.
 *
 * Used by query.c and flight.c.  A callback may set and stop any deadline, its
 * own included.
 */
#include "config.h"

#include "ask/ask-priv.h"
#include "base/clock.h"
#include "base/mem.h"

#define TICK 0.005		/* seconds; deadlines are tenths of them */
#define SLOTS 1024u		/* a turn is longer than the usual time-out */

struct deadlines {
	struct ask_timer *timer;
	uint64_t alarm;			/* the tick that timer is set for */
	uint64_t seen;			/* all before it, and it, are done */
	size_t n;
	struct ask_deadline *over;	/* to be called back now */
	struct ask_deadline *slots[SLOTS];
};

static uint64_t
tick_at(double t)
{
	return (uint64_t)(t / TICK);
}

/* ---- lists ---- */

static void
link_in(struct ask_deadline **at, struct ask_deadline *d)
{
	d->next = *at;
	d->prev = at;
	if (d->next != NULL)
		d->next->prev = &d->next;
	*at = d;
}

static void
link_out(struct ask_deadline *d)
{
	*d->prev = d->next;
	if (d->next != NULL)
		d->next->prev = d->prev;
	d->prev = NULL;
}

/* ---- the wheel ---- */

/* Some time after the tick began, so that it has when the timer fires. */
static void
set_alarm(struct deadlines *w, uint64_t tick)
{
	w->alarm = tick;
	ask_timer_set(w->timer, (double)tick * TICK - clock_mono());
}

/* The next slot with something in it, of this turn or of a later one. */
static void
move_on(struct deadlines *w)
{
	uint64_t tick = w->seen + 1;

	if (w->n == 0) {
		w->alarm = 0;
		return;
	}
	while (w->slots[tick % SLOTS] == NULL)
		tick++;
	set_alarm(w, tick);
}

/* Those of a slot that are due, in the order in which they were set. */
static void
take_over(struct deadlines *w, uint64_t tick, uint64_t now)
{
	struct ask_deadline *d, *next;

	for (d = w->slots[tick % SLOTS]; d != NULL; d = next) {
		next = d->next;
		if (d->due <= now) {
			link_out(d);
			link_in(&w->over, d);
		}
	}
}

static void
call_back(struct deadlines *w)
{
	while (w->over != NULL) {
		struct ask_deadline *d = w->over;

		link_out(d);
		w->n--;
		d->fn(d->arg);
	}
}

static void
on_alarm(void *arg)
{
	struct deadlines *w = arg;
	uint64_t now = tick_at(clock_mono()), last = w->seen + SLOTS;

	if (last > now)
		last = now;
	for (uint64_t tick = w->seen + 1; tick <= last; tick++) {
		take_over(w, tick, now);
		call_back(w);
	}
	w->seen = now;
	move_on(w);
}

void
deadline_set(struct deadlines *w, struct ask_deadline *d, double seconds)
{
	double now = clock_mono();

	deadline_stop(w, d);
	d->due = tick_at(now + (seconds > 0 ? seconds : 0)) + 1;
	if (w->n++ == 0)
		w->seen = tick_at(now);
	link_in(&w->slots[d->due % SLOTS], d);
	if (w->alarm == 0 || d->due < w->alarm)
		set_alarm(w, d->due);
}

void
deadline_stop(struct deadlines *w, struct ask_deadline *d)
{
	if (d->prev == NULL)
		return;
	link_out(d);
	w->n--;
}

/* ---- life ---- */

struct deadlines *
deadlines_new(struct event_base *base)
{
	struct deadlines *w = mem_alloc(sizeof(*w));

	w->timer = ask_timer_new(base, on_alarm, w);
	return w;
}

void
deadlines_free(struct deadlines **wp)
{
	if (*wp == NULL)
		return;
	ask_timer_free(&(*wp)->timer);
	mem_free(*wp);
	*wp = NULL;
}

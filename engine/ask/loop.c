/*
 * loop - one-shot timers on the process's event loop.
 *
 * The rest of ask/ knows only struct ask_timer.  libevent counts a timeout
 * from the time it cached when it last woke up; after a second of matching
 * that is a second ago, and a deadline of half a second would be over at once.
 * So the cached time is renewed before each timer is set.
 */
#include "config.h"

#include <event2/event.h>

#include "ask/ask-priv.h"
#include "base/mem.h"

struct ask_timer {
	struct event *ev;
	struct event_base *base;
	ask_timer_fn *fn;
	void *arg;
};

static void
timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct ask_timer *t = arg;

	(void)fd;
	(void)what;
	t->fn(t->arg);
}

struct ask_timer *
ask_timer_new(struct event_base *base, ask_timer_fn *fn, void *arg)
{
	struct ask_timer *t = mem_alloc(sizeof(*t));

	t->base = base;
	t->fn = fn;
	t->arg = arg;
	t->ev = event_new(base, -1, 0, timer_fired, t);
	if (t->ev == NULL)
		fatal("ask: no memory for a timer");
	return t;
}

void
ask_timer_set(struct ask_timer *t, double seconds)
{
	struct timeval tv;

	if (!(seconds > 0))
		seconds = 0;
	if (seconds > 86400)
		seconds = 86400;
	tv.tv_sec = (time_t)seconds;
	tv.tv_usec = (suseconds_t)((seconds - (double)tv.tv_sec) * 1e6);
	event_base_update_cache_time(t->base);
	if (event_add(t->ev, &tv) == -1)
		fatal("ask: cannot set a timer");
}

void
ask_timer_free(struct ask_timer **t)
{
	if (*t == NULL)
		return;
	event_free((*t)->ev);
	mem_free(*t);
	*t = NULL;
}

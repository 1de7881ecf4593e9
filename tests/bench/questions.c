/*
 * questions.c - what a question costs a process that does nothing else.
 *
 *	questions PORT
 *
 * Asks BATCH questions at a time, and waits for all answers, of the name server
 * on that port of loopback (delay.c, which serves the ZONES lists named
 * bl0.example.org and on); then the same ones again, whose answers are known.
 * Prints microseconds of processor time a question, user and system, median
 * and range of ROUNDS: the least that asking can cost a worker, whose caches
 * hold other things when an answer comes.
 *
 * Fatal: no resolver.  A question that is not answered is counted and said.
 */
#include "config.h"

#include <arpa/nameser.h>
#include <err.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "ask/ask.h"
#include "base/clock.h"
#include "weigh/weigh.h"

enum { BATCH = 400, ZONES = 40, ROUNDS = 25, WARM = 5 };

struct world {
	struct event_base *base;
	struct ask *ask;
	struct ask_zone *zones[ZONES];
	unsigned answered, unknown;
};

static void
on_answer(const struct ask_answer *ans, void *arg)
{
	struct world *w = arg;

	w->answered++;
	w->unknown += ans->cls == ASK_UNKNOWN;
}

/* Each round asks about hosts of its own. */
static double
ask_all(struct world *w, unsigned round)
{
	double began = clock_cpu();
	unsigned asked = 0;

	w->answered = 0;
	for (unsigned i = 0; i < BATCH; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%u.%u.%u.10", i % 250, i / 250,
		    round);
		asked += ask_list(w->ask, w->zones[i % ZONES], key, ns_t_a,
		    10, on_answer, w) != NULL;
	}
	while (w->answered < asked)
		event_base_loop(w->base, EVLOOP_ONCE);
	w->unknown += BATCH - asked;
	return (clock_cpu() - began) * 1e6 / BATCH;
}

static int
by_number(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
tell(const char *what, double *us)
{
	qsort(us, ROUNDS, sizeof(*us), by_number);
	printf("%-12s %6.2f us (%.2f-%.2f)\n", what, us[ROUNDS / 2], us[0],
	    us[ROUNDS - 1]);
}

static void
open_world(struct world *w, const char *port)
{
	char server[64];
	const char *servers[] = { server };
	struct ask_conf conf = { .servers = servers, .n_servers = 1,
		.timeout = 10, .clock_scale = 1 };
	struct err e;

	snprintf(server, sizeof(server), "127.0.0.1:%s", port);
	w->base = event_base_new();
	if (w->base == NULL || ask_new(w->base, &conf, NULL, NULL, &w->ask,
	    &e) == -1)
		errx(1, "%s", w->base == NULL ? "no event loop" : e.text);
	for (unsigned i = 0; i < ZONES; i++) {
		char name[32];
		struct ask_zone_conf zone = { .name = name,
			.kind = ZONE_KIND_IP };

		snprintf(name, sizeof(name), "bl%u.example.org", i);
		w->zones[i] = ask_zone_add(w->ask, &zone);
	}
}

int
main(int argc, char **argv)
{
	struct world w = { 0 };
	double sent[ROUNDS], known[ROUNDS];

	if (argc != 2)
		errx(64, "usage: questions PORT");
	open_world(&w, argv[1]);
	for (unsigned i = 0; i < WARM; i++)
		(void)ask_all(&w, 200 + i);
	for (unsigned i = 0; i < ROUNDS; i++) {
		sent[i] = ask_all(&w, i);
		known[i] = ask_all(&w, i);
	}
	tell("sent", sent);
	tell("known", known);
	if (w.unknown > 0)
		printf("%u were not answered\n", w.unknown);
	ask_free(&w.ask);
	event_base_free(w.base);
	return 0;
}

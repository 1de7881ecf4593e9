/*
 * simulate - the figures of doc/reliability.md, from the engine's own code.
 *
 *	simulate [--effort F] [EXPERIMENT ...]
 *
 * Effort 1 gives the figures of the document in some minutes; `make check`
 * runs a small part of it.  Output is TAP; tables are its comments.  Exit
 * status 1 if a figure is out of its limits, 64 for a wrong command line.
 */
#include "config.h"

#include "tests/sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"

static const struct {
	const char *name;
	experiment *run;
	const char *what;
} experiments[] = {
	{ "alarms", alarms_known, "c.4: delay and false alarms, p0 known" },
	{ "alarms-learned", alarms_learned, "the same, p0 learned from mail" },
	{ "alarms-senders", alarms_senders,
	    "delay when senders repeat and count once an hour" },
	{ "anchors", anchors_by_share, "c.4: false alarms of anchors by g" },
	{ "panels", panels_once, "c.5: chances of each verdict" },
	{ "panels-carried", panels_carried,
	    "panels of one suspicion, sum carried or not" },
	{ "precision", precision_lists, "c.6: weight of a list by evidence" },
	{ "harm", harm_paired, "c.4, F12: ham marked before quarantine" },
	{ "partial", incidents_partial, "c.4 end to end: +30 %, +10 %" },
	{ "outbreak", incidents_outbreak, "c.5: outbreaks, a big provider" },
	{ "healthy", incidents_none, "scenario 1: a healthy day" },
	{ "recovery", recovery_after, "c.3: from repair to full weight" },
};
#define EXPERIMENTS (sizeof(experiments) / sizeof(experiments[0]))

static void
run(struct sim *s, size_t i)
{
	const char *name = experiments[i].name;

	s->rng = hash_stable(name, strlen(name), 0x73696d);
	sim_say(s, "%s: %s", name, experiments[i].what);
	experiments[i].run(s);
}

static int
usage(void)
{
	fprintf(stderr, "usage: simulate [--effort F] [EXPERIMENT ...]\n");
	for (size_t i = 0; i < EXPERIMENTS; i++) {
		fprintf(stderr, "  %-16s %s\n", experiments[i].name,
		    experiments[i].what);
	}
	return 64;
}

static int
run_named(struct sim *s, const char *name)
{
	for (size_t i = 0; i < EXPERIMENTS; i++) {
		if (strcmp(name, experiments[i].name) == 0) {
			run(s, i);
			return 0;
		}
	}
	return -1;
}

int
main(int argc, char **argv)
{
	struct sim s = { .effort = 1 };
	int arg = 1;

	if (arg + 1 < argc && strcmp(argv[arg], "--effort") == 0) {
		s.effort = atof(argv[arg + 1]);
		arg += 2;
	}
	if (s.effort <= 0 || (arg < argc && argv[arg][0] == '-')) {
		return usage();
	}
	for (size_t i = 0; arg == argc && i < EXPERIMENTS; i++) {
		run(&s, i);
	}
	for (; arg < argc; arg++) {
		if (run_named(&s, argv[arg]) != 0) {
			return usage();
		}
	}
	printf("1..%u\n", s.rows);
	return s.failed > 0;
}

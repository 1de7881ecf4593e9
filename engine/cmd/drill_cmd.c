/*
 * drill_cmd.c - tare drill ZONE: what would happen if this list broke?
 *
 * Plays the SpamCop day of 2021-01-31 against a copy of the running
 * configuration: the list is healthy, then a parking service answers every
 * name, then every name is listed, then it is healthy again.  Real processes,
 * a resolver of its own, nothing leaves the machine.  One row a second, and
 * at the end what it cost.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "cmd/drill.h"
#include "learn/learn.h"

#define DEFAULT_SPEED 120.0
#define ROW_SECONDS 1.0
#define RECOVERY_MINUTES 90.0	/* of zone time, then it has failed */

static const struct step {
	enum drill_phase phase;
	double minutes;			/* of zone time */
	const char *words;
} steps[] = {
	{ DRILL_HEALTHY, 10, "healthy" },
	{ DRILL_PARKED, 15, "parked: all names -> 91.195.240.87" },
	{ DRILL_WORLD, 15, "world listed: all names listed" },
	{ DRILL_HEALTHY, RECOVERY_MINUTES, "healthy again" },
};
#define N_STEPS (sizeof(steps) / sizeof(*steps))

struct counts {
	unsigned sent, scored;
};

struct drill {
	struct cmd_options *o;
	struct engine *eng;
	struct drill_zone zone;
	struct drill_dns dns;
	struct drill_daemon daemon;
	double speed, started;
	struct counts row[2];		/* [listed]: since the last row */
	struct counts phase[N_STEPS][2];
	struct zone_model model;	/* as the keeper last stored it */
};

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int sig)
{
	interrupted = sig;
}

/* An answer that the zone's rules take as a listing. */
static bool
choose_code(const struct plug_zone *z, struct in_addr *code_r)
{
	static const uint32_t likely[] = { 0x7f000002, 0x7f000102, 0x7f000004,
		0x7f000003, 0x7f000008, 0x7f000a01 };

	for (size_t i = 0; i < 256 + sizeof(likely) / sizeof(*likely); i++) {
		struct in_addr c;
		size_t k = sizeof(likely) / sizeof(*likely);

		c.s_addr = htonl(i < k ? likely[i] :
		    0x7f000000u + (uint32_t)(i - k));
		if (!ask_is_block_code(z->conf.name, c) &&
		    z->conf.mapped(c, z->conf.arg)) {
			*code_r = c;
			return true;
		}
	}
	return false;
}

static int
choose_zone(struct drill *d, const char *name)
{
	size_t n;
	const struct plug_zone *const *zones = plug_zones(d->eng->plug, &n);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(zones[i]->conf.name, name) != 0)
			continue;
		d->zone.name = name;
		d->zone.kind = zones[i]->conf.kind;
		if (choose_code(zones[i], &d->zone.code))
			return 0;
		cmd_warn("no rule takes any answer of %s as a listing", name);
		return -1;
	}
	cmd_warn("no rule asks zone %s; rules ask:", name);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "\t%s\n", zones[i]->conf.name);
	return -1;
}

static void
note_zone(const struct zone_model *z, void *arg)
{
	struct drill *d = arg;

	if (strcmp(z->name, d->zone.name) == 0)
		d->model = *z;
}

/* The keeper's view, from its database. */
static void
read_zone(struct drill *d)
{
	struct store *s = NULL;
	struct arena *a = arena_new();

	if (store_open(arena_printf(a, "%s/tare.sqlite", d->daemon.dir), true,
	    &s, NULL) == 0) {
		store_zones(s, note_zone, d);
		store_close(&s);
	}
	arena_free(&a);
}

static double
weight(const struct drill *d)
{
	return d->model.name[0] == '\0' ? 0 : zone_model_weight(&d->model);
}

static void
print_row(struct drill *d, const struct step *step)
{
	double t = (clock_mono() - d->started) * d->speed;
	const char *reason = d->model.reason == REASON_NONE ? "" :
	    zone_reason_name(d->model.reason);

	if (d->o->json)
		printf("{\"minutes\":%.1f,\"resolver\":\"%s\","
		    "\"state\":\"%s\",\"reason\":\"%s\",\"weight\":%.2f,"
		    "\"unlisted\":%u,\"unlisted_scored\":%u,\"listed\":%u,"
		    "\"listed_scored\":%u}\n", t / 60, step->words,
		    zone_state_name(d->model.state), reason, weight(d),
		    d->row[0].sent, d->row[0].scored, d->row[1].sent,
		    d->row[1].scored);
	else
		printf("%3d:%02d  %-36s %-11s %-9s %5.2f   %4u/%-4u     "
		    "%4u/%-4u\n", (int)t / 60, (int)t % 60, step->words,
		    zone_state_name(d->model.state), reason, weight(d),
		    d->row[0].scored, d->row[0].sent, d->row[1].scored,
		    d->row[1].sent);
	fflush(stdout);
	memset(d->row, 0, sizeof(d->row));
}

static int
send_pair(struct drill *d, size_t step)
{
	struct arena *a = arena_new();
	struct err e = { 0 };
	int rc = 0;

	for (int listed = 0; listed < 2 && rc == 0; listed++) {
		bool hit = false;

		rc = drill_mail_send(a, &d->daemon, &d->zone, d->eng,
		    listed != 0, &hit, &e);
		d->row[listed].sent++;
		d->row[listed].scored += hit;
		d->phase[step][listed].sent++;
		d->phase[step][listed].scored += hit;
	}
	if (rc != 0)
		cmd_warn("%s", e.text);
	arena_free(&a);
	return rc;
}

static bool
recovered(const struct drill *d)
{
	return d->model.reason == REASON_NONE && weight(d) >=
	    d->model.w_operator && d->model.state != ZONE_SUSPECT;
}

/* One phase; the last one ends when the zone counts in full again. */
static int
play_step(struct drill *d, size_t i)
{
	double end = clock_mono() + steps[i].minutes * 60 / d->speed;
	double next_row = clock_mono() + ROW_SECONDS;
	bool last = i == N_STEPS - 1;

	drill_dns_phase(&d->dns, steps[i].phase);
	while (clock_mono() < end && !interrupted) {
		if (send_pair(d, i) != 0)
			return -1;
		if (clock_mono() >= next_row) {
			read_zone(d);
			print_row(d, &steps[i]);
			next_row += ROW_SECONDS;
			if (last && recovered(d) &&
			    d->phase[i][1].scored > 0)
				return 0;
		}
		usleep(20000);
	}
	/* A row never straddles two phases. */
	read_zone(d);
	print_row(d, &steps[i]);
	return 0;
}

static int
summary(const struct drill *d)
{
	unsigned harm = d->phase[1][0].scored + d->phase[2][0].scored;
	unsigned sent = d->phase[1][0].sent + d->phase[2][0].sent;
	bool back = recovered(d) && d->phase[3][1].scored > 0;

	if (d->o->json) {
		printf("{\"harm\":%u,\"unlisted_during_outage\":%u,"
		    "\"recovered\":%s}\n", harm, sent,
		    back ? "true" : "false");
	} else {
		printf("\nDuring the outage %u messages came from senders the "
		    "list had no reason to list;\n%u of them got points from "
		    "it.\n", sent, harm);
		printf("After the repair the list %s.\n", back ?
		    "counts in full again" : "does not count again yet");
	}
	return harm == 0 && back ? 0 : 1;
}

static int
play(struct drill *d)
{
	d->started = clock_mono();
	if (!d->o->json)
		printf("Drill of %s, zone time runs %g times faster; mail "
		    "that the list should not (should) list:\n"
		    "%6s  %-36s %-11s %-9s %6s  %s  %s\n", d->zone.name,
		    d->speed, "TIME", "THE RESOLVER SAYS", "STATE", "REASON",
		    "WEIGHT", "NOT: SCORED", "YES: SCORED");
	for (size_t i = 0; i < N_STEPS && !interrupted; i++) {
		if (play_step(d, i) != 0)
			return ERR_TEMP;
	}
	if (interrupted) {
		cmd_warn("interrupted");
		return ERR_TEMP;
	}
	return summary(d);
}

static int
drill(struct cmd_options *o, const char *zone, double speed)
{
	struct drill *d = arena_alloc(o->arena, sizeof(*d));
	struct err e = { 0 };
	int rc = ERR_CONFIG;

	d->o = o;
	d->speed = speed;
	if (cmd_engine(o, &d->eng) != 0)
		return ERR_CONFIG;
	if (choose_zone(d, zone) != 0)
		goto done;
	rc = ERR_TEMP;
	signal(SIGINT, on_interrupt);
	signal(SIGTERM, on_interrupt);
	signal(SIGPIPE, SIG_IGN);
	if (drill_dns_start(&d->zone, &d->dns, &e) != 0 ||
	    drill_daemon_start(o, d->dns.port, speed, &d->daemon, &e) != 0)
		cmd_warn("%s", e.text);
	else
		rc = play(d);
	drill_daemon_stop(&d->daemon);
	drill_dns_stop(&d->dns);
done:
	engine_free(&d->eng);
	if (cmd_flush() != 0)
		return ERR_TEMP;
	return rc;
}

static int
run(struct cmd_options *o, int argc, char **argv)
{
	const char *speed_text = NULL;
	const struct cmd_own own[] = {
		{ "speed", "N", &speed_text, "zone time runs N times faster "
		    "(1 to 1000, default 120)" },
		{ 0 }
	};
	double speed = DEFAULT_SPEED;
	int rc = cmd_parse(o, &cmd_drill, own, argc, argv);

	if (rc != 0)
		return rc < 0 ? ERR_USAGE : 0;
	if (speed_text != NULL && (slice_to_double(slice_cstr(speed_text),
	    &speed) != 0 || speed < 1 || speed > 1000)) {
		cmd_warn("--speed takes a number from 1 to 1000");
		return ERR_USAGE;
	}
	if (o->argc != 1) {
		cmd_warn("say which zone: tare drill ZONE (`tare zones` lists "
		    "them)");
		return ERR_USAGE;
	}
	return drill(o, o->argv[0], speed);
}

const struct subcommand cmd_drill = { "drill", "[OPTION…] ZONE",
	"play an outage of a DNS list against a copy of this configuration",
	run };

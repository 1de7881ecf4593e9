/*
 * drill_play.c - one scenario, played: the resolver's way changes, mail flows,
 * and what the keeper makes of it is read from its database.
 *
 * Unless the scenario begins with a zone never seen, a good day passes first at
 * the highest speed, so that the zone is as trusted as those of the site are.
 * One row a second.  What a step saw is kept for drill_judge.c.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "cmd/drill.h"
#include "learn/fleet.h"

#define ROW_SECONDS 1.0
#define PAIR_SECONDS 0.02		/* between messages, where none said */
/* The good day before. */
#define TRUST_SCALE 100000.0
#define TRUST_DAYS 10
#define TRUST_PAIRS 100
#define TRUST_SECONDS 60.0

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int sig)
{
	interrupted = sig;
}

bool
drill_interrupted(void)
{
	return interrupted != 0;
}

/* ---- what the keeper says ---- */

double
drill_weight(const struct drill *d)
{
	return d->model.name[0] == '\0' ? 0 : zone_model_weight(&d->model);
}

static void
note_zone(const struct zone_model *z, void *arg)
{
	struct drill *d = arg;

	if (strcmp(z->name, d->zone.name) == 0)
		d->model = *z;
}

static void
note_state(struct drill *d, enum zone_state s, double at)
{
	struct drill_seen *seen = &d->seen[d->step];

	if ((seen->reached & DRILL_STATE(s)) == 0) {
		seen->reached |= DRILL_STATE(s);
		seen->first[s] = at > d->step_began ?
		    (at - d->step_began) / 60 : 0;
	}
}

static void
note_event(const struct store_history_row *r, void *arg)
{
	struct drill *d = arg;
	int s = zone_state_parse(slice_cstr(r->to_state));

	/* zone time of ours and of the keeper differ by the start of tared */
	if (s >= 0 && r->at >= d->step_began)
		note_state(d, (enum zone_state)s, r->at);
}

/* The keeper's view, from its database. */
static void
read_zone(struct drill *d)
{
	struct store *s = NULL;

	if (store_open(d->daemon.dir, true, &s, NULL) != 0)
		return;
	store_zones(s, note_zone, d);
	store_history(s, d->zone.name, note_event, d);
	store_close(&s);
}

/* ---- mail ---- */

static int
send_one(struct drill *d, struct arena *a, bool listed)
{
	struct err e = { 0 };
	bool hit = false;

	if (drill_mail_send(a, &d->daemon, &d->zone, d->eng, listed,
	    d->number++, &hit, &e) != 0) {
		cmd_warn("%s", e.text);
		return -1;
	}
	d->row[listed].sent++;
	d->row[listed].scored += hit;
	d->seen[d->step].mail[listed].sent++;
	d->seen[d->step].mail[listed].scored += hit;
	return 0;
}

/* One that is not listed, and so many that are. */
static int
send_some(struct drill *d, const struct drill_step *step)
{
	unsigned listed = step->listed > 0 ? step->listed : 1;
	struct arena *a = arena_new();
	int rc = send_one(d, a, false);

	for (unsigned i = 0; i < listed && rc == 0 && !interrupted; i++)
		rc = send_one(d, a, true);
	arena_free(&a);
	return rc;
}

/* ---- rows ---- */

static void
print_row(struct drill *d, const struct drill_step *step)
{
	double t = drill_daemon_time(&d->daemon) - d->began;
	const char *words = drill_way_words(step->way);
	const char *state = zone_state_name(zone_model_state(&d->model));
	const char *reason = d->model.reason == REASON_NONE ? "" :
	    zone_reason_name(d->model.reason);

	if (d->o->json)
		printf("{\"minutes\":%.1f,\"resolver\":\"%s\","
		    "\"state\":\"%s\",\"reason\":\"%s\",\"weight\":%.2f,"
		    "\"unlisted\":%u,\"unlisted_scored\":%u,\"listed\":%u,"
		    "\"listed_scored\":%u}\n", t / 60, words, state, reason,
		    drill_weight(d), d->row[0].sent, d->row[0].scored,
		    d->row[1].sent, d->row[1].scored);
	else
		printf("%3d:%02d %-28s %-11s %-8s %3.1f %4u/%-4u %4u/%u\n",
		    (int)t / 60, (int)t % 60, words, state, reason,
		    drill_weight(d), d->row[0].scored, d->row[0].sent,
		    d->row[1].scored, d->row[1].sent);
	fflush(stdout);
	memset(d->row, 0, sizeof(d->row));
}

/* ---- acts ---- */

static int
tell(struct drill *d, struct arena *a, const char *line, struct err *e)
{
	struct slice answer;

	if (drill_daemon_tell(a, &d->daemon, line, &answer, e) != 0)
		return -1;
	return slice_starts(answer, SLICE("error")) ? err_set(e,
	    ERR_UNAVAILABLE, "the drill's tared: %.*s",
	    SLICE_FMT(slice_trim(answer))) : 0;
}

/* What a node would say that takes the zone for wild. */
static const char *
lie(struct drill *d, struct arena *a)
{
	struct fleet_line l = { .seq = 1, .at = clock_wall(),
		.state = ZONE_QUARANTINED, .reason = REASON_WILDCARD,
		.since = clock_wall() };
	struct buf b;

	record_text(l.node, sizeof(l.node), SLICE("another-node"));
	record_text(l.zone, sizeof(l.zone), slice_cstr(d->zone.name));
	record_text(l.evidence, sizeof(l.evidence), SLICE("a lie"));
	buf_init(&b, a);
	buf_adds(&b, "peer ");
	fleet_line_json(&l, &b);
	return buf_cstr(&b);
}

static int
act(struct drill *d, const struct drill_step *step)
{
	struct arena *a = arena_new();
	struct err e = { 0 };
	int rc = 0;

	switch (step->act) {
	case DRILL_NOTHING:
		break;
	case DRILL_PIN_ON:
		/* it is over when the next step begins */
		rc = tell(d, a, arena_printf(a, "pin %s on %.0f",
		    d->zone.name, (step->minutes - 1) * 60), &e);
		break;
	case DRILL_LIE:
		rc = tell(d, a, lie(d, a), &e);
		break;
	case DRILL_CRASH:
		rc = drill_daemon_crash(a, &d->daemon, &e);
		break;
	}
	if (rc != 0)
		cmd_warn("%s", e.text);
	arena_free(&a);
	return rc;
}

/* ---- steps ---- */

static bool
recovered(const struct drill *d)
{
	return d->model.reason == REASON_NONE &&
	    drill_weight(d) >= d->model.w_operator &&
	    d->model.state != ZONE_SUSPECT && d->model.pin == ZONE_NEW;
}

static void
begin_step(struct drill *d, unsigned i)
{
	const struct drill_step *step = &d->plan->steps[i];
	unsigned first = d->number;

	read_zone(d);			/* what belongs to the one before */
	d->step = i;
	d->step_began = drill_daemon_time(&d->daemon);
	for (unsigned s = 0; s < ZONE_STATES; s++)
		d->seen[i].first[s] = -1;
	if (step->demands & DRILL_AGAIN)
		d->number = d->again;
	d->again = first;
	drill_dns_way(&d->dns, step->way);
}

/* It may end early when all it demands has come. */
static bool
is_over(struct drill *d, const struct drill_step *step)
{
	if ((step->demands & DRILL_RECOVERS) == 0 || !recovered(d) ||
	    d->seen[d->step].mail[1].scored == 0)
		return false;
	d->seen[d->step].recovered = true;
	return true;
}

static void
look(struct drill *d, const struct drill_step *step)
{
	read_zone(d);
	/* where it was all the time is reached, too */
	if (d->model.name[0] != '\0' && d->model.since <= d->step_began)
		note_state(d, zone_model_state(&d->model), d->step_began);
	print_row(d, step);
}

static int
play_step(struct drill *d, const struct drill_step *step)
{
	double end = d->step_began + step->minutes * 60;
	double next_row = clock_mono() + ROW_SECONDS;
	double pause = step->every > 0 ? step->every * 60 / d->speed :
	    PAIR_SECONDS;

	while (drill_daemon_time(&d->daemon) < end && !interrupted) {
		if (send_some(d, step) != 0)
			return -1;
		if (clock_mono() >= next_row) {
			look(d, step);
			next_row = clock_mono() + ROW_SECONDS;
			if (is_over(d, step))
				return 0;
		}
		usleep((useconds_t)(pause * 1e6));
	}
	look(d, step);			/* a row never straddles two steps */
	is_over(d, step);
	return 0;
}

/* ---- the whole ---- */

static void
print_head(const struct drill *d)
{
	if (d->o->json)
		return;
	if (d->plan->number > 0)
		printf("Scenario %u, %s: ", d->plan->number, d->plan->title);
	else
		printf("Drill: ");
	printf("%s.\nZone time runs %g times faster; points for senders that "
	    "the list should not\nand should list:\n%6s %-28s %-11s %-8s "
	    "%3s %9s %9s\n", d->zone.name, d->speed, "TIME",
	    "THE RESOLVER SAYS", "STATE", "REASON", "WGT", "NOT", "LISTED");
	fflush(stdout);
}

/* A good day of mail, quickly; zone time at its end. */
static int
earn_trust(struct drill *d, double *zone_r, struct err *e)
{
	static const struct drill_step good = { .way = DRILL_HEALTHY };
	double give_up = clock_mono() + TRUST_SECONDS;
	int rc = drill_daemon_start(d->o, &d->daemon, TRUST_SCALE,
	    clock_wall() - TRUST_DAYS * 86400, e);

	while (rc == 0 && d->model.state != ZONE_TRUSTED && !interrupted) {
		for (unsigned i = 0; i < TRUST_PAIRS && rc == 0 &&
		    !interrupted; i++)
			rc = send_some(d, &good);
		read_zone(d);
		if (clock_mono() > give_up && d->model.state != ZONE_TRUSTED)
			rc = err_set(e, ERR_UNAVAILABLE, "%s did not become "
			    "trusted in a good day of mail: it is %s",
			    d->zone.name, zone_state_name(d->model.state));
	}
	*zone_r = drill_daemon_time(&d->daemon) + 60;
	drill_daemon_end(&d->daemon);
	return rc;
}

static int
prepare(struct drill *d)
{
	struct err e = { 0 };
	double zone = 0;

	signal(SIGINT, on_interrupt);
	signal(SIGTERM, on_interrupt);
	signal(SIGPIPE, SIG_IGN);
	if (drill_dns_start(&d->zone, d->speed, &d->dns, &e) != 0 ||
	    drill_daemon_make(d->o->arena, &d->daemon, &e) != 0)
		goto failed;
	d->daemon.dns_port = d->dns.port;
	d->daemon.kind = d->zone.kind;
	if (!d->plan->fresh && earn_trust(d, &zone, &e) != 0)
		goto failed;
	memset(d->row, 0, sizeof(d->row));
	memset(d->seen, 0, sizeof(d->seen));
	drill_dns_way(&d->dns, d->plan->steps[0].way);
	if (!interrupted && drill_daemon_start(d->o, &d->daemon, d->speed,
	    zone, &e) == 0)
		return 0;
failed:
	if (e.text[0] != '\0')
		cmd_warn("%s", e.text);
	return -1;
}

int
drill_play(struct drill *d)
{
	int rc = 0;

	print_head(d);
	if (prepare(d) != 0)
		return -1;
	d->began = drill_daemon_time(&d->daemon);
	for (unsigned i = 0; i < DRILL_STEPS && rc == 0 && !interrupted &&
	    d->plan->steps[i].minutes > 0; i++) {
		begin_step(d, i);
		rc = act(d, &d->plan->steps[i]);
		if (rc == 0)
			rc = play_step(d, &d->plan->steps[i]);
	}
	return rc;
}

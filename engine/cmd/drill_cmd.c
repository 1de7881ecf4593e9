/*
 * drill_cmd.c - tare drill: what would happen if this list broke?
 *
 * Plays a scenario of the reliability reference against a copy of the running
 * configuration: real processes, a resolver of the drill's own, nothing leaves
 * the machine and the running daemon is not touched.  Without a number it is
 * the day of 2021-01-31 in short: healthy, parked, the world listed, healthy.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/drill.h"

#define DEFAULT_SPEED 120.0

/* An answer that the zone's rules take as a listing. */
static bool
choose_code(const struct plug_zone *z, struct in_addr *code_r)
{
	static const uint32_t likely[] = { 0x7f000002, 0x7f000102, 0x7f000004,
		0x7f000003, 0x7f000008, 0x7f000a01 };
	size_t k = sizeof(likely) / sizeof(*likely);

	for (size_t i = 0; i < 3 * 256 + k; i++) {
		struct in_addr c;

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

static const char *
must_list(const struct plug_zone *z)
{
	if (z->conf.must_list != NULL)
		return z->conf.must_list;
	return z->conf.kind == ZONE_KIND_IP ? "2.0.0.127" : "test";
}

static int
take_zone(struct drill *d, const struct plug_zone *z)
{
	d->zone.name = z->conf.name;
	d->zone.kind = z->conf.kind;
	d->zone.must_list = must_list(z);
	if (!engine_wants_zone(d->eng, z)) {
		cmd_warn("no rule that counts rests on %s: give one of its "
		    "rules a score (--cf 'score RULE 1')", z->conf.name);
		return -1;
	}
	if (z->conf.kind == ZONE_KIND_HASH) {
		cmd_warn("%s is a list of hashes, and there is no drill for "
		    "those", z->conf.name);
		return -1;
	}
	if (!choose_code(z, &d->zone.code)) {
		cmd_warn("no rule takes any answer of %s as a listing",
		    z->conf.name);
		return -1;
	}
	return 0;
}

static int
choose_zone(struct drill *d, const char *name)
{
	size_t n;
	const struct plug_zone *const *zones = plug_zones(d->eng->plug, &n);

	for (size_t i = 0; i < n; i++) {
		if (slice_eq_nocase(slice_cstr(zones[i]->conf.name),
		    slice_cstr(name)))
			return take_zone(d, zones[i]);
	}
	cmd_warn(n > 0 ? "no rule asks zone %s; rules ask:" :
	    "no rule asks zone %s, nor any other: are --rules and --plugins "
	    "right?", name);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "\t%s\n", zones[i]->conf.name);
	return -1;
}

static int
drill(struct cmd_options *o, const char *zone,
    const struct drill_scenario *plan, double speed)
{
	struct drill *d = arena_alloc(o->arena, sizeof(*d));
	int rc = ERR_CONFIG;

	d->o = o;
	d->plan = plan;
	d->speed = speed;
	if (cmd_engine(o, &d->eng) != 0)
		return ERR_CONFIG;
	if (choose_zone(d, zone) == 0) {
		rc = drill_play(d) != 0 || drill_interrupted() ? ERR_TEMP :
		    drill_judge(d);
		if (drill_interrupted())
			cmd_warn("interrupted");
		drill_daemon_remove(&d->daemon);
		drill_dns_stop(&d->dns);
	}
	engine_free(&d->eng);
	return cmd_flush() != 0 ? ERR_TEMP : rc;
}

/* ---- the list ---- */

static double
total_minutes(const struct drill_scenario *s)
{
	double sum = 0;

	for (unsigned i = 0; i < DRILL_STEPS; i++)
		sum += s->steps[i].minutes;
	return sum;
}

static int
list(const struct cmd_options *o, double speed)
{
	const struct drill_scenario *s;
	struct buf b;

	for (size_t i = 1; (s = drill_scenario_at(i)) != NULL; i++) {
		double seconds = total_minutes(s) * 60 / speed;

		if (!o->json && s->why_not == NULL)
			printf("%2u  %-58s %4.0f s\n", s->number, s->title,
			    seconds);
		else if (!o->json)
			printf("%2u  %s\n    (no drill: %s)\n", s->number,
			    s->title, s->why_not);
		if (!o->json)
			continue;
		buf_init(&b, NULL);
		buf_addf(&b, "{\"scenario\":%u,\"title\":", s->number);
		buf_add_json(&b, slice_cstr(s->title));
		buf_addf(&b, ",\"drill\":%s,\"seconds\":%.0f,\"why_not\":",
		    s->why_not == NULL ? "true" : "false", seconds);
		buf_add_json(&b, slice_cstr(s->why_not));
		buf_addc(&b, '}');
		puts(buf_cstr(&b));
		buf_free(&b);
	}
	if (!o->json)
		printf("\nPlay one: tare drill --scenario NUMBER ZONE.\nThe "
		    "times are the longest at --speed %g.\n", speed);
	return cmd_flush() != 0 ? ERR_TEMP : 0;
}

static int
find_scenario(const char *text, const struct drill_scenario **s_r)
{
	long n = 0;

	if (text != NULL && (slice_to_long(slice_cstr(text), &n) != 0 ||
	    n < 1)) {
		cmd_warn("--scenario takes a number; `tare drill --list` "
		    "shows them");
		return -1;
	}
	*s_r = drill_scenario((unsigned)n);
	if (*s_r == NULL) {
		cmd_warn("there is no scenario %ld; `tare drill --list` shows "
		    "them", n);
		return -1;
	}
	if ((*s_r)->why_not != NULL) {
		cmd_warn("scenario %ld, %s, is no drill: %s", n,
		    (*s_r)->title, (*s_r)->why_not);
		return -1;
	}
	return 0;
}

static int
run(struct cmd_options *o, int argc, char **argv)
{
	const char *speed_text = NULL, *number = NULL, *show = NULL;
	const struct cmd_own own[] = {
		{ "scenario", "N", &number, "which one to play; without it, "
		    "the SpamCop day in short" },
		{ "list", NULL, &show, "what scenarios there are" },
		{ "speed", "N", &speed_text, "zone time runs N times faster "
		    "(1 to 1000, default 120)" },
		{ 0 }
	};
	const struct drill_scenario *plan;
	double speed = DEFAULT_SPEED;
	int rc = cmd_parse(o, &cmd_drill, own, argc, argv);

	if (rc != 0)
		return rc < 0 ? ERR_USAGE : 0;
	if (speed_text != NULL && (slice_to_double(slice_cstr(speed_text),
	    &speed) != 0 || speed < 1 || speed > 1000)) {
		cmd_warn("--speed takes a number from 1 to 1000");
		return ERR_USAGE;
	}
	if (show != NULL)
		return list(o, speed);
	if (find_scenario(number, &plan) != 0)
		return ERR_USAGE;
	if (o->argc != 1) {
		cmd_warn("say which zone: tare drill ZONE (`tare zones` lists "
		    "them)");
		return ERR_USAGE;
	}
	return drill(o, o->argv[0], plan, speed);
}

const struct subcommand cmd_drill = { "drill",
	"[OPTION…] [--scenario N] ZONE | --list",
	"play an outage of a DNS list against a copy of this configuration",
	run };

/*
 * zones_cmd.c - tare zones: what is believed of each DNS list, why, and what
 * an operator can do about it.
 *
 * Reading goes to the keeper's database, read-only, and works with or without
 * a daemon; pin, unpin, probe and import are told to the running one.  One row
 * of verbs[] per verb.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/map.h"
#include "cmd/zones.h"

/* ---- what the verbs share ---- */

static bool
take_name(struct slice key, const struct json_value *v, void *arg)
{
	struct zones *z = arg;
	struct slice name;

	if (slice_eq_cstr(key, "zone") &&
	    json_string(z->o->arena, v, &name) == 0)
		map_put(z->asked, name, z);
	return true;
}

static bool
take_zone(struct slice key, const struct json_value *v, void *arg)
{
	json_each(v->raw, take_name, arg);
	return true;
}

static bool
take_daemon(struct slice key, const struct json_value *v, void *arg)
{
	struct zones *z = arg;

	if (slice_eq_cstr(key, "now"))
		json_number(v, &z->now);
	if (slice_eq_cstr(key, "zones")) {
		z->asked = map_new(z->o->arena, true);
		json_each(v->raw, take_zone, z);
	}
	return true;
}

void
zones_ask_daemon(struct zones *z)
{
	struct slice answer;

	z->now = clock_wall();
	if (control_ask(z->o->arena, z->o, "zones", &answer, NULL) == 0)
		json_each(answer, take_daemon, z);
}

int
zones_open(struct zones *z)
{
	struct err e = { 0 };
	const char *path = arena_printf(z->o->arena, "%s/tare.sqlite",
	    cmd_state_dir(z->o));

	if (store_open(path, true, &z->store, &e) != 0) {
		cmd_warn("%s", e.text);
		return (int)e.code;
	}
	zones_ask_daemon(z);
	return 0;
}

int
zones_close(struct zones *z, int rc)
{
	if (rc != 0)
		cmd_warn("%s", store_error(z->store));
	store_close(&z->store);
	return cmd_flush() != 0 || rc != 0 ? ERR_TEMP : 0;
}

int
zones_unknown(const struct zones *z)
{
	cmd_warn("nothing is known of zone %s; `tare zones` lists those that "
	    "rules name", z->zone);
	return ERR_DATA;
}

int
zones_tell(struct zones *z, const char *line, struct slice *answer_r)
{
	struct err e = { 0 };

	if (control_ask(z->o->arena, z->o, line, answer_r, &e) != 0) {
		cmd_warn("%s", e.text);
		return (int)e.code;
	}
	if (answer_r->n == 0) {
		cmd_warn("the daemon gave no answer; is its keeper being "
		    "replaced?  Try again");
		return ERR_TEMP;
	}
	if (slice_starts(*answer_r, SLICE("error "))) {
		struct slice why = slice_trim(slice_sub(*answer_r, 6,
		    answer_r->n));

		cmd_warn("%.*s", SLICE_FMT(why));
		return ERR_DATA;
	}
	return 0;
}

/* ---- the verbs ---- */

static const struct verb {
	const char *name;
	int min, max;			/* operands after it */
	int (*run)(struct zones *);
	const char *usage;
} verbs[] = {
	{ "list", 0, 0, zones_list, "tare zones [list]" },
	{ "show", 1, 1, zones_show, "tare zones show ZONE" },
	{ "history", 0, 1, zones_history,
	    "tare zones history [ZONE] [--since TIME]" },
	{ "exposure", 1, 1, zones_exposure,
	    "tare zones exposure ZONE [--since TIME] [--changed]" },
	{ "probe", 1, 1, zones_probe, "tare zones probe ZONE" },
	{ "pin", 2, 2, zones_pin,
	    "tare zones pin ZONE on|off|WEIGHT [--until TIME|never]" },
	{ "unpin", 1, 1, zones_unpin, "tare zones unpin ZONE" },
	{ "export", 0, 1, zones_export,
	    "tare zones export [ZONE] [--key FILE] [--node NAME]" },
	{ "import", 0, 1, zones_import,
	    "tare zones import [FILE] [--key FILE] [--node NAME]" },
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < VERBS; i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

static int
usage(const struct verb *v)
{
	if (v != NULL) {
		cmd_warn("say: %s", v->usage);
		return ERR_USAGE;
	}
	cmd_warn("say one of:");
	for (size_t i = 0; i < VERBS; i++)
		fprintf(stderr, "\t%s\n", verbs[i].usage);
	return ERR_USAGE;
}

/* As the database has it: lower case, no final dot. */
static const char *
zone_name(struct arena *a, const char *text)
{
	struct slice s = slice_cstr(text);

	while (slice_ends(s, SLICE(".")))
		s.n--;
	return arena_str(a, arena_lower(a, s));
}

static int
run(struct cmd_options *o, int argc, char **argv)
{
	struct zones z = { .o = o, .width = zones_width() };
	const char *changed = NULL;
	const struct cmd_own own[] = {
		{ "since", "TIME", &z.since, "history, exposure: from then on "
		    "(2d, 2026-10-01, …; exposure: default 24h)" },
		{ "changed", NULL, &changed, "exposure: only messages whose "
		    "verdict would change" },
		{ "until", "TIME", &z.until, "pin: how long or until when "
		    "(6h, 2d, 2026-10-01T12:00Z, never; default 24h)" },
		{ "key", "FILE", &z.key, "export, import: the fleet's key "
		    "instead of zone_fleet_key" },
		{ "node", "NAME", &z.node, "export, import: this node's name "
		    "instead of zone_fleet_node" },
		{ 0 }
	};
	const struct verb *v;
	int rc = cmd_parse(o, &cmd_zones, own, argc, argv);

	if (rc != 0)
		return rc < 0 ? ERR_USAGE : 0;
	z.changed = changed != NULL;
	if (o->argc == 0)
		return zones_list(&z);
	v = find_verb(o->argv[0]);
	if (v == NULL || o->argc - 1 < v->min || o->argc - 1 > v->max)
		return usage(v);
	if (o->argc > 1)
		z.zone = zone_name(o->arena, o->argv[1]);
	return v->run(&z);
}

const struct subcommand cmd_zones = { "zones",
	"[OPTION…] [list|show|history|exposure|probe|pin|unpin|export|import "
	"[…]]", "DNS lists: state, weight, why, and what to do", run };

/*
 * zones_cmd.c - tare zones: what is believed of each DNS list, and why.
 *
 * Reading goes to the keeper's database, read-only, and works with or without
 * a daemon; probe, pin and unpin are asked of the running daemon.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "cmd/cmd.h"
#include "learn/learn.h"

struct listing {
	struct cmd_options *o;
	struct store *store;
	const char *only;		/* NULL: all */
	bool details;
	size_t shown;
	double now;
};

static void
print_json(const struct zone_model *z, const struct store_hour_sum *sum,
    const char *words)
{
	struct buf b;

	buf_init(&b, NULL);
	buf_adds(&b, "{\"zone\":");
	buf_add_json(&b, slice_cstr(z->name));
	buf_addf(&b, ",\"state\":\"%s\",\"reason\":\"%s\",\"weight\":%.3g,"
	    "\"since\":%.3f,", zone_state_name(zone_model_state(z)),
	    zone_reason_name(z->reason),
	    zone_model_weight(z), z->since);
	buf_addf(&b, "\"must_list\":%d,\"must_not\":%d,\"pools\":%u,"
	    "\"dwell\":%.0f,\"p95_ms\":%.1f,", z->must_list, z->must_not,
	    z->pools, z->dwell, z->p95 * 1000);
	buf_addf(&b, "\"hour\":{\"lookups\":%.0f,\"listed\":%.0f,"
	    "\"bogus\":%.0f,\"blocked\":%.0f,\"unknown\":%.0f,"
	    "\"controls\":%.0f,\"controls_dirty\":%.0f,\"voided\":%.0f},",
	    sum->lookups, sum->listed, sum->bogus, sum->blocked, sum->unknown,
	    sum->controls, sum->controls_dirty, sum->voided);
	buf_adds(&b, "\"why\":");
	buf_add_json(&b, slice_cstr(words));
	buf_addc(&b, '}');
	puts(buf_cstr(&b));
	buf_free(&b);
}

static void
print_details(const struct zone_model *z, const struct store_hour_sum *sum,
    const char *words)
{
	static const char *const support[] = { "unknown", "unsupported",
		"supported" };
	char since[32];

	clock_iso(z->since, since, sizeof(since));
	printf("zone        %s\nstate       %s", z->name,
	    zone_state_name(zone_model_state(z)));
	if (z->reason != REASON_NONE)
		printf(" (%s)", zone_reason_name(z->reason));
	printf("\nweight      %.2f\nsince       %s\nwhy         %s\n",
	    zone_model_weight(z), since, words);
	printf("must-list   %s\nmust-not    %s\n",
	    support[z->must_list + 1], support[z->must_not + 1]);
	printf("last hour   %.0f lookups, %.0f listed, %.0f bogus, "
	    "%.0f blocked, %.0f unanswered\n", sum->lookups, sum->listed,
	    sum->bogus, sum->blocked, sum->unknown);
	printf("controls    %.0f, of these %.0f dirty; %.0f positives "
	    "voided\n", sum->controls, sum->controls_dirty, sum->voided);
	printf("dwell       %.0f s, doubled %u times in 24 h\n", z->dwell,
	    z->requarantines);
}

static void
print_row(const struct zone_model *z, const struct store_hour_sum *sum,
    const char *words)
{
	char since[32];

	clock_iso(z->since, since, sizeof(since));
	printf("%-28s %-11s %6.2f  %-20s %6.0f/%-6.0f %4.0f/%-4.0f %s\n",
	    z->name, zone_state_name(zone_model_state(z)),
	    zone_model_weight(z), since, sum->listed,
	    sum->lookups, sum->controls_dirty, sum->controls, words);
}

static void
show_zone(const struct zone_model *z, void *arg)
{
	struct listing *l = arg;
	struct store_hour_sum sum = { 0 };
	char words[256];

	if (l->only != NULL && strcmp(l->only, z->name) != 0)
		return;
	store_sums(l->store, z->name, l->now - 3600, &sum);
	zone_model_words(z, l->now, words, sizeof(words));
	if (l->o->json)
		print_json(z, &sum, words);
	else if (l->details)
		print_details(z, &sum, words);
	else if (l->shown == 0)
		printf("%-28s %-11s %6s  %-20s %13s %9s %s\n", "ZONE",
		    "STATE", "WEIGHT", "SINCE", "LISTED/ASKED",
		    "DIRTY/CTL", "WHY");
	if (!l->o->json && !l->details)
		print_row(z, &sum, words);
	l->shown++;
}

static void
show_history(const struct store_history_row *r, void *arg)
{
	struct listing *l = arg;
	char at[32];
	struct buf b;

	l->shown++;
	clock_iso(r->at, at, sizeof(at));
	if (!l->o->json) {
		printf("%s %s %s -> %s (%s) %s %s\n", at, r->zone,
		    r->from_state, r->to_state, r->reason, r->source,
		    r->evidence);
		return;
	}
	buf_init(&b, NULL);
	buf_addf(&b, "{\"at\":%.3f,\"zone\":", r->at);
	buf_add_json(&b, slice_cstr(r->zone));
	buf_addf(&b, ",\"from\":\"%s\",\"to\":\"%s\",\"reason\":\"%s\","
	    "\"source\":\"%s\",\"evidence\":%s}", r->from_state, r->to_state,
	    r->reason, r->source, r->evidence[0] ? r->evidence : "null");
	puts(buf_cstr(&b));
	buf_free(&b);
}

static int
read_store(struct listing *l, bool history)
{
	struct err e = { 0 };
	const char *path = arena_printf(l->o->arena, "%s/tare.sqlite",
	    cmd_state_dir(l->o));
	int rc;

	if (store_open(path, true, &l->store, &e) != 0) {
		cmd_warn("%s", e.text);
		return (int)e.code;
	}
	rc = history ? store_history(l->store, l->only, show_history, l) :
	    store_zones(l->store, show_zone, l);
	if (rc != 0)
		cmd_warn("%s: %s", path, store_error(l->store));
	store_close(&l->store);
	if (cmd_flush() != 0)
		return ERR_TEMP;
	if (rc == 0 && l->shown == 0 && l->only != NULL)
		cmd_warn("nothing is known of zone %s; `tare zones` lists "
		    "those that rules name", l->only);
	return rc != 0 ? ERR_TEMP : l->shown == 0 && l->only ? ERR_DATA : 0;
}

/* "90", "30m", "6h", "2d" as seconds; 0 on nonsense. */
static double
duration(const char *text)
{
	static const struct {
		char letter;
		double seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 },
		{ 'd', 86400 } };
	char *end;
	double v = strtod(text, &end);

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (*end == units[i].letter) {
			v *= units[i].seconds;
			end++;
			break;
		}
	}
	return *end == '\0' && v > 0 ? v : 0;
}

static int
tell_daemon(struct cmd_options *o, const char *line)
{
	struct slice answer;
	struct err e = { 0 };

	if (control_ask(o->arena, o, line, &answer, &e) != 0) {
		cmd_warn("%s", e.text);
		return (int)e.code;
	}
	fwrite(answer.p, 1, answer.n, stdout);
	if (cmd_flush() != 0)
		return ERR_TEMP;
	return slice_starts(answer, SLICE("error")) ? ERR_DATA : 0;
}

static int
pin(struct cmd_options *o, const char *until)
{
	double seconds = duration(until ? until : "24h");

	if (o->argc != 3) {
		cmd_warn("say: tare zones pin ZONE on|off|WEIGHT "
		    "[--until 6h]");
		return ERR_USAGE;
	}
	if (seconds == 0) {
		cmd_warn("--until %s is no duration: write 90s, 30m, 6h or "
		    "2d", until);
		return ERR_USAGE;
	}
	return tell_daemon(o, arena_printf(o->arena, "pin %s %s %.0f",
	    o->argv[1], o->argv[2], seconds));
}

static int
run(struct cmd_options *o, int argc, char **argv)
{
	const char *until = NULL, *verb;
	const struct cmd_own own[] = {
		{ "until", "TIME", &until, "how long a pin holds (90s, 30m, "
		    "6h, 2d; default 24h)" },
		{ 0 }
	};
	struct listing l = { .o = o, .now = clock_wall() };
	int rc = cmd_parse(o, &cmd_zones, own, argc, argv);

	if (rc != 0)
		return rc < 0 ? ERR_USAGE : 0;
	verb = o->argc > 0 ? o->argv[0] : "";
	l.only = o->argc > 1 ? o->argv[1] : NULL;
	if (o->argc == 0)
		return read_store(&l, false);
	if (strcmp(verb, "show") == 0 && l.only != NULL) {
		l.details = true;
		return read_store(&l, false);
	}
	if (strcmp(verb, "history") == 0)
		return read_store(&l, true);
	if (strcmp(verb, "pin") == 0)
		return pin(o, until);
	if ((strcmp(verb, "unpin") == 0 || strcmp(verb, "probe") == 0) &&
	    l.only != NULL)
		return tell_daemon(o, arena_printf(o->arena, "%s %s", verb,
		    l.only));
	cmd_warn("say: tare zones [show ZONE | history [ZONE] | probe ZONE | "
	    "pin ZONE on|off|WEIGHT | unpin ZONE]");
	return ERR_USAGE;
}

const struct subcommand cmd_zones = { "zones",
	"[OPTION…] [show|history|probe|pin|unpin [ZONE …]]",
	"DNS lists: state, weight, and why", run };

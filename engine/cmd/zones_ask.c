/*
 * zones_ask.c - tare zones pin, unpin and probe: what the running daemon is
 * told to do.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "cmd/zones.h"

#define PIN_DEFAULT "24h"

/* "on", "off" or a weight between them. */
static int
read_weight(const char *how, double *weight_r)
{
	if (strcmp(how, "on") == 0 || strcmp(how, "off") == 0) {
		*weight_r = how[1] == 'n';
		return 0;
	}
	if (slice_to_double(slice_cstr(how), weight_r) == 0 &&
	    *weight_r >= 0 && *weight_r <= 1)
		return 0;
	cmd_warn("%s is neither on, off, nor a weight from 0 to 1", how);
	return -1;
}

/* Seconds from now, 0 for ever; -1 after having told what is wrong. */
static double
read_until(const struct zones *z)
{
	const char *text = z->until != NULL ? z->until : PIN_DEFAULT;
	double until;

	if (strcmp(text, "never") == 0)
		return 0;
	if (cmd_parse_time("until", text, z->now, 1, &until) != 0)
		return -1;
	if (until <= z->now) {
		cmd_warn("--until %s is over already", text);
		return -1;
	}
	return until - z->now;
}

static void
print_pinned(const struct zones *z, const char *how, double weight,
    double seconds)
{
	char until[32] = "unpinned";
	struct buf b;

	if (seconds > 0)
		clock_iso(z->now + seconds, until, sizeof(until));
	if (!z->o->json) {
		printf("%s is pinned %s until %s: a listing counts %g of its "
		    "points%s\n", z->zone, how, until, weight, weight > 0 ?
		    ", whatever state the zone is in" : "");
		return;
	}
	buf_init(&b, NULL);
	buf_adds(&b, "{\"zone\":");
	buf_add_json(&b, slice_cstr(z->zone));
	buf_addf(&b, ",\"pinned\":true,\"weight\":%g,\"until\":%.0f}", weight,
	    seconds > 0 ? z->now + seconds : 0);
	puts(buf_cstr(&b));
	buf_free(&b);
}

int
zones_pin(struct zones *z)
{
	const char *how = z->o->argv[2];
	struct slice answer;
	double weight, seconds;
	int rc;

	zones_ask_daemon(z);
	seconds = read_until(z);
	if (read_weight(how, &weight) != 0 || seconds < 0)
		return ERR_USAGE;
	rc = zones_tell(z, arena_printf(z->o->arena, "pin %s %s %.0f",
	    z->zone, how, seconds), &answer);
	if (rc == 0)
		print_pinned(z, how, weight, seconds);
	return cmd_flush() != 0 ? ERR_TEMP : rc;
}

int
zones_unpin(struct zones *z)
{
	struct slice answer;
	int rc = zones_tell(z, arena_printf(z->o->arena, "unpin %s", z->zone),
	    &answer);

	if (rc != 0)
		return rc;
	if (z->o->json)
		printf("{\"zone\":\"%s\",\"pinned\":false}\n", z->zone);
	else
		printf("%s is judged by what it answers again\n", z->zone);
	return cmd_flush() != 0 ? ERR_TEMP : 0;
}

/* ---- probe ---- */

/* One line of the daemon's answer; those of probes have a kind, the last one
 * a state. */
struct told {
	struct arena *arena;
	struct slice kind, question, answer, verdict, words;
	double ms;
};

static bool
take_member(struct slice key, const struct json_value *v, void *arg)
{
	struct told *t = arg;
	struct { const char *name; struct slice *to; } texts[] = {
		{ "kind", &t->kind }, { "question", &t->question },
		{ "answer", &t->answer }, { "verdict", &t->verdict },
		{ "words", &t->words },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (slice_eq_cstr(key, texts[i].name))
			json_string(t->arena, v, texts[i].to);
	}
	if (slice_eq_cstr(key, "ms"))
		json_number(v, &t->ms);
	return true;
}

static void
print_told(const struct zones *z, struct slice line)
{
	struct told t = { .arena = z->o->arena };

	if (json_each(line, take_member, &t) != 0)
		return;
	if (t.kind.n > 0)
		printf("%-10.*s %-9.*s %.*s -> %.*s (%.0f ms)\n",
		    SLICE_FMT(t.kind), SLICE_FMT(t.verdict),
		    SLICE_FMT(t.question), SLICE_FMT(t.answer), t.ms);
	else
		zones_wrap(arena_str(z->o->arena, t.words), 0, z->width);
}

int
zones_probe(struct zones *z)
{
	struct slice answer, line;
	int rc = zones_tell(z, arena_printf(z->o->arena, "probe %s", z->zone),
	    &answer);

	if (rc != 0)
		return rc;
	while (slice_line(&answer, &line)) {
		if (z->o->json)
			fwrite(line.p, 1, line.n, stdout);
		else
			print_told(z, line);
	}
	return cmd_flush() != 0 ? ERR_TEMP : 0;
}

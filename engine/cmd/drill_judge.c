/*
 * drill_judge.c - what a scenario demanded, and what came of it.
 *
 * One line per demand of each step, as text or as JSON, and at the end whether
 * all were met.
 */
#include "config.h"

#include <stdio.h>

#include "base/buf.h"
#include "cmd/drill.h"

struct judge {
	const struct drill *d;
	unsigned step;
	unsigned failed;
};

static void
say(struct judge *j, bool good, const char *text)
{
	const char *words = drill_way_words(j->d->plan->steps[j->step].way);
	struct buf b;

	j->failed += !good;
	if (!j->d->o->json) {
		printf("%-4s step %u (%s): %s\n", good ? "ok" : "FAIL",
		    j->step + 1, words, text);
		return;
	}
	buf_init(&b, NULL);
	buf_addf(&b, "{\"step\":%u,\"resolver\":\"%s\",\"ok\":%s,"
	    "\"demand\":", j->step + 1, words, good ? "true" : "false");
	buf_add_json(&b, slice_cstr(text));
	buf_addc(&b, '}');
	puts(buf_cstr(&b));
	buf_free(&b);
}

static void
judge_harm(struct judge *j, const struct drill_step *step,
    const struct drill_seen *seen)
{
	const struct drill_counts *not = &seen->mail[0];
	char text[200];

	if (step->demands & DRILL_DECEIVED) {
		snprintf(text, sizeof(text), "the pin is obeyed: %u of %u "
		    "senders that it has no reason to list got points",
		    not->scored, not->sent);
		say(j, not->scored > 0, text);
	} else if (step->demands & DRILL_HARMLESS) {
		snprintf(text, sizeof(text), "%u of %u senders that it has no "
		    "reason to list got points (0)", not->scored, not->sent);
		say(j, not->scored == 0, text);
	} else if (step->harm > 0) {
		snprintf(text, sizeof(text), "%u of %u senders that it has no "
		    "reason to list got points (at most %u)", not->scored,
		    not->sent, step->harm);
		say(j, not->scored <= step->harm, text);
	}
}

static void
add_states(struct buf *b, unsigned states, const double *minutes)
{
	const char *comma = "";

	for (unsigned s = 0; s < ZONE_STATES; s++) {
		if ((states & DRILL_STATE(s)) == 0)
			continue;
		buf_addf(b, "%s%s", comma,
		    zone_state_name((enum zone_state)s));
		if (minutes != NULL)
			buf_addf(b, " after %.1f minutes", minutes[s]);
		comma = comma[0] == '\0' && minutes == NULL ? " or " :
		    minutes == NULL ? " or " : ", ";
	}
}

static void
judge_states(struct judge *j, const struct drill_step *step,
    const struct drill_seen *seen)
{
	struct buf b;

	buf_init(&b, NULL);
	if (step->reach != 0) {
		unsigned came = seen->reached & step->reach;

		buf_adds(&b, "it is ");
		add_states(&b, came != 0 ? came : step->reach,
		    came != 0 ? seen->first : NULL);
		if (came == 0)
			buf_adds(&b, ": never");
		say(j, came != 0, buf_cstr(&b));
	}
	if (step->avoid != 0) {
		unsigned came = seen->reached & step->avoid;

		buf_clear(&b);
		buf_adds(&b, came != 0 ? "it is " : "it is never ");
		add_states(&b, came != 0 ? came : step->avoid,
		    came != 0 ? seen->first : NULL);
		say(j, came == 0, buf_cstr(&b));
	}
	buf_free(&b);
}

static void
judge_service(struct judge *j, const struct drill_step *step,
    const struct drill_seen *seen)
{
	const struct drill_counts *yes = &seen->mail[1];
	char text[200];

	if (step->demands & DRILL_RECOVERS) {
		say(j, seen->recovered, seen->recovered ?
		    "it counts in full again" : "it does not count in full "
		    "again");
	} else if (step->demands & DRILL_COUNTS) {
		snprintf(text, sizeof(text), "%u of %u senders that it lists "
		    "got points", yes->scored, yes->sent);
		say(j, yes->scored > 0, text);
	}
}

static void
totals(const struct drill *d, unsigned *harm_r, unsigned *sent_r,
    bool *recovered_r)
{
	*harm_r = *sent_r = 0;
	*recovered_r = true;
	for (unsigned i = 0; i < DRILL_STEPS &&
	    d->plan->steps[i].minutes > 0; i++) {
		const struct drill_step *step = &d->plan->steps[i];

		if (step->way != DRILL_HEALTHY) {
			*sent_r += d->seen[i].mail[0].sent;
			*harm_r += step->demands & DRILL_DECEIVED ? 0 :
			    d->seen[i].mail[0].scored;
		}
		if (step->demands & DRILL_RECOVERS)
			*recovered_r = d->seen[i].recovered;
	}
}

int
drill_judge(const struct drill *d)
{
	struct judge j = { .d = d };
	unsigned harm, sent;
	bool recovered;

	if (!d->o->json)
		putchar('\n');
	for (; j.step < DRILL_STEPS && d->plan->steps[j.step].minutes > 0;
	    j.step++) {
		const struct drill_step *step = &d->plan->steps[j.step];
		const struct drill_seen *seen = &d->seen[j.step];

		judge_harm(&j, step, seen);
		judge_states(&j, step, seen);
		judge_service(&j, step, seen);
	}
	totals(d, &harm, &sent, &recovered);
	if (d->o->json)
		printf("{\"scenario\":%u,\"harm\":%u,"
		    "\"unlisted_during_outage\":%u,\"recovered\":%s,"
		    "\"failed\":%u,\"ok\":%s}\n", d->plan->number, harm, sent,
		    recovered ? "true" : "false", j.failed,
		    j.failed == 0 ? "true" : "false");
	else
		printf("\n%s\n", j.failed == 0 ? "All demands were met." :
		    "Not all demands were met.");
	return j.failed == 0 ? 0 : 1;
}

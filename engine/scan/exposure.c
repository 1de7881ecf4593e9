/*
 * exposure.c - which messages a list touched, told to the keeper.
 *
 * Called once per message, after its verdict.  For every zone that listed
 * something of it one record goes out: the message's names (Message-ID and the
 * queue id our own server gave it), the points the zone is answerable for, and
 * the verdict with it and without.  "Without" is the same results with the
 * zone's listings taken back and all metas evaluated again, so a meta that
 * rests on the list counts as the list's doing.
 *
 * `tare zones exposure` shows these when a list turns out to have been wrong.
 * A listing that was void has a record, too: it shows that nothing happened.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "scan/scan-priv.h"

/* The newest Received of a server of ours names the message in its queue. */
static struct slice
queue_id(struct scan *sc)
{
	const struct view_relays *r = view_relays(sc->view);

	for (size_t i = 0; i < r->n; i++) {
		if (r->all[i].id.n > 0)
			return r->all[i].id;
	}
	return (struct slice){ NULL, 0 };
}

static struct slice
message_id(struct scan *sc)
{
	const struct mail_field *f = mail_field_last(&sc->mail->root->header,
	    SLICE("Message-ID"));

	return f != NULL ? slice_trim(f->raw) : (struct slice){ NULL, 0 };
}

static double
score_without(struct scan *sc, uint16_t zone)
{
	size_t n = sc->scanner->eng->rs->rules.n;
	struct arena_mark mark = arena_mark(sc->arena);
	struct rule_result *v = arena_copy(sc->arena, sc->results,
	    n * sizeof(*v));
	double score;

	for (size_t i = 0; i < sc->positives.n; i++) {
		const struct positive *p = sc->positives.v[i];

		if (p->zone == zone) {
			v[p->rule].state = RESULT_UNKNOWN;
			v[p->rule].value = 0;
			v[p->rule].weight = 0;
		}
	}
	decide_metas(sc, v);
	score = decide_score(sc, v);
	arena_rewind(sc->arena, mark);
	return score;
}

/* Its rule of the most points: that one names the listing. */
static const struct positive *
strongest(const struct scan *sc, uint16_t zone)
{
	const struct engine *eng = sc->scanner->eng;
	const struct positive *best = NULL;
	double most = -1;

	for (size_t i = 0; i < sc->positives.n; i++) {
		const struct positive *p = sc->positives.v[i];
		double points = fabs(rule_score(eng->rs->rules.v[p->rule],
		    eng->score_set));

		/* one that counted says more than any that was void */
		if (p->state == POSITIVE_COUNTED)
			points += 1000;
		if (p->zone == zone && points > most) {
			best = p;
			most = points;
		}
	}
	return best;
}

static void
send_zone(struct scan *sc, uint16_t zone)
{
	const struct scanner *s = sc->scanner;
	const struct positive *p = strongest(sc, zone);
	const struct verdict *v = &sc->verdict;
	double without = v->score;
	struct record_exposure x;

	record_init(&x.head, RECORD_EXPOSURE, s->opt.worker,
	    s->eng->generation, zones_now(s));
	record_text(x.zone, sizeof(x.zone),
	    slice_cstr(sc->zones->entries[zone].name));
	record_text(x.rule, sizeof(x.rule),
	    s->eng->rs->rules.v[p->rule]->name);
	record_text(x.msg_id, sizeof(x.msg_id), message_id(sc));
	record_text(x.queue_id, sizeof(x.queue_id), queue_id(sc));
	x.code = p->code.s_addr;
	x.voided = p->state != POSITIVE_COUNTED;
	if (!x.voided)
		without = score_without(sc, zone);
	x.points = (float)(v->score - without);
	x.score = (float)v->score;
	x.required = (float)v->required;
	x.spam_with = v->spam;
	x.spam_without = without >= v->required;
	s->opt.evidence(&x.head, s->opt.evidence_arg);
}

void
exposure_send(struct scan *sc)
{
	if (sc->scanner->opt.evidence == NULL)
		return;
	for (size_t i = 0; i < sc->positives.n; i++) {
		size_t first = 0;

		while (sc->positives.v[first]->zone !=
		    sc->positives.v[i]->zone)
			first++;
		if (first == i)
			send_zone(sc, sc->positives.v[i]->zone);
	}
}

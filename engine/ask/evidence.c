/*
 * evidence - what the keeper is told about a zone.
 *
 * Ordinary answers are counted and sent together by ask_report.  What may
 * change a zone's state within seconds (an answer no list gives, a refusal, a
 * failure, every control) leaves at once as a record of its own, and is
 * counted as well.  Only A questions are evidence: TXT repeats what A said.
 *
 * Subjects (reference c.4): the address or name a definite answer was about
 * goes to the keeper, some in one record, before the loop waits again.  Whether
 * it was counted this hour already, or is known to be good, is the keeper's to
 * say.
 *
 * A failure leaves behind the counts of what was answered before it: the
 * breaker reads them as a sequence.  A question without an answer in time is a
 * failure; when its answer comes late after all it is counted again, as what
 * it said, and ends the run of failures (a slow list is not a dead one).
 * Round trips of answers from the cache are no evidence.
 */
#include "config.h"

#include <arpa/nameser.h>
#include <string.h>

#include "ask/ask-priv.h"
#include "base/clock.h"
#include "base/ip.h"

static void
head(struct ask_zone *z, struct record_head *h, enum record_type type)
{
	record_init(h, type, z->ask->conf.worker, z->ask->conf.generation,
	    clock_wall());
}

static uint32_t
rtt_ms(const struct flight *f)
{
	double ms = f->ans.rtt * 1000;

	return ms < 0 ? 0 : ms > 1e6 ? 1000000 : (uint32_t)ms;
}

/* ---- one record that matters now ---- */

static void
send_answer(const struct flight *f, enum ask_class cls, int rcode)
{
	struct ask_zone *z = f->zone;
	struct record_answer r;

	if (z->ask->sink == NULL)
		return;
	head(z, &r.head, f->control ? RECORD_CONTROL : RECORD_ANSWER);
	record_text(r.zone, sizeof(r.zone), slice_cstr(z->conf.name));
	record_text(r.qname, sizeof(r.qname), slice_cstr(f->qname));
	r.cls = (uint8_t)cls;
	r.rcode = rcode < 0 ? 255 : (uint8_t)rcode;
	r.is_control = f->control;
	if (f->landed) {
		r.n_addr = (uint8_t)f->ans.n_addr;
		for (unsigned i = 0; i < f->ans.n_addr; i++)
			r.addr[i] = f->ans.addr[i].s_addr;
		r.rtt_ms = rtt_ms(f);
	}
	z->ask->sink(&r.head, z->ask->sink_arg);
}

/* ---- whom an answer was about ---- */

void
evidence_send_subjects(struct ask *a)
{
	struct record_subjects *s = &a->subjects;

	if (s->n == 0)
		return;
	s->head.at = clock_wall();
	if (a->sink != NULL)
		a->sink(&s->head, a->sink_arg);
	s->n = 0;
}

static void
note_subject(const struct flight *f)
{
	struct ask *a = f->ask;
	struct slice key = slice_make(f->qname, f->key_len);
	struct record_subject *s;
	uint64_t name;
	struct ip ip;

	if (a->subjects.n == 0)
		record_init(&a->subjects.head, RECORD_SUBJECTS,
		    a->conf.worker, a->conf.generation, 0);
	s = &a->subjects.v[a->subjects.n++];
	s->zone = f->zone->name_hash;
	s->listed = f->ans.cls != ASK_CLEAN;
	s->code = f->ans.n_addr > 0 ? f->ans.addr[0].s_addr : 0;
	if (ip_parse_reversed(key, &ip) == 0) {
		s->family = ip.v4 ? 4 : 6;
		memcpy(s->who, ip.b, sizeof(s->who));
	} else {
		name = record_name_hash(key);
		memcpy(s->who, &name, sizeof(name));
	}
	if (a->subjects.n == RECORD_ITEMS)
		evidence_send_subjects(a);
}

/* ---- counters ---- */

static uint32_t *
counter(struct record_counts *c, enum ask_class cls)
{
	uint32_t *const of[] = {
		[ASK_CLEAN] = &c->clean, [ASK_LISTED] = &c->listed,
		[ASK_UNMAPPED] = &c->unmapped, [ASK_BOGUS] = &c->bogus,
		[ASK_BLOCKED] = &c->blocked, [ASK_UNKNOWN] = &c->unknown,
	};

	return of[cls];
}

static void
count_rtt(struct record_counts *c, const struct flight *f)
{
	uint32_t ms = rtt_ms(f);

	if (f->cached || f->ans.cls == ASK_UNKNOWN)
		return;
	c->rtt_n++;
	c->rtt_ms_sum += ms;
	if (ms > c->rtt_ms_max)
		c->rtt_ms_max = ms;
}

static void
count_lookup(const struct flight *f, enum ask_class cls)
{
	struct record_counts *c = &f->zone->counts;

	c->lookups += !f->failed;	/* a late answer is no second lookup */
	(*counter(c, cls))++;
	if (cls == ASK_CLEAN || cls == ASK_LISTED || cls == ASK_UNMAPPED)
		note_subject(f);
}

static bool
urgent(enum ask_class cls)
{
	return cls == ASK_BOGUS || cls == ASK_BLOCKED || cls == ASK_UNKNOWN;
}

static void
note(const struct flight *f, enum ask_class cls, int rcode)
{
	struct record_counts *c = &f->zone->counts;

	if (f->control) {
		c->controls++;
		if (cls != ASK_CLEAN && cls != ASK_UNKNOWN)
			c->controls_dirty++;
	} else {
		count_lookup(f, cls);
	}
	if (!f->control && cls == ASK_UNKNOWN)
		evidence_flush(f->zone);
	if (f->control || urgent(cls))
		send_answer(f, cls, rcode);
}

void
evidence_answer(const struct flight *f)
{
	if (f->type != ns_t_a)
		return;
	count_rtt(&f->zone->counts, f);
	if (!f->failed || (!f->control && f->ans.cls != ASK_UNKNOWN))
		note(f, f->ans.cls, f->ans.rcode);
}

void
evidence_overdue(const struct flight *f)
{
	if (f->zone != NULL && f->type == ns_t_a)
		note(f, ASK_UNKNOWN, -1);
}

void
evidence_reset(struct ask_zone *z)
{
	head(z, &z->counts.head, RECORD_COUNTS);
	record_text(z->counts.zone, sizeof(z->counts.zone),
	    slice_cstr(z->conf.name));
}

/* Send what was counted since the last time, if anything. */
void
evidence_flush(struct ask_zone *z)
{
	struct record_counts c = z->counts;

	if ((c.lookups | c.controls | c.voided | c.rtt_n) == 0)
		return;
	evidence_reset(z);
	c.head.at = clock_wall();
	if (z->ask->sink != NULL)
		z->ask->sink(&c.head, z->ask->sink_arg);
}

/*
 * evidence - what the keeper is told about a zone.
 *
 * Ordinary answers are counted and sent together by ask_report.  What may
 * change a zone's state within seconds (an answer no list gives, a refusal, a
 * failure, every control) leaves at once as a record of its own, and is
 * counted as well.  Only A questions are evidence: TXT repeats what A said.
 *
 * Subjects (reference c.4): the /24, /48 or domain a question was about, once
 * an hour.  A small table of hashes remembers them; a collision counts a
 * subject twice, which the statistics bear.
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
#include "base/mem.h"

/* Labels of an address in a list: RFC 5782 2.1, 2.4. */
#define V6_LABELS 32
#define V6_SUBJECT 24		/* characters of the last 12 nibbles */

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

/* ---- counters ---- */

/*
 * What of the key names the subject: an address without its last part, or
 * the whole domain.
 */
static struct slice
subject_of(struct slice key)
{
	size_t labels = 1;
	bool digits = true;

	for (size_t i = 0; i < key.n; i++) {
		if (key.p[i] == '.')
			labels++;
		else if (!ascii_isdigit((unsigned char)key.p[i]))
			digits = false;
	}
	if (labels == V6_LABELS && key.n == 2 * V6_LABELS - 1)
		return slice_sub(key, key.n - (V6_SUBJECT - 1), key.n);
	if (labels == 4 && digits)
		return slice_sub(key, (size_t)slice_chr(key, '.', 0), key.n);
	return key;
}

static bool
subject_is_new(struct ask_zone *z, struct slice key)
{
	struct slice who = subject_of(key);
	uint64_t h = hash_bytes(who.p, who.n);
	uint32_t hour = (uint32_t)(ask_zone_time(z->ask) / 3600) + 1;
	struct subject *s;

	if (z->subjects == NULL)
		z->subjects = mem_alloc_array(SUBJECT_SLOTS, sizeof(*s));
	s = &z->subjects[h % SUBJECT_SLOTS];
	if (s->tag == (uint32_t)(h >> 32) && s->hour == hour)
		return false;
	s->tag = (uint32_t)(h >> 32);
	s->hour = hour;
	return true;
}

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
	if (cls == ASK_UNKNOWN ||
	    !subject_is_new(f->zone, slice_make(f->qname, f->key_len)))
		return;
	c->subjects++;
	if (cls == ASK_LISTED || cls == ASK_UNMAPPED)
		c->subjects_listed++;
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

/*
 * tally - subjects and labelled messages, counted for every zone.
 *
 * Called by intake.c with the workers' records.  Two kinds of news:
 *
 *	subjects	whom an answer was about: each once an hour (seen.c)
 *			into the zone's alarms; known-good ones into a stream
 *			of their own
 *	messages	a sender and a label that no list had a part in: they
 *			make senders known to be good, and, per zone and code,
 *			how much oftener spam is listed than ham
 *
 * The workers only say what they saw; who is known to be good is looked up
 * here, so scanning never waits for a table.  Votes count while the zone is
 * TRUSTED or LEARNING, each network of senders once an hour: one provider that
 * is rightly listed is one opinion however much mail it sends.
 */
#include "config.h"

#include "learn/learn-priv.h"

#include <string.h>

/* Zone numbers of seen.c: streams and votes are told apart. */
#define VOTES		0x10000u

static struct zone_slot *
slot_by_hash(const struct learn *l, uint64_t zone)
{
	return map_get(l->by_hash, slice_make((const char *)&zone,
	    sizeof(zone)));
}

static struct ip
ip_of(const uint8_t b[16], uint8_t family)
{
	struct ip ip = { .v4 = family == 4 };

	memcpy(ip.b, b, sizeof(ip.b));
	return ip;
}

/* ---- subjects ---- */

static uint64_t
good_key(const struct record_subject *s)
{
	uint64_t h;

	if (s->family != 0) {
		return good_key_ip(s->who);
	}
	memcpy(&h, s->who, sizeof(h));
	return h;
}

static void
subject_of(const struct record_subject *s, struct subject *j_r)
{
	struct ip ip;

	if (s->family != 0) {
		ip = ip_of(s->who, s->family);
		subject_of_ip(&ip, j_r);
		return;
	}
	*j_r = (struct subject){ .key = good_key(s), .net = good_key(s),
		.all = true };
}

static void
count_subject(struct zone_slot *slot, const struct subject *j)
{
	slot->counts.subjects += j->all;
	slot->counts.subjects_listed += j->all && j->listed;
	slot->counts.anchors += j->anchor;
	slot->counts.anchors_listed += j->anchor && j->listed;
}

static void
one_subject(struct learn *l, const struct record_subject *s, double now)
{
	struct zone_slot *slot = slot_by_hash(l, s->zone);
	struct subject j;
	struct zone_event ev = { .type = ZEV_SUBJECT, .now = now,
	    .subject = &j, .n = s->family };

	if (slot == NULL) {
		return;
	}
	subject_of(s, &j);
	j.listed = s->listed;
	j.anchor = good_known(l->good, good_key(s), now);
	if (seen_first(l->seen, slot->number, &j, now)) {
		intake_hour(l, slot, now);
		count_subject(slot, &j);
		learn_apply(l, slot, &ev);
	}
}

void
tally_subjects(struct learn *l, const struct record_subjects *r, double now)
{
	for (unsigned i = 0; i < r->n; i++) {
		one_subject(l, &r->v[i], now);
	}
}

/* ---- messages ---- */

/* A message's sender, as the rows of good.c that it may be. */
struct sender {
	struct good_row host, from;
	bool has_host, has_from;
	struct subject who;
};

static void
sender_of(const struct record_message *m, struct sender *s_r)
{
	struct slice host_org = slice_cstr(m->host_org);
	char text[IP_TEXT_MAX];

	memset(s_r, 0, sizeof(*s_r));
	if (m->family != 0) {
		struct ip ip = ip_of(m->ip, m->family);

		ip_text(&ip, text);
		subject_of_ip(&ip, &s_r->who);
		s_r->has_host = good_row_of(slice_cstr(text), host_org,
		    &s_r->host) == 0;
	}
	s_r->has_from = good_row_of(slice_cstr(m->from_org), host_org,
	    &s_r->from) == 0;
	if (!s_r->has_host) {
		subject_of_domain(slice_cstr(m->from_org), &s_r->who);
	}
}

/* A host without a name of its own is nobody's mail server. */
static void
learn_sender(struct learn *l, const struct record_message *m,
    const struct sender *s, double now)
{
	if (m->flags & MESSAGE_SPAM) {
		good_spam(l->good, s->host.key, now);
		good_spam(l->good, s->from.key, now);
	} else if (m->flags & MESSAGE_HAM) {
		if (s->has_host && m->host_org[0] != '\0') {
			good_ham(l->good, &s->host, now);
		}
		if (s->has_from) {
			good_ham(l->good, &s->from, now);
		}
	}
}

static enum stat_label
label(const struct learn *l, const struct record_message *m,
    const struct sender *s, double now)
{
	bool known = (s->has_host && good_known(l->good, s->host.key, now)) ||
	    (s->has_from && good_known(l->good, s->from.key, now));
	/* the worker has compared the scores already */
	struct stat_message what = { .reject_limit = 1,
	    .score_without_lists = m->flags & MESSAGE_SPAM ? 1 : 0,
	    .anchor = known };

	return stat_label_of(&what);
}

/* Each network's spam, or ham, once an hour and answer. */
static bool
first_vote(struct learn *l, const struct zone_slot *slot,
    const struct record_vote *v, const struct sender *s, enum stat_label what,
    double now)
{
	struct subject j = s->who;

	j.listed = v->n > 0;
	j.all = what == LABEL_SPAM;
	j.anchor = what == LABEL_HAM;
	return seen_first(l->seen, slot->number | VOTES, &j, now);
}

static void
one_vote(struct learn *l, const struct record_vote *v, const struct sender *s,
    enum stat_label what, double now)
{
	struct zone_slot *slot = slot_by_hash(l, v->zone);

	if (slot == NULL || slot->model.resolver_bad ||
	    (slot->model.state != ZONE_TRUSTED &&
	    slot->model.state != ZONE_LEARNING) ||
	    !first_vote(l, slot, v, s, what, now)) {
		return;
	}
	slot->codes_unsaved = true;
	if (codes_count(&slot->model.codes, v, what, now)) {
		l->table_changed = true;
	}
}

void
tally_message(struct learn *l, const struct record_message *m, double now)
{
	enum stat_label what;
	struct sender s;

	sender_of(m, &s);
	if (!(m->flags & MESSAGE_MORE)) {
		learn_sender(l, m, &s, now);
	}
	what = label(l, m, &s, now);
	if (what == LABEL_NONE || !(s.has_host || s.has_from)) {
		return;
	}
	for (unsigned i = 0; i < m->n; i++) {
		one_vote(l, &m->v[i], &s, what, now);
	}
}

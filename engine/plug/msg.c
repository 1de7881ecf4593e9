/*
 * msg.c - one message as plugins see it: life, questions, settling.
 *
 * Every open question is a struct plug_ask on the message's list, so that
 * plug_msg_end can cancel all of them: no callback comes after that.  Hooks
 * into scan/ keep the count of what is pending.
 */
#include "config.h"

#include <arpa/nameser.h>
#include <string.h>

#include "plug/plug-priv.h"

#define NOTICE_POINTS 0.1

struct plug_ask {
	struct plug_ask *prev, *next;
	struct tare_msg *msg;
	struct ask_query *query;
	const struct tare_zone *zone;	/* NULL: not a list */
	tare_list_fn *fn;
	void *arg;
};

struct tare_msg *
plug_msg_new(const struct plug_scan *s)
{
	struct arena *a = view_arena(s->view);
	struct tare_msg *m = arena_alloc(a, sizeof(*m));

	m->s = *s;
	m->arena = a;
	m->state = arena_alloc_array(a, s->plug->plugins.n + 1,
	    sizeof(*m->state));
	return m;
}

void
plug_msg_begin(struct tare_msg *m)
{
	const struct plug *p = m->s.plug;

	for (size_t i = 0; i < p->plugins.n; i++) {
		const struct loaded *l = p->plugins.v[i];

		if (l->p->message != NULL)
			l->p->message(m, l->ctx);
	}
}

static void
unlink_ask(struct plug_ask *q)
{
	if (q->prev != NULL)
		q->prev->next = q->next;
	else
		q->msg->asks = q->next;
	if (q->next != NULL)
		q->next->prev = q->prev;
}

void
plug_msg_end(struct tare_msg *m)
{
	m->ended = true;
	while (m->asks != NULL) {
		struct plug_ask *q = m->asks;

		unlink_ask(q);
		ask_cancel(&q->query);
		m->s.pending(m->s.scan, -1);
	}
}

/* Clean or listed: the list did say something of the name. */
static bool
tells(enum ask_class c)
{
	return c == ASK_CLEAN || c == ASK_LISTED || c == ASK_UNMAPPED;
}

static void
answered(const struct ask_answer *ans, void *arg)
{
	struct plug_ask *q = arg;
	struct tare_msg *m = q->msg;
	const struct tare_listing l = {
		.cls = (enum tare_list_class)ans->cls, .n_addr = ans->n_addr,
		.addr = ans->addr, .addr_cls = ans->addr_cls,
		.n_txt = ans->n_txt < LIMIT_ANSWER_ADDRS ? ans->n_txt :
		    LIMIT_ANSWER_ADDRS, .txt = slices_out(ans->txt),
		.qname = ans->qname, .rcode = ans->rcode,
	};

	_Static_assert((int)TARE_LIST_CLEAN == (int)ASK_CLEAN &&
	    (int)TARE_LIST_LISTED == (int)ASK_LISTED &&
	    (int)TARE_LIST_UNMAPPED == (int)ASK_UNMAPPED &&
	    (int)TARE_LIST_BOGUS == (int)ASK_BOGUS &&
	    (int)TARE_LIST_BLOCKED == (int)ASK_BLOCKED &&
	    (int)TARE_LIST_UNKNOWN == (int)ASK_UNKNOWN,
	    "classes are handed over as they are");
	q->query = NULL;
	unlink_ask(q);
	if (q->zone != NULL && tells(ans->cls))
		m->s.answered(m->s.scan, q->zone->pub.index, ans);
	q->fn(m, &l, q->arg);
	m->s.pending(m->s.scan, -1);
}

static struct plug_ask *
new_ask(struct tare_msg *m, tare_list_fn *fn, void *arg)
{
	struct plug_ask *q;

	if (m->s.ask == NULL || m->ended)
		return NULL;
	if (m->n_asked >= LIMIT_QUESTIONS) {
		view_mail(m->s.view)->defects |= DEFECT_DNS_CUT;
		return NULL;
	}
	q = arena_alloc(m->arena, sizeof(*q));
	q->msg = m;
	q->fn = fn;
	q->arg = arg;
	return q;
}

static bool
begin_ask(struct tare_msg *m, struct plug_ask *q)
{
	if (q->query == NULL)
		return false;
	q->next = m->asks;
	if (m->asks != NULL)
		m->asks->prev = q;
	m->asks = q;
	m->n_asked++;
	m->s.pending(m->s.scan, 1);
	return true;
}

bool
tare_list_ask(struct tare_msg *m, struct tare_zone *z, const char *key,
    int type, tare_list_fn *fn, void *arg)
{
	struct ask_zone *az;
	struct plug_ask *q;

	if (m->s.ask == NULL)
		return false;
	if (!m->s.zones[z->pub.index].ask) {
		m->s.withheld(m->s.scan, z->pub.index);
		return false;
	}
	q = new_ask(m, fn, arg);
	if (q == NULL)
		return false;
	q->zone = z;
	az = ask_zone_add(m->s.ask, &z->pub.conf);
	q->query = ask_list(m->s.ask, az, key, type, 0, answered, q);
	if (!begin_ask(m, q))
		return false;
	m->s.asked(m->s.scan, z->pub.index);
	return true;
}

bool
tare_ask(struct tare_msg *m, const char *name, int type, tare_list_fn *fn,
    void *arg)
{
	struct plug_ask *q = new_ask(m, fn, arg);

	if (q == NULL)
		return false;
	q->query = ask_name(m->s.ask, name, type, 0, answered, q);
	return begin_ask(m, q);
}

bool
tare_net(struct tare_msg *m)
{
	return m->s.ask != NULL;
}

bool
tare_ip_reverse(struct tare_slice text, char dst[72])
{
	struct ip ip;

	if (ip_parse(slice_in(text), &ip) != 0)
		return false;
	ip_reverse(&ip, dst);
	return true;
}

void
tare_settle(struct tare_msg *m, unsigned rule, enum tare_answer ans,
    double value)
{
	struct rule_result *r = &m->s.results[rule];

	if (m->ended || (r->state != RESULT_WAIT &&
	    r->state != RESULT_NOT_RUN))
		return;
	r->state = ans == TARE_HIT ? RESULT_HIT : ans == TARE_MISS ?
	    RESULT_MISS : RESULT_UNKNOWN;
	if (ans == TARE_HIT) {
		r->value = value > 0 ? value : 1;
		r->weight = 1;
	}
}

/* Worth no more than being seen; SpamAssassin's notices score 0.001. */
static bool
is_notice(const struct tare_msg *m, unsigned rule)
{
	double score = rule_score(m->s.rs->rules.v[rule],
	    m->s.plug->setup.score_set);

	return score > -NOTICE_POINTS && score < NOTICE_POINTS;
}

void
tare_settle_zone(struct tare_msg *m, unsigned rule, struct tare_zone *z,
    struct in_addr code, const char *qname)
{
	struct rule_result *r = &m->s.results[rule];

	if (m->ended || (r->state != RESULT_WAIT &&
	    r->state != RESULT_NOT_RUN))
		return;
	/* A notice that the list refuses us says nothing of the sender, so a
	 * rule that would judge by it ("…_BLOCKED_…" by name only) is void. */
	if (plug_zone_blocks(z, code)) {
		tare_settle(m, rule, is_notice(m, rule) ? TARE_HIT :
		    TARE_UNKNOWN, 1);
		return;
	}
	m->s.positive(m->s.scan, rule, z->pub.index, code,
	    arena_str(m->arena, slice_cstr(qname)));
}

void
tare_set_value(struct tare_msg *m, unsigned rule, double value)
{
	m->s.results[rule].value = value;
}

void *
tare_alloc(struct tare_msg *m, size_t n)
{
	return arena_alloc(m->arena, n);
}

void *
tare_state(struct tare_msg *m, const struct tare_plugin *tp)
{
	const struct plug *p = m->s.plug;

	for (size_t i = 0; i < p->plugins.n; i++) {
		if (p->plugins.v[i]->p != tp)
			continue;
		if (m->state[i] == NULL)
			m->state[i] = arena_alloc(m->arena, tp->msg_size);
		return m->state[i];
	}
	return NULL;
}

/*
 * answers - one message: ask for each set once, and decide rules by answers.
 *
 * The first rule of a set that runs sends all the set's questions, and an
 * answer is shown to the rule that asked and to all that listen.  A rule is a
 * hit when one answer fits; when all are in it is a miss, or unknown if one of
 * them told nothing (silence, a refusal, an answer that no list gives).
 *
 * check_rbl_txt asks for the address first and for the text only when the
 * address is listed: a text alone would let a list that answers every name
 * decide (reliability reference c.1 and F1).
 */
#include "config.h"

#include <string.h>

#include "plugins/dnsbl/dnsbl.h"
#include "plugins/questions.h"

#define TYPE_A 1
#define TYPE_NS 2
#define TYPE_MX 15
#define TYPE_TXT 16

struct question {
	const struct dnsbl_rule *asker;
	char *key;
	struct in_addr code;		/* of the address; the text waits */
};

/* ---- deciding ---- */

static struct dnsbl_message *
state_of(struct tare_msg *m, const struct dnsbl_context *c)
{
	struct dnsbl_message *s = dnsbl_state(m);

	if (s->rules != NULL)
		return s;
	s->rules = tare_alloc(m, (c->n_rules + 1) * sizeof(*s->rules));
	s->asked = tare_alloc(m, c->n_sets + 1);
	s->keys = tare_alloc(m, sizeof(*s->keys));
	for (unsigned i = 0; i < c->n_rules; i++)
		s->rules[i].idle = true;
	return s;
}

static struct questions *
questions_of(struct tare_msg *m, const struct dnsbl_rule *r)
{
	struct dnsbl_message *s = dnsbl_state(m);

	return &s->rules[r->index];
}

/* The rule is wanted: from now on answers decide it. */
static struct questions *
wake(struct tare_msg *m, const struct dnsbl_rule *r)
{
	struct questions *q = questions_of(m, r);

	q->rule = r->id;
	q->idle = false;
	return q;
}

/* Place of the asker in its set: listeners have a sub-test for each. */
static unsigned
place(const struct dnsbl_rule *asker)
{
	unsigned i = 0;

	for (const struct dnsbl_rule *r = asker->set->askers; r != asker;
	    r = r->next)
		i++;
	return i;
}

/* One answer and one rule that it is shown to. */
static void
show(struct tare_msg *m, const struct question *q, const struct dnsbl_rule *r,
    const struct tare_subtest *t, const struct tare_listing *l)
{
	bool text = l->n_addr == 0 && l->n_txt > 0;
	struct questions *of = questions_of(m, r);
	struct in_addr code;

	if (t != NULL && questions_fits(t, l, &code))
		questions_hit(m, of, q->asker->zone, text ? q->code : code,
		    l->qname);
	questions_conclude(m, of, questions_tells(l));
}

/* The asker, and all who listen. */
static void
spread(struct tare_msg *m, const struct question *q,
    const struct tare_listing *l, const struct tare_subtest *own)
{
	const struct dnsbl_rule *asker = q->asker;
	unsigned at = place(asker);

	show(m, q, asker, own, l);
	for (const struct dnsbl_rule *r = asker->set->listeners; r != NULL;
	    r = r->next)
		show(m, q, r, r->subs[at], l);
}

/* ---- asking ---- */

static void
on_text(struct tare_msg *m, const struct tare_listing *l, void *arg)
{
	const struct question *q = arg;

	spread(m, q, l, q->asker->text);
}

/* The address is listed: is the text what the rule wants? */
static bool
ask_text(struct tare_msg *m, struct question *q, const struct tare_listing *l)
{
	if (q->asker->text == NULL || l->n_addr == 0 ||
	    (l->cls != TARE_LIST_LISTED && l->cls != TARE_LIST_UNMAPPED))
		return false;
	q->code = l->addr[0];
	return tare_list_ask(m, q->asker->zone, q->key, TYPE_TXT, on_text, q);
}

static void
on_address(struct tare_msg *m, const struct tare_listing *l, void *arg)
{
	struct question *q = arg;
	struct tare_listing none = *l;

	if (q->asker->text == NULL) {
		spread(m, q, l, q->asker->subtest);
		return;
	}
	if (ask_text(m, q, l))
		return;
	/* Not listed, or its text could not be asked for. */
	if (l->cls == TARE_LIST_LISTED)
		none.cls = TARE_LIST_UNKNOWN;
	spread(m, q, &none, NULL);
}

/* A question for the asker and its listeners began, or could not be asked. */
static void
count(struct tare_msg *m, const struct dnsbl_rule *asker, bool asked)
{
	questions_count(questions_of(m, asker), asked);
	for (const struct dnsbl_rule *r = asker->set->listeners; r != NULL;
	    r = r->next)
		questions_count(questions_of(m, r), asked);
}

static void
count_done(struct tare_msg *m, const struct dnsbl_rule *asker, bool told)
{
	questions_conclude(m, questions_of(m, asker), told);
	for (const struct dnsbl_rule *r = asker->set->listeners; r != NULL;
	    r = r->next)
		questions_conclude(m, questions_of(m, r), told);
}

static void
ask_keys(struct tare_msg *m, const struct dnsbl_rule *asker,
    const struct dnsbl_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++) {
		struct question *q = tare_alloc(m, sizeof(*q));
		size_t n = strlen(keys->key[i]) + 1;

		q->asker = asker;
		q->key = tare_alloc(m, n);
		memcpy(q->key, keys->key[i], n);
		count(m, asker, tare_list_ask(m, asker->zone, q->key, TYPE_A,
		    on_address, q));
	}
}

/* Name servers of the sender's domain: each is asked about. */
static void
on_servers(struct tare_msg *m, const struct tare_listing *l, void *arg)
{
	const struct dnsbl_rule *asker = arg;
	struct dnsbl_message *s = dnsbl_state(m);
	struct dnsbl_keys *keys = s->keys;

	keys->n = 0;
	for (unsigned i = 0; i < l->n_txt; i++)
		dnsbl_add_host(m, asker, l->txt[i], keys);
	ask_keys(m, asker, keys);
	count_done(m, asker, l->rcode >= 0);
}

static void
ask_servers(struct tare_msg *m, const struct dnsbl_rule *asker)
{
	struct tare_slice host = dnsbl_sender_host(m);
	char name[DNSBL_KEY_BYTES];

	if (host.n == 0 || host.n >= sizeof(name))
		return;
	memcpy(name, host.p, host.n);
	name[host.n] = '\0';
	count(m, asker, tare_ask(m, name, TYPE_NS, on_servers,
	    (void *)(uintptr_t)asker));
}

static void
ask_set(struct tare_msg *m, struct dnsbl_message *s,
    const struct dnsbl_set *set)
{
	struct dnsbl_keys *keys = s->keys;

	if (s->asked[set->index])
		return;
	s->asked[set->index] = true;
	for (const struct dnsbl_rule *r = set->askers; r != NULL;
	    r = r->next) {
		if (!r->asks)
			continue;
		if (r->ns) {
			ask_servers(m, r);
			continue;
		}
		keys->n = 0;
		r->collect(m, r, keys);
		ask_keys(m, r, keys);
	}
}

enum tare_answer
dnsbl_run(struct tare_msg *m, const struct tare_call *call)
{
	const struct dnsbl_rule *r = call->prepared;
	struct dnsbl_message *s = state_of(m, call->plugin);

	if (tare_conf_num(m, "skip_rbl_checks") != 0)
		return TARE_MISS;
	if (!tare_net(m))
		return TARE_UNKNOWN;
	wake(m, r);
	ask_set(m, s, r->set);
	return questions_answer(questions_of(m, r));
}

/* ---- does the sender's domain exist? ---- */

static void
on_sender(struct tare_msg *m, const struct tare_listing *l, void *arg)
{
	const struct dnsbl_rule *r = arg;
	struct dnsbl_message *s = dnsbl_state(m);
	struct questions *q = questions_of(m, r);

	if (l->rcode == 3 && s->nowhere && !q->done) {
		q->done = true;
		tare_settle(m, r->id, TARE_HIT, 1);
	}
	s->nowhere = s->nowhere || l->rcode == 3;
	questions_conclude(m, q, l->rcode == 0 || l->rcode == 3);
}

/*
 * SpamAssassin looks for the error among the records of the answer, where an
 * error has none, so its rule never hits; rule sets are scored with that.
 */
enum tare_answer
dnsbl_run_sender(struct tare_msg *m, const struct tare_call *call)
{
	const struct dnsbl_rule *r = call->prepared;
	struct tare_slice host = dnsbl_sender_host(m);
	char name[DNSBL_KEY_BYTES];
	struct questions *q;

	if (tare_conf_num(m, "compat") != 0 ||
	    tare_conf_num(m, "skip_rbl_checks") != 0 || host.n == 0 ||
	    host.n >= sizeof(name) || memchr(host.p, '.', host.n) == NULL)
		return TARE_MISS;
	memcpy(name, host.p, host.n);
	name[host.n] = '\0';
	state_of(m, call->plugin);
	q = wake(m, r);
	questions_count(q, tare_ask(m, name, TYPE_A, on_sender,
	    (void *)(uintptr_t)r));
	questions_count(q, tare_ask(m, name, TYPE_MX, on_sender,
	    (void *)(uintptr_t)r));
	return questions_answer(q);
}

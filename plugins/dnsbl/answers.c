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

#define TYPE_A 1
#define TYPE_NS 2
#define TYPE_MX 15
#define TYPE_TXT 16

/* One rule on one message. */
struct progress {
	bool running;			/* its eval was called */
	bool done;
	bool unknown;
	unsigned open;			/* answers that may still decide it */
};

struct question {
	const struct dnsbl_rule *asker;
	char *key;
	struct in_addr code;		/* of the address, while the text waits */
};

/* ---- deciding ---- */

static struct dnsbl_message *
state_of(struct tare_msg *m, const struct dnsbl_context *c)
{
	struct dnsbl_message *s = dnsbl_state(m);

	if (s->rules == NULL) {
		s->rules = tare_alloc(m, (c->n_rules + 1) *
		    sizeof(*s->rules));
		s->asked = tare_alloc(m, c->n_sets + 1);
		s->keys = tare_alloc(m, sizeof(*s->keys));
	}
	return s;
}

static struct progress *
progress_of(struct tare_msg *m, const struct dnsbl_rule *r)
{
	struct dnsbl_message *s = dnsbl_state(m);

	return &s->rules[r->index];
}

/* An answer fewer to come. */
static void
conclude(struct tare_msg *m, const struct dnsbl_rule *r, bool told)
{
	struct progress *p = progress_of(m, r);

	p->unknown = p->unknown || !told;
	if (--p->open > 0 || p->done || !p->running)
		return;
	p->done = true;
	tare_settle(m, r->id, p->unknown ? TARE_UNKNOWN : TARE_MISS, 0);
}

static void
hit(struct tare_msg *m, const struct dnsbl_rule *r, struct tare_zone *z,
    struct in_addr code, const char *qname)
{
	struct progress *p = progress_of(m, r);

	if (p->done || !p->running)
		return;
	p->done = true;
	tare_settle_zone(m, r->id, z, code, qname);
}

static bool
tells(const struct tare_listing *l)
{
	return l->cls == TARE_LIST_CLEAN || l->cls == TARE_LIST_LISTED ||
	    l->cls == TARE_LIST_UNMAPPED;
}

/* Beside a refusal only the refusal counts: for rules that report it. */
static bool
fits(const struct tare_subtest *t, const struct tare_listing *l,
    struct in_addr *code_r)
{
	if (t == NULL || l->cls == TARE_LIST_BOGUS ||
	    !tare_subtest_match(t, l, code_r))
		return false;
	if (l->cls != TARE_LIST_BLOCKED)
		return true;
	for (unsigned i = 0; i < l->n_addr; i++) {
		if (l->addr[i].s_addr == code_r->s_addr)
			return l->addr_cls[i] == TARE_LIST_BLOCKED;
	}
	return false;
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

/* Show the answer to the asker and to all who listen, then count it. */
static void
spread(struct tare_msg *m, const struct question *q,
    const struct tare_listing *l, const struct tare_subtest *own)
{
	const struct dnsbl_rule *asker = q->asker;
	unsigned at = place(asker);
	bool text = l->n_addr == 0 && l->n_txt > 0;
	struct in_addr code;

	if (fits(own, l, &code))
		hit(m, asker, asker->zone, text ? q->code : code, l->qname);
	conclude(m, asker, tells(l));
	for (const struct dnsbl_rule *r = asker->set->listeners; r != NULL;
	    r = r->next) {
		if (fits(r->subs[at], l, &code))
			hit(m, r, asker->zone, text ? q->code : code,
			    l->qname);
		conclude(m, r, tells(l));
	}
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

static void
open_one(struct tare_msg *m, const struct dnsbl_rule *asker)
{
	progress_of(m, asker)->open++;
	for (const struct dnsbl_rule *r = asker->set->listeners; r != NULL;
	    r = r->next)
		progress_of(m, r)->open++;
}

static void
not_asked(struct tare_msg *m, const struct dnsbl_rule *asker)
{
	progress_of(m, asker)->unknown = true;
	for (const struct dnsbl_rule *r = asker->set->listeners; r != NULL;
	    r = r->next)
		progress_of(m, r)->unknown = true;
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
		if (tare_list_ask(m, asker->zone, q->key, TYPE_A, on_address,
		    q))
			open_one(m, asker);
		else
			not_asked(m, asker);
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
	conclude(m, asker, l->rcode >= 0);
	for (const struct dnsbl_rule *r = asker->set->listeners; r != NULL;
	    r = r->next)
		conclude(m, r, l->rcode >= 0);
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
	if (tare_ask(m, name, TYPE_NS, on_servers,
	    (void *)(uintptr_t)asker))
		open_one(m, asker);
	else
		not_asked(m, asker);
}

static void
ask_set(struct tare_msg *m, struct dnsbl_message *s, const struct dnsbl_set *set)
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
	struct progress *p = &s->rules[r->index];

	if (tare_conf_num(m, "skip_rbl_checks") != 0)
		return TARE_MISS;
	if (!tare_net(m))
		return TARE_UNKNOWN;
	p->running = true;
	ask_set(m, s, r->set);
	if (p->open > 0)
		return TARE_WAIT;
	p->done = true;
	return p->unknown ? TARE_UNKNOWN : TARE_MISS;
}

/* ---- does the sender's domain exist? ---- */

static void
on_sender(struct tare_msg *m, const struct tare_listing *l, void *arg)
{
	const struct dnsbl_rule *r = arg;
	struct dnsbl_message *s = dnsbl_state(m);
	struct progress *p = &s->rules[r->index];

	if (l->rcode == 3 && s->nowhere && !p->done) {
		p->done = true;
		tare_settle(m, r->id, TARE_HIT, 1);
	}
	s->nowhere = s->nowhere || l->rcode == 3;
	conclude(m, r, l->rcode == 0 || l->rcode == 3);
}

static bool
ask_sender(struct tare_msg *m, const struct dnsbl_rule *r, const char *name,
    int type)
{
	if (!tare_ask(m, name, type, on_sender, (void *)(uintptr_t)r))
		return false;
	progress_of(m, r)->open++;
	return true;
}

/*
 * SpamAssassin looks for the error among the records of the answer, where an
 * error has none, so its rule never hits; rule sets are scored with that.
 */
enum tare_answer
dnsbl_run_sender(struct tare_msg *m, const struct tare_call *call)
{
	const struct dnsbl_rule *r = call->prepared;
	struct dnsbl_message *s = state_of(m, call->plugin);
	struct tare_slice host = dnsbl_sender_host(m);
	char name[DNSBL_KEY_BYTES];

	if (tare_conf_num(m, "compat") != 0 ||
	    tare_conf_num(m, "skip_rbl_checks") != 0 || host.n == 0 ||
	    host.n >= sizeof(name) || memchr(host.p, '.', host.n) == NULL)
		return TARE_MISS;
	memcpy(name, host.p, host.n);
	name[host.n] = '\0';
	s->rules[r->index].running = true;
	if (!ask_sender(m, r, name, TYPE_A) ||
	    !ask_sender(m, r, name, TYPE_MX))
		s->rules[r->index].unknown = true;
	return s->rules[r->index].open > 0 ? TARE_WAIT : TARE_UNKNOWN;
}

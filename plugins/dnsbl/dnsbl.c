/*
 * dnsbl - is a relay or a sender on a DNS list?  Stands for DNSEval.
 *
 * A rule that asks (check_rbl and its like) names a set, a zone and perhaps a
 * sub-test.  A rule that listens (check_rbl_sub) names a set and a sub-test,
 * and is decided by the answers of every asking rule of that set.  So the
 * first rule of a set that runs sends all the set's questions, and an answer
 * is shown to the asker and to all listeners.
 *
 * A rule is a hit when one answer fits; when all are in it is a miss, or
 * unknown if one of them told nothing (silence, a refusal, an answer that no
 * list gives).  The engine confirms and weighs a hit; nothing here judges a
 * zone.
 *
 * check_rbl_txt asks for the address first and for the text only when the
 * address is listed: a text alone would let a list that answers every name
 * decide (reliability reference c.1 and F1).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/dnsbl/dnsbl.h"

#define TYPE_A 1
#define TYPE_NS 2
#define TYPE_MX 15
#define TYPE_TXT 16

struct dnsbl_set {
	struct dnsbl_set *next;
	const char *name;
	unsigned index;
	struct dnsbl_rule *askers, *listeners;
};

struct context {
	struct dnsbl_set *sets;
	unsigned n_sets, n_rules;
};

/* One rule on one message. */
struct progress {
	bool running;			/* its eval was called */
	bool done;
	bool unknown;
	unsigned open;			/* answers that may still decide it */
};

struct message {
	struct progress *rules;		/* by index */
	bool *asked;			/* by set */
	bool nowhere;			/* check_dns_sender: one NXDOMAIN */
	struct dnsbl_keys *keys;	/* scratch */
};

struct question {
	const struct dnsbl_rule *asker;
	char *key;
	struct in_addr code;		/* of the address, while the text waits */
	char *qname;
};

static const struct tare_plugin plugin;

const char *
dnsbl_set_name(const struct dnsbl_set *set)
{
	return set->name;
}

/* ---- deciding ---- */

static struct message *
state_of(struct tare_msg *m, const struct context *c)
{
	struct message *s = tare_state(m, &plugin);

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
	struct message *s = tare_state(m, &plugin);

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
	struct message *s = tare_state(m, &plugin);
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
ask_set(struct tare_msg *m, struct message *s, const struct dnsbl_set *set)
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

static enum tare_answer
run(struct tare_msg *m, const struct tare_call *call)
{
	const struct dnsbl_rule *r = call->prepared;
	struct message *s = state_of(m, call->plugin);
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
	struct message *s = tare_state(m, &plugin);
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
static enum tare_answer
run_sender(struct tare_msg *m, const struct tare_call *call)
{
	const struct dnsbl_rule *r = call->prepared;
	struct message *s = state_of(m, call->plugin);
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

/* ---- while rules are read ---- */

static struct dnsbl_set *
find_set(struct tare_setup *setup, struct context *c, const char *name)
{
	struct dnsbl_set *s;

	for (s = c->sets; s != NULL; s = s->next) {
		if (strcmp(s->name, name) == 0)
			return s;
	}
	s = tare_setup_alloc(setup, sizeof(*s));
	s->name = name;
	s->index = c->n_sets++;
	s->next = c->sets;
	c->sets = s;
	return s;
}

static struct dnsbl_rule *
new_rule(struct tare_setup *setup, const struct tare_call *call)
{
	struct context *c = call->plugin;
	struct dnsbl_rule *r = tare_setup_alloc(setup, sizeof(*r));

	r->id = call->rule;
	r->name = call->rule_name;
	r->tflags = call->tflags;
	r->index = c->n_rules++;
	if (call->nargs > 0)
		r->set = find_set(setup, c, call->args[0]);
	return r;
}

static int
need_args(const struct tare_call *call, size_t n, struct tare_err *e)
{
	if (call->nargs >= n)
		return 0;
	tare_fail(e, "%zu arguments are wanted, there are %zu", n,
	    call->nargs);
	return -1;
}

static int
open_zone(struct tare_setup *setup, const struct tare_call *call,
    enum tare_zone_kind kind, struct dnsbl_rule *r, struct tare_err *e)
{
	const char *zone = call->args[1];

	r->zone = tare_zone_open(setup, (struct tare_slice){ zone,
	    strlen(zone) }, kind);
	if (r->zone != NULL)
		return 0;
	tare_fail(e, "'%s' cannot be a zone, or there are too many", zone);
	return -1;
}

/*
 * Arguments: set, zone, sub-test; the others by the caller.  The sub-test of
 * check_rbl_txt is one of the text, and any address counts.
 */
static int
prepare_asker(struct tare_setup *setup, const struct tare_call *call,
    dnsbl_collect *collect, void **prepared_r, struct tare_err *e)
{
	bool ips = collect == dnsbl_ips || collect == dnsbl_accredited_ips;
	struct dnsbl_rule *r = new_rule(setup, call);
	const char *test = call->nargs > 2 ? call->args[2] : "";

	if (need_args(call, 2, e) == -1 || open_zone(setup, call,
	    ips ? TARE_ZONE_IP : TARE_ZONE_DOMAIN, r, e) == -1)
		return -1;
	r->collect = collect;
	r->subtest = tare_subtest_new(setup, r->zone, r->id,
	    TARE_SUBTEST_RBL, test, e);
	if (r->subtest == NULL)
		return -1;
	r->next = r->set->askers;
	r->set->askers = r;
	*prepared_r = r;
	return 0;
}

static int
prepare_ips(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	return prepare_asker(setup, call, dnsbl_ips, prepared_r, e);
}

static int
prepare_text(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	struct tare_call any = *call;
	struct dnsbl_rule *r;

	any.nargs = call->nargs < 2 ? call->nargs : 2;
	if (prepare_asker(setup, &any, dnsbl_ips, prepared_r, e) == -1)
		return -1;
	r = *prepared_r;
	if (call->nargs < 3)
		return 0;
	r->text = tare_subtest_new(setup, NULL, r->id, TARE_SUBTEST_RBL,
	    call->args[2], e);
	return r->text != NULL ? 0 : -1;
}

static int
prepare_from_host(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	return prepare_asker(setup, call, dnsbl_from_hosts, prepared_r, e);
}

static int
prepare_from_domain(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	return prepare_asker(setup, call, dnsbl_from_domains, prepared_r, e);
}

static int
prepare_envfrom(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	return prepare_asker(setup, call, dnsbl_envelope_host, prepared_r, e);
}

static int
prepare_received(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	return prepare_asker(setup, call, dnsbl_oldest_relay, prepared_r, e);
}

static int
prepare_headers(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	if (prepare_asker(setup, call, dnsbl_header_hosts, prepared_r,
	    e) == -1)
		return -1;
	if (call->nargs > 3)
		((struct dnsbl_rule *)*prepared_r)->headers = call->args[3];
	return 0;
}

static int
prepare_servers(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	if (prepare_asker(setup, call, dnsbl_envelope_host, prepared_r,
	    e) == -1)
		return -1;
	((struct dnsbl_rule *)*prepared_r)->ns = true;
	return 0;
}

static int
prepare_accreditor(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	if (need_args(call, 4, e) == -1 || prepare_asker(setup, call,
	    dnsbl_accredited_ips, prepared_r, e) == -1)
		return -1;
	((struct dnsbl_rule *)*prepared_r)->accreditor = call->args[3];
	return 0;
}

/*
 * Its sub-tests belong to zones, which are known when all rules are; the one
 * made here says whether the text is one at all.
 */
static int
prepare_listener(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	struct dnsbl_rule *r = new_rule(setup, call);

	if (need_args(call, 2, e) == -1 || tare_subtest_new(setup, NULL,
	    r->id, TARE_SUBTEST_RBL, call->args[1], e) == NULL)
		return -1;
	r->sub = call->args[1];
	r->next = r->set->listeners;
	r->set->listeners = r;
	*prepared_r = r;
	return 0;
}

static int
prepare_sender(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	*prepared_r = new_rule(setup, call);
	return 0;
}

static int
make_subs(struct tare_setup *setup, struct dnsbl_rule *r, struct tare_err *e)
{
	size_t n = 0, i = 0;

	for (struct dnsbl_rule *a = r->set->askers; a != NULL; a = a->next)
		n++;
	r->subs = tare_setup_alloc(setup, (n + 1) * sizeof(*r->subs));
	for (struct dnsbl_rule *a = r->set->askers; a != NULL; a = a->next) {
		r->subs[i] = tare_subtest_new(setup, a->text == NULL ?
		    a->zone : NULL, r->id, TARE_SUBTEST_RBL, r->sub, e);
		if (r->subs[i++] == NULL)
			return -1;
	}
	return 0;
}

/*
 * A rule without points is asked about all the same when a rule that listens
 * to its set counts, unless it was switched off by a score of 0.
 */
static void
mark_asking(struct tare_setup *setup, struct dnsbl_set *set)
{
	bool listened = false;

	for (struct dnsbl_rule *r = set->listeners; r != NULL; r = r->next)
		listened = listened || tare_rule_needed(setup, r->id);
	for (struct dnsbl_rule *r = set->askers; r != NULL; r = r->next)
		r->asks = tare_rule_needed(setup, r->id) || (listened &&
		    strncmp(r->name, "__", 2) == 0);
}

static int
ready(struct tare_setup *setup, void *ctx, struct tare_err *e)
{
	struct context *c = ctx;

	for (struct dnsbl_set *s = c->sets; s != NULL; s = s->next) {
		for (struct dnsbl_rule *r = s->listeners; r != NULL;
		    r = r->next) {
			if (make_subs(setup, r, e) == -1)
				return -1;
		}
		mark_asking(setup, s);
	}
	return 0;
}

static int
load(struct tare_setup *setup, void **ctx_r, struct tare_err *e)
{
	*ctx_r = tare_setup_alloc(setup, sizeof(struct context));
	return 0;
}

/* ---- the tables ---- */

#define RELAYS (TARE_DNS | TARE_RELAYS | TARE_HEADERS)
#define SENDER (TARE_DNS | TARE_HEADERS)

static const struct tare_eval evals[] = {
	{ "check_rbl", "2 3", RELAYS, run, prepare_ips,
	    "(set, zone[, subtest]): a relay's address is on the list." },
	{ "check_rbl_sub", "2 2", RELAYS, run, prepare_listener,
	    "(set, subtest): an answer to that set's rules fits." },
	{ "check_rbl_txt", "2 3", RELAYS, run, prepare_text,
	    "(set, zone[, regex]): listed, and the list's text matches." },
	{ "check_rbl_from_host", "2 3", SENDER, run, prepare_from_host,
	    "(set, zone[, subtest]): the host of a sender is on the list." },
	{ "check_rbl_from_domain", "2 3", SENDER, run, prepare_from_domain,
	    "(set, zone[, subtest]): the domain of a sender is." },
	{ "check_rbl_envfrom", "2 3", SENDER, run, prepare_envfrom,
	    "(set, zone[, subtest]): the host of the envelope sender is." },
	{ "check_rbl_headers", "2 4", SENDER, run, prepare_headers,
	    "(set, zone[, subtest[, fields]]): a host or address in a header "
	    "field is." },
	{ "check_rbl_rcvd", "2 3", RELAYS, run, prepare_received,
	    "(set, zone[, subtest]): address or a name of the oldest "
	    "untrusted relay is." },
	{ "check_rbl_ns_from", "2 3", SENDER, run, prepare_servers,
	    "(set, zone[, subtest]): a name server of the envelope sender's "
	    "domain is." },
	{ "check_rbl_accreditor", "4 4", RELAYS, run, prepare_accreditor,
	    "(set, zone, subtest, name): as check_rbl, if the sender claims "
	    "that accreditor." },
	{ "check_dns_sender", "0 0", SENDER, run_sender, prepare_sender,
	    "The envelope sender's domain has neither address nor mail "
	    "exchanger." },
	{ 0 }
};

static const struct tare_setting settings[] = {
	{ "rbl_headers", TARE_TEXT, "EnvelopeFrom,Reply-To,"
	    "Disposition-Notification-To,X-WebmailclientIP,X-Source-IP", 0, 0,
	    "Header fields that check_rbl_headers looks at." },
	{ 0 }
};

static const char *const stands_for[] = { "DNSEval", NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI, .size = sizeof(plugin),
	.name = "dnsbl", .version = "1",
	.summary = "Relays and senders on DNS lists.",
	.stands_for = stands_for, .settings = settings, .evals = evals,
	.msg_size = sizeof(struct message),
	.load = load, .ready = ready,
};

TARE_PLUGIN(plugin);

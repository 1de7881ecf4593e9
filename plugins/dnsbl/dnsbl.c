/*
 * dnsbl - is a relay or a sender on a DNS list?  Stands for DNSEval.
 *
 * A rule that asks (check_rbl and its like) names a set, a zone and perhaps a
 * sub-test.  A rule that listens (check_rbl_sub) names a set and a sub-test,
 * and is decided by the answers of every asking rule of that set.
 *
 * Here rules are read and the plugin is described; keys.c says which names a
 * rule asks about, answers.c asks and decides.  The engine confirms and weighs
 * a hit; nothing here judges a zone.
 */
#include "config.h"

#include <string.h>

#include "plugins/dnsbl/dnsbl.h"
#include "plugins/eval.h"

static const struct tare_plugin plugin;

struct dnsbl_message *
dnsbl_state(struct tare_msg *m)
{
	return tare_state(m, &plugin);
}

/* ---- while rules are read ---- */

static struct dnsbl_set *
find_set(struct tare_setup *setup, struct dnsbl_context *c, const char *name)
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
	struct dnsbl_context *c = call->plugin;
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

	if (eval_need_args(call, 2, e) == -1 || open_zone(setup, call,
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
	if (eval_need_args(call, 4, e) == -1 || prepare_asker(setup, call,
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

	if (eval_need_args(call, 2, e) == -1 || tare_subtest_new(setup, NULL,
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
	struct dnsbl_context *c = ctx;

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
	*ctx_r = tare_setup_alloc(setup, sizeof(struct dnsbl_context));
	return 0;
}

/* ---- the tables ---- */

#define RELAYS (TARE_DNS | TARE_RELAYS | TARE_HEADERS)
#define SENDER (TARE_DNS | TARE_HEADERS)

static const struct tare_eval evals[] = {
	{ "check_rbl", "2 3", RELAYS, dnsbl_run, prepare_ips,
	    "(set, zone[, subtest]): a relay's address is on the list." },
	{ "check_rbl_sub", "2 2", RELAYS, dnsbl_run, prepare_listener,
	    "(set, subtest): an answer to that set's rules fits." },
	{ "check_rbl_txt", "2 3", RELAYS, dnsbl_run, prepare_text,
	    "(set, zone[, regex]): listed, and the list's text matches." },
	{ "check_rbl_from_host", "2 3", SENDER, dnsbl_run, prepare_from_host,
	    "(set, zone[, subtest]): the host of a sender is on the list." },
	{ "check_rbl_from_domain", "2 3", SENDER, dnsbl_run,
	    prepare_from_domain,
	    "(set, zone[, subtest]): the domain of a sender is." },
	{ "check_rbl_envfrom", "2 3", SENDER, dnsbl_run, prepare_envfrom,
	    "(set, zone[, subtest]): the host of the envelope sender is." },
	{ "check_rbl_headers", "2 4", SENDER, dnsbl_run, prepare_headers,
	    "(set, zone[, subtest[, fields]]): a host or address in a header "
	    "field is." },
	{ "check_rbl_rcvd", "2 3", RELAYS, dnsbl_run, prepare_received,
	    "(set, zone[, subtest]): address or a name of the oldest "
	    "untrusted relay is." },
	{ "check_rbl_ns_from", "2 3", SENDER, dnsbl_run, prepare_servers,
	    "(set, zone[, subtest]): a name server of the envelope sender's "
	    "domain is." },
	{ "check_rbl_accreditor", "4 4", RELAYS, dnsbl_run, prepare_accreditor,
	    "(set, zone, subtest, name): as check_rbl, if the sender claims "
	    "that accreditor." },
	{ "check_dns_sender", "0 0", SENDER, dnsbl_run_sender, prepare_sender,
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
static const char *const can[] = { "DNSEval::has_tflags_domains_only",
	"DNSEval::has_tflags_ips_only", NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI, .size = sizeof(plugin),
	.name = "dnsbl", .version = "1",
	.summary = "Relays and senders on DNS lists.",
	.stands_for = stands_for, .can = can, .settings = settings,
	.evals = evals,
	.msg_size = sizeof(struct dnsbl_message),
	.load = load, .ready = ready,
};

TARE_PLUGIN(plugin);

/*
 * answers - one message: ask about its links, and decide rules by answers.
 *
 * The first rule that runs asks everything.  Lists are asked about domains and
 * hosts at once; name servers and addresses have to be looked up first, and
 * their rules wait for both steps.  A name is asked once per group of rules.
 *
 * With `compat 1` addresses of name servers go to rules with tflags a only, as
 * in SpamAssassin 4.0.1 (sa-compat trap 4); with 0 they go to those with ns.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "plugins/questions.h"
#include "plugins/uridnsbl/uridnsbl.h"

#define TYPE_A 1
#define TYPE_NS 2

struct asked {
	struct asked *next;
	const struct uri_group *group;	/* NULL: not a list */
	int type;
	char *key;
};

struct question {
	const struct uri_context *context;
	bool of_server;			/* the address of a name server */
};

/* ---- deciding ---- */

static struct questions *
questions_of(struct tare_msg *m, const struct uri_rule *r)
{
	struct uri_message *s = uri_state(m);

	return &s->rules[r->index];
}

static void
on_listing(struct tare_msg *m, const struct tare_listing *l, void *arg)
{
	const struct uri_group *g = arg;

	for (const struct uri_rule *r = g->rules; r != NULL; r = r->next) {
		struct questions *q = questions_of(m, r);
		struct in_addr code;

		if (questions_fits(r->subtest, l, &code))
			questions_hit(m, q, g->zone, code, l->qname);
		questions_conclude(m, q, questions_tells(l));
	}
}

/* A question for the group's rules began, or could not be asked. */
static void
count(struct tare_msg *m, const struct uri_group *g, bool asked)
{
	for (const struct uri_rule *r = g->rules; r != NULL; r = r->next)
		questions_count(questions_of(m, r), asked);
}

static void
count_done(struct tare_msg *m, const struct uri_group *g, bool told)
{
	for (const struct uri_rule *r = g->rules; r != NULL; r = r->next)
		questions_conclude(m, questions_of(m, r), told);
}

/* ---- asking ---- */

static bool
seen(struct tare_msg *m, const struct uri_group *g, int type, const char *key)
{
	struct uri_message *s = uri_state(m);
	size_t n = strlen(key) + 1;
	struct asked *a;

	for (a = s->asked; a != NULL; a = a->next) {
		if (a->group == g && a->type == type &&
		    strcmp(a->key, key) == 0)
			return true;
	}
	a = tare_alloc(m, sizeof(*a));
	a->group = g;
	a->type = type;
	a->key = tare_alloc(m, n);
	memcpy(a->key, key, n);
	a->next = s->asked;
	s->asked = a;
	return false;
}

static void
ask_list_of(struct tare_msg *m, const struct uri_group *g, const char *key)
{
	if (!g->needed || seen(m, g, TYPE_A, key))
		return;
	count(m, g, tare_list_ask(m, g->zone, key, TYPE_A, on_listing,
	    (void *)(uintptr_t)g));
}

/* Which groups wait for addresses of hosts, or of name servers. */
static bool
wants_address(struct tare_msg *m, const struct uri_group *g, bool of_server)
{
	bool compat = tare_conf_num(m, "compat") != 0;

	if (!g->needed || g->kind != IP)
		return false;
	if (!of_server || compat)
		return (g->tflags & TARE_TF_A) != 0;
	return (g->tflags & TARE_TF_NS) || !(g->tflags & TARE_TF_A);
}

bool
uri_wants_servers(const struct uri_group *g)
{
	return g->needed && (g->kind == NS_RHS || g->kind == NS_FULL ||
	    (g->kind == IP && ((g->tflags & TARE_TF_NS) ||
	    !(g->tflags & TARE_TF_A))));
}

/* Or for what their addresses may tell later. */
static bool
awaits_servers(struct tare_msg *m, const struct uri_group *g)
{
	return uri_wants_servers(g) || wants_address(m, g, true);
}

static void
on_addresses(struct tare_msg *m, const struct tare_listing *l, void *arg)
{
	const struct question *q = arg;

	for (const struct uri_group *g = q->context->groups; g != NULL;
	    g = g->next) {
		if (!wants_address(m, g, q->of_server))
			continue;
		for (unsigned i = 0; i < l->n_addr; i++) {
			const unsigned char *b =
			    (const unsigned char *)&l->addr[i];
			char key[16];

			snprintf(key, sizeof(key), "%u.%u.%u.%u", b[3], b[2],
			    b[1], b[0]);
			ask_list_of(m, g, key);
		}
		count_done(m, g, l->rcode == 0 || l->rcode == 3);
	}
}

static struct question *
question(struct tare_msg *m, const struct uri_context *c, bool of_server)
{
	struct question *q = tare_alloc(m, sizeof(*q));

	q->context = c;
	q->of_server = of_server;
	return q;
}

static void
ask_addresses(struct tare_msg *m, const struct uri_context *c, const char *host,
    bool of_server)
{
	bool asked;

	if (seen(m, NULL, TYPE_A, host))
		return;
	asked = tare_ask(m, host, TYPE_A, on_addresses,
	    question(m, c, of_server));
	for (const struct uri_group *g = c->groups; g != NULL; g = g->next) {
		if (wants_address(m, g, of_server))
			count(m, g, asked);
	}
}

static void
ask_about_server(struct tare_msg *m, const struct uri_context *c,
    struct tare_slice server)
{
	char host[URIDNSBL_HOST_BYTES], domain[URIDNSBL_HOST_BYTES];

	if (!uri_host_text(server, host))
		return;
	if (!uri_host_text(tare_registered_domain(m, server), domain))
		strcpy(domain, host);
	for (const struct uri_group *g = c->groups; g != NULL; g = g->next) {
		if (g->kind == NS_RHS)
			ask_list_of(m, g, domain);
		else if (g->kind == NS_FULL)
			ask_list_of(m, g, host);
	}
	ask_addresses(m, c, host, true);
}

static void
on_servers(struct tare_msg *m, const struct tare_listing *l, void *arg)
{
	const struct question *q = arg;

	for (unsigned i = 0; i < l->n_txt; i++)
		ask_about_server(m, q->context, l->txt[i]);
	for (const struct uri_group *g = q->context->groups; g != NULL;
	    g = g->next) {
		if (awaits_servers(m, g))
			count_done(m, g, l->rcode == 0 || l->rcode == 3);
	}
}

static void
ask_servers(struct tare_msg *m, const struct uri_context *c, const char *domain)
{
	bool asked;

	if (seen(m, NULL, TYPE_NS, domain))
		return;
	asked = tare_ask(m, domain, TYPE_NS, on_servers,
	    question(m, c, false));
	for (const struct uri_group *g = c->groups; g != NULL; g = g->next) {
		if (awaits_servers(m, g))
			count(m, g, asked);
	}
}

/* The domain, the host (notrim), or the address of a link. */
static void
ask_about_host(struct tare_msg *m, const struct uri_context *c,
    const struct uri_host *h)
{
	for (const struct uri_group *g = c->groups; g != NULL; g = g->next) {
		if (g->kind != RHS)
			continue;
		if (h->reversed[0] != '\0') {
			if (!(g->tflags & TARE_TF_DOMAINS_ONLY))
				ask_list_of(m, g, h->reversed);
		} else if (!(g->tflags & TARE_TF_IPS_ONLY)) {
			ask_list_of(m, g, g->tflags & TARE_TF_NOTRIM ?
			    h->host : h->domain);
		}
	}
}

/* Lists first: they decide most rules, and questions are limited. */
static void
ask_all(struct tare_msg *m, const struct uri_context *c)
{
	size_t n;
	const struct uri_host *h = uri_hosts(m, c->skip, &n);

	for (size_t i = 0; i < n; i++)
		ask_about_host(m, c, &h[i]);
	for (size_t i = 0; i < n; i++) {
		if (h[i].reversed[0] != '\0')
			continue;
		if (c->ask_servers)
			ask_servers(m, c, h[i].domain);
		if (c->ask_addresses)
			ask_addresses(m, c, h[i].host, false);
	}
	for (size_t i = 0; i < n; i++) {
		tare_tag_add(m, "URIHOSTS", (struct tare_slice){ h[i].host,
		    strlen(h[i].host) });
		tare_tag_add(m, "URIDOMAINS", (struct tare_slice){
		    h[i].domain, strlen(h[i].domain) });
	}
}

static void
begin(struct tare_msg *m, struct uri_message *s, const struct uri_context *c)
{
	s->rules = tare_alloc(m, (c->n_rules + 1) * sizeof(*s->rules));
	for (const struct uri_group *g = c->groups; g != NULL; g = g->next) {
		for (const struct uri_rule *r = g->rules; r != NULL;
		    r = r->next)
			s->rules[r->index] = (struct questions){
				.rule = r->id, .idle = true };
	}
	ask_all(m, c);
}

enum tare_answer
uri_run(struct tare_msg *m, const struct tare_call *call)
{
	const struct uri_rule *r = call->prepared;
	struct uri_message *s = uri_state(m);

	if (tare_conf_num(m, "skip_uribl_checks") != 0)
		return TARE_MISS;
	if (!tare_net(m))
		return TARE_UNKNOWN;
	if (!s->begun) {
		s->begun = true;
		begin(m, s, call->plugin);
	}
	s->rules[r->index].idle = false;
	return questions_answer(&s->rules[r->index]);
}

/*
 * uridnsbl - are the links of a message on a DNS list?  Stands for URIDNSBL.
 *
 * A line such as `urirhssub NAME zone A 127.0.1.2` says what to ask, and
 * `body NAME eval:check_uridnsbl('NAME')` makes it a rule.  Kinds of line:
 *
 *	urirhsbl  urirhssub		the domain of each link
 *	uridnsbl  uridnssub		addresses of the links' hosts (tflags a)
 *					or of their name servers (tflags ns)
 *	urinsrhsbl  urinsrhssub		domains of the links' name servers
 *	urifullnsrhsbl  …sub		their full names
 *
 * Rules that ask the same list about the same names form a group: one
 * question serves all of them.  A name is asked once per group and message.
 * A rule is a hit with the first answer that fits, a miss when all are in, and
 * unknown if one of them told nothing.  The engine confirms and weighs hits.
 *
 * With `compat 1` addresses of name servers go to rules with tflags a only, as
 * in SpamAssassin 4.0.1 (sa-compat trap 4); with 0 they go to those with ns.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "plugins/uridnsbl/uridnsbl.h"

#define TYPE_A 1
#define TYPE_NS 2

enum kind { RHS, IP, NS_RHS, NS_FULL };

/* A directive line. */
struct line {
	struct line *next;
	char *name, *zone, *subtest;	/* subtest NULL: any answer */
	enum kind kind;
};

struct rule {
	struct rule *next;		/* of the group */
	unsigned id, index;
	const struct tare_subtest *subtest;
};

/* What decides which names a rule is asked about. */
struct group {
	struct group *next;
	enum kind kind;
	uint32_t tflags;
	struct tare_zone *zone;
	struct rule *rules;
	bool needed;
};

struct context {
	struct line *lines;		/* newest first: the last one wins */
	struct group *groups;
	struct skip_list *skip;
	unsigned n_rules;
	bool ask_servers, ask_addresses;
};

struct progress {
	bool running, done, unknown;
	unsigned open;
};

struct asked {
	struct asked *next;
	const struct group *group;	/* or NULL and a type: not a list */
	int type;
	char *key;
};

struct message {
	struct progress *rules;
	struct asked *asked;
	bool begun;
};

struct question {
	const struct context *context;
	const struct group *group;
	bool of_server;			/* the address of a name server */
};

static const struct tare_plugin plugin;

#define GROUP_TFLAGS (TARE_TF_NOTRIM | TARE_TF_DOMAINS_ONLY | \
	TARE_TF_IPS_ONLY | TARE_TF_A | TARE_TF_NS)

/* ---- deciding ---- */

static struct progress *
progress_of(struct tare_msg *m, const struct rule *r)
{
	struct message *s = tare_state(m, &plugin);

	return &s->rules[r->index];
}

static void
conclude(struct tare_msg *m, const struct rule *r, bool told)
{
	struct progress *p = progress_of(m, r);

	p->unknown = p->unknown || !told;
	if (--p->open > 0 || p->done || !p->running)
		return;
	p->done = true;
	tare_settle(m, r->id, p->unknown ? TARE_UNKNOWN : TARE_MISS, 0);
}

/* Beside a refusal only the refusal counts: for rules that report it. */
static bool
fits(const struct rule *r, const struct tare_listing *l,
    struct in_addr *code_r)
{
	if (l->cls == TARE_LIST_BOGUS ||
	    !tare_subtest_match(r->subtest, l, code_r))
		return false;
	if (l->cls != TARE_LIST_BLOCKED)
		return true;
	for (unsigned i = 0; i < l->n_addr; i++) {
		if (l->addr[i].s_addr == code_r->s_addr)
			return l->addr_cls[i] == TARE_LIST_BLOCKED;
	}
	return false;
}

static void
on_listing(struct tare_msg *m, const struct tare_listing *l, void *arg)
{
	const struct group *g = arg;
	bool told = l->cls == TARE_LIST_CLEAN || l->cls == TARE_LIST_LISTED ||
	    l->cls == TARE_LIST_UNMAPPED;

	for (const struct rule *r = g->rules; r != NULL; r = r->next) {
		struct progress *p = progress_of(m, r);
		struct in_addr code;

		if (p->running && !p->done && fits(r, l, &code)) {
			p->done = true;
			tare_settle_zone(m, r->id, g->zone, code, l->qname);
		}
		conclude(m, r, told);
	}
}

/* A question for the group's rules began, or could not be asked. */
static void
count(struct tare_msg *m, const struct group *g, bool asked)
{
	for (const struct rule *r = g->rules; r != NULL; r = r->next) {
		struct progress *p = progress_of(m, r);

		if (asked)
			p->open++;
		else
			p->unknown = true;
	}
}

static void
count_done(struct tare_msg *m, const struct group *g, bool told)
{
	for (const struct rule *r = g->rules; r != NULL; r = r->next)
		conclude(m, r, told);
}

/* ---- asking ---- */

static bool
seen(struct tare_msg *m, const struct group *g, int type, const char *key)
{
	struct message *s = tare_state(m, &plugin);
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
ask_list_of(struct tare_msg *m, const struct group *g, const char *key)
{
	if (!g->needed || seen(m, g, TYPE_A, key))
		return;
	count(m, g, tare_list_ask(m, g->zone, key, TYPE_A, on_listing,
	    (void *)(uintptr_t)g));
}

/* Which groups wait for addresses of hosts, or of name servers. */
static bool
wants_address(struct tare_msg *m, const struct group *g, bool of_server)
{
	bool compat = tare_conf_num(m, "compat") != 0;

	if (!g->needed || g->kind != IP)
		return false;
	if (!of_server || compat)
		return (g->tflags & TARE_TF_A) != 0;
	return (g->tflags & TARE_TF_NS) || !(g->tflags & TARE_TF_A);
}

static bool
wants_servers(const struct group *g)
{
	return g->needed && (g->kind == NS_RHS || g->kind == NS_FULL ||
	    (g->kind == IP && ((g->tflags & TARE_TF_NS) ||
	    !(g->tflags & TARE_TF_A))));
}

/* Or for what their addresses may tell later. */
static bool
awaits_servers(struct tare_msg *m, const struct group *g)
{
	return wants_servers(g) || wants_address(m, g, true);
}

static void
on_addresses(struct tare_msg *m, const struct tare_listing *l, void *arg)
{
	const struct question *q = arg;

	for (const struct group *g = q->context->groups; g != NULL;
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
question(struct tare_msg *m, const struct context *c, bool of_server)
{
	struct question *q = tare_alloc(m, sizeof(*q));

	q->context = c;
	q->of_server = of_server;
	return q;
}

static void
ask_addresses(struct tare_msg *m, const struct context *c, const char *host,
    bool of_server)
{
	bool asked;

	if (seen(m, NULL, TYPE_A, host))
		return;
	asked = tare_ask(m, host, TYPE_A, on_addresses,
	    question(m, c, of_server));
	for (const struct group *g = c->groups; g != NULL; g = g->next) {
		if (wants_address(m, g, of_server))
			count(m, g, asked);
	}
}

static void
ask_about_server(struct tare_msg *m, const struct context *c,
    struct tare_slice server)
{
	char host[URIDNSBL_HOST_BYTES], domain[URIDNSBL_HOST_BYTES];

	if (!uri_host_text(server, host))
		return;
	if (!uri_host_text(tare_registered_domain(m, server), domain))
		strcpy(domain, host);
	for (const struct group *g = c->groups; g != NULL; g = g->next) {
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
	for (const struct group *g = q->context->groups; g != NULL;
	    g = g->next) {
		if (awaits_servers(m, g))
			count_done(m, g, l->rcode == 0 || l->rcode == 3);
	}
}

static void
ask_servers(struct tare_msg *m, const struct context *c, const char *domain)
{
	bool asked;

	if (seen(m, NULL, TYPE_NS, domain))
		return;
	asked = tare_ask(m, domain, TYPE_NS, on_servers,
	    question(m, c, false));
	for (const struct group *g = c->groups; g != NULL; g = g->next) {
		if (awaits_servers(m, g))
			count(m, g, asked);
	}
}

/* The domain, the host (notrim), or the address of a link. */
static void
ask_about_host(struct tare_msg *m, const struct context *c,
    const struct uri_host *h)
{
	for (const struct group *g = c->groups; g != NULL; g = g->next) {
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
ask_all(struct tare_msg *m, const struct context *c)
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

static enum tare_answer
run(struct tare_msg *m, const struct tare_call *call)
{
	const struct context *c = call->plugin;
	const struct rule *r = call->prepared;
	struct message *s = tare_state(m, &plugin);
	struct progress *p;

	if (tare_conf_num(m, "skip_uribl_checks") != 0)
		return TARE_MISS;
	if (!tare_net(m))
		return TARE_UNKNOWN;
	if (!s->begun) {
		s->begun = true;
		s->rules = tare_alloc(m, (c->n_rules + 1) *
		    sizeof(*s->rules));
		ask_all(m, c);
	}
	p = &s->rules[r->index];
	p->running = true;
	if (p->open > 0)
		return TARE_WAIT;
	p->done = true;
	return p->unknown ? TARE_UNKNOWN : TARE_MISS;
}

/* ---- while rules are read ---- */

static bool
word(struct tare_slice *rest, struct tare_slice *word_r)
{
	size_t from = 0, to;

	while (from < rest->n && (rest->p[from] == ' ' ||
	    rest->p[from] == '\t'))
		from++;
	for (to = from; to < rest->n && rest->p[to] != ' ' &&
	    rest->p[to] != '\t';)
		to++;
	*word_r = (struct tare_slice){ rest->p + from, to - from };
	rest->p += to;
	rest->n -= to;
	return to > from;
}

static bool
is_word(struct tare_slice w, const char *text)
{
	return w.n == strlen(text) && strncasecmp(w.p, text, w.n) == 0;
}

/*
 * NAME ZONE TYPE [SUBTEST].  TXT is accepted and asked for as A: a list gives
 * both for a name (RFC 5782 2.1), and only the address shows a broken list.
 */
static int
read_line(struct tare_setup *setup, struct context *c, enum kind kind,
    bool with_subtest, struct tare_slice value, struct tare_err *e)
{
	struct tare_slice name, zone, type, sub = { NULL, 0 }, more;
	struct line *l;

	if (!word(&value, &name) || !word(&value, &zone) ||
	    !word(&value, &type) ||
	    (with_subtest && !word(&value, &sub)) || word(&value, &more)) {
		tare_fail(e, "NAME ZONE TYPE%s is wanted",
		    with_subtest ? " SUBTEST" : "");
		return -1;
	}
	if (!is_word(type, "A") && !is_word(type, "TXT")) {
		tare_fail(e, "type '%.*s': A and TXT are known", (int)type.n,
		    type.p);
		return -1;
	}
	l = tare_setup_alloc(setup, sizeof(*l));
	l->name = tare_setup_strdup(setup, name);
	l->zone = tare_setup_strdup(setup, zone);
	l->subtest = tare_setup_strdup(setup, sub);
	l->kind = kind;
	l->next = c->lines;
	c->lines = l;
	return 0;
}

#define LINE(function, kind, with_subtest)				\
static int								\
function(struct tare_setup *setup, void *ctx, struct tare_slice value,	\
    struct tare_err *e)							\
{									\
	return read_line(setup, ctx, (kind), (with_subtest), value, e);	\
}

LINE(on_uridnsbl, IP, false)
LINE(on_uridnssub, IP, true)
LINE(on_urirhsbl, RHS, false)
LINE(on_urirhssub, RHS, true)
LINE(on_urinsrhsbl, NS_RHS, false)
LINE(on_urinsrhssub, NS_RHS, true)
LINE(on_urifullnsrhsbl, NS_FULL, false)
LINE(on_urifullnsrhssub, NS_FULL, true)

static int
on_skip(struct tare_setup *setup, void *ctx, struct tare_slice value,
    struct tare_err *e)
{
	struct context *c = ctx;

	skip_add(setup, c->skip, value);
	return 0;
}

static int
on_clear_skip(struct tare_setup *setup, void *ctx, struct tare_slice value,
    struct tare_err *e)
{
	struct context *c = ctx;

	skip_remove(c->skip, value);
	return 0;
}

static struct group *
find_group(struct tare_setup *setup, struct context *c, enum kind kind,
    struct tare_zone *zone, uint32_t tflags)
{
	struct group *g, **end = &c->groups;

	for (; (g = *end) != NULL; end = &g->next) {
		if (g->kind == kind && g->zone == zone && g->tflags == tflags)
			return g;
	}
	g = tare_setup_alloc(setup, sizeof(*g));
	g->kind = kind;
	g->zone = zone;
	g->tflags = tflags;
	*end = g;
	return g;
}

static const struct line *
find_line(const struct context *c, const char *name)
{
	const struct line *l = c->lines;

	while (l != NULL && strcmp(l->name, name) != 0)
		l = l->next;
	return l;
}

static int
prepare(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	struct context *c = call->plugin;
	const struct line *l = find_line(c, call->rule_name);
	struct tare_zone *zone;
	struct rule *r;
	struct group *g;

	if (l == NULL) {
		tare_fail(e, "no line (urirhssub, uridnssub, …) says what %s "
		    "asks", call->rule_name);
		return -1;
	}
	zone = tare_zone_open(setup, (struct tare_slice){ l->zone,
	    strlen(l->zone) }, l->kind == IP ? TARE_ZONE_IP :
	    TARE_ZONE_DOMAIN);
	if (zone == NULL) {
		tare_fail(e, "'%s' cannot be a zone, or there are too many",
		    l->zone);
		return -1;
	}
	r = tare_setup_alloc(setup, sizeof(*r));
	r->id = call->rule;
	r->index = c->n_rules++;
	r->subtest = tare_subtest_new(setup, zone, call->rule,
	    TARE_SUBTEST_URIBL, l->subtest, e);
	if (r->subtest == NULL)
		return -1;
	g = find_group(setup, c, l->kind, zone, call->tflags & GROUP_TFLAGS);
	r->next = g->rules;
	g->rules = r;
	*prepared_r = r;
	return 0;
}

static int
ready(struct tare_setup *setup, void *ctx, struct tare_err *e)
{
	struct context *c = ctx;

	for (struct group *g = c->groups; g != NULL; g = g->next) {
		for (const struct rule *r = g->rules; r != NULL; r = r->next)
			g->needed = g->needed ||
			    tare_rule_needed(setup, r->id);
		c->ask_servers = c->ask_servers || wants_servers(g);
		c->ask_addresses = c->ask_addresses || (g->needed &&
		    g->kind == IP && (g->tflags & TARE_TF_A));
	}
	return 0;
}

static int
load(struct tare_setup *setup, void **ctx_r, struct tare_err *e)
{
	struct context *c = tare_setup_alloc(setup, sizeof(*c));

	c->skip = skip_new(setup);
	*ctx_r = c;
	return 0;
}

/* ---- the tables ---- */

static const struct tare_directive directives[] = {
	{ "uridnsbl", on_uridnsbl,
	    "NAME ZONE TYPE: an address behind a link is on the list." },
	{ "uridnssub", on_uridnssub,
	    "NAME ZONE TYPE SUBTEST: the same, with this answer." },
	{ "urirhsbl", on_urirhsbl,
	    "NAME ZONE TYPE: the domain of a link is on the list." },
	{ "urirhssub", on_urirhssub,
	    "NAME ZONE TYPE SUBTEST: the same, with this answer." },
	{ "urinsrhsbl", on_urinsrhsbl,
	    "NAME ZONE TYPE: the domain of a link's name server is." },
	{ "urinsrhssub", on_urinsrhssub,
	    "NAME ZONE TYPE SUBTEST: the same, with this answer." },
	{ "urifullnsrhsbl", on_urifullnsrhsbl,
	    "NAME ZONE TYPE: the full name of a name server is." },
	{ "urifullnsrhssub", on_urifullnsrhssub,
	    "NAME ZONE TYPE SUBTEST: the same, with this answer." },
	{ "uridnsbl_skip_domain", on_skip,
	    "DOMAIN…: links to these are not asked about." },
	{ "clear_uridnsbl_skip_domain", on_clear_skip,
	    "[DOMAIN…]: ask about these again; without a name, all." },
	{ 0 }
};

static const struct tare_setting settings[] = {
	{ "skip_uribl_checks", TARE_BOOL, "0", 0, 0,
	    "Ask no list about links." },
	{ "uridnsbl_max_domains", TARE_INT, "20", 0, URIDNSBL_HOSTS_MAX,
	    "Hosts asked about in one message." },
	{ "uridnsbl_skip_mailto", TARE_BOOL, "1", 0, 0,
	    "Hosts of mailto: links are not asked about." },
	{ "uridnsbl_timeout", TARE_IGNORED, NULL, 0, 0,
	    "rbl_timeout is for all lists." },
	{ 0 }
};

static const struct tare_eval evals[] = {
	{ "check_uridnsbl", "0 1", TARE_DNS | TARE_URIS | TARE_HTML, run,
	    prepare, "('NAME'): what the line about NAME says." },
	{ 0 }
};

static const char *const stands_for[] = { "URIDNSBL", NULL };
static const char *const can[] = {
	"URIDNSBL::has_tflags_domains_only",
	"URIDNSBL::has_subtest_for_ranges",
	"URIDNSBL::has_uridnsbl_for_a",
	"URIDNSBL::has_uridnsbl_a_ns",
	"URIDNSBL::has_tflags_notrim",
	"URIDNSBL::has_uridnsbl_skip_mailto",
	NULL
};

static const struct tare_plugin plugin = {
	.abi = TARE_ABI, .size = sizeof(plugin),
	.name = "uridnsbl", .version = "1",
	.summary = "Links on DNS lists.",
	.stands_for = stands_for, .can = can, .settings = settings,
	.directives = directives, .evals = evals,
	.msg_size = sizeof(struct message),
	.load = load, .ready = ready,
};

TARE_PLUGIN(plugin);

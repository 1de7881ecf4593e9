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
 * Here lines and rules are read and the plugin is described; hosts.c chooses
 * the hosts of a message, answers.c asks and decides.  The engine confirms and
 * weighs a hit; nothing here judges a zone.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "plugins/uridnsbl/uridnsbl.h"

static const struct tare_plugin plugin;

#define GROUP_TFLAGS (TARE_TF_NOTRIM | TARE_TF_DOMAINS_ONLY | \
	TARE_TF_IPS_ONLY | TARE_TF_A | TARE_TF_NS)

struct uri_message *
uri_state(struct tare_msg *m)
{
	return tare_state(m, &plugin);
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
read_line(struct tare_setup *setup, struct uri_context *c, enum uri_kind kind,
    bool with_subtest, struct tare_slice value, struct tare_err *e)
{
	struct tare_slice name, zone, type, sub = { NULL, 0 }, more;
	struct uri_line *l;

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
	struct uri_context *c = ctx;

	skip_add(setup, c->skip, value);
	return 0;
}

static int
on_clear_skip(struct tare_setup *setup, void *ctx, struct tare_slice value,
    struct tare_err *e)
{
	struct uri_context *c = ctx;

	skip_remove(c->skip, value);
	return 0;
}

static struct uri_group *
find_group(struct tare_setup *setup, struct uri_context *c, enum uri_kind kind,
    struct tare_zone *zone, uint32_t tflags)
{
	struct uri_group *g, **end = &c->groups;

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

static const struct uri_line *
find_line(const struct uri_context *c, const char *name)
{
	const struct uri_line *l = c->lines;

	while (l != NULL && strcmp(l->name, name) != 0)
		l = l->next;
	return l;
}

static int
prepare(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	struct uri_context *c = call->plugin;
	const struct uri_line *l = find_line(c, call->rule_name);
	struct tare_zone *zone;
	struct uri_rule *r;
	struct uri_group *g;

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
	struct uri_context *c = ctx;

	for (struct uri_group *g = c->groups; g != NULL; g = g->next) {
		for (const struct uri_rule *r = g->rules; r != NULL;
		    r = r->next)
			g->needed = g->needed ||
			    tare_rule_needed(setup, r->id);
		c->ask_servers = c->ask_servers || uri_wants_servers(g);
		c->ask_addresses = c->ask_addresses || (g->needed &&
		    g->kind == IP && (g->tflags & TARE_TF_A));
	}
	return 0;
}

static int
load(struct tare_setup *setup, void **ctx_r, struct tare_err *e)
{
	struct uri_context *c = tare_setup_alloc(setup, sizeof(*c));

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
	{ "check_uridnsbl", "0 1", TARE_DNS | TARE_URIS | TARE_HTML, uri_run,
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
	.msg_size = sizeof(struct uri_message),
	.load = load, .ready = ready,
};

TARE_PLUGIN(plugin);

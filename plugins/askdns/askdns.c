/*
 * askdns - ask DNS anything about a message.  Stands for AskDNS.
 *
 *	askdns NAME QUERY [TYPE[,TYPE] [SUBTEST]]
 *
 * makes the rule NAME.  QUERY is a template with tags (query.c); the rule hits
 * when one answer fits the sub-test (sa-compat 7.3), or without one when there
 * is an answer.
 *
 * A query of type A that ends in a fixed name is one to a list: the engine
 * weighs and confirms its hits.  All others are plain questions; nothing here
 * judges a zone.  An rcode is no listing, so a hit on one counts as it is.
 */
#include "config.h"

#include "plugins/askdns/askdns.h"
#include "plugins/questions.h"
#include "plugins/text.h"

static const struct type {
	const char *name;
	int number;
	bool is_name;			/* the answer is the name of a host */
	bool in_any;
} types[] = {
	{ "A", 1, false, true }, { "AAAA", 28, false, true },
	{ "MX", 15, true, true }, { "NS", 2, true, true },
	{ "TXT", 16, false, true }, { "PTR", 12, true, false },
	{ "CNAME", 5, true, false },
};
#define N_TYPES (sizeof(types) / sizeof(types[0]))

struct rule {
	unsigned id;
	struct askdns_template query;
	const struct type *types[N_TYPES];
	size_t n_types;
	const char *subtest_text;
	const struct tare_subtest *subtest;
	struct tare_zone *zone;		/* NULL: no list */
	bool of_rcode;			/* the sub-test is one of the rcode */
};

/* One question of one rule on one message. */
struct asked {
	const struct rule *rule;
	struct questions *of;
	const struct type *type;
};

static const struct tare_eval evals[];
static const struct tare_plugin plugin;

/* ---- the line ---- */

static bool
has_type(const struct rule *r, const struct type *t)
{
	for (size_t i = 0; i < r->n_types; i++) {
		if (r->types[i] == t)
			return true;
	}
	return false;
}

static int
add_type(struct rule *r, struct tare_slice name, struct tare_err *e)
{
	bool any = text_same_nocase(name, text_of("ANY")), known = false;

	for (size_t i = 0; i < N_TYPES; i++) {
		if (!(any ? types[i].in_any :
		    text_same_nocase(name, text_of(types[i].name))))
			continue;
		known = true;
		if (!has_type(r, &types[i]))
			r->types[r->n_types++] = &types[i];
	}
	if (known)
		return 0;
	tare_fail(e, "type '%.*s': A, AAAA, MX, NS, TXT, PTR, CNAME and ANY "
	    "are known", (int)name.n, name.p);
	return -1;
}

static int
read_types(struct rule *r, struct tare_slice list, struct tare_err *e)
{
	if (list.n == 0)
		list = text_of("A");
	while (list.n > 0) {
		size_t comma = text_find(list, ',');

		if (add_type(r, text_sub(list, 0, comma), e) == -1)
			return -1;
		list = text_sub(list, comma < list.n ? comma + 1 : comma,
		    list.n);
	}
	return 0;
}

static int
on_askdns(struct tare_setup *setup, void *ctx, struct tare_slice value,
    struct tare_err *e)
{
	struct rule *r = tare_setup_alloc(setup, sizeof(*r));
	struct tare_slice name, query, list;

	if (!text_word(&value, &name) || !text_word(&value, &query)) {
		tare_fail(e, "NAME QUERY [TYPE [SUBTEST]] is wanted");
		return -1;
	}
	text_word(&value, &list);
	if (read_types(r, list, e) == -1)
		return -1;
	r->subtest_text = tare_setup_strdup(setup, text_trim(value));
	r->of_rcode = r->subtest_text[0] == '[';
	if (askdns_template_read(setup, query, &r->query) == -1) {
		tare_fail(e, "more than %d tags in '%.*s'", ASKDNS_TAGS_MAX,
		    (int)query.n, query.p);
		return -1;
	}
	if (tare_rule_define(setup, name, &evals[0], r) != -1)
		return 0;
	tare_fail(e, "'%.*s' is not the name of a rule", (int)name.n, name.p);
	return -1;
}

/* Only now the rule has its score, which tells allow lists from others. */
static int
prepare(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	struct rule *r = *prepared_r;
	struct tare_slice zone;

	if (r == NULL) {
		tare_fail(e, "a line askdns %s is wanted", call->rule_name);
		return -1;
	}
	r->id = call->rule;
	zone = askdns_template_zone(&r->query);
	if (zone.n > 0 && r->n_types == 1 && r->types[0] == &types[0]) {
		r->zone = tare_zone_open(setup, zone, TARE_ZONE_DOMAIN);
		if (r->zone == NULL) {
			tare_fail(e, "'%.*s' cannot be a zone, or there are "
			    "too many", (int)zone.n, zone.p);
			return -1;
		}
	}
	r->subtest = tare_subtest_new(setup, r->zone, r->id,
	    TARE_SUBTEST_ASKDNS, r->subtest_text, e);
	return r->subtest != NULL ? 0 : -1;
}

/* ---- answers ---- */

static void
hit(struct tare_msg *m, const struct asked *a, const struct tare_listing *l,
    struct in_addr code)
{
	if (a->rule->zone != NULL && !a->rule->of_rcode) {
		questions_hit(m, a->of, a->rule->zone, code, l->qname);
	} else if (!a->of->done) {
		a->of->done = true;
		tare_settle(m, a->rule->id, TARE_HIT, 1);
	}
}

static void
on_listing(struct tare_msg *m, const struct tare_listing *l, void *arg)
{
	const struct asked *a = arg;
	struct in_addr code = { 0 };

	if (a->rule->of_rcode ? tare_subtest_match(a->rule->subtest, l, &code) :
	    questions_fits(a->rule->subtest, l, &code))
		hit(m, a, l, code);
	questions_conclude(m, a->of, a->rule->of_rcode ? l->rcode >= 0 :
	    questions_tells(l));
}

/* Sub-tests see the name of a host with its final dot, as in a zone file. */
static struct tare_listing
with_dots(struct tare_msg *m, const struct tare_listing *l)
{
	struct tare_slice *txt = tare_alloc(m, (l->n_txt + 1) * sizeof(*txt));
	struct tare_listing dotted = *l;

	for (unsigned i = 0; i < l->n_txt; i++) {
		char *p = tare_alloc(m, l->txt[i].n + 1);

		memcpy(p, l->txt[i].p, l->txt[i].n);
		p[l->txt[i].n] = '.';
		txt[i] = (struct tare_slice){ p, l->txt[i].n + 1 };
	}
	dotted.txt = txt;
	return dotted;
}

static void
on_answer(struct tare_msg *m, const struct tare_listing *l, void *arg)
{
	const struct asked *a = arg;
	struct tare_listing seen = a->type->is_name ? with_dots(m, l) : *l;
	struct in_addr code = { 0 };

	if (tare_subtest_match(a->rule->subtest, &seen, &code))
		hit(m, a, l, code);
	questions_conclude(m, a->of, a->rule->of_rcode ? l->rcode >= 0 :
	    l->rcode == 0 || l->rcode == 3);
}

/* ---- asking ---- */

static bool
ask(struct tare_msg *m, const struct rule *r, const char *name,
    struct asked *a)
{
	char key[ASKDNS_NAME_BYTES];
	size_t n, zone;

	if (r->zone == NULL)
		return tare_ask(m, name, a->type->number, on_answer, a);
	n = strlen(name);
	zone = strlen(tare_zone_name(r->zone));
	if (n < zone + 2)
		return false;
	memcpy(key, name, n - zone - 1);
	key[n - zone - 1] = '\0';
	return tare_list_ask(m, r->zone, key, a->type->number, on_listing, a);
}

static enum tare_answer
run(struct tare_msg *m, const struct tare_call *call)
{
	const struct rule *r = call->prepared;
	struct questions *q = tare_alloc(m, sizeof(*q));
	struct askdns_names *names = tare_state(m, &plugin);

	if (!tare_net(m))
		return TARE_UNKNOWN;
	q->rule = r->id;
	askdns_names(m, &r->query, names);
	for (size_t i = 0; i < names->n; i++) {
		for (size_t k = 0; k < r->n_types; k++) {
			struct asked *a = tare_alloc(m, sizeof(*a));

			a->rule = r;
			a->of = q;
			a->type = r->types[k];
			questions_count(q, ask(m, r, names->name[i], a));
		}
	}
	return questions_answer(q);
}

/* ---- the tables ---- */

static const struct tare_eval evals[] = {
	{ "check_askdns", "0", TARE_DNS | TARE_HEADERS | TARE_RELAYS, run,
	    prepare, "Rules made by askdns lines run this." },
	{ 0 }
};

static const struct tare_directive directives[] = {
	{ "askdns", on_askdns,
	    "NAME QUERY [TYPE [SUBTEST]]: DNS knows the name." },
	{ 0 }
};

static const char *const stands_for[] = { "AskDNS", NULL };
static const char *const can[] = { "AskDNS::has_tag_header", NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI, .size = sizeof(plugin),
	.name = "askdns", .version = "1",
	.summary = "Questions to DNS about a message.",
	.stands_for = stands_for, .can = can, .directives = directives,
	.evals = evals,
	.msg_size = sizeof(struct askdns_names),	/* scratch */
};

TARE_PLUGIN(plugin);

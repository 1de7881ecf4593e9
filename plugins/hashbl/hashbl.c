/*
 * hashbl - are addresses, links or numbers of a message on a list of hashes?
 * Stands for HashBL.
 *
 * A rule names a list, options, and what to look for; the hash of each value
 * found is asked for, at most `max` of them.  The rule hits when one answer
 * fits its regex (127.…, if it has none).
 *
 * Here rules are read and decided; lines.c reads the other lines, collect.c
 * and emails.c find the values, digest.c hashes them.  The engine confirms and
 * weighs a hit; nothing here judges a zone.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "plugins/hashbl/hashbl.h"
#include "plugins/hostname.h"

static const struct tare_plugin plugin;

#define TYPE_A 1
#define OPTIONS_DEFAULT "sha1/max=10/shuffle"
#define EMAIL_OPTIONS_DEFAULT "sha1/notag/noquote/max=10/shuffle"
#define EMAIL_SOURCES_DEFAULT "ALLFROM/Reply-To/body"

/* ---- rules ---- */

static const char *
arg(const struct tare_call *call, size_t i, const char *absent)
{
	return i < call->nargs && call->args[i][0] != '\0' ? call->args[i] :
	    absent;
}

/*
 * LIST or LIST/TYPE.  /TXT is accepted and asked for as A: only the address
 * shows a broken list.
 */
static struct tare_slice
list_name(const char *text)
{
	struct tare_slice s = text_of(text);

	if (text_ends_nocase(s, text_of("/A")))
		s.n -= 2;
	else if (text_ends_nocase(s, text_of("/TXT")))
		s.n -= 4;
	return s;
}

static bool
is_hashed(const double *opt)
{
	return opt[HASHBL_SHA256] != 0 || opt[HASHBL_SHA1] != 0 ||
	    opt[HASHBL_MD5] != 0;
}

/* Controls are made in the shape of the list's names. */
static enum tare_zone_kind
kind_of(const double *opt)
{
	if (is_hashed(opt))
		return TARE_ZONE_HASH;
	if (opt[HASHBL_REVIP] != 0)
		return TARE_ZONE_IP;
	return opt[HASHBL_HOST] != 0 || opt[HASHBL_DOMAIN] != 0 ||
	    opt[HASHBL_FQDN] != 0 ? TARE_ZONE_DOMAIN : TARE_ZONE_HASH;
}

/* The sub-test is a regex without delimiters, whatever it looks like. */
static const struct tare_subtest *
read_subtest(struct tare_setup *setup, const struct hashbl_rule *r,
    const char *text, struct tare_err *e)
{
	char *whole = tare_setup_alloc(setup, strlen(text) + sizeof("m{}"));

	sprintf(whole, "m{%s}", text);
	return tare_subtest_new(setup, r->zone, r->id, TARE_SUBTEST_ASKDNS,
	    whole, e);
}

/* List and options are the first two arguments; the sub-test is at `sub`. */
static struct hashbl_rule *
new_rule(struct tare_setup *setup, const struct tare_call *call, size_t sub,
    const char *options, struct tare_err *e)
{
	struct hashbl_rule *r = tare_setup_alloc(setup, sizeof(*r));

	r->context = call->plugin;
	r->id = call->rule;
	r->on = call->on;
	if (call->nargs == 0) {
		tare_fail(e, "the name of a list is wanted");
		return NULL;
	}
	hashbl_read_options(arg(call, 1, options), r->opt);
	r->zone = tare_zone_open(setup, list_name(call->args[0]),
	    kind_of(r->opt));
	if (r->zone == NULL) {
		tare_fail(e, "'%s' cannot be a zone, or there are too many",
		    call->args[0]);
		return NULL;
	}
	r->subtest = read_subtest(setup, r, arg(call, sub, "^127\\."), e);
	return r->subtest != NULL ? r : NULL;
}

static int
prepare_matches(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	const char *regex = arg(call, 2, NULL);
	struct hashbl_rule *r;

	if (regex == NULL || (call->on != TARE_ON_BODY &&
	    call->on != TARE_ON_RAWBODY)) {
		tare_fail(e, "a body or rawbody rule and, as third argument, "
		    "a regex are wanted");
		return -1;
	}
	r = new_rule(setup, call, 3, OPTIONS_DEFAULT, e);
	if (r == NULL)
		return -1;
	r->collect = hashbl_matches;
	r->regex = hashbl_regex(setup, text_of(regex), e);
	*prepared_r = r;
	return r->regex != NULL ? 0 : -1;
}

static int
set_acl(struct hashbl_rule *r, const char *name, struct tare_err *e)
{
	r->with_acl = name != NULL;
	if (name == NULL || strcmp(name, "all") == 0)
		return 0;
	r->acl = names_get(r->context->acls, text_of(name));
	if (r->acl != NULL)
		return 0;
	tare_fail(e, "there is no line hashbl_acl_%s", name);
	return -1;
}

static int
prepare_emails(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	struct hashbl_rule *r = new_rule(setup, call, 3,
	    EMAIL_OPTIONS_DEFAULT, e);

	if (r == NULL)
		return -1;
	r->collect = hashbl_emails;
	r->from = arg(call, 2, EMAIL_SOURCES_DEFAULT);
	*prepared_r = r;
	return set_acl(r, arg(call, 4, NULL), e);
}

/* "_lastexternalhelo_" is LASTEXTERNALHELO. */
static int
prepare_tag(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	struct tare_slice name = text_of(arg(call, 2, ""));
	struct hashbl_rule *r;
	char *tag;

	if (name.n > 2 && name.p[0] == '_' && name.p[name.n - 1] == '_')
		name = text_sub(name, 1, name.n - 1);
	if (name.n == 0) {
		tare_fail(e, "a tag is wanted as the third argument");
		return -1;
	}
	r = new_rule(setup, call, 3, OPTIONS_DEFAULT, e);
	if (r == NULL)
		return -1;
	tag = tare_setup_strdup(setup, name);
	for (char *p = tag; *p != '\0'; p++)
		*p = text_is_letter(*p) ? (char)(*p & ~0x20) : *p;
	r->tag = tag;
	r->collect = hashbl_tag;
	*prepared_r = r;
	return 0;
}

static int
prepare_hashes(struct tare_setup *setup, const struct tare_call *call,
    hashbl_collect *collect, void **prepared_r, struct tare_err *e)
{
	struct hashbl_rule *r = new_rule(setup, call, 2, OPTIONS_DEFAULT, e);

	if (r == NULL)
		return -1;
	if (r->opt[HASHBL_RAW] != 0) {
		tare_fail(e, "these values cannot be asked for raw");
		return -1;
	}
	r->collect = collect;
	*prepared_r = r;
	return 0;
}

static int
prepare_uris(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	return prepare_hashes(setup, call, hashbl_uris, prepared_r, e);
}

static int
prepare_attachments(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	if (prepare_hashes(setup, call, hashbl_attachments, prepared_r,
	    e) == -1)
		return -1;
	((struct hashbl_rule *)*prepared_r)->hashed = true;
	return 0;
}

/* ---- which of too many ---- */

struct candidate {
	uint64_t order;
	struct tare_slice value;
};

static int
by_order(const void *pa, const void *pb)
{
	const struct candidate *a = pa, *b = pb;

	return a->order < b->order ? -1 : a->order > b->order;
}

/*
 * Option shuffle: a sender must not decide by order which ones are asked for.
 * By a hash instead of chance, so the same mail always asks the same.
 */
static void
shuffle(struct tare_msg *m, struct hashbl_values *values)
{
	struct candidate *v = tare_alloc(m, values->n * sizeof(*v));

	for (size_t i = 0; i < values->n; i++) {
		v[i].value = values->v[i];
		v[i].order = 14695981039346656037u;
		for (size_t k = 0; k < values->v[i].n; k++)
			v[i].order = (v[i].order ^
			    (unsigned char)values->v[i].p[k]) *
			    1099511628211u;
	}
	qsort(v, values->n, sizeof(*v), by_order);
	for (size_t i = 0; i < values->n; i++)
		values->v[i] = v[i].value;
}

/* ---- one message ---- */

struct asked {
	const struct hashbl_rule *rule;
	struct questions *of;
};

static void
on_listing(struct tare_msg *m, const struct tare_listing *l, void *arg_)
{
	const struct asked *a = arg_;
	struct in_addr code = { 0 };

	if (questions_fits(a->rule->subtest, l, &code))
		questions_hit(m, a->of, a->rule->zone, code, l->qname);
	questions_conclude(m, a->of, questions_tells(l));
}

/* The name to ask for; false: there is none, or it is to be ignored. */
static bool
key_of(const struct hashbl_rule *r, struct tare_slice value,
    char key[HASHBL_KEY_BYTES])
{
	const struct names *ignore = r->context->ignore;

	if (r->hashed) {
		memcpy(key, value.p, value.n);
		key[value.n] = '\0';
	} else if (hashbl_has(ignore, value) ||
	    !hashbl_digest(r->opt, value, key)) {
		return false;
	}
	return !hashbl_has(ignore, text_of(key));
}

/* With the list's name it must be one that DNS can be asked for. */
static bool
is_askable(const struct hashbl_rule *r, const char *key)
{
	char name[2 * HASHBL_KEY_BYTES];

	return snprintf(name, sizeof(name), "%s.%s", key,
	    tare_zone_name(r->zone)) < (int)sizeof(name) &&
	    hostname_valid(text_of(name));
}

static enum tare_answer
run(struct tare_msg *m, const struct tare_call *call)
{
	const struct hashbl_rule *r = call->prepared;
	struct hashbl_values *values = tare_state(m, &plugin);
	struct questions *q = tare_alloc(m, sizeof(*q));
	char key[HASHBL_KEY_BYTES];

	if (!tare_net(m))
		return TARE_UNKNOWN;
	q->rule = r->id;
	values->n = 0;
	r->collect(m, r, values);
	if (r->opt[HASHBL_SHUFFLE] != 0 &&
	    (double)values->n > r->opt[HASHBL_MAX])
		shuffle(m, values);
	for (size_t i = 0; i < values->n &&
	    (double)i < r->opt[HASHBL_MAX]; i++) {
		struct asked *a = tare_alloc(m, sizeof(*a));

		if (!key_of(r, values->v[i], key) || !is_askable(r, key))
			continue;
		a->rule = r;
		a->of = q;
		questions_count(q, tare_list_ask(m, r->zone, key, TYPE_A,
		    on_listing, a));
	}
	return questions_answer(q);
}

/* ---- the tables ---- */

static const struct tare_directive directives[] = {
	{ "hashbl_ignore", hashbl_on_ignore,
	    "VALUE…: these, or values with these hashes, are not asked for." },
	{ "hashbl_email_domain_alias", hashbl_on_alias,
	    "DOMAIN ALIAS…: addresses at an alias are at the domain." },
	{ "hashbl_acl_*", hashbl_on_acl,
	    "DOMAIN… !DOMAIN…: the access list of that name." },
	{ "uridnsbl_skip_domain", hashbl_on_skip,
	    "DOMAIN…: these are not asked about." },
	{ "clear_uridnsbl_skip_domain", hashbl_on_clear_skip,
	    "[DOMAIN…]: ask about these again; without a name, all." },
	{ 0 }
};

static const struct tare_setting settings[] = {
	{ "hashbl_email_regex", TARE_TEXT, "", 0, 0,
	    "What an address looks like; _TLDS_ is any public one." },
	{ "hashbl_email_welcomelist", TARE_TEXT, "", 0, 0,
	    "Addresses that are not asked about; roles by default." },
	{ "hashbl_email_whitelist", TARE_ALIAS, "hashbl_email_welcomelist",
	    0, 0, "Older name of hashbl_email_welcomelist." },
	{ 0 }
};

static const struct tare_eval evals[] = {
	{ "check_hashbl_emails", "1 5", TARE_DNS | TARE_HEADERS | TARE_BODY |
	    TARE_URIS, run, prepare_emails,
	    "(list[, options[, sources[, regex[, acl]]]]): an address is." },
	{ "check_hashbl_uris", "1 3", TARE_DNS | TARE_URIS, run,
	    prepare_uris, "(list[, options[, regex]]): a link is." },
	{ "check_hashbl_bodyre", "3 4", TARE_DNS | TARE_BODY | TARE_RAWBODY,
	    run, prepare_matches, "(list, options, regex[, regex]): what "
	    "group 1 of the regex finds is." },
	{ "check_hashbl_tag", "3 4", TARE_DNS | TARE_RELAYS | TARE_HEADERS,
	    run, prepare_tag,
	    "(list, options, tag[, regex]): a value of the tag is." },
	{ "check_hashbl_attachments", "1 3", TARE_DNS | TARE_MIME, run,
	    prepare_attachments,
	    "(list[, options[, regex]]): a part of the message is." },
	{ 0 }
};

static const char *const stands_for[] = { "HashBL", NULL };
static const char *const can[] = {
	"HashBL::has_hashbl_bodyre", "HashBL::has_hashbl_bodyre_num",
	"HashBL::has_hashbl_emails", "HashBL::has_hashbl_uris",
	"HashBL::has_hashbl_ignore", "HashBL::has_hashbl_email_regex",
	"HashBL::has_hashbl_email_welcomelist",
	"HashBL::has_hashbl_email_whitelist", "HashBL::has_hashbl_tag",
	"HashBL::has_hashbl_sha256", "HashBL::has_hashbl_attachments",
	"HashBL::has_hashbl_email_domain",
	"HashBL::has_hashbl_email_domain_alias", NULL
};

static const struct tare_plugin plugin = {
	.abi = TARE_ABI, .size = sizeof(plugin),
	.name = "hashbl", .version = "1",
	.summary = "Addresses, links and numbers on lists of hashes.",
	.stands_for = stands_for, .can = can, .settings = settings,
	.directives = directives, .evals = evals,
	.msg_size = sizeof(struct hashbl_values),	/* scratch */
	.load = hashbl_load, .ready = hashbl_ready,
};

TARE_PLUGIN(plugin);

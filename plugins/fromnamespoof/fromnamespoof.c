/*
 * fromnamespoof - does From show another address than it has?  Stands for
 * FromNameSpoof, and is there only when a loadplugin line names it.
 *
 * Many programs show a reader the display name alone: "boss@example.com"
 * <x@elsewhere.example> is mail from the boss to him.  One look at the header
 * (names.c) answers all evals, with the meaning they have in SpamAssassin
 * 4.0.1; addresses of one owner (owners.c) are no forgery.
 */
#include "config.h"

#include "plugins/fromnamespoof/fromnamespoof.h"

static const struct tare_plugin plugin;

static const struct spoof_facts *
facts(struct tare_msg *m, const struct tare_call *call)
{
	return spoof_facts_get(m, call->plugin, tare_state(m, &plugin));
}

#define FACT(eval, member)						\
static enum tare_answer							\
eval(struct tare_msg *m, const struct tare_call *call)			\
{									\
	return eval_answer(facts(m, call)->member);			\
}

FACT(check_fromname_different, different)
FACT(check_fromname_domain_differ, domain_differs)
FACT(check_fromname_owners_differ, owner_differs)
FACT(check_fromname_contains_email, contains_email)
FACT(check_fromname_equals_to, equals_to)
FACT(check_fromname_equals_replyto, equals_replyto)

/* fns_check, or what the rule says instead. */
static unsigned
level(struct tare_msg *m, const struct tare_call *call)
{
	const char *text = eval_text(call, 0);

	if (text[0] >= '0' && text[0] <= '2' && text[1] == '\0')
		return (unsigned)(text[0] - '0');
	return (unsigned)tare_conf_num(m, "fns_check");
}

static enum tare_answer
check_fromname_spoof(struct tare_msg *m, const struct tare_call *call)
{
	const struct spoof_facts *f = facts(m, call);
	const bool hits[] = { true, f->owner_differs, f->domain_differs };

	return eval_answer(f->different && hits[level(m, call)]);
}

/* An address as people write it: no quotes, a dot in the domain. */
#define ADDRESS "/\\b([\\w.!#$%&'*+\\/=?^_`{|}~-]+\\@"			\
	"\\w[\\w-]*\\.\\w[\\w.-]++)\\b/i"

static int
load(struct tare_setup *setup, void **plugin_r, struct tare_err *e)
{
	struct spoof_context *c = tare_setup_alloc(setup, sizeof(*c));

	*plugin_r = c;
	c->address = tare_regex_new(setup, ADDRESS, e);
	return c->address != NULL ? 0 : -1;
}

static const struct tare_setting settings[] = {
	{ "fns_check", TARE_INT, "1", 0, 2, "what check_fromname_spoof() "
	    "wants to differ: 0 the address, 1 also the owner, 2 also the "
	    "domain" },
	{ "fns_extrachars", TARE_NUM, "50", 0, 10000, "a name may have so "
	    "many characters beside its address" },
	{ "fns_ignore_headers", TARE_LIST, "", 0, 0, "no answer for messages "
	    "with one of these headers" },
	{ "fns_ignore_dkim", TARE_IGNORED, "signatures are not checked yet",
	    0, 0, "" },
	{ 0 }
};

static const struct tare_directive directives[] = {
	{ "fns_add_addrlist", spoof_owner_add,
	    "(OWNER) ADDRESS…: these are of one owner" },
	{ "fns_remove_addrlist", spoof_owner_remove,
	    "(OWNER) ADDRESS…: not these" },
	{ 0 }
};

static const struct tare_eval evals[] = {
	{ "check_fromname_spoof", "0 1", TARE_HEADERS, check_fromname_spoof,
	    NULL, "From shows an address that is not the sender's." },
	{ "check_fromname_different", "0 0", TARE_HEADERS,
	    check_fromname_different, NULL, "From shows another address." },
	{ "check_fromname_domain_differ", "0 0", TARE_HEADERS,
	    check_fromname_domain_differ, NULL,
	    "From shows an address of another domain." },
	{ "check_fromname_owners_differ", "0 0", TARE_HEADERS,
	    check_fromname_owners_differ, NULL,
	    "From shows an address of another owner." },
	{ "check_fromname_contains_email", "0 0", TARE_HEADERS,
	    check_fromname_contains_email, NULL,
	    "From shows an address as a name." },
	{ "check_fromname_equals_to", "0 0", TARE_HEADERS,
	    check_fromname_equals_to, NULL,
	    "From shows the address of a recipient." },
	{ "check_fromname_equals_replyto", "0 0", TARE_HEADERS,
	    check_fromname_equals_replyto, NULL,
	    "From shows the address of Reply-To." },
	{ 0 }
};

static const char *const stands_for[] = { "FromNameSpoof", NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI,
	.size = sizeof(struct tare_plugin),
	.name = "fromnamespoof",
	.version = "1",
	.summary = "Addresses shown as names",
	.stands_for = stands_for,
	.optional = true,
	.settings = settings,
	.directives = directives,
	.evals = evals,
	.msg_size = sizeof(struct spoof_facts),
	.load = load,
};

TARE_PLUGIN(plugin);

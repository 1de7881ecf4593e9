/*
 * freemail - addresses at free mail providers.  Stands for FreeMail.
 *
 * Who writes from one free address and wants the answer at another is rarely
 * honest.  `freemail_domains` lines name the providers; the evals look at
 * senders, at any address field, and at the addresses in the text.
 *
 * Here rules are decided and the plugin is described; lines.c reads the lines,
 * address.c knows what a freemail address is, body.c finds those of the text
 * and, as SpamAssassin does, changes body lines on the way.
 */
#include "config.h"

#include <stdio.h>

#include "plugins/freemail/freemail.h"
#include "plugins/text.h"

static const struct tare_plugin plugin;

struct freemail_message *
freemail_state(struct tare_msg *m)
{
	return tare_state(m, &plugin);
}

/* ---- rules ---- */

/* Argument at, a regex without delimiters, if there is one. */
static int
prepare_regex(struct tare_setup *setup, const struct tare_call *call,
    size_t at, void **prepared_r, struct tare_err *e)
{
	char *text;

	if (call->nargs <= at)
		return 0;
	text = tare_setup_alloc(setup, strlen(call->args[at]) + sizeof("m{}"));
	sprintf(text, "m{%s}", call->args[at]);
	*prepared_r = tare_regex_new(setup, text, e);
	return *prepared_r != NULL ? 0 : -1;
}

static int
prepare_first(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	return prepare_regex(setup, call, 0, prepared_r, e);
}

static int
prepare_header(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	if (call->nargs == 0) {
		tare_fail(e, "the name of a field is wanted");
		return -1;
	}
	return prepare_regex(setup, call, 1, prepared_r, e);
}

static int
prepare_replyto(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	if (call->nargs > 0 && strcmp(call->args[0], "replyto") != 0 &&
	    strcmp(call->args[0], "reply") != 0) {
		tare_fail(e, "'%s': replyto or reply is wanted",
		    call->args[0]);
		return -1;
	}
	return 0;
}

static bool
available(const struct freemail_context *c)
{
	return names_count(c->domains) > 0 || c->wildcards != NULL;
}

/* Is one of v a freemail address that the rule's regex fits? */
static enum tare_answer
any(struct tare_msg *m, const struct tare_call *call,
    const struct tare_slice *v, size_t n)
{
	const struct tare_regex *re = call->prepared;

	for (size_t i = 0; i < n; i++) {
		if (freemail_is(m, call->plugin, v[i]) && (re == NULL ||
		    tare_regex_match(m, re, v[i], 0, NULL, 0)))
			return TARE_HIT;
	}
	return TARE_MISS;
}

static enum tare_answer
run_from(struct tare_msg *m, const struct tare_call *call)
{
	size_t n;
	const struct tare_slice *from = tare_all_from(m, &n);
	struct tare_slice *v = tare_alloc(m, (n + 1) * sizeof(*v));

	if (!available(call->plugin))
		return TARE_MISS;
	for (size_t i = 0; i < n; i++)
		v[i] = freemail_lower(m, from[i]);
	return any(m, call, v, n);
}

static enum tare_answer
run_header(struct tare_msg *m, const struct tare_call *call)
{
	const struct tare_slice *v;
	char request[256];
	size_t n;

	if (!available(call->plugin) || snprintf(request, sizeof(request),
	    "%s:addr", call->args[0]) >= (int)sizeof(request))
		return TARE_MISS;
	v = freemail_addresses(m, request, &n);
	return any(m, call, v, n);
}

static enum tare_answer
run_body(struct tare_msg *m, const struct tare_call *call)
{
	const struct freemail_list *found = &freemail_state(m)->found;

	if (!available(call->plugin) || !freemail_scan(m, call->plugin))
		return TARE_MISS;
	return any(m, call, found->v, found->n);
}

/* ---- where the answer goes ---- */

struct addresses {
	const struct tare_slice *v;
	size_t n;
	bool free;			/* one of them is a freemail address */
};

static struct addresses
addresses(struct tare_msg *m, const struct tare_call *call,
    const char *request)
{
	struct addresses a = { .free = false };

	a.v = freemail_addresses(m, request, &a.n);
	for (size_t i = 0; i < a.n; i++)
		a.free = a.free || freemail_is(m, call->plugin, a.v[i]);
	return a;
}

static bool
have_common(const struct addresses *a, const struct addresses *b)
{
	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = 0; k < b->n; k++) {
			if (text_same(a->v[i], b->v[k]))
				return true;
		}
	}
	return false;
}

/* Is a freemail address of the text another one than one of a? */
static bool
body_differs(struct tare_msg *m, const struct addresses *a)
{
	const struct freemail_list *found = &freemail_state(m)->found;

	for (size_t i = 0; i < found->n; i++) {
		for (size_t k = 0; k < a->n; k++) {
			if (!text_same(found->v[i], a->v[k]))
				return true;
		}
	}
	return false;
}

static bool
is_bulk(struct tare_msg *m, const struct freemail_context *c)
{
	struct tare_slice sender;

	return tare_conf_num(m, "freemail_skip_bulk_envfrom") != 0 &&
	    tare_header(m, "EnvelopeFrom", &sender) &&
	    tare_regex_match(m, c->bulk, sender, 0, NULL, 0);
}

static enum tare_answer
run_replyto(struct tare_msg *m, const struct tare_call *call)
{
	bool reply = call->nargs > 0 && strcmp(call->args[0], "reply") == 0;
	const struct freemail_context *c = call->plugin;
	struct addresses from, to;

	if (!available(c) || is_bulk(m, c))
		return TARE_MISS;
	from = addresses(m, call, "From:addr");
	to = addresses(m, call, "Reply-To:addr");
	if (from.free && to.free && !have_common(&from, &to))
		return TARE_HIT;
	if (reply ? (to.n > 0 && !to.free) || !from.free : !to.free)
		return TARE_MISS;
	if (!freemail_scan(m, c))
		return TARE_MISS;
	return body_differs(m, !reply || to.free ? &to : &from) ? TARE_HIT :
	    TARE_MISS;
}

/* ---- the tables ---- */

static const struct tare_directive directives[] = {
	{ "freemail_domains", freemail_on_domains,
	    "DOMAIN…: free mail providers; * and ? are allowed." },
	{ "freemail_welcomelist", freemail_on_welcome,
	    "ADDRESS or DOMAIN…: not freemail, whatever their domain." },
	{ "freemail_whitelist", freemail_on_welcome,
	    "Older name of freemail_welcomelist." },
	{ 0 }
};

static const struct tare_setting settings[] = {
	{ "freemail_max_body_emails", TARE_INT, "5", 0, 1000,
	    "With so many addresses in the text none of them counts." },
	{ "freemail_max_body_freemails", TARE_INT, "3", 0, 1000,
	    "The same, for freemail addresses." },
	{ "freemail_skip_when_over_max", TARE_BOOL, "1", 0, 0,
	    "0: the two numbers above have no effect." },
	{ "freemail_skip_bulk_envfrom", TARE_BOOL, "1", 0, 0,
	    "check_freemail_replyto leaves lists and bounces alone." },
	{ "freemail_import_welcomelist_auth", TARE_BOOL, "0", 0, 0,
	    "Senders in welcomelist_auth are not freemail." },
	{ "freemail_import_whitelist_auth", TARE_ALIAS,
	    "freemail_import_welcomelist_auth", 0, 0,
	    "Older name of freemail_import_welcomelist_auth." },
	{ "freemail_import_def_welcomelist_auth", TARE_BOOL, "0", 0, 0,
	    "Senders in def_welcomelist_auth are not freemail." },
	{ "freemail_import_def_whitelist_auth", TARE_ALIAS,
	    "freemail_import_def_welcomelist_auth", 0, 0,
	    "Older name of freemail_import_def_welcomelist_auth." },
	{ "freemail_add_describe_email", TARE_IGNORED, NULL, 0, 0,
	    "Reports do not name the address that hit." },
	{ 0 }
};

static const struct tare_eval evals[] = {
	{ "check_freemail_from", "0 1", TARE_HEADERS, run_from,
	    prepare_first, "([regex]): a sender address is freemail." },
	{ "check_freemail_header", "1 2", TARE_HEADERS, run_header,
	    prepare_header, "(field[, regex]): an address of the field is." },
	{ "check_freemail_body", "0 1", TARE_BODY | TARE_URIS | TARE_EDITS,
	    run_body, prepare_first, "([regex]): one of the text is." },
	{ "check_freemail_replyto", "0 1", TARE_HEADERS | TARE_BODY |
	    TARE_URIS | TARE_EDITS, run_replyto, prepare_replyto,
	    "([replyto|reply]): the answer goes to another freemail "
	    "address." },
	{ 0 }
};

static const char *const stands_for[] = { "FreeMail", NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI, .size = sizeof(plugin),
	.name = "freemail", .version = "1",
	.summary = "Addresses at free mail providers.",
	.stands_for = stands_for, .settings = settings,
	.directives = directives, .evals = evals,
	.msg_size = sizeof(struct freemail_message),
	.load = freemail_load, .ready = freemail_ready,
};

TARE_PLUGIN(plugin);

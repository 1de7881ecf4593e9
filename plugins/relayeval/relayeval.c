/*
 * relayeval - do the Received lines fit together?  Stands for RelayEval.
 *
 * The evals look at the relays that the engine read from the Received lines,
 * nearest first; most of them only at the untrusted ones, whose lines the
 * sender may have made up.  trail.c compares neighbours, here each relay is
 * looked at for itself.
 *
 * The answers are those of SpamAssassin 4.0.1, oddities included
 * (reference/sa-compat.md 3.3): only the last public relay decides
 * check_for_no_rdns_dotcom_helo, for one.
 *
 * Limits: the engine reads LIMIT_RECEIVED lines; every loop is linear in the
 * relays and their names.
 */
#include "config.h"

#include <stdio.h>

#include "plugins/relayeval/relayeval.h"

/* What load returns. */
struct context {
	struct tare_regex *ip_as_helo;
};

static const struct tare_plugin plugin;

static const struct relay_trail *
trail_of(struct tare_msg *m)
{
	struct relay_trail *t = tare_state(m, &plugin);
	size_t n, n_internal;

	if (t->known)
		return t;
	t->known = true;
	t->untrusted = tare_relays(m, &n, &t->n_trusted, &n_internal,
	    &t->n_unparseable);
	t->untrusted += t->n_trusted;
	t->n_untrusted = n - t->n_trusted;
	trail_read(t);
	return t;
}

/* ---- neighbours ---- */

static enum tare_answer
check_for_forged_received_trail(struct tare_msg *m,
    const struct tare_call *call)
{
	return eval_answer(trail_of(m)->names_differ > 1);
}

static enum tare_answer
check_for_forged_received_ip_helo(struct tare_msg *m,
    const struct tare_call *call)
{
	return eval_answer(trail_of(m)->ips_differ > 0);
}

/* ---- one relay ---- */

static enum tare_answer
helo_ip_mismatch(struct tare_msg *m, const struct tare_call *call)
{
	const struct relay_trail *t = trail_of(m);

	for (size_t i = 0; i < t->n_untrusted; i++) {
		const struct tare_relay *r = &t->untrusted[i];

		if (ip_is_public(r->helo) && ip_is_public(r->ip) &&
		    !text_same(ip_labels(r->helo, 3),
		    ip_labels(r->ip, 3)))
			return TARE_HIT;
	}
	return TARE_MISS;
}

/* host is, or ends in a dot and, one of the big mailers of 2003. */
static bool
is_big_mailer(struct tare_slice host)
{
	static const char *const domains[] = { "lycos.com", "lycos.co.uk",
		"hotmail.com", "localhost.com", "excite.com", "caramail.com",
		"cs.com", "aol.com", "msn.com", "yahoo.com", "drizzle.com" };

	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		struct tare_slice d = text_of(domains[i]);

		if (text_ends_nocase(host, d) && (host.n == d.n ||
		    host.p[host.n - d.n - 1] == '.'))
			return true;
	}
	return false;
}

/* Each public relay overrules the ones before: the oldest decides. */
static enum tare_answer
check_for_no_rdns_dotcom_helo(struct tare_msg *m, const struct tare_call *call)
{
	const struct relay_trail *t = trail_of(m);
	bool hit = false;

	for (size_t i = 0; i < t->n_untrusted; i++) {
		const struct tare_relay *r = &t->untrusted[i];

		if (!r->ip_private)
			hit = r->no_reverse_dns && is_big_mailer(r->helo);
	}
	return eval_answer(hit);
}

/* Its name tells the reverse of what it has always done: see README.md. */
static enum tare_answer
check_for_sender_no_reverse(struct tare_msg *m, const struct tare_call *call)
{
	const struct relay_trail *t = trail_of(m);
	const struct tare_relay *oldest;

	if (t->n_untrusted == 0)
		return TARE_MISS;
	oldest = &t->untrusted[t->n_untrusted - 1];
	return eval_answer(text_find(oldest->rdns, '.') < oldest->rdns.n &&
	    !oldest->ip_private);
}

/*
 * SpamAssassin means public addresses, but loses the address before it looks
 * whether it is one: with `compat 1` private ones hit, too.
 */
static enum tare_answer
check_for_numeric_helo(struct tare_msg *m, const struct tare_call *call)
{
	const struct context *c = call->plugin;
	struct tare_slice relays;
	size_t span[4];

	return eval_answer(tare_header(m, "X-Spam-Relays-Untrusted", &relays) &&
	    tare_regex_match(m, c->ip_as_helo, relays, 0, span, 2) &&
	    (tare_conf_num(m, "compat") != 0 ||
	    !ip_is_private(text_sub(relays, span[2], span[3]))));
}

static enum tare_answer
check_for_illegal_ip(struct tare_msg *m, const struct tare_call *call)
{
	return TARE_MISS;
}

/* ---- how many ---- */

static enum tare_answer
check_all_trusted(struct tare_msg *m, const struct tare_call *call)
{
	const struct relay_trail *t = trail_of(m);

	return eval_answer(t->n_trusted > 0 && t->n_untrusted == 0 &&
	    t->n_unparseable == 0);
}

static enum tare_answer
check_no_relays(struct tare_msg *m, const struct tare_call *call)
{
	const struct relay_trail *t = trail_of(m);

	return eval_answer(t->n_trusted == 0 && t->n_untrusted == 0 &&
	    t->n_unparseable == 0);
}

static enum tare_answer
check_relays_unparseable(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer(trail_of(m)->n_unparseable > 0);
}

/* ---- the domain of From ---- */

/* The arguments of check_for_from_domain_in_received_headers. */
struct from_domain {
	struct tare_regex *in_relays;
	struct tare_slice domain;
	bool wanted;		/* a hit if it is there; else if not */
};

/* The domain is taken as a regex in the relays and as text in From. */
static int
prepare_from_domain(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	struct from_domain *f = tare_setup_alloc(setup, sizeof(*f));
	char text[512];
	int n;

	if (call->nargs < 2) {
		tare_fail(e, "a domain and 'true' or 'false' are wanted");
		return -1;
	}
	n = snprintf(text, sizeof(text),
	    "m! rdns=\\S*\\b%s [^\\]]*by=\\S*\\b%s !", call->args[0],
	    call->args[0]);
	if (n < 0 || (size_t)n >= sizeof(text)) {
		tare_fail(e, "domain '%.40s…' is too long", call->args[0]);
		return -1;
	}
	f->in_relays = tare_regex_new(setup, text, e);
	f->domain = text_of(call->args[0]);
	f->wanted = strcmp(call->args[1], "true") == 0;
	*prepared_r = f;
	return f->in_relays != NULL ? 0 : -1;
}

/* Somewhere in text, beginning where a word begins (or ends, if the first
 * character of what is no word character). */
static bool
has_at_boundary(struct tare_slice text, struct tare_slice what)
{
	for (size_t i = 0; i + what.n <= text.n; i++) {
		bool before = i > 0 && text_is_word(text.p[i - 1]);
		bool after = i < text.n && text_is_word(text.p[i]);

		if (before != after && text_same_nocase(text_sub(text, i,
		    i + what.n), what))
			return true;
	}
	return false;
}

static enum tare_answer
check_for_from_domain_in_received_headers(struct tare_msg *m,
    const struct tare_call *call)
{
	static const char *const which[] = { "X-Spam-Relays-Trusted",
		"X-Spam-Relays-Untrusted" };
	const struct from_domain *f = call->prepared;
	bool found = false;
	size_t n;
	const struct tare_slice *from = tare_header_all(m, "From:addr", &n);

	if (n == 0 || !has_at_boundary(from[0], f->domain))
		return TARE_MISS;
	for (size_t i = 0; i < 2 && !found; i++) {
		struct tare_slice relays;

		found = tare_header(m, which[i], &relays) &&
		    tare_regex_match(m, f->in_relays, relays, 0, NULL, 0);
	}
	return eval_answer(found == f->wanted);
}

/* ---- the plugin ---- */

static int
load(struct tare_setup *setup, void **plugin_r, struct tare_err *e)
{
	struct context *c = tare_setup_alloc(setup, sizeof(*c));

#define OCTET "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)"
	c->ip_as_helo = tare_regex_new(setup, "/\\bhelo=(" OCTET "(?:\\."
	    OCTET "){3}\\b)(?=[\\x00-\\x20,;\\[()<>]|\\z)/i", e);
#undef OCTET
	*plugin_r = c;
	return c->ip_as_helo != NULL ? 0 : -1;
}

#define EVAL(function, arguments, what) { .name = #function,		\
	.args = arguments, .views = TARE_RELAYS, .run = function,	\
	.help = what }

static const struct tare_eval evals[] = {
	EVAL(check_all_trusted, "", "Every relay is trusted."),
	EVAL(check_no_relays, "", "There is no Received line."),
	EVAL(check_relays_unparseable, "",
	    "A Received line could not be read."),
	EVAL(check_for_forged_received_trail, "",
	    "Two relays or more call themselves what the next did not see."),
	EVAL(check_for_forged_received_ip_helo, "",
	    "A relay said HELO with an address of another network."),
	EVAL(helo_ip_mismatch, "",
	    "A relay said HELO with a public address that is not its own."),
	EVAL(check_for_numeric_helo, "",
	    "A relay said HELO with an address."),
	EVAL(check_for_no_rdns_dotcom_helo, "",
	    "The oldest relay claims to be a big mailer and has no name."),
	EVAL(check_for_sender_no_reverse, "",
	    "The oldest relay is public and has a name."),
	EVAL(check_for_illegal_ip, "", "Never hits."),
	{ .name = "check_for_from_domain_in_received_headers",
	    .args = "domain true|false", .views = TARE_RELAYS | TARE_HEADERS,
	    .run = check_for_from_domain_in_received_headers,
	    .prepare = prepare_from_domain,
	    .help = "From is in the domain and a relay is, or is not." },
	{ 0 }
};

static const char *const stands_for[] = { "RelayEval", NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI,
	.size = sizeof(struct tare_plugin),
	.name = "relayeval",
	.version = "1",
	.summary = "Contradictions between the Received lines of a message",
	.stands_for = stands_for,
	.evals = evals,
	.msg_size = sizeof(struct relay_trail),
	.load = load,
};

TARE_PLUGIN(plugin);

/*
 * wlbleval - is a sender, a recipient or a link on a list of this site?
 * Stands for WLBLEval.
 *
 * The lists are settings (welcomelist_from, enlist_addrlist …), read when the
 * rules that ask them are prepared.  addresses.c has lists of addresses,
 * relays.c those of senders that must come through a relay, hosts.c those of
 * hosts in links; here is which eval asks which list about what.
 *
 * Every eval that has "blocklist" or "welcomelist" in its name has an older
 * name that does the same.
 */
#include "config.h"

#include "plugins/wlbleval/wlbleval.h"

static const struct tare_plugin plugin;

/* ---- lines of lists ---- */

bool
wlbl_line(struct tare_slice line, const char *list,
    struct tare_slice *words_r)
{
	for (size_t i = 2; i + 1 < line.n && line.p[0] == '('; i++) {
		if (line.p[i] != ')' || !text_is_space(line.p[i + 1]))
			continue;
		*words_r = text_sub(line, i + 1, line.n);
		return text_same(text_sub(line, 1, i), text_of(list));
	}
	return false;
}

struct tare_slice
wlbl_lower(struct tare_setup *setup, struct tare_slice s)
{
	char *lower = tare_setup_strdup(setup, s);

	for (size_t i = 0; i < s.n; i++)
		lower[i] = text_lower(lower[i]);
	return (struct tare_slice){ lower, s.n };
}

/* ---- addresses ---- */

#define PREPARE_LIST(function, list)					\
static int								\
function(struct tare_setup *setup, const struct tare_call *call,	\
    void **prepared_r, struct tare_err *e)				\
{									\
	*prepared_r = (void *)(uintptr_t)address_list_named(setup,	\
	    call->plugin, (list));					\
	return 0;							\
}

PREPARE_LIST(prepare_blocklist_from, "blocklist_from")
PREPARE_LIST(prepare_blocklist_to, "blocklist_to")
PREPARE_LIST(prepare_welcomelist_to, "welcomelist_to")
PREPARE_LIST(prepare_more_spam_to, "more_spam_to")
PREPARE_LIST(prepare_all_spam_to, "all_spam_to")

static int
prepare_named(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	const struct address_list *l;

	if (call->nargs < 1) {
		tare_fail(e, "the name of a list is wanted");
		return -1;
	}
	l = address_list_named(setup, call->plugin, call->args[0]);
	if (address_list_is_unknown(l))
		tare_warn(setup, call->rule, "there is no list %s: write "
		    "enlist_addrlist (%s) ADDRESS", call->args[0],
		    call->args[0]);
	*prepared_r = (void *)(uintptr_t)l;
	return 0;
}

static enum tare_answer
any_in_list(struct tare_msg *m, const struct tare_call *call,
    const struct tare_slice *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (address_list_has(m, call->prepared, v[i]))
			return TARE_HIT;
	}
	return TARE_MISS;
}

static enum tare_answer
from_in_list(struct tare_msg *m, const struct tare_call *call)
{
	size_t n;
	const struct tare_slice *v = tare_all_from(m, &n);

	return any_in_list(m, call, v, n);
}

static enum tare_answer
to_in_list(struct tare_msg *m, const struct tare_call *call)
{
	size_t n;
	const struct tare_slice *v = tare_all_to(m, &n);

	return any_in_list(m, call, v, n);
}

/* The first address only. */
static enum tare_answer
replyto_in_list(struct tare_msg *m, const struct tare_call *call)
{
	size_t n;
	const struct tare_slice *v = tare_header_all(m, "Reply-To:addr", &n);

	return any_in_list(m, call, v, n > 0);
}

/* ---- senders and their relays ---- */

/* Per message: what the senders are to both lists. */
struct senders {
	bool known;
	enum sender_kind welcome, def_welcome;
};

static int
prepare_senders(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	struct wlbl_context *c = call->plugin;

	if (c->from != NULL)
		return 0;
	c->from = address_list_named(setup, c, "welcomelist_from");
	c->any_relay = address_list_named(setup, c,
	    "welcomelist_allows_relays");
	c->from_rcvd = relay_list_read(setup, "welcomelist_from_rcvd");
	c->def_from_rcvd = relay_list_read(setup,
	    "def_welcomelist_from_rcvd");
	return 0;
}

/* One that may use any relay is never a forgery. */
static enum sender_kind
judge(struct tare_msg *m, const struct wlbl_context *c,
    const struct relay_list *l, struct tare_slice address)
{
	enum sender_kind kind = relay_list_judge(m, l, address);

	return kind == SENDER_FORGED && address_list_has(m, c->any_relay,
	    address) ? SENDER_STRANGER : kind;
}

/* Of several senders a welcome one counts, else a forged one. */
static const struct senders *
senders_of(struct tare_msg *m, const struct tare_call *call)
{
	const struct wlbl_context *c = call->plugin;
	struct senders *s = tare_state(m, &plugin);
	const struct tare_slice *v;
	size_t n;

	if (s->known)
		return s;
	s->known = true;
	v = tare_all_from(m, &n);
	for (size_t i = 0; i < n; i++) {
		enum sender_kind kind = address_list_has(m, c->from, v[i]) ?
		    SENDER_WELCOME : judge(m, c, c->from_rcvd, v[i]);
		enum sender_kind def = judge(m, c, c->def_from_rcvd, v[i]);

		s->welcome = kind > s->welcome ? kind : s->welcome;
		s->def_welcome = def > s->def_welcome ? def : s->def_welcome;
	}
	return s;
}

static enum tare_answer
from_is_welcome(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer(senders_of(m, call)->welcome == SENDER_WELCOME);
}

static enum tare_answer
from_is_def_welcome(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer(senders_of(m, call)->def_welcome ==
	    SENDER_WELCOME);
}

static enum tare_answer
from_is_forged(struct tare_msg *m, const struct tare_call *call)
{
	const struct senders *s = senders_of(m, call);

	return eval_answer(s->welcome == SENDER_FORGED &&
	    s->def_welcome == SENDER_STRANGER);
}

static enum tare_answer
from_is_def_forged(struct tare_msg *m, const struct tare_call *call)
{
	const struct senders *s = senders_of(m, call);

	return eval_answer(s->def_welcome == SENDER_FORGED &&
	    s->welcome == SENDER_STRANGER);
}

/* ---- the plugin ---- */

static int
load(struct tare_setup *setup, void **plugin_r, struct tare_err *e)
{
	*plugin_r = tare_setup_alloc(setup, sizeof(struct wlbl_context));
	return 0;
}

#define EVAL(eval, arguments, view, runs, prepares, what) { .name = eval, \
	.args = arguments, .views = view, .run = runs,			\
	.prepare = prepares, .help = what }
#define ADDRESS(eval, runs, prepares, what)				\
	EVAL(eval, "", TARE_HEADERS, runs, prepares, what)
#define NAMED(eval, runs, what)						\
	EVAL(eval, "list", TARE_HEADERS, runs, prepare_named, what)
#define SENDER(eval, runs, what)					\
	EVAL(eval, "", TARE_HEADERS | TARE_RELAYS, runs,		\
	    prepare_senders, what)
#define HOST(eval, arguments, prepares, what)				\
	EVAL(eval, arguments, TARE_URIS, check_uri_host_listed, prepares, what)

static const struct tare_eval evals[] = {
	ADDRESS("check_from_in_blocklist", from_in_list,
	    prepare_blocklist_from, "A sender is in blocklist_from."),
	ADDRESS("check_from_in_blacklist", from_in_list,
	    prepare_blocklist_from, "Older name: check_from_in_blocklist."),
	ADDRESS("check_to_in_blocklist", to_in_list, prepare_blocklist_to,
	    "A recipient is in blocklist_to."),
	ADDRESS("check_to_in_blacklist", to_in_list, prepare_blocklist_to,
	    "Older name: check_to_in_blocklist."),
	ADDRESS("check_to_in_welcomelist", to_in_list, prepare_welcomelist_to,
	    "A recipient is in welcomelist_to."),
	ADDRESS("check_to_in_whitelist", to_in_list, prepare_welcomelist_to,
	    "Older name: check_to_in_welcomelist."),
	ADDRESS("check_to_in_more_spam", to_in_list, prepare_more_spam_to,
	    "A recipient is in more_spam_to."),
	ADDRESS("check_to_in_all_spam", to_in_list, prepare_all_spam_to,
	    "A recipient is in all_spam_to."),
	NAMED("check_from_in_list", from_in_list,
	    "A sender is in that enlist_addrlist list."),
	NAMED("check_to_in_list", to_in_list,
	    "A recipient is in that enlist_addrlist list."),
	NAMED("check_replyto_in_list", replyto_in_list,
	    "The first Reply-To is in that enlist_addrlist list."),
	SENDER("check_from_in_welcomelist", from_is_welcome,
	    "A sender is in welcomelist_from or …_rcvd."),
	SENDER("check_from_in_whitelist", from_is_welcome,
	    "Older name: check_from_in_welcomelist."),
	SENDER("check_forged_in_welcomelist", from_is_forged,
	    "A sender of welcomelist_from_rcvd with another relay."),
	SENDER("check_forged_in_whitelist", from_is_forged,
	    "Older name: check_forged_in_welcomelist."),
	SENDER("check_from_in_default_welcomelist", from_is_def_welcome,
	    "A sender is in def_welcomelist_from_rcvd."),
	SENDER("check_from_in_default_whitelist", from_is_def_welcome,
	    "Older name: check_from_in_default_welcomelist."),
	SENDER("check_forged_in_default_welcomelist", from_is_def_forged,
	    "A sender of def_welcomelist_from_rcvd with another relay."),
	SENDER("check_forged_in_default_whitelist", from_is_def_forged,
	    "Older name: check_forged_in_default_welcomelist."),
	EVAL("check_mailfrom_matches_rcvd", "", TARE_HEADERS | TARE_RELAYS,
	    check_mailfrom_matches_rcvd, NULL,
	    "The envelope's sender and the relay are of one domain."),
	HOST("check_uri_host_listed", "list", host_list_prepare,
	    "A link's host is in that enlist_uri_host list."),
	HOST("check_uri_host_in_blocklist", "", host_list_prepare_block,
	    "A link's host is in blocklist_uri_host."),
	HOST("check_uri_host_in_blacklist", "", host_list_prepare_block,
	    "Older name: check_uri_host_in_blocklist."),
	HOST("check_uri_host_in_welcomelist", "", host_list_prepare_welcome,
	    "A link's host is in welcomelist_uri_host."),
	HOST("check_uri_host_in_whitelist", "", host_list_prepare_welcome,
	    "Older name: check_uri_host_in_welcomelist."),
	{ 0 }
};

static const char *const stands_for[] = { "WLBLEval", NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI,
	.size = sizeof(struct tare_plugin),
	.name = "wlbleval",
	.version = "1",
	.summary = "Senders, recipients and links on lists of this site",
	.stands_for = stands_for,
	.evals = evals,
	.msg_size = sizeof(struct senders),
	.load = load,
};

TARE_PLUGIN(plugin);

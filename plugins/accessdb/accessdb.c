/*
 * accessdb - would the MTA's access map have refused this mail?  Stands for
 * AccessDB, and is there only when a loadplugin line names it.
 *
 * The map is read into memory with the rules (map.c), so what changes in it
 * counts after a reload; SpamAssassin opens the file for every message.  The
 * keys that are tried, and their order, are its (reference/sa-compat.md 3.3):
 * senders and their domains, then the relay that handed the mail to the
 * trusted ones.  OK ends the search; what refuses is a hit unless an OK
 * follows.
 *
 * A sender may write an address as long as he likes: what is longer than any
 * key is not looked up, so that parents of a domain cost nothing.
 */
#include "config.h"

#include "plugins/accessdb/accessdb.h"

struct search {
	struct tare_msg *msg;
	const struct access_map *map;
	bool refused, ended;
};

static void
look(struct search *s, struct tare_slice key)
{
	static const char *const tags[] = { "From:", "" };

	for (size_t i = 0; i < 2 && !s->ended; i++) {
		switch (access_map_get(s->map, text_of(tags[i]), key)) {
		case ACCESS_OK:
			s->refused = false;
			s->ended = true;
			break;
		case ACCESS_BAD:
			s->refused = true;
			break;
		case ACCESS_NONE:
			break;
		}
	}
}

/* The name, and what is left of it behind each dot. */
static void
look_with_parents(struct search *s, struct tare_slice name)
{
	size_t dot;

	look(s, name);
	while (!s->ended && (dot = text_find(name, '.')) < name.n) {
		name = text_sub(name, dot + 1, name.n);
		look(s, name);
	}
}

static void
look_sender(struct search *s, struct tare_slice address)
{
	size_t at = text_find(address, '@');

	look(s, address);
	if (at == address.n) {
		if (at > 0 && at < ACCESS_KEY_MAX) {
			char *user = tare_alloc(s->msg, at + 1);

			memcpy(user, address.p, at);
			user[at] = '@';
			look(s, (struct tare_slice){ user, at + 1 });
		}
		return;
	}
	if (at > 0)
		look(s, text_sub(address, 0, at + 1));
	if (at + 1 < address.n)
		look_with_parents(s, text_sub(address, at + 1, address.n));
}

/* The address, and each network of whole bytes that it is in. */
static void
look_ip(struct search *s, struct tare_slice ip)
{
	char text[64];
	struct tare_slice key = { text, 0 };

	/* SpamAssassin leaves of an IPv6 address the digits. */
	for (size_t i = 0; i < ip.n && key.n < sizeof(text); i++) {
		if (text_is_digit(ip.p[i]) || ip.p[i] == '.')
			text[key.n++] = ip.p[i];
	}
	look(s, key);
	while (!s->ended && text_find(key, '.') < key.n) {
		key.n = text_behind_last(key, '.') - 1;
		look(s, key);
	}
}

static void
look_relay(struct search *s)
{
	size_t n, n_trusted, n_internal, n_bad;
	const struct tare_relay *r = tare_relays(s->msg, &n, &n_trusted,
	    &n_internal, &n_bad);

	if (n_trusted >= n)
		return;
	if (!r[n_trusted].no_reverse_dns)
		look_with_parents(s, eval_lower(s->msg, r[n_trusted].rdns));
	if (!s->ended)
		look_ip(s, r[n_trusted].ip);
}

static enum tare_answer
check_access_database(struct tare_msg *m, const struct tare_call *call)
{
	struct search s = { .msg = m, .map = call->prepared };
	bool compat = tare_conf_num(m, "compat") != 0;
	const struct tare_slice *from;
	size_t n;

	if (s.map == NULL)
		return TARE_MISS;
	from = tare_all_from(m, &n);
	/* Maps are in lower case; SpamAssassin does not bring senders to it. */
	for (size_t i = 0; i < n && !s.ended; i++)
		look_sender(&s, compat ? from[i] : eval_lower(m, from[i]));
	if (!s.ended)
		look_relay(&s);
	return eval_answer(s.refused);
}

static int
prepare(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	struct tare_err why = { "" };
	const struct access_map *map;

	if (call->nargs < 1 || call->args[0][0] == '\0') {
		tare_fail(e, "the name of the file is missing: "
		    "check_access_database('/etc/mail/access.db')");
		return -1;
	}
	if (!tare_rule_needed(setup, call->rule))
		return 0;
	map = access_map_read(setup, call->args[0], &why);
	if (map == NULL)
		tare_warn(setup, call->rule, "rule %s: %s cannot be read: %s; "
		    "the rule never hits", call->rule_name, call->args[0],
		    why.text);
	*prepared_r = (void *)(uintptr_t)map;
	return 0;
}

static const struct tare_eval evals[] = {
	{ "check_access_database", "1 1", TARE_HEADERS | TARE_RELAYS,
	    check_access_database, prepare,
	    "The access map refuses the sender or the relay." },
	{ 0 }
};

static const char *const stands_for[] = { "AccessDB", NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI,
	.size = sizeof(struct tare_plugin),
	.name = "accessdb",
	.version = "1",
	.summary = "The access map of the MTA",
	.stands_for = stands_for,
	.optional = true,
	.evals = evals,
};

TARE_PLUGIN(plugin);

/*
 * trail.c - does each relay call itself what the next nearer one saw?
 *
 * The comparison is that of SpamAssassin 4.0.1 with its own idea of a domain
 * (reference/sa-compat.md 3.3), not that of registered domains.
 */
#include "config.h"

#include "plugins/relayeval/relayeval.h"

/* ---- names ---- */

/* Does the last label look like that of an ordinary second-level domain? */
static bool
is_short_suffix(struct tare_slice label)
{
	static const char *const countries[] = { "ie", "fr", "de" };

	if (label.n >= 3)
		return true;
	for (size_t i = 0; i < sizeof(countries) / sizeof(countries[0]); i++) {
		if (text_same_nocase(label, text_of(countries[i])))
			return true;
	}
	return false;
}

/*
 * The last two labels, or three under a country's suffix; not by any list of
 * suffixes.  Addresses stay whole.
 */
static struct tare_slice
domain_of(struct tare_slice whole)
{
	struct tare_slice host = whole;
	size_t from[3] = { 0 }, n = 0;
	bool letters = false;

	while (host.n > 0 && host.p[host.n - 1] == '.')
		host.n--;
	for (size_t i = host.n; i-- > 0;) {
		letters = letters || text_is_letter(host.p[i]);
		if ((i == 0 || host.p[i - 1] == '.') && n < 3)
			from[n++] = i;
	}
	if (!letters || n < 2)
		return whole;
	if (is_short_suffix(text_sub(host, from[0], host.n)))
		return text_sub(host, from[1], host.n);
	return n == 3 ? text_sub(host, from[2], host.n) : whole;
}

/* Two labels at least, letters, digits, _ and - only. */
static bool
is_dotted_name(struct tare_slice s)
{
	size_t dot = text_behind_last(s, '.');

	/* The first label has two characters, or there are three labels. */
	if (dot < 3 || dot == s.n || !text_is_word(s.p[0]))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!text_is_word(s.p[i]) && (i >= dot ||
		    (s.p[i] != '.' && s.p[i] != '-')))
			return false;
	}
	return true;
}

/* ---- neighbours ---- */

/* The second of one pair of names that are one company's. */
static bool
is_same_company(struct tare_slice by, struct tare_slice from)
{
	return text_same_nocase(by, text_of("msn.com")) &&
	    text_same_nocase(from, text_of("hotmail.com"));
}

static bool
is_own_loop(const struct tare_relay *r, struct tare_slice from)
{
	return (text_same_nocase(from, text_of("localhost")) ||
	    text_same_nocase(from, text_of("localhost.localdomain"))) &&
	    text_same(r->ip, text_of("127.0.0.1"));
}

/* HELO with an address, but not one of the network it came from. */
static bool
is_foreign_ip(const struct tare_relay *r)
{
	return ip_is_quad(r->helo) && ip_is_quad(r->ip) &&
	    !ip_is_private(r->helo) &&
	    !text_same(ip_labels(r->helo, 2), ip_labels(r->ip, 2));
}

/*
 * A relay that says in its own line who it is ("by"), and whom the next
 * nearer one saw under another domain, or made up a line.
 */
void
trail_read(struct relay_trail *t)
{
	struct tare_slice seen = { NULL, 0 };	/* by the nearer relay */

	for (size_t i = 0; i < t->n_untrusted; i++) {
		const struct tare_relay *r = &t->untrusted[i];
		struct tare_slice by = domain_of(r->by);
		struct tare_slice from = domain_of(r->rdns);

		if (is_dotted_name(by)) {
			t->ips_differ += is_foreign_ip(r);
			t->names_differ += is_dotted_name(seen) &&
			    !text_same_nocase(by, seen) &&
			    !is_same_company(by, seen);
			if (is_own_loop(r, from))
				from.n = 0;
		}
		seen = from;
	}
}

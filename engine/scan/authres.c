/*
 * authres.c - what our own mail server found out about a message's author.
 *
 * Pure.  Called by label.c for each Authentication-Results field that may be
 * ours.  RFC 8601: "authserv-id [version] *(; method=result … ptype.property=
 * value …)", with comments anywhere.  A domain is vouched for by a passed DKIM
 * signature of its own (RFC 6376 d= and i=), by a passed SPF check of an
 * envelope sender of its own, or by a passed DMARC check.
 *
 * Whose field it is, its first word says; anybody can write that word, so the
 * caller offers only fields in the part of the header that trusted hosts wrote,
 * and only names that the operator vouches for (known_good_authserv).
 */
#include "config.h"

#include <string.h>

#include "scan/scan-priv.h"

/* Copies s without comments, quotes and folds. */
static struct slice
plain(struct arena *a, struct slice s)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0, depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '\\' && i + 1 < s.n) {
			i++;
			continue;
		}
		if (depth == 0 && c == '"') {
			quoted = !quoted;
			continue;
		}
		if (!quoted && c == '(') {
			depth++;
		} else if (!quoted && c == ')' && depth > 0) {
			depth--;
			c = ' ';
		}
		if (depth == 0)
			out[n++] = ascii_isspace((unsigned char)c) ||
			    (quoted && c == ';') ? ' ' : c;
	}
	return slice_make(out, n);
}

/* "user@example.com", "@example.com" or "example.com": the last part. */
static struct slice
domain_of(struct slice value)
{
	ptrdiff_t at = slice_rchr(value, '@');

	return at < 0 ? value : slice_sub(value, (size_t)at + 1, value.n);
}

static bool
is_ours(struct slice word, const struct slice *ids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (slice_eq_nocase(word, ids[i]))
			return true;
	}
	return false;
}

/* Which property of a passed method names the author's domain. */
static const struct {
	struct slice method, property;
} proofs[] = {
	{ { "dkim=pass", 9 }, { "header.d=", 9 } },
	{ { "dkim=pass", 9 }, { "header.i=", 9 } },
	{ { "spf=pass", 8 }, { "smtp.mailfrom=", 14 } },
	{ { "spf=pass", 8 }, { "smtp.mfrom=", 11 } },
	{ { "dmarc=pass", 10 }, { "header.from=", 12 } },
};

static bool
proves(struct slice method, struct slice property, struct slice org,
    const struct view_domains *domains)
{
	for (size_t i = 0; i < sizeof(proofs) / sizeof(*proofs); i++) {
		struct slice value;

		if (!slice_eq_nocase(method, proofs[i].method) ||
		    !slice_starts_nocase(property, proofs[i].property))
			continue;
		value = domain_of(slice_sub(property, proofs[i].property.n,
		    property.n));
		if (slice_eq_nocase(view_domain_registered(domains, value),
		    org))
			return true;
	}
	return false;
}

/* One "method=result property=value …". */
static bool
result_proves(struct slice result, struct slice org,
    const struct view_domains *domains)
{
	struct slice method, word;

	if (!slice_word(&result, &method))
		return false;
	while (slice_word(&result, &word)) {
		if (proves(method, word, org, domains))
			return true;
	}
	return false;
}

bool
authres_vouches(struct arena *a, struct slice field,
    const struct authres_wish *w)
{
	struct slice rest = plain(a, field), word;
	ptrdiff_t semicolon = slice_chr(rest, ';', 0);
	struct slice id;

	if (semicolon < 0 || w->org.n == 0)
		return false;
	id = slice_sub(rest, 0, (size_t)semicolon);
	if (!slice_word(&id, &word) || !is_ours(word, w->ids, w->n_ids))
		return false;
	while (semicolon >= 0) {
		ptrdiff_t next;

		rest = slice_sub(rest, (size_t)semicolon + 1, rest.n);
		next = slice_chr(rest, ';', 0);
		if (result_proves(slice_sub(rest, 0, next < 0 ? rest.n :
		    (size_t)next), w->org, w->domains))
			return true;
		semicolon = next;
	}
	return false;
}

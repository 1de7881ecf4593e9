/*
 * address - is this address one that anybody can get for nothing?
 *
 * Addresses that no person writes from (roles, bounces, forwarders) are none,
 * whatever their domain.
 */
#include "config.h"

#include "plugins/freemail/freemail.h"
#include "plugins/text.h"

struct tare_slice
freemail_lower(struct tare_msg *m, struct tare_slice s)
{
	char *p = tare_alloc(m, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = text_lower(s.p[i]);
	return (struct tare_slice){ p, s.n };
}

static bool
matches(struct tare_msg *m, const struct tare_regex *re, struct tare_slice s)
{
	return re != NULL && tare_regex_match(m, re, s, 0, NULL, 0);
}

bool
freemail_is(struct tare_msg *m, const struct freemail_context *c,
    struct tare_slice address)
{
	struct tare_slice domain = text_sub(address,
	    text_behind_last(address, '@'), address.n);

	if (address.n == 0 || names_get(c->welcome, address) != NULL ||
	    names_get(c->welcome, domain) != NULL)
		return false;
	if (matches(m, c->role, address) ||
	    matches(m, c->authenticated, address))
		return false;
	return names_get(c->domains, domain) != NULL ||
	    matches(m, c->wildcard, address);
}

const struct tare_slice *
freemail_addresses(struct tare_msg *m, const char *request, size_t *n_r)
{
	const struct tare_slice *all = tare_header_all(m, request, n_r);
	struct tare_slice *v = tare_alloc(m, (*n_r + 1) * sizeof(*v));

	for (size_t i = 0; i < *n_r; i++)
		v[i] = freemail_lower(m, all[i]);
	return v;
}

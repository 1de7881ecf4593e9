/*
 * subject - who a lookup was about, as two keys.
 *
 * Called where evidence is gathered.  Pure.  Lookups of one message, or of a
 * spammer's hundred neighbouring addresses, are one event and not a hundred;
 * the tests of c.4 assume independent subjects.  So addresses count by network:
 * /24 (v6 /48) among all senders, /16 (v6 /32) among the known-good ones, where
 * a provider's whole range may be listed rightly (reference c.5, outbreaks).
 * A domain is its own network.
 */
#include "config.h"

#include "learn/stat.h"

#include "base/map.h"

#define BASIS_KEY	0x6b65792d73756266u
#define BASIS_NET	0x6e65742d73756266u
#define V4_OFFSET	12		/* ::ffff:a.b.c.d */

/* 0 means "none"; no hash may. */
static uint64_t
key(const void *p, size_t n, uint64_t basis)
{
	uint64_t h = hash_stable(p, n, basis);

	return h != 0 ? h : 1;
}

void
subject_of_ip(const struct ip *ip, struct subject *j_r)
{
	size_t from = ip->v4 ? V4_OFFSET : 0;

	*j_r = (struct subject){ .all = true };
	j_r->key = key(ip->b, from + (ip->v4 ? 3 : 6), BASIS_KEY);
	j_r->net = key(ip->b, from + (ip->v4 ? 2 : 4), BASIS_NET);
}

void
subject_of_domain(struct slice org, struct subject *j_r)
{
	uint64_t h = BASIS_KEY;

	for (size_t i = 0; i < org.n; i++) {
		char c = org.p[i];

		c = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
		h = hash_stable(&c, 1, h);
	}
	*j_r = (struct subject){ .all = true };
	j_r->key = h != 0 ? h : 1;
	j_r->net = j_r->key;
}

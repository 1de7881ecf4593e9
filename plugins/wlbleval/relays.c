/*
 * relays.c - senders that are welcome through a certain relay.
 *
 * From can be forged, the relay that handed the mail to us cannot: it is the
 * first untrusted one.  Only if there is none are the trusted ones looked at,
 * or a forger could hide behind our own.
 *
 * A relay is written as the end of its name, as [1.2.3.4], as the beginning
 * of an address [1.2.3], or as a network [1.2.3.0/24], [2001:db8::]/32.
 */
#include "config.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "plugins/glob.h"
#include "plugins/wlbleval/wlbleval.h"

#define IP_BYTES 46		/* longest text of an address and its NUL */

struct entry {
	struct tare_slice sender;	/* a glob */
	struct tare_slice relay;	/* without brackets */
	enum { BY_NAME, BY_TEXT, BY_BEGINNING, BY_NETWORK, BY_NOTHING } how;
	struct in6_addr net;
	unsigned bits;
};

struct relay_list {
	struct entry *v;
	size_t n;
};

/* ---- addresses ---- */

/*
 * IPv4 as the lowest 32 bits, not as ::ffff:0:0/96: so an entry ::/0 has all
 * of it, as in SpamAssassin.
 */
static bool
parse_ip(struct tare_slice text, struct in6_addr *ip_r, bool *is_v4_r)
{
	char s[IP_BYTES];

	if (text.n == 0 || text.n >= sizeof(s))
		return false;
	memcpy(s, text.p, text.n);
	s[text.n] = '\0';
	memset(ip_r, 0, sizeof(*ip_r));
	*is_v4_r = inet_pton(AF_INET, s, &ip_r->s6_addr[12]) == 1;
	return *is_v4_r || inet_pton(AF_INET6, s, ip_r) == 1;
}

/* Decimal digits only; -1 for anything else or more than 999. */
static int
parse_length(struct tare_slice s)
{
	int n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!text_is_digit(s.p[i]) || i == 3)
			return -1;
		n = n * 10 + (s.p[i] - '0');
	}
	return s.n > 0 ? n : -1;
}

static bool
parse_network(struct tare_slice text, struct entry *e)
{
	size_t slash = text_find(text, '/');
	bool is_v4;
	int length, longest;

	if (!parse_ip(text_sub(text, 0, slash), &e->net, &is_v4))
		return false;
	longest = is_v4 ? 32 : 128;
	length = slash == text.n ? longest :
	    parse_length(text_sub(text, slash + 1, text.n));
	if (length < 0 || length > longest)
		return false;
	e->bits = (unsigned)(length + 128 - longest);
	return true;
}

static bool
is_in_network(const struct entry *e, struct tare_slice text)
{
	struct in6_addr ip;
	unsigned whole = e->bits / 8, rest = e->bits % 8;
	bool is_v4;

	if (!parse_ip(text, &ip, &is_v4) ||
	    memcmp(&ip, &e->net, whole) != 0)
		return false;
	return rest == 0 ||
	    (ip.s6_addr[whole] ^ e->net.s6_addr[whole]) >> (8 - rest) == 0;
}

/* ---- reading lines ---- */

static size_t
count_dots(struct tare_slice s, bool *digits_r)
{
	size_t dots = 0;

	*digits_r = s.n > 0;
	for (size_t i = 0; i < s.n; i++) {
		dots += s.p[i] == '.';
		*digits_r = *digits_r && (s.p[i] == '.' ||
		    text_is_digit(s.p[i]));
	}
	return dots;
}

/* Four numbers are one address; fewer are its beginning, up to a dot. */
static void
read_address(struct tare_setup *setup, struct entry *e)
{
	size_t n = e->relay.n, dots;
	bool digits;

	dots = count_dots(e->relay, &digits);
	if (!digits) {
		e->how = parse_network(e->relay, e) ? BY_NETWORK : BY_NOTHING;
	} else if (dots == 3 && e->relay.p[n - 1] != '.' &&
	    e->relay.p[0] != '.') {
		e->how = BY_TEXT;
	} else {
		char *s = tare_setup_alloc(setup, n + 2);

		memcpy(s, e->relay.p, n);
		while (n > 0 && s[n - 1] == '.')
			n--;
		s[n++] = '.';
		e->relay = (struct tare_slice){ s, n };
		e->how = BY_BEGINNING;
	}
}

/* "[…]" or "[…]/24", the length moved inside. */
static void
read_relay(struct tare_setup *setup, struct entry *e)
{
	struct tare_slice s = e->relay;
	size_t close = text_behind_last(s, ']');
	char *joined;

	e->how = BY_NAME;
	if (s.n == 0 || s.p[0] != '[' || close < 2 || (close < s.n &&
	    (s.p[close] != '/' || parse_length(text_sub(s, close + 1,
	    s.n)) < 0)))
		return;
	joined = tare_setup_alloc(setup, s.n + 1);
	memcpy(joined, s.p + 1, close - 2);
	memcpy(joined + close - 2, s.p + close, s.n - close);
	e->relay = (struct tare_slice){ joined, s.n - 2 };
	read_address(setup, e);
}

/* Two words exactly; SpamAssassin refuses other lines. */
static bool
read_line(struct tare_setup *setup, struct tare_slice line,
    const struct names *removed, struct entry *e)
{
	struct tare_slice rest = wlbl_lower(setup, line), more;

	if (!text_word(&rest, &e->sender) || !text_word(&rest, &e->relay) ||
	    text_word(&rest, &more) || names_get(removed, e->sender) != NULL)
		return false;
	read_relay(setup, e);
	return true;
}

const struct relay_list *
relay_list_read(struct tare_setup *setup, const char *setting)
{
	struct relay_list *l = tare_setup_alloc(setup, sizeof(*l));
	struct names *removed = names_new(setup);
	const struct tare_slice *v;
	size_t n;

	v = tare_setup_list(setup, "unwelcomelist_from_rcvd", &n);
	for (size_t i = 0; i < n; i++)
		names_put(setup, removed, v[i], l);
	v = tare_setup_list(setup, setting, &n);
	l->v = tare_setup_alloc(setup, (n + 1) * sizeof(*l->v));
	for (size_t i = 0; i < n; i++)
		l->n += read_line(setup, v[i], removed, &l->v[l->n]);
	return l;
}

/* ---- asking ---- */

struct relays {
	const struct tare_relay *v;
	size_t n;
};

static struct relays
deciding_relays(struct tare_msg *m)
{
	size_t n, n_trusted, n_internal, n_bad;
	const struct tare_relay *all = tare_relays(m, &n, &n_trusted,
	    &n_internal, &n_bad);

	return n > n_trusted ? (struct relays){ all + n_trusted, 1 } :
	    (struct relays){ all, n };
}

static bool
is_relay(const struct entry *e, const struct tare_relay *r)
{
	size_t n = e->relay.n;

	switch (e->how) {
	case BY_NAME:
		return text_ends_nocase(r->rdns, e->relay) &&
		    (r->rdns.n == n || r->rdns.p[r->rdns.n - n - 1] == '.');
	case BY_TEXT:
		return text_same(r->ip, e->relay);
	case BY_BEGINNING:
		return text_starts(r->ip, e->relay);
	case BY_NETWORK:
		return is_in_network(e, r->ip);
	case BY_NOTHING:
		break;
	}
	return false;
}

enum sender_kind
relay_list_judge(struct tare_msg *m, const struct relay_list *l,
    struct tare_slice address)
{
	struct tare_slice lower = address_lower(m, address);
	struct relays relays = deciding_relays(m);
	enum sender_kind kind = SENDER_STRANGER;

	if (relays.n == 0)
		return kind;
	for (size_t i = 0; i < l->n; i++) {
		if (!glob_match(l->v[i].sender, lower))
			continue;
		kind = SENDER_FORGED;
		for (size_t k = 0; k < relays.n; k++) {
			if (is_relay(&l->v[i], &relays.v[k]))
				return SENDER_WELCOME;
		}
	}
	return kind;
}

/* Something, a dot and something. */
static bool
is_dotted(struct tare_slice host)
{
	for (size_t i = 1; i + 1 < host.n; i++) {
		if (host.p[i] == '.')
			return true;
	}
	return false;
}

static struct tare_slice
registered(struct tare_msg *m, struct tare_slice host)
{
	return tare_registered_domain(m, tare_domain_ascii(m, host));
}

enum tare_answer
check_mailfrom_matches_rcvd(struct tare_msg *m, const struct tare_call *call)
{
	struct relays relays = deciding_relays(m);
	struct tare_slice domain;
	size_t n, at;
	const struct tare_slice *from = tare_header_all(m, "EnvelopeFrom:addr",
	    &n);

	if (n == 0 || (at = text_behind_last(from[0], '@')) == 0 ||
	    !is_dotted(text_sub(from[0], at, from[0].n)))
		return TARE_MISS;
	domain = registered(m, text_sub(from[0], at, from[0].n));
	for (size_t i = 0; i < relays.n && domain.n > 0; i++) {
		if (text_same_nocase(domain, registered(m,
		    relays.v[i].rdns)))
			return TARE_HIT;
	}
	return TARE_MISS;
}

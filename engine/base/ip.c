/*
 * ip.c - addresses, networks and the names DNS lists give them.
 */
#include "config.h"

#include "base/ip.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const uint8_t v4_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
	0xff };

static struct slice
strip(struct slice s)
{
	s = slice_trim(s);
	if (s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		s = slice_sub(s, 1, s.n - 1);
	if (slice_starts_nocase(s, SLICE("ipv6:")))
		s = slice_sub(s, 5, s.n);
	if (slice_chr(s, '%', 0) >= 0)
		s.n = (size_t)slice_chr(s, '%', 0);
	return s;
}

/*
 * Dotted quad; inet_pton refuses leading zeros, but mail software writes them
 * ("010.1.2.3" is decimal there), so each octet is read as decimal.
 */
static bool
parse_v4(struct slice s, uint8_t b[4])
{
	size_t i = 0;

	for (unsigned k = 0; k < 4; k++) {
		unsigned v = 0, digits = 0;

		while (i < s.n && ascii_isdigit((unsigned char)s.p[i]) &&
		    digits < 4) {
			v = v * 10 + (unsigned)(s.p[i++] - '0');
			digits++;
		}
		if (digits == 0 || digits > 3 || v > 255)
			return false;
		b[k] = (uint8_t)v;
		if (k < 3 && (i >= s.n || s.p[i++] != '.'))
			return false;
	}
	return i == s.n;
}

int
ip_parse(struct slice s, struct ip *ip_r)
{
	char text[IP_TEXT_MAX];
	struct ip ip = { 0 };

	s = strip(s);
	if (parse_v4(s, ip.b + 12)) {
		memcpy(ip.b, v4_prefix, 12);
		ip.v4 = true;
		*ip_r = ip;
		return 0;
	}
	if (s.n >= sizeof(text) || slice_chr(s, ':', 0) < 0)
		return -1;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (inet_pton(AF_INET6, text, ip.b) != 1)
		return -1;
	ip.v4 = memcmp(ip.b, v4_prefix, 12) == 0;
	*ip_r = ip;
	return 0;
}

void
ip_text(const struct ip *ip, char dst[IP_TEXT_MAX])
{
	if (ip->v4)
		inet_ntop(AF_INET, ip->b + 12, dst, IP_TEXT_MAX);
	else
		inet_ntop(AF_INET6, ip->b, dst, IP_TEXT_MAX);
}

static bool
in_net(const struct ip *ip, const uint8_t net[16], unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(ip->b, net, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	return ((ip->b[whole] ^ net[whole]) >> (8 - rest)) == 0;
}

bool
ip_is_loopback(const struct ip *ip)
{
	static const uint8_t one[16] = { [15] = 1 };

	return ip->v4 ? ip->b[12] == 127 : memcmp(ip->b, one, 16) == 0;
}

bool
ip_is_private(const struct ip *ip)
{
	const uint8_t *q = ip->b + 12;

	if (ip_is_loopback(ip))
		return true;
	if (!ip->v4)
		return ip->b[0] == 0xfe && (ip->b[1] & 0xc0) == 0x80;
	return q[0] == 10 || (q[0] == 169 && q[1] == 254) ||
	    (q[0] == 172 && (q[1] & 0xf0) == 16) ||
	    (q[0] == 192 && q[1] == 168) ||
	    (q[0] == 100 && (q[1] & 0xc0) == 64);
}

size_t
ip_reverse(const struct ip *ip, char dst[72])
{
	size_t n = 0;

	if (ip->v4)
		return (size_t)snprintf(dst, 72, "%u.%u.%u.%u", ip->b[15],
		    ip->b[14], ip->b[13], ip->b[12]);
	for (int i = 15; i >= 0; i--)
		n += (size_t)snprintf(dst + n, 72 - n, "%s%x.%x",
		    i == 15 ? "" : ".", ip->b[i] & 15u, ip->b[i] >> 4);
	return n;
}

int
ip_parse_reversed(struct slice s, struct ip *ip_r)
{
	uint8_t b[16];
	struct ip back;

	if (s.n == 63) {
		for (size_t i = 0; i < 16; i++) {
			int low = ascii_hex((unsigned char)s.p[4 * i]);
			int high = ascii_hex((unsigned char)s.p[4 * i + 2]);

			if (low < 0 || high < 0 || s.p[4 * i + 1] != '.' ||
			    (i < 15 && s.p[4 * i + 3] != '.'))
				return -1;
			b[15 - i] = (uint8_t)(high << 4 | low);
		}
		*ip_r = (struct ip){ .v4 = false };
		memcpy(ip_r->b, b, 16);
		return 0;
	}
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '.' && !ascii_isdigit((unsigned char)s.p[i]))
			return -1;
	}
	if (ip_parse(s, &back) != 0)
		return -1;
	*ip_r = back;
	for (size_t i = 12; i < 16; i++)
		ip_r->b[i] = back.b[27 - i];
	return 0;
}

/* "10", "10.1." and "10.1.2.3": 1 to 4 octets; *octets_r says how many. */
static bool
parse_partial_v4(struct slice s, uint8_t b[4], unsigned *octets_r)
{
	unsigned k = 0;

	if (slice_ends(s, SLICE(".")))
		s.n--;
	while (k < 4) {
		ptrdiff_t dot = slice_chr(s, '.', 0);
		struct slice part = dot < 0 ? s : slice_sub(s, 0, (size_t)dot);
		long v;

		if (part.n > 3 || slice_to_long(part, &v) != 0 || v < 0 ||
		    v > 255)
			return false;
		b[k++] = (uint8_t)v;
		if (dot < 0) {
			*octets_r = k;
			return true;
		}
		s = slice_sub(s, (size_t)dot + 1, s.n);
	}
	return false;
}

/* Clear the host bits, so that "10.1.2.3/8" is 10/8. */
static void
mask_net(struct ip_net *net)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned from = i * 8;

		if (net->bits <= from)
			net->addr.b[i] = 0;
		else if (net->bits < from + 8)
			net->addr.b[i] &=
			    (uint8_t)(0xff00u >> (net->bits - from));
	}
}

int
ip_net_parse(struct slice s, struct ip_net *net_r, struct err *e)
{
	struct ip_net net = { 0 };
	struct slice whole = s, addr;
	unsigned octets = 4;
	ptrdiff_t slash;
	long bits = -1;

	if (slice_starts(s, SLICE("!"))) {
		net.exclude = true;
		s = slice_sub(s, 1, s.n);
	}
	slash = slice_chr(s, '/', 0);
	addr = slash < 0 ? s : slice_sub(s, 0, (size_t)slash);
	if (slash >= 0 && (slice_to_long(slice_sub(s, (size_t)slash + 1, s.n),
	    &bits) != 0 || bits < 0 || bits > 128))
		return err_set(e, ERR_CONFIG, "'%.*s': the prefix length after "
		    "/ must be a number up to 32 (IPv4) or 128 (IPv6)",
		    SLICE_FMT(whole));
	if (slice_chr(addr, ':', 0) < 0 &&
	    parse_partial_v4(addr, net.addr.b + 12, &octets)) {
		memcpy(net.addr.b, v4_prefix, 12);
		net.addr.v4 = true;
		if (bits > 32)
			return err_set(e, ERR_CONFIG,
			    "'%.*s': an IPv4 prefix has at most 32 bits",
			    SLICE_FMT(whole));
		net.bits = 96 + (unsigned)(bits >= 0 ? bits : octets * 8);
	} else if (ip_parse(addr, &net.addr) == 0) {
		net.bits = (unsigned)(bits >= 0 ? bits : 128);
	} else {
		return err_set(e, ERR_CONFIG, "'%.*s' is not a network: write "
		    "192.0.2.0/24, 192.0.2., or 2001:db8::/32",
		    SLICE_FMT(whole));
	}
	mask_net(&net);
	*net_r = net;
	return 0;
}

void
ip_set_add(struct arena *a, struct ip_set *set, struct ip_net net)
{
	*VEC_PUSH(a, &set->nets) = net;
}

bool
ip_set_has(const struct ip_set *set, const struct ip *ip)
{
	for (size_t i = 0; i < set->nets.n; i++) {
		const struct ip_net *net = &set->nets.v[i];

		if (in_net(ip, net->addr.b, net->bits))
			return !net->exclude;
	}
	return false;
}

/*
 * ip - IPv4 and IPv6 addresses and sets of networks.
 *
 * IPv4 is kept as ::ffff:a.b.c.d in 16 bytes with v4 set.
 */
#ifndef BASE_IP_H
#define BASE_IP_H

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"

#define IP_TEXT_MAX 46

struct ip {
	uint8_t b[16];
	bool v4;
};

struct ip_net {
	struct ip addr;
	unsigned bits;		/* 0..128, v4 nets count from 96 */
	bool exclude;		/* written with ! */
};

struct ip_set {
	VEC_OF(struct ip_net) nets;
};

/* "1.2.3.4", "::1", "::ffff:1.2.3.4", "[…]", "IPv6:…", "%zone" cut off. */
int ip_parse(struct slice s, struct ip *ip_r);
void ip_text(const struct ip *ip, char dst[IP_TEXT_MAX]);
/* RFC 1918, loopback, link-local, RFC 6598, v6 equivalents (SpamAssassin's
 * idea of private, reference 5.7). */
bool ip_is_private(const struct ip *ip);
bool ip_is_loopback(const struct ip *ip);
/*
 * The DNS list name of an address (RFC 5782 2.1, 2.4): "4.3.2.1" or 32
 * nibbles; returns the length written, without the zone.
 */
size_t ip_reverse(const struct ip *ip, char dst[72]);
/* The inverse; -1: s (without the zone) is no such name. */
int ip_parse_reversed(struct slice s, struct ip *ip_r);

/* "10/8", "10.1.", "!192.168.1.0/24", "::1/128", "2001:db8::/32". */
int ip_net_parse(struct slice s, struct ip_net *net_r, struct err *e);
void ip_set_add(struct arena *a, struct ip_set *set, struct ip_net net);
/* First match in order of addition decides ('!' = no), as SpamAssassin. */
bool ip_set_has(const struct ip_set *set, const struct ip *ip);

#endif

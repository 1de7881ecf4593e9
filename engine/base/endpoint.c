/*
 * endpoint.c - "host:port" in its forms.
 *
 * Called for what an operator wrote: dns_server, --listen, --connect.  The one
 * doubt is a colon: two of them without brackets are an IPv6 address and no
 * port, one is a port.
 */
#include "config.h"

#include "base/endpoint.h"

#include "base/ip.h"

static int
parse_port(struct slice s, uint16_t *port_r)
{
	long port;

	/* slice_to_long takes blanks and signs */
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_isdigit((unsigned char)s.p[i]))
			return -1;
	if (slice_to_long(s, &port) != 0 || port < 1 || port > 65535)
		return -1;
	*port_r = (uint16_t)port;
	return 0;
}

/* An address by itself: ip_parse also reads mail's "[…]" and "IPv6:…". */
static int
parse_address(struct slice s, struct slice *host_r)
{
	struct ip ip;

	if (s.n == 0 || (s.p[0] != ':' && ascii_hex((unsigned char)s.p[0]) < 0)
	    || ip_parse(s, &ip) != 0)
		return -1;
	*host_r = s;
	return 0;
}

static int
parse_bracketed(struct slice s, struct endpoint *at)
{
	ptrdiff_t end = slice_chr(s, ']', 0);
	struct slice rest;

	if (end < 0 || parse_address(slice_sub(s, 1, (size_t)end),
	    &at->host) != 0)
		return -1;
	rest = slice_sub(s, (size_t)end + 1, s.n);
	if (rest.n == 0)
		return 0;
	return rest.p[0] == ':' ? parse_port(slice_sub(rest, 1, rest.n),
	    &at->port) : -1;
}

int
endpoint_parse(struct slice s, struct endpoint *at_r)
{
	ptrdiff_t colon;

	*at_r = (struct endpoint){ .port = 0 };
	s = slice_trim(s);
	if (s.n == 0)
		return -1;
	if (s.p[0] == '[')
		return parse_bracketed(s, at_r);
	colon = slice_chr(s, ':', 0);
	if (colon != slice_rchr(s, ':'))
		return parse_address(s, &at_r->host);
	if (colon < 0) {
		at_r->host = s;
		return 0;
	}
	at_r->host = slice_sub(s, 0, (size_t)colon);
	return parse_port(slice_sub(s, (size_t)colon + 1, s.n), &at_r->port);
}

int
endpoint_parse_address(struct slice s, struct endpoint *at_r)
{
	return endpoint_parse(s, at_r) == 0 ?
	    parse_address(at_r->host, &at_r->host) : -1;
}

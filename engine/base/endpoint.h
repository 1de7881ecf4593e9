/*
 * endpoint - where something listens, as people write it in settings.
 */
#ifndef BASE_ENDPOINT_H
#define BASE_ENDPOINT_H

#include "base/slice.h"

struct endpoint {
	struct slice host;	/* a part of what was parsed, no brackets */
	uint16_t port;		/* host byte order; 0: none was given */
};

/*
 * "host", "host:port", "v6", "[v6]", "[v6]:port", "[v4]:port", ":port"
 * (RFC 3986 3.2.2: an IPv6 address that a port follows stands in brackets);
 * blanks outside are cut off.  The host of ":port" is empty; a "host" is not
 * looked at, unless it has colons or brackets: then it must be an address.
 * Ports are numbers from 1 to 65535.  0, or -1: it is none of these.
 */
int endpoint_parse(struct slice s, struct endpoint *at_r);
/* The same of what cannot be looked up, as a resolver: the host must be an
 * address. */
int endpoint_parse_address(struct slice s, struct endpoint *at_r);

#endif

/*
 * peer.c - a client's name for the log, without asking anybody.
 *
 * No reverse lookup: it would block the loop.  A client on a unix socket has
 * the words spamd uses: localhost, 127.0.0.1, and the path for a port.
 */
#include "config.h"

#include "proc/worker-priv.h"

#include <sys/socket.h>

#include <netdb.h>
#include <stdio.h>
#include <string.h>

void
peer_name(struct peer *p, int fd, const char *listener)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof(sa);

	snprintf(p->addr, sizeof(p->addr), "127.0.0.1");
	snprintf(p->host, sizeof(p->host), "localhost");
	snprintf(p->port, sizeof(p->port), "%s", listener);
	if (getpeername(fd, (struct sockaddr *)&sa, &n) != 0 ||
	    (sa.ss_family != AF_INET && sa.ss_family != AF_INET6)) {
		return;
	}
	getnameinfo((struct sockaddr *)&sa, n, p->addr, sizeof(p->addr),
	    p->port, sizeof(p->port), NI_NUMERICHOST | NI_NUMERICSERV);
	if (strcmp(p->addr, "127.0.0.1") != 0 &&
	    strcmp(p->addr, "::1") != 0) {
		memcpy(p->host, p->addr, sizeof(p->host));
	}
}

/*
 * peer.c - who a client is, without asking anybody.
 *
 * No reverse lookup: it would block the loop.  A client on a unix socket has
 * the words spamd uses for the log (localhost, 127.0.0.1, and the path for a
 * port), and the kernel says which user it is.
 *
 * Whose mail it is: what the request says, if the client may say it.  Those
 * who may are root, the daemon's own user, and whom --trust-user names (an
 * MTA that speaks for its recipients); anybody else on a unix socket speaks
 * for himself.  On TCP nobody can be asked, and the label stays what it is: a
 * label, by which no right and no uid is ever chosen (protocol.md 1.3).
 */
#include "config.h"

#include "proc/worker-priv.h"

#include <sys/socket.h>

#include <netdb.h>
#include <stdio.h>
#include <string.h>

static void
take_credentials(struct peer *p, int fd)
{
	struct ucred cred = { .uid = (uid_t)-1 };
	socklen_t n = sizeof(cred);

	/* on TCP this succeeds and says -1 */
	p->known = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) == 0 &&
	    cred.uid != (uid_t)-1;
	p->uid = cred.uid;
}

static bool
may_speak_for_others(const struct daemon *d, const struct peer *p)
{
	if (!p->known || p->uid == 0 || p->uid == d->user.uid) {
		return true;
	}
	for (size_t i = 0; i < d->n_trusted; i++) {
		if (d->trusted[i] == p->uid) {
			return true;
		}
	}
	return false;
}

struct slice
peer_user(struct arena *a, const struct worker *w, const struct peer *p,
    struct slice asked)
{
	const char *name;

	if (may_speak_for_others(w->d, p) && (asked.n > 0 || !p->known)) {
		return asked;
	}
	name = user_names_find(w->names, p->uid);
	return slice_cstr(name != NULL ? name :
	    arena_printf(a, "uid%u", (unsigned)p->uid));
}

void
peer_name(struct peer *p, int fd, const char *listener)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof(sa);

	snprintf(p->addr, sizeof(p->addr), "127.0.0.1");
	snprintf(p->host, sizeof(p->host), "localhost");
	snprintf(p->port, sizeof(p->port), "%s", listener);
	take_credentials(p, fd);
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

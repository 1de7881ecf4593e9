/*
 * drill - the parts of tare drill: a resolver of its own, a daemon of its own,
 * and mail that tells whether the zone's points reach it.
 */
#ifndef CMD_DRILL_H
#define CMD_DRILL_H

#include <sys/types.h>

#include "cmd/cmd.h"

/* How the drill's resolver answers for the zone; others stay healthy. */
enum drill_phase { DRILL_HEALTHY, DRILL_PARKED, DRILL_WORLD, DRILL_PHASES };

struct drill_zone {
	const char *name;
	uint8_t kind;			/* enum zone_kind */
	struct in_addr code;		/* an answer its rules take as listed */
};

/* drill_dns.c: a child process with a DNS server on a loopback UDP port */
struct drill_dns {
	pid_t pid;
	int pipe;			/* one byte: the phase */
	unsigned port;
};
int drill_dns_start(const struct drill_zone *z, struct drill_dns *dns_r,
    struct err *e);
void drill_dns_phase(struct drill_dns *dns, enum drill_phase p);
void drill_dns_stop(struct drill_dns *dns);

/* drill_daemon.c: tared with the site's rules, on a private socket */
struct drill_daemon {
	pid_t pid;
	const char *dir;		/* temporary; removed at the end */
	const char *socket;
};
int drill_daemon_start(const struct cmd_options *o, unsigned dns_port,
    double speed, struct drill_daemon *d_r, struct err *e);
void drill_daemon_stop(struct drill_daemon *d);

/* drill_mail.c: messages whose sender (or link) the zone lists or not */
/* Sends one; *hit_r: a rule that rests on the zone gave points. */
int drill_mail_send(struct arena *a, const struct drill_daemon *d,
    const struct drill_zone *z, const struct engine *eng, bool listed,
    bool *hit_r, struct err *e);
/* Is this list name (without the zone) one of the listed senders? */
bool drill_mail_is_listed(struct slice key, uint8_t kind);

#endif

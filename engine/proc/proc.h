/*
 * proc - the processes of tared: one file per role.
 *
 *   master   owns the listening sockets, supervises; parses no mail, opens no
 *            SQLite, asks no DNS
 *   worker   libevent loop, many scans in flight
 *   keeper   the only one that writes SQLite; runs probes, publishes zones
 *
 * Made before any fork, so that a respawned child has them too: listening
 * sockets, the record socketpair, the zone table memfd, the slots.
 */
#ifndef PROC_PROC_H
#define PROC_PROC_H

#include "scan/scan.h"

struct daemon_options {
	struct engine_options engine;
	const char *const *listen;	/* paths, host:port; n 0: 127.0.0.1:783
					 * and [::1]:783 */
	size_t n_listen;
	const char *const *allow;	/* "10/8,::1"; n 0: loopback */
	size_t n_allow;
	const char *const *trust_users;	/* whose User header counts */
	size_t n_trust_users;
	const char *state_dir;		/* --state */
	const char *control_path;	/* --control; NULL: STATE/control */
	const char *pid_file;
	const char *user, *group;	/* to run as when started by root */
	unsigned workers;		/* 0: number of cores */
	unsigned max_inflight;		/* scans per worker */
	unsigned socket_mode;		/* of unix sockets that clients use */
	unsigned max_scans;		/* then it is replaced; 0: never */
	bool foreground;
	bool verbose;
};

/* Runs until SIGTERM; returns an exit status. */
int daemon_run(const struct daemon_options *opt);
/* -1: --listen or --allow cannot be meant so, e says why.  Opens nothing. */
int daemon_check(const struct daemon_options *opt, struct err *e);

/* ---- without a daemon: the same engine in one process ---- */
struct standalone;
/* state_dir NULL: zones live in memory.  A running keeper's database is read
 * only.  One that cannot be written is no failure: zones begin with what it
 * holds and live in memory; standalone_unstored says so. */
int standalone_new(const struct engine *eng, const char *state_dir,
    struct standalone **sa_r, struct err *e);
/* Why what is learned will not be remembered; NULL: it will. */
const char *standalone_unstored(const struct standalone *sa);
struct scanner *standalone_scanner(struct standalone *sa);
/* Enroll zones: run the loop until all are past NEW or seconds are over. */
void standalone_warm(struct standalone *sa, double seconds);
void standalone_free(struct standalone **sa);

#endif

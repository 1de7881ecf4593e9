/*
 * proc-priv - what the files of this room share.
 *
 * struct daemon is everything made before any fork; every role inherits it
 * and closes what it may not have (spawn.c).  One file per role: master.c,
 * worker.c, keeper.c.
 *
 * Who talks to whom:
 *
 *	client ──socket──▶ worker ──records (SEQPACKET)──▶ keeper ──▶ SQLite
 *	worker ──slot (heartbeat, counters, fingerprints)──▶ master
 *	worker ──eventfd ("look at the slots")──▶ master
 *	keeper ──zone table (memfd)──▶ worker
 *	worker ◀──board of controls (shared page)──▶ worker
 *	operator ──control──▶ master ──line + socket (SCM_RIGHTS)──▶ keeper
 */
#ifndef PROC_PROC_PRIV_H
#define PROC_PROC_PRIV_H

#include <sys/types.h>

#include "base/ip.h"
#include "learn/learn.h"
#include "proc/proc.h"
#include "record/record.h"
#include "weigh/board.h"
#include "weigh/weigh.h"

/* ---- listen.c: sockets clients connect to ---- */
#define LISTEN_MAX	32

struct listener {
	int fd;
	char *path;		/* unix socket we made and shall remove */
	char *name;		/* for the log: "127.0.0.1:783" */
};
struct listeners {
	struct listener v[LISTEN_MAX];
	size_t n;
	mode_t mode;		/* of unix sockets made here */
};
/*
 * l->mode is set, the rest is written here.  Sockets from systemd (LISTEN_FDS)
 * if there are any, else those named; none named: the two spamd has.  0, or -1
 * with everything closed again.
 */
int listen_open(struct listeners *l, const char *const *names, size_t n,
    struct err *e);
/* Are all names such as listen_open takes?  Looks nothing up. */
int listen_check(const char *const *names, size_t n, struct err *e);
/* Networks of --allow; none named: loopback, as spamd. */
int listen_allow(struct arena *a, struct ip_set *set,
    const char *const *names, size_t n, struct err *e);
/* One unix stream socket; a stale file is replaced, a live one is not.  -1 with
 * ERR_OS: errno is set, too. */
int listen_unix(const char *path, mode_t mode, struct err *e);
/* Give unix sockets to the user tared will run as. */
void listen_chown(const struct listeners *l, uid_t uid, gid_t gid);
void listen_unlink(struct listeners *l);
void listen_close(struct listeners *l);

/* ---- user.c: who we are ---- */
struct user {
	uid_t uid;
	gid_t gid;
	char name[64];
	bool change;		/* started by root and not to stay it */
};
int user_find(const struct daemon_options *opt, struct user *u_r,
    struct err *e);
/* Make the directory and give it away when it is new or empty. */
int user_state_dir(const struct user *u, const char *dir, struct err *e);
int user_become(const struct user *u, struct err *e);
/* The uids of --trust-user; n_r of at most USER_TRUSTED_MAX. */
#define USER_TRUSTED_MAX	16
int user_trusted(const struct daemon_options *opt, uid_t *uid_r, size_t *n_r,
    struct err *e);
/* Names of local users, read once: a worker asks nobody while it scans. */
struct user_names;
struct user_names *user_names_load(void);
/* NULL: not a local user. */
const char *user_names_find(const struct user_names *un, uid_t uid);
void user_names_free(struct user_names **un);

/* ---- priv.c, landlock.c: what a role may never do again ---- */
enum role { ROLE_WORKER, ROLE_KEEPER };
struct daemon;
#define CONFINED_PORTS 16
/* What a process keeps of files and network. */
struct confinement {
	const char *write_dir;		/* NULL: nothing is written */
	bool limit_reading;		/* to these files and directories */
	const char *const *readable;
	size_t n_readable;
	bool limit_tcp;			/* connections to these ports */
	uint16_t ports[CONFINED_PORTS];	/* host byte order */
	size_t n_ports;
	bool no_network;		/* no socket at all */
};
/* no_new_privs, then landlock and seccomp where the kernel has them; what is
 * missing is logged, once per role. */
void priv_restrict(enum role role, const struct daemon *d);
/* Files, and TCP where the kernel can. 0, or -1 with errno. */
int landlock_confine(const struct confinement *c);

/* ---- slots.c: what workers tell the master in shared memory ---- */
struct slots;
struct slots *slots_new(struct err *e);
void slots_free(struct slots **s);
#define SLOT_KEEPER	LIMIT_WORKERS
struct worker_slot *slots_at(struct slots *s, unsigned i);
/* A process keeps only slot i. */
void slots_keep(struct slots *s, unsigned i);
uint64_t slots_now_ms(void);

/* What one slot index did before its present worker, and all together. */
struct totals {
	uint64_t scans, spam, ham, errors, bytes, dropped_records;
};
void slot_add_totals(const struct worker_slot *slot, struct totals *t);
void slot_reset(struct worker_slot *slot);

/*
 * A fingerprint in a slot: 0 is none; the lowest bit says that the CPU is
 * working on it just now, so that a crash has one suspect instead of many.
 */
#define FINGERPRINT_BUSY	1u
uint64_t fingerprint_make(uint64_t hash);

/* ---- poison.c: messages that were there when a worker crashed ---- */
struct poison;
struct poison *poison_new(struct err *e);
/* Master: a worker crashed; its slot says what it was doing. */
void poison_crashed(struct poison *p, const struct worker_slot *slot);
/* Worker: seen in two crashes, within the hour? */
bool poison_has(const struct poison *p, uint64_t fingerprint);

/* ---- zone_clock.c ---- */
/*
 * Zone time: start + (wall - start) * scale.  The setting zone_clock_scale is
 * 1; a test that waits for hours of zone life sets it higher, and everything
 * that concerns zones (dwell times, probe intervals, pins) runs that much
 * faster, while scans, deadlines and DNS keep real time.
 */
struct zone_clock {
	double start;		/* wall time at which both were the same */
	double scale;
};
/*
 * The clock that the settings say, for a process that starts at this wall
 * time.  zone_clock_start lets a second life go on where the first one ended;
 * at scale 1 both clocks are the same and it means nothing.
 */
struct zone_clock zone_clock_begin(const struct conf *c, double wall);
double zone_clock_now(const struct zone_clock *c);
/* Real seconds until that zone time, at least a little, at most a minute. */
double zone_clock_wait(const struct zone_clock *c, double until);

/* ---- apex.c: name servers and serials, for the prober ---- */
struct ask;
struct apex_look;
struct view_domains;
struct apex_asker {
	struct ask *ask;
	struct learn *learn;
	const struct zone_clock *clock;
	const struct view_domains *domains;
	struct apex_look *open;
};
/* Ask; learn_apex is told from the loop, or before this returns if nothing
 * could be asked.  as: the name that the zone's questions are sent to. */
void apex_ask(struct apex_asker *o, const struct zone_model *z,
    const char *as);
void apex_drop(struct apex_asker *o);

struct event_base;
struct prober;
/* An ask context of its own, whose questions are not evidence. */
int prober_new(struct event_base *base, const struct engine *eng,
    const struct zone_clock *clock, struct prober **p_r, struct err *e);
void prober_free(struct prober **p);
/* Tell l of every zone that rules name; answers go to l from now on. */
void prober_enroll(struct prober *p, struct learn *l);
/* For learn_hooks; arg is the prober. */
void prober_probe(void *arg, const struct zone_model *z, unsigned wish);
void prober_flush(void *arg);
/* Call fn when a round of a zone is over and learn/ has judged it. */
typedef void prober_ended_fn(void *arg, const char *zone);
void prober_on_end(struct prober *p, prober_ended_fn *fn, void *arg);
/* Is a round of the zone under way? */
bool prober_busy(const struct prober *p, const char *zone);

/* ---- the daemon ---- */
struct child {
	pid_t pid;		/* 0: none */
	bool keeper;
	unsigned slot;		/* workers */
	uint64_t generation;	/* of the rules it runs */
	unsigned serial;	/* of the load: the same rules, loaded again,
				 * have another */
	bool ready;		/* was ready once */
	bool draining;
	bool stuck;		/* we killed it for that */
	double started, drain_by;
};

/* Dovecot's rule: only children that die before they were ready wait. */
struct throttle {
	double until;
	double delay;		/* 0, then 2 s doubling to 60 s */
};
/* A child ended; now: monotonic. */
void throttle_ended(struct throttle *t, bool was_ready, double now);

/*
 * A SIGHUP or `reload`, step by step: a child tries the new set; the master
 * loads it and starts new workers; when they are ready the old ones are told
 * to drain; when those have stopped accepting, it is done.
 */
enum reload_step { RELOAD_IDLE, RELOAD_TRYING, RELOAD_STARTING,
	RELOAD_DRAINING };

struct reload {
	enum reload_step step;
	pid_t pid;		/* TRYING: the child */
	int pipe;		/* its reason */
	bool again;		/* asked for once more meanwhile */
	bool happened, failed;	/* the last one, if any */
	char why[480];
	double at;		/* wall time of the last result */
};

struct control;
struct daemon {
	struct daemon_options opt;
	struct engine *engine;
	struct zone_clock clock;
	struct user user;
	uid_t trusted[USER_TRUSTED_MAX];
	size_t n_trusted;
	struct arena *arena;	/* of allow */
	struct ip_set allow;	/* networks that may connect */
	char *state_dir, *control_path;
	bool pid_written;
	struct listeners listeners;
	int control_fd;		/* listening */
	int record_fd[2];	/* [0] keeper reads, [1] workers write */
	int keeper_fd[2];	/* [0] master, [1] keeper: control lines */
	int wake_fd;		/* eventfd: a worker changed its slot */
	int zone_fd;
	struct zone_table *zones;
	struct control_board *board;
	struct slots *slots;
	struct poison *poison;
	double started;		/* wall time */
	unsigned n_workers;

	/* the master's own */
	int signal_fd;
	int ready_fd;		/* the starting shell waits here; -1 */
	struct child workers[LIMIT_WORKERS];
	struct child keeper;
	struct throttle worker_throttle, keeper_throttle;
	struct reload reload;
	struct control *control;
	struct totals totals;
	unsigned serial, keeper_restarts, worker_crashes;
	bool announced;		/* READY was said */
	double watchdog, watchdog_at;	/* WATCHDOG=1: every, next */
	bool stopping;
};

/* master.c: until stopped; an exit status. */
int master_run(struct daemon *d);
void master_start_drain(struct daemon *d, struct child *c);
/* spawn.c */
void spawn_worker(struct daemon *d, unsigned slot);
void spawn_keeper(struct daemon *d);
pid_t spawn_fork(struct daemon *d, const char *role);
/* worker.c, keeper.c: the child's whole life. */
_Noreturn void worker_main(struct daemon *d, unsigned slot);
_Noreturn void keeper_main(struct daemon *d);

/* Is the child one of the rules now in force? */
bool master_is_current(const struct daemon *d, const struct child *c);

/* reload.c */
void reload_begin(struct daemon *d);
/* The trial child ended; starts the new generation if it succeeded. */
void reload_ended(struct daemon *d, int wait_status);
/* Called from the master's loop: take the next step if its time has come. */
void reload_advance(struct daemon *d);

/* control.c: the operators' socket, in the master. */
#define CONTROL_CLIENTS	16
struct pollfd;
struct control *control_new(void);
/* In a child: close what is the master's. */
void control_close(struct daemon *d);
size_t control_poll_fill(struct daemon *d, struct pollfd *p);
void control_poll_done(struct daemon *d, const struct pollfd *p, size_t n);
/* Answer everyone who waits for a reload. */
void control_reloaded(struct daemon *d, const char *answer);
/* status.c */
struct slice status_json(struct arena *a, const struct daemon *d);

/* notify.c: systemd, without its library. */
void notify_systemd(const char *state);
/* Seconds between two WATCHDOG=1; 0: systemd does not want any. */
double notify_watchdog(void);

/* ---- keeper_control.c: operators, in the keeper ---- */
struct watch;
struct keeper_parts {
	struct learn *learn;
	struct prober *prober;
	struct watch *watch;
	double now;		/* zone time */
};
/* One operator's line, answered on fd, which is closed then or by watch. */
void keeper_control(const struct keeper_parts *k, int fd, struct slice line);
/* Write all of it, but wait for no slow reader; close fd. */
void keeper_reply(int fd, struct slice text);
/* The zone as operators' programs see it: one JSON object. */
void keeper_zone_json(struct buf *b, const struct zone_model *z, double now);

/* ---- watch.c: operators who wait for a probe round ---- */
struct watch *watch_new(void);
void watch_free(struct watch **w);
/*
 * Tell fd of the zone's next round; later: one is under way that is not the
 * one meant.  -1: too many wait already; fd stays the caller's.
 */
int watch_add(struct watch *w, const char *zone, int fd, bool later);
/* Nobody answered fd yet. */
bool watch_waits(const struct watch *w, int fd);
/* Give fd back to the caller, unanswered. */
void watch_drop(struct watch *w, int fd);
void watch_seen(struct watch *w, const struct store_probe_row *row);
/* A round is over; another: the next one is under way already. */
void watch_ended(struct watch *w, const struct zone_model *z, double now,
    bool another);
/* Read one line and the socket it came from; -1: nothing (more). */
int keeper_control_receive(int from, char *line, size_t size, int *fd_r);
/* Master's side of the same. */
int keeper_control_send(int to, const char *line, int fd);

#endif

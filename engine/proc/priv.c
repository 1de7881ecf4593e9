/*
 * priv.c - what a child may never do again, whatever mail did to it.
 *
 * Three layers, each for what the one before lets through: no_new_privs (no
 * setuid program helps), landlock (the keeper writes its directory; a worker
 * writes nothing, reads what iconv loads, and connects to the resolvers' ports)
 * and a seccomp list of system calls that kill the process.  The list names
 * what an intruder needs and we never do: run programs, trace, mount, change
 * rights, load code into the kernel, look into other processes.  It is a list
 * of refusals, not of permissions, on purpose: libunbound, SQLite and libc
 * change what they call between versions, and a wrong permission list kills
 * mail service on an upgrade.
 *
 * With a sanitizer built in there is no seccomp: its leak checker traces.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>

#include "base/endpoint.h"
#include "base/log.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* For workers and keeper alike. */
static const int refused[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
	SCMP_SYS(kcmp), SCMP_SYS(pidfd_getfd),
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root),
	SCMP_SYS(chroot), SCMP_SYS(move_mount), SCMP_SYS(open_tree),
	SCMP_SYS(fsopen), SCMP_SYS(fsconfig), SCMP_SYS(fsmount),
	SCMP_SYS(fspick), SCMP_SYS(mount_setattr), SCMP_SYS(swapon),
	SCMP_SYS(swapoff), SCMP_SYS(unshare), SCMP_SYS(setns),
	SCMP_SYS(init_module), SCMP_SYS(finit_module),
	SCMP_SYS(delete_module), SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load), SCMP_SYS(reboot), SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd),
	SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl),
	SCMP_SYS(open_by_handle_at), SCMP_SYS(name_to_handle_at),
	SCMP_SYS(setuid), SCMP_SYS(setgid), SCMP_SYS(setreuid),
	SCMP_SYS(setregid), SCMP_SYS(setresuid), SCMP_SYS(setresgid),
	SCMP_SYS(setgroups), SCMP_SYS(capset), SCMP_SYS(personality),
	SCMP_SYS(iopl), SCMP_SYS(ioperm), SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime), SCMP_SYS(clock_adjtime),
	SCMP_SYS(adjtimex), SCMP_SYS(sethostname), SCMP_SYS(setdomainname),
	SCMP_SYS(acct), SCMP_SYS(quotactl), SCMP_SYS(syslog),
	SCMP_SYS(vhangup), SCMP_SYS(mknod), SCMP_SYS(mknodat),
	SCMP_SYS(vfork), SCMP_SYS(listen), SCMP_SYS(io_uring_setup),
};

/* A worker changes no file at all and signals no one. */
static const int refused_worker[] = {
	SCMP_SYS(kill), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
	SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir),
	SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(symlink),
	SCMP_SYS(symlinkat), SCMP_SYS(chmod), SCMP_SYS(fchmod),
	SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(fchown),
	SCMP_SYS(lchown), SCMP_SYS(fchownat), SCMP_SYS(truncate),
	SCMP_SYS(creat),
};

/* The keeper serves no network. */
static const int refused_keeper[] = {
	SCMP_SYS(kill), SCMP_SYS(accept), SCMP_SYS(accept4),
};

static int
refuse(scmp_filter_ctx ctx, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int rc = seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS,
		    calls[i], 0);

		/* a call this machine does not have needs no refusal */
		if (rc != 0 && rc != -EDOM && rc != -EINVAL) {
			return rc;
		}
	}
	return 0;
}

/* Threads may be made, processes not; clone3 hides its flags, and libc falls
 * back to clone when it is missing. */
static int
refuse_fork(scmp_filter_ctx ctx)
{
	int rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone),
	    1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));

	if (rc != 0) {
		return rc;
	}
	rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3),
	    0);
	return rc == -EDOM || rc == -EINVAL ? 0 : rc;
}

#define REFUSE(ctx, list) \
	refuse((ctx), (list), sizeof(list) / sizeof((list)[0]))

/*
 * New sockets: none without DNS; else for the Internet, and datagrams to the
 * system's log.  libc's log would take a killed process for a bug of ours.
 */
static int
refuse_sockets(scmp_filter_ctx ctx, bool all)
{
	const uint32_t no = SCMP_ACT_ERRNO(EACCES);
	int rc;

	if (all)
		return seccomp_rule_add(ctx, no, SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_NE, AF_UNIX));
	rc = seccomp_rule_add(ctx, no, SCMP_SYS(socket), 1,
	    SCMP_A0(SCMP_CMP_GT, AF_INET6));
	return rc != 0 ? rc : seccomp_rule_add(ctx, no, SCMP_SYS(socket), 2,
	    SCMP_A0(SCMP_CMP_NE, AF_UNIX),
	    SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_RAW));
}

/* No service of this machine is reached through its unix socket. */
static int
refuse_unix_streams(scmp_filter_ctx ctx)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(types) / sizeof(types[0]); i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES),
		    SCMP_SYS(socket), 2, SCMP_A0(SCMP_CMP_EQ, AF_UNIX),
		    SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, (scmp_datum_t)types[i]));
	return rc;
}

static int
refuse_of_worker(scmp_filter_ctx ctx, bool no_network)
{
	int rc = REFUSE(ctx, refused_worker);

	if (rc == 0)
		rc = refuse_sockets(ctx, no_network);
	return rc != 0 ? rc : refuse_unix_streams(ctx);
}

static int
load_filter(enum role role, bool no_network)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int rc;

	if (ctx == NULL) {
		return -ENOMEM;
	}
	rc = REFUSE(ctx, refused);
	if (rc == 0) {
		rc = refuse_fork(ctx);
	}
	if (rc == 0) {
		rc = role == ROLE_WORKER ? refuse_of_worker(ctx, no_network) :
		    REFUSE(ctx, refused_keeper);
	}
	if (rc == 0) {
		rc = seccomp_load(ctx);
	}
	seccomp_release(ctx);
	return rc;
}

/* iconv loads a converter when mail first needs it, with its tables. */
static const char *const worker_reads[] = {
	"/usr/lib", "/lib", "/lib64", "/usr/lib64", "/usr/local/lib",
	"/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo",
	"/dev/null", "/dev/urandom",
};

/* The ports of dns_server, or the one of all name servers. */
static void
resolver_ports(const struct daemon *d, struct confinement *c)
{
	size_t n;
	const struct slice *v = conf_list(d->engine->conf,
	    "dns_server", &n);

	c->limit_tcp = true;
	c->ports[c->n_ports++] = 53;
	for (size_t i = 0; i < n && c->n_ports < CONFINED_PORTS; i++) {
		struct endpoint at;

		if (endpoint_parse(v[i], &at) == 0 && at.port != 0)
			c->ports[c->n_ports++] = at.port;
	}
}

static struct confinement
confine(enum role role, const struct daemon *d)
{
	struct confinement c = { 0 };

	if (role == ROLE_KEEPER) {
		c.write_dir = d->state_dir;
		return c;
	}
	/* a sanitizer reads what it needs for its report */
	c.limit_reading = !SANITIZED;
	c.readable = worker_reads;
	c.n_readable = sizeof(worker_reads) / sizeof(worker_reads[0]);
	c.no_network = !d->engine->net;
	resolver_ports(d, &c);
	return c;
}

void
priv_restrict(enum role role, const struct daemon *d)
{
	struct confinement c = confine(role, d);
	int rc;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		log_line(LOG_L_WARN, "event=sandbox missing=no_new_privs "
		    "why=\"%s\"", strerror(errno));
	}
	if (landlock_confine(&c) != 0) {
		log_line(LOG_L_WARN, "event=sandbox missing=landlock "
		    "why=\"%s\"", strerror(errno));
	}
	if (SANITIZED) {
		log_line(LOG_L_INFO, "event=sandbox missing=seccomp "
		    "why=\"built with a sanitizer\"");
		return;
	}
	rc = load_filter(role, c.no_network);
	if (rc != 0) {
		log_line(LOG_L_WARN, "event=sandbox missing=seccomp "
		    "why=\"%s\"", strerror(-rc));
	}
}

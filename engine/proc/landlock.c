/*
 * landlock.c - the files and the TCP ports that a process may still reach.
 *
 * Called by priv.c.  glibc has no wrappers for the three system calls.  Rights
 * that a kernel does not know are left out, by the version it reports:
 * version 1 knows files, 2 and 3 more of them, 4 TCP, 6 signals and abstract
 * sockets.  What only a later version could refuse is named in tared(8).
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define WRITES								\
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |	\
	LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |	\
	LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |	\
	LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |	\
	LANDLOCK_ACCESS_FS_MAKE_SYM)
#define READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* What a rule about a file, not a directory, may say. */
#define OF_A_FILE (LANDLOCK_ACCESS_FS_READ_FILE | ACCESS_TRUNCATE | \
	LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE)
/* Later than the first version, and than some systems' headers. */
#define ACCESS_REFER	(1ULL << 13)	/* version 2 */
#define ACCESS_TRUNCATE	(1ULL << 14)	/* version 3 */
#define NET_BIND_TCP	(1ULL << 0)	/* version 4 */
#define NET_CONNECT_TCP	(1ULL << 1)
#define RULE_NET_PORT	2
/* version 6: abstract sockets, signals */
#define SCOPE_ALL	3ULL

/* As the kernel has it; a shorter one is the same with zeros. */
struct ruleset_attr {
	uint64_t fs, net, scoped;
};
struct net_port {
	uint64_t allowed, port;
};

static struct ruleset_attr
handled(const struct confinement *c, long version)
{
	struct ruleset_attr attr = { WRITES, 0, 0 };

	if (version >= 2)
		attr.fs |= ACCESS_REFER;
	if (version >= 3)
		attr.fs |= ACCESS_TRUNCATE;
	if (c->limit_reading)
		attr.fs |= READS;
	if (version >= 4 && c->limit_tcp)
		attr.net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (version >= 6)
		attr.scoped = SCOPE_ALL;
	return attr;
}

/* A path that is not there needs no rule. */
static int
allow_path(int ruleset, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr below = { .allowed_access = rights };
	int fd = open(path, O_PATH | O_CLOEXEC), rc;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		below.allowed_access &= OF_A_FILE;
	below.parent_fd = fd;
	rc = (int)syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &below, 0);
	close(fd);
	return rc;
}

static int
allow_port(int ruleset, uint16_t port)
{
	struct net_port to = { NET_CONNECT_TCP, port };

	return (int)syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT,
	    &to, 0);
}

static int
add_rules(int ruleset, const struct confinement *c,
    const struct ruleset_attr *attr)
{
	uint64_t all = attr->fs & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE;

	if (c->write_dir != NULL && allow_path(ruleset, c->write_dir, all) != 0)
		return -1;
	for (size_t i = 0; c->limit_reading && i < c->n_readable; i++) {
		if (allow_path(ruleset, c->readable[i], READS) != 0)
			return -1;
	}
	for (size_t i = 0; attr->net != 0 && i < c->n_ports; i++) {
		if (allow_port(ruleset, c->ports[i]) != 0)
			return -1;
	}
	return 0;
}

int
landlock_confine(const struct confinement *c)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset_attr attr;
	int ruleset, rc = -1, saved;

	if (version < 1)
		return -1;
	attr = handled(c, version);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr,
	    sizeof(attr), 0);
	if (ruleset < 0)
		return -1;
	if (add_rules(ruleset, c, &attr) == 0)
		rc = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	saved = errno;
	close(ruleset);
	errno = saved;
	return rc;
}

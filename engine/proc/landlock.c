/*
 * landlock.c - a process that can write files only below one directory.
 *
 * glibc has no wrappers for the three system calls.  Reading stays allowed:
 * iconv and the resolver open their own files late.  Rights that a kernel
 * does not know are left out, by the version it reports.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <linux/landlock.h>
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
/* Later than the first version, and than some systems' headers. */
#define ACCESS_REFER	(1ULL << 13)	/* version 2 */
#define ACCESS_TRUNCATE	(1ULL << 14)	/* version 3 */

static uint64_t
handled_rights(long version)
{
	uint64_t rights = WRITES;

	if (version >= 2) {
		rights |= ACCESS_REFER;
	}
	if (version >= 3) {
		rights |= ACCESS_TRUNCATE;
	}
	return rights;
}

static int
allow_below(int ruleset, const char *dir, uint64_t rights)
{
	struct landlock_path_beneath_attr below = {
		.allowed_access = rights & ~(uint64_t)
		    LANDLOCK_ACCESS_FS_EXECUTE };
	int fd = open(dir, O_PATH | O_CLOEXEC), rc;

	if (fd < 0) {
		return -1;
	}
	below.parent_fd = fd;
	rc = (int)syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &below, 0);
	close(fd);
	return rc;
}

int
landlock_writes(const char *dir)
{
	struct landlock_ruleset_attr attr = { 0 };
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	int ruleset, rc = -1, saved;

	if (version < 1) {
		return -1;
	}
	attr.handled_access_fs = handled_rights(version);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr,
	    sizeof(attr), 0);
	if (ruleset < 0) {
		return -1;
	}
	if (dir == NULL ||
	    allow_below(ruleset, dir, attr.handled_access_fs) == 0) {
		rc = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	}
	saved = errno;
	close(ruleset);
	errno = saved;
	return rc;
}

/*
 * user.c - root only to bind: who tared becomes afterwards.
 *
 * Started by root: --user and --group, else the user "tare" if there is one,
 * else "nobody" with a warning.  Started by anyone else: stay.
 *
 * The state directory is made, and given to that user when it is new or
 * empty; one with something in it is never given away.
 */
#include "config.h"

#include "proc/proc-priv.h"

#include <sys/prctl.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static void
take_passwd(struct user *u, const struct passwd *pw)
{
	u->uid = pw->pw_uid;
	u->gid = pw->pw_gid;
	snprintf(u->name, sizeof(u->name), "%s", pw->pw_name);
}

static int
default_user(struct user *u, struct err *e)
{
	const struct passwd *pw = getpwnam("tare");

	if (pw == NULL) {
		pw = getpwnam("nobody");
		if (pw == NULL) {
			return err_set(e, ERR_CONFIG, "started by root and "
			    "there is neither a user tare nor nobody; say "
			    "--user");
		}
		log_line(LOG_L_WARN, "event=user user=nobody why=\"there is "
		    "no user tare: the state directory and rules must be "
		    "accessible to nobody, or say --user\"");
	}
	take_passwd(u, pw);
	return 0;
}

int
user_find(const struct daemon_options *opt, struct user *u_r, struct err *e)
{
	const struct passwd *pw = getpwuid(geteuid());

	*u_r = (struct user){ .uid = geteuid(), .gid = getegid() };
	if (pw != NULL) {
		snprintf(u_r->name, sizeof(u_r->name), "%s", pw->pw_name);
	}
	if (geteuid() != 0) {
		return 0;
	}
	if (opt->user != NULL) {
		pw = getpwnam(opt->user);
		if (pw == NULL) {
			return err_set(e, ERR_CONFIG, "no such user: %s",
			    opt->user);
		}
		take_passwd(u_r, pw);
	} else if (default_user(u_r, e) != 0) {
		return -1;
	}
	if (opt->group != NULL) {
		const struct group *gr = getgrnam(opt->group);

		if (gr == NULL) {
			return err_set(e, ERR_CONFIG, "no such group: %s",
			    opt->group);
		}
		u_r->gid = gr->gr_gid;
	}
	u_r->change = u_r->uid != 0;
	return 0;
}

static bool
is_empty(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *de;
	bool empty = true;

	if (d == NULL) {
		return false;
	}
	while ((de = readdir(d)) != NULL) {
		if (strcmp(de->d_name, ".") != 0 &&
		    strcmp(de->d_name, "..") != 0) {
			empty = false;
		}
	}
	closedir(d);
	return empty;
}

int
user_state_dir(const struct user *u, const char *dir, struct err *e)
{
	if (mkdir(dir, 0750) != 0 && errno != EEXIST) {
		return err_errno(e, ERR_CONFIG,
		    "cannot make the state directory %s", dir);
	}
	if (u->change && is_empty(dir) && chown(dir, u->uid, u->gid) != 0) {
		return err_errno(e, ERR_OS, "cannot give %s to %s", dir,
		    u->name);
	}
	return 0;
}

int
user_become(const struct user *u, struct err *e)
{
	if (!u->change) {
		return 0;
	}
	if (initgroups(u->name, u->gid) != 0 ||
	    setresgid(u->gid, u->gid, u->gid) != 0 ||
	    setresuid(u->uid, u->uid, u->uid) != 0) {
		return err_errno(e, ERR_OS, "cannot become user %s", u->name);
	}
	if (setuid(0) == 0) {
		return err_set(e, ERR_SOFTWARE, "still able to become root");
	}
#ifdef __SANITIZE_ADDRESS__
	/* the leak checker traces its own process */
	prctl(PR_SET_DUMPABLE, 1);
#endif
	return 0;
}

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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/vec.h"

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

int
user_trusted(const struct daemon_options *opt, uid_t *uid_r, size_t *n_r,
    struct err *e)
{
	*n_r = 0;
	for (size_t i = 0; i < opt->n_trust_users; i++) {
		const struct passwd *pw = getpwnam(opt->trust_users[i]);

		if (pw == NULL) {
			return err_set(e, ERR_CONFIG,
			    "--trust-user: no such user: %s",
			    opt->trust_users[i]);
		}
		if (*n_r == USER_TRUSTED_MAX) {
			return err_set(e, ERR_CONFIG,
			    "more than %d --trust-user", USER_TRUSTED_MAX);
		}
		uid_r[(*n_r)++] = pw->pw_uid;
	}
	return 0;
}

/* ---- names of those who connect ---- */

/* A directory service may know a million; those are shown by number. */
#define NAMES_MAX	10000

struct user_names {
	struct arena *arena;
	VEC_OF(struct user_name { uid_t uid; const char *name; }) v;
};

static int
by_uid(const void *a, const void *b)
{
	uid_t x = ((const struct user_name *)a)->uid;
	uid_t y = ((const struct user_name *)b)->uid;

	return x < y ? -1 : x > y;
}

struct user_names *
user_names_load(void)
{
	struct arena *a = arena_new();
	struct user_names *un = arena_alloc(a, sizeof(*un));
	const struct passwd *pw;

	un->arena = a;
	setpwent();
	while (un->v.n < NAMES_MAX && (pw = getpwent()) != NULL) {
		*VEC_PUSH(a, &un->v) = (struct user_name){ pw->pw_uid,
			arena_str(a, slice_cstr(pw->pw_name)) };
	}
	endpwent();
	if (un->v.n > 0) {
		qsort(un->v.v, un->v.n, sizeof(un->v.v[0]), by_uid);
	}
	return un;
}

const char *
user_names_find(const struct user_names *un, uid_t uid)
{
	struct user_name key = { uid, NULL };
	const struct user_name *found = un->v.n == 0 ? NULL :
	    bsearch(&key, un->v.v, un->v.n, sizeof(key), by_uid);

	return found != NULL ? found->name : NULL;
}

void
user_names_free(struct user_names **un)
{
	if (*un != NULL) {
		struct arena *a = (*un)->arena;

		*un = NULL;
		arena_free(&a);
	}
}

/* Compiled rules are nothing: root's `tare --state` keeps them there, too. */
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
		    strcmp(de->d_name, "..") != 0 &&
		    strcmp(de->d_name, "cache") != 0) {
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

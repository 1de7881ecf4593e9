/*
 * control_client.c - one question to the running daemon's control socket.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fdio.h"
#include "cmd/cmd.h"

static int
connect_to(const char *path, struct err *e)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path))
		return err_set(e, ERR_USAGE, "socket path too long: %s", path);
	memcpy(sun.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(e, ERR_OS, "socket");
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0) {
		err_errno(e, ERR_UNAVAILABLE, "no daemon answers at %s (is "
		    "tared running with this --state or --control? Its log "
		    "says if it could not listen there)", path);
		close(fd);
		return -1;
	}
	return fd;
}

int
control_ask(struct arena *a, const struct cmd_options *o, const char *line,
    struct slice *answer_r, struct err *e)
{
	const char *path = o->control ? o->control :
	    arena_printf(a, "%s/control", cmd_state_dir(o));
	const char *text = arena_printf(a, "%s\n", line);
	int fd = connect_to(path, e), rc;

	if (fd < 0)
		return -1;
	if (fd_write_all(fd, text, strlen(text)) != 0 ||
	    shutdown(fd, SHUT_WR) != 0) {
		err_errno(e, ERR_IO, "%s", path);
		close(fd);
		return -1;
	}
	rc = fd_read_all(fd, a, 64 * 1024 * 1024, answer_r, e);
	close(fd);
	return rc;
}

/*
 * fdio.c - blocking reads and writes that finish, and directory lists.
 */
#include "config.h"

#include "base/fdio.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/vec.h"

int
fd_write_all(int fd, const void *p, size_t n)
{
	const char *c = p;

	while (n > 0) {
		ssize_t w = write(fd, c, n);

		if (w < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		c += w;
		n -= (size_t)w;
	}
	return 0;
}

/* For each call of read; with that much behind its end, a file whose size is
 * known is read to its place and not moved to learn that it ends there. */
#define ROOM 4096

int
fd_read_all(int fd, struct arena *a, size_t limit, struct slice *out_r,
    struct err *e)
{
	struct stat st;
	struct buf b;
	ssize_t n;

	buf_init(&b, a);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    (uint64_t)st.st_size <= limit)
		buf_reserve(&b, (size_t)st.st_size + ROOM);
	for (;;) {
		size_t room;

		buf_reserve(&b, ROOM);
		room = b.cap - b.n - 1;
		n = read(fd, b.p + b.n, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, ERR_IO, "read");
		if (n == 0)
			break;
		b.n += (size_t)n;
		if (b.n > limit)
			return err_set(e, ERR_DATA,
			    "more than %zu bytes", limit);
	}
	*out_r = (struct slice){ buf_cstr(&b), b.n };
	return 0;
}

int
file_read(const char *path, struct arena *a, size_t limit,
    struct slice *out_r, struct err *e)
{
	struct err why;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return err_errno(e, ERR_NOINPUT, "cannot open %s", path);
	rc = fd_read_all(fd, a, limit, out_r, &why);
	close(fd);
	if (rc != 0)
		return err_set(e, why.code, "%s: %s", path, why.text);
	return 0;
}

static int
set_flag(int fd, int get, int set, int flag)
{
	int flags = fcntl(fd, get);

	return flags < 0 ? -1 : fcntl(fd, set, flags | flag);
}

int
fd_nonblock(int fd)
{
	return set_flag(fd, F_GETFL, F_SETFL, O_NONBLOCK);
}

int
fd_cloexec(int fd)
{
	return set_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC);
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
dir_list(const char *dir, const char *suffix, struct arena *a, char ***paths_r,
    size_t *n_r, struct err *e)
{
	VEC_OF(char *) paths = { 0 };
	struct dirent *d;
	DIR *h = opendir(dir);

	if (h == NULL)
		return err_errno(e, ERR_NOINPUT, "cannot open directory %s",
		    dir);
	while ((d = readdir(h)) != NULL) {
		if (d->d_name[0] != '.' && slice_ends(slice_cstr(d->d_name),
		    slice_cstr(suffix)))
			*VEC_PUSH(a, &paths) = arena_printf(a, "%s/%s", dir,
			    d->d_name);
	}
	closedir(h);
	if (paths.n > 1)
		qsort(paths.v, paths.n, sizeof(*paths.v), by_bytes);
	*VEC_PUSH(a, &paths) = NULL;
	*paths_r = paths.v;
	*n_r = paths.n - 1;
	return 0;
}

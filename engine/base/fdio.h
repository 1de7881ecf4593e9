/*
 * fdio - whole reads and writes on blocking descriptors, and files.
 */
#ifndef BASE_FDIO_H
#define BASE_FDIO_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

/* Write everything (EINTR and short writes handled). 0 or -1 with errno. */
int fd_write_all(int fd, const void *p, size_t n);
/*
 * Read to end of file into the arena.  More than limit bytes: -1 with
 * ERR_DATA.  0 means all was read.
 */
int fd_read_all(int fd, struct arena *a, size_t limit, struct slice *out_r,
    struct err *e);
int file_read(const char *path, struct arena *a, size_t limit,
    struct slice *out_r, struct err *e);
int fd_nonblock(int fd);
int fd_cloexec(int fd);
/* Names in dir ending in suffix, byte order, full paths, NULL-terminated. */
int dir_list(const char *dir, const char *suffix, struct arena *a,
    char ***paths_r, size_t *n_r, struct err *e);

#endif

/*
 * cache.c - a directory of files, each under its key (cache.h).
 *
 * Called by warm.c.  Everything goes through a descriptor of the directory, so
 * that it cannot be exchanged behind the check of whom it belongs to.  A file
 * is mapped, not read: processes share its pages.  Nobody ever changes a file;
 * a new one takes its name.
 */
#include "config.h"

#include "match/cache.h"

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/vec.h"

enum { FORMAT = 1, NAME_BYTES = 64 };
#define MAGIC "tarematc"
#define SUFFIX ".matcher"

struct head {
	char magic[8];
	uint64_t version;
	struct cache_key key;
	uint64_t length;
	uint64_t sum;
	uint64_t spare[2];		/* so that the bytes are aligned */
};
_Static_assert(sizeof(struct head) == 64, "what follows is aligned");

/* ---- keys ---- */

void
cache_key_add(struct cache_key *key, const void *p, size_t n)
{
	for (unsigned i = 0; i < 2; i++)
		key->v[i] = hash_bulk(p, n, key->v[i] + i);
}

/* The first object is the program; its notes hold what the linker made of
 * all of it. */
static int
add_build_id(struct dl_phdr_info *info, size_t size, void *key)
{
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		const char *p = (const char *)(info->dlpi_addr +
		    ph->p_vaddr);
		const char *end = p + ph->p_memsz;
		const ElfW(Nhdr) *note;

		for (; ph->p_type == PT_NOTE && p < end;
		    p += sizeof(*note) + ((note->n_namesz + 3) & ~3u) +
		    ((note->n_descsz + 3) & ~3u)) {
			note = (const ElfW(Nhdr) *)(const void *)p;
			if (note->n_type != NT_GNU_BUILD_ID ||
			    note->n_namesz != 4)
				continue;
			cache_key_add(key, p + sizeof(*note) + 4,
			    note->n_descsz);
			return 1;
		}
	}
	return -1;
}

bool
cache_key_program(struct cache_key *key)
{
	return dl_iterate_phdr(add_build_id, key) == 1;
}

/* ---- whom to trust ---- */

static bool
is_ours(const struct stat *st)
{
	return (st->st_uid == geteuid() || st->st_uid == 0) &&
	    (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* -1: not there, or not ours. */
static int
open_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) != 0 || !is_ours(&st))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
file_name(char name[static NAME_BYTES], const struct cache_key *key)
{
	snprintf(name, NAME_BYTES, "%016llx%016llx" SUFFIX,
	    (unsigned long long)key->v[0], (unsigned long long)key->v[1]);
}

/* ---- reading ---- */

struct mapping {
	void *p;
	size_t n;
};

static void
unmap(void *arg)
{
	struct mapping *m = arg;

	munmap(m->p, m->n);
}

static bool
is_sound(const struct head *h, size_t n, const struct cache_key *key)
{
	return memcmp(h->magic, MAGIC, sizeof(h->magic)) == 0 &&
	    h->version == FORMAT &&
	    memcmp(&h->key, key, sizeof(*key)) == 0 &&
	    h->length == n - sizeof(*h) && h->sum ==
	    hash_bulk(h + 1, n - sizeof(*h), key->v[0]);
}

/* What is mapped goes with the arena, sound or not. */
static bool
map_file(struct arena *a, int fd, const struct cache_key *key,
    struct slice *bytes_r)
{
	struct mapping *m = arena_alloc(a, sizeof(*m));
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || !is_ours(&st) ||
	    st.st_size < (off_t)sizeof(struct head) ||
	    st.st_size > LIMIT_CACHE_BYTES)
		return false;
	m->n = (size_t)st.st_size;
	m->p = mmap(NULL, m->n, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (m->p == MAP_FAILED)
		return false;
	arena_defer(a, unmap, m);
	if (!is_sound(m->p, m->n, key))
		return false;
	*bytes_r = (struct slice){ (char *)m->p + sizeof(struct head),
		m->n - sizeof(struct head) };
	return true;
}

bool
cache_load(struct arena *a, const char *dir, const struct cache_key *key,
    struct slice *bytes_r)
{
	char name[NAME_BYTES];
	int at = open_dir(dir), fd;
	bool good = false;

	if (at < 0)
		return false;
	file_name(name, key);
	fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		good = map_file(a, fd, key, bytes_r);
		close(fd);
	}
	close(at);
	return good;
}

/* ---- writing ---- */

struct found {
	char *name;
	struct timespec written;
};

/* Newest first. */
static int
by_age(const void *pa, const void *pb)
{
	const struct found *a = pa, *b = pb;

	if (a->written.tv_sec != b->written.tv_sec)
		return a->written.tv_sec < b->written.tv_sec ? 1 : -1;
	if (a->written.tv_nsec != b->written.tv_nsec)
		return a->written.tv_nsec < b->written.tv_nsec ? 1 : -1;
	return strcmp(a->name, b->name);
}

/* Old sets of rules, and what a writer left that was killed. */
static void
prune(int at)
{
	VEC_OF(struct found) v = { 0 };
	struct arena *a = arena_new();
	int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	struct stat st;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		if (strstr(entry->d_name, SUFFIX) != NULL &&
		    fstatat(at, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			*VEC_PUSH(a, &v) = (struct found){ arena_str(a,
			    slice_cstr(entry->d_name)), st.st_mtim };
	}
	if (v.n > 0)
		qsort(v.v, v.n, sizeof(*v.v), by_age);
	for (size_t i = LIMIT_CACHE_FILES; i < v.n; i++)
		unlinkat(at, v.v[i].name, 0);
	if (d != NULL)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	arena_free(&a);
}

static int
write_file(int at, const char *name, const struct head *head,
    struct slice bytes)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	int rc;

	if (fd < 0)
		return -1;
	rc = fd_write_all(fd, head, sizeof(*head)) == 0 &&
	    fd_write_all(fd, bytes.p, bytes.n) == 0 ? 0 : -1;
	return close(fd) == 0 ? rc : -1;
}

void
cache_save(const char *dir, const struct cache_key *key, struct slice bytes)
{
	struct head head = { .magic = MAGIC, .version = FORMAT, .key = *key,
		.length = bytes.n };
	char name[NAME_BYTES], other[NAME_BYTES + 24];
	uint64_t unique;
	int at;

	if (bytes.n > LIMIT_CACHE_BYTES - sizeof(head) ||
	    getrandom(&unique, sizeof(unique), 0) != sizeof(unique))
		return;
	(void)mkdir(dir, 0700);
	at = open_dir(dir);
	if (at < 0)
		return;
	head.sum = hash_bulk(bytes.p, bytes.n, key->v[0]);
	file_name(name, key);
	snprintf(other, sizeof(other), "%s.%016llx", name,
	    (unsigned long long)unique);
	if (write_file(at, other, &head, bytes) != 0 ||
	    renameat(at, other, at, name) != 0)
		unlinkat(at, other, 0);
	prune(at);
	close(at);
}

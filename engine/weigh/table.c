/*
 * table - the zone table in shared memory: one writer, many readers.
 *
 * Format.  One memfd, all of it mapped:
 *
 *	struct header	magic, version, sizes, then the generation counter
 *	struct half [0]	count, then LIMIT_ZONES entries
 *	struct half [1]	the same
 *
 * The half in use is generation & 1; an untouched table has generation 0 and
 * an empty half 0.  To publish, the keeper fills the other half and then
 * stores generation + 1 with release order.  It does not touch the half in
 * use, so being killed at any instruction leaves a whole table behind, and
 * the next keeper simply writes over the unfinished half.
 *
 * To read: load the generation (acquire), copy its half, load it again.  The
 * writer can only be inside the half being copied if it has published in
 * between, and then the second load differs: copy again.  For that second
 * load to be a proof, a reader that saw one new word must also see the new
 * counter.  So the words are copied as relaxed atomics, with a release fence
 * before the writer's first word (after the counter it stored last time) and
 * an acquire fence after the reader's last one (C11 7.17.4p2).  A reader
 * retries only as often as the keeper publishes, a few times a second at
 * most; a dead keeper makes no one wait.
 *
 * Protection.  After the first, writable mapping the memfd is sealed with
 * F_SEAL_FUTURE_WRITE (Linux 5.1): every later mapping is read-only for good,
 * mprotect and write(2) are refused.  A worker that hostile mail has taken
 * over cannot raise a weight, once it has closed the inherited mapping.
 *
 * Fatal: publishing through a read-only mapping (our bug).
 */
#include "config.h"

#include "weigh/weigh.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define TABLE_MAGIC	0x7a6f6e65u	/* "zone" */
#define TABLE_VERSION	2
#define ENTRY_WORDS	(sizeof(struct zone_entry) / sizeof(uint64_t))
#define SEALS							\
	(F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

_Static_assert(sizeof(struct zone_entry) % sizeof(uint64_t) == 0,
    "entries are copied as words");

struct half {
	_Atomic uint64_t count;
	_Atomic uint64_t words[LIMIT_ZONES * ENTRY_WORDS];
};

struct shared {
	uint32_t magic, version, entry_size, entries;
	_Atomic uint64_t generation;
	struct half half[2];
};

struct zone_table {
	struct shared *map;
	bool writable;
};

static struct zone_table *
table_new(void *map, bool writable)
{
	struct zone_table *t = mem_alloc(sizeof(*t));

	t->map = map;
	t->writable = writable;
	return t;
}

struct zone_table *
zone_table_create(int *fd_r, struct err *e)
{
	struct shared *map = MAP_FAILED;
	int fd;

	fd = memfd_create("tare-zones", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || ftruncate(fd, sizeof(*map)) != 0) {
		err_errno(e, ERR_OS, "zone table: cannot make shared memory");
		goto fail;
	}
	map = mmap(NULL, sizeof(*map), PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	if (map == MAP_FAILED) {
		err_errno(e, ERR_OS, "zone table: cannot map shared memory");
		goto fail;
	}
	map->magic = TABLE_MAGIC;
	map->version = TABLE_VERSION;
	map->entry_size = sizeof(struct zone_entry);
	map->entries = LIMIT_ZONES;
	if (fcntl(fd, F_ADD_SEALS, SEALS) != 0) {
		err_errno(e, ERR_OS, "zone table: cannot seal shared memory "
		    "(Linux 5.1 or newer is needed)");
		goto fail;
	}
	*fd_r = fd;
	return table_new(map, true);
fail:
	if (map != MAP_FAILED) {
		munmap(map, sizeof(*map));
	}
	if (fd >= 0) {
		close(fd);
	}
	return NULL;
}

struct zone_table *
zone_table_open(int fd, struct err *e)
{
	struct shared *map;
	struct stat st;

	if (fstat(fd, &st) != 0 || st.st_size != (off_t)sizeof(*map)) {
		err_set(e, ERR_OS, "zone table: descriptor %d is not one", fd);
		return NULL;
	}
	map = mmap(NULL, sizeof(*map), PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		err_errno(e, ERR_OS, "zone table: cannot map descriptor %d",
		    fd);
		return NULL;
	}
	if (map->magic != TABLE_MAGIC || map->version != TABLE_VERSION ||
	    map->entry_size != sizeof(struct zone_entry) ||
	    map->entries != LIMIT_ZONES) {
		munmap(map, sizeof(*map));
		err_set(e, ERR_OS, "zone table: descriptor %d holds another "
		    "version", fd);
		return NULL;
	}
	return table_new(map, false);
}

void
zone_table_close(struct zone_table **t)
{
	if (*t != NULL) {
		munmap((*t)->map, sizeof(*(*t)->map));
		mem_free(*t);
		*t = NULL;
	}
}

void
zone_table_publish(struct zone_table *t, const struct zone_entry *e, size_t n)
{
	struct shared *map = t->map;
	uint64_t gen, word;
	struct half *idle;

	if (!t->writable) {
		DIE("zone table published by a reader");
	}
	if (n > LIMIT_ZONES) {
		n = LIMIT_ZONES;
	}
	gen = atomic_load_explicit(&map->generation, memory_order_relaxed);
	idle = &map->half[(gen + 1) & 1];
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&idle->count, n, memory_order_relaxed);
	for (size_t i = 0; i < n * ENTRY_WORDS; i++) {
		memcpy(&word, (const char *)e + i * sizeof(word),
		    sizeof(word));
		atomic_store_explicit(&idle->words[i], word,
		    memory_order_relaxed);
	}
	atomic_store_explicit(&map->generation, gen + 1,
	    memory_order_release);
}

/* Maybe torn: only the caller's second look at the counter can tell. */
static size_t
half_copy(const struct half *h, struct zone_entry *entries)
{
	uint64_t n, word;

	n = atomic_load_explicit(&h->count, memory_order_relaxed);
	if (n > LIMIT_ZONES) {
		n = LIMIT_ZONES;
	}
	for (size_t i = 0; i < n * ENTRY_WORDS; i++) {
		word = atomic_load_explicit(&h->words[i],
		    memory_order_relaxed);
		memcpy((char *)entries + i * sizeof(word), &word,
		    sizeof(word));
	}
	return (size_t)n;
}

size_t
zone_table_snapshot(const struct zone_table *t, struct zone_entry *entries,
    uint64_t *generation_r)
{
	const struct shared *map = t->map;
	uint64_t before, after;
	size_t n;

	do {
		before = atomic_load_explicit(&map->generation,
		    memory_order_acquire);
		n = half_copy(&map->half[before & 1], entries);
		atomic_thread_fence(memory_order_acquire);
		after = atomic_load_explicit(&map->generation,
		    memory_order_relaxed);
	} while (before != after);
	if (generation_r != NULL) {
		*generation_r = before;
	}
	return n;
}

uint64_t
zone_table_generation(const struct zone_table *t)
{
	return atomic_load_explicit(&t->map->generation,
	    memory_order_acquire);
}

/*
 * map - string to pointer, insertion order kept, in an arena.
 *
 * Keys are copied.  Hashing is seeded per process, so that mail cannot
 * choose collisions.  With nocase, ASCII letters fold.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/arena.h"
#include "base/slice.h"

struct map;

struct map_entry {
	struct slice key;
	void *value;
};

struct map *map_new(struct arena *a, bool nocase);
void *map_get(const struct map *m, struct slice key);	/* NULL: absent */
bool map_has(const struct map *m, struct slice key);
/* Set or replace; returns the entry's value before (NULL if new). */
void *map_put(struct map *m, struct slice key, void *value);
/*
 * Where the value of key is, to be read and set until the next map_put or
 * map_place; a key that was not there is entered with NULL.
 */
void **map_place(struct map *m, struct slice key);
size_t map_count(const struct map *m);
/* i-th entry in order of first insertion. */
struct map_entry *map_at(const struct map *m, size_t i);
uint64_t hash_bytes(const void *p, size_t n);		/* seeded */
/* FNV-1a 64, the same in every process and run: for keys on disk. */
uint64_t hash_stable(const void *p, size_t n, uint64_t basis);
/* Several bytes a cycle, for whole messages and files; another machine may
 * come to another sum. */
uint64_t hash_bulk(const void *p, size_t n, uint64_t basis);

#endif

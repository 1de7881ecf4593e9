/*
 * cache - what took long to work out, in files of a directory; for the files
 * of this room only.
 *
 * A file is named after its key and holds
 *
 *	magic, version | key | length | checksum of all bytes behind | bytes
 *
 * Whoever finds no such file, or one that is not as it should be, works the
 * bytes out and writes the file anew: under another name first, then renamed,
 * so that readers see all of it or none, and two writers at once leave the
 * file of one of them.
 *
 * The directory and its files count only when they belong to this user (or
 * root) and nobody else may write to them: bytes from here are used as code
 * would be.  It is made if it is not there.  Nothing here is ever an error:
 * without a cache, things take longer.
 */
#ifndef MATCH_CACHE_H
#define MATCH_CACHE_H

#include "base/arena.h"
#include "base/slice.h"

struct cache_key {
	uint64_t v[2];
};
/* Mix bytes into a key, which begins as zeros. */
void cache_key_add(struct cache_key *key, const void *p, size_t n);
/* Mix in which program this is; false: it does not know. */
bool cache_key_program(struct cache_key *key);

/*
 * The bytes kept under that key, at an address that is a multiple of 64;
 * read-only, and there until the arena is freed.  False: none.
 */
bool cache_load(struct arena *a, const char *dir,
    const struct cache_key *key, struct slice *bytes_r);
/* Keep them, and throw away the oldest of too many files. */
void cache_save(const char *dir, const struct cache_key *key,
    struct slice bytes);

#endif

/*
 * accessdb - what the files of this plugin share: accessdb.c (the eval),
 * map.c (a file as a table in memory), hash.c (Berkeley DB hash files).
 */
#ifndef PLUGINS_ACCESSDB_H
#define PLUGINS_ACCESSDB_H

#include "plugins/eval.h"

/* A file is read whole: this is ten times the largest that was heard of. */
#define ACCESS_FILE_MAX ((size_t)64 << 20)
/* A key is an address or a name: RFC 5321 4.5.3.1 stops at 320 bytes. */
#define ACCESS_KEY_MAX 512

/* What an entry says of mail that comes from there. */
enum access_verdict { ACCESS_NONE, ACCESS_OK, ACCESS_BAD };

/* ---- map.c ---- */
struct access_map;
/*
 * The file, text (access(5)) or a Berkeley DB hash, as a table that lives as
 * long as the rule set.  NULL with err if it cannot be read.
 */
const struct access_map *access_map_read(struct tare_setup *,
    const char *path, struct tare_err *);
/* Of tag ("" or "From:") and key together, compared byte by byte. */
enum access_verdict access_map_get(const struct access_map *,
    struct tare_slice tag, struct tare_slice key);

/* ---- hash.c ---- */
typedef void access_entry_fn(struct tare_slice key, struct tare_slice value,
    void *arg);
bool access_is_hash(struct tare_slice file);
/*
 * Call fn for each entry, in the order of the file; a long value comes cut
 * off, an entry with a long key not at all.  0, or -1 with err: the file is
 * of another kind or damaged.
 */
int access_hash_each(struct tare_slice file, access_entry_fn *fn, void *arg,
    struct tare_err *);

#endif

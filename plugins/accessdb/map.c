/*
 * map.c - an access map as a sorted table in memory.
 *
 * Read once while rules are read: workers never open a file.  Only entries
 * that decide are kept, those whose first word is OK, SKIP, REJECT, ERROR,
 * DISCARD or a number.  Of a key that comes twice the first entry counts, as
 * postmap has it.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugins/accessdb/accessdb.h"

struct entry {
	struct tare_slice key;
	enum access_verdict verdict;
	size_t line;			/* in the order of the file */
};

struct access_map {
	struct entry *v;
	size_t n, room;
	struct tare_setup *setup;	/* while it is read */
};

/* ---- entries ---- */

static bool
is_number(struct tare_slice s)
{
	size_t i = 0;

	while (i < s.n && text_is_digit(s.p[i]))
		i++;
	return s.n > 0 && i == s.n;
}

/* What SpamAssassin sees of the right side: the first word, case ignored. */
static enum access_verdict
verdict_of(struct tare_slice value)
{
	size_t n = 0;

	while (n < value.n && text_is_word(value.p[n]))
		n++;
	/* "0" is no value to Perl */
	if (value.n == 1 && value.p[0] == '0')
		return ACCESS_NONE;
	value.n = n;
	if (text_same_nocase(value, text_of("OK")) ||
	    text_same_nocase(value, text_of("SKIP")))
		return ACCESS_OK;
	if (text_same_nocase(value, text_of("REJECT")) ||
	    text_same_nocase(value, text_of("ERROR")) ||
	    text_same_nocase(value, text_of("DISCARD")) || is_number(value))
		return ACCESS_BAD;
	return ACCESS_NONE;
}

static void
grow(struct access_map *map)
{
	size_t room = map->room * 2 + 64;
	struct entry *v = tare_setup_alloc(map->setup, room * sizeof(*v));

	if (map->n > 0)
		memcpy(v, map->v, map->n * sizeof(*v));
	map->v = v;
	map->room = room;
}

static void
add(struct tare_slice key, struct tare_slice value, void *arg)
{
	struct access_map *map = arg;
	enum access_verdict verdict = verdict_of(value);

	/* Some programs count the NUL of a C string as part of the key. */
	if (key.n > 0 && key.p[key.n - 1] == '\0')
		key.n--;
	if (verdict == ACCESS_NONE || key.n > ACCESS_KEY_MAX)
		return;
	if (map->n == map->room)
		grow(map);
	key.p = memcpy(tare_setup_alloc(map->setup, key.n + 1), key.p, key.n);
	map->v[map->n] = (struct entry){ key, verdict, map->n };
	map->n++;
}

static int
by_key(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;
	int order = text_compare(a->key, b->key);

	return order != 0 ? order : a->line < b->line ? -1 : 1;
}

static void
sort(struct access_map *map)
{
	size_t kept = 0;

	if (map->n > 1)
		qsort(map->v, map->n, sizeof(*map->v), by_key);
	for (size_t i = 0; i < map->n; i++) {
		if (kept == 0 || !text_same(map->v[i].key,
		    map->v[kept - 1].key))
			map->v[kept++] = map->v[i];
	}
	map->n = kept;
}

/* ---- files ---- */

static int
slurp(struct tare_setup *setup, FILE *f, struct tare_slice *bytes_r,
    struct tare_err *e)
{
	char *p;
	long n = -1;

	if (fseek(f, 0, SEEK_END) == 0)
		n = ftell(f);
	if (n < 0 || (size_t)n > ACCESS_FILE_MAX) {
		tare_fail(e, n < 0 ? "its size is not known: is it a file?" :
		    "it has more than %zu MiB", ACCESS_FILE_MAX >> 20);
		return -1;
	}
	rewind(f);
	p = tare_setup_alloc(setup, (size_t)n + 1);
	if (fread(p, 1, (size_t)n, f) != (size_t)n) {
		tare_fail(e, "%s", strerror(ferror(f) ? errno : EIO));
		return -1;
	}
	*bytes_r = (struct tare_slice){ p, (size_t)n };
	return 0;
}

static int
read_file(struct tare_setup *setup, const char *path,
    struct tare_slice *bytes_r, struct tare_err *e)
{
	FILE *f = fopen(path, "rbe");
	int rc;

	if (f == NULL) {
		tare_fail(e, "%s", strerror(errno));
		return -1;
	}
	rc = slurp(setup, f, bytes_r, e);
	fclose(f);
	return rc;
}

/* Lines "KEY VALUE", # for comments; keys fold as in the maps made of them. */
static int
read_text(struct access_map *map, struct tare_slice rest, struct tare_err *e)
{
	struct tare_slice line, key;

	if (text_find(rest, '\0') < rest.n) {
		tare_fail(e, "it is neither text nor a Berkeley DB hash");
		return -1;
	}
	while (eval_line(&rest, &line)) {
		char *lower;

		if (line.p[0] == '#' || text_is_space(line.p[0]) ||
		    !text_word(&line, &key))
			continue;	/* a comment, or more of a value */
		lower = tare_setup_strdup(map->setup, key);
		for (size_t i = 0; i < key.n; i++)
			lower[i] = text_lower(lower[i]);
		key.p = lower;
		add(key, text_trim(line), map);
	}
	return 0;
}

const struct access_map *
access_map_read(struct tare_setup *setup, const char *path,
    struct tare_err *e)
{
	struct access_map *map = tare_setup_alloc(setup, sizeof(*map));
	struct tare_slice bytes;
	int rc;

	map->setup = setup;
	if (read_file(setup, path, &bytes, e) != 0)
		return NULL;
	rc = access_is_hash(bytes) ? access_hash_each(bytes, add, map, e) :
	    read_text(map, bytes, e);
	map->setup = NULL;
	if (rc != 0)
		return NULL;
	sort(map);
	return map;
}

/* ---- lookups ---- */

enum access_verdict
access_map_get(const struct access_map *map, struct tare_slice tag,
    struct tare_slice key)
{
	char text[ACCESS_KEY_MAX];
	struct entry want = { .key = { text, tag.n + key.n } };
	size_t low = 0, high = map->n;

	if (tag.n + key.n > sizeof(text))
		return ACCESS_NONE;
	memcpy(text, tag.p, tag.n);
	if (key.n > 0)
		memcpy(text + tag.n, key.p, key.n);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = text_compare(map->v[mid].key, want.key);

		if (order == 0)
			return map->v[mid].verdict;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return ACCESS_NONE;
}

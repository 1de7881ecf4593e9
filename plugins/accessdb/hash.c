/*
 * hash.c - the entries of a Berkeley DB hash file, as makemap and postmap
 * write it.
 *
 * Only a walk over all pages, once, when rules are read: no lookup, no lock,
 * no library.  Page 0 is the meta page; on each hash page (types 2 and 13)
 * an array of offsets behind the header names the items, a key and its value
 * in turn, the first item at the end of the page.  An item begins with its
 * kind: 1 is bytes, 3 says on which overflow page they are.  Numbers are in
 * the byte order of the machine that wrote them; the magic tells which.
 *
 * Layout: Berkeley DB 3.1 to 5.3 (hash versions 7 to 9).  Every offset is
 * checked: a damaged file is an error, never a crash.
 */
#include "config.h"

#include "plugins/accessdb/accessdb.h"

#define HASH_MAGIC 0x061561u
#define BTREE_MAGIC 0x053162u

enum { OLDEST = 7, NEWEST = 9 };

/* Offsets in the meta page, and in the header of every other one. */
enum { META_MAGIC = 12, META_VERSION = 16, META_PAGE_SIZE = 20,
	META_ENCRYPTION = 24, META_FLAGS = 26, META_LAST_PAGE = 32,
	META_BYTES = 72 };
enum { PAGE_ENTRIES = 20, PAGE_FREE = 22, PAGE_TYPE = 25, PAGE_HEAD = 26 };

enum { TYPE_HASH_UNSORTED = 2, TYPE_OVERFLOW = 7, TYPE_HASH = 13 };
enum { ITEM_BYTES = 1, ITEM_ELSEWHERE = 3 };

struct hash_file {
	struct tare_slice bytes;
	bool swapped;
	size_t page_size;
};

static uint32_t
number(const struct hash_file *f, size_t at, unsigned bytes)
{
	const unsigned char *p = (const unsigned char *)f->bytes.p + at;
	uint32_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v |= (uint32_t)p[f->swapped ? bytes - 1 - i : i] << 8 * i;
	return v;
}

/* Little-endian first; "swapped" is the other. */
static bool
find_magic(struct hash_file *f, size_t at, uint32_t magic)
{
	for (int swapped = 0; swapped < 2 && f->bytes.n >= at + 4; swapped++) {
		f->swapped = swapped;
		if (number(f, at, 4) == magic)
			return true;
	}
	return false;
}

bool
access_is_hash(struct tare_slice file)
{
	struct hash_file f = { .bytes = file };

	return find_magic(&f, META_MAGIC, HASH_MAGIC) ||
	    find_magic(&f, META_MAGIC, BTREE_MAGIC) ||
	    find_magic(&f, 0, HASH_MAGIC) || find_magic(&f, 0, BTREE_MAGIC);
}

static int
read_meta(struct hash_file *f, struct tare_err *e)
{
	uint32_t version;

	if (!find_magic(f, META_MAGIC, HASH_MAGIC)) {
		tare_fail(e, "%s", find_magic(f, 0, HASH_MAGIC) ?
		    "it is of Berkeley DB 1; write it anew" :
		    "it is a btree; write it as a hash (postmap hash:FILE, "
		    "makemap hash FILE)");
		return -1;
	}
	if (f->bytes.n < META_BYTES) {
		tare_fail(e, "it is cut off");
		return -1;
	}
	version = number(f, META_VERSION, 4);
	f->page_size = number(f, META_PAGE_SIZE, 4);
	if (version < OLDEST || version > NEWEST ||
	    f->bytes.p[META_ENCRYPTION] != 0 ||
	    (f->bytes.p[META_FLAGS] & 1) != 0) {
		tare_fail(e, "it is a hash of version %u%s; only plain ones of "
		    "%d to %d are read: write it as text", (unsigned)version,
		    f->bytes.p[META_FLAGS] & 1 ? " with checksums" : "",
		    OLDEST, NEWEST);
		return -1;
	}
	if (f->page_size < 512 || f->page_size > 65536 ||
	    (f->page_size & (f->page_size - 1)) != 0) {
		tare_fail(e, "its pages of %zu bytes cannot be", f->page_size);
		return -1;
	}
	return 0;
}

/* Bytes of an overflow page; the rest of a long item is on others. */
static bool
read_overflow(const struct hash_file *f, uint32_t page,
    struct tare_slice *bytes_r)
{
	size_t at = page * f->page_size, n;

	if (page == 0 || page >= f->bytes.n / f->page_size ||
	    f->bytes.p[at + PAGE_TYPE] != TYPE_OVERFLOW)
		return false;
	n = number(f, at + PAGE_FREE, 2);
	if (n > f->page_size - PAGE_HEAD)
		return false;
	*bytes_r = text_sub(f->bytes, at + PAGE_HEAD, at + PAGE_HEAD + n);
	return true;
}

/* Item i of the page at `at`: its bytes, and whether they are all. */
static bool
read_item(const struct hash_file *f, size_t at, size_t i,
    struct tare_slice *bytes_r, bool *whole_r)
{
	size_t from = number(f, at + PAGE_HEAD + 2 * i, 2), to =
	    i == 0 ? f->page_size : number(f, at + PAGE_HEAD + 2 * i - 2, 2);

	if (from < PAGE_HEAD || from >= to || to > f->page_size)
		return false;
	*whole_r = f->bytes.p[at + from] == ITEM_BYTES;
	*bytes_r = text_sub(f->bytes, at + from + 1, at + to);
	if (f->bytes.p[at + from] != ITEM_ELSEWHERE)
		return true;	/* duplicates: DB_File never makes them */
	return to - from == 12 && read_overflow(f,
	    number(f, at + from + 4, 4), bytes_r);
}

static int
read_page(const struct hash_file *f, size_t at, access_entry_fn *fn, void *arg)
{
	size_t n = number(f, at + PAGE_ENTRIES, 2);

	if (PAGE_HEAD + 2 * n > f->page_size)
		return -1;
	for (size_t i = 0; i + 1 < n; i += 2) {
		struct tare_slice key, value;
		bool key_whole, value_whole;

		if (!read_item(f, at, i, &key, &key_whole) ||
		    !read_item(f, at, i + 1, &value, &value_whole))
			return -1;
		if (key_whole && (value_whole || value.n > 0))
			fn(key, value, arg);
	}
	return 0;
}

int
access_hash_each(struct tare_slice file, access_entry_fn *fn, void *arg,
    struct tare_err *e)
{
	struct hash_file f = { .bytes = file };
	size_t pages;

	if (read_meta(&f, e) != 0)
		return -1;
	pages = file.n / f.page_size;
	if (number(&f, META_LAST_PAGE, 4) >= pages) {
		tare_fail(e, "it is cut off");
		return -1;
	}
	for (size_t i = 1; i < pages; i++) {
		size_t at = i * f.page_size;
		unsigned char type = (unsigned char)file.p[at + PAGE_TYPE];

		if (type != TYPE_HASH && type != TYPE_HASH_UNSORTED)
			continue;
		if (read_page(&f, at, fn, arg) != 0) {
			tare_fail(e, "its page %zu is damaged", i);
			return -1;
		}
	}
	return 0;
}

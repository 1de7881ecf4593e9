/*
 * cache_test - files under keys: what is kept is found again, whole; what is
 * damaged, foreign or somebody else's is not; many writers at once harm
 * nobody; old files go.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/limits.h"
#include "match/cache.h"
#include "tests/tap/tap.h"

static struct arena *arena;
static const char *top;			/* removed at the end */

static struct cache_key
key_of(const char *text)
{
	struct cache_key key = { { 0 } };

	cache_key_add(&key, text, strlen(text));
	return key;
}

static bool
is_kept(const char *dir, const char *name, struct slice want)
{
	struct arena *a = arena_new();
	struct cache_key key = key_of(name);
	struct slice got = { NULL, 0 };
	bool good = cache_load(a, dir, &key, &got) && slice_eq(got, want) &&
	    (uintptr_t)got.p % 64 == 0;

	arena_free(&a);
	return good;
}

static bool
is_none(const char *dir, const char *name)
{
	struct arena *a = arena_new();
	struct cache_key key = key_of(name);
	struct slice got;
	bool good = !cache_load(a, dir, &key, &got);

	arena_free(&a);
	return good;
}

static void
save(const char *dir, const char *name, struct slice bytes)
{
	struct cache_key key = key_of(name);

	cache_save(dir, &key, bytes);
}

static const char *
new_dir(const char *name)
{
	return arena_printf(arena, "%s/%s", top, name);
}

/* The only file in dir. */
static const char *
only_file(const char *dir)
{
	char **v;
	size_t n = 0;

	if (dir_list(dir, "", arena, &v, &n, NULL) != 0 || n != 1)
		return "/nonexistent";
	return v[0];
}

static size_t
count_files(const char *dir)
{
	char **v;
	size_t n = 0;

	return dir_list(dir, "", arena, &v, &n, NULL) == 0 ? n : 0;
}

static void
write_whole(const char *path, struct slice s)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	if (fd < 0 || fd_write_all(fd, s.p, s.n) != 0)
		ok(false, "cannot write %s", path);
	close(fd);
}

static void
test_keeps(void)
{
	const char *dir = new_dir("keeps");
	struct stat st;

	ok(is_none(dir, "a"), "no directory: nothing kept");
	save(dir, "a", SLICE("hello"));
	save(dir, "b", SLICE(""));
	ok(is_kept(dir, "a", SLICE("hello")), "what is kept is found");
	ok(is_kept(dir, "b", SLICE("")), "nothing can be kept");
	ok(is_none(dir, "c"), "another key has nothing");
	save(dir, "a", SLICE("other"));
	ok(is_kept(dir, "a", SLICE("other")), "what is kept later counts");
	ok(stat(dir, &st) == 0 && (st.st_mode & 0777) == 0700,
	    "others cannot look into the directory");
	save("/nonexistent/at/all", "a", SLICE("x"));
	ok(is_none("/nonexistent/at/all", "a"), "nowhere is no error");
}

static void
test_keys(void)
{
	struct cache_key a = { { 0 } }, b = { { 0 } }, c = { { 0 } };

	cache_key_add(&a, "ab", 2);
	cache_key_add(&a, "c", 1);
	cache_key_add(&b, "a", 1);
	cache_key_add(&b, "bc", 2);
	ok(memcmp(&a, &b, sizeof(a)) != 0, "where one ends is part of a key");
	ok(cache_key_program(&c) && c.v[0] != 0 && c.v[1] != c.v[0],
	    "the program knows which it is");
}

/* Every bit of a file, and every length of it. */
static void
test_damage(void)
{
	const char *dir = new_dir("damage");
	struct slice text = SLICE("0123456789abcdefghijklmnopqrstuvwxyz "
	    "0123456789abcdefghijklmnopqrstuvwxyz");
	struct slice file = { NULL, 0 };
	unsigned believed = 0;
	const char *path;

	save(dir, "a", text);
	path = only_file(dir);
	ok(file_read(path, arena, 10000, &file, NULL) == 0 &&
	    file.n == 64 + text.n, "a file with a head of 64 bytes");
	for (size_t bit = 0; bit < file.n * 8; bit++) {
		char *copy = arena_copy(arena, file.p, file.n);

		/* the spare bytes say nothing */
		if (bit / 8 >= 48 && bit / 8 < 64)
			continue;
		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
		write_whole(path, slice_make(copy, file.n));
		believed += !is_none(dir, "a");
	}
	is_int(believed, 0, "no file with a wrong bit is believed");
	for (size_t n = 0; n < file.n; n++) {
		write_whole(path, slice_make(file.p, n));
		believed += !is_none(dir, "a");
	}
	write_whole(path, arena_join(arena, (struct slice[]){ file,
	    SLICE("x") }, 2, SLICE("")));
	believed += !is_none(dir, "a");
	is_int(believed, 0, "nor one that is too short or too long");
	save(dir, "a", text);
	ok(is_kept(dir, "a", text), "it is replaced");
}

static void
test_owner(void)
{
	const char *dir = new_dir("owner"), *link = new_dir("link");
	const char *file;

	save(dir, "a", SLICE("x"));
	file = only_file(dir);
	chmod(file, 0620);
	ok(is_none(dir, "a"), "a file that the group may write");
	chmod(file, 0602);
	ok(is_none(dir, "a"), "a file that all may write");
	chmod(file, 0600);
	chmod(dir, 0770);
	ok(is_none(dir, "a"), "a directory that the group may write");
	save(dir, "b", SLICE("y"));
	chmod(dir, 0700);
	ok(is_kept(dir, "a", SLICE("x")), "both as they were");
	ok(is_none(dir, "b"), "nothing was written meanwhile");
	ok(symlink(dir, link) == 0 && is_none(link, "a"),
	    "a directory by another name");
	ok(rename(file, new_dir("aside")) == 0 &&
	    symlink(new_dir("aside"), file) == 0 && is_none(dir, "a"),
	    "a file by another name");
	save(dir, "a", SLICE("z"));
	ok(is_kept(dir, "a", SLICE("z")), "the link is replaced, and what");
	ok(file_read(new_dir("aside"), arena, 1000, &(struct slice){ 0 },
	    NULL) == 0, "it led to is left alone");
}

/* Only root can give files away; others have no such files to fear here. */
static void
test_strangers(void)
{
	const char *dir = new_dir("strangers");
	const char *file;

	save(dir, "a", SLICE("x"));
	file = only_file(dir);
	if (geteuid() != 0) {
		ok(chown(file, 12345, 12345) != 0,
		    "nobody but root can test files of others");
		return;
	}
	ok(chown(file, 12345, 12345) == 0 && is_none(dir, "a"),
	    "a stranger's file");
	ok(chown(file, 0, 0) == 0 && is_kept(dir, "a", SLICE("x")),
	    "is believed when it is ours");
	ok(chown(dir, 12345, 12345) == 0 && is_none(dir, "a"),
	    "a stranger's directory");
	save(dir, "b", SLICE("y"));
	ok(count_files(dir) == 1, "is not written to");
	ok(chown(dir, 0, 0) == 0, "given back");
}

/* Text number k, long enough to be written in several pieces. */
static struct slice
long_text(struct arena *a, unsigned k)
{
	size_t n = 300000 + k;
	char *p = arena_alloc(a, n);

	memset(p, 'a' + (int)k, n);
	return slice_make(p, n);
}

/* Writes its text and reads whatever is there, which must be whole. */
static int
write_and_read(const char *dir, unsigned self)
{
	struct cache_key key = key_of("shared");
	int torn = 0;

	for (unsigned round = 0; round < 40; round++) {
		struct arena *a = arena_new();
		struct slice got;

		cache_save(dir, &key, long_text(a, self));
		if (!cache_load(a, dir, &key, &got) || got.n < 300000 ||
		    !slice_eq(got, long_text(a, (unsigned)(got.n - 300000))))
			torn++;
		arena_free(&a);
	}
	return torn;
}

static void
test_many(void)
{
	enum { WRITERS = 6 };
	const char *dir = new_dir("many");
	int bad = 0, status;

	for (unsigned i = 0; i < WRITERS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(write_and_read(dir, i));
		bad += pid < 0;
	}
	for (unsigned i = 0; i < WRITERS; i++)
		bad += wait(&status) < 0 || status != 0;
	is_int(bad, 0, "six writers at once: each always finds a whole text");
	is_int(count_files(dir), 1, "and one file is left");
}

static void
test_prune(void)
{
	const char *dir = new_dir("prune");
	char name[20];

	for (unsigned i = 0; i < LIMIT_CACHE_FILES + 5; i++) {
		snprintf(name, sizeof(name), "key %u", i);
		save(dir, name, slice_cstr(name));
	}
	is_int(count_files(dir), LIMIT_CACHE_FILES, "so many files stay");
	ok(is_kept(dir, name, slice_cstr(name)), "the newest does");
}

static void
remove_top(void)
{
	char *argv[] = { (char *)(uintptr_t)"rm", (char *)(uintptr_t)"-rf",
		(char *)(uintptr_t)top, NULL };
	pid_t pid = fork();

	if (pid == 0) {
		execvp("rm", argv);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

int
main(void)
{
	char template[] = "/tmp/tare-cache-test.XXXXXX";

	arena = arena_new();
	top = mkdtemp(template);
	if (top == NULL)
		return 1;
	umask(022);
	test_keeps();
	test_keys();
	test_damage();
	test_owner();
	test_strangers();
	test_many();
	test_prune();
	remove_top();
	arena_free(&arena);
	return tap_done();
}

/*
 * input.c - messages from files, directories, mboxes and standard input, and
 * an engine to go over them.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "cmd/cmd.h"

/* Directories inside directories: a Maildir needs 3. */
#define MAX_DEPTH 16

static int
add_path(struct arena *a, struct input *in, const char *path, unsigned depth)
{
	struct stat st;
	struct err e;
	char **names;
	size_t n;
	int rc = 0;

	if (strcmp(path, "-") == 0) {
		*VEC_PUSH(a, &in->paths) = arena_str(a, slice_cstr(path));
		return 0;
	}
	if (stat(path, &st) != 0) {
		cmd_warn("%s: %s", path, strerror(errno));
		return -1;
	}
	if (!S_ISDIR(st.st_mode)) {
		*VEC_PUSH(a, &in->paths) = arena_str(a, slice_cstr(path));
		return 0;
	}
	if (depth >= MAX_DEPTH) {
		cmd_warn("%s: more than %d directories deep", path, MAX_DEPTH);
		return -1;
	}
	if (dir_list(path, "", a, &names, &n, &e) != 0) {
		cmd_warn("%s", e.text);
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		if (add_path(a, in, names[i], depth + 1) != 0)
			rc = -1;
	}
	return rc;
}

int
input_add(struct arena *a, struct input *in, const char *path)
{
	return add_path(a, in, path, 0);
}

int
input_named(const struct cmd_options *o, int first, struct input *in)
{
	int rc = 0;

	if (o->argc <= first)
		return input_add(o->arena, in, "-");
	for (int i = first; i < o->argc; i++) {
		if (input_add(o->arena, in, o->argv[i]) != 0)
			rc = -1;
	}
	return rc;
}

static void
split_mbox(struct slice all, const char *name, input_fn *fn, void *arg)
{
	size_t from = 0, number = 0;

	while (from < all.n) {
		struct arena *a = arena_new();
		ptrdiff_t next = slice_find(all, SLICE("\nFrom "), from);
		size_t to = next < 0 ? all.n : (size_t)next + 1;

		number++;
		fn(a, arena_slice(a, slice_sub(all, from, to)),
		    arena_printf(a, "%s[%zu]", name, number), arg);
		from = to;
	}
}

static int
read_one(const char *path, struct arena *a, struct slice *raw_r)
{
	struct err e;
	int rc;

	if (strcmp(path, "-") == 0)
		rc = fd_read_all(STDIN_FILENO, a, LIMIT_MESSAGE_BYTES, raw_r,
		    &e);
	else
		rc = file_read(path, a, LIMIT_MESSAGE_BYTES, raw_r, &e);
	if (rc != 0)
		cmd_warn("%s: %s", path, e.text);
	return rc;
}

size_t
input_each(const struct input *in, input_fn *fn, void *arg)
{
	size_t failed = 0;

	for (size_t i = 0; i < in->paths.n; i++) {
		struct arena *a = arena_new();
		struct slice raw;

		if (read_one(in->paths.v[i], a, &raw) != 0) {
			failed++;
			arena_free(&a);
		} else if (in->mbox) {
			split_mbox(raw, in->paths.v[i], fn, arg);
			arena_free(&a);
		} else {
			fn(a, raw, in->paths.v[i], arg);
		}
	}
	return failed;
}

void
progress_show(size_t done, size_t total)
{
	static double last;	/* when the terminal was written: a pace */
	double now = clock_mono();

	if (!isatty(STDERR_FILENO) || isatty(STDOUT_FILENO) ||
	    now - last < 0.2)
		return;
	last = now;
	fprintf(stderr, "\r%zu of %zu ", done, total);
}

void
progress_end(void)
{
	if (isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO))
		fputs("\r                              \r", stderr);
}

int
input_scan(const struct cmd_options *o, const struct input *in,
    struct cmd_scanning *s, input_fn *fn, void *arg)
{
	struct err e = { 0 };
	size_t failed;

	if (cmd_scanning_start(o, s, &e) != 0)
		return (int)e.code;
	failed = input_each(in, fn, arg);
	cmd_scanning_end(s);
	if (cmd_flush() != 0)
		return ERR_TEMP;
	return failed > 0 ? ERR_NOINPUT : 0;
}

/*
 * main - runs a fuzz target where there is no libFuzzer.
 *
 *	fuzz_mail FILE|DIR…	each file once: replay what a fuzzer found
 *	fuzz_mail		for a few seconds, mutations of the seeds in
 *				tests/fuzz/seeds/mail
 *
 * Mutation is a function of the input's number alone, so what crashed once
 * crashes again: the last line names the number, and FUZZ_FIRST=number starts
 * there.  FUZZ_SECONDS says how long (3).  An input that takes SLOW_SECONDS of
 * processor time has found a loop that is not linear; it ends the program, too.
 *
 * It is no replacement for libFuzzer (./configure --with-fuzzer): nothing
 * guides it.  It keeps every target running in `make check`.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"

#define SLOW_SECONDS	10
#define INPUT_BYTES	65536
#define FILE_BYTES	(16u * 1024 * 1024)
#define STEPS		8		/* changes to one input, at most */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	unsigned char p[INPUT_BYTES];
	size_t n;
};

struct mutator {
	uint64_t state;
	const struct slice *seeds;
	size_t n_seeds;
};

/* For the signal handler, which is given nothing. */
static volatile unsigned long number;

static void
on_crash(int sig)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "# signal %d: FUZZ_FIRST=%lu\n",
	    sig, number);

	if (write(STDOUT_FILENO, text, (size_t)n) < 0)
		_exit(1);
	signal(sig, SIG_DFL);
	raise(sig);
}

/* splitmix64 */
static size_t
draw(struct mutator *m, size_t below)
{
	uint64_t z = m->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return below > 0 ? (size_t)((z ^ (z >> 31)) % below) : 0;
}

/* Put bytes at a place; what does not fit is cut. */
static void
insert(struct input *in, size_t at, struct slice s)
{
	if (s.n > INPUT_BYTES - in->n)
		s.n = INPUT_BYTES - in->n;
	if (s.n == 0)
		return;
	memmove(in->p + at + s.n, in->p + at, in->n - at);
	memcpy(in->p + at, s.p, s.n);
	in->n += s.n;
}

/* ---- changes: one function each, a row of the table below ---- */

static void
flip_bit(struct mutator *m, struct input *in)
{
	if (in->n > 0)
		in->p[draw(m, in->n)] ^= (unsigned char)(1u << draw(m, 8));
}

static void
set_byte(struct mutator *m, struct input *in)
{
	static const unsigned char odd[] = { 0, 1, 9, '\n', '\r', ' ', '"',
		'%', '&', '(', ')', '*', '-', '.', '/', ':', '<', '=', '>',
		'?', '[', '\\', ']', '{', 0x7f, 0x80, 0xc0, 0xff };

	if (in->n > 0)
		in->p[draw(m, in->n)] = odd[draw(m, sizeof(odd))];
}

static void
erase(struct mutator *m, struct input *in)
{
	size_t at = draw(m, in->n), n = draw(m, 1 + draw(m, in->n - at));

	memmove(in->p + at, in->p + at + n, in->n - at - n);
	in->n -= n;
}

/* One piece many times: nesting and long runs. */
static void
repeat(struct mutator *m, struct input *in)
{
	unsigned char piece[32];
	size_t at = draw(m, in->n), n = 1 + draw(m, sizeof(piece) - 1);
	size_t times = (size_t)1 << draw(m, 10);

	if (n > in->n - at)
		n = in->n - at;
	memcpy(piece, in->p + at, n);
	for (size_t i = 0; i < times; i++)
		insert(in, at, slice_make((const char *)piece, n));
}

/* A piece of another seed: they are the dictionary. */
static void
splice(struct mutator *m, struct input *in)
{
	struct slice s = m->seeds[draw(m, m->n_seeds)];
	size_t from = draw(m, s.n);

	s = slice_sub(s, from, from + 1 + draw(m, s.n - from));
	insert(in, draw(m, in->n + 1), s);
}

static void
put_number(struct mutator *m, struct input *in)
{
	static const char *const numbers[] = { "0", "-1", "127", "128", "255",
		"256", "32768", "65535", "65536", "2147483647", "2147483648",
		"4294967296", "18446744073709551616", "1e400", "0x0" };
	size_t i = draw(m, sizeof(numbers) / sizeof(numbers[0]));

	insert(in, draw(m, in->n + 1), slice_cstr(numbers[i]));
}

static void
cut(struct mutator *m, struct input *in)
{
	in->n = draw(m, in->n + 1);
}

static void (*const changes[])(struct mutator *, struct input *) = {
	flip_bit, flip_bit, set_byte, set_byte, erase, repeat, splice, splice,
	put_number, cut,
};

static void
make_input(struct mutator *m, unsigned long i, struct input *in)
{
	struct slice s;
	size_t steps;

	m->state = i;
	s = m->seeds[draw(m, m->n_seeds)];
	in->n = s.n < INPUT_BYTES ? s.n : INPUT_BYTES;
	memcpy(in->p, s.p, in->n);
	steps = 1 + draw(m, STEPS);
	for (size_t k = 0; k < steps; k++)
		changes[draw(m, sizeof(changes) / sizeof(changes[0]))](m, in);
}

/* In memory of its exact size, so that reading past it is seen. */
static void
run_one(const void *p, size_t n)
{
	static const struct itimerval slow = { .it_value = {
	    SLOW_SECONDS, 0 } }, never;
	uint8_t *copy = malloc(n > 0 ? n : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, p, n);
	setitimer(ITIMER_PROF, &slow, NULL);
	LLVMFuzzerTestOneInput(copy, n);
	setitimer(ITIMER_PROF, &never, NULL);
	free(copy);
}

/* ---- files ---- */

static size_t
read_seeds(struct arena *a, const char *path, struct slice **seeds_r)
{
	struct stat st;
	struct err e = { 0 };
	char *one[] = { (char *)(uintptr_t)path, NULL }, **paths = one;
	size_t n = 1;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	    dir_list(path, "", a, &paths, &n, &e) != 0)
		n = 0;
	*seeds_r = arena_alloc_array(a, n + 1, sizeof(**seeds_r));
	for (size_t i = 0; i < n; i++) {
		if (file_read(paths[i], a, FILE_BYTES, &(*seeds_r)[i], &e) !=
		    0) {
			printf("# %s\n", e.text);
			return 0;
		}
	}
	return n;
}

static int
replay(struct arena *a, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct slice *seeds;
		size_t n = read_seeds(a, argv[i], &seeds);

		if (n == 0)
			return 1;
		for (size_t k = 0; k < n; k++)
			run_one(seeds[k].p, seeds[k].n);
		printf("# %s: %zu inputs\n", argv[i], n);
	}
	return 0;
}

static double
environment(const char *name, double otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtod(text, NULL) : otherwise;
}

/* "…/fuzz_mail" -> tests/fuzz/seeds/mail of the source tree */
static const char *
seed_dir(struct arena *a, const char *program)
{
	const char *top = getenv("srcdir"), *name = strstr(program, "fuzz_");
	const char *next;

	while (name != NULL && (next = strstr(name + 1, "fuzz_")) != NULL)
		name = next;
	return arena_printf(a, "%s/tests/fuzz/seeds/%s",
	    top != NULL ? top : ".", name != NULL ? name + 5 : "");
}

static int
mutate(struct arena *a, const char *program)
{
	struct mutator m = { 0 };
	struct slice *seeds;
	struct input *in = arena_alloc(a, sizeof(*in));
	double seconds = environment("FUZZ_SECONDS", 3), until;
	unsigned long first = (unsigned long)environment("FUZZ_FIRST", 1);

	m.n_seeds = read_seeds(a, seed_dir(a, program), &seeds);
	m.seeds = seeds;
	printf("1..2\n");
	if (m.n_seeds == 0) {
		printf("not ok 1 - no seeds in %s\n", seed_dir(a, program));
		return 1;
	}
	for (size_t i = 0; i < m.n_seeds; i++)
		run_one(seeds[i].p, seeds[i].n);
	printf("ok 1 - %zu seeds\n", m.n_seeds);
	fflush(stdout);
	until = clock_mono() + seconds;
	for (number = first; clock_mono() < until; number++) {
		make_input(&m, number, in);
		run_one(in->p, in->n);
	}
	printf("%s 2 - %lu mutations in %g s\n", number > first ? "ok" :
	    "not ok", number - first, seconds);
	return number > first ? 0 : 1;
}

int
main(int argc, char **argv)
{
	static const int fatal_signals[] = { SIGABRT, SIGPROF, SIGSEGV, SIGBUS,
		SIGFPE, SIGILL };
	struct arena *a = arena_new();
	int rc;

	for (size_t i = 0; i < sizeof(fatal_signals) / sizeof(int); i++)
		signal(fatal_signals[i], on_crash);
	rc = argc > 1 ? replay(a, argc, argv) : mutate(a, argv[0]);
	arena_free(&a);
	return rc;
}

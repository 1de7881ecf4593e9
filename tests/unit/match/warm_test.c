/*
 * warm_test - a matcher from the cache is the matcher that was put in: the
 * same hits, the same reasons.  Whatever happens to the file, rules keep
 * hitting what they hit; and bytes that a checksum would let through do not
 * crash anything.
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "match/cache.h"
#include "match/match-priv.h"
#include "match/warm.h"
#include "tests/tap/tap.h"

enum { LITERAL_RULES = 45, FLIPS = 120 };

static char dir[] = "/tmp/tare-warm-test.XXXXXX";

/* A rule set, its matcher and one message's hits. */
struct bench {
	struct arena *arena;
	struct ruleset *rs;
	struct matcher *m;
	struct slice hits;
};

/* Every filter and what has none: a capture, a template, a bad regex. */
static const char *
rules_text(struct arena *a, const char *more)
{
	struct buf b;

	buf_init(&b, a);
	for (unsigned i = 0; i < LITERAL_RULES; i++)
		buf_addf(&b, "body L%u /word%uend.x/\n", i, i * 7919 % 1000);
	buf_adds(&b, "body CHAIN /q[0-9]z[0-9]q[0-9]z/\n"
	    "body BIG /[^\\x80-\\xff]{501}/\n"
	    "body BIG2 /[^\\x81-\\xff]{450}[^\\x82-\\xff]/\n"
	    "body BAD /(?P<x/\n"
	    "header SUBJ Subject =~ /pills (?<WHAT>\\w+)/\n"
	    "header SUBJ2 Subject !~ /wordless/\n"
	    "body TAGS /%{WHAT} again/\n"
	    "uri URI /shop\\.example/\n"
	    "rawbody RAW /^Buy/m\n");
	buf_adds(&b, more);
	return buf_cstr(&b);
}

static struct slice
mail_text(struct arena *a)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "Subject: pills today\n\nBuy word919endyx "
	    "http://shop.example.com/ q1z2q3z today again\n\n");
	for (unsigned i = 0; i < 60; i++)
		buf_adds(&b, "some words, ");
	buf_adds(&b, "\n");
	return buf_slice(&b);
}

static struct slice
run(struct bench *b)
{
	static const struct view_conf conf = { .body_part_scan = 50000,
		.rawbody_part_scan = 500000 };
	struct match_worker *w = match_worker_new(b->m);
	struct rule_result *results = arena_alloc_array(b->arena,
	    b->rs->rules.n, sizeof(*results));
	struct view *v = view_new(b->arena, mail_parse(b->arena,
	    mail_text(b->arena)), &conf);
	struct buf out;

	match_run(b->m, w, v, results, &(double){ 0 });
	match_worker_free(&w);
	buf_init(&out, b->arena);
	for (size_t i = 0; i < b->rs->rules.n; i++) {
		if (results[i].state == RESULT_HIT)
			buf_addf(&out, "%.*s ",
			    SLICE_FMT(b->rs->rules.v[i]->name));
	}
	return buf_slice(&out);
}

static struct bench
build(const char *more, bool few, const char *where)
{
	struct bench b = { .arena = arena_new() };
	struct match_options opt = { .all = true, .few = few,
		.cache_dir = where };
	struct rule_source source = { .label = "test",
		.text = slice_cstr(rules_text(b.arena, more)) };
	struct rule_host host = { 0 };
	struct err e = { 0 };

	if (rule_load(b.arena, conf_new(b.arena), &source, 1, &host, &b.rs,
	    &e) != 0 || match_build(b.arena, b.rs, &opt, &b.m, &e) != 0)
		ok(false, "build: %s", e.text);
	else
		b.hits = run(&b);
	return b;
}

static bool
same(const struct bench *x, const struct bench *y)
{
	bool good = slice_eq(x->hits, y->hits) &&
	    x->rs->findings.n == y->rs->findings.n &&
	    x->rs->n_errors == y->rs->n_errors;

	for (unsigned i = 0; i < x->rs->rules.n; i++) {
		struct match_info p = match_info(x->m, i);
		struct match_info q = match_info(y->m, i);

		good &= p.prefiltered == q.prefiltered &&
		    p.n_literals == q.n_literals &&
		    p.n_chains == q.n_chains &&
		    (p.why == NULL) == (q.why == NULL) &&
		    (p.why == NULL || strcmp(p.why, q.why) == 0);
	}
	return good;
}

static bool
has_all_filters(const struct matcher *m)
{
	bool prefilter = false, sieve = false, automaton = false;

	for (size_t i = 0; i < m->groups.n; i++) {
		prefilter |= m->groups.v[i]->prefilter != NULL;
		sieve |= m->groups.v[i]->sieve != NULL;
		automaton |= m->groups.v[i]->automaton != NULL;
	}
	return prefilter && sieve && automaton;
}

static void
remove_files(void)
{
	struct arena *a = arena_new();
	char **v;
	size_t n = 0;

	(void)dir_list(dir, "", a, &v, &n, NULL);
	for (size_t i = 0; i < n; i++)
		unlink(v[i]);
	arena_free(&a);
}

static void
test_same(void)
{
	for (int few = 0; few <= 1; few++) {
		struct bench plain = build("", few, NULL);
		struct bench cold = build("", few, dir);
		struct bench warm = build("", few, dir);

		ok(has_all_filters(plain.m), "rules for every filter");
		ok(slice_find(plain.hits, SLICE("L1 CHAIN BIG BIG2 SUBJ "
		    "SUBJ2 TAGS URI RAW"), 0) >= 0, "that hit");
		ok(!cold.m->warm && same(&plain, &cold), "written, %s",
		    few ? "compiled late" : "compiled at once");
		ok(warm.m->warm && same(&plain, &warm), "and read");
		arena_free(&plain.arena);
		arena_free(&cold.arena);
		arena_free(&warm.arena);
		remove_files();
	}
}

/* What decides the matcher is in the key; what does not is not. */
static void
test_key(void)
{
	static const struct {
		const char *more;
		bool warm;
		const char *what;
	} rows[] = {
		{ "score CHAIN 3\n", true, "a score" },
		{ "describe CHAIN other\n", true, "a description" },
		{ "body MORE /xyz/\n", false, "a rule" },
		{ "body CHAIN /q[0-9]z[0-9]q[0-9]y/\n", false, "a regex" },
		{ "body CHAIN /q[0-9]z[0-9]q[0-9]z/i\n", false, "a flag" },
		{ "rawbody CHAIN /q[0-9]z[0-9]q[0-9]z/\n", false, "a kind" },
		{ "header SUBJ From =~ /pills (?<WHAT>\\w+)/\n", false,
		    "a field" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bench first = build("", true, dir);
		struct bench other = build(rows[i].more, true, dir);

		ok(other.m->warm == rows[i].warm, "%s %s", rows[i].what,
		    rows[i].warm ? "changes no key" : "changes the key");
		arena_free(&first.arena);
		arena_free(&other.arena);
		remove_files();
	}
}

static const char *
the_file(struct arena *a)
{
	char **v;
	size_t n = 0;

	return dir_list(dir, "", a, &v, &n, NULL) == 0 && n == 1 ? v[0] : "";
}

static void
write_whole(const char *path, const char *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	if (fd < 0 || fd_write_all(fd, p, n) != 0)
		ok(false, "cannot write %s", path);
	close(fd);
}

/* Bits all over the file: it is written anew, and nobody notices. */
static void
test_flips(void)
{
	struct arena *a = arena_new();
	struct bench plain = build("", true, NULL);
	struct bench first = build("", true, dir);
	struct slice file = { NULL, 0 };
	const char *path = the_file(a);
	unsigned different = 0, believed = 0;

	ok(file_read(path, a, 1u << 28, &file, NULL) == 0, "a file");
	for (size_t k = 0; k < FLIPS; k++) {
		size_t bit = k * (file.n * 8 - 1) / FLIPS;
		char *copy = arena_copy(a, file.p, file.n);
		struct bench b;

		if (bit / 8 >= 48 && bit / 8 < 64)
			continue;
		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
		write_whole(path, copy, file.n);
		b = build("", true, dir);
		believed += b.m->warm;
		different += !same(&plain, &b);
		arena_free(&b.arena);
	}
	is_int(believed, 0, "no damaged file is used");
	is_int(different, 0, "and the rules hit as ever");
	arena_free(&first.arena);
	first = build("", true, dir);
	ok(first.m->warm, "the last one was written anew");
	arena_free(&plain.arena);
	arena_free(&first.arena);
	arena_free(&a);
	remove_files();
}

/* The same with a checksum that is right: read in full, and no crash. */
static void
test_forged(void)
{
	struct arena *a = arena_new();
	struct bench first = build("", true, dir);
	struct slice file = { NULL, 0 }, body;
	struct cache_key key;
	unsigned refused = 0;

	ok(file_read(the_file(a), a, 1u << 28, &file, NULL) == 0, "a file");
	memcpy(&key, file.p + 16, sizeof(key));
	body = slice_sub(file, 64, file.n);
	for (size_t k = 0; k < FLIPS; k++) {
		/* more of them in front, where the numbers are */
		size_t n = k % 3 == 0 ? body.n : body.n / 100 + 1;
		size_t bit = k * 7919 % (n * 8);
		char *copy = arena_copy(a, body.p, body.n);
		struct bench b;

		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
		cache_save(dir, &key, slice_make(copy, body.n));
		b = build("", true, dir);
		refused += !b.m->warm;
		arena_free(&b.arena);
	}
	for (size_t n = 0; n < body.n; n += body.n / 100 + 1) {
		struct bench b;

		cache_save(dir, &key, slice_make(body.p, n));
		b = build("", true, dir);
		ok(!b.m->warm, "cut off behind %zu bytes", n);
		arena_free(&b.arena);
	}
	ok(refused > 0, "what does not fit is worked out again");
	arena_free(&first.arena);
	arena_free(&a);
	remove_files();
}

/* Several processes find no file and all write one. */
static void
test_at_once(void)
{
	enum { BUILDERS = 4 };
	struct bench plain = build("", true, NULL);
	int bad = 0, status;

	for (unsigned i = 0; i < BUILDERS; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			struct bench b = build("", true, dir);
			bool good = same(&plain, &b);

			_exit(good ? 0 : 1);
		}
		bad += pid < 0;
	}
	for (unsigned i = 0; i < BUILDERS; i++)
		bad += wait(&status) < 0 || status != 0;
	is_int(bad, 0, "four builders at once");
	arena_free(&plain.arena);
	remove_files();
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	test_same();
	test_key();
	test_flips();
	test_forged();
	test_at_once();
	rmdir(dir);
	return tap_done();
}

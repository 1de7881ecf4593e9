/*
 * lint_cmd.c - tare lint: everything that is wrong or odd in the rules.
 *
 * What the loader, the plugins and the matcher found while the engine was
 * built, and then the checks of rule/lint.c and match/lint.c, in the order of
 * the files.  Findings are the output of this program, so they go to standard
 * output; the last line counts them by code.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/cmd.h"
#include "match/lint.h"
#include "rule/lint.h"

static const char *const levels[] = { "error", "warning", "info" };

static void
print_json(const struct finding *f)
{
	struct buf b;

	buf_init(&b, NULL);
	buf_adds(&b, "{\"file\":");
	buf_add_json(&b, slice_cstr(f->origin.file ? f->origin.file : ""));
	buf_addf(&b, ",\"line\":%u,\"column\":%u,\"level\":\"%s\",\"code\":",
	    f->origin.line, f->origin.col, levels[f->level]);
	buf_add_json(&b, slice_cstr(f->code));
	buf_adds(&b, ",\"text\":");
	buf_add_json(&b, slice_cstr(f->text));
	buf_addc(&b, '}');
	puts(buf_cstr(&b));
	buf_free(&b);
}

static void
print_text(const struct finding *f)
{
	printf("%s:%u:%u: %s: %s [%s]\n", f->origin.file ? f->origin.file :
	    "-", f->origin.line, f->origin.col, levels[f->level], f->text,
	    f->code);
}

/* ---- which and in what order ---- */

/* By place; the order in which they were found decides the rest. */
static int
by_place(const void *pa, const void *pb)
{
	const struct finding *a = *(const struct finding *const *)pa;
	const struct finding *b = *(const struct finding *const *)pb;
	int c = strcmp(a->origin.file ? a->origin.file : "",
	    b->origin.file ? b->origin.file : "");

	if (c != 0)
		return c;
	if (a->origin.line != b->origin.line)
		return a->origin.line < b->origin.line ? -1 : 1;
	if (a->origin.col != b->origin.col)
		return a->origin.col < b->origin.col ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* The mildest level that --level lets through; -1: no such word. */
static int
least_level(const char *word)
{
	if (word == NULL)
		return FINDING_INFO;
	for (int i = 0; i < 3; i++) {
		if (strcmp(word, levels[i]) == 0)
			return i;
	}
	return -1;
}

static bool
wanted(const struct cmd_options *o, const struct finding *f, int least)
{
	if ((int)f->level > least)
		return false;
	for (int i = 0; i < o->argc; i++) {
		if (strcmp(o->argv[i], f->code) == 0)
			return true;
	}
	return o->argc == 0;
}

/* ---- the last line ---- */

struct count {
	const char *code;
	size_t n;
};

static int
by_count(const void *pa, const void *pb)
{
	const struct count *a = pa, *b = pb;

	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	return strcmp(a->code, b->code);
}

static void
print_counts(struct arena *a, const struct finding *const *v, size_t n)
{
	struct map *seen = map_new(a, false);
	VEC_OF(struct count *) all = { 0 };
	struct count *sorted;

	for (size_t i = 0; i < n; i++) {
		struct count *c = map_get(seen, slice_cstr(v[i]->code));

		if (c == NULL) {
			c = arena_alloc(a, sizeof(*c));
			c->code = v[i]->code;
			map_put(seen, slice_cstr(v[i]->code), c);
			*VEC_PUSH(a, &all) = c;
		}
		c->n++;
	}
	sorted = arena_alloc_array(a, all.n + 1, sizeof(*sorted));
	for (size_t i = 0; i < all.n; i++)
		sorted[i] = *all.v[i];
	qsort(sorted, all.n, sizeof(*sorted), by_count);
	for (size_t i = 0; i < all.n; i++)
		printf("%s%zu %s", i ? ", " : "; ", sorted[i].n,
		    sorted[i].code);
}

static void
print_all(const struct cmd_options *o, const struct ruleset *rs, int least)
{
	const struct finding **v = arena_alloc_array(o->arena,
	    rs->findings.n + 1, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < rs->findings.n; i++) {
		if (wanted(o, &rs->findings.v[i], least))
			v[n++] = &rs->findings.v[i];
	}
	qsort(v, n, sizeof(*v), by_place);
	for (size_t i = 0; i < n; i++) {
		if (o->json)
			print_json(v[i]);
		else
			print_text(v[i]);
	}
	if (!o->json) {
		printf("%zu files, %zu lines, %zu rules: %zu errors, %zu "
		    "findings shown", rs->n_files, rs->n_lines, rs->rules.n,
		    rs->n_errors, n);
		print_counts(o->arena, v, n);
		putchar('\n');
	}
}

static int
lint(struct cmd_options *o, int least)
{
	struct engine *eng = NULL;
	struct err e = { 0 };
	int rc;

	o->engine.lint = true;
	if (engine_load(&o->engine, &eng, &e) != 0) {
		cmd_warn("%s", e.text);
		return ERR_CONFIG;
	}
	rule_lint(eng->rs, eng->score_set);
	match_lint(eng->rs, eng->steps[0].matcher);
	print_all(o, eng->rs, least);
	rc = eng->rs->n_errors > 0 ? ERR_CONFIG : 0;
	engine_free(&eng);
	return cmd_flush() != 0 ? ERR_TEMP : rc;
}

static int
run(struct cmd_options *o, int argc, char **argv)
{
	const char *level = NULL;
	const struct cmd_own own[] = {
		{ "level", "LEVEL", &level, "error, warning or info: leave "
		    "out what is less (default info)" },
		{ 0 }
	};
	int rc = cmd_parse(o, &cmd_lint, own, argc, argv);

	if (rc != 0)
		return rc < 0 ? ERR_USAGE : 0;
	if (least_level(level) < 0) {
		cmd_warn("--level is error, warning or info, not '%s'",
		    level);
		return ERR_USAGE;
	}
	return lint(o, least_level(level));
}

const struct subcommand cmd_lint = { "lint", "[OPTION…] [CODE…]",
	"check rules and settings; exit 78 when a line is wrong", run };

/*
 * load.c - sources and files in order (reference/sa-compat.md 1.1, 1.2).
 *
 * The *.pre files of all directories come first, because they say what later
 * conditionals ask; then each source in turn.  Later lines win.
 *
 * A file's text is gone when its last line has run: lines copy what they keep.
 *
 * Invariants: a file never includes itself, directly or not; included files
 * are at most LIMIT_INCLUDE_DEPTH deep and FILES_MAX in all, so a knot of
 * includes ends.  A source that cannot be read fails the load; an include
 * that cannot be read is a finding.
 */
#include "config.h"

#include "rule/rule-priv.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/fdio.h"

#define FILES_MAX 10000

/* The locale of lang lines: LANGUAGE, LC_ALL, LC_MESSAGES, LANG in this order;
 * C is American English; codeset and modifier do not count. */
static struct slice
read_locale(void)
{
	static const char *const names[] = { "LANGUAGE", "LC_ALL",
		"LC_MESSAGES", "LANG" };
	struct slice s = { 0 };

	for (size_t i = 0; i < 4 && s.n == 0; i++)
		s = slice_cstr(getenv(names[i]));
	if (s.n == 0 || slice_eq_cstr(s, "C") || slice_eq_cstr(s, "POSIX"))
		return SLICE("en_US");
	s.n = strcspn(s.p, "@.+,");
	return s;
}

/* lang XX rest: the rest, if XX begins our locale. */
static bool
take_lang(struct loader *l, struct lex_line *line)
{
	struct slice word, rest = line->value;
	unsigned col = line->value_col;

	if (!slice_word(&rest, &word) ||
	    !slice_starts_nocase(l->locale, word))
		return false;
	col += (unsigned)(slice_trim_left(rest).p - line->value.p);
	lex_split(l->arena, slice_trim(rest), line);
	line->key_col += col - 1;
	line->value_col += col - 1;
	return line->key.n > 0;
}

static void
run_line(struct loader *l, struct lex_line *line)
{
	if (slice_eq_cstr(line->key, "lang") && !take_lang(l, line))
		return;
	l->origin.col = line->key_col;
	l->value_col = line->value_col;
	if (cond_line(l, line->key, line->value))
		return;
	if (l->frame->skip || l->frame->too_deep > 0)
		skipped_line(l, line->key, line->value);
	else
		directive_run(l, line->key, line->value);
}

static void
bad_line(struct loader *l, enum lex_state state, bool *told)
{
	if (state == LEX_TOO_LONG)
		rule_finding(l->rs, FINDING_ERROR, &l->origin,
		    "line-too-long", "the line is longer than %d bytes and is "
		    "skipped", LIMIT_RULE_LINE);
	else if (!*told)
		rule_finding(l->rs, FINDING_ERROR, &l->origin, "binary",
		    "the line has NUL bytes and is skipped: this is not a "
		    "text file");
	*told |= state == LEX_BINARY;
}

/* The number of its update, or empty. */
static struct slice
run_text(struct loader *l, const char *name, struct slice text)
{
	struct file_frame *outer = l->frame;
	struct file_frame f = { .outer = outer, .name = name };
	struct origin before = l->origin;
	struct lex_line line;
	enum lex_state state;
	bool told_binary = false;
	struct lex x;

	l->frame = &f;
	lex_start(&x, text);
	while ((state = lex_next(&x, l->arena, &line)) != LEX_END) {
		l->origin = (struct origin){ name, x.line, 1 };
		if (state == LEX_LINE)
			run_line(l, &line);
		else
			bad_line(l, state, &told_binary);
	}
	cond_end_of_file(l);
	l->rs->n_lines += x.line;
	l->rs->n_files++;
	l->frame = outer;
	l->origin = before;
	return x.update;
}

static bool
is_kind(const char *path, mode_t kind)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & S_IFMT) == kind;
}

/* 0, or -1 when reading it here would never end: in a circle, or because it
 * is a pipe or a device (a source may be one, an include may not). */
static int
check_include(struct loader *l, const char *path, struct err *e)
{
	size_t depth = 0;

	if (l->frame != NULL && !is_kind(path, S_IFREG))
		return err_set(e, ERR_CONFIG, "%s: no such file", path);
	for (const struct file_frame *f = l->frame; f != NULL; f = f->outer) {
		if (strcmp(f->name, path) == 0)
			return err_set(e, ERR_CONFIG, "%s includes itself: "
			    "remove one of the includes", path);
		depth++;
	}
	if (depth > LIMIT_INCLUDE_DEPTH)
		return err_set(e, ERR_CONFIG, "%s: includes are more than %d "
		    "deep", path, LIMIT_INCLUDE_DEPTH);
	if (l->rs->n_files + depth >= FILES_MAX)
		return err_set(e, ERR_CONFIG, "%s: more than %d files", path,
		    FILES_MAX);
	return 0;
}

static int
by_path(const void *pa, const void *pb)
{
	const struct rule_update *a = pa, *b = pb;

	return strcmp(a->path, b->path);
}

static void
join_update_versions(struct loader *l)
{
	struct buf b;

	buf_init(&b, l->arena);
	if (l->updates.n > 0)
		qsort(l->updates.v, l->updates.n, sizeof(*l->updates.v),
		    by_path);
	for (size_t i = 0; i < l->updates.n; i++) {
		if (i > 0)
			buf_addc(&b, ',');
		buf_add_slice(&b, l->updates.v[i].version);
	}
	l->rs->update_versions = buf_slice(&b);
}

static void
fingerprint(struct loader *l, struct slice text)
{
	l->rs->fingerprint = hash_bulk(text.p, text.n, l->rs->fingerprint);
}

int
load_file(struct loader *l, const char *path, struct err *e)
{
	struct arena_mark mark = arena_mark(l->texts);
	struct slice text, update;

	if (check_include(l, path, e) != 0 ||
	    file_read(path, l->texts, LIMIT_RULE_FILE_BYTES, &text, e) != 0)
		return -1;
	fingerprint(l, text);
	update = run_text(l, path, text);
	if (update.n > 0)
		*VEC_PUSH(l->arena, &l->updates) = (struct rule_update){
		    path, arena_slice(l->arena, update) };
	arena_rewind(l->texts, mark);
	return 0;
}

static int
load_directory(struct loader *l, const char *path, const char *suffix,
    struct err *e)
{
	char **names;
	size_t n;

	if (dir_list(path, suffix, l->arena, &names, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (load_file(l, names[i], e) != 0)
			return -1;
	}
	return 0;
}

static int
load_source(struct loader *l, const struct rule_source *src, struct err *e)
{
	if (src->path == NULL) {
		fingerprint(l, src->text);
		run_text(l, src->label ? src->label : "--cf", src->text);
		return 0;
	}
	if (is_kind(src->path, S_IFDIR))
		return load_directory(l, src->path, ".cf", e);
	return load_file(l, src->path, e);
}

static int
load_all(struct loader *l, const struct rule_source *sources, size_t n,
    struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (sources[i].path != NULL &&
		    is_kind(sources[i].path, S_IFDIR) &&
		    load_directory(l, sources[i].path, ".pre", e) != 0)
			return -1;
	}
	for (size_t i = 0; i < n; i++) {
		if (load_source(l, &sources[i], e) != 0)
			return -1;
	}
	return 0;
}

static struct ruleset *
ruleset_new(struct arena *a)
{
	struct ruleset *rs = arena_alloc(a, sizeof(*rs));

	rs->arena = a;
	rs->by_name = map_new(a, false);
	rs->skipped = map_new(a, false);
	rs->left_out = map_new(a, false);
	rs->left_out_uses = map_new(a, false);
	return rs;
}

int
rule_load(struct arena *a, struct conf *conf,
    const struct rule_source *sources, size_t n, const struct rule_host *host,
    struct ruleset **rs_r, struct err *e)
{
	static const struct rule_host nobody;
	struct loader l = { .arena = a, .conf = conf,
	    .host = host ? host : &nobody, .locale = read_locale() };
	int rc;

	l.rs = ruleset_new(a);
	l.compat = map_new(a, false);
	l.told = map_new(a, false);
	replace_init(a, &l.replace);
	*rs_r = l.rs;
	l.texts = arena_new();
	rc = load_all(&l, sources, n, e);
	arena_free(&l.texts);
	if (rc != 0)
		return -1;
	join_update_versions(&l);
	rule_finish(&l);
	return 0;
}

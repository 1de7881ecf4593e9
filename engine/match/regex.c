/*
 * regex.c - one Perl regex on bytes, compiled and matched by PCRE2.
 *
 * The semantics are Perl's qr/…/aa on bytes (reference/sa-compat 4.1):
 * \w \d \s \b and POSIX classes know ASCII only, but /i folds Latin-1
 * letters too (trap 2).  PCRE2 gets that from character tables of our own:
 * its C-locale tables with C0-DE and E0-FE, except the signs D7 and F7, made
 * each other's other case.
 *
 * Called by match/build.c (compile, before the fork), match/run.c and
 * match/capture.c (search), and by scan/ for redirector patterns.
 *
 * Limits: each attempt has PCRE2's match, depth and heap limits.  They count
 * per start position, so a subject is searched in pieces (start positions
 * [from, from + piece]) with a look at the clock in between: one search
 * cannot take longer than the message's whole budget.
 *
 * A regex is compiled at once, with JIT, where many messages follow (the
 * daemon, before it forks), and else not before it is needed: a program that
 * looks at one message runs few of thousands, most of them a few times, which
 * is done before JIT is.  What PCRE2's interpreter gives up on JIT tries again,
 * so that limits are the same for both.
 *
 * Invariants: the process never calls setlocale, so PCRE2's generated tables
 * are those of the C locale.  What a regex matches never changes.
 *
 * Known gaps, both refused by PCRE2 10.42 and accepted by Perl 5.36:
 * lookbehinds of variable length; the quantifier {,n} is literal text.
 */
#include "config.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "match/match-priv.h"

enum {
	PIECE_MIN = 64,			/* start positions per PCRE2 call */
	PIECE_MAX = 4096,
	PIECE_WORK = 1 << 28,		/* bytes one call may walk over */
	GROUPS_MIN = 16,		/* pairs in the first match data */
	JIT_SEARCHES = 6,		/* by which time JIT pays */
	JIT_STACK_MIN = 32 * 1024,
	JIT_STACK_MAX = 1024 * 1024,
};

/* How far a regex is; changes when it is searched. */
struct compiled {
	pcre2_code *code;		/* NULL: not yet, or refused */
	bool whole;			/* never in pieces */
	bool tried;			/* to compile */
	bool jit;
	uint32_t shortest;		/* bytes that a match has at least */
	unsigned until_jit;		/* searches; 0: done, or never */
};

struct regex {
	struct compiled *c;
	const struct rule_regex *source;	/* to compile from, if not
						 * tried yet */
	struct arena *arena;
};

/*
 * PCRE2's contexts and the memory of one match, made at first use.  Per
 * process and not per call because making them costs more than a typical
 * match; processes are single-threaded and nothing here outlives a call but
 * memory (match_data is read before regex_search returns).
 */
static struct tools {
	pcre2_general_context *memory;
	pcre2_compile_context *compile;
	pcre2_match_context *match;
	pcre2_match_data *match_data;
	const uint8_t *tables;
	size_t offset_limit;		/* that match has */
} process_tools;

static void *
tools_alloc(PCRE2_SIZE n, void *arg)
{
	return mem_bytes(n);
}

static void
tools_release(void *p, void *arg)
{
	mem_free(p);
}

/*
 * pcre2_maketables documents its result as opaque, but its first 512 bytes
 * have been the lower-case and the other-case table since PCRE 1; the unit
 * test would notice a change.
 */
static const uint8_t *
latin1_tables(pcre2_general_context *memory)
{
	uint8_t *tables = (uint8_t *)(uintptr_t)pcre2_maketables(memory);
	uint8_t *lower = tables, *flip = tables + 256;

	if (tables == NULL)
		fatal("no memory for PCRE2's tables");
	for (unsigned c = 0xc0; c <= 0xde; c++) {
		if (c == 0xd7)
			continue;
		lower[c] = flip[c] = (uint8_t)(c + 0x20);
		flip[c + 0x20] = (uint8_t)c;
	}
	return tables;
}

static struct tools *
tools_get(void)
{
	struct tools *t = &process_tools;
	pcre2_jit_stack *stack;

	if (t->memory != NULL)
		return t;
	t->memory = pcre2_general_context_create(tools_alloc, tools_release,
	    NULL);
	t->tables = latin1_tables(t->memory);
	t->compile = pcre2_compile_context_create(t->memory);
	pcre2_set_character_tables(t->compile, t->tables);
	pcre2_set_newline(t->compile, PCRE2_NEWLINE_LF);
	pcre2_set_bsr(t->compile, PCRE2_BSR_UNICODE);
	pcre2_set_max_pattern_length(t->compile, LIMIT_RULE_LINE);
	/* Perl takes \y for y; so does PCRE2 when told to. */
	pcre2_set_compile_extra_options(t->compile,
	    PCRE2_EXTRA_BAD_ESCAPE_IS_LITERAL);
	t->match = pcre2_match_context_create(t->memory);
	t->offset_limit = PCRE2_UNSET;
	pcre2_set_match_limit(t->match, LIMIT_REGEX_MATCH);
	pcre2_set_depth_limit(t->match, LIMIT_REGEX_DEPTH);
	pcre2_set_heap_limit(t->match, LIMIT_REGEX_HEAP_KB);
	stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX,
	    t->memory);
	if (stack != NULL)
		pcre2_jit_stack_assign(t->match, NULL, stack);
	t->match_data = pcre2_match_data_create(GROUPS_MIN, t->memory);
	return t;
}

static uint32_t
compile_options(unsigned flags)
{
	static const struct {
		unsigned ours;
		uint32_t theirs;
	} map[] = {
		{ RE_I, PCRE2_CASELESS },
		{ RE_M, PCRE2_MULTILINE },
		{ RE_S, PCRE2_DOTALL },
		{ RE_X, PCRE2_EXTENDED },
	};
	/* A rule must not switch itself to UTF-8 with (*UTF). */
	uint32_t options = PCRE2_DUPNAMES | PCRE2_NEVER_UTF |
	    PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C |
	    PCRE2_USE_OFFSET_LIMIT;

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		if (flags & map[i].ours)
			options |= map[i].theirs;
	}
	return options;
}

/*
 * The pattern with its tag groups (trap 1).  They go behind the text, which
 * PCRE2 allows, so that \1 in the text still counts the text's own groups.
 */
static struct slice
whole_pattern(struct arena *a, const struct rule_regex *re)
{
	struct buf b;

	if (re->defines.n == 0)
		return re->text;
	buf_init(&b, a);
	buf_adds(&b, "(?:");
	buf_add_slice(&b, re->text);
	/* With /x the text may end in a comment. */
	buf_adds(&b, re->flags & RE_X ? "\n)" : ")");
	buf_add_slice(&b, re->defines);
	return buf_slice(&b);
}

/* It can match where a search starts and nowhere else: one look is enough. */
static bool
is_anchored(const pcre2_code *code)
{
	uint32_t options = 0;

	pcre2_pattern_info(code, PCRE2_INFO_ALLOPTIONS, &options);
	return (options & PCRE2_ANCHORED) != 0;
}

static int
code_compile(const struct regex *r, struct err *e)
{
	struct tools *t = tools_get();
	struct slice text = whole_pattern(r->arena, r->source);
	char why[200];
	PCRE2_SIZE at;
	int code;

	r->c->tried = true;
	/* what \G and verbs mean depends on where the search starts */
	r->c->whole = slice_find(text, SLICE("\\G"), 0) >= 0 ||
	    slice_find(text, SLICE("(*"), 0) >= 0;
	r->c->code = pcre2_compile((PCRE2_SPTR)(text.p ? text.p : ""),
	    text.n, compile_options(r->source->flags), &code, &at,
	    t->compile);
	if (r->c->code != NULL) {
		r->c->whole |= is_anchored(r->c->code);
		pcre2_pattern_info(r->c->code, PCRE2_INFO_MINLENGTH,
		    &r->c->shortest);
		return 0;
	}
	pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
	return err_set(e, ERR_CONFIG, "%s at offset %zu of the regex", why,
	    (size_t)at);
}

/* Where executable memory is forbidden the interpreter serves. */
static void
code_jit(const struct regex *r)
{
	size_t size = 0;

	r->c->until_jit = 0;
	(void)pcre2_jit_compile(r->c->code, PCRE2_JIT_COMPLETE);
	pcre2_pattern_info(r->c->code, PCRE2_INFO_JITSIZE, &size);
	r->c->jit = size > 0;
}

/* NULL: PCRE2 refuses it. */
static const pcre2_code *
code_get(const struct regex *r)
{
	if (!r->c->tried)
		(void)code_compile(r, NULL);
	return r->c->code;
}

static void
compiled_free(void *arg)
{
	struct compiled *c = arg;

	pcre2_code_free(c->code);
}

static struct regex *
regex_make(struct arena *a, const struct rule_regex *re)
{
	struct regex *r = arena_alloc(a, sizeof(*r));

	r->source = re;
	r->arena = a;
	r->c = arena_alloc(a, sizeof(*r->c));
	arena_defer(a, compiled_free, r->c);
	return r;
}

struct regex *
regex_compile_once(struct arena *a, const struct rule_regex *re,
    struct err *e)
{
	struct regex *r = regex_make(a, re);

	return code_compile(r, e) == 0 ? r : NULL;
}

struct regex *
regex_compile(struct arena *a, const struct rule_regex *re, struct err *e)
{
	struct regex *r = regex_compile_once(a, re, e);

	if (r != NULL)
		code_jit(r);
	return r;
}

struct regex *
regex_check(struct arena *a, const struct rule_regex *re, struct err *e)
{
	struct regex *r = regex_compile_once(a, re, e);

	if (r != NULL)
		r->c->until_jit = JIT_SEARCHES;
	return r;
}

struct regex *
regex_defer(struct arena *a, const struct rule_regex *re)
{
	struct regex *r = regex_make(a, re);

	r->c->until_jit = JIT_SEARCHES;
	return r;
}

void
regex_identity(struct buf *b)
{
	char version[64] = "?";

	if (pcre2_config(PCRE2_CONFIG_VERSION, NULL) < (int)sizeof(version))
		(void)pcre2_config(PCRE2_CONFIG_VERSION, version);
	buf_addf(b, "pcre2 %s ", version);
}

static size_t
piece_size(size_t n)
{
	size_t piece = n ? PIECE_WORK / n : PIECE_MAX;

	if (piece > PIECE_MAX)
		return PIECE_MAX;
	return piece < PIECE_MIN ? PIECE_MIN : piece;
}

static bool
is_limit(int rc)
{
	return rc < 0 && rc != PCRE2_ERROR_NOMATCH;
}

/* Both ways of matching give the same answer, but JIT goes further. */
static int
search_at(struct tools *t, const struct regex *re, struct slice subject,
    size_t from, uint32_t options)
{
	PCRE2_SPTR p = (PCRE2_SPTR)(subject.p ? subject.p : "");
	struct compiled *c = re->c;
	int rc;

	/* all that pcre2_match would do is to call it */
	if (c->jit)
		return pcre2_jit_match(c->code, p, subject.n, from, options,
		    t->match_data, t->match);
	rc = pcre2_match(c->code, p, subject.n, from, options,
	    t->match_data, t->match);
	if (c->until_jit == 0 || (--c->until_jit > 0 && !is_limit(rc)))
		return rc;
	code_jit(re);
	return !is_limit(rc) ? rc : pcre2_match(c->code, p, subject.n, from,
	    options, t->match_data, t->match);
}

/*
 * Whether the budget is spent since the first call that had waited for a look.
 * The CPU clock is a system call, and a piece may take microseconds: it is read
 * now and then by the clock that is none.  Both are 0 at first.
 */
static bool
overspent(double *look, double *began)
{
	double now = clock_mono();

	if (now < *look)
		return false;
	if (*look > 0 && *began == 0)
		*began = clock_cpu();
	*look = now + LIMIT_REGEX_LOOK_SEC;
	return *began > 0 && clock_cpu() - *began > LIMIT_REGEX_BUDGET_SEC;
}

static void
set_offset_limit(struct tools *t, size_t limit)
{
	if (limit != t->offset_limit)
		pcre2_set_offset_limit(t->match, limit);
	t->offset_limit = limit;
}

/* PCRE2's own return value; a spent budget reads as its match limit. */
static int
search_pieces(struct tools *t, const struct regex *re, struct slice subject,
    size_t from, uint32_t options)
{
	size_t piece = re->c->whole ? subject.n : piece_size(subject.n);
	double began = 0, look = 0;
	int rc;

	for (;;) {
		bool last = subject.n - from <= piece;

		set_offset_limit(t, last ? PCRE2_UNSET : from + piece);
		rc = search_at(t, re, subject, from, options);
		if (rc != PCRE2_ERROR_NOMATCH || last)
			return rc;
		if (overspent(&look, &began))
			return PCRE2_ERROR_MATCHLIMIT;
		from += piece + 1;
		options = 0;
		if (from > subject.n)
			return PCRE2_ERROR_NOMATCH;
	}
}

struct spans_out {
	struct regex_span *v;
	size_t n;
};

static int
search(const struct regex *re, struct slice subject, size_t from,
    uint32_t options, struct spans_out out)
{
	struct tools *t = tools_get();
	const PCRE2_SIZE *pairs;
	size_t n;
	int rc;

	if (from > subject.n)
		return REGEX_MISS;
	if (code_get(re) == NULL)
		return REGEX_LIMIT;
	if (subject.n - from < re->c->shortest)
		return REGEX_MISS;
	if (out.n > pcre2_get_ovector_count(t->match_data)) {
		pcre2_match_data_free(t->match_data);
		t->match_data = pcre2_match_data_create((uint32_t)out.n,
		    t->memory);
	}
	rc = search_pieces(t, re, subject, from, options);
	if (rc < 0)
		return is_limit(rc) ? REGEX_LIMIT : REGEX_MISS;
	pairs = pcre2_get_ovector_pointer(t->match_data);
	n = rc > 0 ? (size_t)rc : pcre2_get_ovector_count(t->match_data);
	for (size_t i = 0; i < out.n; i++) {
		out.v[i].start = i < n ? pairs[2 * i] : SIZE_MAX;
		out.v[i].end = i < n ? pairs[2 * i + 1] : SIZE_MAX;
	}
	return REGEX_HIT;
}

int
regex_search(const struct regex *re, struct slice subject, size_t from,
    struct regex_span *spans, size_t n_spans)
{
	return search(re, subject, from, 0,
	    (struct spans_out){ spans, spans ? n_spans : 0 });
}

int
regex_next(const struct regex *re, struct slice subject,
    struct regex_span *spans, size_t n_spans)
{
	/* Perl: after an empty match the next one may not be empty there. */
	bool empty = spans[0].start == spans[0].end;

	return search(re, subject, spans[0].end,
	    empty ? PCRE2_NOTEMPTY_ATSTART : 0,
	    (struct spans_out){ spans, n_spans });
}

const char *
regex_group_name(const struct regex *re, size_t i, unsigned *number_r)
{
	uint32_t n = 0, size = 0;
	PCRE2_SPTR table;

	pcre2_pattern_info(code_get(re), PCRE2_INFO_NAMECOUNT, &n);
	if (i >= n)
		return NULL;
	pcre2_pattern_info(code_get(re), PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(code_get(re), PCRE2_INFO_NAMETABLE, &table);
	table += i * size;
	*number_r = (unsigned)table[0] << 8 | table[1];
	return (const char *)table + 2;
}

size_t
regex_groups(const struct regex *re)
{
	uint32_t n = 0;

	pcre2_pattern_info(code_get(re), PCRE2_INFO_CAPTURECOUNT, &n);
	return (size_t)n + 1;
}

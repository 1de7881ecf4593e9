/*
 * replace.c - replace tags: <A> in the regexes of replace_rules
 * (reference/sa-compat.md 2.6).
 *
 * One pass removes the first <pre X>, <post X> and <inter X>, splits the text
 * at every <…>, puts pre text before and post text after each such piece and
 * inter text between pieces that touch, and replaces the known ones.  While a
 * replacement itself held a <…>, another pass follows, six at most.  An
 * unknown <x> stays, so (?<!x) survives unless a '>' follows.
 *
 * PCRE2 refuses code over 64 KB (trap 1), and a tag is two hundred classes.
 * When the code looks larger than DEFINES_ABOVE (regex_estimate is within a
 * quarter of the truth, seldom below it), tags become calls of
 * groups that are written once: (?&t0) in the text, (?<t0>…) in defines.
 * That is done only where it cannot change what matches: see can_call.
 *
 * Few rules have tags, but these are long: SpamAssassin's 99 become 490 KB by
 * way of some megabytes, so what is only on the way goes to a scratch arena.
 *
 * Limit: EXPANDED_MAX bytes; beyond, the rule stays as written (a finding).
 */
#include "config.h"

#include "rule/rule-priv.h"

#include <string.h>

#include "base/buf.h"

#define PASSES_MAX 6
#define EXPANDED_MAX ((size_t)1 << 20)
#define DEFINES_ABOVE 55000

/* A tag that became a group. */
struct define {
	struct slice text;
};

/* May a call stand for a tag's text?  (can_call) */
enum binding {
	BINDING_UNASKED,
	BINDING_NEVER,
	BINDING_SEQUENCE,	/* not under a quantifier */
	BINDING_ATOM,
};

struct modifier {
	struct slice mark;		/* "<inter " */
	const struct map *texts;
};

/* The same for all rules. */
struct replacer {
	const struct replace_tables *t;
	struct modifier pre, post, inter;
};

struct expansion {
	const struct replacer *r;
	struct arena *arena;		/* scratch, of this rule */
	bool calls;			/* write calls where possible */
	struct map *bindings;		/* tag -> enum binding */
	struct map *numbers;		/* tag -> index + 1 into defines */
	VEC_OF(struct define) defines;
	bool again;			/* a replacement held a <…> */
	bool too_large;
};

void
replace_init(struct arena *a, struct replace_tables *t)
{
	t->tag = map_new(a, false);
	t->inter = map_new(a, false);
	t->pre = map_new(a, false);
	t->post = map_new(a, false);
	t->rules = map_new(a, false);
	t->start = SLICE("<");
	t->end = SLICE(">");
}

static struct slice
lookup(const struct map *m, struct slice name)
{
	const struct slice *s = map_get(m, name);

	return s == NULL ? (struct slice){ 0 } : *s;
}

/* ---- modifiers ---- */

static struct modifier
make_modifier(struct arena *a, const struct replace_tables *t,
    const char *word, const struct map *texts)
{
	return (struct modifier){ slice_cstr(arena_printf(a, "%.*s%s ",
	    SLICE_FMT(t->start), word)), texts };
}

/* Cut the first "<word NAME>" out of *text; the text of NAME, or empty. */
static struct slice
take_modifier(struct expansion *x, struct slice *text,
    const struct modifier *m)
{
	struct slice end_mark = x->r->t->end;
	ptrdiff_t at = slice_find(*text, m->mark, 0), end;
	struct slice name;
	struct buf b;

	if (at < 0)
		return (struct slice){ 0 };
	end = slice_find(*text, end_mark, (size_t)at + m->mark.n + 1);
	if (end < 0)
		return (struct slice){ 0 };
	name = slice_sub(*text, (size_t)at + m->mark.n, (size_t)end);
	buf_init(&b, x->arena);
	buf_reserve(&b, text->n);
	buf_add_slice(&b, slice_sub(*text, 0, (size_t)at));
	buf_add_slice(&b, slice_sub(*text, (size_t)end + end_mark.n,
	    text->n));
	*text = buf_slice(&b);
	return lookup(m->texts, name);
}

/* ---- calls of groups ---- */

/* The ')' of the '(' at i, or the end. */
static size_t
skip_group(struct slice s, size_t i)
{
	size_t depth = 0;

	for (; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '[')
			i = regex_skip_class(s, i);
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			break;
	}
	return i;
}

/* One class, one group or one (escaped) byte: a quantifier behind it means
 * all of it. */
static bool
is_atom(struct slice s)
{
	if (s.n == 0)
		return false;
	if (s.p[0] == '(')
		return skip_group(s, 0) == s.n - 1;
	if (s.p[0] == '[')
		return regex_skip_class(s, 0) == s.n - 1;
	return s.n == 1 || (s.n == 2 && s.p[0] == '\\');
}

static bool
has_top_bar(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '[')
			i = regex_skip_class(s, i);
		else if (s.p[i] == '(')
			i = skip_group(s, i);
		else if (s.p[i] == '|')
			return true;
	}
	return false;
}

/* Groups that count, or references to them: their numbers would change. */
static bool
has_numbers(struct slice s)
{
	for (size_t i = 0; i + 1 < s.n; i++) {
		char next = s.p[i + 1];

		if (s.p[i] == '\\') {
			if ((next >= '1' && next <= '9') || next == 'g' ||
			    next == 'k')
				return true;
			i++;
		} else if (s.p[i] == '[') {
			i = regex_skip_class(s, i);
		} else if (s.p[i] == '(' && next == '?' && i + 2 < s.n &&
		    (ascii_isdigit((unsigned char)s.p[i + 2]) ||
		    s.p[i + 2] == 'R')) {
			return true;
		}
	}
	return false;
}

static bool
has_groups(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '[')
			i = regex_skip_class(s, i);
		else if (s.p[i] == '(' && (i + 1 == s.n || s.p[i + 1] != '?'))
			return true;
	}
	return false;
}

static enum binding
read_binding(struct slice text)
{
	if (has_numbers(text) || has_groups(text))
		return BINDING_NEVER;
	if (is_atom(text))
		return BINDING_ATOM;
	return has_top_bar(text) ? BINDING_NEVER : BINDING_SEQUENCE;
}

/*
 * May (?&t) stand for this text of the tag?  Not if it captures; not if pasting
 * it into the surroundings would bind differently: an alternation at its top
 * level, or a quantifier behind a sequence.
 */
static bool
can_call(struct expansion *x, struct slice name, struct slice text,
    struct slice behind)
{
	enum binding b = (enum binding)(uintptr_t)map_get(x->bindings, name);

	if (b == BINDING_UNASKED) {
		b = read_binding(text);
		map_put(x->bindings, name, (void *)(uintptr_t)b);
	}
	return b == BINDING_ATOM || (b == BINDING_SEQUENCE &&
	    (behind.n == 0 || strchr("{*+?", behind.p[0]) == NULL));
}

static void
add_call(struct expansion *x, struct slice name, struct slice text,
    struct buf *out)
{
	size_t number = (size_t)(uintptr_t)map_get(x->numbers, name);

	if (number == 0) {
		VEC_PUSH(x->arena, &x->defines)->text = text;
		number = x->defines.n;
		map_put(x->numbers, name, (void *)(uintptr_t)number);
	}
	buf_addf(out, "(?&t%zu)", number - 1);
}

/* ---- one pass ---- */

/* Next <…> at or after from, with neither '<' nor '>' inside. */
static bool
next_tag(struct slice s, size_t from, size_t *at_r, size_t *end_r)
{
	ptrdiff_t end, open;

	for (; (end = slice_chr(s, '>', from)) >= 0; from = (size_t)end + 1) {
		open = slice_rchr(slice_sub(s, from, (size_t)end), '<');
		if (open < 0 || from + (size_t)open + 1 == (size_t)end)
			continue;
		*at_r = from + (size_t)open;
		*end_r = (size_t)end + 1;
		return true;
	}
	return false;
}

/* "<A>" -> "A" by the site's own marks; empty if they do not fit. */
static struct slice
tag_name(const struct replace_tables *t, struct slice piece)
{
	if (piece.n <= t->start.n + t->end.n ||
	    !slice_starts(piece, t->start) || !slice_ends(piece, t->end))
		return (struct slice){ 0 };
	return slice_sub(piece, t->start.n, piece.n - t->end.n);
}

/* behind: what follows the tag, for can_call. */
static void
add_tag(struct expansion *x, struct slice piece, struct slice behind,
    struct buf *out)
{
	struct slice name = tag_name(x->r->t, piece);
	struct slice text = lookup(x->r->t->tag, name);
	size_t at, end;

	if (text.n == 0) {
		buf_add_slice(out, piece);
	} else if (x->calls && can_call(x, name, text, behind)) {
		add_call(x, name, text, out);
	} else {
		buf_add_slice(out, text);
		x->again |= next_tag(text, 0, &at, &end);
	}
}

static struct slice
one_pass(struct expansion *x, struct slice text)
{
	struct slice pre = take_modifier(x, &text, &x->r->pre);
	struct slice post = take_modifier(x, &text, &x->r->post);
	struct slice inter = take_modifier(x, &text, &x->r->inter);
	size_t from = 0, at, end;
	struct buf out;

	buf_init(&out, x->arena);
	x->again = false;
	while (!x->too_large && next_tag(text, from, &at, &end)) {
		struct slice behind = slice_sub(text, end, text.n);

		if (at == from && from > 0)
			buf_add_slice(&out, inter);
		buf_add_slice(&out, slice_sub(text, from, at));
		buf_add_slice(&out, pre);
		add_tag(x, slice_sub(text, at, end),
		    post.n ? post : behind, &out);
		buf_add_slice(&out, post);
		from = end;
		x->too_large = out.n > EXPANDED_MAX;
	}
	buf_add_slice(&out, slice_sub(text, from, text.n));
	x->too_large |= out.n > EXPANDED_MAX;
	return buf_slice(&out);
}

static struct slice
all_passes(struct expansion *x, struct slice text)
{
	int passes = 0;

	do {
		text = one_pass(x, text);
	} while (x->again && !x->too_large && ++passes < PASSES_MAX);
	return text;
}

static void
expansion_start(struct expansion *x, const struct replacer *r,
    struct arena *scratch, bool calls)
{
	*x = (struct expansion){ .r = r, .arena = scratch, .calls = calls };
	if (calls) {
		x->bindings = map_new(scratch, false);
		x->numbers = map_new(scratch, false);
	}
}

/* The groups: their texts may call further ones, so the list grows while it
 * is walked.  Tags that need themselves never get here (see expand). */
static struct slice
write_defines(struct expansion *x)
{
	struct buf b;

	buf_init(&b, x->arena);
	buf_adds(&b, "(?(DEFINE)");
	for (size_t i = 0; i < x->defines.n && !x->too_large; i++) {
		buf_addf(&b, "(?<t%zu>", i);
		buf_add_slice(&b, all_passes(x, x->defines.v[i].text));
		buf_addc(&b, ')');
	}
	buf_addc(&b, ')');
	return buf_slice(&b);
}

/* Than what is larger than DEFINES_ABOVE. */
static bool
is_smaller(struct slice text, struct slice defines, struct slice large)
{
	size_t sum = regex_estimate(text, SIZE_MAX) +
	    regex_estimate(defines, SIZE_MAX);

	return sum <= DEFINES_ABOVE || sum < regex_estimate(large, sum);
}

/* With calls instead, if that is smaller and safe. */
static void
use_calls(struct loader *l, const struct replacer *r, struct arena *scratch,
    struct slice original, struct rule_regex *re)
{
	struct slice text, defines;
	struct expansion x;

	if (has_numbers(original))
		return;
	expansion_start(&x, r, scratch, true);
	text = all_passes(&x, original);
	if (x.defines.n == 0)
		return;
	defines = write_defines(&x);
	if (x.too_large || !is_smaller(text, defines, re->text))
		return;
	re->text = text;
	re->defines = arena_slice(l->arena, defines);
}

static void
expand(struct loader *l, const struct replacer *r, struct arena *scratch,
    struct rule *rule, const struct origin *origin)
{
	struct rule_regex *re = &rule->regex;
	struct slice original = re->text;
	struct expansion x;

	expansion_start(&x, r, scratch, false);
	re->text = all_passes(&x, original);
	if (x.too_large) {
		re->text = original;
		rule_finding(l->rs, FINDING_ERROR, origin, "replace-failed",
		    "the tags of %.*s make its regex larger than %zu bytes: "
		    "it stays as written", SLICE_FMT(rule->name),
		    EXPANDED_MAX);
		return;
	}
	if (!x.again &&
	    regex_estimate(re->text, DEFINES_ABOVE) > DEFINES_ABOVE)
		use_calls(l, r, scratch, original, re);
	re->text = arena_slice(l->arena, re->text);
}

static bool
takes_tags(const struct rule *r)
{
	return r != NULL && r->defined && !r->exists &&
	    (r->kind == RULE_HEADER || r->kind == RULE_BODY ||
	    r->kind == RULE_RAWBODY || r->kind == RULE_FULL ||
	    r->kind == RULE_URI);
}

static struct replacer
make_replacer(struct arena *a, const struct replace_tables *t)
{
	return (struct replacer){ .t = t,
	    .pre = make_modifier(a, t, "pre", t->pre),
	    .post = make_modifier(a, t, "post", t->post),
	    .inter = make_modifier(a, t, "inter", t->inter) };
}

void
replace_apply(struct loader *l)
{
	struct arena *scratch = arena_new();
	struct replacer replacer = make_replacer(scratch, &l->replace);
	struct arena_mark mark = arena_mark(scratch);

	for (size_t i = 0; i < map_count(l->replace.rules); i++) {
		struct map_entry *e = map_at(l->replace.rules, i);
		struct rule *r = rule_find(l->rs, e->key);

		if (!takes_tags(r)) {
			rule_finding(l->rs, FINDING_WARNING, e->value,
			    "replace-unused", "replace_rules names %.*s, "
			    "which is no regex rule", e->key.n > 100 ? 100
			    : (int)e->key.n, e->key.p);
			continue;
		}
		expand(l, &replacer, scratch, r, e->value);
		arena_rewind(scratch, mark);
	}
	arena_free(&scratch);
}

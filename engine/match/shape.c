/*
 * shape.c - read a regex into a tree.
 *
 * Called by lint.c.  A recursive descent over the part of PCRE2's syntax that
 * rules use; an escape that it does not know ends it without a tree.  Groups
 * are read by shape_group.c, DEPTH_MAX of them in one another; linear in the
 * pattern.
 */
#include "config.h"

#include "match/shape-priv.h"

#include <string.h>

#include "match/literal-class.h"
#include "match/literal-priv.h"

enum { DEPTH_MAX = 100 };

/* ---- the place in the pattern, and the tree ---- */

int
shape_peek(const struct shape_reader *r, size_t k)
{
	return k < r->s.n - r->at ? (unsigned char)r->s.p[r->at + k] : -1;
}

bool
shape_skip(struct shape_reader *r, struct slice what)
{
	if (!slice_starts(slice_sub(r->s, r->at, r->s.n), what))
		return false;
	r->at += what.n;
	return true;
}

void
shape_skip_past(struct shape_reader *r, char c)
{
	ptrdiff_t end = slice_chr(r->s, c, r->at);

	r->lost |= end < 0;
	r->at = end < 0 ? r->s.n : (size_t)end + 1;
}

struct shape *
shape_make(struct shape_reader *r, enum shape_kind kind)
{
	struct shape *x = arena_alloc(r->arena, sizeof(*x));

	x->kind = kind;
	x->from = r->at;
	return x;
}

void
shape_add(struct shape_reader *r, struct shape *to, struct shape *kid)
{
	kid->parent = to;
	kid->index = to->kids.n;
	*VEC_PUSH(r->arena, &to->kids) = kid;
}

static struct shape *
make_set(struct shape_reader *r)
{
	struct shape *x = shape_make(r, SHAPE_SET);

	x->member = arena_alloc(r->arena, 256 * sizeof(bool));
	return x;
}

static void
put_byte(struct shape *x, unsigned char c, unsigned flags)
{
	x->member[c] = true;
	if (flags & RE_I)
		x->member[literal_other_case(c)] = true;
}

/* ---- what is read over ---- */

/* A comment under /x may be the last line. */
static void
skip_comment(struct shape_reader *r)
{
	ptrdiff_t end = slice_chr(r->s, '\n', r->at);

	r->at = end < 0 ? r->s.n : (size_t)end + 1;
}

static void
skip_ignored(struct shape_reader *r, unsigned flags)
{
	for (;;) {
		int c = shape_peek(r, 0);

		if (shape_skip(r, SLICE("\\E")))
			r->quoting = false;
		else if (r->quoting)
			return;
		else if (shape_skip(r, SLICE("\\Q")))
			r->quoting = true;
		else if (shape_skip(r, SLICE("(?#")))
			shape_skip_past(r, ')');
		else if ((flags & RE_X) && c == '#')
			skip_comment(r);
		else if ((flags & RE_X) && c >= 0 &&
		    ascii_isspace((unsigned char)c))
			r->at++;
		else
			return;
	}
}

/* ---- atoms ---- */

static struct shape *
read_reference(struct shape_reader *r)
{
	struct shape *x = shape_make(r, SHAPE_OTHER);
	int c = shape_peek(r, 1);

	r->at += 2;
	if ((c == 'g' || c == 'k') && shape_peek(r, 0) == '{')
		shape_skip_past(r, '}');
	else if ((c == 'g' || c == 'k') && shape_peek(r, 0) == '<')
		shape_skip_past(r, '>');
	while (shape_peek(r, 0) >= '0' && shape_peek(r, 0) <= '9')
		r->at++;
	return x;
}

/* \A \b …: NULL if it is none of these. */
static struct shape *
read_assertion(struct shape_reader *r)
{
	static const struct {
		char letter;
		enum shape_kind kind;
	} rows[] = {
		{ 'A', SHAPE_START }, { 'z', SHAPE_END }, { 'Z', SHAPE_END },
		{ 'b', SHAPE_OTHER }, { 'B', SHAPE_OTHER },
		{ 'G', SHAPE_OTHER }, { 'K', SHAPE_OTHER },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct shape *x;

		if (shape_peek(r, 1) != rows[i].letter)
			continue;
		x = shape_make(r, rows[i].kind);
		r->at += 2;
		return x;
	}
	return NULL;
}

static struct shape *
read_escape(struct shape_reader *r, unsigned flags)
{
	struct shape *x = read_assertion(r);
	int byte;

	if (x != NULL)
		return x;
	x = make_set(r);
	if (literal_class_escape(r->s, &r->at, x->member))
		return x;
	byte = literal_escape(r->s, &r->at, false);
	if (byte >= 0) {
		put_byte(x, (unsigned char)byte, flags);
		return x;
	}
	if (byte != ESCAPE_UNKNOWN)
		return read_reference(r);
	r->lost = true;
	return shape_make(r, SHAPE_OTHER);
}

static struct shape *
read_dot(struct shape_reader *r, unsigned flags)
{
	struct shape *x = make_set(r);

	memset(x->member, true, 256 * sizeof(bool));
	x->member['\n'] = (flags & RE_S) != 0;
	r->at++;
	return x;
}

static struct shape *
read_class(struct shape_reader *r, unsigned flags)
{
	struct shape *x = make_set(r);

	if (!literal_class(r->s, &r->at, flags & RE_I ? CLASS_FOLD : 0,
	    x->member))
		r->lost = true;
	return x;
}

static struct shape *
read_atom(struct shape_reader *r, unsigned depth, unsigned *flags)
{
	struct shape *x;
	int c = shape_peek(r, 0);

	switch (r->quoting ? -1 : c) {
	case '(':
		return shape_group(r, depth, flags);
	case '[':
		return read_class(r, *flags);
	case '\\':
		return read_escape(r, *flags);
	case '.':
		return read_dot(r, *flags);
	case '^':
	case '$':
		x = shape_make(r, c == '^' ? SHAPE_START : SHAPE_END);
		break;
	default:
		x = make_set(r);
		put_byte(x, (unsigned char)c, *flags);
		break;
	}
	r->at++;
	return x;
}

/* ---- quantifiers ---- */

static unsigned
read_count(struct shape_reader *r, size_t *k)
{
	unsigned n = 0;

	while (shape_peek(r, *k) >= '0' && shape_peek(r, *k) <= '9' &&
	    n < 100000)
		n = n * 10 + (unsigned)(shape_peek(r, (*k)++) - '0');
	return n;
}

static bool
read_braces(struct shape_reader *r, unsigned *min_r, unsigned *max_r)
{
	size_t k = 1;

	if (shape_peek(r, 1) < '0' || shape_peek(r, 1) > '9')
		return false;
	*min_r = *max_r = read_count(r, &k);
	if (shape_peek(r, k) == ',') {
		k++;
		*max_r = shape_peek(r, k) == '}' ? UINT_MAX : read_count(r, &k);
	}
	if (shape_peek(r, k) != '}')
		return false;
	r->at += k + 1;
	return true;
}

static bool
read_quantifier(struct shape_reader *r, unsigned *min_r, unsigned *max_r)
{
	int c = shape_peek(r, 0);

	if (c == '{')
		return read_braces(r, min_r, max_r);
	if (c != '*' && c != '+' && c != '?')
		return false;
	*min_r = c == '+';
	*max_r = c == '?' ? 1 : UINT_MAX;
	r->at++;
	return true;
}

static struct shape *
read_quantified(struct shape_reader *r, unsigned depth, unsigned *flags)
{
	size_t from = r->at;
	struct shape *x = read_atom(r, depth, flags), *rep;
	unsigned min, max;

	x->from = from;
	x->to = r->at;
	skip_ignored(r, *flags);
	while (!r->lost && !r->quoting && read_quantifier(r, &min, &max)) {
		rep = shape_make(r, SHAPE_REPEAT);
		rep->from = from;
		rep->min = min;
		rep->max = max;
		rep->possessive = shape_peek(r, 0) == '+';
		if (shape_peek(r, 0) == '+' || shape_peek(r, 0) == '?')
			r->at++;
		shape_add(r, rep, x);
		rep->to = r->at;
		x = rep;
		skip_ignored(r, *flags);
	}
	return x;
}

/* ---- sequences, alternatives, the whole ---- */

static struct shape *
read_sequence(struct shape_reader *r, unsigned depth, unsigned *flags)
{
	struct shape *x = shape_make(r, SHAPE_SEQUENCE);
	int c;

	skip_ignored(r, *flags);
	while (!r->lost && (c = shape_peek(r, 0)) >= 0 &&
	    (r->quoting || (c != '|' && c != ')')))
		shape_add(r, x, read_quantified(r, depth, flags));
	x->to = r->at;
	return x;
}

struct shape *
shape_choice(struct shape_reader *r, unsigned depth, unsigned flags)
{
	struct shape *x = shape_make(r, SHAPE_CHOICE);

	r->lost |= depth > DEPTH_MAX;
	do
		shape_add(r, x, read_sequence(r, depth, &flags));
	while (!r->lost && shape_skip(r, SLICE("|")));
	x->to = r->at;
	return x;
}

struct shape *
shape_parse(struct arena *a, const struct rule_regex *re)
{
	struct shape_reader r = { .arena = a, .s = re->text };
	struct shape *x = shape_choice(&r, 0, re->flags);

	x->verbs = r.verbs;
	return r.lost || r.at < r.s.n ? NULL : x;
}

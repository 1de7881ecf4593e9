/*
 * shape.c - read a regex into a tree.
 *
 * Called by lint.c.  A recursive descent over the part of PCRE2's syntax that
 * rules use; an escape that it does not know ends it without a tree.  Depth is
 * limited to DEPTH_MAX groups; linear in the pattern.
 */
#include "config.h"

#include "match/shape.h"

#include <string.h>

#include "match/literal-class.h"
#include "match/literal-priv.h"

enum { DEPTH_MAX = 100 };

struct reader {
	struct arena *arena;
	struct slice s;
	size_t at;
	bool lost;			/* something is not followed */
	bool quoting;			/* behind \Q */
	bool verbs;
};

static struct shape *read_choice(struct reader *r, unsigned depth,
    unsigned flags);

static int
peek(const struct reader *r, size_t k)
{
	return k < r->s.n - r->at ? (unsigned char)r->s.p[r->at + k] : -1;
}

static bool
skip(struct reader *r, struct slice what)
{
	if (!slice_starts(slice_sub(r->s, r->at, r->s.n), what))
		return false;
	r->at += what.n;
	return true;
}

static void
skip_past(struct reader *r, char c)
{
	ptrdiff_t end = slice_chr(r->s, c, r->at);

	r->lost |= end < 0;
	r->at = end < 0 ? r->s.n : (size_t)end + 1;
}

static struct shape *
make(struct reader *r, enum shape_kind kind)
{
	struct shape *x = arena_alloc(r->arena, sizeof(*x));

	x->kind = kind;
	x->from = r->at;
	return x;
}

static void
add(struct reader *r, struct shape *to, struct shape *kid)
{
	kid->parent = to;
	kid->index = to->kids.n;
	*VEC_PUSH(r->arena, &to->kids) = kid;
}

static struct shape *
make_set(struct reader *r)
{
	struct shape *x = make(r, SHAPE_SET);

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
skip_comment(struct reader *r)
{
	ptrdiff_t end = slice_chr(r->s, '\n', r->at);

	r->at = end < 0 ? r->s.n : (size_t)end + 1;
}

static void
skip_ignored(struct reader *r, unsigned flags)
{
	for (;;) {
		int c = peek(r, 0);

		if (skip(r, SLICE("\\E")))
			r->quoting = false;
		else if (r->quoting)
			return;
		else if (skip(r, SLICE("\\Q")))
			r->quoting = true;
		else if (skip(r, SLICE("(?#")))
			skip_past(r, ')');
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
read_reference(struct reader *r)
{
	struct shape *x = make(r, SHAPE_OTHER);
	int c = peek(r, 1);

	r->at += 2;
	if ((c == 'g' || c == 'k') && peek(r, 0) == '{')
		skip_past(r, '}');
	else if ((c == 'g' || c == 'k') && peek(r, 0) == '<')
		skip_past(r, '>');
	while (peek(r, 0) >= '0' && peek(r, 0) <= '9')
		r->at++;
	return x;
}

/* \A \b …: NULL if it is none of these. */
static struct shape *
read_assertion(struct reader *r)
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

		if (peek(r, 1) != rows[i].letter)
			continue;
		x = make(r, rows[i].kind);
		r->at += 2;
		return x;
	}
	return NULL;
}

static struct shape *
read_escape(struct reader *r, unsigned flags)
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
	return make(r, SHAPE_OTHER);
}

static struct shape *
read_dot(struct reader *r, unsigned flags)
{
	struct shape *x = make_set(r);

	memset(x->member, true, 256 * sizeof(bool));
	x->member['\n'] = (flags & RE_S) != 0;
	r->at++;
	return x;
}

static struct shape *
read_class(struct reader *r, unsigned flags)
{
	struct shape *x = make_set(r);

	if (!literal_class(r->s, &r->at, flags & RE_I ? CLASS_FOLD : 0,
	    x->member))
		r->lost = true;
	return x;
}

/* ---- groups ---- */

static struct shape *
read_body(struct reader *r, unsigned depth, unsigned flags)
{
	struct shape *x = read_choice(r, depth + 1, flags);

	r->lost |= !skip(r, SLICE(")"));
	return x;
}

static struct shape *
read_look(struct reader *r, unsigned depth, unsigned flags)
{
	struct shape *x = make(r, SHAPE_LOOK);

	add(r, x, read_body(r, depth, flags));
	return x;
}

static unsigned
flag_of(int c)
{
	return c == 'i' ? RE_I : c == 'm' ? RE_M : c == 's' ? RE_S :
	    c == 'x' ? RE_X : 0;
}

/* (?i) changes *flags and is nothing; (?i:…) is a group. */
static struct shape *
read_flags(struct reader *r, unsigned depth, unsigned *flags)
{
	unsigned f = *flags;
	bool on = true;
	int c;

	r->at += 2;
	for (; (c = peek(r, 0)) != ':' && c != ')'; r->at++) {
		if (c == '^')
			f = 0;
		else if (c == '-')
			on = false;
		else if (flag_of(c) == 0)
			r->lost = true;
		else
			f = on ? f | flag_of(c) : f & ~flag_of(c);
		if (r->lost)
			return make(r, SHAPE_OTHER);
	}
	r->at++;
	if (c == ':')
		return read_body(r, depth, f);
	*flags = f;
	return make(r, SHAPE_SEQUENCE);
}

/* (*pla:…), (*atomic:…) are groups in words, (*VERB) is no group. */
static struct shape *
read_star(struct reader *r, unsigned depth, unsigned flags)
{
	static const struct slice groups[] = { { "(*atomic:", 9 },
		{ "(*sr:", 5 }, { "(*script_run:", 13 }, { "(*asr:", 6 },
		{ "(*atomic_script_run:", 20 } };
	struct shape *x;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (skip(r, groups[i]))
			return read_body(r, depth, flags);
	if (ascii_lower((unsigned char)peek(r, 2)) == peek(r, 2) &&
	    ascii_isalpha((unsigned char)peek(r, 2))) {
		skip_past(r, ':');
		return read_look(r, depth, flags);
	}
	r->verbs = true;
	x = make(r, SHAPE_OTHER);
	skip_past(r, ')');
	return x;
}

/* Behind "(?": "(1)", "(<name>)", "(R)", "(?=…)"; what must hold, if that is a
 * look around, else NULL. */
static struct shape *
read_test(struct reader *r, unsigned depth, unsigned flags)
{
	struct shape *x = make(r, SHAPE_LOOK);

	if (skip(r, SLICE("(?=")) || skip(r, SLICE("(?!")) ||
	    skip(r, SLICE("(?<=")) || skip(r, SLICE("(?<!"))) {
		add(r, x, read_body(r, depth, flags));
		return x;
	}
	if (peek(r, 1) == '*')
		return read_star(r, depth, flags);
	skip_past(r, ')');
	return NULL;
}

/* (?(1)yes|no): one of its branches; without a no, or nothing.  DEFINE's are
 * for calls only. */
static struct shape *
read_condition(struct reader *r, unsigned depth, unsigned flags)
{
	struct shape *both = make(r, SHAPE_SEQUENCE), *test, *x;
	bool define = skip(r, SLICE("(?(DEFINE)"));

	if (define) {
		read_body(r, depth, flags);
		return both;
	}
	r->at += 2;
	test = read_test(r, depth, flags);
	x = read_body(r, depth, flags);
	x->kind = SHAPE_CONDITION;
	if (x->kids.n == 1)
		add(r, x, make(r, SHAPE_SEQUENCE));
	r->lost |= x->kids.n > 2;
	if (test == NULL)
		return x;
	add(r, both, test);
	add(r, both, x);
	return both;
}

static struct shape *
read_group(struct reader *r, unsigned depth, unsigned *flags)
{
	int c;

	if (peek(r, 1) == '*')
		return read_star(r, depth, *flags);
	if (peek(r, 1) == '?' && peek(r, 2) == '(')
		return read_condition(r, depth, *flags);
	if (peek(r, 1) != '?') {
		r->at++;
		return read_body(r, depth, *flags);
	}
	if (skip(r, SLICE("(?:")) || skip(r, SLICE("(?|")) ||
	    skip(r, SLICE("(?>")))
		return read_body(r, depth, *flags);
	if (skip(r, SLICE("(?=")) || skip(r, SLICE("(?!")) ||
	    skip(r, SLICE("(?<=")) || skip(r, SLICE("(?<!")))
		return read_look(r, depth, *flags);
	if (skip(r, SLICE("(?<")) || skip(r, SLICE("(?P<"))) {
		skip_past(r, '>');
		return read_body(r, depth, *flags);
	}
	c = peek(r, 2);
	if (c == '&' || c == 'R' || (c >= '0' && c <= '9')) {
		struct shape *x = make(r, SHAPE_OTHER);

		skip_past(r, ')');
		return x;
	}
	return read_flags(r, depth, flags);
}

static struct shape *
read_atom(struct reader *r, unsigned depth, unsigned *flags)
{
	struct shape *x;
	int c = peek(r, 0);

	switch (r->quoting ? -1 : c) {
	case '(':
		return read_group(r, depth, flags);
	case '[':
		return read_class(r, *flags);
	case '\\':
		return read_escape(r, *flags);
	case '.':
		return read_dot(r, *flags);
	case '^':
	case '$':
		x = make(r, c == '^' ? SHAPE_START : SHAPE_END);
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
read_count(struct reader *r, size_t *k)
{
	unsigned n = 0;

	while (peek(r, *k) >= '0' && peek(r, *k) <= '9' && n < 100000)
		n = n * 10 + (unsigned)(peek(r, (*k)++) - '0');
	return n;
}

static bool
read_braces(struct reader *r, unsigned *min_r, unsigned *max_r)
{
	size_t k = 1;

	if (peek(r, 1) < '0' || peek(r, 1) > '9')
		return false;
	*min_r = *max_r = read_count(r, &k);
	if (peek(r, k) == ',') {
		k++;
		*max_r = peek(r, k) == '}' ? UINT_MAX : read_count(r, &k);
	}
	if (peek(r, k) != '}')
		return false;
	r->at += k + 1;
	return true;
}

static bool
read_quantifier(struct reader *r, unsigned *min_r, unsigned *max_r)
{
	int c = peek(r, 0);

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
read_quantified(struct reader *r, unsigned depth, unsigned *flags)
{
	size_t from = r->at;
	struct shape *x = read_atom(r, depth, flags), *rep;
	unsigned min, max;

	x->from = from;
	x->to = r->at;
	skip_ignored(r, *flags);
	while (!r->lost && !r->quoting && read_quantifier(r, &min, &max)) {
		rep = make(r, SHAPE_REPEAT);
		rep->from = from;
		rep->min = min;
		rep->max = max;
		rep->possessive = peek(r, 0) == '+';
		if (peek(r, 0) == '+' || peek(r, 0) == '?')
			r->at++;
		add(r, rep, x);
		rep->to = r->at;
		x = rep;
		skip_ignored(r, *flags);
	}
	return x;
}

static struct shape *
read_sequence(struct reader *r, unsigned depth, unsigned *flags)
{
	struct shape *x = make(r, SHAPE_SEQUENCE);
	int c;

	skip_ignored(r, *flags);
	while (!r->lost && (c = peek(r, 0)) >= 0 &&
	    (r->quoting || (c != '|' && c != ')')))
		add(r, x, read_quantified(r, depth, flags));
	x->to = r->at;
	return x;
}

static struct shape *
read_choice(struct reader *r, unsigned depth, unsigned flags)
{
	struct shape *x = make(r, SHAPE_CHOICE);

	r->lost |= depth > DEPTH_MAX;
	do
		add(r, x, read_sequence(r, depth, &flags));
	while (!r->lost && skip(r, SLICE("|")));
	x->to = r->at;
	return x;
}

struct shape *
shape_parse(struct arena *a, const struct rule_regex *re)
{
	struct reader r = { .arena = a, .s = re->text };
	struct shape *x = read_choice(&r, 0, re->flags);

	x->verbs = r.verbs;
	return r.lost || r.at < r.s.n ? NULL : x;
}

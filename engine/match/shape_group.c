/*
 * shape_group.c - groups, as shape.c reads them: what (?… and (*… mean, inline
 * flags, conditions.
 *
 * Called by shape.c at each "(", and calls it back for the group's body.  Calls
 * of groups and verbs are SHAPE_OTHER; flags that it does not know end the
 * reading.
 */
#include "config.h"

#include "match/shape-priv.h"

static struct shape *
read_body(struct shape_reader *r, unsigned depth, unsigned flags)
{
	struct shape *x = shape_choice(r, depth + 1, flags);

	r->lost |= !shape_skip(r, SLICE(")"));
	return x;
}

static bool
skip_look(struct shape_reader *r)
{
	return shape_skip(r, SLICE("(?=")) || shape_skip(r, SLICE("(?!")) ||
	    shape_skip(r, SLICE("(?<=")) || shape_skip(r, SLICE("(?<!"));
}

static struct shape *
read_look(struct shape_reader *r, unsigned depth, unsigned flags)
{
	struct shape *x = shape_make(r, SHAPE_LOOK);

	shape_add(r, x, read_body(r, depth, flags));
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
read_flags(struct shape_reader *r, unsigned depth, unsigned *flags)
{
	unsigned f = *flags;
	bool on = true;
	int c;

	r->at += 2;
	for (; (c = shape_peek(r, 0)) != ':' && c != ')'; r->at++) {
		if (c == '^')
			f = 0;
		else if (c == '-')
			on = false;
		else if (flag_of(c) == 0)
			r->lost = true;
		else
			f = on ? f | flag_of(c) : f & ~flag_of(c);
		if (r->lost)
			return shape_make(r, SHAPE_OTHER);
	}
	r->at++;
	if (c == ':')
		return read_body(r, depth, f);
	*flags = f;
	return shape_make(r, SHAPE_SEQUENCE);
}

/* (*pla:…), (*atomic:…) are groups in words, (*VERB) is no group. */
static struct shape *
read_star(struct shape_reader *r, unsigned depth, unsigned flags)
{
	static const struct slice groups[] = { { "(*atomic:", 9 },
		{ "(*sr:", 5 }, { "(*script_run:", 13 }, { "(*asr:", 6 },
		{ "(*atomic_script_run:", 20 } };
	struct shape *x;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (shape_skip(r, groups[i]))
			return read_body(r, depth, flags);
	if (ascii_lower((unsigned char)shape_peek(r, 2)) == shape_peek(r, 2) &&
	    ascii_isalpha((unsigned char)shape_peek(r, 2))) {
		shape_skip_past(r, ':');
		return read_look(r, depth, flags);
	}
	r->verbs = true;
	x = shape_make(r, SHAPE_OTHER);
	shape_skip_past(r, ')');
	return x;
}

/* Behind "(?": "(1)", "(<name>)", "(R)", "(?=…)"; what must hold, if that is a
 * look around, else NULL. */
static struct shape *
read_test(struct shape_reader *r, unsigned depth, unsigned flags)
{
	if (skip_look(r))
		return read_look(r, depth, flags);
	if (shape_peek(r, 1) == '*')
		return read_star(r, depth, flags);
	shape_skip_past(r, ')');
	return NULL;
}

/* (?(1)yes|no): one of its branches; without a no, or nothing.  DEFINE's are
 * for calls only. */
static struct shape *
read_condition(struct shape_reader *r, unsigned depth, unsigned flags)
{
	struct shape *both = shape_make(r, SHAPE_SEQUENCE), *test, *x;
	bool define = shape_skip(r, SLICE("(?(DEFINE)"));

	if (define) {
		read_body(r, depth, flags);
		return both;
	}
	r->at += 2;
	test = read_test(r, depth, flags);
	x = read_body(r, depth, flags);
	x->kind = SHAPE_CONDITION;
	if (x->kids.n == 1)
		shape_add(r, x, shape_make(r, SHAPE_SEQUENCE));
	r->lost |= x->kids.n > 2;
	if (test == NULL)
		return x;
	shape_add(r, both, test);
	shape_add(r, both, x);
	return both;
}

struct shape *
shape_group(struct shape_reader *r, unsigned depth, unsigned *flags)
{
	int c;

	if (shape_peek(r, 1) == '*')
		return read_star(r, depth, *flags);
	if (shape_peek(r, 1) == '?' && shape_peek(r, 2) == '(')
		return read_condition(r, depth, *flags);
	if (shape_peek(r, 1) != '?') {
		r->at++;
		return read_body(r, depth, *flags);
	}
	if (shape_skip(r, SLICE("(?:")) || shape_skip(r, SLICE("(?|")) ||
	    shape_skip(r, SLICE("(?>")))
		return read_body(r, depth, *flags);
	if (skip_look(r))
		return read_look(r, depth, *flags);
	if (shape_skip(r, SLICE("(?<")) || shape_skip(r, SLICE("(?P<"))) {
		shape_skip_past(r, '>');
		return read_body(r, depth, *flags);
	}
	c = shape_peek(r, 2);
	if (c == '&' || c == 'R' || (c >= '0' && c <= '9')) {
		struct shape *x = shape_make(r, SHAPE_OTHER);

		shape_skip_past(r, ')');
		return x;
	}
	return read_flags(r, depth, flags);
}

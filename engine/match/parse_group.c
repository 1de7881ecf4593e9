/*
 * parse_group.c - groups, as parse.c reads them: what (?… means, what a named
 * group of the DEFINE part knows, inline flags.
 *
 * Called by parse.c at each "(", and calls it back for the group's
 * body.  Verbs, callouts and conditions that are assertions end the
 * analysis.
 */
#include "config.h"

#include "match/parse.h"

#include <string.h>

/* A group of the DEFINE part. */
struct known_group {
	void *piece;
	bool complete;		/* all that it calls was known, too */
};

static const struct {
	struct slice open;
	bool lookaround;
} plain_groups[] = {
	{ { "(?:", 3 }, false },
	{ { "(?|", 3 }, false },
	{ { "(?>", 3 }, false },
	{ { "(?=", 3 }, true },
	{ { "(?!", 3 }, true },
	{ { "(?<=", 4 }, true },
	{ { "(?<!", 4 }, true },
};

/* Body and closing parenthesis of a group whose opening is read. */
static void
group_body(struct parse *p, unsigned depth, unsigned flags,
    void *out)
{
	parse_alternatives(p, depth + 1, flags, out);
	if (parse_peek(p, 0) == ')')
		p->at++;
	else
		parse_give_up(p, "unterminated group or escape");
}

static void
named_group(struct parse *p, unsigned depth, unsigned flags, char end,
    void *out)
{
	struct slice name = parse_skip_past(p, end);
	bool outer = p->unresolved;
	struct known_group *g;

	p->unresolved = false;
	group_body(p, depth, flags, out);
	if (p->defining && p->why == NULL) {
		g = map_get(p->groups, name);
		if (g == NULL) {
			g = arena_alloc(p->arena, sizeof(*g));
			g->piece = arena_alloc(p->arena, p->alg->size);
			map_put(p->groups, name, g);
		}
		p->alg->copy(p->work, g->piece, out);
		g->complete = !p->unresolved;
	}
	p->unresolved = p->unresolved || outer;
}

/* (?&name): what the group knows, if it was defined before. */
static void
group_call(struct parse *p, void *out)
{
	struct slice name = parse_skip_past(p, ')');
	const struct known_group *g = map_get(p->groups, name);

	if (g == NULL)
		p->alg->any(p->work, out);
	else
		p->alg->copy(p->work, out, g->piece);
	p->unresolved = p->unresolved || g == NULL || !g->complete;
}

/* (?(condition)yes|no): any text, DEFINE none. */
static void
conditional(struct parse *p, unsigned depth, unsigned flags,
    void *out)
{
	bool define = parse_looking_at(p, SLICE("(?(DEFINE)"));

	p->at += 2;
	if (parse_peek(p, 1) == '?' || parse_peek(p, 1) == '*') {
		parse_give_up(p, "a condition that is an assertion");
		return;
	}
	(void)parse_skip_past(p, ')');
	group_body(p, depth, flags, out);
	if (define)
		p->alg->empty(p->work, out);
	else
		p->alg->any(p->work, out);
}

static unsigned
flag_of(int c)
{
	switch (c) {
	case 'i':
		return RE_I;
	case 'm':
		return RE_M;
	case 's':
		return RE_S;
	case 'x':
		return RE_X;
	default:
		return 0;	/* n, J, U: nothing to literals */
	}
}

/*
 * (?i) (?-i) (?^x) (?i:…).  True: flags changed and nothing else happened;
 * false: it was a group, and out is filled.
 */
static bool
inline_flags(struct parse *p, unsigned depth, unsigned *flags,
    void *out)
{
	unsigned f = *flags;
	bool on = true;
	int c;

	p->at += 2;
	for (; (c = parse_peek(p, 0)) != ')' && c != ':'; p->at++) {
		if (c == '^') {
			f = 0;
		} else if (c == '-') {
			on = false;
		} else if (c < 0 || strchr("imsxnJU", c) == NULL) {
			parse_give_up(p,
			    "a group the analysis does not follow");
			return false;
		} else if (c == 'x' && !on) {
			f &= ~(unsigned)(RE_X | FLAG_XX);
		} else if (c == 'x' && parse_peek(p, 1) == 'x') {
			f |= RE_X | FLAG_XX;
			p->at++;
		} else if (c == 'x') {
			f = (f & ~(unsigned)FLAG_XX) | RE_X;
		} else {
			f = on ? f | flag_of(c) : f & ~flag_of(c);
		}
	}
	p->at++;
	if (c == ')') {
		*flags = f;
		return true;
	}
	group_body(p, depth, f, out);
	return false;
}

/* A group that begins with "(?" and has a name, a call or a condition. */
static bool
special_group(struct parse *p, unsigned depth, unsigned flags,
    void *out)
{
	int c = parse_peek(p, 2);

	if (parse_skip(p, SLICE("(?<")) || parse_skip(p, SLICE("(?P<"))) {
		named_group(p, depth, flags, '>', out);
	} else if (parse_skip(p, SLICE("(?'"))) {
		named_group(p, depth, flags, '\'', out);
	} else if (parse_skip(p, SLICE("(?&")) ||
	    parse_skip(p, SLICE("(?P>"))) {
		group_call(p, out);
	} else if (parse_looking_at(p, SLICE("(?("))) {
		conditional(p, depth, flags, out);
	} else if (c == 'R' || c == '+' || c == 'P' ||
	    parse_digit(p, 2) || (c == '-' && parse_digit(p, 3))) {
		(void)parse_skip_past(p, ')');
		p->alg->any(p->work, out);
	} else {
		return false;
	}
	return true;
}

bool
parse_group(struct parse *p, unsigned depth, unsigned *flags,
    void *out)
{
	if (parse_peek(p, 1) == '*') {
		parse_give_up(p, "a verb");
		return false;
	}
	if (parse_peek(p, 1) != '?') {
		p->at++;
		group_body(p, depth, *flags, out);
		return false;
	}
	for (size_t i = 0; i < sizeof(plain_groups) / sizeof(plain_groups[0]);
	    i++) {
		if (!parse_skip(p, plain_groups[i].open))
			continue;
		group_body(p, depth, *flags, out);
		if (plain_groups[i].lookaround)
			p->alg->empty(p->work, out);
		return false;
	}
	if (special_group(p, depth, *flags, out))
		return false;
	return inline_flags(p, depth, flags, out);
}

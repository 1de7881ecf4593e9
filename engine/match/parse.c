/*
 * parse.c - read a regex once, left to right, and work out what every text
 * it matches must contain.
 *
 * A recursive descent over PCRE2's syntax that keeps no tree: what is known of
 * an atom is joined to its sequence's as soon as its quantifier is known, in
 * the way the analysis (struct algebra) says.
 * Whatever consumes nothing (anchors, lookarounds, DEFINE) counts as "";
 * whatever consumes something unknown (backreferences, conditionals, calls of
 * groups not seen yet) counts as any text.  Both are safe: they claim less.
 *
 * What it does not follow at all (verbs, callouts, odd escapes) ends the
 * analysis: the rule then always runs.  So a mistake here must be one of
 * reading; tests/unit/match/literal_test.c and chain_test.c compare with PCRE2
 * on random regexes.
 *
 * Called by literal.c and chain.c; groups are read by parse_group.c.  Linear
 * in the pattern; groups nest up to NEST_MAX.
 */
#include "config.h"

#include "match/parse.h"

#include <limits.h>
#include <string.h>

#include "match/literal-class.h"

enum {
	COUNT_MAX = 65535,
	DEFINE_PASSES = 6,	/* calls of groups defined further on */
};

void
parse_give_up(struct parse *p, const char *why)
{
	if (p->why == NULL)
		p->why = why;
	p->at = p->s.n;
}

int
parse_peek(const struct parse *p, size_t k)
{
	return k < p->s.n - p->at ? (unsigned char)p->s.p[p->at + k] : -1;
}

bool
parse_digit(const struct parse *p, size_t k)
{
	int c = parse_peek(p, k);

	return c >= 0 && ascii_isdigit((unsigned char)c);
}

bool
parse_looking_at(const struct parse *p, struct slice what)
{
	return slice_starts(slice_sub(p->s, p->at, p->s.n), what);
}

bool
parse_skip(struct parse *p, struct slice what)
{
	if (!parse_looking_at(p, what))
		return false;
	p->at += what.n;
	return true;
}

struct slice
parse_skip_past(struct parse *p, char c)
{
	ptrdiff_t end = slice_chr(p->s, c, p->at);
	size_t from = p->at;

	if (end < 0) {
		parse_give_up(p, "unterminated group or escape");
		return (struct slice){ NULL, 0 };
	}
	p->at = (size_t)end + 1;
	return slice_sub(p->s, from, (size_t)end);
}

/* Blank under /x: Unicode's Pattern_White_Space as far as bytes go. */
static bool
is_pattern_space(int c)
{
	return c >= 0 && (ascii_isspace((unsigned char)c) || c == 0x85);
}

/* What PCRE2 reads over even between an atom and its quantifier. */
static void
skip_ignored(struct parse *p, unsigned flags)
{
	for (;;) {
		if (parse_skip(p, SLICE("(?#"))) {
			(void)parse_skip_past(p, ')');
		} else if (parse_skip(p, SLICE("\\E")) ||
		    parse_skip(p, SLICE("\\Q\\E"))) {
			continue;
		} else if ((flags & RE_X) && parse_peek(p, 0) == '#') {
			ptrdiff_t end = slice_chr(p->s, '\n', p->at);

			p->at = end < 0 ? p->s.n : (size_t)end + 1;
		} else if ((flags & RE_X) &&
		    is_pattern_space(parse_peek(p, 0))) {
			p->at++;
		} else {
			return;
		}
	}
}

/* ---- quantifiers ---- */

static bool
count(struct parse *p, size_t *k, unsigned *value_r)
{
	bool any = false;

	*value_r = 0;
	while (parse_digit(p, *k)) {
		*value_r = *value_r * 10 + (unsigned)(parse_peek(p, *k) - '0');
		if (*value_r > COUNT_MAX)
			*value_r = COUNT_MAX;
		++*k;
		any = true;
	}
	return any;
}

/*
 * {n} {n,} {n,m}.  Other braces around digits, commas and blanks are literal
 * text to one PCRE2 and a quantifier to a later one: not followed.
 */
static bool
braces(struct parse *p, unsigned *min_r, unsigned *max_r)
{
	size_t k = 1;
	int c;

	if (count(p, &k, min_r)) {
		*max_r = *min_r;
		if (parse_peek(p, k) == ',') {
			k++;
			if (!count(p, &k, max_r))
				*max_r = UINT_MAX;
		}
		if (parse_peek(p, k) == '}') {
			p->at += k + 1;
			return true;
		}
	}
	k = 1;
	while ((c = parse_peek(p, k)) > 0 &&
	    strchr("0123456789, \t", c) != NULL)
		k++;
	if (k > 1 && c == '}')
		parse_give_up(p, "braces that are no quantifier");
	return false;
}

static bool
quantifier(struct parse *p, unsigned *min_r, unsigned *max_r)
{
	switch (parse_peek(p, 0)) {
	case '*':
		*min_r = 0;
		*max_r = UINT_MAX;
		break;
	case '+':
		*min_r = 1;
		*max_r = UINT_MAX;
		break;
	case '?':
		*min_r = 0;
		*max_r = 1;
		break;
	case '{':
		return braces(p, min_r, max_r);
	default:
		return false;
	}
	p->at++;
	return true;
}

static void
parse_quantifiers(struct parse *p, unsigned flags, void *atom)
{
	unsigned min, max;

	skip_ignored(p, flags);
	while (quantifier(p, &min, &max)) {
		if (parse_peek(p, 0) == '?' || parse_peek(p, 0) == '+')
			p->at++;
		p->alg->repeat(p->work, atom, min, max);
		skip_ignored(p, flags);
	}
}

/* ---- escapes outside classes ---- */

/* The reference after \g or \k: bracketed, or a number. */
static void
skip_reference(struct parse *p)
{
	switch (parse_peek(p, 0)) {
	case '{':
		(void)parse_skip_past(p, '}');
		return;
	case '<':
		(void)parse_skip_past(p, '>');
		return;
	case '\'':
		p->at++;
		(void)parse_skip_past(p, '\'');
		return;
	default:
		break;
	}
	if (parse_peek(p, 0) == '-' || parse_peek(p, 0) == '+')
		p->at++;
	while (parse_digit(p, 0))
		p->at++;
}

static void
parse_escape(struct parse *p, unsigned flags, void *atom)
{
	bool member[256] = { false };
	int c = parse_peek(p, 1), byte;

	if (c < 0) {
		parse_give_up(p, "backslash at the end");
		return;
	}
	if (strchr("bBAzZGK", c) != NULL && c != '\0') {
		p->at += 2;
		if (c == 'z' || c == 'Z')
			p->alg->end(p->work, atom);
		else if (c == 'A')
			p->alg->begin(p->work, atom, false);
		else
			p->alg->empty(p->work, atom);
		return;
	}
	if (literal_class_escape(p->s, &p->at, member)) {
		p->alg->class(p->work, atom, member);
		return;
	}
	byte = literal_escape(p->s, &p->at, false);
	if (byte >= 0) {
		p->alg->byte(p->work, atom, (unsigned char)byte, flags & RE_I);
		return;
	}
	p->alg->any(p->work, atom);
	if (byte == ESCAPE_UNKNOWN) {
		parse_give_up(p, "an escape the analysis does not follow");
		return;
	}
	p->at += 2;
	if (c == 'g' || c == 'k')
		skip_reference(p);
	/* \1, \12 or octal: any text, so the digits may all go with it */
	while (ascii_isdigit((unsigned char)c) && parse_digit(p, 0))
		p->at++;
}

/* ---- sequences ---- */

/* \Q…\E, or the rest.  Its last byte takes the quantifier. */
static void
parse_quoted(struct parse *p, unsigned flags, struct frame *f)
{
	ptrdiff_t found;
	size_t end;

	p->at += 2;
	found = slice_find(p->s, SLICE("\\E"), p->at);
	end = found < 0 ? p->s.n : (size_t)found;
	p->alg->empty(p->work, f->atom);
	while (p->at < end) {
		p->alg->byte(p->work, f->atom, (unsigned char)p->s.p[p->at++],
		    flags & RE_I);
		if (p->at < end)
			p->alg->concat(p->work, f->seq, f->atom);
	}
}

/* One atom into f->atom; false if what was there is none. */
static bool
parse_atom(struct parse *p, unsigned depth, unsigned *flags, struct frame *f)
{
	bool member[256];
	int c = parse_peek(p, 0);

	switch (c) {
	case '(':
		return !parse_group(p, depth, flags, f->atom);
	case '[':
		if (!literal_class(p->s, &p->at,
		    (*flags & RE_I ? CLASS_FOLD : 0) |
		    (*flags & FLAG_XX ? CLASS_SKIP_BLANKS : 0), member))
			parse_give_up(p,
			    "a class the analysis does not follow");
		else
			p->alg->class(p->work, f->atom, member);
		return true;
	case '\\':
		if (parse_peek(p, 1) == 'Q')
			parse_quoted(p, *flags, f);
		else
			parse_escape(p, *flags, f->atom);
		return true;
	case '.':
		memset(member, true, sizeof(member));
		p->alg->class(p->work, f->atom, member);
		break;
	case '$':
		if (*flags & RE_M)
			p->alg->empty(p->work, f->atom);
		else
			p->alg->end(p->work, f->atom);
		break;
	case '^':
		p->alg->begin(p->work, f->atom, *flags & RE_M);
		break;
	default:
		p->alg->byte(p->work, f->atom, (unsigned char)c,
		    *flags & RE_I);
		break;
	}
	p->at++;
	return true;
}

static struct frame *
frame_get(struct parse *p, unsigned depth)
{
	struct frame *f;

	if (depth >= NEST_MAX) {
		parse_give_up(p, "groups nested too deep");
		depth = NEST_MAX - 1;
	}
	f = &p->frames[depth];
	if (f->seq == NULL) {
		f->seq = arena_alloc(p->arena, p->alg->size);
		f->atom = arena_alloc(p->arena, p->alg->size);
	}
	return f;
}

void
parse_alternatives(struct parse *p, unsigned depth, unsigned flags,
    void *out)
{
	struct frame *f = frame_get(p, depth);
	bool first = true;
	int c;

	do {
		p->alg->empty(p->work, f->seq);
		for (skip_ignored(p, flags);
		    (c = parse_peek(p, 0)) >= 0 && c != '|' && c != ')';
		    skip_ignored(p, flags)) {
			if (!parse_atom(p, depth, &flags, f) ||
			    p->why != NULL)
				continue;
			parse_quantifiers(p, flags, f->atom);
			if (p->why == NULL)
				p->alg->concat(p->work, f->seq, f->atom);
		}
		if (first)
			p->alg->copy(p->work, out, f->seq);
		else
			p->alg->alt(p->work, out, f->seq);
		first = false;
		if (c == '|')
			p->at++;
	} while (c == '|');
}

static void
parse_text(struct parse *p, struct slice text, unsigned flags,
    void *out)
{
	p->s = text;
	p->at = 0;
	parse_alternatives(p, 0, flags, out);
	if (p->at < p->s.n)
		parse_give_up(p, "unmatched parenthesis");
}

const char *
parse_regex(const struct algebra *alg, void *work,
    const struct rule_regex *re, void *piece_r)
{
	struct arena *a = arena_new();
	struct parse *p = arena_alloc(a, sizeof(*p));
	const char *why;

	p->alg = alg;
	p->work = work;
	p->arena = a;
	p->groups = map_new(a, false);
	p->defining = true;
	for (unsigned i = 0; i < DEFINE_PASSES && (i == 0 || p->unresolved) &&
	    p->why == NULL; i++) {
		p->unresolved = false;
		parse_text(p, re->defines, re->flags, piece_r);
	}
	p->defining = false;
	if (p->why == NULL)
		parse_text(p, re->text, re->flags, piece_r);
	why = p->why;
	arena_free(&a);
	return why;
}

/*
 * lint.c - checks of regexes: what matches anything, what backtracks, what
 * neither literal nor chain can spare.
 *
 * A check looks at one rule and returns why it is worth a look, or NULL.
 * What is claimed has been shown: always-matches by the shape alone (every
 * part may be empty), catastrophic and slow regexes by running PCRE2 on a
 * text, which the finding describes.
 *
 * Called by cmd/ after the matcher was built.
 */
#include "config.h"

#include "match/lint.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "match/match-priv.h"
#include "match/pump.h"

struct subject {
	struct ruleset *rs;
	struct arena *scratch;
	const struct match_rule *mr;
	const struct rule *rule;
	const struct shape *shape;	/* NULL: not followed */
};

/* What a rule of each kind is asked of, and how long that can be. */
static const struct {
	const char *unit;
	size_t bytes;
} units[RULE_KINDS] = {
	[RULE_HEADER] = { "value", LIMIT_FIELD_VALUE },
	[RULE_BODY] = { "line", LIMIT_BODY_LINE },
	[RULE_RAWBODY] = { "chunk", LIMIT_BODY_LINE },
	[RULE_FULL] = { "message", 16384 },
	[RULE_URI] = { "URI", LIMIT_URI_BYTES },
	[RULE_MIMEHEADER] = { "value", LIMIT_FIELD_VALUE },
};

/* ---- matches anything ---- */

/* Can x match the empty text at the start (or the end) of any text? */
static bool
can_be_empty(const struct shape *x, bool at_start)
{
	switch (x->kind) {
	case SHAPE_START:
		return at_start;
	case SHAPE_END:
		return !at_start;
	case SHAPE_SEQUENCE:
	case SHAPE_CONDITION:		/* whatever it is told */
		for (size_t i = 0; i < x->kids.n; i++) {
			if (!can_be_empty(x->kids.v[i], at_start))
				return false;
		}
		return true;
	case SHAPE_CHOICE:
		for (size_t i = 0; i < x->kids.n; i++) {
			if (can_be_empty(x->kids.v[i], at_start))
				return true;
		}
		return false;
	case SHAPE_REPEAT:
		return x->min == 0 || can_be_empty(x->kids.v[0], at_start);
	default:
		return false;
	}
}

static bool
told_already(const struct ruleset *rs, const struct rule *r, const char *code)
{
	for (size_t i = 0; i < rs->findings.n; i++) {
		const struct finding *f = &rs->findings.v[i];

		if (strcmp(f->code, code) == 0 &&
		    f->origin.line == r->origin.line &&
		    strcmp(f->origin.file, r->origin.file) == 0)
			return true;
	}
	return false;
}

/* The shape is our reading of the regex: PCRE2 has to agree. */
static bool
matches_all(const struct regex *re)
{
	static const struct slice texts[] = { { "", 0 }, { "\n", 1 },
		{ "\x01", 1 }, { "a b", 3 } };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (regex_search(re, texts[i], 0, NULL, 0) != REGEX_HIT)
			return false;
	}
	return true;
}

static const char *
check_always(struct subject *s)
{
	/* a rule that captures may mean to match anything */
	if (s->shape == NULL || s->shape->verbs || s->rule->has_captures ||
	    (!can_be_empty(s->shape, true) &&
	    !can_be_empty(s->shape, false)) || !matches_all(s->mr->re) ||
	    told_already(s->rs, s->rule, "always-matches"))
		return NULL;
	return arena_printf(s->rs->arena, "every part of the regex of %.*s may "
	    "be empty, so it matches any text%s", SLICE_FMT(s->rule->name),
	    s->rule->negate ? " and with !~ never hits" : "");
}

/* ---- backtracking ---- */

/* For people: at most 40 bytes, what is not printable as \xHH. */
static const char *
shown(struct arena *a, struct slice text)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < text.n && b.n < 40; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < ' ' || c > '~')
			buf_addf(&b, "\\x%02x", c);
		else
			buf_addc(&b, (char)c);
	}
	if (b.n >= 40)
		buf_adds(&b, "…");
	return buf_cstr(&b);
}

static const char *
check_catastrophic(struct subject *s)
{
	struct slice text = s->rule->regex.text;
	struct pump p;

	if (s->shape == NULL ||
	    !pump_explodes(s->scratch, s->mr->re, s->shape, &p))
		return NULL;
	return arena_printf(s->rs->arena, "%.*s: '%s' at byte %zu of the regex "
	    "can read one text in very many ways: %zu times '%s' and an end "
	    "that does not fit, %zu bytes, is more than the match limit "
	    "allows, and the rule is then unknown",
	    SLICE_FMT(s->rule->name), shown(s->scratch, slice_sub(text,
	    p.where->from, p.where->to)), p.where->from, p.times,
	    shown(s->scratch, p.word), p.text.n);
}

static const char *
check_slow(struct subject *s)
{
	size_t bytes = units[s->rule->kind].bytes;
	struct slice text = s->rule->regex.text;
	struct pump p;

	if (s->shape == NULL ||
	    told_already(s->rs, s->rule, "catastrophic-regex") ||
	    !pump_drags(s->scratch, s->mr->re, s->shape, bytes, &p))
		return NULL;
	return arena_printf(s->rs->arena, "%.*s: '%s' at byte %zu of the regex "
	    "takes far more than linear time: one %s of %zu bytes, '%s' "
	    "again and again, is more than the limits of one match allow",
	    SLICE_FMT(s->rule->name), shown(s->scratch, slice_sub(text,
	    p.where->from, p.where->to)), p.where->from,
	    units[s->rule->kind].unit, p.text.n, shown(s->scratch, p.word));
}

/* ---- prefilter ---- */

/* Header values are few and short: asking PCRE2 costs nothing there. */
static const char *
check_literal(struct subject *s)
{
	const struct rule *r = s->rule;

	if (s->mr->gates != 0 || r->kind == RULE_HEADER ||
	    r->kind == RULE_MIMEHEADER)
		return NULL;
	return arena_printf(s->rs->arena, "%.*s is tried on every %s%s: %s",
	    SLICE_FMT(r->name), units[r->kind].unit,
	    r->kind == RULE_FULL ? "" : " of every message",
	    s->mr->why);
}

static const struct {
	const char *code;
	enum finding_level level;
	const char *(*run)(struct subject *s);
} checks[] = {
	{ "always-matches", FINDING_WARNING, check_always },
	{ "catastrophic-regex", FINDING_WARNING, check_catastrophic },
	{ "slow-regex", FINDING_INFO, check_slow },
	{ "no-literal", FINDING_INFO, check_literal },
};

void
match_lint(struct ruleset *rs, const struct matcher *m)
{
	struct arena *scratch = arena_new();

	for (size_t i = 0; i < m->rules.n; i++) {
		const struct match_rule *mr = m->rules.v[i];
		struct subject s = { rs, scratch, mr, mr->rule, NULL };

		if (mr->re == NULL)
			continue;	/* exists:, or made per message */
		s.shape = shape_parse(scratch, &mr->rule->regex);
		for (size_t c = 0; c < sizeof(checks) / sizeof(checks[0]);
		    c++) {
			const char *why = checks[c].run(&s);

			if (why != NULL)
				rule_finding(rs, checks[c].level,
				    &mr->rule->origin, checks[c].code, "%s",
				    why);
		}
		arena_reset(scratch);
	}
	arena_free(&scratch);
}

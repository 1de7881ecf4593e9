/*
 * define.c - the lines that define a rule: header, body, rawbody, full, uri,
 * mimeheader, meta, reuse (reference/sa-compat.md 1.4, 2.2 to 2.4).
 *
 * A definition is read into a scratch rule first and then replaces the old
 * one whole; what other lines said about the name (score, tflags, describe,
 * priority, tests) stays.  A line that is wrong leaves the old rule alone.
 */
#include "config.h"

#include "rule/rule-priv.h"

static const char *const header_modifiers[] = {
	"raw", "addr", "name", "host", "domain", "ip", "revip", "first",
	"last",
};

/* Cut the rule's name off; the rest must not be empty. */
static int
take_name(struct slice *value, struct slice *name_r, const char **code_r,
    struct err *e)
{
	*code_r = "bad-name";
	if (!slice_word(value, name_r))
		return err_set(e, ERR_CONFIG, "the name of the rule is "
		    "missing");
	if (name_r->n > LIMIT_RULE_NAME)
		return err_set(e, ERR_CONFIG, "the name is longer than %d "
		    "bytes", LIMIT_RULE_NAME);
	if (!rule_name_valid(*name_r))
		return err_set(e, ERR_CONFIG, "'%.*s' is not a name: use "
		    "letters, digits and '_', not a digit first",
		    SLICE_FMT(*name_r));
	*value = slice_trim(*value);
	*code_r = "missing-value";
	if (value->n == 0)
		return err_set(e, ERR_CONFIG, "the definition of %.*s is "
		    "missing", SLICE_FMT(*name_r));
	*code_r = "bad-value";
	return 0;
}

static void
warn_of_name(struct loader *l, struct slice name)
{
	if (name.n > 40 && !slice_starts(name, SLICE("__")) &&
	    !slice_starts(name, SLICE("T_")))
		rule_finding(l->rs, FINDING_WARNING, &l->origin, "long-name",
		    "the name %.*s is longer than 40 bytes, which makes "
		    "headers hard to read", SLICE_FMT(name));
}

/* Put the scratch rule in the place of the one of that name. */
static void
commit(struct loader *l, struct slice name, struct rule *new)
{
	struct rule *r = rule_intern(l->rs, name);
	struct rule old = *r;

	*r = *new;
	r->id = old.id;
	r->name = old.name;
	r->subrule = old.subrule;
	r->defined = true;
	r->origin = l->origin;
	if (old.defined && old.kind != RULE_EMPTY)
		r->replaced = old.origin;
	r->mention = old.mention;
	r->mentioned_by = old.mentioned_by;
	for (int i = 0; i < 4; i++)
		r->score[i] = old.score[i];
	r->score_origin = old.score_origin;
	r->tflags = old.tflags;
	r->maxhits = old.maxhits;
	r->first_part = old.first_part;
	r->last_part = old.last_part;
	r->concat = old.concat;
	r->priority = r->has_captures ? -10000 : old.priority;
	r->ending = old.ending;
	r->describe = old.describe;
	r->subjprefix = old.subjprefix;
	r->tests.v = old.tests.v;
	r->tests.n = old.tests.n;
	r->tests.cap = old.tests.cap;
	warn_of_name(l, name);
}

static int
take_regex(struct loader *l, struct slice text, struct slice name,
    struct rule *r, struct err *e)
{
	const char *why;

	if (rule_regex_parse(l->arena, text, &r->regex, e) != 0)
		return -1;
	r->has_captures = regex_has_captures(r->regex.text);
	r->needs_tags = regex_needs_tags(r->regex.text);
	why = regex_always_matches(r->regex.text);
	if (why != NULL)
		rule_finding(l->rs, FINDING_WARNING, &l->origin,
		    "always-matches", "the regex of %.*s matches everything: "
		    "%s", SLICE_FMT(name), why);
	return 0;
}

static int
define_eval(struct loader *l, struct slice name, struct slice call,
    enum rule_text text, const char **code_r, struct err *e)
{
	struct rule r = { .kind = RULE_EVAL, .text = text };

	*code_r = "bad-eval";
	if (eval_parse(l->arena, call, &r.function, &r, e) != 0)
		return -1;
	commit(l, name, &r);
	return 0;
}

/* body, rawbody, full, uri: an eval or a regex. */
static int
define_text(struct loader *l, struct slice value, enum rule_kind kind,
    const char **code_r, struct err *e)
{
	static const enum rule_text texts[RULE_KINDS] = {
		[RULE_BODY] = TEXT_BODY, [RULE_RAWBODY] = TEXT_RAWBODY,
		[RULE_FULL] = TEXT_FULL, [RULE_URI] = TEXT_URI,
	};
	struct rule r = { .kind = kind, .text = texts[kind] };
	struct slice name, eval = SLICE("eval:");

	if (take_name(&value, &name, code_r, e) != 0)
		return -1;
	if (slice_starts(value, eval))
		return define_eval(l, name, slice_sub(value, eval.n, value.n),
		    texts[kind], code_r, e);
	*code_r = "bad-regex";
	if (take_regex(l, value, name, &r, e) != 0)
		return -1;
	commit(l, name, &r);
	return 0;
}

int
define_body(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	return define_text(l, value, RULE_BODY, code_r, e);
}

int
define_rawbody(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	return define_text(l, value, RULE_RAWBODY, code_r, e);
}

int
define_full(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	return define_text(l, value, RULE_FULL, code_r, e);
}

int
define_uri(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	return define_text(l, value, RULE_URI, code_r, e);
}

/* ---- header and mimeheader ---- */

static bool
header_byte(unsigned char c)
{
	return ascii_isword(c) || c == '.' || c == '-';
}

static bool
modifier_known(struct slice m)
{
	for (size_t i = 0; i < sizeof(header_modifiers) /
	    sizeof(header_modifiers[0]); i++) {
		if (slice_eq_cstr(m, header_modifiers[i]))
			return true;
	}
	return false;
}

/* Name, Name:mod or Name:mod:mod; a ':' at the end means nothing. */
static int
check_header(struct slice *header, struct err *e)
{
	size_t at = 0, mods = 0;

	if (slice_ends(*header, SLICE(":")))
		header->n--;
	while (at < header->n && header_byte((unsigned char)header->p[at]))
		at++;
	if (at == 0)
		return err_set(e, ERR_CONFIG, "'%.*s' is not the name of a "
		    "header", SLICE_FMT(*header));
	while (at < header->n && header->p[at] == ':' && mods++ < 2) {
		ptrdiff_t next = slice_chr(*header, ':', at + 1);
		size_t end = next < 0 ? header->n : (size_t)next;
		struct slice m = slice_sub(*header, at + 1, end);

		if (!modifier_known(m))
			return err_set(e, ERR_CONFIG, "':%.*s' is not a "
			    "modifier: there are raw, addr, name, host, "
			    "domain, ip, revip, first and last",
			    SLICE_FMT(m));
		at = end;
	}
	if (at < header->n)
		return err_set(e, ERR_CONFIG, "'%.*s' is not the name of a "
		    "header", SLICE_FMT(*header));
	return 0;
}

static int
define_exists(struct loader *l, struct slice name, struct slice header,
    const char **code_r, struct err *e)
{
	struct rule r = { .kind = RULE_HEADER, .exists = true };

	*code_r = "bad-header";
	if (slice_ends(header, SLICE(":")))
		header.n--;
	for (size_t i = 0; i < header.n; i++) {
		if (!header_byte((unsigned char)header.p[i]))
			return err_set(e, ERR_CONFIG, "exists: takes the name "
			    "of a header alone");
	}
	if (header.n == 0)
		return err_set(e, ERR_CONFIG, "exists: needs the name of a "
		    "header");
	r.header = arena_slice(l->arena, header);
	commit(l, name, &r);
	return 0;
}

/* "[if-unset: text]" behind the regex, which then ends before it. */
static void
take_if_unset(struct loader *l, struct slice *pattern, struct rule *r)
{
	struct slice mark = SLICE("[if-unset:");
	ptrdiff_t at = slice_find(*pattern, mark, 0);
	struct slice text;

	if (at <= 0 || !slice_ends(*pattern, SLICE("]")) ||
	    !ascii_isspace((unsigned char)pattern->p[at - 1]))
		return;
	text = slice_trim_left(slice_sub(*pattern, (size_t)at + mark.n,
	    pattern->n - 1));
	if (text.n == 0)
		return;
	r->has_if_unset = true;
	r->if_unset = arena_slice(l->arena, text);
	*pattern = slice_trim_right(slice_sub(*pattern, 0, (size_t)at));
}

/* Split "Header =~ pattern"; the first operator counts. */
static int
split_operator(struct slice value, struct slice *header_r,
    struct slice *pattern_r, struct rule *r, struct err *e)
{
	ptrdiff_t at = slice_chr(value, '~', 0);

	if (at < 1 || (value.p[at - 1] != '=' && value.p[at - 1] != '!'))
		return err_set(e, ERR_CONFIG, "write Header =~ /regex/, "
		    "Header !~ /regex/, exists:Header or eval:function()");
	r->negate = value.p[at - 1] == '!';
	*header_r = slice_trim(slice_sub(value, 0, (size_t)at - 1));
	*pattern_r = slice_trim(slice_sub(value, (size_t)at + 1, value.n));
	return 0;
}

static int
define_match(struct loader *l, struct slice value, struct slice name,
    enum rule_kind kind, const char **code_r, struct err *e)
{
	struct rule r = { .kind = kind };
	struct slice header, pattern;

	*code_r = "bad-header";
	if (split_operator(value, &header, &pattern, &r, e) != 0 ||
	    check_header(&header, e) != 0)
		return -1;
	*code_r = "bad-regex";
	take_if_unset(l, &pattern, &r);
	if (take_regex(l, pattern, name, &r, e) != 0)
		return -1;
	r.header = arena_slice(l->arena, header);
	commit(l, name, &r);
	return 0;
}

int
define_header(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	static const char *const evals[] = { "eval:", "rbleval:" };
	struct slice name, exists = SLICE("exists:");

	if (take_name(&value, &name, code_r, e) != 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		struct slice word = slice_cstr(evals[i]);

		if (slice_starts(value, word))
			return define_eval(l, name, slice_sub(value, word.n,
			    value.n), TEXT_HEADER, code_r, e);
	}
	if (slice_starts(value, exists))
		return define_exists(l, name, slice_sub(value, exists.n,
		    value.n), code_r, e);
	return define_match(l, value, name, RULE_HEADER, code_r, e);
}

int
define_mimeheader(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	struct slice name;

	if (take_name(&value, &name, code_r, e) != 0)
		return -1;
	return define_match(l, value, name, RULE_MIMEHEADER, code_r, e);
}

/* ---- meta and reuse ---- */

int
define_meta(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	struct rule r = { .kind = RULE_META };
	struct slice name;

	if (take_name(&value, &name, code_r, e) != 0)
		return -1;
	*code_r = "bad-expression";
	if (rule_meta_compile(l->rs, value, &r.meta, e) != 0)
		return -1;
	commit(l, name, &r);
	return 0;
}

/* Only mass-check uses reuse, but it makes a rule of an unknown name. */
int
define_reuse(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	struct slice name;
	struct rule *r;

	*code_r = "bad-name";
	if (!slice_word(&value, &name) || !rule_name_valid(name))
		return err_set(e, ERR_CONFIG, "reuse needs the name of a "
		    "rule");
	r = rule_intern(l->rs, name);
	if (!r->defined) {
		r->defined = true;
		r->kind = RULE_EMPTY;
		r->origin = l->origin;
	}
	return 0;
}

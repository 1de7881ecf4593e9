/*
 * attribute.c - the lines that say something about a rule by name: score,
 * describe, tflags, priority, test, subjprefix.
 *
 * They may come before or after the definition, and survive a new one.
 */
#include "config.h"

#include "rule/rule-priv.h"

#include <math.h>
#include <string.h>

/* SpamAssassin's flags; 0: known, but without effect here. */
static const struct {
	const char *word;
	uint32_t flag;
} flags[] = {
	{ "net", TF_NET }, { "nice", TF_NICE }, { "learn", TF_LEARN },
	{ "userconf", TF_USERCONF }, { "noautolearn", TF_NOAUTOLEARN },
	{ "multiple", TF_MULTIPLE }, { "nosubject", TF_NOSUBJECT },
	{ "notrim", TF_NOTRIM }, { "domains_only", TF_DOMAINS_ONLY },
	{ "ips_only", TF_IPS_ONLY }, { "a", TF_A }, { "ns", TF_NS },
	{ "publish", TF_PUBLISH }, { "autolearn_force", TF_AUTOLEARN_FORCE },
	{ "autolearn_body", TF_AUTOLEARN_BODY },
	{ "autolearn_header", TF_AUTOLEARN_HEADER }, { "noawl", TF_NOAWL },
	{ "nolog", TF_NOLOG }, { "nopublish", 0 }, { "noaudit", 0 },
};

static int
take_rule(struct loader *l, struct slice *value, struct rule **r_r,
    const char **code_r, struct err *e)
{
	struct slice name;

	*code_r = "bad-name";
	if (!slice_word(value, &name))
		return err_set(e, ERR_CONFIG, "the name of the rule is "
		    "missing");
	*r_r = rule_intern(l->rs, name);
	if (*r_r == NULL)
		return err_set(e, ERR_CONFIG, "'%.*s' is not the name of a "
		    "rule", name.n > 60 ? 60 : (int)name.n, name.p);
	if ((*r_r)->mentioned_by == NULL &&
	    strcmp(l->directive, "score") != 0) {
		(*r_r)->mentioned_by = l->directive;
		(*r_r)->mention = l->origin;
	}
	*value = slice_trim(*value);
	*code_r = "bad-value";
	return 0;
}

/* One number, or "(number)": add to what was set before. */
static int
score_number(struct slice word, double *n_r, bool *relative, struct err *e)
{
	if (slice_starts(word, SLICE("(")) && slice_ends(word, SLICE(")"))) {
		word = slice_sub(word, 1, word.n - 1);
		*relative = true;
	}
	if (slice_to_double(word, n_r) != 0 || fabs(*n_r) > 1e6)
		return err_set(e, ERR_CONFIG, "'%.*s' is not a score",
		    word.n > 40 ? 40 : (int)word.n, word.p);
	return 0;
}

int
attribute_score(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	double n[4] = { 0 };
	bool relative = false;
	struct slice word;
	struct rule *r;
	size_t count = 0;

	if (take_rule(l, &value, &r, code_r, e) != 0)
		return -1;
	while (count < 4 && slice_word(&value, &word)) {
		if (score_number(word, &n[count++], &relative, e) != 0)
			return -1;
	}
	if ((count != 1 && count != 4) || slice_trim(value).n > 0)
		return err_set(e, ERR_CONFIG, "a score is one number, or "
		    "four: no network, network, statistics, both");
	if (relative && r->score_origin.line == 0)
		return err_set(e, ERR_CONFIG, "(%g) adds to a score, and "
		    "%.*s has none yet", n[0], SLICE_FMT(r->name));
	for (size_t i = 0; i < 4; i++)
		r->score[i] = (relative ? r->score[i] : 0) +
		    n[count == 1 ? 0 : i];
	r->score_origin = l->origin;
	return 0;
}

int
attribute_describe(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	struct rule *r;

	if (take_rule(l, &value, &r, code_r, e) != 0)
		return -1;
	*code_r = "missing-value";
	if (value.n == 0)
		return err_set(e, ERR_CONFIG, "the description of %.*s is "
		    "missing", SLICE_FMT(r->name));
	r->describe = arena_slice(l->arena, value);
	return 0;
}

int
attribute_subjprefix(struct loader *l, struct slice value,
    const char **code_r, struct err *e)
{
	struct rule *r;

	if (take_rule(l, &value, &r, code_r, e) != 0)
		return -1;
	*code_r = "missing-value";
	if (value.n == 0)
		return err_set(e, ERR_CONFIG, "the prefix of %.*s is missing",
		    SLICE_FMT(r->name));
	r->subjprefix = arena_slice(l->arena, value);
	return 0;
}

static bool
take_maxhits(struct slice word, unsigned *maxhits)
{
	struct slice mark = SLICE("maxhits=");
	long n;

	if (!slice_starts(word, mark) ||
	    slice_to_long(slice_sub(word, mark.n, word.n), &n) != 0 ||
	    n < 1 || n > 1000000)
		return false;
	*maxhits = (unsigned)n;
	return true;
}

/* "2-3", "2-", "-3" or "2": digits, and a hyphen if there is one. */
static bool
take_digits(struct slice *s, unsigned *n)
{
	size_t i = 0;
	long v;

	while (i < s->n && i < 9 && ascii_isdigit((unsigned char)s->p[i]))
		i++;
	if (i == 0 || slice_to_long(slice_sub(*s, 0, i), &v) != 0)
		return i == 0;
	*n = (unsigned)v;
	*s = slice_sub(*s, i, s->n);
	return true;
}

/* Flags of mimeheader rules: range=2-3 and concat. */
static bool
take_parts(struct slice word, struct rule *r)
{
	struct slice mark = SLICE("range=");
	unsigned first = 0, last = 0;
	bool hyphen;

	if (slice_eq_cstr(word, "concat")) {
		r->concat = true;
		return true;
	}
	if (!slice_starts(word, mark))
		return false;
	word = slice_sub(word, mark.n, word.n);
	if (!take_digits(&word, &first))
		return false;
	hyphen = slice_starts(word, SLICE("-"));
	if (hyphen) {
		word = slice_sub(word, 1, word.n);
		if (!take_digits(&word, &last))
			return false;
	}
	if (word.n > 0 || (first == 0 && last == 0))
		return false;
	r->first_part = first;
	r->last_part = hyphen ? last : first;
	return true;
}

static bool
take_flag(struct slice word, uint32_t *tflags)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (slice_eq_cstr(word, flags[i].word)) {
			*tflags |= flags[i].flag;
			return true;
		}
	}
	return false;
}

static void
unknown_flag(struct loader *l, struct slice word)
{
	struct nearest n;

	nearest_start(&n, word);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		nearest_try(&n, slice_cstr(flags[i].word));
	rule_finding(l->rs, FINDING_WARNING, &l->origin, "unknown-tflag",
	    "tflag '%.*s' has no effect here%s%.*s%s",
	    word.n > 40 ? 40 : (int)word.n, word.p,
	    n.best.n ? "; did you mean '" : "", SLICE_FMT(n.best),
	    n.best.n ? "'?" : "");
}

/* The line replaces what an earlier one said. */
int
attribute_tflags(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	struct slice word;
	struct rule *r;

	if (take_rule(l, &value, &r, code_r, e) != 0)
		return -1;
	*code_r = "missing-value";
	if (value.n == 0)
		return err_set(e, ERR_CONFIG, "the flags of %.*s are missing",
		    SLICE_FMT(r->name));
	r->tflags = 0;
	r->maxhits = 0;
	r->first_part = r->last_part = 0;
	r->concat = false;
	while (slice_word(&value, &word)) {
		if (!take_flag(word, &r->tflags) &&
		    !take_maxhits(word, &r->maxhits) && !take_parts(word, r))
			unknown_flag(l, word);
	}
	return 0;
}

int
attribute_priority(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	struct rule *r;
	long n;

	if (take_rule(l, &value, &r, code_r, e) != 0)
		return -1;
	if (slice_to_long(value, &n) != 0 || n < -1000000 || n > 1000000)
		return err_set(e, ERR_CONFIG, "a priority is a whole number "
		    "from -1000000 to 1000000");
	r->priority = (int)n;
	return 0;
}

#define PRIORITY_ENDING (-200)

struct rule *
rule_end_at(struct ruleset *rs, struct slice name, enum rule_ending ending)
{
	struct rule *r = rule_intern(rs, name);

	if (r == NULL)
		return NULL;
	r->ending = ending;
	if (ending != ENDING_HAM && ending != ENDING_SPAM)
		return r;
	if (r->priority == 0)
		r->priority = PRIORITY_ENDING;
	r->tflags |= TF_NOAUTOLEARN | (ending == ENDING_HAM ? TF_NICE : 0);
	return r;
}

/* test NAME ok|fail STRING (reference 8). */
int
attribute_test(struct loader *l, struct slice value, const char **code_r,
    struct err *e)
{
	struct slice word;
	struct rule *r;
	bool good;

	if (take_rule(l, &value, &r, code_r, e) != 0)
		return -1;
	if (!slice_word(&value, &word))
		word = (struct slice){ 0 };
	good = slice_eq_cstr(word, "ok");
	if (!good && !slice_eq_cstr(word, "fail"))
		return err_set(e, ERR_CONFIG, "write test %.*s ok TEXT, or "
		    "fail TEXT", SLICE_FMT(r->name));
	*VEC_PUSH(l->arena, &r->tests) = (struct rule_test){ .ok = good,
	    .text = arena_slice(l->arena, slice_trim(value)),
	    .origin = l->origin };
	return 0;
}

/*
 * meta.c - meta expressions over the results of rules.
 *
 * Compiled when the line is read: names are interned, so that a meta may name
 * rules that come later.  rules_matching() is expanded when all rules are
 * known (finish.c).  Evaluated once per message, after everything else, in
 * the order finish.c computed.
 *
 * The value of an operand is trap 7's; which dependencies make a meta not run
 * at all is trap 6.
 */
#include "config.h"

#include "rule/rule-priv.h"

#include <stdlib.h>

#include "base/mem.h"

struct compile {
	struct ruleset *rs;
};

static int
meta_name(void *arg, struct slice name, struct slice argument,
    struct expr_op *op, struct err *e)
{
	struct compile *c = arg;
	struct rule *r;

	if (argument.p != NULL) {
		struct slice *glob = arena_alloc(c->rs->arena, sizeof(*glob));

		*glob = arena_slice(c->rs->arena, argument);
		op->code = EXPR_GLOB;
		op->glob = glob;
		return 0;
	}
	if (slice_eq_cstr(name, "local_tests_only")) {
		op->code = EXPR_LOCAL;
		return 0;
	}
	r = rule_intern(c->rs, name);
	if (r == NULL)
		return err_set(e, ERR_CONFIG, "'%.*s' is not the name of a "
		    "rule", name.n > 60 ? 60 : (int)name.n, name.p);
	op->code = EXPR_OPERAND;
	op->operand = r->id;
	return 0;
}

/* "()" declares a rule that only a plugin can make hit. */
static bool
is_declaration(struct slice text)
{
	text = slice_trim(text);
	return text.n >= 2 && text.p[0] == '(' && text.p[text.n - 1] == ')' &&
	    slice_trim(slice_sub(text, 1, text.n - 1)).n == 0;
}

static int
compare_ids(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return x < y ? -1 : x > y;
}

/* The ids the code names, each once, ascending. */
static void
collect_deps(struct ruleset *rs, struct rule_meta *m)
{
	size_t n = 0, kept = 0;
	unsigned *deps;

	for (size_t i = 0; i < m->expr.ops.n; i++)
		n += m->expr.ops.v[i].code == EXPR_OPERAND;
	deps = arena_alloc_array(rs->arena, n, sizeof(*deps));
	n = 0;
	for (size_t i = 0; i < m->expr.ops.n; i++) {
		if (m->expr.ops.v[i].code == EXPR_OPERAND)
			deps[n++] = m->expr.ops.v[i].operand;
	}
	qsort(deps, n, sizeof(*deps), compare_ids);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || deps[i] != deps[kept - 1])
			deps[kept++] = deps[i];
	}
	m->deps.v = deps;
	m->deps.n = kept;
	m->deps.cap = n;
}

int
rule_meta_compile(struct ruleset *rs, struct slice text,
    struct rule_meta **meta_r, struct err *e)
{
	static const char *const functions[] = { "rules_matching", NULL };
	struct compile c = { rs };
	struct expr_language lang = { functions, meta_name, &c };
	struct rule_meta *m = arena_alloc(rs->arena, sizeof(*m));

	m->text = arena_slice(rs->arena, text);
	if (!is_declaration(text) &&
	    expr_compile(rs->arena, m->text, &lang, &m->expr, NULL, e) != 0)
		return -1;
	if (m->expr.divides_by_zero)
		return err_set(e, ERR_CONFIG, "it divides by zero when "
		    "nothing hits: add a number to the divisor");
	collect_deps(rs, m);
	*meta_r = m;
	return 0;
}

/* '*' any run, '?' one byte; linear but for the last '*' (at most 100 bytes
 * of name). */
static bool
glob_match(struct slice glob, struct slice name)
{
	size_t g = 0, n = 0, star = SIZE_MAX, back = 0;

	while (n < name.n) {
		if (g < glob.n && glob.p[g] == '*') {
			star = g++;
			back = n;
		} else if (g < glob.n &&
		    (glob.p[g] == '?' || glob.p[g] == name.p[n])) {
			g++;
			n++;
		} else if (star != SIZE_MAX) {
			g = star + 1;
			n = ++back;
		} else {
			return false;
		}
	}
	while (g < glob.n && glob.p[g] == '*')
		g++;
	return g == glob.n;
}

static void
push_op(struct ruleset *rs, struct expr *x, struct expr_op op)
{
	if (x->ops.n < LIMIT_META_TOKENS)
		*VEC_PUSH(rs->arena, &x->ops) = op;
}

/* One rules_matching(): the sum of all defined rules that match but self. */
static void
expand_one(struct ruleset *rs, const struct rule *self, struct slice glob,
    struct expr *x)
{
	push_op(rs, x, (struct expr_op){ .code = EXPR_NUMBER });
	for (size_t i = 0; i < rs->rules.n; i++) {
		const struct rule *r = rs->rules.v[i];

		if (r == self || !r->defined || !glob_match(glob, r->name) ||
		    x->ops.n + 2 > LIMIT_META_TOKENS)
			continue;
		push_op(rs, x, (struct expr_op){ .code = EXPR_OPERAND,
		    .operand = r->id });
		push_op(rs, x, (struct expr_op){ .code = EXPR_ADD });
	}
}

void
meta_expand_globs(struct ruleset *rs, struct rule *r)
{
	struct expr old = r->meta->expr, new = { 0 };
	bool any = false;

	for (size_t i = 0; i < old.ops.n; i++)
		any |= old.ops.v[i].code == EXPR_GLOB;
	if (!any)
		return;
	for (size_t i = 0; i < old.ops.n; i++) {
		const struct expr_op *op = &old.ops.v[i];

		if (op->code == EXPR_GLOB)
			expand_one(rs, r, *op->glob, &new);
		else
			push_op(rs, &new, *op);
	}
	if (new.ops.n >= LIMIT_META_TOKENS) {
		rule_finding(rs, FINDING_ERROR, &r->origin, "bad-expression",
		    "rules_matching() in %.*s matches too many rules: the "
		    "meta never hits", SLICE_FMT(r->name));
		meta_make_constant(r);
		return;
	}
	r->meta->expr = new;
	collect_deps(rs, r->meta);
}

/* Never hits: SpamAssassin does this to metas in a cycle. */
void
meta_make_constant(struct rule *r)
{
	r->meta->expr.ops.n = 0;
	r->meta->deps.n = 0;
}

const unsigned *
rule_meta_deps(const struct rule_meta *m, size_t *n_r)
{
	*n_r = m->deps.n;
	return m->deps.v;
}

/* ---- evaluation ---- */

struct run {
	const struct ruleset *rs;
	const struct rule_result *results;
	unsigned set;
};

/* Trap 7: hit count, an eval's number or a meta's value; never below 1. */
static double
hit_value(const struct rule_result *res)
{
	return res->value > 0 ? res->value : 1;
}

static struct expr_value
leaf(void *arg, const struct expr_op *op)
{
	const struct run *run = arg;
	const struct rule *r;
	const struct rule_result *res;
	struct expr_value v = expr_number(0);

	if (op->code == EXPR_LOCAL)
		return expr_number((run->set & 1) == 0);
	if (op->code != EXPR_OPERAND)
		DIE("a meta was not finished");
	/* Most operands miss: of these nothing else is looked at, which lies
	 * in memory that no cache holds. */
	res = &run->results[op->operand];
	if (res->state == RESULT_MISS || res->state == RESULT_NOT_RUN)
		return v;
	r = run->rs->rules.v[op->operand];
	if (!r->defined || rule_score(r, run->set) == 0)
		return v;
	v.zone = res->zone;
	v.why = res->why;
	if (res->state == RESULT_HIT) {
		v.number = hit_value(res);
		v.weight = res->weight;
	} else {
		v.known = false;
	}
	return v;
}

/* Trap 6: a meta with score 0 is never evaluated, nor what depends on it. */
static bool
waits_forever(const struct run *run, const struct rule_meta *m)
{
	for (size_t i = 0; i < m->deps.n; i++) {
		unsigned id = m->deps.v[i];
		const struct rule *r;

		if (run->results[id].state != RESULT_NOT_RUN)
			continue;
		r = run->rs->rules.v[id];
		if (r->defined && r->kind == RULE_META)
			return true;
	}
	return false;
}

void
meta_value(const struct ruleset *rs, const struct expr *x,
    const struct rule_result *results, unsigned set,
    struct rule_result *out_r)
{
	struct run run = { rs, results, set };
	struct expr_value v = expr_eval(x, leaf, &run);

	*out_r = (struct rule_result){ .zone = RESULT_NO_ZONE, .weight = 1 };
	out_r->state = !v.known ? RESULT_UNKNOWN
	    : v.number != 0 ? RESULT_HIT : RESULT_MISS;
	if (out_r->state == RESULT_MISS)
		return;
	out_r->value = v.number;
	out_r->weight = v.known ? v.weight : 0;
	out_r->zone = v.zone;
	out_r->why = v.why;
}

void
rule_meta_eval(const struct ruleset *rs, const struct rule *r,
    const struct rule_result *results, unsigned score_set,
    struct rule_result *out_r)
{
	struct run run = { rs, results, score_set };

	if (rule_score(r, score_set) == 0 || waits_forever(&run, r->meta))
		*out_r = (struct rule_result){ .state = RESULT_NOT_RUN,
			.zone = RESULT_NO_ZONE, .weight = 1 };
	else
		meta_value(rs, &r->meta->expr, results, score_set, out_r);
}

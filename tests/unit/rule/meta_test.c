/*
 * meta_test - metas: values, unknowns, weights, traps 6 and 7, order, cycles.
 */
#include "config.h"

#include "tests/unit/rule/rules.h"

/*
 * One result per letter: '-' miss, '?' unknown, '.' not run, digits a hit with
 * that value; "h" a hit with value 0, "l" a hit of half weight (1), "t" a
 * tenth (2).
 */
static struct rule_result
result_of(char c)
{
	struct rule_result r = { .state = RESULT_HIT, .weight = 1,
	    .value = 1, .zone = RESULT_NO_ZONE };

	switch (c) {
	case '-':
		r.state = RESULT_MISS;
		break;
	case '?':
		r.state = RESULT_UNKNOWN;
		break;
	case '.':
		r.state = RESULT_NOT_RUN;
		break;
	case 'h':
		r.value = 0;
		break;
	case 'l':
		r.weight = 0.5f;
		r.zone = 7;
		break;
	case 't':
		r.value = 2;
		r.weight = 0.1f;
		r.zone = 8;
		break;
	default:
		r.value = c - '0';
	}
	return r;
}

#define RULES "body A /a/\nbody B /a/\nbody C /a/\nbody D /a/\n"

/* Evaluate all metas in order over results for A, B, C, D. */
static struct rule_result
run_meta(struct loaded *l, const char *name, const char *abcd, unsigned set)
{
	struct rule_result *res = arena_alloc_array(l->arena,
	    l->rs->rules.n, sizeof(*res));

	for (int i = 0; i < 4; i++) {
		char rule[2] = { (char)('A' + i), '\0' };

		res[rule_find(l->rs, slice_cstr(rule))->id] =
		    result_of(abcd[i]);
	}
	for (size_t i = 0; i < l->rs->n_metas; i++) {
		unsigned id = l->rs->meta_order[i];

		rule_meta_eval(l->rs, l->rs->rules.v[id], res, set, &res[id]);
	}
	return res[rule_find(l->rs, slice_cstr(name))->id];
}

static struct rule_result
value_of(const char *text, const char *abcd)
{
	struct arena *a = arena_new();
	struct loaded l = load(arena_printf(a, RULES "meta M %s\n", text));
	struct rule_result r = { 0 };

	if (rule_of(&l, "M") == NULL)
		show_findings(&l);
	else
		r = run_meta(&l, "M", abcd, 3);
	unload(&l);
	arena_free(&a);
	return r;
}

static void
test_values(void)
{
	static const struct {
		const char *text, *abcd;
		double value;		/* 0: miss */
	} t[] = {
		{ "A", "1---", 1 }, { "A", "----", 0 }, { "A", ".---", 0 },
		{ "A", "5---", 5 }, { "A", "h---", 1 },
		{ "!A", "----", 1 }, { "!A", "5---", 0 }, { "!!A", "5---", 1 },
		{ "A && B", "13--", 3 }, { "A && B", "1---", 0 },
		{ "A || B", "31--", 3 }, { "A || B", "-4--", 4 },
		{ "A + B + C", "123-", 6 }, { "A + B - C", "113-", -1 },
		{ "A - B", "22--", 0 }, { "2 * A + B / 2", "32--", 7 },
		{ "(A + B + C) > 1", "11--", 1 },
		{ "(A + B + C) > 2", "11--", 0 },
		{ "A + B >= 2 && C", "11-1", 0 },
		{ "A + B >= 2 && C", "111-", 1 }, { "A+B+C==3", "111-", 1 },
		{ "!A + !B", "----", 2 }, { "(A && B) + (C || D)", "1111", 2 },
		{ "A ? B : C", "135-", 3 }, { "A ? B : C", "-35-", 5 },
		{ "A ^ B", "11--", 0 }, { "A ^ B", "1---", 1 },
		{ "A < 1", "----", 1 }, { "A <= 0", "1---", 0 },
		{ "A != B", "12--", 1 }, { "-A < 0", "1---", 1 },
		{ "0", "1111", 0 }, { "1", "----", 1 }, { "()", "1111", 0 },
		{ "A && UNDEFINED", "1---", 0 }, { "!UNDEFINED", "----", 1 },
		{ "local_tests_only", "----", 0 },
		{ "0.5 * A", "1---", 0.5 }, { "A && B || C && D", "1-12", 2 },
		{ "A || B && C", "1---", 1 }, { "1 / (1 + A)", "1---", 0.5 },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct rule_result r = value_of(t[i].text, t[i].abcd);

		is_int(r.state, t[i].value ? RESULT_HIT : RESULT_MISS,
		    t[i].text);
		is_num(r.value, t[i].value, t[i].abcd);
		if (r.state == RESULT_HIT)
			is_num(r.weight, 1, "full weight");
	}
}

static void
test_unknown(void)
{
	static const struct {
		const char *text, *abcd;
		int state;
	} t[] = {
		{ "A", "?---", RESULT_UNKNOWN }, { "!A", "?---",
		    RESULT_UNKNOWN },
		{ "A && B", "?---", RESULT_MISS },
		{ "A && B", "-?--", RESULT_MISS },
		{ "A && B", "?1--", RESULT_UNKNOWN },
		{ "A || B", "?1--", RESULT_HIT },
		{ "A || B", "1?--", RESULT_HIT },
		{ "A || B", "?---", RESULT_UNKNOWN },
		{ "A + B", "?1--", RESULT_UNKNOWN },
		{ "A + B > 0", "?1--", RESULT_UNKNOWN },
		{ "A && !B", "1?--", RESULT_UNKNOWN },
		{ "A && !B", "-?--", RESULT_MISS },
		{ "(A || B) && C", "?11-", RESULT_HIT },
		{ "(A && B) || C", "?-1-", RESULT_HIT },
		{ "A ? B : C", "?11-", RESULT_UNKNOWN },
		{ "A ? B : C", "11?-", RESULT_HIT },
		{ "A / (1 - D)", "1--1", RESULT_UNKNOWN },
		{ "B && A / (1 - D)", "1--1", RESULT_MISS },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct rule_result r = value_of(t[i].text, t[i].abcd);

		if (!ok(r.state == t[i].state, "%s with %s", t[i].text,
		    t[i].abcd))
			printf("# state %d\n", r.state);
	}
}

static void
test_weights(void)
{
	static const struct {
		const char *text, *abcd;
		double weight, value;
		unsigned zone;
	} t[] = {
		{ "A", "l---", 0.5, 1, 7 },
		{ "A && B", "l1--", 0.5, 1, 7 },
		{ "A && B", "lt--", 0.1f, 2, 8 },
		{ "A || B", "lt--", 0.5, 1, 7 },
		{ "A || B", "tl--", 0.5, 2, 7 },
		{ "A || B", "l1--", 1, 1, RESULT_NO_ZONE },
		{ "A || B", "-l--", 0.5, 1, 7 },
		{ "A + B", "l1--", 0.5, 2, 7 },
		{ "A + B", "1-t-", 1, 1, RESULT_NO_ZONE },
		{ "A + B + C > 1", "1lt-", 0.1f, 1, 8 },
		{ "A + B + C > 0", "1--t", 1, 1, RESULT_NO_ZONE },
		{ "A && !B", "l---", 0.5, 1, 7 },
		{ "!A && B", "-l--", 0.5, 1, 7 },
		{ "(A && B) + C", "l-1-", 1, 1, RESULT_NO_ZONE },
		{ "(A || B) && C", "l1t-", 0.1f, 2, 8 },
		{ "A ? B : C", "l1--", 0.5, 1, 7 },
		{ "3 * A", "l---", 0.5, 3, 7 },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct rule_result r = value_of(t[i].text, t[i].abcd);

		is_int(r.state, RESULT_HIT, t[i].text);
		is_num(r.weight, (float)t[i].weight, "weight");
		is_num(r.value, t[i].value, "value");
		is_int(r.zone, t[i].zone, "zone");
	}
}

static void
test_trap_6(void)
{
	struct loaded l = load(RULES
	    "meta OFF A\nscore OFF 0\nmeta M1 !OFF\nmeta M2 M1 || A\n"
	    "meta HALF A\nscore HALF 0 1 0 1\nmeta M3 !HALF\n"
	    "score D 0\nmeta M4 !D\nmeta SUM A + B + C\nmeta M5 SUM + 1\n"
	    "meta NEG A - 3\nmeta M6 NEG + 1\nmeta L local_tests_only\n");

	is_int(run_meta(&l, "OFF", "1---", 3).state, RESULT_NOT_RUN,
	    "a meta with score 0 is not evaluated");
	is_int(run_meta(&l, "M1", "----", 3).state, RESULT_NOT_RUN,
	    "nor one that depends on it, even !");
	is_int(run_meta(&l, "M2", "1---", 3).state, RESULT_NOT_RUN,
	    "and so on");
	is_int(run_meta(&l, "M3", "----", 0).state, RESULT_NOT_RUN,
	    "it depends on the score set");
	is_int(run_meta(&l, "M3", "----", 1).state, RESULT_HIT,
	    "with network it runs");
	is_int(run_meta(&l, "M4", "---1", 3).state, RESULT_HIT,
	    "a rule with score 0 counts as 0");
	is_num(run_meta(&l, "M5", "111-", 3).value, 4,
	    "trap 7: a sum of 3 counts as 3");
	is_num(run_meta(&l, "M6", "1---", 3).value, 2,
	    "trap 7: a negative sum counts as 1");
	is_int(run_meta(&l, "L", "----", 2).state, RESULT_HIT,
	    "local_tests_only without network");
	unload(&l);
}

static void
test_order(void)
{
	struct loaded l = load(RULES
	    "meta M1 M2 && A\nmeta M2 M3\nmeta M3 B\n");
	size_t n;

	is_int(l.rs->n_metas, 3, "all metas are ordered");
	is_int(run_meta(&l, "M1", "11--", 3).state, RESULT_HIT,
	    "dependencies first");
	rule_meta_deps(rule_of(&l, "M1")->meta, &n);
	is_int(n, 2, "dependencies");
	unload(&l);
}

static void
test_cycles(void)
{
	struct loaded l = load(RULES
	    "meta M1 !M2\nmeta M2 !M1\nmeta M3 M3\nmeta M4 !M1 || A\n"
	    "meta M5 A\n");

	is_int(findings(&l, "meta-cycle", NULL), 4,
	    "every meta in or on a cycle");
	is_int(run_meta(&l, "M1", "1111", 3).state, RESULT_MISS, "no hit");
	is_int(run_meta(&l, "M4", "1111", 3).state, RESULT_MISS,
	    "what hangs on a cycle does not hit");
	is_int(run_meta(&l, "M5", "1111", 3).state, RESULT_HIT,
	    "others are not touched");
	unload(&l);
}

static void
test_globs(void)
{
	struct loaded l = load(
	    "meta M rules_matching(__X_*) >= 2\nmeta __X_M 1\n"
	    "meta N rules_matching( ? ) + rules_matching(NONE*)\n"
	    "meta __X_SELF rules_matching(__X_S*)\n"
	    RULES "body __X_1 /a/\nbody __X_2 /b/\nscore __X_UNDEF 1\n");
	size_t n;

	rule_meta_deps(rule_of(&l, "M")->meta, &n);
	is_int(n, 4, "all defined names that match");
	is_int(run_meta(&l, "N", "1111", 3).value, 4, "one letter each, "
	    "without itself");
	rule_meta_deps(rule_of(&l, "__X_SELF")->meta, &n);
	is_int(n, 0, "never itself");
	is_int(l.rs->n_errors, 0, "no error");
	unload(&l);
}

static void
test_large(void)
{
	struct arena *a = arena_new();
	struct loaded l;
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, RULES "meta BIG A");
	for (int i = 0; i < 4000; i++)
		buf_adds(&b, " + A");
	buf_adds(&b, "\nmeta HUGE A");
	for (int i = 0; i < 40000; i++)
		buf_adds(&b, " + A");
	buf_adds(&b, "\nmeta DEEP ");
	for (int i = 0; i < 150; i++)
		buf_adds(&b, "1 + (");
	buf_addc(&b, 'A');
	for (int i = 0; i < 150; i++)
		buf_addc(&b, ')');
	buf_addc(&b, '\n');
	for (int i = 0; i < 20000; i++)
		buf_addf(&b, "meta CHAIN%d CHAIN%d\n", i, i + 1);
	buf_adds(&b, "meta CHAIN20000 A\n");
	l = load_slice(buf_slice(&b));
	is_num(run_meta(&l, "BIG", "1---", 3).value, 4001, "a long sum");
	is_num(run_meta(&l, "DEEP", "1---", 3).value, 151, "a deep sum");
	ok(rule_of(&l, "HUGE") == NULL, "too long is refused");
	is_int(run_meta(&l, "CHAIN0", "1---", 3).state, RESULT_HIT,
	    "a chain of 20000 metas");
	is_int(l.rs->n_errors, 1, "one error");
	unload(&l);
	arena_free(&a);
}

static unsigned
pick(uint64_t *state, unsigned n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*state >> 33) % n;
}

/* What compares, counts and chooses, with numbers among the operands. */
static void
add_numbers(struct buf *b, uint64_t *state, unsigned rules)
{
	static const char *const compare[] = { "<", "<=", ">", ">=", "==",
		"!=" };
	static const char *const ops[] = { "+", "-", "*", "^", "&&", "||" };

	buf_addf(b, "((%sR%u %s (R%u %s %u)) %s %u) ",
	    pick(state, 4) ? "" : "-", pick(state, rules),
	    ops[pick(state, 6)], pick(state, rules), ops[pick(state, 6)],
	    pick(state, 3), compare[pick(state, 6)], pick(state, 3));
	if (pick(state, 2))
		buf_addf(b, "&& (R%u ? R%u / 2 : R%u) ", pick(state, rules),
		    pick(state, rules), pick(state, rules));
	buf_addf(b, "%s ", ops[4 + pick(state, 2)]);
}

/* Rules R0… and metas M0…, each of some rules and earlier or later metas. */
static struct loaded
random_metas(uint64_t *state, unsigned rules, unsigned metas)
{
	static const char *const ops[] = { "&&", "||", "+", "-", ">", "==" };
	struct arena *a = arena_new();
	struct loaded l;
	struct buf b;

	buf_init(&b, a);
	for (unsigned i = 0; i < rules; i++)
		buf_addf(&b, "body R%u /a/\nscore R%u %u\n", i, i,
		    pick(state, 8) > 0);
	for (unsigned i = 0; i < metas; i++) {
		buf_addf(&b, "meta M%u ", i);
		if (pick(state, 3) == 0)
			add_numbers(&b, state, rules);
		for (unsigned k = pick(state, 4); k > 0; k--)
			buf_addf(&b, "%sR%u %s ", pick(state, 4) ? "" : "!",
			    pick(state, rules), ops[pick(state, 2)]);
		buf_addf(&b, "%s%c%u %s R%u\nscore M%u %u\n",
		    pick(state, 4) ? "" : "!", i && pick(state, 2) ? 'M' :
		    'R', pick(state, i ? i : rules), ops[pick(state, 6)],
		    pick(state, rules), i, pick(state, 9) > 0);
	}
	l = load_slice(buf_slice(&b));
	arena_free(&a);
	return l;
}

static bool
same_results(const struct rule_result *x, const struct rule_result *y,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (x[i].state != y[i].state || x[i].value != y[i].value ||
		    x[i].weight < y[i].weight || x[i].weight > y[i].weight ||
		    x[i].zone != y[i].zone || x[i].why != y[i].why)
			return false;
	}
	return true;
}

/* Some rules become something else: the same as a run over all. */
static bool
compare_change(const struct loaded *l, const struct rule_quiet *q,
    struct arena *a, uint64_t *state, struct rule_result *y)
{
	static const char letters[] = "-?1h";
	size_t n = l->rs->rules.n, n_changed = 0;
	unsigned *changed = arena_alloc_array(a, n, sizeof(*changed));
	struct rule_result *x;

	for (unsigned i = 0; i < n; i++) {
		if (l->rs->rules.v[i]->kind != RULE_BODY || pick(state, 8))
			continue;
		y[i] = result_of(letters[pick(state, sizeof(letters) - 1)]);
		changed[n_changed++] = i;
	}
	x = arena_copy(a, y, n * sizeof(*x));
	(void)rule_quiet_run(q, a, x);
	(void)rule_quiet_change(q, a, changed, n_changed, y);
	return same_results(x, y, n);
}

/* One message: the same whether all metas are evaluated or those that stir. */
static bool
compare_quiet(const struct loaded *l, const struct rule_quiet *q,
    const bool *needed, uint64_t *state, size_t *evaluated)
{
	static const char letters[] = "------------------.?1h2lt";
	size_t n = l->rs->rules.n;
	struct arena *a = arena_new();
	struct rule_result *x = arena_alloc_array(a, n, sizeof(*x)), *y;
	bool good;

	for (size_t i = 0; i < n; i++) {
		if (l->rs->rules.v[i]->kind == RULE_BODY)
			x[i] = result_of(letters[pick(state,
			    sizeof(letters) - 1)]);
	}
	y = arena_copy(a, x, n * sizeof(*x));
	for (size_t i = 0; i < l->rs->n_metas; i++) {
		unsigned id = l->rs->meta_order[i];

		if (needed[id])
			rule_meta_eval(l->rs, l->rs->rules.v[id], x, 0,
			    &x[id]);
	}
	*evaluated += rule_quiet_run(q, a, y);
	good = same_results(x, y, n);
	/* what an earlier run left of metas does not matter */
	*evaluated += rule_quiet_run(q, a, y);
	good &= same_results(x, y, n);
	good &= compare_change(l, q, a, state, y);
	arena_free(&a);
	return good;
}

static void
test_quiet(void)
{
	uint64_t state = 4711;
	size_t different = 0, evaluated = 0, all = 0, quiet = 0;

	for (unsigned round = 0; round < 40; round++) {
		struct loaded l = random_metas(&state, 60, 60);
		size_t n = l.rs->rules.n;
		bool *needed = arena_alloc_array(l.arena, n, sizeof(*needed));
		struct rule_result *none = arena_alloc_array(l.arena, n,
		    sizeof(*none));
		const struct rule_quiet *q;

		for (unsigned i = 0; i < n; i++)
			needed[i] = rule_needed(l.rs, i, 0);
		q = rule_quiet_new(l.arena, l.rs, 0, needed);
		quiet += rule_quiet_run(q, l.arena, none);
		for (unsigned i = 0; i < 50; i++) {
			different += !compare_quiet(&l, q, needed, &state,
			    &evaluated);
			all += 2 * l.rs->n_metas;
		}
		unload(&l);
	}
	is_int(different, 0, "what is quiet is not evaluated, and right");
	ok(evaluated > 0 && evaluated < all, "%zu of %zu were evaluated",
	    evaluated, all);
	is_int(quiet, 0, "nothing hits: no meta is evaluated");
}

int
main(void)
{
	test_values();
	test_unknown();
	test_weights();
	test_trap_6();
	test_order();
	test_cycles();
	test_globs();
	test_large();
	test_quiet();
	return tap_done();
}

/*
 * order_test - the order of rules, and when metas are ready.
 */
#include "config.h"

#include "tests/unit/rule/rules.h"

static void
test_places(void)
{
	/* In the order in which they run. */
	struct loaded l = load("body FIRST /x/\npriority FIRST -1\n"
	    "header H Subject =~ /x/\nheader HE eval:f()\nbody B /x/\n"
	    "uri U /x/\nbody BE eval:f()\nmimeheader MH Content-Type =~ /x/\n"
	    "rawbody R /x/\nrawbody RE eval:f()\nfull F /x/\n"
	    "full FE eval:f()\nheader LAST Subject =~ /x/\n"
	    "priority LAST 1\n");

	for (size_t i = 1; i < l.rs->rules.n; i++) {
		struct rule_place a = rule_place(l.rs->rules.v[i - 1]);
		struct rule_place b = rule_place(l.rs->rules.v[i]);
		bool same = slice_eq_cstr(l.rs->rules.v[i]->name, "MH");

		is_int(rule_place_cmp(a, b), same ? 0 : -1,
		    arena_str(l.arena, l.rs->rules.v[i]->name));
		is_int(rule_place_cmp(b, a), same ? 0 : 1, "and back");
	}
	unload(&l);
}

static void
test_ready(void)
{
	static const struct {
		const char *name;
		int priority;
		const char *what;
	} t[] = {
		{ "A", -5, "a rule: its priority" },
		{ "M1", -5, "a meta: that of what it rests on" },
		{ "M2", 7, "the last of them" },
		{ "M3", 7, "through other metas" },
		{ "M4", RULE_READY_LAST, "with what is not defined: the end" },
		{ "M5", RULE_READY_LAST, "and what has no score" },
		{ "M6", RULE_READY_LAST, "and so all that rests on it" },
		{ "M7", -5, "with no rule at all: the first priority" },
	};
	struct loaded l = load("body A /x/\npriority A -5\nbody B /y/\n"
	    "priority B 7\nbody Z /z/\nscore Z 0\npriority Z -9\n"
	    "meta M1 A\nmeta M2 A && B\nmeta M3 M2 || M1\npriority M1 3\n"
	    "priority M2 20\npriority M3 20\n"
	    "meta M4 A || NONE\nmeta M5 A || Z\n"
	    "meta M6 M4 && A\nmeta M7 1\npriority M4 20\npriority M5 20\n"
	    "priority M6 20\n");
	const int *ready = rule_ready(l.rs, 0);

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		is_int(ready[rule_of(&l, t[i].name)->id], t[i].priority,
		    t[i].what);
	unload(&l);
}

static void
test_endings(void)
{
	struct loaded l = load("body A /x/\nbody B /x/\npriority B 3\n"
	    "body C /x/\n");

	rule_end_at(l.rs, SLICE("A"), ENDING_HAM);
	rule_end_at(l.rs, SLICE("B"), ENDING_SPAM);
	rule_end_at(l.rs, SLICE("C"), ENDING_BY_SCORE);
	is_int(rule_of(&l, "A")->priority, -200, "early, unless it says");
	is_int(rule_of(&l, "A")->tflags, TF_NOAUTOLEARN | TF_NICE, "flags");
	is_int(rule_of(&l, "B")->priority, 3, "when");
	is_int(rule_of(&l, "B")->tflags, TF_NOAUTOLEARN, "flags of spam");
	is_int(rule_of(&l, "C")->priority, 0, "by score: as it is");
	is_int(rule_of(&l, "C")->tflags, 0, "no flags");
	ok(rule_end_at(l.rs, SLICE("1x"), ENDING_HAM) == NULL, "a bad name");
	unload(&l);
}

int
main(void)
{
	test_places();
	test_ready();
	test_endings();
	return tap_done();
}

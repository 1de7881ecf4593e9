/*
 * replace_test - replace tags (reference 2.6) and their groups (trap 1).
 */
#include "config.h"

#include "tests/unit/rule/rules.h"

#define TAGS \
	"replace_tag A [a4]\nreplace_tag B (?:b|8)\nreplace_tag AB <A><B>\n" \
	"replace_tag LOOP x<LOOP>\nreplace_inter W \\W?\n" \
	"replace_post P {1,2}\nreplace_pre Q q?\n"

static void
test_texts(void)
{
	static const struct {
		const char *regex, *want;
	} t[] = {
		{ "/x<A>y/", "x[a4]y" }, { "/<A><B>/", "[a4](?:b|8)" },
		{ "/<inter W><A><B><A>/", "[a4]\\W?(?:b|8)\\W?[a4]" },
		{ "/<A><B><inter W>x<A>/i", "[a4]\\W?(?:b|8)x[a4]" },
		{ "/<post P><A>x<B>/", "[a4]{1,2}x(?:b|8){1,2}" },
		{ "/<pre Q><A>x/", "q?[a4]x" },
		{ "/<inter W><post P><A><B>/",
		    "[a4]{1,2}\\W?(?:b|8){1,2}" },
		{ "/<AB>/", "[a4](?:b|8)" }, { "/<none>/", "<none>" },
		{ "/(?<!x)<A>/", "(?<!x)[a4]" },
		{ "/(?<!x)<A>(?<=y)z>/", "(?<!x)[a4](?<=y)z>" },
		{ "/<inter NONE><A><B>/", "[a4](?:b|8)" },
		{ "/<inter W><inter W><A>/", "<inter W>\\W?[a4]" },
		{ "/<LOOP>/", "xxxxxx<LOOP>" }, { "/<>/", "<>" },
		{ "/<<A>>/", "<[a4]>" }, { "/<A/", "<A" },
		{ "/<inter W/", "<inter W" }, { "/plain/", "plain" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct arena *a = arena_new();
		struct loaded l = load(arena_printf(a, TAGS
		    "replace_rules R\nbody R %s\nbody S %s\n", t[i].regex,
		    t[i].regex));
		struct rule_regex plain = { 0 };

		is_cstr(rule_of(&l, "R")->regex.text, t[i].want, t[i].regex);
		is_int(rule_of(&l, "R")->regex.defines.n, 0, "no groups");
		rule_regex_parse(a, slice_cstr(t[i].regex), &plain, NULL);
		is_slice(rule_of(&l, "S")->regex.text, plain.text,
		    "only rules that ask");
		unload(&l);
		arena_free(&a);
	}
}

static void
test_marks(void)
{
	struct loaded l = load("replace_start <\nreplace_end >\n" TAGS
	    "replace_rules R S T U NONE\nbody R /<A>/\nheader S X =~ /<A>/\n"
	    "mimeheader T X =~ /<A>/\nbody U eval:f()\n");

	is_cstr(rule_of(&l, "S")->regex.text, "[a4]", "headers, too");
	is_cstr(rule_of(&l, "T")->regex.text, "<A>", "not mimeheader");
	is_int(findings(&l, "replace-unused", NULL), 3, "no regex, no tags");
	unload(&l);
}

/* A tag of 300 classes, used `uses` times. */
static struct loaded
load_large(struct arena *a, const char *head, int uses, const char *tail)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "replace_tag A (?:x");
	for (int i = 0; i < 300; i++)
		buf_addf(&b, "|[\\x%02xab]", 128 + i % 128);
	buf_adds(&b, ")\nreplace_tag SEQ a<A>\nreplace_tag BAR a|b<A>\n"
	    "replace_tag CAP (a)<A>\nreplace_rules R\n");
	buf_addf(&b, "body R /%s", head);
	for (int i = 0; i < uses; i++)
		buf_adds(&b, "<A>");
	buf_addf(&b, "%s/i\n", tail);
	return load_slice(buf_slice(&b));
}

static void
test_groups(void)
{
	struct arena *a = arena_new();
	struct loaded l = load_large(a, "", 3, "");
	struct rule_regex re = rule_of(&l, "R")->regex;

	is_int(re.defines.n, 0, "three uses are written out");
	unload(&l);

	l = load_large(a, "s", 20, "e");
	re = rule_of(&l, "R")->regex;
	ok(slice_starts(re.defines, SLICE("(?(DEFINE)(?<t0>(?:x|[")) &&
	    slice_ends(re.defines, SLICE("])))")), "twenty make a group");
	ok(slice_starts(re.text, SLICE("s(?&t0)(?&t0)")), "and calls of it");
	unload(&l);

	l = load_large(a, "", 20, "<SEQ><SEQ>{2}<BAR><CAP>");
	re = rule_of(&l, "R")->regex;
	ok(slice_find(re.text, SLICE("(?&t1)a(?&t0){2}a|b"), 0) > 0,
	    "a sequence is called, but not under a quantifier");
	ok(slice_find(re.text, SLICE("a|b(?&t0)(a)(?&t0)"), 0) > 0,
	    "alternations and captures are written out");
	ok(slice_find(re.defines, SLICE("(?<t1>a(?&t0))"), 0) > 0,
	    "groups call groups");
	unload(&l);

	l = load_large(a, "(x)\\1", 20, "");
	is_int(rule_of(&l, "R")->regex.defines.n, 0,
	    "not where groups are numbered");
	unload(&l);
	arena_free(&a);
}

static void
test_repeats(void)
{
	struct loaded l = load("replace_tag A (?:[ab]|[cd]|[ef]|[gh])\n"
	    "replace_rules R\nbody R /(?:(?:<A>{1,9}){1,9}x){1,9}/\n");
	struct rule_regex re = rule_of(&l, "R")->regex;

	ok(re.defines.n > 0, "small text, but nested repetition");
	is_cstr(re.text, "(?:(?:(?&t0){1,9}){1,9}x){1,9}", "calls");
	unload(&l);
}

static void
test_explosion(void)
{
	struct arena *a = arena_new();
	struct loaded l;
	struct buf b;

	buf_init(&b, a);
	for (int tag = 0; tag < 6; tag++) {
		buf_addf(&b, "replace_tag T%d ", tag);
		for (int i = 0; i < 200; i++)
			buf_addf(&b, "<T%d>", tag + 1);
		buf_addc(&b, '\n');
	}
	buf_adds(&b, "replace_tag T6 x\nreplace_rules R\nbody R /<T0>/\n");
	l = load_slice(buf_slice(&b));
	is_int(findings(&l, "replace-failed", NULL), 1,
	    "200 to the sixth is refused");
	is_cstr(rule_of(&l, "R")->regex.text, "<T0>", "it stays as written");
	unload(&l);

	buf_clear(&b);
	buf_adds(&b, "replace_tag A b\nreplace_rules R\nbody R /");
	for (int i = 0; i < 200000; i++)
		buf_adds(&b, i % 2 ? "<" : "<A>");
	buf_adds(&b, "/\n");
	l = load_slice(buf_slice(&b));
	ok(rule_of(&l, "R") != NULL, "many tags in a long line");
	unload(&l);
	arena_free(&a);
}

int
main(void)
{
	test_texts();
	test_marks();
	test_groups();
	test_repeats();
	test_explosion();
	return tap_done();
}

/*
 * lint_test.c - what lint says of a rule table, and what it must not say.
 *
 * Every check has lines that it reports and lines that look alike and are in
 * order: a finding that is not true is worse than none.
 */
#include "config.h"

#include "tests/unit/rule/rules.h"

#include "rule/lint.h"

#define P "Mail::SpamAssassin::Plugin::"

static struct loaded
lint(const char *text)
{
	struct loaded l = load(text);

	rule_lint(l.rs, 0);
	return l;
}

static void
test_each_check(void)
{
	static const struct {
		const char *code, *text;
		size_t n;
		const char *says;
	} t[] = {
		{ "unknown-rule", "describe FOO_BAR x\nbody FOO_BAZ /a/\n"
		    "describe FOO_BAZ x\n", 1, "did you mean FOO_BAZ?" },
		{ "unknown-rule", "tflags NOBODY nice\n", 1,
		    "tflags of NOBODY" },
		{ "unknown-rule", "test LOST ok x\n", 1, "test of LOST" },
		{ "unknown-rule", "describe A x\nbody A /a/\n", 0, NULL },
		{ "unknown-rule", "describe A x\nifplugin " P "Q\n"
		    "body A /a/\nendif\n", 0, NULL },
		{ "defined-twice", "body A /a/\nbody A /b/\n", 1,
		    "line 1 has no effect" },
		{ "defined-twice", "if 0\nbody A /a/\nelse\nbody A /b/\n"
		    "endif\n", 0, NULL },
		{ "defined-twice", "reuse A\nbody A /b/\n", 0, NULL },
		{ "disabled-rule", "body A /a/\nscore A 0\n", 1, "never runs" },
		{ "disabled-rule", "body A /a/\nscore A 0\nmeta B A\n", 1,
		    "in the meta B it counts as 0" },
		{ "disabled-rule", "body A /a/\nscore A 0 1 0 0\n", 0, NULL },
		{ "disabled-rule", "score A 0\n", 0, NULL },
		{ "unused-subrule", "body __A /a/\n", 1, "no meta names" },
		{ "unused-subrule", "body __A /a/\nmeta B __A\nscore B 0\n", 1,
		    "metas that never run, such as B" },
		{ "unused-subrule", "meta __M __A\nbody __A /a/\n", 2, NULL },
		{ "unused-subrule", "body __A /a/\nmeta B __A\n", 0, NULL },
		{ "unused-subrule", "meta B rules_matching(__A*)\n"
		    "body __AB /a/\n", 0, NULL },
		{ "unused-subrule", "body __A /(?<TAG>a)/\n", 0, NULL },
		{ "unused-subrule", "body __A eval:f()\n", 0, NULL },
		{ "unused-subrule", "body __A /a/\nif 0\nmeta B (__A)\n"
		    "endif\n", 0, NULL },
		{ "dead-meta", "meta B A && __C\n", 1, "can never hit" },
		{ "dead-meta", "meta B __D\nmeta __D __A\n", 2, NULL },
		{ "dead-meta", "body A /a/\nmeta B A\nscore A 0\n", 1, NULL },
		{ "dead-meta", "meta B !A\n", 0, NULL },
		{ "dead-meta", "body A /a/\nmeta B A && C\n", 0, NULL },
		{ "dead-meta", "meta B (0)\n", 0, NULL },
		{ "dead-meta", "meta A ()\nmeta B A\n", 0, NULL },
		{ "dead-meta", "meta B local_tests_only\n", 0, NULL },
		{ "no-description", "body A /a/\n", 1, NULL },
		{ "no-description", "body A /a/\ndescribe A x\nbody __B /b/\n"
		    "body C /c/\nscore C 0\n", 0, NULL },
		{ "tflag-without-effect", "body A /a/\ntflags A maxhits=3\n",
		    1, "maxhits= without multiple" },
		{ "tflag-without-effect", "header A exists:B\n"
		    "tflags A multiple\nheader C D !~ /x/\n"
		    "tflags C multiple\nmeta E A\ntflags E multiple\n"
		    "uri F /x/\ntflags F nosubject\n", 4, NULL },
		{ "tflag-without-effect", "body A /a/\n"
		    "tflags A multiple maxhits=3 nosubject\n", 0, NULL },
		{ "nice-adds", "body A /a/\ntflags A nice\nscore A 2\n", 1,
		    "adds 2 points" },
		{ "nice-adds", "body A /a/\ntflags A nice\n", 0, NULL },
		{ "negative-not-nice", "body A /a/\nscore A -2\n", 1,
		    "takes 2 points away" },
		{ "negative-not-nice", "body A /a/\nscore A -2\n"
		    "tflags A nice\n", 0, NULL },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct loaded l = lint(t[i].text);
		const struct finding *f = NULL;

		if (!ok(findings(&l, t[i].code, &f) == t[i].n,
		    "%s: %s", t[i].code, t[i].text))
			show_findings(&l);
		if (t[i].says != NULL)
			ok(f != NULL && strstr(f->text, t[i].says) != NULL,
			    "says '%s'", t[i].says);
		unload(&l);
	}
}

/* The count of what a missing plugin costs. */
static void
test_skipped(void)
{
	struct loaded l = lint("ifplugin " P "Q\nbody A /a/\n"
	    "body __B /b/\nbody C /c/\nscore C 2.5\nbody D /d/\nbody E /e/\n"
	    "endif\nscore A -3\nbody D /d/\nmeta M E && D\n");
	const struct finding *f = NULL;

	is_int(findings(&l, "plugin-skipped", &f), 1, "one plugin is missing");
	/* A -3, __B none, C 2.5, E 1; D is defined elsewhere */
	ok(f != NULL && strstr(f->text, "6 lines are skipped") != NULL &&
	    strstr(f->text, "4 rules that nothing else defines (1 subrules), "
	    "worth +3.5 and -3 points") != NULL, "%s", f ? f->text : "");
	is_int(f ? f->origin.line : 0, 2, "its first line is named");
	is_int(findings(&l, "score-without-rule", NULL), 0,
	    "a score outside the block is no mistake");
	is_int(findings(&l, "skipped-rule", &f), 1, "a meta needs one");
	ok(f != NULL && strstr(f->text, "t.cf:7 defines it") != NULL &&
	    strstr(f->text, "did you mean") == NULL, "%s", f ? f->text : "");
	unload(&l);
}

static void
test_replaced(void)
{
	struct rule_source src[] = {
		{ .text = SLICE("body A /a/\ndescribe A x\n"),
		    .label = "one.cf" },
		{ .text = SLICE("\nbody A /b/\n"), .label = "two.cf" },
	};
	struct loaded l = { .arena = arena_new() };
	const struct finding *f = NULL;
	struct err e;

	l.conf = conf_new(l.arena);
	is_int(rule_load(l.arena, l.conf, src, 2, NULL, &l.rs, &e), 0, "load");
	rule_lint(l.rs, 0);
	is_int(findings(&l, "defined-twice", NULL), 0, "another file may");
	is_int(findings(&l, "replaced-rule", &f), 1, "but it is told");
	ok(f != NULL && f->origin.line == 2 &&
	    strcmp(f->origin.file, "two.cf") == 0 &&
	    strstr(f->text, "one.cf:1") != NULL, "%s", f ? f->text : "");
	unload(&l);
}

/* A directive of a plugin that is there but does not read it. */
static void
test_unread_directive(void)
{
	struct loaded l = lint("dmarc_save_reports 1\ndmarc_save_reports 0\n"
	    "askdns A b A\naskdns C d A\n");
	const struct finding *f = NULL;

	is_int(findings(&l, "ignored-setting", &f), 1, "said once");
	ok(f != NULL && strstr(f->text, "DMARC here does not read it") != NULL,
	    "%s", f ? f->text : "");
	is_int(findings(&l, "unknown-directive", &f), 1, "once, too");
	unload(&l);
}

/* What an adversary and an accident write. */
static void
test_hostile(void)
{
	static const char *const texts[] = {
		"", "meta A A\n", "meta A B\nmeta B A\n", "body\nscore\n",
		"if 0\nscore A x\nbody\nbody 9 /a/\nscore A 1 2\nendif\n",
		"meta A A && A\nscore A 0\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct loaded l = lint(texts[i]);

		ok(findings(&l, "defined-twice", NULL) == 0, "'%s'", texts[i]);
		unload(&l);
	}
}

int
main(void)
{
	test_each_check();
	test_skipped();
	test_replaced();
	test_unread_directive();
	test_hostile();
	return tap_done();
}

/*
 * cond_test - if, ifplugin, else, endif, and what their expressions mean.
 */
#include "config.h"

#include "tests/unit/rule/rules.h"

#define P "Mail::SpamAssassin::Plugin::"
#define C "Mail::SpamAssassin::Conf::"

/* Is `if text` true? -1: it was not understood. */
static int
value_of(const char *text)
{
	struct arena *a = arena_new();
	char *cf = arena_printf(a, "if %s\nbody YES /y/\nelse\nbody NO /n/\n"
	    "endif\n", text);
	struct loaded l = load(cf);
	int v = rule_of(&l, "YES") != NULL;

	if (findings(&l, "bad-expression", NULL) > 0)
		v = -1;
	else if ((rule_of(&l, "NO") != NULL) == v)
		v = -2;
	unload(&l);
	arena_free(&a);
	return v;
}

static void
test_expressions(void)
{
	static const struct {
		const char *text;
		int want;
	} t[] = {
		{ "1", 1 }, { "0", 0 }, { "!0", 1 }, { "! ! 1", 1 },
		{ "(version >= 4.000000)", 1 }, { "version<4.000000", 0 },
		{ "version == 4.000001", 1 }, { "!((version >= 3.003))", 0 },
		{ "perl_version >= 5.010", 1 }, { "local_tests_only", 0 },
		{ "plugin(" P "A)", 1 }, { "plugin ( " P "A )", 1 },
		{ "plugin(A)", 1 }, { "plugin(" P "Z)", 0 },
		{ "!plugin(" P "A)", 0 }, { "!(!plugin(" P "B))", 1 },
		{ "plugin(" P "Dmarc)", 1 }, { "plugin(" P "DMARC)", 1 },
		{ "plugin(" P "RaciallyCharged)", 1 },
		{ "can(" C "feature_bug6558_free)", 1 },
		{ "can(" C "feature_nonsense)", 0 },
		{ "can(" C "perl_min_version_5010000)", 1 },
		{ "can(" P "B::yes)", 1 }, { "can(" P "B::no)", 0 },
		{ "has(" P "B::yes)", 1 },
		{ "can(" C "compat_none)", 0 },
		{ "1 && 0 || 1", 1 }, { "1 || 0 && 0", 1 },
		{ "0 && (1 || 1)", 0 }, { "2 + 3 * 4 == 14", 1 },
		{ "(2 + 3) * 4 == 20", 1 }, { "7 - 2 - 1 == 4", 1 },
		{ "8 / 2 / 2 == 2", 1 }, { "-1 < 0", 1 }, { "1 != 2", 1 },
		{ "3 ^ 1 == 1", 1 }, { "6 ^ 6", 0 }, { "0 ? 1 : 0", 0 },
		{ "1 ? 2 : 0", 1 }, { "0 ? 0 : 0 ? 0 : 1", 1 },
		{ "1 <= 1 && 2 >= 2", 1 },
		{ "", -2 }, { "(", -1 }, { "1 1", -1 }, { "1 &&", -1 },
		{ "&& 1", -1 }, { "1 < 2 < 3", -1 }, { "1 = 1", -1 },
		{ "1 & 1", -1 }, { "@", -1 }, { "nonsense", -1 },
		{ "plugin", -1 }, { "plugin(", -1 }, { "plugin()", -1 },
		{ "can(abc)", -1 }, { "1.2.3", -1 }, { "1a", -1 },
		{ "1 ? 2", -1 }, { ")", -1 }, { "1)", -1 }, { "1 / 0", 0 },
		{ "1 / 0 || 1", 1 },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		/* An empty condition has its own finding. */
		if (t[i].want == -2)
			continue;
		is_int(value_of(t[i].text), t[i].want, t[i].text);
	}
}

static void
test_blocks(void)
{
	static const struct {
		const char *text, *want;	/* names defined */
		const char *code;		/* finding, or NULL */
	} t[] = {
		{ "if 0\nif 1\nbody A /a/\nelse\nbody B /b/\nendif\nelse\n"
		    "body C /c/\nendif\nbody D /d/", "CD", NULL },
		{ "if 1\nif 0\nbody A /a/\nelse\nbody B /b/\nendif\nendif",
		    "B", NULL },
		{ "ifplugin " P "A\nbody A /a/\nendif\nifplugin " P "Q\n"
		    "body B /b/\nendif\nbody C /c/", "AC", NULL },
		{ "if 0\nbody A /a/", "", "if-unclosed" },
		{ "if 1\nbody A /a/", "A", "if-unclosed" },
		{ "endif\nbody A /a/", "A", "if-unmatched" },
		{ "else\nbody A /a/", "A", "if-unmatched" },
		{ "if 1\nelse\nelse\nendif\nbody A /a/", "A",
		    "if-unmatched" },
		{ "if (\nbody A /a/\nendif\nbody B /b/", "B",
		    "bad-expression" },
		{ "if\nbody A /a/\nendif\nbody B /b/", "B",
		    "missing-value" },
		{ "ifplugin\nbody A /a/\nendif\nbody B /b/", "B",
		    "missing-value" },
		{ "if 0\nbody A /a/\nendif x\nbody B /b/\nendif", "",
		    "bad-value" },
		{ "enable_compat abc\nif can(" C "compat_abc)\nbody A /a/\n"
		    "endif", "A", NULL },
		{ "lang xx if 0\nbody A /a/", "A", NULL },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct loaded l = load(t[i].text);
		char got[8] = "";

		for (char c = 'A'; c <= 'D'; c++) {
			char name[2] = { c, '\0' };

			if (rule_of(&l, name) != NULL)
				strcat(got, name);
		}
		ok(strcmp(got, t[i].want) == 0, "block %zu defines '%s', "
		    "got '%s'", i, t[i].want, got);
		if (t[i].code == NULL)
			is_int(l.rs->findings.n, 0, "nothing to report");
		else
			is_int(findings(&l, t[i].code, NULL), 1, t[i].code);
		unload(&l);
	}
}

static void
test_skipped_lines(void)
{
	struct loaded l = load("ifplugin " P "Q\nbody A /a/\nscore A 1\n"
	    "# c\nif 1\nscore B 1\nendif\nendif\nif !plugin(" P "A)\n"
	    "body C /c/\nendif\nif plugin(" P "R)\nbody D /d/\nelse\n"
	    "body E /e/\nendif\n");
	const struct rule_skipped *q = map_get(l.rs->skipped, SLICE("Q"));
	const struct rule_skipped *r = map_get(l.rs->skipped, SLICE("R"));

	ok(q != NULL && q->lines == 3, "three lines are lost without Q");
	ok(r != NULL && r->lines == 1, "one without R");
	is_int(map_count(l.rs->skipped), 2, "none without A");
	unload(&l);
}

static void
test_place(void)
{
	struct loaded l = load("body A /a/\n  if  1 && nonsense\nendif\n");
	const struct finding *f = NULL;

	is_int(findings(&l, "bad-expression", &f), 1, "one finding");
	is_int(f->origin.line, 2, "its line");
	is_int(f->origin.col, 12, "its column");
	is_str(f->origin.file, "t.cf", "its file");
	unload(&l);
}

static void
test_depth(void)
{
	struct arena *a = arena_new();
	struct loaded l;
	struct buf b;

	buf_init(&b, a);
	for (int i = 0; i < 3000; i++)
		buf_adds(&b, "if 1\n");
	buf_adds(&b, "body DEEP /a/\n");
	for (int i = 0; i < 3000; i++)
		buf_adds(&b, "endif\n");
	buf_adds(&b, "body FLAT /a/\n");
	l = load_slice(buf_slice(&b));
	is_int(findings(&l, "too-deep", NULL), 1, "told once");
	ok(rule_of(&l, "DEEP") == NULL, "what is too deep is skipped");
	ok(rule_of(&l, "FLAT") != NULL, "balanced again at the end");
	is_int(findings(&l, "if-unmatched", NULL), 0, "every endif fits");
	unload(&l);

	buf_clear(&b);
	buf_adds(&b, "if ");
	for (int i = 0; i < 100000; i++)
		buf_addc(&b, '(');
	buf_adds(&b, "\nendif\nif ");
	for (int i = 0; i < 100000; i++)
		buf_addc(&b, '!');
	buf_adds(&b, "1\nendif\nif 1");
	for (int i = 0; i < 100000; i++)
		buf_adds(&b, "?1:1");
	buf_adds(&b, "\nendif\n");
	l = load_slice(buf_slice(&b));
	is_int(findings(&l, "bad-expression", NULL), 3,
	    "parentheses, negations and choices are bounded");
	unload(&l);
	arena_free(&a);
}

int
main(void)
{
	test_expressions();
	test_blocks();
	test_skipped_lines();
	test_place();
	test_depth();
	return tap_done();
}

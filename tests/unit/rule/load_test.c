/*
 * load_test - definitions, attributes, files, includes, findings; and what
 * follows when all is read: scores, flags, priorities, needs.
 */
#include "config.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "tests/unit/rule/rules.h"

#define SA "Mail::SpamAssassin::Plugin::"

static void
test_kinds(void)
{
	static const struct {
		const char *line;
		enum rule_kind kind;
		enum rule_text text;
		const char *header, *regex, *function;
	} t[] = {
		{ "body R /x/", RULE_BODY, TEXT_BODY, "", "x", "" },
		{ "rawbody R /x/i", RULE_RAWBODY, TEXT_RAWBODY, "", "x", "" },
		{ "full R m{x}", RULE_FULL, TEXT_FULL, "", "x", "" },
		{ "uri R m,x,", RULE_URI, TEXT_URI, "", "x", "" },
		{ "header R From =~ /x/", RULE_HEADER, TEXT_HEADER, "From",
		    "x", "" },
		{ "header R From=~/x/", RULE_HEADER, TEXT_HEADER, "From", "x",
		    "" },
		{ "header R From:addr !~ /x=~y/", RULE_HEADER, TEXT_HEADER,
		    "From:addr", "x=~y", "" },
		{ "header R From:name:raw =~ /x/", RULE_HEADER, TEXT_HEADER,
		    "From:name:raw", "x", "" },
		{ "header R To: =~ /x/", RULE_HEADER, TEXT_HEADER, "To", "x",
		    "" },
		{ "header R exists:X-Y", RULE_HEADER, TEXT_HEADER, "X-Y", "",
		    "" },
		{ "header R eval:f('a')", RULE_EVAL, TEXT_HEADER, "", "",
		    "f" },
		{ "header R rbleval:g()", RULE_EVAL, TEXT_HEADER, "", "",
		    "g" },
		{ "body R eval:f()", RULE_EVAL, TEXT_BODY, "", "", "f" },
		{ "rawbody R eval:f()", RULE_EVAL, TEXT_RAWBODY, "", "",
		    "f" },
		{ "full R eval:f()", RULE_EVAL, TEXT_FULL, "", "", "f" },
		{ "uri R eval:f()", RULE_EVAL, TEXT_URI, "", "", "f" },
		{ "mimeheader R Content-Type =~ /x/", RULE_MIMEHEADER,
		    TEXT_HEADER, "Content-Type", "x", "" },
		{ "mimeheader R Content-ID:raw !~ /x/", RULE_MIMEHEADER,
		    TEXT_HEADER, "Content-ID:raw", "x", "" },
		{ "meta R A && B", RULE_META, TEXT_HEADER, "", "", "" },
		{ "reuse R OLD", RULE_EMPTY, TEXT_HEADER, "", "", "" },
		{ "plug R x", RULE_PLUGIN, TEXT_HEADER, "", "", "" },
		{ "lang en body R /x/", RULE_BODY, TEXT_BODY, "", "x", "" },
	};

	setenv("LANGUAGE", "en_GB.UTF-8", 1);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct loaded l = load(t[i].line);
		struct rule *r = rule_of(&l, "R");

		if (!ok(r != NULL, "%s", t[i].line)) {
			show_findings(&l);
			unload(&l);
			continue;
		}
		is_str(rule_kind_name(r->kind), rule_kind_name(t[i].kind),
		    "kind");
		is_int(r->text, t[i].text, "what it reads");
		is_cstr(r->header, t[i].header, "header");
		is_cstr(r->regex.text, t[i].regex, "regex");
		is_cstr(r->function, t[i].function, "function");
		is_int(l.rs->n_errors, 0, "no error");
		unload(&l);
	}
}

static void
test_header_options(void)
{
	struct loaded l = load(
	    "header A X =~ /a/ [if-unset: not set]\n"
	    "header B X !~ /[if-unset: x]/\n"
	    "header C X =~ /(?<CAP>a)/\n"
	    "header D X =~ /%{CAP}/\n"
	    "header E exists:Subject\n");

	ok(rule_of(&l, "A")->has_if_unset, "if-unset");
	is_cstr(rule_of(&l, "A")->if_unset, "not set", "its text");
	is_cstr(rule_of(&l, "A")->regex.text, "a", "the regex before it");
	ok(!rule_of(&l, "B")->has_if_unset, "a class is no if-unset");
	ok(rule_of(&l, "B")->negate && !rule_of(&l, "A")->negate, "!~");
	ok(rule_of(&l, "C")->has_captures, "a capture");
	is_int(rule_of(&l, "C")->priority, -10000, "runs first");
	ok(rule_of(&l, "D")->needs_tags, "a rule that needs it");
	ok(rule_of(&l, "E")->exists, "exists:");
	unload(&l);
}

static void
test_wrong_lines(void)
{
	static const struct {
		const char *line, *code;
		unsigned col;
	} t[] = {
		{ "body R x", "bad-regex", 6 },
		{ "body R /x", "bad-regex", 6 },
		{ "  body  R /x/z", "bad-regex", 9 },
		{ "body", "bad-name", 1 }, { "body R", "missing-value", 6 },
		{ "body 1R /x/", "bad-name", 6 },
		{ "body R-S /x/", "bad-name", 6 },
		{ "header R From = /x/", "bad-header", 8 },
		{ "header R Fr@m =~ /x/", "bad-header", 8 },
		{ "header R From:adr =~ /x/", "bad-header", 8 },
		{ "header R From:addr:raw:name =~ /x/", "bad-header", 8 },
		{ "header R From =~ x", "bad-regex", 8 },
		{ "header R =~ /x/", "bad-header", 8 },
		{ "header R exists:", "bad-header", 8 },
		{ "header R exists:A B", "bad-header", 8 },
		{ "header R eval:f", "bad-eval", 8 },
		{ "body R eval:f(a_b)", "bad-eval", 6 },
		{ "meta R A &&", "bad-expression", 6 },
		{ "meta R A $ B", "bad-expression", 6 },
		{ "meta R 1 / A", "bad-expression", 6 },
		{ "score R", "bad-value", 7 }, { "score R x", "bad-value", 7 },
		{ "score R 1 2", "bad-value", 7 },
		{ "score R 1 2 3 4 5", "bad-value", 7 },
		{ "score R (1)", "bad-value", 7 },
		{ "score R 1e99", "bad-value", 7 },
		{ "score", "bad-name", 1 }, { "score a-b 1", "bad-name", 7 },
		{ "describe R", "missing-value", 10 },
		{ "tflags R", "missing-value", 8 },
		{ "priority R x", "bad-value", 10 },
		{ "priority R 1.5", "bad-value", 10 },
		{ "test R maybe x", "bad-value", 6 },
		{ "reuse", "bad-name", 1 },
		{ "required_score five", "bad-value", 16 },
		{ "trusted_networks x", "bad-value", 18 },
		{ "plug", "bad-value", 1 },
		{ "include", "missing-value", 1 },
		{ "include /nowhere/at-all.cf", "include-failed", 9 },
		{ "require_version 3.0", "require-version", 17 },
		{ "enable_compat a b", "bad-value", 15 },
		{ "loadplugin", "missing-value", 1 },
		{ "replace_tag A", "missing-value", 13 },
		{ "replace_rules", "missing-value", 1 },
		{ "redirector_pattern x", "bad-regex", 20 },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct loaded l = load(t[i].line);
		const struct finding *f = NULL;

		if (!ok(findings(&l, t[i].code, &f) == 1, "%s: %s", t[i].line,
		    t[i].code))
			show_findings(&l);
		else
			is_int(f->origin.col, t[i].col, "column");
		is_int(l.rs->n_errors, 1, "one error");
		ok(rule_of(&l, "R") == NULL, "the line has no effect");
		unload(&l);
	}
}

static void
test_suggestions(void)
{
	static const struct {
		const char *line, *code, *word;
	} t[] = {
		{ "haeder R From =~ /x/", "unknown-directive", "'header'" },
		{ "requierd_score 5", "unknown-directive",
		    "'required_score'" },
		{ "freemail_domain x", "unknown-directive",
		    "'freemail_domains'" },
		{ "freemail_domains x", "unknown-directive", "ifplugin" },
		{ "bayes_stopword_xx x", "unknown-directive", "Bayes" },
		{ "hashbl_acl_foo x", "unknown-directive", "HashBL" },
		{ "mimeheader R Content-Type !~ /x/", "always-matches",
		    "compat 0" },
		{ "body R /x/\ntflags R range=2-", "unknown-tflag",
		    "mimeheader" },
		{ "mimeheader R X =~ /x/\ntflags R range=x", "unknown-tflag",
		    "range=x" },
		{ "body R /x/\ntflags R multipel", "unknown-tflag",
		    "'multiple'" },
		{ "body RULE_ONE /x/\nmeta M RULE_ONN", "unknown-rule",
		    "RULE_ONE?" },
		{ "body RULE_ONE /x/\nscore RULE_OEN 1",
		    "score-without-rule", "RULE_ONE?" },
		{ "use_dcc 1", "ignored-setting", "checksum" },
		{ "rbl_timeout 15 3 example.org", "ignored-setting",
		    "deadline" },
		{ "rewrite_header From (spam)", "breaks-signature", "DKIM" },
		{ "loadplugin " SA "Nix", "plugin-missing", "Nix" },
		{ "fns_check 1", "unknown-directive", "loadplugin " SA
		    "FromNameSpoof" },
		{ "ifplugin " SA "FromNameSpoof\nbody LATE /x/\nendif\n"
		    "meta M LATE", "skipped-rule",
		    "no loadplugin line names" },
		{ "body R //", "always-matches", "empty" },
		{ "replace_rules NONE", "replace-unused", "NONE" },
		{ "body A_NAME_THAT_IS_FAR_LONGER_THAN_IT_SHOULD_BE /x/",
		    "long-name", "40" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct loaded l = load(t[i].line);
		const struct finding *f = NULL;

		if (!ok(findings(&l, t[i].code, &f) == 1 &&
		    strstr(f->text, t[i].word) != NULL, "%s: %s", t[i].code,
		    t[i].word))
			show_findings(&l);
		is_int(l.rs->n_errors, 0, "not an error");
		unload(&l);
	}
}

/* What waits for its loadplugin line is there behind it, not before. */
static void
test_loadplugin(void)
{
	struct loaded l = load(
	    "ifplugin " SA "FromNameSpoof\nbody EARLY /x/\nendif\n"
	    "loadplugin " SA "FromNameSpoof\n"
	    "loadplugin " SA "FromNameSpoof\n"
	    "ifplugin " SA "FromNameSpoof\nbody LATE /x/\nendif\n");

	ok(rule_find(l.rs, SLICE("EARLY")) == NULL, "not before the line");
	ok(rule_find(l.rs, SLICE("LATE")) != NULL, "but behind it");
	is_int(l.rs->findings.n, 0, "twice is no mistake");
	unload(&l);
	l = load("loadplugin " SA "Broken");
	is_int(findings(&l, "plugin-failed", NULL), 1, "one that is broken");
	is_int(l.rs->n_errors, 1, "is an error");
	unload(&l);
}

static void
test_last_wins(void)
{
	struct loaded l = load(
	    "score R 2\ndescribe R first\ntflags R nice net\n"
	    "header R From !~ /a/ [if-unset: x]\ntest R ok a b\n"
	    "body R /b/i\n"
	    "body R /broken\n"
	    "describe R second\ntest R fail c\n");
	struct rule *r = rule_of(&l, "R");

	is_int(r->kind, RULE_BODY, "the later definition counts");
	is_cstr(r->regex.text, "b", "with its regex");
	is_int(r->regex.flags, RE_I, "and modifiers");
	ok(!r->negate && !r->has_if_unset && r->header.n == 0,
	    "nothing of the old one is left");
	is_int(r->origin.line, 6, "its line");
	is_num(r->score[3], 2, "the score stays");
	is_int(r->tflags, TF_NICE | TF_NET, "and the flags");
	is_cstr(r->describe, "second", "the last description");
	is_int(r->tests.n, 2, "all tests");
	ok(r->tests.v[0].ok && !r->tests.v[1].ok, "ok and fail");
	is_cstr(r->tests.v[0].text, "a b", "their text");
	unload(&l);
}

static void
test_scores(void)
{
	struct loaded l = load(
	    "body A /a/\nbody T_B /a/\nbody C /a/\ntflags C nice\n"
	    "body T_D /a/\ntflags T_D nice\nbody E /a/\nscore E 1 2 3 4\n"
	    "body F /a/\nscore F 1\nscore F (0.5)\nbody G /a/\nscore G 0\n"
	    "body __H /a/\nbody I /a/\nscore I 1\nscore I (1) (2) (3) (4)\n"
	    "body J /a/\nscore J .5\n");

	is_num(rule_of(&l, "A")->score[0], 1, "default");
	is_num(rule_of(&l, "T_B")->score[0], 0.01, "T_");
	is_num(rule_of(&l, "C")->score[3], -1, "nice");
	is_num(rule_of(&l, "T_D")->score[2], -0.01, "T_ and nice");
	is_num(rule_score(rule_of(&l, "E"), 2), 3, "four scores");
	is_num(rule_of(&l, "F")->score[1], 1.5, "relative");
	is_num(rule_of(&l, "G")->score[0], 0, "zero is not unset");
	is_num(rule_of(&l, "__H")->score[0], 1, "subrule");
	is_num(rule_of(&l, "I")->score[3], 5, "four relative ones");
	is_num(rule_of(&l, "J")->score[3], 0.5, "no digit before the point");
	is_int(l.rs->n_errors, 0, "no error");
	unload(&l);
}

static void
test_flags(void)
{
	struct loaded l = load(
	    "body A /a/\ntflags A multiple maxhits=6 nosubject publish\n"
	    "body N eval:f()\ntflags N net\nmeta M1 N && A\nmeta M2 M1\n"
	    "body P /a/\npriority P 50\nmeta L A && P\npriority L -900\n"
	    "body Q eval:f()\ntflags Q net\nmeta L2 Q\npriority L2 -900\n"
	    "tflags A2 net\ntflags A2 nice\nbody A2 /a/\n");
	struct rule *a = rule_of(&l, "A");

	is_int(a->tflags, TF_MULTIPLE | TF_NOSUBJECT | TF_PUBLISH, "flags");
	is_int(a->maxhits, 6, "maxhits");
	is_int(rule_of(&l, "M2")->tflags & TF_NET, TF_NET,
	    "net is inherited through metas");
	is_int(rule_of(&l, "N")->priority, -100, "net rules run at -100");
	is_int(rule_of(&l, "P")->priority, -900,
	    "what a meta needs is lowered");
	is_int(a->priority, -900, "all of it");
	is_int(rule_of(&l, "Q")->priority, -100,
	    "net rules not below -100");
	is_int(rule_of(&l, "A2")->tflags, TF_NICE, "the last line counts");
	unload(&l);
}

static bool
needed(const struct loaded *l, const char *name, unsigned set)
{
	return rule_needed(l->rs, rule_find(l->rs, slice_cstr(name))->id,
	    set);
}

static void
test_needed(void)
{
	struct loaded l = load(
	    "body A /a/\nbody Z /a/\nscore Z 0\nbody __U /a/\nbody __V /a/\n"
	    "body __W /a/\nmeta __X __V\nmeta Y __X && UNDEF\n"
	    "meta OFF __W\nscore OFF 0 1 0 1\nbody __E eval:f()\n"
	    "body __C /(?<CAP>a)/\nmeta __LONE __U\nmeta NZ Z\n"
	    "body __P /a/\nsubjprefix __P [p]\n");

	ok(needed(&l, "A", 0), "a rule with a score");
	ok(!needed(&l, "Z", 0), "not one with score 0, even in a meta");
	ok(!needed(&l, "__U", 0), "not a subrule that nothing scored needs");
	ok(!needed(&l, "__LONE", 0), "nor a meta of it");
	ok(needed(&l, "__V", 0), "a subrule of a subrule of a rule");
	ok(!needed(&l, "__W", 0) && needed(&l, "__W", 1),
	    "score sets differ");
	ok(needed(&l, "__E", 0), "evals may do more than hit");
	ok(needed(&l, "__C", 0), "captures, too");
	ok(needed(&l, "__P", 0), "and prefixes of the Subject");
	ok(!needed(&l, "UNDEF", 0), "an undefined name is not");
	ok(!rule_needed(l.rs, 100000, 0), "nor an id that is none");
	ok(rule_needed(l.rs, rule_intern(l.rs, SLICE("LATE"))->id, 0),
	    "a name that came later may be");
	rule_need_subrules(l.rs);
	ok(needed(&l, "__U", 0) && needed(&l, "__LONE", 0),
	    "all subrules, when asked for");
	ok(!needed(&l, "Z", 0) && !needed(&l, "UNDEF", 0) &&
	    !needed(&l, "OFF", 0) && needed(&l, "OFF", 1),
	    "and still none that is off");
	unload(&l);
}

/* ---- files ---- */

static char dir[] = "/tmp/tare-load-XXXXXX";

static void
write_file(struct arena *a, const char *name, const char *text)
{
	char *path = arena_printf(a, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		DIE("cannot write %s", path);
}

static struct loaded
load_path(const char *path, int want)
{
	struct rule_source src[] = { { .path = path },
	    { .text = SLICE("body LAST /x/\nscore A 9\n") } };
	struct loaded l = { .arena = arena_new() };
	struct host_state h = { false };
	struct rule_host host = test_host(&h);
	struct err e = { 0 };

	l.conf = conf_new(l.arena);
	is_int(rule_load(l.arena, l.conf, src, 2, &host, &l.rs, &e),
	    want, path);
	if (want != 0)
		ok(e.text[0] != '\0', "says why: %s", e.text);
	return l;
}

static void
test_directory(struct arena *a)
{
	struct loaded l;

	write_file(a, "b.cf", "body B /b/\ninclude sub.inc\nbody A /2/\n");
	write_file(a, "a.cf", "body A /1/\nbody FIRST /x/\n"
	    "if can(Mail::SpamAssassin::Conf::compat_late)\nbody PRE /x/\n"
	    "endif\n");
	write_file(a, "z.pre", "enable_compat late\n");
	write_file(a, "sub.inc", "if 1\nbody SUB /s/\n");
	write_file(a, "c.txt", "body NOT /x/\n");
	l = load_path(dir, 0);
	is_cstr(rule_of(&l, "A")->regex.text, "2", "byte order, last wins");
	ok(rule_of(&l, "PRE") != NULL, "*.pre come first");
	ok(rule_of(&l, "SUB") != NULL, "included beside the file");
	ok(rule_of(&l, "NOT") == NULL, "other files are not read");
	is_num(rule_of(&l, "A")->score[0], 9, "later sources win");
	is_str(rule_of(&l, "A")->score_origin.file, "--cf", "their label");
	is_int(findings(&l, "if-unclosed", NULL), 1,
	    "an if ends with its file");
	is_int(l.rs->n_files, 5, "files");
	unload(&l);
}

static void
test_includes(struct arena *a)
{
	struct loaded l;

	write_file(a, "a.cf", "include b.cf\nbody A /a/\n");
	write_file(a, "b.cf", "include a.cf\nbody B /b/\ninclude b.cf\n");
	write_file(a, "z.pre", "if 0\ninclude a.cf\nendif\n");
	l = load_path(arena_printf(a, "%s/a.cf", dir), 0);
	ok(rule_of(&l, "A") != NULL && rule_of(&l, "B") != NULL,
	    "the rest of the files is read");
	is_int(findings(&l, "include-failed", NULL), 2, "both circles");
	unload(&l);

	for (int i = 0; i < 15; i++)
		write_file(a, arena_printf(a, "d%d.inc", i), arena_printf(a,
		    "include d%d.inc\ninclude d%d.inc\nbody D%d /x/\n",
		    i + 1, i + 1, i));
	l = load_path(arena_printf(a, "%s/d0.inc", dir), 0);
	ok(rule_of(&l, "D10") != NULL && rule_of(&l, "D11") == NULL,
	    "at most %d deep", LIMIT_INCLUDE_DEPTH);
	ok(l.rs->n_files < 10001, "and not two to the power of that");
	unload(&l);
	l = load_path(arena_printf(a, "%s/none.cf", dir), -1);
	unload(&l);
}

static void
remove_files(struct arena *a)
{
	static const char *const suffixes[] = { ".cf", ".pre", ".inc",
		".txt" };
	struct err e;
	char **names;
	size_t n;

	for (size_t i = 0; i < 4; i++) {
		if (dir_list(dir, suffixes[i], a, &names, &n, &e) != 0)
			DIE("%s", e.text);
		while (n > 0)
			unlink(names[--n]);
	}
	rmdir(dir);
}

static void
test_files(void)
{
	struct arena *a = arena_new();

	if (mkdtemp(dir) == NULL)
		DIE("no directory for the test");
	test_directory(a);
	test_includes(a);
	remove_files(a);
	arena_free(&a);
}

static void
test_settings(void)
{
	struct loaded l = load("required_hits 7\nRequired-Score 6.5\n"
	    "rbl_timeout 15 3\nreport a\nreport\nloadplugin " SA "A\n"
	    "tryplugin " SA "Nix\nredirector_pattern m'^x'i\n"
	    "require_version @@VERSION@@\nsubjprefix R [x]\n"
	    "lang xx_YY required_score 1\nutil_rb_tld com\n");
	size_t n = l.rs->plugins_wanted.n;

	is_num(conf_num(l.conf, "required_score"), 6.5, "last wins");
	is_int(conf_origin(l.conf, "required_score").line, 2, "its line");
	is_num(conf_num(l.conf, "rbl_timeout"), 15, "the first number");
	is_cstr(conf_text(l.conf, "report"), "a\n\n", "a template");
	is_int(n, 2, "plugins wanted");
	is_cstr(l.rs->plugins_wanted.v[0], "A", "by their short names");
	is_int(l.rs->redirector_patterns.n, 1, "redirector_pattern");
	is_cstr(rule_find(l.rs, SLICE("R"))->subjprefix, "[x]", "subjprefix");
	is_int(l.rs->findings.n, 0, "all is well");
	unload(&l);
}

static void
test_networks(void)
{
	static const struct {
		const char *text;
		size_t n;
	} t[] = {
		{ "internal_networks 10/8", 0 },
		{ "trusted_networks 10/8\ninternal_networks 10.1/16\n"
		    "msa_networks 10.2.3.4", 0 },
		{ "trusted_networks 10/8\ninternal_networks 192.0.2/24 "
		    "10.1/16 !10.9/16\nmsa_networks 11/8", 2 },
		{ "trusted_networks 10.1/16\ninternal_networks 10/8", 1 },
		{ "internal_networks 10/8\nmsa_networks 11/8 10.1.1.1", 1 },
		{ "msa_networks 11/8", 0 },
		{ "trusted_networks 2001:db8::/32\n"
		    "internal_networks 2001:db8:1::/48 2001:db9::/32", 1 },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct loaded l = load(t[i].text);

		is_int(findings(&l, "untrusted-network", NULL), t[i].n,
		    "networks outside");
		unload(&l);
	}
}

static void
test_fingerprint(void)
{
	struct loaded a = load("body A /a/"), b = load("body A /a/"),
	    c = load("body A /b/");

	ok(a.rs->fingerprint == b.rs->fingerprint, "same text, same print");
	ok(a.rs->fingerprint != c.rs->fingerprint, "another text, another");
	unload(&a);
	unload(&b);
	unload(&c);
}

/* ---- hostile and accidental input ---- */

static void
test_garbage(void)
{
	size_t n = 2000000;
	char *p = mem_alloc(n);
	uint32_t x = 12345;
	struct loaded l;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = (char)(x >> 24);
	}
	l = load_slice(slice_make(p, n));
	ok(l.rs->findings.n > 100, "garbage is reported");
	ok(l.rs->findings.n <= FINDINGS_MAX + 1, "within bounds");
	is_int(findings(&l, "binary", NULL), 1, "NULs once");
	unload(&l);

	memset(p, 'x', n);
	for (size_t i = 0; i < n; i += 4)
		p[i] = '\n';
	l = load_slice(slice_make(p, n));
	is_int(findings(&l, "too-many-findings", NULL), 1,
	    "half a million bad lines");
	is_int(l.rs->findings.n, FINDINGS_MAX + 1, "and no more");
	unload(&l);
	mem_free(p);
}

static void
test_long_lines(void)
{
	static const char *const starts[] = { "body X /", "header X From =~ /",
		"meta X A+", "body X eval:f('", "score X ", "tflags X ",
		"replace_rules ", "trusted_networks ", "if ", "lang en ",
		"add_header all X ", "describe X ", "header X exists:",
		"welcomelist_from ", "ifplugin ", "" };
	static const char fills[] = "/'( a:1!";
	size_t n = 900000;
	char *p = mem_alloc(n);

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		for (size_t f = 0; f < sizeof(fills) - 1; f++) {
			struct loaded l;

			memset(p, fills[f], n);
			memcpy(p, starts[i], strlen(starts[i]));
			l = load_slice(slice_make(p, n));
			if (l.rs->n_lines != 1)
				ok(false, "%s%c…", starts[i], fills[f]);
			unload(&l);
		}
		ok(true, "long lines of '%s'", starts[i]);
	}
	mem_free(p);
}

/* Every beginning of a file is a file. */
static void
test_truncated(void)
{
	static const char text[] =
	    "if (version >= 3.004) && can(Mail::SpamAssassin::Conf::feature_"
	    "edns)\nheader R From:addr =~ /a\\/b/i [if-unset: x]\nendif\n"
	    "meta M (R + 2 * R) > 1 || !R\nscore M 1 2 3 4\n"
	    "replace_tag A [a4]\nbody F /<A>b/\nreplace_rules F\n"
	    "add_header all X _YES_\nplug P x\nbody E eval:f('a', 1)\n";
	struct loaded l;

	for (size_t n = 0; n <= sizeof(text) - 1; n++) {
		char *copy = mem_alloc(n + 1);

		memcpy(copy, text, n);
		l = load_slice(slice_make(copy, n));
		if (n == sizeof(text) - 1)
			is_int(l.rs->n_errors, 0, "the whole is right");
		unload(&l);
		mem_free(copy);
	}
}

int
main(void)
{
	test_kinds();
	test_header_options();
	test_wrong_lines();
	test_suggestions();
	test_loadplugin();
	test_last_wins();
	test_scores();
	test_flags();
	test_needed();
	test_files();
	test_settings();
	test_networks();
	test_fingerprint();
	test_garbage();
	test_long_lines();
	test_truncated();
	return tap_done();
}

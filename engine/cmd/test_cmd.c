/*
 * test_cmd.c - tare test: run the `test NAME ok|fail STRING` lines, or with
 * --expect messages that have expectations beside them (expect.c).  Both are
 * local: no DNS is asked, so that a test says the same every day.
 *
 * The STRING is wrapped by the rule's kind as SpamAssassin's own harness does
 * (reference sa-compat section 8): a header rule gets it as that header, other
 * rules as the text of a message.  tare adds one form: a STRING that begins
 * with "message:" is a whole message, with \n for its line ends, so that metas
 * and full rules can be tested, too.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/test.h"

/* "From:addr" -> "From"; pseudo headers have no field to put text in. */
static struct slice
field_name(const struct rule *r)
{
	ptrdiff_t colon = slice_chr(r->header, ':', 0);

	return colon < 0 ? r->header :
	    slice_sub(r->header, 0, (size_t)colon);
}

static void
add_unescaped(struct buf *b, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == 'n') {
			buf_addc(b, '\n');
			i++;
		} else {
			buf_addc(b, s.p[i]);
		}
	}
	buf_addc(b, '\n');
}

static bool
has_tag(struct slice s)
{
	ptrdiff_t open = slice_chr(s, '<', 0);

	return open >= 0 && slice_chr(s, '>', (size_t)open) >= 0;
}

static struct slice
wrap(struct arena *a, const struct rule *r, struct slice text)
{
	struct buf b;

	buf_init(&b, a);
	if (slice_starts(text, SLICE("message:"))) {
		add_unescaped(&b, slice_trim_left(slice_sub(text, 8, text.n)));
	} else if (r->kind == RULE_HEADER || r->kind == RULE_MIMEHEADER) {
		buf_addf(&b, "%.*s: %.*s\n\n\n", SLICE_FMT(field_name(r)),
		    SLICE_FMT(text));
	} else if (r->kind == RULE_EVAL &&
	    slice_find_nocase(r->function, SLICE("received"), 0) >= 0) {
		buf_addf(&b, "Received: %.*s\n\n\n", SLICE_FMT(text));
	} else {
		buf_addf(&b, "Content-Type: text/%s\n\n%.*s\n",
		    has_tag(text) ? "html" : "plain", SLICE_FMT(text));
	}
	return buf_slice(&b);
}

static void
run_line(struct scanner *s, const struct rule *r, const struct rule_test *t,
    struct tally *tally, bool json)
{
	struct arena *a = arena_new();
	struct slice raw = wrap(a, r, t->text);
	struct scan *sc;
	bool hit, good;

	scan_run(s, raw, NULL, &sc);
	hit = scan_results(sc)[r->id].state == RESULT_HIT;
	good = hit == t->ok;
	if (good)
		tally->passed++;
	else
		tally->failed++;
	if (json) {
		struct buf b;

		buf_init(&b, a);
		buf_adds(&b, "{\"rule\":");
		buf_add_json(&b, r->name);
		buf_addf(&b, ",\"passed\":%s,\"hit\":%s,\"file\":",
		    good ? "true" : "false", hit ? "true" : "false");
		buf_add_json(&b, slice_cstr(t->origin.file));
		buf_addf(&b, ",\"line\":%u}", t->origin.line);
		puts(buf_cstr(&b));
	} else if (!good) {
		printf("%s:%u: rule %.*s must%s hit: %.*s\n", t->origin.file,
		    t->origin.line, SLICE_FMT(r->name), t->ok ? "" : " not",
		    SLICE_FMT(t->text));
	}
	scan_free(&sc);
	arena_free(&a);
}

static bool
wanted(const struct cmd_options *o, struct slice name)
{
	for (int i = 0; i < o->argc; i++) {
		if (slice_eq_cstr(name, o->argv[i]))
			return true;
	}
	return o->argc == 0;
}

static int
run_lines(const struct cmd_options *o, const struct engine *eng,
    struct scanner *s, struct tally *tally)
{
	for (int i = 0; i < o->argc; i++) {
		const struct rule *r = rule_find(eng->rs,
		    slice_cstr(o->argv[i]));

		if (r == NULL || !r->defined) {
			cmd_warn("there is no rule '%s'", o->argv[i]);
			return ERR_USAGE;
		}
	}
	for (size_t i = 0; i < eng->rs->rules.n; i++) {
		const struct rule *r = eng->rs->rules.v[i];

		if (!r->defined || !wanted(o, r->name))
			continue;
		tally->without += r->tests.n == 0 && !r->subrule;
		for (size_t k = 0; k < r->tests.n; k++)
			run_line(s, r, &r->tests.v[k], tally, o->json);
	}
	return 0;
}

static int
run_all(struct cmd_options *o, const char *expect, struct tally *tally)
{
	struct cmd_scanning s;
	struct err e = { 0 };
	int rc;

	o->engine.lint = true;		/* keep rules without a score */
	o->engine.local = true;
	if (cmd_scanning_start(o, &s, &e) != 0)
		return (int)e.code;
	if (expect != NULL)
		rc = expect_run(o, s.eng, s.scanner, expect, tally);
	else
		rc = run_lines(o, s.eng, s.scanner, tally);
	cmd_scanning_end(&s);
	return rc;
}

static int
run(struct cmd_options *o, int argc, char **argv)
{
	const char *expect = NULL;
	const struct cmd_own own[] = {
		{ "expect", "DIR", &expect, "instead of test lines: scan each "
		    "NAME.eml and compare with NAME.expect (lines: RULE, "
		    "!RULE, spam, ham, score >= N)" },
		{ 0 }
	};
	struct tally tally = { 0 };
	int rc = cmd_parse(o, &cmd_test, own, argc, argv);

	if (rc != 0)
		return rc < 0 ? ERR_USAGE : 0;
	rc = run_all(o, expect, &tally);
	if (rc == ERR_CONFIG || rc == ERR_TEMP || rc == ERR_USAGE)
		return rc;
	if (!o->json && expect != NULL)
		printf("%zu expectations met, %zu not\n", tally.passed,
		    tally.failed);
	else if (!o->json)
		printf("%zu test lines passed, %zu failed; %zu rules have "
		    "none\n", tally.passed, tally.failed, tally.without);
	if (cmd_flush() != 0)
		return ERR_TEMP;
	return rc != 0 ? rc : tally.failed > 0 ? 1 : 0;
}

const struct subcommand cmd_test = { "test", "[OPTION…] [RULE…]",
	"run the tests of rules; exit 1 when one fails", run };

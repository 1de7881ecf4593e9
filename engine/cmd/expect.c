/*
 * expect.c - tare test --expect DIR: messages and what must be said of them.
 *
 * Beside each NAME.eml stands NAME.expect, one expectation a line:
 *
 *	RULE		the rule (or subrule) hits
 *	!RULE		it does not
 *	spam, ham	the verdict
 *	score >= 5	the score; also > <= < =
 *	# comment
 *
 * A rule that does not exist is an error even behind '!': a test that cannot
 * fail is none.  So is a message without expectations, and the reverse.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "cmd/test.h"
#include "conf/nearest.h"

/* Bytes of one .expect file. */
#define EXPECT_BYTES (1024 * 1024)

/* One message and what became of it. */
struct outcome {
	const struct cmd_options *o;
	const struct engine *eng;
	struct arena *arena;
	const char *message, *file;
	unsigned line;
	const struct verdict *verdict;
	const struct rule_result *results;
	struct tally *tally;
	size_t said;			/* expectations in the file */
	bool broken;			/* a line cannot be understood */
};

static void
bad_line(struct outcome *t, const char *why)
{
	cmd_warn("%s:%u: %s", t->file, t->line, why);
	t->broken = true;
}

static void
print_json(const struct outcome *t, struct slice line, bool good)
{
	struct buf b;

	buf_init(&b, t->arena);
	buf_adds(&b, "{\"message\":");
	buf_add_json(&b, slice_cstr(t->message));
	buf_adds(&b, ",\"file\":");
	buf_add_json(&b, slice_cstr(t->file));
	buf_addf(&b, ",\"line\":%u,\"expect\":", t->line);
	buf_add_json(&b, line);
	buf_addf(&b, ",\"passed\":%s,\"score\":%.10g,\"spam\":%s}",
	    good ? "true" : "false", t->verdict->score,
	    t->verdict->spam ? "true" : "false");
	puts(buf_cstr(&b));
}

static void
settle(struct outcome *t, struct slice line, bool good)
{
	t->said++;
	*(good ? &t->tally->passed : &t->tally->failed) += 1;
	if (t->o->json)
		print_json(t, line, good);
	else if (!good)
		printf("%s:%u: expected '%.*s': %s has %.10g of %.10g points; "
		    "tests=%.*s\n", t->file, t->line, SLICE_FMT(line),
		    t->message, t->verdict->score, t->verdict->required,
		    SLICE_FMT(report_tests(t->arena, t->verdict)));
}

/* ---- the kinds of line ---- */

/* True: the line was one of these. */
static bool
expect_verdict(struct outcome *t, struct slice line)
{
	bool spam = slice_eq_cstr(line, "spam");

	if (!spam && !slice_eq_cstr(line, "ham"))
		return false;
	settle(t, line, t->verdict->spam == spam);
	return true;
}

static bool
compare(double a, struct slice op, double b, bool *result_r)
{
	static const struct {
		const char *op;
		bool less, equal, more;
	} ops[] = {
		{ ">=", false, true, true }, { ">", false, false, true },
		{ "<=", true, true, false }, { "<", true, false, false },
		{ "=", false, true, false }, { "==", false, true, false },
	};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		bool equal = fabs(a - b) < 0.0005;	/* as it is shown */

		if (!slice_eq_cstr(op, ops[i].op))
			continue;
		*result_r = equal ? ops[i].equal : a < b ? ops[i].less
		    : ops[i].more;
		return true;
	}
	return false;
}

static bool
expect_score(struct outcome *t, struct slice line)
{
	struct slice rest = line, word, op = { 0 };
	bool good = false;
	double n;

	if (!slice_word(&rest, &word) || !slice_eq_cstr(word, "score") ||
	    slice_trim(rest).n == 0)
		return false;
	slice_word(&rest, &op);
	if (slice_to_double(rest, &n) != 0 ||
	    !compare(t->verdict->score, op, n, &good))
		bad_line(t, "write 'score OP NUMBER' with OP one of >= > <= "
		    "< =");
	else
		settle(t, line, good);
	return true;
}

static const char *
no_rule(const struct outcome *t, struct slice name)
{
	const struct ruleset *rs = t->eng->rs;
	struct nearest n;

	nearest_start(&n, name);
	for (size_t i = 0; i < rs->rules.n; i++) {
		if (rs->rules.v[i]->defined)
			nearest_try(&n, rs->rules.v[i]->name);
	}
	return arena_printf(t->arena, "there is no rule '%.*s'%s%.*s%s",
	    SLICE_FMT(name), n.best.n ? "; did you mean " : "",
	    SLICE_FMT(n.best), n.best.n ? "?" : "");
}

static bool
expect_rule(struct outcome *t, struct slice line)
{
	bool no = line.p[0] == '!';
	struct slice name = slice_trim(slice_sub(line, no, line.n));
	const struct rule *r = rule_find(t->eng->rs, name);

	if (r == NULL || !r->defined)
		bad_line(t, no_rule(t, name));
	else
		settle(t, line, (t->results[r->id].state == RESULT_HIT) !=
		    no);
	return true;
}

static bool (*const kinds[])(struct outcome *, struct slice) = {
	expect_verdict, expect_score, expect_rule,
};

/* ---- one message ---- */

static void
run_lines(struct outcome *t, struct slice text)
{
	struct slice line;

	while (slice_line(&text, &line)) {
		ptrdiff_t hash = slice_chr(line, '#', 0);

		t->line++;
		line = slice_trim(hash < 0 ? line :
		    slice_sub(line, 0, (size_t)hash));
		for (size_t i = 0; line.n > 0 &&
		    i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			if (kinds[i](t, line))
				break;
		}
	}
	if (t->said == 0 && !t->broken)
		bad_line(t, "expects nothing of its message");
}

/* x/NAME.eml -> x/NAME.expect, and back. */
static const char *
beside(struct arena *a, const char *path, const char *from, const char *to)
{
	return arena_printf(a, "%.*s%s", (int)(strlen(path) - strlen(from)),
	    path, to);
}

/* 0, or an exit status. */
static int
run_message(struct outcome *t, struct scanner *s)
{
	struct slice raw, text;
	struct scan *sc;
	struct err e;

	if (file_read(t->message, t->arena, LIMIT_MESSAGE_BYTES, &raw,
	    &e) != 0 || file_read(t->file, t->arena, EXPECT_BYTES, &text,
	    &e) != 0) {
		cmd_warn("%s: %s", t->message, e.text);
		return ERR_NOINPUT;
	}
	t->verdict = scan_run(s, raw, NULL, &sc);
	t->results = scan_results(sc);
	run_lines(t, text);
	scan_free(&sc);
	return t->broken ? ERR_DATA : 0;
}

static int
run_path(struct outcome *t, struct scanner *s, const char *path,
    size_t *messages)
{
	struct slice name = slice_cstr(path);

	if (slice_ends(name, SLICE(".expect"))) {
		t->message = beside(t->arena, path, ".expect", ".eml");
		if (access(t->message, F_OK) == 0)
			return 0;
		cmd_warn("%s: there is no %s", path, t->message);
		return ERR_NOINPUT;
	}
	if (!slice_ends(name, SLICE(".eml")))
		return 0;
	++*messages;
	t->message = path;
	t->file = beside(t->arena, path, ".eml", ".expect");
	return run_message(t, s);
}

int
expect_run(const struct cmd_options *o, const struct engine *eng,
    struct scanner *s, const char *dir, struct tally *tally)
{
	struct input in = { 0 };
	size_t messages = 0;
	int rc = 0;

	if (input_add(o->arena, &in, dir) != 0)
		return ERR_NOINPUT;
	for (size_t i = 0; i < in.paths.n; i++) {
		struct outcome t = { .o = o, .eng = eng, .tally = tally,
			.arena = arena_new() };
		int one = run_path(&t, s, in.paths.v[i], &messages);

		if (rc == 0)
			rc = one;
		arena_free(&t.arena);
	}
	if (messages == 0) {
		cmd_warn("%s: no .eml files", dir);
		return ERR_NOINPUT;
	}
	return rc;
}

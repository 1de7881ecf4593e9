/*
 * explain_cmd.c - tare explain: why a message has its score.
 *
 * For each hit, the most points first: the line that defines the rule, the
 * bytes that matched, the line that set the score; for list rules the
 * question, the answer and the weight; for metas the operands that hit.
 * Then the rules that are void now, and why, and those that stayed unknown.
 * explain_find.c finds these things, explain_json.c has the other form.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/explain.h"

/* Bytes of a rule's line or of a match that people want to read. */
enum { SHOWN_BYTES = 300, LEVELS = 30 };

/* One line of printable text: mail must not forge lines or move cursors. */
static void
add_quoted(struct buf *b, struct slice s)
{
	for (size_t i = 0; i < s.n && i < SHOWN_BYTES; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '\n')
			buf_adds(b, "\\n");
		else if (c == '\t')
			buf_adds(b, "\\t");
		else if (c < ' ' || c == 0x7f)
			buf_addf(b, "\\x%02x", c);
		else
			buf_addc(b, (char)c);
	}
	if (s.n > SHOWN_BYTES)
		buf_addf(b, "… (%zu bytes)", s.n);
}

static void
add_place(struct explaining *x, struct buf *b, const struct rule *r,
    unsigned indent)
{
	struct place p;

	if (!explain_place(x, r, &p))
		return;
	buf_addf(b, "%*s%s %s", (int)indent, "", p.view, p.where);
	if (p.found) {
		buf_addf(b, ", bytes %zu to %zu: ", p.start,
		    p.start + p.length);
		add_quoted(b, p.bytes);
	} else {
		buf_adds(b, r->exists ? (r->negate ? " is not there" :
		    " is there") : " does not match");
	}
	buf_addc(b, '\n');
}

static void
add_zone(struct explaining *x, struct buf *b, const struct rule *r,
    unsigned indent)
{
	const struct verdict_zone *z = explain_zone(x, r);

	if (z == NULL)
		return;
	buf_addf(b, "%*slist %.*s, %s, weight %.2f", (int)indent, "",
	    SLICE_FMT(z->name), zone_state_name(z->state), z->weight);
	if (z->n_answers == 1) {
		buf_adds(b, ": ");
		add_quoted(b, z->answers[0]);
	}
	for (size_t i = 0; i < z->n_answers && z->n_answers > 1; i++) {
		buf_addf(b, "\n%*s", (int)indent + 4, "");
		add_quoted(b, z->answers[i]);
	}
	buf_addc(b, '\n');
}

static void
add_source(struct explaining *x, struct buf *b, const struct rule *r,
    unsigned indent)
{
	buf_addf(b, "%*s%s:%u: ", (int)indent, "",
	    r->origin.line ? r->origin.file : "(plugin)", r->origin.line);
	add_quoted(b, explain_source(x, r));
	buf_addc(b, '\n');
}

/* Everything below the rule's own line; each rule once per message. */
static void
add_details(struct explaining *x, struct buf *b, const struct rule *r,
    unsigned level)
{
	unsigned indent = 8 + 4 * level;
	const struct rule **ops;
	size_t n;

	if (x->shown[r->id]) {
		buf_addf(b, "%*s(as above)\n", (int)indent, "");
		return;
	}
	x->shown[r->id] = true;
	add_source(x, b, r, indent);
	add_place(x, b, r, indent);
	add_zone(x, b, r, indent);
	ops = explain_operands(x, r, &n);
	for (size_t i = 0; i < n && level < LEVELS; i++) {
		const struct rule_result *res = &x->results[ops[i]->id];

		buf_addf(b, "%*s%.*s = %.10g", (int)indent, "",
		    SLICE_FMT(ops[i]->name), res->value);
		if (res->weight < 1)
			buf_addf(b, ", weight %.2f", (double)res->weight);
		buf_addc(b, '\n');
		add_details(x, b, ops[i], level + 1);
	}
}

static void
add_hit(struct explaining *x, struct buf *b, const struct verdict_hit *h)
{
	const struct origin *o = &h->rule->score_origin;

	buf_addf(b, "%+7.3f %.*s", h->points, SLICE_FMT(h->rule->name));
	if (h->rule->describe.n > 0)
		buf_addf(b, "  %.*s", SLICE_FMT(h->rule->describe));
	buf_addf(b, "\n        score %.10g", h->score);
	if (h->count > 1)
		buf_addf(b, " for %u hits", h->count);
	if (h->weight < 1)
		buf_addf(b, ", weight %.2f", h->weight);
	if (o->line > 0)
		buf_addf(b, ", from %s:%u\n", o->file, o->line);
	else
		buf_adds(b, ", by default\n");
	add_details(x, b, h->rule, 0);
}

static void
add_voided(struct explaining *x, struct buf *b)
{
	for (size_t i = 0; i < x->verdict->n_voided; i++) {
		const struct verdict_hit *h = &x->verdict->voided[i];

		buf_addf(b, "   void %.*s, %.10g points: %s\n",
		    SLICE_FMT(h->rule->name), h->score,
		    h->why ? h->why : "no reason known");
		add_source(x, b, h->rule, 8);
		add_zone(x, b, h->rule, 8);
	}
}

static void
add_unknown(struct explaining *x, struct buf *b)
{
	size_t n;
	struct doubt **v = explain_doubts(x, &n);

	for (size_t i = 0; i < n; i++) {
		buf_addf(b, "unknown %zu rules, %s:\n       ",
		    v[i]->rules.n, v[i]->why);
		for (size_t k = 0; k < v[i]->rules.n; k++)
			buf_addf(b, " %.*s",
			    SLICE_FMT(v[i]->rules.v[k]->name));
		buf_addc(b, '\n');
	}
}

static int
by_points(const void *pa, const void *pb)
{
	const struct verdict_hit *a = pa, *b = pb;
	double x = fabs(a->points), y = fabs(b->points);

	if (x != y)
		return x > y ? -1 : 1;
	return slice_cmp(a->rule->name, b->rule->name);
}

static void
explain_text(struct explaining *x, struct buf *b)
{
	const struct verdict *v = x->verdict;
	struct verdict_hit *hits = arena_copy(x->arena, v->hits,
	    v->n_hits * sizeof(*hits));

	if (v->n_hits > 0)
		qsort(hits, v->n_hits, sizeof(*hits), by_points);
	buf_addf(b, "%s: %s, %.10g points of %.10g\n", x->file,
	    v->spam ? "spam" : "not spam", v->score, v->required);
	if (v->ended_as != NULL)
		buf_addf(b, "        ended as %s by %.*s: what comes behind "
		    "it was not run\n", v->ended_as,
		    SLICE_FMT(v->ended_by ? v->ended_by->name :
		    SLICE("the sum of points")));
	for (size_t i = 0; i < v->n_hits; i++)
		add_hit(x, b, &hits[i]);
	add_voided(x, b);
	add_unknown(x, b);
}

/* ---- the subcommand ---- */

struct run {
	const struct cmd_options *o;
	struct cmd_scanning s;
	struct map *sources;
};

static void
explain_one(struct arena *a, struct slice raw, const char *name, void *arg)
{
	struct run *r = arg;
	struct explaining x = { .o = r->o, .eng = r->s.eng, .arena = a,
		.file = name, .sources = r->sources };
	struct scan *sc;
	struct buf b;

	x.verdict = scan_run(r->s.scanner, raw, NULL, &sc);
	x.view = scan_view(sc);
	x.results = scan_results(sc);
	x.shown = arena_alloc_array(a, r->s.eng->rs->rules.n + 1,
	    sizeof(*x.shown));
	buf_init(&b, NULL);
	if (r->o->json)
		explain_json(&x, &b);
	else
		explain_text(&x, &b);
	if (r->o->json)
		buf_addc(&b, '\n');
	fwrite(b.p, 1, b.n, stdout);
	buf_free(&b);
	scan_free(&sc);
	arena_free(&a);
}

static int
run(struct cmd_options *o, int argc, char **argv)
{
	const char *mbox = NULL;
	const struct cmd_own own[] = {
		{ "mbox", NULL, &mbox, "each file is an mbox: split it" },
		{ 0 }
	};
	struct run r = { .o = o, .sources = map_new(o->arena, false) };
	struct input in = { 0 };
	int rc = cmd_parse(o, &cmd_explain, own, argc, argv), bad;

	if (rc != 0)
		return rc < 0 ? ERR_USAGE : 0;
	in.mbox = mbox != NULL;
	bad = input_named(o, 0, &in);
	rc = in.paths.n > 0 ? input_scan(o, &in, &r.s, explain_one, &r) : 0;
	return rc == 0 && bad ? ERR_NOINPUT : rc;
}

const struct subcommand cmd_explain = { "explain", "[OPTION…] [FILE|DIR…]",
	"why a message has its score: rules, places, answers", run };

/*
 * text.c - the report that people read, and the one-line and symbol forms.
 *
 * Columns, wrapping and order of the parts are those of SpamAssassin's
 * reports, which readers and log analysers know.  What only tare has to say
 * comes beside them: a rule whose list is distrusted has its weight in front
 * of its description, and lists that were void or not asked stand below the
 * table.  Never a silent skip.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "report/report-priv.h"

static const char default_report[] =
	"This message was judged by tare _VERSION_ on _HOSTNAME_.\n"
	"Questions about this judgement: _CONTACTADDRESS_\n"
	"\n"
	"Beginning of the text: _PREVIEW_\n"
	"\n"
	"Verdict: _YESNO(spam,not spam)_, _SCORE_ points where _REQD_ make "
	"spam\n"
	"\n"
	" pts rule name              description\n"
	"---- ---------------------- "
	"--------------------------------------------------\n"
	"_SUMMARY_";

static const char default_unsafe[] =
	"The message is attached as it came.  It is more than plain text: a "
	"program that\n"
	"opens it may run what is in it or tell the sender that it was read."
	"\n";

/* ---- the table of rules ---- */

/* What the rule looked at, by the kind of its definition. */
static const char *
area_of(const struct verdict_hit *h)
{
	static const char *const by_kind[RULE_KINDS] = {
		[RULE_BODY] = "BODY: ", [RULE_RAWBODY] = "RAW: ",
		[RULE_FULL] = "FULL: ", [RULE_URI] = "URI: ",
	};
	const struct rule *r = h->rule;

	if (h->area != NULL)
		return h->area;
	if (r->kind == RULE_EVAL)
		return r->text == TEXT_BODY ? "BODY: " :
		    r->text == TEXT_RAWBODY ? "RAW: " : "";
	return by_kind[r->kind] != NULL ? by_kind[r->kind] : "";
}

static struct slice
description(struct arena *a, const struct verdict_hit *h)
{
	struct slice text = h->rule->describe;

	if (text.n == 0)
		text = SLICE("No description available.");
	if (h->weight < 1)
		text = slice_cstr(arena_printf(a,
		    "[weight %.2f of %.2f points] %.*s", h->weight, h->score,
		    SLICE_FMT(text)));
	return text;
}

/* One row's wording, the same for the body report and the header. */
struct row {
	const char *area;
	char points[32];
	struct slice text;
	const struct verdict_hit *hit;
};

static void
row_fill(struct row *row, const struct tag_context *c,
    const struct verdict_hit *h)
{
	double points = h->points / h->count;

	row->hit = h;
	row->area = area_of(h);
	row->text = description(c->arena, h);
	snprintf(row->points, sizeof(row->points),
	    points >= 10 || points <= -10 ? "%4.0f" : "%4.1f", points);
}

/* The description, its first line beginning at that column. */
static void
add_wrapped(struct buf *b, const struct tag_context *c, struct slice text,
    size_t column, struct slice prefix)
{
	long width = conf_int(c->conf->conf, "report_wrap_width");
	char *indent = arena_alloc(c->arena, column + 1);
	struct wrap w = { .first = { indent, column }, .prefix = prefix,
		.width = width > 0 ? (size_t)width : 77 };
	struct buf lines;

	memset(indent, ' ', column);
	buf_init(&lines, c->arena);
	report_wrap(&lines, text, &w);
	buf_add_slice(b, slice_trim_left(buf_slice(&lines)));
	buf_addc(b, '\n');
}

/* A note's first 30 to 48 characters up to a blank; SpamAssassin's pieces. */
static struct slice
next_note_line(struct slice *note)
{
	struct slice line = *note;
	size_t cut = 0;

	for (size_t i = 30; i <= 48 && i < note->n; i++) {
		if (ascii_isspace((unsigned char)note->p[i]))
			cut = i;
	}
	if (cut > 0)
		line.n = cut;
	*note = slice_sub(*note, cut > 0 ? cut + 1 : note->n, note->n);
	return line;
}

typedef void note_fn(struct buf *b, struct slice line, bool first);

static void
add_notes(struct buf *b, const struct tag_context *c,
    const struct verdict_hit *h, note_fn *add)
{
	const struct slice *notes = h->notes;
	size_t n = h->n_notes;
	bool first = true;

	/* a list rule without a word of its plugin's: what the list said */
	if (n == 0 && h->zone >= 0 &&
	    c->verdict->zones[h->zone].n_answers > 0) {
		notes = c->verdict->zones[h->zone].answers;
		n = 1;
	}
	if (n > 0 && (h->rule->tflags & TF_NOLOG) != 0) {
		add(b, SLICE("*REDACTED*"), true);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct slice note = report_clean(c->arena, notes[i]);

		do {
			add(b, next_note_line(&note), first);
			first = false;
		} while (note.n > 0);
	}
}

static void
note_in_body(struct buf *b, struct slice line, bool first)
{
	if (line.n > 47)
		buf_addf(b, "%*s[%.*s]\n", line.n < 76 ? (int)(76 - line.n) :
		    0, "", SLICE_FMT(line));
	else
		buf_addf(b, "%28s[%.*s]\n", "", SLICE_FMT(line));
}

static void
note_in_header(struct buf *b, struct slice line, bool first)
{
	buf_addf(b, "%s[%.*s]\n", first ? "*      " : "", SLICE_FMT(line));
}

void
report_void(struct buf *b, const struct verdict_hit *h)
{
	buf_addf(b, "%.*s %.2f/%.2f (%s)", SLICE_FMT(h->rule->name), h->points,
	    h->score, h->why ? h->why : "void");
}

/* How one row is laid out, as SpamAssassin does. */
struct layout {
	const char *lead;
	int width;			/* of the name, at least */
	size_t taken;			/* of the first line, besides words */
	struct slice indent;		/* of the others */
	void (*note)(struct buf *b, struct slice line, bool first);
};

/* A `multiple` rule has a row for each hit. */
static void
add_rows(struct buf *b, const struct tag_context *c, const struct layout *l)
{
	const struct verdict *v = c->verdict;

	for (size_t i = 0; i < v->n_hits; i++) {
		struct slice name = v->hits[i].rule->name;
		struct row row;

		row_fill(&row, c, &v->hits[i]);
		for (unsigned k = 0; k < v->hits[i].count; k++) {
			buf_addf(b, "%s%s %-*.*s %s", l->lead, row.points,
			    l->width, SLICE_FMT(name), row.area);
			add_wrapped(b, c, row.text, l->taken + name.n +
			    strlen(row.points) + strlen(row.area), l->indent);
			add_notes(b, c, row.hit, l->note);
		}
	}
}

static void
add_voided(struct buf *b, const struct verdict *v, const char *lead)
{
	for (size_t i = 0; i < v->n_voided; i++) {
		buf_adds(b, lead);
		report_void(b, &v->voided[i]);
		buf_addc(b, '\n');
	}
}

void
tag_summary(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	static const struct layout body = { "", 22, 3,
		{ "                            ", 28 }, note_in_body };

	add_rows(b, c, &body);
	if (c->verdict->n_voided > 0)
		buf_adds(b, "\nLists that were not believed or not asked:\n");
	add_voided(b, c->verdict, "  ");
}

void
tag_report(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	static const struct layout header = { "* ", 0, 4,
		{ "*      ", 7 }, note_in_header };

	buf_addc(b, '\n');
	add_rows(b, c, &header);
	add_voided(b, c->verdict, "* void ");
}

/* ---- the preview ---- */

/* What tells nothing of a text: rulers, and headings that programs write. */
static const struct {
	struct slice text;
	bool to_line_end;
} noise[] = {
	{ { "-----Original Message-----", 26 }, true },
	{ { "This is a multi-part message in MIME format.", 44 }, false },
};
#define RULER_LENGTH 10

static struct slice
without_noise(struct arena *a, struct slice s)
{
	struct buf b;

	for (size_t k = 0; k < sizeof(noise) / sizeof(*noise); k++) {
		ptrdiff_t at;

		buf_init(&b, a);
		while ((at = slice_find(s, noise[k].text, 0)) >= 0) {
			size_t end = (size_t)at + noise[k].text.n;
			ptrdiff_t nl = slice_chr(s, '\n', end);

			buf_add(&b, s.p, (size_t)at);
			if (noise[k].to_line_end)
				end = nl < 0 ? s.n : (size_t)nl;
			s = slice_sub(s, end, s.n);
		}
		buf_add_slice(&b, s);
		s = buf_slice(&b);
	}
	return s;
}

static struct slice
without_rulers(struct arena *a, struct slice s)
{
	struct buf b;
	size_t n;

	buf_init(&b, a);
	for (size_t i = 0; i < s.n; i += n) {
		for (n = 0; i + n < s.n && memchr("-_*.", s.p[i + n], 4);)
			n++;
		if (n < RULER_LENGTH) {
			n = n > 0 ? n : 1;
			buf_add(&b, s.p + i, n);
		}
	}
	return buf_slice(&b);
}

/* Each run of white space as one blank. */
static struct slice
squeezed(struct arena *a, struct slice s)
{
	struct buf b;
	bool gap = false;

	buf_init(&b, a);
	for (size_t i = 0; i < s.n; i++) {
		bool space = ascii_isspace((unsigned char)s.p[i]);

		if (!space || !gap)
			buf_addc(&b, space ? ' ' : s.p[i]);
		gap = space;
	}
	return buf_slice(&b);
}

#define PREVIEW_BYTES 200
#define PREVIEW_PARAGRAPHS 3

/* The first paragraphs behind the Subject, no line over PREVIEW_BYTES. */
static struct slice
beginning(const struct tag_context *c)
{
	const struct view_lines *body = view_body(c->view);
	struct slice rest, line;
	struct buf text, cut;

	buf_init(&text, c->arena);
	for (size_t i = 1; i < body->n && i <= PREVIEW_PARAGRAPHS &&
	    text.n < PREVIEW_BYTES; i++)
		buf_add_slice(&text, body->v[i]);
	buf_init(&cut, c->arena);
	rest = buf_slice(&text);
	while (slice_line(&rest, &line)) {
		if (slice_ends(line, SLICE("\n")))
			line.n--;
		buf_add_slice(&cut, slice_sub(line, 0, PREVIEW_BYTES));
		buf_adds(&cut, line.n > PREVIEW_BYTES ? " [...]\n" : "\n");
	}
	if (cut.n == 0)
		buf_addc(&cut, '\n');
	return buf_slice(&cut);
}

void
tag_preview(struct buf *b, const struct tag_context *c,
    const struct tag_call *call)
{
	/* as if these words stood in front, which they do in templates */
	const struct wrap w = { .first = SLICE("Content preview:  "),
		.prefix = SLICE("  "), .width = 75, .overflow = true };
	struct slice text = beginning(c);
	struct buf lines;

	text = without_noise(c->arena, text);
	text = squeezed(c->arena, without_rulers(c->arena, text));
	buf_init(&lines, c->arena);
	report_wrap(&lines, text, &w);
	text = slice_sub(buf_slice(&lines), w.first.n - 2, lines.n);
	buf_add_slice(b, slice_trim_left(text));
}

/* ---- whole texts ---- */

struct slice
report_text(struct arena *a, const struct report_conf *rc,
    const struct verdict *v, struct view *view)
{
	struct tag_context c = { a, rc, v, view, false };
	struct slice t = conf_text(rc->conf, "report");
	struct slice out;

	if (t.n == 0)
		t = SLICE(default_report);
	out = report_clean_lines(a, tag_expand(&c, t));
	while (out.n > 0 && out.p[out.n - 1] == '\n')
		out.n--;
	out = slice_sub(out, 0, LIMIT_REPORT_BYTES - 2);
	return slice_cstr(arena_printf(a, "%.*s\n\n", SLICE_FMT(out)));
}

struct slice
report_unsafe_text(const struct tag_context *c)
{
	struct slice t = conf_text(c->conf->conf, "unsafe_report");

	if (t.n == 0)
		t = SLICE(default_unsafe);
	return report_clean_lines(c->arena, tag_expand(c, t));
}

struct slice
report_tests(struct arena *a, const struct verdict *v)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < v->n_hits; i++) {
		for (unsigned k = 0; k < v->hits[i].count; k++) {
			if (b.n > 0)
				buf_addc(&b, ',');
			buf_add_slice(&b, v->hits[i].rule->name);
		}
	}
	return buf_slice(&b);
}

void
report_line(struct buf *b, const struct verdict *v, struct slice file)
{
	struct arena *a = arena_new();
	struct slice tests = report_tests(a, v);
	char score[32];

	weigh_show(v->score, v->required, score);
	if (file.n > 0) {
		buf_add_slice(b, report_clean(a, file));
		buf_adds(b, ": ");
	}
	buf_addf(b, "%c %s/%.1f tests=", v->spam ? 'Y' : 'N', score,
	    v->required);
	buf_add_slice(b, tests.n ? tests : SLICE("none"));
	for (size_t i = 0; i < v->n_voided; i++) {
		buf_adds(b, i == 0 ? " void=" : "; ");
		report_void(b, &v->voided[i]);
	}
	if (v->defects != 0) {
		buf_adds(b, " defects=");
		for (unsigned bit = 0, any = 0; bit < 32; bit++) {
			if ((v->defects & 1u << bit) != 0)
				buf_addf(b, "%s%s", any++ ? "," : "",
				    mail_defect_name(1u << bit));
		}
	}
	arena_free(&a);
}

/*
 * text.c - the report that people read, and the one-line and symbol forms.
 *
 * The table's columns (points, rule name, description) are where readers of
 * SpamAssassin reports look for them.  A rule whose list is distrusted shows
 * "0.00/2.50" and the reason: never a silent skip.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "report/report-priv.h"

#define PREVIEW_BYTES 200
#define DESCRIPTION_COLUMN 29

static const char default_report[] =
	"This message was judged by tare _VERSION_ on _HOSTNAME_.\n"
	"Questions about this judgement: _CONTACTADDRESS_\n"
	"\n"
	"Beginning of the text: _PREVIEW_\n"
	"\n"
	"Verdict: _YESNO(spam,not spam)_, _SCORE_ points where _REQD_ make "
	"spam\n"
	"\n"
	"_SUMMARY_";

/* Descriptions longer than a line go on in the same column. */
static void
add_wrapped(struct buf *b, struct slice text)
{
	size_t column = DESCRIPTION_COLUMN;
	struct slice word;
	bool first = true;

	while (slice_word(&text, &word)) {
		if (!first && column + 1 + word.n > 78) {
			buf_addf(b, "\n%*s", DESCRIPTION_COLUMN, "");
			column = DESCRIPTION_COLUMN;
		} else if (!first) {
			buf_addc(b, ' ');
			column++;
		}
		first = false;
		buf_add_slice(b, word);
		column += word.n;
	}
	buf_addc(b, '\n');
}

void
report_void(struct buf *b, const struct verdict_hit *h)
{
	buf_addf(b, "%.*s %.2f/%.2f (%s)", SLICE_FMT(h->rule->name), h->points,
	    h->score, h->why ? h->why : "void");
}

static void
add_hit(struct buf *b, const struct tag_context *c,
    const struct verdict_hit *h)
{
	char pts[32];
	struct slice text = h->rule->describe;

	snprintf(pts, sizeof(pts), "%4.1f", h->points);
	buf_addf(b, "%s %-22.*s ", pts, SLICE_FMT(h->rule->name));
	if (h->weight < 1)
		text = slice_cstr(arena_printf(c->arena,
		    "[weight %.2f of %.2f points] %.*s", h->weight, h->score,
		    SLICE_FMT(text)));
	add_wrapped(b, text.n ? text : SLICE("(no description)"));
	if (h->zone >= 0 && c->verdict->zones[h->zone].answer.n > 0)
		buf_addf(b, "%*s[%.*s]\n", DESCRIPTION_COLUMN, "",
		    SLICE_FMT(report_clean(c->arena,
		    c->verdict->zones[h->zone].answer)));
}

void
report_summary(struct buf *b, const struct tag_context *c)
{
	const struct verdict *v = c->verdict;

	buf_adds(b, " pts rule name              description\n"
	    "---- ---------------------- "
	    "--------------------------------------------------\n");
	for (size_t i = 0; i < v->n_hits; i++)
		add_hit(b, c, &v->hits[i]);
	if (v->n_voided > 0)
		buf_adds(b, "\nLists that were not believed or not asked:\n");
	for (size_t i = 0; i < v->n_voided; i++) {
		buf_adds(b, "  ");
		report_void(b, &v->voided[i]);
		buf_addc(b, '\n');
	}
}

struct slice
report_preview(const struct tag_context *c)
{
	const struct view_lines *body = view_body(c->view);
	struct buf b;

	buf_init(&b, c->arena);
	for (size_t i = 1; i < body->n && b.n < PREVIEW_BYTES; i++) {
		struct slice line = slice_trim(body->v[i]);

		if (line.n == 0)
			continue;
		if (b.n > 0)
			buf_addc(&b, ' ');
		buf_add_slice(&b, slice_sub(line, 0, PREVIEW_BYTES - b.n));
	}
	return report_clean(c->arena, buf_slice(&b));
}

struct slice
report_text(struct arena *a, const struct report_conf *rc,
    const struct verdict *v, struct view *view)
{
	struct tag_context c = { a, rc, v, view };
	struct slice t = conf_text(rc->conf, "report");
	struct slice out;

	out = tag_expand(&c, t.n > 0 ? t : SLICE(default_report));
	return slice_sub(out, 0, LIMIT_REPORT_BYTES);
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

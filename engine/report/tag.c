/*
 * tag.c - the template language of add_header, report and rewrite_header.
 *
 * One row of `tags` is one tag (reference protocol.md 4.3).  A name that has
 * no row is looked up as message metadata (view_tag), and left as written
 * when there is none.  Values made from mail are cleaned of controls here, so
 * no template can inject a line.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "report/report-priv.h"

typedef void tag_fn(struct buf *b, const struct tag_context *c,
    struct slice arg);

static void
tag_yesno(struct buf *b, const struct tag_context *c, struct slice arg)
{
	struct slice yes = SLICE("Yes"), no = SLICE("No");
	ptrdiff_t comma = slice_chr(arg, ',', 0);

	if (comma >= 0) {
		yes = slice_sub(arg, 0, (size_t)comma);
		no = slice_sub(arg, (size_t)comma + 1, arg.n);
	}
	buf_add_slice(b, c->verdict->spam ? yes : no);
}

static void
tag_yesnocaps(struct buf *b, const struct tag_context *c, struct slice arg)
{
	buf_adds(b, c->verdict->spam ? "YES" : "NO");
}

static void
tag_score(struct buf *b, const struct tag_context *c, struct slice arg)
{
	char text[32];
	size_t n;

	weigh_show(c->verdict->score, c->verdict->required, text);
	n = strlen(text);
	/* _SCORE(00)_ pads with as many characters as given. */
	for (size_t i = n; i < arg.n + 3 && arg.n > 0; i++)
		buf_addc(b, arg.p[0]);
	buf_adds(b, text);
}

static void
tag_required(struct buf *b, const struct tag_context *c, struct slice arg)
{
	buf_addf(b, "%.1f", c->verdict->required);
}

static void
tag_stars(struct buf *b, const struct tag_context *c, struct slice arg)
{
	double score = c->verdict->score;
	int n = score < 1 ? 0 : score > 50 ? 50 : (int)score;

	for (int i = 0; i < n; i++)
		buf_addc(b, arg.n > 0 ? arg.p[0] : '*');
}

/* Hits by name, with scores or without; `multiple` rules once per hit. */
static void
add_tests(struct buf *b, const struct tag_context *c, struct slice sep,
    bool scores)
{
	const struct verdict *v = c->verdict;
	bool any = false;

	if (sep.n == 0)
		sep = SLICE(",");
	for (size_t i = 0; i < v->n_hits; i++) {
		const struct verdict_hit *h = &v->hits[i];

		for (unsigned k = 0; k < h->count; k++) {
			if (any)
				buf_add_slice(b, sep);
			any = true;
			buf_add_slice(b, h->rule->name);
			if (scores)
				buf_addf(b, "=%.3g", h->points / h->count);
		}
	}
	if (!any)
		buf_adds(b, "none");
}

static void
tag_tests(struct buf *b, const struct tag_context *c, struct slice arg)
{
	add_tests(b, c, arg, false);
}

static void
tag_tests_scores(struct buf *b, const struct tag_context *c, struct slice arg)
{
	add_tests(b, c, arg, true);
}

static void
tag_subtests(struct buf *b, const struct tag_context *c, struct slice arg)
{
	const struct verdict *v = c->verdict;

	for (size_t i = 0; i < v->n_subrules; i++) {
		if (i > 0)
			buf_add_slice(b, arg.n ? arg : SLICE(","));
		buf_add_slice(b, v->subrules[i]);
	}
	if (v->n_subrules == 0)
		buf_adds(b, "none");
}

static void
tag_autolearn(struct buf *b, const struct tag_context *c, struct slice arg)
{
	buf_adds(b, "no");
}

static void
tag_version(struct buf *b, const struct tag_context *c, struct slice arg)
{
	buf_add_slice(b, c->conf->version);
}

static void
tag_hostname(struct buf *b, const struct tag_context *c, struct slice arg)
{
	buf_add_slice(b, report_clean(c->arena, c->conf->hostname));
}

static void
tag_contact(struct buf *b, const struct tag_context *c, struct slice arg)
{
	buf_add_slice(b, conf_text(c->conf->conf, "report_contact"));
}

static void
tag_date(struct buf *b, const struct tag_context *c, struct slice arg)
{
	char text[64];
	time_t now = (time_t)clock_wall();
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S %z", &tm);
	buf_adds(b, text);
}

static void
tag_summary(struct buf *b, const struct tag_context *c, struct slice arg)
{
	report_summary(b, c);
}

static void
tag_preview(struct buf *b, const struct tag_context *c, struct slice arg)
{
	buf_add_slice(b, report_preview(c));
}

static void
tag_header(struct buf *b, const struct tag_context *c, struct slice arg)
{
	struct view_header_req req;
	struct slice value;

	if (view_header_req_parse(c->arena, arg, &req, NULL) == 0 &&
	    view_header(c->view, &req, &value))
		buf_add_slice(b, report_clean(c->arena,
		    slice_trim(value)));
}

static void
tag_zones(struct buf *b, const struct tag_context *c, struct slice arg)
{
	const struct verdict *v = c->verdict;
	bool any = false;

	for (size_t i = 0; i < v->n_zones; i++) {
		const struct verdict_zone *z = &v->zones[i];

		if (!z->used || (z->state == ZONE_TRUSTED &&
		    z->reason != REASON_RESOLVER))
			continue;
		buf_addf(b, "%s%.*s=%s", any ? ", " : "", SLICE_FMT(z->name),
		    zone_state_name(z->state));
		if (z->reason != REASON_NONE)
			buf_addf(b, " (%s)", zone_reason_name(z->reason));
		any = true;
	}
	if (!any)
		buf_adds(b, "all trusted");
}

static const struct tag {
	const char *name;
	tag_fn *fn;
} tags[] = {
	{ "AUTOLEARN", tag_autolearn },
	{ "CONTACTADDRESS", tag_contact },
	{ "DATE", tag_date },
	{ "HEADER", tag_header },
	{ "HITS", tag_score },
	{ "HOSTNAME", tag_hostname },
	{ "PREVIEW", tag_preview },
	{ "REPORT", tag_summary },
	{ "REQD", tag_required },
	{ "SCORE", tag_score },
	{ "STARS", tag_stars },
	{ "SUBTESTS", tag_subtests },
	{ "SUMMARY", tag_summary },
	{ "TESTS", tag_tests },
	{ "TESTSSCORES", tag_tests_scores },
	{ "VERSION", tag_version },
	{ "YESNO", tag_yesno },
	{ "YESNOCAPS", tag_yesnocaps },
	{ "ZONES", tag_zones },
};

/* Write the tag's value; false if nobody knows the name. */
static bool
add_tag(struct buf *b, const struct tag_context *c, struct slice name,
    struct slice arg)
{
	const struct slice *values;
	size_t n;

	for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
		if (slice_eq_cstr(name, tags[i].name)) {
			tags[i].fn(b, c, arg);
			return true;
		}
	}
	values = view_tag(c->view, name, &n);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(b, ' ');
		buf_add_slice(b, report_clean(c->arena, values[i]));
	}
	return n > 0;
}

/* Length of a tag that starts at s (which begins with '_'), or 0. */
static size_t
tag_length(struct slice s, struct slice *name_r, struct slice *arg_r)
{
	size_t i = 1;

	*arg_r = (struct slice){ NULL, 0 };
	while (i < s.n && ((s.p[i] >= 'A' && s.p[i] <= 'Z') ||
	    ascii_isdigit((unsigned char)s.p[i])))
		i++;
	*name_r = slice_sub(s, 1, i);
	if (name_r->n == 0 || i >= s.n)
		return 0;
	if (s.p[i] == '(') {
		ptrdiff_t end = slice_find(s, SLICE(")_"), i);

		if (end < 0)
			return 0;
		*arg_r = slice_sub(s, i + 1, (size_t)end);
		return (size_t)end + 2;
	}
	return s.p[i] == '_' ? i + 1 : 0;
}

struct slice
tag_expand(const struct tag_context *c, struct slice text)
{
	struct buf b;

	buf_init(&b, c->arena);
	while (text.n > 0) {
		struct slice name, arg;
		ptrdiff_t at = slice_chr(text, '_', 0);
		size_t n;

		if (at < 0) {
			buf_add_slice(&b, text);
			break;
		}
		buf_add(&b, text.p, (size_t)at);
		text = slice_sub(text, (size_t)at, text.n);
		n = tag_length(text, &name, &arg);
		if (n == 0 || !add_tag(&b, c, name, arg)) {
			n = 1;
			buf_addc(&b, '_');
		}
		text = slice_sub(text, n, text.n);
	}
	return buf_slice(&b);
}

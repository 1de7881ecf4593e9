/*
 * headers.c - the X-Spam- lines a message gets.
 *
 * add_header items in their order, and X-Tare-Zones behind them when some
 * list was not trusted.  Every value goes through one function that cleans,
 * folds and encodes it, so whatever a template names (a Subject, a TXT
 * record) stays inside its field: each line after the first begins with a
 * TAB, none is blank, and all are ASCII.
 */
#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "report/report-priv.h"

#define FOLD_COLUMN 79

const char *
report_eol(const struct mail *m)
{
	ptrdiff_t nl = slice_chr(m->raw, '\n', m->envelope_length);

	if (nl < 0)
		nl = slice_chr(m->raw, '\n', 0);
	return nl > 0 && m->raw.p[nl - 1] == '\r' ? "\r\n" : "\n";
}

/* \n, \t and \\ of a template; any other pair is dropped. */
static struct slice
unescape(struct arena *a, struct slice s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char next = i + 1 < s.n ? s.p[i + 1] : '\0';

		if (s.p[i] != '\\' || i + 1 == s.n) {
			p[n++] = s.p[i];
			continue;
		}
		i++;
		if (next == 'n' || next == 't')
			p[n++] = next == 'n' ? '\n' : '\t';
		else if (next == '\\')
			p[n++] = '\\';
	}
	return (struct slice){ p, n };
}

/* White space around each line end goes, and a TAB comes after it. */
static void
lay_lines(struct buf *b, struct slice text)
{
	struct slice line;
	bool first = true;

	while (slice_line(&text, &line)) {
		bool ends = slice_ends(line, SLICE("\n"));

		if (!first)
			line = slice_trim_left(line);
		if (ends)
			line = slice_trim_right(line);
		if (!first && line.n == 0)
			continue;
		if (!first)
			buf_adds(b, "\n\t");
		buf_add_slice(b, line);
		first = false;
	}
}

/* The field's bytes with LF between its lines; blank lines may be in it. */
static void
lay_out(struct buf *b, struct slice name, struct slice value, bool fold,
    struct arena *a)
{
	const struct wrap folding = { .prefix = SLICE("\t"),
		.width = FOLD_COLUMN, .after_comma = true };

	if (!fold) {
		buf_addf(b, "%.*s: ", SLICE_FMT(name));
		for (size_t i = 0; i < value.n; i++)
			buf_addc(b, value.p[i] == '\n' ? ' ' : value.p[i]);
		return;
	}
	if (slice_chr(value, '\n', 0) >= 0) {
		buf_addf(b, "%.*s: ", SLICE_FMT(name));
		lay_lines(b, value);
		return;
	}
	/* no break between the name and the first word */
	report_wrap(b, slice_cstr(arena_printf(a, "%.*s!!%.*s",
	    SLICE_FMT(name), SLICE_FMT(value))), &folding);
	memcpy(b->p + name.n, ": ", 2);
}

static void
add_field(struct buf *b, struct slice name, struct slice value, bool fold,
    const char *eol)
{
	struct arena *a = b->arena;
	struct slice text, line;
	struct buf laid;
	bool first = true;

	value = report_clean_lines(a, slice_sub(value, 0,
	    LIMIT_ADDED_HEADER));
	while (value.n > 0 && value.p[value.n - 1] == '\n')
		value.n--;
	buf_init(&laid, a);
	lay_out(&laid, name, value, fold, a);
	text = buf_slice(&laid);
	while (slice_line(&text, &line)) {
		if (slice_ends(line, SLICE("\n")))
			line.n--;
		/* a line of blanks could be taken for the end of the header */
		if (!first && slice_trim(line).n == 0)
			continue;
		report_encode(b, line);
		buf_adds(b, eol);
		first = false;
	}
}

static void
add_item(struct buf *b, const struct tag_context *c, struct slice name,
    struct slice template, const char *eol)
{
	struct tag_context inside = *c;

	inside.in_header = true;
	add_field(b, slice_cstr(arena_printf(c->arena, "X-Spam-%.*s",
	    SLICE_FMT(name))), tag_expand(&inside, unescape(c->arena,
	    template)), conf_bool(c->conf->conf, "fold_headers"), eol);
}

static bool
has_distrusted_zone(const struct verdict *v)
{
	for (size_t i = 0; i < v->n_zones; i++) {
		const struct verdict_zone *z = &v->zones[i];

		/* a zone is not to blame for a resolver that lies, and yet
		 * it does not count */
		if (z->used && ((z->state != ZONE_TRUSTED &&
		    z->state != ZONE_LEARNING) ||
		    z->reason == REASON_RESOLVER))
			return true;
	}
	return false;
}

void
report_block(struct buf *b, const struct tag_context *c, bool spam,
    const char *eol)
{
	size_t n;
	const struct slice *items = conf_list(c->conf->conf, "add_header", &n);

	for (size_t i = 0; i < n; i++) {
		struct slice rest = items[i], class, name;

		if (slice_word(&rest, &class) && slice_word(&rest, &name) &&
		    (slice_eq_cstr(class, "all") ||
		    slice_eq_cstr(class, spam ? "spam" : "ham")))
			add_item(b, c, name, slice_sub(rest, 1, rest.n), eol);
	}
}

struct slice
report_headers(struct arena *a, const struct report_conf *rc,
    const struct verdict *v, struct view *view)
{
	struct tag_context c = { a, rc, v, view, false };
	const char *eol = report_eol(view_mail(view));
	struct buf b;

	buf_init(&b, a);
	report_block(&b, &c, v->spam, eol);
	if (has_distrusted_zone(v))
		add_field(&b, SLICE("X-Tare-Zones"),
		    tag_expand(&c, SLICE("_ZONES_")), true, eol);
	return buf_slice(&b);
}

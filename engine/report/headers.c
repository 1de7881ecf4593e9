/*
 * headers.c - the X-Spam- lines a message gets.
 *
 * add_header items in their order, the checker's name first, X-Spam-Report
 * after them when spam is marked in place (report_safe 0), and X-Tare-Zones
 * last when some list was not trusted.
 */
#include "config.h"

#include <string.h>

#include "report/report-priv.h"

#define FOLD_COLUMN 79

const char *
report_eol(const struct mail *m)
{
	ptrdiff_t nl = slice_chr(m->raw, '\n', 0);

	return nl > 0 && m->raw.p[nl - 1] == '\r' ? "\r\n" : "\n";
}

/* How many bytes of s fit in `room`, cut after a blank or comma. */
static size_t
fit(struct slice s, size_t room)
{
	size_t cut = 0;

	if (s.n <= room)
		return s.n;
	for (size_t i = 0; i < s.n && (i < room || cut == 0); i++) {
		if (s.p[i] == ' ' || s.p[i] == ',')
			cut = i + 1;
	}
	return cut ? cut : s.n;
}

void
report_fold(struct buf *b, struct slice name, struct slice value,
    const char *eol, bool fold)
{
	size_t column = name.n + 2, room;

	buf_add_slice(b, name);
	buf_adds(b, ": ");
	while (value.n > 0) {
		size_t n;

		room = column < FOLD_COLUMN ? FOLD_COLUMN - column : 1;
		n = fold ? fit(value, room) : value.n;
		buf_add_slice(b, n < value.n ?
		    slice_trim_right(slice_sub(value, 0, n)) :
		    slice_sub(value, 0, n));
		value = slice_trim_left(slice_sub(value, n, value.n));
		if (value.n > 0) {
			buf_adds(b, eol);
			buf_addc(b, '\t');
			column = 8;
		}
	}
	buf_adds(b, eol);
}

/* Lines of a template become continuation lines, each behind a TAB. */
static void
add_lines(struct buf *b, const char *name, struct slice text, const char *eol)
{
	struct slice line;

	buf_addf(b, "%s:", name);
	while (slice_line(&text, &line)) {
		line = slice_trim_right(line);
		if (line.n == 0)
			continue;
		buf_adds(b, eol);
		buf_addc(b, '\t');
		buf_add_slice(b, line);
	}
	buf_adds(b, eol);
}

static void
add_item(struct buf *b, const struct tag_context *c, struct slice name,
    struct slice template)
{
	const char *eol = report_eol(view_mail(c->view));
	struct slice full = slice_cstr(arena_printf(c->arena, "X-Spam-%.*s",
	    SLICE_FMT(name)));
	struct slice value = tag_expand(c, slice_trim(template));

	if (slice_chr(value, '\n', 0) >= 0) {
		add_lines(b, full.p, value, eol);
		return;
	}
	report_fold(b, full, report_clean(c->arena, value), eol,
	    conf_bool(c->conf->conf, "fold_headers"));
}

static bool
is_checker(struct slice name)
{
	return slice_eq_nocase(name, SLICE("Checker-Version"));
}

/* Items of the right class; checker picks the checker's own line or not. */
static void
add_items(struct buf *b, const struct tag_context *c, bool checker)
{
	size_t n;
	const struct slice *items = conf_list(c->conf->conf, "add_header", &n);

	for (size_t i = 0; i < n; i++) {
		struct slice rest = items[i], class, name;

		if (!slice_word(&rest, &class) || !slice_word(&rest, &name) ||
		    is_checker(name) != checker)
			continue;
		if (slice_eq_cstr(class, "all") ||
		    slice_eq_cstr(class, c->verdict->spam ? "spam" : "ham"))
			add_item(b, c, name, rest);
	}
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

struct slice
report_headers(struct arena *a, const struct report_conf *rc,
    const struct verdict *v, struct view *view)
{
	struct tag_context c = { a, rc, v, view };
	const char *eol = report_eol(view_mail(view));
	struct buf b;

	buf_init(&b, a);
	add_items(&b, &c, true);
	add_items(&b, &c, false);
	if (v->spam && conf_int(rc->conf, "report_safe") == 0) {
		struct buf sum;

		buf_init(&sum, a);
		report_summary(&sum, &c);
		add_lines(&b, "X-Spam-Report", buf_slice(&sum), eol);
	}
	if (has_distrusted_zone(v))
		report_fold(&b, SLICE("X-Tare-Zones"),
		    tag_expand(&c, SLICE("_ZONES_")), eol, true);
	return buf_slice(&b);
}

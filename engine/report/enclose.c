/*
 * enclose.c - spam as a part of a new message (report_safe 1 and 2).
 *
 *	Received: from localhost by HOST … with tare …	written here
 *	Received: …			if report_safe_copy_headers names it
 *	From, To, Cc, Subject, Date, Message-Id		copied, with tags
 *	X-Spam-…			the block
 *	other copied fields
 *	MIME-Version, Content-Type: multipart/mixed
 *
 *	part 1: the report
 *	part 2: the message, byte for byte, as message/rfc822 or text/plain
 *
 * The order and the names are SpamAssassin's, so that either program undoes
 * what the other did.  unwrap.c takes the message out again by this form.
 *
 * Copied fields keep their folds, but no control and no bare CR: this is a
 * new header, and nothing in it may be read as a line of its own.
 */
#include "config.h"

#include <string.h>

#include "base/map.h"
#include "report/report-priv.h"

/* ---- the header ---- */

/* Blanks that begin a fold. */
static size_t
indent_of(struct slice line)
{
	size_t n = 0;

	while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
		n++;
	return n;
}

/* A value's lines, each cleaned, with our line ends; all ends are written. */
static struct slice
copied(struct arena *a, struct slice value, const char *eol)
{
	struct slice line;
	struct buf b;

	buf_init(&b, a);
	while (slice_line(&value, &line)) {
		size_t indent = b.n > 0 ? indent_of(line) : 0;
		struct slice rest;

		if (slice_ends(line, SLICE("\n")))
			line.n -= slice_ends(line, SLICE("\r\n")) ? 2 : 1;
		rest = report_clean_lines(a, slice_sub(line, indent, line.n));
		if (indent > 0 && slice_trim(rest).n == 0)
			continue;
		buf_add_slice(&b, slice_sub(line, 0, indent));
		buf_add_slice(&b, rest);
		buf_adds(&b, eol);
	}
	if (b.n == 0)
		buf_adds(&b, eol);
	return buf_slice(&b);
}

static struct slice
header_of(const struct mail *m)
{
	return slice_sub(m->raw, m->envelope_length, m->envelope_length +
	    m->header_length);
}

/* The last field of that name; false if there is none. */
static bool
last_field(const struct mail *m, struct slice name, struct slice *field_r)
{
	struct slice head = header_of(m), field;
	bool found = false;

	while (field_next(&head, &field)) {
		if (field_is(field, name)) {
			*field_r = field;
			found = true;
		}
	}
	return found;
}

static const char *const always_copied[] = { "From", "To", "Cc", "Subject",
	"Date", "Message-Id" };

static void
copy_always(struct buf *b, const struct tag_context *c, const char *eol)
{
	const struct mail *m = view_mail(c->view);
	struct rewriting rw;

	rewrite_prepare(c, &rw);
	for (size_t i = 0; i < sizeof(always_copied) / sizeof(char *); i++) {
		struct slice name = slice_cstr(always_copied[i]);
		struct slice field = { NULL, 0 }, value;
		int which = -1;

		for (int k = 0; k < REWRITE_FIELDS; k++) {
			if (slice_eq(name, rewrite_names[k]))
				which = k;
		}
		if (!last_field(m, name, &field) &&
		    !rewrite_wanted(&rw, which))
			continue;
		value = copied(c->arena, field_value(field), eol);
		buf_addf(b, "%s: ", always_copied[i]);
		rewrite_copy(b, &rw, which, value, eol);
	}
}

/* Every field of that name, the name written as the site writes it. */
static void
copy_all(struct buf *b, const struct tag_context *c, struct slice name,
    const char *eol)
{
	struct slice head = header_of(view_mail(c->view)), field;

	while (field_next(&head, &field)) {
		if (!field_is(field, name))
			continue;
		buf_addf(b, "%.*s: ", SLICE_FMT(name));
		buf_add_slice(b, copied(c->arena, field_value(field), eol));
	}
}

/* Fields of report_safe_copy_headers: Received ones, or the others. */
static void
copy_more(struct buf *b, const struct tag_context *c, bool received,
    const char *eol)
{
	struct map *done = map_new(c->arena, true);
	size_t n;
	const struct slice *names = conf_list(c->conf->conf,
	    "report_safe_copy_headers", &n);

	for (size_t i = 0; i < sizeof(always_copied) / sizeof(char *); i++)
		map_put(done, slice_cstr(always_copied[i]), b);
	for (size_t i = 0; i < n; i++) {
		if (map_has(done, names[i]))
			continue;
		map_put(done, names[i], b);
		if (slice_eq_nocase(names[i], SLICE("Received")) == received)
			copy_all(b, c, names[i], eol);
	}
}

/* ---- the body ---- */

static void
add_text(struct buf *b, struct slice text, const char *eol)
{
	struct slice line;

	while (slice_line(&text, &line)) {
		if (slice_ends(line, SLICE("\n")))
			line.n--;
		buf_add_slice(b, line);
		buf_adds(b, eol);
	}
}

/*
 * Neither the message nor the report may hold it: whoever wrote the message
 * can compute the first that is tried.
 */
static const char *
make_boundary(struct arena *a, const struct mail *m, struct slice report)
{
	uint64_t h = m->fingerprint;

	for (;;) {
		const char *text = arena_printf(a,
		    "----------=_%08X.%08X", (unsigned)(h >> 32), (unsigned)h);

		if (slice_find(m->raw, slice_cstr(text), 0) < 0 &&
		    slice_find(report, slice_cstr(text), 0) < 0)
			return text;
		h = hash_stable(&h, sizeof(h), h);
	}
}

/* A mail program may show it at once: it is nothing but text. */
static bool
is_plain_text(const struct mail *m)
{
	struct slice field;

	return !last_field(m, SLICE("Content-Type"), &field) ||
	    slice_trim(field_value(field)).n == 0 ||
	    slice_find_nocase(field, SLICE("text/plain"), 0) >= 0;
}

static struct slice
make_report(const struct tag_context *c, bool plain)
{
	struct slice parts[2] = { report_text(c->arena, c->conf, c->verdict,
	    c->view), { NULL, 0 } };

	if (!plain)
		parts[1] = report_unsafe_text(c);
	return arena_join(c->arena, parts, 2, SLICE(""));
}

/* Everything is written with LF in `text`; then its line ends are made ours. */
static void
add_body(struct buf *b, const struct tag_context *c, const char *eol)
{
	const struct mail *m = view_mail(c->view);
	bool plain = is_plain_text(m);
	bool as_text = conf_int(c->conf->conf, "report_safe") > 1;
	struct slice report = make_report(c, plain);
	const char *boundary = make_boundary(c->arena, m, report);
	struct buf text;

	buf_init(&text, c->arena);
	buf_addf(&text, "MIME-Version: 1.0\nContent-Type: multipart/mixed; "
	    "boundary=\"%s\"\n\nThis is a multi-part message in MIME format."
	    "\n\n--%s\nContent-Type: text/plain; charset=%.*s\n"
	    "Content-Disposition: inline\nContent-Transfer-Encoding: 8bit\n\n",
	    boundary, boundary, SLICE_FMT(report_clean(c->arena,
	    conf_text(c->conf->conf, "report_charset"))));
	buf_add_slice(&text, report);
	buf_addf(&text, "\n\n--%s\nContent-Type: %s; x-spam-type=original\n"
	    "Content-Description: the message as it came\n"
	    "Content-Disposition: %s\nContent-Transfer-Encoding: 8bit\n\n",
	    boundary, as_text ? "text/plain" : "message/rfc822",
	    plain ? "inline" : "attachment");
	add_text(b, buf_slice(&text), eol);
	buf_add_slice(b, slice_sub(m->raw, m->envelope_length, m->raw.n));
	buf_addf(b, "%s--%s--%s%s", eol, boundary, eol, eol);
}

struct slice
report_enclose(const struct tag_context *c, struct slice block)
{
	const struct mail *m = view_mail(c->view);
	const char *eol = report_eol(m);
	struct undo_note cut = { .cut = true };
	struct buf b;

	buf_init(&b, c->arena);
	buf_reserve(&b, m->raw.n + block.n + 8192);
	buf_add(&b, m->raw.p, m->envelope_length);
	field_end_line(&b, eol);
	buf_addf(&b, "Received: from localhost by %.*s%s\twith tare (%.*s);"
	    "%s\t%.*s%s", SLICE_FMT(report_clean(c->arena,
	    c->conf->hostname)), eol, SLICE_FMT(report_clean(c->arena,
	    c->conf->version)), eol,
	    SLICE_FMT(tag_expand(c, SLICE("_DATE_"))), eol);
	copy_more(&b, c, true, eol);
	copy_always(&b, c, eol);
	buf_add_slice(&b, block);
	if (m->envelope_length == m->raw.n && m->raw.n > 0 &&
	    m->raw.p[m->raw.n - 1] != '\n')
		undo_note_add(&b, &cut, eol);
	copy_more(&b, c, false, eol);
	add_body(&b, c, eol);
	return buf_slice(&b);
}

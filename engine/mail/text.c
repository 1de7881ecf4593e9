/*
 * text.c - a message body as lines that end in LF.
 *
 * SpamAssassin changes the body before it looks for MIME parts: in CRLF mode
 * every CRLF becomes LF, and of more than 20 blank lines in a row only 20
 * stay (reference 5.1 points 2 and 5).  part.c calls this once a message.
 * A body that needs neither is not copied.
 *
 * To report where a part began in the bytes as received, marks are kept: one
 * after every gap and one about every MARK_EVERY bytes.  Between marks only
 * CRs are missing, so the rest of the way is found by walking the source.
 *
 * Limits: none of its own; memory is one copy plus 16 bytes a mark.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "mail/mail-priv.h"

#define BLANK_RUN_KEPT	20u
#define MARK_EVERY	4096u

/* A run of blank lines in the source, still open. */
struct blank_run {
	size_t start;
	size_t lines;
};

struct maker {
	struct arena *arena;
	struct mail_text *text;
	struct buf out;
	size_t done;		/* source consumed */
	bool copying;
};

static bool
is_blank(struct slice line)
{
	return slice_trim_left(line).n == 0;
}

static void
mark(struct maker *k)
{
	struct mail_text *t = k->text;

	*VEC_PUSH(k->arena, &t->marks) =
	    (struct mail_text_mark){ k->out.n, k->done };
}

/* The text now differs from the source: what was equal so far is copied. */
static void
start_copy(struct maker *k)
{
	if (k->copying)
		return;
	k->copying = true;
	buf_reserve(&k->out, k->text->source.n);
	buf_add(&k->out, k->text->source.p, k->done);
	*VEC_PUSH(k->arena, &k->text->marks) = (struct mail_text_mark){ 0, 0 };
	mark(k);
}

static void
keep_line(struct maker *k, struct slice line)
{
	bool cut = k->text->crlf && slice_ends(line, SLICE("\r\n"));
	size_t n = line.n;

	if (cut)
		start_copy(k);
	if (k->copying) {
		const struct mail_text_mark *last =
		    &k->text->marks.v[k->text->marks.n - 1];

		if (k->out.n - last->text >= MARK_EVERY)
			mark(k);
		if (cut) {
			buf_add(&k->out, line.p, n - 2);
			buf_addc(&k->out, '\n');
		} else {
			buf_add(&k->out, line.p, n);
		}
	}
	k->done += n;
}

static void
drop_line(struct maker *k, struct slice line)
{
	start_copy(k);
	k->done += line.n;
}

/*
 * Write out source[run->start, end).  The first line of a long run stays and
 * the last 19; at the very top of the body SpamAssassin's loop does not count
 * line 0, so one more stays there.
 */
static void
keep_run(struct maker *k, struct blank_run *run, size_t end)
{
	struct slice rest = slice_sub(k->text->source, run->start, end), line;
	size_t first = run->start == 0 ? 2 : 1;
	size_t kept = BLANK_RUN_KEPT - 1 + first;
	bool dropped = false;

	for (size_t i = 0; slice_line(&rest, &line); i++) {
		if (run->lines > kept && i >= first &&
		    i < run->lines - (BLANK_RUN_KEPT - 1)) {
			drop_line(k, line);
			dropped = true;
			continue;
		}
		if (dropped)
			mark(k);
		dropped = false;
		keep_line(k, line);
	}
	run->lines = 0;
}

void
mail_text_make(struct arena *a, struct slice source, bool crlf,
    struct mail_text *t_r)
{
	struct maker k = { .arena = a, .text = t_r };
	struct slice rest = source, line;
	struct blank_run run = { 0, 0 };

	*t_r = (struct mail_text){ .source = source, .crlf = crlf };
	buf_init(&k.out, a);
	while (slice_line(&rest, &line)) {
		size_t at = (size_t)(line.p - source.p);

		if (is_blank(line)) {
			if (run.lines++ == 0)
				run.start = at;
			continue;
		}
		if (run.lines > 0)
			keep_run(&k, &run, at);
		keep_line(&k, line);
	}
	if (run.lines > 0)
		keep_run(&k, &run, source.n);
	t_r->bytes = k.copying ? buf_slice(&k.out) : source;
}

static size_t
mark_before(const struct mail_text *t, size_t offset)
{
	size_t low = 0, high = t->marks.n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (t->marks.v[mid].text <= offset)
			low = mid;
		else
			high = mid;
	}
	return low;
}

size_t
mail_text_source(struct mail_text *t, size_t offset)
{
	struct mail_text_mark at;

	if (t->marks.n == 0)
		return offset;
	at = t->marks.v[mark_before(t, offset)];
	if (t->cursor.text <= offset && t->cursor.text > at.text)
		at = t->cursor;
	while (at.text < offset && at.source < t->source.n) {
		bool cut = t->crlf && slice_starts(slice_sub(t->source,
		    at.source, t->source.n), SLICE("\r\n"));

		at.source += cut ? 2 : 1;
		at.text++;
	}
	t->cursor = at;
	return at.source;
}

struct slice
mail_text_unix(struct arena *a, struct slice in)
{
	ptrdiff_t hit = slice_find(in, SLICE("\r\n"), 0);
	size_t from = 0;
	struct buf b;

	if (hit < 0)
		return in;
	buf_init(&b, a);
	buf_reserve(&b, in.n);
	for (; hit >= 0; hit = slice_find(in, SLICE("\r\n"), from)) {
		buf_add_slice(&b, slice_sub(in, from, (size_t)hit));
		from = (size_t)hit + 1;
	}
	buf_add_slice(&b, slice_sub(in, from, in.n));
	return buf_slice(&b);
}

struct slice
mail_text_crlf(struct arena *a, struct slice in)
{
	struct slice rest = in, line;
	struct buf b;

	buf_init(&b, a);
	buf_reserve(&b, in.n);
	while (slice_line(&rest, &line)) {
		bool bare = line.p[line.n - 1] == '\n' &&
		    !slice_ends(line, SLICE("\r\n"));

		buf_add(&b, line.p, bare ? line.n - 1 : line.n);
		if (bare)
			buf_adds(&b, "\r\n");
	}
	return b.n == in.n ? in : buf_slice(&b);
}

struct slice
mail_text_broken(struct arena *a, struct slice in)
{
	struct slice rest = in, line;
	struct buf b;

	buf_init(&b, a);
	buf_reserve(&b, in.n + in.n / LIMIT_PART_LINE + 1);
	while (slice_line(&rest, &line)) {
		while (line.n > LIMIT_PART_LINE) {
			buf_add(&b, line.p, LIMIT_PART_LINE);
			buf_addc(&b, '\n');
			line = slice_sub(line, LIMIT_PART_LINE, line.n);
		}
		buf_add_slice(&b, line);
	}
	return buf_slice(&b);
}

/*
 * undo.c - the message as it was before it was marked.
 *
 * A message marked in place loses the X-Spam- and X-Tare- fields, gets back
 * those that it came with (kept.c), and its Subject, From and To become what
 * X-Spam-Prev- says they were.  X-Tare-Undo, if there is one, says what that
 * alone does not tell:
 *
 *	X-Tare-Undo: previous=N [no-subject] [cut]
 *
 * previous: only the last N X-Spam-Prev- fields are the scanner's, others
 * came with the message.  no-subject: it had none.  cut: it ended in the
 * middle of its last header line.  A message around another is unwrap.c's.
 *
 * Nothing here can be trusted, for undo cannot know who wrote the marks.
 * Whatever they say,
 *  - a field other than X-Spam-, X-Tare- comes back only if it stands in the
 *    message, at the end of the field that takes its place: undo removes a
 *    text in front of it and changes nothing;
 *  - no blank line comes up, so header stays header and body stays body;
 *  - what does not fit is left as it is.
 * The result is as the sender made it, X-Spam- fields of his own included,
 * and to be judged anew.
 *
 * SpamAssassin's marks are undone, too; it keeps only the first line of a
 * folded Subject, and the rest is still in place.
 */
#include "config.h"

#include "report/report-priv.h"

static const struct slice previous_prefix = { "X-Spam-Prev-", 12 };
static const struct slice nonexistent = { "(nonexistent)", 13 };

/* ---- X-Tare-Undo ---- */

void
undo_note_add(struct buf *b, const struct undo_note *n, const char *eol)
{
	buf_addf(b, "X-Tare-Undo: previous=%u%s%s%s", n->n_previous,
	    n->made_subject ? " no-subject" : "", n->cut ? " cut" : "", eol);
}

bool
undo_note_read(struct slice head, struct undo_note *n_r)
{
	static const struct slice count = { "previous=", 9 };
	struct slice field, word;
	long n;

	*n_r = (struct undo_note){ 0 };
	while (field_next(&head, &field)) {
		if (!field_is(field, SLICE("X-Tare-Undo")))
			continue;
		for (field = field_value(field); slice_word(&field, &word);) {
			if (slice_starts(word, count) && slice_to_long(
			    slice_sub(word, count.n, word.n), &n) == 0 &&
			    n >= 0 && n < 1000000) {
				n_r->counted = true;
				n_r->n_previous = (unsigned)n;
			}
			n_r->made_subject |= slice_eq(word,
			    SLICE("no-subject"));
			n_r->cut |= slice_eq(word, SLICE("cut"));
		}
		return true;
	}
	return false;
}

/* ---- what each field becomes ---- */

struct item {
	struct slice field;
	int which;		/* rewrite_which, also of X-Spam-Prev- */
	bool previous;
	bool gone;
	const struct item *was;	/* an X-Spam-Prev- field takes its place */
};

struct undoing {
	struct arena *arena;
	VEC_OF(struct item) items;
	struct undo_note note;
};

static struct slice
previous_field(struct slice field)
{
	return slice_sub(field, previous_prefix.n, field.n);
}

static void
collect(struct undoing *u, struct slice head)
{
	struct slice field;

	while (field_next(&head, &field)) {
		struct item *item = VEC_PUSH(u->arena, &u->items);

		*item = (struct item){ .field = field };
		item->previous = slice_starts_nocase(field, previous_prefix);
		item->which = rewrite_which(item->previous ?
		    previous_field(field) : field);
	}
}

/* X-Spam-Prev- fields that came with the message are none of ours. */
static void
leave_first_previous(struct undoing *u)
{
	size_t n = 0, ours = u->note.n_previous;

	for (size_t i = 0; i < u->items.n; i++)
		n += u->items.v[i].previous && u->items.v[i].which >= 0;
	for (size_t i = 0; u->note.counted && i < u->items.n; i++) {
		struct item *item = &u->items.v[i];

		if (item->previous && item->which >= 0 && n-- > ours)
			item->previous = false, item->which = -1;
	}
}

static struct slice
first_line(struct slice field)
{
	ptrdiff_t nl = slice_chr(field, '\n', 0);

	return nl < 0 ? field : slice_sub(field, 0, (size_t)nl + 1);
}

/* The field is what it was before, with something in front of its value. */
static bool
fits(struct slice field, struct slice before)
{
	struct slice value = field_value(before);

	/* SpamAssassin keeps no folds */
	if (first_line(before).n == before.n)
		field = first_line(field);
	return slice_ends_nocase(slice_trim_right(field_value(field)),
	    slice_trim_right(value));
}

static bool
was_made(const struct undoing *u, const struct item *item,
    struct slice before)
{
	if (item->which != REWRITE_SUBJECT ||
	    !slice_eq(slice_trim(field_value(before)), nonexistent))
		return false;
	return u->note.counted ? u->note.made_subject :
	    slice_find(item->field, nonexistent, 0) < 0;
}

/* The nth Subject has the nth X-Spam-Prev-Subject, and so on. */
static void
pair(struct undoing *u, int which)
{
	size_t next = 0;

	for (size_t i = 0; i < u->items.n; i++) {
		struct item *item = &u->items.v[i], *was;
		struct slice before;

		if (item->previous || item->which != which)
			continue;
		while (next < u->items.n && !(u->items.v[next].previous &&
		    u->items.v[next].which == which))
			next++;
		if (next == u->items.n)
			return;
		was = &u->items.v[next++];
		before = previous_field(was->field);
		if (was_made(u, item, before))
			item->gone = was->gone = true;
		else if (fits(item->field, before)) {
			item->was = was;
			was->gone = true;
		}
	}
}

static void
add_restored(struct buf *b, const struct item *item)
{
	struct slice before = previous_field(item->was->field);
	size_t first = first_line(item->field).n;

	buf_add_slice(b, before);
	if (first_line(before).n == before.n)
		buf_add_slice(b, slice_sub(item->field, first,
		    item->field.n));
}

/* Only the last line may have no end. */
static void
add_bytes(struct buf *b, struct slice bytes, const char *eol)
{
	if (bytes.n > 0)
		field_end_line(b, eol);
	buf_add_slice(b, bytes);
}

static void
add_item(struct undoing *u, struct buf *b, const struct item *item,
    const char *eol)
{
	struct slice kept;

	if (item->gone)
		return;
	if (item->was != NULL)
		add_restored(b, item);
	else if (kept_restore(u->arena, item->field, &kept))
		add_bytes(b, kept, eol);
	else if (!field_is_mark(item->field) ||
	    field_is(item->field, SLICE("X-Tare-Kept")))
		add_bytes(b, item->field, eol);
}

static const char *
eol_of(struct slice head)
{
	return slice_ends(first_line(head), SLICE("\r\n")) ? "\r\n" : "\n";
}

/* Take back the line end that was added to the last line. */
static void
cut_line_end(struct buf *b, const char *eol)
{
	if (slice_ends(buf_slice(b), slice_cstr(eol)))
		b->n -= slice_cstr(eol).n;
}

struct slice
undo_header(struct arena *a, struct slice head, bool last)
{
	struct undoing u = { .arena = a };
	const char *eol = eol_of(head);
	struct buf b;

	undo_note_read(head, &u.note);
	collect(&u, head);
	leave_first_previous(&u);
	for (int which = 0; which < REWRITE_FIELDS; which++)
		pair(&u, which);
	buf_init(&b, a);
	for (size_t i = 0; i < u.items.n; i++)
		add_item(&u, &b, &u.items.v[i], eol);
	if (u.note.cut && last)
		cut_line_end(&b, eol);
	return buf_slice(&b);
}

struct slice
report_undo(struct arena *a, struct slice message)
{
	struct mail *m = mail_parse(a, message);
	size_t end = m->envelope_length + m->header_length;
	struct slice head = slice_sub(message, m->envelope_length, end);
	struct slice envelope = slice_sub(message, 0, m->envelope_length);
	struct unwrapped u;
	struct undo_note note;
	struct buf b;

	buf_init(&b, a);
	buf_add_slice(&b, envelope);
	if (undo_unwrap(a, m, &u)) {
		buf_add_slice(&b, u.before);
		buf_add_slice(&b, u.behind);
		buf_add_slice(&b, u.original);
	} else {
		buf_add_slice(&b, undo_header(a, head, end == message.n));
		buf_add_slice(&b, slice_sub(message, end, message.n));
	}
	/* an mbox line and nothing else, not even its end */
	if (undo_note_read(head, &note) && note.cut && b.n == envelope.n)
		cut_line_end(&b, eol_of(head));
	return buf_slice(&b);
}

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

#include "base/limits.h"
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
		n_r->eol = slice_ends(field, SLICE("\r\n")) ? "\r\n" :
		    "\n";
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
	struct slice field;	/* of X-Spam-Prev- ones: without that */
	int which;		/* REWRITE_SUBJECT … */
	bool gone;		/* left out */
	const struct item *was;	/* what the field was before, or NULL */
};

struct undoing {
	struct arena *arena;
	struct undo_note note;
	/* Subject, From and To, and the X-Spam-Prev- fields of them: the first
	 * of each, for a header may have millions */
	VEC_OF(struct item) fields, previous;
	size_t not_ours;	/* X-Spam-Prev- fields before those */
};

/* Where one of the two passes over the header is. */
struct pass {
	size_t seen[REWRITE_FIELDS];
	size_t fields, previous;	/* numbers of the next */
};

/* Which of the three it is what-it-was of, or -1. */
static int
previous_which(struct slice field)
{
	return slice_starts_nocase(field, previous_prefix) ?
	    rewrite_which(slice_sub(field, previous_prefix.n, field.n)) : -1;
}

enum { ITEM_NONE, ITEM_FIELD, ITEM_PREVIOUS };

/* What the field is for us, and its number in that list. */
static int
step(const struct undoing *u, struct pass *p, struct slice field, size_t *i_r)
{
	int which = rewrite_which(field);

	if (which >= 0 && p->seen[which]++ < LIMIT_REWRITTEN) {
		*i_r = p->fields++;
		return ITEM_FIELD;
	}
	if (previous_which(field) < 0 || p->previous++ < u->not_ours ||
	    p->previous - u->not_ours > REWRITE_FIELDS * LIMIT_REWRITTEN)
		return ITEM_NONE;
	*i_r = p->previous - u->not_ours - 1;
	return ITEM_PREVIOUS;
}

static void
collect(struct undoing *u, struct slice head)
{
	struct slice rest = head, field;
	struct pass p = { 0 };
	size_t n = 0, i;

	while (u->note.counted && field_next(&rest, &field))
		n += previous_which(field) >= 0;
	/* what came with the message stands before ours */
	u->not_ours = n > u->note.n_previous ? n - u->note.n_previous : 0;
	while (field_next(&head, &field)) {
		int kind = step(u, &p, field, &i);

		if (kind == ITEM_FIELD)
			*VEC_PUSH(u->arena, &u->fields) = (struct item){
				.field = field,
				.which = rewrite_which(field) };
		else if (kind == ITEM_PREVIOUS)
			*VEC_PUSH(u->arena, &u->previous) = (struct item){
				.field = slice_sub(field, previous_prefix.n,
				field.n), .which = previous_which(field) };
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

/* was is what the field was before; true if it can be. */
static bool
restore(const struct undoing *u, struct item *item, struct item *was)
{
	if (was_made(u, item, was->field))
		item->gone = true;
	else if (fits(item->field, was->field))
		item->was = was;
	else
		return false;
	was->gone = true;
	return true;
}

/* One that does not fit came with the message, or is forged. */
#define TRIES 20

/* Each Subject has the next X-Spam-Prev-Subject that fits, and so on. */
static void
pair(struct undoing *u, int which)
{
	size_t next = 0;

	for (size_t i = 0; i < u->fields.n; i++) {
		struct item *item = &u->fields.v[i];
		int tries = item->which == which ? TRIES : 0;

		for (size_t k = next; k < u->previous.n && tries > 0; k++) {
			struct item *was = &u->previous.v[k];

			if (was->which == which && restore(u, item, was)) {
				next = k + 1;
				break;
			}
			tries -= was->which == which;
		}
	}
}

/* A field that has no line end, but for the last, gets one. */
static void
add_field(struct buf *b, struct slice field, const struct item *item,
    const char *eol)
{
	if (item != NULL && item->gone)
		return;
	if (b->n > 0)
		field_end_line(b, eol);
	if (item != NULL && item->was != NULL) {
		struct slice was = item->was->field;

		buf_add_slice(b, was);
		if (first_line(was).n == was.n)
			buf_add_slice(b, slice_sub(field,
			    first_line(field).n, field.n));
	} else if (!kept_restore(b, field) && (!field_is_mark(field) ||
	    field_is(field, SLICE("X-Tare-Kept")))) {
		buf_add_slice(b, field);
	}
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
	struct slice rest = head, field;
	struct pass p = { 0 };
	struct buf b;
	size_t i;

	undo_note_read(head, &u.note);
	collect(&u, head);
	for (int which = 0; which < REWRITE_FIELDS; which++)
		pair(&u, which);
	buf_init(&b, a);
	buf_reserve(&b, head.n);
	while (field_next(&rest, &field)) {
		int kind = step(&u, &p, field, &i);

		add_field(&b, field, kind == ITEM_FIELD ? &u.fields.v[i] :
		    kind == ITEM_PREVIOUS ? &u.previous.v[i] : NULL, eol);
	}
	if (u.note.cut && last)
		cut_line_end(&b, u.note.eol);
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
		cut_line_end(&b, note.eol);
	return buf_slice(&b);
}

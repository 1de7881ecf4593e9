/*
 * wrap.c - text to lines of a width, broken where SpamAssassin breaks it.
 *
 * Its lines are compared byte for byte by users who change over, so the
 * oddities are kept: what follows a break keeps its blank when the line was
 * exactly full, and a word that is too long has a line of its own.
 *
 * The text is a row of pieces: words and single blanks, or (after_comma)
 * words with the blank or comma behind them, an empty piece between two.  A
 * line takes pieces until the next does not fit; its first always fits.
 *
 * Callers: headers.c (folding), text.c (descriptions and the preview).
 */
#include "config.h"

#include "report/report-priv.h"

/* A TAB counts for eight columns. */
static size_t
columns(struct slice s)
{
	size_t n = s.n;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\t' ? 7 : 0;
	return n;
}

struct pieces {
	struct slice rest;
	bool after_comma;
	bool gap;		/* a separator comes next */
};

static bool
is_break(char c, bool comma)
{
	return ascii_isspace((unsigned char)c) || (comma && c == ',');
}

/* An empty word behind the last blank is none, as in Perl's split. */
static bool
next_piece(struct pieces *p, struct slice *piece_r)
{
	size_t n = 0;

	if (p->rest.n == 0)
		return false;
	if (p->gap) {
		n = p->after_comma ? 0 : 1;
	} else {
		while (n < p->rest.n && !is_break(p->rest.p[n],
		    p->after_comma))
			n++;
		if (p->after_comma && n < p->rest.n)
			n++;
	}
	*piece_r = slice_sub(p->rest, 0, n);
	p->rest = slice_sub(p->rest, n, p->rest.n);
	p->gap = !p->gap;
	return true;
}

/* Blanks at the end of the line that began at `from` go. */
static void
trim_line(struct buf *b, size_t from)
{
	while (b->n > from && ascii_isspace((unsigned char)b->p[b->n - 1]))
		b->n--;
}

void
report_wrap(struct buf *b, struct slice text, const struct wrap *w)
{
	struct pieces p = { text, w->after_comma, false };
	struct slice piece, line = w->first;
	size_t from = b->n, used;
	/* sure: the line has only its prefix, and takes what comes */
	bool begun = false, sure = false, more;

	if (line.n == 0 && !next_piece(&p, &line))
		return;
	buf_add_slice(b, line);
	used = columns(line);
	more = next_piece(&p, &piece);
	while (more) {
		size_t ahead = begun && !w->overflow ? columns(piece) : 0;

		if (sure || used + ahead <= w->width) {
			buf_add_slice(b, piece);
			used += columns(piece);
			begun = true;
			sure = false;
			more = next_piece(&p, &piece);
			continue;
		}
		trim_line(b, from);
		buf_addc(b, '\n');
		from = b->n;
		buf_add_slice(b, w->prefix);
		used = columns(w->prefix);
		begun = false;
		sure = true;
	}
}

/*
 * html_token - cut HTML into tags, text and comments as HTML::Parser does.
 *
 * SpamAssassin's body text, its tag counters and every HTML rule depend on
 * where HTML::Parser 3.81 draws its lines, so this follows its decisions
 * and not a specification:
 *
 *  - a tag is `<` and a letter, `_` or `:`; its name ends at white space
 *    or `>`; anything may be an attribute;
 *  - script, style, xmp, iframe and plaintext hold literal text, title and
 *    textarea text with references;
 *  - a comment ends at `--` [space] `>`; what starts with `<!` or `</` and is
 *    nothing else is a comment up to `>`;
 *  - marked sections (`<![CDATA[`) are known;
 *  - at the end of input an unfinished comment ends at the next `>`, an
 *    unfinished tag is a comment, and the last word is an event of its own.
 *
 * html.c feeds the whole part at once, perhaps closes an open style or
 * script, then ends it.
 *
 * Invariant: p[n] is NUL, so one byte of look-ahead never needs a test.
 * Linear: where HTML::Parser would search again for an end tag that is not
 * there, `unclosed` remembers.  After LIMIT_HTML_TAGS pieces of markup
 * parsing stops, attributes beyond LIMIT_HTML_ATTRS are skipped; both set
 * cut.
 */
#include "config.h"

#include "base/limits.h"
#include "view/html-token.h"

/* ---- events ---- */

/* Count markup; false when it is to be dropped. */
bool
html_wanted(struct html_token *t)
{
	if (++t->markup > LIMIT_HTML_TAGS) {
		t->cut = true;
		return false;
	}
	return t->section != SECTION_IGNORE;
}

/* An end tag of title that the end of input made up comes first. */
void
html_flush_pending(struct html_token *t)
{
	const struct html_literal *l = t->pending_end;

	if (l == NULL) {
		return;
	}
	t->pending_end = NULL;
	if (html_wanted(t)) {
		t->events->tag(t->arg, l->name, NULL);
	}
}

static void
emit_text(struct html_token *t, size_t from, size_t to)
{
	struct chars c = { html_piece(t, from, to), t->wide };

	if (t->section == SECTION_IGNORE) {
		return;
	}
	if (!t->cdata) {
		c = html_entity_decode(t->arena, c, true);
	}
	t->events->text(t->arg, c);
}

void
html_emit_comment(struct html_token *t, size_t from, size_t to)
{
	if (html_wanted(t)) {
		t->events->comment(t->arg, html_piece(t, from, to));
	}
}

void
html_emit_end(struct html_token *t, struct slice name)
{
	html_flush_pending(t);
	if (html_wanted(t)) {
		t->events->tag(t->arg, arena_lower(t->arena, name), NULL);
	}
}

/* ---- text ---- */

/* beg is at `<?`. */
static size_t
read_process(struct html_token *t, size_t beg)
{
	size_t end = html_find(t, '>', beg + 2);

	if (end == t->n) {
		return INCOMPLETE;
	}
	html_flush_pending(t);
	(void)html_wanted(t);
	return end + 1;
}

static size_t
read_markup(struct html_token *t, size_t beg)
{
	char c = t->p[beg + 1];

	if (html_starts_name(c)) {
		return html_read_start(t, beg);
	}
	switch (c) {
	case '/':
		return html_read_end(t, beg);
	case '!':
		return html_read_decl(t, beg);
	case '?':
		return read_process(t, beg);
	default:
		return NOT_MARKUP;
	}
}

/*
 * Literal text from *beg up to its end tag, which is consumed; false if the
 * tag is not there.
 */
static bool
literal_text(struct html_token *t, size_t *beg)
{
	struct slice name = t->literal->name;
	size_t lt = *beg, end = lt;

	if (t->literal->never || t->literal == t->unclosed) {
		return false;
	}
	for (; (lt = html_find(t, '<', lt)) < t->n; lt++) {
		if (t->p[lt + 1] != '/' || !slice_starts_nocase(
		    html_piece(t, lt + 2, t->n), name)) {
			continue;
		}
		end = html_skip_spaces(t, lt + 2 + name.n);
		if (t->p[end] == '>') {
			break;
		}
	}
	if (lt >= t->n) {
		t->unclosed = t->literal;
		return false;
	}
	if (lt > *beg) {
		emit_text(t, *beg, lt);
	}
	html_emit_end(t, html_piece(t, lt + 2, lt + 2 + name.n));
	t->literal = NULL;
	t->cdata = false;
	*beg = end + 1;
	return true;
}

/* As literal_text, for a CDATA or RCDATA section. */
static bool
section_text(struct html_token *t, size_t *beg)
{
	ptrdiff_t end = slice_find(html_piece(t, 0, t->n), SLICE("]]>"), *beg);

	if (end < 0) {
		return false;
	}
	if ((size_t)end > *beg) {
		emit_text(t, *beg, (size_t)end);
	}
	html_section_close(t);
	*beg = (size_t)end + 3;
	return true;
}

/*
 * Text up to the next `<` from i, ending the marked sections it is in: then
 * *beg moves behind them.  HTML::Parser skips the character after a `]` that
 * ends nothing, even a `<`; so does this.
 */
static size_t
text_end(struct html_token *t, size_t i, size_t *beg)
{
	if (t->section == SECTION_NONE) {
		return html_find(t, '<', i);
	}
	while (i < t->n && t->p[i] != '<') {
		size_t bracket = i++;

		if (t->section == SECTION_NONE || t->p[bracket] != ']') {
			continue;
		}
		if (t->p[i] == ']' && t->p[++i] == '>') {
			emit_text(t, *beg, bracket);
			html_section_close(t);
			*beg = ++i;
		} else if (i < t->n) {
			i++;
		}
	}
	return i < t->n ? i : t->n;
}

/*
 * At the end of the input the last word, or the last white space, may go on:
 * the position where it starts.
 */
static size_t
last_word(const struct html_token *t, size_t beg)
{
	size_t i = t->n;

	if (!ascii_isspace((unsigned char)t->p[i - 1])) {
		while (i > beg && !ascii_isspace((unsigned char)t->p[i - 1])) {
			i--;
		}
	}
	while (i > beg && ascii_isspace((unsigned char)t->p[i - 1])) {
		i--;
	}
	return i;
}

/* Parse from beg; the position of what needs more input, or n. */
static size_t
run(struct html_token *t, size_t beg)
{
	size_t i = beg, next;

	for (;;) {
		if (t->markup > LIMIT_HTML_TAGS) {
			return t->n;
		}
		if (t->literal != NULL) {
			if (!literal_text(t, &beg)) {
				return beg;
			}
			i = beg;
		}
		while (t->section == SECTION_CDATA ||
		    t->section == SECTION_RCDATA) {
			if (!section_text(t, &beg)) {
				return beg;
			}
			i = beg;
		}
		i = text_end(t, i, &beg);
		if (i != beg && i < t->n) {
			emit_text(t, beg, i);
			beg = i;
		} else if (i != beg) {
			i = last_word(t, beg);
			if (i != beg) {
				emit_text(t, beg, i);
			}
			return i;
		}
		if (t->n - i < 3) {
			return i;
		}
		next = read_markup(t, beg);
		if (next == INCOMPLETE) {
			return beg;
		}
		if (next == NOT_MARKUP) {
			i = beg + 1;	/* the `<` is text */
		} else {
			beg = i = next;
		}
	}
}

void
html_token_init(struct html_token *t, struct arena *a, bool wide,
    const struct html_events *ev, void *arg)
{
	*t = (struct html_token){
		.arena = a, .wide = wide, .events = ev, .arg = arg,
		.p = "",
	};
}

void
html_token_feed(struct html_token *t, struct slice more)
{
	struct buf all;
	size_t rest;

	if (t->n + more.n == 0) {
		return;
	}
	buf_init(&all, t->arena);
	buf_reserve(&all, t->n + more.n + 1);		/* and the NUL */
	buf_add(&all, t->p, t->n);
	buf_add_slice(&all, more);
	t->p = buf_cstr(&all);
	t->n = all.n;
	t->unclosed = NULL;
	rest = run(t, 0);
	t->p += rest;
	t->n -= rest;
}

static bool
starts_markup(char c)
{
	return html_starts_name(c) || c == '/' || c == '!' || c == '?';
}

/* Leave a literal element whose end tag never came. */
static void
leave_literal(struct html_token *t)
{
	if (t->literal->cdata) {
		html_emit_end(t, t->literal->name);
	} else {
		t->pending_end = t->literal;
	}
	t->literal = NULL;
}

void
html_token_end(struct html_token *t)
{
	size_t i = 0;

	while (i < t->n) {
		if (t->literal != NULL) {
			if (t->literal->rest) {
				break;
			}
			leave_literal(t);
		} else if (!t->gt_ends_comment && t->p[i] == '<') {
			t->gt_ends_comment = true;
		} else {
			break;
		}
		i = run(t, i);
	}
	if (i < t->n && t->literal == NULL && t->p[i] == '<' &&
	    (i + 1 == t->n || starts_markup(t->p[i + 1]))) {
		html_emit_comment(t, i, t->n);
		i = t->n;
	}
	if (i < t->n) {
		emit_text(t, i, t->n);
	}
	html_flush_pending(t);
	t->n = 0;
}

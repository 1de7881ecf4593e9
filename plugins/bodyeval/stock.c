/*
 * stock - labels of stock tips in plain text: "Symbol: XYZ", "Target price :".
 *
 * A label stands at the start of a line before a colon, and something stands
 * behind it.  Of its letters, nothing else, the end must be one of the words of
 * the trade; single letters strewn into "stock" and "symbol" do not help.
 *
 * The first text/plain part is read in pieces of 2 to 4 KiB, as SpamAssassin
 * cuts it: a label across a cut is missed there, too.
 */
#include "config.h"

#include "plugins/bodyeval/bodyeval.h"

#define PIECE 2048

struct stock {
	struct tare_regex *line, *label;
};

static const char line_regex[] =
    "m{^\\s*([^:\\s][^:\\n]{2,29})\\s*:\\s*\\S}m";
static const char label_regex[] = "m{(?:"
    "^trad(?:e|ing)date|sector|rating|recommendation|expectations|"
    "company(?:name)?|(?:opening|current)p(?:rice)?|projected|position|"
    "target|ticker|marketperformance|weeks?high|"
    "(?:day|week|month|year|price)(?:target|estimates?)|"
    "s\\w?t\\w?o\\w?c\\w?k|s\\w?y\\w?m(?:\\w?b\\w?o\\w?l)?)$}";

struct stock *
stock_new(struct tare_setup *setup, struct tare_err *e)
{
	struct stock *s = tare_setup_alloc(setup, sizeof(*s));

	s->line = tare_regex_new(setup, line_regex, e);
	s->label = tare_regex_new(setup, label_regex, e);
	return s->line == NULL || s->label == NULL ? NULL : s;
}

/* ---- pieces ---- */

/* Where the piece that begins s ends: at a newline, a bracket, a blank. */
static size_t
piece_end(struct tare_slice s)
{
	struct tare_slice window;

	if (s.n <= 2 * PIECE)
		return s.n;
	window = text_sub(s, PIECE, 2 * PIECE);
	for (const char *mark = "\n> "; *mark != '\0'; mark++) {
		size_t i = text_find(window, *mark);

		if (i < window.n)
			return PIECE + i + 1;
	}
	return PIECE + 1;
}

/* One byte a character; every space that \s matches is a blank. */
static struct tare_slice
plain_text(struct tare_msg *m, struct tare_slice text)
{
	bool wide = eval_is_wide(text);
	char *p;
	size_t n = 0;

	if (!wide)
		return text;
	p = tare_alloc(m, text.n);
	for (size_t i = 0; i < text.n;) {
		int32_t c = eval_utf8(text, &i);

		p[n++] = c < 0x80 ? (char)c : eval_is_wide_space(c) ? ' ' :
		    EVAL_OTHER_CHAR;
	}
	return (struct tare_slice){ p, n };
}

/* ---- labels ---- */

struct labels {
	struct tare_slice v[STOCK_LABELS_MAX];
	size_t n;
};

static void
add_label(struct labels *l, struct tare_slice label)
{
	for (size_t i = 0; i < l->n; i++) {
		if (text_same(l->v[i], label))
			return;
	}
	if (l->n < STOCK_LABELS_MAX)
		l->v[l->n++] = label;
}

static void
read_label(struct tare_msg *m, const struct stock *s, struct tare_slice text,
    struct labels *l)
{
	char *p = tare_alloc(m, text.n + 1);
	struct tare_slice letters = { p, 0 };
	size_t span[2];

	for (size_t i = 0; i < text.n; i++) {
		if (text_is_letter(text.p[i]))
			p[letters.n++] = text_lower(text.p[i]);
	}
	if (tare_regex_match(m, s->label, letters, 0, span, 1))
		add_label(l, text_sub(letters, span[0], span[1]));
}

static void
read_piece(struct tare_msg *m, const struct stock *s, struct tare_slice text,
    struct labels *l)
{
	size_t from = 0, span[4];

	while (l->n < STOCK_LABELS_MAX &&
	    tare_regex_match(m, s->line, text, from, span, 2)) {
		read_label(m, s, text_sub(text, span[2], span[3]), l);
		from = span[1];
	}
}

size_t
stock_count(struct tare_msg *m, const struct stock *s)
{
	struct labels l = { .n = 0 };
	struct tare_slice rest = { NULL, 0 };
	size_t n, i = 0;
	const struct tare_part *p = tare_parts(m, &n);

	while (i < n && !eval_equals(p[i].type, "text/plain"))
		i++;
	if (i < n)
		rest = plain_text(m, tare_part_text(m, p[i].id));
	while (rest.n > 0) {
		size_t end = piece_end(rest);

		read_piece(m, s, text_sub(rest, 0, end), &l);
		rest = text_sub(rest, end, rest.n);
	}
	return l.n;
}

/*
 * lex.c - text into lines of key and value.
 *
 * A '#' without a backslash before it starts a comment anywhere, also inside
 * a regex; "\#" is a '#'.  There are no continuation lines.  Called by load.c
 * for each file and each --cf text.
 *
 * Limits: a line over LIMIT_RULE_LINE or with a NUL in it is reported and
 * skipped.  Each byte is looked at a fixed number of times.
 */
#include "config.h"

#include "rule/lex.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"

void
lex_start(struct lex *x, struct slice text)
{
	*x = (struct lex){ .rest = text };
}

/* The line up to its comment, "\#" made '#'; copied only if needed. */
static struct slice
strip_comment(struct arena *a, struct slice line)
{
	ptrdiff_t at = slice_chr(line, '#', 0);
	size_t from = 0;
	struct buf b;

	if (at < 0)
		return line;
	if (at == 0 || line.p[at - 1] != '\\')
		return slice_sub(line, 0, (size_t)at);
	buf_init(&b, a);
	while (at >= 0 && at > 0 && line.p[at - 1] == '\\') {
		buf_add_slice(&b, slice_sub(line, from, (size_t)at - 1));
		buf_addc(&b, '#');
		from = (size_t)at + 1;
		at = slice_chr(line, '#', from);
	}
	buf_add_slice(&b, slice_sub(line, from, at < 0 ? line.n : (size_t)at));
	return buf_slice(&b);
}

/* Keys are almost always lower case already: copy only if not. */
static struct slice
fold_key(struct arena *a, struct slice key)
{
	char *copy;
	size_t i;

	for (i = 0; i < key.n; i++) {
		if (key.p[i] == '-' ||
		    ascii_lower((unsigned char)key.p[i]) !=
		    (unsigned char)key.p[i])
			break;
	}
	if (i == key.n)
		return key;
	copy = arena_alloc(a, key.n);
	for (i = 0; i < key.n; i++)
		copy[i] = key.p[i] == '-' ? '_'
		    : (char)ascii_lower((unsigned char)key.p[i]);
	return slice_make(copy, key.n);
}

void
lex_split(struct arena *a, struct slice text, struct lex_line *l_r)
{
	struct slice rest = text;

	*l_r = (struct lex_line){ 0 };
	if (!slice_word(&rest, &l_r->key))
		return;
	l_r->value = slice_trim(rest);
	l_r->key_col = (unsigned)(l_r->key.p - text.p) + 1;
	l_r->value_col = l_r->value.n == 0 ? l_r->key_col
	    : (unsigned)(l_r->value.p - text.p) + 1;
	l_r->key = fold_key(a, l_r->key);
}

/* The number ends its line. */
static void
take_update(struct lex *x, struct slice line)
{
	const struct slice mark = SLICE("# UPDATE version ");
	size_t to = mark.n;

	if (!slice_starts(line, mark))
		return;
	while (to < line.n && ascii_isdigit((unsigned char)line.p[to]))
		to++;
	if (to > mark.n && (to == line.n || line.p[to] == '\n'))
		x->update = slice_sub(line, mark.n, to);
}

enum lex_state
lex_next(struct lex *x, struct arena *a, struct lex_line *l_r)
{
	struct slice line;

	while (slice_line(&x->rest, &line)) {
		x->line++;
		if (line.n > LIMIT_RULE_LINE)
			return LEX_TOO_LONG;
		if (slice_chr(line, '\0', 0) >= 0)
			return LEX_BINARY;
		if (line.p[0] == '#') {
			take_update(x, line);
			continue;
		}
		lex_split(a, strip_comment(a, line), l_r);
		if (l_r->key.n > 0)
			return LEX_LINE;
	}
	return LEX_END;
}

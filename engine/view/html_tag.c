/*
 * html_tag - start tags with their attributes, and end tags.
 *
 * Follows HTML::Parser 3.81: a tag name ends at white space or `>`, an
 * attribute name also at `=`; a value is quoted by " or ' or goes to white
 * space or `>`; a name without value is its own value; of two attributes of
 * one name the first counts.  An end tag may hold anything; a `>` in quotes
 * does not end it.
 *
 * Only the attributes of enum html_attr are kept, in a table by number, so
 * thousands of others cost nothing; beyond LIMIT_HTML_ATTRS none is looked
 * at and the tokenizer's cut is set.
 */
#include "config.h"

#include "base/limits.h"
#include "view/html-token.h"

static const struct html_literal literals[] = {
	{ .name = { "script", 6 }, .cdata = true },
	{ .name = { "style", 5 }, .cdata = true },
	{ .name = { "xmp", 3 }, .cdata = true, .rest = true },
	{ .name = { "iframe", 6 }, .cdata = true, .rest = true },
	{ .name = { "plaintext", 9 }, .cdata = true, .rest = true,
	    .never = true },
	{ .name = { "title", 5 } },
	{ .name = { "textarea", 8 }, .rest = true },
};

/* By enum html_attr. */
static const struct slice attr_names[] = {
	{ "action", 6 }, { "alink", 5 }, { "background", 10 },
	{ "bgcolor", 7 }, { "color", 5 }, { "content", 7 },
	{ "data-saferedirecturl", 20 }, { "face", 4 }, { "height", 6 },
	{ "href", 4 }, { "http-equiv", 10 }, { "link", 4 }, { "size", 4 },
	{ "src", 3 }, { "style", 5 }, { "text", 4 }, { "vlink", 5 },
	{ "width", 5 },
};

/* x/href as `\w/href` anywhere in the name: a slash glued it on. */
static bool
has_glued(struct slice name, struct slice what)
{
	ptrdiff_t at = 0;

	while ((at = slice_find_nocase(name, what, (size_t)at)) >= 0) {
		if (at > 0 && (ascii_isword((unsigned char)name.p[at - 1]) ||
		    (unsigned char)name.p[at - 1] >= 0x80)) {
			return true;
		}
		at++;
	}
	return false;
}

static void
attr_note(struct html_attrs *attrs, struct slice name, struct slice value)
{
	for (size_t i = 0; i < sizeof(attr_names) / sizeof(attr_names[0]);
	    i++) {
		if (slice_eq_nocase(name, attr_names[i])) {
			if (!attrs->has[i]) {	/* the first one counts */
				attrs->has[i] = true;
				attrs->v[i].s = value;
			}
			return;
		}
	}
	if (slice_chr(name, '/', 0) < 0) {
		return;
	}
	if (has_glued(name, SLICE("/href"))) {
		attrs->has[HTML_X_HREF] = true;
		attrs->v[HTML_X_HREF].s = value;
	}
	if (has_glued(name, SLICE("/src"))) {
		attrs->has[HTML_X_SRC] = true;
		attrs->v[HTML_X_SRC].s = value;
	}
}

/* A value at i, after `=` and blanks; its end, or INCOMPLETE. */
static size_t
attr_value(const struct html_token *t, size_t i, struct slice *value_r)
{
	char quote = t->p[i];
	size_t beg = i;

	if (quote == '"' || quote == '\'') {
		i = html_find(t, quote, i + 1);
		if (i == t->n) {
			return INCOMPLETE;
		}
		*value_r = html_piece(t, beg + 1, i);
		return i + 1;
	}
	while (i < t->n && !html_ends_word(t->p[i])) {
		i++;
	}
	*value_r = html_piece(t, beg, i);
	return i < t->n ? i : INCOMPLETE;
}

/*
 * One attribute at *i into attrs (NULL: over the limit); false at the end of
 * input.  Without a value its name is its value.
 */
static bool
read_attr(const struct html_token *t, size_t *i, struct html_attrs *attrs)
{
	size_t beg = (*i)++;
	struct slice name, value;

	while (*i < t->n && !html_ends_word(t->p[*i]) && t->p[*i] != '=') {
		++*i;
	}
	name = value = html_piece(t, beg, *i);
	*i = html_skip_spaces(t, *i);
	if (*i < t->n && t->p[*i] == '=') {
		*i = html_skip_spaces(t, *i + 1);
		if (*i == t->n) {
			return false;
		}
		*i = attr_value(t, *i, &value);
		if (*i == INCOMPLETE) {
			return false;
		}
		*i = html_skip_spaces(t, *i);
	}
	if (*i == t->n) {
		return false;
	}
	if (attrs != NULL) {
		attr_note(attrs, name, value);
	}
	return true;
}

static void
attrs_decode(const struct html_token *t, struct html_attrs *attrs)
{
	for (size_t i = 0; i < HTML_ATTRS; i++) {
		if (attrs->has[i]) {
			attrs->v[i].wide = t->wide;
			attrs->v[i] = html_entity_decode(t->arena,
			    attrs->v[i], false);
		}
	}
}

static const struct html_literal *
literal_named(struct slice name)
{
	for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
		if (slice_eq_nocase(name, literals[i].name)) {
			return &literals[i];
		}
	}
	return NULL;
}

/* beg is at `<` and the start of a name. */
size_t
html_read_start(struct html_token *t, size_t beg)
{
	struct html_attrs attrs = { 0 };
	size_t i = beg + 2, n = 0;
	struct slice name;

	while (i < t->n && !html_ends_word(t->p[i])) {
		i++;
	}
	name = html_piece(t, beg + 1, i);
	i = html_skip_spaces(t, i);
	if (i == t->n) {
		return INCOMPLETE;
	}
	while (t->p[i] != '>') {
		bool kept = n++ < LIMIT_HTML_ATTRS;

		if (!read_attr(t, &i, kept ? &attrs : NULL)) {
			return INCOMPLETE;
		}
		t->cut = t->cut || !kept;
	}
	html_flush_pending(t);
	if (html_wanted(t)) {
		attrs_decode(t, &attrs);
		t->events->tag(t->arg, arena_lower(t->arena, name), &attrs);
	}
	t->literal = literal_named(name);
	if (t->literal != NULL) {
		t->cdata = t->literal->cdata;
	}
	return i + 1;
}

/* The `>` that ends an end tag: quoted ones do not, as in old browsers. */
static size_t
find_tag_end(const struct html_token *t, size_t i)
{
	char quote = '\0', prev = ' ';

	for (; i < t->n; prev = t->p[i++]) {
		char c = t->p[i];

		if (c == '>' && quote == '\0') {
			break;
		}
		if (c == '"' || c == '\'') {
			if (c == quote) {
				quote = '\0';
			} else if (quote == '\0' &&
			    (prev == ' ' || prev == '=')) {
				quote = c;
			}
		}
	}
	return i;
}

/* beg is at `</`. */
size_t
html_read_end(struct html_token *t, size_t beg)
{
	size_t name = beg + 2, i = name, end;

	while (i < t->n && !html_ends_word(t->p[i])) {
		i++;
	}
	end = find_tag_end(t, i);
	if (end == t->n) {
		return INCOMPLETE;
	}
	if (i > name) {
		html_emit_end(t, html_piece(t, name, i));
	} else {
		html_emit_comment(t, beg, end + 1);
	}
	return end + 1;
}

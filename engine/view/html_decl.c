/*
 * html_decl - what starts with `<!`: comments, declarations, marked sections.
 *
 * Follows HTML::Parser 3.81: a comment ends at `--` [white space] `>`; only
 * DOCTYPE and ENTITY are declarations; `<![ names [` opens a section of the
 * strongest kind among its names and those around it; everything else up to
 * the next `>` is a comment, too.
 *
 * Called by html_token.c.  All searches go forward only; text without an end
 * is INCOMPLETE, which ends the caller's loop, so the whole is linear.
 */
#include "config.h"

#include "view/html-token.h"

static const struct {
	const char *name;
	enum html_section section;
} sections[] = {
	{ "include", SECTION_INCLUDE },
	{ "rcdata", SECTION_RCDATA },
	{ "cdata", SECTION_CDATA },
	{ "ignore", SECTION_IGNORE },
};

/* i is after the `<!--` at beg. */
static size_t
read_comment(struct html_token *t, size_t beg, size_t i)
{
	size_t end;

	if (t->gt_ends_comment) {
		i = html_find(t, '>', i);
		if (i == t->n) {
			return INCOMPLETE;
		}
		html_emit_comment(t, beg, i + 1);
		return i + 1;
	}
	while ((i = html_find(t, '-', i)) < t->n) {
		if (t->p[i + 1] == '-') {
			end = html_skip_spaces(t, i + 2);
			if (t->p[end] == '>') {
				html_emit_comment(t, beg, end + 1);
				return end + 1;
			}
		}
		i++;
	}
	return INCOMPLETE;
}

static void
section_open(struct html_token *t, enum html_section section)
{
	*VEC_PUSH(t->arena, &t->sections) = (unsigned char)t->section;
	if (section > t->section) {
		t->section = section;
	}
	t->cdata = t->section == SECTION_CDATA;
}

void
html_section_close(struct html_token *t)
{
	html_flush_pending(t);
	t->section = t->sections.v[--t->sections.n];
	t->cdata = t->section == SECTION_CDATA;
}

static enum html_section
section_named(struct slice name)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (slice_eq_nocase(name, slice_cstr(sections[i].name))) {
			return sections[i].section;
		}
	}
	return SECTION_NONE;
}

/*
 * The names in `<![ names [`: the strongest into *section_r.  Returns the
 * position after them and their blanks, or INCOMPLETE.
 */
static size_t
section_names(const struct html_token *t, size_t i, bool *any,
    enum html_section *section_r)
{
	i = html_skip_spaces(t, i);
	while (html_starts_name(t->p[i])) {
		enum html_section section;
		size_t name = i;

		while (html_is_name(t->p[i])) {
			i++;
		}
		section = section_named(html_piece(t, name, i));
		if (section > *section_r) {
			*section_r = section;
		}
		*any = true;
		i = html_skip_spaces(t, i);
		if (i == t->n) {
			return INCOMPLETE;
		}
	}
	return i;
}

/* beg is at `<![`. */
static size_t
read_section(struct html_token *t, size_t beg)
{
	enum html_section section = SECTION_NONE;
	bool any = false;
	size_t i = section_names(t, beg + 3, &any, &section);

	while (i != INCOMPLETE && t->p[i] == '-') {
		if (t->p[i + 1] != '-') {
			return NOT_MARKUP;
		}
		for (i += 2;; i++) {	/* a comment among the names */
			i = html_find(t, '-', i);
			if (i == t->n) {
				return INCOMPLETE;
			}
			if (t->p[i + 1] == '-') {
				break;
			}
		}
		i = section_names(t, i + 2, &any, &section);
	}
	if (i == INCOMPLETE) {
		return i;
	}
	if (t->p[i] != '[') {
		return NOT_MARKUP;
	}
	section_open(t, any ? section : SECTION_INCLUDE);
	html_flush_pending(t);		/* the section may swallow it */
	(void)html_wanted(t);
	return i + 1;
}

/*
 * The words of a declaration after its name at *i: quoted strings, comments
 * and plain words up to `>`.  Returns as html_read_decl; *i is where it gave
 * up.
 */
static size_t
declaration_words(const struct html_token *t, size_t *i)
{
	for (;;) {
		char c;

		*i = html_skip_spaces(t, *i);
		if (*i == t->n) {
			return INCOMPLETE;
		}
		c = t->p[*i];
		if (c == '>') {
			return *i + 1;
		}
		if (c == '"' || c == '\'') {
			*i = html_find(t, c, *i + 1) + 1;
		} else if (c == '-') {
			if (t->p[++*i] != '-') {
				return *i == t->n ? INCOMPLETE : NOT_MARKUP;
			}
			do {
				*i = html_find(t, '-', *i + 1);
			} while (*i < t->n && t->p[++*i] != '-');
			++*i;
		} else {
			while (*i < t->n && !html_ends_word(t->p[*i])) {
				++*i;
			}
			if (*i == t->n) {
				return INCOMPLETE;
			}
		}
		if (*i > t->n) {
			return INCOMPLETE;
		}
	}
}

static size_t
read_named(struct html_token *t, size_t beg, size_t *i)
{
	struct slice name;
	size_t end;

	while (*i < t->n && html_is_name(t->p[*i])) {
		++*i;
	}
	if (*i == t->n) {
		return INCOMPLETE;
	}
	name = html_piece(t, beg + 2, *i);
	if (!slice_eq_nocase(name, SLICE("doctype")) &&
	    !slice_eq_nocase(name, SLICE("entity"))) {
		return NOT_MARKUP;
	}
	end = declaration_words(t, i);
	if (end < INCOMPLETE) {
		html_flush_pending(t);
		if (html_wanted(t)) {
			t->events->declaration(t->arg, html_piece(t, beg, end));
		}
	}
	return end;
}

/* beg is at `<!`. */
size_t
html_read_decl(struct html_token *t, size_t beg)
{
	size_t i = beg + 2, end = NOT_MARKUP;
	char c = t->p[i];

	if (c == '-') {
		i++;
		if (i == t->n) {
			return INCOMPLETE;
		}
		if (t->p[i] == '-') {
			return read_comment(t, beg, i + 1);
		}
	} else if (c == '[') {
		end = read_section(t, beg);
	} else if (ascii_isalpha((unsigned char)c)) {
		end = read_named(t, beg, &i);
	}
	if (end != NOT_MARKUP) {
		return end;
	}
	i = html_find(t, '>', i);
	if (i == t->n) {
		return INCOMPLETE;
	}
	html_emit_comment(t, beg, i + 1);
	return i + 1;
}

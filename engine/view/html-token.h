/*
 * html-token - what the three tokenizer files share: looking at the input,
 * telling events.  html_token.c drives, html_decl.c reads `<!…`, html_tag.c
 * reads tags.
 */
#ifndef VIEW_HTML_TOKEN_H
#define VIEW_HTML_TOKEN_H

#include <string.h>

#include "view/html-priv.h"

/* Results of html_read_… that are not the position after what was read. */
#define NOT_MARKUP	SIZE_MAX
#define INCOMPLETE	(SIZE_MAX - 1)

struct html_literal {
	struct slice name;
	bool cdata;		/* references are not decoded in it */
	bool rest;		/* unclosed: all the rest is its text */
	bool never;		/* its end tag is text, too */
};

/* ---- looking: all names and ends of HTML::Parser's lenient mode ---- */

static inline bool
html_starts_name(char c)
{
	return ascii_isalpha((unsigned char)c) || c == '_' || c == ':';
}

static inline bool
html_is_name(char c)
{
	return ascii_isalnum((unsigned char)c) || c == '_' || c == ':' ||
	    c == '-' || c == '.';
}

static inline bool
html_ends_word(char c)
{
	return c == '>' || ascii_isspace((unsigned char)c);
}

static inline size_t
html_skip_spaces(const struct html_token *t, size_t i)
{
	while (ascii_isspace((unsigned char)t->p[i])) {
		i++;
	}
	return i;
}

static inline size_t
html_find(const struct html_token *t, char c, size_t from)
{
	const char *hit = from < t->n ?
	    memchr(t->p + from, c, t->n - from) : NULL;

	return hit != NULL ? (size_t)(hit - t->p) : t->n;
}

static inline struct slice
html_piece(const struct html_token *t, size_t from, size_t to)
{
	return slice_make(t->p + from, to - from);
}

/* ---- telling (html_token.c) ---- */

/* The end tag that the end of input made up, before any other markup. */
void html_flush_pending(struct html_token *t);
/* Count one piece of markup; false when it is to be dropped. */
bool html_wanted(struct html_token *t);
void html_emit_comment(struct html_token *t, size_t from, size_t to);
void html_emit_end(struct html_token *t, struct slice name);

/* ---- reading: beg is at the `<` ---- */
size_t html_read_decl(struct html_token *t, size_t beg);	/* <! */
size_t html_read_start(struct html_token *t, size_t beg);	/* <a */
size_t html_read_end(struct html_token *t, size_t beg);		/* </ */
void html_section_close(struct html_token *t);

#endif

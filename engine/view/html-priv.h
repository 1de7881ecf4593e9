/*
 * html-priv - what the html*.c files share.
 *
 *	html.c		events -> counters and lists (struct view_html)
 *	html_prepare.c	the source before parsing
 *	html_token.c	bytes -> events, as HTML::Parser 3.81 cuts them, with
 *			html_decl.c and html_tag.c (html-token.h)
 *	html_element.c	what each element means
 *	html_value.c	font faces, image sizes
 *	html_entity.c	character references
 *	html_text.c	rendered text, and facts about where it was cut
 *	html_style.c	the stack of styles; which text cannot be seen
 *	html_color.c	colour names and notations
 *	html_link.c	URIs, base, anchors
 *	html_resolve.c	relative references
 *	html_metric.c	numbers by name
 */
#ifndef VIEW_HTML_PRIV_H
#define VIEW_HTML_PRIV_H

#include "base/buf.h"
#include "view/chars.h"
#include "view/html.h"

/* ---- html_prepare.c ---- */
/* &nbsp; as a space, <br/> as <br>, typographic quotes as ". */
struct slice html_prepare(struct arena *a, struct slice utf8);

/* ---- html_value.c ---- */
/* A comma list of plain font names, each perhaps in quotes. */
bool html_face_good(struct slice face);
/* Pixels, or percent of a screen of 100 * per_cent; 200 if it is neither. */
double html_image_side(struct slice size, double per_cent);

/* ---- html_entity.c ---- */
/*
 * Decode character references; sets wide when one is above U+00FF.  prefix:
 * the longest known beginning of a word counts (text, not attributes).
 */
struct chars html_entity_decode(struct arena *a, struct chars c, bool prefix);

/* ---- html_token.c ---- */

/* The attributes anything here looks at; others are skipped unread. */
enum html_attr {
	HTML_ACTION, HTML_ALINK, HTML_BACKGROUND, HTML_BGCOLOR, HTML_COLOR,
	HTML_CONTENT, HTML_SAFE_URL, HTML_FACE, HTML_HEIGHT, HTML_HREF,
	HTML_HTTP_EQUIV, HTML_LINK, HTML_SIZE, HTML_SRC, HTML_STYLE,
	HTML_TEXT, HTML_VLINK, HTML_WIDTH,
	HTML_X_HREF, HTML_X_SRC,	/* any name like x/href, x/src */
	HTML_ATTRS
};

struct html_attrs {
	bool has[HTML_ATTRS];
	struct chars v[HTML_ATTRS];	/* references decoded */
};

/* Whom the tokenizer tells.  Slices point into its input. */
struct html_events {
	/* attrs NULL: an end tag; else the callee's to change, until it
	 * returns.  The name is lower case and lives in the arena. */
	void (*tag)(void *arg, struct slice name, struct html_attrs *attrs);
	/* References decoded already, except in script, style and CDATA. */
	void (*text)(void *arg, struct chars text);
	void (*comment)(void *arg, struct slice text);	/* with <!-- --> */
	void (*declaration)(void *arg, struct slice text);
};

struct html_literal;

enum html_section {
	SECTION_NONE, SECTION_INCLUDE, SECTION_RCDATA, SECTION_CDATA,
	SECTION_IGNORE
};

struct html_token {
	struct arena *arena;
	const struct html_events *events;
	void *arg;
	bool wide;			/* input is Unicode */
	const char *p;			/* what is not consumed yet … */
	size_t n;			/* … p[n] is NUL */
	const struct html_literal *literal;	/* inside script, title… */
	const struct html_literal *unclosed;	/* no end tag in p[0,n) */
	const struct html_literal *pending_end;
	bool cdata;			/* text is taken as it is */
	bool gt_ends_comment;		/* end of input: be lenient */
	enum html_section section;
	VEC_OF(unsigned char) sections;	/* enclosing values of section */
	size_t markup;			/* tags, comments… seen */
	bool cut;			/* a limit was reached */
};

void html_token_init(struct html_token *t, struct arena *a, bool wide,
    const struct html_events *ev, void *arg);
/* Parse as far as possible; the undecidable rest waits for more. */
void html_token_feed(struct html_token *t, struct slice more);
/* No more input: the rest is decided. */
void html_token_end(struct html_token *t);

/* ---- html_color.c ---- */

/* 0xRRGGBB, or one of: */
#define HTML_COLOR_EMPTY	0x1000000u	/* "#": equals only itself */
#define HTML_COLOR_INVALID	0x2000000u
#define HTML_COLOR_TRANSPARENT	0x3000000u

uint32_t html_color_parse(struct chars text);
/* The value of a CSS `color:`; false for `inherit`: leave it. */
bool html_color_css(struct chars value, uint32_t *color_r);
/* The colour in a CSS `background:`; false if there is none. */
bool html_color_background(struct chars value, uint32_t *color_r);

/* ---- html_style.c ---- */
enum html_style_tag {
	STYLE_NONE, STYLE_DEFAULT, STYLE_A, STYLE_BASEFONT, STYLE_BIG,
	STYLE_BODY, STYLE_DIV, STYLE_FONT, STYLE_P, STYLE_SMALL, STYLE_SPAN,
	STYLE_TABLE, STYLE_TD, STYLE_TR,
	STYLE_TAGS
};

struct html_look {
	uint32_t fg, bg;
	double size;
	bool display_none, visibility_hidden;
};

struct html_style_entry {
	enum html_style_tag tag;
	const struct html_look *look;	/* shared with the one below if equal */
};

struct html_style {
	struct arena *arena;
	VEC_OF(struct html_style_entry) stack;
	size_t open[STYLE_TAGS];	/* entries of each tag */
	double basefont, min, max;
};

void html_style_init(struct html_style *s, struct arena *a);
void html_style_open(struct html_style *s, enum html_style_tag tag,
    const struct html_attrs *attrs);
void html_style_close(struct html_style *s, enum html_style_tag tag);
/* Text in the current style cannot be seen; notes why in h. */
bool html_style_hides(const struct html_style *s, struct view_html *h);

/* ---- html_text.c ---- */
struct html_text {
	struct buf all, visible, invisible;
	bool wide;			/* some piece is */
	bool any;			/* there was a piece */
	size_t last;			/* where the last piece starts */
	bool last_wide, last_space, last_invisible;
	size_t obfuscations;
	uint64_t backhair;		/* bit (n-1)*7 + m-1: pair n_m seen */
};

void html_text_init(struct html_text *t, struct arena *a);
/* Note whether a tag cut a word in two; before html_text_add. */
void html_text_join(struct html_text *t, struct chars text);
void html_text_add(struct html_text *t, struct chars text, bool invisible);
void html_text_space(struct html_text *t, struct slice space);
/* Only white space, or C2 A0 pairs of characters. */
bool html_text_blank(struct slice utf8);

/* ---- html_link.c ---- */
enum html_link_kind {
	LINK_NONE, LINK_BACKGROUND, LINK_HREF, LINK_SRC, LINK_ACTION,
	LINK_BASE, LINK_META
};

struct html_links {
	struct arena *arena;
	struct view_html *h;
	struct map *index;		/* UTF-8 uri -> index + 1 */
	VEC_OF(bool) wide;		/* of h->uris[i].raw */
	struct chars base;
	size_t anchor;			/* uri of the last <a>, + 1 */
};

void html_link_init(struct html_links *l, struct arena *a,
    struct view_html *h);
/* The URIs in a start tag. */
void html_link_tag(struct html_links *l, enum html_link_kind kind,
    struct slice tag, struct html_attrs *attrs);
/* An <a>: the anchor text that follows belongs to this URI. */
void html_link_anchor(struct html_links *l, const struct html_attrs *attrs);
/* That anchor's text is complete. */
void html_link_anchor_text(struct html_links *l, struct slice text);
/* Turn all URIs into what rules match. */
void html_link_finish(struct html_links *l);

/* ---- html_resolve.c ---- */
/* ref relative to base, which may be empty. */
struct slice html_resolve(struct arena *a, struct slice base,
    struct slice ref);

/* ---- html_element.c ---- */

/* Elements whose open counter decides something here. */
enum html_open { OPEN_NONE, OPEN_A, OPEN_SCRIPT, OPEN_STYLE, OPEN_TITLE,
	OPEN_SLOTS };

/* What a tag leaves in the text, start and end tag alike. */
enum html_space { SPACE_NONE, SPACE_BLANK, SPACE_LINE, SPACE_PARAGRAPH };

enum {
	HTML_TRICK = 1,		/* rendered, but not a valid element */
	HTML_EMBED = 2,		/* object and embed */
};

struct html_element {
	const char *name;
	unsigned char flags;
	unsigned char space;
	unsigned char style;	/* enum html_style_tag */
	unsigned char link;	/* enum html_link_kind */
	unsigned char open;	/* enum html_open */
};

/* NULL: no element. */
const struct html_element *html_element_find(struct slice name);
/* Office namespaces: o:p, st1:city; these count as valid. */
bool html_namespaced(struct chars tag);

#endif

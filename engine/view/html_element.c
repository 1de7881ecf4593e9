/*
 * html_element - what each element means, one row each.
 *
 * The valid names are those of HTML 4.01 and XHTML 1.0; a TRICK is rendered
 * but counts as a bad tag.  Called by html.c for each tag.
 */
#include "config.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "view/html-priv.h"

/*
 * HTML 4.01 and XHTML 1.0, strict and loose, and what else SpamAssassin
 * knows.  Sorted by byte, for bsearch.
 */
static const struct html_element elements[] = {
	{ "a", 0, 0, STYLE_A, LINK_HREF, OPEN_A },
	{ .name = "abbr" }, { .name = "acronym" }, { .name = "address" },
	{ .name = "applet" },
	{ "area", .link = LINK_HREF },
	{ .name = "b" },
	{ "base", .link = LINK_BASE },
	{ "basefont", .style = STYLE_BASEFONT },
	{ .name = "bdo" },
	{ "bgsound", HTML_TRICK, .link = LINK_SRC },
	{ "big", .style = STYLE_BIG },
	{ "blockquote", .space = SPACE_PARAGRAPH },
	{ "body", .style = STYLE_BODY, .link = LINK_BACKGROUND },
	{ "br", .space = SPACE_LINE },
	{ .name = "button" }, { .name = "caption" }, { .name = "center" },
	{ .name = "cite" }, { .name = "code" }, { .name = "col" },
	{ .name = "colgroup" },
	{ "dd", .space = SPACE_BLANK },
	{ .name = "del" }, { .name = "dfn" }, { .name = "dir" },
	{ "div", .space = SPACE_LINE, .style = STYLE_DIV },
	{ .name = "dl" },
	{ "dt", .space = SPACE_BLANK },
	{ .name = "em" },
	{ "embed", HTML_TRICK | HTML_EMBED, SPACE_BLANK, .link = LINK_SRC },
	{ .name = "fieldset" },
	{ "font", .style = STYLE_FONT },
	{ "form", .link = LINK_ACTION },
	{ "frame", .link = LINK_SRC },
	{ .name = "frameset" },
	{ "h1", .space = SPACE_BLANK }, { "h2", .space = SPACE_BLANK },
	{ "h3", .space = SPACE_BLANK }, { "h4", .space = SPACE_BLANK },
	{ "h5", .space = SPACE_BLANK }, { "h6", .space = SPACE_BLANK },
	{ .name = "head" },
	{ "hr", .space = SPACE_PARAGRAPH },
	{ .name = "html" }, { .name = "i" },
	{ "iframe", .link = LINK_SRC },
	{ "img", .link = LINK_SRC },
	{ .name = "input" }, { .name = "ins" }, { .name = "isindex" },
	{ .name = "kbd" }, { .name = "label" }, { .name = "legend" },
	{ "li", .space = SPACE_BLANK },
	{ "link", .link = LINK_HREF },
	{ "listing", HTML_TRICK, .space = SPACE_PARAGRAPH },
	{ .name = "map" },
	{ .name = "menu" },
	{ "meta", .link = LINK_META },
	{ .name = "nobr" }, { .name = "noframes" }, { .name = "noscript" },
	{ "object", .flags = HTML_EMBED },
	{ .name = "ol" }, { .name = "optgroup" }, { .name = "option" },
	{ "p", .space = SPACE_PARAGRAPH, .style = STYLE_P },
	{ .name = "param" },
	{ "plaintext", HTML_TRICK, .space = SPACE_PARAGRAPH },
	{ "pre", .space = SPACE_PARAGRAPH },
	{ .name = "q" }, { .name = "s" }, { .name = "samp" },
	{ "script", .link = LINK_SRC, .open = OPEN_SCRIPT },
	{ .name = "select" },
	{ "small", .style = STYLE_SMALL },
	{ "span", .style = STYLE_SPAN },
	{ .name = "strike" }, { .name = "strong" },
	{ "style", .open = OPEN_STYLE },
	{ .name = "sub" }, { .name = "sup" },
	{ "table", .style = STYLE_TABLE, .link = LINK_BACKGROUND },
	{ .name = "tbody" },
	{ "td", .space = SPACE_BLANK, .style = STYLE_TD,
	    .link = LINK_BACKGROUND },
	{ .name = "textarea" }, { .name = "tfoot" },
	{ "th", .space = SPACE_BLANK, .style = STYLE_TD },
	{ .name = "thead" },
	{ "title", .space = SPACE_PARAGRAPH, .open = OPEN_TITLE },
	{ "tr", .style = STYLE_TR, .link = LINK_BACKGROUND },
	{ .name = "tt" }, { .name = "u" }, { .name = "ul" },
	{ .name = "var" }, { .name = "x-sigsep" }, { .name = "x-tab" },
	{ "xmp", HTML_TRICK, .space = SPACE_PARAGRAPH },
};

static int
element_compare(const void *key, const void *row)
{
	const struct slice *name = key;
	const struct html_element *e = row;

	return slice_cmp(*name, slice_cstr(e->name));
}

const struct html_element *
html_element_find(struct slice name)
{
	return bsearch(&name, elements,
	    sizeof(elements) / sizeof(elements[0]), sizeof(elements[0]),
	    element_compare);
}

/* Office namespaces: o:p, st1:city; one slash at the end is allowed. */
bool
html_namespaced(struct chars tag)
{
	struct slice s = tag.s;
	size_t prefix = slice_starts(s, SLICE("o:")) ? 2 : 0;

	if (slice_starts(s, SLICE("st")) && s.n > 3 &&
	    ascii_isdigit((unsigned char)s.p[2]) && s.p[3] == ':') {
		prefix = 4;
	}
	if (prefix == 0) {
		return false;
	}
	s = slice_sub(s, prefix, s.n);
	if (slice_ends(s, SLICE("/"))) {
		s.n--;
	}
	for (size_t i = 0; i < s.n;) {
		uint32_t c;

		i += utf8_decode(slice_sub(s, i, s.n), &c);
		if (c != '-' && !view_chars_word(c, tag.wide)) {
			return false;
		}
	}
	return s.n > 0;
}

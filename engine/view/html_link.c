/*
 * html_link - the URIs in start tags, and what they are relative to.
 *
 * Which attribute of which element holds a URI is a small table of kinds
 * that html.c's element table refers to.  A URI is trimmed, cut at
 * LIMIT_URI_BYTES characters, resolved against the <base> seen before it and
 * noted once, with the types of all tags that had it.  An <a> also notes
 * its href unresolved: the anchor text belongs to that (SpamAssassin keeps
 * both in one table, so here they are one list as well).
 *
 * Called by html.c.  Each URI is looked up and copied once; their number is
 * that of the tags.
 */
#include "config.h"

#include "base/limits.h"
#include "view/html-priv.h"

void
html_link_init(struct html_links *l, struct arena *a, struct view_html *h)
{
	*l = (struct html_links){
		.arena = a, .h = h, .index = map_new(a, false),
	};
}

/* ---- noting ---- */

static unsigned
type_of(struct slice tag)
{
	static const struct { struct slice tag; unsigned type; } types[] = {
		{ { "a", 1 }, URI_A }, { { "img", 3 }, URI_IMG },
		{ { "form", 4 }, URI_FORM }, { { "iframe", 6 }, URI_IFRAME },
		{ { "link", 4 }, URI_LINK },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (slice_eq(tag, types[i].tag)) {
			return types[i].type;
		}
	}
	return URI_OTHER_TAG;
}

/* Index of uri in the list, new or not. */
static size_t
note(struct html_links *l, struct chars uri)
{
	void **known = map_place(l->index, uri.s);
	size_t n = l->h->uris.n;

	if (*known != NULL) {
		return (size_t)(uintptr_t)*known - 1;
	}
	*known = (void *)(uintptr_t)(n + 1);
	VEC_PUSH(l->arena, &l->h->uris)->raw = uri.s;
	*VEC_PUSH(l->arena, &l->wide) = uri.wide;
	return n;
}

static struct chars
tidy(struct html_links *l, struct chars uri)
{
	size_t end;

	uri.s = view_chars_trim(uri);
	end = view_chars_offset(uri.s, LIMIT_URI_BYTES);
	if (end < uri.s.n) {
		l->h->uri_cut = true;
		uri.s.n = end;
	}
	return uri;
}

static bool
has_own_target(struct slice uri)
{
	static const struct slice schemes[] = {
		{ "data:", 5 }, { "mailto:", 7 }, { "file:", 5 },
		{ "cid:", 4 }, { "tel:", 4 },
	};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (slice_starts_nocase(uri, schemes[i])) {
			return true;
		}
	}
	return false;
}

static void
add(struct html_links *l, struct slice tag, struct chars uri)
{
	struct view_html_uri *u;
	size_t i;

	uri = tidy(l, uri);
	if (uri.s.n > 0 && !has_own_target(uri.s)) {
		uri.s = html_resolve(l->arena, l->base.s, uri.s);
		uri.wide = uri.wide || l->base.wide;
	}
	if (uri.s.n == 0) {
		return;
	}
	i = note(l, uri);		/* may move the list */
	u = &l->h->uris.v[i];
	u->types |= type_of(tag);
	if (u->tag.n == 0) {
		u->tag = tag;
	}
}

/* ---- tags ---- */

/*
 * Cut a file name with a suffix of two to four characters off a base URI:
 * its length without, or as it is.
 */
static size_t
without_file(struct slice uri)
{
	ptrdiff_t dot = slice_rchr(uri, '.'), slash;
	size_t i = 0, path, beg;

	while (i < uri.n && ascii_isalpha((unsigned char)uri.p[i])) {
		i++;
	}
	i++;			/* the colon, which the caller saw */
	for (int k = 0; k < 2 && i < uri.n && uri.p[i] == '/'; k++) {
		i++;
	}
	slash = slice_chr(uri, '/', i);
	path = slash < 0 ? uri.n : (size_t)slash;
	if (path == i || path == uri.n || dot < 0 ||
	    uri.n - (size_t)dot < 3 || uri.n - (size_t)dot > 5 ||
	    slice_rchr(uri, '/') > dot) {
		return uri.n;
	}
	beg = (size_t)dot;
	while (beg > path + 1 && uri.p[beg - 1] != '/' &&
	    uri.p[beg - 1] != '.') {
		beg--;
	}
	return beg < (size_t)dot ? beg : uri.n;
}

static void
set_base(struct html_links *l, struct slice tag, struct chars href)
{
	static const struct slice schemes[] = {
		{ "http:", 5 }, { "https:", 6 }, { "ftp:", 4 },
	};
	struct slice both[2] = { { 0 }, { "/", 1 } };

	if (href.s.n == 0 || slice_eq(href.s, SLICE("0"))) {
		return;
	}
	href = tidy(l, href);
	add(l, tag, href);
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (slice_starts_nocase(href.s, schemes[i])) {
			both[0] = slice_sub(href.s, 0, without_file(href.s));
		}
	}
	if (both[0].n == 0) {
		return;		/* browsers ignore a base that is relative */
	}
	l->base.wide = href.wide;
	l->base.s = slice_ends(both[0], SLICE("/")) ? both[0] :
	    arena_join(l->arena, both, 2, SLICE(""));
}

/* Length of `url =` with blanks at i in s, at a word boundary; or 0. */
static size_t
url_equals(struct slice s, size_t i)
{
	size_t n = i + 3;

	if (i > 0 && ascii_isword((unsigned char)s.p[i - 1])) {
		return 0;
	}
	while (n < s.n && ascii_isspace((unsigned char)s.p[n])) {
		n++;
	}
	return n < s.n && s.p[n] == '=' ? n + 1 - i : 0;
}

/* <meta http-equiv=refresh content="0; url=…">: the last one in a line. */
static void
add_refresh(struct html_links *l, struct slice tag,
    const struct html_attrs *attrs)
{
	struct chars c = attrs->v[HTML_CONTENT];
	ptrdiff_t i = -1, newline = slice_chr(c.s, '\n', 0), semi;
	bool found = false;
	size_t cut = 0, n;

	if (!attrs->has[HTML_HTTP_EQUIV] || !attrs->has[HTML_CONTENT] ||
	    slice_find_nocase(attrs->v[HTML_HTTP_EQUIV].s, SLICE("refresh"),
	    0) < 0) {
		return;
	}
	while ((i = slice_find_nocase(c.s, SLICE("url"),
	    (size_t)(i + 1))) >= 0) {
		n = url_equals(c.s, (size_t)i);
		found = found || n > 0;
		if (n > 0 && (newline < 0 || i < newline)) {
			cut = (size_t)i + n;
		}
	}
	if (!found) {
		return;
	}
	c.s = slice_sub(c.s, cut, c.s.n);
	c.s = cut > 0 ? slice_trim_left(c.s) : c.s;
	semi = slice_chr(c.s, ';', 0);
	if (semi >= 0) {
		c.s = slice_sub(c.s, 0, (size_t)semi);
	}
	add(l, tag, c);
}

/* Remove U+FEFF, which hides a scheme from whoever looks for one. */
static struct slice
without_bom(struct arena *a, struct slice s)
{
	ptrdiff_t at = slice_find(s, SLICE("\xef\xbb\xbf"), 0);
	size_t from = 0;
	struct buf b;

	if (at < 0) {
		return s;
	}
	buf_init(&b, a);
	while (at >= 0) {
		buf_add_slice(&b, slice_sub(s, from, (size_t)at));
		from = (size_t)at + 3;
		at = slice_find(s, SLICE("\xef\xbb\xbf"), from);
	}
	buf_add_slice(&b, slice_sub(s, from, s.n));
	return buf_slice(&b);
}

/* attr, or what looks like it with a slash and letters before. */
static bool
glued(struct html_attrs *attrs, enum html_attr attr, enum html_attr x)
{
	if (attrs->has[x]) {
		attrs->has[attr] = true;
		attrs->v[attr] = attrs->v[x];
	}
	return attrs->has[attr];
}

void
html_link_tag(struct html_links *l, enum html_link_kind kind,
    struct slice tag, struct html_attrs *attrs)
{
	struct chars *v = attrs->v;

	switch (kind) {
	case LINK_BACKGROUND:
		if (attrs->has[HTML_BACKGROUND]) {
			add(l, tag, v[HTML_BACKGROUND]);
		}
		break;
	case LINK_HREF:
		if (glued(attrs, HTML_HREF, HTML_X_HREF)) {
			v[HTML_HREF].s = without_bom(l->arena,
			    v[HTML_HREF].s);
			add(l, tag, v[HTML_HREF]);
		}
		if (attrs->has[HTML_SAFE_URL]) {
			add(l, tag, v[HTML_SAFE_URL]);
		}
		break;
	case LINK_SRC:
		if (glued(attrs, HTML_SRC, HTML_X_SRC)) {
			add(l, tag, v[HTML_SRC]);
		}
		break;
	case LINK_ACTION:
		if (attrs->has[HTML_ACTION]) {
			add(l, tag, v[HTML_ACTION]);
		}
		break;
	case LINK_BASE:
		if (attrs->has[HTML_HREF]) {
			set_base(l, tag, v[HTML_HREF]);
		}
		break;
	case LINK_META:
		add_refresh(l, tag, attrs);
		break;
	case LINK_NONE:
		break;
	}
}

void
html_link_anchor(struct html_links *l, const struct html_attrs *attrs)
{
	struct chars href = { { 0 }, false };

	if (attrs->has[HTML_HREF]) {
		href = tidy(l, attrs->v[HTML_HREF]);
	}
	l->anchor = note(l, href) + 1;
}

void
html_link_anchor_text(struct html_links *l, struct slice text)
{
	*VEC_PUSH(l->arena, &l->h->uris.v[l->anchor - 1].anchor_text) = text;
}

void
html_link_finish(struct html_links *l)
{
	for (size_t i = 0; i < l->h->uris.n; i++) {
		struct chars c = { l->h->uris.v[i].raw, l->wide.v[i] };

		l->h->uris.v[i].raw = view_chars_bytes(l->arena, c);
	}
}

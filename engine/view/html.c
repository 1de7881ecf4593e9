/*
 * html - from HTML source to rendered text, metrics and lists.
 *
 * The middle of the html*.c files: prepares the source, lets html_token.c
 * cut it, keeps SpamAssassin's counters (reference/sa-compat.md 5.4) and
 * hands each event to style, text and links.  What an element means is one
 * row of the table below.
 *
 * Called by text.c for each HTML part.  Never fails and never recurses; what
 * a limit cut sets `cut`.
 *
 * One difference on purpose: after an unclosed `<![IGNORE[` SpamAssassin's
 * parser never reports the end of the document and all metrics, lists and
 * URIs of the part are lost, which hides a whole mail from rules.  Here
 * they are kept as they were when the section began.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "view/html-priv.h"

/* What is known of a tag's name, and how many of it are open. */
struct tag {
	const struct html_element *element;	/* NULL: none */
	bool valid;
	size_t open;
};

/* Everything a parse needs. */
struct parse {
	struct arena *arena;
	struct view_html *h;
	struct html_token token;
	struct html_style style;
	struct html_text text;
	struct html_links links;
	struct map *tags;		/* name -> struct tag */
	size_t open[OPEN_SLOTS];
	size_t closed_extra, elements_seen, tags_seen;
	double image_area;
	struct buf anchor, title;	/* of the element being read */
	bool anchor_wide, title_wide, has_anchor, has_title;
};

/* ---- anchors and titles: text up to the next one ---- */

static struct slice
take(struct parse *p, struct buf *b, bool *wide)
{
	struct chars c = { arena_slice(p->arena, buf_slice(b)), *wide };

	buf_clear(b);
	*wide = false;
	return view_chars_bytes(p->arena, c);
}

static void
end_anchor(struct parse *p)
{
	struct slice text;

	if (!p->has_anchor) {
		return;
	}
	p->has_anchor = false;
	text = take(p, &p->anchor, &p->anchor_wide);
	*VEC_PUSH(p->arena, &p->h->anchor) = text;
	html_link_anchor_text(&p->links, text);
}

static void
end_title(struct parse *p)
{
	if (p->has_title) {
		p->has_title = false;
		*VEC_PUSH(p->arena, &p->h->title) =
		    take(p, &p->title, &p->title_wide);
	}
}

/* ---- start tags ---- */

/* <meta http-equiv=content-type content="…; charset=…"> */
static void
note_charset(struct parse *p, const struct html_attrs *attrs)
{
	struct chars c = attrs->v[HTML_CONTENT];
	ptrdiff_t at = -1;

	if (!attrs->has[HTML_HTTP_EQUIV] || !attrs->has[HTML_CONTENT] ||
	    slice_find_nocase(attrs->v[HTML_HTTP_EQUIV].s,
	    SLICE("content-type"), 0) < 0) {
		return;
	}
	while ((at = slice_find_nocase(c.s, SLICE("charset"),
	    (size_t)(at + 1))) >= 0) {
		struct slice s = slice_trim_left(
		    slice_sub(c.s, (size_t)at + 7, c.s.n));
		size_t n = 0;

		if (!slice_starts(s, SLICE("=")) || (at > 0 &&
		    ascii_isword((unsigned char)c.s.p[at - 1]))) {
			continue;
		}
		s = slice_trim_left(slice_sub(s, 1, s.n));
		if (s.n > 0 && (s.p[0] == '"' || s.p[0] == '\'')) {
			s = slice_sub(s, 1, s.n);
		}
		while (n < s.n && s.p[n] != '"' && s.p[n] != '\'') {
			n++;
		}
		if (n > 0) {
			c.s = slice_sub(s, 0, n);
			*VEC_PUSH(p->arena, &p->h->charsets) =
			    view_chars_bytes(p->arena, c);
			return;
		}
	}
}

static void
test_image(struct parse *p, const struct html_attrs *attrs)
{
	if (p->open[OPEN_A] > 0) {
		buf_adds(&p->anchor, "<img>\n");
	}
	if (attrs->has[HTML_WIDTH] && attrs->has[HTML_HEIGHT]) {
		/* Percentages are of a screen of 800x600. */
		p->image_area += html_image_side(attrs->v[HTML_WIDTH].s, 8) *
		    html_image_side(attrs->v[HTML_HEIGHT].s, 6);
	}
}

/* What a start tag alone says. */
static void
test_start(struct parse *p, const struct html_element *e,
    const struct html_attrs *attrs)
{
	if (strcmp(e->name, "font") == 0) {
		if (attrs->has[HTML_FACE] &&
		    !html_face_good(attrs->v[HTML_FACE].s)) {
			p->h->font_face_bad = true;
		}
	} else if (strcmp(e->name, "img") == 0) {
		test_image(p, attrs);
	} else if (strcmp(e->name, "form") == 0) {
		if (attrs->has[HTML_ACTION] && slice_find_nocase(
		    attrs->v[HTML_ACTION].s, SLICE("mailto:"), 0) >= 0) {
			p->h->form_action_mailto = true;
		}
	} else if (strcmp(e->name, "meta") == 0) {
		note_charset(p, attrs);
	} else if (e->open == OPEN_A) {
		end_anchor(p);
		p->has_anchor = true;
		html_link_anchor(&p->links, attrs);
	} else if (e->open == OPEN_TITLE) {
		end_title(p);
		p->has_title = true;
	}
	if (e->flags & HTML_EMBED) {
		p->h->embeds = true;
	}
}

/* ---- events ---- */

static struct tag *
find_tag(struct parse *p, struct slice name)
{
	struct chars c = { name, p->token.wide };
	void **place = map_place(p->tags, name);
	struct tag *t = *place;

	if (t != NULL) {
		return t;
	}
	*place = t = arena_alloc(p->arena, sizeof(*t));
	t->element = html_element_find(name);
	t->valid = html_namespaced(c) || (t->element != NULL &&
	    (t->element->flags & HTML_TRICK) == 0);
	p->tags_seen++;
	p->elements_seen += t->valid;
	return t;
}

static void
count_tag(struct parse *p, struct tag *t, bool start)
{
	p->h->tags++;
	p->h->elements += t->valid;
	if (start) {
		t->open++;
	} else if (t->open > 0) {
		t->open--;
	} else {
		p->closed_extra++;
	}
}

static void
on_tag(void *arg, struct slice name, struct html_attrs *attrs)
{
	static const struct slice spaces[] = {
		[SPACE_BLANK] = { " ", 1 }, [SPACE_LINE] = { "\n", 1 },
		[SPACE_PARAGRAPH] = { "\n\n", 2 },
	};
	struct parse *p = arg;
	struct tag *t = find_tag(p, name);
	const struct html_element *e = t->element;

	count_tag(p, t, attrs != NULL);
	if (e == NULL) {
		return;
	}
	p->open[e->open] = t->open;
	if (e->style != STYLE_NONE && attrs != NULL) {
		html_style_open(&p->style, e->style, attrs);
	} else if (e->style != STYLE_NONE) {
		html_style_close(&p->style, e->style);
	}
	if (e->space != SPACE_NONE) {
		html_text_space(&p->text, spaces[e->space]);
	}
	if (attrs != NULL) {
		html_link_tag(&p->links, e->link, name, attrs);
		test_start(p, e, attrs);
	}
}

static void
on_text(void *arg, struct chars text)
{
	struct parse *p = arg;
	bool hidden;

	if (p->open[OPEN_SCRIPT] > 0) {
		*VEC_PUSH(p->arena, &p->h->script) =
		    view_chars_bytes(p->arena, text);
		return;
	}
	if (p->open[OPEN_STYLE] > 0) {
		return;
	}
	if (p->open[OPEN_A] > 0) {
		buf_add_slice(&p->anchor, text.s);
		p->anchor_wide = p->anchor_wide || text.wide;
	}
	if (p->open[OPEN_TITLE] > 0) {
		buf_add_slice(&p->title, text.s);
		p->title_wide = p->title_wide || text.wide;
	}
	hidden = !html_text_blank(text.s) &&
	    html_style_hides(&p->style, p->h);
	html_text_join(&p->text, text);
	html_text_add(&p->text, text, hidden);
}

static void
on_comment(void *arg, struct slice text)
{
	struct parse *p = arg;
	struct chars c = { text, p->token.wide };

	*VEC_PUSH(p->arena, &p->h->comment) = view_chars_bytes(p->arena, c);
}

static void
on_declaration(void *arg, struct slice text)
{
	struct parse *p = arg;

	if (slice_starts_nocase(text, SLICE("<!doctype"))) {
		p->h->elements++;
		p->h->tags++;
		map_put(p->h->inside, SLICE("!doctype"), (void *)1);
	}
}

/* ---- results ---- */

static double
ratio(size_t n, size_t of)
{
	return (double)n / (double)of;
}

static unsigned
count_bits(uint64_t bits)
{
	unsigned n = 0;

	for (; bits != 0; bits &= bits - 1) {
		n++;
	}
	return n;
}

static void
publish_tags(struct parse *p)
{
	for (size_t i = 0; i < map_count(p->tags); i++) {
		const struct map_entry *e = map_at(p->tags, i);
		const struct tag *t = e->value;

		map_put(p->h->inside, e->key,
		    (void *)(uintptr_t)(t->open + 1));
	}
}

static void
measure_text(struct view_html *h, struct slice text, bool wide)
{
	for (size_t i = 0; i < text.n;) {
		uint32_t c = (unsigned char)text.p[i];

		h->html_length++;
		if (c > ' ' && c < 0x80) {
			h->non_space_len++;
			i++;
			continue;
		}
		i += utf8_decode(slice_sub(text, i, text.n), &c);
		/* Perl's tr list for byte strings leaves out the form feed. */
		h->non_space_len += !view_chars_space(c, wide) ||
		    (c == '\f' && !wide);
	}
}

static void
finish(struct parse *p, size_t source_bytes)
{
	struct view_html *h = p->h;
	struct html_text *t = &p->text;
	struct chars all = { buf_slice(&t->all), t->wide };
	struct chars visible = { buf_slice(&t->visible), t->wide };
	struct chars invisible = { buf_slice(&t->invisible), t->wide };

	publish_tags(p);
	measure_text(h, all.s, t->wide);
	h->unicode = t->wide;
	h->text = view_chars_bytes(p->arena, all);
	h->visible = view_chars_bytes(p->arena, visible);
	h->invisible = view_chars_bytes(p->arena, invisible);
	h->min_size = p->style.min;
	h->max_size = p->style.max;
	h->image_area = p->image_area < 1e15 ? (size_t)p->image_area :
	    (size_t)1000000000000000;
	h->backhair_count = count_bits(t->backhair);
	h->has_img = map_has(h->inside, SLICE("img"));
	h->cut = p->token.cut;
	h->ratio = source_bytes == 0 ? NAN :
	    ((double)source_bytes - (double)h->html_length) /
	    (double)source_bytes;
	h->closed_extra_ratio = h->tags == 0 ? NAN :
	    ratio(p->closed_extra, h->tags);
	h->bad_tag_ratio = h->elements == 0 ? NAN :
	    ratio(h->tags - h->elements, h->tags);
	h->non_element_ratio = p->elements_seen == 0 ? NAN :
	    ratio(p->tags_seen - p->elements_seen, p->tags_seen);
	h->obfuscation_ratio = t->obfuscations == 0 || h->tags == 0 ? NAN :
	    ratio(t->obfuscations, h->tags);
}

struct view_html *
view_html_parse(struct arena *a, struct slice src, bool unicode)
{
	static const struct html_events events = {
		on_tag, on_text, on_comment, on_declaration
	};
	struct parse p = { .arena = a };

	p.h = arena_alloc(a, sizeof(*p.h));
	p.h->html = true;
	p.h->length = unicode ? view_chars_count(src) : src.n;
	p.h->inside = map_new(a, false);
	p.tags = map_new(a, false);
	html_style_init(&p.style, a);
	html_text_init(&p.text, a);
	html_link_init(&p.links, a, p.h);
	buf_init(&p.anchor, a);
	buf_init(&p.title, a);
	html_token_init(&p.token, a, unicode, &events, &p);

	html_token_feed(&p.token, html_prepare(a, unicode ? src :
	    view_chars_upgrade(a, src)));
	/* An element left open would hide all that follows from rules. */
	if (p.open[OPEN_STYLE] > 0) {
		html_token_feed(&p.token, SLICE("</style>"));
	}
	if (p.open[OPEN_SCRIPT] > 0) {
		html_token_feed(&p.token, SLICE("</script>"));
	}
	html_token_end(&p.token);
	end_anchor(&p);
	end_title(&p);
	html_link_finish(&p.links);
	finish(&p, src.n);
	return p.h;
}

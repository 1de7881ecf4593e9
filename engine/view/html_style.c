/*
 * html_style - the styles in effect, and which text they hide.
 *
 * A stack of the elements that SpamAssassin thinks change how text looks;
 * td and tr close what is open of their kind.  Text counts as hidden when
 * its colour is (nearly) that of the background, a colour is invalid, it is
 * tiny, or CSS says display:none or visibility:hidden.
 *
 * Bug for bug (reference/sa-compat.md trap 11): bgcolor has no effect, CSS
 * font-size neither; style counts on table, td, tr, span, p, div and a only;
 * the value of display must be exactly `none`.
 *
 * Called by html.c.  An entry is 16 bytes and shares its look with the one
 * below unless it changes it, so that the thousands of never closed <p> of
 * real mail cost little; whether a tag is open at all is a counter, so each
 * end tag costs what it closes.
 */
#include "config.h"

#include <math.h>

#include "view/html-priv.h"

#define BIT(attr) (1u << (attr))

/* Attributes that count, by enum html_style_tag. */
static const uint32_t allowed[STYLE_TAGS] = {
	[STYLE_A] = BIT(HTML_STYLE),
	[STYLE_BASEFONT] = BIT(HTML_COLOR) | BIT(HTML_FACE) | BIT(HTML_SIZE),
	[STYLE_BODY] = BIT(HTML_TEXT) | BIT(HTML_BGCOLOR) | BIT(HTML_LINK) |
	    BIT(HTML_ALINK) | BIT(HTML_VLINK) | BIT(HTML_BACKGROUND),
	[STYLE_DIV] = BIT(HTML_STYLE),
	[STYLE_FONT] = BIT(HTML_COLOR) | BIT(HTML_FACE) | BIT(HTML_SIZE),
	[STYLE_P] = BIT(HTML_STYLE),
	[STYLE_SPAN] = BIT(HTML_STYLE),
	[STYLE_TABLE] = BIT(HTML_BGCOLOR) | BIT(HTML_STYLE),
	[STYLE_TD] = BIT(HTML_BGCOLOR) | BIT(HTML_STYLE),
	[STYLE_TR] = BIT(HTML_BGCOLOR) | BIT(HTML_STYLE),
};

static const struct html_look *
top(const struct html_style *s)
{
	return s->stack.v[s->stack.n - 1].look;
}

static void
push(struct html_style *s, enum html_style_tag tag,
    const struct html_look *look)
{
	struct html_style_entry *e = VEC_PUSH(s->arena, &s->stack);

	e->tag = tag;
	e->look = look;
	s->open[tag]++;
}

static void
pop(struct html_style *s)
{
	s->open[s->stack.v[--s->stack.n].tag]--;
}

static bool
looks_equal(const struct html_look *a, const struct html_look *b)
{
	return a->fg == b->fg && a->bg == b->bg && a->size == b->size &&
	    a->display_none == b->display_none &&
	    a->visibility_hidden == b->visibility_hidden;
}

static void
push_look(struct html_style *s, enum html_style_tag tag,
    const struct html_look *look)
{
	const struct html_look *below = top(s);

	if (!looks_equal(look, below)) {
		below = arena_copy(s->arena, look, sizeof(*look));
	}
	push(s, tag, below);
}

void
html_style_init(struct html_style *s, struct arena *a)
{
	struct html_look *look = arena_alloc(a, sizeof(*look));

	*s = (struct html_style){
		.arena = a, .basefont = 3, .min = 3, .max = 3,
	};
	look->fg = 0x000000;
	look->bg = 0xffffff;
	look->size = s->basefont;
	push(s, STYLE_DEFAULT, look);
}

/* Digits of s as a number; false if there is none. */
static bool
digits(struct slice s, double *n_r)
{
	size_t i = 0;

	*n_r = 0;
	while (i < s.n && ascii_isdigit((unsigned char)s.p[i])) {
		*n_r = *n_r * 10 + (s.p[i++] - '0');
	}
	return i > 0;
}

static void
apply_size(const struct html_style *s, struct slice value,
    struct html_look *look)
{
	double n;

	value = slice_trim_left(value);
	if (value.n > 0 && (value.p[0] == '+' || value.p[0] == '-')) {
		if (digits(slice_sub(value, 1, value.n), &n)) {
			look->size = s->basefont +
			    (value.p[0] == '-' ? -n : n);
		}
	} else if (digits(value, &n)) {
		look->size = n;
	}
}

/*
 * The value of `name:` in a declaration; blanks around the name are allowed
 * only where SpamAssassin's expression has them.  Empty when it is another
 * property, or the value spans lines.
 */
static struct slice
css_value(struct slice decl, struct slice name, bool nocase)
{
	struct slice value, empty = { 0 };

	decl = slice_trim_left(decl);
	if (nocase ? !slice_starts_nocase(decl, name) :
	    !slice_starts(decl, name)) {
		return empty;
	}
	value = slice_sub(decl, name.n, decl.n);
	if (slice_chr(slice_trim(value), '\n', 0) >= 0) {
		return empty;
	}
	return value;
}

/* display and visibility: exact names, blanks before the colon allowed. */
static void
apply_other(struct slice decl, struct html_look *look)
{
	struct slice name, value;
	ptrdiff_t colon = slice_chr(decl, ':', 0);

	if (colon < 0) {
		return;
	}
	name = slice_trim(slice_sub(decl, 0, (size_t)colon));
	value = slice_trim(slice_sub(decl, (size_t)colon + 1, decl.n));
	if (value.n == 0) {
		return;
	}
	if (slice_eq(name, SLICE("display"))) {
		look->display_none = slice_eq_nocase(value, SLICE("none"));
	} else if (slice_eq(name, SLICE("visibility"))) {
		look->visibility_hidden =
		    slice_eq_nocase(value, SLICE("hidden"));
	}
}

static void
apply_declaration(struct chars decl, struct html_look *look)
{
	struct chars value = decl;
	uint32_t color;

	value.s = css_value(decl.s, SLICE("background-color:"), true);
	if (value.s.n > 0) {
		if (html_color_css(value, &color)) {
			look->bg = color;
		}
		return;
	}
	value.s = css_value(decl.s, SLICE("color:"), true);
	if (value.s.n > 0) {
		if (html_color_css(value, &color)) {
			look->fg = color;
		}
		return;
	}
	value.s = css_value(decl.s, SLICE("background:"), false);
	if (value.s.n > 0) {
		value.s = slice_trim(value.s);
		if (html_color_background(value, &color)) {
			look->bg = color;
		}
		return;
	}
	apply_other(decl.s, look);
}

static void
apply_css(struct chars css, const struct html_look *below,
    struct html_look *look)
{
	size_t from = 0;

	while (from < css.s.n) {
		ptrdiff_t semi = slice_chr(css.s, ';', from);
		size_t to = semi < 0 ? css.s.n : (size_t)semi;
		struct chars decl = {
			slice_sub(css.s, from, to), css.wide
		};

		apply_declaration(decl, look);
		from = to + 1;
	}
	if (look->bg == HTML_COLOR_TRANSPARENT) {
		look->bg = below->bg;
	}
	if (look->fg == HTML_COLOR_TRANSPARENT) {
		look->fg = look->bg;
	}
}

static void
apply_attr(const struct html_style *s, enum html_attr attr,
    struct chars value, struct html_look *look)
{
	switch (attr) {
	case HTML_TEXT:
	case HTML_COLOR:
		look->fg = html_color_parse(value);
		break;
	case HTML_SIZE:
		apply_size(s, value.s, look);
		break;
	case HTML_STYLE:
		apply_css(value, top(s), look);
		break;
	default:
		break;		/* allowed, but changes nothing here */
	}
}

/* A new cell or row closes what is open of the one before it. */
static void
close_table_tag(struct html_style *s, enum html_style_tag tag)
{
	if (s->open[tag] == 0) {
		return;
	}
	for (;;) {
		enum html_style_tag t = s->stack.v[s->stack.n - 1].tag;

		if (t != STYLE_FONT && t != STYLE_TD &&
		    (t != STYLE_TR || tag != STYLE_TR)) {
			return;
		}
		pop(s);
	}
}

void
html_style_open(struct html_style *s, enum html_style_tag tag,
    const struct html_attrs *attrs)
{
	struct html_look look;
	double n;

	if (tag == STYLE_BASEFONT && attrs->has[HTML_SIZE] &&
	    digits(slice_trim_left(attrs->v[HTML_SIZE].s), &n)) {
		s->basefont = n;
		return;
	}
	if (tag == STYLE_TD || tag == STYLE_TR) {
		close_table_tag(s, tag);
	}
	look = *top(s);
	if (tag == STYLE_BIG || tag == STYLE_SMALL) {
		look.size += tag == STYLE_BIG ? 1 : -1;
		push_look(s, tag, &look);
		return;
	}
	for (unsigned attr = 0; attr < HTML_ATTRS; attr++) {
		if ((allowed[tag] & BIT(attr)) == 0 || !attrs->has[attr]) {
			continue;
		}
		apply_attr(s, attr, attrs->v[attr], &look);
		if (look.size > s->max) {
			s->max = look.size;
		} else if (look.size < s->min) {
			s->min = look.size;
		}
	}
	push_look(s, tag, &look);
}

void
html_style_close(struct html_style *s, enum html_style_tag tag)
{
	enum html_style_tag closed;

	/* Browsers render text after </body> in the body's style. */
	if (tag == STYLE_BODY || s->open[tag] == 0) {
		return;
	}
	do {
		closed = s->stack.v[s->stack.n - 1].tag;
		pop(s);
	} while (closed != tag);
}

/* Weighted by brightness; under 12 of at most 191 nobody reads it. */
static bool
colors_close(uint32_t a, uint32_t b)
{
	double r = (double)(a >> 16 & 0xff) - (double)(b >> 16 & 0xff);
	double g = (double)(a >> 8 & 0xff) - (double)(b >> 8 & 0xff);
	double bl = (double)(a & 0xff) - (double)(b & 0xff);

	r *= 0.2126;
	g *= 0.7152;
	bl *= 0.0722;
	return sqrt(r * r + g * g + bl * bl) < 12;
}

bool
html_style_hides(const struct html_style *s, struct view_html *h)
{
	const struct html_look *l = top(s);
	bool rgb = l->fg <= 0xffffff && l->bg <= 0xffffff;

	if (l->fg == l->bg || (rgb && colors_close(l->fg, l->bg))) {
		h->font_low_contrast = true;
		return true;
	}
	if (l->fg == HTML_COLOR_INVALID || l->bg == HTML_COLOR_INVALID) {
		h->font_invalid_color = true;
		return true;
	}
	return l->size <= 1 || l->display_none || l->visibility_hidden;
}

/*
 * html - rendered text, metrics, lists, styles and URIs of one part.  The
 * expected values were compared with SpamAssassin 4.0.1.
 */
#include "config.h"

#include <math.h>

#include "tests/tap/tap.h"
#include "view/html-priv.h"

static struct arena *arena;

static struct view_html *
parse(const char *src)
{
	return view_html_parse(arena, slice_cstr(src), false);
}

static void
test_text(void)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "", "" },
		{ "<b>a</b>b", "ab" },
		{ "a <br> b", "a\nb" },
		{ "a<br/>b<br />c", "a\nb\nc" },
		{ "a<p>b</p>c", "a\n\nb\n\nc" },
		{ "<table><tr><td>a</td><td>b</td></tr></table>",
		    " a  b " },
		{ "a\t\r\n \x0b\f b", "a b" },
		{ "a<style>b</style>c<script>d</script>e", "ace" },
		{ "<title>t</title>x", "\n\nt\n\nx" },
		{ "a&nbsp;b", "a b" },
		{ "a<foo>b</bar>c", "abc" },
		{ "a<!-- b -->c", "ac" },
		{ "<style>a", "" },
		{ "a<hr>b<li>c<h1>d", "a\n\nb c d" },
		{ "x<div>y</div>z", "x\ny\nz" },
		{ "&#65;&lt;b&gt;", "A<b>" },
		{ "caf&eacute;", "caf\xe9" },		/* trap 10 */
		{ "caf&eacute; &euro;", "caf\xc3\xa9 \xe2\x82\xac" },
		{ "&Acirc;&#160;x", " x" },
		{ "<font color=#ffffff>hidden</font>", "hidden" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_cstr(parse(cases[i].in)->text, cases[i].out, cases[i].in);
	}
}

static void
test_unicode(void)
{
	struct view_html *h = view_html_parse(arena,
	    SLICE("\xc2\xa0\xc3\xa9<b>x</b>\xe2\x80\x9c"), true);

	ok(h->unicode, "Unicode in, Unicode out");
	is_cstr(h->text, "\xc2\xa0\xc3\xa9x\"", "quotes become ASCII");
	is_int(h->length, 11, "length counts characters");
	is_int(h->html_length, 4, "so does html_length");
	is_int(h->non_space_len, 3, "U+00A0 is a space then");

	h = view_html_parse(arena, SLICE("a\xe9\xa0"), false);
	ok(!h->unicode, "bytes stay bytes");
	is_cstr(h->text, "a\xe9\xa0", "as they were");
	is_int(h->non_space_len, 3, "A0 is no space then");
	h = parse("a&#8364;");
	ok(h->unicode, "a wide reference makes it Unicode");
}

static void
metric(const char *src, const char *name, double want)
{
	double got = -1;
	char label[200];

	snprintf(label, sizeof(label), "%s of %s", name, src);
	if (isnan(want)) {
		ok(!view_html_metric(parse(src), slice_cstr(name), &got),
		    "%s undefined", label);
	} else if (ok(view_html_metric(parse(src), slice_cstr(name), &got),
	    "%s defined", label)) {
		is_num(got, want, label);
	}
}

static void
test_metrics(void)
{
	static const struct {
		const char *src, *name;
		double want;
	} cases[] = {
		{ "", "html", 1 },
		{ "x", "bad_tag_ratio", NAN },
		{ "<b><foo><foo></foo>", "bad_tag_ratio", 0.75 },
		{ "<b><foo><foo></foo>", "non_element_ratio", 0.5 },
		{ "<foo>", "bad_tag_ratio", NAN },
		{ "<b></b></b></i>", "closed_extra_ratio", 0.5 },
		{ "<b>", "closed_extra_ratio", 0 },
		{ "Vi<b>ag</b>ra x", "obfuscation_ratio", 1 },
		{ "a <b>b</b>", "obfuscation_ratio", NAN },
		{ "ab<b>cde</b> fgh<i>i", "backhair_count", 2 },
		{ "ab <b>cde", "backhair_count", NAN },
		{ "<o:p></o:p><st1:City/>", "bad_tag_ratio", 0 },
		{ "<o:><st:x>", "bad_tag_ratio", NAN },
		{ "<!DOCTYPE html><b>", "bad_tag_ratio", 0 },
		{ "<embed>", "embeds", 1 },
		{ "<object>", "embeds", 1 },
		{ "</object>", "embeds", NAN },
		{ "<form action=MAILTO:x>", "form_action_mailto", 1 },
		{ "<form action=x>", "form_action_mailto", NAN },
		{ "<img width=10 height=20>", "image_area", 200 },
		{ "<img width=50% height=50%>", "image_area", 120000 },
		{ "<img width=0 height=x>", "image_area", 40000 },
		{ "<img width=10>", "image_area", 0 },
		{ "<font size=7>x", "max_size", 7 },
		{ "<font size=+2>x", "max_size", 5 },
		{ "<font size=-3>x", "min_size", 0 },
		{ "<basefont size=6><font size=+2>x", "max_size", 8 },
		{ "<big><big>x", "max_size", 3 },
		{ "<td style='font-size:99px'>x", "max_size", 3 },
		{ "<b>xy</b>", "ratio", 7.0 / 9 },
		{ "x", "no_such_metric", NAN },
		{ "x", "", NAN },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		metric(cases[i].src, cases[i].name, cases[i].want);
	}
}

static void
test_face(void)
{
	static const struct {
		const char *face;
		bool good;
	} cases[] = {
		{ "Arial", true }, { "Arial, Helvetica", true },
		{ "'Comic Sans MS'", true }, { "a", false }, { "", false },
		{ " a", true }, { "-apple", false }, { " -apple", true },
		{ ".SFUI", true }, { "ab,cd;", true }, { "ab,", false },
		{ "ab ,cd", false }, { "ab, cd", true }, { "Times1", true },
		{ "Times12", false }, { "ab;x", false }, { "a1b", false },
		{ "'' ", false }, { "ab, ", false }, { ",ab", false },
		{ "\xc3\xa9" "ab", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ok(html_face_good(slice_cstr(cases[i].face)) ==
		    cases[i].good, "face \"%s\"", cases[i].face);
	}
}

/* What hides text and what, bug for bug, does not (trap 11). */
static void
test_hidden(void)
{
	static const struct {
		const char *src;
		bool hidden, low, invalid;
	} cases[] = {
		{ "<b>x", false, false, false },
		{ "<font color=white>x", true, true, false },
		{ "<font color=#fff>x", true, true, false },
		{ "<font color=#fdfdfd>x", true, true, false },
		{ "<font color=#f0f0f0>x", true, true, false },
		{ "<font color=#eeeeee>x", false, false, false },
		{ "<font color=ffffff>x", true, false, true },
		{ "<font color=nocolor>x", true, false, true },
		{ "<font color=rgb(255,255,255)>x", true, true, false },
		{ "<font color='rgb(100%, 100%,100%)'>x", true, true, false },
		{ "<font color=rgb(300,0,0)>x", false, false, false },
		{ "<body bgcolor=black text=white>x", true, true, false },
		{ "<td bgcolor=red><font color=red>x", false, false, false },
		{ "<td style='background:red'><font color=red>x", true, true,
		    false },
		{ "<td style='background: url(a,b) red'><font color=red>x",
		    true, true, false },
		{ "<td style='background:red,blue'><font color=red>x", false,
		    false, false },
		{ "<td style='Background:red'><font color=red>x", false,
		    false, false },
		{ "<p style='color:white'>x", true, true, false },
		{ "<p style='COLOR: White !important'>x", true, true, false },
		{ "<p style='color :white'>x", false, false, false },
		{ "<p style='color:rgba(255,255,255,0)'>x", true, true,
		    false },
		{ "<p style='color:inherit'>x", false, false, false },
		{ "<p style='color:transparent'>x", true, true, false },
		{ "<p style='background-color:transparent'>x", false, false,
		    false },
		{ "<p style='color:#'>x", false, false, false },
		{ "<p style='color:# ;background-color:#'>x", true, true,
		    false },
		{ "<font style='color:white'>x", false, false, false },
		{ "<p style='display:none'>x", true, false, false },
		{ "<p style='display: NONE '>x", true, false, false },
		{ "<p style='display:none !important'>x", false, false,
		    false },
		{ "<p style='Display:none'>x", false, false, false },
		{ "<p style='display : none'>x", true, false, false },
		{ "<p style='visibility:hidden'>x", true, false, false },
		{ "<p style='font-size:0'>x", false, false, false },
		{ "<font size=1>x", true, false, false },
		{ "<small><small>x", true, false, false },
		{ "<span style='display:none'><b>x", true, false, false },
		{ "<span style='display:none'></span>x", false, false,
		    false },
		{ "<font color=white> &nbsp;</font>", false, false, false },
		{ "<td><font color=white><td>x", false, false, false },
		{ "<tr><td style='color:white'><tr>x", false, false, false },
		{ "<th style='color:white'></td>x", false, false, false },
		{ "<body text=white></body>x", true, true, false },
		{ "<marquee style='display:none'>x", false, false, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct view_html *h = parse(cases[i].src);
		bool has = slice_chr(h->invisible, 'x', 0) >= 0;
		bool sees = slice_chr(h->visible, 'x', 0) >= 0;

		ok(has == cases[i].hidden &&
		    h->font_low_contrast == cases[i].low &&
		    h->font_invalid_color == cases[i].invalid,
		    "%s", cases[i].src);
		ok(!(has && sees), "not both: %s", cases[i].src);
	}
}

static void
test_inside(void)
{
	struct view_html *h = parse("<A><b></b></b></i><!doctype x>");
	static const struct {
		const char *tag;
		intptr_t want;		/* open + 1, 0: not seen */
	} cases[] = {
		{ "a", 2 }, { "b", 1 }, { "i", 1 }, { "!doctype", 1 },
		{ "A", 0 }, { "u", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_int((intptr_t)map_get(h->inside, slice_cstr(cases[i].tag)),
		    cases[i].want, cases[i].tag);
	}
	ok(!h->has_img && parse("<img>")->has_img &&
	    parse("</img>")->has_img, "has_img");
}

static void
test_lists(void)
{
	struct view_html *h = parse("<title>T &amp; u</title><!-- c -->"
	    "<script>s&lt;</script><a href=x>one <b>two</b><img></a>"
	    "out<a>3</a><title>v"
	    "<meta http-equiv=content-type content='a; charset=\"koi8-r\"'>"
	    "<meta http-equiv=x content='charset=no'>");

	if (is_int(h->title.n, 2, "titles")) {
		is_cstr(h->title.v[0], "T & u", "title");
		is_cstr(h->title.v[1], "v", "title at the end");
	}
	if (is_int(h->comment.n, 1, "comments")) {
		is_cstr(h->comment.v[0], "<!-- c -->", "comment");
	}
	if (is_int(h->script.n, 1, "scripts")) {
		is_cstr(h->script.v[0], "s&lt;", "script");
	}
	if (is_int(h->anchor.n, 2, "anchors")) {
		is_cstr(h->anchor.v[0], "one two<img>\n", "anchor");
		is_cstr(h->anchor.v[1], "3", "anchor without href");
	}
	if (is_int(h->charsets.n, 1, "charsets")) {
		is_cstr(h->charsets.v[0], "koi8-r", "charset");
	}
}

static const struct view_html_uri *
find_uri(const struct view_html *h, const char *raw)
{
	for (size_t i = 0; i < h->uris.n; i++) {
		if (slice_eq_cstr(h->uris.v[i].raw, raw)) {
			return &h->uris.v[i];
		}
	}
	return NULL;
}

static void
test_uri_sources(void)
{
	static const struct {
		const char *src, *raw;
		unsigned types;
	} cases[] = {
		{ "<a href=' http://a/ '>", "http://a/", URI_A },
		{ "<a href=http://a/><img src=http://a/>", "http://a/",
		    URI_A | URI_IMG },
		{ "<area href=x>", "x", URI_OTHER_TAG },
		{ "<link href=x>", "x", URI_LINK },
		{ "<iframe src=x>", "x", URI_IFRAME },
		{ "<form action=x>", "x", URI_FORM },
		{ "<td background=x>", "x", URI_OTHER_TAG },
		{ "<th background=x>", "x", 0 },
		{ "<a data-saferedirecturl=y href=x>", "y", URI_A },
		{ "<a b/href=x>", "x", URI_A },
		{ "<img b/src=x>", "x", URI_IMG },
		{ "<meta http-equiv=Refresh content='0; url=http://r/ ;x'>",
		    "http://r/", URI_OTHER_TAG },
		{ "<meta http-equiv=refresh content='0; xurl=http://r/'>",
		    "http://r/", 0 },
		{ "<a href=mailto:a@b>", "mailto:a@b", URI_A },
		{ "<base href=http://b/d/i.html><a href=x>", "http://b/d/x",
		    URI_A },
		{ "<base href=http://b/d><a href=x>", "http://b/d/x",
		    URI_A },
		{ "<base href=/b/><a href=x>", "x", URI_A },
		{ "<base href=http://b/><a href=cid:x>", "cid:x", URI_A },
		{ "<a href=''>", "", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct view_html_uri *u =
		    find_uri(parse(cases[i].src), cases[i].raw);

		is_int(u != NULL ? u->types : 0, cases[i].types,
		    cases[i].src);
	}
}

static void
test_uri_bom(void)
{
	struct view_html *h = view_html_parse(arena,
	    SLICE("<a href='\xef\xbb\xbfhttp:\xef\xbb\xbf//a/'>"), true);

	ok(find_uri(h, "http://a/") != NULL, "U+FEFF hides no URI");
}

static void
test_anchor_uris(void)
{
	struct view_html *h = parse("<base href=http://b/>"
	    "<a href=x>one</a><a href=x>two</a>");
	const struct view_html_uri *u = find_uri(h, "x");

	if (ok(u != NULL, "anchor text is kept by the href as written")) {
		is_int(u->types, 0, "which is no URI itself");
		is_int(u->anchor_text.n, 2, "once for each anchor");
		is_cstr(u->anchor_text.v[1], "two", "in order");
	}
	u = find_uri(h, "http://b/x");
	ok(u != NULL && u->types == URI_A && u->anchor_text.n == 0,
	    "the URI is the resolved one");
}

static void
test_uri_length(void)
{
	struct buf b;
	struct view_html *h;

	buf_init(&b, arena);
	buf_adds(&b, "<img src=");
	for (size_t i = 0; i < 9000; i++) {
		buf_addc(&b, 'x');
	}
	buf_adds(&b, ">");
	h = view_html_parse(arena, buf_slice(&b), false);
	ok(h->uri_cut && h->uris.n == 1 && h->uris.v[0].raw.n == 8192,
	    "a long URI is cut and flagged");
}

static void
test_resolve(void)
{
	static const struct {
		const char *base, *ref, *want;
	} cases[] = {
		{ "http://a/b/c/d?q", "g", "http://a/b/c/g" },
		{ "http://a/b/c/d?q", "./g", "http://a/b/c/g" },
		{ "http://a/b/c/d?q", "../../g", "http://a/g" },
		{ "http://a/b/c/d?q", "../../../g", "http://a/g" },
		{ "http://a/b/c/d?q", "/g", "http://a/g" },
		{ "http://a/b/c/d?q", "//g", "http://g" },
		{ "http://a/b/c/d?q", "?y", "http://a/b/c/d?y" },
		{ "http://a/b/c/d?q", "#s", "http://a/b/c/d?q#s" },
		{ "http://a/b/c/d?q", "", "http://a/b/c/d?q" },
		{ "http://a/b/c/d?q", "..", "http://a/b/" },
		{ "http://a/b/c/d?q", ".", "http://a/b/c/" },
		{ "http://a/b/c/d?q", "http:g", "http://a/b/c/g" },
		{ "http://a/b/c/d?q", "g:h", "g:h" },
		{ "http://a", "x", "http://a/x" },
		{ "", "//www.x.y/z", "http://www.x.y/z" },
		{ "", "//ftp2.x.y", "ftp://ftp2.x.y" },
		{ "", "//x.y", "//x.y" },
		{ "", "x#a\nb", "x#a" },
		{ "", "0", "" },
		{ "", "/a/../b", "/b" },
		{ "", "/..", "/" },
		{ "", "a/./b/.", "a/b/" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_cstr(html_resolve(arena, slice_cstr(cases[i].base),
		    slice_cstr(cases[i].ref)), cases[i].want, cases[i].ref);
	}
}

/* The tables are searched by halves: a row out of order is never found. */
static void
test_tables(void)
{
	static const char *const tags[] = { "a", "abbr", "h6", "hr",
		"noscript", "nobr", "st", "xmp", "x-tab", "var" };
	static const char *const colors[] = { "aliceblue", "white",
		"yellowgreen", "grey", "lime", "LightGoldenRodYellow" };

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		ok((html_element_find(slice_cstr(tags[i])) != NULL) ==
		    (strcmp(tags[i], "st") != 0), "element %s", tags[i]);
	}
	for (size_t i = 0; i < sizeof(colors) / sizeof(colors[0]); i++) {
		struct chars c = { slice_cstr(colors[i]), false };

		ok(html_color_parse(c) <= 0xffffff, "colour %s", colors[i]);
	}
}

int
main(void)
{
	arena = arena_new();
	test_text();
	test_unicode();
	test_metrics();
	test_face();
	test_hidden();
	test_inside();
	test_lists();
	test_uri_sources();
	test_uri_bom();
	test_anchor_uris();
	test_uri_length();
	test_resolve();
	test_tables();
	arena_free(&arena);
	return tap_done();
}

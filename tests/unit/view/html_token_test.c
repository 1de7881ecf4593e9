/*
 * html_token - where HTML is cut.  Each case was compared with HTML::Parser
 * 3.81 (marked_sections on): S start tag, E end tag, T text, C comment, D
 * declaration.
 */
#include "config.h"

#include "tests/tap/tap.h"
#include "view/html-priv.h"

struct record {
	struct buf b;
	struct arena *arena;
};

static void
on_tag(void *arg, struct slice name, struct html_attrs *attrs)
{
	struct record *r = arg;

	buf_addf(&r->b, "%c[%.*s", attrs != NULL ? 'S' : 'E', SLICE_FMT(name));
	for (size_t i = 0; attrs != NULL && i < HTML_ATTRS; i++) {
		if (attrs->has[i]) {
			buf_addf(&r->b, "|%zu=%.*s", i,
			    SLICE_FMT(attrs->v[i].s));
		}
	}
	buf_addc(&r->b, ']');
}

static void
on_text(void *arg, struct chars text)
{
	struct record *r = arg;

	buf_addf(&r->b, "T[%.*s]", SLICE_FMT(text.s));
}

static void
on_comment(void *arg, struct slice text)
{
	struct record *r = arg;

	buf_addf(&r->b, "C[%.*s]", SLICE_FMT(text));
}

static void
on_declaration(void *arg, struct slice text)
{
	struct record *r = arg;

	buf_addf(&r->b, "D[%.*s]", SLICE_FMT(text));
}

static const struct html_events events = {
	on_tag, on_text, on_comment, on_declaration
};

struct token_case {
	const char *in, *out;
};

static void
check(const struct token_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct arena *a = arena_new();
		struct record r = { .arena = a };
		struct html_token t;

		buf_init(&r.b, a);
		html_token_init(&t, a, true, &events, &r);
		html_token_feed(&t, slice_cstr(cases[i].in));
		html_token_end(&t);
		is_cstr(buf_slice(&r.b), cases[i].out, cases[i].in);
		arena_free(&a);
	}
}

#define CHECK(cases) check(cases, sizeof(cases) / sizeof((cases)[0]))

static void
test_text(void)
{
	static const struct token_case cases[] = {
		{ "", "" },
		{ " ", "T[ ]" },
		{ "x", "T[x]" },
		{ "hello world", "T[hello]T[ world]" },
		{ "hello world \n", "T[hello world]T[ \n]" },
		{ "a<b", "T[a]C[<b]" },
		{ "a<", "T[a]C[<]" },
		{ "a<3 <", "T[a]T[<3 ]C[<]" },
		{ "<<<b>x", "T[<]T[<]S[b]T[x]" },
		{ "a]]>b", "T[a]]>b]" },
	};

	CHECK(cases);
}

static void
test_tags(void)
{
	static const struct token_case cases[] = {
		{ "<B>x</B >y", "S[b]T[x]E[b]T[y]" },
		{ "<:y><_x><-z>", "S[:y]S[_x]T[<-z>]" },
		{ "<a href=x HREF='y'>", "S[a|9=x]" },
		{ "<a href = \"a>b\" >", "S[a|9=a>b]" },
		{ "<a href>", "S[a|9=href]" },
		{ "<a href= >", "S[a|9=]" },
		{ "<a href=x>y", "S[a|9=x]T[y]" },
		{ "<a href=\"1\"size=2>", "S[a|9=1|12=2]" },
		{ "<a b/href=x>", "S[a|18=x]" },
		{ "<a /href=x>", "S[a]" },
		{ "<img/src=x>", "S[img/src=x]" },
		{ "<a href=\"x>y", "C[<a href=\"x>y]" },
		{ "<a href=x", "C[<a href=x]" },
		{ "</b x=\"1>\">c", "E[b]T[c]" },
		{ "</ x>y", "C[</ x>]T[y]" },
		{ "<?xml ?>y", "T[y]" },
		{ "<a title=x size='&lt;&eacutefoo&amp'>",
		    "S[a|12=<&eacutefoo&]" },
	};

	CHECK(cases);
}

static void
test_comments(void)
{
	static const struct token_case cases[] = {
		{ "<!-- a -->b", "C[<!-- a -->]T[b]" },
		{ "<!-- a -- >b", "C[<!-- a -- >]T[b]" },
		{ "<!-- a > b -->c", "C[<!-- a > b -->]T[c]" },
		{ "<!--->b", "C[<!--->]T[b]" },
		{ "<!---->b", "C[<!---->]T[b]" },
		{ "<!-- x>y<b>z", "C[<!-- x>]T[y]S[b]T[z]" },
		{ "<!-- x", "C[<!-- x]" },
		{ "<!>x", "C[<!>]T[x]" },
		{ "<!foo>x", "C[<!foo>]T[x]" },
		{ "<!-x>y", "C[<!-x>]T[y]" },
		{ "<!doctype html>x", "D[<!doctype html>]T[x]" },
		{ "<!DOCTYPE \"a>b\" --c>-->x",
		    "D[<!DOCTYPE \"a>b\" --c>-->]T[x]" },
		{ "<!DOCTYPE -x>y", "C[<!DOCTYPE -x>]T[y]" },
		{ "<!DOCTYPE \"x", "C[<!DOCTYPE \"x]" },
	};

	CHECK(cases);
}

static void
test_literal(void)
{
	static const struct token_case cases[] = {
		{ "<script>a<b>&amp;</SCRIPT >c",
		    "S[script]T[a<b>&amp;]E[script]T[c]" },
		{ "<script>a<b>", "S[script]E[script]T[a]S[b]" },
		{ "<title>a<b>&amp;</title>",
		    "S[title]T[a<b>&]E[title]" },
		{ "<title>a<b>c", "S[title]T[a]E[title]S[b]T[c]" },
		{ "<title>a", "S[title]T[a]E[title]" },
		{ "<textarea>a<b>", "S[textarea]T[a<b>]" },
		{ "<plaintext>a</plaintext>b",
		    "S[plaintext]T[a</plaintext>b]" },
		{ "<xmp><b></xmp><b>", "S[xmp]T[<b>]E[xmp]S[b]" },
		{ "<style></sty</style>", "S[style]T[</sty]E[style]" },
	};

	CHECK(cases);
}

static void
test_sections(void)
{
	static const struct token_case cases[] = {
		{ "<![CDATA[x<b>&amp;]]>z y", "T[x<b>&amp;]T[z]T[ y]" },
		{ "<![RCDATA[x<b>&amp;]]>z", "T[x<b>&]T[z]" },
		{ "<![IGNORE[a<b>c]]>d e", "T[d]T[ e]" },
		{ "<![INCLUDE[a<b>c]]>d", "T[a]S[b]T[c]T[d]" },
		{ "<![ -- c -- INCLUDE [a]]>", "T[a]" },
		{ "<![foo]>x y", "C[<![foo]>]T[x]T[ y]" },
		{ "<![if gte mso]>x", "C[<![if gte mso]>]T[x]" },
		{ "<![CDATA[x", "T[x]" },
		{ "<title>a<![IGNORE[b</title>c]]>d",
		    "S[title]T[a<![IGNORE[b]E[title]T[c]]>d]" },
	};

	CHECK(cases);
}

static void
test_entities(void)
{
	static const struct token_case cases[] = {
		{ "&lt;&gt;&amp;&quot;&apos;.", "T[<>&\"'.]" },
		{ "&eacute;&eacutefoo&ampfoo.",
		    "T[\xc3\xa9\xc3\xa9" "foo&foo.]" },
		{ "&OElig;&OElig&Alpha.", "T[\xc5\x92&OElig&Alpha.]" },
		{ "&#65;&#x41&#X41;.", "T[AAA.]" },
		{ "&#0;&#x;&#;&#99999999;.", "T[&#0;&#x;&#;&#99999999;.]" },
		{ "&#xD83D;&#xDE00;.", "T[\xf0\x9f\x98\x80.]" },
		{ "&#xD83D;x&#xDE00;.",
		    "T[\xef\xbf\xbdx\xef\xbf\xbd.]" },
		{ "&#65534;&#xFDD0;.", "T[&#65534;\xef\xbf\xbd.]" },
		{ "&bogus;&&.", "T[&bogus;&&.]" },
		{ "&thetasym;&zwnj;.", "T[\xcf\x91\xe2\x80\x8c.]" },
	};

	CHECK(cases);
}

/* The rest of one piece of input is read together with the next. */
static void
test_feed(void)
{
	struct arena *a = arena_new();
	struct record r = { .arena = a };
	struct html_token t;

	buf_init(&r.b, a);
	html_token_init(&t, a, false, &events, &r);
	html_token_feed(&t, SLICE("<style>a<b>"));
	is_cstr(buf_slice(&r.b), "S[style]", "open style waits");
	html_token_feed(&t, SLICE("</style>"));
	html_token_feed(&t, SLICE(""));
	html_token_feed(&t, SLICE("x <i"));
	html_token_feed(&t, SLICE(">"));
	html_token_end(&t);
	is_cstr(buf_slice(&r.b), "S[style]T[a<b>]E[style]T[x ]S[i]",
	    "fed in pieces");
	arena_free(&a);
}

int
main(void)
{
	test_text();
	test_tags();
	test_comments();
	test_literal();
	test_sections();
	test_entities();
	test_feed();
	return tap_done();
}

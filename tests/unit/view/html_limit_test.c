/*
 * html limits - HTML made to cost more than it is worth.  Each case must
 * take time linear in its size; a quadratic one would take hours.
 */
#include "config.h"

#include "base/clock.h"
#include "base/limits.h"
#include "tests/tap/tap.h"
#include "view/html-priv.h"

#define MILLION 1000000
#define LOTS 300000		/* more than LIMIT_HTML_TAGS */

/* Generous: sanitizers and valgrind are slow, quadratic is 10^6 slower. */
#define SECONDS_MAX 60

struct limit_case {
	const char *name, *head, *unit;
	size_t times;
	bool cut;
};

static const struct limit_case cases[] = {
	{ "10 MB of <", "", "<", 10 * MILLION, false },
	{ "1M unclosed tags", "", "<b>", MILLION, true },
	{ "end tags", "", "</b>", LOTS, true },
	{ "dashes", "", "\xe2\x80\x94", 3 * MILLION, false },
	{ "unclosed font", "", "<font color=red>", LOTS, true },
	{ "<p>", "", "<p>", LOTS, true },
	{ "td", "", "<td><font>", LOTS, true },
	{ "unclosed title", "", "<title>", LOTS, true },
	{ "unclosed title in ignore", "<![IGNORE[", "<title>", LOTS,
	    true },
	{ "script open", "", "<script>", LOTS, false },
	{ "style open", "", "<style>", LOTS, false },
	{ "comment never closed", "<!--", "<!--", LOTS, false },
	{ "comment of dashes", "<!--", "-", LOTS, false },
	{ "comment of dashes and blanks", "<!--", "-- ", LOTS, false },
	{ "comments", "", "<!>", LOTS, true },
	{ "unfinished tags", "", "<a ", LOTS, true },
	{ "quotes", "<a x=\"", "'\"", LOTS, false },
	{ "attribute", "<a ", "x", 10 * MILLION, false },
	{ "attributes", "<a ", "href=x ", LOTS, true },
	{ "glued attributes", "<a ", "x/href", LOTS, false },
	{ "sections", "", "<![a[", LOTS, true },
	{ "includes", "", "<![INCLUDE[]]]>", LOTS, true },
	{ "section names", "<![", "a ", LOTS, false },
	{ "section comments", "<![", "-- -- ", LOTS, false },
	{ "cdata opens", "", "<![CDATA[", LOTS, false },
	{ "brackets", "<![CDATA[", "]]", LOTS, false },
	{ "declarations", "", "<!DOCTYPE ", LOTS, false },
	{ "anchors", "", "<a href=x>y", LOTS, true },
	{ "slashes", "", "<b/", LOTS, false },
	{ "ampersands", "", "&", LOTS, false },
	{ "prefixes", "", "&eacuteeeeeeeeee", LOTS, false },
	{ "one long entity", "&", "a", LOTS, false },
	{ "one long number", "&#", "1", LOTS, false },
	{ "surrogates", "", "&#xD83D;", LOTS, false },
	{ "nbsp", "", "&nbsp;", LOTS, false },
	{ "style declarations", "<p style='", "color:red;", LOTS,
	    false },
	{ "NULs", "<b", "\0", 10 * MILLION, false },
	{ "bytes of 0xC3", "", "\xc3", 10 * MILLION, false },
	{ "deep paths", "<base href='http://a/'><img src='x",
	    "/../y", LOTS, false },
	{ "base of dots", "<base href='http://a/", ".", LOTS, false },
	{ "refresh", "<meta http-equiv=refresh content='",
	    "url=", LOTS, false },
	{ "face", "<font face='", "ab,", LOTS, false },
};

static struct slice
build(struct arena *a, const struct limit_case *c)
{
	size_t head = strlen(c->head);
	size_t unit = c->unit[0] == '\0' ? 1 : strlen(c->unit);
	size_t n = head + unit * c->times;
	char *p = arena_alloc(a, n);

	memcpy(p, c->head, head);
	for (size_t i = 0; i < c->times; i++) {
		memcpy(p + head + i * unit, c->unit, unit);
	}
	return slice_make(p, n);
}

static void
test_linear(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		double start = clock_cpu(), took;
		struct view_html *h = view_html_parse(a,
		    build(a, &cases[i]), true);

		took = clock_cpu() - start;
		ok(took < SECONDS_MAX && h->cut == cases[i].cut,
		    "%s: %.2f s, cut %d", cases[i].name, took, h->cut);
		ok(h->tags <= LIMIT_HTML_TAGS + 1, "%s: tags bounded",
		    cases[i].name);
		arena_free(&a);
	}
}

/* The closing quotes that make the long attributes real ones. */
static void
test_closed(void)
{
	static const struct {
		const char *head, *unit, *tail;
	} closed[] = {
		{ "<p style='", "color:red;", "'>x" },
		{ "<img src='http://a/x", "/../y", "'>x" },
		{ "<meta http-equiv=refresh content='", "url=", "'>" },
		{ "<font face='", "ab,", "'>" },
		{ "<a href='", "\xef\xbb\xbf", "'>x</a>" },
		{ "<td style='background:", "(,\"x\",", "'>x" },
		{ "<td style='background-color:", "rgb(", "'>x" },
		{ "<font color='", "rgb(1,", "'>x" },
		{ "<a x", "/href", "=y>" },
	};

	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		struct arena *a = arena_new();
		double start = clock_cpu(), took;
		struct buf b;

		buf_init(&b, a);
		buf_adds(&b, closed[i].head);
		for (size_t k = 0; k < LOTS; k++) {
			buf_adds(&b, closed[i].unit);
		}
		buf_adds(&b, closed[i].tail);
		(void)view_html_parse(a, buf_slice(&b), false);
		took = clock_cpu() - start;
		ok(took < SECONDS_MAX, "%s…: %.2f s", closed[i].head, took);
		arena_free(&a);
	}
}

static void
test_attribute_limit(void)
{
	struct arena *a = arena_new();
	struct view_html *h;
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "<a ");
	for (size_t i = 0; i < LIMIT_HTML_ATTRS; i++) {
		buf_addf(&b, "x%zu=1 ", i);
	}
	buf_adds(&b, "href=http://late.example/>x</a>");
	h = view_html_parse(a, buf_slice(&b), false);
	ok(h->cut, "too many attributes set the flag");
	is_cstr(h->text, "x", "and the text is still there");
	is_int(h->uris.n, 1, "the anchor is there");
	is_cstr(h->uris.v[0].raw, "", "without the late href");
	arena_free(&a);
}

int
main(void)
{
	test_linear();
	test_closed();
	test_attribute_limit();
	return tap_done();
}

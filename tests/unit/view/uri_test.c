/*
 * uri_test - URIs out of text, HTML and signatures, their variants, hosts
 * and domains; hostile ones.
 */
#include "config.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "view/uri.h"

#include "tests/tap/tap.h"

static struct view_conf
plain_conf(void)
{
	return (struct view_conf){
		.body_part_scan = 50000,
		.rawbody_part_scan = 500000,
	};
}

/* ---- text ---- */

struct found {
	struct buf text;
};

static void
note(struct slice uri, unsigned types, void *arg)
{
	struct found *f = arg;

	buf_addf(&f->text, "%s%.*s%s%s", f->text.n ? " " : "", SLICE_FMT(uri),
	    types & URI_SCHEMELESS ? "+s" : "",
	    types & URI_UNLINKED ? "+u" : "");
}

/* What is found in a line: URIs, +s had no scheme, +u is no link. */
static struct slice
scan_text(struct arena *a, struct slice line)
{
	struct found f;
	struct uri_hosts hosts;
	struct uri_scan scan = { .arena = a, .seen = map_new(a, false),
		.hosts = &hosts, .found = note, .arg = &f };

	uri_hosts_init(&hosts, a, NULL);
	buf_init(&f.text, a);
	uri_text_scan(&scan, line);
	return buf_slice(&f.text);
}

static void
test_text(void)
{
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "", "" }, { "no address here", "" },
		{ "see http://a.example.com/x.", "http://a.example.com/x" },
		{ "HTTPS://a.com", "HTTPS://a.com" }, { "http://", "" },
		{ "ftp://a.com ftp.b.com", "ftp://a.com ftp://ftp.b.com+s" },
		{ "www.a.com www12.a.com www123.a.com", "http://www.a.com+s "
		    "http://www12.a.com+s http://www123.a.com+s+u" },
		/* ends */
		{ "<http://a.com/x>", "http://a.com/x" },
		{ "(http://a.com/x) y", "http://a.com/x" },
		{ "http://a.com/(x) y", "http://a.com/(x" },
		{ "http://a.com/x).y", "http://a.com/x" },
		{ "http://a.com/x\xa0y", "http://a.com/x" },
		{ "http://a.com/x?!.,;", "http://a.com/x" },
		{ "\"www.a.com\"", "http://www.a.com+s" },
		/* bare hosts */
		{ "go to example.com now", "http://example.com+s+u" },
		{ "example.com/path", "http://example.com/path+s+u" },
		{ "example.com:80/p", "http://example.com:80/p+s+u" },
		{ "example.com:x", "" }, { "example.com:123456", "" },
		{ "example.com. And", "http://example.com+s+u" },
		{ "example.com.. And", "" }, { "example.notld", "" },
		{ "x-example.com", "http://x-example.com+s+u" },
		{ "%example.com", "" }, { "_example.com", "" },
		{ "exa_mple.com", "" }, { "example.com/", "" },
		{ "a,example.com", "http://example.com+s+u" },
		/* mail */
		{ "jo@example.com", "mailto:jo@example.com+s" },
		{ "mailto:jo@example.com", "mailto:jo@example.com" },
		{ "jo@example", "" }, { "Vi@gra", "" },
		{ "e-mail:jo@example.com", "mailto:jo@example.com+s" },
		{ "jo@example.notld", "" },
		{ "mailto:jo%40example.com", "" },
		{ "mailto:%6Ao@example.com", "mailto:jo@example.com" },
		{ "a.com/x@example.com", "http://a.com/x@example.com+s" },
		{ "cid:image1@example.com", "" },
		{ "<jo@example.com>,ann@example.com",
		    "mailto:jo@example.com+s mailto:ann@example.com+s" },
		/* once */
		{ "www.a.com www.a.com", "http://www.a.com+s" },
		/* marks at the ends of words, and words between marks */
		{ ". : @ .. a. :b @c .d", "" }, { "end. www.a.com: so",
		    "http://www.a.com+s" },
		{ "no\tmark\nhere ftp.a.com\xa0x@y", "ftp://ftp.a.com+s" },
		{ "10:30 a@b x.com", "http://x.com+s+u" },
		{ "12.50 4.50 One.Two b.com x.com",
		    "http://b.com+s+u http://x.com+s+u" },
		/* the shift of ISO 2022 */
		{ "\x1b(Bhttp://a.com/x\x1b$B", "http://a.com/x" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();

		is_cstr(scan_text(a, slice_cstr(cases[i].line)),
		    cases[i].want, cases[i].line);
		arena_free(&a);
	}
}

static struct slice
repeat(struct arena *a, struct slice what, size_t total)
{
	struct buf b;

	buf_init(&b, a);
	while (b.n < total) {
		buf_add_slice(&b, what);
	}
	return buf_slice(&b);
}

/* Lengths: one byte more than the limit and it is no URI. */
static void
test_text_limits(void)
{
	struct arena *a = arena_new();
	struct slice x = repeat(a, SLICE("x"), 3000);
	char *line;

	line = arena_printf(a, "http://%.*s", 2048, x.p);
	is_int(scan_text(a, slice_cstr(line)).n, 2055, "2048 bytes");
	line = arena_printf(a, "http://%.*s", 2049, x.p);
	is_int(scan_text(a, slice_cstr(line)).n, 0, "2049 bytes");
	line = arena_printf(a, "%.*s@a.com", 251, x.p);
	ok(scan_text(a, slice_cstr(line)).n > 251, "a local part of 251");
	line = arena_printf(a, "%.*s@a.com", 252, x.p);
	is_cstr(scan_text(a, slice_cstr(line)), "http://a.com+s+u", "of 252");
	arena_free(&a);
}

static void
test_text_bombs(void)
{
	static const struct slice bombs[] = { { "http://", 7 }, { "www.", 4 },
		{ "a.", 2 }, { "a@", 2 }, { "@", 1 }, { "-a", 2 },
		{ "mailto:", 7 }, { ".com", 4 }, { "a.com,", 6 },
		{ "\xa0", 1 }, { "(a", 2 }, { "\0", 1 }, { "a-b.com:", 8 } };
	double start = clock_cpu();

	for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
		struct arena *a = arena_new();
		struct slice line = repeat(a, bombs[i], 4u * 1024 * 1024);
		size_t before = arena_used(a);

		scan_text(a, line);
		ok(arena_used(a) - before < 4 * line.n, "memory for '%.*s'",
		    SLICE_FMT(bombs[i]));
		arena_free(&a);
	}
	ok(clock_cpu() - start < 20, "52 MB in %g s", clock_cpu() - start);
}

/* Each last label is another one, and none is a top-level domain. */
static void
test_label_bomb(void)
{
	struct arena *a = arena_new();
	size_t before;
	struct buf b;

	buf_init(&b, a);
	for (unsigned i = 0; i < 500000; i++)
		buf_addf(&b, "a.%05x,", i);
	before = arena_used(a);
	scan_text(a, buf_slice(&b));
	ok(arena_used(a) - before < 4 * b.n, "500,000 labels: %zu KB",
	    (arena_used(a) - before) / 1024);
	arena_free(&a);
}

/* ---- variants ---- */

static struct slice
variants(struct arena *a, const struct view_conf *c, struct slice uri,
    bool chars)
{
	struct uri_set set;

	uri_set_init(&set, a);
	uri_canonicalize(&set, c, uri, chars);
	return arena_join(a, set.v.v, set.v.n, SLICE(" | "));
}

static void
test_variants(void)
{
	static const struct {
		const char *uri, *want;
	} cases[] = {
		{ "http://a.com/", "http://a.com/" },
		{ " http://a.c\nom/\r ", "http://a.com/" },
		{ "#top", "#top" }, { "/x.gif", "/x.gif" }, { "x", "x" },
		{ "", "" },
		{ "//a.com", "//a.com | http:////a.com" },
		{ "http:\\\\a.com\\x", "http:\\\\a.com\\x | http://a.com/x" },
		{ "http:a.com", "http:a.com | http://a.com" },
		{ "https:/a.com", "https:/a.com | https://a.com" },
		{ "http://%61.com/%20%2f", "http://%61.com/%20%2f | "
		    "http://a.com/%20/" },
		{ "http://a.com/%2541", "http://a.com/%2541 | "
		    "http://a.com/%41" },
		{ "http://a.com/%41\xe9%zz", "http://a.com/%41\xe9%zz | "
		    "http://a.com/A%e9%25zz" },
		{ "www.a.com", "www.a.com | http://www.a.com" },
		{ "ftp.a.com", "ftp.a.com | ftp://ftp.a.com" },
		{ "http://a.com?x", "http://a.com?x | http://a.com/?x" },
		{ "http://a.com/&#46;c&#x6f;&#038;#65;", "http://a.com/&#46;"
		    "c&#x6f;&#038;#65; | http://a.com/.co&#65;" },
		{ "http://a.com/&#12290;&#XFF0e;&#32;", "http://a.com/"
		    "&#12290;&#XFF0e;&#32; | http://a.com/..&#32;" },
		{ "http://a.com:80/", "http://a.com:80/ | http://a.com/" },
		{ "https://a.com:443", "https://a.com:443 | https://a.com" },
		{ "http://a.com:8080/", "http://a.com:8080/" },
		{ "http://u:p@a.com/", "http://u:p@a.com/" },
		{ "http://u@v@a.com/", "http://u@v@a.com/ | "
		    "http://a.com/" },
		{ "http://a.com!!!", "http://a.com!!! | http://a.com" },
		{ "http://b\xc3\xbc" "cher.com/", "http://b\xc3\xbc"
		    "cher.com/ | http://xn--bcher-kva.com/" },
		{ "http://a.com\xc3\x82/", "http://a.com\xc3\x82/ | "
		    "http://a.com/" },
		{ "http://b\xc3\xbc/", "http://b\xc3\xbc/ | http://b/ | "
		    "http://www.b\xc3\xbc.com/" },
		/* numbers */
		{ "http://0x7f.1.2.3/", "http://0x7f.1.2.3/ | "
		    "http://127.1.2.3/" },
		{ "http://0177.08.010.1/", "http://0177.08.010.1/ | "
		    "http://127.8.8.1/" },
		{ "http://10.0.0.1/", "http://10.0.0.1/ | http://10...1/" },
		{ "http://0x7f000001/", "http://0x7f000001/ | "
		    "http://127.0.0.1/" },
		{ "http://00xff7f000001/", "http://00xff7f000001/ | "
		    "http://www.00xff7f000001.com/" },
		{ "http://0xff7f000001/", "http://0xff7f000001/ | "
		    "http://127.0.0.1/" },
		{ "http://3232235777/", "http://3232235777/ | "
		    "http://192.168.1.1/" },
		{ "http://99999999999999999999999/", "http://"
		    "99999999999999999999999/ | http://255.255.255.255/" },
		{ "http://0xffffffffffffffffffff.1.1.1/",
		    "http://0xffffffffffffffffffff.1.1.1/ | "
		    "http://9223372036854775807.1.1.1/" },
		/* one label */
		{ "http://foo/", "http://foo/ | http://www.foo.com/" },
		{ "http://www.no-tld", "http://www.no-tld | "
		    "http://www.no-tld.com" },
		{ "http://www.foo", "http://www.foo" },	/* a TLD */
		{ "https://foo/", "https://foo/" },
		{ "http://localhost/", "http://localhost/" },
		{ "http://u@foo/", "http://u@foo/" },
		/* mail */
		{ "mailto:a@b.com?subject=x", "mailto:a@b.com?subject=x | "
		    "mailto:a@b.com" },
		{ "mailto:a@b.com&x?y", "mailto:a@b.com&x?y | "
		    "mailto:a@b.com&x | mailto:a@b.com" },
		{ "mailto:%20a@b.com%20", "mailto:%20a@b.com%20 | "
		    "mailto:a@b.com" },
		{ "mailto:%20@b.com", "mailto:%20@b.com | mailto:%20@b.com" },
		{ "mailto:\"A\"<a@b.com>", "mailto:\"A\"<a@b.com> | "
		    "mailto:a@b.com" },
		{ "mailto:<x<a@b.com><c>", "mailto:<x<a@b.com><c> | "
		    "mailto:a@b.com" },
		{ "mailto:?<a@b.com>", "mailto:?<a@b.com>" },
		/* redirectors */
		{ "http://r.com/?u=http://t.com/x&y", "http://r.com/?u="
		    "http://t.com/x&y | http://t.com/x" },
		{ "http://r.com/http:t.com", "http://r.com/http:t.com | "
		    "http:t.com | http://t.com" },
		{ "http://r.com/?u=http://nodot", "http://r.com/?u="
		    "http://nodot" },
		{ "http://r.com/httphttp://t.com", "http://r.com/"
		    "httphttp://t.com | http://t.com" },
	};
	struct view_conf c = plain_conf();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		const char *want = cases[i].want;

		if (strcmp(cases[i].uri, "mailto:%20@b.com") == 0) {
			want = cases[i].uri;	/* the same again */
		}
		is_cstr(variants(a, &c, slice_cstr(cases[i].uri), false),
		    want, i == 1 ? "line breaks" : cases[i].uri);
		arena_free(&a);
	}
}

/* Characters are escaped by their number, bytes one by one. */
static void
test_characters(void)
{
	struct view_conf c = plain_conf();
	struct arena *a = arena_new();
	struct slice uri = SLICE("http://a.com/%41\xc3\xa9\xe2\x82\xac");

	is_cstr(variants(a, &c, uri, true), "http://a.com/%41\xc3\xa9\xe2\x82"
	    "\xac | http://a.com/A%e9\xe2\x82\xac", "characters");
	is_cstr(variants(a, &c, uri, false), "http://a.com/%41\xc3\xa9\xe2"
	    "\x82\xac | http://a.com/A%c3%a9%e2%82%ac", "bytes");
	arena_free(&a);
}

/* A site's own pattern comes before the general rule. */
static struct slice
match_go(const void *arg, struct slice uri, struct arena *a)
{
	ptrdiff_t at = slice_find(uri, SLICE("go="), 0);

	ok(arg == &match_go, "the argument arrives");
	return at < 0 ? SLICE("") : slice_sub(uri, (size_t)at + 3, uri.n);
}

static void
test_redirector_pattern(void)
{
	struct view_redirector r = { match_go, &match_go };
	struct view_conf c = plain_conf();
	struct arena *a = arena_new();

	c.redirectors = &r;
	c.n_redirectors = 1;
	is_cstr(variants(a, &c, SLICE("http://r.com/?go=t.com"), false),
	    "http://r.com/?go=t.com | t.com | http://t.com", "pattern");
	is_cstr(variants(a, &c, SLICE("http://r.com/?go=x&http://t.com/y"),
	    false), "http://r.com/?go=x&http://t.com/y | x&http://t.com/y | "
	    "http://x&http://t.com/y | http://www.x&http.com://t.com/y",
	    "where both fit the pattern wins");
	arena_free(&a);
}

static void
test_variant_bombs(void)
{
	static const struct slice bombs[] = { { "http://a.b/", 11 },
		{ "%25", 3 }, { "&#38;#38;", 9 }, { "http:", 5 }, { "<", 1 },
		{ "<a@", 3 }, { "@", 1 }, { "0", 1 }, { "&#0", 3 },
		{ "%20", 3 }, { "\\", 1 }, { "a.", 2 }, { "\xff", 1 } };
	static const char *const heads[] = { "", "http://", "mailto:a@",
		"http://h.com/", "http://0x" };
	struct view_conf c = plain_conf();
	double start = clock_cpu();

	for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
		for (size_t k = 0; k < sizeof(heads) / sizeof(heads[0]); k++) {
			struct arena *a = arena_new();
			struct slice s = repeat(a, bombs[i], 1024 * 1024);
			struct slice uri = slice_cstr(arena_printf(a, "%s%.*s",
			    heads[k], SLICE_FMT(s)));
			size_t before = arena_used(a);

			variants(a, &c, uri, true);
			ok(arena_used(a) - before < 400u * LIMIT_URI_BYTES,
			    "%s and a lot of '%.*s'", heads[k],
			    SLICE_FMT(bombs[i]));
			arena_free(&a);
		}
	}
	ok(clock_cpu() - start < 10, "in %g s", clock_cpu() - start);
}

/* ---- whole messages ---- */

static const struct view_uri *
uris_of(struct arena *a, const struct view_conf *c, const char *text,
    struct view **v_r, size_t *n_r)
{
	*v_r = view_new(a, mail_parse(a, slice_cstr(text)), c);
	return view_uris(*v_r, n_r);
}

static const struct view_uri *
find_uri(const struct view_uri *u, size_t n, const char *raw)
{
	for (size_t i = 0; i < n; i++) {
		if (slice_eq_cstr(u[i].raw, raw)) {
			return &u[i];
		}
	}
	return NULL;
}

static void
test_html_message(void)
{
	static const char text[] = "Subject: at www.subject.com\n"
	    "Content-Type: text/html\n\n<html><a href=\"http://a.example.com"
	    "/%41\">one</a><a href=\"http://a.example.com/%41\">two</a>"
	    "<img src=\"http://i.example.org/x.gif\">"
	    "<p>http://a.example.com/%41 <a href=\"foo.html\">three</a>";
	struct view_conf c = plain_conf();
	struct arena *a = arena_new();
	struct view *v;
	size_t n;
	const struct view_uri *u = uris_of(a, &c, text, &v, &n), *x;

	x = find_uri(u, n, "http://a.example.com/%41");
	ok(x && x->types == (URI_PARSED | URI_A), "both types");
	ok(x && x->n_anchor_text == 2, "both texts");
	ok(x && x->n_cleaned == 2, "two variants");
	ok(x && x->n_hosts == 1 && slice_eq_cstr(x->hosts[0],
	    "a.example.com") && slice_eq_cstr(x->domains[0], "example.com"),
	    "host and domain");
	x = find_uri(u, n, "http://i.example.org/x.gif");
	ok(x && x->types == URI_IMG, "an image");
	x = find_uri(u, n, "http://www.subject.com");
	ok(x && x->types == (URI_PARSED | URI_SCHEMELESS), "the Subject");
	ok(view_uris(v, &n) == u, "the same list again");
	ok(view_uri_lines(v)->n >= 5, "lines for uri rules");
	ok(view_uri_lines(v) == view_uri_lines(v), "the same lines again");
	arena_free(&a);
}

static void
test_dkim_message(void)
{
	static const char text[] = "DKIM-Signature: v=1; d = sig.exa\n"
	    "\tmple.com; bd=no.example.com; s=x\nDKIM-Signature: d=;d=nodot\n"
	    "DomainKey-Signature: a=b; d=old.example.net\n\nx\n";
	struct view_conf c = plain_conf();
	struct arena *a = arena_new();
	struct view *v;
	size_t n;
	const struct view_uri *u = uris_of(a, &c, text, &v, &n), *x;

	is_int(n, 0, "not asked for");
	c.parse_dkim_uris = true;
	u = uris_of(a, &c, text, &v, &n);
	is_int(n, 2, "two signatures");
	x = find_uri(u, n, "domainkeys:sig.example.com");
	ok(x && x->types == URI_DOMAINKEYS && x->n_cleaned == 0, "no variant");
	ok(x && x->n_hosts == 1 && slice_eq_cstr(x->domains[0],
	    "example.com"), "its domain");
	is_int(view_uri_lines(v)->n, 0, "nothing for uri rules");
	arena_free(&a);
}

/* host>domain of each variant of a URI in HTML. */
static void
test_hosts(void)
{
	static const struct {
		const char *uri, *host;		/* NULL: none */
	} cases[] = {
		{ "http://U@A.Example.COM:81/x", "a.example.com" },
		{ "http://a.example.com:/x", "a.example.com" },
		{ "http://192.0.2.7/x", "192.0.2.7" },
		{ "http://a.example.notld/", NULL },
		{ "javascript:a.example.com", NULL },
		{ "file:a.example.com", NULL }, { "cid:a.example.com", NULL },
		{ "mailto:jo@a.example.com?x", "a.example.com" },
		{ "mailto:jo", NULL }, { "mailto:a@b@c.com", NULL },
		{ "http://a.example.com#x", "a.example.com" },
		{ "http://a%2eexample.com/", "a.example.com" },
		{ "http://exa mple.com/", "example.com" },
	};
	struct view_conf c = plain_conf();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		struct view *v;
		size_t n;
		const struct view_uri *u = uris_of(a, &c, arena_printf(a,
		    "Content-Type: text/html\n\n<a href=\"%s\">",
		    cases[i].uri), &v, &n);

		ok(n == 1 && u->n_hosts == (cases[i].host != NULL) &&
		    (!cases[i].host || slice_eq_cstr(u->hosts[0],
		    cases[i].host)), "host of %s", cases[i].uri);
		arena_free(&a);
	}
}

/* More URIs than anyone reads: a flag, an end, no harm. */
static void
test_many_uris(void)
{
	struct view_conf c = plain_conf();
	struct arena *a = arena_new();
	double start = clock_cpu();
	struct view *v;
	struct buf b;
	size_t n, lines;

	buf_init(&b, a);
	buf_adds(&b, "Content-Type: text/html\n\n");
	for (unsigned i = 0; i < 60000; i++) {
		buf_addf(&b, "<img src=\"http://h%u.example.com/%%41\">", i);
	}
	uris_of(a, &c, buf_cstr(&b), &v, &n);
	lines = view_uri_lines(v)->n;
	ok(lines > LIMIT_URIS / 2 && lines <= LIMIT_URIS, "%zu lines", lines);
	ok(view_mail(v)->defects & DEFECT_TOO_MANY_URIS, "flag");
	ok(clock_cpu() - start < 5, "in %g s", clock_cpu() - start);
	arena_free(&a);
}

static void
test_long_uri(void)
{
	struct view_conf c = plain_conf();
	struct arena *a = arena_new();
	struct slice x = repeat(a, SLICE("x"), 3 * LIMIT_URI_BYTES);
	struct view *v;
	size_t n;

	uris_of(a, &c, arena_printf(a, "Content-Type: text/html\n\n"
	    "<a href=\"http://a.com/%.*s\">", SLICE_FMT(x)), &v, &n);
	is_int(n, 1, "one URI");
	is_int(view_uri_lines(v)->v[0].n, LIMIT_URI_BYTES, "cut");
	ok(view_mail(v)->defects & DEFECT_URI_CUT, "flag");
	arena_free(&a);
}

int
main(void)
{
	test_text();
	test_text_limits();
	test_text_bombs();
	test_label_bomb();
	test_variants();
	test_characters();
	test_redirector_pattern();
	test_variant_bombs();
	test_html_message();
	test_dkim_message();
	test_hosts();
	test_many_uris();
	test_long_uri();
	return tap_done();
}

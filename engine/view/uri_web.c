/*
 * uri_web - what the host of a web address could mean, and redirectors.
 *
 * Called by uri_canon.c (step 7 of reference/sa-compat.md 5.6).  Default
 * ports, names in other scripts, user@, junk behind the name, numbers in
 * octal, hex or one piece, "foo" for www.foo.com: browsers take all of them,
 * so spam hides in all of them.
 */
#include "config.h"


#include "base/buf.h"
#include "view/uri.h"

struct slice
uri_join(struct arena *a, struct slice x, struct slice y, struct slice z)
{
	const struct slice v[] = { x, y, z };

	return arena_join(a, v, 3, SLICE(""));
}

/* Length of "http://" or "https://" at the start, or 0. */
size_t
uri_web_scheme(struct slice s)
{
	return slice_starts_nocase(s, SLICE("http://")) ? 7 :
	    slice_starts_nocase(s, SLICE("https://")) ? 8 : 0;
}

/* A call of strchr a byte would cost more: stops has four at most. */
static inline bool
is_stop(char c, const char *stops)
{
	while (*stops != '\0' && *stops != c) {
		stops++;
	}
	return *stops != '\0';
}

size_t
uri_span(struct slice s, size_t from, const char *stops)
{
	while (from < s.n && !is_stop(s.p[from], stops)) {
		from++;
	}
	return from;
}

/* ---- hosts (step 7) ---- */

struct web {
	struct uri_set *set;
	const struct view_conf *conf;
	struct slice scheme;		/* with "//", as written */
	bool auth;			/* user@ stood before the host */
	struct slice host, ace;		/* as it is now; lower case, ASCII */
	struct slice rest;		/* from the port or path on */
	bool port;			/* digits stood after the host */
	bool port80;			/* none or 80, and http */
};

static void
add_form(struct web *w, struct slice host, struct slice rest)
{
	const struct slice v[] = { w->scheme, host, rest };

	uri_set_add(w->set, arena_join(w->set->arena, v, 3, SLICE("")));
}

static bool
split_web(struct slice s, struct web *w)
{
	size_t start = uri_web_scheme(s), at, end;

	if (start == 0) {
		return false;
	}
	w->scheme = slice_sub(s, 0, start);
	at = uri_span(s, start, "@/?#");
	end = at < s.n && s.p[at] == '@' ? uri_span(s, at + 1, "/?#:") : 0;
	if (end > at + 1) {
		w->auth = true;
		start = at + 1;
	} else {
		end = uri_span(s, start, "/?#:");
	}
	w->host = slice_sub(s, start, end);
	w->rest = slice_sub(s, end, s.n);
	return end > start;
}

/* The rest without a default port; empty if there is no port at all. */
static struct slice
without_port(struct web *w)
{
	bool plain = slice_eq(w->scheme, SLICE("http://"));
	struct slice port = plain ? SLICE(":80") : SLICE(":443");
	size_t n = 1;

	while (n < w->rest.n && w->rest.p[0] == ':' &&
	    ascii_isdigit((unsigned char)w->rest.p[n])) {
		n++;
	}
	w->port = w->rest.n > 0 && w->rest.p[0] == ':' && n > 1;
	w->port80 = w->port ? slice_eq(slice_sub(w->rest, 1, n), SLICE("80")) :
	    plain;
	if (!w->port) {
		return SLICE("");
	}
	if (!slice_starts(w->rest, port) || (port.n < w->rest.n &&
	    ascii_isword((unsigned char)w->rest.p[port.n]))) {
		return w->rest;
	}
	add_form(w, w->host, slice_sub(w->rest, port.n, w->rest.n));
	return slice_sub(w->rest, port.n, w->rest.n);
}

/*
 * What IDNA makes of the host, when it is a name under a known top-level
 * domain: a letter that only the surrounding text left behind a host
 * ("example.com" and a no-break space read in the wrong charset) makes none.
 */
static void
add_ascii_host(struct web *w, struct slice no_port)
{
	struct slice lower = arena_lower(w->set->arena, w->host);

	w->ace = view_domain_ascii(w->set->arena, w->host);
	if (!slice_eq(w->ace, lower) &&
	    !view_domain_valid(w->conf->domains, w->ace)) {
		w->ace = lower;
	}
	if (slice_eq(w->ace, lower)) {
		return;
	}
	add_form(w, w->ace, w->rest);
	if (no_port.n > 0) {
		add_form(w, w->ace, no_port);
	}
	w->host = w->ace;
}

/* Browsers ignore control characters in a host. */
static void
add_without_controls(struct web *w)
{
	struct buf b;

	buf_init(&b, w->set->arena);
	for (size_t i = 0; i < w->host.n; i++) {
		if ((unsigned char)w->host.p[i] > 0x20) {
			buf_addc(&b, w->host.p[i]);
		}
	}
	if (b.n < w->host.n) {
		w->host = buf_slice(&b);
		add_form(w, w->host, w->rest);
	}
}

/* The host without what cannot end one: text that stood right behind. */
static struct slice
cut_host_end(struct slice host)
{
	while (host.n > 0 &&
	    !ascii_isalnum((unsigned char)host.p[host.n - 1])) {
		host.n--;
	}
	return host;
}

static void
add_bare_host(struct web *w)
{
	ptrdiff_t at = slice_chr(w->host, '@', 0);
	struct slice cut;

	if (at > 0) {
		w->host = slice_sub(w->host, (size_t)at + 1, w->host.n);
		add_form(w, w->host, w->rest);
	}
	cut = cut_host_end(w->host);
	if (cut.n < w->host.n) {
		w->host = cut;
		add_form(w, w->host, w->rest);
	}
}

/* "http://a.b/?u=http://c.d": first a pattern of the site, else the first web
 * address in the rest. */
static struct slice
redirect_target(struct web *w)
{
	struct arena *a = w->set->arena;
	struct slice whole = uri_join(a, w->scheme, w->host, w->rest);

	for (size_t i = 0; i < w->conf->n_redirectors; i++) {
		const struct view_redirector *r = &w->conf->redirectors[i];
		struct slice target = r->match(r->arg, whole, a);

		if (slice_chr(target, '.', 0) >= 0) {
			return target;
		}
	}
	for (ptrdiff_t at = slice_find_nocase(w->rest, SLICE("http"), 0);
	    at >= 0; at = slice_find_nocase(w->rest, SLICE("http"),
	    (size_t)at + 1)) {
		struct slice t = slice_sub(w->rest, (size_t)at, w->rest.n);
		size_t colon = t.n > 4 && (t.p[4] == 's' || t.p[4] == 'S') ?
		    5 : 4;

		if (colon >= t.n || t.p[colon] != ':') {
			continue;
		}
		t.n = uri_span(t, colon, "&#");
		if (t.n > colon + 1) {
			return slice_chr(t, '.', 0) >= 0 ? t : SLICE("");
		}
	}
	return SLICE("");
}

/* ---- numeric hosts ---- */

/* Value of the digits in base; false: more than 64 bits. */
static bool
to_number(struct slice s, unsigned base, uint64_t *v_r)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned d = (unsigned)ascii_hex((unsigned char)s.p[i]);

		if (__builtin_mul_overflow(v, base, &v) ||
		    __builtin_add_overflow(v, d, &v)) {
			return false;
		}
	}
	*v_r = v;
	return true;
}

static bool
all_of(struct slice s, bool (*is)(unsigned char))
{
	for (size_t i = 0; i < s.n; i++) {
		if (!is((unsigned char)s.p[i])) {
			return false;
		}
	}
	return s.n > 0;
}

static bool
is_hex(unsigned char c)
{
	return ascii_hex(c) >= 0;
}

static bool
is_octal(unsigned char c)
{
	return c >= '0' && c <= '7';
}

static bool
is_hex_number(struct slice s)
{
	return slice_starts_nocase(s, SLICE("0x")) &&
	    all_of(slice_sub(s, 2, s.n), is_hex);
}

/*
 * One octet to decimal: hex, octal behind a zero (up to 0377), else as it is
 * without leading zeros.  As in SpamAssassin a plain "0" becomes nothing, and
 * what does not fit a Perl integer becomes its largest.
 */
static void
add_octet(struct buf *b, struct slice s)
{
	size_t zeros = 0;
	uint64_t v;

	if (is_hex_number(s)) {
		if (!to_number(slice_sub(s, 2, s.n), 16, &v)) {
			v = INT64_MAX;
		}
		if (v != 0) {
			buf_addf(b, "%lld", (long long)v);
		}
		return;
	}
	while (zeros < s.n && s.p[zeros] == '0') {
		zeros++;
	}
	s = slice_sub(s, zeros, s.n);
	if (zeros > 0 && all_of(s, is_octal) &&
	    s.n <= (s.p[0] <= '3' ? 3u : 2u) && to_number(s, 8, &v)) {
		buf_addf(b, "%llu", (unsigned long long)v);
	} else {
		buf_add_slice(b, s);
	}
}

/* Four octets, each decimal, octal or hex. */
static bool
dotted_host(struct arena *a, struct slice host, struct slice *decimal_r)
{
	struct buf b;

	buf_init(&b, a);
	for (unsigned k = 0; k < 4; k++) {
		ptrdiff_t dot = slice_chr(host, '.', 0);
		struct slice octet = dot < 0 ? host :
		    slice_sub(host, 0, (size_t)dot);

		if ((dot < 0) != (k == 3) || !(is_hex_number(octet) ||
		    all_of(octet, ascii_isdigit))) {
			return false;
		}
		add_octet(&b, octet);
		if (k < 3) {
			buf_addc(&b, '.');
			host = slice_sub(host, (size_t)dot + 1, host.n);
		}
	}
	*decimal_r = buf_slice(&b);
	return true;
}

/* The whole address as one number.  A number of more than 32 bits gives its
 * first 32, as in SpamAssassin. */
static struct slice
number_host(struct arena *a, uint64_t v)
{
	while (v > UINT32_MAX) {
		v >>= 4;
	}
	return slice_cstr(arena_printf(a, "%u.%u.%u.%u", (unsigned)(v >> 24),
	    (unsigned)(v >> 16) & 255u, (unsigned)(v >> 8) & 255u,
	    (unsigned)v & 255u));
}

/* "foo" and "www.foo": what a browser's address line makes of it. */
static void
add_dot_com(struct web *w)
{
	struct slice name = w->ace;

	if (!slice_eq(w->scheme, SLICE("http://")) || w->auth || !w->port80 ||
	    slice_eq(name, SLICE("localhost"))) {
		return;
	}
	if (slice_starts(name, SLICE("www.")) && name.n > 4) {
		name = slice_sub(name, 4, name.n);
	}
	if (slice_chr(name, '.', 0) < 0 &&
	    !view_domain_valid(w->conf->domains, w->ace)) {
		add_form(w, uri_join(w->set->arena, SLICE("www."), name,
		    SLICE(".com")), w->rest);
	}
}

static void
add_numeric_host(struct web *w)
{
	struct arena *a = w->set->arena;
	struct slice decimal;
	uint64_t v = 0;

	if (dotted_host(a, w->host, &decimal)) {
		add_form(w, decimal, w->rest);
	} else if (is_hex_number(w->host)) {
		size_t from = w->host.n > 10 ? w->host.n - 8 : 2;

		to_number(slice_sub(w->host, from, w->host.n), 16, &v);
		add_form(w, number_host(a, v), w->rest);
	} else if (all_of(w->host, ascii_isdigit)) {
		if (!to_number(w->host, 10, &v)) {
			v = UINT64_MAX;
		}
		add_form(w, number_host(a, v), w->rest);
	} else {
		add_dot_com(w);
	}
}

struct slice
uri_add_web_forms(struct uri_set *set, const struct view_conf *conf,
    struct slice s)
{
	struct web w = { .set = set, .conf = conf };
	struct slice target, no_port;
	struct web raw;

	if (!split_web(s, &w)) {
		return SLICE("");
	}
	no_port = without_port(&w);
	/* "example.com" with a Chinese word right behind is no host in other
	 * scripts: the raw bytes are cut as well. */
	raw = w;
	add_ascii_host(&w, no_port);
	if (!slice_eq(w.host, raw.host)) {
		add_bare_host(&raw);
	}
	add_without_controls(&w);
	target = redirect_target(&w);
	add_bare_host(&w);
	add_numeric_host(&w);
	return target;
}

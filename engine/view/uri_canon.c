/*
 * uri_canon - one URI to all the forms that a browser or a filter could mean.
 *
 * Called by uri.c.  Rules on `uri` see the union of the forms, so the forms
 * are SpamAssassin's, bug for bug (reference/sa-compat.md 5.6 has the list;
 * step numbers below are its).  A form is only ever added; nothing is
 * replaced.
 *
 * A redirector's target is a further URI and goes through the same steps, at
 * most REDIRECT_LEVELS deep: each level is shorter than the one before, but
 * "http://a.b/http://a.b/…" would still be quadratic.
 *
 * Limits: LIMIT_URI_BYTES of a URI are looked at, a dozen forms a level.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "view/uri.h"

#define REDIRECT_LEVELS 20

void
uri_set_init(struct uri_set *s, struct arena *a)
{
	memset(s, 0, sizeof(*s));
	s->arena = a;
	s->seen = map_new(a, false);
}

void
uri_set_add(struct uri_set *s, struct slice uri)
{
	if (!map_has(s->seen, uri)) {
		map_put(s->seen, uri, s);
		*VEC_PUSH(s->arena, &s->v) = uri;
	}
}

/* ---- escapes (step 4) ---- */

/* Value of a %XX at s[i], or -1. */
static int
escape_at(struct slice s, size_t i)
{
	int high, low;

	if (i + 2 >= s.n || s.p[i] != '%') {
		return -1;
	}
	high = ascii_hex((unsigned char)s.p[i + 1]);
	low = ascii_hex((unsigned char)s.p[i + 2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool
uri_has_escape(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (escape_at(s, i) >= 0) {
			return true;
		}
	}
	return false;
}

/* A character that must not stand raw in a URI. */
static bool
must_escape(uint32_t c)
{
	return c <= 0x20 || (c >= 0x7f && c <= 0xff) || c == '"' || c == '%' ||
	    c == '<' || c == '>';
}

struct slice
uri_url_encode(struct arena *a, struct slice s, bool chars)
{
	struct buf b;
	size_t i = 0;

	buf_init(&b, a);
	while (i < s.n) {
		int v = escape_at(s, i);
		uint32_t c = (unsigned char)s.p[i];
		size_t n = 1;

		if (v > 0x20 && v < 0x7f) {
			buf_addc(&b, (char)v);
			n = 3;
		} else if (v >= 0) {
			buf_add(&b, s.p + i, 3);
			n = 3;
		} else {
			if (chars && c >= 0x80) {
				n = utf8_decode(slice_sub(s, i, s.n), &c);
			}
			if (must_escape(c)) {
				buf_addf(&b, "%%%02x", (unsigned)c);
			} else {
				buf_add(&b, s.p + i, n);
			}
		}
		i += n;
	}
	return buf_slice(&b);
}

/* ---- entities (step 6) ---- */

/* Decimal or hexadecimal number of a printable character behind "&#" or
 * "&#x"; its length with the ";", 0 if it is none. */
static size_t
entity_length(struct slice s, bool hex, char *c_r)
{
	size_t n = 2 + hex, digits;
	unsigned v = 0;

	if (!slice_starts(s, hex ? SLICE("&#x") : SLICE("&#"))) {
		return 0;
	}
	while (n < s.n && s.p[n] == '0') {
		n++;
	}
	for (digits = 0; n < s.n && digits < 3; digits++, n++) {
		int d = ascii_hex((unsigned char)s.p[n]);

		if (d < 0 || (!hex && d > 9)) {
			break;
		}
		v = v * (hex ? 16 : 10) + (unsigned)d;
	}
	if (n >= s.n || s.p[n] != ';' || v < 0x21 || v > 0x7e) {
		return 0;
	}
	*c_r = (char)v;
	return n + 1;
}

/* The full stops of other scripts, written as entities. */
static size_t
dot_entity_length(struct slice s, bool hex, char *c_r)
{
	static const char *const dots[] = { "&#x2e;", "&#12290;", "&#x3002;",
		"&#65294;", "&#xff0e;", "&#65377;", "&#xff61;" };

	*c_r = '.';
	for (size_t i = 0; i < sizeof(dots) / sizeof(dots[0]); i++) {
		struct slice dot = slice_cstr(dots[i]);

		if (slice_starts_nocase(s, dot)) {
			return dot.n;
		}
	}
	return 0;
}

static struct slice
replace_entities(struct arena *a, struct slice s, bool hex,
    size_t (*length)(struct slice, bool, char *))
{
	struct buf b;
	size_t i = 0;

	if (slice_find(s, SLICE("&#"), 0) < 0) {
		return s;
	}
	buf_init(&b, a);
	while (i < s.n) {
		char c = s.p[i];
		size_t n = c == '&' ? length(slice_sub(s, i, s.n), hex, &c) :
		    0;

		buf_addc(&b, n ? c : s.p[i]);
		i += n ? n : 1;
	}
	return buf_slice(&b);
}

static struct slice
decode_entities(struct arena *a, struct slice s)
{
	s = replace_entities(a, s, false, entity_length);
	s = replace_entities(a, s, true, entity_length);
	return replace_entities(a, s, false, dot_entity_length);
}

/* ---- small steps ---- */

static struct slice
join3(struct arena *a, struct slice x, struct slice y, struct slice z)
{
	const struct slice v[] = { x, y, z };

	return arena_join(a, v, 3, SLICE(""));
}

/* Step 1: a URI broken over lines is one. */
static struct slice
without_bytes(struct arena *a, struct slice s, const char *bytes)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\0' || !strchr(bytes, s.p[i])) {
			buf_addc(&b, s.p[i]);
		}
	}
	return buf_slice(&b);
}

static struct slice
strip_breaks(struct arena *a, struct slice s)
{
	if (slice_chr(s, '\n', 0) >= 0) {
		s = without_bytes(a, s, "\n");
	}
	s = slice_trim(s);
	if (slice_chr(s, '\r', 0) >= 0) {
		s = without_bytes(a, s, "\r");
	}
	return s;
}

/* Step 3: "http:x", "http:/x" and back slashes. */
static struct slice
mend_slashes(struct arena *a, struct slice s)
{
	struct slice copy = slice_make(arena_copy(a, s.p, s.n), s.n);
	char *p = (char *)(uintptr_t)copy.p;
	size_t scheme, rest;

	for (size_t i = 0; i < s.n; i++) {
		if (p[i] == '\\') {
			p[i] = '/';
		}
	}
	scheme = slice_starts_nocase(copy, SLICE("http:")) ? 5 :
	    slice_starts_nocase(copy, SLICE("https:")) ? 6 : 0;
	if (scheme == 0) {
		return copy;
	}
	rest = scheme;
	while (rest < copy.n && rest < scheme + 2 && copy.p[rest] == '/') {
		rest++;
	}
	return join3(a, slice_sub(copy, 0, scheme), SLICE("//"),
	    slice_sub(copy, rest, copy.n));
}

static bool
has_scheme(struct slice s)
{
	size_t n = 0;

	while (n < s.n && (ascii_isword((unsigned char)s.p[n]) ||
	    s.p[n] == '-')) {
		n++;
	}
	return n > 0 && n < s.n && s.p[n] == ':';
}

/* Length of "http://" or "https://" at the start, or 0. */
static size_t
web_scheme(struct slice s)
{
	return slice_starts_nocase(s, SLICE("http://")) ? 7 :
	    slice_starts_nocase(s, SLICE("https://")) ? 8 : 0;
}

static size_t
span_until(struct slice s, size_t from, const char *stops)
{
	while (from < s.n && (s.p[from] == '\0' || !strchr(stops, s.p[from]))) {
		from++;
	}
	return from;
}

/* Step 5: a scheme, and a slash between host and query. */
static struct slice
mend_scheme(struct arena *a, struct slice s)
{
	size_t web, end;

	if (!has_scheme(s)) {
		s = join3(a, slice_starts(s, SLICE("ftp.")) ? SLICE("ftp://") :
		    SLICE("http://"), s, SLICE(""));
	}
	web = web_scheme(s);
	end = span_until(s, web, "/?#");
	if (web > 0 && end > web && end < s.n && s.p[end] != '/') {
		s = join3(a, slice_sub(s, 0, end), SLICE("/"),
		    slice_sub(s, end, s.n));
	}
	return s;
}

/* ---- mail addresses (step 2) ---- */

static bool
is_mail(struct slice s)
{
	ptrdiff_t at = slice_chr(s, '@', 0), colon = slice_chr(s, ':', 0);

	return slice_starts_nocase(s, SLICE("mailto:")) ||
	    (at >= 0 && (colon < 0 || at < colon));
}

/* Without the %20 that surround an address. */
static void
add_trimmed_mail(struct uri_set *set, struct slice s)
{
	size_t start = slice_starts(s, SLICE("mailto:")) ? 7 : 0, end;
	ptrdiff_t at;

	if (slice_find(s, SLICE("%20"), 0) < 0) {
		return;
	}
	while (slice_starts(slice_sub(s, start, s.n), SLICE("%20")) &&
	    slice_chr(s, '@', start) != (ptrdiff_t)start + 3) {
		start += 3;
	}
	at = slice_chr(s, '@', start);
	if (at == 7) {
		start = 0;	/* then "mailto:" is the local part */
	}
	if (at <= (ptrdiff_t)start) {
		return;
	}
	end = span_until(s, (size_t)at + 1, "?&%");
	if (end > (size_t)at + 1) {
		uri_set_add(set, join3(set->arena, SLICE("mailto:"),
		    slice_sub(s, start, end), SLICE("")));
	}
}

/*
 * The last <a@b> before any parameters.  Read from the end, so that the next
 * "@" and ">" behind each "<" are known and "<<<<…" stays linear.
 */
static void
add_bracketed_mail(struct uri_set *set, struct slice s)
{
	size_t limit = span_until(s, 0, "?&"), none = s.n;
	size_t greater = none, at = none, at_end = none;

	for (size_t i = s.n; i-- > 0;) {
		char c = s.p[i];

		if (c == '>') {
			greater = i;
			at = none;
		} else if (c == '@') {
			at = i;
			at_end = greater;
		} else if (c == '<' && i < limit && at != none && at > i + 1 &&
		    at_end != none && at_end > at + 1) {
			uri_set_add(set, join3(set->arena, SLICE("mailto:"),
			    slice_sub(s, i + 1, at_end), SLICE("")));
			return;
		}
	}
}

static void
add_mail_forms(struct uri_set *set, struct slice s)
{
	ptrdiff_t at = slice_chr(s, '@', 0);

	if (at > 0) {
		size_t query = span_until(s, (size_t)at + 1, "?");
		size_t amp = span_until(s, (size_t)at + 1, "?&");

		if (query < s.n && query > (size_t)at + 1) {
			uri_set_add(set, slice_sub(s, 0, query));
		}
		if (amp < s.n && amp > (size_t)at + 1 && s.p[amp] == '&') {
			uri_set_add(set, slice_sub(s, 0, amp));
		}
	}
	add_trimmed_mail(set, s);
	add_bracketed_mail(set, s);
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
	size_t start = web_scheme(s), at, end;

	if (start == 0) {
		return false;
	}
	w->scheme = slice_sub(s, 0, start);
	at = span_until(s, start, "@/?#");
	end = at < s.n && s.p[at] == '@' ? span_until(s, at + 1, "/?#:") : 0;
	if (end > at + 1) {
		w->auth = true;
		start = at + 1;
	} else {
		end = span_until(s, start, "/?#:");
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

static void
add_ascii_host(struct web *w, struct slice no_port)
{
	w->ace = view_domain_ascii(w->set->arena, w->host);
	if (slice_eq(w->ace, arena_lower(w->set->arena, w->host))) {
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
	struct slice whole = join3(a, w->scheme, w->host, w->rest);

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
		t.n = span_until(t, colon, "&#");
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
		add_form(w, join3(w->set->arena, SLICE("www."), name,
		    SLICE(".com")), w->rest);
	}
}

static void
add_numeric_host(struct web *w)
{
	struct arena *a = w->set->arena;
	struct slice decimal;
	uint64_t v;

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

/* ---- all steps ---- */

/* Forms of s; returns the target if it is a redirector, else empty. */
static struct slice
add_web_forms(struct uri_set *set, const struct view_conf *conf,
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

/* One level; returns the next. */
static struct slice
add_forms(struct uri_set *set, const struct view_conf *conf, struct slice uri,
    bool chars)
{
	struct arena *a = set->arena;
	struct slice s = strip_breaks(a, uri);

	uri_set_add(set, s);
	if (s.n <= 1 || strchr("#?&", s.p[0]) ||
	    (s.p[0] == '/' && s.p[1] != '/')) {
		return SLICE("");
	}
	if (is_mail(s)) {
		add_mail_forms(set, s);
		return SLICE("");
	}
	s = mend_slashes(a, s);
	if (uri_has_escape(s)) {
		s = uri_url_encode(a, s, chars);
	}
	s = decode_entities(a, mend_scheme(a, s));
	uri_set_add(set, s);
	return add_web_forms(set, conf, s);
}

void
uri_canonicalize(struct uri_set *set, const struct view_conf *conf,
    struct slice uri, bool chars)
{
	uri = slice_sub(uri, 0, LIMIT_URI_BYTES);
	for (unsigned level = 0; level < REDIRECT_LEVELS; level++) {
		uri = add_forms(set, conf, uri, chars);
		if (uri.n == 0) {
			return;
		}
	}
}

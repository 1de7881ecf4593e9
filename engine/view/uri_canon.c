/*
 * uri_canon - one URI to all the forms that a browser or a filter could mean.
 *
 * Called by uri.c, calls uri_escape.c and uri_web.c.  Rules on `uri` see the
 * union of the forms, so the forms are SpamAssassin's, bug for bug
 * (reference/sa-compat.md 5.6 has the list; step numbers below are its).  A
 * form is only ever added; nothing is replaced.
 *
 * A redirector's target is a further URI and goes through the same steps, at
 * most LIMIT_REDIRECTS deep: each level is shorter than the one before, but
 * "http://a.b/http://a.b/…" would still be quadratic.
 *
 * Limits: LIMIT_URI_BYTES of a URI are looked at, a dozen forms a level.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "view/uri.h"

#define SMALL_SET 16

void
uri_set_init(struct uri_set *s, struct arena *a)
{
	memset(s, 0, sizeof(*s));
	s->arena = a;
}

static bool
is_in_set(const struct uri_set *s, struct slice uri)
{
	for (size_t i = 0; i < s->v.n; i++) {
		if (slice_eq(s->v.v[i], uri)) {
			return true;
		}
	}
	return false;
}

bool
uri_set_add(struct uri_set *s, struct slice uri)
{
	if (s->seen ? map_put(s->seen, uri, s) != NULL : is_in_set(s, uri)) {
		return false;
	}
	*VEC_PUSH(s->arena, &s->v) = uri;
	if (!s->seen && s->v.n > SMALL_SET) {
		s->seen = map_new(s->arena, false);
		for (size_t i = 0; i < s->v.n; i++) {
			map_put(s->seen, s->v.v[i], s);
		}
	}
	return true;
}

/* ---- small steps ---- */

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

static struct slice
with_slashes(struct arena *a, struct slice s)
{
	char *p = arena_copy(a, s.p, s.n);

	for (size_t i = 0; i < s.n; i++) {
		if (p[i] == '\\') {
			p[i] = '/';
		}
	}
	return slice_make(p, s.n);
}

/* Step 3: "http:x", "http:/x" and back slashes. */
static struct slice
mend_slashes(struct arena *a, struct slice s)
{
	size_t scheme, rest;

	if (slice_chr(s, '\\', 0) >= 0) {
		s = with_slashes(a, s);
	}
	scheme = slice_starts_nocase(s, SLICE("http:")) ? 5 :
	    slice_starts_nocase(s, SLICE("https:")) ? 6 : 0;
	if (scheme == 0) {
		return s;
	}
	rest = scheme;
	while (rest < s.n && rest < scheme + 2 && s.p[rest] == '/') {
		rest++;
	}
	return rest == scheme + 2 ? s : uri_join(a, slice_sub(s, 0, scheme),
	    SLICE("//"), slice_sub(s, rest, s.n));
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

/* Step 5: a scheme, and a slash between host and query. */
static struct slice
mend_scheme(struct arena *a, struct slice s)
{
	size_t web, end;

	if (!has_scheme(s)) {
		s = uri_join(a, slice_starts(s, SLICE("ftp.")) ?
		    SLICE("ftp://") : SLICE("http://"), s, SLICE(""));
	}
	web = uri_web_scheme(s);
	end = uri_span(s, web, "/?#");
	if (web > 0 && end > web && end < s.n && s.p[end] != '/') {
		s = uri_join(a, slice_sub(s, 0, end), SLICE("/"),
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
	end = uri_span(s, (size_t)at + 1, "?&%");
	if (end > (size_t)at + 1) {
		uri_set_add(set, uri_join(set->arena, SLICE("mailto:"),
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
	size_t limit = uri_span(s, 0, "?&"), none = s.n;
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
			uri_set_add(set, uri_join(set->arena, SLICE("mailto:"),
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
		size_t query = uri_span(s, (size_t)at + 1, "?");
		size_t amp = uri_span(s, (size_t)at + 1, "?&");

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

/* ---- all steps ---- */

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
	s = uri_decode_entities(a, mend_scheme(a, s));
	uri_set_add(set, s);
	return uri_add_web_forms(set, conf, s);
}

void
uri_canonicalize(struct uri_set *set, const struct view_conf *conf,
    struct slice uri, bool chars)
{
	uri = slice_sub(uri, 0, LIMIT_URI_BYTES);
	for (unsigned level = 0; level < LIMIT_REDIRECTS; level++) {
		uri = add_forms(set, conf, uri, chars);
		if (uri.n == 0) {
			return;
		}
	}
}

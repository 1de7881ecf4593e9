/*
 * uri_clean - what stands in a text, as the URI that mail clients make of it.
 *
 * Called by uri_text.c for each place it found.  The sentence's punctuation
 * goes, a missing scheme is added, and what is no URI after all is dropped: a
 * host that cannot be, an address without a public TLD
 * (reference/sa-compat.md 5.6).  A text that was seen before costs one look.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "view/uri.h"

size_t
uri_known_prefix(struct slice s)
{
	static const struct slice prefixes[] = { { "http://", 7 },
		{ "https://", 8 }, { "ftp://", 6 }, { "ftp.", 4 } };
	size_t n = 3;

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (slice_starts_nocase(s, prefixes[i])) {
			return prefixes[i].n;
		}
	}
	if (!slice_starts_nocase(s, SLICE("www"))) {
		return 0;
	}
	while (n < s.n && n < 5 && ascii_isdigit((unsigned char)s.p[n])) {
		n++;
	}
	return n < s.n && s.p[n] == '.' ? n + 1 : 0;
}

/* A ")" ends the URI if no "(" stands before it; then final punctuation goes,
 * which mail clients take for the sentence's. */
static struct slice
cut_end(struct slice s)
{
	ptrdiff_t open = slice_chr(s, '(', 0);
	ptrdiff_t close = slice_rchr(open < 0 ? s :
	    slice_sub(s, 0, (size_t)open), ')');

	if (close >= 0) {
		s.n = (size_t)close;
	}
	while (s.n > 0 && s.p[s.n - 1] != '\0' &&
	    strchr("-~!@#^&*()_+=:;'?,.", s.p[s.n - 1]) != NULL) {
		s.n--;
	}
	return s;
}

/* A scheme and slashes and nothing more. */
static bool
is_only_scheme(struct slice s)
{
	size_t n = 0;

	while (n < s.n && ascii_isword((unsigned char)s.p[n])) {
		n++;
	}
	return n > 0 && n < s.n && s.p[n] == ':' && s.n - n <= 3 &&
	    (s.n - n < 2 || s.p[n + 1] == '/') &&
	    (s.n - n < 3 || s.p[n + 2] == '/');
}

static bool
starts_with_one_of(struct slice s, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (slice_starts_nocase(s, slice_cstr(v[i]))) {
			return true;
		}
	}
	return false;
}

/* A slash and something before an at sign: no mail address. */
static bool
has_path_before_at(struct slice s)
{
	ptrdiff_t slash = slice_chr(s, '/', 0);

	return slash >= 0 && slice_rchr(s, '@') > slash + 1;
}

/* "Skype:", "e-mail:" and stray colons in front of an address. */
static struct slice
cut_label(struct slice s)
{
	static const char *const labels[] = { "skype:", "e-mail:", "email:",
		"-mail:", "mail:", ":" };

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		struct slice label = slice_cstr(labels[i]);

		if (slice_starts_nocase(s, label)) {
			s = slice_sub(s, label.n, s.n);
			while (slice_starts(s, SLICE(":"))) {
				s = slice_sub(s, 1, s.n);
			}
			break;
		}
	}
	return s;
}

static struct slice
with_scheme(struct arena *a, const char *scheme, struct slice s)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, scheme);
	buf_add_slice(&b, s);
	return buf_slice(&b);
}

/* An address without mailto:; empty if it is none: no dot after the "@"
 * ("Vi@gra"), or half-decoded HTML. */
static struct slice
complete_mail(struct arena *a, struct slice s)
{
	ptrdiff_t at = slice_chr(s, '@', 0);

	if (slice_chr(s, '.', (size_t)at + 2) < 0 ||
	    slice_find(s, SLICE("&nbsp;"), 0) >= 0) {
		return SLICE("");
	}
	return with_scheme(a, "mailto:", cut_label(s));
}

/* Add the scheme that a mail client would; empty: it is no URI. */
static struct slice
complete(struct arena *a, struct slice s, unsigned *types)
{
	static const char *const schemes[] = { "http:", "https:", "ftp:",
		"mailto:" };

	if (starts_with_one_of(s, schemes, 4)) {
		return s;
	}
	*types |= URI_SCHEMELESS;
	if (slice_starts_nocase(s, SLICE("ftp."))) {
		return with_scheme(a, "ftp://", s);
	}
	if (slice_starts_nocase(s, SLICE("www")) && uri_known_prefix(s)) {
		return with_scheme(a, "http://", s);
	}
	if (has_path_before_at(s)) {
		return with_scheme(a, "http://", s);
	}
	if (slice_chr(s, '@', 0) >= 0) {
		return complete_mail(a, s);
	}
	if (slice_chr(s, '.', 0) < 0) {
		return SLICE("");
	}
	/* No client makes a link of it, but people type it. */
	*types |= URI_UNLINKED;
	return with_scheme(a, "http://", s);
}

/* The host of an address must have a public TLD. */
static bool
is_good_mail(const struct uri_scan *scan, struct slice uri)
{
	ptrdiff_t at = slice_chr(uri, '@', 0);
	struct slice host;
	size_t n = 0;

	if (at < 0) {
		return false;
	}
	host = slice_sub(uri, (size_t)at + 1, uri.n);
	while (n < host.n && host.p[n] != '?' && host.p[n] != '&' &&
	    host.p[n] != '>') {
		n++;
	}
	host.n = n;
	while (slice_ends(host, SLICE("%20"))) {
		host.n -= 3;
	}
	return uri_hosts_valid(scan->hosts,
	    view_domain_ascii(scan->arena, host));
}

void
uri_clean_take(struct uri_scan *scan, struct slice raw, struct slice host,
    bool mail)
{
	static const char *const inner[] = { "cid:", "mid:" };
	unsigned types = URI_PARSED;
	struct slice uri = cut_end(raw);

	if (map_put(scan->seen, uri, scan) != NULL) {
		return;
	}
	if ((mail && slice_chr(uri, '@', 0) < 0) ||
	    (host.n > 0 && !view_host_valid(host)) ||
	    starts_with_one_of(uri, inner, 2) || is_only_scheme(uri)) {
		return;
	}
	uri = complete(scan->arena, uri, &types);
	if (slice_starts_nocase(uri, SLICE("mailto:"))) {
		if (uri_has_escape(uri)) {
			uri = uri_url_encode(scan->arena, uri, false);
		}
		if (!is_good_mail(scan, uri)) {
			return;
		}
	}
	if (uri.n > 0) {
		scan->found(uri, types, scan->arg);
	}
}

/*
 * uri_host - the host of a URI, its registered domain, and top-level domains.
 *
 * Called by uri.c for each variant of each URI, by uri_text.c for each word
 * with a dot and by uri_clean.c for addresses; uri_web.c asks the suffix list
 * itself, for few.  A newsletter has a hundred links to one host, and sentences
 * without a space after their full stop look like hosts: so what was asked of
 * the list for a message is remembered for it.
 *
 * Limits: labels over LIMIT_DNS_LABEL bytes, of which no TLD is, are not
 * remembered, and no more than LABELS_KNOWN; hosts are as many as URIs.
 */
#include "config.h"

#include "base/limits.h"
#include "view/received.h"
#include "view/uri.h"

#define LABELS_KNOWN 4096	/* there are some 1500 TLDs */

struct host {
	bool good;
	struct slice name, domain;
};

void
uri_hosts_init(struct uri_hosts *h, struct arena *a,
    const struct view_domains *d)
{
	h->arena = a;
	h->domains = d;
	h->tlds = map_new(a, true);
	h->hosts = map_new(a, false);
}

bool
uri_hosts_tld(struct uri_hosts *h, struct slice label)
{
	static const char yes, no;
	void **known;

	if (label.n > LIMIT_DNS_LABEL ||
	    (map_count(h->tlds) >= LABELS_KNOWN &&
	    !map_has(h->tlds, label))) {
		return view_domain_tld(h->domains, label);
	}
	known = map_place(h->tlds, label);
	if (*known == NULL) {
		*known = (void *)(uintptr_t)(view_domain_tld(h->domains,
		    label) ? &yes : &no);
	}
	return *known == &yes;
}

bool
uri_hosts_valid(struct uri_hosts *h, struct slice host)
{
	struct slice top = view_domain_top(host);

	return top.n > 0 && uri_hosts_tld(h, top);
}

static bool
has_any_prefix(struct slice s, const struct slice *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (slice_starts_nocase(s, v[i])) {
			return true;
		}
	}
	return false;
}

/* The part behind "@"; empty without exactly one. */
static struct slice
mail_host(struct slice s)
{
	ptrdiff_t query = slice_chr(s, '?', 0), at;

	if (query >= 0) {
		s = slice_sub(s, 0, (size_t)query);
	}
	at = slice_chr(s, '@', 0);
	if (at < 0 || slice_rchr(s, '@') != at) {
		return SLICE("");
	}
	return slice_sub(s, (size_t)at + 1, s.n);
}

static size_t
scheme_length(struct slice s)
{
	size_t n = 0;

	while (n < s.n && ascii_isalpha((unsigned char)s.p[n])) {
		n++;
	}
	if (n == 0 || n >= s.n || s.p[n] != ':') {
		return 0;
	}
	n++;
	for (unsigned i = 0; i < 2 && n < s.n && s.p[n] == '/'; i++) {
		n++;
	}
	return n;
}

static struct slice
web_host(struct slice s)
{
	size_t n = 0;
	ptrdiff_t at;

	s = slice_sub(s, scheme_length(s), s.n);
	while (n < s.n && s.p[n] != '/' && s.p[n] != '?' && s.p[n] != '#') {
		n++;
	}
	s.n = n;
	at = slice_rchr(s, '@');
	if (at >= 0) {
		s = slice_sub(s, (size_t)at + 1, s.n);
	}
	n = s.n;
	while (n > 0 && ascii_isdigit((unsigned char)s.p[n - 1])) {
		n--;
	}
	if (n > 0 && s.p[n - 1] == ':') {
		s.n = n - 1;
	}
	return s;
}

/* Is there a %21 to %7E left?  The decoded variant will be seen as well. */
static bool
is_undecoded(struct slice s)
{
	for (size_t i = 0; i + 2 < s.n; i++) {
		int high = s.p[i] == '%' ?
		    ascii_hex((unsigned char)s.p[i + 1]) : -1;
		int low = ascii_hex((unsigned char)s.p[i + 2]);
		int v = high < 0 || low < 0 ? 0 : high * 16 + low;

		if (v > 0x20 && v < 0x7f) {
			return true;
		}
	}
	return false;
}

/* What s, as it stands in a URI, is. */
static struct host
read_host(struct uri_hosts *h, struct slice s)
{
	struct host host = { .good = false };

	if (is_undecoded(s)) {
		return host;
	}
	host.name = host.domain = view_domain_ascii(h->arena, s);
	if (received_ip_length(host.name, 0) == host.name.n) {
		host.good = true;
	} else if (view_host_valid(host.name) &&
	    uri_hosts_valid(h, host.name)) {
		host.domain = view_domain_registered(h->domains, host.name);
		host.good = true;
	}
	return host;
}

bool
uri_hosts_find(struct uri_hosts *h, struct slice uri, struct slice *host_r,
    struct slice *domain_r)
{
	static const struct slice hostless[] = { { "javascript:", 11 },
		{ "cid:", 4 }, { "file:", 5 } }, mailto = { "mailto:", 7 };
	struct host *host;
	struct slice s;
	void **place;

	if (has_any_prefix(uri, hostless, 3)) {
		return false;
	}
	s = slice_starts_nocase(uri, mailto) ?
	    mail_host(slice_sub(uri, mailto.n, uri.n)) : web_host(uri);
	if (s.n == 0) {
		return false;
	}
	place = map_place(h->hosts, s);
	host = *place;
	if (host == NULL) {
		*place = host = arena_alloc(h->arena, sizeof(*host));
		*host = read_host(h, s);
	}
	*host_r = host->name;
	*domain_r = host->domain;
	return host->good;
}

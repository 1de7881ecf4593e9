/*
 * uri - the steps from text to hosts; private to this room.  uri.c leads,
 * uri_text.c finds URIs in text, uri_clean.c completes them, uri_canon.c makes
 * their variants, uri_host.c knows their hosts.
 */
#ifndef VIEW_URI_H
#define VIEW_URI_H

#include "base/vec.h"
#include "view/view.h"

/* Distinct strings in order of arrival.  Most have a handful: those are
 * searched one by one and need no map. */
struct uri_set {
	struct arena *arena;
	struct map *seen;		/* once there are more */
	VEC_OF(struct slice) v;
};

void uri_set_init(struct uri_set *s, struct arena *a);
/* False if it was there.  The bytes are not copied. */
bool uri_set_add(struct uri_set *s, struct slice uri);

/* ---- uri_host.c ---- */
/* What one message has asked of names; links repeat their hosts. */
struct uri_hosts {
	struct arena *arena;
	const struct view_domains *domains;
	struct map *tlds, *hosts;
};
void uri_hosts_init(struct uri_hosts *h, struct arena *a,
    const struct view_domains *d);
/* As view_domain_tld and view_domain_valid. */
bool uri_hosts_tld(struct uri_hosts *h, struct slice label);
bool uri_hosts_valid(struct uri_hosts *h, struct slice host);
/* Host, ASCII and lower case, and registered domain of a URI; false: it has
 * none that can be asked about. */
bool uri_hosts_find(struct uri_hosts *h, struct slice uri,
    struct slice *host_r, struct slice *domain_r);

/* ---- uri_text.c ---- */
/* One URI as it stands in text, with its scheme added if it has none;
 * types: URI_PARSED and what else is known. */
typedef void uri_found_fn(struct slice uri, unsigned types, void *arg);
struct uri_scan {
	struct arena *arena;
	struct uri_hosts *hosts;
	struct map *seen;		/* texts found before: once is enough */
	uri_found_fn *found;
	void *arg;
};
/* Called once per body line; calls found before it returns. */
void uri_text_scan(struct uri_scan *s, struct slice line);

/* ---- uri_clean.c ---- */
/* Take what was found, if it is a URI.  host: of a bare one, else empty; mail:
 * it was found as an address. */
void uri_clean_take(struct uri_scan *s, struct slice raw, struct slice host,
    bool mail);
/* Length of "http://", "www3." and their like at the start of s, or 0. */
size_t uri_known_prefix(struct slice s);

/* ---- uri_canon.c ---- */
/* Add uri and its canonical variants to set.  chars: uri is characters in
 * UTF-8, not bytes (HTML parts). */
void uri_canonicalize(struct uri_set *set, const struct view_conf *conf,
    struct slice uri, bool chars);

/* ---- uri_web.c ---- */
/* Add forms of s, if it is a web address; returns where it redirects to, or
 * empty. */
struct slice uri_add_web_forms(struct uri_set *set,
    const struct view_conf *conf, struct slice s);
/* Length of "http://" or "https://" at the start, or 0. */
size_t uri_web_scheme(struct slice s);
/* Position of the first of stops, from on; else s.n. */
size_t uri_span(struct slice s, size_t from, const char *stops);
struct slice uri_join(struct arena *a, struct slice x, struct slice y,
    struct slice z);

/* ---- uri_escape.c ---- */
/* Decode %21 to %7E, encode what must not stand raw. */
struct slice uri_url_encode(struct arena *a, struct slice s, bool chars);
bool uri_has_escape(struct slice s);
/* &#NN; and &#xHH; of printable ASCII, and the full stops of other scripts. */
struct slice uri_decode_entities(struct arena *a, struct slice s);

/* ---- domain.c ---- */
bool view_domain_tld(const struct view_domains *d, struct slice label);
/* What must be a TLD: behind the last dot; empty if host can have none. */
struct slice view_domain_top(struct slice host);
/* A complete host name: two labels or more, LDH and inner underscores. */
bool view_host_valid(struct slice host);

#endif

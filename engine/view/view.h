/*
 * view - one message as rules see it: derived, lazy, cached.
 *
 * Every function computes on first use and returns the same pointer after
 * that.  All of it lives in the message's arena.  The texts follow
 * SpamAssassin 4.0.1 bug for bug where a rule's hit depends on it
 * (reference/sa-compat.md section 5).
 */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include "base/ip.h"
#include "base/map.h"
#include "mail/mail.h"

struct view;

/* What a site can choose; filled by scan/ from the settings. */
struct view_conf {
	size_t body_part_scan;		/* a setting; 0: no cut */
	size_t rawbody_part_scan;
	const struct ip_set *trusted, *internal, *msa;
	bool trusted_set, internal_set;	/* configured at all? */
	struct slice envelope_sender_header;	/* or empty */
	const struct slice *originating_ip_headers;
	size_t n_originating_ip_headers;
	bool parse_dkim_uris;
	const struct view_redirector *redirectors;	/* see uri.c */
	size_t n_redirectors;
	const struct view_domains *domains;	/* registered domains */
	/* What messages have compiled of Received patterns; NULL: each
	 * message compiles for itself (0.1 million instructions). */
	struct received_cache *received;
};
/* Lives as long as the arena, which it may use at any time. */
struct received_cache *received_cache_new(struct arena *a);

/*
 * Matches redirector_pattern regexes without this room knowing PCRE2:
 * returns the target slice or an empty one.
 */
struct view_redirector {
	struct slice (*match)(const void *arg, struct slice uri,
	    struct arena *a);
	const void *arg;
};

struct view *view_new(struct arena *a, struct mail *m,
    const struct view_conf *c);
struct mail *view_mail(const struct view *v);
struct arena *view_arena(const struct view *v);

/* ---- registered domains (domain.c; the only file with libpsl.h) ---- */
struct view_domains;
/*
 * psl_path NULL: libpsl's built-in list.  The util_rb_tld/2tld/3tld tables of
 * rule files, when given, replace it as SpamAssassin does.  In arena a.
 */
struct view_domains *view_domains_new(struct arena *a);
void view_domains_clear(struct view_domains *d);	/* clear_util_rb */
void view_domains_add(struct view_domains *d, unsigned level,
    struct slice suffix);			/* level 1, 2, 3 */
/* "a.b.example.co.uk" -> "example.co.uk"; empty when there is none.  An IP
 * literal is its own registered domain. The slice points into host. */
struct slice view_domain_registered(const struct view_domains *d,
    struct slice host);
/* The TLD is a public one. */
bool view_domain_valid(const struct view_domains *d, struct slice host);
/* IDN to ACE (libpsl/libidn2), lower case; the input if it cannot be. */
struct slice view_domain_ascii(struct arena *a, struct slice host);

/* ---- texts ---- */
struct view_lines {
	struct slice *v;
	size_t n;
};
/* body: v[0] is the Subject line; each with its newline (5.4). */
const struct view_lines *view_body(struct view *v);
/* From now on line i of the body is text, which must live as long as the
 * arena; nothing if there is no such line. */
void view_body_replace(struct view *v, size_t i, struct slice text);
const struct view_lines *view_rawbody(struct view *v);	/* chunks (5.5) */
/*
 * The part that a byte of a body line or a rawbody chunk comes from, and where
 * in it: in its rendered text (view_part_text), or its decoded bytes.  part
 * NULL: the Subject, offset in its line.  False: not known.
 */
struct view_origin {
	const struct mail_part *part;
	size_t offset;
};
bool view_body_origin(struct view *v, size_t line, size_t at,
    struct view_origin *o_r);
bool view_rawbody_origin(struct view *v, size_t chunk, size_t at,
    struct view_origin *o_r);
struct slice view_full(struct view *v);			/* pristine */
/* Rendered text of one leaf part, before joining; empty if none. */
struct slice view_part_text(struct view *v, struct mail_part *p);

/* ---- headers (header.c): the language of `header R NAME:mod` ---- */
enum view_mod {
	MOD_RAW = 1, MOD_ADDR = 2, MOD_NAME = 4, MOD_FIRST = 8, MOD_LAST = 16,
	MOD_HOST = 32, MOD_DOMAIN = 64, MOD_IP = 128, MOD_REVIP = 256,
};
/* A request, made once per rule at load ("From:addr"). */
struct view_header_req {
	struct slice name;
	unsigned mods;
	int pseudo;		/* enum in header.c; 0 = a plain field */
};
/* 0, or -1 with the word that is no modifier in e. */
int view_header_req_parse(struct arena *a, struct slice text,
    struct view_header_req *req_r, struct err *e);
/*
 * The value a header rule matches (2.2): all fields of the name joined.
 * False when there is no such field (the value is then undefined).
 */
bool view_header(struct view *v, const struct view_header_req *req,
    struct slice *value_r);
/* Each value separately, for evals; decoded, no final newline. */
const struct slice *view_header_values(struct view *v,
    const struct view_header_req *req, size_t *n_r);

/* ---- MIME headers for mimeheader rules ---- */
/* Value of the last field of that name in part p: decoded (or raw) as 2.3
 * says; empty slice if missing. */
struct slice view_mime_header(struct view *v, struct mail_part *p,
    struct slice name, bool raw);

/* ---- HTML (html.c) ---- */
struct view_html;		/* see view/html.h for plugins of this repo */
/* Results of all HTML parts in order; n may be 0. */
struct view_html *const *view_htmls(struct view *v, size_t *n_r);

/* ---- URIs (uri.c, 5.6) ---- */
enum view_uri_type {
	URI_PARSED = 1, URI_SCHEMELESS = 2, URI_UNLINKED = 4, URI_A = 8,
	URI_IMG = 16, URI_FORM = 32, URI_OTHER_TAG = 64, URI_DOMAINKEYS = 128,
	URI_IFRAME = 256, URI_LINK = 512,
};
struct view_uri {
	struct slice raw;		/* as found */
	unsigned types;
	struct slice *cleaned;		/* canonical variants, raw included */
	size_t n_cleaned;
	struct slice *hosts;		/* of the variants, lower case, ACE */
	struct slice *domains;		/* registered domain of hosts[i] */
	size_t n_hosts;
	struct slice *anchor_text;
	size_t n_anchor_text;
};
const struct view_uri *view_uris(struct view *v, size_t *n_r);
/* Union of all cleaned variants: what `uri` rules see. */
const struct view_lines *view_uri_lines(struct view *v);

/* ---- relays (relay.c, 5.7) ---- */
struct view_relay {
	struct ip ip;
	bool has_ip;
	struct slice ip_text, rdns, helo, by, ident, envfrom, id, auth;
	bool internal, msa, trusted, no_reverse_dns, ip_private;
	size_t header_index;	/* n-th Received from the top */
};
struct view_relays {
	struct view_relay *all;	/* nearest first */
	size_t n;
	size_t n_trusted;	/* all[0, n_trusted) */
	size_t n_internal;	/* all[0, n_internal) */
	size_t n_unparseable;
	int last_trusted_header, last_internal_header;	/* -1: none */
	/* X-Spam-Relays-* strings */
	struct slice trusted, untrusted, internal, external;
};
const struct view_relays *view_relays(struct view *v);
/* EnvelopeFrom (5.8); false: undefined. */
bool view_envelope_from(struct view *v, struct slice *addr_r);
/* The addresses that a message says it is from / for (3.1). */
const struct slice *view_all_from(struct view *v, size_t *n_r);
const struct slice *view_all_to(struct view *v, size_t *n_r);

/* ---- tags: metadata by name (SENDERDOMAIN, LASTEXTERNALIP, …) ---- */
/* Values of a tag; n 0 when unset. */
const struct slice *view_tag(struct view *v, struct slice name, size_t *n_r);
void view_tag_add(struct view *v, struct slice name, struct slice value);
/* The i-th tag that is set, in the order of setting; NULL at the end. */
const struct slice *view_tag_at(struct view *v, size_t i,
    struct slice *name_r, size_t *n_r);

#endif

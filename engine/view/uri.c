/*
 * uri - every URI of the message, once each, with hosts and domains.
 *
 * view_uris collects from three places, in this order: the text of the body
 * lines (uri_text.c), the tags of the HTML parts, the d= of DKIM signatures
 * (if parse_dkim_uris is set).  uri_canon.c makes the variants, uri_host.c
 * knows the host and registered domain of each.  Called by match/ (uri rules),
 * the evals and ask/ (URI lists).
 *
 * A URI found twice is one entry with both types.  Text URIs count only with
 * a valid registered domain, those of HTML always.
 *
 * Limits: LIMIT_URIS variants a message and LIMIT_URI_BYTES each; more sets
 * DEFECT_TOO_MANY_URIS, DEFECT_URI_CUT.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "view/uri.h"
#include "view/view-priv.h"

/* A view_uri while it grows; domains go with the hosts. */
struct entry {
	struct slice raw;
	unsigned types;
	struct uri_set cleaned, hosts, anchors;
	VEC_OF(struct slice) domains;
};

struct collector {
	struct view *view;
	struct map *by_raw;			/* raw -> struct entry */
	struct uri_hosts hosts;
	VEC_OF(struct entry *) entries;
	size_t variants;
	bool chars;				/* of the HTML part in hand */
};

/* What a source says of its URIs. */
struct source {
	bool no_variants;	/* hosts only: not for uri rules */
	bool need_domain;
};

/* ---- entries ---- */

static void
entry_init(struct collector *c, struct entry *e, struct slice raw)
{
	struct arena *a = c->view->arena;

	memset(e, 0, sizeof(*e));
	e->raw = raw;
	uri_set_init(&e->cleaned, a);
	uri_set_init(&e->hosts, a);
	uri_set_init(&e->anchors, a);
}

static void
add_host(struct collector *c, struct entry *e, struct slice host,
    struct slice domain)
{
	if (uri_set_add(&e->hosts, host)) {
		*VEC_PUSH(c->view->arena, &e->domains) = domain;
	}
}

/* Variants of e->raw, cut to length; false: the message has too many. */
static bool
make_variants(struct collector *c, struct entry *e, bool canonical)
{
	struct uri_set *set = &e->cleaned;

	if (e->raw.n > LIMIT_URI_BYTES) {
		c->view->mail->defects |= DEFECT_URI_CUT;
	}
	if (canonical) {
		uri_canonicalize(set, c->view->conf, e->raw, c->chars);
	} else {
		uri_set_add(set, slice_sub(e->raw, 0, LIMIT_URI_BYTES));
	}
	for (size_t i = 0; i < set->v.n; i++) {
		if (set->v.v[i].n > LIMIT_URI_BYTES) {
			set->v.v[i].n = LIMIT_URI_BYTES;
			c->view->mail->defects |= DEFECT_URI_CUT;
		}
	}
	c->variants += set->v.n;
	return c->variants <= LIMIT_URIS;
}

/* The entry of a URI seen before, with what is new; or the new one. */
static struct entry *
merge(struct collector *c, struct entry *found)
{
	void **place = map_place(c->by_raw, found->raw);
	struct entry *e = *place;

	if (!e) {
		*place = e = arena_copy(c->view->arena, found, sizeof(*found));
		e->raw = arena_slice(c->view->arena, found->raw);
		*VEC_PUSH(c->view->arena, &c->entries) = e;
		return e;
	}
	e->types |= found->types;
	for (size_t i = 0; i < found->cleaned.v.n; i++) {
		uri_set_add(&e->cleaned, found->cleaned.v.v[i]);
	}
	for (size_t i = 0; i < found->hosts.v.n; i++) {
		add_host(c, e, found->hosts.v.v[i], found->domains.v[i]);
	}
	return e;
}

/* NULL: refused. */
static struct entry *
add_uri(struct collector *c, struct slice raw, unsigned types,
    struct source src)
{
	struct entry e;
	struct slice host, domain;

	entry_init(c, &e, raw);
	e.types = types;
	if (c->variants >= LIMIT_URIS ||
	    !make_variants(c, &e, !src.no_variants)) {
		c->view->mail->defects |= DEFECT_TOO_MANY_URIS;
		return NULL;
	}
	for (size_t i = 0; i < e.cleaned.v.n; i++) {
		if (uri_hosts_find(&c->hosts, e.cleaned.v.v[i], &host,
		    &domain)) {
			add_host(c, &e, host, domain);
		}
	}
	if (src.need_domain && e.hosts.v.n == 0) {
		return NULL;
	}
	if (src.no_variants) {
		uri_set_init(&e.cleaned, c->view->arena);
	}
	return merge(c, &e);
}

/* ---- sources ---- */

static void
found_in_text(struct slice uri, unsigned types, void *arg)
{
	add_uri(arg, uri, types, (struct source){ .need_domain = true });
}

static void
collect_text(struct collector *c)
{
	const struct view_lines *body = view_body(c->view);
	struct uri_scan scan = { .arena = c->view->arena,
		.hosts = &c->hosts,
		.seen = map_new(c->view->arena, false),
		.found = found_in_text, .arg = c };

	for (size_t i = 0; i < body->n; i++) {
		uri_text_scan(&scan, body->v[i]);
	}
}

static void
collect_html(struct collector *c)
{
	size_t n;
	struct view_html *const *htmls = view_htmls(c->view, &n);

	for (size_t i = 0; i < n; i++) {
		c->chars = htmls[i]->unicode;
		for (size_t k = 0; k < htmls[i]->uris.n; k++) {
			const struct view_html_uri *u = &htmls[i]->uris.v[k];
			/* An <a> without href has text and no type. */
			struct entry *e = add_uri(c, u->raw,
			    u->types ? u->types : URI_PARSED,
			    (struct source){ 0 });

			for (size_t t = 0; e && t < u->anchor_text.n; t++) {
				uri_set_add(&e->anchors, u->anchor_text.v[t]);
			}
		}
	}
	c->chars = false;
}

/* Each d= of a signature's value. */
static void
collect_signature(struct collector *c, struct slice value)
{
	static const struct source src = { .no_variants = true,
		.need_domain = true };

	for (size_t i = 0; i < value.n; i++) {
		struct buf b;
		size_t k = i + 1;

		if (value.p[i] != 'd' || (i > 0 &&
		    ascii_isword((unsigned char)value.p[i - 1]))) {
			continue;
		}
		while (k < value.n &&
		    ascii_isspace((unsigned char)value.p[k])) {
			k++;
		}
		if (k >= value.n || value.p[k] != '=') {
			continue;
		}
		buf_init(&b, c->view->arena);
		buf_adds(&b, "domainkeys:");
		for (k++; k < value.n && value.p[k] != ';'; k++) {
			if (!ascii_isspace((unsigned char)value.p[k])) {
				buf_addc(&b, value.p[k]);
			}
		}
		add_uri(c, buf_slice(&b), URI_DOMAINKEYS, src);
		i = k - 1;
	}
}

static void
collect_dkim(struct collector *c)
{
	static const struct slice names[] = { { "DomainKey-Signature", 19 },
		{ "DKIM-Signature", 14 } };
	const struct mail_header *h = &c->view->mail->root->header;

	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < h->fields.n; k++) {
			if (slice_eq_nocase(h->fields.v[k].name, names[i])) {
				collect_signature(c, mail_field_decoded(
				    c->view->arena, &h->fields.v[k]));
			}
		}
	}
}

static void
publish(struct collector *c)
{
	for (size_t i = 0; i < c->entries.n; i++) {
		struct entry *e = c->entries.v[i];

		*VEC_PUSH(c->view->arena, &c->view->uris) = (struct view_uri){
			.raw = e->raw, .types = e->types,
			.cleaned = e->cleaned.v.v,
			.n_cleaned = e->cleaned.v.n,
			.hosts = e->hosts.v.v, .domains = e->domains.v,
			.n_hosts = e->hosts.v.n,
			.anchor_text = e->anchors.v.v,
			.n_anchor_text = e->anchors.v.n,
		};
	}
}

const struct view_uri *
view_uris(struct view *v, size_t *n_r)
{
	if (!v->uris_done) {
		struct collector c = { .view = v,
			.by_raw = map_new(v->arena, false) };

		v->uris_done = true;
		uri_hosts_init(&c.hosts, v->arena, v->conf->domains);
		collect_text(&c);
		collect_html(&c);
		if (v->conf->parse_dkim_uris) {
			collect_dkim(&c);
		}
		publish(&c);
	}
	*n_r = v->uris.n;
	return v->uris.v;
}

const struct view_lines *
view_uri_lines(struct view *v)
{
	struct uri_set all;
	size_t n;
	const struct view_uri *uris = view_uris(v, &n);

	if (!v->uri_lines_done) {
		v->uri_lines_done = true;
		uri_set_init(&all, v->arena);
		for (size_t i = 0; i < n; i++) {
			for (size_t k = 0; k < uris[i].n_cleaned; k++) {
				uri_set_add(&all, uris[i].cleaned[k]);
			}
		}
		v->uri_lines.v = all.v.v;
		v->uri_lines.n = all.v.n;
	}
	return &v->uri_lines;
}

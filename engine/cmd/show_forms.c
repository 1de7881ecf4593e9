/*
 * show_forms.c - the forms of `tare show`: from a view to items.
 *
 * Each function is called once per message by show_cmd.c, which has the table
 * of them.  What is printed is what view/ gives to the matcher and to evals;
 * only uuencoded files, which no rule sees, are looked for here.
 */
#include "config.h"

#include <string.h>

#include "base/vec.h"
#include "cmd/show.h"
#include "view/html.h"

static void
show_lines(struct showing *s, const struct view_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++) {
		item_begin(s);
		item_text(s, "text", lines->v[i]);
		item_end(s);
	}
}

void
show_body(struct showing *s)
{
	show_lines(s, view_body(s->view));
}

void
show_rawbody(struct showing *s)
{
	show_lines(s, view_rawbody(s->view));
}

void
show_full(struct showing *s)
{
	item_bytes(s, view_full(s->view));
}

/* ---- headers ---- */

/* Names that no field has, but header rules can ask for. */
static const char *const pseudo_headers[] = {
	"ToCc", "MESSAGEID", "EnvelopeFrom", "X-Spam-Relays-Trusted",
	"X-Spam-Relays-Untrusted", "X-Spam-Relays-Internal",
	"X-Spam-Relays-External",
};

static void
show_header(struct showing *s, struct slice name)
{
	struct view_header_req req;
	struct slice value;

	if (view_header_req_parse(s->arena, name, &req, NULL) == 0 &&
	    view_header(s->view, &req, &value))
		item_pair(s, name, value);
}

void
show_headers(struct showing *s)
{
	const struct mail_header *h = &view_mail(s->view)->root->header;
	struct map *seen = map_new(s->arena, true);

	for (size_t i = 0; i < h->fields.n; i++) {
		struct slice name = h->fields.v[i].name;

		if (name.n == 0 || map_has(seen, name))
			continue;
		map_put(seen, name, s);
		show_header(s, name);
	}
	for (size_t i = 0; i < sizeof(pseudo_headers) /
	    sizeof(pseudo_headers[0]); i++)
		show_header(s, slice_cstr(pseudo_headers[i]));
}

/* ---- links ---- */

static const struct {
	unsigned type;
	struct slice name;
} uri_types[] = {
	{ URI_PARSED, { "parsed", 6 } },
	{ URI_SCHEMELESS, { "schemeless", 10 } },
	{ URI_UNLINKED, { "unlinked", 8 } }, { URI_A, { "a", 1 } },
	{ URI_IMG, { "img", 3 } }, { URI_FORM, { "form", 4 } },
	{ URI_OTHER_TAG, { "tag", 3 } },
	{ URI_DOMAINKEYS, { "domainkeys", 10 } },
	{ URI_IFRAME, { "iframe", 6 } }, { URI_LINK, { "link", 4 } },
};

void
show_uris(struct showing *s)
{
	size_t n;
	const struct view_uri *v = view_uris(s->view, &n);

	for (size_t i = 0; i < n; i++) {
		VEC_OF(struct slice) types = { 0 };

		for (size_t k = 0; k < sizeof(uri_types) /
		    sizeof(uri_types[0]); k++) {
			if (v[i].types & uri_types[k].type)
				*VEC_PUSH(s->arena, &types) =
				    uri_types[k].name;
		}
		item_begin(s);
		item_text(s, "uri", v[i].raw);
		item_list(s, "type", types.v, types.n);
		item_list(s, "variant", v[i].cleaned, v[i].n_cleaned);
		item_list(s, "host", v[i].hosts, v[i].n_hosts);
		item_list(s, "domain", v[i].domains, v[i].n_hosts);
		item_list(s, "anchor", v[i].anchor_text, v[i].n_anchor_text);
		item_end(s);
	}
}

/* ---- relays ---- */

static void
show_relay(struct showing *s, const struct view_relay *r)
{
	struct slice flags[4];
	size_t n = 0;

	flags[n++] = r->trusted ? SLICE("trusted") : SLICE("untrusted");
	flags[n++] = r->internal ? SLICE("internal") : SLICE("external");
	if (r->msa)
		flags[n++] = SLICE("msa");
	if (r->ip_private)
		flags[n++] = SLICE("private");
	item_begin(s);
	item_text(s, "ip", r->ip_text);
	item_list(s, "is", flags, n);
	item_text(s, "rdns", r->rdns);
	item_text(s, "helo", r->helo);
	item_text(s, "by", r->by);
	item_text(s, "ident", r->ident);
	item_text(s, "envfrom", r->envfrom);
	item_text(s, "id", r->id);
	item_text(s, "auth", r->auth);
	item_end(s);
}

void
show_relays(struct showing *s)
{
	const struct view_relays *all = view_relays(s->view);

	for (size_t i = 0; i < all->n; i++)
		show_relay(s, &all->all[i]);
}

/* ---- HTML ---- */

static void
show_html_part(struct showing *s, const struct view_html *h)
{
	const char *name;
	double value;

	item_begin(s);
	item_text(s, "part", slice_cstr(arena_printf(s->arena,
	    "part %u, %.*s", h->part ? h->part->id : 0,
	    SLICE_FMT(h->part ? h->part->type : SLICE("")))));
	for (size_t i = 0; (name = view_html_metric_name(i)) != NULL; i++) {
		if (view_html_metric(h, slice_cstr(name), &value))
			item_number(s, name, value);
	}
	item_list(s, "title", h->title.v, h->title.n);
	item_list(s, "anchor", h->anchor.v, h->anchor.n);
	item_list(s, "comment", h->comment.v, h->comment.n);
	item_list(s, "script", h->script.v, h->script.n);
	item_list(s, "charset", h->charsets.v, h->charsets.n);
	item_text(s, "visible", h->visible);
	item_text(s, "invisible", h->invisible);
	item_end(s);
}

void
show_html(struct showing *s)
{
	size_t n;
	struct view_html *const *v = view_htmls(s->view, &n);

	for (size_t i = 0; i < n; i++)
		show_html_part(s, v[i]);
}

/* ---- parts and tags ---- */

/* The files that stand uuencoded in a text part. */
static void
item_uuencoded(struct showing *s, struct mail_part *p)
{
	VEC_OF(struct slice) found = { 0 };
	struct slice rest = mail_part_decoded(view_mail(s->view), p);
	struct slice name, bytes;
	size_t end;

	while (mail_decode_uu(s->arena, rest, &name, &bytes, &end)) {
		*VEC_PUSH(s->arena, &found) = slice_cstr(arena_printf(s->arena,
		    "%.*s, %zu bytes", SLICE_FMT(name), bytes.n));
		rest = slice_sub(rest, end, rest.n);
	}
	item_list(s, "uuencoded", found.v, found.n);
}

void
show_parts(struct showing *s)
{
	const struct mail *m = view_mail(s->view);

	for (size_t i = 0; i < m->parts.n; i++) {
		struct mail_part *p = m->parts.v[i];

		item_begin(s);
		item_text(s, "part", slice_cstr(arena_printf(s->arena,
		    "%*s%u %.*s", s->json ? 0 : (int)(2 * p->depth), "",
		    p->id, SLICE_FMT(p->effective_type))));
		item_number(s, "depth", p->depth);
		item_text(s, "charset", p->charset);
		item_text(s, "encoding", p->cte);
		item_text(s, "name", p->name);
		item_text(s, "disposition", p->disposition);
		item_number(s, "bytes", (double)p->raw.n);
		if (p->leaf && slice_starts(p->type, SLICE("text/")))
			item_uuencoded(s, p);
		item_end(s);
	}
}

void
show_tags(struct showing *s)
{
	const struct slice *v;
	struct slice name;
	size_t n;

	for (size_t i = 0; (v = view_tag_at(s->view, i, &name, &n)) != NULL;
	    i++) {
		for (size_t k = 0; k < n; k++)
			item_pair(s, name, v[k]);
	}
}

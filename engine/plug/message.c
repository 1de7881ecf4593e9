/*
 * message.c - the functions of plugin.h that read the message.
 *
 * Thin: each is a view_ or mail_ call with types turned into plugin.h's.
 * Arrays that need another shape (parts, uris, relays) are made once per
 * call in the message's arena; plugins call them a few times a message.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "plug/plug-priv.h"
#include "view/html.h"

static bool
request(struct tare_msg *m, const char *text, struct view_header_req *req_r)
{
	return view_header_req_parse(m->arena, slice_cstr(text), req_r,
	    NULL) == 0;
}

bool
tare_header(struct tare_msg *m, const char *text, struct tare_slice *value_r)
{
	struct view_header_req req;
	struct slice value = { 0 };
	bool found;

	if (!request(m, text, &req))
		return false;
	found = view_header(m->s.view, &req, &value);
	*value_r = slice_out(value);
	return found;
}

const struct tare_slice *
tare_header_all(struct tare_msg *m, const char *text, size_t *n_r)
{
	struct view_header_req req;

	*n_r = 0;
	if (!request(m, text, &req))
		return NULL;
	return slices_out(view_header_values(m->s.view, &req, n_r));
}

static const struct tare_slice *
lines_out(const struct view_lines *lines, size_t *n_r)
{
	*n_r = lines->n;
	return slices_out(lines->v);
}

const struct tare_slice *
tare_body(struct tare_msg *m, size_t *n_r)
{
	return lines_out(view_body(m->s.view), n_r);
}

void
tare_body_replace(struct tare_msg *m, size_t i, struct tare_slice text)
{
	view_body_replace(m->s.view, i, slice_in(text));
}

const struct tare_slice *
tare_rawbody(struct tare_msg *m, size_t *n_r)
{
	return lines_out(view_rawbody(m->s.view), n_r);
}

struct tare_slice
tare_full(struct tare_msg *m)
{
	return slice_out(view_full(m->s.view));
}

struct tare_slice
tare_pristine_header(struct tare_msg *m)
{
	return slice_out(view_mail(m->s.view)->pristine_header);
}

struct tare_slice
tare_pristine_body(struct tare_msg *m)
{
	return slice_out(view_mail(m->s.view)->pristine_body);
}

bool
tare_defect(struct tare_msg *m, const char *name)
{
	uint32_t defects = view_mail(m->s.view)->defects;

	for (unsigned bit = 0; bit < 32; bit++) {
		const char *known = mail_defect_name(1u << bit);

		if (known != NULL && strcmp(known, name) == 0)
			return (defects & 1u << bit) != 0;
	}
	return false;
}

const struct tare_part *
tare_parts(struct tare_msg *m, size_t *n_r)
{
	const struct mail *mail = view_mail(m->s.view);
	struct tare_part *v = arena_alloc_array(m->arena, mail->parts.n + 1,
	    sizeof(*v));

	for (size_t i = 0; i < mail->parts.n; i++) {
		const struct mail_part *p = mail->parts.v[i];

		v[i] = (struct tare_part){ .id = p->id, .depth = p->depth,
			.leaf = p->leaf, .type = slice_out(p->type),
			.effective_type = slice_out(p->effective_type),
			.charset = slice_out(p->charset),
			.cte = slice_out(p->cte), .name = slice_out(p->name),
			.disposition = slice_out(p->disposition),
			.raw = slice_out(p->raw),
			.boundary = slice_out(p->boundary),
			.parent = p->parent ? (int)p->parent->id - 1 : -1 };
	}
	*n_r = mail->parts.n;
	return v;
}

static struct mail_part *
part_by_id(struct tare_msg *m, unsigned id)
{
	struct mail *mail = view_mail(m->s.view);

	return id >= 1 && id <= mail->parts.n ? mail->parts.v[id - 1] : NULL;
}

struct tare_slice
tare_part_decoded(struct tare_msg *m, unsigned id)
{
	struct mail_part *p = part_by_id(m, id);

	return p == NULL ? (struct tare_slice){ NULL, 0 } :
	    slice_out(mail_part_decoded(view_mail(m->s.view), p));
}

struct tare_slice
tare_part_text(struct tare_msg *m, unsigned id)
{
	struct mail_part *p = part_by_id(m, id);

	return p == NULL ? (struct tare_slice){ NULL, 0 } :
	    slice_out(view_part_text(m->s.view, p));
}

bool
tare_part_header(struct tare_msg *m, unsigned id, const char *name, bool raw,
    struct tare_slice *value_r)
{
	struct mail_part *p = part_by_id(m, id);

	if (p == NULL || mail_field_last(&p->header, slice_cstr(name)) == NULL)
		return false;
	*value_r = slice_out(view_mime_header(m->s.view, p, slice_cstr(name),
	    raw));
	return true;
}

bool
tare_part_content_type(struct tare_msg *m, unsigned id,
    struct tare_content_type *type_r)
{
	struct mail_part *p = part_by_id(m, id);
	const struct mail_field *f;
	struct mail_ctype ct;

	if (p == NULL)
		return false;
	f = mail_field_last(&p->header, SLICE("content-type"));
	mail_ctype_parse(m->arena, f != NULL ?
	    mail_field_decoded(m->arena, f) : SLICE(""), &ct);
	*type_r = (struct tare_content_type){ slice_out(ct.type),
		slice_out(ct.boundary), slice_out(ct.charset),
		slice_out(ct.name) };
	return true;
}

const struct tare_uri *
tare_uris(struct tare_msg *m, size_t *n_r)
{
	const struct view_uri *u = view_uris(m->s.view, n_r);
	struct tare_uri *v = arena_alloc_array(m->arena, *n_r + 1, sizeof(*v));

	_Static_assert((int)TARE_URI_LINK == (int)URI_LINK &&
	    (int)TARE_URI_DOMAINKEYS == (int)URI_DOMAINKEYS,
	    "plugin.h and view.h number URI types alike");
	for (size_t i = 0; i < *n_r; i++)
		v[i] = (struct tare_uri){ slice_out(u[i].raw), u[i].types,
			slices_out(u[i].cleaned), u[i].n_cleaned,
			slices_out(u[i].hosts), slices_out(u[i].domains),
			u[i].n_hosts, slices_out(u[i].anchor_text),
			u[i].n_anchor_text };
	return v;
}

struct tare_slice
tare_registered_domain(struct tare_msg *m, struct tare_slice host)
{
	return slice_out(view_domain_registered(m->s.domains, slice_in(host)));
}

bool
tare_domain_valid(struct tare_msg *m, struct tare_slice host)
{
	return view_domain_valid(m->s.domains, slice_in(host));
}

const struct tare_relay *
tare_relays(struct tare_msg *m, size_t *n_r, size_t *n_trusted_r,
    size_t *n_internal_r, size_t *n_unparseable_r)
{
	const struct view_relays *all = view_relays(m->s.view);
	struct tare_relay *v = arena_alloc_array(m->arena, all->n + 1,
	    sizeof(*v));

	for (size_t i = 0; i < all->n; i++) {
		const struct view_relay *r = &all->all[i];

		v[i] = (struct tare_relay){ slice_out(r->ip_text),
			slice_out(r->rdns), slice_out(r->helo),
			slice_out(r->by), slice_out(r->ident),
			slice_out(r->envfrom), slice_out(r->id),
			slice_out(r->auth), r->trusted, r->internal, r->msa,
			r->no_reverse_dns, r->ip_private };
	}
	*n_r = all->n;
	*n_trusted_r = all->n_trusted;
	*n_internal_r = all->n_internal;
	*n_unparseable_r = all->n_unparseable;
	return v;
}

bool
tare_trusted_ip(struct tare_msg *m, struct tare_slice text)
{
	const struct ip_set *set = conf_nets(m->s.plug->conf,
	    "trusted_networks");
	struct ip ip;

	if (ip_parse(slice_in(text), &ip) != 0)
		return false;
	return ip_is_loopback(&ip) || ip_set_has(set, &ip);
}

const struct tare_slice *
tare_all_from(struct tare_msg *m, size_t *n_r)
{
	return slices_out(view_all_from(m->s.view, n_r));
}

const struct tare_slice *
tare_all_to(struct tare_msg *m, size_t *n_r)
{
	return slices_out(view_all_to(m->s.view, n_r));
}

static struct view_html *
html_at(struct tare_msg *m, size_t i)
{
	size_t n;
	struct view_html *const *v = view_htmls(m->s.view, &n);

	return i < n ? v[i] : NULL;
}

size_t
tare_html_count(struct tare_msg *m)
{
	size_t n;

	view_htmls(m->s.view, &n);
	return n;
}

bool
tare_html_metric(struct tare_msg *m, size_t html, const char *name,
    double *value_r)
{
	const struct view_html *h = html_at(m, html);

	return h != NULL && view_html_metric(h, slice_cstr(name), value_r);
}

const struct tare_uri *
tare_html_uris(struct tare_msg *m, size_t html, size_t *n_r)
{
	const struct view_html *h = html_at(m, html);
	struct tare_uri *v;

	*n_r = h == NULL ? 0 : h->uris.n;
	v = arena_alloc_array(m->arena, *n_r + 1, sizeof(*v));
	for (size_t i = 0; i < *n_r; i++) {
		const struct view_html_uri *u = &h->uris.v[i];

		v[i].raw = slice_out(u->raw);
		v[i].types = u->types;
		v[i].anchor_text = slices_out(u->anchor_text.v);
		v[i].n_anchor_text = u->anchor_text.n;
	}
	return v;
}

const struct tare_slice *
tare_html_list(struct tare_msg *m, size_t html, const char *name, size_t *n_r)
{
	const struct view_html *h = html_at(m, html);

	*n_r = 0;
	if (h == NULL)
		return NULL;
#define LIST(member) do {						\
		if (strcmp(name, #member) == 0) {			\
			*n_r = h->member.n;				\
			return slices_out(h->member.v);			\
		}							\
	} while (0)
	LIST(anchor);
	LIST(title);
	LIST(comment);
	LIST(script);
	LIST(charsets);
#undef LIST
	return NULL;
}

int
tare_html_inside(struct tare_msg *m, size_t html, const char *tag)
{
	const struct view_html *h = html_at(m, html);
	void *seen = h ? map_get(h->inside, slice_cstr(tag)) : NULL;

	return seen == NULL ? -1 : (int)(intptr_t)seen - 1;
}

const struct tare_slice *
tare_tag(struct tare_msg *m, const char *name, size_t *n_r)
{
	return slices_out(view_tag(m->s.view, slice_cstr(name), n_r));
}

void
tare_tag_add(struct tare_msg *m, const char *name, struct tare_slice value)
{
	view_tag_add(m->s.view, slice_cstr(name), slice_in(value));
}

bool
tare_regex_match(struct tare_msg *m, const struct tare_regex *re,
    struct tare_slice text, size_t from, size_t *spans, size_t n_spans)
{
	struct regex_span local[16];
	size_t n = n_spans < 16 ? n_spans : 16;
	int rc;

	rc = regex_search((const struct regex *)(const void *)re,
	    slice_in(text), from, n ? local : NULL, n);
	if (rc == REGEX_LIMIT)
		view_mail(m->s.view)->defects |= DEFECT_REGEX_LIMIT;
	if (rc != REGEX_HIT)
		return false;
	for (size_t i = 0; i < n; i++) {
		spans[2 * i] = local[i].start;
		spans[2 * i + 1] = local[i].end;
	}
	return true;
}

double
tare_now(struct tare_msg *m)
{
	return clock_wall();
}

struct tare_slice
tare_domain_ascii(struct tare_msg *m, struct tare_slice host)
{
	return slice_out(view_domain_ascii(m->arena, slice_in(host)));
}

bool
tare_date(struct tare_slice text, long long *unix_r)
{
	return mail_date_parse(slice_in(text), unix_r) == 0;
}

double
tare_conf_num(struct tare_msg *m, const char *name)
{
	return conf_num(m->s.plug->conf, name);
}

struct tare_slice
tare_conf_text(struct tare_msg *m, const char *name)
{
	return slice_out(conf_text(m->s.plug->conf, name));
}

const struct tare_slice *
tare_conf_list(struct tare_msg *m, const char *name, size_t *n_r)
{
	return slices_out(conf_list(m->s.plug->conf, name, n_r));
}

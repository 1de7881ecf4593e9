/*
 * tag - metadata of a message by name, for DNS questions and added headers.
 *
 * Called by ask/ (askdns templates such as _AUTHORDOMAIN_.example.org), by
 * report/ and by plugins, which add their own with view_tag_add.  The tags
 * made here are the rows of `makers`, filled on the first question for any.
 * A tag without a value is unset: a question about it is not asked.
 */
#include "config.h"

#include "view/view-priv.h"

struct tag {
	VEC_OF(struct slice) values;
};

static void
put(struct view *v, struct slice name, struct slice value)
{
	struct tag *t = map_get(v->tags, name);

	if (value.n == 0) {
		return;
	}
	if (!t) {
		t = arena_alloc(v->arena, sizeof(*t));
		map_put(v->tags, name, t);
	}
	*VEC_PUSH(v->arena, &t->values) = value;
}

/* What stands behind the last "@", up to a blank; empty if nothing does. */
static struct slice
host_of(struct slice addr)
{
	ptrdiff_t at = slice_rchr(addr, '@');
	struct slice rest = slice_sub(addr, (size_t)at + 1, addr.n), host;

	if (at < 0 || rest.n == 0 ||
	    ascii_isspace((unsigned char)rest.p[0]) ||
	    !slice_word(&rest, &host)) {
		return SLICE("");
	}
	return host;
}

static struct slice
first_parsed(struct arena *a, struct slice value)
{
	struct mail_addr *addrs;
	size_t n;

	mail_addrs_parse(a, value, &addrs, &n);
	for (size_t i = 0; i < n; i++) {
		if (addrs[i].addr.n > 0) {
			return addrs[i].addr;
		}
	}
	return SLICE("");
}

static void
make_sender_domain(struct view *v, struct slice name)
{
	struct slice sender;

	if (view_envelope_from(v, &sender)) {
		put(v, name, view_domain_ascii(v->arena,
		    host_of(first_parsed(v->arena, sender))));
	}
}

/* Distinct hosts of all From addresses. */
static void
make_author_domain(struct view *v, struct slice name)
{
	const struct mail_header *h = &v->mail->root->header;
	struct map *seen = map_new(v->arena, false);

	for (size_t i = 0; i < h->fields.n; i++) {
		struct mail_addr *addrs;
		size_t n;

		if (!slice_eq_nocase(h->fields.v[i].name, SLICE("From"))) {
			continue;
		}
		mail_addrs_parse(v->arena, h->fields.v[i].raw, &addrs, &n);
		for (size_t k = 0; k < n; k++) {
			struct slice host = host_of(addrs[k].addr);

			if (host.n > 0 && !map_has(seen, host)) {
				map_put(seen, host, v);
				put(v, name, view_domain_ascii(v->arena,
				    host));
			}
		}
	}
}

static void
make_relays(struct view *v, struct slice name)
{
	const struct view_relays *r = view_relays(v);

	put(v, SLICE("RELAYSTRUSTED"), r->trusted);
	put(v, SLICE("RELAYSUNTRUSTED"), r->untrusted);
	put(v, SLICE("RELAYSINTERNAL"), r->internal);
	put(v, SLICE("RELAYSEXTERNAL"), r->external);
}

static struct slice
reversed(struct view *v, const struct view_relay *r)
{
	char text[72];
	size_t n;

	if (!r->has_ip) {
		return SLICE("");
	}
	n = ip_reverse(&r->ip, text);
	return arena_slice(v->arena, slice_make(text, n));
}

/* The oldest relay that we trust: it says who gave us the message. */
static void
make_first_trusted(struct view *v, struct slice name)
{
	const struct view_relays *r = view_relays(v);

	if (r->n_trusted > 0) {
		const struct view_relay *first = &r->all[r->n_trusted - 1];

		put(v, SLICE("FIRSTTRUSTEDIP"), first->ip_text);
		put(v, SLICE("FIRSTTRUSTEDREVIP"), reversed(v, first));
	}
}

/* The host that connected to our network. */
static void
make_last_external(struct view *v, struct slice name)
{
	const struct view_relays *r = view_relays(v);

	if (r->n > r->n_internal) {
		const struct view_relay *last = &r->all[r->n_internal];

		put(v, SLICE("LASTEXTERNALIP"), last->ip_text);
		put(v, SLICE("LASTEXTERNALREVIP"), reversed(v, last));
		put(v, SLICE("LASTEXTERNALRDNS"), last->rdns);
		put(v, SLICE("LASTEXTERNALHELO"), last->helo);
	}
}

/* name: for makers of one tag. */
static const struct {
	struct slice name;
	void (*make)(struct view *v, struct slice name);
} makers[] = {
	{ { "SENDERDOMAIN", 12 }, make_sender_domain },
	{ { "AUTHORDOMAIN", 12 }, make_author_domain },
	{ { NULL, 0 }, make_relays },
	{ { NULL, 0 }, make_first_trusted },
	{ { NULL, 0 }, make_last_external },
};

static void
fill(struct view *v)
{
	if (v->tags_done) {
		return;
	}
	v->tags_done = true;
	v->tags = map_new(v->arena, true);
	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		makers[i].make(v, makers[i].name);
	}
}

const struct slice *
view_tag(struct view *v, struct slice name, size_t *n_r)
{
	const struct tag *t;

	fill(v);
	t = map_get(v->tags, name);
	*n_r = t ? t->values.n : 0;
	return t ? t->values.v : NULL;
}

void
view_tag_add(struct view *v, struct slice name, struct slice value)
{
	fill(v);
	put(v, name, arena_slice(v->arena, value));
}

const struct slice *
view_tag_at(struct view *v, size_t i, struct slice *name_r, size_t *n_r)
{
	const struct tag *t;

	fill(v);
	*n_r = 0;
	if (i >= map_count(v->tags)) {
		return NULL;
	}
	*name_r = map_at(v->tags, i)->key;
	t = map_at(v->tags, i)->value;
	*n_r = t->values.n;
	return t->values.v;
}

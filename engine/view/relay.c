/*
 * relay - the hosts a message came through, and which of them to believe.
 *
 * view_relays reads the Received fields from top to bottom (received.c) and
 * then one made-up line for each header of originating_ip_headers, and draws
 * the lines between trusted and untrusted, internal and external relays
 * (reference/sa-compat.md 5.7).  Called by header.c, envelope.c, tag.c and
 * the evals.
 *
 * Trust is kept while relays are ours; the first that is not ends it.  A relay
 * that says its client logged in never ends it.  One in msa_networks freezes
 * the present state for all that follow.  Without any configuration, private
 * addresses and logins are ours.
 *
 * Limits: LIMIT_RECEIVED fields.
 */
#include "config.h"

#include "base/buf.h"
#include "base/limits.h"
#include "view/received.h"
#include "view/view-priv.h"

struct walk {
	struct view *view;
	struct arena *arena;
	struct received_cache *cache;
	struct view_relays *out;
	VEC_OF(struct view_relay) relays;
	const struct ip_set *trusted, *internal, *msa;
	bool configured;
	bool in_trusted, in_internal, found_msa;
	bool fetcher_counts;	/* no untrusted relay so far */
	struct slice scanner_from;	/* of a qmail-scanner line; or empty */
};

/* Loopback is always ours. */
static bool
in_networks(const struct ip_set *set, const struct view_relay *r)
{
	return r->has_ip && (ip_is_loopback(&r->ip) ||
	    (set && ip_set_has(set, &r->ip)));
}

/* One of the two networks stands for both when the other is not set. */
static void
choose_networks(struct walk *w, const struct view_conf *c)
{
	w->trusted = c->trusted_set ? c->trusted : c->internal;
	w->internal = c->internal_set ? c->internal : c->trusted;
	w->msa = c->msa;
	w->configured = c->trusted_set || c->internal_set;
}

/* Move the state past relay r, which is then marked with it. */
static void
judge(struct walk *w, struct view_relay *r)
{
	bool login = r->auth.n > 0 && !slice_eq(r->auth, SLICE("0"));

	if (!w->in_trusted || w->found_msa) {
		return;
	}
	if (!w->configured) {
		if (!r->ip_private && !login) {
			w->in_trusted = w->in_internal = false;
		}
		return;
	}
	if (!login && !in_networks(w->trusted, r)) {
		w->in_trusted = w->in_internal = false;
		return;
	}
	if (!login && !in_networks(w->internal, r)) {
		w->in_internal = false;
	}
	if (w->msa && r->has_ip && ip_set_has(w->msa, &r->ip)) {
		w->found_msa = true;
		r->msa = true;
	}
}

static void
add_relay(struct walk *w, struct view_relay r, size_t index)
{
	judge(w, &r);
	r.internal = w->in_internal;
	r.trusted = w->in_trusted;
	r.header_index = index;
	if (w->in_trusted) {
		w->out->last_trusted_header++;
	}
	if (w->in_internal) {
		w->out->last_internal_header++;
	}
	w->fetcher_counts = w->in_trusted;
	*VEC_PUSH(w->arena, &w->relays) = r;
}

/*
 * A POP or IMAP fetch inside our own network: what came before it in the
 * header was only the way from the mailbox to us.
 */
static void
forget_relays(struct walk *w)
{
	if (w->fetcher_counts) {
		w->relays.n = 0;
	}
}

static void
read_line(struct walk *w, struct slice value, size_t index)
{
	struct view_relay r;
	struct slice scanner_from = w->scanner_from;
	enum received_result result;

	w->scanner_from = slice_make(NULL, 0);
	result = received_parse(w->arena, w->cache, value, &r,
	    &w->scanner_from);
	if (result == RECEIVED_RELAY) {
		if (scanner_from.n > 0) {
			r.envfrom = scanner_from;
		}
		add_relay(w, r, index);
		return;
	}
	if (result == RECEIVED_UNPARSEABLE) {
		w->out->n_unparseable++;
	} else if (result == RECEIVED_FETCHER) {
		forget_relays(w);
	}
	w->out->last_trusted_header += w->in_trusted;
	w->out->last_internal_header += w->in_internal;
}

/* X-Originating-IP and the like: webmail says who its client was. */
static void
read_originating(struct walk *w, const struct view_conf *c, size_t index)
{
	for (size_t i = 0; i < c->n_originating_ip_headers; i++) {
		const struct mail_field *f = mail_field_last(
		    &w->view->mail->root->header,
		    c->originating_ip_headers[i]);
		struct slice ip;

		if (!f) {
			continue;
		}
		ip = received_find_ip(mail_field_decoded(w->arena, f));
		if (ip.n > 0) {
			read_line(w, slice_cstr(arena_printf(w->arena,
			    "from X-Originating-IP: %.*s", SLICE_FMT(ip))),
			    index++);
		}
	}
}

/* ---- X-Spam-Relays-* ---- */

static void
add_text(struct buf *b, const struct view_relay *r)
{
	const struct {
		const char *name;
		struct slice value;
	} fields[] = {
		{ "[ ip=", r->ip_text }, { " rdns=", r->rdns },
		{ " helo=", r->helo }, { " by=", r->by },
		{ " ident=", r->ident }, { " envfrom=", r->envfrom },
		{ " intl=", r->internal ? SLICE("1") : SLICE("0") },
		{ " id=", r->id }, { " auth=", r->auth },
		{ " msa=", r->msa ? SLICE("1") : SLICE("0") },
	};

	if (b->n > 0) {
		buf_addc(b, ' ');
	}
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		buf_adds(b, fields[i].name);
		buf_add_slice(b, fields[i].value);
	}
	buf_adds(b, " ]");
}

static struct slice
relay_text(const struct walk *w, size_t from, size_t to)
{
	struct buf b;

	buf_init(&b, w->arena);
	for (size_t i = from; i < to; i++) {
		add_text(&b, &w->relays.v[i]);
	}
	return buf_slice(&b);
}

static void
finish(struct walk *w)
{
	struct view_relays *out = w->out;

	out->all = w->relays.v;
	out->n = w->relays.n;
	for (size_t i = 0; i < out->n; i++) {
		out->n_trusted += out->all[i].trusted;
		out->n_internal += out->all[i].internal;
	}
	out->trusted = relay_text(w, 0, out->n_trusted);
	out->untrusted = relay_text(w, out->n_trusted, out->n);
	out->internal = relay_text(w, 0, out->n_internal);
	out->external = relay_text(w, out->n_internal, out->n);
}

const struct view_relays *
view_relays(struct view *v)
{
	struct walk w = { .view = v, .arena = v->arena, .in_trusted = true,
		.in_internal = true, .fetcher_counts = true };
	const struct mail_header *h = &v->mail->root->header;
	size_t n = 0;

	if (v->relays) {
		return v->relays;
	}
	v->relays = w.out = arena_alloc(v->arena, sizeof(*w.out));
	w.out->last_trusted_header = w.out->last_internal_header = -1;
	w.cache = v->conf->received ? v->conf->received :
	    received_cache_new(v->arena);
	choose_networks(&w, v->conf);
	for (size_t i = 0; i < h->fields.n && n < LIMIT_RECEIVED; i++) {
		const struct mail_field *f = &h->fields.v[i];

		if (slice_eq_nocase(f->name, SLICE("Received"))) {
			read_line(&w, mail_field_decoded(v->arena, f), n++);
		}
	}
	read_originating(&w, v->conf, n);
	finish(&w);
	return v->relays;
}

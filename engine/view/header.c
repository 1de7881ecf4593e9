/*
 * header - the value a header rule matches.
 *
 * A request is a name with modifiers ("From:addr", "ALL:raw",
 * "X-Spam-Relays-External"); its value is what SpamAssassin's get() returns:
 * collect (header_get.c), keep the first or last, apply :addr :name :host
 * :domain :ip :revip (header_mod.c), join.  reference/sa-compat.md 2.2, 2.3.
 *
 * Called by match/ for header and mimeheader rules and, through plug/, by
 * evals.  Each different request is computed once a message.
 *
 * Fields named X-Spam-… do not exist here: they are some other scanner's, or
 * forged (trap 9).  ALL:raw and full still show them.
 */
#include "config.h"

#include "base/buf.h"
#include "view/header-priv.h"

struct cached {
	bool found;
	struct slice joined;
	struct header_values values;	/* without their newline */
};

static const struct {
	const char *name;
	enum header_pseudo pseudo;
	bool exact;			/* the name's case matters */
} pseudos[] = {
	{ "ALL", PSEUDO_ALL, true },
	{ "ALL-TRUSTED", PSEUDO_ALL_TRUSTED, true },
	{ "ALL-UNTRUSTED", PSEUDO_ALL_UNTRUSTED, true },
	{ "ALL-INTERNAL", PSEUDO_ALL_INTERNAL, true },
	{ "ALL-EXTERNAL", PSEUDO_ALL_EXTERNAL, true },
	{ "MESSAGEID", PSEUDO_MESSAGEID, true },
	{ "ToCc", PSEUDO_TOCC, false },
	{ "EnvelopeFrom", PSEUDO_ENVELOPE_FROM, false },
	{ "X-Spam-Relays-Trusted", PSEUDO_RELAYS_TRUSTED, false },
	{ "X-Spam-Relays-Untrusted", PSEUDO_RELAYS_UNTRUSTED, false },
	{ "X-Spam-Relays-Internal", PSEUDO_RELAYS_INTERNAL, false },
	{ "X-Spam-Relays-External", PSEUDO_RELAYS_EXTERNAL, false },
};

static const struct {
	const char *name;
	unsigned mods;
} modifiers[] = {
	{ "raw", MOD_RAW }, { "addr", MOD_ADDR }, { "name", MOD_NAME },
	{ "first", MOD_FIRST }, { "last", MOD_LAST }, { "host", MOD_HOST },
	{ "domain", MOD_HOST | MOD_DOMAIN }, { "ip", MOD_IP },
	{ "revip", MOD_IP | MOD_REVIP },
};

static enum header_pseudo
pseudo_named(struct slice name)
{
	for (size_t i = 0; i < sizeof(pseudos) / sizeof(pseudos[0]); i++) {
		struct slice s = slice_cstr(pseudos[i].name);

		if (pseudos[i].exact ? slice_eq(name, s) :
		    slice_eq_nocase(name, s)) {
			return pseudos[i].pseudo;
		}
	}
	return PSEUDO_NONE;
}

static unsigned
modifier_named(struct slice word)
{
	for (size_t i = 0; i < sizeof(modifiers) / sizeof(modifiers[0]);
	    i++) {
		if (slice_eq_cstr(word, modifiers[i].name)) {
			return modifiers[i].mods;
		}
	}
	return 0;
}

int
view_header_req_parse(struct arena *a, struct slice text,
    struct view_header_req *req_r, struct err *e)
{
	struct slice rest = slice_trim(text);
	ptrdiff_t colon = slice_chr(rest, ':', 0);
	size_t end = colon < 0 ? rest.n : (size_t)colon;

	*req_r = (struct view_header_req){
		.name = arena_slice(a, slice_sub(rest, 0, end)),
	};
	while (end < rest.n) {
		size_t from = end + 1;
		struct slice word;
		unsigned mods;

		colon = slice_chr(rest, ':', from);
		end = colon < 0 ? rest.n : (size_t)colon;
		word = slice_sub(rest, from, end);
		mods = modifier_named(word);
		if (mods == 0) {
			return err_set(e, ERR_CONFIG,
			    "\"%.*s\" is no modifier of a header",
			    SLICE_FMT(word));
		}
		req_r->mods |= mods;
	}
	if (req_r->name.n == 0) {
		return err_set(e, ERR_CONFIG, "header name is empty");
	}
	req_r->pseudo = pseudo_named(req_r->name);
	return 0;
}

/* ---- values ---- */

static void
apply(struct view *v, struct header_values *values, unsigned mods,
    void (*fn)(struct view *, struct slice, unsigned,
    struct header_values *))
{
	struct header_values out = { 0 };

	for (size_t i = 0; i < values->v.n; i++) {
		fn(v, values->v.v[i], mods, &out);
	}
	*values = out;
}

static struct slice
join(struct arena *a, const struct header_values *values)
{
	struct slice newline = SLICE("\n");
	struct slice sep = slice_ends(values->v.v[0], newline) ?
	    (struct slice){ 0 } : newline;

	if (values->v.n == 1) {
		return values->v.v[0];
	}
	return arena_join(a, values->v.v, values->v.n, sep);
}

static struct cached *
compute(struct view *v, const struct view_header_req *req)
{
	struct cached *c = arena_alloc(v->arena, sizeof(*c));
	struct header_values *values = &c->values;

	header_collect(v, req, values);
	if (values->v.n > 1 && (req->mods & MOD_FIRST)) {
		values->v.n = 1;
	} else if (values->v.n > 1 && (req->mods & MOD_LAST)) {
		values->v.v[0] = values->v.v[values->v.n - 1];
		values->v.n = 1;
	}
	if (req->mods & (MOD_ADDR | MOD_NAME)) {
		apply(v, values, req->mods, header_addresses);
	}
	if (req->mods & MOD_HOST) {
		apply(v, values, req->mods, header_hosts);
	} else if (req->mods & MOD_IP) {
		apply(v, values, req->mods, header_ips);
	}
	c->found = values->v.n > 0;
	if (c->found) {
		c->joined = join(v->arena, values);
	}
	for (size_t i = 0; i < values->v.n; i++) {
		struct slice *s = &values->v.v[i];

		s->n -= slice_ends(*s, SLICE("\n"));
	}
	return c;
}

static struct cached *
lookup(struct view *v, const struct view_header_req *req)
{
	struct cached *c;
	struct buf key;

	buf_init(&key, NULL);
	buf_addc(&key, (char)req->pseudo);
	buf_add(&key, &req->mods, sizeof(req->mods));
	buf_add_slice(&key, req->name);
	c = map_get(v->header_cache, buf_slice(&key));
	if (c == NULL) {
		c = compute(v, req);
		map_put(v->header_cache, buf_slice(&key), c);
	}
	buf_free(&key);
	return c;
}

bool
view_header(struct view *v, const struct view_header_req *req,
    struct slice *value_r)
{
	const struct cached *c = lookup(v, req);

	*value_r = c->joined;
	return c->found;
}

const struct slice *
view_header_values(struct view *v, const struct view_header_req *req,
    size_t *n_r)
{
	const struct cached *c = lookup(v, req);

	*n_r = c->values.v.n;
	return c->values.v.v;
}

/* ---- MIME headers ---- */

struct slice
view_mime_header(struct view *v, struct mail_part *p, struct slice name,
    bool raw)
{
	const struct mail_field *f;
	struct slice both[2] = { { 0 }, { "\n", 1 } };

	if (slice_eq(name, SLICE("ALL"))) {
		struct header_values all = { 0 };

		header_all(v, &p->header, raw, &all);
		return arena_join(v->arena, all.v.v, all.v.n,
		    (struct slice){ 0 });
	}
	f = mail_field_last(&p->header, name);
	if (f == NULL || (p == v->mail->root &&
	    slice_starts_nocase(name, SLICE("X-Spam-")))) {
		return (struct slice){ 0 };
	}
	if (raw) {
		/* SpamAssassin reads a message's header and that of a part
		 * with different expressions. */
		return p->parent == NULL || p->parent->is_message ?
		    f->raw : slice_trim_left(f->raw);
	}
	both[0] = mail_field_decoded(v->arena, f);
	return arena_join(v->arena, both, 2, (struct slice){ 0 });
}

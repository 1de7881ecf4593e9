/*
 * header_get - the values of a field or pseudo header, before modifiers.
 *
 * Decoded values end in a newline; raw ones are the text after the colon.
 * Pseudo headers take their values from several fields (MESSAGEID, ToCc,
 * ALL), from the relays or from the envelope.
 *
 * Called by header.c.  A field is decoded once a request; requests are cached
 * there.
 */
#include "config.h"

#include "base/buf.h"
#include "base/limits.h"
#include "view/header-priv.h"

static void
add(struct view *v, struct header_values *out, struct slice value)
{
	*VEC_PUSH(v->arena, &out->v) = value;
}

/* Our own mark on a message, or a forged one (trap 9). */
static bool
is_ours(struct slice name)
{
	return slice_starts_nocase(name, SLICE("X-Spam-"));
}

/* Folds to one space each. */
static struct slice
unfold(struct arena *a, struct slice s)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < s.n;) {
		size_t end = i + (s.p[i] == '\r'), next;

		if (end >= s.n || s.p[end] != '\n') {
			buf_addc(&b, s.p[i++]);
			continue;
		}
		next = ++end;
		while (next < s.n && ascii_isspace((unsigned char)s.p[next])) {
			next++;
		}
		if (next == end) {
			buf_add_slice(&b, slice_sub(s, i, end));
		} else {
			buf_addc(&b, ' ');
		}
		i = next;
	}
	return buf_slice(&b);
}

static struct slice
decoded(struct view *v, const struct mail_field *f)
{
	struct slice both[2] = {
		mail_field_decoded(v->arena, f), { "\n", 1 }
	};

	return arena_join(v->arena, both, 2, (struct slice){ 0 });
}

static void
add_field(struct view *v, struct slice name, bool raw,
    struct header_values *out)
{
	const struct mail_header *h = &v->mail->root->header;

	if (is_ours(name)) {
		return;
	}
	for (size_t i = 0; i < h->fields.n; i++) {
		const struct mail_field *f = &h->fields.v[i];

		if (slice_eq_nocase(f->name, name)) {
			add(v, out, raw ? f->raw : decoded(v, f));
		}
	}
}

/* The fields that a pseudo header unites; raw means only undecoded here. */
static void
add_united(struct view *v, const char *const *names, bool raw,
    struct header_values *out)
{
	for (; *names != NULL; names++) {
		size_t from = out->v.n;

		add_field(v, slice_cstr(*names), raw, out);
		for (size_t i = from; raw && i < out->v.n; i++) {
			out->v.v[i] = unfold(v->arena, out->v.v[i]);
		}
	}
}

/* ---- ALL ---- */

/*
 * Which lines SpamAssassin keeps when all together are over
 * LIMIT_HEADER_BYTES: it counts name by name, in order of first appearance,
 * and stops at the first line too much.
 */
static void
limit_lines(struct view *v, const struct mail_header *h,
    struct header_values *out)
{
	size_t n = out->v.n, total = 0, kept = 0;
	size_t *next = arena_alloc_array(v->arena, n, sizeof(*next));
	struct map *last = map_new(v->arena, true);
	bool *keep = arena_alloc_array(v->arena, n, sizeof(*keep));
	bool *later = arena_alloc_array(v->arena, n, sizeof(*later));

	for (size_t i = 0; i < n; i++) {
		void *before = map_put(last, h->fields.v[i].name,
		    (void *)(uintptr_t)(i + 1));

		if (before != NULL) {
			next[(size_t)(uintptr_t)before - 1] = i;
			later[i] = true;
		}
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t k = later[i] ? n : i; k < n;
		    k = next[k] != 0 ? next[k] : n) {
			total += out->v.v[k].n;
			if (total > LIMIT_HEADER_BYTES) {
				goto done;
			}
			keep[k] = true;
		}
	}
done:
	for (size_t i = 0; i < n; i++) {
		if (keep[i]) {
			out->v.v[kept++] = out->v.v[i];
		}
	}
	out->v.n = kept;
}

void
header_all(struct view *v, const struct mail_header *h, bool raw,
    struct header_values *out)
{
	bool root = h == &v->mail->root->header;
	struct slice line[3] = { { 0 }, { ": ", 2 }, { 0 } };
	size_t kept = 0;

	for (size_t i = 0; i < h->fields.n; i++) {
		const struct mail_field *f = &h->fields.v[i];

		line[0] = f->name;
		line[2] = raw ? unfold(v->arena, f->raw) : decoded(v, f);
		add(v, out, root && is_ours(f->name) ? (struct slice){ 0 } :
		    arena_join(v->arena, line, 3, (struct slice){ 0 }));
	}
	limit_lines(v, h, out);
	/* What stands for a field of ours is empty. */
	for (size_t i = 0; i < out->v.n; i++) {
		if (out->v.v[i].n > 0) {
			out->v.v[kept++] = out->v.v[i];
		}
	}
	out->v.n = kept;
}

/*
 * The pristine header, cut before each line that does not continue one.  A
 * last field without a newline, of a mail that was cut there, is left out.
 */
static void
add_pristine(struct view *v, struct header_values *out)
{
	struct slice rest = v->mail->pristine_header, line;
	const char *field = NULL;
	size_t n = 0;

	while (slice_line(&rest, &line)) {
		bool folded = line.p[0] == ' ' || line.p[0] == '\t';

		if (folded) {
			n += line.n;
			continue;
		}
		if (field != NULL) {
			add(v, out, slice_make(field, n));
		}
		/* The blank line at the end is no field. */
		field = rest.n > 0 || line.n > 1 ? line.p : NULL;
		n = line.n;
	}
	if (field != NULL && field[n - 1] == '\n') {
		add(v, out, slice_make(field, n));
	}
}

struct range {
	bool has_from, has_to;
	int from, to;
};

/*
 * The lines from the from-th Received on, or up to and with the to-th.
 * SpamAssassin adds one to the last trusted index because that header, too,
 * was written by a host we trust.
 */
static void
add_range(struct view *v, struct range r, bool raw, struct header_values *out)
{
	struct header_values all = { 0 };
	int received = -1;

	if (raw) {
		add_pristine(v, &all);
	} else {
		header_all(v, &v->mail->root->header, false, &all);
	}
	for (size_t i = 0; i < all.v.n; i++) {
		struct slice line = all.v.v[i];

		received += slice_starts_nocase(line, SLICE("Received:"));
		if ((!r.has_from || r.from <= received) &&
		    (!r.has_to || received < r.to)) {
			add(v, out, line);
		} else if (r.has_to && received == r.to) {
			add(v, out, line);
			break;
		}
	}
}

/* ---- all of it ---- */

static void
add_metadata(struct view *v, struct slice name, struct header_values *out)
{
	const struct slice *tags;
	size_t n;

	/* While the tags are being made they may not be asked for. */
	if (!v->tags_done) {
		return;
	}
	tags = view_tag(v, name, &n);
	for (size_t i = 0; i < n; i++) {
		add(v, out, tags[i]);
	}
}

static void
collect_relays(struct view *v, enum header_pseudo pseudo, bool raw,
    struct header_values *out)
{
	const struct view_relays *r = view_relays(v);
	int trusted = r->last_trusted_header + 1;
	int internal = r->last_internal_header + 1;

	switch (pseudo) {
	case PSEUDO_ALL_TRUSTED:
		add_range(v, (struct range){ .has_to = true, .to = trusted },
		    raw, out);
		break;
	case PSEUDO_ALL_UNTRUSTED:
		add_range(v, (struct range){ .has_from = true,
		    .from = trusted }, raw, out);
		break;
	case PSEUDO_ALL_INTERNAL:
		add_range(v, (struct range){ .has_to = true, .to = internal },
		    raw, out);
		break;
	case PSEUDO_ALL_EXTERNAL:
		add_range(v, (struct range){ .has_from = true,
		    .from = internal }, raw, out);
		break;
	case PSEUDO_RELAYS_TRUSTED:
		add(v, out, r->trusted);
		break;
	case PSEUDO_RELAYS_UNTRUSTED:
		add(v, out, r->untrusted);
		break;
	case PSEUDO_RELAYS_INTERNAL:
		add(v, out, r->internal);
		break;
	default:
		add(v, out, r->external);
		break;
	}
}

void
header_collect(struct view *v, const struct view_header_req *req,
    struct header_values *out)
{
	static const char *const messageid[] = {
		"X-Message-Id", "Resent-Message-Id", "X-Original-Message-ID",
		"Message-Id", NULL
	};
	static const char *const tocc[] = { "To", "Cc", NULL };
	bool raw = req->mods & MOD_RAW;
	struct slice from;

	switch ((enum header_pseudo)req->pseudo) {
	case PSEUDO_NONE:
		add_field(v, req->name, raw ||
		    (req->mods & (MOD_ADDR | MOD_NAME)), out);
		if (out->v.n == 0) {
			add_metadata(v, req->name, out);
		}
		break;
	case PSEUDO_ALL:
		if (raw) {
			add_pristine(v, out);
		} else {
			header_all(v, &v->mail->root->header, false, out);
		}
		break;
	case PSEUDO_MESSAGEID:
		add_united(v, messageid, raw, out);
		break;
	case PSEUDO_TOCC:
		add_united(v, tocc, raw, out);
		break;
	case PSEUDO_ENVELOPE_FROM:
		if (view_envelope_from(v, &from)) {
			add(v, out, from);
		}
		break;
	default:
		collect_relays(v, req->pseudo, raw, out);
		break;
	}
}

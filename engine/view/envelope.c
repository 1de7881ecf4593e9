/*
 * envelope - who the message is from and for, as far as its headers know.
 *
 * The SMTP envelope is not part of a message; servers leave traces of it.
 * view_envelope_from looks for the sender (reference/sa-compat.md 5.8),
 * view_all_from and view_all_to collect every address that the message
 * claims (3.1).  Called by header.c, tag.c and the evals.
 *
 * The fields are read as SpamAssassin's get("NAME:addr") does: addresses
 * parsed from the undecoded value, those without an address skipped.
 */
#include "config.h"

#include "base/vec.h"
#include "view/uri.h"
#include "view/view-priv.h"

#define RECEIVED_LOOKED_AT 3	/* for a recipient in "for <…>;" */

/* ---- addresses of fields ---- */

static void
add_addresses(struct uri_set *set, struct slice value)
{
	struct mail_addr *addrs;
	size_t n;

	mail_addrs_parse(set->arena, value, &addrs, &n);
	for (size_t i = 0; i < n; i++) {
		if (addrs[i].addr.n > 0) {
			uri_set_add(set, addrs[i].addr);
		}
	}
}

/* Of all fields of that name, or the first only. */
static void
add_field(struct uri_set *set, const struct mail_header *h, const char *name,
    bool first)
{
	for (size_t i = 0; i < h->fields.n; i++) {
		if (slice_eq_nocase(h->fields.v[i].name, slice_cstr(name))) {
			add_addresses(set, h->fields.v[i].raw);
			if (first) {
				return;
			}
		}
	}
}

/* First address of the first field; false if there is none. */
static bool
first_address(struct view *v, struct slice name, struct slice *addr_r)
{
	const struct mail_field *f = mail_field_nth(&v->mail->root->header,
	    name, 0);
	struct uri_set set;

	uri_set_init(&set, v->arena);
	if (f) {
		add_addresses(&set, f->raw);
	}
	if (set.v.n == 0) {
		return false;
	}
	*addr_r = set.v.v[0];
	return true;
}

/* ---- EnvelopeFrom ---- */

static bool
has_at(struct slice s)
{
	return slice_chr(s, '@', 0) > 0;
}

/* Where our own network took the message over; else where it started. */
static bool
from_relay(struct view *v, struct slice *addr_r)
{
	const struct view_relays *r = view_relays(v);
	const struct view_relay *hop = r->n > r->n_trusted ?
	    &r->all[r->n_trusted] : r->n > 0 ? &r->all[r->n - 1] : NULL;

	if (!hop || !hop->envfrom.p ||
	    (hop->envfrom.n > 0 && !has_at(hop->envfrom))) {
		return false;
	}
	*addr_r = hop->envfrom;
	return true;
}

/* Fetchmail writes the list's X-Sender where the envelope sender should
 * stand: then no header can be believed. */
static bool
fetchmail_guessed(struct view *v)
{
	const struct mail_header *h = &v->mail->root->header;
	struct slice sender;

	if (!first_address(v, SLICE("X-Sender"), &sender) ||
	    slice_chr(sender, '@', 0) < 0) {
		return false;
	}
	for (size_t i = 0; i < h->fields.n; i++) {
		if (slice_eq_nocase(h->fields.v[i].name, SLICE("Received")) &&
		    slice_find(mail_field_decoded(v->arena, &h->fields.v[i]),
		    SLICE("(fetchmail"), 0) >= 0) {
			return true;
		}
	}
	return false;
}

/* A field below a Received was written before that hop, perhaps by a list
 * that then used another sender. */
static bool
below_received(struct view *v, struct slice name)
{
	const struct mail_header *h = &v->mail->root->header;
	bool received = false;

	for (size_t i = 0; i < h->fields.n; i++) {
		if (received && slice_eq_nocase(h->fields.v[i].name, name)) {
			return true;
		}
		received = received || slice_eq_nocase(h->fields.v[i].name,
		    SLICE("Received"));
	}
	return false;
}

static bool
from_headers(struct view *v, struct slice *addr_r)
{
	static const struct {
		struct slice name;
		bool final;	/* below a Received: look no further */
	} names[] = {
		{ { "X-Envelope-From", 15 }, true },
		{ { "Envelope-Sender", 15 }, false },
		{ { "Return-Path", 11 }, false },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!first_address(v, names[i].name, addr_r)) {
			continue;
		}
		if (!below_received(v, names[i].name)) {
			return true;
		}
		if (names[i].final) {
			return false;
		}
	}
	return false;
}

static bool
find_sender(struct view *v, struct slice *addr_r)
{
	struct slice header = v->conf->envelope_sender_header;

	if (header.n > 0) {
		return first_address(v, header, addr_r) && has_at(*addr_r);
	}
	if (from_relay(v, addr_r)) {
		return true;
	}
	return !fetchmail_guessed(v) && from_headers(v, addr_r);
}

bool
view_envelope_from(struct view *v, struct slice *addr_r)
{
	if (!v->envelope_done) {
		v->envelope_done = true;
		v->envelope_known = find_sender(v, &v->envelope);
	}
	*addr_r = v->envelope_known ? v->envelope : SLICE("");
	return v->envelope_known;
}

/* ---- all addresses ---- */

/* "a@b..." comes from broken software: runs of dots are one. */
static struct slice
squeeze_dots(struct arena *a, struct slice s)
{
	char *dst;
	size_t n = 0;

	if (slice_find(s, SLICE(".."), 0) < 0) {
		return s;
	}
	dst = arena_alloc(a, s.n);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '.' || n == 0 || dst[n - 1] != '.') {
			dst[n++] = s.p[i];
		}
	}
	return slice_make(dst, n);
}

static void
collect_from(struct view *v, struct uri_set *out)
{
	static const char *const names[] = { "From", "Envelope-Sender",
		"Resent-Sender", "X-Envelope-From" };
	const struct mail_header *h = &v->mail->root->header;
	struct uri_set set;
	struct slice sender;

	add_field(out, h, "Resent-From", true);
	if (out->v.n > 0) {
		return;
	}
	uri_set_init(&set, v->arena);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		add_field(&set, h, names[i], false);
	}
	if (view_envelope_from(v, &sender)) {
		add_addresses(&set, sender);
	}
	for (size_t i = 0; i < set.v.n; i++) {
		uri_set_add(out, squeeze_dots(v->arena, set.v.v[i]));
	}
}

const struct slice *
view_all_from(struct view *v, size_t *n_r)
{
	if (!v->all_from.done) {
		struct uri_set set;

		v->all_from.done = true;
		uri_set_init(&set, v->arena);
		collect_from(v, &set);
		v->all_from.v = set.v.v;
		v->all_from.n = set.v.n;
	}
	*n_r = v->all_from.n;
	return v->all_from.v;
}

/*
 * "user@host" or "<user@host>" before a semicolon in word; the host must be
 * one.  The last "@" counts, as in a greedy match.
 */
static bool
recipient_in(struct view *v, struct slice word, struct slice *addr_r)
{
	ptrdiff_t at, end;
	struct slice host;

	if (slice_starts(word, SLICE("<"))) {
		word = slice_sub(word, 1, word.n);
	}
	end = slice_rchr(word, ';');
	at = end < 0 ? -1 : slice_rchr(slice_sub(word, 0, (size_t)end), '@');
	if (at < 1) {
		return false;
	}
	end = slice_chr(word, ';', (size_t)at + 2);
	if (end < 0) {
		return false;
	}
	host = slice_sub(word, (size_t)at + 1, (size_t)end);
	if (host.n > 1 && slice_ends(host, SLICE(">"))) {
		host.n--;
	}
	*addr_r = slice_sub(word, 0, (size_t)at + 1 + host.n);
	return view_host_valid(view_domain_ascii(v->arena, host));
}

static void
add_received_recipient(struct view *v, struct uri_set *set,
    struct slice line)
{
	for (ptrdiff_t at = slice_find(line, SLICE(" for "), 0); at >= 0;
	    at = slice_find(line, SLICE(" for "), (size_t)at + 1)) {
		struct slice rest = slice_sub(line, (size_t)at + 5, line.n);
		struct slice word, addr;

		if (rest.n == 0 || ascii_isspace((unsigned char)rest.p[0]) ||
		    !slice_word(&rest, &word) ||
		    slice_chr(word, '@', 0) < 0 ||
		    slice_chr(word, ';', 0) < 0) {
			continue;
		}
		if (recipient_in(v, word, &addr)) {
			uri_set_add(set, addr);
		}
		return;
	}
}

static void
collect_to(struct view *v, struct uri_set *set)
{
	static const char *const names[] = { "To", "Apparently-To",
		"Delivered-To", "Envelope-Recipients", "Apparently-Resent-To",
		"X-Envelope-To", "Envelope-To", "X-Delivered-To",
		"X-Original-To", "X-Rcpt-To", "X-Real-To", "Cc" };
	const struct mail_header *h = &v->mail->root->header;

	add_field(set, h, "Resent-To", true);
	add_field(set, h, "Resent-Cc", true);
	if (set->v.n > 0) {
		return;
	}
	for (size_t i = 0; i < RECEIVED_LOOKED_AT; i++) {
		const struct mail_field *f = mail_field_nth(h,
		    SLICE("Received"), i);

		if (f) {
			add_received_recipient(v, set,
			    mail_field_decoded(v->arena, f));
		}
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		add_field(set, h, names[i], false);
	}
}

const struct slice *
view_all_to(struct view *v, size_t *n_r)
{
	if (!v->all_to.done) {
		struct uri_set set;

		v->all_to.done = true;
		uri_set_init(&set, v->arena);
		collect_to(v, &set);
		v->all_to.v = set.v.v;
		v->all_to.n = set.v.n;
	}
	*n_r = v->all_to.n;
	return v->all_to.v;
}

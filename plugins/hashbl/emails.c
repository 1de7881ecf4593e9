/*
 * emails - the addresses of a message that a rule asks its list about.
 *
 * From header fields and the text.  Roles, the recipient's own addresses and
 * domains that nobody asks about are left out; options say which part of an
 * address is asked for, and access lists whose.
 */
#include "config.h"

#include "plugins/address.h"
#include "plugins/hashbl/hashbl.h"
#include "plugins/text.h"

#define FIELD_BYTES 256

/* ---- texts ---- */

/* Parts with a byte between them, or none if it is NUL. */
static struct tare_slice
join(struct tare_msg *m, const struct tare_slice *v, size_t n, char between)
{
	size_t size = 0, at = 0;
	char *p;

	for (size_t i = 0; i < n; i++)
		size += v[i].n + 1;
	p = tare_alloc(m, size + 1);
	for (size_t i = 0; i < n; i++) {
		if (v[i].n > 0)
			memcpy(p + at, v[i].p, v[i].n);
		at += v[i].n;
		if (between != '\0' && i + 1 < n)
			p[at++] = between;
	}
	return (struct tare_slice){ p, at };
}

/* Addresses of mailto: links that the text does not show, a line each. */
static struct tare_slice
links(struct tare_msg *m)
{
	size_t n_uris, n = 0;
	const struct tare_uri *u = tare_uris(m, &n_uris);
	struct tare_slice *v = tare_alloc(m, (2 * n_uris + 1) * sizeof(*v));
	struct tare_slice mailto = text_of("mailto:");

	for (size_t i = 0; i < n_uris; i++) {
		if ((u[i].types & (TARE_URI_A | TARE_URI_PARSED)) !=
		    TARE_URI_A || !text_starts_nocase(u[i].raw, mailto))
			continue;
		v[n++] = text_sub(u[i].raw, mailto.n, u[i].raw.n);
		v[n++] = text_of("\n");
	}
	return join(m, v, n, '\0');
}

static struct tare_slice
body_text(struct tare_msg *m, const struct hashbl_rule *r)
{
	struct tare_slice both[2] = { links(m), { NULL, 0 } };
	size_t n;
	const struct tare_slice *lines = tare_body(m, &n);

	both[1] = join(m, lines, n, '\0');
	if (r->opt[HASHBL_NOURI] != 0)
		both[1] = address_without_links(m, both[1]);
	if (r->opt[HASHBL_NOQUOTE] != 0)
		both[1] = address_without_quotes(m, both[1]);
	return join(m, both, 2, '\0');
}

static struct tare_slice
field_text(struct tare_msg *m, const char *field)
{
	struct tare_slice all = { NULL, 0 };
	const struct tare_slice *v;
	size_t n;

	if (strcmp(field, "ALL") == 0) {
		tare_header(m, field, &all);
		return all;
	}
	v = tare_header_all(m, field, &n);
	return join(m, v, n, '\n');
}

/* ---- addresses in a text ---- */

static void
find_default(struct tare_msg *m, struct tare_slice text,
    struct hashbl_values *found)
{
	struct address a = { .end = 0 };
	size_t from = 0, start;

	for (size_t at = 0; address_next(m, text, at, &a); at = a.at + 1) {
		if (!address_start(&a, from, &start))
			continue;
		hashbl_add(found, text_sub(text, start, a.end));
		from = a.end;
	}
}

/* With the site's regex, which may leave the top-level domain to us. */
static void
find_regex(struct tare_msg *m, const struct tare_regex *re,
    struct tare_slice text, struct hashbl_values *found)
{
	size_t spans[2], from = 0;

	while (from <= text.n && found->n < HASHBL_VALUES_MAX &&
	    tare_regex_match(m, re, text, from, spans, 1)) {
		struct tare_slice one = text_sub(text, spans[0], spans[1]);
		size_t at = text_behind_last(one, '@');

		from = spans[1] > spans[0] ? spans[1] : spans[1] + 1;
		if (tare_domain_valid(m, text_sub(one, at, one.n)))
			hashbl_add(found, one);
		else
			from = spans[0] + 1;
	}
}

/* The addresses of one source: ALLFROM, ALL, body, or a header field. */
static void
find(struct tare_msg *m, const struct hashbl_rule *r, struct tare_slice source,
    struct hashbl_values *found)
{
	char field[FIELD_BYTES];
	struct tare_slice text;
	size_t n;

	if (source.n >= sizeof(field))
		return;
	memcpy(field, source.p, source.n);
	field[source.n] = '\0';
	if (strcmp(field, "ALLFROM") == 0) {
		const struct tare_slice *v = tare_all_from(m, &n);

		for (size_t i = 0; i < n; i++)
			hashbl_add(found, v[i]);
		return;
	}
	text = strcmp(field, "body") == 0 ? body_text(m, r) :
	    field_text(m, field);
	if (r->context->email != NULL)
		find_regex(m, r->context->email, text, found);
	else
		find_default(m, text, found);
}

/* ---- choosing ---- */

struct email {
	struct tare_slice user, host;
};

static struct tare_slice
whole(struct tare_msg *m, const struct email *e)
{
	struct tare_slice v[2] = { e->user, e->host };

	return join(m, v, 2, '@');
}

/* Addresses to which this message was delivered are no news. */
static bool
is_recipient(struct tare_msg *m, struct tare_slice address)
{
	static const char *const fields[] = { "X-Original-To:addr",
		"Apparently-To:addr", "Delivered-To:addr",
		"Envelope-To:addr" };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		size_t n;
		const struct tare_slice *v = tare_header_all(m, fields[i], &n);

		for (size_t k = 0; k < n; k++) {
			if (text_same_nocase(v[k], address))
				return true;
		}
	}
	return false;
}

static bool
is_asked(struct tare_msg *m, const struct hashbl_rule *r,
    const struct email *e)
{
	struct tare_slice address = whole(m, e);

	if (r->with_acl && r->acl != NULL && !hashbl_has(r->acl, e->host))
		return false;
	if (is_recipient(m, address) || tare_regex_match(m,
	    r->context->welcome, address, 0, NULL, 0))
		return false;
	return r->with_acl || !hashbl_skipped(m, r, e->host);
}

static struct tare_slice
without_dots(struct tare_msg *m, struct tare_slice s)
{
	char *p = tare_alloc(m, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '.')
			p[n++] = s.p[i];
	}
	return (struct tare_slice){ p, n };
}

/* The part of the address that is asked about. */
static struct tare_slice
part(struct tare_msg *m, const struct hashbl_rule *r, struct email e)
{
	struct tare_slice domain = tare_registered_domain(m, e.host);

	if (r->opt[HASHBL_NODOT] != 0)
		e.user = without_dots(m, e.user);
	if (r->opt[HASHBL_NOTAG] != 0)
		e.user = text_sub(e.user, 0, text_find(e.user, '+'));
	if (r->opt[HASHBL_DOMAIN] != 0)
		return domain.n > 0 ? domain : e.host;
	if (r->opt[HASHBL_HOST] != 0)
		return e.host;
	return r->opt[HASHBL_USER] != 0 ? e.user : whole(m, &e);
}

/* USER@HOST, the host by its main name; false without both. */
static bool
split(const struct hashbl_rule *r, struct tare_slice address,
    struct email *e_r)
{
	size_t at = text_behind_last(address, '@');
	const char *main;

	if (at == 0 || at == address.n)
		return false;
	e_r->user = text_sub(address, 0, at - 1);
	e_r->host = text_sub(address, at, address.n);
	main = names_get(r->context->aliases, e_r->host);
	if (main != NULL)
		e_r->host = text_of(main);
	return true;
}

void
hashbl_emails(struct tare_msg *m, const struct hashbl_rule *r,
    struct hashbl_values *values)
{
	struct hashbl_values *found = tare_alloc(m, sizeof(*found));
	struct tare_slice rest = text_of(r->from);

	while (rest.n > 0) {
		size_t slash = text_find(rest, '/');

		find(m, r, text_trim(text_sub(rest, 0, slash)), found);
		rest = text_sub(rest, slash < rest.n ? slash + 1 : slash,
		    rest.n);
	}
	for (size_t i = 0; i < found->n; i++) {
		struct email e;

		if (split(r, found->v[i], &e) && is_asked(m, r, &e))
			hashbl_add(values, hashbl_fold(m, r, part(m, r, e)));
	}
}

/*
 * collect - what of a message a rule asks its list about: links, matches of a
 * regex, values of a tag, attachments.  Addresses are in emails.c.
 */
#include "config.h"

#include "plugins/hashbl/hashbl.h"
#include "plugins/hostname.h"

/* ---- values ---- */

void
hashbl_add(struct hashbl_values *values, struct tare_slice value)
{
	if (value.n == 0 || values->n >= HASHBL_VALUES_MAX)
		return;
	for (size_t i = 0; i < values->n; i++) {
		if (text_same(values->v[i], value))
			return;
	}
	values->v[values->n++] = value;
}

struct tare_slice
hashbl_fold(struct tare_msg *m, const struct hashbl_rule *r,
    struct tare_slice value)
{
	char *p;

	if (r->opt[HASHBL_CASE] != 0)
		return value;
	p = tare_alloc(m, value.n + 1);
	for (size_t i = 0; i < value.n; i++)
		p[i] = text_lower(value.p[i]);
	return (struct tare_slice){ p, value.n };
}

bool
hashbl_skipped(struct tare_msg *m, const struct hashbl_rule *r,
    struct tare_slice host)
{
	return hashbl_has(r->context->skip, host) ||
	    hashbl_has(r->context->skip, tare_registered_domain(m, host));
}

/* ---- links ---- */

static bool
is_asked(const struct hashbl_rule *r, const struct tare_uri *u)
{
	if (text_starts_nocase(u->raw, text_of("mailto:")) ||
	    u->n_hosts == 0 ||
	    !(u->types & (TARE_URI_A | TARE_URI_PARSED)))
		return false;
	for (size_t i = 0; i < u->n_hosts; i++) {
		if (hashbl_has(r->context->skip, u->hosts[i]) ||
		    hashbl_has(r->context->skip, u->domains[i]))
			return false;
	}
	return true;
}

void
hashbl_uris(struct tare_msg *m, const struct hashbl_rule *r,
    struct hashbl_values *values)
{
	size_t n;
	const struct tare_uri *u = tare_uris(m, &n);

	for (size_t i = 0; i < n; i++) {
		if (!is_asked(r, &u[i]))
			continue;
		for (size_t k = 0; k < u[i].n_cleaned; k++)
			hashbl_add(values, hashbl_fold(m, r, u[i].cleaned[k]));
	}
}

/* ---- matches ---- */

static struct tare_slice
digits_of(struct tare_msg *m, struct tare_slice s)
{
	char *p = tare_alloc(m, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (text_is_digit(s.p[i]))
			p[n++] = s.p[i];
	}
	return (struct tare_slice){ p, n };
}

static void
add_matches(struct tare_msg *m, const struct hashbl_rule *r,
    struct tare_slice text, struct hashbl_values *values)
{
	size_t spans[4], from = 0;
	struct tare_slice value;

	while (from <= text.n && values->n < HASHBL_VALUES_MAX &&
	    tare_regex_match(m, r->regex, text, from, spans, 2)) {
		from = spans[1] > spans[0] ? spans[1] : spans[1] + 1;
		if (spans[2] > spans[3] || spans[3] > text.n)
			continue;	/* the group took no part */
		value = hashbl_fold(m, r, text_sub(text, spans[2], spans[3]));
		hashbl_add(values, r->opt[HASHBL_NUM] != 0 ?
		    digits_of(m, value) : value);
	}
}

void
hashbl_matches(struct tare_msg *m, const struct hashbl_rule *r,
    struct hashbl_values *values)
{
	const struct tare_slice *v;
	size_t n;

	v = r->on == TARE_ON_RAWBODY ? tare_rawbody(m, &n) : tare_body(m, &n);
	for (size_t i = 0; i < n; i++)
		add_matches(m, r, v[i], values);
}

/* ---- tags ---- */

/* What the options make of a host name; empty: not asked. */
static struct tare_slice
tag_host(struct tare_msg *m, const struct hashbl_rule *r,
    struct tare_slice host)
{
	struct tare_slice none = { NULL, 0 }, domain;
	bool valid = hostname_valid(host);

	if (r->opt[HASHBL_IP] != 0 || r->opt[HASHBL_IPV4] != 0 ||
	    r->opt[HASHBL_IPV6] != 0 || (r->opt[HASHBL_FQDN] != 0 && !valid))
		return none;
	if (valid && hashbl_skipped(m, r, host))
		return none;
	if (r->opt[HASHBL_TLD] != 0 && !tare_domain_valid(m, host))
		return none;
	domain = tare_registered_domain(m, host);
	return valid && r->opt[HASHBL_TRIM] != 0 && domain.n > 0 ? domain :
	    host;
}

static struct tare_slice
tag_address(struct tare_msg *m, const struct hashbl_rule *r,
    struct tare_slice ip, const char *reversed)
{
	bool six = text_find(ip, ':') < ip.n;
	char *p;

	if ((r->opt[HASHBL_IPV4] != 0 && six) ||
	    (r->opt[HASHBL_IPV6] != 0 && !six))
		return (struct tare_slice){ NULL, 0 };
	if (r->opt[HASHBL_REVIP] == 0)
		return ip;
	p = tare_alloc(m, strlen(reversed) + 1);
	strcpy(p, reversed);
	return text_of(p);
}

void
hashbl_tag(struct tare_msg *m, const struct hashbl_rule *r,
    struct hashbl_values *values)
{
	size_t n;
	const struct tare_slice *v = tare_tag(m, r->tag, &n);

	for (size_t i = 0; i < n; i++) {
		struct tare_slice value = hashbl_fold(m, r, v[i]);
		char reversed[72];

		hashbl_add(values, tare_ip_reverse(value, reversed) ?
		    tag_address(m, r, value, reversed) :
		    tag_host(m, r, value));
	}
}

/* ---- attachments ---- */

/*
 * SpamAssassin compares with minsize where maxsize is meant: with maxsize
 * nothing larger than minsize is asked about.
 */
static bool
fits_size(struct tare_msg *m, const struct hashbl_rule *r, size_t n)
{
	double min = r->opt[HASHBL_MINSIZE], max = r->opt[HASHBL_MAXSIZE];

	if (min > 0 && (double)n < min)
		return false;
	if (max > 0 && tare_conf_num(m, "compat") != 0)
		max = min;
	else if (max <= 0)
		return true;
	return (double)n <= max;
}

void
hashbl_attachments(struct tare_msg *m, const struct hashbl_rule *r,
    struct hashbl_values *values)
{
	size_t n;
	const struct tare_part *parts = tare_parts(m, &n);

	for (size_t i = 0; i < n; i++) {
		struct tare_slice bytes;
		char *key;

		if (!parts[i].leaf ||
		    hashbl_has(r->context->ignore, parts[i].type) ||
		    hashbl_has(r->context->ignore, parts[i].name))
			continue;
		bytes = tare_part_decoded(m, parts[i].id);
		if (bytes.n == 0 || !fits_size(m, r, bytes.n))
			continue;
		key = tare_alloc(m, HASHBL_KEY_BYTES);
		if (hashbl_digest(r->opt, bytes, key))
			hashbl_add(values, text_of(key));
	}
}

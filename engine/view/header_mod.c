/*
 * header_mod - :addr, :name, :host, :domain, :ip and :revip.
 *
 * Each takes one value of a header and adds what it finds in it to a list.
 * Addresses come from mail/; a host is accepted only if it looks like a
 * name of the public DNS, because "host" is asked of any text.
 *
 * Called by header.c.  Values are at most LIMIT_FIELD_VALUE long, which
 * bounds the search for a host (each `@`, then each dot).
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "view/header-priv.h"

static void
add(struct view *v, struct header_values *out, struct slice value)
{
	*VEC_PUSH(v->arena, &out->v) = value;
}

/* ---- addresses and names ---- */

/* A display name as people see it: decoded, blanks squeezed, unquoted. */
static struct slice
readable_name(struct view *v, struct slice phrase)
{
	const struct mail_field field = {
		.name = SLICE("From"), .raw = phrase,
	};
	struct slice rest = mail_field_decoded(v->arena, &field), word, s;
	struct buf b;

	if (rest.n == 0) {
		return phrase;		/* nothing but blanks stays so */
	}
	buf_init(&b, v->arena);
	while (slice_word(&rest, &word)) {
		if (b.n > 0) {
			buf_addc(&b, ' ');
		}
		buf_add_slice(&b, word);
	}
	s = buf_slice(&b);
	if (s.n >= 2 && s.p[0] == '\'' && s.p[s.n - 1] == '\'') {
		s = slice_sub(s, 1, s.n - 1);
	}
	return s;
}

void
header_addresses(struct view *v, struct slice value, unsigned mods,
    struct header_values *out)
{
	struct mail_addr *addrs;
	size_t n;

	mail_addrs_parse(v->arena, value, &addrs, &n);
	for (size_t i = 0; i < n; i++) {
		if (mods & MOD_ADDR) {
			if (addrs[i].addr.n > 0) {
				add(v, out, addrs[i].addr);
			}
		} else if (addrs[i].phrase.n > 0) {
			add(v, out, mods & MOD_RAW ? addrs[i].phrase :
			    readable_name(v, addrs[i].phrase));
		}
	}
}

/* ---- hosts ---- */

static bool
label_good(struct slice label, size_t labels_left)
{
	if (label.n < 1 || label.n > 63 || label.p[0] == '-' ||
	    label.p[label.n - 1] == '-') {
		return false;
	}
	for (size_t i = 0; i < label.n; i++) {
		unsigned char c = (unsigned char)label.p[i];

		/* Underscores are for names below the registered one. */
		if (!ascii_isalnum(c) && c != '-' &&
		    (c != '_' || labels_left <= 2)) {
			return false;
		}
	}
	return true;
}

/* A name of the public DNS: at least two good labels, a known last one. */
static bool
host_good(struct view *v, struct slice host)
{
	size_t labels = 1, from = 0;

	host = view_domain_ascii(v->arena, host);
	while (slice_ends(host, SLICE("."))) {
		host.n--;
	}
	if (host.n > LIMIT_DNS_NAME || slice_chr(host, '.', 0) < 0) {
		return false;
	}
	for (size_t i = 0; i < host.n; i++) {
		labels += host.p[i] == '.';
	}
	for (; labels > 0; labels--) {
		ptrdiff_t dot = slice_chr(host, '.', from);
		size_t end = dot < 0 ? host.n : (size_t)dot;

		if (!label_good(slice_sub(host, from, end), labels)) {
			return false;
		}
		from = end + 1;
	}
	return v->conf->domains == NULL ||
	    view_domain_valid(v->conf->domains, host);
}

static bool
ends_host(char c)
{
	return ascii_isspace((unsigned char)c) ||
	    (c != '\0' && strchr("<>()[]{},;:\"'/\\=?&@|", c) != NULL);
}

/* The host that starts at i, without dots, hyphens and the like behind. */
static struct slice
host_at(struct slice s, size_t i)
{
	size_t end = i;

	while (end < s.n && !ends_host(s.p[end])) {
		end++;
	}
	while (end > i && strchr("._-", s.p[end - 1]) != NULL) {
		end--;
	}
	return slice_sub(s, i, end);
}

/* What follows the last `@`, else the first good host in the text. */
static struct slice
find_host(struct view *v, struct slice s)
{
	ptrdiff_t at = slice_rchr(s, '@');
	struct slice host;
	size_t i = 0;

	if (at >= 0) {
		host = host_at(s, (size_t)at + 1);
		if (host_good(v, host)) {
			return host;
		}
	}
	while (i < s.n) {
		host = host_at(s, i);
		if (host.n > 0 && host_good(v, host)) {
			return host;
		}
		while (i < s.n && !ends_host(s.p[i])) {
			i++;
		}
		i++;
	}
	return (struct slice){ 0 };
}

void
header_hosts(struct view *v, struct slice value, unsigned mods,
    struct header_values *out)
{
	struct slice host = { 0 }, domain, rest;
	ptrdiff_t at = slice_rchr(value, '@');

	if ((mods & MOD_ADDR) == 0) {
		host = find_host(v, value);
	} else if (at >= 0) {
		rest = slice_sub(value, (size_t)at + 1, value.n);
		(void)slice_word(&rest, &host);
	}
	if (host.n == 0) {
		return;
	}
	if (mods & MOD_DOMAIN) {
		host = arena_lower(v->arena, host);
		if (v->conf->domains != NULL) {
			domain = view_domain_registered(v->conf->domains,
			    host);
			host = domain.n > 0 ? domain : host;
		}
	}
	add(v, out, host);
}

/* ---- IP addresses ---- */

/*
 * The address that starts at i, with an `IPv6:` before it; *end_r is where
 * to look on.  Empty unless it stands between characters of no word.
 */
static struct slice
ip_at(struct slice s, size_t i, size_t *end_r)
{
	size_t beg = i, end;
	struct slice word;
	struct ip ip;

	if (slice_starts_nocase(slice_sub(s, i, s.n), SLICE("IPv6:"))) {
		i += 5;
	}
	for (end = i; end < s.n; end++) {
		char c = s.p[end];

		if (ascii_hex((unsigned char)c) < 0 && c != '.' && c != ':') {
			break;
		}
	}
	*end_r = end > beg ? end : beg + 1;
	word = slice_sub(s, i, end);
	if (word.n < 2 || (beg == i && word.p[0] == ':') ||
	    (beg > 0 && ascii_isword((unsigned char)s.p[beg - 1])) ||
	    (end < s.n && ascii_isword((unsigned char)s.p[end])) ||
	    ip_parse(word, &ip) != 0) {
		return (struct slice){ 0 };
	}
	return slice_sub(s, beg, end);
}

void
header_ips(struct view *v, struct slice value, unsigned mods,
    struct header_values *out)
{
	size_t i = 0, end;
	struct slice word;
	struct ip ip;
	char text[72];

	for (; i < value.n; i = end) {
		word = ip_at(value, i, &end);
		if (word.n == 0 || ip_parse(word, &ip) != 0) {
			continue;
		}
		if (mods & MOD_REVIP) {
			word = slice_make(text, ip_reverse(&ip, text));
		}
		add(v, out, arena_slice(v->arena, word));
		return;
	}
}

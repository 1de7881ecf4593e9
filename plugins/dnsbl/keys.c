/*
 * keys - which names of a message a rule asks its list about.
 *
 * Addresses come from the relays (reference sa-compat 3.3, check_rbl):
 *
 *	U	untrusted relays, nearest first
 *	E	trusted relays that are not ours, then U
 *	O	addresses in originating_ip_headers that are not trusted
 *
 * and the end of the set's name chooses among them:
 *
 *	-lastexternal	first of E
 *	-notfirsthop	E without its last
 *	-firsttrusted	first of U+O
 *	-untrusted	U+O without its first
 *	none		U+O, oldest first
 *
 * Hosts come from senders, header fields and relays.  Everything here is
 * bounded by DNSBL_RELAYS and DNSBL_KEYS.
 */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "plugins/dnsbl/dnsbl.h"

/* More relays than this are never looked at: private ones do not count. */
#define IPS_MAX 64

struct ips {
	size_t n;
	struct tare_slice v[IPS_MAX];
};

static struct tare_slice
sub(struct tare_slice s, size_t from, size_t to)
{
	return (struct tare_slice){ s.p + from, to - from };
}

static bool
same(struct tare_slice a, struct tare_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static bool
ends(struct tare_slice s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.n >= n && memcmp(s.p + s.n - n, suffix, n) == 0;
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* ---- keys ---- */

static void
add_key(struct dnsbl_keys *keys, const char *key)
{
	if (keys->n >= DNSBL_KEYS || strlen(key) >= DNSBL_KEY_BYTES)
		return;
	for (size_t i = 0; i < keys->n; i++) {
		if (strcmp(keys->key[i], key) == 0)
			return;
	}
	strcpy(keys->key[keys->n++], key);
}

/* A name with two labels, lower case, without the dots that mail adds. */
static bool
host_text(struct tare_slice host, char dst[DNSBL_KEY_BYTES])
{
	size_t n = 0;
	bool dot = false;

	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];

		if (c == '.' && (n == 0 || dst[n - 1] == '.'))
			continue;
		if (n + 1 >= DNSBL_KEY_BYTES)
			return false;
		dot = dot || c == '.';
		dst[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	while (n > 0 && dst[n - 1] == '.')
		n--;
	dst[n] = '\0';
	return dot && strchr(dst, '.') != NULL;
}

void
dnsbl_add_host(struct tare_msg *m, const struct dnsbl_rule *r,
    struct tare_slice host, struct dnsbl_keys *keys)
{
	char text[DNSBL_KEY_BYTES], reversed[72];

	if (tare_ip_reverse(host, reversed)) {
		if (!(r->tflags & TARE_TF_DOMAINS_ONLY))
			add_key(keys, reversed);
	} else if (!(r->tflags & TARE_TF_IPS_ONLY) && host_text(host, text) &&
	    tare_domain_valid(m, (struct tare_slice){ text, strlen(text) })) {
		add_key(keys, text);
	}
}

/* ---- addresses ---- */

/* Private networks, as IS_IP_PRIVATE of the reference (5.7). */
static bool
is_private(struct tare_slice ip)
{
	static const struct {
		uint32_t net;
		unsigned bits;
	} v4[] = {
		{ 0x0a000000, 8 }, { 0x7f000000, 8 }, { 0xa9fe0000, 16 },
		{ 0xac100000, 12 }, { 0xc0a80000, 16 }, { 0x64400000, 10 },
	};
	char text[64];
	struct in_addr a;
	struct in6_addr six;

	if (ip.n == 0 || ip.n >= sizeof(text))
		return true;
	memcpy(text, ip.p, ip.n);
	text[ip.n] = '\0';
	if (inet_pton(AF_INET, text, &a) != 1)
		return inet_pton(AF_INET6, text, &six) != 1 ||
		    IN6_IS_ADDR_LOOPBACK(&six) || IN6_IS_ADDR_LINKLOCAL(&six) ||
		    (six.s6_addr[0] & 0xfe) == 0xfc;
	for (size_t i = 0; i < sizeof(v4) / sizeof(v4[0]); i++) {
		if (ntohl(a.s_addr) >> (32 - v4[i].bits) ==
		    v4[i].net >> (32 - v4[i].bits))
			return true;
	}
	return false;
}

/* Public ones, once each. */
static void
add_ip(struct ips *ips, struct tare_slice ip)
{
	if (ips->n >= IPS_MAX || is_private(ip))
		return;
	for (size_t i = 0; i < ips->n; i++) {
		if (same(ips->v[i], ip))
			return;
	}
	ips->v[ips->n++] = ip;
}

static void
add_relays(struct tare_msg *m, bool external, struct ips *ips)
{
	size_t n, n_trusted, n_internal, n_bad;
	const struct tare_relay *r = tare_relays(m, &n, &n_trusted,
	    &n_internal, &n_bad);

	for (size_t i = 0; i < n; i++) {
		if (!r[i].trusted || (external && !r[i].internal))
			add_ip(ips, r[i].ip);
	}
}

static bool
is_ip_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	    (c >= 'A' && c <= 'F') || c == '.' || c == ':';
}

/* Addresses anywhere in the text. */
static void
add_ips_in(struct tare_msg *m, struct tare_slice text, struct ips *ips)
{
	char reversed[72];

	for (size_t i = 0; i < text.n; i++) {
		struct tare_slice ip;
		size_t start = i;

		while (i < text.n && is_ip_char(text.p[i]))
			i++;
		ip = sub(text, start, i);
		while (ip.n > 0 && ip.p[ip.n - 1] == '.')
			ip.n--;		/* the end of a sentence */
		if (ip.n > 0 && tare_ip_reverse(ip, reversed) &&
		    !tare_trusted_ip(m, ip))
			add_ip(ips, ip);
	}
}

static void
add_originating(struct tare_msg *m, struct ips *ips)
{
	size_t n;
	const struct tare_slice *names = tare_conf_list(m,
	    "originating_ip_headers", &n);

	for (size_t i = 0; i < n; i++) {
		char name[128];
		struct tare_slice value;

		if (names[i].n >= sizeof(name))
			continue;
		memcpy(name, names[i].p, names[i].n);
		name[names[i].n] = '\0';
		if (tare_header(m, name, &value))
			add_ips_in(m, value, ips);
	}
}

static void
reverse(struct ips *ips)
{
	for (size_t i = 0; i < ips->n / 2; i++) {
		struct tare_slice t = ips->v[i];

		ips->v[i] = ips->v[ips->n - 1 - i];
		ips->v[ips->n - 1 - i] = t;
	}
}

static void
drop_first(struct ips *ips, size_t n)
{
	memmove(ips->v, ips->v + n, (ips->n - n) * sizeof(ips->v[0]));
	ips->n -= n;
}

/* The end of the set's name says which relays. */
static void
choose(struct tare_msg *m, struct tare_slice set, struct ips *ips)
{
	bool last = ends(set, "-lastexternal");
	bool first = ends(set, "-firsttrusted");

	if (last || ends(set, "-notfirsthop")) {
		add_relays(m, true, ips);
		if (last && ips->n > 1)
			ips->n = 1;
		else if (!last && ips->n > 1)
			ips->n--;
		return;
	}
	add_relays(m, false, ips);
	add_originating(m, ips);
	if (first && ips->n > 1)
		ips->n = 1;
	else if (!first && ends(set, "-untrusted"))
		drop_first(ips, ips->n > 0);
	else if (!first)
		reverse(ips);
}

void
dnsbl_ips(struct tare_msg *m, const struct dnsbl_rule *r,
    struct dnsbl_keys *keys)
{
	const char *set = r->set->name;
	struct ips ips = { .n = 0 }, any = { .n = 0 };
	char reversed[72];
	size_t skip = 0;

	/* No untrusted address at all: we trust the whole path. */
	add_relays(m, false, &any);
	add_originating(m, &any);
	if (any.n == 0)
		return;
	choose(m, (struct tare_slice){ set, strlen(set) }, &ips);
	if (ips.n > DNSBL_RELAYS)
		ips.n = DNSBL_RELAYS;
	/* Only allow lists are asked about relays that we trust anyway. */
	while (!(r->tflags & TARE_TF_NICE) && skip < ips.n &&
	    tare_trusted_ip(m, ips.v[skip]))
		skip++;
	for (size_t i = skip; i < ips.n; i++) {
		if (tare_ip_reverse(ips.v[i], reversed))
			add_key(keys, reversed);
	}
}

/* ---- an accreditor that the sender names ---- */

/* "a--NAME." as a label of the sender's host. */
static bool
in_sender(struct tare_msg *m, const char *accreditor)
{
	struct tare_slice host = dnsbl_sender_host(m);
	size_t n = strlen(accreditor);

	for (size_t i = 0; i + 3 + n < host.n; i++) {
		if ((i == 0 || host.p[i - 1] == '.') &&
		    strncasecmp(host.p + i, "a--", 3) == 0 &&
		    strncasecmp(host.p + i + 3, accreditor, n) == 0 &&
		    host.p[i + 3 + n] == '.')
			return true;
	}
	return false;
}

/* "Accreditor: NAME, parameters; NAME": the first word between commas. */
static bool
in_header(struct tare_msg *m, const char *accreditor)
{
	struct tare_slice v;
	size_t n = strlen(accreditor), i = 0, start;

	if (!tare_header(m, "Accreditor", &v))
		return false;
	while (i < v.n) {
		while (i < v.n && is_space(v.p[i]))
			i++;
		for (start = i; i < v.n && v.p[i] != ',' && !is_space(v.p[i]);)
			i++;
		if (i - start == n && strncasecmp(v.p + start, accreditor,
		    n) == 0)
			return true;
		while (i < v.n && v.p[i] != ',')
			i++;
		i++;
	}
	return false;
}

void
dnsbl_accredited_ips(struct tare_msg *m, const struct dnsbl_rule *r,
    struct dnsbl_keys *keys)
{
	if (in_sender(m, r->accreditor) || in_header(m, r->accreditor))
		dnsbl_ips(m, r, keys);
}

/* ---- hosts ---- */

/* What follows the first @; empty without one. */
static struct tare_slice
host_of(struct tare_slice address)
{
	const char *at = address.n ? memchr(address.p, '@', address.n) : NULL;
	size_t from, to;

	if (at == NULL)
		return (struct tare_slice){ NULL, 0 };
	from = to = (size_t)(at - address.p) + 1;
	while (to < address.n && !is_space(address.p[to]) &&
	    address.p[to] != '@')
		to++;
	return sub(address, from, to);
}

struct tare_slice
dnsbl_sender_host(struct tare_msg *m)
{
	struct tare_slice from;

	if (!tare_header(m, "EnvelopeFrom:addr", &from))
		return (struct tare_slice){ NULL, 0 };
	return host_of(from);
}

void
dnsbl_from_hosts(struct tare_msg *m, const struct dnsbl_rule *r,
    struct dnsbl_keys *keys)
{
	size_t n;
	const struct tare_slice *from = tare_all_from(m, &n);

	for (size_t i = 0; i < n; i++)
		dnsbl_add_host(m, r, host_of(from[i]), keys);
}

void
dnsbl_from_domains(struct tare_msg *m, const struct dnsbl_rule *r,
    struct dnsbl_keys *keys)
{
	size_t n;
	const struct tare_slice *from = tare_all_from(m, &n);

	for (size_t i = 0; i < n; i++)
		dnsbl_add_host(m, r, tare_registered_domain(m,
		    host_of(from[i])), keys);
}

void
dnsbl_envelope_host(struct tare_msg *m, const struct dnsbl_rule *r,
    struct dnsbl_keys *keys)
{
	dnsbl_add_host(m, r, dnsbl_sender_host(m), keys);
}

/* An address in the field; or else each of its lines is a host or an IP. */
static void
add_header_hosts(struct tare_msg *m, const struct dnsbl_rule *r,
    struct tare_slice name, struct dnsbl_keys *keys)
{
	char request[160];
	struct tare_slice v;
	size_t i, start;

	if (name.n == 0 || name.n + sizeof(":addr") > sizeof(request))
		return;
	memcpy(request, name.p, name.n);
	strcpy(request + name.n, ":addr");
	if (tare_header(m, request, &v) && host_of(v).n > 0) {
		dnsbl_add_host(m, r, host_of(v), keys);
		return;
	}
	request[name.n] = '\0';
	if (!tare_header(m, request, &v))
		return;
	for (i = 0; i < v.n; i++) {
		for (start = i; i < v.n && !is_space(v.p[i]);)
			i++;
		if (i > start)
			dnsbl_add_host(m, r, sub(v, start, i), keys);
	}
}

void
dnsbl_header_hosts(struct tare_msg *m, const struct dnsbl_rule *r,
    struct dnsbl_keys *keys)
{
	struct tare_slice list = tare_conf_text(m, "rbl_headers");
	size_t i = 0, start;

	if (r->headers != NULL)
		list = (struct tare_slice){ r->headers, strlen(r->headers) };
	while (i < list.n) {
		while (i < list.n && (list.p[i] == ',' || is_space(list.p[i])))
			i++;
		for (start = i; i < list.n && list.p[i] != ',' &&
		    !is_space(list.p[i]);)
			i++;
		add_header_hosts(m, r, sub(list, start, i), keys);
	}
}

void
dnsbl_oldest_relay(struct tare_msg *m, const struct dnsbl_rule *r,
    struct dnsbl_keys *keys)
{
	size_t n, n_trusted, n_internal, n_bad;
	const struct tare_relay *all = tare_relays(m, &n, &n_trusted,
	    &n_internal, &n_bad);
	const struct tare_relay *oldest = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!all[i].trusted)
			oldest = &all[i];
	}
	if (oldest == NULL)
		return;
	dnsbl_add_host(m, r, oldest->ip, keys);
	dnsbl_add_host(m, r, oldest->by, keys);
	dnsbl_add_host(m, r, oldest->helo, keys);
	dnsbl_add_host(m, r, oldest->rdns, keys);
}

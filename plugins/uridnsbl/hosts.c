/*
 * hosts - which hosts of a message's links are asked about.
 *
 * Hosts fall into classes by where they stand: a link with a text, a form, an
 * image, any other tag, plain text, a link that shows nothing.  Classes are
 * taken in this order until uridnsbl_max_domains is reached.  Within the class
 * that does not fit the order is that of a hash of the host: the same message
 * always asks the same questions, and filling a mail with harmless links does
 * not decide which ones.
 *
 * Private, malformed and IPv6 addresses are not asked about.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plugins/uridnsbl/uridnsbl.h"

#define SKIP_BUCKETS 1024

/* ---- names ---- */

bool
uri_host_text(struct tare_slice host, char dst[URIDNSBL_HOST_BYTES])
{
	if (host.n == 0 || host.n >= URIDNSBL_HOST_BYTES)
		return false;
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];

		dst[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	dst[host.n] = '\0';
	return true;
}

/* FNV-1a: the same in every process. */
static uint64_t
hash(const char *s)
{
	uint64_t h = 14695981039346656037u;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return h;
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
next_word(struct tare_slice *rest, char dst[URIDNSBL_HOST_BYTES])
{
	size_t from = 0, to;

	for (;;) {
		while (from < rest->n && is_space(rest->p[from]))
			from++;
		for (to = from; to < rest->n && !is_space(rest->p[to]);)
			to++;
		if (from == to)
			return false;
		if (uri_host_text((struct tare_slice){ rest->p + from,
		    to - from }, dst)) {
			rest->p += to;
			rest->n -= to;
			return true;
		}
		from = to;		/* no name is that long */
	}
}

/* ---- names to skip ---- */

struct skip {
	struct skip *next;
	bool present;
	const char *name;
};

struct skip_list {
	struct skip *bucket[SKIP_BUCKETS];
};

struct skip_list *
skip_new(struct tare_setup *setup)
{
	return tare_setup_alloc(setup, sizeof(struct skip_list));
}

static struct skip *
skip_find(const struct skip_list *l, const char *name)
{
	struct skip *s = l->bucket[hash(name) % SKIP_BUCKETS];

	while (s != NULL && strcmp(s->name, name) != 0)
		s = s->next;
	return s;
}

void
skip_add(struct tare_setup *setup, struct skip_list *l,
    struct tare_slice value)
{
	char name[URIDNSBL_HOST_BYTES];

	while (next_word(&value, name)) {
		struct skip *s = skip_find(l, name);

		if (s == NULL) {
			struct skip **at = &l->bucket[hash(name) %
			    SKIP_BUCKETS];

			s = tare_setup_alloc(setup, sizeof(*s));
			s->name = tare_setup_strdup(setup, (struct tare_slice){
			    name, strlen(name) });
			s->next = *at;
			*at = s;
		}
		s->present = true;
	}
}

void
skip_remove(struct skip_list *l, struct tare_slice value)
{
	char name[URIDNSBL_HOST_BYTES];

	if (value.n == 0) {
		memset(l, 0, sizeof(*l));
		return;
	}
	while (next_word(&value, name)) {
		struct skip *s = skip_find(l, name);

		if (s != NULL)
			s->present = false;
	}
}

bool
skip_has(const struct skip_list *l, struct tare_slice host)
{
	char name[URIDNSBL_HOST_BYTES];
	const struct skip *s;

	if (!uri_host_text(host, name))
		return false;
	s = skip_find(l, name);
	return s != NULL && s->present;
}

/* ---- hosts of the message ---- */

struct candidate {
	unsigned class;
	uint64_t order;
	const struct tare_uri *uri;
	size_t at;			/* host of the uri */
};

static unsigned
class_of(const struct tare_uri *u)
{
	if (u->types & TARE_URI_A) {
		for (size_t i = 0; i < u->n_anchor_text; i++) {
			if (u->anchor_text[i].n > 0)
				return 0;
		}
		return 5;
	}
	if (u->types & TARE_URI_FORM)
		return 1;
	if (u->types & TARE_URI_IMG)
		return 2;
	return u->types == TARE_URI_PARSED ? 4 : 3;
}

static bool
is_mailto(const struct tare_uri *u)
{
	return u->raw.n >= 7 && strncasecmp(u->raw.p, "mailto:", 7) == 0;
}

static int
by_class(const void *pa, const void *pb)
{
	const struct candidate *a = pa, *b = pb;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static size_t
count_hosts(const struct tare_uri *u, size_t n)
{
	size_t hosts = 0;

	for (size_t i = 0; i < n; i++)
		hosts += u[i].n_hosts;
	return hosts;
}

static size_t
find_candidates(struct tare_msg *m, const struct skip_list *skip,
    struct candidate **v_r)
{
	bool skip_mailto = tare_conf_num(m, "uridnsbl_skip_mailto") != 0;
	size_t n_uris, n = 0;
	const struct tare_uri *u = tare_uris(m, &n_uris);
	struct candidate *v = tare_alloc(m, (count_hosts(u, n_uris) + 1) *
	    sizeof(*v));

	for (size_t i = 0; i < n_uris; i++) {
		if (skip_mailto && is_mailto(&u[i]))
			continue;
		for (size_t k = 0; k < u[i].n_hosts; k++) {
			char host[URIDNSBL_HOST_BYTES];

			if (!uri_host_text(u[i].hosts[k], host) ||
			    skip_has(skip, u[i].domains[k]) ||
			    skip_has(skip, u[i].hosts[k]))
				continue;
			v[n++] = (struct candidate){ class_of(&u[i]),
				hash(host), &u[i], k };
		}
	}
	qsort(v, n, sizeof(*v), by_class);
	*v_r = v;
	return n;
}

/* Public IPv4 only; 0: not an address, -1: one that is not asked about. */
static int
address(const char *host, char reversed[72])
{
	static const struct {
		unsigned a, from, to;
	} closed[] = {
		{ 0, 0, 255 }, { 10, 0, 255 }, { 100, 64, 127 },
		{ 127, 0, 255 }, { 169, 254, 254 }, { 172, 16, 31 },
		{ 192, 168, 168 },
	};
	unsigned a, b, c, d;
	char more;

	if (host[0] == '[')
		return -1;
	if (strspn(host, "0123456789.") != strlen(host))
		return 0;
	if (sscanf(host, "%3u.%3u.%3u.%3u%c", &a, &b, &c, &d, &more) != 4 ||
	    a > 255 || b > 255 || c > 255 || d > 255)
		return -1;
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		if (a == closed[i].a && b >= closed[i].from &&
		    b <= closed[i].to)
			return -1;
	}
	snprintf(reversed, 72, "%u.%u.%u.%u", d, c, b, a);
	return 1;
}

/* False: not one to ask about, or there already. */
static bool
add_host(const struct candidate *c, struct uri_host *v, size_t n)
{
	struct uri_host *h = &v[n];

	h->reversed[0] = '\0';
	if (!uri_host_text(c->uri->hosts[c->at], h->host) ||
	    address(h->host, h->reversed) == -1)
		return false;
	if (!uri_host_text(c->uri->domains[c->at], h->domain))
		strcpy(h->domain, h->host);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(v[i].host, h->host) == 0)
			return false;
	}
	return true;
}

const struct uri_host *
uri_hosts(struct tare_msg *m, const struct skip_list *skip, size_t *n_r)
{
	double limit = tare_conf_num(m, "uridnsbl_max_domains");
	size_t max = limit < 0 ? 0 : limit > URIDNSBL_HOSTS_MAX ?
	    URIDNSBL_HOSTS_MAX : (size_t)limit;
	struct candidate *c;
	size_t n_candidates = find_candidates(m, skip, &c), n = 0;
	struct uri_host *v = tare_alloc(m, (max + 1) * sizeof(*v));

	for (size_t i = 0; i < n_candidates && n < max; i++)
		n += add_host(&c[i], v, n);
	*n_r = n;
	return v;
}

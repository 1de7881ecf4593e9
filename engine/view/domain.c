/*
 * domain - registered domains, public TLDs, names in other scripts.
 *
 * Called by uri.c, envelope.c, header.c and the evals.  The only file with
 * libpsl.h.
 *
 * Two sources say where a registry's part of a name ends.  Rule files may
 * bring SpamAssassin's util_rb tables; then these decide alone, with
 * SpamAssassin's own handling of .us, so that an existing rule set sees the
 * domains it was written for.  Without them the Public Suffix List built into
 * libpsl decides; only its ICANN section, because the private one would make
 * each customer of a hosting company a domain of its own, which neither the
 * tables nor the URI lists do.
 *
 * Limits: names over LIMIT_DNS_NAME have no registered domain.
 */
#include "config.h"

#include <libpsl.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/ip.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "view/idn.h"
#include "view/uri.h"

#define LEVELS 3
#define DEEPEST_SUFFIX 6	/* labels; the list's longest has five */

struct view_domains {
	struct arena *arena;
	struct map *level[LEVELS];	/* suffix -> itself */
};

struct view_domains *
view_domains_new(struct arena *a)
{
	struct view_domains *d = arena_alloc(a, sizeof(*d));

	d->arena = a;
	view_domains_clear(d);
	return d;
}

void
view_domains_clear(struct view_domains *d)
{
	for (size_t i = 0; i < LEVELS; i++) {
		d->level[i] = map_new(d->arena, true);
	}
}

void
view_domains_add(struct view_domains *d, unsigned level, struct slice suffix)
{
	if (level >= 1 && level <= LEVELS) {
		map_put(d->level[level - 1],
		    view_domain_ascii(d->arena, suffix), d);
	}
}

static bool
has_tables(const struct view_domains *d)
{
	return d && (map_count(d->level[0]) > 0 ||
	    map_count(d->level[1]) > 0 || map_count(d->level[2]) > 0);
}

/* ---- the list ---- */

static bool
in_list(struct slice suffix)
{
	const psl_ctx_t *psl = psl_builtin();
	char name[LIMIT_DNS_NAME + 1];

	if (!psl || suffix.n == 0 || suffix.n >= sizeof(name)) {
		return false;
	}
	for (size_t i = 0; i < suffix.n; i++) {
		name[i] = (char)ascii_lower((unsigned char)suffix.p[i]);
	}
	name[suffix.n] = '\0';
	return strlen(name) == suffix.n && psl_is_public_suffix2(psl, name,
	    PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE);
}

/* Countries have two letters, or a name in their script (RFC 5890 2.3.2.1). */
static bool
is_country(struct slice label)
{
	return label.n == 2 || slice_starts_nocase(label, SLICE("xn--")) ||
	    !utf8_is_ascii(label);
}

/*
 * Some countries register only below second levels, and the list has no row
 * for the TLD itself: "*.ck", or "co.za" without "za".
 */
static bool
in_list_below(struct slice label)
{
	static const char *const seconds[] = { "x.", "co.", "ac.", "com." };
	char name[LIMIT_DNS_NAME + 1];

	if (label.n > LIMIT_DNS_LABEL || !is_country(label)) {
		return false;
	}
	for (size_t i = 0; i < sizeof(seconds) / sizeof(*seconds); i++) {
		int n = snprintf(name, sizeof(name), "%s%.*s", seconds[i],
		    SLICE_FMT(label));

		if (in_list(slice_make(name, (size_t)n))) {
			return true;
		}
	}
	return false;
}

static bool
is_number(struct slice label)
{
	size_t n = 0;

	while (n < label.n && ascii_isdigit((unsigned char)label.p[n])) {
		n++;
	}
	return n == label.n;
}

bool
view_domain_tld(const struct view_domains *d, struct slice label)
{
	if (has_tables(d)) {
		return map_has(d->level[0], label);
	}
	/* no TLD is all digits (RFC 3696 2), but prices and times are */
	return !is_number(label) && (in_list(label) || in_list_below(label));
}

/* ---- labels ---- */

/* The last labels of a name: v[0] is where the TLD starts. */
struct labels {
	size_t v[DEEPEST_SUFFIX + 1];
	size_t n;
};

static void
find_labels(struct slice host, struct labels *l)
{
	l->n = 0;
	for (size_t i = host.n; i-- > 0 && l->n < DEEPEST_SUFFIX + 1;) {
		if (host.p[i] != '.' && (i == 0 || host.p[i - 1] == '.')) {
			l->v[l->n++] = i;
		}
	}
}

/* Label k (0: the TLD) of host. */
static struct slice
label_at(struct slice host, const struct labels *l, size_t k)
{
	size_t end = k == 0 ? host.n : l->v[k - 1];

	while (end > l->v[k] && host.p[end - 1] == '.') {
		end--;
	}
	return slice_sub(host, l->v[k], end);
}

static bool
is_us_state(struct slice label)
{
	static const char states[] = "akalarazcacoctdcdeflgaguhiiaidilinksky"
	    "lamamdmemimnmomsmtncndnenhnjnmnvnyohokorpaprriscsdtntxutvavivtwa"
	    "wiwvwy";

	for (size_t i = 0; i + 1 < sizeof(states); i += 2) {
		if (slice_eq_nocase(label, slice_make(states + i, 2))) {
			return true;
		}
	}
	return false;
}

/* Localities under .us (RFC 1480): NAME.STATE.us, and with four labels
 * NAME.ci.PLACE.STATE.us and SCHOOL.pvt.k12.STATE.us. */
static bool
is_us_suffix(struct slice host, const struct labels *l, size_t k)
{
	struct slice first = label_at(host, l, k - 1);

	if (k == 3) {
		return is_us_state(label_at(host, l, 1));
	}
	return k == 4 && is_us_state(label_at(host, l, 1)) &&
	    (slice_eq_nocase(first, SLICE("ci")) ||
	    slice_eq_nocase(first, SLICE("co")) ||
	    (slice_eq_nocase(first, SLICE("pvt")) &&
	    slice_eq_nocase(label_at(host, l, 2), SLICE("k12"))));
}

/* Do the last k labels of host belong to a registry? */
static bool
is_suffix(const struct view_domains *d, struct slice host,
    const struct labels *l, size_t k)
{
	struct slice suffix = slice_sub(host, l->v[k - 1], host.n);

	if (!has_tables(d)) {
		return in_list(suffix);
	}
	if (k >= 3 && slice_eq_nocase(label_at(host, l, 0), SLICE("us"))) {
		return is_us_suffix(host, l, k);
	}
	return (k == 2 || k == 3) && map_has(d->level[k - 1], suffix);
}

struct slice
view_domain_registered(const struct view_domains *d, struct slice host)
{
	struct labels l;
	struct ip ip;
	size_t k;

	if (ip_parse(host, &ip) == 0) {
		return host;
	}
	while (host.n > 0 && host.p[host.n - 1] == '.') {
		host.n--;
	}
	if (host.n > LIMIT_DNS_NAME) {
		return SLICE("");
	}
	find_labels(host, &l);
	if (l.n < 2) {
		return SLICE("");
	}
	/* Like SpamAssassin, a registry's own name is its own domain, and
	 * below no known suffix two labels count. */
	for (k = l.n < DEEPEST_SUFFIX ? l.n : DEEPEST_SUFFIX; k >= 2; k--) {
		if (is_suffix(d, host, &l, k)) {
			break;
		}
	}
	if (k < l.n) {
		k++;
	}
	return slice_sub(host, l.v[k - 1], host.n);
}

struct slice
view_domain_top(struct slice host)
{
	ptrdiff_t dot = slice_rchr(host, '.');

	for (size_t i = 0; i < host.n; i++) {
		if (ascii_isspace((unsigned char)host.p[i])) {
			return SLICE("");
		}
	}
	return dot < 0 ? SLICE("") :
	    slice_sub(host, (size_t)dot + 1, host.n);
}

bool
view_domain_valid(const struct view_domains *d, struct slice host)
{
	struct slice top = view_domain_top(host);

	return top.n > 0 && view_domain_tld(d, top);
}

/* ---- validity of a name ---- */

static bool
is_label_byte(unsigned char c)
{
	return ascii_isalnum(c) || c == '_' || c == '-';
}

/* Underscores are used in names below the registered domain. */
static bool
is_label(struct slice label, bool underscore)
{
	if (label.n < 1 || label.n > LIMIT_DNS_LABEL || label.p[0] == '-' ||
	    label.p[label.n - 1] == '-') {
		return false;
	}
	for (size_t i = 0; i < label.n; i++) {
		if (!is_label_byte((unsigned char)label.p[i]) ||
		    (label.p[i] == '_' && !underscore)) {
			return false;
		}
	}
	return true;
}

bool
view_host_valid(struct slice host)
{
	size_t end;
	unsigned labels = 0;

	while (host.n > 0 && host.p[host.n - 1] == '.') {
		host.n--;
	}
	if (host.n == 0 || host.n > LIMIT_DNS_NAME) {
		return false;
	}
	end = host.n;
	for (size_t i = host.n + 1; i-- > 0;) {
		if (i > 0 && host.p[i - 1] != '.') {
			continue;
		}
		if (!is_label(slice_sub(host, i, end), labels >= 2)) {
			return false;
		}
		labels++;
		end = i > 0 ? i - 1 : 0;
	}
	return labels >= 2;
}

/* ---- names in other scripts ---- */

/* Letters of ISO 8859-1 and host name characters only; to UTF-8. */
static bool
from_latin1(struct arena *a, struct slice s, struct slice *utf8_r)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!is_label_byte(c) && c != '.' &&
		    (c < 0xc0 || c == 0xd7 || c == 0xdf || c == 0xf7 ||
		    c == 0xff)) {
			return false;
		}
		buf_add_utf8(&b, c);
	}
	*utf8_r = buf_slice(&b);
	return true;
}

static struct slice
lower_utf8(struct arena *a, struct slice s)
{
	char *lower = NULL;
	struct slice out = arena_lower(a, s);

	if (slice_chr(s, '\0', 0) < 0 && psl_str_to_utf8lower(arena_str(a, s),
	    "utf-8", NULL, &lower) == PSL_SUCCESS) {
		out = arena_slice(a, slice_cstr(lower));
		psl_free_string(lower);
	}
	return out;
}

struct slice
view_domain_ascii(struct arena *a, struct slice host)
{
	struct slice utf8 = host, ace;

	if (utf8_is_ascii(host)) {
		return arena_lower(a, host);
	}
	if (utf8_valid(host)) {
		utf8 = idn_normalise_dots(a, host);
	} else if (!from_latin1(a, host, &utf8)) {
		return arena_lower(a, host);
	}
	return idn_to_ace(a, lower_utf8(a, utf8), &ace) ? ace :
	    arena_lower(a, utf8);
}

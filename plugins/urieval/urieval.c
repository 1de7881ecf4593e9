/*
 * urieval - links that are not what they show.  Stands for URIEval and
 * HTTPSMismatch.
 *
 * A link to http that shows an https address of someone else, an address that
 * carries another one in its query, one too long to read whole.  Only the
 * registered domains are compared, for many senders count clicks on a host of
 * their own.
 */
#include "config.h"

#include "plugins/eval.h"

/* Longer names are no host names (RFC 1035 2.3.4). */
#define HOST_BYTES 254

struct context {
	struct tare_regex *link_to_address, *shows_address;
};

/* ---- hosts ---- */

/* Length of "http://" or "https://" at the start of s; 0: neither. */
static size_t
web_scheme(struct tare_slice s)
{
	return eval_word_at(s, 0, "http://") ? 7 :
	    eval_word_at(s, 0, "https://") ? 8 : 0;
}

/* s up to one of the characters in ends. */
static struct tare_slice
until(struct tare_slice s, const char *ends)
{
	size_t n = 0;

	while (n < s.n && (s.p[n] == '\0' || strchr(ends, s.p[n]) == NULL))
		n++;
	return text_sub(s, 0, n);
}

static bool
is_address(struct tare_slice host)
{
	char reversed[72];

	return tare_ip_reverse(host, reversed);
}

/*
 * host in ASCII with single dots inside only, as SpamAssassin's trim_domain
 * reads it; its registered domain, or an empty slice if it is none that
 * exists.
 */
static struct tare_slice
valid_domain(struct tare_msg *m, struct tare_slice host)
{
	struct tare_slice clean = { NULL, 0 }, domain;
	char *p;

	if (host.n >= HOST_BYTES)
		return clean;
	host = tare_domain_ascii(m, host);
	clean.p = p = tare_alloc(m, host.n + 1);
	for (size_t i = 0; i < host.n; i++) {
		if (host.p[i] != '.' ||
		    (clean.n > 0 && p[clean.n - 1] != '.'))
			p[clean.n++] = text_lower(host.p[i]);
	}
	while (clean.n > 0 && p[clean.n - 1] == '.')
		clean.n--;
	domain = tare_registered_domain(m, clean);
	if (domain.n == 0 || !tare_domain_valid(m, domain))
		domain.n = 0;
	return domain;
}

/* Letters, digits and _, also - inside; the last two labels without _. */
static bool
is_label(struct tare_slice s, bool among_last)
{
	for (size_t i = 0; i < s.n; i++) {
		bool inside = i > 0 && i + 1 < s.n;

		if (!text_is_word(s.p[i]) && !(inside && s.p[i] == '-'))
			return false;
		if (s.p[i] == '_' && among_last)
			return false;
	}
	return s.n > 0 && s.n <= 63;
}

/* A whole host name, two labels or more. */
static bool
is_host_name(struct tare_slice s)
{
	size_t dots = 0;

	for (size_t i = 0; i < s.n; i++)
		dots += s.p[i] == '.';
	if (dots == 0 || s.n >= HOST_BYTES)
		return false;
	for (;; dots--) {
		size_t n = text_find(s, '.');

		if (!is_label(text_sub(s, 0, n), dots < 2))
			return false;
		if (n == s.n)
			return true;
		s = text_sub(s, n + 1, s.n);
	}
}

/* ---- check_https_http_mismatch ---- */

/* Does text show an https address of another domain? */
static bool
shows_other(struct tare_msg *m, struct tare_slice text,
    struct tare_slice domain)
{
	struct tare_slice host = { NULL, 0 };

	for (size_t i = 0; i < text.n && host.n == 0; i++) {
		if (eval_word_at(text, i, "https://"))
			host = until(text_sub(text, i + 8, text.n),
			    " \t\n\v\f\r/:?#");
	}
	if (host.n == 0)
		return false;
	if (!is_address(host))
		host = valid_domain(m, host);
	return host.n > 0 && !text_same(host, domain);
}

/* The domain that a link with a text goes to; empty: none to compare. */
static struct tare_slice
link_domain(struct tare_msg *m, const struct tare_uri *u)
{
	struct tare_slice host = { NULL, 0 }, domain;
	size_t scheme = web_scheme(u->raw);

	if (u->n_anchor_text > 0 && scheme > 0)
		host = until(text_sub(u->raw, scheme, u->raw.n), "/:?#");
	if (host.n == 0 || is_address(host))
		return (struct tare_slice){ NULL, 0 };
	domain = valid_domain(m, host);
	/* A user name does not matter, other odd bytes do. */
	if (!is_host_name(text_sub(domain, text_behind_last(domain, '@'),
	    domain.n)))
		domain.n = 0;
	return domain;
}

/* Hits in one HTML part; *links_r: how many were compared. */
static bool
part_mismatches(struct tare_msg *m, size_t html, double *links_r)
{
	size_t n;
	const struct tare_uri *u = tare_html_uris(m, html, &n);
	bool found = false;

	*links_r = 0;
	for (size_t i = 0; i < n; i++) {
		struct tare_slice domain = link_domain(m, &u[i]);

		if (domain.n == 0)
			continue;
		++*links_r;
		for (size_t k = 0; k < u[i].n_anchor_text && !found; k++)
			found = shows_other(m, u[i].anchor_text[k], domain);
	}
	return found;
}

static enum tare_answer
run_mismatch(struct tare_msg *m, const struct tare_call *call)
{
	double min = eval_arg(call, 0, 1), links;

	for (size_t i = 0; i < tare_html_count(m); i++) {
		if (part_mismatches(m, i, &links) &&
		    links >= (min == 0 ? 1 : min) &&
		    (call->nargs < 2 || links < eval_arg(call, 1, 0)))
			return TARE_HIT;
	}
	return TARE_MISS;
}

/* ---- check_https_ip_mismatch ---- */

/* "https:" somewhere, and not at the start with an address behind it. */
static bool
shows_name(struct tare_msg *m, const struct context *c,
    struct tare_slice text)
{
	bool https = false;

	for (size_t i = 0; i < text.n && !https; i++)
		https = eval_word_at(text, i, "https:");
	return https &&
	    !tare_regex_match(m, c->shows_address, text, 0, NULL, 0);
}

static bool
part_hides_address(struct tare_msg *m, const struct context *c, size_t html)
{
	size_t n;
	const struct tare_uri *u = tare_html_uris(m, html, &n);

	for (size_t i = 0; i < n; i++) {
		if (u[i].n_anchor_text == 0 || !tare_regex_match(m,
		    c->link_to_address, u[i].raw, 0, NULL, 0))
			continue;
		for (size_t k = 0; k < u[i].n_anchor_text; k++) {
			if (shows_name(m, c, u[i].anchor_text[k]))
				return true;
		}
	}
	return false;
}

static enum tare_answer
run_ip_mismatch(struct tare_msg *m, const struct tare_call *call)
{
	for (size_t i = 0; i < tare_html_count(m); i++) {
		if (part_hides_address(m, call->plugin, i))
			return TARE_HIT;
	}
	return TARE_MISS;
}

/* ---- check_for_http_redirector ---- */

/* "http:" or "https:" at s[at] with a host behind it. */
static bool
inner_url(struct tare_slice s, size_t at, struct tare_slice *host_r)
{
	size_t n = eval_word_at(s, at, "http:") ? 5 :
	    eval_word_at(s, at, "https:") ? 6 : 0;

	if (n == 0)
		return false;
	for (unsigned slash = 0; slash < 2 && at + n < s.n &&
	    s.p[at + n] == '/'; slash++)
		n++;
	*host_r = until(text_sub(s, at + n, s.n), "/:?");
	return host_r->n > 0;
}

/* What of a host is compared: its domain, else all of it. */
static struct tare_slice
redirector_name(struct tare_msg *m, struct tare_slice host)
{
	struct tare_slice name = until(host, "#"), domain = { NULL, 0 };

	name = text_sub(name, text_behind_last(name, '@'), name.n);
	if (is_address(name))
		return name;
	name = tare_domain_ascii(m, name);
	if (is_host_name(name))
		domain = valid_domain(m, name);
	return domain.n > 0 ? domain : host;
}

/*
 * Where the URL inside uri begins, for a host that ends at end; 0: nowhere.
 * It may take "http" from the end of the host itself if nothing follows.
 */
static size_t
find_inner(struct tare_slice uri, size_t host, size_t end,
    struct tare_slice *host_r)
{
	for (size_t i = end + 1; i < uri.n; i++) {
		if (inner_url(uri, i, host_r))
			return i;
	}
	for (size_t back = 4; back <= 5; back++) {
		if (end - host >= back + 2 &&
		    inner_url(uri, end - back, host_r))
			return end - back;
	}
	return 0;
}

/*
 * From the URL in the URL on, again and again: each pair of neighbours must
 * be of one domain.  Goes forward only.
 */
static bool
redirects(struct tare_msg *m, struct tare_slice uri)
{
	size_t at = 0, scheme;

	while ((scheme = web_scheme(text_sub(uri, at, uri.n))) > 0) {
		struct tare_slice from, to;
		size_t host = at + scheme, inner;

		from = until(text_sub(uri, host, uri.n), "/:?");
		inner = from.n == 0 ? 0 : find_inner(uri, host,
		    host + from.n, &to);
		if (inner == 0)
			return false;
		if (inner < host + from.n)
			from.n = inner - 1 - host;
		if (!text_same(redirector_name(m, from),
		    redirector_name(m, to)))
			return true;
		at = inner;
	}
	return false;
}

static enum tare_answer
run_redirector(struct tare_msg *m, const struct tare_call *call)
{
	size_t n;
	const struct tare_uri *u = tare_uris(m, &n);

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < u[i].n_cleaned; k++) {
			if (redirects(m, u[i].cleaned[k]))
				return TARE_HIT;
		}
	}
	return TARE_MISS;
}

static enum tare_answer
run_truncated(struct tare_msg *m, const struct tare_call *call)
{
	size_t n;

	tare_uris(m, &n);	/* the defect is found on the way */
	return eval_answer(tare_defect(m, "uri-cut"));
}

/* ---- the tables ---- */

static int
load(struct tare_setup *setup, void **ctx_r, struct tare_err *e)
{
	static const char link[] =
	    "m{^https?:/*(?:[^\\@/]+\\@)?\\d+\\.\\d+\\.\\d+\\.\\d+}i";
	static const char shown[] =
	    "m{^https:/*(?:[^\\@/]+\\@)?\\d+\\.\\d+\\.\\d+\\.\\d+}i";
	struct context *c = tare_setup_alloc(setup, sizeof(*c));

	*ctx_r = c;
	c->link_to_address = tare_regex_new(setup, link, e);
	c->shows_address = tare_regex_new(setup, shown, e);
	return c->link_to_address != NULL && c->shows_address != NULL ? 0 :
	    -1;
}

static const struct tare_eval evals[] = {
	{ "check_for_http_redirector", "0 0", TARE_URIS, run_redirector, NULL,
	    "An address carries one of another domain." },
	{ "check_https_ip_mismatch", "0 0", TARE_HTML, run_ip_mismatch, NULL,
	    "A link to an IP address shows a named https address." },
	{ "check_uri_truncated", "0 0", TARE_URIS, run_truncated, NULL,
	    "An address is too long to be read whole." },
	{ "check_https_http_mismatch", "0 2", TARE_HTML, run_mismatch, NULL,
	    "([min[, max]] links): one shows https of another domain." },
	{ 0 }
};

static const char *const stands_for[] = { "URIEval", "HTTPSMismatch", NULL };
static const char *const can[] = { NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI, .size = sizeof(plugin),
	.name = "urieval", .version = "1",
	.summary = "Links that are not what they show.",
	.stands_for = stands_for, .can = can, .evals = evals, .load = load,
};

TARE_PLUGIN(plugin);

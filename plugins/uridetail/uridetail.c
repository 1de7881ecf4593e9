/*
 * uridetail - what is behind a link, and what does it look like?  Stands for
 * URIDetail.
 *
 *	uri_detail NAME raw =~ /%2Ebar/ domain =~ /^bar\.com$/ type =~ /^a$/
 *
 * makes a rule that hits when one link of the message fits all criteria.  A
 * criterion is KEY =~ /regex/ or KEY !~ /regex/; a key with several values
 * fits if one of them does, and never if there are none.  A later line for
 * the same NAME adds criteria, or replaces those on the same keys.
 */
#include "config.h"

#include "plugins/plugin.h"
#include "plugins/text.h"

enum key { RAW, TYPE, CLEANED, TEXT, DOMAIN, HOST, KEYS };

static const char *const keys[KEYS] = {
	[RAW] = "raw", [TYPE] = "type", [CLEANED] = "cleaned",
	[TEXT] = "text", [DOMAIN] = "domain", [HOST] = "host",
};

static const struct {
	unsigned bit;
	const char *name;
} types[] = {
	{ TARE_URI_PARSED, "parsed" }, { TARE_URI_SCHEMELESS, "schemeless" },
	{ TARE_URI_UNLINKED, "unlinked" }, { TARE_URI_A, "a" },
	{ TARE_URI_IMG, "img" }, { TARE_URI_FORM, "form" },
	{ TARE_URI_DOMAINKEYS, "domainkeys" }, { TARE_URI_IFRAME, "iframe" },
	{ TARE_URI_LINK, "link" }, { TARE_URI_OTHER_TAG, "other" },
};

struct criterion {
	const struct tare_regex *re;	/* NULL: no criterion on the key */
	bool negate;
};

struct detail {
	struct detail *next;
	const char *name;
	struct criterion by_key[KEYS];
};

struct context {
	struct detail *details;
};

static const struct tare_eval evals[];

/* ---- the line ---- */

/* What a criterion looks like in the line. */
struct written {
	struct tare_slice key, regex;
	bool negate;
};

/* Behind a regex there may be modifiers, then a blank or the end. */
static size_t
regex_end(struct tare_slice s, size_t i)
{
	while (i < s.n && strchr("imsx", s.p[i]) != NULL && s.p[i] != '\0')
		i++;
	return i == s.n || text_is_space(s.p[i]) ? i : 0;
}

/* A /regex/ or m!regex! at i: its end, or 0. */
static size_t
read_regex(struct tare_slice s, size_t i)
{
	char delimiter;

	if (i + 1 < s.n && s.p[i] == 'm' && !text_is_word(s.p[i + 1]))
		i++;
	else if (i >= s.n || s.p[i] != '/')
		return 0;
	delimiter = s.p[i++];
	for (; i < s.n; i++) {
		size_t end;

		if (s.p[i] == delimiter && (end = regex_end(s, i + 1)) > 0)
			return end;
	}
	return 0;
}

/* KEY =~ /regex/ at the start of s: its length, or 0. */
static size_t
read_criterion(struct tare_slice s, struct written *w_r)
{
	size_t i = 0, end;

	while (i < s.n && text_is_word(s.p[i]))
		i++;
	w_r->key = text_sub(s, 0, i);
	while (i < s.n && text_is_space(s.p[i]))
		i++;
	if (w_r->key.n == 0 || i + 1 >= s.n || s.p[i + 1] != '~' ||
	    (s.p[i] != '=' && s.p[i] != '!'))
		return 0;
	w_r->negate = s.p[i] == '!';
	for (i += 2; i < s.n && text_is_space(s.p[i]);)
		i++;
	end = read_regex(s, i);
	w_r->regex = text_sub(s, i, end > i ? end : i);
	return end;
}

/* The next criterion; words between that are none are passed over, as in
 * SpamAssassin. */
static bool
next_criterion(struct tare_slice *rest, struct written *w_r)
{
	for (size_t i = 0; i < rest->n; i++) {
		size_t n;

		if (i > 0 && text_is_word(rest->p[i - 1]))
			continue;
		n = read_criterion(text_sub(*rest, i, rest->n), w_r);
		if (n > 0) {
			*rest = text_sub(*rest, i + n, rest->n);
			return true;
		}
	}
	return false;
}

static int
add_criterion(struct tare_setup *setup, struct criterion by_key[KEYS],
    const struct written *w, struct tare_err *e)
{
	for (int k = 0; k < KEYS; k++) {
		if (!text_same(w->key, text_of(keys[k])))
			continue;
		by_key[k].negate = w->negate;
		by_key[k].re = tare_regex_new(setup,
		    tare_setup_strdup(setup, w->regex), e);
		return by_key[k].re != NULL ? 0 : -1;
	}
	tare_fail(e, "'%.*s' is none of raw, type, cleaned, text, domain, "
	    "host", (int)w->key.n, w->key.p);
	return -1;
}

static struct detail *
find_detail(const struct context *c, struct tare_slice name)
{
	struct detail *d = c->details;

	while (d != NULL && !text_same(text_of(d->name), name))
		d = d->next;
	return d;
}

static struct detail *
make_detail(struct tare_setup *setup, struct context *c,
    struct tare_slice name)
{
	struct detail *d = find_detail(c, name);

	if (d == NULL) {
		d = tare_setup_alloc(setup, sizeof(*d));
		d->name = tare_setup_strdup(setup, name);
		d->next = c->details;
		c->details = d;
	}
	return d;
}

static int
on_uri_detail(struct tare_setup *setup, void *ctx, struct tare_slice value,
    struct tare_err *e)
{
	struct criterion by_key[KEYS] = { { NULL, false } };
	struct tare_slice name;
	struct written w;
	struct detail *d;
	bool any = false;

	if (!text_word(&value, &name)) {
		tare_fail(e, "NAME KEY =~ /regex/… is wanted");
		return -1;
	}
	for (; next_criterion(&value, &w); any = true) {
		if (add_criterion(setup, by_key, &w, e) == -1)
			return -1;
	}
	if (!any) {
		tare_fail(e, "there is no KEY =~ /regex/ or KEY !~ /regex/; "
		    "keys are raw, type, cleaned, text, domain, host");
		return -1;
	}
	d = make_detail(setup, ctx, name);
	for (int k = 0; k < KEYS; k++) {
		if (by_key[k].re != NULL)
			d->by_key[k] = by_key[k];
	}
	if (tare_rule_define(setup, name, &evals[0], d) != -1)
		return 0;
	tare_fail(e, "'%.*s' is not the name of a rule", (int)name.n, name.p);
	return -1;
}

/* Rules that the line made have theirs; `body N eval:check_uri_detail()` has
 * that of the line for N. */
static int
prepare(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	if (*prepared_r == NULL)
		*prepared_r = find_detail(call->plugin,
		    text_of(call->rule_name));
	if (*prepared_r != NULL)
		return 0;
	tare_fail(e, "no line uri_detail %s says what to look for",
	    call->rule_name);
	return -1;
}

/* ---- the message ---- */

static bool
fits(struct tare_msg *m, const struct criterion *c, struct tare_slice value)
{
	return tare_regex_match(m, c->re, value, 0, NULL, 0) != c->negate;
}

static bool
one_fits(struct tare_msg *m, const struct criterion *c,
    const struct tare_slice *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (fits(m, c, v[i]))
			return true;
	}
	return false;
}

static bool
type_fits(struct tare_msg *m, const struct criterion *c, unsigned bits)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if ((bits & types[i].bit) && fits(m, c,
		    text_of(types[i].name)))
			return true;
	}
	return false;
}

static bool
key_fits(struct tare_msg *m, const struct criterion *c, enum key key,
    const struct tare_uri *u)
{
	switch (key) {
	case RAW:
		return fits(m, c, u->raw);
	case TYPE:
		return type_fits(m, c, u->types);
	case CLEANED:
		return one_fits(m, c, u->cleaned, u->n_cleaned);
	case TEXT:
		return one_fits(m, c, u->anchor_text, u->n_anchor_text);
	case DOMAIN:
		return one_fits(m, c, u->domains, u->n_hosts);
	case HOST:
		return one_fits(m, c, u->hosts, u->n_hosts);
	case KEYS:
		break;
	}
	return false;
}

static bool
uri_fits(struct tare_msg *m, const struct detail *d, const struct tare_uri *u)
{
	for (int k = 0; k < KEYS; k++) {
		if (d->by_key[k].re != NULL &&
		    !key_fits(m, &d->by_key[k], (enum key)k, u))
			return false;
	}
	return true;
}

static enum tare_answer
run(struct tare_msg *m, const struct tare_call *call)
{
	size_t n;
	const struct tare_uri *u = tare_uris(m, &n);

	for (size_t i = 0; i < n; i++) {
		if (uri_fits(m, call->prepared, &u[i]))
			return TARE_HIT;
	}
	return TARE_MISS;
}

/* ---- the tables ---- */

static const struct tare_eval evals[] = {
	{ "check_uri_detail", "0", TARE_URIS | TARE_HTML, run, prepare,
	    "(): a link fits the line uri_detail of the rule's name." },
	{ 0 }
};

static const struct tare_directive directives[] = {
	{ "uri_detail", on_uri_detail,
	    "NAME KEY =~ /regex/…: a link fits all of these." },
	{ 0 }
};

static int
load(struct tare_setup *setup, void **ctx_r, struct tare_err *e)
{
	*ctx_r = tare_setup_alloc(setup, sizeof(struct context));
	return 0;
}

static const char *const stands_for[] = { "URIDetail", NULL };
static const char *const can[] = { "URIDetail::has_host_key", NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI, .size = sizeof(plugin),
	.name = "uridetail", .version = "1",
	.summary = "Links by what they show and where they go.",
	.stands_for = stands_for, .can = can, .directives = directives,
	.evals = evals, .load = load,
};

TARE_PLUGIN(plugin);

/*
 * names.c - what the display name of From says about its address.
 *
 * As SpamAssassin 4.0.1 has it, step by step: nothing is said of a message
 * with a header of fns_ignore_headers, of a From without a registered domain,
 * or of a name without an address in it; and of a name that is far longer
 * than its address only that it holds one.
 */
#include "config.h"

#include "plugins/fromnamespoof/fromnamespoof.h"
#include "plugins/hostname.h"

/* One address, in lower case, and what it is compared by. */
struct side {
	struct tare_slice address, domain, owner;
};

static struct tare_slice
first_of(struct tare_msg *m, const char *request)
{
	size_t n;
	const struct tare_slice *v = tare_header_all(m, request, &n);

	return n > 0 ? eval_lower(m, v[0]) : (struct tare_slice){ "", 0 };
}

/* Is a header there that says: a list or a forwarder wrote this From? */
static bool
is_ignored(struct tare_msg *m)
{
	size_t n, values;
	const struct tare_slice *v = tare_conf_list(m, "fns_ignore_headers",
	    &n);

	for (size_t i = 0; i < n; i++) {
		char *name = tare_alloc(m, v[i].n + 1);

		memcpy(name, v[i].p, v[i].n);
		tare_header_all(m, name, &values);
		if (values > 0)
			return true;
	}
	return false;
}

/* "%2e" and its like: a name that somebody wanted hidden. */
static bool
has_escape(struct tare_slice s)
{
	for (size_t i = 0; i + 2 < s.n; i++) {
		char c = text_lower(s.p[i + 2]);
		bool hex = text_is_digit(c) || (c >= 'a' && c <= 'f');

		if (s.p[i] == '%' && hex && s.p[i + 1] >= '2' &&
		    s.p[i + 1] <= '7' &&
		    memcmp(s.p + i + 1, "20", 2) != 0 &&
		    !(s.p[i + 1] == '7' && c == 'f'))
			return true;
	}
	return false;
}

static bool
is_ip(struct tare_slice host)
{
	char reversed[72];

	return host.n > 0 && host.p[0] != '[' &&
	    tare_ip_reverse(host, reversed);
}

/* The registered domain of an address; empty: it has none. */
static struct tare_slice
domain_of(struct tare_msg *m, struct tare_slice address)
{
	struct tare_slice none = { NULL, 0 }, host;
	size_t at;

	/* It would end the address of a mailto: link. */
	address.n = text_find(address, '?');
	at = text_find(address, '@');
	if (at == address.n ||
	    text_behind_last(address, '@') != at + 1)
		return none;
	host = text_sub(address, at + 1, address.n);
	if (has_escape(host))
		return none;
	host = tare_domain_ascii(m, host);
	if (is_ip(host))
		return host;
	if (!hostname_valid(host) || !tare_domain_valid(m, host))
		return none;
	return tare_registered_domain(m, host);
}

/* ---- the name ---- */

static size_t
count_odd(struct tare_slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += !text_is_digit(s.p[i]) && !text_is_letter(s.p[i]);
	return n;
}

/*
 * Is there little beside the address?  Characters that are no letters or
 * digits count twice.
 */
static bool
is_close(struct tare_msg *m, struct tare_slice name, struct tare_slice address)
{
	double extra = (double)name.n - (double)address.n +
	    (double)count_odd(name) - (double)count_odd(address);

	return extra <= tare_conf_num(m, "fns_extrachars");
}

static bool
find_address(struct tare_msg *m, const struct spoof_context *c,
    struct tare_slice name, struct side *s)
{
	size_t at[4];

	if (!tare_regex_match(m, c->address, name, 0, at, 2))
		return false;
	s->address = text_sub(name, at[2], at[3]);
	s->domain = domain_of(m, s->address);
	return s->domain.n > 0;
}

/* ---- both ---- */

static void
set_tags(struct tare_msg *m, const struct side *name, const struct side *from)
{
	tare_tag_add(m, "FNSFNAMEADDR", name->address);
	tare_tag_add(m, "FNSFNAMEDOMAIN", name->domain);
	tare_tag_add(m, "FNSFNAMEOWNER", name->owner);
	tare_tag_add(m, "FNSFADDRADDR", from->address);
	tare_tag_add(m, "FNSFADDRDOMAIN", from->domain);
	tare_tag_add(m, "FNSFADDROWNER", from->owner);
}

static void
compare(struct tare_msg *m, const struct side *name, const struct side *from,
    struct spoof_facts *f)
{
	size_t n;
	const struct tare_slice *to = tare_all_to(m, &n);

	f->different = !text_same(name->address, from->address);
	f->domain_differs = !text_same(name->domain, from->domain);
	f->owner_differs = !text_same(name->owner, from->owner);
	f->equals_replyto = text_same(name->address,
	    first_of(m, "Reply-To:addr"));
	for (size_t i = 0; i < n && !f->equals_to; i++)
		f->equals_to = text_same(name->address, to[i]);
	if (f->different || f->owner_differs)
		set_tags(m, name, from);
}

static void
find_facts(struct tare_msg *m, const struct spoof_context *c,
    struct spoof_facts *f)
{
	struct side name = { 0 }, from = { 0 };
	struct tare_slice text;

	if (is_ignored(m))
		return;
	from.address = first_of(m, "From:addr");
	from.domain = domain_of(m, from.address);
	text = first_of(m, "From:name");
	if (from.domain.n == 0 || !find_address(m, c, text, &name))
		return;
	f->contains_email = true;
	if (!is_close(m, text, name.address))
		return;
	name.owner = spoof_owner(m, c, name.address, name.domain);
	from.owner = spoof_owner(m, c, from.address, from.domain);
	compare(m, &name, &from, f);
}

const struct spoof_facts *
spoof_facts_get(struct tare_msg *m, const struct spoof_context *c,
    struct spoof_facts *state)
{
	if (!state->done)
		find_facts(m, c, state);
	state->done = true;
	return state;
}

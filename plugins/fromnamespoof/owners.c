/*
 * owners.c - addresses that belong together.
 *
 * A company writes from many domains: fns_add_addrlist gives some addresses
 * (with * and ?) one owner's name.  Of several lists that have an address the
 * one written first counts.  Lists are short: they are searched.
 */
#include "config.h"

#include "plugins/fromnamespoof/fromnamespoof.h"
#include "plugins/glob.h"

struct owned {
	struct owned *next;
	struct tare_slice glob;
};

struct owner {
	struct owner *next;
	struct tare_slice name;
	struct owned *addresses;
};

/* ---- lines ---- */

static struct tare_slice
lower_copy(struct tare_setup *setup, struct tare_slice s)
{
	char *p = tare_setup_strdup(setup, s);

	for (size_t i = 0; i < s.n; i++)
		p[i] = text_lower(p[i]);
	return (struct tare_slice){ p, s.n };
}

/* "(NAME) rest" */
static bool
cut_name(struct tare_slice *line, struct tare_slice *name_r)
{
	for (size_t i = 2; i + 1 < line->n && line->p[0] == '('; i++) {
		if (line->p[i] != ')' || !text_is_space(line->p[i + 1]))
			continue;
		*name_r = text_sub(*line, 1, i);
		*line = text_trim(text_sub(*line, i + 1, line->n));
		return line->n > 0;
	}
	return false;
}

static struct owner *
owner_named(struct spoof_context *c, struct tare_slice name)
{
	struct owner *o = c->owners;

	while (o != NULL && !text_same_nocase(o->name, name))
		o = o->next;
	return o;
}

static struct owner *
owner_new(struct tare_setup *setup, struct spoof_context *c,
    struct tare_slice name)
{
	struct owner *o = tare_setup_alloc(setup, sizeof(*o)), **end;

	o->name = lower_copy(setup, name);
	for (end = &c->owners; *end != NULL;)
		end = &(*end)->next;
	*end = o;
	return o;
}

/* Leaves the addresses in line. */
static int
take_name(struct tare_slice *line, struct tare_slice *name_r,
    struct tare_err *e)
{
	if (cut_name(line, name_r))
		return 0;
	tare_fail(e, "write (OWNER) ADDRESS…; in addresses * and ? stand for "
	    "others");
	return -1;
}

int
spoof_owner_add(struct tare_setup *setup, void *context,
    struct tare_slice line, struct tare_err *e)
{
	struct tare_slice name, word;
	struct owner *o;

	if (take_name(&line, &name, e) != 0)
		return -1;
	o = owner_named(context, name);
	if (o == NULL)
		o = owner_new(setup, context, name);
	while (text_word(&line, &word)) {
		struct owned *a = tare_setup_alloc(setup, sizeof(*a));

		a->glob = lower_copy(setup, word);
		a->next = o->addresses;
		o->addresses = a;
	}
	return 0;
}

/* Entries go by their text, not by what they describe. */
int
spoof_owner_remove(struct tare_setup *setup, void *context,
    struct tare_slice line, struct tare_err *e)
{
	struct tare_slice name, word;
	struct owner *o;

	if (take_name(&line, &name, e) != 0)
		return -1;
	o = owner_named(context, name);
	while (o != NULL && text_word(&line, &word)) {
		struct owned **at = &o->addresses;

		while (*at != NULL) {
			if (text_same_nocase((*at)->glob, word))
				*at = (*at)->next;
			else
				at = &(*at)->next;
		}
	}
	return 0;
}

/* ---- messages ---- */

static const struct owner *
owner_of(const struct spoof_context *c, struct tare_slice address)
{
	for (const struct owner *o = c->owners; o != NULL; o = o->next) {
		for (const struct owned *a = o->addresses; a != NULL;
		    a = a->next) {
			if (glob_match(a->glob, address))
				return o;
		}
	}
	return NULL;
}

/* The same user at the registered domain: lists need not name every host. */
static struct tare_slice
at_domain(struct tare_msg *m, struct tare_slice address,
    struct tare_slice domain)
{
	size_t at = text_find(address, '@');
	char *p;

	if (at == 0 || at + 1 >= address.n ||
	    text_same(text_sub(address, at + 1, address.n), domain))
		return (struct tare_slice){ NULL, 0 };
	p = tare_alloc(m, at + 1 + domain.n);
	memcpy(p, address.p, at + 1);
	memcpy(p + at + 1, domain.p, domain.n);
	return (struct tare_slice){ p, at + 1 + domain.n };
}

struct tare_slice
spoof_owner(struct tare_msg *m, const struct spoof_context *c,
    struct tare_slice address, struct tare_slice domain)
{
	const struct owner *o = owner_of(c, address);
	struct tare_slice shorter;
	size_t dot;

	if (o == NULL) {
		shorter = at_domain(m, address, domain);
		o = shorter.n > 0 ? owner_of(c, shorter) : NULL;
	}
	if (o != NULL)
		return o->name;
	dot = text_find(domain, '.');
	return dot > 0 ? text_sub(domain, 0, dot) : domain;
}

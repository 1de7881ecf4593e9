/*
 * addresses.c - lists of addresses with * and ?.
 *
 * Entries without a wildcard are found by hash, the others are tried one by
 * one.  A list is made of the setting of its name (welcomelist_from …) and of
 * enlist_addrlist lines; both are lower case, and addresses are lowered
 * before they are compared.
 */
#include "config.h"

#include "plugins/glob.h"
#include "plugins/wlbleval/wlbleval.h"

struct address_list {
	const char *name;
	struct names *exact;
	struct tare_slice *globs;
	size_t n_globs, room;
	bool is_setting;
	struct address_list *next;
};

/* Settings that a list may be named after. */
static const char *const settings[] = { "welcomelist_from", "blocklist_from",
	"welcomelist_to", "blocklist_to", "more_spam_to", "all_spam_to",
	"welcomelist_auth", "def_welcomelist_auth",
	"welcomelist_allows_relays" };

/* ---- building ---- */

static bool
is_glob(struct tare_slice entry)
{
	for (size_t i = 0; i < entry.n; i++) {
		if (memchr("*?(\\", entry.p[i], 5) != NULL)
			return true;
	}
	return false;
}

static void
add(struct tare_setup *setup, struct address_list *l, struct tare_slice entry)
{
	/* As written a glob is an address of the list, too. */
	names_put(setup, l->exact, entry, l);
	if (!is_glob(entry))
		return;
	if (l->n_globs == l->room) {
		struct tare_slice *more;

		l->room = l->room > 0 ? 2 * l->room : 16;
		more = tare_setup_alloc(setup, l->room * sizeof(*more));
		if (l->n_globs > 0)
			memcpy(more, l->globs, l->n_globs * sizeof(*more));
		l->globs = more;
	}
	l->globs[l->n_globs++] = entry;
}

static void
add_setting(struct tare_setup *setup, struct address_list *l)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		size_t n;
		const struct tare_slice *v;

		if (strcmp(settings[i], l->name) != 0)
			continue;
		l->is_setting = true;
		v = tare_setup_list(setup, l->name, &n);
		for (size_t k = 0; k < n; k++)
			add(setup, l, v[k]);
	}
}

static void
add_lines(struct tare_setup *setup, struct address_list *l)
{
	size_t n;
	const struct tare_slice *lines = tare_setup_list(setup,
	    "enlist_addrlist", &n);

	for (size_t i = 0; i < n; i++) {
		struct tare_slice rest, word;

		if (!wlbl_line(lines[i], l->name, &rest))
			continue;
		while (text_word(&rest, &word))
			add(setup, l, wlbl_lower(setup, word));
	}
}

const struct address_list *
address_list_named(struct tare_setup *setup, struct wlbl_context *c,
    const char *name)
{
	struct address_list *l;

	for (l = c->lists; l != NULL; l = l->next) {
		if (strcmp(l->name, name) == 0)
			return l;
	}
	l = tare_setup_alloc(setup, sizeof(*l));
	l->name = name;
	l->exact = names_new(setup);
	l->next = c->lists;
	c->lists = l;
	add_setting(setup, l);
	add_lines(setup, l);
	return l;
}

bool
address_list_is_unknown(const struct address_list *l)
{
	return !l->is_setting && names_count(l->exact) == 0;
}

/* ---- asking ---- */

struct tare_slice
address_lower(struct tare_msg *m, struct tare_slice s)
{
	char *lower = tare_alloc(m, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		lower[i] = text_lower(s.p[i]);
	return (struct tare_slice){ lower, s.n };
}

bool
address_list_has(struct tare_msg *m, const struct address_list *l,
    struct tare_slice address)
{
	struct tare_slice lower = address_lower(m, address);

	if (names_get(l->exact, lower) != NULL)
		return true;
	for (size_t i = 0; i < l->n_globs; i++) {
		if (glob_match(l->globs[i], lower))
			return true;
	}
	return false;
}

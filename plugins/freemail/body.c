/*
 * body - the freemail addresses of the text, and what is struck out of it.
 *
 * An address in a link or in a quotation says nothing about where the writer
 * wants an answer.  SpamAssassin removes both from the shared body lines
 * before it looks for addresses, so body rules see the lines without them
 * (sa-compat trap 3); rules are scored with that, so it is done here, too.
 */
#include "config.h"

#include "plugins/address.h"
#include "plugins/freemail/freemail.h"
#include "plugins/text.h"

/* ---- finding ---- */

static void
add(struct tare_msg *m, struct freemail_list *l, struct tare_slice address)
{
	address = freemail_lower(m, address);
	for (size_t i = 0; i < l->n; i++) {
		if (text_same(l->v[i], address))
			return;
	}
	l->v[l->n++] = address;
}

/* mailto: links whose address the text does not show. */
static void
add_links(struct tare_msg *m, struct freemail_list *l)
{
	struct tare_slice mailto = text_of("mailto:");
	size_t n;
	const struct tare_uri *u = tare_uris(m, &n);

	for (size_t i = 0; i < n && l->n < FREEMAIL_LINKS_MAX; i++) {
		struct address a;

		if ((u[i].types & (TARE_URI_A | TARE_URI_PARSED)) !=
		    TARE_URI_A || !text_starts_nocase(u[i].raw, mailto) ||
		    !address_next(m, u[i].raw, mailto.n, &a))
			continue;
		for (size_t k = 0; k < a.n_starts; k++) {
			if (a.starts[k] == mailto.n)
				add(m, l, text_sub(u[i].raw, mailto.n, a.end));
		}
	}
}

static void
add_line(struct tare_msg *m, struct freemail_list *l, struct tare_slice line)
{
	struct address a = { .end = 0 };
	size_t from = 0;

	for (size_t at = 0; l->n < FREEMAIL_ADDRESSES_MAX &&
	    address_next(m, line, at, &a); at = a.at + 1) {
		size_t start;

		if (!address_start(&a, from, &start))
			continue;
		add(m, l, text_sub(line, start, a.end));
		from = a.end;
	}
}

static void
add_body(struct tare_msg *m, struct freemail_list *l)
{
	size_t n;
	const struct tare_slice *lines = tare_body(m, &n);

	for (size_t i = 0; i < n && l->n < FREEMAIL_ADDRESSES_MAX; i++) {
		struct tare_slice line = address_without_quotes(m,
		    address_without_links(m, lines[i]));

		if (line.p != lines[i].p)
			tare_body_replace(m, i, line);
		add_line(m, l, line);
	}
}

/* ---- counting ---- */

/* Keeps the freemail ones; false when there are too many of either kind. */
static bool
keep_freemail(struct tare_msg *m, const struct freemail_context *c,
    const struct freemail_list *all, struct freemail_list *found)
{
	double max_all = tare_conf_num(m, "freemail_max_body_emails");
	double max_free = tare_conf_num(m, "freemail_max_body_freemails");
	bool give_up = tare_conf_num(m, "freemail_skip_when_over_max") != 0;

	for (size_t i = 0; i < all->n; i++) {
		if (give_up && (double)(i + 1) == max_all)
			return false;
		if (!freemail_is(m, c, all->v[i]))
			continue;
		if (give_up && (double)(found->n + 1) == max_free)
			return false;
		found->v[found->n++] = all->v[i];
	}
	return true;
}

bool
freemail_scan(struct tare_msg *m, const struct freemail_context *c)
{
	struct freemail_message *s = freemail_state(m);
	struct freemail_list *all;

	if (s->scanned)
		return !s->over;
	s->scanned = true;
	all = tare_alloc(m, sizeof(*all));
	/* Links first: what is a link is decided by the text as it came. */
	add_links(m, all);
	add_body(m, all);
	s->over = !keep_freemail(m, c, all, &s->found);
	return !s->over;
}

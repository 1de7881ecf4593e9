/*
 * address - mail addresses in a text; see address.h.
 *
 * Both ends of an address are decided by looking at the bytes around an "@",
 * so everything is linear.  Texts are bytes; only ASCII letters fold.
 */
#include "config.h"

#include "plugins/address.h"
#include "plugins/text.h"

#define LABEL_MAX 61
#define LABELS_MAX 5
/* Bytes of a link that are struck out before and behind its "@". */
#define LINK_SIDE 255

/* ---- one address ---- */

static bool
is_alnum(char c)
{
	return text_is_letter(c) || text_is_digit(c);
}

static bool
is_atom(char c)
{
	return is_alnum(c) ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* End of the domain at i, or 0. */
static size_t
domain_end(struct tare_msg *m, struct tare_slice s, size_t i)
{
	size_t begin = i;

	for (unsigned labels = 1; labels <= LABELS_MAX; labels++) {
		size_t start = i;

		while (i < s.n && (is_alnum(s.p[i]) || s.p[i] == '-'))
			i++;
		if (i + 1 >= s.n || s.p[i] != '.' || !is_alnum(s.p[i + 1]))
			return labels > 1 && i > start && tare_domain_valid(m,
			    text_sub(s, begin, i)) ? i : 0;
		if (i == start || i - start > LABEL_MAX ||
		    s.p[start] == '-' || s.p[i - 1] == '-')
			return 0;
		i++;
	}
	return 0;
}

/*
 * Where the local part before the "@" may begin: at each of its atoms, as far
 * as 64 bytes go.
 */
static void
find_starts(struct tare_slice s, struct address *a)
{
	size_t i = a->at;

	a->n_starts = 0;
	for (;;) {
		size_t end = i;

		while (i > 0 && a->at - i <= ADDRESS_LOCAL_MAX &&
		    is_atom(s.p[i - 1]))
			i--;
		if (i == end || a->at - i > ADDRESS_LOCAL_MAX)
			return;
		a->starts[a->n_starts++] = i;
		if (i == 0 || s.p[i - 1] != '.')
			return;
		i--;
	}
}

bool
address_next(struct tare_msg *m, struct tare_slice s, size_t at,
    struct address *a)
{
	for (; at < s.n; at++) {
		at += text_find(text_sub(s, at, s.n), '@');
		if (at >= s.n)
			return false;
		a->at = at;
		a->end = domain_end(m, s, at + 1);
		if (a->end == 0)
			continue;
		find_starts(s, a);
		if (a->n_starts > 0)
			return true;
	}
	return false;
}

bool
address_start(const struct address *a, size_t from, size_t *start_r)
{
	size_t k = a->n_starts;

	while (k > 0 && a->starts[k - 1] < from)
		k--;
	if (k > 0)
		*start_r = a->starts[k - 1];
	return k > 0;
}

/* ---- striking out ---- */

/* A text without what was struck out of it; the text itself until then. */
struct edit {
	struct tare_slice text;
	char *out;
	size_t n, taken;
};

static void
strike(struct tare_msg *m, struct edit *e, size_t from, size_t to)
{
	if (e->out == NULL)
		e->out = tare_alloc(m, e->text.n);
	memcpy(e->out + e->n, e->text.p + e->taken, from - e->taken);
	e->n += from - e->taken;
	e->out[e->n++] = ' ';
	e->taken = to;
}

static struct tare_slice
edited(struct edit *e)
{
	if (e->out == NULL)
		return e->text;
	memcpy(e->out + e->n, e->text.p + e->taken, e->text.n - e->taken);
	e->n += e->text.n - e->taken;
	return (struct tare_slice){ e->out, e->n };
}

/* End of "http://" or "https://" at i, or 0. */
static size_t
link_scheme(struct tare_slice s, size_t i)
{
	struct tare_slice rest = text_sub(s, i, s.n);

	if (text_starts_nocase(rest, text_of("http://")))
		return i + 7;
	return text_starts_nocase(rest, text_of("https://")) ? i + 8 : 0;
}

/* End of a link that begins at i and holds an "@" or "%40"; or 0. */
static size_t
link_end(struct tare_slice s, size_t i)
{
	size_t from = link_scheme(s, i), to, behind = 0;

	if (from == 0)
		return 0;
	for (to = from; to < s.n && !text_is_space(s.p[to]) &&
	    to <= from + LINK_SIDE; to++) {
		if (s.p[to] == '@')
			behind = to + 1;
		else if (text_starts(text_sub(s, to, s.n), text_of("%40")))
			behind = to + 3;
	}
	if (behind == 0)
		return 0;
	for (to = behind; to < s.n && !text_is_space(s.p[to]) &&
	    to < behind + LINK_SIDE;)
		to++;
	return to;
}

struct tare_slice
address_without_links(struct tare_msg *m, struct tare_slice text)
{
	struct edit e = { .text = text };

	for (size_t i = 0; i < text.n; i++) {
		size_t end = text.p[i] == 'h' || text.p[i] == 'H' ?
		    link_end(text, i) : 0;

		if (end == 0)
			continue;
		strike(m, &e, i > e.taken && text.p[i - 1] == '<' ? i - 1 : i,
		    end);
		i = end - 1;
	}
	return edited(&e);
}

/* A word of two to eleven letters and a colon, but not one that introduces
 * the address of somebody: "a@example.com wrote:". */
static bool
quotes(struct tare_slice s)
{
	static const char *const others[] = { "fax", "facsi", "tel", "phone",
		"mail", "email", "e-mail" };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (text_starts_nocase(s, text_of(others[i])))
			return false;
	}
	while (n < s.n && n <= 11 && text_is_letter(s.p[n]))
		n++;
	return n >= 2 && n <= 11 && n < s.n && s.p[n] == ':';
}

/* End of what follows an address that is quoted, or 0. */
static size_t
quote_end(struct tare_slice s, size_t i)
{
	size_t from = i;

	if (i < s.n && s.p[i] == '>')
		return i + 1;
	while (i < s.n && i - from <= 10 && text_is_space(s.p[i]))
		i++;
	if (i == from || i - from > 10 || !quotes(text_sub(s, i, s.n)))
		return 0;
	return i + text_find(text_sub(s, i, s.n), ':') + 1;
}

/* Where striking out begins: not behind "mailto:", which is no quotation. */
static bool
quote_start(struct tare_slice s, const struct address *a, size_t from,
    size_t *start_r)
{
	struct tare_slice mailto = text_of("mailto:");

	for (size_t k = a->n_starts; k-- > 0;) {
		size_t i = a->starts[k];

		if (i < from || text_ends_nocase(text_sub(s, 0, i), mailto))
			continue;
		*start_r = i > from && s.p[i - 1] == '<' ? i - 1 : i;
		return true;
	}
	return false;
}

struct tare_slice
address_without_quotes(struct tare_msg *m, struct tare_slice text)
{
	struct edit e = { .text = text };
	struct address a = { .end = 0 };
	size_t at = 0, start, end;

	while (address_next(m, text, at, &a)) {
		at = a.at + 1;
		end = quote_end(text, a.end);
		if (end == 0 || !quote_start(text, &a, e.taken, &start))
			continue;
		strike(m, &e, start, end);
		at = end;
	}
	return edited(&e);
}

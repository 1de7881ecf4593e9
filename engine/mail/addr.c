/*
 * addr.c - addresses and display names of header values.
 *
 * The grammar is SpamAssassin's own address parser (reference 5.3), which is
 * looser than RFC 5322 in places and stricter in others; which addresses
 * come out of a broken From decides many rules.  The value is read from the
 * front, one mailbox at a time:
 *
 *	mailbox = [phrase] "<" inside ">" *("<" … ">") tail
 *	        / address tail / phrase tail
 *	tail    = ["(" comment ")"] ("," / ";" / end)
 *
 * Where that grammar is ambiguous the longest reading is tried first, as a
 * backtracking regex would.  Limits: the tries of one value are counted and
 * capped (WORK_PER_BYTE), so that the work stays linear; what is left then is
 * searched for <address> only.  Email::Address::XS, which SpamAssassin asks
 * where it is installed, is not imitated.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "mail/mail-priv.h"

#define WORK_PER_BYTE 64	/* characters looked at for each one there */
#define ITEMS_MAX 64		/* phrase pieces that can be given back */
#define DUPLICATES_MAX 16	/* <a@b> <a@b> … after one phrase */

struct parser {
	struct arena *arena;
	struct slice s;
	size_t work;		/* left before we give up */
	VEC_OF(struct mail_addr) found;
};

/* What one mailbox was made of; slices of parser->s, .p NULL if absent. */
struct mailbox {
	struct slice phrase, address, comment;
	bool angle;		/* address stood in <> */
	size_t end;		/* after its comma */
};

static char
at(const struct parser *k, size_t i)
{
	return i < k->s.n ? k->s.p[i] : '\0';
}

static bool
spend(struct parser *k, size_t n)
{
	k->work -= n < k->work ? n : k->work;
	return k->work > 0;
}

static size_t
skip_space(struct parser *k, size_t i)
{
	size_t from = i;

	while (i < k->s.n && ascii_isspace((unsigned char)k->s.p[i]))
		i++;
	spend(k, i - from);
	return i;
}

/* [(comment)] then `,` `;` or the end. */
static bool
match_tail(struct parser *k, size_t i, struct mailbox *m_r)
{
	size_t end;

	m_r->comment = (struct slice){ 0 };
	i = skip_space(k, i);
	if (at(k, i) == '(' &&
	    (end = mail_addr_quoted_end(k->s, i + 1, '(', ')')) > 0) {
		if (!spend(k, end - i))
			return false;
		m_r->comment = slice_sub(k->s, i + 1, end - 1);
		i = skip_space(k, end);
	}
	if (i < k->s.n && k->s.p[i] != ',' && k->s.p[i] != ';')
		return false;
	m_r->end = i < k->s.n ? i + 1 : i;
	return true;
}

/*
 * Places where a `>` can close what began at `from`, last one first, as
 * inside = *[^>@] 1*non-blank.  The text up to the first `>` or `@` may hold
 * blanks; after that only one run without them, and blanks before the `>`.
 */
struct closers {
	size_t from;
	size_t first;		/* first `>` or `@` */
	size_t run_end;		/* of the non-blank run that holds it */
	size_t next;		/* candidates below this are left */
	bool far_tried;
};

static struct closers
closers_at(struct parser *k, size_t from)
{
	struct closers c = { .from = from };

	for (c.first = from; c.first < k->s.n && k->s.p[c.first] != '>' &&
	    k->s.p[c.first] != '@'; c.first++)
		;
	for (c.run_end = c.first; c.run_end < k->s.n &&
	    !ascii_isspace((unsigned char)k->s.p[c.run_end]); c.run_end++)
		;
	c.next = c.run_end;
	spend(k, c.run_end - from);
	return c;
}

static bool
has_text(struct parser *k, size_t from, size_t to)
{
	return slice_trim(slice_sub(k->s, from, to)).n > 0;
}

/* Next candidate: index of the `>`, or SIZE_MAX. */
static size_t
closers_next(struct parser *k, struct closers *c)
{
	if (!c->far_tried) {
		size_t i = skip_space(k, c->run_end);

		c->far_tried = true;
		if (c->first < c->run_end && i > c->run_end && at(k, i) == '>')
			return i;
	}
	while (c->next > c->first && spend(k, 1)) {
		c->next--;
		if (k->s.p[c->next] != '>')
			continue;
		if (c->next > c->first ||
		    has_text(k, c->from, c->next))
			return c->next;
	}
	return SIZE_MAX;
}

static bool match_after_angle(struct parser *k, size_t i, unsigned depth,
    struct mailbox *m_r);

/* One more <…> at i, a copy of the first that some programs write. */
static bool
match_duplicate(struct parser *k, size_t i, unsigned depth,
    struct mailbox *m_r)
{
	size_t from, start, close;

	i = skip_space(k, i);
	if (at(k, i) != '<')
		return false;
	from = skip_space(k, i + 1);
	start = mail_addr_quote_end(k->s, from);
	if (start == 0)
		start = from;
	for (close = start; close < k->s.n &&
	    !ascii_isspace((unsigned char)k->s.p[close]); close++)
		;
	if (!spend(k, close - from))
		return false;
	i = skip_space(k, close);
	if (close > start && i > close && at(k, i) == '>' &&
	    match_after_angle(k, i + 1, depth + 1, m_r))
		return true;
	for (; close > start + 1 && spend(k, 1); close--) {
		if (k->s.p[close - 1] == '>' &&
		    match_after_angle(k, close, depth + 1, m_r))
			return true;
	}
	return at(k, from) == '>' &&
	    match_after_angle(k, from + 1, depth + 1, m_r);
}

static bool
match_after_angle(struct parser *k, size_t i, unsigned depth,
    struct mailbox *m_r)
{
	if (depth < DUPLICATES_MAX && match_duplicate(k, i, depth, m_r))
		return true;
	return k->work > 0 && match_tail(k, i, m_r);
}

/* "<" at i: the address in it, duplicates, tail. */
static bool
match_angle(struct parser *k, size_t i, struct mailbox *m_r)
{
	size_t from = skip_space(k, i + 1), close;
	struct closers c = closers_at(k, from);

	m_r->angle = true;
	while ((close = closers_next(k, &c)) != SIZE_MAX) {
		m_r->address = slice_trim(slice_sub(k->s, from, close));
		if (match_after_angle(k, close + 1, 0, m_r))
			return true;
	}
	m_r->address = slice_sub(k->s, from, from);
	return at(k, from) == '>' && match_after_angle(k, from + 1, 0, m_r);
}

/* One piece of a phrase at i: a quoted string or a run; its end, or 0. */
static size_t
phrase_item(struct parser *k, size_t i)
{
	size_t from = i;

	if (at(k, i) == '"' && i < k->s.n)
		return mail_addr_quote_end(k->s, i);
	while (i < k->s.n && strchr("\",;<", k->s.p[i]) == NULL)
		i++;
	/* strchr finds the NUL byte too, which is a character like others */
	while (i < k->s.n && k->s.p[i] == '\0') {
		for (i++; i < k->s.n &&
		    (k->s.p[i] == '\0' || !strchr("\",;<", k->s.p[i])); i++)
			;
	}
	return i > from ? i : 0;
}

/* Ends of the pieces from i on; how many. */
static size_t
phrase_items(struct parser *k, size_t i, size_t ends[ITEMS_MAX])
{
	size_t n = 0, end;

	while ((end = phrase_item(k, i)) > 0 && spend(k, end - i)) {
		if (n == ITEMS_MAX)	/* the oldest can no longer be given */
			memmove(ends, ends + 1, --n * sizeof(ends[0]));
		ends[n++] = i = end;
	}
	return n;
}

static bool
match_mailbox(struct parser *k, size_t i, struct mailbox *m_r)
{
	size_t ends[ITEMS_MAX], n, end;

	*m_r = (struct mailbox){ 0 };
	if (at(k, i) == '<')
		return match_angle(k, i, m_r);
	n = phrase_items(k, i, ends);
	if (n > 0 && at(k, ends[n - 1]) == '<') {
		m_r->phrase = slice_sub(k->s, i, ends[n - 1]);
		if (match_angle(k, ends[n - 1], m_r))
			return true;
		*m_r = (struct mailbox){ 0 };
	}
	if ((end = mail_addr_end(k->s, i)) > 0 && spend(k, end - i) &&
	    match_tail(k, end, m_r)) {
		m_r->address = slice_sub(k->s, i, end);
		return true;
	}
	while (n-- > 0) {
		if (match_tail(k, ends[n], m_r)) {
			m_r->phrase = slice_sub(k->s, i, ends[n]);
			return true;
		}
	}
	return false;
}

static void
add_mailbox(struct parser *k, const struct mailbox *m)
{
	struct slice address = m->address, phrase = { 0 };

	if (m->angle) {
		address = mail_addr_without_comments(k->arena, address);
		if (!mail_addr_is(address))
			address.n = 0;
	}
	if (!mail_addr_is_plausible(address))
		address.n = 0;
	if (m->phrase.n > 0) {
		phrase = mail_addr_clean_phrase(k->arena, m->phrase);
		if (address.n == 0 && mail_addr_is(phrase) &&
		    mail_addr_is_plausible(phrase) &&
		    mail_addr_is_fqdn(mail_addr_host(phrase))) {
			address = phrase;
			phrase.n = 0;
		} else if (slice_eq(phrase, address)) {
			phrase.n = 0;
		}
	}
	if (phrase.n == 0)
		phrase = m->comment;
	*VEC_PUSH(k->arena, &k->found) = (struct mail_addr){
		.addr = mail_addr_cut(address), .phrase = phrase,
	};
}

/*
 * White space before a mailbox is skipped; but before a comma it is itself a
 * phrase, one blank long.
 */
static size_t
take_mailbox(struct parser *k, size_t i)
{
	size_t start = skip_space(k, i);
	struct mailbox m;

	if (!match_mailbox(k, start, &m) &&
	    (start == i || !match_mailbox(k, start - 1, &m)))
		return 0;
	add_mailbox(k, &m);
	return m.end;
}

/*
 * Every <address> in what could not be parsed.  Linear without counting: an
 * unquoted address has no `<` in it, and a quoted user ends at the next `<"`
 * at the latest.
 */
static void
take_leftover(struct parser *k, size_t i)
{
	struct slice s = k->s;
	size_t end;

	while (i < s.n) {
		struct slice address;

		if (s.p[i++] != '<')
			continue;
		end = mail_addr_end(s, i);
		if (end == 0 || end >= s.n || s.p[end] != '>')
			continue;
		address = slice_sub(s, i, end);
		i = end + 1;
		if (mail_addr_is_plausible(address))
			*VEC_PUSH(k->arena, &k->found) = (struct mail_addr){
				.addr = mail_addr_cut(address),
			};
	}
}

static struct slice
without_double_backslashes(struct arena *a, struct slice s)
{
	struct buf b;

	if (slice_find(s, SLICE("\\\\"), 0) < 0)
		return s;
	buf_init(&b, a);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == '\\')
			i++;
		else
			buf_addc(&b, s.p[i]);
	}
	return buf_slice(&b);
}

/* "Friends: a@b, c@d;" without its name; nothing if it has no members. */
static struct slice
without_group(struct slice s)
{
	size_t end = 0;
	ptrdiff_t colon;

	while (end < s.n && (s.p[end] == '\0' ||
	    strchr("\"()<>", s.p[end]) == NULL))
		end++;
	colon = slice_rchr(slice_sub(s, 0, end), ':');
	if (colon < 1)
		return s;
	s = slice_trim_left(slice_sub(s, (size_t)colon + 1, s.n));
	return slice_starts(s, SLICE(";")) ? slice_sub(s, 0, 0) : s;
}

void
mail_addrs_parse(struct arena *a, struct slice value,
    struct mail_addr **addrs_r, size_t *n_r)
{
	struct parser k = { .arena = a };
	size_t i = 0, next;

	k.s = without_double_backslashes(a, slice_trim_right(value));
	k.s = without_group(k.s);
	k.work = WORK_PER_BYTE * k.s.n + 1;
	if (slice_trim(k.s).n > 0) {
		while (i < k.s.n && (next = take_mailbox(&k, i)) > 0)
			i = next;
		if (slice_chr(k.s, '@', i) >= 0)
			take_leftover(&k, i);
	}
	*addrs_r = k.found.v;
	*n_r = k.found.n;
}

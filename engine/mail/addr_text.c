/*
 * addr_text.c - the pieces that addresses are made of.
 *
 * addr.c finds mailboxes; this file knows what a quoted string, a comment and
 * user@domain look like, and cleans what was found.  The shapes are
 * SpamAssassin's (reference 5.3), not RFC 5322's: a domain may hold `@`,
 * comments do not nest, a backslash before a newline escapes nothing.
 *
 * All of it is linear and without state.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "mail/mail-priv.h"

/* Characters that no unquoted part of an address has. */
static bool
is_special(char c)
{
	return ascii_isspace((unsigned char)c) ||
	    (c != '\0' && strchr("<>()[],:;", c) != NULL);
}

/* End of the text from s[i] to an unescaped `close`; 0 if there is none. */
size_t
mail_addr_quoted_end(struct slice s, size_t i, char open, char close)
{
	for (; i < s.n; i++) {
		if (s.p[i] == close)
			return i + 1;
		if (s.p[i] == open)
			return 0;
		if (s.p[i] == '\\' && (++i >= s.n || s.p[i] == '\n'))
			return 0;
	}
	return 0;
}

/* End of the quoted string that begins at s[i], or 0. */
size_t
mail_addr_quote_end(struct slice s, size_t i)
{
	return i < s.n && s.p[i] == '"' ?
	    mail_addr_quoted_end(s, i + 1, '"', '"') : 0;
}

/* End of a domain or [address] at s[i], or 0. */
static size_t
domain_end(struct slice s, size_t i)
{
	size_t from = i;

	if (i < s.n && s.p[i] == '[') {
		for (i++; i < s.n && (ascii_isdigit((unsigned char)s.p[i]) ||
		    s.p[i] == ':' || s.p[i] == '.'); i++)
			;
		return i > from + 1 && i < s.n && s.p[i] == ']' ? i + 1 : 0;
	}
	while (i < s.n && !is_special(s.p[i]) && s.p[i] != '"')
		i++;
	return i > from ? i : 0;
}

/* End of user@domain at s[i], or 0. */
size_t
mail_addr_end(struct slice s, size_t i)
{
	size_t from = i, end = mail_addr_quote_end(s, i);

	if (end > 0 && end < s.n && s.p[end] == '@' &&
	    (end = domain_end(s, end + 1)) > 0)
		return end;
	while (i < s.n && !is_special(s.p[i]) && s.p[i] != '@')
		i++;
	if (i == from || i >= s.n || s.p[i] != '@')
		return 0;
	return domain_end(s, i + 1);
}

bool
mail_addr_is(struct slice s)
{
	return s.n > 0 && mail_addr_end(s, 0) == s.n;
}

/* s without (comments); they do not nest. */
struct slice
mail_addr_without_comments(struct arena *a, struct slice s)
{
	struct buf b;
	size_t i = 0, end;

	if (slice_chr(s, '(', 0) < 0)
		return s;
	buf_init(&b, a);
	while (i < s.n) {
		if (s.p[i] == '(' &&
		    (end = mail_addr_quoted_end(s, i + 1, '(', ')')) > 0)
			i = end;
		else
			buf_addc(&b, s.p[i++]);
	}
	return buf_slice(&b);
}

/* Quotes, escapes in them and comments outside of them go. */
struct slice
mail_addr_clean_phrase(struct arena *a, struct slice s)
{
	struct buf b;
	size_t i = 0, end;

	buf_init(&b, a);
	while (i < s.n) {
		if ((end = mail_addr_quote_end(s, i)) > 0) {
			for (i++; i < end - 1; i++) {
				if (s.p[i] != '\\')
					buf_addc(&b, s.p[i]);
			}
			i = end;
			continue;
		}
		end = i;
		while (end < s.n && s.p[end] != '"')
			end++;
		if (end == i)
			end++;
		buf_add_slice(&b,
		    mail_addr_without_comments(a, slice_sub(s, i, end)));
		i = end;
	}
	return buf_slice(&b);
}

/* A lone quote, or an empty quoted user, is no address. */
bool
mail_addr_is_plausible(struct slice s)
{
	ptrdiff_t quote = slice_chr(s, '"', 0);

	if (s.n == 0 || slice_starts(s, SLICE("\"\"@")))
		return false;
	return quote < 0 || slice_chr(s, '"', (size_t)quote + 1) >= 0;
}

static bool
is_label_char(char c)
{
	return ascii_isword((unsigned char)c);
}

/*
 * A host name of at least two labels as DNS wants it; `_` not in the last
 * two.  Names that are not ASCII are none (SpamAssassin without an IDN
 * library).
 */
bool
mail_addr_is_fqdn(struct slice host)
{
	size_t labels = 0;

	while (host.n > 0 && host.p[host.n - 1] == '.')
		host.n--;
	if (host.n == 0 || host.n > 253)
		return false;
	while (host.n > 0) {
		ptrdiff_t dot = slice_rchr(host, '.');
		struct slice label = slice_sub(host, (size_t)(dot + 1), host.n);

		if (label.n < 1 || label.n > 63 || !is_label_char(label.p[0]) ||
		    !is_label_char(label.p[label.n - 1]))
			return false;
		for (size_t i = 0; i < label.n; i++) {
			if (!is_label_char(label.p[i]) && label.p[i] != '-')
				return false;
			if (labels < 2 && label.p[i] == '_')
				return false;
		}
		labels++;
		if (dot == 0)
			return false;
		host = slice_sub(host, 0, dot < 0 ? 0 : (size_t)dot);
	}
	return labels > 1;
}

/* user@host, cut at a second `@`. */
struct slice
mail_addr_cut(struct slice s)
{
	ptrdiff_t first = slice_chr(s, '@', 0);
	ptrdiff_t second = slice_chr(s, '@', (size_t)(first + 1));

	return second < 0 ? s : slice_sub(s, 0, (size_t)second);
}

struct slice
mail_addr_host(struct slice address)
{
	address = mail_addr_cut(address);
	return slice_sub(address, (size_t)(slice_chr(address, '@', 0) + 1),
	    address.n);
}

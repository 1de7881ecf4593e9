/*
 * uri_text - URIs as mail clients find them in plain text.
 *
 * Called by uri.c for each body line; uri_clean.c takes what is found.  Three
 * shapes, tried in this order at each place where a URI may start
 * (reference/sa-compat.md 5.6):
 *	known	http:// https:// ftp:// www. www1. www12. ftp. and a text
 *	mail	mailto: and a text, or text@text
 *	bare	host.tld with perhaps a final dot, a port, a path
 * Each ends where a byte of its delimiters stands, and is not one if it is
 * longer than its limit.
 *
 * Text is bytes here even when it is UTF-8: the byte A0 (a Latin-1 no-break
 * space) ends a URI also inside a character, as it does in SpamAssassin.
 *
 * No shape goes over a gap (white space and its like), and each has a dot, a
 * colon or an @ with something behind it.  So words are found by these marks,
 * and most of a text is not read here at all.
 * Linear: the ends of runs of non-delimiters are remembered, so that a line
 * of "http://http://…" is not read again for each start.
 */
#include "config.h"

#include "view/uri.h"

#define KNOWN_MAX	2048
#define MAIL_PART_MAX	251
#define BARE_MAX	251
#define PATH_MAX_BYTES	2048
#define PORT_DIGITS	5

/* ---- delimiters ---- */

enum delimiters { DELIM_KNOWN, DELIM_MAIL, DELIM_LOCAL, DELIM_HOST,
	DELIM_KINDS };

/* ESC starts the shift sequences of ISO 2022 (Japanese). */
static inline bool
is_gap(unsigned char c)
{
	return ascii_isspace(c) || c == 0x1b || c == 0xa0;
}

static inline bool
ends_known(unsigned char c)
{
	switch (c) {
	case '>': case '<': case '"': case '`': case '}': case ']':
	case '{': case '[': case '|':
		return true;
	default:
		return is_gap(c);
	}
}

static inline bool
ends_mail(unsigned char c)
{
	return c >= 0x80 || c == ',' || c == '(' || c == '\'' ||
	    ends_known(c);
}

static inline bool
ends(enum delimiters kind, unsigned char c)
{
	switch (kind) {
	case DELIM_KNOWN:
		return ends_known(c);
	case DELIM_LOCAL:
		return c == '@' || ends_mail(c);
	case DELIM_MAIL:
		return ends_mail(c);
	default:
		return !ascii_isword(c) && c != '.' && c != '-';
	}
}

static inline bool
starts_any(unsigned char c)
{
	return c != '}' && c != ']' && c < 0x80 ? ends_mail(c) : is_gap(c);
}

/* Punctuation but - . _ % */
static inline bool
starts_bare(unsigned char c)
{
	return is_gap(c) || (c > ' ' && c < 0x7f && !ascii_isword(c) &&
	    c != '-' && c != '.' && c != '%');
}

/* ---- finding ---- */

struct finder {
	struct slice line;
	size_t at, dot, colon;		/* the next @ . : from here on */
	size_t run_end[DELIM_KINDS];	/* of the run last looked at */
	struct uri_scan *scan;
};

static size_t
find_byte(struct slice line, char c, size_t from)
{
	ptrdiff_t i = slice_chr(line, c, from);

	return i < 0 ? line.n : (size_t)i;
}

/* Where the next c from pos on is; *next remembers it. */
static inline size_t
next_byte(const struct finder *f, char c, size_t *next, size_t pos)
{
	if (*next < pos) {
		*next = find_byte(f->line, c, pos);
	}
	return *next;
}

/* Is there a c, the next of which is remembered, within max bytes of pos? */
static inline bool
has_within(const struct finder *f, char c, size_t *next, size_t pos,
    size_t max)
{
	size_t at = next_byte(f, c, next, pos);

	return at < f->line.n && at - pos <= max;
}

/* Where the run of bytes that do not end kind, from pos on, ends.  Asked with
 * rising positions mostly, so each byte is read once a kind. */
static inline size_t
run_end(struct finder *f, enum delimiters kind, size_t pos)
{
	size_t end = f->run_end[kind];

	if (pos >= end) {
		end = pos;
		while (end < f->line.n &&
		    !ends(kind, (unsigned char)f->line.p[end])) {
			end++;
		}
		f->run_end[kind] = end;
	}
	return end;
}

/* Length of what follows prefix_end up to the next delimiter; 0: too long. */
static size_t
run_within(struct finder *f, enum delimiters kind, size_t pos, size_t max)
{
	size_t n = run_end(f, kind, pos) - pos;

	return n <= max ? n : 0;
}

static size_t
find_known(struct finder *f, size_t pos)
{
	size_t prefix, n;

	switch (ascii_lower((unsigned char)f->line.p[pos])) {
	case 'h': case 'f': case 'w':
		prefix = uri_known_prefix(slice_sub(f->line, pos, f->line.n));
		break;
	default:
		return 0;
	}
	if (prefix == 0) {
		return 0;
	}
	n = run_within(f, DELIM_KNOWN, pos + prefix, KNOWN_MAX);
	return n ? prefix + n : 0;
}

static size_t
find_mail(struct finder *f, size_t pos)
{
	static const struct slice mailto = { "mailto:", 7 };
	size_t local, domain;

	if (ascii_lower((unsigned char)f->line.p[pos]) == 'm' &&
	    slice_starts_nocase(slice_sub(f->line, pos, f->line.n), mailto)) {
		domain = run_within(f, DELIM_MAIL, pos + mailto.n, KNOWN_MAX);
		if (domain) {
			return mailto.n + domain;
		}
	}
	if (!has_within(f, '@', &f->at, pos, MAIL_PART_MAX)) {
		return 0;
	}
	local = run_within(f, DELIM_LOCAL, pos, MAIL_PART_MAX);
	if (local == 0 || pos + local >= f->line.n ||
	    f->line.p[pos + local] != '@') {
		return 0;
	}
	domain = run_within(f, DELIM_MAIL, pos + local + 1, MAIL_PART_MAX);
	return domain ? local + 1 + domain : 0;
}

/* The host of a bare URI at pos: its last label is a TLD. */
static size_t
bare_host(struct finder *f, size_t pos)
{
	struct slice host;
	ptrdiff_t dot;

	if (!has_within(f, '.', &f->dot, pos, BARE_MAX + 1)) {
		return 0;
	}
	host = slice_sub(f->line, pos, run_end(f, DELIM_HOST, pos));
	if (slice_ends(host, SLICE("."))) {
		host.n--;
	}
	dot = slice_rchr(host, '.');
	if (dot < 1 || dot > BARE_MAX + 1 ||
	    !ascii_isalnum((unsigned char)host.p[0]) ||
	    !uri_hosts_tld(f->scan->hosts,
	    slice_sub(host, (size_t)dot + 1, host.n))) {
		return 0;
	}
	return host.n;
}

/* At most PORT_DIGITS digits after a colon; 0 if that is not there. */
static size_t
port_length(struct slice s)
{
	size_t n = 1;

	if (s.n < 2 || s.p[0] != ':') {
		return 0;
	}
	while (n < s.n && n <= PORT_DIGITS &&
	    ascii_isdigit((unsigned char)s.p[n])) {
		n++;
	}
	return n > 1 ? n : 0;
}

static size_t
find_bare(struct finder *f, size_t pos, struct slice *host_r)
{
	size_t at, path;

	if (pos > 0 && !starts_bare((unsigned char)f->line.p[pos - 1])) {
		return 0;
	}
	at = bare_host(f, pos);
	if (at == 0) {
		return 0;
	}
	*host_r = slice_sub(f->line, pos, pos + at);
	at += pos;
	at += at < f->line.n && f->line.p[at] == '.';
	at += port_length(slice_sub(f->line, at, f->line.n));
	if (at < f->line.n && f->line.p[at] == '/') {
		path = run_within(f, DELIM_KNOWN, at + 1, PATH_MAX_BYTES);
		at += path ? 1 + path : 0;
	}
	if (at < f->line.n &&
	    !ends(DELIM_KNOWN, (unsigned char)f->line.p[at])) {
		return 0;
	}
	return at - pos;
}

static bool
may_start(struct slice s, size_t pos)
{
	bool word = ascii_isword((unsigned char)s.p[pos]);

	if (pos == 0) {
		return word;
	}
	return word != ascii_isword((unsigned char)s.p[pos - 1]) ||
	    starts_any((unsigned char)s.p[pos - 1]) ||
	    (pos >= 3 && s.p[pos - 3] == 0x1b && s.p[pos - 2] == '(' &&
	    s.p[pos - 1] != '\n');
}

/* What is at pos, taken; its length, or 0. */
static size_t
take_at(struct finder *f, size_t pos)
{
	struct slice host = SLICE("");
	size_t n = find_known(f, pos);
	bool mail = false;

	if (n == 0) {
		n = find_mail(f, pos);
		mail = n > 0;
	}
	if (n == 0) {
		n = find_bare(f, pos, &host);
	}
	if (n > 0) {
		uri_clean_take(f->scan, slice_sub(f->line, pos, pos + n), host,
		    mail);
	}
	return n;
}

static void
scan_word(struct finder *f, size_t pos, size_t end)
{
	while (pos < end) {
		size_t n = may_start(f->line, pos) ? take_at(f, pos) : 0;

		pos += n > 0 ? n : 1;
	}
}

static size_t
next_mark(struct finder *f, size_t pos)
{
	size_t mark = next_byte(f, '@', &f->at, pos);
	size_t dot = next_byte(f, '.', &f->dot, pos);
	size_t colon = next_byte(f, ':', &f->colon, pos);

	mark = dot < mark ? dot : mark;
	return colon < mark ? colon : mark;
}

void
uri_text_scan(struct uri_scan *s, struct slice line)
{
	struct finder f = { .line = line, .scan = s,
		.at = find_byte(line, '@', 0),
		.dot = find_byte(line, '.', 0),
		.colon = find_byte(line, ':', 0) };
	const unsigned char *p = (const unsigned char *)line.p;
	size_t pos = 0, mark;

	while ((mark = next_mark(&f, pos)) < line.n) {
		size_t from = mark, end = mark + 1;

		while (from > pos && !is_gap(p[from - 1])) {
			from--;
		}
		while (end < line.n && !is_gap(p[end])) {
			end++;
		}
		if (end > mark + 1) {
			scan_word(&f, from, end);
		}
		pos = end;
	}
}

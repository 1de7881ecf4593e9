/*
 * uri_text - URIs as mail clients find them in plain text.
 *
 * Called by uri.c for each body line.  Three shapes, tried in this order at
 * each place where a URI may start (reference/sa-compat.md 5.6):
 *	known	http:// https:// ftp:// www. www1. www12. ftp. and a text
 *	mail	mailto: and a text, or text@text
 *	bare	host.tld with perhaps a final dot, a port, a path
 * Each ends where a byte of its delimiters stands, and is not one if it is
 * longer than its limit.
 *
 * Text is bytes here even when it is UTF-8: the byte A0 (a Latin-1 no-break
 * space) ends a URI also inside a character, as it does in SpamAssassin.
 *
 * Most words are none: without an @ or a dot near by nothing is tried.
 * Linear: the ends of runs of non-delimiters are remembered, so that a line
 * of "http://http://…" is not read again for each start.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
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
	size_t at, dot;			/* the next @ and . from here on */
	size_t run_end[DELIM_KINDS];	/* of the run last looked at */
	struct uri_scan *scan;
};

static size_t
find_byte(struct slice line, char c, size_t from)
{
	ptrdiff_t i = slice_chr(line, c, from);

	return i < 0 ? line.n : (size_t)i;
}

/* Is there a c, the next of which is remembered, within max bytes of pos? */
static inline bool
has_within(const struct finder *f, char c, size_t *next, size_t pos,
    size_t max)
{
	if (*next < pos) {
		*next = find_byte(f->line, c, pos);
	}
	return *next < f->line.n && *next - pos <= max;
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
known_prefix(struct slice s)
{
	static const struct slice prefixes[] = { { "http://", 7 },
		{ "https://", 8 }, { "ftp://", 6 }, { "ftp.", 4 } };
	size_t n = 3;

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (slice_starts_nocase(s, prefixes[i])) {
			return prefixes[i].n;
		}
	}
	if (!slice_starts_nocase(s, SLICE("www"))) {
		return 0;
	}
	while (n < s.n && n < 5 && ascii_isdigit((unsigned char)s.p[n])) {
		n++;
	}
	return n < s.n && s.p[n] == '.' ? n + 1 : 0;
}

static size_t
find_known(struct finder *f, size_t pos)
{
	size_t prefix, n;

	switch (ascii_lower((unsigned char)f->line.p[pos])) {
	case 'h': case 'f': case 'w':
		prefix = known_prefix(slice_sub(f->line, pos, f->line.n));
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
	    !view_domain_tld(f->scan->domains,
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

/* ---- cleaning ---- */

/* A ")" ends the URI if no "(" stands before it; then final punctuation goes,
 * which mail clients take for the sentence's. */
static struct slice
cut_end(struct slice s)
{
	ptrdiff_t open = slice_chr(s, '(', 0);
	ptrdiff_t close = slice_rchr(open < 0 ? s :
	    slice_sub(s, 0, (size_t)open), ')');

	if (close >= 0) {
		s.n = (size_t)close;
	}
	while (s.n > 0 && s.p[s.n - 1] != '\0' &&
	    strchr("-~!@#^&*()_+=:;'?,.", s.p[s.n - 1]) != NULL) {
		s.n--;
	}
	return s;
}

/* A scheme and slashes and nothing more. */
static bool
is_only_scheme(struct slice s)
{
	size_t n = 0;

	while (n < s.n && ascii_isword((unsigned char)s.p[n])) {
		n++;
	}
	return n > 0 && n < s.n && s.p[n] == ':' && s.n - n <= 3 &&
	    (s.n - n < 2 || s.p[n + 1] == '/') &&
	    (s.n - n < 3 || s.p[n + 2] == '/');
}

static bool
starts_with_one_of(struct slice s, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (slice_starts_nocase(s, slice_cstr(v[i]))) {
			return true;
		}
	}
	return false;
}

/* A slash and something before an at sign: no mail address. */
static bool
has_path_before_at(struct slice s)
{
	ptrdiff_t slash = slice_chr(s, '/', 0);

	return slash >= 0 && slice_rchr(s, '@') > slash + 1;
}

/* "Skype:", "e-mail:" and stray colons in front of an address. */
static struct slice
cut_label(struct slice s)
{
	static const char *const labels[] = { "skype:", "e-mail:", "email:",
		"-mail:", "mail:", ":" };

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		struct slice label = slice_cstr(labels[i]);

		if (slice_starts_nocase(s, label)) {
			s = slice_sub(s, label.n, s.n);
			while (slice_starts(s, SLICE(":"))) {
				s = slice_sub(s, 1, s.n);
			}
			break;
		}
	}
	return s;
}

static struct slice
with_scheme(struct arena *a, const char *scheme, struct slice s)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, scheme);
	buf_add_slice(&b, s);
	return buf_slice(&b);
}

/* An address without mailto:; empty if it is none: no dot after the "@"
 * ("Vi@gra"), or half-decoded HTML. */
static struct slice
complete_mail(struct arena *a, struct slice s)
{
	ptrdiff_t at = slice_chr(s, '@', 0);

	if (slice_chr(s, '.', (size_t)at + 2) < 0 ||
	    slice_find(s, SLICE("&nbsp;"), 0) >= 0) {
		return SLICE("");
	}
	return with_scheme(a, "mailto:", cut_label(s));
}

/* Add the scheme that a mail client would; empty: it is no URI. */
static struct slice
complete(struct arena *a, struct slice s, unsigned *types)
{
	static const char *const schemes[] = { "http:", "https:", "ftp:",
		"mailto:" };

	if (starts_with_one_of(s, schemes, 4)) {
		return s;
	}
	*types |= URI_SCHEMELESS;
	if (slice_starts_nocase(s, SLICE("ftp."))) {
		return with_scheme(a, "ftp://", s);
	}
	if (slice_starts_nocase(s, SLICE("www")) && known_prefix(s)) {
		return with_scheme(a, "http://", s);
	}
	if (has_path_before_at(s)) {
		return with_scheme(a, "http://", s);
	}
	if (slice_chr(s, '@', 0) >= 0) {
		return complete_mail(a, s);
	}
	if (slice_chr(s, '.', 0) < 0) {
		return SLICE("");
	}
	/* No client makes a link of it, but people type it. */
	*types |= URI_UNLINKED;
	return with_scheme(a, "http://", s);
}

/* The host of an address must have a public TLD. */
static bool
is_good_mail(const struct uri_scan *scan, struct slice uri)
{
	ptrdiff_t at = slice_chr(uri, '@', 0);
	struct slice host;
	size_t n = 0;

	if (at < 0) {
		return false;
	}
	host = slice_sub(uri, (size_t)at + 1, uri.n);
	while (n < host.n && host.p[n] != '?' && host.p[n] != '&' &&
	    host.p[n] != '>') {
		n++;
	}
	host.n = n;
	while (slice_ends(host, SLICE("%20"))) {
		host.n -= 3;
	}
	return view_domain_valid(scan->domains,
	    view_domain_ascii(scan->arena, host));
}

/* host: of a bare URI, else empty. */
static void
take(struct uri_scan *scan, struct slice raw, struct slice host, bool mail)
{
	static const char *const inner[] = { "cid:", "mid:" };
	unsigned types = URI_PARSED;
	struct slice uri = cut_end(raw);

	if (map_has(scan->seen, uri)) {
		return;
	}
	map_put(scan->seen, uri, scan);
	if ((mail && slice_chr(uri, '@', 0) < 0) ||
	    (host.n > 0 && !view_host_valid(host)) ||
	    starts_with_one_of(uri, inner, 2) || is_only_scheme(uri)) {
		return;
	}
	uri = complete(scan->arena, uri, &types);
	if (slice_starts_nocase(uri, SLICE("mailto:"))) {
		if (uri_has_escape(uri)) {
			uri = uri_url_encode(scan->arena, uri, false);
		}
		if (!is_good_mail(scan, uri)) {
			return;
		}
	}
	if (uri.n > 0) {
		scan->found(uri, types, scan->arg);
	}
}

void
uri_text_scan(struct uri_scan *s, struct slice line)
{
	struct finder f = { .line = line, .scan = s,
		.at = find_byte(line, '@', 0),
		.dot = find_byte(line, '.', 0) };
	size_t pos = 0;

	while (pos < line.n) {
		struct slice host = SLICE("");
		bool mail = false;
		size_t n = 0;

		if (may_start(line, pos)) {
			n = find_known(&f, pos);
			if (n == 0) {
				n = find_mail(&f, pos);
				mail = n > 0;
			}
			if (n == 0) {
				n = find_bare(&f, pos, &host);
			}
		}
		if (n > 0) {
			take(s, slice_sub(line, pos, pos + n), host, mail);
		}
		pos += n > 0 ? n : 1;
	}
}

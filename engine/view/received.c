/*
 * received - one Received line to a relay.
 *
 * Called by relay.c.  The steps are SpamAssassin's (reference/sa-compat.md
 * 5.7): normalise the line, take the fields that stand in any format, note a
 * login, try the formats (received_formats.c), clean up what was found.
 *
 * Rules look at the result as text (X-Spam-Relays-*), so what SpamAssassin
 * gets wrong is wrong here in the same way; what it keeps of a forged line
 * is kept.
 *
 * Limits: LIMIT_FIELD_VALUE bytes of a line are read.  Linear in that.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "view/received.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- normalising ---- */

/* White space to single blanks, none outside; final semicolons off. */
static struct slice
normalise(struct arena *a, struct slice value)
{
	char *dst = arena_alloc(a, value.n + 1);
	struct slice s;
	size_t n = 0;

	value = slice_trim(value);
	for (size_t i = 0; i < value.n; i++) {
		if (!ascii_isspace((unsigned char)value.p[i])) {
			dst[n++] = value.p[i];
		} else if (n > 0 && dst[n - 1] != ' ') {
			dst[n++] = ' ';
		}
	}
	s = slice_make(dst, n);
	while (slice_ends(s, SLICE(";"))) {
		s.n--;
		if (slice_ends(s, SLICE(" "))) {
			s.n--;
		}
	}
	return s;
}

/* Take the last word off *s; false if there is none with a blank before. */
static bool
last_word(struct slice *s, struct slice *word_r)
{
	ptrdiff_t at = slice_rchr(*s, ' ');

	if (at < 0 || (size_t)at + 1 == s->n) {
		return false;
	}
	*word_r = slice_sub(*s, (size_t)at + 1, s->n);
	s->n = (size_t)at;
	return true;
}

static bool
all_digits(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_isdigit((unsigned char)s.p[i])) {
			return false;
		}
	}
	return s.n > 0;
}

/* 1:23 or 1:23:45 */
static bool
is_time(struct slice s)
{
	for (unsigned parts = 1; parts <= 3; parts++) {
		ptrdiff_t colon = slice_chr(s, ':', 0);

		if (colon < 0) {
			return parts >= 2 && all_digits(s);
		}
		if (!all_digits(slice_sub(s, 0, (size_t)colon))) {
			return false;
		}
		s = slice_sub(s, (size_t)colon + 1, s.n);
	}
	return false;
}

static bool
is_one_of(struct slice s, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (slice_eq_cstr(s, v[i])) {
			return true;
		}
	}
	return false;
}

static bool
is_date_gap(struct slice s, size_t end)
{
	return end > 0 && (s.p[end - 1] == ';' ||
	    ascii_isspace((unsigned char)s.p[end - 1]));
}

/* Where "[Dow, ]D" starts at the end of s, behind a blank or semicolon; 0 if
 * it is not there. */
static size_t
day_start(struct slice s)
{
	static const char *const days[] = { "Mon, ", "Tue, ", "Wed, ", "Thu, ",
		"Fri, ", "Sat, ", "Sun, " };
	size_t at = s.n;

	while (at > 0 && ascii_isdigit((unsigned char)s.p[at - 1])) {
		at--;
	}
	if (at == s.n || !is_date_gap(s, at)) {
		return 0;
	}
	if (at > 5 && is_date_gap(s, at - 5) &&
	    is_one_of(slice_sub(s, at - 5, at), days, COUNT(days))) {
		at -= 5;
	}
	return at;
}

/* "…; Tue, 23 May 2006 13:06:35 -0400" without the date; a comment after
 * the zone keeps it, as in SpamAssassin. */
static struct slice
cut_date(struct slice s)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr",
		"May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct slice rest = s, zone, time, year, month;
	size_t at;

	if (!last_word(&rest, &zone) || !last_word(&rest, &time) ||
	    !is_time(time) || !last_word(&rest, &year) || !all_digits(year) ||
	    !last_word(&rest, &month) ||
	    !is_one_of(month, months, COUNT(months))) {
		return s;
	}
	at = day_start(rest);
	if (at == 0) {
		return s;
	}
	while (is_date_gap(s, at)) {
		at--;
	}
	return slice_sub(s, 0, at);
}

/* The first ")by " gets its blank. */
static struct slice
part_by(struct arena *a, struct slice s)
{
	ptrdiff_t at = slice_find(s, SLICE(")by "), 0);
	struct buf b;

	if (at < 0) {
		return s;
	}
	buf_init(&b, a);
	buf_add(&b, s.p, (size_t)at + 1);
	buf_addc(&b, ' ');
	buf_add(&b, s.p + at + 1, s.n - (size_t)at - 1);
	return buf_slice(&b);
}

/* ---- the steps ---- */

/* Fields that most formats have at a place of their own. */
static void
extract(struct received_line *l, struct slice line)
{
	struct received_captures caps;

	for (size_t i = 0; i < RF_COUNT; i++) {
		l->field[i] = SLICE("");
	}
	l->field[RF_ENVFROM] = slice_make(NULL, 0);
	if (received_try(l, SEARCH " id {<}?%(t%J%J%J+%)t", line, &caps)) {
		received_take(l, &caps);
	}
	if (received_try(l, SEARCH "%.helo=%(h%E+%)h", line, &caps) ||
	    received_try(l, SEARCH "%." HELO " %(h%E+%)h", line, &caps)) {
		received_take(l, &caps);
	}
	if (received_try(l, SEARCH " by %b", line, &caps)) {
		received_take(l, &caps);
	}
	l->field[RF_AUTH] = received_login(l, line);
}

/* Lines that no format should see: not from a host, local, or a bare
 * "from X by Y;". */
static bool
says_nothing(struct received_line *l, struct slice line)
{
	struct received_captures caps;

	return !received_try(l, "%^{(}?from ", line, &caps) ||
	    received_try(l, SEARCH "%.with local for%.", line, &caps) ||
	    (received_try(l, "%^from %(s%W+%)s by %Y+{ }?;", line, &caps) &&
	    !received_try(l, "[{%N|.}*{%N|.}]%$", caps.v[RF_SUB], &caps));
}

/* No relay came out: what can still be used (rows 101 and 106). */
static enum received_result
last_resort(struct received_line *l, enum received_start start)
{
	struct received_captures caps;

	if (start == START_FROM && (l->field[RF_HELO].n == 0 ||
	    slice_eq(l->field[RF_HELO], SLICE("0"))) &&
	    received_try(l, "%(h%W+%)h%X", l->text, &caps)) {
		received_take(l, &caps);
	}
	if (l->field[RF_IP].n == 0 &&
	    received_try(l, SEARCH "[%i]", l->text, &caps)) {
		received_take(l, &caps);
	}
	return l->field[RF_IP].n > 0 && l->field[RF_BY].n > 0 &&
	    !slice_eq(l->field[RF_BY], SLICE("0")) ? RECEIVED_RELAY :
	    RECEIVED_UNPARSEABLE;
}

static void
take_sender(struct received_line *l)
{
	struct received_captures caps;

	if ((received_may_match(l, "%^" SEARCH "return-path") ||
	    received_may_match(l, "%^" SEARCH "envelope-")) &&
	    received_try(l, "%^" SEARCH "{return-path{:}? |envelope-"
	    "{sender|from}{ |=}}%(e%W+%)e%.", l->text, &caps)) {
		received_take(l, &caps);
	}
}

static enum received_result
try_line(struct received_line *l, struct slice line)
{
	static const struct {
		const char *prefix;
		enum received_start start;
	} starts[] = {
		{ "from ", START_FROM }, { "FROM ", START_FROM_UPPER },
		{ "(from ", START_FROM_PAREN },
	};
	enum received_result r;

	l->text = line;
	for (size_t i = 0; i < COUNT(starts); i++) {
		struct slice prefix = slice_cstr(starts[i].prefix);

		if (!slice_starts(line, prefix)) {
			continue;
		}
		l->text = slice_sub(line, prefix.n, line.n);
		if (starts[i].start == START_FROM) {
			take_sender(l);
		}
		r = received_formats_try(l, starts[i].start);
		return r == RECEIVED_NEXT ? last_resort(l, starts[i].start) : r;
	}
	return last_resort(l, START_FROM_UPPER);
}

/* ---- cleaning up ---- */

/* Would the byte break the X-Spam-Relays-* strings? */
static bool
is_bad(char c)
{
	switch (c) {
	case '\0': case '#': case '[': case ']': case '(': case ')':
	case '<': case '>': case '|':
		return true;
	default:
		return ascii_isspace((unsigned char)c);
	}
}

/* Such bytes become "!". */
static struct slice
clean(struct arena *a, struct slice s)
{
	char *dst = NULL;

	for (size_t i = 0; i < s.n; i++) {
		if (is_bad(s.p[i])) {
			if (!dst) {
				dst = arena_copy(a, s.p, s.n);
			}
			dst[i] = '!';
		}
	}
	return dst ? slice_make(dst, s.n) : s;
}

static struct slice
clean_envfrom(struct arena *a, struct slice s)
{
	if (!s.p) {
		return s;
	}
	s = slice_trim(s);
	while (slice_starts(s, SLICE("<"))) {
		s = slice_sub(s, 1, s.n);
	}
	while (slice_ends(s, SLICE(">"))) {
		s.n--;
	}
	return clean(a, s);
}

static struct slice
clean_rdns(struct arena *a, struct slice s)
{
	while (slice_ends(s, SLICE("."))) {
		s.n--;
	}
	if (slice_eq_nocase(s, SLICE("unknown")) ||
	    slice_starts(s, SLICE("["))) {
		s = SLICE("");
	}
	return clean(a, s);
}

/* Prefix, brackets, scope and the IPv4-mapped form off. */
static struct slice
clean_ip(struct received_line *l, struct slice s)
{
	struct received_captures caps;
	ptrdiff_t zone;

	if (slice_starts_nocase(s, SLICE("ipv6:"))) {
		s = slice_sub(s, 5, s.n);
	}
	if (slice_starts(s, SLICE("["))) {
		s = slice_sub(s, 1, s.n);
	}
	if (slice_ends(s, SLICE("]"))) {
		s.n--;
	}
	zone = slice_chr(s, '%', 0);
	if (zone >= 0) {
		s.n = (size_t)zone;
	}
	if (received_try(l, "%^{0}*:{0}*:{{0}*:}*ffff:%i%$", s, &caps) ||
	    received_try(l, "%^{0}*:{0}*:{{0}*:}*ffff:%(i%N+.%N+.%N+.%N+%)i%$",
	    s, &caps)) {
		s = caps.v[RF_IP];
	}
	return clean(l->arena, s);
}

static void
fill_relay(struct received_line *l, struct view_relay *r)
{
	struct slice by = l->field[RF_BY];

	memset(r, 0, sizeof(*r));
	if (slice_ends(by, SLICE(";"))) {
		by.n--;
	}
	r->rdns = clean_rdns(l->arena, l->field[RF_RDNS]);
	r->ip_text = clean_ip(l, l->field[RF_IP]);
	r->helo = clean(l->arena, l->field[RF_HELO]);
	r->by = clean(l->arena, by);
	r->ident = clean(l->arena, l->field[RF_IDENT]);
	r->envfrom = clean_envfrom(l->arena, l->field[RF_ENVFROM]);
	r->id = l->field[RF_ID];
	r->auth = l->field[RF_AUTH];
	r->no_reverse_dns = r->rdns.n == 0 && l->looked_up;
	r->has_ip = ip_parse(r->ip_text, &r->ip) == 0;
	r->ip_private = r->has_ip && ip_is_private(&r->ip);
}

enum received_result
received_parse(struct arena *a, struct received_cache *c, struct slice value,
    struct view_relay *relay_r, struct slice *scanner_from_r)
{
	struct received_line l = { .arena = a, .cache = c };
	struct slice line = normalise(a,
	    slice_sub(value, 0, LIMIT_FIELD_VALUE));
	enum received_result r;

	received_look_at(&l, line);
	if (says_nothing(&l, line)) {
		return RECEIVED_IGNORED;
	}
	line = part_by(a, cut_date(line));
	received_look_at(&l, line);
	extract(&l, line);
	r = try_line(&l, line);
	if (r == RECEIVED_RELAY) {
		fill_relay(&l, relay_r);
	} else if (l.scanner && r == RECEIVED_IGNORED) {
		*scanner_from_r = clean_envfrom(a, l.field[RF_ENVFROM]);
	}
	return r;
}

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

/* ---- addresses ---- */

static bool
is_hex_or_colon(struct slice s, size_t pos)
{
	return pos < s.n && (s.p[pos] == ':' ||
	    ascii_hex((unsigned char)s.p[pos]) >= 0);
}

/* Dotted quad at pos, no leading zeros; its length or 0. */
static size_t
quad_length(struct slice s, size_t pos)
{
	size_t i = pos;

	for (unsigned k = 0; k < 4; k++) {
		size_t start = i;
		unsigned v = 0;

		while (i < s.n && i - start < 4 &&
		    ascii_isdigit((unsigned char)s.p[i])) {
			v = v * 10 + (unsigned)(s.p[i++] - '0');
		}
		if (i == start || v > 255 ||
		    (s.p[start] == '0' && i - start > 1)) {
			return 0;
		}
		if (k < 3 && (i >= s.n || s.p[i++] != '.')) {
			return 0;
		}
	}
	return i - pos;
}

static size_t
v4_length(struct slice s, size_t pos)
{
	size_t n;

	if (pos > 0 && (s.p[pos - 1] == ':' ||
	    ascii_isword((unsigned char)s.p[pos - 1]))) {
		return 0;
	}
	n = quad_length(s, pos);
	return n && !(pos + n < s.n &&
	    ascii_isword((unsigned char)s.p[pos + n])) ? n : 0;
}

static size_t
hex_digits(struct slice s, size_t pos)
{
	size_t n = 0;

	while (pos + n < s.n && n < 5 &&
	    ascii_hex((unsigned char)s.p[pos + n]) >= 0) {
		n++;
	}
	return n;
}

/* RFC 4291 2.2 text forms: eight groups, or fewer around one "::"; the last
 * two may be a dotted quad. */
static size_t
v6_length(struct slice s, size_t pos)
{
	size_t i = pos, groups = 0, n;
	bool gap = false, need_group = true;

	if (slice_starts(slice_sub(s, i, s.n), SLICE("::"))) {
		gap = true;
		need_group = false;
		i += 2;
	}
	while ((n = hex_digits(s, i)) > 0 && n <= 4 && groups < 8) {
		size_t quad = quad_length(s, i);

		if (quad && (gap ? groups <= 5 : groups == 6) &&
		    !is_hex_or_colon(s, i + quad)) {
			return i + quad - pos;
		}
		groups++;
		i += n;
		need_group = false;
		if (i >= s.n || s.p[i] != ':') {
			break;
		}
		i++;
		need_group = true;
		if (i < s.n && s.p[i] == ':' && !gap) {
			gap = true;
			need_group = false;
			i++;
		}
	}
	if (need_group || is_hex_or_colon(s, i) ||
	    (gap ? groups > 7 : groups != 8)) {
		return 0;
	}
	return i - pos;
}

size_t
received_ip_length(struct slice line, size_t pos)
{
	static const struct slice prefix = { "IPv6:", 5 };
	size_t n;

	if (pos >= line.n) {
		return 0;
	}
	if (ascii_isdigit((unsigned char)line.p[pos])) {
		n = v4_length(line, pos);
		if (n) {
			return n;
		}
	}
	if (slice_starts_nocase(slice_sub(line, pos, line.n), prefix)) {
		n = v6_length(line, pos + prefix.n);
		return n ? n + prefix.n : 0;
	}
	if (pos > 0 && is_hex_or_colon(line, pos - 1)) {
		return 0;
	}
	return is_hex_or_colon(line, pos) ? v6_length(line, pos) : 0;
}

struct slice
received_find_ip(struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		size_t n = received_ip_length(text, i);

		if (n) {
			return slice_sub(text, i, i + n);
		}
	}
	return SLICE("");
}

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

/* ---- logins ---- */

typedef bool login_fn(struct received_line *l, struct slice line,
    const struct received_captures *caps, struct slice *auth_r);

/* Gmail: only with the cipher, which is the name. */
static bool
login_google(struct received_line *l, struct slice line,
    const struct received_captures *caps, struct slice *auth_r)
{
	struct received_captures tls;

	if (!received_try(l, SEARCH "(version=%(s%W+%)s cipher=%(a%P+%)a)",
	    line, &tls)) {
		return false;
	}
	*auth_r = slice_cstr(arena_printf(l->arena,
	    "GMail - transport=%.*s cipher=%.*s", SLICE_FMT(tls.v[RF_SUB]),
	    SLICE_FMT(tls.v[RF_AUTH])));
	return true;
}

static bool
login_gmx(struct received_line *l, struct slice line,
    const struct received_captures *caps, struct slice *auth_r)
{
	*auth_r = slice_cstr(arena_printf(l->arena, "GMX (%.*s / %.*s)",
	    SLICE_FMT(caps->v[RF_AUTH]), SLICE_FMT(caps->v[RF_BY])));
	return true;
}

/* The word in brackets is "Postfix" unless mail_name was changed. */
static bool
login_postfix(struct received_line *l, struct slice line,
    const struct received_captures *caps, struct slice *auth_r)
{
	struct slice name = caps->v[RF_AUTH];

	*auth_r = slice_eq(name, SLICE("Postfix")) ? name :
	    slice_cstr(arena_printf(l->arena, "Postfix (%.*s)",
	    SLICE_FMT(name)));
	return true;
}

#define DIGITS2	"%6%N"
#define GOOGLE_ID "%c#1-4#sm%N#2-9#%l%l%l.%N#1-3#.%N%N%N%N." DIGITS2 "." \
	DIGITS2 "." DIGITS2 "." DIGITS2 "." DIGITS2

/* How servers say that the client logged in, in SpamAssassin's order. */
static const struct {
	const char *guard;
	const char *pattern;
	const char *auth;		/* NULL: what the pattern kept */
	login_fn *finish;
} logins[] = {
	{ " by ", "%^" SEARCH " with %(a{{ES|L|UTF8S|UTF8L}MTP{S}?A|ASMTP|"
	    "HTTP{S|U}?}%)a{ |;|%$}", NULL, NULL },
	{ " by mx.google.com ", SEARCH " by mx.google.com with ESMTPS id "
	    GOOGLE_ID, NULL, login_google },
	{ " (AUTH: ", "from %A*?{])|)]} (AUTH: %(a{LOGIN|PLAIN|DIGEST-MD5|"
	    "CRAM-MD5}%)a %W+{, %A*?}?) by ", NULL, NULL },
	{ "authenticated", "from %A*?{]{ (%P*)}?)|)]} %A*?(%A*?authenticated"
	    "%A*?)%A*? by", "Sendmail", NULL },
	{ " by mail.gmx.", SEARCH "from %W* (" HELO " %W*) [%I] by "
	    "%(bmail.gmx.{net|com}%)b (%P+) with %(a{ESMTP|SMTP}%)a", NULL,
	    login_gmx },
	{ " (authenticated as ", SEARCH ") by %A+ (%N#1-2#.%N.%N%N%N"
	    "{.%N#1-3#}?) (authenticated as %A+) id ", "CriticalPath", NULL },
	{ "(Authenticated sender: ", SEARCH ") (Authenticated sender: %W+) by "
	    "%W+ (%(a%P+%)a) with ", NULL, login_postfix },
	{ " (account ", SEARCH "CommuniGate Pro {HTTP|SMTP|XIMSS|IMAP}",
	    "Communigate", NULL },
	{ "HTTP-DAV", SEARCH " with Microsoft Exchange Server HTTP-DAV%.",
	    "HTTP-DAV", NULL },
	{ " by ", "%^" SEARCH " (via %(aHTTP{%A}?%)a){ |;|%$}", NULL, NULL },
};

static struct slice
find_login(struct received_line *l, struct slice line)
{
	struct received_captures caps;
	struct slice auth;

	for (size_t i = 0; i < COUNT(logins); i++) {
		if (!received_has(line, logins[i].guard) ||
		    !received_try(l, logins[i].pattern, line, &caps)) {
			continue;
		}
		if (!logins[i].finish) {
			return logins[i].auth ? slice_cstr(logins[i].auth) :
			    caps.v[RF_AUTH];
		}
		if (logins[i].finish(l, line, &caps, &auth)) {
			return auth;
		}
	}
	return SLICE("");
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
	l->field[RF_AUTH] = find_login(l, line);
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
	struct received_captures caps;
	enum received_result r;

	l->text = line;
	for (size_t i = 0; i < COUNT(starts); i++) {
		struct slice prefix = slice_cstr(starts[i].prefix);

		if (!slice_starts(line, prefix)) {
			continue;
		}
		l->text = slice_sub(line, prefix.n, line.n);
		if (starts[i].start == START_FROM &&
		    received_try(l, "%^" SEARCH "{return-path{:}? |envelope-"
		    "{sender|from}{ |=}}%(e%W+%)e%.", l->text, &caps)) {
			received_take(l, &caps);
		}
		r = received_formats_try(l, starts[i].start);
		return r == RECEIVED_NEXT ? last_resort(l, starts[i].start) : r;
	}
	return last_resort(l, START_FROM_UPPER);
}

/* ---- cleaning up ---- */

/* Characters that would break the X-Spam-Relays-* strings become "!". */
static struct slice
clean(struct arena *a, struct slice s)
{
	static const char bad[] = "#[]()<>|";
	char *dst = NULL;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (ascii_isspace(c) || c == '\0' || strchr(bad, c)) {
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

	if (says_nothing(&l, line)) {
		return RECEIVED_IGNORED;
	}
	line = part_by(a, cut_date(line));
	extract(&l, line);
	r = try_line(&l, line);
	if (r == RECEIVED_RELAY) {
		fill_relay(&l, relay_r);
	} else if (l.scanner && r == RECEIVED_IGNORED) {
		*scanner_from_r = clean_envfrom(a, l.field[RF_ENVFROM]);
	}
	return r;
}

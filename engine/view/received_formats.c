/*
 * received_formats - how mail servers write a Received line.
 *
 * Called by received.c, which has taken the "from " off.  One row of
 * `formats` is one shape, in the language of received_pattern.c; the rows are
 * tried in order and the first that fits decides (SpamAssassin's order and
 * shapes: reference/sa-received-formats.tsv has the same numbers).  To add a
 * server's format: add a row at the place where no earlier row takes its
 * lines, and a sample line to tests/unit/view/received_test.c.
 *
 * Invariants: a row that does not fit changes nothing, except row 13, which
 * like SpamAssassin keeps the pieces it found when they are not enough.
 */
#include "config.h"

#include "view/received.h"

/* What is true of a format besides its fields. */
enum {
	LOOKED_UP = 1,		/* the server looks up rDNS itself */
	HELO_IS_RDNS = 4,	/* one name stands for both */
	UNVERIFIED_EMPTY = 8,	/* rDNS "unverified" is none */
	HELO_CLEARED = 16,	/* no HELO here, whatever stood elsewhere */
	IGNORE = 32,
	FETCH = 64,
	SCANNER = 128,
};

struct format {
	short row;
	unsigned char family, flags;
	const char *guard;	/* must be in the line (cheap); or NULL */
	const char *pattern;	/* NULL: finish alone decides */
	/* Look closer: RECEIVED_NEXT refuses the line after all. */
	enum received_result (*finish)(struct received_line *l);
};

static const struct format formats[] = {
	{ 1, 0, 0, " authenticated user ", SEARCH "%i%.%V%A#9-79#by %b "
	    "with HTTP", received_look_webmail },
	{ 2, 0, 0, "aol.com", SEARCH "%i by %b (%I) with HTTP (WebMailUI)",
	    NULL },
	{ 3, FAMILY_SMTPSVC, 0, NULL, "%(h%W*%)h ([%i]%P#0-40#) by %b with "
	    "Microsoft SMTPSVC", NULL },
	{ 4, FAMILY_SMTPSVC, IGNORE, NULL, "mail pickup service by %W+ with "
	    "Microsoft SMTPSVC%$", NULL },
	{ 5, FAMILY_EXCHANGE, 0, NULL, "%h ({[}?%i{%%Z*}?{]}?) by %b ",
	    received_look_mapi },
	{ 6, FAMILY_XMAIL, 0, NULL, "%h (%(i{[}?%I{]}?%)i:%N+) by %b"
	    "{ (%W+)}? with [XMail", received_look_xmail },
	{ 7, FAMILY_ECELERITY, 0, NULL, "([%i:%N+] helo=%h) by %b ", NULL },
	{ 8, FAMILY_ECELERITY, 0, NULL, "%W+ ([%i:%N+]) by %b ", NULL },
	{ 9, FAMILY_EXIM, IGNORE, NULL, SEARCH "%.with local{-%W+}? ", NULL },
	{ 10, FAMILY_EXIM, 0, NULL, "[%i] (%(s%A*?%)s) by %b ",
	    received_look_sub },
	{ 11, FAMILY_EXIM, HELO_IS_RDNS, NULL, "%r ([%i]%(s%A*?%)s) by %b ",
	    received_look_sub },
	{ 12, FAMILY_EXIM, HELO_IS_RDNS, NULL, "%r [%i]{:%N+}? by %b ", NULL },
	{ 13, FAMILY_EXIM, 0, NULL, NULL, received_look_exim_pieces },
	{ 14, FAMILY_POSTFIX, LOOKED_UP, NULL,
	    "%h (%r [%i]) by %b ", NULL },
	{ 15, FAMILY_POSTFIX, LOOKED_UP, NULL,
	    "%h (%r[%i]) by %b ", NULL },
	{ 16, FAMILY_SCALIX, 0, NULL, "%h ({ }?%i) by %b", NULL },
	{ 17, FAMILY_DOMINO, 0, NULL, "%h ([%i]) by %b (Lotus", NULL },
	{ 18, 0, 0, "with HTTP", "%i ([%I]) by %b", received_look_http },
	{ 19, 0, LOOKED_UP, NULL, "%h (%r [%i]%A*) by %b (",
	    received_look_ident },
	{ 20, 0, LOOKED_UP, NULL, "%h (%r [%i]) by %b with %W+ (", NULL },
	{ 21, 0, 0, " helo=", "%r ([%i] helo=%h) by %b with ", NULL },
	{ 22, 0, 0, "(<unknown", "%h (<unknown%W*>[%i]) by %b ", NULL },
	{ 23, 0, LOOKED_UP, NULL, "%h (%(r%W+.%W+%)r[%i]) by %b ", NULL },
	{ 24, 0, LOOKED_UP, "@[", "%h (%(d%W*%)d@[%i]%A*) by %b (", NULL },
	{ 25, 0, 0, ".hotmail.msn.com ", SEARCH "by %(b%W+.hotmail.msn.com%)b ",
	    received_look_hotmail },
	{ 26, 0, 0, "(qpsmtpd/", "%r (" HELO " %(h%W*%)h) (%i) by %b "
	    "(qpsmtpd/%W+) with {ESMTP|SMTP}", NULL },
	{ 27, 0, 0, "(LHLO ", "%r (LHLO %(h%W*%)h) (%i) by %b with LMTP",
	    NULL },
	{ 28, 0, 0, NULL, "%r (" HELO " %(h%W*%)h) [%i] by %b (%P+) with "
	    "{ESMTP|SMTP}", NULL },
	{ 29, 0, 0, " via smtpd (for ", "%h ([%i]) by %b via smtpd (for %W+) "
	    "with SMTP(", NULL },
	{ 30, 0, 0, NULL, "%W+{ (" HELO " %W*)}? ({%W+@}?{[}?%I{]}?)"
	    QMAIL_ENVELOPE " by %W+{ (%A+)}* with {%A* }?{SMTP|QMQP}%!",
	    received_look_qmail },
	{ 31, 0, 0, " via HTTP", "[%i] by %b via HTTP%$", NULL },
	{ 32, 0, 0, NULL, "%W+ ( [%i])%A*? by %b ", NULL },
	{ 33, 0, 0, NULL, "(%h [%i]) by %b ", NULL },
	{ 34, 0, 0, NULL, "[%i] by %b ", NULL },
	{ 35, 0, 0, NULL, "({[}?%i{]}?) by %b ", NULL },
	{ 36, 0, LOOKED_UP, NULL, "%h [%i] by %b [%I] with ", NULL },
	{ 37, 0, 0, NULL, "%h [(%i)] by %b (%I) ", NULL },
	{ 38, 0, LOOKED_UP, NULL, "%h ([%i]) by %b (", NULL },
	{ 39, 0, LOOKED_UP, NULL, "%h (%r [%i])%A*? by %b%.",
	    received_look_softdns },
	{ 40, 0, LOOKED_UP, NULL, "%h ([%i{{.|:}%N+}?])%A*? by %b ", NULL },
	{ 41, 0, LOOKED_UP, NULL, "%h (%r [%i]){ (authenticated bits=%N+)}? "
	    "by %b (", NULL },
	{ 42, 0, FETCH, "with ", SEARCH "with {POP3|IMAP}", NULL },
	{ 43, 0, LOOKED_UP, NULL, "%r (" HELO " %(h%P*%)h) ({%(d%W*%)d@}?"
	    "{[}?%i{]}?)%A* by %b ", NULL },
	{ 44, 0, LOOKED_UP | HELO_IS_RDNS, NULL, "%r ({%(d%W*%)d@}?"
	    "{[}?%i{]}?)%A* by %b ", NULL },
	{ 45, 0, 0, " with http for ", "[%i] by %b with http for ", NULL },
	{ 46, 0, LOOKED_UP, " via smap ", "%r(%i) by %b via smap ", NULL },
	{ 47, 0, LOOKED_UP, " via smap ", "%r(%i, " HELO " %(h%W*%)h) by %b "
	    "via smap ", NULL },
	{ 48, 0, 0, " (Post", "[%i] by %b (Post", NULL },
	{ 49, 0, 0, " (ArGoSoft", "[%i] by %b (ArGoSoft", NULL },
	{ 50, 0, 0, NULL, "%i by %b ({SMTPL|InterScan}%.", NULL },
	{ 51, 0, IGNORE, " with BSMTP", "%W+ by %W+ with BSMTP", NULL },
	{ 52, 0, LOOKED_UP, NULL, "%h (%r [%i]) by %b with ", NULL },
	{ 53, 0, LOOKED_UP, NULL, "%r (" HELO " %(h%W*%)h) ({%d@}?%i%A*?) "
	    "by %b with ", NULL },
	{ 54, 0, 0, NULL, "[%i] ({account %W+ }?" HELO " %(h%W*%)h) by %b (",
	    NULL },
	{ 55, 0, LOOKED_UP | HELO_IS_RDNS, " (CommuniGate Pro",
	    "%r ([%i] verified) by %b (", NULL },
	{ 56, 0, 0, NULL, "([%i]) by %b with ", NULL },
	{ 57, 0, 0, NULL, "%(h%O%W+%)h (%i) by %b ", NULL },
	{ 58, 0, IGNORE, "(Content Technologies ", "%W+ (%W+) by %W+ "
	    "(Content Technologies ", NULL },
	{ 59, 0, 0, NULL, "%h ([%i] [%W+]) by %b with ", NULL },
	{ 60, 0, 0, NULL, "%i by %b with ", NULL },
	{ 61, 0, LOOKED_UP, NULL, "%h (%r[%i]) by %b ", NULL },
	{ 62, 0, 0, NULL, "[%i]%W+ (" HELO " %(h%W*%)h) by %b ", NULL },
	{ 63, 0, 0, NULL, "%i (" HELO " %(h%W*%)h) by %b ", NULL },
	{ 64, 0, 0, NULL, "%h [%i] by %b ", NULL },
	{ 65, 0, 0, NULL, "%r(%i) by %b ", NULL },
	{ 66, 0, 0, NULL, "[%i] by %b (MailGate ", NULL },
	{ 67, 0, 0, "(unverified [", "%h (unverified [%i]) by %b ", NULL },
	{ 68, 0, 0, NULL, "%i (%B%P+) by %b with ", NULL },
	{ 69, 0, 0, NULL, "[%i] (%(s%P+%)s) by %b ", received_look_sub },
	{ 70, 0, 0, NULL, "%r ({%W+@}?%i) by %b with ", NULL },
	{ 71, 0, HELO_CLEARED, " via ", "%r(%i){, claiming to be \"%h\"}? "
	    "via %W+ by %b,", received_look_obtuse },
	{ 72, 0, 0, " with login) by ", "%h (%W+@%i with login) by "
	    "%(b%W+.yahoo.com%)b with SMTP", NULL },
	{ 73, 0, 0, NULL, "X-Originating-IP: %i%(b%)b%$", NULL },
	{ 74, 0, IGNORE, NULL, "%W+ (%U+@%L) by %W+ (", NULL },
	{ 75, 0, IGNORE, "local-", "%W+ %W+ by %W+ with local-{e}?smtp ",
	    NULL },
	{ 76, 0, IGNORE, NULL, "127.0.0.1 (AVG SMTP %W+ [%W+])", NULL },
	{ 77, 0, IGNORE, " by uid ", "%W+@%W+ by %W+ by uid %W+ ", NULL },
	{ 78, 0, IGNORE, NULL, "%W+@%W+ by %W+ ", NULL },
	{ 79, 0, IGNORE, NULL, "Unknown/Local (", NULL },
	{ 80, 0, IGNORE, NULL, "%L ({%W+@}?%L{)|[}", NULL },
	{ 81, 0, IGNORE, NULL, "%W+ ({%W+@}?%L) ", NULL },
	{ 82, 0, IGNORE, NULL, "%W+ (%W+@%W+ [%L]) ", NULL },
	{ 83, 0, IGNORE, NULL, "(AUTH: %W+) by %W+ with ", NULL },
	{ 84, 0, IGNORE, NULL, "localhost (localhost [[UNIX: localhost]]) by ",
	    NULL },
	{ 85, 0, IGNORE, NULL, "%W+.amazon.com by %W+.amazon.com with ESMTP "
	    "(peer crosscheck: ", NULL },
	{ 86, 0, IGNORE, "Novell_GroupWise", "%D+ by %W+ with "
	    "Novell_GroupWise", NULL },
	{ 87, 0, IGNORE, NULL, "no.name.available by %W+ via smtpd (for ",
	    NULL },
	{ 88, 0, SCANNER, " with qmail-scanner", "%W+ by %W+ (%A#0-100#) with "
	    "qmail-scanner", NULL },
	{ 89, 0, IGNORE, " with local", "%W+ by %W+ with local", NULL },
	{ 90, 0, IGNORE, "([unix socket])", "%W+ ([unix socket]) by %W+ "
	    "(Cyrus v%N*.%N*.%N*) with LMTPA", NULL },
	{ 91, 0, IGNORE, NULL, "%W+ by %W+ {with|via|for|(}", NULL },
	{ 92, 0, IGNORE, NULL, "%W+ {{with|via|for} %W+|(unverified)} by%.",
	    NULL },
	{ 93, 0, IGNORE, "(SG) with ", "%W+ (unknown) by %W+ (SG) with %.",
	    NULL },
	{ 94, 0, IGNORE, "(OpenSMTPD)", "%W+ (%W+ [local]) by %W+ (OpenSMTPD) "
	    "with %.", NULL },
	{ 95, 0, IGNORE, "(LSMTP for", SEARCH "(LSMTP for", NULL },
	{ 96, 0, IGNORE, NULL, "([%L]) with MailEnable ", NULL },
	{ 97, 0, IGNORE, NULL, "facebook.com (%P+) by facebook.com with "
	    "Thrift id %W+%$", NULL },
	{ 98, 0, IGNORE, NULL, "%W+ named %W+ by gmailapi.google.com with "
	    "HTTPREST%$", NULL },
	{ 99, 0, IGNORE, NULL, "%W+ id %W+%$", NULL },
	{ 100, 0, IGNORE, "(Jetsend", "[<%A*? (Jetsend", NULL },
};

/* Rows 102 to 105; 101 and 106 are in received.c, they are no formats. */
static const struct format formats_upper[] = {
	{ 102, 0, LOOKED_UP | UNVERIFIED_EMPTY, NULL, "%h (%r [%i]) BY %b "
	    "{(%P+) WITH SMTP }?ID {<}?%(t%W+?%)t{>}?{ FOR <%G+>}?%$", NULL },
};

static const struct format formats_paren[] = {
	{ 103, 0, 0, NULL, "%(h%W*%)h [%i]) by %b (NAVGW %A*?) with ", NULL },
	{ 104, 0, IGNORE, NULL, "%W+@localhost) by %W+ ", NULL },
	{ 105, 0, IGNORE, NULL, "%U+@%P+) by %W+(jqueuemail) id %Y+", NULL },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The first mark that a line has decides which family's rows are tried. */
static const struct {
	enum received_family family;
	const char *pattern;
} marks[] = {
	{ FAMILY_SMTPSVC, SEARCH " SMTPSVC" },
	{ FAMILY_EXCHANGE, SEARCH " with {Microsoft SMTP Server|mapi id} "
	    "{(%P+) }?%N+.%N+.%N+.%N+{%$| }" },
	{ FAMILY_XMAIL, SEARCH "[XMail " },
	{ FAMILY_ECELERITY, SEARCH "(ecelerity%." },
	{ FAMILY_EXIM, SEARCH "Exim" },
	{ FAMILY_POSTFIX, SEARCH " (Postfix) with" },
	{ FAMILY_SCALIX, SEARCH "(Scalix SMTP Relay" },
	{ FAMILY_DOMINO, SEARCH " (Lotus Domino " },
};

/* ---- trying ---- */

static enum received_result
result_of(const struct format *f)
{
	return f->flags & FETCH ? RECEIVED_FETCHER :
	    f->flags & (IGNORE | SCANNER) ? RECEIVED_IGNORED : RECEIVED_RELAY;
}

static enum received_result
try_format(struct received_line *l, const struct format *f)
{
	struct received_line before;
	struct received_captures caps;
	enum received_result r = result_of(f);

	if (!f->pattern) {
		return f->finish(l);
	}
	if (!received_try(l, f->pattern, l->text, &caps)) {
		return RECEIVED_NEXT;
	}
	before = *l;
	if (f->flags & HELO_CLEARED) {
		l->field[RF_HELO] = SLICE("");
	}
	received_take(l, &caps);
	if (f->flags & HELO_IS_RDNS) {
		l->field[RF_HELO] = l->field[RF_RDNS];
	}
	if (f->flags & UNVERIFIED_EMPTY &&
	    slice_eq(l->field[RF_RDNS], SLICE("unverified"))) {
		l->field[RF_RDNS] = SLICE("");
	}
	l->looked_up = f->flags & LOOKED_UP;
	l->scanner = f->flags & SCANNER;
	if (f->finish) {
		r = f->finish(l);
	}
	if (r == RECEIVED_NEXT) {
		*l = before;
	}
	return r;
}

static enum received_family
family_of(struct received_line *l)
{
	struct received_captures caps;

	for (size_t i = 0; i < COUNT(marks); i++) {
		if (received_try(l, marks[i].pattern, l->text, &caps)) {
			return marks[i].family;
		}
	}
	return FAMILY_NONE;
}

enum received_result
received_formats_try(struct received_line *l, enum received_start start)
{
	static const struct {
		const struct format *v;
		size_t n;
	} tables[] = {
		[START_FROM] = { formats, COUNT(formats) },
		[START_FROM_UPPER] = { formats_upper, COUNT(formats_upper) },
		[START_FROM_PAREN] = { formats_paren, COUNT(formats_paren) },
	};
	enum received_family family = family_of(l);

	for (size_t i = 0; i < tables[start].n; i++) {
		const struct format *f = &tables[start].v[i];
		enum received_result r;

		if ((f->family != FAMILY_NONE && f->family != family) ||
		    (f->pattern && !received_may_match(l, f->pattern)) ||
		    (f->guard && !received_has(l->text, f->guard))) {
			continue;
		}
		r = try_format(l, f);
		if (r != RECEIVED_NEXT) {
			l->row = f->row;
			return r;
		}
	}
	return RECEIVED_NEXT;
}

/*
 * received_login - did the client log in?
 *
 * Called by received.c with the whole line, still with its "from ".  A relay
 * whose client logged in never ends our trust (relay.c), so the order and the
 * shapes are SpamAssassin's (reference/sa-compat.md 5.7); the text found is
 * the auth= of X-Spam-Relays-*.
 */
#include "config.h"

#include "view/received.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

struct slice
received_login(struct received_line *l, struct slice line)
{
	struct received_captures caps;
	struct slice auth;

	for (size_t i = 0; i < COUNT(logins); i++) {
		if (!received_may_match(l, logins[i].pattern) ||
		    !received_has(line, logins[i].guard) ||
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

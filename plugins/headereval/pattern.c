/*
 * pattern.c - the lines that relays and mailers write, as regexes.
 *
 * Compiled once, in load.  What each means is said where it is used; the
 * facts are those of reference/sa-compat.md 3.3.
 */
#include "config.h"

#include "plugins/headereval/headereval.h"

/*
 * An IP address in a text.  Of IPv6 all forms with one "::", with or without
 * an IPv4 tail, and a "::" alone.
 */
#define OCTET "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)"
#define QUAD OCTET "(?:\\." OCTET "){3}"
#define H "[a-fA-F0-9]{1,4}"
#define IP4 "\\b(?<!:)" QUAD "\\b"
#define IP6 "(?:[Ii][Pp][Vv]6:|(?<![a-fA-F0-9:]))(?:"			\
	"(?:(?:" H ":){6}|::(?:" H ":){0,5}|(?:" H ":){1,5}:"		\
	"|" H "::(?:" H ":){1,4}|(?:" H ":){2}:(?:" H ":){1,3}"		\
	"|(?:" H ":){3}:(?:" H ":){1,2}|(?:" H ":){4}:" H ":)" QUAD	\
	"|(?:" H ":){7}" H "|:(?::" H "){1,7}|(?:" H ":){1,7}:"		\
	"|" H ":(?::" H "){1,6}|(?:" H ":){2}(?::" H "){1,5}"		\
	"|(?:" H ":){3}(?::" H "){1,4}|(?:" H ":){4}(?::" H "){1,3}"	\
	"|(?:" H ":){5}(?::" H "){1,2}|(?:" H ":){6}:" H "|::"		\
	")(?![a-fA-F0-9:])"
#define IP "(?:" IP4 "|" IP6 ")"

#define HOTMAIL "hotmail(?:\\.msn)?\\.com"
#define OUTLOOK "\\.outbound\\.protection\\.outlook\\.com"

static const char *const texts[PATTERNS] = {
	[AOL_RELAY_NAME] = "m% rly-[a-z]{2}\\d\\d\\.%i",
	[AOL_RELAY_SIGN] = "m%/AOL-\\d+\\.\\d+\\.\\d+\\)"
	    "|ESMTP id (?:RELAY|MAIL(?:RELAY|IN))%",
	[EZMLM_CONTACT] = "m%^contact \\S+@\\S+; run by ezmlm$%m",
	[EZMLM_RECIPIENT] = "m%^mailing list \\S+@\\S%m",
	[QMAIL_RELAYED] = "m%qmail \\d+ invoked (?:from network|by .{3,20})"
	    "\\); \\d+ ... \\d%",
	[MSN_GROUPS_RELAY] = "m%from groups\\.msn\\.com \\(\\S+\\.msn\\.com %",
	[MSN_GROUPS_LIST] = "m%<(\\S+)@groups\\.msn\\.com>%i",
	[MSN_GROUPS_PICKUP] = "m%from mail pickup service by "
	    "(p\\d\\d\\.groups\\.msn\\.com)\\b%",
	[HOTMAIL_PICKUP] = "m%from mail pickup service by hotmail\\.com with "
	    "Microsoft SMTPSVC;%",
	[HOTMAIL_HELO] = "m%(?:from |HELO |helo=)\\S*hotmail\\.com\\b%",
	[HOTMAIL_ORGANISATION] = "m%hotmail\\.com|msonline-outlook%",
	[HOTMAIL_BY_IP] = "m%from (?:\\S*\\.)?hotmail.com "
	    "\\(\\S+\\." HOTMAIL "[ )]"
	    "|from \\S*\\.hotmail.com \\(\\[" IP "\\][ ):]"
	    "|from \\S+ by \\S+\\." HOTMAIL " with HTTP;"
	    "|from \\[66\\.218.\\S+\\] by \\S+\\.yahoo\\.com%",
	[HOTMAIL_BY_ORGANISATION] = "m%from \\S*" OUTLOOK
	    " \\(\\S+" OUTLOOK "[ )]"
	    "|from \\S*\\.(?:eur|nam)prd\\d+\\.prod\\.outlook\\.com "
	    "\\(" IP "\\)%",
	[WHOWHERE_RELAY] = "m%by \\S*whowhere.com;%",
	[YAHOO_TRUSTED] = "m% rdns=\\S+\\.yahoo\\.com %",
	[YAHOO_UNTRUSTED] = "m%^[^\\]]+ rdns=\\S+\\.yahoo\\.com %",
	[YAHOO_RELAY] = "m%by web\\S+\\.mail\\S*\\.yahoo\\.com via HTTP"
	    "|by sonic\\S+\\.consmr\\.mail\\S*\\.yahoo\\.com with HTTP"
	    "|by smtp\\S+\\.yahoo\\.com with SMTP"
	    "|from \\[" IP "\\] by \\S+\\.(?:groups|scd|dcn)\\.yahoo\\.com "
	    "with NNFMP"
	    "|by \\w+\\.\\w+\\.yahoo\\.com \\(\\d+\\.\\d+\\.\\d+"
	    "/\\d+\\.\\d+\\.\\d+\\)(?: with ESMTP)? id \\w%",
	[YAHOO_BULK] = "m%\\bmailer\\d+\\.bulk\\.scd\\.yahoo\\.com\\b%",
	[JUNO_RELAY] = "m%from.*\\b(?:juno|untd)\\.com.*[\\[(]" IP "[\\])].*by"
	    "| cookie\\.(?:juno|untd)\\.com %",
	[GMAIL_X_RELAY] = "m%by (?:10\\.\\S+|2002:a\\d\\d:\\w+:\\S+) with "
	    "SMTP id \\S%",
	[GMAIL_RELAY] = "m%by smtp\\.googlemail\\.com with ESMTPSA id \\S%",
	[GW05_LINE] = "m%\\nfrom\\s\\S+\\sby\\s[^\\s.]+\\swith\\sESMTP;\\s+"
	    "\\S{3},\\s+\\d+\\s+\\S{3}\\s+\\d{4}\\s+\\d\\d:\\d\\d:\\d\\d\\s+"
	    "[-+]*\\d{4}\\n$%",
	[LIST_UNSUBSCRIBE] = "m%<mailto:(?:leave-\\S+|\\S+-unsubscribe)"
	    "@\\S+>$%i",
	[ID_EATER] = "m%/CWT/DCE\\)|iPlanet Messaging Server%",
	[IP_ANYWHERE] = "m%" IP "%",
	[LOCAL_HOP] = "m%\\bfrom (?:localhost\\s"
	    "|(?:\\S+ ){1,2}\\S*\\b127\\.0\\.0\\.1\\b)"
	    "|qmail \\d+ invoked by uid \\d%",
	[FETCHMAIL_HOP] = "m%\\bby localhost with \\w+ \\(fetchmail-[\\d.]%",
	[TIME_STAMP] = "m%\\s.?\\d+ \\S{3} \\d+ \\d+:\\d+:\\d+ \\S+%",
	[OUTLOOK_ID] = "m%^<[0-9a-f]{4}([0-9a-f]{8})\\$[0-9a-f]{8}"
	    "\\$[0-9a-f]{8}@%",
	[RATWARE_ID] = "m%<[A-Z]{28}\\.([^>]+)>%",
	[ENCODED_WORD] = "m%=\\?(.+?)\\?.\\?.*?\\?=%",
	/* Charsets whose encoded bytes look like capitals (3.1). */
	[CAPITALS_CHARSET] = "m%=\\?[-_a-z0-9]*"
	    "(?:koi|jp|jis|euc|gb|big5|isoir|cp1251|windows-1251|georgianps"
	    "|pt154|tis)[-_a-z0-9]*\\?%i",
};

int
header_load_patterns(struct tare_setup *setup, struct header_context *c,
    struct tare_err *e)
{
	for (size_t i = 0; i < PATTERNS; i++) {
		c->re[i] = tare_regex_new(setup, texts[i], e);
		if (c->re[i] == NULL)
			return -1;
	}
	return 0;
}

bool
header_matches(struct tare_msg *m, const struct tare_call *call,
    enum pattern which, struct tare_slice text)
{
	const struct header_context *c = call->plugin;

	return tare_regex_match(m, c->re[which], text, 0, NULL, 0);
}

/*
 * webmail.c - is the mail from where its From says?
 *
 * Each big provider writes Received lines of its own forms.  A mail that
 * claims one of them and has none of its lines was sent by somebody else.
 * The forms are as old as the rules; an eval that finds none of them *hits*,
 * so a form that is missing here would make mistakes, and so would a regex
 * that is not SpamAssassin's.
 *
 * All of it is void where a list has removed the Received lines.
 */
#include "config.h"

#include "plugins/headereval/headereval.h"

static bool
has(struct tare_msg *m, const char *header)
{
	struct tare_slice v;

	return tare_header(m, header, &v);
}

/* From is at the domain or a host in it ("x-hotmail.com" too). */
static bool
is_from(struct tare_msg *m, const char *domain)
{
	struct tare_slice from = header_first(m, "From:addr");
	struct tare_slice d = text_of(domain);

	return text_ends_nocase(from, d) && (from.n == d.n ||
	    !text_is_word(from.p[from.n - d.n - 1]));
}

/* ---- lists ---- */

bool
header_received_removed(struct tare_msg *m, const struct tare_call *call)
{
	struct tare_slice received = header_text(m, "Received");

	if (!has(m, "Received"))
		return true;
	return header_matches(m, call, MSN_GROUPS_RELAY, received) ||
	    (header_matches(m, call, EZMLM_CONTACT,
	    header_text(m, "Mailing-List")) &&
	    header_matches(m, call, EZMLM_RECIPIENT,
	    header_text(m, "Delivered-To")) &&
	    header_matches(m, call, QMAIL_RELAYED, received));
}

enum tare_answer
gated_through_received_hdr_remover(struct tare_msg *m,
    const struct tare_call *call)
{
	return eval_answer(header_received_removed(m, call));
}

enum tare_answer
check_messageid_not_usable(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer(header_matches(m, call, LIST_UNSUBSCRIBE,
	    header_text(m, "List-Unsubscribe")) ||
	    header_received_removed(m, call) ||
	    header_matches(m, call, ID_EATER, header_text(m, "Received")));
}

/* The NUL behind it is not counted. */
static struct tare_slice
join(struct tare_msg *m, const char *before, struct tare_slice middle,
    const char *after)
{
	size_t n = strlen(before), n_after = strlen(after);
	char *all = tare_alloc(m, n + middle.n + n_after + 1);

	memcpy(all, before, n);
	if (middle.n > 0)
		memcpy(all + n, middle.p, middle.n);
	memcpy(all + n + middle.n, after, n_after + 1);
	return (struct tare_slice){ all, n + middle.n + n_after };
}

/* text begins with prefix, then something without spaces, then end. */
static bool
is_enclosed(struct tare_slice text, struct tare_slice prefix,
    struct tare_slice end)
{
	if (!text_starts(text, prefix))
		return false;
	for (size_t i = prefix.n; i < text.n && !text_is_space(text.p[i]);
	    i++) {
		if (i > prefix.n && text_starts(text_sub(text, i, text.n),
		    end))
			return true;
	}
	return false;
}

/*
 * Group mail has the list's name in To, in Message-ID and in the envelope;
 * notices have their server's in Message-ID.  The names are compared as text:
 * SpamAssassin runs a regex made of them.
 */
static bool
is_msn_group(struct tare_msg *m, const struct tare_call *call)
{
	const struct header_context *c = call->plugin;
	struct tare_slice to = header_text(m, "To");
	struct tare_slice received = header_text(m, "Received");
	struct tare_slice id = header_text(m, "Message-Id");
	struct tare_slice list, server;
	size_t span[4];

	if (!tare_regex_match(m, c->re[MSN_GROUPS_LIST], to, 0, span, 2))
		return false;
	list = text_sub(to, span[2], span[3]);
	if (!tare_regex_match(m, c->re[MSN_GROUPS_PICKUP], received, 0, span,
	    2))
		return false;
	server = text_sub(received, span[2], span[3]);
	if (text_same(list, text_of("notifications")))
		return is_enclosed(id, text_of("<"),
		    join(m, "@", server, ">"));
	return is_enclosed(id, join(m, "<", list, "-"),
	    text_of("@groups.msn.com>")) &&
	    eval_find(header_first(m, "EnvelopeFrom:addr"),
	    join(m, "", list, "-bounce@groups.msn.com").p) >= 0;
}

enum tare_answer
check_for_msn_groups_headers(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer(is_msn_group(m, call));
}

/* ---- AOL ---- */

enum tare_answer
check_for_fake_aol_relay_in_rcvd(struct tare_msg *m,
    const struct tare_call *call)
{
	struct tare_slice flat = header_received_flat(m);

	return eval_answer(header_matches(m, call, AOL_RELAY_NAME, flat) &&
	    !header_matches(m, call, AOL_RELAY_SIGN, flat));
}

/* ---- Hotmail ---- */

/* One of Hotmail's lines, and the header that goes with it. */
static bool
is_hotmail(struct tare_msg *m, const struct tare_call *call)
{
	struct tare_slice flat = header_received_flat(m);
	bool ip = header_matches(m, call, IP_ANYWHERE,
	    header_text(m, "X-Originating-Ip"));
	bool organisation = header_matches(m, call, HOTMAIL_ORGANISATION,
	    header_text(m, "X-OriginatorOrg"));

	return header_matches(m, call, HOTMAIL_PICKUP, flat) ||
	    is_msn_group(m, call) || header_received_removed(m, call) ||
	    (ip && header_matches(m, call, HOTMAIL_BY_IP, flat)) ||
	    (organisation &&
	    header_matches(m, call, HOTMAIL_BY_ORGANISATION, flat));
}

static int
judge_hotmail(struct tare_msg *m, const struct tare_call *call)
{
	struct header_message *h = header_state(m);

	if (h->hotmail != HOTMAIL_UNKNOWN)
		return h->hotmail;
	if (is_hotmail(m, call))
		h->hotmail = HOTMAIL_NO;
	else if (header_matches(m, call, HOTMAIL_HELO,
	    header_received_flat(m)))
		h->hotmail = HOTMAIL_FORGED;
	else
		h->hotmail = is_from(m, "hotmail.com") ? HOTMAIL_ABSENT :
		    HOTMAIL_NO;
	return h->hotmail;
}

enum tare_answer
check_for_forged_hotmail_received_headers(struct tare_msg *m,
    const struct tare_call *call)
{
	return eval_answer(judge_hotmail(m, call) == HOTMAIL_FORGED);
}

enum tare_answer
check_for_no_hotmail_received_headers(struct tare_msg *m,
    const struct tare_call *call)
{
	return eval_answer(judge_hotmail(m, call) == HOTMAIL_ABSENT);
}

/* ---- the others ---- */

enum tare_answer
check_for_forged_eudoramail_received_headers(struct tare_msg *m,
    const struct tare_call *call)
{
	if (!is_from(m, "eudoramail.com") || header_received_removed(m, call))
		return TARE_MISS;
	return eval_answer(!header_matches(m, call, WHOWHERE_RELAY,
	    header_received_flat(m)) || !header_matches(m, call, IP_ANYWHERE,
	    header_text(m, "X-Sender-Ip")));
}

/* A mail that was sent on again keeps the first way in X-Received. */
static struct tare_slice
yahoo_received(struct tare_msg *m)
{
	struct tare_slice x = header_text(m, "X-Received");

	if (x.n == 0 || !has(m, "Resent-From") || !has(m, "Resent-To"))
		return header_received_flat(m);
	return header_flat(m, x);
}

/* Yahoo's bounces: believed if we saw the name of the relay ourselves. */
static bool
is_yahoo_relayed(struct tare_msg *m, const struct tare_call *call)
{
	return header_matches(m, call, YAHOO_TRUSTED,
	    header_text(m, "X-Spam-Relays-Trusted")) ||
	    header_matches(m, call, YAHOO_UNTRUSTED,
	    header_text(m, "X-Spam-Relays-Untrusted"));
}

enum tare_answer
check_for_forged_yahoo_received_headers(struct tare_msg *m,
    const struct tare_call *call)
{
	struct tare_slice flat;

	if (!is_from(m, "yahoo.com") || header_received_removed(m, call) ||
	    is_yahoo_relayed(m, call))
		return TARE_MISS;
	flat = yahoo_received(m);
	if (header_matches(m, call, YAHOO_RELAY, flat))
		return TARE_MISS;
	return eval_answer(!text_ends_nocase(header_first(m, "From:addr"),
	    text_of("@reply.yahoo.com")) ||
	    !header_matches(m, call, YAHOO_BULK, flat));
}

/*
 * Without X-Originating-IP nothing can save the mail: SpamAssassin asks that
 * header for an address in the end, whatever else fits.
 */
enum tare_answer
check_for_forged_juno_received_headers(struct tare_msg *m,
    const struct tare_call *call)
{
	if (!is_from(m, "juno.com") || header_received_removed(m, call))
		return TARE_MISS;
	return eval_answer(!has(m, "X-Originating-IP") ||
	    !header_matches(m, call, JUNO_RELAY, header_text(m, "Received")) ||
	    eval_find(header_text(m, "X-Mailer"), "Juno ") < 0);
}

#define GMAIL_MARK 60		/* bytes of Google's opaque values, with LF */

enum tare_answer
check_for_forged_gmail_received_headers(struct tare_msg *m,
    const struct tare_call *call)
{
	if (!is_from(m, "gmail.com"))
		return TARE_MISS;
	return eval_answer(!header_matches(m, call, GMAIL_X_RELAY,
	    header_text(m, "X-Received")) &&
	    !header_matches(m, call, GMAIL_RELAY,
	    header_text(m, "Received")) &&
	    (header_text(m, "X-Gm-Message-State").n < GMAIL_MARK ||
	    header_text(m, "X-Google-Smtp-Source").n < GMAIL_MARK));
}

enum tare_answer
check_for_forged_gw05_received_headers(struct tare_msg *m,
    const struct tare_call *call)
{
	return eval_answer(header_matches(m, call, GW05_LINE,
	    header_text(m, "Received")));
}

/*
 * headereval - what the files of this plugin share.
 */
#ifndef PLUGINS_HEADEREVAL_HEADEREVAL_H
#define PLUGINS_HEADEREVAL_HEADEREVAL_H

#include "plugins/eval.h"

/* The texts are in pattern.c. */
enum pattern {
	AOL_RELAY_NAME, AOL_RELAY_SIGN, EZMLM_CONTACT, EZMLM_RECIPIENT,
	QMAIL_RELAYED, MSN_GROUPS_RELAY, MSN_GROUPS_LIST, MSN_GROUPS_PICKUP,
	HOTMAIL_PICKUP, HOTMAIL_HELO, HOTMAIL_ORGANISATION, HOTMAIL_BY_IP,
	HOTMAIL_BY_ORGANISATION, WHOWHERE_RELAY, YAHOO_TRUSTED,
	YAHOO_UNTRUSTED, YAHOO_RELAY, YAHOO_BULK, JUNO_RELAY, GMAIL_X_RELAY,
	GMAIL_RELAY, GW05_LINE, LIST_UNSUBSCRIBE, ID_EATER, IP_ANYWHERE,
	LOCAL_HOP, FETCHMAIL_HOP, TIME_STAMP, OUTLOOK_ID, RATWARE_ID,
	ENCODED_WORD, CAPITALS_CHARSET, PATTERNS
};

/* What load returns. */
struct header_context {
	struct tare_regex *re[PATTERNS];
};

/* Times in the header, in seconds; found once. */
struct header_times {
	bool known;
	bool has_date, has_fetchmail;
	double date;		/* Resent-Date or Date */
	double *received;	/* nearest first, fetchmail's own left out */
	size_t n_received;
	double fetchmail;	/* when the newest of those was written */
	double shift;		/* Date against the nearest Received */
};

/* Per message, each part found when it is asked for. */
struct header_message {
	bool flat_known;
	struct tare_slice flat;		/* Received, white space collapsed */
	enum { HOTMAIL_UNKNOWN, HOTMAIL_NO, HOTMAIL_FORGED, HOTMAIL_ABSENT }
	    hotmail;
	struct header_times times;
	bool recipients_known, sorted;
	double similar;
};

/* A range of an eval's arguments; "undef" leaves a side open. */
struct header_range {
	const char *header;
	bool has_min, has_max;
	double min, max;
};

struct header_message *header_state(struct tare_msg *m);
/* First value of a request such as "From:addr"; empty without one. */
struct tare_slice header_first(struct tare_msg *m, const char *request);
/* All values joined, each with its newline; empty without one. */
struct tare_slice header_text(struct tare_msg *m, const char *request);
/* A copy with one space for each run of white space. */
struct tare_slice header_flat(struct tare_msg *m, struct tare_slice text);
/* All Received lines so, made once. */
struct tare_slice header_received_flat(struct tare_msg *m);
/* Relays have removed Received lines: nothing may be read from them. */
bool header_received_removed(struct tare_msg *m, const struct tare_call *call);
bool header_matches(struct tare_msg *m, const struct tare_call *call,
    enum pattern which, struct tare_slice text);

/* 0, or -1 with e. */
int header_load_patterns(struct tare_setup *setup, struct header_context *c,
    struct tare_err *e);

typedef enum tare_answer header_eval(struct tare_msg *,
    const struct tare_call *);

/* webmail.c: is the mail from where its From says? */
header_eval check_for_fake_aol_relay_in_rcvd,
    check_for_forged_hotmail_received_headers,
    check_for_no_hotmail_received_headers, check_for_msn_groups_headers,
    check_for_forged_eudoramail_received_headers,
    check_for_forged_yahoo_received_headers,
    check_for_forged_juno_received_headers,
    check_for_forged_gmail_received_headers,
    check_for_forged_gw05_received_headers,
    gated_through_received_hdr_remover, check_messageid_not_usable;

/* time.c */
header_eval check_for_shifted_date, received_within_months,
    check_outlook_message_id;

/* people.c: senders and recipients */
header_eval check_for_matching_env_and_hdr_from, check_equal_from_domains,
    check_for_missing_to_header, sorted_recipients, similar_recipients,
    check_for_to_in_subject, check_ratware_envelope_from,
    check_ratware_name_id;

/* words.c: the characters of a header */
header_eval check_illegal_chars, subject_is_all_caps,
    check_unresolved_template, check_header_count_range,
    check_for_unique_subject_id, check_for_faraway_charset_in_headers;

#endif

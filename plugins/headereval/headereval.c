/*
 * headereval - evals on the header of a message.  Stands for HeaderEval.
 *
 * Most ask whether a header contradicts itself: a sender at a big provider
 * whose relays are not that provider's (webmail.c), a Date that no relay saw
 * (time.c), recipients in the order of a list (people.c), characters that may
 * not be there or charsets that nobody here reads (words.c).
 *
 * Here is the plugin's description, and what the evals share.  The answers
 * are those of SpamAssassin 4.0.1, oddities included (reference/sa-compat.md
 * 3.3 and 3.4); README.md names the few differences.
 *
 * Regexes are compiled in load (pattern.c); nothing is compiled from what a
 * message says.
 */
#include "config.h"

#include "plugins/headereval/headereval.h"

static const struct tare_plugin plugin;

struct header_message *
header_state(struct tare_msg *m)
{
	return tare_state(m, &plugin);
}

struct tare_slice
header_first(struct tare_msg *m, const char *request)
{
	size_t n;
	const struct tare_slice *v = tare_header_all(m, request, &n);

	return n > 0 ? v[0] : (struct tare_slice){ "", 0 };
}

struct tare_slice
header_text(struct tare_msg *m, const char *request)
{
	struct tare_slice v;

	return tare_header(m, request, &v) ? v : (struct tare_slice){ "", 0 };
}

struct tare_slice
header_flat(struct tare_msg *m, struct tare_slice text)
{
	char *flat = tare_alloc(m, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (!text_is_space(text.p[i]))
			flat[n++] = text.p[i];
		else if (n == 0 || flat[n - 1] != ' ')
			flat[n++] = ' ';
	}
	return (struct tare_slice){ flat, n };
}

struct tare_slice
header_received_flat(struct tare_msg *m)
{
	struct header_message *h = header_state(m);

	if (!h->flat_known)
		h->flat = header_flat(m, header_text(m, "Received"));
	h->flat_known = true;
	return h->flat;
}

/* ---- ranges as arguments ---- */

static bool
read_bound(const struct tare_call *call, size_t i, double *bound_r)
{
	if (i >= call->nargs || strcmp(call->args[i], "undef") == 0)
		return false;
	*bound_r = eval_number(call->args[i]);
	return true;
}

static int
prepare_bounds(struct tare_setup *setup, const struct tare_call *call,
    size_t first, void **prepared_r)
{
	struct header_range *r = tare_setup_alloc(setup, sizeof(*r));

	r->header = first > 0 ? call->args[0] : NULL;
	r->has_min = read_bound(call, first, &r->min);
	r->has_max = read_bound(call, first + 1, &r->max);
	*prepared_r = r;
	return 0;
}

static int
prepare_range(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	return eval_need_args(call, 2, e) == -1 ? -1 :
	    prepare_bounds(setup, call, 0, prepared_r);
}

static int
prepare_open_range(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	return prepare_bounds(setup, call, 0, prepared_r);
}

static int
prepare_header_range(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	return eval_need_args(call, 3, e) == -1 ? -1 :
	    prepare_bounds(setup, call, 1, prepared_r);
}

static int
prepare_word(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	return eval_need_args(call, 1, e);
}

/* ---- the plugin ---- */

static int
load(struct tare_setup *setup, void **plugin_r, struct tare_err *e)
{
	struct header_context *c = tare_setup_alloc(setup, sizeof(*c));

	*plugin_r = c;
	return header_load_patterns(setup, c, e);
}

#define EVAL(function, what) { .name = #function, .args = "",		\
	.views = TARE_HEADERS, .run = function, .help = what }
#define EVAL_ARGS(function, arguments, prepares, what) {		\
	.name = #function, .args = arguments, .views = TARE_HEADERS,	\
	.run = function, .prepare = prepares, .help = what }

static const struct tare_eval evals[] = {
	EVAL(check_for_fake_aol_relay_in_rcvd,
	    "A relay has a name as AOL's, and is not."),
	EVAL(check_for_forged_hotmail_received_headers,
	    "A relay calls itself hotmail.com, and is not."),
	EVAL(check_for_no_hotmail_received_headers,
	    "From is at hotmail.com, and no relay is."),
	EVAL(check_for_msn_groups_headers, "Mail of an MSN group."),
	EVAL(check_for_forged_eudoramail_received_headers,
	    "From is at eudoramail.com, and the relays are not its."),
	EVAL(check_for_forged_yahoo_received_headers,
	    "From is at yahoo.com, and no relay is."),
	EVAL(check_for_forged_juno_received_headers,
	    "From is at juno.com, and the relays are not its."),
	EVAL(check_for_forged_gmail_received_headers,
	    "From is at gmail.com, and Google's marks are missing."),
	EVAL(check_for_forged_gw05_received_headers,
	    "The oldest Received line is of a form that one spammer wrote."),
	EVAL(gated_through_received_hdr_remover,
	    "A list has removed the Received lines, or there are none."),
	EVAL(check_messageid_not_usable,
	    "The way the mail took replaces Message-ID."),
	EVAL_ARGS(check_for_shifted_date, "min max", prepare_range,
	    "Date is that many hours off from the nearest Received."),
	EVAL_ARGS(received_within_months, "[min [max]]", prepare_open_range,
	    "The mail came that many months ago."),
	EVAL(check_outlook_message_id,
	    "Message-ID is of Outlook's form with another time in it."),
	EVAL(check_for_matching_env_and_hdr_from,
	    "The envelope's sender is that of From."),
	EVAL(check_equal_from_domains,
	    "The envelope's sender is of another domain than From."),
	EVAL(check_for_missing_to_header, "There is no To."),
	EVAL(sorted_recipients, "Seven recipients or more, sorted."),
	EVAL_ARGS(similar_recipients, "min max", prepare_range,
	    "How alike five recipients or more are."),
	EVAL_ARGS(check_for_to_in_subject, "address|user", prepare_word,
	    "Subject names the recipient."),
	EVAL(check_ratware_envelope_from,
	    "The envelope's sender contains the recipient's address."),
	EVAL(check_ratware_name_id,
	    "Message-ID contains the sender's address."),
	EVAL_ARGS(check_illegal_chars, "header ratio count",
	    prepare_header_range,
	    "Header has bytes that should have been encoded."),
	EVAL(subject_is_all_caps, "Subject is in capitals."),
	EVAL(check_unresolved_template,
	    "A header has the name of a variable instead of its value."),
	EVAL_ARGS(check_header_count_range, "header min max",
	    prepare_header_range,
	    "Header is there that often with different values."),
	EVAL(check_for_unique_subject_id, "Never hits."),
	EVAL(check_for_faraway_charset_in_headers,
	    "From or Subject is in a charset that ok_locales leaves out."),
	{ 0 }
};

static const char *const stands_for[] = { "HeaderEval", NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI,
	.size = sizeof(struct tare_plugin),
	.name = "headereval",
	.version = "1",
	.summary = "Contradictions and oddities in the header of a message",
	.stands_for = stands_for,
	.evals = evals,
	.msg_size = sizeof(struct header_message),
	.load = load,
};

TARE_PLUGIN(plugin);

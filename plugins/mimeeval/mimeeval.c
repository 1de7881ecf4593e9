/*
 * mimeeval - the MIME structure of a message.  Stands for MIMEEval.
 *
 * The evals here only compare: facts.c has gone over the parts once, and the
 * few that read the body lines sum them up on the way.  A name that
 * check_for_mime or check_msg_parse_flags does not know is an error of the
 * rule, except for those that SpamAssassin knows and never sets.
 */
#include "config.h"

#include "plugins/locales.h"
#include "plugins/mimeeval/mimeeval.h"

static const struct tare_plugin plugin;

struct mime_message {
	struct mime_facts facts;
	double capitals;	/* percentage */
	bool capitals_done;
};

struct mime_facts *
mime_state(struct tare_msg *m)
{
	struct mime_message *state = tare_state(m, &plugin);

	return &state->facts;
}

/* ---- names of facts ---- */

static const struct fact_name {
	const char *name;
	enum mime_fact fact;
} fact_names[] = {
	{ "mime_ascii_text_illegal", ASCII_ILLEGAL },
	{ "mime_attachment", ATTACHMENT },
	{ "mime_bad_iso_charset", BAD_ISO_CHARSET },
	{ "mime_base64_count", BASE64_COUNT },
	{ "mime_base64_encoded_text", BASE64_TEXT },
	{ "mime_body_html_count", HTML_COUNT },
	{ "mime_body_text_count", TEXT_COUNT },
	{ "mime_faraway_charset", FARAWAY_CHARSET },
	{ "mime_multipart_alternative", ALTERNATIVE },
	{ "mime_multipart_ratio", RATIO },
	{ "mime_qp_bytes", QP_BYTES },
	{ "mime_qp_count", QP_COUNT },
	{ "mime_qp_long_line", QP_LONG_LINE },
	{ "mime_qp_ratio", QP_RATIO },
	{ "mime_text_unicode_ratio", UNICODE_RATIO },
	/* SpamAssassin sets it where check_for_mime does not look. */
	{ "mimepart_limit_exceeded", PARTS_CUT },
	{ NULL, MIME_FACTS }
};

static int
prepare_fact(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	const struct fact_name *f = fact_names;

	while (f->name != NULL && strcmp(f->name, eval_text(call, 0)) != 0)
		f++;
	if (f->name == NULL) {
		tare_fail(e, "no MIME fact is called '%s'",
		    eval_text(call, 0));
		return -1;
	}
	*prepared_r = (void *)(uintptr_t)f->fact;
	return 0;
}

static enum tare_answer
run_fact(struct tare_msg *m, const struct tare_call *call)
{
	enum mime_fact fact = (enum mime_fact)(uintptr_t)call->prepared;

	return eval_answer(mime_facts_get(m)->is[fact] != 0);
}

/* The parser's flags by SpamAssassin's names. */
static const struct flag_name {
	const char *name, *defect;
} flag_names[] = {
	{ "truncated_header", "header-cut" },
	{ "missing_head_body_separator", "no-separator" },
	{ "missing_mime_headers", "mime-headers" },
	{ "missing_mime_head_body_separator", "mime-separator" },
	{ "mime_epilogue_exists", "mime-epilogue" },
	{ "mimepart_limit_exceeded", "mime-parts" },
	{ NULL, NULL }
};

static int
prepare_flag(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	const struct flag_name *f = flag_names;

	while (f->name != NULL && strcmp(f->name, eval_text(call, 0)) != 0)
		f++;
	if (f->name == NULL) {
		tare_fail(e, "the parser has no flag '%s'",
		    eval_text(call, 0));
		return -1;
	}
	*prepared_r = (void *)(uintptr_t)f->defect;
	return 0;
}

static enum tare_answer
run_flag(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer(tare_defect(m, call->prepared));
}

/* ---- evals over the facts ---- */

static enum tare_answer
run_ascii_illegal(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer(mime_facts_get(m)->is[ASCII_ILLEGAL] > 0);
}

/* SpamAssassin takes digits, a dot, digits and nothing else. */
static int
prepare_unicode_ratio(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	const char *p = eval_text(call, 0);
	size_t whole = strspn(p, "0123456789"), part;

	part = p[whole] == '.' ? strspn(p + whole + 1, "0123456789") : 0;
	if (whole > 3 || part < 1 || part > 3 ||
	    p[whole + 1 + part] != '\0') {
		tare_fail(e, "a ratio such as 0.05 is wanted");
		return -1;
	}
	return 0;
}

static enum tare_answer
run_unicode_ratio(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer(mime_facts_get(m)->is[UNICODE_RATIO] >=
	    eval_arg(call, 0, 0));
}

static enum tare_answer
run_qp_ratio(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer(mime_facts_get(m)->is[QP_RATIO] >=
	    eval_arg(call, 0, 0));
}

static bool
is_html_message(struct tare_msg *m)
{
	struct tare_slice v;

	return tare_header(m, "Content-Type", &v) &&
	    eval_word_at(v, 0, "text/html");
}

static enum tare_answer
run_html(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer(is_html_message(m) ||
	    mime_facts_get(m)->is[HTML_COUNT] > 0);
}

static enum tare_answer
run_html_only(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer(is_html_message(m) ||
	    (mime_facts_get(m)->is[HTML_COUNT] > 0 &&
	    mime_facts_get(m)->is[TEXT_COUNT] == 0));
}

static enum tare_answer
run_ratio(struct tare_msg *m, const struct tare_call *call)
{
	double ratio = mime_facts_get(m)->is[RATIO];

	return eval_answer(ratio >= eval_arg(call, 0, 0) &&
	    ratio < eval_arg(call, 1, 0));
}

static enum tare_answer
run_base64_length(struct tare_msg *m, const struct tare_call *call)
{
	struct eval_range r = eval_range_arg(call, 0, NULL);
	double length = (double)mime_facts_get(m)->base64_length;

	return eval_answer(length >= r.min && (r.open || length <= r.max));
}

/* ---- multipart/alternative with more than texts in it ---- */

static bool
is_usual_alternative(struct tare_slice type)
{
	return eval_equals(type, "multipart/related") ||
	    eval_equals(type, "application/rtf") ||
	    text_starts(type, text_of("text/"));
}

/* An alternative that is a leaf itself (no part was found) counts as one. */
static enum tare_answer
run_alternative(struct tare_msg *m, const struct tare_call *call)
{
	size_t n;
	const struct tare_part *p = tare_parts(m, &n);

	for (size_t i = 0; i < n; i++) {
		const struct tare_part *above = p[i].leaf &&
		    p[i].parent >= 0 ? &p[p[i].parent] : &p[i];

		if (!p[i].leaf || p[i].type.n == 0 ||
		    is_usual_alternative(p[i].type))
			continue;
		if (eval_equals(above->type, "multipart/alternative") ||
		    eval_equals(p[i].type, "multipart/alternative"))
			return TARE_HIT;
	}
	return TARE_MISS;
}

/* ---- body lines ---- */

/* charset=… of a Content-Type as it was written: "x", 'x' or a word. */
static struct tare_slice
written_charset(struct tare_slice v)
{
	static const struct {
		const char *word, *ends;
	} forms[] = { { "charset=\"", "\"" }, { "charset='", "'" },
		{ "charset=", " \t\n\v\f\r" } };

	for (size_t f = 0; f < 3; f++) {
		for (size_t i = 0; i < v.n; i++) {
			size_t from = i + strlen(forms[f].word), to = from;

			if (!eval_word_at(v, i, forms[f].word))
				continue;
			while (to < v.n && (v.p[to] == '\0' ||
			    strchr(forms[f].ends, v.p[to]) == NULL))
				to++;
			if (to == v.n && f < 2)
				break;		/* no later one ends */
			if (to > from)
				return text_sub(v, from, to);
		}
	}
	return (struct tare_slice){ NULL, 0 };
}

static enum tare_answer
run_faraway_charset(struct tare_msg *m, const struct tare_call *call)
{
	struct tare_slice charset = { NULL, 0 };
	const struct tare_slice *line;
	size_t n, high = 0, low = 0;

	if (locales_all(m) || !tare_header(m, "Content-Type", &charset))
		return TARE_MISS;
	charset = written_charset(charset);
	if (charset.n == 0 || locales_charset_ok(m, charset))
		return TARE_MISS;
	line = tare_body(m, &n);
	for (size_t i = 0; i < n; i++) {
		low += i > 0;		/* the lines are joined by newlines */
		for (size_t k = 0; k < line[i].n; k++) {
			bool is_high = (unsigned char)line[i].p[k] >= 0x80;

			high += is_high;
			low += !is_high;
		}
	}
	return eval_answer(low <= high && high > 3);
}

/* Two words with white space between them. */
static bool
has_inner_space(struct tare_slice s)
{
	s = text_trim(s);
	for (size_t i = 0; i < s.n; i++) {
		if (text_is_space(s.p[i]))
			return true;
	}
	return false;
}

/* Two lines' worth of base64, as forwarded mail has it. */
static bool
starts_base64(struct tare_slice s)
{
	for (unsigned group = 0; group < 2; group++) {
		size_t n = 0;

		while (n < s.n && (text_is_letter(s.p[n]) ||
		    text_is_digit(s.p[n]) || s.p[n] == '+' ||
		    s.p[n] == '/' || s.p[n] == '='))
			n++;
		if (n < 60 || n > 76 || n == s.n || s.p[n] != ' ')
			return false;
		s = text_sub(s, n + 1, s.n);
	}
	return true;
}

/* From the first ESC $ B to the last ESC ( B: Japanese in ISO-2022-JP. */
static bool
shifted(struct tare_slice s, size_t *from_r, size_t *to_r)
{
	ptrdiff_t from = eval_find(s, "\033$B");

	if (from < 0)
		return false;
	for (size_t i = s.n; i >= (size_t)from + 6; i--) {
		if (memcmp(s.p + i - 3, "\033(B", 3) == 0) {
			*from_r = (size_t)from;
			*to_r = i;
			return true;
		}
	}
	return false;
}

struct letters {
	size_t length, upper, lower;	/* digits are lower case */
};

static void
count_letters(struct tare_slice s, struct letters *l)
{
	l->length += s.n;
	for (size_t i = 0; i < s.n; i++) {
		if (text_is_upper(s.p[i]))
			l->upper++;
		else if (text_is_letter(s.p[i]) || text_is_digit(s.p[i]))
			l->lower++;
	}
}

/* Percentage of capitals; 0 where it would say nothing. */
static double
capitals(struct tare_msg *m)
{
	struct letters l = { 0 };
	struct tare_slice type;
	const struct tare_slice *line;
	size_t n, from, to;

	if (mime_facts_get(m)->capitals ||
	    (tare_header(m, "Content-Type", &type) &&
	    mime_charset_has_capitals(written_charset(type))))
		return 0;
	line = tare_body(m, &n);
	for (size_t i = 0; i < n; i++) {
		if (!has_inner_space(line[i]) || starts_base64(line[i]))
			continue;
		if (shifted(line[i], &from, &to)) {
			count_letters(text_sub(line[i], 0, from), &l);
			count_letters(text_sub(line[i], to, line[i].n), &l);
		} else {
			count_letters(line[i], &l);
		}
	}
	/* An acronym or two would make much of a short text. */
	if (l.length < 200 || l.upper + l.lower == 0)
		return 0;
	return (double)l.upper / (double)(l.upper + l.lower) * 100;
}

static enum tare_answer
run_uppercase(struct tare_msg *m, const struct tare_call *call)
{
	struct mime_message *state = tare_state(m, &plugin);

	if (!state->capitals_done) {
		state->capitals_done = true;
		state->capitals = capitals(m);
	}
	return eval_answer(state->capitals > eval_arg(call, 0, 0) &&
	    state->capitals <= eval_arg(call, 1, 0));
}

/* ---- the tables ---- */

#define MIME TARE_MIME

static const struct tare_eval evals[] = {
	{ "check_for_mime", "1 1", MIME, run_fact, prepare_fact,
	    "('mime_…'): this is so in some part." },
	{ "check_for_mime_html", "0 0", MIME | TARE_HEADERS, run_html, NULL,
	    "There is an HTML part." },
	{ "check_for_mime_html_only", "0 0", MIME | TARE_HEADERS,
	    run_html_only, NULL, "HTML is the only text there is." },
	{ "check_mime_multipart_ratio", "2 2", MIME, run_ratio, NULL,
	    "(min, max): bytes of the plain text for one of HTML." },
	{ "check_msg_parse_flags", "1 1", MIME, run_flag, prepare_flag,
	    "('missing_mime_headers'…): what the parser stumbled over." },
	{ "check_for_ascii_text_illegal", "0 0", MIME, run_ascii_illegal,
	    NULL, "A plain ASCII text has bytes that are not ASCII." },
	{ "check_abundant_unicode_ratio", "1 1", MIME, run_unicode_ratio,
	    prepare_unicode_ratio,
	    "(ratio): &#xHHHH; in plain text, for each other character." },
	{ "check_for_faraway_charset", "0 0", MIME | TARE_HEADERS |
	    TARE_BODY, run_faraway_charset, NULL,
	    "8-bit text in a charset that ok_locales does not have." },
	{ "check_for_uppercase", "2 2", MIME | TARE_HEADERS | TARE_BODY,
	    run_uppercase, NULL, "(min, max): percentage of capitals." },
	{ "check_ma_non_text", "0 0", MIME, run_alternative, NULL,
	    "A multipart/alternative has a part that is no text." },
	{ "check_base64_length", "1 2", MIME, run_base64_length, NULL,
	    "(min[, max]): bytes of the longest base64 line." },
	{ "check_qp_ratio", "1 1", MIME, run_qp_ratio, NULL,
	    "(min): needless codes for each quoted-printable byte." },
	{ 0 }
};

static const char *const stands_for[] = { "MIMEEval", NULL };
static const char *const can[] = {
	"MIMEEval::has_check_abundant_unicode_ratio",
	"MIMEEval::has_check_for_ascii_text_illegal",
	"MIMEEval::has_check_qp_ratio",
	NULL
};

static const struct tare_plugin plugin = {
	.abi = TARE_ABI, .size = sizeof(plugin),
	.name = "mimeeval", .version = "1",
	.summary = "The MIME structure of a message.",
	.stands_for = stands_for, .can = can, .evals = evals,
	.msg_size = sizeof(struct mime_message),
};

TARE_PLUGIN(plugin);

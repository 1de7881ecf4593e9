/*
 * bodyeval - lengths, lines and words of the body.  Stands for BodyEval.
 */
#include "config.h"

#include "plugins/bodyeval/bodyeval.h"

static const struct tare_plugin plugin;

/* What is worked out once for all rules. */
struct body_message {
	struct alternative alternative;
	struct signature {
		double body, below;	/* bytes; body -1: no plain text */
	} signature;
	double vertical;
	bool has_alternative, has_signature, has_vertical;
};

/* ---- multipart/alternative ---- */

static const struct alternative *
alternative(struct tare_msg *m)
{
	struct body_message *state = tare_state(m, &plugin);

	if (!state->has_alternative) {
		state->has_alternative = true;
		state->alternative = alternative_compare(m);
	}
	return &state->alternative;
}

static enum tare_answer
run_difference(struct tare_msg *m, const struct tare_call *call)
{
	struct eval_range r = eval_range_arg(call, 0, "undef");
	double v = alternative(m)->difference;

	return eval_answer((r.min == 0 || v > r.min) &&
	    (r.open || v <= r.max));
}

static enum tare_answer
run_difference_count(struct tare_msg *m, const struct tare_call *call)
{
	const struct alternative *a = alternative(m);

	return eval_answer(a->html > 0 &&
	    (double)a->html > eval_arg(call, 1, 0) &&
	    (double)a->text / (double)a->html > eval_arg(call, 0, 0));
}

/* ---- lines ---- */

/* Percentage of blank lines; -1: fewer than min_lines in all. */
static double
blank_lines(struct tare_msg *m, double min_lines)
{
	size_t n, blank = 0, lines = 0;
	const struct tare_slice *chunk = tare_rawbody(m, &n);

	for (size_t i = 0; i < n; i++) {
		struct tare_slice rest = chunk[i], line;

		while (eval_line(&rest, &line)) {
			lines++;
			blank += text_trim(line).n == 0;
		}
	}
	return (double)lines < min_lines ? -1 :
	    100 * (double)blank / (double)lines;
}

static enum tare_answer
run_blank_lines(struct tare_msg *m, const struct tare_call *call)
{
	double min = eval_arg(call, 0, 0), min_lines = eval_arg(call, 2, 1);
	double v = blank_lines(m, min_lines < 1 ? 1 : min_lines);

	return eval_answer((min == 0 || v > min) &&
	    v <= eval_arg(call, 1, 0));
}

/* Blanks for each other byte of a line, in percent; the highest. */
static double
vertical_words(struct tare_msg *m)
{
	size_t n;
	const struct tare_slice *line = tare_body(m, &n);
	double most = -1;

	for (size_t i = 0; i < n; i++) {
		size_t blanks = 0, others, percent;

		for (size_t k = 0; k < line[i].n; k++)
			blanks += line[i].p[k] == ' ';
		others = line[i].n - blanks;
		percent = blanks > others || others == 0 ? 100 :
		    100 * blanks / others;
		if (line[i].n > 5 && (double)percent > most)
			most = (double)percent;
	}
	return most;
}

static enum tare_answer
run_vertical_words(struct tare_msg *m, const struct tare_call *call)
{
	struct body_message *state = tare_state(m, &plugin);
	double max = eval_arg(call, 1, 0);

	if (!state->has_vertical) {
		state->has_vertical = true;
		state->vertical = vertical_words(m);
	}
	return eval_answer(state->vertical >= eval_arg(call, 0, 0) &&
	    (max >= 100 || state->vertical < max));
}

/* ---- lengths ---- */

static enum tare_answer
run_length(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer((double)tare_pristine_body(m).n <=
	    eval_arg(call, 0, 0));
}

/* "-- " alone on its line, or without the blank; RFC 3676 4.3. */
static bool
is_delimiter(struct tare_slice line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return eval_equals(line, "--") || eval_equals(line, "-- ");
}

/* Cut at the last delimiter that has more than a few bytes below it. */
static struct signature
read_signature(struct tare_msg *m)
{
	size_t n, i = 0, start = 0;
	const struct tare_part *p = tare_parts(m, &n);
	struct tare_slice text, rest, line;
	struct signature s = { .body = -1 };

	while (i < n && !text_starts(p[i].type, text_of("text/plain")))
		i++;
	if (i == n)
		return s;
	rest = text = tare_part_decoded(m, p[i].id);
	s.body = (double)text.n;
	for (; eval_line(&rest, &line); start += line.n) {
		struct tare_slice content = line;
		size_t below;

		if (content.p[content.n - 1] == '\n')
			content.n--;
		below = text.n - start - content.n;
		if (below > 4 && is_delimiter(content)) {
			s.body = (double)start;
			s.below = (double)below;
		}
	}
	return s;
}

static const struct signature *
signature(struct tare_msg *m)
{
	struct body_message *state = tare_state(m, &plugin);

	if (!state->has_signature) {
		state->has_signature = true;
		state->signature = read_signature(m);
	}
	return &state->signature;
}

static enum tare_answer
is_within(struct tare_msg *m, const struct tare_call *call, double v)
{
	struct eval_range r = eval_range_arg(call, 0, NULL);

	return eval_answer(signature(m)->body >= 0 && v >= r.min &&
	    (r.open || v <= r.max));
}

static enum tare_answer
run_text_length(struct tare_msg *m, const struct tare_call *call)
{
	return is_within(m, call, signature(m)->body);
}

static enum tare_answer
run_signature_length(struct tare_msg *m, const struct tare_call *call)
{
	return is_within(m, call, signature(m)->below);
}

/* Without a signature the ratio is a million. */
static enum tare_answer
run_signature_ratio(struct tare_msg *m, const struct tare_call *call)
{
	const struct signature *s = signature(m);

	return is_within(m, call, s->below > 0 ? s->body / s->below : 1e6);
}

/* ---- stock tips ---- */

static enum tare_answer
run_stock(struct tare_msg *m, const struct tare_call *call)
{
	double min = eval_arg(call, 0, 0);

	return eval_answer(min == 0 ||
	    (double)stock_count(m, call->plugin) >= min);
}

/* ---- the tables ---- */

static int
load(struct tare_setup *setup, void **ctx_r, struct tare_err *e)
{
	*ctx_r = stock_new(setup, e);
	return *ctx_r == NULL ? -1 : 0;
}

static const struct tare_eval evals[] = {
	{ "multipart_alternative_difference", "2 2", TARE_MIME | TARE_HTML,
	    run_difference, NULL,
	    "(min, max|'undef'): percent of the HTML not in the text." },
	{ "multipart_alternative_difference_count", "2 2",
	    TARE_MIME | TARE_HTML, run_difference_count, NULL,
	    "(ratio, words): the text has more words than the HTML." },
	{ "check_blank_line_ratio", "2 3", TARE_RAWBODY, run_blank_lines,
	    NULL, "(min, max[, lines]): percentage of blank lines." },
	{ "tvd_vertical_words", "2 2", TARE_BODY, run_vertical_words, NULL,
	    "(min, max): blanks for each other byte of a line, percent." },
	{ "check_stock_info", "1 1", TARE_MIME, run_stock, NULL,
	    "(min): labels as in stock tips." },
	{ "check_body_length", "1 1", TARE_FULL, run_length, NULL,
	    "(max): bytes after the header." },
	{ "plaintext_body_length", "1 2", TARE_MIME, run_text_length, NULL,
	    "(min[, max]): bytes of the plain text above a signature." },
	{ "plaintext_sig_length", "1 2", TARE_MIME, run_signature_length,
	    NULL, "(min[, max]): bytes of its signature." },
	{ "plaintext_body_sig_ratio", "1 2", TARE_MIME, run_signature_ratio,
	    NULL, "(min[, max]): the one for each of the other." },
	{ 0 }
};

static const char *const stands_for[] = { "BodyEval", NULL };
static const char *const can[] = { "BodyEval::has_check_body_length",
	"BodyEval::has_plaintext_body_sig_ratio", NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI, .size = sizeof(plugin),
	.name = "bodyeval", .version = "1",
	.summary = "Lengths, lines and words of the body.",
	.stands_for = stands_for, .can = can, .evals = evals, .load = load,
	.msg_size = sizeof(struct body_message),
};

TARE_PLUGIN(plugin);

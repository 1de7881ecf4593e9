/*
 * htmleval - what the HTML parts of a message are like.  Stands for HTMLEval.
 *
 * The engine renders each HTML part and measures it; here rules ask for the
 * measures by name.  Every eval hits if one HTML part satisfies it.  A metric
 * that a part does not have (a ratio of nothing) satisfies nothing.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>

#include "plugins/eval.h"
#include "plugins/locales.h"

/* ---- expressions: `< 512`, `!= 0`, `+ 3 >= 10 - 2` ---- */

enum compare { NOT_ZERO, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, EQUAL,
	UNEQUAL };

/* value + left OP right */
struct expression {
	enum compare op;
	double left, right;
};

/* { + number | - number }, or with first a number before them. */
static bool
read_sum(const char **p, bool first, double *sum_r)
{
	*sum_r = 0;
	for (;;) {
		double sign = 1;
		char *end;

		*p += strspn(*p, " ");
		if (!first && **p != '+' && **p != '-')
			return true;
		for (; **p == '+' || **p == '-' || **p == ' '; ++*p)
			sign = **p == '-' ? -sign : sign;
		if (!text_is_digit(**p))
			return false;
		/* Octal with a leading 0: Perl reads this as code. */
		*sum_r += sign * (double)strtoull(*p, &end, 0);
		*p = end;
		first = false;
	}
}

static bool
read_operator(const char **p, enum compare *op_r)
{
	static const struct {
		const char *text;
		enum compare op;
	} operators[] = { { "<=", LESS_EQUAL }, { ">=", GREATER_EQUAL },
		{ "==", EQUAL }, { "!=", UNEQUAL }, { "<", LESS },
		{ ">", GREATER } };

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		size_t n = strlen(operators[i].text);

		if (strncmp(*p, operators[i].text, n) == 0) {
			*op_r = operators[i].op;
			*p += n;
			return true;
		}
	}
	return false;
}

static int
prepare_expression(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	const char *p = eval_text(call, 1);
	struct expression *x = tare_setup_alloc(setup, sizeof(*x));

	*prepared_r = x;
	if (*p == '\0' || !read_sum(&p, false, &x->left))
		goto bad;
	if (*p == '\0')
		return 0;
	if (read_operator(&p, &x->op) && read_sum(&p, true, &x->right) &&
	    *p == '\0')
		return 0;
bad:
	tare_fail(e, "'%s': a comparison such as '< 512' is wanted",
	    eval_text(call, 1));
	return -1;
}

static bool
holds(const struct expression *x, double value)
{
	double left = value + x->left;

	switch (x->op) {
	case LESS:
		return left < x->right;
	case LESS_EQUAL:
		return left <= x->right;
	case GREATER:
		return left > x->right;
	case GREATER_EQUAL:
		return left >= x->right;
	case EQUAL:
		return left == x->right;
	case UNEQUAL:
		return left != x->right;
	case NOT_ZERO:
		break;
	}
	return left != 0;
}

/* ---- tags and metrics ---- */

static enum tare_answer
run_tag_exists(struct tare_msg *m, const struct tare_call *call)
{
	for (size_t i = 0; i < tare_html_count(m); i++) {
		if (tare_html_inside(m, i, eval_text(call, 0)) >= 0)
			return TARE_HIT;
	}
	return TARE_MISS;
}

static enum tare_answer
run_tag_balance(struct tare_msg *m, const struct tare_call *call)
{
	for (size_t i = 0; i < tare_html_count(m); i++) {
		int open = tare_html_inside(m, i, eval_text(call, 0));

		if (open >= 0 && holds(call->prepared, open))
			return TARE_HIT;
	}
	return TARE_MISS;
}

static enum tare_answer
run_test(struct tare_msg *m, const struct tare_call *call)
{
	double v;

	for (size_t i = 0; i < tare_html_count(m); i++) {
		if (tare_html_metric(m, i, eval_text(call, 0), &v) && v != 0)
			return TARE_HIT;
	}
	return TARE_MISS;
}

static enum tare_answer
run_eval(struct tare_msg *m, const struct tare_call *call)
{
	double v;

	for (size_t i = 0; i < tare_html_count(m); i++) {
		if (tare_html_metric(m, i, eval_text(call, 0), &v) &&
		    holds(call->prepared, v))
			return TARE_HIT;
	}
	return TARE_MISS;
}

/* Above min and, but for an open range, not above max. */
static bool
is_within(struct eval_range r, double v)
{
	return v > r.min && (r.open || v <= r.max);
}

static enum tare_answer
run_range(struct tare_msg *m, const struct tare_call *call)
{
	struct eval_range r = eval_range_arg(call, 1, "inf");
	double v;

	for (size_t i = 0; i < tare_html_count(m); i++) {
		if (tare_html_metric(m, i, eval_text(call, 0), &v) &&
		    is_within(r, v))
			return TARE_HIT;
	}
	return TARE_MISS;
}

/* ---- images and frames ---- */

static enum tare_answer
run_image_only(struct tare_msg *m, const struct tare_call *call)
{
	struct eval_range r = eval_range_arg(call, 0, NULL);
	double length;

	for (size_t i = 0; i < tare_html_count(m); i++) {
		if (tare_html_inside(m, i, "img") >= 0 &&
		    tare_html_metric(m, i, "length", &length) &&
		    length > r.min && length <= r.max)
			return TARE_HIT;
	}
	return TARE_MISS;
}

static enum tare_answer
run_image_ratio(struct tare_msg *m, const struct tare_call *call)
{
	struct eval_range r = eval_range_arg(call, 0, NULL);
	double length, area;

	for (size_t i = 0; i < tare_html_count(m); i++) {
		if (tare_html_metric(m, i, "non_space_len", &length) &&
		    tare_html_metric(m, i, "image_area", &area) && area > 0 &&
		    length / area > r.min && length / area <= r.max)
			return TARE_HIT;
	}
	return TARE_MISS;
}

static enum tare_answer
run_iframe(struct tare_msg *m, const struct tare_call *call)
{
	for (size_t i = 0; i < tare_html_count(m); i++) {
		size_t n;
		const struct tare_uri *u = tare_html_uris(m, i, &n);

		for (size_t k = 0; k < n; k++) {
			if (u[k].types & TARE_URI_IFRAME)
				return TARE_HIT;
		}
	}
	return TARE_MISS;
}

/* ---- texts ---- */

static bool
is_field(const char *name)
{
	static const char *const fields[] = { "anchor", "comment", "script",
		"title" };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strcmp(name, fields[i]) == 0)
			return true;
	}
	return false;
}

/* The regex is written without delimiters. */
static int
prepare_text(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	const char *re = eval_text(call, 1);
	size_t n = strlen(re) + 4;
	char *text = tare_setup_alloc(setup, n);

	if (!is_field(eval_text(call, 0))) {
		tare_fail(e, "'%s' is not anchor, comment, script or title",
		    eval_text(call, 0));
		return -1;
	}
	snprintf(text, n, "m{%s}", re);
	*prepared_r = tare_regex_new(setup, text, e);
	return *prepared_r == NULL ? -1 : 0;
}

/* Does a text of the list match, or (want false) fail to? */
static enum tare_answer
find_text(struct tare_msg *m, const struct tare_call *call, bool want)
{
	for (size_t i = 0; i < tare_html_count(m); i++) {
		size_t n;
		const struct tare_slice *v = tare_html_list(m, i,
		    eval_text(call, 0), &n);

		for (size_t k = 0; k < n; k++) {
			if (tare_regex_match(m, call->prepared,
			    eval_octets(m, v[k], NULL), 0, NULL, 0) == want)
				return TARE_HIT;
		}
	}
	return TARE_MISS;
}

static enum tare_answer
run_text_match(struct tare_msg *m, const struct tare_call *call)
{
	return find_text(m, call, true);
}

static enum tare_answer
run_text_not_match(struct tare_msg *m, const struct tare_call *call)
{
	return find_text(m, call, false);
}

/* The title counts in characters, the Subject in bytes with its newline. */
static enum tare_answer
run_title_ratio(struct tare_msg *m, const struct tare_call *call)
{
	double ratio = eval_arg(call, 0, 0);
	struct tare_slice subject;

	if (!tare_header(m, "Subject", &subject) || subject.n == 0)
		return TARE_MISS;
	for (size_t i = 0; i < tare_html_count(m); i++) {
		size_t n;
		const struct tare_slice *v = tare_html_list(m, i, "title",
		    &n);
		double max = 0;

		for (size_t k = 0; k < n; k++)
			max = fmax(max, (double)eval_octets(m, v[k],
			    NULL).n / (double)subject.n);
		if (max > ratio)
			return TARE_HIT;
	}
	return TARE_MISS;
}

/* SpamAssassin 4.0.1 collects these charsets and then loses them: never. */
static enum tare_answer
run_charset_faraway(struct tare_msg *m, const struct tare_call *call)
{
	if (tare_conf_num(m, "compat") != 0 || locales_all(m))
		return TARE_MISS;
	for (size_t i = 0; i < tare_html_count(m); i++) {
		size_t n, bad = 0, good = 0;
		const struct tare_slice *v = tare_html_list(m, i, "charsets",
		    &n);

		for (size_t k = 0; k < n; k++) {
			bool ok = locales_charset_ok(m, v[k]);

			good += ok;
			bad += !ok;
		}
		if (bad > 0 && bad >= good)
			return TARE_HIT;
	}
	return TARE_MISS;
}

/* ---- the tables ---- */

static const struct tare_eval evals[] = {
	{ "html_tag_balance", "2 2", TARE_HTML, run_tag_balance,
	    prepare_expression,
	    "(tag, '!= 0'): how often it is open at the end." },
	{ "html_image_only", "2 2", TARE_HTML, run_image_only, NULL,
	    "(min, max): length of an HTML part with an image." },
	{ "html_image_ratio", "2 2", TARE_HTML, run_image_ratio, NULL,
	    "(min, max): characters for each pixel of image." },
	{ "html_charset_faraway", "0 0", TARE_HTML, run_charset_faraway, NULL,
	    "<meta> names charsets that ok_locales does not have." },
	{ "html_tag_exists", "1 1", TARE_HTML, run_tag_exists, NULL,
	    "(tag): there is one." },
	{ "html_test", "1 1", TARE_HTML, run_test, NULL,
	    "(metric): it is not 0." },
	{ "html_eval", "2 2", TARE_HTML, run_eval, prepare_expression,
	    "(metric, '< 512'): compare it." },
	{ "html_text_match", "2 2", TARE_HTML, run_text_match, prepare_text,
	    "(list, 'regex'): anchor, comment, script, title." },
	{ "html_title_subject_ratio", "1 1", TARE_HTML | TARE_HEADERS,
	    run_title_ratio, NULL,
	    "(ratio): the title is this much longer than the Subject." },
	{ "html_text_not_match", "2 2", TARE_HTML, run_text_not_match,
	    prepare_text, "(list, 'regex'): one of them does not match." },
	{ "html_range", "2 3", TARE_HTML, run_range, NULL,
	    "(metric, min[, max]): above min, not above max." },
	{ "check_iframe_src", "0 0", TARE_HTML, run_iframe, NULL,
	    "An iframe loads something." },
	{ 0 }
};

static const char *const stands_for[] = { "HTMLEval", NULL };
static const char *const can[] = { NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI, .size = sizeof(plugin),
	.name = "htmleval", .version = "1",
	.summary = "What the HTML of a message is like.",
	.stands_for = stands_for, .can = can, .evals = evals,
};

TARE_PLUGIN(plugin);

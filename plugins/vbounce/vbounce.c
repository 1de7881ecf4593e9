/*
 * vbounce - bounces of mail that we did send.  Stands for VBounce.
 *
 * welcomelist_bounce_relays names the relays that our mail leaves through.
 * A bounce of our own mail quotes a Received line of one of them, in its text
 * or in an attached message.
 *
 * The words of such a line are found as SpamAssassin finds them: a word needs
 * white space on both sides, and what one word took behind it is not there
 * for the next.  In the unparsed body a line that begins with any white space,
 * be it a CR, continues the header above it.
 *
 * Linear in the message for each of the names.
 */
#include "config.h"

#include "plugins/eval.h"
#include "plugins/glob.h"

/* ---- names ---- */

static bool
is_ours(struct tare_msg *m, struct tare_slice name)
{
	size_t n;
	const struct tare_slice *v = tare_conf_list(m,
	    "welcomelist_bounce_relays", &n);

	for (size_t i = 0; i < n; i++) {
		if (glob_match(v[i], name))
			return true;
	}
	return false;
}

/* ---- lines ---- */

/* Received: behind any quoting. */
static bool
is_received(struct tare_slice line)
{
	size_t i = 0;

	while (i < line.n && (line.p[i] == '>' || line.p[i] == ' '))
		i++;
	return eval_word_at(line, i, "Received:");
}

/* A dot with something on both sides. */
static bool
has_inner_dot(struct tare_slice word)
{
	return word.n >= 3 &&
	    memchr(word.p + 1, '.', word.n - 2) != NULL;
}

/* only_blank: of white space only the blank separates. */
static bool
names_ours(struct tare_msg *m, struct tare_slice line, bool only_blank)
{
	size_t i = 0;

	while (i < line.n) {
		size_t end = i + 1;
		bool opens = only_blank ? line.p[i] == ' ' :
		    text_is_space(line.p[i]);

		if (!opens) {
			i++;
			continue;
		}
		while (end < line.n && !text_is_space(line.p[end]))
			end++;
		if (end < line.n && (!only_blank || line.p[end] == ' ') &&
		    has_inner_dot(text_sub(line, i + 1, end))) {
			if (is_ours(m, text_sub(line, i + 1, end)))
				return true;
			end++;
		}
		i = end;
	}
	return false;
}

static bool
found_in_text(struct tare_msg *m)
{
	size_t n;
	const struct tare_slice *line = tare_body(m, &n);

	for (size_t i = 0; i < n; i++) {
		if (is_received(line[i]) && names_ours(m, line[i], true))
			return true;
	}
	return false;
}

/* The header that begins *rest, its lines joined. */
static struct tare_slice
take_header(struct tare_slice *rest, char *dst)
{
	struct tare_slice line, header = { dst, 0 };

	do {
		eval_line(rest, &line);
		if (line.n > 0 && line.p[line.n - 1] == '\n')
			line.n--;
		if (line.n > 0)
			memcpy(dst + header.n, line.p, line.n);
		header.n += line.n;
	} while (rest->n > 0 && rest->p[0] != '\n' &&
	    text_is_space(rest->p[0]));
	return header;
}

/* Everywhere in the body as it came, decoded or not. */
static bool
found_in_source(struct tare_msg *m)
{
	struct tare_slice rest = tare_pristine_body(m), line, begin = rest;
	char *joined;

	while (eval_line(&rest, &line) && !is_received(line))
		begin = rest;
	rest = begin;
	joined = tare_alloc(m, rest.n + 1);
	while (rest.n > 0) {
		struct tare_slice header = take_header(&rest, joined);

		if (is_received(header) && names_ours(m, header, false))
			return true;
	}
	return false;
}

/* ---- the evals ---- */

static bool
have_relays(struct tare_msg *m)
{
	size_t n;

	tare_conf_list(m, "welcomelist_bounce_relays", &n);
	return n > 0;
}

static enum tare_answer
run_have(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer(have_relays(m));
}

static enum tare_answer
run_check(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer(have_relays(m) && (found_in_text(m) ||
	    found_in_source(m)));
}

static const struct tare_setting settings[] = {
	{ "welcomelist_bounce_relays", TARE_ADDRS, NULL, 0, 0,
	    "Relays our mail leaves through; * and ? stand for anything." },
	{ "whitelist_bounce_relays", TARE_ALIAS, "welcomelist_bounce_relays",
	    0, 0, "Old name." },
	{ 0 }
};

static const struct tare_eval evals[] = {
	{ "have_any_bounce_relays", "0 0", 0, run_have, NULL,
	    "welcomelist_bounce_relays is not empty." },
	{ "check_welcomelist_bounce_relays", "0 0", TARE_BODY | TARE_FULL,
	    run_check, NULL, "The body has a Received line of one of them." },
	{ "check_whitelist_bounce_relays", "0 0", TARE_BODY | TARE_FULL,
	    run_check, NULL, "Old name of check_welcomelist_bounce_relays." },
	{ 0 }
};

static const char *const stands_for[] = { "VBounce", NULL };
static const char *const can[] = { NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI, .size = sizeof(plugin),
	.name = "vbounce", .version = "1",
	.summary = "Bounces of mail that we sent.",
	.stands_for = stands_for, .can = can, .settings = settings,
	.evals = evals,
};

TARE_PLUGIN(plugin);

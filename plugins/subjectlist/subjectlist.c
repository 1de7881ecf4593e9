/*
 * subjectlist - does Subject contain a text that this site lists?  Stands for
 * WelcomeListSubject.
 *
 * `welcomelist_subject TEXT` and `blocklist_subject TEXT` lines are read here
 * and become regexes: the whole rest of the line is one text, * is any run of
 * characters and ? any one.  Both the text and Subject are in lower case
 * before they are compared.
 *
 * Every line costs one regex on Subject; lists are short.
 */
#include "config.h"

#include "plugins/text.h"

struct entry {
	struct tare_regex *re;
	struct entry *next;
};

enum list { WELCOME, BLOCK, LISTS };

/* What load returns. */
struct context {
	struct entry *lists[LISTS];
};

/* ---- while rules are read ---- */

/* The regex of a text with wildcards, between slashes. */
static char *
write_regex(struct tare_setup *setup, struct tare_slice text)
{
	char *re = tare_setup_alloc(setup, 2 * text.n + 3), *end = re;

	*end++ = '/';
	for (size_t i = 0; i < text.n; i++) {
		char c = text_lower(text.p[i]);

		if (c == '*') {
			if (i > 0 && text.p[i - 1] == '*')
				continue;
			*end++ = '.';
		} else if (c == '?') {
			c = '.';
		} else if (!text_is_word(c)) {
			*end++ = '\\';
		}
		*end++ = c;
	}
	*end++ = '/';
	*end = '\0';
	return re;
}

static int
read_line(struct tare_setup *setup, struct context *c, enum list list,
    struct tare_slice value, struct tare_err *e)
{
	struct entry *entry;

	if (value.n == 0) {
		tare_fail(e, "a text is wanted: none is in every subject");
		return -1;
	}
	entry = tare_setup_alloc(setup, sizeof(*entry));
	entry->re = tare_regex_new(setup, write_regex(setup, value), e);
	if (entry->re == NULL)
		return -1;
	entry->next = c->lists[list];
	c->lists[list] = entry;
	return 0;
}

static int
on_welcome(struct tare_setup *setup, void *ctx, struct tare_slice value,
    struct tare_err *e)
{
	return read_line(setup, ctx, WELCOME, value, e);
}

static int
on_block(struct tare_setup *setup, void *ctx, struct tare_slice value,
    struct tare_err *e)
{
	return read_line(setup, ctx, BLOCK, value, e);
}

/* ---- the evals ---- */

static enum tare_answer
subject_in_list(struct tare_msg *m, const struct entry *list)
{
	struct tare_slice subject;
	char *lower;

	if (list == NULL || !tare_header(m, "Subject", &subject))
		return TARE_MISS;
	lower = tare_alloc(m, subject.n + 1);
	for (size_t i = 0; i < subject.n; i++)
		lower[i] = text_lower(subject.p[i]);
	subject.p = lower;
	for (; list != NULL; list = list->next) {
		if (tare_regex_match(m, list->re, subject, 0, NULL, 0))
			return TARE_HIT;
	}
	return TARE_MISS;
}

static enum tare_answer
check_subject_in_welcomelist(struct tare_msg *m, const struct tare_call *call)
{
	const struct context *c = call->plugin;

	return subject_in_list(m, c->lists[WELCOME]);
}

static enum tare_answer
check_subject_in_blocklist(struct tare_msg *m, const struct tare_call *call)
{
	const struct context *c = call->plugin;

	return subject_in_list(m, c->lists[BLOCK]);
}

/* ---- the plugin ---- */

static int
load(struct tare_setup *setup, void **plugin_r, struct tare_err *e)
{
	*plugin_r = tare_setup_alloc(setup, sizeof(struct context));
	return 0;
}

static const struct tare_directive directives[] = {
	{ "welcomelist_subject", on_welcome,
	    "TEXT: a subject that contains it is welcome." },
	{ "whitelist_subject", on_welcome,
	    "Older name of welcomelist_subject." },
	{ "blocklist_subject", on_block,
	    "TEXT: a subject that contains it is not." },
	{ "blacklist_subject", on_block,
	    "Older name of blocklist_subject." },
	{ 0 }
};

#define EVAL(eval, function, what) { .name = eval, .args = "",		\
	.views = TARE_HEADERS, .run = function, .help = what }

static const struct tare_eval evals[] = {
	EVAL("check_subject_in_welcomelist", check_subject_in_welcomelist,
	    "Subject contains a text of welcomelist_subject."),
	EVAL("check_subject_in_whitelist", check_subject_in_welcomelist,
	    "Older name: check_subject_in_welcomelist."),
	EVAL("check_subject_in_blocklist", check_subject_in_blocklist,
	    "Subject contains a text of blocklist_subject."),
	EVAL("check_subject_in_blacklist", check_subject_in_blocklist,
	    "Older name: check_subject_in_blocklist."),
	{ 0 }
};

static const char *const stands_for[] = { "WelcomeListSubject",
	"WhiteListSubject", NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI,
	.size = sizeof(struct tare_plugin),
	.name = "subjectlist",
	.version = "1",
	.summary = "Texts in Subject that this site lists",
	.stands_for = stands_for,
	.directives = directives,
	.evals = evals,
	.load = load,
};

TARE_PLUGIN(plugin);

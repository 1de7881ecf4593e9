/*
 * shortcircuit - rules whose hit is enough: the rest of the message's scan is
 * saved.  Stands for Shortcircuit, and is there only when a loadplugin line
 * names it.
 *
 * Here are the lines and settings of SpamAssassin 4.0.1; the engine knows the
 * order of rules and ends the scan (engine/scan/ending.c).  The mark that such
 * a scan bears is the rule SHORTCIRCUIT, which never hits otherwise.
 */
#include "config.h"

#include "plugins/text.h"

#define MARK "SHORTCIRCUIT"
/* Bounds that no sum reaches: scores have at most 1e6 points. */
#define NO_BOUND 1e6

static const struct {
	const char *word;
	enum tare_ending ending;
} types[] = {
	{ "on", TARE_ENDS_BY_SCORE }, { "off", TARE_ENDS_NOT },
	{ "ham", TARE_ENDS_HAM }, { "spam", TARE_ENDS_SPAM },
};

/* shortcircuit RULE on|off|ham|spam */
static int
line(struct tare_setup *setup, void *ctx, struct tare_slice value,
    struct tare_err *e)
{
	struct tare_slice rule, type, more;

	text_word(&value, &rule);
	text_word(&value, &type);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!text_word(&value, &more) &&
		    text_same(type, text_of(types[i].word)))
			return tare_rule_ends(setup, rule, types[i].ending, e);
	}
	tare_fail(e, "write shortcircuit RULE and one of on, off, ham, spam");
	return -1;
}

static enum tare_answer
check_shortcircuit(struct tare_msg *m, const struct tare_call *call)
{
	return TARE_MISS;
}

static const struct tare_eval evals[] = {
	{ "check_shortcircuit", "0 0", TARE_HEADERS, check_shortcircuit, NULL,
	    "Never; the mark of a scan that ended early." },
	{ 0 }
};

/* The mark, where no file defines it. */
static int
load(struct tare_setup *setup, void **plugin_r, struct tare_err *e)
{
	if (tare_rule_define(setup, text_of(MARK), evals, NULL) >= 0)
		return 0;
	tare_fail(e, MARK " cannot be a rule");
	return -1;
}

static int
ready(struct tare_setup *setup, void *ctx, struct tare_err *e)
{
	double below = tare_setup_num(setup, "shortcircuit_min_ham_score");
	double above = tare_setup_num(setup, "shortcircuit_max_spam_score");

	tare_endings_set(setup, &(struct tare_endings){
		.mark = (unsigned)tare_rule_id(setup, MARK),
		.ham = tare_setup_num(setup, "shortcircuit_ham_score"),
		.spam = tare_setup_num(setup, "shortcircuit_spam_score"),
		.bounded = below > -NO_BOUND || above < NO_BOUND,
		.below = below, .above = above });
	return 0;
}

static const struct tare_setting settings[] = {
	{ "shortcircuit_ham_score", TARE_NUM, "-100", -1e6, 1e6,
	    "points of SHORTCIRCUIT where a rule said ham" },
	{ "shortcircuit_spam_score", TARE_NUM, "100", -1e6, 1e6,
	    "points of SHORTCIRCUIT where a rule said spam" },
	{ "shortcircuit_min_ham_score", TARE_NUM, "-1000000", -1e6, 1e6,
	    "a sum below it ends the scan" },
	{ "shortcircuit_max_spam_score", TARE_NUM, "1000000", -1e6, 1e6,
	    "a sum above it ends the scan" },
	{ 0 }
};

static const struct tare_directive directives[] = {
	{ "shortcircuit", line, "RULE on|off|ham|spam: a hit ends the scan" },
	{ 0 }
};

static const char *const stands_for[] = { "Shortcircuit", NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI,
	.size = sizeof(struct tare_plugin),
	.name = "shortcircuit",
	.version = "1",
	.summary = "Rules whose hit ends the scan",
	.stands_for = stands_for,
	.optional = true,
	.settings = settings,
	.directives = directives,
	.evals = evals,
	.load = load,
	.ready = ready,
};

TARE_PLUGIN(plugin);

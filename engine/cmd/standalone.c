/*
 * standalone.c - what a subcommand that scans without a daemon needs: the
 * engine, a scanner over a loop of its own, and zones that had a moment to be
 * enrolled.
 */
#include "config.h"

#include "cmd/cmd.h"

/* Longest wait for zones to be enrolled before the first message, seconds. */
#define WARM_SECONDS 3.0

int
cmd_scanning_start(const struct cmd_options *o, struct cmd_scanning *s_r,
    struct err *e)
{
	struct cmd_scanning s = { 0 };
	bool stored;

	if (cmd_engine(o, &s.eng) != 0)
		return err_set(e, ERR_CONFIG, "the configuration cannot be "
		    "loaded");
	/* What is known of zones is of use only where they are asked. */
	stored = o->state_given && s.eng->net;
	if (standalone_new(s.eng, stored ? o->state_dir : NULL, &s.sa,
	    e) != 0) {
		cmd_warn("%s", e->text);
		engine_free(&s.eng);
		e->code = ERR_TEMP;
		return -1;
	}
	if (standalone_unstored(s.sa) != NULL)
		cmd_warn("%s; zones are kept in memory",
		    standalone_unstored(s.sa));
	if (s.eng->net)
		standalone_warm(s.sa, WARM_SECONDS);
	s.scanner = standalone_scanner(s.sa);
	*s_r = s;
	return 0;
}

void
cmd_scanning_end(struct cmd_scanning *s)
{
	standalone_free(&s->sa);
	engine_free(&s->eng);
	s->scanner = NULL;
}

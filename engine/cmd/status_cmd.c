/*
 * status_cmd.c - tare status and tare reload: the running daemon.
 */
#include "config.h"

#include <stdio.h>

#include "cmd/cmd.h"

static int
ask_and_print(struct cmd_options *o, const struct subcommand *self, int argc,
    char **argv)
{
	struct slice answer;
	struct err e = { 0 };
	int rc = cmd_parse(o, self, NULL, argc, argv);

	if (rc != 0)
		return rc < 0 ? ERR_USAGE : 0;
	if (control_ask(o->arena, o, self->name, &answer, &e) != 0) {
		cmd_warn("%s", e.text);
		return (int)e.code;
	}
	fwrite(answer.p, 1, answer.n, stdout);
	if (cmd_flush() != 0)
		return ERR_TEMP;
	return slice_starts(answer, SLICE("error")) ? ERR_CONFIG : 0;
}

static int
run_status(struct cmd_options *o, int argc, char **argv)
{
	return ask_and_print(o, &cmd_status, argc, argv);
}

static int
run_reload(struct cmd_options *o, int argc, char **argv)
{
	return ask_and_print(o, &cmd_reload, argc, argv);
}

const struct subcommand cmd_status = { "status", "[OPTION…]",
	"workers and counters of the running daemon (JSON)", run_status };
const struct subcommand cmd_reload = { "reload", "[OPTION…]",
	"make the running daemon load its rules anew", run_reload };

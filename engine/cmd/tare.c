/*
 * tare - the command line of the mail scanner: find the subcommand, run it.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

static const struct subcommand *const subcommands[] = {
	&cmd_scan, &cmd_filter, &cmd_lint, &cmd_test, &cmd_show, &cmd_explain,
	&cmd_config, &cmd_zones, &cmd_drill, &cmd_status, &cmd_reload,
	&cmd_opensmtpd,
};

static void
usage(FILE *to)
{
	fputs("usage: tare SUBCOMMAND [OPTION…] [ARGUMENT…]\n\n", to);
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(*subcommands); i++)
		fprintf(to, "  %-9s %s\n", subcommands[i]->name,
		    subcommands[i]->summary);
	fputs("\n`tare SUBCOMMAND --help` lists its options.\n", to);
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	struct cmd_options o = { 0 };
	int rc;

	/* a limit to the size of files is a full disk, not our end */
	signal(SIGXFSZ, SIG_IGN);
	if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
		usage(stdout);
		return 0;
	}
	if (strcmp(name, "--version") == 0) {
		puts(PACKAGE_STRING);
		return 0;
	}
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(*subcommands);
	    i++) {
		if (strcmp(subcommands[i]->name, name) != 0)
			continue;
		o.arena = arena_new();
		rc = subcommands[i]->run(&o, argc - 1, argv + 1);
		arena_free(&o.arena);
		return rc;
	}
	if (name[0] != '\0')
		cmd_warn("there is no subcommand '%s'", name);
	usage(stderr);
	return ERR_USAGE;
}

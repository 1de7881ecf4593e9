/*
 * filter_cmd.c - tare filter: a message in, the marked message out.
 *
 * Complete or nothing: the whole output is made in memory and written only
 * then.  Any failure is exit 75 and no output, so that an LDA keeps the mail:
 * a wrong option, too, which an MTA's configuration may hold (64 would make it
 * bounce).  With --passthrough the original is written instead, under a header
 * that says it was not scanned.
 *
 * Limit: what a file had room for stays in it when the rest does not fit; the
 * exit status says so.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "cmd/cmd.h"

static int
write_out(struct slice out)
{
	if (fd_write_all(STDOUT_FILENO, out.p, out.n) == 0)
		return 0;
	cmd_warn("cannot write the message: %s", strerror(errno));
	return ERR_TEMP;
}

static int
scan_and_write(struct cmd_options *o, struct slice raw, bool exit_code,
    const char **why_r)
{
	struct cmd_scanning s;
	struct err *e = arena_alloc(o->arena, sizeof(*e));
	struct report_conf rc;
	struct scan *sc;
	const struct verdict *v;
	int status;

	*why_r = e->text;
	if (cmd_scanning_start(o, &s, e) != 0)
		return -1;
	v = scan_run(s.scanner, raw, NULL, &sc);
	rc = engine_report_conf(s.eng);
	status = write_out(report_rewrite(scan_arena(sc), &rc, v,
	    scan_view(sc)));
	if (status == 0 && exit_code)
		status = v->spam ? 1 : 0;
	scan_free(&sc);
	cmd_scanning_end(&s);
	return status;
}

static int
run(struct cmd_options *o, int argc, char **argv)
{
	const char *pass = NULL, *undo = NULL, *exit_code = NULL;
	const struct cmd_own own[] = {
		{ "passthrough", NULL, &pass, "on failure write the message "
		    "unscanned instead of exit 75" },
		{ "undo", NULL, &undo, "take the marks off again" },
		{ "exit-code", NULL, &exit_code, "exit 1 for spam" },
		{ 0 }
	};
	struct slice raw;
	struct err e;
	const char *why;
	int rc = cmd_parse(o, &cmd_filter, own, argc, argv);

	if (rc != 0)
		return rc < 0 ? ERR_TEMP : 0;
	/* An error of write, not a death: exit 75 (as SIGXFSZ is, tare.c) */
	signal(SIGPIPE, SIG_IGN);
	if (fd_read_all(STDIN_FILENO, o->arena, LIMIT_MESSAGE_BYTES, &raw,
	    &e) != 0) {
		cmd_warn("standard input: %s", e.text);
		return ERR_TEMP;
	}
	if (undo != NULL)
		return write_out(report_undo(o->arena, raw));
	rc = scan_and_write(o, raw, exit_code != NULL, &why);
	if (rc >= 0)
		return rc;
	return pass != NULL ? write_out(report_unscanned(o->arena,
	    raw, why)) : ERR_TEMP;
}

const struct subcommand cmd_filter = { "filter", "[OPTION…] < message",
	"write the message back with headers; complete or exit 75", run };

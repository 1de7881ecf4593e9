/*
 * cmd - the subcommands of tare: one file and one row of tare.c's table each.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <getopt.h>

#include "proc/proc.h"

/* Options that every subcommand understands. */
struct cmd_options {
	struct engine_options engine;
	const char *state_dir;		/* --state; NULL: TARE_STATE_DIR */
	const char *cache;		/* --cache; "": none; NULL: default */
	const char *control;		/* --control; NULL: STATE/control */
	bool state_given;
	bool json;
	struct arena *arena;
	int argc;			/* what is left: operands */
	char **argv;
};

struct subcommand {
	const char *name;
	const char *usage;		/* after the name */
	const char *summary;
	int (*run)(struct cmd_options *o, int argc, char **argv);
};

/* A subcommand's own long options; ends at name NULL. */
struct cmd_own {
	const char *name;
	const char *arg;		/* NULL: no argument; else what it is */
	const char **value;		/* set to the argument, or to "" */
	const char *help;
};

/*
 * Parse common and own options.  0, or -1 after having told the user what is
 * wrong (exit 64); 1: --help was shown (exit 0).
 */
int cmd_parse(struct cmd_options *o, const struct subcommand *self,
    const struct cmd_own *own, int argc, char **argv);

/* "tare: …" on standard error. */
void cmd_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Load the engine, or say why not; findings of level error are printed. */
int cmd_engine(const struct cmd_options *o, struct engine **eng_r);
/* An engine and a scanner in this process, for subcommands that scan. */
struct cmd_scanning {
	struct engine *eng;
	struct scanner *scanner;
	struct standalone *sa;
};
/*
 * 0, or -1 after having told the user: the exit status is in e->code, and
 * e->text says it for who wants to tell others, too.  Where DNS is asked, it
 * waits a moment for zones to be enrolled.
 */
int cmd_scanning_start(const struct cmd_options *o,
    struct cmd_scanning *s_r, struct err *e);
void cmd_scanning_end(struct cmd_scanning *s);
/* file:line:col: level: text [code] */
void cmd_print_finding(const struct finding *f);
/* Everything written reached standard output? 0, or 75 after saying so. */
int cmd_flush(void);
const char *cmd_state_dir(const struct cmd_options *o);
/* Where compiled rules are kept; NULL: nowhere. */
const char *cmd_cache_dir(const struct cmd_options *o);

/* ---- messages named on the command line (input.c) ---- */
struct input {
	VEC_OF(char *) paths;		/* files, in order */
	bool mbox;			/* --mbox: split every file */
};
/* Files and directories (recursive, byte order); "-" is standard input. */
int input_add(struct arena *a, struct input *in, const char *path);
/* Those that the arguments from the first-th on name, or standard input if
 * there are none.  0, or -1: some are missing and were warned of. */
int input_named(const struct cmd_options *o, int first, struct input *in);
/* Calls fn per message; raw lives in its own arena, given to fn to keep.
 * Unreadable files are warned of; returns how many failed. */
typedef void input_fn(struct arena *a, struct slice raw, const char *name,
    void *arg);
size_t input_each(const struct input *in, input_fn *fn, void *arg);
/* The same with an engine started before, in *s, and ended behind them; the
 * exit status. */
int input_scan(const struct cmd_options *o, const struct input *in,
    struct cmd_scanning *s, input_fn *fn, void *arg);
/* Number of messages so far / files in all, on a terminal only. */
void progress_show(size_t done, size_t total);
void progress_end(void);

/* One line to the running daemon, its whole answer. 0 or -1. */
int control_ask(struct arena *a, const struct cmd_options *o,
    const char *line, struct slice *answer_r, struct err *e);

/* ---- times on the command line (time_arg.c) ---- */
/* "90", "30m", "1h30m", "2d": seconds above 0.  0 or -1. */
int cmd_parse_duration(const char *text, double *seconds_r);
/*
 * A duration, before (sign -1) or after now, or a moment ("2026-10-01",
 * "2026-10-01T12:00Z", "12:00").  0, or -1 after having told the user.
 */
int cmd_parse_time(const char *option, const char *text, double now, int sign,
    double *time_r);

extern const struct subcommand cmd_scan, cmd_filter, cmd_lint, cmd_test,
    cmd_show, cmd_explain, cmd_config, cmd_zones, cmd_drill, cmd_status,
    cmd_reload, cmd_opensmtpd;

#endif

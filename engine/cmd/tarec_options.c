/*
 * tarec_options.c - spamc's options, as one table.
 *
 * Words of the configuration file (-F FILE, else spamc.conf in tare's own
 * directory, else SpamAssassin's) go before the words of the command line, so
 * the command line wins.  -e ends the options: the rest is the command.
 *
 * Limits: no TLS (-S and --ssl-* say so); use a unix socket or a tunnel.
 */
#include "config.h"

#include "cmd/tarec.h"

#include <sys/socket.h>

#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/limits.h"
#include "base/vec.h"

#ifndef TARE_SITE_DIR
#define TARE_SITE_DIR "/etc/tare"
#endif

/* Option keys without a letter. */
enum { KEY_HEADERS = 256, KEY_TEMPFAIL, KEY_CONNECT_RETRIES,
	KEY_CONNECT_SLEEP, KEY_FILTER_RETRIES, KEY_FILTER_SLEEP, KEY_TLS,
	KEY_MARK, KEY_SCAN_PART };

struct row {
	int key;
	const char *name;	/* long name, or NULL */
	const char *arg;	/* its argument, or NULL */
	const char *help;
};

static const struct row rows[] = {
	{ 'd', "dest", "HOST[,HOST]", "hosts to connect to [localhost]" },
	{ 'p', "port", "PORT", "port of the daemon [783]" },
	{ 'U', "socket", "PATH", "connect to a unix socket" },
	{ 'F', "config", "FILE", "read options from FILE first" },
	{ 't', "timeout", "SECONDS", "for the whole exchange [600]" },
	{ 'n', "connect-timeout", "SECONDS", "for the connection [600]" },
	{ KEY_CONNECT_RETRIES, "connect-retries", "N", "attempts [3]" },
	{ KEY_CONNECT_SLEEP, "retry-sleep", "SECONDS", "between them [1]" },
	{ KEY_FILTER_RETRIES, "filter-retries", "N", "exchanges [1]" },
	{ KEY_FILTER_SLEEP, "filter-retry-sleep", "SECONDS",
	    "between them [1]" },
	{ 's', "max-size", "BYTES", "larger messages pass unscanned [512000]" },
	{ 'u', "username", "NAME", "whose message it is [who runs tarec]" },
	{ 'L', "learntype", "TYPE", "learn as spam or ham, or forget" },
	{ 'C', "reporttype", "TYPE", "report as spam, or revoke" },
	{ 'B', "bsmtp", NULL, "input is one BSMTP message" },
	{ 'c', "check", NULL, "print score/required only; exit 1 for spam" },
	{ 'y', "tests", NULL, "print the names of the rules that hit" },
	{ 'r', "full-spam", NULL, "print the report if it is spam" },
	{ 'R', "full", NULL, "print score and report" },
	{ KEY_HEADERS, "headers", NULL, "change headers only" },
	{ 'E', "exitcode", NULL, "exit 1 for spam" },
	{ 'x', "no-safe-fallback", NULL, "on failure no output, and a status" },
	{ 'X', "unavailable-tempfail", NULL, "with -x: 75 instead of 69" },
	{ KEY_TEMPFAIL, "tempfail", NULL,
	    "every failure exits 75 and writes nothing" },
	{ KEY_MARK, "mark", NULL,
	    "a header line in messages that were not scanned" },
	{ KEY_SCAN_PART, "scan-part", NULL,
	    "over -s: scan head and tail instead of nothing" },
	{ 'l', "log-to-stderr", NULL, "log to stderr, not to syslog" },
	{ 'e', "pipe-to", "COMMAND…", "output goes to COMMAND; last option" },
	{ 'K', NULL, NULL, "only ask whether the daemon lives" },
	{ 'z', NULL, NULL, "pack the message on the way" },
	{ 'H', "randomize", NULL, "shuffle the addresses" },
	{ '4', NULL, NULL, "IPv4 only" },
	{ '6', NULL, NULL, "IPv6 only" },
	{ 'f', NULL, NULL, "ignored, as in spamc" },
	{ 'S', "ssl", NULL, "not available: tarec has no TLS" },
	{ KEY_TLS, "ssl-cert", "FILE", "not available" },
	{ KEY_TLS, "ssl-key", "FILE", "not available" },
	{ KEY_TLS, "ssl-ca-file", "FILE", "not available" },
	{ KEY_TLS, "ssl-ca-path", "DIR", "not available" },
	{ 'h', "help", NULL, "print this" },
	{ 'V', "version", NULL, "print the version" },
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

void
tarec_usage(void)
{
	printf("usage: tarec [options] [-e command [args]] < message\n");
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct row *r = &rows[i];
		char left[64], letter[6] = "    ";

		if (r->key < 256) {
			snprintf(letter, sizeof(letter), "-%c%s", r->key,
			    r->name != NULL ? ", " : "  ");
		}
		snprintf(left, sizeof(left), "%s%s%s%s%s", letter,
		    r->name != NULL ? "--" : "", r->name ? r->name : "",
		    r->arg != NULL ? " " : "", r->arg ? r->arg : "");
		printf("  %-34s %s\n", left, r->help);
	}
}

/* getopt's two descriptions, made from the rows. */
struct getopts {
	char letters[2 * N_ROWS + 2];
	struct option longs[N_ROWS + 1];
};

static void
getopts_init(struct getopts *g)
{
	size_t n = 0, k = 0;

	memset(g, 0, sizeof(*g));
	g->letters[n++] = '+';		/* stop at the first non-option */
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct row *r = &rows[i];

		if (r->key < 256) {
			g->letters[n++] = (char)r->key;
			if (r->arg != NULL) {
				g->letters[n++] = ':';
			}
		}
		if (r->name != NULL) {
			g->longs[k++] = (struct option){ r->name,
			    r->arg != NULL ? required_argument : no_argument,
			    NULL, r->key };
		}
	}
}

/* ---- values ---- */

static int
number(const char *what, double min, double max, double *v_r, struct err *e)
{
	if (slice_to_double(slice_cstr(optarg), v_r) != 0 ||
	    !(*v_r >= min && *v_r <= max)) {
		return err_set(e, ERR_USAGE,
		    "%s: \"%s\" is not a number from %.0f to %.0f", what,
		    optarg, min, max);
	}
	return 0;
}

static int
count(const char *what, double min, double max, unsigned *v_r, struct err *e)
{
	double v;

	if (number(what, min, max, &v, e) != 0) {
		return -1;
	}
	*v_r = (unsigned)v;
	return 0;
}

/* It goes into a header line: no newline may make that two. */
static int
user_name(struct err *e)
{
	for (const char *s = optarg; *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f) {
			return err_set(e, ERR_USAGE,
			    "-u: a name has no control characters");
		}
	}
	return 0;
}

static const struct tarec_tell tells[] = {
	{ TAREC_LEARN, "spam", "Message-class: spam\r\nSet: local\r\n",
	    false },
	{ TAREC_LEARN, "ham", "Message-class: ham\r\nSet: local\r\n", false },
	{ TAREC_LEARN, "forget", "Remove: local\r\n", true },
	{ TAREC_COLLAB, "report",
	    "Message-class: spam\r\nSet: local,remote\r\n", false },
	{ TAREC_COLLAB, "revoke",
	    "Message-class: ham\r\nSet: local\r\nRemove: remote\r\n", true },
};

static int
tell(struct tarec_options *opt, enum tarec_mode mode, struct err *e)
{
	if (opt->mode == TAREC_LEARN || opt->mode == TAREC_COLLAB) {
		return err_set(e, ERR_USAGE, "-L and -C exclude each other");
	}
	for (size_t i = 0; i < sizeof(tells) / sizeof(tells[0]); i++) {
		if (tells[i].mode == mode &&
		    strcmp(tells[i].word, optarg) == 0) {
			opt->mode = mode;
			opt->tell = &tells[i];
			return 0;
		}
	}
	return err_set(e, ERR_USAGE, mode == TAREC_LEARN ?
	    "-L: \"%s\" is not spam, ham or forget" :
	    "-C: \"%s\" is not report or revoke", optarg);
}

/* Options that take a value. */
static int
take_value(int key, struct tarec_options *opt, struct err *e)
{
	double v;

	switch (key) {
	case 'd':
		opt->hosts = optarg;
		return 0;
	case 'p':
		opt->port = optarg;
		return number("-p", 1, 65535, &v, e);
	case 'U':
		opt->socket = optarg;
		return 0;
	case 'F':
		opt->config = optarg;
		return 0;
	case 'u':
		opt->user = optarg;
		return user_name(e);
	case 't':
		return number("-t", 0, 1e6, &opt->timeout, e);
	case 'n':
		return number("-n", 0, 1e6, &opt->connect_timeout, e);
	case KEY_CONNECT_RETRIES:
		return count("--connect-retries", 0, 1e6,
		    &opt->connect_retries, e);
	case KEY_CONNECT_SLEEP:
		return number("--retry-sleep", 0, 1e6, &opt->connect_sleep, e);
	case KEY_FILTER_RETRIES:
		return count("--filter-retries", 0, 1e6,
		    &opt->filter_retries, e);
	case KEY_FILTER_SLEEP:
		return number("--filter-retry-sleep", 0, 1e6,
		    &opt->filter_sleep, e);
	case 's':
		if (number("-s", 1, LIMIT_MESSAGE_BYTES, &v, e) != 0) {
			return -1;
		}
		opt->max_size = (size_t)v;
		return 0;
	case 'L':
		return tell(opt, TAREC_LEARN, e);
	case 'C':
		return tell(opt, TAREC_COLLAB, e);
	default:
		return err_set(e, ERR_USAGE, "tarec has no TLS; use a unix "
		    "socket or a tunnel");
	}
}

/* Options that are a word alone: a mode, or a flag. */
static int
take_word(int key, struct tarec_options *opt, struct err *e)
{
	static const struct {
		int key;
		enum tarec_mode mode;
	} modes[] = {
		{ 'c', TAREC_CHECK }, { 'y', TAREC_TESTS },
		{ 'R', TAREC_REPORT }, { 'r', TAREC_REPORT_IFSPAM },
		{ KEY_HEADERS, TAREC_HEADERS }, { 'K', TAREC_PING },
		{ 'h', TAREC_HELP }, { 'V', TAREC_VERSION },
	};
	struct {
		int key;
		bool *flag;
	} flags[] = {
		{ 'B', &opt->bsmtp }, { 'E', &opt->exit_code },
		{ 'x', &opt->no_fallback }, { 'l', &opt->log_stderr },
		{ 'X', &opt->unavailable_tempfail }, { 'z', &opt->compress },
		{ KEY_TEMPFAIL, &opt->tempfail }, { 'H', &opt->shuffle },
		{ KEY_MARK, &opt->mark }, { KEY_SCAN_PART, &opt->scan_part },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (modes[i].key == key) {
			if (modes[i].mode < opt->mode) {
				opt->mode = modes[i].mode;
			}
			return 0;
		}
	}
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (flags[i].key == key) {
			*flags[i].flag = true;
			return 0;
		}
	}
	if (key == '4' || key == '6') {
		opt->family = key == '4' ? AF_INET : AF_INET6;
		return 0;
	}
	if (key == 'f') {
		return 0;
	}
	return err_set(e, ERR_USAGE, key == 'S' ?
	    "tarec has no TLS; use a unix socket or a tunnel" :
	    "unknown option; tarec -h lists them");
}

static bool
has_value(int key)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		if (rows[i].key == key) {
			return rows[i].arg != NULL;
		}
	}
	return false;
}

static int
parse_words(int argc, char **argv, struct tarec_options *opt, struct err *e)
{
	struct getopts g;
	int key;

	getopts_init(&g);
	optind = 0;			/* glibc: begin anew */
	opterr = 0;
	while ((key = getopt_long(argc, argv, g.letters, g.longs, NULL)) !=
	    -1) {
		if (key == '?') {
			return err_set(e, ERR_USAGE, "\"%s\": unknown option "
			    "or missing value; tarec -h lists them",
			    argv[optind - 1]);
		}
		if (key == 'e') {
			opt->command = &argv[optind - 1];
			return 0;
		}
		if (has_value(key) ? take_value(key, opt, e) != 0 :
		    take_word(key, opt, e) != 0) {
			return -1;
		}
	}
	if (optind < argc) {
		return err_set(e, ERR_USAGE, "\"%s\" is not an option",
		    argv[optind]);
	}
	return 0;
}

/* ---- the configuration file ---- */

static const char *
default_config(void)
{
	static const char *const paths[] = { TARE_SITE_DIR "/spamc.conf",
		"/etc/spamassassin/spamc.conf" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (access(paths[i], R_OK) == 0) {
			return paths[i];
		}
	}
	return NULL;
}

/* argv[0], the words of the file, the rest of argv. */
static int
join_words(struct arena *a, const char *path, int *argc, char ***argv,
    struct err *e)
{
	VEC_OF(char *) words = { 0 };
	struct slice text, line, word;

	if (file_read(path, a, LIMIT_HEADER_BYTES, &text, e) != 0) {
		if (e != NULL) {
			e->code = ERR_CONFIG;
		}
		return -1;
	}
	*VEC_PUSH(a, &words) = (*argv)[0];
	while (slice_line(&text, &line)) {
		if (line.n > 0 && line.p[0] == '#') {
			continue;
		}
		while (slice_word(&line, &word)) {
			*VEC_PUSH(a, &words) = arena_str(a, word);
		}
	}
	for (int i = 1; i < *argc; i++) {
		*VEC_PUSH(a, &words) = (*argv)[i];
	}
	*argc = (int)words.n;
	*VEC_PUSH(a, &words) = NULL;
	*argv = words.v;
	return 0;
}

static const char *
login_name(struct arena *a)
{
	struct passwd *pw = getpwuid(geteuid());

	return pw != NULL ? arena_str(a, slice_cstr(pw->pw_name)) :
	    arena_printf(a, "%u", (unsigned)geteuid());
}

static const struct tarec_options defaults = {
	.mode = TAREC_FILTER, .hosts = "localhost", .port = "783",
	.max_size = 500 * 1024, .timeout = 600, .connect_timeout = 600,
	.connect_retries = 3, .connect_sleep = 1,
	.filter_retries = 1, .filter_sleep = 1, .family = AF_UNSPEC,
};

int
tarec_options_parse(struct arena *a, int argc, char **argv,
    struct tarec_options *opt_r, struct err *e)
{
	const char *config;

	/* once to find -F, and to refuse mistakes on the command line */
	*opt_r = defaults;
	if (parse_words(argc, argv, opt_r, e) != 0) {
		return -1;
	}
	config = opt_r->config != NULL ? opt_r->config : default_config();
	if (config != NULL) {
		if (join_words(a, config, &argc, &argv, e) != 0) {
			return -1;
		}
		*opt_r = defaults;
		if (parse_words(argc, argv, opt_r, e) != 0) {
			return -1;
		}
	}
	if (opt_r->user == NULL) {
		opt_r->user = login_name(a);
	}
	return 0;
}

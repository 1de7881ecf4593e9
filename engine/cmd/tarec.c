/*
 * tarec - send a message to the daemon and act on its verdict, as spamc does.
 *
 * See tarec.h for the steps.  Differences from spamc, on purpose:
 *   --tempfail     every failure exits 75, the one status all MTAs defer on
 *   a missing unix socket is temporary (75 with -x): tared is restarting
 *   output is written once, whole; a failed write exits 75
 *   --mark         a header line in a message that was not scanned
 *   --scan-part    head and tail of a message over -s are scanned
 */
#include "config.h"

#include "cmd/tarec.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

/* Before the options are known to be good: a mistake in them counts, too. */
static bool
wants_tempfail(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--tempfail") == 0) {
			return true;
		}
		if (strcmp(argv[i], "-e") == 0) {
			break;
		}
	}
	return false;
}

static int
failure_status(const struct tarec_options *opt, int status)
{
	if (opt->tempfail) {
		return ERR_TEMP;
	}
	if (opt->unavailable_tempfail && status == ERR_UNAVAILABLE) {
		return ERR_TEMP;
	}
	return status;
}

static void
log_failure(const struct err *e)
{
	struct buf b;

	buf_init(&b, NULL);
	log_value(&b, slice_cstr(e->text));
	log_line(LOG_L_ERROR, "event=failed status=%d why=%s", (int)e->code,
	    buf_cstr(&b));
	buf_free(&b);
}

static bool
can_scan_part(const struct tarec_options *opt, const struct tarec_input *in)
{
	return opt->scan_part && !in->cut && !opt->bsmtp &&
	    opt->mode != TAREC_LEARN && opt->mode != TAREC_COLLAB;
}

/* Ask, and see that the answer can be used; -1: e->code is the status. */
static int
ask(struct arena *a, const struct tarec_options *opt,
    const struct tarec_input *in, struct slice message,
    struct wire_answer *ans_r, struct err *e)
{
	if (tarec_talk(a, opt, message, ans_r, e) != 0) {
		return -1;
	}
	if (opt->mode == TAREC_HEADERS &&
	    !tarec_header_fits(ans_r->body, in->message)) {
		return err_set(e, ERR_PROTOCOL, "the server wrapped the "
		    "message (report_safe), and only its header was wanted");
	}
	return 0;
}

static int
run(struct arena *a, struct tarec_options *opt)
{
	struct tarec_input in = { .too_big = false };
	struct err e = { .code = ERR_NONE };
	struct slice message;
	struct wire_answer ans;

	if (opt->mode != TAREC_PING && tarec_input_read(a, opt, &in, &e) != 0) {
		log_failure(&e);
		return tarec_output_failure(a, opt, &in,
		    failure_status(opt, e.code), e.text);
	}
	message = in.message;
	if (in.too_big && can_scan_part(opt, &in)) {
		message = tarec_sample(a, opt, in.message, &in.part);
		opt->mode = opt->mode == TAREC_FILTER ? TAREC_HEADERS :
		    opt->mode;
	} else if (in.too_big) {
		log_line(LOG_L_INFO, "event=skipped why=size limit=%zu",
		    opt->max_size);
		return tarec_output_failure(a, opt, &in, TAREC_TOOBIG,
		    arena_printf(a, "larger than %zu bytes", opt->max_size));
	}
	if (ask(a, opt, &in, message, &ans, &e) != 0) {
		log_failure(&e);
		return tarec_output_failure(a, opt, &in,
		    failure_status(opt, e.code), e.text);
	}
	return tarec_output_answer(a, opt, &in, &ans);
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_new();
	struct tarec_options opt;
	struct err e = { .code = ERR_NONE };
	int status;

	/* a reader that went away shows as EPIPE where it is handled */
	signal(SIGPIPE, SIG_IGN);
	if (tarec_options_parse(a, argc, argv, &opt, &e) != 0) {
		fprintf(stderr, "tarec: %s\n", e.text);
		status = wants_tempfail(argc, argv) ? ERR_TEMP : (int)e.code;
	} else if (opt.mode == TAREC_HELP) {
		tarec_usage();
		status = 0;
	} else if (opt.mode == TAREC_VERSION) {
		printf("tarec version %s\n", PACKAGE_VERSION);
		status = 0;
	} else {
		log_open("tarec", opt.log_stderr, LOG_L_INFO);
		status = run(a, &opt);
	}
	arena_free(&a);
	return status;
}

/*
 * scan_cmd.c - tare scan: one line (or JSON object) per message.
 *
 * Up to WINDOW messages are scanned at once, so that DNS waits overlap;
 * results come out in the order of the input.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/cmd.h"

#define WINDOW 32

struct item {
	struct arena *arena;
	const char *name;
	struct scan *scan;
	const struct verdict *verdict;	/* NULL: still scanning */
};

struct run {
	struct scanner *scanner;
	const struct cmd_options *o;
	const struct engine *eng;
	struct item items[WINDOW];
	size_t first, n;		/* ring: oldest and how many */
	size_t done, spam, total;
	bool report;
};

static void
on_done(struct scan *sc, const struct verdict *v, void *arg)
{
	struct item *it = arg;

	it->verdict = v;
}

static void
print_item(struct run *r, struct item *it)
{
	struct buf b;

	buf_init(&b, NULL);
	if (r->o->json)
		report_json(&b, it->verdict, slice_cstr(it->name));
	else
		report_line(&b, it->verdict, slice_cstr(it->name));
	buf_addc(&b, '\n');
	if (r->report) {
		struct report_conf rc = engine_report_conf(r->eng);

		buf_add_slice(&b, report_text(scan_arena(it->scan), &rc,
		    it->verdict, scan_view(it->scan)));
		buf_addc(&b, '\n');
	}
	fwrite(b.p, 1, b.n, stdout);
	buf_free(&b);
}

/* Print what is ready at the head of the ring. */
static void
drain(struct run *r)
{
	while (r->n > 0 && r->items[r->first].verdict != NULL) {
		struct item *it = &r->items[r->first];

		print_item(r, it);
		r->spam += it->verdict->spam;
		scan_free(&it->scan);
		arena_free(&it->arena);
		r->first = (r->first + 1) % WINDOW;
		r->n--;
		r->done++;
		progress_show(r->done, r->total);
	}
}

static void
scan_one(struct arena *a, struct slice raw, const char *name, void *arg)
{
	/* Nobody waits for this mail: the whole score is worth more. */
	static const struct scan_options options = { .complete = true };
	struct run *r = arg;
	struct item *it;

	while (r->n == WINDOW) {
		scanner_loop_once(r->scanner);
		drain(r);
	}
	it = &r->items[(r->first + r->n) % WINDOW];
	*it = (struct item){ .arena = a, .name = name };
	r->n++;
	it->scan = scan_start(r->scanner, raw, &options, on_done, it);
	if (r->eng->net && r->n < WINDOW)
		return;
	scanner_loop_once(r->scanner);
	drain(r);
}

static int
scan_all(struct run *r, const struct input *in, bool exit_code)
{
	size_t failed = input_each(in, scan_one, r);

	while (r->n > 0) {
		scanner_loop_once(r->scanner);
		drain(r);
	}
	progress_end();
	if (cmd_flush() != 0)
		return ERR_TEMP;
	if (failed > 0)
		return ERR_NOINPUT;
	return exit_code && r->spam > 0 ? 1 : 0;
}

static int
with_engine(struct cmd_options *o, const struct input *in, bool report,
    bool exit_code)
{
	struct run *r = arena_alloc(o->arena, sizeof(*r));
	struct cmd_scanning s;
	struct err e = { 0 };
	int rc;

	if (cmd_scanning_start(o, &s, &e) != 0)
		return (int)e.code;
	*r = (struct run){ .scanner = s.scanner, .o = o, .eng = s.eng,
		.total = in->paths.n, .report = report };
	rc = scan_all(r, in, exit_code);
	cmd_scanning_end(&s);
	return rc;
}

static int
run(struct cmd_options *o, int argc, char **argv)
{
	const char *mbox = NULL, *exit_code = NULL, *report = NULL;
	const char *subrules = NULL;
	const struct cmd_own own[] = {
		{ "mbox", NULL, &mbox, "each file is an mbox: split it" },
		{ "report", NULL, &report, "the text report, too" },
		{ "subrules", NULL, &subrules,
		    "run subrules that nothing uses, too" },
		{ "exit-code", NULL, &exit_code,
		    "exit 1 when a message is spam" },
		{ 0 }
	};
	struct input in = { 0 };
	int rc = cmd_parse(o, &cmd_scan, own, argc, argv), bad;

	if (rc != 0)
		return rc < 0 ? ERR_USAGE : 0;
	in.mbox = mbox != NULL;
	o->engine.subrules = subrules != NULL;
	bad = input_named(o, 0, &in);
	rc = with_engine(o, &in, report != NULL, exit_code != NULL);
	return rc == 0 && bad ? ERR_NOINPUT : rc;
}

const struct subcommand cmd_scan = { "scan", "[OPTION…] [FILE|DIR…]",
	"judge messages: one line each", run };

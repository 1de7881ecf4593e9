/*
 * lint_cmd.c - tare lint: everything that is wrong or odd in the rules.
 */
#include "config.h"

#include <stdio.h>

#include "base/buf.h"
#include "cmd/cmd.h"

static void
print_json(const struct finding *f)
{
	static const char *const levels[] = { "error", "warning", "info" };
	struct buf b;

	buf_init(&b, NULL);
	buf_adds(&b, "{\"file\":");
	buf_add_json(&b, slice_cstr(f->origin.file ? f->origin.file : ""));
	buf_addf(&b, ",\"line\":%u,\"column\":%u,\"level\":\"%s\",\"code\":",
	    f->origin.line, f->origin.col, levels[f->level]);
	buf_add_json(&b, slice_cstr(f->code));
	buf_adds(&b, ",\"text\":");
	buf_add_json(&b, slice_cstr(f->text));
	buf_addc(&b, '}');
	puts(buf_cstr(&b));
	buf_free(&b);
}

static int
run(struct cmd_options *o, int argc, char **argv)
{
	struct engine *eng = NULL;
	struct err e = { 0 };
	size_t errors = 0;
	int rc = cmd_parse(o, &cmd_lint, NULL, argc, argv);

	if (rc != 0)
		return rc < 0 ? ERR_USAGE : 0;
	o->engine.lint = true;
	if (engine_load(&o->engine, &eng, &e) != 0) {
		cmd_warn("%s", e.text);
		return ERR_CONFIG;
	}
	for (size_t i = 0; i < eng->rs->findings.n; i++) {
		const struct finding *f = &eng->rs->findings.v[i];

		errors += f->level == FINDING_ERROR;
		if (o->json)
			print_json(f);
		else
			cmd_print_finding(f);
	}
	if (!o->json)
		printf("%zu files, %zu lines, %zu rules: %zu findings, "
		    "%zu errors\n", eng->rs->n_files, eng->rs->n_lines,
		    eng->rs->rules.n, eng->rs->findings.n, errors);
	engine_free(&eng);
	if (cmd_flush() != 0)
		return ERR_TEMP;
	return errors > 0 ? ERR_CONFIG : 0;
}

const struct subcommand cmd_lint = { "lint", "[OPTION…]",
	"check rules and settings; exit 78 when a line is wrong", run };

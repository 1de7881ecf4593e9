/*
 * config_cmd.c - tare config: every setting, its value, and which line of
 * which file set it.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/cmd.h"

static void
print_text(const struct setting *row, struct slice value,
    const struct origin *from, bool origin)
{
	if (origin && from->line > 0)
		printf("%s:%u:\t", from->file, from->line);
	else if (origin)
		printf("default:\t");
	printf("%s %.*s\n", row->name, SLICE_FMT(value));
}

static void
print_json(const struct setting *row, struct slice value,
    const struct origin *from)
{
	struct buf b;

	buf_init(&b, NULL);
	buf_adds(&b, "{\"name\":");
	buf_add_json(&b, slice_cstr(row->name));
	buf_adds(&b, ",\"value\":");
	buf_add_json(&b, value);
	buf_adds(&b, ",\"file\":");
	buf_add_json(&b, slice_cstr(from->line > 0 ? from->file : ""));
	buf_addf(&b, ",\"line\":%u,\"help\":", from->line);
	buf_add_json(&b, slice_cstr(row->help));
	buf_addc(&b, '}');
	puts(buf_cstr(&b));
	buf_free(&b);
}

static bool
wanted(const struct cmd_options *o, const char *name)
{
	for (int i = 0; i < o->argc; i++) {
		if (slice_eq_nocase(slice_cstr(o->argv[i]), slice_cstr(name)))
			return true;
	}
	return o->argc == 0;
}

static bool
has_value(const struct setting *row)
{
	return row->type != SETTING_ALIAS && row->type != SETTING_IGNORED &&
	    row->type != SETTING_CLEAR && row->type != SETTING_REMOVE;
}

static int
run(struct cmd_options *o, int argc, char **argv)
{
	const char *origin = NULL;
	const struct cmd_own own[] = {
		{ "origin", NULL, &origin, "where each value was set" },
		{ 0 }
	};
	struct engine *eng = NULL;
	const struct setting *row;
	size_t shown = 0;
	int rc = cmd_parse(o, &cmd_config, own, argc, argv);

	if (rc != 0)
		return rc < 0 ? ERR_USAGE : 0;
	if (cmd_engine(o, &eng) != 0)
		return ERR_CONFIG;
	for (size_t i = 0; (row = conf_row(eng->conf, i, NULL)) != NULL; i++) {
		struct origin from;
		struct slice value;

		if (!has_value(row) || !wanted(o, row->name))
			continue;
		from = conf_origin(eng->conf, row->name);
		value = conf_shown(eng->conf, row->name, o->arena);
		if (o->json)
			print_json(row, value, &from);
		else
			print_text(row, value, &from, origin != NULL);
		shown++;
	}
	rc = eng->rs->n_errors > 0 ? ERR_CONFIG : 0;
	if (shown == 0) {
		cmd_warn("there is no setting of that name");
		rc = ERR_USAGE;
	}
	engine_free(&eng);
	return cmd_flush() != 0 ? ERR_TEMP : rc;
}

const struct subcommand cmd_config = { "config", "[OPTION…] [NAME…]",
	"show settings and where they were set", run };

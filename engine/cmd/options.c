/*
 * options.c - the options all subcommands share, and what they do at start
 * and end.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "cmd/cmd.h"

enum common { O_RULES = 256, O_SITE, O_CF, O_PLUGINS, O_STATE, O_CACHE,
	O_CONTROL, O_LOCAL, O_JSON, O_HELP, O_OWN };

static const struct {
	const char *name;
	int has_arg;
	enum common id;
	const char *help;
} common[] = {
	{ "rules", 1, O_RULES, "DIR: rules instead of the shipped ones "
	    "(repeatable)" },
	{ "site", 1, O_SITE, "DIR: site files instead of " TARE_SITE_DIR },
	{ "cf", 1, O_CF, "LINE: a rule or setting after all files "
	    "(repeatable)" },
	{ "plugins", 1, O_PLUGINS, "DIR: plugins instead of the installed "
	    "ones (repeatable)" },
	{ "state", 1, O_STATE, "DIR: where tare.sqlite is, instead of "
	    TARE_STATE_DIR },
	{ "cache", 1, O_CACHE, "DIR: where compiled rules are kept; \"\": "
	    "nowhere" },
	{ "control", 1, O_CONTROL, "PATH: the daemon's control socket" },
	{ "local", 0, O_LOCAL, "ask no DNS" },
	{ "json", 0, O_JSON, "output for programs: one JSON object a line" },
	{ "help", 0, O_HELP, "this text" },
};
#define N_COMMON (sizeof(common) / sizeof(*common))

void
cmd_warn(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("tare: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static void
show_help(const struct subcommand *self, const struct cmd_own *own)
{
	printf("usage: tare %s %s\n%s\n\n", self->name, self->usage,
	    self->summary);
	for (; own != NULL && own->name != NULL; own++)
		printf("  --%-10s %s%s%s\n", own->name, own->arg ? own->arg :
		    "", own->arg ? ": " : "", own->help);
	for (size_t i = 0; i < N_COMMON; i++)
		printf("  --%-10s %s\n", common[i].name, common[i].help);
}

/* Append to one of the repeatable lists. */
static void
push(struct arena *a, const char *const **list, size_t *n, const char *value)
{
	const char **v = arena_alloc_array(a, *n + 1, sizeof(*v));

	if (*n > 0)
		memcpy(v, *list, *n * sizeof(*v));
	v[(*n)++] = value;
	*list = v;
}

static int
take_common(struct cmd_options *o, int id, const char *value)
{
	struct engine_options *eo = &o->engine;

	switch (id) {
	case O_RULES:
		push(o->arena, &eo->rules_dirs, &eo->n_rules_dirs, value);
		return 0;
	case O_SITE:
		eo->site_dir = value;
		return 0;
	case O_CF:
		push(o->arena, &eo->cf, &eo->n_cf, value);
		return 0;
	case O_PLUGINS:
		push(o->arena, &eo->plugin_dirs, &eo->n_plugin_dirs, value);
		return 0;
	case O_STATE:
		o->state_dir = value;
		o->state_given = true;
		return 0;
	case O_CACHE:
		o->cache = value;
		return 0;
	case O_CONTROL:
		o->control = value;
		return 0;
	case O_LOCAL:
		eo->local = true;
		return 0;
	case O_JSON:
		o->json = true;
		return 0;
	}
	return -1;
}

static struct option *
make_table(struct arena *a, const struct cmd_own *own)
{
	VEC_OF(struct option) v = { 0 };

	for (size_t i = 0; i < N_COMMON; i++)
		*VEC_PUSH(a, &v) = (struct option){ common[i].name,
			common[i].has_arg, NULL, (int)common[i].id };
	for (int i = 0; own != NULL && own[i].name != NULL; i++)
		*VEC_PUSH(a, &v) = (struct option){ own[i].name,
			own[i].arg != NULL, NULL, O_OWN + i };
	*VEC_PUSH(a, &v) = (struct option){ 0 };
	return v.v;
}

int
cmd_parse(struct cmd_options *o, const struct subcommand *self,
    const struct cmd_own *own, int argc, char **argv)
{
	struct option *table = make_table(o->arena, own);
	int id;

	optind = 1;
	while ((id = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (id == O_HELP) {
			show_help(self, own);
			return 1;
		}
		if (id == '?') {
			fprintf(stderr, "usage: tare %s %s\n", self->name,
			    self->usage);
			return -1;
		}
		if (id >= O_OWN)
			*own[id - O_OWN].value = optarg ? optarg : "";
		else
			take_common(o, id, optarg);
	}
	o->argc = argc - optind;
	o->argv = argv + optind;
	return 0;
}

const char *
cmd_state_dir(const struct cmd_options *o)
{
	return o->state_dir ? o->state_dir : TARE_STATE_DIR;
}

/* $XDG_CACHE_HOME/tare, or ~/.cache/tare. */
static const char *
user_cache_dir(struct arena *a)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	const char *parent = NULL;

	/* one that is not absolute does not count, says the specification */
	if (xdg != NULL && xdg[0] == '/')
		parent = xdg;
	else if (home != NULL && home[0] == '/')
		parent = arena_printf(a, "%s/.cache", home);
	if (parent == NULL)
		return NULL;
	(void)mkdir(parent, 0700);
	return arena_printf(a, "%s/tare", parent);
}

const char *
cmd_cache_dir(const struct cmd_options *o)
{
	if (o->cache != NULL)
		return o->cache[0] != '\0' ? o->cache : NULL;
	if (o->state_given)
		return arena_printf(o->arena, "%s/cache", o->state_dir);
	return user_cache_dir(o->arena);
}

void
cmd_print_finding(const struct finding *f)
{
	static const char *const levels[] = { "error", "warning", "info" };

	fprintf(stderr, "%s:%u:%u: %s: %s [%s]\n",
	    f->origin.file ? f->origin.file : "-", f->origin.line,
	    f->origin.col, levels[f->level], f->text, f->code);
}

int
cmd_engine(const struct cmd_options *o, struct engine **eng_r)
{
	struct engine_options eo = o->engine;
	struct err e = { 0 };

	eo.cache_dir = cmd_cache_dir(o);
	eo.few = true;
	mem_keep();
	if (engine_load(&eo, eng_r, &e) != 0) {
		cmd_warn("%s", e.text);
		return -1;
	}
	for (size_t i = 0; i < (*eng_r)->rs->findings.n; i++) {
		const struct finding *f = &(*eng_r)->rs->findings.v[i];

		if (f->level == FINDING_ERROR)
			cmd_print_finding(f);
	}
	return 0;
}

int
cmd_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	cmd_warn("cannot write standard output: %s", strerror(errno));
	return ERR_TEMP;
}

/*
 * loaded - a scanner over rules in a directory of its own, for tests of scan/.
 *
 *	loaded_begin(&l);
 *	f = loaded_rules(&l);  fprintf(f, ...);  fclose(f);
 *	loaded_start(&l, &scanner_options);
 *	loaded_end(&l);
 *
 * Static functions, for each test program is one file.
 */
#ifndef TESTS_SCAN_LOADED_H
#define TESTS_SCAN_LOADED_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "scan/scan-priv.h"

struct loaded {
	char dir[32];
	struct event_base *base;
	struct engine *eng;
	struct scanner *s;
	struct zone_table *table;
	int fd;
};

static void
loaded_bail(const struct err *why)
{
	printf("Bail out! %s\n", why->text);
	exit(1);
}

static void
loaded_begin(struct loaded *l)
{
	struct err why = { 0 };

	*l = (struct loaded){ .dir = "/tmp/tare-scan.XXXXXX" };
	if (mkdtemp(l->dir) == NULL)
		err_errno(&why, ERR_TEMP, "%s", l->dir);
	else
		l->table = zone_table_create(&l->fd, &why);
	if (l->table == NULL)
		loaded_bail(&why);
	l->base = event_base_new();
}

static FILE *
loaded_rules(const struct loaded *l)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/r.cf", l->dir);
	return fopen(path, "w");
}

/* so: what is not the base and the table. */
static void
loaded_start(struct loaded *l, const struct scanner_options *so)
{
	const char *rules = l->dir, *plugins = getenv("TARE_PLUGINS");
	struct engine_options o = { .rules_dirs = &rules, .n_rules_dirs = 1,
		.plugin_dirs = &plugins, .n_plugin_dirs = 1,
		.site_dir = l->dir };
	struct scanner_options with = *so;
	struct err why = { 0 };

	if (plugins == NULL)
		plugins = "plugins/.libs";
	with.base = l->base;
	with.zones = l->table;
	if (engine_load(&o, &l->eng, &why) != 0 ||
	    scanner_new(l->eng, &with, &l->s, &why) != 0)
		loaded_bail(&why);
}

static void
loaded_end(struct loaded *l)
{
	char path[64];

	scanner_free(&l->s);
	engine_free(&l->eng);
	zone_table_close(&l->table);
	close(l->fd);
	event_base_free(l->base);
	snprintf(path, sizeof(path), "%s/r.cf", l->dir);
	unlink(path);
	rmdir(l->dir);
}

#endif

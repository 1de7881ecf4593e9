/*
 * conf - site settings: a schema of rows, and the values set so far.
 *
 * Settings are .cf lines ("required_score 5").  The rule language (rule/)
 * reads the lines and hands each directive that is a setting to conf_set.
 * The last line wins; list settings append (an empty value, or a row of type
 * SETTING_CLEAR, empties them).  Names fold case and '-' to '_'.
 * SpamAssassin's names are kept; an alias row points at the new name.
 *
 * Core rows: schema.c, and foreign.c for SpamAssassin's settings that have no
 * effect here.  Plugins add rows of the same type before parsing.
 * Everything lives in the arena given to conf_new.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/arena.h"
#include "base/err.h"
#include "base/ip.h"

enum setting_type {
	SETTING_BOOL,		/* 0 1 yes no true false on off */
	SETTING_INT,
	SETTING_NUM,
	SETTING_TIME,		/* seconds; suffixes s m h d w */
	SETTING_TEXT,		/* rest of the line */
	SETTING_LIST,		/* words, appended */
	SETTING_NETS,		/* networks, appended: trusted_networks */
	SETTING_ADDRS,		/* address globs, appended, lower-cased */
	SETTING_TEMPLATE,	/* lines, appended, each ends in \n: report */
	SETTING_ALIAS,		/* def names the row meant */
	SETTING_IGNORED,	/* accepted; def says why it has no effect */
	/* The types below are for core rows: plugin.h ends at IGNORED. */
	SETTING_LINES,		/* whole lines, appended: zone_weight */
	SETTING_SERVERS,	/* resolvers, appended: dns_server */
	SETTING_HOSTS,		/* addresses and domains, appended */
	SETTING_HEADERS,	/* lines "all|spam|ham Name template" */
	SETTING_CLEAR,		/* no value; empties the row def names */
	SETTING_REMOVE,		/* takes words out of the row def names */
	SETTING_REPORT_SAFE,	/* an INT; 0 adds to add_header */
	SETTING_REWRITE,	/* lines "Subject|From|To text", one of each */
	SETTING_TYPES
};

struct setting {
	const char *name;
	enum setting_type type;
	const char *def;	/* default, as it would be written; NULL: none.
				 * LINES, HEADERS: one line after another */
	double min, max;	/* both 0: no bound (TIME: seconds) */
	const char *help;	/* one sentence, shown by tare config */
};

/* Where a value was written. line 0: built-in default; file "--cf". */
struct origin {
	const char *file;
	unsigned line;
	unsigned col;
};

struct conf;

struct conf *conf_new(struct arena *a);
/*
 * The table must outlive conf; ends at a row with name NULL.  -1 if a name
 * is there already with another type, a default is not valid, or an alias
 * points nowhere.  A row replaces an IGNORED one of the same name; of two rows
 * of the same type the first stays.
 */
int conf_add_schema(struct conf *c, const struct setting *rows,
    const char *owner, struct err *e);
/* 1: not a setting (nothing done), 0: set, -1: bad value, e says what is
 * allowed. */
int conf_set(struct conf *c, struct slice name, struct slice value,
    const struct origin *origin, struct err *e);
/* The row of that name, an alias followed; NULL if there is none. */
const struct setting *conf_find(const struct conf *c, struct slice name);
/* Nearest known name for did-you-mean, or NULL. */
const char *conf_nearest(const struct conf *c, struct slice name);

/*
 * The getters abort on a name that is not in the schema (our bug).  Slices
 * and arrays live as long as conf, but for lists only until the next conf_set.
 */
bool conf_bool(const struct conf *c, const char *name);
long conf_int(const struct conf *c, const char *name);
double conf_num(const struct conf *c, const char *name);	/* and TIME */
struct slice conf_text(const struct conf *c, const char *name);
const struct slice *conf_list(const struct conf *c, const char *name,
    size_t *n_r);
const struct ip_set *conf_nets(const struct conf *c, const char *name);
bool conf_is_set(const struct conf *c, const char *name);
struct origin conf_origin(const struct conf *c, const char *name);
/* Of LINES: where the i-th of conf_list was written. */
struct origin conf_line_origin(const struct conf *c, const char *name,
    size_t i);

/* Every row in order of registration; i from 0; NULL at the end. */
const struct setting *conf_row(const struct conf *c, size_t i,
    const char **owner_r);
/* The value as it would be written in a file. */
struct slice conf_shown(const struct conf *c, const char *name,
    struct arena *a);

#endif

/*
 * conf-priv - what the files of this room share.
 */
#ifndef CONF_CONF_PRIV_H
#define CONF_CONF_PRIV_H

#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"
#include "conf/conf.h"

struct conf_value {
	const struct setting *row;
	const char *owner;
	bool is_set;			/* by a line, not by the default */
	struct origin origin;
	double num;			/* BOOL INT NUM TIME */
	struct slice text;		/* scalars: as written; TEMPLATE: all */
	struct buf lines;		/* behind text of a TEMPLATE */
	VEC_OF(struct slice) list;	/* LIST ADDRS LINES HEADERS; NETS: as
					 * written */
	VEC_OF(struct origin) origins;	/* LINES: of each of list */
	struct ip_set nets;
};

struct conf {
	struct arena *arena;
	struct map *by_name;		/* struct conf_value * */
	VEC_OF(struct conf_value *) rows;
};

/*
 * One row per type (value.c).  parse stores into v; v->row says the range.
 * 0, or -1 with e and v unchanged.  clear is NULL for scalars.
 */
struct conf_type {
	const char *name;
	int (*parse)(struct conf *c, struct conf_value *v, struct slice text,
	    struct err *e);
	void (*clear)(struct conf_value *v);
	void (*remove)(struct conf *c, struct conf_value *v,
	    struct slice words);
};
const struct conf_type *conf_type(enum setting_type type);

/* headers.c: SETTING_HEADERS, SETTING_REPORT_SAFE, SETTING_REWRITE. */
int conf_headers_add(struct conf *c, struct conf_value *v, struct slice line,
    struct err *e);
void conf_headers_remove(struct conf *c, struct conf_value *v,
    struct slice words);
void conf_headers_clear(struct conf_value *v);
int conf_headers_report_safe(struct conf *c, struct conf_value *v,
    struct slice text, struct err *e);
int conf_headers_rewrite(struct conf *c, struct conf_value *v,
    struct slice line, struct err *e);

/* schema.c, foreign.c */
extern const struct setting conf_schema[];
extern const struct setting conf_foreign[];

#endif

/*
 * askdns - what the files of this plugin share: askdns.c (lines, rules and
 * answers), query.c (from a template to names).
 */
#ifndef PLUGINS_ASKDNS_H
#define PLUGINS_ASKDNS_H

#include "plugins/plugin.h"

#define ASKDNS_NAME_BYTES 254
/* Names asked for one rule and message; tags with many values multiply. */
#define ASKDNS_NAMES_MAX 40
#define ASKDNS_TAGS_MAX 8

/* A tag of a template, where it stands: "_SENDERDOMAIN_", "_HEADER(X)_". */
struct askdns_tag {
	size_t from, to;		/* underscores included */
	const char *name;
	const char *field;		/* HEADER(field); or NULL */
};

struct askdns_template {
	struct tare_slice text;
	unsigned n;
	struct askdns_tag tags[ASKDNS_TAGS_MAX];
};

struct askdns_names {
	size_t n;
	char name[ASKDNS_NAMES_MAX][ASKDNS_NAME_BYTES];
};

/* -1: too many tags. */
int askdns_template_read(struct tare_setup *, struct tare_slice text,
    struct askdns_template *);
/*
 * What follows the last tag, if that can be a list: "_TAG_.list.example.org"
 * gives "list.example.org".  Empty otherwise.
 */
struct tare_slice askdns_template_zone(const struct askdns_template *);
/*
 * Each combination of the tags' values; none if a tag has no value.  Names
 * that cannot be host names are left out.
 */
void askdns_names(struct tare_msg *, const struct askdns_template *,
    struct askdns_names *);

#endif

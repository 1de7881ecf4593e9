/*
 * uridnsbl - the two files of this plugin: uridnsbl.c (directives, lists,
 * answers) and hosts.c (which hosts of a message are asked about).
 */
#ifndef PLUGINS_URIDNSBL_H
#define PLUGINS_URIDNSBL_H

#include "plugins/plugin.h"

#define URIDNSBL_HOST_BYTES 254
/* uridnsbl_max_domains may not go above this. */
#define URIDNSBL_HOSTS_MAX 200

struct uri_host {
	char host[URIDNSBL_HOST_BYTES];
	char domain[URIDNSBL_HOST_BYTES];
	char reversed[72];		/* "" unless an IPv4 address */
};

/* Domains nobody is asked about; uridnsbl_skip_domain. */
struct skip_list;
struct skip_list *skip_new(struct tare_setup *);
/* Words of value are put in, or taken out (all of them, if none given). */
void skip_add(struct tare_setup *, struct skip_list *, struct tare_slice value);
void skip_remove(struct skip_list *, struct tare_slice value);
bool skip_has(const struct skip_list *, struct tare_slice name);

/* The hosts to ask about, at most uridnsbl_max_domains; in an order that
 * depends on the message alone. */
const struct uri_host *uri_hosts(struct tare_msg *, const struct skip_list *,
    size_t *n_r);
/* host in lower case, NUL-terminated; false if it is too long. */
bool uri_host_text(struct tare_slice host, char dst[URIDNSBL_HOST_BYTES]);

#endif

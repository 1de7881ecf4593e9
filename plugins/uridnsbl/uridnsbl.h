/*
 * uridnsbl - what the files of this plugin share: uridnsbl.c (lines, rules),
 * hosts.c (which hosts of a message are asked about), answers.c (one message).
 */
#ifndef PLUGINS_URIDNSBL_H
#define PLUGINS_URIDNSBL_H

#include "plugins/plugin.h"

#define URIDNSBL_HOST_BYTES 254
/* uridnsbl_max_domains may not go above this. */
#define URIDNSBL_HOSTS_MAX 200

enum uri_kind { RHS, IP, NS_RHS, NS_FULL };

/* A directive line. */
struct uri_line {
	struct uri_line *next;
	char *name, *zone, *subtest;	/* subtest "": any answer */
	enum uri_kind kind;
};

struct uri_rule {
	struct uri_rule *next;		/* of the group */
	unsigned id, index;
	const struct tare_subtest *subtest;
};

/*
 * Rules that ask the same list about the same names: one question serves all
 * of them.
 */
struct uri_group {
	struct uri_group *next;
	enum uri_kind kind;
	uint32_t tflags;
	struct tare_zone *zone;
	struct uri_rule *rules;
	bool needed;
};

struct uri_context {
	struct uri_line *lines;		/* newest first: the last one wins */
	struct uri_group *groups;
	struct skip_list *skip;
	unsigned n_rules;
	bool ask_servers, ask_addresses;
};

/* The plugin's part of a message. */
struct uri_message {
	struct questions *rules;	/* by index */
	struct asked *asked;
	bool begun;
};
struct uri_message *uri_state(struct tare_msg *);

/* ---- answers.c ---- */
enum tare_answer uri_run(struct tare_msg *, const struct tare_call *);
bool uri_wants_servers(const struct uri_group *);

/* ---- hosts.c ---- */
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

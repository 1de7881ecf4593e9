/*
 * dnsbl - what the files of this plugin share: dnsbl.c (rules and sets),
 * keys.c (which names a rule asks its list about), answers.c (one message).
 */
#ifndef PLUGINS_DNSBL_H
#define PLUGINS_DNSBL_H

#include "plugins/plugin.h"

/* Received lines looked at, as in SpamAssassin. */
#define DNSBL_RELAYS 9
/* Names asked for one rule and message: a mail with more is not a person's. */
#define DNSBL_KEYS 40
#define DNSBL_KEY_BYTES 254

struct dnsbl_keys {
	size_t n;
	char key[DNSBL_KEYS][DNSBL_KEY_BYTES];
};

struct dnsbl_rule;

/* Fills keys; the rule asks its zone about each. */
typedef void dnsbl_collect(struct tare_msg *, const struct dnsbl_rule *,
    struct dnsbl_keys *);

struct dnsbl_set {
	struct dnsbl_set *next;
	const char *name;
	unsigned index;
	struct dnsbl_rule *askers, *listeners;
};

struct dnsbl_rule {
	struct dnsbl_rule *next;	/* of the set */
	unsigned id, index;		/* of the rule; dense in the plugin */
	uint32_t tflags;
	const char *name;
	struct dnsbl_set *set;
	/* a rule that asks */
	struct tare_zone *zone;
	dnsbl_collect *collect;
	const struct tare_subtest *subtest;
	const struct tare_subtest *text; /* of the TXT record; or NULL */
	bool asks;			/* somebody needs its answers */
	bool ns;			/* of the sender's name servers */
	const char *headers;		/* check_rbl_headers */
	const char *accreditor;
	/* a rule that only listens (check_rbl_sub) */
	const char *sub;
	const struct tare_subtest **subs; /* by asker's place in the set */
};

struct dnsbl_context {
	struct dnsbl_set *sets;
	unsigned n_sets, n_rules;
};

/* The plugin's part of a message. */
struct dnsbl_message {
	struct questions *rules;	/* by index */
	bool *asked;			/* by set */
	bool nowhere;			/* check_dns_sender: one NXDOMAIN */
	struct dnsbl_keys *keys;	/* scratch */
};
struct dnsbl_message *dnsbl_state(struct tare_msg *);

/* ---- answers.c: the evals ---- */
enum tare_answer dnsbl_run(struct tare_msg *, const struct tare_call *);
enum tare_answer dnsbl_run_sender(struct tare_msg *,
    const struct tare_call *);

/* ---- keys.c ---- */
/* Relays by the set's suffix; O: originating headers too. */
dnsbl_collect dnsbl_ips, dnsbl_accredited_ips;
dnsbl_collect dnsbl_from_hosts, dnsbl_from_domains, dnsbl_envelope_host;
dnsbl_collect dnsbl_header_hosts, dnsbl_oldest_relay;
/* A host or address, if the rule's tflags take it. */
void dnsbl_add_host(struct tare_msg *, const struct dnsbl_rule *,
    struct tare_slice host, struct dnsbl_keys *);
/* Host of the envelope sender; empty if there is none. */
struct tare_slice dnsbl_sender_host(struct tare_msg *);
#endif

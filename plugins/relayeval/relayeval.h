/*
 * relayeval - what the files of this plugin share.
 */
#ifndef PLUGINS_RELAYEVAL_RELAYEVAL_H
#define PLUGINS_RELAYEVAL_RELAYEVAL_H

#include "plugins/eval.h"

/* The relays of one message, and how often neighbours contradict. */
struct relay_trail {
	bool known;
	const struct tare_relay *untrusted;	/* nearest first */
	size_t n_untrusted, n_trusted, n_unparseable;
	unsigned names_differ;	/* a "by" that is not who the next says */
	unsigned ips_differ;	/* an IP as HELO from quite another network */
};

/* ---- ip.c: IPv4 addresses as text ---- */

/* Not reachable from outside (reference 5.7), judged by two labels. */
bool ip_is_private(struct tare_slice ip);
/* Four runs of digits and nothing else. */
bool ip_is_quad(struct tare_slice s);
bool ip_is_public(struct tare_slice ip);
/* The text up to and without the n-th dot. */
struct tare_slice ip_labels(struct tare_slice ip, unsigned n);

/* ---- trail.c ---- */

/* Compare the untrusted relays with their neighbours. */
void trail_read(struct relay_trail *t);

#endif

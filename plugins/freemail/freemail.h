/*
 * freemail - what the files of this plugin share: freemail.c (rules), lines.c
 * (what rule files say), address.c (whose address is it?), body.c (addresses in
 * the text).
 */
#ifndef PLUGINS_FREEMAIL_H
#define PLUGINS_FREEMAIL_H

#include "plugins/names.h"

/* Distinct addresses looked at: of mailto links, and in all. */
#define FREEMAIL_LINKS_MAX 20
#define FREEMAIL_ADDRESSES_MAX 40

struct freemail_wildcard {
	struct freemail_wildcard *next;
	char *text;
};

struct freemail_context {
	struct names *domains;
	struct freemail_wildcard *wildcards;
	const struct tare_regex *wildcard;	/* all of them; or NULL */
	struct names *welcome;			/* addresses and domains */
	const struct tare_regex *role;		/* postmaster@ and the like */
	const struct tare_regex *bulk;		/* senders of lists, bounces */
	const struct tare_regex *authenticated;	/* imported; or NULL */
};

/* Distinct addresses in lower case. */
struct freemail_list {
	size_t n;
	struct tare_slice v[FREEMAIL_LINKS_MAX + FREEMAIL_ADDRESSES_MAX];
};

/* The plugin's part of a message. */
struct freemail_message {
	bool scanned;
	bool over;			/* more than a person writes */
	struct freemail_list found;	/* freemail addresses of the body */
};
struct freemail_message *freemail_state(struct tare_msg *);

/* ---- lines.c ---- */
int freemail_on_domains(struct tare_setup *, void *ctx, struct tare_slice,
    struct tare_err *);
int freemail_on_welcome(struct tare_setup *, void *ctx, struct tare_slice,
    struct tare_err *);
int freemail_load(struct tare_setup *, void **ctx_r, struct tare_err *);
int freemail_ready(struct tare_setup *, void *ctx, struct tare_err *);

/* ---- address.c ---- */
/* Of a free mail provider, and a person's?  address: lower case. */
bool freemail_is(struct tare_msg *, const struct freemail_context *,
    struct tare_slice address);
struct tare_slice freemail_lower(struct tare_msg *, struct tare_slice);
/* All addresses of "From:addr" and the like, in lower case. */
const struct tare_slice *freemail_addresses(struct tare_msg *,
    const char *request, size_t *n_r);

/* ---- body.c ---- */
/*
 * Find the freemail addresses of the body, once.  As in SpamAssassin, links
 * with an address in them and quoted addresses are struck out of the body
 * lines for good (sa-compat trap 3).  False: there are too many addresses.
 */
bool freemail_scan(struct tare_msg *, const struct freemail_context *);

#endif

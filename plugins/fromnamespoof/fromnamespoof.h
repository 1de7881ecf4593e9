/*
 * fromnamespoof - what the files of this plugin share: fromnamespoof.c (the
 * evals), names.c (what the From of a message says), owners.c (the lists of
 * addresses that belong together).
 */
#ifndef PLUGINS_FROMNAMESPOOF_H
#define PLUGINS_FROMNAMESPOOF_H

#include "plugins/eval.h"

/* ---- owners.c ---- */
struct owner;

struct spoof_context {
	struct owner *owners;		/* fns_add_addrlist */
	struct tare_regex *address;	/* one within a name */
};

/* A line "(OWNER) ADDRESS…": these are OWNER's, or not any more. */
int spoof_owner_add(struct tare_setup *, void *context, struct tare_slice,
    struct tare_err *);
int spoof_owner_remove(struct tare_setup *, void *context, struct tare_slice,
    struct tare_err *);
/* Who owns the address: a list, or the first label of its domain. */
struct tare_slice spoof_owner(struct tare_msg *, const struct spoof_context *,
    struct tare_slice address, struct tare_slice domain);

/* ---- names.c ---- */
/* What there is to say of one message; all false where nothing is. */
struct spoof_facts {
	bool done;
	bool contains_email;	/* the display name holds an address */
	bool different;		/* another one than the From address */
	bool domain_differs, owner_differs;
	bool equals_to, equals_replyto;
};
const struct spoof_facts *spoof_facts_get(struct tare_msg *,
    const struct spoof_context *, struct spoof_facts *state);

#endif

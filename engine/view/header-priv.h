/*
 * header-priv - what header.c and the files beside it share.
 */
#ifndef VIEW_HEADER_PRIV_H
#define VIEW_HEADER_PRIV_H

#include "view/view-priv.h"

/* view_header_req.pseudo: what is no field of the message by that name. */
enum header_pseudo {
	PSEUDO_NONE, PSEUDO_ALL, PSEUDO_ALL_TRUSTED, PSEUDO_ALL_UNTRUSTED,
	PSEUDO_ALL_INTERNAL, PSEUDO_ALL_EXTERNAL, PSEUDO_MESSAGEID,
	PSEUDO_TOCC, PSEUDO_ENVELOPE_FROM, PSEUDO_RELAYS_TRUSTED,
	PSEUDO_RELAYS_UNTRUSTED, PSEUDO_RELAYS_INTERNAL,
	PSEUDO_RELAYS_EXTERNAL
};

struct header_values {
	VEC_OF(struct slice) v;
};

/* ---- header_get.c: before modifiers ---- */
void header_collect(struct view *v, const struct view_header_req *req,
    struct header_values *out);
/* All fields of one header block as "Name: value\n". */
void header_all(struct view *v, const struct mail_header *h, bool raw,
    struct header_values *out);

/* ---- header_mod.c: one value in, any number out ---- */
void header_addresses(struct view *v, struct slice value, unsigned mods,
    struct header_values *out);
void header_hosts(struct view *v, struct slice value, unsigned mods,
    struct header_values *out);
void header_ips(struct view *v, struct slice value, unsigned mods,
    struct header_values *out);

#endif

/*
 * wlbleval - what the files of this plugin share.
 */
#ifndef PLUGINS_WLBLEVAL_WLBLEVAL_H
#define PLUGINS_WLBLEVAL_WLBLEVAL_H

#include "plugins/eval.h"
#include "plugins/names.h"

/* ---- addresses.c: lists of address globs ---- */

struct address_list;

/*
 * The list of that name, made of the setting with this name, if there is
 * one, and of enlist_addrlist lines.  The same list for the same name.
 */
struct wlbl_context;
const struct address_list *address_list_named(struct tare_setup *setup,
    struct wlbl_context *c, const char *name);
/* A name that neither a setting nor a line has. */
bool address_list_is_unknown(const struct address_list *l);
bool address_list_has(struct tare_msg *m, const struct address_list *l,
    struct tare_slice address);
struct tare_slice address_lower(struct tare_msg *m, struct tare_slice s);

/* ---- relays.c: senders welcome through a certain relay ---- */

struct relay_list;

/* The lines of the setting, less unwelcomelist_from_rcvd. */
const struct relay_list *relay_list_read(struct tare_setup *setup,
    const char *setting);

/* What an address is to a list of senders and relays. */
enum sender_kind {
	SENDER_STRANGER,
	SENDER_FORGED,		/* on the list, but not with that relay */
	SENDER_WELCOME,
};

enum sender_kind relay_list_judge(struct tare_msg *m,
    const struct relay_list *l, struct tare_slice address);
enum tare_answer check_mailfrom_matches_rcvd(struct tare_msg *m,
    const struct tare_call *call);

/* ---- hosts.c: hosts of links ---- */

int host_list_prepare(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e);
int host_list_prepare_block(struct tare_setup *setup,
    const struct tare_call *call, void **prepared_r, struct tare_err *e);
int host_list_prepare_welcome(struct tare_setup *setup,
    const struct tare_call *call, void **prepared_r, struct tare_err *e);
enum tare_answer check_uri_host_listed(struct tare_msg *m,
    const struct tare_call *call);

/* ---- wlbleval.c ---- */

/* What load returns; filled when the first rule is prepared. */
struct wlbl_context {
	struct address_list *lists;		/* made so far */
	const struct address_list *from, *any_relay;
	const struct relay_list *from_rcvd, *def_from_rcvd;
};

/* "(LIST) words": the words, if the line is about that list. */
bool wlbl_line(struct tare_slice line, const char *list,
    struct tare_slice *words_r);
struct tare_slice wlbl_lower(struct tare_setup *setup, struct tare_slice s);

#endif

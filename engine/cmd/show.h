/*
 * show - what the files of `tare show` share: a printer of items, and one
 * function for each form.
 */
#ifndef CMD_SHOW_H
#define CMD_SHOW_H

#include "base/buf.h"
#include "cmd/cmd.h"

/* One message being shown in one form. */
struct showing {
	struct view *view;
	struct arena *arena;
	const char *file, *form;
	bool json, terminal;
	size_t index;			/* items so far */
	size_t fields;			/* of the item in hand */
	struct buf out;
};

/* An item is begun, given fields, and ended.  Empty texts but the first are
 * left out, with --json only lists may be. */
void item_begin(struct showing *s);
void item_text(struct showing *s, const char *name, struct slice value);
void item_number(struct showing *s, const char *name, double value);
void item_list(struct showing *s, const char *name, const struct slice *v,
    size_t n);
void item_end(struct showing *s);
/* Whole items: "name: value", and bytes alone. */
void item_pair(struct showing *s, struct slice name, struct slice value);
void item_bytes(struct showing *s, struct slice text);

/* show_forms.c */
void show_body(struct showing *s);
void show_rawbody(struct showing *s);
void show_full(struct showing *s);
void show_headers(struct showing *s);
void show_uris(struct showing *s);
void show_relays(struct showing *s);
void show_html(struct showing *s);
void show_parts(struct showing *s);
void show_tags(struct showing *s);

#endif

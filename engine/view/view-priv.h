/*
 * view-priv - the inside of struct view; for the files of this room only.
 * Each member is filled by the file named beside it.
 */
#ifndef VIEW_VIEW_PRIV_H
#define VIEW_VIEW_PRIV_H

#include "base/map.h"
#include "base/vec.h"
#include "view/html.h"
#include "view/view.h"

struct view_part_cache {
	bool text_done;
	struct slice text;		/* rendered text */
	bool text_unicode;
	struct view_html *html;		/* NULL: not an HTML part */
};

struct view {
	struct arena *arena;
	struct mail *mail;
	const struct view_conf *conf;
	struct view_part_cache *parts;	/* by part id - 1; text.c */
	struct view_lines body, rawbody;		/* text.c */
	bool body_done, rawbody_done, full_done;
	bool body_changed;		/* view_body_replace */
	struct slice full;				/* text.c */
	VEC_OF(struct view_html *) htmls;		/* text.c */
	bool htmls_done;
	struct map *header_cache;	/* "from:addr" -> value; header.c */
	VEC_OF(struct view_uri) uris;			/* uri.c */
	bool uris_done;
	struct view_lines uri_lines;			/* uri.c */
	bool uri_lines_done;
	struct view_relays *relays;			/* relay.c */
	bool envelope_done, envelope_known;		/* envelope.c */
	struct slice envelope;
	struct { struct slice *v; size_t n; bool done; } all_from, all_to;
							/* envelope.c */
	struct map *tags;				/* tag.c */
	bool tags_done;
};

/* What of a part's text is in the body; as rendered (text.c). */
struct slice view_body_part(struct view *v, struct mail_part *p);

#endif

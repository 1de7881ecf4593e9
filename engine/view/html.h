/*
 * html - facts of one HTML part (reference/sa-compat.md 5.4), read by
 * evals through plug/.  A tokenizer, not a tree: spam is tag soup and a tree
 * builder would hide the very things rules look for.
 */
#ifndef VIEW_HTML_H
#define VIEW_HTML_H

#include "base/map.h"
#include "base/vec.h"
#include "view/view.h"

struct view_html_uri {
	struct slice raw;		/* resolved against <base>; may be
					 * empty: <a href=""> */
	unsigned types;			/* enum view_uri_type; 0: only the
					 * unresolved href of an <a>, here
					 * for its anchor text */
	struct slice tag;		/* first of "a", "img"…, or empty */
	VEC_OF(struct slice) anchor_text;
};

struct view_html {
	struct mail_part *part;
	struct slice text;		/* rendered, visible and invisible */
	struct slice visible, invisible;
	bool unicode;			/* text is characters, not bytes */
	/* metrics by SpamAssassin's names; a ratio is NaN when undefined */
	bool html, embeds, font_low_contrast, font_invalid_color,
	    font_face_bad, form_action_mailto, has_img;
	size_t length, html_length, non_space_len, image_area;
	double ratio, bad_tag_ratio, non_element_ratio, closed_extra_ratio,
	    obfuscation_ratio, min_size, max_size;
	unsigned backhair_count, tags, elements;
	struct map *inside;		/* tag -> (void *)(intptr_t)(open+1) */
	VEC_OF(struct slice) anchor, title, comment, script, charsets;
	VEC_OF(struct view_html_uri) uris;
	bool cut;			/* over LIMIT_HTML_* */
	bool uri_cut;			/* some URI over LIMIT_URI_BYTES */
};

/*
 * src is UTF-8 (or bytes when !unicode).  Never fails.  The texts and lists are
 * in the form rules match: UTF-8, or Latin-1 bytes for a string in which
 * nothing was Unicode (trap 10).  ratio counts src.n as the raw length; who
 * knows the length before charset decoding sets it again.
 */
struct view_html *view_html_parse(struct arena *a, struct slice src,
    bool unicode);
/*
 * A metric by name for html_range/html_eval/html_test: false if unknown, or
 * undefined in this part (a flag that is not set, a ratio of nothing).
 */
bool view_html_metric(const struct view_html *h, struct slice name,
    double *value_r);
/* The i-th name, NULL at the end. */
const char *view_html_metric_name(size_t i);

#endif

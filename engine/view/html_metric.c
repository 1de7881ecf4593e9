/*
 * html_metric - SpamAssassin's names for the numbers of an HTML part.
 *
 * One row a metric; the evals html_range, html_eval and html_test ask by
 * name.  A flag that is not set and a ratio without a denominator are
 * undefined there, so they are unknown here.
 */
#include "config.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "view/html.h"

enum kind { FLAG, COUNT, SIZE, REAL };

struct metric {
	const char *name;
	enum kind kind;
	size_t offset;
};

#define ROW(name, kind) { #name, kind, offsetof(struct view_html, name) }

/* Sorted, for bsearch. */
static const struct metric metrics[] = {
	ROW(backhair_count, COUNT),
	ROW(bad_tag_ratio, REAL),
	ROW(closed_extra_ratio, REAL),
	ROW(embeds, FLAG),
	ROW(font_face_bad, FLAG),
	ROW(font_invalid_color, FLAG),
	ROW(font_low_contrast, FLAG),
	ROW(form_action_mailto, FLAG),
	ROW(html, FLAG),
	ROW(html_length, SIZE),
	ROW(image_area, SIZE),
	ROW(length, SIZE),
	ROW(max_size, REAL),
	ROW(min_size, REAL),
	ROW(non_element_ratio, REAL),
	ROW(non_space_len, SIZE),
	ROW(obfuscation_ratio, REAL),
	ROW(ratio, REAL),
};

static int
metric_compare(const void *key, const void *row)
{
	const struct slice *name = key;
	const struct metric *m = row;

	return slice_cmp(*name, slice_cstr(m->name));
}

bool
view_html_metric(const struct view_html *h, struct slice name,
    double *value_r)
{
	const struct metric *m = bsearch(&name, metrics,
	    sizeof(metrics) / sizeof(metrics[0]), sizeof(metrics[0]),
	    metric_compare);
	const void *at;

	if (m == NULL) {
		return false;
	}
	at = (const char *)h + m->offset;
	switch (m->kind) {
	case FLAG:
		*value_r = *(const bool *)at;
		return *value_r != 0;
	case COUNT:
		*value_r = *(const unsigned *)at;
		return *value_r != 0;	/* only exists once there is one */
	case SIZE:
		*value_r = (double)*(const size_t *)at;
		return true;
	case REAL:
		*value_r = *(const double *)at;
		return !isnan(*value_r);
	}
	return false;
}

const char *
view_html_metric_name(size_t i)
{
	return i < sizeof(metrics) / sizeof(metrics[0]) ? metrics[i].name :
	    NULL;
}

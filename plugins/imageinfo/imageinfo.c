/*
 * imageinfo - number, size and names of attached images.  Stands for
 * ImageInfo.
 *
 * Only base64 parts of type GIF, PNG and JPEG are looked at.  Each counts, also
 * one that is not what it says; those whose size can be read give pixels,
 * measures and a name.  The images of a message are read once, for all evals.
 */
#include "config.h"

#include <stdio.h>

#include "plugins/imageinfo/imageinfo.h"

static const struct tare_plugin plugin;

enum image_type { GIF, PNG, JPEG, ALL_TYPES };

static const struct {
	const char *mime;
	enum image_type type;
	struct image_size (*size)(struct tare_slice);
} formats[] = {
	{ "image/gif", GIF, image_gif_size },
	{ "image/png", PNG, image_png_size },
	{ "image/jpeg", JPEG, image_jpeg_size },
	{ "image/jpg", JPEG, image_jpeg_size },
};

struct image {
	enum image_type type;
	struct image_size size;
	struct tare_slice name;
};

struct images {
	struct image *v;
	size_t n;
	bool done;
};

/* ---- the images of a message ---- */

static void
add_part(struct tare_msg *m, const struct tare_part *p, struct images *all)
{
	if (!p->leaf || !eval_equals(p->cte, "base64"))
		return;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (eval_equals(p->type, formats[i].mime))
			all->v[all->n++] = (struct image){
				.type = formats[i].type, .name = p->name,
				.size = formats[i].size(tare_part_decoded(m,
				    p->id)) };
	}
}

static const struct images *
images_of(struct tare_msg *m)
{
	struct images *all = tare_state(m, &plugin);
	const struct tare_part *p;
	size_t n;

	if (all->done)
		return all;
	all->done = true;
	p = tare_parts(m, &n);
	all->v = tare_alloc(m, (n + 1) * sizeof(*all->v));
	for (size_t i = 0; i < n; i++)
		add_part(m, &p[i], all);
	return all;
}

static bool
has_size(const struct image *i)
{
	return i->size.width > 0 && i->size.height > 0;
}

/* ---- arguments ---- */

/* Each eval but those on names has the type first. */
static int
prepare(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	static const char *const names[] = { "gif", "png", "jpeg", "all" };

	for (size_t i = 0; i < 4; i++) {
		if (strcmp(eval_text(call, 0), names[i]) == 0) {
			*prepared_r = (void *)(uintptr_t)i;
			return 0;
		}
	}
	tare_fail(e, "'%s': gif, png, jpeg or all is wanted",
	    eval_text(call, 0));
	return -1;
}

static bool
is_asked(const struct tare_call *call, const struct image *i)
{
	enum image_type type = (enum image_type)(uintptr_t)call->prepared;

	return type == ALL_TYPES || type == i->type;
}

static bool
is_within(struct eval_range r, double v)
{
	return v >= r.min && (r.open || v <= r.max);
}

/* ---- evals ---- */

static enum tare_answer
run_count(struct tare_msg *m, const struct tare_call *call)
{
	const struct images *all = images_of(m);
	double n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += is_asked(call, &all->v[i]);
	return eval_answer(call->nargs >= 2 &&
	    is_within(eval_range_arg(call, 1, NULL), n));
}

static double
pixels(struct tare_msg *m, const struct tare_call *call)
{
	const struct images *all = images_of(m);
	double sum = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (is_asked(call, &all->v[i]))
			sum += (double)all->v[i].size.width *
			    all->v[i].size.height;
	}
	return sum;
}

static enum tare_answer
run_coverage(struct tare_msg *m, const struct tare_call *call)
{
	return eval_answer(call->nargs >= 2 &&
	    is_within(eval_range_arg(call, 1, NULL), pixels(m, call)));
}

/* Bytes of the text that rules of this kind see, for each pixel. */
static enum tare_answer
run_text_ratio(struct tare_msg *m, const struct tare_call *call)
{
	double area = pixels(m, call), length = 0;
	size_t n;
	const struct tare_slice *v = call->on == TARE_ON_RAWBODY ?
	    tare_rawbody(m, &n) : tare_body(m, &n);

	for (size_t i = 0; i < n; i++)
		length += (double)v[i].n;
	return eval_answer(call->nargs >= 3 && length > 0 && area > 0 &&
	    length / area >= eval_arg(call, 1, 0) &&
	    length / area < eval_arg(call, 2, 0));
}

/* height and width are compared as they are written. */
static enum tare_answer
run_size_exact(struct tare_msg *m, const struct tare_call *call)
{
	const struct images *all = images_of(m);

	for (size_t i = 0; i < all->n; i++) {
		const struct image *img = &all->v[i];
		char height[16], width[16];

		if (!is_asked(call, img) || !has_size(img))
			continue;
		snprintf(height, sizeof(height), "%u", img->size.height);
		snprintf(width, sizeof(width), "%u", img->size.width);
		if (strcmp(height, eval_text(call, 1)) == 0 &&
		    strcmp(width, eval_text(call, 2)) == 0)
			return TARE_HIT;
	}
	return TARE_MISS;
}

/* Arguments 1 and 2: the least height and width; 3 and 4: the most. */
static enum tare_answer
run_size_range(struct tare_msg *m, const struct tare_call *call)
{
	const struct images *all = images_of(m);

	for (size_t i = 0; i < all->n && call->nargs >= 3; i++) {
		const struct image *img = &all->v[i];
		double h = img->size.height, w = img->size.width;

		if (is_asked(call, img) && has_size(img) &&
		    h >= eval_arg(call, 1, 0) && w >= eval_arg(call, 2, 0) &&
		    h <= eval_arg(call, 3, h) && w <= eval_arg(call, 4, w))
			return TARE_HIT;
	}
	return TARE_MISS;
}

/* SpamAssassin takes "" and "0" for no name. */
static bool
has_name(const struct image *i)
{
	return has_size(i) && i->name.n > 0 && !eval_equals(i->name, "0");
}

static enum tare_answer
run_named(struct tare_msg *m, const struct tare_call *call)
{
	const struct images *all = images_of(m);

	for (size_t i = 0; i < all->n && call->nargs >= 1; i++) {
		if (has_name(&all->v[i]) &&
		    eval_equals(all->v[i].name, eval_text(call, 0)))
			return TARE_HIT;
	}
	return TARE_MISS;
}

/* The regex is written without delimiters. */
static int
prepare_name(struct tare_setup *setup, const struct tare_call *call,
    void **prepared_r, struct tare_err *e)
{
	size_t n = strlen(eval_text(call, 0)) + 4;
	char *text = tare_setup_alloc(setup, n);

	snprintf(text, n, "m{%s}", eval_text(call, 0));
	*prepared_r = tare_regex_new(setup, text, e);
	return *prepared_r == NULL ? -1 : 0;
}

static enum tare_answer
run_name_regex(struct tare_msg *m, const struct tare_call *call)
{
	const struct images *all = images_of(m);

	for (size_t i = 0; i < all->n; i++) {
		if (has_name(&all->v[i]) && tare_regex_match(m,
		    call->prepared, all->v[i].name, 0, NULL, 0))
			return TARE_HIT;
	}
	return TARE_MISS;
}

/* ---- the tables ---- */

static const struct tare_eval evals[] = {
	{ "image_count", "2 3", TARE_MIME, run_count, prepare,
	    "(type, min[, max]): images; type: gif, png, jpeg, all." },
	{ "pixel_coverage", "2 3", TARE_MIME, run_coverage, prepare,
	    "(type, min[, max]): pixels of all images." },
	{ "image_to_text_ratio", "3 3", TARE_MIME | TARE_BODY |
	    TARE_RAWBODY, run_text_ratio, prepare,
	    "(type, min, max): bytes of text for each pixel." },
	{ "image_size_exact", "3 3", TARE_MIME, run_size_exact, prepare,
	    "(type, height, width): an image of this size." },
	{ "image_size_range", "3 5", TARE_MIME, run_size_range, prepare,
	    "(type, minheight, minwidth[, maxheight, maxwidth])." },
	{ "image_named", "1 1", TARE_MIME, run_named, NULL,
	    "(name): an image of this name." },
	{ "image_name_regex", "1 1", TARE_MIME, run_name_regex, prepare_name,
	    "('regex'): an image of such a name." },
	{ 0 }
};

static const char *const stands_for[] = { "ImageInfo", NULL };
static const char *const can[] = { NULL };

static const struct tare_plugin plugin = {
	.abi = TARE_ABI, .size = sizeof(plugin),
	.name = "imageinfo", .version = "1",
	.summary = "Number, size and names of images.",
	.stands_for = stands_for, .can = can, .evals = evals,
	.msg_size = sizeof(struct images),
};

TARE_PLUGIN(plugin);

/*
 * imageinfo - what the files of this plugin share: imageinfo.c (evals),
 * size.c (width and height of one image).
 */
#ifndef PLUGINS_IMAGEINFO_H
#define PLUGINS_IMAGEINFO_H

#include "plugins/eval.h"

struct image_size {
	uint32_t width, height;		/* 0: not to be seen */
};

/* ---- size.c: from the bytes of an image, whatever they are ---- */
struct image_size image_gif_size(struct tare_slice bytes);
struct image_size image_png_size(struct tare_slice bytes);
struct image_size image_jpeg_size(struct tare_slice bytes);

#endif

/*
 * size - width and height from the first bytes of an image.
 *
 * GIF: the logical screen descriptor (GIF89a section 18).  PNG: the IHDR
 * chunk (RFC 2083 4.1.1).  JPEG: the first frame header (ITU-T T.81 B.2.2).
 * No pixel is decoded, and the format's checksums are not checked.  Bytes that
 * are not such an image have size 0.
 *
 * Linear: a JPEG segment, even of length 2, is passed only once.
 */
#include "config.h"

#include "plugins/imageinfo/imageinfo.h"

/*
 * The number of n bytes that begins *s, which moves past it.  Of what is
 * shorter Perl's unpack takes one byte; so do images cut short here.
 */
static uint32_t
take(struct tare_slice *s, size_t n, bool big_endian)
{
	uint32_t v = 0;

	if (s->n < n)
		n = s->n > 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | (unsigned char)s->p[big_endian ? i : n - 1 - i];
	*s = text_sub(*s, n, s->n);
	return v;
}

struct image_size
image_gif_size(struct tare_slice s)
{
	struct image_size size;

	if (!text_starts(s, text_of("GIF87a")) &&
	    !text_starts(s, text_of("GIF89a")))
		return (struct image_size){ 0 };
	s = text_sub(s, 6, s.n);
	size.width = take(&s, 2, false);
	size.height = take(&s, 2, false);
	return size;
}

/* Behind the type of an IHDR: 13 bytes and their checksum. */
static struct image_size
png_header(struct tare_slice s)
{
	struct image_size size = { 0 };

	if (s.n < 4)
		return size;
	s.n = s.n < 17 ? s.n - 4 : 13;
	size.width = take(&s, 4, true);
	size.height = take(&s, 4, true);
	return size;
}

/*
 * IHDR is looked for in steps of eight bytes, not from chunk to chunk, as
 * SpamAssassin does; in a real PNG it is the first.
 */
struct image_size
image_png_size(struct tare_slice s)
{
	static const char signature[] = "\x89PNG\r\n\x1a\n";

	if (!text_starts(s, text_of(signature)))
		return (struct image_size){ 0 };
	for (size_t i = 8; i + 8 <= s.n; i += 8) {
		struct tare_slice chunk = text_sub(s, i, s.n);
		uint32_t length = take(&chunk, 4, true);

		if (text_starts(chunk, text_of("IEND")))
			break;
		if (text_starts(chunk, text_of("IHDR")) && length == 13)
			return png_header(text_sub(chunk, 4, chunk.n));
	}
	return (struct image_size){ 0 };
}

/* SOF0 to SOF15, without DHT, JPG and DAC. */
static bool
is_frame(unsigned marker)
{
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 &&
	    marker != 0xc8 && marker != 0xcc;
}

static struct image_size
jpeg_frame(struct tare_slice s)
{
	struct image_size size;

	take(&s, 1, true);		/* bits of a sample */
	size.height = take(&s, 2, true);
	size.width = take(&s, 2, true);
	return size;
}

struct image_size
image_jpeg_size(struct tare_slice s)
{
	if (!text_starts(s, text_of("\xff\xd8")))
		return (struct image_size){ 0 };
	s = text_sub(s, 2, s.n);
	while (s.n >= 4 && take(&s, 1, true) == 0xff) {
		uint32_t marker = take(&s, 1, true);
		uint32_t length = take(&s, 2, true);

		if (marker == 0xda || marker == 0xd9 || length < 2)
			break;
		length = length - 2 < s.n ? length - 2 : (uint32_t)s.n;
		if (is_frame(marker))
			return jpeg_frame(text_sub(s, 0, length));
		s = text_sub(s, length, s.n);
	}
	return (struct image_size){ 0 };
}

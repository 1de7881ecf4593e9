/*
 * utf8 - decoding that never fails and validation that never guesses.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/slice.h"

#define UTF8_REPLACEMENT 0xFFFDu

/* Well-formed per Unicode table 3-7 (no surrogates, no overlongs). */
bool utf8_valid(struct slice s);
bool utf8_is_ascii(struct slice s);
/* How many bytes of ASCII s starts with; several a cycle. */
size_t utf8_ascii_length(struct slice s);
/* What utf8_decode does beyond ASCII. */
size_t utf8_decode_long(struct slice s, uint32_t *cp_r);

/* Decode one character at s.p; returns its length (1 and U+FFFD on error). */
static inline size_t
utf8_decode(struct slice s, uint32_t *cp_r)
{
	if (s.n > 0 && (unsigned char)s.p[0] < 0x80) {
		*cp_r = (unsigned char)s.p[0];
		return 1;
	}
	return utf8_decode_long(s, cp_r);
}

/* Encode into dst[4]; returns length. */
size_t utf8_encode(uint32_t cp, char dst[4]);

#endif

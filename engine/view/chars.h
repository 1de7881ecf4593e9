/*
 * chars - text as SpamAssassin's Perl sees it: characters, and one flag.
 *
 * A Perl string either is flagged as Unicode or is not; `\s` and `\w` mean
 * Unicode classes in the first case and ASCII in the second, and an
 * unflagged string is matched as Latin-1 bytes (trap 10).  Inside this
 * room text is always UTF-8 with the flag beside it; only at the end is an
 * unflagged text turned into its Latin-1 bytes.
 */
#ifndef VIEW_CHARS_H
#define VIEW_CHARS_H

#include "base/arena.h"
#include "base/slice.h"

struct chars {
	struct slice s;			/* UTF-8 */
	bool wide;			/* flagged as Unicode */
};

/* \s and \w under the flag. */
bool view_chars_space(uint32_t c, bool wide);
bool view_chars_word(uint32_t c, bool wide);
/* Number of characters in UTF-8. */
size_t view_chars_count(struct slice utf8);
/* Byte offset of the n-th character, or utf8.n when there are fewer. */
size_t view_chars_offset(struct slice utf8, size_t n);
/* The last character and, returned, its length; 0 for no text. */
size_t view_chars_last(struct slice utf8, uint32_t *c_r);
/* White space and U+00A0 off both ends. */
struct slice view_chars_trim(struct chars c);
/* What rules match: UTF-8 when wide, else Latin-1 bytes. */
struct slice view_chars_bytes(struct arena *a, struct chars c);
/* Latin-1 bytes to UTF-8; the input itself when it is ASCII. */
struct slice view_chars_upgrade(struct arena *a, struct slice latin1);

#endif
